import type { SQLiteColumn, SQLiteTable } from 'drizzle-orm/sqlite-core';
import type { AddFault } from '../../http/message/body-faults.ts';
import type { RequestFault } from '../../http/message/problem.ts';
import { InvalidRequest } from '../../http/message/problem.ts';
import { didYouMean } from '../../http/message/suggestion.ts';
import type { Reader } from '../../store/sqlite/storage.ts';
import type { Snapshot } from '../../store/store.ts';
import {
  collections,
  currencies,
  measures,
  organisations,
  regions,
  scopes,
  sectors,
  sources,
} from '../../store/tables/schema.ts';
import { allIds, missingIds } from './repository.ts';

const MOST_ALLOWED_LISTED = 50;

/**
 * Refuses a query that names an id which does not exist: an empty answer would look like "no such figures".
 * @param tables which table the id, or the ids, of each parameter come from
 * @throws InvalidRequest `unknownId` naming each, with the nearest one there is
 */
export async function requireKnownIds(
  read: Reader,
  tables: Readonly<Record<string, SQLiteTable & { readonly id: SQLiteColumn }>>,
  query: Readonly<Record<string, unknown>>,
): Promise<void> {
  const faults: RequestFault[] = [];
  for (const [name, table] of Object.entries(tables)) {
    const named = query[name] as string | readonly string[] | undefined;
    if (named === undefined) continue;
    const ids = typeof named === 'string' ? [named] : named;
    const missing = await missingIds(read, table, ids);
    if (missing.length === 0) continue;
    const known = await allIds(read, table);
    for (const id of missing) {
      faults.push({
        in: 'query',
        name,
        code: 'unknownId',
        message: doesNotExist(id),
        ...hintsAmong(known, id),
      });
    }
  }
  if (faults.length > 0) throw new InvalidRequest(faults);
}

function doesNotExist(id: string): string {
  return `names ${JSON.stringify(id)}, which does not exist`;
}

/** What may have been meant, of the ids that there are. */
function hintsAmong(known: readonly string[], id: string): Pick<RequestFault, 'allowed' | 'suggestion'> {
  const suggestion = didYouMean(id, known);
  return {
    ...(known.length <= MOST_ALLOWED_LISTED ? { allowed: known } : {}),
    ...(suggestion === undefined ? {} : { suggestion }),
  };
}

/** What records and entries of the catalogue refer to by id. */
const REFERRED = {
  collections,
  currencies,
  measures,
  organisations,
  regions,
  scopes,
  sectors,
  sources,
} as const;
export type Referred = keyof typeof REFERRED;

/** A field of a body that names something by its id; of none, null. */
export interface Reference {
  /** Path of the field: `amount.currency`. */
  readonly field: string;
  readonly table: Referred;
  readonly id: string | null;
}

/** Whether what bodies refer to is there. */
export interface ReferenceChecker {
  /** Looks up what a batch of bodies refers to: a query a table. */
  readonly load: (references: Iterable<Reference>) => Promise<void>;
  readonly has: (table: Referred, id: string) => boolean;
  /** Notes each reference to what is not there, with what may have been meant. Loaded before. */
  readonly check: (references: Iterable<Reference>, add: AddFault) => void;
}

/**
 * Remembers what it has looked up: nothing that is referred to is ever removed.
 * @param isAdded whether something that the ledger does not have yet comes with the same import
 */
export function createReferenceChecker(
  read: Snapshot,
  isAdded: (table: Referred, id: string) => boolean = () => false,
): ReferenceChecker {
  const held = new Map<Referred, Set<string>>();
  const all = new Map<Referred, readonly string[]>();
  const hints = new Map<string, Pick<RequestFault, 'allowed' | 'suggestion'>>();
  const has = (table: Referred, id: string): boolean =>
    held.get(table)?.has(id) === true || isAdded(table, id);
  const hintsOf = (table: Referred, id: string): Pick<RequestFault, 'allowed' | 'suggestion'> => {
    const given = hints.get(`${table} ${id}`) ?? hintsAmong(all.get(table) ?? [], id);
    hints.set(`${table} ${id}`, given);
    return given;
  };
  return {
    load: async (references) => {
      const unknown = [...references].filter(({ table, id }) => id !== null && !has(table, id));
      for (const [table, named] of Map.groupBy(unknown, (reference) => reference.table)) {
        const ids = [...new Set(named.flatMap(({ id }) => id ?? []))];
        const missing = new Set(await missingIds(read, REFERRED[table], ids));
        const found = held.get(table) ?? new Set();
        held.set(table, found);
        for (const id of ids) if (!missing.has(id)) found.add(id);
        if (missing.size > 0 && !all.has(table)) all.set(table, await allIds(read, REFERRED[table]));
      }
    },
    has,
    check: (references, add) => {
      for (const { field, table, id } of references) {
        if (id === null || has(table, id)) continue;
        add(field, 'unknownId', doesNotExist(id), hintsOf(table, id));
      }
    },
  };
}
