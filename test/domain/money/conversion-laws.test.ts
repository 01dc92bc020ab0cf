import fc from 'fast-check';
import { test } from 'tap';
import type { Receipt, Route } from '../../../src/domain/money/conversion.ts';
import { convertAmount, factorOf } from '../../../src/domain/money/conversion.ts';
import {
  averageRoute,
  pathWithin,
  referenceRoute,
  statedRoute,
} from '../../../src/domain/money/conversion-routes.ts';
import { Decimal, parseDecimal } from '../../../src/domain/money/decimal.ts';
import { recompute } from '../../helpers/receipts.ts';
import { minorUnitsOf, seedAverages, seedContext, seedRates } from '../../helpers/reference-rates.ts';

/*
 * Laws of conversion over the ECB's rates of the seeded days: every pair of currencies that has rates on the day.
 */

/** A sum of money of up to a hundred million billions, down to the minor unit, and sometimes negative. */
const money = (minorUnits: number) =>
  fc.tuple(fc.bigInt(-(10n ** 17n), 10n ** 17n), fc.integer({ min: 1, max: 15 })).map(([units, drop]) => {
    return new Decimal((units / 10n ** BigInt(drop)).toString()).times(`1e-${minorUnits}`).toFixed();
  });

/** A day and so many of the currencies that have rates on it, the euro among them. */
const dayAndCurrencies = (count: number) =>
  fc.constantFrom(...seedRates.days).chain(({ date, rates }) =>
    fc.record({
      date: fc.constant(date),
      codes: fc.array(fc.constantFrom(seedRates.base, ...Object.keys(rates)), {
        minLength: count,
        maxLength: count,
      }),
    }),
  );

/** A day, a stated and a target currency, and an amount in the stated one. */
const journey = dayAndCurrencies(2).chain(({ date, codes: [from = '', to = ''] }) =>
  fc.record({
    date: fc.constant(date),
    from: fc.constant(from),
    to: fc.constant(to),
    stated: money(minorUnitsOf(from)),
  }),
);

function routeOn(date: string, from: string, to: string): Route {
  return referenceRoute('date', pathWithin(seedContext, from, to), date);
}

function convert(stated: string, way: Route): string {
  const { value } = convertAmount(
    { value: stated, low: null, high: null, currency: way.from },
    way,
    minorUnitsOf(way.to),
  );
  if (value === null) throw new Error('a value was given');
  return value;
}

/** Half of a currency's minor unit: the most that one rounding moves a figure. */
function halfUnit(code: string): Decimal {
  return new Decimal(`5e-${minorUnitsOf(code) + 1}`);
}

test('an amount in its own currency is itself', async () => {
  fc.assert(
    fc.property(journey, ({ date, from, stated }) => convert(stated, routeOn(date, from, from)) === stated),
  );
});

test('there and back is exact before rounding', async () => {
  fc.assert(
    fc.property(journey, ({ date, from, to, stated }) => {
      const there = factorOf(routeOn(date, from, to).receipt.legs);
      const back = factorOf(routeOn(date, to, from).receipt.legs);
      const returned = parseDecimal(stated)
        .times(there.numerator)
        .times(back.numerator)
        .dividedBy(there.denominator.times(back.denominator));
      return returned.equals(parseDecimal(stated));
    }),
  );
});

test('there and back, rounded both times, is within half a minor unit of each side at the rate', async () => {
  fc.assert(
    fc.property(journey, ({ date, from, to, stated }) => {
      const way = routeOn(date, from, to);
      const returned = convert(convert(stated, way), routeOn(date, to, from));
      const moved = parseDecimal(returned).minus(parseDecimal(stated)).abs();
      const { numerator, denominator } = factorOf(way.receipt.legs);
      // Multiplied through by the rate, so that no division blurs the bound.
      const bound = halfUnit(from).times(numerator).plus(halfUnit(to).times(denominator));
      return from === to ? moved.isZero() : moved.times(numerator).lessThanOrEqualTo(bound);
    }),
    { numRuns: 500 },
  );
});

test('a cross by way of a third currency is the cross itself', async () => {
  fc.assert(
    fc.property(dayAndCurrencies(3), ({ date, codes: [from = '', over = '', to = ''] }) => {
      const first = factorOf(routeOn(date, from, over).receipt.legs);
      const second = factorOf(routeOn(date, over, to).receipt.legs);
      const whole = factorOf(routeOn(date, from, to).receipt.legs);
      const byWay = first.numerator.times(second.numerator).times(whole.denominator);
      return byWay.equals(first.denominator.times(second.denominator).times(whole.numerator));
    }),
  );
});

test('the order of amounts is kept, and bounds stay around the value', async () => {
  const pair = journey.chain(({ date, from, to, stated }) =>
    fc.record({
      way: fc.constant(routeOn(date, from, to)),
      one: fc.constant(stated),
      other: money(minorUnitsOf(from)),
    }),
  );
  fc.assert(
    fc.property(pair, ({ way, one, other }) => {
      const before = parseDecimal(one).comparedTo(parseDecimal(other));
      const after = parseDecimal(convert(one, way)).comparedTo(parseDecimal(convert(other, way)));
      return after === 0 || after === before;
    }),
  );
});

test('a receipt gives the figure again, to the last digit, and so do whole numbers alone', async () => {
  fc.assert(
    fc.property(journey, ({ date, from, to, stated }) => {
      const minorUnits = minorUnitsOf(to);
      const { value, low, receipt } = convertAmount(
        { value: stated, low: stated, high: null, currency: from },
        routeOn(date, from, to),
        minorUnits,
      );
      const sent = JSON.parse(JSON.stringify(receipt)) as Receipt;
      return recompute(sent, stated, minorUnits) === value && low === value;
    }),
    { numRuns: 1_000 },
  );
});

test('so do the receipts of averages', async () => {
  const byQuote = Map.groupBy(
    seedAverages.filter(({ firstDay }) => firstDay.startsWith('2020')),
    ({ quote }) => quote,
  );
  const codes = [seedRates.base, ...byQuote.keys()];
  const period = { start: '2020-01-01', end: '2020-12-31' };
  const averaged = fc
    .record({ from: fc.constantFrom(...codes), to: fc.constantFrom(...codes) })
    .chain(({ from, to }) =>
      fc.record({ from: fc.constant(from), to: fc.constant(to), stated: money(minorUnitsOf(from)) }),
    );
  fc.assert(
    fc.property(averaged, ({ from, to, stated }) => {
      const way = averageRoute(
        pathWithin(seedContext, from, to),
        period,
        ({ quote }) => byQuote.get(quote)?.[0] ?? null,
      );
      const value = convert(stated, way);
      if (from === to) return value === stated;
      return recompute(way.receipt, stated, minorUnitsOf(to)) === value;
    }),
    { numRuns: 300 },
  );
});

test('a stated conversion is returned as stated, and other figures at its very ratio', async () => {
  const figure = fc.bigInt(1n, 10n ** 15n).map(String);
  fc.assert(
    fc.property(figure, figure, figure, fc.constantFrom('CNY', 'EUR'), (own, inDollars, other, from) => {
      const amount = { value: own, low: null, high: null, currency: from };
      const stated = { value: inDollars, low: null, high: null, currency: 'USD' };
      const way = statedRoute(amount, 'USD', [stated], null, seedContext);
      return convert(own, way) === inDollars && recompute(way.receipt, other, 2) === convert(other, way);
    }),
    { numRuns: 300 },
  );
});

test('the shown rate is the factor, or its inverse, with twelve digits', async () => {
  fc.assert(
    fc.property(journey, ({ date, from, to }) => {
      const { legs, rate } = routeOn(date, from, to).receipt;
      const { numerator, denominator } = factorOf(legs);
      const exact = rate.base === from ? numerator.dividedBy(denominator) : denominator.dividedBy(numerator);
      return (
        parseDecimal(rate.value).equals(exact.toSignificantDigits(12)) &&
        rate.direction === `${rate.quote} per ${rate.base}` &&
        (from === to || [from, to].includes(rate.base)) &&
        ![from, to].includes(seedRates.base) === (rate.base !== seedRates.base)
      );
    }),
  );
});
