import type { SearchTerm } from './search-text.ts';
import { searchTerms } from './search-text.ts';
import groups from './synonyms.json' with { type: 'json' };

/*
 * Words that mean the same: spelling variants, and the names of sectors in both languages. Each group of
 * `synonyms.json` stands for any of its members, so that all of them find the same.
 */

type Terms = readonly SearchTerm[];

interface Member {
  readonly terms: Terms;
  /** All members of the group. */
  readonly group: readonly Terms[];
}

/** More ways to say a query are not tried: each is searched for. */
const MOST_ALTERNATIVES = 16;

/** The longest first: "big data centre" is no "data centre". */
const MEMBERS: readonly Member[] = groups
  .flatMap((texts): Member[] => {
    const group = texts.map((text) => searchTerms(text));
    return group.map((terms) => ({ terms, group }));
  })
  .sort((one, other) => other.terms.length - one.terms.length);

/** What a query asks for, in each way in which it can be said: one of them must be found whole. Its own words come first. */
export function searchAlternatives(query: string): readonly Terms[] {
  const terms = searchTerms(query);
  if (terms.length === 0) return [];
  let alternatives: readonly Terms[] = [[]];
  for (let at = 0; at < terms.length; ) {
    const { said, length } = waysToSay(terms, at);
    at += length;
    alternatives = alternatives
      .flatMap((before) => said.map((way) => [...before, ...way]))
      .slice(0, MOST_ALTERNATIVES);
  }
  return alternatives;
}

/** In which ways the terms from one on can be said, as far as a group has them. */
function waysToSay(terms: Terms, at: number): { readonly said: readonly Terms[]; readonly length: number } {
  const member = MEMBERS.find((one) =>
    one.terms.every(({ kind, text }, index) => {
      const term = terms[at + index];
      return term?.kind === kind && term.text === text;
    }),
  );
  const own = terms.slice(at, at + (member?.terms.length ?? 1));
  if (member === undefined) return { said: [own], length: own.length };
  // Of what stands last, the last word may be incomplete, however it is said.
  const isLast = at + own.length === terms.length;
  const others = member.group
    .filter((terms) => terms !== member.terms)
    .map((way) => way.map((term, index) => asPlaced(term, isLast && index === way.length - 1)));
  return { said: [own, ...others], length: own.length };
}

function asPlaced(term: SearchTerm, isPrefix: boolean): SearchTerm {
  return term.kind === 'word' ? { ...term, isPrefix } : term;
}
