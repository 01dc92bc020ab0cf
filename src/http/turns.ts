import { performance } from 'node:perf_hooks';
import { setImmediate as afterOthers } from 'node:timers/promises';
import type { Steps } from '../domain/steps.ts';

/*
 * The event loop serves all requests: what takes long is done in turns. There is one turn at a time for all that take
 * long, so that many of them keep others waiting no longer than one does.
 */

/** For so long a turn may keep others waiting, in milliseconds. */
const TURN_MS = 10;

/** So many rounds of the event loop at most lie between two turns. */
const MOST_ROUNDS = 100;

let lastTurn: Promise<void> = Promise.resolve();
let beganAt = 0;
let connections = 0;

/**
 * To be told of each new connection. Node accepts one in each round of its event loop (libuv 1.52.1): where one has come,
 * another round goes before the next turn, or many that come together would wait for as many turns.
 */
export function noteConnection(): void {
  connections += 1;
}

/** Begins a turn for what is begun when others have just had theirs: it need not wait for a turn once more. */
export function beginTurn(): void {
  beganAt = performance.now();
}

/** Ends this turn and waits for the next one. */
export function nextTurn(): Promise<void> {
  lastTurn = lastTurn.then(async () => {
    let known: number;
    let rounds = 0;
    do {
      known = connections;
      await afterOthers();
      rounds += 1;
    } while (connections > known && rounds < MOST_ROUNDS);
    beginTurn();
  });
  return lastTurn;
}

/** Whether this turn has taken as long as it may. To be asked between pieces of work of a millisecond at most. */
export function isTurnOver(): boolean {
  return performance.now() - beganAt >= TURN_MS;
}

/** Lets others have their turn where this one is over. */
export async function pause(): Promise<void> {
  if (isTurnOver()) await nextTurn();
}

/** The result of a computation, in turns. */
export async function inTurns<Result>(steps: Steps<Result>): Promise<Result> {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    if (isTurnOver()) await nextTurn();
  }
}
