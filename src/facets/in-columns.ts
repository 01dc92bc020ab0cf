import type { SQL } from 'drizzle-orm';
import { records } from '../db/schema.ts';
import type { Storage } from '../db/storage.ts';
import { matchExpression, searchTerms } from '../domain/search-text.ts';
import { recordFilters } from '../forecasts/repository.ts';
import { matching } from '../records/repository.ts';
import { withDescendants } from '../sectors/repository.ts';
import type { CodedColumn, Codes } from './coded-column.ts';
import { NO_RECORD } from './coded-column.ts';
import type { ColumnName, ColumnStore, ForecastColumns } from './columns.ts';
import type { Counted, Grouped } from './repository.ts';
import { FACET_NAMES, facetOf } from './repository.ts';
import type { FacetName, FacetQuery } from './schemas.ts';
import { FACETS } from './schemas.ts';

/** Which column a facet counts. */
const COUNTED: Readonly<Record<FacetName, ColumnName>> = {
  sector: 'sector',
  forecaster: 'forecaster',
  measure: 'measure',
  year: 'periodYears',
  publishedYear: 'publishedYear',
  currency: 'currency',
  qualifier: 'qualifier',
  collection: 'collection',
  scope: 'scope',
  region: 'region',
  confidence: 'confidence',
};

type Test = readonly [column: ColumnName, passes: (value: string | null) => boolean];

/** Filters of which no column says whether they hold: SQL does. */
type FilterInSql = 'source' | 'amountMin' | 'amountMax';
type FilterInColumns = Exclude<
  keyof FacetQuery,
  FilterInSql | 'q' | 'sectorOnly' | 'knownAsOf' | 'convertTo' | 'rateBasis' | 'rateDate'
>;

const oneOf =
  (column: ColumnName) =>
  (wanted: readonly string[]): readonly Test[] => {
    const values: ReadonlySet<string | null> = new Set(wanted);
    return [[column, (value) => values.has(value)]];
  };
const publishedBy = (last: string): readonly Test[] => [
  ['publishedOn', (day) => day !== null && day <= last],
];

/** What a filter asks of a record's values: the same as its condition in `records/repository.ts`. */
const TESTS: {
  readonly [Name in FilterInColumns]-?: (wanted: NonNullable<FacetQuery[Name]>) => readonly Test[];
} = {
  sector: oneOf('sector'),
  forecaster: oneOf('forecaster'),
  measure: oneOf('measure'),
  region: oneOf('region'),
  currency: oneOf('currency'),
  collection: oneOf('collection'),
  scope: oneOf('scope'),
  qualifier: oneOf('qualifier'),
  confidence: oneOf('confidence'),
  publishedFrom: (first) => [['publishedOn', (day) => day !== null && day >= first]],
  publishedTo: publishedBy,
  publishedAsOf: publishedBy,
  periodFrom: (first) => [['periodEnd', (end) => end !== null && end >= first]],
  periodTo: (last) => [
    ['periodStart', (start) => start === null || start <= last],
    ['periodEnd', (end) => end !== null],
  ],
};

/*
 * What a record fails at is a bit each: one for the own filters of each facet, one for all other filters. Without any bit a
 * record counts everywhere, with the bit of one facet alone it counts in that facet, else nowhere.
 */
const OTHER_FILTERS = 1 << FACET_NAMES.length;

function bitOf(filter: string): number {
  const facet = facetOf(filter);
  return facet === undefined ? OTHER_FILTERS : 1 << FACET_NAMES.indexOf(facet);
}

/**
 * Counts a query's forecasts in memory; null where the ledger is not held there. `knownAsOf` and converted amounts are not
 * for here.
 */
export async function countInColumns(
  storage: Storage,
  store: ColumnStore,
  query: FacetQuery,
): Promise<Counted | null> {
  const { sector, sectorOnly, source, amountMin, amountMax } = query;
  const filters =
    sector === undefined || sectorOnly === true
      ? query
      : { ...query, sector: [...(await withDescendants(storage.read, sector))] };
  const isInSql = [source, amountMin, amountMax].some((value) => value !== undefined);
  const where = isInSql
    ? await matching(storage.read, 'forecast', recordFilters({ source, amountMin, amountMax }))
    : undefined;
  return store.use((forecasts) => {
    if (forecasts === null) return null;
    const tests = testsOf(forecasts, filters);
    if (where !== undefined) tests.push(testOfSlots(forecasts, slotsWhere(storage, where)));
    if (query.q !== undefined) tests.push(testOfSlots(forecasts, slotsFoundBy(storage, forecasts, query.q)));
    return counted(forecasts, tests);
  });
}

/** Of each code of a column, the bit that records with it fail with, or 0. */
interface CodedTest {
  readonly codes: Codes;
  readonly failures: Uint16Array;
}

function testsOf({ columns }: ForecastColumns, filters: FacetQuery): CodedTest[] {
  return Object.entries(TESTS).flatMap(([name, testsFor]) => {
    const wanted = filters[name as FilterInColumns];
    if (wanted === undefined) return [];
    return (testsFor as (wanted: unknown) => readonly Test[])(wanted).map(([column, passes]) => {
      const { codes, values } = columns[column];
      const failures = new Uint16Array(values.length).fill(bitOf(name));
      values.forEach((value, code) => {
        if (code !== NO_RECORD && passes(value)) failures[code] = 0;
      });
      return { codes, failures };
    });
  });
}

/** A filter without a facet, of which it is known for which slots it holds. */
function testOfSlots({ slots, columns: { sector } }: ForecastColumns, found: readonly number[]): CodedTest {
  const codes = new Uint8Array(slots);
  for (let index = 0; index < found.length; index += 1) {
    const slot = found[index] as number;
    if (sector.codes[slot] !== NO_RECORD) codes[slot] = 1;
  }
  return { codes, failures: Uint16Array.of(OTHER_FILTERS, 0) };
}

/** The sequences of the current forecasts that a condition holds for. Of the connection's present transaction. */
function slotsWhere({ sqlite, write }: Storage, where: SQL): readonly number[] {
  const { sql, params } = write.select({ sequence: records.sequence }).from(records).where(where).toSQL();
  return sqlite
    .prepare<unknown[], number>(sql)
    .pluck()
    .all(...params);
}

/**
 * The slots of the revisions that a search finds. Asks only the full-text index: to look up the records of a frequent word
 * takes a hundred times as long.
 */
function slotsFoundBy(
  { sqlite }: Storage,
  { slotOfText }: ForecastColumns,
  query: string,
): readonly number[] {
  const expression = matchExpression(searchTerms(query));
  if (expression === null) return [];
  const rows = sqlite
    .prepare<[string], number>('select rowid from record_texts_index where record_texts_index match ?')
    .pluck()
    .all(expression);
  return rows.map((row) => slotOfText[row] ?? 0);
}

function counted(forecasts: ForecastColumns, tests: readonly CodedTest[]): Counted {
  const { columns, live, datasetVersion } = forecasts;
  const asked = tests.reduce((bits, { failures }) => bits | Math.max(...failures), 0);
  const facets = FACET_NAMES.map((name): CountedFacet => {
    const column = columns[COUNTED[name]];
    const own = asked & bitOf(FACETS[name][0]);
    // Without its own filters there are no others: all records count.
    const counts = asked === own ? null : new Uint32Array(column.values.length);
    return { name, column, own, counts };
  });
  const count = tests.length === 0 ? live : countPassing(forecasts.slots, tests, facets);
  const groups = facets.map(({ name, column, counts }) => [name, grouped(column, counts ?? column.totals)]);
  return { groups: Object.fromEntries(groups) as Counted['groups'], count, datasetVersion };
}

interface CountedFacet {
  readonly name: FacetName;
  readonly column: CodedColumn;
  /** The bit of its own filters, where the query has some, else 0. */
  readonly own: number;
  /** How many of the records that it counts have each code; null where those are all records. */
  readonly counts: Uint32Array | null;
}

/** Slots that are looked at together: what is noted of them stays in the processor's nearest cache. */
const SLOTS_AT_ONCE = 4096;

/** Counts records in each facet. Gives how many pass all tests. */
function countPassing(slots: number, tests: readonly CodedTest[], facets: readonly CountedFacet[]): number {
  const failures = new Uint16Array(SLOTS_AT_ONCE);
  const picked = new Uint32Array(SLOTS_AT_ONCE);
  let passing = 0;
  for (let from = 0; from < slots; from += SLOTS_AT_ONCE) {
    const length = Math.min(SLOTS_AT_ONCE, slots - from);
    failures.fill(0);
    for (const test of tests) note(failures, test, from, length);
    const everywhere = pick(picked, failures, 0, from, length);
    passing += everywhere;
    for (const { column, counts } of facets)
      if (counts !== null) tally(counts, column.codes, picked, everywhere);
    for (const { column, counts, own } of facets) {
      if (counts === null || own === 0) continue;
      tally(counts, column.codes, picked, pick(picked, failures, own, from, length));
    }
  }
  return passing;
}

/** Notes what some slots, from one on, fail at. */
function note(noted: Uint16Array, { codes, failures }: CodedTest, from: number, length: number): void {
  for (let index = 0; index < length; index += 1)
    noted[index] = (noted[index] as number) | (failures[codes[from + index] as number] as number);
}

/** Picks the slots that fail at just so much. Gives their number. */
function pick(
  picked: Uint32Array,
  noted: Uint16Array,
  failing: number,
  from: number,
  length: number,
): number {
  let number = 0;
  for (let index = 0; index < length; index += 1) {
    // Without a branch, which the processor could not foresee: the next slot takes the place unless this one is picked.
    picked[number] = from + index;
    number += (((noted[index] as number) ^ failing) - 1) >>> 31;
  }
  return number;
}

function tally(counts: Uint32Array, codes: Codes, slots: Uint32Array, length: number): void {
  for (let index = 0; index < length; index += 1) {
    const code = codes[slots[index] as number] as number;
    counts[code] = (counts[code] as number) + 1;
  }
}

function grouped({ values }: CodedColumn, counts: ArrayLike<number>): Grouped {
  const groups = new Map<string | null, number>();
  for (let code = 0; code < values.length; code += 1) {
    const count = counts[code] as number;
    if (count > 0 && code !== NO_RECORD) groups.set(values[code] as string | null, count);
  }
  return groups;
}
