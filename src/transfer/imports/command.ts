import { randomUUID } from 'node:crypto';
import { statSync } from 'node:fs';
import { extname } from 'node:path';
import { Readable } from 'node:stream';
import type { Amount } from '../../domain/money/amount.ts';
import { bytesOfFile } from '../../store/file-bytes.ts';
import type { Store } from '../../store/store.ts';
import type { ImportError, ImportJob, ImportOrder, ImportProgress } from './job.ts';
import { createJob, findJob, importLock, MOST_ERRORS_KEPT } from './job.ts';
import type { ImportFormat } from './read.ts';
import { runImport } from './run.ts';

export interface ImportCommand
  extends Pick<ImportOrder, 'onError' | 'allowDuplicate' | 'restore' | 'author' | 'reason'> {
  /** A path, or `-` for the standard input. */
  readonly file: string;
  readonly format: ImportFormat | undefined;
  readonly commit: boolean;
}

const FORMAT_OF: Readonly<Record<string, ImportFormat>> = {
  '.csv': 'csv',
  '.tsv': 'csv',
  '.txt': 'csv',
  '.ndjson': 'ndjson',
  '.jsonl': 'ndjson',
  '.json': 'json',
};

/** A command that cannot be: the message says why, and what would be right. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}

/**
 * Imports a file on this thread.
 * @param onProgress is told how far it is, and how many bytes there are, where that is known
 * @returns how it went
 * @throws CommandError, system errors of the file, and what the database fails with
 */
export async function importFile(
  store: Store,
  { file, commit, format: named, ...asked }: ImportCommand,
  stdin: AsyncIterable<unknown>,
  onProgress: (progress: ImportProgress, bytesTotal: number | null) => void,
): Promise<ImportJob> {
  const format = named ?? FORMAT_OF[extname(file).toLowerCase()];
  if (format === undefined) {
    throw new CommandError(
      `What ${file === '-' ? 'comes from the standard input' : file} is cannot be told from its name: say --format csv, ndjson or json.`,
    );
  }
  const bytesTotal = file === '-' ? null : statSync(file).size;
  const bytes = (file === '-' ? stdin : bytesOfFile(file)) as AsyncIterable<Uint8Array>;
  const order = { id: randomUUID(), format, dryRun: !commit, ...asked, bytesTotal };
  const now = (): Date => new Date();
  await store.exclusive(importLock(order.id), async () => {
    await store.write((transaction) => createJob(transaction, order, now()));
    await runImport(store, order, bytes, { now, onProgress: (reached) => onProgress(reached, bytesTotal) });
  });
  const job = await store.snapshot((read) => findJob(read, order.id));
  if (job === undefined) throw new Error('the job is gone');
  return job;
}

/** Imports rows that somebody has on the command line, all or none. @returns how it went, in words too */
export async function importRows(store: Store, rows: readonly object[], reason: string) {
  const bytes = Readable.from(rows.map((row) => Buffer.from(`${JSON.stringify(row)}\n`)));
  const order = { file: '-', format: 'ndjson', commit: true, onError: 'refuse', reason } as const;
  const given = { ...order, allowDuplicate: false, restore: false, author: 'command line' };
  const job = await importFile(store, given, bytes, () => undefined);
  return { report: describeImport(job), isWritten: job.status === 'published' };
}

const COLUMN_WIDTHS = [7, 7, 26, 20] as const;
const VALUE_WIDTH = 40;

export function describeImport(job: ImportJob): string {
  const lines: string[] = [];
  if (job.errors.length > 0) {
    lines.push(tableLine(['row', 'line', 'column', 'code', 'message and value']));
    for (const error of job.errors) lines.push(errorLine(error));
    if (job.errorCount > MOST_ERRORS_KEPT)
      lines.push(`… and ${job.errorCount - MOST_ERRORS_KEPT} more errors.`);
    lines.push('');
  }
  if (job.ignoredColumns.length > 0)
    lines.push(`Not read, because the ledger computes them: ${job.ignoredColumns.join(', ')}.`);
  lines.push(...filledInLines(job), ...unverifiedLines(job), summary(job));
  return lines.join('\n');
}

/** So many records are shown of which something was filled in. */
const MOST_SHOWN = 20;

function filledInLines({ filledIn, result }: ImportJob): readonly string[] {
  const shown = filledIn.slice(0, MOST_SHOWN);
  if (shown.length === 0) return [];
  const all = result === null || result.filledIn <= shown.length ? '' : `, the first ${shown.length}`;
  return [
    `Filled in where the file left it out${all}:`,
    ...shown.map(({ row, id, amount, period, defaults }) => {
      const fields = defaults.filter(({ field }) => field !== 'id');
      const parts = [
        ...(amount === undefined ? [] : [describeFigure(amount)]),
        ...(period === undefined ? [] : [`${period.kind} ${period.start ?? '…'} to ${period.end ?? '…'}`]),
        ...fields.map(({ field, value }) => `${field} ${value}`),
      ];
      return `  row ${row}, ${id}: ${parts.join('; ')}`;
    }),
  ];
}

function unverifiedLines({ unverified, result }: ImportJob): readonly string[] {
  const shown = unverified.slice(0, MOST_SHOWN);
  if (shown.length === 0) return [];
  const all = result === null || result.unverified <= shown.length ? '' : `, the first ${shown.length}`;
  return [
    `Words that do not state the amount (unverified)${all}:`,
    ...shown.map(({ row, id, message }) => `  row ${row}, ${id}: ${message}`),
  ];
}

function describeFigure({ qualifier, value, low, high, currency }: Amount): string {
  return `${qualifier} ${currency} ${value ?? `${low ?? '…'} to ${high ?? '…'}`}`;
}

function errorLine({ row, line, column, code, message, value, suggestion }: ImportError): string {
  const shown = value === null ? '' : `: ${JSON.stringify(value.slice(0, VALUE_WIDTH))}`;
  const hint = suggestion === undefined ? '' : ` (did you mean ${JSON.stringify(suggestion)}?)`;
  return tableLine([
    String(row ?? '-'),
    String(line ?? '-'),
    column ?? '-',
    code,
    `${message}${shown}${hint}`,
  ]);
}

function tableLine(cells: readonly string[]): string {
  return cells
    .map((cell, position) => cell.padEnd(COLUMN_WIDTHS[position] ?? 0))
    .join(' ')
    .trimEnd();
}

function summary({ status, rowsRead, rowsInvalid, errorCount, result, failure }: ImportJob): string {
  const read = `${rowsRead} rows read, ${rowsInvalid} wrong (${errorCount} errors)`;
  if (failure !== null) return `${read}. ${failure.message}`;
  if (result === null) return `${read}. Nothing was written.`;
  const { added, revised, unchanged, catalogueAdded, revisionsRestored } = result;
  const counts = [
    `${added} records added`,
    `${revised} revised`,
    `${unchanged} unchanged`,
    ...(catalogueAdded > 0 ? [`${catalogueAdded} rows of the catalogue added`] : []),
    ...(revisionsRestored > 0 ? [`${revisionsRestored} revisions put back`] : []),
  ].join(', ');
  return status === 'checked'
    ? `${read}; it would be: ${counts}. This was a dry run: --commit writes.`
    : `${read}: ${counts}.`;
}
