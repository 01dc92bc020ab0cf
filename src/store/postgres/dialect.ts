import type { SQL } from 'drizzle-orm';
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core';
import { getTableName, sql } from '../query.ts';
import type { Dialect } from '../store.ts';

/** A JSON value as a column would have it. */
function asColumn(value: SQL, column: SQLiteColumn | SQL) {
  return 'dataType' in column && column.dataType === 'number'
    ? sql`(${value})::bigint`
    : sql`(${value}) collate "C"`;
}

export const DIALECT: Dialect = {
  // No index is of such a value. All columns that are asked for so are text.
  withoutIndex: (column) => sql`(${column} || '')`,
  // An array, for of a table without statistics, as in a new ledger's first import, a join would read all.
  isListed: (column, list) =>
    sql`${column} = any (array(select ${asColumn(sql`value`, column)} from jsonb_array_elements_text(${list}::jsonb) as listed(value)))`,
  jsonText: (column, key) => sql`((${column}::json ->> ${sql.raw(`'${key}'`)}) collate "C")`,
  listedRows: (table, columns, rows) => {
    const cells = columns.map((column, position) => {
      const cell = asColumn(sql`value ->> ${sql.raw(String(position))}`, column);
      return sql`${cell} as ${sql.identifier(column.name)}`;
    });
    return sql`(select place - 1 as "place", ${sql.join(cells, sql`, `)} from jsonb_array_elements(${rows}::jsonb) with ordinality as listed(value, place)) as ${sql.identifier(getTableName(table))}`;
  },
  plansByStatistics: true,
};
