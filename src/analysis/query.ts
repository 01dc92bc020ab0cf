import { forecastFilters } from '../ledger/records/kinds.ts';

/*
 * What the analyses take of the queries of forecasts.
 */

const { amountMin: _, amountMax: __, ...judged } = forecastFilters;

/** Which forecasts are judged: amounts compare within a list only. */
export const judgedFilters = judged;

/** Documents of which days, and as the ledger knew them when. */
export const publicationFilters = {
  publishedFrom: forecastFilters.publishedFrom,
  publishedTo: forecastFilters.publishedTo,
  publishedAsOf: forecastFilters.publishedAsOf,
  knownAsOf: forecastFilters.knownAsOf,
};

/** Which forecasts a computed table is made of. */
export const tableFilters = {
  measure: forecastFilters.measure,
  forecaster: forecastFilters.forecaster,
  source: forecastFilters.source,
  region: forecastFilters.region.meta({ description: 'ISO 3166-1 alpha-2 codes.' }),
  scope: forecastFilters.scope.meta({ description: 'Scope ids.' }),
  collection: forecastFilters.collection.meta({ description: 'Collection ids.' }),
  ...publicationFilters,
};
