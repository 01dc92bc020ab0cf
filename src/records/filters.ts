import type { Placeholder, SQL } from 'drizzle-orm';
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core';
import { and, gt, gte, isNull, lte, or, sql } from '../db/drizzle.ts';
import type { RecordKind } from '../db/schema.ts';
import {
  collections,
  currencies,
  measures,
  records,
  regions,
  scopes,
  sectors,
  sources,
} from '../db/schema.ts';
import { sortKey } from '../db/sort-key.ts';
import type { Reader } from '../db/storage.ts';
import { withDescendants } from '../sectors/repository.ts';
import { foundBy } from './full-text.ts';
import type { RecordFilters } from './record.ts';

/** Where the ids that the filters take come from. */
export const FILTERED_TABLES = {
  sector: sectors,
  source: sources,
  measure: measures,
  region: regions,
  collection: collections,
  scope: scopes,
  currency: currencies,
} as const;

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

/** What a filter asks of a row. */
export interface Condition {
  /** The values that its query is given. */
  readonly values: (filter: never) => readonly string[];
  readonly holds: (...bound: Bound[]) => SQL | undefined;
  /** The column of which a filter names the values it takes: there is an index for each, in the default order. */
  readonly column?: SQLiteColumn;
}

/** Holds where a column, or what is computed of one, has one of some values. */
export function isOneOf(column: SQLiteColumn | SQL, bound: readonly Bound[]): SQL {
  return bound.length === 1 ? sql`${column} = ${bound[0]}` : sql`${column} in ${bound}`;
}

function oneOf(column: SQLiteColumn): Condition {
  return {
    values: (ids: readonly string[]) => ids,
    holds: (...ids) => isOneOf(column, ids),
    column,
  };
}

function compared(holds: (bound: Bound) => SQL | undefined): Condition {
  return { values: (value: string) => [value], holds: (bound = '') => holds(bound) };
}

/** Filters that hold for rows one by one, each with what it asks of a row. */
export const CONDITIONS = {
  source: oneOf(records.sourceId),
  organisation: oneOf(records.organisationId),
  sector: oneOf(records.sectorId),
  collection: oneOf(records.collectionId),
  measure: oneOf(records.measureId),
  region: oneOf(records.regionId),
  currency: oneOf(records.amountCurrency),
  scope: oneOf(records.scopeId),
  qualifier: oneOf(records.amountQualifier),
  confidence: oneOf(records.confidence),
  publishedFrom: compared((day) => gte(records.publishedOn, day)),
  publishedTo: compared((day) => lte(records.publishedOn, day)),
  publishedAsOf: compared((day) => lte(records.publishedOn, day)),
  // A cumulative-to period begins at an unknown day, so a missing start excludes nothing; without any date there is no overlap to speak of.
  periodFrom: compared((day) => gte(records.periodEnd, day)),
  periodTo: compared((day) =>
    and(
      or(isNull(records.periodStart), lte(records.periodStart, day)),
      sql`${records.periodEnd} is not null`,
    ),
  ),
  amountMin: {
    values: (amount: string) => [sortKey(amount) ?? ''],
    holds: (key = '') => gte(records.amountSortKey, key),
  },
  amountMax: {
    values: (amount: string) => [sortKey(amount) ?? ''],
    holds: (key = '') => lte(records.amountSortKey, key),
  },
} as const satisfies Partial<Record<keyof RecordFilters, Condition>>;
export type ConditionName = keyof typeof CONDITIONS;

/** What is left of a query's filters once names are resolved: the values that each condition is given. */
export type FilterValues = ReadonlyMap<ConditionName, readonly string[]>;

/** The values of a query's filters, in the order of `CONDITIONS`. A sector stands for all below it. */
export async function filterValues(read: Reader, filters: RecordFilters): Promise<FilterValues> {
  const values = new Map<ConditionName, readonly string[]>();
  for (const name of Object.keys(CONDITIONS) as ConditionName[]) {
    const filter = filters[name];
    if (filter === undefined) continue;
    const { values: valuesOf } = CONDITIONS[name] as { values: (filter: unknown) => readonly string[] };
    const own = valuesOf(filter);
    const isWhole = name === 'sector' && filters.sectorOnly !== true;
    values.set(name, isWhole ? await withDescendants(read, own, filters.knownAsOf) : own);
  }
  return values;
}

/** The condition of a list: revisions of a kind that counted at the time asked for and that every given filter holds for. */
export async function matching(
  read: Reader,
  kind: RecordKind,
  filters: RecordFilters,
): Promise<SQL | undefined> {
  const values = await filterValues(read, filters);
  return and(
    ofKind(kind),
    heldAt(filters.knownAsOf),
    ...[...values].map(([name, bound]) => (CONDITIONS[name] as Condition).holds(...bound)),
    filters.q === undefined ? undefined : foundBy(filters.q),
  );
}
