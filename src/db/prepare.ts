import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { settleInterruptedImports } from '../imports/locks.ts';
import { bringIndexUpToDate } from '../records/full-text.ts';
import { StorageError } from './errors.ts';
import { migrateStorage } from './migrate.ts';
import { seedStorage } from './seed.ts';
import type { Storage } from './storage.ts';
import { openSqlite, openStorage } from './storage.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
export const MIGRATIONS_FOLDER = join(ROOT, 'migrations');
export const SEEDS_FOLDER = join(ROOT, 'seeds');
const LOCK_TIMEOUT_MS = 30_000;

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
 * @throws StorageError
 */
export async function openLedger(
  dataDirectory: string | null,
  now: () => Date = () => new Date(),
  seedsFolder = SEEDS_FOLDER,
): Promise<PreparedLedger> {
  if (dataDirectory === null) return prepare(openStorage(':memory:'), now, seedsFolder);
  mkdirSync(dataDirectory, { recursive: true });
  return withLock(join(dataDirectory, 'ledger.lock'), () =>
    prepare(openStorage(join(dataDirectory, 'ledger.sqlite')), now, seedsFolder),
  );
}

async function prepare(storage: Storage, now: () => Date, seedsFolder: string): Promise<PreparedLedger> {
  try {
    const migrated = migrateStorage(storage, MIGRATIONS_FOLDER);
    const seeded = await seedStorage(storage, seedsFolder, now());
    bringIndexUpToDate(storage);
    settleInterruptedImports(storage, now());
    return { storage, migrated, seeded };
  } catch (error) {
    storage.close();
    throw error;
  }
}

/** Holds an exclusive lock for the time of an action. SQLite holds it, so it ends with the process, however that ends. */
async function withLock<Result>(file: string, action: () => Promise<Result>): Promise<Result> {
  const lock = openSqlite(file);
  try {
    lock.pragma(`busy_timeout = ${LOCK_TIMEOUT_MS}`);
    lock.exec('begin exclusive');
  } catch (error) {
    lock.close();
    if ((error as { code?: string }).code !== 'SQLITE_BUSY') {
      throw new StorageError('cannotOpen', `${file} cannot be locked: ${(error as Error).message}.`, {
        cause: error,
      });
    }
    throw new StorageError('ledgerBusy', `Another process is preparing this ledger (${file}).`, {
      cause: error,
    });
  }
  try {
    return await action();
  } finally {
    lock.close();
  }
}
