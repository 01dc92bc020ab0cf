import { createHash } from 'node:crypto';
import { test } from 'tap';
import { build } from '../../helpers/build.ts';
import { committedDocument } from '../../helpers/contract.ts';
import { buildForWriting, forecastBody, trillions } from '../../helpers/ledger.ts';

interface Answer {
  readonly data: Readonly<Record<string, unknown>>;
  readonly meta: { readonly datasetVersion: string };
}

const IMMUTABLE = 'public, max-age=31536000, immutable';

/** The address of every operation that takes `knownAsOf`, with what it needs beside. */
function addressesAsOf(time: string): readonly string[] {
  return Object.entries(committedDocument.paths).flatMap(([path, { get }]) => {
    const parameters = get?.parameters ?? [];
    if (!parameters.some(({ name }) => name === 'knownAsOf')) return [];
    const query = new URLSearchParams({ knownAsOf: time });
    let address = path;
    for (const { name, in: place, example = '', required } of parameters)
      if (place === 'path') address = address.replace(`{${name}}`, String(example));
      else if (place === 'query' && required === true) query.set(name, String(example));
    return [`${address}?${query}`];
  });
}

/** Questions that name entries, show their names or count them. */
const NAMED = [
  '/v1/forecasts?sector=新型基础设施&convertTo=USD&count=exact',
  '/v1/forecasts?sector=new-infrastructure&forecaster=Haitong+Securities&fields=id,names',
  '/v1/sectors/New+infrastructure/breakdown?convertTo=USD&rateBasis=latest',
  '/v1/comparisons?sector=5g',
  '/v1/facets?region=CN&forecaster=ccid',
  '/v1/sources/held',
  '/v1/forecasts/revised/evidence',
  '/v1/forecasts/haitong-2020-new-infrastructure-2020/citation?style=apa',
  '/v1/forecasters?hasForecasts=true&q=securities',
  '/v1/track-records?region=CN',
];

test('an answer of a settled past is the same bytes for ever, names, taxonomy and version too, and says so', async (t) => {
  const { request, get, send, write, later, setClock } = await buildForWriting(t);
  const held = { id: 'held', title: 'Held', publisher: 'Us', language: 'en', attribution: 'Us' };
  const text = `Investment ${String(forecastBody('revised').evidence.phrase)}.`;
  const documentSha256 = createHash('sha256').update(text).digest('hex');
  await write('POST', '/v1/sources', { ...held, documentSha256 });
  await write('POST', '/v1/forecasts', forecastBody('revised', { source: 'held' }));
  const version = (await get<Answer>('/v1/sectors/5g')).meta.datasetVersion;
  later();
  const asOf = later();
  setClock('2026-06-01T01:00:00.000Z');
  const answers = new Map<string, { readonly body: string; readonly etag: unknown }>();
  const named = NAMED.map((url) => `${encodeURI(url)}${url.includes('?') ? '&' : '?'}knownAsOf=${asOf}`);
  const addresses = [...addressesAsOf(asOf), ...named].flatMap((url) =>
    ['json', 'csv', 'ndjson'].map((format) => `${url}&format=${format}`),
  );
  const constant: string[] = [];
  for (const url of [...addresses, ...named]) {
    const { statusCode, headers, body } = await request(url);
    if (statusCode !== 200) continue;
    answers.set(url, { body, etag: headers.etag });
    if (headers['cache-control'] === IMMUTABLE) constant.push(url);
    if (headers['content-type']?.startsWith('application/json'))
      t.equal(JSON.parse(body).meta?.datasetVersion ?? version, version, url);
  }
  t.ok(constant.length >= 60, `${constant.length} addresses`);
  for (const url of named) t.equal(constant.includes(url), !url.includes('q='), url);
  // A search goes by the names of now.
  const search = await request(`/v1/forecasts.csv?q=yuan&knownAsOf=${asOf}`);
  t.strictSame([search.statusCode, search.headers['cache-control']], [200, 'public, no-cache']);
  t.strictSame(
    [...answers.keys()].filter((url) => !constant.includes(url)),
    [...answers.keys()].filter((url) => /^\/v1\/rates|[?&]q=/.test(url)),
    'how fetching rates goes is told without a write',
  );

  await write('POST', '/v1/forecasts', forecastBody('added', trillions('7')));
  await write(
    'PUT',
    '/v1/forecasts/revised?reason=more',
    forecastBody('revised', { ...trillions('4'), source: 'held' }),
    { 'if-match': '*' },
  );
  for (const kind of ['forecasts', 'outcomes']) {
    const { data } = (await request(`/v1/${kind}?limit=5&fields=id`)).json<{ data: { id: string }[] }>();
    for (const { id } of data)
      await write('DELETE', `/v1/${kind}/${id}?reason=gone`, undefined, { 'if-match': '*' });
  }
  const added = await send('POST', '/v1/collections', { id: 'added', name: 'Added', description: 'later' });
  t.equal(added.statusCode, 201, added.body);
  for (const [path, change] of [
    ['forecasters/haitong-securities', { name: 'Guotai Haitong', originalName: null, kind: 'bank' }],
    ['sectors/new-infrastructure', { name: 'Quuxstructure', nameChinese: null }],
    ['sectors/5g', { parent: null, name: 'New infrastructure' }],
    ['measures/directInvestment', { name: 'Direct spending' }],
    ['sources/china-banking-news-2020-05-25', { title: 'Another title' }],
    ['regions/CN', { name: 'Mainland China' }],
    ['sources/held', { text }],
  ] as const) {
    const { data } = await get<Answer>(`/v1/${path}`);
    const corrected = { ...data, ...change };
    await write('PUT', `/v1/${path}?reason=renamed`, corrected, { 'if-match': '*' });
  }
  await write('POST', '/v1/forecasters', {
    id: 'new-house',
    name: 'Haitong Securities',
    kind: 'bank',
    country: 'CN',
  });
  t.not((await get<Answer>('/v1/sectors/5g')).meta.datasetVersion, version);
  for (const url of [...constant, ...named]) {
    const { body, headers } = await request(url);
    t.equal(body, answers.get(url)?.body, url);
    if (constant.includes(url)) t.equal(headers.etag, answers.get(url)?.etag, `tag of ${url}`);
  }
});

test('what a later write may still change is asked for again', async (t) => {
  const { request, later, setClock } = await buildForWriting(t);
  const asOf = later();
  const cacheControl = async (url: string): Promise<unknown> => (await request(url)).headers['cache-control'];
  t.equal(
    await cacheControl(`/v1/forecasts.csv?knownAsOf=${asOf}`),
    'public, no-cache',
    'within the clock tolerance',
  );
  setClock('2026-06-01T01:00:00.000Z');
  // What is known to be settled is asked anew where a later moment is asked for.
  await request('/v1/forecasts?limit=1&knownAsOf=2026-06-01T00:59:00.000Z');
  t.equal(await cacheControl(`/v1/forecasts.csv?limit=2&knownAsOf=${asOf}`), IMMUTABLE);
  t.equal(await cacheControl(`/v1/forecasts?limit=2&knownAsOf=${asOf}`), IMMUTABLE, 'JSON');
  t.equal(await cacheControl('/v1/forecasts.csv?limit=2'), 'public, no-cache', 'the present');
});

test('today means now, and a plus that became a space is named', async (t) => {
  const { get, request } = await build(t);
  const today = new Date().toISOString().slice(0, 10);
  const path = '/v1/forecasts?limit=3';
  const { data } = await get<{ data: readonly unknown[] }>(path);
  const known = await get<{ data: readonly unknown[] }>(`${path}&knownAsOf=${today}&publishedAsOf=${today}`);
  t.strictSame(known.data, data);
  const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
  t.equal((await request(`${path}&knownAsOf=${tomorrow}`)).statusCode, 400);
  const spaced = await request(`${path}&knownAsOf=2026-01-01T08:00:00+08:00`);
  t.equal(spaced.statusCode, 400);
  t.match(spaced.json(), { detail: /became a space; 2026-01-01T08:00:00%2B08:00/ });
});
