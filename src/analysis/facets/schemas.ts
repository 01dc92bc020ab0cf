import { z } from 'zod';
import { notComparedField, resolvedField } from '../../http/query/paging.ts';
import { conversionParameters } from '../../ledger/rates/schemas.ts';
import { forecastFilters } from '../../ledger/records/kinds.ts';
import { checkListQuery } from '../../ledger/records/query-checks.ts';

/** The facets, each with the filters that are its own: what it is counted without, and what its URLs replace. */
export const FACETS = {
  sector: ['sector', 'sectorOnly'],
  forecaster: ['forecaster', 'forecasterKind'],
  measure: ['measure'],
  year: ['year', 'periodFrom', 'periodTo'],
  publishedYear: ['publishedFrom', 'publishedTo'],
  currency: ['currency'],
  qualifier: ['qualifier'],
  collection: ['collection'],
  scope: ['scope'],
  region: ['region', 'regionMembersOn'],
  confidence: ['confidence'],
  stance: ['stance'],
  scenario: ['scenario'],
  prices: ['prices'],
} as const;
export type FacetName = keyof typeof FACETS;
export const FACET_NAMES = Object.keys(FACETS) as readonly FacetName[];

/** Something of each facet. */
export function ofFacets<Value>(partOf: (facet: FacetName) => Value): Readonly<Record<FacetName, Value>> {
  return Object.fromEntries(FACET_NAMES.map((facet) => [facet, partOf(facet)])) as Record<FacetName, Value>;
}

/** The facet that a filter is one of the own filters of; undefined for a filter that all facets are counted with. */
export function facetOf(filter: string): FacetName | undefined {
  return FACET_NAMES.find((facet) => (FACETS[facet] as readonly string[]).includes(filter));
}

/** The filters without a facet's own: counted with these, its other values show what they would give. */
export function filtersBeside(facet: FacetName, filters: FacetQuery): FacetQuery {
  return Object.fromEntries(Object.entries(filters).filter(([name]) => facetOf(name) !== facet));
}

export const FacetQuery = z
  .strictObject({ ...forecastFilters, ...conversionParameters })
  .superRefine(checkListQuery);
export type FacetQuery = z.output<typeof FacetQuery>;

export const FacetBucket = z
  .object({
    value: z.string().meta({ description: 'An id, a code or a year.', examples: ['new-infrastructure'] }),
    name: z.string().meta({ description: 'What to show for it.', examples: ['New infrastructure'] }),
    count: z
      .int()
      .positive()
      .meta({ description: 'How many records `url` gives.', examples: [5] }),
    url: z.string().meta({
      description: 'The list of these records: the present filters, with this value as the facet’s own.',
      examples: ['/v1/forecasts?sector=new-infrastructure'],
    }),
  })
  .meta({ id: 'FacetBucket' });
export type FacetBucket = z.output<typeof FacetBucket>;

export const Facet = z
  .object({
    without: z
      .int()
      .nonnegative()
      .meta({ description: 'How many records have no such value, and stand in no bucket.', examples: [0] }),
    buckets: z.array(FacetBucket).meta({ description: 'The most frequent first; years in order.' }),
  })
  .meta({ id: 'Facet', description: 'Counts by one property.' });
export type Facet = z.output<typeof Facet>;

const DESCRIPTIONS: Readonly<Record<FacetName, string>> = {
  sector:
    'By sector; a record counts in its own sector and in all above it, with `sectorOnly=true` in its own alone.',
  forecaster: 'By forecaster.',
  measure: 'By measure.',
  year: 'By calendar year that the period touches, as `year` understands it: a record counts in each of its years, and one without a start ("by 2025") in that of its end alone.',
  publishedYear: "By calendar year of the document's publication.",
  currency: 'By currency of the stated amount.',
  qualifier: 'By how the amount is qualified.',
  collection: 'By collection.',
  scope: 'By whose spending is meant.',
  region: 'By region.',
  confidence: 'By confidence.',
  stance: 'By what kind of statement it is.',
  scenario: 'By kind of scenario.',
  prices: 'By the prices in which the figure is reckoned.',
};

export const Facets = z
  .object({
    data: z.object(ofFacets((facet) => Facet.meta({ description: DESCRIPTIONS[facet] }))),
    meta: z.object({
      ...resolvedField,
      ...notComparedField,
      datasetVersion: z.string(),
      count: z
        .int()
        .nonnegative()
        .meta({ description: 'Records for which all filters hold.', examples: [5] }),
    }),
  })
  .meta({ id: 'Facets', description: 'Counts of forecasts by each of their properties.' });
