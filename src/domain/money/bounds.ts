import type { FigureAmount } from './amount.ts';
import { Decimal, formatDecimal, parseDecimal } from './decimal.ts';

/* The interval arithmetic with which figures are added of which some are only bounds. */

/**
 * Decimals that add up exactly: a sum of figures of 40 significant digits and very different sizes needs more than 40.
 */
export const Exact = Decimal.clone({ precision: 400 });

/**
 * Bounds of a figure or of a sum, and its face value: the number that stands in the document, whatever qualifies it.
 * An approximate figure counts at its face value for both bounds, and marks the result.
 */
export interface Bounds {
  readonly face: Decimal | null;
  readonly low: Decimal | null;
  readonly high: Decimal | null;
  readonly approximate: boolean;
}

/** A computed sum of money, in the form of an amount: see `Amount`, and `shownBounds` for what differs. */
export interface ComputedAmount extends Omit<FigureAmount, 'currency'> {
  /** Whether any figure in it is approximate, so that its bounds are approximate too. */
  readonly approximate: boolean;
}

function exactly(text: string | null): Decimal | null {
  return text === null ? null : new Exact(parseDecimal(text));
}

/** The value, whether exact, approximate or a bound; the one value of a range without width; else null. */
export function faceOf({ value, low, high }: FigureAmount): Decimal | null {
  if (value !== null) return exactly(value);
  return low !== null && low === high ? exactly(low) : null;
}

export const NOTHING: Bounds = {
  face: new Exact(0),
  low: new Exact(0),
  high: new Exact(0),
  approximate: false,
};

/** What an amount says of the true figure. A bound that the document does not state is not supplied, not even zero. */
export function boundsOf(amount: FigureAmount): Bounds {
  const face = faceOf(amount);
  switch (amount.qualifier) {
    case 'exact':
      return { face, low: face, high: face, approximate: false };
    case 'approximately':
      return { face, low: face, high: face, approximate: true };
    case 'atLeast':
      return { face, low: exactly(amount.low ?? amount.value), high: null, approximate: false };
    case 'atMost':
      return { face, low: null, high: exactly(amount.high ?? amount.value), approximate: false };
    case 'range':
    case 'indefinite':
      return { face, low: exactly(amount.low), high: exactly(amount.high), approximate: false };
  }
}

/** Null where either number is not known. */
function combined(one: Decimal | null, operation: 'plus' | 'minus', other: Decimal | null): Decimal | null {
  return one === null || other === null ? null : one[operation](other);
}

export function addBounds(one: Bounds, other: Bounds): Bounds {
  return {
    face: combined(one.face, 'plus', other.face),
    low: combined(one.low, 'plus', other.low),
    high: combined(one.high, 'plus', other.high),
    approximate: one.approximate || other.approximate,
  };
}

/** The lowest difference takes the highest of what is subtracted, and the other way round. */
export function subtractBounds(one: Bounds, other: Bounds): Bounds {
  return {
    face: combined(one.face, 'minus', other.face),
    low: combined(one.low, 'minus', other.high),
    high: combined(one.high, 'minus', other.low),
    approximate: one.approximate || other.approximate,
  };
}

/**
 * The bounds as an amount, so that "at least" reads the same in a figure and in a sum. `value` is the arithmetic of the
 * face values, null where one figure has none. It differs from a stated amount in two ways: `atMost` may be without a
 * value, and `indefinite` (neither bound is known: "over 10" less "over 5") keeps its value, which then bounds nothing.
 */
export function shownBounds({ face, low, high, approximate }: Bounds): ComputedAmount {
  const shown = (decimal: Decimal | null): string | null =>
    decimal === null ? null : formatDecimal(decimal);
  const bounds = { low: shown(low), high: shown(high), approximate };
  if (low !== null && high !== null && low.equals(high)) {
    return approximate
      ? { value: shown(low), low: null, high: null, qualifier: 'approximately', approximate }
      : { value: shown(low), ...bounds, qualifier: 'exact' };
  }
  const withLow = high === null ? 'atLeast' : 'range';
  const withoutLow = high === null ? 'indefinite' : 'atMost';
  return { value: shown(face), ...bounds, qualifier: low === null ? withoutLow : withLow };
}

/** An amount with each of its numbers changed alike. */
export function mapAmount(amount: FigureAmount, change: (figure: Decimal) => Decimal): FigureAmount {
  const changed = (text: string | null): string | null =>
    text === null ? null : formatDecimal(change(new Exact(parseDecimal(text))));
  return { ...amount, value: changed(amount.value), low: changed(amount.low), high: changed(amount.high) };
}

/** The one in the middle of values in order, the mean of the two where their number is even; null of nothing. */
export function medianOf(sorted: readonly Decimal[]): Decimal | null {
  // Halves of whole numbers, rounded down: the same value twice where the count is odd.
  const [lower, upper] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
  return lower === undefined || upper === undefined ? null : lower.plus(upper).dividedBy(2);
}
