import type { FigureAmount } from '../money/amount.ts';
import { isBoundOnly, numbersOf } from '../money/amount.ts';
import { addBounds, boundsOf, Exact, NOTHING, shownBounds } from '../money/bounds.ts';
import { Decimal, formatRatio, formatShare } from '../money/decimal.ts';
import { checkIsoDate, daysBetween } from '../period/calendar.ts';
import { isBaseCase } from '../statement.ts';
import type { Steps } from '../steps.ts';
import { sorted } from '../steps.ts';
import { compareText, compareTexts, distinct } from './figure.ts';
import type { IntervalVerdict } from './interval-score.ts';
import { intervalVerdict, NO_INTERVAL } from './interval-score.ts';
import type {
  AssessedForecast,
  Body,
  Neighbours,
  NotComparedReason,
  OutcomeVintage,
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
  isBefore,
  isContradicted,
  naiveForecast,
  nearMisses,
  neighboursOf,
  pieceOf,
  reportsOf,
  spanOf,
  subjectOf,
  subjectReason,
  topicOf,
} from './outcome-selection.ts';
import type { Verdict } from './verdict.ts';
import { pointOf, verdictOf, withoutPercent } from './verdict.ts';

export const ASSESSMENT_STATUSES = [
  // The forecast's period is not over, and nothing is reported that counts.
  'pending',
  // It is over, and nothing is reported that counts.
  'noOutcome',
  // Outcomes make up the forecast's period exactly.
  'realised',
  // They make it up, but one was published before the days that it is of were over.
  'preliminary',
  // They make up its beginning, without a gap.
  'partial',
  // There is nothing to compare.
  'notComparable',
] as const;

export const ASSESSMENT_REASONS = [
  // `pending`, `partial`: the forecast's period ends after the day of judgement.
  'periodNotOver',
  // `noOutcome`: no outcome of the sector and measure shares a day with the period.
  'noOutcomeReported',
  // `noOutcome`: some do, and none of them counts: `setAside` says why.
  'outcomesSetAside',
  // `preliminary`: an outcome was published before the last day that it is of.
  'publishedBeforeEnd',
  // `partial`: it is over, and only its beginning is reported.
  'restNotReported',
  // `notComparable`: the forecast has neither a value nor a bound.
  'noFigure',
  // `notComparable`: its document leaves a date of the period open.
  'periodUnknown',
  // `notComparable`: it is for each year of a period that is not a number of whole years.
  'yearsUnknown',
  // `notComparable`: what would be required is neither foretold nor intended.
  'needNotJudged',
  // `notComparable`: the period is over, and bodies contradict themselves: `setAside` says which.
  'contradictoryOutcomes',
] as const;
export type AssessmentReason = (typeof ASSESSMENT_REASONS)[number];

/**
 * What a judgement is of. `accuracy`: of a projection, whether it was right. `fulfilment`: of a plan, a target, a budget or a
 * commitment, how much of it came: who set a target did not say what would be. `neither`: of a need, which nobody foretold
 * or meant to spend, and of an estimate, which says what has been.
 */
export const JUDGED_AS = ['accuracy', 'fulfilment', 'neither'] as const;
export type JudgedAs = (typeof JUDGED_AS)[number];

export function judgedAs({ stance = 'projection' }: Pick<AssessedForecast, 'stance'>): JudgedAs {
  if (stance === 'need' || stance === 'estimate') return 'neither';
  return stance === 'projection' ? 'accuracy' : 'fulfilment';
}

/** Why no track record counts an assessment. */
export const NOT_COUNTED = ['otherScenario', 'need', 'estimate', 'afterTheFact'] as const;
export type NotCounted = (typeof NOT_COUNTED)[number];

/** Why a forecast is in no figure of a track record, whatever came of it; null where it is in one. */
export function whyNeverCounted({
  stance,
  scenario = null,
}: Pick<AssessedForecast, 'stance' | 'scenario'>): Exclude<NotCounted, 'afterTheFact'> | null {
  if (!isBaseCase(scenario)) return 'otherScenario';
  return stance === 'need' || stance === 'estimate' ? stance : null;
}

/** The same of one judgement of it. */
function counting(
  forecast: AssessedForecast,
  afterTheFact: boolean,
): Pick<Assessment, 'afterTheFact' | 'notCounted'> {
  return { afterTheFact, notCounted: whyNeverCounted(forecast) ?? (afterTheFact ? 'afterTheFact' : null) };
}

/** What of a forecast is compared, or why nothing is. */
function comparedSpan(forecast: AssessedForecast): Span | NotComparedReason {
  return forecast.stance === 'need' ? 'needNotJudged' : spanOf(forecast);
}

/** How the naive forecast did in the place of a forecast: see `naiveForecast`. */
export interface NaiveVerdict {
  /** The outcome that it repeats. Null where the ledger has none, and of what is not realised. */
  readonly naiveOutcome: string | null;
  /** ln(outcome / naive forecast), 12 significant digits. Null likewise, and where either is no single figure above 0. */
  readonly naiveLogRatio: string | null;
  /** Of a forecast with bounds: whether the naive forecast lies within them, as what came was to. */
  readonly naiveInsideBounds: boolean | null;
}

const NO_NAIVE: NaiveVerdict = { naiveOutcome: null, naiveLogRatio: null, naiveInsideBounds: null };

/** What of a forecast is compared with outcomes. */
export interface ComparedForecastAmount extends FigureAmount {
  /** Computed: the figure for each year times so many years. Null where it is the stated figure itself. */
  readonly timesYears: number | null;
}

/** A forecast beside what one body reported. */
export interface Assessment extends Verdict, IntervalVerdict, NaiveVerdict {
  readonly judgedAs: JudgedAs;
  readonly status: (typeof ASSESSMENT_STATUSES)[number];
  /** Null where `realised`. */
  readonly reason: AssessmentReason | null;
  /** Null where no body is named, where several are combined, and where no outcome counts. */
  readonly reportedBy: string | null;
  /** The bodies whose outcomes are combined, as none of them alone reaches as far; none elsewhere. */
  readonly combinedBodies: readonly string[];
  /**
   * Whether the forecast was published when its period was over, or after all outcomes that make it up: then it foretold
   * nothing. False where a day of publication is not known.
   */
  readonly afterTheFact: boolean;
  /** Why no track record counts it; null where one does. */
  readonly notCounted: NotCounted | null;
  /** The outcomes that count, in the order of their periods; none where `pending`, `noOutcome` or `notComparable`. */
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

/** A forecast among many. */
export interface Assessed {
  /** As of `AssessmentResult`. */
  readonly assessments: readonly Assessment[];
  /** Where nothing counts: outcomes of the sector and measure that share a day with the period, some ten. */
  readonly nearMisses: readonly SetAsideOutcome[];
}

export interface AssessmentResult {
  /**
   * One for each body with outcomes that count, and one for several together where these reach further, by body, then
   * outcomes; a single one where there are none.
   */
  readonly assessments: readonly Assessment[];
  /** All the other outcomes, by id. */
  readonly setAside: readonly SetAsideOutcome[];
}

function comparedAmountOf({ amount, timesYears }: Span): ComparedForecastAmount {
  return { ...numbersOf(amount), timesYears };
}

/** An assessment of what was reported: its pieces, in order, all within the whole. */
function assessmentOf(
  assessed: AssessedForecast,
  reportedBy: string | null,
  pieces: readonly Piece[],
  beside: { readonly whole: Span; readonly naive: Piece | null; readonly asOf: string },
): Assessment {
  const { publishedOn } = assessed;
  const { whole, naive, asOf } = beside;
  const sum = pieces.map(({ amount }) => boundsOf(amount)).reduce(addBounds, NOTHING);
  const [first] = pieces;
  const { currency } = whole.amount;
  const coveredTo = pieces.at(-1)?.end ?? whole.end;
  const isWhole = coveredTo === whole.end;
  const isPreliminary = isWhole && pieces.some(({ outcome, end }) => isBefore(outcome.publishedOn, end));
  const soFar = isWhole || isBoundOnly(whole.amount) ? null : pointOf(sum);
  const forecast = pointOf(boundsOf(whole.amount));
  const days = (from: string, to: string): number => daysBetween(from, to) + 1;
  const bodies = distinct(pieces.flatMap(({ outcome }) => outcome.reportedBy ?? []));
  const point = isWhole ? pointOf(sum) : null;
  return {
    judgedAs: judgedAs(assessed),
    ...(isPreliminary
      ? { status: 'preliminary', reason: 'publishedBeforeEnd' }
      : isWhole
        ? { status: 'realised', reason: null }
        : { status: 'partial', reason: whole.end > asOf ? 'periodNotOver' : 'restNotReported' }),
    reportedBy,
    combinedBodies: bodies.length > 1 ? bodies : [],
    ...counting(
      assessed,
      publishedOn !== null &&
        (whole.end < publishedOn ||
          (isWhole && pieces.every(({ outcome }) => isBefore(outcome.publishedOn, publishedOn)))),
    ),
    outcomes: pieces.map(({ outcome }) => outcome.id),
    outcomeAmount: numbersOf({
      ...(pieces.length === 1 && first ? first.amount : shownBounds(sum)),
      currency,
    }),
    comparedAmount: comparedAmountOf(whole),
    approximate: sum.approximate || whole.amount.qualifier === 'approximately',
    ...(isWhole ? verdictOf(whole.amount, sum) : withoutPercent('partial')),
    ...(assessed.interval == null || point === null
      ? NO_INTERVAL
      : intervalVerdict(assessed.interval, point, whole.timesYears ?? 1)),
    ...(isWhole ? naiveVerdict(naive, whole, point) : NO_NAIVE),
    elapsedShare:
      isWhole || whole.start === null
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

function naiveVerdict(naive: Piece | null, whole: Span, outcome: Decimal | null): NaiveVerdict {
  if (naive === null) return NO_NAIVE;
  const foretold = boundsOf(naive.amount);
  const point = pointOf(foretold);
  const isAbove0 = (number: Decimal | null): number is Decimal => number?.greaterThan(0) === true;
  return {
    naiveOutcome: naive.outcome.id,
    naiveLogRatio:
      isAbove0(point) && isAbove0(outcome) ? formatRatio(new Decimal(outcome.dividedBy(point)).ln()) : null,
    naiveInsideBounds: verdictOf(whole.amount, foretold).insideBounds,
  };
}

function withoutOutcome(
  status: 'pending' | 'noOutcome' | 'notComparable',
  reason: AssessmentReason,
  assessed: AssessedForecast,
  comparedAmount: ComparedForecastAmount | null,
  asOf: string,
): Assessment {
  const { amount, publishedOn, period } = assessed;
  const { end } = period;
  return {
    judgedAs: judgedAs(assessed),
    status,
    reason,
    reportedBy: null,
    combinedBodies: [],
    ...counting(assessed, publishedOn !== null && end !== null && end < publishedOn),
    outcomes: [],
    outcomeAmount: null,
    comparedAmount,
    approximate: amount.qualifier === 'approximately',
    ...withoutPercent('notRealised'),
    ...NO_INTERVAL,
    ...NO_NAIVE,
    elapsedShare: null,
    reachedPercent: null,
    coveredFrom: null,
    coveredTo: null,
    judgedAsOf: asOf,
  };
}

/** What is reported that may count, or may seem to. */
interface Reported {
  readonly reports: Reports;
  /** Of the same subject, of spans beside the forecast's too. */
  readonly earlier: Reports;
  readonly neighbours: Neighbours;
}

/** What counts for a forecast: an assessment for each body, and at least one. */
function* assessmentsBeside(
  forecast: AssessedForecast,
  whole: Span | NotComparedReason,
  { reports, earlier, neighbours }: Reported,
  asOf: string,
): Steps<Assessed> {
  const alone = (...[status, reason, setAside = []]: WithoutOutcome): Assessed => ({
    assessments: [
      withoutOutcome(
        status,
        reason,
        forecast,
        typeof whole === 'string' ? null : comparedAmountOf(whole),
        asOf,
      ),
    ],
    nearMisses: setAside,
  });
  if (typeof whole === 'string') return alone('notComparable', whole);
  const assessments: Assessment[] = [];
  const assessed = (body: Body, used: readonly Piece[]): Assessment => {
    const before = body === reports.together ? earlier.together : earlier.named.get(body.reportedBy ?? '');
    const naive = before === undefined ? null : naiveForecast(before, whole, forecast.publishedOn);
    return assessmentOf(forecast, body.reportedBy, used, { whole, naive, asOf });
  };
  for (const body of bodiesBeside(reports, whole)) {
    const used = countingPieces(body, whole);
    if (used.length > 0) assessments.push(assessed(body, used));
    yield;
  }
  const together = whole.start === null ? [] : countingPieces(reports.together, whole);
  const combined = together.length === 0 ? null : assessed(reports.together, together);
  const counting =
    combined !== null && assessments.every(({ coveredTo }) => isEarlier(coveredTo, combined.coveredTo))
      ? [...assessments.filter((one) => !isPartOf(one, combined)), combined]
      : assessments;
  if (counting.length > 0) {
    const inOrder = yield* sorted(counting, (one, other) =>
      compareTexts([one.reportedBy, ...one.outcomes], [other.reportedBy, ...other.outcomes]),
    );
    return { assessments: inOrder, nearMisses: [] };
  }
  if (whole.end > asOf) return alone('pending', 'periodNotOver');
  const missed = nearMisses(forecast, whole, neighbours, asOf, reports);
  if (isContradicted(reports, whole)) return alone('notComparable', 'contradictoryOutcomes', missed);
  return alone('noOutcome', missed.length === 0 ? 'noOutcomeReported' : 'outcomesSetAside', missed);
}

type WithoutOutcome = readonly [
  status: 'pending' | 'noOutcome' | 'notComparable',
  reason: AssessmentReason,
  nearMisses?: readonly SetAsideOutcome[],
];

function isEarlier(one: string | null, other: string | null): boolean {
  return compareText(one, other) < 0;
}

/** Whether all outcomes of one count in another that reaches further. */
function isPartOf(one: Assessment, other: Assessment): boolean {
  return one.outcomes.every((id) => other.outcomes.includes(id));
}

/**
 * A forecast beside what was reported as realised, as known on a day: an assessment for each body with outcomes that count,
 * and at least one. Each outcome counts or is set aside with a reason. The input's order makes no difference.
 *
 * An outcome counts where it is of the same sector, measure, scope, region and currency, and its period is the
 * forecast's, or one of several of its body that follow each other from the first day of the forecast's on, without a
 * gap or an overlap. Of several such rows that counts which reaches furthest, then that of the fewest outcomes, then that
 * of the smallest ids. Where outcomes of several named bodies reach further than those of any one, they are combined, and
 * say so; a span of which bodies report different figures is no part of that. "By 2025" compares only with what
 * accumulates until a day likewise: the latest of a body counts. A figure for each year counts as that times the years of
 * its period.
 * @param asOf ISO date: outcomes published after it, and those whose period ends after it, do not count
 * @param vintage which of a body's figures for one span counts where it revised them
 * @throws DomainError `malformedDate`
 */
export function* assess(
  forecast: AssessedForecast,
  outcomes: readonly ReportedOutcome[],
  asOf: string,
  vintage: OutcomeVintage = 'latest',
): Steps<AssessmentResult> {
  checkIsoDate(asOf);
  const whole = comparedSpan(forecast);
  const setAside: SetAsideOutcome[] = [];
  const pieces: Piece[] = [];
  const everywhere: Piece[] = [];
  for (const outcome of outcomes) {
    const subject = subjectReason(forecast, outcome);
    const piece = subject ?? pieceOf(outcome, whole, asOf);
    if (typeof piece === 'string') setAside.push({ outcome: outcome.id, reason: piece });
    else pieces.push(piece);
    const anywhere = subject ?? pieceOf(outcome, null, asOf);
    if (typeof anywhere !== 'string') everywhere.push(anywhere);
    yield;
  }
  const earlier = yield* reportsOf(everywhere, vintage);
  const reports = yield* reportsOf(pieces, vintage);
  for (const [outcome, reason] of reports.setAside) setAside.push({ outcome, reason });
  for (const body of reports.bodies) {
    if (typeof whole !== 'string') setAside.push(...asideOf(body, countingPieces(body, whole)));
    yield;
  }
  const ofTopic = outcomes.filter((outcome) => topicOf(outcome) === topicOf(forecast));
  const neighbours = neighboursOf(ofTopic);
  const { assessments } = yield* assessmentsBeside(forecast, whole, { reports, earlier, neighbours }, asOf);
  const counting = new Set(assessments.flatMap((one) => one.outcomes));
  return {
    assessments,
    setAside: yield* sorted(
      setAside.filter(({ outcome }) => !counting.has(outcome)),
      (one, other) => compareText(one.outcome, other.outcome),
    ),
  };
}

/** The outcomes of some sectors and measures, prepared to be held beside any number of forecasts. */
export interface PreparedOutcomes {
  /** ISO date of judgement. */
  readonly asOf: string;
  readonly bySubject: ReadonlyMap<string, Reports>;
  readonly byTopic: ReadonlyMap<string, Neighbours>;
  /** What there is of any other subject. */
  readonly nothing: Reports;
}

/**
 * Prepares outcomes once for many forecasts. An outcome matters only to forecasts of its sector and measure.
 * @param asOf, vintage as of `assess`
 * @throws DomainError `malformedDate`
 */
export function* prepareOutcomes(
  outcomes: readonly ReportedOutcome[],
  asOf: string,
  vintage: OutcomeVintage = 'latest',
): Steps<PreparedOutcomes> {
  checkIsoDate(asOf);
  const bySubject = new Map<string, Reports>();
  for (const [subject, ofSubject] of Map.groupBy(outcomes, subjectOf)) {
    const pieces: Piece[] = [];
    for (const outcome of ofSubject) {
      const piece = pieceOf(outcome, null, asOf);
      if (typeof piece !== 'string') pieces.push(piece);
      yield;
    }
    bySubject.set(subject, yield* reportsOf(pieces, vintage));
  }
  const byTopic = new Map<string, Neighbours>();
  for (const [topic, ofTopic] of Map.groupBy(outcomes, topicOf)) {
    byTopic.set(topic, neighboursOf(ofTopic));
    yield;
  }
  return { asOf, bySubject, byTopic, nothing: yield* reportsOf([], vintage) };
}

/**
 * What `assess` says of a forecast beside outcomes that were prepared; of what is set aside only what lies nearest, and
 * only where nothing counts. Few outcomes are looked at that cannot count.
 */
export function assessAmong(
  { asOf, bySubject, byTopic, nothing }: PreparedOutcomes,
  forecast: AssessedForecast,
): Steps<Assessed> {
  const reports = bySubject.get(subjectOf(forecast)) ?? nothing;
  const neighbours = byTopic.get(topicOf(forecast)) ?? [];
  return assessmentsBeside(forecast, comparedSpan(forecast), { reports, earlier: reports, neighbours }, asOf);
}
