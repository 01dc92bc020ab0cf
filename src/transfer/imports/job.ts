import type { PageOf, PageRequest } from '../../store/keyset.ts';
import { keysetPage } from '../../store/keyset.ts';
import { and, asc, count, eq, getTableColumns, inArray, isNull, or, sql } from '../../store/query.ts';
import type { Reader, Store, Transaction } from '../../store/store.ts';
import { importRows, imports } from '../../store/tables/schema.ts';
import type { FileFault, Tally } from '../row-handling.ts';
import { emptyTally } from '../row-handling.ts';
import type { ImportFormat } from './read.ts';
import type { ImportJobAnswer } from './schemas.ts';
import { deleteStagedRows } from './stage.ts';

type Job = ImportJobAnswer['data'];
export type ImportStatus = Job['status'];
/** An import that ends its process each time is not tried for ever. */
const MOST_ATTEMPTS = 3;
/** Whoever only looks whether somebody holds a lock holds it for so long at most. */
const LOCK_TIMEOUT_MS = 200;
/** An import may wait for other writers: nobody waits for it. */
export const WRITE_TIMEOUT_MS = 60_000;
/** What is staged is no loss if the machine stops; what is published is. */
export const STAGING = { timeoutMs: WRITE_TIMEOUT_MS, durable: false };

const INTERRUPTED: FileFault = {
  code: 'interrupted',
  message: 'The process ended before the import did; nothing was published. Send the file again.',
};
const GIVEN_UP: FileFault = {
  code: 'interrupted',
  message: `The import was begun ${MOST_ATTEMPTS} times, and each time its process or the database failed before it had ended; nothing was published. The log of the server says why. Import the file in parts.`,
};

/** So many of a job's errors are kept; all are counted. */
export const MOST_ERRORS_KEPT = 1000;
/** What was filled in is told of so many records. */
export const MOST_FILLED_IN_KEPT = 100;

export interface ImportOrder
  extends Readonly<
    Pick<Job, 'id' | 'format' | 'dryRun' | 'onError' | 'allowDuplicate' | 'restore' | 'author' | 'reason'>
  > {
  readonly bytesTotal: number | null;
}

/** What is wrong, and where. */
export type ImportError = Job['errors'][number];

/** What was filled in of a record, and where. */
export type FilledInRow = Job['filledIn'][number];

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
    allowDuplicate: order.allowDuplicate ? 1 : 0,
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

type SortKey = 'createdAt' | 'id';
/** The newest first. */
export const JOB_ORDER: PageRequest<SortKey>['sort'] = [
  { key: 'createdAt', direction: 'descending' },
  { key: 'id', direction: 'descending' },
];

/** The imports that were sent with a key. @param author its name, which no other key has */
export function listJobs(
  read: Reader,
  author: string,
  page: PageRequest<SortKey>,
): Promise<PageOf<ImportJob>> {
  return keysetPage<ImportJob, SortKey>(
    read,
    {
      table: imports,
      select: getTableColumns(imports),
      where: eq(imports.author, author),
      columns: imports,
      valueOf: (job, key) => job[key],
      complete: async (rows) => rows.map((row) => toJob(row as typeof imports.$inferSelect)),
    },
    page,
  );
}

function toJob({ attempts: _, ...row }: typeof imports.$inferSelect): ImportJob {
  // One of an earlier version has not counted all of it.
  const tally = { ...emptyTally(), ...(JSON.parse(row.result ?? '{}') as Partial<Tally>) };
  const { unverifiedRows: unverified, ...result } = tally;
  return {
    ...row,
    status: row.status as ImportStatus,
    format: row.format as ImportFormat,
    onError: row.onError as ImportOrder['onError'],
    dryRun: row.dryRun !== 0,
    allowDuplicate: row.allowDuplicate !== 0,
    restore: row.restore !== 0,
    ignoredColumns: JSON.parse(row.ignoredColumns) as string[],
    errors: JSON.parse(row.errors) as ImportError[],
    filledIn: JSON.parse(row.filledIn) as FilledInRow[],
    unverified,
    result: row.result === null ? null : result,
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
  await store.write((transaction) => updateUnfinished(transaction, id, failed(failure, now)));
}

function failed(failure: FileFault, now: Date): Partial<typeof imports.$inferInsert> {
  return { status: 'failed', failure: JSON.stringify(failure), finishedAt: now.toISOString() };
}

async function updateUnfinished(
  transaction: Transaction,
  id: string,
  change: Partial<typeof imports.$inferInsert>,
): Promise<void> {
  await transaction
    .update(imports)
    .set(change)
    .where(and(eq(imports.id, id), isNull(imports.finishedAt)));
}

/** What is held while a file is received and its job recorded, and while the job is done: one that nobody holds is free. */
export function importLock(id: string): string {
  return `import-${id}`;
}

/** Runs an action under an import's lock, unless somebody holds that. */
export async function unlessHeld(store: Store, id: string, action: () => Promise<void>): Promise<void> {
  let isHeld = false;
  const act = (): Promise<void> => {
    isHeld = true;
    return action();
  };
  await store.exclusive(importLock(id), act, { timeoutMs: LOCK_TIMEOUT_MS }).catch((error: unknown) => {
    if (isHeld || store.failureOf(error) !== 'ledgerBusy') throw error;
  });
}

/** The jobs that have not ended, the oldest first. */
export async function unfinishedJobs(
  read: Reader,
): Promise<readonly { readonly id: string; readonly bytesTotal: number | null }[]> {
  return read
    .select({ id: imports.id, bytesTotal: imports.bytesTotal })
    .from(imports)
    .where(isNull(imports.finishedAt))
    .orderBy(asc(imports.createdAt), asc(imports.id));
}

/**
 * Notes that a job is begun, and removes what an earlier attempt has left. The caller holds the job's lock.
 * @returns null where the job has ended, which it has as well where it was begun too often
 */
export async function beginJob(store: Store, id: string, now: Date): Promise<ImportOrder | null> {
  const begun = await store.write(async (transaction) => {
    const [row] = await transaction.select().from(imports).where(eq(imports.id, id));
    if (row === undefined || row.finishedAt !== null) return null;
    const isGivenUp = row.attempts >= MOST_ATTEMPTS;
    await updateJob(
      transaction,
      id,
      isGivenUp ? failed(GIVEN_UP, now) : { attempts: row.attempts + 1, errors: '[]' },
    );
    return { order: isGivenUp ? null : toJob(row), hasStaged: row.rowsRead > 0 };
  }, STAGING);
  if (begun?.hasStaged !== false) await deleteStagedRows(store, id);
  return begun?.order ?? null;
}

/** Lets a job that was stopped be begun again, as if it had not been begun. The caller holds the job's lock. */
export async function requeueJob(store: Store, id: string): Promise<void> {
  await store.write((transaction) =>
    updateUnfinished(transaction, id, { status: 'queued', attempts: sql`attempts - 1` as never }),
  );
}

/**
 * Removes what is left of an import that has ended, or was never recorded; one whose file is gone is ended. Leaves alone
 * what somebody does, or can do.
 */
export async function settleImport(store: Store, id: string, now: Date): Promise<void> {
  const settle = async (): Promise<void> => {
    const job = await store.snapshot((read) => findJob(read, id));
    if (job?.finishedAt === null) {
      if ((await store.scratch.names()).includes(id)) return;
      await failJob(store, id, INTERRUPTED, now);
    }
    await deleteStagedRows(store, id);
    await store.scratch.remove(id);
  };
  if (!(await store.isUnderWay(importLock(id)))) await unlessHeld(store, id, settle);
}

/** Settles what processes that were killed left behind, but for what a server of the ledger goes on with. */
export async function settleInterruptedImports(store: Store, now: Date): Promise<void> {
  const unsettled = await store.snapshot((read) => {
    const staging = read.selectDistinct({ id: importRows.importId }).from(importRows);
    const isUnsettled = or(isNull(imports.finishedAt), inArray(imports.id, staging));
    return read.select({ id: imports.id }).from(imports).where(isUnsettled);
  });
  for (const { id } of unsettled) await settleImport(store, id, now);
}

/** How many jobs there are of each state. */
export async function countJobs(
  read: Reader,
): Promise<readonly { readonly status: string; readonly jobs: number }[]> {
  return read.select({ status: imports.status, jobs: count() }).from(imports).groupBy(imports.status);
}
