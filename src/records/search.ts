import { and, eq } from '../db/drizzle.ts';
import type { PageRequest } from '../db/keyset.ts';
import { keysetPage } from '../db/keyset.ts';
import type { RecordKind } from '../db/schema.ts';
import { records } from '../db/schema.ts';
import type { Reader } from '../db/storage.ts';
import { matching } from './filters.ts';
import { FOUND_RELEVANCE, foundBySearch, isFound } from './full-text.ts';
import { SORT_COLUMNS } from './page-query.ts';
import type { RecordFilters, RecordSortKey } from './record.ts';

/** A revision that a search found: less relevance fits better. */
export interface FoundRevision {
  readonly sequence: number;
  readonly relevance: number;
}

/** The revisions of a page of what a search finds, in the page's order, and one more where there are more. */
export async function searchPage(
  read: Reader,
  kind: RecordKind,
  { q = '', ...filters }: RecordFilters,
  page: Omit<PageRequest<RecordSortKey>, 'count'>,
): Promise<readonly FoundRevision[]> {
  let found: readonly FoundRevision[] = [];
  await keysetPage<FoundRevision, RecordSortKey>(
    {
      where: await matching(read, kind, filters),
      columns: { ...SORT_COLUMNS, relevance: FOUND_RELEVANCE },
      valueOf: () => null,
      rows: async (where, order, limit) => {
        found = (await read
          .select({ sequence: records.sequence, relevance: FOUND_RELEVANCE })
          .from(foundBySearch(q))
          .innerJoin(records, and(isFound(), eq(records.kind, kind), where))
          .orderBy(...order)
          .limit(limit)) as unknown as FoundRevision[];
        return found;
      },
      total: () => Promise.resolve(0),
    },
    { ...page, count: false },
  );
  return found;
}
