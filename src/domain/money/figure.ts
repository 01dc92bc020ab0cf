import { daysBetween } from '../period/calendar.ts';
import type { Period } from '../period/period.ts';
import type { FigureAmount } from './amount.ts';
import { sameAmount } from './amount.ts';
import { Decimal, formatDecimal, parseDecimal } from './decimal.ts';

/*
 * What breakdowns and comparisons read of a forecast, and the interval arithmetic with which they add figures of which
 * some are only bounds.
 */

export type { FigureAmount } from './amount.ts';

/** The part of a forecast that breakdowns and comparisons read. */
export interface Figure {
  readonly id: string;
  readonly source: string;
  /** Null where the document names none. */
  readonly forecaster: string | null;
  readonly sector: string;
  readonly measure: string;
  readonly region: string;
  readonly scope: string;
  readonly period: Period;
  /** In the currency asked for; null where it could not be converted. */
  readonly amount: FigureAmount | null;
  /** The code of the refusal, where `amount` is null. */
  readonly conversionReason?: string | null;
  /** The value as printed, before any conversion: its digits give the stated precision. `amount.value` where absent. */
  readonly statedValue?: string | null;
  /** The amount before any conversion; `amount` where absent. */
  readonly stated?: FigureAmount;
  /**
   * Equal for figures of one stated currency that were converted at one rate, from the legs of their receipts; never for
   * figures of different stated currencies. Null or absent where nothing was converted.
   */
  readonly rateKey?: string | null;
  readonly publishedOn: string | null;
}

/** A figure that has an amount in the currency asked for. */
export type ConvertedFigure = Figure & { readonly amount: FigureAmount };

export function isConverted(figure: Figure): figure is ConvertedFigure {
  return figure.amount !== null;
}

/** The amount in which figures that have one rate compare: a conversion's rounding would show in shares. */
export function statedAmount({ stated, amount }: ConvertedFigure): FigureAmount {
  return stated ?? amount;
}

/** An amount with each of its numbers changed alike. */
export function mapAmount(amount: FigureAmount, change: (figure: Decimal) => Decimal): FigureAmount {
  const changed = (text: string | null): string | null =>
    text === null ? null : formatDecimal(change(new Exact(parseDecimal(text))));
  return { ...amount, value: changed(amount.value), low: changed(amount.low), high: changed(amount.high) };
}

/** The one in the middle of values in order, the mean of the two where their number is even; null of nothing. */
export function medianOf(sorted: readonly Decimal[]): Decimal | null {
  // Halves of whole numbers, rounded down: the same value twice where the count is odd.
  const [lower, upper] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
  return lower === undefined || upper === undefined ? null : lower.plus(upper).dividedBy(2);
}

/** Whether figures were all converted at one rate, or none was: only then do they compare as their documents state them. */
export function haveOneRate(figures: readonly Figure[]): boolean {
  return new Set(figures.map(({ rateKey }) => rateKey ?? null)).size <= 1;
}

/** Order of texts by code units, the same in every locale; null comes first. */
export function compareText(one: string | null, other: string | null): number {
  if (one === other) return 0;
  if (one === null) return -1;
  if (other === null) return 1;
  return one < other ? -1 : 1;
}

/** Order of lists of texts, by their first difference. */
export function compareTexts(one: readonly (string | null)[], other: readonly (string | null)[]): number {
  for (const [at, text] of one.entries()) {
    const order = compareText(text, other[at] ?? null);
    if (order !== 0) return order;
  }
  return 0;
}

/** Whether figures all state equal amounts over equal spans, so that any of them may stand for all. */
export function sayTheSame(figures: readonly ConvertedFigure[]): boolean {
  const [first] = figures;
  return figures.every(
    ({ amount, period }) =>
      first !== undefined && spanKey(period) === spanKey(first.period) && sameAmount(amount, first.amount),
  );
}

/**
 * What a period is for sums: figures for each year, figures of one year (or less), and what accumulates over several
 * years or until a date. Figures of different natures are never parts of each other.
 */
export type PeriodNature = 'perYear' | 'year' | 'cumulative';

/** Days from the first to the last day of a leap year. */
const LONGEST_YEAR = 365;

export const natureOf = remembered(({ kind, start, end, years }): PeriodNature => {
  if (kind === 'perYear') return 'perYear';
  if (kind === 'year' || years === 1) return 'year';
  return start !== null && end !== null && daysBetween(start, end) <= LONGEST_YEAR ? 'year' : 'cumulative';
});

/** Equal for periods that are the same span, however they are worded; per-year figures have keys of their own. */
export const spanKey = remembered(({ kind, start, end, years }): string => {
  const length = start !== null && end !== null ? null : years;
  return JSON.stringify([kind === 'perYear', start, end, length]);
});

/** What is said of a period, found once: each is compared with many. */
function remembered<Said>(say: (period: Period) => Said): (period: Period) => Said {
  const known = new WeakMap<Period, Said>();
  return (period) => {
    let said = known.get(period);
    if (said === undefined) {
      said = say(period);
      known.set(period, said);
    }
    return said;
  };
}

/** Whether two spans may share a day: what a document leaves open counts as possible. */
export function mayOverlap(
  one: Pick<Period, 'start' | 'end'>,
  other: Pick<Period, 'start' | 'end'>,
): boolean {
  const beginsInTime = (start: string | null, end: string | null) =>
    start === null || end === null || start <= end;
  return beginsInTime(one.start, other.end) && beginsInTime(other.start, one.end);
}

/**
 * Decimals that add up exactly: a sum of figures of 40 significant digits and very different sizes needs more than 40.
 */
export const Exact = Decimal.clone({ precision: 400 });

/**
 * Bounds of a figure or of a sum, and its face value: the number that stands in the document, whatever qualifies it.
 * An approximate figure counts at its face value for both bounds, and marks the result.
 */
export interface Bounds {
  readonly face: Decimal | null;
  readonly low: Decimal | null;
  readonly high: Decimal | null;
  readonly approximate: boolean;
}

/** A computed sum of money, in the form of an amount: see `Amount`, and `shownBounds` for what differs. */
export interface ComputedAmount extends Omit<FigureAmount, 'currency'> {
  /** Whether any figure in it is approximate, so that its bounds are approximate too. */
  readonly approximate: boolean;
}

function exactly(text: string | null): Decimal | null {
  return text === null ? null : new Exact(parseDecimal(text));
}

/** The value, whether exact, approximate or a bound; the one value of a range without width; else null. */
export function faceOf({ value, low, high }: FigureAmount): Decimal | null {
  if (value !== null) return exactly(value);
  return low !== null && low === high ? exactly(low) : null;
}

export const NOTHING: Bounds = {
  face: new Exact(0),
  low: new Exact(0),
  high: new Exact(0),
  approximate: false,
};

/** What an amount says of the true figure. A bound that the document does not state is not supplied, not even zero. */
export function boundsOf(amount: FigureAmount): Bounds {
  const face = faceOf(amount);
  switch (amount.qualifier) {
    case 'exact':
      return { face, low: face, high: face, approximate: false };
    case 'approximately':
      return { face, low: face, high: face, approximate: true };
    case 'atLeast':
      return { face, low: exactly(amount.low ?? amount.value), high: null, approximate: false };
    case 'atMost':
      return { face, low: null, high: exactly(amount.high ?? amount.value), approximate: false };
    case 'range':
    case 'indefinite':
      return { face, low: exactly(amount.low), high: exactly(amount.high), approximate: false };
  }
}

/** Null where either number is not known. */
function combined(one: Decimal | null, operation: 'plus' | 'minus', other: Decimal | null): Decimal | null {
  return one === null || other === null ? null : one[operation](other);
}

export function addBounds(one: Bounds, other: Bounds): Bounds {
  return {
    face: combined(one.face, 'plus', other.face),
    low: combined(one.low, 'plus', other.low),
    high: combined(one.high, 'plus', other.high),
    approximate: one.approximate || other.approximate,
  };
}

/** The lowest difference takes the highest of what is subtracted, and the other way round. */
export function subtractBounds(one: Bounds, other: Bounds): Bounds {
  return {
    face: combined(one.face, 'minus', other.face),
    low: combined(one.low, 'minus', other.high),
    high: combined(one.high, 'minus', other.low),
    approximate: one.approximate || other.approximate,
  };
}

/**
 * The bounds as an amount, so that "at least" reads the same in a figure and in a sum. `value` is the arithmetic of the
 * face values, null where one figure has none. It differs from a stated amount in two ways: `atMost` may be without a
 * value, and `indefinite` (neither bound is known: "over 10" less "over 5") keeps its value, which then bounds nothing.
 */
export function shownBounds({ face, low, high, approximate }: Bounds): ComputedAmount {
  const shown = (decimal: Decimal | null): string | null =>
    decimal === null ? null : formatDecimal(decimal);
  const bounds = { low: shown(low), high: shown(high), approximate };
  if (low !== null && high !== null && low.equals(high)) {
    return approximate
      ? { value: shown(low), low: null, high: null, qualifier: 'approximately', approximate }
      : { value: shown(low), ...bounds, qualifier: 'exact' };
  }
  const withLow = high === null ? 'atLeast' : 'range';
  const withoutLow = high === null ? 'indefinite' : 'atMost';
  return { value: shown(face), ...bounds, qualifier: low === null ? withoutLow : withLow };
}

/** Whether an amount states no point value, so that its face value, where it has one, is only a bound. */
export function isBoundOnly({ qualifier }: Pick<FigureAmount, 'qualifier'>): boolean {
  return qualifier !== 'exact' && qualifier !== 'approximately';
}
