import { Decimal, formatRatio, parseDecimal } from '../money/decimal.ts';
import type { Interval } from '../statement.ts';

/** How an outcome compares with the interval of a forecast. */
export interface IntervalVerdict {
  /** Whether the outcome lies between the bounds, which count as within. Null without an interval, and of what is not realised. */
  readonly insideInterval: boolean | null;
  /**
   * The interval score of Gneiting and Raftery (2007, equation 43) on natural logarithms, so that it is the same in every
   * currency (Bosse et al. 2023): width of the interval, and 2 / alpha times what the outcome lies outside it, where alpha is
   * 1 - percent / 100. The lower, the better. 12 significant digits. Null likewise, where a number is not above 0, and where
   * nobody says how probable the interval is.
   */
  readonly intervalScore: string | null;
}

export const NO_INTERVAL: IntervalVerdict = { insideInterval: null, intervalScore: null };

/** @param times what the numbers of the interval stand for: a figure for each year counts times its years */
export function intervalVerdict(interval: Interval, outcome: Decimal, times: number): IntervalVerdict {
  const [low, high] = [interval.low, interval.high].map((text) => parseDecimal(text).times(times)) as [
    Decimal,
    Decimal,
  ];
  const insideInterval = outcome.greaterThanOrEqualTo(low) && outcome.lessThanOrEqualTo(high);
  const { percent } = interval;
  if (percent === null || !low.isPositive() || low.isZero() || !outcome.isPositive() || outcome.isZero())
    return { insideInterval, intervalScore: null };
  const [from, to, at] = [low, high, outcome].map((number) => new Decimal(number).ln()) as [
    Decimal,
    Decimal,
    Decimal,
  ];
  const alpha = new Decimal(100).minus(parseDecimal(percent)).dividedBy(100);
  const missedBy = Decimal.max(0, from.minus(at), at.minus(to));
  const score = to.minus(from).plus(missedBy.times(2).dividedBy(alpha));
  return { insideInterval, intervalScore: formatRatio(score) };
}
