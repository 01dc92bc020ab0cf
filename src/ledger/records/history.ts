import { asc, eq } from '../../store/query.ts';
import type { Reader } from '../../store/store.ts';
import type { RecordKind } from '../../store/tables/schema.ts';
import { recordRelations } from '../../store/tables/schema.ts';
import type { Revision } from '../revision-lists.ts';
import { differences } from '../revision-lists.ts';
import { KINDS } from './kinds.ts';
import type { LedgerRecord, RecordRelation } from './record.ts';
import { revisionsOf } from './repository.ts';
import { recordOfRow, valuesOfRow } from './rows.ts';

/**
 * Every revision of a record, oldest first, its tombstone included, each with what it changed.
 * @param asOf only those recorded by then, as they stood then: ISO 8601 time in UTC with milliseconds
 */
export async function listRevisions(
  read: Reader,
  kind: RecordKind,
  id: string,
  asOf?: string,
): Promise<readonly Revision[]> {
  const rows = (await revisionsOf(read, kind, id)).filter(
    ({ recordedAt }) => asOf === undefined || recordedAt <= asOf,
  );
  const relations = await read
    .select()
    .from(recordRelations)
    .where(eq(recordRelations.recordId, id))
    .orderBy(asc(recordRelations.kind), asc(recordRelations.targetId));
  let before: Readonly<Record<string, unknown>> | undefined;
  return rows.map((row) => {
    const deleted = row.deleted !== 0;
    const stated = relations
      .filter(({ revision }) => revision === row.revision)
      .map(
        ({ kind: relation, targetId }): RecordRelation => ({
          kind: relation as RecordRelation['kind'],
          record: targetId,
          impliedMultiplier: null,
        }),
      );
    // A tombstone says nothing of its own: what was deleted is what the revision before it says.
    const content = deleted ? before : contentOf(recordOfRow(valuesOfRow(row), stated));
    const changes = before === undefined || content === undefined ? [] : differences(before, content);
    before = content;
    const superseded = row.supersededAt;
    return {
      revision: row.revision,
      recordedAt: row.recordedAt,
      supersededAt: superseded !== null && asOf !== undefined && superseded > asOf ? null : superseded,
      author: row.author,
      reason: row.reason,
      deleted,
      changes,
    };
  });
}

/** Fields that the ledger adds to what an author says. */
const ADDED = new Set([
  'id',
  'revision',
  'recordedAt',
  'names',
  'revisedBy',
  'impliedRate',
  'impliedMultiplier',
]);

/** What its author says in a revision, under the names of its kind. */
function contentOf(record: LedgerRecord): Readonly<Record<string, unknown>> {
  const shown = JSON.stringify(KINDS[record.kind].toWire(record), (field, value: unknown) =>
    ADDED.has(field) ? undefined : value,
  );
  return JSON.parse(shown) as Readonly<Record<string, unknown>>;
}
