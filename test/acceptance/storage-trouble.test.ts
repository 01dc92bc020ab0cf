import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Test } from 'tap';
import { test } from 'tap';
import type { ProblemDocument } from '../../src/http/message/problem.ts';
import { createKey } from '../../src/ledger/keys/keys.ts';
import { StorageError } from '../../src/store/errors.ts';
import { ledgerFaults } from '../../src/store/sqlite/check.ts';
import { openSqlite } from '../../src/store/sqlite/database.ts';
import { openLedger } from '../../src/transfer/open-ledger.ts';
import { submission } from '../crash/submission.ts';
import { forecastRow, ndjson } from '../helpers/imports.ts';
import { ROOT, startServer, temporaryDirectory, until } from '../helpers/process.ts';
import { setImmutable, smallDisk } from '../helpers/trouble.ts';

const DISK_BYTES = 10_000_000;

interface Served {
  readonly url: string;
  readonly directory: string;
  /** Adds a forecast; gives the problem's code, or null where it was added. */
  readonly add: (id: string, notes?: string) => Promise<Answer>;
  /** Sends a file to import under an `Idempotency-Key`. */
  readonly bring: (key: string, file: string) => Promise<Answer>;
  /** Whether a list is answered. */
  readonly reads: () => Promise<boolean>;
  readonly kill: () => Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly code: string | null;
  readonly retryAfter: string | null;
}

/** The server on a ledger in a directory, with a key that may write. */
async function served(t: Test, directory: string): Promise<Served> {
  const { store } = await openLedger(directory);
  const { text } = await store.write((transaction) =>
    createKey(transaction, { name: 'trouble', scope: 'write', expiresAt: null }),
  );
  await store.close();
  const post = async (path: string, headers: Record<string, string>, body: string): Promise<Answer> => {
    const response = await fetch(url + path, {
      method: 'POST',
      headers: { authorization: `Bearer ${text}`, ...headers },
      body,
    });
    const { code = null } = (await response.json()) as Partial<ProblemDocument>;
    return { status: response.status, code, retryAfter: response.headers.get('retry-after') };
  };
  const { url, child, ended } = await startServer(t, {
    DATA_DIR: directory,
    LOG_LEVEL: 'fatal',
    WRITE_WAIT_MS: '2000',
  });
  return {
    url,
    directory,
    add: (id, notes = '') =>
      post('/v1/forecasts', { 'content-type': 'application/json' }, JSON.stringify(submission(id, notes))),
    bring: (key, file) =>
      post('/v1/imports', { 'content-type': 'application/x-ndjson', 'idempotency-key': key }, file),
    reads: async () => (await fetch(`${url}/v1/forecasts?collection=seed-documents`)).status === 200,
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** Checks that a ledger is sound and holds of some ids exactly those that were added. */
function compare(t: Test, directory: string, added: readonly string[], refused: readonly string[]): void {
  const sqlite = openSqlite(join(directory, 'ledger.sqlite'));
  t.strictSame(ledgerFaults(sqlite, 0), []);
  const held = sqlite.prepare<[], string>('select id from records').pluck().all();
  t.strictSame(
    added.filter((id) => !held.includes(id)),
    [],
    'nothing that was answered is lost',
  );
  t.strictSame(
    refused.filter((id) => held.includes(id)),
    [],
    'nothing that was refused is there',
  );
  sqlite.close();
}

/** A file in memory can be written to by who has opened it, also when it is immutable. */
const ON_DISK = existsSync('/var/tmp') ? '/var/tmp' : tmpdir();

test('a full disk refuses writes with 507, loses nothing, and passes', async (t) => {
  const directory = smallDisk(t, DISK_BYTES);
  if (directory === null)
    return void t.pass('nothing to try', { skip: 'needs the right to mount a tmpfs (root)' });
  const { add, reads, kill } = await served(t, directory);
  const added: string[] = [];
  const refused: string[] = [];
  const filler = join(directory, 'filler');
  for (let turn = 1; turn <= 3; turn++) {
    for (const id of [`before-${turn}-1`, `before-${turn}-2`]) {
      t.equal((await add(id)).status, 201);
      added.push(id);
    }
    t.throws(() => writeFileSync(filler, Buffer.alloc(DISK_BYTES)), { code: 'ENOSPC' });
    // The log may have room left from before, so some are still taken; what counts is that each answer is true.
    for (let attempt = 0; attempt < 10; attempt++) {
      const id = `full-${turn}-${attempt}`;
      const { status, code } = await add(id, 'x'.repeat(3500));
      if (status === 201) added.push(id);
      else {
        t.strictSame({ status, code }, { status: 507, code: 'storageFull' });
        refused.push(id);
      }
      t.ok(await reads(), 'reading goes on');
    }
    rmSync(filler);
  }
  t.ok(refused.length > 0);
  t.equal((await add('after')).status, 201, 'with room again, it goes on');
  await kill();
  compare(t, directory, [...added, 'after'], refused);
});

test('an import that cannot be received leaves nothing behind, and its key can be used again', async (t) => {
  const file = ndjson([forecastRow('imported', 1)]);
  const troubles: readonly (readonly [string, Answer, (directory: string) => (() => void) | null])[] = [
    [
      'a full disk',
      { status: 507, code: 'storageFull', retryAfter: null },
      (directory) => {
        const filler = join(directory, 'filler');
        t.throws(() => writeFileSync(filler, Buffer.alloc(DISK_BYTES)), { code: 'ENOSPC' });
        return () => rmSync(filler);
      },
    ],
    ...['imports', 'locks', '.'].map(
      (name) =>
        [
          `a directory that cannot be written to: ${name}`,
          { status: 503, code: 'storageReadOnly', retryAfter: null },
          (directory: string) => {
            const path = join(directory, name);
            mkdirSync(path, { recursive: true });
            t.after(() => setImmutable([path], false));
            return setImmutable([path], true) ? () => void setImmutable([path], false) : null;
          },
        ] as const,
    ),
  ];
  for (const [trouble, answer, begin] of troubles) {
    const directory = smallDisk(t, DISK_BYTES);
    if (directory === null)
      return void t.pass('nothing to try', { skip: 'needs the right to mount a tmpfs (root)' });
    const { bring, kill } = await served(t, directory);
    const end = begin(directory);
    if (end === null) t.pass(trouble, { skip: 'needs the right to make files immutable' });
    else {
      // What is longer than a buffer fails while it is received.
      for (const body of [file, file, '\n'.repeat(DISK_BYTES)])
        t.strictSame(await bring('again', body), answer, trouble);
      end();
      t.equal((await bring('again', file)).status, 202, trouble);
      await until(
        () =>
          ['imports', 'locks'].every((name) =>
            readdirSync(join(directory, name)).every((left) => !/import|part/.test(left)),
          ),
        'nothing is left',
      );
    }
    await kill();
  }
});

test('a disk that fills while the ledger is backed up leaves no half of a backup', async (t) => {
  const directory = smallDisk(t, 6_000_000);
  if (directory === null)
    return void t.pass('nothing to try', { skip: 'needs the right to mount a tmpfs (root)' });
  const { backUpLedger } = await import('../../src/store/sqlite/backup.ts');
  const source = temporaryDirectory(t);
  const { store } = await openLedger(source);
  await store.close();
  writeFileSync(join(directory, 'filler'), Buffer.alloc(5_500_000));
  const target = join(directory, 'backup.sqlite');
  await t.rejects(backUpLedger(source, target, { force: false }), {
    name: 'StorageError',
    code: 'backupFailed',
    message: /full/,
  });
  t.notOk(existsSync(target));
  rmSync(join(directory, 'filler'));
  t.ok((await backUpLedger(source, target, { force: false })).records > 0);
});

test('files that cannot be written to refuse writes with 503, lose nothing, and pass', async (t) => {
  const { add, reads, kill, directory } = await served(t, temporaryDirectory(t, ON_DISK));
  const files = ['ledger.sqlite', 'ledger.sqlite-wal'].map((name) => join(directory, name));
  t.equal((await add('before')).status, 201);
  t.after(() => setImmutable(files, false));
  if (!setImmutable(files, true)) {
    await kill();
    return void t.pass('nothing to try', {
      skip: 'needs the right to make files immutable (root, and a file system that can)',
    });
  }
  const { status, code } = await add('refused');
  t.equal(status, 503);
  t.match(code, /^storage(?:ReadOnly|Failing)$/);
  t.ok(await reads(), 'reading goes on');
  setImmutable(files, false);
  t.equal((await add('after')).status, 201);
  await kill();
  compare(t, directory, ['before', 'after'], ['refused']);
});

test('a ledger that cannot be written to is not opened, and says why', async (t) => {
  const directory = temporaryDirectory(t);
  await (await openLedger(directory)).store.close();
  const file = join(directory, 'ledger.sqlite');
  for (const path of [file, directory]) {
    t.after(() => setImmutable([path], false));
    if (!setImmutable([path], true))
      return void t.pass('nothing to try', {
        skip: 'needs the right to make files immutable (root, and a file system that can)',
      });
    try {
      await openLedger(directory);
      t.fail(`${path} was opened`);
    } catch (error) {
      t.ok(error instanceof StorageError && error.code === 'cannotOpen');
      t.match((error as Error).message, `${path} cannot be written to (E`);
    }
    setImmutable([path], false);
    await (await openLedger(directory)).store.close();
  }
});

test('a database that another process holds gives 503 with Retry-After, and passes', async (t) => {
  const { add, reads, kill, directory } = await served(t, temporaryDirectory(t));
  const other = openSqlite(join(directory, 'ledger.sqlite'));
  t.teardown(() => other.close());
  for (const hold of ['begin exclusive', 'begin immediate']) {
    other.exec(hold);
    const asked = add(`refused-${hold.slice(6)}`);
    await sleep(200);
    t.ok(await reads(), 'reading goes on while a write waits');
    t.strictSame(await asked, { status: 503, code: 'ledgerBusy', retryAfter: '1' });
    other.exec('rollback');
  }
  other.exec('begin immediate');
  const waiting = add('waited');
  await sleep(300);
  other.exec('rollback');
  t.equal((await waiting).status, 201, 'a short wait is not an error');
  await kill();
  compare(t, directory, ['waited'], ['refused-exclusive', 'refused-immediate']);
});

test('a second process that writes all the time takes turns with the server', async (t) => {
  const { add, kill, directory } = await served(t, temporaryDirectory(t));
  const writer = spawn(process.execPath, ['test/helpers/ledger-writer.ts'], {
    cwd: ROOT,
    env: { PATH: process.env.PATH, DATA_DIR: directory },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.teardown(() => writer.kill('SIGKILL'));
  let committed = 0;
  writer.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    committed += chunk.split('\n').length - 1;
  });
  while (committed < 5) await sleep(10);
  const before = committed;
  const added: string[] = [];
  const refused: string[] = [];
  const client = async (name: string): Promise<void> => {
    for (let turn = 0; turn < 10; turn++) {
      const { status, code } = await add(`${name}-${turn}`);
      if (status === 201) added.push(`${name}-${turn}`);
      else {
        t.strictSame({ status, code }, { status: 503, code: 'ledgerBusy' });
        refused.push(`${name}-${turn}`);
      }
    }
  };
  await Promise.all(['one', 'two', 'three', 'four'].map(client));
  t.ok(added.length > 30, `${added.length} of 40 got their turn`);
  t.ok(committed > before, 'and the other process too');
  writer.kill('SIGKILL');
  await new Promise((resolve) => writer.once('close', resolve));
  await kill();
  const others = Array.from({ length: committed }, (_, turn) => [
    `written-${turn}-a`,
    `written-${turn}-b`,
  ]).flat();
  compare(t, directory, [...added, ...others], refused);
});
