import { Decimal } from '../money/decimal.ts';
import { CJK_NUMBER_INITIALS, readCjkNumber } from './cjk-numbers.ts';
import type { CurrencyReading, CurrencyRun } from './currency-words.ts';
import {
  codesOf,
  currencyInitials,
  mergeCurrencies,
  readCurrencyAfter,
  readCurrencyBefore,
} from './currency-words.ts';
import type { Quantity } from './numerals.ts';
import { FRACTIONS, isListed } from './numerals.ts';
import type { PhraseText } from './phrase-text.ts';
import { endOfMatch, endsAt, isDigit, isLetter, matchAt, skipSpaces } from './phrase-text.ts';
import { isCountedThing, isQualifiedBehind } from './surroundings.ts';
import { readBareMagnitude, readIndefinite, readMagnitude, readWordedNumber } from './worded-numbers.ts';
import en from './words/en.json' with { type: 'json' };
import { ANY_MAGNITUDES, expand, LETTERS, perVocabulary } from './words.ts';

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

const SIGNED = '[a-z]{0,3}[$€£¥₩₹] ?\\d{1,3}(?:[.,]\\d{1,2})?(?![\\d])';
/** The words that tie figures together, and what may follow a sum, as expressions over one language's words. */
const joinsOf = perVocabulary(({ counted, spoken }) => {
  const { of, between, and, to, from, changing, smallWords, respectively = '(?!)' } = counted;
  const changingTo = spoken.flatMap((words) => words.changingTo ?? []);
  const parts = ([10, 100] as const).flatMap((divisor) =>
    spoken.flatMap(({ cents = {}, tenths = {} }) =>
      Object.entries(divisor === 10 ? tenths : cents).map(([currencies, words]) => {
        return {
          divisor,
          words,
          codes: codesOf(currencies),
          pattern: new RegExp(`(?:${words})(?![${LETTERS}])`, 'y'),
        };
      }),
    ),
  );
  const cents = parts.map(({ words }) => words).join('|');
  return {
    of: of === undefined ? /(?!)/y : new RegExp(` ${of}`, 'y'),
    between: new RegExp(expand(`(?<![${LETTERS}])(?:${between}) |介于 *`), 'y'),
    and: new RegExp(expand(` (?:${and}) |(?:和|与) *`), 'y'),
    to: new RegExp(expand(` *(?:--?|~) *|—{1,2}| (?:${to})(?= )| *(?:至|到|乃至|から|에서|부터) *`), 'y'),
    from: new RegExp(from === undefined ? '(?!)' : expand(`(?<=(?<![${LETTERS}])(?:${from}) *)`), 'y'),
    changing: new RegExp(changing === undefined ? '(?!)' : `(?<=(?<![${LETTERS}])(?:${changing}) *)`, 'y'),
    changingTo: new RegExp(changingTo.join('|'), 'y'),
    small: new Set(smallWords.split('|')),
    listSeparator: new RegExp(
      ` *(?:[、,，]|和|与|及|와|과|,? (?:and|${and}|${respectively}) )(?: *(?:和|与|及|(?:and|${and}) ))? *`,
      'y',
    ),
    /** "$4, $5 and $6": each with its sign. */
    signed: new RegExp(
      `${SIGNED}(?:(?:, (?:(?:and|${and}) )?| (?:and|${and}|${respectively}) )${SIGNED}){1,9}`,
      'y',
    ),
    parts,
    beforeParts: new RegExp(`,? *(?:and|${and}) +| *(?:(?:又|と|과|와) *)?`, 'y'),
    cents: new RegExp(
      `(?:,? *(?:and|${and}) +| *(?:(?:又|と|과|와) *)?)` +
        `(?:\\d{1,3} ?|[一二两三四五六七八九十]{1,3}|[일이삼사오육칠팔구십]{1,4} ?|(?!and )[a-z]{3,9}(?:-[a-z]{3,5})? )(?:${cents})(?![${LETTERS}])`,
      'y',
    ),
  };
});

const WORD = new RegExp(`[${LETTERS}]+`, 'y');
/** Words built as magnitudes are in many languages: "miljardia", "trilyon", "bilhão". */
const MAGNITUDE_LIKE =
  /^(?:m|b|tr|quadr)[iy]l+[ijyh]?[a-zß-ɏḀ-ỿ]{0,7}$|^m(?:ln|lrd|lr|rd|ld|jn|io|ia|ds?|n|m)$|^(?:bn|bln|bi|tn|trn|tri|jt|rb|ribu|juta|crores?|lakhs?|lacs?|triệu|tỷ|tỉ|nghìn)$/;
const OTHER_SCRIPT = /[^a-zß-ɏḀ-ỿ]/;

/** Whether the word behind a sum may be a magnitude that this language does not have: the number is then not the sum. */
function isUnknownMagnitude(phrase: PhraseText, { end, unit, standsAlone, after }: Head): boolean {
  const word = matchAt(WORD, phrase, endOfMatch(/ ?-?/y, phrase, end))?.[0];
  if (word === undefined) return false;
  const { isAlone, counted } = phrase.vocabulary;
  if (OTHER_SCRIPT.test(word) && !OTHER_SCRIPT.test(counted.to)) return true;
  if (joinsOf(phrase.vocabulary).small.has(word)) return false;
  const isBare = unit === null && !standsAlone;
  if (ANY_MAGNITUDES.has(word) && (isBare || word.length > 2)) return true;
  if (!isBare || MAGNITUDE_LIKE.test(word)) return isBare;
  // Of other languages than English too few words are known to tell a thing from a magnitude.
  return after === null && (word.length <= 2 || isAlone);
}

/** What may follow a sum that no currency word stands beside, in Han characters, kana and hangul. */
const MAY_FOLLOW_SUM =
  /^ *[以左上下多余至到和与或是在为将由比占达增超投资规模金产值市场业新债贷财融收营利润成本预算税总计划工程大专、級级のをにはがとでもへ程前]|^ *(?:国债|资金|资本|基金|基建)|^ *(?:규모|투자|증가|감소|급증|급감|확대|축소|이상|이하|정도|가량|안팎|수준|대|내외|미만|초과)|^(?:에|을|를|은|는|이|가|로|까지|부터|의|짜리)(?![가-힣])|^(?:에서|부터)/;
const NO_WORD = new RegExp(`^ *(?:$|[^ ${LETTERS}一-鿿가-힣ぁ-ヿ-])`);

/** Whether what follows a number without a currency is a thing counted by it, or may be: "10 million electric vehicles". */
function mayBeCounted(phrase: PhraseText, at: number): boolean {
  if (isCountedThing(phrase, at)) return true;
  const behind = phrase.lower.slice(at, at + 24);
  if (NO_WORD.test(behind) || isQualifiedBehind(phrase, at)) return false;
  const start = skipSpaces(phrase, at);
  if (readCurrencyBefore(phrase, start) !== null) return false;
  const word = matchAt(WORD, phrase, start)?.[0];
  if (word !== undefined) return !joinsOf(phrase.vocabulary).small.has(word);
  return !/^ *[\d-]/.test(behind) && !MAY_FOLLOW_SUM.test(behind);
}

function readQuantity(phrase: PhraseText, at: number): Quantity | null {
  return (
    readCjkNumber(phrase, at) ??
    readIndefinite(phrase, at) ??
    readWordedNumber(phrase, at) ??
    readBareMagnitude(phrase, at)
  );
}

/** The currency after a number, over an "and more" or, after "trillions", an "of" between them. */
function readAfter(phrase: PhraseText, quantity: Quantity): { run: CurrencyRun | null; andMore: boolean } {
  const more = matchAt(AND_MORE_BEFORE_CURRENCY, phrase, quantity.end);
  if (more !== null) {
    const run = readCurrencyAfter(phrase, quantity.end + more[0].length);
    if (run !== null) return { run, andMore: true };
  }
  const end = quantity.isIndefinite
    ? endOfMatch(OF, phrase, quantity.end)
    : endOfMatch(joinsOf(phrase.vocabulary).of, phrase, quantity.end);
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
  const head = {
    ...quantity,
    start: at,
    end: after?.end ?? quantity.end,
    numberStart,
    numberEnd: quantity.end,
    andMore: andMore || quantity.andMore,
    currency: currencyOf(before, after),
    isNegative,
    before,
    after,
  };
  const moved = withCents(phrase, magnitudeBehindCurrency(phrase, head));
  return { ...moved, problem: moved.problem ?? problemOf(phrase, moved) };
}

/** The figure with the cents behind it, where those are cents of its currency: "3 dollars 50 cents", "5元3角2分". */
function withCents(phrase: PhraseText, head: Head): Head {
  const { parts, beforeParts, cents: anyCents } = joinsOf(phrase.vocabulary);
  const codes = head.currency?.codes ?? [];
  if (codes.length === 0 || head.unit !== null || head.andMore || !isDefinite(head)) return head;
  if (!head.value.isInteger() || matchAt(anyCents, phrase, head.end) === null) return head;
  let whole = head;
  for (const { divisor, codes: ofCodes, pattern } of parts) {
    if (!codes.some((code) => ofCodes.has(code))) continue;
    const cents = readQuantity(phrase, endOfMatch(beforeParts, phrase, whole.end));
    if (cents === null || cents.unit !== null || !isDefinite(cents)) continue;
    if (!cents.value.isInteger() || cents.value.greaterThanOrEqualTo(divisor)) continue;
    const word = matchAt(pattern, phrase, skipSpaces(phrase, cents.end));
    if (word === null) continue;
    const end = word.index + word[0].length;
    const value = whole.value.plus(cents.value.div(divisor));
    whole = { ...whole, value, end, numberEnd: end, problem: whole.problem ?? cents.problem };
  }
  const goesOn = whole.end > head.end && GOES_ON_IN_DIGITS.test(phrase.lower.charAt(whole.end));
  return goesOn ? { ...whole, problem: whole.problem ?? ONE_UNIT } : whole;
}

const GOES_ON_IN_DIGITS = /[\d〇零一二两三四五六七八九十]/;
const ONE_UNIT = 'the whole sum in one unit, such as 3.50 dollars';

/** "420 USD billion": the magnitude stands behind the currency. */
function magnitudeBehindCurrency(phrase: PhraseText, head: Head): Head {
  if (head.after === null || head.unit !== null) return head;
  const magnitude = readMagnitude(phrase, head.end);
  if (magnitude === null || magnitude.power < 3) return head;
  const unit = new Decimal(10).pow(magnitude.power);
  return { ...head, value: head.value.times(unit), unit, end: magnitude.end };
}

/** Why a number with its words is not the sum that it seems: it goes on, or its digits are grouped as nowhere else. */
function problemOf(phrase: PhraseText, head: Head): string | null {
  const { currency, end, numberEnd, unit, before, after } = head;
  if (before === null && after === null && unit === null) return null;
  const isIndian = currency?.codes.some((code) => INDIAN_CURRENCIES.has(code)) ?? false;
  if (head.needsIndia && !isIndian) return 'digits grouped in threes, with one decimal mark';
  if (isUnknownMagnitude(phrase, head)) return 'a magnitude word of the language of the text';
  const bracketed = unit === null ? matchAt(BRACKETED_NUMBER, phrase, end) : null;
  if (bracketed !== null && readMagnitude(phrase, end + bracketed[0].length) !== null)
    return 'a magnitude right behind its number';
  if (after === null && GOES_ON.test(phrase.lower.slice(numberEnd - 1, numberEnd + 2)))
    return 'a number apart from what follows it';
  if (
    (before ?? after) !== null &&
    (matchAt(joinsOf(phrase.vocabulary).cents, phrase, end) ??
      (unit === null ? matchAt(LOOSE_CENTS, phrase, end) : null)) !== null
  )
    return ONE_UNIT;
  return null;
}

/** The number that another is compared with, before the magnitude of both: "€8.5 (10.2) million". */
const BRACKETED_NUMBER = / ?\(\d[\d.,]{0,20}\) ?/y;
const INDIAN_CURRENCIES = new Set(['INR', 'PKR', 'LKR', 'NPR', 'BDT']);
/** Cents without a word: "20 dollars 43". */
const LOOSE_CENTS =
  /(?: (?:and )?|と|[와과] )(?:\d{1,2}(?![\d.,]*\d)|(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|[a-z]+teen|(?:twen|thir|for|fif|six|seven|eigh|nine)ty)(?![a-z]))(?! *(?:%|percent|per cent))/y;
/** A character of a number right behind one: what was read is only a part. */
const GOES_ON =
  /^.(?:个(?=[〇零一二三四五六七八九十半\d])|[〇零二三四五六七八九十百千万亿兆]|(?<=[万亿兆千百만억조경천])\d)/;

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
  return standsAlone && !isOfSomething && !mayBeCounted(phrase, numberEnd);
}

const JOINED_BY_OR = / or /y;
const HYPHEN_LIKE = /^ *(?:--?|~) *$|^—{1,2}$|^ *[至到] *$/;
/** After one of these, "from 2 trillion to 3 trillion" is a change, not a range. */
const CHANGE = new RegExp(`(?<=(?<![a-z])(?:${en.changeVerbs}) (?:[a-z]{1,24} ){0,2}from *)`, 'y');
/** After one of these, "3 trillion yuan to 10 trillion yuan" is a change and what it leads to. */
const CHANGE_BY = new RegExp(
  `(?<=(?<![a-z])(?:${en.changeVerbs}|decrease[ds]?|growth|gain(?:s|ed)?|reduction|hike) ` +
    '(?:(?:by|of|about|around|nearly|almost|roughly|some|over|more than|a further|another) ){0,5})',
  'y',
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

function readJoin(phrase: PhraseText, { unit, after }: Head, end: number, isBetween: boolean): Join | null {
  const { to, and } = joinsOf(phrase.vocabulary);
  const mayBeAlternative = unit === null && after === null;
  const join =
    matchAt(to, phrase, end) ??
    (isBetween ? matchAt(and, phrase, end) : null) ??
    (mayBeAlternative ? matchAt(JOINED_BY_OR, phrase, end) : null);
  return join && { end: skipSpaces(phrase, end + join[0].length), words: join[0] };
}

function isDefinite({ isIndefinite, high }: Quantity): boolean {
  return !isIndefinite && high === null;
}

/** Whether two joined numbers are the ends of one range rather than two figures, or a year and a figure. */
function isRange(phrase: PhraseText, head: Head, tail: Head, join: Join, low: Decimal): boolean {
  if (!isDefinite(head) || !isDefinite(tail) || runsIntoWord(phrase, tail)) return false;
  const printed = phrase.folded.slice(head.numberStart, head.numberEnd);
  const mayBeYear = YEAR.test(printed) && !hasCurrency(head) && !/^[-~]$/.test(join.words);
  if (mayBeYear && low.greaterThan(tail.value)) return false;
  const tailIsSum = tail.unit !== null || tail.standsAlone || hasCurrency(tail);
  if (tailIsSum) return hasCurrency(tail) || !mayBeCounted(phrase, tail.numberEnd);
  return head.before !== null && head.after === null && head.unit === null && HYPHEN_LIKE.test(join.words);
}

/** "1万-2万亿" means trillions at both ends, but says so only at one. */
function sharedUnitProblem(phrase: PhraseText, head: Head, tail: Head): string | null {
  const endsSmaller = head.after === null && phrase.lower.charAt(head.numberEnd - 1) === '万';
  const endsGreater = phrase.lower.slice(tail.numberEnd - 2, tail.numberEnd) === '万亿';
  return endsSmaller && endsGreater ? 'the whole unit at both ends, or only at the last' : null;
}

function readRange(phrase: PhraseText, start: number, head: Head, isBetween: boolean): Figure | null {
  const { lower, vocabulary } = phrase;
  const behind = readJoin(phrase, head, head.end, isBetween);
  const afterConversion = behind === null ? endOfConversion(phrase, head.end, head.currency) : head.end;
  const join = afterConversion > head.end ? readJoin(phrase, head, afterConversion, isBetween) : behind;
  const { changing, changingTo, from } = joinsOf(vocabulary);
  if (join === null || endsAt(CHANGE, lower, start) || endsAt(changing, lower, start)) return null;
  if (head.unit !== null && !isBetween && endsAt(from, lower, start)) return null;
  const isSum = hasCurrency(head) && (head.after !== null || head.unit !== null);
  if (isSum && join.words === ' to' && endsAt(CHANGE_BY, lower, start)) return null;
  const tail = readHead(phrase, join.end);
  if (tail === null) return null;
  const low = head.value.times(borrowedUnit(head, tail) ?? 1);
  if (!isRange(phrase, head, tail, join, low) || matchAt(changingTo, phrase, tail.end) !== null) return null;
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
    readings: [...head.readings, ...tail.readings],
    notes: [...head.notes, ...tail.notes],
    problem: head.problem ?? tail.problem ?? sharedUnitProblem(phrase, head, tail),
  };
}

const BRACKETED = /\s*[([{【]([^()[\]{}【】]{1,80})[)\]}】]/y;

/** The place after a conversion in brackets that stands at a place, or that place where none does. */
export function endOfConversion(phrase: PhraseText, at: number, main: CurrencyReading | null): number {
  const match = matchAt(BRACKETED, phrase, at);
  if (match === null) return at;
  const [whole, inner = ''] = match;
  const start = at + whole.length - inner.length - 1;
  const part = (form: string): string => form.slice(start, start + inner.length);
  const { text, folded, lower, vocabulary } = phrase;
  const figures = findFigures({ text: part(text), folded: part(folded), lower: part(lower), vocabulary });
  const isConversion = ({ currency }: Figure): boolean =>
    currency !== null &&
    currency.codes.length > 0 &&
    !currency.codes.some((code) => main?.codes.includes(code));
  return figures.length > 0 && figures.every(isConversion) ? at + whole.length : at;
}

const LISTED_FROM = /(?<=(?:分别|分別|依次|それぞれ|각각)[^。；;\d]{0,12})/y;

interface List {
  /** None where what seems a list does not end in a unit. */
  readonly figures: readonly Head[];
  /** Where its last number ends: no list begins before that. */
  readonly end: number;
}

/** The figures of a list whose last one names the unit of all: "分别为54.6、59.4、64.4万亿元". */
function readList(phrase: PhraseText, at: number): List {
  const heads: Head[] = [];
  const { signed, listSeparator } = joinsOf(phrase.vocabulary);
  const notOne = (): List => ({ figures: [], end: heads.at(-1)?.end ?? at });
  const isSigned = matchAt(signed, phrase, at) !== null;
  if (!isSigned && (!isDigit(phrase.lower.charAt(at)) || isDigit(phrase.lower.charAt(at - 1))))
    return notOne();
  const isSaid = endsAt(LISTED_FROM, phrase.lower, at) || isListed(phrase, at);
  if (!isSaid && !isSigned) return notOne();
  for (let place = at; heads.length < 20; ) {
    const head = readHead(phrase, place);
    if (head === null || head.high !== null || head.isIndefinite) return notOne();
    heads.push(head);
    const separator = matchAt(listSeparator, phrase, head.end);
    if (head.unit !== null || head.after !== null || separator === null) break;
    place = head.end + separator[0].length;
  }
  const last = heads.at(-1);
  if (heads.length < 2 || last === undefined || last.unit === null) return notOne();
  const { unit, currency, end } = last;
  const shared = heads.slice(0, -1).map((head) => ({
    ...head,
    value: head.value.times(unit),
    unit,
    currency: head.currency ?? currency,
    problem: head.problem ?? (isSaid ? null : 'the magnitude behind each of the figures'),
  }));
  return { figures: [...shared, last], end };
}

/** Characters other than digits and letters that a figure may begin with. */
const initialsOf = perVocabulary(
  (vocabulary) =>
    new Set(['.', '介', ...FRACTIONS.keys(), ...CJK_NUMBER_INITIALS, ...currencyInitials(vocabulary)]),
);

/** Whether a figure may begin at a place; most places of a text are told by their character alone. */
function mayBegin(phrase: PhraseText, at: number, initials: ReadonlySet<string>): boolean {
  const character = phrase.lower.charAt(at);
  if (isDigit(character)) return true;
  return isLetter(character) ? !isLetter(phrase.lower.charAt(at - 1)) : initials.has(character);
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
  const headStart = continuesWord
    ? at
    : skipSpaces(phrase, endOfMatch(joinsOf(phrase.vocabulary).between, phrase, at));
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
  const initials = initialsOf(phrase.vocabulary);
  let endOfList = 0;
  for (let at = 0; at < phrase.text.length; ) {
    if (!mayBegin(phrase, at, initials)) {
      at += 1;
      continue;
    }
    const list = at < endOfList ? null : readList(phrase, at);
    endOfList = list?.end ?? endOfList;
    if (list !== null && list.figures.length > 0) {
      figures.push(...list.figures);
      at = list.end;
      continue;
    }
    const { figure, next } = readFigure(phrase, at);
    if (figure !== null) figures.push(figure);
    at = next;
  }
  return figures;
}
