import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { and, eq, inArray, or } from '../../store/query.ts';
import type { Reader, Store, Transaction } from '../../store/store.ts';
import { importRows, imports } from '../../store/tables/schema.ts';
import type { FileFault, Tally } from '../row-handling.ts';
import type { ImportFormat } from './read.ts';
import type { ImportJobAnswer } from './schemas.ts';
import { deleteStagedRows } from './stage.ts';

type Job = ImportJobAnswer['data'];
export type ImportStatus = Job['status'];
export const UNFINISHED = ['queued', 'reading', 'publishing'] as const satisfies readonly ImportStatus[];

/** So many of a job's errors are kept; all are counted. */
export const MOST_ERRORS_KEPT = 1000;

export interface ImportOrder
  extends Readonly<Pick<Job, 'id' | 'format' | 'dryRun' | 'onError' | 'restore' | 'author' | 'reason'>> {
  readonly bytesTotal: number | null;
}

/** What is wrong, and where. */
export type ImportError = Job['errors'][number];

export interface ImportProgress extends Readonly<Omit<Job['progress'], 'bytesTotal'>> {
  readonly status: ImportStatus;
}

export type ImportJob = Readonly<Omit<Job, 'progress'> & Omit<Job['progress'], 'rowsPublished'>>;

/** Records that an import is to be done. @returns its job */
export async function createJob(transaction: Transaction, order: ImportOrder, now: Date): Promise<ImportJob> {
  const job = {
    ...order,
    createdAt: now.toISOString(),
    status: 'queued',
    dryRun: order.dryRun ? 1 : 0,
    restore: order.restore ? 1 : 0,
    rowsRead: 0,
    rowsInvalid: 0,
    errors: '[]',
    errorCount: 0,
  };
  const [row] = await transaction.insert(imports).values(job).returning();
  return toJob(row as typeof imports.$inferSelect);
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
    result: row.result === null ? null : (JSON.parse(row.result) as Tally),
    failure: row.failure === null ? null : (JSON.parse(row.failure) as FileFault),
  };
}

export async function updateJob(
  transaction: Transaction,
  id: string,
  change: Partial<typeof imports.$inferInsert>,
): Promise<void> {
  await transaction.update(imports).set(change).where(eq(imports.id, id));
}

/** Ends a job that has not ended. */
export async function failJob(store: Store, id: string, failure: FileFault, now: Date): Promise<void> {
  await store.write(async (transaction) => {
    await transaction
      .update(imports)
      .set({ status: 'failed', failure: JSON.stringify(failure), finishedAt: now.toISOString() })
      .where(and(eq(imports.id, id), inArray(imports.status, [...UNFINISHED])));
  });
}

/** What is held from before a job is recorded until it has ended: of one that nobody holds, the process has ended. */
export function importLock(id: string): string {
  return `import-${id}`;
}

/** Where a ledger's imports keep their files until they have ended. */
export function importsDirectory({ filesDirectory }: Store): string {
  return join(filesDirectory, 'imports');
}

/**
 * Settles what a process that was killed left behind: its jobs are marked as failed, and what they had staged or
 * received is deleted. The jobs of processes that live are left alone.
 */
export async function settleInterruptedImports(store: Store, now: Date): Promise<void> {
  const unsettled = await store.snapshot((read) => {
    const staging = read.selectDistinct({ id: importRows.importId }).from(importRows);
    const isUnsettled = or(inArray(imports.status, [...UNFINISHED]), inArray(imports.id, staging));
    return read.select({ id: imports.id }).from(imports).where(isUnsettled);
  });
  for (const { id } of unsettled) {
    if (await store.isUnderWay(importLock(id))) continue;
    const message = 'The process ended before the import did; nothing was published. Send the file again.';
    await failJob(store, id, { code: 'interrupted', message }, now);
    await deleteStagedRows(store, id);
  }
  const directory = importsDirectory(store);
  if (!existsSync(directory)) return;
  for (const name of readdirSync(directory)) {
    if (await store.isUnderWay(importLock(name.replace(/\..*$/, '')))) continue;
    rmSync(join(directory, name), { force: true });
  }
}
