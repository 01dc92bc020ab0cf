import { accessSync, constants, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { StorageError } from '../store/errors.ts';
import type { StorageFailure } from '../store/failures.ts';
import { storageFailureOf } from '../store/failures.ts';
import { bringIndexUpToDate } from '../store/sqlite/full-text.ts';
import {
  checkBeforeOpening,
  ledgerFileOf,
  makeLedgerFile,
  SIDE_FILES,
  sizeOf,
} from '../store/sqlite/ledger-file.ts';
import { holdLedger, isHeldHere, whilePreparing } from '../store/sqlite/locks.ts';
import { migrateStorage } from '../store/sqlite/migrate.ts';
import type { Storage } from '../store/sqlite/storage.ts';
import { openStorage } from '../store/sqlite/storage.ts';
import type { Store } from '../store/store.ts';
import { settleInterruptedImports } from './imports/locks.ts';
import { seedStorage } from './seeds/seed.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
export const MIGRATIONS_FOLDER = join(ROOT, 'migrations');
export const SEEDS_FOLDER = join(ROOT, 'seeds');

export interface OpenOptions {
  /** The clock; for tests. */
  readonly now?: () => Date;
  readonly seedsFolder?: string;
}

export interface PreparedLedger {
  readonly store: Store;
  /** Being replaced by `store`. */
  readonly storage: Storage;
  /** How many migrations were applied. */
  readonly migrated: number;
  /** The seed files that were new or had changed. */
  readonly seeded: readonly string[];
}

/**
 * Opens the ledger in a directory (made if absent), migrates and seeds it. Two processes that start at once take turns;
 * one that dies half-way leaves a state from which the next start goes on.
 * @param dataDirectory null for a directory of its own, which is removed when the ledger is closed
 * @throws StorageError; a file that is foreign, damaged or newer is left as it is
 */
export async function openLedger(
  dataDirectory: string | null,
  { now = () => new Date(), seedsFolder = SEEDS_FOLDER }: OpenOptions = {},
): Promise<PreparedLedger> {
  if (dataDirectory === null) return openTemporaryLedger({ now, seedsFolder });
  mkdirSync(dataDirectory, { recursive: true });
  requireWritable(dataDirectory);
  return whilePreparing(dataDirectory, async () => {
    const file = ledgerFileOf(dataDirectory);
    if (!isHeldHere(dataDirectory)) {
      checkBeforeOpening(file, MIGRATIONS_FOLDER);
      if (sizeOf(file) === null) makeLedgerFile(file);
    }
    const release = await holdLedger(dataDirectory);
    try {
      return await prepare(openStorage(file, { now, onClosed: release }), now, seedsFolder);
    } catch (error) {
      release();
      throw error;
    }
  });
}

/** For tests and examples: nobody else knows of it, and nothing of it outlasts a power cut. */
async function openTemporaryLedger({ now, seedsFolder }: Required<OpenOptions>): Promise<PreparedLedger> {
  const directory = mkdtempSync(join(tmpdir(), 'forecast-ledger-'));
  const onClosed = (): void => rmSync(directory, { recursive: true, force: true });
  const storage = openStorage(ledgerFileOf(directory), { now, onClosed, durable: false });
  return prepare(storage, now, seedsFolder);
}

async function prepare(storage: Storage, now: () => Date, seedsFolder: string): Promise<PreparedLedger> {
  try {
    const migrated = migrateStorage(storage, MIGRATIONS_FOLDER);
    const seeded = await seedStorage(storage, seedsFolder);
    bringIndexUpToDate(storage);
    settleInterruptedImports(storage, now());
    return { store: storage.store, storage, migrated, seeded };
  } catch (error) {
    storage.close();
    const failure = storageFailureOf(error);
    if (failure === null) throw error;
    throw new StorageError(
      failure === 'ledgerBusy' ? 'ledgerBusy' : 'cannotOpen',
      `The ledger cannot be prepared: ${CAUSES[failure]}. Nothing was changed.`,
      { cause: error },
    );
  }
}

const CAUSES: Readonly<Record<StorageFailure, string>> = {
  ledgerBusy: 'another process holds its database',
  storageFull: 'the disk is full',
  storageReadOnly: 'its database is read-only',
  storageFailing: 'its disk gives errors',
};

/**
 * A database that is read-only when it is opened stays so for as long as it is open: better to say so and be started
 * again than to refuse every write from then on.
 * @throws StorageError `cannotOpen`
 */
function requireWritable(directory: string): void {
  for (const path of ['', ...SIDE_FILES].map((side) => ledgerFileOf(directory) + side).concat(directory)) {
    try {
      accessSync(path, constants.W_OK);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT') continue;
      throw new StorageError(
        'cannotOpen',
        `${path} cannot be written to (${code}): give this user the right to.`,
        {
          cause: error,
        },
      );
    }
  }
}
