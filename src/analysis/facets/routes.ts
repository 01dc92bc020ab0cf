import type { FastifyInstance } from 'fastify';
import { operation } from '../../http/openapi/openapi.ts';
import { requireKnownIds } from '../../ledger/catalogue/known-ids.ts';
import type { RouteContext } from '../../ledger/context.ts';
import { KINDS } from '../../ledger/records/kinds.ts';
import { currencies } from '../../store/tables/schema.ts';
import type { ColumnStore } from './columns.ts';
import { createColumnStore } from './columns.ts';
import { countInColumns } from './in-columns.ts';
import { comparesConverted, countInSql } from './in-sql.ts';
import type { Counted, Vocabulary } from './repository.ts';
import { FACET_NAMES, facetCounts, readVocabulary } from './repository.ts';
import type { Facet, FacetName, FacetQuery } from './schemas.ts';
import { FACETS, FacetQuery as FacetQuerySchema, Facets } from './schemas.ts';

export function registerFacetRoutes(app: FastifyInstance, context: RouteContext): void {
  const { storage } = context;
  const { read } = storage;
  const store = createColumnStore(storage);
  readAhead(app, store);

  const counted = async (query: FacetQuery): Promise<Counted> => {
    const isInColumns = query.knownAsOf === undefined && !comparesConverted(query);
    return (isInColumns && (await countInColumns(storage, store, query))) || countInSql(context, query);
  };
  let kept: { readonly datasetVersion: string; readonly vocabulary: Vocabulary } | undefined;
  const vocabularyOf = async (datasetVersion: string, asOf: string | undefined): Promise<Vocabulary> => {
    if (asOf !== undefined) return readVocabulary(read, asOf);
    if (kept?.datasetVersion !== datasetVersion)
      kept = { datasetVersion, vocabulary: await readVocabulary(read) };
    return kept.vocabulary;
  };

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
        problems: ['tooManyRecords'],
      }),
    },
    async (request) => {
      const query = request.query as FacetQuery;
      const { convertTo } = query;
      await requireKnownIds(read, KINDS.forecast.tables, query);
      await requireKnownIds(read, { convertTo: currencies }, { convertTo: convertTo && [convertTo] });
      const { groups, count, datasetVersion } = await counted(query);
      const vocabulary = await vocabularyOf(datasetVersion, query.knownAsOf);
      const origin = context.originOf(request);
      const data: Partial<Record<FacetName, Facet>> = {};
      for (const facet of FACET_NAMES) {
        const { without, counts } = facetCounts(facet, groups[facet], vocabulary);
        const urlOf = bucketUrl(origin, request.url, facet);
        const buckets = counts.map(({ value, name, count: number }) => ({
          value,
          name,
          count: number,
          url: urlOf(value),
        }));
        data[facet] = { without, buckets };
      }
      return { data, meta: { datasetVersion, count } };
    },
  );
}

/** Begins to read the ledger into the columns when the service listens, so that the first request need not wait for it. */
function readAhead(app: FastifyInstance, store: ColumnStore): void {
  const closing = new AbortController();
  let reading: Promise<void> | undefined;
  app.addHook('onListen', async () => {
    reading = store.warmUp(closing.signal).catch((error: unknown) => {
      app.log.warn({ err: error }, 'could not read the ledger ahead; the first request for facets will');
    });
  });
  app.addHook('onClose', async () => {
    closing.abort();
    await reading;
  });
}

/** The list that a bucket counts: the request's filters, with the facet's own replaced by the bucket's value. */
function bucketUrl(origin: string, requested: string, facet: FacetName): (value: string) => string {
  const filters = new URL(requested, 'http://facets').searchParams;
  for (const own of FACETS[facet]) filters.delete(own);
  // Written once: a facet may have thousands of buckets.
  const others = filters.size === 0 ? '' : `${filters}&`;
  const start = `${origin}/v1/forecasts?${others}`;
  return (value) =>
    start +
    Object.entries(applied(facet, value))
      .map(([name, wanted]) => `${name}=${encoded(wanted)}`)
      .join('&');
}

/** A value as `URLSearchParams` writes it, which takes longer; ids and days stay what they are. */
function encoded(value: string): string {
  return /^[\w.-]*$/.test(value) ? value : new URLSearchParams([['', value]]).toString().slice(1);
}

function applied(facet: FacetName, value: string): Readonly<Record<string, string>> {
  const [first, last] = [`${value}-01-01`, `${value}-12-31`];
  if (facet === 'year') return { periodFrom: first, periodTo: last };
  if (facet === 'publishedYear') return { publishedFrom: first, publishedTo: last };
  return { [facet]: value };
}
