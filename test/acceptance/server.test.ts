import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'tap';
import type { ProblemDocument } from '../../src/http/message/problem.ts';
import { startProcess, startServer, temporaryDirectory, until, untilReady } from '../helpers/process.ts';

const FIVE = '/v1/forecasts?collection=seed-documents&sort=id';

interface List {
  readonly data: readonly { id: string; recordedAt: string; revision: number }[];
  readonly meta: { datasetVersion: string };
}

async function five(url: string): Promise<List> {
  return (await (await fetch(url + FIVE)).json()) as List;
}

test('a second start seeds nothing twice and loses nothing', async (t) => {
  const DATA_DIR = join(temporaryDirectory(t), 'made', 'if', 'absent');
  const first = await startServer(t, { DATA_DIR });
  const before = await five(first.url);
  t.equal(before.data.length, 5);
  first.child.kill('SIGTERM');
  t.equal(await first.ended, 0);
  const second = await startServer(t, { DATA_DIR });
  t.strictSame((await five(second.url)).data, before.data);
  t.equal((await five(second.url)).meta.datasetVersion, before.meta.datasetVersion);
  t.notMatch(second.output(), 'applied seed files');
});

test('killed at any moment of its first start, it starts again with the same five records', async (t) => {
  for (const delay of [100, 250, 350, 450, 550, 700, 900]) {
    const DATA_DIR = temporaryDirectory(t);
    const killed = await startProcess(t, [process.execPath, 'src/server.ts'], { DATA_DIR });
    await sleep(delay);
    killed.child.kill('SIGKILL');
    await killed.ended;
    const again = await startServer(t, { DATA_DIR });
    const { data } = await five(again.url);
    t.equal(data.length, 5, `killed after ${delay} ms`);
    t.ok(
      data.every(({ revision }) => revision === 1),
      `killed after ${delay} ms`,
    );
    again.child.kill('SIGKILL');
    await again.ended;
  }
});

test('two first starts at once on one directory take turns', async (t) => {
  const DATA_DIR = temporaryDirectory(t);
  const servers = await Promise.all([startServer(t, { DATA_DIR }), startServer(t, { DATA_DIR })]);
  for (const { url } of servers) t.equal((await five(url)).data.length, 5);
  const seeded = (): number => servers.filter(({ output }) => output().includes('applied seed files')).length;
  await until(() => seeded() > 0, 'the seeding is logged');
  t.equal(seeded(), 1);
});

test('a signal to npm start reaches the server, which finishes what is under way', async (t) => {
  const server = await startServer(t, { DATA_DIR: temporaryDirectory(t) }, ['npm', 'start']);
  const { hostname, port } = new URL(server.url);
  const socket = connect(Number(port), hostname);
  let answer = '';
  socket.setEncoding('utf8').on('data', (chunk) => {
    answer += chunk;
  });
  const closed = new Promise((resolve) => socket.once('close', resolve));
  // A request whose headers have not all arrived is in flight when the signal comes.
  socket.write('GET /v1/forecasts HTTP/1.1\r\nHost: ledger\r\n');
  await sleep(100);
  server.child.kill('SIGTERM');
  await sleep(200);
  socket.write('Connection: close\r\n\r\n');
  await closed;
  t.match(answer, /^HTTP\/1\.1 (?:200|503) /);
  const code = await server.ended;
  t.ok(code === 0 || code === 'SIGTERM' || code === 143, `npm ended with ${code}`);
  t.match(server.output(), /"signal":"SIGTERM","msg":"stopping"/);
  await t.rejects(fetch(server.url), 'nothing listens any more');
});

test('a signal ends the server although requests have not arrived whole, once answers under way are out', async (t) => {
  const server = await startServer(t, { DATA_DIR: temporaryDirectory(t), SHUTDOWN_TIMEOUT_MS: '30000' });
  const { hostname, port } = new URL(server.url);
  const open = (text: string) => {
    const socket = connect(Number(port), hostname);
    let answer = '';
    socket.setEncoding('utf8').on('data', (chunk) => {
      answer += chunk;
    });
    socket.on('error', () => undefined);
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    if (text !== '') socket.write(text);
    return { socket, closed, answer: () => answer };
  };
  const silent = open('');
  const idle = open('GET /health/live HTTP/1.1\r\nHost: ledger\r\n\r\n');
  const halfHead = open('GET /v1/forecasts HTTP/1.1\r\nHost: ledger\r\n');
  const halfBody = open(
    'GET /v1/forecasts HTTP/1.1\r\nHost: ledger\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{',
  );
  const early = open('POST /v1/forecasts HTTP/1.1\r\nHost: ledger\r\nContent-Length: 100\r\n\r\n{');
  // An answer larger than the buffers between the two, whose reader is slow.
  const slow = open(`${'GET /openapi.json HTTP/1.1\r\nHost: ledger\r\n\r\n'.repeat(60)}`);
  slow.socket.pause();
  await sleep(500);
  server.child.kill('SIGTERM');
  await sleep(2500);
  t.equal(server.child.exitCode, null, 'it waits for the answers under way');
  slow.socket.resume();
  t.equal(await server.ended, 0, 'and for nothing else: it would end with 1 when its time is over');
  await Promise.all([silent, idle, halfHead, halfBody, early, slow].map(({ closed }) => closed));
  t.equal(silent.answer(), '');
  t.equal(idle.answer().match(/HTTP\/1\.1/g)?.length, 1);
  for (const { answer } of [halfHead, halfBody]) {
    t.match(answer(), /^HTTP\/1\.1 (?:503|200) /);
    t.equal(answer().match(/HTTP\/1\.1/g)?.length, 1);
  }
  t.match(halfHead.answer(), /"code":"serviceUnavailable"/);
  t.match(early.answer(), /^HTTP\/1\.1 401 /, 'before its body was there');
  t.equal(early.answer().match(/HTTP\/1\.1/g)?.length, 1, 'no second answer');
  const last = slow.answer().slice(slow.answer().lastIndexOf('\r\n\r\n') + 4);
  t.doesNotThrow(() => JSON.parse(last), 'the last answer arrived whole');
});

test('what is not HTTP, too long or malformed is a problem document', async (t) => {
  const server = await startServer(t, { DATA_DIR: temporaryDirectory(t) });
  const { hostname, port } = new URL(server.url);
  const raw = async (text: string): Promise<string> => {
    const socket = connect(Number(port), hostname);
    let answer = '';
    socket.setEncoding('utf8').on('data', (chunk) => {
      answer += chunk;
    });
    socket.on('error', () => undefined);
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.write(text);
    await closed;
    return answer;
  };
  const problemOf = (answer: string): ProblemDocument =>
    JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4)) as ProblemDocument;

  const garbage = await raw('this is not HTTP\r\n\r\n');
  t.match(garbage, /^HTTP\/1\.1 400 /);
  t.match(garbage, /content-type: application\/problem\+json/i);
  t.equal(problemOf(garbage).code, 'malformedRequest');
  const long = await raw(`GET /v1/forecasts?q=${'x'.repeat(1_000_000)} HTTP/1.1\r\nHost: a\r\n\r\n`);
  t.match(long, /^HTTP\/1\.1 431 /);
  t.equal(problemOf(long).code, 'headersTooLarge');
  const nul = await raw('GET /v1/forecasts?sector=\0 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
  t.match(nul, /^HTTP\/1\.1 400 /);
  const unknown = await raw('PROPFIND /v1/forecasts HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
  t.match(unknown, /^HTTP\/1\.1 501 /);
  const path = '/v1/forecasts?limit=1';
  const refused: readonly (readonly [string, number, string, string])[] = [
    [`GET ${path} HTTP/1.1\r\n\r\n`, 400, 'malformedRequest', 'no header Host'],
    [`GET ${path} HTTP/1.1\r\nHost: a\r\nhost: b\r\n\r\n`, 400, 'malformedRequest', '2 headers Host'],
    [`GET ${path} HTTP/1.1\r\nHost: a\r\nExpect: tea\r\n\r\n`, 417, 'expectationFailed', '"tea"'],
    [
      `POST ${path} HTTP/1.1\r\nHost: a\r\nExpect: tea\r\nContent-Length: 5\r\n\r\n`,
      417,
      'expectationFailed',
      '100-continue',
    ],
  ];
  for (const [request, status, code, detail] of refused) {
    const answer = await raw(request);
    t.ok(answer.startsWith(`HTTP/1.1 ${status} `), answer);
    t.match(answer, /content-type: application\/problem\+json/i);
    t.match(answer, /access-control-allow-origin: \*/i);
    t.match(problemOf(answer), { status, code, instance: '/v1/forecasts' });
    t.match(problemOf(answer).detail, detail);
  }
  t.match(await raw(`GET ${path} HTTP/1.0\r\n\r\n`), /^HTTP\/1\.1 200 /, 'HTTP/1.0 needs no Host');
  const continued = `GET ${path} HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\nConnection: close\r\n\r\n`;
  t.match(await raw(continued), /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 /);
  t.equal((await fetch(`${server.url}/v1/forecasts`)).status, 200, 'it serves on');
});

test('a request that never arrives whole is ended', async (t) => {
  const server = await startServer(t, { DATA_DIR: temporaryDirectory(t), REQUEST_TIMEOUT_MS: '500' });
  const { hostname, port } = new URL(server.url);
  const socket = connect(Number(port), hostname);
  let answer = '';
  socket.setEncoding('utf8').on('data', (chunk) => {
    answer += chunk;
  });
  socket.write('GET /v1/forecasts HTTP/1.1\r\nHost: a\r\n');
  await new Promise((resolve) => socket.once('close', resolve));
  t.match(answer, /^HTTP\/1\.1 408 /);
  t.match(answer, /"code":"requestTimeout"/);
});

test('a start that cannot be says why, and exits with 1', async (t) => {
  const taken = await startServer(t, { DATA_DIR: temporaryDirectory(t) });
  const foreign = temporaryDirectory(t);
  copyFileSync(new URL('../../README.md', import.meta.url), join(foreign, 'ledger.sqlite'));
  const original = readFileSync(join(foreign, 'ledger.sqlite'));
  const cases: readonly (readonly [Record<string, string>, RegExp])[] = [
    [{ PORT: 'http' }, /PORT: must be a whole number from 0 to 65535; it is "http"/],
    [{ LOG_LEVEL: 'loud' }, /LOG_LEVEL: must be fatal, /],
    [{ PUBLIC_URL: 'ledger' }, /PUBLIC_URL: must be an http\(s\) URL/],
    [{ TRUST_PROXY: 'maybe' }, /TRUST_PROXY: must be on, off/],
    [{ PORT: new URL(taken.url).port }, /EADDRINUSE/],
    [{ DATA_DIR: '/dev/null/data' }, /ENOTDIR|EEXIST/],
    [{ DATA_DIR: foreign }, /ledger\.sqlite is not an SQLite database/],
  ];
  for (const [environment, message] of cases) {
    const server = await startProcess(t, [process.execPath, 'src/server.ts'], {
      DATA_DIR: temporaryDirectory(t),
      ...environment,
    });
    t.equal(await server.ended, 1, JSON.stringify(environment));
    t.match(server.output(), /Forecast Ledger does not start\./);
    t.match(server.output(), message);
    t.notMatch(server.output(), /\n\s+at /, 'no stack trace');
  }
  t.ok(original.equals(readFileSync(join(foreign, 'ledger.sqlite'))), 'the foreign file is untouched');
  t.notOk(existsSync(join(foreign, 'ledger.sqlite-wal')));
});

test('a signal during the start ends it', async (t) => {
  for (const delay of [80, 160, 240]) {
    const server = await startProcess(t, [process.execPath, 'src/server.ts'], {
      DATA_DIR: temporaryDirectory(t),
    });
    await sleep(delay);
    server.child.kill('SIGTERM');
    const end = await server.ended;
    t.ok(end === 0 || end === 'SIGTERM', `after ${delay} ms it ended with ${end}`);
  }
});

test('the log has one line a request, with its id', async (t) => {
  const server = await startServer(t, { DATA_DIR: temporaryDirectory(t) });
  await fetch(`${server.url}/v1/sectors`, { headers: { 'x-request-id': 'find-me' } });
  const found = (): string[] =>
    server
      .output()
      .split('\n')
      .slice(0, -1) // The last line may not be whole.
      .filter((line) => line.includes('find-me'));
  await until(() => found().some((line) => line.includes('"request completed"')), 'the request is logged');
  const lines = found();
  t.ok(lines.every((line) => JSON.parse(line).reqId === 'find-me'));
  t.notMatch(server.output(), '/health/ready', 'health checks are not logged');
});

test('a data file that an older start left unfinished is not needed', async (t) => {
  const DATA_DIR = temporaryDirectory(t);
  writeFileSync(join(DATA_DIR, 'ledger.lock'), '');
  const server = await startServer(t, { DATA_DIR });
  await untilReady(server);
  t.equal((await five(server.url)).data.length, 5);
});
