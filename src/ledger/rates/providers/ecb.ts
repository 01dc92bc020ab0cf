import { pipeline, Readable } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import type { RateQuotation } from '../../../domain/money/rates.ts';
import { REFERENCE_BASE } from '../../../domain/money/rates.ts';
import { isIsoDate } from '../../../domain/period/calendar.ts';
import { RateSourceError } from '../errors.ts';
import type { ByteSource, FetchedRates, FetchOptions } from '../fetching.ts';
import { fetchRates } from '../fetching.ts';
import { unzipSingleCsv } from '../zip.ts';
import { ECB, ECB_HISTORY_URL, ECB_SERIES_URL } from './ecb-addresses.ts';

/*
 * The European Central Bank's reference rates: fetched and parsed, nothing more. What is stored, and what is kept out
 * of service, is decided elsewhere. A rate that is not a number is relayed as it stands, for `screen` to report.
 */

const MAX_RECORD_BYTES = 64 * 1024;
const CURRENCY_CODE = /^[A-Z]{3}$/;
const NO_RATE = new Set(['', 'N/A', 'NaN']);
const ENGLISH_DATE = /^(\d{1,2}) ([A-Z][a-z]+) (\d{4})$/;
const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

/** A day as the ECB writes it, "2026-04-13" or "13 April 2026", as YYYY-MM-DD; null for anything else. */
function readDate(text: string): string | null {
  const english = ENGLISH_DATE.exec(text);
  const [, day, month, year] = english ?? [];
  const date =
    day === undefined || month === undefined || year === undefined
      ? text
      : `${year}-${String(MONTHS.indexOf(month) + 1).padStart(2, '0')}-${day.padStart(2, '0')}`;
  return isIsoDate(date) ? date : null;
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
 * Reads the ECB's history and daily CSV: a column `Date` (ISO or "13 April 2026") and one a currency, in any order, with
 * or without spaces, with or without a comma at the end of a line. `N/A` and empty fields mean no rate. The daily file
 * has the same form. Yields the rates of one day at a time, as soon as they are read; a failure can come after good
 * days, and then nothing of it may be kept.
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
    const text = record[dateAt] ?? '';
    const date = readDate(text);
    if (date === null)
      throw new RateSourceError('rateSourceMalformed', { expected: 'a date', text: text.slice(0, 40) });
    const day: RateQuotation[] = [];
    for (const { quote, at } of columns) {
      const rate = record[at] ?? '';
      if (!NO_RATE.has(rate)) day.push({ provider: ECB, base: REFERENCE_BASE, quote, date, rate });
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
 * Reads the data service's CSV (`format=csvdata`, with `detail=dataonly` or full), columns by header. Yields one rate
 * at a time. An empty text means that there are no data, and yields nothing.
 * @throws RateSourceError `rateSourceNotData`, `rateSourceMalformed` (a column missing, a series other than daily rates
 * for one euro, a date that is none), and what the source of bytes throws
 */
export async function* parseSdmxCsv(bytes: ByteSource): AsyncGenerator<RateQuotation> {
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
    if (frequency !== 'D' || base !== REFERENCE_BASE || !CURRENCY_CODE.test(quote)) {
      throw new RateSourceError('rateSourceMalformed', {
        expected: 'daily rates for EUR',
        frequency,
        base,
        quote,
      });
    }
    const date = readDate(text);
    if (date === null)
      throw new RateSourceError('rateSourceMalformed', { expected: 'a date', text: text.slice(0, 40) });
    if (!NO_RATE.has(rate)) yield { provider: ECB, base, quote, date, rate };
  }
}

/**
 * Every reference rate since 1999, from the history file.
 * @throws RateSourceError
 */
export async function fetchHistory(options: FetchOptions = {}): Promise<FetchedRates> {
  return fetchRates(ECB_HISTORY_URL, 'application/zip', options, (bytes, maxBytes) =>
    parseHistoryZip(bytes, maxBytes),
  );
}

/**
 * Reads the history's zip. Where its text is not what it should be, the archive is read to its end first: damage on the
 * way, which its checksum tells, is `rateSourceDamaged` and worth another attempt, a text of another form is not.
 */
async function* parseHistoryZip(zip: ByteSource, maxBytes: number): AsyncGenerator<readonly RateQuotation[]> {
  const unpacked = unzipSingleCsv(zip, { maxBytes });
  let broken: { readonly error: unknown } | undefined;
  const next = async (): Promise<IteratorResult<Uint8Array, unknown>> => {
    try {
      return await unpacked.next();
    } catch (error) {
      broken ??= { error };
      throw error;
    }
  };
  try {
    // Without a `return`, so that a parser that stops early leaves the archive to be read on.
    yield* parseHistoryCsv({ [Symbol.asyncIterator]: () => ({ next }) });
  } catch (error) {
    while (broken === undefined && !(await next().catch(() => ({ done: true }))).done);
    throw broken === undefined ? error : broken.error;
  } finally {
    await unpacked.return(undefined);
  }
}

/** The address of the data service's answer for the days from one to another, both included. */
export function rangeUrl(from: string, to: string, url: string = ECB_SERIES_URL): string {
  const address = new URL(url);
  address.search = new URLSearchParams({
    startPeriod: from,
    endPeriod: to,
    format: 'csvdata',
    detail: 'dataonly',
  }).toString();
  return address.href;
}

async function* singly(quotations: AsyncIterable<RateQuotation>): AsyncGenerator<readonly RateQuotation[]> {
  for await (const quotation of quotations) yield [quotation];
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
  ...options
}: FetchOptions & { readonly from: string; readonly to: string }): Promise<FetchedRates> {
  const url = rangeUrl(from, to, options.url);
  return fetchRates(url, 'text/csv', { ...options, url }, (bytes) => singly(parseSdmxCsv(bytes)));
}
