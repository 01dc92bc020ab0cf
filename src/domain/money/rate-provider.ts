import { DomainError } from '../errors.ts';
import { addDays, checkIsoDate, instantIn, timeIn, yearOf } from '../period/calendar.ts';

/** The days for which a provider sets rates. */
export interface RateCalendar {
  /** The first day with rates. */
  readonly firstDay: string;
  /** Whether rates are due for a day; false before `firstDay`. */
  readonly isOpen: (date: string) => boolean;
  /** Open days for which none were set after all: a request for one takes the last rate before it. */
  readonly daysWithoutRates: ReadonlySet<string>;
  /** Whether an open day without a rate may be a closing day: then no day is known to have been published. */
  readonly hasUnknownClosings?: boolean;
}

/** When a provider publishes, as times of day (HH:MM) where it does. */
export interface PublicationTime {
  /** As an error message names it: "Frankfurt". */
  readonly place: string;
  /** IANA name. */
  readonly timeZone: string;
  /** When a day's rates are first asked for. */
  readonly time: string;
  /** From when on they count as published: a ledger that lacks them then is behind. */
  readonly dueAt: string;
}

/** Who sets reference rates: so many units of a currency for one unit of `base`. */
export interface RateProvider {
  /** In every record of a rate. */
  readonly id: string;
  /** ISO 4217 code. */
  readonly base: string;
  readonly calendar: RateCalendar;
  readonly publishesAt: PublicationTime;
}

/** The present, as far as it decides which rate a day takes. */
export interface CurrentRateDate {
  /** The day at the provider's place. */
  readonly today: string;
  /** Whether today's rates, if it has any, count as published. */
  readonly todaysRatesDue: boolean;
}

export function currentRateDate(
  { publishesAt }: Pick<RateProvider, 'publishesAt'>,
  now: Date,
): CurrentRateDate {
  const { date, time } = timeIn(publishesAt.timeZone, now);
  return { today: date, todaysRatesDue: time >= publishesAt.dueAt };
}

/** Whether the provider sets rates for a day, those known to have none left out. */
export function isPublishingDay(
  { isOpen, daysWithoutRates, hasUnknownClosings }: RateCalendar,
  date: string,
): boolean {
  return hasUnknownClosings !== true && isOpen(date) && !daysWithoutRates.has(date);
}

/** The last day before one for which the provider set rates, or null. */
export function publishingDayBefore(calendar: RateCalendar, date: string): string | null {
  if (calendar.hasUnknownClosings) return null;
  for (let day = addDays(date, -1); day >= calendar.firstDay; day = addDays(day, -1))
    if (isPublishingDay(calendar, day)) return day;
  return null;
}

/** Whether the provider has published rates of a day: `rateNotHeld` if the ledger lacks one. */
export function isPublished(
  { calendar }: Pick<RateProvider, 'calendar'>,
  date: string,
  { today, todaysRatesDue }: CurrentRateDate,
): boolean {
  return isPublishingDay(calendar, date) && (date < today || (date === today && todaysRatesDue));
}

/** How far back a rate may be taken for a day without one, in days. */
export const MAX_CARRIED_DAYS = 7;

/** Which day's rate a requested day takes. */
export interface EffectiveDay {
  readonly effectiveDate: string;
  /** Days from `effectiveDate` to the requested day: 0 on a publishing day, 1 on a Saturday. */
  readonly carriedDays: number;
}

/** @throws DomainError `rateInFuture` */
export function refuseFuture(
  requestedDate: string,
  { publishesAt }: RateProvider,
  { today }: CurrentRateDate,
): void {
  if (requestedDate > today)
    throw new DomainError('rateInFuture', { requestedDate, today, place: publishesAt.place });
}

/**
 * The day whose rate a requested day takes by the calendar alone: the last one, itself included, whose rates are
 * published. (A rate that is held for the requested day comes before the calendar: see `resolveRates`.)
 * @throws DomainError `malformedDate`, `rateInFuture`, `rateBeyondCarryLimit`
 */
export function effectiveDay(
  requestedDate: string,
  provider: RateProvider,
  current: CurrentRateDate,
): EffectiveDay {
  checkIsoDate(requestedDate);
  refuseFuture(requestedDate, provider, current);
  for (let carriedDays = 0; carriedDays <= MAX_CARRIED_DAYS; carriedDays += 1) {
    const effectiveDate = addDays(requestedDate, -carriedDays);
    if (isPublished(provider, effectiveDate, current)) return { effectiveDate, carriedDays };
  }
  throw new DomainError('rateBeyondCarryLimit', { requestedDate, maxCarriedDays: MAX_CARRIED_DAYS });
}

/** So many open days in a row without rates are believed of a history; more of them are taken for damage. */
const MOST_SKIPPED_IN_A_ROW = 2;

/**
 * The open days that a history leaves out: proven to have no rates. None where it may not be whole: it does not begin on
 * the provider's first day, its days are in no order, or more open days in a row are missing than are ever without rates.
 * @param days those of the history, in its order: oldest first or newest first
 */
export function skippedDays(calendar: RateCalendar, days: readonly string[]): readonly string[] {
  const oldestFirst = (days[0] ?? '') <= (days.at(-1) ?? '') ? days : days.toReversed();
  const isOrdered = oldestFirst.every((day, at) => at === 0 || (oldestFirst[at - 1] ?? '') < day);
  if (oldestFirst[0] !== calendar.firstDay || !isOrdered) return [];
  const listed = new Set(days);
  const skipped: string[] = [];
  let inARow = 0;
  for (const day of openDaysIn(calendar, calendar.firstDay, oldestFirst.at(-1) ?? '')) {
    inARow = listed.has(day) ? 0 : inARow + 1;
    if (inARow > MOST_SKIPPED_IN_A_ROW) return [];
    if (inARow > 0) skipped.push(day);
  }
  return skipped;
}

/** Number of days from one to another, both included, for which the provider set rates. */
export function publishingDaysBetween(calendar: RateCalendar, from: string, to: string): number {
  if (calendar.hasUnknownClosings) return 0;
  const without = [...calendar.daysWithoutRates].filter((day) => from <= day && day <= to);
  return openDaysBetween(calendar, from, to) - without.length;
}

/** The days from one to another, both included, for which the provider set rates. */
export function publishingDaysIn(calendar: RateCalendar, from: string, to: string): readonly string[] {
  return openDaysIn(calendar, from, to).filter((day) => isPublishingDay(calendar, day));
}

function openDaysIn(calendar: RateCalendar, from: string, to: string): readonly string[] {
  const days: string[] = [];
  for (let year = Math.max(yearOf(from), yearOf(calendar.firstDay)); year <= yearOf(to); year += 1)
    days.push(...openDaysOfYear(calendar, year).filter((day) => from <= day && day <= to));
  return days;
}

/** The next instant, after `now`, at which a day's rates are first to be asked for. */
export function nextPublication({ calendar, publishesAt }: RateProvider, now: Date): Date {
  const { timeZone, time } = publishesAt;
  const local = timeIn(timeZone, now);
  let day = local.time < time ? local.date : addDays(local.date, 1);
  while (!isPublishingDay(calendar, day)) day = addDays(day, 1);
  return instantIn(timeZone, day, time);
}

const openDays = new WeakMap<RateCalendar['isOpen'], Map<number, readonly string[]>>();

function openDaysOfYear({ isOpen }: RateCalendar, year: number): readonly string[] {
  const years = openDays.get(isOpen) ?? new Map<number, readonly string[]>();
  openDays.set(isOpen, years);
  let days = years.get(year);
  if (days === undefined) {
    const open: string[] = [];
    for (let day = `${year}-01-01`; day <= `${year}-12-31`; day = addDays(day, 1))
      if (isOpen(day)) open.push(day);
    days = open;
    years.set(year, days);
  }
  return days;
}

/** Number of open days from one day to another, both included; 0 where `to` is before `from`. */
export function openDaysBetween(calendar: RateCalendar, from: string, to: string): number {
  let count = 0;
  const firstYear = Math.max(yearOf(from), yearOf(calendar.firstDay));
  for (let year = firstYear; year <= yearOf(to); year += 1) {
    const days = openDaysOfYear(calendar, year);
    const whole = from <= `${year}-01-01` && `${year}-12-31` <= to;
    count += whole ? days.length : days.filter((day) => from <= day && day <= to).length;
  }
  return count;
}
