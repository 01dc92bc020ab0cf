import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import type { Aggregator } from 'prom-client';
import {
  Counter,
  collectDefaultMetrics,
  Gauge,
  Histogram,
  register as ofProcess,
  Registry,
} from 'prom-client';
import { z } from 'zod';
import { Problem } from '../http/message/problem.ts';
import { operation } from '../http/openapi/openapi.ts';
import type { ResponseCache } from '../http/response-cache/response-cache.ts';
import type { RouteContext } from '../ledger/context.ts';
import { REFERENCE } from '../ledger/rates/provider.ts';
import { rateFreshness } from '../ledger/rates/repository.ts';
import type { Store, StoreEvents } from '../store/store.ts';
import { countJobs } from '../transfer/imports/job.ts';

/** Given the registries of this process, gives what puts the metrics of all that serve into one text. */
export type GatherMetrics = (registries: Registry[]) => () => Promise<string>;

const METHODS: readonly string[] = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS'];
const REQUEST_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const STORE_BUCKETS = [0.00025, 0.001, 0.0025, 0.01, 0.025, 0.1, 0.25, 1, 2.5, 10];
/** When the database fails, the other metrics are needed most. */
const READ_WITHIN_MS = 2000;

/**
 * `/metrics`, for Prometheus. Labels are routes, never addresses.
 * @param gather where several processes serve, what asks them all
 */
export function registerMetrics(
  app: FastifyInstance,
  context: RouteContext,
  cache: Pick<ResponseCache, 'uses' | 'isSentFromCache'>,
  gather: GatherMetrics = (registries) => () => Registry.merge(registries).metrics(),
): void {
  const registry = new Registry();
  // Of the process, so once, however many services it holds.
  if (ofProcess.getSingleMetric('process_cpu_seconds_total') === undefined) collectDefaultMetrics();
  observeRequests(app, registry, cache);
  observeStore(app, registry, context.store);
  describeLedger(registry, context);
  describeServers(registry, context.store);
  const gathered = gather([ofProcess, registry]);
  app.get(
    '/metrics',
    {
      logLevel: 'warn',
      schema: operation({
        operationId: 'getMetrics',
        tag: 'Operation',
        summary: 'Metrics for Prometheus',
        description: 'In the text format of Prometheus. With `METRICS=off` there is nothing here.',
        response: z.string(),
        mediaType: 'text/plain',
        responseDescription: 'The metrics of this server; where several processes serve, of all of them.',
      }),
    },
    async (request, reply) => {
      const text = await gathered().catch((error: unknown) => {
        request.log.error({ err: error }, 'the metrics could not be gathered');
        throw new Problem('serviceUnavailable', 'A process of this server does not tell its metrics.');
      });
      return reply.header('cache-control', 'no-store').type(registry.contentType).send(text);
    },
  );
}

/** What is sent from the response cache is counted there, not timed: to observe a time takes 0.7 µs, to send one 35. */
function observeRequests(
  app: FastifyInstance,
  registry: Registry,
  { uses, isSentFromCache }: Pick<ResponseCache, 'uses' | 'isSentFromCache'>,
): void {
  const times = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time to answer a request that was not answered from the response cache.',
    labelNames: ['method', 'route', 'status'],
    buckets: REQUEST_BUCKETS,
    registers: [registry],
  });
  app.addHook('onResponse', async (request, reply) => {
    if (isSentFromCache(request.raw)) return;
    const method = METHODS.includes(request.method) ? request.method : 'other';
    const route = request.routeOptions.url ?? 'none';
    times.observe({ method, route, status: reply.statusCode }, reply.elapsedTime / 1000);
  });
  new Counter({
    name: 'forecast_ledger_response_cache_requests_total',
    help: 'Requests that were answered from the response cache (hit), or might have been (miss).',
    labelNames: ['route', 'result'],
    registers: [registry],
    collect() {
      this.reset();
      for (const [route, { hits, misses }] of uses) {
        this.inc({ route, result: 'hit' }, hits);
        this.inc({ route, result: 'miss' }, misses);
      }
    },
  });
}

function observeStore(app: FastifyInstance, registry: Registry, { events }: Store): void {
  const histogram = (name: string, help: string): Histogram =>
    new Histogram({
      name: `forecast_ledger_store_${name}_seconds`,
      help,
      labelNames: ['use'],
      buckets: STORE_BUCKETS,
      registers: [registry],
    });
  const waits = histogram('wait', 'Time until a snapshot could be read, or a write had the lock.');
  const holds = histogram('hold', 'Time for which a snapshot, or the lock of a write, was held.');
  const observe = (...[use, waitedMs, heldMs]: StoreEvents['used']): void => {
    waits.observe({ use }, waitedMs / 1000);
    if (heldMs !== null) holds.observe({ use }, heldMs / 1000);
  };
  events.on('used', observe);
  app.addHook('onClose', async () => void events.off('used', observe));
}

function describeLedger(registry: Registry, { reading, now }: RouteContext): void {
  const read = async () => {
    const found = reading(undefined, async ({ read }) => ({
      jobs: await countJobs(read),
      rates: await rateFreshness(read, REFERENCE, { now: now(), asOf: null }),
    }));
    return Promise.race([found, sleep(READ_WITHIN_MS, undefined, { ref: false })]).catch(() => undefined);
  };
  let underWay: ReturnType<typeof read> | undefined;
  /** Once for all that are collected together. */
  const ledger = (): ReturnType<typeof read> => {
    underWay ??= read().finally(() => {
      underWay = undefined;
    });
    return underWay;
  };
  gauge(registry, 'database_readable', 'Whether the ledger could be read just now.', 'min', async () => [
    [{}, (await ledger()) === undefined ? 0 : 1],
  ]);
  gauge(registry, 'imports', 'Import jobs, by state.', 'max', async () =>
    ((await ledger())?.jobs ?? []).map(({ status, jobs }) => [{ status }, jobs]),
  );
  gauge(registry, 'rates_age_days', 'Age of the newest reference rate.', 'max', async () => {
    const age = (await ledger())?.rates.ageDays ?? null;
    return age === null ? [] : [[{ provider: REFERENCE.id }, age]];
  });
}

const SERVER_STATES = ['ready', 'lagging', 'failing'] as const;

/** Only of engines with servers. Several processes are summed up, but for the lag. */
function describeServers(registry: Registry, store: Store): void {
  const servers = store.servers?.bind(store);
  if (servers === undefined) return;
  gauge(registry, 'database_server_state', 'Processes that see a server of the database so.', 'sum', () =>
    servers().flatMap(({ name, state }) =>
      SERVER_STATES.map((known) => [{ server: name, state: known }, known === state ? 1 : 0] as const),
    ),
  );
  const lag = 'For how long a replica has lacked what the primary is known to have.';
  gauge(registry, 'database_server_lag_seconds', lag, 'max', () =>
    servers().flatMap(({ name, lagSeconds }) =>
      lagSeconds === null ? [] : [[{ server: name }, lagSeconds] as const],
    ),
  );
  gauge(registry, 'database_connections', 'Connections that read, by server and use.', 'sum', () =>
    servers().flatMap(({ name: server, connections: { open, idle } }) => [
      [{ server, state: 'in use' }, open - idle] as const,
      [{ server, state: 'idle' }, idle] as const,
    ]),
  );
  gauge(registry, 'database_connection_waits', 'Requests that wait for a connection.', 'sum', () =>
    servers().map(({ name: server, connections }) => [{ server }, connections.waiting]),
  );
}

type Values = readonly (readonly [labels: Readonly<Record<string, string>>, value: number])[];

/** @param aggregator of the values of several processes */
function gauge(
  registry: Registry,
  name: string,
  help: string,
  aggregator: Aggregator,
  values: () => Values | Promise<Values>,
): void {
  new Gauge({
    name: `forecast_ledger_${name}`,
    help,
    labelNames: ['server', 'state', 'status', 'provider'],
    aggregator,
    registers: [registry],
    async collect() {
      const found = await values();
      this.reset();
      for (const [labels, value] of found) this.set(labels, value);
    },
  });
}
