import type BetterSqlite3 from 'better-sqlite3';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import type { Reader, Snapshot, Store } from '../store.ts';
import { OpenSnapshot } from './snapshot.ts';
import type { SqliteStoreOptions } from './store.ts';
import { SqliteStore } from './store.ts';

export type { Reader } from '../store.ts';
export { openSqlite } from './database.ts';

/*
 * Being replaced by `Store`.
 */

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

/** Opens a ledger's database file. */
export function openStorage(file: string, options: SqliteStoreOptions = {}): Storage {
  return storageOf(new SqliteStore(file, options), options.durable ?? true);
}

export function storageOf(store: SqliteStore, durable: boolean): Storage {
  const { sqlite, reader, database } = store.writing;
  return { read: reader, write: database, sqlite, durable, store, close: () => store.closeNow() };
}

/** The connection of a snapshot. */
export function connectionOf(read: Snapshot): BetterSqlite3.Database | undefined {
  return read instanceof OpenSnapshot ? read.connection.sqlite : undefined;
}

/** What is read without a snapshot: not of one state. */
export function snapshotOn(read: Reader, version: string): Snapshot {
  return Object.assign(Object.create(read) as Reader, { version });
}
