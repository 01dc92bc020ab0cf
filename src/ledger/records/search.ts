import type { SQL } from 'drizzle-orm';
import type { PageRequest } from '../../store/keyset.ts';
import { placeIn } from '../../store/keyset.ts';
import { and, count, sql } from '../../store/query.ts';
import { heldAt, ofKind } from '../../store/revisions.ts';
import { FOUND_RELEVANCE, foundBySearch, isFound } from '../../store/sqlite/full-text.ts';
import { SORT_COLUMNS } from '../../store/sqlite/page-query.ts';
import type { Reader } from '../../store/sqlite/storage.ts';
import type { RecordKind } from '../../store/tables/schema.ts';
import { records } from '../../store/tables/schema.ts';
import type { RecordFilters } from './filters.ts';
import { FILTERS, matching } from './filters.ts';
import type { RecordSortKey } from './record.ts';

/*
 * Which revisions a search finds, in the order of a list. The full-text index holds every revision of the records of
 * both kinds: it is asked once and gives everything in which the words stand, each hit is looked up among the records,
 * and the best are kept. Only their numbers are read here; the page fetches the few rows that it shows.
 */

/** What is searched for, and in which list. */
interface Search {
  readonly query: string;
  /** Whether the list has filters beside the search, a past moment among them. */
  readonly isNarrowed: boolean;
  /** Of these filters, those that an index answers: the condition of each by itself, for current revisions. */
  readonly indexed: readonly SQL[];
}

export interface FoundRecord {
  /** Of the revision. */
  readonly sequence: number;
  /** Less fits better; null where the list is not sorted by it. */
  readonly relevance: number | null;
}

/** Filters that have an index and may leave few records. */
const SELECTIVE = ['source', 'organisation', 'collection', 'scope', 'region'] as const;

function searchOf(kind: RecordKind, { q = '', ...filters }: RecordFilters): Search {
  const isNarrowed = Object.entries(FILTERS).some(
    ([name, filter]) => 'condition' in filter && filters[name as keyof typeof filters] !== undefined,
  );
  const given = filters.knownAsOf === undefined ? SELECTIVE : [];
  const indexed = given.flatMap((name) => {
    const ids = filters[name];
    if (ids === undefined) return [];
    const { column, holds } = FILTERS[name].condition;
    return and(ofKind(kind), heldAt(null), holds(column, ...ids)) ?? [];
  });
  return { query: q, isNarrowed, indexed };
}

/** What the index `records_found` holds. */
const IN_FOUND_INDEX: readonly RecordSortKey[] = ['relevance', 'publishedOn', 'id'];

/** The first revisions that a search finds, from a place in the list on. */
export async function searchRecords(
  read: Reader,
  kind: RecordKind,
  filters: RecordFilters,
  page: Pick<PageRequest<RecordSortKey>, 'sort' | 'after' | 'limit'>,
): Promise<readonly FoundRecord[]> {
  const search = searchOf(kind, filters);
  const isRanked = page.sort.some(({ key }) => key === 'relevance');
  const found = foundBySearch(search.query, isRanked);
  if (found === null) return [];
  const isInIndex = !search.isNarrowed && page.sort.every(({ key }) => IN_FOUND_INDEX.includes(key));
  const { q: _, ...others } = filters;
  const place = placeIn({ columns: { ...SORT_COLUMNS, relevance: FOUND_RELEVANCE } }, page);
  return read
    .select({
      sequence: sql<number>`"found"."sequence"`,
      relevance: isRanked ? FOUND_RELEVANCE : sql<null>`null`,
    })
    .from(found)
    .crossJoin(isInIndex ? RECORDS_IN_INDEX : records)
    .where(and(isFound(), await amongFew(read, search), await matching(read, kind, others), place.where))
    .orderBy(...place.order)
    .limit(page.limit);
}

/** How many revisions a search finds. */
export async function countFound(read: Reader, kind: RecordKind, filters: RecordFilters): Promise<number> {
  const search = searchOf(kind, filters);
  const found = foundBySearch(search.query, false);
  if (found === null) return 0;
  const { q: _, ...others } = filters;
  const [row] = await read
    .select({ count: count() })
    .from(found)
    .crossJoin(search.isNarrowed ? records : RECORDS_IN_INDEX)
    .where(and(isFound(), await amongFew(read, search), await matching(read, kind, others)));
  return row?.count ?? 0;
}

/** To tell so many hits by their numbers takes less time than to read a tenth as many records. */
const FEW = 20_000;

/**
 * Where a filter leaves few records: that a hit is one of them, which is told without reading the record. A frequent
 * word within one document is found in a tenth of the time.
 */
async function amongFew(read: Reader, { indexed }: Search): Promise<SQL | undefined> {
  for (const condition of indexed) {
    const some = read
      .select({ one: sql`1` })
      .from(records)
      .where(condition)
      .limit(FEW + 1);
    const [row] = await read.select({ count: count() }).from(some.as('some'));
    // The plus keeps SQLite from asking the full-text index anew for each of them.
    if (row !== undefined && row.count <= FEW)
      return sql`+"found"."sequence" in (select ${records.sequence} from ${records} where ${condition})`;
  }
  return undefined;
}

/** The records as the index holds them. SQLite by itself would always read a record whose number it knows. */
const RECORDS_IN_INDEX = sql`${records} indexed by "records_found"`;
