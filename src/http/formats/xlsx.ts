import type { CellValue, ColumnDef } from 'hucre/xlsx';
import { z } from 'zod';
import { plainValue } from '../message/json-text.ts';
import type { Column } from './columns.ts';
import { valueIn } from './columns.ts';
import { listText } from './list-text.ts';
import type { RowFormat } from './row-format.ts';

/**
 * A workbook of one sheet for Excel (ISO/IEC 29500): numbers, days and times are cells of their own kind, and a text is
 * never a formula, whatever it begins with.
 */
export const xlsx: RowFormat = {
  name: 'xlsx',
  mediaType: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  isText: false,
  isFlat: true,
  // A sheet has 2^20 rows, the first of them the header.
  mostRows: 2 ** 20 - 1,
  write: async function* (batches, { columns }) {
    // Loaded by the first workbook: the start stays as fast without.
    const { writeXlsxStream } = await import('hucre/xlsx');
    const sheet = { name: 'data', columns: columns.map(sheetColumn), freezePane: { rows: 1 } };
    for await (const { buffer, byteOffset, byteLength } of writeXlsxStream(cellRows(batches, columns), sheet))
      yield Buffer.from(buffer, byteOffset, byteLength);
  },
};

async function* cellRows(
  batches: AsyncIterable<readonly unknown[]>,
  columns: readonly Column[],
): AsyncGenerator<CellValue[]> {
  const cells = columns.map((column) => ({ column, cellOf: CELLS[kindOfCells(column)] }));
  for await (const records of batches)
    for (const record of records.map(plainValue))
      yield cells.map(({ column, cellOf }) => {
        const value = valueIn(record, column);
        return value === null ? null : cellOf(value);
      });
}

type CellKind = 'decimal' | 'list' | 'day' | 'time' | 'other';

const CELLS: Readonly<Record<CellKind, (value: unknown) => CellValue>> = {
  decimal: (value) => numberCell(String(value)),
  list: (value) => textCell(listText(value as readonly unknown[])),
  day: (value) => new Date(String(value)),
  time: (value) => new Date(String(value)),
  other: (value) =>
    typeof value === 'number' || typeof value === 'boolean' ? value : textCell(String(value)),
};

function kindOfCells({ kind, schema }: Column): CellKind {
  if (kind !== 'scalar') return kind;
  const inner = schema instanceof z.ZodNullable ? schema.unwrap() : schema;
  if (inner instanceof z.ZodISODateTime) return 'time';
  return inner instanceof z.ZodString && inner.meta()?.format === 'date' ? 'day' : 'other';
}

/** Excel keeps 15 digits of a number. */
const MOST_DIGITS = 15;

/** A decimal as a number where it has no more digits than Excel keeps; else as its text, with every digit. */
function numberCell(decimal: string): CellValue {
  const digits = decimal.replaceAll(/[-.]/g, '').replaceAll(/^0+|0+$/g, '');
  return digits.length <= MOST_DIGITS ? Number(decimal) : decimal;
}

/** Characters of one cell. */
const MOST_CHARACTERS = 32_767;

/**
 * A text that Excel reads as it is: what has the form of an escape (`_x0041_`) or stands in no XML is escaped. One that no
 * cell holds is said to be left out, since a part of it could be taken for the whole.
 */
function textCell(text: string): string {
  if (text.length > MOST_CHARACTERS)
    return `(left out: ${text.length} characters, more than a cell holds; CSV and JSON have them)`;
  return text.replaceAll(/_(?=x[\da-f]{4}_)/gi, '_x005F_').replaceAll(/[\uFFFE\uFFFF]/g, escapedUnit);
}

function escapedUnit(unit: string): string {
  return `_x${unit.charCodeAt(0).toString(16).toUpperCase()}_`;
}

/** What Excel would show as `3E+12` is shown with all digits; a cell that is too narrow for them would be `####`. */
const LOOKS: Readonly<Record<CellKind, Pick<ColumnDef, 'numFmt' | 'width'>>> = {
  decimal: { numFmt: '[>=1000000]#,##0;General', width: 24 },
  day: { numFmt: 'yyyy-mm-dd', width: 12 },
  time: { numFmt: 'yyyy-mm-dd hh:mm:ss', width: 20 },
  list: { width: 24 },
  other: { width: 20 },
};

function sheetColumn(column: Column): ColumnDef {
  return { header: column.name, ...LOOKS[kindOfCells(column)] };
}
