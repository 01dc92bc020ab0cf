import type { IncomingMessage } from 'node:http';
import { get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { FastifyInstance } from 'fastify';
import type { Test } from 'tap';
import { test } from 'tap';
import type { AppOptions } from '../../../src/app.ts';
import { buildApp } from '../../../src/app.ts';
import { parseConfig } from '../../../src/config.ts';
import { attachStore } from '../../../src/store/engine.ts';
import { advanceDatasetVersion } from '../../../src/store/ledger-state.ts';
import type { Store } from '../../../src/store/store.ts';
import { openLedger } from '../../../src/transfer/open-ledger.ts';
import { startServer, temporaryDirectory, until } from '../../helpers/process.ts';
import { recordContent } from '../../helpers/record-content.ts';
import { appendRecords, writeRecords } from '../../helpers/records.ts';
import { sqliteOf } from '../../helpers/statements.ts';

const LIST = '/v1/forecasts.ndjson?collection=seed-documents&sort=id';

/** So many records with so long an address that a stream of them is larger than all that lies between two sockets. */
const RECORDS = 400;
const LONG_ADDRESS = `https://example.org/${'x'.repeat(60_000)}`;

type Row = Readonly<Record<string, unknown>>;

const rowsOf = (ndjson: string): Row[] =>
  ndjson
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Row);

const idsOf = (rows: readonly Row[]): unknown[] => rows.map(({ id }) => id);

const idOf = (number: number): string => `bulk-${String(number).padStart(3, '0')}`;

async function fill(store: Store): Promise<void> {
  const contents = Array.from({ length: RECORDS }, (_, number) => ({
    ...recordContent(idOf(number)),
    corroboration: [LONG_ADDRESS],
  }));
  await writeRecords(store, ...contents);
}

/** Adds a record before and one behind all others, revises one and deletes one. */
async function writeMeanwhile(store: Store): Promise<void> {
  await store.write(async (transaction) => {
    const revised = { ...recordContent(idOf(RECORDS - 1)), notes: 'Revised' };
    const added = ['a-new', 'z-new'].map((id) => recordContent(id));
    await appendRecords(transaction, [...added, revised], [idOf(RECORDS - 2)]);
    await advanceDatasetVersion(transaction, 'meanwhile');
  });
}

interface Served {
  readonly app: FastifyInstance;
  readonly url: string;
  readonly store: Store;
  /** Another connection to the same file. */
  readonly other: Store;
  /** Whether anybody reads from a state of the ledger that is not the newest. */
  readonly isHeld: () => Promise<boolean>;
}

/** A listening service on a file with many records. */
async function serveFilled(
  t: Test,
  options: Pick<AppOptions, 'streamLimits' | 'furtherRoutes'> = {},
): Promise<Served> {
  const { store } = await openLedger(temporaryDirectory(t));
  await fill(store);
  const app = await buildApp({ config: parseConfig({}), store, ...options });
  await app.listen({ host: '127.0.0.1', port: 0 });
  const other = attachStore(store.location);
  t.after(async () => {
    await app.close();
    await other.close();
    await store.close();
  });
  const isHeld = async (): Promise<boolean> => {
    await other.write((transaction) => advanceDatasetVersion(transaction, 'anything'));
    // What a reader still needs cannot be taken out of the write-ahead log.
    const [checkpoint] = sqliteOf(other).pragma('wal_checkpoint(truncate)') as { busy: number }[];
    return checkpoint?.busy !== 0;
  };
  const { port } = app.server.address() as AddressInfo;
  return { app, url: `http://127.0.0.1:${port}`, store, other, isHeld };
}

/** An answer whose headers are there and of whose body nothing is taken yet. */
function opened(url: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    get(url, { agent: false }, (response) => {
      // A connection that is cut off while nobody reads is told to whoever reads then.
      response.on('error', () => undefined);
      resolve(response);
    }).on('error', reject);
  });
}

test('a stream shows the ledger as it stood when it began, whatever is written meanwhile', async (t) => {
  const { url, store, other } = await serveFilled(t);
  const before = idsOf(rowsOf(await (await fetch(url + LIST)).text()));
  t.equal(before.filter((id) => String(id).startsWith('bulk-')).length, RECORDS);
  const version = await store.version();
  const streams = await Promise.all(
    [`${LIST}&labels=both&shape=flat`, LIST, LIST.replace('ndjson', 'csv'), '/v1/export'].map((path) =>
      opened(url + path),
    ),
  );
  await writeMeanwhile(other);
  t.equal((await fetch(`${url}/v1/forecasts/z-new`)).status, 200, 'it is written');
  const [flat = '', nested = '', csv = '', exported = ''] = await Promise.all(streams.map(text));

  for (const rows of [rowsOf(flat), rowsOf(nested)]) {
    t.strictSame(idsOf(rows), before);
    t.match(
      rows.find(({ id }) => id === idOf(RECORDS - 1)),
      { revision: 1, notes: null },
    );
  }
  t.equal(csv.split('\r\n').length, before.length + 2, 'a header, the rows, and a line break at the end');
  const lines = rowsOf(exported);
  t.match(lines[0], { type: 'export', datasetVersion: version });
  t.match(lines.at(-1), { type: 'end', lines: lines.length });
  const bulk = lines.filter(({ type, id }) => type === 'revision' && String(id).startsWith('bulk-'));
  t.equal(bulk.length, RECORDS);
  t.ok(bulk.every(({ supersededAt, deleted }) => supersededAt === null && deleted === 0));
  t.notOk(exported.includes('z-new'));

  const after = rowsOf(await (await fetch(url + LIST)).text());
  t.strictSame(
    idsOf(after),
    [...before.filter((id) => id !== idOf(RECORDS - 2)), 'a-new', 'z-new'].sort(),
    'the next one shows what was written',
  );
  t.match(
    after.find(({ id }) => id === idOf(RECORDS - 1)),
    { revision: 2, notes: 'Revised' },
  );
});

test('who asks for what is being sent already need not wait for its end', async (t) => {
  const { url } = await serveFilled(t);
  const first = await opened(url + LIST);
  const second = await opened(url + LIST);
  t.equal(await text(second), await text(first));
});

test('so many streams are sent at once; a further one waits, or is told to come again', async (t) => {
  const { url } = await serveFilled(t, { streamLimits: { mostAtOnce: 1, waitMs: 1 } });
  const first = await opened(`${url}/v1/export`);
  for (const path of [LIST, '/v1/export', '/v1/sectors.csv']) {
    const refused = await fetch(url + path);
    t.equal(refused.status, 503);
    t.match(await refused.json(), { code: 'tooManyStreams', status: 503 });
    t.match(refused.headers.get('retry-after'), /^\d+$/);
  }
  t.equal((await fetch(`${url}/v1/forecasts?limit=10`)).status, 200, 'pages are given all the while');
  t.equal((await fetch(`${url}${LIST}&limit=10`)).status, 200);
  t.match(rowsOf(await text(first)).at(-1), { type: 'end' });
  t.equal((await fetch(`${url}/v1/sectors.csv`)).status, 200);
});

test('a client that goes away lets go of the ledger, and makes place for the next', async (t) => {
  const { url, isHeld } = await serveFilled(t, { streamLimits: { mostAtOnce: 1, waitMs: 60_000 } });
  const gone = await opened(`${url}/v1/export`);
  t.ok(await isHeld());
  const next = opened(url + LIST);
  const goneWaiting = get(`${url}/v1/export`, { agent: false }).on('error', () => undefined);
  gone.destroy();
  t.ok(rowsOf(await text(await next)).length > RECORDS);
  goneWaiting.destroy();
  t.equal((await fetch(`${url}/v1/sectors.csv`)).status, 200);
  await until(async () => !(await isHeld()), 'nobody reads any more');
});

test('a client that takes nothing is cut off', async (t) => {
  const { url, isHeld } = await serveFilled(t, { streamLimits: { mostAtOnce: 2, stalledMs: 100 } });
  const stalled = await Promise.all([opened(`${url}/v1/export`), opened(url + LIST)]);
  await until(async () => !(await isHeld()), 'nobody reads any more');
  for (const response of stalled)
    await t.rejects(text(response), 'what it gets does not end as if it were whole');
  t.equal((await fetch(`${url}/v1/sectors.csv`)).status, 200);
});

test('a stream that fails cuts the connection off, and makes place for the next', async (t) => {
  const { url, isHeld } = await serveFilled(t, {
    streamLimits: { mostAtOnce: 1, waitMs: 60_000 },
    furtherRoutes: (app, { streams }) => {
      app.get('/fails', (request, reply) =>
        streams.send(request, reply, async () =>
          (async function* pieces(): AsyncGenerator<Buffer> {
            yield Buffer.from('a piece');
            throw new Error('the second piece fails');
          })(),
        ),
      );
      app.get('/fails-before', (request, reply) =>
        streams.send(request, reply, async () => {
          throw new Error('there is none');
        }),
      );
    },
  });
  for (const _ of [1, 2]) {
    const failed = await fetch(`${url}/fails`);
    t.equal(failed.status, 200);
    await t.rejects(failed.text());
    const refused = await fetch(`${url}/fails-before`);
    t.match(await refused.json(), { code: 'internalError' });
    t.equal((await fetch(`${url}/v1/forecasts.csv?sort=relevance`)).status, 400);
  }
  t.notOk(await isHeld());
});

test('HEAD has the headers of a stream, and holds nothing', async (t) => {
  const { url, isHeld } = await serveFilled(t, { streamLimits: { mostAtOnce: 1, waitMs: 60_000 } });
  for (const path of [LIST, '/v1/export', LIST]) {
    const { status, headers } = await fetch(url + path, { method: 'HEAD' });
    t.equal(status, 200);
    t.match(headers.get('content-type'), 'application/x-ndjson');
    t.match(headers.get('content-disposition'), 'attachment');
    t.notOk(await isHeld());
  }
});

test('a refusal that takes the place of a stream holds nothing', async (t) => {
  const { url, isHeld } = await serveFilled(t, { streamLimits: { mostAtOnce: 1, waitMs: 2000 } });
  for (const path of [LIST, '/v1/export'])
    for (const method of ['GET', 'HEAD', 'GET']) {
      const answer = await fetch(url + path, { method, headers: { 'if-match': '"another"' } });
      await answer.arrayBuffer();
      t.equal(answer.status, 412, `${method} ${path}`);
      t.notOk(await isHeld());
    }
});

test('the service ends when its streams have ended, and they outlive the connection it writes with', async (t) => {
  const { app, url, store } = await serveFilled(t);
  const under = await Promise.all([opened(`${url}/v1/export`), opened(url + LIST)]);
  let isClosed = false;
  const closed = app.close().then(() => {
    isClosed = true;
  });
  await store.close();
  const [exported = '', list = ''] = await Promise.all(
    under.map((response) => {
      t.notOk(isClosed);
      return text(response);
    }),
  );
  t.match(rowsOf(exported).at(-1), { type: 'end' });
  t.ok(rowsOf(list).length > RECORDS);
  await closed;
});

test('a signal lets a stream come to its end in the time there is, else cuts it off', async (t) => {
  for (const isTaken of [true, false]) {
    const DATA_DIR = temporaryDirectory(t);
    const { store } = await openLedger(DATA_DIR);
    await fill(store);
    await store.close();
    const server = await startServer(t, { DATA_DIR, SHUTDOWN_TIMEOUT_MS: isTaken ? '30000' : '300' });
    const response = await opened(`${server.url}/v1/export`);
    server.child.kill('SIGTERM');
    await until(() => server.output().includes('"stopping"'), 'it is stopping');
    if (isTaken) t.match(rowsOf(await text(response)).at(-1), { type: 'end' });
    t.equal(await server.ended, isTaken ? 0 : 1);
    if (!isTaken) await t.rejects(text(response));
  }
});
