import { setImmediate as nextTurn } from 'node:timers/promises';

/**
 * A question that is sent once for all who ask it in the same turn of the event loop, and for all who ask while an earlier
 * one is under way. Nobody is given the answer to a question that was sent before they asked.
 */
export class SharedQuestion<Answer> {
  readonly #send: () => Promise<Answer>;
  #next: Promise<Answer> | undefined;
  #sent: Promise<unknown> = Promise.resolve();

  constructor(send: () => Promise<Answer>) {
    this.#send = send;
  }

  /** The same promise for all who share the answer. */
  ask(): Promise<Answer> {
    this.#next ??= this.#sent
      .then(() => nextTurn())
      .then(() => {
        this.#next = undefined;
        const sent = this.#send();
        this.#sent = sent.catch(() => undefined);
        return sent;
      });
    return this.#next;
  }
}
