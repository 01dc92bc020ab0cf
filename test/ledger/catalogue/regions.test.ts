import { test } from 'tap';
import type { Region } from '../../../src/ledger/catalogue/schemas.ts';
import type { Forecast } from '../../../src/ledger/records/schemas.ts';
import { build } from '../../helpers/build.ts';
import { importer, ndjson } from '../../helpers/imports.ts';
import { buildForWriting, forecastBody } from '../../helpers/ledger.ts';

interface One {
  readonly data: Region;
  readonly meta: { readonly revisionTag: string };
}
interface List {
  readonly data: readonly Region[];
  readonly meta: { readonly count: number };
}

/** ISO 3166-1 has so many. */
const COUNTRIES = 249;

test('all of ISO 3166-1, the groups of M49, the European Union and subdivisions are there from the start', async (t) => {
  const { get } = await build(t);
  const count = async (kind: string) =>
    (await get<List>(`/v1/regions?kind=${kind}&limit=1&count=exact`)).meta.count;
  t.equal(await count('country'), COUNTRIES);
  t.equal(await count('group'), 33);
  t.equal(await count('subdivision'), 198);
  t.equal(await count('country,group'), COUNTRIES + 33);

  const { data } = await get<List>('/v1/regions?limit=1000');
  const ids = new Set(data.map(({ id }) => id));
  for (const { id, kind, alpha3, name, nameChinese, members, groups } of data) {
    t.ok(name !== '' && nameChinese !== null, id);
    t.equal(alpha3 === null, kind !== 'country', id);
    for (const { region } of [...members, ...groups]) t.ok(ids.has(region), `${id} ${region}`);
    // All lie in the world, and in one another without a circle.
    if (id !== '001' && !['EU', 'EZ', '003', '202', '419'].includes(id))
      t.ok(
        groups.some(({ from }) => from === null),
        id,
      );
  }
  t.match((await get<One>('/v1/regions/GB')).data, {
    kind: 'country',
    alpha3: 'GBR',
    groups: [
      { region: '154', from: null, to: null },
      { region: 'EU', from: '1973-01-01', to: '2020-01-31' },
    ],
  });
  t.match((await get<One>('/v1/regions/CN-GD')).data, {
    kind: 'subdivision',
    alpha3: null,
    name: 'Guangdong',
    nameChinese: '广东',
    members: [],
    groups: [{ region: 'CN' }],
  });
  t.equal((await get<One>('/v1/regions/CN')).data.members.length, 31);
});

test('regions are found by their names and named by them', async (t) => {
  const { get } = await build(t);
  for (const [q, id] of [
    ['guangdong', 'CN-GD'],
    ['廣東', 'CN-GD'],
    ['euro area', 'EZ'],
    ['Eurozone', 'EZ'],
    ['欧盟', 'EU'],
    ['Sub-Saharan', '202'],
    ['California', 'US-CA'],
  ] as const)
    t.same(
      (await get<List>(`/v1/regions?q=${encodeURIComponent(q)}`)).data.map((one) => one.id),
      [id],
      q,
    );
  for (const [name, id] of [
    ['world', '001'],
    ['european-union', 'EU'],
    ['guangdong', 'CN-GD'],
    ['georgia', 'GE'],
  ])
    t.match(await get(`/v1/forecasts?region=${name}`), { meta: { resolvedIds: [{ given: name, id }] } });
});

test('a group has the members of a day, at any depth, and stays apart from them', async (t) => {
  const { get, send, request } = await buildForWriting(t);
  await send('POST', '/v1/collections', { id: 'team', name: 'Team' });
  const of = { GB: '1', FR: '2', HR: '3', BG: '4', 'CN-GD': '5', CN: '6', EU: '7', '001': '8' };
  for (const [region, value] of Object.entries(of)) {
    const body = forecastBody(`of-${region.toLowerCase()}`, {
      region,
      collection: 'team',
      evidence: { phrase: `${value} trillion yuan` },
    });
    const added = await send('POST', '/v1/forecasts', { ...body, amount: undefined });
    t.equal(added.statusCode, 201, added.body);
  }
  const regionsOf = async (query: string) => {
    const { data } = await get<{ data: readonly Forecast[] }>(
      `/v1/forecasts?${query}&collection=team&limit=1000&sort=id`,
    );
    return data.map(({ region }) => region).toSorted();
  };
  for (const [query, expected] of [
    ['region=EU', ['EU']],
    ['region=EU&regionMembersOn=2020-01-31', ['EU', 'FR', 'GB', 'HR', 'BG']],
    ['region=EU&regionMembersOn=2020-02-01', ['EU', 'FR', 'HR', 'BG']],
    ['region=EU&regionMembersOn=2006', ['EU', 'FR', 'GB']],
    ['region=EZ&regionMembersOn=2022', ['FR']],
    ['region=EZ&regionMembersOn=2023-01', ['FR', 'HR']],
    ['region=EZ&regionMembersOn=2026', ['BG', 'FR', 'HR']],
    ['region=CN', ['CN']],
    ['region=CN&regionMembersOn=2026', ['CN', 'CN-GD']],
    ['region=001&regionMembersOn=2026', ['001', 'BG', 'CN', 'CN-GD', 'FR', 'GB', 'HR']],
    ['region=FR,CN&regionMembersOn=2026', ['CN', 'CN-GD', 'FR']],
    ['region=EU&regionMembersOn=2026&q=trillion', ['BG', 'EU', 'FR', 'HR']],
  ] as const)
    t.strictSame(await regionsOf(query), expected.toSorted(), query);
  const facets = '/v1/facets?region=EU&regionMembersOn=2026&collection=team';
  t.match(await get(facets), { meta: { count: 4 } });
  t.match(await get(`/v1/assessments?region=EU&regionMembersOn=2026&collection=team&count=exact`), {
    meta: { count: 4 },
  });
  // Each region is compared by itself.
  const compared = await get<{ groups: readonly { region: string }[] }>(
    '/v1/comparisons?sector=new-infrastructure&collection=team',
  );
  t.strictSame(compared.groups, []);
  for (const path of ['/v1/forecasts', '/v1/facets', '/v1/outcomes', '/v1/assessments']) {
    const refused = await request(`${path}?regionMembersOn=2026`);
    t.equal(refused.statusCode, 400, path);
    t.match(refused.json(), { errors: [{ name: 'regionMembersOn', code: 'parameterRequired' }] });
  }
});

test('groups and subdivisions are added by import, corrected, and kept from going while they are named', async (t) => {
  const app = await buildForWriting(t);
  const { get, send } = app;
  const { bring } = await importer(app);
  const sent = (rows: readonly unknown[]) => bring('ndjson', ndjson(rows));
  const rows = [
    {
      type: 'region',
      id: 'GCC',
      name: 'Gulf Cooperation Council',
      members: ['SA', 'AE'].map((region) => ({ region })),
    },
    {
      type: 'region',
      id: 'BENELUX',
      name: 'Benelux',
      members: [{ region: 'BE' }, { region: 'FR-IDF', from: '2020-01-01' }],
    },
    { type: 'region', id: 'FR-IDF', name: 'Île-de-France' },
  ];
  const job = await sent(rows);
  t.match(job, { status: 'published' }, JSON.stringify(job));
  const { data, meta } = await get<One>('/v1/regions/BENELUX');
  t.match(data, {
    kind: 'group',
    members: [
      { region: 'BE', from: null },
      { region: 'FR-IDF', from: '2020-01-01' },
    ],
  });
  t.match((await get<One>('/v1/regions/FR-IDF')).data.groups, [{ region: 'BENELUX', from: '2020-01-01' }]);
  const unknown = await sent([{ type: 'region', id: 'NONE', name: 'None', members: [{ region: 'ZZ' }] }]);
  t.match(unknown, { status: 'refused', errors: [{ column: 'members.0.region', code: 'unknownId' }] });

  const back = await send('PUT', '/v1/regions/BENELUX?reason=same', data, { 'if-match': meta.revisionTag });
  t.match(back.json(), { data: { revision: 1 } }, 'as it was shown');
  const named = await send(
    'PUT',
    '/v1/regions/BENELUX?reason=name',
    { name: 'The Benelux' },
    { 'if-match': meta.revisionTag },
  );
  t.match(
    named.json(),
    { data: { revision: 2, name: 'The Benelux', members: data.members } },
    'members stay',
  );
  const wrong = { ...data, name: 'x', groups: [{ region: 'EU', from: null, to: null }] };
  const computed = await send('PUT', '/v1/regions/BENELUX?reason=x', wrong, { 'if-match': '"BENELUX-r2"' });
  t.match(computed.json(), { errors: [{ name: 'groups', code: 'computedDisagrees' }] });
  const used = await send('DELETE', '/v1/regions/FR-IDF?reason=x', undefined, { 'if-match': '"FR-IDF-r1"' });
  t.match(used.json(), { code: 'entryInUse', detail: /1 regions/ });
  const emptied = { name: 'The Benelux', members: [] };
  await send('PUT', '/v1/regions/BENELUX?reason=x', emptied, { 'if-match': '"BENELUX-r2"' });
  const gone = await send('DELETE', '/v1/regions/FR-IDF?reason=x', undefined, { 'if-match': '"FR-IDF-r1"' });
  t.equal(gone.statusCode, 200, gone.body);
});
