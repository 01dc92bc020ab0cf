import { DomainError } from '../errors.ts';
import type { Given } from '../given.ts';
import { formatDecimal, parseDecimal } from './decimal.ts';

/** How the words around a figure qualify it. */
export const QUALIFIERS = ['exact', 'approximately', 'atLeast', 'atMost', 'range', 'indefinite'] as const;
export type Qualifier = (typeof QUALIFIERS)[number];

/** The numbers of an amount, as stated or converted. */
export interface FigureAmount {
  readonly value: string | null;
  readonly low: string | null;
  readonly high: string | null;
  readonly qualifier: Qualifier;
  /** ISO 4217 alphabetic code. */
  readonly currency: string;
}

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
export interface Amount extends FigureAmount {
  /** The figure as printed, in its own script: "17.1 trillion yuan", "2.5万亿元". */
  readonly asStated: string;
  /** How an indefinite wording or an open range was read; null where the figure needs no reading. */
  readonly interpretation: string | null;
  /** Of a range: its ends are approximate, as in "about 2-3 trillion". Left out of every other amount. */
  readonly approximate?: boolean | undefined;
}

const CURRENCY_CODE = /^[A-Z]{3}$/;

/** What a field may hold. */
interface Rule {
  readonly expected: string;
  readonly holds: (found: string | null, amount: Amount) => boolean;
}

const NONE: Rule = { expected: 'null', holds: (found) => found === null };
const SOME: Rule = { expected: 'a decimal string', holds: (found) => found !== null };
const VALUE: Rule = { expected: 'the value', holds: (found, { value }) => found === value };
const LOW: Rule = {
  expected: 'the low bound, or null',
  holds: (found, { low }) => found === null || found === low,
};
const READING: Rule = { ...SOME, expected: 'how the words were read' };

type RuledField = Exclude<keyof Amount, 'approximate'>;

/** The table of `Amount`, each row in the order in which its fields are looked at. */
const RULES: Readonly<Record<Qualifier, Partial<Record<RuledField, Rule>>>> = {
  exact: { value: SOME, low: VALUE, high: VALUE },
  approximately: { value: SOME, low: NONE, high: NONE },
  atLeast: { low: SOME, value: LOW, high: NONE },
  atMost: { value: SOME, high: VALUE, low: NONE },
  range: { value: NONE, low: SOME, high: SOME },
  indefinite: { value: NONE, high: NONE, interpretation: READING },
};

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
  if (amount.approximate && qualifier !== 'range') refuse('approximate', 'left out, but of a range');
  if (!CURRENCY_CODE.test(amount.currency)) refuse('currency', 'an ISO 4217 code such as CNY');
  for (const [field, { expected, holds }] of Object.entries(RULES[qualifier])) {
    if (!holds(amount[field as RuledField], amount)) refuse(field as RuledField, expected);
  }
  if (low !== null && high !== null && parseDecimal(low).greaterThan(parseDecimal(high))) {
    throw new DomainError('reversedRange', { low, high });
  }
  return amount;
}

/**
 * An amount of which parts were left out that follow from the others: the bounds from qualifier and value, the value from
 * the bounds, `exact` or `range` from two bounds. What is given stays as it is, also where it is null.
 * @returns what `checkAmount` is yet to look at; null where the words must be read
 */
export function completeAmount(given: Given<Amount>): Amount | null {
  const { value, low, high, currency, asStated, interpretation } = given;
  const qualifier = given.qualifier ?? qualifierOfBounds(given);
  if (qualifier === undefined || currency === undefined || asStated === undefined) return null;
  const known = [value, low, high].find((number) => typeof number === 'string') ?? null;
  if (qualifier === 'indefinite' ? interpretation === undefined : known === null) return null;
  if (qualifier === 'range' && (low === undefined || high === undefined)) return null;
  const isLow = qualifier === 'exact' || qualifier === 'atLeast';
  const isHigh = qualifier === 'exact' || qualifier === 'atMost';
  // The lower bound of "5-7 trillion or more" is no value.
  const isValue = isHigh || qualifier === 'approximately';
  return {
    value: value === undefined && isValue ? known : (value ?? null),
    low: low === undefined && isLow ? known : (low ?? null),
    high: high === undefined && isHigh ? known : (high ?? null),
    qualifier,
    currency,
    asStated,
    interpretation: interpretation ?? null,
    ...(given.approximate && { approximate: true }),
  };
}

function qualifierOfBounds({ value, low, high }: Given<Amount>): Qualifier | undefined {
  if (typeof low !== 'string' || typeof high !== 'string') return undefined;
  if (low === high) return 'exact';
  return typeof value === 'string' ? undefined : 'range';
}

/**
 * Whether two amounts say the same: numbers, qualifier and currency; the wording may differ. Whether a range is approximate
 * is not looked at: records of before say nothing of it.
 */
export function sameAmount(one: FigureAmount | Amount, other: FigureAmount | Amount): boolean {
  return (['value', 'low', 'high', 'qualifier', 'currency'] as const).every(
    (field) => one[field] === other[field],
  );
}

/** Whether an amount states no point value, so that its face value, where it has one, is only a bound. */
export function isBoundOnly({ qualifier }: Pick<FigureAmount, 'qualifier'>): boolean {
  return qualifier !== 'exact' && qualifier !== 'approximately';
}

/** The numbers of an amount alone. */
export function numbersOf({ value, low, high, qualifier, currency }: FigureAmount): FigureAmount {
  return { value, low, high, qualifier, currency };
}
