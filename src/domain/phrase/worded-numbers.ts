import { Decimal } from '../money/decimal.ts';
import { currencyFollows } from './currency-words.ts';
import type { Numeral, Quantity } from './numerals.ts';
import { BARE_NUMBER, powerOfTen, readNumeral, sumExactly, TOO_MANY_DIGITS } from './numerals.ts';
import type { PhraseText } from './phrase-text.ts';
import { endOfMatch, isDigit, isLetter, matchAt, skipSpaces } from './phrase-text.ts';
import en from './words/en.json' with { type: 'json' };
import { expand, LETTERS, perVocabulary } from './words.ts';

/** A power of ten. Abbreviations of one or two letters do not stand alone: they need a currency beside the figure. */
interface Scale {
  readonly power: number;
  readonly standsAlone: boolean;
}

const END = `(?![${LETTERS}0-9])`;
const GAP = '(?: +| ?- ?)';

function escaped(words: readonly string[]): string {
  return [...words]
    .sort((one, other) => other.length - one.length)
    .map((word) => word.replaceAll('.', '\\.'))
    .join('|');
}

/** The number words of a language, as tables and expressions. */
const numbersOf = perVocabulary(({ counted }) => {
  const {
    numbers,
    magnitudes,
    magnitudesOfCurrencies = {},
    singular = {},
    point,
    article,
    fractions,
    andAHalf,
    and,
    dozen,
    several,
    of,
    to,
  } = counted;
  const entries = (table: Readonly<Record<string, number>>, standsAlone: boolean) =>
    Object.entries(table).flatMap(([words, power]) =>
      words.split('|').map((word) => [word, { power, standsAlone: standsAlone && word.length > 1 }] as const),
    );
  const scales = new Map<string, Scale>([
    ...entries(magnitudes, true),
    ...entries(magnitudesOfCurrencies, false),
  ]);
  const values = new Map(
    Object.entries(numbers).flatMap(([value, words]) =>
      words.split('|').map((word) => [word, Number(value)] as const),
    ),
  );
  const long = [...scales.keys()].filter((word) => word.length > 3);
  const orNever = (source: string | undefined, tail: string): RegExp =>
    source === undefined ? /(?!)/y : new RegExp(expand(`(?:${source})${tail}`), 'y');
  return {
    scales,
    values,
    singular: new Map(Object.entries(singular)),
    word: new RegExp(`(${escaped([...values.keys()])})${END}`, 'y'),
    next: new RegExp(`(?: +| ?- ?)(?:(?:${and}) +)?(?=(?:${escaped([...values.keys()])})${END})`, 'y'),
    point: orNever(point && ` ${point}`, ' +(?=[a-z])'),
    fractions: Object.entries(fractions).map(
      ([value, words]) => [new Decimal(value), orNever(words, `(?=(?:${GAP})?[${LETTERS}])`)] as const,
    ),
    article: orNever(article, `(?=${GAP}(?:hundred|${dozen ?? '(?!)'}|${escaped(long)})${END})`),
    dozen: orNever(dozen && `${GAP}(?:${dozen})`, END),
    of: orNever(of && ` ${of}`, ''),
    to: new RegExp(expand(` ?- ?| (?:${to}) `), 'y'),
    several: orNever(several, `${END}(?: ${of ?? '(?!)'}| (?:de|di) )? *`),
    andAHalf: new RegExp(andAHalf === undefined ? '(?!)' : expand(`${GAP}(?:${andAHalf})${END}`), 'y'),
    scale: new RegExp(
      `(?: *|${GAP})(?:(${escaped([...scales.keys()])})${END}|(m)(?=(?:usd|eur|gbp|aud|cad|chf|sek|nok|dkk)${END}))`,
      'y',
    ),
    singularScale: new RegExp(`(?: *|${GAP})(${escaped(Object.keys(singular)) || '(?!)'})(?![A-Za-z])`, 'y'),
  };
});

const AND_MORE_BEFORE_SCALE = /\+(?= ?[a-z])|-plus(?=[ -])|[ -]odd(?=[ -])/y;
const POINT_IN_WORDS = / point (\d{1,9})(?![\d.,])/y;
const NEXT_TERM = / +(and +)?/y;

/** A number before its magnitude words. */
interface Coefficient extends Omit<Numeral, 'isWhole'> {
  readonly isDigits: boolean;
  /** "3" in "three hundred", the part that "two to three hundred billion" shares. */
  readonly hundreds: Decimal | null;
  readonly needsScale: boolean;
}

const WORDED = {
  isDigits: false,
  hundreds: null,
  needsScale: false,
  readings: [],
  needsIndia: false,
  notes: [],
  problem: null,
};

/** Reads number words of one number: "twenty-five", "one hundred and twenty", "one point two five". */
function readNumberWords(phrase: PhraseText, at: number): Coefficient | null {
  const { word, next, values, article, point, andAHalf } = numbersOf(phrase.vocabulary);
  const wordAt = (place: number) => {
    const match = matchAt(word, phrase, place);
    return match === null
      ? null
      : { end: match.index + match[0].length, value: values.get(match[1] ?? '') ?? 0 };
  };
  const afterArticle = endOfMatch(article, phrase, at);
  const first = afterArticle > at ? { end: afterArticle, value: 1 } : wordAt(at);
  if (first === null) return null;
  let { end, value: whole } = first;
  let problem: string | null = null;
  for (;;) {
    const gapEnd = endOfMatch(next, phrase, end);
    const found = gapEnd === end || endOfMatch(andAHalf, phrase, end) > end ? null : wordAt(gapEnd);
    if (found === null) break;
    const isHundreds = found.value === 100 && whole > 0 && whole < 100;
    const fills =
      found.value > 0 &&
      (whole >= 100
        ? found.value < 100 && whole % 100 === 0
        : found.value < 10 && whole >= 20 && whole % 10 === 0);
    const joins =
      whole >= 120 && whole % 100 >= 20 && whole % 10 === 0 && found.value < 10 && found.value > 0;
    if (!isHundreds && !fills && !joins) problem = 'one number, not two side by side';
    whole = isHundreds ? whole * 100 : whole + found.value;
    end = found.end;
  }
  if (afterArticle > at && end === afterArticle)
    return { ...WORDED, end, value: new Decimal(1), needsScale: true };
  const places: number[] = [];
  for (let place = endOfMatch(point, phrase, end); place > end; place = skipSpaces(phrase, end)) {
    const digit = wordAt(place);
    if (digit === null || digit.value > 9) break;
    places.push(digit.value);
    end = digit.end;
  }
  const value = new Decimal(places.length === 0 ? whole : `${whole}.${places.join('')}`);
  const isHundreds = whole >= 100 && whole % 100 === 0 && places.length === 0;
  return { ...WORDED, end, value, hundreds: isHundreds ? value.div(100) : null, problem };
}

function readWordCoefficient(phrase: PhraseText, at: number): Coefficient | null {
  let longest: Coefficient | null = null;
  for (const [value, words] of numbersOf(phrase.vocabulary).fractions) {
    const end = endOfMatch(words, phrase, at);
    if (end > (longest?.end ?? at)) longest = { ...WORDED, end, value, needsScale: true };
  }
  if (longest !== null) return longest;
  return readNumberWords(phrase, at) ?? readOneAndAHalf(phrase, at);
}

/** "Millón y medio": a magnitude without a number is one of it where a half follows. */
function readOneAndAHalf(phrase: PhraseText, at: number): Coefficient | null {
  const scale = readScaleRun(phrase, at);
  const hasHalf =
    scale !== null && endOfMatch(numbersOf(phrase.vocabulary).andAHalf, phrase, scale.end) > scale.end;
  return hasHalf ? { ...WORDED, end: at, value: new Decimal(1), needsScale: true } : null;
}

/** Whether a word of Latin letters begins here. */
function beginsWord(phrase: PhraseText, at: number): boolean {
  const before = phrase.lower.charAt(at - 1);
  return isLetter(phrase.lower.charAt(at)) && !isLetter(before) && !isDigit(before);
}

/** "1 point 25", in digits. */
function withPointInWords(phrase: PhraseText, numeral: Numeral): Numeral {
  if (!numeral.isWhole || numeral.problem !== null) return numeral;
  const places = matchAt(POINT_IN_WORDS, phrase, numeral.end);
  if (places === null) return numeral;
  const value = numeral.value.plus(new Decimal(`0.${places[1]}`));
  return { ...numeral, end: numeral.end + places[0].length, value, isWhole: false };
}

function readCoefficient(phrase: PhraseText, at: number): Coefficient | null {
  if (beginsWord(phrase, at)) return readWordCoefficient(phrase, at);
  const numeral = readNumeral(phrase, at);
  if (numeral === null) return null;
  return { ...withPointInWords(phrase, numeral), isDigits: true, hundreds: null, needsScale: false };
}

interface ScaleRun extends Scale {
  readonly end: number;
}

/** Reads magnitude words that multiply: "hundred billion", "thousand million", each at least as great as the last. */
function readScaleRun(phrase: PhraseText, at: number): ScaleRun | null {
  let run: ScaleRun = { end: at, power: 0, standsAlone: false };
  let lastPower = 0;
  const { scale: word, scales } = numbersOf(phrase.vocabulary);
  for (let count = 0; count < 3; count += 1) {
    const match = matchAt(word, phrase, run.end);
    const scale = scales.get(match?.[1] ?? match?.[2] ?? '');
    if (match === null || scale === undefined || scale.power < lastPower) break;
    lastPower = scale.power;
    const standsAlone = run.standsAlone || scale.standsAlone;
    run = { end: run.end + match[0].length, power: run.power + scale.power, standsAlone };
  }
  return run.end === at ? null : run;
}

/** A magnitude that is one only in this form, as printed: "1 Billion" in German. */
function readSingularScale(
  phrase: PhraseText,
  at: number,
  { value, isDigits }: Coefficient,
): ScaleRun | null {
  const { singular, singularScale } = numbersOf(phrase.vocabulary);
  if (singular.size === 0 || !(value.equals(1) || (!isDigits && value.lessThan(1)))) return null;
  singularScale.lastIndex = at;
  const match = singularScale.exec(phrase.folded);
  const power = singular.get(match?.[1] ?? '');
  return match === null || power === undefined
    ? null
    : { end: at + match[0].length, power, standsAlone: true };
}

/** Whether a magnitude word of this language stands at a place, with its power of ten and its end. */
export function readMagnitude(
  phrase: PhraseText,
  at: number,
): { readonly end: number; readonly power: number } | null {
  return readScaleRun(phrase, at);
}

/** A number with its magnitude words. */
interface Term extends Coefficient {
  readonly scale: ScaleRun | null;
  readonly andMore: boolean;
}

function readTerm(phrase: PhraseText, at: number): Term | null {
  const coefficient = readCoefficient(phrase, at);
  if (coefficient === null) return null;
  const { needsScale } = coefficient;
  const { andAHalf, dozen } = numbersOf(phrase.vocabulary);
  const dozens = readDozens(phrase, coefficient, dozen);
  if (dozens !== null) return dozens;
  const afterHalf = needsScale ? coefficient.end : endOfMatch(andAHalf, phrase, coefficient.end);
  const afterMore = endOfMatch(AND_MORE_BEFORE_SCALE, phrase, afterHalf);
  const scale = readScaleRun(phrase, afterMore) ?? readSingularScale(phrase, afterMore, coefficient);
  if (scale === null) {
    const isBare = !needsScale || sharesScale(phrase, coefficient);
    return isBare ? { ...coefficient, needsScale: false, scale, andMore: false } : null;
  }
  const unit = powerOfTen(scale.power);
  const end = afterHalf > coefficient.end ? scale.end : endOfMatch(andAHalf, phrase, scale.end);
  const hasHalf = afterHalf > coefficient.end || end > scale.end;
  const multiplied = coefficient.value.times(unit);
  const value = sumExactly([multiplied, unit.times(hasHalf ? '0.5' : 0)]);
  const problem = value === null ? TOO_MANY_DIGITS : coefficient.problem;
  // Where the point is the decimal mark, a magnitude word makes it one: "1.500 million" is one and a half.
  const readings = phrase.vocabulary.hasDecimalComma
    ? coefficient.readings.map((one) => one.times(unit))
    : [];
  return {
    ...coefficient,
    end,
    value: value ?? multiplied,
    readings,
    scale,
    andMore: afterMore > afterHalf,
    problem,
  };
}

/** "Anderthalb bis zwei Milliarden": one and a half of what follows. A half may be what something is cut by: "by half to 3 billion". */
function sharesScale(phrase: PhraseText, { value, end }: Coefficient): boolean {
  return value.greaterThan(1) && matchAt(numbersOf(phrase.vocabulary).to, phrase, end) !== null;
}

/** "3 dozen billion": a dozen counts only before a magnitude. */
function readDozens(phrase: PhraseText, coefficient: Coefficient, dozen: RegExp): Term | null {
  const end = endOfMatch(dozen, phrase, coefficient.end);
  const scale = end > coefficient.end ? readScaleRun(phrase, end) : null;
  if (scale === null) return null;
  const value = coefficient.value.times(12).times(powerOfTen(scale.power));
  return { ...coefficient, end: scale.end, value, readings: [], scale, andMore: false };
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
  const isCounted = last.isDigits && next.isDigits && and === undefined && last.scale.power <= 5;
  if (isCounted && (next.scale?.power ?? 0) > 5) return next;
  if (next.value.greaterThanOrEqualTo(powerOfTen(last.scale.power))) return null;
  if (next.scale !== null) return and === undefined && next.scale.power < last.scale.power ? next : null;
  return !last.isDigits && !next.isDigits && currencyFollows(phrase, next.end) ? next : null;
}

/** "4 mil 800 millones", "2 lakh 62 thousand 200 crore": what stands before a greater magnitude is counted in it. */
function countedIn(terms: readonly Term[], next: Term): Term {
  const unit = powerOfTen(next.scale?.power ?? 0);
  const below = powerOfTen(terms.at(-1)?.scale?.power ?? 0);
  const value = sumExactly([...terms.map((term) => term.value.times(unit)), next.value]);
  const fits = value !== null && next.value.lessThan(unit.times(below));
  return {
    ...next,
    value: value ?? next.value,
    problem: fits ? null : 'each magnitude smaller than the one before',
  };
}

/**
 * Reads a definite number in digits or words with its magnitude words: "17.1 trillion", "twenty-five billion",
 * "one and a half trillion", "half a trillion", "1 trillion 200 billion", "5+ trillion", and a bare "500".
 */
export function readWordedNumber(phrase: PhraseText, at: number): Quantity | null {
  const terms: Term[] = [];
  for (let next = readTerm(phrase, at); next !== null; next = readNextTerm(phrase, next)) {
    const isGreater = next.scale !== null && next.scale.power > (terms.at(-1)?.scale?.power ?? 99);
    if (isGreater) terms.splice(0, terms.length, countedIn(terms, next));
    else terms.push(next);
  }
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
    readings: terms.length === 1 ? first.readings : [],
    needsIndia: first.needsIndia && !(scale?.power === 5 || scale?.power === 7 || scale?.power === 12),
    notes: terms.flatMap(({ notes }) => notes),
    problem: first.problem ?? (sum === null ? TOO_MANY_DIGITS : null),
  };
}

const OPEN_NUMBER = 'a number, not an open one such as several';

/** "Dizaines de milliards", in a language in which open numbers are refused. */
function readSeveral(phrase: PhraseText, at: number): Quantity | null {
  const start = endOfMatch(numbersOf(phrase.vocabulary).several, phrase, at);
  if (start === at) return null;
  const scale = readScaleRun(phrase, start);
  if (scale === null && !currencyFollows(phrase, start)) return null;
  const end = scale?.end ?? start;
  return { ...BARE_NUMBER, end, value: new Decimal(2), standsAlone: true, problem: OPEN_NUMBER };
}

/** A magnitude before a currency without a number that could be read: "siebzehneinhalb Milliarden Euro". */
export function readBareMagnitude(phrase: PhraseText, at: number): Quantity | null {
  if (!phrase.vocabulary.isAlone || !beginsWord(phrase, at)) return null;
  const scale = readScaleRun(phrase, at);
  const isSum = scale !== null && scale.power >= 6 && phrase.lower.charAt(scale.end) === ' ';
  if (!isSum || !scale.standsAlone) return null;
  const currencyAt = endOfMatch(numbersOf(phrase.vocabulary).of, phrase, scale.end);
  if (!currencyFollows(phrase, currencyAt)) return null;
  return { ...BARE_NUMBER, end: scale.end, value: powerOfTen(scale.power), problem: OPEN_NUMBER };
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

const ENGLISH_POWERS = new Map(
  Object.entries({ ...en.magnitudes, ...en.magnitudesOfCurrencies }).flatMap(([words, power]) =>
    words.split('|').map((word) => [word, power] as const),
  ),
);

/** At least two of what the words count: "hundreds", "trillions". */
function twoOf(words: readonly (string | undefined)[]): Decimal {
  return words.reduce((product, word) => {
    const singular = word?.replace(/s$/, '') ?? '';
    const multiple = (en.multiples as Readonly<Record<string, number>>)[singular];
    return product.times(multiple ?? powerOfTen(ENGLISH_POWERS.get(singular) ?? 0));
  }, new Decimal(2));
}

/**
 * Reads an indefinite English number: "several dozen trillion", "tens of trillions", "hundreds of billions", "a few
 * trillion", "trillions". Its value is the least it can be: a plural is at least two.
 */
export function readIndefinite(phrase: PhraseText, at: number): Quantity | null {
  if (!beginsWord(phrase, at)) return null;
  if (phrase.vocabulary.isAlone) return readSeveral(phrase, at);
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
