import type { Storage } from '../../src/db/storage.ts';
import type { Scope } from '../../src/keys/key.ts';
import type { KeyOrder } from '../../src/keys/writes.ts';
import { createKey } from '../../src/keys/writes.ts';
import { RECORDED_AT } from './build.ts';

/** Makes a key; gives its id, itself, and the headers that send it. */
export function makeKey(
  storage: Storage,
  scope: Scope = 'write',
  order: Partial<KeyOrder> = {},
): { readonly id: string; readonly text: string; readonly headers: { readonly authorization: string } } {
  const { id, text } = storage.write.transaction((write) =>
    createKey(write, { name: `${scope} key`, scope, expiresAt: null, ...order }, RECORDED_AT.toISOString()),
  );
  return { id, text, headers: { authorization: `Bearer ${text}` } };
}
