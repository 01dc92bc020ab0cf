import { entryKey, fieldsChanged, newestEntries } from '../../ledger/catalogue/entry-history.ts';
import { writeEntries } from '../../ledger/catalogue/writes.ts';
import { firstOfClaims, isNewClaim, withSameClaim } from '../../ledger/records/duplicates.ts';
import { ENTRY_FOLLOWERS } from '../../ledger/records/followers.ts';
import { isSameRecord } from '../../ledger/records/made-ids.ts';
import type { RecordContent } from '../../ledger/records/record.ts';
import type { NewestRevision, NewRevision } from '../../ledger/records/writes.ts';
import { appendRevisions, newestRevisions, saysTheSame } from '../../ledger/records/writes.ts';
import type { EntryRow } from '../entry-rows.ts';
import { rowFault } from '../row-faults.ts';
import type { LateFault, RowHandling, StagedContents } from '../row-handling.ts';
import type { RecordImport, StagedContent } from './check.ts';
import { changeFaults, createRecordChecks, duplicateFault, isStale } from './check.ts';
import type { ImportFormat } from './read.ts';

/** It is told of so many records why their words do not state their amounts. */
const MOST_UNVERIFIED_KEPT = 100;

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
    const heldOf = await newestEntries(read, entries);
    const faultsOf = await changeFaults(read, held === 'correctedIfSeeded' ? [] : entries);
    const faults: LateFault[] = [];
    const sound: EntryRow[] = [];
    for (const { row, entry } of contents) {
      if (entry === undefined) continue;
      const newest = heldOf.get(entryKey(entry));
      const wrong = faultsOf.get(entryKey(entry)) ?? [];
      faults.push(...wrong.map((fault) => ({ row, line: null, fault })));
      if (wrong.length > 0) continue;
      sound.push(entry);
      if (newest === undefined) tally.catalogueAdded += 1;
      else if (fieldsChanged(newest, entry).length > 0) tally.catalogueRevised += 1;
      else tally.catalogueUnchanged += 1;
    }
    const ids = contents.flatMap(({ record }) => record?.id ?? []);
    const newestOf = await newestRevisions(read, ids);
    const firstOf = await firstOfClaims(
      read,
      contents.flatMap(({ record }) => {
        if (record === undefined || claims === undefined) return [];
        return claims === 'marked' || isNewClaim(record, newestOf.get(record.id)) ? [record] : [];
      }),
    );
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
      const isOthers = held === 'correctedIfSeeded' && newest !== undefined && newest.author !== author;
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
      const why = newest === undefined ? reason : (content.reason ?? reason);
      revisions.push({ newest, content: record, author, reason: why });
      if (newest === undefined) tally.added += 1;
      else tally.revised += 1;
      if (filledIn !== undefined) tally.filledIn += 1;
      if (record.evidence.status !== 'unverified') continue;
      tally.unverified += 1;
      const before = newest?.content.evidence.status ?? null;
      if (before !== null && before !== 'unverified') tally.noLongerVerified += 1;
      if (content.unverified !== undefined && tally.unverifiedRows.length < MOST_UNVERIFIED_KEPT)
        tally.unverifiedRows.push({ row, id: record.id, before, ...content.unverified });
    }
    return {
      faults,
      write: async (transaction) => {
        const publisher = { author, reason };
        // What an entry says otherwise was checked above: it is a correction.
        const how = held === 'stay' ? 'corrected' : held;
        const written = await writeEntries(transaction, sound, how, publisher);
        await appendRevisions(transaction, revisions);
        await ENTRY_FOLLOWERS.follow(transaction, written, publisher);
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
