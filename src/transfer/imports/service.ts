import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { BroadcastChannel } from 'node:worker_threads';
import type { FastifyBaseLogger } from 'fastify';
import PQueue from 'p-queue';
import pRetry from 'p-retry';
import { Problem } from '../../http/message/problem.ts';
import { runInThread } from '../../ledger/worker-thread.ts';
import type { Store } from '../../store/store.ts';
import type { FileFault } from '../row-handling.ts';
import type { ImportOrder, ImportProgress } from './job.ts';
import { failJob, importLock, importsDirectory } from './job.ts';
import { bytesOfFile } from './read.ts';
import type { ThreadImport } from './run.ts';
import { runImport } from './run.ts';
import { deleteStagedRows } from './stage.ts';

export type ImportService = ReturnType<typeof createImportService>;

/** Received, waiting or done: more are refused, so that a client that sends without end does not fill the disk. */
const MOST_UNDER_WAY = 20;
/** A thread of its own takes longer to start than a smaller file to import. */
const LARGEST_IMPORTED_HERE_BYTES = 262_144;
/** Rows that take some 10 ms, beside which requests are answered. */
const ROWS_AT_ONCE_HERE = 50;
/** A thread needs little: the most of its work is done on a few hundred rows at a time. */
const THREAD_LIMITS = { maxOldGenerationSizeMb: 96, maxYoungGenerationSizeMb: 3 };
const FAILURE_WRITTEN_EVERY_MS = 2000;

/** Does the imports that the server accepts, one after the other. */
export function createImportService(
  store: Store,
  { now, log }: { readonly now: () => Date; readonly log: FastifyBaseLogger },
) {
  const stopped = new AbortController();
  const queue = new PQueue({ concurrency: 1 });
  const progress = new Map<string, ImportProgress>();
  const { location, clockToleranceMs } = store;
  let underWay = 0;

  const work = async (order: ImportOrder, input: string): Promise<void> => {
    const onProgress = (reached: ImportProgress): void => void progress.set(order.id, reached);
    stopped.signal.throwIfAborted();
    if ((order.bytesTotal ?? 0) <= LARGEST_IMPORTED_HERE_BYTES)
      await runImport(store, order, bytesOfFile(input), { now, onProgress, rowsAtOnce: ROWS_AT_ONCE_HERE });
    else await startThread({ location, clockToleranceMs, input, order }, onProgress, stopped.signal);
  };

  const settleFailure = async ({ id }: ImportOrder, error: unknown): Promise<void> => {
    if (!stopped.signal.aborted) log.error({ err: error, import: id }, 'an import failed');
    const failure = stopped.signal.aborted ? INTERRUPTED : failureOf(error);
    const settle = async (): Promise<void> => {
      await failJob(store, id, failure, now());
      await deleteStagedRows(store, id);
    };
    await pRetry(settle, {
      // A full disk, say. A stopped server leaves it to its next start.
      retries: Number.POSITIVE_INFINITY,
      shouldRetry: () => !stopped.signal.aborted,
      factor: 1,
      minTimeout: FAILURE_WRITTEN_EVERY_MS,
      unref: true,
      onFailedAttempt: (attempt) =>
        log.warn({ err: attempt.error, import: id }, 'the failure of an import could not be written'),
    }).catch(() => undefined);
  };

  const run = async (order: ImportOrder, input: string): Promise<void> => {
    try {
      await work(order, input);
    } catch (error) {
      await settleFailure(order, error);
    } finally {
      progress.delete(order.id);
    }
  };

  return {
    /**
     * Takes an import on, whose job nobody else takes for one that has ended.
     * @param receive writes the file that it is given the path of, and records the job; gives null where there is nothing
     *   to do
     * @throws Problem `tooManyImports`; what `receive` throws; the store's failures
     */
    accept: async (id: string, receive: (input: string) => Promise<ImportOrder | null>): Promise<void> => {
      if (underWay >= MOST_UNDER_WAY)
        throw new Problem('tooManyImports', `${MOST_UNDER_WAY} imports are being received or wait.`, {
          headers: { 'retry-after': '30' },
        });
      underWay += 1;
      const accepted = Promise.withResolvers<void>();
      store
        .exclusive(importLock(id), async () => {
          const directory = importsDirectory(store);
          mkdirSync(directory, { recursive: true, mode: 0o700 });
          const input = join(directory, `${id}.part`);
          try {
            const order = await receive(input);
            accepted.resolve();
            if (order !== null) await queue.add(() => run(order, input));
          } finally {
            rmSync(input, { force: true });
          }
        })
        .catch(accepted.reject)
        .finally(() => {
          underWay -= 1;
        });
      return accepted.promise;
    },
    /** How far an import of this process is. */
    progressOf: (id: string) => progress.get(id),
    /** Stops what is under way; it is marked as failed, and nothing of it is published. */
    close: async (): Promise<void> => {
      stopped.abort();
      await queue.onIdle();
    },
  };
}

const INTERRUPTED: FileFault = {
  code: 'interrupted',
  message: 'The server was stopped before the import had ended; nothing was published.',
};

function failureOf(error: unknown): FileFault {
  return (error as { code?: unknown }).code === 'ERR_WORKER_OUT_OF_MEMORY'
    ? {
        code: 'outOfMemory',
        message:
          'The file needs more memory than an import is given; nothing was published. Import it in parts.',
      }
    : { code: 'internalError', message: 'The import ended unexpectedly; nothing was published.' };
}

/** Does an import on a thread of its own, with its own connections, so that the server goes on answering. */
async function startThread(
  work: ThreadImport,
  onProgress: (progress: ImportProgress) => void,
  signal: AbortSignal,
): Promise<void> {
  const channel = new BroadcastChannel(importLock(work.order.id));
  channel.onmessage = (message) => onProgress((message as { readonly data: ImportProgress }).data);
  try {
    const worker = new URL('./run', import.meta.url);
    await runInThread<ThreadImport, void>(worker, 'importInThread', work, signal, THREAD_LIMITS);
  } finally {
    channel.close();
  }
}
