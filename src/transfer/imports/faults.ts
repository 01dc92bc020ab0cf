import type { z } from 'zod';
import { schemaFaults, valueAt } from '../../http/message/validation.ts';
import { flatName } from './columns.ts';

/** One thing that is wrong with a row. */
export interface RowFault {
  /** The CSV column, or the place in a JSON row (`amount.value`); null where it is the row as a whole. */
  readonly column: string | null;
  readonly code: string;
  readonly message: string;
  /** What stands there, shortened. */
  readonly value: string | null;
  readonly suggestion?: string;
}

const MAX_VALUE_LENGTH = 200;

/** A value as an error shows it. */
export function shown(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length <= MAX_VALUE_LENGTH ? text : `${text.slice(0, MAX_VALUE_LENGTH)}…`;
}

/** Names places in rows: as columns in a flat file, with dots in JSON. */
export type PlaceName = (path: readonly PropertyKey[]) => string | null;

export const flatPlace: PlaceName = (path) => {
  if (path.length === 0) return null;
  const [first] = path;
  // What a JSON cell holds has no column of its own.
  if (first === 'statedConversions' || first === 'relations') return String(first);
  // A list is one cell.
  const named = path.map(String).filter((part) => !/^\d+$/.test(part));
  return flatName(named);
};

export const nestedPlace: PlaceName = (path) => (path.length === 0 ? null : path.map(String).join('.'));

/** What a schema finds wrong with a row. */
export function rowFaults(
  error: z.ZodError,
  schema: z.ZodType,
  row: unknown,
  placeName: PlaceName,
): readonly RowFault[] {
  return error.issues.flatMap((issue): readonly RowFault[] => {
    const value = valueAt(row, issue.path);
    const at = { column: placeName(issue.path), value: shown(value) };
    if (value === undefined || (value === null && issue.code !== 'custom'))
      return [{ ...at, code: 'valueRequired', message: 'is required' }];
    if (typeof value === 'string' && issue.message.startsWith('a plain decimal'))
      return [{ ...at, ...decimalFault(value) }];
    return schemaFaults(issue, schema, row).map(({ path, code, message, suggestion }) => ({
      column: placeName(path),
      code: code === 'unknownParameter' ? 'unknownColumn' : code,
      message,
      value: shown(valueAt(row, path)),
      ...(suggestion === undefined ? {} : { suggestion }),
    }));
  });
}

/** What is wrong with a text that should be a decimal: what spreadsheets make of numbers is named, never guessed at. */
export function decimalFault(text: string): Pick<RowFault, 'code' | 'message'> {
  if (/^[-+]?[\d.,]+e[-+]?\d+$/i.test(text.trim())) {
    return {
      code: 'exponentNumber',
      message:
        'has an exponent, in which digits may have been lost: a spreadsheet shows long numbers so. Format the column as text and write all digits, such as 3000000000000',
    };
  }
  if (
    /^[-+]?\d{1,3}(?:[,.'’\s\u00a0\u202f]\d{3})+(?:[,.]\d+)?$/u.test(text.trim()) ||
    /^\d+,\d+$/.test(text)
  ) {
    return {
      code: 'groupedNumber',
      message:
        'has separators that can be read in two ways: write digits with at most one decimal point, such as 3000000000000 or 0.5',
    };
  }
  return { code: 'malformedDecimal', message: 'must be a plain decimal such as 3000000000000 or 0.5' };
}
