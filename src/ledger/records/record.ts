import type { Amount } from '../../domain/money/amount.ts';
import type { Period } from '../../domain/period/period.ts';
import type { Evidence } from '../../domain/phrase/evidence.ts';
import type { RecordKind } from '../../store/tables/schema.ts';
import type { FORECAST_SORT_KEYS, Forecast, ForecastFilters } from './forecast-schemas.ts';

/*
 * A record of the ledger, whichever its kind: a figure that somebody forecast or reported. Forecasts and outcomes are
 * shown under names of their own (`forecaster`, `reportedBy`) and are kept, found and written as one.
 */

/** A stated conversion as a row keeps it: the rest is computed from it. */
export interface StoredConversion {
  readonly amount: Amount;
  readonly evidence: Evidence;
}

/** What a record has to do with another one of its kind. */
export interface RecordRelation {
  readonly kind: Forecast['relations'][number]['kind'];
  readonly record: string;
  readonly impliedMultiplier: string | null;
}

/** A revision of a record as it is read. */
export interface LedgerRecord
  extends Omit<Forecast, 'forecaster' | 'relations' | 'names' | 'converted' | 'notConverted'> {
  readonly kind: RecordKind;
  /** Who forecasts, or reports; null where the document names nobody. */
  readonly organisation: string | null;
  readonly via: string | null;
  readonly relations: RecordRelation[];
  readonly names: Omit<Forecast['names'], 'forecaster'> & { readonly organisation: string | null };
}

/** What lists of records can be narrowed by. */
export type RecordFilters = Omit<ForecastFilters, 'forecaster'> & {
  readonly organisation?: readonly string[] | undefined;
};

export type RecordSortKey =
  | Exclude<(typeof FORECAST_SORT_KEYS)[number], 'forecaster'>
  | 'organisation'
  | 'relevance';

/** A record's content: what a revision holds beside its number, time, author and reason. */
export interface RecordContent {
  readonly kind: RecordKind;
  readonly id: string;
  readonly collection: string;
  readonly organisation: string | null;
  readonly via: string | null;
  readonly source: string;
  readonly sector: string;
  readonly beneficiarySectors: readonly string[];
  readonly region: string;
  readonly measure: string;
  readonly scope: string;
  readonly amount: Amount;
  readonly statedConversions: readonly StoredConversion[];
  readonly period: Period;
  readonly publishedOn: string | null;
  readonly evidence: Evidence;
  readonly relations: readonly { readonly kind: string; readonly record: string }[];
  readonly confidence: string;
  readonly corroboration: readonly string[];
  readonly notes: string | null;
}
