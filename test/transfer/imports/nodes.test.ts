import { request } from 'node:http';
import type pg from 'pg';
import type { Test } from 'tap';
import { test } from 'tap';
import { attachStore } from '../../../src/store/engine.ts';
import type { Job } from '../../helpers/imports.ts';
import { forecastRow, ndjson } from '../../helpers/imports.ts';
import { makeKey } from '../../helpers/keys.ts';
import { NO_POSTGRES, onPostgres, seededDatabase } from '../../helpers/postgres.ts';
import type { RunningServer } from '../../helpers/process.ts';
import { startServer, until } from '../../helpers/process.ts';

/*
 * Imports of two servers on one database, one of which is killed.
 */

const ROWS = 2000;
const LONG_MS = 60_000;

interface Nodes {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly one: RunningServer;
  readonly other: RunningServer;
}

async function twoNodes(t: Test): Promise<Nodes> {
  const url = await seededDatabase(t);
  const store = attachStore(url);
  const { headers } = await makeKey({ store }, 'write');
  await store.close();
  const start = () => startServer(t, { DATABASE_URL: url, LOG_LEVEL: 'warn' });
  const [one, other] = await Promise.all([start(), start()]);
  return { url, headers: { ...headers, 'content-type': 'application/x-ndjson' }, one, other };
}

async function kill({ child, ended }: RunningServer): Promise<void> {
  process.kill(child.pid ?? 0, 'SIGKILL');
  await ended;
}

const rowsOf = (name: string): string =>
  ndjson(Array.from({ length: ROWS }, (_, at) => forecastRow(`${name}-${at}`, at + 1)));

async function jobAt({ url }: RunningServer, id: string): Promise<Job> {
  return ((await (await fetch(`${url}/v1/imports/${id}`)).json()) as { data: Job }).data;
}

const isUnfinished = ({ status }: Job): boolean => ['queued', 'reading', 'publishing'].includes(status);

const ofDatabase = async (client: pg.Client, query: string): Promise<unknown> =>
  (await client.query({ text: query, rowMode: 'array' })).rows[0]?.[0];

/** How many rows of an import are there, how many of them once, and what is left of it. */
function found(url: string, name: string): Promise<unknown> {
  return onPostgres(url, async (client) => ({
    revisions: await ofDatabase(client, `select count(*)::int from records where id like '${name}-%'`),
    records: await ofDatabase(
      client,
      `select count(distinct id)::int from records where id like '${name}-%'`,
    ),
    staged: await ofDatabase(client, 'select count(*)::int from import_rows'),
    files: await ofDatabase(client, 'select count(*)::int from scratch'),
  }));
}

const WHOLE = { revisions: ROWS, records: ROWS, staged: 0, files: 0 };

/** Holds up whoever inserts such a row of a table, for as long as the client has its connection. */
async function holdUp(client: pg.Client, table: string, row: string): Promise<void> {
  await client.query(`select pg_advisory_lock(1, 1);
    create function held_up() returns trigger language plpgsql as
      'begin perform pg_advisory_xact_lock_shared(1, 1); return new; end';
    create trigger held_up before insert on ${table} for each row when (${row}) execute function held_up()`);
}

const HELD_UP = 'select count(*)::int from pg_locks where not granted and classid = 1 and objid = 1';

for (const [moment, status, table, row] of [
  ['has checked its first rows', 'reading', 'import_rows', 'new.row = 1'],
  ['has staged some', 'reading', 'import_rows', 'new.row = 1001'],
  ['has published some', 'publishing', 'records', "new.id = 'row-1001'"],
] as const)
  test(`a server that is killed when its import ${moment} leaves it to another one`, {
    skip: NO_POSTGRES,
  }, async (t) => {
    const { url, headers, one, other } = await twoNodes(t);
    // The other one does not look for imports until the first one is dead.
    process.kill(other.child.pid ?? 0, 'SIGSTOP');
    const id = await onPostgres(url, async (client) => {
      await holdUp(client, table, row);
      const sent = await fetch(`${one.url}/v1/imports`, { method: 'POST', headers, body: rowsOf('row') });
      t.equal(sent.status, 202);
      const { data } = (await sent.json()) as { data: Job };
      await until(async () => (await ofDatabase(client, HELD_UP)) === 1, 'the import is held up', LONG_MS);
      t.equal((await jobAt(one, data.id)).status, status);
      await kill(one);
      return data.id;
    });
    process.kill(other.child.pid ?? 0, 'SIGCONT');
    await until(async () => !isUnfinished(await jobAt(other, id)), 'the other one has done it', LONG_MS);
    t.match(await jobAt(other, id), {
      status: 'published',
      result: { added: ROWS, revised: 0, unchanged: 0 },
      errors: [],
      progress: { rowsRead: ROWS, rowsPublished: ROWS },
    });
    await until(async () => JSON.stringify(await found(url, 'row')) === JSON.stringify(WHOLE), 'it is whole');
    t.equal(await onPostgres(url, (client) => ofDatabase(client, 'select attempts from imports')), '2');
  });

test('an import whose lock is lost while its server lives is begun anew, and what it still writes is refused', {
  skip: NO_POSTGRES,
}, async (t) => {
  const { url, headers, one, other } = await twoNodes(t);
  const id = await onPostgres(url, async (client) => {
    await holdUp(client, 'import_rows', "new.record_id = 'row-1000'");
    const sent = await fetch(`${one.url}/v1/imports`, { method: 'POST', headers, body: rowsOf('row') });
    const { data } = (await sent.json()) as { data: Job };
    await until(async () => (await ofDatabase(client, HELD_UP)) === 1, 'the import is held up', LONG_MS);
    await client.query(`select pg_terminate_backend(pid, 10000) from pg_locks
      where locktype = 'advisory' and objsubid = 2 and pid <> pg_backend_pid() and granted`);
    return data.id;
  });
  for (const node of [one, other])
    await until(async () => !isUnfinished(await jobAt(node, id)), 'it has ended', LONG_MS);
  t.match(await jobAt(other, id), { status: 'published', result: { added: ROWS }, errors: [] });
  await until(async () => JSON.stringify(await found(url, 'row')) === JSON.stringify(WHOLE), 'it is whole');
  t.equal(await onPostgres(url, (client) => ofDatabase(client, 'select attempts from imports')), '2');
});

test('a file that was half sent to a server that is killed is taken by another one under the same key', {
  skip: NO_POSTGRES,
}, async (t) => {
  const { url, headers, one, other } = await twoNodes(t);
  const keyed = { ...headers, 'idempotency-key': 'once' };
  const file = rowsOf('sent');
  const upload = request(`${one.url}/v1/imports`, { method: 'POST', headers: keyed });
  upload.on('error', () => undefined);
  upload.write(file.slice(0, file.length / 2));
  const stored = () => onPostgres(url, (client) => ofDatabase(client, 'select count(*)::int from scratch'));
  await until(async () => Number(await stored()) > 0, 'a part has been received');
  const again = () => fetch(`${other.url}/v1/imports`, { method: 'POST', headers: keyed, body: file });
  t.equal((await again()).status, 409, 'the key is held by the first one');
  await kill(one);
  let id = '';
  await until(async () => {
    const sent = await again();
    if (sent.status === 409) return false;
    t.equal(sent.status, 202);
    ({ id } = ((await sent.json()) as { data: Job }).data);
    return true;
  }, 'the key is free');
  await until(async () => !isUnfinished(await jobAt(other, id)), 'it has ended', LONG_MS);
  t.match(await jobAt(other, id), { status: 'published', result: { added: ROWS } });
  await until(
    async () => JSON.stringify(await found(url, 'sent')) === JSON.stringify(WHOLE),
    'the half is gone',
  );
  const replayed = await again();
  t.equal(replayed.headers.get('idempotency-replayed'), 'true');
  t.match(await replayed.json(), { data: { id } });
});
