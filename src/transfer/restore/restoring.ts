import type BetterSqlite3 from 'better-sqlite3';
import { z } from 'zod';
import { DomainError } from '../../domain/errors.ts';
import { checkAmount, QUALIFIERS } from '../../domain/money/amount.ts';
import { PERIOD_KINDS } from '../../domain/period/period.ts';
import { describeDomainError } from '../../http/message/domain-errors.ts';
import { identifier } from '../../http/query/shared-schemas.ts';
import { FACT_SUBJECTS } from '../../ledger/catalogue/facts.ts';
import { CONFIDENCES } from '../../ledger/records/filters.ts';
import { SEED_AUTHOR } from '../../ledger/seed-file.ts';
import { beginRecordsHistoryNow } from '../../store/ledger-state.ts';
import { getTableColumns } from '../../store/query.ts';
import { amountSortKey } from '../../store/sort-key.ts';
import { indexRevision } from '../../store/sqlite/full-text.ts';
import type { Storage } from '../../store/sqlite/storage.ts';
import { factRevisions, RECORD_KINDS, records } from '../../store/tables/schema.ts';
import type { RowFault } from '../imports/faults.ts';
import { nestedPlace, rowFaults, shown } from '../imports/faults.ts';
import type { References } from '../imports/references.ts';
import { unknownId } from '../imports/rows.ts';

/*
 * The history of an export, put back as it was: every revision under its number, with its time, author and reason.
 */

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

/** The columns of `records`: text or whole numbers, null where the column may be. */
const columns = Object.fromEntries(
  Object.entries(getTableColumns(records)).map(([key, { dataType, notNull }]) => {
    const schema = dataType === 'number' ? z.int() : z.string();
    return [key, notNull ? schema : schema.nullable()];
  }),
);
const { amountSortKey: _, ...plainColumns } = columns;

/** A line of an export that is one revision of a record. */
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
  relations: z.array(z.strictObject({ kind: z.string(), record: identifier })),
});
export interface RevisionRow
  extends Omit<RecordRow, JsonColumn | 'amountSortKey'>,
    Record<JsonColumn, unknown[]> {
  readonly relations: readonly { readonly kind: string; readonly record: string }[];
}

const FactSchema = z.strictObject({
  subject: z.enum(FACT_SUBJECTS),
  id: identifier,
  revision: z.int().positive(),
  value: z.unknown(),
  recordedAt: time,
  supersededAt: time.nullable(),
});
/** A line of an export that says what was known of the vocabulary, and when. */
export type FactRow = z.output<typeof FactSchema>;

/** Reads a fact of an export. */
export function checkFact(value: Readonly<Record<string, unknown>>): {
  readonly fact?: FactRow;
  readonly faults: readonly RowFault[];
} {
  const { type: _, ...own } = value;
  const result = FactSchema.safeParse(own);
  if (result.success) return { fact: result.data, faults: [] };
  return { faults: rowFaults(result.error, FactSchema, own, nestedPlace) };
}

/** Writes a fact as it was. Inside a transaction. */
export function restoreFact({ write }: Storage, fact: FactRow): void {
  write
    .insert(factRevisions)
    .values({ ...fact, value: JSON.stringify(fact.value) })
    .run();
}

/** Reads a revision of an export. */
export function checkRevision(
  value: Readonly<Record<string, unknown>>,
  references: References,
): { readonly revision?: RevisionRow; readonly faults: readonly RowFault[] } {
  const { type: _, ...own } = value;
  const result = RevisionSchema.safeParse(own);
  if (!result.success) return { faults: rowFaults(result.error, RevisionSchema, own, nestedPlace) };
  const revision = result.data as unknown as RevisionRow;
  const faults: RowFault[] = [];
  for (const [column, group, id] of [
    ['collectionId', 'collection', revision.collectionId],
    ['organisationId', 'organisation', revision.organisationId],
    ['sourceId', 'source', revision.sourceId],
    ['sectorId', 'sector', revision.sectorId],
    ['regionId', 'region', revision.regionId],
    ['measureId', 'measure', revision.measureId],
    ['scopeId', 'scope', revision.scopeId],
  ] as const) {
    if (id !== null && !references.has(group, id)) faults.push(unknownId(column, group, id, references));
  }
  try {
    checkAmount(amountOf(revision));
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    faults.push({
      column: 'amountValue',
      code: error.code,
      message: describeDomainError(error),
      value: shown(revision.amountValue),
    });
  }
  return faults.length > 0 ? { faults } : { revision, faults };
}

function amountOf(row: RevisionRow) {
  return {
    value: row.amountValue,
    low: row.amountLow,
    high: row.amountHigh,
    qualifier: row.amountQualifier as (typeof QUALIFIERS)[number],
    currency: row.amountCurrency,
    asStated: row.amountAsStated,
    interpretation: row.amountInterpretation,
  };
}

/**
 * Whether a history can be put back: only where nobody has written anything yet. What seed files brought gives way to
 * what the export says of it.
 */
export function isUnwritten({ sqlite }: Storage): boolean {
  return ['records', 'sources', 'organisations', 'collections'].every(
    (table) =>
      sqlite
        .prepare(`select 1 from ${table} where author is not null and author <> ? limit 1`)
        .get(SEED_AUTHOR) === undefined,
  );
}

/** Takes out what seed files brought, before a history is put back. Inside a transaction. */
export function clearRecords({ sqlite, write }: Storage): void {
  for (const table of ['record_relations', 'record_texts', 'records', 'source_texts', 'fact_revisions'])
    sqlite.exec(`delete from ${table}`);
  // Seed files of this version may say more than the export: the next start looks at them again.
  sqlite.exec('delete from seed_files');
  // Who has read records under their sequences must not take the new ones for the same.
  beginRecordsHistoryNow(write);
}

interface Statements {
  readonly insert: BetterSqlite3.Statement<[Record<string, unknown>]>;
  readonly relate: BetterSqlite3.Statement<[string, number, string, string]>;
}
const STATEMENTS = new WeakMap<BetterSqlite3.Database, Statements>();

function statementsOf({ sqlite }: Storage): Statements {
  const known = STATEMENTS.get(sqlite);
  if (known !== undefined) return known;
  const table = Object.entries(getTableColumns(records));
  const statements: Statements = {
    insert: sqlite.prepare(
      `insert into records (${table.map(([, { name }]) => `"${name}"`).join(', ')}) values (${table.map(([key]) => `@${key}`).join(', ')})`,
    ),
    relate: sqlite.prepare(
      'insert into record_relations (record_id, revision, kind, target_id) values (?, ?, ?, ?)',
    ),
  };
  STATEMENTS.set(sqlite, statements);
  return statements;
}

/** Writes a revision as it was. Inside a transaction. */
export function restoreRevision(storage: Storage, row: RevisionRow): void {
  const { relations, ...plain } = row;
  const { insert, relate } = statementsOf(storage);
  const texts = Object.fromEntries(JSON_COLUMNS.map((name) => [name, JSON.stringify(row[name])]));
  insert.run({ ...plain, ...texts, amountSortKey: amountSortKey(amountOf(row)) });
  for (const { kind, record } of relations) relate.run(row.id, row.revision, kind, record);
  if (row.deleted !== 0) return;
  indexRevision(storage, row.sequence, {
    organisation: row.organisationId,
    source: row.sourceId,
    sector: row.sectorId,
    measure: row.measureId,
    asStated: row.amountAsStated,
    phrase: row.evidencePhrase,
    notes: row.notes,
  });
}

/** The first record whose revisions do not count 1, 2, 3 …; undefined where all do. Inside the transaction. */
export function brokenHistory({ sqlite }: Storage): string | undefined {
  return sqlite
    .prepare<[], string>('select id from records group by id having max(revision) <> count(*) limit 1')
    .pluck()
    .get();
}
