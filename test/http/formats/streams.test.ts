import { cpSync } from 'node:fs';
import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import { get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import type { Test } from 'tap';
import tap, { test } from 'tap';
import type { AppOptions } from '../../../src/app.ts';
import { buildApp } from '../../../src/app.ts';
import { parseConfig } from '../../../src/config.ts';
import { attachStore } from '../../../src/store/engine.ts';
import { advanceDatasetVersion } from '../../../src/store/ledger-state.ts';
import type { Store } from '../../../src/store/store.ts';
import { openLedger } from '../../../src/transfer/open-ledger.ts';
import { makeKey } from '../../helpers/keys.ts';
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

/** A ledger with these records, to be copied: writing them takes longer than most tests. */
const filled = (async () => {
  const directory = temporaryDirectory(tap);
  const { store } = await openLedger(directory);
  const contents = Array.from({ length: RECORDS }, (_, number) => ({
    ...recordContent(idOf(number)),
    corroboration: [LONG_ADDRESS],
  }));
  await writeRecords(store, ...contents);
  await store.close();
  return directory;
})();

async function filledDirectory(t: Test): Promise<string> {
  const directory = temporaryDirectory(t);
  cpSync(await filled, directory, { recursive: true });
  return directory;
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
  {
    settings = {},
    ...options
  }: Pick<AppOptions, 'streamTimes' | 'furtherRoutes'> & { settings?: Readonly<Record<string, string>> } = {},
): Promise<Served> {
  const { store } = await openLedger(await filledDirectory(t));
  const app = await buildApp({ config: parseConfig(settings), store, ...options });
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
function opened(url: string, headers: OutgoingHttpHeaders = {}): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    get(url, { agent: false, headers }, (response) => {
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
  const { url } = await serveFilled(t, {
    settings: { DOWNLOAD_LIMIT: '1' },
    streamTimes: { waitMs: 1 },
  });
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
  const { url, isHeld } = await serveFilled(t, {
    settings: { DOWNLOAD_LIMIT: '1' },
    streamTimes: { waitMs: 60_000 },
  });
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
  const { url, isHeld } = await serveFilled(t, {
    settings: { DOWNLOAD_LIMIT: '2', DOWNLOAD_BYTES_PER_SECOND: '1000000000' },
    streamTimes: { lateMs: 100 },
  });
  const stalled = await Promise.all([opened(`${url}/v1/export`), opened(url + LIST)]);
  await until(async () => !(await isHeld()), 'nobody reads any more');
  for (const response of stalled)
    await t.rejects(text(response), 'what it gets does not end as if it were whole');
  t.equal((await fetch(`${url}/v1/sectors.csv`)).status, 200);
});

const KIBIBYTE = 1024;

/** Takes so many bytes of an answer every few milliseconds. @returns how many it took until the answer ended */
async function takeSlowly(response: IncomingMessage, bytesAtOnce: number): Promise<number> {
  let taken = 0;
  while (!response.destroyed && !response.readableEnded) {
    const bytes: Buffer | null = response.read(Math.min(bytesAtOnce, response.readableLength || 1));
    taken += bytes?.length ?? 0;
    await sleep(5);
  }
  return taken;
}

/** Routes that send so many pieces of so many bytes. */
function sendPieces(number: number, bytes: number): NonNullable<AppOptions['furtherRoutes']> {
  return (app, { streams }) => {
    app.get('/pieces', (request, reply) =>
      streams.send(request, reply, async () =>
        (async function* pieces(): AsyncGenerator<Buffer> {
          for (let sent = 0; sent < number; sent += 1) yield Buffer.alloc(bytes, 'x');
        })(),
      ),
    );
  };
}

test('a client that is slower than the least rate is cut off, though it never stops reading', async (t) => {
  const { url } = await serveFilled(t, {
    settings: { DOWNLOAD_BYTES_PER_SECOND: '1000000000' },
    streamTimes: { lateMs: 300 },
    furtherRoutes: sendPieces(Number.POSITIVE_INFINITY, 64 * KIBIBYTE),
  });
  const slow = await opened(`${url}/pieces`);
  await takeSlowly(slow, 16 * KIBIBYTE);
  t.notOk(slow.complete);
});

test('that it was fast before does not help a client that stops', async (t) => {
  // At this rate it could take 60 s for what it has taken.
  const { url, isHeld } = await serveFilled(t, {
    settings: { DOWNLOAD_BYTES_PER_SECOND: String(400 * KIBIBYTE) },
    streamTimes: { lateMs: 100 },
    furtherRoutes: sendPieces(Number.POSITIVE_INFINITY, 64 * KIBIBYTE),
  });
  const client = await opened(`${url}/pieces`);
  let taken = 0;
  for await (const bytes of client.iterator({ destroyOnReturn: false })) {
    taken += (bytes as Buffer).length;
    if (taken > 24_000 * KIBIBYTE) break;
  }
  await until(async () => !(await isHeld()), 'nobody reads any more');
  await t.rejects(text(client));
});

test('a client that is faster than the least rate gets all, however large the pieces', async (t) => {
  const { url } = await serveFilled(t, {
    settings: { DOWNLOAD_BYTES_PER_SECOND: '1024' },
    streamTimes: { lateMs: 50 },
    furtherRoutes: sendPieces(2, 16_000 * KIBIBYTE),
  });
  const client = await opened(`${url}/pieces`);
  t.equal(await takeSlowly(client, 256 * KIBIBYTE), 32_000 * KIBIBYTE);
  t.ok(client.complete);
});

test('an address has only its share of the downloads, a key has one too, and some are kept for keys', async (t) => {
  const { url, store } = await serveFilled(t, {
    settings: { TRUST_PROXY: '127.0.0.1' },
    streamTimes: { waitMs: 1 },
  });
  const statuses = async (address: string, number: number, headers = {}): Promise<unknown[]> => {
    const found: unknown[] = [];
    for (let sent = 0; sent < number; sent += 1) {
      const response = await opened(url + LIST, { 'x-forwarded-for': address, ...headers });
      t.teardown(() => response.destroy());
      found.push(response.statusCode);
    }
    return found;
  };
  t.strictSame(await statuses('2001:db8::1', 5), [200, 200, 200, 200, 503]);
  t.strictSame(await statuses('2001:db8::ffff:2', 1), [503], 'of the same network');
  t.strictSame(await statuses('2001:db8:0:1::1', 3), [200, 200, 503], 'two places are kept');
  t.strictSame(await statuses('192.0.2.1', 1), [503]);
  const [first, second] = [await makeKey({ store }), await makeKey({ store }, 'read')];
  t.strictSame(await statuses('2001:db8::1', 1, first.headers), [200], 'a key counts, not its address');
  t.strictSame(await statuses('192.0.2.1', 2, second.headers), [200, 503], 'all are taken');
});

test('a key has only its share of the downloads', async (t) => {
  const { url, store } = await serveFilled(t, {
    settings: { DOWNLOAD_LIMIT_PER_ADDRESS: '1' },
    streamTimes: { waitMs: 1 },
  });
  const [first, second] = [await makeKey({ store }), await makeKey({ store }, 'read')];
  for (const [headers, status] of [
    [first.headers, 200],
    [first.headers, 503],
    [second.headers, 200],
    [{}, 200],
    [{}, 503],
  ] as const) {
    const response = await opened(url + LIST, headers);
    t.teardown(() => response.destroy());
    t.equal(response.statusCode, status);
  }
});

test('of those that wait the ones with a key go first, and who has left is passed over', async (t) => {
  const arrived: unknown[] = [];
  const begun: unknown[] = [];
  const { url, store } = await serveFilled(t, {
    settings: { DOWNLOAD_LIMIT: '1' },
    streamTimes: { waitMs: 60_000 },
    furtherRoutes: (app, { streams }) => {
      app.get('/named/:name', (request, reply) => {
        const { name } = request.params as { name: string };
        arrived.push(name);
        return streams.send(request, reply, async () => {
          begun.push(name);
          return (async function* piece(): AsyncGenerator<Buffer> {
            yield Buffer.from(name);
          })();
        });
      });
    },
  });
  const { headers: key } = await makeKey({ store }, 'read');
  const first = await opened(url + LIST);
  const leaving = get(`${url}/named/leaving`, { agent: false }).on('error', () => undefined);
  await until(() => arrived.includes('leaving'), 'it waits');
  const others: Promise<IncomingMessage>[] = [];
  for (const [name, headers] of [
    ['without-key', {}],
    ['with-key', key],
  ] as const) {
    others.push(opened(`${url}/named/${name}`, headers));
    await until(() => arrived.includes(name), 'it waits');
  }
  leaving.destroy();
  await sleep(50);
  first.destroy();
  for (const other of others) await text(await other);
  t.strictSame(begun, ['with-key', 'without-key']);
});

test('a stream that fails cuts the connection off, and makes place for the next', async (t) => {
  const { url, isHeld } = await serveFilled(t, {
    settings: { DOWNLOAD_LIMIT: '1' },
    streamTimes: { waitMs: 60_000 },
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
  const { url, isHeld } = await serveFilled(t, {
    settings: { DOWNLOAD_LIMIT: '1' },
    streamTimes: { waitMs: 60_000 },
  });
  for (const path of [LIST, '/v1/export', LIST]) {
    const { status, headers } = await fetch(url + path, { method: 'HEAD' });
    t.equal(status, 200);
    t.match(headers.get('content-type'), 'application/x-ndjson');
    t.match(headers.get('content-disposition'), 'attachment');
    t.notOk(await isHeld());
  }
});

test('a refusal that takes the place of a stream holds nothing', async (t) => {
  const { url, isHeld } = await serveFilled(t, {
    settings: { DOWNLOAD_LIMIT: '1' },
    streamTimes: { waitMs: 2000 },
  });
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
    const DATA_DIR = await filledDirectory(t);
    const server = await startServer(t, { DATA_DIR, SHUTDOWN_TIMEOUT_MS: isTaken ? '30000' : '300' });
    const response = await opened(`${server.url}/v1/export`);
    server.child.kill('SIGTERM');
    await until(() => server.output().includes('"stopping"'), 'it is stopping');
    if (isTaken) t.match(rowsOf(await text(response)).at(-1), { type: 'end' });
    t.equal(await server.ended, isTaken ? 0 : 1);
    if (!isTaken) await t.rejects(text(response));
  }
});
