import { test } from 'tap';
import { randomFrom, runCrashes } from './harness.ts';

test('killed while it is written to, the server loses no write that it answered', async (t) => {
  const reports = await runCrashes({
    kills: 3,
    seed: 20_200_525,
    clients: 4,
    importRows: 2000,
    longestLifeMs: 1500,
  });
  t.equal(reports.length, 3);
  for (const { number, faults, answered } of reports) {
    t.strictSame(faults, [], `after kill ${number}, with ${answered} writes answered`);
  }
  t.ok(
    reports.some(({ answered }) => answered > 20),
    'the clients did write',
  );
});

test('a seed decides the moments', async (t) => {
  const [one, same, other] = [randomFrom(7), randomFrom(7), randomFrom(8)];
  const first = [one(), one(), one()];
  t.strictSame([same(), same(), same()], first);
  t.notSame([other(), other(), other()], first);
  t.ok(first.every((value) => value >= 0 && value < 1));
});
