import { test } from 'tap';
import { nextPublication } from '../../../src/domain/money/rate-provider.ts';
import { ecb } from '../../../src/ledger/rates/providers/ecb.ts';
import { startRateSchedule } from '../../../src/ledger/rates/schedule.ts';

test('rates are asked for at 16:05 in Frankfurt on the next day on which they are published', async (t) => {
  const cases: readonly (readonly [string, string])[] = [
    ['2026-08-24T10:00:00Z', '2026-08-24T14:05:00.000Z'],
    ['2026-08-24T14:05:00Z', '2026-08-25T14:05:00.000Z'],
    ['2026-08-28T20:00:00Z', '2026-08-31T14:05:00.000Z'],
    ['2026-12-23T20:00:00Z', '2026-12-24T15:05:00.000Z'],
    ['2026-12-24T20:00:00Z', '2026-12-28T15:05:00.000Z'],
    ['2026-04-02T20:00:00Z', '2026-04-07T14:05:00.000Z'],
    ['2026-10-23T20:00:00Z', '2026-10-26T15:05:00.000Z'],
  ];
  for (const [now, expected] of cases)
    t.equal(nextPublication(ecb, new Date(now)).toISOString(), expected, now);
});

interface Run {
  readonly waits: number[];
  readonly syncs: () => number;
  readonly messages: string[];
}

/** Runs a schedule whose waits take no time, until it has waited so often. */
async function run(missingDays: number, outcomes: readonly boolean[], waitsWanted: number): Promise<Run> {
  const waits: number[] = [];
  const messages: string[] = [];
  let syncs = 0;
  await new Promise<void>((resolve) => {
    const schedule = startRateSchedule({
      provider: ecb,
      sync: async () => {
        syncs += 1;
        if (outcomes[syncs - 1] === false) throw new Error('no network');
        return {};
      },
      missingDays: async () => missingDays,
      log: { info: (_, message) => messages.push(message), warn: (_, message) => messages.push(message) },
      now: () => new Date('2026-08-24T10:00:00Z'),
      random: () => 0.5,
      sleep: async (milliseconds, signal) => {
        waits.push(milliseconds);
        if (waits.length < waitsWanted) return;
        resolve();
        await new Promise((_, reject) =>
          signal.addEventListener('abort', () => reject(new Error('stopped'))),
        );
      },
    });
    setImmediate(async () => {
      while (waits.length < waitsWanted) await new Promise((next) => setImmediate(next));
      await schedule.stop();
    });
  });
  return { waits, syncs: () => syncs, messages };
}

const HOUR = 3_600_000;
const UNTIL_1605_AND_HALF_THE_JITTER = 4 * HOUR + 5 * 60_000 + 5 * 60_000;

test('at the start days that are missing are fetched, then one sync a publication', async (t) => {
  const fresh = await run(0, [true], 2);
  t.same(fresh.waits, [UNTIL_1605_AND_HALF_THE_JITTER, UNTIL_1605_AND_HALF_THE_JITTER]);
  t.equal(fresh.syncs(), 1, 'nothing at the start');
  const old = await run(3, [true, true], 2);
  t.equal(old.syncs(), 2);
});

test('a failure is logged and tried again after an hour', async (t) => {
  const { waits, messages } = await run(3, [false, true], 2);
  t.same(waits, [HOUR, UNTIL_1605_AND_HALF_THE_JITTER]);
  t.same(messages, ['rates could not be synced; serving those held', 'rates synced']);
});
