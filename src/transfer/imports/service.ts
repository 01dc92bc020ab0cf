import { rmSync } from 'node:fs';
import type { FastifyBaseLogger } from 'fastify';
import { writeWhenFree } from '../../store/sqlite/patience.ts';
import type { Storage } from '../../store/sqlite/storage.ts';
import { importInWorker } from './import-in-worker.ts';
import type { ImportOrder } from './jobs.ts';
import { deleteStagedRows, failJob } from './jobs.ts';
import type { ImportLock } from './locks.ts';
import { bytesOfFile } from './reading.ts';
import type { ImportProgress } from './run.ts';
import { runImport } from './run.ts';

/** An import that has been recorded, and its file. */
export interface AcceptedImport {
  readonly order: ImportOrder;
  readonly input: string;
  readonly lock: ImportLock;
}

/** Does the imports that the server accepts, one after the other. */
export interface ImportService {
  readonly isFull: () => boolean;
  readonly start: (accepted: AcceptedImport) => void;
  /** How far an import of this process is. */
  readonly progressOf: (id: string) => ImportProgress | undefined;
  /** Stops what is under way; it is marked as failed, and nothing of it is published. */
  readonly close: () => Promise<void>;
}

/** More are refused, so that a client that sends without end does not fill the disk. */
const MOST_WAITING = 20;
const FAILURE_WRITTEN_EVERY_MS = 2000;
const NOTE_WAIT_MS = 5000;

export function createImportService(
  storage: Storage,
  { now, log }: { readonly now: () => Date; readonly log: FastifyBaseLogger },
): ImportService {
  const stopped = new AbortController();
  const progress = new Map<string, ImportProgress>();
  let waiting = 0;
  let last: Promise<void> = Promise.resolve();

  const work = async ({ order, input }: AcceptedImport): Promise<void> => {
    const onProgress = (reached: ImportProgress): void => void progress.set(order.id, reached);
    if (stopped.signal.aborted) throw new Error('the server is stopping');
    if (!storage.durable) await runImport(storage, order, bytesOfFile(input), { now, onProgress });
    else await importInWorker({ file: storage.sqlite.name, input, order }, onProgress, stopped.signal);
  };

  const settleFailure = async ({ order }: AcceptedImport, error: unknown): Promise<void> => {
    if (!stopped.signal.aborted) log.error({ err: error, import: order.id }, 'an import failed');
    const failure = stopped.signal.aborted
      ? {
          code: 'interrupted',
          message: 'The server was stopped before the import had ended; nothing was published.',
        }
      : { code: 'internalError', message: 'The import ended unexpectedly; nothing was published.' };
    for (;;) {
      try {
        await writeWhenFree(storage, () => failJob(storage, order.id, failure, now()), NOTE_WAIT_MS);
        for (const _ of deleteStagedRows(storage, order.id)) await pause(0);
        return;
      } catch (problem) {
        // A full disk, say. A stopped server leaves it to its next start.
        if (stopped.signal.aborted) return;
        log.warn({ err: problem, import: order.id }, 'the failure of an import could not be written');
        await pause(FAILURE_WRITTEN_EVERY_MS);
      }
    }
  };

  const run = async (accepted: AcceptedImport): Promise<void> => {
    try {
      await work(accepted);
    } catch (error) {
      await settleFailure(accepted, error);
    } finally {
      waiting -= 1;
      progress.delete(accepted.order.id);
      rmSync(accepted.input, { force: true });
      accepted.lock.release();
    }
  };

  return {
    isFull: () => waiting >= MOST_WAITING,
    start: (accepted) => {
      waiting += 1;
      last = last.then(() => run(accepted));
    },
    progressOf: (id) => progress.get(id),
    close: async () => {
      stopped.abort();
      await last;
    },
  };
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds).unref();
  });
}
