import { entryKey, heldEntries, writeEntries, writeTexts } from '../../ledger/catalogue/writes.ts';
import { firstOfClaims, isNewClaim, withSameClaim } from '../../ledger/records/duplicates.ts';
import { isSameRecord } from '../../ledger/records/made-ids.ts';
import type { RecordContent } from '../../ledger/records/record.ts';
import type { NewestRevision, NewRevision } from '../../ledger/records/writes.ts';
import { appendRevisions, newestRevisions, saysTheSame } from '../../ledger/records/writes.ts';
import { rowFault } from '../row-faults.ts';
import type { LateFault, RowHandling, StagedContents } from '../row-handling.ts';
import type { RecordImport, StagedContent } from './check.ts';
import { createRecordChecks, duplicateFault, isStale } from './check.ts';
import type { ImportFormat } from './read.ts';

/** How rows of records and of the catalogue are imported. */
export function createRecordHandling(
  format: ImportFormat,
  staged: StagedContents,
  { held = 'stay', claims, collection }: RecordImport,
): RowHandling {
  return {
    refusal: async () => null,
    begin: async () => undefined,
    conclude: async () => null,
    ...createRecordChecks(format, staged, { held, claims, collection }),
    publication: publicationUnder({ held, claims }),
  };
}

function publicationUnder({ held = 'stay', claims }: RecordImport): RowHandling['publication'] {
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
    const firstOf = await firstOfClaims(
      read,
      contents.flatMap(({ record }) => {
        if (record === undefined || claims === undefined) return [];
        return claims === 'marked' || isNewClaim(record, newestOf.get(record.id)) ? [record] : [];
      }),
    );
    const faults: LateFault[] = [];
    const revisions: NewRevision[] = [];
    for (const content of contents) {
      if (content.record === undefined) continue;
      const { row, revision, filledIn } = content;
      const first = firstOf.get(content.record.id);
      if (first !== undefined && claims !== 'marked') {
        faults.push({ row, line: null, fault: duplicateFault(content.record.id, first) });
        continue;
      }
      const record = withSameClaim(content.record, first);
      const newest = newestOf.get(record.id);
      const isOthers = held === 'replacedIfSeeded' && newest !== undefined && newest.author !== author;
      if (isOthers || (newest !== undefined && saysTheSame(newest, record))) {
        tally.unchanged += 1;
        continue;
      }
      const isIdMade = filledIn?.defaults.some(({ field }) => field === 'id') === true;
      const code = changeSince(newest, record, revision, isIdMade);
      if (code !== null) {
        const message =
          'names a record that was added, deleted, revised, or written as another kind, while the file was being read';
        faults.push({ row, line: null, fault: rowFault('id', code, message, record.id) });
        continue;
      }
      revisions.push({ newest, content: record, author, reason });
      if (newest === undefined) tally.added += 1;
      else tally.revised += 1;
      if (record.evidence.status !== 'unverified') continue;
      tally.unverified += 1;
      if (newest !== undefined && newest.content.evidence.status !== 'unverified')
        tally.noLongerVerified += 1;
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
  isIdMade: boolean,
): string | null {
  if (newest?.deleted) return 'recordDeleted';
  // Its id was free when it was made.
  if (newest !== undefined && isIdMade && !isSameRecord(newest.content, record)) return 'idTaken';
  if (newest !== undefined && newest.kind !== record.kind) return 'recordOfOtherKind';
  return isStale(revision, newest, record) ? 'revisionDoesNotCount' : null;
}
