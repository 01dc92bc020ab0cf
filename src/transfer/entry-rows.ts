import { checkText } from '../http/message/body-faults.ts';
import type { Entry } from '../ledger/catalogue/entries.ts';
import {
  besideOf,
  FILE_ENTRIES,
  referencesOf,
  sectorFaults,
  withFingerprint,
} from '../ledger/catalogue/entries.ts';
import type { EntryType } from '../ledger/catalogue/entry-tables.ts';
import { ENTRY_TABLES, ENTRY_TYPES } from '../ledger/catalogue/entry-tables.ts';
import type { AddedIds, Reference } from '../ledger/catalogue/known-ids.ts';
import { createReferenceChecker } from '../ledger/catalogue/known-ids.ts';
import type { IdTable } from '../ledger/catalogue/names.ts';
import type { EntryStanding } from '../ledger/catalogue/writes.ts';
import { getTableName } from '../store/query.ts';
import type { Snapshot } from '../store/store.ts';
import type { RowFault } from './row-faults.ts';
import { nestedPlace, rowFault, rowFaults } from './row-faults.ts';
import type { LateFault, ReadRow } from './row-handling.ts';

/** An entry of the catalogue from a row of a file. */
export type EntryRow = Entry & {
  /** The revision that the row was taken from, which it corrects; null where it names none. */
  readonly revision: number | null;
  /** What an export says of it. */
  readonly standing: EntryStanding;
};

/** What answers and exports show beside an entry's own content. */
const COMPUTED = [
  'type',
  'revision',
  'deleted',
  'recordedAt',
  'author',
  'forecastCount',
  'textHeld',
  'textRecordedAt',
  'ancestors',
  'children',
  'groups',
  'kind',
];

interface Faulty {
  readonly faults: readonly RowFault[];
}

/** The object that a row of JSON is, with what its `type` says; or what is wrong with it. */
export function readObject({
  value,
  fault,
}: ReadRow): { readonly object: Readonly<Record<string, unknown>> } | Faulty {
  if (fault !== undefined) return { faults: [rowFault(fault.column ?? null, fault.code, fault.message)] };
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return { object: value as Readonly<Record<string, unknown>> };
  return { faults: [rowFault(null, 'noObject', 'is no JSON object with the fields of a record', value)] };
}

/** What is wrong with the `type` of a row. */
export function faultOfType(
  type: unknown,
  message = `must be one of: record, ${ENTRY_TYPES.join(', ')}`,
  code = 'invalidValue',
): Faulty {
  return { faults: [rowFault('type', code, message, type)] };
}

/** Reads an entry of the catalogue; what it refers to is not looked for. */
export function readEntry(
  type: EntryType,
  value: Readonly<Record<string, unknown>>,
): { readonly entry: EntryRow } | Faulty {
  const schema = FILE_ENTRIES[type];
  // An organisation's kind is its own.
  const isOwn = (key: string): boolean => key in schema.shape || !COMPUTED.includes(key);
  const own = Object.fromEntries(Object.entries(value).filter(([key]) => isOwn(key)));
  const result = schema.safeParse(own);
  if (!result.success) return { faults: rowFaults(result.error, schema, own, nestedPlace) };
  const { entry, contradicted } = withFingerprint({ type, row: result.data } as Entry);
  const faults: RowFault[] = [];
  checkText(own, (column, code, message) => faults.push(rowFault(column, code, message)));
  if (contradicted !== null) {
    const message = `is not that of the text, which is ${contradicted}`;
    faults.push(rowFault('documentSha256', 'fingerprintDiffers', message, own.documentSha256));
  }
  for (const { field, code, message } of sectorFaults(entry))
    faults.push(rowFault(field, code, message, entry.row.id));
  const { revision = null } = value;
  if (revision !== null && !(Number.isSafeInteger(revision) && Number(revision) > 0)) {
    const message = 'must be the number of the revision that the row was taken from, or be left out';
    faults.push(rowFault('revision', 'invalidValue', message, revision));
  }
  if (faults.length > 0) return { faults };
  const text = (key: string): string | null =>
    typeof value[key] === 'string' ? (value[key] as string) : null;
  const standing = {
    author: text('author'),
    recordedAt: text('recordedAt'),
    revision: Number(revision ?? 1),
    deleted: value.deleted === 1,
    textRecordedAt: text('textRecordedAt'),
  };
  return { entry: { ...entry, revision: revision as number | null, standing } };
}

/** What an entry refers to that may come after it: sectors that it is no child of, and the members of a region. */
function referencesLater(entry: Entry): readonly Reference[] {
  if (entry.type === 'source' || entry.type === 'region') return referencesOf(entry);
  const beside = new Set(entry.type === 'sector' ? besideOf(entry.row).map(({ field }) => field) : []);
  return referencesOf(entry).filter(({ field }) => beside.has(field));
}

/** What an entry refers to that must come before it. */
export function referencesBefore(entry: Entry): readonly Reference[] {
  const later = new Set(referencesLater(entry).map(({ field }) => field));
  return referencesOf(entry).filter(({ field }) => !later.has(field));
}

/** The entries of the catalogue that a file brings: each is known to the rows after it. */
export function createBroughtEntries() {
  const rows = new Map<IdTable, Map<string, number>>(
    Object.values(ENTRY_TABLES).map((table) => [table, new Map()]),
  );
  const expected = new Map<string, Omit<LateFault, 'fault'> & { readonly reference: Reference }>();
  let present = Number.POSITIVE_INFINITY;
  const added: AddedIds = {
    has: (table, id) => (rows.get(table)?.get(id) ?? Number.POSITIVE_INFINITY) < present,
    ids: (table) => [...(rows.get(table)?.keys() ?? [])],
  };
  return {
    ...added,
    /** Adds the entries of some rows; all of them count as known until the rows are gone through one by one. */
    add: (entries: readonly { readonly entry: EntryRow; readonly row: number }[]): void => {
      present = Number.POSITIVE_INFINITY;
      for (const { entry, row } of entries) {
        const ofType = rows.get(ENTRY_TABLES[entry.type]);
        if (ofType?.has(entry.row.id) === false) ofType.set(entry.row.id, row);
      }
    },
    /** From now on, only what comes before this row counts as known. */
    lookFrom: (row: number): void => {
      present = row;
    },
    /** Takes an entry back that turned out wrong. */
    drop: ({ type, row: { id } }: EntryRow, row: number): void => {
      const ofType = rows.get(ENTRY_TABLES[type]);
      if (ofType?.get(id) === row) ofType.delete(id);
    },
    /** Notes what an entry refers to that may come later. */
    expectLater: ({ row, line }: ReadRow, entry: EntryRow): void => {
      for (const reference of referencesLater(entry))
        expected.set(`${getTableName(reference.table)} ${reference.id}`, { row, line, reference });
    },
    /** What refers to nothing now that all rows are known. */
    finish: async (read: Snapshot): Promise<readonly LateFault[]> => {
      present = Number.POSITIVE_INFINITY;
      const references = createReferenceChecker(read, added);
      await references.load([...expected.values()].map(({ reference }) => reference));
      return [...expected.values()].flatMap(({ reference: { field, table, id }, ...place }) => {
        if (id === null || references.has(table, id)) return [];
        const message = `names nothing of the ${getTableName(table)} of this ledger or of this file`;
        return [{ ...place, fault: rowFault(field, 'unknownId', message, id) }];
      });
    },
  };
}
