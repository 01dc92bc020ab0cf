import { readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { strToU8, zipSync } from 'fflate';
import type { Test } from 'tap';
import { test } from 'tap';
import { RateSourceError } from '../../../src/ledger/rates/errors.ts';
import { ecb } from '../../../src/ledger/rates/providers/ecb.ts';
import { rateFreshness } from '../../../src/ledger/rates/repository.ts';
import type { RateFreshness } from '../../../src/ledger/rates/schemas.ts';
import type { SyncOptions, SyncReport } from '../../../src/ledger/rates/sync.ts';
import { syncRates } from '../../../src/ledger/rates/sync.ts';
import { syncInWorker } from '../../../src/ledger/rates/sync-in-worker.ts';
import type { Storage } from '../../../src/store/sqlite/storage.ts';
import { openLedger } from '../../../src/transfer/open-ledger.ts';
import { temporaryDirectory } from '../../helpers/process.ts';
import { historyZip, serve } from '../../helpers/rate-source.ts';
import { collectedRates } from '../../helpers/reference-rates.ts';

/** Monday 24 August 2026, after the day's rates. */
const NOW = new Date('2026-08-24T15:00:00Z');
const NEXT_DAY = new Date('2026-08-25T15:00:00Z');

async function ledger(t: Test): Promise<Storage> {
  const { storage } = await openLedger(null);
  t.teardown(() => storage.close());
  return storage;
}

function addressesOf(historyUrl: string, seriesUrl: string = historyUrl): SyncOptions['addresses'] {
  return { RATES_HISTORY_URL: historyUrl, RATES_SERIES_URL: seriesUrl };
}

function zip(content: Uint8Array) {
  return (response: ServerResponse): void => {
    response.writeHead(200, { 'content-type': 'application/zip' }).end(content);
  };
}

function csv(content: string) {
  return (response: ServerResponse): void => {
    response.writeHead(200, { 'content-type': 'text/csv' }).end(content);
  };
}

async function sync(storage: Storage, url: string, options: Partial<SyncOptions> = {}): Promise<SyncReport> {
  return syncRates(storage, ecb, { addresses: addressesOf(url), now: () => NOW, retries: 0, ...options });
}

/** All revisions of a day, as lines. */
function revisions(storage: Storage, quote: string, date: string): readonly string[] {
  return storage.sqlite
    .prepare<[string, string], string>(
      "select revision || ' ' || rate || ' ' || (superseded_at is null) from rates where quote = ? and date = ? order by revision",
    )
    .pluck()
    .all(quote, date);
}

function freshness(storage: Storage): Promise<RateFreshness> {
  return storage.store.snapshot((read) => rateFreshness(read, ecb, { now: NOW, asOf: null }));
}

function version(storage: Storage): unknown {
  return storage.sqlite.prepare('select value from ledger_state').pluck().get();
}

test('a sync adds what is missing, and a second one changes nothing', async (t) => {
  const storage = await ledger(t);
  const { url } = await serve(
    t,
    zip(historyZip('Date,USD,CNY,\n2020-05-28,1.1016,7.8922,\n2020-05-25,1.0910,7.7856,\n')),
  );
  const first = await sync(storage, url);
  t.match(first, { fetched: 'history', quotations: 4, added: 2, corrected: 0, quarantined: 0 });
  t.same(revisions(storage, 'CNY', '2020-05-28'), ['1 7.8922 1']);
  t.same(
    revisions(storage, 'USD', '2020-05-25'),
    ['1 1.091 1'],
    'the same number with a zero more is no correction',
  );
  const before = version(storage);
  t.match(await sync(storage, url), { added: 0, corrected: 0, quarantined: 0 });
  t.equal(version(storage), before);
});

test('a corrected day is a new revision, and the old one stays', async (t) => {
  const storage = await ledger(t);
  const { url } = await serve(
    t,
    zip(historyZip('Date,NOK,\n2025-10-23,11.8529,\n')),
    zip(historyZip('Date,NOK,\n2025-10-23,11.5829,\n')),
  );
  await sync(storage, url);
  t.match(await sync(storage, url), { added: 0, corrected: 1 });
  t.same(revisions(storage, 'NOK', '2025-10-23'), ['1 11.8529 0', '2 11.5829 1']);
});

test('implausible rates are kept out of service and reported once', async (t) => {
  const storage = await ledger(t);
  const content = 'Date,USD,CNY,JPY,XYZ,\n2026-08-24,0,78.9,n/a?,1.5,\n2026-08-25,1.17,7.86,186,1.5,\n';
  const { url } = await serve(t, zip(historyZip(content)));
  t.match(await sync(storage, url), { added: 3, quarantined: 5 });
  const kept = storage.sqlite
    .prepare(
      "select quote || ' ' || date || ' ' || rate || ' ' || reason from rate_quarantine order by quote, date",
    )
    .pluck()
    .all();
  t.same(kept, [
    'CNY 2026-08-24 78.9 jump',
    'JPY 2026-08-24 n/a? notADecimal',
    'USD 2026-08-24 0 notPositive',
    'XYZ 2026-08-24 1.5 unknownCurrency',
    'XYZ 2026-08-25 1.5 unknownCurrency',
  ]);
  t.same(revisions(storage, 'CNY', '2026-08-24'), []);
  t.match(await sync(storage, url), { added: 0, quarantined: 0 });
  t.equal((await freshness(storage)).quarantined, 5);
});

test('a failure leaves everything as it was, and is told', async (t) => {
  const storage = await ledger(t);
  const whole = historyZip();
  const answers: readonly (readonly [string, (response: ServerResponse) => void])[] = [
    ['rateSourceNotFound', (response) => response.writeHead(404).end()],
    ['rateSourceUnavailable', (response) => response.writeHead(503).end()],
    [
      'rateSourceNotData',
      (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>'),
    ],
    ['rateSourceTruncated', zip(whole.subarray(0, whole.length - 40))],
    ['rateSourceMalformed', zip(zipSync({ 'a.csv': strToU8('nothing of use') }))],
    ['rateSourceEmpty', zip(historyZip('Date,USD,JPY,\n'))],
    ['rateSourceTimedOut', () => undefined],
  ];
  const before = [version(storage), storage.sqlite.prepare('select count(*) from rates').pluck().get()];
  for (const [code, answer] of answers) {
    const { url } = await serve(t, answer);
    const timeoutMs = code === 'rateSourceTimedOut' ? 200 : undefined;
    await t.rejects(sync(storage, url, { timeoutMs }), { code }, code);
    t.equal((await freshness(storage)).failure, code);
  }
  t.same([version(storage), storage.sqlite.prepare('select count(*) from rates').pluck().get()], before);
  const { url } = await serve(t, zip(whole));
  await sync(storage, url);
  t.match(await freshness(storage), {
    failure: null,
    succeededAt: NOW.toISOString(),
  });
});

test('a delivery that breaks off is not half kept', async (t) => {
  const storage = await ledger(t);
  const days = 'Date,USD,\n2020-06-03,1.12,\n2020-06-02,1.11,\nbroken line\n';
  const { url } = await serve(t, zip(historyZip(days)));
  await t.rejects(sync(storage, url), { code: 'rateSourceMalformed' });
  t.same(revisions(storage, 'USD', '2020-06-03'), []);
});

test('once the history is there, only the missing days are asked for, and the history where that fails', async (t) => {
  const path = collectedRates('ecb-eurofxref-hist.csv');
  if (path === null) return;
  const storage = await ledger(t);
  const { url: historyUrl, requests: ofHistory } = await serve(
    t,
    zip(historyZip(readFileSync(path, 'utf8'))),
  );
  const sdmx =
    'KEY,FREQ,CURRENCY,CURRENCY_DENOM,EXR_TYPE,EXR_SUFFIX,TIME_PERIOD,OBS_VALUE\nEXR.D.CNY.EUR.SP00.A,D,CNY,EUR,SP00,A,2026-08-24,7.87\n';
  const { url: seriesUrl, requests: ofSeries } = await serve(t, csv(sdmx), csv(''), (response) =>
    response.writeHead(404).end(),
  );
  const options = { addresses: addressesOf(historyUrl, seriesUrl), retries: 0 };
  t.match(await syncRates(storage, ecb, { ...options, now: () => NOW }), { fetched: 'history' });
  t.match(await syncRates(storage, ecb, { ...options, now: () => NOW }), { fetched: 'range', added: 1 });
  t.match(ofSeries[0], 'startPeriod=2026-08-07&endPeriod=2026-08-24');
  t.match(
    await syncRates(storage, ecb, { ...options, now: () => NEXT_DAY }),
    { fetched: 'range', added: 0 },
    'an empty answer means no data',
  );
  t.match(
    await syncRates(storage, ecb, { ...options, now: () => NEXT_DAY }),
    { fetched: 'history', added: 0 },
    'a 404 falls back',
  );
  t.equal(ofHistory.length, 2);
  t.match(await syncRates(storage, ecb, { ...options, now: () => NEXT_DAY, full: true }), {
    fetched: 'history',
  });
});

test('the whole real history: every cell as in the file, and a second time nothing', async (t) => {
  const path = collectedRates('ecb-eurofxref-hist.csv');
  if (path === null) return;
  const text = readFileSync(path, 'utf8');
  const storage = await ledger(t);
  const { url } = await serve(t, zip(historyZip(text)));
  const report = await sync(storage, url);
  t.equal(report.quarantined, 0);
  t.equal(report.corrected, 0);
  t.equal(storage.sqlite.prepare('select count(distinct date) from rates').pluck().get(), 7075);

  const [header = '', ...lines] = text.trim().split('\n');
  const quotes = header.split(',').slice(1);
  const held = storage.sqlite
    .prepare<[string, string], string>(
      "select rate from rates where provider = 'ecb' and date = ? and quote = ? and superseded_at is null",
    )
    .pluck();
  let compared = 0;
  for (const line of lines) {
    const [date = '', ...cells] = line.split(',');
    for (const [position, quote] of quotes.entries()) {
      const cell = cells[position] ?? '';
      const expected = cell === 'N/A' || cell === '' ? undefined : cell;
      if (quote !== '' && held.get(date, quote) !== expected)
        t.fail(`${date} ${quote}: ${held.get(date, quote)}, not ${expected}`);
      compared += 1;
    }
  }
  t.ok(compared > 280_000);
  // The comparison may have taken longer than an idle connection is kept.
  t.match(await sync(storage, url, { full: true, retries: 1 }), { added: 0, corrected: 0, quarantined: 0 });
});

test('in a worker, on a file of its own, with its failures', async (t) => {
  const directory = temporaryDirectory(t);
  const { storage } = await openLedger(directory);
  t.teardown(() => storage.close());
  const { url } = await serve(t, zip(historyZip()));
  const order = { file: join(directory, 'ledger.sqlite'), provider: ecb.id, addresses: addressesOf(url) };
  const { signal } = new AbortController();
  t.match(await syncInWorker(order, signal), { fetched: 'history', quotations: 6 });
  t.match(await freshness(storage), { failure: null });
  const { url: html } = await serve(t, (response) =>
    response.writeHead(200, { 'content-type': 'text/html' }).end('<html>'),
  );
  await t.rejects(syncInWorker({ ...order, addresses: addressesOf(html) }, signal), {
    code: 'rateSourceNotData',
  });
  const stopping = new AbortController();
  const { url: silent } = await serve(t, () => stopping.abort());
  await t.rejects(
    syncInWorker({ ...order, addresses: addressesOf(silent) }, stopping.signal),
    RateSourceError,
  );
});
