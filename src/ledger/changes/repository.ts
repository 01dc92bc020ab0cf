import type { PageOf, PageRequest } from '../../store/keyset.ts';
import { and, asc, gt, inArray, lte, sql } from '../../store/query.ts';
import type { Reader } from '../../store/store.ts';
import { records } from '../../store/tables/schema.ts';
import type { Change, ChangesQuery } from './schemas.ts';

const PATHS = { forecast: '/v1/forecasts', outcome: '/v1/outcomes' } as const;

export interface ChangePage extends PageOf<Change> {
  readonly position: number;
}

/** The newest position: that of the last revision written; 0 in an empty ledger. */
export async function newestPosition(read: Reader): Promise<number> {
  const [row] = await read.select({ newest: sql<number | null>`max(${records.sequence})` }).from(records);
  return row?.newest ?? 0;
}

/** Changes after a position, in the order of writing. Writers take turns, so none comes to stand before one already read. */
export async function listChanges(
  read: Reader,
  { since, kind, collection }: Pick<ChangesQuery, 'since' | 'kind' | 'collection'>,
  page: PageRequest<'position'>,
): Promise<ChangePage> {
  const newest = await newestPosition(read);
  const filters = and(
    kind && inArray(records.kind, kind),
    collection && inArray(records.collectionId, collection),
  );
  const after = Number(page.after?.[0] ?? since);
  const rows = await read
    .select({
      position: records.sequence,
      kind: records.kind,
      id: records.id,
      revision: records.revision,
      deleted: records.deleted,
      collection: records.collectionId,
      recordedAt: records.recordedAt,
      author: records.author,
      reason: records.reason,
    })
    .from(records)
    .where(and(gt(records.sequence, after), lte(records.sequence, newest), filters))
    .orderBy(asc(records.sequence))
    .limit(page.limit + 1);
  const changes = rows.slice(0, page.limit).map(
    ({ deleted, ...row }): Change => ({
      ...row,
      deleted: deleted !== 0,
      path: `${PATHS[row.kind]}/${row.id}`,
    }),
  );
  const last = rows.length > page.limit ? changes.at(-1)?.position : undefined;
  return {
    records: changes,
    next: last === undefined ? null : [last],
    // Where nothing more fits the filters, what lies in between need not be looked at again.
    position: last ?? Math.max(newest, after),
    count: page.count
      ? await read.$count(records, and(gt(records.sequence, since), lte(records.sequence, newest), filters))
      : undefined,
  };
}
