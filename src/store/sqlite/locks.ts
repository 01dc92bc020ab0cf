import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import type BetterSqlite3 from 'better-sqlite3';
import { StorageError } from '../errors.ts';
import { openSqlite } from './storage.ts';

/*
 * Who has a ledger, across processes. Two empty files beside it, locked by SQLite: a lock ends with its process, however
 * that ends, and does not depend on the ledger's own file being sound.
 */

/** Held by one process at a time, while it makes, migrates, seeds or replaces the ledger. */
const PREPARATION_LOCK = 'ledger.lock';
/** Shared by all who have the ledger open; held alone to replace it. */
const USE_LOCK = 'ledger.use.lock';
const PREPARATION_TIMEOUT_MS = 30_000;

/** How often this process has each ledger open, by its directory. */
const heldHere = new Map<string, number>();

/**
 * Whether this process has the ledger of a directory open. Then nobody may open and close its file but SQLite: in POSIX,
 * closing a file ends all of the process's locks on it. (Worker threads of the process open it with `openStorage`, which
 * leaves that to SQLite.)
 */
export function isHeldHere(directory: string): boolean {
  return (heldHere.get(realpathSync(directory)) ?? 0) > 0;
}

/** Runs an action while no other process prepares or replaces the ledger. @throws StorageError `ledgerBusy` */
export async function whilePreparing<Result>(
  directory: string,
  action: () => Promise<Result>,
): Promise<Result> {
  const file = join(directory, PREPARATION_LOCK);
  const lock = locked(
    file,
    PREPARATION_TIMEOUT_MS,
    (sqlite) => sqlite.exec('begin exclusive'),
    `Another process is preparing this ledger (${file}).`,
  );
  try {
    return await action();
  } finally {
    lock.close();
  }
}

/**
 * Notes that this process has the ledger open, until what is returned is called.
 * @throws StorageError `ledgerBusy` while it is being replaced
 */
export function holdLedger(directory: string): () => void {
  const lock = locked(
    join(directory, USE_LOCK),
    PREPARATION_TIMEOUT_MS,
    (sqlite) => {
      sqlite.exec('begin');
      // The shared lock comes with the first read, and stays until the transaction ends.
      sqlite.prepare('select count(*) from sqlite_schema').get();
    },
    `Another process is replacing the ledger in ${directory}.`,
  );
  const key = realpathSync(directory);
  heldHere.set(key, (heldHere.get(key) ?? 0) + 1);
  return () => {
    if (!lock.open) return;
    lock.close();
    heldHere.set(key, (heldHere.get(key) ?? 1) - 1);
  };
}

/** Runs an action while nobody has the ledger open. @throws StorageError `ledgerBusy` where somebody has, at once */
export async function whileAlone<Result>(directory: string, action: () => Promise<Result>): Promise<Result> {
  const lock = locked(
    join(directory, USE_LOCK),
    0,
    (sqlite) => sqlite.exec('begin exclusive'),
    `A running server, or another command, has the ledger in ${directory} open. Stop it first.`,
  );
  try {
    return await action();
  } finally {
    lock.close();
  }
}

function locked(
  file: string,
  timeoutMs: number,
  take: (sqlite: BetterSqlite3.Database) => void,
  busy: string,
): BetterSqlite3.Database {
  const lock = openSqlite(file);
  try {
    lock.pragma(`busy_timeout = ${timeoutMs}`);
    take(lock);
    return lock;
  } catch (error) {
    lock.close();
    if ((error as { code?: string }).code !== 'SQLITE_BUSY') {
      throw new StorageError('cannotOpen', `${file} cannot be locked: ${(error as Error).message}.`, {
        cause: error,
      });
    }
    throw new StorageError('ledgerBusy', busy, { cause: error });
  }
}
