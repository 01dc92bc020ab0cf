import { checkText } from '../http/message/body-faults.ts';
import type { Entry, EntryType } from '../ledger/catalogue/entries.ts';
import {
  disagreement,
  ENTRY_TABLES,
  FILE_ENTRIES,
  referencesOf,
  withFingerprint,
} from '../ledger/catalogue/entries.ts';
import type { AddedIds, Reference } from '../ledger/catalogue/known-ids.ts';
import { createReferenceChecker } from '../ledger/catalogue/known-ids.ts';
import type { FirstTold } from '../ledger/catalogue/writes.ts';
import { getTableName } from '../store/query.ts';
import type { Snapshot } from '../store/store.ts';
import type { RowFault } from './row-faults.ts';
import { nestedPlace, rowFaults, shown } from './row-faults.ts';
import type { LateFault, ReadRow } from './row-handling.ts';

/** An entry of the catalogue from a row of a file, with what an export says of when it came. */
export type EntryRow = Entry & { readonly first: FirstTold };

/** What answers and exports show beside an entry's own content. */
const COMPUTED = ['type', 'recordedAt', 'author', 'forecastCount', 'textHeld', 'ancestors', 'children'];

/** Reads an entry of the catalogue; what it refers to is not looked for. */
export function readEntry(
  type: EntryType,
  value: Readonly<Record<string, unknown>>,
): { readonly entry: EntryRow } | { readonly faults: readonly RowFault[] } {
  const own = Object.fromEntries(Object.entries(value).filter(([key]) => !COMPUTED.includes(key)));
  const schema = FILE_ENTRIES[type];
  const result = schema.safeParse(own);
  if (!result.success) return { faults: rowFaults(result.error, schema, own, nestedPlace) };
  const stated = { type, row: result.data } as Entry;
  const entry = withFingerprint(stated);
  const faults: RowFault[] = [];
  checkText(own, (column, code, message) => faults.push({ column, code, message, value: null }));
  const fingerprint = disagreement(stated, entry);
  if (fingerprint !== null) {
    faults.push({
      column: 'documentSha256',
      code: 'fingerprintDiffers',
      message: `is not that of the text, which is ${fingerprint}`,
      value: shown(own.documentSha256),
    });
  }
  if (entry.type === 'sector' && entry.row.parent === entry.row.id) {
    const message = 'names the sector itself';
    faults.push({ column: 'parent', code: 'circularTaxonomy', message, value: entry.row.id });
  }
  if (faults.length > 0) return { faults };
  const text = (key: string): string | null =>
    typeof value[key] === 'string' ? (value[key] as string) : null;
  return { entry: { ...entry, first: { author: text('author'), recordedAt: text('recordedAt') } } };
}

/** What an entry refers to that must come before it: the sectors of a document's schemes may come later. */
export function referencesBefore(entry: Entry): readonly Reference[] {
  return entry.type === 'source' ? [] : referencesOf(entry);
}

/** The entries of the catalogue that a file brings: each is known to the rows after it. */
export interface BroughtEntries extends AddedIds {
  /** Adds the entries of some rows; all of them count as known until the rows are gone through one by one. */
  readonly add: (entries: readonly { readonly entry: EntryRow; readonly row: number }[]) => void;
  /** From now on, only what comes before this row counts as known. */
  readonly lookFrom: (row: number) => void;
  /** Takes an entry back that turned out wrong. */
  readonly drop: (entry: EntryRow, row: number) => void;
  /** Notes the sectors that an entry divides, which may come later. */
  readonly expectSectors: (row: ReadRow, entry: EntryRow) => void;
  /** What is wrong with schemes now that all rows are known. */
  readonly finish: (read: Snapshot) => Promise<readonly LateFault[]>;
}

export function createBroughtEntries(): BroughtEntries {
  const tables = new Map<string, Map<string, number>>();
  const sectors = new Map<string, Omit<LateFault, 'fault'> & { readonly column: string }>();
  let present = Number.POSITIVE_INFINITY;
  const rowsOf = (type: EntryType): Map<string, number> => {
    const table = getTableName(ENTRY_TABLES[type]);
    const rows = tables.get(table) ?? new Map<string, number>();
    tables.set(table, rows);
    return rows;
  };
  const has: BroughtEntries['has'] = (table, id) =>
    (tables.get(table)?.get(id) ?? Number.POSITIVE_INFINITY) < present;
  const ids: BroughtEntries['ids'] = (table) => [...(tables.get(table)?.keys() ?? [])];
  return {
    add: (entries) => {
      present = Number.POSITIVE_INFINITY;
      for (const { entry, row } of entries) {
        const rows = rowsOf(entry.type);
        if (!rows.has(entry.row.id)) rows.set(entry.row.id, row);
      }
    },
    lookFrom: (row) => {
      present = row;
    },
    drop: (entry, row) => {
      const rows = rowsOf(entry.type);
      if (rows.get(entry.row.id) === row) rows.delete(entry.row.id);
    },
    has,
    ids,
    expectSectors: ({ row, line }, entry) => {
      if (entry.type !== 'source') return;
      for (const [position, { sector, parts }] of entry.row.schemes.entries())
        for (const id of [sector, ...parts]) sectors.set(id, { row, line, column: `schemes.${position}` });
    },
    finish: async (read) => {
      present = Number.POSITIVE_INFINITY;
      const references = createReferenceChecker(read, { has, ids });
      await references.load([...sectors.keys()].map((id) => ({ field: '', table: 'sectors', id })));
      return [...sectors].flatMap(([id, { column, ...place }]) => {
        if (references.has('sectors', id)) return [];
        const message = 'names no sector of this ledger or of this file';
        return [{ ...place, fault: { column, code: 'unknownId', message, value: id } }];
      });
    },
  };
}
