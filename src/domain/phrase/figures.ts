import type { Decimal } from '../money/decimal.ts';
import { readCjkNumber } from './cjk-numbers.ts';
import type { CurrencyReading, CurrencyRun } from './currency-words.ts';
import { mergeCurrencies, readCurrencyAfter, readCurrencyBefore } from './currency-words.ts';
import { readEnglishIndefinite, readEnglishNumber } from './english-numbers.ts';
import type { Quantity } from './numerals.ts';
import type { PhraseText } from './phrase-text.ts';
import { endOfMatch, isDigit, isLetter, matchAt, skipSpaces } from './phrase-text.ts';
import { isCountedThing, isForeignMagnitude } from './surroundings.ts';
import en from './words/en.json' with { type: 'json' };

/** A figure that may be a sum of money: one with a magnitude word or a currency. `value` is the lower end of a range. */
export interface Figure extends Quantity {
  /** Where it starts, as it ends, with its currency words. */
  readonly start: number;
  /** Where its numbers and magnitude words stand. */
  readonly numberStart: number;
  readonly numberEnd: number;
  /** Without any code where two currencies contradict each other: "US$5 billion yuan". */
  readonly currency: CurrencyReading | null;
  readonly isNegative: boolean;
}

/** One number with the currency words around it. */
interface Head extends Figure {
  readonly before: CurrencyRun | null;
  readonly after: CurrencyRun | null;
}

/** "and more" between the magnitude and the currency: "5万亿多元", "3조여 위안", "5 trillion-plus yuan". */
const AND_MORE_BEFORE_CURRENCY = /\+|-plus(?=[ -])|[ -]odd(?=[ -])|[多余]| ?여/y;
const OF = / of(?= )/y;

function readQuantity(phrase: PhraseText, at: number): Quantity | null {
  return readCjkNumber(phrase, at) ?? readEnglishIndefinite(phrase, at) ?? readEnglishNumber(phrase, at);
}

/** The currency after a number, over an "and more" or, after "trillions", an "of" between them. */
function readAfter(phrase: PhraseText, quantity: Quantity): { run: CurrencyRun | null; andMore: boolean } {
  const more = matchAt(AND_MORE_BEFORE_CURRENCY, phrase, quantity.end);
  if (more !== null) {
    const run = readCurrencyAfter(phrase, quantity.end + more[0].length);
    if (run !== null) return { run, andMore: true };
  }
  const end = quantity.isIndefinite ? endOfMatch(OF, phrase, quantity.end) : quantity.end;
  return { run: readCurrencyAfter(phrase, end), andMore: false };
}

/** Whether the characters after a number make it part of a word: "5G", "14th", "30x". */
function runsIntoWord(phrase: PhraseText, { after, numberEnd }: Head): boolean {
  return after === null && isLetter(phrase.lower.charAt(numberEnd));
}

function readHead(phrase: PhraseText, at: number): Head | null {
  const before = readCurrencyBefore(phrase, at);
  const afterCurrency = before === null ? at : skipSpaces(phrase, before.end);
  const isNegative = before !== null && /^-\d/.test(phrase.lower.slice(afterCurrency, afterCurrency + 2));
  const numberStart = isNegative ? afterCurrency + 1 : afterCurrency;
  const quantity = readQuantity(phrase, numberStart);
  if (quantity === null) return null;
  const { run: after, andMore } = readAfter(phrase, quantity);
  const { end: numberEnd, unit, standsAlone } = quantity;
  const isBare = unit === null && after === null && !standsAlone;
  const isForeign = isBare && isForeignMagnitude(phrase, numberEnd);
  const foreign = isForeign ? 'magnitude words in English, Chinese, Japanese or Korean' : null;
  return {
    ...quantity,
    start: at,
    end: after?.end ?? numberEnd,
    numberStart,
    numberEnd,
    andMore: andMore || quantity.andMore,
    currency: currencyOf(before, after),
    isNegative,
    problem: quantity.problem ?? foreign,
    before,
    after,
  };
}

function currencyOf(before: CurrencyRun | null, after: CurrencyRun | null): CurrencyReading | null {
  const merged = mergeCurrencies(before?.reading ?? null, after?.reading ?? null);
  return merged?.codes.length === 0 && before?.mayBeWord ? (after?.reading ?? null) : merged;
}

function hasCurrency(head: Head): boolean {
  return head.before !== null || head.after !== null;
}

function isSumOfMoney(phrase: PhraseText, head: Head): boolean {
  if (runsIntoWord(phrase, head)) return false;
  if (hasCurrency(head)) return true;
  const { isIndefinite, standsAlone, numberEnd } = head;
  const isOfSomething = isIndefinite && matchAt(OF, phrase, numberEnd) !== null;
  return standsAlone && !isOfSomething && !isCountedThing(phrase, numberEnd);
}

const BETWEEN = /(?:between |介于 *)/y;
const JOINED_BY_AND = /(?: and |和|与) */y;
const JOINED = / *(?:--?|~) *|—{1,2}| to | *(?:至|到|乃至|から|에서|부터) */y;
const JOINED_BY_OR = / or /y;
const HYPHEN_LIKE = /^ *(?:--?|~) *$|^—{1,2}$|^ *[至到] *$/;
/** After one of these, "from 2 trillion to 3 trillion" is a change, not a range. */
const CHANGE = new RegExp(`(?<![a-z])(?:${en.changeVerbs}) (?:[a-z]+ ){0,2}from *$`);
/** After one of these, "3 trillion yuan to 10 trillion yuan" is a change and what it leads to. */
const CHANGE_BY = new RegExp(
  `(?<![a-z])(?:${en.changeVerbs}|decrease[ds]?|growth|gain(?:s|ed)?|reduction|hike) ` +
    '(?:(?:by|of|about|around|nearly|almost|roughly|some|over|more than|a further|another) )*$',
);
const YEAR = /^(?:19|20)\d\d$/;

/** The factor by which the first number of a range is read: "2" in "2-3 trillion" is trillions too. */
function borrowedUnit(head: Head, { unit, leading }: Head): Decimal | null {
  if (head.unit !== null || head.after !== null) return null;
  if (leading === null || head.leading !== null) return unit;
  const sharesLeading = head.value.lessThan(10) && head.value.lessThan(leading.digit);
  return sharesLeading ? (unit?.times(leading.factor) ?? leading.factor) : unit;
}

interface Join {
  readonly end: number;
  readonly words: string;
}

function readJoin(phrase: PhraseText, { end, unit, after }: Head, isBetween: boolean): Join | null {
  const mayBeAlternative = unit === null && after === null;
  const join =
    matchAt(JOINED, phrase, end) ??
    (isBetween ? matchAt(JOINED_BY_AND, phrase, end) : null) ??
    (mayBeAlternative ? matchAt(JOINED_BY_OR, phrase, end) : null);
  return join && { end: end + join[0].length, words: join[0] };
}

function isDefinite({ isIndefinite, high }: Head): boolean {
  return !isIndefinite && high === null;
}

/** Whether two joined numbers are the ends of one range rather than two figures, or a year and a figure. */
function isRange(phrase: PhraseText, head: Head, tail: Head, join: Join, low: Decimal): boolean {
  if (!isDefinite(head) || !isDefinite(tail) || runsIntoWord(phrase, tail)) return false;
  const printed = phrase.folded.slice(head.numberStart, head.numberEnd);
  const mayBeYear = YEAR.test(printed) && !hasCurrency(head) && !/^[-~]$/.test(join.words);
  if (mayBeYear && low.greaterThan(tail.value)) return false;
  const tailIsSum = tail.unit !== null || tail.standsAlone || hasCurrency(tail);
  if (tailIsSum) return hasCurrency(tail) || !isCountedThing(phrase, tail.numberEnd);
  return head.before !== null && head.after === null && head.unit === null && HYPHEN_LIKE.test(join.words);
}

/** "1万-2万亿" means trillions at both ends, but says so only at one. */
function sharedUnitProblem(phrase: PhraseText, head: Head, tail: Head): string | null {
  const endsSmaller = head.after === null && phrase.lower.charAt(head.numberEnd - 1) === '万';
  const endsGreater = phrase.lower.slice(tail.numberEnd - 2, tail.numberEnd) === '万亿';
  return endsSmaller && endsGreater ? 'the whole unit at both ends, or only at the last' : null;
}

function readRange(phrase: PhraseText, start: number, head: Head, isBetween: boolean): Figure | null {
  const before = phrase.lower.slice(Math.max(0, start - 48), start);
  if (CHANGE.test(before)) return null;
  const join = readJoin(phrase, head, isBetween);
  if (join === null) return null;
  if (head.after !== null && join.words === ' to ' && CHANGE_BY.test(before)) return null;
  const tail = readHead(phrase, join.end);
  if (tail === null) return null;
  const low = head.value.times(borrowedUnit(head, tail) ?? 1);
  if (!isRange(phrase, head, tail, join, low)) return null;
  const currency = mergeCurrencies(head.currency, tail.currency);
  if (currency?.codes.length === 0) return null;
  return {
    ...head,
    start,
    end: tail.end,
    numberEnd: tail.numberEnd,
    value: low,
    high: tail.value,
    andMore: head.andMore || tail.andMore,
    currency,
    isNegative: head.isNegative || tail.isNegative,
    notes: [...head.notes, ...tail.notes],
    problem: head.problem ?? tail.problem ?? sharedUnitProblem(phrase, head, tail),
  };
}

/** Passes over what is no figure: digits and currency signs as a whole, so that no part of them is read as one. */
function skipUnread(phrase: PhraseText, at: number): number {
  let next = readCurrencyBefore(phrase, at)?.end ?? at + 1;
  while (isDigit(phrase.lower.charAt(at)) && isDigit(phrase.lower.charAt(next))) next += 1;
  return next;
}

/** Reads the figure that starts at `at`, if one does, and the place from which to look for the next. */
function readFigure(phrase: PhraseText, at: number): { figure: Figure | null; next: number } {
  const continuesWord = isLetter(phrase.lower.charAt(at - 1));
  const headStart = continuesWord ? at : endOfMatch(BETWEEN, phrase, at);
  const head = readHead(phrase, headStart);
  if (head === null) return { figure: null, next: skipUnread(phrase, at) };
  const next = Math.max(head.end, at + 1);
  if (continuesWord && isDigit(phrase.lower.charAt(at))) return { figure: null, next };
  const range = readRange(phrase, at, head, headStart > at);
  if (range !== null) return { figure: range, next: range.end };
  return { figure: isSumOfMoney(phrase, head) ? head : null, next };
}

/** Every figure of the phrase that may be a sum of money, in order, none overlapping another. */
export function findFigures(phrase: PhraseText): Figure[] {
  const figures: Figure[] = [];
  for (let at = 0; at < phrase.text.length; ) {
    const { figure, next } = readFigure(phrase, at);
    if (figure !== null) figures.push(figure);
    at = next;
  }
  return figures;
}
