import type { Command } from 'commander';
import { Option } from 'commander';
import type { Scope } from '../../http/auth.ts';
import { SCOPES } from '../../http/auth.ts';
import type { Store } from '../../store/store.ts';
import type { HeldKey } from './keys.ts';

type WithLedger = (action: (ledger: { readonly store: Store }) => Promise<void>) => Promise<void>;

/** `keys create`, `keys list`, `keys revoke`. What they do is loaded when one of them runs. */
export function addKeyCommands(program: Command, withLedger: WithLedger): void {
  const keys = program.command('keys').description('keys for writing; reading needs none');

  keys
    .command('create')
    .description('make a key; it is printed once, alone, on standard output, and kept only as a digest')
    .requiredOption('--name <name>', 'who writes with it: public, in the history of every record written')
    .addOption(
      new Option('--scope <scope>', 'what it may do: admin includes write, write includes read')
        .choices(SCOPES)
        .makeOptionMandatory(),
    )
    .option(
      '--expires <date>',
      'the last day (UTC) on which it is valid, or a time such as 2027-12-31T12:00Z',
    )
    .option('--collection <id>', 'where records belong that are sent with it and do not say it')
    .action((asked: { name: string; scope: Scope; expires?: string; collection?: string }) =>
      withLedger(async ({ store }) => {
        const { createKey, readOrder } = await import('./keys.ts');
        const order = readOrder(asked, new Date());
        const { id, text } = await store.write((transaction) => createKey(transaction, order));
        console.log(text);
        const end = order.expiresAt === null ? 'does not expire' : `expires at ${order.expiresAt}`;
        const place = order.collection === null ? '' : `collection ${order.collection}, `;
        console.error(
          `Key ${id}, named ${JSON.stringify(order.name)}, scope ${order.scope}, ${place}${end}. It is not shown again.`,
        );
      }),
    );

  keys
    .command('list')
    .description('show all keys: name, scope, when made, last used and ended; never the keys themselves')
    .action(() =>
      withLedger(async ({ store }) => {
        const { listKeys } = await import('./keys.ts');
        const now = new Date().toISOString();
        const rows = (await store.snapshot(listKeys)).map((key) => [
          key.id,
          key.name,
          key.scope,
          key.collection ?? '-',
          stateOf(key, now),
          key.createdAt,
          key.expiresAt ?? 'never',
          key.lastUsedAt ?? 'never',
        ]);
        if (rows.length === 0) console.error('There are no keys. `keys create` makes one.');
        else
          printTable([
            ['id', 'name', 'scope', 'collection', 'state', 'created', 'expires', 'last used'],
            ...rows,
          ]);
      }),
    );

  keys
    .command('revoke')
    .description('end a key at once, also for a server that is running; it stays in the list')
    .argument('<name or id>', 'as `keys list` shows it')
    .action((nameOrId: string) =>
      withLedger(async ({ store }) => {
        const { revokeKey } = await import('./keys.ts');
        const { id, name, wasInForce } = await store.write((transaction) =>
          revokeKey(transaction, nameOrId, new Date()),
        );
        console.log(
          `Key ${id}, named ${JSON.stringify(name)}, ${wasInForce ? 'is revoked' : 'was revoked already'}.`,
        );
      }),
    );
}

function stateOf(key: HeldKey, now: string): string {
  if (key.revokedAt !== null) return 'revoked';
  return key.expiresAt !== null && key.expiresAt <= now ? 'expired' : 'valid';
}

function printTable(rows: readonly (readonly string[])[]): void {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  for (const row of rows)
    console.log(
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    );
}
