import { pipeline, Readable } from 'node:stream';
import type { RateCalendar } from '../../../domain/money/rate-provider.ts';
import { openDaysBetween } from '../../../domain/money/rate-provider.ts';
import type { RateQuotation } from '../../../domain/money/rates.ts';
import { addDays, easterSunday, isIsoDate, weekday, yearOf } from '../../../domain/period/calendar.ts';
import { RateSourceError } from '../errors.ts';
import type { ByteSource, FetchedRates, FetchOptions, ProviderAdapter } from '../fetching.ts';
import { fetchRates, isFileUrl } from '../fetching.ts';

/* The reference rates of the European Central Bank: when they are set, where they are fetched, how they are read. */

const ID = 'ecb';
const BASE = 'EUR';
/** The first day on which TARGET, the Eurosystem's payment system, was open, and the first with rates. */
const FIRST_DAY = '1999-01-04';
/** Up to so many open days are asked for alone; for more, the history file is the lesser load. */
const MAX_RANGE_DAYS = 70;

/** Every rate since 1999 in one CSV file, in a zip archive of some 600 kB. */
const HISTORY = {
  url: 'https://www.ecb.europa.eu/stats/eurofxref/eurofxref-hist.zip',
  about: "Address of the ECB's history, zip or CSV, or of a copy: https or `file:///…`",
  orFile: true,
} as const;
/** The daily rates of all currencies in the data service (SDMX 2.1). */
const SERIES = {
  url: 'https://data-api.ecb.europa.eu/service/data/EXR/D..EUR.SP00.A',
  about: "Address of the ECB's data service, or a mirror of it",
};

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
 * other days of 2001 were those of 2000, is seen in the history, with which a test compares every day.
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

function isTargetDay(date: string): boolean {
  if (date < FIRST_DAY || weekday(date) > 5) return false;
  const year = yearOf(date);
  const holidays = holidaysByYear.get(year) ?? targetHolidays(year);
  holidaysByYear.set(year, holidays);
  return !holidays.has(date);
}

const calendar: RateCalendar = {
  firstDay: FIRST_DAY,
  isOpen: isTargetDay,
  daysWithoutRates: new Set(),
};

export const ecb: ProviderAdapter = {
  id: ID,
  name: 'European Central Bank',
  base: BASE,
  attribution: 'Source: ECB statistics',
  calendar,
  // Updated "at around 16:00 CET" (https://www.ecb.europa.eu/stats/policy_and_exchange_rates/euro_reference_exchange_rates/html/index.en.html);
  // they count as published half an hour later, for a late publication and the time that a sync takes.
  publishesAt: { place: 'Frankfurt', timeZone: 'Europe/Berlin', time: '16:05', dueAt: '16:30' },
  addresses: { RATES_HISTORY_URL: HISTORY, RATES_SERIES_URL: SERIES },
  fetch: async (from, to, { addresses, ...options }) => {
    const history = () => fetchHistory({ ...options, url: addresses.RATES_HISTORY_URL });
    const isNear = isFileUrl(addresses.RATES_HISTORY_URL);
    if (from === null || isNear || openDaysBetween(calendar, from, to) > MAX_RANGE_DAYS) return history();
    try {
      return await fetchRange({ ...options, from, to, url: addresses.RATES_SERIES_URL });
    } catch (error) {
      // The service has answered a valid query with 404 for days on end: the history file has the same rates.
      if (error instanceof RateSourceError && error.code === 'rateSourceNotFound') return history();
      throw error;
    }
  },
};

const MAX_RECORD_BYTES = 64 * 1024;
const CURRENCY_CODE = /^[A-Z]{3}$/;
const NO_RATE = new Set(['', 'N/A', 'NaN']);
const ENGLISH_DATE = /^(\d{1,2}) ([A-Z][a-z]+) (\d{4})$/;
const MONTHS = 'January February March April May June July August September October November December'.split(
  ' ',
);

/** A day as the ECB writes it, "2026-04-13" or "13 April 2026", as YYYY-MM-DD; null for anything else. */
function readDate(text: string): string | null {
  const [, day = '', month = '', year] = ENGLISH_DATE.exec(text) ?? [];
  const date =
    year === undefined
      ? text
      : `${year}-${String(MONTHS.indexOf(month) + 1).padStart(2, '0')}-${day.padStart(2, '0')}`;
  return isIsoDate(date) ? date : null;
}

/** @throws RateSourceError `rateSourceMalformed` */
function checkedDate(text: string): string {
  const date = readDate(text);
  if (date === null)
    throw new RateSourceError('rateSourceMalformed', { expected: 'a date', text: text.slice(0, 40) });
  return date;
}

/** Passes bytes on, unless they begin like a web page or a JSON document. */
async function* refuseOtherThanCsv(bytes: ByteSource): AsyncGenerator<Uint8Array> {
  let begun = false;
  for await (const chunk of bytes) {
    if (!begun) {
      const start = Buffer.from(chunk.subarray(0, 512))
        .toString('utf8')
        .replace(/^\uFEFF/, '')
        .trimStart();
      if (/^[<{[]/.test(start)) {
        throw new RateSourceError('rateSourceNotData', { expected: 'CSV', startsWith: start.slice(0, 40) });
      }
      begun = start !== '';
    }
    yield chunk;
  }
}

/** The records of a CSV text, fields trimmed, all of one length; the first is the header. */
async function* readRecords(bytes: ByteSource): AsyncGenerator<readonly string[]> {
  // Only a fetch needs the parser; every start reads this file.
  const { CsvError, parse } = await import('csv-parse');
  const parser = parse({ bom: true, trim: true, skip_empty_lines: true, max_record_size: MAX_RECORD_BYTES });
  // Errors of either side reach the loop below, through the parser.
  pipeline(Readable.from(refuseOtherThanCsv(bytes), { objectMode: false }), parser, () => undefined);
  try {
    for await (const record of parser) yield record;
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const detail = { csv: error.code, line: error.lines };
    throw new RateSourceError('rateSourceMalformed', detail, { cause: error });
  }
}

/**
 * Reads the history's CSV, or the daily one: a column `Date` and one a currency, in any order, with or without spaces,
 * with or without a comma at the end of a line. Yields the rates of a day at a time, as printed; a failure can come after
 * good days, and then nothing of it may be kept.
 * @throws RateSourceError `rateSourceNotData`, `rateSourceMalformed` (no header, a record of another length, a date
 * that is none), `rateSourceEmpty` (a header and no rate), and what the source of bytes throws
 */
export async function* parseHistoryCsv(bytes: ByteSource): AsyncGenerator<readonly RateQuotation[]> {
  let columns: readonly { readonly quote: string; readonly at: number }[] | undefined;
  let dateAt = -1;
  let days = 0;
  let quotations = 0;
  for await (const record of readRecords(bytes)) {
    if (columns === undefined) {
      dateAt = record.findIndex((name) => name.toLowerCase() === 'date');
      columns = record.flatMap((quote, at) => (at === dateAt || quote === '' ? [] : [{ quote, at }]));
      const names = columns.map(({ quote }) => quote);
      const strange = names.find((name, at) => !CURRENCY_CODE.test(name) || names.indexOf(name) !== at);
      if (dateAt === -1 || names.length === 0 || strange !== undefined) {
        throw new RateSourceError('rateSourceMalformed', {
          expected: 'a header with Date and currency codes',
          header: record.slice(0, 5),
          strange,
        });
      }
      continue;
    }
    const date = checkedDate(record[dateAt] ?? '');
    const day: RateQuotation[] = [];
    for (const { quote, at } of columns) {
      const rate = record[at] ?? '';
      if (!NO_RATE.has(rate)) day.push({ provider: ID, base: BASE, quote, date, rate });
    }
    days += 1;
    quotations += day.length;
    yield day;
  }
  if (columns === undefined)
    throw new RateSourceError('rateSourceMalformed', { expected: 'a header', found: 'nothing' });
  if (quotations === 0)
    throw new RateSourceError('rateSourceEmpty', { expected: 'a rate', currencies: columns.length, days });
}

const SDMX_COLUMNS = ['FREQ', 'CURRENCY', 'CURRENCY_DENOM', 'TIME_PERIOD', 'OBS_VALUE'] as const;

/**
 * Reads the data service's CSV (`format=csvdata`, with `detail=dataonly` or full), columns by header. Yields one
 * rate at a time. An empty text means that there are no data, and yields nothing.
 * @throws RateSourceError `rateSourceNotData`, `rateSourceMalformed` (a column missing, a series other than daily rates
 * for one euro, a date that is none), and what the source of bytes throws
 */
export async function* parseSdmxCsv(bytes: ByteSource): AsyncGenerator<readonly RateQuotation[]> {
  let places: readonly number[] | undefined;
  for await (const record of readRecords(bytes)) {
    if (places === undefined) {
      places = SDMX_COLUMNS.map((name) => record.indexOf(name));
      const missing = SDMX_COLUMNS.filter((name) => !record.includes(name));
      if (missing.length > 0) {
        throw new RateSourceError('rateSourceMalformed', { missing, header: record.slice(0, 8) });
      }
      continue;
    }
    const [frequency = '', quote = '', base = '', text = '', rate = ''] = places.map((at) => record[at]);
    if (frequency !== 'D' || base !== BASE || !CURRENCY_CODE.test(quote)) {
      throw new RateSourceError('rateSourceMalformed', {
        expected: 'daily rates for EUR',
        frequency,
        base,
        quote,
      });
    }
    const date = checkedDate(text);
    if (!NO_RATE.has(rate)) yield [{ provider: ID, base, quote, date, rate }];
  }
}

/**
 * Every reference rate since 1999, from the history file, a zip archive or the CSV in it. An archive is read to its end
 * before its text is: damage that has turned it into other text is worth another attempt, a text of another form is not.
 * @throws RateSourceError
 */
export async function fetchHistory({ url = HISTORY.url, ...options }: Options): Promise<FetchedRates> {
  const fetched = await fetchRates(
    { service: 'history', url, accept: 'application/zip, text/csv' },
    options,
    async function* (bytes, maxBytes) {
      const file = Buffer.concat(await Array.fromAsync(bytes));
      const { isZip, unzipSingleFile } = await import('../zip.ts');
      const csv = isZip(file) ? await Array.fromAsync(unzipSingleFile([file], { maxBytes })) : [file];
      yield* parseHistoryCsv(csv);
    },
  );
  return { ...fetched, isHistory: true };
}

type Options = Omit<FetchOptions, 'addresses'> & { readonly url?: string | undefined };

/** The address of the data service's answer for the days from one to another, both included. */
export function rangeUrl(from: string, to: string, url: string = SERIES.url): string {
  const address = new URL(url);
  address.search = new URLSearchParams({
    startPeriod: from,
    endPeriod: to,
    format: 'csvdata',
    detail: 'dataonly',
  }).toString();
  return address.href;
}

/**
 * The reference rates of the days from one to another, both included, from the data service; none where it has none.
 * The service also knows series that are not in the history file, such as the drachma's: unknown codes are the
 * caller's to keep out. Its wildcard query has failed with 404 for a while
 * (https://github.com/sdmx-twg/sdmx-rest/issues/258); the history file is what to fall back on.
 * @param options `url` is the series' address, without a query
 * @throws RateSourceError
 */
export async function fetchRange({
  from,
  to,
  url: address,
  ...options
}: Options & { readonly from: string; readonly to: string }): Promise<FetchedRates> {
  const url = rangeUrl(from, to, address);
  return fetchRates({ service: 'range', url, accept: 'text/csv' }, options, parseSdmxCsv);
}
