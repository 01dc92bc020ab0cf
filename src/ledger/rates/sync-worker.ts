import { parentPort, workerData } from 'node:worker_threads';
import { openStorage } from '../../store/sqlite/storage.ts';
import { RateSourceError } from './errors.ts';
import { providerOf } from './provider.ts';
import { syncRates } from './sync.ts';
import type { WorkerAnswer, WorkerOrder } from './sync-in-worker.ts';

// A sync writes up to 200,000 rates in one transaction: here, on a connection of its own, it holds up no request.
const { file, provider, addresses } = workerData as WorkerOrder;
const storage = openStorage(file);
try {
  const report = await syncRates(storage, providerOf(provider), { addresses, now: () => new Date() });
  parentPort?.postMessage({ report } satisfies WorkerAnswer);
} catch (error) {
  if (!(error instanceof RateSourceError)) throw error;
  parentPort?.postMessage({ failure: { code: error.code, data: error.data } } satisfies WorkerAnswer);
} finally {
  storage.close();
}
