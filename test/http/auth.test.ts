import type { FastifyInstance, InjectOptions } from 'fastify';
import { test } from 'tap';
import { z } from 'zod';
import { clientOf } from '../../src/http/address-limit.ts';
import type { Scope } from '../../src/http/auth.ts';
import { authorOf, requireKey, SCOPES } from '../../src/http/auth.ts';
import type { ProblemDocument } from '../../src/http/message/problem.ts';
import { operation } from '../../src/http/openapi/openapi.ts';
import type { RouteContext } from '../../src/ledger/context.ts';
import { findKey, revokeKey } from '../../src/ledger/keys/keys.ts';
import { build } from '../helpers/build.ts';
import { makeKey } from '../helpers/keys.ts';

/** `POST /v1/test/{scope}` for each scope: says who asks. */
function registerScopedRoutes(app: FastifyInstance, context: RouteContext): void {
  for (const scope of SCOPES) {
    app.post(
      `/v1/test/${scope}`,
      {
        schema: operation({
          operationId: `test${scope}`,
          tag: 'Operation',
          summary: scope,
          body: z.strictObject({}),
          response: z.object({ name: z.string() }),
          responseDescription: scope,
          key: scope,
        }),
        onRequest: requireKey(context, scope),
      },
      async (request) => authorOf(request),
    );
  }
}

const post = (
  scope: Scope,
  headers: Record<string, string> = {},
  more: InjectOptions = {},
): InjectOptions => ({
  method: 'POST',
  url: `/v1/test/${scope}`,
  payload: {},
  headers,
  ...more,
});
const bearer = (text: string) => ({ authorization: `Bearer ${text}` });

test('a key opens what its scope includes', async (t) => {
  const { request, store } = await build(t, {}, { furtherRoutes: registerScopedRoutes });
  for (const [held, scope] of SCOPES.entries()) {
    const { headers, id } = await makeKey({ store }, scope);
    for (const [needed, route] of SCOPES.entries()) {
      const response = await request(post(route, headers));
      t.equal(response.statusCode, held >= needed ? 200 : 403, `${scope} for ${route}`);
      if (held >= needed) {
        t.strictSame(response.json(), { keyId: id, name: `${scope} key`, scope, collection: null });
        continue;
      }
      const problem = response.json<ProblemDocument>();
      t.equal(problem.code, 'keyScopeTooNarrow');
      t.match(problem.detail, `"${scope} key" has the scope ${scope}; this needs ${route}`);
      t.equal(
        response.headers['www-authenticate'],
        `Bearer realm="Forecast Ledger", error="insufficient_scope", scope="${route}"`,
      );
    }
  }
});

test('without a key, or with a wrong one, nothing is read and nothing done', async (t) => {
  let clock = new Date('2026-03-01T12:00:00.000Z');
  const { request, store } = await build(t, {}, { furtherRoutes: registerScopedRoutes, now: () => clock });
  const malformedBody = { payload: '{', headers: { 'content-type': 'application/json' } };
  const missing = await request({ ...post('write'), ...malformedBody });
  t.equal(missing.statusCode, 401, 'before the body is looked at');
  t.equal(missing.json<ProblemDocument>().code, 'keyRequired');
  t.equal(missing.headers['www-authenticate'], 'Bearer realm="Forecast Ledger", scope="write"');
  t.equal(missing.headers.ratelimit, undefined, 'no key is no wrong key');

  const key = await makeKey({ store }, 'write');
  const ending = await makeKey({ store }, 'write', { name: 'ending', expiresAt: '2026-03-01T12:00:01.000Z' });
  const revoked = await makeKey({ store }, 'write', { name: 'revoked' });
  await store.write((transaction) => revokeKey(transaction, 'revoked', new Date()));
  t.equal((await request(post('write', ending.headers))).statusCode, 200);
  clock = new Date('2026-03-01T12:00:01.000Z');

  const otherSecret = `${key.text.slice(0, 16)}${'0'.repeat(64)}`;
  const otherId = `fl_${'0'.repeat(12)}${key.text.slice(15)}`;
  const cases: readonly (readonly [authorization: string, detail: RegExp])[] = [
    [`Bearer ${otherSecret}`, /^There is no such key\.$/],
    [`Bearer ${otherId}`, /^There is no such key\.$/],
    ['Bearer nonsense', /not one of this service/],
    ['Bearer', /must be "Bearer", a space, and the key/],
    [key.text, /must be "Bearer"/],
    [`Basic ${Buffer.from(`x:${key.text}`).toString('base64')}`, /must be "Bearer"/],
    [`Bearer ${ending.text}`, /expired at 2026-03-01T12:00:01\.000Z/],
    [`Bearer ${revoked.text}`, /was revoked at/],
  ];
  for (const [index, [authorization, detail]] of cases.entries()) {
    // An address of its own for each: the limit is another test's matter.
    const remoteAddress = `192.0.2.${index + 1}`;
    for (const sent of [
      { ...post('write', { authorization }), remoteAddress },
      { url: '/v1/forecasts', headers: { authorization }, remoteAddress },
    ]) {
      const response = await request(sent);
      t.equal(response.statusCode, 401, `${sent.url} ${authorization.slice(0, 20)}`);
      const problem = response.json<ProblemDocument>();
      t.equal(problem.code, 'keyInvalid');
      t.match(problem.detail, detail);
      t.equal(response.headers['www-authenticate'], 'Bearer realm="Forecast Ledger", error="invalid_token"');
      t.notMatch(response.body, key.text.slice(16), 'no secret is repeated');
    }
  }
  t.equal((await request(post('write', { authorization: `bearer  ${key.text}` }))).statusCode, 200);
});

test('wrong keys are limited by address; a right one is always taken', async (t) => {
  const { request, store } = await build(t, {}, { furtherRoutes: registerScopedRoutes });
  const { headers, text } = await makeKey({ store });
  const wrong = bearer(`${text.slice(0, -1)}${text.endsWith('0') ? '1' : '0'}`);
  for (let left = 9; left >= 0; left -= 1) {
    const response = await request(post('write', wrong));
    t.equal(response.statusCode, 401);
    t.equal(response.headers['ratelimit-policy'], '"failed-keys";q=10;w=60');
    t.match(response.headers.ratelimit, new RegExp(`^"failed-keys";r=${left};t=\\d+$`));
  }
  for (const sent of [post('write', wrong), { url: '/v1/forecasts', headers: wrong }]) {
    const response = await request(sent);
    t.equal(response.statusCode, 429);
    t.equal(response.json<ProblemDocument>().code, 'tooManyFailedKeys');
    t.match(response.headers.ratelimit, /^"failed-keys";r=0;t=\d+$/);
    const seconds = Number(response.headers['retry-after']);
    t.ok(seconds > 0 && seconds <= 60, String(seconds));
    t.equal(response.headers['access-control-allow-origin'], '*');
  }
  t.equal((await request(post('write', headers))).statusCode, 200, 'a right key from the same address');
  t.equal((await request('/v1/forecasts')).statusCode, 200, 'reading without a key');
  t.equal((await request(post('write', wrong, { remoteAddress: '192.0.2.9' }))).statusCode, 401);
});

test('a client cannot make up the address that it is counted by', async (t) => {
  for (const [TRUST_PROXY, proxies] of [
    ['on', ''],
    ['127.0.0.1,10.0.0.0/8', ', 10.0.0.1'],
  ] as const) {
    const { request } = await build(t, { TRUST_PROXY });
    const statuses: number[] = [];
    for (let sent = 0; sent < 11; sent += 1) {
      const headers = { ...bearer('no-key'), 'x-forwarded-for': `198.51.100.${sent}, 192.0.2.7${proxies}` };
      statuses.push((await request({ url: '/v1/forecasts', headers })).statusCode);
    }
    t.strictSame(statuses, [...Array.from({ length: 10 }, () => 401), 429], TRUST_PROXY);
  }
});

test('a client of IPv6 is its network', async (t) => {
  t.equal(clientOf('192.0.2.1'), '192.0.2.1');
  t.equal(clientOf('::ffff:192.0.2.1'), '192.0.2.1');
  t.equal(clientOf('2001:db8:0:12::1'), clientOf('2001:0DB8:0:12:ffff:1:2:3'));
  t.not(clientOf('2001:db8:0:12::1'), clientOf('2001:db8:0:13::1'));
  t.equal(clientOf('::1'), '0:0:0:0::/64');
  t.equal(clientOf('2001:db8::5:6:7:8:9'), '2001:db8:0:5::/64');
  t.equal(clientOf('fe80::1%eth0'), clientOf('fe80::2'));
});

test('last use is noted once a minute, and never for reading without a key', async (t) => {
  let clock = new Date('2026-03-01T12:00:00.000Z');
  const { request, store } = await build(t, {}, { now: () => clock });
  const { id, headers } = await makeKey({ store }, 'read');
  const lastUsed = async () => (await store.snapshot((read) => findKey(read, id)))?.lastUsedAt;
  const writes = t.capture(store, 'write', store.write);
  await request('/v1/forecasts');
  t.equal(writes().length, 0);
  t.equal(await lastUsed(), null);
  await request({ url: '/v1/forecasts', headers });
  t.equal(await lastUsed(), '2026-03-01T12:00:00.000Z');
  t.equal(writes().length, 1);
  clock = new Date('2026-03-01T12:00:59.999Z');
  await request({ url: '/v1/forecasts', headers });
  t.equal(writes().length, 0, 'not again within the minute');
  clock = new Date('2026-03-01T12:01:00.000Z');
  await request({ url: '/v1/forecasts', headers });
  t.equal(await lastUsed(), '2026-03-01T12:01:00.000Z');
  t.intercept(store, 'write', { value: () => Promise.reject(new Error('no')) });
  clock = new Date('2026-03-01T13:00:00.000Z');
  t.equal((await request({ url: '/v1/forecasts', headers })).statusCode, 200, 'best effort');
});

test('a page of any origin may write, and read what came of it', async (t) => {
  const { app } = await build(t, {}, { furtherRoutes: registerScopedRoutes });
  const asked = 'authorization, content-type, idempotency-key, if-match';
  const preflight = await app.inject({
    method: 'OPTIONS',
    url: '/v1/test/write',
    headers: {
      origin: 'https://example.org',
      'access-control-request-method': 'POST',
      'access-control-request-headers': asked,
    },
  });
  t.equal(preflight.statusCode, 204);
  t.equal(preflight.headers['access-control-allow-headers'], asked);
  t.equal(preflight.headers['access-control-allow-methods'], 'GET, HEAD, POST, PUT, DELETE');
  t.equal(preflight.headers['access-control-allow-credentials'], undefined);
  const response = await app.inject({ ...post('write'), headers: { origin: 'https://example.org' } });
  const exposed = String(response.headers['access-control-expose-headers']).split(', ');
  for (const name of [
    'ETag',
    'Location',
    'Idempotency-Replayed',
    'WWW-Authenticate',
    'Retry-After',
    'RateLimit',
  ])
    t.ok(exposed.includes(name), name);
});

test('a path that only takes writes says so', async (t) => {
  const { request } = await build(t, {}, { furtherRoutes: registerScopedRoutes });
  for (const method of ['GET', 'PUT', 'DELETE', 'PATCH'] as const) {
    const response = await request({ method, url: '/v1/test/write' });
    t.equal(response.statusCode, 405, method);
    t.equal(response.headers.allow, 'POST, OPTIONS', method);
  }
});
