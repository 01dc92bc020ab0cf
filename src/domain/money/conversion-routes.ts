import { DomainError, unlessRefused } from '../errors.ts';
import { daysBetween } from '../period/calendar.ts';
import type {
  AverageLeg,
  ConversionLeg,
  ConvertibleAmount,
  IrrevocableLeg,
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
import { MAX_CARRIED_DAYS, openDaysBetween } from './rate-provider.ts';
import type { DayRates, IrrevocableRate, RateContext, RateObservation, RateStep } from './rates.ts';
import { irrevocableOn, knownCurrency, newestRates, quotedStep, resolveRates } from './rates.ts';

/* The rate that each basis uses between two currencies. */

/**
 * Units for one of the stated currency where that is the base of the first rate, as against a provider's base; else units
 * of the stated currency for one of the target: "7.136205316 CNY per USD" for yuan in dollars.
 */
function shownRate(from: string, to: string, legs: readonly ConversionLeg[]): ShownRate {
  const { numerator, denominator } = factorOf(legs);
  const [base, quote, value] =
    legs[0]?.operation === 'multiply'
      ? [from, to, numerator.dividedBy(denominator)]
      : [to, from, denominator.dividedBy(numerator)];
  return { value: formatRatio(value), base, quote, direction: `${quote} per ${base}` };
}

/** The currencies whose rates against a base a conversion needs: none, one or two, the stated one first. */
export function quotesNeeded(from: string, to: string, base: string): readonly string[] {
  return from === to ? [] : [from, to].filter((code) => code !== base);
}

/** A way from one currency to another: the rates that are needed, in order; none from a currency to itself. */
export interface RatePath<Context extends RateContext = RateContext> {
  readonly from: string;
  readonly to: string;
  readonly steps: readonly RateStep<Context>[];
  /** Who is asked. */
  readonly providers: readonly string[];
}

/**
 * The way by one provider's rates: through its base.
 * @throws DomainError `currencyUnknown`
 */
export function pathWithin<Context extends RateContext>(
  context: Context,
  from: string,
  to: string,
): RatePath<Context> {
  knownCurrency(from, context);
  knownCurrency(to, context);
  const steps = quotesNeeded(from, to, context.provider.base).map(
    (quote): RateStep<Context> => ({ context, quote, operation: quote === from ? 'divide' : 'multiply' }),
  );
  return { from, to, steps, providers: [context.provider.id] };
}

/**
 * The ways by several providers, to be tried in this order: by each alone, in their order; then by two of them, where one has
 * rates of the base of the other, or both have the same.
 * @throws DomainError `currencyUnknown`
 */
export function pathsBetween<Context extends RateContext>(
  contexts: readonly Context[],
  from: string,
  to: string,
): readonly RatePath<Context>[] {
  const alone = contexts.map((context) => pathWithin(context, from, to));
  if (from === to) return alone.slice(0, 1);
  const joined = contexts.flatMap((one) =>
    contexts.flatMap((other) => (one === other ? [] : joinedPaths(one, other, from, to))),
  );
  return [...alone, ...joined];
}

function joinedPaths<Context extends RateContext>(
  one: Context,
  other: Context,
  from: string,
  to: string,
): readonly RatePath<Context>[] {
  const joints = new Set([one.provider.base, other.provider.base]);
  return [...joints].flatMap((joint) => {
    if (joint === from || joint === to) return [];
    const [first, second] = [pathWithin(one, from, joint), pathWithin(other, joint, to)];
    const steps = [...first.steps, ...second.steps];
    const isPossible = steps.every(({ context, quote }) => {
      const { series, irrevocable } = knownCurrency(quote, context);
      return series !== null || irrevocable?.base === context.provider.base;
    });
    return isPossible ? { from, to, steps, providers: [...first.providers, ...second.providers] } : [];
  });
}

type Days = Pick<Receipt, 'requestedDate' | 'effectiveDate' | 'carriedDays' | 'ageDays'>;

const NO_DAYS: Days = { requestedDate: null, effectiveDate: null, carriedDays: null, ageDays: null };

const METHOD_OF = { multiply: 'direct', divide: 'inverse' } as const;

/**
 * A route with the legs that are found for it. An amount in its own currency needs none, on no date and by no basis, and is
 * always served.
 * @throws DomainError what `find` throws
 */
function routeBy(
  basis: RateBasis,
  { from, to }: Pick<Route, 'from' | 'to'>,
  find: () => Partial<Days> & { readonly legs: readonly ConversionLeg[] },
  identityDays: Partial<Days> = {},
): Route {
  const { legs, ...found } = from === to ? { ...identityDays, legs: [] } : find();
  const days = { ...NO_DAYS, ...found };
  const warnings = days.ageDays !== null && days.ageDays > MAX_CARRIED_DAYS ? (['oldRate'] as const) : [];
  const [first] = legs;
  const method = first === undefined ? 'identity' : legs.length > 1 ? 'cross' : METHOD_OF[first.operation];
  const rate = shownRate(from, to, legs);
  return { from, to, receipt: { basis, ...days, warnings, method, legs, rate } };
}

/** A leg at a published rate. */
export function referenceLeg(
  { operation }: Pick<RateStep, 'operation'>,
  { observedAt: _, ...observation }: RateObservation,
): ReferenceLeg {
  return { kind: 'reference', operation, ...observation };
}

/** Who fixes irrevocable rates: the Council of the European Union. */
export const LAWGIVER = 'eu-council';

function irrevocableLeg({ operation, quote }: RateStep, fixed: IrrevocableRate): IrrevocableLeg {
  const { base, rate, since: date, law } = fixed;
  return { kind: 'irrevocable', operation, provider: LAWGIVER, base, quote, date, rate, law };
}

/** The legs of the steps at the rates of one day. @param day on which those that have no observation were fixed */
function dayLegs(steps: readonly RateStep[], { observations }: DayRates, day: string) {
  return steps.flatMap((step, at) => {
    const observation = observations[at] ?? null;
    if (observation !== null) return referenceLeg(step, observation);
    const fixed = irrevocableOn(step, day);
    return fixed === null ? [] : irrevocableLeg(step, fixed);
  });
}

/**
 * The route at the reference rates of one day: `publication` asks for the day on which the document was published,
 * `date` for the caller's.
 * @param requestedDate YYYY-MM-DD; null where the document prints no date
 * @throws DomainError `publicationDateUnknown`, and those of `resolveRates`
 */
export function referenceRoute(
  basis: 'publication' | 'date',
  path: RatePath,
  requestedDate: string | null,
): Route {
  const find = () => {
    const { from, to, steps } = path;
    if (requestedDate === null) throw new DomainError('publicationDateUnknown', { from, to });
    const found = resolveRates(requestedDate, steps);
    const { effectiveDate, carriedDays } = found;
    return { requestedDate, effectiveDate, carriedDays, legs: dayLegs(steps, found, requestedDate) };
  };
  const carriedDays = requestedDate === null ? null : 0;
  const identityDays = { requestedDate, effectiveDate: requestedDate, carriedDays };
  return routeBy(basis, path, find, identityDays);
}

/**
 * The route at the newest rates held. A currency whose series has ended is refused; `date` serves it.
 * @param newestDay the newest day on which each step has a rate; null where one has none
 * @param today the day at the provider's place
 * @throws DomainError those of `newestRates`
 */
export function latestRoute(path: RatePath, newestDay: string | null, today: string): Route {
  return routeBy('latest', path, () => {
    const found = newestRates(newestDay, today, path.steps);
    const { effectiveDate } = found;
    // Where the question is put to an earlier moment, the newest rate may be of a later day.
    const ageDays = Math.max(0, daysBetween(effectiveDate, today));
    return { effectiveDate, ageDays, legs: dayLegs(path.steps, found, today) };
  });
}

/** The figures that two statements of one sum have in common: value against value, or bound against bound. */
export function pairsOf(
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
  knownCurrency(from, context);
  knownCurrency(to, context);
  return routeBy('stated', { from, to }, () => {
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
 * which the provider sets rates, those to come included: a period that has hardly begun has no average. A rate that was
 * fixed before the period is its own mean.
 * @param period first and last day, inclusive; null where the forecast leaves one open
 * @param averageOf the mean over exactly that period of what is held; null where nothing is
 * @param basis `priceYear` where the period is the year in whose prices the figure is reckoned
 * @throws DomainError `currencyUnknown`, `currencyWithoutRates`, `rateBeforeSeries`, `periodOpen`,
 * `averageCoverageTooLow` with the counts
 */
export function averageRoute<Context extends RateContext>(
  path: RatePath<Context>,
  period: { readonly start: string | null; readonly end: string | null },
  averageOf: (step: RateStep<Context>) => PeriodAverage | null,
  basis: 'periodAverage' | 'priceYear' = 'periodAverage',
): Route {
  return routeBy(basis, path, () => {
    const { start, end } = period;
    if (start === null || end === null) throw new DomainError('periodOpen', { start, end });
    const legs = path.steps.map((step): AverageLeg | IrrevocableLeg => {
      const fixed = irrevocableOn(step, start);
      if (fixed !== null) return irrevocableLeg(step, fixed);
      const targetDays = openDaysBetween(step.context.provider.calendar, start, end);
      const wanted = new Decimal(targetDays).times(MIN_AVERAGE_COVERAGE_PERCENT);
      const { series } = quotedStep(step, start);
      const average = averageOf(step);
      const observations = average?.observations ?? 0;
      if (average === null || new Decimal(observations).times(100).lessThan(wanted)) {
        const coverage = { observations, targetDays, minimumPercent: MIN_AVERAGE_COVERAGE_PERCENT };
        const data = { currency: step.quote, provider: series.provider, start, end, ...coverage };
        throw new DomainError('averageCoverageTooLow', data);
      }
      const { provider, base, quote, firstDay, lastDay, sum } = average;
      const { operation } = step;
      const rate = formatRatio(parseDecimal(sum).dividedBy(observations));
      const held = { provider, base, quote, firstDay, lastDay, observations, targetDays, sum, rate };
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
  return firstPossible(bases, (basis) => ({ basis }), attempt);
}

/** The first of several ways that gives a result, as `firstConvertible`. */
export function firstPassable<Context extends RateContext, Result>(
  paths: readonly RatePath<Context>[],
  attempt: (path: RatePath<Context>) => Result,
): Result {
  return firstPossible(paths, ({ providers }) => ({ providers }), attempt);
}

function firstPossible<Choice, Result>(
  choices: readonly Choice[],
  nameOf: (choice: Choice) => { readonly basis: RateBasis } | { readonly providers: readonly string[] },
  attempt: (choice: Choice) => Result,
): Result {
  const refusals: { readonly choice: Choice; readonly error: DomainError }[] = [];
  for (const choice of choices) {
    const result = unlessRefused(() => attempt(choice));
    if (!(result instanceof DomainError)) return result;
    refusals.push({ choice, error: result });
  }
  const [only, ...others] = refusals;
  if (only !== undefined && others.length === 0) throw only.error;
  const reasons = refusals.map(({ choice, error }) => ({
    ...nameOf(choice),
    code: error.code,
    data: error.data,
  }));
  throw new DomainError('conversionNotPossible', { reasons });
}
