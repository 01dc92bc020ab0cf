import { attachStore } from '../../store/engine.ts';
import { RateSourceError } from './errors.ts';
import type { FetchOptions } from './fetching.ts';
import { providerOf } from './provider.ts';
import type { SyncReport } from './sync.ts';
import { syncRates } from './sync.ts';

export interface SyncOrder {
  /** The ledger's `Store.location`. */
  readonly location: string;
  readonly clockToleranceMs: number;
  /** A provider's id. */
  readonly provider: string;
  readonly addresses: FetchOptions['addresses'];
}

/** A thread hands back plain values: an error's class and properties would be lost. */
export type SyncOutcome =
  | { readonly report: SyncReport }
  | { readonly failure: Pick<RateSourceError, 'code' | 'data'> };

/** What the thread runs. */
export async function syncLedger({
  location,
  clockToleranceMs,
  provider,
  addresses,
}: SyncOrder): Promise<SyncOutcome> {
  const store = attachStore(location, { clockToleranceMs });
  try {
    const report = await syncRates(store, providerOf(provider), { addresses, now: () => new Date() });
    return { report };
  } catch (error) {
    if (!(error instanceof RateSourceError)) throw error;
    return { failure: { code: error.code, data: error.data } };
  } finally {
    await store.close();
  }
}
