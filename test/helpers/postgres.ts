import { spawn } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import type { Test } from 'tap';
import { openLedger } from '../../src/transfer/open-ledger.ts';
import { until } from './process.ts';
import { RECORDED_AT } from './seeded.ts';

const SERVER = fileURLToPath(new URL('./postgres-server.ts', import.meta.url));
const LONG_MS = 60_000;

/** Where the programs of PostgreSQL are: on the PATH, or where Debian has those of a version; null where there are none. */
export function programs(): string | null {
  const versions = [19, 18, 17, 16, 15].map((version) => `/usr/lib/postgresql/${version}/bin`);
  const places = [...versions, ...(process.env.PATH ?? '').split(delimiter)];
  return (
    places.find((place) => ['initdb', 'postgres'].every((name) => existsSync(join(place, name)))) ?? null
  );
}

/** What a test says that is skipped; false where PostgreSQL is there. */
export const NO_POSTGRES: string | false =
  programs() === null ? 'needs PostgreSQL: there is no initdb on the PATH' : false;

/** Whether apps under test keep their ledgers in PostgreSQL. */
export const ON_POSTGRES = process.env.TEST_ENGINE === 'postgres';
/** What a test says that is skipped then. */
export const ONLY_SQLITE: string | false = ON_POSTGRES && 'looks into SQLite';

/** One server for all test files of a run: it ends with the process that runs them. */
const RUNNER = process.env.TAP === '1' ? process.ppid : process.pid;
const DIRECTORY = join(tmpdir(), `forecast-ledger-postgres-${RUNNER}`);

let made = 0;

function urlOf(database: string): string {
  return `postgres://ledger@${encodeURIComponent(DIRECTORY)}/${database}`;
}

async function startServer(): Promise<void> {
  try {
    mkdirSync(DIRECTORY, { mode: 0o700 });
    spawn(process.execPath, [SERVER, DIRECTORY, programs() ?? '', String(RUNNER)], {
      detached: true,
      stdio: ['ignore', 'ignore', 'inherit'],
    }).unref();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  await until(() => existsSync(join(DIRECTORY, 'ready')), 'PostgreSQL has started', LONG_MS);
}

/** Begins to count how often servers are asked for the version; gives the count. */
export function countVersionQueries(t: Pick<Test, 'intercept'>): () => number {
  let count = 0;
  const { query } = pg.Client.prototype as unknown as { query: (...args: unknown[]) => unknown };
  t.intercept(pg.Client.prototype, 'query', {
    value(this: pg.Client, ...args: unknown[]) {
      if ((args[0] as { name?: string }).name === 'version') count += 1;
      return query.apply(this, args);
    },
  });
  return () => count;
}

/** Uses a connection of its own to a database. */
export async function onPostgres<Result>(
  url: string,
  use: (client: pg.Client) => Promise<Result>,
): Promise<Result> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}

function asAdministrator<Result>(use: (client: pg.Client) => Promise<Result>): Promise<Result> {
  return onPostgres(urlOf('postgres'), use);
}

/** The URL of an empty database of its own, dropped when the test ends. */
export async function emptyDatabase(t: Pick<Test, 'after'>, template = 'template0'): Promise<string> {
  await startServer();
  made += 1;
  const name = `test_${process.pid}_${made}`;
  await asAdministrator((client) => client.query(`create database ${name} template ${template}`));
  t.after(() => asAdministrator((client) => client.query(`drop database if exists ${name} with (force)`)));
  return urlOf(name);
}

const TEMPLATE = 'seeded';

/** The URL of a database with a migrated, seeded ledger, dropped when the test ends: a copy of one that is made once a run. */
export async function seededDatabase(t: Pick<Test, 'after'>): Promise<string> {
  await startServer();
  await asAdministrator(async (client) => {
    await client.query('select pg_advisory_lock(1)');
    const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [TEMPLATE]);
    if (rowCount === 1) return;
    await client.query('drop database if exists seeding');
    await client.query('create database seeding template template0');
    const { store } = await openLedger(urlOf('seeding'), { now: () => RECORDED_AT });
    await store.close();
    await client.query(`alter database seeding rename to ${TEMPLATE}`);
  });
  return emptyDatabase(t, TEMPLATE);
}
