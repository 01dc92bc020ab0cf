import { DomainError } from '../errors.ts';
import { targetDaysBetween } from '../period/calendar.ts';
import { Decimal, formatDecimal, parseDecimal } from './decimal.ts';
import type { Currency, PeriodAverage, RateContext, RateObservation } from './rates.ts';
import {
  afterSeriesEnd,
  knownCurrency,
  quotedCurrency,
  REFERENCE_BASE,
  rateNotHeld,
  resolveRates,
} from './rates.ts';

/** Which rate a conversion uses; each has its function below. */
export const RATE_BASES = ['publication', 'stated', 'periodAverage', 'latest', 'date'] as const;
export type RateBasis = (typeof RATE_BASES)[number];

/**
 * How the legs make the conversion: `identity` (no rate), `direct` (the published rate multiplies), `inverse` (the
 * published rate divides), `cross` (two rates against the euro).
 */
export type ConversionMethod = 'identity' | 'direct' | 'inverse' | 'cross';

/** Whether a leg's rate multiplies the stated amount or divides it. */
export type LegOperation = 'multiply' | 'divide';

/** The reference rate of one day: `rate` units of `quote` for one `base`, as published. */
export interface ReferenceLeg {
  readonly kind: 'reference';
  readonly operation: LegOperation;
  readonly provider: string;
  readonly base: string;
  readonly quote: string;
  readonly date: string;
  readonly rate: string;
  readonly revision: number;
}

/**
 * The mean of the reference rates from `firstDay` to `lastDay`: `sum` / `observations`, which is the exact input;
 * `rate` shows it with 12 significant digits. `targetDays` is the number of days that a full coverage would have had.
 */
export interface AverageLeg {
  readonly kind: 'average';
  readonly operation: LegOperation;
  readonly provider: string;
  readonly base: string;
  readonly quote: string;
  readonly firstDay: string;
  readonly lastDay: string;
  readonly observations: number;
  readonly targetDays: number;
  readonly sum: string;
  readonly rate: string;
}

/**
 * The rate implied by a document that states one figure in two currencies: `quoteAmount` / `baseAmount`, which are the
 * exact input; `rate` shows it with 12 significant digits. `base` is the currency asked for and `quote` the forecast's
 * own, except that a forecast in euro has the euro for base, as in every rate against it. `date` is the document's
 * date, null where it prints none.
 */
export interface SourceLeg {
  readonly kind: 'source';
  readonly operation: LegOperation;
  readonly provider: 'source';
  readonly base: string;
  readonly quote: string;
  readonly date: string | null;
  readonly baseAmount: string;
  readonly quoteAmount: string;
  readonly rate: string;
}

export type ConversionLeg = ReferenceLeg | AverageLeg | SourceLeg;

/** A rate for showing: `value` units of `quote` for one unit of `base`; `direction` says so, "CNY per USD". */
export interface ShownRate {
  /** At most 12 significant digits, half-even. */
  readonly value: string;
  readonly base: string;
  readonly quote: string;
  readonly direction: string;
}

/**
 * How a figure was converted: enough to repeat it. `recompute` reads the legs and never the shown `rate`.
 * `requestedDate`, `effectiveDate` and `carriedDays` are those of a basis that asks for a day (`publication`,
 * `date`); `latest` has only the effective date; the others have none of them, their legs say what they use.
 */
export interface Receipt {
  readonly basis: RateBasis;
  readonly requestedDate: string | null;
  readonly effectiveDate: string | null;
  readonly carriedDays: number | null;
  readonly method: ConversionMethod;
  /** One for `direct` and `inverse`, for `cross` the stated currency's and then the other's, none for `identity`. */
  readonly legs: readonly ConversionLeg[];
  readonly rate: ShownRate;
}

/** A converted amount: plain decimal strings in whole units of `currency`, null where the amount states none. */
export interface Conversion {
  readonly currency: string;
  readonly value: string | null;
  readonly low: string | null;
  readonly high: string | null;
  readonly receipt: Receipt;
}

/** The part of an amount that a conversion reads. */
export interface ConvertibleAmount {
  readonly value: string | null;
  readonly low: string | null;
  readonly high: string | null;
  readonly currency: string;
}

/** A rate found, not yet used: from which currency to which, and the receipt it will give. */
export interface Route {
  readonly from: string;
  readonly to: string;
  readonly receipt: Receipt;
}

/** Significant digits with which rates are shown. */
const SHOWN_DIGITS = 12;

/** The least share of a period's TARGET days that must have a rate for its average, in percent. */
export const MIN_AVERAGE_COVERAGE_PERCENT = 90;

/** Deviations are shown in percent with so many decimal places. */
const DEVIATION_PLACES = 3;

function shown(value: Decimal): string {
  return formatDecimal(value.toSignificantDigits(SHOWN_DIGITS));
}

/** What a leg multiplies by, and divides by. */
function termsOf(leg: ConversionLeg): { readonly multiplier: Decimal; readonly divisor: Decimal } {
  const one = new Decimal(1);
  switch (leg.kind) {
    case 'reference': {
      const rate = parseDecimal(leg.rate);
      return leg.operation === 'multiply'
        ? { multiplier: rate, divisor: one }
        : { multiplier: one, divisor: rate };
    }
    case 'average': {
      const sum = parseDecimal(leg.sum);
      const count = new Decimal(leg.observations);
      return leg.operation === 'multiply'
        ? { multiplier: sum, divisor: count }
        : { multiplier: count, divisor: sum };
    }
    case 'source': {
      const quote = parseDecimal(leg.quoteAmount);
      const base = parseDecimal(leg.baseAmount);
      return leg.operation === 'multiply'
        ? { multiplier: quote, divisor: base }
        : { multiplier: base, divisor: quote };
    }
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
    const { multiplier, divisor } = termsOf(leg);
    numerator = numerator.times(multiplier);
    denominator = denominator.times(divisor);
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
 * The converted figure that a receipt gives for a stated amount, from the legs alone: the same to the last digit as
 * the conversion which carries the receipt. An identity returns the amount unchanged, unrounded.
 * @param stated plain decimal string in the stated currency
 * @param minorUnits ISO 4217 exponent of the target currency: 2 rounds half-even to cents
 * @throws DomainError `malformedDecimal`
 */
export function recompute(
  receipt: Pick<Receipt, 'method' | 'legs'>,
  stated: string,
  minorUnits: number,
): string {
  if (receipt.method === 'identity') return formatDecimal(parseDecimal(stated));
  return applied(stated, factorOf(receipt.legs), minorUnits);
}

/**
 * An amount along a route: value and bounds each converted, and each rounded once, at the end, half-even, to the minor
 * unit of the target currency.
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
  if (receipt.method === 'identity') return { currency: to, value, low, high, receipt };
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
    receipt,
  };
}

/**
 * The rate between two currencies for showing. Against the euro it is the published one, so many units for one euro;
 * else units of the stated currency for one unit of the target: "7.136205316 CNY per USD" for yuan in dollars.
 */
function shownRate(from: string, to: string, legs: readonly ConversionLeg[]): ShownRate {
  const { numerator, denominator } = factorOf(legs);
  const [base, quote, value] =
    from === REFERENCE_BASE
      ? [from, to, numerator.dividedBy(denominator)]
      : [to, from, denominator.dividedBy(numerator)];
  return { value: shown(value), base, quote, direction: `${quote} per ${base}` };
}

function routeOf(
  from: string,
  to: string,
  receipt: Omit<Receipt, 'rate' | 'method'>,
  method: ConversionMethod = methodOf(from, to),
): Route {
  const { basis, requestedDate, effectiveDate, carriedDays, legs } = receipt;
  return {
    from,
    to,
    receipt: {
      basis,
      requestedDate,
      effectiveDate,
      carriedDays,
      method,
      legs,
      rate: shownRate(from, to, legs),
    },
  };
}

function methodOf(from: string, to: string): ConversionMethod {
  if (from === to) return 'identity';
  if (from === REFERENCE_BASE) return 'direct';
  if (to === REFERENCE_BASE) return 'inverse';
  return 'cross';
}

/** The currencies whose euro rates a conversion at reference rates needs: none, one or two, the stated one first. */
export function quotesNeeded(from: string, to: string): readonly string[] {
  return from === to ? [] : [from, to].filter((code) => code !== REFERENCE_BASE);
}

/** An amount in its own currency needs no rate, on no date and by no basis, and is always served. */
function identityRoute(basis: RateBasis, currency: string, requestedDate: string | null): Route {
  const carriedDays = requestedDate === null ? null : 0;
  return routeOf(currency, currency, {
    basis,
    requestedDate,
    effectiveDate: requestedDate,
    carriedDays,
    legs: [],
  });
}

function referenceLegs(from: string, observations: readonly RateObservation[]): readonly ReferenceLeg[] {
  return observations.map(({ provider, base, quote, date, rate, revision }) => ({
    kind: 'reference',
    operation: quote === from ? 'divide' : 'multiply',
    provider,
    base,
    quote,
    date,
    rate,
    revision,
  }));
}

/**
 * The route at the reference rates of one day: `publication` asks for the day on which the document was published,
 * `date` for the caller's.
 * @param requestedDate YYYY-MM-DD; null where the document prints no date
 * @throws DomainError `publicationDateUnknown`, and those of `resolveRates`
 */
export function referenceRoute(
  basis: 'publication' | 'date',
  from: string,
  to: string,
  requestedDate: string | null,
  context: RateContext,
): Route {
  knownCurrency(from, context.currencyOf);
  knownCurrency(to, context.currencyOf);
  if (from === to) return identityRoute(basis, from, requestedDate);
  if (requestedDate === null) throw new DomainError('publicationDateUnknown', { from, to });
  const { effectiveDate, carriedDays, observations } = resolveRates(
    requestedDate,
    quotesNeeded(from, to),
    context,
  );
  return routeOf(from, to, {
    basis,
    requestedDate,
    effectiveDate,
    carriedDays,
    legs: referenceLegs(from, observations),
  });
}

/**
 * The route at the newest rates held. A currency whose series has ended is refused rather than converted at a rate of
 * years ago; `date` serves it.
 * @param newestDay the newest day on which all of `quotesNeeded` are held; null where there is none
 * @throws DomainError `currencyUnknown`, `currencyWithoutRates`, `rateAfterSeriesEnd`, `rateNotHeld`
 */
export function latestRoute(
  from: string,
  to: string,
  newestDay: string | null,
  context: Pick<RateContext, 'currencyOf' | 'rateOn'>,
): Route {
  const { currencyOf, rateOn } = context;
  knownCurrency(from, currencyOf);
  knownCurrency(to, currencyOf);
  if (from === to) return identityRoute('latest', from, null);
  // Whether there can be a rate at all comes before whether one is held: the newest common day is null for both.
  const quoted = quotesNeeded(from, to).map((quote) => {
    const currency = quotedCurrency(quote, currencyOf);
    if (currency.series.lastDay !== null) throw afterSeriesEnd(currency, null);
    return { quote, currency };
  });
  const observations = quoted.map(({ quote, currency }) => {
    const observation = newestDay === null ? undefined : rateOn(quote, newestDay);
    if (observation === undefined) throw rateNotHeld(quote, currency.series, newestDay, null);
    return observation;
  });
  return routeOf(from, to, {
    basis: 'latest',
    requestedDate: null,
    effectiveDate: newestDay,
    carriedDays: null,
    legs: referenceLegs(from, observations),
  });
}

/** The figures that two statements of one sum have in common: value against value, or bound against bound. */
function pairsOf(
  one: ConvertibleAmount,
  other: ConvertibleAmount,
): readonly { readonly one: string; readonly other: string }[] {
  const pairs: { one: string; other: string }[] = [];
  for (const field of ['value', 'low', 'high'] as const) {
    const [left, right] = [one[field], other[field]];
    if (left !== null && right !== null && !parseDecimal(left).isZero() && !parseDecimal(right).isZero()) {
      pairs.push({ one: left, other: right });
    }
  }
  return pairs;
}

/**
 * The route at the rate which the document itself implies by stating its figure in the currency asked for. A document
 * that converts into another currency only is refused: its rate is never chained with a reference rate.
 * @param amount the forecast's own amount
 * @param statedConversions the document's own conversions of it
 * @param date the document's date, for the receipt
 * @throws DomainError `currencyUnknown`; `noStatedConversion` (none, or no figure in both); `statedConversionOtherCurrency`
 * with the currencies there are; `statedConversionAmbiguous` where value and bounds imply different rates
 */
export function statedRoute(
  amount: ConvertibleAmount,
  to: string,
  statedConversions: readonly ConvertibleAmount[],
  date: string | null,
  currencyOf: (code: string) => Currency | undefined,
): Route {
  const from = amount.currency;
  knownCurrency(from, currencyOf);
  knownCurrency(to, currencyOf);
  if (from === to) return identityRoute('stated', from, null);
  if (statedConversions.length === 0) throw new DomainError('noStatedConversion', { from, to });
  const stated = statedConversions.find(({ currency }) => currency === to);
  if (stated === undefined) {
    const currencies = statedConversions.map(({ currency }) => currency);
    throw new DomainError('statedConversionOtherCurrency', { from, to, currencies });
  }
  const [first, ...others] = pairsOf(amount, stated);
  if (first === undefined)
    throw new DomainError('noStatedConversion', { from, to, reason: 'no figure in both' });
  const fromAmount = parseDecimal(first.one);
  const statedHere = parseDecimal(first.other);
  for (const pair of others) {
    const agrees = parseDecimal(pair.one)
      .times(statedHere)
      .equals(parseDecimal(pair.other).times(fromAmount));
    if (!agrees) throw new DomainError('statedConversionAmbiguous', { from, to, pairs: [first, ...others] });
  }
  const common = { kind: 'source', provider: 'source', date } as const;
  // Against the euro a rate is shown as units for one euro, so the leg states it that way round too.
  const leg: SourceLeg =
    from === REFERENCE_BASE
      ? {
          ...common,
          operation: 'multiply',
          base: from,
          quote: to,
          baseAmount: first.one,
          quoteAmount: first.other,
          rate: shown(statedHere.dividedBy(fromAmount)),
        }
      : {
          ...common,
          operation: 'divide',
          base: to,
          quote: from,
          baseAmount: first.other,
          quoteAmount: first.one,
          rate: shown(fromAmount.dividedBy(statedHere)),
        };
  const method = leg.operation === 'multiply' ? 'direct' : 'inverse';
  return routeOf(
    from,
    to,
    { basis: 'stated', requestedDate: null, effectiveDate: null, carriedDays: null, legs: [leg] },
    method,
  );
}

/**
 * The route at the ratio of the mean euro reference rates over a period. Each mean must rest on at least 90 % of the
 * period's TARGET days, those to come included: a period that has hardly begun has no average.
 * @param period first and last day, inclusive; null where the forecast leaves one open
 * @param averageOf the mean over exactly that period of what is held; null where nothing is
 * @throws DomainError `currencyUnknown`, `currencyWithoutRates`, `periodOpen`, `averageCoverageTooLow` with the counts
 */
export function averageRoute(
  from: string,
  to: string,
  period: { readonly start: string | null; readonly end: string | null },
  averageOf: (quote: string) => PeriodAverage | null,
  currencyOf: (code: string) => Currency | undefined,
): Route {
  knownCurrency(from, currencyOf);
  knownCurrency(to, currencyOf);
  if (from === to) return identityRoute('periodAverage', from, null);
  const { start, end } = period;
  if (start === null || end === null) throw new DomainError('periodOpen', { start, end });
  const targetDays = targetDaysBetween(start, end);
  const legs = quotesNeeded(from, to).map((code): AverageLeg => {
    const currency = quotedCurrency(code, currencyOf);
    const average = averageOf(code);
    const observations = average?.observations ?? 0;
    const wanted = new Decimal(targetDays).times(MIN_AVERAGE_COVERAGE_PERCENT);
    if (average === null || new Decimal(observations).times(100).lessThan(wanted)) {
      throw new DomainError('averageCoverageTooLow', {
        currency: code,
        provider: currency.series.provider,
        start,
        end,
        observations,
        targetDays,
        minimumPercent: MIN_AVERAGE_COVERAGE_PERCENT,
      });
    }
    const { provider, base, quote, firstDay, lastDay, sum } = average;
    const rate = shown(parseDecimal(sum).dividedBy(observations));
    const operation = code === from ? 'divide' : 'multiply';
    return {
      kind: 'average',
      operation,
      provider,
      base,
      quote,
      firstDay,
      lastDay,
      observations,
      targetDays,
      sum,
      rate,
    };
  });
  return routeOf(from, to, {
    basis: 'periodAverage',
    requestedDate: null,
    effectiveDate: null,
    carriedDays: null,
    legs,
  });
}

/**
 * How far one figure lies from another, in percent of the other: positive where it is larger. Rounded half-even to
 * `places` decimal places; null where either is missing or the other is zero.
 */
export function deviationPercent(
  of: string | null,
  against: string | null,
  places: number = DEVIATION_PLACES,
): string | null {
  if (of === null || against === null) return null;
  const reference = parseDecimal(against);
  if (reference.isZero()) return null;
  const deviation = parseDecimal(of).minus(reference).times(100).dividedBy(reference);
  return formatDecimal(deviation.toDecimalPlaces(places, Decimal.ROUND_HALF_EVEN));
}

/**
 * The first basis, in the caller's own order, that gives a result. One basis alone falls back to nothing: its refusal
 * is the caller's. Only refusals of the domain are caught.
 * @throws DomainError the refusal itself for a single basis; `conversionNotPossible` with each basis' code and data
 * where several were tried
 */
export function firstConvertible<Result>(
  bases: readonly RateBasis[],
  attempt: (basis: RateBasis) => Result,
): Result {
  const refusals: { readonly basis: RateBasis; readonly error: DomainError }[] = [];
  for (const basis of bases) {
    try {
      return attempt(basis);
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      refusals.push({ basis, error });
    }
  }
  const [only, ...others] = refusals;
  if (only !== undefined && others.length === 0) throw only.error;
  const reasons = refusals.map(({ basis, error }) => ({ basis, code: error.code, data: error.data }));
  throw new DomainError('conversionNotPossible', { reasons });
}
