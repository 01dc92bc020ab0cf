import fc from 'fast-check';
import { test } from 'tap';
import type { Breakdown, SectorRelations } from '../../../src/domain/analysis/breakdown.ts';
import { breakdownsOf as breakdownsInSteps } from '../../../src/domain/analysis/breakdown.ts';
import type { Figure } from '../../../src/domain/analysis/figure.ts';
import { mayOverlap, natureOf, spanKey } from '../../../src/domain/analysis/figure.ts';
import type { MatrixSelection } from '../../../src/domain/analysis/matrix.ts';
import { breakdownMatrix as matrixInSteps } from '../../../src/domain/analysis/matrix.ts';
import { ancestorsOf, rootOf } from '../../../src/domain/analysis/taxonomy.ts';
import type { FigureAmount } from '../../../src/domain/money/amount.ts';
import { isBoundOnly } from '../../../src/domain/money/amount.ts';
import type { ComputedAmount } from '../../../src/domain/money/bounds.ts';
import { faceOf } from '../../../src/domain/money/bounds.ts';
import { Decimal } from '../../../src/domain/money/decimal.ts';
import type { Period } from '../../../src/domain/period/period.ts';
import { checkPeriod } from '../../../src/domain/period/period.ts';
import { finished } from '../../../src/domain/steps.ts';

const breakdownsOf = (
  sector: string,
  figures: readonly Figure[],
  parentOf: SectorRelations['parentOf'],
  schemes: SectorRelations['schemes'],
  overlapsOf: ReadonlyMap<string, readonly string[]> = new Map(),
) =>
  finished(breakdownsInSteps(sector, figures, { parentOf, schemes, overlapsOf }, Number.POSITIVE_INFINITY));
const breakdownMatrix = (...given: Parameters<typeof matrixInSteps>) => finished(matrixInSteps(...given));

/*
 * Laws of breakdowns over random catalogues: few sectors, documents, forecasters and periods, so that keys meet often.
 */

const Sum = Decimal.clone({ precision: 400 });
const RUNS = { numRuns: 200 };
/** Enough for each law to meet its case far more often than it asks for. */
const LAW_RUNS = { numRuns: 300 };

const common = { asStated: null, inferred: [] } as const;
const SIX_YEARS: Period = {
  start: '2020-01-01',
  end: '2025-12-31',
  kind: 'window',
  years: 6,
  ...common,
};
const PERIODS: readonly Period[] = (
  [
    { start: '2020-01-01', end: '2020-12-31', kind: 'year', years: 1 },
    { start: '2022-01-01', end: '2022-12-31', kind: 'year', years: 1 },
    { start: '2020-01-01', end: '2025-12-31', kind: 'window', years: 6 },
    { start: '2021-01-01', end: '2025-12-31', kind: 'window', years: 5 },
    { start: '2026-01-01', end: '2030-12-31', kind: 'window', years: 5 },
    { start: null, end: null, kind: 'window', years: 5 },
    { start: null, end: '2022-12-31', kind: 'cumulativeTo', years: null },
    { start: null, end: '2025-12-31', kind: 'cumulativeTo', years: null },
    { start: '2020-01-01', end: '2025-12-31', kind: 'perYear', years: 6 },
    { start: null, end: null, kind: 'unstated', years: null },
  ] as const
).map((period) => checkPeriod({ ...period, ...common }));

/** Whole units from a few to a hundred thousand billions, many of them round. */
const money = fc
  .tuple(fc.integer({ min: 1, max: 9999 }), fc.integer({ min: 0, max: 10 }), fc.nat({ max: 99 }))
  .map(([digits, zeros, cents]) => {
    const fraction = zeros === 0 && cents > 0 ? `.${String(cents).padStart(2, '0')}` : '';
    return new Decimal(`${digits}${'0'.repeat(zeros)}${fraction}`).toFixed();
  });

interface Known {
  readonly amount: FigureAmount;
  /** What turns out to be true; an approximate figure counts as if it were exact. */
  readonly truth: string;
}

/** Numbers of an amount from three in ascending order; what is true is the second or, of a stated value, the first. */
const KINDS: readonly ((low: string, middle: string, high: string) => Omit<FigureAmount, 'currency'>)[] = [
  (low) => ({ value: low, low, high: low, qualifier: 'exact' }),
  (low) => ({ value: low, low, high: low, qualifier: 'exact' }),
  (low) => ({ value: low, low: null, high: null, qualifier: 'approximately' }),
  (low) => ({ value: low, low, high: null, qualifier: 'atLeast' }),
  (low) => ({ value: null, low, high: null, qualifier: 'atLeast' }),
  (_low, _middle, high) => ({ value: high, low: null, high, qualifier: 'atMost' }),
  (low, _middle, high) => ({ value: null, low, high, qualifier: 'range' }),
  (low) => ({ value: null, low, high: null, qualifier: 'indefinite' }),
  () => ({ value: null, low: null, high: null, qualifier: 'indefinite' }),
];
const WITH_FACE = KINDS.slice(0, 4);
const POINTS = KINDS.slice(0, 3);

const known = (currency: string, kinds = KINDS): fc.Arbitrary<Known> =>
  fc.tuple(money, money, money, fc.constantFrom(...kinds)).map(([one, other, third, kind]): Known => {
    const [low = '0', middle = '0', high = '0'] = [one, other, third]
      .map((text) => new Decimal(text))
      .sort((a, b) => a.comparedTo(b))
      .map((sorted) => sorted.toFixed());
    const amount = { ...kind(low, middle, high), currency };
    const certain = amount.qualifier === 'exact' || amount.qualifier === 'approximately';
    return { amount, truth: certain ? low : middle };
  });

const SECTORS = 8;
/** Each sector's parent comes before it, the first more often than others; some have none. */
const forest = fc
  .array(fc.constantFrom(0, 0, 0, 1, 2, 3, 4, null), { minLength: SECTORS, maxLength: SECTORS })
  .map(
    (parents) =>
      new Map<string, string | null>(
        parents.map((parent, at) => [
          `s${at}`,
          parent === null || at === 0 ? null : `s${Math.min(parent, at - 1)}`,
        ]),
      ),
  );

interface Catalogue {
  readonly parentOf: ReadonlyMap<string, string | null>;
  readonly figures: readonly Figure[];
  readonly truths: ReadonlyMap<string, string>;
  readonly shuffled: readonly Figure[];
}

const entry = fc.record({
  sector: fc.nat({ max: SECTORS - 1 }).map((at) => `s${at}`),
  source: fc.constantFrom('page-a', 'page-b'),
  forecaster: fc.constantFrom('one', null),
  measure: fc.constantFrom('directInvestment', 'inducedInvestment'),
  region: fc.constantFrom('CN', 'CN', 'CN', 'DE'),
  scope: fc.constantFrom('national', 'national', 'national', 'central-soes'),
  period: fc.constantFrom(...PERIODS),
  known: fc.constantFrom('CNY', 'CNY', 'CNY', 'USD').chain(known),
  withFace: known('CNY', WITH_FACE),
  point: known('CNY', POINTS),
  lost: fc.nat({ max: 19 }).map((at) => at === 0),
});

/** Many figures of one key, so that there are totals with several parts, and some of others. */
const catalogue: fc.Arbitrary<Catalogue> = fc
  .tuple(
    forest,
    fc.array(entry, { maxLength: 12 }),
    fc.array(entry, { minLength: 4, maxLength: 20, size: 'max' }),
    fc.constantFrom(...PERIODS),
    fc.constantFrom('known', 'withFace', 'point', 'point'),
    fc.infiniteStream(fc.nat()),
  )
  .map(([parentOf, any, alike, period, alikeKind, ranks]): Catalogue => {
    const rows = [
      ...any,
      ...alike.map((row, at) => ({
        ...row,
        sector: at < SECTORS ? `s${at}` : row.sector,
        source: 'page-a',
        forecaster: 'one',
        measure: 'directInvestment',
        region: 'CN',
        scope: 'national',
        ...(at % 4 === 3 ? {} : { period }),
        known: row[alikeKind],
      })),
    ];
    const figures = rows.map(
      ({ known: { amount }, lost, withFace: _, point: __, ...row }, at): Figure => ({
        ...row,
        id: `f${at}`,
        amount: lost ? null : amount,
        publishedOn: null,
      }),
    );
    const order = new Map(figures.map(({ id }) => [id, ranks.next().value ?? 0]));
    return {
      parentOf,
      figures,
      truths: new Map(rows.map(({ known: { truth } }, at) => [`f${at}`, truth])),
      shuffled: figures.toSorted((one, other) => (order.get(one.id) ?? 0) - (order.get(other.id) ?? 0)),
    };
  });

function schemesOf(parentOf: Catalogue['parentOf']) {
  return [...parentOf.keys()].map((sector) => ({
    source: 'page-a',
    sector,
    parts: [...parentOf.keys()].filter((child) => parentOf.get(child) === sector),
  }));
}

function allBreakdowns({ parentOf, figures }: Pick<Catalogue, 'parentOf' | 'figures'>): readonly Breakdown[] {
  return [...parentOf.keys()].flatMap((sector) =>
    breakdownsOf(sector, figures, parentOf, schemesOf(parentOf)),
  );
}

function total(texts: readonly string[]): Decimal {
  return texts.reduce((sum, text) => sum.plus(text), new Sum(0));
}

/** Fails loudly unless the generator makes the case that a law is about. */
function assertLaw(law: (catalogue: Catalogue, met: () => void) => boolean): number {
  let cases = 0;
  fc.assert(
    fc.property(catalogue, (given) =>
      law(given, () => {
        cases += 1;
      }),
    ),
    LAW_RUNS,
  );
  return cases;
}

/**
 * Whether a figure that could not be converted, is in another currency or goes beyond the total's period, or a sector whose
 * figures contradict each other, would be a part of the breakdown's total, in the money of no part.
 */
function lacksPart({ figures, parentOf }: Catalogue, breakdown: Breakdown): boolean {
  const { total: whole, sector, parts, period } = breakdown;
  const alike = figures.filter((figure) =>
    (['source', 'forecaster', 'measure', 'region', 'scope'] as const).every(
      (field) => figure[field] === breakdown[field],
    ),
  );
  const isTotal = ({ sector: of }: Figure): boolean => of === sector;
  const contested = breakdown.warnings
    .filter(({ code }) => code === 'severalFigures')
    .flatMap(({ sectors }) => sectors)
    .filter((id) => id !== sector);
  const inNoPart = (id: string): boolean =>
    !parts.some((part) => part.sector === id || ancestorsOf(parentOf, id).includes(part.sector));
  if (whole !== null && contested.some(inNoPart)) return true;
  return alike.some((lost) => {
    const above = ancestorsOf(parentOf, lost.sector);
    if (whole === null || !above.includes(sector)) return false;
    const own = spanKey(lost.period);
    const { start, end } = lost.period;
    const isWithin =
      own === spanKey(period) ||
      (period.end === null
        ? natureOf(period) !== 'year' && (period.years === null || (lost.period.years ?? 0) <= period.years)
        : end !== null && end <= period.end && (start ?? '9') >= (period.start ?? '0'));
    if (isWithin && lost.amount?.currency === breakdown.currency) return false;
    const fits =
      own === spanKey(period) ||
      (natureOf(lost.period) === natureOf(period) &&
        mayOverlap(lost.period, period) &&
        !alike.some((figure) => isTotal(figure) && spanKey(figure.period) === own));
    return fits && inNoPart(lost.sector);
  });
}

test('parts and residual make the total, at face value, or else there is no total or a part of it is lost', async (t) => {
  let lost = 0;
  const cases = assertLaw((given, met) =>
    allBreakdowns(given).every((breakdown) => {
      const { total: whole, parts, sum, residual, status } = breakdown;
      const lacking = lacksPart(given, breakdown);
      if (lacking) lost += 1;
      if ((residual === null) !== (whole === null || lacking)) return false;
      if ((status === 'noTotal') !== (whole === null)) return false;
      const arePoints = [
        ...parts.map(({ amount }) => amount),
        ...(whole === null ? [] : [whole.amount]),
      ].every((amount) => !isBoundOnly(amount));
      if (lacking && !['undetermined', 'overallocated'].includes(status)) return false;
      if (!lacking && arePoints && status === 'undetermined') return false;
      if ((sum === null) !== (parts.length === 0)) return false;
      const faces = parts.map(({ amount }) => faceOf(amount)?.toFixed() ?? null);
      const all = faces.filter((face) => face !== null);
      if (all.length < faces.length) return sum?.value === null && (residual?.value ?? null) === null;
      if (sum !== null && (sum.value === null || !total(all).equals(sum.value))) return false;
      if (whole === null || residual === null) return true;
      if (isBoundOnly(residual)) return residual.value === null && residual.share === null;
      const face = faceOf(whole.amount);
      if (face === null || residual.value === null) return false;
      if (parts.length > 1) met();
      return total([...all, residual.value]).equals(face);
    }),
  );
  t.ok(cases > 20, `${cases}`);
  t.ok(lost > 20, `${lost}`);
});

test("the shares and the residual's make exactly 1, each within a unit of the last place", async (t) => {
  const cases = assertLaw((given, met) =>
    allBreakdowns(given).every((breakdown) => {
      const { total: whole, parts, residual } = breakdown;
      const face = whole === null ? null : faceOf(whole.amount);
      const shares = parts.flatMap(({ share }) => (share === null ? [] : [share]));
      if (face === null) return shares.length === 0 && (residual?.share ?? null) === null;
      const close = parts.every(({ amount, share }) => {
        const part = faceOf(amount);
        const isOfBounds = whole !== null && isBoundOnly(whole.amount) && isBoundOnly(amount);
        if (part === null || isOfBounds || share === null)
          return (part === null || isOfBounds) && share === null;
        return (
          part.dividedBy(face).minus(share).abs().lessThan('1e-12') && /^\d+(?:\.\d{1,12})?$/.test(share)
        );
      });
      if (!close) return false;
      if (lacksPart(given, breakdown)) return residual === null;
      if (residual !== null && isBoundOnly(residual)) return residual.share === null;
      if (shares.length > 1) met();
      return residual?.share != null && total([...shares, residual.share]).equals(1);
    }),
  );
  t.ok(cases > 20, `${cases}`);
});

test('no breakdown mixes measures, documents, forecasters, regions, scopes, currencies or natures of periods', async (t) => {
  const cases = assertLaw((given, met) =>
    allBreakdowns(given).every((breakdown) => {
      const { total: whole, parts } = breakdown;
      const ids = [...parts.map(({ forecast }) => forecast), ...(whole === null ? [] : [whole.forecast])];
      if (ids.length > 1) met();
      return ids.every((id) => {
        const figure = given.figures.find((one) => one.id === id);
        return (
          figure?.source === breakdown.source &&
          figure.forecaster === breakdown.forecaster &&
          figure.measure === breakdown.measure &&
          figure.region === breakdown.region &&
          figure.scope === breakdown.scope &&
          figure.amount?.currency === breakdown.currency &&
          natureOf(figure.period) === natureOf(breakdown.period) &&
          (natureOf(figure.period) !== 'year' || figure.period.end === breakdown.period.end)
        );
      });
    }),
  );
  t.ok(cases > 20, `${cases}`);
});

test('all parts lie below the sector and none below another', async () => {
  assertLaw((given) =>
    allBreakdowns(given).every(({ sector, parts }) => {
      const above = parts.map((part) => ancestorsOf(given.parentOf, part.sector));
      return (
        above.every((ids) => ids.includes(sector)) &&
        new Set(parts.map((part) => part.sector)).size === parts.length &&
        parts.every((part) => !above.some((ids) => ids.includes(part.sector)))
      );
    }),
  );
});

test('every figure stands in a breakdown of its sector and of each above it, or in a warning', async () => {
  assertLaw((given) =>
    given.figures
      .filter(({ amount }) => amount !== null)
      .every(({ id, sector }) =>
        [sector, ...ancestorsOf(given.parentOf, sector)].every((of) =>
          breakdownsOf(of, given.figures, given.parentOf, []).some(
            ({ total: whole, parts, warnings }) =>
              whole?.forecast === id ||
              parts.some(({ forecast }) => forecast === id) ||
              warnings.some(({ forecasts }) => forecasts.includes(id)),
          ),
        ),
      ),
  );
});

test('the order of the figures changes nothing', async () => {
  assertLaw((given) => {
    const { parentOf, figures, shuffled } = given;
    const same = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);
    const by: readonly MatrixSelection[] = [
      { forecaster: 'one' },
      { year: 2022 },
      { measure: 'directInvestment' },
    ];
    return (
      same(allBreakdowns(given), allBreakdowns({ parentOf, figures: shuffled })) &&
      by.every((selection) =>
        same(
          breakdownMatrix(figures, parentOf, { by: selection }),
          breakdownMatrix(shuffled, parentOf, { by: selection }),
        ),
      )
    );
  });
});

/** Whether a true sum may lie where a computed amount says; an approximate one with face-value truths is exact. */
function allows({ value, low, high, qualifier }: ComputedAmount, truth: Decimal): boolean {
  if (qualifier === 'exact' || qualifier === 'approximately') return value !== null && truth.equals(value);
  return (
    (low === null || truth.greaterThanOrEqualTo(low)) && (high === null || truth.lessThanOrEqualTo(high))
  );
}

test('whatever is true within the stated bounds lies within the computed ones, and a status holds for it', async (t) => {
  const seen = new Set<string>();
  const cases = assertLaw((given, met) =>
    allBreakdowns(given).every(({ total: whole, parts, sum, residual, status }) => {
      const truthOf = (id: string): string => given.truths.get(id) ?? 'missing';
      const ofParts = total(parts.map(({ forecast }) => truthOf(forecast)));
      if (sum !== null && !allows(sum, ofParts)) return false;
      if (whole === null || residual === null) return true;
      if (sum !== null && sum.qualifier !== 'exact' && residual.qualifier !== 'indefinite') met();
      const rest = new Sum(truthOf(whole.forecast)).minus(ofParts);
      // 5 % of a total is the most that printed digits leave open.
      const size = new Sum(truthOf(whole.forecast)).times('0.05');
      seen.add(status);
      const isSound: Readonly<Record<string, boolean>> = {
        overallocated: rest.isNegative(),
        partial: rest.isPositive(),
        complete: rest.abs().lessThanOrEqualTo(size.times(1.1)) || isBoundOnly(whole.amount),
      };
      return allows(residual, rest) && (isSound[status] ?? true);
    }),
  );
  t.ok(cases > 20, `${cases}`);
  for (const status of ['overallocated', 'partial', 'undetermined']) t.ok(seen.has(status), status);
});

test('a computed amount has the fields of its qualifier, and says whether anything in it is approximate', async () => {
  assertLaw((given) =>
    allBreakdowns(given).every(({ total: whole, parts, sum, residual }) => {
      const wellFormed = ({ value, low, high, qualifier }: ComputedAmount): boolean => {
        const nulls = [value, low, high].map((text) => (text === null ? 'null' : 'text')).join();
        switch (qualifier) {
          case 'exact':
            return value === low && low === high && value !== null;
          case 'approximately':
            return nulls === 'text,null,null';
          case 'atLeast':
            return low !== null && high === null && (value === null || value === low);
          case 'atMost':
            return low === null && high !== null && (value === null || value === high);
          case 'range':
            return nulls === 'null,text,text';
          case 'indefinite':
            return low === null && high === null;
        }
      };
      const about = parts.some(({ amount }) => amount.qualifier === 'approximately');
      return (
        (sum === null || (wellFormed(sum) && sum.approximate === about)) &&
        (residual === null ||
          (wellFormed(residual) &&
            residual.approximate === (about || whole?.amount.qualifier === 'approximately')))
      );
    }),
  );
});

test('10 trillion of direct and 17.1 trillion of induced investment never meet', async (t) => {
  const planted = (measure: string, trillions: string, sector: string, period: Period): Figure => {
    const value = new Decimal(trillions).times('1e12').toFixed();
    return {
      id: `planted-${measure}`,
      source: 'page-a',
      forecaster: 'one',
      sector,
      measure,
      region: 'CN',
      scope: 'national',
      period,
      amount: { value, low: value, high: value, qualifier: 'exact', currency: 'CNY' },
      publishedOn: null,
    };
  };
  const sectors = fc.nat({ max: SECTORS - 1 }).map((at) => `s${at}`);
  const period = fc.constantFrom(...PERIODS);
  fc.assert(
    fc.property(
      catalogue,
      sectors,
      sectors,
      period,
      period,
      ({ parentOf, figures }, one, other, first, second) => {
        const all = [
          ...figures,
          planted('directInvestment', '10', one, first),
          planted('inducedInvestment', '17.1', other, second),
        ];
        const meet = (ids: readonly string[]): boolean =>
          ids.includes('planted-directInvestment') && ids.includes('planted-inducedInvestment');
        const apart = allBreakdowns({ parentOf, figures: all }).every(
          (breakdown) =>
            !meet([breakdown.total?.forecast ?? '', ...breakdown.parts.map(({ forecast }) => forecast)]),
        );
        const { series } = breakdownMatrix(all, parentOf, { by: { forecaster: 'one' } });
        return apart && series.every(({ cells }) => !meet(cells.map(({ forecast }) => forecast)));
      },
    ),
    RUNS,
  );
  const both = [
    planted('directInvestment', '10', 's0', SIX_YEARS),
    planted('inducedInvestment', '17.1', 's0', SIX_YEARS),
  ];
  t.strictSame(
    breakdownsOf('s0', both, new Map([['s0', null]]), []).map((breakdown) => breakdown.total?.amount.value),
    ['10000000000000', '17100000000000'],
  );
});

test('in a stack no sector stands twice, or beside one above it; every figure is placed once', async (t) => {
  const cases = assertLaw(({ parentOf, figures }, met) => {
    const { series, leftOut } = breakdownMatrix(figures, parentOf, { by: { forecaster: 'one' } });
    const sound = series.every((one) => {
      if (one.totals.length > 0) met();
      return one.cells.every((cell) => {
        const stack = one.cells.filter(
          (other) => spanKey(other.period) === spanKey(cell.period) && other.forecast !== cell.forecast,
        );
        const figure = figures.find(({ id }) => id === cell.forecast);
        return (
          figure?.source === one.source &&
          figure.measure === one.measure &&
          figure.region === one.region &&
          figure.scope === one.scope &&
          figure.amount?.currency === one.currency &&
          rootOf(parentOf, cell.sector) === one.root &&
          stack.every(
            ({ sector }) => sector !== cell.sector && !ancestorsOf(parentOf, cell.sector).includes(sector),
          )
        );
      });
    });
    const placed = [
      ...leftOut.map(({ forecast }) => forecast),
      ...series.flatMap((one) =>
        [...one.cells, ...one.totals, ...one.leftOut].map(({ forecast }) => forecast),
      ),
    ];
    const expected = figures.filter(({ forecaster }) => forecaster === 'one').map(({ id }) => id);
    // What has no currency is missing from the series of each.
    const isLost = (id: string): boolean =>
      figures.some((figure) => figure.id === id && figure.amount === null);
    const once = placed.filter((id, at) => !isLost(id) || placed.indexOf(id) === at);
    return sound && JSON.stringify(once.sort()) === JSON.stringify(expected.sort());
  });
  t.ok(cases > 20, `${cases}`);
});
