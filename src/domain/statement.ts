import { DomainError } from './errors.ts';
import type { Amount } from './money/amount.ts';
import type { Decimal } from './money/decimal.ts';
import { formatDecimal, parseDecimal } from './money/decimal.ts';

/*
 * What kind of statement a figure is, beside its amount and its period.
 */

/**
 * `projection`: what is expected. `plan`: the body's own intention. `target`: set by a government. `budget`: money that is
 * provided. `commitment`: money that is promised. `need`: what would be required. `estimate`: of what has been.
 */
export const STANCES = ['projection', 'plan', 'target', 'budget', 'commitment', 'need', 'estimate'] as const;
export type Stance = (typeof STANCES)[number];

export const SCENARIO_KINDS = ['base', 'low', 'high', 'other'] as const;

/** One of the alternatives that a document states: they are never added. */
export interface Scenario {
  /** As the document calls it. */
  readonly name: string;
  readonly kind: (typeof SCENARIO_KINDS)[number];
}

/** The bounds that a document gives beside its point, in the currency of the amount. */
export interface Interval {
  readonly low: string;
  readonly high: string;
  /** How probable it is that the true figure lies between them: "90" of a 90 % interval; null where nobody says it. */
  readonly percent: string | null;
}

export const PRICE_KINDS = ['unstated', 'nominal', 'constant', 'ppp'] as const;

/** The prices in which a figure is reckoned. Figures in different prices are never compared, nor added. */
export interface Prices {
  readonly kind: (typeof PRICE_KINDS)[number];
  /** Of `constant` and `ppp`: the year whose prices these are, null where the document does not say it. */
  readonly year: number | null;
}

export interface Statement {
  readonly stance: Stance;
  readonly scenario: Scenario | null;
  readonly interval: Interval | null;
  readonly prices: Prices;
}

/** A statement of which nothing is said. */
export const PLAIN_STATEMENT: Statement = {
  stance: 'projection',
  scenario: null,
  interval: null,
  prices: { kind: 'unstated', year: null },
};

/**
 * Checks an interval beside its amount.
 * @throws DomainError `inconsistentInterval` naming the field, `malformedDecimal`
 */
export function checkInterval(interval: Interval, amount: Pick<Amount, 'value' | 'qualifier'>): Interval {
  const refuse = (field: string, found: unknown, expected: string): never => {
    throw new DomainError('inconsistentInterval', { field, found, expected });
  };
  const read = (text: string): Decimal => {
    const expected = formatDecimal(parseDecimal(text));
    if (expected !== text) throw new DomainError('malformedDecimal', { text, expected });
    return parseDecimal(text);
  };
  const [low, high] = [read(interval.low), read(interval.high)];
  const percent = interval.percent === null ? null : read(interval.percent);
  const { value, qualifier } = amount;
  if (value === null || (qualifier !== 'exact' && qualifier !== 'approximately'))
    return refuse('low', interval.low, 'beside a single figure, and the amount is none');
  const point = parseDecimal(value);
  if (low.greaterThan(point)) refuse('low', interval.low, `at most the value, ${value}`);
  if (high.lessThan(point)) refuse('high', interval.high, `at least the value, ${value}`);
  if (percent?.isZero() || percent?.greaterThanOrEqualTo(100))
    refuse('percent', interval.percent, 'more than 0 and less than 100');
  return interval;
}

/** Equal for figures of alternatives that may follow each other in time. A base case is what is said where there is one figure. */
export function scenarioKey(scenario: Scenario | null): string {
  if (scenario === null || scenario.kind === 'base') return 'base';
  return `${scenario.kind} ${scenario.name}`;
}

/** @throws DomainError `inconsistentPrices` */
export function checkPrices(prices: Prices): Prices {
  if (prices.year === null || prices.kind === 'constant' || prices.kind === 'ppp') return prices;
  const data = { field: 'year', kind: prices.kind, found: prices.year, expected: 'null' };
  throw new DomainError('inconsistentPrices', data);
}

/** Equal for figures that compare: what is stated in nominal prices and what says nothing of them do. */
export function priceBasis(prices: Prices): string {
  return prices.kind === 'nominal' ? 'unstated' : pricesKey(prices);
}

/** Whether a figure is of a base case, or the only one that its document has. */
export function isBaseCase(scenario: Scenario | null): boolean {
  return scenario === null || scenario.kind === 'base';
}

/** Equal for figures of scenarios that go together: the base cases of several documents do, whatever they are called. */
export function scenarioGroup(scenario: Scenario | null): string {
  return scenario === null || scenario.kind !== 'other'
    ? (scenario?.kind ?? 'base')
    : `other ${scenario.name}`;
}

/** Equal for figures in the same prices. Where the year is not known, nobody can tell whether they are. */
export function pricesKey({ kind, year }: Prices): string {
  return year === null ? kind : `${kind} ${year}`;
}
