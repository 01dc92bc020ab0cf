import type { Reader } from '../../store/sqlite/storage.ts';
import { organisations } from '../../store/tables/schema.ts';

/** The English names of all organisations, by id. */
export async function organisationNames(read: Reader): Promise<ReadonlyMap<string, string>> {
  const rows = await read.select({ id: organisations.id, name: organisations.name }).from(organisations);
  return new Map(rows.map(({ id, name }) => [id, name]));
}
