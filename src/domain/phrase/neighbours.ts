import { countWhile } from '../binary-search.ts';
import { DomainError } from '../errors.ts';
import type { Amount } from '../money/amount.ts';
import { parseDecimal } from '../money/decimal.ts';
import type { FoundAmount } from './amount-phrase.ts';
import type { Clauses, Standing } from './clauses.ts';
import type { Cue } from './cues.ts';
import { areOnlyLinks } from './cues.ts';
import type { FoundPeriod } from './period-phrase.ts';
import type { PhraseText } from './phrase-text.ts';
import type { Stretch } from './sentences.ts';
import { listWordsOf, perVocabulary } from './words.ts';

/** A paragraph with what is found in it, all in order; places are in UTF-16 code units of it. */
export interface Findings {
  readonly phrase: PhraseText;
  readonly figures: readonly FoundAmount[];
  /** Of each figure, its sentence. */
  readonly sentences: readonly Stretch[];
  readonly periods: readonly FoundPeriod[];
  readonly cues: readonly Cue[];
  readonly clauses: Clauses;
}

/** The position of the first of some stretches, in order, that starts at a place or after it. */
export function firstFrom(items: readonly Stretch[], place: number): number {
  return countWhile(items.length, (at) => (items[at]?.start ?? 0) < place);
}

/** Those of some stretches, in order, that stand between two places. */
export function within<Item extends Stretch>(items: readonly Item[], { start, end }: Stretch): Item[] {
  const found: Item[] = [];
  for (let at = firstFrom(items, start); at < items.length; at += 1) {
    const item = items[at];
    if (item === undefined || item.start >= end) break;
    if (item.end <= end) found.push(item);
  }
  return found;
}

/** Those of some stretches, in order and apart from each other, that share a place with another. */
export function overlapping<Item extends Stretch>(items: readonly Item[], { start, end }: Stretch): Item[] {
  const before = items[firstFrom(items, start) - 1];
  const found = before !== undefined && before.end > start ? [before] : [];
  for (let at = firstFrom(items, start); (items[at]?.start ?? end) < end; at += 1)
    found.push(items[at] as Item);
  return found;
}

/** Of a place, the figures before it and behind it to which it may belong, with where it stands as they see it. */
export interface Neighbours {
  readonly before: number | null;
  readonly behind: number | null;
  readonly standing: Standing;
  /** The place itself, or the brackets that hold it and no figure. */
  readonly place: Stretch;
}

/** So many figures are passed over: those in brackets, and conversions. */
export const FARTHEST_FIGURES = 12;

/**
 * The figures of the sentence beside a place that stand in the same brackets as it does. Brackets without a figure stand
 * for what they hold; those that hold a conversion only belong to what it converts.
 */
export function neighboursOf({ figures, clauses, sentences }: Findings, found: Stretch): Neighbours {
  let place = found;
  let standing = clauses.at(found.start);
  const at = firstFrom(figures, found.start);
  const isInSentence = (position: number): boolean => {
    const sentence = sentences[position];
    return sentence !== undefined && sentence.start <= found.start && found.end <= sentence.end;
  };
  const find = (from: number, step: 1 | -1): number | null => {
    for (let count = 0, position = from; count < FARTHEST_FIGURES; count += 1, position += step) {
      const figure = figures[position];
      if (figure === undefined || !isInSentence(position)) return null;
      if (figure.convertsAt === null && clauses.at(figure.start).bracket === standing.bracket)
        return position;
    }
    return null;
  };
  for (;;) {
    const [before, behind] = [find(at - 1, -1), find(at, 1)];
    const bracket = clauses.brackets[standing.bracket];
    if (bracket === undefined || before !== null || behind !== null)
      return { before, behind, standing, place };
    const [first] = within(figures, bracket);
    if (first?.convertsAt != null) {
      const main = firstFrom(figures, first.convertsAt);
      return { before: main, behind: null, standing: clauses.at(first.convertsAt), place };
    }
    place = bracket;
    standing = { ...standing, bracket: bracket.outer, clause: bracket.clause };
  }
}

const EAST_ASIAN = /[一-鿿가-힣ぁ-ヿ]/;

/** Whether the words at a place are in a script in which what says more of a figure stands before it. */
export function isEastAsian({ lower }: PhraseText, { start, end }: Stretch): boolean {
  return EAST_ASIAN.test(lower.slice(Math.max(0, start - 3), end + 3));
}

/** How a figure stands to the ones that it may be compared with, or be a part of. */
export interface Comparison {
  /** Where the word starts that compares another figure with it: what stands before that is not of it; null for none. */
  readonly comparedAt: number | null;
  /** The words that say that it is of the year before. */
  readonly yearBefore: Cue | null;
}

const BESIDE = 60;
/** What may stand between a figure and the word that compares another with it. */
const NOTHING = /^[\s的の]*(?:(?:the|an?|das|die|der|les?|la|los?|las|el|l')\s)?\s*$/;

export function comparisonOf({ phrase, figures, cues, periods }: Findings, at: number): Comparison {
  const figure = figures[at];
  if (figure === undefined) return { comparedAt: null, yearBefore: null };
  const { wordsStart, wordsEnd } = figure;
  const { lower } = phrase;
  const floor = Math.max(figures[at - 1]?.end ?? 0, wordsStart - BESIDE);
  const before = within(cues, { start: floor, end: wordsStart });
  const behind = within(cues, { start: wordsEnd, end: wordsEnd + BESIDE });
  const isOnly = (start: number, end: number): boolean => NOTHING.test(lower.slice(start, end));
  const yearBefore =
    before.findLast(({ kind, end }) => kind === 'yearBefore' && isOnly(end, wordsStart)) ??
    behind.find(({ kind, start }) => kind === 'yearBefore' && isOnly(wordsEnd, start)) ??
    null;
  const dated = within(periods, { start: floor, end: wordsStart });
  const compares = before.findLast(({ kind, end }) => {
    if (kind !== 'comparedBefore') return false;
    const between = [...dated, ...before.filter((cue) => cue.kind === 'yearBefore')].filter(
      ({ start }) => start >= end,
    );
    return NOTHING.test(without(lower, { start: end, end: wordsStart }, between));
  });
  const isComparedBehind = behind.some(
    ({ kind, start }) => kind === 'comparedAfter' && isOnly(wordsEnd, start),
  );
  return {
    comparedAt: compares?.start ?? (isComparedBehind ? (yearBefore?.start ?? wordsStart) : null),
    yearBefore,
  };
}

/** Words of a text without some of its stretches. */
export function without(text: string, { start, end }: Stretch, stretches: readonly Stretch[]): string {
  const pieces: string[] = [];
  let at = start;
  for (const stretch of stretches.toSorted((one, other) => one.start - other.start)) {
    if (stretch.start > at) pieces.push(text.slice(at, Math.min(stretch.start, end)));
    at = Math.max(at, stretch.end);
  }
  if (at < end) pieces.push(text.slice(at, end));
  return pieces.join(' ');
}

const LONGEST_LINK = 160;

/**
 * Whether nothing but links stands between two figures of a sentence, so that what is said of the one holds for the
 * other: "will be 3 billion in 2025 and 5 billion in 2030".
 * @param named places of names between them, which do not count
 */
export function isLinked(
  { phrase, figures, sentences, periods, cues, clauses }: Findings,
  from: number,
  to: number,
  named: readonly Stretch[],
): boolean {
  const [one, other] = [figures[from], figures[to]];
  if (one === undefined || other === undefined || sentences[from]?.start !== sentences[to]?.start)
    return false;
  const between = { start: one.wordsEnd, end: other.wordsStart };
  if (between.end - between.start > LONGEST_LINK) return false;
  if (clauses.at(one.start).part !== clauses.at(other.start).part) return false;
  const said = within(cues, between);
  if (said.some(({ kind }) => kind === 'part')) return false;
  const converted = figures
    .slice(from + 1, to)
    .map(({ wordsStart, wordsEnd }) => ({ start: wordsStart, end: wordsEnd }));
  const known = [...within(periods, between), ...said, ...converted, ...named];
  return areOnlyLinks(without(phrase.lower, between, known), phrase.vocabulary);
}

/** The figure of which another is a part: "of which", 其中. */
export interface Part {
  /** Position of the whole; null where that is not clear. */
  readonly of: number | null;
  /** Where the word that says so stands. */
  readonly cue: Cue;
}

/** What may stand between two members of a list of parts: a mark with a short name, or names with a mark before the figure. */
const NEXT_MEMBER = /^ *[,，、▲] *[^ \d,，、.。;；:：()（）]{0,12} ?$/;
const LONGEST_NAME = 80;

const listedOf = perVocabulary((vocabulary) => {
  const { and } = listWordsOf(vocabulary);
  return new RegExp(`^[^.。:：!?！？()（）\\d]{0,${LONGEST_NAME}}(?:[,，、]|[ ,，、](?:${and})) *$`);
});

/** Whether a figure stands in a list with the one before it: "3bn for rail and 2bn for roads", 铁路3亿元、公路2亿元. */
function isNextMember({ phrase, figures, cues, clauses }: Findings, before: number, at: number): boolean {
  const [one, other] = [figures[before], figures[at]];
  if (one === undefined || other === undefined || other.convertsAt !== null) return false;
  const [{ bracket, part }, standing] = [clauses.at(one.start), clauses.at(other.start)];
  if (standing.bracket !== bracket || standing.part !== part) return false;
  const between = { start: one.wordsEnd, end: other.wordsStart };
  if (within(cues, between).some(({ kind }) => kind !== 'measure')) return false;
  const conversions = figures.slice(before + 1, at);
  const words = without(phrase.lower, between, conversions).replace(/ *[(（] *[)）]/, '');
  return NEXT_MEMBER.test(words) || listedOf(phrase.vocabulary).test(words);
}

function sumOf(figure: FoundAmount | undefined): Amount | null {
  return figure === undefined || figure.reading instanceof DomainError ? null : figure.reading;
}

/** Whether sums are in the currency of another, and together no larger. */
function fitIn(parts: readonly FoundAmount[], whole: FoundAmount | undefined): boolean {
  const all = sumOf(whole);
  const most = all?.value ?? all?.high ?? all?.low;
  if (all == null || most == null) return false;
  let total = parseDecimal('0');
  for (const part of parts) {
    const sum = sumOf(part);
    const least = sum?.value ?? sum?.low;
    if (sum?.currency !== all.currency || least == null) return false;
    total = total.plus(parseDecimal(least));
  }
  return total.lessThanOrEqualTo(parseDecimal(most));
}

/**
 * Of each figure of a paragraph, of which one it is a part, or null. What goes on a list of parts is one as long as all
 * of them together are no larger than the whole.
 */
export function partsOf(findings: Findings): readonly (Part | null)[] {
  const { figures } = findings;
  const parts: (Part | null)[] = [];
  let list: { readonly part: Part; readonly members: readonly FoundAmount[]; readonly last: number } | null =
    null;
  for (const [at, figure] of figures.entries()) {
    const own = partAt(findings, at);
    const next: Part | null =
      own === null && list !== null && isNextMember(findings, list.last, at) ? list.part : null;
    const members: readonly FoundAmount[] =
      next === null || list === null ? [figure] : [...list.members, figure];
    const whole: number | null = (own ?? next)?.of ?? null;
    const fits: boolean = whole !== null && fitIn(members, figures[whole]);
    const part: Part | null = fits ? (own ?? next) : own && { ...own, of: null };
    parts.push(part);
    // The conversion of a member does not end its list.
    if (figure.convertsAt === null || part !== null)
      list = fits && part !== null ? { part, members, last: at } : null;
  }
  return parts;
}

function partAt(findings: Findings, at: number): Part | null {
  const { figures, sentences, cues, clauses } = findings;
  const [figure, sentence] = [figures[at], sentences[at]];
  if (figure === undefined || sentence === undefined) return null;
  let whole: number | null = null;
  for (
    let position = at - 1;
    position >= Math.max(0, at - FARTHEST_FIGURES) && whole === null;
    position -= 1
  ) {
    if (sentences[position]?.start !== sentence.start) break;
    const isCompared = comparisonOf(findings, position).comparedAt !== null;
    // "2.4 trillion, against 2.1 trillion before, of which …": the part is one of the 2.4 trillion.
    if (figures[position]?.convertsAt === null && !isCompared) whole = position;
  }
  const before = figures[at - 1]?.wordsEnd ?? 0;
  const floor = Math.max(sentence.start, before, figure.start - 4 * BESIDE);
  const cue = within(cues, { start: floor, end: figure.wordsStart }).findLast(({ kind }) => kind === 'part');
  if (cue === undefined || clauses.at(cue.start).part !== clauses.at(figure.start).part) return null;
  if (clauses.at(cue.start).bracket !== clauses.at(figure.start).bracket) return null;
  return { of: whole, cue };
}
