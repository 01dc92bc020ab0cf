import type { SQL } from 'drizzle-orm';
import type { SQLiteColumn, SQLiteTable } from 'drizzle-orm/sqlite-core';
import { ancestorsOf } from '../../domain/analysis/taxonomy.ts';
import { sectorParents } from '../../ledger/catalogue/sector-repository.ts';
import { count, sql } from '../../store/query.ts';
import type { Reader } from '../../store/sqlite/storage.ts';
import {
  collections,
  currencies,
  measures,
  organisations,
  records,
  regions,
  scopes,
  sectors,
} from '../../store/tables/schema.ts';
import type { FacetName, FacetQuery } from './schemas.ts';
import { FACETS } from './schemas.ts';

/** How many records have a value, for each value that a record has. */
export interface FacetCounts {
  readonly without: number;
  readonly counts: readonly { readonly value: string; readonly name: string; readonly count: number }[];
}

/**
 * How many records have a value of their own: a sector without those below it, of a period the years of its first and last
 * day as `periodYears` writes them.
 */
export type Grouped = ReadonlyMap<string | null, number>;

/** What a query counts. */
export interface Counted {
  readonly groups: Readonly<Record<FacetName, Grouped>>;
  /** How many forecasts all filters hold for. */
  readonly count: number;
  readonly datasetVersion: string;
}

/** What facets are shown with: the names of values, and which sectors are below which. */
export interface Vocabulary {
  readonly names: Readonly<Partial<Record<FacetName, ReadonlyMap<string, string>>>>;
  readonly sectorParents: ReadonlyMap<string, string | null>;
}

/** The years of a period's first and last day, `2020/2025`; nothing for a day that is not known, as in `/2025`. */
export function periodYears(start: string | null, end: string | null): string {
  return `${start?.slice(0, 4) ?? ''}/${end?.slice(0, 4) ?? ''}`;
}

/** Where the values of a facet stand; those of `year` in two columns. */
const VALUES: Readonly<Record<Exclude<FacetName, 'year'>, SQL>> = {
  sector: sql`${records.sectorId}`,
  forecaster: sql`${records.organisationId}`,
  measure: sql`${records.measureId}`,
  publishedYear: yearOf(records.publishedOn),
  currency: sql`${records.amountCurrency}`,
  qualifier: sql`${records.amountQualifier}`,
  collection: sql`${records.collectionId}`,
  scope: sql`${records.scopeId}`,
  region: sql`${records.regionId}`,
  confidence: sql`${records.confidence}`,
};

/** Where the values of a facet have their names; the others are their own. */
const NAMED: Partial<
  Record<FacetName, SQLiteTable & { readonly id: SQLiteColumn; readonly name: SQLiteColumn }>
> = {
  sector: sectors,
  forecaster: organisations,
  measure: measures,
  currency: currencies,
  collection: collections,
  scope: scopes,
  region: regions,
};

export const FACET_NAMES = Object.keys(FACETS) as readonly FacetName[];
const CHRONOLOGICAL: readonly FacetName[] = ['year', 'publishedYear'];

/** The facet that a filter is one of the own filters of; undefined for a filter that all facets are counted with. */
export function facetOf(filter: string): FacetName | undefined {
  return FACET_NAMES.find((facet) => (FACETS[facet] as readonly string[]).includes(filter));
}

/** The filters without a facet's own: counted with these, its other values show what they would give. */
export function filtersBeside(facet: FacetName, filters: FacetQuery): Partial<FacetQuery> {
  return Object.fromEntries(
    Object.entries(filters).filter(([name]) => facetOf(name) !== facet),
  ) as Partial<FacetQuery>;
}

/** The condition for some revisions of records, where SQL cannot tell which they are. */
export function among(revisions: readonly { readonly id: string; readonly revision: number }[]): SQL {
  const pairs = JSON.stringify(revisions.map(({ id, revision }) => [id, revision]));
  return sql`(${records.id}, ${records.revision}) in (select value ->> 0, value ->> 1 from json_each(${pairs}))`;
}

/** The records of a condition by their values of one facet, grouped in SQL. */
export async function groupInSql(read: Reader, facet: FacetName, where: SQL | undefined): Promise<Grouped> {
  if (facet === 'year') return groupByPeriodYears(read, where);
  const value = VALUES[facet];
  const rows = await read
    .select({ value: sql<string | null>`${value}`, count: count() })
    .from(records)
    .where(where)
    .groupBy(value);
  return new Map(rows.map((row) => [row.value, row.count]));
}

async function groupByPeriodYears(read: Reader, where: SQL | undefined): Promise<Grouped> {
  const [first, last] = [yearOf(records.periodStart), yearOf(records.periodEnd)];
  const rows = await read
    .select({ first: sql<string | null>`${first}`, last: sql<string | null>`${last}`, count: count() })
    .from(records)
    .where(where)
    .groupBy(first, last);
  return new Map(rows.map((row) => [periodYears(row.first, row.last), row.count]));
}

function yearOf(day: SQLiteColumn): SQL {
  return sql`substr(${day}, 1, 4)`;
}

/** How many forecasts a condition holds for. */
export async function countForecasts(read: Reader, where: SQL | undefined): Promise<number> {
  return read.$count(records, where);
}

/** @param asOf the time at which the sectors were as they are read; by default now */
export async function readVocabulary(read: Reader, asOf?: string): Promise<Vocabulary> {
  const names: Partial<Record<FacetName, ReadonlyMap<string, string>>> = {};
  for (const facet of FACET_NAMES) {
    const table = NAMED[facet];
    if (table === undefined) continue;
    const rows = await read
      .select({ id: sql<string>`${table.id}`, name: sql<string>`${table.name}` })
      .from(table);
    names[facet] = new Map(rows.map(({ id, name }) => [id, name]));
  }
  return { names, sectorParents: await sectorParents(read, asOf) };
}

/** What a facet shows of its groups. */
export function facetCounts(facet: FacetName, grouped: Grouped, vocabulary: Vocabulary): FacetCounts {
  const counted = SPREAD[facet]?.(grouped, vocabulary) ?? grouped;
  const names = vocabulary.names[facet];
  const counts = [...counted].flatMap(([value, number]) =>
    value === null ? [] : [{ value, name: names?.get(value) ?? value, count: number }],
  );
  const byValue = (one: { value: string }, other: { value: string }): number =>
    one.value < other.value ? -1 : 1;
  return {
    without: counted.get(null) ?? 0,
    counts: CHRONOLOGICAL.includes(facet)
      ? counts.sort(byValue)
      : counts.sort((one, other) => other.count - one.count || byValue(one, other)),
  };
}

/** Facets in which a record counts under more, or other, values than its own. */
const SPREAD: Partial<Record<FacetName, (own: Grouped, vocabulary: Vocabulary) => Grouped>> = {
  // A record has one sector, so a sector's sum over those below it counts nothing twice.
  sector: (own, { sectorParents: parentOf }) =>
    summed(own, (id) => (id === null ? [null] : [id, ...ancestorsOf(parentOf, id)])),
  year: overPeriodYears,
};

/**
 * A record without an end is in no year, one without a start in every year up to its end, from the first year that any
 * record names.
 */
function overPeriodYears(own: Grouped): Grouped {
  const named = [...own.keys()].flatMap((years) => {
    const [first, last] = yearsOf(years);
    return last === '' ? [] : [Number(first || last)];
  });
  const earliest = Math.min(...named);
  return summed(own, (years) => {
    const [first, last] = yearsOf(years);
    if (last === '') return [null];
    const from = first === '' ? earliest : Number(first);
    return Array.from({ length: Math.max(0, Number(last) - from + 1) }, (_, index) =>
      String(from + index).padStart(4, '0'),
    );
  });
}

function yearsOf(periodYears: string | null): readonly [first: string, last: string] {
  const [first = '', last = ''] = (periodYears ?? '').split('/');
  return [first, last];
}

function summed(own: Grouped, valuesOf: (value: string | null) => readonly (string | null)[]): Grouped {
  const sums = new Map<string | null, number>();
  for (const [value, number] of own)
    for (const counted of valuesOf(value)) sums.set(counted, (sums.get(counted) ?? 0) + number);
  return sums;
}
