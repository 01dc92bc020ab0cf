export type KeyErrorCode = 'nameTaken' | 'unknownKey' | 'invalidName' | 'invalidExpiry';

/** Why a key cannot be made or revoked. The message is for the person at the command line. */
export class KeyError extends Error {
  override readonly name = 'KeyError';
  readonly code: KeyErrorCode;

  constructor(code: KeyErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
