import type { PhraseText } from './phrase-text.ts';
import { isDigit, isLetter, matchAt, skipSpaces } from './phrase-text.ts';
import currencies from './words/currencies.json' with { type: 'json' };
import type { CurrencyPlace, LanguageWords, Vocabulary } from './words.ts';
import { expand, LETTERS, perVocabulary } from './words.ts';

/** What the words beside a figure say of its currency. */
export interface CurrencyReading {
  /** ISO 4217 codes of the currencies that they may mean: of several the caller must say which, none is a contradiction. */
  readonly codes: readonly string[];
  /** Whether the first is meant unless the caller names another of them: 元 is CNY, but TWD in Taiwan. */
  readonly isUsual: boolean;
}

/** ISO 4217 alphabetic codes of national currencies in use, and those the ECB's series still holds. */
export const CURRENCY_CODES: readonly string[] = currencies.codes.flatMap((line) => line.split(' '));

const KNOWN_CODES = new Set(CURRENCY_CODES);

export function isCurrencyCode(text: string): boolean {
  return KNOWN_CODES.has(text);
}

/** Codes that are also words of a headline in capitals: a currency word after the figure outweighs them. */
const CODES_THAT_ARE_WORDS = new Set(currencies.codesThatAreWords.split(' '));

const stated = (code: string): CurrencyReading => ({ codes: [code], isUsual: false });

/** Whether one currency is meant, whatever the caller says. */
export function isStated(reading: CurrencyReading | null): boolean {
  return reading?.codes.length === 1 && !reading.isUsual;
}

/** The codes of a list of codes and of names that `words/` gives to several currencies. */
export function codesOf(list: string): ReadonlySet<string> {
  const meanings = currencies.meanings as Readonly<Record<string, string>>;
  return new Set(list.split(' ').flatMap((one) => meanings[one]?.split(' ') ?? [one]));
}

/** What the words say that name no single currency, by the names that `words/` gives them. */
function readingOf(meaning: string, { yuan, isIndian }: Vocabulary): CurrencyReading {
  const codes = (currencies.meanings as Readonly<Record<string, string>>)[meaning]?.split(' ');
  if (codes === undefined) return stated(meaning);
  if (meaning === 'rupee' && isIndian) return { codes, isUsual: true };
  if (meaning !== 'yuan') return { codes, isUsual: false };
  return { codes: [...new Set([yuan ?? 'CNY', ...codes])], isUsual: yuan !== null };
}

type Side = Exclude<CurrencyPlace, 'besideFigure'>;

interface CurrencyWord {
  readonly word: string;
  readonly place: CurrencyPlace;
  readonly reading: CurrencyReading;
  readonly unlessBefore: readonly string[];
  /** With what behind it, before a figure, it is none. */
  readonly unlessWith: RegExp | null;
}

/** The words of a text's currencies by their first character; those of its own language hide others'. */
const wordsOf = perVocabulary((vocabulary) => {
  const owners = new Map<string, LanguageWords>();
  const words = vocabulary.spoken.flatMap((language) =>
    Object.entries(language.currencies).flatMap(([place, ofPlace]) =>
      Object.entries(ofPlace).flatMap(([meaning, printed]) =>
        printed.split('|').flatMap((word): CurrencyWord[] => {
          if ((owners.get(word) ?? language) !== language) return [];
          owners.set(word, language);
          const unlessBefore = language.noCurrencyBefore?.[word]?.split('|') ?? [];
          const ends = language.noCurrencyWith?.[word];
          const unlessWith = ends === undefined ? null : new RegExp(expand(ends), 'y');
          const reading = readingOf(meaning, vocabulary);
          return [{ word, place: place as CurrencyPlace, reading, unlessBefore, unlessWith }];
        }),
      ),
    ),
  );
  /** The longest first: "us dollars" is not "us". */
  words.sort((one, other) => other.word.length - one.word.length);
  return {
    byInitial: Map.groupBy(words, ({ word }) => word.charAt(0)),
    /** Names that may stand apart from their figure, before what qualifies it: 新台币约294万元. */
    names: words.filter(({ word, reading }) => reading.codes.length === 1 && /^[一-鿿가-힣]{2,}$/.test(word)),
  };
});

/** Every currency word of a language, as one expression, with its reading. */
const mentionsOf = perVocabulary((vocabulary) => {
  const readings = new Map(
    [...wordsOf(vocabulary).byInitial.values()].flat().map(({ word, reading }) => [word, reading]),
  );
  const words = [...readings.keys()].sort((one, other) => other.length - one.length);
  const escaped = words.map((word) => word.replace(/[.$|]/g, '\\$&'));
  return { readings, pattern: new RegExp(`(?<![${LETTERS}])(?:${escaped.join('|')})(?![${LETTERS}])`, 'g') };
});

/** Every currency word of a text, beside a figure or not, and every ISO 4217 code, in no order. */
export function* currencyMentions(
  phrase: PhraseText,
): Generator<{ readonly start: number; readonly reading: CurrencyReading }> {
  const { readings, pattern } = mentionsOf(phrase.vocabulary);
  const found = [...phrase.lower.matchAll(pattern)].flatMap(({ index, 0: word }) => {
    const reading = readings.get(word);
    return reading === undefined ? [] : [{ start: index, reading }];
  });
  for (const { index, 0: code } of phrase.folded.matchAll(/(?<![A-Za-z])[A-Z]{3}(?![A-Za-z])/g))
    if (KNOWN_CODES.has(code) && !CODES_THAT_ARE_WORDS.has(code))
      found.push({ start: index, reading: stated(code) });
  yield* found.sort((one, other) => one.start - other.start);
}

/** Characters that begin a currency word before a figure, in the form of `PhraseText.lower`. */
export function currencyInitials(vocabulary: Vocabulary): Iterable<string> {
  return wordsOf(vocabulary).byInitial.keys();
}

/** The currency named right before a place, as 港币 is in 港币逾500亿元. */
export function readCurrencyEndingAt(phrase: PhraseText, at: number): CurrencyReading | null {
  const { names } = wordsOf(phrase.vocabulary);
  return names.find(({ word }) => phrase.lower.startsWith(word, at - word.length))?.reading ?? null;
}

interface FoundWord extends CurrencyRun {
  /** Whether it also stands before figures, so that a digit right after it claims it. */
  readonly mayLead: boolean;
}

/** "30 MUSD": behind a figure, an M for millions ties to the code. */
const MILLIONS = /[\d ]M$/;

/** A word in letters is one only where no letter continues it; before a figure, no digit may touch its front. */
function standsApart(phrase: PhraseText, at: number, end: number, side: Side): boolean {
  const frontTouches =
    isLetter(phrase.lower.charAt(at)) &&
    !(side === 'afterFigure' && MILLIONS.test(phrase.folded.slice(Math.max(0, at - 2), at))) &&
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
  if (!/[A-Z]/.test(phrase.folded.charAt(at))) return null;
  const code = phrase.folded.slice(at, at + 3);
  if (!KNOWN_CODES.has(code) || !standsApart(phrase, at, at + 3, side)) return null;
  return { end: at + 3, reading: stated(code), mayBeWord: CODES_THAT_ARE_WORDS.has(code), mayLead: true };
}

function findWord(phrase: PhraseText, at: number, side: Side): FoundWord | null {
  for (const { word, place, reading, unlessBefore, unlessWith } of wordsOf(phrase.vocabulary).byInitial.get(
    phrase.lower.charAt(at),
  ) ?? []) {
    if (place !== side && place !== 'besideFigure') continue;
    if (!phrase.lower.startsWith(word, at)) continue;
    const end = at + word.length;
    if (!standsApart(phrase, at, end, side)) continue;
    if (unlessBefore.some((continuation) => phrase.lower.startsWith(continuation, end))) continue;
    if (side === 'beforeFigure' && unlessWith !== null && matchAt(unlessWith, phrase, end) !== null) continue;
    return { end, reading, mayBeWord: false, mayLead: place !== 'afterFigure' };
  }
  return findCode(phrase, at, side);
}

/**
 * What two words of one figure say together ("RMB … yuan", "USD" and "$"), without any code where they contradict each
 * other. A plain 元 gives way to whatever stands beside it: "5亿元港币" is HKD, "US$" never is CNY.
 */
export function mergeCurrencies(
  one: CurrencyReading | null,
  other: CurrencyReading | null,
): CurrencyReading | null {
  if (one === null || other === null || one === other) return one ?? other;
  const [first, second] = other.isUsual ? [other, one] : [one, other];
  const codes = first.codes.filter((code) => second.codes.includes(code));
  return { codes, isUsual: first.isUsual && !isStated(second) && codes[0] === first.codes[0] };
}

/** A currency reading narrowed by the one that the caller names. */
export function narrowedBy(
  reading: CurrencyReading | null,
  caller: string | undefined,
): CurrencyReading | null {
  if (caller !== undefined && reading?.codes.includes(caller) !== false) return stated(caller);
  return reading?.isUsual ? { ...reading, codes: reading.codes.slice(0, 1) } : reading;
}

export interface CurrencyRun {
  readonly end: number;
  readonly reading: CurrencyReading;
  /** An upper-case word such as "TOP" that may be no currency at all. */
  readonly mayBeWord: boolean;
}

const ENDS_PHRASE = / *(?:$|[.,;:)])/y;
const MAX_WORDS = 3;

/** Reads the currency words that end right before a figure: "US$", "USD $", "人民币". */
export function readCurrencyBefore(phrase: PhraseText, at: number): CurrencyRun | null {
  let run: CurrencyRun | null = null;
  for (let count = 0; count < MAX_WORDS; count += 1) {
    const found = findWord(phrase, run === null ? at : skipSpaces(phrase, run.end), 'beforeFigure');
    if (found === null) break;
    const reading: CurrencyReading = mergeCurrencies(run?.reading ?? null, found.reading) ?? found.reading;
    if (reading.codes.length === 0) break;
    run = { ...found, reading };
  }
  return run;
}

/** Whether a currency word follows the place. */
export function currencyFollows(phrase: PhraseText, at: number): boolean {
  return readCurrencyAfter(phrase, at) !== null;
}

/**
 * Reads the currency words that follow a figure: "yuan", "元人民币", "-yuan", "U.S. dollars". A sign or code with a digit
 * right after it belongs to the next figure ("3 trillion yuan US$420 billion"). A word of another currency that ends the
 * phrase is a contradiction: "yuan yen".
 */
export function readCurrencyAfter(phrase: PhraseText, at: number): CurrencyRun | null {
  let run: CurrencyRun | null = null;
  let place = phrase.lower.charAt(at) === '-' ? at + 1 : skipSpaces(phrase, at);
  for (let count = 0; count < MAX_WORDS; count += 1) {
    const found = findWord(phrase, place, 'afterFigure');
    if (found === null) break;
    const next = run === null ? found.end : skipSpaces(phrase, found.end);
    if (found.mayLead && isDigit(phrase.lower.charAt(next))) break;
    const merged: CurrencyReading = mergeCurrencies(run?.reading ?? null, found.reading) ?? found.reading;
    const isNamedYuan = run?.reading.isUsual && run.end === place && isStated(found.reading);
    if (run !== null && merged.codes.length === 0 && !isNamedYuan) {
      const endsPhrase = !found.mayBeWord && matchAt(ENDS_PHRASE, phrase, found.end) !== null;
      return endsPhrase ? { ...run, reading: merged } : run;
    }
    run = { ...found, reading: merged.codes.length === 0 ? found.reading : merged };
    place = skipSpaces(phrase, found.end);
  }
  return run;
}
