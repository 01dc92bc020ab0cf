import { DomainError } from '../errors.ts';
import {
  addDays,
  checkIsoDate,
  daysBetween,
  isTargetDay,
  timeInFrankfurt,
  yearOf,
} from '../period/calendar.ts';
import { Decimal, formatDecimal, parseDecimal } from './decimal.ts';

/** The currency against which the reference rates are set: so many units of `quote` for one euro. */
export const REFERENCE_BASE = 'EUR';

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
export interface Series {
  readonly provider: string;
  readonly base: string;
  readonly quote: string;
  readonly firstDay: string;
  /** Null while the series runs. */
  readonly lastDay: string | null;
  /** Spans within which the provider set no rates although it set those of other currencies. */
  readonly gaps: readonly { readonly from: string; readonly to: string }[];
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
  /** Null where the provider sets no rates for it, as for the euro itself. */
  readonly series: Series | null;
}

/**
 * TARGET days for which the ECB's history, as fetched later, holds no rates. A request for such a day takes the last
 * rate before it, as for a closing day; should the provider state rates for it after all, they are used.
 *
 * 2026-08-03, a Monday: the history file of 2026-08-21 goes from 2026-07-31 to 2026-08-04. The reason is not known.
 */
export const TARGET_DAYS_WITHOUT_RATES: ReadonlySet<string> = new Set(['2026-08-03']);

/** Whether the ECB sets reference rates on a day: TARGET days, but for those known to have none. */
export function isPublishingDay(date: string): boolean {
  return isTargetDay(date) && !TARGET_DAYS_WITHOUT_RATES.has(date);
}

/** How far back a rate may be taken for a day without one, in days. */
export const MAX_CARRIED_DAYS = 7;

/**
 * Time of day in Frankfurt from which the day's rates count as published. The ECB updates them "at around 16:00 CET"
 * (https://www.ecb.europa.eu/stats/policy_and_exchange_rates/euro_reference_exchange_rates/html/index.en.html); the
 * half hour after it is for a late publication and for the sync that starts at 16:05.
 */
export const RATES_DUE_AT = '16:30';

/** The present, as far as it decides which rate a day takes. */
export interface RateClock {
  /** The day in Frankfurt. */
  readonly today: string;
  /** Whether it is at or past `RATES_DUE_AT` there. */
  readonly todaysRatesDue: boolean;
}

/** The rate clock at an instant. */
export function rateClock(now: Date): RateClock {
  const { date, time } = timeInFrankfurt(now);
  return { today: date, todaysRatesDue: time >= RATES_DUE_AT };
}

/** Whether the provider has, by its calendar, published rates of a day: `rateNotHeld` if the ledger lacks one. */
function isExpected(date: string, clock: RateClock): boolean {
  return isPublishingDay(date) && (date < clock.today || (date === clock.today && clock.todaysRatesDue));
}

/** Which day's rate a requested day takes. */
export interface EffectiveDay {
  readonly effectiveDate: string;
  /** Days from `effectiveDate` to the requested day: 0 on a publishing day, 1 on a Saturday. */
  readonly carriedDays: number;
}

/**
 * The day whose rate a requested day takes by the calendar alone: the day itself when its rates are published, else
 * the last publishing day before it. Today takes the previous publishing day's until `RATES_DUE_AT`. (A rate that is
 * held for the requested day wins over the calendar: see `resolveRates`.)
 * @throws DomainError `malformedDate`, `rateInFuture`, `rateBeyondCarryLimit` (more than seven days without rates)
 */
export function effectiveDay(requestedDate: string, clock: RateClock): EffectiveDay {
  checkIsoDate(requestedDate);
  refuseFuture(requestedDate, clock);
  for (let carriedDays = 0; carriedDays <= MAX_CARRIED_DAYS; carriedDays += 1) {
    const effectiveDate = addDays(requestedDate, -carriedDays);
    if (isExpected(effectiveDate, clock)) return { effectiveDate, carriedDays };
  }
  throw new DomainError('rateBeyondCarryLimit', { requestedDate, maxCarriedDays: MAX_CARRIED_DAYS });
}

/** First and last day that can hold the rate for a requested day: what a caller fetches before `resolveRates`. */
export function candidateDays(requestedDate: string): { readonly from: string; readonly to: string } {
  return { from: addDays(requestedDate, -MAX_CARRIED_DAYS), to: requestedDate };
}

/** What a resolver reads. Both functions answer from memory: the caller has fetched what they need. */
export interface RateContext {
  readonly clock: RateClock;
  /** Facts of a currency; undefined for a code that the ledger does not know. */
  readonly currencyOf: (code: string) => Currency | undefined;
  /** The current revision of the euro reference rate of a currency on exactly that day; undefined if not held. */
  readonly rateOn: (quote: string, date: string) => RateObservation | undefined;
}

/** A currency with the provider's series for it. */
export interface QuotedCurrency extends Currency {
  readonly series: Series;
}

/**
 * Facts of a currency.
 * @throws DomainError `currencyUnknown` with the code
 */
export function knownCurrency(code: string, currencyOf: RateContext['currencyOf']): Currency {
  const currency = currencyOf(code);
  if (currency === undefined) throw new DomainError('currencyUnknown', { currency: code });
  return currency;
}

/**
 * Facts of a currency for which the provider sets, or once set, rates.
 * @throws DomainError `currencyUnknown`, `currencyWithoutRates`
 */
export function quotedCurrency(code: string, currencyOf: RateContext['currencyOf']): QuotedCurrency {
  const currency = knownCurrency(code, currencyOf);
  const { series } = currency;
  if (series === null) throw new DomainError('currencyWithoutRates', { currency: code });
  return { ...currency, series };
}

function refuseFuture(requestedDate: string, clock: RateClock): void {
  if (requestedDate > clock.today)
    throw new DomainError('rateInFuture', { requestedDate, today: clock.today });
}

/** The refusal for a day after a currency's last one, with what took its place. */
export function afterSeriesEnd(currency: QuotedCurrency, requestedDate: string | null): DomainError {
  const { code, series, endedOn, successor } = currency;
  return new DomainError('rateAfterSeriesEnd', {
    currency: code,
    provider: series.provider,
    requestedDate,
    lastDay: series.lastDay,
    endedOn,
    successor,
  });
}

/** Refuses a day that the series leaves out, as its facts say. */
function refuseOutsideSeries(currency: QuotedCurrency, day: string, requestedDate: string): void {
  const { code, series } = currency;
  const { provider, firstDay, lastDay } = series;
  if (day < firstDay) {
    throw new DomainError('rateBeforeSeries', { currency: code, provider, requestedDate, firstDay });
  }
  if (lastDay !== null && day > lastDay) throw afterSeriesEnd(currency, requestedDate);
  const gap = series.gaps.find(({ from, to }) => from <= day && day <= to);
  if (gap !== undefined)
    throw new DomainError('rateInSeriesGap', { currency: code, provider, requestedDate, gap });
}

/** The refusal for a rate that the provider published and the ledger lacks, with the command that fetches it. */
export function rateNotHeld(
  code: string,
  series: Series,
  date: string | null,
  requestedDate: string | null,
): DomainError {
  return new DomainError('rateNotHeld', {
    currency: code,
    provider: series.provider,
    base: series.base,
    date,
    requestedDate,
    command: 'rates sync',
  });
}

/** Rates of one day for several currencies, in the order in which they were asked for. */
export interface ResolvedRates extends EffectiveDay {
  readonly observations: readonly RateObservation[];
}

/**
 * The reference rates that a requested day takes, all of one and the same day, so that no cross mixes two days.
 *
 * 1. A day later than today, in Frankfurt, is refused: `rateInFuture`.
 * 2. A rate held for the requested day is used, whatever the calendar says.
 * 3. A day on which nothing is published takes the last publishing day's rate before it, at most seven days back:
 *    Saturdays, Sundays, TARGET closing days, and today until 16:30 in Frankfurt (`RATES_DUE_AT`).
 * 4. A publishing day whose rate is not held is refused, and never silently carried: as `rateBeforeSeries`,
 *    `rateAfterSeriesEnd` or `rateInSeriesGap` where the currency's series leaves the day out, else as `rateNotHeld`.
 *
 * The series is asked about the day whose rate would be taken: a Saturday after a series' last Friday is still
 * served, until the currency itself has ended.
 * @throws DomainError those above, and `malformedDate`, `currencyUnknown`, `currencyWithoutRates`,
 * `rateBeyondCarryLimit`
 */
export function resolveRates(
  requestedDate: string,
  quotes: readonly string[],
  context: RateContext,
): ResolvedRates {
  const { clock, currencyOf, rateOn } = context;
  checkIsoDate(requestedDate);
  const currencies = quotes.map((quote) => quotedCurrency(quote, currencyOf));
  refuseFuture(requestedDate, clock);
  for (const currency of currencies) {
    if (currency.endedOn !== null && requestedDate > currency.endedOn)
      throw afterSeriesEnd(currency, requestedDate);
    if (requestedDate < currency.series.firstDay) refuseOutsideSeries(currency, requestedDate, requestedDate);
  }
  for (let carriedDays = 0; carriedDays <= MAX_CARRIED_DAYS; carriedDays += 1) {
    const day = addDays(requestedDate, -carriedDays);
    const observations = quotes.flatMap((quote) => rateOn(quote, day) ?? []);
    if (observations.length === quotes.length) return { effectiveDate: day, carriedDays, observations };
    if (isExpected(day, clock)) {
      const missing = currencies.filter((currency) => rateOn(currency.code, day) === undefined);
      for (const currency of missing) refuseOutsideSeries(currency, day, requestedDate);
      for (const { code, series } of missing) throw rateNotHeld(code, series, day, requestedDate);
    }
  }
  throw new DomainError('rateBeyondCarryLimit', {
    requestedDate,
    currencies: quotes,
    maxCarriedDays: MAX_CARRIED_DAYS,
  });
}

/** Whether two published rates are the same number: 1.0910 and 1.091 are. */
export function sameRate(one: string, other: string): boolean {
  return one === other || parseDecimal(one).equals(parseDecimal(other));
}

/**
 * What the ledger has to record for a quotation that a provider states: revision 1 of a day not held, the next
 * revision of a corrected one, and null where the number is the one held.
 * @param held the current revision for the same provider, base, quote and date, if there is one
 * @param observedAt ISO 8601 in UTC
 */
export function revise(
  held: RateObservation | undefined,
  quotation: RateQuotation,
  observedAt: string,
): RateObservation | null {
  if (held !== undefined && sameRate(held.rate, quotation.rate)) return null;
  return { ...quotation, observedAt, revision: held === undefined ? 1 : held.revision + 1 };
}

/**
 * Why a quotation is kept out of service:
 * `notADecimal` - not a plain decimal;
 * `notPositive` - zero or negative;
 * `jump` - more than ten times, or less than a tenth of, the rate before it;
 * `contradictory` - the same delivery states another rate for the same currency and day;
 * `unknownCurrency` - a code that the caller does not know.
 */
export type QuarantineReason = 'notADecimal' | 'notPositive' | 'jump' | 'contradictory' | 'unknownCurrency';

/** A quotation kept out of service, and the rate it was compared with, where it was. */
export interface Quarantined<Quotation extends RateQuotation> {
  readonly quotation: Quotation;
  readonly reason: QuarantineReason;
  readonly comparedWith: string | null;
}

/** The largest factor between two successive rates of a currency that is believed. */
export const MAX_JUMP_FACTOR = '10';

const POSITIVE_DECIMAL = /^(?:0|[1-9]\d*)(?:\.\d+)?$/;

/**
 * Separates the quotations of one delivery, in any order, into those that can be served and those that cannot. Each
 * currency is gone through in the order of days; a rate is compared with the last one before it that was believed. A
 * redenomination does not count as a jump, because it comes with a code of its own (TRL and TRY, ROL and RON). Exact
 * repetitions within the delivery are dropped.
 * @param previousRateOf the rate held for the last day before `date`, for the first of each currency in the delivery;
 * null where none is held
 * @param isKnown whether the ledger has the currency; all count as known if it is left out
 */
export function screen<Quotation extends RateQuotation>(
  quotations: readonly Quotation[],
  previousRateOf: (quote: string, date: string) => string | null,
  isKnown: (quote: string) => boolean = () => true,
): { readonly accepted: readonly Quotation[]; readonly quarantined: readonly Quarantined<Quotation>[] } {
  const accepted: Quotation[] = [];
  const quarantined: Quarantined<Quotation>[] = [];
  const believed = new Map<string, { date: string; rate: string; value: Decimal }>();
  const byDay = [...quotations].sort((one, other) =>
    one.date < other.date ? -1 : one.date > other.date ? 1 : 0,
  );
  for (const quotation of byDay) {
    const { quote, date, rate } = quotation;
    const keepOut = (reason: QuarantineReason, comparedWith: string | null = null): void => {
      quarantined.push({ quotation, reason, comparedWith });
    };
    if (!isKnown(quote)) {
      keepOut('unknownCurrency');
      continue;
    }
    if (!POSITIVE_DECIMAL.test(rate) || rate.length > 40) {
      keepOut(/^-\d/.test(rate) ? 'notPositive' : 'notADecimal');
      continue;
    }
    const value = parseDecimal(rate);
    if (value.isZero()) {
      keepOut('notPositive');
      continue;
    }
    let before = believed.get(quote);
    if (before === undefined) {
      const held = previousRateOf(quote, date) ?? agreedByThoseAfter(byDay, quotation);
      if (held !== null) before = { date: '', rate: held, value: parseDecimal(held) };
    }
    if (before?.date === date) {
      if (!before.value.equals(value)) keepOut('contradictory', before.rate);
      continue;
    }
    if (before !== undefined && isJump(value, before.value)) {
      keepOut('jump', before.rate);
      continue;
    }
    believed.set(quote, { date, rate, value });
    accepted.push(quotation);
  }
  return { accepted, quarantined };
}

/**
 * The rate that the two quotations after a currency's first one agree on, where they agree: a first rate that is wrong
 * must not make all that follow look wrong. Null where there are no two, or they are far apart themselves.
 */
function agreedByThoseAfter(byDay: readonly RateQuotation[], first: RateQuotation): string | null {
  const following: string[] = [];
  for (const { quote, date, rate } of byDay) {
    if (quote !== first.quote || date <= first.date || !POSITIVE_DECIMAL.test(rate) || rate.length > 40)
      continue;
    if (parseDecimal(rate).isZero()) continue;
    following.push(rate);
    if (following.length === 2) break;
  }
  const [next, afterNext] = following;
  return next !== undefined && afterNext !== undefined && !isJump(parseDecimal(next), parseDecimal(afterNext))
    ? next
    : null;
}

/** Whether one of two rates is more than ten times the other. */
function isJump(one: Decimal, other: Decimal): boolean {
  return one.greaterThan(other.times(MAX_JUMP_FACTOR)) || other.greaterThan(one.times(MAX_JUMP_FACTOR));
}

/** The mean of a currency's reference rates over a time, kept as an exact sum and a count. */
export interface PeriodAverage {
  readonly provider: string;
  readonly base: string;
  readonly quote: string;
  /** First and last day with an observation. */
  readonly firstDay: string;
  readonly lastDay: string;
  readonly observations: number;
  /** Sum of the rates, exact. The mean is `sum` / `observations`. */
  readonly sum: string;
}

/** Averages of one currency over times that do not overlap, as one; null for none. */
export function combineAverages(parts: readonly PeriodAverage[]): PeriodAverage | null {
  const [first, ...others] = parts;
  if (first === undefined) return null;
  let { firstDay, lastDay, observations } = first;
  let sum = parseDecimal(first.sum);
  for (const part of others) {
    if (part.firstDay < firstDay) firstDay = part.firstDay;
    if (part.lastDay > lastDay) lastDay = part.lastDay;
    observations += part.observations;
    sum = sum.plus(parseDecimal(part.sum));
  }
  return { ...first, firstDay, lastDay, observations, sum: formatDecimal(sum) };
}

/** The average of one currency's observations of different days, in any order; null for none. */
export function averageOf(observations: readonly RateQuotation[]): PeriodAverage | null {
  const [first] = observations;
  if (first === undefined) return null;
  let firstDay = first.date;
  let lastDay = first.date;
  let sum = new Decimal(0);
  for (const { date, rate } of observations) {
    if (date < firstDay) firstDay = date;
    if (date > lastDay) lastDay = date;
    sum = sum.plus(parseDecimal(rate));
  }
  const { provider, base, quote } = first;
  return {
    provider,
    base,
    quote,
    firstDay,
    lastDay,
    observations: observations.length,
    sum: formatDecimal(sum),
  };
}

/**
 * The average of one currency from a first to a last day, both included, from what is held: single days, and sums of
 * whole calendar years. Year by year the one with more observations counts; at a tie the single days, which can have
 * been corrected since. Null where nothing is held.
 * @param days current revisions of one currency; those outside the time are left out
 * @param years sums of whole calendar years; those not wholly within the time are left out
 */
export function averageOver(
  from: string,
  to: string,
  days: readonly RateQuotation[],
  years: readonly PeriodAverage[],
): PeriodAverage | null {
  const daysByYear = new Map<number, RateQuotation[]>();
  for (const day of days) {
    if (day.date < from || day.date > to) continue;
    const year = yearOf(day.date);
    const ofYear = daysByYear.get(year);
    if (ofYear === undefined) daysByYear.set(year, [day]);
    else ofYear.push(day);
  }
  const parts = new Map<number, PeriodAverage>();
  for (const sum of years) {
    const year = yearOf(sum.firstDay);
    if (from <= `${year}-01-01` && `${year}-12-31` <= to) parts.set(year, sum);
  }
  for (const [year, ofYear] of daysByYear) {
    const average = averageOf(ofYear);
    if (average !== null && average.observations >= (parts.get(year)?.observations ?? 0))
      parts.set(year, average);
  }
  return combineAverages([...parts.values()]);
}

/** How old the newest rate held is, in days from its day to today; what `/health/ready` and the rates' meta say. */
export function rateAgeDays(newestDay: string, clock: RateClock): number {
  return daysBetween(newestDay, clock.today);
}

/** Time of day in Frankfurt at which new rates are asked for. */
export const SYNC_AT = '16:05';

/** The next instant at which new rates are to be asked for: `SYNC_AT` in Frankfurt on a publishing day, after `now`. */
export function nextSyncAt(now: Date): Date {
  const { date, time } = timeInFrankfurt(now);
  let day = time < SYNC_AT ? date : addDays(date, 1);
  while (!isPublishingDay(day)) day = addDays(day, 1);
  const [summer, winter] = ['+02:00', '+01:00'].map((offset) => new Date(`${day}T${SYNC_AT}:00${offset}`));
  if (summer !== undefined && timeInFrankfurt(summer).time === SYNC_AT) return summer;
  return winter ?? now;
}
