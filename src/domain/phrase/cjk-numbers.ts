import { Decimal } from '../money/decimal.ts';
import type { Section } from './cjk-sections.ts';
import { BIG_UNITS, HANGUL, isUnit, isUnitAboveTen, readSection, skipAndMore } from './cjk-sections.ts';
import { currencyFollows } from './currency-words.ts';
import type { Quantity } from './numerals.ts';
import { BARE_NUMBER, sumExactly, TOO_MANY_DIGITS } from './numerals.ts';
import type { PhraseText } from './phrase-text.ts';
import { isDigit, skipSpaces } from './phrase-text.ts';

/** What may stand before a unit without a number: "超万亿元" is one of it and more. */
const BEFORE_BARE_UNIT =
  /(?:超过?|突破|逾|不足|不到|接近|将近|(?<![最附临靠])近|达到?|(?<![节合条契预签违公制])约为?)了? *$/;
/** 上万亿, 过万亿: at least one of it. Not the 上 of 线上 nor the 过 of 通过. */
const AT_LEAST_ONE = /(?:(?<![线网路市海以早晚])上|(?<![通经])过)$/;
/** 第 makes a number an ordinal. */
const ORDINAL = /[第제] ?$/;

/** Digits in characters that a mark ties to the number behind it: 三、五亿 may be a range, a list or a decimal. */
const TIED_TO_DIGIT = /[零〇一壹二两贰三叁四肆五伍六陆七柒八捌九玖十][、・．.] *$/;

const MAX_UNITS = 3;

interface UnitRun {
  readonly end: number;
  readonly units: readonly Decimal[];
  readonly andMore: boolean;
}

/** Reads big units that multiply: 万亿, 万多亿, and "1.8万 亿" as extracted from a page. */
function readUnitRun(phrase: PhraseText, at: number): UnitRun | null {
  const units: Decimal[] = [];
  let place = at;
  let andMore = false;
  for (;;) {
    const unit = BIG_UNITS.get(phrase.lower.charAt(place));
    if (unit === undefined) break;
    units.push(unit);
    const afterUnit = place + 1;
    const afterMore = skipAndMore(phrase, afterUnit);
    const moreThanUnit = afterMore > afterUnit && BIG_UNITS.has(phrase.lower.charAt(afterMore));
    andMore ||= moreThanUnit;
    place = moreThanUnit ? afterMore : afterUnit;
    const afterSpace = phrase.folded.charAt(place) === ' ' ? place + 1 : place;
    if (BIG_UNITS.has(phrase.lower.charAt(afterSpace))) place = afterSpace;
  }
  return units.length === 0 ? null : { end: place, units, andMore };
}

/** A part of a compound that is complete up to its unit: 3万 within 3万5千亿, 33조 within 33조 8300억. */
interface Part {
  readonly value: Decimal;
  readonly unit: Decimal;
  /** What one of the figure's first number is worth here; null in parts that do not hold it. */
  readonly firstWorth: Decimal | null;
}

type Joined = { readonly parts: readonly Part[] } | { readonly problem: string } | null;

/**
 * Adds a section and its units to the parts before it. A unit multiplies every smaller part before it (3万5千亿 is
 * 35000 times 亿) and follows a greater one as a smaller part (1万亿500亿). Null: the section is another figure.
 */
function joinSection(parts: readonly Part[], section: Section, run: UnitRun): Joined {
  let value = section.value;
  let unit = new Decimal(1);
  let firstWorth: Decimal | null = parts.length === 0 ? section.firstFactor : null;
  let kept = [...parts];
  if (run.units.length > MAX_UNITS) return { problem: `at most ${MAX_UNITS} units, such as 万亿` };
  for (const next of run.units) {
    for (let last = kept.at(-1); last?.unit.lessThan(next); last = kept.at(-1)) {
      if (value.greaterThanOrEqualTo(last.unit)) return null;
      const isLoose = value.times(10).lessThan(last.unit) && !section.endsInArabic && !section.startsWithZero;
      if (isLoose) return { problem: 'a unit after each digit, or 零 in the gap' };
      const sum = sumExactly([last.value, value]);
      if (sum === null) return { problem: TOO_MANY_DIGITS };
      value = sum;
      firstWorth = last.firstWorth ?? firstWorth;
      kept = kept.slice(0, -1);
    }
    value = value.times(next);
    unit = unit.times(next);
    firstWorth = firstWorth?.times(next) ?? null;
  }
  const before = kept.at(-1);
  if (before !== undefined && value.greaterThanOrEqualTo(before.unit)) return null;
  return { parts: [...kept, { value, unit, firstWorth }] };
}

interface Compound {
  readonly end: number;
  readonly hasBigUnit: boolean;
  readonly parts: readonly Part[];
  readonly sections: readonly Section[];
  readonly andMore: boolean;
  readonly problem: string | null;
}

/** Where a further part may start: right after the last, or in Korean after a space on the same line. */
function nextPartStart(phrase: PhraseText, at: number): number {
  const isKorean = HANGUL.test(phrase.lower.charAt(at - 1));
  const start = isKorean ? skipSpaces(phrase, at) : at;
  return phrase.folded.slice(at, start).includes('\n') ? at : start;
}

function readSectionUnits(phrase: PhraseText, section: Section): UnitRun | null {
  const last = phrase.lower.charAt(section.end - 1);
  const mayBeSpaced = section.endsInArabic || last === '여' || last === '몇';
  return readUnitRun(phrase, mayBeSpaced ? skipSpaces(phrase, section.end) : section.end);
}

/** A last number without a unit, "5000" in "1万5000元": only right before a currency, and smaller than what it follows. */
function joinRest(compound: Compound, section: Section, isBeforeCurrency: boolean): Joined {
  const smallest = compound.parts.at(-1)?.unit;
  if (smallest !== undefined && (!isBeforeCurrency || smallest.lessThanOrEqualTo(section.value))) return null;
  const firstWorth = smallest === undefined ? section.firstFactor : null;
  return { parts: [...compound.parts, { value: section.value, unit: new Decimal(1), firstWorth }] };
}

function readCompound(phrase: PhraseText, at: number): Compound | null {
  let compound: Compound = {
    end: at,
    hasBigUnit: false,
    parts: [],
    sections: [],
    andMore: false,
    problem: null,
  };
  for (;;) {
    const previous = compound.sections.at(-1);
    const start = previous === undefined ? at : nextPartStart(phrase, compound.end);
    const section = readSection(phrase, start, false);
    if (section === null) break;
    const run = readSectionUnits(phrase, section);
    const isBeforeCurrency = run === null && currencyFollows(phrase, section.end);
    const joined =
      run === null
        ? joinRest(compound, section, isBeforeCurrency)
        : joinSection(compound.parts, section, run);
    if (joined === null) break;
    const splitsDecimal = previous?.slots.some((slot) => !slot.isWhole) ?? false;
    compound = {
      end: run?.end ?? section.end,
      hasBigUnit: compound.hasBigUnit || run !== null,
      parts: 'parts' in joined ? joined.parts : compound.parts,
      sections: [...compound.sections, section],
      andMore: compound.andMore || section.andMore || (run?.andMore ?? false),
      problem:
        compound.problem ??
        section.problem ??
        ('problem' in joined ? joined.problem : null) ??
        (splitsDecimal ? 'a decimal only in the last part' : null),
    };
    if (run === null || compound.problem !== null) break;
  }
  return compound.sections.length === 0 ? null : compound;
}

/** A unit without a number, "万亿元" after 超 or 上: one of it. */
function readBareUnit(phrase: PhraseText, at: number): Quantity | null {
  const isAtLeast = AT_LEAST_ONE.test(phrase.lower.slice(Math.max(0, at - 1), at + 1));
  const start = isAtLeast ? at + 1 : at;
  const unit = phrase.lower.charAt(start);
  const isQualified = isAtLeast || BEFORE_BARE_UNIT.test(phrase.lower.slice(Math.max(0, at - 12), at));
  if (!isQualified || !(isAtLeast ? isUnit(unit) : isUnitAboveTen(unit))) return null;
  const section = readSection(phrase, start, true);
  const run = readUnitRun(phrase, section?.end ?? start);
  const units = run?.units ?? [];
  const hasNumber = section !== null && section.slots.length > 0;
  if (hasNumber || units.length > MAX_UNITS) return null;
  const end = run?.end ?? section?.end ?? start;
  return {
    ...BARE_NUMBER,
    end,
    value: units.reduce((product, next) => product.times(next), section?.value ?? new Decimal(1)),
    andMore: isAtLeast || section?.andMore === true || run?.andMore === true,
    standsAlone: run !== null,
    notes: [`"${phrase.text.slice(start, end)}" without a number is one of it.`],
  };
}

function quantityOf(compound: Compound): Quantity {
  const { sections, parts, end, hasBigUnit, andMore } = compound;
  const [firstSection] = sections;
  const [firstSlot] = firstSection?.slots ?? [];
  const firstWorth = parts[0]?.firstWorth ?? null;
  const factor = firstSection?.firstFactor ?? new Decimal(1);
  const slots = sections.flatMap((section) => section.slots);
  const sum = sumExactly(parts.map(({ value }) => value));
  const pair = slots.find((slot) => slot.pairHigh !== null);
  const pairIsWhole = pair === undefined || (slots.length === 1 && parts.length === 1 && firstWorth !== null);
  const sharesFactor = factor.greaterThan(10);
  return {
    end,
    value: sum ?? new Decimal(0),
    high: pair === undefined || firstWorth === null ? null : firstWorth.times(pair.pairHigh ?? 0),
    unit: hasBigUnit && firstWorth !== null ? firstWorth.div(factor) : null,
    leading: firstSlot && sharesFactor ? { digit: firstSlot.value, factor } : null,
    isIndefinite: slots.some((slot) => slot.isIndefinite),
    andMore,
    standsAlone: hasBigUnit || (factor.equals(1000) && firstSlot?.isArabic === true),
    notes: slots.flatMap((slot) => slot.notes),
    problem:
      compound.problem ??
      (sum === null ? TOO_MANY_DIGITS : null) ??
      (pairIsWhole ? null : 'one number, not two side by side'),
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
  const bare = readBareUnit(phrase, at);
  if (bare !== null) return bare;
  const compound = readCompound(phrase, at);
  if (compound === null) return null;
  const quantity = quantityOf(compound);
  const isTied = TIED_TO_DIGIT.test(phrase.lower.slice(Math.max(0, at - 4), at));
  if (isTied) return { ...quantity, problem: 'a number apart from the digits before it' };
  const isPlainDigits = isDigit(first) || first === '.';
  const hasUnit = compound.hasBigUnit || compound.sections.some((section) => section.hasSmallUnit);
  if (isPlainDigits && !hasUnit) return null;
  const isOrdinal = ORDINAL.test(phrase.lower.slice(Math.max(0, at - 2), at));
  const isKoreanWord = HANGUL.test(first) && !quantity.isIndefinite;
  return isOrdinal || isKoreanWord ? { ...quantity, standsAlone: false } : quantity;
}
