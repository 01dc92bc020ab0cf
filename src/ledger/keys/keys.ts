import type { FoundKey, KeyLookup, Scope } from '../../http/auth.ts';
import { identifier } from '../../http/query/shared-schemas.ts';
import { moment } from '../../http/query/vintage.ts';
import { EMPTY_DATASET_VERSION } from '../../store/ledger-state.ts';
import { asc, eq, or } from '../../store/query.ts';
import type { Reader, Store, Transaction } from '../../store/store.ts';
import { apiKeys } from '../../store/tables/schema.ts';
import { SEED_AUTHOR } from '../seed-file.ts';
import { hasDigest, idOf, newKey } from './key.ts';

/*
 * Keys are not part of what the ledger says: making, using and revoking them leaves the dataset version as it is.
 */

export type KeyErrorCode = 'nameTaken' | 'unknownKey' | 'invalidName' | 'invalidExpiry' | 'invalidCollection';

/** Why a key cannot be made or revoked. The message is for the person at the command line. */
export class KeyError extends Error {
  override readonly name = 'KeyError';
  readonly code: KeyErrorCode;

  constructor(code: KeyErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** A key as the ledger holds it: everything but the key. Times are ISO 8601 in UTC with milliseconds, `lastUsedAt` to the minute. */
export type HeldKey = typeof apiKeys.$inferSelect & { readonly scope: Scope };

export async function findKey(read: Reader, id: string): Promise<HeldKey | undefined> {
  const [row] = await read.select().from(apiKeys).where(eq(apiKeys.id, id));
  return row as HeldKey | undefined;
}

/** All keys, revoked and expired ones too, in the order in which they were made. */
export async function listKeys(read: Reader): Promise<readonly HeldKey[]> {
  const rows = await read.select().from(apiKeys).orderBy(asc(apiKeys.createdAt), asc(apiKeys.id));
  return rows as HeldKey[];
}

export interface KeyOrder {
  readonly name: string;
  readonly scope: Scope;
  /** ISO 8601 time in UTC with milliseconds. */
  readonly expiresAt: string | null;
  /** Where records belong that are sent with it and do not say it. */
  readonly collection?: string | null;
}

const NAME = /^[\p{L}\p{N}][\p{L}\p{N}\p{M} ._@+-]{0,99}$/u;
const ID_LIKE = /^[0-9a-f]{12}$/;

/**
 * What is asked for at the command line, checked.
 * @param asked `expires`: a time with its offset, or a day, which means its end in UTC
 * @throws KeyError `invalidName`, `invalidExpiry`, `invalidCollection`
 */
export function readOrder(
  asked: {
    readonly name: string;
    readonly scope: Scope;
    readonly expires?: string | undefined;
    readonly collection?: string | undefined;
  },
  now: Date,
): KeyOrder {
  const name = asked.name.normalize('NFC').trim();
  const refuse = (reason: string): never => {
    throw new KeyError('invalidName', `A key cannot be named ${JSON.stringify(asked.name)}: ${reason}.`);
  };
  if (!NAME.test(name))
    refuse('a name has 1 to 100 letters, digits, spaces and . _ @ + -, and begins with a letter or a digit');
  if (name.toLowerCase() === SEED_AUTHOR) refuse('in the history of records it stands for the seed files');
  if (ID_LIKE.test(name)) refuse('it looks like the id of a key');
  const { collection = null } = asked;
  if (collection !== null && !identifier.safeParse(collection).success)
    throw new KeyError(
      'invalidCollection',
      `There is no collection of the id ${JSON.stringify(collection)}: an id has letters and digits, joined by single hyphens, dots or underscores.`,
    );
  return { name, scope: asked.scope, expiresAt: readExpiry(asked.expires, now), collection };
}

function readExpiry(expires: string | undefined, now: Date): string | null {
  if (expires === undefined) return null;
  const read = moment.safeParse(expires);
  if (!read.success) {
    throw new KeyError(
      'invalidExpiry',
      `A key cannot expire at ${JSON.stringify(expires)}: give a day such as 2027-12-31, which means its end in UTC, or a time such as 2027-12-31T12:00:00Z.`,
    );
  }
  if (read.data <= now.toISOString()) {
    throw new KeyError(
      'invalidExpiry',
      `A key cannot expire at ${read.data}: that is past, it is ${now.toISOString()}.`,
    );
  }
  return read.data;
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

/** Where records belong that an author sends without saying it; null where no key of that name says it. */
export async function collectionOfAuthor(read: Reader, author: string): Promise<string | null> {
  const [row] = await read
    .select({ collection: apiKeys.collection })
    .from(apiKeys)
    .where(eq(apiKeys.name, author));
  return row?.collection ?? null;
}

const USE_NOTED_EVERY_MS = 60_000;

/** The ledger's keys, as requests are checked against them. */
export function createKeyLookup(store: Store, now: () => Date): KeyLookup {
  /** When this process has last noted the use of a key, by its id. */
  const noted = new Map<string, number>();

  /** At most once a minute, so that reading with a key does not write; best effort. */
  const noteUse = (id: string, lastUsedAt: string | null, failed: (error: unknown) => void): void => {
    const time = now().getTime();
    const last = Math.max(noted.get(id) ?? 0, lastUsedAt === null ? 0 : Date.parse(lastUsedAt));
    if (time - last < USE_NOTED_EVERY_MS) return;
    noted.set(id, time);
    const use = { lastUsedAt: new Date(time).toISOString() };
    // Not waited for: whether this can be written, and when, is no reason to hold up what was asked.
    store
      .write(
        async (transaction) => void (await transaction.update(apiKeys).set(use).where(eq(apiKeys.id, id))),
        {
          timeoutMs: 0,
        },
      )
      .catch(failed);
  };

  return {
    find: async (text, log): Promise<FoundKey> => {
      const id = idOf(text);
      if (id === null)
        return { fault: 'The key is not one of this service: they are like fl_<12 digits>_<64 digits>.' };
      const key = await store
        .snapshot((read) => findKey(read, id))
        .catch((error: unknown) => {
          // Whoever only reads with it goes on; a write needs the primary, too.
          if (store.failureOf(error) !== 'databaseUnreachable') throw error;
          return store.snapshot((read) => findKey(read, id), { atLeast: EMPTY_DATASET_VERSION });
        });
      if (!hasDigest(text, key?.sha256) || key === undefined) return { fault: 'There is no such key.' };
      if (key.revokedAt !== null) return { fault: `The key was revoked at ${key.revokedAt}.` };
      if (key.expiresAt !== null && key.expiresAt <= now().toISOString())
        return { fault: `The key expired at ${key.expiresAt}.` };
      noteUse(id, key.lastUsedAt, (error) =>
        log.warn({ err: error, keyId: id }, 'the use of a key could not be noted'),
      );
      return { author: { keyId: id, name: key.name, scope: key.scope, collection: key.collection } };
    },
  };
}
