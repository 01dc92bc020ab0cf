import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Test } from 'tap';
import { test } from 'tap';
import { attachStore, check } from '../../../src/store/engine.ts';
import { like } from '../../../src/store/query.ts';
import type { Snapshot } from '../../../src/store/store.ts';
import { importRows, imports, records } from '../../../src/store/tables/schema.ts';
import { createJob, importLock } from '../../../src/transfer/imports/job.ts';
import type { ImportJobAnswer } from '../../../src/transfer/imports/schemas.ts';
import { openLedger } from '../../../src/transfer/open-ledger.ts';
import { csv, forecastRow, ndjson } from '../../helpers/imports.ts';
import { makeKey } from '../../helpers/keys.ts';
import { ROOT, startServer, temporaryDirectory } from '../../helpers/process.ts';

/** Runs the command line. */
async function cli(
  directory: string,
  args: readonly string[],
  input = '',
): Promise<{ code: number | null; out: string; err: string }> {
  const child = spawn(process.execPath, ['src/cli.ts', ...args], {
    cwd: ROOT,
    env: { PATH: process.env.PATH, DATA_DIR: directory },
  });
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk) => {
    out += chunk;
  });
  child.stderr.on('data', (chunk) => {
    err += chunk;
  });
  child.stdin.end(input);
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, out, err };
}

/** A prepared ledger in a directory, with the headers of a key for it. */
async function ledgerWithKey(t: Test): Promise<{ directory: string; headers: Record<string, string> }> {
  const directory = temporaryDirectory(t);
  const { store } = await openLedger(directory);
  const { headers } = await makeKey({ store }, 'write');
  await store.close();
  return { directory, headers };
}

/** What a ledger holds, read as another process would. */
async function reading<Result>(directory: string, use: (read: Snapshot) => Promise<Result>): Promise<Result> {
  const store = attachStore(directory);
  try {
    return await store.snapshot(use);
  } finally {
    await store.close();
  }
}

const recordsIn = (directory: string, prefix = '') =>
  reading(directory, (read) =>
    read
      .select()
      .from(records)
      .where(like(records.id, `${prefix}%`))
      .orderBy(records.sequence),
  );

const jobsIn = (directory: string) =>
  reading(directory, (read) =>
    read.select({ id: imports.id, status: imports.status }).from(imports).orderBy(imports.id),
  );

const manyRows = (count: number): string =>
  ndjson(Array.from({ length: count }, (_, index) => forecastRow(`many-${index + 1}`, index + 1)));

test('a server that is killed in the middle of an import leaves no half of it', async (t) => {
  const { directory, headers } = await ledgerWithKey(t);
  const before = await recordsIn(directory);
  for (const wanted of ['reading', 'publishing'] as const) {
    const server = await startServer(t, { DATA_DIR: directory });
    const sent = await fetch(`${server.url}/v1/imports`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/x-ndjson' },
      body: manyRows(4000),
    });
    t.equal(sent.status, 202);
    const location = new URL(String(sent.headers.get('location'))).pathname;
    const job = async (): Promise<ImportJobAnswer['data']> =>
      ((await (await fetch(server.url + location)).json()) as ImportJobAnswer).data;
    for (;;) {
      const { status, progress } = await job();
      if (status === wanted && (wanted === 'publishing' || progress.rowsRead > 500)) break;
      t.ok(['queued', 'reading'].includes(status), `killed in time: ${status}`);
      await sleep(1);
    }
    if (wanted === 'reading') {
      const other = await openLedger(directory);
      other.store.close();
      t.not((await job()).status, 'failed', 'another process that opens the ledger leaves it alone');
    }
    process.kill(server.child.pid ?? 0, 'SIGKILL');
    await server.ended;

    const next = await startServer(t, { DATA_DIR: directory });
    const { data } = (await (await fetch(next.url + location)).json()) as ImportJobAnswer;
    t.match(data, { status: 'failed', result: null, failure: { code: 'interrupted' } });
    t.strictSame(await recordsIn(directory), before);
    t.strictSame(await reading(directory, (read) => read.select().from(importRows)), []);
    check(directory, null, (fault) => t.fail(fault));
    t.strictSame(readdirSync(join(directory, 'imports')), [], 'the file that was received is gone');
    next.child.kill('SIGTERM');
    await next.ended;
  }
});

test('the server goes on answering while it imports', async (t) => {
  const { directory, headers } = await ledgerWithKey(t);
  const server = await startServer(t, { DATA_DIR: directory, LOG_LEVEL: 'warn' });
  const count = 20_000;
  const sent = await fetch(`${server.url}/v1/imports`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/x-ndjson' },
    body: manyRows(count),
  });
  const location = new URL(String(sent.headers.get('location'))).pathname;
  const seen = new Set<string>();
  for (;;) {
    const { data } = (await (await fetch(server.url + location)).json()) as ImportJobAnswer;
    seen.add(data.status);
    if (!['queued', 'reading', 'publishing'].includes(data.status)) {
      t.match(
        data,
        { status: 'published', result: { added: count } },
        JSON.stringify(data.errors.slice(0, 2)),
      );
      break;
    }
    await sleep(10);
  }
  t.ok(seen.has('reading') && seen.has('publishing'), 'its progress could be seen');
});

test('import on the command line checks, tells, and writes only when told to', async (t) => {
  const directory = temporaryDirectory(t);
  const file = join(directory, 'rows.csv');
  writeFileSync(file, csv([{ id: 'c-1' }, { id: 'c-2', amountValue: '5E+6' }]));
  const refused = await cli(directory, ['import', file, '--commit']);
  t.equal(refused.code, 1, refused.err);
  t.match(refused.out, /2 +3 +amountValue +exponentNumber .*"5E\+6"/);
  t.match(refused.out, /Nothing was written/);
  const skipped = await cli(directory, [
    'import',
    file,
    '--on-error',
    'skip',
    '--reason',
    'Tried',
    '--author',
    'me',
  ]);
  t.equal(skipped.code, 1);
  t.match(skipped.out, /it would be: 1 records added.*dry run/);
  t.strictSame(await recordsIn(directory, 'c-'), []);
  const written = await cli(directory, [
    'import',
    file,
    '--on-error',
    'skip',
    '--no-dry-run',
    '--reason',
    'Meant',
    '--author',
    'me',
  ]);
  t.match(written.out, /1 records added/);
  const [only, ...others] = await recordsIn(directory, 'c-');
  t.match(only, { author: 'me', reason: 'Meant' });
  t.strictSame(others, []);

  const piped = await cli(
    directory,
    ['import', '-', '--format', 'ndjson', '--commit'],
    ndjson([forecastRow('p-1', 1)]),
  );
  t.match({ ...piped }, { code: 0, out: /1 records added/, err: '' });
  t.match(await cli(directory, ['import', '-']), { code: 1, err: /--format/ });
  t.match(await cli(directory, ['import', join(directory, 'nothing.csv')]), { code: 1, err: /ENOENT/ });

  const exported = join(directory, 'out.ndjson');
  t.equal((await cli(directory, ['export', exported])).code, 0);
  if (process.platform !== 'win32')
    t.equal(statSync(exported).mode & 0o777, 0o600, 'with its texts, for its owner alone');
  const other = temporaryDirectory(t);
  const restored = await cli(other, ['import', exported, '--restore', '--commit']);
  t.match({ ...restored }, { code: 0, out: /revisions put back/ });
  t.strictSame(await recordsIn(other), await recordsIn(directory));
  t.equal(
    (await cli(other, ['export'])).out.split('\n').length,
    readFileSync(exported, 'utf8').split('\n').length,
  );
});

test('a job is settled once its process is gone, and not before', async (t) => {
  const directory = temporaryDirectory(t);
  const { store } = await openLedger(directory);
  const order = {
    format: 'csv',
    dryRun: false,
    onError: 'refuse',
    restore: false,
    author: 'a',
    reason: 'r',
    bytesTotal: 1,
  } as const;
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
  const living = store.exclusive(importLock('living'), async () => {
    begin();
    await ended;
  });
  await begun;
  await store.write(async (transaction) => {
    await createJob(transaction, { id: 'living', ...order }, new Date());
    await createJob(transaction, { id: 'dead', ...order }, new Date());
  });
  await (await openLedger(directory)).store.close();
  t.strictSame(await jobsIn(directory), [
    { id: 'dead', status: 'failed' },
    { id: 'living', status: 'queued' },
  ]);
  end();
  await living;
  await (await openLedger(directory)).store.close();
  t.match((await jobsIn(directory))[1], { id: 'living', status: 'failed' });
  await store.close();
});
