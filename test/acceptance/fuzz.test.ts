import type { AddressInfo } from 'node:net';
import { test } from 'tap';
import type { FuzzAnswer, FuzzRequest } from '../../bench/fuzz/exchange.ts';
import { curlLine } from '../../bench/fuzz/exchange.ts';
import { fuzz } from '../../bench/fuzz/run.ts';
import { faultsOf } from '../../bench/fuzz/verdict.ts';
import { build } from '../helpers/build.ts';
import { committedDocument } from '../helpers/contract.ts';
import { makeKey } from '../helpers/keys.ts';

test('requests drawn from the OpenAPI document are answered as it says', async (t) => {
  const { app, store } = await build(t);
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { text: key } = await makeKey({ store }, 'admin');
  const warnings: string[] = [];
  const onWarning = ({ message }: Error): unknown => warnings.push(message);
  process.on('warning', onWarning);
  t.after(() => process.off('warning', onWarning));
  const { sent, statuses, faults } = await fuzz({
    origin: `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`,
    document: committedDocument,
    key,
    requests: 1500,
    seed: 7,
    tag: 'test',
    // How long answers take is for a run on a quiet machine to say.
    mostMs: Number.POSITIVE_INFINITY,
  });
  t.ok(sent >= 1500);
  t.strictSame(faults, []);
  t.strictSame(warnings, []);
  // It reaches what it is to reach.
  for (const status of [200, 201, 202, 304, 400, 404, 405, 406, 409, 410, 412, 422, 428])
    t.ok((statuses.get(status) ?? 0) > 0, `${status}`);
});

const ASKED: FuzzRequest = { method: 'GET', path: '/v1/regions?limit=1', headers: {} };

test('what no answer may be is told', async (t) => {
  const { app } = await build(t);
  const answerTo = async ({ path }: FuzzRequest): Promise<FuzzAnswer> => {
    const { statusCode: status, headers, rawPayload: bytes, body } = await app.inject(path);
    return { status, headers: headers as FuzzAnswer['headers'], bytes, plain: bytes, body, ms: 1 };
  };
  const list = await answerTo(ASKED);
  const refused = await answerTo({ ...ASKED, path: '/v1/regions?none=1' });
  t.strictSame(faultsOf(ASKED, list), []);
  t.strictSame(faultsOf(ASKED, refused), []);
  const withBody = (answer: FuzzAnswer, body: string): FuzzAnswer => ({
    ...answer,
    headers: { ...answer.headers, 'content-length': String(Buffer.byteLength(body)) },
    bytes: Buffer.from(body),
    body,
  });
  const withHeaders = (answer: FuzzAnswer, headers: FuzzAnswer['headers']): FuzzAnswer => ({
    ...answer,
    headers: { ...answer.headers, ...headers },
  });
  for (const [fault, answer, request = {}] of [
    [/does not describe status 418/, { ...refused, status: 418 }],
    [/a problem of another status/, { ...refused, status: 404 }],
    [/^status 500/, { ...refused, status: 500 }],
    [/^status 503/, { ...refused, status: 503 }],
    [/does not describe text\/html/, withHeaders(list, { 'content-type': 'text/html' })],
    [/does not fit/, withBody(list, list.body.replace('"data"', '"date"'))],
    [/cannot be read/, withBody(withHeaders(list, { 'content-type': 'text/csv' }), 'a,b\r\n1')],
    [/cannot be read/, withBody(withHeaders(list, { 'content-type': 'application/x-ndjson' }), '{"a":1}\n{')],
    [/a problem with Cache-Control/, withHeaders(refused, { 'cache-control': 'public' })],
    [/a problem of \d+ bytes/, withBody(refused, `${refused.body}${' '.repeat(70_000)}`)],
    [/no page of another origin/, withHeaders(refused, { 'access-control-allow-origin': undefined })],
    [/gzip, which Accept-Encoding/, withHeaders(list, { 'content-encoding': 'gzip' })],
    [/Content-Length/, withHeaders(list, { 'content-length': '1' })],
    [/that was not asked for/, withBody({ ...list, status: 304 }, '')],
    [/a 200 with the tag/, list, { headers: { 'if-none-match': String(list.headers.etag) } }],
    [/a body of/, list, { method: 'HEAD' }],
    [/instead of 201/, list, { expected: 201 }],
  ] as const satisfies readonly (readonly [RegExp, FuzzAnswer, Partial<FuzzRequest>?])[])
    t.match(faultsOf({ ...ASKED, ...request }, answer).join('\n'), fault);
});

test('a request is shown as a line that sends it', (t) => {
  const headers = { authorization: 'Bearer fl_a_b', accept: '' };
  t.equal(
    curlLine('http://a', { method: 'POST', path: '/b?c=1', headers, body: Buffer.from(`{"it's":1}`) }),
    `curl -sS -g --path-as-is -X POST -H "Authorization: Bearer $KEY" -H 'accept;' --data-binary '{"it'\\''s":1}' 'http://a/b?c=1'`,
  );
  const bytes = curlLine('http://a', { method: 'POST', path: '/', headers: {}, body: Buffer.from([0, 255]) });
  t.match(bytes, /^base64 -d <<< \S+ \| gunzip \| curl .*--data-binary @- 'http:\/\/a\/'$/);
  t.match(curlLine('http://a', { method: 'HEAD', path: '/', headers: {} }), / -I 'http:\/\/a\/'$/);
  t.end();
});
