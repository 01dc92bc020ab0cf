import { organisations } from '../db/schema.ts';
import type { Reader } from '../db/storage.ts';

/** The English names of all organisations, by id. */
export async function organisationNames(read: Reader): Promise<ReadonlyMap<string, string>> {
  const rows = await read.select({ id: organisations.id, name: organisations.name }).from(organisations);
  return new Map(rows.map(({ id, name }) => [id, name]));
}
