import type { FigureAmount } from '../money/amount.ts';
import { isBoundOnly } from '../money/amount.ts';
import type { Bounds } from '../money/bounds.ts';
import { boundsOf, mapAmount } from '../money/bounds.ts';
import { Decimal } from '../money/decimal.ts';
import type { Period } from '../period/period.ts';
import { wholeMonths, wholeYears } from '../period/period.ts';
import type { EvidenceStatus } from '../phrase/evidence.ts';
import { EVIDENCE_STATUSES } from '../phrase/evidence.ts';
import type { Statement } from '../statement.ts';
import { isBaseCase, PLAIN_STATEMENT, priceBasis, scenarioGroup, scenarioKey } from '../statement.ts';
import type { Steps } from '../steps.ts';
import { mapped, sorted } from '../steps.ts';
import type { Claiming } from './claims.ts';
import { claimsOf } from './claims.ts';
import type { Figure, Statements } from './figure.ts';
import {
  compareText,
  compareTexts,
  distinct,
  haveOneRate,
  isConverted,
  priceBasisOf,
  spanKey,
  statementOf,
  statementsOf,
  trueFirst,
  unlikeMost,
} from './figure.ts';
import type { Interval, SpreadFigures } from './spread.ts';
import { spreadOf } from './spread.ts';

/** A figure to compare, with what tells whether another is the same claim elsewhere. */
export interface ComparedFigure extends Figure, Claiming {
  /** The amount before any conversion. */
  readonly stated: FigureAmount;
  readonly evidence: EvidenceStatus;
  /** In the currency of `amount`. */
  readonly interval?: Statement['interval'];
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
  // Per year: its period is no whole number of months, or less than a year.
  'yearsUnknown',
  // It says neither at least nor at most how much.
  'noFigure',
  // It is reckoned in other prices than most that could count.
  'otherPrices',
  // A later document of the forecaster counts in its place, or a forecast that revises it.
  'supersededByLater',
  // Another scenario counts in its place: the base case where there is one.
  'otherScenario',
  // Another figure of the forecaster counts in its place: of a longer period within the window, or as good a one.
  'sameForecaster',
] as const;
export type ComparisonReason = (typeof COMPARISON_REASONS)[number];

/** How often a forecaster counts: once, by its latest figure, or with all. */
export const PER_FORECASTER = ['latest', 'all'] as const;
export type PerForecaster = (typeof PER_FORECASTER)[number];

/** What to know of a spread before it is used. */
export const COMPARISON_WARNINGS = [
  // Figures of one stated currency were converted at the rates of several days: `ratio` is that of the figures as stated,
  // where all that count share a currency; the other numbers tell of exchange rates too.
  'mixedRates',
  // Not all that count are the same kind of statement: these are another one than most.
  'mixedStances',
  // Not all that count are base cases, or of one scenario: these are of another one than most.
  'mixedScenarios',
] as const;
export interface ComparisonWarning {
  readonly code: (typeof COMPARISON_WARNINGS)[number];
  /** The forecasts concerned. */
  readonly forecasts: readonly string[];
}

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
  extends Pick<Figure, 'forecaster' | 'source' | 'scope' | 'publishedOn' | 'period'>,
    Pick<Statement, 'stance' | 'scenario' | 'prices'> {
  readonly forecast: string;
  /** Other places that state it. */
  readonly alsoStatedIn: readonly { readonly forecast: string; readonly source: string }[];
  /** For the whole period; null where the figure is for each year, or was not converted. */
  readonly total: FigureAmount | null;
  /** Length of the period, an assumed start included; null where it is not a known number of whole years. */
  readonly years: number | null;
  /** Computed, unless the figure is stated for each year; null of less than a year or no whole number of months. */
  readonly perYear: FigureAmount | null;
  /** The exact or approximate value of what is compared; null of bounds and ranges, which count with their bounds. */
  readonly pointValue: string | null;
  readonly comparable: boolean;
  /** Null where the row is comparable. */
  readonly reason: ComparisonReason | null;
  /** The forecast that counts in its place, where another one of its forecaster does. */
  readonly countsInstead: string | null;
  /** The code of the refusal where the amount could not be converted. */
  readonly conversionReason: string | null;
  readonly assumptions: readonly Assumption[];
}

/** Of the comparable rows. */
export interface Spread extends SpreadFigures {
  readonly over: Compared;
}

export interface Comparison {
  /** What the spread is in; null where no amount is held in any currency. */
  readonly currency: string | null;
  /** Comparable rows first, by value, else by their lower or only bound; then the others, by forecaster and id. */
  readonly rows: readonly ComparisonRow[];
  /** Null where no row is comparable. */
  readonly spread: Spread | null;
  readonly warnings: readonly ComparisonWarning[];
  /** What the comparable rows say beside their figures. */
  readonly statements: Statements;
}

export interface ComparisonOptions {
  /** First and last day, inclusive; without a first day nothing but figures a year can be within it. */
  readonly window: { readonly start: string | null; readonly end: string };
  /** The first day to assume for "by 2025"; null to leave such figures out. */
  readonly assumeStart: string | null;
  /** Whose spending is compared. */
  readonly scope: string;
  readonly over: Compared;
  readonly perForecaster: PerForecaster;
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
function contentOf(figure: ComparedFigure): string {
  const { scope, period, stated, scenario = null } = figure;
  const { value, low, high, qualifier, currency } = stated;
  const said = [scope, priceBasisOf(figure), scenarioGroup(scenario)];
  return JSON.stringify([...said, spanKey(period), value, low, high, qualifier, currency]);
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
  yearShare: YearShare | null,
  { window, over }: ComparisonOptions,
): ComparisonReason | null {
  if (kind === 'perYear' && over === 'total') return 'differentPeriod';
  if (kind === 'cumulativeTo' && start === null) return 'startUnknown';
  if (start === null || end === null) return 'periodUnknown';
  if (over === 'total') return start === window.start && end === window.end ? null : 'differentPeriod';
  if ((window.start !== null && start < window.start) || end > window.end) return 'differentPeriod';
  return yearShare === null && kind !== 'perYear' ? 'yearsUnknown' : null;
}

/** A row with what it counts by. */
interface Placed {
  readonly row: ComparisonRow;
  readonly figure: ComparedFigure;
  /** What is compared, and the same before any conversion; null where there is nothing to compare. */
  readonly compared: Bounds | null;
  readonly stated: Interval | null;
}

function placedOf(claim: readonly ComparedFigure[], options: ComparisonOptions): Placed | null {
  const [figure, ...elsewhere] = claim;
  if (figure === undefined) return null;
  const { amount, period, scope } = figure;
  const start = assumedStart(period, options.assumeStart);
  const startAssumed = start !== null && start !== period.start;
  const years = startAssumed && period.end !== null ? wholeYears(start, period.end) : period.years;
  const yearShare = yearShareOf(start, period.end, years);
  const isPerYear = period.kind === 'perYear';
  const total = isPerYear ? null : amount;
  const perYear = isPerYear
    ? amount
    : amount === null || yearShare === null
      ? null
      : mapAmount(amount, (figure) =>
          rounded(shareOf(figure, yearShare), options.minorUnitsOf(amount.currency)),
        );
  const compared = options.over === 'total' ? total : perYear;
  const pointValue = compared === null || isBoundOnly(compared) ? null : compared.value;
  const share = options.over === 'total' || isPerYear ? WHOLE : yearShare;

  const reasonOf = (): ComparisonReason | null => {
    if (scope !== options.scope) return 'differentScope';
    if (amount === null) return 'notConverted';
    if (amount.currency !== options.currency) return 'differentCurrency';
    const ofPeriod = periodReason(period, start, yearShare, options);
    if (ofPeriod !== null) return ofPeriod;
    const { low, high } = boundsOf(amount);
    return low === null && high === null ? 'noFigure' : null;
  };
  const reason = reasonOf();
  const assumptions: Assumption[] = [];
  if (startAssumed) assumptions.push({ code: 'startAssumed', start });
  if (period.inferred.length > 0) assumptions.push({ code: 'periodInferred', dates: period.inferred });
  if (amount?.qualifier === 'approximately') assumptions.push({ code: 'approximateAtFaceValue' });
  const row = {
    forecast: figure.id,
    forecaster: figure.forecaster,
    source: figure.source,
    scope,
    ...statementOf(figure),
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
    countsInstead: null,
    conversionReason: amount === null ? (figure.conversionReason ?? null) : null,
    assumptions,
  };
  return {
    row,
    figure,
    compared: compared && boundsOf(compared),
    stated: share === null ? null : sharedInterval(boundsOf(figure.stated), share),
  };
}

const MONTHS_A_YEAR = 12;

/** What a figure is multiplied with and divided by for one a year. */
interface YearShare {
  readonly times: number;
  readonly by: number;
}

const WHOLE: YearShare = { times: 1, by: 1 };

/**
 * Null where the length is not known, or is less than a year: seasons make twice a half year something else than a year.
 */
function yearShareOf(start: string | null, end: string | null, years: number | null): YearShare | null {
  if (years !== null) return { times: 1, by: years };
  const months = start === null || end === null ? null : wholeMonths(start, end);
  return months === null || months < MONTHS_A_YEAR ? null : { times: MONTHS_A_YEAR, by: months };
}

function sharedInterval({ low, high }: Interval, share: YearShare): Interval {
  return { low: low && shareOf(low, share), high: high && shareOf(high, share) };
}

function shareOf(figure: Decimal, { times, by }: YearShare): Decimal {
  return figure.times(times).dividedBy(by);
}

/** Those in the prices of most that could count; of equals, of those which say nothing of their prices. */
function* inOnePrices(placed: readonly Placed[]): Steps<readonly Placed[]> {
  const isStated = (basis: string): number => (basis === priceBasis(PLAIN_STATEMENT.prices) ? 0 : 1);
  const [most] = [
    ...Map.groupBy(
      placed.filter(({ row }) => row.comparable),
      ({ figure }) => priceBasisOf(figure),
    ),
  ].sort(
    ([one, ofOne], [other, ofOther]) =>
      ofOther.length - ofOne.length || isStated(one) - isStated(other) || compareText(one, other),
  );
  return yield* mapped(placed, (one) => {
    if (!one.row.comparable || priceBasisOf(one.figure) === most?.[0]) return one;
    return { ...one, row: { ...one.row, comparable: false, reason: 'otherPrices' as const } };
  });
}

/** By what a comparable row is placed among others: its value, else its lower bound, else its only one. */
function placeOf({ compared }: Placed): Decimal | null {
  return compared && (compared.face ?? compared.low ?? compared.high);
}

function comparePlaced(one: Placed, other: Placed): number {
  if (one.row.comparable !== other.row.comparable) return one.row.comparable ? -1 : 1;
  const [place, otherPlace] = one.row.comparable ? [placeOf(one), placeOf(other)] : [null, null];
  return (
    (place === null || otherPlace === null ? 0 : place.comparedTo(otherPlace)) ||
    compareTexts([one.row.forecaster, one.row.forecast], [other.row.forecaster, other.row.forecast])
  );
}

/** Which of a forecaster's figures counts comes first: the latest, then that of the longest period, then the best found. */
function compareLatest({ row: one, figure }: Placed, { row: other, figure: otherFigure }: Placed): number {
  return (
    compareText(other.publishedOn, one.publishedOn) ||
    (other.years ?? 0) - (one.years ?? 0) ||
    compareStanding(figure, otherFigure)
  );
}

/**
 * Whose alternatives some figures are: one house's or, where nobody is named, one document's scenarios. A figure of nobody
 * in particular is one of its own.
 */
function houseOf({ row: { forecaster, source, scenario } }: Placed): string | null {
  if (forecaster !== null) return `by ${forecaster}`;
  return scenario === null ? null : `in ${source}`;
}

/** Each forecaster once, by the latest base case that no other forecast revises. */
function* oncePerForecaster(placed: readonly Placed[]): Steps<readonly Placed[]> {
  const counting = placed.filter(({ row }) => row.comparable);
  const later = latestRevisions(counting);
  const counted = new Map<string, Placed>();
  const standing = counting.filter((one) => houseOf(one) !== null && !later.has(one));
  for (const [house, own] of Map.groupBy(standing, houseOf)) {
    const [latest] = own.toSorted(
      (one, other) =>
        trueFirst(isBaseCase(one.row.scenario), isBaseCase(other.row.scenario)) || compareLatest(one, other),
    );
    if (house !== null && latest !== undefined) counted.set(house, latest);
    yield;
  }
  return yield* mapped(placed, (one) => {
    if (!one.row.comparable) return one;
    const instead = later.get(one) ?? counted.get(houseOf(one) ?? '') ?? one;
    if (instead === one) return one;
    // A house may count by another of its figures than the one that revises this.
    const house = counted.get(houseOf(instead) ?? '') ?? instead;
    const reason = later.has(one) ? 'supersededByLater' : whyOther(one, instead);
    return { ...one, row: { ...one.row, comparable: false, reason, countsInstead: house.row.forecast } };
  });
}

/** Of each that was revised, the last in the chain of those that revise it, among these. */
function latestRevisions(placed: readonly Placed[]): ReadonlyMap<Placed, Placed> {
  const byForecast = new Map(
    placed.flatMap((one) =>
      [one.row.forecast, ...one.row.alsoStatedIn.map(({ forecast }) => forecast)].map((id) => [id, one]),
    ),
  );
  const next = (one: Placed): Placed | undefined =>
    one.figure.revisedBy?.flatMap((id) => byForecast.get(id) ?? []).find((other) => other !== one);
  const latest = new Map<Placed, Placed>();
  for (const one of placed) {
    const seen = new Set([one]);
    let last = one;
    for (let after = next(one); after !== undefined && !seen.has(after); after = next(after)) {
      seen.add(after);
      last = after;
    }
    if (last !== one) latest.set(one, last);
  }
  return latest;
}

function whyOther({ row: one }: Placed, { row: counted }: Placed): ComparisonReason {
  if (scenarioKey(one.scenario) !== scenarioKey(counted.scenario)) return 'otherScenario';
  const [before, after] = [one.publishedOn, counted.publishedOn];
  return before !== null && after !== null && before < after ? 'supersededByLater' : 'sameForecaster';
}

/** Figures of one stated currency that were converted at several rates, and what says otherwise than most. */
function warningsOf(counting: readonly Placed[]): readonly ComparisonWarning[] {
  const mixed = [...Map.groupBy(counting, ({ figure }) => figure.stated.currency).values()].filter(
    (own) => !haveOneRate(own.map(({ figure }) => figure)),
  );
  const warned = {
    mixedRates: mixed.flat(),
    mixedStances: unlikeMost(counting, ({ row }) => row.stance),
    mixedScenarios: unlikeMost(counting, ({ row }) => scenarioGroup(row.scenario)),
  };
  return COMPARISON_WARNINGS.flatMap((code) => {
    const forecasts = distinct(warned[code].map(({ row }) => row.forecast));
    return forecasts.length === 0 ? [] : [{ code, forecasts }];
  });
}

/** @param counting the comparable rows */
function spreadOfRows(
  counting: readonly Placed[],
  { over, currency, minorUnitsOf }: ComparisonOptions,
): Spread | null {
  const compared = counting.flatMap((one) => one.compared ?? []);
  const stated = counting.flatMap((one) => one.stated ?? []);
  const oneCurrency = new Set(counting.map(({ figure }) => figure.stated.currency)).size === 1;
  const figures = spreadOf(
    compared,
    oneCurrency && stated.length === compared.length ? stated : compared,
    currency === null ? 0 : minorUnitsOf(currency),
  );
  return figures && { ...figures, over };
}

/**
 * Forecasts of one sector, measure and region side by side: each claim once, with the reason for each that is left out
 * of the spread. The rows are the same at every rate. By default a forecaster counts once, by its latest figure. The
 * input's order makes no difference.
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
  const all = (yield* mapped(
    claims,
    (claim) => placedOf(claim.toSorted(compareStanding), options) ?? [],
  )).flat();
  const priced = yield* inOnePrices(all);
  const placed = options.perForecaster === 'all' ? priced : yield* oncePerForecaster(priced);
  const inOrder = yield* sorted(placed, comparePlaced);
  const counting = inOrder.filter(({ row }) => row.comparable);
  return {
    currency,
    rows: inOrder.map(({ row }) => row),
    spread: spreadOfRows(counting, options),
    warnings: warningsOf(counting),
    statements: statementsOf(counting.map(({ figure }) => figure)),
  };
}
