import type { StorageFailure } from '../failures.ts';
import { failureOf } from '../failures.ts';

/** SQLite's result codes by their primary part: `SQLITE_BUSY_SNAPSHOT` is a `SQLITE_BUSY`. https://sqlite.org/rescode.html */
const FAILURES: Readonly<Record<string, StorageFailure>> = {
  BUSY: 'ledgerBusy',
  LOCKED: 'ledgerBusy',
  PROTOCOL: 'ledgerBusy',
  FULL: 'storageFull',
  READONLY: 'storageReadOnly',
  PERM: 'storageReadOnly',
  IOERR: 'storageFailing',
  CANTOPEN: 'storageFailing',
  CORRUPT: 'storageFailing',
  NOTADB: 'storageFailing',
};

/** Which failure of the storage an error of SQLite, or of the files beside it, is; null for others. */
export function sqliteFailureOf(error: unknown): StorageFailure | null {
  return failureOf(error, (code) => FAILURES[/^SQLITE_([A-Z]+)/.exec(code)?.[1] ?? '']);
}
