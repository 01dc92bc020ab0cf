import { Decimal } from '../money/decimal.ts';
import type { Numeral } from './numerals.ts';
import { MAX_DIGITS, powerOfTen, readNumeral, sumExactly, TOO_MANY_DIGITS } from './numerals.ts';
import type { PhraseText } from './phrase-text.ts';
import { isDigit, skipSpaces } from './phrase-text.ts';

/** Characters of numbers, in the simplified form of `PhraseText.lower`; a digit's place in the list is its value. */
const DIGIT_CHARACTERS = [
  '零〇',
  '一壹일',
  '二两贰이',
  '三叁삼',
  '四肆사',
  '五伍오',
  '六陆육',
  '七柒칠',
  '八捌팔',
  '九玖구',
];
const DIGITS = new Map(
  DIGIT_CHARACTERS.flatMap((characters, value) => [...characters].map((one) => [one, value] as const)),
);
const SMALL_UNITS = unitTable([
  ['十拾십', 10],
  ['百佰백', 100],
  ['千仟천', 1000],
]);
/** The units of four digits, by which sections are multiplied. */
export const BIG_UNITS = unitTable([
  ['万만', powerOfTen(4)],
  ['亿억', powerOfTen(8)],
  ['兆조', powerOfTen(12)],
]);
const INDEFINITE_DIGITS = '数几수몇';
const AND_MORE = '多余几여';
export const HANGUL = /[가-힣]/;

/** 总数, 人数 and the like end a noun in 数, which is then no number. */
const NOUN_BEFORE_INDEFINITE = /[人总指系户参函点多少次倍基]$/;

function unitTable<Value>(rows: readonly (readonly [string, Value])[]): ReadonlyMap<string, Value> {
  return new Map(rows.flatMap(([characters, value]) => [...characters].map((one) => [one, value] as const)));
}

/** One number among units: "3" and "5" in 3万5千亿. */
export interface Slot extends Omit<Numeral, 'mayBeGrouped'> {
  /** The second digit of "两三". */
  readonly pairHigh: number | null;
  readonly isIndefinite: boolean;
  readonly isArabic: boolean;
}

const PLAIN_SLOT = {
  pairHigh: null,
  isIndefinite: false,
  isArabic: false,
  isWhole: true,
  notes: [],
  problem: null,
};

function digitAt(phrase: PhraseText, at: number): number | undefined {
  return DIGITS.get(phrase.lower.charAt(at));
}

/** A unit greater than ten: after 超, it can stand without a number. Ten is a number by itself. */
export function isUnitAboveTen(character: string): boolean {
  return BIG_UNITS.has(character) || (SMALL_UNITS.get(character) ?? 0) > 10;
}

export function isUnit(character: string): boolean {
  return SMALL_UNITS.has(character) || BIG_UNITS.has(character);
}

/** Whether a 零 at `at` only fills a gap, as in 一万零五百 and 1万亿零500亿. */
function isGapZero(phrase: PhraseText, at: number): boolean {
  return (
    digitAt(phrase, at) === 0 &&
    (digitAt(phrase, at + 1) !== undefined || isDigit(phrase.lower.charAt(at + 1)))
  );
}

function readDigitRun(phrase: PhraseText, at: number): { end: number; digits: readonly number[] } {
  const digits: number[] = [];
  let end = at;
  for (let digit = digitAt(phrase, end); digit !== undefined; digit = digitAt(phrase, end)) {
    digits.push(digit);
    end += 1;
  }
  return { end, digits };
}

/** Digits written as characters: one ("三"), two neighbours ("两三"), a place for each ("一五〇"), a decimal ("一点五"). */
function readCharacterSlot(phrase: PhraseText, at: number): Slot | null {
  const { end, digits } = readDigitRun(phrase, at);
  const [first, second] = digits;
  if (first === undefined) return null;
  const decimals = /[点.．]/.test(phrase.lower.charAt(end))
    ? readDigitRun(phrase, end + 1)
    : { end, digits: [] };
  if (digits.length + decimals.digits.length > MAX_DIGITS) {
    return { ...PLAIN_SLOT, end: decimals.end, value: new Decimal(0), problem: TOO_MANY_DIGITS };
  }
  if (decimals.digits.length > 0) {
    const value = new Decimal(`${digits.join('')}.${decimals.digits.join('')}`);
    return { ...PLAIN_SLOT, end: decimals.end, value, isWhole: false };
  }
  if (digits.length !== 2 || second === undefined || second === 0) {
    return { ...PLAIN_SLOT, end, value: new Decimal(digits.join('')) };
  }
  const isPair = second === first + 1 || (first === 3 && second === 5);
  const problem = isPair ? null : 'digits with their units, such as 二十五亿';
  return { ...PLAIN_SLOT, end, value: new Decimal(first), pairHigh: second, problem };
}

/** 数, 几, 수, 몇 before a unit: "several" of it. */
function readIndefiniteSlot(phrase: PhraseText, at: number): Slot | null {
  const character = phrase.lower.charAt(at);
  if (character === '' || !INDEFINITE_DIGITS.includes(character)) return null;
  const next = phrase.lower.charAt(character === '몇' ? skipSpaces(phrase, at + 1) : at + 1);
  const before = phrase.lower.charAt(at - 1);
  const endsNoun = character === '数' ? NOUN_BEFORE_INDEFINITE.test(before) : HANGUL.test(before);
  if (!isUnit(next) || (character !== '几' && endsNoun)) return null;
  return { ...PLAIN_SLOT, end: at + 1, value: new Decimal(2), isIndefinite: true };
}

function readSlot(phrase: PhraseText, at: number): Slot | null {
  const first = phrase.lower.charAt(at);
  if (isDigit(first) || first === '.') {
    const numeral = readNumeral(phrase, at);
    return numeral === null ? null : { ...PLAIN_SLOT, ...numeral, isArabic: true };
  }
  return readIndefiniteSlot(phrase, at) ?? readCharacterSlot(phrase, at);
}

/** Passes over 多, 余, 几 where a unit follows them, so that the 几 of the next word is left alone. */
export function skipAndMore(phrase: PhraseText, at: number): number {
  const character = phrase.lower.charAt(at);
  if (character === '' || !AND_MORE.includes(character)) return at;
  return isUnit(phrase.lower.charAt(skipSpaces(phrase, at + 1))) ? at + 1 : at;
}

/** A slot with its small unit ("5千", "十"), or without one ("5"), whose unit is then 1. */
interface PlaceValue {
  readonly end: number;
  readonly slot: Slot | null;
  readonly unit: number;
  readonly andMore: boolean;
  readonly followsZero: boolean;
}

function readUnitAlone(phrase: PhraseText, at: number, allowBareUnit: boolean): PlaceValue | null {
  const unit = SMALL_UNITS.get(phrase.lower.charAt(at));
  if (unit === undefined || (unit !== 10 && !allowBareUnit)) return null;
  const end = skipAndMore(phrase, at + 1);
  return { end, slot: null, unit, andMore: end > at + 1, followsZero: false };
}

/** Reads the next place of a section; its unit must be smaller than `below`, the unit of the place before it. */
function readPlaceValue(
  phrase: PhraseText,
  at: number,
  below: number,
  allowBareUnit: boolean,
): PlaceValue | null {
  const isFirst = below === Number.POSITIVE_INFINITY;
  const followsZero = !isFirst && isGapZero(phrase, at);
  const slot = readSlot(phrase, followsZero ? at + 1 : at);
  if (slot === null) return isFirst ? readUnitAlone(phrase, at, allowBareUnit) : null;
  if (slot.value.greaterThanOrEqualTo(below)) return null;
  const afterMore = skipAndMore(phrase, slot.end);
  const mayBeSpaced = slot.isArabic || phrase.lower.charAt(slot.end - 1) === '몇';
  const unitAt = mayBeSpaced ? skipSpaces(phrase, afterMore) : afterMore;
  const unit = SMALL_UNITS.get(phrase.lower.charAt(unitAt));
  if (unit === undefined || unit >= below) {
    return { end: afterMore, slot, unit: 1, andMore: afterMore > slot.end, followsZero };
  }
  const end = skipAndMore(phrase, unitAt + 1);
  return { end, slot, unit, andMore: afterMore > slot.end || end > unitAt + 1, followsZero };
}

/** A number below its big unit: "3", "5千3百", "二十五", "数十", "9000多". */
export interface Section {
  readonly end: number;
  readonly value: Decimal;
  readonly slots: readonly Slot[];
  /** What one of the first slot's number is worth within the section: 1, or its small unit. */
  readonly firstFactor: Decimal;
  readonly hasSmallUnit: boolean;
  readonly endsInArabic: boolean;
  readonly andMore: boolean;
  readonly startsWithZero: boolean;
  readonly problem: string | null;
}

/** "三百五" is 350 when spoken, 305 when computed: a character after a unit above ten needs its own unit or a 零. */
function isSpokenShort(places: readonly PlaceValue[]): boolean {
  const [before, last] = places.slice(-2);
  if (before === undefined || last === undefined) return false;
  return before.unit > 10 && last.unit === 1 && !last.followsZero && last.slot?.isArabic === false;
}

/** Reads the section that starts at `at`; `allowBareUnit` lets it start with 百 or 千 without a number. */
export function readSection(phrase: PhraseText, at: number, allowBareUnit: boolean): Section | null {
  const startsWithZero = isGapZero(phrase, at);
  const places: PlaceValue[] = [];
  let end = startsWithZero ? at + 1 : at;
  let below = Number.POSITIVE_INFINITY;
  while (below > 1) {
    const next = readPlaceValue(phrase, end, below, allowBareUnit);
    if (next === null) break;
    places.push(next);
    end = next.end;
    below = next.unit;
  }
  const [first] = places;
  const last = places.at(-1);
  if (first === undefined || last === undefined) return null;
  const slots = places.flatMap(({ slot }) => (slot === null ? [] : [slot]));
  const sum = sumExactly(
    places.map(({ slot, unit }) => (slot === null ? new Decimal(unit) : slot.value.times(unit))),
  );
  const problem = sum === null ? TOO_MANY_DIGITS : null;
  return {
    end,
    value: sum ?? new Decimal(0),
    slots,
    firstFactor: new Decimal(first.slot === null ? 1 : first.unit),
    hasSmallUnit: first.unit > 1,
    endsInArabic: last.unit === 1 && last.slot?.isArabic === true,
    andMore: places.some(({ andMore }) => andMore),
    startsWithZero,
    problem:
      slots.find((slot) => slot.problem !== null)?.problem ??
      (isSpokenShort(places) ? 'a unit after each digit, such as 三百五十' : problem),
  };
}
