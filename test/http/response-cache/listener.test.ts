import { once } from 'node:events';
import { rmSync, symlinkSync } from 'node:fs';
import type { IncomingHttpHeaders } from 'node:http';
import { Agent, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import type { Test } from 'tap';
import { test } from 'tap';
import { buildApp } from '../../../src/app.ts';
import { parseConfig } from '../../../src/config.ts';
import type { Store } from '../../../src/store/store.ts';
import { openLedger } from '../../../src/transfer/open-ledger.ts';
import { makeKey } from '../../helpers/keys.ts';
import { HAITONG, note } from '../../helpers/note.ts';
import { temporaryDirectory, until } from '../../helpers/process.ts';
import { sqliteOf } from '../../helpers/statements.ts';
import { smallDisk } from '../../helpers/trouble.ts';

const RECORD = `/v1/forecasts/${HAITONG}`;
const LIST = '/v1/forecasts?limit=100&sort=id';

interface Line {
  readonly level: number;
  readonly msg: string;
  readonly reqId?: string;
  readonly req?: { readonly method: string; readonly url: string; readonly remoteAddress: string };
  readonly res?: { readonly statusCode: number };
  readonly responseTime?: number;
}

interface Served {
  readonly app: FastifyInstance;
  readonly store: Store;
  readonly directory: string;
  readonly port: number;
  readonly lines: readonly Line[];
}

/** The service on a ledger of its own, listening: what is kept is sent on another way than `inject` takes. */
async function serve(t: Test, environment: Readonly<Record<string, string>> = {}): Promise<Served> {
  const directory = temporaryDirectory(t);
  const { store } = await openLedger(directory);
  const lines: Line[] = [];
  const logger = pino({}, { write: (line) => void lines.push(JSON.parse(line) as Line) });
  const app = await buildApp({ config: parseConfig(environment), store: store, logger });
  t.after(async () => {
    await app.close();
    await store.close();
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  return { app, store, directory, port, lines };
}

interface Received {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

interface Sent {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly agent?: Agent;
}

async function ask(port: number, path: string, options: Sent = {}): Promise<Received> {
  const request = send({ port, path, agent: false, ...options }).end();
  const [response] = await once(request, 'response');
  return {
    status: response.statusCode,
    headers: response.headers,
    body: Buffer.concat(await response.toArray()),
  };
}

/** What a connection answers to a text until it is closed. */
async function raw(port: number, text: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  let answer = '';
  socket.setEncoding('latin1').on('data', (chunk) => {
    answer += chunk;
  });
  socket.write(text);
  await once(socket, 'close');
  return answer;
}

/** Headers that are the same for every copy of an answer. */
function shared(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const {
    'x-request-id': _id,
    date: _date,
    connection: _connection,
    'keep-alive': _alive,
    ...others
  } = headers;
  return others;
}

test('a cached response is the computed one byte for byte, over the network and in the process', async (t) => {
  const { app, port } = await serve(t);
  for (const path of [
    RECORD,
    LIST,
    '/v1/forecasts.csv',
    '/v1/sectors/tree',
    '/v1/forecasts?q=%E6%8A%95%E8%B5%84',
  ]) {
    for (const coding of ['identity', 'gzip', 'br']) {
      const headers = { 'accept-encoding': coding, host: `127.0.0.1:${port}` };
      const computed = await ask(port, path, { headers });
      t.equal(computed.status, 200, path);
      for (const origin of [undefined, 'https://a.example', 'https://b.example']) {
        const from = origin === undefined ? {} : { origin };
        const kept = await ask(port, path, { headers: { ...headers, ...from } });
        t.equal(kept.status, 200);
        t.ok(kept.body.equals(computed.body), `${path} ${coding} ${origin}`);
        t.strictSame(shared(kept.headers), shared(computed.headers), `${path} ${coding} ${origin}`);
        t.ok(Number.isFinite(Date.parse(kept.headers.date ?? '')));
      }
      const injected = await app.inject({ url: path, headers });
      t.ok(injected.rawPayload.equals(computed.body));
      t.strictSame(shared(injected.headers as IncomingHttpHeaders), shared(computed.headers));
    }
  }
});

test('HEAD, 304, and the request id, of answers that are kept', async (t) => {
  const { port } = await serve(t);
  for (const path of [RECORD, LIST]) {
    const get = await ask(port, path);
    const head = await ask(port, path, { method: 'HEAD' });
    t.equal(head.body.length, 0);
    t.strictSame(shared(head.headers), shared(get.headers));
    const etag = String(get.headers.etag);
    for (const named of [etag, `W/${etag}`, `"x", ${etag}`, '*']) {
      const unchanged = await ask(port, path, { headers: { 'if-none-match': named } });
      t.equal(unchanged.status, 304, named);
      t.equal(unchanged.body.length, 0);
      const expected = shared(get.headers);
      delete expected['content-type'];
      delete expected['content-length'];
      t.strictSame(shared(unchanged.headers), expected);
    }
    t.equal((await ask(port, path, { headers: { 'if-none-match': '"x"' } })).status, 200);
    const named = await ask(port, path, { headers: { 'x-request-id': 'find-me' } });
    t.equal(named.headers['x-request-id'], 'find-me');
    const unsafe = await ask(port, path, { headers: { 'x-request-id': 'not <safe>' } });
    t.match(unsafe.headers['x-request-id'], /^[\da-f-]{36}$/);
    t.not(unsafe.headers['x-request-id'], get.headers['x-request-id']);
  }
});

test('each host gets its own links, and forwarded ones count where a proxy is trusted', async (t) => {
  for (const [trust, expected] of [
    ['off', 'http://a.example/'],
    ['on', 'https://b.example/'],
  ] as const) {
    const { port } = await serve(t, { TRUST_PROXY: trust });
    const path = '/v1/forecasts?limit=1';
    const plain = { host: 'a.example' };
    const forwarded = { ...plain, 'x-forwarded-host': 'b.example', 'x-forwarded-proto': 'https' };
    for (const round of ['computed', 'kept']) {
      t.match((await ask(port, path, { headers: plain })).headers.link, '<http://a.example/', round);
      t.match(
        (await ask(port, path, { headers: forwarded })).headers.link,
        `<${expected}`,
        `${trust} ${round}`,
      );
    }
  }
});

test('a forwarded scheme is http or https, and what is no host makes no links', async (t) => {
  const { port } = await serve(t, { TRUST_PROXY: 'on' });
  for (const [proto, host, expected] of [
    ['https', 'b.example', 'https://b.example/'],
    ['HTTPS', 'b.example', 'https://b.example/'],
    ['http, https', 'x, b.example', 'https://b.example/'],
    ['https, http', 'b.example:8080', 'http://b.example:8080/'],
    ['javascript', 'b.example', 'http://b.example/'],
    ['https://evil.example/?', 'b.example', 'http://b.example/'],
    ['https, data', '[::1]:8', 'http://[::1]:8/'],
    ['', 'b.example', 'http://b.example/'],
    ['https', 'evil.example/path', '/'],
    ['https', 'user@evil.example', '/'],
    ['https', '"><script>', '/'],
    ['https', 'evil.example>; rel="next", <b', '/'],
  ] as const) {
    const headers = { host: 'a.example', 'x-forwarded-proto': proto, 'x-forwarded-host': host };
    for (const round of ['computed', 'kept']) {
      const { headers: answered, body } = await ask(port, '/v1/forecasts?limit=1', { headers });
      const about = `${proto} ${host} ${round}`;
      t.ok(String(answered.link).startsWith(`<${expected}v1/forecasts?`), about);
      const { page } = JSON.parse(body.toString()) as { page: { nextUrl: string } };
      t.equal(answered.link, `<${page.nextUrl}>; rel="next"`, about);
    }
  }
});

test('a target with the address that Host names is its path; any other is refused', async (t) => {
  const { app, port } = await serve(t);
  const send = (target: string, headers = 'Host: a.example\r\n', version = '1.1'): Promise<string> =>
    raw(port, `GET ${target} HTTP/${version}\r\n${headers}Connection: close\r\n\r\n`);
  const tagOf = (answer: string): string => /^etag: (.+)\r$/im.exec(answer)?.[1] ?? 'none';
  for (const path of [LIST, RECORD]) {
    const expected = await send(path);
    t.match(tagOf(expected), /^".+"$/);
    for (const [target, headers, version] of [
      [`http://a.example${path}`],
      [`HTTP://A.Example${path}`],
      [`http://a.example:80${path}`],
      [`https://a.example:443${path}`],
      [`http://a.example${path}`, 'Host: a.example:80\r\n'],
      [`http://a.example${path}`, '', '1.0'],
    ] as const) {
      const answer = await send(target, headers, version);
      t.match(answer, /^HTTP\/1\.1 200 /, target);
      if (headers === undefined) t.equal(tagOf(answer), tagOf(expected), 'the same answer as for the path');
    }
    for (const [target, headers, version] of [
      [`http://other.example${path}`],
      [`http://a.example:81${path}`],
      [`http://user@a.example${path}`],
      [`https://a.example:80${path}`],
      [`ftp://a.example${path}`],
      [`http://other.example${path}`, 'Host: a.example\r\n', '1.0'],
      [`http://a.example${path}`, ''],
    ] as const) {
      const answer = await send(target, headers, version);
      t.match(answer, /^HTTP\/1\.1 400 /, target);
      t.match(answer, '"code":"malformedRequest"', target);
      t.match(answer, `"instance":"${path.split('?')[0]}"`, target);
    }
  }
  t.match(
    await send('http://other.example/v1/forecasts'),
    'for http://other.example, and its header Host names',
  );
  t.match(await send('http://a.example'), '"name":"Forecast Ledger"');
  t.equal((await app.inject('/v1/forecasts?limit=1')).statusCode, 200);
});

test('behind a proxy, a request whose connection has ended is logged with the address that it came from', async (t) => {
  const { port, store, directory, lines } = await serve(t, { TRUST_PROXY: 'on' });
  const disk = smallDisk(t, 65_536);
  if (disk === null)
    return void t.pass('nothing to try', { skip: 'needs the right to mount a tmpfs (root)' });
  rmSync(join(directory, 'imports'), { recursive: true, force: true });
  symlinkSync(disk, join(directory, 'imports'));
  const { authorization } = (await makeKey({ store }, 'write')).headers;
  const answer = await fetch(`http://127.0.0.1:${port}/v1/imports?reason=x`, {
    method: 'POST',
    headers: { authorization, 'content-type': 'text/csv', 'x-forwarded-for': '192.0.2.7' },
    body: 'a'.repeat(3_000_000),
  });
  t.equal(answer.status, 507);
  await answer.text();
  await until(() => lines.some(({ res }) => res !== undefined), 'it is logged');
  t.equal(lines.find(({ req }) => req !== undefined)?.req?.remoteAddress, '192.0.2.7');
});

test('what is refused is refused although an answer is kept', async (t) => {
  const { port } = await serve(t);
  for (const known of ['1.1\r\nHost: a', '1.0'])
    t.match(await raw(port, `GET ${RECORD} HTTP/${known}\r\nConnection: close\r\n\r\n`), / 200 OK\r\n/);
  const refused: readonly (readonly [string, number, string])[] = [
    ['', 400, 'malformedRequest'],
    ['Host: a\r\nhost: b\r\n', 400, 'malformedRequest'],
    ['Host: a\r\nExpect: tea\r\n', 417, 'expectationFailed'],
    ['Host: a\r\nAuthorization: Bearer wrong\r\nConnection: close\r\n', 401, 'keyInvalid'],
    ['Host: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n', 400, 'malformedRequest'],
  ];
  for (const [headers, status, code] of refused) {
    const answer = await raw(port, `GET ${RECORD} HTTP/1.1\r\n${headers}\r\n`);
    t.ok(answer.startsWith(`HTTP/1.1 ${status} `), answer.slice(0, 100));
    t.match(answer, `"code":"${code}"`);
  }
  t.match(
    await raw(port, `GET ${RECORD} HTTP/1.0\r\n\r\n`),
    /^HTTP\/1\.1 200 OK\r\n(?:.+\r\n)*connection: close\r\n/i,
  );
});

test('a write by another process is seen by the next read, as often as it happens', async (t) => {
  const { port, directory } = await serve(t);
  const { store: other } = await openLedger(directory);
  t.after(() => other.close());
  const agent = new Agent({ keepAlive: true });
  t.after(() => agent.destroy());
  for (let round = 1; round <= 100; round += 1) {
    await note({ store: other }, `round ${round}`);
    // More than one at once, so that cached responses of the new state are asked for as well.
    const answers = await Promise.all(Array.from({ length: 4 }, () => ask(port, RECORD, { agent })));
    answers.push(await ask(port, RECORD, { agent }));
    for (const { body } of answers) {
      const { data } = JSON.parse(body.toString()) as { data: { notes: string } };
      t.equal(data.notes, `round ${round}`);
    }
  }
});

test('requests that come in one piece are answered in their order, kept or not', async (t) => {
  const { port } = await serve(t);
  const kept = await ask(port, RECORD, { headers: { host: 'a' } });
  const paths = [RECORD, '/v1/forecasts/nothing', RECORD, LIST, '/health/live', RECORD, LIST, RECORD];
  const requests = paths.map(
    (path, at) => `GET ${path} HTTP/1.1\r\nHost: a\r\nX-Request-Id: number-${at}\r\n\r\n`,
  );
  // A body that nobody asked for belongs to its own request.
  requests.splice(2, 0, `GET ${RECORD} HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nGET `);
  const end = `GET ${RECORD} HTTP/1.1\r\nHost: a\r\nX-Request-Id: last\r\nConnection: close\r\n\r\n`;
  const answer = await raw(port, [...requests, end].join(''));
  const ids = [...answer.matchAll(/^x-request-id: (.+)\r$/gim)].map(([, id]) => id);
  t.strictSame(
    ids.filter((id) => id?.startsWith('number-')),
    paths.map((_path, at) => `number-${at}`),
  );
  t.equal(ids.length, paths.length + 2);
  t.equal(ids.at(-1), 'last');
  t.ok(answer.endsWith(kept.body.toString('latin1')), 'and the last arrives whole');
});

test('each request is logged in one line, kept or not', async (t) => {
  const { port, lines } = await serve(t);
  for (const id of ['computed', 'kept', 'unchanged', 'refused']) {
    await ask(port, id === 'refused' ? '/v1/forecasts/nothing' : RECORD, {
      headers: { 'x-request-id': id, ...(id === 'unchanged' ? { 'if-none-match': '*' } : {}) },
    });
  }
  const about = (id: string): Line[] =>
    lines.filter(({ reqId, msg }) => reqId === id && msg === 'request completed');
  await until(() => about('refused').length > 0, 'the last is logged');
  for (const [id, statusCode] of Object.entries({ computed: 200, kept: 200, unchanged: 304, refused: 404 })) {
    const [line, ...others] = about(id);
    t.equal(others.length, 0, id);
    t.match(line, {
      req: { method: 'GET', host: `localhost:${port}`, remoteAddress: '127.0.0.1' },
      res: { statusCode },
    });
    t.strictSame(Object.keys(line ?? {}), Object.keys(about('computed')[0] ?? {}), id);
    t.strictSame(Object.keys(line?.req ?? {}), Object.keys(about('computed')[0]?.req ?? {}), id);
    t.ok((line?.responseTime ?? -1) >= 0);
  }
  t.equal(about('kept')[0]?.req?.url, RECORD);
});

test('nothing is logged of requests where the level leaves them out', async (t) => {
  const { app, port, lines } = await serve(t);
  app.log.level = 'warn';
  await ask(port, RECORD);
  await ask(port, RECORD);
  await sleep(50);
  t.strictSame(
    lines.filter(({ reqId }) => reqId !== undefined),
    [],
  );
});

test('a method that nobody knows is no error in the log, and storage that fails is one', async (t) => {
  const { port, store, lines } = await serve(t);
  for (const method of ['PURGE', 'PROPFIND', 'M-SEARCH', 'TRACE', 'BREW'])
    t.match(
      await raw(port, `${method} ${RECORD} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`),
      /^HTTP\/1\.1 [45]/,
    );
  const completed = (): Line[] => lines.filter(({ res }) => res !== undefined);
  await until(() => completed().length === 4, 'all that are HTTP are logged');
  t.strictSame(
    completed().map(({ res }) => res?.statusCode),
    [501, 501, 501, 405],
  );
  t.strictSame(
    lines.filter(({ level }) => level > 30),
    [],
  );
  sqliteOf(store).exec('alter table ledger_state rename to elsewhere');
  t.equal((await ask(port, RECORD)).status, 500);
  t.ok(lines.some(({ level, msg }) => level === 50 && msg === 'request failed'));
  sqliteOf(store).exec('alter table elsewhere rename to ledger_state');
});

test('where the ledger does not answer, the problem says so, and the service lives on', async (t) => {
  const { port, store } = await serve(t);
  t.equal((await ask(port, RECORD)).status, 200);
  sqliteOf(store).exec('alter table ledger_state rename to elsewhere');
  const failed = await ask(port, RECORD);
  t.ok((failed.status ?? 0) >= 500, `${failed.status}`);
  t.match(failed.headers['content-type'], 'application/problem+json');
  sqliteOf(store).exec('alter table elsewhere rename to ledger_state');
  t.equal((await ask(port, RECORD)).status, 200);
});

test('cached responses that are on their way when the service stops arrive whole, and nothing is answered after', async (t) => {
  const { app, port } = await serve(t);
  await ask(port, LIST, { headers: { host: 'a' } });
  const socket = connect(port, '127.0.0.1');
  let answer = '';
  socket.setEncoding('utf8').on('data', (chunk) => {
    answer += chunk;
  });
  const closed = once(socket, 'close');
  socket.write(`GET ${LIST} HTTP/1.1\r\nHost: a\r\n\r\n`.repeat(100));
  socket.pause();
  await sleep(200);
  const stopped = app.close();
  await sleep(300);
  socket.resume();
  await stopped;
  await closed;
  const last = answer.slice(answer.lastIndexOf('\r\n\r\n') + 4);
  t.doesNotThrow(() => JSON.parse(last), 'the last answer arrived whole');
  await t.rejects(ask(port, LIST));
});
