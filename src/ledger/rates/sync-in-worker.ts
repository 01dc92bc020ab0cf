import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { RateSourceErrorCode } from './errors.ts';
import { RateSourceError } from './errors.ts';
import type { FetchOptions } from './fetching.ts';
import type { SyncReport } from './sync.ts';

export interface WorkerOrder {
  /** The ledger's database file. */
  readonly file: string;
  /** A provider's id. */
  readonly provider: string;
  readonly addresses: FetchOptions['addresses'];
}

export type WorkerAnswer =
  | { readonly report: SyncReport }
  | {
      readonly failure: {
        readonly code: RateSourceErrorCode;
        readonly data: Readonly<Record<string, unknown>>;
      };
    };

/**
 * Syncs the rates of a database file on a thread of its own, so that the server goes on serving.
 * @throws RateSourceError
 */
export async function syncInWorker(order: WorkerOrder, signal: AbortSignal): Promise<SyncReport> {
  // The same file with or without a build step: it ends as this one does.
  const worker = new Worker(new URL(`./sync-worker${extname(import.meta.url)}`, import.meta.url), {
    workerData: order,
  });
  const stop = (): void => void worker.terminate();
  signal.addEventListener('abort', stop, { once: true });
  try {
    const answer = await new Promise<WorkerAnswer>((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
      worker.once('exit', () => reject(new RateSourceError('rateSourceAborted')));
    });
    if ('failure' in answer) throw new RateSourceError(answer.failure.code, answer.failure.data);
    return answer.report;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
