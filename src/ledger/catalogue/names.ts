import type { SQL } from 'drizzle-orm';
import type { SQLiteColumn, SQLiteTable } from 'drizzle-orm/sqlite-core';
import type { SearchTerm } from '../../domain/text/search-text.ts';
import { searchTerms, searchTokens, slugOf } from '../../domain/text/search-text.ts';
import { searchAlternatives } from '../../domain/text/synonyms.ts';
import { and, asc, eq, getTableName, gte, inArray, isNotNull, lt, not, or } from '../../store/query.ts';
import { heldAt } from '../../store/revisions.ts';
import type { Reader, Transaction } from '../../store/store.ts';
import { catalogueNames, entryRevisions } from '../../store/tables/schema.ts';
import { ENTRY_TABLES, ENTRY_TYPES } from './entry-tables.ts';
import { momentOfReader } from './past.ts';

/*
 * What entries of the catalogue are called. An index has each whole name and alias as it can stand in an address
 * (`data-centre`), and each word of them as the full-text search cuts it, so that either is found without reading the
 * entries.
 */

/** A table whose rows are referred to by id. */
export type IdTable = SQLiteTable & { readonly id: SQLiteColumn };

type NameRow = typeof catalogueNames.$inferInsert;

/** Columns of the tables that hold a name as a whole. */
const NAME_COLUMNS = ['id', 'name', 'originalName', 'nameChinese', 'alpha3', 'title'] as const;
/** Those that are searched, and name nothing alone. */
const WORD_COLUMNS = ['publisher'] as const;

function namesOf(catalogue: string, row: Readonly<Record<string, unknown>>): readonly NameRow[] {
  const texts = (columns: readonly string[]) =>
    columns.flatMap((column) => (typeof row[column] === 'string' ? row[column] : []));
  const names = [...texts(NAME_COLUMNS), ...(JSON.parse(String(row.aliases)) as string[])];
  const words = [...names, ...texts(WORD_COLUMNS)].flatMap((text) => searchTokens(text).split(' '));
  const rowsOf = (kind: NameRow['kind'], found: readonly string[]): readonly NameRow[] =>
    [...new Set(found)]
      .filter((text) => text !== '')
      .map((text) => ({ catalogue, kind, name: text, entryId: String(row.id) }));
  return [...rowsOf('name', names.map(slugOf)), ...rowsOf('word', words)];
}

const WRITTEN_AT_ONCE = 500;

/** Indexes what entries are called, as they stand now. */
export async function indexNames(
  transaction: Transaction,
  table: IdTable,
  ids: readonly string[],
): Promise<void> {
  const catalogue = getTableName(table);
  const listed = JSON.stringify(ids);
  const { isListed } = transaction.dialect;
  const rows: readonly Readonly<Record<string, unknown>>[] = await transaction
    .select()
    .from(table)
    .where(isListed(table.id, listed));
  await transaction
    .delete(catalogueNames)
    .where(and(eq(catalogueNames.catalogue, catalogue), isListed(catalogueNames.entryId, listed)));
  const names = rows.flatMap((row) => (row.deleted === 1 ? [] : namesOf(catalogue, row)));
  for (let at = 0; at < names.length; at += WRITTEN_AT_ONCE)
    await transaction.insertRows(catalogueNames, names.slice(at, at + WRITTEN_AT_ONCE));
}

const MOST_CALLED_SO = 10;
/** So many are named where a name is not found; more would lead nowhere. */
const MOST_WITH_WORDS = 5;

/** The first of the entries in whose names the words stand, by id. @param text whatever was taken for a name */
export async function idsWithWords(read: Reader, table: IdTable, text: string): Promise<readonly string[]> {
  if (searchTerms(text).length === 0) return [];
  const rows = await read
    .select({ id: table.id })
    .from(table)
    .where(areCalled(read, table, text))
    .orderBy(asc(table.id))
    .limit(MOST_WITH_WORDS);
  return rows.map(({ id }) => id as string);
}

/**
 * The first of the entries that are called so at the moment that is read, by id.
 * @param name as it stands in an address
 */
export async function idsCalled(read: Reader, table: IdTable, name: string): Promise<readonly string[]> {
  const { catalogue, kind, name: indexed, entryId } = catalogueNames;
  const slug = slugOf(name);
  const called = inArray(
    table.id,
    read
      .select({ id: entryId })
      .from(catalogueNames)
      .where(and(eq(catalogue, getTableName(table)), eq(kind, 'name'), eq(indexed, slug))),
  );
  const rows = await read
    .select({ id: table.id })
    .from(table)
    .where(await calledThen(read, table, called, ({ names }) => names.has(slug)))
    .orderBy(asc(table.id))
    .limit(MOST_CALLED_SO);
  return rows.map(({ id }) => id as string);
}

/** As `areCalled`, of the moment that is read. */
export async function wereCalled(read: Reader, table: IdTable, q: string): Promise<SQL | undefined> {
  const alternatives = searchAlternatives(q);
  return calledThen(read, table, areCalled(read, table, q), ({ words }) => {
    const stands = (term: SearchTerm): boolean => {
      if (term.kind !== 'word')
        return searchTokens(term.text)
          .split(' ')
          .every((token) => words.has(token));
      return term.isPrefix ? [...words].some((word) => word.startsWith(term.text)) : words.has(term.text);
    };
    return alternatives.some((terms) => terms.every(stands));
  });
}

/**
 * A condition on what entries are called, of the moment that is read: those that have been corrected or deleted since are told
 * by what they were called then.
 * @param calledNow the condition by the names of now
 * @param isCalled whether it holds for the names and words of an entry
 */
async function calledThen(
  read: Reader,
  table: IdTable,
  calledNow: SQL | undefined,
  isCalled: (called: Readonly<Record<'names' | 'words', ReadonlySet<string>>>) => boolean,
): Promise<SQL | undefined> {
  const asOf = momentOfReader(read);
  const type = ENTRY_TYPES.find((one) => ENTRY_TABLES[one] === table);
  if (asOf === undefined || type === undefined) return calledNow;
  const { id, content, supersededAt } = entryRevisions;
  const changed = await read
    .select({ id, content })
    .from(entryRevisions)
    .where(and(eq(entryRevisions.type, type), heldAt(asOf, entryRevisions), isNotNull(supersededAt)));
  const called = changed.filter(({ content: json }) => {
    const entry = JSON.parse(json) as Readonly<Record<string, unknown>>;
    const rows = namesOf('', { ...entry, aliases: JSON.stringify(entry.aliases) });
    const ofKind = (wanted: NameRow['kind']) =>
      new Set(rows.flatMap(({ kind, name }) => (kind === wanted ? name : [])));
    return isCalled({ names: ofKind('name'), words: ofKind('word') });
  });
  const isOneOf = (rows: typeof changed) =>
    read.dialect.isListed(table.id, JSON.stringify(rows.map((row) => row.id)));
  return or(and(not(isOneOf(changed)), calledNow), isOneOf(called));
}

/** Holds for the entries of a table in whose names every word of a search is found, in one of the ways to say it. */
export function areCalled(read: Reader, table: IdTable, q: string): SQL | undefined {
  const { catalogue, kind, name, entryId } = catalogueNames;
  const withWord = (condition: SQL | undefined) =>
    inArray(
      table.id,
      read
        .select({ id: entryId })
        .from(catalogueNames)
        .where(and(eq(catalogue, getTableName(table)), eq(kind, 'word'), condition)),
    );
  const conditionsOf = (term: SearchTerm) => {
    if (term.kind === 'word')
      return withWord(
        term.isPrefix ? and(gte(name, term.text), lt(name, `${term.text}\u{10ffff}`)) : eq(name, term.text),
      );
    // Of a run of ideographs its pairs are looked for; of a single one that.
    return and(
      ...searchTokens(term.text)
        .split(' ')
        .map((token) => withWord(eq(name, token))),
    );
  };
  return or(...searchAlternatives(q).map((terms) => and(...terms.map(conditionsOf))));
}
