import type { Range, Run } from './search-text.ts';
import { runsOf } from './search-text.ts';
import { searchAlternatives } from './synonyms.ts';

/** Something that a text may name. */
export interface Named {
  readonly kind: string;
  readonly id: string;
  /** What it is called, and what kind of name that is: `alias`. */
  readonly called: string;
  readonly nameKind: string;
  /** Whether it is a proper name: "china" is none. */
  readonly isProper: boolean;
}

/** A place where a text names something: Unicode code points, `end` exclusive. */
export interface Mention extends Range {
  readonly named: Named;
  /** As printed. */
  readonly text: string;
}

/** A tree of names by their words; of scripts without spaces, by their characters. */
interface Node {
  readonly next: Map<string, Node>;
  readonly ends: Named[];
}

interface Token extends Range {
  readonly text: string;
}

function emptyNode(): Node {
  return { next: new Map(), ends: [] };
}

/** Networks are found by "network". */
function withoutPlural(word: string): string {
  return word.length > 3 && /[^s]s$/.test(word) ? word.slice(0, -1) : word;
}

function tokensOf({ kind, text, places }: Pick<Run, 'kind' | 'text' | 'places'>): Token[] {
  const [first, last] = [places[0], places.at(-1)];
  if (first === undefined || last === undefined) return [];
  if (kind === 'word') return [{ text: withoutPlural(text), start: first.start, end: last.end }];
  return [...text].map((character, at) => ({ text: character, ...(places[at] ?? first) }));
}

/** So many names begin alike before the further ones are left out. */
const LONGEST_NAME = 40;

/** A word that stands for something else in lower case: "AI", "US", "EV". */
const SHORT_CAPITALS = /^\p{Lu}{2,5}$/u;

function mayBe({ called, isProper }: Named, printed: string): boolean {
  if (SHORT_CAPITALS.test(called)) return printed === called || printed.replace(/s$/, '') === called;
  return !isProper || !/^\p{Lu}/u.test(called) || !/^\p{Ll}/u.test(printed);
}

/**
 * Finds names in texts, in one pass over each. Case, accents, plurals and spelling variants make no difference, but a
 * proper name begins with a capital letter where its script has them, and a short one in capitals stands in capitals.
 */
export class NameMatcher {
  readonly #root = emptyNode();

  constructor(names: Iterable<Named>) {
    const all = [...names];
    for (const named of all)
      this.#add(
        runsOf(named.called)
          .flatMap(tokensOf)
          .map(({ text }) => text),
        named,
      );
    for (const named of all) {
      for (const terms of searchAlternatives(named.called).slice(1)) {
        const words = terms.flatMap(({ kind, text }) => (kind === 'word' ? withoutPlural(text) : [...text]));
        this.#add(words, { ...named, called: terms.map(({ text }) => text).join(' '), nameKind: 'synonym' });
      }
    }
  }

  #add(words: readonly string[], named: Named): void {
    if (words.length === 0 || words.length > LONGEST_NAME) return;
    let node = this.#root;
    for (const word of words) {
      const next = node.next.get(word) ?? emptyNode();
      node.next.set(word, next);
      node = next;
    }
    if (!node.ends.some(({ kind, id }) => kind === named.kind && id === named.id)) node.ends.push(named);
  }

  /** The places of names in a text, in order; of names that stand in each other the longest. */
  mentions(text: string): Mention[] {
    const tokens = runsOf(text).flatMap(tokensOf);
    const points = [...text];
    const found: Mention[] = [];
    for (let at = 0; at < tokens.length; ) {
      const longest = this.#longestAt(tokens, at, points);
      found.push(...longest.mentions);
      at = Math.max(at + 1, longest.next);
    }
    return found;
  }

  #longestAt(tokens: readonly Token[], from: number, points: readonly string[]) {
    let longest: { readonly mentions: readonly Mention[]; readonly next: number } = {
      mentions: [],
      next: from,
    };
    const start = tokens[from]?.start ?? 0;
    let node: Node | undefined = this.#root;
    for (let at = from; at < tokens.length; at += 1) {
      const token = tokens[at];
      node = token && node.next.get(token.text);
      if (token === undefined || node === undefined) break;
      if (node.ends.length === 0) continue;
      const printed = points.slice(start, token.end).join('');
      const mentions = node.ends
        .filter((named) => mayBe(named, printed))
        .map((named) => ({ named, text: printed, start, end: token.end }));
      if (mentions.length > 0) longest = { mentions, next: at + 1 };
    }
    return longest;
  }
}
