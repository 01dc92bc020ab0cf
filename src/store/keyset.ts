import type { Column, SQL } from 'drizzle-orm';
import { and, isNull, or, sql } from './query.ts';

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
  readonly where: SQL | undefined;
  /** The column behind each sort key, or an expression that is never null. */
  readonly columns: Readonly<Record<Key, Column | SQL>>;
  /** A row's value of a sort key: what the column holds. */
  readonly valueOf: (row: Row, key: Key) => string | number | null;
  readonly rows: (
    where: SQL | undefined,
    order: readonly SQL[],
    limit: number,
  ) => PromiseLike<readonly Row[]>;
  readonly total: (where: SQL | undefined) => PromiseLike<number>;
}

/**
 * One page of a list, by keyset: the rows after a place, not after a number of rows, so that a page costs the same
 * wherever it is and neither repeats nor skips a record when rows are added. Missing values come last either way.
 */
export async function keysetPage<Row, Key extends string>(
  list: KeysetList<Row, Key>,
  request: PageRequest<Key>,
): Promise<PageOf<Row>> {
  const { where, order } = placeIn(list, request);
  const rows = await list.rows(and(list.where, where), order, request.limit + 1);
  const records = rows.slice(0, request.limit);
  const last = rows.length > request.limit ? records.at(-1) : undefined;
  return {
    records,
    next: last === undefined ? null : request.sort.map(({ key }) => list.valueOf(last, key)),
    count: request.count ? await list.total(list.where) : undefined,
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
  return { where: after(list, request), order };
}

/** Rows after a place: those beyond it in the first term, or equal in the first and beyond it in the second, and so on. */
function after<Key extends string>(
  list: Pick<KeysetList<unknown, Key>, 'columns'>,
  request: Pick<PageRequest<Key>, 'sort' | 'after'>,
): SQL | undefined {
  if (request.after === null) return undefined;
  const alternatives: (SQL | undefined)[] = [];
  const equal: SQL[] = [];
  for (const [position, { key, direction }] of request.sort.entries()) {
    const column: Column | SQL = list.columns[key];
    const value = request.after[position] ?? null;
    if (value !== null) {
      const beyond = direction === 'ascending' ? sql`${column} > ${value}` : sql`${column} < ${value}`;
      alternatives.push(
        and(...equal, 'notNull' in column && !column.notNull ? or(beyond, isNull(column)) : beyond),
      );
    }
    equal.push(value === null ? isNull(column) : sql`${column} = ${value}`);
  }
  return or(...alternatives);
}

/**
 * One page of rows that are in memory, by the same rules as `keysetPage`: sorted by the terms, missing values last,
 * after the request's place. For lists whose sort values are computed and stand in no column.
 */
export function pageOfRows<Row, Key extends string>(
  rows: readonly Row[],
  request: PageRequest<Key>,
  sortValueOf: (row: Row, key: Key) => string | number | null,
): PageOf<Row> {
  const placeOf = (row: Row): Keyset => request.sort.map(({ key }) => sortValueOf(row, key));
  const compare = (one: Keyset, other: Keyset): number => {
    for (const [position, { direction }] of request.sort.entries()) {
      const order = compareValues(one[position] ?? null, other[position] ?? null, direction);
      if (order !== 0) return order;
    }
    return 0;
  };
  const placed = rows
    .map((row) => ({ row, place: placeOf(row) }))
    .sort((one, other) => compare(one.place, other.place));
  const { after } = request;
  const rest = after === null ? placed : placed.filter(({ place }) => compare(place, after) > 0);
  const records = rest.slice(0, request.limit);
  return {
    records: records.map(({ row }) => row),
    next: rest.length > request.limit ? (records.at(-1)?.place ?? null) : null,
    count: request.count ? rows.length : undefined,
  };
}

function compareValues(one: Keyset[number], other: Keyset[number], direction: SortTerm['direction']): number {
  if (one === other) return 0;
  if (one === null) return 1;
  if (other === null) return -1;
  const order = one < other ? -1 : 1;
  return direction === 'ascending' ? order : -order;
}
