import { didYouMean } from '../../http/message/suggestion.ts';
import { valueAt } from '../../http/message/validation.ts';
import { KINDS } from '../../ledger/records/kinds.ts';
import type { SubmittedRecord } from '../../ledger/records/record.ts';
import { SubmittedForecast, SubmittedOutcome } from '../../ledger/records/schemas.ts';
import type { PlaceName, RowFault } from '../row-faults.ts';
import { decimalFault, nestedPlace, rowFaults, shown } from '../row-faults.ts';
import type { ImportColumn } from './columns.ts';
import { DERIVED_COLUMNS, flatPlace, IMPORT_COLUMNS, isComputedColumn } from './columns.ts';
import { readJson } from './read.ts';

const Drafts = { forecast: SubmittedForecast, outcome: SubmittedOutcome } as const;
type Kind = keyof typeof Drafts;

/** What a row says of a record, before anything is looked up. */
export interface RecordRow {
  readonly submitted: SubmittedRecord;
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
    const at = { column: name, value: null };
    if (name === '') faults.push({ ...at, code: 'unnamedColumn', message: 'a column has no name' });
    else if (seen.has(name))
      faults.push({ ...at, code: 'repeatedColumn', message: 'stands in the header more than once' });
    else if (isComputedColumn(name)) {
      // The revision is not written, but it is looked at.
      if (name !== 'revision') ignored.push(name);
    } else if (!known.has(name)) {
      const suggestion = didYouMean(name, names);
      faults.push({
        ...at,
        code: 'unknownColumn',
        message: 'is no column of an import; /v1/imports/columns lists them',
        ...(suggestion === undefined ? {} : { suggestion }),
      });
    }
    seen.add(name);
  }
  for (const { name, required } of IMPORT_COLUMNS) {
    if (required && !seen.has(name))
      faults.push({ column: name, code: 'missingColumn', message: 'is required', value: null });
  }
  return { ignored, faults };
}

export function readFlatRow(cells: Readonly<Record<string, string>>): Read {
  const kind = cells.kind || ('reportedBy' in cells && !('forecaster' in cells) ? 'outcome' : 'forecast');
  if (!isKind(kind)) return { faults: [unknownKind(kind, 'kind')] };
  const faults: RowFault[] = [];
  const row: Record<string, unknown> = {};
  for (const column of IMPORT_COLUMNS) {
    if (column.name === 'kind') continue;
    const cell = cells[column.name] ?? '';
    if (column.only !== undefined && column.only !== kind) {
      if (cell !== '') faults.push(notOfKind(column.name, cell, kind));
      continue;
    }
    // What is empty is null, or is left out where the ledger has a default, or finds it out itself.
    if (
      cell === '' &&
      (column.type === 'list' || column.type === 'json' || column.name === 'evidenceStatus')
    ) {
      if (column.name === 'periodInferred') place(row, column.path, []);
      continue;
    }
    const read = readCell(column, cell);
    if ('fault' in read) faults.push({ column: column.name, value: shown(cell), ...read.fault });
    else place(row, column.path, read.value);
  }
  if (faults.length > 0) return { faults };
  const derived = derivedOf(cells, (name) => [name, cells[name]]);
  return readRecord(kind, withoutComputedParts(row), derived, cells.revision, flatPlace);
}

/** A record from a row of JSON: a draft, or a record as a list or a single answer shows it. */
export function readNestedRow(value: Readonly<Record<string, unknown>>): Read {
  const kind = value.kind ?? ('reportedBy' in value && !('forecaster' in value) ? 'outcome' : 'forecast');
  if (!isKind(kind)) return { faults: [unknownKind(kind, 'kind')] };
  const row = withoutComputedParts(value);
  const derived = derivedOf(value, (name) => [name, valueAt(value, name.split('.'))]);
  return readRecord(kind, row, derived, value.revision, nestedPlace);
}

function isKind(kind: unknown): kind is Kind {
  return kind === 'forecast' || kind === 'outcome';
}

function unknownKind(kind: unknown, column: string): RowFault {
  return { column, code: 'invalidValue', message: 'must be forecast or outcome', value: shown(kind) };
}

function notOfKind(column: string, value: unknown, kind: Kind): RowFault {
  return {
    column,
    code: 'notOfThisKind',
    message: kind === 'forecast' ? 'belongs to outcomes only' : 'belongs to forecasts only',
    value: shown(value),
  };
}

function readCell(
  { type }: ImportColumn,
  cell: string,
): { readonly value: unknown } | { readonly fault: Pick<RowFault, 'code' | 'message'> } {
  if (cell === '') return { value: null };
  switch (type) {
    case 'integer':
      return /^\d{1,15}$/.test(cell)
        ? { value: Number(cell) }
        : { fault: { code: 'malformedInteger', message: 'must be a whole number such as 5' } };
    case 'decimal':
      return /^(?:0|[1-9]\d{0,39})(?:\.\d{1,40})?$/.test(cell)
        ? { value: cell }
        : { fault: decimalFault(cell) };
    case 'list':
      return { value: cell.split(/; +/).filter((item) => item !== '') };
    case 'json':
      return readJson(cell);
    default:
      return { value: cell };
  }
}

function place(row: Record<string, unknown>, [first = '', second]: readonly string[], value: unknown): void {
  if (second === undefined) {
    row[first] = value;
    return;
  }
  row[first] ??= {};
  (row[first] as Record<string, unknown>)[second] = value;
}

/** What the ledger itself adds to a record when it shows it. */
function withoutComputedParts(row: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const kept: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(row)) {
    if (key === 'kind' || key === 'type' || key === 'names' || key === 'publishedOn' || isComputedColumn(key))
      continue;
    kept[key] = value;
  }
  if (isObject(kept.evidence)) kept.evidence = withoutDerived(kept.evidence);
  if (Array.isArray(kept.statedConversions)) {
    kept.statedConversions = kept.statedConversions.map((stated: unknown) => {
      if (!isObject(stated)) return stated;
      const { impliedRate: _, ...rest } = stated;
      return isObject(rest.evidence) ? { ...rest, evidence: withoutDerived(rest.evidence) } : rest;
    });
  }
  if (Array.isArray(kept.relations)) {
    kept.relations = kept.relations
      // The other record states it.
      .filter((relation: unknown) => !isObject(relation) || relation.kind !== 'drivenBy')
      .map((relation: unknown) => {
        if (!isObject(relation)) return relation;
        const { impliedMultiplier: _, ...rest } = relation;
        return rest;
      });
  }
  return kept;
}

function withoutDerived({ documentSha256: _, url: __, ...evidence }: Record<string, unknown>): object {
  return evidence;
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
  kind: Kind,
  value: Readonly<Record<string, unknown>>,
  derived: Derived,
  revision: unknown,
  placeName: PlaceName,
): Read {
  const result = Drafts[kind].safeParse(value);
  if (!result.success) return { faults: rowFaults(result.error, Drafts[kind], value, placeName) };
  const submitted = KINDS[kind].fromWire(result.data as never);
  return { record: { submitted, derived, revision: revisionOf(revision), value, placeName } };
}

/** The revision that a row names; null where it names none, undefined where it cannot be one. */
function revisionOf(given: unknown): number | null | undefined {
  if (given === undefined || given === null || given === '') return null;
  const text = String(given);
  return /^[1-9]\d{0,8}$/.test(text) ? Number(text) : undefined;
}
