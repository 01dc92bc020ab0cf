import { currentRateDate, publishingDaysBetween } from '../../domain/money/rate-provider.ts';
import { addDays } from '../../domain/period/calendar.ts';
import { attachStore } from '../../store/engine.ts';
import type { Reader, Store } from '../../store/store.ts';
import { runInThread } from '../worker-thread.ts';
import { RateSourceError } from './errors.ts';
import type { FetchOptions, ProviderAdapter } from './fetching.ts';
import { providerOf } from './provider.ts';
import { heldDates } from './repository.ts';
import type { WrittenDelivery } from './writes.ts';
import { writeDelivery, writeSync } from './writes.ts';

export interface SyncOptions extends FetchOptions {
  readonly now: () => Date;
  /** Fetch the whole history even where only some days are missing. */
  readonly full?: boolean;
}

export interface SyncReport extends WrittenDelivery {
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
  provider: ProviderAdapter,
  { now, full = false, ...options }: SyncOptions,
): Promise<SyncReport> {
  const attemptedAt = now().toISOString();
  const { today } = currentRateDate(provider, now());
  const { id } = provider;
  try {
    const from = full ? null : await store.snapshot((read) => firstMissingDay(read, provider, today));
    const { service: fetched, receivedBytes, quotations } = await provider.fetch(from, today, options);
    const written = await store.write((transaction) =>
      writeDelivery(transaction, id, attemptedAt, quotations),
    );
    return { fetched, receivedBytes, quotations: quotations.length, ...written };
  } catch (error) {
    if (error instanceof RateSourceError) {
      const failure = JSON.stringify({ code: error.code, data: error.data });
      await store.write((transaction) => writeSync(transaction, { provider: id, attemptedAt, failure }));
    }
    throw error;
  }
}

/** From which day on rates are asked for; null for all of them, where the history has never been loaded. */
async function firstMissingDay(
  read: Reader,
  { id, calendar }: ProviderAdapter,
  today: string,
): Promise<string | null> {
  const held = (await heldDates(read, id, null)).map(({ date }) => date).sort();
  const newest = held.at(-1);
  if (newest === undefined || newest > today) return null;
  const missing = publishingDaysBetween(calendar, calendar.firstDay, newest) - held.length;
  return missing > MOST_MISSING_DAYS ? null : addDays(newest, -CORRECTION_DAYS);
}

/** Whose rates a thread syncs, and into which ledger. */
export interface SyncOrder extends Pick<Store, 'location' | 'clockToleranceMs'> {
  readonly provider: string;
  readonly addresses: FetchOptions['addresses'];
}

/** A thread hands back plain values: an error's class and properties would be lost. */
type SyncOutcome =
  | { readonly report: SyncReport }
  | { readonly failure: Pick<RateSourceError, 'code' | 'data'> };

/**
 * Syncs a provider's rates on a thread of its own: up to 200,000 rates are written in one transaction.
 * @throws RateSourceError
 */
export async function syncInWorker(order: SyncOrder, signal: AbortSignal): Promise<SyncReport> {
  const here = new URL('./sync', import.meta.url);
  const outcome = await runInThread<SyncOrder, SyncOutcome>(here, 'syncLedger', order, signal).catch(
    (error: unknown) => {
      throw signal.aborted ? new RateSourceError('rateSourceAborted', {}, { cause: error }) : error;
    },
  );
  if ('failure' in outcome) throw new RateSourceError(outcome.failure.code, outcome.failure.data);
  return outcome.report;
}

export async function syncLedger({
  location,
  provider,
  addresses,
  ...clock
}: SyncOrder): Promise<SyncOutcome> {
  const store = attachStore(location, clock);
  try {
    return { report: await syncRates(store, providerOf(provider), { addresses, now: () => new Date() }) };
  } catch (error) {
    if (!(error instanceof RateSourceError)) throw error;
    return { failure: { code: error.code, data: error.data } };
  } finally {
    await store.close();
  }
}
