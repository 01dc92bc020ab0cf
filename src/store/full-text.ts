import type { SQL } from 'drizzle-orm';
import type { QueryReader } from './query.ts';
import { and, count, sql } from './query.ts';
import { records } from './tables/schema.ts';

/** What is searched for, and among which records. */
export interface Search {
  /** As a user wrote it. */
  readonly query: string;
  /** What else must hold for the records. */
  readonly where: SQL | undefined;
  /**
   * Whether conditions and order ask no more of a record than its kind, id and date of publication, and the conditions
   * that it counts now.
   */
  readonly isBrief: boolean;
  /** A condition that an index answers and that leaves few records: hits are told by it first. */
  readonly few: SQL | undefined;
}

/** The order and the part of it that is wanted. */
export interface SearchPage {
  /** Whether the order is by relevance. */
  readonly isRanked: boolean;
  readonly order: readonly SQL[];
  readonly limit: number;
}

export interface FoundRevision {
  readonly sequence: number;
  /** Less fits better; null where the order is another. */
  readonly relevance: number | null;
}

/**
 * The engine's index over `record_texts`, whose words the domain has cut (`domain/text/search-text.ts`). What is
 * inserted there is found from then on. Without a word in the query nothing is found.
 */
export interface FullText {
  /** What a ranked search orders by: less fits better. A whole number, so that a place in a list can name it exactly. */
  readonly relevance: SQL<number>;
  /** Holds for revisions in which every word of a query is found. */
  holds(query: string): SQL;
  /** The first of the revisions that a search finds. */
  find(read: QueryReader, search: Search, page: SearchPage): Promise<readonly FoundRevision[]>;
  /** How many revisions a search finds. */
  count(read: QueryReader, search: Search): Promise<number>;
  /** The sequences of all revisions that are found, those that no longer count among them, in no order. */
  sequences(read: QueryReader, query: string): Promise<readonly number[]>;
}

/** What an engine's index is asked. */
interface TextIndex {
  /**
   * What a query finds, as a table `found` of each `sequence`; null where the query has no word.
   * @param isRanked whether it has the `relevance` too, which takes longer than finding
   */
  readonly foundBy: (query: string, isRanked: boolean) => SQL | null;
  /** What is cross-joined to `found`, where that is not the table of records itself. */
  readonly recordsOf?: (search: Search) => SQL | undefined;
  /** A condition that makes a search faster and changes nothing of what it finds. */
  readonly hintOf?: (search: Search) => SQL | undefined;
}

/** The full-text search of an engine. */
export function fullTextOf({ foundBy, recordsOf, hintOf }: TextIndex): FullText {
  const relevance = sql<number>`"found"."relevance"`;
  const sequence = sql<number>`"found"."sequence"`;
  const conditionOf = (search: Search): SQL | undefined =>
    and(sql`${records.sequence} = ${sequence}`, hintOf?.(search), search.where);
  return {
    relevance,
    holds: (query) => {
      const found = foundBy(query, false);
      return found === null ? sql`1 = 0` : sql`${records.sequence} in (select "sequence" from ${found})`;
    },
    find: async (read, search, { isRanked, order, limit }) => {
      const found = foundBy(search.query, isRanked);
      if (found === null) return [];
      return read
        .select({ sequence, relevance: isRanked ? relevance : sql<null>`null` })
        .from(found)
        .crossJoin(recordsOf?.(search) ?? records)
        .where(conditionOf(search))
        .orderBy(...order)
        .limit(limit);
    },
    count: async (read, search) => {
      const found = foundBy(search.query, false);
      if (found === null) return 0;
      const [row] = await read
        .select({ count: count() })
        .from(found)
        .crossJoin(recordsOf?.(search) ?? records)
        .where(conditionOf(search));
      return row?.count ?? 0;
    },
    // Asks only the full-text index: to look up the records of a frequent word takes a hundred times as long.
    sequences: async (read, query) => {
      const found = foundBy(query, false);
      if (found === null) return [];
      const rows = await read.rows(null, () => read.select({ sequence }).from(found), {});
      return rows.map(([first]) => first as number);
    },
  };
}
