import { getTableName, sql } from '../query.ts';
import type { Dialect } from '../store.ts';

export const DIALECT: Dialect = {
  withoutIndex: (column) => sql`+${column}`,
  isListed: (column, list) => sql`${column} in (select value from json_each(${list}))`,
  jsonText: (column, key) => sql`${column} ->> ${sql.raw(`'${key}'`)}`,
  listedRows: (table, columns, rows) => {
    const cells = columns.map(
      ({ name }, position) => sql`value ->> ${sql.raw(String(position))} as ${sql.identifier(name)}`,
    );
    return sql`(select key as "place", ${sql.join(cells, sql`, `)} from json_each(${rows})) as ${sql.identifier(getTableName(table))}`;
  },
  plansByStatistics: false,
};
