import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import type { Test } from 'tap';
import { test } from 'tap';
import type { z } from 'zod';
import type { BreakdownList as BreakdownListSchema } from '../../../src/analysis/breakdowns/schemas.ts';
import type { Comparison as ComparisonSchema } from '../../../src/analysis/comparisons/schemas.ts';
import type { ProblemDocument } from '../../../src/http/message/problem.ts';
import type { Forecast, Outcome, RecordReceipt } from '../../../src/ledger/records/schemas.ts';
import { Connection } from '../../../src/store/sqlite/connection.ts';
import { openForWriting } from '../../../src/store/sqlite/database.ts';
import { LEDGER_FILE } from '../../../src/store/sqlite/files.ts';
import { MIGRATIONS_FOLDER, migrate } from '../../../src/store/sqlite/migrate.ts';
import { openLedger } from '../../../src/transfer/open-ledger.ts';
import { csv, importer } from '../../helpers/imports.ts';
import type { WritingApp } from '../../helpers/ledger.ts';
import { buildForWriting, forecastBody, trillions } from '../../helpers/ledger.ts';
import { temporaryDirectory } from '../../helpers/process.ts';
import { sqliteOf } from '../../helpers/statements.ts';

type Comparison = z.output<typeof ComparisonSchema>;
type BreakdownList = z.output<typeof BreakdownListSchema>;

interface Answer<Shown = Forecast> {
  readonly data: Shown;
}
interface List {
  readonly data: readonly Forecast[];
}

const PLAIN = {
  stance: 'projection',
  scenario: null,
  interval: null,
  prices: { kind: 'unstated', year: null },
  revises: null,
  revisedBy: [],
};
const SAID = {
  stance: 'need',
  scenario: { name: 'Stated Policies', kind: 'base' },
  interval: { low: '2900000000000', high: '3200000000000', percent: '90' },
  prices: { kind: 'constant', year: 2024 },
} as const;

/** Corrects a record, whatever revision of it counts. */
async function correct(app: WritingApp, path: string, body: object) {
  const { meta } = await app.get<{ meta: { revisionTag: string } }>(path);
  return app.send('PUT', `${path}?reason=correction`, body, { 'if-match': meta.revisionTag });
}

async function corrected(t: Test, ...args: Parameters<typeof correct>): Promise<boolean> {
  const response = await correct(...args);
  t.equal(response.statusCode, 200, response.body);
  return response.json<RecordReceipt>().data.changed;
}

test('a forecast says its stance, scenario, interval and prices, and a shorter one has defaults', async (t) => {
  const app = await buildForWriting(t);
  const { write, get, later, send } = app;
  await write('POST', '/v1/forecasts', forecastBody('plain'));
  t.match((await get<Answer>('/v1/forecasts/plain')).data, PLAIN);
  await write('POST', '/v1/forecasts', { ...forecastBody('said'), ...SAID });
  const { data } = await get<Answer>('/v1/forecasts/said');
  t.match(data, SAID);
  t.notOk(await corrected(t, app, '/v1/forecasts/said', data), 'what GET shows can be sent back');
  const before = later();
  // A client of before says nothing of it.
  await corrected(t, app, '/v1/forecasts/said', { ...forecastBody('said'), notes: 'Read again.' });
  t.match((await get<Answer>('/v1/forecasts/said')).data, { ...SAID, notes: 'Read again.' });
  await corrected(t, app, '/v1/forecasts/said', {
    ...forecastBody('said'),
    scenario: null,
    interval: null,
    stance: 'plan',
  });
  t.match((await get<Answer>('/v1/forecasts/said')).data, { ...PLAIN, stance: 'plan', prices: SAID.prices });
  t.match((await get<Answer>(`/v1/forecasts/said?knownAsOf=${before}`)).data, SAID);
  const { data: revisions } = await get<{ data: { changes: { field: string }[] }[] }>(
    '/v1/forecasts/said/revisions',
  );
  const changes = revisions.at(-1)?.changes.map(({ field }) => field);
  t.strictSame(changes, ['stance', 'scenario', 'interval', 'notes'], 'the history names it');
  const outcome = await get<Answer<Outcome>>('/v1/outcomes/oc-cloud-2022');
  t.match(outcome.data.prices, PLAIN.prices);
  t.notOk('stance' in outcome.data || 'scenario' in outcome.data, 'an outcome has neither');
  const { data: reported } = outcome;
  await corrected(t, app, '/v1/outcomes/oc-cloud-2022', {
    ...reported,
    prices: { kind: 'nominal' },
  });
  t.match((await get<Answer<Outcome>>('/v1/outcomes/oc-cloud-2022')).data.prices, {
    kind: 'nominal',
    year: null,
  });
  t.equal((await send('POST', '/v1/outcomes', { ...reported, id: 'x', stance: 'plan' })).statusCode, 400);
});

test('what does not fit is refused by its field', async (t) => {
  const { send } = await buildForWriting(t);
  const cases: readonly [object, string, string][] = [
    [
      { interval: { low: '3100000000000', high: '4000000000000', percent: '90' } },
      'interval.low',
      'inconsistentInterval',
    ],
    [
      { interval: { low: '1', high: '2999999999999', percent: '90' } },
      'interval.high',
      'inconsistentInterval',
    ],
    [
      { interval: { low: '1', high: '4000000000000', percent: '100' } },
      'interval.percent',
      'inconsistentInterval',
    ],
    [
      { interval: { low: '1', high: '4000000000000', percent: '0' } },
      'interval.percent',
      'inconsistentInterval',
    ],
    [{ prices: { kind: 'nominal', year: 2024 } }, 'prices.year', 'inconsistentPrices'],
    [{ stance: 'hope' }, 'stance', 'invalidValue'],
    [{ scenario: { name: 'base' } }, 'scenario.kind', 'invalidValue'],
    [{ revises: 'nobody' }, 'revises', 'unknownId'],
    [{ revises: 'oc-cloud-2022' }, 'revises', 'unknownId'],
    [{ revises: 'wrong' }, 'revises', 'relationToItself'],
  ];
  for (const [more, name, code] of cases) {
    const response = await send('POST', '/v1/forecasts', { ...forecastBody('wrong'), ...more });
    t.ok(response.statusCode >= 400, response.body);
    t.match(response.json<ProblemDocument>().errors, [{ name, code }], JSON.stringify(more));
  }
  const range = {
    amount: { low: '2000000000000', high: '3000000000000', currency: 'CNY', asStated: '2-3 trillion yuan' },
    evidence: { phrase: 'will total 2-3 trillion yuan' },
    interval: { low: '1', high: '4000000000000', percent: '90' },
  };
  const response = await send('POST', '/v1/forecasts', { ...forecastBody('wrong'), ...range });
  t.match(
    response.json<ProblemDocument>().errors,
    [{ code: 'inconsistentInterval' }],
    'no point, no interval',
  );
});

test('a range beside a point needs no probability, as documents give none', async (t) => {
  const app = await buildForWriting(t);
  const { write, get } = app;
  const bounds = { low: '2900000000000', high: '3200000000000' };
  await write('POST', '/v1/forecasts', { ...forecastBody('ranged'), interval: bounds });
  const { data } = await get<Answer>('/v1/forecasts/ranged?convertTo=CNY');
  t.strictSame(data.interval, { ...bounds, percent: null });
  t.strictSame(data.converted?.interval, data.interval);
  t.notOk(await corrected(t, app, '/v1/forecasts/ranged', data), 'what GET shows can be sent back');
  const { bring } = await importer(app);
  const row = { id: 'flat-2', intervalLow: '4000000', intervalHigh: '6000000', intervalPercent: '' };
  t.match(await bring('csv', csv([row])), { status: 'published', errors: [] });
  t.strictSame((await get<Answer>('/v1/forecasts/flat-2')).data.interval, {
    ...{ low: '4000000', high: '6000000', percent: null },
  });
  const downloaded = (await app.request('/v1/forecasts.csv?source=china-banking-news-2020-05-25')).body;
  t.match(await bring('csv', downloaded), { status: 'published', result: { revised: 0, added: 0 } });
});

test('a group of countries has no national scope by default, and is compared with its own', async (t) => {
  const app = await buildForWriting(t);
  const { write, get } = app;
  const ofRegion = (id: string, region: string) => {
    const { scope: _, ...rest } = { ...forecastBody(id), region } as Record<string, unknown>;
    return rest;
  };
  for (const [id, region, scope] of [
    ['of-country', 'DE', 'national'],
    ['of-subdivision', 'US-CA', 'national'],
    ['of-world', '001', 'all-countries'],
    ['of-union', 'EU', 'all-countries'],
  ] as const) {
    await write('POST', '/v1/forecasts', ofRegion(id, region));
    t.equal((await get<Answer>(`/v1/forecasts/${id}`)).data.scope, scope, region);
  }
  const { bring } = await importer(app);
  t.match(await bring('csv', csv([{ id: 'flat-3', region: '001', scope: '' }])), {
    ...{ status: 'published', errors: [] },
  });
  t.equal((await get<Answer>('/v1/forecasts/flat-3')).data.scope, 'all-countries');
  const question = 'sector=new-infrastructure&measure=directInvestment&region=001&periodTo=2020-12-31';
  const { data } = await get<Comparison>(`/v1/comparisons?${question}&periodFrom=2020-01-01`);
  t.match(
    data.filter(({ comparable }) => comparable).map(({ scope }) => scope),
    ['all-countries'],
  );
  const { data: national } = await get<List>(
    '/v1/forecasts?collection=global-capital&scope=national&limit=1000',
  );
  for (const { id, region } of national) t.match(region, /^[A-Z]{2}$/, id);
  t.notOk(
    national.some(({ region }) => region === 'EU'),
    'nor is the Union one in what comes with the ledger',
  );
});

test('a sum of money has as many digits in records as in filters and in conversion', async (t) => {
  const { send, request } = await buildForWriting(t);
  const bounds = { low: '1', percent: '90' };
  const form = /of at most 24 digits and 12 decimals/;
  for (const [value, isTaken] of [
    [`1${'0'.repeat(23)}.${'0'.repeat(11)}1`, true],
    [`1${'0'.repeat(24)}`, false],
    [`0.${'0'.repeat(12)}1`, false],
  ] as const) {
    const url = `/v1/convert?amount=${value}&from=CNY&to=CNY`;
    const asked = [
      [await request(url), 200],
      [await request(`/v1/forecasts?currency=CNY&amountMin=${value}`), 200],
      [await send('POST', '/v1/forecasts', withAmount(value)), 201],
      [await send('POST', '/v1/forecasts', withAmount('3', { ...bounds, high: value })), null],
    ] as const;
    for (const [answer, status] of asked) {
      if (isTaken && status !== null) t.equal(answer.statusCode, status, answer.body);
      if (!isTaken) t.match(answer.json<ProblemDocument>(), { errors: [{ message: form }] }, answer.body);
    }
  }
});

/** A forecast whose phrase says that sum, in digits. */
function withAmount(value: string, interval: { readonly high: string } | null = null) {
  const asStated = `${value} yuan`;
  const evidence = { phrase: `will total ${asStated}` };
  const amount = { value, qualifier: 'exact', currency: 'CNY', asStated };
  return { ...forecastBody(`sum-${value.length}-${interval?.high.length ?? 0}`), amount, evidence, interval };
}

test('a forecast revises an earlier one, which says by which it was revised', async (t) => {
  const app = await buildForWriting(t);
  const { write, get, later } = app;
  await write('POST', '/v1/forecasts', forecastBody('first'));
  const before = later();
  await write('POST', '/v1/forecasts', { ...forecastBody('second'), revises: 'first' });
  const { data } = await get<Answer>('/v1/forecasts/first');
  t.match(data, { revises: null, revisedBy: ['second'], relations: [] });
  t.match((await get<Answer>('/v1/forecasts/second')).data, { revises: 'first', revisedBy: [] });
  t.strictSame((await get<Answer>(`/v1/forecasts/first?knownAsOf=${before}`)).data.revisedBy, []);
  t.notOk(await corrected(t, app, '/v1/forecasts/first', data));
  const wrong = await correct(app, '/v1/forecasts/first', { ...data, revisedBy: [] });
  t.match(wrong.json<ProblemDocument>().errors, [{ name: 'revisedBy', code: 'computedDisagrees' }]);
  const circle = await correct(app, '/v1/forecasts/first', { ...data, revises: 'second' });
  t.match(circle.json<ProblemDocument>().errors, [{ name: 'revises', code: 'circularRevision' }]);
  for (const [relation, id] of [
    ['revises', 'second'],
    ['revisedBy', 'first'],
  ])
    t.match((await get<List>(`/v1/forecasts?collection=seed-documents&relation=${relation}`)).data, [{ id }]);
  // Left out, it stays; null takes it away.
  await corrected(t, app, '/v1/forecasts/second', { ...forecastBody('second'), notes: 'n' });
  t.equal((await get<Answer>('/v1/forecasts/second')).data.revises, 'first');
  await corrected(t, app, '/v1/forecasts/second', { ...forecastBody('second'), revises: null });
  t.strictSame((await get<Answer>('/v1/forecasts/first')).data.revisedBy, []);
});

test('lists, facets, searches and flat rows know what kind of statement a figure is', async (t) => {
  const { write, get, request } = await buildForWriting(t);
  await write('POST', '/v1/forecasts', { ...forecastBody('said'), ...SAID });
  await write('POST', '/v1/forecasts', {
    ...forecastBody('high'),
    scenario: { name: 'Net Zero', kind: 'high' },
    prices: { kind: 'ppp', year: null },
  });
  const ids = async (query: string): Promise<readonly string[]> =>
    (await get<List>(`/v1/forecasts?sort=id&collection=seed-documents&${query}`)).data.map(({ id }) => id);
  t.strictSame(await ids('stance=need'), ['said']);
  t.strictSame(await ids('scenario=base'), ['said']);
  t.strictSame(await ids('scenario=Net%20Zero,base'), ['high', 'said']);
  t.strictSame(await ids('scenario=none-of-these'), []);
  t.strictSame(await ids('prices=constant,ppp'), ['high', 'said']);
  t.strictSame(await ids('stance=need&scenario=high'), []);
  t.strictSame(await ids('q=stated%20policies'), ['said'], 'the name of a scenario is found');
  t.equal((await request('/v1/outcomes?stance=plan')).statusCode, 400);
  t.equal((await request('/v1/outcomes?prices=unstated')).statusCode, 200);
  t.match((await request('/v1/forecasts?stance=plans')).json<ProblemDocument>().errors, [
    { name: 'stance', suggestion: 'plan' },
  ]);
  const { data: facets } = await get<{ data: Record<string, { buckets: object[] }> }>(
    '/v1/facets?source=china-banking-news-2020-05-25&prices=constant,ppp',
  );
  t.match(facets.scenario?.buckets, [
    { value: 'base', count: 1 },
    { value: 'high', count: 1 },
  ]);
  t.match(facets.stance?.buckets, [
    { value: 'need', count: 1 },
    { value: 'projection', count: 1 },
  ]);
  const priced = await get<{ data: Record<string, { buckets: { value: string; count: number }[] }> }>(
    '/v1/facets?collection=seed-documents&scenario=Net%20Zero',
  );
  t.match(priced.data.prices?.buckets, [{ value: 'ppp', count: 1 }]);
  t.equal(priced.data.scenario?.buckets.length, 2, 'its own facet is counted without it');
  const { data: converted } = await get<Answer>('/v1/forecasts/said?convertTo=USD');
  t.match(converted.converted?.interval, { low: '406378442252.36', high: '448417591450.88', percent: '90' });
  const flat = await get<{ data: readonly object[] }>(
    '/v1/forecasts?shape=flat&collection=seed-documents&stance=need&convertTo=USD',
  );
  t.match(flat.data, [
    {
      stance: 'need',
      scenarioName: 'Stated Policies',
      scenarioKind: 'base',
      intervalLow: 2900000000000,
      intervalPercent: 90,
      pricesKind: 'constant',
      pricesYear: 2024,
      convertedIntervalLow: Number,
    },
  ]);
});

test('scenarios of one document are no duplicates, whatever words they share', async (t) => {
  const { send, write } = await buildForWriting(t);
  const body = (id: string, more: object) => ({ ...forecastBody(id), ...trillions('7'), ...more });
  await write('POST', '/v1/forecasts', body('base', { scenario: { name: 'base', kind: 'base' } }));
  await write('POST', '/v1/forecasts', body('high', { scenario: { name: 'high', kind: 'high' } }));
  await write('POST', '/v1/forecasts', body('real', { prices: { kind: 'constant', year: 2024 } }));
  await write('POST', '/v1/forecasts', body('plan', { stance: 'plan' }));
  const same = await send(
    'POST',
    '/v1/forecasts',
    body('again', { scenario: { name: 'high', kind: 'high' } }),
  );
  t.match(same.json<ProblemDocument>(), { code: 'duplicateClaim', errors: [{ suggestion: 'high' }] });
});

test('files bring it, and what is downloaded can be brought back', async (t) => {
  const app = await buildForWriting(t);
  const { bring } = await importer(app);
  const columns = await app.get<{ data: readonly { name: string; required: boolean }[] }>(
    '/v1/imports/columns',
  );
  for (const name of ['stance', 'scenarioKind', 'intervalLow', 'pricesKind', 'pricesYear', 'revises'])
    t.equal(columns.data.find((column) => column.name === name)?.required, false, name);
  const row = {
    id: 'flat-1',
    stance: 'budget',
    scenarioName: 'high case',
    scenarioKind: 'high',
    intervalLow: '4000000',
    intervalHigh: '6000000',
    intervalPercent: '95.5',
    pricesKind: 'constant',
    pricesYear: '2024',
    revises: 'haitong-2020-new-infrastructure-2020',
  };
  t.match(await bring('csv', csv([row])), { status: 'published', errors: [] });
  const { data } = await app.get<Answer>('/v1/forecasts/flat-1');
  t.match(data, {
    stance: 'budget',
    scenario: { name: 'high case', kind: 'high' },
    interval: { low: '4000000', high: '6000000', percent: '95.5' },
    prices: { kind: 'constant', year: 2024 },
    revises: 'haitong-2020-new-infrastructure-2020',
  });
  const downloaded = (await app.request('/v1/forecasts.csv?source=china-banking-news-2020-05-25')).body;
  t.match(await bring('csv', downloaded), { status: 'published', result: { revised: 0, added: 0 } });
  const ndjson = (await app.request('/v1/forecasts.ndjson?source=china-banking-news-2020-05-25')).body;
  t.match(await bring('ndjson', ndjson), { status: 'published', result: { revised: 0, added: 0 } });
  t.match(await bring('csv', csv([{ id: 'flat-1', notes: 'n' }])), { result: { revised: 1 } });
  t.match((await app.get<Answer>('/v1/forecasts/flat-1')).data, {
    ...{ stance: data.stance, scenario: data.scenario, interval: data.interval, prices: data.prices },
    ...{ revises: data.revises, notes: 'n' },
  } as object);
  t.match(
    await bring('csv', csv([{ id: 'flat-1', scenarioName: '', scenarioKind: '', revises: '' }])),
    { result: { revised: 1 } },
    'an empty column says that there is none',
  );
  t.match((await app.get<Answer>('/v1/forecasts/flat-1')).data, {
    scenario: null,
    revises: null,
    interval: data.interval as object,
  });
  const wrong = await bring(
    'csv',
    csv([
      { ...row, intervalLow: '5000001' },
      { ...row, id: 'b', revises: 'none' },
    ]),
  );
  t.match(wrong.errors, [
    { row: 1, column: 'intervalLow', code: 'inconsistentInterval' },
    { row: 2, column: 'revises', code: 'unknownId' },
  ]);
});

test('an approximate range keeps that it is one', async (t) => {
  const app = await buildForWriting(t);
  const amount = {
    low: '2000000000000',
    high: '3000000000000',
    qualifier: 'range',
    currency: 'CNY',
    asStated: '2-3 trillion yuan',
    approximate: true,
  };
  const body = { ...forecastBody('about'), amount, evidence: { phrase: 'about 2-3 trillion yuan' } };
  await app.write('POST', '/v1/forecasts', body);
  const { data } = await app.get<Answer>('/v1/forecasts/about');
  t.match(data.amount, { ...amount, value: null });
  t.notOk(await corrected(t, app, '/v1/forecasts/about', data));
  const { bring } = await importer(app);
  const { body: downloaded } = await app.request('/v1/forecasts.csv?q=about');
  t.match(downloaded, /amountApproximate/);
  t.match(await bring('csv', downloaded), { result: { revised: 0 } });
  const exact = await app.send('POST', '/v1/forecasts', {
    ...forecastBody('exactly'),
    amount: { ...trillions('3').amount, approximate: true },
  });
  t.match(exact.json<ProblemDocument>().errors, [{ name: 'amount.approximate' }]);
});

const DOLLARS = { amount: { currency: 'USD' }, region: 'US', scope: 'national' };
/** What records could not say before there were statements. */
const KINDS_OF_STATEMENT: readonly (Record<string, unknown> & { readonly id: string })[] = [
  {
    ...{ id: 'hyperscalers', forecaster: 'morgan-stanley', sector: 'cloud-computing', ...DOLLARS },
    ...{ measure: 'capitalExpenditure', stance: 'plan' },
    evidence: { phrase: "hyperscalers' capital expenditure of over $320bn in 2025" },
  },
  {
    ...{ id: 'energy', forecaster: 'gsma', sector: 'clean-energy-vehicles', ...DOLLARS },
    ...{ measure: 'directInvestment', stance: 'estimate', prices: { kind: 'constant', year: 2024 } },
    amount: { currency: 'USD', asStated: '$3.3 trillion' },
    period: { start: '2025-01-01', end: '2025-12-31' },
    evidence: { phrase: 'investment reaches $3.3 trillion, in constant 2024 dollars' },
  },
  ...(['base', 'high'] as const).map((kind) => ({
    ...{ id: kind, forecaster: 'goldman-sachs', sector: 'digital-economy', ...DOLLARS },
    ...{ measure: 'directInvestment', scenario: { name: `${kind} case`, kind } },
    amount: { currency: 'USD', asStated: kind === 'base' ? '$15.8 trillion' : '$20 trillion' },
    evidence: { phrase: 'base case $15.8 trillion, high case $20 trillion by 2030' },
  })),
  {
    ...{ id: 'gap', forecaster: 'gsma', sector: 'digital-economy', ...DOLLARS },
    ...{ measure: 'investmentGap', stance: 'need' },
    period: { end: '2040-12-31' },
    evidence: { phrase: 'a gap of $15 trillion to 2040' },
  },
  {
    ...{ id: 'outlay', forecaster: 'gsma', sector: 'railway', region: 'IN', scope: 'national' },
    ...{ measure: 'publicExpenditure', stance: 'budget' },
    evidence: { phrase: 'capital outlay of ₹11.2 lakh crore in FY2025/26' },
  },
];

/** A record as a row of a CSV: lists and what is nested in columns of their own. */
function cellsOf(record: object, prefix = ''): Record<string, string> {
  return Object.assign(
    {},
    ...Object.entries(record).map(([name, value]: [string, unknown]) => {
      const key = prefix === '' ? name : `${prefix}${name.charAt(0).toUpperCase()}${name.slice(1)}`;
      return typeof value === 'object' && value !== null ? cellsOf(value, key) : { [key]: String(value) };
    }),
  ) as Record<string, string>;
}

for (const way of ['API', 'CSV'] as const)
  test(`what could not be said before is entered by ${way}, compared and broken down`, async (t) => {
    const app = await buildForWriting(t);
    const paper = { id: 'paper', title: 'P', publisher: 'P', publishedOn: '2025-02-10', language: 'en' };
    await app.write('POST', '/v1/sources', { ...paper, attribution: 'P' });
    const given = KINDS_OF_STATEMENT.map((one) => ({
      ...one,
      source: 'paper',
      collection: 'seed-documents',
    }));
    if (way === 'API') for (const body of given) await app.write('POST', '/v1/forecasts', body);
    else {
      const rows = given.map((one) => cellsOf(one));
      const names = [...new Set(rows.flatMap(Object.keys))];
      const lines = [names, ...rows.map((row) => names.map((name) => row[name] ?? ''))];
      const file = lines.map((cells) => cells.map((cell) => `"${cell}"`).join(',')).join('\r\n');
      const { bring } = await importer(app);
      t.match(await bring('csv', file), { status: 'published', errors: [], result: { added: 6 } });
    }
    const one = async (id: string, query = '') => (await app.get<Answer>(`/v1/forecasts/${id}${query}`)).data;
    t.match(await one('hyperscalers'), {
      stance: 'plan',
      amount: { low: '320000000000', qualifier: 'atLeast', currency: 'USD' },
      period: { start: '2025-01-01', end: '2025-12-31' },
      evidence: { status: 'parsed' },
    });
    t.match(await one('energy', '?convertTo=EUR&rateBasis=priceYear'), {
      amount: { value: '3300000000000' },
      prices: { kind: 'constant', year: 2024 },
      converted: {
        receipt: {
          basis: 'priceYear',
          legs: [{ kind: 'average', firstDay: /^2024-01/, lastDay: /^2024-12/ }],
        },
      },
    });
    const refused = await app.request('/v1/forecasts/gap?convertTo=EUR&rateBasis=priceYear');
    t.match(refused.json<ProblemDocument>(), { code: 'priceYearUnknown' });
    const bases = await app.get<{ data: { basis: string }[] }>('/v1/forecasts/energy/conversions?to=EUR');
    t.ok(bases.data.some(({ basis }) => basis === 'priceYear'));
    t.match(await one('gap'), {
      stance: 'need',
      amount: { value: '15000000000000' },
      measure: 'investmentGap',
    });
    t.match(await one('outlay'), {
      stance: 'budget',
      amount: { value: '11200000000000', currency: 'INR' },
      period: { start: '2025-04-01', end: '2026-03-31' },
    });
    const question =
      'sector=digital-economy&measure=directInvestment&region=US&periodTo=2030&assumeStart=2025-01-01';
    const rowsOf = async (more: string) =>
      (await app.get<Comparison>(`/v1/comparisons?${question}${more}`)).data.map((row) => [
        row.forecast,
        row.reason,
        row.countsInstead,
      ]);
    t.strictSame(await rowsOf(''), [
      ['base', null, null],
      ['high', 'otherScenario', 'base'],
    ]);
    t.strictSame(await rowsOf('&scenario=high'), [['high', null, null]]);
    t.strictSame(await rowsOf('&stance=plan,target'), []);
    const flat = await app.request(`/v1/comparisons.csv?${question}`);
    t.match(flat.body, /,projection,high case,high,unstated,,20000000000000,/);
    const { data: breakdowns } = await app.get<BreakdownList>(
      '/v1/sectors/digital-economy/breakdown?measure=directInvestment&region=US',
    );
    t.match(breakdowns, [
      {
        total: { forecast: 'base' },
        leftOut: [{ forecast: 'high', reason: 'otherScenario' }],
        statements: { scenarios: [{ name: 'base case', kind: 'base' }] },
      },
    ]);
  });

/** A ledger's file by the migrations of before this one, with the rows of a ledger of today. */
async function ledgerOfBefore(t: Test, name: string): Promise<string> {
  const [today, directory] = [temporaryDirectory(t), temporaryDirectory(t)];
  await (await openLedger(today)).store.close();
  const folder = join(temporaryDirectory(t), 'migrations');
  cpSync(MIGRATIONS_FOLDER, folder, { recursive: true });
  const file = join(folder, 'meta', '_journal.json');
  const journal = JSON.parse(readFileSync(file, 'utf8')) as { entries: { tag: string }[] };
  const place = journal.entries.findIndex(({ tag }) => tag.endsWith(name));
  writeFileSync(file, JSON.stringify({ ...journal, entries: journal.entries.slice(0, place) }));
  const connection = new Connection(openForWriting(join(directory, LEDGER_FILE), true));
  migrate(connection, folder);
  const { sqlite } = connection;
  sqlite.pragma('foreign_keys = off');
  sqlite.exec(`attach '${join(today, LEDGER_FILE)}' as today`);
  const tables = sqlite.pragma('main.table_list') as { schema: string; name: string; type: string }[];
  for (const { schema, name: table, type } of tables) {
    if (schema !== 'main' || type !== 'table' || /^(?:sqlite_|__drizzle)/.test(table)) continue;
    const columns = sqlite.pragma(`main.table_info(${table})`) as { name: string; notnull: number }[];
    const names = columns.map((column) => column.name).join();
    // What may be null today had to have a value.
    const values = columns.map((column) => (column.notnull ? `coalesce(${column.name}, '')` : column.name));
    sqlite.exec(`insert into main.${table} (${names}) select ${values.join()} from today.${table}`);
  }
  connection.close();
  return directory;
}

test('a ledger of before is brought up, and its history says the same with defaults', async (t) => {
  const directory = await ledgerOfBefore(t, 'statements');
  const sqlite = new BetterSqlite3(join(directory, LEDGER_FILE));
  const revisions = sqlite.prepare('select * from records order by sequence').all() as object[];
  sqlite.close();
  t.ok(revisions.length > 0 && revisions.every((row) => !('stance' in row)));
  const { store, migrated, seeded } = await openLedger(directory);
  t.ok(migrated > 0);
  t.strictSame(seeded, []);
  const rows = sqliteOf(store).prepare('select * from records order by sequence').all();
  t.equal(rows.length, revisions.length);
  t.match(rows, revisions);
  for (const row of rows)
    t.match(row, {
      ...{ stance: 'projection', scenario_kind: null, scenario_name: null, interval_low: null },
      ...{ prices_kind: 'unstated', prices_year: null, amount_approximate: 0 },
    });
  await store.close();
});

test('the receipt of a later forecast of the same subject suggests which one it revises, and nothing that it does not', async (t) => {
  const { write, get, send } = await buildForWriting(t);
  for (const [id, publishedOn] of [
    ['first', '2019-03-01'],
    ['second', '2019-09-01'],
    ['third', '2020-03-01'],
  ] as const)
    await write('POST', '/v1/sources', {
      id,
      ...{ title: id, publisher: 'A house', language: 'en', attribution: 'A house', publishedOn },
    });
  const body = (id: string, source: string, figure: string, more: object = {}) => ({
    ...forecastBody(id, { ...trillions(figure), source, scope: 'central-soes' }),
    ...more,
  });
  const suggested = async (...given: Parameters<typeof body>) =>
    (await write('POST', '/v1/forecasts', body(...given))).data.suggestions;
  t.equal(await suggested('one', 'first', '3'), undefined);
  t.strictSame(await suggested('two', 'second', '4'), [
    {
      relation: 'revises',
      id: 'one',
      source: 'first',
      publishedOn: '2019-03-01',
      amount: {
        value: '3000000000000',
        low: '3000000000000',
        high: '3000000000000',
        qualifier: 'exact',
        currency: 'CNY',
      },
    },
  ]);
  const base = { scenario: { name: 'Base case', kind: 'base' } };
  t.match(await suggested('three', 'third', '5', base), [{ id: 'two' }]);
  for (const [id, more] of [
    ['high', { scenario: { name: 'High case', kind: 'high' } }],
    ['real', { prices: { kind: 'constant', year: 2019 } }],
    ['nobody', { forecaster: null }],
    ['grid', { sector: 'power-grid' }],
    ['said', { revises: 'one' }],
  ] as const)
    t.equal(await suggested(id, 'third', '6', more), undefined, id);
  t.equal(await suggested('same-page', 'first', '7'), undefined, 'no earlier document');

  const { data, meta } = await get<{ data: Forecast; meta: { revisionTag: string } }>('/v1/forecasts/two');
  const put = await send(
    'PUT',
    '/v1/forecasts/two?reason=It+says+so&dryRun=true',
    { ...data, notes: 'Raised.' },
    { 'if-match': meta.revisionTag },
  );
  t.match(put.json(), { data: { suggestions: [{ id: 'one' }] } }, 'a dry run says it too');
  const settled = await send(
    'PUT',
    '/v1/forecasts/two?reason=It+says+so',
    { ...data, revises: 'one' },
    { 'if-match': meta.revisionTag },
  );
  t.equal(settled.json<RecordReceipt>().data.suggestions, undefined);
  t.match((await get<Answer>('/v1/forecasts/one')).data, { revisedBy: ['said', 'two'] });
});
