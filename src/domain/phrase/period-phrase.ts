import { DomainError, unlessRefused } from '../errors.ts';
import { addDays, checkIsoDate, daysBetween, yearOf } from '../period/calendar.ts';
import type { FiscalCalendar } from '../period/fiscal-calendar.ts';
import { fiscalMonths } from '../period/fiscal-calendar.ts';
import type { Period } from '../period/period.ts';
import { calendarYear, checkPeriod, wholeYears } from '../period/period.ts';
import { readCjkNumber } from './cjk-numbers.ts';
import type { Points, Span } from './period-spans.ts';
import { hasYear, matchSpans } from './period-spans.ts';
import type { Slots } from './period-words.ts';
import { periodPatternsOf } from './period-words.ts';
import type { PhraseText } from './phrase-text.ts';
import { excerpt, foldPhrase } from './phrase-text.ts';
import { readWordedNumber } from './worded-numbers.ts';
import type { PointKind, Vocabulary } from './words.ts';
import { vocabulariesOf } from './words.ts';

export interface PeriodPhraseOptions {
  /** BCP 47 tag of the language of the text. */
  readonly language?: string;
  /** The document's date, ISO 8601: what "this year" and "the next five years" count from. */
  readonly publishedOn?: string | null;
  /** How the fiscal years run that the text speaks of; without it, none can be read. */
  readonly fiscalCalendar?: FiscalCalendar | null;
}

/** A period of a text, where it stands and what it says. Places are in UTF-16 code units. */
export interface FoundPeriod {
  readonly start: number;
  readonly end: number;
  /** Its words, from the first that says how it is meant: "by 2025". */
  readonly text: string;
  /** What it says, or why it cannot be read. */
  readonly reading: Period | DomainError;
}

interface Context {
  readonly vocabulary: Vocabulary;
  readonly publishedOn: string | null;
  readonly fiscalCalendar: FiscalCalendar | null;
  /** The year of the first point of a range, for a second one without a year: "2020年1月至5月". */
  readonly year: number | null;
  /** Whether the sentence names a year before. */
  readonly isYearNamed: boolean;
}

/** What leaves a period open, with what would say it. */
function open(what: string, expected: string): DomainError {
  return new DomainError('ambiguousPeriod', { open: what, expected });
}

/** A span of days, or the end of one: "the end of 2025" has no start. */
interface Point {
  readonly start: string | null;
  readonly end: string;
  readonly isInferred: boolean;
}

interface Year {
  readonly year: number;
  readonly isInferred: boolean;
}

const CHARACTER_DIGITS = new Map([...'〇一二三四五六七八九'].map((character, digit) => [character, digit]));
const PUBLISHED_ON = 'the date of the document (`publishedOn`), or a year in the words';

/** The number that a slot states, in digits or words: "5", "twenty-five", 五, 다섯. */
function readCount(words: string, vocabulary: Vocabulary): number {
  if (/^\d+$/.test(words)) return Number(words);
  const known = periodPatternsOf(vocabulary).values.get(words);
  if (known !== undefined) return known;
  const phrase = foldPhrase(words, vocabulary);
  const quantity = readCjkNumber(phrase, 0) ?? readWordedNumber(phrase, 0);
  const isClear =
    quantity !== null &&
    quantity.end === words.length &&
    quantity.problem === null &&
    quantity.high === null &&
    !quantity.isIndefinite &&
    quantity.value.isInteger();
  if (!isClear) throw open('how many years are meant', 'one whole number of years');
  return quantity.value.toNumber();
}

/** The year before the first of each era of Japan. */
const ERAS: Readonly<Record<string, number>> = { 令和: 2018, 平成: 1988, 昭和: 1925 };

/** A year of an era, such as 令和7年; null where the words name none. */
function readEraYear(words: string): number | null {
  const [, era = '', number = ''] = /(令和|平成|昭和) ?(元|\d{1,2})/.exec(words) ?? [];
  const before = ERAS[era];
  return before === undefined ? null : before + (number === '元' ? 1 : Number(number));
}

function readYear({ y, yy, era, year: words = era ?? y }: Slots, context: Context): Year | null {
  // Only beside a quarter or half, as in "4Q23".
  if (words === undefined && yy !== undefined) return { year: 2000 + Number(yy), isInferred: false };
  if (words === undefined) return context.year === null ? null : { year: context.year, isInferred: false };
  const ofEra = readEraYear(words);
  if (ofEra !== null) return { year: ofEra, isInferred: false };
  const digits = /\d{4}/.exec(words)?.[0];
  if (digits !== undefined) return { year: Number(digits), isInferred: false };
  const characters = /[零〇一二三四五六七八九]{4}/.exec(words)?.[0];
  if (characters !== undefined) {
    const printed = [...characters.replaceAll('零', '〇')].map((one) => CHARACTER_DIGITS.get(one)).join('');
    return { year: Number(printed), isInferred: false };
  }
  const distance = periodPatternsOf(context.vocabulary).relativeYears.get(words.replaceAll(/ +/g, ' '));
  if (context.publishedOn === null || distance === undefined) throw open('which year is meant', PUBLISHED_ON);
  return { year: yearOf(context.publishedOn) + distance, isInferred: true };
}

function dayOf(year: number, month: number, day: number): string {
  return `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
}

function lastDayOf(year: number, month: number): string {
  return addDays(month === 12 ? dayOf(year + 1, 1, 1) : dayOf(year, month + 1, 1), -1);
}

/** A part of a year without its year is reported on within this many days after its end. */
const REPORTED_WITHIN_DAYS = 120;

/**
 * The year of a part of a year that names none: the part in which the document appeared, or that had just ended. A part
 * that lies ahead may be meant of the year before as well, and one of a sentence that names a year may be of that.
 * @param isOver whether the words add up what has come, as 1-9月 do, so that no month of it lies ahead
 */
function yearOfPart(
  first: number,
  last: number,
  { publishedOn, isYearNamed }: Context,
  isOver: boolean,
): Year {
  if (publishedOn === null) throw open('which year is meant', PUBLISHED_ON);
  const published = yearOf(publishedOn);
  const [year, other] = [published, published - 1].filter((one) => {
    const sinceEnd = daysBetween(lastDayOf(one, last), publishedOn);
    const hasBegun = isOver ? sinceEnd > 0 : dayOf(one, first, 1) <= publishedOn;
    return hasBegun && sinceEnd <= REPORTED_WITHIN_DAYS;
  });
  if (year === undefined || other !== undefined || isYearNamed)
    throw open('which year is meant', 'a year in the words');
  return { year, isInferred: true };
}

function monthsOf(first: number, last: number, slots: Slots, context: Context, isOver = false): Point {
  const { year, isInferred } = readYear(slots, context) ?? yearOfPart(first, last, context, isOver);
  if (last < first) throw new DomainError('reversedRange', { low: `month ${first}`, high: `month ${last}` });
  return { start: dayOf(year, first, 1), end: lastDayOf(year, last), isInferred };
}

function monthOf({ m, month }: Slots, { vocabulary }: Context): number {
  const words = m ?? month ?? '';
  return periodPatternsOf(vocabulary).months.get(words) ?? readCount(words, vocabulary);
}

function secondMonthOf({ m2, month2 }: Slots, context: Context): number {
  return monthOf({ m: m2, month: month2 }, context);
}

function ordinalOf(words: string | undefined, context: Context): number {
  const known = periodPatternsOf(context.vocabulary).ordinals.get(words ?? '');
  return known ?? readCount(words ?? '', context.vocabulary);
}

function quarterOf(words: string | undefined, context: Context): number {
  const quarter = ordinalOf(words, context);
  if (quarter < 1 || quarter > 4)
    throw open('which quarter is meant', 'a quarter from the first to the fourth');
  return quarter;
}

/** India, too, had twelve five-year plans. */
const FIRST_OF_CHINA_ALONE = 13;

/** The plans of China: the first began in 1953, the third, after three years without one, in 1966. */
function planOf({ p, o }: Slots, context: Context): Point {
  const number = ordinalOf(p ?? o, context);
  if (p === undefined && number < FIRST_OF_CHINA_ALONE)
    throw open("which country's plan is meant", NOTHING_NAMED);
  const first = number <= 2 ? 1948 + 5 * number : 1951 + 5 * number;
  return { start: `${first}-01-01`, end: `${first + 4}-12-31`, isInferred: true };
}

/** Some months of a fiscal year, counted from its first: its days follow from the calendar, not from the words. */
function fiscalPart(first: number, last: number, slots: Slots, context: Context): Point {
  const { fiscalCalendar } = context;
  if (fiscalCalendar === null) throw open('on which day the fiscal year begins', NOTHING_NAMED);
  const year = firstYearOf(slots, fiscalCalendar, context);
  return { ...fiscalMonths(fiscalCalendar, year, first, last), isInferred: true };
}

/** The calendar year in which a fiscal year begins. */
function firstYearOf(slots: Slots, { firstMonth, namedBy }: FiscalCalendar, context: Context): number {
  const { fy, y, yy, y2 } = slots;
  const [one, other] = fy === undefined ? [y, yy ?? y2] : (fy.match(/\d+/g) ?? []);
  if (other !== undefined) {
    const first = yearOfDigits(one);
    if (firstMonth !== 1 && yearOfDigits(other) === first + 1) return first;
    throw open('which fiscal year is meant', 'the two years in which one lies');
  }
  const year = fy === undefined ? readYear(slots, context)?.year : yearOfDigits(one);
  if (year === undefined) throw open('which fiscal year is meant', NOTHING_NAMED);
  if (namedBy === null) throw open('whether it begins or ends in the year named', 'both years: "2025/26"');
  return namedBy === 'first' ? year : year - 1;
}

/** A year in four digits, or in its last two. */
function yearOfDigits(digits = ''): number {
  if (digits.length === 3) throw open('which year is meant', 'a year of four digits');
  return digits.length === 2 ? 2000 + Number(digits) : Number(digits);
}

const NOTHING_NAMED = 'the first and the last day of the period';

/** What each kind of point says, by its slots. Null: a day, which is no period of a figure. */
const POINTS: Readonly<Record<Exclude<PointKind, 'base'>, (slots: Slots, context: Context) => Point>> = {
  day: (slots, context) => {
    const { year, isInferred } = readYear(slots, context) ?? { year: null, isInferred: false };
    if (year === null) throw open('which year is meant', 'a year in the words');
    const day = dayOf(year, monthOf(slots, context), readCount(slots.d ?? '', context.vocabulary));
    return { start: checkIsoDate(day), end: day, isInferred };
  },
  months: (slots, context) =>
    monthsOf(monthOf(slots, context), secondMonthOf(slots, context), slots, context, true),
  month: (slots, context) => {
    const month = monthOf(slots, context);
    return monthsOf(month, month, slots, context);
  },
  firstMonths: (slots, context) => {
    const months = readCount(slots.n ?? '', context.vocabulary);
    if (months < 1 || months > 12) throw open('which months are meant', 'at most twelve months of a year');
    return monthsOf(1, months, slots, context);
  },
  quarters: (slots, context) =>
    monthsOf(3 * quarterOf(slots.q, context) - 2, 3 * quarterOf(slots.q2, context), slots, context),
  quarter: (slots, context) => {
    const quarter = quarterOf(slots.q, context);
    return monthsOf(3 * quarter - 2, 3 * quarter, slots, context);
  },
  firstQuarters: (slots, context) => monthsOf(1, 3 * quarterOf(slots.q, context), slots, context, true),
  firstHalf: (slots, context) => monthsOf(1, 6, slots, context),
  secondHalf: (slots, context) => monthsOf(7, 12, slots, context),
  endOf: (slots, context) => {
    const isMonth = slots.m !== undefined || slots.month !== undefined;
    const month = isMonth ? monthOf(slots, context) : 12;
    return { ...monthsOf(month, month, slots, context), start: null };
  },
  plan: planOf,
  endOfPlan: (slots, context) => ({ ...planOf(slots, context), start: null }),
  decade: ({ y }) => {
    const first = Number(y);
    if (first % 100 === 0) throw open('whether a decade or a century is meant', NOTHING_NAMED);
    if (first % 10 !== 0) throw open('which years are meant', NOTHING_NAMED);
    return { start: `${first}-01-01`, end: `${first + 9}-12-31`, isInferred: false };
  },
  yearPair: (slots, context) => {
    const { y, yy } = slots;
    const [first, last] = [Number(y), Number(yy)];
    const inCentury = first % 100;
    // "2011-12" may be a month.
    if (last === inCentury + 1 && last > 12 && context.fiscalCalendar?.isNamedByPair === true)
      return fiscalPart(1, 12, slots, context);
    if (last === inCentury + 1 || last <= 12)
      throw open('whether a fiscal year, a month or calendar years are meant', 'both years in four digits');
    if (last < inCentury) throw new DomainError('reversedRange', { low: y, high: yy });
    return { start: `${first}-01-01`, end: `${first - inCentury + last}-12-31`, isInferred: false };
  },
  fiscal: (slots, context) => fiscalPart(1, 12, slots, context),
  fiscalQuarter: (slots, context) => {
    const quarter = quarterOf(slots.q, context);
    return fiscalPart(3 * quarter - 2, 3 * quarter, slots, context);
  },
  fiscalFirstHalf: (slots, context) => fiscalPart(1, 6, slots, context),
  fiscalSecondHalf: (slots, context) => fiscalPart(7, 12, slots, context),
  taxYear: () => {
    throw open('on which day the tax year begins', NOTHING_NAMED);
  },
  vague: () => {
    throw open('which part of the year is meant', NOTHING_NAMED);
  },
  year: (slots, context) => monthsOf(1, 12, slots, context),
  bareYear: (slots, context) => monthsOf(1, 12, slots, context),
};

function readPoint(point: Points[number] | undefined, context: Context): Point {
  if (point === undefined || point.kind === 'base')
    throw new DomainError('noPeriod', { expected: NOTHING_NAMED });
  return POINTS[point.kind](point.slots, context);
}

type Reading = Omit<Period, 'asStated'>;

function between(start: string, end: string, inferred: Period['inferred']): Reading {
  if (end < start) throw new DomainError('reversedRange', { low: start, high: end });
  const years = wholeYears(start, end);
  const kind = years === 1 && start.endsWith('-01-01') ? 'year' : 'window';
  return { start, end, kind, years, inferred };
}

function bothIf(isInferred: boolean): Period['inferred'] {
  return isInferred ? ['start', 'end'] : [];
}

function lengthOf({ n }: Slots, context: Context): number {
  const years = readCount(n ?? '1', context.vocabulary);
  if (years < 1) throw open('how many years are meant', 'one year or more');
  return years;
}

/** The same day of another year. */
function yearsLater(day: string, years: number): string {
  return checkIsoDate(`${String(yearOf(day) + years).padStart(4, '0')}${day.slice(4)}`);
}

function readUntil([when]: Points, context: Context): Reading {
  const { end, isInferred } = readPoint(when, context);
  return { start: null, end, kind: 'cumulativeTo', years: null, inferred: isInferred ? ['end'] : [] };
}

/** What each kind of span says, by the points in it and its slots. */
const SPANS: Readonly<Record<Span['kind'], (points: Points, context: Context, slots: Slots) => Reading>> = {
  whole: ([when], context) => {
    const { start, end, isInferred } = readPoint(when, context);
    if (start === null)
      throw open('whether all that comes until then is meant', 'the words "by" or "until", or a first day');
    return between(start, end, bothIf(isInferred));
  },
  until: readUntil,
  through: readUntil,
  range: ([when, when2], context) => {
    // Either end may name the year of both: "2020年1月至5月", "Q1-Q3 2020".
    const isYearLast = when !== undefined && !hasYear(when) && when2 !== undefined && hasYear(when2);
    const year = isYearLast ? yearOf(readPoint(when2, context).end) : null;
    const first = readPoint(when, { ...context, year });
    if (first.start === null) throw open('on which day it begins', NOTHING_NAMED);
    const last = readPoint(when2, { ...context, year: yearOf(first.start) });
    const inferred = [
      ...(first.isInferred ? (['start'] as const) : []),
      ...(last.isInferred ? (['end'] as const) : []),
    ];
    return between(first.start, last.end, inferred);
  },
  next: (_, context, slots) => {
    const years = lengthOf(slots, context);
    if (context.publishedOn === null) throw open('from which year on is meant', PUBLISHED_ON);
    const first = yearOf(context.publishedOn);
    const [{ start }, { end }] = [calendarYear(first), calendarYear(first + years - 1)];
    return { start, end, kind: years === 1 ? 'year' : 'window', years, inferred: ['start', 'end'] };
  },
  length: (_, context, slots) => {
    return { start: null, end: null, kind: 'window', years: lengthOf(slots, context), inferred: [] };
  },
  lengthTo: ([when], context, slots) => {
    const { end, isInferred } = readPoint(when, context);
    const start = yearsLater(addDays(end, 1), -lengthOf(slots, context));
    return between(start, end, isInferred ? ['start', 'end'] : ['start']);
  },
  lengthFrom: ([when], context, slots) => {
    const { start, isInferred } = readPoint(when, context);
    if (start === null) throw open('on which day it begins', NOTHING_NAMED);
    const end = addDays(yearsLater(start, lengthOf(slots, context)), -1);
    return between(start, end, isInferred ? ['start', 'end'] : ['end']);
  },
  perYear: () => ({ start: null, end: null, kind: 'perYear', years: null, inferred: [] }),
  since: () => {
    throw open('when it ends', 'a last day');
  },
  before: (points, context) => {
    if (readPoint(points[0], context).start === null) return readUntil(points, context);
    throw open('whether the year named is part of it', 'a last day');
  },
  inOrUntil: (points, context) => {
    if (readPoint(points[0], context).start === null) return readUntil(points, context);
    throw open('whether that year is meant, or all until then', NOTHING_NAMED);
  },
  past: () => {
    throw open('when it began', NOTHING_NAMED);
  },
  several: () => {
    throw open('how many years are meant', NOTHING_NAMED);
  },
};

/** A refusal with the words it is of. */
function refusalOf(error: DomainError, text: string, period: string): DomainError {
  return new DomainError(error.code, { text: excerpt(text), period: excerpt(period), ...error.data });
}

function readSpan(
  phrase: PhraseText,
  { kind, start, end, slots, points }: Span,
  context: Context,
): FoundPeriod {
  const words = phrase.text.slice(start, end);
  const reading = unlessRefused(() =>
    checkPeriod({ ...SPANS[kind](points, context, slots), asStated: words }),
  );
  return {
    start,
    end,
    text: words,
    reading: reading instanceof DomainError ? refusalOf(reading, phrase.text, words) : reading,
  };
}

/** A period with what kind of words state it. */
interface Stated extends FoundPeriod {
  readonly kind: Span['kind'];
}

const TOUCHING = /^[ ,，、的]{0,2}$/;

/**
 * One period of two that say one thing: what a figure is for each year of, and those years, as in "USD 180bn a year in
 * 2020-2025". A single year is that year. "A year by 2030" may be what a year will be then, and stays two.
 */
function joined(text: string, one: Stated, other: Stated): Stated | null {
  const [each, dated] = one.kind === 'perYear' ? [one, other] : [other, one];
  if (each.kind !== 'perYear' || dated.kind === 'perYear' || dated.kind === 'until') return null;
  if (dated.reading instanceof DomainError) return null;
  const { start } = one;
  const { end } = other;
  const words = text.slice(start, end);
  const kind = dated.reading.kind === 'year' ? 'year' : 'perYear';
  return { start, end, text: words, kind: each.kind, reading: { ...dated.reading, kind, asStated: words } };
}

function statedIn(text: string, options: PeriodPhraseOptions): Stated[] {
  const publishedOn = options.publishedOn ?? null;
  if (publishedOn !== null) checkIsoDate(publishedOn);
  const [vocabulary] = vocabulariesOf(text, options.language, undefined);
  const context = { vocabulary, publishedOn, fiscalCalendar: options.fiscalCalendar ?? null, year: null };
  const phrase = foldPhrase(text, vocabulary);
  const found: Stated[] = [];
  for (const span of matchSpans(phrase)) {
    const { isYearNamed, kind } = span;
    if (kind === 'whole' && span.points[0]?.kind === 'day') continue;
    const next = { ...readSpan(phrase, span, { ...context, isYearNamed }), kind };
    const last = found.at(-1);
    const touches = last !== undefined && TOUCHING.test(text.slice(last.end, next.start));
    const whole = touches ? joined(text, last, next) : null;
    if (whole === null) found.push(next);
    else found.splice(-1, 1, whole);
  }
  return found;
}

/**
 * Every period that a text names, in the order of the text. A day is none, nor is a number that the words do not make a
 * year. What leaves its days open is found with its refusal.
 * @throws DomainError `malformedDate` where `publishedOn` is no day
 */
export function findPeriods(text: string, options: PeriodPhraseOptions = {}): FoundPeriod[] {
  return statedIn(text, options).map(({ kind: _, ...found }) => found);
}

/** A text that is a year alone. */
function readBareYear(text: string): Period | null {
  const digits = /^["“「(（]?((?:1[89]|2[01])\d\d)["”」)）.,;:]?$/.exec(text.trim())?.[1];
  if (digits === undefined) return null;
  return { ...calendarYear(Number(digits)), kind: 'year', years: 1, asStated: text.trim(), inferred: [] };
}

/**
 * Reads the one period that a phrase states, to the kinds of `Period`. "By 2025" has no start; "over the next five years"
 * counts from the year of the document, and says that it is inferred. Nothing is guessed: a fiscal year, whose first
 * day no document prints, is refused without the calendar that it follows, as is "this year" without the document's date.
 *
 * @returns a period that satisfies `checkPeriod`; `asStated` is an exact piece of `text`
 * @throws DomainError `noPeriod`, `severalPeriods`, `ambiguousPeriod` saying what is open, `reversedRange`, `malformedDate`
 */
export function parsePeriodPhrase(text: string, options: PeriodPhraseOptions = {}): Period {
  const year = readBareYear(text);
  if (year !== null) return year;
  const found = statedIn(text, options);
  const [first, second, third] = found;
  if (first === undefined) {
    const expected =
      'a year, two years, or words such as "by 2025" or "a year", in the `language` of the text';
    throw new DomainError('noPeriod', { text: excerpt(text), expected });
  }
  for (const { reading } of found) if (reading instanceof DomainError) throw reading;
  const only = second === undefined ? first : third === undefined ? joined(text, first, second) : null;
  if (only === null || only.reading instanceof DomainError) {
    const words = found.slice(0, 5).map((one) => excerpt(one.text));
    const expected = 'one period, or the words of one of them';
    throw new DomainError('severalPeriods', { text: excerpt(text), found: words, expected });
  }
  return only.reading;
}
