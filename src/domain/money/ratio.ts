import { Decimal, formatDecimal, parseDecimal } from './decimal.ts';

/** Significant digits with which computed rates and multipliers are shown. */
export const SHOWN_SIGNIFICANT_DIGITS = 12;

/**
 * Quotient of two stated figures, for showing: an implied exchange rate, an implied multiplier. Null where either
 * figure is missing or the denominator is zero. At most 12 significant digits, half-even.
 */
export function impliedRatio(numerator: string | null, denominator: string | null): string | null {
  if (numerator === null || denominator === null) return null;
  const divisor = parseDecimal(denominator);
  if (divisor.isZero()) return null;
  return formatDecimal(
    new Decimal(parseDecimal(numerator)).dividedBy(divisor).toSignificantDigits(SHOWN_SIGNIFICANT_DIGITS),
  );
}
