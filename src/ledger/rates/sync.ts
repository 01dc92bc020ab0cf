import { currentRateDate, openDaysBetween } from '../../domain/money/rate-provider.ts';
import { screen } from '../../domain/money/rate-screening.ts';
import { addDays } from '../../domain/period/calendar.ts';
import type { Storage } from '../../store/sqlite/storage.ts';
import { RateSourceError } from './errors.ts';
import type { FetchOptions, Provider } from './fetching.ts';
import { heldDays, knownCurrencyCodes, previousRate, writeDelivery, writeFailure } from './writes.ts';

export interface SyncOptions extends FetchOptions {
  readonly now: () => Date;
  /** Fetch the whole history even where only some days are missing. */
  readonly full?: boolean;
}

export interface SyncReport {
  /** Which of the provider's services was asked. */
  readonly fetched: string;
  readonly receivedBytes: number;
  readonly quotations: number;
  readonly added: number;
  readonly corrected: number;
  /** Newly kept out of service. */
  readonly quarantined: number;
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
  storage: Storage,
  provider: Provider,
  { now, full = false, ...options }: SyncOptions,
): Promise<SyncReport> {
  const attemptedAt = now().toISOString();
  const { today } = currentRateDate(provider, now());
  try {
    const from = full ? null : firstMissingDay(storage, provider, today);
    const { service: fetched, receivedBytes, quotations } = await provider.fetch(from, today, options);
    const known = knownCurrencyCodes(storage.write);
    const screened = screen(quotations, previousRate(storage, provider.id), (quote) => known.has(quote));
    const delivery = { provider: provider.id, ...screened, attemptedAt, now: now() };
    const written = writeDelivery(storage, delivery);
    return { fetched, receivedBytes, quotations: quotations.length, ...written };
  } catch (error) {
    if (error instanceof RateSourceError) {
      writeFailure(storage.write, provider.id, attemptedAt, { code: error.code, data: error.data });
    }
    throw error;
  }
}

/** From which day on rates are asked for; null for all of them, where the history has never been loaded. */
function firstMissingDay(storage: Storage, { id, calendar }: Provider, today: string): string | null {
  const { newest, days } = heldDays(storage.write, id);
  if (newest === null || newest > today) return null;
  const missing = openDaysBetween(calendar, calendar.firstDay, newest) - days;
  return missing > MOST_MISSING_DAYS ? null : addDays(newest, -CORRECTION_DAYS);
}
