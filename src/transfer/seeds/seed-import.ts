import { indexAllRevisions, markIndexed } from '../../ledger/records/search-index.ts';
import { invalidSeed, SEED_AUTHOR } from '../../ledger/seed-file.ts';
import type { Transaction } from '../../store/store.ts';
import { createRecordHandling } from '../imports/handling.ts';
import type { RowFault } from '../row-faults.ts';
import { emptyTally } from '../row-handling.ts';
import type { SeedRow } from './seed-file.ts';
import { parseSeedFile, seedRows } from './seed-file.ts';

/**
 * Imports seed files: what they say of entries and records replaces what earlier ones said, and leaves alone what
 * somebody else wrote.
 * @param texts by name of the file
 * @throws StorageError `invalidSeed`
 */
export async function importSeeds(
  transaction: Transaction,
  texts: ReadonlyMap<string, string>,
): Promise<void> {
  const rows = seedRows(new Map([...texts].map(([file, text]) => [file, parseSeedFile(file, text)])));
  const staged = new Map<string, { readonly row: number; readonly content: unknown }>();
  const handling = createRecordHandling('json', async () => staged, { held: 'replacedIfSeeded' });
  const checked = await handling.check(
    transaction,
    rows.map(({ value }, place) => ({ row: place + 1, line: place + 1, value })),
  );
  for (const [place, { staged: one, faults = [] }] of checked.entries()) {
    refuse(rows[place], faults[0]);
    if (one !== undefined) staged.set(one.key, { row: place + 1, content: one.content });
  }
  const [late] = await handling.finish(transaction);
  if (late !== undefined) refuse(rows[(late.row ?? 0) - 1], late.fault);
  const publisher = { author: SEED_AUTHOR, reason: 'seed file' };
  const { write } = await handling.publication(transaction, [...staged.values()], publisher, emptyTally());
  await write(transaction);
  // Names may have changed.
  await indexAllRevisions(transaction);
  await markIndexed(transaction);
}

function refuse(row: SeedRow | undefined, fault: RowFault | undefined): void {
  if (fault === undefined) return;
  const { column, code, message, value, suggestion } = fault;
  const found = value === null ? '' : `: ${JSON.stringify(value)}`;
  const hint = suggestion === undefined ? '' : `; did you mean ${JSON.stringify(suggestion)}?`;
  throw invalidSeed(row?.file ?? '', row?.name ?? '', column ?? '', `${message}${found} (${code})${hint}`);
}
