import type { PhraseText } from './phrase-text.ts';
import { endsAt, matchAt } from './phrase-text.ts';
import type { Hint, LanguageWords, NotTheSum } from './words.ts';
import { expand, HINTS, LETTERS, NOT_THE_SUM, perVocabulary } from './words.ts';

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
const OPENS_QUOTATION: ReadonlySet<string> = new Set('"“‘「');

/** Words before a figure and behind it, as sticky expressions. */
interface Pair {
  readonly before: RegExp;
  readonly after: RegExp;
}

function behindWords(sources: readonly string[]): RegExp {
  return new RegExp(`(?<=(?<![${LETTERS}])(?:${sources.map(expand).join('|') || '(?!)'}))`, 'y');
}

const MOST_SPACES = 3;

/**
 * The place before a few spaces. An expression that looks behind over them itself tries all of its words once for each:
 * measured, half of its time.
 */
function beforeSpaces(form: string, at: number, most = MOST_SPACES): number {
  let place = at;
  while (place > at - most && form.charAt(place - 1) === ' ') place -= 1;
  return place;
}

function aheadOfWords(sources: readonly string[]): RegExp {
  return new RegExp(` {0,3}(?:${sources.map(expand).join('|') || '(?!)'})(?![${LETTERS}])`, 'y');
}

/** Words written as "before … after". */
function pairsOf(sources: readonly string[]): readonly Pair[] {
  return sources.map((source) => {
    const [before = '', after = ''] = source.split('…');
    return { before: behindWords([before]), after: aheadOfWords([after]) };
  });
}

/** All expressions that say one kind of thing. */
interface Sides extends Pair {
  readonly around: readonly Pair[];
}

/** What the words around figures say, as expressions over one language's words. */
const patternsOf = perVocabulary(({ spoken }) => {
  const saying = (key: keyof LanguageWords['notTheSum']) =>
    spoken.flatMap(({ notTheSum }) => notTheSum[key] ?? []);
  const all = (side: 'Before' | 'After') => NOT_THE_SUM.flatMap((kind) => saying(`${kind}${side}`));
  const wordsBefore = ([...HINTS, 'filler'] as const).map(
    (hint) => [hint, anyWord(spoken, 'before', hint)] as const,
  );
  return {
    before: wordsBefore.map(([hint, words]) => [hint, new RegExp(`(?:${words})$`)] as const),
    anyBefore: new RegExp(`(?<=${wordsBefore.map(([, words]) => words).join('|')})`, 'y'),
    after: HINTS.map((hint) => [hint, new RegExp(anyWord(spoken, 'after', hint), 'y')] as const),
    around: HINTS.map(
      (hint) => [hint, pairsOf(spoken.flatMap(({ around }) => around?.[hint] ?? []))] as const,
    ),
    notTheSum: NOT_THE_SUM.map((kind): readonly [NotTheSum, Sides] => [
      kind,
      {
        before: behindWords(saying(`${kind}Before`)),
        after: aheadOfWords(saying(`${kind}After`)),
        around: pairsOf(saying(`${kind}Around`)),
      },
    ]),
    /** Most figures have none of these words on either side: one expression tells. */
    anyNot: { before: behindWords(all('Before')), after: aheadOfWords(all('After')) },
    pairs: pairsOf(NOT_THE_SUM.flatMap((kind) => saying(`${kind}Around`))),
    counted: new RegExp(`[多余]? *(?:${saying('counted').map(expand).join('|') || '(?!)'})`, 'y'),
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
  /** Why the figure is not the sum meant, or null. */
  readonly notTheSum: NotTheSum | null;
  /** Whether the words before it say so, not those behind. */
  readonly isToldBefore: boolean;
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
function skipBackOverSpaces({ lower }: PhraseText, at: number): number {
  const place = beforeSpaces(lower, at, WINDOW);
  return OPENS_QUOTATION.has(lower.charAt(place - 1)) ? beforeSpaces(lower, place - 1, WINDOW) : place;
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
  numberStart: number = start,
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
    let behind = from;
    for (let count = 0; count < MAX_WORDS; count += 1) {
      const peeled = peel(patterns.after, (pattern) => matchAt(pattern, phrase, behind));
      if (peeled === null) break;
      behind += peeled.words.length;
      hints.push({ hint: peeled.hint, words: peeled.words.trim() });
    }
    return behind;
  };
  const around = readAround(phrase, beforeSpaces(phrase.lower, place), end);
  if (around !== null) {
    hints.push(around);
    return { start: first, end: around.end, hints, isNegative, notTheSum: null, isToldBefore: false };
  }
  const last = readBehind(end);
  const behindConversion = endOfConversion(last);
  if (behindConversion > last) readBehind(behindConversion);
  const told = whyNotTheSum(phrase, [first, start, numberStart], [end, last, behindConversion]);
  return { start: first, end: last, hints, isNegative, ...told };
}

/** What words on both sides of a figure say of it together. */
function readAround(phrase: PhraseText, start: number, end: number): (FoundHint & { end: number }) | null {
  for (const [hint, pairs] of patternsOf(phrase.vocabulary).around)
    for (const { before, after } of pairs) {
      const words = endsAt(before, phrase.lower, start) ? matchAt(after, phrase, end)?.[0] : undefined;
      if (words !== undefined) return { hint, words: words.trim(), end: end + words.length };
    }
  return null;
}

/** A line that begins anew says nothing of the one before it: rows of a table. */
const NEXT_LINE = /^ *\n *\p{Lu}/u;

/** Why a figure is not the sum meant, by the words before all that qualifies it (first), right before it, and behind it. */
function whyNotTheSum(
  phrase: PhraseText,
  starts: readonly number[],
  ends: readonly number[],
): Pick<Surroundings, 'notTheSum' | 'isToldBefore'> {
  const { notTheSum, anyNot, pairs } = patternsOf(phrase.vocabulary);
  const places = [...new Set(starts.map((at) => beforeSpaces(phrase.lower, at)))];
  const before = (pattern: RegExp) => places.some((at) => endsAt(pattern, phrase.lower, at));
  const after = (pattern: RegExp) =>
    ends.some(
      (at) => matchAt(pattern, phrase, at) !== null && !NEXT_LINE.test(phrase.folded.slice(at, at + 4)),
    );
  const isAround = (pair: Pair) => before(pair.before) && after(pair.after);
  if (!before(anyNot.before) && !after(anyNot.after) && !pairs.some(isAround))
    return { notTheSum: null, isToldBefore: false };
  const found = notTheSum.find(
    ([kind, sides]) =>
      // A qualifier may end in the denial that makes it one: "ne dépassera pas".
      (kind === 'denied' ? endsAt(sides.before, phrase.lower, places[0] ?? 0) : before(sides.before)) ||
      after(sides.after) ||
      sides.around.some(isAround),
  );
  return { notTheSum: found?.[0] ?? null, isToldBefore: found !== undefined && before(found[1].before) };
}

/** Whether what follows is counted, no money: "60万个", "5 million base stations". For numbers without a currency only. */
export function isCountedThing(phrase: PhraseText, at: number): boolean {
  return matchAt(patternsOf(phrase.vocabulary).counted, phrase, at) !== null;
}

/** Whether words that qualify a figure follow: "5 trillion or more". */
export function isQualifiedBehind(phrase: PhraseText, at: number): boolean {
  return patternsOf(phrase.vocabulary).after.some(([, pattern]) => matchAt(pattern, phrase, at) !== null);
}
