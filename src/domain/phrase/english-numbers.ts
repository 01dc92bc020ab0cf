import { Decimal } from '../money/decimal.ts';
import { currencyFollows } from './currency-words.ts';
import type { Numeral } from './numerals.ts';
import { powerOfTen, readNumeral, sumExactly, TOO_MANY_DIGITS } from './numerals.ts';
import type { PhraseText } from './phrase-text.ts';
import { isDigit, isLetter, matchAt } from './phrase-text.ts';
import type { Quantity } from './quantity.ts';
import { BARE_NUMBER } from './quantity.ts';
import en from './words/en.json' with { type: 'json' };

const UNITS = (
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen ' +
  'eighteen nineteen'
).split(' ');
const TENS = 'twenty thirty forty fifty sixty seventy eighty ninety'.split(' ');

const WORD_VALUES = new Map<string, number>([
  ...UNITS.map((word, value) => [word, value] as const),
  ...TENS.map((word, index) => [word, (index + 2) * 10] as const),
]);

interface Scale {
  readonly power: number;
  readonly standsAlone: boolean;
}

/** Abbreviations of one or two letters need a currency beside the figure. */
const SCALE_BY_WORD: ReadonlyMap<string, Scale> = new Map(
  [
    { words: en.magnitudes, standsAlone: true },
    { words: en.magnitudesOfCurrencies, standsAlone: false },
  ].flatMap(({ words, standsAlone }) =>
    Object.entries(words).flatMap(([alternatives, power]) =>
      alternatives.split('|').map((word) => [word, { power, standsAlone }] as const),
    ),
  ),
);

const END = '(?![a-z0-9])';
const GAP = '(?: +| ?- ?)';
const ANY_UNIT = UNITS.join('|');
const BELOW_HUNDRED = `(?:(?:${TENS.join('|')})(?:[ -](?:${UNITS.slice(1, 10).join('|')})${END})?|(?:${ANY_UNIT}))${END}`;

const NUMBER_WORDS = new RegExp(
  `(?:(${BELOW_HUNDRED}|an?)${GAP}hundred${END}(?:${GAP}(?:and${GAP})?(${BELOW_HUNDRED}))?|(${BELOW_HUNDRED}))` +
    `((?: point(?: (?:${UNITS.slice(0, 10).join('|')})${END})+)?)`,
  'y',
);
const HALF_WORDS = new RegExp(`(?:(?:one|a)${GAP})?half(?:${GAP}of)?(?:${GAP}an?)?(?=${GAP})`, 'y');
const ARTICLE = new RegExp(
  `an?(?=${GAP}(?:${[...SCALE_BY_WORD.keys()].filter((word) => word.length > 3).join('|')})${END})`,
  'y',
);
const AND_A_HALF = new RegExp(`${GAP}and${GAP}a${GAP}half${END}`, 'y');
const SCALE_WORD = new RegExp(`(?: *|${GAP})(${[...SCALE_BY_WORD.keys()].join('|')})${END}`, 'y');
const AND_MORE_BEFORE_SCALE = /\+(?= ?[a-z])|-plus(?=[ -])|[ -]odd(?=[ -])/y;
const NEXT_TERM = / +(and +)?/y;

/** "two thirds of a trillion" is not a trillion: a part that the words above do not know is refused. */
const PART_OF =
  /(?:thirds?|quarters?|fourths?|fifths?|eighths?|tenths?|percent|per cent|%|fraction|most|part|share) of $/;

interface Coefficient extends Omit<Numeral, 'isWhole'> {
  readonly isDigits: boolean;
  /** "3" in "three hundred", the part that "two to three hundred billion" shares. */
  readonly hundreds: Decimal | null;
  readonly needsScale: boolean;
}

function wordsValue(words: string | undefined): number {
  if (words === undefined) return 0;
  return words.split(/[ -]+/).reduce((sum, word) => sum + (WORD_VALUES.get(word) ?? 1), 0);
}

function readWordCoefficient(phrase: PhraseText, at: number): Coefficient | null {
  const base = { isDigits: false, hundreds: null, mayBeGrouped: false, notes: [], problem: null };
  const half = matchAt(HALF_WORDS, phrase, at);
  if (half !== null)
    return { ...base, end: at + half[0].length, value: new Decimal('0.5'), needsScale: true };
  const words = matchAt(NUMBER_WORDS, phrase, at);
  if (words !== null) {
    const [printed, hundreds, afterHundreds, below, decimals] = words;
    const whole = wordsValue(hundreds) * 100 + wordsValue(afterHundreds) + wordsValue(below);
    const places = (decimals ?? '')
      .split(' ')
      .slice(2)
      .map((word) => WORD_VALUES.get(word) ?? 0);
    const value = new Decimal(places.length === 0 ? whole : `${whole}.${places.join('')}`);
    const exactHundreds = hundreds !== undefined && afterHundreds === undefined && places.length === 0;
    return {
      ...base,
      end: at + printed.length,
      value,
      hundreds: exactHundreds ? value.div(100) : null,
      needsScale: false,
    };
  }
  const article = matchAt(ARTICLE, phrase, at);
  if (article === null) return null;
  const problem = PART_OF.test(phrase.lower.slice(Math.max(0, at - 24), at))
    ? 'a figure, not a part of one'
    : null;
  return { ...base, end: at + article[0].length, value: new Decimal(1), needsScale: true, problem };
}

function readCoefficient(phrase: PhraseText, at: number): Coefficient | null {
  const first = phrase.lower.charAt(at);
  if (isDigit(first) || first === '.') {
    const numeral = readNumeral(phrase, at);
    return numeral && { ...numeral, isDigits: true, hundreds: null, needsScale: false };
  }
  const before = phrase.lower.charAt(at - 1);
  if (!isLetter(first) || isLetter(before) || isDigit(before)) return null;
  return readWordCoefficient(phrase, at);
}

interface ScaleRun extends Scale {
  readonly end: number;
}

/** Reads magnitude words that multiply: "hundred billion", "thousand million", each at least as great as the last. */
function readScaleRun(phrase: PhraseText, at: number): ScaleRun | null {
  let run: ScaleRun = { end: at, power: 0, standsAlone: false };
  let lastPower = 0;
  for (let count = 0; count < 3; count += 1) {
    const match = matchAt(SCALE_WORD, phrase, run.end);
    const scale = SCALE_BY_WORD.get(match?.[1] ?? '');
    if (match === null || scale === undefined || scale.power < lastPower) break;
    lastPower = scale.power;
    run = {
      end: run.end + match[0].length,
      power: run.power + scale.power,
      standsAlone: run.standsAlone || scale.standsAlone,
    };
  }
  return run.end === at ? null : run;
}

interface Term {
  readonly end: number;
  readonly value: Decimal;
  readonly scale: ScaleRun | null;
  readonly coefficient: Coefficient;
  readonly andMore: boolean;
  readonly problem: string | null;
}

function readTerm(phrase: PhraseText, at: number): Term | null {
  const coefficient = readCoefficient(phrase, at);
  if (coefficient === null) return null;
  const half = coefficient.needsScale ? null : matchAt(AND_A_HALF, phrase, coefficient.end);
  const afterHalf = coefficient.end + (half?.[0].length ?? 0);
  const more = matchAt(AND_MORE_BEFORE_SCALE, phrase, afterHalf);
  const scale = readScaleRun(phrase, afterHalf + (more?.[0].length ?? 0));
  if (scale === null) {
    if (coefficient.needsScale) return null;
    const { end, value } = coefficient;
    const ambiguous = coefficient.mayBeGrouped
      ? 'a comma between thousands, or no zeros after a decimal point'
      : null;
    return { end, value, scale, coefficient, andMore: false, problem: coefficient.problem ?? ambiguous };
  }
  const unit = powerOfTen(scale.power);
  const multiplied = coefficient.value.times(unit);
  const trailingHalf = half === null ? matchAt(AND_A_HALF, phrase, scale.end) : null;
  const hasHalf = half !== null || trailingHalf !== null;
  const value = hasHalf ? sumExactly([multiplied, unit.times('0.5')]) : multiplied;
  return {
    end: scale.end + (trailingHalf?.[0].length ?? 0),
    value: value ?? multiplied,
    scale,
    coefficient,
    andMore: more !== null,
    problem: value === null ? TOO_MANY_DIGITS : coefficient.problem,
  };
}

/**
 * The next smaller term of a compound ("one trillion two hundred billion", "two thousand five hundred"), or null.
 * A bare number continues words only before a currency: "one trillion two years" ends at the trillion. An "and"
 * or a line break before a further magnitude word makes it another figure.
 */
function readNextTerm(phrase: PhraseText, last: Term): Term | null {
  const gap = matchAt(NEXT_TERM, phrase, last.end);
  if (gap === null || last.scale === null) return null;
  const [printed, and] = gap;
  if (phrase.folded.slice(last.end, last.end + printed.length).includes('\n')) return null;
  const next = readTerm(phrase, last.end + printed.length);
  if (next === null || next.coefficient.needsScale || next.problem !== null) return null;
  if (next.value.greaterThanOrEqualTo(powerOfTen(last.scale.power))) return null;
  if (next.scale !== null) return and === undefined && next.scale.power < last.scale.power ? next : null;
  return !last.coefficient.isDigits && !next.coefficient.isDigits && currencyFollows(phrase, next.end)
    ? next
    : null;
}

function leadingOf(term: Term): Quantity['leading'] {
  const { hundreds } = term.coefficient;
  if (hundreds === null || term.scale === null) return null;
  return { digit: hundreds, factor: new Decimal(100) };
}

function readTerms(phrase: PhraseText, at: number): Term[] {
  const terms: Term[] = [];
  let next = readTerm(phrase, at);
  while (next !== null) {
    terms.push(next);
    next = next.problem === null ? readNextTerm(phrase, next) : null;
  }
  return terms;
}

/**
 * Reads a definite number in digits or English words with its magnitude words: "17.1 trillion", "twenty-five billion",
 * "one and a half trillion", "half a trillion", "1 trillion 200 billion", "5+ trillion", and a bare "500".
 */
export function readEnglishNumber(phrase: PhraseText, at: number): Quantity | null {
  const terms = readTerms(phrase, at);
  const [first] = terms;
  const last = terms.at(-1);
  if (first === undefined || last === undefined) return null;
  const sum = sumExactly(terms.map(({ value }) => value));
  return {
    ...BARE_NUMBER,
    end: last.end,
    value: sum ?? first.value,
    unit: first.scale === null ? null : powerOfTen(first.scale.power),
    leading: leadingOf(first),
    andMore: terms.some((term) => term.andMore),
    standsAlone: first.scale?.standsAlone ?? false,
    notes: terms.flatMap((term) => term.coefficient.notes),
    problem: first.problem ?? (sum === null ? TOO_MANY_DIGITS : null),
  };
}

const MULTIPLES = new Map([
  ['ten', 10],
  ['dozen', 12],
  ['score', 20],
  ['hundred', 100],
]);
const SEVERAL = new RegExp(
  `(several|a few|few|many|multiple|numerous|a couple(?: of)?)(?:${GAP}(dozen|hundred)${END})?(?=${GAP})`,
  'y',
);
const PLURALS = new RegExp(
  `((?:tens|dozens|scores|hundreds|thousands)${END})(?: of ((?:tens|hundreds|thousands)${END}))?(?:(?: of)? ((?:thousand|million|billion|trillion)s?${END}))?`,
  'y',
);
const PLURAL_SCALE = new RegExp(`(?:millions|billions|trillions|quadrillions)${END}`, 'y');
const OF_THE_SCALE = / of (?=(?:thousands|millions|billions|trillions))/y;

function factorOf(plural: string | undefined): Decimal {
  if (plural === undefined) return new Decimal(1);
  const singular = plural.replace(/s$/, '');
  const power = SCALE_BY_WORD.get(singular)?.power ?? 0;
  return new Decimal(MULTIPLES.get(singular) ?? 10 ** power);
}

function indefiniteQuantity(end: number, low: Decimal, standsAlone: boolean): Quantity {
  return { ...BARE_NUMBER, end, value: low, isIndefinite: true, standsAlone };
}

function readSeveral(phrase: PhraseText, at: number): Quantity | null {
  const several = matchAt(SEVERAL, phrase, at);
  if (several === null) return null;
  const afterWords = at + several[0].length;
  const of = matchAt(OF_THE_SCALE, phrase, afterWords);
  const scale = readScaleRun(phrase, of === null ? afterWords : afterWords + of[0].length - 1);
  if (scale === null && several[2] === undefined) return null;
  const power = scale?.power ?? 0;
  const low = factorOf(several[2]).times(2).times(powerOfTen(power));
  return indefiniteQuantity(scale?.end ?? afterWords, low, power >= 6);
}

function readPlurals(phrase: PhraseText, at: number): Quantity | null {
  const scaleOnly = matchAt(PLURAL_SCALE, phrase, at);
  if (scaleOnly !== null) {
    return indefiniteQuantity(at + scaleOnly[0].length, factorOf(scaleOnly[0]).times(2), true);
  }
  const plurals = matchAt(PLURALS, phrase, at);
  if (plurals === null) return null;
  const [printed, multiple, further, scale] = plurals;
  const low = factorOf(multiple).times(2).times(factorOf(further)).times(factorOf(scale));
  const standsAlone = scale !== undefined && !scale.startsWith('thousand');
  return indefiniteQuantity(at + printed.length, low, standsAlone);
}

/**
 * Reads an indefinite English number: "several dozen trillion", "tens of trillions", "hundreds of billions", "a few
 * trillion", "trillions". Its value is the least it can be: a plural is at least two.
 */
export function readEnglishIndefinite(phrase: PhraseText, at: number): Quantity | null {
  const before = phrase.lower.charAt(at - 1);
  if (!isLetter(phrase.lower.charAt(at)) || isLetter(before) || isDigit(before)) return null;
  return readSeveral(phrase, at) ?? readPlurals(phrase, at);
}
