import type { SQLiteTable } from 'drizzle-orm/sqlite-core';
import type { Store } from '../../src/store/store.ts';

/** Every row of a table. */
export function rowsOf<Table extends SQLiteTable>(
  store: Store,
  table: Table,
): Promise<Table['$inferSelect'][]> {
  return store.snapshot(async (read) => (await read.select().from(table)) as Table['$inferSelect'][]);
}
