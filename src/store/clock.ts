import { StorageError } from './errors.ts';

/** How far the clock may be behind the newest recorded time before writes are refused. */
export const CLOCK_TOLERANCE_MS = 300_000;

/** An operator's word that writes go on although the clock is behind. Times are ISO 8601 in UTC with milliseconds. */
export interface ClockAcceptance {
  /** By the clock. */
  readonly at: string;
  /** The newest recorded time then. */
  readonly newest: string;
  readonly reason: string;
}

/** How the clock stands to what the ledger has recorded. */
export interface LedgerClock {
  readonly now: string;
  /** The newest time that anything is recorded at; empty in an empty ledger. */
  readonly newest: string;
  /** `behind` by more than the tolerance: writes are refused, or `accepted`, and go on. */
  readonly state: 'right' | 'behind' | 'accepted';
  readonly acceptances: readonly ClockAcceptance[];
}

/** Where the ledger's state keeps what is known of times. */
export const CLOCK_STATE = {
  /** The newest time, as it is noted with each write. */
  newest: 'newestRecordedAt',
  /** The newest time as well, for as long as times run on from one that was accepted. */
  accepted: 'acceptedRecordedAt',
  acceptances: 'clockAcceptances',
} as const;

/**
 * How a clock stands to what a ledger has recorded.
 * @param noted what the ledger's state says, by key
 * @param held the newest time among what is held, as far as the engine looks
 */
export function ledgerClock(
  noted: ReadonlyMap<string, string>,
  held: string,
  now: Date,
  toleranceMs: number,
): LedgerClock {
  const newest = [noted.get(CLOCK_STATE.newest) ?? '', held].sort().at(-1) ?? '';
  const isBehind = Date.parse(newest) - now.getTime() > toleranceMs;
  return {
    now: now.toISOString(),
    newest,
    state: !isBehind ? 'right' : noted.get(CLOCK_STATE.accepted) === newest ? 'accepted' : 'behind',
    acceptances: JSON.parse(noted.get(CLOCK_STATE.acceptances) ?? '[]') as ClockAcceptance[],
  };
}

/** What is noted with a write that is recorded at a time. */
export function notedWith(time: string, { state }: LedgerClock): ReadonlyMap<string, string> {
  const noted = new Map<string, string>([[CLOCK_STATE.newest, time]]);
  return state === 'accepted' ? noted.set(CLOCK_STATE.accepted, time) : noted;
}

/**
 * What is noted where an operator accepts that times run on from the newest, though the clock is behind it.
 * @throws StorageError `clockNotBehind`
 */
export function notedAsAccepted(
  { newest, state, acceptances, now: at }: LedgerClock,
  reason: string,
): ReadonlyMap<string, string> {
  if (state !== 'behind')
    throw new StorageError(
      'clockNotBehind',
      `There is nothing to accept: the clock says ${at}, the newest time recorded is ${newest}, and ${state === 'right' ? 'writes go on' : 'that is accepted already'}.`,
    );
  return new Map([
    [CLOCK_STATE.accepted, newest],
    [CLOCK_STATE.acceptances, JSON.stringify([...acceptances, { at, newest, reason }])],
  ]);
}

/**
 * The time under which a write is recorded: never before an earlier one's. Where the clock is behind and that is
 * accepted, a millisecond after the newest, so that times run on until the clock has caught up.
 * @throws StorageError `clockBehindLedger`
 */
export function nextRecordedAt(clock: LedgerClock): string {
  const { now, newest, state } = clock;
  if (state === 'behind') throw new StorageError('clockBehindLedger', describeClock(clock).join(' '));
  if (state === 'accepted') return new Date(Date.parse(newest) + 1).toISOString();
  if (now < newest) return newest;
  return now;
}

/** What an operator should know of the clock, a sentence or two each; empty where all is well and always was. */
export function describeClock({ now, newest, state, acceptances }: LedgerClock): readonly string[] {
  const accepted = acceptances.map(
    ({ at, newest: then, reason }) => `At ${at} a clock behind ${then} was accepted: ${reason}`,
  );
  const both = `The clock says ${now}, and the newest time recorded in this ledger is ${newest}.`;
  if (state === 'behind')
    return [
      ...accepted,
      `${both} Nothing can be recorded until the clock is right, or the command \`clock accept\` lets times run on from ${newest}.`,
    ];
  if (state === 'accepted')
    return [
      ...accepted,
      `${both} Each write is recorded a millisecond after the one before it until the clock has caught up.`,
    ];
  return accepted;
}
