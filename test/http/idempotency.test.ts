import { createHash, randomUUID } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import type { Test } from 'tap';
import { test } from 'tap';
import { z } from 'zod';
import { buildApp } from '../../src/app.ts';
import { parseConfig } from '../../src/config.ts';
import { authorOf, requireKey } from '../../src/http/auth.ts';
import { answerOnce, whileClaimed } from '../../src/http/idempotency.ts';
import type { ProblemDocument } from '../../src/http/message/problem.ts';
import { Problem } from '../../src/http/message/problem.ts';
import { operation } from '../../src/http/openapi/openapi.ts';
import type { RouteContext } from '../../src/ledger/context.ts';
import { eq } from '../../src/store/query.ts';
import type { Store } from '../../src/store/store.ts';
import { collections, idempotencyKeys } from '../../src/store/tables/schema.ts';
import { openLedger } from '../../src/transfer/open-ledger.ts';
import type { TestApp } from '../helpers/build.ts';
import { build } from '../helpers/build.ts';
import type { OpenApiDocument } from '../helpers/contract.ts';
import { resolvedDocument } from '../helpers/contract.ts';
import { makeKey } from '../helpers/keys.ts';
import { ON_POSTGRES, seededDatabase } from '../helpers/postgres.ts';
import { temporaryDirectory } from '../helpers/process.ts';

const Note = z.strictObject({ name: z.string(), fail: z.boolean().optional() });
const Noted = z.object({ id: z.string(), author: z.string() });

/** `POST /v1/notes`, which adds a collection, and `POST /v1/slow-notes`, which takes its time before. */
function registerNotes(app: FastifyInstance, context: RouteContext): void {
  const schema = (name: string) =>
    operation({
      operationId: `create${name}`,
      tag: 'Catalogue',
      summary: 'Adds a note',
      body: Note,
      response: Noted,
      status: 201,
      responseDescription: 'Added.',
      key: 'write',
      idempotent: true,
    });
  app.post(
    '/v1/notes',
    { schema: schema('Note'), onRequest: requireKey(context, 'write') },
    (request, reply) =>
      answerOnce(context, request, reply, async (transaction) => {
        const { name, fail } = request.body as z.output<typeof Note>;
        const id = randomUUID();
        await transaction.insert(collections).values({ id, name, description: '' });
        if (fail === true) throw new Problem('tooManyRecords', 'Refused after it was written.');
        return {
          status: 201,
          headers: { location: `/v1/notes/${id}` },
          body: { id, author: authorOf(request).name },
        };
      }),
  );
  app.post(
    '/v1/slow-notes',
    { schema: schema('SlowNote'), onRequest: requireKey(context, 'write') },
    (request, reply) =>
      whileClaimed(context, request, async (isAnswered) => {
        gate.entered.resolve();
        await gate.opened;
        const bodySha256 = createHash('sha256').update(JSON.stringify(request.body)).digest('hex');
        const write = async () => ({
          status: 201,
          body: { id: randomUUID(), author: String(isAnswered) },
        });
        return answerOnce(context, request, reply, write, { bodySha256 });
      }),
  );
}

/** Where a slow note waits with its key claimed: open, unless a test closes it. */
let gate: { readonly entered: PromiseWithResolvers<void>; readonly opened: Promise<void> } = openGate();

function openGate(): typeof gate {
  return { entered: Promise.withResolvers(), opened: Promise.resolve() };
}

let clock = new Date('2026-03-01T00:00:00.000Z');
async function start(t: Test): Promise<TestApp & { count: (name: string) => Promise<number> }> {
  clock = new Date('2026-03-01T00:00:00.000Z');
  const app = await build(t, {}, { furtherRoutes: registerNotes, now: () => clock });
  const count = (name: string) =>
    app.store.snapshot((read) => read.$count(collections, eq(collections.name, name)));
  return { ...app, count };
}

test('the same key and request is done once and gets the same answer for a day', async (t) => {
  const { request, store, count } = await start(t);
  const { headers } = await makeKey({ store });
  const send = (key: string | null, payload: object, more = {}) =>
    request({
      method: 'POST',
      url: '/v1/notes',
      payload,
      headers: { ...headers, ...more, ...(key === null ? {} : { 'idempotency-key': key }) },
    });
  const first = await send('k1', { name: 'once' });
  t.equal(first.statusCode, 201, first.body);
  t.equal(first.headers['idempotency-replayed'], undefined);
  t.equal(first.json<{ author: string }>().author, 'write key');
  const again = await send('k1', { name: 'once' });
  t.equal(again.statusCode, 201);
  t.equal(again.headers['idempotency-replayed'], 'true');
  t.equal(again.body, first.body);
  t.equal(again.headers.location, first.headers.location);
  t.equal(again.headers['content-type'], first.headers['content-type']);
  t.equal(await count('once'), 1);

  const other = await send('k1', { name: 'twice' });
  t.equal(other.statusCode, 422);
  t.equal(other.json<ProblemDocument>().code, 'idempotencyKeyReused');
  t.equal((await send('k1', { name: 'once' }, { 'if-match': '"1"' })).statusCode, 422, 'If-Match counts');
  t.equal(await count('twice'), 0);

  const colleague = await makeKey({ store }, 'admin');
  const theirs = await send('k1', { name: 'twice' }, colleague.headers);
  t.equal(theirs.statusCode, 201, "another's key of the same text is another key");

  t.equal((await send(null, { name: 'plain' })).statusCode, 201);
  t.equal((await send(null, { name: 'plain' })).statusCode, 201);
  t.equal(await count('plain'), 2, 'without a key every request is one of its own');

  clock = new Date(clock.getTime() + 24 * 3600_000 - 1);
  t.equal((await send('k1', { name: 'once' })).body, first.body);
  clock = new Date(clock.getTime() + 1);
  const nextDay = await send('k1', { name: 'once' });
  t.equal(nextDay.headers['idempotency-replayed'], undefined);
  t.not(nextDay.body, first.body);
  t.equal(
    await store.snapshot((read) => read.$count(idempotencyKeys)),
    1,
    'what is older than a day is gone',
  );
});

test('a write that is refused leaves nothing behind, and its key unused', async (t) => {
  const { request, store, count } = await start(t);
  const headers = { ...(await makeKey({ store })).headers, 'idempotency-key': 'k' };
  const failed = await request({
    method: 'POST',
    url: '/v1/notes',
    headers,
    payload: { name: 'a', fail: true },
  });
  t.equal(failed.statusCode, 422);
  t.equal(await count('a'), 0);
  t.equal(await store.snapshot((read) => read.$count(idempotencyKeys)), 0);
  const mended = await request({ method: 'POST', url: '/v1/notes', headers, payload: { name: 'a' } });
  t.equal(mended.statusCode, 201);
  t.equal(mended.headers['idempotency-replayed'], undefined);
});

test('a malformed key is refused by name', async (t) => {
  const { request, store } = await start(t);
  const { headers } = await makeKey({ store });
  for (const key of ['', 'two words', 'x'.repeat(256), 'schlüssel']) {
    for (const url of ['/v1/notes', '/v1/slow-notes']) {
      const response = await request({
        method: 'POST',
        url,
        payload: { name: 'a' },
        headers: { ...headers, 'idempotency-key': key },
      });
      t.equal(response.statusCode, 400, key);
      t.match(response.json<ProblemDocument>().errors, [{ in: 'header', name: 'Idempotency-Key' }]);
    }
  }
});

test('a twin of what is under way waits its turn, then gets the same answer', async (t) => {
  const { request, store } = await start(t);
  const { headers } = await makeKey({ store });
  const send = (key: string, url = '/v1/slow-notes', name = 'slow') =>
    request({ method: 'POST', url, payload: { name }, headers: { ...headers, 'idempotency-key': key } });
  const opening = Promise.withResolvers<void>();
  gate = { entered: Promise.withResolvers(), opened: opening.promise };
  const underWay = send('k');
  await gate.entered.promise;
  const [twin, atOnce] = await Promise.all([send('k'), send('k', '/v1/notes')]);
  gate = openGate();
  const unrelated = await send('other');
  opening.resolve();
  const first = await underWay;
  t.equal(first.statusCode, 201, first.body);
  t.equal(first.json<{ author: string }>().author, 'false');
  t.equal(unrelated.statusCode, 201);
  for (const refused of [twin, atOnce]) {
    t.equal(refused.statusCode, 409);
    t.equal(refused.json<ProblemDocument>().code, 'idempotencyKeyInUse');
    t.equal(refused.headers['retry-after'], '1');
  }
  const later = await send('k');
  t.equal(later.body, first.body);
  t.equal(later.headers['idempotency-replayed'], 'true');
  const changed = await send('k', '/v1/slow-notes', 'changed');
  t.equal(changed.statusCode, 422);
});

/** Two servers on one ledger, and a request with a key for writing. */
async function startTwo(t: Test) {
  const location = ON_POSTGRES ? await seededDatabase(t) : temporaryDirectory(t);
  const servers: { readonly app: FastifyInstance; readonly store: Store }[] = [];
  for (let count = 0; count < 2; count += 1) {
    const { store } = await openLedger(location);
    const app = await buildApp({
      config: parseConfig({}),
      store,
      furtherRoutes: registerNotes,
    });
    servers.push({ app, store });
  }
  t.after(async () => {
    for (const { app, store } of servers) {
      await app.close();
      await store.close();
    }
  });
  const [first] = servers;
  if (first === undefined) throw new Error('no server');
  const { headers } = await makeKey(first);
  const send = (server: number, key: string, url = '/v1/notes') =>
    (servers[server % 2] ?? first).app.inject({
      method: 'POST',
      url,
      payload: { name: key },
      headers: { ...headers, 'idempotency-key': key },
    });
  return { send, store: first.store };
}

test('of many twins at once, sent to two servers on one ledger, one is done', async (t) => {
  const { send, store } = await startTwo(t);
  for (const key of ['a', 'b', 'c']) {
    const answers = await Promise.all(Array.from({ length: 16 }, (_, index) => send(index, key)));
    t.strictSame([...new Set(answers.map((answer) => answer.statusCode))], [201]);
    t.equal(new Set(answers.map((answer) => answer.body)).size, 1, 'all get the answer of the one');
    t.equal(answers.filter((answer) => answer.headers['idempotency-replayed'] === undefined).length, 1);
    t.equal(await store.snapshot((read) => read.$count(collections, eq(collections.name, key))), 1);
  }
});

test('a twin of what is under way on another server is refused until that has ended', async (t) => {
  const { send } = await startTwo(t);
  const opening = Promise.withResolvers<void>();
  gate = { entered: Promise.withResolvers(), opened: opening.promise };
  const underWay = send(0, 'k', '/v1/slow-notes');
  await gate.entered.promise;
  for (const twin of [await send(1, 'k', '/v1/slow-notes'), await send(1, 'k')]) {
    t.equal(twin.statusCode, 409);
    t.equal(twin.json<ProblemDocument>().code, 'idempotencyKeyInUse');
  }
  gate = openGate();
  opening.resolve();
  const first = await underWay;
  t.equal(first.statusCode, 201, first.body);
  const later = await send(1, 'k', '/v1/slow-notes');
  t.equal(later.body, first.body);
  t.equal(later.headers['idempotency-replayed'], 'true');
});

test('the OpenAPI document says what a write needs and may answer', async (t) => {
  const { app } = await start(t);
  const document = resolvedDocument(app.swagger() as unknown as OpenApiDocument) as OpenApiDocument & {
    readonly components: { readonly securitySchemes: Readonly<Record<string, object>> };
  };
  t.match(document.components.securitySchemes, { key: { type: 'http', scheme: 'bearer' } });
  const write = document.paths['/v1/notes']?.post as unknown as {
    readonly security: unknown;
    readonly description: string;
    readonly parameters: readonly {
      readonly in: string;
      readonly name: string;
      readonly required?: boolean;
    }[];
    readonly responses: Readonly<Record<string, { readonly description: string; readonly headers?: object }>>;
  };
  t.strictSame(write.security, [{ key: [] }]);
  t.match(write.description, 'scope `write`');
  const parameter = write.parameters.find(({ name }) => name === 'Idempotency-Key');
  t.match(parameter, { in: 'header' });
  t.not(parameter?.required, true);
  t.match(Object.keys(write.responses['201']?.headers ?? {}), ['X-Request-Id', 'Idempotency-Replayed']);
  for (const [status, codes] of Object.entries({
    401: ['keyRequired', 'keyInvalid'],
    403: ['keyScopeTooNarrow'],
    409: ['idempotencyKeyInUse'],
    413: ['contentTooLarge'],
    415: ['unsupportedMediaType'],
    422: ['idempotencyKeyReused'],
    429: ['tooManyFailedKeys'],
    503: ['ledgerBusy', 'storageReadOnly', 'storageFailing', 'serviceUnavailable'],
    507: ['storageFull'],
  })) {
    for (const code of codes) t.match(write.responses[status]?.description, `\`${code}\`:`);
  }
  const read = document.paths['/v1/sectors']?.get as unknown as typeof write;
  t.equal(read.security, undefined);
  t.match(read.responses['401']?.description, '`keyInvalid`:');
  t.equal(read.responses['403'], undefined);
});
