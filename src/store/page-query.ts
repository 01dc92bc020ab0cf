import type { Placeholder, SQL } from 'drizzle-orm';
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core';
import type { IndexRange, SortTerm } from './keyset.ts';
import { indexRangesAfter, inIndexRange } from './keyset.ts';
import { and, gt, isNotNull, isNull, sql, unionAll } from './query.ts';
import type { ColumnSortKey, RecordQuery } from './record-query.ts';
import { SORT_COLUMNS } from './record-query.ts';
import { heldAt, ofKind } from './revisions.ts';
import type { Dialect, Reader } from './store.ts';
import { records } from './tables/schema.ts';

/*
 * Which records stand on a page. A page should cost the same in a ledger of any size, so its query is put together so
 * that one index gives the page's records in their order, and only those:
 *
 * - A page begins after a place. The rows after (a, b) are those with a and beyond b, then those beyond a, then those
 *   without a: each of these is one range of an index. They are asked for one after the other, until the page
 *   is full.
 * - A filter that takes one of several values is as many ranges of its own index, each in the page's order, which the
 *   database merges.
 * - What counted at a time and has been superseded since is one more such range, of an index of its own.
 *
 * Where several filters could lead, or where none is indexed in the page's order, the one with few records leads, and
 * these are sorted; where each has many, the page's order leads, in which its first hundred are soon met.
 */

/** A filter with no more records than this may lead whatever the order: they are soon sorted. */
const FEW = 5000;
/** A filter of more values than this is not taken apart. */
const MOST_RANGES = 50;

/** The sequences of a page's records, in the page's order. */
export async function pageSequences(read: Reader, query: RecordQuery): Promise<readonly number[]> {
  const lead = await leadOf(read, query);
  const found: number[] = [];
  for (const indexRange of indexRangesOf(query)) {
    const rows = await indexRangeRows(read, query, lead, indexRange, query.limit - found.length);
    for (const [sequence] of rows) found.push(sequence as number);
    if (found.length >= query.limit) break;
  }
  return found;
}

/** By what the records of a page are found. */
interface Lead {
  /** The filters whose index is taken: one, or several that are ranges of one column; none where that of the page's order is. */
  readonly filters: readonly string[];
  /** Whether that index has the records in the page's order. */
  readonly inOrder: boolean;
}

async function leadOf(read: Reader, query: RecordQuery): Promise<Lead> {
  // A range of the page's own order is found by whichever index has that order.
  const leading = [...query.filters].filter(
    ([, { indexUse, column }]) => indexUse !== 'none' && column !== orderedBy(query),
  );
  const candidates = [...Map.groupBy(leading, ([, { column }]) => column).values()].map((filters): Lead => {
    const names = filters.map(([name]) => name);
    return { filters: names, inOrder: names.every((name) => hasOrder(query, name)) };
  });
  const ordered = candidates.find(({ inOrder }) => inOrder) ?? { filters: [], inOrder: true };
  if (candidates.length === 0 || (candidates.length === 1 && candidates[0] === ordered)) return ordered;
  let fewest: Lead | undefined;
  let least = query.few ?? FEW;
  for (const candidate of candidates) {
    const count = await countUpTo(read, query, candidate, least);
    if (count >= least) continue;
    [fewest, least] = [candidate, count];
  }
  return fewest ?? ordered;
}

function orderedBy({ sort }: RecordQuery): SQLiteColumn | undefined {
  const key = sort[0]?.key;
  return key === undefined ? undefined : SORT_COLUMNS[key];
}

/** Whether the index of a filter's values has their records in the page's order. */
function hasOrder(query: RecordQuery, name: string): boolean {
  const { indexUse, values } = filterOf(query, name);
  if (indexUse !== 'values' || values.length > MOST_RANGES) return false;
  const key = query.sort[0]?.key;
  return key === 'publishedOn' || (key === 'amount' && name === 'currency');
}

/** How many records some filters alone have, or `most` where there are more. */
async function countUpTo(
  read: Reader,
  query: RecordQuery,
  { filters: names }: Lead,
  most: number,
): Promise<number> {
  const { kind } = query;
  const valuesOf = (name: string) => filterOf(query, name).values;
  const rows = await read.rows(
    `count ${kind} ${names.map((name) => `${name} ${valuesOf(name).length}`).join(' ')}`,
    () => {
      const conditions = names.map((name) => {
        const { column, holds, values } = filterOf(query, name);
        return holds(column, ...placesOf(name, values));
      });
      return read
        .select({ count: sql<number>`count(*)` })
        .from(
          sql`(select 1 from ${records} where ${and(ofKind(kind), heldAt(null), ...conditions)} limit ${sql.placeholder('most')}) as "some"`,
        );
    },
    Object.assign({ most }, ...names.map((name) => boundTo(name, valuesOf(name)))),
  );
  return Number(rows[0]?.[0]);
}

function filterOf({ filters }: RecordQuery, name: string) {
  const filter = filters.get(name);
  if (filter === undefined) throw new Error(`no filter ${name}`);
  return filter;
}

function placesOf(name: string, values: readonly unknown[]): Placeholder[] {
  return values.map((_, index) => sql.placeholder(`${name}${index}`));
}

function boundTo(name: string, values: readonly unknown[]): Record<string, unknown> {
  return Object.fromEntries(values.map((value, index) => [`${name}${index}`, value]));
}

/** The parts of a page's order, each of which is one range of an index: what follows its place, or the whole list. */
function indexRangesOf({ sort, after }: Pick<RecordQuery, 'sort' | 'after'>): readonly IndexRange[] {
  const isNullable = (key: ColumnSortKey | undefined): boolean =>
    key !== undefined && !SORT_COLUMNS[key].notNull;
  if (after !== null) return indexRangesAfter(sort, after, isNullable);
  const whole: IndexRange = { equal: 0, next: 'any' };
  return isNullable(sort[0]?.key) ? [whole, { equal: 0, next: 'none' }] : [whole];
}

/** The rows of a range in its order: the sequence of each first. */
function indexRangeRows(
  read: Reader,
  query: RecordQuery,
  lead: Lead,
  indexRange: IndexRange,
  limit: number,
): PromiseLike<unknown[][]> {
  const { kind, filters, asOf, sort, after } = query;
  const shape = JSON.stringify([
    kind,
    asOf !== null,
    [...filters].map(([name, { values }]) => [name, values.length]),
    sort.map(({ key, direction }) => [key, direction]),
    after?.map((value) => value !== null) ?? null,
    lead,
    indexRange,
  ]);
  const bound = Object.assign(
    { limit },
    asOf === null ? {} : { asOf },
    after === null ? {} : boundTo('after', after),
    ...[...filters].map(([name, { values }]) => boundTo(name, values)),
  );
  return read.rows(shape, () => indexRangeQuery(read, query, lead, indexRange), bound);
}

function indexRangeQuery(read: Reader, query: RecordQuery, lead: Lead, indexRange: IndexRange) {
  const { sort } = query;
  const limit = sql.placeholder('limit');
  const selected = {
    sequence: records.sequence,
    // Where few are sorted, no index is to be taken for their order's sake.
    ...Object.fromEntries(
      sort.map(({ key }) => {
        const column = SORT_COLUMNS[key];
        return [key, (lead.inOrder ? sql`${column}` : read.dialect.withoutIndex(column)).as(column.name)];
      }),
    ),
  };
  // The terms that are the same for all rows of the range need no sorting, and the first of the others has a value.
  const isNone = indexRange.next === 'none';
  const order = sort
    .slice(indexRange.equal + (isNone ? 1 : 0))
    .map(({ key, direction }, position) => ordered(SORT_COLUMNS[key], direction, position === 0 && !isNone));
  const ranges = rangesOf(read.dialect, query, lead).map((range) =>
    read
      .select(selected)
      .from(records)
      .where(and(range, indexRangeCondition(read.dialect, query, lead, indexRange))),
  );
  const firstOf = (range: (typeof ranges)[number]) => range.orderBy(...order).limit(limit);
  if (ranges.length === 1 && ranges[0] !== undefined) return firstOf(ranges[0]);
  const merged = read.dialect.plansByStatistics
    ? ranges.map((range, place) => read.select().from(firstOf(range).as(`range${place}`)))
    : ranges;
  const [first, second, ...further] = merged as typeof ranges;
  if (first === undefined || second === undefined) throw new Error('a query without a range');
  return firstOf(unionAll(first, second, ...further) as unknown as typeof first);
}

/** The name alone: that of what is selected. */
function ordered(column: SQLiteColumn, direction: SortTerm['direction'], hasValue: boolean): SQL {
  const name = sql.identifier(column.name);
  const towards = direction === 'ascending' ? sql`asc` : sql`desc`;
  return hasValue || column.notNull ? sql`${name} ${towards}` : sql`${name} ${towards} nulls last`;
}

/** The ranges of which a query's records are made up, no two of which share any. */
function rangesOf(dialect: Dialect, query: RecordQuery, lead: Lead): readonly SQL[] {
  const { kind, filters, asOf } = query;
  const checked = (except: readonly string[]) =>
    [...filters]
      .filter(([name]) => !except.includes(name))
      .map(([name, { column, holds, values }]) =>
        holds(columnIn(dialect, query, lead, column), ...placesOf(name, values)),
      );
  const ranges = leadingRanges(query, lead).map((range): SQL | undefined =>
    and(ofKind(kind), isNull(records.supersededAt), range, ...checked(lead.filters)),
  );
  if (asOf !== null) {
    const later = gt(records.supersededAt, sql.placeholder('asOf'));
    ranges.push(and(ofKind(kind), isNotNull(records.supersededAt), later, ...checked([])));
  }
  return ranges.filter((range) => range !== undefined);
}

/** One range for each value of the leading filter, as far as they are not too many. */
function leadingRanges(query: RecordQuery, lead: Lead): readonly (SQL | undefined)[] {
  const [name, ...further] = lead.filters;
  if (name === undefined) return [undefined];
  const { column, indexUse, holds, values } = filterOf(query, name);
  const places = placesOf(name, values);
  if ((indexUse === 'values' || indexUse === 'ranges') && places.length <= MOST_RANGES)
    return places.map((place) => holds(column, place));
  const others = further.map((other) => {
    const filter = filterOf(query, other);
    return filter.holds(column, ...placesOf(other, filter.values));
  });
  return [and(holds(column, ...places), ...others)];
}

/** A column as a condition reads it that is not to take the leading index's place: only the page's order may be used beside it. */
function columnIn(
  dialect: Dialect,
  query: RecordQuery,
  lead: Lead,
  column: SQLiteColumn,
): SQLiteColumn | SQL {
  if (dialect.plansByStatistics || (lead.inOrder && column === orderedBy(query))) return column;
  return dialect.withoutIndex(column);
}

function indexRangeCondition(
  dialect: Dialect,
  { sort, after }: RecordQuery,
  lead: Lead,
  indexRange: IndexRange,
): SQL | undefined {
  const isWhole = indexRange.next === 'any' && SORT_COLUMNS[sort[indexRange.equal]?.key ?? 'id'].notNull;
  if (isWhole) return undefined;
  return inIndexRange(
    sort,
    indexRange,
    (key) =>
      lead.inOrder || dialect.plansByStatistics ? SORT_COLUMNS[key] : dialect.withoutIndex(SORT_COLUMNS[key]),
    (position) => (after?.[position] === null ? null : sql.placeholder(`after${position}`)),
  );
}
