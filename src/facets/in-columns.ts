import type { SQL } from 'drizzle-orm';
import { records } from '../db/schema.ts';
import type { Storage } from '../db/storage.ts';
import { matchExpression, searchTerms } from '../domain/search-text.ts';
import { recordFilters } from '../forecasts/repository.ts';
import { matching } from '../records/repository.ts';
import { withDescendants } from '../sectors/repository.ts';
import type { CodedColumn, Codes } from './coded-column.ts';
import type { ColumnName, ColumnStore, ForecastColumns } from './columns.ts';
import type { Counted, Grouped } from './repository.ts';
import { FACET_NAMES, facetOf } from './repository.ts';
import type { FacetName, FacetQuery } from './schemas.ts';

/** Which column a facet counts. */
const COUNTED: Readonly<Record<FacetName, ColumnName>> = {
  sector: 'sector',
  forecaster: 'forecaster',
  measure: 'measure',
  year: 'periodYears',
  publishedYear: 'publishedOn',
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
 * What a record fails at is a bit each: one for the own filters of each facet, one for all other filters, one for not
 * being a current forecast. No bit: it counts everywhere. The bit of a facet alone: it counts in that facet.
 */
const OTHER_FILTERS = 1 << FACET_NAMES.length;
const NOT_LIVE = OTHER_FILTERS << 1;

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
    const failures = new Failures(forecasts);
    for (const [name, tests] of Object.entries(TESTS)) {
      const wanted = filters[name as FilterInColumns];
      if (wanted === undefined) continue;
      for (const test of (tests as (wanted: unknown) => readonly Test[])(wanted)) failures.add(name, test);
    }
    if (where !== undefined) failures.addOthers(slotsWhere(storage, where));
    if (query.q !== undefined) failures.addOthers(slotsFoundBy(storage, forecasts, query.q));
    return counted(forecasts, failures);
  });
}

/** What each record fails at. */
class Failures {
  /** Of each slot the bits. */
  readonly bits: Uint16Array;
  /** The bits that any record may have, beside `NOT_LIVE`. */
  asked = 0;
  private readonly forecasts: ForecastColumns;

  constructor(forecasts: ForecastColumns) {
    this.forecasts = forecasts;
    this.bits = new Uint16Array(forecasts.slots);
    mark(this.bits, forecasts.isLive, Uint16Array.of(NOT_LIVE, 0));
  }

  /** Adds what a filter asks of a column. */
  add(filter: string, [name, passes]: Test): void {
    const { codes, values } = this.forecasts.columns[name];
    const bit = bitOf(filter);
    this.asked |= bit;
    mark(
      this.bits,
      codes,
      Uint16Array.from(values, (value) => (passes(value) ? 0 : bit)),
    );
  }

  /** Adds a filter without a facet, of which it is known for which slots it holds. */
  addOthers(slots: Iterable<number>): void {
    const holds = new Uint8Array(this.forecasts.slots);
    for (const slot of slots) holds[slot] = 1;
    this.asked |= OTHER_FILTERS;
    mark(this.bits, holds, Uint16Array.of(OTHER_FILTERS, 0));
  }
}

function mark(bits: Uint16Array, codes: Codes, bitsOfCode: Uint16Array): void {
  for (let slot = 0; slot < bits.length; slot += 1)
    bits[slot] = (bits[slot] as number) | (bitsOfCode[codes[slot] as number] as number);
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
function* slotsFoundBy(
  { sqlite }: Storage,
  { slotOfText }: ForecastColumns,
  query: string,
): Generator<number> {
  const expression = matchExpression(searchTerms(query));
  if (expression === null) return;
  const rows = sqlite
    .prepare<[string], number>('select rowid from record_texts_index where record_texts_index match ?')
    .pluck()
    .all(expression);
  for (const row of rows) yield slotOfText[row] ?? 0;
}

function counted(forecasts: ForecastColumns, { bits, asked }: Failures): Counted {
  const { columns, live, datasetVersion } = forecasts;
  const groups: Partial<Record<FacetName, Grouped>> = {};
  const passing = asked === 0 ? null : passingSlots(bits, live);
  for (const facet of FACET_NAMES) {
    const column = columns[COUNTED[facet]];
    const own = asked & (1 << FACET_NAMES.indexOf(facet));
    groups[facet] = grouped(column, countsOf(column, passing, bits, asked, own));
  }
  return {
    groups: groups as Counted['groups'],
    count: passing === null ? live : passing.count,
    datasetVersion,
  };
}

/** The slots that pass all filters or, where those are fewer, the live ones that do not. */
interface Passing {
  readonly count: number;
  readonly slots: Uint32Array;
  readonly isComplement: boolean;
}

function passingSlots(bits: Uint16Array, live: number): Passing {
  let count = 0;
  for (let slot = 0; slot < bits.length; slot += 1) if (bits[slot] === 0) count += 1;
  const isComplement = count * 2 > live;
  const slots = new Uint32Array(isComplement ? live - count : count);
  let found = 0;
  for (let slot = 0; slot < bits.length; slot += 1) {
    const failed = bits[slot] as number;
    if (isComplement ? failed !== 0 && failed < NOT_LIVE : failed === 0) slots[found++] = slot;
  }
  return { count, slots, isComplement };
}

/** How many records that a facet counts have each code. */
function countsOf(
  { codes, totals }: CodedColumn,
  passing: Passing | null,
  bits: Uint16Array,
  asked: number,
  own: number,
): ArrayLike<number> {
  // Without its own filters there are no others: all records count.
  if (passing === null || asked === own) return totals;
  const counts = new Uint32Array(totals.length);
  for (const slot of passing.slots)
    counts[codes[slot] as number] = (counts[codes[slot] as number] as number) + 1;
  if (passing.isComplement)
    for (let code = 0; code < counts.length; code += 1)
      counts[code] = (totals[code] as number) - (counts[code] as number);
  if (own !== 0)
    for (let slot = 0; slot < bits.length; slot += 1)
      if (bits[slot] === own) counts[codes[slot] as number] = (counts[codes[slot] as number] as number) + 1;
  return counts;
}

function grouped({ values }: CodedColumn, counts: ArrayLike<number>): Grouped {
  const groups = new Map<string | null, number>();
  values.forEach((value, code) => {
    const count = counts[code] as number;
    if (count > 0) groups.set(value, count);
  });
  return groups;
}
