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

/** Which failure of the database an error is, or was caused by (drizzle wraps what the driver throws); null for others. */
export function storageFailureOf(error: unknown): StorageFailure | null {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const { code } = cause as { code?: unknown };
    if (code === 'ledgerBusy' || code === 'clockBehindLedger') return code;
    const primary = typeof code === 'string' ? /^SQLITE_([A-Z]+)/.exec(code)?.[1] : undefined;
    const failure = primary === undefined ? undefined : FAILURES[primary];
    if (failure !== undefined) return failure;
  }
  return null;
}
