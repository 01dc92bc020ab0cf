import { realpathSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type BetterSqlite3 from 'better-sqlite3';
import { StorageError } from '../errors.ts';
import { untilFree } from './busy.ts';
import { openSqlite } from './database.ts';
import { sqliteFailureOf } from './failures.ts';
import { makeDirectory, makeFile } from './files.ts';

/*
 * Who has a ledger, or does something with it, across processes. Empty files in its directory, locked by SQLite: a lock
 * ends with its process, however that ends, and does not depend on the ledger's own file being sound.
 */

/** Held by one process at a time, while it makes, migrates, seeds or replaces the ledger. */
const PREPARATION_LOCK = 'ledger.lock';
/** Shared by all who have the ledger open; held alone to replace it. */
const USE_LOCK = 'ledger.use.lock';
/** Where the locks of `Store.exclusive` are. */
const NAMED_LOCKS = 'locks';
const PREPARATION_TIMEOUT_MS = 30_000;

/** How often this process has each ledger open, by its directory. */
const heldHere = new Map<string, number>();

/**
 * Whether this process has the ledger of a directory open. Then nobody may open and close its file but SQLite: in POSIX,
 * closing a file ends all of the process's locks on it.
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
  const busy = `Another process is preparing this ledger (${file}).`;
  const lock = await take(file, 'exclusive', PREPARATION_TIMEOUT_MS, busy);
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
export async function holdLedger(directory: string): Promise<() => void> {
  const busy = `Another process is replacing the ledger in ${directory}.`;
  const lock = await take(join(directory, USE_LOCK), 'shared', PREPARATION_TIMEOUT_MS, busy);
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
  const busy = `A running server, or another command, has the ledger in ${directory} open. Stop it first.`;
  const lock = await take(join(directory, USE_LOCK), 'exclusive', 0, busy);
  try {
    return await action();
  } finally {
    lock.close();
  }
}

/** Runs an action while nobody else runs one of that name on the ledger of a directory. @throws StorageError `ledgerBusy` */
export async function whileLocked<Result>(
  directory: string,
  name: string,
  action: () => Promise<Result>,
  timeoutMs: number,
): Promise<Result> {
  makeDirectory(join(directory, NAMED_LOCKS));
  const file = namedLock(directory, name);
  const lock = await take(file, 'exclusive', timeoutMs, `Another process holds ${JSON.stringify(name)}.`);
  try {
    return await action();
  } finally {
    // While it is held: whoever waits for it sees that it is gone, and makes another.
    const isRemoved = remove(file);
    lock.close();
    // Windows removes no file that anybody has open. One that stays holds nobody up.
    if (!isRemoved) remove(file);
  }
}

function remove(file: string): boolean {
  try {
    rmSync(file, { force: true });
    return true;
  } catch (error) {
    if (!/^(?:EBUSY|EPERM|EACCES|EROFS)$/.test((error as NodeJS.ErrnoException).code ?? '')) throw error;
    return false;
  }
}

/** Whether somebody runs an action of that name on the ledger of a directory. */
export async function isLocked(directory: string, name: string): Promise<boolean> {
  if (statSync(namedLock(directory, name), { throwIfNoEntry: false }) === undefined) return false;
  try {
    await whileLocked(directory, name, async () => undefined, 0);
    return false;
  } catch (error) {
    if (sqliteFailureOf(error) !== 'ledgerBusy') throw error;
    return true;
  }
}

function namedLock(directory: string, name: string): string {
  if (!/^[\w.-]+$/.test(name)) throw new Error(`not the name of a lock: ${name}`);
  return join(directory, NAMED_LOCKS, `${name}.lock`);
}

async function take(
  file: string,
  how: 'shared' | 'exclusive',
  timeoutMs: number,
  busy: string,
): Promise<BetterSqlite3.Database> {
  try {
    return await untilFree(() => takeNow(file, how), timeoutMs);
  } catch (error) {
    if (error instanceof StorageError) throw error;
    if (sqliteFailureOf(error) === 'ledgerBusy') throw new StorageError('ledgerBusy', busy, { cause: error });
    throw new StorageError('cannotOpen', `${file} cannot be locked: ${(error as Error).message}.`, {
      cause: error,
    });
  }
}

function takeNow(file: string, how: 'shared' | 'exclusive'): BetterSqlite3.Database {
  for (;;) {
    makeFile(file);
    const opened = inodeOf(file);
    const lock = openSqlite(file, { timeout: 0 });
    try {
      // Without a journal on disk it can be taken when the disk is full, and leaves nothing behind.
      lock.pragma('journal_mode = memory');
      lock.exec(how === 'exclusive' ? 'begin exclusive' : 'begin');
      // The shared lock comes with the first read, and stays until the transaction ends.
      if (how === 'shared') lock.prepare('select count(*) from sqlite_schema').get();
    } catch (error) {
      lock.close();
      throw error;
    }
    // A lock on a file that has been removed meanwhile holds nobody else up.
    if (inodeOf(file) === opened) return lock;
    lock.close();
  }
}

function inodeOf(file: string): number | undefined {
  return statSync(file, { throwIfNoEntry: false })?.ino;
}
