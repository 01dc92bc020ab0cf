import type { Placeholder, SQL } from 'drizzle-orm';
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
export function heldAt(asOf: Bound | null | undefined, table = records): SQL | undefined {
  if (asOf == null) return isNull(table.supersededAt);
  return and(lte(table.recordedAt, asOf), or(isNull(table.supersededAt), gt(table.supersededAt, asOf)));
}
