import type { FastifyInstance } from 'fastify';
import type { z } from 'zod';
import { readDatasetVersion } from '../db/ledger-state.ts';
import { FILTERED_TABLES } from '../forecasts/repository.ts';
import type { RouteContext } from '../http/context.ts';
import { requireKnownIds } from '../http/known-ids.ts';
import { operation } from '../http/openapi.ts';
import { countFacet, countForecasts } from './repository.ts';
import type { Facet, FacetName } from './schemas.ts';
import { FACETS, FacetQuery, Facets } from './schemas.ts';

export function registerFacetRoutes(app: FastifyInstance, context: RouteContext): void {
  const { read } = context.storage;

  app.get(
    '/v1/facets',
    {
      schema: operation({
        operationId: 'getFacets',
        tag: 'Forecasts',
        summary: 'How many forecasts there are of each kind',
        description:
          'Counts of the forecasts for which the filters hold, by each of their properties. A property is counted with all filters but its own, so that the alternatives to a chosen value show what they would give; `meta.count` has all filters applied. Each count is the number of records that its `url` lists.',
        querystring: FacetQuery,
        response: Facets,
        responseDescription: 'Counts by each property.',
        example: { collection: 'seed-documents' },
      }),
    },
    async (request) => {
      const query = request.query as z.output<typeof FacetQuery>;
      await requireKnownIds(read, FILTERED_TABLES, query);
      const origin = context.originOf(request);
      const data: Partial<Record<FacetName, Facet>> = {};
      for (const facet of Object.keys(FACETS) as FacetName[]) {
        const { without, counts } = await countFacet(read, facet, query);
        const urlOf = bucketUrl(origin, request.url, facet);
        data[facet] = { without, buckets: counts.map((bucket) => ({ ...bucket, url: urlOf(bucket.value) })) };
      }
      return {
        data,
        meta: {
          datasetVersion: await readDatasetVersion(read),
          count: await countForecasts(read, query),
        },
      };
    },
  );
}

/** The list that a bucket counts: the request's filters, with the facet's own replaced by the bucket's value. */
function bucketUrl(origin: string, requested: string, facet: FacetName): (value: string) => string {
  const filters = new URL(requested, 'http://facets').searchParams;
  for (const own of FACETS[facet]) filters.delete(own);
  return (value) => {
    const query = new URLSearchParams(filters);
    for (const [name, wanted] of Object.entries(applied(facet, value))) query.set(name, wanted);
    return `${origin}/v1/forecasts?${query}`;
  };
}

function applied(facet: FacetName, value: string): Readonly<Record<string, string>> {
  const [first, last] = [`${value}-01-01`, `${value}-12-31`];
  if (facet === 'year') return { periodFrom: first, periodTo: last };
  if (facet === 'publishedYear') return { publishedFrom: first, publishedTo: last };
  return { [facet]: value };
}
