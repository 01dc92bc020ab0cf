import { createReadStream, readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { test } from 'tap';
import { screen } from '../../../../src/domain/money/rate-screening.ts';
import type { RateQuotation } from '../../../../src/domain/money/rates.ts';
import { parseHistoryCsv, parseSdmxCsv, rangeUrl } from '../../../../src/ledger/rates/providers/ecb.ts';
import { unzipSingleFile } from '../../../../src/ledger/rates/zip.ts';
import {
  all,
  failure,
  HISTORY_CSV,
  HISTORY_LINES,
  historyZip,
  inChunks,
  lines,
} from '../../../helpers/rate-source.ts';
import { collectedRates } from '../../../helpers/reference-rates.ts';

async function history(csv: string, chunk = 1_000): Promise<readonly string[]> {
  return lines((await all(parseHistoryCsv(inChunks(csv, chunk)))).flat());
}

async function sdmx(csv: string, chunk = 1_000): Promise<readonly string[]> {
  return lines((await all(parseSdmxCsv(inChunks(csv, chunk)))).flat());
}

test('the history, however the bytes arrive', async (t) => {
  for (const chunk of [1, 3, 17, 10_000]) t.same(await history(HISTORY_CSV, chunk), HISTORY_LINES);
  t.same(await history(HISTORY_CSV.replaceAll('\n', '\r\n')), HISTORY_LINES);
  t.same(await history(`\uFEFF${HISTORY_CSV}\n\n`), HISTORY_LINES);
  t.same(await history(HISTORY_CSV.trimEnd()), HISTORY_LINES, 'without a newline at the end');
  const stream = Readable.from([Buffer.from(HISTORY_CSV)]);
  t.same(lines((await all(parseHistoryCsv(stream))).flat()), HISTORY_LINES);
  const days = await all(parseHistoryCsv(unzipSingleFile(inChunks(historyZip(), 100))));
  t.same(
    days.map((day) => day.length),
    [3, 3],
    'a day at a time',
  );
});

test('columns are found by their header, in any order, with or without an end comma', async (t) => {
  const shuffled = 'CNY,Date,USD,JPY\n7.8269,2020-05-26,1.0975,118.19\n7.7856,2020-05-25,1.091,117.27\n';
  t.same([...(await history(shuffled))].sort(), [...HISTORY_LINES].sort());
  t.same(await history('Date,USD,GRD,\n2000-01-03,1.0090,,\n'), ['ecb EUR USD 2000-01-03 1.0090']);
  // What is no number is relayed as it stands, for the quarantine to report.
  t.same(await history('Date,USD,JPY,\n2020-05-25,0,1.2e2,\n'), [
    'ecb EUR USD 2020-05-25 0',
    'ecb EUR JPY 2020-05-25 1.2e2',
  ]);
});

test('the daily file: spaces, and the day in words', async (t) => {
  const daily = 'Date, USD, JPY, IDR, \n13 April 2026, 1.1684, 186.75, 20082.05, \n';
  t.same(await history(daily, 5), [
    'ecb EUR USD 2026-04-13 1.1684',
    'ecb EUR JPY 2026-04-13 186.75',
    'ecb EUR IDR 2026-04-13 20082.05',
  ]);
  t.same(await history('Date, USD, \n3 May 2020, 1.1, \n'), ['ecb EUR USD 2020-05-03 1.1']);
});

test('what is no history', async (t) => {
  const page = await failure(
    t,
    'rateSourceNotData',
    history('\n  <!DOCTYPE html><html>Service unavailable</html>', 8),
  );
  t.match(page.data, { startsWith: /^<!D/ });
  await failure(t, 'rateSourceNotData', history('{"error":"none"}'));
  await failure(t, 'rateSourceMalformed', history(''));
  await failure(t, 'rateSourceMalformed', history('Service unavailable'));
  await failure(t, 'rateSourceMalformed', history('Day,USD,\n2020-05-25,1.091,\n'));
  await failure(t, 'rateSourceMalformed', history('Date,\n2020-05-25,\n'));
  await failure(t, 'rateSourceMalformed', history('Date,USD,usd,\n'));
  t.match((await failure(t, 'rateSourceEmpty', history('Date,USD,\n'))).data, { currencies: 1, days: 0 });
  t.match((await failure(t, 'rateSourceEmpty', history('Date,USD,\n2020-05-25,N/A,\n'))).data, { days: 1 });
  await failure(t, 'rateSourceMalformed', history('Date,USD,USD,\n'));
  for (const day of ['2020-02-30', '31 April 2020', '1 Mai 2020', '05/25/2020', '']) {
    const bad = await failure(t, 'rateSourceMalformed', history(`Date,USD,\n${day},1.091,\n`));
    t.match(bad.data, { expected: 'a date', text: day });
  }
  // A table that stops in the middle of a line.
  const cut = await failure(t, 'rateSourceMalformed', history(HISTORY_CSV.slice(0, -9)));
  t.match(cut.data, { csv: 'CSV_RECORD_INCONSISTENT_FIELDS_LENGTH', line: 3 });
  await failure(t, 'rateSourceMalformed', history(`Date,USD,\n"2020-05-25,1.091,\n`));
  await failure(t, 'rateSourceMalformed', history(`Date,USD,\n"${'x'.repeat(100_000)}`));
});

test('a failing source of bytes fails the reading with its own error', async (t) => {
  async function* failing(): AsyncGenerator<Uint8Array> {
    yield Buffer.from(HISTORY_CSV);
    throw new TypeError('the source broke');
  }
  await t.rejects(all(parseHistoryCsv(failing())), { name: 'TypeError', message: 'the source broke' });
});

test('a reader that stops early ends the source', async (t) => {
  let ended = false;
  async function* endless(): AsyncGenerator<Uint8Array> {
    try {
      yield Buffer.from('Date,USD,\n');
      for (;;) yield Buffer.from('2020-05-25,1.091,\n');
    } finally {
      ended = true;
    }
  }
  for await (const day of parseHistoryCsv(endless())) {
    t.equal(day.length, 1);
    break;
  }
  await new Promise((resolve) => setImmediate(resolve));
  t.ok(ended);
});

const SDMX_HEADER = 'KEY,FREQ,CURRENCY,CURRENCY_DENOM,EXR_TYPE,EXR_SUFFIX,TIME_PERIOD,OBS_VALUE';

test("the data service's rates", async (t) => {
  const rows = [
    SDMX_HEADER,
    'EXR.D.CNY.EUR.SP00.A,D,CNY,EUR,SP00,A,2026-03-31,7.9341',
    'EXR.D.USD.EUR.SP00.A,D,USD,EUR,SP00,A,2026-03-31,1.1498',
    'EXR.D.RUB.EUR.SP00.A,D,RUB,EUR,SP00,A,2026-03-31,NaN',
    'EXR.D.ISK.EUR.SP00.A,D,ISK,EUR,SP00,A,2012-03-30,',
  ];
  const expected = ['ecb EUR CNY 2026-03-31 7.9341', 'ecb EUR USD 2026-03-31 1.1498'];
  for (const chunk of [1, 50, 1_000]) t.same(await sdmx(`${rows.join('\n')}\n`, chunk), expected);
  // All attributes, quoted commas, and another order of columns.
  const full = [
    'TIME_PERIOD,OBS_VALUE,OBS_STATUS,FREQ,CURRENCY,CURRENCY_DENOM,TITLE_COMPL',
    '2025-03-03,1.0465,A,D,USD,EUR,"ECB reference exchange rate, US dollar/Euro, 2.15 pm (C.E.T.)"',
  ];
  t.same(await sdmx(full.join('\r\n')), ['ecb EUR USD 2025-03-03 1.0465']);
});

test('an empty answer of the data service means no data', async (t) => {
  t.same(await sdmx(''), []);
  t.same(await sdmx('\n'), []);
  t.same(await sdmx(`${SDMX_HEADER}\n`), []);
});

test('what is no answer of the data service', async (t) => {
  await failure(t, 'rateSourceNotData', sdmx('<html></html>'));
  await failure(t, 'rateSourceNotData', sdmx('{"header":{}}'));
  const old = await failure(
    t,
    'rateSourceMalformed',
    sdmx('KEY,CURRENCY,TIME_PERIOD,OBS_VALUE\na,USD,2020-05-25,1\n'),
  );
  t.match(old.data, { missing: ['FREQ', 'CURRENCY_DENOM'] });
  const row = (frequency: string, currency: string, base: string, day: string): string => {
    return `${SDMX_HEADER}\nk,${frequency},${currency},${base},SP00,A,${day},1.1\n`;
  };
  t.same(await sdmx(row('D', 'USD', 'EUR', '2020-05-25')), ['ecb EUR USD 2020-05-25 1.1']);
  await failure(t, 'rateSourceMalformed', sdmx(row('M', 'USD', 'EUR', '2020-05')));
  await failure(t, 'rateSourceMalformed', sdmx(row('D', 'USD', 'GBP', '2020-05-25')));
  await failure(t, 'rateSourceMalformed', sdmx(row('D', 'dollar', 'EUR', '2020-05-25')));
  await failure(t, 'rateSourceMalformed', sdmx(row('D', 'USD', 'EUR', '2020-05')));
});

test('the address of a range', async (t) => {
  t.equal(
    rangeUrl('2020-05-28', '2020-05-29'),
    'https://data-api.ecb.europa.eu/service/data/EXR/D..EUR.SP00.A' +
      '?startPeriod=2020-05-28&endPeriod=2020-05-29&format=csvdata&detail=dataonly',
  );
});

const collected = collectedRates('ecb-eurofxref-hist.csv');

test('the real history: every cell, nothing kept out', {
  skip: collected === null && 'the collected history is not beside the project',
}, async (t) => {
  if (collected === null) return;
  const began = performance.now();
  const quotations: RateQuotation[] = [];
  let days = 0;
  for await (const day of parseHistoryCsv(createReadStream(collected))) {
    days += 1;
    quotations.push(...day);
  }
  t.comment(`parsed in ${Math.round(performance.now() - began)} ms`);
  t.equal(days, 7_075);
  t.equal(quotations.length, 220_223);
  // Every cell, by another road.
  const [header = '', ...rows] = readFileSync(collected, 'utf8').trim().split('\n');
  const names = header.split(',');
  let at = 0;
  for (const row of rows) {
    const cells = row.split(',');
    for (const [place, name] of names.entries()) {
      const cell = cells[place];
      if (place === 0 || name === '' || cell === 'N/A') continue;
      const read = quotations[at];
      if (read?.quote !== name || read.date !== cells[0] || read.rate !== cell) t.fail(`${cells[0]} ${name}`);
      at += 1;
    }
  }
  t.equal(at, quotations.length);
  const { accepted, quarantined } = screen(quotations, () => null);
  t.same(quarantined, []);
  t.equal(accepted.length, quotations.length);
  t.match(
    quotations.find(({ quote, date }) => quote === 'NOK' && date === '2025-10-23'),
    { rate: '11.5829' },
  );
});

for (const [name, count] of [
  ['wire-samples/ecb-sdmx-exr-dataonly.csv', 4],
  ['wire-samples/ecb-sdmx-exr-full.csv', 3],
] as const) {
  const sample = collectedRates(name);
  test(`the sample ${name}`, {
    skip: sample === null && 'the samples are not beside the project',
  }, async (t) => {
    if (sample === null) return;
    t.equal((await all(parseSdmxCsv(createReadStream(sample)))).length, count);
  });
}

const daily = collectedRates('wire-samples/eurofxref.2026-04-13.csv');

test('the sample of a daily file', {
  skip: daily === null && 'the samples are not beside the project',
}, async (t) => {
  if (daily === null) return;
  const read = (await all(parseHistoryCsv(createReadStream(daily)))).flat();
  t.equal(read.length, 29);
  t.ok(lines(read).includes('ecb EUR GBP 2026-04-13 0.87058'));
});
