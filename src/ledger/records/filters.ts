import type { SQL } from 'drizzle-orm';
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core';
import { and, sql } from '../../store/query.ts';
import type { Bound } from '../../store/revisions.ts';
import { heldAt, ofKind } from '../../store/revisions.ts';
import { sortKey } from '../../store/sort-key.ts';
import { foundBy } from '../../store/sqlite/full-text.ts';
import type { Reader } from '../../store/sqlite/storage.ts';
import type { RecordKind } from '../../store/tables/schema.ts';
import {
  collections,
  currencies,
  measures,
  records,
  regions,
  scopes,
  sectors,
  sources,
} from '../../store/tables/schema.ts';
import { withDescendants } from '../catalogue/sector-repository.ts';
import type { RecordFilters } from './record.ts';

/** Where the ids that queries of records take come from: those of the filters, and the currency to convert into. */
export const FILTERED_TABLES = {
  sector: sectors,
  source: sources,
  measure: measures,
  region: regions,
  collection: collections,
  scope: scopes,
  currency: currencies,
  convertTo: currencies,
} as const;

/** What a filter asks of a row. */
export interface Condition {
  readonly column: SQLiteColumn;
  /**
   * How the column's index finds the rows: by each of the `values` that the filter takes, in the default order; as one
   * `range`, in the order of the column; or not at all.
   */
  readonly found: 'values' | 'range' | 'never';
  /** The values that its query is given. */
  readonly bound: (filter: never) => readonly string[];
  /** @param column the condition's, or the same so that no index is taken for it */
  readonly holds: (column: SQLiteColumn | SQL, ...bound: Bound[]) => SQL | undefined;
}

function oneOf(column: SQLiteColumn): Condition {
  return {
    column,
    found: 'values',
    bound: (ids: readonly string[]) => ids,
    holds: (of, ...ids) => (ids.length === 1 ? sql`${of} = ${ids[0]}` : sql`${of} in ${ids}`),
  };
}

function atLeast(column: SQLiteColumn, bound = (value: string) => [value]): Condition {
  return { column, found: 'range', bound, holds: (of, value) => sql`${of} >= ${value}` };
}

function atMost(column: SQLiteColumn, bound = (value: string) => [value]): Condition {
  return { column, found: 'range', bound, holds: (of, value) => sql`${of} <= ${value}` };
}

function amountKey(amount: string): [string] {
  return [sortKey(amount) ?? ''];
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
  publishedFrom: atLeast(records.publishedOn),
  publishedTo: atMost(records.publishedOn),
  publishedAsOf: atMost(records.publishedOn),
  // A cumulative-to period begins at an unknown day, so a missing start excludes nothing; without any date there is no overlap to speak of.
  periodFrom: atLeast(records.periodEnd),
  periodTo: {
    column: records.periodStart,
    found: 'never',
    bound: (day: string) => [day],
    holds: (start, day) => sql`(${start} is null or ${start} <= ${day}) and ${records.periodEnd} is not null`,
  },
  // An index of amounts has those of one currency in order, which another filter names.
  amountMin: { ...atLeast(records.amountSortKey, amountKey), found: 'never' },
  amountMax: { ...atMost(records.amountSortKey, amountKey), found: 'never' },
  knownAsOf: atMost(records.recordedAt),
} as const satisfies Partial<Record<keyof RecordFilters, Condition>>;
export type ConditionName = keyof typeof CONDITIONS;

export function conditionOf(name: ConditionName): Condition {
  return CONDITIONS[name];
}

/** What is left of a query's filters once names are resolved: the values that each condition is given. */
export type FilterValues = ReadonlyMap<ConditionName, readonly string[]>;

/** The values of a query's filters, in the order of `CONDITIONS`. A sector stands for all below it. */
export async function filterValues(read: Reader, filters: RecordFilters): Promise<FilterValues> {
  const values = new Map<ConditionName, readonly string[]>();
  for (const name of Object.keys(CONDITIONS) as ConditionName[]) {
    const filter = filters[name];
    if (filter === undefined) continue;
    const { bound } = CONDITIONS[name] as { bound: (filter: unknown) => readonly string[] };
    // Each value is a range of its own: one that is named twice must not be read twice.
    const own = [...new Set(bound(filter))];
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
    ...[...values].map(([name, bound]) => conditionOf(name).holds(conditionOf(name).column, ...bound)),
    filters.q === undefined ? undefined : foundBy(filters.q),
  );
}
