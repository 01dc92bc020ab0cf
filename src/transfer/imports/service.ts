import type { FastifyBaseLogger } from 'fastify';
import { Problem } from '../../http/message/problem.ts';
import { runInThread } from '../../ledger/worker-thread.ts';
import type { Store } from '../../store/store.ts';
import type { FileFault } from '../row-handling.ts';
import { failJob, importLock, requeueJob, settleImport, unfinishedJobs } from './job.ts';
import type { ThreadImport } from './run.ts';
import { countingIn, takeImport } from './run.ts';

export type ImportService = ReturnType<typeof createImportService>;

/** Received, waiting or done: more are refused, so that a client that sends without end does not fill the disk. */
const MOST_UNDER_WAY = 20;
/** How often a process looks for imports that others have accepted, or have left. */
const LOOKS_EVERY_MS = 2000;
/** A thread of its own takes longer to start than a smaller file to import. */
const LARGEST_IMPORTED_HERE_BYTES = 262_144;
/** Rows that take some 10 ms, beside which requests are answered. */
const ROWS_AT_ONCE_HERE = 50;
/** A thread needs little: the most of its work is done on a few hundred rows at a time. */
const THREAD_LIMITS = { maxOldGenerationSizeMb: 96, maxYoungGenerationSizeMb: 3 };
/** How long the database may take to notice that a thread has gone. */
const THREAD_GONE_MS = 5000;

/** Does the imports of a ledger, one at a time: those accepted here, and those that nobody else does. */
export function createImportService(
  store: Store,
  { now, log }: { readonly now: () => Date; readonly log: FastifyBaseLogger },
) {
  const stopped = new AbortController();
  const { location, clockToleranceMs } = store;
  let receiving = 0;
  let current: { readonly id: string; readonly rowsPublished: Int32Array } | undefined;

  const take = async (id: string, bytes: number): Promise<void> => {
    const rowsPublished = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
    current = { id, rowsPublished };
    try {
      if (bytes <= LARGEST_IMPORTED_HERE_BYTES)
        await takeImport(store, id, {
          now,
          onProgress: countingIn(rowsPublished),
          rowsAtOnce: ROWS_AT_ONCE_HERE,
        });
      else await inThread({ location, clockToleranceMs, id, rowsPublished }, stopped.signal);
    } catch (error) {
      const isStopped = stopped.signal.aborted;
      if (!isStopped) log.error({ err: error, import: id }, 'an import ended before its time');
      if (isStopped) await whenThreadIsGone(id, () => requeueJob(store, id));
      else if ((error as { code?: unknown }).code === 'ERR_WORKER_OUT_OF_MEMORY') {
        await whenThreadIsGone(id, () => failJob(store, id, OUT_OF_MEMORY, now()));
        await settleImport(store, id, now());
      }
    } finally {
      current = undefined;
    }
  };

  const whenThreadIsGone = (id: string, action: () => Promise<void>): Promise<void> =>
    store.exclusive(importLock(id), action, { timeoutMs: THREAD_GONE_MS });

  /** Takes what nobody does: a process that dies lets go of its job. */
  const look = async (): Promise<void> => {
    const files = new Set(await store.scratch.names());
    const jobs = await store.snapshot(unfinishedJobs);
    for (const { id, bytesTotal } of jobs) {
      if (stopped.signal.aborted) return;
      const isWaiting = files.delete(id);
      if (!isWaiting) await settleImport(store, id, now());
      else if (!(await store.isUnderWay(importLock(id)))) await take(id, bytesTotal ?? 0);
    }
    for (const id of files) await settleImport(store, id, now());
  };

  let wake: () => void = () => undefined;
  // One chain of its own: what is looked for when a request comes is not done under the locks that the request holds.
  const looking = (async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      const woken = Promise.withResolvers<void>();
      wake = woken.resolve;
      const timer = setTimeout(wake, LOOKS_EVERY_MS).unref();
      await look().catch((error: unknown) => {
        // Whoever asks is told as well.
        const level = store.failureOf(error) === null ? 'error' : 'debug';
        log[level]({ err: error }, 'imports could not be looked for');
      });
      if (!stopped.signal.aborted) await woken.promise;
      clearTimeout(timer);
    }
  })();

  return {
    /**
     * Takes an import on.
     * @param receive writes the file under the import's id and records the job, which `isNew` where there is something to do
     * @returns what `receive` has decided
     * @throws Problem `tooManyImports`; what `receive` throws; the store's failures
     */
    accept: async <Decided>(
      id: string,
      receive: () => Promise<{ readonly isNew: boolean; readonly decided: Decided }>,
    ): Promise<Decided> => {
      if (receiving >= MOST_UNDER_WAY) throw tooMany();
      receiving += 1;
      try {
        const waiting = await store.snapshot(unfinishedJobs);
        if (receiving + waiting.length > MOST_UNDER_WAY) throw tooMany();
        return await store.exclusive(importLock(id), async () => {
          let isKept = false;
          try {
            const { isNew, decided } = await receive();
            isKept = isNew;
            return decided;
          } catch (error) {
            // Its job may have been recorded all the same: whoever looks next finds out.
            isKept = store.failureOf(error) === 'databaseUnreachable';
            throw error;
          } finally {
            if (!isKept) await store.scratch.remove(id);
          }
        });
      } finally {
        receiving -= 1;
        wake();
      }
    },
    /** How many rows an import that this process does has published; undefined of others. */
    rowsPublishedOf: (id: string): number | undefined =>
      current?.id === id ? Atomics.load(current.rowsPublished, 0) : undefined,
    /** Stops what is under way: it goes back to those that wait, and nothing of it is published. */
    close: async (): Promise<void> => {
      stopped.abort();
      wake();
      await looking;
    },
  };
}

function tooMany(): Problem {
  return new Problem('tooManyImports', `${MOST_UNDER_WAY} imports are being received or wait.`, {
    headers: { 'retry-after': '30' },
  });
}

const OUT_OF_MEMORY: FileFault = {
  code: 'outOfMemory',
  message: 'The file needs more memory than an import is given; nothing was published. Import it in parts.',
};

/** Does an import on a thread of its own, with its own connections, so that the server goes on answering. */
function inThread(work: ThreadImport, signal: AbortSignal): Promise<void> {
  const module = new URL('./run', import.meta.url);
  return runInThread<ThreadImport, void>(module, 'importInThread', work, signal, THREAD_LIMITS);
}
