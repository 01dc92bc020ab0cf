import { sql } from '../query.ts';
import type { Dialect } from '../store.ts';

export const DIALECT: Dialect = {
  withoutIndex: (column) => sql`+${column}`,
  isListed: (column, list) => sql`${column} in (select value from json_each(${list}))`,
};
