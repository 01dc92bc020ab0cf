import fc from 'fast-check';
import { test } from 'tap';
import type { SeriesFigure, SeriesOutcome } from '../../../src/domain/analysis/series.ts';
import { seriesOf } from '../../../src/domain/analysis/series.ts';
import type { FigureAmount } from '../../../src/domain/money/amount.ts';
import type { Period } from '../../../src/domain/period/period.ts';
import { finished } from '../../../src/domain/steps.ts';

const YEAR: Period = {
  start: '2025-01-01',
  end: '2025-12-31',
  kind: 'year',
  years: 1,
  asStated: null,
  inferred: [],
};
const PLAIN = { kind: 'unstated', year: null } as const;

function exactly(value: string, more: Partial<FigureAmount> = {}): FigureAmount {
  return { value, low: value, high: value, qualifier: 'exact', currency: 'USD', ...more };
}

function figure(
  id: string,
  publishedOn: string | null,
  amount: FigureAmount | null,
  more: object = {},
): SeriesFigure {
  return {
    ...{ id, source: `page-${id}`, forecaster: 'house', sector: 'data-centres', measure: 'spending' },
    ...{ region: 'US', scope: 'national', period: YEAR, publishedOn, amount, sameClaimAs: [] },
    ...{ stance: 'projection', scenario: null, prices: PLAIN, revises: null },
    ...(amount === null ? {} : { stated: amount }),
    ...more,
  } as SeriesFigure;
}

const all = (figures: readonly SeriesFigure[], outcomes: readonly SeriesOutcome[] = []) =>
  finished(seriesOf(figures, outcomes));
const changes = (figures: readonly SeriesFigure[]) =>
  all(figures)[0]?.items.map(({ change, noChangeReason }) =>
    change === null ? noChangeReason : [change.from, change.absolute, change.percent, change.approximate],
  );

test('a forecast that moves: each change from the one before it, by hand', async (t) => {
  t.strictSame(
    changes([
      figure('c', '2025-10-30', exactly('330')),
      figure('a', '2025-02-01', exactly('300')),
      figure('b', '2025-05-01', exactly('320', { qualifier: 'approximately', low: null, high: null })),
    ]),
    ['first', ['a', '20', '6.66666666667', true], ['b', '10', '3.125', true]],
  );
});

test('no change is told where there is none to tell', async (t) => {
  const first = figure('a', '2025-01-01', exactly('300'));
  const reasonOf = (...others: readonly SeriesFigure[]) => changes([first, ...others])?.slice(1);
  const atLeast: FigureAmount = {
    ...exactly('320', { qualifier: 'atLeast', high: null }),
  };
  t.strictSame(reasonOf(figure('b', '2025-05-01', atLeast)), ['notOneFigure']);
  t.strictSame(
    reasonOf(
      figure('b', '2025-05-01', exactly('310', { qualifier: 'range', value: null, high: '320' })),
      figure('c', '2025-06-01', exactly('330')),
    ),
    ['notOneFigure', 'notOneFigure'],
    'nor from a range to a figure',
  );
  t.strictSame(reasonOf(figure('b', '2025-05-01', null)), ['notConverted']);
  t.strictSame(reasonOf(figure('b', '2025-05-01', exactly('1', { currency: 'EUR' }))), ['otherCurrency']);
  t.strictSame(reasonOf(figure('b', null, exactly('310'))), ['orderUnknown']);
  t.strictSame(
    reasonOf(figure('b', '2025-05-01', exactly('310')), figure('c', '2025-05-01', exactly('320'))),
    ['orderUnknown', 'orderUnknown'],
    'two of one day',
  );
  t.strictSame(
    reasonOf(
      figure('b', '2025-05-01', exactly('300'), { sameClaimAs: ['a'] }),
      figure('c', '2025-06-01', exactly('330')),
    ),
    ['repeated', ['a', '30', '10', false]],
    'a claim that is printed again is no news',
  );
  t.strictSame(changes([figure('a', '2025-01-01', exactly('0')), figure('b', '2025-02-01', exactly('5'))]), [
    'first',
    ['a', '5', null, false],
  ]);
});

test('what is of another subject is another series; a base case is what is said where there is one figure', async (t) => {
  const base = { name: 'Base case', kind: 'base' } as const;
  const figures = [
    figure('a', '2025-01-01', exactly('1')),
    figure('base', '2025-02-01', exactly('2'), { scenario: base }),
    figure('high', '2025-02-01', exactly('3'), { scenario: { name: 'High', kind: 'high' } }),
    figure('real', '2025-02-01', exactly('4'), { prices: { kind: 'constant', year: 2024 } }),
    figure('scope', '2025-02-01', exactly('5'), { scope: 'central-soes' }),
    figure('later', '2025-02-01', exactly('6'), { period: { ...YEAR, end: '2026-12-31', years: 2 } }),
    figure('other', '2025-02-01', exactly('7'), { forecaster: 'other-house' }),
    figure('nobody', '2025-02-01', exactly('8'), { forecaster: null }),
    figure('nobody-else', '2025-03-01', exactly('9'), { forecaster: null }),
  ];
  const found = all(figures);
  t.strictSame(
    found[0]?.items.map(({ forecast }) => forecast),
    ['a', 'base'],
    'what moved comes first',
  );
  t.equal(found.length, 8);
  t.ok(found.slice(1).every(({ items }) => items.length === 1));
});

test('outcomes stand beside the series of their subject', async (t) => {
  const outcome = (id: string, more: Partial<SeriesOutcome> = {}): SeriesOutcome => ({
    ...{ id, reportedBy: 'office', source: 'page', sector: 'data-centres', measure: 'spending' },
    ...{ region: 'US', scope: 'national', prices: PLAIN, period: YEAR, publishedOn: '2026-03-01' },
    ...{ amount: exactly('340'), conversionReason: null },
    ...more,
  });
  const [series] = all(
    [figure('a', '2025-01-01', exactly('300'))],
    [
      outcome('last', { publishedOn: '2026-09-01' }),
      outcome('first'),
      outcome('of-2024', { period: { ...YEAR, start: '2024-01-01', end: '2024-12-31' } }),
      outcome('real', { prices: { kind: 'constant', year: 2024 } }),
    ],
  );
  t.strictSame(
    series?.outcomes.map(({ id }) => id),
    ['first', 'last'],
  );
});

test('an exchange rate changes no percentage of what is stated in one currency, and is warned of', async (t) => {
  const figures = (rates: readonly number[]) =>
    ['100', '110'].map((stated, at) =>
      figure(`f${at}`, `2025-0${at + 1}-01`, exactly(String(Number(stated) * (rates[at] ?? 1))), {
        stated: exactly(stated, { currency: 'CNY' }),
        rateKey: `CNY ${rates[at]}`,
      }),
    );
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 50 }), (one, other) => {
      const [series] = all(figures([one, other]));
      const isMixed = series?.warnings.some(({ code }) => code === 'mixedRates') === true;
      return series?.items[1]?.change?.percent === '10' && isMixed === (one !== other);
    }),
  );
  t.strictSame(changes(figures([7, 8])), ['first', ['f0', '180', '10', false]]);
});
