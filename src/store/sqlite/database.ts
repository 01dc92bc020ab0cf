import { createRequire } from 'node:module';
import type BetterSqlite3 from 'better-sqlite3';
import { StorageError } from '../errors.ts';

/** "FcLd" in ASCII: marks a database file as a Forecast Ledger. */
export const APPLICATION_ID = 0x46634c64;
/** How long SQLite may hold up this thread for another that recovers or closes the file. */
export const BUSY_TIMEOUT_MS = 5000;
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

/**
 * Opens a ledger's file for reading and writing.
 * @param durable whether what is committed outlasts a power cut
 * @throws StorageError `runtimeTooOld`, `cannotOpen`, `foreignDatabase` (the file is left untouched)
 */
export function openForWriting(file: string, durable: boolean): BetterSqlite3.Database {
  const sqlite = openSqlite(file);
  try {
    claim(sqlite, file);
    sqlite.pragma(`busy_timeout = ${BUSY_TIMEOUT_MS}`);
    sqlite.pragma('journal_mode = WAL');
    sqlite.pragma(`synchronous = ${durable ? 'FULL' : 'OFF'}`);
    sqlite.pragma('foreign_keys = ON');
    // Who waits for other writers does so without holding up this thread.
    sqlite.pragma('busy_timeout = 0');
    return sqlite;
  } catch (error) {
    sqlite.close();
    throw error;
  }
}

/**
 * Opens a connection of its own to a ledger that is open already, for reading only.
 * @param cacheKib how much of the file it keeps in memory; without it, SQLite's own 16 MB
 * @throws StorageError `cannotOpen`
 */
export function openForReading(file: string, cacheKib?: number): BetterSqlite3.Database {
  const sqlite = openSqlite(file, { readonly: true, fileMustExist: true });
  sqlite.pragma(`busy_timeout = ${BUSY_TIMEOUT_MS}`);
  if (cacheKib !== undefined) sqlite.pragma(`cache_size = -${cacheKib}`);
  return sqlite;
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
      { cause: error },
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
