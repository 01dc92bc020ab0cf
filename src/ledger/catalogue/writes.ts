import type { SQLiteColumn } from 'drizzle-orm/sqlite-core';
import { SEARCH_TEXT_VERSION } from '../../domain/text/search-text.ts';
import type { AddFault } from '../../http/message/body-faults.ts';
import { newestSequence, setLedgerState } from '../../store/ledger-state.ts';
import { asc, eq, excluded, getTableColumns, gt, inArray, sql } from '../../store/query.ts';
import type { Reader, Store, Transaction } from '../../store/store.ts';
import {
  entryRevisions,
  factRevisions,
  ledgerState,
  records,
  sectorDefinitions,
  sources,
  sourceTexts,
} from '../../store/tables/schema.ts';
import { SEED_AUTHOR } from '../seed-file.ts';
import type { Entry } from './entries.ts';
import type { EntryContent, NewEntryRevision, NewestEntry, Publisher } from './entry-history.ts';
import { appendEntryRevisions, contentOf, entryKey, fieldsChanged, newestEntries } from './entry-history.ts';
import type { EntryType } from './entry-tables.ts';
import { ENTRY_TABLES, ENTRY_TYPES } from './entry-tables.ts';
import { indexNames } from './names.ts';
import type { Referring } from './repository.ts';
import { definitionsOf } from './repository.ts';

/**
 * What happens to an entry of which the ledger has one that says something else: it stays; it is corrected; it is corrected
 * unless somebody else wrote it than a seed file.
 */
export type HeldEntries = 'stay' | 'corrected' | 'correctedIfSeeded';

/** What an export says of an entry beside its content. */
export interface EntryStanding {
  /** When and by whom the ledger was first told of it; null where that was before it kept this. */
  readonly author: string | null;
  readonly recordedAt: string | null;
  readonly revision: number;
  readonly deleted: boolean;
  /** When it was given the text of a document; null where there is none, or that was before it kept this. */
  readonly textRecordedAt: string | null;
}

/** A revision of an entry that was written. */
export type WrittenEntry = Pick<NewEntryRevision, 'type' | 'content' | 'newest'>;

/** What refers to entries of the catalogue, as the higher storey that keeps it says: it follows their corrections. */
export interface EntryFollowers {
  /** Notes why a correction cannot be, for what refers to the entry. */
  readonly check: (read: Reader, newest: NewestEntry, content: EntryContent, add: AddFault) => Promise<void>;
  /** How many records refer to an entry. */
  readonly referring: (read: Reader, type: EntryType, id: string) => Promise<readonly Referring[]>;
  /** Writes what follows from corrections that were just written. */
  readonly follow: (
    transaction: Transaction,
    written: readonly WrittenEntry[],
    publisher: Publisher,
  ) => Promise<void>;
}

type Columns = Readonly<Record<string, SQLiteColumn>>;
type Values = Readonly<Record<string, unknown>>;

const LISTS = ['aliases', 'supplied', 'schemes', 'otherParents', 'overlapsWith', 'members'] as const;

/** The lists of a row of a table of entries, which it keeps as JSON. */
export function listsOf(row: Values): Values {
  return Object.fromEntries(
    LISTS.filter((name) => name in row).map((name) => [name, JSON.parse(String(row[name]))]),
  );
}

/** An entry as its table keeps it; the definitions of a sector have a table of their own. */
function valuesOf({ definitions: _, ...content }: EntryContent): Values {
  const lists = LISTS.filter((name) => name in content).map((name) => [name, JSON.stringify(content[name])]);
  return { ...content, ...Object.fromEntries(lists) };
}

/**
 * Writes entries of the catalogue, each of another id, together with the texts of documents: the one place where entries,
 * their revisions and what they are found by come from. Of those that refer to each other, the one referred to comes first.
 * @returns the revisions that were written: none of an entry that says what the ledger says, or that is left alone
 */
export async function writeEntries(
  transaction: Transaction,
  entries: readonly Entry[],
  held: HeldEntries,
  publisher: Publisher,
): Promise<readonly WrittenEntry[]> {
  const newest = await newestEntries(transaction, entries);
  const written: WrittenEntry[] = [];
  const settled: Entry[] = [];
  for (const entry of entries) {
    const before = newest.get(entryKey(entry));
    const isSame = before !== undefined && !before.deleted && fieldsChanged(before, entry).length === 0;
    const isWritten = before === undefined || (!isSame && mayCorrect(before, held));
    if (isWritten) written.push({ type: entry.type, content: contentOf(entry, before), newest: before });
    if (isWritten || isSame) settled.push(entry);
  }
  await putEntries(
    transaction,
    written.map(({ type, content, newest: before }) => ({
      type,
      content,
      standing: { revision: (before?.revision ?? 0) + 1, deleted: 0 },
      first: { author: publisher.author, recordedAt: transaction.recordedAt },
    })),
    false,
  );
  await appendEntryRevisions(transaction, written, publisher);
  await writeTexts(transaction, settled, held === 'correctedIfSeeded', () => transaction.recordedAt);
  return written;
}

function mayCorrect({ deleted, author }: NewestEntry, held: HeldEntries): boolean {
  if (deleted || held === 'stay') return false;
  return held === 'corrected' || author === SEED_AUTHOR;
}

/** Leaves a tombstone of an entry that nothing refers to. Its row stays: earlier revisions of records refer to it still. */
export async function deleteEntry(
  transaction: Transaction,
  newest: NewestEntry,
  publisher: Publisher,
): Promise<void> {
  const table = ENTRY_TABLES[newest.type];
  await transaction
    .update(table)
    .set({ deleted: 1, revision: newest.revision + 1 })
    .where(eq(table.id, newest.id));
  await indexNames(transaction, table, [newest.id]);
  const { type, content } = newest;
  await appendEntryRevisions(transaction, [{ type, content, newest, deleted: true }], publisher);
}

/** Puts entries back as an export has them; their revisions are put back by whoever calls. */
export async function restoreEntries(
  transaction: Transaction,
  entries: readonly (Entry & { readonly standing: EntryStanding })[],
): Promise<void> {
  await putEntries(
    transaction,
    entries.map((entry) => {
      const { author, recordedAt, revision, deleted } = entry.standing;
      const standing = { revision, deleted: deleted ? 1 : 0 };
      return {
        type: entry.type,
        content: contentOf(entry, undefined),
        standing,
        first: { author, recordedAt },
      };
    }),
    true,
  );
  const given = new Map(entries.map(({ row, standing }) => [row.id, standing.textRecordedAt]));
  await writeTexts(transaction, entries, true, (id) => given.get(id) ?? null);
}

interface PutEntry {
  readonly type: EntryType;
  readonly content: EntryContent;
  readonly standing: Values;
  readonly first: Values;
}

/** @param replacesFirst whether what is known of who wrote an entry first is replaced too */
async function putEntries(
  transaction: Transaction,
  entries: readonly PutEntry[],
  replacesFirst: boolean,
): Promise<void> {
  const byType = Map.groupBy(entries, ({ type }) => type);
  for (const type of ENTRY_TYPES) {
    const group = byType.get(type) ?? [];
    if (group.length === 0) continue;
    const table = ENTRY_TABLES[type];
    const columns: Columns = getTableColumns(table);
    const { author: _, recordedAt: __, ...own } = columns;
    const rows = group.map(({ content, standing, first }) => ({
      ...valuesOf(content),
      ...standing,
      ...('author' in columns ? first : {}),
    })) as (typeof table.$inferInsert)[];
    await transaction
      .insert(table)
      .values(rows)
      .onConflictDoUpdate({ target: table.id, set: excluded(replacesFirst ? columns : own) });
    const ids = group.map(({ content }) => content.id);
    await indexNames(transaction, table, ids);
    if (type === 'sector') await writeDefinitions(transaction, group);
  }
}

async function writeDefinitions(transaction: Transaction, written: readonly PutEntry[]): Promise<void> {
  const ids = written.map(({ content }) => content.id);
  await transaction.delete(sectorDefinitions).where(inArray(sectorDefinitions.sectorId, ids));
  await transaction.insertRows(
    sectorDefinitions,
    written.flatMap(({ content: { id, definitions } }) =>
      (definitions as Extract<Entry, { type: 'sector' }>['row']['definitions']).map(
        (definition, position) => ({
          sectorId: id,
          position,
          ...definition,
        }),
      ),
    ),
  );
}

/**
 * Writes the texts of documents; where the ledger has one already, its fingerprint is the same.
 * @param givenAt when the ledger was given the text of a document
 */
async function writeTexts(
  transaction: Transaction,
  entries: readonly Entry[],
  replaces: boolean,
  givenAt: (id: string) => string | null,
): Promise<void> {
  const rows = entries.flatMap((entry) =>
    entry.type === 'source' && entry.row.text !== null
      ? [{ sourceId: entry.row.id, text: entry.row.text, recordedAt: givenAt(entry.row.id) }]
      : [],
  );
  if (rows.length === 0) return;
  const insert = transaction.insert(sourceTexts).values(rows);
  const target = sourceTexts.sourceId;
  await (replaces
    ? insert.onConflictDoUpdate({ target, set: excluded({ text: sourceTexts.text }) })
    : insert.onConflictDoNothing({ target }));
}

const BEFORE_REVISIONS = 'as it stood when the catalogue began to keep revisions';

/**
 * Gives entries that have no revisions theirs, as the ledger's versions before kept them: the first, and for a sector that
 * had another parent, or a document that had other schemes, those too.
 */
export async function beginHistories(transaction: Transaction): Promise<void> {
  const earliest = await earliestTime(transaction);
  const facts = Map.groupBy(
    await transaction
      .select()
      .from(factRevisions)
      .orderBy(asc(factRevisions.subject), asc(factRevisions.id), asc(factRevisions.revision)),
    ({ subject, id }) => `${subject} ${id}`,
  );
  let sequence = await newestSequence(transaction);
  for (const [type, table] of Object.entries(ENTRY_TABLES) as [
    EntryType,
    (typeof ENTRY_TABLES)[EntryType],
  ][]) {
    for await (const rows of entriesOf(transaction, type)) {
      const known = await newestEntries(
        transaction,
        rows.map(({ content }) => ({ type, row: content })),
      );
      const fresh = rows.filter(({ content }) => !known.has(entryKey({ type, row: content })));
      const histories = fresh.map(({ content, author, recordedAt }) => {
        const [subject, field] =
          type === 'sector' ? ['sectorParent', 'parent'] : ['sourceSchemes', 'schemes'];
        const told = ['sector', 'source'].includes(type) ? (facts.get(`${subject} ${content.id}`) ?? []) : [];
        const states = told.map((fact, place) => ({
          content:
            place === told.length - 1 ? content : { ...content, [field]: JSON.parse(fact.value) as unknown },
          recordedAt: fact.recordedAt,
          supersededAt: fact.supersededAt,
        }));
        if (states.length === 0)
          states.push({ content, recordedAt: recordedAt ?? earliest, supersededAt: null });
        return states.map((state, place) => ({
          ...state,
          id: content.id,
          content: JSON.stringify(state.content),
          revision: place + 1,
          author: author ?? SEED_AUTHOR,
        }));
      });
      for (const { id, revision } of histories.flatMap((states) => states.at(-1) ?? []))
        if (revision > 1) await transaction.update(table).set({ revision }).where(eq(table.id, id));
      await transaction.insertRows(
        entryRevisions,
        histories.flat().map((state) => {
          sequence += 1;
          return { ...state, type, sequence, deleted: 0, reason: BEFORE_REVISIONS };
        }),
      );
    }
  }
  await transaction.delete(factRevisions);
}

/** When the ledger was first told of anything. */
async function earliestTime(transaction: Transaction): Promise<string> {
  const times: string[] = [];
  for (const { recordedAt } of [records, sources, factRevisions]) {
    const [row] = await transaction
      .select({ first: sql<string | null>`min(${recordedAt})` })
      .from(recordedAt.table);
    if (row?.first != null) times.push(row.first);
  }
  return times.toSorted()[0] ?? transaction.recordedAt;
}

const READ_AT_ONCE = 500;

/** The entries of a type as they stand, some at a time. */
async function* entriesOf(read: Reader, type: EntryType) {
  const table = ENTRY_TABLES[type];
  for (let after = ''; ; ) {
    const rows: readonly Values[] = await read
      .select()
      .from(table)
      .where(gt(table.id, after))
      .orderBy(asc(table.id))
      .limit(READ_AT_ONCE);
    if (rows.length === 0) return;
    const ids = rows.map(({ id }) => String(id));
    after = ids.at(-1) ?? after;
    const definitions = type === 'sector' ? await definitionsOf(read, ids) : null;
    yield rows.map(({ recordedAt, author, revision: _, deleted: __, ...row }) => {
      const own = definitions === null ? {} : { definitions: definitions.get(String(row.id)) ?? [] };
      return {
        content: { ...row, ...listsOf(row), ...own } as unknown as EntryContent,
        recordedAt: (recordedAt ?? null) as string | null,
        author: (author ?? null) as string | null,
      };
    });
  }
}

const CATALOGUE_VERSION = 'catalogueNamesVersion';
/** Changes whenever what is kept of an entry beside its row does: what it is found by, its revisions. */
const VERSION = `2, words ${SEARCH_TEXT_VERSION}`;

/** Indexes the entries of a ledger of a version before, and begins their histories. The caller holds the ledger's lock. */
export async function bringCatalogueUpToDate(store: Store): Promise<void> {
  const held = await store.snapshot((read) =>
    read.select().from(ledgerState).where(eq(ledgerState.key, CATALOGUE_VERSION)),
  );
  if (held[0]?.value === VERSION) return;
  await store.write(async (transaction) => {
    for (const type of ENTRY_TYPES)
      for await (const rows of entriesOf(transaction, type))
        await indexNames(
          transaction,
          ENTRY_TABLES[type],
          rows.map(({ content }) => content.id),
        );
    await beginHistories(transaction);
    await setLedgerState(transaction, CATALOGUE_VERSION, VERSION);
  });
}
