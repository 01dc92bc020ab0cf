import type { SQL } from 'drizzle-orm';
import type { SearchTerm } from '../../domain/text/search-text.ts';
import { pairsOf } from '../../domain/text/search-text.ts';
import { searchAlternatives } from '../../domain/text/synonyms.ts';
import { fullTextOf } from '../full-text.ts';
import { and, or, sql } from '../query.ts';
import { recordTexts } from '../tables/schema.ts';

/** A longer word is in the index by its beginning. A code point has up to four bytes, a lexeme 2,046. */
const MOST_LETTERS = 511;
/** Of the weights D, C, B, A: as much more as on SQLite. */
const WEIGHTS = sql`'{0, 0.25, 0.5, 1}'`;
/** Of two texts that say a word as often, the shorter fits better. */
const LENGTH = sql`ln(20 + length("words"))`;
const RELEVANCE_UNIT = sql`1e9`;

export const FULL_TEXT = fullTextOf({ foundBy });

function foundBy(query: string, isRanked: boolean): SQL | null {
  const alternatives = searchAlternatives(query);
  if (alternatives.length === 0) return null;
  const conjunctions = alternatives.map((terms) => `(${terms.map(lexemesOf).join(' & ')})`);
  const lexemes = conjunctions.join(' | ');
  const words = sql`"words" @@ ${lexemes}::tsquery`;
  const relevance = isRanked
    ? sql`, -round(((ts_rank(${WEIGHTS}, "words", ${lexemes}::tsquery) / ${LENGTH})::numeric * ${RELEVANCE_UNIT}))::bigint as "relevance"`
    : sql``;
  const phrases = or(...alternatives.map((terms, place) => withPhrases(terms, conjunctions[place] ?? '')));
  return sql`(select "sequence"${relevance} from ${recordTexts} where ${and(words, phrases)}) as "found"`;
}

/** What must hold beside for an alternative that the index has found; one without phrases holds by its words. */
function withPhrases(terms: readonly SearchTerm[], lexemes: string): SQL | undefined {
  const phrases = terms
    .flatMap((term) => phraseOf(term) ?? [])
    .map((phrase) => sql`strpos(${TEXT}, ${phrase}) > 0`);
  return and(sql`"words" @@ ${lexemes}::tsquery`, ...phrases);
}

/** All words of a revision as one text, with a space before and after each. */
const TEXT = sql`(' ' || "statement" || ' / ' || "names" || ' / ' || "document" || ' / ' || "notes" || ' ')`;

/** What the index must have for a term: quoted words only, so that nothing of a query is ever an operator. */
function lexemesOf(term: SearchTerm): string {
  if (term.kind === 'word') {
    const letters = [...term.text].slice(0, MOST_LETTERS).join('');
    return term.isPrefix || letters !== term.text ? `'${letters}':*` : `'${letters}'`;
  }
  const pairs = pairsOf(term.text);
  return (pairs.length === 0 ? [term.text] : pairs).map((pair) => `'${pair}'`).join(' & ');
}

/** What the text must have beside, for the words of a term do not say where they stand. */
function phraseOf(term: SearchTerm): string | null {
  if (term.kind === 'word')
    return [...term.text].length <= MOST_LETTERS ? null : ` ${term.text}${term.isPrefix ? '' : ' '}`;
  const pairs = pairsOf(term.text);
  return pairs.length < 2 ? null : ` ${pairs.join(' ')} `;
}
