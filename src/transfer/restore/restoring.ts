import { z } from 'zod';
import { DomainError, unlessRefused } from '../../domain/errors.ts';
import { checkAmount, QUALIFIERS } from '../../domain/money/amount.ts';
import { PERIOD_KINDS } from '../../domain/period/period.ts';
import { PLAIN_STATEMENT, PRICE_KINDS, SCENARIO_KINDS, STANCES } from '../../domain/statement.ts';
import { describeDomainError } from '../../http/message/domain-errors.ts';
import { identifier } from '../../http/query/shared-schemas.ts';
import { entryKey } from '../../ledger/catalogue/entry-history.ts';
import { ENTRY_TYPES, isEntryType } from '../../ledger/catalogue/entry-tables.ts';
import type { Reference } from '../../ledger/catalogue/known-ids.ts';
import { createReferenceChecker } from '../../ledger/catalogue/known-ids.ts';
import { beginHistories, restoreEntries } from '../../ledger/catalogue/writes.ts';
import { CONFIDENCES, FILTERS, REFERENCES } from '../../ledger/records/filters.ts';
import { writeMadeOf } from '../../ledger/records/written.ts';
import { SEED_AUTHOR } from '../../ledger/seed-file.ts';
import { beginRecordsHistory } from '../../store/ledger-state.ts';
import { and, count, getTableColumns, isNotNull, ne, sql } from '../../store/query.ts';
import { amountSortKey } from '../../store/sort-key.ts';
import type { Snapshot, Transaction } from '../../store/store.ts';
import {
  collections,
  entryRevisions,
  factRevisions,
  organisations,
  RECORD_KINDS,
  recordJson,
  recordRelations,
  records,
  recordTexts,
  seedFiles,
  sources,
  sourceTexts,
} from '../../store/tables/schema.ts';
import type { EntryRow } from '../entry-rows.ts';
import { createBroughtEntries, faultOfType, readEntry, readObject, referencesBefore } from '../entry-rows.ts';
import type { RowFault } from '../row-faults.ts';
import { nestedPlace, referenceFaults, rowFault, rowFaults, shown } from '../row-faults.ts';
import type { CheckedRow, FileFault, ReadRow, RowHandling } from '../row-handling.ts';

/** Those of before 2 have facts in the place of the revisions of entries, those of before 3 no statements. */
export const EXPORT_VERSION = 3;
const READ_VERSIONS: readonly unknown[] = [1, 2, EXPORT_VERSION];

/** Columns of `records` that hold JSON text; an export has what it says. */
export const JSON_COLUMNS = [
  'beneficiarySectors',
  'statedConversions',
  'periodInferred',
  'corroboration',
] as const;

const time = z.iso.datetime({ precision: 3 });

type RecordRow = typeof records.$inferSelect;
type JsonColumn = (typeof JSON_COLUMNS)[number];

const columns = Object.fromEntries(
  Object.entries(getTableColumns(records)).map(([key, { dataType, notNull }]) => {
    const schema = dataType === 'number' ? z.int() : z.string();
    return [key, notNull ? schema : schema.nullable()];
  }),
);
const { amountSortKey: _, ...plainColumns } = columns;

const RevisionSchema = z.strictObject({
  ...plainColumns,
  ...Object.fromEntries(JSON_COLUMNS.map((name) => [name, z.array(z.unknown())])),
  id: identifier,
  kind: z.enum(RECORD_KINDS),
  revision: z.int().positive(),
  sequence: z.int().positive(),
  deleted: z.literal([0, 1]),
  recordedAt: time,
  supersededAt: time.nullable(),
  amountQualifier: z.enum(QUALIFIERS),
  periodKind: z.enum(PERIOD_KINDS),
  confidence: z.enum(CONFIDENCES),
  amountApproximate: z.literal([0, 1]).default(0),
  stance: z.enum(STANCES).default(PLAIN_STATEMENT.stance),
  scenarioName: z.string().nullable().default(null),
  scenarioKind: z.enum(SCENARIO_KINDS).nullable().default(null),
  intervalLow: z.string().nullable().default(null),
  intervalHigh: z.string().nullable().default(null),
  intervalPercent: z.string().nullable().default(null),
  pricesKind: z.enum(PRICE_KINDS).default(PLAIN_STATEMENT.prices.kind),
  pricesYear: z.int().nullable().default(null),
  relations: z.array(z.strictObject({ kind: z.string(), record: identifier })),
});
interface RevisionLine extends Omit<RecordRow, JsonColumn | 'amountSortKey'>, Record<JsonColumn, unknown[]> {
  readonly relations: readonly { readonly kind: string; readonly record: string }[];
}

const FactSchema = z.strictObject({
  subject: z.enum(['sectorParent', 'sourceSchemes']),
  id: identifier,
  revision: z.int().positive(),
  value: z.unknown(),
  recordedAt: time,
  supersededAt: time.nullable(),
});
/** A line of an export of version 1 that says what was known of the vocabulary, and when. */
type FactLine = z.output<typeof FactSchema>;

const EntryRevisionSchema = z.strictObject({
  entryType: z.enum(ENTRY_TYPES),
  id: identifier,
  sequence: z.int().positive(),
  revision: z.int().positive(),
  deleted: z.literal([0, 1]),
  content: z.looseObject({ id: identifier }),
  recordedAt: time,
  supersededAt: time.nullable(),
  author: z.string(),
  reason: z.string(),
});
type EntryRevisionLine = z.output<typeof EntryRevisionSchema>;

type HistoryLine =
  | { readonly fact: FactLine }
  | { readonly entryRevision: EntryRevisionLine }
  | { readonly revision: RevisionLine };

interface LineFaults {
  readonly faults: readonly RowFault[];
}

function readFact(line: object): HistoryLine | LineFaults {
  const result = FactSchema.safeParse(line);
  if (result.success) return { fact: result.data };
  return { faults: rowFaults(result.error, FactSchema, line, nestedPlace) };
}

function readEntryRevision(line: object): HistoryLine | LineFaults {
  const result = EntryRevisionSchema.safeParse(line);
  if (result.success) return { entryRevision: result.data };
  return { faults: rowFaults(result.error, EntryRevisionSchema, line, nestedPlace) };
}

function readRevision(line: object): HistoryLine | LineFaults {
  const result = RevisionSchema.safeParse(line);
  if (!result.success) return { faults: rowFaults(result.error, RevisionSchema, line, nestedPlace) };
  const revision = result.data as unknown as RevisionLine;
  const amount = unlessRefused(() => checkAmount(amountOf(revision)));
  if (!(amount instanceof DomainError)) return { revision };
  const message = describeDomainError(amount);
  return { faults: [rowFault('amountValue', amount.code, message, revision.amountValue)] };
}

/** A revision as its table keeps it. */
function rowOfRevision({ relations: _, ...line }: RevisionLine): typeof records.$inferInsert {
  const texts = Object.fromEntries(JSON_COLUMNS.map((name) => [name, JSON.stringify(line[name])]));
  return {
    ...line,
    ...(texts as Record<JsonColumn, string>),
    amountSortKey: amountSortKey(amountOf(line)),
  };
}

function amountOf(row: Omit<RevisionLine, 'relations'>) {
  return {
    value: row.amountValue,
    low: row.amountLow,
    high: row.amountHigh,
    qualifier: row.amountQualifier as (typeof QUALIFIERS)[number],
    currency: row.amountCurrency,
    asStated: row.amountAsStated,
    interpretation: row.amountInterpretation,
    ...(row.amountApproximate ? { approximate: true } : {}),
  };
}

const NOT_EMPTY: FileFault = {
  code: 'ledgerNotEmpty',
  message:
    'Somebody has written in this ledger already. A history is put back only into one that holds nothing but what its seed files brought.',
};

const CUT_OFF = {
  row: null,
  line: null,
  fault: rowFault(null, 'exportCutOff', 'The export has no last line: it is cut off.'),
  fatal: true,
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
    if ('entry' in line) brought.expectLater(row, line.entry);
    return { staged: { key: keyOf(line), content: line } };
  };

  return {
    refusal: async (read) => ((await isUnwritten(read)) ? null : NOT_EMPTY),
    check: async (read, rows, suggests) => {
      const lines = rows.map((row) => ({ row, line: readLine(row) }));
      brought.add(
        lines.flatMap(({ row, line }) => ('entry' in line ? [{ entry: line.entry, row: row.row }] : [])),
      );
      const references = createReferenceChecker(read, brought, suggests);
      await references.load(lines.flatMap(({ line }) => referencesOf(line)));
      return lines.map(({ row, line }) => {
        brought.lookFrom(row.row);
        return check(row, line, referenceFaults(referencesOf(line), references));
      });
    },
    finish: async (read) => [
      ...(await brought.finish(read)).map((fault) => ({ ...fault, fatal: true })),
      ...(isWhole ? [] : [CUT_OFF]),
    ],
    begin: clearRecords,
    publication: async (_read, rows, _publisher, tally) => {
      const lines = rows.map(({ content }) => content as StagedLine);
      for (const line of lines) {
        if ('revision' in line) tally.revisionsRestored += 1;
        else if ('entry' in line) tally.catalogueAdded += 1;
      }
      return { faults: [], write: (transaction) => writeLines(transaction, lines) };
    },
    conclude: async (transaction) => {
      // An export of version 1 has none of entries, and seed files may have brought some that it lacks.
      await beginHistories(transaction);
      const broken = await brokenHistory(transaction);
      if (broken === undefined) return null;
      return { code: 'brokenHistory', message: `The revisions of ${broken} do not count 1, 2, 3 …` };
    },
  };
}

function readLine(line: ReadRow): Line {
  const { row } = line;
  const read = readObject(line);
  if ('faults' in read) return read;
  const { type, ...own } = read.object;
  if (isEntryType(type)) return readEntry(type, read.object);
  switch (type) {
    case 'revision':
      return readRevision(own);
    case 'fact':
      return readFact(own);
    case 'entryRevision':
      return readEntryRevision(own);
    case 'export': {
      const { version } = own;
      const message = `The export is of version ${shown(version)}; this service reads versions ${READ_VERSIONS.join(', ')}.`;
      return {
        frame: 'first',
        ...(READ_VERSIONS.includes(version) ? {} : { fatal: { code: 'exportVersion', message } }),
      };
    }
    case 'end': {
      const message = `The export says that it has ${shown(own.lines)} lines, and it has ${row}.`;
      return { frame: 'last', ...(own.lines === row ? {} : { fatal: { code: 'exportCutOff', message } }) };
    }
    case undefined:
    case 'record':
      return faultOfType(type, 'is no line of an export: import records without `restore`', 'noHistory');
    default:
      return faultOfType(type);
  }
}

function referencesOf(line: Line): readonly Reference[] {
  if ('entry' in line) return referencesBefore(line.entry);
  if (!('revision' in line)) return [];
  return REFERENCES.map((name) => {
    const field = `${name}Id` as const;
    return { field, table: FILTERS[name].ids, id: line.revision[field] };
  });
}

/** By what a line is told from every other line. */
function keyOf(line: StagedLine): string {
  if ('entry' in line) return entryKey(line.entry);
  if ('revision' in line) return `${line.revision.id} ${line.revision.revision}`;
  if ('entryRevision' in line) {
    const { entryType, id, revision } = line.entryRevision;
    return `revision of ${entryType} ${id} ${revision}`;
  }
  return `fact ${line.fact.subject} ${line.fact.id} ${line.fact.revision}`;
}

async function writeLines(transaction: Transaction, lines: readonly StagedLine[]): Promise<void> {
  await restoreEntries(
    transaction,
    lines.flatMap((line) => ('entry' in line ? [line.entry] : [])),
  );
  await transaction.insertRows(
    entryRevisions,
    lines.flatMap((line) => {
      if (!('entryRevision' in line)) return [];
      const { entryType: type, content, ...row } = line.entryRevision;
      return [{ ...row, type, content: JSON.stringify(content) }];
    }),
  );
  await transaction.insertRows(
    factRevisions,
    lines.flatMap((line) =>
      'fact' in line ? [{ ...line.fact, value: JSON.stringify(line.fact.value) }] : [],
    ),
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
  await writeMadeOf(
    transaction,
    counting.map(({ sequence }) => sequence),
  );
}

/** Whether nobody has written anything yet. What seed files brought gives way to what an export says of it. */
async function isUnwritten(read: Snapshot): Promise<boolean> {
  for (const table of [records, sources, organisations, collections, entryRevisions]) {
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
  for (const table of [
    recordRelations,
    recordJson,
    recordTexts,
    records,
    sourceTexts,
    entryRevisions,
    factRevisions,
    seedFiles,
  ])
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
