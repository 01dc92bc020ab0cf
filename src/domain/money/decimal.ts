import { Decimal as DecimalJs } from 'decimal.js';
import { DomainError } from '../errors.ts';

/**
 * Exact decimal arithmetic for amounts and rates: a private clone of decimal.js with 40 significant digits and
 * half-even rounding. It is a clone so that no other user of decimal.js in the process can change these settings.
 */
export const Decimal = DecimalJs.clone({
  precision: 40,
  rounding: DecimalJs.ROUND_HALF_EVEN,
  toExpNeg: -9e15,
  toExpPos: 9e15,
});
export type Decimal = DecimalJs;

const DECIMAL_STRING = /^-?(?:0|[1-9]\d*)(?:\.\d+)?$/;
const MAX_SIGNIFICANT_DIGITS = 40;

/**
 * Reads a plain decimal string: digits with an optional minus sign and fraction, no exponent, no grouping, no
 * leading zeros. At most 40 significant digits, so that nothing is rounded on the way in.
 * @throws DomainError `malformedDecimal`
 */
export function parseDecimal(text: string): Decimal {
  const refusal = (expected: string): DomainError =>
    new DomainError('malformedDecimal', { text: text.slice(0, 80), expected });
  if (!DECIMAL_STRING.test(text)) throw refusal('a plain decimal such as 3000000000000 or 0.5');
  const parsed = new Decimal(text);
  if (parsed.precision() <= MAX_SIGNIFICANT_DIGITS) return parsed;
  throw refusal(`at most ${MAX_SIGNIFICANT_DIGITS} significant digits`);
}

export const MOST_MONEY_DIGITS = 24;
export const MONEY_PLACES = 12;
/** What a sum of money may be where it is stated, asked for or converted: in 40 digits there is room for any rate. */
export const MONEY = /^(?:0|[1-9]\d{0,23})(?:\.\d{1,12})?$/;
export const MONEY_FORM = `a plain decimal such as 3000000000000 or 0.5, of at most ${MOST_MONEY_DIGITS} digits and ${MONEY_PLACES} decimals`;

/** @throws DomainError `malformedDecimal` where a sum of money that is stated has too many digits */
export function checkMoney(...texts: readonly (string | null)[]): void {
  for (const text of texts)
    if (text !== null && !MONEY.test(text)) {
      throw new DomainError('malformedDecimal', { text: text.slice(0, 80), expected: MONEY_FORM });
    }
}

/** The wire form: a plain decimal string without exponent and without trailing zeros; zero is `0`, never `-0`. */
export function formatDecimal(value: Decimal): string {
  return value.isZero() ? '0' : value.toFixed();
}

const SHOWN_SIGNIFICANT_DIGITS = 12;

/** A computed rate, multiplier or percentage for showing: 12 significant digits, half-even. */
export function formatRatio(value: Decimal): string {
  return formatDecimal(value.toSignificantDigits(SHOWN_SIGNIFICANT_DIGITS));
}

/** Quotient of two stated figures, for showing. Null where either is missing or the denominator is zero. */
export function impliedRatio(numerator: string | null, denominator: string | null): string | null {
  if (numerator === null || denominator === null) return null;
  const divisor = parseDecimal(denominator);
  return divisor.isZero() ? null : formatRatio(parseDecimal(numerator).dividedBy(divisor));
}

export const SHARE_PLACES = 12;

/** A share for showing: 12 decimal places, half-even. */
export function formatShare(share: Decimal): string {
  return formatDecimal(share.toDecimalPlaces(SHARE_PLACES));
}
