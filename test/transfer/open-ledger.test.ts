import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'tap';
import { StorageError } from '../../src/store/errors.ts';
import { migrateStorage } from '../../src/store/sqlite/migrate.ts';
import { openStorage } from '../../src/store/sqlite/storage.ts';
import { MIGRATIONS_FOLDER, openLedger, SEEDS_FOLDER } from '../../src/transfer/open-ledger.ts';
import { seedStorage } from '../../src/transfer/seeds/seed.ts';
import { temporaryDirectory } from '../helpers/process.ts';

const FIRST = new Date('2026-01-01T00:00:00.000Z');
const LATER = new Date('2026-02-01T00:00:00.000Z');

function storageError(code: string) {
  return (error: unknown): boolean => error instanceof StorageError && error.code === code;
}

test('opening a ledger twice migrates and seeds once', async (t) => {
  const directory = temporaryDirectory(t);
  const first = await openLedger(directory);
  t.ok(first.migrated > 0 && first.seeded.length > 0);
  first.storage.close();
  const second = await openLedger(directory);
  t.equal(second.migrated, 0);
  t.strictSame(second.seeded, []);
  t.equal(second.storage.sqlite.pragma('integrity_check', { simple: true }), 'ok');
  t.strictSame(second.storage.sqlite.pragma('foreign_key_check'), []);
  second.storage.close();
});

test('the pragmas that keep writes safe are on', async (t) => {
  const { storage } = await openLedger(temporaryDirectory(t));
  t.equal(storage.sqlite.pragma('journal_mode', { simple: true }), 'wal');
  t.equal(storage.sqlite.pragma('synchronous', { simple: true }), 2);
  t.equal(storage.sqlite.pragma('foreign_keys', { simple: true }), 1);
  t.ok(Number(storage.sqlite.pragma('busy_timeout', { simple: true })) > 0);
  storage.close();
});

test('every table of the ledger is strict', async (t) => {
  const { storage } = await openLedger(null);
  const tables = storage.sqlite.pragma('table_list') as {
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
  storage.close();
});

test('an applied migration that was changed, or a newer database, is refused', async (t) => {
  const folder = join(temporaryDirectory(t), 'migrations');
  cpSync(MIGRATIONS_FOLDER, folder, { recursive: true });
  const storage = openStorage(':memory:');
  migrateStorage(storage, folder);
  t.equal(migrateStorage(storage, folder), 0);

  const [entry] = (
    JSON.parse(readFileSync(join(folder, 'meta', '_journal.json'), 'utf8')) as { entries: { tag: string }[] }
  ).entries;
  const script = join(folder, `${entry?.tag}.sql`);
  writeFileSync(script, `${readFileSync(script, 'utf8')}\n-- changed`);
  t.ok(storageError('changedMigration')(thrownBy(() => migrateStorage(storage, folder))));

  cpSync(MIGRATIONS_FOLDER, folder, { recursive: true });
  storage.sqlite.exec("insert into __drizzle_migrations (hash, created_at) values ('x', 99999999999999)");
  t.ok(storageError('newerDatabase')(thrownBy(() => migrateStorage(storage, folder))));
  storage.close();
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
  const { default: Database } = await import('better-sqlite3');
  const other = new Database(file);
  other.exec('create table notes (text)');
  other.close();
  const before = readFileSync(file);
  t.ok(storageError('foreignDatabase')(thrownBy(() => openStorage(file))));
  t.ok(before.equals(readFileSync(file)));
});

test('a changed seed makes a new revision, keeps the old one, and spares what others have revised', async (t) => {
  const folder = join(temporaryDirectory(t), 'seeds');
  cpSync(SEEDS_FOLDER, folder, { recursive: true });
  let now = FIRST;
  const storage = openStorage(':memory:', { now: () => now });
  migrateStorage(storage, MIGRATIONS_FOLDER);
  await seedStorage(storage, folder);
  now = LATER;
  storage.sqlite.exec("update records set author = 'ann' where id = 'caict-2020-5g-economic-output'");
  storage.sqlite.exec(
    "update sources set author = 'ann', title = 'As Ann has it' where id = 'china-banking-news-2020-05-25'",
  );
  const file = join(folder, 'seed-documents.json');
  writeFileSync(file, readFileSync(file, 'utf8').replaceAll('"confidence": "medium"', '"confidence": "low"'));
  t.strictSame(await seedStorage(storage, folder), ['seed-documents.json']);
  const title = "select title from sources where id = 'china-banking-news-2020-05-25'";
  t.equal(
    storage.sqlite.prepare(title).pluck().get(),
    'As Ann has it',
    'what others have added stays theirs',
  );
  const rows = storage.sqlite
    .prepare<[], unknown[]>(
      "select id, revision, recorded_at, superseded_at, confidence from records where collection_id = 'seed-documents' order by id, revision",
    )
    .raw()
    .all();
  t.strictSame(rows.slice(0, 3), [
    ['caict-2020-5g-economic-output', 1, FIRST.toISOString(), null, 'medium'],
    ['caict-2020-5g-network-to-2025', 1, FIRST.toISOString(), LATER.toISOString(), 'medium'],
    ['caict-2020-5g-network-to-2025', 2, LATER.toISOString(), null, 'low'],
  ]);
  const versions = storage.sqlite
    .prepare("select value from ledger_state where key = 'datasetVersion'")
    .pluck()
    .all();
  t.match(versions, [/^2-/]);
  storage.close();
});

test('the same seeds give the same dataset version', async (t) => {
  const [one, other] = [
    await openLedger(null, { now: () => FIRST }),
    await openLedger(null, { now: () => LATER }),
  ];
  const version = ({ storage }: typeof one) =>
    storage.sqlite.prepare("select value from ledger_state where key = 'datasetVersion'").pluck().get();
  t.equal(version(one), version(other));
  one.storage.close();
  other.storage.close();
});
