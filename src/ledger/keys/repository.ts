import type { Scope } from '../../http/auth.ts';
import { asc, eq } from '../../store/query.ts';
import type { Reader } from '../../store/store.ts';
import { apiKeys } from '../../store/tables/schema.ts';

/** A key as the ledger holds it: everything but the key. Times are ISO 8601 in UTC with milliseconds. */
export interface HeldKey {
  readonly id: string;
  readonly name: string;
  readonly scope: Scope;
  readonly sha256: string;
  readonly createdAt: string;
  readonly expiresAt: string | null;
  readonly revokedAt: string | null;
  /** To the minute. */
  readonly lastUsedAt: string | null;
}

export async function findKey(read: Reader, id: string): Promise<HeldKey | undefined> {
  const [row] = await read.select().from(apiKeys).where(eq(apiKeys.id, id));
  return row as HeldKey | undefined;
}

/** All keys, revoked and expired ones too, in the order in which they were made. */
export async function listKeys(read: Reader): Promise<readonly HeldKey[]> {
  const rows = await read.select().from(apiKeys).orderBy(asc(apiKeys.createdAt), asc(apiKeys.id));
  return rows as HeldKey[];
}
