import type { Scope } from '../../http/auth.ts';
import { eq, or } from '../../store/query.ts';
import type { Transaction } from '../../store/store.ts';
import { apiKeys } from '../../store/tables/schema.ts';
import { SEED_AUTHOR } from '../seed-file.ts';
import { KeyError } from './errors.ts';
import { newKey } from './key.ts';

/*
 * Keys are not part of what the ledger says: making, using and revoking them leaves the dataset version as it is.
 */

export interface KeyOrder {
  readonly name: string;
  readonly scope: Scope;
  /** ISO 8601 time in UTC with milliseconds. */
  readonly expiresAt: string | null;
}

/**
 * Makes a key.
 * @returns its id, and the key itself, which nobody can ask for again
 * @throws KeyError `nameTaken`
 */
export async function createKey(
  transaction: Transaction,
  order: KeyOrder,
): Promise<{ readonly id: string; readonly text: string }> {
  if (order.name === SEED_AUTHOR) {
    throw new KeyError(
      'nameTaken',
      `The name ${JSON.stringify(SEED_AUTHOR)} stands for the seed files, which may change what they wrote: choose another.`,
    );
  }
  const [taken] = await transaction.select().from(apiKeys).where(eq(apiKeys.name, order.name));
  if (taken !== undefined) {
    const state = taken.revokedAt === null ? '' : ', revoked';
    throw new KeyError(
      'nameTaken',
      `There is a key ${JSON.stringify(order.name)} already (${taken.id}${state}). Names stand in the history of what was written, so each is given once: choose another.`,
    );
  }
  const { id, text, sha256 } = newKey();
  await transaction.insert(apiKeys).values({ id, ...order, sha256, createdAt: transaction.recordedAt });
  return { id, text };
}

/**
 * Revokes a key; one that is revoked already stays as it is. By the clock: a key can be ended though nothing can be recorded.
 * @param nameOrId a name; or an id, where no key has it as its name
 * @returns the key's id and name, and whether it was in force until now
 * @throws KeyError `unknownKey`
 */
export async function revokeKey(
  transaction: Transaction,
  nameOrId: string,
  now: Date,
): Promise<{ readonly id: string; readonly name: string; readonly wasInForce: boolean }> {
  const found = await transaction
    .select()
    .from(apiKeys)
    .where(or(eq(apiKeys.name, nameOrId), eq(apiKeys.id, nameOrId)));
  const key = found.find(({ name }) => name === nameOrId) ?? found[0];
  if (key === undefined) {
    throw new KeyError(
      'unknownKey',
      `There is no key of the name or id ${JSON.stringify(nameOrId)}; \`keys list\` shows them.`,
    );
  }
  const wasInForce = key.revokedAt === null;
  if (wasInForce)
    await transaction.update(apiKeys).set({ revokedAt: now.toISOString() }).where(eq(apiKeys.id, key.id));
  return { id: key.id, name: key.name, wasInForce };
}

export async function markUsed(transaction: Transaction, id: string, usedAt: string): Promise<void> {
  await transaction.update(apiKeys).set({ lastUsedAt: usedAt }).where(eq(apiKeys.id, id));
}
