import type { FigureAmount } from '../money/amount.ts';
import { sameAmount } from '../money/amount.ts';
import { daysBetween } from '../period/calendar.ts';
import type { Period } from '../period/period.ts';
import type { Statement } from '../statement.ts';
import { PLAIN_STATEMENT, priceBasis, pricesKey } from '../statement.ts';

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
  /** What is said beside the figure; where absent, nothing. */
  readonly stance?: Statement['stance'];
  readonly scenario?: Statement['scenario'];
  readonly prices?: Statement['prices'];
  /** Later forecasts that take its place. */
  readonly revisedBy?: readonly string[];
}

/** What a figure says beside its number. */
export function statementOf(figure: Figure): Pick<Statement, 'stance' | 'scenario' | 'prices'> {
  const { stance, scenario, prices } = PLAIN_STATEMENT;
  return {
    stance: figure.stance ?? stance,
    scenario: figure.scenario ?? scenario,
    prices: figure.prices ?? prices,
  };
}

export function priceBasisOf({ prices = PLAIN_STATEMENT.prices }: Figure): string {
  return priceBasis(prices);
}

/** What some figures say beside their numbers, each once. */
export interface Statements {
  readonly stances: readonly Statement['stance'][];
  readonly scenarios: readonly NonNullable<Statement['scenario']>[];
  readonly prices: readonly Statement['prices'][];
}

export function statementsOf(figures: readonly Figure[]): Statements {
  const all = figures.map(statementOf);
  const once = <Said>(said: readonly Said[], keyOf: (one: Said) => string): readonly Said[] =>
    [...new Map(said.map((one) => [keyOf(one), one])).entries()]
      .sort(([one], [other]) => compareText(one, other))
      .map(([, one]) => one);
  return {
    stances: once(
      all.map(({ stance }) => stance),
      (stance) => stance,
    ),
    scenarios: once(
      all.flatMap(({ scenario }) => scenario ?? []),
      ({ kind, name }) => `${kind} ${name}`,
    ),
    prices: once(
      all.map(({ prices }) => prices),
      pricesKey,
    ),
  };
}

/** Those that are not like most of some figures; of equals the first by what they are told by counts as most. */
export function unlikeMost<Item>(items: readonly Item[], tellBy: (item: Item) => string): readonly Item[] {
  const [, ...others] = [...Map.groupBy(items, tellBy)].sort(
    ([one, ofOne], [other, ofOther]) => ofOther.length - ofOne.length || compareText(one, other),
  );
  return others.flatMap(([, own]) => own);
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

/** Order of what is true before what is not. */
export function trueFirst(one: boolean, other: boolean): number {
  if (one === other) return 0;
  return one ? -1 : 1;
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

/** All that must be equal where figures are to add up, but for currency and period. */
export type FigureKey = Pick<Figure, 'source' | 'forecaster' | 'measure' | 'region' | 'scope'>;

export function keyOf({ source, forecaster, measure, region, scope }: FigureKey): FigureKey {
  return { source, forecaster, measure, region, scope };
}

/** Equal for figures of one key. */
export function keyText(key: FigureKey): string {
  return JSON.stringify(keyTexts(key));
}

/** What keys are sorted by. */
export function keyTexts(key: FigureKey): readonly (string | null)[] {
  return Object.values(keyOf(key));
}

export function byId(one: Figure, other: Figure): number {
  return compareText(one.id, other.id);
}

/** Order of what was left out. */
export function byForecast(one: { readonly forecast: string }, other: { readonly forecast: string }): number {
  return compareText(one.forecast, other.forecast);
}

export function distinct(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)].sort(compareText);
}
