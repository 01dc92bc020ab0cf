import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Storage } from '../../store/sqlite/storage.ts';
import { openSqlite } from '../../store/sqlite/storage.ts';
import { deleteStagedRows, failJob, unsettledJobs } from './jobs.ts';

/*
 * Every import holds a lock of its own from before its job is recorded until it has ended. SQLite holds it, so it ends
 * with the process, however that ends: a job whose lock is free and that has not ended never will.
 */

/** Where a ledger's imports keep their files. */
export function importsDirectory({ sqlite }: Storage): string {
  return join(dirname(sqlite.name), 'imports');
}

export interface ImportLock {
  readonly release: () => void;
}

/** Holds the lock of a new import. */
export function lockImport(storage: Storage, id: string): ImportLock {
  const directory = importsDirectory(storage);
  mkdirSync(directory, { recursive: true });
  const lock = openSqlite(join(directory, `${id}.lock`));
  lock.exec('begin exclusive');
  return {
    release: () => {
      lock.close();
      rmSync(join(directory, `${id}.lock`), { force: true });
    },
  };
}

function isHeld(file: string): boolean {
  if (!existsSync(file)) return false;
  const lock = openSqlite(file);
  try {
    lock.pragma('busy_timeout = 0');
    lock.exec('begin exclusive');
    return false;
  } catch {
    return true;
  } finally {
    lock.close();
  }
}

/**
 * Settles what a process that was killed left behind: its jobs are marked as failed, and what they had staged or
 * received is deleted. The jobs of processes that live are left alone.
 */
export function settleInterruptedImports(storage: Storage, now: Date): void {
  const directory = importsDirectory(storage);
  const lockFile = (id: string): string => join(directory, `${id}.lock`);
  for (const { id, unfinished } of unsettledJobs(storage)) {
    if (isHeld(lockFile(id))) continue;
    if (unfinished) {
      failJob(
        storage,
        id,
        {
          code: 'interrupted',
          message: 'The process ended before the import did; nothing was published. Send the file again.',
        },
        now,
      );
    }
    for (const _ of deleteStagedRows(storage, id));
  }
  if (!existsSync(directory)) return;
  for (const name of readdirSync(directory)) {
    const id = name.replace(/\.(?:lock|part)$/, '');
    if (id === name || isHeld(lockFile(id))) continue;
    rmSync(join(directory, name), { force: true });
  }
}
