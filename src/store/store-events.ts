import type { EventEmitter } from 'node:events';
import type { StoreEvents } from './store.ts';

type Use<View, Options> = <Result>(
  action: (view: View) => Promise<Result>,
  options?: Options,
) => Promise<Result>;

/** Tells how long each use of a store waited until its action began, and how long it took from there to its end. */
export function timed<View, Options>(
  events: EventEmitter<StoreEvents>,
  name: StoreEvents['used'][0],
  use: Use<View, Options>,
): Use<View, Options> {
  return async (action, options) => {
    const askedAt = performance.now();
    let begunAt: number | undefined;
    try {
      return await use((view) => {
        begunAt = performance.now();
        return action(view);
      }, options);
    } finally {
      const now = performance.now();
      events.emit('used', name, (begunAt ?? now) - askedAt, begunAt === undefined ? null : now - begunAt);
    }
  };
}
