import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import type { Test } from 'tap';
import { test } from 'tap';
import { z } from 'zod';
import { buildApp } from '../../../src/app.ts';
import { parseConfig } from '../../../src/config.ts';
import { requireKey } from '../../../src/http/auth.ts';
import { answerOnce } from '../../../src/http/idempotency.ts';
import type { ProblemCode } from '../../../src/http/message/problem.ts';
import { operation } from '../../../src/http/openapi/openapi.ts';
import type { RouteContext } from '../../../src/ledger/context.ts';
import { storageFailureOf } from '../../../src/store/engine.ts';
import { advanceDatasetVersion } from '../../../src/store/ledger-state.ts';
import { openSqlite } from '../../../src/store/sqlite/database.ts';
import type { Store } from '../../../src/store/store.ts';
import { collections } from '../../../src/store/tables/schema.ts';
import { openLedger } from '../../../src/transfer/open-ledger.ts';
import { checkResponse } from '../../helpers/contract.ts';
import { makeKey } from '../../helpers/keys.ts';
import { ROOT, temporaryDirectory } from '../../helpers/process.ts';
import { sqliteOf } from '../../helpers/statements.ts';

const Note = z.strictObject({ id: z.string(), text: z.string() });

function registerNotes(app: FastifyInstance, context: RouteContext): void {
  const schema = operation({
    operationId: 'createNote',
    tag: 'Catalogue',
    summary: 'Adds a note',
    body: Note,
    response: z.object({ id: z.string() }),
    status: 201,
    responseDescription: 'Added.',
    key: 'write',
    idempotent: true,
  });
  app.post('/v1/notes', { schema, onRequest: requireKey(context, 'write') }, (request, reply) =>
    answerOnce(context, request, reply, async (transaction) => {
      const { id, text } = request.body as z.output<typeof Note>;
      await transaction.insert(collections).values({ id, name: id, description: text });
      await advanceDatasetVersion(transaction, id);
      return { status: 201, body: { id } };
    }),
  );
}

interface FileLedger {
  readonly file: string;
  readonly store: Store;
  readonly get: () => Promise<number>;
  /** Posts a note; the same id gives the same `Idempotency-Key`. */
  readonly post: (
    id: string,
    length?: number,
  ) => Promise<{ status: number; code?: ProblemCode; retryAfter: string | undefined; replayed: boolean }>;
  readonly held: (id: string) => boolean;
}

/** The service on a file, as in earnest. */
async function start(t: Test): Promise<FileLedger> {
  const directory = temporaryDirectory(t);
  const { store } = await openLedger(directory);
  const app = await buildApp({
    config: parseConfig({ WRITE_WAIT_MS: '2000' }),
    store,
    furtherRoutes: registerNotes,
  });
  t.after(async () => {
    await app.close();
    await store.close();
  });
  const { headers } = await makeKey({ store });
  return {
    file: join(directory, 'ledger.sqlite'),
    store,
    get: async () => (await app.inject('/v1/forecasts?limit=1')).statusCode,
    post: async (id, length = 1) => {
      const sent = {
        method: 'POST',
        url: '/v1/notes',
        payload: { id, text: 'x'.repeat(length) },
        headers: { ...headers, 'idempotency-key': id },
      } as const;
      const response = await app.inject(sent);
      checkResponse(sent, response);
      t.notMatch(response.body, /sqlite|insert into|errno/i, 'nothing of the inside is shown');
      return {
        status: response.statusCode,
        code: response.json<{ code?: ProblemCode }>().code ?? 'none',
        retryAfter: response.headers['retry-after'] as string | undefined,
        replayed: response.headers['idempotency-replayed'] === 'true',
      } as Awaited<ReturnType<FileLedger['post']>>;
    },
    held: (id) =>
      sqliteOf(store).prepare('select count(*) from collections where id = ?').pluck().get(id) === 1,
  };
}

test('while another process writes, writes wait and reads go on; after 5 s the writer is told', {
  timeout: 60_000,
}, async (t) => {
  const { file, get, post, held } = await start(t);
  const script = `
    const sqlite = require('better-sqlite3')(process.argv[1]);
    process.stdin.on('data', (command) => {
      sqlite.exec(String(command));
      process.stdout.write('done');
    });`;
  const other = spawn(process.execPath, ['-e', script, file], {
    cwd: ROOT,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  t.after(() => other.kill('SIGKILL'));
  const tell = async (command: string) => {
    other.stdin.write(command);
    await once(other.stdout, 'data');
  };

  await tell('begin immediate');
  const waiting = post('waits');
  await sleep(300);
  t.equal(await get(), 200, 'a read is not held up by a write that waits');
  await tell('commit');
  t.match(await waiting, { status: 201 }, 'done as soon as the other is');

  await tell('begin immediate');
  const refused = await post('refused');
  t.match(refused, { status: 503, code: 'ledgerBusy', retryAfter: '1' });
  t.notOk(held('refused'));
  await tell('rollback');
  t.match(await post('refused'), { status: 201, replayed: false });
  t.ok(held('refused'));
});

test('a full disk is a 507; nothing is lost, and there is room again afterwards', async (t) => {
  const { store, get, post, held } = await start(t);
  t.match(await post('before'), { status: 201 });
  const pages = sqliteOf(store).pragma('page_count', { simple: true }) as number;
  sqliteOf(store).pragma(`max_page_count = ${pages}`);
  t.match(await post('big', 500_000), { status: 507, code: 'storageFull' });
  t.notOk(held('big'));
  t.equal(await get(), 200);
  t.match(await post('before'), { status: 201, replayed: true });
  sqliteOf(store).pragma(`max_page_count = ${pages + 10_000}`);
  t.match(await post('big', 500_000), { status: 201, replayed: false });
  t.ok(held('big'));
  t.equal(sqliteOf(store).pragma('integrity_check', { simple: true }), 'ok');
});

test('a ledger that may only be read says so to writers, and is read', async (t) => {
  const { store, get, post, held } = await start(t);
  sqliteOf(store).pragma('query_only = on');
  t.match(await post('a'), { status: 503, code: 'storageReadOnly', retryAfter: undefined });
  t.equal(await get(), 200);
  sqliteOf(store).pragma('query_only = off');
  t.notOk(held('a'));
  t.match(await post('a'), { status: 201, replayed: false });
});

test('a file that is damaged while it is served is a failing storage, not a mistake of the service', async (t) => {
  const { store, post } = await start(t);
  sqliteOf(store).pragma('wal_checkpoint(truncate)');
  sqliteOf(store).unsafeMode(true);
  sqliteOf(store).pragma('writable_schema = on');
  // The table's root is a page that the file does not have.
  sqliteOf(store).exec("update sqlite_schema set rootpage = 999999 where name = 'collections'");
  sqliteOf(store).pragma('writable_schema = off');
  sqliteOf(store).pragma('schema_version = 9999');
  t.match(await post('a'), { status: 503, code: 'storageFailing' });
});

test('codes of SQLite and of the system are told apart, also where another error wraps them', async (t) => {
  const thrown = (code: string) => Object.assign(new Error(code), { code });
  const wrapped = (code: string) =>
    new Error('Failed query', { cause: new Error('again', { cause: thrown(code) }) });
  for (const [code, failure] of [
    ['SQLITE_BUSY', 'ledgerBusy'],
    ['SQLITE_BUSY_SNAPSHOT', 'ledgerBusy'],
    ['SQLITE_LOCKED_SHAREDCACHE', 'ledgerBusy'],
    ['SQLITE_FULL', 'storageFull'],
    ['SQLITE_READONLY', 'storageReadOnly'],
    ['SQLITE_READONLY_DBMOVED', 'storageReadOnly'],
    ['SQLITE_IOERR_WRITE', 'storageFailing'],
    ['SQLITE_CANTOPEN', 'storageFailing'],
    ['SQLITE_CORRUPT_VTAB', 'storageFailing'],
    ['SQLITE_ERROR', null],
    ['SQLITE_CONSTRAINT_UNIQUE', null],
    ['ENOSPC', 'storageFull'],
    ['EACCES', 'storageReadOnly'],
    ['EROFS', 'storageReadOnly'],
    ['EIO', 'storageFailing'],
    ['ENOENT', null],
  ] as const) {
    t.equal(storageFailureOf(thrown(code)), failure, code);
    t.equal(storageFailureOf(wrapped(code)), failure, `${code}, wrapped`);
  }
  t.equal(storageFailureOf(null), null);
  t.equal(storageFailureOf('SQLITE_BUSY'), null);
});

test('waiting for another writer ends when its time does, and leaves the connection as it was', async (t) => {
  const { file, store } = await start(t);
  const other = openSqlite(file);
  t.after(() => other.close());
  other.exec('begin immediate');
  let runs = 0;
  const action = async () => {
    runs += 1;
  };
  await t.rejects(store.write(action, { timeoutMs: 50 }), { code: 'SQLITE_BUSY' });
  t.equal(runs, 0);
  setTimeout(() => other.exec('rollback'), 50);
  await store.write(action, { timeoutMs: 5000 });
  t.equal(runs, 1);
  t.equal(sqliteOf(store).pragma('busy_timeout', { simple: true }), 0, 'SQLite itself never waits');
  t.notOk(sqliteOf(store).inTransaction);
});
