import { test } from 'tap';
import type { Facet, FacetName } from '../../../src/analysis/facets/schemas.ts';
import { FACETS } from '../../../src/analysis/facets/schemas.ts';
import { build } from '../../helpers/build.ts';

interface Answer {
  readonly data: Readonly<Record<FacetName, Facet>>;
  readonly meta: { readonly count: number };
}

function counts(facet: Facet): Record<string, number> {
  return Object.fromEntries(facet.buckets.map(({ value, count }) => [value, count]));
}

test('a year finds what its facet counts, also before the first and after the last', async (t) => {
  const { get } = await build(t);
  type Counted = { meta: { count: number } };
  const { data } = await get<{ data: { year: { buckets: { value: string; count: number }[] } } }>(
    '/v1/facets',
  );
  const years = new Map(data.year.buckets.map(({ value, count }) => [value, count]));
  for (const year of ['1950', '2016', '2018', '2020', '2025', '2026', '2035', '2099']) {
    const { meta } = await get<Counted>(`/v1/forecasts?year=${year}&limit=1&count=exact`);
    t.equal(meta.count, years.get(year) ?? 0, year);
  }
  const by2025 = await get<{ data: { id: string }[] }>(
    '/v1/forecasts?year=2025&sector=5g&limit=1000&fields=id',
  );
  const before = await get<{ data: { id: string }[] }>(
    '/v1/forecasts?year=2021&sector=5g&limit=1000&fields=id',
  );
  const id = 'caict-2020-5g-network-to-2025';
  t.ok(by2025.data.some((one) => one.id === id));
  t.notOk(before.data.some((one) => one.id === id));
});

test('the first document, counted', async (t) => {
  const { get } = await build(t);
  const { data, meta } = await get<Answer>('/v1/facets?collection=seed-documents');
  t.equal(meta.count, 5);
  t.strictSame(Object.keys(data), Object.keys(FACETS));
  t.strictSame(counts(data.sector), { 'new-infrastructure': 5, '5g': 2 });
  t.strictSame(counts(data.forecaster), { 'haitong-securities': 3, caict: 2 });
  t.strictSame(counts(data.measure), { directInvestment: 3, economicOutput: 1, inducedInvestment: 1 });
  t.strictSame(counts(data.year), { 2020: 2, 2021: 1, 2022: 1, 2023: 1, 2024: 1, 2025: 1 });
  t.equal(data.year.without, 2);
  t.strictSame(counts(data.publishedYear), { 2020: 5 });
  t.strictSame(counts(data.qualifier), { exact: 4, indefinite: 1 });
  t.strictSame(counts(data.currency), { CNY: 5 });
  t.equal(data.forecaster.buckets[0]?.name, 'Haitong Securities');
  t.ok((data.collection.buckets.length ?? 0) > 1, 'its own filter hides no alternative');
});

test('with sectorOnly a record counts in its own sector alone, as its list has it', async (t) => {
  const { get } = await build(t);
  const { data } = await get<Answer>('/v1/facets?collection=seed-documents&sectorOnly=true');
  t.strictSame(counts(data.sector), { 'new-infrastructure': 3, '5g': 2 });
  t.match(data.sector.buckets[0]?.url, /sector=new-infrastructure&sectorOnly=true$/);
});

test('each count is what its URL lists, whatever the filters', async (t) => {
  const { get } = await build(t);
  for (const filters of [
    '?sectorOnly=true&collection=china-new-infrastructure',
    '',
    '?q=%E6%8A%95%E8%B5%84',
    '?sector=new-infrastructure&sectorOnly=true&measure=directInvestment',
    '?forecaster=caict,haitong-securities&confidence=medium,high',
    '?periodFrom=2021-01-01&publishedTo=2020-12-31',
    '?currency=CNY&amountMin=1000000000000&qualifier=exact,atLeast',
    '?q=%22grid',
    '?convertTo=USD&amountMin=200000000000',
    '?convertTo=USD&rateBasis=publication,latest&amountMin=200000000000&amountMax=1000000000000&measure=directInvestment',
    '?convertTo=EUR&rateBasis=date&rateDate=2020-06-02&amountMax=100000000000&currency=CNY&q=5G',
    '?convertTo=USD&rateBasis=stated&amountMin=99000000000000000',
    '?convertTo=USD&rateBasis=latest&publishedFrom=2020-05-01',
  ]) {
    const { data, meta } = await get<Answer>(`/v1/facets${filters}`);
    const listed = await get<Answer>(
      `/v1/forecasts${filters}${filters === '' ? '?' : '&'}count=exact&limit=1`,
    );
    t.equal(meta.count, listed.meta.count, filters);
    for (const [name, { buckets, without }] of Object.entries(data)) {
      t.ok(without >= 0);
      t.equal(new Set(buckets.map(({ value }) => value)).size, buckets.length);
      for (const { value, count, url } of buckets) {
        t.match(url, /^http:\/\/[^/]+\/v1\/forecasts\?/);
        const list = await get<Answer>(`${url.replace(/^http:\/\/[^/]+/, '')}&count=exact&limit=1`);
        t.equal(list.meta.count, count, `${filters} ${name}=${value}: ${url}`);
      }
    }
  }
});

test('amounts are compared in the currency of `convertTo`, which the URLs carry on', async (t) => {
  const { get } = await build(t);
  const { data, meta } = await get<Answer>(
    '/v1/facets?collection=seed-documents&convertTo=USD&amountMin=1000000000000',
  );
  t.equal(meta.count, 3, '10, 17.1 and at least 24 trillion yuan');
  t.strictSame(counts(data.forecaster), { 'haitong-securities': 2, caict: 1 });
  t.match(
    data.forecaster.buckets[0]?.url,
    /collection=seed-documents&convertTo=USD&amountMin=1000000000000&forecaster=/,
  );
  const all = await get<Answer>('/v1/facets?collection=seed-documents');
  const converted = await get<Answer>('/v1/facets?collection=seed-documents&convertTo=USD');
  t.equal(converted.meta.count, all.meta.count, 'alone it changes no count');
  t.strictSame(counts(converted.data.measure), counts(all.data.measure));
  t.match(converted.data.measure.buckets[0]?.url, /convertTo=USD/);
});

test('the qualifier filters, and what a facet cannot take is refused', async (t) => {
  const { get, request } = await build(t);
  const list = await get<{ data: { amount: { qualifier: string } }[] }>(
    '/v1/forecasts?qualifier=range,atMost&limit=1000',
  );
  t.ok(list.data.length > 0);
  t.ok(list.data.every(({ amount }) => ['range', 'atMost'].includes(amount.qualifier)));
  for (const [url, code, suggestion] of [
    ['/v1/forecasts?qualifier=atleast', 'invalidValue', 'atLeast'],
    ['/v1/facets?sectr=5g', 'unknownParameter', 'sector'],
    ['/v1/facets?sector=5-g', 'unknownId', '5g'],
    ['/v1/facets?limit=5', 'unknownParameter', undefined],
    ['/v1/facets?amountMin=5', 'currencyRequired', undefined],
    ['/v1/facets?convertTo=USX', 'unknownId', undefined],
    ['/v1/facets?rateBasis=latest', 'parameterRequired', undefined],
    ['/v1/facets?convertTo=USD&rateBasis=date', 'parameterRequired', undefined],
    ['/v1/facets?periodFrom=2021-01-01&periodTo=2020-01-01', 'reversedRange', undefined],
  ] as const) {
    const response = await request(url);
    t.equal(response.statusCode, 400, url);
    const [fault] = response.json<{ errors: { code: string; suggestion?: string }[] }>().errors;
    t.equal(fault?.code, code, url);
    if (suggestion !== undefined) t.equal(fault?.suggestion, suggestion, url);
  }
});
