import type { FigureAmount } from '../money/figure.ts';
import { compareText, compareTexts, mapAmount } from '../money/figure.ts';
import { addDays } from '../period/calendar.ts';
import type { Period } from '../period/period.ts';
import { wholeYears } from '../period/period.ts';
import type { Claiming } from './claims.ts';

/* Which of the outcomes that are reported count for a forecast, and why the others do not. */

/** What a forecast and an outcome state alike. */
interface Statement {
  readonly id: string;
  readonly sector: string;
  readonly measure: string;
  readonly region: string;
  readonly scope: string;
  /** As stated, never converted. */
  readonly amount: FigureAmount;
  readonly period: Period;
  readonly publishedOn: string | null;
}

/** The part of a forecast that assessments and track records read. */
export interface AssessedForecast extends Statement, Claiming {
  /** Null where the document names none. */
  readonly forecaster: string | null;
}

/** An amount reported as realised. Ids are unique among the outcomes of one call. */
export interface ReportedOutcome extends Statement {
  /** The organisation that reports it. Null where none is named: such an outcome is a body of its own. */
  readonly reportedBy: string | null;
}

/** Why an outcome does not count, in the order in which the reasons are looked for. */
export const SET_ASIDE_REASONS = [
  // It is about something else.
  'otherSector',
  'otherMeasure',
  'otherScope',
  'otherRegion',
  'otherCurrency',
  // The forecast has no figure or no known period.
  'forecastNotComparable',
  // It has neither a value nor a bound.
  'noFigure',
  // Its document leaves a date of its period open.
  'periodUnknown',
  // It is for each year of a period that is not a number of whole years.
  'yearsUnknown',
  // It accumulates until a day; the forecast's first day is known and its own is not.
  'outcomeStartUnknown',
  // The forecast accumulates until a day, and only what does likewise compares with it.
  'forecastStartUnknown',
  // It shares no day with the forecast's period.
  'outsidePeriod',
  // It covers the period and days outside it.
  'widerThanPeriod',
  // It covers days of the period and days before it, or after it.
  'beginsBefore',
  'endsAfter',
  // It was published after the day of judgement.
  'publishedLater',
  // Its own period ends after the day of judgement: so far it is an estimate.
  'periodNotOver',
  // The body reported the same for the same period, and another record of it stands for both.
  'sameFigure',
  // The body published another figure for the same period later.
  'revisedLater',
  // The body has several figures for the same period, and which came last is not known.
  'contradictory',
  // Of the days before it, back to the first of the period, not all are reported by its body.
  'gapBefore',
  // Other outcomes of its body that count cover all its days, or some of them.
  'coveredByUsed',
  'overlapsUsed',
] as const;
export type SetAsideReason = (typeof SET_ASIDE_REASONS)[number];

/** An outcome that does not count for a forecast. */
export interface SetAsideOutcome {
  readonly outcome: string;
  readonly reason: SetAsideReason;
}

/** A figure for a whole span of days. */
export interface Span {
  /** Null where the figure accumulates from a day that is not stated. */
  readonly start: string | null;
  readonly end: string;
  readonly amount: FigureAmount;
  readonly timesYears: number | null;
}

/** An outcome and the days that it covers. */
export interface Piece extends Span {
  readonly outcome: ReportedOutcome;
}

type NoSpanReason = 'noFigure' | 'periodUnknown' | 'yearsUnknown';

export function spanOf({ amount, period }: Pick<ReportedOutcome, 'amount' | 'period'>): Span | NoSpanReason {
  const { kind, start, end } = period;
  if (amount.value === null && amount.low === null && amount.high === null) return 'noFigure';
  if (end === null) return 'periodUnknown';
  if (kind === 'cumulativeTo') return { start: null, end, amount, timesYears: null };
  if (start === null) return 'periodUnknown';
  if (kind !== 'perYear') return { start, end, amount, timesYears: null };
  const years = wholeYears(start, end);
  if (years === null) return 'yearsUnknown';
  return { start, end, amount: mapAmount(amount, (figure) => figure.times(years)), timesYears: years };
}

export function subjectReason(forecast: AssessedForecast, outcome: ReportedOutcome): SetAsideReason | null {
  if (outcome.sector !== forecast.sector) return 'otherSector';
  if (outcome.measure !== forecast.measure) return 'otherMeasure';
  if (outcome.scope !== forecast.scope) return 'otherScope';
  if (outcome.region !== forecast.region) return 'otherRegion';
  return outcome.amount.currency === forecast.amount.currency ? null : 'otherCurrency';
}

/** Why a span can neither make up another nor be a part of it. */
function spanReason(part: Span, whole: Span): SetAsideReason | null {
  if (whole.start === null) {
    if (part.start !== null) return 'forecastStartUnknown';
    return part.end > whole.end ? 'endsAfter' : null;
  }
  if (part.start === null) return 'outcomeStartUnknown';
  if (part.end < whole.start || part.start > whole.end) return 'outsidePeriod';
  const before = part.start < whole.start;
  const after = part.end > whole.end;
  if ((before && part.end >= whole.end) || (after && part.start <= whole.start)) return 'widerThanPeriod';
  if (before) return 'beginsBefore';
  return after ? 'endsAfter' : null;
}

/** An outcome with the days that it covers, or why it does not count for a span. */
export function pieceOf(
  outcome: ReportedOutcome,
  whole: Span | NoSpanReason,
  asOf: string,
): Piece | SetAsideReason {
  if (typeof whole === 'string') return 'forecastNotComparable';
  const span = spanOf(outcome);
  if (typeof span === 'string') return span;
  const reason = spanReason(span, whole);
  if (reason !== null) return reason;
  if (outcome.publishedOn !== null && outcome.publishedOn > asOf) return 'publishedLater';
  return span.end > asOf ? 'periodNotOver' : { ...span, outcome };
}

interface Sorted {
  readonly used: readonly Piece[];
  readonly setAside: readonly SetAsideOutcome[];
}

function aside(pieces: readonly Piece[], reason: SetAsideReason): readonly SetAsideOutcome[] {
  return pieces.map(({ outcome }) => ({ outcome: outcome.id, reason }));
}

/** Of what one body says of one span: that which stands, or nothing where it contradicts itself. */
export function standing(pieces: readonly Piece[]): Sorted {
  const figureOf = ({ amount: { value, low, high, qualifier } }: Piece): string =>
    JSON.stringify([value, low, high, qualifier]);
  const byId = pieces.toSorted((one, other) => compareText(one.outcome.id, other.outcome.id));
  const revised = new Set(byId.map(figureOf)).size > 1;
  const last = byId
    .map(({ outcome }) => outcome.publishedOn)
    .sort(compareText)
    .at(-1);
  const latest = revised ? byId.filter(({ outcome }) => outcome.publishedOn === last) : byId;
  const [used] = latest;
  if (used === undefined) return { used: [], setAside: [] };
  const isSame = (piece: Piece): boolean => figureOf(piece) === figureOf(used);
  const isKnown =
    !revised ||
    (latest.every(isSame) && byId.every((piece) => piece.outcome.publishedOn !== null || isSame(piece)));
  if (!isKnown || last === undefined) return { used: [], setAside: aside(byId, 'contradictory') };
  const others = byId.filter((piece) => piece !== used);
  return {
    used: [used],
    setAside: [
      ...aside(others.filter(isSame), 'sameFigure'),
      ...aside(
        others.filter((piece) => !isSame(piece)),
        'revisedLater',
      ),
    ],
  };
}

/**
 * The pieces that follow each other without a gap from the first day on: those that reach furthest, then the fewest,
 * then those with the smallest ids. All pieces have a start, and no two the same span.
 */
function longestChain(pieces: readonly Piece[], firstDay: string): readonly Piece[] {
  const ids = (chain: readonly Piece[]): readonly string[] => chain.map(({ outcome }) => outcome.id);
  /** The best chain to each last day that can be reached. */
  const chains = new Map<string, readonly Piece[]>([[addDays(firstDay, -1), []]]);
  let longest: readonly Piece[] = [];
  for (const piece of pieces.toSorted((one, other) => compareText(one.end, other.end))) {
    const before = piece.start === null ? undefined : chains.get(addDays(piece.start, -1));
    if (before === undefined) continue;
    const chain = [...before, piece];
    const known = chains.get(piece.end);
    const better =
      known === undefined || (chain.length - known.length || compareTexts(ids(chain), ids(known))) < 0;
    if (better) chains.set(piece.end, chain);
    longest = chains.get(piece.end) ?? longest;
  }
  return longest;
}

/** Which of one body's pieces, no two of the same span, count. */
export function countingPieces(pieces: readonly Piece[], whole: Span): Sorted {
  if (whole.start === null) {
    const [latest, ...earlier] = pieces.toSorted((one, other) => compareText(other.end, one.end));
    return {
      used: latest === undefined ? [] : [latest],
      setAside: aside(earlier, 'coveredByUsed'),
    };
  }
  const used = longestChain(pieces, whole.start);
  const coveredTo = used.at(-1)?.end ?? addDays(whole.start, -1);
  const unused = pieces.filter((piece) => !used.includes(piece));
  const reasonOf = ({ start, end }: Piece): SetAsideReason => {
    if (end <= coveredTo) return 'coveredByUsed';
    return start !== null && start <= coveredTo ? 'overlapsUsed' : 'gapBefore';
  };
  return { used, setAside: unused.flatMap((piece) => aside([piece], reasonOf(piece))) };
}
