import type { Decimal } from '../money/decimal.ts';
import type { CurrencyReading } from './currency-words.ts';
import { mergeCurrencies, readCurrencyAfter, readCurrencyBefore } from './currency-words.ts';
import type { Figure } from './figures.ts';
import { findFigures } from './figures.ts';
import type { Numeral } from './numerals.ts';
import { BARE_NUMBER, readNumeral } from './numerals.ts';
import type { PhraseText } from './phrase-text.ts';
import { excerpt, foldPhrase, isDigit, isLetter, skipSpaces } from './phrase-text.ts';
import { readSurroundings } from './surroundings.ts';
import type { Vocabulary } from './words.ts';
import { perVocabulary } from './words.ts';

/** The unit that a heading or a column head gives to the bare numbers below it: "投资额（亿元）", "$ in millions". */
interface Unit {
  readonly factor: Decimal;
  /** Null where it is a magnitude only: then it holds for numbers with a currency sign. */
  readonly currency: CurrencyReading | null;
  readonly words: string;
  /** Why it cannot be said of a number that it is in this unit. */
  readonly doubt: string | null;
}

/** What a number of a column is: in a unit, in another one than money, or in that of the heading. */
type Column = Unit | 'other' | null;

interface Stretch {
  readonly start: number;
  readonly end: number;
}

const LONGEST_HEADING = 160;
const LONGEST_ROW = 1000;
const BRACKETED = /[（(【[]([^（()）【】[\]]{1,60})[)）】\]]/g;
const LABELLED = /(?:单位|單位|単位|단위|units?|einheit|unité|unidad|unità)\s*[:：]\s*([^|\t()（）]{1,60})/gi;
const LEADS =
  /^(?:(?:单位|単位|單位|단위|units?|einheit|all figures|figures|amounts|expressed|stated|values?)\s*[:：]?\s*)?(?:(?:in|en|em|i|w|v|в)\s+)?/i;
const EXCEPTIONS = /[,;，；]\s*(?:except|unless|excluding|ohne|sauf|hors|excepto|除|每股).*$/i;
const OTHER_UNITS_TOO = /\s*[、，,/／]\s*(?:%|％|percent|per cent).*$/i;
const SENTENCE = /[。！？]|[;,，；]\s*$|[!?]\s+\p{Lu}|(?<!(?<!\p{L})\p{L}{1,4})\.(?:\s+\p{Lu}|\s*$)/u;
const ROW_SEPARATOR = /\t+|\s*\|\s*|[ \u00a0\u3000]{2,}/g;
const JOINS = /^ *(?:-|~|—|至|到|to|bis|から) *$/;
const YEAR = /^(?:19|20)\d\d$/;
const BEFORE_LAST = /(?:^|[\s:：|—–•·=])$/;
/** "1조 200" and "1 trillion 200" are one number. */
const CONTINUES_NUMBER =
  /\d\s*(?:[십백천만억조경十百千万萬亿億兆]\S*|(?:hundred|thousand|lakh|crore|[a-z]*ll?i[oa]\S*|m[lr][nd]\S*|bn|tn)\s)\s*$/i;
const LIST_MARK = /^\s*(?:[-–—•·*]|\d{1,2}[.)、]|[（(]\d{1,2}[)）])?\s*/;

/** Words of rows and columns whose numbers are no money: growth, shares, counts. */
const otherUnitsOf = perVocabulary(
  ({ spoken }) =>
    new RegExp(['[%％‰]', ...spoken.flatMap(({ otherUnits }) => otherUnits ?? [])].join('|'), 'i'),
);

/** A unit as the words of one name it, by reading one of it: "亿元" as "1亿元", "$ in millions" as "$1 millions". */
function readUnit(printed: string, vocabulary: Vocabulary, isLabelled: boolean): Unit | null {
  const plain = printed.trim().replace(EXCEPTIONS, '');
  const core = plain.replace(OTHER_UNITS_TOO, '').replace(LEADS, '').trim();
  const isLed = isLabelled || /^in\s/i.test(plain);
  const doubt =
    core.length < plain.replace(LEADS, '').trim().length
      ? 'a unit that holds for all numbers below it'
      : null;
  if (core === '' || core.length > 48 || (!isLed && /\d/.test(core.replace(/'?000s?$/, '')))) return null;
  const words = foldPhrase(core, vocabulary);
  const before = readCurrencyBefore(words, 0);
  const rest =
    before === null
      ? core
      : core
          .slice(before.end)
          .trim()
          .replace(LEADS, '')
          .replace(/^'?000s?$/, '1,000');
  const counted = rest.replace(/\bof (?:the )?/i, '');
  const sample =
    `${before === null ? '' : `${core.slice(0, before.end)} `}${/^\d/.test(counted) ? '' : '1 '}${counted}`.trim();
  const phrase = foldPhrase(/^1 [一-鿿가-힣]/.test(sample) ? sample.replace(' ', '') : sample, vocabulary);
  const [figure, ...others] = findFigures(phrase);
  if (figure === undefined || others.length > 0 || figure.problem !== null || figure.high !== null)
    return null;
  const isWhole =
    figure.start === 0 && figure.end === phrase.text.length && !figure.isIndefinite && !figure.andMore;
  if (!isWhole || !/^10*$/.test(figure.value.toFixed()) || before?.mayBeWord) return null;
  return { factor: figure.value, currency: figure.currency, words: printed.trim(), doubt };
}

/** Whether the words may name a unit at all, so that few are tried. */
const MAY_BE_UNIT = /\p{L}|[$€£¥₩₹]/u;

function unitIn(words: string, vocabulary: Vocabulary): Unit | null {
  for (const pattern of [LABELLED, BRACKETED])
    for (const [, inner = ''] of words.matchAll(pattern)) {
      const unit = MAY_BE_UNIT.test(inner) ? readUnit(inner, vocabulary, pattern === LABELLED) : null;
      if (unit !== null) return unit;
    }
  return null;
}

/** The unit of a heading: in brackets, behind "unit:", or all of it, or what stands behind its last comma. */
function unitOfHeading(line: string, vocabulary: Vocabulary): Unit | null {
  if (line.length > LONGEST_HEADING || SENTENCE.test(line.trim())) return null;
  const last = line.split(/[,，:：–—]\s*/).at(-1) ?? '';
  const isBareUnit = !/\d/.test(last.replace(/'?000s?$/, ''));
  const unit = unitIn(line, vocabulary);
  if (unit !== null || !isBareUnit || last.trim().split(/\s+/).length > 6) return unit;
  const bare = readUnit(last, vocabulary, false);
  return bare?.factor.greaterThan(1) ? bare : null;
}

function cellsOf(line: string, start: number): Stretch[] {
  const cells: Stretch[] = [];
  let from = 0;
  for (const { index, 0: gap } of line.matchAll(ROW_SEPARATOR)) {
    if (index > from) cells.push({ start: start + from, end: start + index });
    else if (index > 0 || gap.includes('|')) cells.push({ start: start + from, end: start + from });
    from = index + gap.length;
  }
  if (from < line.length) cells.push({ start: start + from, end: start + line.length });
  return line.trimStart().startsWith('|') ? cells.slice(1) : cells;
}

/** The numbers of a cell, in order. */
function numeralsIn(phrase: PhraseText, { start, end }: Stretch): (Numeral & { readonly start: number })[] {
  const numerals: (Numeral & { readonly start: number })[] = [];
  for (let at = start; at < end; at += 1) {
    if (!isDigit(phrase.folded.charAt(at))) continue;
    const numeral = readNumeral(phrase, at);
    if (numeral === null || numeral.end > end) return numerals;
    numerals.push({ ...numeral, start: at });
    at = numeral.end;
  }
  return numerals;
}

/** Where the currency sign before a number begins, and what it says. */
function signBefore(
  phrase: PhraseText,
  at: number,
  from: number,
): { start: number; reading: CurrencyReading } | null {
  for (let start = Math.max(from, at - 5); start < at; start += 1) {
    const run = readCurrencyBefore(phrase, start);
    if (run !== null && skipSpaces(phrase, run.end) === at) return { start, reading: run.reading };
  }
  return null;
}

/** The number of a cell as a figure in a unit, or null where it holds none, or more than one. */
function figureIn(phrase: PhraseText, cell: Stretch, unit: Unit, isWhole: boolean): Figure | null {
  const numerals = numeralsIn(phrase, cell);
  const last = numerals.at(-1);
  const beforeLast = numerals.at(-2);
  if (last === undefined || isLetter(phrase.lower.charAt(last.start - 1))) return null;
  const isRange = beforeLast !== undefined && JOINS.test(phrase.lower.slice(beforeLast.end, last.start));
  const first = isRange ? beforeLast : last;
  if (isWhole && numerals.length > (isRange ? 2 : 1)) return null;
  const sign = signBefore(phrase, first.start, cell.start);
  if (unit.currency === null && sign === null) return null;
  const [start, end] = [sign?.start ?? first.start, last.end];
  const after = readCurrencyAfter(phrase, end);
  if (after !== null && after.end <= cell.end) return null;
  const around = readSurroundings(phrase, start, end, (at) => at);
  const ahead = phrase.text.slice(cell.start, around.start);
  const behind = phrase.text.slice(around.end, cell.end);
  if (CONTINUES_NUMBER.test(ahead.slice(-40))) return null;
  const isBracketed = /^\s*[-−(（]\s*$/.test(ahead) && isWhole;
  const isAlone = isWhole ? isBracketed || ahead.trim() === '' : BEFORE_LAST.test(ahead);
  if (!isAlone || !/^[\s.。;；,，)）]*$/.test(behind)) return null;
  const printed = phrase.text.slice(first.start, end);
  const isSpaced =
    !isWhole && !/[:：|]\s*$/.test(ahead.slice(-8)) && /\d \d/.test(phrase.folded.slice(first.start, end));
  const mayBeYear = sign === null && YEAR.test(printed);
  const doubt = isSpaced
    ? 'numbers set apart from each other'
    : mayBeYear
      ? 'a number that cannot be a year'
      : unit.doubt;
  return {
    ...BARE_NUMBER,
    start,
    end,
    numberStart: first.start,
    numberEnd: end,
    value: first.value.times(unit.factor),
    high: isRange ? last.value.times(unit.factor) : null,
    unit: unit.factor,
    standsAlone: true,
    readings: numerals
      .slice(isRange ? -2 : -1)
      .flatMap(({ readings }) => readings.map((one) => one.times(unit.factor))),
    needsIndia: first.needsIndia || last.needsIndia,
    currency: mergeCurrencies(unit.currency, sign?.reading ?? null),
    isNegative: isBracketed,
    notes: [...first.notes, `"${printed}" is in the unit of its heading, "${excerpt(unit.words)}".`],
    problem: first.problem ?? last.problem ?? doubt,
  };
}

/** Numbers that stand below headings with a unit, and where those headings stand, both in order. */
export interface Headed {
  readonly figures: readonly Figure[];
  readonly units: readonly Stretch[];
}

/** Where the bare numbers below a heading are in its unit. */
interface Scope {
  readonly unit: Unit | null;
  readonly columns: readonly Column[];
}

function columnOf(head: string, vocabulary: Vocabulary): Column {
  return (
    unitIn(head, vocabulary) ?? (otherUnitsOf(vocabulary).test(head) || BRACKET.test(head) ? 'other' : null)
  );
}
const BRACKET = /[（(][^）)]{1,12}[)）]\s*$/;

/**
 * The numbers of tables and lists whose unit stands in a heading or a column head above them, until the next heading.
 * What may be a year, or is in a table that mixes units, has a `problem`; growth, shares and counts are none.
 */
export function findHeadedNumbers(phrase: PhraseText): Headed {
  const { text, vocabulary } = phrase;
  const figures: Figure[] = [];
  const units: Stretch[] = [];
  const isOther = otherUnitsOf(vocabulary);
  let scope: Scope | null = null;
  let isAfterBlank = false;
  let start = 0;
  for (const line of text.split('\n')) {
    const lineStart = start;
    start += line.length + 1;
    if (line.trim() === '') {
      isAfterBlank = true;
      continue;
    }
    const followsBlank: boolean = isAfterBlank;
    isAfterBlank = false;
    if (line.length > LONGEST_ROW || /^[\s|:+=-]+$/.test(line)) continue;
    const cells = cellsOf(line, lineStart);
    const printed = cells.map((cell) => text.slice(cell.start, cell.end));
    const isRow = cells.length > 1;
    if (isRow) {
      const columns = printed.map((head) =>
        /\d/.test(head.replace(BRACKETED, '')) ? null : columnOf(head, vocabulary),
      );
      const isHead = columns.some((column) => column !== null && column !== 'other');
      if (
        isHead &&
        !printed.slice(1).some((cell) => /^\s*[\d.,]+\s*$/.test(cell) && !YEAR.test(cell.trim()))
      ) {
        scope = { unit: null, columns };
        units.push(
          ...cells.filter((_, position) => columns[position] !== null && columns[position] !== 'other'),
        );
        continue;
      }
      if (scope !== null && scope.columns.length === 0 && !printed.slice(1).some((cell) => /\d/.test(cell))) {
        scope = { ...scope, columns };
        continue;
      }
    } else {
      const unit = unitOfHeading(line, vocabulary);
      if (unit !== null) {
        scope = { unit, columns: [] };
        const unitAt = line.indexOf(unit.words);
        units.push({ start: lineStart + unitAt, end: lineStart + unitAt + unit.words.length });
        const behind = /[：:]\s*(?=[^：:]*$)/.exec(line);
        const place = behind === null ? line.length : behind.index + behind[0].length;
        if (place < line.length && line.search(LABELLED) < 0)
          pushOf({ start: lineStart + place, end: lineStart + line.length }, unit, true, '');
        continue;
      }
      if (/^\s*#/.test(line)) scope = null;
    }
    if (scope === null) continue;
    if (!isRow) {
      const found = scope.unit !== null && figureOfLine(line, lineStart, scope.unit);
      if (!found && followsBlank) scope = null;
      continue;
    }
    const years = printed.filter((cell) => YEAR.test(cell.trim())).length;
    const numbers = printed.filter((cell) => /^\s*[^\p{L}]*\d[^\p{L}]*$/u.test(cell)).length;
    if (years > 0 && years === numbers) continue;
    for (const [position, cell] of cells.entries()) {
      const column: Column = scope.columns[position] ?? scope.unit;
      if (column === null || column === 'other' || (position === 0 && YEAR.test(printed[0]?.trim() ?? '')))
        continue;
      if (position === 0 && numbers > 1 && scope.columns[0] === undefined) continue;
      pushOf(cell, column, true, position > 0 ? (printed[0] ?? '') : '');
    }
  }
  return { figures, units };

  function pushOf(cell: Stretch, unit: Unit, isWhole: boolean, label: string): boolean {
    if (isOther.test(label)) return false;
    const figure = figureIn(phrase, cell, unit, isWhole);
    if (figure !== null) figures.push(figure);
    return figure !== null;
  }

  /** "- 5G: 2,500": the number that ends a line with a label. */
  function figureOfLine(line: string, lineStart: number, unit: Unit): boolean {
    const mark = LIST_MARK.exec(line)?.[0].length ?? 0;
    const label = line
      .slice(mark)
      .trimEnd()
      .replace(/[\d.,]{1,24}$/, '');
    if (/(?:^|\s)(?:19|20)\d\d\s*$/.test(line) && !/[:：|]\s*\d{4}\s*$/.test(line)) return false;
    return pushOf(
      { start: lineStart + mark, end: lineStart + line.length },
      unit,
      label.trim() === '',
      label,
    );
  }
}
