import { createRequire } from 'node:module';
import type * as Orm from 'drizzle-orm';
import type * as SqliteCore from 'drizzle-orm/sqlite-core';

/*
 * The query builder: what builds a query, and nothing that runs one.
 */

/**
 * drizzle-orm through its CommonJS build. Node loads that in about 60 ms where the ES modules, several hundred small
 * files, take about 450 ms: half of what the server may need to start. The types are the same.
 */
const require = createRequire(import.meta.url);

export const {
  and,
  asc,
  count,
  desc,
  eq,
  exists,
  fillPlaceholders,
  getTableColumns,
  getTableName,
  gt,
  gte,
  inArray,
  isNotNull,
  isNull,
  like,
  lt,
  lte,
  ne,
  not,
  or,
  sql,
} = require('drizzle-orm') as typeof Orm;
export const {
  alias,
  check,
  foreignKey,
  index,
  integer,
  primaryKey,
  sqliteTable,
  text,
  unionAll,
  uniqueIndex,
} = require('drizzle-orm/sqlite-core') as typeof SqliteCore;

/** Values of a query's placeholders, by name. */
export type Bound = Readonly<Record<string, unknown>>;

/** A query that can be compiled; its rows are lists of values, in the order in which the query selects them. */
export interface Preparable {
  toSQL(): { readonly sql: string; readonly params: unknown[] };
}

/** Queries that read; always awaited. */
export interface QueryReader
  extends Pick<
    SqliteCore.BaseSQLiteDatabase<'async', unknown>,
    'select' | 'selectDistinct' | 'with' | '$with' | '$count'
  > {
  /**
   * The rows of a query that is built and compiled once for each connection and run again with other values: building
   * it takes several times as long as running it.
   * @param shape names the query among all that are asked; the same shape must build the same query. Null for a query
   *   that is built each time, with its values
   * @param build the query, with placeholders for all values in which queries of the shape differ
   */
  rows(shape: string | null, build: () => Preparable, bound: Bound): Promise<unknown[][]>;
}

/** The values of a row that could not be inserted, because another has its key. */
export function excluded(columns: Readonly<Record<string, Orm.Column>>): Record<string, Orm.SQL> {
  return Object.fromEntries(
    Object.entries(columns).map(([key, { name }]) => [key, sql`excluded.${sql.identifier(name)}`]),
  );
}
