import type { SQL } from 'drizzle-orm';
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core';
import type { AddFault } from '../../http/message/body-faults.ts';
import type { RequestFault } from '../../http/message/problem.ts';
import { InvalidRequest, recordNotFound } from '../../http/message/problem.ts';
import { didYouMean } from '../../http/message/suggestion.ts';
import type { Resolved } from '../../http/query/paging.ts';
import { and, asc, eq, getTableName, gte, lt, sql } from '../../store/query.ts';
import type { Reader } from '../../store/store.ts';
import { records } from '../../store/tables/schema.ts';
import type { IdTable } from './names.ts';
import { idsCalled, idsWithWords } from './names.ts';
import { presentOf } from './past.ts';

/*
 * The one look-up of ids: whether there is something of an id, and which one may have been meant where there is not.
 */

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

/** What an answer says of the names that were taken for ids: nothing where there were none. */
export interface ResolvedMeta {
  readonly resolvedIds?: readonly Resolved[];
}

/**
 * Refuses a query that names an id which does not exist: an empty answer would look like "no such figures". In the place of
 * what is the name or alias of a single entry, or its id in other letters' case, the query then names that one. A list whose
 * parts are no names may be one name that has commas.
 * @param tables which table the id, or the ids, of each parameter come from
 * @param inAddress what the address names otherwise than by its id: said with the rest
 * @throws InvalidRequest `unknownId` naming each, with the nearest one there is
 */
export async function requireKnownIds(
  read: Reader,
  tables: Readonly<Record<string, IdTable>>,
  query: Record<string, unknown>,
  inAddress: readonly Resolved[] = [],
): Promise<ResolvedMeta> {
  const referencesNow = () =>
    Object.entries(tables).flatMap(([field, table]) =>
      [(query[field] ?? []) as string | string[]].flat().map((id) => ({ field, table, id })),
    );
  const checker = createReferenceChecker(read);
  await checker.load(referencesNow());
  const resolved = [...inAddress];
  const several = new Map<string, readonly string[]>();
  for (const [field, table] of Object.entries(tables)) {
    const given = query[field] as string | string[] | undefined;
    if (given === undefined) continue;
    const ids = new Set<string>();
    for (const [one, [first, ...others]] of await meantBy(read, checker, table, [given].flat())) {
      const id = first === undefined || others.length > 0 ? one : first;
      if (first !== undefined && others.length > 0) several.set(`${field} ${one}`, [first, ...others]);
      if (id !== one) resolved.push({ parameter: field, given: one, id });
      ids.add(id);
    }
    query[field] = Array.isArray(given) ? [...ids] : [...ids][0];
  }
  const references = referencesNow();
  // Loaded last, so that it is for these that suggestions are looked for.
  await checker.load(references);
  const faults: RequestFault[] = [];
  for (const { field, id } of references) {
    const ids = several.get(`${field} ${id}`);
    if (ids === undefined) continue;
    const message = `names ${JSON.stringify(id)}, which several are called: ${ids.join(', ')}; name one by its id`;
    faults.push({ in: 'query', name: field, code: 'unknownId', message, allowed: [...ids] });
  }
  for (const reference of references) {
    const { field, table, id } = reference;
    if (several.has(`${field} ${id}`)) continue;
    const own: RequestFault[] = [];
    checker.check([reference], (name, code, message, hints) => {
      own.push({ in: 'query', name, code, message, ...hints });
    });
    for (const fault of own)
      faults.push(faults.length < MOST_SUGGESTED ? await withIdsOfWords(read, table, id, fault) : fault);
  }
  if (faults.length > 0) throw new InvalidRequest(faults);
  return resolved.length === 0 ? {} : { resolvedIds: resolved };
}

/** A fault of an id that is unknown; where none is near in spelling, with those in whose names its words stand. */
async function withIdsOfWords(
  read: Reader,
  table: IdTable,
  id: string,
  fault: RequestFault,
): Promise<RequestFault> {
  if (fault.suggestion !== undefined) return fault;
  const [first, ...others] = await idsWithWords(read, table, id);
  if (first === undefined) return fault;
  if (others.length === 0) return { ...fault, suggestion: first };
  return {
    ...fault,
    message: `${fault.message}; its words are in the names of ${[first, ...others].join(', ')}`,
  };
}

/**
 * The ids that are meant by what one parameter says, by what is said: none where it is unknown, several where several are
 * called so.
 */
async function meantBy(
  read: Reader,
  checker: ReferenceChecker,
  table: IdTable,
  given: readonly string[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const meant = new Map<string, readonly string[]>();
  const held = await idsThen(read, table, given);
  for (const one of given) {
    const ids = held.has(one) ? [one] : await idsMeant(read, table, one);
    meant.set(one, ids.length === 0 && checker.has(table, one) ? [one] : ids);
  }
  if (given.length === 1 || [...meant.values()].every((ids) => ids.length > 0)) return meant;
  const whole = given.join();
  const ids = await idsCalled(read, table, whole);
  return ids.length === 1 ? new Map([[whole, ids]]) : meant;
}

/** The ids of which one is meant by what is none: the one that differs only in case, else those that are called so. */
async function idsMeant(read: Reader, table: IdTable, given: string): Promise<readonly string[]> {
  const same = await idInOtherCase(read, table, given);
  return same === undefined ? idsCalled(read, table, given) : [same];
}

/** Which of these are ids at the moment that is read: one that is given later must not take the place of a name of then. */
async function idsThen(read: Reader, table: IdTable, ids: readonly string[]): Promise<ReadonlySet<string>> {
  if (presentOf(read) === read) return heldIds(read, table, ids);
  const rows = await read
    .select({ id: table.id })
    .from(table)
    .where(and(read.dialect.isListed(table.id, JSON.stringify(ids)), notDeleted(table)));
  return new Set(rows.map(({ id }) => id as string));
}

/** The only id that is the same but for upper and lower case. */
async function idInOtherCase(read: Reader, table: IdTable, given: string): Promise<string | undefined> {
  const folded = given.toLowerCase();
  const candidates = [folded, given.toUpperCase(), ...(await idsCalled(read, table, given))];
  const held = [...(await heldIds(read, table, candidates))].filter((id) => id.toLowerCase() === folded);
  return held.length === 1 ? held[0] : undefined;
}

/**
 * The id that an address names, in whatever case its letters are.
 * @param noun what it is an id of: "sector"
 * @param withDeleted whether it may be one of what was deleted
 * @throws Problem `recordNotFound`
 */
export async function requireId(
  read: Reader,
  table: IdTable,
  noun: string,
  given: string,
  withDeleted = false,
): Promise<string> {
  const held = await heldIds(read, table, [given], withDeleted);
  const id = held.has(given) ? given : await idInOtherCase(read, table, given);
  if (id === undefined) throw recordNotFound(noun, given, await nearestId(read, table.id, given));
  return id;
}

/**
 * The entry that an address names, by its id in any case, its name or an alias; the parameters of the address then have
 * its id.
 * @throws Problem `recordNotFound`
 */
export async function requireNamed(
  read: Reader,
  table: IdTable,
  noun: string,
  params: { id: string },
): Promise<readonly Resolved[]> {
  const { id: given } = params;
  const [named, ...others] = (await idsThen(read, table, [given])).has(given)
    ? [given]
    : await idsMeant(read, table, given);
  params.id = named !== undefined && others.length === 0 ? named : await requireId(read, table, noun, given);
  return params.id === given ? [] : [{ parameter: 'id', given, id: params.id }];
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
      // What an import brings may be what the ledger has already, and count before its row.
      const unknown = [...references].filter(({ table, id }) => id !== null && !known.get(table)?.has(id));
      for (const [table, named] of Map.groupBy(unknown, (reference) => reference.table)) {
        const ids = [...new Set(named.flatMap(({ id }) => id ?? []))];
        const held = await heldIds(read, table, ids);
        known.set(table, new Set([...(known.get(table) ?? []), ...held]));
        const most = suggests ? MOST_SUGGESTED - alike.size : 0;
        const missing = ids.filter((id) => !has(table, id)).slice(0, most);
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

/** Holds for what was not deleted; nothing of tables whose rows stay for ever. */
export function notDeleted(table: object): SQL | undefined {
  return 'deleted' in table && table !== records ? eq(table.deleted as SQLiteColumn, 0) : undefined;
}

async function someIds(read: Reader, column: SQLiteColumn, where?: SQL): Promise<readonly string[]> {
  const rows = await read
    .select({ id: column })
    .from(column.table)
    .where(and(where, notDeleted(column.table)))
    .orderBy(asc(column))
    .limit(MOST_IDS_COMPARED);
  return rows.map((row) => row.id as string);
}

/** In a reading of a past moment, those that there are now or were once: what is named is an id still. */
async function heldIds(
  read: Reader,
  table: IdTable,
  ids: readonly string[],
  withDeleted = false,
): Promise<Set<string>> {
  const present = presentOf(read);
  const isAny = withDeleted || present !== read;
  const rows = await present.rows(
    `ids of ${getTableName(table)}${isAny ? ', deleted ones too' : ''}`,
    () =>
      present
        .select({ id: table.id })
        .from(table)
        .where(
          and(
            present.dialect.isListed(table.id, sql.placeholder('ids')),
            isAny ? undefined : notDeleted(table),
          ),
        ),
    { ids: JSON.stringify(ids) },
  );
  return new Set(rows.map(([id]) => id as string));
}
