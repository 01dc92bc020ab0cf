import { createRequire } from 'node:module';
import type BetterSqlite3 from 'better-sqlite3';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import { StorageError } from '../errors.ts';
import type { Reader, Store } from '../store.ts';
import { drizzle } from './drizzle.ts';
import { snapshotsOf } from './snapshots.ts';
import { createSqliteStore } from './store.ts';

export type { Reader } from '../store.ts';

/** What write functions use: synchronous, inside one transaction. */
export type Writer = BetterSQLite3Database;

export interface ReadStorage {
  readonly read: Reader;
  readonly sqlite: BetterSqlite3.Database;
  close(): void;
}

export interface Storage extends ReadStorage {
  readonly write: Writer;
  /** Whether what is committed outlasts a power cut. */
  readonly durable: boolean;
  /** The port over this file. */
  readonly store: Store;
}

/** "FcLd" in ASCII: marks a database file as a Forecast Ledger. */
export const APPLICATION_ID = 0x46634c64;
const BUSY_TIMEOUT_MS = 5000;
/** better-sqlite3 13 is built on Node-API 10; on an older runtime loading it crashes the process without a word. */
const REQUIRED_NODE_API = 10;

const require = createRequire(import.meta.url);

/** Opens a raw connection. @throws StorageError `runtimeTooOld`, `cannotOpen` */
export function openSqlite(file: string, options: BetterSqlite3.Options = {}): BetterSqlite3.Database {
  const nodeApi = Number(process.versions.napi ?? 0);
  if (nodeApi < REQUIRED_NODE_API) {
    throw new StorageError(
      'runtimeTooOld',
      `Node ${process.versions.node} is too old: Forecast Ledger needs Node 22.18 or newer (npm scripts bring their own).`,
    );
  }
  const Database = require('better-sqlite3') as typeof BetterSqlite3;
  try {
    return new Database(file, options);
  } catch (error) {
    throw new StorageError('cannotOpen', `${file} cannot be opened or made: ${(error as Error).message}.`, {
      cause: error,
    });
  }
}

export interface StorageOptions {
  readonly now?: () => Date;
  /** Called when it is closed. */
  readonly onClosed?: () => void;
  /** Whether what is committed outlasts a power cut. */
  readonly durable?: boolean;
}

/**
 * Opens a ledger's database file.
 * @throws StorageError `runtimeTooOld`, `cannotOpen`, `foreignDatabase` (the file is left untouched)
 */
export function openStorage(
  file: string,
  { now = () => new Date(), onClosed, durable = true }: StorageOptions = {},
): Storage {
  const sqlite = openSqlite(file);
  try {
    claim(sqlite, file);
    sqlite.pragma(`busy_timeout = ${BUSY_TIMEOUT_MS}`);
    sqlite.pragma('journal_mode = WAL');
    sqlite.pragma(`synchronous = ${durable ? 'FULL' : 'OFF'}`);
    sqlite.pragma('foreign_keys = ON');
  } catch (error) {
    sqlite.close();
    throw error;
  }
  const database = drizzle(sqlite);
  const snapshots = snapshotsOf(file);
  let isOpen = true;
  const open = {
    // The one place where the engine is hidden: repositories await what SQLite answers at once.
    read: database as unknown as Reader,
    write: database,
    durable,
    sqlite,
    close: () => {
      if (!isOpen) return;
      isOpen = false;
      snapshots.close();
      sqlite.close();
      onClosed?.();
    },
  };
  return { ...open, store: createSqliteStore(open, snapshots, now) };
}

/** Who reads everything once has no use for pages that were read before, but for the upper ones of the indexes. */
const READING_CACHE_KIB = 4000;

/**
 * Opens a connection of its own to a ledger that is open already, for reading only.
 * @throws StorageError `cannotOpen`
 */
export function openForReading(file: string): ReadStorage {
  const sqlite = openSqlite(file, { readonly: true, fileMustExist: true });
  sqlite.pragma(`busy_timeout = ${BUSY_TIMEOUT_MS}`);
  sqlite.pragma(`cache_size = -${READING_CACHE_KIB}`);
  return { read: drizzle(sqlite) as unknown as Reader, sqlite, close: () => sqlite.close() };
}

/** Marks an empty file as a ledger; refuses a file that is something else, before anything is written to it. */
function claim(sqlite: BetterSqlite3.Database, file: string): void {
  let applicationId: unknown;
  let tables: number;
  try {
    applicationId = sqlite.pragma('application_id', { simple: true });
    tables = sqlite.prepare<[], number>('select count(*) from sqlite_schema').pluck().get() ?? 0;
  } catch (error) {
    throw new StorageError(
      'foreignDatabase',
      `${file} cannot be read as a database: ${(error as Error).message}.`,
      {
        cause: error,
      },
    );
  }
  if (applicationId === APPLICATION_ID) return;
  if (applicationId !== 0 || tables > 0) {
    throw new StorageError(
      'foreignDatabase',
      `${file} is a database of something else; it was left untouched.`,
    );
  }
  sqlite.pragma(`application_id = ${APPLICATION_ID}`);
}
