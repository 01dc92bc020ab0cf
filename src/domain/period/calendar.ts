import { DomainError } from '../errors.ts';

/*
 * Calendar days as ISO 8601 text (YYYY-MM-DD, proleptic Gregorian), which compares as text in the order of time, and
 * the closing days of TARGET, the Eurosystem's payment system: the ECB sets its reference rates on TARGET days.
 */

const ISO_DATE = /^\d{4}-\d{2}-\d{2}$/;
const MILLISECONDS_A_DAY = 86_400_000;

function timeOf(date: string): number {
  return Date.parse(`${date}T00:00:00Z`);
}

function dateOf(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}

/** Whether a text is a real calendar day in the form YYYY-MM-DD: 2020-02-29 is, 2021-02-29 and 2020-2-9 are not. */
export function isIsoDate(text: string): boolean {
  if (!ISO_DATE.test(text)) return false;
  const time = timeOf(text);
  return !Number.isNaN(time) && dateOf(time) === text;
}

/**
 * The text itself, if it is a real calendar day.
 * @throws DomainError `malformedDate`
 */
export function checkIsoDate(text: string): string {
  if (!isIsoDate(text)) {
    throw new DomainError('malformedDate', {
      text: text.slice(0, 80),
      expected: 'a calendar day such as 2020-05-25',
    });
  }
  return text;
}

/** The day so many days later, or earlier where the number is negative. */
export function addDays(date: string, days: number): string {
  return dateOf(timeOf(date) + days * MILLISECONDS_A_DAY);
}

/** Number of days from one day to another: 0 for the same day, 1 for the next, negative where `to` is before `from`. */
export function daysBetween(from: string, to: string): number {
  return Math.round((timeOf(to) - timeOf(from)) / MILLISECONDS_A_DAY);
}

/** Day of the week after ISO 8601: Monday is 1, Sunday is 7. */
export function weekday(date: string): number {
  return new Date(timeOf(date)).getUTCDay() || 7;
}

/** Calendar year of a day. */
export function yearOf(date: string): number {
  return Number.parseInt(date.slice(0, 4), 10);
}

/**
 * Easter Sunday of the Western churches, in the Gregorian calendar.
 * Source: the anonymous algorithm in Meeus, Astronomical Algorithms, chapter 8.
 */
export function easterSunday(year: number): string {
  const lunar = year % 19;
  const century = Math.floor(year / 100);
  const inCentury = year % 100;
  const correction = Math.floor((century - Math.floor((century + 8) / 25) + 1) / 3);
  const epact = (19 * lunar + century - Math.floor(century / 4) - correction + 15) % 30;
  const dominical = (32 + 2 * (century % 4) + 2 * Math.floor(inCentury / 4) - epact - (inCentury % 4)) % 7;
  const shift = Math.floor((lunar + 11 * epact + 22 * dominical) / 451);
  const dayOfMarch = epact + dominical - 7 * shift + 22;
  return addDays(`${String(year).padStart(4, '0')}-03-01`, dayOfMarch - 1);
}

/** The first day on which TARGET was open, and the first with ECB reference rates. */
export const FIRST_TARGET_DAY = '1999-01-04';

/**
 * Closing days of TARGET apart from Saturdays and Sundays:
 *
 * - 1999: New Year's Day and Christmas Day, and 31 December for the change to the year 2000;
 * - 2000 and 2001: also Good Friday, Easter Monday, 1 May and 26 December; in 2001 also 31 December, for the change to
 *   euro cash;
 * - since 2002: New Year's Day, Good Friday, Easter Monday, 1 May, Christmas Day and 26 December.
 *
 * Sources: ECB press releases of 15 July 1999 (1999 and 2000,
 * https://www.ecb.europa.eu/press/pr/date/1999/html/pr990715_1.en.html) and of 14 December 2000 (from 2002 on,
 * https://www.ecb.europa.eu/press/pr/date/2000/html/pr001214_4.en.html); that 31 December 2001 was closed, and the
 * other days of 2001 were those of 2000, is seen in the ECB's history of reference rates, with which a test compares
 * every day.
 */
function targetHolidays(year: number): ReadonlySet<string> {
  const days = new Set([`${year}-01-01`, `${year}-12-25`]);
  if (year >= 2000) {
    const easter = easterSunday(year);
    for (const day of [addDays(easter, -2), addDays(easter, 1), `${year}-05-01`, `${year}-12-26`])
      days.add(day);
  }
  if (year === 1999 || year === 2001) days.add(`${year}-12-31`);
  return days;
}

const holidaysByYear = new Map<number, ReadonlySet<string>>();

/** Whether TARGET is open on a day. False before it first opened, on 4 January 1999. */
export function isTargetDay(date: string): boolean {
  if (date < FIRST_TARGET_DAY || weekday(date) > 5) return false;
  const year = yearOf(date);
  let holidays = holidaysByYear.get(year);
  if (holidays === undefined) {
    holidays = targetHolidays(year);
    holidaysByYear.set(year, holidays);
  }
  return !holidays.has(date);
}

/** The day itself if TARGET is open on it, else the last open day before it; null before 4 January 1999. */
export function lastTargetDayOnOrBefore(date: string): string | null {
  for (let day = date; day >= FIRST_TARGET_DAY; day = addDays(day, -1)) if (isTargetDay(day)) return day;
  return null;
}

const targetDaysByYear = new Map<number, readonly string[]>();

function targetDaysOfYear(year: number): readonly string[] {
  let days = targetDaysByYear.get(year);
  if (days === undefined) {
    const open: string[] = [];
    const last = `${year}-12-31`;
    for (let day = `${year}-01-01`; day <= last; day = addDays(day, 1)) if (isTargetDay(day)) open.push(day);
    days = open;
    targetDaysByYear.set(year, days);
  }
  return days;
}

/** Number of TARGET days from one day to another, both included; 0 where `to` is before `from`. */
export function targetDaysBetween(from: string, to: string): number {
  let count = 0;
  const firstYear = Math.max(yearOf(from), yearOf(FIRST_TARGET_DAY));
  for (let year = firstYear; year <= yearOf(to); year += 1) {
    const days = targetDaysOfYear(year);
    const whole = from <= `${year}-01-01` && `${year}-12-31` <= to;
    count += whole ? days.length : days.filter((day) => from <= day && day <= to).length;
  }
  return count;
}

const berlin = new Intl.DateTimeFormat('en-GB', {
  timeZone: 'Europe/Berlin',
  hourCycle: 'h23',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
});

/** Day and time of day (HH:MM, 24 hours) in Frankfurt, where the ECB publishes: CET in winter, CEST in summer. */
export function timeInFrankfurt(now: Date): { readonly date: string; readonly time: string } {
  const parts = new Map(berlin.formatToParts(now).map((part) => [part.type, part.value]));
  const part = (type: Intl.DateTimeFormatPartTypes): string => parts.get(type) ?? '';
  return {
    date: `${part('year').padStart(4, '0')}-${part('month')}-${part('day')}`,
    time: `${part('hour')}:${part('minute')}`,
  };
}
