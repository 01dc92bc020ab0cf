import { DomainError } from '../errors.ts';

/*
 * Calendar days as ISO 8601 text (YYYY-MM-DD, proleptic Gregorian), which compares as text in the order of time.
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
  if (isIsoDate(text)) return text;
  const expected = 'a calendar day such as 2020-05-25';
  throw new DomainError('malformedDate', { text: text.slice(0, 80), expected });
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

/** The first day of the month so many months after that of a day. */
export function firstOfMonth(date: string, monthsLater: number): string {
  const months = 12 * yearOf(date) + monthOf(date) - 1 + monthsLater;
  return `${String(Math.floor(months / 12)).padStart(4, '0')}-${String((months % 12) + 1).padStart(2, '0')}-01`;
}

/** Number of months from the month of one day to that of another: 0 within one. */
export function monthsBetween(from: string, to: string): number {
  return 12 * (yearOf(to) - yearOf(from)) + monthOf(to) - monthOf(from);
}

function monthOf(date: string): number {
  return Number.parseInt(date.slice(5, 7), 10);
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

const formatters = new Map<string, Intl.DateTimeFormat>();

/** Day and time of day (HH:MM, 24 hours) in a time zone, by its IANA name. */
export function timeIn(timeZone: string, now: Date): { readonly date: string; readonly time: string } {
  let formatter = formatters.get(timeZone);
  if (formatter === undefined) {
    // Swedish writes days and times as ISO 8601 does.
    formatter = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' });
    formatters.set(timeZone, formatter);
  }
  const [date = '', time = ''] = formatter.format(now).split(' ');
  return { date: date.padStart(10, '0'), time };
}

/** The instant at which a clock in a time zone shows a day and time, away from the hours in which clocks change. */
export function instantIn(timeZone: string, date: string, time: string): Date {
  const asUtc = Date.parse(`${date}T${time}:00Z`);
  const shown = timeIn(timeZone, new Date(asUtc));
  return new Date(asUtc - (Date.parse(`${shown.date}T${shown.time}:00Z`) - asUtc));
}
