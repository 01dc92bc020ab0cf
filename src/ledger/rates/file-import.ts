import { DomainError, unlessRefused } from '../../domain/errors.ts';
import { parseDecimal } from '../../domain/money/decimal.ts';
import { currentRateDate } from '../../domain/money/rate-provider.ts';
import { sameRate } from '../../domain/money/rate-screening.ts';
import type { RateQuotation } from '../../domain/money/rates.ts';
import { isIsoDate } from '../../domain/period/calendar.ts';
import { didYouMean } from '../../http/message/suggestion.ts';
import { eq } from '../../store/query.ts';
import type { Store, Transaction } from '../../store/store.ts';
import { currencies, rateSeries } from '../../store/tables/schema.ts';
import { RateFileError } from './errors.ts';
import type { ByteSource } from './fetching.ts';
import { importedProvider, RESERVED_IDS } from './provider.ts';
import type { WrittenDelivery } from './writes.ts';
import { screenDelivery, widenSeries, writeDelivery } from './writes.ts';

/* Rates of a provider of one's own, from a CSV file. */

const COLUMNS = ['date', 'base', 'quote', 'rate'] as const;
const PROVIDER_NAME = /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/;
const MOST_NAME_LENGTH = 40;
const MAX_RECORD_BYTES = 64 * 1024;

type Row = Readonly<Record<(typeof COLUMNS)[number], string>> & { readonly line: number };

export interface RateFile {
  /** By which conversions name the rates: small letters, digits and hyphens. */
  readonly provider: string;
  readonly bytes: ByteSource;
  readonly now: Date;
}

/**
 * Brings the rates of a file into the ledger, all or none: of a day not held a first revision, of another number a further
 * one, of the same nothing.
 * @throws RateFileError naming what is wrong, by line
 */
export async function importRates(
  store: Store,
  { provider: id, bytes, now }: RateFile,
): Promise<WrittenDelivery & { readonly rows: number }> {
  checkName(id);
  const rows = await readRows(bytes);
  return store.write(async (transaction) => {
    const quotations = await checkRows(transaction, id, rows, now);
    const { quarantined } = await screenDelivery(transaction, id, quotations);
    const faults = quarantined.map(({ quotation: { quote, date, rate }, comparedWith }) => {
      const { line = 0 } = rows.find((row) => row.quote === quote && row.date === date) ?? {};
      return `line ${line}: the rate ${rate} is more than ten times, or less than a tenth of, the one before it, ${comparedWith}; its decimal point may be wrong`;
    });
    if (faults.length > 0) throw new RateFileError(faults);
    await widenSeries(transaction, quotations);
    const written = await writeDelivery(transaction, id, now.toISOString(), quotations);
    return { rows: rows.length, ...written };
  });
}

function checkName(id: string): void {
  if (!PROVIDER_NAME.test(id) || id.length > MOST_NAME_LENGTH)
    throw new RateFileError([
      `--provider ${JSON.stringify(id)} is no name of a provider: small letters, digits and single hyphens, such as central-bank-of-taiwan, at most ${MOST_NAME_LENGTH}`,
    ]);
  if (RESERVED_IDS.includes(id))
    throw new RateFileError([
      `--provider ${id} is taken: its rates come from elsewhere. Give those of the file a name of their own`,
    ]);
}

/** @throws RateFileError */
async function readRows(bytes: ByteSource): Promise<readonly Row[]> {
  const [{ CsvError, parse }, { pipeline, Readable }] = await Promise.all([
    import('csv-parse'),
    import('node:stream'),
  ]);
  const parser = parse({
    ...{ bom: true, trim: true, skip_empty_lines: true, info: true, relax_column_count: true },
    max_record_size: MAX_RECORD_BYTES,
  });
  pipeline(Readable.from(bytes, { objectMode: false }), parser, () => undefined);
  let header: readonly string[] | undefined;
  const rows: Row[] = [];
  const faults: string[] = [];
  try {
    for await (const { record, info } of parser as AsyncIterable<{
      readonly record: readonly string[];
      readonly info: { readonly lines: number };
    }>) {
      if (header === undefined) {
        header = record.map((name) => name.toLowerCase());
        checkHeader(header);
        continue;
      }
      const line = info.lines;
      if (record.length !== header.length) {
        faults.push(`line ${line}: has ${record.length} fields, and the first line ${header.length}`);
        continue;
      }
      const [date = '', base = '', quote = '', rate = ''] = COLUMNS.map(
        (name) => record[header?.indexOf(name) ?? -1],
      );
      rows.push({ date, base, quote, rate, line });
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw new RateFileError([`line ${error.lines}: is no CSV: ${error.message}`]);
  }
  if (faults.length > 0) throw new RateFileError(faults);
  if (rows.length === 0)
    throw new RateFileError(['has no rates: a first line date,base,quote,rate, then a line a rate']);
  return rows;
}

/** @throws RateFileError */
function checkHeader(header: readonly string[]): void {
  const isRight = COLUMNS.every((name) => header.includes(name)) && header.length === COLUMNS.length;
  if (!isRight)
    throw new RateFileError([
      `line 1: names the columns ${JSON.stringify(header.join(','))}; right would be date,base,quote,rate, in any order`,
    ]);
}

/**
 * The rows as quotations, exact repetitions once.
 * @throws RateFileError
 */
async function checkRows(
  transaction: Transaction,
  provider: string,
  rows: readonly Row[],
  now: Date,
): Promise<readonly RateQuotation[]> {
  const codes = (await transaction.select({ id: currencies.id }).from(currencies)).map(({ id }) => id);
  const known = new Set(codes);
  const [held] = await transaction
    .select({ base: rateSeries.base })
    .from(rateSeries)
    .where(eq(rateSeries.provider, provider))
    .limit(1);
  const base = held?.base ?? rows[0]?.base ?? '';
  const { today } = currentRateDate(importedProvider({ id: provider, base }), now);
  const faults: string[] = [];
  const quotations = new Map<string, RateQuotation & { readonly line: number }>();
  for (const row of rows) {
    const { line, date, quote, rate } = row;
    const wrong = [
      ...(isIsoDate(date) ? [] : [`the date ${JSON.stringify(date)} is no day such as 2020-05-25`]),
      ...(isIsoDate(date) && date > today ? [`the date ${date} is in the future`] : []),
      ...[row.base, quote].flatMap((code) => (known.has(code) ? [] : [unknownCurrency(code, codes)])),
      ...(row.base === quote ? [`base and quote are both ${quote}`] : []),
      ...(row.base === base
        ? []
        : [
            `the base is ${row.base}, and that of ${provider} is ${base}: rates for one ${row.base} need a provider of their own`,
          ]),
      ...faultsOfRate(rate),
    ];
    const key = `${quote} ${date}`;
    const before = quotations.get(key);
    if (wrong.length === 0 && before !== undefined && !sameRate(before.rate, rate))
      wrong.push(`the rate ${rate} is another than that of line ${before.line}, ${before.rate}`);
    if (wrong.length > 0) faults.push(`line ${line}: ${wrong.join('; ')}`);
    else if (before === undefined) quotations.set(key, { provider, base, quote, date, rate, line });
  }
  if (faults.length > 0) throw new RateFileError(faults);
  return [...quotations.values()].map(({ line: _, ...quotation }) => quotation);
}

function unknownCurrency(code: string, codes: readonly string[]): string {
  const meant = didYouMean(code, codes);
  const hint = meant === undefined ? 'an ISO 4217 code such as TWD' : `did you mean ${meant}?`;
  return `${JSON.stringify(code)} is no currency: ${hint}`;
}

function faultsOfRate(rate: string): readonly string[] {
  const read = unlessRefused(() => parseDecimal(rate));
  if (read instanceof DomainError)
    return [`the rate ${JSON.stringify(rate)} is not ${String(read.data.expected)}`];
  return read.isPositive() && !read.isZero() ? [] : [`the rate ${rate} is not above zero`];
}
