import { DomainError } from '../domain/errors.ts';
import type { Amount } from '../domain/money/amount.ts';

const INTEGER_DIGITS = 40;

/**
 * A decimal string in a form whose text order is its numeric order: the integer part padded with zeros. Null stays null.
 * @throws DomainError `malformedDecimal` where the integer part is longer than 40 digits, or the number is negative
 */
export function sortKey(decimal: string | null): string | null {
  if (decimal === null) return null;
  const [integer = '', digits = ''] = decimal.split('.');
  const fraction = digits.replace(/0+$/, '');
  if (integer.length > INTEGER_DIGITS || integer.startsWith('-')) {
    throw new DomainError('malformedDecimal', {
      text: decimal,
      expected: `at most ${INTEGER_DIGITS} digits, not negative`,
    });
  }
  return integer.padStart(INTEGER_DIGITS, '0') + (fraction === '' ? '' : `.${fraction}`);
}

/** Rows sort, and are filtered, by their single value, else by the bound they have. */
export function amountSortKey(amount: Pick<Amount, 'value' | 'low' | 'high'>): string | null {
  return sortKey(amount.value ?? amount.low ?? amount.high);
}
