import type { DomainErrorCode } from '../errors.ts';
import { DomainError } from '../errors.ts';
import type { Amount } from '../money/amount.ts';
import { checkAmount, sameAmount } from '../money/amount.ts';
import { formatDecimal } from '../money/decimal.ts';
import type { CurrencyReading } from './currency-words.ts';
import { differentCurrencies, isCurrencyCode, narrowedBy } from './currency-words.ts';
import { isDenied, isPartOrMultiple } from './figure-context.ts';
import type { Figure } from './figures.ts';
import { findFigures } from './figures.ts';
import type { PhraseText } from './phrase-text.ts';
import { excerpt, foldPhrase } from './phrase-text.ts';
import type { FoundHint, Surroundings } from './qualifiers.ts';
import { readSurroundings } from './qualifiers.ts';
import type { Hint } from './words.ts';

export interface AmountPhraseOptions {
  /** ISO 4217 code of the currency meant where the text leaves it open. What the text states outweighs it. */
  readonly currency?: string;
  /** The figure meant, an exact piece of the text, where the text holds several. */
  readonly figure?: string;
}

/** A figure with the words around it. */
interface FramedFigure {
  readonly figure: Figure;
  readonly surroundings: Surroundings;
}

function frame(phrase: PhraseText, figure: Figure): FramedFigure {
  return { figure, surroundings: readSurroundings(phrase, figure.start, figure.end) };
}

function printed(phrase: PhraseText, figure: Figure): string {
  return phrase.text.slice(figure.start, figure.end);
}

const CONVERSION_WORDS = '(?:or|equal to|equivalent to|i\\.e\\.,?|=|合|约合|折合|相当于)?';
const OPENS_CONVERSION = new RegExp(`^ *[([{【] *${CONVERSION_WORDS} *$`);
const NEXT_CONVERSION = new RegExp(`^ *(?:[,;/、，；]|or) *${CONVERSION_WORDS} *$`);

/**
 * Whether every figure after the first is its conversion: in parentheses right behind it, in another currency, as in
 * "10 trillion yuan (US$1.4 trillion)".
 */
function restAreConversions(
  phrase: PhraseText,
  figures: readonly Figure[],
  caller: string | undefined,
): boolean {
  const [first, ...rest] = figures;
  if (first === undefined) return false;
  const main = narrowedBy(first.currency, caller);
  let previous = frame(phrase, first);
  for (const [index, figure] of rest.entries()) {
    const framed = frame(phrase, figure);
    const between = phrase.lower.slice(previous.surroundings.end, framed.surroundings.start);
    const isBeside = between.length < 40 && (index === 0 ? OPENS_CONVERSION : NEXT_CONVERSION).test(between);
    if (!isBeside || !isOtherCurrency(main, figure.currency)) return false;
    previous = framed;
  }
  return true;
}

function isOtherCurrency(main: CurrencyReading | null, other: CurrencyReading | null): boolean {
  return other !== null && (main === null || differentCurrencies(main, other));
}

function severalFigures(phrase: PhraseText, figures: readonly Figure[]): DomainError {
  return new DomainError('severalFigures', {
    text: excerpt(phrase.text),
    found: figures.slice(0, 5).map((figure) => excerpt(printed(phrase, figure))),
    expected: 'one figure, or the option `figure` naming one of them',
  });
}

/** Of figures that stand together, the one that is meant: the only one, or the one that the others convert. */
function mainFigure(phrase: PhraseText, figures: readonly Figure[], caller: string | undefined): Figure {
  const [first] = figures;
  if (first === undefined) {
    throw new DomainError('noFigure', {
      text: excerpt(phrase.text),
      expected: 'a number with a magnitude word or a currency, such as 3 trillion yuan',
    });
  }
  if (figures.length > 1 && !restAreConversions(phrase, figures, caller))
    throw severalFigures(phrase, figures);
  return first;
}

/** The order in which hints decide where several stand together: "about 5 trillion or more" is at least that. */
const DECIDING: readonly Hint[] = ['unspecified', 'openRange', 'atLeast', 'atMost', 'approximately'];

function decide(phrase: PhraseText, { figure, surroundings }: FramedFigure): Hint | 'exact' {
  const more: FoundHint[] = figure.andMore ? [{ hint: 'atLeast', words: printed(phrase, figure) }] : [];
  const hints = [...surroundings.hints, ...more];
  const says = (hint: Hint): boolean => hints.some((found) => found.hint === hint);
  const isSpan = figure.high !== null || figure.isIndefinite;
  const saysLowerBound = says('atLeast') || says('openRange') || says('unspecified');
  if (says('atMost') && (saysLowerBound || isSpan)) {
    throw new DomainError('conflictingQualifiers', {
      text: excerpt(phrase.text),
      found: hints.map(({ hint, words }) => ({ qualifier: hint, words: excerpt(words) })),
      figure: excerpt(printed(phrase, figure)),
      expected: isSpan
        ? 'no upper bound on a range or an indefinite figure'
        : 'a lower or an upper bound, not both',
    });
  }
  return DECIDING.find(says) ?? 'exact';
}

/** A refusal of one figure. */
function refusal(
  code: DomainErrorCode,
  phrase: PhraseText,
  figure: Figure,
  data: Readonly<Record<string, unknown>>,
): DomainError {
  return new DomainError(code, {
    text: excerpt(phrase.text),
    figure: excerpt(printed(phrase, figure)),
    ...data,
  });
}

function resolveCurrency(phrase: PhraseText, figure: Figure, caller: string | undefined): string {
  if (figure.currencyConflict) {
    const expected = 'one currency, not two around one figure';
    throw refusal('currencyConflict', phrase, figure, { expected });
  }
  if (caller !== undefined && !isCurrencyCode(caller) && figure.currency?.kind !== 'stated') {
    const expected = 'the option `currency` as an ISO 4217 code such as CNY';
    throw refusal('currencyOpen', phrase, figure, { currency: excerpt(caller), expected });
  }
  const reading = narrowedBy(figure.currency, caller);
  if (reading?.kind === 'stated') return reading.code;
  const candidates = reading?.kind === 'open' ? { candidates: reading.candidates } : {};
  if (reading?.kind === 'open' && caller !== undefined) {
    const expected = 'one of the currencies that the sign can mean';
    throw refusal('currencyConflict', phrase, figure, { currency: caller, ...candidates, expected });
  }
  const expected = 'the option `currency` to say which it is';
  throw refusal('currencyOpen', phrase, figure, { ...candidates, expected });
}

function refuseUnreadable(phrase: PhraseText, { figure, surroundings }: FramedFigure): void {
  const refuse = (code: DomainErrorCode, expected: string, data = {}): never => {
    throw refusal(code, phrase, figure, { ...data, expected });
  };
  const spans = [figure, surroundings];
  if (figure.problem !== null) refuse('malformedFigure', figure.problem);
  if (isPartOrMultiple(phrase, spans)) refuse('malformedFigure', 'a figure, not a part or a multiple of one');
  if (isDenied(phrase, spans)) refuse('conflictingQualifiers', 'a figure that the words do not deny');
  if (figure.isNegative || surroundings.isNegative) refuse('negativeFigure', 'a sum of zero or more');
  if (figure.high?.lessThan(figure.low)) {
    const [low, high] = [figure.low, figure.high].map((bound) => excerpt(formatDecimal(bound)));
    refuse('reversedRange', 'low before high', { low, high });
  }
}

type Bounds = Pick<Amount, 'value' | 'low' | 'high' | 'qualifier'> & { readonly note: string | null };

/** The numbers which a figure and the words around it allow; see the table of `Amount`. */
function boundsOf(phrase: PhraseText, figure: Figure, hint: Hint | 'exact'): Bounds {
  const low = formatDecimal(figure.low);
  const high = figure.high === null ? null : formatDecimal(figure.high);
  const leastOf = (qualifier: 'indefinite' | 'atLeast', note: string): Bounds => {
    return { value: null, low, high: null, qualifier, note };
  };
  if (figure.isIndefinite) {
    const words = phrase.text.slice(figure.numberStart, figure.numberEnd);
    return leastOf('indefinite', `"${words}" leaves its number open; counted as two, it is at least ${low}.`);
  }
  if (hint === 'unspecified')
    return leastOf('indefinite', `The sum is not specified, only that it is at least ${low}.`);
  if (hint === 'openRange')
    return leastOf('atLeast', `The lower end of a range without an upper end: at least ${low}.`);
  if (high !== null && hint === 'atLeast') {
    const note = `A range from ${low} to ${high} "or more": at least ${low}, without an upper end.`;
    return leastOf('atLeast', note);
  }
  if (high !== null) return { value: null, low, high, qualifier: 'range', note: null };
  const isLow = hint === 'exact' || hint === 'atLeast';
  const isHigh = hint === 'exact' || hint === 'atMost';
  return { value: low, low: isLow ? low : null, high: isHigh ? low : null, qualifier: hint, note: null };
}

interface Place {
  readonly start: number;
  readonly end: number;
}

/** Reads one figure where it stands; what of it lies outside `place` is not part of `asStated`. */
function readAmount(phrase: PhraseText, figure: Figure, caller: string | undefined, place?: Place): Amount {
  const framed = frame(phrase, figure);
  refuseUnreadable(phrase, framed);
  const { note, ...bounds } = boundsOf(phrase, figure, decide(phrase, framed));
  const notes = note === null ? figure.notes : [note, ...figure.notes];
  return checkAmount({
    ...bounds,
    currency: resolveCurrency(phrase, figure, caller),
    asStated: phrase.text.slice(
      Math.max(figure.start, place?.start ?? 0),
      Math.min(figure.end, place?.end ?? phrase.text.length),
    ),
    interpretation: notes.length === 0 ? null : notes.join(' '),
  });
}

function placesOf(text: string, piece: string): Place[] {
  const places: Place[] = [];
  if (piece === '') return places;
  for (let start = text.indexOf(piece); start !== -1; start = text.indexOf(piece, start + piece.length)) {
    places.push({ start, end: start + piece.length });
  }
  return places;
}

/** A place of the figure that the caller names, with the figures found in it. */
interface Named {
  readonly place: Place;
  readonly within: readonly Figure[];
}

/** The figures whose numbers stand wholly within each place; places without one are left out. */
function figuresByPlace(figures: readonly Figure[], places: readonly Place[]): Named[] {
  let next = 0;
  return places.flatMap((place) => {
    while ((figures[next]?.numberStart ?? Number.POSITIVE_INFINITY) < place.start) next += 1;
    const within: Figure[] = [];
    for (
      let figure = figures[next];
      figure !== undefined && figure.numberEnd <= place.end;
      figure = figures[next]
    ) {
      within.push(figure);
      next += 1;
    }
    return within.length === 0 ? [] : [{ place, within }];
  });
}

/** Whether another place gives the same amount; a place that is refused does not. */
function agrees(amount: Amount, readOther: () => Amount): boolean {
  try {
    const other = readOther();
    return sameAmount(amount, other) && amount.asStated === other.asStated;
  } catch (error) {
    if (error instanceof DomainError) return false;
    throw error;
  }
}

/** Reads the figure that the caller names, at its first place; all its places must give the same reading. */
function readNamedFigure(
  phrase: PhraseText,
  figures: readonly Figure[],
  named: string,
  caller: string | undefined,
): Amount {
  const places = placesOf(phrase.text, named);
  const readable = figuresByPlace(figures, places);
  const [first, ...others] = readable;
  if (first === undefined) {
    throw new DomainError('noFigure', {
      text: excerpt(phrase.text),
      figure: excerpt(named),
      expected:
        places.length === 0
          ? 'the option `figure` as an exact piece of the text'
          : 'a whole figure with its magnitude word or currency, not a piece of one',
    });
  }
  const read = ({ place, within }: Named): Amount =>
    readAmount(phrase, mainFigure(phrase, within, caller), caller, place);
  const amount = read(first);
  if (!others.every((other) => agrees(amount, () => read(other)))) {
    const found = readable.flatMap(({ within }) => within);
    throw severalFigures(phrase, found);
  }
  return amount;
}

/**
 * Reads the sum of money that a phrase states, in English, Chinese, Japanese or Korean words: the magnitude from the figure,
 * the qualifier from the words that touch it, the currency from the text or, where the text leaves it open ("¥", "$",
 * none), from `options.currency`. Numbers are in whole units of the currency. Nothing is guessed: what has no
 * single reading is refused.
 *
 * Decisions worth knowing: "may reach", "an estimated" and "likely to reach" are `approximately`, "expected to
 * reach", 预计 and 有望 `exact`; a range stays a range after "about", becomes `atLeast` with a null value before "or
 * more", and is refused after "up to"; a figure in parentheses right after another, in another currency, is its conversion
 * and not read; "1,42 billion" has a decimal comma, as it cannot be grouping.
 *
 * @returns an amount that satisfies `checkAmount`; `asStated` is an exact piece of `text`
 * @throws DomainError `noFigure`, `severalFigures`, `malformedFigure`, `negativeFigure`, `reversedRange`,
 *   `conflictingQualifiers`, `currencyOpen`, `currencyConflict`, with data saying what was found and what was expected
 */
export function parseAmountPhrase(text: string, options: AmountPhraseOptions = {}): Amount {
  const phrase = foldPhrase(text);
  const figures = findFigures(phrase);
  const { currency, figure } = options;
  if (figure !== undefined) return readNamedFigure(phrase, figures, figure, currency);
  return readAmount(phrase, mainFigure(phrase, figures, currency), currency);
}
