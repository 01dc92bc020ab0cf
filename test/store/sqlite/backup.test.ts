import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Test } from 'tap';
import { test } from 'tap';
import { StorageError } from '../../../src/store/errors.ts';
import { backUpLedger, restoreLedger } from '../../../src/store/sqlite/backup.ts';
import { ledgerFaults } from '../../../src/store/sqlite/check.ts';
import { openSqlite } from '../../../src/store/sqlite/database.ts';
import type { Store } from '../../../src/store/store.ts';
import { openLedger } from '../../../src/transfer/open-ledger.ts';
import { ROOT, temporaryDirectory } from '../../helpers/process.ts';
import { recordContent } from '../../helpers/record-content.ts';
import { writeRecords } from '../../helpers/records.ts';
import { sqliteOf } from '../../helpers/statements.ts';

const NOW = new Date('2026-03-04T05:06:07.890Z');

async function ledger(t: Test): Promise<string> {
  const directory = temporaryDirectory(t);
  await (await openLedger(directory)).store.close();
  return directory;
}

function write(store: Store, id: string): Promise<void> {
  return writeRecords(store, recordContent(id));
}

async function codeOf(action: () => Promise<unknown>): Promise<string> {
  try {
    await action();
  } catch (error) {
    if (error instanceof StorageError) return error.code;
    throw error;
  }
  return 'none';
}

function rowsOf(file: string): readonly unknown[] {
  const sqlite = openSqlite(file, { readonly: true });
  const rows = sqlite.prepare('select * from records order by sequence').all();
  sqlite.close();
  return rows;
}

function bytesOf(directory: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    readdirSync(directory)
      .filter((name) => !name.endsWith('.lock'))
      .map((name) => [
        name,
        createHash('sha256')
          .update(readFileSync(join(directory, name)))
          .digest('hex'),
      ]),
  );
}

test('a backup while another process writes is one state of the ledger', async (t) => {
  const directory = await ledger(t);
  const writer = spawn(process.execPath, ['test/helpers/ledger-writer.ts'], {
    cwd: ROOT,
    env: { PATH: process.env.PATH, DATA_DIR: directory },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => writer.kill('SIGKILL'));
  let committed = 0;
  writer.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    committed += chunk.split('\n').length - 1;
  });
  while (committed < 5) await sleep(10);
  const target = join(temporaryDirectory(t), 'backup.sqlite');
  const seen: number[] = [];
  const totals = new Set<number>();
  const summary = await backUpLedger(directory, target, {
    force: false,
    // Slowly, so that many writes come between.
    pagesAtOnce: 4,
    onProgress: (_copied, total) => {
      seen.push(committed);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
      totals.add(total);
    },
  });
  const before = seen[0] ?? 0;
  t.ok(
    (seen.at(-1) ?? 0) > before + 5,
    `the writer committed ${before} to ${seen.at(-1)} while it was copied`,
  );
  t.equal(totals.size, 1, 'and nothing was copied twice');
  const turns = Number(summary.datasetVersion.split('-')[0]) - 1;
  t.ok(turns >= 5 && turns <= before + 5, `${turns} writes are in it`);
  t.equal(
    summary.revisions - rowsOf(target).filter((row) => (row as { author: string }).author === 'seed').length,
    2 * turns,
  );
  t.equal(summary.sha256, createHash('sha256').update(readFileSync(target)).digest('hex'));
  t.equal(summary.bytes, statSync(target).size);
  writer.kill('SIGKILL');
  t.strictSame(
    rowsOf(target),
    rowsOf(join(directory, 'ledger.sqlite')).slice(0, summary.revisions),
    'it is what the ledger was then',
  );
});

test('a backup takes no name that is taken, and leaves nothing where it fails', async (t) => {
  const directory = await ledger(t);
  const folder = temporaryDirectory(t);
  const target = join(folder, 'backup.sqlite');
  writeFileSync(target, 'mine');
  t.equal(await codeOf(() => backUpLedger(directory, target, { force: false })), 'backupRefused');
  t.equal(readFileSync(target, 'utf8'), 'mine');
  await backUpLedger(directory, target, { force: true });
  t.ok(statSync(target).size > 10_000);
  for (const own of ['ledger.sqlite', 'ledger.sqlite-wal', `../${basename(directory)}/ledger.sqlite`]) {
    t.equal(
      await codeOf(() => backUpLedger(directory, join(directory, own), { force: true })),
      'backupRefused',
    );
  }
  t.equal(await codeOf(() => backUpLedger(directory, folder, { force: true })), 'backupRefused');
  t.equal(
    await codeOf(() => backUpLedger(directory, join(folder, 'no', 'x'), { force: true })),
    'backupRefused',
  );
  t.equal(await codeOf(() => backUpLedger(folder, join(folder, 'x'), { force: true })), 'backupRefused');

  damage(join(directory, 'ledger.sqlite'));
  const name = join(folder, 'of-damaged.sqlite');
  t.equal(await codeOf(() => backUpLedger(directory, name, { force: false })), 'damagedDatabase');
  t.strictSame(readdirSync(folder), ['backup.sqlite']);
});

test('a backup comes back into an empty directory', async (t) => {
  const directory = await ledger(t);
  const backup = join(temporaryDirectory(t), 'backup.sqlite');
  const { store } = await openLedger(directory);
  await write(store, 'mine');
  const made = await backUpLedger(directory, backup, { force: false });
  await store.close();
  const empty = join(temporaryDirectory(t), 'made', 'if-absent');
  const { replaced, ledger: _, ...restored } = await restoreLedger(empty, backup, NOW);
  t.strictSame(restored, made);
  t.equal(replaced, null);
  t.strictSame(rowsOf(join(empty, 'ledger.sqlite')), rowsOf(join(directory, 'ledger.sqlite')));
  const again = await openLedger(empty);
  t.strictSame(again.seeded, []);
  await write(again.store, 'another');
  await again.store.close();
});

test('a backup replaces a ledger, which is kept with what was in its log', async (t) => {
  const directory = await ledger(t);
  const backup = join(temporaryDirectory(t), 'backup.sqlite');
  await backUpLedger(directory, backup, { force: false });
  const { store } = await openLedger(directory);
  await write(store, 'later');
  // As a killed process leaves it: the last write is in the log only.
  const killed = temporaryDirectory(t);
  for (const side of ['', '-wal'])
    copyFileSync(join(directory, `ledger.sqlite${side}`), join(killed, `ledger.sqlite${side}`));
  t.equal(await codeOf(() => restoreLedger(directory, backup, NOW)), 'ledgerBusy', 'not while it is open');
  await store.close();

  const { replaced } = await restoreLedger(killed, backup, NOW);
  t.equal(replaced, join(killed, 'ledger.replaced-2026-03-04T05-06-07Z.sqlite'));
  const ids = (file: string): readonly unknown[] => rowsOf(file).map((row) => (row as { id: string }).id);
  t.ok(ids(replaced ?? '').includes('later'));
  t.notOk(ids(join(killed, 'ledger.sqlite')).includes('later'));
  const second = await restoreLedger(killed, replaced ?? '', NOW);
  t.equal(
    second.replaced,
    join(killed, 'ledger.replaced-2026-03-04T05-06-07Z-1.sqlite'),
    'no name is taken twice',
  );
  t.ok(ids(join(killed, 'ledger.sqlite')).includes('later'));
});

test('a file copied from under a server, with its log, is a backup as well', async (t) => {
  const directory = await ledger(t);
  const { store } = await openLedger(directory);
  await write(store, 'in-the-log');
  const copied = temporaryDirectory(t);
  cpSync(directory, copied, { recursive: true });
  await store.close();
  const before = bytesOf(copied);
  const empty = temporaryDirectory(t);
  await restoreLedger(empty, join(copied, 'ledger.sqlite'), NOW);
  t.ok(rowsOf(join(empty, 'ledger.sqlite')).some((row) => (row as { id: string }).id === 'in-the-log'));
  t.strictSame(bytesOf(copied), before);
});

test('a damaged, foreign or newer backup is refused, and the ledger stays as it is', async (t) => {
  const directory = await ledger(t);
  const folder = temporaryDirectory(t);
  const backup = join(folder, 'backup.sqlite');
  await backUpLedger(directory, backup, { force: false });
  const before = bytesOf(directory);
  const cases: readonly (readonly [string, string, (file: string) => void])[] = [
    ['damagedDatabase', 'random bytes', damage],
    ['damagedDatabase', 'a lost index entry', (file) => sqliteDoes(file, (sqlite) => loseIndexEntry(sqlite))],
    [
      'damagedDatabase',
      'a word lost from the search',
      (file) =>
        sqliteDoes(file, (sqlite) =>
          sqlite.exec(
            "drop trigger record_texts_changed; update record_texts set statement = 'otherwise' where sequence = (select min(sequence) from record_texts)",
          ),
        ),
    ],
    [
      'damagedDatabase',
      'a reference to nothing',
      (file) =>
        sqliteDoes(file, (sqlite) => {
          sqlite.pragma('foreign_keys = off');
          sqlite.exec(
            "update records set source_id = 'nowhere' where id = 'haitong-2020-new-infrastructure-2020'",
          );
        }),
    ],
    [
      'damagedDatabase',
      'a lost revision',
      (file) =>
        sqliteDoes(file, (sqlite) =>
          sqlite.exec(
            'update records set revision = 3 where id = (select min(id) from records where id not in (select record_id from record_relations))',
          ),
        ),
    ],
    ['damagedDatabase', 'cut off', (file) => writeFileSync(file, readFileSync(file).subarray(0, 100_000))],
    ['foreignDatabase', 'text', (file) => writeFileSync(file, 'a text')],
    [
      'newerDatabase',
      'newer',
      (file) =>
        sqliteDoes(file, (sqlite) =>
          sqlite.exec("insert into __drizzle_migrations (hash, created_at) values ('x', 99999999999999)"),
        ),
    ],
  ];
  for (const [code, name, harm] of cases) {
    const file = join(folder, 'harmed.sqlite');
    copyFileSync(backup, file);
    harm(file);
    t.equal(await codeOf(() => restoreLedger(directory, file, NOW)), code, name);
    t.strictSame(bytesOf(directory), before, name);
  }
  t.equal(await codeOf(() => restoreLedger(directory, join(folder, 'none'), NOW)), 'backupRefused');
  t.equal(
    await codeOf(() => restoreLedger(directory, join(directory, 'ledger.sqlite'), NOW)),
    'backupRefused',
  );
});

test('a damaged ledger is replaced too, and kept as it was, log included', async (t) => {
  const directory = await ledger(t);
  const backup = join(temporaryDirectory(t), 'backup.sqlite');
  await backUpLedger(directory, backup, { force: false });
  const { store } = await openLedger(directory);
  await write(store, 'later');
  const killed = temporaryDirectory(t);
  for (const side of ['', '-wal'])
    copyFileSync(join(directory, `ledger.sqlite${side}`), join(killed, `ledger.sqlite${side}`));
  await store.close();
  writeFileSync(join(killed, 'ledger.sqlite'), 'overwritten');
  const log = bytesOf(killed)['ledger.sqlite-wal'];
  const { replaced } = await restoreLedger(killed, backup, NOW);
  t.equal(readFileSync(replaced ?? '', 'utf8'), 'overwritten');
  t.equal(bytesOf(killed)[`ledger.replaced-2026-03-04T05-06-07Z.sqlite-wal`], log);
  t.notOk(existsSync(join(killed, 'ledger.sqlite-wal')), 'the old log is not read into the new file');
  const { store: restored } = await openLedger(killed);
  t.equal(sqliteOf(restored).pragma('integrity_check', { simple: true }), 'ok');
  await restored.close();
});

test('a program that is not Forecast Ledger holds off a restore as well', async (t) => {
  const directory = await ledger(t);
  const backup = join(temporaryDirectory(t), 'backup.sqlite');
  await backUpLedger(directory, backup, { force: false });
  const other = openSqlite(join(directory, 'ledger.sqlite'));
  other.prepare('select count(*) from records').get();
  t.equal(await codeOf(() => restoreLedger(directory, backup, NOW)), 'ledgerBusy');
  other.close();
  t.equal(await codeOf(() => restoreLedger(directory, backup, NOW)), 'none');
});

/** Random-looking bytes over the pages in the middle of a file. */
function damage(file: string): void {
  const bytes = readFileSync(file);
  for (let place = Math.floor(bytes.length / 2); place < bytes.length / 2 + 20_000; place++)
    bytes[place] = (place * 7919) % 251;
  writeFileSync(file, bytes);
}

function sqliteDoes(file: string, action: (sqlite: ReturnType<typeof openSqlite>) => void): void {
  const sqlite = openSqlite(file);
  action(sqlite);
  sqlite.close();
}

/** Makes an index lack a row: what `quick_check` does not see. */
function loseIndexEntry(sqlite: ReturnType<typeof openSqlite>): void {
  sqlite.unsafeMode(true);
  sqlite.pragma('writable_schema = on');
  const wanted = "name = 'records_by_confidence'";
  const original = sqlite.prepare<[], string>(`select sql from sqlite_schema where ${wanted}`).pluck().get();
  sqlite
    .prepare(`update sqlite_schema set sql = replace(sql, 'is null', 'is not null') where ${wanted}`)
    .run();
  sqlite.pragma('schema_version = 4711');
  sqlite.exec(
    "update records set superseded_at = '2026-01-01T00:00:00.000Z' where id = 'caict-2020-5g-economic-output'",
  );
  sqlite.prepare(`update sqlite_schema set sql = ? where ${wanted}`).run(original);
  sqlite.pragma('schema_version = 4712');
}

test('a restore that is killed at any moment leaves the old ledger or the new one', async (t) => {
  const directory = await ledger(t);
  const backup = join(temporaryDirectory(t), 'backup.sqlite');
  await backUpLedger(directory, backup, { force: false });
  const { store } = await openLedger(directory);
  await write(store, 'later');
  await store.close();
  for (const delay of [150, 250, 300, 350, 400, 500]) {
    const restore = spawn(process.execPath, ['src/cli.ts', 'restore', backup], {
      cwd: ROOT,
      env: { PATH: process.env.PATH, DATA_DIR: directory },
      stdio: 'ignore',
    });
    const ended = new Promise((resolve) => restore.once('close', resolve));
    await sleep(delay);
    restore.kill('SIGKILL');
    await ended;
    const again = await openLedger(directory);
    t.strictSame(again.seeded, [], `after ${delay} ms: not a new ledger`);
    t.strictSame(ledgerFaults(sqliteOf(again.store), 0), []);
    await again.store.close();
  }
  await restoreLedger(directory, backup, NOW);
  t.notOk(existsSync(join(directory, 'ledger.sqlite.restoring')), 'what was begun is cleared away');
});
