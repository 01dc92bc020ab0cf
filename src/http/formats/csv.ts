import { stringify } from 'csv-stringify/sync';
import { plainValue } from '../message/json-text.ts';
import type { Column } from './columns.ts';
import { valueIn } from './columns.ts';
import { listText } from './list-text.ts';
import type { Dialect, RowFormat } from './row-format.ts';

/** CSV (RFC 4180): a header, then a line a record. */
export const csv: RowFormat = {
  name: 'csv',
  mediaType: 'text/csv',
  isText: true,
  isFlat: true,
  write: async function* (batches, { columns, dialect }) {
    let header = `${dialect.byteOrderMark ? '\uFEFF' : ''}${csvHeader(columns, dialect)}`;
    for await (const records of batches) {
      yield Buffer.from(header + csvLines(records, columns, dialect));
      header = '';
    }
  },
};

/**
 * What a spreadsheet would take for a formula: a sign that begins one, full-width and small ones too, behind any white
 * space and characters that are not seen; or a tab or line break at the beginning. Apostrophes before it count with it:
 * the one that guards a text can then be taken off again without doubt.
 */
const FORMULA = /^'*(?:[\t\r\n]|[\s\p{Cc}\p{Cf}\p{DI}]*[=+\-@＝＋－＠﹦﹢﹣﹫])/u;

/** The text of a cell, with an apostrophe before it where it would be run as a formula. */
function guarded(text: string): string {
  return FORMULA.test(text) ? `'${text}` : text;
}

/** The text of a cell as it was before it was guarded. */
export function unguarded(cell: string): string {
  return cell.startsWith("'") && FORMULA.test(cell) ? cell.slice(1) : cell;
}

function csvCell(record: unknown, column: Column): string {
  const { kind } = column;
  const value = valueIn(record, column);
  if (value === null) return '';
  if (kind === 'list') return guarded(listText(value as readonly unknown[]));
  // Digits stay as they are, a minus before them as well.
  return kind === 'decimal' || typeof value !== 'string' ? String(value) : guarded(value);
}

/** Any line break is quoted, not only the one that ends a row. */
const CSV_OPTIONS = { record_delimiter: '\r\n', quoted_match: /[\r\n]/ } as const;

/** The header line of a CSV. */
export function csvHeader(columns: readonly Column[], { delimiter }: Dialect): string {
  return stringify([columns.map(({ name }) => name)], { ...CSV_OPTIONS, delimiter });
}

/** Records as lines of CSV (RFC 4180). Decimals keep every digit. */
export function csvLines(
  records: readonly unknown[],
  columns: readonly Column[],
  { delimiter }: Dialect,
): string {
  return stringify(
    records.map(plainValue).map((record) => columns.map((column) => csvCell(record, column))),
    { ...CSV_OPTIONS, delimiter },
  );
}
