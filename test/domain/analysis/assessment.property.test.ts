import { deepStrictEqual as deepEqual, ok } from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'tap';
import type { Assessment } from '../../../src/domain/analysis/assessment.ts';
import {
  assessAmong,
  assess as assessInSteps,
  prepareOutcomes,
} from '../../../src/domain/analysis/assessment.ts';
import type { AssessedForecast, ReportedOutcome } from '../../../src/domain/analysis/outcome-selection.ts';
import type { FigureAmount } from '../../../src/domain/money/amount.ts';
import { Decimal } from '../../../src/domain/money/decimal.ts';
import { addDays, daysBetween } from '../../../src/domain/period/calendar.ts';
import type { Period } from '../../../src/domain/period/period.ts';
import { checkPeriod, wholeYears } from '../../../src/domain/period/period.ts';
import { finished } from '../../../src/domain/steps.ts';

/** As a forecast is judged alone; among many it must be judged alike. */
function assess(...[forecast, outcomes, asOf]: Parameters<typeof assessInSteps>) {
  const result = finished(assessInSteps(forecast, outcomes, asOf));
  const amongMany = finished(assessAmong(finished(prepareOutcomes(outcomes, asOf)), forecast));
  deepEqual(amongMany.assessments, result.assessments);
  for (const { outcome, reason } of amongMany.nearMisses)
    ok(result.setAside.some((aside) => aside.outcome === outcome && aside.reason === reason));
  return result;
}

/*
 * Laws of assessments over random outcomes: few bodies, days and figures, so that periods follow each other, overlap and
 * repeat often. Figures are small whole numbers, so that all that a statement allows can be listed: the oracle of the
 * bounds compares such lists and knows no interval arithmetic.
 */

const RUNS = { numRuns: 1500 };
const common = { asStated: null, inferred: [] } as const;

function dated(start: string, end: string, kind: 'window' | 'perYear' = 'window'): Period {
  const years = wholeYears(start, end);
  const isYear = kind === 'window' && years === 1 && start.endsWith('-01-01');
  return checkPeriod({ start, end, kind: isYear ? 'year' : kind, years, ...common });
}

function cumulativeTo(end: string): Period {
  return checkPeriod({ start: null, end, kind: 'cumulativeTo', years: null, ...common });
}

const UNSTATED: Period = { start: null, end: null, kind: 'unstated', years: null, ...common };

/** First days of half-years from 2019 to 2026. */
const HALVES = [2019, 2020, 2021, 2022, 2023, 2024, 2025, 2026].flatMap((year) => [
  `${year}-01-01`,
  `${year}-07-01`,
]);
const LAST = HALVES.length - 1;

function halves(first: number, count: number, kind: 'window' | 'perYear' = 'window'): Period {
  const from = HALVES[Math.min(first, LAST - 1)] ?? '';
  const to = HALVES[Math.min(first + count, LAST)] ?? '';
  return dated(from, addDays(to, -1), kind);
}

/** Spans of half-years, most of them within 2020 to 2022. */
const somePeriod: fc.Arbitrary<Period> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.tuple(fc.nat(8), fc.integer({ min: 1, max: 4 })).map(([at, n]) => halves(at, n)),
  },
  { weight: 1, arbitrary: fc.nat(LAST).map((at) => cumulativeTo(addDays(HALVES[at] ?? '', -1))) },
  { weight: 1, arbitrary: fc.nat(3).map((at) => halves(at, 4, 'perYear')) },
  { weight: 1, arbitrary: fc.constant(UNSTATED) },
);

const KINDS: readonly ((low: string, high: string) => Omit<FigureAmount, 'currency'>)[] = [
  (low) => ({ value: low, low, high: low, qualifier: 'exact' }),
  (low) => ({ value: low, low: null, high: null, qualifier: 'approximately' }),
  (low) => ({ value: low, low, high: null, qualifier: 'atLeast' }),
  (low) => ({ value: null, low, high: null, qualifier: 'atLeast' }),
  (_low, high) => ({ value: high, low: null, high, qualifier: 'atMost' }),
  (low, high) => ({ value: null, low, high, qualifier: 'range' }),
  (low) => ({ value: null, low, high: null, qualifier: 'indefinite' }),
  () => ({ value: null, low: null, high: null, qualifier: 'indefinite' }),
];

const EXACT = KINDS.slice(0, 2);

const MAX = 12;
const amountOf = (kinds: typeof KINDS, currency = 'CNY'): fc.Arbitrary<FigureAmount> =>
  fc.tuple(fc.nat(MAX), fc.nat(MAX), fc.constantFrom(...kinds)).map(([one, other, kind]) => ({
    ...kind(String(Math.min(one, other)), String(Math.max(one, other))),
    currency,
  }));
const mostly = (usual: string, other: string) => fc.constantFrom(...Array<string>(24).fill(usual), other);
const someAmount = fc
  .constantFrom('CNY', 'CNY', 'CNY', 'CNY', 'CNY', 'USD')
  .chain((currency) => amountOf([...EXACT, ...EXACT, ...EXACT, ...KINDS], currency));

const subject = {
  sector: mostly('5g', 'telecom'),
  measure: mostly('directInvestment', 'inducedInvestment'),
  region: mostly('CN', 'DE'),
  scope: mostly('national', 'three-operators'),
};
const publishedOn = fc.constantFrom(null, '2022-02-01', '2023-02-01', '2024-02-01');

interface Given {
  readonly forecast: AssessedForecast;
  readonly outcomes: readonly ReportedOutcome[];
  readonly shuffled: readonly ReportedOutcome[];
  readonly asOf: string;
}

const someForecast: fc.Arbitrary<AssessedForecast> = fc.record({
  id: fc.constant('forecast'),
  forecaster: fc.constant('caict'),
  sector: fc.constant('5g'),
  measure: fc.constant('directInvestment'),
  region: fc.constant('CN'),
  scope: fc.constant('national'),
  amount: amountOf([...EXACT, ...KINDS]),
  period: fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(halves(2, 2), halves(2, 4), halves(2, 6), halves(2, 3)) },
    { weight: 2, arbitrary: fc.constantFrom(cumulativeTo('2021-12-31'), halves(2, 4, 'perYear')) },
    { weight: 1, arbitrary: somePeriod },
  ),
  publishedOn,
  sameClaimAs: fc.constant([]),
});

const row = {
  reportedBy: fc.constantFrom('miit', 'miit', 'miit', 'miit', 'miit', 'miit', 'caict', null),
  ...subject,
  amount: someAmount,
  publishedOn,
};

/** Outcomes that follow each other from 2020 on, and others over any period. */
const given: fc.Arbitrary<Given> = fc
  .tuple(
    someForecast,
    fc.array(fc.record({ ...row, period: somePeriod }), { maxLength: 10, size: 'max' }),
    fc.array(
      fc.tuple(fc.record(row), fc.constantFrom(1, 1, 2, 3, 4), fc.constantFrom('2020-12-31', '2021-12-31')),
      { minLength: 1, maxLength: 6, size: 'max' },
    ),
    fc.constantFrom('2022-06-30', '2023-06-30', '2026-11-25', '2026-11-25', '2026-11-25'),
    fc.infiniteStream(fc.nat()),
  )
  .map(([forecast, strewn, following, asOf, ranks]): Given => {
    let next = 2;
    const inARow = following.map(([of, count, end]) => {
      const first = next;
      next = Math.min(first + count, LAST - 1);
      const period = forecast.period.start === null ? cumulativeTo(end) : halves(first, next - first || 1);
      return { ...of, reportedBy: of.reportedBy ?? 'miit', period };
    });
    const keyed = [...inARow, ...strewn].map((of, at) => ({
      outcome: { ...of, id: `o${String((at * 7) % 16).padStart(2, '0')}` },
      rank: ranks.next().value ?? 0,
    }));
    return {
      forecast,
      outcomes: keyed.map(({ outcome }) => outcome),
      shuffled: keyed.toSorted((one, other) => one.rank - other.rank).map(({ outcome }) => outcome),
      asOf,
    };
  });

function isOfOne({ combinedBodies }: Assessment): boolean {
  return combinedBodies.length === 0;
}

function deepAlike(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** Of a period without an outcome the reason tells whether any came near. */
function withoutNearness({
  reason,
  naiveOutcome: _,
  naiveLogRatio: __,
  naiveInsideBounds: ___,
  ...assessment
}: Assessment) {
  return assessment.status === 'noOutcome' ? assessment : { reason, ...assessment };
}

/** Fails loudly unless the generator makes the case that a law is about. */
function assertLaw(law: (given: Given, met: () => void) => boolean): number {
  let cases = 0;
  fc.assert(
    fc.property(given, (one) =>
      law(one, () => {
        cases += 1;
      }),
    ),
    RUNS,
  );
  return cases;
}

test('the order of the outcomes changes nothing', async () => {
  assertLaw(
    ({ forecast, outcomes, shuffled, asOf }) =>
      JSON.stringify(assess(forecast, outcomes, asOf)) === JSON.stringify(assess(forecast, shuffled, asOf)),
  );
});

test('every outcome counts or is set aside once; what bodies report together counts beside what each does', async (t) => {
  const cases = assertLaw(({ forecast, outcomes, asOf }, met) => {
    const { assessments, setAside } = assess(forecast, outcomes, asOf);
    const ofBodies = assessments.filter(isOfOne).flatMap((one) => one.outcomes);
    if (new Set(ofBodies).size < ofBodies.length) return false;
    const used = new Set(assessments.flatMap((one) => one.outcomes));
    if (used.size > 1 && setAside.length > 1) met();
    const placed = [...used, ...setAside.map(({ outcome }) => outcome)].sort();
    return JSON.stringify(placed) === JSON.stringify(outcomes.map(({ id }) => id).sort());
  });
  t.ok(cases > 10, `${cases}`);
});

test('an assessment is of one body or of several combined, a body has one, and there is always one', async (t) => {
  const cases = assertLaw(({ forecast, outcomes, asOf }, met) => {
    const { assessments } = assess(forecast, outcomes, asOf);
    const bodies = assessments.flatMap(({ reportedBy }) => reportedBy ?? []);
    if (assessments.length > 1) met();
    return (
      assessments.length > 0 &&
      new Set(bodies).size === bodies.length &&
      JSON.stringify(bodies) === JSON.stringify(bodies.toSorted()) &&
      assessments.every((one) => {
        const counted = outcomes.filter(({ id }) => one.outcomes.includes(id));
        const hasOutcomes = ['realised', 'preliminary', 'partial'].includes(one.status);
        const reporting = new Set(counted.map(({ reportedBy }) => reportedBy));
        return (
          (isOfOne(one)
            ? counted.every(({ reportedBy }) => reportedBy === one.reportedBy) &&
              (one.reportedBy !== null || counted.length <= 1)
            : one.reportedBy === null && deepAlike([...reporting].sort(), one.combinedBodies)) &&
          hasOutcomes === counted.length > 0 &&
          (hasOutcomes || assessments.length === 1)
        );
      })
    );
  });
  t.ok(cases > 10, `${cases}`);
});

test('an outcome outside the period, or not known on the day, never counts', async (t) => {
  const cases = assertLaw(({ forecast, outcomes, asOf }, met) => {
    const full = assess(forecast, outcomes, asOf);
    const { start, end, kind } = forecast.period;
    const isOutside = (outcome: ReportedOutcome): boolean => {
      const { period } = outcome;
      if (period.end === null || end === null) return true;
      if ((kind === 'cumulativeTo') !== (period.kind === 'cumulativeTo')) return true;
      if (period.end > end || period.end > asOf) return true;
      if (outcome.publishedOn !== null && outcome.publishedOn > asOf) return true;
      return kind !== 'cumulativeTo' && (period.start ?? '') < (start ?? '');
    };
    const outside = outcomes.filter(isOutside);
    if (outside.length > 0 && full.assessments.some((one) => one.outcomes.length > 0)) met();
    const inside = outcomes.filter((outcome) => !isOutside(outcome));
    return (
      outside.every(({ id }) => full.setAside.some(({ outcome }) => outcome === id)) &&
      deepAlike(
        assess(forecast, inside, asOf).assessments.map(withoutNearness),
        full.assessments.map(withoutNearness),
      )
    );
  });
  t.ok(cases > 10, `${cases}`);
});

test('an outcome of another subject or currency never counts', async () => {
  assertLaw(({ forecast, outcomes, asOf }) => {
    const { assessments } = assess(forecast, outcomes, asOf);
    return outcomes
      .filter(({ id }) => assessments.some((one) => one.outcomes.includes(id)))
      .every(
        (outcome) =>
          outcome.sector === forecast.sector &&
          outcome.measure === forecast.measure &&
          outcome.region === forecast.region &&
          outcome.scope === forecast.scope &&
          outcome.amount.currency === forecast.amount.currency,
      );
  });
});

/** The outcomes that count, in their order. */
function counted({ outcomes }: Given, one: Assessment): readonly ReportedOutcome[] {
  return one.outcomes.flatMap((id) => outcomes.filter((outcome) => outcome.id === id));
}

test('what counts begins on the first day and leaves no day out; realised is the whole, partial less', async (t) => {
  const cases = assertLaw((one, met) => {
    const { forecast, outcomes, asOf } = one;
    return assess(forecast, outcomes, asOf).assessments.every((assessment) => {
      const pieces = counted(one, assessment);
      const { start, end } = forecast.period;
      if (pieces.length === 0 || end === null) return assessment.coveredTo === null;
      const isAll = assessment.coveredTo === end;
      if (['realised', 'preliminary'].includes(assessment.status) !== isAll) return false;
      if (start === null) return pieces.length === 1 && assessment.elapsedShare === null;
      if (pieces.length > 1) met();
      const gapless = pieces.every(({ period }, at) => {
        const before = at === 0 ? addDays(start, -1) : (pieces[at - 1]?.period.end ?? '');
        return period.start === addDays(before, 1);
      });
      const share = new Decimal(daysBetween(start, assessment.coveredTo ?? '') + 1).dividedBy(
        daysBetween(start, end) + 1,
      );
      return (
        gapless &&
        assessment.coveredFrom === start &&
        assessment.coveredTo === pieces.at(-1)?.period.end &&
        assessment.elapsedShare === (isAll ? null : share.toDecimalPlaces(12).toString())
      );
    });
  });
  t.ok(cases > 10, `${cases}`);
});

test('no way through the outcomes of a body reaches further, is shorter or has smaller ids', async (t) => {
  const cases = assertLaw((one, met) => {
    const { forecast, outcomes, asOf } = one;
    const { start } = forecast.period;
    if (start === null) return true;
    const { assessments, setAside } = assess(forecast, outcomes, asOf);
    const refused = setAside
      .filter(({ reason }) => !['gapBefore', 'coveredByUsed', 'overlapsUsed'].includes(reason))
      .map(({ outcome }) => outcome);
    const usable = outcomes.filter(({ id }) => !refused.includes(id));
    /** All ways, by trying each next outcome. */
    const ways = (from: string, body: string): readonly (readonly ReportedOutcome[])[] => [
      [],
      ...usable
        .filter(({ period, reportedBy }) => reportedBy === body && period.start === from)
        .flatMap((next) => ways(addDays(next.period.end ?? '', 1), body).map((rest) => [next, ...rest])),
    ];
    return ['miit', 'caict'].every((body) => {
      const rank = (way: readonly ReportedOutcome[]): string =>
        JSON.stringify([
          // Days left of a period of ten years at the most, the number of outcomes, and their ids: all as texts.
          String(9999 - daysBetween(start, way.at(-1)?.period.end ?? start)).padStart(4, '0'),
          String(way.length).padStart(2, '0'),
          ...way.map(({ id }) => id),
        ]);
      const all = ways(start, body).filter((way) => way.length > 0);
      if (all.length > 2) met();
      const best = all.toSorted((a, b) => (rank(a) < rank(b) ? -1 : 1))[0];
      const found = assessments.find(({ reportedBy }) => reportedBy === body);
      const combined = assessments.find((assessment) => !isOfOne(assessment));
      // What counts in a combination that reaches further is not told twice.
      if (found === undefined && best !== undefined && combined !== undefined)
        return (
          best.every(({ id }) => combined.outcomes.includes(id)) &&
          (best.at(-1)?.period.end ?? '') < (combined.coveredTo ?? '')
        );
      return JSON.stringify(best?.map(({ id }) => id)) === JSON.stringify(found?.outcomes);
    });
  });
  t.ok(cases > 10, `${cases}`);
});

/** Beyond every sum of bounds that can arise, so that open sides are told from closed ones. */
const FAR = 500;

/** Whole numbers that a statement allows, as first and last; an open side ends far out. */
function allowed({ value, low, high, qualifier }: FigureAmount, times = 1): readonly number[] {
  const number = (text: string | null): number => Number(text) * times;
  const list = (from: number, to: number): readonly number[] =>
    Array.from({ length: to - from + 1 }, (_, at) => from + at);
  switch (qualifier) {
    case 'exact':
    case 'approximately':
      return [number(value)];
    case 'atLeast':
      return list(number(low), FAR);
    case 'indefinite':
      return low === null ? list(-FAR, FAR) : list(number(low), FAR);
    case 'atMost':
      return list(-FAR, number(high));
    case 'range':
      return list(number(low), number(high));
  }
}

/** All sums of one of each list, within reach. */
function sums(lists: readonly (readonly number[])[]): ReadonlySet<number> {
  return lists.reduce(
    (all: ReadonlySet<number>, list) => {
      const next = new Set<number>();
      for (const one of all)
        for (const other of list) if (Math.abs(one + other) <= FAR) next.add(one + other);
      return next;
    },
    new Set([0]),
  );
}

test('bounds never give a false precise error, and are kept or missed only where that is sure', async (t) => {
  const seen = { precise: 0, missed: 0, kept: 0, unknown: 0 };
  assertLaw((one) => {
    const { forecast, outcomes, asOf } = one;
    return assess(forecast, outcomes, asOf).assessments.every((assessment) => {
      const { outcomeVsForecastPercent: percent, percentAgainst, percentReason, insideBounds } = assessment;
      if ((percent === null) === (percentReason === null)) return false;
      if ((percent === null) !== (percentAgainst === null)) return false;
      if (!['realised', 'preliminary'].includes(assessment.status))
        return percent === null && insideBounds === null;
      const years = (period: Period): number => (period.kind === 'perYear' ? (period.years ?? 0) : 1);
      const possible = sums(
        counted(one, assessment).map(({ amount, period }) => allowed(amount, years(period))),
      );
      // "From 4 to 6 a year" allows every sum between, not only multiples: ranges are listed after multiplying.
      const stated = allowed(forecast.amount, years(forecast.period));
      const within = [...possible].filter((number) => stated.includes(number)).length;
      const isPoint = forecast.amount.qualifier === 'exact' || forecast.amount.qualifier === 'approximately';
      const verdict = isPoint ? null : within === possible.size ? true : within === 0 ? false : null;
      if (insideBounds !== verdict) return false;
      if (verdict === true) seen.kept += 1;
      else if (!isPoint && verdict === null) seen.unknown += 1;
      // Precise: one number was realised, and it is not among those that the forecast allows, or that is only one.
      const [realised] = possible;
      if (possible.size !== 1 || realised === undefined) return percent === null;
      if (!isPoint && verdict !== false) return percent === null;
      const nearest = stated.toSorted((a, b) => Math.abs(a - realised) - Math.abs(b - realised))[0] ?? 0;
      if (nearest === 0) return percent === null && percentReason === 'forecastIsZero';
      if (isPoint) seen.precise += 1;
      else seen.missed += 1;
      const side = isPoint ? 'value' : realised < nearest ? 'low' : 'high';
      const expected = new Decimal(realised - nearest).times(100).dividedBy(nearest);
      return percentAgainst === side && percent === expected.toSignificantDigits(12).toFixed();
    });
  });
  for (const [name, count] of Object.entries(seen)) t.ok(count > 3, `${name}: ${count}`);
});

/** In order, without the far ends of open sides, where the lists break off. */
function near(numbers: readonly number[]): readonly number[] {
  return numbers.filter((number) => Math.abs(number) <= FAR / 2).sort((one, other) => one - other);
}

test('the amount shown is the one stated, or says no more than its outcomes together', async (t) => {
  const cases = assertLaw((one, met) =>
    assess(one.forecast, one.outcomes, one.asOf).assessments.every((assessment) => {
      const pieces = counted(one, assessment);
      const shown = assessment.outcomeAmount;
      const about = [...pieces.map(({ amount }) => amount), one.forecast.amount].some(
        ({ qualifier }) => qualifier === 'approximately',
      );
      if (assessment.approximate !== about) return false;
      if (shown === null) return pieces.length === 0;
      const years = ({ kind, years: length }: Period): number => (kind === 'perYear' ? (length ?? 0) : 1);
      if (pieces.length > 1) met();
      const possible = sums(pieces.map(({ amount, period }) => allowed(amount, years(period))));
      return (
        JSON.stringify(near([...possible])) === JSON.stringify(near(allowed(shown))) &&
        (pieces.length > 1 || shown.qualifier === pieces[0]?.amount.qualifier)
      );
    }),
  );
  t.ok(cases > 10, `${cases}`);
});
