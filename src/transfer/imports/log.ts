import type { imports } from '../../store/tables/schema.ts';
import type { RowFault } from '../row-faults.ts';
import type { FilledInRow, ImportError, ImportProgress, ImportStatus } from './job.ts';
import { MOST_ERRORS_KEPT, MOST_FILLED_IN_KEPT } from './job.ts';

interface Place {
  readonly row: number | null;
  readonly line: number | null;
}

const WHOLE_FILE: Place = { row: null, line: null };

/** How far an import is, and what it has found wrong. */
export class ImportLog {
  readonly #onProgress: (progress: ImportProgress) => void;
  readonly #errors: ImportError[] = [];
  #areErrorsNew = false;
  readonly #filledIn: FilledInRow[] = [];
  #lastInvalid: number | null = null;
  errorCount = 0;
  progress: ImportProgress = {
    status: 'reading',
    bytesRead: 0,
    rowsRead: 0,
    rowsInvalid: 0,
    rowsPublished: 0,
  };
  ignoredColumns: readonly string[] = [];
  /** Set where the file as a whole cannot be imported, whatever `onError` says. */
  isUnusable = false;

  constructor(onProgress: (progress: ImportProgress) => void) {
    this.#onProgress = onProgress;
  }

  /** Goes on to a status, or counts further, and says so. */
  advance(to: Partial<ImportProgress>): void {
    this.progress = { ...this.progress, ...to };
    this.#onProgress(this.progress);
  }

  addFaults(place: Place, faults: readonly RowFault[]): void {
    if (place.row !== null && place.row !== this.#lastInvalid)
      this.progress = { ...this.progress, rowsInvalid: this.progress.rowsInvalid + 1 };
    this.#lastInvalid = place.row;
    for (const fault of faults) this.#add({ row: place.row, line: place.line, ...fault });
  }

  /** Counts a row as wrong for what is wrong with others. @param causes these */
  addConsequences(causes: readonly number[]): void {
    for (const cause of causes) {
      const at = this.#errors.findIndex(({ row }) => row === cause);
      const error = this.#errors[at];
      if (error === undefined) continue;
      this.#errors[at] = { ...error, consequences: (error.consequences ?? 0) + 1 };
      this.#areErrorsNew = true;
    }
  }

  refuse({ code, message }: { code: string; message: string }, { row, line }: Place = WHOLE_FILE): void {
    this.isUnusable = true;
    this.#add({ row, line, column: null, code, message, value: null });
  }

  refuseHeader(faults: readonly RowFault[]): void {
    if (faults.length > 0) this.isUnusable = true;
    for (const fault of faults) this.#add({ row: null, line: 1, ...fault });
  }

  addFilledIn(row: FilledInRow): void {
    if (this.#filledIn.length < MOST_FILLED_IN_KEPT) this.#filledIn.push(row);
  }

  /** Whether further errors are told, and not only counted. */
  get keepsErrors(): boolean {
    return this.#errors.length < MOST_ERRORS_KEPT;
  }

  #add(error: ImportError): void {
    this.errorCount += 1;
    if (!this.keepsErrors) return;
    this.#errors.push(error);
    this.#areErrorsNew = true;
  }

  /** What the job says of it. @param isEnded while it is under way, errors are only written where there are new ones */
  columns(isEnded = false): Partial<typeof imports.$inferInsert> & { readonly status: ImportStatus } {
    const { rowsPublished: _, ...counts } = this.progress;
    const errors = isEnded || this.#areErrorsNew ? { errors: JSON.stringify(this.#errors) } : {};
    this.#areErrorsNew = false;
    return {
      ...counts,
      ...errors,
      errorCount: this.errorCount,
      ignoredColumns: JSON.stringify(this.ignoredColumns),
      ...(isEnded ? { filledIn: JSON.stringify(this.#filledIn) } : {}),
    };
  }
}
