import { createReadStream } from 'node:fs';
import { test } from 'tap';
import { Decimal, formatDecimal, parseDecimal } from '../../../src/domain/money/decimal.ts';
import { openDaysBetween } from '../../../src/domain/money/rate-provider.ts';
import { sameRate } from '../../../src/domain/money/rate-screening.ts';
import { isIsoDate } from '../../../src/domain/period/calendar.ts';
import { ecb, parseHistoryCsv } from '../../../src/ledger/rates/providers/ecb.ts';
import {
  collectedRates,
  currencies,
  seedAverages,
  seedCurrencies,
  seedObservations,
  seedRates,
} from '../../helpers/reference-rates.ts';

test('currencies follow ISO 4217', async (t) => {
  const codes = seedCurrencies.map(({ id }) => id);
  t.same(codes, [...new Set(codes)].sort(), 'in order, each once');
  for (const { id, numeric, name, minorUnits, endedOn, successor } of seedCurrencies) {
    const series = currencies.get(id)?.series ?? null;
    t.match(id, /^[A-Z]{3}$/);
    t.match(numeric, /^\d{3}$/);
    t.ok(name.length > 0 && name === name.trim(), id);
    t.ok(minorUnits === null || [0, 2, 3, 4].includes(minorUnits), id);
    t.equal(endedOn === null, successor === null, `${id}: what has ended has a successor`);
    if (successor !== null)
      t.equal(currencies.get(successor)?.endedOn, null, `${id}: the successor is still one`);
    if (series === null) continue;
    t.match(series, { provider: 'ecb', base: 'EUR' });
    for (const day of [series.firstDay, series.lastDay ?? series.firstDay])
      t.ok(ecb.calendar.isOpen(day), `${id} ${day}`);
    t.ok(endedOn === null || (series.lastDay !== null && series.lastDay <= endedOn), id);
    for (const { from, to } of series.gaps) t.ok(isIsoDate(from) && isIsoDate(to) && from <= to, id);
  }
  const active = seedCurrencies.filter(({ endedOn }) => endedOn === null);
  const numbers = active.map(({ numeric }) => numeric);
  t.equal(new Set(numbers).size, numbers.length, 'no two active currencies share a number');
});

test('minor units where lists disagree', async (t) => {
  const exponents: Readonly<Record<number, string>> = {
    0: 'BEF BIF CLP DJF ESP GNF GRD ISK ITL JPY KMF KRW LUF PTE PYG RWF TRL UGX UYI VND VUV XAF XOF XPF',
    2: 'USD EUR CNY GBP HUF IDR COP MRU MGA LAK LBP IRR SLE VED VES XCG ZWG XAD BGN HRK TWD AFN ALL MMK PKR SOS',
    3: 'BHD IQD JOD KWD LYD OMR TND',
    4: 'CLF UYW',
  };
  for (const [exponent, codes] of Object.entries(exponents)) {
    for (const code of codes.split(' ')) t.equal(`${currencies.get(code)?.minorUnits}`, exponent, code);
  }
  for (const code of ['XDR', 'XAU', 'XAG', 'XPT', 'XPD', 'XXX'])
    t.equal(currencies.get(code)?.minorUnits, null, code);
  const odd = seedCurrencies
    .filter(({ minorUnits }) => minorUnits !== 2 && minorUnits !== null)
    .map(({ id }) => id);
  t.same(odd.sort(), `${exponents[0]} ${exponents[3]} ${exponents[4]}`.split(' ').sort());
});

test('currencies that have ended', async (t) => {
  const ended = seedCurrencies.filter(({ endedOn }) => endedOn !== null);
  t.same(
    ended.map(({ id, endedOn, successor }) => `${id} ${endedOn} ${successor}`),
    [
      'ANG 2025-06-30 XCG',
      'ATS 2001-12-31 EUR',
      'BEF 2001-12-31 EUR',
      'BGN 2025-12-31 EUR',
      'CUC 2021-06-30 CUP',
      'CYP 2007-12-31 EUR',
      'DEM 2001-12-31 EUR',
      'EEK 2010-12-31 EUR',
      'ESP 2001-12-31 EUR',
      'FIM 2001-12-31 EUR',
      'FRF 2001-12-31 EUR',
      'GRD 2001-12-31 EUR',
      'HRK 2022-12-31 EUR',
      'IEP 2001-12-31 EUR',
      'ITL 2001-12-31 EUR',
      'LTL 2014-12-31 EUR',
      'LUF 2001-12-31 EUR',
      'LVL 2013-12-31 EUR',
      'MTL 2007-12-31 EUR',
      'NLG 2001-12-31 EUR',
      'PTE 2001-12-31 EUR',
      'ROL 2005-06-30 RON',
      'SIT 2006-12-31 EUR',
      'SKK 2008-12-31 EUR',
      'TRL 2004-12-31 TRY',
    ],
  );
});

test('seeded rates are of days and currencies that have them', async (t) => {
  t.equal(seedRates.days.length, 44);
  t.equal(seedObservations.length, 1_274);
  t.match(seedRates, {
    attribution: 'Source: ECB statistics',
    averagesAttribution: 'Source: calculated from ECB statistics',
  });
  for (const { date, quote, rate } of seedObservations) {
    const series = currencies.get(quote)?.series;
    const covered =
      ecb.calendar.isOpen(date) &&
      series !== undefined &&
      series !== null &&
      series.firstDay <= date &&
      (series.lastDay === null || date <= series.lastDay) &&
      series.gaps.every(({ from, to }) => date < from || to < date) &&
      parseDecimal(rate).isPositive();
    if (!covered) t.fail(`${quote} ${date}`);
  }
});

test('seeded means are those of the sums', async (t) => {
  t.equal(seedRates.averages.length, 343);
  for (const { year, quote, firstDay, lastDay, observations, targetDays, sum, mean } of seedRates.averages) {
    const exact = parseDecimal(sum).dividedBy(observations);
    t.ok(sameRate(formatDecimal(exact.toSignificantDigits(12)), mean), `${year} ${quote}`);
    t.equal(targetDays, openDaysBetween(ecb.calendar, `${year}-01-01`, `${year}-12-31`));
    t.equal(observations, openDaysBetween(ecb.calendar, firstDay, lastDay), `${year} ${quote}`);
  }
});

const history = collectedRates('ecb-eurofxref-hist.csv');

test('the seeds agree with the history to the digit', {
  skip: history === null && 'the collected history is not beside the project',
}, async (t) => {
  if (history === null) return;
  const rates = new Map<string, string>();
  const firstDay = new Map<string, string>();
  const lastDay = new Map<string, string>();
  const days: string[] = [];
  for await (const day of parseHistoryCsv(createReadStream(history))) {
    days.push(day[0]?.date ?? '');
    for (const { quote, date, rate } of day) {
      rates.set(`${quote} ${date}`, rate);
      firstDay.set(quote, date);
      if (!lastDay.has(quote)) lastDay.set(quote, date);
    }
  }
  const [newest] = days;
  for (const { quote, date, rate } of seedObservations) {
    if (rates.get(`${quote} ${date}`) !== rate) t.fail(`${quote} ${date}`);
  }
  t.equal(seedRates.series.length, firstDay.size);
  for (const { quote: id, ...facts } of seedRates.series) {
    t.equal(facts.firstDay, firstDay.get(id), id);
    t.equal(facts.lastDay, lastDay.get(id) === newest ? null : lastDay.get(id), id);
    const missing = days.filter((day) => {
      const inSeries = facts.firstDay <= day && (facts.lastDay === null || day <= facts.lastDay);
      return (
        inSeries && facts.gaps.every(({ from, to }) => day < from || to < day) && !rates.has(`${id} ${day}`)
      );
    });
    t.same(missing, [], `${id} has no gaps but those stated`);
    for (const { from, to } of facts.gaps) {
      t.notOk(
        days.some((day) => from <= day && day <= to && rates.has(`${id} ${day}`)),
        `${id} ${from}`,
      );
    }
  }
  for (const { quote, firstDay: from, lastDay: to, sum } of seedAverages) {
    let exact = new Decimal(0);
    for (const day of days)
      if (from <= day && day <= to) exact = exact.plus(rates.get(`${quote} ${day}`) ?? 'NaN');
    t.equal(formatDecimal(exact), sum, `${quote} ${from}`);
  }
});
