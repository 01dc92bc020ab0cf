import type { PhraseText } from './phrase-text.ts';
import { isDigit, isLetter, matchAt, skipSpaces } from './phrase-text.ts';
import type { CurrencyPlace } from './words.ts';
import { LANGUAGES } from './words.ts';

/**
 * What the words beside a figure say of its currency.
 *
 * - `stated`: one currency, whatever the caller says.
 * - `usual`: one currency unless the caller names another that the word also means: 元 is CNY, but TWD in Taiwan.
 * - `open`: one of several; the caller must say which.
 */
export type CurrencyReading =
  | { readonly kind: 'stated'; readonly code: string }
  | { readonly kind: 'usual'; readonly code: string; readonly others: readonly string[] }
  | { readonly kind: 'open'; readonly candidates: readonly string[] };

/** ISO 4217 alphabetic codes of national currencies in use, and those the ECB's series still holds. */
export const CURRENCY_CODES: readonly string[] = (
  'AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF ' +
  'CLP CNY COP CRC CUP CVE CYP CZK DJF DKK DOP DZD EEK EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD ' +
  'HNL HRK HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LTL ' +
  'LVL LYD MAD MDL MGA MKD MMK MNT MOP MRU MTL MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP ' +
  'PKR PLN PYG QAR ROL RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SIT SKK SLE SOS SRD SSP STN SVC SYP SZL THB TJS ' +
  'TMT TND TOP TRL TRY TTD TWD TZS UAH UGX USD UYU UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG'
).split(' ');

const KNOWN_CODES = new Set(CURRENCY_CODES);

export function isCurrencyCode(text: string): boolean {
  return KNOWN_CODES.has(text);
}

/** Codes that are also words of a headline in capitals: a currency word after the figure outweighs them. */
const CODES_THAT_ARE_WORDS = new Set(['ALL', 'COP', 'CUP', 'MOP', 'PEN', 'TOP', 'TRY']);

const stated = (code: string): CurrencyReading => ({ kind: 'stated', code });
const open = (candidates: string): CurrencyReading => ({ kind: 'open', candidates: candidates.split(' ') });

const DOLLARS = 'USD AUD BBD BMD BND BSD BZD CAD FJD GYD HKD JMD KYD LRD NAD NZD SBD SGD SRD TTD TWD XCD';

/** What words say that name no single currency, by the names that `words/` gives them. */
const READINGS: Readonly<Record<string, CurrencyReading>> = {
  yuan: { kind: 'usual', code: 'CNY', others: ['HKD', 'MOP', 'TWD'] },
  roundCoin: open('CNY JPY HKD MOP TWD'),
  yuanOrYen: open('CNY JPY'),
  dollar: open(DOLLARS),
  dollarSign: open(`${DOLLARS} ARS CLP COP CUP DOP MOP MXN UYU`),
  pound: open('GBP EGP FKP GIP LBP SDG SHP SSP SYP'),
  rupee: open('INR LKR MUR NPR PKR SCR'),
  peso: open('ARS CLP COP CUP DOP MXN PHP UYU'),
  franc: open('CHF BIF CDF DJF GNF KMF RWF XAF XOF XPF'),
  crown: open('CZK DKK EEK ISK NOK SEK SKK'),
  dinar: open('BHD DZD IQD JOD KWD LYD RSD TND'),
  rial: open('IRR OMR QAR SAR YER'),
  dirham: open('AED MAD'),
};

type Side = Exclude<CurrencyPlace, 'besideFigure'>;

interface CurrencyWord {
  readonly word: string;
  readonly place: CurrencyPlace;
  readonly reading: CurrencyReading;
  readonly unlessBefore: readonly string[];
}

const CURRENCY_WORDS = LANGUAGES.flatMap(({ currencies, noCurrencyBefore = {} }) =>
  Object.entries(currencies).flatMap(([place, ofPlace]) =>
    Object.entries(ofPlace).flatMap(([meaning, words]) =>
      words.split('|').map((word): CurrencyWord => {
        const unlessBefore = noCurrencyBefore[word]?.split('|') ?? [];
        const reading = READINGS[meaning] ?? stated(meaning);
        return { word, place: place as CurrencyPlace, reading, unlessBefore };
      }),
    ),
  ),
);
/** The longest first: "us dollars" is not "us". */
const WORDS_BY_INITIAL = Map.groupBy(
  CURRENCY_WORDS.sort((one, other) => other.word.length - one.word.length),
  ({ word }) => word.charAt(0),
);

interface FoundWord {
  readonly end: number;
  readonly reading: CurrencyReading;
  readonly mayBeWord: boolean;
  /** Whether it also stands before figures, so that a digit right after it claims it. */
  readonly mayLead: boolean;
}

/** A word in letters is one only where no letter continues it; before a figure, no digit may touch its front. */
function standsApart(phrase: PhraseText, at: number, end: number, side: Side): boolean {
  const frontTouches =
    isLetter(phrase.lower.charAt(at)) &&
    (isLetter(phrase.lower.charAt(at - 1)) ||
      (side === 'beforeFigure' && isDigit(phrase.lower.charAt(at - 1))));
  const backTouches = isLetter(phrase.lower.charAt(end - 1)) && isLetter(phrase.lower.charAt(end));
  return !frontTouches && !backTouches;
}

/** In capitals only: "gives us $5 billion" names no country. */
const SPACED_US_SIGN = 'US $';

function findCode(phrase: PhraseText, at: number, side: Side): FoundWord | null {
  if (phrase.folded.startsWith(SPACED_US_SIGN, at)) {
    return { end: at + SPACED_US_SIGN.length, reading: stated('USD'), mayBeWord: false, mayLead: true };
  }
  const code = phrase.folded.slice(at, at + 3);
  if (!KNOWN_CODES.has(code) || !standsApart(phrase, at, at + 3, side)) return null;
  return { end: at + 3, reading: stated(code), mayBeWord: CODES_THAT_ARE_WORDS.has(code), mayLead: true };
}

function findWord(phrase: PhraseText, at: number, side: Side): FoundWord | null {
  for (const { word, place, reading, unlessBefore } of WORDS_BY_INITIAL.get(phrase.lower.charAt(at)) ?? []) {
    if (place !== side && place !== 'besideFigure') continue;
    if (!phrase.lower.startsWith(word, at)) continue;
    const end = at + word.length;
    if (!standsApart(phrase, at, end, side)) continue;
    if (unlessBefore.some((continuation) => phrase.lower.startsWith(continuation, end))) continue;
    return { end, reading, mayBeWord: false, mayLead: place !== 'afterFigure' };
  }
  return findCode(phrase, at, side);
}

function possibleCodes(reading: CurrencyReading): readonly string[] {
  if (reading.kind === 'stated') return [reading.code];
  return reading.kind === 'usual' ? [reading.code, ...reading.others] : reading.candidates;
}

/**
 * What two words of one figure say together ("RMB … yuan", "USD" and "$"), or null where they contradict each other.
 * A plain 元 gives way to whatever stands beside it: "5亿元港币" is HKD, "US$" never is CNY.
 */
export function mergeCurrencies(
  one: CurrencyReading | null,
  other: CurrencyReading | null,
): CurrencyReading | null | 'conflict' {
  if (one === null || other === null) return one ?? other;
  const shared = possibleCodes(one).filter((code) => possibleCodes(other).includes(code));
  const [only] = shared;
  if (only === undefined) return 'conflict';
  const readings = [one, other];
  const isStated = readings.find(({ kind }) => kind === 'stated');
  if (isStated !== undefined) return isStated;
  for (const reading of readings) {
    if (reading.kind === 'usual' && shared.includes(reading.code))
      return { ...reading, others: shared.filter((code) => code !== reading.code) };
  }
  return shared.length === 1 ? stated(only) : { kind: 'open', candidates: shared };
}

/** Whether two figures can be told apart by currency, as a sum and its conversion in parentheses must be. */
export function differentCurrencies(one: CurrencyReading, other: CurrencyReading): boolean {
  return !possibleCodes(one).some((code) => possibleCodes(other).includes(code));
}

/** A currency reading narrowed by the one that the caller names. */
export function narrowedBy(
  reading: CurrencyReading | null,
  caller: string | undefined,
): CurrencyReading | null {
  if (reading === null) return caller === undefined ? null : stated(caller);
  if (reading.kind === 'stated') return reading;
  if (caller !== undefined && possibleCodes(reading).includes(caller)) return stated(caller);
  return reading.kind === 'usual' ? stated(reading.code) : reading;
}

export interface CurrencyRun {
  readonly end: number;
  readonly reading: CurrencyReading;
  /** An upper-case word such as "TOP" that may be no currency at all. */
  readonly mayBeWord: boolean;
  /** Whether a word of another currency ends the phrase right behind it: "yuan yen". */
  readonly isContradicted: boolean;
}

const ENDS_PHRASE = / *(?:$|[.,;:)])/y;
const MAX_WORDS = 3;

/** Reads the currency words that end right before a figure: "US$", "USD $", "人民币". */
export function readCurrencyBefore(phrase: PhraseText, at: number): CurrencyRun | null {
  let run: CurrencyRun | null = null;
  let place = at;
  for (let count = 0; count < MAX_WORDS; count += 1) {
    const found = findWord(phrase, place, 'beforeFigure');
    if (found === null) break;
    const merged = mergeCurrencies(run?.reading ?? null, found.reading);
    if (merged === null || merged === 'conflict') break;
    run = { end: found.end, reading: merged, mayBeWord: found.mayBeWord, isContradicted: false };
    place = skipSpaces(phrase, found.end);
  }
  return run;
}

/** Whether a currency word follows the place. */
export function currencyFollows(phrase: PhraseText, at: number): boolean {
  return readCurrencyAfter(phrase, at) !== null;
}

/**
 * Reads the currency words that follow a figure: "yuan", "元人民币", "-yuan", "U.S. dollars". A sign or code with a digit
 * right after it belongs to the next figure ("3 trillion yuan US$420 billion").
 */
export function readCurrencyAfter(phrase: PhraseText, at: number): CurrencyRun | null {
  let run: CurrencyRun | null = null;
  let place = phrase.lower.charAt(at) === '-' ? at + 1 : skipSpaces(phrase, at);
  for (let count = 0; count < MAX_WORDS; count += 1) {
    const found = findWord(phrase, place, 'afterFigure');
    if (found === null) break;
    const next = run === null ? found.end : skipSpaces(phrase, found.end);
    if (found.mayLead && isDigit(phrase.lower.charAt(next))) break;
    const merged = mergeCurrencies(run?.reading ?? null, found.reading);
    const isNamedYuan = run?.reading.kind === 'usual' && run.end === place && found.reading.kind === 'stated';
    if (merged === null) break;
    if (merged === 'conflict' && !isNamedYuan) {
      const isContradicted = !found.mayBeWord && matchAt(ENDS_PHRASE, phrase, found.end) !== null;
      return run === null ? null : { ...run, isContradicted };
    }
    const reading = merged === 'conflict' ? found.reading : merged;
    run = { end: found.end, reading, mayBeWord: found.mayBeWord, isContradicted: false };
    place = skipSpaces(phrase, found.end);
  }
  return run;
}
