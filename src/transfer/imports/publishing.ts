import type { RecordContent } from '../../ledger/records/record.ts';
import type { Recording } from '../../ledger/records/sync-writes.ts';
import { newestRevision, saysTheSame, writeRevision } from '../../ledger/records/sync-writes.ts';
import type { Storage, Writer } from '../../store/sqlite/storage.ts';
import type { FactRow, RevisionRow } from '../restore/restoring.ts';
import { restoreFact, restoreRevision } from '../restore/restoring.ts';
import type { CatalogueRow } from './catalogue-rows.ts';
import { addMissingText, compareWithHeld, writeCatalogueRow } from './catalogue-rows.ts';
import type { ImportResult } from './jobs.ts';
import { isStale } from './rows.ts';

/** A row as it is staged. */
export type StagedRow =
  | { readonly type: 'record'; readonly record: RecordContent; readonly revision: number | null }
  | { readonly type: 'revision'; readonly revision: RevisionRow }
  | { readonly type: 'fact'; readonly fact: FactRow }
  | CatalogueRow;

/** By what a row is told from every other row of its file. */
export function stagedKey(staged: StagedRow): string {
  if (staged.type === 'record') return staged.record.id;
  if (staged.type === 'revision') return `${staged.revision.id} ${staged.revision.revision}`;
  if (staged.type === 'fact') return `fact ${staged.fact.subject} ${staged.fact.id} ${staged.fact.revision}`;
  return `${staged.type} ${staged.row.id}`;
}

export type Tally = { -readonly [Key in keyof ImportResult]: ImportResult[Key] };

export function emptyTally(): Tally {
  return {
    added: 0,
    revised: 0,
    unchanged: 0,
    catalogueAdded: 0,
    catalogueUnchanged: 0,
    revisionsRestored: 0,
  };
}

const ROWS_AT_ONCE = 500;

/** The staged rows of a job, in their order. */
export function* stagedRows(
  { sqlite }: Storage,
  importId: string,
): Generator<{ readonly row: number; readonly staged: StagedRow }> {
  // A few at a time: while a statement is being stepped through, its connection cannot write.
  const some = sqlite.prepare<[string, number], { row: number; content: string }>(
    `select "row", content from import_rows where import_id = ? and "row" > ? order by "row" limit ${ROWS_AT_ONCE}`,
  );
  let after = 0;
  for (;;) {
    const rows = some.all(importId, after);
    for (const { row, content } of rows) yield { row, staged: JSON.parse(content) as StagedRow };
    const last = rows.at(-1);
    if (last === undefined) return;
    after = last.row;
  }
}

/**
 * Publishes a staged row, or only counts what publishing it would do. Inside the transaction that publishes all.
 * @param recording null for a dry run
 * @param options `replacing`: rows of the catalogue take the place of those that are held
 * @returns the code of what has happened to the record since it was staged, or null
 */
export function settleRow(
  storage: Storage,
  write: Writer,
  staged: StagedRow,
  recording: Recording | null,
  tally: Tally,
  { replacing = false }: { readonly replacing?: boolean } = {},
): 'recordDeleted' | 'recordOfOtherKind' | 'revisionDoesNotCount' | null {
  if (staged.type === 'revision') {
    if (recording !== null) restoreRevision(storage, staged.revision);
    tally.revisionsRestored += 1;
    return null;
  }
  if (staged.type === 'fact') {
    if (recording !== null) restoreFact(storage, staged.fact);
    tally.catalogueAdded += 1;
    return null;
  }
  if (staged.type !== 'record') {
    if (!replacing && compareWithHeld(storage, staged).held) {
      if (recording !== null) addMissingText(storage, staged);
      tally.catalogueUnchanged += 1;
    } else {
      // An export says when and by whom the ledger was told of it; a file of one's own does not.
      if (recording !== null) writeCatalogueRow(write, staged, replacing ? staged : recording, replacing);
      tally.catalogueAdded += 1;
    }
    return null;
  }
  const { record, revision } = staged;
  const newest = newestRevision(storage, record.id);
  if (newest !== undefined && newest.deleted !== 0) return 'recordDeleted';
  if (newest !== undefined && newest.kind !== record.kind) return 'recordOfOtherKind';
  if (newest !== undefined && saysTheSame(storage, newest, record)) {
    tally.unchanged += 1;
    return null;
  }
  if (isStale(storage, revision, newest, record)) return 'revisionDoesNotCount';
  if (recording !== null) writeRevision(storage, newest, record, recording);
  if (newest === undefined) tally.added += 1;
  else tally.revised += 1;
  return null;
}
