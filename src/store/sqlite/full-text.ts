import type { SQL } from 'drizzle-orm';
import type { SearchTerm } from '../../domain/text/search-text.ts';
import { pairsOf, searchTerms } from '../../domain/text/search-text.ts';
import type { FullText, Search } from '../full-text.ts';
import { and, count, sql } from '../query.ts';
import { records } from '../tables/schema.ts';

/** How much more a word counts in the figure's own phrase and in a name than in a title, and there than in a note. */
const WEIGHTS = sql`4, 4, 2, 1`;

export const FULL_TEXT: FullText = {
  relevance: sql<number>`"found"."relevance"`,
  holds: foundBy,
  find: async (read, search, { isRanked, order, limit }) => {
    const found = foundBySearch(search.query, isRanked);
    if (found === null) return [];
    return read
      .select({
        sequence: sql<number>`"found"."sequence"`,
        relevance: isRanked ? FULL_TEXT.relevance : sql<null>`null`,
      })
      .from(found)
      .crossJoin(search.isBrief ? RECORDS_IN_INDEX : records)
      .where(conditionOf(search))
      .orderBy(...order)
      .limit(limit);
  },
  count: async (read, search) => {
    const found = foundBySearch(search.query, false);
    if (found === null) return 0;
    const [row] = await read
      .select({ count: count() })
      .from(found)
      .crossJoin(search.isBrief ? RECORDS_IN_INDEX : records)
      .where(conditionOf(search));
    return row?.count ?? 0;
  },
  // Asks only the full-text index: to look up the records of a frequent word takes a hundred times as long.
  sequences: async (read, query) => {
    const found = foundBySearch(query, false);
    if (found === null) return [];
    const build = () => read.select({ sequence: sql`"found"."sequence"` }).from(found);
    const rows = await read.rows(null, build, {});
    return rows.map(([sequence]) => sequence as number);
  },
};

/** The records as the index holds them. SQLite by itself would always read a record whose number it knows. */
const RECORDS_IN_INDEX = sql`${records} indexed by "records_found"`;

function conditionOf({ where, few }: Search): SQL | undefined {
  return and(
    sql`${records.sequence} = "found"."sequence"`,
    // The plus keeps SQLite from asking the full-text index anew for each of them.
    few && sql`+"found"."sequence" in (select ${records.sequence} from ${records} where ${few})`,
    where,
  );
}

/** Holds for revisions in which every word of a query is found; for none where the query has no word. */
function foundBy(query: string): SQL {
  const expression = matchExpression(searchTerms(query));
  return expression === null ? sql`0` : sql`${records.sequence} in (select "rowid" ${fromIndex(expression)})`;
}

/**
 * What a query finds, as a table `found`, to be cross-joined before the records: SQLite keeps the order of such tables,
 * and the other way round it would ask the index once a record. Null where the query has no word.
 * @param ranked whether it has its relevance, which takes longer than finding
 */
function foundBySearch(query: string, ranked: boolean): SQL | null {
  const expression = matchExpression(searchTerms(query));
  if (expression === null) return null;
  const relevance = ranked
    ? sql`, cast(round(bm25("record_texts_index", ${WEIGHTS}) * 1e9) as integer) as "relevance"`
    : sql``;
  return sql`(select "rowid" as "sequence"${relevance} ${fromIndex(expression)}) as "found"`;
}

function fromIndex(expression: string): SQL {
  return sql`from "record_texts_index" where "record_texts_index" match ${expression}`;
}

/**
 * Terms in the query language of the index: quoted words only, so that nothing of a query is ever an operator.
 * Null where there is no term, and nothing can be found.
 */
export function matchExpression(terms: readonly SearchTerm[]): string | null {
  if (terms.length === 0) return null;
  return terms
    .map((term) => {
      if (term.kind === 'word') return term.isPrefix ? `"${term.text}"*` : `"${term.text}"`;
      const pairs = pairsOf(term.text);
      return `"${pairs.length === 0 ? term.text : pairs.join(' ')}"`;
    })
    .join(' AND ');
}
