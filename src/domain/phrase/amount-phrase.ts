import { countWhile } from '../binary-search.ts';
import type { DomainErrorCode } from '../errors.ts';
import { DomainError, unlessRefused } from '../errors.ts';
import type { Amount } from '../money/amount.ts';
import { checkAmount, sameAmount } from '../money/amount.ts';
import { formatDecimal } from '../money/decimal.ts';
import { isCurrencyCode, isStated, narrowedBy, readCurrencyEndingAt } from './currency-words.ts';
import type { Figure } from './figures.ts';
import { endOfConversion, findFigures } from './figures.ts';
import type { Headed } from './headed-numbers.ts';
import { findHeadedNumbers } from './headed-numbers.ts';
import type { MeantCurrencies } from './meant-currency.ts';
import { meant as meantBy, meantCurrencies } from './meant-currency.ts';
import type { PhraseText } from './phrase-text.ts';
import { excerpt, foldPhrase } from './phrase-text.ts';
import type { FoundHint, Surroundings } from './surroundings.ts';
import { readSurroundings } from './surroundings.ts';
import type { Hint, NotTheSum, Vocabulary } from './words.ts';
import { expand, likeliestOf, listWordsOf, perVocabulary, vocabulariesOf } from './words.ts';

export interface AmountPhraseOptions {
  /** BCP 47 tag of the language of the text. Without it, a number that reads otherwise in another language is refused. */
  readonly language?: string;
  /** ISO 3166 code of the region of the text, where the tag names none: which 元 is meant, how digits are grouped. */
  readonly region?: string;
  /** ISO 4217 code of the currency meant where the text leaves it open. What the text states outweighs it. */
  readonly currency?: string;
  /** The figure meant, an exact piece of the text, where the text holds several. */
  readonly figure?: string;
}

interface Place {
  readonly start: number;
  readonly end: number;
}

function printed({ text }: PhraseText, { start, end }: Place): string {
  return text.slice(start, end);
}

/** A refusal of a phrase, or of one figure of it. */
function refusal(
  code: DomainErrorCode,
  { text }: PhraseText,
  figure: string | null,
  { expected, ...data }: { readonly expected: string; readonly [name: string]: unknown },
): DomainError {
  const ofFigure = figure === null ? {} : { figure: excerpt(figure) };
  return new DomainError(code, { text: excerpt(text), ...ofFigure, ...data, expected });
}

/** How a figure in another currency stands behind the one that it converts. */
const conversionsOf = perVocabulary((vocabulary) => {
  const words = vocabulary.spoken
    .flatMap(({ conversions }) => conversions ?? [])
    .map((word) => expand(foldPhrase(word, vocabulary).lower));
  const said = `(?:${words.join('|')}|=)`;
  const apart = '[^()[\\]{}【】.;:。；：!?！？$€£¥]{0,48}';
  return {
    inBrackets: new RegExp(`^ *[([{【] *${said}? *$`),
    // Outside brackets the words say so: "3万亿元，约折合4200亿美元".
    outside: new RegExp(`^ *[,，、]? *${said} *$`),
    next: new RegExp(`^ *(?:[,;/、，；]|or) *${said}? *$`),
    // Words may stand before that say more of the figure: "3 trillion yuan in 2020 (approx. …)", "…, or about …".
    apart: new RegExp(`^${apart}(?:[([{【] *${said}?|[,，、] *${said}) *$`),
  };
});
const CLOSES_CONVERSION = /^ *(?:[)\]}】,;，；、。]|\.(?!\d)|$)/;

/** Whether a figure is a conversion of a main one that ends before it, and is in another currency. */
function isConversion(
  phrase: PhraseText,
  { main, end }: { readonly main: readonly string[]; readonly end: number },
  { start, currency }: Figure,
  wordsStart: number,
  forms: readonly RegExp[],
): boolean {
  const codes = currency?.codes ?? [];
  if (codes.length === 0 || codes.some((code) => main.includes(code)) || wordsStart - end >= 60) return false;
  // "约折合" says that it converts, and that it does so approximately.
  const between = [phrase.lower.slice(end, wordsStart), phrase.lower.slice(end, start)];
  return forms.some((form) => between.some((words) => form.test(words)));
}

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
  const main = narrowedBy(first.currency, caller)?.codes ?? [];
  let end = surroundingsOf(phrase, first).end;
  for (const [index, figure] of rest.entries()) {
    const surroundings = surroundingsOf(phrase, figure);
    const { inBrackets, outside, next } = conversionsOf(phrase.vocabulary);
    const forms = index === 0 ? [inBrackets, outside] : [next];
    if (!isConversion(phrase, { main, end }, figure, surroundings.start, forms)) return false;
    end = surroundings.end;
  }
  return true;
}

function severalFigures(phrase: PhraseText, figures: readonly Figure[]): DomainError {
  const found = figures.slice(0, 5).map((figure) => excerpt(printed(phrase, figure)));
  const expected = 'one figure, or `asStated` with the words of one of them';
  return refusal('severalFigures', phrase, null, { found, expected });
}

/** Of figures that stand together, the one that is meant: the only one, or the one that the others convert. */
function mainFigure(phrase: PhraseText, figures: readonly Figure[], caller: string | undefined): Figure {
  const [first] = figures;
  if (first === undefined) {
    const expected = 'a number with a magnitude word or a currency, such as 3 trillion yuan';
    throw refusal('noFigure', phrase, null, { expected });
  }
  if (figures.length > 1 && !restAreConversions(phrase, figures, caller))
    throw severalFigures(phrase, figures);
  return first;
}

function surroundingsOf(phrase: PhraseText, { start, end, numberStart, currency }: Figure): Surroundings {
  // What opens a range may be the end of words before it: "une hausse de 3 à 4 milliards".
  return readSurroundings(phrase, start, end, (at) => endOfConversion(phrase, at, currency), numberStart);
}

/** The order in which hints decide where several stand together: "about 5 trillion or more" is at least that. */
const DECIDING: readonly Hint[] = ['unspecified', 'openRange', 'atLeast', 'atMost', 'approximately'];

function decide(phrase: PhraseText, figure: Figure, surroundings: Surroundings): Hint | 'exact' {
  const more: FoundHint[] = figure.andMore ? [{ hint: 'atLeast', words: printed(phrase, figure) }] : [];
  const hints = [...surroundings.hints, ...more];
  const says = (hint: Hint): boolean => hints.some((found) => found.hint === hint);
  const isSpan = figure.high !== null || figure.isIndefinite;
  const saysLowerBound = says('atLeast') || says('openRange') || says('unspecified');
  if (says('atMost') && (saysLowerBound || isSpan)) {
    throw refusal('conflictingQualifiers', phrase, printed(phrase, figure), {
      found: hints.map(({ hint, words }) => ({ qualifier: hint, words: excerpt(words) })),
      expected: isSpan
        ? 'no upper bound on a range or an indefinite figure'
        : 'a lower or an upper bound, not both',
    });
  }
  return DECIDING.find(says) ?? 'exact';
}

type Refuse = (code: DomainErrorCode, expected: string, data?: object) => never;

function resolveCurrency({ currency }: Figure, caller: string | undefined, refuse: Refuse): string {
  if (currency?.codes.length === 0)
    return refuse('currencyConflict', 'one currency, not two around one figure');
  if (caller !== undefined && !isCurrencyCode(caller) && !isStated(currency)) {
    const expected = '`currency` as an ISO 4217 code such as CNY';
    return refuse('currencyOpen', expected, { currency: excerpt(caller) });
  }
  const [only, ...others] = narrowedBy(currency, caller)?.codes ?? [];
  if (only !== undefined && others.length === 0) return only;
  const candidates = currency === null ? {} : { candidates: currency.codes };
  return caller === undefined
    ? refuse('currencyOpen', '`currency` to say which it is', candidates)
    : refuse('currencyConflict', 'one of the currencies that the sign can mean', {
        currency: caller,
        ...candidates,
      });
}

/** How a figure is refused that is not the sum meant. */
const NO_SUM: Readonly<Record<NotTheSum, readonly [code: DomainErrorCode, expected: string]>> = {
  part: ['malformedFigure', 'a figure, not a part or a multiple of one'],
  denied: ['conflictingQualifiers', 'a figure that the words do not deny'],
  change: ['changeOfSum', 'the sum itself, not what it changes by'],
  unitPrice: ['unitPrice', 'a sum in all, or a year'],
  counterfactual: ['counterfactual', 'what is expected to be'],
};

function refuseUnreadable(figure: Figure, around: Surroundings, refuse: Refuse): void {
  if (figure.readings.length > 0) {
    const readings = figure.readings.map(formatDecimal);
    refuse('ambiguousNumber', 'the language of the text, or a number without a mark', { readings });
  }
  if (figure.problem !== null) refuse('malformedFigure', figure.problem);
  if (around.notTheSum !== null) refuse(...NO_SUM[around.notTheSum]);
  if (figure.isNegative || around.isNegative) refuse('negativeFigure', 'a sum of zero or more');
  if (figure.high?.lessThan(figure.value)) {
    const [low, high] = [figure.value, figure.high].map((bound) => excerpt(formatDecimal(bound)));
    refuse('reversedRange', 'low before high', { low, high });
  }
}

/** The figure with the currency that is named before what qualifies it: "新台币约294万元". */
function namedApart(phrase: PhraseText, figure: Figure, { start }: Surroundings): Figure {
  if (start === figure.start || isStated(figure.currency)) return figure;
  const named = readCurrencyEndingAt(phrase, start);
  return named === null ? figure : { ...figure, currency: named };
}

type Bounds = Pick<Amount, 'value' | 'low' | 'high' | 'qualifier'> & { readonly note: string | null };

/** The numbers which a figure and the words around it allow; see the table of `Amount`. */
function boundsOf(phrase: PhraseText, figure: Figure, hint: Hint | 'exact'): Bounds {
  const low = formatDecimal(figure.value);
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

/** Reads one figure where it stands; what of it lies outside `place` is not part of `asStated`. */
function readAmount(
  phrase: PhraseText,
  figure: Figure,
  caller: string | undefined,
  place: Place,
  surroundings: Surroundings = surroundingsOf(phrase, figure),
): Amount {
  const refuse: Refuse = (code, expected, data) => {
    throw refusal(code, phrase, printed(phrase, figure), { ...data, expected });
  };
  refuseUnreadable(figure, surroundings, refuse);
  const hint = decide(phrase, figure, surroundings);
  const { note, ...bounds } = boundsOf(phrase, figure, hint);
  const notes = note === null ? figure.notes : [note, ...figure.notes];
  return checkAmount({
    ...bounds,
    currency: resolveCurrency(namedApart(phrase, figure, surroundings), caller, refuse),
    asStated: phrase.text.slice(Math.max(figure.start, place.start), Math.min(figure.end, place.end)),
    interpretation: notes.length === 0 ? null : notes.join(' '),
    ...(bounds.qualifier === 'range' && hint === 'approximately' && { approximate: true }),
  });
}

function placesOf(text: string, piece: string): Place[] {
  const places: Place[] = [];
  for (
    let start = text.indexOf(piece);
    piece !== '' && start !== -1;
    start = text.indexOf(piece, places.at(-1)?.end)
  )
    places.push({ start, end: start + piece.length });
  return places;
}

/** Reads the figure that the caller names, at its first place; all its places must give the same reading. */
function readNamedFigure(
  phrase: PhraseText,
  figures: readonly Figure[],
  named: string,
  caller: string | undefined,
): Amount {
  const places = placesOf(phrase.text, named);
  const readable = places
    .map((place) => ({
      place,
      within: figures.filter(
        ({ numberStart, numberEnd }) => place.start <= numberStart && numberEnd <= place.end,
      ),
    }))
    .filter(({ within }) => within.length > 0);
  const [first, ...others] = readable;
  if (first === undefined) {
    const expected =
      places.length === 0
        ? '`asStated` as an exact piece of the text'
        : 'a whole figure with its magnitude word or currency, not a piece of one';
    throw refusal('noFigure', phrase, named, { expected });
  }
  const read = ({ place, within }: (typeof readable)[number]): Amount =>
    readAmount(phrase, mainFigure(phrase, within, caller), caller, place);
  const amount = read(first);
  /** A place that is refused does not give the same amount. */
  const agrees = (other: typeof first): boolean => {
    const reading = unlessRefused(() => read(other));
    return (
      !(reading instanceof DomainError) && sameAmount(amount, reading) && amount.asStated === reading.asStated
    );
  };
  if (others.every(agrees)) return amount;
  throw severalFigures(
    phrase,
    readable.flatMap(({ within }) => within),
  );
}

/** Reads a phrase by the words of one language. */
function readPhraseBy(
  text: string,
  vocabulary: Vocabulary,
  { currency, figure }: AmountPhraseOptions,
): Amount {
  const phrase = foldPhrase(text, vocabulary);
  const figures = findFigures(phrase);
  if (figure !== undefined) return readNamedFigure(phrase, figures, figure, currency);
  const place = { start: 0, end: text.length };
  return readAmount(phrase, mainFigure(phrase, figures, currency), currency, place);
}

/**
 * The one reading of a text that may be in several languages. A language that finds no figure has no say; a language that
 * finds a qualifier outweighs those that do not know the word.
 */
function onlyReading(text: string, readings: readonly (Amount | DomainError)[]): Amount {
  const amounts = readings.filter((reading): reading is Amount => !(reading instanceof DomainError));
  const refusals = readings.filter((reading): reading is DomainError => reading instanceof DomainError);
  const [refused] = refusals;
  const grave = refusals.find(({ code }) => code !== 'noFigure' && code !== 'currencyOpen');
  if (refused !== undefined && (grave !== undefined || amounts.length === 0)) throw grave ?? refused;
  const numbers = [...new Set(amounts.map(({ value, low, high }) => value ?? low ?? high ?? ''))];
  const data = { text: excerpt(text), readings: numbers, expected: '`language` of the source' };
  if (numbers.length > 1) throw new DomainError('ambiguousNumber', data);
  const currencies = [...new Set(amounts.map(({ currency }) => currency))];
  if (currencies.length > 1)
    throw new DomainError('currencyOpen', {
      text: excerpt(text),
      candidates: currencies,
      expected: '`currency` to say which it is',
    });
  const qualified = amounts.filter(({ qualifier }) => qualifier !== 'exact');
  const [first, ...others] = qualified.length === 0 ? amounts : qualified;
  if (first === undefined || !others.every((other) => sameAmount(first, other)))
    throw new DomainError('ambiguousNumber', data);
  return first;
}

/**
 * Reads the sum of money that a phrase states, in the words of the language of the text: the magnitude from the figure,
 * the qualifier from the words that touch it, the currency from the text or, where the text leaves it open ("¥", "$",
 * none), from `options.currency`. Numbers are in whole units of the currency. Nothing is guessed: what has no
 * single reading is refused.
 *
 * Decisions worth knowing: without a language, English, Chinese, Japanese and Korean are read, and any other whose
 * magnitude words stand in the text if all that may be meant agree; "may reach", "an estimated" and "likely to reach" are `approximately`, 有望达到 too, "expected to
 * reach" and 预计 `exact`; a range stays a range after "about", with `approximate`, becomes `atLeast` with a null value before "or
 * more", and is refused after "up to"; a figure in parentheses right after another, in another currency, is its conversion
 * and not read; "1,42 billion" has a decimal comma, as it cannot be grouping.
 *
 * @returns an amount that satisfies `checkAmount`; `asStated` is an exact piece of `text`
 * @throws DomainError `noFigure`, `ambiguousNumber` with both readings, `severalFigures`, `malformedFigure`, `negativeFigure`, `reversedRange`,
 *   `conflictingQualifiers`, `changeOfSum` ("rise by"), `unitPrice` ("per station"), `counterfactual` ("instead of the planned"),
 *   `currencyOpen`, `currencyConflict`, with data saying what was found and what was expected
 */
export function parseAmountPhrase(text: string, options: AmountPhraseOptions = {}): Amount {
  const [vocabulary, ...others] = vocabulariesOf(text, options.language, options.region);
  if (others.length === 0) return readPhraseBy(text, vocabulary, options);
  return onlyReading(
    text,
    [vocabulary, ...others].map((one) => unlessRefused(() => readPhraseBy(text, one, options))),
  );
}

/** A figure of a text, where it stands and what it says. Places are in UTF-16 code units. */
export interface FoundAmount {
  readonly start: number;
  readonly end: number;
  /** Where the words that qualify it start, and end. */
  readonly wordsStart: number;
  readonly wordsEnd: number;
  /** Where the figure starts that this one converts: the one before it, in another currency; null for any other. */
  readonly convertsAt: number | null;
  /** What it says, or why it cannot be read. */
  readonly reading: Amount | DomainError;
}

type TextOptions = Omit<AmountPhraseOptions, 'figure'>;

/** Joins what several languages find at one place; what they read differently is refused. */
function agreedAmounts(text: string, found: readonly FoundAmount[]): FoundAmount[] {
  const agreed: FoundAmount[] = [];
  let group: FoundAmount[] = [];
  const close = (): void => {
    const [first, ...others] = group;
    if (first === undefined) return;
    const end = Math.max(...group.map((one) => one.end));
    const readings = group.map(({ reading }) => reading);
    const agree = () => onlyReading(text.slice(first.start, end), readings);
    agreed.push(others.length === 0 ? first : { ...first, end, reading: unlessRefused(agree) });
    group = [];
  };
  for (const one of found.toSorted((a, b) => a.start - b.start)) {
    if (group.every(({ end }) => end <= one.start)) close();
    group.push(one);
  }
  close();
  return agreed;
}

/** What a whole text says of the figures of its parts. */
export interface TextContext {
  readonly meant: MeantCurrencies;
  readonly headed: Headed;
}

function contextIn(phrase: PhraseText): TextContext {
  return { meant: meantCurrencies(phrase), headed: findHeadedNumbers(phrase) };
}

/** Reads what a text says of the figures of its parts, which are then read with it. */
export function contextOf(text: string, options: TextOptions = {}): TextContext {
  const vocabularies = vocabulariesOf(text, options.language, options.region);
  const [likeliest = vocabularies[0]] = likeliestOf(text, vocabularies);
  return contextIn(foldPhrase(text, likeliest));
}

/** The context of a part of the text. */
export function contextWithin(context: TextContext, { start, end }: Place): TextContext {
  const within = <Item extends Place>(items: readonly Item[]): Item[] => {
    const from = countWhile(items.length, (at) => (items[at]?.start ?? 0) < start);
    const to = countWhile(items.length, (at) => (items[at]?.end ?? 0) <= end);
    return items.slice(from, to).map((one) => ({ ...one, start: one.start - start, end: one.end - start }));
  };
  const figures = within(context.headed.figures).map((figure) => ({
    ...figure,
    numberStart: figure.numberStart - start,
    numberEnd: figure.numberEnd - start,
  }));
  return { ...context, headed: { figures, units: within(context.headed.units) } };
}

/** The figures of a text, of which those below a heading are in its unit; the unit itself is none. */
function figuresIn(phrase: PhraseText, headed: Headed): Figure[] {
  const figures = findFigures(phrase);
  const claimed = [...headed.figures, ...headed.units].sort((one, other) => one.start - other.start);
  if (claimed.length === 0) return figures;
  let at = 0;
  const others = figures.filter(({ start, end }) => {
    while ((claimed[at]?.end ?? end) <= start) at += 1;
    return (claimed[at]?.start ?? end) >= end;
  });
  return [...others, ...headed.figures].sort((one, other) => one.start - other.start);
}

/**
 * Every sum of money in a text, in order, each read on its own: conversions and the ends of changes are figures too, and
 * so are the numbers of tables and lists whose heading names their unit. Takes time in proportion to the text's length,
 * whatever stands in it.
 * @param context that of the whole text, where this is a part of one
 */
export function readAmounts(text: string, options: TextOptions = {}, context?: TextContext): FoundAmount[] {
  const vocabularies = likeliestOf(text, vocabulariesOf(text, options.language, options.region));
  const [first = [], ...others] = vocabularies.map((one) => readAmountsBy(text, one, options, context));
  return others.length === 0 ? first : agreedAmounts(text, [...first, ...others.flat()]);
}

function readAmountsBy(
  text: string,
  vocabulary: Vocabulary,
  { currency }: TextOptions,
  context?: TextContext,
): FoundAmount[] {
  const phrase = foldPhrase(text, vocabulary);
  const { meant, headed } = context ?? contextIn(phrase);
  const whole = { start: 0, end: text.length };
  const found: FoundAmount[] = [];
  const all: Surroundings[] = [];
  let main: Figure | null = null;
  let isBehindMain = true;
  for (const one of figuresIn(phrase, headed)) {
    const { start, end } = one;
    const surroundings = surroundingsOf(phrase, one);
    all.push(surroundings);
    const { start: wordsStart, end: wordsEnd } = surroundings;
    const named = namedApart(phrase, one, surroundings);
    const figure = { ...named, currency: meantBy(named.currency, meant, currency) };
    const { inBrackets, outside, next, apart } = conversionsOf(vocabulary);
    const forms: RegExp[] = isBehindMain ? [inBrackets, outside] : [next];
    if (isBehindMain && CLOSES_CONVERSION.test(phrase.lower.slice(wordsEnd, wordsEnd + 8))) forms.push(apart);
    const before = {
      main: narrowedBy(main?.currency ?? null, currency)?.codes ?? [],
      end: found.at(-1)?.wordsEnd ?? 0,
    };
    const converts: boolean = main !== null && isConversion(phrase, before, figure, wordsStart, forms);
    const convertsAt = converts && main !== null ? main.start : null;
    // Which currency is meant tells what converts it, and so which words stand behind it.
    const known = figure.currency === one.currency ? surroundings : undefined;
    const reading = unlessRefused(() => readAmount(phrase, figure, currency, whole, known));
    found.push({ start, end, wordsStart, wordsEnd, convertsAt, reading });
    if (!converts) main = figure;
    isBehindMain = !converts;
  }
  return withListedChanges(phrase, found, all);
}

/** What stands between the members of a list of changes, and of one that a word for "each" or bullets hold together. */
const changeListsOf = perVocabulary((vocabulary) => {
  const { and, respectively } = listWordsOf(vocabulary);
  return {
    listed: new RegExp(`^ *(?:、|[,，] *(?:${and})|${and}) *$`),
    named: /^[)）]?(?: *[,，、] *|[와과] )[^\d,，、.。;；:：()（）]{0,16}[(（]?$|^[)）] 등[도이은]? $/,
    bulleted: /^[^\d.。;；:：()（）]{0,12}[▲△●•·] ?[^\d.。;；:：()（）]{0,20}$/,
    each: new RegExp(`${respectively}|[)）] 등[도이은]? `),
  };
});
const LONGEST_GAP = 40;
const MOST_MEMBERS = 20;

/**
 * The figures of a list of which one is a change are changes too: "rose by 5 billion and 6 billion", 增加5亿元、6亿元. Those
 * before it are where a word such as 각각 says that what stands behind the last holds for each.
 */
function withListedChanges(
  phrase: PhraseText,
  found: readonly FoundAmount[],
  surroundings: readonly Surroundings[],
): FoundAmount[] {
  const { listed, named, bulleted, each } = changeListsOf(phrase.vocabulary);
  const changes = new Set<number>();
  const isGap = (pattern: RegExp, before: number): boolean => {
    const [one, other] = [found[before], found[before + 1]];
    if (one === undefined || other === undefined || other.wordsStart - one.wordsEnd > LONGEST_GAP)
      return false;
    return pattern.test(phrase.lower.slice(one.wordsEnd, other.wordsStart));
  };
  for (const [at, { notTheSum, isToldBefore }] of surroundings.entries()) {
    if (notTheSum !== 'change') continue;
    const goesOn = isToldBefore ? listed : bulleted;
    for (let last = at; last < at + MOST_MEMBERS && isGap(goesOn, last); last += 1) changes.add(last + 1);
    let first = at;
    while (!isToldBefore && first > at - MOST_MEMBERS && isGap(named, first - 1)) first -= 1;
    const words = phrase.lower.slice(
      Math.max(0, (found[first]?.wordsStart ?? 0) - 16),
      (found[at]?.wordsEnd ?? 0) + 8,
    );
    if (first < at && each.test(words)) for (; first < at; first += 1) changes.add(first);
  }
  return found.map((one, at) => {
    if (!changes.has(at) || one.reading instanceof DomainError) return one;
    const [code, expected] = NO_SUM.change;
    return { ...one, reading: refusal(code, phrase, printed(phrase, one), { expected }) };
  });
}
