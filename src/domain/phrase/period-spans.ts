import { currencyFollows, readCurrencyEndingAt } from './currency-words.ts';
import type { Pattern, Slots } from './period-words.ts';
import { BARE_MARK, NO_MARK, POINT_MARK, periodPatternsOf, REST_MARK } from './period-words.ts';
import type { PhraseText } from './phrase-text.ts';
import { isDigit, matchAt, skipSpaces } from './phrase-text.ts';
import { isCountedThing } from './surroundings.ts';
import { readMagnitude } from './worded-numbers.ts';
import type { PointKind, SpanKind } from './words.ts';
import { LETTERS } from './words.ts';

/** Words of one kind, where they stand. */
interface Match<Kind> {
  readonly kind: Kind;
  readonly start: number;
  readonly end: number;
  readonly slots: Slots;
}

export type Points = readonly Match<PointKind>[];

/** Words that state a period, with the points that they name. */
export interface Span extends Match<Exclude<SpanKind, 'also'>> {
  readonly points: Points;
  /** Whether its sentence names a year before it. */
  readonly isYearNamed: boolean;
}

/** The longest words at a place of a text that one of the patterns finds there. */
function longestAt<Kind>(text: string, at: number, patterns: readonly Pattern<Kind>[]): Match<Kind> | null {
  let best: Match<Kind> | null = null;
  const first = text.charAt(at);
  for (const { kind, pattern, characters } of patterns) {
    if (!characters.has(first)) continue;
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match === null || (best !== null && best.end >= pattern.lastIndex)) continue;
    best = { kind, start: at, end: pattern.lastIndex, slots: match.groups ?? {} };
  }
  return best;
}

/** Where words may begin: at words, numbers, and each character of a script that sets no spaces. */
const BEGINNINGS = new RegExp(
  `[${LETTERS}]+|\\d+|[${POINT_MARK}${BARE_MARK}${NO_MARK}]${REST_MARK}*|[^ ]`,
  'g',
);

/** What patterns find in a text, as far as it is taken; none within another. */
function matchesIn<Kind, Taken extends Match<unknown>>(
  text: string,
  patterns: readonly Pattern<Kind>[],
  take: (match: Match<Kind>, last: Taken | undefined) => Taken | null,
): Taken[] {
  const found: Taken[] = [];
  let end = 0;
  for (const { index } of text.matchAll(BEGINNINGS)) {
    if (index < end) continue;
    const match = longestAt(text, index, patterns);
    const taken = match && take(match, found.at(-1));
    if (taken === null) continue;
    found.push(taken);
    end = taken.end;
  }
  return found;
}

const MARKS: Readonly<Partial<Record<PointKind, string>>> = { bareYear: BARE_MARK, base: NO_MARK };

/** The text with each point written over by marks. */
function masked({ lower }: PhraseText, points: Points): string {
  const pieces: string[] = [];
  let end = 0;
  for (const point of points) {
    const mark = MARKS[point.kind] ?? POINT_MARK;
    pieces.push(lower.slice(end, point.start), mark, REST_MARK.repeat(point.end - point.start - 1));
    end = point.end;
  }
  return pieces.join('') + lower.slice(end);
}

/** Digits or a mark that go on behind a number: "2020-2025-", "2020/21", "2020.5". */
const GOES_ON = /\d| ?[-/~] ?\d|[.:,]\d|%| ?[-~] ?$/y;
const CONTINUES = /[\d/]$|\d(?:[.,:]|[~—至到-] ?)$|[$€£¥₩₹] ?$|[$€£¥₩₹][\d.,]+ ?- ?$/;
const TIED_TO_DIGITS = /\d[^.,;:]{0,24}$/;
/** Longer than what may stand between a number and the words that it belongs to. */
const WINDOW = 48;

/** Whether digits at the ends of words are part of another number, of a sum or of a count. */
function isOtherNumber(phrase: PhraseText, { start, end }: Match<unknown>): boolean {
  const { lower } = phrase;
  if (isDigit(lower.charAt(start))) {
    const before = lower.slice(Math.max(0, start - WINDOW), start);
    if (CONTINUES.test(before)) return true;
    if (readCurrencyEndingAt(phrase, start) !== null && !TIED_TO_DIGITS.test(before)) return true;
  }
  if (!isDigit(lower.charAt(end - 1))) return false;
  if (matchAt(GOES_ON, phrase, end) !== null) return true;
  if (isDigit(lower.charAt(skipSpaces(phrase, end)))) return false;
  return readMagnitude(phrase, end) !== null || currencyFollows(phrase, end) || isCountedThing(phrase, end);
}

/** Too long a number for a year, with what may tie it to the words behind it or before it. */
const NUMBER_BEFORE = new RegExp(`\\d{5,}[年년]? ?(?:'?[${LETTERS}]{1,8} ?)?(?:[${LETTERS}]{1,4} ?)?$`);
const NUMBER_BEHIND = new RegExp(` ?(?:'?[${LETTERS}]{1,6}\\.? )?\\d{4,}`, 'y');

/** Whether a point says itself of which years it is. */
export function hasYear({ kind, slots: { y, yy, fy, era, year } }: Points[number]): boolean {
  return (year ?? y ?? yy ?? fy ?? era) !== undefined || kind === 'plan' || kind === 'endOfPlan';
}

/** What one point alone states. */
const ALONE: readonly SpanKind[] = ['whole', 'until', 'through'];

/** Whether a number beside words, which is no year, was meant as one end or as the year of what they state. */
function isCut(phrase: PhraseText, { kind, start, end, points: [point] }: Span): boolean {
  const { otherEnd, otherStart, opensRange, partBefore, shorterBehind } = periodPatternsOf(phrase.vocabulary);
  if (point === undefined) return matchAt(shorterBehind, phrase, end) !== null;
  if (!ALONE.includes(kind)) return false;
  const before = phrase.lower.slice(Math.max(0, start - WINDOW), start);
  if (matchAt(otherEnd, phrase, end) !== null || otherStart.test(before)) return true;
  if (kind === 'through' && opensRange.test(before)) return true;
  if (kind !== 'until' && partBefore.test(before)) return true;
  if (hasYear(point)) return false;
  return (
    matchAt(NUMBER_BEHIND, phrase, end) !== null || (start === point.start && NUMBER_BEFORE.test(before))
  );
}

/** What ends a sentence, as far as the years named in it go. */
const SENTENCE_END = /[。！？；!?;\n]|\. /;

/** Longer than a sentence reads. */
const FARTHEST_YEAR = 200;
/** How near behind a part of a year another one may name the year of both: "Q1 and Q2 2020". */
const SHARED_YEAR_WITHIN = 12;

/** Whether a point names a year for what follows it in its sentence. */
function namesYear(phrase: PhraseText, point: Points[number] | undefined, start: number): boolean {
  if (point === undefined || ['base', 'day'].includes(point.kind) || !hasYear(point)) return false;
  return start - point.end < FARTHEST_YEAR && !SENTENCE_END.test(phrase.folded.slice(point.end, start));
}

/** The words of a text that state periods, in the order of the text. */
export function matchSpans(phrase: PhraseText): Span[] {
  const patterns = periodPatternsOf(phrase.vocabulary);
  const points: Points = matchesIn(phrase.lower, patterns.points, (point) => point);
  const text = masked(phrase, points);
  let next = 0;
  const pointsIn = (start: number, end: number): Points => {
    while ((points[next]?.start ?? end) < start) next += 1;
    let last = next;
    while ((points[last]?.end ?? Infinity) <= end) last += 1;
    return points.slice(next, last);
  };
  return matchesIn<SpanKind, Span>(text, patterns.spans, ({ kind, ...match }, last) => {
    const within = pointsIn(match.start, match.end);
    // "2020" in "in 2019 and 2020" is meant as 2019 is.
    const isNext = last !== undefined && text.slice(last.end, match.start).trim() === '';
    const meant = kind !== 'also' ? kind : isNext && ALONE.includes(last.kind) ? last.kind : null;
    if (meant === null) return null;
    const start = kind === 'also' ? (within[0]?.start ?? match.start) : match.start;
    const behind = points[next + within.length];
    const isYearNamed =
      namesYear(phrase, points[next - 1], start) ||
      (behind !== undefined &&
        behind.start - match.end <= SHARED_YEAR_WITHIN &&
        namesYear(phrase, behind, behind.end));
    const span: Span = { ...match, start, kind: meant, points: within, isYearNamed };
    return isOtherNumber(phrase, span) || isCut(phrase, span) ? null : span;
  });
}
