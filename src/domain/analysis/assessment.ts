import { DomainError } from '../errors.ts';
import type { FigureAmount } from '../money/amount.ts';
import { isBoundOnly, numbersOf } from '../money/amount.ts';
import { addBounds, boundsOf, Exact, NOTHING, shownBounds } from '../money/bounds.ts';
import { formatRatio, formatShare } from '../money/decimal.ts';
import { checkIsoDate, daysBetween } from '../period/calendar.ts';
import type { Steps } from '../steps.ts';
import { sorted } from '../steps.ts';
import { compareText, compareTexts } from './figure.ts';
import type {
  AssessedForecast,
  NoSpanReason,
  Piece,
  ReportedOutcome,
  Reports,
  SetAsideOutcome,
  Span,
} from './outcome-selection.ts';
import {
  asideOf,
  bodiesBeside,
  countingPieces,
  isContradicted,
  pieceOf,
  reportsOf,
  spanOf,
  subjectOf,
  subjectReason,
} from './outcome-selection.ts';
import type { Verdict } from './verdict.ts';
import { pointOf, verdictOf, withoutPercent } from './verdict.ts';

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

/** What of a forecast is compared with outcomes. */
export interface ComparedForecastAmount extends FigureAmount {
  /** Computed: the figure for each year times so many years. Null where it is the stated figure itself. */
  readonly timesYears: number | null;
}

/** A forecast beside what one body reported. */
export interface Assessment extends Verdict {
  readonly status: (typeof ASSESSMENT_STATUSES)[number];
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

function comparedAmountOf({ amount, timesYears }: Span): ComparedForecastAmount {
  return { ...numbersOf(amount), timesYears };
}

/** An assessment of what one body reported: its pieces, in order, all within the whole. */
function assessmentOf(
  reportedBy: string | null,
  pieces: readonly Piece[],
  whole: Span,
  asOf: string,
): Assessment {
  const sum = pieces.map(({ amount }) => boundsOf(amount)).reduce(addBounds, NOTHING);
  const [first] = pieces;
  const { currency } = whole.amount;
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
    outcomeAmount: numbersOf({
      ...(pieces.length === 1 && first ? first.amount : shownBounds(sum)),
      currency,
    }),
    comparedAmount: comparedAmountOf(whole),
    approximate: sum.approximate || whole.amount.qualifier === 'approximately',
    ...(isRealised ? verdictOf(whole.amount, sum) : withoutPercent('partial')),
    elapsedShare:
      isRealised || whole.start === null
        ? null
        : formatShare(new Exact(days(whole.start, coveredTo)).dividedBy(days(whole.start, whole.end))),
    reachedPercent:
      soFar === null || forecast === null || forecast.isZero()
        ? null
        : formatRatio(soFar.dividedBy(forecast).times(100)),
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
    ...withoutPercent('notRealised'),
    elapsedShare: null,
    reachedPercent: null,
    coveredFrom: null,
    coveredTo: null,
    judgedAsOf: asOf,
  };
}

/** What counts for a forecast: one assessment for each body, and at least one. */
function* assessmentsBeside(
  forecast: AssessedForecast,
  whole: Span | NoSpanReason,
  reports: Reports,
  asOf: string,
): Steps<readonly Assessment[]> {
  if (typeof whole === 'string') return [withoutOutcome('notComparable', whole, forecast, null, asOf)];
  const assessments: Assessment[] = [];
  for (const body of bodiesBeside(reports, whole)) {
    const used = countingPieces(body, whole);
    if (used.length > 0) assessments.push(assessmentOf(body.reportedBy, used, whole, asOf));
    yield;
  }
  if (assessments.length > 0)
    return yield* sorted(assessments, (one, other) =>
      compareTexts([one.reportedBy, ...one.outcomes], [other.reportedBy, ...other.outcomes]),
    );
  const compared = comparedAmountOf(whole);
  if (whole.end > asOf) return [withoutOutcome('pending', 'periodNotOver', forecast, compared, asOf)];
  return isContradicted(reports, whole)
    ? [withoutOutcome('notComparable', 'contradictoryOutcomes', forecast, compared, asOf)]
    : [withoutOutcome('pending', 'noOutcomeReported', forecast, compared, asOf)];
}

/**
 * A forecast beside what was reported as realised, as known on a day: an assessment for each body with outcomes that count,
 * and at least one. Each outcome counts in one assessment or is set aside with a reason. The input's order makes no
 * difference.
 *
 * An outcome counts where it is of the same sector, measure, scope, region and currency, and its period is the
 * forecast's, or one of several of its body that follow each other from the first day of the forecast's on, without a
 * gap or an overlap. Of several such rows that counts which reaches furthest, then that of the fewest outcomes, then that
 * of the smallest ids. "By 2025" compares only with what accumulates until a day likewise: the latest of a body counts.
 * A figure for each year counts as that times the years of its period.
 * @param asOf ISO date: outcomes published after it, and those whose period ends after it, do not count
 * @throws DomainError `malformedDate`
 */
export function* assess(
  forecast: AssessedForecast,
  outcomes: readonly ReportedOutcome[],
  asOf: string,
): Steps<AssessmentResult> {
  checkIsoDate(asOf);
  const whole = spanOf(forecast);
  const setAside: SetAsideOutcome[] = [];
  const pieces: Piece[] = [];
  for (const outcome of outcomes) {
    const piece = subjectReason(forecast, outcome) ?? pieceOf(outcome, whole, asOf);
    if (typeof piece === 'string') setAside.push({ outcome: outcome.id, reason: piece });
    else pieces.push(piece);
    yield;
  }
  const reports = yield* reportsOf(pieces);
  setAside.push(...reports.setAside);
  for (const body of reports.bodies) {
    if (typeof whole !== 'string') setAside.push(...asideOf(body, countingPieces(body, whole)));
    yield;
  }
  return {
    assessments: yield* assessmentsBeside(forecast, whole, reports, asOf),
    setAside: yield* sorted(setAside, (one, other) => compareText(one.outcome, other.outcome)),
  };
}

/**
 * What `assess` says of each of many forecasts, but for what is set aside: the outcomes are prepared once, and none is
 * looked at that cannot count.
 * @param most so many outcomes may count in all, each for as many forecasts as it counts for
 * @throws DomainError `malformedDate`, `tooManyRecords`
 */
export function* assessAll(
  forecasts: readonly AssessedForecast[],
  outcomes: readonly ReportedOutcome[],
  asOf: string,
  most: number,
): Steps<readonly (readonly Assessment[])[]> {
  checkIsoDate(asOf);
  const reported = new Map<string, Reports>();
  for (const [subject, ofSubject] of Map.groupBy(outcomes, subjectOf)) {
    const pieces: Piece[] = [];
    for (const outcome of ofSubject) {
      const piece = pieceOf(outcome, null, asOf);
      if (typeof piece !== 'string') pieces.push(piece);
      yield;
    }
    reported.set(subject, yield* reportsOf(pieces));
  }
  const nothing = yield* reportsOf([]);
  const all: (readonly Assessment[])[] = [];
  let counting = 0;
  for (const forecast of forecasts) {
    const reports = reported.get(subjectOf(forecast)) ?? nothing;
    const assessments = yield* assessmentsBeside(forecast, spanOf(forecast), reports, asOf);
    for (const assessment of assessments) counting += assessment.outcomes.length;
    if (counting > most)
      throw new DomainError('tooManyRecords', { most, counted: 'outcomes that count for forecasts' });
    all.push(assessments);
    yield;
  }
  return all;
}
