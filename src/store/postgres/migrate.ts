import { StorageError } from '../errors.ts';
import { migrationsFolder, pendingMigrations } from '../migrations.ts';
import type { Connection } from './connection.ts';
import { WRITE_LOCK } from './locks.ts';

const OLDEST_VERSION = 150_000;

/**
 * Brings a database to the schema of this code, in one transaction, while nobody writes or migrates it. Returns how many
 * migrations were applied.
 * @throws StorageError `runtimeTooOld`, `foreignDatabase`, `newerDatabase`, `changedMigration`; a database that is
 *   refused is left untouched
 */
export async function migrate(connection: Connection): Promise<number> {
  const [server] = await connection.run(
    "select current_setting('server_version_num')::int as version, current_setting('server_encoding') as encoding, current_setting('server_version') as name, pg_is_in_recovery() as \"isReplica\"",
  );
  if (Number(server?.version) < OLDEST_VERSION)
    throw new StorageError('runtimeTooOld', `PostgreSQL ${server?.name} is too old: it must be 15 or newer.`);
  if (server?.encoding !== 'UTF8')
    throw new StorageError(
      'cannotOpen',
      `The database has the encoding ${server?.encoding}; it must be UTF8.`,
    );
  if (server?.isReplica === true)
    throw new StorageError(
      'cannotOpen',
      'DATABASE_URL leads to a replica, which takes no writes: it must lead to the primary. Replicas go into DATABASE_READ_URLS.',
    );
  if ((await pendingIn(connection)).length === 0) return 0;
  await connection.run(`begin; set local statement_timeout = 0; select pg_advisory_xact_lock(${WRITE_LOCK})`);
  try {
    const pending = await pendingIn(connection);
    await connection.run(
      'create table if not exists __drizzle_migrations (id serial primary key, hash text not null, created_at bigint)',
    );
    for (const { script, hash, createdAt } of pending) {
      await connection.run(script);
      await connection.rows('insert into __drizzle_migrations (hash, created_at) values ($1, $2)', [
        hash,
        createdAt,
      ]);
    }
    await connection.run('commit');
    return pending.length;
  } catch (error) {
    await connection.run('rollback').catch(() => undefined);
    if (error instanceof StorageError) throw error;
    throw new StorageError('cannotOpen', `The database cannot be migrated: ${(error as Error).message}.`, {
      cause: error,
    });
  }
}

/** Whether a database has no tables yet. @throws StorageError `foreignDatabase` */
export async function isEmpty(connection: Connection): Promise<boolean> {
  return (await appliedHashes(connection)).length === 0;
}

async function pendingIn(connection: Connection): Promise<ReturnType<typeof pendingMigrations>> {
  return pendingMigrations(migrationsFolder('postgres'), await appliedHashes(connection));
}

async function appliedHashes(connection: Connection): Promise<readonly string[]> {
  const tables = await connection.run(
    "select c.relname as name from pg_class c where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p', 'v', 'm')",
  );
  const names = tables.map(({ name }) => name);
  if (names.length === 0) return [];
  if (!names.includes('__drizzle_migrations') || !names.includes('ledger_state'))
    throw new StorageError(
      'foreignDatabase',
      'The database holds tables of something else; it was left untouched. Give the ledger a database of its own.',
    );
  const rows = await connection.run('select hash from __drizzle_migrations order by created_at');
  return rows.map(({ hash }) => hash as string);
}
