import type { Decimal } from '../money/decimal.ts';
import type { Bounds, FigureAmount } from '../money/figure.ts';
import {
  addBounds,
  boundsOf,
  compareText,
  compareTexts,
  Exact,
  groupBy,
  isBoundOnly,
  mapAmount,
  NOTHING,
  shownBounds,
} from '../money/figure.ts';
import { shownRatio } from '../money/ratio.ts';
import { addDays, checkIsoDate, daysBetween } from '../period/calendar.ts';
import type { Period } from '../period/period.ts';
import { wholeYears } from '../period/period.ts';
import { shownShare } from './shares.ts';

/** The part of a forecast that assessments and track records read. */
export interface AssessedForecast {
  readonly id: string;
  /** Null where the document names none. */
  readonly forecaster: string | null;
  readonly sector: string;
  readonly measure: string;
  readonly region: string;
  readonly scope: string;
  /** As stated, never converted. */
  readonly amount: FigureAmount;
  readonly period: Period;
  readonly publishedOn: string | null;
  /** Forecasts that state the same claim in other places. One direction is enough. */
  readonly sameClaimAs: readonly string[];
}

/** An amount reported as realised. Ids are unique among the outcomes of one call. */
export interface ReportedOutcome {
  readonly id: string;
  /** The organisation that reports it. Null where none is named: such an outcome is a body of its own. */
  readonly reportedBy: string | null;
  readonly sector: string;
  readonly measure: string;
  readonly region: string;
  readonly scope: string;
  /** As stated, never converted. */
  readonly amount: FigureAmount;
  readonly period: Period;
  readonly publishedOn: string | null;
}

export const ASSESSMENT_STATUSES = [
  // Nothing is reported yet that counts.
  'pending',
  // One body's outcomes make up the forecast's period exactly.
  'realised',
  // They make up its beginning, without a gap.
  'partial',
  // There is nothing to compare.
  'notComparable',
] as const;
export type AssessmentStatus = (typeof ASSESSMENT_STATUSES)[number];

export const ASSESSMENT_REASONS = [
  // `pending`, `partial`: the forecast's period ends after the day of judgement.
  'periodNotOver',
  // `pending`: it is over, and no outcome counts: `setAside` says why of each.
  'noOutcomeReported',
  // `partial`: it is over, and the body has reported only its beginning.
  'restNotReported',
  // `notComparable`: the forecast has neither a value nor a bound.
  'noFigure',
  // `notComparable`: its document leaves a date of the period open.
  'periodUnknown',
  // `notComparable`: it is for each year of a period that is not a number of whole years.
  'yearsUnknown',
  // `notComparable`: the period is over, and bodies contradict themselves: `setAside` says which.
  'contradictoryOutcomes',
] as const;
export type AssessmentReason = (typeof ASSESSMENT_REASONS)[number];

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

/** Which number of a forecast an outcome is measured against. */
export const PERCENT_AGAINST = ['value', 'low', 'high'] as const;
export type PercentAgainst = (typeof PERCENT_AGAINST)[number];

/** Why there is no percentage. */
export const PERCENT_REASONS = [
  // No outcome counts.
  'notRealised',
  // The outcomes cover the beginning of the period only.
  'partial',
  // The forecast gives bounds, and they were kept: how far off it was has no answer.
  'insideBounds',
  // What was reported is itself only a bound or a range.
  'outcomeIsBound',
  // The number to measure against is zero.
  'forecastIsZero',
] as const;
export type PercentReason = (typeof PERCENT_REASONS)[number];

/** What of a forecast is compared with outcomes. */
export interface ComparedForecastAmount extends FigureAmount {
  /** Computed: the figure for each year times so many years. Null where it is the stated figure itself. */
  readonly timesYears: number | null;
}

/** A forecast beside what one body reported. */
export interface Assessment {
  readonly status: AssessmentStatus;
  /** Null where `realised`. */
  readonly reason: AssessmentReason | null;
  /** Null where no body is named, and where no outcome counts. */
  readonly reportedBy: string | null;
  /** The outcomes that count, in the order of their periods; none where `pending` or `notComparable`. */
  readonly outcomes: readonly string[];
  /**
   * The one outcome as stated, or the computed sum of several: bounds propagate, approximate figures count at face
   * value. See `shownBounds` for a sum without bounds. Null where no outcome counts.
   */
  readonly outcomeAmount: FigureAmount | null;
  /** Null where the forecast has nothing to compare. */
  readonly comparedAmount: ComparedForecastAmount | null;
  /** Whether the forecast or an outcome that counts is approximate: what follows takes it at face value. */
  readonly approximate: boolean;
  /**
   * (outcome / forecast - 1) * 100: 25 where a quarter more was realised. Against the point value of a forecast that has
   * one; against a bound only where that bound was missed. 12 significant digits.
   */
  readonly outcomeVsForecastPercent: string | null;
  /** Null where there is no percentage. */
  readonly percentAgainst: PercentAgainst | null;
  /** Null where there is a percentage. */
  readonly percentReason: PercentReason | null;
  /**
   * Of a realised forecast that gives bounds: true where all that the outcome may be lies within them, false where
   * nothing of it does, null where that cannot be told. A bound itself is within: "over 400" is kept by 400. Null also
   * where the forecast gives a point value, or is not realised.
   */
  readonly insideBounds: boolean | null;
  /**
   * Where `partial`: days covered / days of the period, 12 decimal places. Null where the first day is not known, and
   * where not `partial`.
   */
  readonly elapsedShare: string | null;
  /** Where `partial` and both are point values: outcome so far / forecast * 100, 12 significant digits. */
  readonly reachedPercent: string | null;
  /** First day that the outcomes cover; null where it is not known ("by 2025"), and where none counts. */
  readonly coveredFrom: string | null;
  /** Last day that the outcomes cover; null where none counts. */
  readonly coveredTo: string | null;
  /** The day of judgement: what was published, or ended, after it does not count. */
  readonly judgedAsOf: string;
}

export interface AssessmentResult {
  /** One for each body with outcomes that count, by body, then outcomes; a single one where there are none. */
  readonly assessments: readonly Assessment[];
  /** All the other outcomes, by id. */
  readonly setAside: readonly SetAsideOutcome[];
}

/** A figure for a whole span of days. */
interface Span {
  /** Null where the figure accumulates from a day that is not stated. */
  readonly start: string | null;
  readonly end: string;
  readonly amount: FigureAmount;
  readonly timesYears: number | null;
}

/** An outcome and the days that it covers. */
interface Piece extends Span {
  readonly outcome: ReportedOutcome;
}

type NoSpanReason = 'noFigure' | 'periodUnknown' | 'yearsUnknown';

function spanOf({ amount, period }: Pick<ReportedOutcome, 'amount' | 'period'>): Span | NoSpanReason {
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

function subjectReason(forecast: AssessedForecast, outcome: ReportedOutcome): SetAsideReason | null {
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

function knowledgeReason({ outcome, end }: Piece, asOf: string): SetAsideReason | null {
  if (outcome.publishedOn !== null && outcome.publishedOn > asOf) return 'publishedLater';
  return end > asOf ? 'periodNotOver' : null;
}

interface Sorted {
  readonly used: readonly Piece[];
  readonly setAside: readonly SetAsideOutcome[];
}

function aside(pieces: readonly Piece[], reason: SetAsideReason): readonly SetAsideOutcome[] {
  return pieces.map(({ outcome }) => ({ outcome: outcome.id, reason }));
}

/** Of what one body says of one span: that which stands, or nothing where it contradicts itself. */
function standing(pieces: readonly Piece[]): Sorted {
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
function chosen(pieces: readonly Piece[], whole: Span): Sorted {
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

function pointOf({ low, high }: Bounds): Decimal | null {
  return low !== null && high !== null && low.equals(high) ? low : null;
}

type Verdict = Pick<
  Assessment,
  'outcomeVsForecastPercent' | 'percentAgainst' | 'percentReason' | 'insideBounds'
>;

function without(percentReason: PercentReason, insideBounds: boolean | null = null): Verdict {
  return { outcomeVsForecastPercent: null, percentAgainst: null, percentReason, insideBounds };
}

/** How a realised outcome compares with a forecast for the same span. */
function verdictOf(amount: FigureAmount, outcome: Bounds): Verdict {
  const { low, high } = boundsOf(amount);
  const point = pointOf(outcome);
  const against = (measure: Decimal | null, name: PercentAgainst, insideBounds: boolean | null): Verdict => {
    if (point === null || measure === null) return without('outcomeIsBound', insideBounds);
    if (measure.isZero()) return without('forecastIsZero', insideBounds);
    return {
      outcomeVsForecastPercent: shownRatio(point.minus(measure).dividedBy(measure).times(100)),
      percentAgainst: name,
      percentReason: null,
      insideBounds,
    };
  };
  if (!isBoundOnly(amount)) return against(low, 'value', null);
  if (low !== null && outcome.high?.lessThan(low)) return against(low, 'low', false);
  if (high !== null && outcome.low?.greaterThan(high)) return against(high, 'high', false);
  const keepsLow = low === null || outcome.low?.greaterThanOrEqualTo(low) === true;
  const keepsHigh = high === null || outcome.high?.lessThanOrEqualTo(high) === true;
  return keepsLow && keepsHigh ? without('insideBounds', true) : without('outcomeIsBound');
}

function comparedAmountOf({ amount, timesYears: years }: Span): ComparedForecastAmount {
  const { value, low, high, qualifier, currency } = amount;
  return { value, low, high, qualifier, currency, timesYears: years };
}

/** The one outcome as stated, or the sum. */
function outcomeAmountOf(pieces: readonly Piece[], sum: Bounds, currency: string): FigureAmount {
  const [first] = pieces;
  if (first !== undefined && pieces.length === 1) {
    const { value, low, high, qualifier } = first.amount;
    return { value, low, high, qualifier, currency };
  }
  const { value, low, high, qualifier } = shownBounds(sum);
  return { value, low, high, qualifier, currency };
}

/** An assessment of what one body reported: its pieces, in order, all within the whole. */
function assessmentOf(
  reportedBy: string | null,
  pieces: readonly Piece[],
  whole: Span,
  asOf: string,
): Assessment {
  const sum = pieces.map(({ amount }) => boundsOf(amount)).reduce(addBounds, NOTHING);
  const coveredTo = pieces.at(-1)?.end ?? whole.end;
  const isRealised = coveredTo === whole.end;
  const soFar = isRealised || isBoundOnly(whole.amount) ? null : pointOf(sum);
  const forecast = pointOf(boundsOf(whole.amount));
  const days = (from: string, to: string): number => daysBetween(from, to) + 1;
  return {
    status: isRealised ? 'realised' : 'partial',
    reason: isRealised ? null : whole.end > asOf ? 'periodNotOver' : 'restNotReported',
    reportedBy,
    outcomes: pieces.map(({ outcome }) => outcome.id),
    outcomeAmount: outcomeAmountOf(pieces, sum, whole.amount.currency),
    comparedAmount: comparedAmountOf(whole),
    approximate: sum.approximate || whole.amount.qualifier === 'approximately',
    ...(isRealised ? verdictOf(whole.amount, sum) : without('partial')),
    elapsedShare:
      isRealised || whole.start === null
        ? null
        : shownShare(new Exact(days(whole.start, coveredTo)).dividedBy(days(whole.start, whole.end))),
    reachedPercent:
      soFar === null || forecast === null || forecast.isZero()
        ? null
        : shownRatio(soFar.dividedBy(forecast).times(100)),
    coveredFrom: whole.start,
    coveredTo,
    judgedAsOf: asOf,
  };
}

function withoutOutcome(
  status: 'pending' | 'notComparable',
  reason: AssessmentReason,
  { amount }: AssessedForecast,
  comparedAmount: ComparedForecastAmount | null,
  asOf: string,
): Assessment {
  return {
    status,
    reason,
    reportedBy: null,
    outcomes: [],
    outcomeAmount: null,
    comparedAmount,
    approximate: amount.qualifier === 'approximately',
    ...without('notRealised'),
    elapsedShare: null,
    reachedPercent: null,
    coveredFrom: null,
    coveredTo: null,
    judgedAsOf: asOf,
  };
}

/**
 * A forecast beside what was reported as realised, as known on a day: one assessment for each body with outcomes that
 * count, never an average of bodies, and at least one. Every outcome either counts in exactly one assessment or is set
 * aside, once, with the reason. The input's order makes no difference.
 *
 * An outcome counts where it is of the same sector, measure, scope, region and currency, and its period is the
 * forecast's, or one of several of its body that follow each other from the first day of the forecast's on, without a
 * gap or an overlap. Of several such rows that counts which reaches furthest, then that of the fewest outcomes, then that
 * of the smallest ids. "By 2025" compares only with what accumulates until a day likewise: the latest of a body counts.
 * A figure for each year counts as that times the years of its period.
 * @param asOf ISO date: outcomes published after it, and those whose period ends after it, do not count
 * @throws DomainError `malformedDate`
 */
export function assess(
  forecast: AssessedForecast,
  outcomes: readonly ReportedOutcome[],
  asOf: string,
): AssessmentResult {
  checkIsoDate(asOf);
  const whole = spanOf(forecast);
  const setAside: SetAsideOutcome[] = [];
  const pieces: Piece[] = [];
  for (const outcome of outcomes) {
    const refuse = (reason: SetAsideReason) => setAside.push({ outcome: outcome.id, reason });
    const ofSubject = subjectReason(forecast, outcome);
    const span = spanOf(outcome);
    if (ofSubject !== null) refuse(ofSubject);
    else if (typeof whole === 'string') refuse('forecastNotComparable');
    else if (typeof span === 'string') refuse(span);
    else {
      const piece = { ...span, outcome };
      const reason = spanReason(piece, whole) ?? knowledgeReason(piece, asOf);
      if (reason === null) pieces.push(piece);
      else refuse(reason);
    }
  }
  const byOutcome = () => setAside.sort((one, other) => compareText(one.outcome, other.outcome));
  if (typeof whole === 'string') {
    return {
      assessments: [withoutOutcome('notComparable', whole, forecast, null, asOf)],
      setAside: byOutcome(),
    };
  }

  const assessments: Assessment[] = [];
  const bodies = groupBy(pieces, ({ outcome: { id, reportedBy } }) =>
    JSON.stringify(reportedBy === null ? [null, id] : [reportedBy]),
  );
  for (const ofBody of bodies.values()) {
    const spans = [...groupBy(ofBody, ({ start, end }) => JSON.stringify([start, end])).values()].map(
      standing,
    );
    const { used, setAside: unused } = chosen(
      spans.flatMap((span) => span.used),
      whole,
    );
    setAside.push(...spans.flatMap((span) => span.setAside), ...unused);
    const [first] = used;
    if (first !== undefined) assessments.push(assessmentOf(first.outcome.reportedBy, used, whole, asOf));
  }
  if (assessments.length === 0) {
    const contradicted = setAside.some(({ reason }) => reason === 'contradictory');
    const compared = comparedAmountOf(whole);
    assessments.push(
      whole.end > asOf
        ? withoutOutcome('pending', 'periodNotOver', forecast, compared, asOf)
        : contradicted
          ? withoutOutcome('notComparable', 'contradictoryOutcomes', forecast, compared, asOf)
          : withoutOutcome('pending', 'noOutcomeReported', forecast, compared, asOf),
    );
  }
  return {
    assessments: assessments.sort((one, other) =>
      compareTexts([one.reportedBy, ...one.outcomes], [other.reportedBy, ...other.outcomes]),
    ),
    setAside: byOutcome(),
  };
}
