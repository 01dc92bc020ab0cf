import { currentRateDate, publishingDaysBetween } from '../../domain/money/rate-provider.ts';
import { addDays } from '../../domain/period/calendar.ts';
import type { Reader, Store } from '../../store/store.ts';
import { RateSourceError } from './errors.ts';
import type { FetchOptions, Provider } from './fetching.ts';
import type { WrittenDelivery } from './writes.ts';
import { heldDays, writeDelivery, writeFailure } from './writes.ts';

export interface SyncOptions extends FetchOptions {
  readonly now: () => Date;
  /** Fetch the whole history even where only some days are missing. */
  readonly full?: boolean;
}

export interface SyncReport extends WrittenDelivery {
  /** Which of the provider's services was asked. */
  readonly fetched: string;
  readonly receivedBytes: number;
  readonly quotations: number;
}

/** A ledger that lacks more days than this has never had the history. */
const MOST_MISSING_DAYS = 60;
/** How far back days that are held are fetched again, for corrections after the fact. */
const CORRECTION_DAYS = 14;

/**
 * Fetches a provider's rates that are missing, and records them: all of an answer or nothing, corrected days as new
 * revisions, implausible rates in quarantine. Never deletes. Doing it again changes nothing.
 * @throws RateSourceError, after recording the failure
 */
export async function syncRates(
  store: Store,
  provider: Provider,
  { now, full = false, ...options }: SyncOptions,
): Promise<SyncReport> {
  const attemptedAt = now().toISOString();
  const { today } = currentRateDate(provider, now());
  const { id } = provider;
  try {
    const from = full ? null : await store.snapshot((read) => firstMissingDay(read, provider, today));
    const { service: fetched, receivedBytes, quotations } = await provider.fetch(from, today, options);
    const written = await store.write((transaction) =>
      writeDelivery(transaction, { provider: id, quotations, attemptedAt }),
    );
    return { fetched, receivedBytes, quotations: quotations.length, ...written };
  } catch (error) {
    if (error instanceof RateSourceError) {
      const { code, data } = error;
      await store.write((transaction) => writeFailure(transaction, id, attemptedAt, { code, data }));
    }
    throw error;
  }
}

/** From which day on rates are asked for; null for all of them, where the history has never been loaded. */
async function firstMissingDay(
  read: Reader,
  { id, calendar }: Provider,
  today: string,
): Promise<string | null> {
  const { newest, days } = await heldDays(read, id);
  if (newest === null || newest > today) return null;
  const missing = publishingDaysBetween(calendar, calendar.firstDay, newest) - days;
  return missing > MOST_MISSING_DAYS ? null : addDays(newest, -CORRECTION_DAYS);
}
