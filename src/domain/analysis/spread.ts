import type { Bounds } from '../money/bounds.ts';
import { Exact } from '../money/bounds.ts';
import { Decimal, formatDecimal, formatRatio } from '../money/decimal.ts';

/* What is known of the smallest, the middle and the largest of figures of which some are only bounds. */

/** The narrowest range that holds a number whatever the figures are, within what they say; null where a side is open. */
export interface Range {
  readonly low: string | null;
  readonly high: string | null;
}

export interface SpreadFigures {
  /** Figures. */
  readonly count: number;
  /** Those of them that are a bound or a range. */
  readonly bounded: number;
  /** Null where the figures allow more than one number: `ranges` has which. */
  readonly min: string | null;
  /**
   * The mean of the two in the middle where the count is even. Computed means are rounded once, half-even, to the
   * currency's minor unit. Null likewise.
   */
  readonly median: string | null;
  readonly max: string | null;
  /** max / min, 12 significant digits. Null likewise, and where the smallest may be zero. */
  readonly ratio: string | null;
  readonly ranges: {
    readonly min: Range;
    readonly median: Range;
    readonly max: Range;
    readonly ratio: Range;
  };
}

/** What a figure says: at least one of its sides is known. */
export type Interval = Pick<Bounds, 'low' | 'high'>;

/** Whether it allows one number only. */
export function isPoint({ low, high }: Interval): boolean {
  return low !== null && high !== null && low.equals(high);
}

/**
 * The smallest, the middle and the largest of figures, each as the narrowest range that all the figures allow: the lows
 * alone make its lower end and the highs alone its upper one, as all three only grow with each figure.
 * @param ratioOf what `ratio` is of: the figures as stated where they share a currency, the figures themselves otherwise
 * @param minorUnits decimal places of a computed mean
 * @returns null of no figures
 */
export function spreadOf(
  figures: readonly Interval[],
  ratioOf: readonly Interval[],
  minorUnits: number,
): SpreadFigures | null {
  if (figures.length === 0) return null;
  const lows = inOrder(figures, 'low');
  const highs = inOrder(figures, 'high');
  const min = { low: lows.at(0) ?? null, high: highs.at(0) ?? null };
  const max = { low: lows.at(-1) ?? null, high: highs.at(-1) ?? null };
  const median = { low: middleOf(lows, minorUnits), high: middleOf(highs, minorUnits) };
  const ratio = ratioRange(ratioOf);
  return {
    count: figures.length,
    bounded: figures.filter((figure) => !isPoint(figure)).length,
    min: pointIn(min, formatDecimal),
    median: pointIn(median, formatDecimal),
    max: pointIn(max, formatDecimal),
    ratio: pointIn(ratio, formatRatio),
    ranges: {
      min: shown(min, formatDecimal),
      median: shown(median, formatDecimal),
      max: shown(max, formatDecimal),
      ratio: shown(ratio, formatRatio),
    },
  };
}

/** One side of each figure, the smallest first; an open low comes before all, an open high after all. */
function inOrder(figures: readonly Interval[], side: keyof Interval): readonly (Decimal | null)[] {
  const open = side === 'low' ? -1 : 1;
  return figures.map((figure) => figure[side]).sort((one, other) => sideOrder(one, other, open));
}

/** The one in the middle as it is, or the mean of two, rounded; null where one of them is open. */
function middleOf(ordered: readonly (Decimal | null)[], minorUnits: number): Decimal | null {
  // Halves of whole numbers, rounded down: the same place twice where the count is odd.
  const [lower, upper] = [ordered[(ordered.length - 1) >> 1], ordered[ordered.length >> 1]];
  if (lower == null || upper == null) return null;
  if (lower.equals(upper)) return lower;
  return lower.plus(upper).dividedBy(2).toDecimalPlaces(minorUnits, Decimal.ROUND_HALF_EVEN);
}

/**
 * max / min. Its lower end is that of the largest low over the smallest high, where figures cannot all be equal; its upper
 * end that of one figure's high over another one's low.
 */
function ratioRange(figures: readonly Interval[]): Interval {
  const one = new Exact(1);
  if (figures.length === 1) return figures[0]?.low?.isZero() === true ? OPEN : { low: one, high: one };
  const highestLow = inOrder(figures, 'low').at(-1) ?? null;
  const lowestHigh = inOrder(figures, 'high').at(0) ?? null;
  const apart = highestLow !== null && lowestHigh !== null && highestLow.greaterThan(lowestHigh);
  const low = !apart ? one : lowestHigh.isZero() ? null : highestLow.dividedBy(lowestHigh);
  return { low, high: highestRatio(figures) };
}

const OPEN: Interval = { low: null, high: null };

/** The largest that one figure can be of another. Of each side the two outermost decide: both may be of one figure. */
function highestRatio(figures: readonly Interval[]): Decimal | null {
  const byLow = figures.toSorted(({ low: one }, { low: other }) => sideOrder(one, other, -1)).slice(0, 2);
  const byHigh = figures.toSorted(({ high: one }, { high: other }) => sideOrder(other, one, 1)).slice(0, 2);
  let highest: Decimal | null = new Exact(1);
  for (const largest of byHigh) {
    for (const smallest of byLow) {
      if (largest === smallest) continue;
      if (largest.high === null || smallest.low === null || smallest.low.isZero()) return null;
      const ratio = largest.high.dividedBy(smallest.low);
      if (ratio.greaterThan(highest)) highest = ratio;
    }
  }
  return highest;
}

/** Order of sides of which an open one comes first (-1) or last (1). */
function sideOrder(one: Decimal | null, other: Decimal | null, open: 1 | -1): number {
  if (one === null || other === null) return one === other ? 0 : one === null ? open : -open;
  return one.comparedTo(other);
}

function shown({ low, high }: Interval, format: (number: Decimal) => string): Range {
  return { low: low && format(low), high: high && format(high) };
}

function pointIn(interval: Interval, format: (number: Decimal) => string): string | null {
  return isPoint(interval) && interval.low !== null ? format(interval.low) : null;
}
