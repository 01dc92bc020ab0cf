import type { PhraseText } from './phrase-text.ts';
import { endsAt, matchAt } from './phrase-text.ts';
import type { Hint, LanguageWords, NotTheSum } from './words.ts';
import { expand, HINTS, LETTERS, perVocabulary } from './words.ts';

export interface FoundHint {
  readonly hint: Hint;
  readonly words: string;
}

/** The words of a text's languages that say one thing of a figure on one side of it. */
function anyWord(
  languages: readonly LanguageWords[],
  side: 'before' | 'after',
  hint: Hint | 'filler',
): string {
  const ofLanguages = languages.flatMap(({ script, [side]: words }) => {
    const sources = (words as LanguageWords['before'])[hint] ?? [];
    return sources.length === 0 ? [] : script[side](sources.map(expand).join('|'));
  });
  return ofLanguages.length === 0 ? '(?!)' : ofLanguages.join('|');
}

/** A hyphen glued to the figure is a minus sign unless it ties the figure to a word ("over-5"). */
const IS_NEGATIVE =
  /(?<=(?<![a-z])(?:minus|negative)[ -]*|负 *|マイナス *|(?<![가-힣])마이너스 *|[▲△] ?|(?:^|[^a-z0-9])-)/y;
const GAP_BEFORE = / *["“‘「]? *$/;

function anyOf(languages: readonly LanguageWords[], kind: NotTheSum): string {
  const sources = languages.flatMap(({ notTheSum }) => notTheSum[kind] ?? []).map(expand);
  return sources.length === 0 ? '(?!)' : sources.join('|');
}

/** What the words around figures say, as expressions over one language's words. */
const patternsOf = perVocabulary(({ spoken }) => {
  const before = (kind: NotTheSum) => new RegExp(`(?<=(?<![${LETTERS}])(?:${anyOf(spoken, kind)}) *)`, 'y');
  const after = (kind: NotTheSum) => new RegExp(` *(?:${anyOf(spoken, kind)})(?![${LETTERS}])`, 'y');
  const wordsBefore = ([...HINTS, 'filler'] as const).map(
    (hint) => [hint, anyWord(spoken, 'before', hint)] as const,
  );
  return {
    before: wordsBefore.map(([hint, words]) => [hint, new RegExp(`(?:${words})$`)] as const),
    anyBefore: new RegExp(`(?<=${wordsBefore.map(([, words]) => words).join('|')})`, 'y'),
    after: HINTS.map((hint) => [hint, new RegExp(anyWord(spoken, 'after', hint), 'y')] as const),
    part: [before('partBefore'), after('partAfter')] as const,
    denied: [before('deniedBefore'), after('deniedAfter')] as const,
    counted: new RegExp(`[多余]? *(?:${anyOf(spoken, 'counted')})`, 'y'),
  };
});

/** Longer than any wording below it, so that a word cut off at its edge cannot be taken for another. */
const WINDOW = 72;
const MAX_WORDS = 6;

export interface Surroundings {
  /** Where the first word that qualifies the figure starts, and where the last one ends. */
  readonly start: number;
  readonly end: number;
  readonly hints: readonly FoundHint[];
  readonly isNegative: boolean;
  /** Whether the sum meant is a part or a multiple of the figure. */
  readonly isPart: boolean;
  /** Whether the words deny the figure without bounding it. */
  readonly isDenied: boolean;
}

function windowBefore(phrase: PhraseText, at: number): string {
  return phrase.lower.slice(Math.max(0, at - WINDOW), at);
}

/** The longest of the words that say something of a figure, as `read` finds them. */
function peel<Said>(
  patterns: readonly (readonly [Said, RegExp])[],
  read: (pattern: RegExp) => RegExpExecArray | null,
): { readonly hint: Said; readonly words: string } | null {
  let best: { readonly hint: Said; readonly words: string } | null = null;
  for (const [hint, pattern] of patterns) {
    const words = read(pattern)?.[0];
    if (words !== undefined && (best === null || words.length > best.words.length)) best = { hint, words };
  }
  return best;
}

/** Spaces and an opening quotation mark may stand between a figure and its words. */
function skipBackOverSpaces(phrase: PhraseText, at: number): number {
  if (!/[ "“‘「]/.test(phrase.lower.charAt(at - 1))) return at;
  const gap = GAP_BEFORE.exec(windowBefore(phrase, at))?.[0] ?? '';
  return at - gap.length;
}

/**
 * Reads the words that qualify the figure standing from `start` to `end`: only those that touch it, or touch another
 * such word. What stands elsewhere in the sentence is not read.
 */
export function readSurroundings(
  phrase: PhraseText,
  start: number,
  end: number,
  endOfConversion: (at: number) => number,
): Surroundings {
  const patterns = patternsOf(phrase.vocabulary);
  const hints: FoundHint[] = [];
  const isNegative = endsAt(IS_NEGATIVE, phrase.lower, start);
  let first = start;
  let place = skipBackOverSpaces(phrase, start);
  for (let count = 0; count < MAX_WORDS && endsAt(patterns.anyBefore, phrase.lower, place); count += 1) {
    const text = windowBefore(phrase, place);
    const peeled = peel(patterns.before, (pattern) => pattern.exec(text));
    if (peeled === null) break;
    place -= peeled.words.length;
    if (peeled.hint === 'filler') continue;
    first = place;
    hints.unshift({ hint: peeled.hint, words: peeled.words.trim() });
  }
  const readBehind = (from: number): number => {
    let place = from;
    for (let count = 0; count < MAX_WORDS; count += 1) {
      const peeled = peel(patterns.after, (pattern) => matchAt(pattern, phrase, place));
      if (peeled === null) break;
      place += peeled.words.length;
      hints.push({ hint: peeled.hint, words: peeled.words.trim() });
    }
    return place;
  };
  const last = readBehind(end);
  const behindConversion = endOfConversion(last);
  if (behindConversion > last) readBehind(behindConversion);
  const touches = ([before, after]: readonly [RegExp, RegExp]): boolean =>
    endsAt(before, phrase.lower, start) ||
    (first < start && endsAt(before, phrase.lower, first)) ||
    matchAt(after, phrase, end) !== null ||
    (last > end && matchAt(after, phrase, last) !== null);
  return {
    start: first,
    end: last,
    hints,
    isNegative,
    isPart: touches(patterns.part),
    isDenied: touches(patterns.denied),
  };
}

/** Whether what follows is counted, no money: "60万个", "5 million base stations". For numbers without a currency only. */
export function isCountedThing(phrase: PhraseText, at: number): boolean {
  return matchAt(patternsOf(phrase.vocabulary).counted, phrase, at) !== null;
}

/** Whether words that qualify a figure follow: "5 trillion or more". */
export function isQualifiedBehind(phrase: PhraseText, at: number): boolean {
  return patternsOf(phrase.vocabulary).after.some(([, pattern]) => matchAt(pattern, phrase, at) !== null);
}
