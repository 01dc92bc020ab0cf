import { findEntry, namesIn, SOURCES } from '../catalogue/repository.ts';
import type { Source } from '../catalogue/schemas.ts';
import type { ReadContext } from '../context.ts';
import type { convertAtEveryBasis } from '../rates/conversions.ts';
import type { ConvertedRecord } from './converted.ts';
import type { LedgerRecord } from './record.ts';

/** What the picture of a record is drawn of. */
export interface RecordPicture {
  /** With `converted` where a conversion was asked for. */
  readonly record: LedgerRecord | ConvertedRecord;
  readonly source: Source | undefined;
  /** Of its sector, region and measure. */
  readonly names: Readonly<Record<string, string>>;
  readonly datasetVersion: string;
}

/** What the picture of a record's conversions is drawn of. */
export interface ConversionsPicture extends RecordPicture {
  /** ISO 4217 code. */
  readonly to: string;
  readonly rows: Awaited<ReturnType<typeof convertAtEveryBasis>>;
}

export async function recordPicture(
  { read }: ReadContext,
  record: LedgerRecord | ConvertedRecord,
  lang: 'en' | 'zh',
): Promise<RecordPicture> {
  return {
    record,
    source: await findEntry(read, SOURCES, record.source),
    names: await namesOfRecord(lang, read, record),
    datasetVersion: read.version,
  };
}

/** The names of what a record is about, by id. */
export function namesById({ sector, region, measure, names }: LedgerRecord): RecordPicture['names'] {
  return { [measure]: names.measure, [sector]: names.sector, [region]: names.region };
}

/** The same in a language. */
export function namesOfRecord(
  lang: 'en' | 'zh',
  read: ReadContext['read'],
  record: LedgerRecord,
): Promise<RecordPicture['names']> {
  return namesIn(lang, read, namesById(record), [record]);
}
