import { Decimal } from '../money/decimal.ts';
import { currencyFollows } from './currency-words.ts';
import type { Numeral, Quantity } from './numerals.ts';
import {
  BARE_NUMBER,
  FRACTIONS,
  MAX_DIGITS,
  powerOfTen,
  readNumeral,
  sumExactly,
  TOO_MANY_DIGITS,
} from './numerals.ts';
import type { PhraseText } from './phrase-text.ts';
import { endOfMatch, endsAt, isDigit, matchAt, skipSpaces } from './phrase-text.ts';
import { isCountedThing } from './surroundings.ts';
import signs from './words/signs.json' with { type: 'json' };

/** Characters of numbers, in the simplified form of `PhraseText.lower`; a digit's place in the list is its value. */
const DIGITS = new Map(
  signs.digits.flatMap((characters, value) => [...characters].map((one) => [one, value] as const)),
);
const SMALL_UNITS = unitTable(signs.smallUnits);
/** The units of four digits, by which sections are multiplied. */
const BIG_UNITS = unitTable(signs.bigUnits);
/** 京 and 경 are names and words wherever no number follows: 京津冀, 경기. */

function unitTable(powers: Readonly<Record<string, number>>): ReadonlyMap<string, Decimal> {
  return new Map(
    Object.entries(powers).flatMap(([characters, power]) =>
      [...characters].map((one) => [one, powerOfTen(power)] as const),
    ),
  );
}

const DIGIT = [...DIGITS.keys()].join('');
const BIG = [...BIG_UNITS.keys()].join('');
const NO_UNIT = /[京경](?! ?[\d〇一二三四五六七八九十円圆元원엔위달ドユ以超余여약이]| *$|[,，.。)）])/y;
const UNIT = [...SMALL_UNITS.keys(), BIG].join('');
const HANGUL = /[가-힣]/;

const WITHIN_NUMBER = new RegExp(`[\\d.${DIGIT}${UNIT}数几多余好若老上成수몇]`);
const IS_LED = new RegExp(`^(?:[${DIGIT}十百千백천십${BIG}]|\\d| ?\\d+ *[${UNIT}])`);
const SPACED_PLACE = /(?<=[천백십]) +(?=\d+ *[백십만억조])/y;

/** Digits written as characters, and their decimals. */
const CHARACTER_DIGITS = new RegExp(`[${DIGIT}]+(?:[点.．][${DIGIT}]+)?`, 'y');
/** "Several" of a unit. 总数, 人数 and the like end a noun in 数, which is then no number. */
const INDEFINITE = `(?:(?<![人总指系户参函点多少次倍基])数|几|(?<![가-힣])(?:수|몇 *))(?=[${UNIT}]|个亿)`;
const INDEFINITE_DIGIT = new RegExp(INDEFINITE, 'y');
/** A 零 that only fills a gap, as in 一万零五百 and 1万亿零500亿. */
const GAP_ZERO = new RegExp(`[零〇](?=[${DIGIT}0-9])`, 'y');
/** "And more" before a unit, so that the 几 of the next word is left alone. */
const MORE = `[多余几여](?= *[${UNIT}]|个亿)`;
const AND_MORE = new RegExp(MORE, 'y');
const SAYS_MORE = /[多余几여]/;
/** 亿 counted as a thing, "两个亿"; in "3个亿元项目" it is the project that is counted. */
const COUNTED = '个(?=多?亿(?![元级]|[一-鿿]{0,3}(?:产业|项目|企业)))';
const COUNTED_UNIT = new RegExp(`${COUNTED}多?`, 'y');
/** Half of a unit. 上半, 大半 and the like are words, and "三个半亿" is not written. */
const HALF = new RegExp(`(?<![上下前后大小多过一])半(?=(?:${COUNTED})?[万亿])`, 'y');
/** Big units that multiply: 万亿, 万多亿, and "1.8万 亿" as extracted from a page. */
const UNIT_RUN = new RegExp(`(?:[${BIG}](?:[多余几여](?=[${BIG}])|${COUNTED})?(?: (?=[${BIG}]))?)+`, 'y');

/**
 * A unit without a number, which is one of it: after 超 and the like one greater than ten ("超万亿元"), after 上 and 过, but
 * not the 上 of 线上 nor the 过 of 通过, at least one of any.
 */
const BARE_UNIT = new RegExp(
  '(?:(?<=(?:超过?|突破|逾|不足|不到|接近|将近|(?<![最附临靠])近|达到?|(?<![节合条契预签违公制])约为?)了? *)' +
    `(?=[^十拾십])|((?<![线网路市海以早晚])上|(?<![通经])过))(?=[${UNIT}])` +
    `(?:([^${BIG}])(?:${MORE})?(?!${INDEFINITE}|[${DIGIT}]|\\.?\\d))?`,
  'y',
);
/** 第 makes a number an ordinal. */
const ORDINAL = /(?<=[第제] ?)/y;
/** Digits in characters that a mark ties to the number behind it: 三、五亿 may be a range, a list or a decimal. */
const TIED_TO_DIGIT = new RegExp(`(?<=(?![가-힣])[${DIGIT}十][、・．.] {0,2})`, 'y');
/** Without a unit behind them, digits are no number of these scripts. */
const UNIT_BEHIND = new RegExp(`[多余几여]?(?: *[${UNIT}]|${COUNTED})`, 'y');

/** Characters that begin a number in these scripts. */
export const CJK_NUMBER_INITIALS = `${DIGIT}${UNIT}数几半수몇上过`;
const MAY_BEGIN: ReadonlySet<string> = new Set(CJK_NUMBER_INITIALS);

const MAX_UNITS = 3;

/** One number among units: "3" and "5" in 3万5千亿. */
interface Slot extends Numeral {
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
  readings: [],
  needsIndia: false,
  notes: [],
  problem: null,
};

/** Digits written as characters: one ("三"), two neighbours ("两三"), a place for each ("一五〇"), a decimal ("一点五"). */
function readCharacterSlot(phrase: PhraseText, at: number): Slot | null {
  const printed = matchAt(CHARACTER_DIGITS, phrase, at)?.[0];
  if (printed === undefined) return null;
  const digits = [...printed].map((character) => DIGITS.get(character) ?? '.').join('');
  const slot = { ...PLAIN_SLOT, end: at + printed.length, value: new Decimal(digits) };
  if (digits.replace('.', '').length > MAX_DIGITS) return { ...slot, problem: TOO_MANY_DIGITS };
  if (!/^\d[1-9]$/.test(digits)) return { ...slot, isWhole: !digits.includes('.') };
  const [first = 0, pairHigh = 0] = [...printed].map((character) => DIGITS.get(character));
  const isPair = pairHigh === first + 1 || (first === 3 && pairHigh === 5);
  const problem = isPair ? null : 'digits with their units, such as 二十五亿';
  return { ...slot, value: new Decimal(first), pairHigh, problem };
}

function readSlot(phrase: PhraseText, at: number): Slot | null {
  const numeral = readNumeral(phrase, at);
  if (numeral !== null) return { ...PLAIN_SLOT, ...numeral, isArabic: true };
  if (matchAt(HALF, phrase, at) !== null) {
    const problem = /[个\d]/.test(phrase.lower.charAt(at - 1)) ? 'a number in digits, such as 3.5亿' : null;
    return { ...PLAIN_SLOT, end: at + 1, value: new Decimal('0.5'), isWhole: false, problem };
  }
  if (matchAt(INDEFINITE_DIGIT, phrase, at) === null) return readCharacterSlot(phrase, at);
  return { ...PLAIN_SLOT, end: at + 1, value: new Decimal(2), isIndefinite: true };
}

/** A slot with its small unit ("5千", "十"), or without one ("5"), whose unit is then 1. */
interface PlaceValue {
  readonly end: number;
  readonly slot: Slot | null;
  readonly unit: Decimal;
  readonly andMore: boolean;
  readonly followsZero: boolean;
}

const ONE = new Decimal(1);

/** Whether a hundred or a thousand begins a number, being one of it: not in 老百姓, 数千亿, 百分之三. */
function leadsNumber(phrase: PhraseText, at: number): boolean {
  return !WITHIN_NUMBER.test(phrase.lower.charAt(at - 1)) && IS_LED.test(phrase.lower.slice(at + 1, at + 4));
}

/** Reads the next place of a section; its unit must be smaller than `below`, that of the place before it, where there is one. */
function readPlaceValue(phrase: PhraseText, at: number, below: Decimal | null): PlaceValue | null {
  const start = below === null ? at : endOfMatch(GAP_ZERO, phrase, at);
  const slot = readSlot(phrase, start);
  if (slot !== null && below?.lessThanOrEqualTo(slot.value)) return null;
  const numberEnd = slot?.end ?? start;
  const afterMore = slot === null ? start : endOfMatch(AND_MORE, phrase, numberEnd);
  const mayBeSpaced = slot !== null && (slot.isArabic || phrase.lower.charAt(numberEnd - 1) === '몇');
  const unitAt = mayBeSpaced ? skipSpaces(phrase, afterMore) : afterMore;
  const found = SMALL_UNITS.get(phrase.lower.charAt(unitAt));
  const unit = found !== undefined && (below === null || found.lessThan(below)) ? found : ONE;
  // A unit is one of it by itself at the front of a number: 十, 百五十兆, 천오백억.
  if (slot === null && (unit === ONE || (below === null && !unit.equals(10) && !leadsNumber(phrase, at))))
    return null;
  const end = unit === ONE ? afterMore : endOfMatch(AND_MORE, phrase, unitAt + 1);
  const andMore = SAYS_MORE.test(phrase.lower.slice(numberEnd, end));
  return { end, slot, unit, andMore, followsZero: start > at };
}

/** A number below its big unit: "3", "5千3百", "二十五", "数十", "9000多". */
interface Section {
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
  return (
    before.unit.greaterThan(10) && last.unit === ONE && !last.followsZero && last.slot?.isArabic === false
  );
}

/** In Korean a place may stand apart: 2천 5백억, 천 4백만. */
function nextPlaceStart(phrase: PhraseText, at: number): number {
  const match = matchAt(SPACED_PLACE, phrase, at);
  return match === null ? at : at + match[0].length;
}

function readSection(phrase: PhraseText, at: number): Section | null {
  const start = endOfMatch(GAP_ZERO, phrase, at);
  const places: PlaceValue[] = [];
  for (let last = places.at(-1); last?.unit !== ONE; last = places.at(-1)) {
    const next = readPlaceValue(
      phrase,
      last === undefined ? start : nextPlaceStart(phrase, last.end),
      last?.unit ?? null,
    );
    if (next === null) break;
    places.push(next);
  }
  const [first] = places;
  const last = places.at(-1);
  if (first === undefined || last === undefined) return null;
  const slots = places.flatMap(({ slot }) => slot ?? []);
  const sum = sumExactly(
    places.map(({ slot, unit }) =>
      slot === null ? unit : unit === ONE ? slot.value : unit.times(slot.value),
    ),
  );
  return {
    end: last.end,
    value: sum ?? new Decimal(0),
    slots,
    firstFactor: first.slot === null ? ONE : first.unit,
    hasSmallUnit: first.unit !== ONE,
    endsInArabic: last.unit === ONE && last.slot?.isArabic === true,
    andMore: places.some(({ andMore }) => andMore),
    startsWithZero: start > at,
    problem:
      slots.find(({ problem }) => problem !== null)?.problem ??
      (isSpokenShort(places) ? 'a unit after each digit, such as 三百五十' : null) ??
      (sum === null ? TOO_MANY_DIGITS : null),
  };
}

interface UnitRun {
  readonly end: number;
  readonly units: readonly Decimal[];
  readonly andMore: boolean;
}

/** Reads big units that stand together on one line. */
function readUnitRun(phrase: PhraseText, at: number): UnitRun | null {
  if (!BIG_UNITS.has(phrase.lower.charAt(at)) || matchAt(NO_UNIT, phrase, at) !== null) return null;
  const lineEnd = phrase.folded.slice(at, endOfMatch(UNIT_RUN, phrase, at)).indexOf('\n');
  const end = lineEnd === -1 ? endOfMatch(UNIT_RUN, phrase, at) : at + lineEnd;
  const printed = phrase.lower.slice(at, end);
  const units = [...printed].flatMap((character) => BIG_UNITS.get(character) ?? []);
  return units.length === 0 ? null : { end, units, andMore: SAYS_MORE.test(printed) };
}

function readSectionUnits(phrase: PhraseText, { end, endsInArabic }: Section): UnitRun | null {
  const counted = endOfMatch(COUNTED_UNIT, phrase, end);
  if (counted > end) {
    const run = readUnitRun(phrase, counted);
    return run && { ...run, andMore: run.andMore || counted > end + 1 };
  }
  const mayBeSpaced = endsInArabic || /[여몇]/.test(phrase.lower.charAt(end - 1));
  return readUnitRun(phrase, mayBeSpaced ? skipSpaces(phrase, end) : end);
}

/** A part of a compound that is complete up to its unit: 3万 within 3万5千亿, 33조 within 33조 8300억. */
interface Part {
  readonly value: Decimal;
  readonly unit: Decimal;
  /** What one of the figure's first number is worth here; null in parts that do not hold it. */
  readonly firstWorth: Decimal | null;
}

/**
 * Adds a section and its units to the parts before it. A unit multiplies every smaller part before it (3万5千亿 is
 * 35000 times 亿) and follows a greater one as a smaller part (1万亿500亿). Null: the section is another figure.
 */
function joinSection(
  parts: readonly Part[],
  section: Section,
  units: readonly Decimal[],
): { readonly parts: readonly Part[]; readonly problem: string | null } | null {
  const refused = (problem: string) => ({ parts, problem });
  let value = section.value;
  let unit = ONE;
  let firstWorth = parts.length === 0 ? section.firstFactor : null;
  const kept = [...parts];
  if (units.length > MAX_UNITS) return refused(`at most ${MAX_UNITS} units, such as 万亿`);
  if (units.slice(0, -1).some((before) => before.greaterThanOrEqualTo(100_000_000)))
    return refused('units that grow, such as 万亿');
  for (const next of units) {
    for (let last = kept.at(-1); last?.unit.lessThan(next); last = kept.at(-1)) {
      if (value.greaterThanOrEqualTo(last.unit)) return null;
      const isLoose = value.times(10).lessThan(last.unit) && !section.endsInArabic && !section.startsWithZero;
      if (isLoose) return refused('a unit after each digit, or 零 in the gap');
      const sum = sumExactly([last.value, value]);
      if (sum === null) return refused(TOO_MANY_DIGITS);
      value = sum;
      firstWorth = last.firstWorth ?? firstWorth;
      kept.pop();
    }
    value = value.times(next);
    unit = unit === ONE ? next : unit.times(next);
    firstWorth = firstWorth === ONE ? next : (firstWorth?.times(next) ?? null);
  }
  if (kept.at(-1)?.unit.lessThanOrEqualTo(value)) return null;
  return { parts: [...kept, { value, unit, firstWorth }], problem: null };
}

const SPACED_PART = /^ \d[\d,.]* ?[亿万]/;
/** Where a further part may start: right after the last, or before digits and in Korean after a space on the same line. */
function nextPartStart(phrase: PhraseText, at: number): number {
  const before = phrase.lower.charAt(at - 1);
  const mayBeSpaced =
    HANGUL.test(before) || (/[兆京亿万]/.test(before) && SPACED_PART.test(phrase.lower.slice(at, at + 16)));
  const start = mayBeSpaced ? skipSpaces(phrase, at) : at;
  return phrase.folded.slice(at, start).includes('\n') ? at : start;
}

function readCompound(phrase: PhraseText, at: number): (Quantity & { readonly hasUnit: boolean }) | null {
  const sections: Section[] = [];
  let parts: readonly Part[] = [];
  let [end, hasBigUnit, andMore] = [at, false, false];
  let problem: string | null = null;
  for (;;) {
    const previous = sections.at(-1);
    const section = readSection(phrase, previous === undefined ? at : nextPartStart(phrase, end));
    if (section === null) break;
    const run = readSectionUnits(phrase, section);
    // A last number without a unit, "5000" in "1万5000元", stands right before a currency.
    if (run === null && previous !== undefined && !currencyFollows(phrase, section.end)) {
      // "1만4천명" counts people to the last digit.
      if (!isCountedThing(phrase, section.end)) break;
    }
    const joined = joinSection(parts, section, run?.units ?? []);
    if (joined === null) break;
    const splitsDecimal = previous?.slots.some(({ isWhole }) => !isWhole) ?? false;
    sections.push(section);
    parts = joined.parts;
    end = run?.end ?? section.end;
    hasBigUnit ||= run !== null;
    andMore ||= section.andMore || run?.andMore === true;
    problem = section.problem ?? joined.problem ?? (splitsDecimal ? 'a decimal only in the last part' : null);
    if (run === null || problem !== null) break;
  }
  const [first] = sections;
  if (first === undefined) return null;
  const isLed = /[百千백천佰仟]/.test(phrase.lower.charAt(at));
  const firstWorth = parts[0]?.firstWorth ?? null;
  const factor = first.firstFactor;
  const [firstSlot] = first.slots;
  const slots = sections.flatMap((section) => section.slots);
  const sum = sumExactly(parts.map(({ value }) => value));
  const pairHigh = slots.find((slot) => slot.pairHigh !== null)?.pairHigh ?? null;
  const pairIsWhole = slots.length === 1 && parts.length === 1 && firstWorth !== null;
  return {
    end,
    value: sum ?? new Decimal(0),
    high: pairHigh === null || firstWorth === null ? null : firstWorth.times(pairHigh),
    unit: hasBigUnit && firstWorth !== null ? (factor === ONE ? firstWorth : firstWorth.div(factor)) : null,
    leading: firstSlot && factor.greaterThan(10) ? { digit: firstSlot.value, factor } : null,
    isIndefinite: slots.some(({ isIndefinite }) => isIndefinite),
    andMore,
    readings: slots.length === 1 && !hasBigUnit ? slots.flatMap(({ readings }) => readings) : [],
    needsIndia: slots.some(({ needsIndia }) => needsIndia),
    standsAlone: (hasBigUnit && !isLed) || (factor.equals(1000) && firstSlot?.isArabic === true),
    notes: slots.flatMap(({ notes }) => notes),
    problem:
      problem ??
      (sum === null ? TOO_MANY_DIGITS : null) ??
      (pairHigh === null || pairIsWhole ? null : 'one number, not two side by side'),
    hasUnit: hasBigUnit || sections.some(({ hasSmallUnit }) => hasSmallUnit),
  };
}

function readBareUnit(phrase: PhraseText, at: number): Quantity | null {
  const match = matchAt(BARE_UNIT, phrase, at);
  if (match === null) return null;
  const [printed, atLeast, smallUnit = ''] = match;
  const small = SMALL_UNITS.get(smallUnit);
  const run = readUnitRun(phrase, at + printed.length);
  const units = run?.units ?? [];
  if ((small === undefined && run === null) || units.length > MAX_UNITS) return null;
  const start = at + (atLeast?.length ?? 0);
  const end = run?.end ?? at + printed.length;
  return {
    ...BARE_NUMBER,
    end,
    value: units.reduce((product, next) => product.times(next), small ?? ONE),
    andMore: atLeast !== undefined || SAYS_MORE.test(phrase.lower.slice(start, end)),
    standsAlone: run !== null,
    notes: [`"${phrase.text.slice(start, end)}" without a number is one of it.`],
  };
}

/**
 * Reads a number with the units of Chinese, Japanese or Korean, in digits or characters: "2.5万亿", "3万5千亿",
 * "1万亿零500亿", "33조 8300억", "二十五亿", "两三万亿", "数十万亿", "9000多亿", "1万5000" before a currency, and a bare
 * "三". Digits without any unit are left to `readEnglishNumber`.
 */
export function readCjkNumber(phrase: PhraseText, at: number): Quantity | null {
  const first = phrase.lower.charAt(at);
  if (HANGUL.test(first) && HANGUL.test(phrase.lower.charAt(at - 1))) return null;
  const isPlainDigits = isDigit(first) || first === '.' || FRACTIONS.has(first);
  if (!isPlainDigits && !MAY_BEGIN.has(first)) return null;
  if (isPlainDigits) {
    const numeral = readNumeral(phrase, at);
    if (numeral === null || matchAt(UNIT_BEHIND, phrase, numeral.end) === null) return null;
  }
  const bare = readBareUnit(phrase, at);
  if (bare !== null) return bare;
  const compound = readCompound(phrase, at);
  if (compound === null) return null;
  const { hasUnit, ...quantity } = compound;
  if (endsAt(TIED_TO_DIGIT, phrase.lower, at))
    return { ...quantity, problem: 'a number apart from the digits before it' };
  if (isPlainDigits && !hasUnit) return null;
  const isOrdinal = endsAt(ORDINAL, phrase.lower, at);
  const isKoreanWord = HANGUL.test(first) && !quantity.isIndefinite;
  return isOrdinal || isKoreanWord ? { ...quantity, standsAlone: false } : quantity;
}
