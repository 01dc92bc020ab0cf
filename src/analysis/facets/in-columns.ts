import type { SQL } from 'drizzle-orm';
import { withDescendants } from '../../ledger/catalogue/sector-repository.ts';
import { matching } from '../../ledger/records/filters.ts';
import { recordFilters } from '../../ledger/records/kinds.ts';
import { and, inArray } from '../../store/query.ts';
import { sequencesFoundBy } from '../../store/sqlite/full-text.ts';
import type { Storage } from '../../store/sqlite/storage.ts';
import { records } from '../../store/tables/schema.ts';
import type { CodedColumn } from './coded-column.ts';
import { NO_RECORD } from './coded-column.ts';
import type { ColumnName, ColumnStore, ForecastColumns } from './columns.ts';
import type { Counted, Grouped } from './repository.ts';
import { FACET_NAMES, facetOf } from './repository.ts';
import type { FacetName, FacetQuery } from './schemas.ts';
import { FACETS } from './schemas.ts';
import type { CodedTest, CountedFacet } from './tallying.ts';
import { LANES, talliedCounts, tallyAll } from './tallying.ts';

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

/** What a filter asks of a record's values: the same as its condition in `records/filters.ts`. */
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
    ? await matching(storage.read, 'forecast', recordFilters('forecast', { source, amountMin, amountMax }))
    : undefined;
  return store.use((forecasts) => {
    if (forecasts === null) return null;
    const tests = testsOf(forecasts, filters);
    const lists: (readonly number[])[] = [];
    if (where !== undefined) {
      // An index has the amounts of each currency in order: all currencies are as many ranges of it.
      const currencies = forecasts.columns.currency.values.filter((value) => value !== null);
      const inAny = amountMin ?? amountMax;
      lists.push(
        slotsWhere(
          storage,
          inAny === undefined ? where : and(where, inArray(records.amountCurrency, currencies)),
        ),
      );
    }
    if (query.q !== undefined) lists.push(sequencesFoundBy(storage, query.q));
    return counted(forecasts, tests, liveInAll(forecasts, lists));
  });
}

function testsOf({ columns }: ForecastColumns, filters: FacetQuery): CodedTest[] {
  return Object.entries(TESTS).flatMap(([name, testsFor]) => {
    const wanted = filters[name as FilterInColumns];
    if (wanted === undefined) return [];
    return (testsFor as (wanted: unknown) => readonly Test[])(wanted).map(([column, passes]) => {
      const { codes, values, totals } = columns[column];
      const failure = bitOf(name);
      const failures = new Uint16Array(values.length).fill(failure);
      let passing = 0;
      values.forEach((value, code) => {
        if (code === NO_RECORD || !passes(value)) return;
        failures[code] = 0;
        passing += totals[code] as number;
      });
      return { codes, failures, failure, passing };
    });
  });
}

/** The slots of current forecasts that stand in all lists; null for all slots, where there is no list. */
function liveInAll(
  { columns: { sector } }: ForecastColumns,
  [first, ...others]: readonly (readonly number[])[],
): Uint32Array | null {
  if (first === undefined) return null;
  const sets = others.map((list) => new Set(list));
  const found = new Uint32Array(first.length);
  let number = 0;
  for (const slot of first) {
    if ((sector.codes[slot] ?? NO_RECORD) === NO_RECORD || !sets.every((set) => set.has(slot))) continue;
    found[number] = slot;
    number += 1;
  }
  return found.subarray(0, number).sort();
}

/** The sequences of the current forecasts that a condition holds for. Of the connection's present transaction. */
function slotsWhere({ sqlite, write }: Storage, where: SQL | undefined): readonly number[] {
  const { sql, params } = write.select({ sequence: records.sequence }).from(records).where(where).toSQL();
  return sqlite
    .prepare<unknown[], number>(sql)
    .pluck()
    .all(...params);
}

/** @param found the slots for which the filters hold that no column knows of; null where there are no such filters */
function counted(
  forecasts: ForecastColumns,
  tests: readonly CodedTest[],
  found: Uint32Array | null,
): Counted {
  const { columns, live, datasetVersion } = forecasts;
  const asked = tests.reduce((bits, { failure }) => bits | failure, 0);
  const facets = FACET_NAMES.map((name): CountedFacet => {
    const column = columns[COUNTED[name]];
    const own = asked & bitOf(FACETS[name][0]);
    // Without its own filters there are no others: all records count.
    const tallied = found === null && asked === own ? null : new Uint32Array(column.values.length * LANES);
    return { name, column, own, tallied };
  });
  // Where most records pass, those that do not are fewer to count; a guess, upon which only the time depends.
  const isMost = found === null && tests.reduce((share, { passing }) => share * (passing / live), 1) > 0.5;
  const isAll = found === null && tests.length === 0;
  const count = isAll ? live : tallyAll(forecasts, tests, facets, found, isMost);
  const groups = facets.map(({ name, column, tallied }) => [
    name,
    grouped(column, tallied === null ? column.totals : talliedCounts(column, tallied, isMost)),
  ]);
  return { groups: Object.fromEntries(groups) as Counted['groups'], count, datasetVersion };
}

function grouped({ values }: CodedColumn, counts: readonly number[]): Grouped {
  const groups = new Map<string | null, number>();
  for (let code = 0; code < values.length; code += 1) {
    const count = counts[code] as number;
    if (count > 0 && code !== NO_RECORD) groups.set(values[code] as string | null, count);
  }
  return groups;
}
