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

/** Queries that read; always awaited. */
export type QueryReader = Pick<
  SqliteCore.BaseSQLiteDatabase<'async', unknown>,
  'select' | 'selectDistinct' | 'with' | '$with' | '$count'
>;

/** The values of a row that could not be inserted, because another has its key. */
export function excluded(columns: Readonly<Record<string, Orm.Column>>): Record<string, Orm.SQL> {
  return Object.fromEntries(
    Object.entries(columns).map(([key, { name }]) => [key, sql`excluded.${sql.identifier(name)}`]),
  );
}
