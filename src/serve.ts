import cluster from 'node:cluster';
import closeWithGrace from 'close-with-grace';
import type { Logger } from 'pino';
import { buildApp } from './app.ts';
import type { Config } from './config.ts';
import { ConfigError, isSystemError, ledgerOf, parseConfig } from './config.ts';
import type { ProviderAdapter } from './ledger/rates/fetching.ts';
import { PROVIDERS } from './ledger/rates/provider.ts';
import { rateFreshness } from './ledger/rates/repository.ts';
import type { RateSchedule } from './ledger/rates/schedule.ts';
import { startRateSchedule } from './ledger/rates/schedule.ts';
import { syncInWorker } from './ledger/rates/sync.ts';
import { writeMissingJson } from './ledger/records/written.ts';
import { createLog } from './log.ts';
import { describeClock } from './store/clock.ts';
import { StorageError } from './store/errors.ts';
import type { Store } from './store/store.ts';
import { openLedger } from './transfer/open-ledger.ts';
import type { Workers } from './workers.ts';
import { GENERATION_VARIABLE, gatherFromWorkers, onStop, startWorkers, WorkerEnded } from './workers.ts';

/**
 * Opens the ledger and serves it until a signal comes; then finishes the requests in flight. A start that cannot be
 * ends the process with 1 and a message that says why.
 * @param environment the settings
 * @param takeOverSignals called when signals are handled here from now on
 */
export async function serve(
  environment: Readonly<Record<string, string | undefined>>,
  takeOverSignals: () => void,
): Promise<void> {
  try {
    const config = parseConfig(environment);
    const logger = createLog(config.LOG_LEVEL, config.WEB_CONCURRENCY > 1);
    const { location, options } = ledgerOf(config);
    const { store, place, isNew, migrated, seeded } = await openLedger(location, options);
    store.events.on('server', (server, reason) => {
      if (reason === null) logger.info({ server }, 'a server of the database is back');
      else logger.warn({ server, reason }, 'a server of the database is left out');
    });
    logger.info({ place, isNew }, isNew ? 'made a new ledger' : 'opened the ledger');
    if (migrated > 0) logger.info({ migrated }, 'applied migrations');
    if (seeded.length > 0) logger.info({ seeded }, 'applied seed files');
    if (cluster.isPrimary) {
      const clock = await store.clock();
      if (clock.state !== 'right') logger.warn({ clock }, describeClock(clock).join(' '));
    }
    const supervises = config.WEB_CONCURRENCY > 1 && cluster.isPrimary;
    const service = supervises
      ? startWorkers(config.WEB_CONCURRENCY, { RATES_SYNC: 'off' }, logger)
      : await startServing(config, store, logger, environment[GENERATION_VARIABLE]);

    const schedules: Pick<RateSchedule, 'stop'>[] = [];
    let isStopping = false;
    const { close } = closeWithGrace(
      { delay: config.SHUTDOWN_TIMEOUT_MS, logger },
      async ({ signal, err }) => {
        isStopping = true;
        if (err !== undefined) logger.fatal({ err }, 'stopping after an unexpected error');
        else logger.info({ signal }, 'stopping');
        await Promise.all([...schedules.map((schedule) => schedule.stop()), service.stop()]);
        await store.close();
      },
    );
    onStop(() => {
      // A signal to the whole group has reached this process already.
      if (!isStopping) void close();
    });
    takeOverSignals();
    await service.ready;
    if (cluster.isPrimary) schedules.push(startWriting(store, logger));
    if (config.RATES_SYNC === 'on')
      schedules.push(...PROVIDERS.map((provider) => scheduleRates(provider, config, store, logger)));
  } catch (error) {
    const isTold = [ConfigError, StorageError, WorkerEnded].some((kind) => error instanceof kind);
    if (!isTold && !isSystemError(error)) throw error;
    process.stderr.write(`Forecast Ledger does not start.\n${(error as Error).message}\n`);
    process.exit(1);
  }
}

/** Connections that the system holds until they are accepted: more than come while a request is computed. */
const MOST_UNACCEPTED = 4096;

/** Serves in this process. */
async function startServing(
  config: Config,
  store: Store,
  logger: Logger,
  generation: string | undefined,
): Promise<Workers> {
  const gatherMetrics = cluster.isWorker ? gatherFromWorkers : undefined;
  const app = await buildApp({ config, store, logger, generation, gatherMetrics });
  return {
    ready: app
      .listen({ host: config.HOST, port: config.PORT, backlog: MOST_UNACCEPTED })
      .then(() => undefined),
    stop: () => app.close(),
  };
}

/** Writes what answers are joined of where this version has another form of it, in the background. */
function startWriting(store: Store, log: Logger): Pick<RateSchedule, 'stop'> {
  const stopping = new AbortController();
  const written = writeMissingJson(store, stopping.signal).catch((err: unknown) => {
    log.warn({ err }, 'the JSON of some revisions is not written: the next start goes on with it');
  });
  return {
    stop: () => {
      stopping.abort();
      return written;
    },
  };
}

/** Fetches new reference rates in the background. */
function scheduleRates(
  provider: ProviderAdapter,
  addresses: Config,
  store: Store,
  log: Logger,
): RateSchedule {
  const { location, clockToleranceMs } = store;
  const order = { location, clockToleranceMs, provider: provider.id, addresses };
  return startRateSchedule({
    provider,
    sync: (signal) => syncInWorker(order, signal),
    missingDays: () =>
      store.snapshot(
        async (read) => (await rateFreshness(read, provider, { now: new Date(), asOf: null })).missingDays,
      ),
    log,
    now: () => new Date(),
  });
}
