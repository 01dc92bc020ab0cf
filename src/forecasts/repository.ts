import type { PageRequest } from '../db/keyset.ts';
import { organisations } from '../db/schema.ts';
import { FILTERED_TABLES as RECORD_TABLES } from '../records/filters.ts';
import type { LedgerRecord, RecordFilters, RecordSortKey } from '../records/record.ts';
import type { Forecast, ForecastFilters, ForecastListQuery } from './schemas.ts';

export type ForecastSortKey = ForecastListQuery['sort'][number]['key'];

/** Where the ids that the filters take come from. */
export const FILTERED_TABLES = { ...RECORD_TABLES, forecaster: organisations } as const;

/** A forecast before any conversion. */
export type StatedForecast = Omit<Forecast, 'converted' | 'notConverted'>;

/** A record, which may have been converted, as a forecast is shown. */
export function toForecast<Shown extends LedgerRecord>({
  kind: _,
  via: __,
  organisation,
  relations,
  names: { organisation: name, ...names },
  ...record
}: Shown) {
  return {
    ...record,
    forecaster: organisation,
    relations: relations.map(({ kind, record: forecast, impliedMultiplier }) => ({
      kind,
      forecast,
      impliedMultiplier,
    })),
    names: { forecaster: name, ...names },
  };
}

/** A forecast list's filters under the names that all records share. */
export function recordFilters<Filters extends ForecastFilters>({
  forecaster,
  ...filters
}: Filters): Omit<Filters, 'forecaster'> & RecordFilters {
  return { ...filters, organisation: forecaster };
}

/** A forecast list's page under the names that all records share. */
export function recordPage(page: PageRequest<ForecastSortKey>): PageRequest<RecordSortKey> {
  const sort = page.sort.map(({ key, direction }) => ({
    key: key === 'forecaster' ? ('organisation' as const) : key,
    direction,
  }));
  return { ...page, sort };
}
