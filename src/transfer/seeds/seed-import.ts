import { z } from 'zod';
import { findCycle, parentsOf } from '../../domain/analysis/taxonomy.ts';
import { ENTRY_TABLES } from '../../ledger/catalogue/entry-tables.ts';
import { indexAllRevisions } from '../../ledger/records/search.ts';
import { invalidSeed, parseSeedText, SEED_AUTHOR } from '../../ledger/seed-file.ts';
import { getTableName } from '../../store/query.ts';
import type { Transaction } from '../../store/store.ts';
import { createRecordHandling } from '../imports/handling.ts';
import type { RowFault } from '../row-faults.ts';
import { emptyTally } from '../row-handling.ts';

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
  const handling = createRecordHandling('json', async () => staged, { held: 'correctedIfSeeded' });
  const checked = await handling.check(
    transaction,
    rows.map(({ value }, place) => ({ row: place + 1, line: place + 1, value })),
    true,
  );
  for (const [place, { staged: one, faults = [] }] of checked.entries()) {
    refuse(rows[place], faults[0]);
    if (one === undefined) continue;
    const reason = rows[place]?.reason;
    staged.set(one.key, { row: place + 1, content: { ...(one.content as object), reason } });
  }
  const [late] = await handling.finish(transaction);
  if (late !== undefined) refuse(rows[(late.row ?? 0) - 1], late.fault);
  const publisher = { author: SEED_AUTHOR, reason: 'seed file' };
  const { write } = await handling.publication(transaction, [...staged.values()], publisher, emptyTally());
  await write(transaction);
  // Names may have changed.
  await indexAllRevisions(transaction);
}

function refuse(row: SeedRow | undefined, fault: RowFault | undefined): void {
  if (fault === undefined) return;
  const { column, code, message, value, suggestion } = fault;
  const found = value === null ? '' : `: ${JSON.stringify(value)}`;
  const hint = suggestion === undefined ? '' : `; did you mean ${JSON.stringify(suggestion)}?`;
  throw invalidSeed(row?.file ?? '', row?.name ?? '', column ?? '', `${message}${found} (${code})${hint}`);
}

/** An entry or a record: what it says is read as a row of an import; `reason` says why a record was last corrected. */
const SeedValue = z.looseObject({ id: z.string().min(1), reason: z.string().min(1).optional() });
const values = z.array(SeedValue).default([]);

/** A seed file: entries of the catalogue, at most one collection with its forecasts, and outcomes of any collection. */
const SeedFile = z.strictObject({
  about: z.string().min(1),
  regions: values,
  organisations: values,
  measures: values,
  scopes: values,
  sectors: values,
  sources: values,
  collection: SeedValue.nullable().default(null),
  forecasts: values,
  outcomes: values,
});
export type SeedFile = z.output<typeof SeedFile>;

/** What the rows of each group of a file are, in an order in which nothing refers to what comes later. */
const GROUPS: Readonly<Record<string, object>> = {
  ...Object.fromEntries(Object.entries(ENTRY_TABLES).map(([type, table]) => [getTableName(table), { type }])),
  forecasts: { kind: 'forecast' },
  outcomes: { kind: 'outcome' },
};

export interface SeedRow {
  readonly file: string;
  /** What it is in its file: `forecasts "x"`. */
  readonly name: string;
  readonly value: object;
  /** Why a record was last corrected. */
  readonly reason: string | undefined;
}

/** @throws StorageError `invalidSeed` */
export function parseSeedFile(file: string, text: string): SeedFile {
  return parseSeedText(SeedFile, file, text);
}

/**
 * The rows of all seed files together.
 * @param files by name, in the order in which they are to be applied
 * @throws StorageError `invalidSeed` for ids given twice, and for a taxonomy that is not a forest
 */
export function seedRows(files: ReadonlyMap<string, SeedFile>): readonly SeedRow[] {
  const rows = [...files].flatMap(([file, { about: _, collection, ...seeds }]) =>
    Object.entries({ ...seeds, collections: collection === null ? [] : [collection] }).flatMap(
      ([group, ofGroup]) =>
        ofGroup.map((value): GroupedRow => {
          const { id, reason } = value;
          const more = { ...GROUPS[group], ...(group === 'forecasts' ? { collection: collection?.id } : {}) };
          const name = `${group} ${JSON.stringify(id)}`;
          return { file, group, id, name, reason, value: { ...more, ...value } };
        }),
    ),
  );
  refuseRepeated(rows);
  const depthOf = depthsOf(rows);
  const order = Object.keys(GROUPS);
  const place = ({ group }: GroupedRow): number => order.indexOf(group);
  return rows.toSorted((one, other) => place(one) - place(other) || depthOf(one) - depthOf(other));
}

interface GroupedRow extends SeedRow {
  readonly group: string;
  readonly id: string;
}

function refuseRepeated(rows: readonly GroupedRow[]): void {
  const first = new Map<string, string>();
  for (const { file, name } of rows) {
    const earlier = first.get(name);
    if (earlier !== undefined) throw invalidSeed(file, name, 'id', `stands in ${earlier} already`);
    first.set(name, file);
  }
}

/** How many sectors stand above a sector; 0 for any other row. */
function depthsOf(rows: readonly GroupedRow[]): (row: GroupedRow) => number {
  const sectors = new Map(rows.filter(({ group }) => group === 'sectors').map((row) => [row.id, row]));
  const parentOf = new Map(
    [...sectors].map(([id, { value }]): [string, readonly string[]] => {
      const { parent, otherParents = [] } = value as { parent?: string | null; otherParents?: string[] };
      return [id, [...(parent == null ? [] : [parent]), ...otherParents]];
    }),
  );
  const cycle = findCycle(parentOf);
  if (cycle !== undefined) {
    const row = sectors.get(cycle[0] ?? '');
    throw invalidSeed(row?.file ?? '', row?.name ?? '', 'parent', `runs in a circle: ${cycle.join(' > ')}`);
  }
  const depth = (id: string): number => {
    const [parent] = parentsOf(parentOf, id);
    return parent === undefined ? 0 : 1 + depth(parent);
  };
  return ({ group, id }) => (group === 'sectors' ? depth(id) : 0);
}
