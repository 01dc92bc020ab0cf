import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import type { Test } from 'tap';
import { test } from 'tap';
import { buildApp } from '../../../src/app.ts';
import { parseConfig } from '../../../src/config.ts';
import { writeDelivery } from '../../../src/ledger/rates/writes.ts';
import { attachStore } from '../../../src/store/engine.ts';
import { openSqlite } from '../../../src/store/sqlite/database.ts';
import { collections, records } from '../../../src/store/tables/schema.ts';
import { openLedger } from '../../../src/transfer/open-ledger.ts';
import type { WritingApp } from '../../helpers/ledger.ts';
import { buildForWriting, forecastBody, trillions } from '../../helpers/ledger.ts';
import { HAITONG, note } from '../../helpers/note.ts';
import { ON_POSTGRES, seededDatabase } from '../../helpers/postgres.ts';
import { temporaryDirectory } from '../../helpers/process.ts';
import { openSeeded } from '../../helpers/seeded.ts';
import { sqliteOf } from '../../helpers/statements.ts';
import { rowsOf } from '../../helpers/tables.ts';

const SECTOR = 'uhv';
const MATCH = { 'if-match': '*' };

/** A rate of the ECB as a fetch brings it, perhaps otherwise than before. */
async function correctRate({ store }: WritingApp, rate: string): Promise<void> {
  const quotations = [{ provider: 'ecb', base: 'EUR', quote: 'USD', date: '2020-05-25', rate }];
  await store.write((transaction) => writeDelivery(transaction, 'ecb', transaction.recordedAt, quotations));
}

/** A collection of its own, so that nothing else is in the way. */
async function ownLedger(t: Test): Promise<WritingApp & { readonly sector: string }> {
  const app = await buildForWriting(t);
  await app.send('POST', '/v1/collections', { id: 'own', name: 'Own' });
  const { data } = await app.get<{ data: { id: string }[] }>('/v1/sectors?fields=id&limit=1000');
  t.ok(data.some(({ id }) => id === SECTOR));
  return { ...app, sector: SECTOR };
}

const own = (id: string, figure: string) =>
  forecastBody(id, { collection: 'own', sector: SECTOR, ...trillions(figure) });

test('every reading shows the figures of then', async (t) => {
  const app = await ownLedger(t);
  const { write, get, later, request } = app;
  const before = later();
  await write('POST', '/v1/forecasts', own('ours', '3'));
  const first = later();
  await write('PUT', '/v1/forecasts/ours?reason=misread', own('ours', '4'), MATCH);
  const second = later();
  await write('DELETE', '/v1/forecasts/ours?reason=wrong', undefined, MATCH);
  const third = later();
  const at = (url: string, time: string | null): string =>
    time === null ? url : `${url}${url.includes('?') ? '&' : '?'}knownAsOf=${time}`;
  type Reading = (time: string | null) => Promise<unknown>;
  const comparison =
    '/v1/comparisons?measure=directInvestment&region=CN&periodFrom=2020-01-01&periodTo=2020-12-31&collection=own';
  const readings: Record<string, Reading> = {
    list: async (time) =>
      (
        await get<{ data: { amount: { value: string } }[] }>(at('/v1/forecasts?collection=own', time))
      ).data.map(({ amount }) => amount.value),
    counted: async (time) =>
      (await get<{ meta: { count: number } }>(at('/v1/forecasts?collection=own&count=exact', time))).meta
        .count,
    found: async (time) =>
      (
        await get<{ data: { amount: { value: string } }[] }>(
          at('/v1/forecasts?collection=own&q=trillion', time),
        )
      ).data.map(({ amount }) => amount.value),
    record: async (time) => {
      const response = await request(at('/v1/forecasts/ours', time));
      return response.statusCode === 200
        ? response.json<{ data: { amount: { value: string } } }>().data.amount.value
        : response.statusCode;
    },
    breakdown: async (time) => {
      const { data } = await get<{ data: { total: { amount: { value: string } } | null }[] }>(
        at(`/v1/sectors/${SECTOR}/breakdown?collection=own`, time),
      );
      return JSON.stringify(data).match(/"value":"\d+"/)?.[0] ?? null;
    },
    comparison: async (time) =>
      (await get<{ spread: { max: string } | null }>(at(`${comparison}&sector=${SECTOR}`, time))).spread
        ?.max ?? null,
    facets: async (time) =>
      JSON.stringify((await get<{ data: unknown }>(at('/v1/facets?collection=own', time))).data).includes(
        SECTOR,
      ),
  };
  const [three, four] = ['3000000000000', '4000000000000'];
  const expected: Record<string, readonly unknown[]> = {
    list: [[], [three], [four], [], []],
    counted: [0, 1, 1, 0, 0],
    found: [[], [three], [four], [], []],
    record: [404, three, four, 410, 410],
    breakdown: [null, `"value":"${three}"`, `"value":"${four}"`, null, null],
    comparison: [null, three, four, null, null],
    facets: [false, true, true, false, false],
  };
  for (const [name, reading] of Object.entries(readings)) {
    const found = [];
    for (const time of [before, first, second, third, null]) found.push(await reading(time));
    t.strictSame(found, expected[name], name);
  }
  const half = await get<{ data: unknown[] }>(
    '/v1/forecasts?collection=own&knownAsOf=2026-06-01T00:02:00.000Z',
  );
  t.match(half.data, [{ revision: 2 }], 'a revision counts from its own moment');
  const published = `/v1/forecasts?collection=own&knownAsOf=${second}&publishedAsOf=`;
  t.equal((await get<{ data: unknown[] }>(`${published}2020-05-24`)).data.length, 0);
  t.equal((await get<{ data: unknown[] }>(`${published}2020-05-25`)).data.length, 1);
});

test('a corrected rate leaves what was converted before as it was', async (t) => {
  const app = await ownLedger(t);
  const { write, get, later } = app;
  await write('POST', '/v1/forecasts', own('ours', '3'));
  const first = later();
  await correctRate(app, '1.2');
  const second = later();
  const value = async (time: string | null) => {
    const vintage = time === null ? '' : `&knownAsOf=${time}`;
    const { data } = await get<{ data: { converted: { value: string } } }>(
      `/v1/forecasts/ours?convertTo=USD${vintage}`,
    );
    const list = await get<{ data: { converted: { value: string } }[] }>(
      `/v1/forecasts?collection=own&convertTo=USD${vintage}`,
    );
    t.equal(list.data[0]?.converted.value, data.converted.value);
    const comparison = await get<{ spread: { max: string } }>(
      `/v1/comparisons?sector=${SECTOR}&measure=directInvestment&region=CN&periodFrom=2020-01-01&periodTo=2020-12-31&collection=own&convertTo=USD${vintage}`,
    );
    t.equal(comparison.spread.max, data.converted.value);
    return data.converted.value;
  };
  const [then, now] = [await value(first), await value(null)];
  t.equal(then, '420391491985.2');
  t.equal(now, '462392108508.01');
  t.equal(await value(second), now);
});

test('a search as of a time is not ordered by what has been written since', async (t) => {
  const { write, get, later, request } = await ownLedger(t);
  await write('POST', '/v1/forecasts', own('b-often', '3'));
  await write('POST', '/v1/forecasts', { ...own('a-once', '5'), notes: 'uhv '.repeat(50) });
  const time = later();
  const ids = async (vintage: string): Promise<readonly string[]> =>
    (
      await get<{ data: { id: string }[] }>(`/v1/forecasts?collection=own&q=trillion&fields=id${vintage}`)
    ).data.map(({ id }) => id);
  t.strictSame(await ids(''), ['b-often', 'a-once'], 'the shorter text fits better');
  t.strictSame(await ids(`&knownAsOf=${time}`), ['a-once', 'b-often'], 'newest first, then by id');
  const asked = await request(`/v1/forecasts?q=trillion&sort=relevance&knownAsOf=${time}`);
  t.equal(asked.statusCode, 400);
  t.match(asked.json(), { errors: [{ name: 'sort', code: 'relevanceOfNow' }] });
});

test('recorded times do not run backwards with the clock', async (t) => {
  const { write, setClock, store, get, send } = await ownLedger(t);
  const first = await write('POST', '/v1/forecasts', own('ours', '3'));
  setClock('2026-05-31T23:56:00.000Z');
  const second = await write('PUT', '/v1/forecasts/ours?reason=x', own('ours', '4'), MATCH);
  t.equal(second.data.recordedAt, first.data.recordedAt);
  t.equal((await send('POST', '/v1/collections', { id: 'later', name: 'Later' })).statusCode, 201);
  const written = (await rowsOf(store, records)).sort((one, other) => one.sequence - other.sequence);
  const times = written.map(({ recordedAt }) => recordedAt);
  t.strictSame(times, [...times].sort());
  t.equal(
    (await rowsOf(store, collections)).find(({ id }) => id === 'later')?.recordedAt,
    first.data.recordedAt,
  );
  setClock('2026-06-01T00:00:00.001Z');
  const third = await write('PUT', '/v1/forecasts/ours?reason=x', own('ours', '5'), MATCH);
  t.equal(third.data.recordedAt, '2026-06-01T00:00:00.001Z');
  t.match(await get('/v1/forecasts/ours'), { data: { revision: 3 } });
});

/** Everything that can be asked as of a time, on the ledger of the property below. */
const URLS = [
  '/v1/forecasts?collection=own,seed-documents&limit=1000',
  '/v1/forecasts?collection=own&convertTo=USD&sort=-amount',
  '/v1/forecasts?q=trillion%20yuan&limit=1000',
  '/v1/forecasts.csv?collection=own',
  '/v1/forecasts/p0',
  '/v1/forecasts/p1?convertTo=USD&rateBasis=latest',
  '/v1/forecasts/p0/evidence',
  '/v1/forecasts/p0/conversions?to=USD',
  '/v1/forecasts/p0/revisions',
  '/v1/outcomes',
  '/v1/facets',
  `/v1/sectors/${SECTOR}/breakdown`,
  '/v1/breakdowns?year=2020',
  `/v1/comparisons?sector=${SECTOR}&measure=directInvestment&region=CN&periodFrom=2020-01-01&periodTo=2020-12-31&convertTo=USD`,
  '/v1/forecasters?limit=1000',
  '/v1/sources?limit=1000',
  '/v1/rates?base=CNY&quotes=USD&date=2020-05-25',
  '/v1/rates?provider=source',
  '/v1/convert?amount=100&from=CNY&to=USD',
  '/v1/breakdowns?forecaster=haitong-securities',
  '/v1/facets?collection=own',
  '/v1/forecasts/p0/citation',
  ...['sources', 'forecasters', 'sectors', 'measures', 'scopes', 'regions', 'collections'].map(
    (path) => `/v1/${path}?limit=300`,
  ),
  '/v1/sectors/tree',
  '/v1/sectors/uhv',
  '/v1/sectors/uhv/revisions',
  '/v1/sources/china-banking-news-2020-05-25',
  '/v1/collections/own',
];

test('what is asked below is answered', async (t) => {
  const { write, get, later, app } = await ownLedger(t);
  await write('POST', '/v1/forecasts', own('p0', '3'));
  await write('POST', '/v1/forecasts', own('p1', '4'));
  const time = later();
  for (const url of URLS) {
    const dated = `${url}${url.includes('?') ? '&' : '?'}knownAsOf=${time}`;
    if (url.includes('.csv')) t.equal((await app.inject(dated)).statusCode, 200, dated);
    else await get(dated);
  }
});

const WRITES = ['put', 'put', 'put', 'delete', 'rate', 'source', 'forecaster', 'clock', 'correct'] as const;

/** Every kind of entry otherwise than before. */
const CORRECTED = [
  ['sources/china-banking-news-2020-05-25', 'title'],
  ['forecasters/haitong-securities', 'name'],
  ['sectors/uhv', 'name'],
  ['measures/directInvestment', 'name'],
  ['regions/CN', 'name'],
  ['scopes/national', 'name'],
  ['collections/own', 'name'],
] as const;

/** Every kind of write once, after the readings have been made. */
const EVERYTHING = [
  { id: 'p0', what: 'put' },
  { id: 'p1', what: 'put' },
  { id: 'p2', what: 'put' },
  { id: 'p0', what: 'forecaster' },
  { id: 'p0', what: 'source' },
  { id: 'p0', what: 'rate' },
  { id: 'p0', what: 'correct' },
  { id: 'p0', what: 'put' },
  { id: 'p1', what: 'clock' },
  { id: 'p1', what: 'put' },
  { id: 'p0', what: 'delete' },
  { id: 'p1', what: 'delete' },
].map((write, index) => ({ ...write, figure: String(index + 3) })) as {
  id: string;
  what: (typeof WRITES)[number];
  figure: string;
}[];

test('an address with a past time gives the same data whatever is written later', async (t) => {
  const operations = fc.array(
    fc.record({
      id: fc.nat(2).map((number) => `p${number}`),
      what: fc.constantFrom(...WRITES),
      figure: fc.integer({ min: 1, max: 30 }).map(String),
    }),
    { minLength: 4, maxLength: 10 },
  );
  await fc.assert(
    fc.asyncProperty(operations, async (writes) => {
      const app = await ownLedger(t);
      let number = 0;
      let clock = Date.parse('2026-06-01T00:00:00.000Z');
      const asked: { url: string; body: unknown }[] = [];
      const answer = async (url: string): Promise<unknown> => {
        const { statusCode, body, headers } = await app.request(url);
        if (!String(headers['content-type']).includes('json')) return body;
        const { meta: _, ...rest } = JSON.parse(body) as Record<string, unknown>;
        // What may have been meant by an id is a hint of now.
        if (statusCode !== 200) return { statusCode, code: rest.code };
        return { statusCode, ...rest };
      };
      for (const { id, what, figure } of writes) {
        number += 1;
        const related = id === 'p0' ? [] : [{ kind: 'conflictsWith' as const, forecast: 'p0' }];
        const body = { ...own(id, figure), relations: related };
        if (what === 'put') {
          const { statusCode } = await app.send('PUT', `/v1/forecasts/${id}?reason=x`, body, MATCH);
          if (statusCode === 404) await app.send('POST', '/v1/forecasts', body);
        } else if (what === 'delete') {
          await app.send('DELETE', `/v1/forecasts/${id}?reason=x`, undefined, MATCH);
        } else if (what === 'rate') {
          await correctRate(app, `1.${figure}`);
        } else if (what === 'source') {
          await app.send('POST', '/v1/sources', {
            id: `source-${number}`,
            title: 'A',
            publisher: 'B',
            publishedOn: null,
            language: 'en',
            attribution: 'B',
          });
        } else if (what === 'forecaster') {
          await app.send('POST', '/v1/forecasters', { id: `by-${number}`, name: 'B', kind: 'company' });
        } else if (what === 'correct') {
          for (const [path, field] of CORRECTED) {
            const { data } = await app.get<{ data: Record<string, unknown> }>(`/v1/${path}`);
            const change = { [field]: `${String(data[field])} ${figure}`, aliases: [figure] };
            const moved =
              path === 'sectors/uhv'
                ? { parent: Number(figure) % 2 ? null : 'new-infrastructure', otherParents: [] }
                : {};
            const dated = field === 'title' ? { publishedOn: `2020-05-${figure.padStart(2, '0')}` } : {};
            const corrected = { ...data, ...change, ...moved, ...dated };
            await app.write('PUT', `/v1/${path}?reason=x`, corrected, MATCH);
          }
        } else clock -= 1000;
        for (const { url, body: then } of asked) {
          const now = await answer(url);
          if (JSON.stringify(now) !== JSON.stringify(then))
            throw new Error(`after ${what} ${id}: ${url}\n${JSON.stringify(then)}\n${JSON.stringify(now)}`);
        }
        clock += 10_000;
        app.setClock(new Date(clock).toISOString());
        const past = new Date(clock - 1).toISOString();
        const url = URLS[number % URLS.length] ?? '';
        for (const each of [url, URLS[(number * 7) % URLS.length] ?? '', ...(number === 2 ? URLS : [])]) {
          const dated = `${each}${each.includes('?') ? '&' : '?'}knownAsOf=${past}`;
          asked.push({ url: dated, body: await answer(dated) });
        }
      }
    }),
    { numRuns: 6, examples: [[EVERYTHING]] },
  );
});

test('what may be looked back at goes by the clock of the ledger, not by that of a server', async (t) => {
  for (const skewMs of [-3_600_000, 3_600_000]) {
    const store = ON_POSTGRES ? attachStore(await seededDatabase(t)) : await openSeeded(() => new Date());
    const now = (): Date => new Date(Date.now() + skewMs);
    const app = await buildApp({ config: parseConfig({}), store, now });
    t.after(async () => {
      await app.close();
      await store.close();
    });
    await note({ store }, 'written now');
    const { now: time } = await store.clock();
    const asOf = (moment: string) => app.inject(`/v1/forecasts/${HAITONG}?knownAsOf=${moment}`);
    t.match((await asOf(time)).json(), { data: { notes: 'written now' } });
    const later = new Date(Date.parse(time) + 600_000).toISOString();
    t.match((await asOf(later)).json(), { errors: [{ code: 'timeInFuture' }] });
  }
});

test('a moment in which somebody is still writing is looked back at only when they are done', async (t) => {
  const { store } = await openLedger(temporaryDirectory(t));
  const app = await buildApp({ config: parseConfig({}), store: store });
  const other = openSqlite(sqliteOf(store).name);
  t.after(async () => {
    await app.close();
    other.close();
    await store.close();
  });
  other.exec('begin immediate');
  const moment = new Date().toISOString();
  let answered = false;
  const asked = app.inject(`/v1/forecasts?limit=1&knownAsOf=${moment}`).then((response) => {
    answered = true;
    return response;
  });
  await sleep(200);
  t.equal(answered, false);
  other.exec('commit');
  t.equal((await asked).statusCode, 200);
  other.exec('begin immediate');
  t.equal((await app.inject(`/v1/measures?limit=1`)).statusCode, 200, 'the present is read at any time');
  const again = await app.inject(`/v1/forecasts?limit=2&knownAsOf=${moment}`);
  t.equal(again.statusCode, 200, 'and so is a moment that is known to be over');
  other.exec('rollback');
});
