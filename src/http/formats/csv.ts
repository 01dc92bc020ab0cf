import { stringify } from 'csv-stringify/sync';
import type { Column } from './columns.ts';
import { textOf, valueAt } from './columns.ts';
import type { RowFormat } from './row-format.ts';

/** CSV (RFC 4180): a header, then a line a record. */
export const csv: RowFormat = {
  name: 'csv',
  mediaType: 'text/csv',
  isText: true,
  isFlat: true,
  write: async function* (batches, { columns }) {
    let header = csvHeader(columns);
    for await (const records of batches) {
      yield Buffer.from(header + csvLines(records, columns));
      header = '';
    }
  },
};

/**
 * What a spreadsheet would take for a formula, and what already looks like such a text made safe: the apostrophe that
 * goes before it can then be taken off again without doubt.
 */
const FORMULA = /^'*[=+\-@\t\r]/;

function csvCell(record: unknown, { path, kind }: Column): string {
  const value = valueAt(record, path);
  if (value === null) return '';
  // Digits stay as they are, a minus before them as well; text that would be run as a formula is made text.
  if (kind === 'decimal' || typeof value !== 'string') {
    return kind === 'list' || kind === 'json' ? guarded(textOf(value, kind)) : String(value);
  }
  return guarded(value);
}

function guarded(text: string): string {
  return FORMULA.test(text) ? `'${text}` : text;
}

/** The text of a cell as it was before it was guarded. */
export function unguarded(cell: string): string {
  return cell.startsWith("'") && FORMULA.test(cell) ? cell.slice(1) : cell;
}

/** Any line break is quoted, not only the one that ends a row. */
const CSV_OPTIONS = { record_delimiter: '\r\n', quoted_match: /[\r\n]/ } as const;

/** The header line of a CSV. */
export function csvHeader(columns: readonly Column[]): string {
  return stringify([columns.map(({ name }) => name)], CSV_OPTIONS);
}

/** Records as lines of CSV (RFC 4180). Decimals keep every digit. */
export function csvLines(records: readonly unknown[], columns: readonly Column[]): string {
  return stringify(
    records.map((record) => columns.map((column) => csvCell(record, column))),
    CSV_OPTIONS,
  );
}
