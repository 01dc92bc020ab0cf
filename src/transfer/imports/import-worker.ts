import { parentPort, workerData } from 'node:worker_threads';
import { openStorage } from '../../store/sqlite/storage.ts';
import type { WorkerImport, WorkerMessage } from './import-in-worker.ts';
import { bytesOfFile } from './reading.ts';
import { runImport } from './run.ts';

/** This thread may wait for other writers: nothing else hangs on it. */
const BUSY_TIMEOUT_MS = 60_000;

const { file, input, order } = workerData as WorkerImport;
const storage = openStorage(file);
storage.sqlite.pragma(`busy_timeout = ${BUSY_TIMEOUT_MS}`);
const tell = (message: WorkerMessage): void => parentPort?.postMessage(message);
try {
  await runImport(storage, order, bytesOfFile(input), {
    now: () => new Date(),
    onProgress: (progress) => tell({ progress }),
  });
  tell({ ended: true });
} finally {
  storage.close();
}
