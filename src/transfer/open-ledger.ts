import { fileURLToPath } from 'node:url';
import { bringIndexUpToDate } from '../ledger/records/search.ts';
import { openStore } from '../store/engine.ts';
import type { Store } from '../store/store.ts';
import { settleInterruptedImports } from './imports/job.ts';
import { seedLedger } from './seeds/seed.ts';

export const SEEDS_FOLDER = fileURLToPath(new URL('../../seeds', import.meta.url));

export interface OpenOptions {
  readonly now?: () => Date;
  readonly clockToleranceMs?: number | undefined;
  readonly seedsFolder?: string;
}

export interface PreparedLedger {
  readonly store: Store;
  readonly migrated: number;
  /** The seed files that were new or had changed. */
  readonly seeded: readonly string[];
}

/**
 * Opens the ledger in a directory (made if absent), migrates and seeds it.
 * @param dataDirectory null for a directory of its own, which is removed when the ledger is closed
 * @throws StorageError; a file that is foreign, damaged or newer is left as it is
 */
export async function openLedger(
  dataDirectory: string | null,
  { now = () => new Date(), clockToleranceMs, seedsFolder = SEEDS_FOLDER }: OpenOptions = {},
): Promise<PreparedLedger> {
  const { store, migrated, prepared } = await openStore(
    dataDirectory,
    { now, clockToleranceMs },
    async (opened) => {
      const seeded = await seedLedger(opened, seedsFolder);
      await bringIndexUpToDate(opened);
      await settleInterruptedImports(opened, now());
      return seeded;
    },
  );
  return { store, migrated, seeded: prepared };
}
