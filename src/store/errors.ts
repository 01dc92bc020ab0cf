export type StorageErrorCode =
  | 'runtimeTooOld'
  | 'noLedger'
  | 'cannotOpen'
  | 'foreignDatabase'
  | 'damagedDatabase'
  | 'newerDatabase'
  | 'changedMigration'
  | 'brokenReferences'
  | 'ledgerBusy'
  | 'clockBehindLedger'
  | 'clockNotBehind'
  | 'backupRefused'
  | 'backupFailed'
  | 'invalidSeed';

/** A reason for which a ledger cannot be opened or prepared. The message is for the person who starts the server. */
export class StorageError extends Error {
  override readonly name = 'StorageError';
  readonly code: StorageErrorCode;

  constructor(code: StorageErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
