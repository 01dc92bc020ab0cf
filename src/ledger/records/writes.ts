import { isDeepStrictEqual } from 'node:util';
import { newestSequence } from '../../store/ledger-state.ts';
import { and, eq, isNull, or, sql } from '../../store/query.ts';
import type { Reader, Transaction } from '../../store/store.ts';
import { recordRelations, records } from '../../store/tables/schema.ts';
import type { RecordContent } from './record.ts';
import { statementsOf } from './relations.ts';
import { contentOfRow, rowOfContent, valueIn, valuesOfRow } from './rows.ts';
import { writeMadeOf } from './written.ts';

/** The newest revision of a record: of a deleted one, its tombstone. */
export interface NewestRevision {
  readonly id: string;
  readonly kind: RecordContent['kind'];
  readonly revision: number;
  readonly deleted: boolean;
  /** ISO 8601 time in UTC with milliseconds. */
  readonly recordedAt: string;
  readonly author: string;
  readonly reason: string;
  /** What it says, with the relations that it states itself; of a tombstone, what was deleted, without relations. */
  readonly content: RecordContent;
}

export interface NewRevision {
  /** The revision that it follows; undefined for the first of a record. */
  readonly newest: NewestRevision | undefined;
  readonly content: RecordContent;
  /** Whether it is a tombstone, with the content of the revision before it. */
  readonly deleted?: boolean;
  readonly author: string;
  readonly reason: string;
}

const MOST_OF_SOURCE = 1000;

/** What records of a document say, of many the first thousand, without their relations. */
export async function recordsOfSource(read: Reader, source: string): Promise<readonly RecordContent[]> {
  const rows = await read
    .select()
    .from(records)
    .where(and(eq(records.sourceId, source), isNull(records.supersededAt)))
    .orderBy(records.id)
    .limit(MOST_OF_SOURCE);
  return rows.map((row) => contentOfRow(valuesOfRow(row), []));
}

/** The newest revisions of some records of any kind, by id; of a record that never was, nothing. */
export async function newestRevisions(
  read: Reader,
  ids: readonly string[],
): Promise<ReadonlyMap<string, NewestRevision>> {
  if (ids.length === 0) return new Map();
  // A record without a current revision was deleted, or never was: the newest by number is looked for in neither.
  const rows = await read.rows(
    'newest revisions',
    () =>
      read
        .select()
        .from(records)
        .where(
          and(
            read.dialect.isListed(records.id, sql.placeholder('ids')),
            or(isNull(records.supersededAt), eq(records.deleted, 1)),
          ),
        ),
    { ids: JSON.stringify(ids) },
  );
  const relations = Map.groupBy(await statementsOf(read, ids), ([, record]) => record);
  const newest = new Map<string, NewestRevision>();
  for (const values of rows) {
    const id = valueIn(values, 'id');
    const revision = valueIn(values, 'revision');
    if ((newest.get(id)?.revision ?? 0) > revision) continue;
    const own = (relations.get(id) ?? []).map(([kind, , record]) => ({ kind, record }));
    newest.set(id, {
      id,
      kind: valueIn(values, 'kind'),
      revision,
      deleted: valueIn(values, 'deleted') !== 0,
      recordedAt: valueIn(values, 'recordedAt'),
      author: valueIn(values, 'author'),
      reason: valueIn(values, 'reason'),
      content: contentOfRow(values, own),
    });
  }
  return newest;
}

/** Whether a record's newest revision already says what its author would write. */
export function saysTheSame({ deleted, content }: NewestRevision, other: RecordContent): boolean {
  return (
    !deleted &&
    isDeepStrictEqual(rowOfContent(content), rowOfContent(other)) &&
    isDeepStrictEqual(relationsInOrder(content), relationsInOrder(other))
  );
}

function relationsInOrder({ relations }: RecordContent): readonly string[] {
  return relations.map(({ kind, record }) => `${kind} ${record}`).sort();
}

/**
 * Writes revisions, each of another record: first ones, further ones, and tombstones. The caller has looked at what
 * `newestRevisions` gives in the same transaction.
 * @returns the sequence of each
 */
export async function appendRevisions(
  transaction: Transaction,
  revisions: readonly NewRevision[],
): Promise<readonly number[]> {
  if (revisions.length === 0) return [];
  const { recordedAt } = transaction;
  const superseded = revisions.flatMap(({ newest }) =>
    newest === undefined || newest.deleted ? [] : [newest.id],
  );
  if (superseded.length > 0) {
    await transaction
      .update(records)
      .set({ supersededAt: recordedAt })
      .where(
        and(
          transaction.dialect.isListed(records.id, JSON.stringify(superseded)),
          isNull(records.supersededAt),
        ),
      );
  }
  const first = (await newestSequence(transaction)) + 1;
  const written = revisions.map(({ newest, content, deleted = false, author, reason }, place) => ({
    ...rowOfContent(content),
    sequence: first + place,
    revision: (newest?.revision ?? 0) + 1,
    deleted: deleted ? 1 : 0,
    recordedAt,
    // A tombstone never counts.
    supersededAt: deleted ? recordedAt : null,
    author,
    reason,
  }));
  await transaction.insertRows(records, written);
  const counting = revisions.flatMap(({ content, deleted = false }, place) => {
    const row = written[place];
    return deleted || row === undefined ? [] : [{ content, row }];
  });
  await transaction.insertRows(
    recordRelations,
    counting.flatMap(({ content, row }) =>
      content.relations.map(({ kind, record }) => ({
        recordId: row.id,
        revision: row.revision,
        kind,
        targetId: record,
      })),
    ),
  );
  await writeMadeOf(
    transaction,
    counting.map(({ row }) => row.sequence),
  );
  return written.map(({ sequence }) => sequence);
}
