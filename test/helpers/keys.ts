import { spawnSync } from 'node:child_process';
import type { Scope } from '../../src/http/auth.ts';
import type { KeyOrder } from '../../src/ledger/keys/keys.ts';
import { createKey } from '../../src/ledger/keys/keys.ts';
import type { Store } from '../../src/store/store.ts';
import { ROOT } from './process.ts';

/** Makes a key; gives its id, itself, and the headers that send it. */
export async function makeKey(
  { store }: { readonly store: Store },
  scope: Scope = 'write',
  order: Partial<KeyOrder> = {},
): Promise<{
  readonly id: string;
  readonly text: string;
  readonly headers: { readonly authorization: string };
}> {
  const { id, text } = await store.write((transaction) =>
    createKey(transaction, { name: `${scope} key`, scope, expiresAt: null, ...order }),
  );
  return { id, text, headers: { authorization: `Bearer ${text}` } };
}

/** Makes a key for writing on the command line, for the ledger at a location, while its server runs. */
export function keyOnCommandLine(location: string, name = 'Writers'): string {
  const ledger = location.startsWith('postgres:') ? { DATABASE_URL: location } : { DATA_DIR: location };
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    ['src/cli.ts', 'keys', 'create', '--name', name, '--scope', 'write'],
    { cwd: ROOT, env: { PATH: process.env.PATH, ...ledger }, encoding: 'utf8' },
  );
  const key = /fl_\S+/.exec(stdout)?.[0];
  if (status !== 0 || key === undefined) throw new Error(`no key: ${stdout}${stderr}`);
  return key;
}
