import { Decimal } from '../money/decimal.ts';
import { currencyFollows } from './currency-words.ts';
import type { Numeral, Quantity } from './numerals.ts';
import { BARE_NUMBER, powerOfTen, readNumeral, sumExactly, TOO_MANY_DIGITS } from './numerals.ts';
import type { PhraseText } from './phrase-text.ts';
import { endOfMatch, isDigit, isLetter, matchAt } from './phrase-text.ts';
import en from './words/en.json' with { type: 'json' };

const UNITS = en.numbers.units.split('|');
const TENS = en.numbers.tens.split('|');
const DIGITS = UNITS.slice(0, 10);

const WORD_VALUES: ReadonlyMap<string, number> = new Map([
  ...UNITS.map((word, value) => [word, value] as const),
  ...TENS.map((word, index) => [word, (index + 2) * 10] as const),
]);

/** A power of ten. Abbreviations of one or two letters do not stand alone: they need a currency beside the figure. */
interface Scale {
  readonly power: number;
  readonly standsAlone: boolean;
}

const SCALE_BY_WORD: ReadonlyMap<string, Scale> = new Map(
  [en.magnitudes, en.magnitudesOfCurrencies].flatMap((magnitudes) =>
    Object.entries(magnitudes).flatMap(([words, power]) =>
      words.split('|').map((word) => [word, { power, standsAlone: magnitudes === en.magnitudes }] as const),
    ),
  ),
);
const SCALE_WORDS = [...SCALE_BY_WORD.keys()];

const END = '(?![a-z0-9])';
const GAP = '(?: +| ?- ?)';
const BELOW_HUNDRED = `(?:(?:${TENS.join('|')})(?:[ -](?:${DIGITS.slice(1).join('|')})${END})?|(?:${UNITS.join('|')}))${END}`;

const NUMBER_WORDS = new RegExp(
  `(?:(${BELOW_HUNDRED}|an?)${GAP}hundred${END}(?:${GAP}(?:and${GAP})?(${BELOW_HUNDRED}))?|(${BELOW_HUNDRED}))` +
    `((?: point(?: (?:${DIGITS.join('|')})${END})+)?)`,
  'y',
);
const HALF_WORDS = new RegExp(`(?:(?:one|a)${GAP})?half(?:${GAP}of)?(?:${GAP}an?)?(?=${GAP})`, 'y');
const ARTICLE = new RegExp(
  `an?(?=${GAP}(?:${SCALE_WORDS.filter((word) => word.length > 3).join('|')})${END})`,
  'y',
);
const AND_A_HALF = new RegExp(`${GAP}and${GAP}a${GAP}half${END}`, 'y');
const SCALE_WORD = new RegExp(`(?: *|${GAP})(${SCALE_WORDS.join('|')})${END}`, 'y');
const AND_MORE_BEFORE_SCALE = /\+(?= ?[a-z])|-plus(?=[ -])|[ -]odd(?=[ -])/y;
const NEXT_TERM = / +(and +)?/y;

/** A number before its magnitude words. */
interface Coefficient extends Omit<Numeral, 'isWhole'> {
  readonly isDigits: boolean;
  /** "3" in "three hundred", the part that "two to three hundred billion" shares. */
  readonly hundreds: Decimal | null;
  readonly needsScale: boolean;
}

function wordsValue(words: string | undefined): number {
  return words?.split(/[ -]+/).reduce((sum, word) => sum + (WORD_VALUES.get(word) ?? 1), 0) ?? 0;
}

function readWordCoefficient(phrase: PhraseText, at: number): Coefficient | null {
  const base = {
    isDigits: false,
    hundreds: null,
    needsScale: true,
    mayBeGrouped: false,
    notes: [],
    problem: null,
  };
  const half = matchAt(HALF_WORDS, phrase, at);
  if (half !== null) return { ...base, end: at + half[0].length, value: new Decimal('0.5') };
  const words = matchAt(NUMBER_WORDS, phrase, at);
  if (words !== null) {
    const [printed, hundreds, afterHundreds, below, decimals = ''] = words;
    const whole = wordsValue(hundreds) * 100 + wordsValue(afterHundreds) + wordsValue(below);
    const places = decimals.split(' ').slice(2).map(wordsValue);
    const value = new Decimal(places.length === 0 ? whole : `${whole}.${places.join('')}`);
    const isHundreds = hundreds !== undefined && afterHundreds === undefined && places.length === 0;
    const shared = isHundreds ? value.div(100) : null;
    return { ...base, end: at + printed.length, value, hundreds: shared, needsScale: false };
  }
  const end = endOfMatch(ARTICLE, phrase, at);
  return end === at ? null : { ...base, end, value: new Decimal(1) };
}

/** Whether a word of Latin letters begins here. */
function beginsWord(phrase: PhraseText, at: number): boolean {
  const before = phrase.lower.charAt(at - 1);
  return isLetter(phrase.lower.charAt(at)) && !isLetter(before) && !isDigit(before);
}

function readCoefficient(phrase: PhraseText, at: number): Coefficient | null {
  if (beginsWord(phrase, at)) return readWordCoefficient(phrase, at);
  const numeral = readNumeral(phrase, at);
  return numeral && { ...numeral, isDigits: true, hundreds: null, needsScale: false };
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
    const standsAlone = run.standsAlone || scale.standsAlone;
    run = { end: run.end + match[0].length, power: run.power + scale.power, standsAlone };
  }
  return run.end === at ? null : run;
}

/** A number with its magnitude words. */
interface Term extends Coefficient {
  readonly scale: ScaleRun | null;
  readonly andMore: boolean;
}

function readTerm(phrase: PhraseText, at: number): Term | null {
  const coefficient = readCoefficient(phrase, at);
  if (coefficient === null) return null;
  const { needsScale, mayBeGrouped } = coefficient;
  const afterHalf = needsScale ? coefficient.end : endOfMatch(AND_A_HALF, phrase, coefficient.end);
  const afterMore = endOfMatch(AND_MORE_BEFORE_SCALE, phrase, afterHalf);
  const scale = readScaleRun(phrase, afterMore);
  if (scale === null) {
    const grouped = mayBeGrouped ? 'a comma between thousands, or no zeros after a decimal point' : null;
    const problem = coefficient.problem ?? grouped;
    return needsScale ? null : { ...coefficient, scale, andMore: false, problem };
  }
  const unit = powerOfTen(scale.power);
  const end = afterHalf > coefficient.end ? scale.end : endOfMatch(AND_A_HALF, phrase, scale.end);
  const hasHalf = afterHalf > coefficient.end || end > scale.end;
  const multiplied = coefficient.value.times(unit);
  const value = sumExactly([multiplied, unit.times(hasHalf ? '0.5' : 0)]);
  const problem = value === null ? TOO_MANY_DIGITS : coefficient.problem;
  return { ...coefficient, end, value: value ?? multiplied, scale, andMore: afterMore > afterHalf, problem };
}

/**
 * The next smaller term of a compound ("one trillion two hundred billion", "two thousand five hundred"), or null.
 * A bare number continues words only before a currency: "one trillion two years" ends at the trillion. An "and"
 * or a line break before a further magnitude word makes it another figure.
 */
function readNextTerm(phrase: PhraseText, last: Term): Term | null {
  const gap = matchAt(NEXT_TERM, phrase, last.end);
  if (gap === null || last.scale === null || last.problem !== null) return null;
  const [printed, and] = gap;
  if (phrase.folded.slice(last.end, last.end + printed.length).includes('\n')) return null;
  const next = readTerm(phrase, last.end + printed.length);
  if (next === null || next.needsScale || next.problem !== null) return null;
  if (next.value.greaterThanOrEqualTo(powerOfTen(last.scale.power))) return null;
  if (next.scale !== null) return and === undefined && next.scale.power < last.scale.power ? next : null;
  return !last.isDigits && !next.isDigits && currencyFollows(phrase, next.end) ? next : null;
}

/**
 * Reads a definite number in digits or English words with its magnitude words: "17.1 trillion", "twenty-five billion",
 * "one and a half trillion", "half a trillion", "1 trillion 200 billion", "5+ trillion", and a bare "500".
 */
export function readEnglishNumber(phrase: PhraseText, at: number): Quantity | null {
  const terms: Term[] = [];
  for (let next = readTerm(phrase, at); next !== null; next = readNextTerm(phrase, next)) terms.push(next);
  const [first] = terms;
  if (first === undefined) return null;
  const { scale, hundreds } = first;
  const sum = sumExactly(terms.map(({ value }) => value));
  return {
    ...BARE_NUMBER,
    end: terms.at(-1)?.end ?? first.end,
    value: sum ?? first.value,
    unit: scale && powerOfTen(scale.power),
    leading: hundreds && scale && { digit: hundreds, factor: new Decimal(100) },
    andMore: terms.some(({ andMore }) => andMore),
    standsAlone: scale?.standsAlone ?? false,
    notes: terms.flatMap(({ notes }) => notes),
    problem: first.problem ?? (sum === null ? TOO_MANY_DIGITS : null),
  };
}

const SEVERAL = new RegExp(
  `(?:several|a few|few|many|multiple|numerous|a couple(?: of)?)(?:${GAP}(dozen|hundred)${END})?(?=${GAP})`,
  'y',
);
const OF_THE_SCALE = / of(?= (?:thousands|millions|billions|trillions))/y;
const PLURALS = new RegExp(
  `((?:millions|billions|trillions|quadrillions)${END})|((?:tens|dozens|scores|hundreds|thousands)${END})` +
    `(?: of ((?:tens|hundreds|thousands)${END}))?(?:(?: of)? ((?:thousand|million|billion|trillion)s?${END}))?`,
  'y',
);

/** At least two of what the words count: "hundreds", "trillions". */
function twoOf(words: readonly (string | undefined)[]): Decimal {
  return words.reduce((product, word) => {
    const singular = word?.replace(/s$/, '') ?? '';
    const multiple = (en.multiples as Readonly<Record<string, number>>)[singular];
    return product.times(multiple ?? powerOfTen(SCALE_BY_WORD.get(singular)?.power ?? 0));
  }, new Decimal(2));
}

/**
 * Reads an indefinite English number: "several dozen trillion", "tens of trillions", "hundreds of billions", "a few
 * trillion", "trillions". Its value is the least it can be: a plural is at least two.
 */
export function readEnglishIndefinite(phrase: PhraseText, at: number): Quantity | null {
  if (!beginsWord(phrase, at)) return null;
  const several = matchAt(SEVERAL, phrase, at);
  if (several !== null) {
    const [printed, multiple] = several;
    const end = at + printed.length;
    const scale = readScaleRun(phrase, endOfMatch(OF_THE_SCALE, phrase, end));
    const { power } = scale ?? { power: 0 };
    const value = twoOf([multiple]).times(powerOfTen(power));
    const open = { end: scale?.end ?? end, value, isIndefinite: true, standsAlone: power >= 6 };
    return scale === null && multiple === undefined ? null : { ...BARE_NUMBER, ...open };
  }
  const plurals = matchAt(PLURALS, phrase, at);
  if (plurals === null) return null;
  const [printed, alone, ...words] = plurals;
  const scale = alone ?? words[2];
  const standsAlone = scale !== undefined && !scale.startsWith('thousand');
  return {
    ...BARE_NUMBER,
    end: at + printed.length,
    value: twoOf([alone, ...words]),
    isIndefinite: true,
    standsAlone,
  };
}
