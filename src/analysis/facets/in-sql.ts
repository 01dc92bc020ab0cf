import type { SQL } from 'drizzle-orm';
import type { RouteContext } from '../../ledger/context.ts';
import type { ConversionRequest } from '../../ledger/rates/conversions.ts';
import { conversionRequest } from '../../ledger/rates/conversions.ts';
import { recordsConverted } from '../../ledger/records/converted.ts';
import { matching } from '../../ledger/records/filters.ts';
import { recordFilters } from '../../ledger/records/kinds.ts';
import { readDatasetVersion } from '../../store/ledger-state.ts';
import type { Counted, Grouped } from './repository.ts';
import { among, countForecasts, FACET_NAMES, filtersBeside, groupInSql } from './repository.ts';
import type { FacetName, FacetQuery } from './schemas.ts';

/** Whether a query compares converted amounts, which stand in no column of any table. */
export function comparesConverted({ convertTo, amountMin, amountMax }: Partial<FacetQuery>): boolean {
  return convertTo !== undefined && (amountMin !== undefined || amountMax !== undefined);
}

/**
 * Counts a query's forecasts in SQL: as they are, or as the ledger held them at a time.
 * @throws Problem `tooManyRecords` where more amounts would have to be converted than are computed with at once
 */
export async function countInSql(context: RouteContext, query: FacetQuery): Promise<Counted> {
  const { read } = context.storage;
  const conversion = conversionRequest(query);
  // Most facets have no filter of their own in a query: they share one condition.
  const conditions = new Map<string, Promise<SQL | undefined>>();
  const whereOf = (filters: Partial<FacetQuery>): Promise<SQL | undefined> => {
    const key = Object.keys(filters).sort().join();
    const known = conditions.get(key) ?? conditionOf(context, filters, conversion);
    conditions.set(key, known);
    return known;
  };
  const groups: Partial<Record<FacetName, Grouped>> = {};
  for (const facet of FACET_NAMES)
    groups[facet] = await groupInSql(read, facet, await whereOf(filtersBeside(facet, query)));
  return {
    groups: groups as Counted['groups'],
    count: await countForecasts(read, await whereOf(query)),
    datasetVersion: await readDatasetVersion(read),
  };
}

/** The condition under which filters hold; for converted amounts it names what they let through. */
async function conditionOf(
  context: RouteContext,
  filters: Partial<FacetQuery>,
  conversion: ConversionRequest | null,
): Promise<SQL | undefined> {
  if (conversion === null || !comparesConverted(filters))
    return matching(context.storage.read, 'forecast', recordFilters('forecast', filters));
  return among(await recordsConverted(context, 'forecast', recordFilters('forecast', filters), conversion));
}
