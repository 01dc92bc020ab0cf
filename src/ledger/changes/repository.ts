import type { PageOf, PageRequest } from '../../store/keyset.ts';
import { newestSequence } from '../../store/ledger-state.ts';
import { and, asc, desc, gt, inArray, lt, lte } from '../../store/query.ts';
import type { Reader } from '../../store/store.ts';
import { records } from '../../store/tables/schema.ts';
import { KINDS } from '../records/kinds.ts';
import type { Change, ChangesQuery } from './schemas.ts';

export interface ChangePage extends PageOf<Change> {
  readonly position: number;
}

/** Changes after a position, in the order of writing. Writers take turns, so none comes to stand before one already read. */
export async function listChanges(
  read: Reader,
  { since: asked, kind, collection }: Pick<ChangesQuery, 'since' | 'kind' | 'collection'>,
  page: PageRequest<'position'>,
): Promise<ChangePage> {
  const newest = await newestSequence(read);
  const since = typeof asked === 'number' ? asked : await positionBefore(read, asked);
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
      path: `${KINDS[row.kind].path}/${row.id}`,
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

/** The position of the last change before a day: times and positions count up together, so the newest are looked at first. */
async function positionBefore(read: Reader, day: string): Promise<number> {
  const [last] = await read
    .select({ position: records.sequence })
    .from(records)
    .where(lt(records.recordedAt, day))
    .orderBy(desc(records.sequence))
    .limit(1);
  return last?.position ?? 0;
}
