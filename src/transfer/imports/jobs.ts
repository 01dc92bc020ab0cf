import { and, eq, inArray, sql } from '../../store/query.ts';
import type { Reader, Storage, Writer } from '../../store/sqlite/storage.ts';
import { importRows, imports } from '../../store/tables/schema.ts';
import type { RowFault } from './faults.ts';
import type { ImportFormat } from './reading.ts';

export const IMPORT_STATUSES = [
  'queued',
  'reading',
  'publishing',
  'published',
  'checked',
  'refused',
  'failed',
] as const;
export type ImportStatus = (typeof IMPORT_STATUSES)[number];
export const UNFINISHED = ['queued', 'reading', 'publishing'] as const satisfies readonly ImportStatus[];

/** So many of a job's errors are kept; all are counted. */
export const MOST_ERRORS_KEPT = 1000;

/** What an import is asked to do. */
export interface ImportOrder {
  readonly id: string;
  readonly format: ImportFormat;
  readonly dryRun: boolean;
  readonly onError: 'refuse' | 'skip';
  /** Whether the file is an export whose whole history is put back. */
  readonly restore: boolean;
  readonly author: string;
  readonly reason: string;
  readonly bytesTotal: number | null;
}

/** An error of an import: what is wrong, and where. */
export interface ImportError extends RowFault {
  /** Counts data rows from 1; null for the file as a whole, or its header. */
  readonly row: number | null;
  /** The line on which the row begins. */
  readonly line: number | null;
}

/** What an import did, or a dry run would do. */
export interface ImportResult {
  /** Records that the ledger did not have. */
  readonly added: number;
  /** Records that got a new revision. */
  readonly revised: number;
  /** Records that say what the ledger already says. */
  readonly unchanged: number;
  /** Organisations, sources, sectors and the like that the ledger did not have. */
  readonly catalogueAdded: number;
  readonly catalogueUnchanged: number;
  /** Revisions put back, where the file is an export. */
  readonly revisionsRestored: number;
}

/** Why a job ended before its time. */
export interface ImportFailure {
  readonly code: string;
  readonly message: string;
}

export interface ImportJob extends ImportOrder {
  readonly createdAt: string;
  readonly finishedAt: string | null;
  readonly status: ImportStatus;
  readonly bytesRead: number;
  readonly rowsRead: number;
  readonly rowsInvalid: number;
  readonly ignoredColumns: readonly string[];
  readonly errors: readonly ImportError[];
  readonly errorCount: number;
  readonly result: ImportResult | null;
  readonly failure: ImportFailure | null;
}

/** Records that an import is to be done. Inside a transaction. */
export function createJob(write: Writer, order: ImportOrder, now: Date): void {
  write
    .insert(imports)
    .values({
      ...order,
      createdAt: now.toISOString(),
      status: 'queued',
      dryRun: order.dryRun ? 1 : 0,
      restore: order.restore ? 1 : 0,
      rowsRead: 0,
      rowsInvalid: 0,
      errors: '[]',
      errorCount: 0,
    })
    .run();
}

export async function findJob(read: Reader, id: string): Promise<ImportJob | undefined> {
  const [row] = await read.select().from(imports).where(eq(imports.id, id));
  return row === undefined ? undefined : toJob(row);
}

function toJob(row: typeof imports.$inferSelect): ImportJob {
  return {
    ...row,
    status: row.status as ImportStatus,
    format: row.format as ImportFormat,
    onError: row.onError as ImportOrder['onError'],
    dryRun: row.dryRun !== 0,
    restore: row.restore !== 0,
    ignoredColumns: JSON.parse(row.ignoredColumns) as string[],
    errors: JSON.parse(row.errors) as ImportError[],
    result: row.result === null ? null : (JSON.parse(row.result) as ImportResult),
    failure: row.failure === null ? null : (JSON.parse(row.failure) as ImportFailure),
  };
}

export function updateJob(write: Writer, id: string, change: Partial<typeof imports.$inferInsert>): void {
  write.update(imports).set(change).where(eq(imports.id, id)).run();
}

/** Ends a job before its time. */
export function failJob({ write }: Storage, id: string, failure: ImportFailure, now: Date): void {
  write
    .update(imports)
    .set({ status: 'failed', failure: JSON.stringify(failure), finishedAt: now.toISOString() })
    .where(and(eq(imports.id, id), inArray(imports.status, [...UNFINISHED])))
    .run();
}

const ROWS_DELETED_AT_ONCE = 5000;

/** Deletes what a job staged, a few thousand rows at a time, so that other writers get their turn. */
export function* deleteStagedRows({ write }: Storage, id: string): Generator<void> {
  for (;;) {
    const { changes } = write
      .delete(importRows)
      .where(
        and(
          eq(importRows.importId, id),
          sql`${importRows.row} in (select "row" from "import_rows" where "import_id" = ${id} order by "row" limit ${ROWS_DELETED_AT_ONCE})`,
        ),
      )
      .run();
    if (changes === 0) return;
    yield;
  }
}

/** The jobs that have not ended, and those that left staged rows behind. */
export function unsettledJobs({ sqlite }: Storage): readonly { id: string; unfinished: boolean }[] {
  return sqlite
    .prepare<[], { id: string; unfinished: number }>(
      `select id, status in (${UNFINISHED.map((status) => `'${status}'`).join(', ')}) as unfinished from imports
       where status in (${UNFINISHED.map((status) => `'${status}'`).join(', ')}) or id in (select distinct import_id from import_rows)`,
    )
    .all()
    .map(({ id, unfinished }) => ({ id, unfinished: unfinished !== 0 }));
}
