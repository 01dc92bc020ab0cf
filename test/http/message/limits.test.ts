import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect, Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { Test } from 'tap';
import { test } from 'tap';
import { Admission } from '../../../src/http/message/admission.ts';
import { build } from '../../helpers/build.ts';
import { checkResponse } from '../../helpers/contract.ts';
import { makeKey } from '../../helpers/keys.ts';
import { HAITONG } from '../../helpers/note.ts';
import { startServer, temporaryDirectory, until } from '../../helpers/process.ts';

const MEBIBYTE = 1024 * 1024;

interface Client {
  readonly socket: Socket;
  readonly received: () => string;
  readonly isClosed: () => boolean;
}

function connectTo(port: number): Client {
  const socket = connect(port, '127.0.0.1');
  let text = '';
  let isClosed = false;
  socket.setEncoding('latin1').on('data', (chunk) => {
    text += chunk;
  });
  socket.on('error', () => undefined);
  socket.on('close', () => {
    isClosed = true;
  });
  return { socket, received: () => text, isClosed: () => isClosed };
}

const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`;
const answers = (text: string): readonly string[] => text.match(/HTTP\/1\.1 \d+/g) ?? [];

/** The service, listening, with answers that are held back until they are let go, and long ones that are counted. */
async function serve(t: Test, environment: Readonly<Record<string, string>> = {}) {
  const held = Promise.withResolvers<void>();
  const counts = { held: 0, long: 0 };
  const built = await build(t, environment, {
    furtherRoutes: (app: FastifyInstance) => {
      app.get('/v1/held', { config: { cacheable: false } }, async () => {
        counts.held += 1;
        await held.promise;
        return { answer: 'held' };
      });
      app.get('/v1/long', { config: { cacheable: false } }, async () => {
        counts.long += 1;
        return 'x'.repeat(4 * MEBIBYTE);
      });
    },
  });
  /** Ports of clients whose connections have ended, in their order: a client that does not read does not see it. */
  const ended: number[] = [];
  built.app.server.on('connection', (socket: Socket) => {
    const { remotePort = 0 } = socket;
    socket.on('close', () => ended.push(remotePort));
  });
  const clients: Client[] = [];
  t.after(() => {
    held.resolve();
    for (const { socket } of clients) socket.destroy();
  });
  await built.app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = built.app.server.address() as AddressInfo;
  const open = (): Client => {
    const client = connectTo(port);
    clients.push(client);
    return client;
  };
  return { ...built, port, open, letGo: held.resolve, counts, ended };
}

test('answers to pipelined requests that nobody reads are not made', async (t) => {
  const { open, app, counts } = await serve(t);
  const [connections, requests] = [4, 30];
  for (let number = 0; number < connections; number += 1)
    open().socket.pause().write(get('/v1/long').repeat(requests));
  await until(() => counts.long >= connections, 'each has its first answer');
  // Whoever asks after them is answered, which all of them would have been by then.
  for (let number = 0; number < requests; number += 1) {
    const { socket, received } = open();
    socket.write(get(`/v1/forecasts/${HAITONG}`));
    await until(() => received().includes('200 OK'), 'another one is answered');
    socket.destroy();
  }
  t.ok(counts.long <= (connections * requests) / 4, `${counts.long} of ${connections * requests} were made`);
  t.equal((await app.inject('/health/live')).statusCode, 200);
});

test('a client that reads gets all answers to what it pipelines, in order, and each after the one before', async (t) => {
  const { open, store } = await serve(t);
  const { authorization } = (await makeKey({ store }, 'write')).headers;
  const body = JSON.stringify({ id: 'one-by-one', name: 'One', description: 'Added, then asked for.' });
  const post = `POST /v1/collections HTTP/1.1\r\nHost: a\r\nAuthorization: ${authorization}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  const { socket, received } = open();
  const many = get(`/v1/forecasts/${HAITONG}`).repeat(600);
  socket.write(get('/v1/collections/one-by-one') + post + get('/v1/collections/one-by-one') + many);
  await until(() => answers(received()).length >= 603, 'all are answered');
  t.strictSame(answers(received()).slice(0, 3), ['HTTP/1.1 404', 'HTTP/1.1 201', 'HTTP/1.1 200']);
  t.strictSame(new Set(answers(received()).slice(3)), new Set(['HTTP/1.1 200']));
});

test('for a connection too many the one that has been unused the longest ends; where all are used it gets a 503', async (t) => {
  for (const setting of ['CONNECTION_LIMIT', 'CONNECTION_LIMIT_PER_ADDRESS']) {
    const { open, letGo, counts } = await serve(t, { [setting]: '3' });
    const clients = [];
    for (let number = 0; number < 3; number += 1) {
      const client = open();
      client.socket.write(get('/health/live'));
      await until(() => answers(client.received()).length === 1, 'it is answered');
      clients.push(client);
    }
    const [oldest, ...others] = clients;
    const fourth = open();
    fourth.socket.write(get('/v1/held'));
    await until(() => counts.held === 1 && oldest?.isClosed() === true, 'it takes the place of the oldest');
    for (const { socket } of others) socket.write(get('/v1/held'));
    await until(() => counts.held === 3, 'all are used');
    const fifth = open();
    await until(() => fifth.isClosed(), 'it is refused');
    t.match(
      fifth.received(),
      /^HTTP\/1\.1 503 .*\r\nRetry-After: 1\r\n.*"code":"serviceOverloaded"/s,
      setting,
    );
    letGo();
    for (const { received } of [fourth, ...others])
      await until(() => received().includes('{"answer":"held"}'), 'those that came before are answered');
  }
});

test('a trusted proxy may have more connections than an address', async (t) => {
  for (const [proxy, isLimited] of [
    ['127.0.0.0/8', false],
    ['on', false],
    ['10.0.0.1,::1', true],
  ] as const) {
    const { open } = await serve(t, { CONNECTION_LIMIT_PER_ADDRESS: '1', TRUST_PROXY: proxy });
    const clients = [open(), open()];
    for (const { socket } of clients) await once(socket, 'connect');
    const [first, second] = clients;
    second?.socket.write(get('/health/live'));
    await until(() => second?.received().includes('200 OK') === true, 'the second is served');
    if (isLimited) await until(() => first?.isClosed() === true, 'the first ends for it');
    t.equal(first?.isClosed(), isLimited, proxy);
  }
});

test('a request too many gets a 503 at once, and others again when those before are answered', async (t) => {
  const { port, open, letGo, counts, app } = await serve(t, { REQUEST_LIMIT: '2' });
  const clients = [open(), open()];
  for (const { socket } of clients) socket.write(get('/v1/held'));
  await until(() => counts.held === 2, 'both are under way');
  const url = `http://127.0.0.1:${port}`;
  const refused = await fetch(`${url}/v1/forecasts`);
  t.equal(refused.status, 503);
  t.equal(refused.headers.get('retry-after'), '1');
  const body = await refused.text();
  t.match(JSON.parse(body), { code: 'serviceOverloaded' });
  const injected = await app.inject('/v1/forecasts/nothing');
  checkResponse(
    { url: '/v1/forecasts' },
    { ...injected, statusCode: 503, body, json: () => JSON.parse(body) },
  );
  t.equal((await fetch(`${url}/health/live`)).status, 200);
  letGo();
  for (const { received } of clients) await until(() => received().includes('"held"'), 'they are answered');
  t.equal((await fetch(`${url}/v1/forecasts`)).status, 200);
});

test('an answer that waits for something else takes no place', async (t) => {
  const { open, counts, store, port } = await serve(t);
  const written = Promise.withResolvers<void>();
  const writing = store.write(() => written.promise);
  for (let number = 0; number < 8; number += 1)
    open().socket.write(
      get(`/v1/forecasts?limit=1&knownAsOf=${encodeURIComponent(new Date().toISOString())}`),
    );
  for (let number = 0; number < 10; number += 1) {
    const answer = await fetch(`http://127.0.0.1:${port}/v1/forecasts?limit=1&q=${number}`);
    t.equal(answer.status, 200, 'others are answered');
  }
  t.equal(counts.held, 0);
  written.resolve();
  await writing;
});

test('of connections with too many waiting requests the one with most is ended', async (t) => {
  const { open, letGo, counts } = await serve(t, { PIPELINE_LIMIT: '10' });
  const [modest, greedy] = [open(), open()];
  modest.socket.write(get('/v1/held').repeat(4));
  await until(() => counts.held === 1, 'one is under way');
  greedy.socket.write(get('/v1/held'));
  await until(() => counts.held === 2, 'two are under way');
  greedy.socket.write(get('/v1/held').repeat(8));
  await until(() => greedy.isClosed(), 'it is ended');
  letGo();
  await until(() => answers(modest.received()).length === 4, 'the other one has all its answers');
  t.equal(counts.held, 5);
});

test('where unsent answers are too many, those that are not taken are ended, the longest first', async (t) => {
  const { open, counts, ended } = await serve(t, { UNSENT_LIMIT_BYTES: String(6 * MEBIBYTE) });
  const unread: Client[] = [];
  while (ended.length === 0 && unread.length < 40) {
    const client = open();
    client.socket.pause().write(get('/v1/long').repeat(5));
    unread.push(client);
    const before = counts.long;
    await until(() => counts.long > before || ended.length > 0, 'its answer is made, if late');
  }
  await until(() => ended.length > 0, 'one is ended');
  t.equal(ended[0], unread[0]?.socket.localPort, 'the first of them');
  const { socket, received } = open();
  socket.write(get('/v1/long'));
  await until(() => received().length > 4 * MEBIBYTE, 'who reads gets an answer');
});

test('an address takes only its share of the places in which answers are made, and each has its turn', async (t) => {
  for (const forwarded of [false, true]) {
    const admission = new Admission(
      { REQUEST_LIMIT: 100, UNSENT_LIMIT_BYTES: MEBIBYTE },
      (address) => forwarded && address === '10.0.0.9',
    );
    const running: ServerResponse[] = [];
    const begun: string[] = [];
    const listener = admission.before((request, response) => {
      begun.push(String(request.headers['x-client']));
      running.push(response);
    });
    for (const [client, requests] of [
      ['10.0.0.1', 30],
      ['10.0.0.2', 2],
    ] as const) {
      for (let number = 0; number < requests; number += 1) {
        const socket = Object.defineProperty(new Socket(), 'remoteAddress', {
          value: forwarded ? '10.0.0.9' : client,
        });
        const request = Object.assign(new IncomingMessage(socket), {
          url: '/v1/forecasts',
          method: 'GET',
          headers: { 'x-client': client, 'x-forwarded-for': forwarded ? `10.0.0.7, ${client}` : '10.0.0.7' },
        });
        listener(request, new ServerResponse(request));
      }
    }
    await until(() => begun.length === 6, 'the second has places beside those of the first');
    t.equal(begun.filter((client) => client === '10.0.0.2').length, 2);
    for (let response = running.shift(); response !== undefined; response = running.shift()) {
      admission.release(response);
      if (running.length === 0 && begun.length < 32) await until(() => running.length > 0, 'others follow');
    }
    t.equal(begun.length, 32);
  }
});

test('a process that is asked for far more than its clients read stays small, and answers others', {
  skip: process.platform !== 'linux' && 'memory is read from /proc',
}, async (t) => {
  const server = await startServer(t, { DATA_DIR: temporaryDirectory(t), LOG_LEVEL: 'warn' });
  const port = Number(new URL(server.url).port);
  const resident = (field: string): number =>
    Number(
      new RegExp(`${field}:\\s+(\\d+) kB`).exec(
        readFileSync(`/proc/${server.child.pid}/status`, 'utf8'),
      )?.[1],
    ) / 1024;
  const list = await (await fetch(`${server.url}/v1/forecasts?limit=1000`)).text();
  const before = resident('VmRSS');
  const [connections, requests] = [40, 150];
  const clients: Client[] = [];
  for (let number = 0; number < connections; number += 1) {
    const client = connectTo(port);
    let sent = '';
    // No two are the same: what is cached is in memory once.
    for (let request = 0; request < requests; request += 1) {
      const day = new Date(Date.UTC(1900, 0, 1 + number * requests + request)).toISOString().slice(0, 10);
      sent += get(`/v1/forecasts?limit=1000&publishedFrom=${day}`);
    }
    client.socket.pause().write(sent);
    clients.push(client);
  }
  for (let number = 0; number < 40; number += 1) {
    const answer = await fetch(`${server.url}/v1/forecasts?limit=1&publishedFrom=2000-01-01&q=${number}`);
    t.equal(answer.status, 200);
    await answer.arrayBuffer();
  }
  const asked = (connections * requests * list.length) / MEBIBYTE;
  const grown = resident('VmHWM') - before;
  t.ok(asked > 600, `${asked} MiB are asked for`);
  t.ok(grown < asked / 3, `${grown} MiB are taken`);
  for (const { socket } of clients) socket.destroy();
});
