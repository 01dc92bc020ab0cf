import { currentRateDate, publishingDaysIn } from '../../domain/money/rate-provider.ts';
import { addDays } from '../../domain/period/calendar.ts';
import { attachStore } from '../../store/engine.ts';
import type { Reader, Store } from '../../store/store.ts';
import { runInThread } from '../worker-thread.ts';
import { providerAt } from './book.ts';
import { RateSourceError } from './errors.ts';
import type { FetchOptions, ProviderAdapter } from './fetching.ts';
import { providerOf } from './provider.ts';
import { heldDates, lastSuccess } from './repository.ts';
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

/** How far back days that are held are fetched again, for corrections after the fact. */
const CORRECTION_DAYS = 14;
/** Longer than the schedules of nodes are apart. */
const RECENT_MS = 15 * 60_000;
/** Longer than all attempts of one fetch take. */
const SYNC_TIMEOUT_MS = 600_000;

/**
 * Fetches a provider's rates that are missing, and records them: all of an answer or nothing, corrected days as new
 * revisions, implausible rates in quarantine. Never deletes. Doing it again changes nothing. One process of the ledger does
 * so at a time.
 * @throws RateSourceError, after recording the failure; what the database fails with
 */
export function syncRates(
  store: Store,
  provider: ProviderAdapter,
  options: SyncOptions,
): Promise<SyncReport> {
  return whileSyncing(store, provider, () => syncNow(store, provider, options));
}

/** As `syncRates`, unless any process of the ledger has done so lately: then null. */
export function syncUnlessRecent(
  store: Store,
  provider: ProviderAdapter,
  options: SyncOptions,
): Promise<SyncReport | null> {
  return whileSyncing(store, provider, async () => {
    const last = await store.snapshot((read) => lastSuccess(read, provider));
    const isRecent = last !== null && options.now().getTime() - Date.parse(last) < RECENT_MS;
    return isRecent ? null : syncNow(store, provider, options);
  });
}

function whileSyncing<Result>(
  store: Store,
  { id }: ProviderAdapter,
  action: () => Promise<Result>,
): Promise<Result> {
  return store.exclusive(`rates-${id}`, action, { timeoutMs: SYNC_TIMEOUT_MS });
}

async function syncNow(
  store: Store,
  provider: ProviderAdapter,
  { now, full = false, ...options }: SyncOptions,
): Promise<SyncReport> {
  const attemptedAt = now().toISOString();
  const { today } = currentRateDate(provider, now());
  const { id } = provider;
  try {
    const from = full ? null : await store.snapshot((read) => firstMissingDay(read, provider, today));
    const answer = await provider.fetch(from, today, options);
    const { service: fetched, receivedBytes, quotations } = answer;
    const whole = answer.isHistory === true ? provider.calendar : null;
    const written = await store.write((transaction) =>
      writeDelivery(transaction, id, attemptedAt, quotations, whole),
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

/**
 * From which day on rates are asked for; null for all of them, where a day before it is not held: either the history has
 * never been loaded, or only the whole of it says that nothing was published on that day.
 */
async function firstMissingDay(
  read: Reader,
  adapter: ProviderAdapter,
  today: string,
): Promise<string | null> {
  const { id, calendar } = await providerAt(read, adapter, null);
  const held = new Set((await heldDates(read, id, null)).map(({ date }) => date));
  const newest = [...held].sort().at(-1);
  if (newest === undefined || newest > today) return null;
  const from = addDays(newest, -CORRECTION_DAYS);
  const missing = publishingDaysIn(calendar, calendar.firstDay, addDays(from, -1)).some(
    (day) => !held.has(day),
  );
  return missing ? null : from;
}

/** Whose rates a thread syncs, and into which ledger. */
export interface SyncOrder extends Pick<Store, 'location' | 'clockToleranceMs'> {
  readonly provider: string;
  readonly addresses: FetchOptions['addresses'];
}

/** A thread hands back plain values: an error's class and properties would be lost. */
type SyncOutcome =
  | { readonly report: SyncReport | null }
  | { readonly failure: Pick<RateSourceError, 'code' | 'data'> };

/**
 * Syncs a provider's rates on a thread of its own: up to 200,000 rates are written in one transaction. Gives null where
 * that was done lately.
 * @throws RateSourceError
 */
export async function syncInWorker(order: SyncOrder, signal: AbortSignal): Promise<SyncReport | null> {
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
    const options = { addresses, now: () => new Date() };
    return { report: await syncUnlessRecent(store, providerOf(provider), options) };
  } catch (error) {
    if (!(error instanceof RateSourceError)) throw error;
    return { failure: { code: error.code, data: error.data } };
  } finally {
    await store.close();
  }
}
