import type { SQLiteColumn } from 'drizzle-orm/sqlite-core';
import type { Keyset, SortTerm } from './keyset.ts';
import type { AppliedFilters } from './revisions.ts';
import type { RecordKind } from './tables/schema.ts';
import { records } from './tables/schema.ts';

/** The records of a page are asked for by these: their values are the page's places. */
export const SORT_COLUMNS = {
  id: records.id,
  publishedOn: records.publishedOn,
  recordedAt: records.recordedAt,
  organisation: records.organisationId,
  sector: records.sectorId,
  measure: records.measureId,
  periodStart: records.periodStart,
  periodEnd: records.periodEnd,
  amount: records.amountSortKey,
} as const satisfies Readonly<Record<string, SQLiteColumn>>;
export type ColumnSortKey = keyof typeof SORT_COLUMNS;

/** What is asked of the records of a page. */
export interface RecordQuery {
  readonly kind: RecordKind;
  readonly filters: AppliedFilters;
  /** ISO 8601 time in UTC with milliseconds; null for now. */
  readonly asOf: string | null;
  readonly sort: readonly SortTerm<ColumnSortKey>[];
  readonly after: Keyset | null;
  readonly limit: number;
  /** How many records are soon sorted; for tests, in which a ledger has few of anything. */
  readonly few?: number;
}
