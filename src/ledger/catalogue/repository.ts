import type { SQLiteColumn, SQLiteTable } from 'drizzle-orm/sqlite-core';
import type { PageOf, PageRequest } from '../../store/keyset.ts';
import { keysetPage } from '../../store/keyset.ts';
import { asc, eq, getTableColumns, getTableName, sql } from '../../store/query.ts';
import { isListed, preparedRows } from '../../store/sqlite/prepared.ts';
import type { Reader } from '../../store/sqlite/storage.ts';

/** A table of the catalogue: facts under an id and a name. */
export type NamedTable = SQLiteTable & { readonly id: SQLiteColumn; readonly name: SQLiteColumn };

/** The columns of a table that are shown. */
function shown(table: NamedTable, fields: readonly string[]): Record<string, SQLiteColumn> {
  const columns: Readonly<Record<string, SQLiteColumn>> = getTableColumns(table);
  return Object.fromEntries(Object.entries(columns).filter(([name]) => fields.includes(name)));
}

/** A page of a table of facts whose rows are answered as they stand, as far as they are shown. */
export function listNamed<Row extends { id: string; name: string }>(
  read: Reader,
  table: NamedTable,
  fields: readonly string[],
  page: PageRequest<'id' | 'name'>,
): Promise<PageOf<Row>> {
  return keysetPage<Row, 'id' | 'name'>(
    {
      where: undefined,
      columns: { id: table.id, name: table.name },
      valueOf: (row, key) => row[key],
      rows: (where, order, limit) =>
        read
          .select(shown(table, fields))
          .from(table)
          .where(where)
          .orderBy(...order)
          .limit(limit) as unknown as PromiseLike<Row[]>,
      total: (where) => read.$count(table, where),
    },
    page,
  );
}

export async function findNamed<Row>(
  read: Reader,
  table: NamedTable,
  fields: readonly string[],
  id: string,
): Promise<Row | undefined> {
  const [row] = await read.select(shown(table, fields)).from(table).where(eq(table.id, id));
  return row as Row | undefined;
}

/** Every id of a table of the catalogue, sorted. */
export async function allIds(
  read: Reader,
  table: NamedTable | (SQLiteTable & { readonly id: SQLiteColumn }),
): Promise<readonly string[]> {
  const rows = await read.select({ id: table.id }).from(table).orderBy(asc(table.id));
  return rows.map((row) => row.id as string);
}

/** Those of the given ids that the table does not have. */
export async function missingIds(
  read: Reader,
  table: SQLiteTable & { readonly id: SQLiteColumn },
  ids: readonly string[],
): Promise<readonly string[]> {
  const rows = await preparedRows(
    read,
    `ids of ${getTableName(table)}`,
    () =>
      read
        .select({ id: table.id })
        .from(table)
        .where(isListed(table.id, sql.placeholder('ids'))),
    { ids: JSON.stringify(ids) },
  );
  const held = new Set(rows.map(([id]) => id));
  return ids.filter((id) => !held.has(id));
}
