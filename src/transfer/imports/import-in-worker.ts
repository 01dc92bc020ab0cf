import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { ImportOrder } from './jobs.ts';
import type { ImportProgress } from './run.ts';

export interface WorkerImport {
  /** The ledger's database file. */
  readonly file: string;
  /** The file that is imported. */
  readonly input: string;
  readonly order: ImportOrder;
}

export type WorkerMessage = { readonly progress: ImportProgress } | { readonly ended: true };

/** A worker needs little: the most of its work is done on a few hundred rows at a time. */
const MAX_OLD_GENERATION_MB = 96;
const MAX_YOUNG_GENERATION_MB = 3;

/**
 * Does an import on a thread of its own, with its own connection, so that the server goes on answering.
 * @throws what ended the thread before the import had ended
 */
export async function importInWorker(
  work: WorkerImport,
  onProgress: (progress: ImportProgress) => void,
  signal: AbortSignal,
): Promise<void> {
  // The same file with or without a build step: it ends as this one does.
  const worker = new Worker(new URL(`./import-worker${extname(import.meta.url)}`, import.meta.url), {
    workerData: work,
    resourceLimits: {
      maxOldGenerationSizeMb: MAX_OLD_GENERATION_MB,
      maxYoungGenerationSizeMb: MAX_YOUNG_GENERATION_MB,
    },
  });
  const stop = (): void => void worker.terminate();
  signal.addEventListener('abort', stop, { once: true });
  try {
    await new Promise<void>((resolve, reject) => {
      let ended = false;
      worker.on('message', (message: WorkerMessage) => {
        if ('progress' in message) onProgress(message.progress);
        else ended = true;
      });
      worker.once('error', reject);
      worker.once('exit', () => {
        if (ended) resolve();
        else reject(new Error('the import was stopped'));
      });
    });
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
