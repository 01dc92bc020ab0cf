import type { InjectOptions } from 'fastify';
import { test } from 'tap';
import type { ProblemDocument } from '../../../src/http/message/problem.ts';
import { build } from '../../helpers/build.ts';
import { execute } from '../../helpers/statements.ts';

interface Case {
  readonly request: InjectOptions | string;
  readonly status: number;
  readonly code: string;
  /** What `errors[0]` must hold. */
  readonly fault?: Readonly<Record<string, unknown>>;
}

const LIST = '/v1/forecasts';
const query = (text: string, code: string, fault: Record<string, unknown> = {}): Case => ({
  request: `${LIST}?${text}`,
  status: 400,
  code: 'invalidRequest',
  fault: { in: 'query', code, ...fault },
});

/** Every way to go wrong, in one table: what is sent, and what must be answered. */
const CASES: readonly Case[] = [
  query('secotr=5g', 'unknownParameter', { name: 'secotr', suggestion: 'sector' }),
  query('Sector=5g', 'unknownParameter', { suggestion: 'sector' }),
  query('xyzzy=1', 'unknownParameter', { suggestion: undefined }),
  query('sector=5g&sector=blockchain', 'repeatedParameter', { name: 'sector' }),
  query('limit=1&limit=2', 'repeatedParameter', { name: 'limit' }),
  query('sector=5gg', 'unknownId', { name: 'sector', suggestion: '5g' }),
  query('sector=', 'invalidValue', { name: 'sector' }),
  query('sector=5g,,blockchain', 'invalidValue', { name: 'sector' }),
  query('sector=5g%00', 'invalidValue', { name: 'sector' }),
  query('forecaster=haitong-securites', 'unknownId', { suggestion: 'haitong-securities' }),
  query('source=nope', 'unknownId', { name: 'source' }),
  query('measure=directInvestmnt', 'unknownId', { suggestion: 'directInvestment' }),
  query('region=Chinaland', 'unknownId', { name: 'region' }),
  query('collection=seed', 'unknownId', { suggestion: 'seed-documents' }),
  query('scope=nation', 'unknownId', { suggestion: 'national' }),
  query('currency=yuan', 'invalidValue', { name: 'currency' }),
  query('confidence=hihg', 'invalidValue', { suggestion: 'high' }),
  query('sectorOnly=yes', 'invalidValue', { name: 'sectorOnly' }),
  query('publishedFrom=2020-13-01', 'invalidValue', { name: 'publishedFrom' }),
  query('publishedFrom=2020-02-30', 'invalidValue', { name: 'publishedFrom' }),
  query('publishedTo=yesterday', 'invalidValue', { name: 'publishedTo' }),
  query('amountMin=3', 'currencyRequired', { name: 'amountMin' }),
  query('currency=CNY,USD&amountMax=3', 'currencyRequired', { name: 'amountMax' }),
  query('sort=amount', 'currencyRequired', { name: 'sort' }),
  query('currency=CNY&amountMin=3e12', 'invalidValue', { name: 'amountMin' }),
  query('currency=CNY&amountMin=-3', 'invalidValue', { name: 'amountMin' }),
  query('publishedFrom=2021-01-01&publishedTo=2020-01-01', 'reversedRange', { name: 'publishedTo' }),
  query('periodFrom=2021-01-01&periodTo=2020-01-01', 'reversedRange', { name: 'periodTo' }),
  query('currency=CNY&amountMin=2&amountMax=1.5', 'reversedRange', { name: 'amountMax' }),
  query('periodTo=9999-12-31', 'invalidValue', { name: 'periodTo' }),
  query('fields=converted', 'parameterRequired', { name: 'fields' }),
  query('limit=', 'invalidValue', { name: 'limit' }),
  query('limit=0', 'invalidValue', { name: 'limit' }),
  query('limit=1001', 'invalidValue', { name: 'limit' }),
  query('limit=1.5', 'invalidValue', { name: 'limit' }),
  query('sort=-publishdOn', 'unknownField', { suggestion: 'publishedOn' }),
  query('sort=id,-id', 'invalidValue', { name: 'sort' }),
  query('sort=', 'unknownField', { name: 'sort' }),
  query('fields=amount.valeu', 'unknownField', { suggestion: 'amount.value' }),
  query('count=all', 'invalidValue', { name: 'count', allowed: ['exact'] }),
  query('cursor=nonsense', 'invalidCursor', { name: 'cursor' }),
  query(`cursor=${Buffer.from('[1]').toString('base64url')}`, 'invalidCursor'),
  query(`cursor=${Buffer.from('["x","y"]').toString('base64url')}`, 'invalidCursor'),
  { request: '/v1/sectors?roots=maybe', status: 400, code: 'invalidRequest', fault: { name: 'roots' } },
  {
    request: '/v1/forecasters?kind=bnak',
    status: 400,
    code: 'invalidRequest',
    fault: { suggestion: 'bank' },
  },
  {
    request: '/v1/forecasters?country=ZZ',
    status: 400,
    code: 'invalidRequest',
    fault: { code: 'unknownId' },
  },
  { request: '/v1/forecasts/nope', status: 404, code: 'recordNotFound', fault: { in: 'path', name: 'id' } },
  {
    request: '/v1/forecasts/haitong-2020-new-infrastructure-2021',
    status: 404,
    code: 'recordNotFound',
    fault: { suggestion: 'haitong-2020-new-infrastructure-2020' },
  },
  { request: '/v1/forecasts/nope/evidence', status: 404, code: 'recordNotFound' },
  { request: '/v1/forecasts/%00', status: 400, code: 'invalidRequest', fault: { in: 'path' } },
  { request: '/v1/forecasts/haitong-2020-new-infrastructure-2020?x=1', status: 400, code: 'invalidRequest' },
  {
    request: '/v1/forecasts/haitong-2020-new-infrastructure-2020/evidence?x=1',
    status: 400,
    code: 'invalidRequest',
  },
  { request: '/v1/sectors/5gg', status: 404, code: 'recordNotFound', fault: { suggestion: '5g' } },
  { request: '/v1/forecasters/nope', status: 404, code: 'recordNotFound' },
  { request: '/v1/sources/nope', status: 404, code: 'recordNotFound' },
  { request: '/v1/measures/nope', status: 404, code: 'recordNotFound' },
  { request: '/v1/scopes/nope', status: 404, code: 'recordNotFound' },
  { request: '/v1/regions/ZZ', status: 404, code: 'recordNotFound' },
  { request: '/v1/collections/nope', status: 404, code: 'recordNotFound' },
  { request: '/problems/nope', status: 404, code: 'recordNotFound' },
  { request: '/v1/forecast', status: 404, code: 'routeNotFound' },
  { request: '/v2/forecasts', status: 404, code: 'routeNotFound' },
  { request: `/v1/forecasts/${'x'.repeat(300)}`, status: 404, code: 'routeNotFound' },
  {
    request: '/v1/convert?amount=1&from=CNY&to=USD&periodFrom=2025-01-01&periodTo=9999-12-31',
    status: 400,
    code: 'invalidRequest',
  },
  { request: `/v1/convert?amount=${'9'.repeat(40)}&from=CNY&to=USD`, status: 400, code: 'invalidRequest' },
  { request: '/docs/static/%00', status: 404, code: 'routeNotFound' },
  { request: '/docs/static/%5c..%5cx', status: 404, code: 'routeNotFound' },
  { request: `/docs/static/${'a'.repeat(5000)}`, status: 404, code: 'routeNotFound' },
  { request: '/v1/forecasts/%zz', status: 400, code: 'malformedUrl' },
  { request: '/v1/forecasts/%ff', status: 400, code: 'malformedUrl' },
  { request: '/v1/forecasts?sector=%zz', status: 400, code: 'malformedUrl' },
  { request: '/v1/forecasts?sector=%c3%28', status: 400, code: 'malformedUrl' },
  { request: { method: 'POST', url: '/v1/sectors', payload: {} }, status: 405, code: 'methodNotAllowed' },
  {
    request: {
      method: 'POST',
      url: '/v1/sectors',
      payload: '{',
      headers: { 'content-type': 'application/json' },
    },
    status: 405,
    code: 'methodNotAllowed',
  },
  { request: { method: 'DELETE', url: '/v1/sectors/tree' }, status: 405, code: 'methodNotAllowed' },
  { request: { method: 'PUT', url: '/' }, status: 405, code: 'methodNotAllowed' },
];

test('a format that a path does not have leads to the path, not to another one', async (t) => {
  const { request } = await build(t);
  for (const [url, bare] of [
    ['/v1/facets.csv', '/v1/facets'],
    ['/v1/facets.ndjson?collection=seed-documents', '/v1/facets'],
    [
      '/v1/forecasts/haitong-2020-new-infrastructure-2020/evidence.csv',
      '/v1/forecasts/haitong-2020-new-infrastructure-2020/evidence',
    ],
  ] as const) {
    const response = await request(url);
    t.equal(response.statusCode, 404, url);
    const { code, detail } = response.json<ProblemDocument>();
    t.equal(code, 'routeNotFound');
    t.ok(detail.endsWith(`Did you mean ${bare}?`), detail);
  }
  for (const [url, meant] of [
    ['/v1/stats', '/v1/facets'],
    [`/v1/forecasts/haitong-2020-new-infrastructure-2020/cite`, '/citation'],
  ] as const) {
    const { detail } = (await request(url)).json<ProblemDocument>();
    t.ok(detail.endsWith(`${meant}?`), detail);
  }
  for (const [typed, meant] of [
    ['cvs', 'csv'],
    ['xls', 'xlsx'],
    ['xslx', 'xlsx'],
  ] as const) {
    const { detail } = (await request(`/v1/forecasts.${typed}`)).json<ProblemDocument>();
    t.ok(detail.endsWith(`Did you mean /v1/forecasts.${meant}?`), detail);
  }
});

test('words of other services, and what is nearly right, lead to what is right here', async (t) => {
  const { request } = await build(t);
  for (const [url, detail] of [
    ['/v1/forecasts.csv?excel=1', /true, false\. Did you mean "true"\?$/],
    ['/v1/forecasts?sectorOnly=no', /Did you mean "false"\?$/],
    ['/v1/forecasts.csv?delimiter=x', /must be one of: ",", ";", tab\.$/],
    ['/v1/rates?from=2020-13', /a day, month or year such as 2020-05-25, 2020-05 or 2020/],
    ['/v1/forecasts?convertTo=dollars', /an ISO 4217 code such as CNY/],
  ] as const) {
    const answer = await request(url);
    t.ok([400, 404].includes(answer.statusCode), url);
    t.match(answer.json<ProblemDocument>().detail, detail, url);
  }
});

test('codes of currencies are taken in lower case, and spans by their months and years', async (t) => {
  const { get } = await build(t);
  interface Converted {
    readonly data: readonly { readonly id: string }[];
  }
  for (const [given, meant] of [
    ['forecasts?convertTo=usd&amountMin=1', 'forecasts?convertTo=USD&amountMin=1'],
    ['forecasts?currency=cny&sort=amount', 'forecasts?currency=CNY&sort=amount'],
    ['comparisons?sector=5g&convertTo=usd', 'comparisons?sector=5g&convertTo=USD'],
    ['rates?quotes=usd,cny&from=2020-05&to=2020-05', 'rates?quotes=USD,CNY&from=2020-05-01&to=2020-05-31'],
  ] as const)
    t.same((await get<Converted>(`/v1/${given}`)).data, (await get<Converted>(`/v1/${meant}`)).data, given);
  const convert = 'convert?amount=1000&from=cny&to=usd&date=2020-05-25';
  t.match(await get(`/v1/${convert}`), { data: { from: 'CNY', converted: { currency: 'USD' } } });
  const id = 'haitong-2020-new-infrastructure-2020';
  t.match(await get(`/v1/forecasts/${id}/conversions?to=usd`), { to: 'USD' });
  t.match(await get(`/v1/forecasts/${id}?convertTo=usd`), { data: { converted: { currency: 'USD' } } });
});

test('every wrong request is a problem that names what is wrong', async (t) => {
  const { request } = await build(t);
  for (const { request: sent, status, code, fault } of CASES) {
    const response = await request(sent);
    const label = JSON.stringify(sent).slice(0, 120);
    const problem = response.json<ProblemDocument>();
    t.equal(response.statusCode, status, label);
    t.match(
      problem,
      { status, code, type: `/problems/${code}`, requestId: response.headers['x-request-id'] },
      label,
    );
    t.equal(response.headers['cache-control'], 'no-store', label);
    t.equal(response.headers['access-control-allow-origin'], '*', label);
    if (fault !== undefined) t.match(problem.errors[0], fault, label);
    if (status === 405) t.match(response.headers.allow, /GET, HEAD/, label);
  }
});

test('several faults are all named', async (t) => {
  const { request } = await build(t);
  const problem = (await request('/v1/forecasts?limit=x&secotr=5g&confidence=no')).json<ProblemDocument>();
  t.strictSame(problem.errors.map(({ name }) => name).sort(), ['confidence', 'limit', 'secotr']);
});

test('of thousands of unknown parameters the first are told, and once what there is', async (t) => {
  const { request } = await build(t);
  const unknown = Array.from({ length: 3000 }, (_, at) => `q${at}=`).join('&');
  const response = await request(`/v1/forecasts?${unknown}`);
  const { errors, detail } = response.json<ProblemDocument>();
  t.equal(response.statusCode, 400);
  t.equal(errors.length, 100);
  t.match(detail, /\(and 2999 more\)$/);
  t.ok(errors[0]?.allowed?.includes('sector'));
  t.strictSame(
    errors.slice(1).filter(({ allowed }) => allowed !== undefined),
    [],
  );
  t.ok(response.body.length < 2 * unknown.length, `${response.body.length} characters`);
});

test('a cursor goes on only with the query that gave it', async (t) => {
  const { request, get } = await build(t);
  const first = await get<{ page: { nextCursor: string } }>(
    '/v1/forecasts?limit=2&collection=seed-documents',
  );
  const cursor = first.page.nextCursor;
  await get(`/v1/forecasts?collection=seed-documents&limit=1&cursor=${cursor}`);
  for (const url of [
    `/v1/forecasts?cursor=${cursor}`,
    `/v1/forecasts?collection=seed-documents&sort=id&cursor=${cursor}`,
    `/v1/sectors?cursor=${cursor}`,
  ]) {
    const response = await request(url);
    t.equal(response.statusCode, 400, url);
    t.match(
      response.json<ProblemDocument>().errors[0]?.code,
      /^(?:invalidCursor|cursorOfAnotherQuery)$/,
      url,
    );
  }
});

test('an unexpected error is a 500 that shows nothing of its cause', async (t) => {
  const { request, store } = await build(t);
  await execute(store, 'alter table record_relations rename to hidden_away');
  const response = await request('/v1/forecasts');
  t.equal(response.statusCode, 500);
  t.notMatch(response.body, /hidden_away|record_relations|sqlite|postgres|select/i);
  t.equal(response.json<ProblemDocument>().code, 'internalError');
});

test('a database that does not answer makes the service not ready', async (t) => {
  const { request, store } = await build(t);
  t.equal((await request('/health/ready')).statusCode, 200);
  await execute(store, 'drop table ledger_state');
  const response = await request('/health/ready');
  t.equal(response.statusCode, 503);
  t.equal((await request('/health/live')).statusCode, 200);
});
