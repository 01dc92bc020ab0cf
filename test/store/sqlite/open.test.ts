import { cpSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { test } from 'tap';
import { backUp, restore } from '../../../src/store/engine.ts';
import { StorageError } from '../../../src/store/errors.ts';
import { Connection } from '../../../src/store/sqlite/connection.ts';
import { openForWriting } from '../../../src/store/sqlite/database.ts';
import { MIGRATIONS_FOLDER, migrate } from '../../../src/store/sqlite/migrate.ts';
import type { SqliteStore } from '../../../src/store/sqlite/store.ts';
import { openLedger } from '../../../src/transfer/open-ledger.ts';
import { temporaryDirectory } from '../../helpers/process.ts';

function storageError(code: string) {
  return (error: unknown): boolean => error instanceof StorageError && error.code === code;
}

test('the pragmas that keep writes safe are on', async (t) => {
  const { store } = await openLedger(temporaryDirectory(t));
  const { sqlite } = (store as SqliteStore).writing;
  t.equal(sqlite.pragma('journal_mode', { simple: true }), 'wal');
  t.equal(sqlite.pragma('synchronous', { simple: true }), 2);
  t.equal(sqlite.pragma('foreign_keys', { simple: true }), 1);
  t.equal(sqlite.pragma('busy_timeout', { simple: true }), 0, 'who waits to write holds up nobody else');
  t.equal(sqlite.pragma('wal_autocheckpoint', { simple: true }), 0, 'nor does a commit');
  await store.close();
});

test('every table of the ledger is strict', async (t) => {
  const { store } = await openLedger(null);
  const { sqlite } = (store as SqliteStore).writing;
  const tables = sqlite.pragma('table_list') as {
    name: string;
    type: string;
    strict: number;
  }[];
  // The full-text index is a virtual table with tables of SQLite's own behind it.
  const own = tables.filter(({ name, type }) => type === 'table' && !/^(?:sqlite_|__drizzle)/.test(name));
  t.ok(own.length > 10);
  t.strictSame(
    own.filter(({ strict }) => strict !== 1),
    [],
  );
  await store.close();
});

test('an applied migration that was changed, or a newer database, is refused', async (t) => {
  const folder = join(temporaryDirectory(t), 'migrations');
  cpSync(MIGRATIONS_FOLDER, folder, { recursive: true });
  const connection = new Connection(openForWriting(':memory:', true));
  t.ok(migrate(connection, folder) > 0);
  t.equal(migrate(connection, folder), 0);

  const [entry] = (
    JSON.parse(readFileSync(join(folder, 'meta', '_journal.json'), 'utf8')) as { entries: { tag: string }[] }
  ).entries;
  const script = join(folder, `${entry?.tag}.sql`);
  writeFileSync(script, `${readFileSync(script, 'utf8')}\n-- changed`);
  t.ok(storageError('changedMigration')(thrownBy(() => migrate(connection, folder))));

  cpSync(MIGRATIONS_FOLDER, folder, { recursive: true });
  connection.sqlite.exec("insert into __drizzle_migrations (hash, created_at) values ('x', 99999999999999)");
  t.ok(storageError('newerDatabase')(thrownBy(() => migrate(connection, folder))));
  connection.close();
});

function thrownBy(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  return undefined;
}

test('a database of something else is refused and left untouched', async (t) => {
  const file = join(temporaryDirectory(t), 'other.sqlite');
  const other = new BetterSqlite3(file);
  other.exec('create table notes (text)');
  other.close();
  const before = readFileSync(file);
  t.ok(storageError('foreignDatabase')(thrownBy(() => openForWriting(file, true))));
  t.ok(before.equals(readFileSync(file)));
});

test('the files of a ledger are for their owner alone', { skip: process.platform === 'win32' }, async (t) => {
  const umask = process.umask(0o022);
  t.after(() => process.umask(umask));
  const folder = temporaryDirectory(t);
  const directory = join(folder, 'data');
  const modes = (within: string): string[] =>
    readdirSync(within, { recursive: true, withFileTypes: true }).map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return `${entry.isDirectory() ? 'directory' : 'file'} ${(statSync(path).mode & 0o777).toString(8)}`;
    });
  const own = ['directory 700', 'file 600'];
  const { store } = await openLedger(directory);
  await store.exclusive('a-job', async () => {
    const found = modes(folder);
    // The ledger with its log and the log's index, two locks of its own and that of the job; two directories.
    t.ok(found.length >= 8);
    t.strictSame([...new Set(found)].sort(), own);
  });
  await backUp(directory, join(folder, 'backup.sqlite'), { force: false });
  await store.close();
  await restore(directory, join(folder, 'backup.sqlite'), new Date());
  await restore(join(folder, 'elsewhere'), join(folder, 'backup.sqlite'), new Date());
  t.strictSame([...new Set(modes(folder))].sort(), own);
});
