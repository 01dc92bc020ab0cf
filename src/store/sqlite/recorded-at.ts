import type { Connection } from './connection.ts';

/** Of a ledger from before times were noted, everything is asked; of another, what was brought in with its own times. */
const NEWEST_OF_ALL = `select max(at) from (select max(recorded_at) as at from records union all select max(recorded_at) from sources
  union all select max(observed_at) from rates union all select max(recorded_at) from rate_averages)`;
const NEWEST_RECORD = 'select recorded_at from records order by sequence desc limit 1';

/**
 * The time under which a write is recorded: now, or the newest time that anything in the ledger was recorded at where
 * the clock has gone back since, so that what was known at a time never changes afterwards. Inside the write's
 * transaction.
 * @returns ISO 8601 time in UTC with milliseconds
 */
export function takeRecordedAt({ sqlite }: Connection, now: Date): string {
  const textOf = (query: string): string | null | undefined =>
    sqlite.prepare<[], string | null>(query).pluck().get();
  const noted = textOf("select value from ledger_state where key = 'newestRecordedAt'");
  const newest = textOf(noted === undefined ? NEWEST_OF_ALL : NEWEST_RECORD);
  const time = [noted ?? '', newest ?? '', now.toISOString()].sort().at(-1) ?? '';
  sqlite
    .prepare(
      `insert into ledger_state (key, value) values ('newestRecordedAt', ?)
        on conflict (key) do update set value = excluded.value`,
    )
    .run(time);
  return time;
}
