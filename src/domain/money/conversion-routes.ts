import { DomainError, unlessRefused } from '../errors.ts';
import { daysBetween } from '../period/calendar.ts';
import type {
  AverageLeg,
  ConversionLeg,
  ConvertibleAmount,
  RateBasis,
  Receipt,
  ReferenceLeg,
  Route,
  ShownRate,
  SourceLeg,
} from './conversion.ts';
import { factorOf } from './conversion.ts';
import { Decimal, formatRatio, parseDecimal } from './decimal.ts';
import type { PeriodAverage } from './rate-averages.ts';
import type { RateProvider } from './rate-provider.ts';
import { MAX_CARRIED_DAYS, openDaysBetween } from './rate-provider.ts';
import type { RateContext, RateObservation } from './rates.ts';
import { afterSeriesEnd, knownCurrency, quotedCurrency, rateNotHeld, resolveRates } from './rates.ts';

/* The rate that each basis uses between two currencies. */

/**
 * Against the provider's base the published rate, so many units for one of the base; else units of the stated currency for
 * one of the target: "7.136205316 CNY per USD" for yuan in dollars.
 */
function shownRate(
  { base: ofProvider }: RateProvider,
  from: string,
  to: string,
  legs: readonly ConversionLeg[],
): ShownRate {
  const { numerator, denominator } = factorOf(legs);
  const [base, quote, value] =
    from === ofProvider
      ? [from, to, numerator.dividedBy(denominator)]
      : [to, from, denominator.dividedBy(numerator)];
  return { value: formatRatio(value), base, quote, direction: `${quote} per ${base}` };
}

/** The currencies whose rates against a base a conversion needs: none, one or two, the stated one first. */
export function quotesNeeded(from: string, to: string, base: string): readonly string[] {
  return from === to ? [] : [from, to].filter((code) => code !== base);
}

type Days = Pick<Receipt, 'requestedDate' | 'effectiveDate' | 'carriedDays' | 'ageDays'>;

const NO_DAYS: Days = { requestedDate: null, effectiveDate: null, carriedDays: null, ageDays: null };

const METHOD_OF = { multiply: 'direct', divide: 'inverse' } as const;

/**
 * A route with the legs that are found for it. An amount in its own currency needs none, on no date and by no basis, and is
 * always served.
 * @throws DomainError `currencyUnknown`, and what `find` throws
 */
function routeBy(
  basis: RateBasis,
  { from, to }: Pick<Route, 'from' | 'to'>,
  context: Pick<RateContext, 'provider' | 'currencyOf'>,
  find: () => Partial<Days> & { readonly legs: readonly ConversionLeg[] },
  identityDays: Partial<Days> = {},
): Route {
  knownCurrency(from, context);
  knownCurrency(to, context);
  const { legs, ...found } = from === to ? { ...identityDays, legs: [] } : find();
  const days = { ...NO_DAYS, ...found };
  const warnings = days.ageDays !== null && days.ageDays > MAX_CARRIED_DAYS ? (['oldRate'] as const) : [];
  const [first] = legs;
  const method = first === undefined ? 'identity' : legs.length > 1 ? 'cross' : METHOD_OF[first.operation];
  const rate = shownRate(context.provider, from, to, legs);
  return { from, to, receipt: { basis, ...days, warnings, method, legs, rate } };
}

/** The legs of a conversion from a currency at published rates of one day. */
export function referenceLegs(
  from: string,
  observations: readonly RateObservation[],
): readonly ReferenceLeg[] {
  return observations.map(({ observedAt: _, ...observation }) => ({
    kind: 'reference',
    operation: observation.quote === from ? 'divide' : 'multiply',
    ...observation,
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
  const find = () => {
    if (requestedDate === null) throw new DomainError('publicationDateUnknown', { from, to });
    const quotes = quotesNeeded(from, to, context.provider.base);
    const { observations, ...days } = resolveRates(requestedDate, quotes, context);
    return { requestedDate, ...days, legs: referenceLegs(from, observations) };
  };
  const carriedDays = requestedDate === null ? null : 0;
  const identityDays = { requestedDate, effectiveDate: requestedDate, carriedDays };
  return routeBy(basis, { from, to }, context, find, identityDays);
}

/**
 * The route at the newest rates held. A currency whose series has ended is refused rather than converted at a rate of
 * years ago; `date` serves it.
 * @param newestDay the newest day on which all of `quotesNeeded` are held; null where there is none
 * @throws DomainError `currencyUnknown`, `currencyWithoutRates`, `rateAfterSeriesEnd`, `rateNotHeld`
 */
export function latestRoute(from: string, to: string, newestDay: string | null, context: RateContext): Route {
  return routeBy('latest', { from, to }, context, () => {
    // Whether there can be a rate at all comes before whether one is held: the newest common day is null for both.
    const quoted = quotesNeeded(from, to, context.provider.base).map((quote) => {
      const currency = quotedCurrency(quote, context);
      if (currency.series.lastDay !== null) throw afterSeriesEnd(currency, null);
      return currency;
    });
    const observations = quoted.map((currency) => {
      const observation = newestDay === null ? undefined : context.rateOn(currency.code, newestDay);
      if (observation === undefined) throw rateNotHeld(currency, newestDay, null);
      return observation;
    });
    // Where the question is put to an earlier moment, the newest rate may be of a later day.
    const ageDays = newestDay === null ? null : Math.max(0, daysBetween(newestDay, context.current.today));
    return { effectiveDate: newestDay, ageDays, legs: referenceLegs(from, observations) };
  });
}

/** The figures that two statements of one sum have in common: value against value, or bound against bound. */
function pairsOf(
  one: ConvertibleAmount,
  other: ConvertibleAmount,
): readonly { readonly one: string; readonly other: string }[] {
  const counts = (text: string | null): text is string => text !== null && !parseDecimal(text).isZero();
  return (['value', 'low', 'high'] as const).flatMap((field) => {
    const [left, right] = [one[field], other[field]];
    return counts(left) && counts(right) ? [{ one: left, other: right }] : [];
  });
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
  context: Pick<RateContext, 'provider' | 'currencyOf'>,
): Route {
  const from = amount.currency;
  return routeBy('stated', { from, to }, context, () => {
    if (statedConversions.length === 0) throw new DomainError('noStatedConversion', { from, to });
    const stated = statedConversions.find(({ currency }) => currency === to);
    if (stated === undefined) {
      const currencies = statedConversions.map(({ currency }) => currency);
      throw new DomainError('statedConversionOtherCurrency', { from, to, currencies });
    }
    const pairs = pairsOf(amount, stated);
    const [first] = pairs;
    if (first === undefined)
      throw new DomainError('noStatedConversion', { from, to, reason: 'no figure in both' });
    const [fromAmount, statedHere] = [parseDecimal(first.one), parseDecimal(first.other)];
    for (const { one, other } of pairs) {
      const agrees = parseDecimal(one).times(statedHere).equals(parseDecimal(other).times(fromAmount));
      if (!agrees) throw new DomainError('statedConversionAmbiguous', { from, to, pairs });
    }
    // Against the provider's base a rate is shown as units for one of it, so the leg states it that way round too.
    const [base, quote, baseAmount, quoteAmount] =
      from === context.provider.base
        ? [from, to, first.one, first.other]
        : [to, from, first.other, first.one];
    const leg: SourceLeg = {
      kind: 'source',
      provider: 'source',
      date,
      operation: base === from ? 'multiply' : 'divide',
      base,
      quote,
      baseAmount,
      quoteAmount,
      rate: formatRatio(parseDecimal(quoteAmount).dividedBy(parseDecimal(baseAmount))),
    };
    return { legs: [leg] };
  });
}

/** The least share of a period's open days that must have a rate for its average, in percent. */
const MIN_AVERAGE_COVERAGE_PERCENT = 90;

/**
 * The route at the ratio of the mean reference rates over a period. Each mean must rest on at least 90 % of the days on
 * which the provider sets rates, those to come included: a period that has hardly begun has no average.
 * @param period first and last day, inclusive; null where the forecast leaves one open
 * @param averageOf the mean over exactly that period of what is held; null where nothing is
 * @throws DomainError `currencyUnknown`, `currencyWithoutRates`, `periodOpen`, `averageCoverageTooLow` with the counts
 */
export function averageRoute(
  from: string,
  to: string,
  period: { readonly start: string | null; readonly end: string | null },
  averageOf: (quote: string) => PeriodAverage | null,
  context: Pick<RateContext, 'provider' | 'currencyOf'>,
): Route {
  const { provider } = context;
  return routeBy('periodAverage', { from, to }, context, () => {
    const { start, end } = period;
    if (start === null || end === null) throw new DomainError('periodOpen', { start, end });
    const targetDays = openDaysBetween(provider.calendar, start, end);
    const wanted = new Decimal(targetDays).times(MIN_AVERAGE_COVERAGE_PERCENT);
    const legs = quotesNeeded(from, to, provider.base).map((code): AverageLeg => {
      const { series } = quotedCurrency(code, context);
      const average = averageOf(code);
      const observations = average?.observations ?? 0;
      if (average === null || new Decimal(observations).times(100).lessThan(wanted)) {
        const coverage = { observations, targetDays, minimumPercent: MIN_AVERAGE_COVERAGE_PERCENT };
        const data = { currency: code, provider: series.provider, start, end, ...coverage };
        throw new DomainError('averageCoverageTooLow', data);
      }
      const { provider: id, base, quote, firstDay, lastDay, sum } = average;
      const operation = code === from ? 'divide' : 'multiply';
      const rate = formatRatio(parseDecimal(sum).dividedBy(observations));
      const held = { provider: id, base, quote, firstDay, lastDay, observations, targetDays, sum, rate };
      return { kind: 'average', operation, ...held };
    });
    return { legs };
  });
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
    const result = unlessRefused(() => attempt(basis));
    if (!(result instanceof DomainError)) return result;
    refusals.push({ basis, error: result });
  }
  const [only, ...others] = refusals;
  if (only !== undefined && others.length === 0) throw only.error;
  const reasons = refusals.map(({ basis, error }) => ({ basis, code: error.code, data: error.data }));
  throw new DomainError('conversionNotPossible', { reasons });
}
