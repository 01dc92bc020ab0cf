import type { Decimal } from './decimal.ts';
import { formatDecimal, parseDecimal } from './decimal.ts';

const SHOWN_SIGNIFICANT_DIGITS = 12;

/** A computed rate, multiplier or percentage for showing: 12 significant digits, half-even. */
export function shownRatio(value: Decimal): string {
  return formatDecimal(value.toSignificantDigits(SHOWN_SIGNIFICANT_DIGITS));
}

/** Quotient of two stated figures, for showing. Null where either is missing or the denominator is zero. */
export function impliedRatio(numerator: string | null, denominator: string | null): string | null {
  if (numerator === null || denominator === null) return null;
  const divisor = parseDecimal(denominator);
  return divisor.isZero() ? null : shownRatio(parseDecimal(numerator).dividedBy(divisor));
}
