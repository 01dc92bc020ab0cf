import type { HeldEntries } from '../../ledger/catalogue/writes.ts';
import { entryKey, heldEntries, writeEntries, writeTexts } from '../../ledger/catalogue/writes.ts';
import type { RecordContent } from '../../ledger/records/record.ts';
import type { NewestRevision, NewRevision } from '../../ledger/records/writes.ts';
import { appendRevisions, newestRevisions, saysTheSame } from '../../ledger/records/writes.ts';
import { rowFault } from '../row-faults.ts';
import type { LateFault, RowHandling, StagedContents } from '../row-handling.ts';
import type { StagedContent } from './check.ts';
import { createRecordChecks, isStale } from './check.ts';
import type { ImportFormat } from './read.ts';

/** How rows of records and of the catalogue are imported. */
export function createRecordHandling(
  format: ImportFormat,
  staged: StagedContents,
  held: HeldEntries = 'stay',
): RowHandling {
  return {
    refusal: async () => null,
    begin: async () => undefined,
    conclude: async () => null,
    ...createRecordChecks(format, staged, held),
    publication: publicationUnder(held),
  };
}

function publicationUnder(held: HeldEntries): RowHandling['publication'] {
  return async (read, rows, { author, reason }, tally) => {
    const contents = rows.map(({ row, content }) => ({ row, ...(content as StagedContent) }));
    const entries = contents.flatMap(({ entry }) => entry ?? []);
    const known = held === 'stay' ? await heldEntries(read, entries) : new Map<string, readonly string[]>();
    const fresh = entries.filter((entry) => !known.has(entryKey(entry)));
    const old = entries.filter((entry) => known.has(entryKey(entry)));
    tally.catalogueAdded += fresh.length;
    tally.catalogueUnchanged += old.length;
    const ids = contents.flatMap(({ record }) => record?.id ?? []);
    const newestOf = await newestRevisions(read, ids);
    const faults: LateFault[] = [];
    const revisions: NewRevision[] = [];
    for (const content of contents) {
      if (content.record === undefined) continue;
      const { row, record, revision } = content;
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
        faults.push({ row, line: null, fault: rowFault('id', code, message, record.id) });
        continue;
      }
      revisions.push({ newest, content: record, author, reason });
      if (newest === undefined) tally.added += 1;
      else tally.revised += 1;
    }
    return {
      faults,
      write: async (transaction) => {
        const first = { author, recordedAt: transaction.recordedAt };
        const written = fresh.map((entry) => ({ ...entry, first }));
        await writeEntries(transaction, written, held);
        // The text of a document may have been missing.
        await writeTexts(transaction, old);
        await appendRevisions(transaction, revisions);
      },
    };
  };
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
