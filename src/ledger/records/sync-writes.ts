import { isDeepStrictEqual } from 'node:util';
import type BetterSqlite3 from 'better-sqlite3';
import { getTableColumns } from '../../store/query.ts';
import { indexRevision } from '../../store/sqlite/full-text.ts';
import type { Storage } from '../../store/sqlite/storage.ts';
import { recordRelations, records } from '../../store/tables/schema.ts';
import type { RecordContent } from './record.ts';
import type { States } from './relations.ts';
import { rowOfContent } from './rows.ts';

/** Who writes a revision, why, and when. */
export interface Recording {
  readonly author: string;
  readonly reason: string;
  /** ISO 8601 time in UTC with milliseconds. */
  readonly recordedAt: string;
}

type RecordRow = typeof records.$inferSelect;
/** The newest revision of a record: of a deleted one, its tombstone. */
export type NewestRevision = RecordRow;

interface Statements {
  readonly current: BetterSqlite3.Statement<[string], RecordRow>;
  readonly exists: BetterSqlite3.Statement<[string], number>;
  readonly newest: BetterSqlite3.Statement<[string], RecordRow>;
  readonly supersede: BetterSqlite3.Statement<[string, string, number]>;
  readonly insert: BetterSqlite3.Statement<[Record<string, unknown>], number>;
  readonly relate: BetterSqlite3.Statement<[string, number, string, string]>;
  readonly relations: BetterSqlite3.Statement<[string, number], RecordContent['relations'][number]>;
}

/** Prepared once for each connection: an import writes a hundred thousand rows. */
const STATEMENTS = new WeakMap<BetterSqlite3.Database, Statements>();

function statementsOf({ sqlite }: Storage): Statements {
  const known = STATEMENTS.get(sqlite);
  if (known !== undefined) return known;
  const columns = Object.entries(getTableColumns(records)).map(([key, { name }]) => ({ key, name }));
  const selected = columns.map(({ key, name }) => `"${name}" as "${key}"`).join(', ');
  const names = columns.map(({ name }) => `"${name}"`).join(', ');
  const values = columns
    .map(({ key }) =>
      key === 'sequence' ? '(select coalesce(max(sequence), 0) + 1 from records)' : `@${key}`,
    )
    .join(', ');
  const relations = getTableColumns(recordRelations);
  const statements: Statements = {
    current: sqlite.prepare(`select ${selected} from records where id = ? and superseded_at is null`),
    exists: sqlite.prepare<[string], number>('select 1 from records where id = ? limit 1').pluck(),
    newest: sqlite.prepare(`select ${selected} from records where id = ? order by revision desc limit 1`),
    supersede: sqlite.prepare('update records set superseded_at = ? where id = ? and revision = ?'),
    insert: sqlite.prepare(`insert into records (${names}) values (${values})`),
    relate: sqlite.prepare(
      `insert into record_relations (${relations.recordId.name}, ${relations.revision.name}, ${relations.kind.name}, ${relations.targetId.name}) values (?, ?, ?, ?)`,
    ),
    relations: sqlite.prepare(
      'select kind, target_id as record from record_relations where record_id = ? and revision = ?',
    ),
  };
  STATEMENTS.set(sqlite, statements);
  return statements;
}

/** The newest revision of a record of any kind, a tombstone included; undefined where there never was one. */
export function newestRevision(storage: Storage, id: string): NewestRevision | undefined {
  const { current, exists, newest } = statementsOf(storage);
  // The current revision is the newest one; a record without one was deleted, or never was. Looking for the newest in
  // order takes some twenty times as long, which an import would do for every row.
  const row = current.get(id);
  if (row !== undefined) return row;
  return exists.get(id) === undefined ? undefined : newest.get(id);
}

/** What a revision of a record states of others. */
export function relationsOfRevision(
  storage: Storage,
  id: string,
  revision: number,
): readonly StatedRelation[] {
  return statementsOf(storage).relations.all(id, revision);
}

/** Whether a record's newest revision already says what its author would write. */
export function saysTheSame(storage: Storage, newest: NewestRevision, content: RecordContent): boolean {
  if (newest.deleted !== 0) return false;
  const {
    revision,
    sequence: _,
    deleted: __,
    recordedAt: ___,
    supersededAt: ____,
    author,
    reason,
    ...stored
  } = newest;
  return (
    isDeepStrictEqual({ ...stored }, rowOfContent(content)) &&
    isDeepStrictEqual(
      sorted(statementsOf(storage).relations.all(content.id, revision)),
      sorted(content.relations),
    )
  );
}

/**
 * Records a further revision of a record, or its first. Inside a transaction, in which the caller has looked at what
 * `newestRevision` gives.
 * @returns the number of the revision
 */
export function writeRevision(
  storage: Storage,
  newest: NewestRevision | undefined,
  content: RecordContent,
  recording: Recording,
): number {
  const { insert, relate } = statementsOf(storage);
  supersede(storage, newest, recording);
  const revision = (newest?.revision ?? 0) + 1;
  const { lastInsertRowid: sequence } = insert.run({
    ...rowOfContent(content),
    ...recording,
    revision,
    deleted: 0,
    supersededAt: null,
  });
  for (const { kind, record } of content.relations) relate.run(content.id, revision, kind, record);
  indexRevision(storage, Number(sequence), {
    ...content,
    asStated: content.amount.asStated,
    phrase: content.evidence.phrase,
  });
  return revision;
}

/**
 * Records that a record is deleted: a last revision that never counts, with the content of the one before it. Inside a
 * transaction.
 * @returns the number of the tombstone's revision
 */
export function writeTombstone(storage: Storage, newest: NewestRevision, recording: Recording): number {
  supersede(storage, newest, recording);
  const revision = newest.revision + 1;
  const { sequence: _, ...row } = newest;
  statementsOf(storage).insert.run({
    ...row,
    ...recording,
    revision,
    deleted: 1,
    supersededAt: recording.recordedAt,
  });
  return revision;
}

function supersede(storage: Storage, newest: NewestRevision | undefined, { recordedAt }: Recording): void {
  if (newest !== undefined && newest.deleted === 0)
    statementsOf(storage).supersede.run(recordedAt, newest.id, newest.revision);
}

/**
 * Records what a seed file says: a first revision, or a new one where its content differs from the newest one. Does
 * nothing where it is the same, or where somebody else wrote the newest revision. Inside a transaction.
 * @returns the number of the revision that was written, or null
 */
export function writeSeedRecord(
  storage: Storage,
  content: RecordContent,
  recording: Recording,
): number | null {
  const newest = newestRevision(storage, content.id);
  if (newest !== undefined && (newest.author !== recording.author || saysTheSame(storage, newest, content)))
    return null;
  return writeRevision(storage, newest, content, recording);
}

type StatedRelation = RecordContent['relations'][number];

function sorted(relations: readonly StatedRelation[]): readonly StatedRelation[] {
  const key = ({ kind, record }: StatedRelation): string => `${kind} ${record}`;
  return relations.map(({ kind, record }) => ({ kind, record })).sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

const STATES = new WeakMap<BetterSqlite3.Database, States>();

export function relationsStated({ sqlite }: Storage): States {
  const known = STATES.get(sqlite);
  if (known !== undefined) return known;
  const statement = sqlite.prepare<[string, string, string]>(
    `select 1 from record_relations join records on records.id = record_id and records.revision = record_relations.revision
     where record_id = ? and record_relations.kind = ? and target_id = ? and superseded_at is null`,
  );
  const states: States = (id, kind, target) => statement.get(id, kind, target) !== undefined;
  STATES.set(sqlite, states);
  return states;
}
