import { DomainError, unlessRefused } from '../errors.ts';
import { addDays, checkIsoDate } from '../period/calendar.ts';
import type { CurrentRateDate, EffectiveDay, RateProvider } from './rate-provider.ts';
import { isPublished, MAX_CARRIED_DAYS, publishingDaysBetween, refuseFuture } from './rate-provider.ts';

/** What a provider states: units of `quote` for one unit of `base` on a day, as printed, never inverted. */
export interface RateQuotation {
  readonly provider: string;
  /** ISO 4217 codes. */
  readonly base: string;
  readonly quote: string;
  /** The day for which it was set, YYYY-MM-DD. */
  readonly date: string;
  /** Plain decimal string as published, trailing zeros included. */
  readonly rate: string;
}

/** A quotation as this ledger holds it. A corrected day is a further revision; the earlier ones stay. */
export interface RateObservation extends RateQuotation {
  /** When this ledger first saw it, ISO 8601 in UTC. */
  readonly observedAt: string;
  /** From 1. */
  readonly revision: number;
}

/** From when to when a provider sets rates for a currency. All days YYYY-MM-DD and inclusive. */
export interface Series extends Pick<RateQuotation, 'provider' | 'base' | 'quote'> {
  readonly firstDay: string;
  /** Null while the series runs. */
  readonly lastDay: string | null;
  /** Spans within which the provider set no rates although it set those of other currencies. */
  readonly gaps: readonly { readonly from: string; readonly to: string }[];
}

/** The rate at which a currency was replaced by another for good: units of the currency for one unit of `base`. */
export interface IrrevocableRate {
  readonly base: string;
  /** Plain decimal string as the law prints it, trailing zeros included. */
  readonly rate: string;
  /** The first day on which it was in force, YYYY-MM-DD. */
  readonly since: string;
  /** "Council Regulation (EC) No 2866/98". */
  readonly law: string;
}

/** What the ledger knows of a currency. */
export interface Currency {
  /** ISO 4217 alphabetic code. */
  readonly code: string;
  /** ISO 4217 exponent of the minor unit: 2 for USD, 0 for JPY; null where ISO gives none (XDR, XAU). */
  readonly minorUnits: number | null;
  /** The last day on which it was a currency of its own; null while it is one. */
  readonly endedOn: string | null;
  /** The code that took its place; null where there is none. */
  readonly successor: string | null;
  /** Null for a currency that never became another at a rate fixed by law. */
  readonly irrevocable: IrrevocableRate | null;
  /** Null where the provider sets no rates for it, as for its own base. */
  readonly series: Series | null;
}

/** What conversions read: one provider's rates, all in memory. */
export interface RateContext {
  readonly provider: RateProvider;
  readonly current: CurrentRateDate;
  /** Undefined for a code that the ledger does not know. */
  readonly currencyOf: (code: string) => Currency | undefined;
  /** The current revision of the provider's rate of a currency on exactly that day; undefined if not held. */
  readonly rateOn: (quote: string, date: string) => RateObservation | undefined;
}

/** One rate on the way from a currency to another: against the base of a provider, multiplied by or divided by. */
export interface RateStep<Context extends RateContext = RateContext> {
  readonly context: Context;
  readonly quote: string;
  readonly operation: 'multiply' | 'divide';
}

/** A currency with the provider's series for it. */
export interface QuotedCurrency extends Currency {
  readonly series: Series;
}

/** @throws DomainError `currencyUnknown` with the code */
export function knownCurrency(code: string, { currencyOf }: Pick<RateContext, 'currencyOf'>): Currency {
  const currency = currencyOf(code);
  if (currency === undefined) throw new DomainError('currencyUnknown', { currency: code });
  return currency;
}

/**
 * A currency for which the provider sets, or once set, rates.
 * @throws DomainError `currencyUnknown`, `currencyWithoutRates`
 */
export function quotedCurrency(
  code: string,
  context: Pick<RateContext, 'currencyOf' | 'provider'>,
): QuotedCurrency {
  const currency = knownCurrency(code, context);
  const { series } = currency;
  if (series === null) {
    const { endedOn, successor, irrevocable } = currency;
    const data = { currency: code, provider: context.provider.id, endedOn, successor, irrevocable };
    throw new DomainError('currencyWithoutRates', data);
  }
  return { ...currency, series };
}

/** The rate of a step that the law has fixed and that is in force on a day; null where there is none. */
export function irrevocableOn({ context, quote }: RateStep, day: string): IrrevocableRate | null {
  const fixed = context.currencyOf(quote)?.irrevocable ?? null;
  return fixed !== null && fixed.base === context.provider.base && fixed.since <= day ? fixed : null;
}

/**
 * The currency of a step for whose rate of a day its provider is asked.
 * @throws DomainError `currencyUnknown`, `currencyWithoutRates`, `rateBeforeSeries` where it has had a rate only since one
 * was fixed
 */
export function quotedStep({ context, quote }: RateStep, requestedDate: string): QuotedCurrency {
  const currency = knownCurrency(quote, context);
  const { series, irrevocable } = currency;
  if (series === null && irrevocable !== null && irrevocable.base === context.provider.base) {
    const { since: firstDay, law } = irrevocable;
    throw new DomainError('rateBeforeSeries', { currency: quote, requestedDate, firstDay, law });
  }
  return quotedCurrency(quote, context);
}

/** The refusal for a day after a currency's last one, with what took its place. */
export function afterSeriesEnd(currency: QuotedCurrency, requestedDate: string | null): DomainError {
  const { code, endedOn, successor, irrevocable } = currency;
  const { provider, lastDay } = currency.series;
  const data = { currency: code, provider, requestedDate, lastDay, endedOn, successor, irrevocable };
  return new DomainError('rateAfterSeriesEnd', data);
}

/** Refuses a day that the series leaves out. */
function refuseOutsideSeries(currency: QuotedCurrency, day: string, requestedDate: string): void {
  const { provider, firstDay, lastDay, gaps } = currency.series;
  const data = { currency: currency.code, provider, requestedDate };
  if (day < firstDay) throw new DomainError('rateBeforeSeries', { ...data, firstDay });
  if (lastDay !== null && day > lastDay) throw afterSeriesEnd(currency, requestedDate);
  const gap = gaps.find(({ from, to }) => from <= day && day <= to);
  if (gap !== undefined) throw new DomainError('rateInSeriesGap', { ...data, gap });
}

/** The refusal for a rate that the provider published and the ledger lacks, with the command that fetches it. */
export function rateNotHeld(
  { code, series: { provider, base } }: QuotedCurrency,
  date: string | null,
  requestedDate: string | null,
): DomainError {
  return ratesNotHeld(code, { id: provider, base }, { date, requestedDate });
}

/** The same for a currency that need have no series: the provider's base, whose rates are those of all others. */
export function ratesNotHeld(
  currency: string,
  { id: provider, base }: Pick<RateProvider, 'id' | 'base'>,
  days: Readonly<Record<'date' | 'requestedDate', string | null>> = { date: null, requestedDate: null },
): DomainError {
  return new DomainError('rateNotHeld', { currency, provider, base, ...days, command: 'rates sync' });
}

/**
 * The rates that a requested day takes, in the order of the steps, all of one and the same day, so that no cross mixes two
 * days; null for a step whose rate the law has fixed.
 *
 * 1. A day later than today at the provider's place is refused: `rateInFuture`.
 * 2. A rate held for the requested day is used, whatever the calendar says.
 * 3. A day on which nothing is published takes the last publishing day's rate before it, at most seven days back:
 *    weekends, closing days, and today until its rates are due.
 * 4. A publishing day whose rate is not held is refused, and never silently carried: as `rateBeforeSeries`,
 *    `rateAfterSeriesEnd` or `rateInSeriesGap` where the currency's series leaves the day out, else as `rateNotHeld`.
 *
 * The series is asked about the day whose rate would be taken: a Saturday after a series' last Friday is still
 * served, until the currency itself has ended.
 * @throws DomainError those above, and `malformedDate`, `currencyUnknown`, `currencyWithoutRates`,
 * `rateBeyondCarryLimit`
 */
export function resolveRates(requestedDate: string, steps: readonly RateStep[]): DayRates {
  checkIsoDate(requestedDate);
  const asked = askedSteps(steps, requestedDate);
  for (const { context } of steps) refuseFuture(requestedDate, context.provider, context.current);
  for (const { currency } of withoutFixed(asked)) {
    if (currency.endedOn !== null && requestedDate > currency.endedOn)
      throw afterSeriesEnd(currency, requestedDate);
    if (requestedDate < currency.series.firstDay) refuseOutsideSeries(currency, requestedDate, requestedDate);
  }
  return ratesBack(requestedDate, asked);
}

/** The rates of one day, in the order of the steps; null for those whose rate the law has fixed. */
export interface DayRates extends EffectiveDay {
  readonly observations: readonly (RateObservation | null)[];
}

/** A step whose provider is asked; null for one whose rate the law has fixed. */
type AskedStep = (RateStep & { readonly currency: QuotedCurrency }) | null;

function askedSteps(steps: readonly RateStep[], day: string): readonly AskedStep[] {
  return steps.map((step) =>
    irrevocableOn(step, day) === null ? { ...step, currency: quotedStep(step, day) } : null,
  );
}

function withoutFixed(asked: readonly AskedStep[]): readonly NonNullable<AskedStep>[] {
  return asked.filter((step) => step !== null);
}

/** The newest day up to one, at most seven days back, on which all steps have a rate and no published one is missing. */
function ratesBack(requestedDate: string, steps: readonly AskedStep[]): DayRates {
  const asked = withoutFixed(steps);
  for (let carriedDays = 0; carriedDays <= MAX_CARRIED_DAYS; carriedDays += 1) {
    const day = addDays(requestedDate, -carriedDays);
    const missing = asked.filter(({ context, quote }) => context.rateOn(quote, day) === undefined);
    if (missing.length === 0) {
      const observations = steps.map((step) => step?.context.rateOn(step.quote, day) ?? null);
      return { effectiveDate: day, carriedDays, observations };
    }
    const published = missing.filter(({ context }) => isPublished(context.provider, day, context.current));
    for (const { currency } of published) refuseOutsideSeries(currency, day, requestedDate);
    for (const { currency } of published) throw rateNotHeld(currency, day, requestedDate);
  }
  const currencies = asked.map(({ quote }) => quote);
  const data = { requestedDate, currencies, maxCarriedDays: MAX_CARRIED_DAYS };
  throw new DomainError('rateBeyondCarryLimit', data);
}

/**
 * The rates of the newest day on which all steps have one. A currency whose series has ended is refused rather than
 * converted at a rate of years ago.
 * @param newestDay the newest day on which each has a rate; null where one has none
 * @throws DomainError `currencyUnknown`, `currencyWithoutRates`, `rateAfterSeriesEnd`, `rateNotHeld`,
 * `rateBeyondCarryLimit`
 */
export function newestRates(newestDay: string | null, today: string, steps: readonly RateStep[]): DayRates {
  // Whether there can be a rate at all comes before whether one is held: the newest common day is null for both.
  const asked = askedSteps(steps, today);
  const [first, ...others] = withoutFixed(asked);
  if (first === undefined)
    return { effectiveDate: today, carriedDays: 0, observations: steps.map(() => null) };
  for (const { currency } of [first, ...others])
    if (currency.series.lastDay !== null) throw afterSeriesEnd(currency, null);
  if (newestDay === null) throw rateNotHeld(first.currency, null, null);
  return ratesBack(newestDay, asked);
}

/** After every day that can be asked for. */
export const LAST_DAY = '9999-12-31';

/** Days, both ends included. */
export interface DayRange {
  readonly from: string;
  readonly to: string;
}

/** Days of a range on which a currency has no rate, and why. */
export interface MissingRates extends DayRange {
  /** How many of them are days for which the provider has published rates. */
  readonly publicationDays: number;
  readonly refusal: DomainError;
}

/** The part of a range that has passed: up to the last day whose rates are due. */
export function publishedPart({ from, to }: DayRange, { today, todaysRatesDue }: CurrentRateDate): DayRange {
  const last = todaysRatesDue ? today : addDays(today, -1);
  return { from, to: to < last ? to : last };
}

/**
 * Where a currency has no rates in a range: days outside its series, in a gap of it or in the future, and those that are
 * not held.
 * @param heldDays on how many days of the range a rate of the currency is held
 */
export function missingRates(
  code: string,
  range: DayRange,
  heldDays: number,
  context: Pick<RateContext, 'provider' | 'current' | 'currencyOf'>,
): readonly MissingRates[] {
  const { provider, current } = context;
  const missing = (part: DayRange, refusal: DomainError): MissingRates => {
    const { from, to } = publishedPart(part, current);
    return { ...part, publicationDays: publishingDaysBetween(provider.calendar, from, to), refusal };
  };
  const currency = unlessRefused(() => quotedCurrency(code, context));
  if (currency instanceof DomainError) return [missing(range, currency)];
  const { firstDay, lastDay, gaps } = currency.series;
  const { today } = current;
  const endedOn = lastDay ?? today;
  const refusals: readonly (readonly [from: string, to: string, day: string])[] = [
    ['', addDays(firstDay, -1), range.from],
    ...gaps.map(({ from, to }) => [from, to, from] as const),
    [addDays(endedOn, 1), LAST_DAY, range.to],
  ];
  const outside = refusals.flatMap(([first, last, day]) => {
    const [, from = ''] = [first, range.from].sort();
    const [to = ''] = [last, range.to].sort();
    if (from > to) return [];
    const refusal = unlessRefused(() => {
      if (lastDay === null) refuseFuture(day, provider, current);
      refuseOutsideSeries(currency, day, day);
    });
    return refusal instanceof DomainError ? [missing({ from, to }, refusal)] : [];
  });
  const { publicationDays } = missing(range, rateNotHeld(currency, null, null));
  const explained = outside.reduce((sum, part) => sum + part.publicationDays, 0);
  const notHeld = publicationDays - explained - heldDays;
  return [
    // A weekend after a series' last Friday is no news; days on which nobody published anything are.
    ...outside.filter(
      ({ publicationDays: days, from, to }) =>
        days > 0 || provider.calendar.hasUnknownClosings || from < provider.calendar.firstDay || to > today,
    ),
    ...(notHeld > 0
      ? [
          {
            ...publishedPart(range, current),
            publicationDays: notHeld,
            refusal: rateNotHeld(currency, null, null),
          },
        ]
      : []),
  ];
}
