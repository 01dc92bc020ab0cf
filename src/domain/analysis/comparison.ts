import type { FigureAmount } from '../money/amount.ts';
import { isBoundOnly } from '../money/amount.ts';
import { Exact, mapAmount, medianOf } from '../money/bounds.ts';
import { Decimal, formatDecimal, impliedRatio, parseDecimal } from '../money/decimal.ts';
import type { Period } from '../period/period.ts';
import { wholeYears } from '../period/period.ts';
import type { EvidenceStatus } from '../phrase/evidence.ts';
import { EVIDENCE_STATUSES } from '../phrase/evidence.ts';
import type { Steps } from '../steps.ts';
import { mapped, sorted } from '../steps.ts';
import type { Claiming } from './claims.ts';
import { claimsOf } from './claims.ts';
import type { Figure } from './figure.ts';
import { compareText, compareTexts, isConverted, spanKey } from './figure.ts';

/** A figure to compare, with what tells whether another is the same claim elsewhere. */
export interface ComparedFigure extends Figure, Claiming {
  /** The amount before any conversion. */
  readonly stated: FigureAmount;
  readonly evidence: EvidenceStatus;
}

/** What the spread is over: the totals for the window, or the figures for each year of periods within it. */
export const COMPARED = ['total', 'perYear'] as const;
export type Compared = (typeof COMPARED)[number];

/** Why a row is left out of the spread, in the order in which the reasons are looked for. */
export const COMPARISON_REASONS = [
  // It counts other bodies' spending than those asked for.
  'differentScope',
  // `conversionReason` says why.
  'notConverted',
  // No conversion was asked for, and it is not in the currency that is compared.
  'differentCurrency',
  // "By 2025", and no start to assume was given, or one after its end.
  'startUnknown',
  // The document leaves a date of its period open.
  'periodUnknown',
  // Totals: it covers another period than the window, or is for each year; per year: it covers days outside the window.
  'differentPeriod',
  // Per year: its period is not a number of whole years.
  'yearsUnknown',
  // It says at least, at most or several.
  'boundOnly',
  // It says from one to another.
  'rangeOnly',
] as const;
export type ComparisonReason = (typeof COMPARISON_REASONS)[number];

/**
 * - `startAssumed`: the caller's start stands for the one that the document leaves open;
 * - `periodInferred`: these dates of the period are not the document's own words;
 * - `approximateAtFaceValue`: an approximate figure counts as if it were exact.
 */
export type Assumption =
  | { readonly code: 'startAssumed'; readonly start: string }
  | { readonly code: 'periodInferred'; readonly dates: readonly ('start' | 'end')[] }
  | { readonly code: 'approximateAtFaceValue' };

/** One claim, with all places that state it alike; an assumed start is not in the period, but among the assumptions. */
export interface ComparisonRow
  extends Pick<Figure, 'forecaster' | 'source' | 'scope' | 'publishedOn' | 'period'> {
  readonly forecast: string;
  /** Other places that state it. */
  readonly alsoStatedIn: readonly { readonly forecast: string; readonly source: string }[];
  /** For the whole period; null where the figure is for each year, or was not converted. */
  readonly total: FigureAmount | null;
  /** Length of the period, an assumed start included; null where it is not a known number of whole years. */
  readonly years: number | null;
  /** Computed, unless the figure is stated for each year; null where `years` is not known. */
  readonly perYear: FigureAmount | null;
  /** What the spread takes: the exact or approximate value of what is compared; null where there is none. */
  readonly pointValue: string | null;
  readonly comparable: boolean;
  /** Null where the row is comparable. */
  readonly reason: ComparisonReason | null;
  /** The code of the refusal where the amount could not be converted. */
  readonly conversionReason: string | null;
  readonly assumptions: readonly Assumption[];
}

/** Of the point values of the comparable rows. */
export interface Spread {
  readonly count: number;
  readonly min: string;
  /** The mean of the two in the middle where the count is even, rounded once, half-even, to the currency's minor unit. */
  readonly median: string;
  readonly max: string;
  /** max / min, 12 significant digits; null where min is zero. */
  readonly ratio: string | null;
  readonly over: Compared;
}

export interface Comparison {
  /** What the spread is in; null where no amount is held in any currency. */
  readonly currency: string | null;
  /** Comparable rows first, by point value; then the others, by forecaster and id. */
  readonly rows: readonly ComparisonRow[];
  /** Null where no row is comparable. */
  readonly spread: Spread | null;
}

export interface ComparisonOptions {
  /** First and last day, inclusive; without a first day nothing but figures a year can be within it. */
  readonly window: { readonly start: string | null; readonly end: string };
  /** The first day to assume for "by 2025"; null to leave such figures out. */
  readonly assumeStart: string | null;
  /** Whose spending is compared. */
  readonly scope: string;
  readonly over: Compared;
  /** The currency that is compared; null for that of most figures of the scope, the first by code of equals. */
  readonly currency: string | null;
  /** Decimal places to which figures computed in a currency are rounded, half-even. */
  readonly minorUnitsOf: (currency: string) => number;
}

/**
 * The place that stands for a claim comes first: better evidence, then a printed date, then the id. Whether it could be
 * converted does not count, so that a claim has the same row at every rate.
 */
function compareStanding(one: ComparedFigure, other: ComparedFigure): number {
  const evidence = (figure: ComparedFigure): number => EVIDENCE_STATUSES.indexOf(figure.evidence);
  const undated = ({ publishedOn }: ComparedFigure): number => (publishedOn === null ? 1 : 0);
  return evidence(one) - evidence(other) || undated(one) - undated(other) || compareText(one.id, other.id);
}

/** Equal for figures that state the same amount, qualified alike, over the same span for the same scope. */
function contentOf({ scope, period, stated }: ComparedFigure): string {
  const { value, low, high, qualifier, currency } = stated;
  return JSON.stringify([scope, spanKey(period), value, low, high, qualifier, currency]);
}

/** The currency of most figures. */
function commonCurrency(figures: readonly Figure[]): string | null {
  const groups = Map.groupBy(figures.filter(isConverted), ({ amount }) => amount.currency);
  const [first] = [...groups].sort(
    ([one, ofOne], [other, ofOther]) => ofOther.length - ofOne.length || compareText(one, other),
  );
  return first?.[0] ?? null;
}

/** The start that a figure counts with: the document's, or the assumed one where it serves. */
export function assumedStart({ kind, start, end }: Period, assumeStart: string | null): string | null {
  if (kind !== 'cumulativeTo' || start !== null || assumeStart === null || end === null) return start;
  return assumeStart <= end ? assumeStart : null;
}

function rounded(figure: Decimal, minorUnits: number): Decimal {
  return figure.toDecimalPlaces(minorUnits, Decimal.ROUND_HALF_EVEN);
}

function periodReason(
  { kind, end }: Period,
  start: string | null,
  years: number | null,
  { window, over }: ComparisonOptions,
): ComparisonReason | null {
  if (kind === 'perYear' && over === 'total') return 'differentPeriod';
  if (kind === 'cumulativeTo' && start === null) return 'startUnknown';
  if (start === null || end === null) return 'periodUnknown';
  if (over === 'total') return start === window.start && end === window.end ? null : 'differentPeriod';
  if ((window.start !== null && start < window.start) || end > window.end) return 'differentPeriod';
  return years === null && kind !== 'perYear' ? 'yearsUnknown' : null;
}

function rowOf(claim: readonly ComparedFigure[], options: ComparisonOptions): ComparisonRow | null {
  const [figure, ...elsewhere] = claim;
  if (figure === undefined) return null;
  const { amount, period, scope } = figure;
  const start = assumedStart(period, options.assumeStart);
  const startAssumed = start !== null && start !== period.start;
  const years = startAssumed && period.end !== null ? wholeYears(start, period.end) : period.years;
  const isPerYear = period.kind === 'perYear';
  const total = isPerYear ? null : amount;
  const perYear = isPerYear
    ? amount
    : amount === null || years === null
      ? null
      : mapAmount(amount, (figure) =>
          rounded(figure.dividedBy(years), options.minorUnitsOf(amount.currency)),
        );
  const compared = options.over === 'total' ? total : perYear;
  const pointValue = compared === null || isBoundOnly(compared) ? null : compared.value;

  const reasonOf = (): ComparisonReason | null => {
    if (scope !== options.scope) return 'differentScope';
    if (amount === null) return 'notConverted';
    if (amount.currency !== options.currency) return 'differentCurrency';
    const ofPeriod = periodReason(period, start, years, options);
    if (ofPeriod !== null) return ofPeriod;
    if (pointValue !== null) return null;
    return amount.qualifier === 'range' ? 'rangeOnly' : 'boundOnly';
  };
  const reason = reasonOf();
  const assumptions: Assumption[] = [];
  if (startAssumed) assumptions.push({ code: 'startAssumed', start });
  if (period.inferred.length > 0) assumptions.push({ code: 'periodInferred', dates: period.inferred });
  if (amount?.qualifier === 'approximately') assumptions.push({ code: 'approximateAtFaceValue' });
  return {
    forecast: figure.id,
    forecaster: figure.forecaster,
    source: figure.source,
    scope,
    publishedOn: figure.publishedOn,
    alsoStatedIn: elsewhere
      .map(({ id, source }) => ({ forecast: id, source }))
      .sort((one, other) => compareText(one.forecast, other.forecast)),
    period,
    total,
    years,
    perYear,
    pointValue,
    comparable: reason === null,
    reason,
    conversionReason: amount === null ? (figure.conversionReason ?? null) : null,
    assumptions,
  };
}

/** @param values the point values of the comparable rows, in order */
function spreadOf(
  values: readonly Decimal[],
  { over, currency, minorUnitsOf }: ComparisonOptions,
): Spread | null {
  const [min, max] = [values[0], values.at(-1)];
  const median = medianOf(values);
  if (min === undefined || max === undefined || median === null || currency === null) return null;
  // A figure in the middle stands as it is in its row; only a mean is computed.
  const isRow = values.some((value) => value.equals(median));
  return {
    count: values.length,
    min: formatDecimal(min),
    median: formatDecimal(isRow ? median : rounded(median, minorUnitsOf(currency))),
    max: formatDecimal(max),
    ratio: impliedRatio(formatDecimal(max), formatDecimal(min)),
    over,
  };
}

/** A row with its point value, where that is compared. */
interface Placed {
  readonly row: ComparisonRow;
  readonly value: Decimal | null;
}

function placed(row: ComparisonRow): Placed {
  const { comparable, pointValue } = row;
  return { row, value: comparable && pointValue !== null ? new Exact(parseDecimal(pointValue)) : null };
}

function comparePlaced(one: Placed, other: Placed): number {
  if (one.row.comparable !== other.row.comparable) return one.row.comparable ? -1 : 1;
  const byValue = one.value === null || other.value === null ? 0 : one.value.comparedTo(other.value);
  return (
    byValue ||
    compareTexts([one.row.forecaster, one.row.forecast], [other.row.forecaster, other.row.forecast])
  );
}

/**
 * Forecasts of one sector, measure and region side by side: each claim once, with the reason for each that is left out
 * of the spread. The rows are the same at every rate. The spread takes point values only. The input's order makes no
 * difference.
 * @throws Error where the figures are not all of one sector, measure and region: the caller filters
 */
export function* compare(figures: readonly ComparedFigure[], given: ComparisonOptions): Steps<Comparison> {
  const [first] = figures;
  for (const field of ['sector', 'measure', 'region'] as const) {
    const other = figures.find((figure) => figure[field] !== first?.[field]);
    if (other !== undefined)
      throw new Error(`compare() takes one ${field}, not both ${first?.[field]} and ${other[field]}`);
  }
  const inScope = figures.filter(({ scope }) => scope === given.scope);
  const currency = given.currency ?? commonCurrency(inScope) ?? commonCurrency(figures);
  const options = { ...given, currency };
  const claims = claimsOf(figures, contentOf);
  const rows = yield* mapped(claims, (claim) => rowOf(claim.toSorted(compareStanding), options) ?? []);
  const inOrder = yield* sorted(yield* mapped(rows.flat(), placed), comparePlaced);
  return {
    currency,
    rows: inOrder.map(({ row }) => row),
    spread: spreadOf(
      inOrder.flatMap(({ value }) => value ?? []),
      options,
    ),
  };
}
