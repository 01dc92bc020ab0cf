import type BetterSqlite3 from 'better-sqlite3';
import type { Storage } from '../../store/sqlite/storage.ts';
import type { RecordContent } from './record.ts';

/** Relations that are shown on both records, though one of them states it. */
export const SYMMETRIC: ReadonlySet<string> = new Set(['alsoStatedIn', 'conflictsWith']);

/** Whether the revision of a record that counts states a relation to another one. */
export type States = (id: string, kind: string, target: string) => boolean;

const STATEMENTS = new WeakMap<BetterSqlite3.Database, States>();

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
