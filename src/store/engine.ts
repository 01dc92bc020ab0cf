import type { StorageFailure } from './failures.ts';
import { postgresCommands } from './postgres/backup.ts';
import { postgresFailureOf } from './postgres/failures.ts';
import { openPostgresStore } from './postgres/open.ts';
import { PostgresStore } from './postgres/store.ts';
import { sqliteFailureOf } from './sqlite/failures.ts';
import { ledgerFileOf } from './sqlite/files.ts';
import { openSqliteStore } from './sqlite/open.ts';
import { SqliteStore } from './sqlite/store.ts';
import type { PreparedStore, Store } from './store.ts';

/*
 * Which engine keeps a ledger: PostgreSQL where its location is a URL, SQLite where it is a directory.
 */

export { checkDatabase } from './postgres/check.ts';
export type { LedgerSummary } from './sqlite/backup.ts';
export {
  backUpLedger as backUp,
  checkLedger as check,
  restoreLedger as restore,
} from './sqlite/backup.ts';

/** The commands in place of `backUp`, `restore` and `check` for a ledger in a database; null for one in a directory. */
export function commandsInstead(location: string, file: string): ReturnType<typeof postgresCommands> | null {
  return isUrl(location) ? postgresCommands(location, file) : null;
}

export interface StoreOptions {
  /** Refuse to make a ledger where there is none. */
  readonly mustExist?: boolean | undefined;
  /** In place of the engine's clock; for tests. */
  readonly now?: (() => Date) | undefined;
  readonly clockToleranceMs?: number | undefined;
  /** Of PostgreSQL: connections that read from one server, at most. */
  readonly readConnections?: number | undefined;
  /** Of PostgreSQL: URLs of replicas. */
  readonly readUrls?: readonly string[] | undefined;
  /** Of PostgreSQL: how old an answer may be without the primary being asked, in milliseconds. */
  readonly stalenessMs?: number | undefined;
  /** Of PostgreSQL: by how much a replica may lag before it is left out, in milliseconds. */
  readonly lagLimitMs?: number | undefined;
}

function isUrl(location: string): boolean {
  return /^postgres(?:ql)?:\/\//.test(location);
}

/**
 * Opens a ledger, made where there is none unless that is refused, brings it to the schema of this code and prepares it.
 * @param location a directory, or the URL of a PostgreSQL database; null for a directory of its own, which is removed when
 *   the ledger is closed
 * @param prepare what else is done before anybody else gets it
 * @throws StorageError
 */
export function openStore<Result>(
  location: string | null,
  options: StoreOptions,
  prepare: (store: Store) => Promise<Result>,
): Promise<PreparedStore<Store, Result>> {
  return location !== null && isUrl(location)
    ? openPostgresStore(location, options, prepare)
    : openSqliteStore(location, options, prepare);
}

/** Opens a ledger that this process, in another thread, has opened and prepared already. */
export function attachStore(location: string, options: StoreOptions = {}): Store {
  return isUrl(location)
    ? new PostgresStore(location, options)
    : new SqliteStore(ledgerFileOf(location), options);
}

/** Which failure of the storage an error of any engine is; null for others. */
export function storageFailureOf(error: unknown): StorageFailure | null {
  return sqliteFailureOf(error) ?? postgresFailureOf(error);
}
