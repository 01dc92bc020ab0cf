import type { Column, SQL } from 'drizzle-orm';
import type { SQLiteColumn, SQLiteTable } from 'drizzle-orm/sqlite-core';
import type { Steps } from '../domain/steps.ts';
import { mapped, sorted } from '../domain/steps.ts';
import type { QueryReader } from './query.ts';
import { and, isNotNull, isNull, or, sql } from './query.ts';

export interface SortTerm<Key extends string = string> {
  readonly key: Key;
  readonly direction: 'ascending' | 'descending';
}

/** A place in a sorted list: the sort values of the last record of the page before. */
export type Keyset = readonly (string | number | null)[];

export interface PageOf<Row> {
  readonly records: readonly Row[];
  /** The place after the last record, where there are more. */
  readonly next: Keyset | null;
  readonly count?: number | undefined;
}

/** Which page of which order is wanted. */
export interface PageRequest<Key extends string> {
  readonly sort: readonly SortTerm<Key>[];
  readonly after: Keyset | null;
  readonly limit: number;
  readonly count: boolean;
}

export interface KeysetList<Row, Key extends string> {
  readonly table: SQLiteTable;
  readonly select: Readonly<Record<string, SQLiteColumn | SQL>>;
  readonly where: SQL | undefined;
  /** The column behind each sort key, or an expression that is never null. */
  readonly columns: Readonly<Record<Key, Column | SQL>>;
  /** A row's value of a sort key: what the column holds. */
  readonly valueOf: (row: Row, key: Key) => string | number | null;
  /** Makes rows of what was selected. */
  readonly complete: (rows: readonly object[]) => Promise<readonly Row[]>;
}

/**
 * One page of a list, by keyset: the rows after a place, not after a number of rows, so that a page costs the same
 * wherever it is and neither repeats nor skips a record when rows are added. Missing values come last either way.
 */
export async function keysetPage<Row, Key extends string>(
  read: QueryReader,
  list: KeysetList<Row, Key>,
  request: PageRequest<Key>,
): Promise<PageOf<Row>> {
  const { where, order } = placeIn(list, request);
  const found = await read
    .select({ ...list.select })
    .from(list.table)
    .where(and(list.where, where))
    .orderBy(...order)
    .limit(request.limit + 1);
  const rows = await list.complete(found);
  const records = rows.slice(0, request.limit);
  const last = rows.length > request.limit ? records.at(-1) : undefined;
  return {
    records,
    next: last === undefined ? null : request.sort.map(({ key }) => list.valueOf(last, key)),
    count: request.count ? await read.$count(list.table, list.where) : undefined,
  };
}

/** What a page asks of its rows, and their order: with `where`, those after the place at which it begins. */
export function placeIn<Key extends string>(
  list: Pick<KeysetList<unknown, Key>, 'columns'>,
  request: Pick<PageRequest<Key>, 'sort' | 'after'>,
): { readonly where: SQL | undefined; readonly order: readonly SQL[] } {
  const order = request.sort.map(({ key, direction }) =>
    direction === 'ascending'
      ? sql`${list.columns[key]} asc nulls last`
      : sql`${list.columns[key]} desc nulls last`,
  );
  const { sort, after } = request;
  if (after === null) return { where: undefined, order };
  const columnOf = (key: Key): Column | SQL => list.columns[key];
  const isNullable = (key: Key): boolean => {
    const column = columnOf(key);
    return 'notNull' in column && !column.notNull;
  };
  const ranges = indexRangesAfter(sort, after, isNullable).map((indexRange) =>
    inIndexRange(sort, indexRange, columnOf, (position) => after[position] ?? null),
  );
  return { where: or(...ranges), order };
}

/** A part of a list's order: those equal to the place in the first terms, and beyond it, or without a value, in the next. */
export interface IndexRange {
  /** How many of the terms are equal to the place. */
  readonly equal: number;
  /** Of the term after these: `any` value, one `beyond` the place, or `none`. */
  readonly next: 'any' | 'beyond' | 'none';
}

/** What follows a place, as ranges of an index, in order. Missing values come last. */
export function indexRangesAfter<Key extends string>(
  sort: readonly SortTerm<Key>[],
  place: Keyset,
  isNullable: (key: Key) => boolean,
): readonly IndexRange[] {
  return sort
    .flatMap(({ key }, equal): IndexRange[] => {
      if (place[equal] == null) return [];
      const none: IndexRange = { equal, next: 'none' };
      return isNullable(key) ? [none, { equal, next: 'beyond' }] : [{ equal, next: 'beyond' }];
    })
    .reverse();
}

/**
 * Holds for the rows of one of these ranges.
 * @param columnOf a key's column, or an expression
 * @param valueAt the place's value at a position of the order, or where it is put; null where there is none
 */
export function inIndexRange<Key extends string>(
  sort: readonly SortTerm<Key>[],
  { equal, next }: IndexRange,
  columnOf: (key: Key) => Column | SQL,
  valueAt: (position: number) => unknown,
): SQL | undefined {
  const conditions = sort.slice(0, equal).map(({ key }, position) => {
    const value = valueAt(position);
    return value === null ? isNull(columnOf(key)) : sql`${columnOf(key)} = ${value}`;
  });
  const term = sort[equal];
  if (term === undefined) return and(...conditions);
  const column = columnOf(term.key);
  if (next === 'none') return and(...conditions, isNull(column));
  if (next === 'any') return and(...conditions, isNotNull(column));
  const beyond = term.direction === 'ascending' ? sql`>` : sql`<`;
  return and(...conditions, sql`${column} ${beyond} ${valueAt(equal)}`);
}

/**
 * One page of rows that are in memory, by the same rules as `keysetPage`: sorted by the terms, missing values last,
 * after the request's place. For lists whose sort values are computed and stand in no column.
 */
export function* pageOfRows<Row, Key extends string>(
  rows: readonly Row[],
  request: PageRequest<Key>,
  sortValueOf: (row: Row, key: Key) => string | number | null,
): Steps<PageOf<Row>> {
  const placeOf = (row: Row): Keyset => request.sort.map(({ key }) => sortValueOf(row, key));
  const compare = (one: Keyset, other: Keyset): number => comparePlaces(request.sort, one, other);
  const { after } = request;
  const placed = yield* sorted(yield* mapped(rows, (row) => ({ row, place: placeOf(row) })), (one, other) =>
    compare(one.place, other.place),
  );
  const rest = after === null ? placed : placed.filter(({ place }) => compare(place, after) > 0);
  const records = rest.slice(0, request.limit);
  return {
    records: records.map(({ row }) => row),
    next: rest.length > request.limit ? (records.at(-1)?.place ?? null) : null,
    count: request.count ? rows.length : undefined,
  };
}

/** Which of two places comes first, missing values last: less than zero for the one. */
export function comparePlaces(sort: readonly SortTerm[], one: Keyset, other: Keyset): number {
  for (const [position, { direction }] of sort.entries()) {
    const order = compareValues(one[position] ?? null, other[position] ?? null, direction);
    if (order !== 0) return order;
  }
  return 0;
}

function compareValues(one: Keyset[number], other: Keyset[number], direction: SortTerm['direction']): number {
  if (one === other) return 0;
  if (one === null) return 1;
  if (other === null) return -1;
  const order = one < other ? -1 : 1;
  return direction === 'ascending' ? order : -order;
}
