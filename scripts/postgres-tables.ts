import type { SQL } from 'drizzle-orm';
import { Column, getTableName, is } from 'drizzle-orm';
import type { AnyPgColumn, ExtraConfigColumn, PgColumnBuilderBase, PgTable } from 'drizzle-orm/pg-core';
import {
  bigint,
  check,
  customType,
  foreignKey,
  index,
  integer,
  pgTable,
  primaryKey,
  unique,
  uniqueIndex,
  varchar,
} from 'drizzle-orm/pg-core';
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core';
import { getTableConfig, SQLiteTable } from 'drizzle-orm/sqlite-core';
import * as declared from '../src/store/tables/schema.ts';

/*
 * The tables as PostgreSQL has them, for drizzle-kit: made of their one declaration. Text compares by code point, and
 * whole numbers have 64 bits, as in SQLite.
 */

const textByCodePoint = customType<{ data: string }>({ dataType: () => 'text COLLATE "C"' });

/** By their names, with their columns by name. */
const built = new Map<string, PgTable & Record<string, AnyPgColumn>>();

for (const table of Object.values(declared)) if (is(table, SQLiteTable)) tableOf(table);
// drizzle-kit takes each thing that this file exports for a table.
export const {
  apiKeys,
  catalogueNames,
  collections,
  currencies,
  datasetVersions,
  entryRevisions,
  factRevisions,
  idempotencyKeys,
  importRows,
  imports,
  ledgerState,
  measures,
  organisations,
  rateAverages,
  rateQuarantine,
  rateSeries,
  rateSyncs,
  rates,
  recordJson,
  recordRelations,
  recordTexts,
  records,
  regions,
  scopes,
  sectorDefinitions,
  sectors,
  seedFiles,
  sourceTexts,
  sources,
  unpublishedDays,
} = Object.fromEntries(
  Object.entries(declared).flatMap(([key, table]) =>
    is(table, SQLiteTable) ? [[key, built.get(getTableName(table))]] : [],
  ),
);

const bytea = customType<{ data: Uint8Array }>({ dataType: () => 'bytea' });

/** Files that servers keep for each other for a while, in parts. */
export const scratch = pgTable(
  'scratch',
  {
    name: textByCodePoint('name').notNull(),
    part: integer('part').notNull(),
    bytes: bytea('bytes').notNull(),
  },
  (table) => [primaryKey({ columns: [table.name, table.part] })],
);

/** What servers count together for a while; `expire` is in milliseconds since 1970. The migration makes it an unlogged table. */
export const rateLimits = pgTable('rate_limits', {
  key: varchar('key', { length: 255 }).primaryKey(),
  points: integer('points').notNull().default(0),
  expire: bigint('expire', { mode: 'number' }),
});

function tableOf(table: SQLiteTable): void {
  const { name, columns, indexes, checks, foreignKeys, primaryKeys } = getTableConfig(table);
  const made = pgTable(
    name,
    Object.fromEntries(columns.map((column) => [column.name, columnOf(column)])),
    (own) => {
      const all = (named: readonly { readonly name: string }[]) =>
        named.map((column) => own[column.name]) as unknown as [AnyPgColumn, ...AnyPgColumn[]];
      return [
        ...primaryKeys.map((key) => primaryKey({ name: key.getName(), columns: all(key.columns) })),
        ...columns
          .filter(({ isUnique }) => isUnique)
          .map((column) => unique(column.uniqueName).on(...all([column]))),
        // A constraint is made with its table: what refers to its columns comes next.
        ...indexes
          .filter(({ config }) => isConstraint(config))
          .map(({ config }) => unique(config.name).on(...all(config.columns as SQLiteColumn[]))),
        ...indexes
          .filter(({ config }) => !isConstraint(config))
          .map(({ config }) =>
            (config.unique ? uniqueIndex : index)(config.name)
              .on(...(config.columns.map((one) => indexed(own, one)) as [ExtraConfigColumn]))
              .where(config.where as SQL),
          ),
        ...checks.map((condition) => check(condition.name, condition.value)),
        ...foreignKeys.map((key) => {
          const { columns: from, foreignColumns, foreignTable } = key.reference();
          const target = built.get(getTableName(foreignTable));
          const to = foreignColumns.map((column) => target?.[column.name]) as [AnyPgColumn];
          return foreignKey({ name: key.getName(), columns: all(from), foreignColumns: to }).onDelete(
            'restrict',
          );
        }),
      ];
    },
  );
  built.set(name, made as PgTable & Record<string, AnyPgColumn>);
}

function isConstraint({
  unique: isUnique,
  where,
}: {
  readonly unique: boolean;
  readonly where?: unknown;
}): boolean {
  return isUnique && where === undefined;
}

function columnOf({ name, dataType, notNull, primary, default: value }: SQLiteColumn): PgColumnBuilderBase {
  const column = dataType === 'number' ? bigint(name, { mode: 'number' }) : textByCodePoint(name);
  if (notNull) column.notNull();
  if (primary) column.primaryKey();
  if (value !== undefined) column.default(value as never);
  return column;
}

/**
 * A column of an index. A falling one begins with missing values, PostgreSQL's default: read from either end, it has the
 * order that a query asks for by `asc` or `desc` alone.
 */
function indexed(own: Readonly<Record<string, ExtraConfigColumn>>, column: SQLiteColumn | SQL) {
  if (is(column, Column)) return own[column.name];
  const [falling, ...more] = column.queryChunks.filter((chunk) => is(chunk, Column)) as Column[];
  // Of several columns an expression is made.
  if (falling === undefined || more.length > 0) return column as unknown as ExtraConfigColumn;
  return own[falling.name]?.desc().nullsFirst();
}
