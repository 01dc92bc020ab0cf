import { closeSync, mkdirSync, openSync } from 'node:fs';

/*
 * A ledger's files hold digests of keys and the texts of documents: they are made for their owner alone. SQLite gives a
 * log the mode of its database.
 */

export const OWN_FILE_MODE = 0o600;
const OWN_DIRECTORY_MODE = 0o700;

/** Makes a directory for its owner alone; one that is there stays as it is. */
export function makeDirectory(path: string): void {
  mkdirSync(path, { recursive: true, mode: OWN_DIRECTORY_MODE });
}

/** Makes an empty file for its owner alone; one that is there is not touched. */
export function makeFile(path: string): void {
  try {
    closeSync(openSync(path, 'wx', OWN_FILE_MODE));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}
