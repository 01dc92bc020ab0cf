import fc from 'fast-check';
import { test } from 'tap';
import { spreadOf } from '../../../src/domain/analysis/spread.ts';
import { Exact } from '../../../src/domain/money/bounds.ts';

/* Small whole numbers, so that all that figures may be can be listed: the oracle knows no order of bounds. */

/** Beyond all figures: where an open side ends in the lists. */
const FAR = 1000;

type Sides = readonly [low: number | null, high: number | null];

const spread = (figures: readonly Sides[], minorUnits = 6) => {
  const intervals = figures.map(([low, high]) => ({
    low: low === null ? null : new Exact(low),
    high: high === null ? null : new Exact(high),
  }));
  return spreadOf(intervals, intervals, minorUnits);
};

/** The ends and the middle numbers of what a figure may be: of each statistic the extremes lie at such. */
function possible([low, high]: Sides, all: readonly Sides[]): readonly number[] {
  const [from, to] = [low ?? -FAR, high ?? FAR];
  const ends = all.flatMap((sides) => sides.flatMap((side) => side ?? []));
  return [...new Set([from, to, ...ends.filter((end) => from <= end && end <= to)])];
}

function combinations(lists: readonly (readonly number[])[]): readonly (readonly number[])[] {
  return lists.reduce<readonly (readonly number[])[]>(
    (all, list) => all.flatMap((chosen) => list.map((number) => [...chosen, number])),
    [[]],
  );
}

const sides: fc.Arbitrary<Sides> = fc.oneof(
  fc.integer({ min: 1, max: 20 }).map((point): Sides => [point, point]),
  fc
    .tuple(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 0, max: 10 }))
    .map(([low, more]): Sides => [low, low + more]),
  fc.integer({ min: 1, max: 20 }).map((low): Sides => [low, null]),
  fc.integer({ min: 1, max: 20 }).map((high): Sides => [null, high]),
);

test('each statistic is the narrowest range that all figures allow, and a point only where it is one', async (t) => {
  let [bounded, ratios] = [0, 0];
  fc.assert(
    fc.property(fc.array(sides, { minLength: 1, maxLength: 4 }), (figures) => {
      const found = spread(figures);
      if (found === null) return false;
      const ways = combinations(figures.map((figure) => possible(figure, figures))).map((way) =>
        way.toSorted((one, other) => one - other),
      );
      const middle = (way: readonly number[]) =>
        ((way[(way.length - 1) >> 1] ?? 0) + (way[way.length >> 1] ?? 0)) / 2;
      const isRange = (
        { low, high }: { readonly low: string | null; readonly high: string | null },
        numbers: readonly number[],
        open: readonly [number, number],
      ): boolean => {
        const [least, most] = [Math.min(...numbers), Math.max(...numbers)];
        const close = (text: string | null, number: number) =>
          text !== null && Math.abs(Number(text) - number) < 1e-9 * Math.max(1, number);
        return (
          (least <= open[0] ? low === null : close(low, least)) &&
          (most >= open[1] ? high === null : close(high, most))
        );
      };
      if (found.bounded > 0) bounded += 1;
      // A mean of an open side and a small number is still far off.
      const far: readonly [number, number] = [-400, 400];
      const positive = figures.every(([low]) => low !== null);
      if (positive) ratios += 1;
      const ratio = ways.map((way) => (way.at(-1) ?? 0) / (way[0] ?? 1));
      return (
        isRange(
          found.ranges.min,
          ways.map((way) => way[0] ?? 0),
          [-FAR, FAR],
        ) &&
        isRange(
          found.ranges.max,
          ways.map((way) => way.at(-1) ?? 0),
          [-FAR, FAR],
        ) &&
        isRange(found.ranges.median, ways.map(middle), far) &&
        (!positive ||
          figures.length === 1 ||
          isRange(found.ranges.ratio, ratio, [0, figures.some(([, high]) => high === null) ? 0 : FAR])) &&
        (['min', 'median', 'max', 'ratio'] as const).every((name) => {
          const { low, high } = found.ranges[name];
          return found[name] === (low !== null && low === high ? low : null);
        })
      );
    }),
    { numRuns: 3000 },
  );
  t.ok(bounded > 500 && ratios > 300, `${bounded} ${ratios}`);
});

test('the examples of the catalogue', async (t) => {
  const point = (number: number): Sides => [number, number];
  t.match(spread([point(1), point(1), point(2), point(3)]), {
    count: 4,
    bounded: 0,
    min: '1',
    median: '1.5',
    max: '3',
    ratio: '3',
  });
  t.match(spread([point(1), point(1), point(2), point(3), [2, null], [2, 3]]), {
    count: 6,
    bounded: 2,
    min: '1',
    median: null,
    max: null,
    ranges: {
      median: { low: '2', high: '2.5' },
      max: { low: '3', high: null },
      ratio: { low: '3', high: null },
    },
  });
  t.match(spread([[5, 7]]), {
    min: null,
    ranges: { min: { low: '5', high: '7' }, ratio: { low: '1', high: '1' } },
  });
  t.match(spread([point(0), point(2)]), { min: '0', ratio: null });
  t.match(spread([point(0)]), { min: '0', max: '0', ratio: null });
  t.equal(spread([]), null);
  t.equal(spread([point(1), point(2)], 0)?.median, '2', 'half to even');
});
