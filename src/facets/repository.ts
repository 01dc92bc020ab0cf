import type { SQL } from 'drizzle-orm';
import type { SQLiteColumn, SQLiteTable } from 'drizzle-orm/sqlite-core';
import { count, sql } from '../db/drizzle.ts';
import {
  collections,
  currencies,
  measures,
  organisations,
  records,
  regions,
  scopes,
  sectors,
} from '../db/schema.ts';
import type { Reader } from '../db/storage.ts';
import { ancestorsOf } from '../domain/taxonomy.ts';
import { sectorParents } from '../sectors/repository.ts';
import type { FacetName } from './schemas.ts';
import { FACETS } from './schemas.ts';

/** How many records have a value, for each value that a record has. */
export interface FacetCounts {
  readonly without: number;
  readonly counts: readonly { readonly value: string; readonly name: string; readonly count: number }[];
}

type Counted = ReadonlyMap<string | null, number>;

/** How a facet is counted: the records of a condition, grouped in SQL. */
const COUNTERS: Readonly<
  Record<FacetName, (read: Reader, where: SQL | undefined, asOf?: string) => Promise<Counted>>
> = {
  sector: async (read, where, asOf) =>
    rolledUp(await sectorParents(read, asOf), await grouped(read, sql`${records.sectorId}`, where)),
  forecaster: (read, where) => grouped(read, sql`${records.organisationId}`, where),
  measure: (read, where) => grouped(read, sql`${records.measureId}`, where),
  year: countByPeriodYear,
  publishedYear: (read, where) => grouped(read, yearOf(records.publishedOn), where),
  currency: (read, where) => grouped(read, sql`${records.amountCurrency}`, where),
  qualifier: (read, where) => grouped(read, sql`${records.amountQualifier}`, where),
  collection: (read, where) => grouped(read, sql`${records.collectionId}`, where),
  scope: (read, where) => grouped(read, sql`${records.scopeId}`, where),
  region: (read, where) => grouped(read, sql`${records.regionId}`, where),
  confidence: (read, where) => grouped(read, sql`${records.confidence}`, where),
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

const CHRONOLOGICAL: readonly FacetName[] = ['year', 'publishedYear'];

/** The filters without a facet's own: counted with these, its other values show what they would give. */
export function filtersBeside<Filters extends object>(facet: FacetName, filters: Filters): Partial<Filters> {
  const own: readonly string[] = FACETS[facet];
  return Object.fromEntries(
    Object.entries(filters).filter(([name]) => !own.includes(name)),
  ) as Partial<Filters>;
}

/** The condition for some revisions of records, where SQL cannot tell which they are. */
export function among(revisions: readonly { readonly id: string; readonly revision: number }[]): SQL {
  const pairs = JSON.stringify(revisions.map(({ id, revision }) => [id, revision]));
  return sql`(${records.id}, ${records.revision}) in (select value ->> 0, value ->> 1 from json_each(${pairs}))`;
}

/** Counts by one facet of the forecasts that a condition holds for. */
export async function countFacet(
  read: Reader,
  facet: FacetName,
  where: SQL | undefined,
  asOf?: string,
): Promise<FacetCounts> {
  const counted = await COUNTERS[facet](read, where, asOf);
  const names = await namesOf(read, facet);
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

/** How many forecasts a condition holds for. */
export async function countForecasts(read: Reader, where: SQL | undefined): Promise<number> {
  return read.$count(records, where);
}

function yearOf(day: SQLiteColumn): SQL {
  return sql`substr(${day}, 1, 4)`;
}

async function grouped(read: Reader, value: SQL, where: SQL | undefined): Promise<Counted> {
  const rows = await read
    .select({ value: sql<string | null>`${value}`, count: count() })
    .from(records)
    .where(where)
    .groupBy(value);
  return new Map(rows.map((row) => [row.value, row.count]));
}

/** A record has one sector, so a sector's sum over those below it counts nothing twice. */
function rolledUp(parentOf: ReadonlyMap<string, string | null>, own: Counted): Counted {
  const counted = new Map<string | null, number>();
  for (const [id, number] of own) {
    for (const sector of id === null ? [null] : [id, ...ancestorsOf(parentOf, id)])
      counted.set(sector, (counted.get(sector) ?? 0) + number);
  }
  return counted;
}

/**
 * Grouped by first and last year in SQL, spread over the years between here. A record without an end is in no year, one
 * without a start in every year up to its end, from the first year that any record names.
 */
async function countByPeriodYear(read: Reader, where: SQL | undefined): Promise<Counted> {
  const [first, last] = [yearOf(records.periodStart), yearOf(records.periodEnd)];
  const rows = await read
    .select({ first: sql<string | null>`${first}`, last: sql<string | null>`${last}`, count: count() })
    .from(records)
    .where(where)
    .groupBy(first, last);
  const named = rows.flatMap((row) => (row.last === null ? [] : [Number(row.first ?? row.last)]));
  const earliest = Math.min(...named);
  const counted = new Map<string | null, number>();
  const add = (year: string | null, number: number): void => {
    counted.set(year, (counted.get(year) ?? 0) + number);
  };
  for (const row of rows) {
    if (row.last === null) add(null, row.count);
    else {
      const from = row.first === null ? earliest : Number(row.first);
      for (let year = from; year <= Number(row.last); year += 1)
        add(String(year).padStart(4, '0'), row.count);
    }
  }
  return counted;
}

async function namesOf(read: Reader, facet: FacetName): Promise<ReadonlyMap<string, string> | undefined> {
  const table = NAMED[facet];
  if (table === undefined) return undefined;
  const rows = await read
    .select({ id: sql<string>`${table.id}`, name: sql<string>`${table.name}` })
    .from(table);
  return new Map(rows.map(({ id, name }) => [id, name]));
}
