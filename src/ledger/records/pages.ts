import { DomainError } from '../../domain/errors.ts';
import type { Amount } from '../../domain/money/amount.ts';
import { sameAmount } from '../../domain/money/amount.ts';
import type { Conversion } from '../../domain/money/conversion.ts';
import { readPhrase } from '../../domain/phrase/evidence.ts';
import { Problem, recordDeleted, recordNotFound } from '../../http/message/problem.ts';
import { didYouMean } from '../../http/message/suggestion.ts';
import { vantageOf } from '../../http/query/vintage.ts';
import type { PageOf, PageRequest } from '../../store/keyset.ts';
import { pageOfRows } from '../../store/keyset.ts';
import { amountSortKey, sortKey } from '../../store/sort-key.ts';
import type { RecordKind } from '../../store/tables/schema.ts';
import type { ReadContext } from '../context.ts';
import type { ConversionRequest, ReasonNotConverted } from '../rates/conversions.ts';
import { conversionRequest, openConverter } from '../rates/conversions.ts';
import type { EvidenceItem, ForecastListQuery } from './forecast-schemas.ts';
import type { LedgerRecord, RecordFilters, RecordSortKey } from './record.ts';
import {
  findRecord,
  findTombstone,
  firstRecordedAt,
  idsLike,
  listRecords,
  recordsUpTo,
  sortValue,
} from './repository.ts';

/*
 * What the lists and the single records of both kinds have in common: finding, converting, and reading their evidence.
 */

/** The most records that are computed with at once. */
export const MOST_COMPUTED = 5000;

/** A record with what `convertTo` adds to it. */
export interface ConvertedRecord extends LedgerRecord {
  readonly converted: Conversion | null;
  readonly notConverted: ReasonNotConverted | null;
}

type ConversionQuery = Pick<ForecastListQuery, 'convertTo' | 'rateBasis' | 'rateDate'> & {
  readonly knownAsOf?: string | undefined;
};

/**
 * Every record of some filters, for computing with all of them.
 * @throws Problem `tooManyRecords`
 */
export async function recordsToCompute(
  context: ReadContext,
  kind: RecordKind,
  filters: RecordFilters,
): Promise<readonly LedgerRecord[]> {
  const found = await recordsUpTo(context.storage.read, kind, filters, MOST_COMPUTED);
  if (found !== null) return found;
  throw new Problem(
    'tooManyRecords',
    `More than ${MOST_COMPUTED} records would have to be computed with. Narrow the filters.`,
  );
}

/** A page of records, converted where the query asks for it. */
export async function pageOfRecords(
  context: ReadContext,
  kind: RecordKind,
  query: RecordFilters & ConversionQuery,
  page: PageRequest<RecordSortKey>,
): Promise<PageOf<LedgerRecord | ConvertedRecord>> {
  const { read } = context.storage;
  const conversion = conversionRequest(query);
  if (conversion === null) return listRecords(read, kind, query, page);
  const comparesAmounts =
    query.amountMin !== undefined ||
    query.amountMax !== undefined ||
    page.sort.some(({ key }) => key === 'amount');
  if (!comparesAmounts) {
    const stated = await listRecords(read, kind, query, page);
    return { ...stated, records: await convertAll(context, stated.records, conversion, query) };
  }
  return pageOfRows(await recordsConverted(context, kind, query, conversion), page, (record, key) =>
    key === 'amount' ? convertedSortKey(record) : sortValue(record, key),
  );
}

/** What a converted amount sorts and compares by; null where it could not be converted. */
function convertedSortKey({ converted }: ConvertedRecord): string | null {
  return converted === null ? null : amountSortKey(converted);
}

/**
 * Every record of some filters, converted, of which `amountMin` and `amountMax` are in the currency that is converted
 * into: where either is given, what could not be converted is not among them.
 * @throws Problem `tooManyRecords`
 */
export async function recordsConverted(
  context: ReadContext,
  kind: RecordKind,
  query: RecordFilters & ConversionQuery,
  conversion: ConversionRequest,
): Promise<readonly ConvertedRecord[]> {
  const { amountMin, amountMax, ...filters } = query;
  const all = await recordsToCompute(context, kind, filters);
  const [least, most] = [sortKey(amountMin ?? null), sortKey(amountMax ?? null)];
  return (await convertAll(context, all, conversion, query)).filter((record) => {
    const key = convertedSortKey(record);
    return (
      (least === null || (key !== null && key >= least)) && (most === null || (key !== null && key <= most))
    );
  });
}

async function convertAll(
  context: ReadContext,
  records: readonly LedgerRecord[],
  conversion: ConversionRequest,
  query: ConversionQuery,
): Promise<readonly ConvertedRecord[]> {
  const stated = new Set(records.map(({ amount }) => amount.currency));
  const converter = await openConverter(context.rates, stated, conversion, vantageOf(context, query));
  return records.map((record) => ({ ...record, ...converter.tryConvert(record) }));
}

/** A record, converted where the query asks for it. @throws DomainError where it cannot be converted */
export async function convertIfAsked(
  context: ReadContext,
  record: LedgerRecord,
  query: ConversionQuery,
): Promise<LedgerRecord | ConvertedRecord> {
  const conversion = conversionRequest(query);
  if (conversion === null) return record;
  const converter = await openConverter(
    context.rates,
    [record.amount.currency],
    conversion,
    vantageOf(context, query),
  );
  return { ...record, converted: converter.convert(record), notConverted: null };
}

/**
 * The revision of a record that counts, or that counted at a time, of a document that had been published by a day.
 * @throws Problem 404 `recordNotFound`, `recordNotYetPublished`, 410 `recordDeleted`
 */
export async function requireRecord(
  context: ReadContext,
  kind: RecordKind,
  id: string,
  {
    knownAsOf,
    publishedAsOf,
  }: {
    readonly knownAsOf?: string | undefined;
    readonly publishedAsOf?: string | undefined;
  } = {},
): Promise<LedgerRecord> {
  const { read } = context.storage;
  const record = await findRecord(read, kind, id, knownAsOf);
  if (record === undefined) {
    const tombstone = await findTombstone(read, kind, id, knownAsOf);
    if (tombstone !== undefined) throw recordDeleted(kind, tombstone);
    const first = knownAsOf === undefined ? undefined : await firstRecordedAt(read, kind, id);
    // The code is what it was before there was such a record: an address with a past time answers alike for ever.
    if (first !== undefined) {
      throw new Problem(
        'recordNotFound',
        `At ${knownAsOf} this ledger did not hold the ${kind} ${JSON.stringify(id)}: it was first recorded at ${first}.`,
      );
    }
    throw recordNotFound(kind, id, didYouMean(id, await idsLike(read, kind, id)));
  }
  const { publishedOn } = record;
  if (publishedAsOf !== undefined && (publishedOn === null || publishedOn > publishedAsOf)) {
    const when =
      publishedOn === null ? 'its document has no known date' : `it was published on ${publishedOn}`;
    throw new Problem(
      'recordNotYetPublished',
      `The ${kind} ${JSON.stringify(id)} is not known to have been published by ${publishedAsOf}: ${when}.`,
    );
  }
  return record;
}

/** The words behind a record's figures, read again. */
export function evidenceOf(record: LedgerRecord): EvidenceItem[] {
  return [
    evidenceItem('amount', record),
    ...record.statedConversions.map((stated) => evidenceItem('statedConversion', stated)),
  ];
}

function evidenceItem(
  supports: EvidenceItem['supports'],
  { amount, evidence }: Pick<LedgerRecord, 'amount' | 'evidence'>,
): EvidenceItem {
  const reading = tryReading(evidence.phrase, amount);
  return {
    supports,
    stated: amount,
    evidence,
    reading,
    agrees: reading !== null && sameAmount(reading, amount),
  };
}

function tryReading(phrase: string, amount: Amount): Amount | null {
  try {
    return readPhrase(phrase, amount);
  } catch (error) {
    if (error instanceof DomainError) return null;
    throw error;
  }
}
