import { fileURLToPath } from 'node:url';
import { bringCatalogueUpToDate } from '../ledger/catalogue/writes.ts';
import { bringIndexUpToDate } from '../ledger/records/search.ts';
import type { StoreOptions } from '../store/engine.ts';
import { openStore } from '../store/engine.ts';
import type { Store } from '../store/store.ts';
import { settleInterruptedImports } from './imports/job.ts';
import { seedLedger } from './seeds/seed.ts';

export const SEEDS_FOLDER = fileURLToPath(new URL('../../seeds', import.meta.url));

export interface OpenOptions extends StoreOptions {
  readonly seedsFolder?: string;
}

export interface PreparedLedger {
  readonly store: Store;
  /** Where it is, for people. */
  readonly place: string;
  /** Whether there was none before. */
  readonly isNew: boolean;
  readonly migrated: number;
  /** The seed files that were new or had changed. */
  readonly seeded: readonly string[];
}

/**
 * Opens a ledger (made if absent, unless that is refused), migrates and seeds it.
 * @param location a directory, or the URL of a PostgreSQL database; null for a directory of its own, which is removed when
 *   the ledger is closed
 * @throws StorageError; a file that is foreign, damaged or newer is left as it is
 */
export async function openLedger(
  location: string | null,
  { seedsFolder = SEEDS_FOLDER, ...options }: OpenOptions = {},
): Promise<PreparedLedger> {
  const { prepared: seeded, ...opened } = await openStore(location, options, async (store) => {
    // First: what seed files say then becomes a further revision.
    await bringCatalogueUpToDate(store);
    const applied = await seedLedger(store, seedsFolder);
    await bringIndexUpToDate(store);
    await settleInterruptedImports(store, options.now?.() ?? new Date());
    return applied;
  });
  return { ...opened, seeded };
}
