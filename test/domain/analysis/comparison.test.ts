import fc from 'fast-check';
import { test } from 'tap';
import type { ComparedFigure, ComparisonOptions } from '../../../src/domain/analysis/comparison.ts';
import { compare as compareInSteps } from '../../../src/domain/analysis/comparison.ts';
import type { FigureAmount, Qualifier } from '../../../src/domain/money/amount.ts';
import { isBoundOnly } from '../../../src/domain/money/amount.ts';
import { Decimal } from '../../../src/domain/money/decimal.ts';
import type { Period } from '../../../src/domain/period/period.ts';
import { finished } from '../../../src/domain/steps.ts';

const compare = (figures: readonly ComparedFigure[], options: Options) =>
  finished(compareInSteps(figures, { ...DEFAULTS, ...options }));

type Options = Pick<ComparisonOptions, 'window' | 'assumeStart'> & Partial<ComparisonOptions>;

const DEFAULTS = {
  scope: 'national',
  over: 'total',
  perForecaster: 'latest',
  currency: null,
  minorUnitsOf: () => 2,
} as const;

const common = { asStated: null, inferred: [] } as const;
const YEAR_2020: Period = { start: '2020-01-01', end: '2020-12-31', kind: 'year', years: 1, ...common };
const SIX_YEARS: Period = { start: '2020-01-01', end: '2025-12-31', kind: 'window', years: 6, ...common };
const BY_2025: Period = { start: null, end: '2025-12-31', kind: 'cumulativeTo', years: null, ...common };
const OVER_FIVE: Period = { start: null, end: null, kind: 'window', years: 5, ...common };
const A_YEAR: Period = { ...SIX_YEARS, kind: 'perYear' };
const NINE_MONTHS: Period = {
  start: '2020-01-01',
  end: '2020-09-30',
  kind: 'window',
  years: null,
  ...common,
};

const IN_2020: Options = {
  window: { start: '2020-01-01', end: '2020-12-31' },
  assumeStart: null,
};
const TO_2025: Options = {
  window: { start: '2020-01-01', end: '2025-12-31' },
  assumeStart: null,
};

/** Trillions: "2-3" is a range. */
function amount(text: string, qualifier: Qualifier = 'exact', currency = 'CNY'): FigureAmount {
  const [one = '0', other = one] = text.split('-').map((part) => new Decimal(part).times('1e12').toFixed());
  const nulls = { value: null, low: null, high: null, qualifier, currency };
  switch (qualifier) {
    case 'exact':
      return { ...nulls, value: one, low: one, high: one };
    case 'approximately':
      return { ...nulls, value: one };
    case 'atLeast':
      return { ...nulls, value: one, low: one };
    case 'atMost':
      return { ...nulls, value: one, high: one };
    case 'range':
      return { ...nulls, low: one, high: other };
    case 'indefinite':
      return { ...nulls, low: one };
  }
}

function figure(
  id: string,
  of: FigureAmount | null,
  period: Period = YEAR_2020,
  over: Partial<ComparedFigure> = {},
): ComparedFigure {
  return {
    id,
    source: `page-of-${id}`,
    forecaster: id,
    sector: 'new-infrastructure',
    measure: 'directInvestment',
    region: 'CN',
    scope: 'national',
    period,
    amount: of,
    publishedOn: null,
    sameClaimAs: [],
    stated: of ?? amount('1'),
    evidence: 'parsed',
    ...over,
  };
}

const CATALOGUE_2020 = [
  figure('sinolink', amount('1')),
  figure('wu-ya', amount('1', 'approximately')),
  figure('goldman-sachs', amount('2')),
  figure('citic', amount('2', 'atLeast')),
  figure('lanshi', amount('2-3', 'range')),
  figure('haitong-ecns', amount('3'), YEAR_2020, { forecaster: 'haitong', sameClaimAs: ['haitong-cbn'] }),
  figure('haitong-cbn', amount('3'), YEAR_2020, { forecaster: 'haitong', evidence: 'located' }),
  figure('goldman-sachs-2025', amount('15'), SIX_YEARS, { forecaster: 'goldman-sachs' }),
  figure('ccid', amount('10', 'atLeast'), BY_2025),
];

test('new infrastructure in 2020: who said what, and the spread that bounds and ranges allow', async (t) => {
  const { rows, spread, currency } = compare(CATALOGUE_2020, IN_2020);
  t.strictSame(
    rows.map(({ forecast, comparable, reason }) => [forecast, comparable, reason]),
    [
      ['sinolink', true, null],
      ['wu-ya', true, null],
      ['citic', true, null],
      ['goldman-sachs', true, null],
      ['lanshi', true, null],
      ['haitong-cbn', true, null],
      ['ccid', false, 'startUnknown'],
      ['goldman-sachs-2025', false, 'differentPeriod'],
    ],
  );
  // 1, 1, 2, 3, over 2, and 2 to 3.
  t.strictSame(spread, {
    count: 6,
    bounded: 2,
    min: '1000000000000',
    median: null,
    max: null,
    ratio: null,
    ranges: {
      min: { low: '1000000000000', high: '1000000000000' },
      median: { low: '2000000000000', high: '2500000000000' },
      max: { low: '3000000000000', high: null },
      ratio: { low: '3', high: null },
    },
    over: 'total',
  });
  t.equal(currency, 'CNY');
  const row = (id: string) => rows.find(({ forecast }) => forecast === id);
  t.strictSame(row('haitong-cbn')?.alsoStatedIn, [
    { forecast: 'haitong-ecns', source: 'page-of-haitong-ecns' },
  ]);
  t.strictSame(row('wu-ya')?.assumptions, [{ code: 'approximateAtFaceValue' }]);
  t.strictSame(row('lanshi')?.total, amount('2-3', 'range'), 'shown all the same');
  t.strictSame(row('goldman-sachs-2025')?.perYear, amount('2.5'));
});

test('"by 2025" counts where a start is assumed, and says so', async (t) => {
  const figures = [figure('a', amount('10'), BY_2025), figure('b', amount('15'), SIX_YEARS)];
  const without = compare(figures, TO_2025);
  t.match(
    without.rows.find(({ forecast }) => forecast === 'a'),
    { reason: 'startUnknown', years: null, perYear: null, assumptions: [] },
  );
  const { rows, spread } = compare(figures, { ...TO_2025, assumeStart: '2020-01-01' });
  t.match(rows[0], {
    forecast: 'a',
    comparable: true,
    years: 6,
    perYear: { value: '1666666666666.67', low: '1666666666666.67', qualifier: 'exact' },
    assumptions: [{ code: 'startAssumed', start: '2020-01-01' }],
    period: BY_2025,
  });
  t.match(spread, { count: 2, median: '12500000000000', ratio: '1.5' });
  const other = compare(figures, { ...TO_2025, assumeStart: '2021-01-01' });
  t.match(other.rows[1], { forecast: 'a', reason: 'differentPeriod', years: 5 });
  t.equal(
    compare(figures, { ...TO_2025, assumeStart: '2026-01-01' }).rows[1]?.reason,
    'startUnknown',
    'a start after the end serves nothing',
  );
});

test('fiscal years, halves and quarters compare with the same days only', async (t) => {
  const window = (start: string, end: string, years: number | null = null): Period => ({
    ...SIX_YEARS,
    start,
    end,
    years,
  });
  const fiscal = window('2020-04-01', '2021-03-31', 1);
  const figures = [
    figure('fiscal', amount('3'), fiscal),
    figure('same', amount('4'), { ...fiscal, inferred: ['start', 'end'] }),
    figure('calendar', amount('5')),
    figure('half', amount('1'), window('2020-01-01', '2020-06-30')),
  ];
  const { rows, spread } = compare(figures, {
    window: { start: '2020-04-01', end: '2021-03-31' },
    assumeStart: null,
  });
  t.strictSame(
    rows.map(({ forecast, reason }) => [forecast, reason]),
    [
      ['fiscal', null],
      ['same', null],
      ['calendar', 'differentPeriod'],
      ['half', 'differentPeriod'],
    ],
  );
  t.match(spread, { count: 2, median: '3500000000000' });
});

test('a figure of eighteen months is two thirds of it a year, exactly; a half year is none', async (t) => {
  const months = (id: string, of: string, end: string): ComparedFigure =>
    figure(id, amount(of), { ...SIX_YEARS, end, years: null });
  const figures = [
    months('eighteen', '3', '2021-06-30'),
    months('twenty', '1', '2021-08-31'),
    months('six', '1', '2020-06-30'),
    months('three', '1', '2020-03-31'),
    figure('one-year', amount('3')),
  ];
  const { rows, spread } = compare(figures, { ...TO_2025, over: 'perYear' });
  t.strictSame(
    rows.map(({ forecast, reason, years, perYear }) => [forecast, reason, years, perYear?.value ?? null]),
    [
      ['twenty', null, null, '600000000000'],
      ['eighteen', null, null, '2000000000000'],
      ['one-year', null, 1, '3000000000000'],
      ['six', 'yearsUnknown', null, null],
      ['three', 'yearsUnknown', null, null],
    ],
  );
  t.match(spread, { count: 3, median: '2000000000000' });
});

test('per-year figures', async (t) => {
  const figures = [
    figure('six-years', amount('12'), SIX_YEARS),
    figure('one-year', amount('3')),
    figure('stated', amount('1'), A_YEAR),
    figure('undated', amount('5'), OVER_FIVE),
    figure('months', amount('1'), NINE_MONTHS),
    figure('range', amount('6-12', 'range'), SIX_YEARS),
  ];
  const { rows, spread } = compare(figures, { ...TO_2025, over: 'perYear' });
  t.strictSame(
    rows.map(({ forecast, reason, perYear }) => [forecast, reason, perYear?.value ?? null]),
    [
      ['range', null, null],
      ['stated', null, '1000000000000'],
      ['six-years', null, '2000000000000'],
      ['one-year', null, '3000000000000'],
      ['months', 'yearsUnknown', null],
      ['undated', 'periodUnknown', '1000000000000'],
    ],
  );
  // 1, 2, 3, and 1 to 2.
  t.match(spread, {
    count: 4,
    bounded: 1,
    ranges: { median: { low: '1500000000000', high: '2000000000000' } },
    over: 'perYear',
  });
  t.match(rows[0]?.perYear, { low: '1000000000000', high: '2000000000000' });
  t.equal(rows[1]?.total, null, 'a figure for each year is no total');
  const totals = compare(figures, TO_2025);
  t.match(totals.spread, { count: 2, over: 'total' });
  t.equal(totals.rows.find(({ forecast }) => forecast === 'stated')?.reason, 'differentPeriod');
  const later = compare(figures, {
    window: { start: '2020-02-01', end: '2025-12-31' },
    assumeStart: null,
    over: 'perYear',
  });
  t.equal(later.spread, null, 'periods that begin before the window are not within it');
  const inYear = compare(figures, { ...IN_2020, over: 'perYear' });
  t.strictSame(
    inYear.rows.filter(({ comparable }) => comparable).map(({ forecast }) => forecast),
    ['one-year'],
  );
});

test('a forecaster counts once, by its latest figure', async (t) => {
  const of = (id: string, text: string, publishedOn: string | null, period: Period = YEAR_2020) =>
    figure(id, amount(text), period, { forecaster: 'house', publishedOn });
  const figures = [
    of('undated', '9', null),
    of('first', '1', '2020-01-10'),
    of('raised', '2', '2020-04-10'),
    of('again', '2.5', '2020-04-10'),
    figure('other', amount('4')),
    figure('nobody-1', amount('5'), YEAR_2020, { forecaster: null }),
    figure('nobody-2', amount('6'), YEAR_2020, { forecaster: null }),
  ];
  const { rows, spread } = compare(figures, IN_2020);
  t.strictSame(
    rows.map(({ forecast, reason, countsInstead }) => [forecast, reason, countsInstead]),
    [
      ['again', null, null],
      ['other', null, null],
      ['nobody-1', null, null],
      ['nobody-2', null, null],
      ['first', 'supersededByLater', 'again'],
      ['raised', 'sameForecaster', 'again'],
      ['undated', 'sameForecaster', 'again'],
    ],
  );
  t.equal(spread?.count, 4);
  const all = compare(figures, { ...IN_2020, perForecaster: 'all' });
  t.match(all.spread, { count: 7, max: '9000000000000' });
  t.ok(all.rows.every(({ countsInstead }) => countsInstead === null));

  // A year within the same house's window, of the same document.
  const yearly = compare(
    [
      of('year', '2', '2020-04-10'),
      of('window', '18', '2020-04-10', SIX_YEARS),
      figure('other', amount('4')),
    ],
    { ...TO_2025, over: 'perYear' },
  );
  t.match(
    yearly.rows.find(({ forecast }) => forecast === 'year'),
    { reason: 'sameForecaster', countsInstead: 'window' },
  );
  t.equal(yearly.spread?.count, 2);
});

test('the ratio is that of the figures as stated, and rates of several days are warned of', async (t) => {
  const at = (id: string, yuan: string, dollars: string, rate: string) =>
    figure(id, amount(dollars, 'exact', 'USD'), YEAR_2020, { stated: amount(yuan), rateKey: rate });
  const { spread, warnings } = compare([at('a', '2', '0.28', 'May'), at('b', '3', '0.45', 'June')], IN_2020);
  t.match(spread, { min: '280000000000', max: '450000000000', ratio: '1.5' });
  t.strictSame(warnings, [{ code: 'mixedRates', forecasts: ['a', 'b'] }]);
  const alike = compare([at('a', '2', '0.28', 'May'), at('b', '3', '0.42', 'May')], IN_2020);
  t.strictSame(alike.warnings, []);
  const euros = figure('c', amount('0.5', 'exact', 'USD'), YEAR_2020, {
    stated: amount('0.45', 'exact', 'EUR'),
    rateKey: 'of euros',
  });
  const two = compare([at('a', '2', '0.25', 'May'), euros], IN_2020);
  t.match(two, { warnings: [], spread: { ratio: '2' } }, 'each currency has one rate');
  const yearly = compare(
    [
      figure('a', amount('0.1', 'exact', 'USD'), SIX_YEARS, { stated: amount('1'), rateKey: 'x' }),
      figure('b', amount('0.2', 'exact', 'USD'), YEAR_2020, { stated: amount('1'), rateKey: 'y' }),
    ],
    { ...TO_2025, over: 'perYear' },
  );
  t.equal(yearly.spread?.ratio, '6', 'a sixth of a year of each');
});

test('scope, conversion and currency', async (t) => {
  const figures = [
    figure('a', amount('1')),
    figure('b', amount('1')),
    figure('soes', amount('1'), YEAR_2020, { scope: 'central-soes' }),
    figure('lost', null, YEAR_2020, { conversionReason: 'publicationDateUnknown' }),
    figure('dollars', amount('1', 'exact', 'USD')),
  ];
  const { rows, spread } = compare(figures, IN_2020);
  t.strictSame(
    rows.slice(2).map(({ forecast, reason, conversionReason }) => [forecast, reason, conversionReason]),
    [
      ['dollars', 'differentCurrency', null],
      ['lost', 'notConverted', 'publicationDateUnknown'],
      ['soes', 'differentScope', null],
    ],
  );
  t.equal(spread?.count, 2);
  t.equal(compare(figures, { ...IN_2020, scope: 'central-soes' }).rows[0]?.forecast, 'soes');
  t.match(compare(figures, { ...IN_2020, currency: 'USD' }), { currency: 'USD', spread: { count: 1 } });
  const inferred = compare([figure('a', amount('1'), { ...YEAR_2020, inferred: ['start', 'end'] })], IN_2020);
  t.strictSame(inferred.rows[0]?.assumptions, [{ code: 'periodInferred', dates: ['start', 'end'] }]);
});

test('one claim in several places', async (t) => {
  const chain = [
    figure('c', amount('1'), YEAR_2020, { sameClaimAs: ['b'], evidence: 'unverified' }),
    figure('b', amount('1'), YEAR_2020, { sameClaimAs: ['a', 'elsewhere'] }),
    figure('a', amount('1')),
    figure('d', amount('1'), YEAR_2020, { sameClaimAs: ['a'], scope: 'central-soes' }),
  ];
  const { rows } = compare(chain, IN_2020);
  t.strictSame(
    rows.map(({ forecast, alsoStatedIn }) => [forecast, ...alsoStatedIn.map((place) => place.forecast)]),
    [['a', 'b', 'c'], ['d']],
  );
  const unconverted = compare(
    [
      figure('a', null, YEAR_2020, { sameClaimAs: ['b'], evidence: 'located' }),
      figure('b', amount('1'), YEAR_2020, { evidence: 'unverified' }),
    ],
    IN_2020,
  );
  t.match(
    unconverted.rows,
    [{ forecast: 'a', reason: 'notConverted', alsoStatedIn: [{ forecast: 'b' }] }],
    'the best place stands for the claim, whether or not it could be converted',
  );
  const dated = compare(
    [
      figure('a', amount('1'), YEAR_2020, { sameClaimAs: ['b'] }),
      figure('b', amount('1'), YEAR_2020, { publishedOn: '2020-05-21' }),
    ],
    IN_2020,
  );
  t.equal(dated.rows[0]?.forecast, 'b', 'of equal evidence, the place that prints its date');
});

test('what is stated otherwise is a row of its own, also where it is linked', async (t) => {
  const rowsOf = (...figures: readonly ComparedFigure[]) =>
    compare(figures, TO_2025).rows.map(({ forecast, alsoStatedIn }) =>
      [forecast, ...alsoStatedIn.map((place) => place.forecast)].join(),
    );
  const ccid = figure('ccid', amount('10', 'atLeast'), BY_2025);
  const linked = { sameClaimAs: ['ccid'] };
  t.strictSame(rowsOf(ccid, figure('press', amount('10', 'approximately'), BY_2025, linked)).sort(), [
    'ccid',
    'press',
  ]);
  t.strictSame(rowsOf(ccid, figure('press', amount('11', 'atLeast'), BY_2025, linked)).length, 2);
  t.strictSame(rowsOf(ccid, figure('press', amount('10', 'atLeast'), SIX_YEARS, linked)).length, 2);
  t.strictSame(rowsOf(ccid, figure('press', amount('10', 'atLeast', 'USD'), BY_2025, linked)).length, 2);
  t.strictSame(rowsOf(ccid, figure('press', amount('10', 'atLeast'), BY_2025, linked)), ['ccid,press']);
  const between = figure('between', amount('11', 'atLeast'), BY_2025, linked);
  const far = figure('far', amount('10', 'atLeast'), BY_2025, { sameClaimAs: ['between'] });
  t.equal(rowsOf(ccid, between, far).length, 3, 'nothing is linked through what says something else');
});

test("computed figures are rounded to the currency's minor unit, stated ones are not", async (t) => {
  const exactly = (id: string, value: string, currency = 'CNY') =>
    figure(id, { value, low: value, high: value, qualifier: 'exact', currency });
  const median = (currency: string, minorUnits: number, ...values: readonly string[]) =>
    compare(
      values.map((value, at) => exactly(`f${at}`, value, currency)),
      { ...IN_2020, minorUnitsOf: (code) => (code === currency ? minorUnits : 9) },
    ).spread?.median;
  t.equal(median('USD', 2, '0.01', '0.02'), '0.02', 'half to even');
  t.equal(median('USD', 2, '0.02', '0.03'), '0.02', 'half to even');
  t.equal(median('JPY', 0, '5', '8'), '6');
  t.equal(median('JPY', 0, '7', '8'), '8');
  t.equal(median('USD', 2, '1.005'), '1.005', 'as in its row');
  const { rows } = compare([figure('a', amount('1', 'exact', 'JPY'), SIX_YEARS)], {
    ...TO_2025,
    minorUnitsOf: () => 0,
  });
  t.equal(rows[0]?.perYear?.value, '166666666667');
});

test('nothing to compare', async (t) => {
  t.strictSame(compare([], IN_2020), {
    ...{ currency: null, rows: [], spread: null, warnings: [] },
    statements: { stances: [], scenarios: [], prices: [] },
  });
  const nothing = { ...amount('1'), value: null, low: null, high: null, qualifier: 'indefinite' } as const;
  t.match(compare([figure('a', nothing)], IN_2020), { spread: null, rows: [{ reason: 'noFigure' }] });
  t.match(compare([figure('a', amount('0'))], IN_2020).spread, { min: '0', max: '0', ratio: null });
});

test('different sectors, measures or regions are a mistake of the caller', async (t) => {
  for (const field of ['sector', 'measure', 'region'] as const) {
    const figures = [figure('a', amount('1')), figure('b', amount('1'), YEAR_2020, { [field]: 'other' })];
    t.throws(() => compare(figures, IN_2020), new RegExp(`one ${field}`));
  }
});

const randomFigures = fc
  .array(
    fc.record({
      text: fc.oneof(fc.integer({ min: 0, max: 2 }), fc.integer({ min: 0, max: 99 })).map(String),
      qualifier: fc.constantFrom<Qualifier>(
        'exact',
        'exact',
        'approximately',
        'atLeast',
        'atMost',
        'range',
        'indefinite',
      ),
      currency: fc.constantFrom('CNY', 'CNY', 'CNY', 'USD'),
      period: fc.constantFrom(YEAR_2020, YEAR_2020, SIX_YEARS, BY_2025, OVER_FIVE, A_YEAR, NINE_MONTHS),
      scope: fc.constantFrom('national', 'national', 'central-soes'),
      links: fc.array(fc.nat({ max: 15 }), { maxLength: 1 }),
      evidence: fc.constantFrom('located', 'parsed', 'unverified'),
      lost: fc.nat({ max: 7 }),
      rank: fc.nat(),
    }),
    { maxLength: 12 },
  )
  .map((rows) => {
    const figures = rows.map(
      ({ text, qualifier, currency, period, scope, links, evidence, lost, rank }, at) => ({
        figure: figure(`f${at}`, lost === 0 ? null : amount(text, qualifier, currency), period, {
          stated: amount(text, qualifier, currency),
          scope,
          evidence,
          sameClaimAs: links.map((link) => `f${link}`),
          forecaster: `house-${at % 5}`,
        }),
        rank,
      }),
    );
    return {
      figures: figures.map((row) => row.figure),
      shuffled: figures.toSorted((one, other) => one.rank - other.rank).map((row) => row.figure),
    };
  });

const randomOptions = fc.record({
  window: fc.constantFrom(IN_2020.window, TO_2025.window),
  assumeStart: fc.constantFrom(null, '2020-01-01', '2021-01-01'),
  over: fc.constantFrom('total', 'perYear'),
});

test('laws of comparisons', async () => {
  fc.assert(
    fc.property(randomFigures, randomOptions, ({ figures, shuffled }, options) => {
      const found = compare(figures, options);
      if (JSON.stringify(found) !== JSON.stringify(compare(shuffled, options))) return false;
      const { rows, spread, currency } = found;

      // Each figure stands in one row, as its representative or as another place of the claim.
      const places = rows.flatMap(({ forecast, alsoStatedIn }) => [
        forecast,
        ...alsoStatedIn.map((place) => place.forecast),
      ]);
      if (
        places.sort().join() !==
        figures
          .map(({ id }) => id)
          .sort()
          .join()
      )
        return false;
      // What is linked and says the same is in one row, and nothing else is.
      const rowOf = (id: string): string | undefined =>
        rows.find((row) => row.forecast === id || row.alsoStatedIn.some(({ forecast }) => forecast === id))
          ?.forecast;
      for (const { id, scope, stated, period, sameClaimAs } of figures) {
        for (const other of figures) {
          const alike =
            other.scope === scope &&
            JSON.stringify([other.stated, other.period]) === JSON.stringify([stated, period]);
          const linked = sameClaimAs.includes(other.id) && alike;
          if (linked && rowOf(id) !== rowOf(other.id)) return false;
          if (!alike && rowOf(id) === rowOf(other.id)) return false;
        }
      }
      // Whatever could not be converted, the same figures stand for the same claims.
      const claims = (of: readonly ComparedFigure[]) =>
        JSON.stringify(
          compare(of, options)
            .rows.map(({ forecast, alsoStatedIn }) => [forecast, alsoStatedIn])
            .sort(),
        );
      const allLost = figures.map((one): ComparedFigure => ({ ...one, amount: null }));
      if (claims(figures) !== claims(allLost)) return false;

      const comparable = rows.filter((row) => row.comparable);
      if (rows.some((row) => row.comparable !== (row.reason === null))) return false;
      const sound = comparable.every((row) => {
        const compared = options.over === 'total' ? row.total : row.perYear;
        return (
          row.scope === 'national' &&
          compared?.currency === currency &&
          row.pointValue === (isBoundOnly(compared) ? null : compared.value) &&
          (options.over === 'perYear' || row.period.end === options.window.end)
        );
      });
      if (!sound) return false;
      const forecasters = new Set(comparable.map(({ forecaster }) => forecaster));
      return (
        forecasters.size === comparable.length &&
        (spread === null ? comparable.length === 0 : spread.count === comparable.length)
      );
    }),
    { numRuns: 1000 },
  );
});

const BASE = { name: 'base case', kind: 'base' } as const;
const HIGH = { name: 'high case', kind: 'high' } as const;
const reasonsOf = ({ rows }: ReturnType<typeof compare>) =>
  Object.fromEntries(rows.map(({ forecast, reason, countsInstead }) => [forecast, [reason, countsInstead]]));

test('of the scenarios of a house the latest base case counts, and the others say so', async (t) => {
  const of = (id: string, text: string, over: Partial<ComparedFigure>) =>
    figure(id, amount(text), YEAR_2020, { forecaster: 'bank', publishedOn: '2020-02-01', ...over });
  const figures = [
    of('old', '14', { publishedOn: '2019-02-01' }),
    of('base', '15.8', { scenario: BASE }),
    of('high', '20', { scenario: HIGH }),
    of('later-high', '25', { scenario: HIGH, publishedOn: '2020-06-01' }),
    figure('house', amount('16')),
  ];
  const latest = compare(figures, IN_2020);
  t.strictSame(reasonsOf(latest), {
    base: [null, null],
    house: [null, null],
    old: ['supersededByLater', 'base'],
    high: ['otherScenario', 'base'],
    'later-high': ['otherScenario', 'base'],
  });
  t.strictSame(latest.warnings, []);
  t.match(latest.statements, { stances: ['projection'], scenarios: [BASE] });
  const all = compare(figures, { ...IN_2020, perForecaster: 'all' });
  t.equal(all.spread?.count, 5);
  t.strictSame(all.warnings, [{ code: 'mixedScenarios', forecasts: ['high', 'later-high'] }]);
  // Without a base case the latest of the others counts; scenarios of nobody in particular are their document's.
  t.match(reasonsOf(compare(figures.slice(2), IN_2020)), {
    'later-high': [null, null],
    high: ['supersededByLater', 'later-high'],
  });
  const nobody = figures.slice(1, 3).map((one) => ({ ...one, forecaster: null, source: 'paper' }));
  t.match(reasonsOf(compare(nobody, IN_2020)), { base: [null, null], high: ['otherScenario', 'base'] });
});

test('a forecast that another one revises is superseded by it, whoever is named', async (t) => {
  const figures = [
    figure('first', amount('1'), YEAR_2020, { revisedBy: ['second', 'elsewhere'] }),
    figure('second', amount('2'), YEAR_2020, { forecaster: 'renamed', revisedBy: ['third'] }),
    figure('third', amount('3'), YEAR_2020, { forecaster: 'renamed' }),
    figure('other', amount('4')),
  ];
  t.strictSame(reasonsOf(compare(figures, IN_2020)), {
    third: [null, null],
    other: [null, null],
    first: ['supersededByLater', 'third'],
    second: ['supersededByLater', 'third'],
  });
  const circle = figures.map((one) => ({ ...one, revisedBy: [one.id === 'first' ? 'second' : 'first'] }));
  t.ok(compare(circle, IN_2020).rows.length === 4, 'a circle does no harm');
  t.equal(compare(figures, { ...IN_2020, perForecaster: 'all' }).spread?.count, 4);
});

test('figures in other prices are not compared, and stances that are mixed are named', async (t) => {
  const real = (year: number) => ({ prices: { kind: 'constant', year } as const });
  const figures = [
    figure('unstated', amount('1'), YEAR_2020, { stance: 'plan' }),
    figure('nominal', amount('2'), YEAR_2020, { prices: { kind: 'nominal', year: null } }),
    figure('stated', amount('3')),
    figure('of-2024', amount('4'), YEAR_2020, real(2024)),
    figure('of-2020', amount('5'), YEAR_2020, real(2020)),
    figure('parity', amount('6'), YEAR_2020, { prices: { kind: 'ppp', year: 2024 } }),
  ];
  const mixed = compare(figures, IN_2020);
  t.match(reasonsOf(mixed), {
    nominal: [null],
    'of-2024': ['otherPrices'],
    'of-2020': ['otherPrices'],
    parity: ['otherPrices'],
  });
  t.equal(mixed.spread?.count, 3);
  t.strictSame(mixed.warnings, [{ code: 'mixedStances', forecasts: ['unstated'] }]);
  t.strictSame(mixed.statements.stances, ['plan', 'projection']);
  const most = compare(
    [...figures.slice(0, 1), figure('real', amount('4'), YEAR_2020, real(2024)), ...figures.slice(3, 4)],
    IN_2020,
  );
  t.match(reasonsOf(most), { unstated: ['otherPrices'], real: [null], 'of-2024': [null] });
});
