import type { Bounds, FigureAmount } from '../money/figure.ts';
import {
  addBounds,
  boundsOf,
  compareText,
  compareTexts,
  Exact,
  isBoundOnly,
  NOTHING,
  shownBounds,
} from '../money/figure.ts';
import { shownRatio } from '../money/ratio.ts';
import { checkIsoDate, daysBetween } from '../period/calendar.ts';
import type { AssessedForecast, Piece, ReportedOutcome, SetAsideOutcome, Span } from './outcome-pieces.ts';
import { countingPieces, pieceOf, spanOf, standing, subjectReason } from './outcome-pieces.ts';
import { shownShare } from './shares.ts';
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

/** What of a forecast is compared with outcomes. */
export interface ComparedForecastAmount extends FigureAmount {
  /** Computed: the figure for each year times so many years. Null where it is the stated figure itself. */
  readonly timesYears: number | null;
}

/** A forecast beside what one body reported. */
export interface Assessment extends Verdict {
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
    ...(isRealised ? verdictOf(whole.amount, sum) : withoutPercent('partial')),
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
    ...withoutPercent('notRealised'),
    elapsedShare: null,
    reachedPercent: null,
    coveredFrom: null,
    coveredTo: null,
    judgedAsOf: asOf,
  };
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
    const piece = subjectReason(forecast, outcome) ?? pieceOf(outcome, whole, asOf);
    if (typeof piece === 'string') setAside.push({ outcome: outcome.id, reason: piece });
    else pieces.push(piece);
  }
  const byOutcome = () => setAside.sort((one, other) => compareText(one.outcome, other.outcome));
  if (typeof whole === 'string') {
    return {
      assessments: [withoutOutcome('notComparable', whole, forecast, null, asOf)],
      setAside: byOutcome(),
    };
  }

  const assessments: Assessment[] = [];
  const bodies = Map.groupBy(pieces, ({ outcome: { id, reportedBy } }) =>
    JSON.stringify(reportedBy === null ? [null, id] : [reportedBy]),
  );
  for (const ofBody of bodies.values()) {
    const spans = [...Map.groupBy(ofBody, ({ start, end }) => JSON.stringify([start, end])).values()].map(
      standing,
    );
    const { used, setAside: unused } = countingPieces(
      spans.flatMap((span) => span.used),
      whole,
    );
    setAside.push(...spans.flatMap((span) => span.setAside), ...unused);
    const [first] = used;
    if (first !== undefined) assessments.push(assessmentOf(first.outcome.reportedBy, used, whole, asOf));
  }
  if (assessments.length === 0) {
    const contradicted = whole.end <= asOf && setAside.some(({ reason }) => reason === 'contradictory');
    const open = whole.end > asOf ? 'periodNotOver' : 'noOutcomeReported';
    const [status, reason] = contradicted
      ? (['notComparable', 'contradictoryOutcomes'] as const)
      : (['pending', open] as const);
    assessments.push(withoutOutcome(status, reason, forecast, comparedAmountOf(whole), asOf));
  }
  return {
    assessments: assessments.sort((one, other) =>
      compareTexts([one.reportedBy, ...one.outcomes], [other.reportedBy, ...other.outcomes]),
    ),
    setAside: byOutcome(),
  };
}
