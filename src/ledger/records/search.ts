import { isDeepStrictEqual } from 'node:util';
import type { SQL } from 'drizzle-orm';
import { DomainError } from '../../domain/errors.ts';
import type { SearchTerm } from '../../domain/text/search-text.ts';
import { matchingRanges, pairsOf, SEARCH_TEXT_VERSION, searchTokens } from '../../domain/text/search-text.ts';
import { searchAlternatives } from '../../domain/text/synonyms.ts';
import { pause } from '../../http/turns.ts';
import type { FoundRevision, Search } from '../../store/full-text.ts';
import type { PageRequest, SortTerm } from '../../store/keyset.ts';
import { placeIn } from '../../store/keyset.ts';
import { advanceDatasetVersion, setLedgerState } from '../../store/ledger-state.ts';
import { and, asc, count, eq, gt, inArray, isNotNull, or, sql } from '../../store/query.ts';
import { SORT_COLUMNS } from '../../store/record-query.ts';
import { heldAt, ofKind } from '../../store/revisions.ts';
import type { Reader, Store, Transaction } from '../../store/store.ts';
import type { RecordKind } from '../../store/tables/schema.ts';
import {
  entryRevisions,
  ledgerState,
  measures,
  organisations,
  records,
  recordTexts,
  regions,
  sectors,
  sources,
} from '../../store/tables/schema.ts';
import type { EntryType } from '../catalogue/entry-tables.ts';
import { presentOf } from '../catalogue/past.ts';
import type { RecordFilters } from './filters.ts';
import { FILTERS, matching } from './filters.ts';
import type { RecordSortKey } from './record.ts';
import type { Highlight } from './schemas.ts';

/*
 * Which revisions a search finds, in the order of a list. The full-text index holds every revision of the records of
 * both kinds: it is asked once and gives everything in which the words stand, each hit is looked up among the records,
 * and the best are kept. Only their numbers are read here; the page fetches the few rows that it shows.
 */

/** What an index of the records has beside the search's own, so that a hit need not be looked up. */
const BRIEF: readonly RecordSortKey[] = ['relevance', 'publishedOn', 'id'];

/** By which column records refer to entries whose names the search finds, and the fields that it finds. */
export const SEARCHED_ENTRIES = {
  organisation: [records.organisationId, ['name', 'originalName']],
  sector: [records.sectorId, ['name', 'nameChinese']],
  measure: [records.measureId, ['name']],
  region: [records.regionId, ['name', 'nameChinese']],
  source: [records.sourceId, ['title', 'publisher']],
} as const satisfies Partial<Record<EntryType, unknown>>;
const SEARCHED_TYPES = Object.keys(SEARCHED_ENTRIES) as readonly (keyof typeof SEARCHED_ENTRIES)[];

/** The first revisions that a search finds, from a place in the list on. */
export async function searchRecords(
  read: Reader,
  kind: RecordKind,
  filters: RecordFilters,
  { sort, after, limit }: Pick<PageRequest<RecordSortKey>, 'sort' | 'after' | 'limit'>,
): Promise<readonly FoundRevision[]> {
  const { relevance, find } = read.search;
  const then = await sequencesThen(read, kind, filters);
  if (then !== undefined) {
    const { where, order } = placeIn({ columns: SORT_COLUMNS }, { sort: withoutRelevance(sort), after });
    const ofThen = await thoseOf(read, kind, filters, then);
    const rows = await read
      .select({ sequence: records.sequence, relevance: sql<null>`null` })
      .from(records)
      .where(and(ofThen, where))
      .orderBy(...order)
      .limit(limit);
    return rows;
  }
  const search = await searchOf(read, kind, filters);
  const place = placeIn({ columns: { ...SORT_COLUMNS, relevance } }, { sort, after });
  const isBrief = search.isBrief && sort.every(({ key }) => BRIEF.includes(key));
  const isRanked = sort.some(({ key }) => key === 'relevance');
  const where = and(search.where, place.where);
  return find(read, { ...search, isBrief, where }, { isRanked, order: place.order, limit });
}

export async function searchOf(
  read: Reader,
  kind: RecordKind,
  { q = '', ...filters }: RecordFilters,
): Promise<Search> {
  return {
    query: q,
    where: await matching(read, kind, filters),
    isBrief:
      filters.amountRanges === undefined &&
      Object.entries(FILTERS).every(
        ([name, filter]) => !('condition' in filter) || filters[name as keyof typeof filters] === undefined,
      ),
    few: await fewOf(read, kind, filters),
  };
}

/** How many records a search finds. */
export async function countFound(read: Reader, kind: RecordKind, filters: RecordFilters): Promise<number> {
  const then = await sequencesThen(read, kind, filters);
  return then === undefined
    ? read.search.count(read, await searchOf(read, kind, filters))
    : read.$count(records, await thoseOf(read, kind, filters, then));
}

/** The sequences of all revisions that a search finds, others of the same records among them. */
export async function sequencesOfSearch(
  read: Reader,
  kind: RecordKind,
  filters: RecordFilters,
): Promise<readonly number[]> {
  return (await sequencesThen(read, kind, filters)) ?? (await read.search.sequences(read, filters.q ?? ''));
}

async function thoseOf(
  read: Reader,
  kind: RecordKind,
  { q: _, ...filters }: RecordFilters,
  sequences: readonly number[],
): Promise<SQL | undefined> {
  const isFound = read.dialect.isListed(records.sequence, JSON.stringify(sequences));
  return and(await matching(read, kind, filters), isFound);
}

function withoutRelevance(sort: readonly SortTerm[]) {
  return sort.flatMap(({ key, direction }) => (key === 'relevance' ? [] : [{ key, direction }]));
}

/** Of so many records the names of then are looked through one by one. */
const MOST_RENAMED = 20_000;

/**
 * What a search of a past moment finds where names have been corrected since: the index has those of now, so that the records
 * to which they belong are told by their texts of then.
 * @returns undefined where the index has the names of the moment that is read
 * @throws DomainError `tooManyRecords`
 */
async function sequencesThen(
  read: Reader,
  kind: RecordKind,
  { q = '', knownAsOf }: RecordFilters,
): Promise<readonly number[] | undefined> {
  const renamed = knownAsOf === undefined ? [] : await renamedSince(read, knownAsOf);
  if (renamed.length === 0) return undefined;
  const refersTo = renamed.map(([column, ids]) => read.dialect.isListed(column, JSON.stringify(ids)));
  const rows = await read
    .select({ sequence: records.sequence })
    .from(records)
    .where(and(ofKind(kind), heldAt(knownAsOf), or(...refersTo)))
    .orderBy(asc(records.sequence))
    .limit(MOST_RENAMED + 1);
  if (rows.length > MOST_RENAMED) {
    const counted = 'records whose names were corrected since `knownAsOf`, to be searched by those of then';
    throw new DomainError('tooManyRecords', { most: MOST_RENAMED, counted });
  }
  const alternatives = searchAlternatives(q);
  const found = new Set(await read.search.sequences(read, q));
  for (let at = 0; at < rows.length; at += HIGHLIGHTED_AT_ONCE) {
    const some = rows.slice(at, at + HIGHLIGHTED_AT_ONCE).map(({ sequence }) => sequence);
    for (const { sequence, ...columns } of await indexRows(read, some)) {
      const isFound = isFoundIn(Object.values(columns), alternatives);
      if (isFound) found.add(sequence ?? 0);
      else found.delete(sequence ?? 0);
    }
    await pause();
  }
  return [...found];
}

/** Which entries are called otherwise now than then, by the column in which records refer to them. */
async function renamedSince(read: Reader, asOf: string) {
  const { type, id, content, supersededAt, deleted } = entryRevisions;
  const present = presentOf(read);
  const ofTypes = inArray(type, [...SEARCHED_TYPES]);
  const then = await present
    .select({ type, id, content })
    .from(entryRevisions)
    .where(and(ofTypes, heldAt(asOf, entryRevisions), isNotNull(supersededAt)));
  if (then.length === 0) return [];
  const ids = JSON.stringify(then.map((row) => row.id));
  const since = await present
    .select({ type, id, content })
    .from(entryRevisions)
    .where(and(ofTypes, eq(deleted, 0), read.dialect.isListed(id, ids)))
    .orderBy(asc(entryRevisions.revision));
  const keyOf = (row: { readonly type: string; readonly id: string }) => `${row.type} ${row.id}`;
  const newest = new Map(since.map((row) => [keyOf(row), row.content]));
  return SEARCHED_TYPES.flatMap((of) => {
    const [column, fields] = SEARCHED_ENTRIES[of];
    const renamed = then.filter((row) => {
      if (row.type !== of) return false;
      const [was, is] = [row.content, newest.get(keyOf(row)) ?? row.content].map(
        (json) => JSON.parse(json) as Readonly<Record<string, unknown>>,
      );
      return fields.some((field) => was?.[field] !== is?.[field]);
    });
    return renamed.length === 0 ? [] : [[column, renamed.map((row) => row.id)] as const];
  });
}

/** Whether the words of one of some alternatives stand in columns of the index, as the index itself finds them. */
function isFoundIn(columns: readonly unknown[], alternatives: readonly (readonly SearchTerm[])[]): boolean {
  const texts = columns.filter((text) => typeof text === 'string').map((text) => ` ${text} `);
  const stands = (term: SearchTerm): boolean => {
    const words = term.kind === 'word' ? [term.text] : pairsOf(term.text);
    const phrase = ` ${words.length === 0 ? term.text : words.join(' ')}${term.kind === 'word' && term.isPrefix ? '' : ' '}`;
    return texts.some((text) => text.includes(phrase));
  };
  return alternatives.some((terms) => terms.length > 0 && terms.every(stands));
}

/** Filters that have an index and may leave few records. */
const SELECTIVE = ['source', 'organisation', 'collection', 'scope', 'region'] as const;
/** To tell so many hits by their numbers takes less time than to read a tenth as many records. */
const FEW = 20_000;

/**
 * Where a filter leaves few records: its condition by itself, for current revisions. A frequent word within one document
 * is found in a tenth of the time.
 */
async function fewOf(
  read: Reader,
  kind: RecordKind,
  filters: Omit<RecordFilters, 'q'>,
): Promise<SQL | undefined> {
  if (filters.knownAsOf !== undefined) return undefined;
  for (const name of SELECTIVE) {
    const ids = filters[name];
    // What lies in a region is for the filter itself to say.
    if (ids === undefined || (name === 'region' && filters.regionMembersOn !== undefined)) continue;
    const { column, holds } = FILTERS[name].condition;
    const condition = and(ofKind(kind), heldAt(null), holds(column, ...ids));
    const some = read
      .select({ one: sql`1` })
      .from(records)
      .where(condition)
      .limit(FEW + 1);
    const [row] = await read.select({ count: count() }).from(some.as('some'));
    if (row !== undefined && row.count <= FEW) return condition;
  }
  return undefined;
}

/** The texts by which a revision is found, as they are shown, under the column of the index in which they stand. */
const COLUMNS = {
  statement: {
    'evidence.phrase': records.evidencePhrase,
    'amount.asStated': records.amountAsStated,
    'scenario.name': records.scenarioName,
  },
  names: {
    'forecaster.name': sql<string | null>`${organisations.name}`,
    'forecaster.originalName': sql<string | null>`${organisations.originalName}`,
    'sector.name': sectors.name,
    'sector.nameChinese': sectors.nameChinese,
    'measure.name': measures.name,
    'region.name': regions.name,
    'region.nameChinese': regions.nameChinese,
  },
  document: { 'source.title': sources.title, 'source.publisher': sources.publisher },
  notes: { notes: records.notes },
} as const;
const SEARCHED = { ...COLUMNS.statement, ...COLUMNS.names, ...COLUMNS.document, ...COLUMNS.notes };

/** Texts of a revision, by their names. */
type Texts = ReadonlyMap<string, string | null>;

async function searchedTexts(
  read: Reader,
  sequences: readonly number[],
): Promise<readonly { readonly sequence: number; readonly texts: Texts }[]> {
  const fields = Object.keys(SEARCHED);
  const rows = await read.rows(
    'searched texts',
    () =>
      read
        .select({ sequence: records.sequence, ...SEARCHED })
        .from(records)
        .innerJoin(sources, eq(sources.id, records.sourceId))
        .innerJoin(sectors, eq(sectors.id, records.sectorId))
        .innerJoin(measures, eq(measures.id, records.measureId))
        .innerJoin(regions, eq(regions.id, records.regionId))
        .leftJoin(organisations, eq(organisations.id, records.organisationId))
        .where(read.dialect.isListed(records.sequence, sql.placeholder('sequences'))),
    { sequences: JSON.stringify(sequences) },
  );
  return rows.map(([sequence, ...texts]) => ({
    sequence: sequence as number,
    texts: new Map(fields.map((field, place) => [field, texts[place] as string | null])),
  }));
}

/** What the index holds of revisions, by these rules. */
async function indexRows(
  read: Reader,
  sequences: readonly number[],
): Promise<readonly (typeof recordTexts.$inferInsert)[]> {
  const tokens = new Map<string, string>();
  const tokensOf = (text: string): string => {
    const known = tokens.get(text) ?? searchTokens(text);
    tokens.set(text, known);
    return known;
  };
  return (await searchedTexts(read, sequences)).map(({ sequence, texts }) => {
    const columns = Object.entries(COLUMNS).map(([column, fields]) => [
      column,
      Object.keys(fields)
        .map((field) => tokensOf(texts.get(field) ?? ''))
        .join(' '),
    ]);
    return { sequence, ...(Object.fromEntries(columns) as Record<keyof typeof COLUMNS, string>) };
  });
}

export async function indexRevisions(transaction: Transaction, sequences: readonly number[]): Promise<void> {
  await transaction.insertRows(recordTexts, await indexRows(transaction, sequences));
}

const INDEXED_AT_ONCE = 500;

const INDEX_VERSION = 'fullTextVersion';

/**
 * Indexes every revision anew, where that makes a difference: names, or these rules, may have changed. Notes that all are
 * indexed by the rules of this version.
 */
export async function indexAllRevisions(transaction: Transaction): Promise<void> {
  const { isListed } = transaction.dialect;
  for (let after = 0; ; ) {
    const some = await transaction
      .select({ sequence: records.sequence })
      .from(records)
      .where(and(gt(records.sequence, after), eq(records.deleted, 0)))
      .orderBy(asc(records.sequence))
      .limit(INDEXED_AT_ONCE);
    const last = some.at(-1);
    if (last === undefined) break;
    after = last.sequence;
    const sequences = some.map(({ sequence }) => sequence);
    const held = await transaction
      .select()
      .from(recordTexts)
      .where(isListed(recordTexts.sequence, JSON.stringify(sequences)));
    const known = new Map(held.map((row) => [row.sequence, row]));
    const changed = (await indexRows(transaction, sequences)).filter(
      (row) => !isDeepStrictEqual(row, known.get(row.sequence ?? 0)),
    );
    const stale = JSON.stringify(changed.map(({ sequence }) => sequence));
    await transaction.delete(recordTexts).where(isListed(recordTexts.sequence, stale));
    await transaction.insertRows(recordTexts, changed);
  }
  await setLedgerState(transaction, INDEX_VERSION, SEARCH_TEXT_VERSION);
}

/** Indexes a ledger that was written before there was an index, or under other rules. The caller holds the ledger's lock. */
export async function bringIndexUpToDate(store: Store): Promise<void> {
  const held = await store.snapshot((read) =>
    read.select().from(ledgerState).where(eq(ledgerState.key, INDEX_VERSION)),
  );
  if (held[0]?.value === SEARCH_TEXT_VERSION) return;
  await store.write(async (transaction) => {
    await indexAllRevisions(transaction);
    // Searches answer otherwise now.
    await advanceDatasetVersion(transaction, `index ${SEARCH_TEXT_VERSION}`, null);
  });
}

/** So many texts are read, and words found in them, in a few milliseconds. */
const HIGHLIGHTED_AT_ONCE = 50;

/** Where the words of a query stand in the texts of revisions, by sequence; in turns with other requests. */
export async function highlightsOf(
  read: Reader,
  sequences: readonly number[],
  query: string,
): Promise<ReadonlyMap<number, Highlight[]>> {
  const terms = searchAlternatives(query).flat();
  const highlights = new Map<number, Highlight[]>();
  if (terms.length === 0) return highlights;
  for (let at = 0; at < sequences.length; at += HIGHLIGHTED_AT_ONCE) {
    const some = sequences.slice(at, at + HIGHLIGHTED_AT_ONCE);
    for (const { sequence, texts } of await searchedTexts(read, some)) {
      highlights.set(sequence, highlightsIn(texts, terms));
      await pause();
    }
  }
  return highlights;
}

function highlightsIn(texts: Texts, terms: readonly SearchTerm[]): Highlight[] {
  return [...texts].flatMap(([field, text]) => {
    const ranges = text === null ? [] : [...matchingRanges(text, terms)];
    return text === null || ranges.length === 0 ? [] : [{ field, text, ranges }];
  });
}
