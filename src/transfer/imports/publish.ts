import { entryKey, heldEntries, writeEntries, writeTexts } from '../../ledger/catalogue/writes.ts';
import type { RecordContent } from '../../ledger/records/record.ts';
import type { NewestRevision, NewRevision } from '../../ledger/records/writes.ts';
import { appendRevisions, newestRevisions, saysTheSame } from '../../ledger/records/writes.ts';
import type { Snapshot } from '../../store/store.ts';
import type { EntryRow } from '../entry-rows.ts';
import type { ImportRules, LateFault, Publication, Publisher, RowHandling, Tally } from '../row-handling.ts';
import type { StagedContent } from './check.ts';
import { isStale } from './check.ts';

export function createRecordPublishing({ held }: ImportRules): Pick<RowHandling, 'publication'> {
  return {
    publication: async (read, rows, publisher, tally) => {
      const contents = rows.map(({ row, content }) => ({ row, ...(content as StagedContent) }));
      const writeNewEntries = await entriesToWrite(
        read,
        contents.flatMap(({ entry }) => entry ?? []),
        publisher,
        held,
        tally,
      );
      const { faults, revisions } = await revisionsToWrite(
        read,
        contents.flatMap(({ row, record, ...more }) =>
          record === undefined ? [] : [{ row, record, revision: 'revision' in more ? more.revision : null }],
        ),
        publisher,
        held,
        tally,
      );
      return {
        faults,
        write: async (transaction) => {
          await writeNewEntries(transaction);
          await appendRevisions(transaction, revisions);
        },
      };
    },
  };
}

async function entriesToWrite(
  read: Snapshot,
  entries: readonly EntryRow[],
  { author }: Publisher,
  held: ImportRules['held'],
  tally: Tally,
): Promise<Publication['write']> {
  const known = held === 'stay' ? await heldEntries(read, entries) : new Map<string, readonly string[]>();
  const written = entries.filter((entry) => !known.has(entryKey(entry)));
  tally.catalogueAdded += written.length;
  tally.catalogueUnchanged += entries.length - written.length;
  return async (transaction) => {
    const first = { author, recordedAt: transaction.recordedAt };
    await writeEntries(
      transaction,
      written.map((entry) => ({ ...entry, first })),
      held,
    );
    // The text of a document may have been missing.
    await writeTexts(
      transaction,
      entries.filter((entry) => known.has(entryKey(entry))),
    );
  };
}

async function revisionsToWrite(
  read: Snapshot,
  rows: readonly { readonly row: number; readonly record: RecordContent; readonly revision: number | null }[],
  { author, reason }: Publisher,
  held: ImportRules['held'],
  tally: Tally,
): Promise<{ readonly faults: readonly LateFault[]; readonly revisions: readonly NewRevision[] }> {
  const newestOf = await newestRevisions(
    read,
    rows.map(({ record }) => record.id),
  );
  const faults: LateFault[] = [];
  const revisions: NewRevision[] = [];
  for (const { row, record, revision } of rows) {
    const newest = newestOf.get(record.id);
    const isOthers = held === 'replacedIfSeeded' && newest !== undefined && newest.author !== author;
    if (isOthers || (newest !== undefined && saysTheSame(newest, record))) {
      tally.unchanged += 1;
      continue;
    }
    const code = changeSince(newest, record, revision);
    if (code !== null) {
      const message =
        'names a record that was deleted, revised, or written as another kind, while the file was being read';
      faults.push({ row, line: null, fault: { column: 'id', code, message, value: record.id } });
      continue;
    }
    revisions.push({ newest, content: record, author, reason });
    if (newest === undefined) tally.added += 1;
    else tally.revised += 1;
  }
  return { faults, revisions };
}

/** What has happened to a record since its row was checked, and forbids to write it. */
function changeSince(
  newest: NewestRevision | undefined,
  record: RecordContent,
  revision: number | null,
): string | null {
  if (newest?.deleted) return 'recordDeleted';
  if (newest !== undefined && newest.kind !== record.kind) return 'recordOfOtherKind';
  return isStale(revision, newest, record) ? 'revisionDoesNotCount' : null;
}
