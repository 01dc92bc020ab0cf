import type { PageRequest } from '../../store/keyset.ts';
import { organisations } from '../../store/tables/schema.ts';
import { FILTERED_TABLES as RECORD_TABLES } from './filters.ts';
import type { Forecast, ForecastFilters, ForecastListQuery } from './forecast-schemas.ts';
import type { LedgerRecord, RecordFilters, RecordSortKey } from './record.ts';

export type ForecastSortKey = ForecastListQuery['sort'][number]['key'];

/** Where the ids that the filters take come from. */
export const FILTERED_TABLES = { ...RECORD_TABLES, forecaster: organisations } as const;

/** A forecast before any conversion. */
export type StatedForecast = Omit<Forecast, 'converted' | 'notConverted'>;

/** What a query may add to a record: shown as it is. */
const ADDED = ['converted', 'notConverted', 'highlights'] as const;
type Added<Shown> = Pick<Shown, Extract<keyof Shown, (typeof ADDED)[number]>>;

/** A record, which may have been converted, as a forecast is shown. Field by field: a page of them is made at once. */
export function toForecast<Shown extends LedgerRecord>(record: Shown) {
  const { names } = record;
  const forecast = {
    id: record.id,
    revision: record.revision,
    recordedAt: record.recordedAt,
    collection: record.collection,
    forecaster: record.organisation,
    source: record.source,
    sector: record.sector,
    beneficiarySectors: record.beneficiarySectors,
    region: record.region,
    measure: record.measure,
    scope: record.scope,
    amount: record.amount,
    statedConversions: record.statedConversions,
    period: record.period,
    publishedOn: record.publishedOn,
    evidence: record.evidence,
    relations: record.relations.map(({ kind, record: other, impliedMultiplier }) => ({
      kind,
      forecast: other,
      impliedMultiplier,
    })),
    confidence: record.confidence,
    corroboration: record.corroboration,
    notes: record.notes,
    names: {
      forecaster: names.organisation,
      source: names.source,
      sector: names.sector,
      region: names.region,
      measure: names.measure,
    },
  };
  const shown: typeof forecast & Partial<Record<(typeof ADDED)[number], unknown>> = forecast;
  for (const name of ADDED) if (name in record) shown[name] = record[name as keyof Shown];
  return shown as typeof forecast & Added<Shown>;
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
