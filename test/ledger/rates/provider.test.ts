import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'tap';
import { convertAmount } from '../../../src/domain/money/conversion.ts';
import {
  averageRoute,
  latestRoute,
  pathWithin,
  referenceRoute,
  statedRoute,
} from '../../../src/domain/money/conversion-routes.ts';
import type { RateProvider } from '../../../src/domain/money/rate-provider.ts';
import {
  currentRateDate,
  nextPublication,
  openDaysBetween,
  publishingDayBefore,
  publishingDaysBetween,
} from '../../../src/domain/money/rate-provider.ts';
import type { Currency, RateContext, RateObservation } from '../../../src/domain/money/rates.ts';
import { weekday } from '../../../src/domain/period/calendar.ts';
import { PROVIDERS, providerOf, REFERENCE } from '../../../src/ledger/rates/provider.ts';
import { refusal } from '../../helpers/refusal.ts';

const SOURCES = fileURLToPath(new URL('../../../src/', import.meta.url));

test('a provider is named in its adapter and in the one table, nowhere else', async (t) => {
  const named = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' }).filter((file) => {
    if (!file.endsWith('.ts')) return false;
    const code = readFileSync(join(SOURCES, file), 'utf8').replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*/g, '');
    return /\becb\b|European Central Bank|\bTARGET\b|Europe\/Berlin|Frankfurt|16:05/.test(code);
  });
  t.same(named.map((file) => file.replaceAll('\\', '/')).sort(), [
    'ledger/rates/provider.ts',
    'ledger/rates/providers/ecb.ts',
  ]);
  t.same(new Set(PROVIDERS.map(({ id }) => id)).size, PROVIDERS.length);
  t.equal(providerOf(REFERENCE.id), REFERENCE);
  t.throws(() => providerOf('nobody'), { message: 'there is no provider nobody' });
});

/** Another provider than the ECB: rates for one dollar, set in New York on weekdays. */
const OTHER: RateProvider = {
  id: 'other',
  base: 'USD',
  calendar: {
    firstDay: '2000-01-03',
    isOpen: (date) => date >= '2000-01-03' && weekday(date) <= 5,
    daysWithoutRates: new Set(['2026-05-25']),
  },
  publishesAt: { place: 'New York', timeZone: 'America/New_York', time: '16:15', dueAt: '17:00' },
};
const NOW = new Date('2026-05-27T20:30:00Z');

const currency = (code: string, hasRates = true): Currency => ({
  code,
  minorUnits: 2,
  endedOn: null,
  successor: null,
  irrevocable: null,
  series: hasRates
    ? { provider: 'other', base: 'USD', quote: code, firstDay: '2000-01-03', lastDay: null, gaps: [] }
    : null,
});
const CURRENCIES = new Map(['EUR', 'CNY'].map((code) => [code, currency(code)]));
CURRENCIES.set('USD', currency('USD', false));

const held = new Map(
  (
    [
      ['EUR', '2026-05-22', '0.8'],
      ['CNY', '2026-05-22', '7.2'],
      ['EUR', '2026-05-26', '0.9'],
      ['CNY', '2026-05-26', '7.0'],
    ] as const
  ).map(([quote, date, rate]): [string, RateObservation] => [
    `${quote} ${date}`,
    {
      provider: 'other',
      base: 'USD',
      quote,
      date,
      rate,
      revision: 1,
      observedAt: '2026-05-27T00:00:00.000Z',
    },
  ]),
);
const context: RateContext = {
  provider: OTHER,
  current: currentRateDate(OTHER, NOW),
  currencyOf: (code) => CURRENCIES.get(code),
  rateOn: (quote, date) => held.get(`${quote} ${date}`),
};

test('another base, another calendar and another clock are a provider of rates too', async (t) => {
  t.same(context.current, { today: '2026-05-27', todaysRatesDue: false });
  t.equal(nextPublication(OTHER, NOW).toISOString(), '2026-05-28T20:15:00.000Z');
  t.equal(publishingDayBefore(OTHER.calendar, '2026-05-26'), '2026-05-22', 'one is known to have none');
  t.equal(openDaysBetween(OTHER.calendar, '2026-05-22', '2026-05-26'), 3);
  t.equal(publishingDaysBetween(OTHER.calendar, '2026-05-22', '2026-05-26'), 2);
  const converted = (from: string, to: string, date: string) => {
    const { receipt, value } = convertAmount(
      { value: '720', low: null, high: null, currency: from },
      referenceRoute('date', pathWithin(context, from, to), date),
      2,
    );
    return [value, receipt.method, receipt.rate.direction, receipt.effectiveDate, receipt.carriedDays];
  };
  t.same(converted('USD', 'EUR', '2026-05-22'), ['576', 'direct', 'EUR per USD', '2026-05-22', 0]);
  t.same(converted('CNY', 'USD', '2026-05-25'), ['100', 'inverse', 'CNY per USD', '2026-05-22', 3]);
  t.same(converted('CNY', 'EUR', '2026-05-22'), ['80', 'cross', 'CNY per EUR', '2026-05-22', 0]);
  t.same(converted('CNY', 'EUR', '2026-05-27').slice(3), ['2026-05-26', 1], 'today has no rates yet');
  t.match(latestRoute(pathWithin(context, 'EUR', 'USD'), '2026-05-26', context.current.today).receipt, {
    method: 'inverse',
    legs: [{ rate: '0.9' }],
  });
  t.match(
    refusal(t, 'rateInFuture', () => referenceRoute('date', pathWithin(context, 'CNY', 'EUR'), '2026-05-28')),
    { today: '2026-05-27', place: 'New York' },
  );
  const stated = { value: '10', low: null, high: null, currency: 'CNY' };
  const dollars = { ...stated, value: '70', currency: 'USD' };
  t.match(statedRoute(dollars, 'CNY', [stated], null, context).receipt, { method: 'direct' });
  const average = { ...REFERENCE, provider: 'other', base: 'USD', quote: 'EUR', sum: '1.7', observations: 2 };
  const period = { start: '2026-05-22', end: '2026-05-25' };
  const route = averageRoute(pathWithin(context, 'EUR', 'USD'), period, () => ({
    ...average,
    firstDay: '2026-05-22',
    lastDay: '2026-05-26',
  }));
  t.match(route.receipt, { method: 'inverse', legs: [{ provider: 'other', targetDays: 2, rate: '0.85' }] });
});
