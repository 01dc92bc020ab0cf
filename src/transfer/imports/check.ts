import { hash } from 'node:crypto';
import { claimKey, inSameWords } from '../../domain/analysis/same-claim.ts';
import type { AddFault } from '../../http/message/body-faults.ts';
import { InvalidRecord } from '../../http/message/problem.ts';
import { valueAt } from '../../http/message/validation.ts';
import { parentIn } from '../../ledger/catalogue/entries.ts';
import type { NewestEntry } from '../../ledger/catalogue/entry-history.ts';
import { contentOf, entryKey, fieldsChanged, newestEntries } from '../../ledger/catalogue/entry-history.ts';
import { isEntryType } from '../../ledger/catalogue/entry-tables.ts';
import type { ReferenceChecker } from '../../ledger/catalogue/known-ids.ts';
import { createReferenceChecker } from '../../ledger/catalogue/known-ids.ts';
import { taxonomyCircle } from '../../ledger/catalogue/repository.ts';
import type { HeldEntries } from '../../ledger/catalogue/writes.ts';
import {
  DUPLICATE_CLAIM,
  duplicateMessage,
  firstOfClaims,
  isNewClaim,
  statesSameClaim,
} from '../../ledger/records/duplicates.ts';
import { ENTRY_FOLLOWERS } from '../../ledger/records/followers.ts';
import type { RecordContent } from '../../ledger/records/record.ts';
import { REVISES, SYMMETRIC } from '../../ledger/records/relations.ts';
import type { FilledIn } from '../../ledger/records/schemas.ts';
import type { AddedDocument, Prepared, SubmissionChecker } from '../../ledger/records/submission-check.ts';
import { createSubmissionChecker, whyUnverified } from '../../ledger/records/submission-check.ts';
import type { NewestRevision } from '../../ledger/records/writes.ts';
import { newestRevisions, saysTheSame } from '../../ledger/records/writes.ts';
import type { Reader, Snapshot } from '../../store/store.ts';
import type { EntryRow } from '../entry-rows.ts';
import { createBroughtEntries, faultOfType, readEntry, readObject, referencesBefore } from '../entry-rows.ts';
import { garbledTexts } from '../garbled-text.ts';
import type { RowFault } from '../row-faults.ts';
import { firstFaults, referenceFaults, rowFault } from '../row-faults.ts';
import type {
  CheckedRow,
  FileFault,
  LateFault,
  ReadRow,
  RowHandling,
  StagedClaims,
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
  | {
      readonly record: RecordContent;
      readonly revision: number | null;
      /** What the row left out. */
      readonly filledIn?: FilledIn | undefined;
      /** Why its words do not state its amount, where they do not. */
      readonly unverified?: Pick<RowFault, 'code' | 'message'> | undefined;
      /** Of a seed: why it was corrected, where that is not the reason of the whole. */
      readonly reason?: string | undefined;
      readonly entry?: undefined;
    }
  | { readonly entry: EntryRow; readonly record?: undefined };

type Parsed =
  | { readonly entry: EntryRow }
  | { readonly record: RecordRow }
  | { readonly faults: readonly RowFault[] }
  | { readonly fatal: FileFault };

/** What rows of a batch are checked with. */
interface Batch {
  readonly references: ReferenceChecker;
  /** What forbids entries to be written over what the ledger has. */
  readonly entryFaults: ReadonlyMap<string, readonly RowFault[]>;
  readonly checker: SubmissionChecker;
  readonly prepared: ReadonlyMap<RecordRow, Prepared>;
}

/** How records of a file are taken. */
export interface RecordImport {
  readonly held?: HeldEntries | undefined;
  /**
   * What is done with a claim that another record states: it is refused, also where that stands in the file, whose claims
   * are given; or recorded with the relation to the other; undefined where it counts as it stands, as in seed files.
   */
  readonly claims?: StagedClaims | 'marked' | undefined;
  /** Where a record belongs that does not say it. */
  readonly collection?: string | null | undefined;
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
  { held = 'stay', claims, collection = null }: RecordImport,
): Pick<RowHandling, 'check' | 'finish'> {
  const comingOf = (read: Reader) => (ids: readonly string[]) => stagedRecordsOf(read, ids, staged);
  const isSeed = held === 'correctedIfSeeded';
  const brought = createBroughtEntries();
  const documents = new Map<string, AddedDocument>();
  const related = createRelationChecks(staged);
  /** Symmetric relations that earlier rows state. */
  const statedRelations = new Set<string>();

  const checkEntry = (row: ReadRow, entry: EntryRow, batch: Batch): CheckedRow => {
    const faults = [
      ...referenceFaults(referencesBefore(entry), batch.references),
      ...(batch.entryFaults.get(entryKey(entry)) ?? []),
    ];
    if (faults.length > 0) {
      brought.drop(entry, row.row);
      return { faults };
    }
    brought.expectLater(row, entry);
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
    const content = { ...checked, record: { ...checked.record, relations } };
    related.expect(row, content.record, format);
    const { filledIn } = checked;
    return {
      staged: { key: id, content: content satisfies StagedContent },
      ...(filledIn === undefined ? {} : { filledIn: { id, ...filledIn } }),
    };
  };

  /** The ids of entries whose rows are wrong, with these. */
  const wrongEntries = new Map<string, number>();

  /** A row without the faults that a wrong entry before it causes: that entry's row counts them. */
  const underCause = (row: ReadRow, checked: CheckedRow): CheckedRow => {
    const { faults = [] } = checked;
    if (faults.length === 0) return checked;
    const { type, id } = (row.value ?? {}) as { readonly type?: unknown; readonly id?: unknown };
    const causeOf = ({ code, value }: RowFault): number | undefined =>
      code === 'unknownId' ? wrongEntries.get(value ?? '') : undefined;
    const causes = new Set(faults.flatMap((fault) => causeOf(fault) ?? []));
    if (isEntryType(type) && typeof id === 'string' && !wrongEntries.has(id)) wrongEntries.set(id, row.row);
    if (causes.size === 0) return checked;
    return {
      ...checked,
      faults: faults.filter((fault) => causeOf(fault) === undefined),
      causes: [...causes],
    };
  };

  return {
    check: async (read, rows, suggests) => {
      const parsed = rows.map((row) => ({ row, ...parse(row, format) }));
      const entries = parsed.flatMap((one) =>
        'entry' in one ? [{ entry: one.entry, row: one.row.row }] : [],
      );
      const records = parsed.flatMap((one) => ('record' in one ? [one.record] : []));
      brought.add(entries);
      for (const { entry } of entries)
        if (entry.type === 'source' && !documents.has(entry.row.id))
          documents.set(entry.row.id, broughtDocument(entry, staged));
      const references = createReferenceChecker(read, brought, suggests);
      await references.load(entries.flatMap(({ entry }) => referencesBefore(entry)));
      const added = { ...brought, source: (id: string) => documents.get(id) };
      const checker = createSubmissionChecker(read, { added, isTrusted: isSeed, suggests });
      const drafts = records.map(({ draft }) => draft);
      const prepared = await checker.prepare(drafts, { collection, coming: comingOf(read) });
      const batch: Batch = {
        references,
        checker,
        // What a seed file says counts, or gives way to what somebody else wrote, whatever was there before.
        entryFaults: await changeFaults(read, isSeed ? [] : entries.map(({ entry }) => entry)),
        prepared: new Map(
          records.flatMap((row, at) => (prepared[at] === undefined ? [] : [[row, prepared[at]]])),
        ),
      };
      const checked = parsed.map((one): CheckedRow => {
        brought.lookFrom(one.row.row);
        if ('entry' in one) return checkEntry(one.row, one.entry, batch);
        return 'record' in one ? checkRecord(one.row, one.record, batch) : one;
      });
      const folded = checked.map((one, at) => underCause(rows[at] as ReadRow, one));
      return typeof claims === 'function' ? checkClaims(read, folded, batch) : folded;
    },
    finish: async (read) => {
      const repeated = typeof claims === 'function' ? await repeatedInFile(claims(read)) : [];
      const fallen = new Set(repeated.map(({ row }) => row));
      return [
        ...[...repeated, ...(await related.finish(read, fallen))].map((fault) => ({
          ...fault,
          fatal: false,
        })),
        ...(await brought.finish(read)).map((fault) => ({ ...fault, fatal: true })),
      ];
    },
  };
}

/** Rows whose claim the ledger or an earlier one of them has under another id are wrong; the others say theirs. */
async function checkClaims(
  read: Reader,
  rows: readonly CheckedRow[],
  { prepared }: Batch,
): Promise<readonly CheckedRow[]> {
  const newest = new Map([...prepared.values()].map((one) => [one.record?.id, one.newest]));
  const fresh = new Set<RecordContent>();
  for (const { staged } of rows) {
    const { record } = (staged?.content ?? {}) as Partial<StagedContent>;
    if (record !== undefined && isNewClaim(record, newest.get(record.id))) fresh.add(record);
  }
  const firstOf = await firstOfClaims(read, [...fresh]);
  return rows.map((row): CheckedRow => {
    const { staged } = row;
    const { record } = (staged?.content ?? {}) as Partial<StagedContent>;
    if (staged === undefined || record === undefined || !fresh.has(record)) return row;
    const first = firstOf.get(record.id);
    if (first !== undefined) return { faults: [duplicateFault(record.id, first)] };
    return { ...row, staged: { ...staged, claim: hash('sha256', claimKey(record), 'base64url') } };
  });
}

export function duplicateFault(id: string, first: string): RowFault {
  return { ...rowFault('id', DUPLICATE_CLAIM, duplicateMessage(first), id), suggestion: first };
}

/** Rows whose claim an earlier row has, in their order. */
async function repeatedInFile(
  claims: ReturnType<StagedClaims>,
): Promise<readonly (LateFault & { row: number })[]> {
  const faults: (LateFault & { row: number })[] = [];
  let claim: string | undefined;
  let before: RecordContent[] = [];
  for await (const { row, content, ...staged } of claims) {
    const { record } = content as StagedContent;
    if (record === undefined) continue;
    if (staged.claim !== claim) before = [];
    claim = staged.claim;
    const same = before.filter((other) => inSameWords(other.evidence, record.evidence));
    const [first] = same;
    const isRelated = same.some(
      (other) => statesSameClaim(record, other.id) || statesSameClaim(other, record.id),
    );
    if (first === undefined || isRelated) before.push(record);
    else faults.push({ row, line: null, fault: duplicateFault(record.id, first.id) });
  }
  return faults.toSorted((one, other) => one.row - other.row);
}

/** Reads what a row is. */
function parse(row: ReadRow, format: ImportFormat): Parsed {
  const garbled = [...garbledTexts(row.value)];
  if (garbled.length > 0) return { faults: firstFaults(garbled) };
  if (format === 'csv' && row.fault === undefined) return readFlatRow(row.value as Record<string, string>);
  const read = readObject(row);
  if ('faults' in read) return read;
  const { object } = read;
  const { type } = object;
  if (isEntryType(type)) return readEntry(type, object);
  if (type === 'export' || type === 'end' || type === 'revision' || type === 'fact') {
    const message =
      'The file is an export with its whole history. It is put back into a ledger in which nobody has written yet: `restore=true`, or `import --restore`.';
    return { fatal: { code: 'historyNeedsRestore', message } };
  }
  return type === undefined || type === 'record' ? readNestedRow(object) : faultOfType(type);
}

/** Why entries cannot be written over what the ledger has of them, by their keys. */
export async function changeFaults(
  read: Reader,
  entries: readonly EntryRow[],
): Promise<ReadonlyMap<string, readonly RowFault[]>> {
  const newestOf = await newestEntries(read, entries);
  const circle = await taxonomyCircle(read, entries);
  const found = new Map<string, readonly RowFault[]>();
  for (const entry of entries) {
    const newest = newestOf.get(entryKey(entry));
    const faults: RowFault[] = [];
    if (newest !== undefined) {
      faults.push(...standingFaults(entry, newest));
      const add: AddFault = (column, code, message) => {
        faults.push(rowFault(column, code, message, (entry.row as Values)[column]));
      };
      if (faults.length === 0) await ENTRY_FOLLOWERS.check(read, newest, contentOf(entry, newest), add);
    }
    if (entry.type === 'sector' && circle?.includes(entry.row.id)) {
      const message = `would run in a circle: ${circle.join(' > ')}`;
      const column = parentIn(entry, circle);
      faults.push(rowFault(column, 'circularTaxonomy', message, entry.row[column]));
    }
    if (faults.length > 0) found.set(entryKey(entry), faults);
  }
  return found;
}

type Values = Readonly<Record<string, unknown>>;

/** Why an entry does not follow the revision that counts. */
function standingFaults(entry: EntryRow, newest: NewestEntry): readonly RowFault[] {
  const { type, row, revision } = entry;
  if (newest.deleted) {
    const message = `names a ${type} that was deleted at ${newest.recordedAt}: ${newest.reason}`;
    return [rowFault('id', 'entryDeleted', message, row.id)];
  }
  const changed = fieldsChanged(newest, entry);
  if (changed.length === 0 || revision === newest.revision) return [];
  if (revision !== null) {
    const message = `is not the one that counts now, which is ${newest.revision}: the row would undo what was corrected since. Take the row anew`;
    return [rowFault('revision', 'revisionDoesNotCount', message, revision)];
  }
  const message = `is not what the ledger has for the ${type} ${JSON.stringify(row.id)}; to correct that, name in \`revision\` the one that the row was taken from: ${newest.revision} counts now`;
  const values = row as Values;
  return changed.map((column) => rowFault(column, 'existsDifferently', message, values[column]));
}

/** A record as it is to be staged, or all that is wrong with its row. */
function checkedRecord(
  read: RecordRow,
  { checker, prepared: preparedOf }: Batch,
): Extract<StagedContent, { readonly entry?: undefined }> | { readonly faults: readonly RowFault[] } {
  const { draft, revision, value, placeName } = read;
  const prepared = preparedOf.get(read);
  if (prepared === undefined) throw new Error('the row was not prepared');
  const { newest, filledIn } = prepared;
  const faults = [...contradictions(read, checker), ...idFaults(draft.kind, newest)];
  if (faults.length > 0) return { faults };
  try {
    const record = checker.check(prepared);
    if (revision === undefined) {
      const message = 'must be the number of the revision that the row was taken from, or be left out';
      return { faults: [rowFault('revision', 'invalidValue', message, value.revision)] };
    }
    if (!isStale(revision, newest, record)) {
      const language = checker.sourceOf(draft.source)?.language;
      const unverified =
        record.evidence.status === 'unverified' && language !== undefined
          ? whyUnverified(record, language)
          : undefined;
      return {
        record,
        revision,
        ...(filledIn === undefined ? {} : { filledIn }),
        ...(unverified === undefined
          ? {}
          : { unverified: { code: unverified.code, message: unverified.message } }),
      };
    }
    const message = `is not the one that counts now, which is ${newest?.revision}: the row would undo what was corrected since. Take the row anew, or leave the column out to write it all the same`;
    return { faults: [rowFault('revision', 'revisionDoesNotCount', message, revision)] };
  } catch (error) {
    if (!(error instanceof InvalidRecord)) throw error;
    const faults = error.faults.map(({ name, code, message, suggestion }) => {
      const path = name.split('.');
      const fault = rowFault(placeName(path), code, message, valueAt(value, path));
      return suggestion === undefined ? fault : { ...fault, suggestion };
    });
    return { faults: firstFaults(faults, error.faultCount) };
  }
}

/** Where a row says something else than follows from its document. */
function* contradictions(
  { draft, derived }: RecordRow,
  { sourceOf }: SubmissionChecker,
): Generator<RowFault> {
  const source = sourceOf(draft.source);
  if (source === undefined) return;
  for (const { name, is, given } of derived) {
    if (given === undefined || given === null || given === source[is]) continue;
    const message = `follows from the source, which has ${source[is] === null ? 'none' : JSON.stringify(source[is])}: leave it empty`;
    yield rowFault(name, 'contradictsSource', message, given);
  }
}

function* idFaults(kind: string, newest: NewestRevision | undefined): Generator<RowFault> {
  if (newest?.deleted) {
    const message = `names a record that was deleted at ${newest.recordedAt}: ${newest.reason}`;
    yield rowFault('id', 'recordDeleted', message, newest.id);
  } else if (newest !== undefined && newest.kind !== kind)
    yield rowFault('id', 'recordOfOtherKind', `names a record that is of the kind ${newest.kind}`, newest.id);
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

/** A document that the file brings, for the rows that quote it. */
function broughtDocument(entry: EntryRow & { type: 'source' }, staged: StagedContents): AddedDocument {
  const { publishedOn, url, documentSha256, language, text } = entry.row;
  const key = entryKey(entry);
  const stagedText = async (read: Reader): Promise<string | null> => {
    const found = (await staged(read, [key])).get(key)?.content as StagedContent | undefined;
    return found?.entry?.type === 'source' ? found.entry.row.text : null;
  };
  return { publishedOn, url, documentSha256, language, text: text === null ? async () => null : stagedText };
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

  const finish = async (read: Snapshot, fallen: ReadonlySet<number>): Promise<readonly LateFault[]> => {
    const ids = waiting.flatMap(({ id, targets }) => [id, ...targets.map((target) => target.id)]);
    const held = await heldKinds(read, ids);
    const coming = await stagedRecords(read, ids, staged);
    const faults: LateFault[] = [];
    for (const [id, { row }] of coming) if (fallen.has(row)) coming.delete(id);
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
        column:
          relation.kind === REVISES
            ? REVISES
            : format === 'csv'
              ? 'relations'
              : `relations.${position}.${kind}`,
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
  return rowFault(column, 'unknownId', message, id);
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

/** Of some records, what was staged of them. */
async function stagedRecordsOf(
  read: Reader,
  ids: readonly string[],
  staged: StagedContents,
): Promise<ReadonlyMap<string, RecordContent>> {
  const rows = [...(await staged(read, [...new Set(ids)]))];
  return new Map(
    rows.flatMap(([id, { content }]) => {
      const { record } = content as StagedContent;
      return record === undefined ? [] : [[id, record] as const];
    }),
  );
}

function chunksOf(ids: readonly string[]): readonly (readonly string[])[] {
  const distinct = [...new Set(ids)];
  return Array.from({ length: Math.ceil(distinct.length / IDS_AT_ONCE) }, (_, chunk) =>
    distinct.slice(chunk * IDS_AT_ONCE, (chunk + 1) * IDS_AT_ONCE),
  );
}
