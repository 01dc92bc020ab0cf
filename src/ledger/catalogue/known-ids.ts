import type { SQL } from 'drizzle-orm';
import type { SQLiteColumn, SQLiteTable } from 'drizzle-orm/sqlite-core';
import type { AddFault } from '../../http/message/body-faults.ts';
import type { RequestFault } from '../../http/message/problem.ts';
import { InvalidRequest } from '../../http/message/problem.ts';
import { didYouMean } from '../../http/message/suggestion.ts';
import { and, asc, getTableName, gte, lt, sql } from '../../store/query.ts';
import type { Reader } from '../../store/store.ts';

/*
 * The one look-up of ids: whether there is something of an id, and which one may have been meant where there is not.
 */

/** A table whose rows are referred to by id. */
export type IdTable = SQLiteTable & { readonly id: SQLiteColumn };

/** A field or parameter that names something by its id; of none, null. */
export interface Reference {
  /** Path of the field: `amount.currency`. */
  readonly field: string;
  readonly table: IdTable;
  readonly id: string | null;
}

type IdHints = Pick<RequestFault, 'allowed' | 'suggestion'>;

/** What may have been meant is looked for of so many of the ids that are unknown: each is compared with thousands. */
export const MOST_SUGGESTED = 20;
/** Ids are listed as the allowed ones where they are so few. */
const MOST_ALLOWED_LISTED = 50;
/** A suggestion is looked for among so many ids: a ledger may have a hundred thousand sources. */
const MOST_IDS_COMPARED = 2000;
/** In a larger table, ids that begin with the same characters are looked at as well. */
const SHARED_PREFIX = 4;

/**
 * Refuses a query that names an id which does not exist: an empty answer would look like "no such figures". In place of an id
 * that differs from a single one only in upper and lower case, the query then names that one.
 * @param tables which table the id, or the ids, of each parameter come from
 * @throws InvalidRequest `unknownId` naming each, with the nearest one there is
 */
export async function requireKnownIds(
  read: Reader,
  tables: Readonly<Record<string, IdTable>>,
  query: Record<string, unknown>,
): Promise<void> {
  const referencesNow = () =>
    Object.entries(tables).flatMap(([field, table]) =>
      [(query[field] ?? []) as string | string[]].flat().map((id) => ({ field, table, id })),
    );
  const checker = createReferenceChecker(read);
  await checker.load(referencesNow());
  const inOtherCase = caseFolding(read);
  for (const { field, table, id } of referencesNow()) {
    if (checker.has(table, id)) continue;
    const meant = await inOtherCase(table, id);
    if (meant === undefined) continue;
    const given = query[field];
    query[field] = Array.isArray(given) ? given.map((one) => (one === id ? meant : one)) : meant;
    await checker.load([{ field, table, id: meant }]);
  }
  const references = referencesNow();
  // Loaded last, so that it is for these that suggestions are looked for.
  await checker.load(references);
  const faults: RequestFault[] = [];
  checker.check(references, (name, code, message, hints) => {
    faults.push({ in: 'query', name, code, message, ...hints });
  });
  if (faults.length > 0) throw new InvalidRequest(faults);
}

/**
 * Finds the only id that is the same but for upper and lower case: all in one case, or else among the first of the table, as
 * to fold the ids of a large one would take too long.
 */
function caseFolding(read: Reader): (table: IdTable, id: string) => Promise<string | undefined> {
  const first = new Map<IdTable, readonly string[]>();
  return async (table, id) => {
    const folded = id.toLowerCase();
    const some = first.get(table) ?? (await someIds(read, table.id));
    first.set(table, some);
    const [only, ...others] = new Set([
      ...(await heldIds(read, table, [folded, id.toUpperCase()])),
      ...some.filter((one) => one.toLowerCase() === folded),
    ]);
    return others.length === 0 ? only : undefined;
  };
}

export async function nearestId(
  read: Reader,
  column: SQLiteColumn,
  id: string,
  where?: SQL,
): Promise<string | undefined> {
  return didYouMean(id, await withAlike(read, column, id, await someIds(read, column, where), where));
}

/** Ids that the ledger does not have yet. */
export interface AddedIds {
  readonly has: (table: IdTable, id: string) => boolean;
  readonly ids: (table: IdTable) => readonly string[];
}

export interface ReferenceChecker {
  /** Looks up what a batch of bodies refers to: a query a table. */
  readonly load: (references: Iterable<Reference>) => Promise<void>;
  readonly has: (table: IdTable, id: string) => boolean;
  /** Which id may have been meant by one that is not there, of the first few of the batch loaded last. */
  readonly hints: (table: IdTable, id: string) => IdHints;
  /** Notes each reference to what is not there, with what may have been meant. Loaded before. */
  readonly check: (references: Iterable<Reference>, add: AddFault) => void;
}

/**
 * Remembers what it has looked up: nothing that is referred to is ever removed.
 * @param added what the ledger does not have yet and comes with the same import
 * @param suggests whether what may have been meant is looked for, which takes a thousand times as long as to look an id up
 */
export function createReferenceChecker(
  read: Reader,
  added: AddedIds = { has: () => false, ids: () => [] },
  suggests = true,
): ReferenceChecker {
  const known = new Map<IdTable, Set<string>>();
  /** What some of the missing ids of the last batch are compared with. */
  const alike = new Map<string, readonly string[]>();
  const hints = new Map<string, IdHints>();
  const keyOf = (table: IdTable, id: string): string => `${getTableName(table)} ${id}`;
  const has: ReferenceChecker['has'] = (table, id) =>
    known.get(table)?.has(id) === true || added.has(table, id);
  const hintsOf: ReferenceChecker['hints'] = (table, id) => {
    const key = keyOf(table, id);
    const compared = alike.get(key);
    if (compared === undefined) return {};
    const given =
      hints.get(key) ?? hintsAmong([...compared, ...added.ids(table).slice(0, MOST_IDS_COMPARED)], id);
    hints.set(key, given);
    return given;
  };
  return {
    load: async (references) => {
      alike.clear();
      const unknown = [...references].filter(({ table, id }) => id !== null && !has(table, id));
      for (const [table, named] of Map.groupBy(unknown, (reference) => reference.table)) {
        const ids = [...new Set(named.flatMap(({ id }) => id ?? []))];
        const held = await heldIds(read, table, ids);
        known.set(table, new Set([...(known.get(table) ?? []), ...held]));
        const most = suggests ? MOST_SUGGESTED - alike.size : 0;
        const missing = ids.filter((id) => !held.has(id)).slice(0, most);
        if (missing.length === 0) continue;
        const first = await someIds(read, table.id);
        for (const id of missing) alike.set(keyOf(table, id), await withAlike(read, table.id, id, first));
      }
    },
    has,
    hints: hintsOf,
    check: (references, add) => {
      for (const { field, table, id } of references) {
        if (id === null || has(table, id)) continue;
        add(field, 'unknownId', `names ${JSON.stringify(id)}, which does not exist`, hintsOf(table, id));
      }
    },
  };
}

function hintsAmong(ids: readonly string[], id: string): IdHints {
  const suggestion = didYouMean(id, ids);
  return {
    ...(ids.length <= MOST_ALLOWED_LISTED ? { allowed: ids } : {}),
    ...(suggestion === undefined ? {} : { suggestion }),
  };
}

/** The first ids of a table; of a larger one, those that begin alike before them. */
async function withAlike(
  read: Reader,
  column: SQLiteColumn,
  id: string,
  first: readonly string[],
  where?: SQL,
): Promise<readonly string[]> {
  if (first.length < MOST_IDS_COMPARED) return first;
  const prefix = id.slice(0, SHARED_PREFIX);
  const near = await someIds(read, column, and(where, gte(column, prefix), lt(column, `${prefix}\uffff`)));
  return [...near, ...first];
}

async function someIds(read: Reader, column: SQLiteColumn, where?: SQL): Promise<readonly string[]> {
  const rows = await read
    .select({ id: column })
    .from(column.table)
    .where(where)
    .orderBy(asc(column))
    .limit(MOST_IDS_COMPARED);
  return rows.map((row) => row.id as string);
}

async function heldIds(read: Reader, table: IdTable, ids: readonly string[]): Promise<Set<string>> {
  const rows = await read.rows(
    `ids of ${getTableName(table)}`,
    () =>
      read
        .select({ id: table.id })
        .from(table)
        .where(read.dialect.isListed(table.id, sql.placeholder('ids'))),
    { ids: JSON.stringify(ids) },
  );
  return new Set(rows.map(([id]) => id as string));
}
