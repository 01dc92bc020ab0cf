import { InvalidRecord } from '../../http/message/problem.ts';
import { valueAt } from '../../http/message/validation.ts';
import { ENTRY_TYPES, isEntryType } from '../../ledger/catalogue/entries.ts';
import type { ReferenceChecker } from '../../ledger/catalogue/known-ids.ts';
import { createReferenceChecker } from '../../ledger/catalogue/known-ids.ts';
import { entryKey, heldEntries } from '../../ledger/catalogue/writes.ts';
import type { RecordContent } from '../../ledger/records/record.ts';
import { SYMMETRIC } from '../../ledger/records/relations.ts';
import type { AddedCatalogue, SubmissionChecker } from '../../ledger/records/submission-check.ts';
import { createSubmissionChecker } from '../../ledger/records/submission-check.ts';
import type { NewestRevision } from '../../ledger/records/writes.ts';
import { newestRevisions, saysTheSame } from '../../ledger/records/writes.ts';
import type { Snapshot } from '../../store/store.ts';
import type { EntryRow } from '../entry-rows.ts';
import { createBroughtEntries, readEntry, referencesBefore } from '../entry-rows.ts';
import type { RowFault } from '../row-faults.ts';
import { firstFaults, noObject, referenceFaults, shown } from '../row-faults.ts';
import type {
  CheckedRow,
  FileFault,
  ImportRules,
  LateFault,
  ReadRow,
  RowHandling,
  StagedContents,
} from '../row-handling.ts';
import type { ImportFormat } from './read.ts';
import type { RecordRow } from './rows.ts';
import { readFlatRow, readNestedRow } from './rows.ts';

/*
 * Rows of records and of the catalogue, checked beside the ledger and the rows before them.
 */

/** What is staged of a row. */
export type StagedContent =
  | { readonly record: RecordContent; readonly revision: number | null; readonly entry?: undefined }
  | { readonly entry: EntryRow; readonly record?: undefined };

type Parsed =
  | { readonly entry: EntryRow }
  | { readonly record: RecordRow }
  | { readonly faults: readonly RowFault[] }
  | { readonly fatal: FileFault };

/** What rows of a batch are checked with. */
interface Batch {
  readonly references: ReferenceChecker;
  /** The entries that the ledger has, each with the fields in which it says something else. */
  readonly known: ReadonlyMap<string, readonly string[]>;
  readonly checker: SubmissionChecker;
  readonly newest: ReadonlyMap<string, NewestRevision>;
}

/** Looks up so many ids at once when all rows are known. */
const IDS_AT_ONCE = 500;

/**
 * The checks of an import.
 * @param staged what was staged of the rows before
 */
export function createRecordChecks(
  format: ImportFormat,
  staged: StagedContents,
  { held }: ImportRules,
): Pick<RowHandling, 'check' | 'finish'> {
  const isSeed = held === 'replacedIfSeeded';
  const brought = createBroughtEntries();
  const documents = createBroughtDocuments(staged);
  const related = createRelationChecks(staged);
  /** Symmetric relations that earlier rows state. */
  const statedRelations = new Set<string>();

  const checkEntry = (row: ReadRow, entry: EntryRow, { references, known }: Batch): CheckedRow => {
    const faults = [
      ...referenceFaults(referencesBefore(entry), references),
      ...(known.get(entryKey(entry)) ?? []).map((column) => existsDifferently(entry, column)),
    ];
    if (faults.length > 0) {
      brought.drop(entry, row.row);
      return { faults };
    }
    brought.expectSectors(row, entry);
    return { staged: { key: entryKey(entry), content: { entry } satisfies StagedContent } };
  };

  const checkRecord = (row: ReadRow, read: RecordRow, batch: Batch): CheckedRow => {
    const checked = checkedRecord(read, batch);
    if ('faults' in checked) return checked;
    const { id } = checked.record;
    // What an earlier row of the file says is not said twice.
    const relations = checked.record.relations.filter(
      ({ kind, record }) => isSeed || !SYMMETRIC.has(kind) || !statedRelations.has(`${kind} ${record} ${id}`),
    );
    for (const { kind, record } of relations)
      if (SYMMETRIC.has(kind)) statedRelations.add(`${kind} ${id} ${record}`);
    const content = { record: { ...checked.record, relations }, revision: checked.revision };
    related.expect(row, content.record, format);
    return { staged: { key: id, content: content satisfies StagedContent } };
  };

  return {
    check: async (read, rows) => {
      const parsed = rows.map((row) => ({ row, ...parse(row, format) }));
      const entries = parsed.flatMap((one) =>
        'entry' in one ? [{ entry: one.entry, row: one.row.row }] : [],
      );
      const submissions = parsed.flatMap((one) => ('record' in one ? [one.record.submitted] : []));
      documents.readFrom(read);
      brought.add(entries);
      for (const { entry } of entries) documents.add(entry);
      const references = createReferenceChecker(read, brought);
      await references.load(entries.flatMap(({ entry }) => referencesBefore(entry)));
      const added = { ...brought, source: documents.source };
      const checker = createSubmissionChecker(read, { added, isBeingAdded: () => true, isTrusted: isSeed });
      await checker.load(submissions);
      const batch: Batch = {
        references,
        checker,
        // What a seed file says counts, or gives way to what somebody else wrote, whatever was there before.
        known: await heldEntries(read, isSeed ? [] : entries.map(({ entry }) => entry)),
        newest: await newestRevisions(read, isSeed ? [] : submissions.map(({ id }) => id)),
      };
      return parsed.map((one): CheckedRow => {
        brought.lookFrom(one.row.row);
        if ('entry' in one) return checkEntry(one.row, one.entry, batch);
        return 'record' in one ? checkRecord(one.row, one.record, batch) : one;
      });
    },
    finish: async (read) => [
      ...(await related.finish(read)).map((fault) => ({ ...fault, fatal: false })),
      ...(await brought.finish(read)).map((fault) => ({ ...fault, fatal: true })),
    ],
  };
}

/** Reads what a row is. */
function parse({ value, fault }: ReadRow, format: ImportFormat): Parsed {
  if (fault !== undefined) return { faults: [{ column: null, value: null, ...fault }] };
  if (format === 'csv') return readFlatRow(value as Record<string, string>);
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return { faults: [noObject(value)] };
  const object = value as Readonly<Record<string, unknown>>;
  const { type } = object;
  if (isEntryType(type)) return readEntry(type, object);
  if (type === 'export' || type === 'end' || type === 'revision' || type === 'fact') {
    return {
      fatal: {
        code: 'historyNeedsRestore',
        message:
          'The file is an export with its whole history. It is put back into a ledger in which nobody has written yet: `restore=true`, or `import --restore`.',
      },
    };
  }
  if (type === undefined || type === 'record') return readNestedRow(object);
  const message = `must be one of: record, ${ENTRY_TYPES.join(', ')}`;
  return { faults: [{ column: 'type', code: 'invalidValue', message, value: shown(type) }] };
}

function existsDifferently({ type, row }: EntryRow, column: string): RowFault {
  return {
    column,
    code: 'existsDifferently',
    message: `is not what the ledger has for the ${type} ${JSON.stringify(row.id)}; an import adds to the catalogue and changes nothing in it`,
    value: shown((row as Readonly<Record<string, unknown>>)[column]),
  };
}

/** A record as it is to be staged, or all that is wrong with its row. */
function checkedRecord(
  read: RecordRow,
  { checker, newest: newestOf }: Batch,
):
  | { readonly record: RecordContent; readonly revision: number | null }
  | { readonly faults: readonly RowFault[] } {
  const { submitted, revision, value, placeName } = read;
  const newest = newestOf.get(submitted.id);
  const faults = [...contradictions(read, checker), ...idFaults(submitted.kind, submitted.id, newest)];
  if (faults.length > 0) return { faults };
  try {
    const record = checker.check(submitted, newest);
    if (revision === undefined) return { faults: [malformedRevision(value.revision)] };
    if (isStale(revision, newest, record)) return { faults: [staleRow(revision, newest)] };
    return { record, revision };
  } catch (error) {
    if (!(error instanceof InvalidRecord)) throw error;
    const faults = error.faults.map(({ name, code, message, suggestion }) => {
      const path = name.split('.');
      return {
        column: placeName(path),
        code,
        message,
        value: shown(valueAt(value, path)),
        ...(suggestion === undefined ? {} : { suggestion }),
      };
    });
    return { faults: firstFaults(faults, error.faultCount) };
  }
}

/** Where a row says something else than follows from its document. */
function* contradictions(
  { submitted, derived }: RecordRow,
  { sourceOf }: SubmissionChecker,
): Generator<RowFault> {
  const source = sourceOf(submitted.source);
  if (source === undefined) return;
  for (const { name, is, given } of derived) {
    if (given === undefined || given === null || given === source[is]) continue;
    yield {
      column: name,
      code: 'contradictsSource',
      message: `follows from the source, which has ${source[is] === null ? 'none' : JSON.stringify(source[is])}: leave it empty`,
      value: shown(given),
    };
  }
}

function* idFaults(kind: string, id: string, newest: NewestRevision | undefined): Generator<RowFault> {
  if (newest === undefined) return;
  const at = { column: 'id', value: id };
  if (newest.deleted) {
    const message = `names a record that was deleted at ${newest.recordedAt}: ${newest.reason}`;
    yield { ...at, code: 'recordDeleted', message };
  } else if (newest.kind !== kind) {
    yield { ...at, code: 'recordOfOtherKind', message: `names a record that is of the kind ${newest.kind}` };
  }
}

/** Whether a row was taken from a revision that somebody has corrected since, and would undo the correction. */
export function isStale(
  revision: number | null,
  newest: NewestRevision | undefined,
  record: RecordContent,
): boolean {
  return (
    revision !== null && newest !== undefined && newest.revision !== revision && !saysTheSame(newest, record)
  );
}

function staleRow(revision: number | null, newest: NewestRevision | undefined): RowFault {
  return {
    column: 'revision',
    code: 'revisionDoesNotCount',
    message: `is not the one that counts now, which is ${newest?.revision}: the row would undo what was corrected since. Take the row anew, or leave the column out to write it all the same`,
    value: shown(revision),
  };
}

function malformedRevision(given: unknown): RowFault {
  return {
    column: 'revision',
    code: 'invalidValue',
    message: 'must be the number of the revision that the row was taken from, or be left out',
    value: shown(given),
  };
}

/** Documents that the file brings, for the rows that quote them. */
interface BroughtDocuments {
  /** From now on, texts are read from this snapshot. */
  readonly readFrom: (read: Snapshot) => void;
  readonly add: (entry: EntryRow) => void;
  readonly source: AddedCatalogue['source'];
}

function createBroughtDocuments(staged: StagedContents): BroughtDocuments {
  const documents = new Map<string, ReturnType<AddedCatalogue['source']>>();
  let reading: Snapshot | undefined;
  const stagedText = async (key: string): Promise<string | null> => {
    const found = reading && (await staged(reading, [key])).get(key);
    const entry = (found?.content as StagedContent | undefined)?.entry;
    return entry?.type === 'source' ? entry.row.text : null;
  };
  return {
    readFrom: (read) => {
      reading = read;
    },
    add: (entry) => {
      if (entry.type !== 'source' || documents.has(entry.row.id)) return;
      const { id, publishedOn, url, documentSha256 } = entry.row;
      const hasText = entry.row.text !== null;
      const key = entryKey(entry);
      documents.set(id, {
        publishedOn,
        url,
        documentSha256,
        text: async () => (hasText ? stagedText(key) : null),
      });
    },
    source: (id) => documents.get(id),
  };
}

/** A record that others are to be found for when all rows are known. */
interface Waiting {
  readonly row: number;
  readonly line: number;
  readonly id: string;
  readonly kind: string;
  readonly targets: readonly { readonly id: string; readonly column: string }[];
}

/** Whom relations name, which can only be looked for when all rows are known. */
function createRelationChecks(staged: StagedContents) {
  const waiting: Waiting[] = [];

  const finish = async (read: Snapshot): Promise<readonly LateFault[]> => {
    const ids = waiting.flatMap(({ id, targets }) => [id, ...targets.map((target) => target.id)]);
    const held = await heldKinds(read, ids);
    const coming = await stagedRecords(read, ids, staged);
    const faults: LateFault[] = [];
    // Of a row whose id stood in the file before, nothing was staged.
    let standing = waiting.filter(({ id, row }) => coming.get(id)?.row === row);
    // A row that falls may be what another one names.
    for (let isSettled = false; !isSettled; ) {
      isSettled = true;
      standing = standing.filter(({ row, line, id, kind, targets }) => {
        const kindOf = (target: string): string | undefined => coming.get(target)?.kind ?? held.get(target);
        const missing = targets.filter((target) => kindOf(target.id) !== kind);
        faults.push(...missing.map((target) => ({ row, line, fault: unrelated(target, kindOf(target.id)) })));
        if (missing.length === 0) return true;
        coming.delete(id);
        isSettled = false;
        return false;
      });
    }
    return faults;
  };

  return {
    expect: ({ row, line }: ReadRow, record: RecordContent, format: ImportFormat): void => {
      if (record.relations.length === 0) return;
      const { id, kind } = record;
      const targets = record.relations.map((relation, position) => ({
        id: relation.record,
        column: format === 'csv' ? 'relations' : `relations.${position}.${kind}`,
      }));
      waiting.push({ row, line, id, kind, targets });
    },
    finish,
  };
}

function unrelated({ id, column }: Waiting['targets'][number], kind: string | undefined): RowFault {
  const message =
    kind === undefined
      ? 'names no record of this ledger or of this file'
      : `names a record of another kind (${kind})`;
  return { column, code: 'unknownId', message, value: id };
}

/** The kinds of records that the ledger has, by id. */
async function heldKinds(read: Snapshot, ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const kinds = new Map<string, string>();
  for (const some of chunksOf(ids)) {
    for (const [id, newest] of await newestRevisions(read, some))
      if (!newest.deleted) kinds.set(id, newest.kind);
  }
  return kinds;
}

/** Of some records, those that were staged: their rows and kinds. */
async function stagedRecords(
  read: Snapshot,
  ids: readonly string[],
  staged: StagedContents,
): Promise<Map<string, { readonly row: number; readonly kind: string }>> {
  const found = new Map<string, { row: number; kind: string }>();
  for (const some of chunksOf(ids)) {
    for (const [id, { row, content }] of await staged(read, some)) {
      const { record } = content as StagedContent;
      if (record !== undefined) found.set(id, { row, kind: record.kind });
    }
  }
  return found;
}

function chunksOf(ids: readonly string[]): readonly (readonly string[])[] {
  const distinct = [...new Set(ids)];
  return Array.from({ length: Math.ceil(distinct.length / IDS_AT_ONCE) }, (_, chunk) =>
    distinct.slice(chunk * IDS_AT_ONCE, (chunk + 1) * IDS_AT_ONCE),
  );
}
