import { parentPort, workerData } from 'node:worker_threads';
import { openSqlite } from './database.ts';

/* The thread of `Checkpoints`: makes a checkpoint of each mode that it is told. */

/** How long one may wait for those who read from the log: a list's page takes less, a download more. */
const BUSY_TIMEOUT_MS = 20;

const sqlite = openSqlite(workerData, { fileMustExist: true, timeout: BUSY_TIMEOUT_MS });
parentPort?.on('message', (mode: string) => {
  const [state] = sqlite.pragma(`wal_checkpoint(${mode})`) as [unknown];
  parentPort?.postMessage(state);
});
