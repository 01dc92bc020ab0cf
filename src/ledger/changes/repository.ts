import type { SQL } from 'drizzle-orm';
import { pause } from '../../http/turns.ts';
import type { PageOf, PageRequest } from '../../store/keyset.ts';
import { newestSequence } from '../../store/ledger-state.ts';
import { and, asc, desc, eq, gt, inArray, lt, lte, or, sql } from '../../store/query.ts';
import type { Reader } from '../../store/store.ts';
import type { RecordKind } from '../../store/tables/schema.ts';
import { entryRevisions, RECORD_KINDS, records } from '../../store/tables/schema.ts';
import { conditionsOf } from '../records/filters.ts';
import { KINDS, recordFilters } from '../records/kinds.ts';
import type { Change, ChangeFilters, EntryKind } from './schemas.ts';
import { ENTRY_KINDS, entryTypesOf, recordKindsOf } from './schemas.ts';

export interface ChangePage extends PageOf<Change> {
  readonly position: number;
}

/** Changes after a position, in the order of writing. Writers take turns, so none comes to stand before one already read. */
export async function listChanges(
  read: Reader,
  query: ChangeFilters,
  page: PageRequest<'position'>,
): Promise<ChangePage> {
  const newest = await newestSequence(read);
  const since = await positionOf(read, query.since);
  const where = await whereOf(read, query);
  const after = Number(page.after?.[0] ?? since);
  const limit = page.limit + 1;
  const types = entryTypesOf(query);
  const ofEntries = (position: number) =>
    and(
      gt(entryRevisions.sequence, position),
      lte(entryRevisions.sequence, newest),
      inArray(entryRevisions.type, types),
    );
  const found: readonly Change[] = [
    ...(recordKindsOf(query).length === 0
      ? []
      : await changesBetween(read, { after, upTo: newest, where, limit })),
    ...(types.length === 0 ? [] : await entryChanges(read, ofEntries(after), limit)),
  ].toSorted((one, other) => one.position - other.position);
  const changes = found.slice(0, page.limit);
  const last = found.length > page.limit ? changes.at(-1)?.position : undefined;
  return {
    records: changes,
    next: last === undefined ? null : [last],
    // Where nothing more fits the filters, what lies in between need not be looked at again.
    position: last ?? Math.max(newest, after),
    count: page.count
      ? (await read.$count(records, and(gt(records.sequence, since), lte(records.sequence, newest), where))) +
        (types.length === 0 ? 0 : await read.$count(entryRevisions, ofEntries(since)))
      : undefined,
  };
}

const KIND_OF_TYPE: ReadonlyMap<string, string> = new Map(
  Object.entries(ENTRY_KINDS).map(([kind, type]) => [type, kind]),
);

async function entryChanges(read: Reader, where: SQL | undefined, limit: number): Promise<readonly Change[]> {
  const rows = await read
    .select({ ...columnsOf(entryRevisions), type: entryRevisions.type })
    .from(entryRevisions)
    .where(where)
    .orderBy(asc(entryRevisions.sequence))
    .limit(limit);
  return rows.map(({ type, deleted, ...row }) => {
    const kind = KIND_OF_TYPE.get(type) as EntryKind;
    return { ...row, deleted: deleted !== 0, kind, collection: null, path: `/v1/${kind}s/${row.id}` };
  });
}

/** What is told of any revision. */
function columnsOf(table: typeof records | typeof entryRevisions) {
  return {
    position: table.sequence,
    id: table.id,
    revision: table.revision,
    deleted: table.deleted,
    recordedAt: table.recordedAt,
    author: table.author,
    reason: table.reason,
  };
}

/** A change of a record. */
export type RecordChange = Change & { readonly kind: RecordKind };

/** The newest changes of records, the newest first. */
export async function newestChanges(
  read: Reader,
  query: ChangeFilters,
  limit: number,
): Promise<readonly RecordChange[]> {
  const after = await positionOf(read, query.since);
  const upTo = await newestSequence(read);
  return changesBetween(read, { after, upTo, where: await whereOf(read, query), limit, isNewestFirst: true });
}

/** So many revisions are looked at in a few milliseconds, which is how long others may be kept waiting. */
const LOOKED_AT_ONCE = 5000;

interface Stretch {
  readonly after: number;
  readonly upTo: number;
  readonly where: SQL | undefined;
  readonly limit: number;
  readonly isNewestFirst?: boolean;
}

/** The first changes of a stretch that fit; in turns with other requests, since few may. */
async function changesBetween(
  read: Reader,
  { after, upTo, where, limit, isNewestFirst = false }: Stretch,
): Promise<readonly RecordChange[]> {
  const changes: RecordChange[] = [];
  const order = isNewestFirst ? desc : asc;
  let [low, high] = [after, upTo];
  while (low < high && changes.length < limit) {
    const from = isNewestFirst ? Math.max(low, high - LOOKED_AT_ONCE) : low;
    const to = isNewestFirst ? high : Math.min(high, low + LOOKED_AT_ONCE);
    const rows = await read
      .select({ ...columnsOf(records), kind: records.kind, collection: records.collectionId })
      .from(records)
      .where(and(gt(records.sequence, from), lte(records.sequence, to), where))
      .orderBy(order(records.sequence))
      .limit(limit - changes.length);
    for (const { deleted, ...row } of rows)
      changes.push({ ...row, deleted: deleted !== 0, path: `${KINDS[row.kind].path}/${row.id}` });
    if (isNewestFirst) high = from;
    else low = to;
    await pause();
  }
  return changes;
}

/** What a query asks of a revision, by what the revision itself says. */
async function whereOf(read: Reader, query: ChangeFilters): Promise<SQL | undefined> {
  const { q, since: _, kind: __, ...filters } = query;
  const kinds = recordKindsOf(query);
  if (kinds.length === 0) return sql`1 = 0`;
  const ofKinds: (SQL | undefined)[] = [];
  for (const kind of kinds)
    ofKinds.push(and(eq(records.kind, kind), await conditionsOf(read, recordFilters(kind, filters))));
  const isAll = Object.values(filters).every((value) => value === undefined);
  return and(
    isAll ? (kinds.length < RECORD_KINDS.length ? inArray(records.kind, kinds) : undefined) : or(...ofKinds),
    q === undefined ? undefined : foundOrDeleted(read, q),
  );
}

/** A tombstone has no words of its own: it is found by those of what was deleted. */
function foundOrDeleted(read: Reader, q: string): SQL {
  const found = read.search.holds(q);
  const ids = read.select({ id: records.id }).from(records).where(found);
  return sql`(${found} or (${records.deleted} = 1 and ${records.id} in ${ids}))`;
}

async function positionOf(read: Reader, since: number | string): Promise<number> {
  return typeof since === 'number' ? since : positionBefore(read, since);
}

/**
 * The position of the last change before a time: times and positions count up together, so the newest are looked at first.
 * @param time ISO 8601 in UTC, or the beginning of one
 */
async function positionBefore(read: Reader, time: string): Promise<number> {
  const [last] = await read
    .select({ position: records.sequence })
    .from(records)
    .where(lt(records.recordedAt, time))
    .orderBy(desc(records.sequence))
    .limit(1);
  return last?.position ?? 0;
}
