import { StorageError } from '../errors.ts';

/** Lets the writes of this process take turns, in the order of coming. */
export class WriteQueue {
  #last: Promise<void> = Promise.resolve();
  #waiting = 0;

  /**
   * @param action is given what is left of the time
   * @throws StorageError `ledgerBusy` where those before it take longer than the timeout
   */
  async inTurn<Result>(action: (timeoutMs: number) => Promise<Result>, timeoutMs: number): Promise<Result> {
    const began = performance.now();
    const before = this.#last;
    const { promise, resolve: done } = Promise.withResolvers<void>();
    this.#last = before.then(() => promise);
    this.#waiting += 1;
    try {
      if (this.#waiting > 1) await inTime(before, timeoutMs);
      return await action(Math.max(0, timeoutMs - (performance.now() - began)));
    } finally {
      this.#waiting -= 1;
      done();
    }
  }

  /** Resolves when all that wait now have had their turn. */
  idle(): Promise<void> {
    return this.#last;
  }
}

async function inTime(turn: Promise<void>, timeoutMs: number): Promise<void> {
  const { promise: timeout, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => reject(new StorageError('ledgerBusy', 'Other writes to this ledger take too long.')),
    timeoutMs,
  );
  try {
    await Promise.race([turn, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
