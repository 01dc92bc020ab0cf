import { setImmediate as nextTurn } from 'node:timers/promises';
import type BetterSqlite3 from 'better-sqlite3';
import { storageFailureOf } from '../../store/failures.ts';
import { advanceDatasetVersionNow } from '../../store/ledger-state.ts';
import { recordingTime } from '../../store/recording-time.ts';
import type { Storage } from '../../store/sqlite/storage.ts';
import { brokenHistory, checkFact, checkRevision, clearRecords, isUnwritten } from '../restore/restoring.ts';
import type { CatalogueRow } from './catalogue-rows.ts';
import { CATALOGUE_TYPES, checkCatalogueRow, compareWithHeld, isCatalogueType } from './catalogue-rows.ts';
import type { RowFault } from './faults.ts';
import { shown } from './faults.ts';
import type { ImportError, ImportOrder, ImportStatus } from './jobs.ts';
import { deleteStagedRows, failJob, MOST_ERRORS_KEPT, updateJob } from './jobs.ts';
import type { StagedRow, Tally } from './publishing.ts';
import { emptyTally, settleRow, stagedKey, stagedRows } from './publishing.ts';
import type { FileRows, ReadRow } from './reading.ts';
import { readRows, UnreadableFile } from './reading.ts';
import type { CheckContext, CheckedRecord } from './rows.ts';
import { checkFlatRow, checkHeader, checkNestedRow, createCheckContext } from './rows.ts';

/** How far an import is. */
export interface ImportProgress {
  readonly status: ImportStatus;
  readonly bytesRead: number;
  readonly rowsRead: number;
  readonly rowsInvalid: number;
  /** Of the staged rows, how many have been gone through for publishing. */
  readonly rowsPublished: number;
}

export interface RunOptions {
  readonly now: () => Date;
  readonly onProgress?: (progress: ImportProgress) => void;
}

/** Rows that are checked and staged at once: some tens of milliseconds of work. */
const BATCH_ROWS = 250;

/**
 * Does an import whose job has been recorded: reads, checks and stages the rows in short transactions, then publishes
 * them in one. The job says how it went; a file that is wrong is no error here.
 * @throws whatever the database or the stream of bytes fails with, after the job is marked as failed where that can be written
 */
export async function runImport(
  storage: Storage,
  order: ImportOrder,
  bytes: AsyncIterable<Uint8Array>,
  options: RunOptions,
): Promise<void> {
  const run = new ImportRun(storage, order, options);
  try {
    await run.read(bytes);
    await run.publish();
  } catch (error) {
    const code = storageFailureOf(error);
    const message =
      code === null
        ? 'The import ended unexpectedly; nothing was published.'
        : `The database failed (${code}); nothing was published.`;
    failJob(storage, order.id, { code: code ?? 'internalError', message }, options.now());
    await deleteRows(storage, order.id);
    throw error;
  }
  await deleteRows(storage, order.id);
}

async function deleteRows(storage: Storage, id: string): Promise<void> {
  for (const _ of deleteStagedRows(storage, id)) await nextTurn();
}

class ImportRun {
  private readonly storage: Storage;
  private readonly order: ImportOrder;
  private readonly options: RunOptions;
  private readonly context: CheckContext;
  private readonly stage: BetterSqlite3.Statement<[string, number, string, string]>;
  private readonly stagedRow: BetterSqlite3.Statement<[string, string], number>;
  private readonly errors: ImportError[] = [];
  private errorCount = 0;
  private errorsChanged = false;
  private bytesRead = 0;
  private rowsRead = 0;
  private rowsInvalid = 0;
  private rowsPublished = 0;
  private status: ImportStatus = 'reading';
  /** Set where the file as a whole cannot be imported, whatever `onError` says. */
  private unusable = false;
  private ignoredColumns: readonly string[] = [];
  private header: readonly string[] | null = null;
  /** Records that relations name and that neither the ledger nor an earlier row has, with the rows that name them. */
  private readonly awaited = new Map<
    string,
    { row: ReadRow; column: string; kind: string; staged: boolean }[]
  >();
  private readonly awaitedSectors = new Map<string, { row: ReadRow; column: string }>();
  /** Set where nothing after the present row is looked at. */
  private stopped = false;
  /** Whether the last line of an export has come. */
  private exportEnded = false;

  constructor(storage: Storage, order: ImportOrder, options: RunOptions) {
    this.storage = storage;
    this.order = order;
    this.options = options;
    const { sqlite } = storage;
    this.context = createCheckContext(storage, order.id);
    this.stage = sqlite.prepare(
      'insert into import_rows (import_id, "row", record_id, content) values (?, ?, ?, ?) on conflict (import_id, record_id) do nothing',
    );
    this.stagedRow = sqlite
      .prepare<[string, string], number>(
        'select "row" from import_rows where import_id = ? and record_id = ?',
      )
      .pluck();
  }

  /** Reads, checks and stages. */
  async read(bytes: AsyncIterable<Uint8Array>): Promise<void> {
    updateJob(this.storage.write, this.order.id, { status: 'reading' });
    this.report();
    if (this.order.restore && !isUnwritten(this.storage)) {
      this.refuseFile('ledgerNotEmpty', NOT_EMPTY);
      return;
    }
    // What is staged is no loss if the machine stops; what is published is.
    this.storage.sqlite.pragma('synchronous = NORMAL');
    const file = readRows(this.order.format, this.counted(bytes));
    let batch: ReadRow[] = [];
    try {
      for await (const row of file.rows) {
        if (this.header === null && !this.takeHeader(file)) return;
        batch.push(row);
        // A document's text is looked into by the rows after it, so it is staged before they are checked.
        if (batch.length < BATCH_ROWS && !hasText(row)) continue;
        this.take(batch);
        batch = [];
        if (this.stopped) return;
        await nextTurn();
      }
      if (this.header === null && !this.takeHeader(file)) return;
      this.take(batch);
      if (this.stopped) return;
    } catch (error) {
      if (!(error instanceof UnreadableFile)) throw error;
      this.take(batch);
      this.refuseFile(error.code, error.message, error);
      return;
    }
    this.checkAwaited();
    if (this.order.restore && !this.exportEnded && !this.unusable)
      this.refuseFile('exportCutOff', 'The export has no last line: it is cut off.');
  }

  private async *counted(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of bytes) {
      this.bytesRead += chunk.byteLength;
      yield chunk;
    }
  }

  private takeHeader(file: FileRows): boolean {
    this.header = file.header() ?? [];
    if (this.order.format !== 'csv') return true;
    const { ignored, faults } = checkHeader(this.header);
    this.ignoredColumns = ignored;
    for (const fault of faults) this.addError({ row: null, line: 1, ...fault });
    if (faults.length > 0) this.unusable = true;
    return faults.length === 0;
  }

  private refuseFile(
    code: string,
    message: string,
    place?: { row: number | null; line: number | null },
  ): void {
    this.unusable = true;
    this.addError({
      row: place?.row ?? null,
      line: place?.line ?? null,
      column: null,
      code,
      message,
      value: null,
    });
  }

  /** Ends the reading at a row after which nothing can be right. */
  private stop(code: string, message: string, row: ReadRow): object {
    this.stopped = true;
    this.refuseFile(code, message, row);
    return {};
  }

  private addError(error: ImportError): void {
    this.errorCount += 1;
    if (this.errors.length >= MOST_ERRORS_KEPT) return;
    this.errors.push(error);
    this.errorsChanged = true;
  }

  private addFaults(row: Place, faults: readonly RowFault[]): void {
    this.rowsInvalid += 1;
    for (const fault of faults) this.addError({ row: row.row, line: row.line, ...fault });
  }

  /** Checks some rows, then stages the good ones in one short transaction. */
  private take(batch: readonly ReadRow[]): void {
    // One look at the ledger for all of them: each look by itself would cost as much as the rest of the checking.
    const checked = this.storage.sqlite.transaction(() =>
      batch.map((row) => ({ row, ...this.check(row) })),
    )();
    this.storage.write.transaction(
      (write) => {
        for (const { row, staged, faults } of checked) {
          this.rowsRead += 1;
          if (faults !== undefined && faults.length > 0) this.addFaults(row, faults);
          else if (staged !== undefined) this.stageRow(row, staged);
        }
        updateJob(write, this.order.id, this.counts());
      },
      { behavior: 'immediate' },
    );
    this.report();
  }

  private counts() {
    const counts = {
      rowsRead: this.rowsRead,
      rowsInvalid: this.rowsInvalid,
      bytesRead: this.bytesRead,
      errorCount: this.errorCount,
      ignoredColumns: JSON.stringify(this.ignoredColumns),
      ...(this.errorsChanged ? { errors: JSON.stringify(this.errors) } : {}),
    };
    this.errorsChanged = false;
    return counts;
  }

  private stageRow(row: ReadRow, staged: StagedRow): void {
    const { id } = this.order;
    const key = stagedKey(staged);
    const { changes } = this.stage.run(id, row.row, key, JSON.stringify(staged));
    if (changes === 0) {
      this.addFaults(row, [
        {
          column: 'id',
          code: 'repeatedId',
          message: `stands in row ${this.stagedRow.get(id, key)} already`,
          value: shown(staged.type === 'record' ? staged.record.id : key),
        },
      ]);
      return;
    }
    if (staged.type !== 'record') return;
    for (const [position, { record, kind }] of staged.record.relations.entries()) {
      const column =
        this.order.format === 'csv' ? 'relations' : `relations.${position}.${staged.record.kind}`;
      const waiting = this.awaited.get(record) ?? [];
      waiting.push({ row, column, kind, staged: true });
      this.awaited.set(record, waiting);
    }
  }

  private check(row: ReadRow): { readonly staged?: StagedRow; readonly faults?: readonly RowFault[] } {
    if (this.stopped) return {};
    if (row.fault !== undefined) return { faults: [{ column: null, value: null, ...row.fault }] };
    if (this.order.format === 'csv') {
      return asStaged(checkFlatRow(row.value as Record<string, string>, this.context));
    }
    const { value } = row;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      return {
        faults: [
          {
            column: null,
            code: 'noObject',
            message: 'is no JSON object with the fields of a record',
            value: shown(value),
          },
        ],
      };
    }
    return this.checkObject(row, value as Readonly<Record<string, unknown>>);
  }

  private checkObject(
    row: ReadRow,
    value: Readonly<Record<string, unknown>>,
  ): { readonly staged?: StagedRow; readonly faults?: readonly RowFault[] } {
    const { type } = value;
    const { restore } = this.order;
    if (isCatalogueType(type)) return this.checkCatalogue(row, type, value);
    if (type === 'export' || type === 'end' || type === 'revision' || type === 'fact') {
      if (!restore) {
        return this.stop(
          'historyNeedsRestore',
          'The file is an export with its whole history. It is put back into a ledger in which nobody has written yet: `restore=true`, or `import --restore`.',
          row,
        );
      }
      if (type === 'revision') {
        const { revision, faults } = checkRevision(value, this.context.references);
        return revision === undefined ? { faults } : { staged: { type, revision } };
      }
      if (type === 'fact') {
        const { fact, faults } = checkFact(value);
        return fact === undefined ? { faults } : { staged: { type, fact } };
      }
      return this.checkFrame(row, type, value);
    }
    if (type !== undefined && type !== 'record') {
      return {
        faults: [
          {
            column: 'type',
            code: 'invalidValue',
            message: `must be one of: record, ${CATALOGUE_TYPES.join(', ')}`,
            value: shown(type),
          },
        ],
      };
    }
    if (restore) {
      return {
        faults: [
          {
            column: 'type',
            code: 'noHistory',
            message: 'is no line of an export: import records without `restore`',
            value: shown(type),
          },
        ],
      };
    }
    return asStaged(checkNestedRow(value, this.context));
  }

  /** The first and the last line of an export. */
  private checkFrame(row: ReadRow, type: string, value: Readonly<Record<string, unknown>>): object {
    if (type === 'export') {
      if (value.version === EXPORT_VERSION) return {};
      return this.stop(
        'exportVersion',
        `The export is of version ${shown(value.version)}; this service reads version ${EXPORT_VERSION}.`,
        row,
      );
    }
    if (value.lines !== row.row) {
      return this.stop(
        'exportCutOff',
        `The export says that it has ${shown(value.lines)} lines, and it has ${row.row}.`,
        row,
      );
    }
    this.exportEnded = true;
    return {};
  }

  private checkCatalogue(
    row: ReadRow,
    type: CatalogueRow['type'],
    value: Readonly<Record<string, unknown>>,
  ): { readonly staged?: StagedRow; readonly faults?: readonly RowFault[] } {
    const { row: read, faults } = checkCatalogueRow(type, value, this.context.references);
    if (read === undefined) return { faults };
    const { differs } = compareWithHeld(this.storage, read);
    if (differs.length > 0 && !this.order.restore) {
      return {
        faults: differs.map((column) => ({
          column,
          code: 'existsDifferently',
          message: `is not what the ledger has for the ${type} ${JSON.stringify(read.row.id)}; an import adds to the catalogue and changes nothing in it`,
          value: shown((read.row as Record<string, unknown>)[column]),
        })),
      };
    }
    this.context.references.add(read.type, read.row.id);
    if (read.type === 'source') {
      const { id, publishedOn, url, documentSha256 } = read.row;
      this.context.references.addedSources.set(id, { publishedOn, url, documentSha256 });
      for (const [position, { sector, parts }] of read.row.schemes.entries()) {
        for (const id of [sector, ...parts])
          if (!this.context.references.has('sector', id))
            this.awaitedSectors.set(id, { row, column: `schemes.${position}` });
      }
    }
    return { staged: read };
  }

  /** Now that all rows are known: whom relations and schemes name, and sectors that are their own ancestors. */
  private checkAwaited(): void {
    const { sqlite } = this.storage;
    const held = sqlite
      .prepare<[string], string>('select kind from records where id = ? and superseded_at is null')
      .pluck();
    const stagedKind = sqlite
      .prepare<[string, string], string>(
        "select json_extract(content, '$.record.kind') from import_rows where import_id = ? and record_id = ?",
      )
      .pluck();
    const ownKind = sqlite
      .prepare<[string, number], string>(
        `select json_extract(content, '$.record.kind') from import_rows where import_id = ? and "row" = ?`,
      )
      .pluck();
    const unstage = sqlite.prepare<[string, number]>(
      'delete from import_rows where import_id = ? and "row" = ?',
    );
    const { id } = this.order;
    let found = true;
    // A row that falls may be what another one names.
    while (found) {
      found = false;
      for (const [target, waiting] of this.awaited) {
        const kind = stagedKind.get(id, target) ?? held.get(target);
        for (const wait of waiting) {
          if (!wait.staged || ownKind.get(id, wait.row.row) === kind) continue;
          wait.staged = false;
          found = true;
          unstage.run(id, wait.row.row);
          this.addFaults(wait.row, [
            {
              column: wait.column,
              code: 'unknownId',
              message:
                kind === undefined
                  ? 'names no record of this ledger or of this file'
                  : `names a record of another kind (${kind})`,
              value: target,
            },
          ]);
        }
      }
    }
    for (const [sector, { row, column }] of this.awaitedSectors) {
      if (this.context.references.has('sector', sector)) continue;
      this.unusable = true;
      this.addFaults(row, [
        {
          column,
          code: 'unknownId',
          message: 'names no sector of this ledger or of this file',
          value: sector,
        },
      ]);
    }
    updateJob(this.storage.write, id, this.counts());
  }

  /** Publishes what is staged in one transaction, unless something forbids it. */
  async publish(): Promise<void> {
    const { sqlite, write } = this.storage;
    const { id, dryRun, onError, restore } = this.order;
    sqlite.pragma('synchronous = FULL');
    const refused = this.unusable || (this.errorCount > 0 && (onError === 'refuse' || restore));
    if (refused) {
      this.finish('refused', null);
      return;
    }
    this.status = 'publishing';
    updateJob(write, id, { ...this.counts(), status: this.status });
    this.report();
    if (dryRun) {
      const tally = emptyTally();
      for (const { staged } of stagedRows(this.storage, id)) {
        settleRow(this.storage, write, staged, null, tally);
        this.rowsPublished += 1;
        if (this.rowsPublished % REPORTED_EVERY !== 0) continue;
        this.report();
        await nextTurn();
      }
      this.finish('checked', tally);
      return;
    }
    try {
      write.transaction(() => this.publishAll(), { behavior: 'immediate' });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      for (const { row, fault } of error.faults) this.addFaults(row, [fault]);
      this.finish('refused', null);
    }
  }

  private publishAll(): void {
    const { storage, order } = this;
    const { write } = storage;
    const tally = emptyTally();
    if (order.restore) {
      if (!isUnwritten(storage)) throw new Refusal([wholeFile('ledgerNotEmpty', NOT_EMPTY)]);
      clearRecords(storage);
    }
    const { author, reason } = order;
    const recording = { author, reason, recordedAt: recordingTime(storage, this.options.now()) };
    const faults: Refusal['faults'][number][] = [];
    for (const { row, staged } of stagedRows(storage, order.id)) {
      const changed = settleRow(storage, write, staged, recording, tally, { replacing: order.restore });
      if (changed !== null) {
        faults.push({
          row: { row, line: null },
          fault: {
            column: 'id',
            code: changed,
            message:
              'names a record that was deleted, revised, or written as another kind, while the file was being read',
            value: stagedKey(staged),
          },
        });
      }
      this.rowsPublished += 1;
      if (this.rowsPublished % REPORTED_EVERY === 0) this.report();
    }
    if (faults.length > 0 && order.onError === 'refuse') throw new Refusal(faults);
    for (const { row, fault } of faults) this.addFaults(row, [fault]);
    const broken = order.restore ? brokenHistory(storage) : undefined;
    if (broken !== undefined)
      throw new Refusal([wholeFile('brokenHistory', `The revisions of ${broken} do not count 1, 2, 3 …`)]);
    const wrote = tally.added + tally.revised + tally.catalogueAdded + tally.revisionsRestored > 0;
    if (wrote) advanceDatasetVersionNow(write, `import ${order.id} ${JSON.stringify(tally)}`);
    this.finish('published', tally);
  }

  private finish(status: ImportStatus, result: Tally | null): void {
    this.status = status;
    updateJob(this.storage.write, this.order.id, {
      ...this.counts(),
      errors: JSON.stringify(this.errors),
      status,
      result: result === null ? null : JSON.stringify(result),
      finishedAt: this.options.now().toISOString(),
    });
    this.report();
  }

  private report(): void {
    const { status, bytesRead, rowsRead, rowsInvalid, rowsPublished } = this;
    this.options.onProgress?.({ status, bytesRead, rowsRead, rowsInvalid, rowsPublished });
  }
}

const REPORTED_EVERY = 1000;
export const EXPORT_VERSION = 1;
const NOT_EMPTY =
  'Somebody has written in this ledger already. A history is put back only into one that holds nothing but what its seed files brought.';

/** Where in a file something is. */
interface Place {
  readonly row: number | null;
  readonly line: number | null;
}

/** What the ledger says against publishing, found inside the transaction, which it undoes. */
class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly faults: readonly { readonly row: Place; readonly fault: RowFault }[];

  constructor(faults: Refusal['faults']) {
    super(faults[0]?.fault.code);
    this.faults = faults;
  }
}

function wholeFile(code: string, message: string): Refusal['faults'][number] {
  return { row: { row: null, line: null }, fault: { column: null, code, message, value: null } };
}

function hasText({ value }: ReadRow): boolean {
  return typeof (value as { text?: unknown } | null | undefined)?.text === 'string';
}

function asStaged(checked: CheckedRecord): {
  readonly staged?: StagedRow;
  readonly faults?: readonly RowFault[];
} {
  if (checked.content === undefined) return { faults: checked.faults };
  const { content: record, revision } = checked;
  return { staged: { type: 'record', record, revision } };
}
