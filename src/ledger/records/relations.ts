import type BetterSqlite3 from 'better-sqlite3';
import { and, eq, isNull, sql } from '../../store/query.ts';
import { isListed } from '../../store/sqlite/prepared.ts';
import type { Storage } from '../../store/sqlite/storage.ts';
import type { Snapshot } from '../../store/store.ts';
import { recordRelations, records } from '../../store/tables/schema.ts';
import type { RecordContent } from './record.ts';

/** Relations that are shown on both records, though one of them states it. */
export const SYMMETRIC: ReadonlySet<string> = new Set(['alsoStatedIn', 'conflictsWith']);

/** Whether the current revision of a record states a relation to another one. */
export type States = (id: string, kind: string, target: string) => boolean;

/** What the current revisions of some records state. */
export async function relationsStatedBy(read: Snapshot, ids: readonly string[]): Promise<States> {
  const rows =
    ids.length === 0
      ? []
      : await read.rows(
          'relations stated',
          () =>
            read
              .select({
                id: recordRelations.recordId,
                kind: recordRelations.kind,
                target: recordRelations.targetId,
              })
              .from(recordRelations)
              .innerJoin(
                records,
                and(
                  eq(records.id, recordRelations.recordId),
                  eq(records.revision, recordRelations.revision),
                  isNull(records.supersededAt),
                ),
              )
              .where(isListed(recordRelations.recordId, sql.placeholder('ids'))),
          { ids: JSON.stringify(ids) },
        );
  const stated = new Set(rows.map((row) => row.join(' ')));
  return (id, kind, target) => stated.has(`${id} ${kind} ${target}`);
}

const STATEMENTS = new WeakMap<BetterSqlite3.Database, States>();

/** Being replaced by `relationsStatedBy`. */
export function relationsStated({ sqlite }: Storage): States {
  const known = STATEMENTS.get(sqlite);
  if (known !== undefined) return known;
  const statement = sqlite.prepare<[string, string, string]>(
    `select 1 from record_relations join records on records.id = record_id and records.revision = record_relations.revision
     where record_id = ? and record_relations.kind = ? and target_id = ? and superseded_at is null`,
  );
  const states: States = (id, kind, target) => statement.get(id, kind, target) !== undefined;
  STATEMENTS.set(sqlite, states);
  return states;
}

/**
 * The relations that a record is to state itself, of those that are shown of it: what the other record already says is
 * not said twice.
 */
export function ownRelations(
  { id, relations }: Pick<RecordContent, 'id' | 'relations'>,
  states: States,
): RecordContent['relations'] {
  return relations.filter(({ kind, record }) => {
    if (kind === 'drivenBy') return false;
    return !SYMMETRIC.has(kind) || states(id, kind, record) || !states(record, kind, id);
  });
}
