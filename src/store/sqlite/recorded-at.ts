import type BetterSqlite3 from 'better-sqlite3';
import type { LedgerClock } from '../clock.ts';
import { CLOCK_STATE, ledgerClock, nextRecordedAt, notedAsAccepted, notedWith } from '../clock.ts';
import type { Connection } from './connection.ts';

/** Of a ledger from before times were noted, everything is asked; of another, what was brought in with its own times. */
const NEWEST_OF_ALL = `select max(at) from (select max(recorded_at) as at from records union all select max(recorded_at) from sources
  union all select max(observed_at) from rates union all select max(recorded_at) from rate_averages)`;
const NEWEST_RECORD = 'select recorded_at from records order by sequence desc limit 1';

/** How a clock stands to what a ledger has recorded. */
export function readClock(sqlite: BetterSqlite3.Database, now: Date, toleranceMs: number): LedgerClock {
  const textOf = (query: string, ...bound: string[]): string | null | undefined =>
    sqlite
      .prepare<string[], string | null>(query)
      .pluck()
      .get(...bound);
  const noted = new Map<string, string>();
  for (const key of Object.values(CLOCK_STATE)) {
    const value = textOf('select value from ledger_state where key = ?', key);
    if (value != null) noted.set(key, value);
  }
  const held = textOf(noted.has(CLOCK_STATE.newest) ? NEWEST_RECORD : NEWEST_OF_ALL);
  return ledgerClock(noted, held ?? '', now, toleranceMs);
}

/**
 * Takes the time under which a write is recorded, so that what was known at a time never changes afterwards. Inside the
 * write's transaction.
 * @throws StorageError `clockBehindLedger`
 */
export function takeRecordedAt({ sqlite }: Connection, now: Date, toleranceMs: number): string {
  const clock = readClock(sqlite, now, toleranceMs);
  const time = nextRecordedAt(clock);
  note(sqlite, notedWith(time, clock));
  return time;
}

/** Lets times run on from the newest, though the clock is behind it. @throws StorageError `clockNotBehind` */
export function acceptClock({ sqlite }: Connection, now: Date, toleranceMs: number, reason: string): void {
  note(sqlite, notedAsAccepted(readClock(sqlite, now, toleranceMs), reason));
}

function note(sqlite: BetterSqlite3.Database, values: ReadonlyMap<string, string>): void {
  const statement = sqlite.prepare(
    `insert into ledger_state (key, value) values (?, ?)
      on conflict (key) do update set value = excluded.value`,
  );
  for (const [key, value] of values) statement.run(key, value);
}
