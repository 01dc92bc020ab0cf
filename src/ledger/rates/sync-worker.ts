import { openStorage } from '../../store/sqlite/storage.ts';
import { RateSourceError } from './errors.ts';
import type { FetchOptions } from './fetching.ts';
import { providerOf } from './provider.ts';
import type { SyncReport } from './sync.ts';
import { syncRates } from './sync.ts';

export interface SyncOrder {
  /** The ledger's database file. */
  readonly file: string;
  /** A provider's id. */
  readonly provider: string;
  readonly addresses: FetchOptions['addresses'];
}

/** A thread hands back plain values: an error's class and properties would be lost. */
export type SyncOutcome =
  | { readonly report: SyncReport }
  | { readonly failure: Pick<RateSourceError, 'code' | 'data'> };

/** What the thread runs. */
export async function syncFile({ file, provider, addresses }: SyncOrder): Promise<SyncOutcome> {
  const storage = openStorage(file);
  try {
    const report = await syncRates(storage.store, providerOf(provider), { addresses, now: () => new Date() });
    return { report };
  } catch (error) {
    if (!(error instanceof RateSourceError)) throw error;
    return { failure: { code: error.code, data: error.data } };
  } finally {
    storage.close();
  }
}
