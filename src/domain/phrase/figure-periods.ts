import { DomainError } from '../errors.ts';
import { addDays, daysBetween, yearOf } from '../period/calendar.ts';
import type { Period } from '../period/period.ts';
import { wholeYears } from '../period/period.ts';
import type { Comparison, Findings, Part } from './neighbours.ts';
import {
  comparisonOf,
  FARTHEST_FIGURES,
  firstFrom,
  isEastAsian,
  neighboursOf,
  overlapping,
  within,
  without,
} from './neighbours.ts';
import type { FoundPeriod } from './period-phrase.ts';
import type { Stretch } from './sentences.ts';
import { listWordsOf, perVocabulary } from './words.ts';

/*
 * Of which figure each period of a paragraph is. A period belongs to a figure of its own brackets and its own clause; one
 * before all figures of a sentence holds for those of them that have none. Where it is not clear, a figure has none.
 */

/** Which period each figure of a paragraph has. */
export function periodsOfFigures(
  findings: Findings,
  parts: readonly (Part | null)[],
): readonly (FoundPeriod | null)[] {
  const { figures, sentences } = findings;
  const comparisons = figures.map((_, at) => comparisonOf(findings, at));
  const lists = yearListsOf(findings);
  const listed = yearsByFigure(findings, lists);
  const { own, leading } = assigned(findings, comparisons, lists);
  const found: (FoundPeriod | null)[] = [];
  let main = 0;
  for (const [at, figure] of figures.entries()) {
    if (figure.convertsAt !== null) {
      found.push(found[main] ?? null);
      continue;
    }
    main = at;
    const owned = own[at] ?? [];
    const { comparedAt, yearBefore } = comparisons[at] ?? { comparedAt: null, yearBefore: null };
    const nearest = owned.toSorted((one, other) => distance(one, figure) - distance(other, figure))[0];
    const isBracketed = (findings.clauses.at(figure.start).bracket ?? -1) >= 0;
    const shared = leading.get(sentences[at]?.start ?? 0);
    const isShared =
      shared !== undefined &&
      !isBracketed &&
      findings.clauses.at(shared.start).part === findings.clauses.at(figure.start).part;
    const whole = parts[at]?.of ?? null;
    const ofList = listed.get(at);
    if (yearBefore !== null) found.push(yearEarlier(yearBefore, anchorOf(findings, found, at), findings));
    else if (nearest !== undefined) found.push(nearest);
    else if (ofList !== undefined) found.push(ofList);
    else if (comparedAt !== null) found.push(null);
    else if (whole !== null) found.push(found[whole] ?? null);
    else found.push(isShared ? shared : null);
  }
  return found;
}

function distance(period: Stretch, { start, end }: Stretch): number {
  return Math.max(period.start - end, start - period.end, 0);
}

/** The figure with which one is compared: the one before it in its sentence that has a period. */
function anchorOf(
  { sentences }: Findings,
  found: readonly (FoundPeriod | null)[],
  at: number,
): FoundPeriod | null {
  for (let position = at - 1; position >= 0 && position > at - 4; position -= 1) {
    if (sentences[position]?.start !== sentences[at]?.start) return null;
    const period = found[position] ?? null;
    if (period !== null) return period;
  }
  return null;
}

/** A day a year earlier; null for the 29th of February. */
function dayEarlier(day: string): string | null {
  return day.endsWith('-02-29') ? null : `${String(yearOf(day) - 1).padStart(4, '0')}${day.slice(4)}`;
}

function openPeriod(place: Omit<FoundPeriod, 'reading'>, open: string, expected: string): FoundPeriod {
  const { text } = place;
  return { ...place, reading: new DomainError('ambiguousPeriod', { text, period: text, open, expected }) };
}

/** The period a year before another one of a year or less, as the words beside a figure say it. */
function yearEarlier(
  { start, end }: Stretch,
  anchor: FoundPeriod | null,
  { phrase }: Findings,
): FoundPeriod | null {
  const text = phrase.text.slice(start, end);
  const place = { start, end, text };
  const refuse = () => openPeriod(place, 'of which year it is the year before', 'a year in the words');
  const reading = anchor?.reading;
  if (reading === undefined || reading instanceof DomainError) return refuse();
  if (reading.start === null || reading.end === null || reading.kind === 'perYear') return refuse();
  if (daysBetween(reading.start, reading.end) > 366) return refuse();
  // The last day of a month stays one, be it the 28th or the 29th of February.
  const first = dayEarlier(reading.start);
  const after = dayEarlier(addDays(reading.end, 1));
  if (first === null || after === null) return refuse();
  const last = addDays(after, -1);
  const earlier: Period = {
    ...{ start: first, end: last, kind: reading.kind, years: wholeYears(first, last), asStated: text },
    inferred: ['start', 'end'],
  };
  return { ...place, reading: earlier };
}

/** The periods of each figure, and of each sentence, by its start, the one that stands before all of its figures. */
function assigned(findings: Findings, comparisons: readonly Comparison[], lists: readonly YearList[]) {
  const own: FoundPeriod[][] = findings.figures.map(() => []);
  const leading = new Map<number, FoundPeriod>();
  for (const period of findings.periods) {
    if (overlapping(lists, period).length > 0) continue;
    const neighbours = neighboursOf(findings, period);
    if (isCitation(findings, period, neighbours.before)) continue;
    if (isOfBracketedNumber(findings, period, neighbours.place)) continue;
    const { before } = neighbours;
    let { behind } = neighbours;
    // "In 2026 it rose from 1 to 2 billion": the year is not that of the 1 billion.
    let isCompared = false;
    while (
      behind !== null &&
      isBeforeComparison(period, comparisons[behind]) &&
      !isTied(findings, period, behind)
    ) {
      isCompared = true;
      behind = nextInClause(findings, behind);
    }
    if (before === null && neighbours.behind !== null && isOfStatement(findings, period, neighbours.behind))
      continue;
    const owner = ownerOf(findings, { ...neighbours, behind }, period);
    if (owner !== null && isOfStatement(findings, period, owner)) continue;
    if (owner !== null) own[owner]?.push(period);
    const first = neighbours.behind;
    if (before === null && first !== null && (neighbours.standing.bracket === -1 || isCompared)) {
      const sentence = findings.sentences[first]?.start ?? 0;
      if (findings.clauses.at(period.start).bracket === -1) leading.set(sentence, period);
    }
  }
  return { own, leading };
}

const BRACKETED = /^[(（].*[)）]$/;
const HEADS = /^\s*[:：]/;

/** Whether a year in brackets is no figure's: "the IEA (2021)". That of a figure stands right behind it, or in a heading. */
function isCitation({ phrase, figures }: Findings, period: FoundPeriod, before: number | null): boolean {
  const { start, end, text, reading } = period;
  if (!BRACKETED.test(text) || reading instanceof DomainError || reading.kind !== 'year') return false;
  const figure = before === null ? undefined : figures[before];
  const isBehind = figure !== undefined && phrase.lower.slice(figure.wordsEnd, start).trim() === '';
  return !isBehind && !HEADS.test(phrase.lower.slice(end, end + 4));
}

/** A number in brackets that is neither a percentage nor counts what follows it. */
const BRACKETED_NUMBER = /(?<![\p{Script=Latin}\d.,])\d(?:[\d.,]*\d)?(?![\d.,]*\d)(?! *(?:%|\p{L}))/u;
const TELLS = /^ *[:：=] *[^ )）]/;

/** Whether a period is that of another number in its brackets: "5 Mrd. Euro (2024: 4,2)". */
function isOfBracketedNumber({ phrase }: Findings, period: FoundPeriod, brackets: Stretch): boolean {
  if (brackets.start >= period.start) return false;
  const { lower } = phrase;
  return (
    TELLS.test(lower.slice(period.end, brackets.end)) ||
    BRACKETED_NUMBER.test(without(lower, { start: brackets.start + 1, end: brackets.end - 1 }, [period]))
  );
}

/** Years that stand in a row: "2023、2024、2025年", "in 2024 and 2025". */
interface YearList extends Stretch {
  readonly years: readonly (Stretch & { readonly year: string })[];
}

/** Expressions for such rows, and for what stands between the members of a list. */
const rowsOf = perVocabulary((vocabulary) => {
  const { and, respectively } = listWordsOf(vocabulary);
  const separator = `(?: *[,，、] *(?:(?:${and}) *)?| *(?:${and}) *)(?:(?:in|im|en|em|nel|i) +)?`;
  const year = '(?:19|20)\\d\\d(?: ?[年년])?';
  return {
    years: new RegExp(`(?<![\\d.,$€£¥])${year}(?:${separator}${year})+(?![\\d%]|[.,]\\d| ?%)`, 'g'),
    between: new RegExp(`^[ ,，、]*(?:(?:${and}|${respectively})[ ,，、]*)*$`),
    other: new RegExp(
      `[、&]|(?:^|[ \\p{Script=Han}\\p{Script=Hangul}])(?:${and})(?: |$|\\p{Script=Han})`,
      'u',
    ),
  };
});
const YEAR_IN_ROW = /((?:19|20)\d\d)(?: ?[年년])?/g;

/** Rows of years that are neither the ends of a range nor part of a figure. */
function yearListsOf({ phrase, figures, periods }: Findings): YearList[] {
  const lists: YearList[] = [];
  if (figures.length === 0) return lists;
  for (const { index, 0: words } of phrase.lower.matchAll(rowsOf(phrase.vocabulary).years)) {
    const list = { start: index, end: index + words.length };
    const isOther = ({ reading }: FoundPeriod) => !('kind' in reading) || reading.kind !== 'year';
    if (overlapping(periods, list).some(isOther) || overlapping(figures, list).length > 0) continue;
    const years = [...words.matchAll(YEAR_IN_ROW)].map(({ index: at, 0: printed, 1: year = '' }) => {
      return { start: index + at, end: index + at + printed.length, year };
    });
    lists.push({ ...list, years });
  }
  return lists;
}

/**
 * The year of each figure of a sentence with a row of years: in order where as many figures stand in a row, else open.
 * "In 2024 and 2025, A and B invested 4 and 5 billion respectively" is a row of bodies, so that the years are open.
 */
function yearsByFigure(findings: Findings, lists: readonly YearList[]): ReadonlyMap<number, FoundPeriod> {
  const { phrase, figures, sentences, clauses } = findings;
  const { between, other } = rowsOf(phrase.vocabulary);
  const found = new Map<number, FoundPeriod>();
  for (const list of lists) {
    const { bracket, part } = clauses.at(list.start);
    const next = firstFrom(figures, list.start);
    const near = Array.from({ length: 2 * FARTHEST_FIGURES }, (_, at) => next - FARTHEST_FIGURES + at).filter(
      (at) => {
        const [figure, sentence] = [figures[at], sentences[at]];
        if (figure === undefined || sentence === undefined || figure.convertsAt !== null) return false;
        const standing = clauses.at(figure.start);
        const isIn = sentence.start <= list.start && list.end <= sentence.end;
        return isIn && standing.bracket === bracket && standing.part === part;
      },
    );
    const isRow = (row: readonly number[]): boolean =>
      row.length === list.years.length &&
      row.every((at, position) => {
        const [one, next] = [figures[at], figures[row[position + 1] ?? -1]];
        return next === undefined || between.test(phrase.lower.slice(one?.wordsEnd, next.wordsStart));
      });
    const before = near.filter((at) => (figures[at]?.start ?? 0) < list.start);
    const behind = near.filter((at) => (figures[at]?.start ?? 0) > list.start);
    const [last, first] = [figures[before.at(-1) ?? -1], figures[behind[0] ?? -1]];
    const rows = [
      { row: before, gap: phrase.lower.slice(last?.wordsEnd ?? list.start, list.start) },
      { row: behind, gap: phrase.lower.slice(list.end, first?.wordsStart ?? list.end) },
    ].filter(({ row, gap }) => isRow(row) && !other.test(gap));
    const [only, ...others] = rows;
    const text = phrase.text.slice(list.start, list.end);
    for (const at of near) {
      const year = others.length === 0 ? list.years[only?.row.indexOf(at) ?? -1] : undefined;
      found.set(
        at,
        year === undefined
          ? openPeriod({ ...list, text }, 'which of these years is meant', 'one year for each figure')
          : yearIn(phrase.text, year),
      );
    }
  }
  return found;
}

function yearIn(paragraph: string, { start, end, year }: YearList['years'][number]): FoundPeriod {
  const text = paragraph.slice(start, end);
  const days = { start: `${year}-01-01`, end: `${year}-12-31` };
  return { start, end, text, reading: { ...days, kind: 'year', years: 1, asStated: text, inferred: [] } };
}

const TIED = /^ ?[の的의] ?$/;

/** Whether a period is right before a figure that it is said to be of: "2016년의 4조". */
function isTied({ phrase, figures }: Findings, { end }: Stretch, at: number): boolean {
  return TIED.test(phrase.lower.slice(end, figures[at]?.wordsStart ?? end));
}

function isBeforeComparison({ end }: Stretch, comparison: Comparison | undefined): boolean {
  return comparison?.comparedAt != null && end <= comparison.comparedAt;
}

function nextInClause({ figures, clauses, sentences }: Findings, at: number): number | null {
  const [one, other] = [figures[at], figures[at + 1]];
  if (one === undefined || other === undefined || sentences[at]?.start !== sentences[at + 1]?.start)
    return null;
  return clauses.at(one.start).clause === clauses.at(other.start).clause ? at + 1 : null;
}

/** Whether a period says when something was said: "In 2024 the government announced", "announced in 2024". */
function isOfStatement({ figures, cues, clauses }: Findings, period: FoundPeriod, at: number): boolean {
  const figure = figures[at];
  if (figure === undefined || period.reading instanceof DomainError) return false;
  const { start, end } = period.reading;
  if (start === null || end === null || daysBetween(start, end) > 366) return false;
  const between =
    period.end <= figure.start
      ? { start: period.end, end: figure.start }
      : { start: figure.end, end: period.start };
  const said = within(cues, between).filter(({ kind }) => kind === 'announces');
  return said.some(
    (cue) => period.end <= figure.start || clauses.at(cue.start).clause === clauses.at(period.start).clause,
  );
}

/** What stands before a period that begins its clause: "and by 2030". */
const OPENS_CLAUSE =
  /^[\s"“‘「-]*(?:(?:and|but|while|und|aber|et|mais|y|e|pero|而|但|并|且|また|そして|一方) ?)?$/;
const CLOSES_CLAUSE = /^[\s"”’」]*$/;

/** The figure that a period belongs to, of the two beside it. */
function ownerOf(
  { phrase, figures, clauses }: Findings,
  { before, behind, standing, place }: ReturnType<typeof neighboursOf>,
  period: FoundPeriod,
): number | null {
  const [one, other] = [
    before === null ? undefined : figures[before],
    behind === null ? undefined : figures[behind],
  ];
  const isIn = (figure: Stretch | undefined): boolean =>
    figure !== undefined && clauses.at(figure.start).clause === standing.clause;
  const east = isEastAsian(phrase, period);
  // Brackets without a figure say more of the one before them.
  if (place !== period && one !== undefined && isIn(one)) return before;
  if (isIn(one) && isIn(other)) {
    if (one === undefined || other === undefined) return null;
    if (east) return behind;
    return distance(place, one) <= distance(place, other) ? before : behind;
  }
  if (isIn(one)) return before;
  if (isIn(other)) return behind;
  if (before === null) return behind;
  const from = clauses.startAt(place.start);
  const isFirst = OPENS_CLAUSE.test(phrase.lower.slice(from, place.start));
  const isLast =
    clauses.at(place.end).clause !== standing.clause ||
    CLOSES_CLAUSE.test(phrase.lower.slice(place.end, place.end + 1));
  const isNextClause = one !== undefined && clauses.at(one.end).clause + 1 >= standing.clause;
  const spans = period.reading instanceof DomainError || period.reading.kind !== 'year';
  if (behind === null) return isNextClause && (isFirst || spans) ? before : null;
  if (!isFirst) return isNextClause && spans ? before : null;
  if (east) return behind;
  const hasConjunction = /\p{L}/u.test(phrase.lower.slice(from, place.start));
  return isLast && !hasConjunction ? null : behind;
}
