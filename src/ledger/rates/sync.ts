import { rateClock, screen } from '../../domain/money/rates.ts';
import { addDays, FIRST_TARGET_DAY, targetDaysBetween } from '../../domain/period/calendar.ts';
import type { Storage } from '../../store/sqlite/storage.ts';
import { RateSourceError } from './errors.ts';
import type { FetchedRates, FetchOptions } from './fetching.ts';
import { fetchHistory, fetchRange } from './providers/ecb.ts';
import { ECB } from './providers/ecb-addresses.ts';
import { heldDays, knownCurrencyCodes, previousRate, writeDelivery, writeFailure } from './writes.ts';

export interface SyncOptions extends Omit<FetchOptions, 'url'> {
  readonly historyUrl: string;
  readonly seriesUrl: string;
  readonly now: () => Date;
  /** Fetch the whole history even where only some days are missing. */
  readonly full?: boolean;
}

export interface SyncReport {
  /** Which of the provider's two services was asked. */
  readonly fetched: 'history' | 'range';
  readonly receivedBytes: number;
  readonly quotations: number;
  readonly added: number;
  readonly corrected: number;
  /** Newly kept out of service. */
  readonly quarantined: number;
}

/** Up to so many missing TARGET days are fetched alone; for more, the history file is the lesser load. */
const MAX_RANGE_TARGET_DAYS = 60;
/** How far back days that are held are fetched again, for corrections after the fact. */
const CORRECTION_DAYS = 14;

/**
 * Fetches the ECB's rates that are missing, and records them: all of an answer or nothing, corrected days as new
 * revisions, implausible rates in quarantine. Never deletes. Doing it again changes nothing.
 * @throws RateSourceError, after recording the failure
 */
export async function syncRates(storage: Storage, options: SyncOptions): Promise<SyncReport> {
  const attemptedAt = options.now().toISOString();
  try {
    const { fetched, answer } = await fetchMissing(storage, options);
    const known = knownCurrencyCodes(storage.write);
    const { accepted, quarantined } = screen(answer.quotations, previousRate(storage, ECB), (quote) =>
      known.has(quote),
    );
    const written = writeDelivery(storage, {
      provider: ECB,
      accepted,
      quarantined,
      attemptedAt,
      now: options.now(),
    });
    return { fetched, receivedBytes: answer.receivedBytes, quotations: answer.quotations.length, ...written };
  } catch (error) {
    if (error instanceof RateSourceError) {
      writeFailure(storage.write, ECB, attemptedAt, { code: error.code, data: error.data });
    }
    throw error;
  }
}

async function fetchMissing(
  storage: Storage,
  options: SyncOptions,
): Promise<{ fetched: SyncReport['fetched']; answer: FetchedRates }> {
  const { historyUrl, seriesUrl, now, full = false, ...fetchOptions } = options;
  const history = async () =>
    ({ fetched: 'history', answer: await fetchHistory({ ...fetchOptions, url: historyUrl }) }) as const;
  const range = missingRange(storage, now());
  if (full || range === null) return history();
  try {
    return { fetched: 'range', answer: await fetchRange({ ...fetchOptions, ...range, url: seriesUrl }) };
  } catch (error) {
    // The service has answered a valid query with 404 for days on end: the history file has the same rates.
    if (error instanceof RateSourceError && error.code === 'rateSourceNotFound') return history();
    throw error;
  }
}

/** The days to ask for where only a few at the end are missing; null where the history has never been loaded. */
function missingRange(storage: Storage, now: Date): { from: string; to: string } | null {
  const { today } = rateClock(now);
  const { newest, days } = heldDays(storage.write, ECB);
  if (newest === null || newest > today) return null;
  const isComplete = days >= targetDaysBetween(FIRST_TARGET_DAY, newest) - MAX_RANGE_TARGET_DAYS;
  if (!isComplete || targetDaysBetween(newest, today) > MAX_RANGE_TARGET_DAYS) return null;
  return { from: addDays(newest, -CORRECTION_DAYS), to: today };
}
