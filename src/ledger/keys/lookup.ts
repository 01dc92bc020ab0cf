import type { FoundKey, KeyLookup } from '../../http/auth.ts';
import type { Store } from '../../store/store.ts';
import { hasDigest, idOf } from './key.ts';
import { findKey } from './repository.ts';
import { markUsed } from './writes.ts';

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
    // Not waited for: whether this can be written, and when, is no reason to hold up what was asked.
    store
      .write((transaction) => markUsed(transaction, id, new Date(time).toISOString()), { timeoutMs: 0 })
      .catch(failed);
  };

  return {
    find: async (text, log): Promise<FoundKey> => {
      const id = idOf(text);
      if (id === null)
        return { fault: 'The key is not one of this service: they are like fl_<12 digits>_<64 digits>.' };
      const key = await store.snapshot((read) => findKey(read, id));
      if (!hasDigest(text, key?.sha256) || key === undefined) return { fault: 'There is no such key.' };
      if (key.revokedAt !== null) return { fault: `The key was revoked at ${key.revokedAt}.` };
      if (key.expiresAt !== null && key.expiresAt <= now().toISOString())
        return { fault: `The key expired at ${key.expiresAt}.` };
      noteUse(id, key.lastUsedAt, (error) =>
        log.warn({ err: error, keyId: id }, 'the use of a key could not be noted'),
      );
      return { author: { keyId: id, name: key.name, scope: key.scope } };
    },
  };
}
