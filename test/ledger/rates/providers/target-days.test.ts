import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { test } from 'tap';
import {
  openDaysBetween,
  publishingDayBefore,
  skippedDays,
} from '../../../../src/domain/money/rate-provider.ts';
import { addDays } from '../../../../src/domain/period/calendar.ts';
import { ecb } from '../../../../src/ledger/rates/providers/ecb.ts';
import { collectedRates, seedRates } from '../../../helpers/reference-rates.ts';

const { calendar } = ecb;

test('TARGET closes on the days that the ECB has named', async (t) => {
  const closed = {
    'before TARGET': ['1998-12-31', '1999-01-01'],
    'the change to the year 2000': ['1999-12-31'],
    'the change to euro cash': ['2001-12-31'],
    'Good Friday and Easter Monday': ['2000-04-21', '2000-04-24', '2020-04-10', '2020-04-13', '2026-04-03'],
    'Labour Day, Christmas and the day after': ['2000-05-01', '2020-05-01', '2023-12-25', '2023-12-26'],
    "New Year's Day": ['2024-01-01'],
    'Saturdays and Sundays': ['2020-05-23', '2020-05-24'],
  };
  for (const [why, days] of Object.entries(closed))
    for (const day of days) t.notOk(calendar.isOpen(day), `${why}: ${day}`);
  const open = {
    'the first day': ['1999-01-04'],
    'in 1999 nothing but New Year and Christmas': ['1999-04-02', '1999-04-05', '1999-12-24', '1999-12-27'],
    'no other holidays': ['2020-05-21', '2020-06-01', '2020-12-24', '2020-12-31', '2002-12-31', '2021-12-31'],
  };
  for (const [why, days] of Object.entries(open))
    for (const day of days) t.ok(calendar.isOpen(day), `${why}: ${day}`);
});

test('the last day with rates before one', async (t) => {
  t.equal(publishingDayBefore(calendar, '2020-05-26'), '2020-05-25');
  t.equal(publishingDayBefore(calendar, '2020-05-25'), '2020-05-22');
  const known = { ...calendar, daysWithoutRates: new Set(['2026-08-03']) };
  t.equal(publishingDayBefore(known, '2026-08-04'), '2026-07-31', 'one is known to have none');
  t.equal(publishingDayBefore(calendar, '2020-04-14'), '2020-04-09');
  t.equal(publishingDayBefore(calendar, '1999-01-05'), '1999-01-04');
  t.equal(publishingDayBefore(calendar, '1999-01-04'), null);
});

test('TARGET days are counted, both ends included', async (t) => {
  t.equal(openDaysBetween(calendar, '2020-05-22', '2020-05-25'), 2);
  t.equal(openDaysBetween(calendar, '2020-05-23', '2020-05-24'), 0);
  t.equal(openDaysBetween(calendar, '2020-05-25', '2020-05-22'), 0);
  t.equal(openDaysBetween(calendar, '1990-01-01', '1999-01-04'), 1);
  const stated = new Map(seedRates.averages.map(({ year, targetDays }) => [year, targetDays]));
  for (const [year, days] of stated)
    t.equal(openDaysBetween(calendar, `${year}-01-01`, `${year}-12-31`), days, `${year}`);
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 12_000 }), fc.integer({ min: 0, max: 900 }), (start, length) => {
      const from = addDays('1998-06-01', start);
      let counted = 0;
      for (let day = 0; day <= length; day += 1) if (calendar.isOpen(addDays(from, day))) counted += 1;
      return openDaysBetween(calendar, from, addDays(from, length)) === counted;
    }),
    { numRuns: 50 },
  );
});

const history = collectedRates('ecb-eurofxref-hist.csv');

test('the ECB has published on exactly the TARGET days, but for those that its history proves', {
  skip: history === null && 'the collected history is not beside the project',
}, async (t) => {
  if (history === null) return;
  const lines = readFileSync(history, 'utf8').trim().split('\n').slice(1);
  const published = new Set(lines.map((line) => line.slice(0, 10)));
  t.equal(published.size, 7_075);
  const newest = lines[0]?.slice(0, 10) ?? '';
  const closedButPublished: string[] = [];
  const openButNot: string[] = [];
  for (let day = '1998-12-01'; day <= newest; day = addDays(day, 1)) {
    if (published.has(day) && !calendar.isOpen(day)) closedButPublished.push(day);
    if (!published.has(day) && calendar.isOpen(day)) openButNot.push(day);
  }
  t.same(closedButPublished, []);
  t.same(openButNot, ['2026-08-03']);
  const days = lines.map((line) => line.slice(0, 10));
  t.same(skippedDays(calendar, days), openButNot);
  t.same(skippedDays(calendar, days.toReversed()), openButNot, 'oldest first');
  t.same(skippedDays(calendar, [...days.slice(0, 9), ...days.slice(8)]), [], 'a day twice');
  t.same(skippedDays(calendar, days.slice(0, -1)), [], 'cut off');
});
