import { Exact, medianOf } from '../money/bounds.ts';
import type { Decimal } from '../money/decimal.ts';
import { formatRatio, formatShare, parseDecimal } from '../money/decimal.ts';
import { yearOf } from '../period/calendar.ts';
import type { Steps } from '../steps.ts';
import { sorted } from '../steps.ts';
import type { Assessment } from './assessment.ts';
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
 * Which way forecasts missed on average: `under` where more was realised than forecast, `over` where less, `none` where
 * the errors cancel out.
 */
export const BIAS_DIRECTIONS = ['under', 'over', 'none'] as const;
export type BiasDirection = (typeof BIAS_DIRECTIONS)[number];

/** Why a figure is null. */
export const TRACK_RECORD_REASONS = [
  // No forecast is realised.
  'noneAssessed',
  // Of those that are, none states a point value that a reported point value could be measured against.
  'noPointErrors',
  // Of those that are, none gives bounds of which it can be told whether they were kept.
  'noBounds',
] as const;
export type TrackRecordReason = (typeof TRACK_RECORD_REASONS)[number];

/**
 * How forecasts came out. `assessed`, `partial`, `pending` and `notComparable` count claims, by the furthest that any
 * body's outcomes take them, and make up `forecasts`.
 *
 * Errors are those of `outcomeVsForecastPercent` against point values: positive where more was realised than forecast, in
 * per cent of the forecast. The misses of bounds are not among them: bounds that were kept have no error, so that a mean
 * of the misses alone would make every forecaster of bounds look worse than it was.
 */
export interface TrackRecordFigures {
  /** Claims: places of one forecaster that state the same count once. */
  readonly forecasts: number;
  /** Claims with a realised assessment. */
  readonly assessed: number;
  readonly partial: number;
  readonly pending: number;
  readonly notComparable: number;
  /** Per cent, signed, 12 significant digits. */
  readonly meanPercentageError: string | null;
  readonly meanAbsolutePercentageError: string | null;
  /** The mean of the two in the middle where their number is even. */
  readonly medianPercentageError: string | null;
  readonly medianAbsolutePercentageError: string | null;
  /** By the sign of the mean error. */
  readonly biasDirection: BiasDirection | null;
  /** Null where the errors and the direction are given. */
  readonly percentageErrorReason: TrackRecordReason | null;
  readonly percentageErrorRows: readonly TrackRecordRow[];
  /** Of the assessments of which it can be told, 12 decimal places. */
  readonly shareInsideBounds: string | null;
  /** Null where the share is given. */
  readonly shareInsideBoundsReason: TrackRecordReason | null;
  readonly shareInsideBoundsRows: readonly TrackRecordRow[];
}

/**
 * How far ahead a forecast looks: from its publication to the last day of its period. A period that ends on the
 * anniversary is still within; one that ended before the publication is in the first class. `unknown` where either day
 * is.
 */
export const HORIZONS = ['upTo1Year', 'upTo3Years', 'upTo5Years', 'over5Years', 'unknown'] as const;
export type Horizon = (typeof HORIZONS)[number];

export interface TrackRecord extends TrackRecordFigures {
  /** By measure; only those with a forecast. */
  readonly byMeasure: readonly (TrackRecordFigures & { readonly measure: string })[];
  /** The shortest first; only those with a forecast. */
  readonly byHorizon: readonly (TrackRecordFigures & { readonly horizon: Horizon })[];
}

/** Claims are one only where they say it of the same thing, whatever the relation says. */
function subjectOf({ forecaster, sector, measure, region, scope }: AssessedForecast): string {
  return JSON.stringify([forecaster, sector, measure, region, scope]);
}

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
  let sum: Decimal = new Exact(0);
  for (const value of values) {
    sum = sum.plus(value);
    yield;
  }
  return values.length === 0 ? null : sum.dividedBy(values.length);
}

function directionOf(mean: Decimal | null): BiasDirection | null {
  if (mean === null) return null;
  if (mean.isZero()) return 'none';
  return mean.isNegative() ? 'over' : 'under';
}

/** The furthest that any body's outcomes take a claim. */
const CLAIM_STATUSES = ['realised', 'partial', 'pending', 'notComparable'] as const;

interface Realised extends TrackRecordRow {
  /** Signed, in per cent; null where there is none against a point value. */
  readonly error: Decimal | null;
  readonly insideBounds: boolean | null;
}

function realisedOf({ forecast, assessments }: ForecastAssessments): readonly Realised[] {
  return assessments
    .filter(({ status }) => status === 'realised')
    .map(({ reportedBy, outcomes, outcomeVsForecastPercent, percentAgainst, insideBounds }) => ({
      forecast: forecast.id,
      reportedBy,
      outcomes,
      error:
        outcomeVsForecastPercent === null || percentAgainst !== 'value'
          ? null
          : new Exact(parseDecimal(outcomeVsForecastPercent)),
      insideBounds,
    }));
}

function rowsOf(realised: readonly Realised[]): readonly TrackRecordRow[] {
  return realised.map(({ forecast, reportedBy, outcomes }) => ({ forecast, reportedBy, outcomes }));
}

function* figuresOf(claims: readonly ForecastAssessments[]): Steps<TrackRecordFigures> {
  const counts = { realised: 0, partial: 0, pending: 0, notComparable: 0 };
  const realised: Realised[] = [];
  for (const claim of claims) {
    const statuses = claim.assessments.map(({ status }) => status);
    counts[CLAIM_STATUSES.find((status) => statuses.includes(status)) ?? 'notComparable'] += 1;
    realised.push(...realisedOf(claim));
    yield;
  }
  const order = ({ forecast, reportedBy, outcomes }: Realised) => [forecast, reportedBy, ...outcomes];
  const inOrder = yield* sorted(realised, (one, other) => compareTexts(order(one), order(other)));
  const withError = inOrder.filter(({ error }) => error !== null);
  const withBounds = inOrder.filter(({ insideBounds }) => insideBounds !== null);
  const errors = yield* sorted(
    withError.flatMap(({ error }) => error ?? []),
    (one, other) => one.comparedTo(other),
  );
  const absolute = yield* sorted(
    errors.map((error) => error.abs()),
    (one, other) => one.comparedTo(other),
  );
  const mean = yield* meanOf(errors);
  const text = (decimal: Decimal | null): string | null => (decimal === null ? null : formatRatio(decimal));
  const reasonOf = (rows: readonly Realised[], reason: TrackRecordReason): TrackRecordReason | null => {
    if (rows.length > 0) return null;
    return realised.length === 0 ? 'noneAssessed' : reason;
  };
  const inside = withBounds.filter(({ insideBounds }) => insideBounds === true).length;
  return {
    forecasts: claims.length,
    assessed: counts.realised,
    partial: counts.partial,
    pending: counts.pending,
    notComparable: counts.notComparable,
    meanPercentageError: text(mean),
    meanAbsolutePercentageError: text(yield* meanOf(absolute)),
    medianPercentageError: text(medianOf(errors)),
    medianAbsolutePercentageError: text(medianOf(absolute)),
    biasDirection: directionOf(mean),
    percentageErrorReason: reasonOf(withError, 'noPointErrors'),
    percentageErrorRows: rowsOf(withError),
    shareInsideBounds:
      withBounds.length === 0 ? null : formatShare(new Exact(inside).dividedBy(withBounds.length)),
    shareInsideBoundsReason: reasonOf(withBounds, 'noBounds'),
    shareInsideBoundsRows: rowsOf(withBounds),
  };
}

/**
 * How the forecasts came out, all together, by measure and by how far ahead they look. Places that state the same claim of
 * one forecaster, sector, measure, region and scope count once, over any number of `sameClaimAs` steps: the one with the
 * smallest id stands for it, with its own assessments. Each realised assessment counts once: what two bodies report of
 * one forecast counts twice. The input's order makes no difference.
 * @param assessed of one forecaster, where the record is to be one's: the caller filters. Ids are unique
 */
export function* trackRecord(assessed: readonly ForecastAssessments[]): Steps<TrackRecord> {
  const claims = oneOfEachClaim(assessed);
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
    byMeasure: byMeasure.sort((one, other) => compareText(one.measure, other.measure)),
    byHorizon,
  };
}
