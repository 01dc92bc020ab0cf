import { AsyncLocalStorage } from 'node:async_hooks';
import { StorageError } from '../errors.ts';
import { connect, telling } from './client.ts';
import type { Connection } from './connection.ts';

/*
 * Who does something with a ledger, across nodes: advisory locks of PostgreSQL, each held by a connection. A lock ends
 * with its connection, however the node ends.
 */

/** One at a time writes. Locks of one number are others than those of two. */
export const WRITE_LOCK = 0x46634c64;
/** The first number of the locks of `Store.exclusive`; the second is made of the name. */
const NAMED_LOCKS = 0x46634c64;

/** A lock that a connection holds, known by the process of the server that serves it. */
export interface HeldLock {
  readonly url: string;
  readonly name: string;
  readonly pid: number;
  /** Whether the action that it was taken for has ended: what that has left running is not under it. */
  isReleased: boolean;
}

/** The locks under which what runs at this moment was begun. */
const HELD = new AsyncLocalStorage<readonly HeldLock[]>();

/** The locks on a ledger under which the caller runs. */
export function heldLocks(url: string): readonly HeldLock[] {
  return (HELD.getStore() ?? []).filter((lock) => lock.url === url && !lock.isReleased);
}

/**
 * Refuses a write whose locks have been lost. The connection holds `WRITE_LOCK`: whoever takes the lock from now on writes
 * after this write.
 * @throws what `postgresFailureOf` names `storageFailing`
 */
export async function refuseWithout(locks: readonly HeldLock[], connection: Connection): Promise<void> {
  for (const { name, pid } of locks)
    if ((await connection.rows(`${IS_LOCKED} and pid = $2`, [name, pid])).length === 0)
      await telling(Promise.reject(lockLost(name)));
}

/**
 * Runs an action while nobody else runs one of that name on the ledger. Once the lock is lost, the action's writes are
 * refused.
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
    client.once('end', () => reject(lockLost(name)));
    lost.catch(() => undefined);
    if (!(await take(client, name, timeoutMs)))
      throw new StorageError('ledgerBusy', `Another process holds ${JSON.stringify(name)}.`);
    const { rows } = await telling(client.query('select pg_backend_pid() as pid'));
    const lock: HeldLock = { url, name, pid: (rows[0] as { pid: number }).pid, isReleased: false };
    const acting = HELD.run([...(HELD.getStore() ?? []), lock], action).finally(() => {
      lock.isReleased = true;
    });
    return await Promise.race([acting, telling(lost)]);
  } finally {
    await client.end().catch(() => undefined);
  }
}

function lockLost(name: string): Error {
  return new Error(`the connection that held ${JSON.stringify(name)} was lost`);
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
