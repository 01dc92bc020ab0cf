import type { InjectOptions, LightMyRequestResponse } from 'fastify';
import { test } from 'tap';
import { build } from '../../helpers/build.ts';
import { committedDocument, exampleAddress } from '../../helpers/contract.ts';
import { makeKey } from '../../helpers/keys.ts';
import { HAITONG } from '../../helpers/note.ts';

/** The address of every example of the document that is read, and the form it has. */
const ADDRESSES = Object.entries(committedDocument.paths).flatMap(([path, { get }]) => {
  // What needs a key, and an import's job: none is seeded.
  if (get === undefined || get.security !== undefined || get.operationId === 'getImport') return [];
  return [exampleAddress(path, get.parameters)];
});

const ACCEPT_ENCODINGS = ['gzip', 'br;q=0.5, gzip', 'identity;q=0, *', 'gzip;q=0.1, identity'];
const ALIKE = ['content-type', 'content-encoding', 'etag', 'cache-control', 'vary'];

/** What an answer without a body is judged by. */
function bare({ statusCode, body, headers }: LightMyRequestResponse) {
  return { statusCode, body, length: statusCode === 304 ? headers['content-length'] : undefined };
}

test('every address answers GET and HEAD alike, cached or not, whatever is known of it already', async (t) => {
  // Without a cache every answer is computed; with one all but the first are cached.
  for (const CACHE_BYTES of ['0', '67108864']) {
    const { app } = await build(t, { CACHE_BYTES });
    for (const [place, url] of ADDRESSES.entries()) {
      for (const coding of [undefined, ACCEPT_ENCODINGS[place % ACCEPT_ENCODINGS.length]]) {
        const about = `${CACHE_BYTES} ${url} ${coding}`;
        const headers = coding === undefined ? {} : { 'accept-encoding': coding };
        const ask = (method: 'GET' | 'HEAD', more: InjectOptions['headers'] = {}) =>
          app.inject({ method, url, headers: { ...headers, ...more } });
        // The first of all: nothing is cached yet.
        const early = await ask('HEAD', { 'if-none-match': '*' });
        const get = await ask('GET');
        t.equal(get.statusCode, 200, about);
        const etag = get.headers.etag as string | undefined;
        const isOfLedger = url.startsWith('/v1/');
        t.equal(early.statusCode, isOfLedger ? 304 : 200, `${about} HEAD *`);
        for (const [named, status] of [
          ['*', 304],
          [etag ?? '"none"', 304],
          [`W/${etag ?? '"none"'}`, 304],
          ['"another"', 200],
        ] as const) {
          for (const method of ['GET', 'HEAD'] as const) {
            const answer = await ask(method, { 'if-none-match': named });
            const statusCode = etag !== undefined || (isOfLedger && named === '*') ? status : 200;
            const body = statusCode === 304 || method === 'HEAD' ? '' : answer.body;
            t.strictSame(
              bare(answer),
              { statusCode, body, length: undefined },
              `${about} ${method} ${named}`,
            );
            if (etag !== undefined) t.equal(answer.headers.etag, etag, about);
          }
        }
        const head = await ask('HEAD');
        t.equal(head.statusCode, 200, about);
        for (const name of ALIKE) t.equal(head.headers[name], get.headers[name], `${about} ${name}`);
      }
    }
  }
});

test('the coding is the one that is preferred', async (t) => {
  const { app } = await build(t);
  for (const [header, expected] of [
    ['gzip;q=0.1, identity;q=1', undefined],
    ['identity;q=1, gzip;q=0.1', undefined],
    ['br;q=0.2, gzip;q=0.9, identity;q=0.5', 'gzip'],
    ['br;q=0.2, gzip;q=0.1, identity;q=0.5', undefined],
    ['gzip;q=0.5, br;q=0.9', 'br'],
    ['gzip;q=0.9, br;q=0.5', 'gzip'],
    ['gzip, br', 'br'],
    ['gzip;q=0.5, br;q=0.5, identity;q=0.5', 'br'],
    ['*', 'br'],
    ['*;q=0.1, identity', undefined],
    ['br;q=0, *', 'gzip'],
    ['gzip;q=0', undefined],
    ['deflate', undefined],
    ['', undefined],
  ] as const) {
    const { headers } = await app.inject({
      url: '/v1/forecasts?limit=20',
      headers: { 'accept-encoding': header },
    });
    t.equal(headers['content-encoding'], expected, header);
  }
});

test('what has no other form than JSON is refused to those who do not take it', async (t) => {
  const { request, app } = await build(t);
  for (const url of [
    `/v1/forecasts/${HAITONG}/evidence`,
    '/v1/sectors/new-infrastructure',
    '/v1/sectors/tree',
    '/v1/facets',
  ]) {
    for (const method of ['GET', 'HEAD'] as const) {
      for (const round of ['first', 'again']) {
        const refused = await app.inject({ method, url, headers: { accept: 'text/csv' } });
        t.equal(refused.statusCode, 406, `${method} ${url} ${round}`);
      }
    }
    const { statusCode, body } = await request({ url, headers: { accept: 'image/png, text/csv;q=0.5' } });
    t.equal(statusCode, 406);
    t.match(JSON.parse(body), { code: 'notAcceptable', detail: /application\/json/ });
    for (const accept of ['application/json', '*/*', 'text/csv, application/*;q=0.1'])
      t.equal((await request({ url, headers: { accept } })).statusCode, 200, accept);
  }
});

test('what is streamed is unchanged for If-None-Match: *, and leaves its place to others', async (t) => {
  const { app } = await build(t);
  for (const url of [
    '/v1/forecasts.csv',
    '/v1/forecasts.ndjson',
    '/v1/forecasts.xlsx',
    '/v1/export',
    '/v1/rates.csv',
  ]) {
    // More often than there are places for streams.
    for (let round = 0; round < 10; round += 1) {
      const { statusCode, body, headers } = await app.inject({ url, headers: { 'if-none-match': '*' } });
      t.equal(statusCode, 304, url);
      t.equal(body, '');
      t.equal(headers['content-type'], undefined);
    }
    t.equal((await app.inject({ url, headers: { 'if-none-match': '"x"' } })).statusCode, 200, url);
  }
});

test('a key changes neither the tag of an answer nor its 304', async (t) => {
  for (const CACHE_BYTES of ['0', '67108864']) {
    const { app, store } = await build(t, { CACHE_BYTES });
    const { headers: key } = await makeKey({ store }, 'read');
    for (const url of [`/v1/forecasts/${HAITONG}`, '/v1/forecasts?limit=2', '/v1/forecasts.csv?limit=3']) {
      // With the key first: its use is noted in the ledger.
      const keyed = await app.inject({ url, headers: key });
      const etag = String((await app.inject(url)).headers.etag);
      t.match(etag, /^".+"$/, url);
      t.equal(keyed.headers.etag, etag, `${CACHE_BYTES} ${url}`);
      for (const method of ['GET', 'HEAD'] as const) {
        for (const named of [etag, `W/${etag}`, '*']) {
          const unchanged = await app.inject({ method, url, headers: { ...key, 'if-none-match': named } });
          t.equal(unchanged.statusCode, 304, `${CACHE_BYTES} ${method} ${url} ${named}`);
          t.equal(unchanged.headers.etag, etag);
          t.equal(unchanged.body, '');
        }
        const other = await app.inject({ method, url, headers: { ...key, 'if-none-match': '"x"' } });
        t.equal(other.statusCode, 200);
      }
    }
  }
});

test('If-Match on what is read: what it does not name is a 412', async (t) => {
  for (const CACHE_BYTES of ['0', '67108864']) {
    const { request, app, store } = await build(t, { CACHE_BYTES });
    const { headers: key } = await makeKey({ store }, 'read');
    for (const url of [
      `/v1/forecasts/${HAITONG}`,
      '/v1/forecasts?limit=2',
      '/v1/sectors/5g',
      '/v1/sectors/5g/revisions',
      '/v1/sources?limit=2&knownAsOf=2026-11-01',
      '/v1/forecasts.csv?limit=3',
    ]) {
      const { headers } = await request(url);
      const etag = String(headers.etag);
      for (const round of ['first', 'again']) {
        for (const method of ['GET', 'HEAD'] as const) {
          const ask = (named: string, more: object = {}) =>
            app.inject({ method, url, headers: { 'if-match': named, ...more } });
          const about = `${CACHE_BYTES} ${method} ${url} ${round}`;
          for (const named of [etag, '*', `"x", ${etag}`]) t.equal((await ask(named)).statusCode, 200, about);
          for (const named of ['"x"', `W/${etag}`, 'no tag'])
            t.equal((await ask(named)).statusCode, 412, about);
          t.equal((await ask('"x"', { 'if-none-match': etag })).statusCode, 412, 'it counts first');
          t.equal((await ask(etag, { 'if-none-match': etag })).statusCode, 304, about);
        }
      }
      const refused = await request({ url, headers: { 'if-match': '"x"' } });
      t.equal(refused.statusCode, 412);
      t.match(refused.json(), { code: 'preconditionFailed', detail: /"x"/ });
      t.equal(refused.headers['cache-control'], 'no-store');
      for (const coding of ['gzip', 'br']) {
        const coded = await app.inject({ url, headers: { 'if-match': '"x"', 'accept-encoding': coding } });
        t.equal(coded.json<{ code: string }>().code, 'preconditionFailed', `${url} ${coding}`);
        for (const name of ['content-encoding', 'content-disposition'])
          t.equal(coded.headers[name], undefined, `${url} ${coding}`);
      }
    }
    const record = `/v1/forecasts/${HAITONG}`;
    const revision = `"${HAITONG}-r1"`;
    for (const more of [{}, key]) {
      const shown = await request({ url: record, headers: { 'if-match': revision, ...more } });
      t.equal(shown.statusCode, 200, 'the revision is enough');
      const other = await request({ url: record, headers: { 'if-match': `"${HAITONG}-r9"`, ...more } });
      t.equal(other.statusCode, 412);
    }
  }
});
