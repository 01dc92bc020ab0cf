import { setImmediate as nextIteration } from 'node:timers/promises';
import { test } from 'tap';
import type { Steps } from '../../src/domain/steps.ts';
import { mapped } from '../../src/domain/steps.ts';
import { serialised } from '../../src/http/message/serialiser.ts';
import { inTurns, noteConnection, pause } from '../../src/http/turns.ts';

/** Longer than a turn. */
const STEP_MS = 12;

function work(): void {
  for (const began = performance.now(); performance.now() - began < STEP_MS; );
}

test('many computations have one turn at a time, so that they keep others waiting no longer than one', async (t) => {
  let working = true;
  let steps = 0;
  let between = 0;
  const inTurn: number[] = [];
  const others = (async () => {
    while (working) {
      await nextIteration();
      inTurn.push(between);
      between = 0;
    }
  })();
  function* computation(): Steps<number> {
    for (let step = 0; step < 4; step += 1) {
      work();
      steps += 1;
      between += 1;
      yield;
    }
    return steps;
  }
  const looped = async (): Promise<void> => {
    for (let step = 0; step < 4; step += 1) {
      work();
      steps += 1;
      between += 1;
      await pause();
    }
  };
  await Promise.all([...Array.from({ length: 5 }, () => inTurns(computation())), looped(), looped()]);
  working = false;
  await others;
  t.equal(steps, 28);
  // The first steps are made when they are asked for.
  t.strictSame(Math.max(...inTurn.slice(1)), 1, inTurn.join());
  t.equal(await inTurns(mapped([1, 2], (number) => number * 2)).then(String), '2,4');
});

test('connections that come while something is computed are accepted before its next turn', async (t) => {
  let connections = 0;
  let turns = 0;
  function* computation(): Steps<void> {
    for (; connections < 50; turns += 1) {
      work();
      yield;
    }
  }
  const computed = inTurns(computation());
  // As Node does: one in each round of the event loop.
  for (; connections < 50; connections += 1) {
    await nextIteration();
    noteConnection();
  }
  await computed;
  t.ok(turns < 10, `${turns} turns lay between ${connections} connections`);
});

test('a long answer is the JSON that it would be at once', async (t) => {
  const row = {
    text: 'Größe 一 😀 "',
    none: null,
    left: undefined,
    list: [undefined, 1.5, true],
    made: new Date(0),
  };
  const rows = Array.from({ length: 2000 }, (_, number) => ({
    ...row,
    number,
    more: { empty: {}, rows: [] },
  }));
  for (const answer of [
    {},
    row,
    { data: rows, left: undefined, by: Object.fromEntries(rows.entries()) },
    rows,
    { data: [row, { rows, inner: { rows } }, undefined, ...rows.slice(0, 100), [rows, rows]], none: [] },
  ])
    t.equal(String(await serialised(answer)), JSON.stringify(answer));
});
