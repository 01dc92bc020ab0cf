import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Test } from 'tap';
import { test } from 'tap';
import { attachStore, check } from '../../../src/store/engine.ts';
import { isNull, like } from '../../../src/store/query.ts';
import type { Snapshot } from '../../../src/store/store.ts';
import { importRows, imports, records } from '../../../src/store/tables/schema.ts';
import { createJob, importLock } from '../../../src/transfer/imports/job.ts';
import type { ImportJobAnswer } from '../../../src/transfer/imports/schemas.ts';
import { openLedger } from '../../../src/transfer/open-ledger.ts';
import { csv, forecastRow, ndjson } from '../../helpers/imports.ts';
import { makeKey } from '../../helpers/keys.ts';
import { ROOT, startServer, temporaryDirectory, until } from '../../helpers/process.ts';

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

/** Sends a file; gives what asks for its job. */
async function sendRows(
  url: string,
  headers: Readonly<Record<string, string>>,
  body: string,
): Promise<{ readonly job: (url: string) => Promise<ImportJobAnswer['data']> }> {
  const sent = await fetch(`${url}/v1/imports`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/x-ndjson' },
    body,
  });
  if (sent.status !== 202) throw new Error(`${sent.status}: ${await sent.text()}`);
  const location = new URL(String(sent.headers.get('location'))).pathname;
  return { job: async (from) => ((await (await fetch(from + location)).json()) as ImportJobAnswer).data };
}

const isUnfinished = (status: string): boolean => ['queued', 'reading', 'publishing'].includes(status);

test('an import is done once, however its server ends, by the next one', async (t) => {
  const { directory, headers } = await ledgerWithKey(t);
  for (const [wanted, signal] of [
    ['reading', 'SIGKILL'],
    ['publishing', 'SIGKILL'],
    ['reading', 'SIGTERM'],
  ] as const) {
    const before = await recordsIn(directory);
    const server = await startServer(t, { DATA_DIR: directory });
    // In other words each time: the same would be the same claims.
    const rows = Array.from({ length: 4000 }, (_, at) =>
      forecastRow(`${wanted}-${signal}-${at}`, at + 1, {
        evidence: { phrase: `${at + 1} million yuan (${wanted} ${signal})` },
      }),
    );
    const { job } = await sendRows(server.url, headers, ndjson(rows));
    for (;;) {
      const { status, progress } = await job(server.url);
      if (status === wanted && (wanted === 'publishing' || progress.rowsRead > 500)) break;
      t.ok(['queued', 'reading'].includes(status), `ended in time: ${status}`);
      await sleep(1);
    }
    if (wanted === 'reading') {
      const other = await openLedger(directory);
      await other.store.close();
      t.ok(
        isUnfinished((await job(server.url)).status),
        'another process that opens the ledger leaves it alone',
      );
    }
    process.kill(server.child.pid ?? 0, signal);
    await server.ended;
    t.strictSame(await recordsIn(directory), before, 'nothing of it is there');
    const [left] = await reading(directory, (read) =>
      read.select().from(imports).where(isNull(imports.finishedAt)),
    );
    if (signal === 'SIGTERM') t.match(left, { status: 'queued', attempts: 0 });
    else t.match(left, { attempts: 1 });

    const next = await startServer(t, { DATA_DIR: directory });
    await until(async () => !isUnfinished((await job(next.url)).status), 'the import has ended', 60_000);
    t.match(await job(next.url), { status: 'published', result: { added: 4000 }, failure: null, errors: [] });
    await until(
      () => readdirSync(join(directory, 'imports')).length === 0,
      'the file that was received is gone',
    );
    next.child.kill('SIGTERM');
    await next.ended;
    t.equal((await recordsIn(directory)).length, before.length + 4000);
    t.strictSame(await reading(directory, (read) => read.select().from(importRows)), []);
    check(directory, null, (fault) => t.fail(fault));
  }
});

test('the server goes on answering while it imports', async (t) => {
  const { directory, headers } = await ledgerWithKey(t);
  const server = await startServer(t, { DATA_DIR: directory, LOG_LEVEL: 'warn' });
  const count = 20_000;
  const { job } = await sendRows(server.url, headers, manyRows(count));
  const seen = new Set<string>();
  for (;;) {
    const data = await job(server.url);
    seen.add(data.status);
    if (!isUnfinished(data.status)) {
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
  await (await openLedger(directory)).store.close();
  const file = join(directory, 'rows.csv');
  writeFileSync(file, csv([{ id: 'c-1' }, { id: 'c-2', amountValue: '6E+6' }]));
  const refused = await cli(directory, ['import', file, '--commit']);
  t.equal(refused.code, 1, refused.err);
  t.match(refused.out, /2 +3 +amountValue +exponentNumber .*"6E\+6"/);
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
  t.match(
    { ...piped },
    { code: 0, out: /1 records added/, err: `Ledger: ${join(directory, 'ledger.sqlite')}\n` },
  );
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

test('a job without a file is settled once its process is gone, and not before', async (t) => {
  const directory = temporaryDirectory(t);
  const { store } = await openLedger(directory);
  const order = {
    format: 'csv',
    dryRun: false,
    onError: 'refuse',
    allowDuplicate: false,
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
