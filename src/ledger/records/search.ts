import { isDeepStrictEqual } from 'node:util';
import type { SQL } from 'drizzle-orm';
import type { SearchTerm } from '../../domain/text/search-text.ts';
import { matchingRanges, SEARCH_TEXT_VERSION, searchTokens } from '../../domain/text/search-text.ts';
import { searchAlternatives } from '../../domain/text/synonyms.ts';
import { pause } from '../../http/turns.ts';
import type { FoundRevision, Search } from '../../store/full-text.ts';
import type { PageRequest } from '../../store/keyset.ts';
import { placeIn } from '../../store/keyset.ts';
import { advanceDatasetVersion, setLedgerState } from '../../store/ledger-state.ts';
import { and, asc, count, eq, gt, sql } from '../../store/query.ts';
import { SORT_COLUMNS } from '../../store/record-query.ts';
import { heldAt, ofKind } from '../../store/revisions.ts';
import type { Reader, Store, Transaction } from '../../store/store.ts';
import type { RecordKind } from '../../store/tables/schema.ts';
import {
  ledgerState,
  measures,
  organisations,
  records,
  recordTexts,
  regions,
  sectors,
  sources,
} from '../../store/tables/schema.ts';
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

/** The first revisions that a search finds, from a place in the list on. */
export async function searchRecords(
  read: Reader,
  kind: RecordKind,
  filters: RecordFilters,
  { sort, after, limit }: Pick<PageRequest<RecordSortKey>, 'sort' | 'after' | 'limit'>,
): Promise<readonly FoundRevision[]> {
  const { relevance, find } = read.search;
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
    isBrief: Object.entries(FILTERS).every(
      ([name, filter]) => !('condition' in filter) || filters[name as keyof typeof filters] === undefined,
    ),
    few: await fewOf(read, kind, filters),
  };
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
