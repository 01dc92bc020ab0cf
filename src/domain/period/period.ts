import { DomainError } from '../errors.ts';
import type { Given } from '../given.ts';
import { addDays, isIsoDate, monthsBetween, yearOf } from './calendar.ts';

/** What kind of time span a document gives a figure for. */
export const PERIOD_KINDS = ['year', 'window', 'cumulativeTo', 'perYear', 'unstated'] as const;

/**
 * The time span that a figure covers.
 *
 * - `year`: one calendar year ("in 2020").
 * - `window`: from a first to a last day: "2020-2025", "over the next five years", and what is a year or less and no
 *   calendar year, as "FY2025/26" (`years` 1), "H1 2024" and "Q3 2024" (`years` null). Or a stated number of years
 *   whose dates the document leaves open ("over five years": both dates null, `years` 5).
 * - `cumulativeTo`: all that comes until the end ("by 2025"); the start is not known.
 * - `perYear`: the figure is for each year ("USD 180bn a year"); the dates, where stated, say which years.
 * - `unstated`: neither date nor length.
 */
export interface Period {
  /** First day, ISO 8601 date, inclusive. */
  readonly start: string | null;
  /** Last day, ISO 8601 date, inclusive. */
  readonly end: string | null;
  readonly kind: (typeof PERIOD_KINDS)[number];
  /** Length in whole years, stated or derivable ("2020-2025" is six); null where it is neither. */
  readonly years: number | null;
  /** The words that state it, or null where there are none. */
  readonly asStated: string | null;
  /** Which of the dates the document does not state itself. */
  readonly inferred: readonly ('start' | 'end')[];
}

/** First and last day of a calendar year. */
export function calendarYear(year: number): { readonly start: string; readonly end: string } {
  const digits = String(year).padStart(4, '0');
  return { start: `${digits}-01-01`, end: `${digits}-12-31` };
}

/**
 * Number of whole years between two inclusive days, or null where the span is not a whole number of years:
 * 2020-01-01 to 2025-12-31 is six, 2019-06-06 to 2022-06-05 is three, 2022-01-01 to 2022-09-30 is none.
 */
export function wholeYears(start: string, end: string): number | null {
  const dayAfterEnd = addDays(end, 1);
  if (dayAfterEnd.slice(5) !== start.slice(5)) return null;
  const years = yearOf(dayAfterEnd) - yearOf(start);
  return years > 0 ? years : null;
}

/**
 * Number of whole months between two inclusive days, or null where the span is not a whole number of months: 2024-01-01 to
 * 2024-06-30 is six, 2024-01-15 to 2024-06-30 is none.
 */
export function wholeMonths(start: string, end: string): number | null {
  const dayAfterEnd = addDays(end, 1);
  if (dayAfterEnd.slice(8) !== start.slice(8)) return null;
  const months = monthsBetween(start, dayAfterEnd);
  return months > 0 ? months : null;
}

/**
 * A period of which parts were left out that follow from the others: its length from its dates, its kind from which of
 * them there are. What is given stays as it is, also where it is null.
 * @returns what `checkPeriod` is yet to look at; null where the words must be read
 */
export function completePeriod(given: Given<Period>): Period | null {
  const { start = null, end = null, years, asStated = null, inferred = [] } = given;
  const kind = given.kind ?? kindOfDates(start, end, years ?? null);
  if (kind === undefined) return null;
  const isOpen = start === null && end === null && (years ?? null) === null;
  if (isOpen && kind !== 'perYear' && kind !== 'unstated') return null;
  const length = start === null || end === null || kind === 'unstated' ? null : wholeYears(start, end);
  return { start, end, kind, years: years === undefined ? length : years, asStated, inferred };
}

function kindOfDates(
  start: string | null,
  end: string | null,
  years: number | null,
): Period['kind'] | undefined {
  if (start !== null && end !== null) {
    const year = calendarYear(yearOf(start));
    return start === year.start && end === year.end ? 'year' : 'window';
  }
  if (years !== null) return 'window';
  return start === null && end !== null ? 'cumulativeTo' : undefined;
}

/**
 * Checks that a period's dates and length are those which its kind allows.
 * @throws DomainError `inconsistentPeriod` naming the field
 */
export function checkPeriod(period: Period): Period {
  const { start, end, kind, years, inferred } = period;
  const refuse = (field: keyof Period, expected: string): never => {
    throw new DomainError('inconsistentPeriod', { field, kind, found: period[field], expected });
  };
  if (start !== null && !isIsoDate(start)) refuse('start', 'a calendar day such as 2020-01-01');
  if (end !== null && !isIsoDate(end)) refuse('end', 'a calendar day such as 2020-12-31');
  if (start !== null && end !== null && start > end) refuse('end', 'a day not before the start');
  if (years !== null && !(Number.isInteger(years) && years > 0)) refuse('years', 'a positive whole number');
  if (start !== null && end !== null && kind !== 'unstated' && years !== wholeYears(start, end)) {
    refuse('years', String(wholeYears(start, end)));
  }
  for (const field of inferred)
    if (period[field] === null) refuse('inferred', `only dates that are given, not ${field}`);
  switch (kind) {
    case 'year':
      if (start === null || !start.endsWith('-01-01')) refuse('start', 'the first day of the year');
      if (end === null || !end.endsWith('-12-31') || years !== 1)
        refuse('end', 'the last day of the same year');
      break;
    case 'window':
      if ((start === null || end === null) && years === null)
        refuse('years', 'a length, where a date is missing');
      break;
    case 'cumulativeTo':
      if (start !== null) refuse('start', 'null: "by 2025" does not say from when');
      if (end === null) refuse('end', 'the last day');
      if (years !== null) refuse('years', 'null: the length is not known without a start');
      break;
    case 'perYear':
      break;
    case 'unstated':
      if (start !== null) refuse('start', 'null');
      if (end !== null) refuse('end', 'null');
      if (years !== null) refuse('years', 'null');
      break;
  }
  return period;
}

/**
 * Checks that what is said to have come had come when its document was published. A document that names a year before
 * its last days is over may: what it says of it is preliminary.
 * @param publishedOn ISO date of the document, or null where it is not known
 * @throws DomainError `inconsistentPeriod` naming `end`
 */
export function checkRealisedPeriod(period: Period, publishedOn: string | null): Period {
  const { start, end, kind, years, inferred } = period;
  const isOver = publishedOn === null || end === null || end <= publishedOn;
  const isNamed =
    years === 1 && !inferred.includes('end') && publishedOn !== null && (start ?? '') <= publishedOn;
  if (isOver || isNamed) return period;
  const expected = `a day not after ${publishedOn}, on which the document was published: an outcome is what had come by then`;
  throw new DomainError('inconsistentPeriod', { field: 'end', kind, found: end, expected });
}
