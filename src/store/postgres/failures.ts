import type { StorageFailure } from '../failures.ts';
import { failureOf } from '../failures.ts';

/** The code of a connection that was lost, also where no server has said so. */
export const LOST = '08006';
export const TOO_MANY_CONNECTIONS = '53300';

/** A connection that was lost, or that is of no use. */
export function lost(message: string): Error {
  return Object.assign(new Error(message), { code: LOST });
}

/**
 * What codes of PostgreSQL mean, and the system's for the way to it, by their beginnings: the first two characters are the
 * class. https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
const FAILURES: readonly (readonly [beginning: RegExp, failure: StorageFailure])[] = [
  [/^53100$/, 'storageFull'],
  // A server that only reads, a user who may not write.
  [/^(?:25006|42501)$/, 'storageReadOnly'],
  // A lock that others hold, too many connections, a deadlock.
  [/^(?:55P03|53300|40...)$/, 'ledgerBusy'],
  // The connection, a server that is stopping or starting, that lets nobody in, or that has no such database.
  [/^(?:08...|28...|3D000|57P0\d)$/, 'databaseUnreachable'],
  // Its certificate: https://nodejs.org/api/tls.html#x509-certificate-error-codes
  [/^(?:CERT_|CRL_|DEPTH_ZERO_|ERR_TLS_|SELF_SIGNED_|UNABLE_TO_)/, 'databaseUnreachable'],
  [/^(?:ECONN|EPIPE$|ENOTFOUND$|EAI_AGAIN$|ETIMEDOUT$|EHOSTUNREACH$|ENETUNREACH$)/, 'databaseUnreachable'],
  // Resources, what an operator does, the system, the data.
  [/^(?:53|57|58|XX)...$/, 'storageFailing'],
];

/** Which failure of the storage an error of PostgreSQL, or of the files beside it, is; null for others. */
export function postgresFailureOf(error: unknown): StorageFailure | null {
  return failureOf(error, (code) => FAILURES.find(([beginning]) => beginning.test(code))?.[1]);
}
