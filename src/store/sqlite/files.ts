import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { StorageError } from '../errors.ts';
import { APPLICATION_ID, openSqlite } from './database.ts';

/** A ledger's database file in its directory. */
export const LEDGER_FILE = 'ledger.sqlite';
/** What SQLite keeps beside a database file: the write-ahead log and its index. */
export const SIDE_FILES = ['-wal', '-shm'] as const;

/*
 * A ledger's files hold digests of keys and the texts of documents: they are made for their owner alone. SQLite gives a
 * log the mode of its database.
 */
const OWN_FILE_MODE = 0o600;
const OWN_DIRECTORY_MODE = 0o700;

/**
 * A path from the root on.
 * @throws StorageError `cannotOpen` where it is relative to a working directory that has been deleted
 */
export function absolutePath(path: string): string {
  try {
    return resolve(path);
  } catch (error) {
    throw new StorageError(
      'cannotOpen',
      `${path} leads nowhere: the working directory has been deleted. Start in one that is there, or give the whole path.`,
      { cause: error },
    );
  }
}

/** Makes a directory for its owner alone; one that is there stays as it is. */
export function makeDirectory(path: string): void {
  // In a working directory that has been deleted, a relative path is tried without end.
  mkdirSync(absolutePath(path), { recursive: true, mode: OWN_DIRECTORY_MODE });
}

/** Makes an empty file for its owner alone; one that is there is not touched. */
export function makeFile(path: string): void {
  try {
    closeSync(openSync(path, 'wx', OWN_FILE_MODE));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

/** Removes a database file and what SQLite keeps beside it. */
export function removeDatabase(file: string): void {
  for (const side of ['', '-journal', ...SIDE_FILES]) rmSync(file + side, { force: true });
}

/** Bytes of a file, or null where there is none. */
export function sizeOf(file: string): number | null {
  return statSync(file, { throwIfNoEntry: false })?.size ?? null;
}

/** Makes an empty ledger's file, whole or not at all: a file that is there is never one that was begun. */
export function makeLedgerFile(file: string): void {
  const begun = `${file}.new`;
  removeDatabase(begun);
  makeFile(begun);
  const sqlite = openSqlite(begun);
  try {
    sqlite.pragma(`application_id = ${APPLICATION_ID}`);
  } catch (error) {
    throw new StorageError('cannotOpen', `${file} cannot be made: ${(error as Error).message}.`, {
      cause: error,
    });
  } finally {
    sqlite.close();
  }
  moveInto(begun, file);
}

/** Gives a finished file its name, in the place of what has it: after a power cut it is either the old or the new. */
export function moveInto(finished: string, file: string): void {
  sync(finished);
  renameSync(finished, file);
  sync(dirname(file));
}

/** Lets a file belong to whom another one does, as far as this process may. */
export function takeOverOwner(file: string, other: string): void {
  const { uid, gid } = statSync(other);
  const descriptor = openSync(file, constants.O_RDWR);
  try {
    fchmodSync(descriptor, statSync(other).isFile() ? statSync(other).mode | OWN_FILE_MODE : OWN_FILE_MODE);
    fchownSync(descriptor, uid, gid);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') throw error;
  } finally {
    closeSync(descriptor);
  }
}

/** Waits until a file or directory is on disk. */
export function sync(path: string): void {
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** The ledger's file of a directory. */
export function ledgerFileOf(directory: string): string {
  return join(directory, LEDGER_FILE);
}
