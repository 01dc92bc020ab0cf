import type { FastifyInstance } from 'fastify';
import { operation } from '../../http/openapi/openapi.ts';
import { requireKnownIds } from '../../ledger/catalogue/known-ids.ts';
import type { RouteContext } from '../../ledger/context.ts';
import { KINDS } from '../../ledger/records/kinds.ts';
import type { Snapshot } from '../../store/store.ts';
import type { Vocabulary } from './buckets.ts';
import { facetsOf, readVocabulary } from './buckets.ts';
import type { FollowedColumns } from './columns.ts';
import { followColumns } from './columns.ts';
import { countForecasts } from './repository.ts';
import { FacetQuery, Facets } from './schemas.ts';

export function registerFacetRoutes(app: FastifyInstance, context: RouteContext): void {
  const columns = followColumns(context.reading);
  readAhead(app, columns);
  const vocabularyOf = keptVocabulary();

  app.get(
    '/v1/facets',
    {
      schema: operation({
        operationId: 'getFacets',
        tag: 'Forecasts',
        summary: 'How many forecasts there are of each kind',
        description:
          'Counts of the forecasts for which the filters hold, by each of their properties. A property is counted with all filters but its own, so that the alternatives to a chosen value show what they would give; `meta.count` has all filters applied. Each count is the number of records that its `url` lists. With `convertTo`, `amountMin` and `amountMax` compare converted amounts, as in that list; alone it changes no count and stands in each `url`.',
        querystring: FacetQuery,
        response: Facets,
        responseDescription: 'Counts by each property.',
        example: { collection: 'seed-documents' },
        problems: ['tooManyRecords'],
      }),
    },
    async (request) => {
      const query = request.query as FacetQuery;
      return columns.use(request, async (view, forecasts) => {
        const resolved = await requireKnownIds(view.read, KINDS.forecast.tables, query);
        const { groups, count, notCompared } = await countForecasts(view, forecasts, query);
        const vocabulary = await vocabularyOf(view.read, query.knownAsOf);
        const data = facetsOf(groups, vocabulary, context.originOf(request), request.url);
        return { data, meta: { datasetVersion: view.read.version, ...resolved, count, notCompared } };
      });
    },
  );
}

/** Reads the vocabulary of now once for each state of the ledger. */
function keptVocabulary(): (read: Snapshot, asOf: string | undefined) => Promise<Vocabulary> {
  let kept: { readonly version: string; readonly vocabulary: Vocabulary } | undefined;
  return async (read, asOf) => {
    if (asOf !== undefined) return readVocabulary(read);
    if (kept?.version !== read.version)
      kept = { version: read.version, vocabulary: await readVocabulary(read) };
    return kept.vocabulary;
  };
}

/** Begins to read the ledger when the service listens, so that the first request need not wait for it. */
function readAhead(app: FastifyInstance, columns: FollowedColumns): void {
  const closing = new AbortController();
  let reading: Promise<void> | undefined;
  app.addHook('onListen', async () => {
    reading = columns.readAhead(closing.signal).catch((error: unknown) => {
      app.log.warn({ err: error }, 'could not read the ledger ahead; the first request for facets will');
    });
  });
  app.addHook('onClose', async () => {
    closing.abort();
    await reading;
  });
}
