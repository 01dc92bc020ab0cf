import { Decimal, parseDecimal } from '../money/decimal.ts';
import type { PhraseText } from './phrase-text.ts';
import { isDigit, isLetter } from './phrase-text.ts';

/** A number in digits, with its grouping and decimal marks resolved. */
export interface Numeral {
  readonly end: number;
  readonly value: Decimal;
  readonly isWhole: boolean;
  /** "5.000" is five or five thousand: only a magnitude word after it tells that the point is a decimal one. */
  readonly mayBeGrouped: boolean;
  readonly notes: readonly string[];
  readonly problem: string | null;
}

const NUMERAL = /\d{1,3}(?: \d{3}(?!\d))+(?:[.,]\d+)*|\d+(?:[.,]\d+)*|\.\d+/y;
/** What `Decimal` holds without rounding. */
export const MAX_DIGITS = 40;
export const TOO_MANY_DIGITS = `at most ${MAX_DIGITS} digits`;

/** Signs that tie a number to the digits before them: what follows is not a number of its own. */
const TIES = /^[,_/:'’*^×·、・]$/;
/** A mark set apart from the number behind it: "3. 5 trillion", "3, 500 billion". After a year, it ends a clause. */
const SPACED_MARK = /\d *[.,] +$/;
const YEAR_AND_MARK = /(?:^|[^\d.,])(?:19|20)\d\d *[.,] +$/;
const YEAR = /(?:^|[^\d.,])(?:19|20)\d\d$/;

/**
 * Whether the number at `at` continues digits that stand before it ("1/2", "1,,5", "12 34 million"), so that reading
 * it alone would give a sum the text does not state. A year may stand before a figure: "in 2020 3 trillion".
 */
function continuesOtherDigits(phrase: PhraseText, at: number): boolean {
  const before = phrase.folded.charAt(at - 1);
  const beforeThat = phrase.folded.charAt(at - 2);
  if (before === '.') return true;
  if (phrase.folded.charAt(at) === '.' && /[零〇一二两三四五六七八九十]/.test(before)) return true;
  if (TIES.test(before)) return isDigit(beforeThat) || beforeThat === ',';
  if (before !== ' ') return false;
  const near = phrase.folded.slice(Math.max(0, at - 12), at);
  if (SPACED_MARK.test(near)) return !YEAR_AND_MARK.test(near);
  if (!isDigit(beforeThat)) return false;
  return !YEAR.test(phrase.folded.slice(Math.max(0, at - 6), at - 1));
}

const GROUPS = { ',': /^[1-9]\d{0,2}(?:,\d{3})+$/, '.': /^[1-9]\d{0,2}(?:\.\d{3})+$/ } as const;
const MAY_BE_GROUPED = /^[1-9]\d{0,2}\.\d\d0$/;
const WHOLE = /^(?:0|[1-9]\d*)$/;

function withoutMarks(text: string): string {
  return text.replaceAll(',', '').replaceAll('.', '');
}

/** The part before a decimal mark: plain digits, or digits grouped by the other mark. */
function wholePart(text: string, grouping: ',' | '.'): string | null {
  if (WHOLE.test(text)) return text;
  return GROUPS[grouping].test(text) ? withoutMarks(text) : null;
}

/**
 * Resolves grouping and decimal marks to a plain decimal, or null where no reading is the only one. A lone comma
 * followed by three digits groups ("1,234"); followed by one or two it can only be a decimal comma ("1,42").
 */
function resolveMarks(text: string): { plain: string; decimalComma: boolean } | null {
  const lastComma = text.lastIndexOf(',');
  const lastPoint = text.lastIndexOf('.');
  if (text.startsWith('.')) return { plain: `0${text}`, decimalComma: false };
  if (GROUPS[','].test(text)) return { plain: withoutMarks(text), decimalComma: false };
  if (text.indexOf('.') !== lastPoint && GROUPS['.'].test(text)) {
    return { plain: withoutMarks(text), decimalComma: false };
  }
  if (lastPoint > lastComma) {
    const whole = wholePart(text.slice(0, lastPoint), ',');
    return whole === null ? null : { plain: `${whole}.${text.slice(lastPoint + 1)}`, decimalComma: false };
  }
  if (lastComma > lastPoint) {
    const whole = wholePart(text.slice(0, lastComma), '.');
    const fraction = text.slice(lastComma + 1);
    const couldGroup = fraction.length >= 3 && lastPoint === -1 && whole !== '0';
    return whole === null || couldGroup ? null : { plain: `${whole}.${fraction}`, decimalComma: true };
  }
  return WHOLE.test(text) ? { plain: text, decimalComma: false } : null;
}

/** Digits grouped by spaces become digits alone; any fraction stays. */
function joinSpacedGroups(text: string): string | null {
  if (!text.includes(' ')) return text;
  const joined = text.replaceAll(' ', '');
  const startsWithZero = joined.startsWith('0');
  const marks = joined.length - withoutMarks(joined).length;
  return startsWithZero || marks > 1 ? null : joined;
}

/** Reads the number in digits that starts at `at`, or gives null where none does. */
export function readNumeral(phrase: PhraseText, at: number): Numeral | null {
  const before = phrase.folded.charAt(at - 1);
  if (phrase.folded.charAt(at) === '.' && (isDigit(before) || isLetter(before) || before === '.'))
    return null;
  NUMERAL.lastIndex = at;
  const printed = NUMERAL.exec(phrase.folded)?.[0];
  if (printed === undefined) return null;
  const end = at + printed.length;
  const refused = (problem: string): Numeral => {
    return { end, value: new Decimal(0), isWhole: true, mayBeGrouped: false, notes: [], problem };
  };
  if (continuesOtherDigits(phrase, at)) return refused('a number apart from the digits before it');
  const joined = joinSpacedGroups(printed);
  const resolved = joined === null ? null : resolveMarks(joined);
  if (resolved === null) return refused('digits grouped in threes, with one decimal mark');
  if (resolved.plain.replace('.', '').length > MAX_DIGITS) return refused(TOO_MANY_DIGITS);
  const value = parseDecimal(resolved.plain);
  const notes = resolved.decimalComma ? [`The comma in "${printed}" is a decimal comma.`] : [];
  const isWhole = !resolved.plain.includes('.');
  return { end, value, isWhole, mayBeGrouped: MAY_BE_GROUPED.test(printed), notes, problem: null };
}

/** The sum of numbers, or null where 40 digits do not hold it exactly. */
export function sumExactly(numbers: readonly Decimal[]): Decimal | null {
  let sum = new Decimal(0);
  for (const number of numbers) {
    const next = sum.plus(number);
    if (!next.minus(sum).equals(number) || !next.minus(number).equals(sum)) return null;
    sum = next;
  }
  return sum;
}

export function powerOfTen(exponent: number): Decimal {
  return new Decimal(10).pow(exponent);
}

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
