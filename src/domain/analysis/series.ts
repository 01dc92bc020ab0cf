import type { FigureAmount } from '../money/amount.ts';
import { Exact } from '../money/bounds.ts';
import type { Decimal } from '../money/decimal.ts';
import { formatDecimal, parseDecimal } from '../money/decimal.ts';
import type { Period } from '../period/period.ts';
import type { Prices, Scenario, Stance } from '../statement.ts';
import { pricesKey, scenarioKey } from '../statement.ts';
import type { Steps } from '../steps.ts';
import { sorted } from '../steps.ts';
import type { Claiming } from './claims.ts';
import { claimsOf } from './claims.ts';
import type { Figure } from './figure.ts';
import { byId, compareText, compareTexts, spanKey, trueFirst } from './figure.ts';

/*
 * How what a forecaster says of one subject moved from document to document.
 */

/** A forecast as a series reads it. */
export interface SeriesFigure extends Figure, Claiming {
  readonly stance: Stance;
  readonly scenario: Scenario | null;
  readonly prices: Prices;
  readonly revises: string | null;
}

/** What a reported figure is of, and how much it is in the currency asked for. */
export interface SeriesOutcome {
  readonly id: string;
  readonly reportedBy: string | null;
  readonly source: string;
  readonly sector: string;
  readonly measure: string;
  readonly region: string;
  readonly scope: string;
  readonly prices: Prices;
  readonly period: Period;
  readonly publishedOn: string | null;
  readonly amount: FigureAmount | null;
  readonly conversionReason: string | null;
}

export const NO_CHANGE_REASONS = [
  // Nothing of the series was published before it.
  'first',
  // It states again what an earlier one of the series states.
  'repeated',
  // Its day of publication is not known, or it is that of another one: which came first cannot be told.
  'orderUnknown',
  'notConverted',
  'otherCurrency',
  // It, or the one before it, is a bound, a range or indefinite.
  'notOneFigure',
] as const;

/** By how much a figure differs from the one before it. */
export interface SeriesChange {
  /** The forecast before it. */
  readonly from: string;
  /** In the currency shown. */
  readonly absolute: string;
  /**
   * Of the one before, at most 12 significant digits; of the figures as stated where these share a currency, so that exchange
   * rates make no difference. Null where the one before is zero.
   */
  readonly percent: string | null;
  readonly approximate: boolean;
}

export interface SeriesItem {
  readonly forecast: string;
  readonly source: string;
  readonly publishedOn: string | null;
  readonly stance: Stance;
  readonly scenario: Scenario | null;
  readonly period: Period;
  readonly amount: FigureAmount | null;
  readonly conversionReason: string | null;
  readonly revises: string | null;
  readonly change: SeriesChange | null;
  readonly noChangeReason: (typeof NO_CHANGE_REASONS)[number] | null;
}

/** What all figures of a series are of. */
export interface SeriesSubject {
  readonly forecaster: string | null;
  readonly sector: string;
  readonly measure: string;
  readonly region: string;
  readonly scope: string;
  readonly prices: Prices;
  /** Null where no alternatives are told apart: base cases are what is said where there is one figure. */
  readonly scenario: Scenario | null;
  readonly period: Period;
}

export interface Series extends SeriesSubject {
  /** The earliest first; those without a day of publication last. */
  readonly items: readonly SeriesItem[];
  /** Reported for the same sector, measure, region, scope, prices and period, the earliest first. */
  readonly outcomes: readonly SeriesOutcome[];
  /** `mixedRates`: figures of one currency were converted at rates of several days, so that `absolute` tells of rates too. */
  readonly warnings: readonly { readonly code: 'mixedRates'; readonly forecasts: readonly string[] }[];
}

type Of = Pick<SeriesOutcome, 'sector' | 'measure' | 'region' | 'scope' | 'prices' | 'period'>;

/** Equal for what forecasts and outcomes say of one subject. */
function subjectKey({ sector, measure, region, scope, prices, period }: Of): string {
  return JSON.stringify([sector, measure, region, scope, pricesKey(prices), spanKey(period)]);
}

/**
 * The series of some forecasts: one for each forecaster and subject, those of several forecasts first. Forecasts of which
 * nobody is named are one series a document at most, as nobody knows whether the same body speaks.
 * @param outcomes among which those of each subject are found
 */
export function* seriesOf(
  figures: readonly SeriesFigure[],
  outcomes: readonly SeriesOutcome[],
): Steps<readonly Series[]> {
  const reported = Map.groupBy(outcomes, subjectKey);
  const groups = Map.groupBy(figures, (figure) => {
    const { forecaster, source, scenario } = figure;
    return JSON.stringify([
      forecaster,
      forecaster === null ? source : '',
      subjectKey(figure),
      scenarioKey(scenario),
    ]);
  });
  const series: Series[] = [];
  for (const group of groups.values()) {
    const [first] = group;
    if (first === undefined) continue;
    const { forecaster, sector, measure, region, scope, prices, period, scenario } = first;
    series.push({
      ...{ forecaster, sector, measure, region, scope, prices },
      scenario: scenarioKey(scenario) === 'base' ? null : scenario,
      period,
      items: itemsOf(group),
      outcomes: (reported.get(subjectKey(first)) ?? []).toSorted(
        (one, other) => compareDays(one.publishedOn, other.publishedOn) || compareText(one.id, other.id),
      ),
      warnings: ratesWarning(group),
    });
    yield;
  }
  const order = (one: Series) => [
    one.items.length > 1 ? '0' : '1',
    ...[one.forecaster, one.sector, one.measure, one.region, one.scope],
    ...[one.period.end, one.period.start, pricesKey(one.prices), scenarioKey(one.scenario)],
    one.items[0]?.forecast ?? '',
  ];
  return yield* sorted(series, (one, other) => compareTexts(order(one), order(other)));
}

/** Days in order, an unknown one last. */
function compareDays(one: string | null, other: string | null): number {
  if (one === null || other === null) return trueFirst(one !== null, other !== null);
  return compareText(one, other);
}

function itemsOf(group: readonly SeriesFigure[]): readonly SeriesItem[] {
  const ordered = group.toSorted(
    (one, other) => compareDays(one.publishedOn, other.publishedOn) || byId(one, other),
  );
  const claims = claimsOf(ordered, ({ stated, amount }) => JSON.stringify(stated ?? amount));
  const firstOf = new Map(claims.flatMap((claim) => claim.map(({ id }) => [id, earliest(claim)] as const)));
  let before: SeriesFigure | undefined;
  const days = Map.groupBy(
    ordered.filter(({ id }) => firstOf.get(id) === id),
    ({ publishedOn }) => publishedOn,
  );
  return ordered.map((figure): SeriesItem => {
    const isRepeated = firstOf.get(figure.id) !== figure.id;
    const isAlone = figure.publishedOn !== null && days.get(figure.publishedOn)?.length === 1;
    const found = isRepeated
      ? ('repeated' as const)
      : changeFrom(before, figure, isAlone && (before === undefined || isAloneIn(days, before)));
    if (!isRepeated) before = figure;
    return {
      forecast: figure.id,
      source: figure.source,
      publishedOn: figure.publishedOn,
      stance: figure.stance,
      scenario: figure.scenario,
      period: figure.period,
      amount: figure.amount,
      conversionReason: figure.conversionReason ?? null,
      revises: figure.revises,
      change: typeof found === 'string' ? null : found,
      noChangeReason: typeof found === 'string' ? found : null,
    };
  });
}

function isAloneIn(
  days: ReadonlyMap<string | null, readonly SeriesFigure[]>,
  { publishedOn }: SeriesFigure,
): boolean {
  return publishedOn !== null && days.get(publishedOn)?.length === 1;
}

/** The one of a claim that was published first. */
function earliest(claim: readonly SeriesFigure[]): string {
  const [first] = claim.toSorted(
    (one, other) => compareDays(one.publishedOn, other.publishedOn) || byId(one, other),
  );
  return first?.id ?? '';
}

function changeFrom(
  before: SeriesFigure | undefined,
  figure: SeriesFigure,
  isOrderKnown: boolean,
): SeriesChange | (typeof NO_CHANGE_REASONS)[number] {
  if (before === undefined) return figure.publishedOn === null || !isOrderKnown ? 'orderUnknown' : 'first';
  if (!isOrderKnown) return 'orderUnknown';
  if (figure.amount === null || before.amount === null) return 'notConverted';
  if (figure.amount.currency !== before.amount.currency) return 'otherCurrency';
  const [from, to] = [pointOf(before.amount), pointOf(figure.amount)];
  if (from === null || to === null) return 'notOneFigure';
  return {
    from: before.id,
    absolute: formatDecimal(to.minus(from)),
    percent: percentOf(...statedPoints(before, figure, [from, to])),
    approximate: [before.amount, figure.amount].some(({ qualifier }) => qualifier === 'approximately'),
  };
}

/** The single figure that an amount is, whether exact or approximate. */
function pointOf({ value, qualifier }: FigureAmount): Decimal | null {
  if (value === null || (qualifier !== 'exact' && qualifier !== 'approximately')) return null;
  return new Exact(parseDecimal(value));
}

/** Two figures as their documents state them, where both do in one currency; else as they are shown. */
function statedPoints(
  one: SeriesFigure,
  other: SeriesFigure,
  shown: readonly [Decimal, Decimal],
): readonly [Decimal, Decimal] {
  const [from, to] = [one.stated, other.stated];
  if (from === undefined || to === undefined || from.currency !== to.currency) return shown;
  return [pointOf(from) ?? shown[0], pointOf(to) ?? shown[1]];
}

const PERCENT_DIGITS = 12;

function percentOf(from: Decimal, to: Decimal): string | null {
  if (from.isZero()) return null;
  return formatDecimal(to.minus(from).times(100).dividedBy(from).toSignificantDigits(PERCENT_DIGITS));
}

function ratesWarning(group: readonly SeriesFigure[]): Series['warnings'] {
  const byCurrency = Map.groupBy(
    group.filter(({ rateKey }) => rateKey != null),
    ({ stated }) => stated?.currency,
  );
  const mixed = [...byCurrency.values()].filter(
    (figures) => new Set(figures.map(({ rateKey }) => rateKey)).size > 1,
  );
  const forecasts = mixed
    .flat()
    .map(({ id }) => id)
    .sort(compareText);
  return forecasts.length === 0 ? [] : [{ code: 'mixedRates', forecasts }];
}
