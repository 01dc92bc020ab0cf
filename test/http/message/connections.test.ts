import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Test } from 'tap';
import { test } from 'tap';
import { build } from '../../helpers/build.ts';
import { makeKey } from '../../helpers/keys.ts';
import { HAITONG } from '../../helpers/note.ts';
import { until } from '../../helpers/process.ts';

const GARBAGE = '\x16\x03\x01 this is no HTTP\r\n\r\n';

interface Line {
  readonly socket: Socket;
  readonly received: () => string;
  readonly closed: Promise<unknown>;
}

async function serve(t: Test) {
  const built = await build(
    t,
    {},
    {
      furtherRoutes: (app, context) => {
        app.get('/lines', (request, reply) => context.streams.send(request, reply, async () => lines(200)));
        app.get('/slow', async () => {
          await sleep(200);
          return { slow: 'answer' };
        });
      },
    },
  );
  await built.app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = built.app.server.address() as AddressInfo;
  const open = (): Line => {
    const socket = connect(port, '127.0.0.1');
    let text = '';
    socket.setEncoding('latin1').on('data', (chunk) => {
      text += chunk;
    });
    socket.on('error', () => undefined);
    return { socket, received: () => text, closed: once(socket, 'close') };
  };
  return { ...built, open };
}

async function* lines(number: number): AsyncGenerator<Buffer> {
  for (let line = 0; line < number; line += 1) {
    yield Buffer.from(`${line}\n`);
    await sleep(20);
  }
}

const get = (path: string, more = ''): string => `GET ${path} HTTP/1.1\r\nHost: a\r\n${more}\r\n`;
const answers = (text: string): readonly string[] => text.match(/HTTP\/1\.1 \d+/g) ?? [];

test('an answer that has begun is broken off when what follows is no HTTP, and nothing is written into it', async (t) => {
  const { open } = await serve(t);
  for (const path of ['/lines', '/v1/export']) {
    const { socket, received, closed } = open();
    socket.write(get(path));
    await once(socket, 'data');
    if (path === '/v1/export') socket.pause();
    socket.write(GARBAGE);
    await sleep(100);
    socket.resume();
    await closed;
    t.strictSame(answers(received()), ['HTTP/1.1 200'], path);
    t.notMatch(received(), /malformedRequest/, path);
    if (path === '/lines') t.notMatch(received(), /\n0\r\n\r\n$/, 'it does not end as if it were whole');
  }
});

test('what was answered keeps its answer when what follows it in one piece is no HTTP', async (t) => {
  const { open, store } = await serve(t);
  const { authorization } = (await makeKey({ store }, 'write')).headers;
  const body = JSON.stringify({ id: 'kept-answer', name: 'Kept', description: 'Added before the garbage.' });
  const head = `POST /v1/collections HTTP/1.1\r\nHost: a\r\nAuthorization: ${authorization}\r\nContent-Type: application/json\r\n`;
  const post = `${head}Content-Length: ${body.length}\r\n\r\n${body}`;
  const chunked = (text: string): string =>
    `${head}Transfer-Encoding: chunked\r\n\r\n${text.length.toString(16)}\r\n${text}\r\n0\r\n\r\n`;
  for (const [request, status] of [
    [post, 201],
    [chunked(body.replace('kept-answer', 'kept-chunked')), 201],
    [get(`/v1/forecasts/${HAITONG}`), 200],
    [get(`/v1/forecasts/${HAITONG}`), 200],
    [get('/slow'), 200],
    [get('/slow') + get('/v1/forecasts/nothing'), 200],
  ] as const) {
    const { socket, received, closed } = open();
    socket.write(request + GARBAGE);
    await closed;
    const [first, ...others] = answers(received());
    t.equal(first, `HTTP/1.1 ${status}`, request);
    t.equal(others.at(-1), 'HTTP/1.1 400', request);
    t.match(received(), /"code":"malformedRequest"/, 'and the rest is told of');
  }
});

test('what follows an answered request in a piece of its own changes nothing of the answer', async (t) => {
  const { open, app, store } = await serve(t);
  const { authorization } = (await makeKey({ store }, 'write')).headers;
  for (const [id, awaitsAnswer] of [
    ['while-answered', false],
    ['once-answered', true],
  ] as const) {
    const body = JSON.stringify({ id, name: id, description: 'Sent in two pieces.' });
    const { socket, received, closed } = open();
    socket.write(
      `POST /v1/collections HTTP/1.1\r\nHost: a\r\nAuthorization: ${authorization}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body.slice(0, 9)}`,
    );
    await sleep(50);
    socket.write(body.slice(9));
    if (awaitsAnswer) await until(() => received().includes(`"id":"${id}"`), 'it is answered');
    socket.write(GARBAGE);
    await closed;
    t.strictSame(answers(received()), ['HTTP/1.1 201', 'HTTP/1.1 400'], id);
    t.equal((await app.inject(`/v1/collections/${id}`)).statusCode, 200);
  }
});

test('a request that was answered before its body had come gets no second answer', async (t) => {
  const { open } = await serve(t);
  const { socket, received, closed } = open();
  socket.write(
    'POST /v1/forecasts HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n',
  );
  await until(() => received().includes('keyRequired'), 'it is refused');
  socket.write('no length of a chunk\r\n');
  await closed;
  t.strictSame(answers(received()), ['HTTP/1.1 401']);
});

test('a HEAD that is refused before there is a request gets no body', async (t) => {
  const { open } = await serve(t);
  for (const method of ['HEAD', 'GET']) {
    const { socket, received, closed } = open();
    socket.write(`${method} /v1/forecasts?q=${'a'.repeat(20_000)} HTTP/1.1\r\nHost: a\r\n\r\n`);
    await closed;
    t.strictSame(answers(received()), ['HTTP/1.1 431']);
    t.equal(received().split('\r\n\r\n')[1] === '', method === 'HEAD', method);
  }
});

test('what is no HTTP from the start is told so', async (t) => {
  const { open } = await serve(t);
  const { socket, received, closed } = open();
  socket.write(GARBAGE);
  await closed;
  t.strictSame(answers(received()), ['HTTP/1.1 400']);
  t.match(received(), /"code":"malformedRequest"/);
});

test('a DELETE that names the type of a body it does not have is answered', async (t) => {
  const { app, store } = await build(t);
  const { headers } = await makeKey({ store });
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  const answer = await fetch(`http://127.0.0.1:${port}/v1/forecasts/${HAITONG}?reason=again`, {
    method: 'DELETE',
    headers: { ...headers, 'content-type': 'application/json', 'if-match': '*' },
  });
  t.equal(answer.status, 200);
  await answer.arrayBuffer();
});
