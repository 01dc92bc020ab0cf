import type { z } from 'zod';
import { unlessRefused } from '../../domain/errors.ts';
import { Decimal, parseDecimal } from '../../domain/money/decimal.ts';
import { parseAmountPhrase } from '../../domain/phrase/amount-phrase.ts';
import { readListText } from '../../http/formats/list-text.ts';
import { didYouMean } from '../../http/message/suggestion.ts';
import { valueAt } from '../../http/message/validation.ts';
import { KINDS } from '../../ledger/records/kinds.ts';
import type { DraftRecord } from '../../ledger/records/record.ts';
import type { RecordKind } from '../../store/tables/schema.ts';
import type { PlaceName, RowFault } from '../row-faults.ts';
import { decimalFault, nestedPlace, rowFault, rowFaults } from '../row-faults.ts';
import type { ImportColumn } from './columns.ts';
import { DERIVED_COLUMNS, flatPlace, IMPORT_COLUMNS, isComputedColumn } from './columns.ts';
import { readJson } from './read.ts';

/** What a row says of a record, before anything is looked up. */
export interface RecordRow {
  readonly draft: DraftRecord;
  /** What it says beside of what follows from its document. */
  readonly derived: Derived;
  /** The revision that the row was taken from; null where it does not say, undefined where it cannot be one. */
  readonly revision: number | null | undefined;
  /** The row as its schema was given it, for naming what is wrong with it. */
  readonly value: Readonly<Record<string, unknown>>;
  readonly placeName: PlaceName;
}

type Read = { readonly record: RecordRow } | { readonly faults: readonly RowFault[] };

/** What a header says: which columns are not read, and what is wrong with it. */
export function checkHeader(header: readonly string[]): {
  readonly ignored: readonly string[];
  readonly faults: readonly RowFault[];
} {
  const names = IMPORT_COLUMNS.map(({ name }) => name);
  const known = new Set([...names, ...Object.keys(DERIVED_COLUMNS)]);
  const seen = new Set<string>();
  const ignored: string[] = [];
  const faults: RowFault[] = [];
  for (const name of header) {
    if (name === '') faults.push(rowFault(name, 'unnamedColumn', 'a column has no name'));
    else if (seen.has(name))
      faults.push(rowFault(name, 'repeatedColumn', 'stands in the header more than once'));
    else if (isComputedColumn(name)) {
      // The revision is not written, but it is looked at.
      if (name !== 'revision') ignored.push(name);
    } else if (!known.has(name)) {
      const suggestion = didYouMean(name, names);
      const message = 'is no column of an import; /v1/imports/columns lists them';
      const fault = rowFault(name, 'unknownColumn', message);
      faults.push(suggestion === undefined ? fault : { ...fault, suggestion });
    }
    seen.add(name);
  }
  for (const { name, required } of IMPORT_COLUMNS) {
    if (required && !seen.has(name)) faults.push(rowFault(name, 'missingColumn', 'is required'));
  }
  return { ignored, faults };
}

export function readFlatRow(cells: Readonly<Record<string, string>>): Read {
  const kind = cells.kind || ('reportedBy' in cells && !('forecaster' in cells) ? 'outcome' : 'forecast');
  if (!isKind(kind)) return { faults: [unknownKind(kind)] };
  const faults: RowFault[] = [];
  const row: Record<string, unknown> = {};
  for (const column of IMPORT_COLUMNS) {
    if (column.name === 'kind') continue;
    const cell = cells[column.name] ?? '';
    if (column.only !== undefined && column.only !== kind) {
      if (cell !== '')
        faults.push(rowFault(column.name, 'notOfThisKind', `belongs to ${column.only}s only`, cell));
      continue;
    }
    // What is empty is left out: the ledger has a default, or finds it out itself. Nobody forecasts or reports: null.
    if (cell === '') {
      if (column.name === KINDS[kind].organisation) place(row, column.path, null);
      const [field = ''] = column.path;
      if (MAY_BE_NONE.has(field) && column.name in cells) row[field] ??= null;
      continue;
    }
    const digits = column.type === 'decimal' ? digitsOf(cell, column.path, cells) : undefined;
    const read = readCell(column, digits ?? cell, kind);
    if ('fault' in read) faults.push(rowFault(column.name, read.fault.code, read.fault.message, cell));
    else place(row, column.path, read.value);
  }
  if (faults.length > 0) return { faults };
  const derived = derivedOf(cells, (name) => [name, cells[name]]);
  return readRecord(kind, withoutComputedParts(row), derived, cells.revision, flatPlace);
}

/** A record from a row of JSON: a draft, or a record as a list or a single answer shows it. */
export function readNestedRow(value: Readonly<Record<string, unknown>>): Read {
  const kind = value.kind ?? ('reportedBy' in value && !('forecaster' in value) ? 'outcome' : 'forecast');
  if (!isKind(kind)) return { faults: [unknownKind(kind)] };
  const row = withoutComputedParts(value);
  const derived = derivedOf(value, (name) => [name, valueAt(value, name.split('.'))]);
  return readRecord(kind, row, derived, value.revision, nestedPlace);
}

function isKind(kind: unknown): kind is RecordKind {
  return kind === 'forecast' || kind === 'outcome';
}

function unknownKind(kind: unknown): RowFault {
  return rowFault('kind', 'invalidValue', 'must be forecast or outcome', kind);
}

function readCell(
  { type, path }: ImportColumn,
  cell: string,
  kind: RecordKind,
): { readonly value: unknown } | { readonly fault: Pick<RowFault, 'code' | 'message'> } {
  switch (type) {
    case 'integer':
      return /^\d{1,15}$/.test(cell)
        ? { value: Number(cell) }
        : { fault: { code: 'malformedInteger', message: 'must be a whole number such as 5' } };
    case 'decimal':
      return /^(?:0|[1-9]\d{0,39})(?:\.\d{1,40})?$/.test(cell)
        ? { value: cell }
        : { fault: decimalFault(cell) };
    case 'boolean':
      return /^(?:true|false)$/i.test(cell)
        ? { value: cell.toLowerCase() === 'true' }
        : { fault: { code: 'malformedBoolean', message: 'must be true or false' } };
    case 'list':
      return { value: cell.split(/; +/).filter((item) => item !== '') };
    case 'json':
      // Lists of objects were JSON once, in files that are still about.
      return /^\s*[[{]/.test(cell) ? readJsonCell(cell) : readListText(cell, elementAt(kind, path));
    default:
      return { value: cell };
  }
}

/** A number as spreadsheets show a long one: one digit, a fraction, a power of ten. Their locale may have a decimal comma. */
const EXPONENT_NUMBER = /^([1-9])(?:[.,](\d{1,14}))?e\+?(\d{1,2})$/i;

/**
 * The digits of an amount that a spreadsheet showed with an exponent, which may have lost some: those that the words of
 * the row state, where they round to what is shown. Undefined where there is no exponent, or any doubt.
 */
function digitsOf(
  cell: string,
  path: ImportColumn['path'],
  { amountAsStated = '', amountCurrency, evidencePhrase = '' }: Readonly<Record<string, string>>,
): string | undefined {
  const [, whole, fraction = '', exponent] = EXPONENT_NUMBER.exec(cell.trim()) ?? [];
  if (whole === undefined || amountAsStated === '') return undefined;
  const isInPhrase = evidencePhrase.includes(amountAsStated);
  // The language of the source is not known here: what reads otherwise in another one is refused.
  const reading = unlessRefused(() =>
    parseAmountPhrase(isInPhrase ? evidencePhrase : amountAsStated, {
      figure: amountAsStated,
      ...(amountCurrency ? { currency: amountCurrency } : {}),
    }),
  );
  const stated = valueAt({ amount: reading }, path);
  if (typeof stated !== 'string') return undefined;
  const rounded = parseDecimal(stated).toSignificantDigits(1 + fraction.length, Decimal.ROUND_HALF_UP);
  return rounded.equals(`${whole}.${fraction || '0'}e${exponent}`) ? stated : undefined;
}

/** An object of a list of objects, as a record of the kind shows it. */
function elementAt(kind: RecordKind, [name = '']: ImportColumn['path']): z.ZodObject {
  return (KINDS[kind].record.shape[name] as z.ZodArray<z.ZodObject>).element;
}

function readJsonCell(cell: string): ReturnType<typeof readJson> {
  const read = readJson(cell);
  if (!('fault' in read) || read.fault.column === undefined) return read;
  const { code, column } = read.fault;
  return { fault: { code, message: `has ${JSON.stringify(column)} twice in one object; give it once` } };
}

/** What a record has or has not: a file whose column of it is empty says that it has not. */
const MAY_BE_NONE: ReadonlySet<string> = new Set(['scenario', 'interval', 'revises']);

function place(row: Record<string, unknown>, [first = '', second]: readonly string[], value: unknown): void {
  row[first] = second === undefined ? value : { ...(row[first] as object | undefined), [second]: value };
}

/** A row without what the ledger itself adds to a record when it shows it, and what the other record of a relation states. */
function withoutComputedParts(row: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const computed = Object.keys(row).filter(isComputedColumn);
  const kept = without(row, 'kind', 'type', 'names', 'publishedOn', ...computed) as Record<string, unknown>;
  const { evidence, statedConversions, relations } = kept;
  if (isObject(evidence)) kept.evidence = without(evidence, 'documentSha256', 'url');
  if (Array.isArray(statedConversions)) {
    kept.statedConversions = statedConversions.map((stated: unknown) => {
      const rest = without(stated, 'impliedRate');
      return isObject(rest) && isObject(rest.evidence)
        ? { ...rest, evidence: without(rest.evidence, 'documentSha256', 'url') }
        : rest;
    });
  }
  if (Array.isArray(relations)) {
    kept.relations = relations
      .filter((relation: unknown) => !isObject(relation) || relation.kind !== 'drivenBy')
      .map((relation: unknown) => without(relation, 'impliedMultiplier'));
  }
  return kept;
}

function without(value: unknown, ...names: readonly string[]): unknown {
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([name]) => !names.includes(name)));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What a row says of what follows from its document. */
export type Derived = readonly {
  readonly name: string;
  readonly is: 'publishedOn' | 'url' | 'documentSha256';
  readonly given: unknown;
}[];

function derivedOf(
  row: Readonly<Record<string, unknown>>,
  read: (name: string) => readonly [string, unknown],
): Derived {
  const flat = !isObject(row.evidence);
  const names = flat ? Object.keys(DERIVED_COLUMNS) : Object.values(DERIVED_COLUMNS);
  const derived = ['publishedOn', 'documentSha256', 'url'] as const;
  return names.map((place, position) => {
    const [name, given] = read(place);
    return { name, is: derived[position] ?? 'url', given: given === '' ? undefined : given };
  });
}

function readRecord(
  kind: RecordKind,
  value: Readonly<Record<string, unknown>>,
  derived: Derived,
  revision: unknown,
  placeName: PlaceName,
): Read {
  const result = KINDS[kind].submitted.safeParse(value);
  if (!result.success) return { faults: rowFaults(result.error, KINDS[kind].submitted, value, placeName) };
  const draft = KINDS[kind].fromWire(result.data as never);
  return { record: { draft, derived, revision: revisionOf(revision), value, placeName } };
}

/** The revision that a row names; null where it names none, undefined where it cannot be one. */
function revisionOf(given: unknown): number | null | undefined {
  if (given === undefined || given === null || given === '') return null;
  const text = String(given);
  return /^[1-9]\d{0,8}$/.test(text) ? Number(text) : undefined;
}
