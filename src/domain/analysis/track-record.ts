import { Exact, medianOf } from '../money/bounds.ts';
import { Decimal, formatRatio, formatShare, parseDecimal } from '../money/decimal.ts';
import { yearOf } from '../period/calendar.ts';
import type { Steps } from '../steps.ts';
import { sorted } from '../steps.ts';
import type { Assessment } from './assessment.ts';
import { judgedAs, whyNeverCounted } from './assessment.ts';
import { claimsOf } from './claims.ts';
import { compareText, compareTexts } from './figure.ts';
import type { AssessedForecast } from './outcome-selection.ts';

/** A forecast with what `assess` says of it. */
export interface ForecastAssessments {
  readonly forecast: AssessedForecast;
  readonly assessments: readonly Assessment[];
}

/** An assessment that a figure of a track record rests on. */
export interface TrackRecordRow {
  readonly forecast: string;
  /** Null where the reporting body is not named; `outcomes` then tells which is meant. */
  readonly reportedBy: string | null;
  readonly outcomes: readonly string[];
}

/**
 * Which way forecasts missed on average, by the mean log ratio: `under` where more was realised than forecast, `over`
 * where less, `none` where the errors cancel out.
 */
export const BIAS_DIRECTIONS = ['under', 'over', 'none'] as const;
export type BiasDirection = (typeof BIAS_DIRECTIONS)[number];

/** From so many independent cases on a bias is told: fewer say more about the cases than about the forecaster. */
export const FEWEST_FOR_BIAS = 5;

/** Why a figure is null. */
export const TRACK_RECORD_REASONS = [
  // No claim has an error beside one of the naive forecast.
  'noNaiveForecast',
  // What was last reported came again each time: there is nothing to divide by.
  'naiveNeverErred',
  // No forecast is realised.
  'noneAssessed',
  // There are errors, of fewer than five independent cases.
  'fewerThanFiveCases',
  // Of those that are, none states a point value that a reported point value could be measured against.
  'noPointErrors',
  // Of those that are, none gives bounds of which it can be told whether they were kept.
  'noBounds',
] as const;
export type TrackRecordReason = (typeof TRACK_RECORD_REASONS)[number];

/**
 * How forecasts came out. `assessed` to `afterTheFact` count claims and make up `forecasts`: a claim is counted by the
 * furthest that any outcomes take it.
 *
 * Errors are those against point values of claims that are `assessed`: the misses of bounds are not among them, as bounds
 * that were kept have no error, so that a mean of the misses alone would make every forecaster of bounds look worse than
 * it was. Where several bodies report what came of a claim, it has the mean of their errors: a claim weighs once.
 */
export interface TrackRecordFigures {
  /** Claims: places of one forecaster that state the same count once. */
  readonly forecasts: number;
  /** Claims with a realised assessment. */
  readonly assessed: number;
  /** Claims whose outcomes were all published before the period ended. */
  readonly preliminary: number;
  readonly partial: number;
  readonly pending: number;
  readonly noOutcome: number;
  readonly notComparable: number;
  /** Claims that were published when their period was over, or after what came of it: no forecasts, in no other count. */
  readonly afterTheFact: number;
  /** Claims with an error: what the errors below are means of. */
  readonly errorCases: number;
  /**
   * The subjects and periods that these are of: revisions of one forecast are judged by one outcome, so that five of them
   * tell no more of a bias than one.
   */
  readonly independentCases: number;
  /** Mean of ln(outcome / forecast): the bias. 12 significant digits. Null below five cases. */
  readonly meanLogRatio: string | null;
  /** e to that: 2 where twice as much was realised as forecast, on geometric average. Null below five cases. */
  readonly geometricMeanRatio: string | null;
  /** Root of the mean square of ln(outcome / forecast). */
  readonly rootMeanSquareLogRatio: string | null;
  /** Per cent of the forecast, signed, 12 significant digits. Null below five cases, as the bias that it is. */
  readonly meanPercentageError: string | null;
  readonly meanAbsolutePercentageError: string | null;
  /** The mean of the two in the middle where their number is even. Null below five cases. */
  readonly medianPercentageError: string | null;
  readonly medianAbsolutePercentageError: string | null;
  /** Per cent of the outcome, signed: the textbooks' percentage errors. Null below five cases. */
  readonly meanPercentageErrorOfOutcome: string | null;
  readonly meanAbsolutePercentageErrorOfOutcome: string | null;
  /** By the sign of the mean log ratio. Null below five cases. */
  readonly biasDirection: BiasDirection | null;
  /** Null where the bias and its direction are given. */
  readonly biasReason: TrackRecordReason | null;
  /** Null where the errors are given. */
  readonly percentageErrorReason: TrackRecordReason | null;
  readonly percentageErrorRows: readonly TrackRecordRow[];
  /** Of the claims with a range or a bound of which it can be told whether it was kept, 12 decimal places. */
  readonly shareInsideBounds: string | null;
  /** Null where the share is given. */
  readonly shareInsideBoundsReason: TrackRecordReason | null;
  readonly shareInsideBoundsRows: readonly TrackRecordRow[];
  /** Of the same claims, those with bounds on both sides, and the share of them that covers what came. */
  readonly rangeCases: number;
  readonly rangeCoverage: string | null;
  /** And those with a bound on one side, "over 400", which is easier to keep. */
  readonly oneSidedCases: number;
  readonly oneSidedKept: string | null;
  /** Of these, those for which there is a naive forecast, and the share of them that it would have kept: how easy they were. */
  readonly oneSidedBaseCases: number;
  readonly oneSidedBaseRate: string | null;
  /** Claims with an interval of which it can be told whether it covers what came. */
  readonly intervalCases: number;
  /** The share of them that does, 12 decimal places: to be held against `meanIntervalPercent`. */
  readonly intervalCoverage: string | null;
  /** The mean of what their documents promise, in per cent. */
  readonly meanIntervalPercent: string | null;
  /** The mean interval score, of logarithms: see `IntervalVerdict`. */
  readonly meanIntervalScore: string | null;
  /** Claims with an error and a naive forecast that has one too. */
  readonly naiveCases: number;
  /** Mean of |ln(outcome / forecast)| over these. */
  readonly meanAbsoluteLogRatio: string | null;
  /** Mean of |ln(outcome / naive forecast)| over the same. */
  readonly naiveMeanAbsoluteLogRatio: string | null;
  /**
   * The first over the second: below 1 where the forecaster did better than repeating what was last reported (the relative
   * mean absolute error of Hyndman and Koehler 2006, on logarithms). Null below five cases, and where the naive one never erred.
   */
  readonly relativeToNaive: string | null;
  /** Null where that is given. */
  readonly relativeToNaiveReason: TrackRecordReason | null;
}

/**
 * How far ahead a forecast looks: from its publication to the last day of its period. A period that ends on the
 * anniversary is still within; one that ended before the publication is in the first class. `unknown` where either day
 * is.
 */
export const HORIZONS = ['upTo1Year', 'upTo3Years', 'upTo5Years', 'over5Years', 'unknown'] as const;
export type Horizon = (typeof HORIZONS)[number];

export interface TrackRecord extends TrackRecordFigures {
  /** Of what is no projection: plans, targets, budgets and commitments, in none of the other figures. */
  readonly fulfilment: TrackRecordFigures;
  /** Claims of a scenario that is not the base: alternatives, in none of the figures. */
  readonly otherScenarios: number;
  /** Claims that state a need, which is neither foretold nor intended: in none of the figures. */
  readonly needs: number;
  /** Claims that estimate what has been: in none of the figures. */
  readonly estimates: number;
  /** By measure; only those with a forecast. */
  readonly byMeasure: readonly (TrackRecordFigures & { readonly measure: string })[];
  /** The shortest first; only those with a forecast. */
  readonly byHorizon: readonly (TrackRecordFigures & { readonly horizon: Horizon })[];
}

/** Claims are one only where they say it of the same thing, whatever the relation says. */
function subjectOf(forecast: AssessedForecast): string {
  const { forecaster, sector, measure, region, scope, scenario = null } = forecast;
  return JSON.stringify([forecaster, sector, measure, region, scope, scenario, judgedAs(forecast)]);
}

/** Whether a forecast is an alternative to the one that its document holds likeliest. */
/** One place for each claim, that with the smallest id, by id. */
function oneOfEachClaim(assessed: readonly ForecastAssessments[]): readonly ForecastAssessments[] {
  const byId = new Map(assessed.map((entry) => [entry.forecast.id, entry]));
  const forecasts = assessed.map(({ forecast }) => forecast);
  const sorted = forecasts.toSorted((one, other) => compareText(one.id, other.id));
  return claimsOf(sorted, subjectOf).flatMap(([first]) => byId.get(first?.id ?? '') ?? []);
}

/** The same day so many years later, as text to compare with: it may be a 29 February that does not exist. */
function yearsLater(date: string, years: number): string {
  return `${String(yearOf(date) + years).padStart(4, '0')}${date.slice(4)}`;
}

/** How far ahead a forecast looks; see `HORIZONS`. */
export function horizonOf({
  publishedOn,
  period: { end },
}: Pick<AssessedForecast, 'publishedOn' | 'period'>): Horizon {
  if (publishedOn === null || end === null) return 'unknown';
  if (end <= yearsLater(publishedOn, 1)) return 'upTo1Year';
  if (end <= yearsLater(publishedOn, 3)) return 'upTo3Years';
  return end <= yearsLater(publishedOn, 5) ? 'upTo5Years' : 'over5Years';
}

/** Null of nothing. */
function* meanOf(values: readonly Decimal[]): Steps<Decimal | null> {
  let sum = ZERO;
  for (const value of values) {
    sum = sum.plus(value);
    yield;
  }
  return values.length === 0 ? null : sum.dividedBy(values.length);
}

const ZERO: Decimal = new Exact(0);

/** Of a list that is not empty. */
function mean(values: readonly Decimal[]): Decimal {
  return values.reduce((sum, value) => sum.plus(value), ZERO).dividedBy(values.length);
}

function directionOf(mean: Decimal): BiasDirection {
  if (mean.isZero()) return 'none';
  return mean.isNegative() ? 'over' : 'under';
}

/** How far outcomes take a claim, the furthest first. */
const CLAIM_STATUSES = [
  'realised',
  'preliminary',
  'partial',
  'pending',
  'noOutcome',
  'notComparable',
] as const;

/** What came of a claim, over all bodies that report it. */
interface Case {
  /** Equal for claims that one outcome judges. */
  readonly of: string;
  /** Against a point value; none where there is none. */
  readonly error: {
    readonly logRatio: Decimal | null;
    readonly ofForecast: Decimal;
    readonly ofOutcome: Decimal | null;
    /** Sizes are taken of each body before their mean: half and double of two bodies are no hit. */
    readonly squaredLogRatio: Decimal | null;
    readonly sizeOfForecast: Decimal;
    readonly sizeOfOutcome: Decimal | null;
  } | null;
  readonly errorRows: readonly TrackRecordRow[];
  /** Which share of the bodies' outcomes lies inside the bounds; null where it cannot be told of any. */
  readonly inside: Decimal | null;
  readonly insideRows: readonly TrackRecordRow[];
  /** The same of what has two bounds: a range, or a point with bounds of which nobody says how probable they are. */
  readonly insideRange: Decimal | null;
  readonly isRange: boolean;
  /** Which share of the naive forecasts lies inside the bounds; null where there is none. */
  readonly naiveInside: Decimal | null;
  /** |ln(outcome / forecast)| and |ln(outcome / naive forecast)|, of the bodies that have both. */
  readonly besideNaive: { readonly error: Decimal; readonly naiveError: Decimal } | null;
  /** Which share of the bodies' outcomes lies in the interval, what is promised of it, and the mean score. */
  readonly interval: {
    readonly inside: Decimal;
    readonly percent: Decimal;
    readonly score: Decimal | null;
  } | null;
}

function caseOf({ forecast, assessments }: ForecastAssessments): Case {
  const realised = assessments.filter(({ status }) => status === 'realised');
  const withError = realised.filter(({ percentAgainst }) => percentAgainst === 'value');
  const withBounds = realised.filter(({ insideBounds }) => insideBounds !== null);
  const row = ({ reportedBy, outcomes }: Assessment): TrackRecordRow => ({
    forecast: forecast.id,
    reportedBy,
    outcomes,
  });
  const meanBy = (
    figure: (assessment: Assessment) => string | null,
    of: (one: Decimal) => Decimal = (one) => one,
  ): Decimal | null => {
    const figures = withError.flatMap((one) => figure(one) ?? []);
    return figures.length === 0 ? null : mean(figures.map((text) => of(new Exact(parseDecimal(text)))));
  };
  const size = (one: Decimal): Decimal => one.abs();
  const ofForecast = meanBy((one) => one.outcomeVsForecastPercent);
  const share = (known: readonly boolean[]): Decimal | null =>
    known.length === 0 ? null : mean(known.map((isTrue) => new Exact(isTrue ? 1 : 0)));
  const besideNaive = withError.flatMap(({ logRatio, naiveLogRatio }) =>
    logRatio === null || naiveLogRatio === null
      ? []
      : [{ error: absolute(logRatio), naiveError: absolute(naiveLogRatio) }],
  );
  const { interval = null } = forecast;
  const isRange = forecast.amount.low !== null && forecast.amount.high !== null;
  const inside = share(withBounds.map(({ insideBounds }) => insideBounds === true));
  const insideInterval = share(realised.flatMap((one) => one.insideInterval ?? []));
  const scores = realised.flatMap(({ intervalScore }) =>
    intervalScore === null ? [] : [new Exact(parseDecimal(intervalScore))],
  );
  return {
    of: caseKey(forecast),
    error: ofForecast && {
      ofForecast,
      logRatio: meanBy((one) => one.logRatio),
      ofOutcome: meanBy((one) => one.errorPercentOfOutcome),
      squaredLogRatio: meanBy(
        (one) => one.logRatio,
        (one) => one.times(one),
      ),
      sizeOfForecast: meanBy((one) => one.outcomeVsForecastPercent, size) ?? ofForecast.abs(),
      sizeOfOutcome: meanBy((one) => one.errorPercentOfOutcome, size),
    },
    errorRows: withError.map(row),
    inside,
    insideRows: withBounds.map(row),
    insideRange: interval?.percent === null ? insideInterval : isRange ? inside : null,
    isRange,
    naiveInside: share(withBounds.flatMap(({ naiveInsideBounds }) => naiveInsideBounds ?? [])),
    besideNaive:
      besideNaive.length === 0
        ? null
        : {
            error: mean(besideNaive.map(({ error }) => error)),
            naiveError: mean(besideNaive.map(({ naiveError }) => naiveError)),
          },
    interval:
      insideInterval === null || interval === null || interval.percent === null
        ? null
        : {
            inside: insideInterval,
            percent: new Exact(parseDecimal(interval.percent)),
            score: scores.length === 0 ? null : mean(scores),
          },
  };
}

function caseKey({ sector, measure, region, scope, period: { start, end } }: AssessedForecast): string {
  return JSON.stringify([sector, measure, region, scope, start, end]);
}

function independent(cases: readonly Case[]): number {
  return new Set(cases.map(({ of }) => of)).size;
}

function absolute(text: string): Decimal {
  return new Exact(parseDecimal(text)).abs();
}

function isAfterTheFact({ assessments }: ForecastAssessments): boolean {
  return assessments.some(({ afterTheFact }) => afterTheFact);
}

function statusOf({ assessments }: ForecastAssessments): (typeof CLAIM_STATUSES)[number] {
  const statuses = new Set(assessments.map(({ status }) => status));
  return CLAIM_STATUSES.find((status) => statuses.has(status)) ?? 'notComparable';
}

function* figuresOf(claims: readonly ForecastAssessments[]): Steps<TrackRecordFigures> {
  const counts = { realised: 0, preliminary: 0, partial: 0, pending: 0, noOutcome: 0, notComparable: 0 };
  const cases: Case[] = [];
  let afterTheFact = 0;
  for (const claim of claims) {
    if (isAfterTheFact(claim)) afterTheFact += 1;
    else {
      counts[statusOf(claim)] += 1;
      cases.push(caseOf(claim));
    }
    yield;
  }
  const errors = cases.flatMap(({ error }) => error ?? []);
  const independentCases = independent(cases.filter(({ error }) => error !== null));
  const ordered = (figures: readonly Decimal[]): Steps<readonly Decimal[]> =>
    sorted(figures, (one, other) => one.comparedTo(other));
  const percents = yield* ordered(errors.map(({ ofForecast }) => ofForecast));
  const sizes = yield* ordered(errors.map(({ sizeOfForecast }) => sizeOfForecast));
  const ofOutcome = errors.flatMap((error) => error.ofOutcome ?? []);
  const logRatios = errors.flatMap(({ logRatio }) => logRatio ?? []);
  const withLogRatio = cases.filter(({ error }) => error !== null && error.logRatio !== null);
  const bias = independent(withLogRatio) < FEWEST_FOR_BIAS ? null : yield* meanOf(logRatios);
  const meanSquare = yield* meanOf(errors.flatMap((one) => one.squaredLogRatio ?? []));
  const text = (decimal: Decimal | null): string | null => (decimal === null ? null : formatRatio(decimal));
  /** What tells a direction is told of enough cases only. */
  const signed = (decimal: Decimal | null): string | null =>
    independentCases < FEWEST_FOR_BIAS ? null : text(decimal);
  const rowsInOrder = function* (rows: readonly TrackRecordRow[]): Steps<readonly TrackRecordRow[]> {
    const order = ({ forecast, reportedBy, outcomes }: TrackRecordRow) => [forecast, reportedBy, ...outcomes];
    return yield* sorted(rows, (one, other) => compareTexts(order(one), order(other)));
  };
  const reasonOf = (found: number, reason: TrackRecordReason): TrackRecordReason | null => {
    if (found > 0) return null;
    return counts.realised === 0 ? 'noneAssessed' : reason;
  };
  const percentageErrorReason = reasonOf(errors.length, 'noPointErrors');
  const bounded = cases.filter(({ inside }) => inside !== null);
  const kept = function* (some: readonly Case[]): Steps<string | null> {
    const share = yield* meanOf(some.flatMap(({ inside }) => inside ?? []));
    return share === null ? null : formatShare(share);
  };
  const ranges = cases.flatMap(({ insideRange }) => insideRange ?? []);
  const rangeCoverage = yield* meanOf(ranges);
  const oneSided = bounded.filter(({ isRange }) => !isRange);
  const naiveInside = oneSided.flatMap((one) => one.naiveInside ?? []);
  const baseRate = yield* meanOf(naiveInside);
  const intervals = cases.flatMap(({ interval }) => interval ?? []);
  const coverage = yield* meanOf(intervals.map(({ inside }) => inside));
  const besideNaive = cases.flatMap((one) => one.besideNaive ?? []);
  const error = yield* meanOf(besideNaive.map((one) => one.error));
  const naiveError = yield* meanOf(besideNaive.map((one) => one.naiveError));
  const relative =
    independent(cases.filter((one) => one.besideNaive !== null)) < FEWEST_FOR_BIAS ||
    error === null ||
    naiveError === null ||
    naiveError.isZero()
      ? null
      : error.dividedBy(naiveError);
  return {
    forecasts: claims.length,
    assessed: counts.realised,
    preliminary: counts.preliminary,
    partial: counts.partial,
    pending: counts.pending,
    noOutcome: counts.noOutcome,
    notComparable: counts.notComparable,
    afterTheFact,
    errorCases: errors.length,
    independentCases,
    meanLogRatio: text(bias),
    geometricMeanRatio: text(bias && new Decimal(bias).exp()),
    rootMeanSquareLogRatio: text(meanSquare && new Decimal(meanSquare).sqrt()),
    meanPercentageError: signed(yield* meanOf(percents)),
    meanAbsolutePercentageError: text(yield* meanOf(sizes)),
    medianPercentageError: signed(medianOf(percents)),
    medianAbsolutePercentageError: text(medianOf(sizes)),
    meanPercentageErrorOfOutcome: signed(yield* meanOf(ofOutcome)),
    meanAbsolutePercentageErrorOfOutcome: text(
      yield* meanOf(errors.flatMap((one) => one.sizeOfOutcome ?? [])),
    ),
    biasDirection: bias && directionOf(bias),
    biasReason: bias === null ? (percentageErrorReason ?? 'fewerThanFiveCases') : null,
    percentageErrorReason,
    percentageErrorRows: yield* rowsInOrder(cases.flatMap(({ errorRows }) => errorRows)),
    shareInsideBounds: yield* kept(bounded),
    shareInsideBoundsReason: reasonOf(bounded.length, 'noBounds'),
    shareInsideBoundsRows: yield* rowsInOrder(cases.flatMap(({ insideRows }) => insideRows)),
    rangeCases: ranges.length,
    rangeCoverage: rangeCoverage && formatShare(rangeCoverage),
    oneSidedCases: oneSided.length,
    oneSidedKept: yield* kept(oneSided),
    oneSidedBaseCases: naiveInside.length,
    oneSidedBaseRate: baseRate && formatShare(baseRate),
    intervalCases: intervals.length,
    intervalCoverage: coverage && formatShare(coverage),
    meanIntervalPercent: text(yield* meanOf(intervals.map(({ percent }) => percent))),
    meanIntervalScore: text(yield* meanOf(intervals.flatMap(({ score }) => score ?? []))),
    naiveCases: besideNaive.length,
    meanAbsoluteLogRatio: text(error),
    naiveMeanAbsoluteLogRatio: text(naiveError),
    relativeToNaive: text(relative),
    relativeToNaiveReason: naiveReason(relative, besideNaive.length, naiveError),
  };
}

function naiveReason(
  relative: Decimal | null,
  cases: number,
  naiveError: Decimal | null,
): TrackRecordReason | null {
  if (relative !== null) return null;
  if (cases === 0) return 'noNaiveForecast';
  return naiveError?.isZero() === true ? 'naiveNeverErred' : 'fewerThanFiveCases';
}

/**
 * How the forecasts came out, all together, by measure and by how far ahead they look. Places that state the same claim of
 * one forecaster, sector, measure, region, scope and scenario count once, over any number of `sameClaimAs` steps: the one with the
 * smallest id stands for it, with its own assessments. The input's order makes no difference.
 * @param assessed of one forecaster, where the record is to be one's: the caller filters. Ids are unique
 */
export function* trackRecord(assessed: readonly ForecastAssessments[]): Steps<TrackRecord> {
  const all = oneOfEachClaim(assessed);
  const {
    accuracy: claims = [],
    fulfilment = [],
    otherScenario = [],
    need = [],
    estimate = [],
  } = Object.groupBy(all, ({ forecast }) => whyNeverCounted(forecast) ?? judgedAs(forecast));
  const figures = yield* figuresOf(claims);
  const byMeasure: TrackRecord['byMeasure'][number][] = [];
  for (const [measure, group] of Map.groupBy(claims, ({ forecast }) => forecast.measure))
    byMeasure.push({ measure, ...(yield* figuresOf(group)) });
  const groups = Map.groupBy(claims, ({ forecast }) => horizonOf(forecast));
  const byHorizon: TrackRecord['byHorizon'][number][] = [];
  for (const horizon of HORIZONS) {
    const group = groups.get(horizon);
    if (group !== undefined) byHorizon.push({ horizon, ...(yield* figuresOf(group)) });
  }
  return {
    ...figures,
    fulfilment: yield* figuresOf(fulfilment),
    otherScenarios: otherScenario.length,
    needs: need.length,
    estimates: estimate.length,
    byMeasure: byMeasure.sort((one, other) => compareText(one.measure, other.measure)),
    byHorizon,
  };
}
