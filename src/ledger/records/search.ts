import type { SQL } from 'drizzle-orm';
import type { FoundRevision, Search } from '../../store/full-text.ts';
import type { PageRequest } from '../../store/keyset.ts';
import { placeIn } from '../../store/keyset.ts';
import { and, count, sql } from '../../store/query.ts';
import { SORT_COLUMNS } from '../../store/record-query.ts';
import { heldAt, ofKind } from '../../store/revisions.ts';
import type { Reader } from '../../store/store.ts';
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

export async function countFound(read: Reader, kind: RecordKind, filters: RecordFilters): Promise<number> {
  return read.search.count(read, await searchOf(read, kind, filters));
}

async function searchOf(
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
    if (ids === undefined) continue;
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
