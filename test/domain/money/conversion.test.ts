import { test } from 'tap';
import { DomainError } from '../../../src/domain/errors.ts';
import type { ConvertibleAmount, Receipt } from '../../../src/domain/money/conversion.ts';
import { convertAmount, deviationPercent, factorOf } from '../../../src/domain/money/conversion.ts';
import {
  averageRoute,
  firstConvertible,
  firstPassable,
  latestRoute,
  pathsBetween,
  pathWithin,
  quotesNeeded,
  referenceRoute,
  statedRoute,
} from '../../../src/domain/money/conversion-routes.ts';
import { averageOver } from '../../../src/domain/money/rate-averages.ts';
import type { RateContext } from '../../../src/domain/money/rates.ts';
import { importedProvider } from '../../../src/ledger/rates/provider.ts';
import { recompute } from '../../helpers/receipts.ts';
import {
  contextOf,
  currencies,
  seedAverages,
  seedContext,
  seedObservations,
} from '../../helpers/reference-rates.ts';
import { refusal } from '../../helpers/refusal.ts';

const NO_AGE = { ageDays: null, warnings: [] };
const NO_DATE = { requestedDate: null, effectiveDate: null, carriedDays: null, ...NO_AGE };

function exactly(value: string, currency: string): ConvertibleAmount {
  return { value, low: value, high: value, currency };
}

function about(value: string, currency: string): ConvertibleAmount {
  return { value, low: null, high: null, currency };
}

const haitong = exactly('3000000000000', 'CNY');
const statedInDollars = about('420000000000', 'USD');

test('three trillion yuan at the reference rates of 25 May 2020', async (t) => {
  const route = referenceRoute('publication', pathWithin(seedContext, 'CNY', 'USD'), '2020-05-25');
  t.same(convertAmount(haitong, route, 2), {
    currency: 'USD',
    value: '420391491985.2',
    low: '420391491985.2',
    high: '420391491985.2',
    receipt: {
      basis: 'publication',
      requestedDate: '2020-05-25',
      effectiveDate: '2020-05-25',
      carriedDays: 0,
      ...NO_AGE,
      method: 'cross',
      legs: [
        {
          kind: 'reference',
          operation: 'divide',
          provider: 'ecb',
          base: 'EUR',
          quote: 'CNY',
          date: '2020-05-25',
          rate: '7.7856',
          revision: 1,
        },
        {
          kind: 'reference',
          operation: 'multiply',
          provider: 'ecb',
          base: 'EUR',
          quote: 'USD',
          date: '2020-05-25',
          rate: '1.091',
          revision: 1,
        },
      ],
      rate: { value: '7.13620531622', base: 'USD', quote: 'CNY', direction: 'CNY per USD' },
    },
  });
});

test('the same at the rate that the document implies, and how far the two lie apart', async (t) => {
  const route = statedRoute(haitong, 'USD', [statedInDollars], '2020-05-25', seedContext);
  const stated = convertAmount(haitong, route, 2);
  t.match(stated, { currency: 'USD', value: '420000000000', low: '420000000000', high: '420000000000' });
  t.same(stated.receipt, {
    basis: 'stated',
    ...NO_DATE,
    method: 'inverse',
    legs: [
      {
        kind: 'source',
        operation: 'divide',
        provider: 'source',
        base: 'USD',
        quote: 'CNY',
        date: '2020-05-25',
        baseAmount: '420000000000',
        quoteAmount: '3000000000000',
        rate: '7.14285714286',
      },
    ],
    rate: { value: '7.14285714286', base: 'USD', quote: 'CNY', direction: 'CNY per USD' },
  });
  const reference = convertAmount(
    haitong,
    referenceRoute('publication', pathWithin(seedContext, 'CNY', 'USD'), '2020-05-25'),
    2,
  );
  t.equal(deviationPercent(reference.value, stated.value), '0.093');
  t.equal(deviationPercent(stated.value, stated.value), '0');
  t.equal(deviationPercent('99', '100'), '-1');
  t.equal(deviationPercent(null, '100'), null);
  t.equal(deviationPercent('1', null), null);
  t.equal(deviationPercent('1', '0'), null);
  // Other figures of the document, at its own rate.
  t.equal(convertAmount(exactly('17100000000000', 'CNY'), route, 2).value, '2394000000000');
});

test('a weekend carries, and the receipt says so', async (t) => {
  for (const [date, carriedDays] of [
    ['2020-05-23', 1],
    ['2020-05-24', 2],
  ] as const) {
    const { receipt } = referenceRoute('date', pathWithin(seedContext, 'CNY', 'USD'), date);
    t.match(receipt, { requestedDate: date, effectiveDate: '2020-05-22', carriedDays });
    t.ok(receipt.legs.every((leg) => leg.kind === 'reference' && leg.date === '2020-05-22'));
  }
});

test('against the euro one published rate does, shown as published', async (t) => {
  const toEuro = convertAmount(
    haitong,
    referenceRoute('date', pathWithin(seedContext, 'CNY', 'EUR'), '2020-05-25'),
    2,
  );
  t.match(toEuro.receipt, { method: 'inverse', rate: { value: '7.7856', direction: 'CNY per EUR' } });
  t.equal(toEuro.receipt.legs.length, 1);
  t.equal(toEuro.value, '385326757090.01');
  const fromEuro = convertAmount(
    exactly('1000000', 'EUR'),
    referenceRoute('date', pathWithin(seedContext, 'EUR', 'USD'), '2020-05-25'),
    2,
  );
  t.match(fromEuro.receipt, { method: 'direct', rate: { value: '1.091', base: 'EUR', quote: 'USD' } });
  t.equal(fromEuro.value, '1091000');
  t.same(quotesNeeded('CNY', 'USD', 'EUR'), ['CNY', 'USD']);
  t.same(quotesNeeded('EUR', 'USD', 'EUR'), ['USD']);
  t.same(quotesNeeded('CNY', 'EUR', 'EUR'), ['CNY']);
  t.same(quotesNeeded('USD', 'USD', 'EUR'), []);
});

test('one rounding, half-even, to the minor unit of the target', async (t) => {
  const rates = { JPY: '100', GBP: '0.5', USD: '8' };
  const held = Object.entries(rates).map(([quote, rate]) => {
    return { provider: 'ecb', base: 'EUR', quote, date: '2020-05-25', rate, observedAt: '', revision: 1 };
  });
  const context = contextOf(held);
  const convert = (value: string, from: string, to: string, minorUnits: number) => {
    return convertAmount(
      about(value, from),
      referenceRoute('date', pathWithin(context, from, to), '2020-05-25'),
      minorUnits,
    ).value;
  };
  // A dollar is 0.125 euro, half-way between two cents.
  t.equal(convert('1', 'USD', 'EUR', 2), '0.12');
  t.equal(convert('3', 'USD', 'EUR', 2), '0.38');
  t.equal(convert('-1', 'USD', 'EUR', 2), '-0.12');
  t.equal(convert('0.005', 'EUR', 'JPY', 0), '0');
  t.equal(convert('0.015', 'EUR', 'JPY', 0), '2');
  // Three places, as a dinar has.
  t.equal(convert('0.001', 'EUR', 'GBP', 3), '0');
  t.equal(convert('0.003', 'EUR', 'GBP', 3), '0.002');
  t.equal(convert('-0.0001', 'EUR', 'JPY', 0), '0');
  const route = referenceRoute('date', pathWithin(context, 'USD', 'EUR'), '2020-05-25');
  t.same(
    refusal(t, 'currencyWithoutMinorUnits', () => convertAmount(about('1', 'USD'), route, null)),
    {
      currency: 'EUR',
    },
  );
});

test('an amount in its own currency needs no rate, and keeps every digit', async (t) => {
  const odd = { value: null, low: '0.0049', high: '3', currency: 'CNY' };
  const routes = [
    referenceRoute('publication', pathWithin(seedContext, 'CNY', 'CNY'), null),
    referenceRoute('date', pathWithin(seedContext, 'CNY', 'CNY'), '2020-05-28'),
    latestRoute(pathWithin(seedContext, 'CNY', 'CNY'), null, seedContext.current.today),
    statedRoute(odd, 'CNY', [], null, seedContext),
    averageRoute(pathWithin(seedContext, 'CNY', 'CNY'), { start: null, end: null }, () => null),
  ];
  for (const route of routes) {
    t.match(convertAmount(odd, route, 2), {
      ...odd,
      receipt: { method: 'identity', legs: [], rate: { value: '1' } },
    });
  }
  t.match(routes[0]?.receipt, { basis: 'publication', ...NO_DATE });
  t.match(routes[1]?.receipt, { requestedDate: '2020-05-28', effectiveDate: '2020-05-28', carriedDays: 0 });
  refusal(t, 'currencyUnknown', () =>
    referenceRoute('date', pathWithin(seedContext, 'XYZ', 'XYZ'), '2020-05-25'),
  );
});

test('missing figures stay missing', async (t) => {
  const route = referenceRoute('date', pathWithin(seedContext, 'CNY', 'USD'), '2020-05-25');
  t.match(convertAmount({ value: null, low: '24000000000000', high: null, currency: 'CNY' }, route, 2), {
    value: null,
    low: '3363131935881.63',
    high: null,
  });
  t.throws(() => convertAmount(about('1', 'USD'), route, 2), /route from CNY/);
});

test('a document without a date is not converted at its publication', async (t) => {
  t.same(
    refusal(t, 'publicationDateUnknown', () =>
      referenceRoute('publication', pathWithin(seedContext, 'CNY', 'USD'), null),
    ),
    {
      from: 'CNY',
      to: 'USD',
    },
  );
});

test('the four codes of a day without a rate, from either side', async (t) => {
  const cases = [
    ['RUB', '2023-05-25', 'rateAfterSeriesEnd'],
    ['ISK', '2012-05-25', 'rateInSeriesGap'],
    ['CNY', '2004-05-25', 'rateBeforeSeries'],
    ['CNY', '2026-09-24', 'rateInFuture'],
    ['CNY', '2020-05-28', 'rateNotHeld'],
    ['XYZ', '2020-05-25', 'currencyUnknown'],
    ['VND', '2020-05-25', 'currencyWithoutRates'],
  ] as const;
  for (const [currency, date, code] of cases) {
    refusal(t, code, () => referenceRoute('date', pathWithin(seedContext, currency, 'USD'), date));
    refusal(t, code, () => referenceRoute('date', pathWithin(seedContext, 'EUR', currency), date));
  }
});

test('a rate is implied only by a document that states one', async (t) => {
  const implied = (amount: ConvertibleAmount, stated: readonly ConvertibleAmount[], to = 'USD') => {
    return statedRoute(amount, to, stated, null, seedContext);
  };
  t.same(
    refusal(t, 'noStatedConversion', () => implied(haitong, [])),
    { from: 'CNY', to: 'USD' },
  );
  t.same(
    refusal(t, 'statedConversionOtherCurrency', () => implied(haitong, [statedInDollars], 'JPY')),
    {
      from: 'CNY',
      to: 'JPY',
      currencies: ['USD'],
    },
  );
  refusal(t, 'currencyUnknown', () => implied(haitong, [statedInDollars], 'XYZ'));
  // "2-3 trillion yuan (USD 280-420 billion)": both bounds imply the same rate.
  const range = { value: null, low: '2000000000000', high: '3000000000000', currency: 'CNY' };
  const same = { value: null, low: '280000000000', high: '420000000000', currency: 'USD' };
  const converted = convertAmount(range, implied(range, [same]), 2);
  t.match(converted, { value: null, low: '280000000000', high: '420000000000' });
  const other = { ...same, high: '430000000000' };
  t.match(
    refusal(t, 'statedConversionAmbiguous', () => implied(range, [other])),
    { from: 'CNY', to: 'USD' },
  );
  // A range against one figure, or nothing against nothing, implies no rate.
  t.match(
    refusal(t, 'noStatedConversion', () => implied(range, [statedInDollars])),
    { reason: 'no figure in both' },
  );
  refusal(t, 'noStatedConversion', () => implied(haitong, [about('0', 'USD')]));
  // "over USD 420 billion (3 trillion yuan)" and several conversions.
  const open = { value: '3', low: '3', high: null, currency: 'CNY' };
  t.equal(convertAmount(open, implied(open, [about('0.38', 'EUR'), about('0.42', 'USD')]), 2).low, '0.42');
  // A forecast in euro: its rate is for one euro, as any other.
  const euro = exactly('100', 'EUR');
  const route = implied(euro, [about('109', 'USD')]);
  t.match(route.receipt, {
    method: 'direct',
    legs: [
      {
        operation: 'multiply',
        base: 'EUR',
        quote: 'USD',
        baseAmount: '100',
        quoteAmount: '109',
        rate: '1.09',
      },
    ],
    rate: { value: '1.09', direction: 'USD per EUR' },
  });
  t.equal(convertAmount(euro, route, 2).value, '109');
});

test('the newest rates held', async (t) => {
  const route = latestRoute(pathWithin(seedContext, 'CNY', 'USD'), '2026-08-21', seedContext.current.today);
  t.match(route.receipt, {
    basis: 'latest',
    requestedDate: null,
    effectiveDate: '2026-08-21',
    carriedDays: null,
  });
  t.equal(route.receipt.legs.length, 2);
  t.match(convertAmount(haitong, route, 2), { value: '446390415140.42' });
  t.match(
    refusal(t, 'rateNotHeld', () =>
      latestRoute(pathWithin(seedContext, 'CNY', 'USD'), null, seedContext.current.today),
    ),
    { command: 'rates sync' },
  );
  // A rate of 2022 is not the newest of a currency that has none any more.
  const rouble = {
    provider: 'ecb',
    base: 'EUR',
    quote: 'RUB',
    date: '2022-03-01',
    rate: '117.201',
    observedAt: '',
  };
  const context = contextOf([...seedObservations, { ...rouble, revision: 1 }]);
  t.match(
    refusal(t, 'rateAfterSeriesEnd', () =>
      latestRoute(pathWithin(context, 'RUB', 'EUR'), '2022-03-01', context.current.today),
    ),
    {
      lastDay: '2022-03-01',
    },
  );
});

test('the mean over a period', async (t) => {
  const over =
    (start: string, end: string) =>
    ({ quote }: { readonly quote: string }) => {
      const ofQuote = (one: { readonly quote: string }): boolean => one.quote === quote;
      return averageOver(start, end, seedObservations.filter(ofQuote), seedAverages.filter(ofQuote));
    };
  const period = { start: '2020-01-01', end: '2020-12-31' };
  const route = averageRoute(pathWithin(seedContext, 'CNY', 'USD'), period, over(period.start, period.end));
  t.same(route.receipt, {
    basis: 'periodAverage',
    ...NO_DATE,
    method: 'cross',
    legs: [
      {
        kind: 'average',
        operation: 'divide',
        provider: 'ecb',
        base: 'EUR',
        quote: 'CNY',
        firstDay: '2020-01-02',
        lastDay: '2020-12-31',
        observations: 257,
        targetDays: 257,
        sum: '2023.7972',
        rate: '7.87469727626',
      },
      {
        kind: 'average',
        operation: 'multiply',
        provider: 'ecb',
        base: 'EUR',
        quote: 'USD',
        firstDay: '2020-01-02',
        lastDay: '2020-12-31',
        observations: 257,
        targetDays: 257,
        sum: '293.5444',
        rate: '1.14219610895',
      },
    ],
    rate: { value: '6.89434783971', base: 'USD', quote: 'CNY', direction: 'CNY per USD' },
  });
  // 3e12 x 293.5444 / 2023.7972, by bc.
  t.equal(convertAmount(haitong, route, 2).value, '435139054446.76');
  // Six years of seven are 86 %: the seventh is not held yet.
  t.match(
    refusal(t, 'averageCoverageTooLow', () =>
      averageRoute(
        pathWithin(seedContext, 'CNY', 'USD'),
        { start: '2020-01-01', end: '2026-12-31' },
        over('2020-01-01', '2026-12-31'),
      ),
    ),
    { currency: 'CNY', observations: 1540, targetDays: 1794, minimumPercent: 90 },
  );
  refusal(t, 'averageCoverageTooLow', () =>
    averageRoute(
      pathWithin(seedContext, 'CNY', 'USD'),
      { start: '2030-01-01', end: '2030-12-31' },
      over('2030-01-01', '2030-12-31'),
    ),
  );
  // The rouble's 42 days of 2022 are no average of that year; the krona's eleven months of 2018 are, with 91 %.
  const of2022 = { start: '2022-01-01', end: '2022-12-31' };
  t.match(
    refusal(t, 'averageCoverageTooLow', () =>
      averageRoute(pathWithin(seedContext, 'USD', 'RUB'), of2022, over(of2022.start, of2022.end)),
    ),
    { currency: 'RUB', observations: 42, targetDays: 257 },
  );
  const of2018 = { start: '2018-01-01', end: '2018-12-31' };
  t.match(
    averageRoute(pathWithin(seedContext, 'ISK', 'EUR'), of2018, over(of2018.start, of2018.end)).receipt,
    {
      method: 'inverse',
      legs: [{ firstDay: '2018-02-01', observations: 233, targetDays: 255 }],
    },
  );
  for (const open of [
    { start: null, end: '2025-12-31' },
    { start: '2020-01-01', end: null },
    { start: null, end: null },
  ]) {
    t.same(
      refusal(t, 'periodOpen', () => averageRoute(pathWithin(seedContext, 'CNY', 'USD'), open, () => null)),
      open,
    );
  }
});

test('coverage is refused below nine tenths, not at them', async (t) => {
  // 25 May to 5 June 2020: ten TARGET days.
  const period = { start: '2020-05-25', end: '2020-06-05' };
  const average = (observations: number) => ({
    provider: 'ecb',
    base: 'EUR',
    quote: 'USD',
    firstDay: '2020-05-25',
    lastDay: '2020-06-05',
    observations,
    sum: '10',
  });
  t.ok(averageRoute(pathWithin(seedContext, 'EUR', 'USD'), period, () => average(9)));
  refusal(t, 'averageCoverageTooLow', () =>
    averageRoute(pathWithin(seedContext, 'EUR', 'USD'), period, () => average(8)),
  );
});

test('a receipt survives JSON and gives its figure again', async (t) => {
  const routes = [
    referenceRoute('publication', pathWithin(seedContext, 'CNY', 'USD'), '2020-05-25'),
    statedRoute(haitong, 'USD', [statedInDollars], '2020-05-25', seedContext),
    latestRoute(pathWithin(seedContext, 'CNY', 'JPY'), '2026-08-21', seedContext.current.today),
    referenceRoute('date', pathWithin(seedContext, 'CNY', 'CNY'), '2020-05-25'),
  ];
  for (const route of routes) {
    const minorUnits = currencies.get(route.to)?.minorUnits ?? 0;
    const { value, receipt } = convertAmount(haitong, route, minorUnits);
    const sent = JSON.parse(JSON.stringify(receipt)) as Receipt;
    t.equal(recompute(sent, '3000000000000', minorUnits), value);
    // The shown rate is for reading only.
    t.equal(
      recompute({ ...sent, rate: { ...sent.rate, value: '1' } } as Receipt, '3000000000000', minorUnits),
      value,
    );
  }
  const [first] = routes;
  refusal(t, 'malformedDecimal', () => first && convertAmount({ ...haitong, value: '1e3' }, first, 2));
  const { numerator, denominator } = factorOf(routes[0]?.receipt.legs ?? []);
  t.equal(`${numerator} / ${denominator}`, '1.091 / 7.7856');
});

test('a list of bases is the order in which they are tried', async (t) => {
  const attempt = (basis: string): string => {
    if (basis === 'stated') throw new DomainError('noStatedConversion', { from: 'CNY', to: 'USD' });
    if (basis === 'publication') throw new DomainError('publicationDateUnknown', {});
    return basis;
  };
  t.equal(firstConvertible(['latest', 'stated'], attempt), 'latest');
  t.equal(firstConvertible(['stated', 'publication', 'latest', 'date'], attempt), 'latest');
  t.same(
    refusal(t, 'noStatedConversion', () => firstConvertible(['stated'], attempt)),
    { from: 'CNY', to: 'USD' },
  );
  t.same(
    refusal(t, 'conversionNotPossible', () => firstConvertible(['publication', 'stated'], attempt)),
    {
      reasons: [
        { basis: 'publication', code: 'publicationDateUnknown', data: {} },
        { basis: 'stated', code: 'noStatedConversion', data: { from: 'CNY', to: 'USD' } },
      ],
    },
  );
  t.throws(
    () =>
      firstConvertible(['latest', 'date'], () => {
        throw new TypeError('a mistake in the program');
      }),
    TypeError,
  );
});

test('a rate that the law has fixed answers from its first day on, and the leg says which law', async (t) => {
  const convert = (value: string, from: string, to: string, date: string, context = seedContext) =>
    convertAmount(exactly(value, from), referenceRoute('date', pathWithin(context, from, to), date), 2);
  const mark = {
    kind: 'irrevocable',
    operation: 'divide',
    provider: 'eu-council',
    base: 'EUR',
    quote: 'DEM',
    date: '1999-01-01',
    rate: '1.95583',
    law: 'Council Regulation (EC) No 2866/98',
  };
  // A Sunday: the law knows no weekends.
  const euros = convert('100', 'DEM', 'EUR', '2020-05-24');
  t.match(euros, { value: '51.13', receipt: { effectiveDate: '2020-05-24', carriedDays: 0 } });
  t.same(euros.receipt.legs, [mark]);
  t.match(euros.receipt, { method: 'inverse', rate: { value: '1.95583', direction: 'DEM per EUR' } });
  t.match(convert('100', 'EUR', 'DEM', '2020-05-24'), { value: '195.58', receipt: { method: 'direct' } });
  // 1.091 dollars and 1.95583 marks for one euro, by bc.
  const marks = convert('100', 'USD', 'DEM', '2020-05-25');
  t.match(marks, { value: '179.27', receipt: { method: 'cross', effectiveDate: '2020-05-25' } });
  t.match(marks.receipt.legs, [
    { kind: 'reference', provider: 'ecb', quote: 'USD', operation: 'divide' },
    { ...mark, operation: 'multiply' },
  ]);
  t.equal(recompute(marks.receipt, '100', 2), '179.27');
  // 100 / 1.95583 * 6.55957, by bc.
  t.match(convert('100', 'DEM', 'FRF', '2024-01-01'), { value: '335.39' });
  // The kuna: reference rates while it was a currency, then the law, whatever day the dollar's rate is of.
  const days = ['2022-12-30', '2023-01-02'].flatMap((date) =>
    ['HRK', 'USD'].map((quote) => ({
      ...(seedObservations[0] as (typeof seedObservations)[number]),
      ...{ quote, date, rate: quote === 'USD' ? '1.06' : '7.5365' },
    })),
  );
  const kuna = contextOf(days.filter(({ quote, date }) => quote === 'USD' || date < '2023-01-01'));
  t.match(convert('753.45', 'HRK', 'USD', '2022-12-31', kuna).receipt, {
    effectiveDate: '2022-12-30',
    legs: [{ kind: 'reference', rate: '7.5365' }, { quote: 'USD' }],
  });
  t.match(convert('753.45', 'HRK', 'USD', '2023-01-01', kuna), {
    value: '106',
    receipt: {
      ...{ effectiveDate: '2022-12-30', carriedDays: 2 },
      legs: [{ kind: 'irrevocable', date: '2023-01-01', rate: '7.53450' }, { quote: 'USD' }],
    },
  });
  for (const date of ['1998-12-31', '1995-06-01'])
    t.match(
      refusal(t, 'rateBeforeSeries', () => convert('1', 'DEM', 'EUR', date)),
      { currency: 'DEM', firstDay: '1999-01-01', law: mark.law },
    );
  const { today } = seedContext.current;
  t.match(latestRoute(pathWithin(seedContext, 'DEM', 'EUR'), null, today).receipt, {
    ...{ effectiveDate: today, ageDays: 0 },
    legs: [mark],
  });
  t.match(latestRoute(pathWithin(seedContext, 'USD', 'DEM'), '2026-08-21', today).receipt, {
    ...{ effectiveDate: '2026-08-21', ageDays: 3 },
    legs: [{ kind: 'reference' }, { kind: 'irrevocable' }],
  });
  const mean = (start: string, end: string) =>
    averageRoute(pathWithin(seedContext, 'HRK', 'EUR'), { start, end }, () => null).receipt.legs;
  t.match(mean('2023-01-01', '2023-12-31'), [{ kind: 'irrevocable', rate: '7.53450' }]);
  refusal(t, 'averageCoverageTooLow', () => mean('2022-07-01', '2023-06-30'));
});

/** A provider whose rates were imported: those of some days. */
function imported(id: string, base: string, rates: Readonly<Record<string, string>>): RateContext {
  const provider = importedProvider({ id, base });
  const held = new Map(
    Object.entries(rates).map(([key, rate]) => {
      const [quote = '', date = ''] = key.split(' ');
      const of = { provider: id, base, quote, date, rate };
      return [key, { ...of, revision: 1, observedAt: '2026-01-01T00:00:00.000Z' }];
    }),
  );
  const quotes = new Set([...held.values()].map(({ quote }) => quote));
  return {
    ...{ provider, current: seedContext.current, rateOn: (quote, date) => held.get(`${quote} ${date}`) },
    currencyOf: (code) => {
      const currency = currencies.get(code);
      const series = { provider: id, base, quote: code, firstDay: '2020-05-22', lastDay: null, gaps: [] };
      return currency && { ...currency, series: quotes.has(code) ? series : null };
    },
  };
}

test('providers are tried in the order of the caller, then two of them together', async (t) => {
  const taipei = imported('taipei', 'USD', { 'TWD 2020-05-22': '30.0', 'TWD 2020-05-25': '29.9' });
  const convert = (contexts: readonly RateContext[], from: string, to: string, date = '2020-05-25') =>
    firstPassable(pathsBetween(contexts, from, to), (path) =>
      convertAmount(exactly('299', from), referenceRoute('date', path, date), 2),
    );
  t.match(convert([taipei], 'TWD', 'USD'), {
    value: '10',
    receipt: { method: 'inverse', legs: [{ provider: 'taipei', base: 'USD', rate: '29.9' }] },
  });
  // Through the dollar, of which both know: 299 / 29.9 / 1.091 * 7.7856, by bc.
  const yuan = convert([seedContext, taipei], 'TWD', 'CNY');
  t.match(yuan, { value: '71.36', receipt: { method: 'cross', effectiveDate: '2020-05-25' } });
  t.match(yuan.receipt.legs, [
    { provider: 'taipei', base: 'USD', quote: 'TWD', operation: 'divide' },
    { provider: 'ecb', base: 'EUR', quote: 'USD', operation: 'divide' },
    { provider: 'ecb', base: 'EUR', quote: 'CNY', operation: 'multiply' },
  ]);
  t.equal(recompute(yuan.receipt, '299', 2), '71.36');
  t.match(convert([taipei, seedContext], 'EUR', 'TWD').receipt, {
    legs: [{ provider: 'ecb', quote: 'USD' }, { provider: 'taipei' }],
    rate: { direction: 'TWD per EUR' },
  });
  // Both have the yuan: who is named first is asked first.
  const moscow = imported('moscow', 'EUR', { 'CNY 2020-05-25': '7.8', 'TWD 2020-05-25': '33' });
  const ofYuan = (contexts: readonly RateContext[]) =>
    convert(contexts, 'EUR', 'CNY').receipt.legs.map(({ provider }) => provider);
  t.same(ofYuan([moscow, seedContext]), ['moscow']);
  t.same(ofYuan([seedContext, moscow]), ['ecb']);
  // The same base: a cross of one rate of each.
  t.match(convert([seedContext, moscow], 'TWD', 'USD').receipt.legs, [
    { provider: 'moscow', base: 'EUR', quote: 'TWD' },
    { provider: 'ecb', base: 'EUR', quote: 'USD' },
  ]);
  // Never of two days: the day before, on which both have rates.
  const closed = imported('taipei', 'USD', { 'TWD 2020-05-22': '30.0' });
  t.match(convert([seedContext, closed], 'TWD', 'EUR').receipt, {
    ...{ effectiveDate: '2020-05-22', carriedDays: 3 },
    legs: [{ date: '2020-05-22' }, { date: '2020-05-22' }],
  });
  const { reasons } = refusal(t, 'conversionNotPossible', () =>
    convert([seedContext, taipei], 'TWD', 'SAR'),
  ) as { reasons: { providers: readonly string[]; code: string }[] };
  t.match(reasons, [
    { providers: ['ecb'], code: 'currencyWithoutRates' },
    { providers: ['taipei'], code: 'currencyWithoutRates' },
  ]);
  refusal(t, 'rateBeyondCarryLimit', () => convert([taipei], 'TWD', 'USD', '2020-06-02'));
  refusal(t, 'rateBeforeSeries', () => convert([taipei], 'TWD', 'USD', '2020-05-21'));
});
