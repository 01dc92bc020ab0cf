import fc from 'fast-check';
import { test } from 'tap';
import { parseDecimal } from '../../../src/domain/money/decimal.ts';
import { averageOf, averageOver, combineAverages } from '../../../src/domain/money/rate-averages.ts';
import type { CurrentRateDate } from '../../../src/domain/money/rate-provider.ts';
import { currentRateDate, effectiveDay, isPublishingDay } from '../../../src/domain/money/rate-provider.ts';
import { revise, sameRate, screen } from '../../../src/domain/money/rate-screening.ts';
import type { RateContext, RateObservation, RateQuotation } from '../../../src/domain/money/rates.ts';
import { resolveRates as resolveSteps } from '../../../src/domain/money/rates.ts';
import { addDays } from '../../../src/domain/period/calendar.ts';
import { ecb } from '../../../src/ledger/rates/providers/ecb.ts';
import {
  CURRENT,
  contextOf,
  seedAverages,
  seedContext,
  seedObservations,
} from '../../helpers/reference-rates.ts';
import { refusal } from '../../helpers/refusal.ts';

/** The rates of some currencies of one provider. */
function resolveRates(requestedDate: string, quotes: readonly string[], context: RateContext) {
  const steps = quotes.map((quote) => ({ context, quote, operation: 'divide' as const }));
  const { observations, ...days } = resolveSteps(requestedDate, steps);
  return { ...days, observations: observations.filter((one) => one !== null) };
}

function observation(quote: string, date: string, rate = '2'): RateObservation {
  return {
    provider: 'ecb',
    base: 'EUR',
    quote,
    date,
    rate,
    observedAt: '2026-01-01T00:00:00.000Z',
    revision: 1,
  };
}

test('a day with rates takes its own', async (t) => {
  const { effectiveDate, carriedDays, observations } = resolveRates(
    '2020-05-25',
    ['CNY', 'USD'],
    seedContext,
  );
  t.equal(effectiveDate, '2020-05-25');
  t.equal(carriedDays, 0);
  t.same(
    observations.map(({ quote, rate }) => `${quote} ${rate}`),
    ['CNY 7.7856', 'USD 1.091'],
  );
});

test('a weekend and a closing day take the last publishing day, and say so', async (t) => {
  const resolve = (date: string) => {
    const { effectiveDate, carriedDays } = resolveRates(date, ['CNY', 'USD'], seedContext);
    return { effectiveDate, carriedDays };
  };
  t.same(resolve('2020-05-22'), { effectiveDate: '2020-05-22', carriedDays: 0 });
  t.same(resolve('2020-05-23'), { effectiveDate: '2020-05-22', carriedDays: 1 });
  t.same(resolve('2020-05-24'), { effectiveDate: '2020-05-22', carriedDays: 2 });
  // Maundy Thursday 2020 serves up to Easter Monday.
  t.same(resolve('2020-04-10'), { effectiveDate: '2020-04-09', carriedDays: 1 });
  t.same(resolve('2020-04-13'), { effectiveDate: '2020-04-09', carriedDays: 4 });
  t.same(resolve('2025-12-26'), { effectiveDate: '2025-12-24', carriedDays: 2 });
});

test('a publishing day that is not held is refused, and says how to get it', async (t) => {
  t.match(
    refusal(t, 'rateNotHeld', () => resolveRates('2020-05-28', ['CNY', 'USD'], seedContext)),
    {
      currency: 'CNY',
      provider: 'ecb',
      base: 'EUR',
      date: '2020-05-28',
      requestedDate: '2020-05-28',
      command: 'rates sync',
    },
  );
  // A Saturday whose Friday is not held names the Friday.
  t.match(
    refusal(t, 'rateNotHeld', () => resolveRates('2020-05-30', ['USD'], seedContext)),
    {
      date: '2020-05-29',
      requestedDate: '2020-05-30',
    },
  );
  // One of two held is not enough.
  const context = contextOf([observation('USD', '2020-05-28')]);
  t.match(
    refusal(t, 'rateNotHeld', () => resolveRates('2020-05-28', ['USD', 'CNY'], context)),
    { currency: 'CNY' },
  );
});

test('four ways in which a day has no rate are four codes', async (t) => {
  t.match(
    refusal(t, 'rateAfterSeriesEnd', () => resolveRates('2023-05-25', ['RUB', 'USD'], seedContext)),
    {
      currency: 'RUB',
      lastDay: '2022-03-01',
      endedOn: null,
      successor: null,
    },
  );
  t.match(
    refusal(t, 'rateInSeriesGap', () => resolveRates('2012-05-25', ['ISK', 'USD'], seedContext)),
    {
      currency: 'ISK',
      gap: { from: '2008-12-10', to: '2018-01-31' },
    },
  );
  t.match(
    refusal(t, 'rateBeforeSeries', () => resolveRates('2004-05-25', ['CNY', 'USD'], seedContext)),
    {
      currency: 'CNY',
      firstDay: '2005-04-01',
    },
  );
  t.match(
    refusal(t, 'rateInFuture', () => resolveRates('2026-09-24', ['CNY', 'USD'], seedContext)),
    {
      requestedDate: '2026-09-24',
      today: '2026-08-24',
    },
  );
});

test('other refusals', async (t) => {
  refusal(t, 'malformedDate', () => resolveRates('2020-02-30', ['USD'], seedContext));
  t.match(
    refusal(t, 'currencyUnknown', () => resolveRates('2020-05-25', ['XYZ'], seedContext)),
    { currency: 'XYZ' },
  );
  t.match(
    refusal(t, 'currencyWithoutRates', () => resolveRates('2020-05-25', ['VND'], seedContext)),
    {
      currency: 'VND',
    },
  );
  refusal(t, 'rateBeforeSeries', () => resolveRates('1998-12-31', ['USD'], seedContext));
});

test('the edges of a series, weekends included', async (t) => {
  const edge = (quote: string, lastHeld: string) => contextOf([observation(quote, lastHeld)]);
  // The kuna's last rates are of Friday 30 December 2022; it was a currency until the 31st.
  const kuna = edge('HRK', '2022-12-30');
  t.match(resolveRates('2022-12-31', ['HRK'], kuna), { effectiveDate: '2022-12-30', carriedDays: 1 });
  const fixed = { carriedDays: 0, observations: [] };
  t.match(resolveRates('2023-01-01', ['HRK'], kuna), { effectiveDate: '2023-01-01', ...fixed });
  t.match(resolveRates('2026-01-02', ['BGN'], seedContext), { effectiveDate: '2026-01-02', ...fixed });
  // The rouble is still a currency, but without rates from Wednesday 2 March 2022 on.
  const rouble = edge('RUB', '2022-03-01');
  t.match(resolveRates('2022-03-01', ['RUB'], rouble), { carriedDays: 0 });
  refusal(t, 'rateAfterSeriesEnd', () => resolveRates('2022-03-02', ['RUB'], rouble));
  // Before the first day there is nothing to carry: the new lira's is Monday 3 January 2005.
  t.match(
    refusal(t, 'rateBeforeSeries', () => resolveRates('2005-01-02', ['TRY'], seedContext)),
    {
      firstDay: '2005-01-03',
    },
  );
  t.match(
    refusal(t, 'rateAfterSeriesEnd', () => resolveRates('2005-01-02', ['TRL'], seedContext)),
    {
      successor: 'TRY',
    },
  );
  // The krona's gap, to the day.
  const krona = contextOf([observation('ISK', '2008-12-09'), observation('ISK', '2018-02-01')]);
  t.match(resolveRates('2008-12-09', ['ISK'], krona), { carriedDays: 0 });
  refusal(t, 'rateInSeriesGap', () => resolveRates('2008-12-10', ['ISK'], krona));
  refusal(t, 'rateInSeriesGap', () => resolveRates('2018-01-31', ['ISK'], krona));
  t.match(resolveRates('2018-02-01', ['ISK'], krona), { carriedDays: 0 });
});

test('a rate that is held wins over the calendar and over what is known of the series', async (t) => {
  const context = contextOf([observation('USD', '2020-05-23'), observation('RUB', '2023-05-25')]);
  t.match(resolveRates('2020-05-23', ['USD'], context), { effectiveDate: '2020-05-23', carriedDays: 0 });
  t.match(resolveRates('2023-05-25', ['RUB'], context), { effectiveDate: '2023-05-25', carriedDays: 0 });
});

test('a TARGET day known to be without rates is carried', async (t) => {
  const calendar = { ...ecb.calendar, daysWithoutRates: new Set(['2026-08-03']) };
  const provider = { ...ecb, calendar };
  t.notOk(isPublishingDay(calendar, '2026-08-03'));
  const context = { ...contextOf([observation('USD', '2026-07-31')]), provider };
  t.match(resolveRates('2026-08-03', ['USD'], context), { effectiveDate: '2026-07-31', carriedDays: 3 });
  const stated = contextOf([observation('USD', '2026-07-31'), observation('USD', '2026-08-03')]);
  t.match(resolveRates('2026-08-03', ['USD'], stated), { effectiveDate: '2026-08-03', carriedDays: 0 });
});

test('today takes the last rates until its own are due', async (t) => {
  const clockAt = (instant: string): CurrentRateDate => currentRateDate(ecb, new Date(instant));
  // Tuesday 25 August 2026, summer time: 16:29 and 16:30 in Frankfurt.
  t.same(clockAt('2026-08-25T14:29:59Z'), { today: '2026-08-25', todaysRatesDue: false });
  t.same(clockAt('2026-08-25T14:30:00Z'), { today: '2026-08-25', todaysRatesDue: true });
  // Winter time.
  t.same(clockAt('2026-01-15T15:30:00Z'), { today: '2026-01-15', todaysRatesDue: true });
  const monday = [observation('USD', '2026-08-24'), observation('CNY', '2026-08-24')];
  const before = contextOf(monday, clockAt('2026-08-25T09:00:00Z'));
  t.match(resolveRates('2026-08-25', ['USD', 'CNY'], before), {
    effectiveDate: '2026-08-24',
    carriedDays: 1,
  });
  // Past the hour the day is like any other that is not held.
  const after = contextOf(monday, clockAt('2026-08-25T15:00:00Z'));
  t.match(
    refusal(t, 'rateNotHeld', () => resolveRates('2026-08-25', ['USD', 'CNY'], after)),
    { date: '2026-08-25' },
  );
  // Once held it is used, early or late.
  const tuesday = [...monday, observation('USD', '2026-08-25'), observation('CNY', '2026-08-25')];
  for (const clock of [clockAt('2026-08-25T14:10:00Z'), clockAt('2026-08-25T18:00:00Z')]) {
    t.match(resolveRates('2026-08-25', ['USD', 'CNY'], contextOf(tuesday, clock)), { carriedDays: 0 });
  }
  // Two legs are of one day: today's dollar is not crossed with yesterday's yuan.
  const half = contextOf([...monday, observation('USD', '2026-08-25')], clockAt('2026-08-25T14:10:00Z'));
  const { observations } = resolveRates('2026-08-25', ['USD', 'CNY'], half);
  t.same(
    observations.map(({ date }) => date),
    ['2026-08-24', '2026-08-24'],
  );
  // Yesterday must be held, whatever the hour today.
  const stale = contextOf([observation('USD', '2026-08-21')], clockAt('2026-08-25T09:00:00Z'));
  t.match(
    refusal(t, 'rateNotHeld', () => resolveRates('2026-08-25', ['USD'], stale)),
    { date: '2026-08-24' },
  );
  // At night in Frankfurt the day begins, while it is still yesterday in UTC.
  t.match(resolveRates('2026-08-25', ['USD'], contextOf(monday, clockAt('2026-08-24T22:30:00Z'))), {
    carriedDays: 1,
  });
  refusal(t, 'rateInFuture', () =>
    resolveRates('2026-08-25', ['USD'], contextOf(monday, clockAt('2026-08-24T21:30:00Z'))),
  );
});

test('the effective day by the calendar alone', async (t) => {
  t.same(effectiveDay('2020-05-24', ecb, CURRENT), { effectiveDate: '2020-05-22', carriedDays: 2 });
  t.same(effectiveDay('2020-05-28', ecb, CURRENT), { effectiveDate: '2020-05-28', carriedDays: 0 });
  t.same(effectiveDay(CURRENT.today, ecb, CURRENT), { effectiveDate: '2026-08-21', carriedDays: 3 });
  t.same(effectiveDay(CURRENT.today, ecb, { ...CURRENT, todaysRatesDue: true }), {
    effectiveDate: CURRENT.today,
    carriedDays: 0,
  });
  refusal(t, 'rateInFuture', () => effectiveDay('2026-08-25', ecb, CURRENT));
  refusal(t, 'rateBeyondCarryLimit', () => effectiveDay('1999-01-03', ecb, CURRENT));
});

test('no day has to look back more than four days, up to 2100', async (t) => {
  let furthest = 0;
  const clock = { today: '2101-01-01', todaysRatesDue: true };
  for (let day = '1999-01-04'; day < '2100-01-01'; day = addDays(day, 1)) {
    furthest = Math.max(furthest, effectiveDay(day, ecb, clock).carriedDays);
  }
  t.equal(furthest, 4);
});

test('a resolver looks no further back than seven days', async () => {
  const held = new Set(seedObservations.map(({ date }) => date));
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 3_400 }), (shift) => {
      const requested = addDays('2017-05-01', shift);
      const asked: string[] = [];
      const watched = {
        ...seedContext,
        rateOn: (quote: string, date: string) => {
          asked.push(date);
          return seedContext.rateOn(quote, date);
        },
      };
      try {
        const { effectiveDate, carriedDays, observations } = resolveRates(requested, ['CNY', 'USD'], watched);
        return (
          asked.every((date) => addDays(requested, -7) <= date && date <= requested) &&
          addDays(effectiveDate, carriedDays) === requested &&
          observations.every(({ date }) => date === effectiveDate)
        );
      } catch {
        return !held.has(requested);
      }
    }),
  );
});

test('a corrected day is a new revision, the same number is none', async (t) => {
  const quotation: RateQuotation = {
    provider: 'ecb',
    base: 'EUR',
    quote: 'NOK',
    date: '2025-10-23',
    rate: '11.8529',
  };
  const first = revise(undefined, quotation, '2025-10-23T14:05:00.000Z');
  t.same(first, { ...quotation, observedAt: '2025-10-23T14:05:00.000Z', revision: 1 });
  if (first === null) return;
  t.equal(revise(first, { ...quotation, rate: '11.85290' }, '2025-10-24T14:05:00.000Z'), null);
  t.same(revise(first, { ...quotation, rate: '11.5829' }, '2025-10-24T14:05:00.000Z'), {
    ...quotation,
    rate: '11.5829',
    observedAt: '2025-10-24T14:05:00.000Z',
    revision: 2,
  });
  t.ok(sameRate('1.0910', '1.091'));
  t.notOk(sameRate('1.0910', '1.0911'));
});

test('what cannot be a rate is kept out, with its reason', async (t) => {
  const quotation = (quote: string, date: string, rate: string): RateQuotation => {
    return { provider: 'ecb', base: 'EUR', quote, date, rate };
  };
  const { accepted, quarantined } = screen(
    [
      // The newest first, as in the file.
      quotation('USD', '2020-01-08', '1.12'),
      quotation('USD', '2020-01-07', '11.3'),
      quotation('USD', '2020-01-06', '0'),
      quotation('USD', '2020-01-03', '1.1147'),
      quotation('CNY', '2020-01-06', '0.78'),
      quotation('CNY', '2020-01-07', '7.76'),
      quotation('JPY', '2020-01-06', '-120'),
      quotation('JPY', '2020-01-07', '1.2e2'),
      quotation('JPY', '2020-01-08', '#DIV/0'),
      quotation('JPY', '2020-01-09', ''),
      quotation('JPY', '2020-01-10', '0.000'),
      quotation('CZK', '2020-01-06', '25.1'),
      quotation('CZK', '2020-01-06', '25.10'),
      quotation('CZK', '2020-01-06', '25.2'),
      quotation('GRD', '2000-01-06', '330'),
      quotation('TRL', '2004-12-31', '1836200'),
      quotation('TRY', '2005-01-03', '1.8321'),
      quotation('HUF', '2020-01-06', '3300'),
      quotation('HUF', '2020-01-07', '330'),
    ],
    (quote, date) => (quote === 'CNY' && date > '2020-01-03' ? '7.8' : quote === 'HUF' ? '330' : null),
    (quote) => quote !== 'GRD',
  );
  t.same(
    accepted.map(({ quote, date, rate }) => `${quote} ${date} ${rate}`),
    [
      'TRL 2004-12-31 1836200',
      'TRY 2005-01-03 1.8321',
      'USD 2020-01-03 1.1147',
      // Exactly a tenth, or ten times, is still believed.
      'CNY 2020-01-06 0.78',
      'CZK 2020-01-06 25.1',
      'HUF 2020-01-06 3300',
      'CNY 2020-01-07 7.76',
      'HUF 2020-01-07 330',
      'USD 2020-01-08 1.12',
    ],
  );
  t.same(
    quarantined.map(({ quotation: { quote, date, rate }, reason, comparedWith }) => {
      return `${quote} ${date} ${rate} ${reason} ${comparedWith}`;
    }),
    [
      'GRD 2000-01-06 330 unknownCurrency null',
      'USD 2020-01-06 0 notPositive null',
      'JPY 2020-01-06 -120 notPositive null',
      'CZK 2020-01-06 25.2 contradictory 25.1',
      'USD 2020-01-07 11.3 jump 1.1147',
      'JPY 2020-01-07 1.2e2 notADecimal null',
      'JPY 2020-01-08 #DIV/0 notADecimal null',
      'JPY 2020-01-09  notADecimal null',
      'JPY 2020-01-10 0.000 notPositive null',
    ],
  );
});

test('a jump is seen against what is held, downwards too', async (t) => {
  const jump = (rate: string): string | undefined => {
    const quotation = { provider: 'ecb', base: 'EUR', quote: 'CNY', date: '2020-01-06', rate };
    return screen([quotation], () => '7.8').quarantined[0]?.reason;
  };
  t.equal(jump('78.1'), 'jump');
  t.equal(jump('78'), undefined);
  t.equal(jump('0.779'), 'jump');
  t.equal(jump('0.78'), undefined);
});

test('averages are exact sums', async (t) => {
  const days = [observation('USD', '2020-05-26', '1.0975'), observation('USD', '2020-05-25', '1.0910')];
  t.same(averageOf(days), {
    provider: 'ecb',
    base: 'EUR',
    quote: 'USD',
    firstDay: '2020-05-25',
    lastDay: '2020-05-26',
    observations: 2,
    sum: '2.1885',
  });
  t.equal(averageOf([]), null);
  t.equal(combineAverages([]), null);
  const dollar = seedAverages.filter(({ quote }) => quote === 'USD');
  const [year2019, year2020] = dollar.filter(
    ({ firstDay }) => firstDay.startsWith('2019') || firstDay.startsWith('2020'),
  );
  if (year2019 === undefined || year2020 === undefined) throw new Error('2019 and 2020 are seeded');
  const both = averageOver('2019-01-01', '2020-12-31', [], dollar);
  t.match(both, { firstDay: '2019-01-02', lastDay: '2020-12-31', observations: 255 + 257 });
  t.equal(both?.sum, parseDecimal(year2019.sum).plus(parseDecimal(year2020.sum)).toFixed());
  // A period of parts of years takes the whole ones from the sums and the rest from days.
  t.match(averageOver('2019-06-01', '2021-06-30', days, dollar), {
    firstDay: '2020-01-02',
    observations: 257,
  });
  t.match(averageOver('2020-05-01', '2020-05-31', days, dollar), { observations: 2, sum: '2.1885' });
  // Fewer days than the sum has do not replace it, as many do.
  t.match(averageOver('2020-01-01', '2020-12-31', days, dollar), { observations: 257 });
  const short = { ...year2020, observations: 2, sum: '3' };
  t.match(averageOver('2020-01-01', '2020-12-31', days, [short]), { sum: '2.1885' });
  t.equal(averageOver('1999-01-01', '1999-12-31', days, dollar), null);
});

test('a first rate that is wrong does not make those after it look wrong', async (t) => {
  const quoted = (date: string, rate: string) => ({ provider: 'ecb', base: 'EUR', quote: 'USD', date, rate });
  const delivery = [
    quoted('1999-01-04', '117.89'),
    quoted('1999-01-05', '1.179'),
    quoted('1999-01-06', '1.1743'),
  ];
  const { accepted, quarantined } = screen(delivery, () => null);
  t.same(
    accepted.map(({ date }) => date),
    ['1999-01-05', '1999-01-06'],
  );
  t.match(quarantined, [{ reason: 'jump', quotation: { date: '1999-01-04' } }]);
});
