import { addBounds, boundsOf, Exact, NOTHING, subtractBounds } from '../money/bounds.ts';
import type { Decimal } from '../money/decimal.ts';
import { parseDecimal } from '../money/decimal.ts';
import type { ConvertedFigure } from './figure.ts';
import { haveOneRate, statedAmount } from './figure.ts';

export const BREAKDOWN_STATUSES = [
  // Whatever the figures are within their bounds, the parts make up the total within 1 % or its stated precision, 5 % at most.
  'complete',
  // The parts surely lack more than that.
  'partial',
  // The parts surely exceed the total by more than that.
  'overallocated',
  // Bounds and ranges allow more than one of these; or a part could not be converted, was at another rate than the total, is
  // in another currency or goes beyond the total's period, and the others do not tell.
  'undetermined',
  // A total alone: no part of it is stated.
  'noParts',
  // The document states none, several that contradict each other, or one that could not be converted.
  'noTotal',
] as const;
export type BreakdownStatus = (typeof BREAKDOWN_STATUSES)[number];

const TOLERANCE_PERCENT = '1';
/** "1 trillion" is not known to be precise to half a trillion: one digit may be all that there is to print. */
const MOST_TOLERANCE_PERCENT = '5';

/** The largest of 10^12, 10^9, 10^6, 10^3 and 1 in which a figure would be printed, as its power of ten. */
function printedUnit(stated: Decimal): number {
  return [12, 9, 6, 3, 0].find((power) => power <= stated.e) ?? stated.e;
}

/**
 * Half a unit of the last printed digit: of 1.74 trillion 5 billion, of 10 trillion half a trillion. Zeros below the
 * printed unit do not count, others do: "450 billion" is precise to a billion.
 */
function halfOfLastDigit(stated: Decimal): Decimal {
  const lastDigit = stated.e - stated.precision() + 1;
  return new Exact(10).pow(Math.min(lastDigit, printedUnit(stated))).dividedBy(2);
}

/**
 * How far the sum of the parts may lie from a total: 1 % of it or, where more, half a unit of its last printed digit, but at
 * most 5 %: of 1.74 trillion 17.4 billion, of 17 billion half a billion, of 1 trillion 50 billion. A converted total is as
 * precise as the figure that was printed.
 */
function toleranceOf(total: ConvertedFigure): Decimal {
  const amount = statedAmount(total);
  const { face, low, high } = boundsOf(amount);
  const size = face ?? low ?? high ?? new Exact(0);
  const percentOf = (percent: string): Decimal => size.times(percent).dividedBy(100);
  const percent = percentOf(TOLERANCE_PERCENT);
  const stated = new Exact(parseDecimal(total.statedValue ?? amount.value ?? '0'));
  if (face === null || stated.isZero()) return percent;
  const precision = face.times(halfOfLastDigit(stated)).dividedBy(stated);
  return Exact.max(percent, Exact.min(precision, percentOf(MOST_TOLERANCE_PERCENT)));
}

/**
 * How far the parts make up a total, each as stated.
 * @param lacksPart whether a part is not among them: parts at another rate than the total's are left aside likewise
 */
export function statusOf(
  total: ConvertedFigure | null,
  parts: readonly ConvertedFigure[],
  lacksPart: boolean,
): BreakdownStatus {
  if (total === null) return 'noTotal';
  const known = parts.filter((part) => haveOneRate([total, part]));
  const whole = boundsOf(statedAmount(total));
  const sum = known.map((part) => boundsOf(statedAmount(part))).reduce(addBounds, NOTHING);
  const tolerance = toleranceOf(total);
  // No figure is negative, so that what is not stated of a lower bound is at least nothing.
  const residual = subtractBounds({ ...whole, low: whole.low ?? NONE }, { ...sum, low: sum.low ?? NONE });
  if (residual.high?.lessThan(tolerance.negated())) return 'overallocated';
  if (lacksPart || !haveOneRate([total, ...parts])) return 'undetermined';
  if (parts.length === 0) return 'noParts';
  if (residual.low?.greaterThan(tolerance)) return 'partial';
  const isWithin = (bound: Decimal | null): boolean => bound?.abs().lessThanOrEqualTo(tolerance) === true;
  return isWithin(residual.low) && isWithin(residual.high) ? 'complete' : 'undetermined';
}

const NONE: Decimal = new Exact(0);
