import { test } from 'tap';
import { build } from '../../helpers/build.ts';
import { committedDocument } from '../../helpers/contract.ts';
import { buildForWriting, forecastBody, trillions } from '../../helpers/ledger.ts';

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

test('rows of a settled past are the same bytes for ever, and say so', async (t) => {
  const { request, send, write, later, setClock } = await buildForWriting(t);
  await write('POST', '/v1/forecasts', forecastBody('revised'));
  later();
  const asOf = later();
  setClock('2026-06-01T01:00:00.000Z');
  const bodies = new Map<string, string>();
  const addresses = addressesAsOf(asOf).flatMap((url) => [`${url}&format=csv`, `${url}&format=ndjson`]);
  const constant: string[] = [];
  for (const url of addresses) {
    const { statusCode, headers, body } = await request(url);
    if (statusCode === 200) bodies.set(url, body);
    if (headers['cache-control'] === IMMUTABLE) constant.push(url);
  }
  t.ok(constant.length >= 16, `${constant.length} addresses`);
  // A search goes by the names of now.
  const search = await request(`/v1/forecasts.csv?q=yuan&knownAsOf=${asOf}`);
  t.strictSame([search.statusCode, search.headers['cache-control']], [200, 'public, no-cache']);
  t.strictSame(
    [...bodies.keys()].filter((url) => !constant.includes(url)),
    [...bodies.keys()].filter((url) => url.startsWith('/v1/rates')),
    'how fetching rates goes is told without a write',
  );

  await write('POST', '/v1/forecasts', forecastBody('added', trillions('7')));
  await write('PUT', '/v1/forecasts/revised?reason=more', forecastBody('revised', trillions('4')), {
    'if-match': '*',
  });
  for (const kind of ['forecasts', 'outcomes']) {
    const { data } = (await request(`/v1/${kind}?limit=5&fields=id`)).json<{ data: { id: string }[] }>();
    for (const { id } of data)
      await write('DELETE', `/v1/${kind}/${id}?reason=gone`, undefined, { 'if-match': '*' });
  }
  const added = await send('POST', '/v1/collections', { id: 'added', name: 'Added', description: 'later' });
  t.equal(added.statusCode, 201, added.body);
  for (const url of constant) t.equal((await request(url)).body, bodies.get(url), url);
});

test('what a later write may still change, and what names the version of now, is asked for again', async (t) => {
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
  t.equal(await cacheControl(`/v1/forecasts?limit=2&knownAsOf=${asOf}`), 'public, no-cache', 'JSON');
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
