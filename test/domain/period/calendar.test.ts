import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { test } from 'tap';
import { TARGET_DAYS_WITHOUT_RATES } from '../../../src/domain/money/rates.ts';
import {
  addDays,
  checkIsoDate,
  daysBetween,
  easterSunday,
  isIsoDate,
  isTargetDay,
  lastTargetDayOnOrBefore,
  targetDaysBetween,
  timeInFrankfurt,
  weekday,
  yearOf,
} from '../../../src/domain/period/calendar.ts';
import { collectedRates, seedRates } from '../../helpers/reference-rates.ts';
import { refusal } from '../../helpers/refusal.ts';

test('only real days in the one form are dates', async (t) => {
  for (const text of ['2020-05-25', '2020-02-29', '2000-02-29', '1999-01-04', '0001-01-01', '9999-12-31']) {
    t.ok(isIsoDate(text), text);
    t.equal(checkIsoDate(text), text);
  }
  for (const text of [
    '',
    '2020-5-25',
    '2020-02-30',
    '2021-02-29',
    '1900-02-29',
    '2020-13-01',
    '2020-00-10',
    '2020-01-00',
    '2020-01-32',
    '20200525',
    '2020-05-25T00:00:00Z',
    ' 2020-05-25',
    '+2020-05-25',
    '25 May 2020',
    '２０２０-05-25',
  ]) {
    t.notOk(isIsoDate(text), text);
    t.match(
      refusal(t, 'malformedDate', () => checkIsoDate(text)),
      { text },
    );
  }
});

test('days are added, counted and named', async (t) => {
  t.equal(addDays('2020-02-28', 1), '2020-02-29');
  t.equal(addDays('2020-03-01', -1), '2020-02-29');
  t.equal(addDays('2020-12-31', 1), '2021-01-01');
  t.equal(daysBetween('2020-01-01', '2021-01-01'), 366);
  t.equal(daysBetween('2021-01-01', '2020-01-01'), -366);
  t.equal(weekday('2020-05-25'), 1);
  t.equal(weekday('2020-05-24'), 7);
  t.equal(yearOf('2020-05-25'), 2020);
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 40_000 }),
      fc.integer({ min: -20_000, max: 20_000 }),
      (start, shift) => {
        const date = addDays('1950-01-01', start);
        const moved = addDays(date, shift);
        return (
          isIsoDate(moved) &&
          daysBetween(date, moved) === shift &&
          addDays(moved, -shift) === date &&
          date < moved === shift > 0 &&
          weekday(addDays(date, 7)) === weekday(date)
        );
      },
    ),
  );
});

test('Easter', async (t) => {
  // The earliest and latest possible days are among them.
  const known = [
    '1818-03-22',
    '1943-04-25',
    '1961-04-02',
    '1999-04-04',
    '2000-04-23',
    '2008-03-23',
    '2011-04-24',
  ];
  for (const day of [...known, '2020-04-12', '2024-03-31', '2026-04-05', '2038-04-25', '2285-03-22']) {
    t.equal(easterSunday(yearOf(day)), day);
  }
});

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
    for (const day of days) t.notOk(isTargetDay(day), `${why}: ${day}`);
  const open = {
    'the first day': ['1999-01-04'],
    'in 1999 nothing but New Year and Christmas': ['1999-04-02', '1999-04-05', '1999-12-24', '1999-12-27'],
    'no other holidays': ['2020-05-21', '2020-06-01', '2020-12-24', '2020-12-31', '2002-12-31', '2021-12-31'],
  };
  for (const [why, days] of Object.entries(open))
    for (const day of days) t.ok(isTargetDay(day), `${why}: ${day}`);
});

test('the last TARGET day', async (t) => {
  t.equal(lastTargetDayOnOrBefore('2020-05-25'), '2020-05-25');
  t.equal(lastTargetDayOnOrBefore('2020-05-24'), '2020-05-22');
  t.equal(lastTargetDayOnOrBefore('2020-04-13'), '2020-04-09');
  t.equal(lastTargetDayOnOrBefore('1999-01-04'), '1999-01-04');
  t.equal(lastTargetDayOnOrBefore('1999-01-03'), null);
});

test('TARGET days are counted, both ends included', async (t) => {
  t.equal(targetDaysBetween('2020-05-22', '2020-05-25'), 2);
  t.equal(targetDaysBetween('2020-05-23', '2020-05-24'), 0);
  t.equal(targetDaysBetween('2020-05-25', '2020-05-22'), 0);
  t.equal(targetDaysBetween('1990-01-01', '1999-01-04'), 1);
  const stated = new Map(seedRates.averages.map(({ year, targetDays }) => [year, targetDays]));
  for (const [year, days] of stated)
    t.equal(targetDaysBetween(`${year}-01-01`, `${year}-12-31`), days, `${year}`);
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 12_000 }), fc.integer({ min: 0, max: 900 }), (start, length) => {
      const from = addDays('1998-06-01', start);
      let counted = 0;
      for (let day = 0; day <= length; day += 1) if (isTargetDay(addDays(from, day))) counted += 1;
      return targetDaysBetween(from, addDays(from, length)) === counted;
    }),
    { numRuns: 50 },
  );
});

test('the time in Frankfurt follows winter and summer time', async (t) => {
  t.same(timeInFrankfurt(new Date('2026-01-15T15:30:00Z')), { date: '2026-01-15', time: '16:30' });
  t.same(timeInFrankfurt(new Date('2026-07-15T14:30:00Z')), { date: '2026-07-15', time: '16:30' });
  t.same(timeInFrankfurt(new Date('2026-07-15T22:00:00Z')), { date: '2026-07-16', time: '00:00' });
  t.same(timeInFrankfurt(new Date('2025-12-31T23:00:00Z')), { date: '2026-01-01', time: '00:00' });
  t.same(timeInFrankfurt(new Date('2026-03-29T00:59:00Z')), { date: '2026-03-29', time: '01:59' });
  t.same(timeInFrankfurt(new Date('2026-03-29T01:00:00Z')), { date: '2026-03-29', time: '03:00' });
});

const history = collectedRates('ecb-eurofxref-hist.csv');

test('the ECB has published on exactly the TARGET days, but for those named', {
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
    if (published.has(day) && !isTargetDay(day)) closedButPublished.push(day);
    if (!published.has(day) && isTargetDay(day)) openButNot.push(day);
  }
  t.same(closedButPublished, []);
  t.same(openButNot, [...TARGET_DAYS_WITHOUT_RATES]);
});
