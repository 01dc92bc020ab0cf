import type { Column, Placeholder, SQL } from 'drizzle-orm';
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core';
import { and, gt, isNull, lte, or, sql } from './query.ts';
import type { RecordKind } from './tables/schema.ts';
import { records } from './tables/schema.ts';

/** A value, or the place of one in a prepared query. */
export type Bound = string | Placeholder;

/** A literal, not a parameter: it is the first column of every index. */
export function ofKind(kind: RecordKind): SQL {
  return sql`${records.kind} = ${sql.raw(`'${kind}'`)}`;
}

/**
 * Holds for the revisions that counted at a time: recorded by then, and not superseded by then.
 * @param asOf ISO 8601 time in UTC with milliseconds; null for now
 */
export function heldAt(
  asOf: Bound | null | undefined,
  { recordedAt, supersededAt }: Record<'recordedAt' | 'supersededAt', Column> = records,
): SQL | undefined {
  if (asOf == null) return isNull(supersededAt);
  return and(lte(recordedAt, asOf), or(isNull(supersededAt), gt(supersededAt, asOf)));
}

/** What a filter asks of a row. */
export interface Condition {
  readonly column: SQLiteColumn;
  /**
   * How the column's index finds the rows: by each of the `values` that the filter takes, in the default order; as one
   * `range`, in the order of the column; as one for each value, `ranges`; or not at all.
   */
  readonly indexUse: 'values' | 'range' | 'ranges' | 'none';
  /** @param column the condition's, or the same so that no index is taken for it */
  readonly holds: (column: SQLiteColumn | SQL, ...values: Bound[]) => SQL | undefined;
}

/** The filters of a query by name, with their values; those before others that are preferred to lead it. */
export type AppliedFilters = ReadonlyMap<string, Condition & { readonly values: readonly string[] }>;
