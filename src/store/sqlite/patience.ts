import { setTimeout as sleep } from 'node:timers/promises';
import { storageFailureOf } from '../failures.ts';
import type { Storage, Writer } from './storage.ts';

const PAUSE_MS = 10;

/**
 * Runs one immediate transaction as soon as no other process is writing. SQLite's own waiting would hold up the whole
 * process, reads included; here it is asked without waiting, again and again, and everything else goes on in between.
 * @param action synchronous; not begun before the transaction is, so it runs once unless it throws
 * @throws what the action throws, and SQLite's `SQLITE_BUSY` when the time is over
 */
export async function writeWhenFree<Result>(
  storage: Storage,
  action: (write: Writer) => Result,
  patienceMs: number,
): Promise<Result> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    try {
      return writeNow(storage, action);
    } catch (error) {
      if (storageFailureOf(error) !== 'ledgerBusy' || performance.now() >= deadline) throw error;
    }
    // Not in step with other processes that wait.
    await sleep(PAUSE_MS * (1 + Math.random()));
  }
}

/** Runs one immediate transaction now, or fails with `SQLITE_BUSY` at once. */
export function writeNow<Result>(storage: Storage, action: (write: Writer) => Result): Result {
  const usual = storage.sqlite.pragma('busy_timeout', { simple: true });
  storage.sqlite.pragma('busy_timeout = 0');
  try {
    return storage.write.transaction((write) => action(write as unknown as Writer), {
      behavior: 'immediate',
    });
  } finally {
    storage.sqlite.pragma(`busy_timeout = ${usual}`);
  }
}
