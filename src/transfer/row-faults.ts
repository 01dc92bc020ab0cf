import type { z } from 'zod';
import { MOST_FAULTS_TOLD } from '../http/message/problem.ts';
import { schemaFaults, valueAt } from '../http/message/validation.ts';
import type { Reference, ReferenceChecker } from '../ledger/catalogue/known-ids.ts';
import { getTableName } from '../store/query.ts';

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

export function shown(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length <= MAX_VALUE_LENGTH ? text : `${text.slice(0, MAX_VALUE_LENGTH)}…`;
}

/** @param value what stands there, whole */
export function rowFault(
  column: string | null,
  code: string,
  message: string,
  value: unknown = null,
): RowFault {
  return { column, code, message, value: shown(value) };
}

/** Names places in rows: as columns in a flat file, with dots in JSON. */
export type PlaceName = (path: readonly PropertyKey[]) => string | null;

export const nestedPlace: PlaceName = (path) => (path.length === 0 ? null : path.map(String).join('.'));

/** The first of many faults of a row, and how many more there are. */
export function firstFaults(faults: readonly RowFault[], count = faults.length): readonly RowFault[] {
  if (count <= MOST_FAULTS_TOLD) return faults;
  const more = count - MOST_FAULTS_TOLD;
  return [...faults.slice(0, MOST_FAULTS_TOLD), rowFault(null, 'moreErrors', `has ${more} more errors`)];
}

export function rowFaults(
  error: z.ZodError,
  schema: z.ZodType,
  row: unknown,
  placeName: PlaceName,
): readonly RowFault[] {
  const { issues } = error;
  const count = issues.reduce((sum, issue) => sum + ('keys' in issue ? issue.keys.length : 1), 0);
  const faults = issues.slice(0, MOST_FAULTS_TOLD).flatMap((issue): readonly RowFault[] => {
    const value = valueAt(row, issue.path);
    const at = { column: placeName(issue.path), value: shown(value) };
    if (value === undefined || (value === null && issue.code !== 'custom'))
      return [{ ...at, code: 'valueRequired', message: 'is required' }];
    if (typeof value === 'string' && issue.message.startsWith('a plain decimal'))
      return [{ ...at, ...decimalFault(value) }];
    return schemaFaults(withFirstKeys(issue), schema, row).map(({ path, code, message, suggestion }) => ({
      column: placeName(path),
      code: code === 'unknownParameter' ? 'unknownColumn' : code,
      message,
      value: shown(valueAt(row, path)),
      ...(suggestion === undefined ? {} : { suggestion }),
    }));
  });
  return firstFaults(faults, count);
}

function withFirstKeys(issue: z.core.$ZodIssue): z.core.$ZodIssue {
  return issue.code === 'unrecognized_keys'
    ? { ...issue, keys: issue.keys.slice(0, MOST_FAULTS_TOLD) }
    : issue;
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

/** What a row refers to and nothing in the ledger or in the rows before it is. Loaded before. */
export function referenceFaults(
  references: readonly Reference[],
  { has, hints }: ReferenceChecker,
): readonly RowFault[] {
  return references.flatMap(({ field, table, id }): readonly RowFault[] => {
    if (id === null || has(table, id)) return [];
    const { suggestion } = hints(table, id);
    const message = `names no ${getTableName(table).replace(/s$/, '')} of this ledger or of an earlier row`;
    const fault = rowFault(field, 'unknownId', message, id);
    return [suggestion === undefined ? fault : { ...fault, suggestion }];
  });
}
