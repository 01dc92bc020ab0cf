import { test } from 'tap';
import type { ProblemDocument } from '../../../src/http/message/problem.ts';
import { build } from '../../helpers/build.ts';

test('OPTIONS names the methods of a path, as its 405 does', async (t) => {
  const { app } = await build(t);
  for (const url of [
    '/',
    '/v1/forecasts',
    '/v1/forecasts/',
    '/v1/forecasts?secotr=5g',
    '/v1/forecasts.csv',
    '/v1/sectors/5g/breakdown',
    '/openapi.json',
    '/health/live',
    '/docs/',
    '/docs/static/index.css',
  ]) {
    const options = await app.inject({ method: 'OPTIONS', url });
    t.equal(options.statusCode, 204, url);
    t.equal(options.body, '', url);
    t.match(options.headers.allow, /^(?=.*\bGET\b)(?=.*\bHEAD\b)(?=.*\bOPTIONS\b)/, url);
    if (url.startsWith('/docs')) continue;
    const wrong = await app.inject({ method: 'PATCH', url });
    t.equal(wrong.statusCode, 405, url);
    t.equal(options.headers.allow, wrong.headers.allow, url);
  }
});

test('what is wrong with an OPTIONS is told as of any request', async (t) => {
  const { app } = await build(t);
  for (const url of ['*', '/', '/v1/forecasts', '/v1/forcasts']) {
    for (const [headers, more, status] of [
      [{ expect: 'a miracle' }, '', 417],
      [{}, '?q=%ff', 400],
      [{ authorization: 'Bearer fl_none_none' }, '', 401],
    ] as const) {
      const response = await app.inject({ method: 'OPTIONS', url: url + more, headers });
      t.equal(response.statusCode, status, `${url} ${status}`);
      t.equal(response.json<ProblemDocument>().status, status);
      t.equal(response.headers['cache-control'], 'no-store');
    }
  }
});

test('OPTIONS of a path that does not exist is a 404, unless a page asks before its request', async (t) => {
  const { app } = await build(t);
  const options = { method: 'OPTIONS', url: '/v1/forcasts' } as const;
  const missing = await app.inject(options);
  t.equal(missing.statusCode, 404);
  t.match(missing.json<ProblemDocument>(), {
    code: 'routeNotFound',
    detail: /Did you mean \/v1\/forecasts\?$/,
  });
  const headers = { origin: 'https://example.org', 'access-control-request-method': 'GET' };
  const preflight = await app.inject({ ...options, headers });
  t.equal(preflight.statusCode, 204);
  t.equal(preflight.headers['access-control-allow-origin'], '*');
  t.match(preflight.headers['access-control-allow-methods'], 'GET');
  t.equal(preflight.headers.allow, undefined);
});
