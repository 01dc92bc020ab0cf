import { DomainError } from '../errors.ts';
import type { Interval } from '../statement.ts';
import type { FigureAmount } from './amount.ts';
import { Decimal, formatDecimal, parseDecimal } from './decimal.ts';
import type { PeriodAverage } from './rate-averages.ts';

/** Which rate a conversion uses; each has its function in `routes.ts`. */
export const RATE_BASES = ['publication', 'stated', 'periodAverage', 'priceYear', 'latest', 'date'] as const;
export type RateBasis = (typeof RATE_BASES)[number];

/** `oldRate`: the newest rate held is more than seven days old. */
export const RECEIPT_WARNINGS = ['oldRate'] as const;
export type ReceiptWarning = (typeof RECEIPT_WARNINGS)[number];

/** A rate that a receipt names: units of `quote` for one `base`. */
interface Leg {
  /** Whether the rate multiplies the stated amount or divides it. */
  readonly operation: 'multiply' | 'divide';
  readonly provider: string;
  readonly base: string;
  readonly quote: string;
  readonly rate: string;
}

/** The reference rate of one day, as published. */
export interface ReferenceLeg extends Leg {
  readonly kind: 'reference';
  readonly date: string;
  readonly revision: number;
}

/** The rate at which a currency was replaced by the base for good, as the law prints it. */
export interface IrrevocableLeg extends Leg {
  readonly kind: 'irrevocable';
  /** The first day on which it was in force. */
  readonly date: string;
  readonly law: string;
}

/** The mean of the reference rates of a period: `sum` / `observations`, which is exact; `rate` only shows it. */
export interface AverageLeg extends Leg, PeriodAverage {
  readonly kind: 'average';
  /** Days that a full coverage would have had. */
  readonly targetDays: number;
}

/**
 * The rate implied by a document that states one figure in two currencies: `quoteAmount` / `baseAmount`, which are
 * exact; `rate` only shows it. `base` is the currency asked for, `quote` the forecast's own; the other way round for a
 * forecast in the provider's base, as in every rate against it.
 */
export interface SourceLeg extends Leg {
  readonly kind: 'source';
  readonly provider: 'source';
  /** The document's; null where it prints none. */
  readonly date: string | null;
  readonly baseAmount: string;
  readonly quoteAmount: string;
}

export type ConversionLeg = ReferenceLeg | IrrevocableLeg | AverageLeg | SourceLeg;

/** A rate for showing: `value` units of `quote` for one unit of `base`; `direction` says so, "CNY per USD". */
export interface ShownRate {
  /** At most 12 significant digits, half-even. */
  readonly value: string;
  readonly base: string;
  readonly quote: string;
  readonly direction: string;
}

/**
 * How a figure was converted: enough to repeat it. `publication` and `date` have all three of `requestedDate`,
 * `effectiveDate` and `carriedDays`, `latest` only the effective date, the others none.
 */
export interface Receipt {
  readonly basis: RateBasis;
  readonly requestedDate: string | null;
  readonly effectiveDate: string | null;
  readonly carriedDays: number | null;
  /** Of a rate called `latest`: days from the effective date to today at the provider's place; else null. */
  readonly ageDays: number | null;
  readonly warnings: readonly ReceiptWarning[];
  /** No rate, one rate that multiplies, one that divides, or several on the way. */
  readonly method: 'identity' | 'direct' | 'inverse' | 'cross';
  /** In the order of the way: for `cross` the stated currency's first and the other's last; none for `identity`. */
  readonly legs: readonly ConversionLeg[];
  readonly rate: ShownRate;
}

/** The part of an amount that a conversion reads. */
export interface ConvertibleAmount extends Omit<FigureAmount, 'qualifier'> {
  readonly interval?: Interval | null | undefined;
}

/** A converted amount: plain decimal strings in whole units of `currency`, null where the amount states none. */
export interface Conversion extends ConvertibleAmount {
  readonly receipt: Receipt;
}

/** A rate found, not yet used: from which currency to which, and the receipt it will give. */
export interface Route {
  readonly from: string;
  readonly to: string;
  readonly receipt: Receipt;
}

/** Deviations are shown in percent with so many decimal places. */
const DEVIATION_PLACES = 3;

/** A leg's rate as an exact fraction. */
function fractionOf(leg: ConversionLeg): readonly [Decimal, Decimal] {
  switch (leg.kind) {
    case 'reference':
    case 'irrevocable':
      return [parseDecimal(leg.rate), new Decimal(1)];
    case 'average':
      return [parseDecimal(leg.sum), new Decimal(leg.observations)];
    case 'source':
      return [parseDecimal(leg.quoteAmount), parseDecimal(leg.baseAmount)];
  }
}

/** An exact factor: an amount times `numerator` divided by `denominator`. */
export interface Factor {
  readonly numerator: Decimal;
  readonly denominator: Decimal;
}

/**
 * The exact factor of a conversion. For a cross at reference rates the numerator is the target currency's rate, the
 * denominator the stated currency's.
 */
export function factorOf(legs: readonly ConversionLeg[]): Factor {
  let numerator = new Decimal(1);
  let denominator = new Decimal(1);
  for (const leg of legs) {
    const [over, under] = fractionOf(leg);
    numerator = numerator.times(leg.operation === 'multiply' ? over : under);
    denominator = denominator.times(leg.operation === 'multiply' ? under : over);
  }
  return { numerator, denominator };
}

/**
 * A stated amount times a factor: multiplied first, then one division at 40 significant digits, then one rounding,
 * half-even. Exact to the minor unit for amounts of up to some 25 digits, far beyond any sum of money.
 */
function applied(stated: string, { numerator, denominator }: Factor, minorUnits: number): string {
  const unrounded = parseDecimal(stated).times(numerator).dividedBy(denominator);
  return formatDecimal(unrounded.toDecimalPlaces(minorUnits, Decimal.ROUND_HALF_EVEN));
}

/**
 * An amount along a route: value and bounds, each rounded once, at the end, half-even, to the target's minor unit.
 * @param minorUnits ISO 4217 exponent of the route's target currency; null, as ISO has it for XDR or XAU, is refused
 * @throws DomainError `malformedDecimal`, `currencyWithoutMinorUnits`
 */
export function convertAmount(
  amount: ConvertibleAmount,
  route: Route,
  minorUnits: number | null,
): Conversion {
  const { value, low, high, currency } = amount;
  const { from, to, receipt } = route;
  if (currency !== from) throw new Error(`an amount in ${currency} was given a route from ${from}`);
  if (receipt.method === 'identity')
    return { currency: to, value, low, high, ...within(amount.interval), receipt };
  if (minorUnits === null) throw new DomainError('currencyWithoutMinorUnits', { currency: to });
  const factor = factorOf(receipt.legs);
  const convert = (stated: string | null): string | null =>
    stated === null ? null : applied(stated, factor, minorUnits);
  // An exact amount states one figure three times, an open one twice.
  const converted = convert(value);
  return {
    currency: to,
    value: converted,
    low: low === value ? converted : convert(low),
    high: high === value ? converted : convert(high),
    ...within(amount.interval, (text) => applied(text, factor, minorUnits)),
    receipt,
  };
}

/** An interval with its bounds converted, where the amount has one. */
function within(
  interval: Interval | null | undefined,
  convert: (text: string) => string = (text) => text,
): Pick<ConvertibleAmount, 'interval'> {
  if (interval == null) return {};
  const { low, high, percent } = interval;
  return { interval: { low: convert(low), high: convert(high), percent } };
}

/**
 * How far one figure lies from another, in percent of the other, 3 decimal places: positive where it is larger. Null
 * where either is missing or the other is zero.
 */
export function deviationPercent(of: string | null, against: string | null): string | null {
  if (of === null || against === null) return null;
  const reference = parseDecimal(against);
  if (reference.isZero()) return null;
  const deviation = parseDecimal(of).minus(reference).times(100).dividedBy(reference);
  return formatDecimal(deviation.toDecimalPlaces(DEVIATION_PLACES, Decimal.ROUND_HALF_EVEN));
}
