import { test } from 'tap';
import type { Sector, SectorTree } from '../../../src/ledger/catalogue/schemas.ts';
import { build } from '../../helpers/build.ts';
import { importer, ndjson } from '../../helpers/imports.ts';
import { buildForWriting } from '../../helpers/ledger.ts';

interface List<Row> {
  readonly data: readonly Row[];
}

test('sectors: flat with parents and children, and as a tree of the same sectors', async (t) => {
  const { get } = await build(t);
  const flat = (await get<List<Sector>>('/v1/sectors?limit=1000')).data;
  const tree = (await get<List<SectorTree>>('/v1/sectors/tree')).data;
  const root = flat.find(({ id }) => id === 'new-infrastructure');
  t.strictSame(root?.parent, null);
  t.ok(root?.children.includes('5g'));
  for (const { id, parent, ancestors } of flat) {
    t.equal(ancestors.at(-1) ?? null, parent, id);
    if (parent !== null) t.ok(flat.find((sector) => sector.id === parent)?.children.includes(id), id);
  }
  const inTree = (nodes: readonly SectorTree[]): string[] =>
    nodes.flatMap((node) => [node.id, ...inTree(node.children)]);
  t.strictSame(inTree(tree).sort(), flat.map(({ id }) => id).sort());
  const roots = (await get<List<Sector>>('/v1/sectors?roots=true')).data;
  t.ok(roots.every(({ parent }) => parent === null));
  t.strictSame(roots.map(({ id }) => id).sort(), tree.map(({ id }) => id).sort());
});

test('the definitions that the document gives, with who gives them', async (t) => {
  const { get } = await build(t);
  const { data } = await get<{ data: Sector }>('/v1/sectors/new-infrastructure');
  t.strictSame(
    data.definitions.map(({ definedBy, source }) => [definedBy, source]),
    [
      ['ndrc', 'china-banking-news-2020-05-25'],
      ['state-council', 'china-banking-news-2020-05-25'],
    ],
  );
});

test('forecasters: those with forecasts, and those only named', async (t) => {
  const { get } = await build(t);
  const withForecasts = (
    await get<List<{ id: string; forecastCount: number }>>('/v1/forecasters?hasForecasts=true')
  ).data;
  t.ok(withForecasts.length > 0 && withForecasts.every(({ forecastCount }) => forecastCount > 0));
  const without = (
    await get<List<{ id: string; forecastCount: number }>>('/v1/forecasters?hasForecasts=false')
  ).data;
  t.ok(
    without.some(({ id }) => id === 'cpc-politburo') &&
      without.every(({ forecastCount }) => forecastCount === 0),
  );
  const agencies = (await get<List<{ kind: string }>>('/v1/forecasters?kind=government&country=CN')).data;
  t.ok(agencies.length > 0 && agencies.every(({ kind }) => kind === 'government'));
});

test('the first source says what it does not print itself', async (t) => {
  const { get } = await build(t);
  const { data } = await get<{ data: Record<string, unknown> }>('/v1/sources/china-banking-news-2020-05-25');
  t.match(data, {
    publisher: 'China Banking News',
    publishedOn: '2020-05-25',
    language: 'en',
    documentSha256: '4c7a9795fb92e5580f710ffa9871117fe35bd5b3bed8ae25d6c0fd0ec53d9366',
    supplied: ['publisher', 'publishedOn', 'url'],
    forecastCount: 5,
  });
});

test('every list of the catalogue pages, sorts, counts and selects fields', async (t) => {
  const { get } = await build(t);
  for (const path of ['sectors', 'forecasters', 'sources', 'measures', 'scopes', 'regions', 'collections']) {
    const whole = await get<List<{ id: string }> & { meta: { count: number } }>(
      `/v1/${path}?sort=-id&count=exact&fields=id&limit=1000`,
    );
    t.equal(whole.meta.count, whole.data.length, path);
    t.strictSame(
      whole.data.map(({ id }) => id),
      whole.data
        .map(({ id }) => id)
        .sort()
        .reverse(),
      path,
    );
    t.ok(
      whole.data.every((row) => Object.keys(row).join() === 'id'),
      path,
    );
    const first = await get<List<{ id: string }> & { page: { nextCursor: string | null } }>(
      `/v1/${path}?sort=-id&limit=1`,
    );
    t.equal(first.data[0]?.id, whole.data[0]?.id, path);
    if (first.page.nextCursor !== null) {
      const second = await get<List<{ id: string }>>(
        `/v1/${path}?sort=-id&limit=1&cursor=${first.page.nextCursor}`,
      );
      t.equal(second.data[0]?.id, whole.data[1]?.id, path);
    }
  }
});

interface Resolving {
  readonly data: readonly { readonly id: string }[];
  readonly meta: { readonly resolvedIds?: readonly object[] };
}

test('a filter takes the alias or name of a single entry for its id, and says so', async (t) => {
  const { get, request } = await build(t);
  for (const [query, id] of [
    ['sector=data-centre', 'big-data-centres'],
    ['sector=Big-Data-Center', 'big-data-centres'],
    ['forecaster=Goldman', 'goldman-sachs'],
    ['forecaster=CAICT', 'caict'],
    ['measure=turnover', 'revenue'],
    ['measure=direct-investment', 'directInvestment'],
    ['region=chn', 'CN'],
  ] as const) {
    const [parameter = '', given = ''] = query.split('=');
    const named = await get<Resolving>(`/v1/forecasts?${query}&limit=1000`);
    const byId = await get<Resolving>(`/v1/forecasts?${parameter}=${id}&limit=1000`);
    t.ok(named.data.length > 0, query);
    t.same(named.data, byId.data, query);
    t.same(named.meta.resolvedIds, [{ parameter, given, id }], query);
    t.notOk('resolvedIds' in byId.meta, query);
  }
  for (const url of [
    '/v1/facets?sector=data-centre',
    '/v1/assessments?sector=data-centre',
    '/v1/comparisons?sector=data-centre',
    '/v1/track-records?sector=data-centre',
    '/v1/sectors/new-infrastructure/breakdown?forecaster=Goldman',
    '/v1/forecasters/haitong-securities/track-record?sector=data-centre',
  ])
    t.equal((await get<Resolving>(url)).meta.resolvedIds?.length, 1, url);
  const response = await request('/v1/forecasts?sector=data-centre&forecaster=Silverman');
  t.match(response.json().errors, [{ name: 'forecaster', code: 'unknownId' }]);
});

test('a filter takes a name as it is written, in any language that is held', async (t) => {
  const { get, request } = await build(t);
  for (const [path, parameter, given, id] of [
    ['forecasts', 'sector', '大数据中心', 'big-data-centres'],
    ['forecasts', 'sector', 'Artificial Intelligence', 'artificial-intelligence'],
    ['forecasts', 'forecaster', 'Goldman Sachs', 'goldman-sachs'],
    ['forecasts', 'forecaster', 'ＧＯＬＤＭＡＮ sachs', 'goldman-sachs'],
    ['forecasts', 'measure', 'Direct investment', 'directInvestment'],
    ['forecasts', 'region', '中国', 'CN'],
    ['forecasts', 'source', 'Investment in Chinese infrastructure, and more', null],
    ['outcomes', 'reportedBy', '中国城市轨道交通协会', 'china-association-of-metros'],
    ['assessments', 'sector', '大数据中心', 'big-data-centres'],
    ['track-records', 'sector', '大数据中心', 'big-data-centres'],
    ['forecasters', 'country', 'China', 'CN'],
    ['changes', 'collection', 'Seed documents', 'seed-documents'],
    ['facets', 'forecaster', 'Goldman Sachs', 'goldman-sachs'],
    ['comparisons', 'sector', '大数据中心', 'big-data-centres'],
    ['breakdowns', 'forecaster', 'Goldman Sachs', 'goldman-sachs'],
    ['sectors/new-infrastructure/breakdown', 'forecaster', 'Goldman Sachs', 'goldman-sachs'],
  ] as const) {
    const url = `/v1/${path}?${new URLSearchParams({ [parameter]: given })}`;
    const named = await request(url);
    if (id === null) {
      t.match(named.json().errors, [{ name: parameter, code: 'unknownId' }], url);
      continue;
    }
    t.equal(named.statusCode, 200, `${url} ${named.body.slice(0, 300)}`);
    t.match(named.json().meta.resolvedIds, [{ parameter, given, id }], url);
    const byId = await get<Resolving>(`/v1/${path}?${parameter}=${id}`);
    t.same(named.json().data.length, byId.data.length, url);
  }
});

test('the sector of a breakdown and the forecaster of a track record may be named in their address', async (t) => {
  const { get, request } = await build(t);
  for (const [address, given, id] of [
    [(name: string) => `/v1/sectors/${name}/breakdown`, '新基建', 'new-infrastructure'],
    [(name: string) => `/v1/forecasters/${name}/track-record`, 'Goldman Sachs', 'goldman-sachs'],
  ] as const) {
    const named = await get<Resolving>(address(encodeURIComponent(given)));
    t.same(named.meta.resolvedIds, [{ parameter: 'id', given, id }]);
    t.same(named.data, (await get<Resolving>(address(id))).data);
    t.equal((await request(address('nothing%20called%20so'))).statusCode, 404);
  }
  const file = await request(`/v1/sectors/${encodeURIComponent('新基建')}/breakdown.csv`);
  t.match(file.headers['content-disposition'], /breakdown-new-infrastructure\.csv/);
});

test('a name with a comma names one, and what is no whole name leads to those that have its words', async (t) => {
  const { send, request, get } = await buildForWriting(t);
  await send('POST', '/v1/forecasters', {
    id: 'example-partners',
    name: 'Example, Smith and Partners, Inc.',
    kind: 'consultancy',
  });
  const given = 'example, Smith and Partners, Inc';
  const [parameter, id] = ['forecaster', 'example-partners'];
  const named = await get<Resolving>(`/v1/forecasts?${new URLSearchParams({ forecaster: given })}`);
  t.same(named.meta.resolvedIds, [{ parameter, given, id }]);
  const listed = await get<Resolving>('/v1/forecasts?forecaster=caict,Goldman%20Sachs');
  t.same(listed.meta.resolvedIds, [{ parameter, given: 'Goldman Sachs', id: 'goldman-sachs' }]);
  const [fault] = (await request('/v1/forecasts?forecaster=smith%20partners')).json().errors;
  t.match(fault, { code: 'unknownId', suggestion: 'example-partners' });
  for (const bad of ['', '%00', '%0A', 'a'.repeat(301)])
    t.equal((await request(`/v1/forecasts?forecaster=${bad}`)).statusCode, 400, bad);
});

test('what several are called is refused with their ids', async (t) => {
  const { send, request, get } = await buildForWriting(t);
  const added = await send('POST', '/v1/forecasters', {
    id: 'goldman-institute',
    name: 'Goldman Institute',
    kind: 'researchInstitute',
    aliases: ['Goldman', 'The Institute'],
  });
  t.same(added.json().data.aliases, ['Goldman', 'The Institute']);
  const [fault] = (await request('/v1/forecasts?forecaster=Goldman')).json().errors;
  t.match(fault, { code: 'unknownId', allowed: ['goldman-institute', 'goldman-sachs'] });
  t.match(fault.message, /several are called: goldman-institute, goldman-sachs/);
  t.match((await get<Resolving>('/v1/forecasts?forecaster=the-institute')).meta.resolvedIds, [
    { id: 'goldman-institute' },
  ]);
  t.equal((await send('POST', '/v1/collections', { id: 'a', name: 'A', aliases: ['-'] })).statusCode, 400);
});

test('an import brings aliases, and rows without them say nothing of them', async (t) => {
  const app = await build(t);
  const { bring } = await importer(app);
  const sector = { type: 'sector', nameChinese: null, parent: null, definitions: [] };
  const job = await bring(
    'ndjson',
    ndjson([{ ...sector, id: 'satellites', name: 'Satellites', aliases: ['Sat com'] }]),
  );
  t.equal(job.status, 'published', JSON.stringify(job.errors));
  const { data } = await app.get<{ data: Sector }>('/v1/sectors/satellites');
  t.same(data.aliases, ['Sat com']);
  const {
    aliases: _,
    ancestors: __,
    children: ___,
    ...old
  } = (await app.get<{ data: Sector }>('/v1/sectors/5g')).data;
  const again = await bring('ndjson', ndjson([{ type: 'sector', ...old }]));
  t.equal(again.status, 'published', JSON.stringify(again.errors));
  t.ok((await app.get<{ data: Sector }>('/v1/sectors/5g')).data.aliases.length > 0);
});

test('q finds entries of the catalogue by words of their names, original names and aliases', async (t) => {
  const { get, request } = await build(t);
  for (const [url, expected] of [
    ['/v1/forecasters?q=goldm', ['goldman-sachs']],
    ['/v1/forecasters?q=海通', ['haitong-securities']],
    ['/v1/forecasters?q=高盛', ['goldman-sachs']],
    ['/v1/sectors?q=大数据中心', ['big-data-centres']],
    ['/v1/sectors?q=大數據中心', ['big-data-centres']],
    ['/v1/sectors?q=iot&roots=true', []],
    ['/v1/sectors?q=IoT', ['industrial-internet', 'internet-of-things']],
    ['/v1/measures?q=capex', ['capitalExpenditure']],
    ['/v1/measures?q=缺口', ['investmentGap']],
    ['/v1/measures?q=direct investment', ['directInvestment']],
    ['/v1/regions?q=中国&limit=1', ['CN']],
    ['/v1/collections?q=seed', ['seed-documents']],
    ['/v1/sources?q=china banking 05 25', ['china-banking-news-2020-05-25']],
  ] as const)
    t.same(
      (await get<Resolving>(url)).data.map(({ id }) => id),
      expected,
      url,
    );
  for (const list of ['forecasters', 'sectors', 'sources', 'measures'])
    t.equal((await request(`/v1/${list}?q=-`)).statusCode, 400, list);
});

test('ids in addresses are found in any case', async (t) => {
  const { get, request } = await build(t);
  for (const [path, id] of [
    ['/v1/forecasters/Goldman-Sachs', 'goldman-sachs'],
    ['/v1/sectors/5G', '5g'],
    ['/v1/measures/directinvestment', 'directInvestment'],
    ['/v1/regions/cn', 'CN'],
    ['/v1/forecasts/Haitong-2020-new-infrastructure-2020', 'haitong-2020-new-infrastructure-2020'],
  ] as const)
    t.equal((await get<{ data: { id: string } }>(path)).data.id, id, path);
  const { sector } = await get<{ sector: string }>('/v1/sectors/New-Infrastructure/breakdown');
  t.equal(sector, 'new-infrastructure');
  await get('/v1/forecasters/Haitong-Securities/track-record');
  t.equal((await request('/v1/forecasters/Goldmann-Sachs')).statusCode, 404);
  const changes = async (collection: string) =>
    (await get<Resolving>(`/v1/changes?since=0&collection=${collection}`)).data;
  t.same(await changes('Seed-Documents'), await changes('seed-documents'));
});
