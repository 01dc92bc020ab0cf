import { StorageError } from '../errors.ts';
import { connect, telling } from './client.ts';

/*
 * Who does something with a ledger, across nodes: advisory locks of PostgreSQL, each held by a connection. A lock ends
 * with its connection, however the node ends.
 */

/** One at a time writes. Locks of one number are others than those of two. */
export const WRITE_LOCK = 0x46634c64;
/** The first number of the locks of `Store.exclusive`; the second is made of the name. */
const NAMED_LOCKS = 0x46634c64;

/**
 * Runs an action while nobody else runs one of that name on the ledger.
 * @param timeoutMs how long to wait for it; 0 does not wait
 * @throws what the action throws; StorageError `ledgerBusy`; where the connection that holds the lock is lost, what
 *   `postgresFailureOf` names, although the action may still be under way
 */
export async function whileLocked<Result>(
  url: string,
  name: string,
  action: () => Promise<Result>,
  timeoutMs: number,
): Promise<Result> {
  const client = await connect(url);
  try {
    const { promise: lost, reject } = Promise.withResolvers<never>();
    client.once('end', () => reject(new Error(`the connection that held ${JSON.stringify(name)} was lost`)));
    lost.catch(() => undefined);
    if (!(await take(client, name, timeoutMs)))
      throw new StorageError('ledgerBusy', `Another process holds ${JSON.stringify(name)}.`);
    return await Promise.race([action(), telling(lost)]);
  } finally {
    await client.end().catch(() => undefined);
  }
}

type Client = Awaited<ReturnType<typeof connect>>;

async function take(client: Client, name: string, timeoutMs: number): Promise<boolean> {
  if (timeoutMs === 0) {
    const { rows } = await telling(
      client.query('select pg_try_advisory_lock($1, hashtext($2)) as taken', [NAMED_LOCKS, name]),
    );
    return (rows[0] as { taken: boolean }).taken;
  }
  await telling(client.query(`set lock_timeout = ${Math.ceil(timeoutMs)}; set statement_timeout = 0`));
  try {
    await telling(client.query('select pg_advisory_lock($1, hashtext($2))', [NAMED_LOCKS, name]));
    return true;
  } catch (error) {
    if ((error as { code?: unknown }).code === LOCK_NOT_AVAILABLE) return false;
    throw error;
  }
}

const LOCK_NOT_AVAILABLE = '55P03';

/** Holds where somebody runs an action of the name `$1`. */
export const IS_LOCKED = `select 1 from pg_locks where locktype = 'advisory' and granted and objsubid = 2
  and database = (select oid from pg_database where datname = current_database())
  and classid = ${NAMED_LOCKS} and objid = hashtext($1)::oid`;
