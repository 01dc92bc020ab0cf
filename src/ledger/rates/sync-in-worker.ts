import { runInThread } from '../worker-thread.ts';
import { RateSourceError } from './errors.ts';
import type { SyncReport } from './sync.ts';
import type { SyncOrder, SyncOutcome } from './sync-worker.ts';

/**
 * Syncs a provider's rates on a thread of its own: up to 200,000 rates are written in one transaction.
 * @throws RateSourceError
 */
export async function syncInWorker(order: SyncOrder, signal: AbortSignal): Promise<SyncReport> {
  const worker = new URL('./sync-worker', import.meta.url);
  const outcome = await runInThread<SyncOrder, SyncOutcome>(worker, 'syncLedger', order, signal).catch(
    (error: unknown) => {
      throw signal.aborted ? new RateSourceError('rateSourceAborted', {}, { cause: error }) : error;
    },
  );
  if ('failure' in outcome) throw new RateSourceError(outcome.failure.code, outcome.failure.data);
  return outcome.report;
}
