import type { FigureAmount } from '../money/amount.ts';
import { isBoundOnly } from '../money/amount.ts';
import type { Bounds } from '../money/bounds.ts';
import { boundsOf } from '../money/bounds.ts';
import { Decimal, formatRatio } from '../money/decimal.ts';

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

/** How far an outcome lies from a forecast. */
export interface Verdict {
  /**
   * (outcome / forecast - 1) * 100: 25 where a quarter more was realised. Against the point value of a forecast that has
   * one; against a bound only where that bound was missed. 12 significant digits.
   */
  readonly outcomeVsForecastPercent: string | null;
  /**
   * (outcome - forecast) / outcome * 100: what textbooks call the percentage error. Null wherever there is no
   * `outcomeVsForecastPercent`, and of an outcome of nothing. 12 significant digits.
   */
  readonly errorPercentOfOutcome: string | null;
  /**
   * ln(outcome / forecast): half as much and twice as much lie equally far from 0. Null likewise, and of an outcome of
   * nothing. 12 significant digits.
   */
  readonly logRatio: string | null;
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
}

/** The one number that bounds allow, or null. */
export function pointOf({ low, high }: Bounds): Decimal | null {
  return low !== null && high !== null && low.equals(high) ? low : null;
}

export function withoutPercent(percentReason: PercentReason, insideBounds: boolean | null = null): Verdict {
  return {
    outcomeVsForecastPercent: null,
    errorPercentOfOutcome: null,
    logRatio: null,
    percentAgainst: null,
    percentReason,
    insideBounds,
  };
}

/** How a realised outcome compares with a forecast for the same span. */
export function verdictOf(amount: FigureAmount, outcome: Bounds): Verdict {
  const { low, high } = boundsOf(amount);
  const point = pointOf(outcome);
  const against = (measure: Decimal | null, name: PercentAgainst, insideBounds: boolean | null): Verdict => {
    if (point === null || measure === null) return withoutPercent('outcomeIsBound', insideBounds);
    if (measure.isZero()) return withoutPercent('forecastIsZero', insideBounds);
    const missedBy = point.minus(measure);
    return {
      outcomeVsForecastPercent: formatRatio(missedBy.dividedBy(measure).times(100)),
      errorPercentOfOutcome: point.isZero() ? null : formatRatio(missedBy.dividedBy(point).times(100)),
      logRatio: point.isZero() ? null : formatRatio(new Decimal(point.dividedBy(measure)).ln()),
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
  return keepsLow && keepsHigh ? withoutPercent('insideBounds', true) : withoutPercent('outcomeIsBound');
}
