/** Reasons for which the database refuses what is right: each is somebody else's doing, and passes. */
export type StorageFailure =
  | 'ledgerBusy'
  | 'clockBehindLedger'
  | 'databaseUnreachable'
  | 'storageFull'
  | 'storageReadOnly'
  | 'storageFailing';

/** The store's own codes, and the system's, for what is kept beside the database: files of imports, locks. */
const COMMON_FAILURES: Readonly<Record<string, StorageFailure>> = {
  ledgerBusy: 'ledgerBusy',
  clockBehindLedger: 'clockBehindLedger',
  ENOSPC: 'storageFull',
  EDQUOT: 'storageFull',
  EACCES: 'storageReadOnly',
  EPERM: 'storageReadOnly',
  EROFS: 'storageReadOnly',
  EIO: 'storageFailing',
};

/**
 * Which failure of the storage an error is, or was caused by (drizzle wraps what the driver throws); null for others.
 * @param engineFailure what a code of the engine's own means
 */
export function failureOf(
  error: unknown,
  engineFailure: (code: string) => StorageFailure | undefined,
): StorageFailure | null {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const { code } = cause as { code?: unknown };
    const failure = typeof code === 'string' ? (COMMON_FAILURES[code] ?? engineFailure(code)) : undefined;
    if (failure !== undefined) return failure;
  }
  return null;
}
