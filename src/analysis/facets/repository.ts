import type { SQL } from 'drizzle-orm';
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core';
import type { NotCompared } from '../../http/query/paging.ts';
import type { ReadContext } from '../../ledger/context.ts';
import { conversionRequest } from '../../ledger/rates/conversions.ts';
import { comparesAmounts, recordsConverted } from '../../ledger/records/converted.ts';
import { appliedFilters } from '../../ledger/records/filters.ts';
import { notComparedIn } from '../../ledger/records/hints.ts';
import { recordFilters } from '../../ledger/records/kinds.ts';
import { sequencesOfSearch } from '../../ledger/records/search.ts';
import { and, inArray, sql } from '../../store/query.ts';
import type { AppliedFilters } from '../../store/revisions.ts';
import { heldAt, ofKind } from '../../store/revisions.ts';
import type { Snapshot } from '../../store/store.ts';
import { records } from '../../store/tables/schema.ts';
import type { ForecastColumns } from './columns.ts';
import { FACET_COLUMNS } from './columns.ts';
import type { CodedFilter, Counted } from './counting.ts';
import { bitOf, countIn } from './counting.ts';
import type { FacetName, FacetQuery } from './schemas.ts';
import { FACET_NAMES, FACETS, facetOf, filtersBeside } from './schemas.ts';

/*
 * Which forecasts a query counts. SQL says so, by the conditions of lists: of a filter by what columns hold, which values
 * pass it; of any other, which revisions do.
 */

/**
 * Counts a query's forecasts.
 * @throws Problem `tooManyRecords` where more amounts would have to be converted than are computed with at once
 */
export async function countForecasts(
  view: ReadContext,
  forecasts: ForecastColumns,
  query: FacetQuery,
): Promise<Counted & { readonly notCompared: NotCompared | undefined }> {
  const { read } = view;
  const applied = await appliedFilters(read, recordFilters('forecast', query));
  const filters: CodedFilter[] = [];
  for (const [name, { column, holds, values }] of applied) {
    const facet = facetHolding(column);
    if (facet === undefined) continue;
    const passing = await codesPassing(read, forecasts, facet, holds(column, ...values));
    filters.push({
      column: facet,
      passing,
      bit: bitOf(facetOf(name.replace('organisation', 'forecaster'))),
    });
  }
  const converted = await amountsConverted(view, query);
  const found = await sequencesFound(view, forecasts, query, applied, converted?.ids);
  return {
    ...countIn(forecasts, filters, found && forecasts.some(found, query.knownAsOf !== undefined)),
    notCompared: await notComparedIn(
      view,
      'forecast',
      recordFilters('forecast', query),
      [],
      converted?.notCompared,
    ),
  };
}

/** The facet that counts by a column of records. */
function facetHolding(column: SQLiteColumn): FacetName | undefined {
  return FACET_NAMES.find((facet) => (FACET_COLUMNS[facet] as readonly SQLiteColumn[]).includes(column));
}

/** Asks the database for which values of a facet a condition holds. */
async function codesPassing(
  read: Snapshot,
  forecasts: ForecastColumns,
  facet: FacetName,
  condition: SQL | undefined,
): Promise<readonly number[]> {
  const values = JSON.stringify(forecasts.columns[facet].values);
  const rows = await read
    .select({ place: sql<number>`"place"` })
    .from(read.dialect.listedRows(records, FACET_COLUMNS[facet], values))
    .where(condition);
  return rows.map(({ place }) => place);
}

/**
 * The revisions for which the filters hold that no facet counts by; null where there are no such filters.
 * @param converted ids of those whose converted amounts are within the bounds, where amounts are converted
 */
async function sequencesFound(
  view: ReadContext,
  forecasts: ForecastColumns,
  query: FacetQuery,
  applied: AppliedFilters,
  converted: readonly string[] | undefined,
): Promise<readonly number[] | null> {
  const { read } = view;
  const { q, knownAsOf, amountMin, amountMax } = query;
  const held = [ofKind('forecast'), heldAt(knownAsOf)];
  if (converted !== undefined)
    return sequencesWhere(read, and(...held, read.dialect.isListed(records.id, JSON.stringify(converted))));
  const conditions = [...applied.values()].flatMap(({ column, holds, values }) =>
    facetHolding(column) === undefined ? [holds(column, ...values)] : [],
  );
  if (amountMin !== undefined || amountMax !== undefined) {
    // An index has the amounts of each currency in order: all currencies are as many ranges of it.
    const currencies = forecasts.columns.currency.values.flatMap(([currency]) => currency ?? []);
    conditions.push(inArray(records.amountCurrency, currencies));
  }
  const found = conditions.length === 0 ? null : await sequencesWhere(read, and(...held, ...conditions));
  if (q === undefined) return found;
  // The full-text index alone is asked: to look up the records of a frequent word takes a hundred times as long.
  const withWords = await sequencesOfSearch(read, 'forecast', { q, knownAsOf });
  if (found === null) return withWords;
  const others = new Set(withWords);
  return found.filter((sequence) => others.has(sequence));
}

/**
 * Those of which a facet may count the converted amount: all filters hold for them, or all but the facet's own; and those
 * for which all filters hold that have none. Undefined where no amount is converted.
 */
async function amountsConverted(view: ReadContext, query: FacetQuery) {
  const conversion = conversionRequest(query);
  if (conversion === null || !comparesAmounts(query, [])) return undefined;
  const converted = (filters: FacetQuery) =>
    recordsConverted(view, 'forecast', recordFilters('forecast', filters), conversion);
  const { records: all, notCompared } = await converted(query);
  const ids = new Set(all.map(({ id }) => id));
  for (const facet of FACET_NAMES)
    if (FACETS[facet].some((own) => query[own] !== undefined))
      for (const { id } of (await converted(filtersBeside(facet, query))).records) ids.add(id);
  return { ids: [...ids], notCompared };
}

async function sequencesWhere(read: Snapshot, where: SQL | undefined): Promise<readonly number[]> {
  const build = () => read.select({ sequence: records.sequence }).from(records).where(where);
  const rows = await read.rows(null, build, {});
  return rows.map(([sequence]) => sequence as number);
}
