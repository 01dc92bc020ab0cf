import { createRequire } from 'node:module';
import type Pg from 'pg';
import { LOST } from './failures.ts';

const require = createRequire(import.meta.url);
const pg = require('pg') as typeof Pg;

const CONNECT_TIMEOUT_MS = 10_000;
/** No statement of a request or an import takes so long, unless something is wrong. */
const STATEMENT_TIMEOUT_MS = 60_000;
/** A server that has not even ended a statement by then does not answer any more. */
const ANSWERED_LATER_MS = 5000;
const INT8 = 20;
/** A server that a node has gone from without a word finds out within a minute, and ends what it had locked. */
const GONE = '-c tcp_keepalives_idle=30 -c tcp_keepalives_interval=10 -c tcp_keepalives_count=3';
/**
 * A search for a frequent word among a million records sorts and remembers more than the 4 MB that PostgreSQL begins with,
 * and compiling such a query takes longer than it saves: together half of its time.
 */
const LARGE_QUERIES = '-c work_mem=32MB -c jit=off';

/** Counts and sequences are far below 2^53: numbers, as in SQLite. */
const getTypeParser = ((type: number, format: 'text') =>
  type === INT8 ? Number : pg.types.getTypeParser(type, format)) as Pg.CustomTypesConfig['getTypeParser'];

/**
 * How to connect to the database of a URL; what its parameters say comes first. TLS is as `sslmode` says, in the meaning
 * of libpq.
 */
function clientConfig(url: string, statementTimeoutMs: number, answerTimeoutMs = 0): Pg.ClientConfig {
  const address = new URL(url);
  if (address.searchParams.has('sslmode')) address.searchParams.set('uselibpqcompat', 'true');
  return {
    connectionString: address.href,
    application_name: 'forecast-ledger',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: statementTimeoutMs,
    query_timeout: answerTimeoutMs,
    keepAlive: true,
    types: { getTypeParser },
    options: `${GONE} ${LARGE_QUERIES}`,
  };
}

/** The address of a database as it may be shown: without password and parameters. */
export function shownAddress(url: string): string {
  const { protocol, username, host, pathname } = new URL(url);
  return `${protocol}//${username === '' ? '' : `${username}@`}${host}${pathname}`;
}

/**
 * Opens a connection of its own.
 * @param answerTimeoutMs how long to wait for a server that says nothing; 0 for as long as the connection holds
 * @throws what `postgresFailureOf` names `databaseUnreachable`
 */
export async function connect(
  url: string,
  statementTimeoutMs = STATEMENT_TIMEOUT_MS,
  answerTimeoutMs = 0,
): Promise<Pg.Client> {
  const client = new pg.Client(clientConfig(url, statementTimeoutMs, answerTimeoutMs));
  // What is asked next fails as well; without a listener the process would end.
  client.on('error', () => undefined);
  await telling(client.connect());
  return client;
}

/** A pool of connections, opened when they are needed. */
export function createPool(url: string, most: number): Pg.Pool {
  const pool = new pg.Pool({
    ...clientConfig(url, STATEMENT_TIMEOUT_MS, STATEMENT_TIMEOUT_MS + ANSWERED_LATER_MS),
    max: most,
    idleTimeoutMillis: 60_000,
    maxLifetimeSeconds: 1800,
  });
  pool.on('error', () => undefined);
  pool.on('connect', (client) => void client.on('error', () => undefined));
  return pool;
}

/** Gives what the driver says of a lost connection a code: it has none where the server did not answer. */
export async function telling<Result>(asked: Promise<Result>): Promise<Result> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof Error && (error as { code?: unknown }).code === undefined)
      throw Object.assign(new Error(error.message, { cause: error }), { code: LOST });
    throw error;
  }
}
