import type { Decimal } from '../money/decimal.ts';

/** A number with its magnitude words, wherever it stands; currency and qualifiers are read by others. */
export interface Quantity {
  /** The place after its last character. */
  readonly end: number;
  /** Its value, or the least it can be where it is indefinite. Meaningless where `problem` is not null. */
  readonly value: Decimal;
  /** The upper end where the number itself is a span, as "两三万亿" (two or three trillion) is. */
  readonly high: Decimal | null;
  /** What one unit of its first number is worth, which "2" borrows in "2-3 trillion"; null for a bare number. */
  readonly unit: Decimal | null;
  /** "3" and 1000 in "3千亿": "2到3千亿" means two thousand, not two. */
  readonly leading: { readonly digit: Decimal; readonly factor: Decimal } | null;
  /** Whether it leaves its number open: "several trillion", "数万亿". Its value then counts the open number as two. */
  readonly isIndefinite: boolean;
  /** Says "and more" inside the figure: "9000多亿", "5+ trillion". */
  readonly andMore: boolean;
  /** Whether its magnitude alone makes it a sum; "5m", "三百" and "2020" need a currency beside them. */
  readonly standsAlone: boolean;
  /** How an unusual notation was read, a sentence each. */
  readonly notes: readonly string[];
  /** What a readable figure would look like, where this one cannot be read. */
  readonly problem: string | null;
}

/** What a number has that stands without words. */
export const BARE_NUMBER: Omit<Quantity, 'end' | 'value'> = {
  high: null,
  unit: null,
  leading: null,
  isIndefinite: false,
  andMore: false,
  standsAlone: false,
  notes: [],
  problem: null,
};
