import type { SQL } from 'drizzle-orm';
import type { FastifyInstance } from 'fastify';
import { readDatasetVersion } from '../db/ledger-state.ts';
import { currencies } from '../db/schema.ts';
import { FILTERED_TABLES, recordFilters } from '../forecasts/repository.ts';
import type { RouteContext } from '../http/context.ts';
import { chosenFormat, MEDIA_TYPES } from '../http/formats.ts';
import { requireKnownIds } from '../http/known-ids.ts';
import { operation } from '../http/openapi.ts';
import type { ConversionRequest } from '../rates/conversions.ts';
import { conversionRequest } from '../rates/conversions.ts';
import { matching } from '../records/filters.ts';
import { recordsConverted } from '../records/pages.ts';
import { among, countFacet, countForecasts, filtersBeside } from './repository.ts';
import type { Facet, FacetName, FacetQuery } from './schemas.ts';
import { FACETS, FacetQuery as FacetQuerySchema, Facets } from './schemas.ts';

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
          'Counts of the forecasts for which the filters hold, by each of their properties. A property is counted with all filters but its own, so that the alternatives to a chosen value show what they would give; `meta.count` has all filters applied. Each count is the number of records that its `url` lists. With `convertTo`, `amountMin` and `amountMax` compare converted amounts, as in that list; alone it changes no count and stands in each `url`.',
        querystring: FacetQuerySchema,
        response: Facets,
        responseDescription: 'Counts by each property.',
        example: { collection: 'seed-documents' },
        problems: ['tooManyRecords', 'notAcceptable'],
      }),
    },
    async (request, reply) => {
      chosenFormat(request, undefined, { json: MEDIA_TYPES.json });
      reply.header('vary', 'Accept');
      const query = request.query as FacetQuery;
      const { convertTo } = query;
      await requireKnownIds(read, FILTERED_TABLES, query);
      await requireKnownIds(read, { convertTo: currencies }, { convertTo: convertTo && [convertTo] });
      const conversion = conversionRequest(query);
      // Most facets have no filter of their own in a query: they share one condition.
      const conditions = new Map<string, Promise<SQL | undefined>>();
      const whereOf = (filters: Partial<FacetQuery>): Promise<SQL | undefined> => {
        const key = Object.keys(filters).sort().join();
        const known = conditions.get(key) ?? conditionOf(context, filters, conversion);
        conditions.set(key, known);
        return known;
      };
      const origin = context.originOf(request);
      const data: Partial<Record<FacetName, Facet>> = {};
      for (const facet of Object.keys(FACETS) as FacetName[]) {
        const { without, counts } = await countFacet(
          read,
          facet,
          await whereOf(filtersBeside(facet, query)),
          query.knownAsOf,
        );
        const urlOf = bucketUrl(origin, request.url, facet);
        data[facet] = { without, buckets: counts.map((bucket) => ({ ...bucket, url: urlOf(bucket.value) })) };
      }
      return {
        data,
        meta: {
          datasetVersion: await readDatasetVersion(read),
          count: await countForecasts(read, await whereOf(query)),
        },
      };
    },
  );
}

/**
 * The condition under which filters hold. Converted amounts stand in no column: they are compared here, and the condition
 * names what they let through.
 */
async function conditionOf(
  context: RouteContext,
  filters: Partial<FacetQuery>,
  conversion: ConversionRequest | null,
): Promise<SQL | undefined> {
  const { read } = context.storage;
  const comparesAmounts = filters.amountMin !== undefined || filters.amountMax !== undefined;
  if (conversion === null || !comparesAmounts) return matching(read, 'forecast', recordFilters(filters));
  const within = await recordsConverted(context, 'forecast', recordFilters(filters), conversion);
  return among(within);
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
