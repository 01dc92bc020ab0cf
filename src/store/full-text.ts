import type { SQL } from 'drizzle-orm';
import type { QueryReader } from './query.ts';

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
