import { DomainError } from '../errors.ts';
import { addDays, daysBetween, yearOf } from '../period/calendar.ts';
import type { Period } from '../period/period.ts';
import { wholeYears } from '../period/period.ts';
import type { Comparison, Findings, Part } from './neighbours.ts';
import { comparisonOf, isEastAsian, neighboursOf, within } from './neighbours.ts';
import type { FoundPeriod } from './period-phrase.ts';
import type { Stretch } from './sentences.ts';

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
  const { own, leading } = assigned(findings, comparisons);
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
    if (yearBefore !== null) found.push(yearEarlier(yearBefore, anchorOf(findings, found, at), findings));
    else if (nearest !== undefined) found.push(nearest);
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

/** The period a year before another one of a year or less, as the words beside a figure say it. */
function yearEarlier(
  { start, end }: Stretch,
  anchor: FoundPeriod | null,
  { phrase }: Findings,
): FoundPeriod | null {
  const text = phrase.text.slice(start, end);
  const place = { start, end, text };
  const refuse = () => ({
    ...place,
    reading: new DomainError('ambiguousPeriod', {
      text,
      period: text,
      open: 'of which year it is the year before',
      expected: 'a year in the words',
    }),
  });
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
function assigned(findings: Findings, comparisons: readonly Comparison[]) {
  const own: FoundPeriod[][] = findings.figures.map(() => []);
  const leading = new Map<number, FoundPeriod>();
  for (const period of findings.periods) {
    const neighbours = neighboursOf(findings, period);
    if (isCitation(findings, period, neighbours.before)) continue;
    const { before } = neighbours;
    let { behind } = neighbours;
    // "In 2026 it rose from 1 to 2 billion": the year is not that of the 1 billion.
    let isCompared = false;
    while (behind !== null && isBeforeComparison(period, comparisons[behind])) {
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
