import PQueue from 'p-queue';
import { StorageError } from './errors.ts';

/** Lets the writes of this process take turns, in the order of coming. */
export class WriteQueue {
  readonly #queue = new PQueue({ concurrency: 1 });

  /**
   * @param action is given what is left of the time
   * @throws StorageError `ledgerBusy` where those before it take longer than the timeout
   */
  inTurn<Result>(action: (leftMs: number) => Promise<Result>, timeoutMs: number): Promise<Result> {
    const began = performance.now();
    const waiting = new AbortController();
    const refuse = (): void =>
      waiting.abort(new StorageError('ledgerBusy', 'Other writes to this ledger take too long.'));
    const refusal = setTimeout(refuse, timeoutMs);
    const begin = (): Promise<Result> => {
      clearTimeout(refusal);
      return action(Math.max(0, timeoutMs - (performance.now() - began)));
    };
    return this.#queue.add(begin, { signal: waiting.signal });
  }

  /** Resolves when all that wait now have had their turn. */
  idle(): Promise<void> {
    return this.#queue.onIdle();
  }
}
