import { readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { strToU8, zipSync } from 'fflate';
import type { Test } from 'tap';
import { test } from 'tap';
import { pathWithin, referenceRoute } from '../../../src/domain/money/conversion-routes.ts';
import { addDays } from '../../../src/domain/period/calendar.ts';
import { createRateBooks } from '../../../src/ledger/rates/book.ts';
import { RateSourceError } from '../../../src/ledger/rates/errors.ts';
import { ecb } from '../../../src/ledger/rates/providers/ecb.ts';
import { listQuarantined, rateFreshness } from '../../../src/ledger/rates/repository.ts';
import type { RateFreshness } from '../../../src/ledger/rates/schemas.ts';
import type { SyncOptions, SyncReport } from '../../../src/ledger/rates/sync.ts';
import { syncInWorker, syncRates, syncUnlessRecent } from '../../../src/ledger/rates/sync.ts';
import { attachStore } from '../../../src/store/engine.ts';
import { and, asc, eq, isNull } from '../../../src/store/query.ts';
import type { Store } from '../../../src/store/store.ts';
import { rates } from '../../../src/store/tables/schema.ts';
import { openLedger } from '../../../src/transfer/open-ledger.ts';
import { NO_POSTGRES, seededDatabase } from '../../helpers/postgres.ts';
import { temporaryDirectory } from '../../helpers/process.ts';
import { historyZip, serve } from '../../helpers/rate-source.ts';
import { collectedRates, seedRates } from '../../helpers/reference-rates.ts';

/** Monday 24 August 2026, after the day's rates. */
const NOW = new Date('2026-08-24T15:00:00Z');
const NEXT_DAY = new Date('2026-08-25T15:00:00Z');

async function ledger(t: Test): Promise<Store> {
  const { store } = await openLedger(null, { now: () => NOW });
  t.teardown(() => store.close());
  return store;
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

async function sync(store: Store, url: string, options: Partial<SyncOptions> = {}): Promise<SyncReport> {
  return syncRates(store, ecb, { addresses: addressesOf(url), now: () => NOW, retries: 0, ...options });
}

/** All revisions of a day, as lines: number, rate, whether it is the current one. */
function revisions(store: Store, quote: string, date: string): Promise<readonly string[]> {
  return store.snapshot(async (read) => {
    const rows = await read
      .select()
      .from(rates)
      .where(and(eq(rates.quote, quote), eq(rates.date, date)))
      .orderBy(asc(rates.revision));
    return rows.map(
      ({ revision, rate, supersededAt }) => `${revision} ${rate} ${supersededAt === null ? 1 : 0}`,
    );
  });
}

function freshness(store: Store): Promise<RateFreshness> {
  return store.snapshot((read) => rateFreshness(read, ecb, { now: NOW, asOf: null }));
}

test('a sync adds what is missing, and a second one changes nothing', async (t) => {
  const store = await ledger(t);
  const { url } = await serve(
    t,
    zip(historyZip('Date,USD,CNY,\n2020-05-28,1.1016,7.8922,\n2020-05-25,1.0910,7.7856,\n')),
  );
  const first = await sync(store, url);
  t.match(first, { fetched: 'history', quotations: 4, added: 2, corrected: 0, quarantined: 0 });
  t.same(await revisions(store, 'CNY', '2020-05-28'), ['1 7.8922 1']);
  t.same(
    await revisions(store, 'USD', '2020-05-25'),
    ['1 1.091 1'],
    'the same number with a zero more is no correction',
  );
  const before = await store.version();
  t.match(await sync(store, url), { added: 0, corrected: 0, quarantined: 0 });
  t.equal(await store.version(), before);
});

/** A history of the dollar on all open days up to 2026-08-21, newest first, but for some. */
function history(isLeftOut: (day: string) => boolean): Uint8Array {
  const rows = ['Date,USD,'];
  for (let day = '2026-08-21'; day >= ecb.calendar.firstDay; day = addDays(day, -1))
    if (ecb.calendar.isOpen(day) && !isLeftOut(day)) rows.push(`${day},${SEEDED.get(day) ?? '1.1'},`);
  return historyZip(`${rows.join('\n')}\n`);
}
const SEEDED = new Map(seedRates.days.map(({ date, rates: ofDay }) => [date, ofDay.USD]));
const NEVER = '2026-08-03';

/** From which day the dollar's rate of a day is taken. */
function effectiveDate(store: Store, date: string, asOf: string | null = null): Promise<string | null> {
  return store.snapshot(async (read) => {
    const book = await createRateBooks()(read).open(['USD'], { now: NOW, asOf });
    return referenceRoute('date', pathWithin(book, 'USD', 'EUR'), date).receipt.effectiveDate;
  });
}

test('an open day that a whole history skips is known to have no rates', async (t) => {
  const store = await ledger(t);
  const before = await store.version();
  const { url } = await serve(t, zip(history((day) => day === NEVER)), zip(history(() => false)));
  t.match(await sync(store, url), { unpublishedDays: 1, quarantined: 0 });
  t.equal((await freshness(store)).heldFrom, '1999-01-04');
  t.equal(await effectiveDate(store, NEVER), '2026-07-31');
  t.not(await store.version(), before);
  const again = await sync(store, url, { full: true });
  t.match(again, { added: 1, unpublishedDays: 0 }, 'published after all');
  t.equal(await effectiveDate(store, NEVER), NEVER);
  t.equal((await freshness(store)).heldFrom, '1999-01-04');
});

test('a history that is cut off or damaged proves nothing of the days it lacks', async (t) => {
  const damaged: Readonly<Record<string, (day: string) => boolean>> = {
    'its oldest days are missing': (day) => day === NEVER || day < '2015-01-01',
    'a block of it is missing': (day) => day === NEVER || (day > '2011-03-01' && day < '2011-03-08'),
    'it lacks a day that was published': (day) => day === NEVER || day === '2020-05-25',
  };
  for (const [why, isLeftOut] of Object.entries(damaged)) {
    const store = await ledger(t);
    const { url } = await serve(t, zip(history(isLeftOut)));
    t.match(await sync(store, url), { unpublishedDays: 0 }, why);
    t.equal((await freshness(store)).heldFrom, '2026-08-04', why);
    await t.rejects(effectiveDate(store, NEVER), { code: 'rateNotHeld' }, why);
  }
});

test('a day that no part of the history explains is looked for in the whole of it', async (t) => {
  const store = await ledger(t);
  const { url: historyUrl, requests } = await serve(t, zip(history((day) => day === NEVER)));
  const { url: seriesUrl, requests: ofSeries } = await serve(t, csv(''));
  await store.write(async (transaction) => {
    for (let day: string = ecb.calendar.firstDay; day <= '2026-08-21'; day = addDays(day, 1))
      if (ecb.calendar.isOpen(day) && day !== NEVER)
        await transaction
          .insert(rates)
          .values({
            ...{ provider: 'ecb', base: 'EUR', quote: 'USD', date: day, revision: 1 },
            ...{ rate: SEEDED.get(day) ?? '1.1', observedAt: NOW.toISOString() },
          })
          .onConflictDoNothing();
  });
  const options = { addresses: addressesOf(historyUrl, seriesUrl), now: () => NOW, retries: 0 };
  t.match(await syncRates(store, ecb, options), { fetched: 'history', unpublishedDays: 1 });
  t.match(await syncRates(store, ecb, options), { fetched: 'range' });
  t.same([requests.length, ofSeries.length], [1, 1]);
});

test('a corrected day is a new revision, and the old one stays', async (t) => {
  const store = await ledger(t);
  const { url } = await serve(
    t,
    zip(historyZip('Date,NOK,\n2025-10-23,11.8529,\n')),
    zip(historyZip('Date,NOK,\n2025-10-23,11.5829,\n')),
  );
  await sync(store, url);
  t.match(await sync(store, url), { added: 0, corrected: 1 });
  t.same(await revisions(store, 'NOK', '2025-10-23'), ['1 11.8529 0', '2 11.5829 1']);
});

test('implausible rates are kept out of service and reported once', async (t) => {
  const store = await ledger(t);
  const content = 'Date,USD,CNY,JPY,XYZ,\n2026-08-24,0,78.9,n/a?,1.5,\n2026-08-25,1.17,7.86,186,1.5,\n';
  const { url } = await serve(t, zip(historyZip(content)));
  t.match(await sync(store, url), { added: 3, quarantined: 5 });
  const kept = await store.snapshot(async (read) => listQuarantined(read));
  t.same(kept.map(({ quote, date, rate, reason }) => `${quote} ${date} ${rate} ${reason}`).sort(), [
    'CNY 2026-08-24 78.9 jump',
    'JPY 2026-08-24 n/a? notADecimal',
    'USD 2026-08-24 0 notPositive',
    'XYZ 2026-08-24 1.5 unknownCurrency',
    'XYZ 2026-08-25 1.5 unknownCurrency',
  ]);
  t.same(await revisions(store, 'CNY', '2026-08-24'), []);
  t.match(await sync(store, url), { added: 0, quarantined: 0 });
  t.equal((await freshness(store)).quarantined, 5);
});

test('a failure leaves everything as it was, and is told', async (t) => {
  const store = await ledger(t);
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
  const state = () => store.snapshot(async (read) => [read.version, await read.$count(rates)]);
  const before = await state();
  for (const [code, answer] of answers) {
    const { url } = await serve(t, answer);
    const timeoutMs = code === 'rateSourceTimedOut' ? 200 : undefined;
    await t.rejects(sync(store, url, { timeoutMs }), { code }, code);
    t.equal((await freshness(store)).failure, code);
  }
  t.same(await state(), before);
  const { url } = await serve(t, zip(whole));
  await sync(store, url);
  t.match(await freshness(store), {
    failure: null,
    succeededAt: NOW.toISOString(),
  });
});

test('a delivery that breaks off is not half kept', async (t) => {
  const store = await ledger(t);
  const days = 'Date,USD,\n2020-06-03,1.12,\n2020-06-02,1.11,\nbroken line\n';
  const { url } = await serve(t, zip(historyZip(days)));
  await t.rejects(sync(store, url), { code: 'rateSourceMalformed' });
  t.same(await revisions(store, 'USD', '2020-06-03'), []);
});

test('once the history is there, only the missing days are asked for, and the history where that fails', async (t) => {
  const path = collectedRates('ecb-eurofxref-hist.csv');
  if (path === null) return;
  const store = await ledger(t);
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
  t.match(await syncRates(store, ecb, { ...options, now: () => NOW }), { fetched: 'history' });
  t.match(await syncRates(store, ecb, { ...options, now: () => NOW }), { fetched: 'range', added: 1 });
  t.match(ofSeries[0], 'startPeriod=2026-08-07&endPeriod=2026-08-24');
  t.match(
    await syncRates(store, ecb, { ...options, now: () => NEXT_DAY }),
    { fetched: 'range', added: 0 },
    'an empty answer means no data',
  );
  t.match(
    await syncRates(store, ecb, { ...options, now: () => NEXT_DAY }),
    { fetched: 'history', added: 0 },
    'a 404 falls back',
  );
  t.equal(ofHistory.length, 2);
  t.match(await syncRates(store, ecb, { ...options, now: () => NEXT_DAY, full: true }), {
    fetched: 'history',
  });
});

test('the whole real history: every cell as in the file, and a second time nothing', async (t) => {
  const path = collectedRates('ecb-eurofxref-hist.csv');
  if (path === null) return;
  const text = readFileSync(path, 'utf8');
  const store = await ledger(t);
  const { url } = await serve(t, zip(historyZip(text)));
  const report = await sync(store, url);
  t.equal(report.quarantined, 0);
  t.equal(report.corrected, 0);
  const held = new Map<string, string>();
  await store.snapshot(async (read) => {
    for (const { quote, date, rate } of await read.select().from(rates).where(isNull(rates.supersededAt)))
      held.set(`${date} ${quote}`, rate);
  });
  t.equal(new Set([...held.keys()].map((key) => key.slice(0, 10))).size, 7075);

  const [header = '', ...lines] = text.trim().split('\n');
  const quotes = header.split(',').slice(1);
  let compared = 0;
  for (const line of lines) {
    const [date = '', ...cells] = line.split(',');
    for (const [position, quote] of quotes.entries()) {
      const cell = cells[position] ?? '';
      const expected = cell === 'N/A' || cell === '' ? undefined : cell;
      const found = held.get(`${date} ${quote}`);
      if (quote !== '' && found !== expected) t.fail(`${date} ${quote}: ${found}, not ${expected}`);
      compared += 1;
    }
  }
  t.ok(compared > 280_000);
  t.match(await sync(store, url, { full: true }), { added: 0, corrected: 0, quarantined: 0 });
});

test('in a worker, on a file of its own, with its failures', async (t) => {
  const directory = temporaryDirectory(t);
  const { store } = await openLedger(directory);
  t.teardown(() => store.close());
  const { url } = await serve(t, zip(historyZip()));
  const { clockToleranceMs } = store;
  const order = { location: directory, clockToleranceMs, provider: ecb.id, addresses: addressesOf(url) };
  const { signal } = new AbortController();
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
  t.match(await syncInWorker(order, signal), { fetched: 'history', quotations: 6 });
  t.match(await freshness(store), { failure: null });
  t.equal(await syncInWorker(order, signal), null, 'it was done lately');
});

test('two nodes that fetch at once do so once', { skip: NO_POSTGRES }, async (t) => {
  const location = await seededDatabase(t);
  const [one, other] = [attachStore(location), attachStore(location)];
  t.teardown(() => Promise.all([one.close(), other.close()]));
  const { url, requests } = await serve(t, zip(historyZip()));
  const options = { addresses: addressesOf(url), retries: 0 };
  const at = (now: Date) =>
    Promise.all([one, other].map((store) => syncUnlessRecent(store, ecb, { ...options, now: () => now })));
  const reports = await at(NOW);
  t.equal(reports.filter((report) => report === null).length, 1);
  t.equal(requests.length, 1);
  await at(NEXT_DAY);
  t.equal(requests.length, 2, 'and once after the next publication');
});
