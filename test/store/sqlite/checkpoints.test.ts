import { existsSync } from 'node:fs';
import type { Test } from 'tap';
import { test } from 'tap';
import type { LogLimits } from '../../../src/store/sqlite/checkpoints.ts';
import { LOG_LIMITS } from '../../../src/store/sqlite/checkpoints.ts';
import { ledgerFileOf, sizeOf } from '../../../src/store/sqlite/files.ts';
import { SqliteStore } from '../../../src/store/sqlite/store.ts';
import type { Snapshot, Store } from '../../../src/store/store.ts';
import { records } from '../../../src/store/tables/schema.ts';
import { openLedger } from '../../../src/transfer/open-ledger.ts';
import { temporaryDirectory, until } from '../../helpers/process.ts';
import { recordContent } from '../../helpers/record-content.ts';
import { writeRecords } from '../../helpers/records.ts';
import { sqliteOf } from '../../helpers/statements.ts';

const MEBIBYTE = 1024 ** 2;
const LONG_ADDRESS = `https://example.org/${'x'.repeat(60_000)}`;

let written = 0;

/** Writes more than so many bytes, in transactions of a megabyte at most. */
async function write(store: Store, bytes: number): Promise<void> {
  const end = written + Math.ceil(bytes / LONG_ADDRESS.length);
  while (written < end) {
    const contents = Array.from({ length: Math.min(15, end - written) }, () => ({
      ...recordContent(`long-${written++}`),
      corroboration: [LONG_ADDRESS],
    }));
    await writeRecords(store, ...contents);
  }
}

/** Begins to read, and goes on until it is let go. */
function hold(store: Store) {
  const held = Promise.withResolvers<Snapshot>();
  const { promise, resolve: letGo } = Promise.withResolvers<void>();
  const ended = store.snapshot(async (read) => {
    held.resolve(read);
    await promise;
    return read.$count(records);
  });
  return { read: held.promise, ended, letGo };
}

/** A ledger whose log is kept by other limits. */
async function openWith(t: Test, limits: Partial<LogLimits>): Promise<SqliteStore> {
  const directory = temporaryDirectory(t);
  await (await openLedger(directory)).store.close();
  const logLimits = { ...LOG_LIMITS, everyMs: 20, ...limits };
  const store = new SqliteStore(ledgerFileOf(directory), { durable: false, logLimits });
  t.after(() => store.close());
  return store;
}

test('a log that grew beside a long read is emptied when that has ended, and not within a write', async (t) => {
  const directory = temporaryDirectory(t);
  const { store } = await openLedger(directory);
  const [file, log] = [ledgerFileOf(directory), `${ledgerFileOf(directory)}-wal`];
  const sizes = () => [sizeOf(file) ?? 0, sizeOf(log) ?? 0] as const;
  t.equal(
    sqliteOf(store).pragma('wal_autocheckpoint', { simple: true }),
    0,
    'no commit brings it into the file',
  );
  const { read, ended, letGo } = hold(store);
  const before = await (await read).$count(records);
  await write(store, 24 * MEBIBYTE);
  const [, grown] = sizes();
  t.ok(grown > 24 * MEBIBYTE, `the log has ${grown} bytes`);
  letGo();
  t.equal(await ended, before, 'it has read what was there when it began');
  await until(() => sizes()[1] === 0, 'the log is empty');
  t.ok(sizes()[0] > 24 * MEBIBYTE, 'the file has what was in it');
  await write(store, MEBIBYTE);
  t.ok(sizes()[1] < 16 * MEBIBYTE);
  const count = await store.snapshot((now) => now.$count(records));
  t.ok(count > before + 400);
  await store.close();
  t.notOk(existsSync(log), 'nobody has the ledger open any more');
});

test('the log is emptied while one write follows the other', async (t) => {
  const store = await openWith(t, { emptiedFromBytes: MEBIBYTE });
  let emptied = 0;
  let before = 0;
  for (let turn = 0; turn < 10_000 && emptied < 3; turn += 1) {
    await write(store, 1);
    // Other requests are handled between two writes.
    await new Promise(setImmediate);
    const size = sizeOf(`${ledgerFileOf(store.location)}-wal`) ?? 0;
    if (size < before) emptied += 1;
    before = size;
  }
  t.equal(emptied, 3);
});

test('where snapshots keep too much of the log, the oldest that is old enough is ended', async (t) => {
  for (const endedFromMs of [0, 600_000]) {
    const store = await openWith(t, { emptiedFromBytes: MEBIBYTE, mostBytes: 4 * MEBIBYTE, endedFromMs });
    const log = `${ledgerFileOf(store.location)}-wal`;
    const oldest = hold(store);
    await oldest.read;
    await write(store, 8 * MEBIBYTE);
    if (endedFromMs === 0) await until(() => (sizeOf(log) ?? 0) <= MEBIBYTE, 'the log is short again');
    else t.ok((sizeOf(log) ?? 0) > 8 * MEBIBYTE);
    t.ok((await store.snapshot((now) => now.$count(records))) > 100, 'others read on');
    oldest.letGo();
    if (endedFromMs === 0)
      await t.rejects(oldest.ended, /kept the write-ahead log from being emptied for too long/);
    else t.ok((await oldest.ended) > 100);
  }
});
