import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bringIndexUpToDate } from '../records/full-text.ts';
import { checkBeforeOpening, ledgerFileOf, makeLedgerFile, sizeOf } from './ledger-file.ts';
import { holdLedger, isHeldHere, whilePreparing } from './locks.ts';
import { migrateStorage } from './migrate.ts';
import { seedStorage } from './seed.ts';
import type { Storage } from './storage.ts';
import { openStorage } from './storage.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
export const MIGRATIONS_FOLDER = join(ROOT, 'migrations');
export const SEEDS_FOLDER = join(ROOT, 'seeds');

export interface PreparedLedger {
  readonly storage: Storage;
  /** How many migrations were applied. */
  readonly migrated: number;
  /** The seed files that were new or had changed. */
  readonly seeded: readonly string[];
}

/**
 * Opens the ledger in a directory (made if absent), or in memory where it is null, migrates and seeds it. Two
 * processes that start at once take turns; one that dies half-way leaves a state from which the next start goes on.
 * @throws StorageError; a file that is foreign, damaged or newer is left as it is
 */
export async function openLedger(
  dataDirectory: string | null,
  now: () => Date = () => new Date(),
): Promise<PreparedLedger> {
  if (dataDirectory === null) return prepare(openStorage(':memory:'), now);
  mkdirSync(dataDirectory, { recursive: true });
  return whilePreparing(dataDirectory, async () => {
    const file = ledgerFileOf(dataDirectory);
    if (!isHeldHere(dataDirectory)) {
      checkBeforeOpening(file, MIGRATIONS_FOLDER);
      if (sizeOf(file) === null) makeLedgerFile(file);
    }
    const release = holdLedger(dataDirectory);
    try {
      const storage = openStorage(file);
      const close = (): void => {
        storage.close();
        release();
      };
      return await prepare({ ...storage, close }, now);
    } catch (error) {
      release();
      throw error;
    }
  });
}

async function prepare(storage: Storage, now: () => Date): Promise<PreparedLedger> {
  try {
    const migrated = migrateStorage(storage, MIGRATIONS_FOLDER);
    const seeded = await seedStorage(storage, SEEDS_FOLDER, now());
    bringIndexUpToDate(storage);
    return { storage, migrated, seeded };
  } catch (error) {
    storage.close();
    throw error;
  }
}
