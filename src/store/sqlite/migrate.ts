import { createRequire } from 'node:module';
import type BetterSqlite3 from 'better-sqlite3';
import type * as Migrator from 'drizzle-orm/better-sqlite3/migrator';
import { StorageError } from '../errors.ts';
import { migrationsFolder, pendingMigrations } from '../migrations.ts';
import type { Connection } from './connection.ts';
import { BUSY_TIMEOUT_MS } from './database.ts';

export const MIGRATIONS_FOLDER = migrationsFolder('sqlite');

const require = createRequire(import.meta.url);

/**
 * Brings a database to the schema of this code. The caller holds the ledger's lock: drizzle's migrator takes none.
 * Returns how many migrations were applied.
 * @param folder where the reviewed SQL files and their journal are
 * @throws StorageError `newerDatabase`, `changedMigration`, `brokenReferences`
 */
export function migrate({ sqlite, database }: Connection, folder: string): number {
  const pending = checkMigrations(sqlite, folder);
  if (pending === 0) return 0;

  // drizzle rebuilds a table by dropping it; with foreign keys on, SQLite would apply their actions to its children.
  sqlite.pragma('foreign_keys = OFF');
  sqlite.pragma(`busy_timeout = ${BUSY_TIMEOUT_MS}`);
  try {
    // Loaded here because a start with nothing to migrate does not need it.
    const migrator = require('drizzle-orm/better-sqlite3/migrator') as typeof Migrator;
    migrator.migrate(database, { migrationsFolder: folder });
  } catch (error) {
    const { cause, message } = error as Error;
    const reason = cause instanceof Error ? cause.message : message;
    throw new StorageError('cannotOpen', `The database cannot be migrated: ${reason}.`, { cause: error });
  } finally {
    sqlite.pragma('busy_timeout = 0');
    sqlite.pragma('foreign_keys = ON');
  }
  const broken = sqlite.pragma('foreign_key_check') as readonly { table: string }[];
  if (broken.length > 0) {
    const tables = [...new Set(broken.map((row) => row.table))].join(', ');
    throw new StorageError(
      'brokenReferences',
      `After migrating, ${broken.length} references are broken in: ${tables}.`,
    );
  }
  return pending;
}

/**
 * How many migrations a database still lacks. Writes nothing.
 * @throws StorageError `newerDatabase`, `changedMigration`
 */
export function checkMigrations(sqlite: BetterSqlite3.Database, folder: string): number {
  const table = sqlite.prepare("select 1 from sqlite_schema where name = '__drizzle_migrations'").get();
  // drizzle compares timestamps only: that the applied migrations are the ones in the folder is checked here.
  const applied =
    table === undefined
      ? []
      : sqlite.prepare<[], string>('select hash from __drizzle_migrations order by created_at').pluck().all();
  return pendingMigrations(folder, applied).length;
}
