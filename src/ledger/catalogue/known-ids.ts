import type { SQLiteColumn, SQLiteTable } from 'drizzle-orm/sqlite-core';
import type { RequestFault } from '../../http/message/problem.ts';
import { InvalidRequest } from '../../http/message/problem.ts';
import { didYouMean } from '../../http/message/suggestion.ts';
import type { Reader } from '../../store/sqlite/storage.ts';
import { allIds, missingIds } from './repository.ts';

const MOST_ALLOWED_LISTED = 50;

/**
 * Refuses a query that names an id which does not exist: an empty answer would look like "no such figures".
 * @param tables which table the id, or the ids, of each parameter come from
 * @throws InvalidRequest `unknownId` naming each, with the nearest one there is
 */
export async function requireKnownIds(
  read: Reader,
  tables: Readonly<Record<string, SQLiteTable & { readonly id: SQLiteColumn }>>,
  query: Readonly<Record<string, unknown>>,
): Promise<void> {
  const faults: RequestFault[] = [];
  for (const [name, table] of Object.entries(tables)) {
    const named = query[name] as string | readonly string[] | undefined;
    if (named === undefined) continue;
    const ids = typeof named === 'string' ? [named] : named;
    const missing = await missingIds(read, table, ids);
    if (missing.length === 0) continue;
    const known = await allIds(read, table);
    for (const id of missing) {
      const suggestion = didYouMean(id, known);
      faults.push({
        in: 'query',
        name,
        code: 'unknownId',
        message: `names ${JSON.stringify(id)}, which does not exist`,
        ...(known.length <= MOST_ALLOWED_LISTED ? { allowed: known } : {}),
        ...(suggestion === undefined ? {} : { suggestion }),
      });
    }
  }
  if (faults.length > 0) throw new InvalidRequest(faults);
}
