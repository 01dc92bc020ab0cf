import { isDeepStrictEqual } from 'node:util';
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core';
import { setLedgerState } from '../../store/ledger-state.ts';
import { asc, eq, excluded, getTableColumns, gt, inArray, sql } from '../../store/query.ts';
import type { Reader, Store, Transaction } from '../../store/store.ts';
import { ledgerState, sectorDefinitions, sources, sourceTexts } from '../../store/tables/schema.ts';
import { SEED_AUTHOR } from '../seed-file.ts';
import type { Entry, EntryType } from './entries.ts';
import { ENTRY_TABLES, ENTRY_TYPES } from './entries.ts';
import { recordHistory } from './entry-history.ts';
import { indexNames } from './names.ts';
import { definitionsOf } from './repository.ts';

/** When and by whom the ledger was first told of an entry; null where that was before it kept this. */
export interface FirstTold {
  readonly author: string | null;
  readonly recordedAt: string | null;
}

/**
 * What happens to an entry of which the ledger has one: it stays; it is replaced unless somebody else wrote it than a
 * seed file; it is replaced by what an export says, history and all.
 */
export type HeldEntries = 'stay' | 'replacedIfSeeded' | 'restored';

type Values = Readonly<Record<string, unknown>>;
type RowOf<Type extends EntryType> = Extract<Entry, { readonly type: Type }>['row'];

function valuesOf({ type, row: { aliases, ...row } }: Entry): Values {
  const also = aliases === undefined ? {} : { aliases: JSON.stringify(aliases) };
  switch (type) {
    case 'source': {
      const { text: _, supplied, schemes, ...rest } = row as RowOf<'source'>;
      return { ...rest, ...also, supplied: JSON.stringify(supplied), schemes: JSON.stringify(schemes) };
    }
    case 'sector': {
      const { definitions: _, ...rest } = row as RowOf<'sector'>;
      return { ...rest, ...also };
    }
    default:
      return { ...row, ...also };
  }
}

/** Names an entry among all others. */
export function entryKey({ type, row }: Entry): string {
  return `${type} ${row.id}`;
}

/**
 * Writes entries of the catalogue, each of another id, together with the texts of documents and with what is kept of
 * them for past moments. Of those that refer to each other, the one referred to comes first.
 */
export async function writeEntries(
  transaction: Transaction,
  entries: readonly (Entry & { readonly first: FirstTold })[],
  held: HeldEntries,
): Promise<void> {
  const byType = Map.groupBy(entries, ({ type }) => type);
  for (const type of ENTRY_TYPES) {
    const group = byType.get(type) ?? [];
    if (group.length === 0) continue;
    await writeRows(transaction, type, group, held);
    await indexNames(
      transaction,
      ENTRY_TABLES[type],
      group.map(({ row }) => row.id),
    );
  }
  await writeDefinitions(transaction, entries);
  await writeTexts(transaction, entries, held);
  if (held !== 'restored') await recordEntryFacts(transaction, entries);
}

async function writeRows(
  transaction: Transaction,
  type: EntryType,
  entries: readonly (Entry & { readonly first: FirstTold })[],
  held: HeldEntries,
): Promise<void> {
  const table = ENTRY_TABLES[type];
  const columns: Readonly<Record<string, SQLiteColumn>> = getTableColumns(table);
  const rows = entries.map((entry) => ({
    ...valuesOf(entry),
    ...('author' in columns ? entry.first : {}),
  })) as (typeof table.$inferInsert)[];
  const insert = transaction.insert(table).values(rows);
  if (held === 'stay') {
    await insert.onConflictDoNothing({ target: table.id });
    return;
  }
  const { author: _, recordedAt: __, ...own } = columns;
  await insert.onConflictDoUpdate({
    target: table.id,
    set: excluded(held === 'restored' ? columns : own),
    ...('author' in columns && held === 'replacedIfSeeded'
      ? { setWhere: sql`${columns.author} is null or ${columns.author} = ${SEED_AUTHOR}` }
      : {}),
  });
}

async function writeDefinitions(transaction: Transaction, entries: readonly Entry[]): Promise<void> {
  const written = entries.flatMap((entry) => (entry.type === 'sector' ? [entry.row] : []));
  if (written.length === 0) return;
  const ids = written.map(({ id }) => id);
  await transaction.delete(sectorDefinitions).where(inArray(sectorDefinitions.sectorId, ids));
  await transaction.insertRows(
    sectorDefinitions,
    written.flatMap(({ id, definitions }) =>
      definitions.map((definition, position) => ({ sectorId: id, position, ...definition })),
    ),
  );
}

/** Writes the texts of documents, where the ledger does not have them already: their fingerprints are the same. */
export async function writeTexts(
  transaction: Transaction,
  entries: readonly Entry[],
  held: HeldEntries = 'stay',
): Promise<void> {
  const rows = entries.flatMap((entry) =>
    entry.type === 'source' && entry.row.text !== null
      ? [{ sourceId: entry.row.id, text: entry.row.text }]
      : [],
  );
  if (rows.length === 0) return;
  const insert = transaction.insert(sourceTexts).values(rows);
  const target = sourceTexts.sourceId;
  await (held === 'stay'
    ? insert.onConflictDoNothing({ target })
    : insert.onConflictDoUpdate({ target, set: excluded({ text: sourceTexts.text }) }));
}

/** Records what figures depend on, as it stands now. */
async function recordEntryFacts(transaction: Transaction, entries: readonly Entry[]): Promise<void> {
  const ids = entries.flatMap(({ type, row }) => (type === 'source' ? [row.id] : []));
  const parents = entries.flatMap(({ type, row }) =>
    type === 'sector' ? [[row.id, row.parent] as const] : [],
  );
  if (ids.length > 0) {
    // As it was written: a source of somebody else has kept its own.
    const written = await transaction
      .select({ id: sources.id, schemes: sources.schemes })
      .from(sources)
      .where(inArray(sources.id, ids));
    const schemes = new Map(written.map((row) => [row.id, JSON.parse(row.schemes) as unknown]));
    await recordHistory(transaction, 'sourceSchemes', schemes);
  }
  if (parents.length > 0) await recordHistory(transaction, 'sectorParent', new Map(parents));
}

/** Which of some entries the ledger has, by their keys, each with the fields in which it says something else. */
export async function heldEntries(
  read: Reader,
  entries: readonly Entry[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const held = new Map<string, readonly string[]>();
  for (const [type, group] of Map.groupBy(entries, (entry) => entry.type)) {
    const table = ENTRY_TABLES[type];
    const ids = group.map(({ row }) => row.id);
    const rows: readonly Values[] = await read.select().from(table).where(inArray(table.id, ids));
    const byId = new Map(rows.map((row) => [row.id, row]));
    const definitions = type === 'sector' ? await definitionsOf(read, ids) : null;
    for (const entry of group) {
      const row = byId.get(entry.row.id);
      if (row === undefined) continue;
      const wanted = Object.entries(valuesOf(entry));
      const differs = wanted.flatMap(([key, value]) =>
        isDeepStrictEqual(row[key] ?? null, value ?? null) ? [] : key,
      );
      if (
        entry.type === 'sector' &&
        !isDeepStrictEqual(definitions?.get(entry.row.id) ?? [], entry.row.definitions)
      )
        differs.push('definitions');
      held.set(entryKey(entry), differs);
    }
  }
  return held;
}

const INDEX_VERSION = 'catalogueNamesVersion';
/** Changes whenever what is indexed of an entry does. */
const VERSION = '1';
const INDEXED_AT_ONCE = 500;

/** Indexes the entries of a ledger that was written before there was an index. The caller holds the ledger's lock. */
export async function bringNamesUpToDate(store: Store): Promise<void> {
  const held = await store.snapshot((read) =>
    read.select().from(ledgerState).where(eq(ledgerState.key, INDEX_VERSION)),
  );
  if (held[0]?.value === VERSION) return;
  await store.write(async (transaction) => {
    for (const table of Object.values(ENTRY_TABLES)) {
      for (let after = ''; ; ) {
        const rows = await transaction
          .select({ id: table.id })
          .from(table)
          .where(gt(table.id, after))
          .orderBy(asc(table.id))
          .limit(INDEXED_AT_ONCE);
        const ids = rows.map(({ id }) => id);
        if (ids.length === 0) break;
        await indexNames(transaction, table, ids);
        after = ids.at(-1) ?? after;
      }
    }
    await setLedgerState(transaction, INDEX_VERSION, VERSION);
  });
}
