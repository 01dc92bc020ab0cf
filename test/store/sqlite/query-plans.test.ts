import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type BetterSqlite3 from 'better-sqlite3';
import { test } from 'tap';
import { makeLedger, sourceId } from '../../../bench/suite/ledger.ts';
import { buildApp } from '../../../src/app.ts';
import { parseConfig } from '../../../src/config.ts';
import { FORM_PARAMETERS } from '../../../src/http/query/paging.ts';
import { openLedger } from '../../../src/transfer/open-ledger.ts';
import { committedDocument, exampleAddress, IN_FORMAT } from '../../helpers/contract.ts';
import { makeKey } from '../../helpers/keys.ts';
import { planOf, sqliteOf, watchStatements } from '../../helpers/statements.ts';

/*
 * Whether any request reads more of the ledger than it must. Every read of the OpenAPI document is sent, with every
 * parameter, sort key and a second page; SQLite says of every statement that this runs how it would go about it. What
 * SQLite plans does not depend on how much there is, so a small ledger shows what a large one would suffer from.
 */

/** Tables that grow with what is recorded; the rest is the catalogue, which stays small. */
const GROWING = [
  'records',
  'record_texts',
  'record_relations',
  'sources',
  'source_texts',
  'rates',
  'idempotency_keys',
  'imports',
  'import_rows',
];

/** What a statement does that takes the longer the more there is. */
interface Fault {
  readonly kind: 'readsAll' | 'sortsAll';
  readonly table: string;
}

/** An index that holds few rows, whatever else there is: to go through it is no scan. */
const SMALL_INDEXES = ['records_with_conversions', 'imports_unfinished'];

/** Requests that may, each with the reason. Where no such request does so any more, its line must go. */
const EXCEPTIONS: readonly (Fault & {
  readonly request: RegExp;
  readonly statement?: RegExp;
  readonly reason: string;
})[] = [
  {
    kind: 'sortsAll',
    table: 'records',
    request: /[?&]knownAsOf=/,
    reason: 'what has been superseded since stands in no index in the order of the list',
  },
  {
    kind: 'sortsAll',
    table: 'records',
    request: /./,
    statement: /^select "sequence", \+/,
    reason: 'a filter that leaves few records leads: they were counted up to a number before',
  },
  {
    kind: 'readsAll',
    table: 'records',
    request: /^\/v1\/(?:forecasts|outcomes)\?.*count=exact/,
    reason: 'an exact count counts',
  },
  {
    kind: 'sortsAll',
    table: 'records',
    request: /[?&]q=/,
    reason: 'a search sorts what it finds; where a filter leaves few records, it looks them up beforehand',
  },
  {
    kind: 'readsAll',
    table: 'sources',
    request: /^\/v1\/sources\?.*count=exact/,
    reason: 'an exact count counts',
  },
  ...(['readsAll', 'sortsAll'] as const).map((kind) => ({
    kind,
    table: 'record_relations',
    request: /[?&]relation=/,
    reason: 'no index begins with the kind of a relation: relations are few beside records',
  })),
  {
    kind: 'readsAll',
    table: 'records',
    request: /^\/v1\/facets\?.*evidenceStatus=/,
    reason: 'no index has the status of evidence: facets by it read all forecasts',
  },
  {
    kind: 'readsAll',
    table: 'imports',
    request: /^\/metrics/,
    reason: 'jobs are counted by their state',
  },
];

/** A value for each parameter that has a part in what is asked of the database, with what it cannot stand without. */
const VALUES: Readonly<Record<string, string>> = {
  q: 'q=billion',
  sector: 'sector=5g',
  sectorOnly: 'sectorOnly=true&sector=5g',
  source: `source=${sourceId(0)}`,
  measure: 'measure=directInvestment',
  region: 'region=CN',
  regionMembersOn: 'region=EU&regionMembersOn=2020',
  currency: 'currency=CNY',
  collection: 'collection=bench',
  scope: 'scope=national',
  qualifier: 'qualifier=exact',
  confidence: 'confidence=high,medium',
  stance: 'stance=plan,target',
  outcomeVintage: 'outcomeVintage=first',
  scenario: 'scenario=base',
  prices: 'prices=constant',
  evidenceStatus: 'evidenceStatus=parsed',
  relation: 'relation=drives',
  forecasterKind: 'forecasterKind=bank',
  reportedByKind: 'reportedByKind=government',
  publishedFrom: 'publishedFrom=2016-01-01',
  publishedTo: 'publishedTo=2025-01-01',
  periodFrom: 'periodFrom=2016-01-01',
  periodTo: 'periodTo=2025-12-31',
  amountMin: 'amountMin=1000&currency=CNY',
  amountMax: 'amountMax=900000000000&currency=CNY',
  publishedAsOf: 'publishedAsOf=2026-10-01',
  forecaster: 'forecaster=haitong-securities',
  reportedBy: 'reportedBy=caict',
  convertTo: 'convertTo=USD&rateBasis=latest',
  rateBasis: 'rateBasis=publication,periodAverage,latest&convertTo=USD',
  rateDate: 'rateBasis=date&rateDate=2020-05-25&convertTo=USD',
  rateProvider: 'rateProvider=ecb&convertTo=USD',
  limit: 'limit=5',
  count: 'count=exact',
  style: 'style=bibtex',
  status: 'status=realised,partial',
  year: 'year=2020',
  over: 'over=perYear',
  assumeStart: 'assumeStart=2020-01-01',
  beside: 'beside=scopes',
  having: 'having=total,parts',
  perForecaster: 'perForecaster=all',
  provider: 'provider=ecb',
  ended: 'ended=true',
  base: 'base=EUR',
  quotes: 'quotes=CNY,USD',
  date: 'rateBasis=date&date=2020-05-25&convertTo=USD',
  amount: 'amount=1000',
  roots: 'roots=true',
  country: 'country=CN',
  hasForecasts: 'hasForecasts=true',
  since: 'since=1',
  texts: 'texts=true',
};
/** What the same parameter is of another path. */
/** Of the conversions of one record, in each of their forms. */
function ofConversions(): Readonly<Record<string, Readonly<Record<string, string>>>> {
  const day = 'rateDate=2020-05-25';
  const values = { to: 'to=EUR', rateDate: day, date: day, rateProvider: 'rateProvider=ecb' };
  const paths = ['forecasts', 'outcomes'].flatMap((kind) =>
    ['', '.svg', '.png'].map((ending) => `/v1/${kind}/{id}/conversions${ending}`),
  );
  return Object.fromEntries(paths.map((path) => [path, values]));
}

const VALUES_OF_PATH: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  '/v1/regions': { kind: 'kind=group' },
  '/v1/rates': {
    ...{ from: 'from=2020-05-01', to: 'to=2020-05-31', provider: 'provider=source' },
    ...{ date: 'date=2020-05-25', rateDate: 'rateDate=2020-05-25' },
  },
  '/v1/convert': {
    from: 'from=CNY',
    rateProvider: 'rateProvider=ecb',
    ...{ date: 'date=2020-05-25', rateDate: 'rateDate=2020-05-25' },
    to: 'to=USD',
    periodFrom: 'periodFrom=2020-01-01&periodTo=2020-12-31',
    periodTo: 'periodFrom=2020-01-01&periodTo=2020-12-31',
  },
  '/v1/comparisons': {
    measure: 'measure=directInvestment&region=CN&periodFrom=2020-01-01&periodTo=2020-12-31',
    periodFrom: 'periodFrom=2020-01-01&periodTo=2020-12-31',
    periodTo: 'periodFrom=2020-01-01&periodTo=2020-12-31',
  },
  ...Object.fromEntries(
    ['', '.svg', '.png'].map((ending) => [`/v1/forecasts/{id}/assessment${ending}`, { publishedAsOf: '' }]),
  ),
  '/v1/breakdowns': { measure: 'measure=directInvestment&forecaster=', year: 'year=2020&forecaster=' },
  ...ofConversions(),
  '/v1/forecasters': { kind: 'kind=researchInstitute' },
  '/v1/changes': { kind: 'kind=outcome' },
  '/v1/changes.atom': { kind: 'kind=outcome' },
  '/v1/changes.feed.json': { kind: 'kind=outcome' },
};
/** What a path cannot be asked without, where no single parameter is required. */
const NEEDED: Readonly<Record<string, string>> = {
  '/v1/breakdowns': 'forecaster=industrial-securities',
  '/v1/series': 'sector=new-infrastructure',
};
/** Parameters that say only how an answer is shown, or are tried with every list. */
const WITHOUT_A_PART = [...FORM_PARAMETERS, 'sort', 'cursor', 'knownAsOf'];

test('no request reads or sorts a whole table without a reason', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'query-plans-'));
  await makeLedger(directory, 300);
  const { store } = await openLedger(directory);
  const { ran: statements } = watchStatements(t);
  const app = await buildApp({ config: parseConfig({ CACHE_BYTES: '0' }), store: store });
  t.after(async () => {
    await app.close();
    await store.close();
    rmSync(directory, { recursive: true });
  });
  const { headers } = await makeKey({ store }, 'admin');
  const explain = explainer(sqliteOf(store));
  const used = new Set<unknown>();
  const faulty = new Map<string, string>();
  let asked = 0;
  const ask = async (url: string, statuses: readonly number[] = [200]): Promise<Answer> => {
    statements.clear();
    const response = await app.inject({ url, headers });
    t.ok(statuses.includes(response.statusCode), `${url}: ${response.body.slice(0, 300)}`);
    asked += 1;
    for (const [source, parameters] of [...statements]) {
      for (const fault of explain(source, parameters)) {
        const exceptions = EXCEPTIONS.filter(
          ({ kind, table, request, statement = /./ }) =>
            kind === fault.kind && table === fault.table && request.test(url) && statement.test(source),
        );
        for (const exception of exceptions) used.add(exception);
        if (exceptions.length === 0)
          faulty.set(`${fault.kind} ${fault.table}: ${fault.plan.join('; ')}`, `${url}\n${source}`);
      }
    }
    return /^application\/(?:problem\+)?json\b/.test(String(response.headers['content-type']))
      ? response.json<Answer>()
      : {};
  };

  for (const [path, { get }] of Object.entries(committedDocument.paths)) {
    // In other forms the same is read, as with `format=`.
    if (get === undefined || path.endsWith(IN_FORMAT)) continue;
    for (const url of await requestsOf(path, get.parameters ?? [], ask)) {
      const { page } = await ask(url, path === '/v1/imports/{id}' ? [404] : [200]);
      if (page?.nextUrl) await ask(page.nextUrl.replace(/^https?:\/\/[^/]+/, ''));
    }
  }
  t.ok(asked > 500, `${asked} requests`);
  for (const [fault, request] of faulty) t.fail(fault, { request });
  for (const exception of EXCEPTIONS)
    t.ok(used.has(exception), `still needed: ${exception.kind} ${exception.table} ${exception.request}`);
});

interface Answer {
  readonly page?: { readonly nextUrl: string | null };
  readonly errors?: readonly { readonly allowed?: readonly string[] }[];
}
type Parameters = NonNullable<(typeof committedDocument.paths)[string][string]['parameters']>;

/** Every parameter of an operation by itself and, of a list, with what changes how it is read. */
async function requestsOf(
  path: string,
  parameters: Parameters,
  ask: (url: string, statuses: readonly number[]) => Promise<Answer>,
): Promise<readonly string[]> {
  const names = parameters.filter(({ in: place }) => place === 'query').map(({ name }) => name);
  const [base = ''] = exampleAddress(path, parameters).split('?');
  const needed = parameters
    .filter((parameter) => parameter.in === 'query' && parameter.required === true)
    .map(({ name, example }) => `${name}=${example}`);
  const url = (...parts: readonly string[]): string => {
    const query = new URLSearchParams(NEEDED[path] ?? needed.join('&'));
    for (const part of parts)
      for (const [name, value] of new URLSearchParams(part)) {
        if (value === '') query.delete(name);
        else query.set(name, value);
      }
    return query.size === 0 ? base : `${base}?${query}`;
  };
  const filters = names
    .filter((name) => !WITHOUT_A_PART.includes(name))
    .map((name) => {
      const value = VALUES_OF_PATH[path]?.[name] ?? VALUES[name];
      if (value === undefined) throw new Error(`${path}: a value for ${name}`);
      return value;
    });
  const past = names.includes('knownAsOf') ? [`knownAsOf=${new Date().toISOString()}`] : [];
  const words = names.includes('q') ? ['q=billion'] : [];
  const page = names.includes('limit') ? 'limit=3' : '';
  const requests = [
    url(page),
    ...filters.map((filter) => url(page, filter)),
    ...past.map((time) => url(time)),
  ];
  if (!names.includes('sort')) return requests;
  const refused = await ask(url('sort=nothing'), [400]);
  const keys = refused.errors?.[0]?.allowed ?? [];
  const orders = keys.flatMap((key) => [
    `sort=${key}${key === 'amount' ? '&currency=CNY' : ''}${key === 'relevance' ? '&q=billion' : ''}`,
    `sort=-${key}${key === 'amount' ? '&currency=CNY' : ''}${key === 'relevance' ? '&q=billion' : ''}`,
  ]);
  const inThePast = past.flatMap((time) =>
    [...filters, ...orders.filter((order) => !order.includes('relevance'))].map((part) =>
      url(page, part, time),
    ),
  );
  const counted = filters.map((filter) => url(page, filter, 'count=exact'));
  const searched = words.flatMap((word) =>
    [...filters, ...orders].map((part) => url(page, part, word, 'count=exact')),
  );
  const shown = ['csv', 'ndjson'].map((format) => url(`format=${format}`));
  return [
    ...requests,
    ...orders.map((order) => url(page, order)),
    ...inThePast,
    ...counted,
    ...searched,
    ...shown,
  ];
}

type ExplainedFault = Fault & { readonly plan: readonly string[] };

/** Tells what is wrong with a statement, from SQLite's plan for it. */
function explainer(
  sqlite: BetterSqlite3.Database,
): (source: string, parameters: readonly unknown[]) => readonly ExplainedFault[] {
  const known = new Map<string, readonly ExplainedFault[]>();
  return (source, parameters) => {
    const before = known.get(source);
    if (before !== undefined) return before;
    const plan = /^\s*(?:select|with)\b/i.test(source) ? planOf(sqlite, source, parameters) : [];
    const faults = faultsOf(source, plan).map((fault) => ({ ...fault, plan }));
    known.set(source, faults);
    return faults;
  };
}

/**
 * A scan goes through a whole table, and so does a search by nothing but the kind of record; where that is the order of
 * the list and there is a limit, it ends with the page. What is found by filters is sorted only as a whole.
 */
function faultsOf(source: string, plan: readonly string[]): readonly Fault[] {
  const accesses = plan.flatMap((step) => {
    const [, verb, name = '', index = '', columns = ''] =
      /^(SCAN|SEARCH) (\S+)(?:.*? INDEX (\S+))?(?:.*?\(([^)]*)\))?/.exec(step) ?? [];
    const table = tableNamed(source, name);
    if (verb === undefined || !GROWING.includes(table) || SMALL_INDEXES.includes(index)) return [];
    const isWhole = verb === 'SCAN' || columns === 'kind=?';
    return [{ table, isWhole, isFiltered: isWhole || /^(?:ANY\()?kind\b/.test(columns) }];
  });
  const sorts = plan.includes('USE TEMP B-TREE FOR ORDER BY');
  const ends = /\blimit\b/i.test(source) && !sorts && !plan.some((step) => step.endsWith('FOR GROUP BY'));
  const faults: readonly Fault[] = [
    ...accesses
      .filter(({ isWhole }) => isWhole && !ends)
      .map(({ table }) => ({ kind: 'readsAll' as const, table })),
    ...accesses
      .filter(({ isFiltered }) => isFiltered && sorts)
      .map(({ table }) => ({ kind: 'sortsAll' as const, table })),
  ];
  return faults;
}

/** The table that a statement calls by a name of its own. */
function tableNamed(source: string, name: string): string {
  if (GROWING.includes(name)) return name;
  return (
    GROWING.find((table) => new RegExp(`\\b${table}"?\\s+(?:as\\s+)?"?${name}\\b`, 'i').test(source)) ?? name
  );
}
