import type { Worker } from 'node:cluster';
import cluster from 'node:cluster';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import { AggregatorRegistry } from 'prom-client';

/** What a worker is told by its environment; no setting of the service. */
export const GENERATION_VARIABLE = 'FORECAST_LEDGER_GENERATION';
/** A worker that ended before it served; it has said why itself. */
export class WorkerEnded extends Error {
  override readonly name = 'WorkerEnded';
}

const STOP = 'stop';
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;

export interface Workers {
  /** Resolves when every worker listens. @throws WorkerEnded where one ends before it does: it has said why */
  readonly ready: Promise<void>;
  /** Lets every worker finish what it is answering; resolves when all have ended. */
  readonly stop: () => Promise<void>;
}

/**
 * Starts worker processes that serve on one port and one ledger, and starts another for each that ends unasked.
 * @param environment added to each worker's
 */
export function startWorkers(
  count: number,
  environment: Readonly<Record<string, string>>,
  log: Logger,
): Workers {
  const generation = randomUUID();
  gatherForWorkers();
  const running = new Map<Worker, Promise<void>>();
  let stopping = false;

  const start = (pauseMs: number): Promise<void> => {
    const worker = cluster.fork({ ...environment, [GENERATION_VARIABLE]: generation });
    const listening = new Promise<void>((resolve, reject) => {
      worker.once('listening', () => resolve());
      worker.once('exit', () => reject(new WorkerEnded('A worker ended before it served.')));
    });
    const ended = new Promise<void>((resolve) => {
      worker.once('exit', (code, signal) => {
        running.delete(worker);
        resolve();
        if (stopping) return;
        log.error({ worker: worker.process.pid, code, signal }, 'a worker ended; another one is started');
        void restart(pauseMs);
      });
    });
    running.set(worker, ended);
    return listening;
  };
  /** After a pause that grows while workers keep ending before they serve. */
  const restart = async (pauseMs: number): Promise<void> => {
    await sleep(pauseMs, undefined, { ref: false });
    if (stopping) return;
    // One that ends before it serves is started again by its own end.
    await start(Math.min(pauseMs * 2, LONGEST_PAUSE_MS)).catch(() => undefined);
  };

  return {
    ready: Promise.all(Array.from({ length: count }, () => start(FIRST_PAUSE_MS))).then(
      () => undefined,
      (error: unknown) => {
        stopping = true;
        throw error;
      },
    ),
    stop: async () => {
      stopping = true;
      for (const worker of running.keys()) if (worker.isConnected()) worker.send(STOP);
      await Promise.all(running.values());
    },
  };
}

/** What a worker asks for, and what it is told, under a number of its own. */
interface Gathering {
  readonly gathering: number;
  readonly text?: string;
  readonly failure?: string;
}

/** Tells each worker that asks the metrics of all: whichever gets a request for them has those of one only. */
function gatherForWorkers(): void {
  const aggregated = new AggregatorRegistry();
  cluster.on('message', async (worker, { gathering }: Partial<Gathering>) => {
    if (gathering === undefined) return;
    const told = await aggregated.clusterMetrics().then(
      (text) => ({ text }),
      (error: Error) => ({ failure: error.message }),
    );
    if (worker.isConnected()) worker.send({ gathering, ...told } satisfies Gathering);
  });
}

/** In a worker: what asks for the metrics of all workers, to which it adds those of some registries. */
export function gatherFromWorkers(registries: Registry[]): () => Promise<string> {
  new AggregatorRegistry();
  AggregatorRegistry.setRegistries(registries);
  let asked = 0;
  return () => {
    asked += 1;
    const gathering = asked;
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const hear = (told: Partial<Gathering>): void => {
      if (told.gathering !== gathering) return;
      process.off('message', hear);
      if (told.text === undefined) reject(new Error(told.failure));
      else resolve(told.text);
    };
    process.on('message', hear).send?.({ gathering } satisfies Gathering);
    return promise;
  };
}

/** In a worker: calls back when the process that started it wants it to end. */
export function onStop(stop: () => void): void {
  if (!cluster.isWorker) return;
  process.on('message', (message) => {
    if (message === STOP) stop();
  });
}
