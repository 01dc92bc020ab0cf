/** Reasons for which the database refuses what is right: each is somebody else's doing, and passes. */
export type StorageFailure =
  | 'ledgerBusy'
  | 'clockBehindLedger'
  | 'storageFull'
  | 'storageReadOnly'
  | 'storageFailing';

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

/** The system's codes, for what is kept beside the database: files of imports, locks. */
const SYSTEM_FAILURES: Readonly<Record<string, StorageFailure>> = {
  ENOSPC: 'storageFull',
  EDQUOT: 'storageFull',
  EACCES: 'storageReadOnly',
  EPERM: 'storageReadOnly',
  EROFS: 'storageReadOnly',
  EIO: 'storageFailing',
};

/** Which failure of the storage an error is, or was caused by (drizzle wraps what the driver throws); null for others. */
export function storageFailureOf(error: unknown): StorageFailure | null {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const { code } = cause as { code?: unknown };
    if (typeof code !== 'string') continue;
    if (code === 'ledgerBusy' || code === 'clockBehindLedger') return code;
    const primary = /^SQLITE_([A-Z]+)/.exec(code)?.[1];
    const failure = primary === undefined ? SYSTEM_FAILURES[code] : FAILURES[primary];
    if (failure !== undefined) return failure;
  }
  return null;
}
