import { eq } from './query.ts';
import type { Storage } from './sqlite/storage.ts';
import { ledgerState } from './tables/schema.ts';

const NEWEST_RECORDED_AT = 'newestRecordedAt';

/**
 * The time under which a write is recorded: now, or the newest time that anything in the ledger was recorded at where
 * the clock has gone back since, so that what was known at a time never changes afterwards. Inside the immediate
 * transaction of the write; every write that is recorded with a time takes it from here.
 * @returns ISO 8601 time in UTC with milliseconds
 */
export function recordingTime({ sqlite, write }: Pick<Storage, 'sqlite' | 'write'>, now: Date): string {
  const noted = write
    .select({ value: ledgerState.value })
    .from(ledgerState)
    .where(eq(ledgerState.key, NEWEST_RECORDED_AT))
    .get()?.value;
  const newest =
    sqlite
      .prepare<[], string | null>(
        // Without a note, of a ledger from before it was kept, everything is asked; with one, what was brought in whole.
        noted === undefined
          ? `select max(at) from (select max(recorded_at) as at from records union all select max(recorded_at) from sources
             union all select max(observed_at) from rates union all select max(recorded_at) from rate_averages)`
          : 'select recorded_at from records order by sequence desc limit 1',
      )
      .pluck()
      .get() ?? '';
  const value = [noted ?? '', newest, now.toISOString()].sort().at(-1) ?? '';
  write
    .insert(ledgerState)
    .values({ key: NEWEST_RECORDED_AT, value })
    .onConflictDoUpdate({ target: ledgerState.key, set: { value } })
    .run();
  return value;
}
