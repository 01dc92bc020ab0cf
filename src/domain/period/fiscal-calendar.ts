import { addDays, firstOfMonth } from './calendar.ts';

/** How a country's fiscal years run, and how they are named. */
export interface FiscalCalendar {
  /** Month in which they begin, 1 to 12. */
  readonly firstMonth: number;
  /** Which of its two calendar years names one alone: "FY2025" ends in 2025 in the United States, and begins in it in Japan. Null where both are in use. */
  readonly namedBy: 'first' | 'last' | null;
  /** Whether two years without a further word name one: "2025-26". */
  readonly isNamedByPair: boolean;
  /**
   * Of whom it holds: of everybody by law, of the nation as all speak of it but of companies of their own, or of the
   * government alone, as companies choose theirs.
   */
  readonly holdsFor: 'everybody' | 'allButCompanies' | 'government';
}

const APRIL = { firstMonth: 4, isNamedByPair: true } as const;
const CALENDAR_YEAR = { firstMonth: 1, namedBy: 'first', isNamedByPair: false } as const;

/**
 * By ISO 3166-1 code. Sources: Australia, Public Governance, Performance and Accountability Act 2013, section 8; China, Budget Law,
 * article 18; India, Companies Act 2013, section 2 (41); Japan, Public Finance Act, article 11; Korea, National Finance Act, article 2;
 * United Kingdom, HM Treasury, Managing public money; United States, 31 U.S.C. 1102.
 */
const CALENDARS: Readonly<Record<string, FiscalCalendar>> = {
  AU: { firstMonth: 7, namedBy: 'last', isNamedByPair: true, holdsFor: 'government' },
  CN: { ...CALENDAR_YEAR, holdsFor: 'government' },
  GB: { ...APRIL, namedBy: null, holdsFor: 'government' },
  IN: { ...APRIL, namedBy: 'last', holdsFor: 'everybody' },
  JP: { firstMonth: 4, namedBy: 'first', isNamedByPair: false, holdsFor: 'allButCompanies' },
  KR: { ...CALENDAR_YEAR, holdsFor: 'government' },
  US: { firstMonth: 10, namedBy: 'last', isNamedByPair: false, holdsFor: 'government' },
};

const GOVERNMENTS: ReadonlySet<string> = new Set(['government', 'legislature', 'party']);
const COMPANIES: ReadonlySet<string> = new Set(['company', 'stateOwnedEnterprise']);

/**
 * The fiscal calendar that figures of a country are of; null where it is not known, or whoever speaks may have their own.
 * @param region ISO 3166-1 alpha-2 code
 * @param speaker kind of the organisation that forecasts or reports; null where none is named or known
 */
export function fiscalCalendarOf(region: string, speaker: string | null): FiscalCalendar | null {
  const calendar = Object.hasOwn(CALENDARS, region) ? CALENDARS[region] : undefined;
  if (calendar === undefined) return null;
  const { holdsFor } = calendar;
  const holds =
    holdsFor === 'everybody' ||
    (holdsFor === 'government' ? GOVERNMENTS.has(speaker ?? '') : !COMPANIES.has(speaker ?? ''));
  return holds ? calendar : null;
}

/**
 * The first and the last day of some months of a fiscal year, counted from its first: 1 to 6 are its first half.
 * @param year the calendar year in which it begins
 */
export function fiscalMonths(
  { firstMonth }: FiscalCalendar,
  year: number,
  first: number,
  last: number,
): { readonly start: string; readonly end: string } {
  const begin = `${String(year).padStart(4, '0')}-${String(firstMonth).padStart(2, '0')}-01`;
  return { start: firstOfMonth(begin, first - 1), end: addDays(firstOfMonth(begin, last), -1) };
}
