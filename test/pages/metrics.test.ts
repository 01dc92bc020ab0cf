import { test } from 'tap';
import type { TestApp } from '../helpers/build.ts';
import { build } from '../helpers/build.ts';
import { makeKey } from '../helpers/keys.ts';
import { forecastBody } from '../helpers/ledger.ts';
import { HAITONG } from '../helpers/note.ts';
import { ON_POSTGRES } from '../helpers/postgres.ts';
import { readMetrics } from '../helpers/prometheus.ts';

async function metricsOf({ request }: TestApp) {
  const { body } = await request('/metrics');
  return readMetrics(body);
}

const REQUESTS = 'http_request_duration_seconds_count';
const CACHE = 'forecast_ledger_response_cache_requests_total';
const ROUTE = '/v1/forecasts/:id';

test('requests are timed by route and status; what the cache answers is counted by route', async (t) => {
  const service = await build(t);
  const { app } = service;
  const url = await app.listen({ port: 0, host: '127.0.0.1' });
  const record = { url: `/v1/forecasts/${HAITONG}`, headers: { host: new URL(url).host } };
  const [made, cached] = [await app.inject(record), await app.inject(record)];
  t.equal(made.body, cached.body);
  for (let turn = 0; turn < 3; turn += 1)
    await (await fetch(`${url}${record.url}`, { headers: { 'accept-encoding': 'identity' } })).text();
  for (const path of ['/v1/forecasts/a-secret', '/v1/forecasts/another', '/nowhere/at-all?x=1'])
    t.equal((await app.inject(path)).statusCode, 404);
  await app.inject({ method: 'PATCH', url: '/v1/forecasts' });

  const { valueIn, labelsOf } = await metricsOf(service);
  t.equal(valueIn(REQUESTS, { method: 'GET', route: ROUTE, status: '200' }), 1);
  t.equal(valueIn(REQUESTS, { method: 'GET', route: ROUTE, status: '404' }), 2);
  t.equal(valueIn(REQUESTS, { route: 'none', status: '404' }), 1);
  t.equal(valueIn(REQUESTS, { method: 'other', route: '/v1/forecasts' }), 1);
  t.equal(valueIn(CACHE, { route: ROUTE, result: 'hit' }), 4, 'one by the framework, three before it');
  t.equal(valueIn(CACHE, { route: ROUTE, result: 'miss' }), 3);
  for (const name of [REQUESTS, CACHE])
    for (const { route = '' } of labelsOf(name))
      t.match(route, /^(?:none|\/[a-z0-9/:.-]*)$/, 'no address is a label');
});

test('it tells of the store, rates and the process, without a key and not cached', async (t) => {
  const service = await build(t, {}, { now: () => new Date('2026-08-23T12:00:00Z') });
  const { headers } = await makeKey(service, 'admin');
  const before = await metricsOf(service);
  const payload = forecastBody('counted');
  const sent = await service.request({ method: 'POST', url: '/v1/forecasts', headers, payload });
  t.equal(sent.statusCode, 201);
  const answer = await service.request('/metrics');
  t.match(answer.headers, {
    'cache-control': 'no-store',
    'content-type': 'text/plain; version=0.0.4; charset=utf-8',
  });
  const { families, valueIn } = readMetrics(answer.body);
  for (const { name, help, type } of families) t.ok(help !== '' && type !== 'UNTYPED', name);
  t.equal(valueIn('forecast_ledger_database_readable'), 1);
  t.equal(valueIn('forecast_ledger_rates_age_days', { provider: 'ecb' }), 2);
  for (const name of ['forecast_ledger_store_wait_seconds_count', 'forecast_ledger_store_hold_seconds_count'])
    for (const use of ['write', 'snapshot'])
      t.ok((valueIn(name, { use }) ?? 0) > (before.valueIn(name, { use }) ?? 0), `${name} ${use}`);
  for (const name of ['nodejs_eventloop_lag_seconds', 'process_cpu_seconds_total'])
    t.ok(valueIn(name) !== undefined, name);
  const server = 'primary';
  const isReady = valueIn('forecast_ledger_database_server_state', { server, state: 'ready' });
  const inUse = valueIn('forecast_ledger_database_connections', { server, state: 'in use' });
  t.strictSame([isReady, typeof inUse], ON_POSTGRES ? [1, 'number'] : [undefined, 'undefined']);
});

test('import jobs are counted by state', async (t) => {
  const service = await build(t);
  const { headers } = await makeKey(service, 'write');
  const sent = await service.request({
    method: 'POST',
    url: '/v1/imports?dryRun=true',
    headers: { ...headers, 'content-type': 'application/x-ndjson' },
    payload: '{"not":"a record"}\n',
  });
  t.equal(sent.statusCode, 202);
  const { valueIn } = await metricsOf(service);
  const jobs = ['queued', 'reading', 'refused'].map(
    (status) => valueIn('forecast_ledger_imports', { status }) ?? 0,
  );
  t.equal(
    jobs.reduce((sum, count) => sum + count),
    1,
  );
});

test('where the ledger cannot be read, the rest is told', async (t) => {
  const service = await build(t);
  const { snapshot } = service.store;
  Object.assign(service.store, { snapshot: () => Promise.reject(new Error('no')) });
  const { valueIn, labelsOf } = await metricsOf(service);
  Object.assign(service.store, { snapshot });
  t.equal(valueIn('forecast_ledger_database_readable'), 0);
  t.strictSame(labelsOf('forecast_ledger_rates_age_days'), []);
  t.ok(valueIn('process_cpu_seconds_total'));
});

test('METRICS=off leaves nothing at the address', async (t) => {
  const { app } = await build(t, { METRICS: 'off' });
  t.equal((await app.inject('/metrics')).statusCode, 404);
});
