import type { Conversion } from '../../domain/money/conversion.ts';
import { mapped } from '../../domain/steps.ts';
import { vintageOf } from '../../domain/vintage.ts';
import { inTurns } from '../../http/turns.ts';
import type { PageOf, PageRequest } from '../../store/keyset.ts';
import { pageOfRows } from '../../store/keyset.ts';
import { amountSortKey, sortKey } from '../../store/sort-key.ts';
import type { RecordKind } from '../../store/tables/schema.ts';
import type { ReadContext } from '../context.ts';
import type { ConversionRequest, ReasonNotConverted } from '../rates/conversions.ts';
import { conversionRequest, openConverter } from '../rates/conversions.ts';
import type { Conversions, NotComparedGroup } from './converted-pages.ts';
import { hasOneRateEach, notComparedAtOneRate, pageAtOneRate } from './converted-pages.ts';
import type { RecordFilters } from './filters.ts';
import type { LedgerRecord, RecordSortKey } from './record.ts';
import { listRecords, recordsToCompute, sortValue } from './repository.ts';
import type { Shown, ShownRecord } from './written.ts';

export interface ConvertedRecord extends LedgerRecord, Shown {
  readonly converted: Conversion | null;
  readonly notConverted: ReasonNotConverted | null;
}

/** A page, and what of its list has no amount to compare, where amounts are converted to compare them. */
type RecordPage = PageOf<ShownRecord | ConvertedRecord> & {
  readonly notCompared?: () => Promise<readonly NotComparedGroup[]>;
};

export async function pageOfRecords(
  view: ReadContext,
  kind: RecordKind,
  query: RecordFilters & Conversions,
  page: PageRequest<RecordSortKey>,
): Promise<RecordPage> {
  const conversion = conversionRequest(query);
  if (conversion === null) return listRecords(view.read, kind, query, page);
  if (!comparesConverted(query, page.sort)) {
    const stated = await listRecords(view.read, kind, query, page);
    const records = await inTurns(mapped(stated.records, ({ record }) => record));
    return { ...stated, records: await convertAll(view, records, conversion, query) };
  }
  if (!computesAll(query, page.sort)) {
    const found = await pageAtOneRate(view, kind, query, conversion, page);
    return {
      ...found,
      records: await convertAll(view, found.records, conversion, query),
      notCompared: () => notComparedAtOneRate(view, kind, query, conversion),
    };
  }
  const { records, notCompared } = await recordsConverted(view, kind, query, conversion);
  const found = await inTurns(
    pageOfRows(records, page, (record, key) =>
      key === 'amount' ? convertedSortKey(record) : sortValue(record, key),
    ),
  );
  return { ...found, notCompared: async () => notCompared };
}

function comparesConverted(
  query: RecordFilters & Conversions,
  sort: readonly { readonly key: string }[],
): boolean {
  return query.convertTo !== undefined && comparesAmounts(query, sort);
}

/**
 * Whether a list converts all its records for any page: what it compares has rates of its own in each record, or the
 * order of amounts is that within another order.
 */
export function computesAll(
  query: RecordFilters & Conversions,
  sort: readonly { readonly key: string }[],
): boolean {
  if (!comparesConverted(query, sort)) return false;
  const conversion = conversionRequest(query);
  return (
    conversion === null || !hasOneRateEach(conversion) || sort.slice(1).some(({ key }) => key === 'amount')
  );
}

export function comparesAmounts(
  { amountMin, amountMax }: RecordFilters,
  sort: readonly { readonly key: string }[],
): boolean {
  return amountMin !== undefined || amountMax !== undefined || sort.some(({ key }) => key === 'amount');
}

/** What a converted amount sorts and compares by; null where it could not be converted. */
function convertedSortKey({ converted }: ConvertedRecord): string | null {
  return converted === null ? null : amountSortKey(converted);
}

/**
 * Every record of some filters, converted, of which `amountMin` and `amountMax` are in the currency that is converted
 * into: where either is given, what has no amount in it is not among them.
 * @throws Problem `tooManyRecords`
 */
export async function recordsConverted(
  view: ReadContext,
  kind: RecordKind,
  query: RecordFilters & Conversions,
  conversion: ConversionRequest,
): Promise<{
  readonly records: readonly ConvertedRecord[];
  readonly notCompared: readonly NotComparedGroup[];
}> {
  const { amountMin, amountMax, ...filters } = query;
  const stated = await recordsToCompute(view, kind, filters);
  const [least, most] = [sortKey(amountMin ?? null), sortKey(amountMax ?? null)];
  const all = await convertAll(view, stated, conversion, query);
  const records = all.filter((record) => {
    const key = convertedSortKey(record);
    return (
      (least === null || (key !== null && key >= least)) && (most === null || (key !== null && key <= most))
    );
  });
  const notCompared = all
    .filter((record) => convertedSortKey(record) === null)
    .map((record) => ({ record, code: record.notConverted?.code ?? null, count: 1 }));
  return { records, notCompared };
}

/** What a record has of a conversion, if it was converted. */
export function conversionOf(record: object | ConvertedRecord): Partial<ConvertedRecord> {
  if (!('converted' in record)) return {};
  const { converted, notConverted } = record;
  return { converted, notConverted };
}

export async function convertAll(
  view: ReadContext,
  records: readonly (LedgerRecord & Shown)[],
  conversion: ConversionRequest,
  query: Conversions,
): Promise<readonly ConvertedRecord[]> {
  const stated = new Set(records.map(({ amount }) => amount.currency));
  const converter = await openConverter(view.rates, stated, conversion, vintageOf(view, query));
  return inTurns(mapped(records, (record) => ({ ...record, ...converter.tryConvert(record) })));
}

/** A record, converted where the query asks for it. @throws DomainError where it cannot be converted */
export async function convertIfAsked(
  view: ReadContext,
  record: LedgerRecord & Shown,
  query: Conversions,
): Promise<(LedgerRecord & Shown) | ConvertedRecord> {
  const conversion = conversionRequest(query);
  if (conversion === null) return record;
  const converter = await openConverter(
    view.rates,
    [record.amount.currency],
    conversion,
    vintageOf(view, query),
  );
  return { ...record, converted: converter.convert(record), notConverted: null };
}
