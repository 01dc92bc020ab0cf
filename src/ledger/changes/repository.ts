import type { PageOf, PageRequest } from '../../store/keyset.ts';
import { newestSequence } from '../../store/ledger-state.ts';
import { and, asc, desc, gt, inArray, lt, lte } from '../../store/query.ts';
import type { Reader } from '../../store/store.ts';
import { entryRevisions, RECORD_KINDS, records } from '../../store/tables/schema.ts';
import { KINDS } from '../records/kinds.ts';
import type { Change, ChangesQuery } from './schemas.ts';
import { ENTRY_KINDS } from './schemas.ts';

export interface ChangePage extends PageOf<Change> {
  readonly position: number;
}

/** Changes after a position, in the order of writing. Writers take turns, so none comes to stand before one already read. */
export async function listChanges(
  read: Reader,
  { since: asked, kind, collection }: Pick<ChangesQuery, 'since' | 'kind' | 'collection'>,
  page: PageRequest<'position'>,
): Promise<ChangePage> {
  const kinds: readonly Change['kind'][] = kind ?? RECORD_KINDS;
  const newest = await newestSequence(read);
  const since = typeof asked === 'number' ? asked : await positionBefore(read, asked);
  const after = Number(page.after?.[0] ?? since);
  const recordKinds = RECORD_KINDS.filter((kind) => kinds.includes(kind));
  // An entry of the catalogue is of no collection.
  const types = kinds.flatMap((kind) =>
    kind in ENTRY_KINDS && collection === undefined ? ENTRY_KINDS[kind as EntryKind] : [],
  );
  const ofRecords = (position: number) =>
    and(
      gt(records.sequence, position),
      lte(records.sequence, newest),
      inArray(records.kind, recordKinds),
      collection && inArray(records.collectionId, collection),
    );
  const ofEntries = (position: number) =>
    and(
      gt(entryRevisions.sequence, position),
      lte(entryRevisions.sequence, newest),
      inArray(entryRevisions.type, types),
    );
  const shared = (table: typeof records | typeof entryRevisions) => ({
    position: table.sequence,
    id: table.id,
    revision: table.revision,
    deleted: table.deleted,
    recordedAt: table.recordedAt,
    author: table.author,
    reason: table.reason,
  });
  const limit = page.limit + 1;
  const recordRows =
    recordKinds.length === 0
      ? []
      : await read
          .select({ ...shared(records), kind: records.kind, collection: records.collectionId })
          .from(records)
          .where(ofRecords(after))
          .orderBy(asc(records.sequence))
          .limit(limit);
  const entryRows =
    types.length === 0
      ? []
      : await read
          .select({ ...shared(entryRevisions), type: entryRevisions.type })
          .from(entryRevisions)
          .where(ofEntries(after))
          .orderBy(asc(entryRevisions.sequence))
          .limit(limit);
  const found = [
    ...recordRows.map((row) => ({ ...row, path: `${KINDS[row.kind].path}/${row.id}` })),
    ...entryRows.map(({ type, ...row }) => {
      const kind = KIND_OF_TYPE.get(type) as EntryKind;
      return { ...row, kind, collection: null, path: `/v1/${kind}s/${row.id}` };
    }),
  ].toSorted((one, other) => one.position - other.position);
  const changes = found
    .slice(0, page.limit)
    .map(({ deleted, ...row }): Change => ({ ...row, deleted: deleted !== 0 }));
  const last = found.length > page.limit ? changes.at(-1)?.position : undefined;
  return {
    records: changes,
    next: last === undefined ? null : [last],
    // Where nothing more fits the filters, what lies in between need not be looked at again.
    position: last ?? Math.max(newest, after),
    count: page.count
      ? (recordKinds.length === 0 ? 0 : await read.$count(records, ofRecords(since))) +
        (types.length === 0 ? 0 : await read.$count(entryRevisions, ofEntries(since)))
      : undefined,
  };
}

type EntryKind = keyof typeof ENTRY_KINDS;
const KIND_OF_TYPE: ReadonlyMap<string, string> = new Map(
  Object.entries(ENTRY_KINDS).map(([kind, type]) => [type, kind]),
);

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
