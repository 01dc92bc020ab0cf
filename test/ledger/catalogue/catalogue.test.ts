import { test } from 'tap';
import type { Sector, SectorTree } from '../../../src/ledger/catalogue/schemas.ts';
import { build } from '../../helpers/build.ts';

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
