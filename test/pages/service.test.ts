import { test } from 'tap';
import { build } from '../helpers/build.ts';

test('HEAD works wherever GET does, with the same headers and no body', async (t) => {
  const { app } = await build(t);
  for (const url of ['/', '/v1/forecasts', '/v1/sectors/5g', '/health/live', '/openapi.json']) {
    const [get, head] = [await app.inject({ url }), await app.inject({ url, method: 'HEAD' })];
    t.equal(head.statusCode, get.statusCode, url);
    t.equal(head.headers['content-type'], get.headers['content-type'], url);
    t.equal(head.headers['content-length'], get.headers['content-length'], url);
    t.equal(head.body, '', url);
  }
});

test('the root answers a browser with a page and curl with an index of links that work', async (t) => {
  const { app } = await build(t);
  const page = await app.inject({
    url: '/',
    headers: { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' },
  });
  t.match(page.headers['content-type'], /^text\/html/);
  t.match(page.body, /href="\/docs\/"/);
  const index = await app.inject({ url: '/', headers: { accept: '*/*' } });
  const { links } = index.json<{ links: Record<string, string> }>();
  for (const [name, link] of Object.entries(links)) {
    const answer = await app.inject({ url: new URL(link).pathname + new URL(link).search });
    t.equal(answer.statusCode, 200, name);
  }
  t.equal(index.headers.vary, 'Accept');
});

test('CORS lets any page read, and a preflight says so', async (t) => {
  const { app } = await build(t);
  const preflight = await app.inject({
    method: 'OPTIONS',
    url: '/v1/forecasts',
    headers: { origin: 'https://example.org', 'access-control-request-method': 'GET' },
  });
  t.equal(preflight.statusCode, 204);
  t.equal(preflight.headers['access-control-allow-origin'], '*');
  t.match(preflight.headers['access-control-allow-methods'], /GET/);
  const read = await app.inject({ url: '/v1/forecasts', headers: { origin: 'https://example.org' } });
  t.match(read.headers['access-control-expose-headers'], /Link/);
});

test('security headers stand on every answer', async (t) => {
  const { app } = await build(t);
  for (const url of ['/', '/v1/forecasts', '/nope', '/docs/']) {
    const { headers } = await app.inject({ url });
    t.ok(headers['content-security-policy'], url);
    t.equal(headers['x-content-type-options'], 'nosniff', url);
    t.notOk(headers['strict-transport-security'], url);
  }
  const secure = await build(t, { PUBLIC_URL: 'https://ledger.example.org' });
  t.ok((await secure.app.inject('/')).headers['strict-transport-security']);
});

test('a request id is taken over where it is harmless, else made', async (t) => {
  const { app } = await build(t);
  const given = await app.inject({ url: '/health/live', headers: { 'x-request-id': 'abc-1.2' } });
  t.equal(given.headers['x-request-id'], 'abc-1.2');
  const harmful = await app.inject({ url: '/health/live', headers: { 'x-request-id': 'a b"c' } });
  t.match(harmful.headers['x-request-id'], /^[0-9a-f-]{36}$/);
});

const nextUrl = async (
  app: Awaited<ReturnType<typeof build>>['app'],
  headers: Record<string, string>,
): Promise<string> =>
  (await app.inject({ url: '/v1/forecasts?limit=1', headers })).json<{ page: { nextUrl: string } }>().page
    .nextUrl;

test('links follow the request, the trusted proxy or the public URL', async (t) => {
  const plain = await build(t);
  t.match(
    await nextUrl(plain.app, { host: 'ledger.local:3000' }),
    /^http:\/\/ledger\.local:3000\/v1\/forecasts\?/,
  );
  t.match(await nextUrl(plain.app, { host: 'bad"host' }), /^\/v1\/forecasts\?/);
  const forwarded = {
    host: 'inner:3000',
    'x-forwarded-host': 'ledger.example.org',
    'x-forwarded-proto': 'https',
  };
  t.match(await nextUrl(plain.app, forwarded), /^http:\/\/inner:3000\//, 'an untrusted proxy does not count');
  const proxied = await build(t, { TRUST_PROXY: 'on' });
  t.match(await nextUrl(proxied.app, forwarded), /^https:\/\/ledger\.example\.org\/v1/);
  const near = await build(t, { TRUST_PROXY: '127.0.0.1,10.0.0.0/8' });
  t.match(await nextUrl(near.app, forwarded), /^https:\/\/ledger\.example\.org\/v1/);
  const published = await build(t, { PUBLIC_URL: 'https://example.org/ledger/' });
  t.match(await nextUrl(published.app, { host: 'x' }), /^https:\/\/example\.org\/ledger\/v1\/forecasts\?/);
});
