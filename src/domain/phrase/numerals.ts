import { Decimal, parseDecimal } from '../money/decimal.ts';
import type { PhraseText } from './phrase-text.ts';
import { endOfMatch, endsAt, isDigit, isLetter, matchAt } from './phrase-text.ts';
import { perVocabulary } from './words.ts';

/** A number in digits, with its grouping and decimal marks resolved. */
export interface Numeral {
  readonly end: number;
  readonly value: Decimal;
  readonly isWhole: boolean;
  /** Both numbers that it may be, where its mark may group or not: "5.000" is five or five thousand. */
  readonly readings: readonly Decimal[];
  /** Grouped as in India, "1,97,000": a mistake anywhere else. */
  readonly needsIndia: boolean;
  readonly notes: readonly string[];
  readonly problem: string | null;
}

const NUMERAL = /\d{1,3}(?:(?: \d{3}(?!\d))+|(?:'\d{3}(?!\d))+)(?:[.,]\d+)*|\d+(?:[.,]\d+)*|\.\d+/y;
/** What `Decimal` holds without rounding. */
export const MAX_DIGITS = 40;
export const TOO_MANY_DIGITS = `at most ${MAX_DIGITS} digits`;

/** Digits that a sign ties to the number behind them, or only a space, or a mark set apart from it: "3. 5 trillion". */
const CONTINUED =
  /(?<=\.|[\d,][,_/:'’*^×·、・]|\d *[.,] +|\d |(?<!\d)10 (?:to the (?:power (?:of )?)?|hoch |puissance |elevado a |alla |på |в степени ))/y;
/** What makes of the digits before it another number: a power above them, or an exponent behind them. */
const EXPONENT = /[⁰¹²³⁴-⁹]+|e[+-]?\d{1,3}(?![\d.,a-z])/iy;
/** A year may stand before a figure, "in 2020 3 trillion", or end a clause. */
const YEAR_BEFORE = /(?<=(?:^|[^\d.,])(?:19|20)\d\d *[.,]? +)/y;
const CHARACTER_BEFORE = /(?<=[零〇一二两三四五六七八九十])/y;

/**
 * Whether the number at `at` continues digits that stand before it ("1/2", "1,,5", "12 34 million", "三.5"), so that
 * reading it alone would give a sum the text does not state.
 */
function continuesOtherDigits(phrase: PhraseText, at: number): boolean {
  const { folded } = phrase;
  if (folded.charAt(at) === '.' && endsAt(CHARACTER_BEFORE, folded, at)) return true;
  return endsAt(CONTINUED, folded, at) && !endsAt(YEAR_BEFORE, folded, at) && !isListed(phrase, at);
}

const LIST_BEFORE = /(?<=(?:分别|分別|依次|それぞれ|각각)[^。；;]{0,44}[、,，])/y;
const NUMBER = '(?:[a-z]{0,3}[$€£¥₩₹] ?)?\\d[\\d.]{0,39}(?:,\\d{1,2}(?!\\d))?';
/** "4.2, 5.5 and 6 … respectively", "4,2 bzw. 5,5". */
const listBehindOf = perVocabulary(({ counted: { and, respectively = '(?!)' } }) => {
  const separator = `(?:, (?:(?:and|${and}) )?| (?:and|${and}) )`;
  const behind = `(?:${separator}${NUMBER}){0,8}[^;\\d]{0,40}(?:${respectively})`;
  return new RegExp(`${NUMBER}(?:${behind}| (?:${respectively}) \\d)`, 'y');
});

/** Whether the number at `at` is one of a list that says so: "分别为54.6、59.4、64.4万亿元". */
export function isListed(phrase: PhraseText, at: number): boolean {
  if (endsAt(LIST_BEFORE, phrase.folded, at)) return true;
  return matchAt(listBehindOf(phrase.vocabulary), phrase, at) !== null;
}

function swapMarks(text: string): string {
  return text.replace(/[.,]/g, (mark) => (mark === '.' ? ',' : '.'));
}

const MAY_BE_GROUPED = /^[1-9]\d{0,2}\.\d\d0$/;

/** A decimal point, where there is one, behind plain digits or digits grouped by commas. */
const POINT_IS_DECIMAL = /^(?:(?:0|[1-9]\d*|[1-9]\d{0,2}(?:,\d{3})+)(?:\.\d+)?|\.\d+)$/;
const POINTS_GROUP = /^[1-9]\d{0,2}(?:\.\d{3}){2,}$/;
/** A lone comma followed by three digits groups ("1,234"); followed by one or two it can only be a decimal comma ("1,42"). */
const COMMA_IS_DECIMAL = /^(?:(?:0|[1-9]\d*),\d{1,2}|0,\d+|[1-9]\d{0,2}(?:\.\d{3})+,\d+)$/;

const INDIAN = /^[1-9]\d?(?:,\d\d)+,\d{3}(?:\.\d+)?$/;

/** Resolves grouping and decimal marks to a plain decimal, or null where no reading is the only one. */
function resolveMarks(text: string): string | null {
  if (POINT_IS_DECIMAL.test(text)) return text.replaceAll(',', '').replace(/^\./, '0.');
  if (POINTS_GROUP.test(text)) return text.replaceAll('.', '');
  return COMMA_IS_DECIMAL.test(text) ? text.replaceAll('.', '').replace(',', '.') : null;
}

/** Digits grouped by spaces begin with no zero, and have one mark at most. */
const NOT_SPACED = /^0|[.,].*[.,]/;

/** Fractions in one character, and those of them that are exact decimals. */
const FRACTION = /^[¼-¾⅐-⅟↉⁄]$/;
export const FRACTIONS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    '½': '0.5',
    '¼': '0.25',
    '¾': '0.75',
    '⅕': '0.2',
    '⅖': '0.4',
    '⅗': '0.6',
    '⅘': '0.8',
    '⅛': '0.125',
    '⅜': '0.375',
    '⅝': '0.625',
    '⅞': '0.875',
  }),
);

/** In digits, before a word. Those that are no exact decimals may be dates. */
const DIGIT_FRACTION = /([1-7])\/([248])(?= ?-?[a-z])/y;

/** The fraction at a place, "½" or "1/2"; its value is null where no decimal is equal to it. */
function readFraction(phrase: PhraseText, at: number): { end: number; value: Decimal | null } | null {
  const character = phrase.folded.charAt(at);
  const exact = FRACTIONS.get(character);
  if (FRACTION.test(character))
    return { end: at + 1, value: exact === undefined ? null : new Decimal(exact) };
  const [printed = '', part = '0', whole = '1'] = matchAt(DIGIT_FRACTION, phrase, at) ?? [];
  const value = new Decimal(part).div(whole);
  return value.isZero() || value.greaterThanOrEqualTo(1) ? null : { end: at + printed.length, value };
}

/** The same digits are asked for as a number of either script, and as the tail of a range before they are a head. */
let last: { readonly phrase: PhraseText; readonly at: number; readonly numeral: Numeral | null } | null =
  null;

/** The number in digits that starts at `at`, or null where none does. */
export function readNumeral(phrase: PhraseText, at: number): Numeral | null {
  if (last?.phrase !== phrase || last.at !== at) last = { phrase, at, numeral: resolveNumeral(phrase, at) };
  return last.numeral;
}

const PART = { isWhole: false, readings: [], needsIndia: false, notes: [], problem: null };
const NO_FRACTION = 'a number with a decimal mark, not a fraction';

function resolveNumeral(phrase: PhraseText, at: number): Numeral | null {
  const before = phrase.folded.charAt(at - 1);
  if (phrase.folded.charAt(at) === '.' && (isDigit(before) || isLetter(before) || before === '.'))
    return null;
  const alone = isDigit(before) ? null : readFraction(phrase, at);
  NUMERAL.lastIndex = at;
  const printed = NUMERAL.exec(phrase.folded)?.[0];
  if (printed === undefined && alone === null) return null;
  const end = alone?.end ?? at + (printed?.length ?? 0);
  const refused = (problem: string): Numeral => ({
    ...PART,
    end,
    value: new Decimal(0),
    isWhole: true,
    problem,
  });
  if (continuesOtherDigits(phrase, at)) return refused('a number apart from the digits before it');
  const exponent = endOfMatch(EXPONENT, phrase, end);
  if (exponent > end)
    return { ...refused('a number with a magnitude word, such as 5 billion'), end: exponent };
  if (printed === undefined || alone !== null)
    return alone?.value ? { ...PART, end, value: alone.value } : refused(NO_FRACTION);
  const joined = printed.replaceAll(/[ ']/g, '');
  const marked = phrase.vocabulary.hasDecimalComma ? swapMarks(joined) : joined;
  const needsIndia = INDIAN.test(joined);
  const plain =
    joined !== printed && NOT_SPACED.test(joined)
      ? null
      : (resolveMarks(marked) ?? (needsIndia ? joined.replaceAll(',', '') : null));
  if (plain === null) return refused('digits grouped in threes, with one decimal mark');
  if (plain.replace('.', '').length > MAX_DIGITS) return refused(TOO_MANY_DIGITS);
  const value = parseDecimal(plain);
  const isApart = phrase.folded.charAt(end) === ' ' && /^\d{1,3}$/.test(printed);
  const part = readFraction(phrase, isApart ? end + 1 : end);
  if (part !== null && (isApart || FRACTION.test(phrase.folded.charAt(end)))) {
    if (part.value === null || plain.includes('.')) return refused(NO_FRACTION);
    return { ...PART, end: part.end, value: value.plus(part.value) };
  }
  const notes = COMMA_IS_DECIMAL.test(marked)
    ? [
        `The ${phrase.vocabulary.hasDecimalComma ? 'point' : 'comma'} in "${printed}" is a decimal ${phrase.vocabulary.hasDecimalComma ? 'point' : 'comma'}.`,
      ]
    : [];
  const isWhole = !plain.includes('.');
  const readings = MAY_BE_GROUPED.test(marked) ? [value, parseDecimal(marked.replace('.', ''))] : [];
  return {
    end,
    value,
    isWhole,
    readings,
    needsIndia: needsIndia && !phrase.vocabulary.isIndian,
    notes,
    problem: null,
  };
}

/** The sum of numbers, or null where 40 digits do not hold it exactly. */
export function sumExactly([first, ...others]: readonly Decimal[]): Decimal | null {
  let sum = first ?? new Decimal(0);
  for (const number of others) {
    const next = sum.plus(number);
    if (!next.minus(sum).equals(number) || !next.minus(number).equals(sum)) return null;
    sum = next;
  }
  return sum;
}

const POWERS_OF_TEN = Array.from({ length: MAX_DIGITS }, (_, exponent) => new Decimal(10).pow(exponent));

export function powerOfTen(exponent: number): Decimal {
  return POWERS_OF_TEN[exponent] ?? new Decimal(10).pow(exponent);
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
  /** Both numbers that it may be, where only the language would tell. */
  readonly readings: readonly Decimal[];
  /** Whether its digits are grouped as in India, which its currency must confirm. */
  readonly needsIndia: boolean;
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
  readings: [],
  needsIndia: false,
  notes: [],
  problem: null,
};
