import pRetry from 'p-retry';
import { sqliteFailureOf } from './failures.ts';

const PAUSE_MS = 10;

/**
 * Tries until SQLite is not busy. Its own waiting would hold up the whole process, reads included; so it is asked
 * without waiting, again and again, not in step with others that wait, and everything else goes on in between.
 * @throws what the attempt throws; when the time is over, SQLite's `SQLITE_BUSY`
 */
export function untilFree<Result>(attempt: () => Result, timeoutMs: number): Promise<Result> {
  return pRetry(attempt, {
    retries: Number.POSITIVE_INFINITY,
    factor: 1,
    minTimeout: PAUSE_MS,
    randomize: true,
    maxRetryTime: timeoutMs,
    shouldRetry: ({ error }) => sqliteFailureOf(error) === 'ledgerBusy',
  });
}
