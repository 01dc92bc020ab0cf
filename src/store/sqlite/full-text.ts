import type { SQL } from 'drizzle-orm';
import type { SearchTerm } from '../../domain/text/search-text.ts';
import { pairsOf } from '../../domain/text/search-text.ts';
import { searchAlternatives } from '../../domain/text/synonyms.ts';
import { fullTextOf } from '../full-text.ts';
import { sql } from '../query.ts';
import { records } from '../tables/schema.ts';

/** How much more a word counts in the figure's own phrase and in a name than in a title, and there than in a note. */
const WEIGHTS = sql`4, 4, 2, 1`;

export const FULL_TEXT = fullTextOf({
  foundBy,
  recordsOf: ({ isBrief }) => (isBrief ? RECORDS_IN_INDEX : undefined),
  // The plus keeps SQLite from asking the full-text index anew for each of them.
  hintOf: ({ few }) =>
    few && sql`+"found"."sequence" in (select ${records.sequence} from ${records} where ${few})`,
});

/** The records as the index holds them. SQLite by itself would always read a record whose number it knows. */
const RECORDS_IN_INDEX = sql`${records} indexed by "records_found"`;

/**
 * What a query finds, as a table `found`, to be cross-joined before the records: SQLite keeps the order of such tables,
 * and the other way round it would ask the index once a record.
 */
function foundBy(query: string, isRanked: boolean): SQL | null {
  const expression = matchExpression(searchAlternatives(query));
  if (expression === null) return null;
  const relevance = isRanked
    ? sql`, cast(round(bm25("record_texts_index", ${WEIGHTS}) * 1e9) as integer) as "relevance"`
    : sql``;
  return sql`(select "rowid" as "sequence"${relevance} from "record_texts_index"
    where "record_texts_index" match ${expression}) as "found"`;
}

/**
 * Alternatives in the query language of the index: quoted words only, so that nothing of a query is ever an operator.
 * Null where there is none, and nothing can be found.
 */
export function matchExpression(alternatives: readonly (readonly SearchTerm[])[]): string | null {
  const [first, ...others] = alternatives.filter(({ length }) => length > 0).map(conjunctionOf);
  if (first === undefined) return null;
  return others.length === 0 ? first : [first, ...others].map((one) => `(${one})`).join(' OR ');
}

function conjunctionOf(terms: readonly SearchTerm[]): string {
  return terms
    .map((term) => {
      if (term.kind === 'word') return term.isPrefix ? `"${term.text}"*` : `"${term.text}"`;
      const pairs = pairsOf(term.text);
      return `"${pairs.length === 0 ? term.text : pairs.join(' ')}"`;
    })
    .join(' AND ');
}
