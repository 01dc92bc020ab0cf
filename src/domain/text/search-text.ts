import table from './simplified.json' with { type: 'json' };

/*
 * How text is cut into words for the full-text search: the same way when a record is indexed and when it is asked for.
 * Chinese, Japanese and Korean are written without spaces between words, so a run of their letters becomes its single
 * characters and its overlapping pairs; everything else becomes words in lower case without accents. Traditional
 * characters are compared as simplified ones, each by itself: 數據中心 finds 数据中心. Words that differ between the two
 * (資料中心) stay different.
 */

/** Changes whenever the words of a text change; a ledger indexed under another version is indexed anew. */
export const SEARCH_TEXT_VERSION = '3';

/** A word of a text, and where it stands: Unicode code points, `end` exclusive. */
export interface Run {
  readonly kind: 'word' | 'ideographs';
  /** As it is compared: folded. */
  readonly text: string;
  /** For each code point of `text`, the place of the original's character that it comes from. */
  readonly places: readonly Range[];
}

export interface Range {
  readonly start: number;
  readonly end: number;
}

/** What a query asks for: every term must be found. */
export type SearchTerm =
  | { readonly kind: 'word'; readonly text: string; readonly isPrefix: boolean }
  | { readonly kind: 'ideographs'; readonly text: string };

/** One character as a reader sees it, as far as folding needs to know: a base with its marks, a Korean syllable. */
const CHARACTER = /[\u1100-\u115f]+[\u1160-\u11a7]*[\u11a8-\u11ff]*|[\s\S][\p{M}\uff9e\uff9f]*/gu;
const RUN =
  /(?<ideographs>[[\p{L}\p{N}\p{M}]&&[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Hangul}\p{scx=Bopomofo}]]+)|(?:[[\p{L}\p{N}\p{M}]--[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Hangul}\p{scx=Bopomofo}]]|(?<=\d)\.(?=\d)|(?<=\d),(?=\d{3}(?!\d)))+/gv;
const ACCENTS = /[\u0300-\u036f]/g;

/**
 * Common ideographs with the simplified ones as which they are compared.
 * Source: TSCharacters of OpenCC (Apache License 2.0), the first of several.
 */
const SIMPLIFIED = new Map([...table.traditional].map((one, at) => [one, table.simplified.charAt(at)]));

/** A character as it is compared: compatibility forms resolved, lower case, without accents, simplified. */
function fold(character: string): string {
  // Nearly all characters are of these two blocks, and need no more.
  if (character.length === 1) {
    if (character < '\u0080') return character.toLowerCase();
    if (character >= '\u4e00' && character <= '\u9fff') return SIMPLIFIED.get(character) ?? character;
  }
  const plain = character
    .normalize('NFKC')
    .toLowerCase()
    .normalize('NFD')
    .replace(ACCENTS, '')
    .normalize('NFC');
  return SIMPLIFIED.get(plain) ?? plain;
}

/** The words of a text in order, folded as they are compared. */
export function runsOf(text: string): readonly Run[] {
  let folded = '';
  const placeAt: Range[] = [];
  let position = 0;
  for (const [character] of text.matchAll(CHARACTER)) {
    const place = { start: position, end: position + (character.length === 1 ? 1 : [...character].length) };
    position = place.end;
    const part = fold(character);
    folded += part;
    for (let unit = 0; unit < part.length; unit += 1) placeAt.push(place);
  }
  return [...folded.matchAll(RUN)].map((match) => {
    const kind = match.groups?.ideographs === undefined ? 'word' : 'ideographs';
    const places: Range[] = [];
    let kept = '';
    let unit = match.index;
    for (const point of match[0]) {
      // The comma of "8,300" is no part of the number.
      if (point !== ',') {
        kept += point;
        places.push(placeAt[unit] ?? { start: 0, end: 0 });
      }
      unit += point.length;
    }
    return { kind, text: kept, places };
  });
}

/** A name as it can stand in an address: its words, folded, joined by hyphens: `data-centre`. */
export function slugOf(name: string): string {
  return runsOf(name)
    .map(({ text }) => text)
    .join('-');
}

/** The pairs of neighbouring characters of a run, in order; none for a single character. */
export function pairsOf(text: string): readonly string[] {
  const points = [...text];
  return points.slice(1).map((point, index) => `${points[index]}${point}`);
}

/**
 * A text as the index holds it: its words, separated by spaces. A run of ideographs gives first its pairs in order, so
 * that neighbouring pairs are a phrase, then its single characters, so that no phrase reaches into the next run.
 */
export function searchTokens(text: string): string {
  const tokens = runsOf(text).flatMap((run) =>
    run.kind === 'word' ? [run.text] : [...pairsOf(run.text), ...run.text],
  );
  const counts = new Map<string, number>();
  const kept: string[] = [];
  for (const token of tokens) {
    const count = (counts.get(token) ?? 0) + 1;
    counts.set(token, count);
    if (count <= MOST_OCCURRENCES) kept.push(token);
    else if (kept.at(-1) !== GAP) kept.push(GAP);
  }
  return kept.join(' ');
}

/** A word is indexed so many times of one text: how long a search takes depends on all the places of its words. */
const MOST_OCCURRENCES = 32;
/** In the place of others, so that those around it are no neighbours; no query asks for it. */
const GAP = '.';
/** Of a run of ideographs so many are looked for, for the same reason; a phrase of them is told by its beginning. */
const MOST_IDEOGRAPHS = 8;

/**
 * What a query asks for. The last term may be a word still being typed: a prefix. Of a long run of ideographs its first
 * eight. Empty where the text has no word.
 */
export function searchTerms(query: string): readonly SearchTerm[] {
  const runs = runsOf(query);
  const terms = runs.map(
    ({ kind, text }, index): SearchTerm =>
      kind === 'word'
        ? { kind, text, isPrefix: index === runs.length - 1 }
        : { kind, text: [...text].slice(0, MOST_IDEOGRAPHS).join('') },
  );
  return [...new Map(terms.map((term) => [JSON.stringify(term), term])).values()];
}

/** So many places are shown of one text; nobody looks at more. */
export const MOST_RANGES = 100;

/** Where the terms stand in a text: the first ranges in order, those that overlap or touch made one. */
export function matchingRanges(text: string, terms: readonly SearchTerm[]): readonly Range[] {
  if (plainlyHasNone(text, terms)) return [];
  const found = runsOf(text).flatMap((run) => terms.flatMap((term) => rangesIn(run, term)));
  return united(found.sort((one, other) => one.start - other.start)).slice(0, MOST_RANGES);
}

/** Ranges in the order of their starts, those that overlap or touch made one. */
function united(ranges: readonly Range[]): readonly Range[] {
  const merged: Range[] = [];
  for (const range of ranges) {
    const last = merged.at(-1);
    if (last !== undefined && range.start <= last.end)
      merged[merged.length - 1] = { start: last.start, end: Math.max(last.end, range.end) };
    else merged.push(range);
  }
  return merged;
}

/** ASCII, the common ideographs that are compared as they are, and their punctuation. */
const PLAIN = new RegExp(
  `^[[\\0-\\x7f\\u3001\\u3002\\u3008-\\u3011\\u4e00-\\u9fff\\uff01-\\uff0d\\uff1a-\\uff20]--[${table.traditional}]]*$`,
  'v',
);

/** Most texts of a page hold none of the terms. Where folding is no more than lower case, that is seen at once. */
function plainlyHasNone(text: string, terms: readonly SearchTerm[]): boolean {
  if (!PLAIN.test(text)) return false;
  // A run has lost the commas of its numbers.
  const folded = text.toLowerCase().replaceAll(/[,\uff0c]/g, '');
  return !terms.some((term) => folded.includes(term.text));
}

function rangesIn(run: Run, term: SearchTerm): readonly Range[] {
  if (run.kind !== term.kind) return [];
  if (term.kind === 'word') {
    const matches = term.isPrefix ? run.text.startsWith(term.text) : run.text === term.text;
    return matches ? [rangeOf(run, 0, [...term.text].length)] : [];
  }
  const [points, wanted] = [[...run.text], [...term.text]];
  const found: Range[] = [];
  for (let index = 0; index + wanted.length <= points.length; index += 1)
    if (wanted.every((point, offset) => points[index + offset] === point))
      found.push(rangeOf(run, index, wanted.length));
  return united(found);
}

function rangeOf({ places }: Run, index: number, length: number): Range {
  return { start: places[index]?.start ?? 0, end: places[index + length - 1]?.end ?? 0 };
}
