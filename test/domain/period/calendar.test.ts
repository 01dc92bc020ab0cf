import fc from 'fast-check';
import { test } from 'tap';
import {
  addDays,
  checkIsoDate,
  daysBetween,
  easterSunday,
  instantIn,
  isIsoDate,
  timeIn,
  weekday,
  yearOf,
} from '../../../src/domain/period/calendar.ts';
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

test('the time in Frankfurt follows winter and summer time', async (t) => {
  t.same(timeIn('Europe/Berlin', new Date('2026-01-15T15:30:00Z')), { date: '2026-01-15', time: '16:30' });
  t.same(timeIn('Europe/Berlin', new Date('2026-07-15T14:30:00Z')), { date: '2026-07-15', time: '16:30' });
  t.same(timeIn('Europe/Berlin', new Date('2026-07-15T22:00:00Z')), { date: '2026-07-16', time: '00:00' });
  t.same(timeIn('Europe/Berlin', new Date('2025-12-31T23:00:00Z')), { date: '2026-01-01', time: '00:00' });
  t.same(timeIn('Europe/Berlin', new Date('2026-03-29T00:59:00Z')), { date: '2026-03-29', time: '01:59' });
  t.same(timeIn('Europe/Berlin', new Date('2026-03-29T01:00:00Z')), { date: '2026-03-29', time: '03:00' });
});

test('the instant at which a clock shows a time', async (t) => {
  const instant = (date: string, time: string): string =>
    instantIn('Europe/Berlin', date, time).toISOString();
  t.equal(instant('2026-01-15', '16:05'), '2026-01-15T15:05:00.000Z');
  t.equal(instant('2026-07-15', '16:05'), '2026-07-15T14:05:00.000Z');
  t.equal(instant('2026-03-29', '16:05'), '2026-03-29T14:05:00.000Z');
  t.equal(instant('2026-10-25', '16:05'), '2026-10-25T15:05:00.000Z');
  t.equal(instantIn('America/New_York', '2026-07-15', '16:15').toISOString(), '2026-07-15T20:15:00.000Z');
});
