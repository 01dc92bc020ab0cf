import pg from 'pg';
import type { Test } from 'tap';
import { test } from 'tap';
import { buildApp } from '../../../src/app.ts';
import { ledgerOf, parseConfig } from '../../../src/config.ts';
import { attachStore } from '../../../src/store/engine.ts';
import { advanceDatasetVersion, versionNumber } from '../../../src/store/ledger-state.ts';
import type { ServerState, Store } from '../../../src/store/store.ts';
import { openLedger } from '../../../src/transfer/open-ledger.ts';
import { checkResponse } from '../../helpers/contract.ts';
import { makeKey } from '../../helpers/keys.ts';
import { forecastBody } from '../../helpers/ledger.ts';
import { countVersionQueries, NO_POSTGRES } from '../../helpers/postgres.ts';
import type { ClusterServer } from '../../helpers/postgres-cluster.ts';
import { makeServer } from '../../helpers/postgres-cluster.ts';
import { until } from '../../helpers/process.ts';

/** Longer than anything here takes, however busy the machine is. */
const LONG_MS = 60_000;

/** A primary with a seeded ledger, and a replica that streams from it. */
async function cluster(t: Test): Promise<{ primary: ClusterServer; replica: ClusterServer; key: string }> {
  const primary = await makeServer(t);
  const { store } = await openLedger(primary.url);
  const { text: key } = await makeKey({ store });
  await store.close();
  const replica = await primary.replica();
  await replica.start();
  return { primary, replica, key };
}

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
}

interface Node {
  readonly store: Store;
  readonly get: (url: string, headers?: Readonly<Record<string, string>>) => Promise<Answer>;
  readonly add: (id: string) => Promise<Answer>;
  readonly state: (name: string) => ServerState['state'] | undefined;
}

/** A node of the service on a primary and a replica; it listens, so that cached responses go their own way. */
async function node(
  t: Test,
  { primary, replica, key }: { primary: ClusterServer; replica: ClusterServer; key: string },
  settings: Readonly<Record<string, string>> = {},
): Promise<Node> {
  const config = parseConfig({
    DATABASE_URL: primary.url,
    DATABASE_READ_URLS: replica.url,
    PORT: '0',
    ...settings,
  });
  const { location, options } = ledgerOf(config);
  const store = attachStore(location, options);
  const app = await buildApp({ config, store });
  t.after(async () => {
    await app.close();
    await store.close();
  });
  const origin = await app.listen({ host: '127.0.0.1', port: 0 });
  const ask = async (url: string, init: RequestInit = {}): Promise<Answer> => {
    const response = await fetch(origin + url, init);
    const { status, headers } = response;
    const body = await response.text();
    const described = {
      statusCode: status,
      headers: Object.fromEntries(headers),
      body,
      json: () => JSON.parse(body),
    };
    checkResponse({ url, method: (init.method ?? 'GET') as 'GET' }, described as never);
    return { status, headers, body };
  };
  return {
    store,
    get: (url, headers = {}) => ask(url, { headers }),
    add: (id) =>
      ask('/v1/forecasts', {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        body: JSON.stringify(forecastBody(id)),
      }),
    state: (name) => store.servers?.().find((server) => server.name === name)?.state,
  };
}

function versionIn({ body }: Answer): number {
  return versionNumber((JSON.parse(body) as { meta: { datasetVersion: string } }).meta.datasetVersion);
}

test('a write is seen by the next read of every node, however far the replica is behind', {
  skip: NO_POSTGRES,
}, async (t) => {
  const servers = await cluster(t);
  const [one, other] = [await node(t, servers), await node(t, servers)];
  const write = async (id: string, from: Node, to: Node): Promise<void> => {
    t.equal((await to.get(`/v1/forecasts/${id}`)).status, 404);
    const written = await from.add(id);
    t.equal(written.status, 201, written.body);
    const seen = await to.get(`/v1/forecasts/${id}`);
    t.equal(seen.status, 200, id);
    t.equal(versionIn(seen), versionIn(written));
    t.equal(seen.headers.get('ledger-freshness'), null);
    t.equal((await to.get('/v1/facets')).status, 200);
  };
  for (let turn = 0; turn < 10; turn += 1)
    await write(`following-${turn}`, ...((turn % 2 === 0 ? [one, other] : [other, one]) as [Node, Node]));
  await servers.replica.query('select pg_wal_replay_pause()');
  for (let turn = 0; turn < 10; turn += 1)
    await write(`paused-${turn}`, ...((turn % 2 === 0 ? [one, other] : [other, one]) as [Node, Node]));
  t.equal(versionNumber(await one.store.version()), 21);
  const again = await other.get('/v1/forecasts/paused-9');
  const tag = again.headers.get('etag') ?? '';
  t.equal((await other.get('/v1/forecasts/paused-9', { 'if-none-match': tag })).status, 304);
  await servers.replica.query('select pg_wal_replay_resume()');
});

test('reads go to the replica, and what has just been written to the primary', {
  skip: NO_POSTGRES,
}, async (t) => {
  const servers = await cluster(t);
  const store = attachStore(servers.primary.url, { readUrls: [servers.replica.url], readConnections: 2 });
  t.after(() => store.close());
  const value = (query: string, atLeast?: string): Promise<unknown> =>
    store.snapshot(
      async (read) => {
        const [row] = await read.rows(null, () => ({ toSQL: () => ({ sql: query, params: [] }) }), {});
        return row?.[0];
      },
      atLeast === undefined ? {} : { atLeast },
    );
  const isOnReplica = async (atLeast?: string): Promise<boolean> =>
    (await value('select pg_is_in_recovery()', atLeast)) === true;
  const before = await store.version();
  t.equal(await isOnReplica(before), true);
  t.equal(await isOnReplica(), false, 'the state of now is that of the primary');
  await servers.replica.query('select pg_wal_replay_pause()');
  const after = await store.write((transaction) => advanceDatasetVersion(transaction, 'new'));
  t.equal(await isOnReplica(after), false);
  t.equal(await isOnReplica(before), true);
  await servers.replica.query('select pg_wal_replay_resume()');
  await until(() => isOnReplica(after), 'the replica has it', LONG_MS);
  await Promise.all(Array.from({ length: 20 }, () => value('select pg_sleep(0.01)', after)));
  const connections = await servers.replica.query(
    "select application_name, count(*)::int as count from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid() group by 1",
  );
  t.strictSame(
    connections,
    [{ application_name: 'forecast-ledger', count: 3 }],
    'two read, one asks for versions',
  );
  t.equal(await value('show statement_timeout', after), '1min');
  t.equal(await value('show statement_timeout'), '1min');
});

test('with a staleness the primary is not asked, and nobody goes back in time', {
  skip: NO_POSTGRES,
}, async (t) => {
  const servers = await cluster(t);
  const stale = await node(t, servers, { READ_STALENESS_MS: '3600000' });
  const other = await node(t, servers);
  // Its watch asks the primary from time to time: a write is not to come before its first question has been answered.
  await until(async () => (await stale.get('/health/ready')).status === 200, 'it is ready', LONG_MS);
  await servers.replica.query('select pg_wal_replay_pause()');
  const reads = 200;
  const asked = countVersionQueries(t);
  for (let turn = 0; turn < reads; turn += 1) await stale.get(`/v1/forecasts?limit=${turn + 1}`);
  t.ok(asked() < reads, 'no read asks; a watch does, once a second');
  const own = await stale.add('own');
  t.equal((await stale.get('/v1/forecasts/own')).status, 200, 'its own write');
  const written = await other.add('of-another');
  const version = versionIn(written);
  t.ok(version > versionIn(own));
  const seen = await stale.get('/v1/forecasts/of-another', { 'ledger-min-version': String(version) });
  t.equal(seen.status, 200, 'what a client must see');
  t.equal((await stale.get('/v1/forecasts/of-another')).status, 200, 'what it has answered');
  await servers.replica.query('select pg_wal_replay_resume()');
  const last = versionIn(await other.add('replicated'));
  const whole = JSON.parse((await other.get('/v1/forecasts/replicated')).body).meta.datasetVersion as string;
  t.equal((await stale.get('/v1/forecasts/replicated', { 'ledger-min-version': whole })).status, 200);
  t.equal(versionNumber(whole), last);
});

test('Ledger-Min-Version: what is no version, and what is not there yet', {
  skip: NO_POSTGRES,
}, async (t) => {
  const { get, store } = await node(t, await cluster(t));
  for (const bad of ['x', '-1', '1.5', '1-', '99999999999999999']) {
    const { status, body } = await get('/v1/forecasts', { 'ledger-min-version': bad });
    t.equal(status, 400, bad);
    t.match(JSON.parse(body), {
      code: 'invalidRequest',
      errors: [{ in: 'header', name: 'Ledger-Min-Version' }],
    });
  }
  const missing = await get('/v1/forecasts', { 'ledger-min-version': '1000' });
  t.equal(missing.status, 412);
  t.match(JSON.parse(missing.body), { code: 'versionNotReached' });
  const soon = versionNumber(await store.version()) + 1;
  const waiting = get('/v1/forecasts', { 'ledger-min-version': String(soon) });
  await store.write((transaction) => advanceDatasetVersion(transaction, 'soon'));
  t.equal(versionIn(await waiting), soon);
});

test('a replica that lags or is gone is left out, and comes back by itself', {
  skip: NO_POSTGRES,
}, async (t) => {
  const servers = await cluster(t);
  const { get, add, state } = await node(t, servers, { READ_LAG_LIMIT_SECONDS: '1' });
  t.equal((await get('/v1/forecasts')).status, 200);
  await until(() => state('replica-1') === 'ready', 'it is there', LONG_MS);
  await servers.replica.query('select pg_wal_replay_pause()');
  await add('lagging');
  await until(() => state('replica-1') === 'lagging', 'it lags', LONG_MS);
  t.equal((await get('/v1/forecasts/lagging')).status, 200);
  const ready = JSON.parse((await get('/health/ready')).body) as { servers: ServerState[] };
  t.match(ready.servers, [
    { role: 'primary', name: 'primary', state: 'ready', lagSeconds: null },
    { role: 'replica', name: 'replica-1', state: 'lagging', lagSeconds: Number },
  ]);
  await servers.replica.query('select pg_wal_replay_resume()');
  await until(() => state('replica-1') === 'ready', 'it has caught up', LONG_MS);
  await servers.replica.kill();
  for (let turn = 0; turn < 5; turn += 1) {
    t.equal((await add(`without-${turn}`)).status, 201);
    t.equal((await get(`/v1/forecasts/without-${turn}`)).status, 200);
  }
  await until(() => state('replica-1') === 'failing', 'it is known to be gone', LONG_MS);
  await servers.replica.start();
  await until(() => state('replica-1') === 'ready', 'it is back', LONG_MS);
});

test('without the primary reads go on and say so, and writes are refused until it is back', {
  skip: NO_POSTGRES,
}, async (t) => {
  const servers = await cluster(t);
  const { get, add, state, store } = await node(t, servers);
  const version = versionIn(await add('before'));
  await until(
    async () =>
      (await servers.replica.query(`select 1 from ledger_state where value like '${version}-%'`)).length > 0,
    'the replica has it',
    LONG_MS,
  );
  t.equal((await get('/v1/forecasts/before')).headers.get('ledger-freshness'), null);
  const asOf = new Date().toISOString();
  await servers.primary.kill();
  for (const url of [
    '/v1/forecasts/before',
    '/v1/facets',
    '/v1/forecasts.csv',
    `/v1/forecasts?knownAsOf=${asOf}`,
    '/v1/forecasts/before',
  ]) {
    const answer = await get(url);
    t.equal(answer.status, 200, `${url}: ${answer.body.slice(0, 300)}`);
    t.equal(answer.headers.get('ledger-freshness'), 'unconfirmed', url);
  }
  const withKey = await get('/v1/forecasts/before', { authorization: `Bearer ${servers.key}` });
  t.equal(withKey.status, 200, 'a key is still known');
  const refused = await add('refused');
  t.equal(refused.status, 503);
  t.match(JSON.parse(refused.body), { code: 'databaseUnreachable' });
  t.equal(refused.headers.get('retry-after'), '1');
  t.equal((await get('/v1/forecasts/before', { 'ledger-min-version': String(version) })).status, 200);
  const later = await get('/v1/forecasts/before', { 'ledger-min-version': String(version + 1) });
  t.equal(later.status, 503);
  t.match(JSON.parse(later.body), { code: 'databaseUnreachable' });
  t.equal((await get('/health/ready')).status, 200);
  t.equal(state('primary'), 'failing');
  t.equal(store.servers?.()[1]?.state, 'ready');

  await servers.replica.kill();
  t.equal((await get('/v1/forecasts?limit=3')).status, 503);
  await servers.replica.start();
  await until(async () => (await get('/v1/forecasts/before')).status === 200, 'the replica is back', LONG_MS);
  await servers.primary.start();
  await until(async () => (await add('after')).status === 201, 'the primary is back', LONG_MS);
  await until(() => state('primary') === 'ready', 'the primary is known to be back', LONG_MS);
  const after = await get('/v1/forecasts/after');
  t.equal(after.status, 200);
  t.equal(after.headers.get('ledger-freshness'), null);
});

test('no request joins a question for the version that was sent before it came', {
  skip: NO_POSTGRES,
}, async (t) => {
  const servers = await cluster(t);
  const { get } = await node(t, servers, { DATABASE_READ_URLS: '' });
  t.equal((await get('/v1/forecasts/before')).status, 404);
  const asked = countVersionQueries(t);
  const locking = new pg.Client({ connectionString: servers.primary.url });
  await locking.connect();
  await locking.query('begin; lock table ledger_state in access exclusive mode');
  const first = get('/v1/sectors/5g');
  await until(() => asked() === 1, 'it is asked');
  const second = get('/v1/sectors/5g');
  const third = get('/v1/sectors/5g');
  // They have arrived when a later one, that needs no version, has been answered.
  t.equal((await get('/health/live')).status, 200);
  await locking.query('rollback');
  await locking.end();
  for (const { status } of await Promise.all([first, second, third])) t.equal(status, 200);
  t.equal(asked(), 2);
});

test('a server that is no replica of the primary, or none any more, is left out, and the log is told why', {
  skip: NO_POSTGRES,
}, async (t) => {
  const servers = await cluster(t);
  const told: (readonly [string, string | null])[] = [];
  const own = await node(t, { ...servers, replica: servers.primary });
  own.store.events.on('server', (name, reason) => told.push([name, reason]));
  t.equal((await own.get('/v1/forecasts/haitong-2020-new-infrastructure-2020')).status, 200);
  await until(() => own.state('replica-1') === 'failing', 'the primary is known to be no replica of itself');
  t.strictSame(told, [['replica-1', 'it is no replica: it takes writes of its own']]);

  const one = await node(t, servers);
  await until(async () => {
    await one.get('/v1/facets');
    return one.state('replica-1') === 'ready' && (one.store.servers?.()[1]?.connections.open ?? 0) > 0;
  }, 'the replica is read from');
  await servers.replica.query('select pg_promote()');
  await servers.replica.query(
    "update ledger_state set value = '9999-of-its-own' where key = 'datasetVersion'",
  );
  t.equal((await one.add('after-promotion')).status, 201);
  const seen = await one.get('/v1/forecasts/after-promotion');
  t.equal(seen.status, 200, seen.body);
  t.ok(versionIn(seen) < 9999);
  t.equal(one.state('replica-1'), 'failing');
  const health = await one.get('/health/ready', { 'ledger-min-version': '99999' });
  t.equal(health.status, 200, 'whether the service lives does not depend on a version');
});

test('a replica is no database to write to, which a start says', { skip: NO_POSTGRES }, async (t) => {
  const { replica } = await cluster(t);
  await t.rejects(openLedger(replica.url), { code: 'cannotOpen', message: /leads to a replica/ });
});
