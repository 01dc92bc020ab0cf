import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { test } from 'tap';
import type { Store } from '../../../src/store/store.ts';
import { build } from '../../helpers/build.ts';
import { HAITONG, note } from '../../helpers/note.ts';

const PAGE = '/v1/forecasts?limit=5&sort=id';

/** How many answers are computed from a ledger: each reads one snapshot. */
function countReads(store: Store): () => number {
  let reads = 0;
  const { snapshot } = store;
  const counted: typeof snapshot = (...parameters) => {
    reads += 1;
    return snapshot(...parameters);
  };
  Object.assign(store, { snapshot: counted });
  return () => reads;
}

test('an answer is computed once, and again only after a write, which the next read sees', async (t) => {
  const { request, store } = await build(t);
  const reads = countReads(store);
  const first = await request(PAGE);
  const computed = reads();
  t.ok(computed > 0);
  for (const url of [PAGE, '/v1/forecasts?sort=id&limit=5']) {
    const again = await request(url);
    t.equal(again.body, first.body, url);
    t.equal(again.headers.etag, first.headers.etag, 'the order of parameters makes no difference');
    t.not(again.headers['x-request-id'], first.headers['x-request-id']);
    for (const name of ['content-type', 'link', 'content-security-policy', 'access-control-allow-origin'])
      t.equal(again.headers[name], first.headers[name], name);
  }
  t.equal(reads(), computed);
  for (let round = 1; round <= 5; round += 1) {
    await note({ store }, `round ${round}`);
    const one = await request(`/v1/forecasts/${HAITONG}`);
    t.equal(one.json<{ data: { notes: string } }>().data.notes, `round ${round}`);
    const list = await request(PAGE);
    t.not(list.headers.etag, first.headers.etag);
  }
});

test('If-None-Match: 304 without a body, kept or not, weak or among others', async (t) => {
  for (const CACHE_BYTES of ['67108864', '0']) {
    const { request, app, store } = await build(t, { CACHE_BYTES });
    const { headers } = await request(PAGE);
    const etag = String(headers.etag);
    t.match(etag, /^"[\w-]+"$/, 'strong');
    t.equal(headers['cache-control'], 'public, no-cache');
    t.equal(headers.vary, 'Accept, Accept-Encoding');
    for (const named of [etag, `W/${etag}`, `"x", ${etag}`, '*']) {
      const response = await app.inject({ url: PAGE, headers: { 'if-none-match': named } });
      t.equal(response.statusCode, 304, `${CACHE_BYTES} ${named}`);
      t.equal(response.body, '');
      t.equal(response.headers.etag, etag);
      t.equal(response.headers['content-length'], undefined);
      t.equal(response.headers['content-type'], undefined);
    }
    t.equal((await app.inject({ url: PAGE, headers: { 'if-none-match': '"x"' } })).statusCode, 200);
    await note({ store }, 'changed');
    t.equal((await app.inject({ url: PAGE, headers: { 'if-none-match': etag } })).statusCode, 200);
  }
});

test('each format and content coding is an answer of its own, with its own tag', async (t) => {
  const { app } = await build(t);
  const plain = await app.inject(PAGE);
  const tags = new Set([plain.headers.etag]);
  const decode = { br: brotliDecompressSync, gzip: gunzipSync } as const;
  for (const coding of ['br', 'gzip'] as const) {
    for (const round of ['computed', 'kept']) {
      const response = await app.inject({
        url: PAGE,
        headers: { 'accept-encoding': `${coding}, identity;q=0.1` },
      });
      t.equal(response.headers['content-encoding'], coding, round);
      t.equal(Number(response.headers['content-length']), response.rawPayload.length);
      t.equal(decode[coding](response.rawPayload).toString(), plain.body, `${coding} ${round}`);
      tags.add(response.headers.etag);
    }
  }
  const browser = await app.inject({ url: PAGE, headers: { 'accept-encoding': 'gzip, deflate, br, zstd' } });
  t.equal(browser.headers['content-encoding'], 'br');
  const csv = await app.inject({ url: PAGE, headers: { accept: 'text/csv' } });
  t.match(csv.headers['content-type'], 'text/csv');
  t.equal(tags.size, 3);
  const short = await app.inject({ url: '/v1/scopes?limit=1', headers: { 'accept-encoding': 'br' } });
  t.equal(short.headers['content-encoding'], undefined, 'not worth it');
});

test('HEAD has what GET has, but the body', async (t) => {
  const { app } = await build(t);
  for (const round of ['computed', 'kept']) {
    const head = await app.inject({ method: 'HEAD', url: PAGE });
    const get = await app.inject(PAGE);
    t.equal(head.body, '', round);
    for (const name of ['etag', 'content-type', 'content-length', 'cache-control', 'link'])
      t.equal(head.headers[name], get.headers[name], `${round} ${name}`);
  }
});

test('errors are not kept, and neither is what changes without a write', async (t) => {
  const { app } = await build(t);
  for (const url of [
    '/v1/forecasts?secotr=5g',
    '/v1/forecasts/nothing',
    '/health/ready',
    '/v1/rates?limit=1',
  ]) {
    const { headers } = await app.inject(url);
    t.equal(headers.etag, undefined, url);
  }
  t.equal((await app.inject('/v1/forecasts/nothing')).headers['cache-control'], 'no-store');
});

test('the same question from many at once is answered once', async (t) => {
  const { app, store } = await build(t);
  await app.inject('/v1/measures');
  const reads = countReads(store);
  await app.inject('/v1/sectors/new-infrastructure/breakdown?convertTo=USD');
  const once = reads();
  const many = await Promise.all(
    Array.from({ length: 20 }, () => app.inject('/v1/sectors/new-infrastructure/breakdown?convertTo=EUR')),
  );
  t.equal(new Set(many.map(({ body }) => body)).size, 1);
  t.ok(many.every(({ statusCode }) => statusCode === 200));
  t.equal(reads() - once, once);
  const refused = await Promise.all(
    Array.from({ length: 5 }, () => app.inject('/v1/forecasts/nothing?fields=id')),
  );
  t.ok(
    refused.every(({ statusCode }) => statusCode === 404),
    'and none waits for ever for a refusal',
  );
});

test('the budget holds: the answers that were not asked for longest go first', async (t) => {
  const { app, store } = await build(t, { CACHE_BYTES: '60000' });
  const ask = (limit: number) => app.inject(`/v1/forecasts?limit=${limit}&fields=id,evidence&sort=id`);
  await ask(1);
  const reads = countReads(store);
  await ask(1);
  t.equal(reads(), 0, 'kept');
  for (let limit = 2; limit <= 18; limit += 1) await ask(limit);
  const before = reads();
  await ask(1);
  t.ok(reads() > before, 'gone');
});

test('a tag names one state of the ledger, also where a write comes while an answer is computed', async (t) => {
  let meanwhile = async (): Promise<void> => undefined;
  const { app, store } = await build(
    t,
    {},
    {
      furtherRoutes: (routes, context) => {
        routes.get('/v1/versions', async (request) => {
          await meanwhile();
          return context.reading(request, async ({ read }) => ({ version: read.version }));
        });
      },
    },
  );
  const before = await app.inject('/v1/versions?round=1');
  const ask = () => app.inject('/v1/versions');
  meanwhile = () => note({ store }, 'meanwhile');
  const between = await ask();
  meanwhile = async () => undefined;
  const after = await ask();
  t.not(before.body, between.body, 'it shows what was written meanwhile');
  t.equal(after.body, between.body);
  t.not(before.headers.etag, between.headers.etag);
  t.equal(after.headers.etag, between.headers.etag, 'the tag is that of the state that was read');
});
