import fc from 'fast-check';
import { test } from 'tap';
import type { Assessment } from '../../../src/domain/analysis/assessment.ts';
import type { AssessedForecast } from '../../../src/domain/analysis/outcome-selection.ts';
import type { ForecastAssessments } from '../../../src/domain/analysis/track-record.ts';
import {
  HORIZONS,
  horizonOf,
  trackRecord as trackRecordInSteps,
} from '../../../src/domain/analysis/track-record.ts';
import { Decimal, formatRatio } from '../../../src/domain/money/decimal.ts';
import { finished } from '../../../src/domain/steps.ts';

const trackRecord = (given: readonly ForecastAssessments[]) => finished(trackRecordInSteps(given));

const VALUE = '400000000000';

function forecast(id: string, over: Partial<AssessedForecast> = {}): AssessedForecast {
  return {
    id,
    forecaster: 'caict',
    sector: '5g',
    measure: 'marketSize',
    region: 'CN',
    scope: 'national',
    amount: { value: VALUE, low: VALUE, high: VALUE, qualifier: 'exact', currency: 'CNY' },
    period: {
      start: '2022-01-01',
      end: '2022-12-31',
      kind: 'year',
      years: 1,
      asStated: null,
      inferred: [],
    },
    publishedOn: '2020-05-25',
    sameClaimAs: [],
    ...over,
  };
}

const NONE: Assessment = {
  judgedAs: 'accuracy',
  notCounted: null,
  insideInterval: null,
  intervalScore: null,
  naiveOutcome: null,
  naiveLogRatio: null,
  naiveInsideBounds: null,
  status: 'noOutcome',
  reason: 'noOutcomeReported',
  reportedBy: null,
  combinedBodies: [],
  afterTheFact: false,
  outcomes: [],
  outcomeAmount: null,
  comparedAmount: null,
  approximate: false,
  outcomeVsForecastPercent: null,
  errorPercentOfOutcome: null,
  logRatio: null,
  percentAgainst: null,
  percentReason: 'notRealised',
  insideBounds: null,
  elapsedShare: null,
  reachedPercent: null,
  coveredFrom: null,
  coveredTo: null,
  judgedAsOf: '2026-11-25',
};
const PARTIAL: Assessment = { ...NONE, status: 'partial', reason: 'restNotReported', reportedBy: 'miit' };
const NOT_COMPARABLE: Assessment = { ...NONE, status: 'notComparable', reason: 'periodUnknown' };

function realised(over: Partial<Assessment>): Assessment {
  return { ...NONE, status: 'realised', reason: null, reportedBy: 'miit', outcomes: ['o'], ...over };
}

/** Off by so many per cent of a point value. */
function off(percent: string, reportedBy: string | null = 'miit', outcomes = ['o']): Assessment {
  const ratio = new Decimal(percent).dividedBy(100).plus(1);
  return realised({
    outcomeVsForecastPercent: percent,
    errorPercentOfOutcome: ratio.isZero() ? null : formatRatio(ratio.minus(1).dividedBy(ratio).times(100)),
    logRatio: ratio.isZero() ? null : formatRatio(ratio.ln()),
    percentAgainst: 'value',
    percentReason: null,
    reportedBy,
    outcomes,
  });
}

const KEPT = realised({ insideBounds: true, percentReason: 'insideBounds' });
const MISSED = realised({
  insideBounds: false,
  outcomeVsForecastPercent: '-25',
  percentAgainst: 'low',
  percentReason: null,
});
const UNTOLD = realised({ insideBounds: null, percentReason: 'outcomeIsBound' });

const row = (id: string, reportedBy: string | null = 'miit', outcomes = ['o']) => ({
  forecast: id,
  reportedBy,
  outcomes,
});

test('how forecasts came out, with the assessments that each figure rests on', async (t) => {
  const { byMeasure, byHorizon, fulfilment, ...figures } = trackRecord([
    { forecast: forecast('d'), assessments: [off('-30')] },
    { forecast: forecast('a'), assessments: [off('10', 'caict'), off('20', 'miit')] },
    { forecast: forecast('b', { measure: 'revenue' }), assessments: [KEPT, MISSED, UNTOLD] },
    { forecast: forecast('c', { measure: 'revenue' }), assessments: [KEPT, PARTIAL] },
    { forecast: forecast('partial', { publishedOn: null }), assessments: [PARTIAL] },
    { forecast: forecast('pending', { measure: 'revenue' }), assessments: [NONE] },
    { forecast: forecast('not'), assessments: [NOT_COMPARABLE] },
    { forecast: forecast('nobody'), assessments: [off('162.85384171', null, ['x'])] },
  ]);
  t.strictSame(figures, {
    forecasts: 8,
    assessed: 5,
    preliminary: 0,
    partial: 1,
    pending: 0,
    noOutcome: 1,
    notComparable: 1,
    afterTheFact: 0,
    errorCases: 3,
    independentCases: 1,
    // Of three claims no bias is told.
    meanLogRatio: null,
    geometricMeanRatio: null,
    // sqrt((((ln 1.1)^2 + (ln 1.2)^2) / 2 + (ln 0.7)^2 + (ln 2.6285384171)^2) / 3)
    rootMeanSquareLogRatio: '0.600655919664',
    meanPercentageError: null,
    // ((10 + 20) / 2 + 30 + 162.85384171) / 3: two bodies report of a, which weighs once.
    meanAbsolutePercentageError: '69.2846139033',
    medianPercentageError: null,
    medianAbsolutePercentageError: '30',
    meanPercentageErrorOfOutcome: null,
    meanAbsolutePercentageErrorOfOutcome: '39.2306582306',
    biasDirection: null,
    biasReason: 'fewerThanFiveCases',
    percentageErrorReason: null,
    percentageErrorRows: [row('a', 'caict'), row('a'), row('d'), row('nobody', null, ['x'])],
    // b is half kept, c kept.
    shareInsideBounds: '0.75',
    shareInsideBoundsReason: null,
    shareInsideBoundsRows: [row('b'), row('b'), row('c')],
    rangeCases: 2,
    rangeCoverage: '0.75',
    oneSidedCases: 0,
    oneSidedKept: null,
    oneSidedBaseCases: 0,
    oneSidedBaseRate: null,
    intervalCases: 0,
    intervalCoverage: null,
    meanIntervalPercent: null,
    meanIntervalScore: null,
    naiveCases: 0,
    meanAbsoluteLogRatio: null,
    naiveMeanAbsoluteLogRatio: null,
    relativeToNaive: null,
    relativeToNaiveReason: 'noNaiveForecast',
    otherScenarios: 0,
    needs: 0,
    estimates: 0,
  });
  t.match(fulfilment, { forecasts: 0, percentageErrorReason: 'noneAssessed' });
  t.strictSame(
    byMeasure.map((one) => [one.measure, one.forecasts, one.percentageErrorReason, one.shareInsideBounds]),
    [
      ['marketSize', 5, null, null],
      ['revenue', 3, 'noPointErrors', '0.75'],
    ],
  );
  t.strictSame(
    byHorizon.map((one) => [one.horizon, one.forecasts, one.assessed, one.percentageErrorReason]),
    [
      ['upTo3Years', 7, 5, null],
      ['unknown', 1, 0, 'noneAssessed'],
    ],
  );
});

test('a figure that rests on nothing is null, and says why', async (t) => {
  const figures = (...assessments: readonly Assessment[]) => {
    const record = trackRecord([{ forecast: forecast('a'), assessments }]);
    return [
      record.meanAbsolutePercentageError,
      record.biasDirection,
      record.percentageErrorReason,
      record.shareInsideBounds,
      record.shareInsideBoundsReason,
    ];
  };
  t.strictSame(figures(NONE), [null, null, 'noneAssessed', null, 'noneAssessed']);
  t.strictSame(figures(PARTIAL), [null, null, 'noneAssessed', null, 'noneAssessed']);
  t.strictSame(figures(UNTOLD), [null, null, 'noPointErrors', null, 'noBounds']);
  t.strictSame(figures(MISSED), [null, null, 'noPointErrors', '0', null]);
  t.strictSame(figures(KEPT), [null, null, 'noPointErrors', '1', null]);
  t.strictSame(figures(off('-5')), ['5', null, null, null, 'noBounds']);
  t.strictSame(figures(off('5'), off('-5')), ['5', null, null, null, 'noBounds']);
  const empty = trackRecord([]);
  t.strictSame(
    [empty.forecasts, empty.percentageErrorReason, empty.byMeasure, empty.byHorizon],
    [0, 'noneAssessed', [], []],
  );
});

test('a bias is told of five claims and more, by the geometric mean', async (t) => {
  const record = (...percents: readonly string[]) =>
    trackRecord(
      percents.map((percent, at) => ({
        forecast: forecast(`f${at}`, { scope: `scope-${at}` }),
        assessments: [off(percent)],
      })),
    );
  const four = record('100', '100', '100', '100');
  t.strictSame(
    [four.errorCases, four.meanLogRatio, four.biasDirection, four.biasReason],
    [4, null, null, 'fewerThanFiveCases'],
  );
  t.equal(four.rootMeanSquareLogRatio, '0.69314718056', 'ln 2');
  // Three halved, two at 2.5 times: on arithmetic average 30 % more came, on geometric 5 % less.
  const five = record('-50', '-50', '-50', '150', '150');
  t.strictSame([five.meanPercentageError, five.biasDirection, five.biasReason], ['30', 'over', null]);
  // (3 ln 0.5 + 2 ln 2.5) / 5, of logarithms with 12 digits as they are shown, and (0.125 * 6.25) ^ (1 / 5).
  t.strictSame([five.meanLogRatio, five.geometricMeanRatio], ['-0.0493720155864', '0.951826969358']);
  const even = record('-50', '100', '-50', '100', '0');
  t.strictSame([even.meanPercentageError, even.meanLogRatio, even.biasDirection], ['20', '0', 'none']);
});

test('bodies that report half and double of a forecast do not make it right', async (t) => {
  const assessments = [off('-50'), off('100')];
  const record = trackRecord([{ forecast: forecast('a'), assessments }]);
  t.equal(record.rootMeanSquareLogRatio, '0.69314718056', 'ln 2');
  t.equal(record.meanAbsolutePercentageError, '75', '(50 + 100) / 2');
  t.equal(record.meanAbsolutePercentageErrorOfOutcome, '75', '(100 + 50) / 2');
});

test('what foretold nothing is in no figure, and what is preliminary is counted apart', async (t) => {
  const record = trackRecord([
    { forecast: forecast('a'), assessments: [off('10')] },
    { forecast: forecast('b'), assessments: [{ ...off('0'), afterTheFact: true }] },
    { forecast: forecast('c'), assessments: [{ ...off('50'), status: 'preliminary' }] },
    { forecast: forecast('d'), assessments: [{ ...NONE, afterTheFact: true }] },
  ]);
  t.match(record, {
    forecasts: 4,
    assessed: 1,
    preliminary: 1,
    noOutcome: 0,
    afterTheFact: 2,
    errorCases: 1,
    meanAbsolutePercentageError: '10',
  });
});

test('ranges that cover what came stand apart from bounds on one side', async (t) => {
  const range = { value: null, low: '100', high: '200', qualifier: 'range', currency: 'CNY' } as const;
  const over = { value: '100', low: '100', high: null, qualifier: 'atLeast', currency: 'CNY' } as const;
  const record = trackRecord([
    { forecast: forecast('a', { amount: range }), assessments: [KEPT] },
    { forecast: forecast('b', { amount: range }), assessments: [MISSED] },
    { forecast: forecast('c', { amount: over }), assessments: [KEPT] },
    { forecast: forecast('d', { amount: over }), assessments: [KEPT] },
    { forecast: forecast('e', { amount: over }), assessments: [UNTOLD] },
  ]);
  t.match(record, {
    shareInsideBounds: '0.75',
    rangeCases: 2,
    rangeCoverage: '0.5',
    oneSidedCases: 2,
    oneSidedKept: '1',
  });
});

test('a claim that stands in several places counts once, by its smallest id', async (t) => {
  const record = trackRecord([
    { forecast: forecast('c', { sameClaimAs: ['b'] }), assessments: [off('30')] },
    { forecast: forecast('b', { sameClaimAs: ['a', 'elsewhere'] }), assessments: [off('20')] },
    { forecast: forecast('a'), assessments: [off('10')] },
    { forecast: forecast('d', { sameClaimAs: ['a'], forecaster: 'ccid' }), assessments: [off('40')] },
    { forecast: forecast('e', { sameClaimAs: ['a'], scope: 'state-grid' }), assessments: [off('50')] },
    { forecast: forecast('f', { sameClaimAs: ['a'], measure: 'revenue' }), assessments: [off('60')] },
  ]);
  t.strictSame(
    [record.forecasts, record.meanAbsolutePercentageError, record.percentageErrorRows],
    [4, '40', [row('a'), row('d'), row('e'), row('f')]],
  );
});

test('the horizon is from the publication to the last day of the period, anniversaries within', async (t) => {
  const horizon = (publishedOn: string | null, end: string | null) =>
    horizonOf({ publishedOn, period: { ...forecast('a').period, end } });
  t.equal(horizon('2020-05-25', '2019-12-31'), 'upTo1Year');
  t.equal(horizon('2020-05-25', '2021-05-25'), 'upTo1Year');
  t.equal(horizon('2020-05-25', '2021-05-26'), 'upTo3Years');
  t.equal(horizon('2020-02-29', '2021-02-28'), 'upTo1Year');
  t.equal(horizon('2020-02-29', '2021-03-01'), 'upTo3Years');
  t.equal(horizon('2020-05-25', '2023-05-26'), 'upTo5Years');
  t.equal(horizon('2020-05-25', '2025-05-25'), 'upTo5Years');
  t.equal(horizon('2017-07-21', '2025-12-31'), 'over5Years');
  t.equal(horizon(null, '2025-12-31'), 'unknown');
  t.equal(horizon('2020-05-25', null), 'unknown');
});

const COUNTS = [
  'assessed',
  'preliminary',
  'partial',
  'pending',
  'noOutcome',
  'notComparable',
  'afterTheFact',
] as const;

const someAssessment = fc.oneof(
  fc.integer({ min: -100, max: 400 }).map((percent) => off(String(percent))),
  fc.constantFrom(NONE, PARTIAL, NOT_COMPARABLE, KEPT, MISSED, UNTOLD),
);
const catalogue: fc.Arbitrary<readonly ForecastAssessments[]> = fc
  .array(
    fc.record({
      assessments: fc.array(someAssessment, { minLength: 1, maxLength: 3 }),
      measure: fc.constantFrom('marketSize', 'revenue'),
      publishedOn: fc.constantFrom(null, '2010-01-01', '2018-06-01', '2020-05-25', '2022-03-01'),
      same: fc.option(fc.nat(9)),
    }),
    { maxLength: 10 },
  )
  .map((rows) =>
    rows.map(({ assessments, measure, publishedOn, same }, at) => ({
      forecast: forecast(`f${at}`, {
        measure,
        publishedOn,
        sameClaimAs: same === null ? [] : [`f${same}`],
      }),
      assessments,
    })),
  );

test('the order of the forecasts changes nothing, and the groups make up the whole', async () => {
  fc.assert(
    fc.property(catalogue, (given) => {
      const record = trackRecord(given);
      const sum = (groups: readonly { readonly forecasts: number; readonly assessed: number }[]) => [
        groups.reduce((all, one) => all + one.forecasts, 0),
        groups.reduce((all, one) => all + one.assessed, 0),
      ];
      const whole = JSON.stringify([record.forecasts, record.assessed]);
      const rows = (groups: readonly (typeof record.byMeasure)[number][]) =>
        groups.flatMap((one) => one.percentageErrorRows).length;
      return (
        JSON.stringify(record) === JSON.stringify(trackRecord(given.toReversed())) &&
        COUNTS.reduce((sum, name) => sum + record[name], 0) === record.forecasts &&
        JSON.stringify(sum(record.byMeasure)) === whole &&
        JSON.stringify(sum(record.byHorizon)) === whole &&
        rows(record.byMeasure) === record.percentageErrorRows.length &&
        record.byHorizon.every(
          (one, at, all) =>
            at === 0 || HORIZONS.indexOf(all[at - 1]?.horizon ?? 'unknown') < HORIZONS.indexOf(one.horizon),
        )
      );
    }),
  );
});

test('errors and shares are those of the assessments they name, and never of bounds', async () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(someAssessment, { minLength: 1, maxLength: 3 }), { maxLength: 10 }),
      (given) => {
        const record = trackRecord(
          given.map((assessments, at) => ({
            forecast: forecast(`f${at}`, { scope: `scope-${at}` }),
            assessments,
          })),
        );
        const average = (figures: readonly number[]) =>
          figures.length === 0 ? [] : [figures.reduce((sum, one) => sum + one, 0) / figures.length];
        const all = given.map((ofOne) => ofOne.filter(({ status }) => status === 'realised'));
        const precise = all.map((ofOne) => ofOne.filter(({ percentAgainst }) => percentAgainst === 'value'));
        const errors = precise.flatMap((ofOne) =>
          average(ofOne.map(({ outcomeVsForecastPercent }) => Number(outcomeVsForecastPercent))),
        );
        const told = all.map((ofOne) => ofOne.flatMap(({ insideBounds }) => insideBounds ?? []));
        const kept = told.flatMap((ofOne) => average(ofOne.map(Number)));
        const mean = errors.reduce((sum, one) => sum + one, 0) / errors.length;
        const sizes = precise
          .flatMap((ofOne) => average(ofOne.map((one) => Math.abs(Number(one.outcomeVsForecastPercent)))))
          .sort((one, other) => one - other);
        const middle = sizes.filter((_, at) => at === (sizes.length - 1) >> 1 || at === sizes.length >> 1);
        const close = (text: string | null, number: number) =>
          text === null ? Number.isNaN(number) : new Decimal(text).minus(number).abs().lessThan('1e-8');
        return (
          record.errorCases === errors.length &&
          record.independentCases === errors.length &&
          record.percentageErrorRows.length === precise.flat().length &&
          record.shareInsideBoundsRows.length === told.flat().length &&
          (errors.length < 5
            ? record.meanPercentageError === null
            : close(record.meanPercentageError, mean)) &&
          close(
            record.meanAbsolutePercentageError,
            sizes.reduce((sum, one) => sum + one, 0) / sizes.length,
          ) &&
          close(
            record.medianAbsolutePercentageError,
            middle.reduce((sum, one) => sum + one, 0) / middle.length,
          ) &&
          close(record.shareInsideBounds, average(kept)[0] ?? Number.NaN) &&
          (record.meanAbsolutePercentageError === null) === (record.percentageErrorReason !== null) &&
          (record.shareInsideBounds === null) === (record.shareInsideBoundsReason !== null)
        );
      },
    ),
  );
});

test('plans and targets are counted apart, and scenarios beside the base not at all', async (t) => {
  const scenario = (kind: 'base' | 'low' | 'high' | 'other') => ({ name: kind, kind });
  const record = trackRecord([
    { forecast: forecast('projection'), assessments: [off('10')] },
    { forecast: forecast('base', { scenario: scenario('base') }), assessments: [off('20')] },
    { forecast: forecast('low', { scenario: scenario('low') }), assessments: [off('30')] },
    { forecast: forecast('other', { scenario: scenario('other') }), assessments: [off('40')] },
    { forecast: forecast('plan', { stance: 'plan' }), assessments: [off('50')] },
    { forecast: forecast('need', { stance: 'need' }), assessments: [NONE] },
    { forecast: forecast('estimate', { stance: 'estimate' }), assessments: [off('60')] },
  ]);
  t.match(record, {
    forecasts: 2,
    errorCases: 2,
    meanAbsolutePercentageError: '15',
    otherScenarios: 2,
    needs: 1,
    estimates: 1,
    fulfilment: { forecasts: 1, assessed: 1, meanAbsolutePercentageError: '50' },
  });
  t.match(record.byMeasure, [{ measure: 'marketSize', forecasts: 2 }]);
});

test('beside the naive forecast: the relative error of five claims and more', async (t) => {
  const beside = (logRatio: string, naiveLogRatio: string | null): Assessment => ({
    ...off('10'),
    logRatio,
    naiveOutcome: naiveLogRatio === null ? null : 'before',
    naiveLogRatio,
  });
  const record = (...pairs: readonly (readonly [string, string | null])[]) =>
    trackRecord(
      pairs.map((pair, at) => ({
        forecast: forecast(`f${at}`, { scope: `scope-${at}` }),
        assessments: [beside(...pair)],
      })),
    );
  const five = record(
    ['0.1', '0.4'],
    ['-0.3', '0.4'],
    ['0.2', '-0.4'],
    ['0.2', '0.4'],
    ['0.2', '0.4'],
    ['9', null],
  );
  // (0.1 + 0.3 + 3 * 0.2) / 5, and the last has none to be held against.
  t.match(five, {
    errorCases: 6,
    naiveCases: 5,
    meanAbsoluteLogRatio: '0.2',
    naiveMeanAbsoluteLogRatio: '0.4',
    relativeToNaive: '0.5',
    relativeToNaiveReason: null,
  });
  const four = record(...Array.from({ length: 4 }, () => ['0.1', '0.2'] as const));
  t.match(four, { naiveCases: 4, relativeToNaive: null, relativeToNaiveReason: 'fewerThanFiveCases' });
  const perfect = record(...Array.from({ length: 5 }, () => ['0.1', '0'] as const));
  t.match(perfect, { relativeToNaive: null, relativeToNaiveReason: 'naiveNeverErred' });
});

test('intervals are held against what they promise, bounds on one side against their base rate', async (t) => {
  const interval = (percent: string | null) => ({ low: '1', high: '2', percent });
  const covered = (insideInterval: boolean, intervalScore: string | null) => ({
    ...off('10'),
    insideInterval,
    intervalScore,
  });
  const over = { value: '100', low: '100', high: null, qualifier: 'atLeast', currency: 'CNY' } as const;
  const record = trackRecord([
    { forecast: forecast('a', { interval: interval('90') }), assessments: [covered(true, '0.4')] },
    { forecast: forecast('b', { interval: interval('50') }), assessments: [covered(false, '1.6')] },
    { forecast: forecast('c', { amount: over }), assessments: [{ ...KEPT, naiveInsideBounds: true }] },
    { forecast: forecast('d', { amount: over }), assessments: [{ ...KEPT, naiveInsideBounds: false }] },
    { forecast: forecast('e', { amount: over }), assessments: [KEPT] },
    // Nobody said how often the truth lies in it: it is a range beside a point.
    { forecast: forecast('f', { interval: interval(null) }), assessments: [covered(true, null)] },
  ]);
  t.match(record, {
    rangeCases: 1,
    rangeCoverage: '1',
    intervalCases: 2,
    intervalCoverage: '0.5',
    meanIntervalPercent: '70',
    meanIntervalScore: '1',
    oneSidedCases: 3,
    oneSidedKept: '1',
    oneSidedBaseCases: 2,
    oneSidedBaseRate: '0.5',
  });
});

test('revisions of one forecast are one case: five of them tell no bias', (t) => {
  const year = (start: number): AssessedForecast['period'] => ({
    ...forecast('x').period,
    start: `${start}-01-01`,
    end: `${start}-12-31`,
  });
  const record = (years: readonly number[]) =>
    trackRecord(
      years.map((start, at) => ({
        forecast: forecast(`f${at}`, { period: year(start) }),
        assessments: [off('10')],
      })),
    );
  t.match(record([2022, 2022, 2022, 2022, 2022]), {
    errorCases: 5,
    independentCases: 1,
    meanLogRatio: null,
    meanPercentageError: null,
    biasReason: 'fewerThanFiveCases',
    meanAbsolutePercentageError: '10',
  });
  t.match(record([2021, 2022, 2023, 2024, 2025, 2025]), {
    errorCases: 6,
    independentCases: 5,
    meanPercentageError: '10',
    biasDirection: 'under',
  });
  t.end();
});
