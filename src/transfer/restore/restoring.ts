import { ENTRY_TYPES, isEntryType } from '../../ledger/catalogue/entries.ts';
import type { Reference } from '../../ledger/catalogue/known-ids.ts';
import { createReferenceChecker } from '../../ledger/catalogue/known-ids.ts';
import { entryKey, writeEntries } from '../../ledger/catalogue/writes.ts';
import { indexRevisions } from '../../ledger/records/search.ts';
import { SEED_AUTHOR } from '../../ledger/seed-file.ts';
import { beginRecordsHistory } from '../../store/ledger-state.ts';
import { and, count, isNotNull, ne, sql } from '../../store/query.ts';
import type { Snapshot, Transaction } from '../../store/store.ts';
import {
  collections,
  factRevisions,
  organisations,
  recordRelations,
  records,
  recordTexts,
  seedFiles,
  sources,
  sourceTexts,
} from '../../store/tables/schema.ts';
import type { EntryRow } from '../entry-rows.ts';
import { createBroughtEntries, readEntry, referencesBefore } from '../entry-rows.ts';
import type { RowFault } from '../row-faults.ts';
import { noObject, referenceFaults, shown } from '../row-faults.ts';
import type { CheckedRow, FileFault, ReadRow, RowHandling } from '../row-handling.ts';
import type { HistoryLine } from './lines.ts';
import {
  EXPORT_VERSION,
  readFact,
  readRevision,
  referencesOfRevision,
  rowOfFact,
  rowOfRevision,
} from './lines.ts';

const NOT_EMPTY: FileFault = {
  code: 'ledgerNotEmpty',
  message:
    'Somebody has written in this ledger already. A history is put back only into one that holds nothing but what its seed files brought.',
};

type StagedLine = HistoryLine | { readonly entry: EntryRow };

type Line =
  | StagedLine
  | { readonly faults: readonly RowFault[] }
  /** The first line of an export, or the last. */
  | { readonly frame: 'first' | 'last'; readonly fatal?: FileFault };

export function createRestoring(): RowHandling {
  const brought = createBroughtEntries();
  let isWhole = false;

  const check = (row: ReadRow, line: Line, faults: readonly RowFault[]): CheckedRow => {
    if (faults.length > 0) {
      if ('entry' in line) brought.drop(line.entry, row.row);
      return { faults };
    }
    if ('frame' in line) {
      if (line.frame === 'last') isWhole = true;
      return line.fatal === undefined ? {} : { fatal: line.fatal };
    }
    if ('faults' in line) return line;
    if ('entry' in line) brought.expectSectors(row, line.entry);
    return { staged: { key: keyOf(line), content: line } };
  };

  return {
    refusal: async (read) => ((await isUnwritten(read)) ? null : NOT_EMPTY),
    check: async (read, rows) => {
      const lines = rows.map((row) => ({ row, line: readLine(row) }));
      brought.add(
        lines.flatMap(({ row, line }) => ('entry' in line ? [{ entry: line.entry, row: row.row }] : [])),
      );
      const references = createReferenceChecker(read, brought);
      await references.load(lines.flatMap(({ line }) => referencesOf(line)));
      return lines.map(({ row, line }) => {
        brought.lookFrom(row.row);
        return check(row, line, referenceFaults(referencesOf(line), references));
      });
    },
    finish: async (read) => [
      ...(await brought.finish(read)).map((fault) => ({ ...fault, fatal: true })),
      ...(isWhole ? [] : [cutOff('The export has no last line: it is cut off.')]),
    ],
    begin: clearRecords,
    publication: async (_read, rows, _publisher, tally) => {
      const lines = rows.map(({ content }) => content as StagedLine);
      for (const line of lines) {
        if ('revision' in line) tally.revisionsRestored += 1;
        else tally.catalogueAdded += 1;
      }
      return { faults: [], write: (transaction) => writeLines(transaction, lines) };
    },
    conclude: async (read) => {
      const broken = await brokenHistory(read);
      if (broken === undefined) return null;
      return { code: 'brokenHistory', message: `The revisions of ${broken} do not count 1, 2, 3 …` };
    },
  };
}

function cutOff(message: string) {
  const fault = { column: null, code: 'exportCutOff', message, value: null };
  return { row: null, line: null, fault, fatal: true };
}

function readLine({ row, value, fault }: ReadRow): Line {
  if (fault !== undefined) return { faults: [{ column: null, value: null, ...fault }] };
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return { faults: [noObject(value)] };
  const object = value as Readonly<Record<string, unknown>>;
  const { type } = object;
  if (isEntryType(type)) return readEntry(type, object);
  switch (type) {
    case 'revision':
      return readRevision(object);
    case 'fact':
      return readFact(object);
    case 'export':
      return { frame: 'first', ...(object.version === EXPORT_VERSION ? {} : otherVersion(object.version)) };
    case 'end':
      return { frame: 'last', ...(object.lines === row ? {} : otherLength(object.lines, row)) };
    case undefined:
    case 'record':
      return {
        faults: [faultOfType(type, 'noHistory', 'is no line of an export: import records without `restore`')],
      };
    default:
      return {
        faults: [faultOfType(type, 'invalidValue', `must be one of: record, ${ENTRY_TYPES.join(', ')}`)],
      };
  }
}

function faultOfType(type: unknown, code: string, message: string): RowFault {
  return { column: 'type', code, message, value: shown(type) };
}

function otherVersion(version: unknown): { readonly fatal: FileFault } {
  const message = `The export is of version ${shown(version)}; this service reads version ${EXPORT_VERSION}.`;
  return { fatal: { code: 'exportVersion', message } };
}

function otherLength(lines: unknown, row: number): { readonly fatal: FileFault } {
  const message = `The export says that it has ${shown(lines)} lines, and it has ${row}.`;
  return { fatal: { code: 'exportCutOff', message } };
}

function referencesOf(line: Line): readonly Reference[] {
  if ('entry' in line) return referencesBefore(line.entry);
  return 'revision' in line ? referencesOfRevision(line.revision) : [];
}

/** By what a line is told from every other line. */
function keyOf(line: StagedLine): string {
  if ('entry' in line) return entryKey(line.entry);
  if ('revision' in line) return `${line.revision.id} ${line.revision.revision}`;
  return `fact ${line.fact.subject} ${line.fact.id} ${line.fact.revision}`;
}

async function writeLines(transaction: Transaction, lines: readonly StagedLine[]): Promise<void> {
  await writeEntries(
    transaction,
    lines.flatMap((line) => ('entry' in line ? [line.entry] : [])),
    'restored',
  );
  await transaction.insertRows(
    factRevisions,
    lines.flatMap((line) => ('fact' in line ? [rowOfFact(line.fact)] : [])),
  );
  const revisions = lines.flatMap((line) => ('revision' in line ? [line.revision] : []));
  await transaction.insertRows(records, revisions.map(rowOfRevision));
  await transaction.insertRows(
    recordRelations,
    revisions.flatMap(({ id, revision, relations }) =>
      relations.map(({ kind, record }) => ({ recordId: id, revision, kind, targetId: record })),
    ),
  );
  const counting = revisions.filter(({ deleted }) => deleted === 0);
  await indexRevisions(
    transaction,
    counting.map(({ sequence }) => sequence),
  );
}

/** Whether nobody has written anything yet. What seed files brought gives way to what an export says of it. */
async function isUnwritten(read: Snapshot): Promise<boolean> {
  for (const table of [records, sources, organisations, collections]) {
    const rows = await read
      .select({ author: table.author })
      .from(table)
      .where(and(isNotNull(table.author), ne(table.author, SEED_AUTHOR)))
      .limit(1);
    if (rows.length > 0) return false;
  }
  return true;
}

export async function clearRecords(transaction: Transaction): Promise<void> {
  // Seed files of this version may say more than the export: without `seedFiles` the next start looks at them again.
  for (const table of [recordRelations, recordTexts, records, sourceTexts, factRevisions, seedFiles])
    await transaction.delete(table);
  // Who has read records under their sequences must not take the new ones for the same.
  await beginRecordsHistory(transaction);
}

/** The first record whose revisions do not count 1, 2, 3 …; undefined where all do. */
async function brokenHistory(read: Snapshot): Promise<string | undefined> {
  const [row] = await read
    .select({ id: records.id })
    .from(records)
    .groupBy(records.id)
    .having(sql`max(${records.revision}) <> ${count()}`)
    .limit(1);
  return row?.id;
}
