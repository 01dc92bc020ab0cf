import { DomainError } from '../errors.ts';
import { formatDecimal, parseDecimal } from './decimal.ts';

/** How the words around a figure qualify it. */
export const QUALIFIERS = ['exact', 'approximately', 'atLeast', 'atMost', 'range', 'indefinite'] as const;
export type Qualifier = (typeof QUALIFIERS)[number];

/**
 * A sum of money as a document states it. `value`, `low` and `high` are plain decimal strings in whole units of
 * `currency` (3 trillion yuan is "3000000000000"), or null where the words give none:
 *
 * | qualifier     | value | low | high |
 * |---------------|-------|-----|------|
 * | exact         | v     | v   | v    |
 * | approximately | v     | -   | -    |
 * | atLeast       | v, or null where a range has an open end ("5-7 trillion or more") | bound | - |
 * | atMost        | v     | -   | v    |
 * | range         | -     | low | high |
 * | indefinite    | -     | a bound only where the words give one | - |
 */
export interface Amount {
  readonly value: string | null;
  readonly low: string | null;
  readonly high: string | null;
  readonly qualifier: Qualifier;
  /** ISO 4217 alphabetic code. */
  readonly currency: string;
  /** The figure as printed, in its own script: "17.1 trillion yuan", "2.5万亿元". */
  readonly asStated: string;
  /** How an indefinite wording or an open range was read; null where the figure needs no reading. */
  readonly interpretation: string | null;
}

const CURRENCY_CODE = /^[A-Z]{3}$/;

/**
 * Checks that an amount's numbers are those which its qualifier allows.
 * @throws DomainError `inconsistentAmount` naming the field, `malformedDecimal`, `reversedRange`, `negativeFigure`
 */
export function checkAmount(amount: Amount): Amount {
  const { value, low, high, qualifier } = amount;
  const refuse = (field: keyof Amount, expected: string): never => {
    throw new DomainError('inconsistentAmount', { field, qualifier, found: amount[field], expected });
  };
  for (const text of [value, low, high]) {
    if (text !== null && parseDecimal(text).isNegative()) throw new DomainError('negativeFigure', { text });
    if (text !== null && formatDecimal(parseDecimal(text)) !== text) {
      throw new DomainError('malformedDecimal', { text, expected: formatDecimal(parseDecimal(text)) });
    }
  }
  if (!CURRENCY_CODE.test(amount.currency)) refuse('currency', 'an ISO 4217 code such as CNY');
  switch (qualifier) {
    case 'exact':
      if (value === null) refuse('value', 'a decimal string');
      if (low !== value) refuse('low', 'the value');
      if (high !== value) refuse('high', 'the value');
      break;
    case 'approximately':
      if (value === null) refuse('value', 'a decimal string');
      if (low !== null) refuse('low', 'null');
      if (high !== null) refuse('high', 'null');
      break;
    case 'atLeast':
      if (low === null) refuse('low', 'a decimal string');
      if (value !== null && value !== low) refuse('value', 'the low bound, or null');
      if (high !== null) refuse('high', 'null');
      break;
    case 'atMost':
      if (value === null) refuse('value', 'a decimal string');
      if (high !== value) refuse('high', 'the value');
      if (low !== null) refuse('low', 'null');
      break;
    case 'range':
      if (value !== null) refuse('value', 'null');
      if (low === null) refuse('low', 'a decimal string');
      if (high === null) refuse('high', 'a decimal string');
      break;
    case 'indefinite':
      if (value !== null) refuse('value', 'null');
      if (high !== null) refuse('high', 'null');
      if (amount.interpretation === null) refuse('interpretation', 'how the words were read');
      break;
  }
  if (low !== null && high !== null && parseDecimal(low).greaterThan(parseDecimal(high))) {
    throw new DomainError('reversedRange', { low, high });
  }
  return amount;
}

/** Whether two amounts say the same: numbers, qualifier and currency; the wording may differ. */
export function sameAmount(one: Amount, other: Amount): boolean {
  return (
    one.value === other.value &&
    one.low === other.low &&
    one.high === other.high &&
    one.qualifier === other.qualifier &&
    one.currency === other.currency
  );
}
