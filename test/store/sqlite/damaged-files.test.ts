import { spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'tap';
import { StorageError } from '../../../src/store/errors.ts';
import { openSqlite } from '../../../src/store/sqlite/database.ts';
import type { Store } from '../../../src/store/store.ts';
import { openLedger } from '../../../src/transfer/open-ledger.ts';
import { ROOT, temporaryDirectory } from '../../helpers/process.ts';
import { sqliteOf } from '../../helpers/statements.ts';

/** All that a directory holds, byte for byte, but for the locks, which are empty. */
function contentOf(directory: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    readdirSync(directory)
      .filter((name) => !name.endsWith('.lock'))
      .map((name) => {
        const path = join(directory, name);
        return [name, statSync(path).isFile() ? readFileSync(path).toString('base64') : 'not a file'];
      }),
  );
}

async function refusalOf(directory: string): Promise<StorageError | undefined> {
  let store: Store;
  try {
    ({ store } = await openLedger(directory));
  } catch (error) {
    if (error instanceof StorageError) return error;
    throw error;
  }
  await store.close();
  return undefined;
}

/** Changes a ledger's file as another program would. */
function changed(file: string, sql: string): void {
  const sqlite = openSqlite(file);
  sqlite.exec(sql);
  sqlite.close();
}

const CASES: Readonly<Record<string, readonly [string, RegExp, (file: string) => void]>> = {
  'an overwritten header': [
    'foreignDatabase',
    /is not an SQLite database, or its first bytes are damaged/,
    (file) => writeFileSync(file, Buffer.alloc(100, 0xa5), { flag: 'r+' }),
  ],
  'a file that is cut off': [
    'damagedDatabase',
    /it is cut off/,
    (file) => truncateSync(file, Math.floor(statSync(file).size / 2)),
  ],
  'a file cut off within its header': ['damagedDatabase', /it is cut off/, (file) => truncateSync(file, 100)],
  'a file cut off within its first words': [
    'foreignDatabase',
    /not an SQLite database/,
    (file) => truncateSync(file, 10),
  ],
  'random bytes in the middle': [
    'damagedDatabase',
    /is damaged: .*restore a backup/s,
    (file) => {
      const bytes = readFileSync(file);
      for (let place = bytes.length >> 1; place < (bytes.length >> 1) + 20_000; place++)
        bytes[place] = (place * 7919) % 251;
      writeFileSync(file, bytes);
    },
  ],
  'a schema of random bytes': [
    'damagedDatabase',
    /is damaged: /,
    (file) =>
      writeFileSync(
        file,
        Buffer.concat([
          readFileSync(file).subarray(0, 100),
          Buffer.alloc(3996, 0x5a),
          readFileSync(file).subarray(4096),
        ]),
      ),
  ],
  'a database of another application': [
    'foreignDatabase',
    /is a database of something else \(application id 0, /,
    (file) => {
      rmSync(file);
      changed(file, 'create table notes (text); pragma journal_mode = wal');
    },
  ],
  'an empty database of another application': [
    'foreignDatabase',
    /is a database of something else \(application id 77, /,
    (file) => {
      rmSync(file);
      changed(file, 'pragma application_id = 77');
    },
  ],
  'a file without a byte': ['damagedDatabase', /is empty \(0 bytes\)/, (file) => truncateSync(file, 0)],
  'a directory': [
    'cannotOpen',
    /is not a file/,
    (file) => {
      rmSync(file);
      mkdirSync(file);
    },
  ],
  'a text': [
    'foreignDatabase',
    /is not an SQLite database/,
    (file) => writeFileSync(file, 'Dear ledger,\n'.repeat(1000)),
  ],
  'a newer schema': [
    'newerDatabase',
    /written by a newer version/,
    (file) =>
      changed(file, "insert into __drizzle_migrations (hash, created_at) values ('x', 99999999999999)"),
  ],
  'a changed migration': [
    'changedMigration',
    /differs from the one that was applied/,
    (file) => changed(file, "update __drizzle_migrations set hash = 'x'"),
  ],
};

test('a file that is no sound ledger is refused and stays as it is', async (t) => {
  const sound = temporaryDirectory(t);
  await (await openLedger(sound)).store.close();
  for (const [name, [code, message, harm]] of Object.entries(CASES)) {
    const directory = temporaryDirectory(t);
    cpSync(sound, directory, { recursive: true });
    harm(join(directory, 'ledger.sqlite'));
    const before = contentOf(directory);
    const refusal = await refusalOf(directory);
    t.equal(refusal?.code, code, name);
    t.match(refusal?.message, message, name);
    t.strictSame(contentOf(directory), before, `${name}: untouched, nothing beside it`);
  }
});

test('what a killed process left in the log is not touched where the ledger is refused', async (t) => {
  const directory = temporaryDirectory(t);
  const { store } = await openLedger(directory);
  sqliteOf(store).exec("insert into __drizzle_migrations (hash, created_at) values ('x', 99999999999999)");
  const killed = temporaryDirectory(t);
  for (const side of ['', '-wal'])
    cpSync(join(directory, `ledger.sqlite${side}`), join(killed, `ledger.sqlite${side}`));
  await store.close();
  const { 'ledger.sqlite-shm': _, ...before } = contentOf(killed);
  t.ok((before['ledger.sqlite-wal'] ?? '').length > 0);
  t.equal((await refusalOf(killed))?.code, 'newerDatabase');
  const { 'ledger.sqlite-shm': __, ...after } = contentOf(killed);
  t.strictSame(after, before);
});

test('a log without its ledger is refused, not thrown away', async (t) => {
  const directory = temporaryDirectory(t);
  writeFileSync(join(directory, 'ledger.sqlite-wal'), 'the last writes');
  t.equal((await refusalOf(directory))?.code, 'damagedDatabase');
  t.strictSame(Object.keys(contentOf(directory)), ['ledger.sqlite-wal']);
});

test('a ledger that was begun and not finished is begun anew', async (t) => {
  const directory = temporaryDirectory(t);
  writeFileSync(join(directory, 'ledger.sqlite.new'), '');
  t.equal(await refusalOf(directory), undefined);
  t.strictSame(Object.keys(contentOf(directory)), ['ledger.sqlite']);
});

test('check reads all of a ledger, in use or not, and names what is wrong', async (t) => {
  const directory = temporaryDirectory(t);
  const check = (...args: readonly string[]) =>
    spawnSync(process.execPath, ['src/cli.ts', 'check', ...args], {
      cwd: ROOT,
      env: { PATH: process.env.PATH, DATA_DIR: directory },
      encoding: 'utf8',
    });
  t.match(check().stderr, /There is no file .*ledger\.sqlite/);
  const { store } = await openLedger(directory);
  const sound = check();
  t.equal(sound.status, 0, sound.stderr);
  t.match(sound.stdout, /ledger\.sqlite is sound: \d+ records, \d+ revisions, dataset 1-/);
  await store.close();
  // A missing text is sound to SQLite.
  changed(
    join(directory, 'ledger.sqlite'),
    'delete from record_texts where sequence = (select min(sequence) from record_texts)',
  );
  const unsound = check(join(directory, 'ledger.sqlite'));
  t.equal(unsound.status, 1);
  t.match(unsound.stderr, /1 revisions are missing from the full-text search/);
});
