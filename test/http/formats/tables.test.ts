import { parse } from 'csv-parse/sync';
import { test } from 'tap';
import type { ProblemDocument } from '../../../src/http/message/problem.ts';
import { build } from '../../helpers/build.ts';

interface Rows {
  readonly data: readonly Readonly<Record<string, unknown>>[];
  readonly meta: object;
}

const WHAT = 'measure=directInvestment&region=CN&periodFrom=2020-01-01&periodTo=2020-12-31';

/** Path, query, an id column with the name beside it, a column of money, and the file's name. */
const TABLES = [
  {
    path: '/v1/sectors/new-infrastructure/breakdown',
    query: 'forecaster=industrial-securities',
    money: 'value',
    file: 'breakdown-new-infrastructure',
  },
  {
    path: '/v1/breakdowns',
    query: 'forecaster=industrial-securities',
    money: 'value',
    file: 'breakdowns-industrial-securities',
  },
  { path: '/v1/breakdowns', query: 'year=2022', money: 'value', file: 'breakdowns-2022' },
  {
    path: '/v1/comparisons',
    query: `sector=new-infrastructure&${WHAT}`,
    money: 'totalValue',
    file: 'comparison-new-infrastructure-directInvestment-2020-01-01-2020-12-31',
  },
] as const;

test('tables have flat rows in JSON and NDJSON: the columns of the CSV, with plain numbers', async (t) => {
  const { get, request } = await build(t);
  for (const { path, query, money } of TABLES) {
    const csv = parse((await request(`${path}.csv?${query}`)).body, { columns: true }) as Record<
      string,
      string
    >[];
    const { data, meta } = await get<Rows>(`${path}?${query}&shape=flat`);
    t.ok(data.length > 1 && data.length === csv.length, path);
    t.same(Object.keys(data[0] ?? {}), Object.keys(csv[0] ?? {}), path);
    for (const [at, row] of data.entries()) {
      t.equal(row[money] === null ? '' : String(row[money]), csv[at]?.[money], `${path} ${at}`);
      t.ok(row[money] === null || typeof row[money] === 'number');
    }
    t.ok(meta, 'the rest of the answer stays');
    const lines = (await request(`${path}.ndjson?${query}&shape=flat`)).body.trim().split('\n');
    t.same(
      lines.map((line) => JSON.parse(line)),
      data,
      path,
    );
    const [nested = ''] = (await request(`${path}.ndjson?${query}`)).body.split('\n');
    t.match(JSON.parse(nested), { [money]: csv[0]?.[money] ?? '', names: { forecaster: String } }, path);
  }
});

test('the labels of tables are ids, names or both', async (t) => {
  const { get, request } = await build(t);
  for (const { path, query } of TABLES) {
    const first = async (labels: string) =>
      (await get<Rows>(`${path}?${query}&shape=flat${labels}`)).data[0] ?? {};
    const [both, ids, names] = [await first(''), await first('&labels=id'), await first('&labels=name')];
    t.same(await first('&labels=both'), both);
    t.match(both, { forecaster: ids.forecaster, forecasterName: names.forecaster });
    t.ok(ids.forecaster !== names.forecaster && !('forecasterName' in ids) && !('forecasterName' in names));
    const [line = ''] = (await request(`${path}.csv?${query}&labels=name`)).body.split('\r\n');
    t.same(line.split(','), Object.keys(names));
    for (const refused of [
      '&labels=id',
      '&format=ndjson&labels=id',
      '&format=json-stat&shape=flat&labels=id',
    ]) {
      const answer = await request(`${path}?${query}${refused}`);
      t.equal(answer.statusCode, 400, refused);
      t.equal(answer.json<ProblemDocument>().errors[0]?.name, 'labels', refused);
    }
    t.equal((await request(`${path}?${query}&format=json-stat&shape=flat`)).statusCode, 400);
  }
});

test('the name of a file says what is in it', async (t) => {
  const { request } = await build(t);
  for (const { path, query, file } of TABLES)
    for (const format of ['csv', 'ndjson'])
      t.equal(
        (await request(`${path}.${format}?${query}`)).headers['content-disposition'],
        `attachment; filename="${file}.${format}"`,
      );
});

test('JSON-stat has its media type without a charset, which it does not define', async (t) => {
  const { request } = await build(t);
  const url = '/v1/sectors/new-infrastructure/breakdown';
  const { statusCode, headers } = await request(`${url}?format=json-stat`);
  t.equal(statusCode, 200);
  t.equal(headers['content-type'], 'application/vnd.json-stat+json');
  t.match((await request(url)).headers['content-type'], /^application\/json/);
});

test('facets are JSON alone, and say so', async (t) => {
  const { request } = await build(t);
  const ask = (accept: string) => request({ url: '/v1/facets', headers: { accept } });
  const refused = await ask('text/csv');
  t.equal(refused.statusCode, 406);
  t.match(refused.json<ProblemDocument>(), { code: 'notAcceptable', detail: /application\/json/ });
  for (const accept of ['*/*', 'application/json', 'image/png, */*;q=0.1']) {
    const answer = await ask(accept);
    t.equal(answer.statusCode, 200, accept);
    t.match(answer.headers.vary, /Accept/);
  }
});

test('wherever rows have a scope its name stands beside it, as other names do', async (t) => {
  const { get, request } = await build(t);
  const { data: scopes } = await get<{ data: readonly { id: string; name: string }[] }>(
    '/v1/scopes?limit=1000',
  );
  const named = new Map(scopes.map(({ id, name }) => [id, name]));
  for (const url of [
    '/v1/forecasts.csv?collection=global-capital',
    '/v1/outcomes.csv?sector=new-infrastructure',
    '/v1/assessments.csv?sector=power-grid',
    '/v1/series.csv?sector=power-grid&forecaster=state-grid',
    '/v1/breakdowns.csv?year=2022',
    ...TABLES.map(({ path, query }) => `${path}.csv?${query}`),
  ]) {
    const rows = parse((await request(url)).body, { columns: true }) as Record<string, string>[];
    t.ok(rows.length > 1, url);
    const columns = Object.keys(rows[0] ?? {});
    t.equal(columns[columns.indexOf('scope') + 1], 'scopeName', url);
    for (const { scope = '', scopeName } of rows) t.equal(scopeName, named.get(scope), `${url} ${scope}`);
  }
});
