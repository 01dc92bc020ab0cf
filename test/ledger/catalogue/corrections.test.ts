import { test } from 'tap';
import type { Revision } from '../../../src/ledger/revision-lists.ts';
import { forecastRow, importer, ndjson } from '../../helpers/imports.ts';
import { buildForWriting, forecastBody, trillions } from '../../helpers/ledger.ts';

interface Answer {
  readonly data: Readonly<Record<string, unknown>>;
  readonly meta: { readonly datasetVersion: string; readonly revisionTag: string };
}
interface Revisions {
  readonly data: readonly Revision[];
}

const UNDATED = {
  id: 'undated',
  title: 'A brochure',
  publisher: 'Example Ministry',
  language: 'en',
  attribution: 'Example Ministry',
};
const CONVERTED = '/v1/forecasts?source=undated&convertTo=USD';

test('a date found later makes the forecasts of a document convertible under their ids, and not before', async (t) => {
  const { write, send, get, later, request } = await buildForWriting(t);
  await write('POST', '/v1/sources', UNDATED);
  await write('POST', '/v1/forecasts', forecastBody('ours', { source: 'undated' }));
  const before = await get<{ data: readonly unknown[] }>(CONVERTED);
  t.match(before.data, [{ publishedOn: null, notConverted: { code: 'publicationDateUnknown' } }]);
  const then = later();

  const { data, meta } = await get<Answer>('/v1/sources/undated');
  t.equal(meta.revisionTag, '"undated-r1"');
  const url = '/v1/sources/undated?reason=The+date+stands+in+the+imprint';
  const dated = { ...data, publishedOn: '2020-05-25' };
  t.equal((await send('PUT', url, dated)).statusCode, 428);
  t.equal((await send('PUT', url, dated, { 'if-match': '"undated-r2"' })).statusCode, 412);
  const corrected = await send('PUT', url, dated, { 'if-match': meta.revisionTag });
  t.match(corrected.json(), {
    data: { publishedOn: '2020-05-25', revision: 2 },
    meta: { revisionTag: '"undated-r2"' },
  });
  const again = await send('PUT', url, { ...dated, revision: 2 }, { 'if-match': '"undated-r2"' });
  t.match(again.json(), { data: { revision: 2 }, meta: corrected.json<Answer>().meta }, 'nothing new');

  const after = await get<{ data: readonly unknown[] }>(CONVERTED);
  t.match(after.data, [{ publishedOn: '2020-05-25', revision: 2, converted: { currency: 'USD' } }]);
  const asOf = await get<{ data: unknown }>(`${CONVERTED}&knownAsOf=${then}`);
  t.strictSame(asOf.data, before.data, 'what was known then is what was answered then');
  const history = await get<Revisions>('/v1/sources/undated/revisions');
  t.match(history.data, [
    { revision: 1, reason: 'added', changes: [] },
    {
      revision: 2,
      reason: 'The date stands in the imprint',
      changes: [{ field: 'publishedOn', from: null, to: '2020-05-25' }],
    },
  ]);
  t.match((await get<Revisions>('/v1/forecasts/ours/revisions')).data[1], {
    reason: 'The date stands in the imprint',
    changes: [{ field: 'publishedOn' }],
  });
  t.equal((await get<Revisions>(`/v1/sources/undated/revisions?knownAsOf=${then}`)).data.length, 1);
  t.equal((await request('/v1/sources/undatet/revisions')).statusCode, 404);
  t.match((await get<Answer>(`/v1/sources/undated?knownAsOf=${then}`)).data, {
    publishedOn: null,
    revision: 1,
  });
});

test('names and taxonomy are corrected, found by the new name, and shown of then as they were', async (t) => {
  const { write, get, later, request } = await buildForWriting(t);
  const names = '/v1/forecasts/haitong-2020-new-infrastructure-2020?fields=names';
  const urls = [
    names,
    '/v1/sectors/tree',
    '/v1/facets?collection=seed-documents',
    '/v1/sectors/new-infrastructure/breakdown?forecaster=ccid',
    '/v1/comparisons?sector=new-infrastructure&measure=directInvestment&region=CN&periodFrom=2020-01-01&periodTo=2020-12-31',
    '/v1/forecasts/haitong-2020-new-infrastructure-2020/citation?style=ris',
    '/v1/sectors?roots=true',
    '/v1/forecasters?kind=securitiesFirm&sort=name',
    '/v1/forecasts?forecasterKind=securitiesFirm&fields=id&limit=500&count=exact',
    '/v1/sectors?q=new+infra',
    '/v1/sources?q=report&count=exact',
    '/v1/regions?q=chi',
  ];
  const then = later();
  const dated = (url: string) => `${url}${url.includes('?') ? '&' : '?'}knownAsOf=${then}`;
  const bodyOf = async (url: string): Promise<string> =>
    (await request(dated(url))).body.replaceAll(/"datasetVersion":"[^"]*"/g, '');
  const before = await Promise.all(urls.map(bodyOf));
  for (const [path, change] of [
    ['forecasters/haitong-securities', { name: 'Guotai Haitong', kind: 'bank' }],
    ['sectors/new-infrastructure', { name: 'Quuxstructure', aliases: ['Quux'] }],
    ['sectors/5g', { parent: null }],
    ['sources/china-banking-news-2020-05-25', { title: 'Another title, of a report' }],
    ['measures/directInvestment', { name: 'Direct spending' }],
    ['regions/CN', { name: 'Mainland China' }],
    ['scopes/national', { definition: 'Everybody.' }],
    ['collections/seed-documents', { name: 'The first documents' }],
  ] as const) {
    const { data, meta } = await get<Answer>(`/v1/${path}`);
    const corrected = { ...data, ...change };
    await write('PUT', `/v1/${path}?reason=renamed`, corrected, { 'if-match': meta.revisionTag });
  }
  t.match((await get<{ data: { names: unknown } }>(names)).data.names, {
    forecaster: 'Guotai Haitong',
    sector: 'Quuxstructure',
    source: 'Another title',
    measure: 'Direct spending',
    region: 'Mainland China',
  });
  for (const [place, url] of urls.entries()) {
    t.equal(await bodyOf(url), before[place], url);
    t.not((await request(url)).body, before[place]);
  }
  const found = await get<{ data: readonly unknown[] }>('/v1/forecasts?q=quuxstructure');
  t.ok(found.data.length > 0, 'the search finds the new name');
  t.equal(
    (await get<{ data: readonly unknown[] }>('/v1/forecasts?q=Another+title&sector=quux')).data.length > 0,
    true,
  );
});

test('a correction that cannot be is refused with its fields', async (t) => {
  const { get, send, write } = await buildForWriting(t);
  const sector = (await get<Answer>('/v1/sectors/new-infrastructure')).data;
  const put = (path: string, body: object) =>
    send('PUT', `/v1/${path}?reason=x`, body, { 'if-match': '*' }).then((answer) => answer.json());
  t.match(await put('sectors/new-infrastructure', { ...sector, parent: '5g' }), {
    code: 'invalidRecord',
    errors: [{ name: 'parent', code: 'circularTaxonomy' }],
  });
  t.match(await put('sectors/new-infrastructure', { ...sector, id: '5g', children: [], parent: '6g' }), {
    errors: [
      { name: 'id', code: 'idDisagrees' },
      { name: 'children', code: 'computedDisagrees' },
      { name: 'parent', code: 'unknownId' },
    ],
  });
  const source = (await get<Answer>('/v1/sources/daily-gulf-news-2023-07-26-cloud')).data;
  t.match(await put('sources/daily-gulf-news-2023-07-26-cloud', { ...source, publishedOn: '2021-05-25' }), {
    errors: [{ name: 'publishedOn', code: 'inconsistentPeriod' }],
  });
  await write('POST', '/v1/sources', { ...UNDATED, text: 'Ten yuan.' });
  t.match(await put('sources/undated', { ...UNDATED, text: 'Eleven yuan.' }), {
    errors: [{ name: 'text', code: 'fingerprintDisagrees' }],
  });
  t.equal((await send('PUT', '/v1/currencies/CNY?reason=x', {}, { 'if-match': '*' })).statusCode, 405);
});

test('an import corrects an entry where its row names the revision that it was taken from', async (t) => {
  const app = await buildForWriting(t);
  const { bring } = await importer(app);
  const { data } = await app.get<Answer>('/v1/sources/china-banking-news-2020-05-25');
  const row = { type: 'source', ...data, publishedOn: '2020-05-26' };
  const { revision, ...unnumbered } = row as typeof row & { revision: number };
  t.match(await bring('ndjson', ndjson([unnumbered])), {
    status: 'refused',
    errors: [{ column: 'publishedOn', code: 'existsDifferently' }],
  });
  t.match(await bring('ndjson', ndjson([{ ...row, revision: 7 }])), {
    status: 'refused',
    errors: [{ column: 'revision', code: 'revisionDoesNotCount' }],
  });
  t.equal(revision, 1);
  t.match(await bring('ndjson', ndjson([row]), '?reason=Read+again'), {
    status: 'published',
    result: { catalogueRevised: 1, catalogueAdded: 0, catalogueUnchanged: 0 },
  });
  t.match(await bring('ndjson', ndjson([row])), {
    status: 'published',
    result: { catalogueRevised: 0, catalogueUnchanged: 1 },
  });
  t.match((await app.get<Revisions>(`/v1/sources/${data.id}/revisions`)).data[1], { reason: 'Read again' });
  t.match((await app.get<Answer>('/v1/forecasts/haitong-2020-new-infrastructure-2020')).data, {
    publishedOn: '2020-05-26',
    revision: 2,
  });
  const circle = ['5g', 'new-infrastructure'].map((id) => ({
    type: 'sector',
    id,
    name: id,
    revision: 1,
    parent: id === '5g' ? 'new-infrastructure' : '5g',
  }));
  t.match(await bring('ndjson', ndjson(circle)), {
    status: 'refused',
    errors: [
      { row: 1, column: 'parent', code: 'circularTaxonomy' },
      { row: 2, column: 'parent', code: 'circularTaxonomy' },
    ],
  });
});

test('an entry is deleted where nothing refers to it, with a tombstone; its id is not given again', async (t) => {
  const { write, send, get, later, request, store } = await buildForWriting(t);
  await write('POST', '/v1/sources', UNDATED);
  await write('POST', '/v1/forecasts', forecastBody('ours', { source: 'undated' }));
  const url = '/v1/sources/undated?reason=A+duplicate';
  const any = { 'if-match': '*' };
  const used = await send('DELETE', url, undefined, any);
  t.equal(used.statusCode, 409);
  t.match(used.json(), { code: 'entryInUse', detail: /1 forecasts \(.*\/v1\/forecasts\?source=undated\)/ });
  for (const [path, list] of [
    ['sectors/new-infrastructure', /1\d sectors \(.*\/v1\/sectors\/new-infrastructure\)/],
    ['forecasters/ndrc', /sectors/],
    ['regions/CN', /forecasters\?country=CN/],
    ['measures/directInvestment', /forecasts\?measure=directInvestment/],
  ] as const)
    t.match((await send('DELETE', `/v1/${path}?reason=x`, undefined, any)).json(), { detail: list });

  await write('DELETE', '/v1/forecasts/ours?reason=x', undefined, any);
  const then = later();
  t.equal((await send('DELETE', url)).statusCode, 428);
  const deleted = await send('DELETE', url, undefined, { 'if-match': '"undated-r1"' });
  t.match(deleted.json(), { data: { id: 'undated', revision: 2, deleted: true, reason: 'A duplicate' } });
  t.match((await request('/v1/sources/undated')).json(), { status: 410, code: 'recordDeleted' });
  t.match((await send('PUT', url, UNDATED, any)).json(), { status: 410 });
  t.match((await get<Answer>(`/v1/sources/undated?knownAsOf=${then}`)).data, { id: 'undated', revision: 1 });
  t.match((await get<Revisions>('/v1/sources/undated/revisions')).data, [
    { deleted: false },
    { deleted: true },
  ]);
  const { data } = await get<{ data: readonly unknown[] }>('/v1/sources?q=brochure');
  t.strictSame(data, []);
  t.equal((await request('/v1/forecasts?source=undated')).statusCode, 400);
  t.equal((await request(`/v1/forecasts?source=undated&knownAsOf=${then}`)).statusCode, 200);
  t.match((await send('POST', '/v1/sources', UNDATED)).json(), { status: 409, code: 'idTaken' });
  t.match((await send('POST', '/v1/forecasts', forecastBody('other', { source: 'undated' }))).json(), {
    errors: [{ name: 'source', code: 'unknownId' }],
  });
  const { bring } = await importer({ request, store });
  t.match(await bring('ndjson', ndjson([{ type: 'source', ...UNDATED }])), {
    errors: [{ column: 'id', code: 'entryDeleted' }],
  });
});

test('the changes feed gives corrections of the catalogue where they are asked for', async (t) => {
  const { write, get } = await buildForWriting(t);
  interface Changes {
    readonly data: readonly { readonly kind: string; readonly id: string; readonly position: number }[];
    readonly meta: { readonly next: number; readonly count?: number };
  }
  const { meta } = await get<Changes>('/v1/changes?limit=1000');
  await write('POST', '/v1/sources', UNDATED);
  await write('POST', '/v1/forecasts', forecastBody('ours', { source: 'undated' }));
  await write(
    'PUT',
    '/v1/sources/undated?reason=Dated',
    { ...UNDATED, publishedOn: '2020-05-25' },
    { 'if-match': '*' },
  );
  const since = `/v1/changes?since=${meta.next}`;
  const records = await get<Changes>(since);
  t.match(records.data, [
    { kind: 'forecast', id: 'ours', revision: 1 },
    { kind: 'forecast', id: 'ours', revision: 2, reason: 'Dated' },
  ]);
  const both = await get<Changes>(`${since}&kind=source,forecast&count=exact&limit=3`);
  t.match(both.data, [
    { kind: 'source', id: 'undated', revision: 1, path: '/v1/sources/undated', collection: null },
    { kind: 'forecast', id: 'ours', revision: 1 },
    { kind: 'source', id: 'undated', revision: 2 },
  ]);
  t.equal(both.meta.count, 4);
  t.match((await get<Changes>(`/v1/changes?since=${both.meta.next}&kind=source,forecast`)).data, [
    { revision: 2 },
  ]);
  t.strictSame((await get<Changes>(`${since}&kind=source&collection=seed-documents`)).data, []);
});

test('rows of the catalogue need no more than POST does, and what a wrong one causes stands under it', async (t) => {
  const app = await buildForWriting(t);
  const { bring } = await importer(app);
  const sector = { type: 'sector', id: 'own-sector', name: 'Own' };
  const region = { type: 'region', id: 'XX', alpha3: 'XXX', name: 'Nowhere' };
  const rows = [region, sector, { type: 'source', ...UNDATED }, forecastRow('one', 1, { source: 'undated' })];
  t.match(await bring('ndjson', ndjson(rows)), {
    status: 'published',
    result: { catalogueAdded: 3, added: 1 },
  });
  t.match((await app.get<Answer>('/v1/sectors/own-sector')).data, { nameChinese: null, parent: null });

  const wrong = { type: 'source', ...UNDATED, id: 'wrong', language: 7 };
  const dependent = ['two', 'three', 'four'].map((id, at) => forecastRow(id, at + 2, { source: 'wrong' }));
  const job = await bring(
    'ndjson',
    ndjson([wrong, ...dependent, forecastRow('five', 5, { sector: 'nowhere' })]),
  );
  t.match(job, {
    status: 'refused',
    errorCount: 2,
    progress: { rowsInvalid: 5 },
    errors: [
      { row: 1, column: 'language', consequences: 3 },
      { row: 5, column: 'sector', code: 'unknownId' },
    ],
  });
  t.equal(job.errors.length, 2);
  const skipped = await bring(
    'ndjson',
    ndjson([wrong, ...dependent, forecastRow('six', 6)]),
    '?onError=skip',
  );
  t.match(skipped, { status: 'published', errorCount: 1, result: { added: 1 } }, 'none of them is written');
});

test('a sector stands under several parents: in filters, facets, breakdowns, imports, exports, revisions, and of then', async (t) => {
  const app = await buildForWriting(t);
  const { get, send, write, later } = app;
  const ids = async (url: string) =>
    (await get<{ data: readonly { id: string }[] }>(`${url}&fields=id&limit=1000`)).data.map(({ id }) => id);
  const own = await ids('/v1/forecasts?sector=uhv');
  for (const parent of ['power-grid', 'new-infrastructure']) {
    const below = await ids(`/v1/forecasts?sector=${parent}`);
    t.ok(own.length > 0 && own.every((id) => below.includes(id)), `the seeded one stands under ${parent}`);
  }
  t.match((await get<Answer>('/v1/sectors/uhv')).data, {
    parent: 'new-infrastructure',
    otherParents: ['power-grid'],
    ancestors: ['new-infrastructure'],
  });
  t.ok(((await get<Answer>('/v1/sectors/power-grid')).data.children as string[]).includes('uhv'));
  const gridCount = async (more = '') => {
    const { data } = await get<{
      data: { sector: { buckets: readonly { value: string; count: number }[] } };
    }>(`/v1/facets?${more}`);
    return data.sector.buckets.find(({ value }) => value === 'power-grid')?.count;
  };
  t.equal(await gridCount(), (await ids('/v1/forecasts?sector=power-grid')).length);

  const { data: uhv } = await get<Answer>('/v1/sectors/uhv');
  const put = (id: string, body: object) =>
    send('PUT', `/v1/sectors/${id}?reason=Read+again`, body, { 'if-match': '*' });
  const { data: grid } = await get<Answer>('/v1/sectors/power-grid');
  t.match((await put('power-grid', { ...grid, parent: '5g', otherParents: ['uhv'] })).json(), {
    errors: [{ name: 'otherParents', code: 'circularTaxonomy' }],
  });
  t.match((await put('power-grid', { ...grid, otherParents: ['railway'] })).json(), {
    errors: [{ name: 'otherParents', code: 'invalidValue' }],
  });
  t.match((await put('uhv', { ...uhv, otherParents: ['uhv'], overlapsWith: ['power-gird'] })).json(), {
    errors: [
      { name: 'otherParents.0', code: 'circularTaxonomy' },
      { name: 'overlapsWith.0', code: 'unknownId', suggestion: 'power-grid' },
    ],
  });
  const then = later();
  const before = await ids(`/v1/forecasts?sector=power-grid&knownAsOf=${then}`);
  const counted = await gridCount(`knownAsOf=${then}`);
  t.equal((await put('uhv', { ...uhv, otherParents: [], overlapsWith: ['5g'] })).statusCode, 200);
  t.match((await get<Revisions>('/v1/sectors/uhv/revisions')).data.at(-1), {
    changes: [
      { field: 'otherParents', from: ['power-grid'], to: [] },
      { field: 'overlapsWith', from: [], to: ['5g'] },
    ],
  });
  t.notOk((await ids('/v1/forecasts?sector=power-grid')).some((id) => own.includes(id)));
  t.strictSame(await ids(`/v1/forecasts?sector=power-grid&knownAsOf=${then}`), before);
  t.equal(await gridCount(`knownAsOf=${then}`), counted);
  t.match((await send('DELETE', '/v1/sectors/5g?reason=x', undefined, { 'if-match': '*' })).json(), {
    detail: /sectors/,
  });

  for (const [sector, figure] of [
    ['new-infrastructure', '9'],
    ['uhv', '2'],
    ['5g', '3'],
  ] as const)
    await write(
      'POST',
      '/v1/forecasts',
      forecastBody(`of-${sector}`, { ...trillions(figure), sector, collection: 'examples' }),
    );
  const url = '/v1/sectors/new-infrastructure/breakdown?collection=examples';
  t.match((await get<{ data: readonly object[] }>(url)).data, [
    { warnings: [{ code: 'overlappingParts', sectors: ['5g', 'uhv'] }] },
  ]);

  const { bring } = await importer(app);
  const rows = [
    { type: 'sector', id: 'one', name: 'One', parent: 'railway', otherParents: ['two'] },
    { type: 'sector', id: 'two', name: 'Two', overlapsWith: ['one', 'nowhere'] },
  ];
  t.match(await bring('ndjson', ndjson(rows)), {
    status: 'refused',
    errors: [{ row: 2, column: 'overlapsWith.1', code: 'unknownId', value: 'nowhere' }],
  });
  const sound = [rows[0], { ...rows[1], overlapsWith: ['5g'] }];
  t.match(await bring('ndjson', ndjson(sound)), { status: 'published', result: { catalogueAdded: 2 } });
  const circle = { ...rows[1], parent: 'one', revision: 1, overlapsWith: ['5g'] };
  t.match(await bring('ndjson', ndjson([circle])), {
    errors: [{ column: 'parent', code: 'circularTaxonomy' }],
  });
});

test('a search of a past moment goes by the names of that moment, for ever', async (t) => {
  const { write, send, get, later } = await buildForWriting(t);
  await write('POST', '/v1/sources', UNDATED);
  for (const [id, name] of [
    ['mc', 'Tidal turbines'],
    ['we', 'Wave energy'],
  ] as const) {
    await write('POST', '/v1/forecasters', { id, name, kind: 'company' });
    await write('POST', '/v1/forecasts', forecastBody(`of-${id}`, { forecaster: id, source: 'undated' }));
  }
  const then = later();
  interface Found {
    readonly data: readonly { readonly id: string; readonly highlights: readonly object[] }[];
    readonly meta: { readonly count: number };
  }
  const found = async (q: string, more = '') => {
    const asked = `q=${encodeURIComponent(q)}&source=undated${more}`;
    const { data, meta } = await get<Found>(`/v1/forecasts?${asked}&count=exact`);
    t.equal(meta.count, data.length, asked);
    const { data: facets } = await get<{ data: { forecaster: { buckets: { count: number }[] } } }>(
      `/v1/facets?${asked}`,
    );
    const counted = facets.forecaster.buckets.reduce((sum, bucket) => sum + bucket.count, 0);
    t.equal(counted, data.length, `facets ${asked}`);
    return data;
  };
  const ofThen = `&knownAsOf=${then}`;
  const questions = ['tidal', 'turb', 'wave energy', 'tidal trillion', 'marine', 'brochure', '潮流能'];
  const before = [];
  for (const q of questions) before.push(await found(q, ofThen));
  t.strictSame(
    before.map(({ length }) => length),
    [1, 1, 1, 1, 0, 2, 0],
  );

  const { data: forecaster } = await get<Answer>('/v1/forecasters/mc');
  const renamed = { ...forecaster, name: 'Marine current power', originalName: '潮流能' };
  const put = await send('PUT', '/v1/forecasters/mc?reason=Renamed', renamed, { 'if-match': '*' });
  t.equal(put.statusCode, 200, put.body);
  const now = [];
  for (const q of questions) now.push((await found(q)).length);
  t.strictSame(now, [0, 0, 1, 0, 1, 2, 1], 'of now they go by the names of now');
  for (const [at, q] of questions.entries()) t.strictSame(await found(q, ofThen), before[at], q);
});
