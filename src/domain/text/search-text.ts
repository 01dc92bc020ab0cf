/*
 * How text is cut into words for the full-text search: the same way when a record is indexed and when it is asked for.
 * Chinese, Japanese and Korean are written without spaces between words, so a run of their letters becomes its single
 * characters and its overlapping pairs; everything else becomes words in lower case without accents. Traditional and
 * simplified characters stay as they are.
 */

/** Changes whenever the words of a text change; a ledger indexed under another version is indexed anew. */
export const SEARCH_TEXT_VERSION = '1';

/** A word of a text, and where it stands: Unicode code points, `end` exclusive. */
interface Run {
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

/** A character as it is compared: compatibility forms resolved, lower case, without accents. */
function fold(character: string): string {
  // Nine of ten characters are ASCII, and need no more.
  if (character.length === 1 && character < '\u0080') return character.toLowerCase();
  return character.normalize('NFKC').toLowerCase().normalize('NFD').replace(ACCENTS, '').normalize('NFC');
}

function runsOf(text: string): readonly Run[] {
  let folded = '';
  const placeAt: Range[] = [];
  let position = 0;
  for (const [character] of text.matchAll(CHARACTER)) {
    const place = { start: position, end: position + [...character].length };
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
  return runsOf(text)
    .map((run) => (run.kind === 'word' ? run.text : [...pairsOf(run.text), ...run.text].join(' ')))
    .join(' ');
}

/** What a query asks for. The last term may be a word still being typed: a prefix. Empty where the text has no word. */
export function searchTerms(query: string): readonly SearchTerm[] {
  const runs = runsOf(query);
  const terms = runs.map(
    ({ kind, text }, index): SearchTerm =>
      kind === 'word' ? { kind, text, isPrefix: index === runs.length - 1 } : { kind, text },
  );
  return [...new Map(terms.map((term) => [JSON.stringify(term), term])).values()];
}

/** Where the terms stand in a text: ranges in order, those that overlap or touch made one. */
export function matchingRanges(text: string, terms: readonly SearchTerm[]): readonly Range[] {
  if (plainlyHasNone(text, terms)) return [];
  const found = runsOf(text).flatMap((run) => terms.flatMap((term) => rangesIn(run, term)));
  const merged: Range[] = [];
  for (const range of found.sort((one, other) => one.start - other.start || one.end - other.end)) {
    const last = merged.at(-1);
    if (last !== undefined && range.start <= last.end) {
      merged[merged.length - 1] = { start: last.start, end: Math.max(last.end, range.end) };
    } else merged.push(range);
  }
  return merged;
}

const ASCII = /^[\0-\x7f]*$/;

/** Most texts of a page hold none of the terms. Where folding is no more than lower case, that is seen at once. */
function plainlyHasNone(text: string, terms: readonly SearchTerm[]): boolean {
  if (!ASCII.test(text)) return false;
  // A run has lost the commas of its numbers.
  const folded = text.toLowerCase().replaceAll(',', '');
  return !terms.some((term) => folded.includes(term.text));
}

function rangesIn(run: Run, term: SearchTerm): readonly Range[] {
  if (run.kind !== term.kind) return [];
  if (term.kind === 'word') {
    const matches = term.isPrefix ? run.text.startsWith(term.text) : run.text === term.text;
    return matches ? [rangeOf(run, 0, [...term.text].length)] : [];
  }
  const [points, wanted] = [[...run.text], [...term.text]];
  return points.flatMap((_, index) =>
    wanted.every((point, offset) => points[index + offset] === point)
      ? [rangeOf(run, index, wanted.length)]
      : [],
  );
}

function rangeOf({ places }: Run, index: number, length: number): Range {
  return { start: places[index]?.start ?? 0, end: places[index + length - 1]?.end ?? 0 };
}
