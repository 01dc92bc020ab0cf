import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StorageError } from '../errors.ts';
import type { StorageFailure } from '../failures.ts';
import type { PreparedStore } from '../store.ts';
import { checkBeforeOpening } from './check.ts';
import { LOG_LIMITS } from './checkpoints.ts';
import { absolutePath, ledgerFileOf, makeDirectory, makeLedgerFile, SIDE_FILES, sizeOf } from './files.ts';
import { holdLedger, isHeldHere, whilePreparing } from './locks.ts';
import { MIGRATIONS_FOLDER, migrate } from './migrate.ts';
import type { SqliteStoreOptions } from './store.ts';
import { SqliteStore } from './store.ts';

/**
 * Opens the ledger in a directory (made if absent), brings it to the schema of this code and prepares it. Two processes
 * that start at once take turns; one that dies half-way leaves a state from which the next start goes on.
 * @param directory null for one of its own, which is removed when the ledger is closed
 * @param prepare what else is done before anybody else gets it
 * @throws StorageError; a file that is foreign, damaged or newer is left as it is
 */
export async function openSqliteStore<Result>(
  directory: string | null,
  {
    mustExist = false,
    ...options
  }: Pick<SqliteStoreOptions, 'now' | 'clockToleranceMs'> & { readonly mustExist?: boolean | undefined },
  prepare: (store: SqliteStore) => Promise<Result>,
): Promise<PreparedStore<SqliteStore, Result>> {
  if (directory === null) return openTemporary(options, prepare);
  if (mustExist) requireLedger(directory);
  makeDirectory(directory);
  requireWritable(directory);
  return whilePreparing(directory, async () => {
    const file = ledgerFileOf(directory);
    let isNew = false;
    if (!isHeldHere(directory)) {
      checkBeforeOpening(file, MIGRATIONS_FOLDER);
      isNew = sizeOf(file) === null;
      if (isNew) makeLedgerFile(file);
    }
    const onClosed = await holdLedger(directory);
    try {
      const store = new SqliteStore(file, { ...options, onClosed, logLimits: LOG_LIMITS });
      return await prepared(store, { place: absolutePath(file), isNew }, prepare);
    } catch (error) {
      onClosed();
      throw error;
    }
  });
}

/** @throws StorageError `noLedger`; of a write-ahead log without its file another check tells more */
function requireLedger(directory: string): void {
  const file = ledgerFileOf(directory);
  if (sizeOf(file) !== null || sizeOf(`${file}-wal`) !== null) return;
  throw new StorageError(
    'noLedger',
    `There is no ledger: ${absolutePath(file)} does not exist. Set DATA_DIR to the directory of one; \`serve\` makes a new one, and \`import --restore --commit\` one from an export.`,
  );
}

/** For tests and examples: nobody else knows of it, and nothing of it outlasts a power cut. */
async function openTemporary<Result>(
  options: Pick<SqliteStoreOptions, 'now' | 'clockToleranceMs'>,
  prepare: (store: SqliteStore) => Promise<Result>,
): Promise<PreparedStore<SqliteStore, Result>> {
  const directory = mkdtempSync(join(tmpdir(), 'forecast-ledger-'));
  const onClosed = (): void => rmSync(directory, { recursive: true, force: true });
  const file = ledgerFileOf(directory);
  const store = new SqliteStore(file, { ...options, onClosed, durable: false, logLimits: LOG_LIMITS });
  return prepared(store, { place: file, isNew: true }, prepare);
}

async function prepared<Result>(
  store: SqliteStore,
  opened: Pick<PreparedStore<SqliteStore, Result>, 'place' | 'isNew'>,
  prepare: (store: SqliteStore) => Promise<Result>,
): Promise<PreparedStore<SqliteStore, Result>> {
  try {
    const migrated = migrate(store.writing, MIGRATIONS_FOLDER);
    return { store, ...opened, migrated, prepared: await prepare(store) };
  } catch (error) {
    await store.close();
    const failure = store.failureOf(error);
    // What the clock is refused for, its own words say, as any StorageError's do.
    if (failure === null || failure === 'clockBehindLedger' || error instanceof StorageError) throw error;
    throw new StorageError(
      failure === 'ledgerBusy' ? 'ledgerBusy' : 'cannotOpen',
      `The ledger cannot be prepared: ${CAUSES[failure]}. Nothing was changed.`,
      { cause: error },
    );
  }
}

const CAUSES: Readonly<Record<Exclude<StorageFailure, 'clockBehindLedger'>, string>> = {
  ledgerBusy: 'another process holds its database',
  databaseUnreachable: 'its database cannot be reached',
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
        { cause: error },
      );
    }
  }
}
