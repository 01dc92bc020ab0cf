import { pause } from '../../http/turns.ts';
import { collectionOfAuthor } from '../../ledger/keys/keys.ts';
import { attachStore } from '../../store/engine.ts';
import type { StorageFailure } from '../../store/failures.ts';
import { advanceDatasetVersion } from '../../store/ledger-state.ts';
import type { Snapshot, Store, Transaction } from '../../store/store.ts';
import { createRestoring } from '../restore/restoring.ts';
import { rowFault } from '../row-faults.ts';
import type { FileFault, LateFault, ReadRow, RowHandling, Tally } from '../row-handling.ts';
import { emptyTally } from '../row-handling.ts';
import { createRecordHandling } from './handling.ts';
import type { ImportOrder, ImportProgress } from './job.ts';
import { beginJob, failJob, STAGING, unlessHeld, updateJob, WRITE_TIMEOUT_MS } from './job.ts';
import { ImportLog } from './log.ts';
import { readRows, UnreadableFile } from './read.ts';
import { checkHeader } from './rows.ts';
import {
  deleteStagedRows,
  stagedBatches,
  stagedClaims,
  stagedContents,
  stageRows,
  unstageRows,
} from './stage.ts';

/*
 * The steps of an import: read, check and stage the rows, some at a time; then publish them all at once.
 */

export interface RunOptions {
  readonly now: () => Date;
  readonly onProgress?: (progress: ImportProgress) => void;
  /** So many rows are checked and staged at once, and published: the fewer, the less others wait; the more, the faster. */
  readonly rowsAtOnce?: number;
}

const ROWS_AT_ONCE = 250;
/** Fewer rows, where they are so long. */
const BATCH_BYTES = 1_048_576;
/** A file with so many errors is another one than was meant: the rest is not read. */
const MOST_ERRORS = 100_000;
const REPORTED_EVERY = 1000;
/** What passes: whoever takes the job next begins anew. */
const PASSING: ReadonlySet<StorageFailure | null> = new Set([
  'ledgerBusy',
  'databaseUnreachable',
  'storageFailing',
]);

interface Run extends RunOptions {
  readonly store: Store;
  readonly order: ImportOrder;
  readonly handling: RowHandling;
  readonly log: ImportLog;
}

/**
 * Does an import whose file was received, unless it is being done or has ended; removes the file when it is done with.
 * Whatever ends it before its time, also the loss of its lock, whoever takes it next begins anew.
 * @throws what `runImport` throws, and what the database fails with
 */
export async function takeImport(store: Store, id: string, options: RunOptions): Promise<void> {
  await unlessHeld(store, id, async () => {
    const order = await beginJob(store, id, options.now());
    if (order !== null)
      try {
        await runImport(store, order, store.scratch.read(id), options);
      } catch (error) {
        if (PASSING.has(store.failureOf(error))) throw error;
        // Before the failure is written again: the disk may be full.
        await store.scratch.remove(id);
        throw error;
      }
    await store.scratch.remove(id);
  });
}

/**
 * Does an import whose job has been recorded. The job says how it went; a file that is wrong is no error here.
 * @throws whatever the database or the stream of bytes fails with, after the job is marked as failed where that can be
 *   written; where the database fails in a way that passes, the job is left as it is
 */
export async function runImport(
  store: Store,
  order: ImportOrder,
  bytes: AsyncIterable<Uint8Array>,
  options: RunOptions,
): Promise<void> {
  const handling = order.restore
    ? createRestoring()
    : createRecordHandling(order.format, stagedContents(order.id), {
        claims: order.allowDuplicate ? 'marked' : stagedClaims(order.id),
        collection: await store.snapshot((read) => collectionOfAuthor(read, order.author)),
      });
  const log = new ImportLog((progress) => options.onProgress?.(progress));
  const run: Run = { ...options, store, order, handling, log };
  try {
    await readAndStage(run, bytes);
    await publish(run);
  } catch (error) {
    const code = store.failureOf(error);
    if (PASSING.has(code)) throw error;
    const message =
      code === null
        ? 'The import ended unexpectedly; nothing was published.'
        : code === 'clockBehindLedger'
          ? `${(error as Error).message} Nothing was published.`
          : `The database failed (${code}); nothing was published.`;
    await failJob(store, order.id, { code: code ?? 'internalError', message }, options.now());
    await deleteStagedRows(store, order.id);
    throw error;
  }
  await deleteStagedRows(store, order.id);
}

async function readAndStage(run: Run, bytes: AsyncIterable<Uint8Array>): Promise<void> {
  const { store, handling, log } = run;
  await save(run);
  const refusal = await store.snapshot((read) => handling.refusal(read));
  if (refusal !== null) {
    log.refuse(refusal);
    return;
  }
  const rows = readRows(run.order.format, counted(bytes, log), (header) => {
    const { ignored, faults } = checkHeader(header);
    log.ignoredColumns = ignored;
    log.refuseHeader(faults);
    return faults.length === 0;
  });
  try {
    for await (const batch of batchesOf(rows, run)) {
      await stageBatch(run, batch);
      if (log.errorCount >= MOST_ERRORS) log.refuse(tooManyErrors(log.errorCount));
      if (log.isUnusable) return;
      await pause();
    }
  } catch (error) {
    if (!(error instanceof UnreadableFile)) throw error;
    log.refuse(error, error);
    return;
  }
  if (!log.isUnusable) await checkWhole(run);
}

async function* counted(bytes: AsyncIterable<Uint8Array>, log: ImportLog): AsyncGenerator<Uint8Array> {
  for await (const chunk of bytes) {
    log.progress = { ...log.progress, bytesRead: log.progress.bytesRead + chunk.byteLength };
    yield chunk;
  }
}

/** Rows some at a time; those before one that cannot be read come before the error. */
async function* batchesOf(
  rows: AsyncIterable<ReadRow>,
  { log, rowsAtOnce = ROWS_AT_ONCE }: Pick<Run, 'log' | 'rowsAtOnce'>,
): AsyncGenerator<readonly ReadRow[]> {
  let batch: ReadRow[] = [];
  let begin = 0;
  try {
    for await (const row of rows) {
      batch.push(row);
      const { bytesRead } = log.progress;
      // A document's text is looked into by the rows after it, so it is staged before they are checked.
      if (batch.length < rowsAtOnce && bytesRead - begin < BATCH_BYTES && !hasText(row)) continue;
      yield batch;
      batch = [];
      begin = bytesRead;
    }
  } catch (error) {
    yield batch;
    throw error;
  }
  yield batch;
}

function tooManyErrors(count: number): FileFault {
  const message = `The rest of the file was not read: ${count} errors are more than an import lists or skips.`;
  return { code: 'tooManyErrors', message };
}

function hasText({ value }: ReadRow): boolean {
  return typeof (value as { text?: unknown } | null | undefined)?.text === 'string';
}

async function stageBatch({ store, order, handling, log }: Run, batch: readonly ReadRow[]): Promise<void> {
  const checked = await store.snapshot((read) => handling.check(read, batch, log.keepsErrors));
  const end = checked.findIndex(({ fatal }) => fatal !== undefined);
  const rows = batch
    .slice(0, end < 0 ? batch.length : end + 1)
    .map((row, place) => ({ row, ...checked[place] }));
  await store.write(async (transaction) => {
    const repeated = await stageRows(
      transaction,
      order.id,
      rows.flatMap(({ row: { row }, staged }) => (staged === undefined ? [] : [{ row, ...staged }])),
    );
    for (const { row, staged, filledIn, faults = [], causes = [], fatal } of rows) {
      if (filledIn !== undefined && !repeated.has(row.row)) log.addFilledIn({ row: row.row, ...filledIn });
      const earlier = repeated.get(row.row);
      if (faults.length + causes.length > 0) log.addFaults(row, faults);
      log.addConsequences(causes);
      if (earlier !== undefined && staged !== undefined)
        log.addFaults(row, [rowFault('id', 'repeatedId', `stands in row ${earlier} already`, staged.key)]);
      if (fatal !== undefined) log.refuse(fatal, row);
    }
    log.advance({ rowsRead: log.progress.rowsRead + rows.length });
    await updateJob(transaction, order.id, log.columns());
  }, STAGING);
}

/** Looks for what shows only when all rows are known. */
async function checkWhole(run: Run): Promise<void> {
  const { store, order, handling, log } = run;
  const faults = await store.snapshot((read) => handling.finish(read));
  for (const { fault, fatal, ...place } of faults) {
    if (place.row === null) log.refuse(fault);
    else log.addFaults(place, [fault]);
    if (fatal) log.isUnusable = true;
  }
  const fallen = faults.flatMap(({ row }) => row ?? []);
  if (fallen.length > 0)
    await store.write((transaction) => unstageRows(transaction, order.id, fallen), STAGING);
}

/** Publishes what is staged in one transaction, unless something forbids it. */
async function publish(run: Run): Promise<void> {
  const { store, order, log } = run;
  if (log.isUnusable || (log.errorCount > 0 && (order.onError === 'refuse' || order.restore))) {
    await finish(run, 'refused', null);
    return;
  }
  log.advance({ status: 'publishing' });
  await save(run);
  if (order.dryRun) {
    const tally = emptyTally();
    await store.snapshot((read) => publishAll(run, read, tally));
    await finish(run, 'checked', tally);
    return;
  }
  try {
    await store.write((transaction) => publishInto(run, transaction), { timeoutMs: WRITE_TIMEOUT_MS });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    for (const { fault, ...place } of error.faults) log.addFaults(place, [fault]);
    if (error.file !== null) log.refuse(error.file);
    await finish(run, 'refused', null);
  }
}

async function publishInto(run: Run, transaction: Transaction): Promise<void> {
  const { order, handling, log } = run;
  const refuse = (file: FileFault | null): void => {
    if (file !== null) throw new Refusal([], file);
  };
  refuse(await handling.refusal(transaction));
  await handling.begin(transaction);
  const tally = emptyTally();
  const faults = await publishAll(run, transaction, tally, transaction);
  if (faults.length > 0 && order.onError === 'refuse') throw new Refusal(faults, null);
  for (const { fault, ...place } of faults) log.addFaults(place, [fault]);
  refuse(await handling.conclude(transaction));
  const { added, revised, catalogueAdded, catalogueRevised, revisionsRestored } = tally;
  if (added + revised + catalogueAdded + catalogueRevised + revisionsRestored > 0)
    await advanceDatasetVersion(transaction, `import ${order.id} ${JSON.stringify(tally)}`);
  await updateJob(transaction, order.id, ended(run, 'published', tally));
}

/** Goes through all staged rows. @param transaction where they are written; without it they are only counted */
async function publishAll(
  { order, handling, log, rowsAtOnce = ROWS_AT_ONCE }: Run,
  read: Snapshot,
  tally: Tally,
  transaction?: Transaction,
): Promise<readonly LateFault[]> {
  const all: LateFault[] = [];
  let reported = 0;
  for await (const rows of stagedBatches(read, order.id, rowsAtOnce)) {
    const { faults, write } = await handling.publication(read, rows, order, tally);
    all.push(...faults);
    if (transaction !== undefined) await write(transaction);
    const rowsPublished = log.progress.rowsPublished + rows.length;
    if (rowsPublished - reported < REPORTED_EVERY) log.progress = { ...log.progress, rowsPublished };
    else {
      log.advance({ rowsPublished });
      reported = rowsPublished;
    }
    await pause();
  }
  return all;
}

async function save({ store, order, log }: Run): Promise<void> {
  await store.write((transaction) => updateJob(transaction, order.id, log.columns()), STAGING);
}

async function finish(run: Run, status: ImportProgress['status'], result: Tally | null): Promise<void> {
  const change = ended(run, status, result);
  await run.store.write((transaction) => updateJob(transaction, run.order.id, change), {
    timeoutMs: WRITE_TIMEOUT_MS,
  });
}

function ended({ now, log }: Run, status: ImportProgress['status'], result: Tally | null) {
  log.advance({ status });
  return {
    ...log.columns(true),
    result: result === null ? null : JSON.stringify(result),
    finishedAt: now().toISOString(),
  };
}

/** What the ledger says against publishing, found inside the transaction, which it undoes. */
class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly faults: readonly LateFault[];
  readonly file: FileFault | null;

  constructor(faults: readonly LateFault[], file: FileFault | null) {
    super(file?.code ?? faults[0]?.fault.code);
    this.faults = faults;
    this.file = file;
  }
}

/** What an import on a thread of its own is given: what the ledger is opened by, and which import it is. */
export interface ThreadImport extends Pick<Store, 'location' | 'clockToleranceMs'> {
  readonly id: string;
  /** One number: where it says how many rows it has published. */
  readonly rowsPublished: Int32Array;
}

/** What the thread runs. */
export async function importInThread({ location, id, rowsPublished, ...clock }: ThreadImport): Promise<void> {
  const store = attachStore(location, clock);
  try {
    await takeImport(store, id, { now: () => new Date(), onProgress: countingIn(rowsPublished) });
  } finally {
    await store.close();
  }
}

/** Keeps a shared count of the rows that are published. */
export function countingIn(rowsPublished: Int32Array): (progress: ImportProgress) => void {
  return (progress) => void Atomics.store(rowsPublished, 0, progress.rowsPublished);
}
