import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'tap';
import { openLedger } from '../../src/transfer/open-ledger.ts';
import { HAITONG, note } from '../helpers/note.ts';
import type { RunningServer } from '../helpers/process.ts';
import { startProcess, startServer, temporaryDirectory, until } from '../helpers/process.ts';
import { readMetrics } from '../helpers/prometheus.ts';

/** The processes that have answered, by the log. */
function pids(server: RunningServer): ReadonlySet<number> {
  return new Set(
    server
      .output()
      .split('\n')
      .slice(0, -1) // The last line may not be whole.
      .filter((line) => line.includes('"request completed"'))
      .map((line) => (JSON.parse(line) as { pid: number }).pid),
  );
}

/** Asks over connections of their own, which the workers take in turn. */
async function ask(server: RunningServer, path: string, times: number): Promise<Response[]> {
  const answers: Response[] = [];
  for (let time = 0; time < times; time += 1)
    answers.push(
      await fetch(`${server.url}${path}`, {
        headers: { connection: 'close' },
        signal: AbortSignal.timeout(5_000),
      }),
    );
  return answers;
}

/** A connection that stays open; asks once over it. */
async function connectTo(server: RunningServer) {
  const { hostname, port } = new URL(server.url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined);
  const ask = async (): Promise<string> => {
    socket.write('GET /v1/measures?limit=1 HTTP/1.1\r\nHost: test\r\n\r\n');
    const [piece] = await once(socket, 'data');
    return String(piece);
  };
  await ask();
  return { socket, ask };
}

test('two workers serve one ledger: a write is seen by the next read of each', async (t) => {
  const DATA_DIR = temporaryDirectory(t);
  const server = await startServer(t, { DATA_DIR, WEB_CONCURRENCY: '2' });
  const tags = new Set<string | null>();
  // The first of them serves before the other does.
  const deadline = Date.now() + 20_000;
  while (pids(server).size < 2 && Date.now() < deadline)
    for (const { headers } of await ask(server, `/v1/forecasts/${HAITONG}`, 4)) tags.add(headers.get('etag'));
  t.equal(pids(server).size, 2);
  t.equal(tags.size, 1, 'the same tag from both');

  const { store } = await openLedger(DATA_DIR);
  t.after(() => store.close());
  for (let round = 1; round <= 5; round += 1) {
    await note({ store }, `round ${round}`);
    for (const answer of await ask(server, `/v1/forecasts/${HAITONG}`, 4)) {
      const { data } = (await answer.json()) as { data: { notes: string } };
      t.equal(data.notes, `round ${round}`);
    }
  }
  server.child.kill('SIGTERM');
  t.equal(await server.ended, 0);
});

test('each of several workers tells the metrics of all', async (t) => {
  const server = await startServer(t, { DATA_DIR: temporaryDirectory(t), WEB_CONCURRENCY: '2' });
  await until(async () => {
    await ask(server, '/v1/measures?limit=1', 2);
    return pids(server).size === 2;
  }, 'both have answered');
  const asked = server.output().split('"url":"/v1/measures?limit=1"').length - 1;
  const [one, other] = await Promise.all(
    (await ask(server, '/metrics', 2)).map(async (answer) => readMetrics(await answer.text())),
  );
  const requests = ['hit', 'miss'].map((result) =>
    one?.valueIn('forecast_ledger_response_cache_requests_total', { route: '/v1/measures', result }),
  );
  t.ok(Number(requests[0]) + Number(requests[1]) >= asked, `${requests} of ${asked}`);
  t.equal(one?.valueIn('forecast_ledger_rates_age_days'), other?.valueIn('forecast_ledger_rates_age_days'));
  t.equal(other?.valueIn('forecast_ledger_database_readable'), 1);
});

test('a worker that is killed is replaced, and a signal to the whole group ends all in order', async (t) => {
  const server = await startServer(t, { DATA_DIR: temporaryDirectory(t), WEB_CONCURRENCY: '2' });
  // The first of them serves before the other does.
  await until(async () => {
    await ask(server, '/v1/measures?limit=1', 2);
    return pids(server).size === 2;
  }, 'both have answered');
  const connections = await Promise.all(Array.from({ length: 8 }, () => connectTo(server)));
  const [victim = Number.NaN] = pids(server);
  process.kill(victim, 'SIGKILL');
  await until(() => connections.some(({ socket }) => socket.closed), 'its connections have ended');
  const kept = connections.filter(({ socket }) => !socket.closed);
  t.ok(kept.length > 0, 'those of the other worker stay');
  for (const { ask: again } of kept) t.match(await again(), /^HTTP\/1\.1 200 /);
  const deadline = Date.now() + 20_000;
  while (new Set([...pids(server)].filter((pid) => pid !== victim)).size < 2 && Date.now() < deadline) {
    await ask(server, '/v1/measures?limit=1', 2).catch(() => undefined);
    await sleep(50);
  }
  t.equal(new Set([...pids(server)].filter((pid) => pid !== victim)).size, 2);
  t.match(server.output(), /a worker ended; another one is started/);
  if (server.child.pid !== undefined) process.kill(-server.child.pid, 'SIGINT');
  t.equal(await server.ended, 0);
});

test('a start that cannot be says why once, and ends', async (t) => {
  const DATA_DIR = temporaryDirectory(t);
  const first = await startServer(t, { DATA_DIR });
  const port = new URL(first.url).port;
  const second = await startProcess(t, [process.execPath, 'src/server.ts'], {
    DATA_DIR: temporaryDirectory(t),
    WEB_CONCURRENCY: '2',
    PORT: port,
  });
  t.equal(await second.ended, 1);
  t.match(second.output(), /EADDRINUSE/);
});
