import type BetterSqlite3 from 'better-sqlite3';
import type { ClockAcceptance, LedgerClock } from '../clock.ts';
import { nextRecordedAt } from '../clock.ts';
import { StorageError } from '../errors.ts';
import type { Connection } from './connection.ts';

/** Of a ledger from before times were noted, everything is asked; of another, what was brought in with its own times. */
const NEWEST_OF_ALL = `select max(at) from (select max(recorded_at) as at from records union all select max(recorded_at) from sources
  union all select max(observed_at) from rates union all select max(recorded_at) from rate_averages)`;
const NEWEST_RECORD = 'select recorded_at from records order by sequence desc limit 1';

/** The newest time, as it is noted with each write. */
const NEWEST = 'newestRecordedAt';
/** The newest time as well, for as long as times run on from one that was accepted. */
const ACCEPTED = 'acceptedRecordedAt';
const ACCEPTANCES = 'clockAcceptances';

/** How a clock stands to what a ledger has recorded. */
export function readClock(sqlite: BetterSqlite3.Database, now: Date, toleranceMs: number): LedgerClock {
  const textOf = (query: string, ...bound: string[]): string | undefined =>
    sqlite
      .prepare<string[], string | null>(query)
      .pluck()
      .get(...bound) ?? undefined;
  const noted = (key: string): string | undefined =>
    textOf('select value from ledger_state where key = ?', key);
  const newestNoted = noted(NEWEST);
  const newestHeld = textOf(newestNoted === undefined ? NEWEST_OF_ALL : NEWEST_RECORD);
  const newest = [newestNoted ?? '', newestHeld ?? ''].sort().at(-1) ?? '';
  const isBehind = Date.parse(newest) - now.getTime() > toleranceMs;
  return {
    now: now.toISOString(),
    newest,
    state: !isBehind ? 'right' : noted(ACCEPTED) === newest ? 'accepted' : 'behind',
    acceptances: JSON.parse(noted(ACCEPTANCES) ?? '[]') as ClockAcceptance[],
  };
}

/**
 * Takes the time under which a write is recorded, so that what was known at a time never changes afterwards. Inside the
 * write's transaction.
 * @throws StorageError `clockBehindLedger`
 */
export function takeRecordedAt({ sqlite }: Connection, now: Date, toleranceMs: number): string {
  const clock = readClock(sqlite, now, toleranceMs);
  const time = nextRecordedAt(clock);
  note(sqlite, NEWEST, time);
  if (clock.state === 'accepted') note(sqlite, ACCEPTED, time);
  return time;
}

/** Lets times run on from the newest, though the clock is behind it. @throws StorageError `clockNotBehind` */
export function acceptClock({ sqlite }: Connection, now: Date, toleranceMs: number, reason: string): void {
  const { newest, state, acceptances, now: at } = readClock(sqlite, now, toleranceMs);
  if (state !== 'behind')
    throw new StorageError(
      'clockNotBehind',
      `There is nothing to accept: the clock says ${at}, the newest time recorded is ${newest}, and ${state === 'right' ? 'writes go on' : 'that is accepted already'}.`,
    );
  note(sqlite, ACCEPTED, newest);
  note(sqlite, ACCEPTANCES, JSON.stringify([...acceptances, { at, newest, reason }]));
}

function note(sqlite: BetterSqlite3.Database, key: string, value: string): void {
  sqlite
    .prepare(
      `insert into ledger_state (key, value) values (?, ?)
        on conflict (key) do update set value = excluded.value`,
    )
    .run(key, value);
}
