import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { registerList } from '../../http/formats/lists.ts';
import { revisionTag } from '../../http/message/preconditions.ts';
import { operation } from '../../http/openapi/openapi.ts';
import { selectFields } from '../../http/query/paging.ts';
import { knownAsOf } from '../../http/query/vintage.ts';
import type { PageOf, PageRequest } from '../../store/keyset.ts';
import { readDatasetVersion } from '../../store/ledger-state.ts';
import { currencies } from '../../store/tables/schema.ts';
import { requireKnownIds } from '../catalogue/known-ids.ts';
import { IdParams } from '../catalogue/resource.ts';
import type { ReadContext, RouteContext } from '../context.ts';
import { forecastDraft } from './drafts.ts';
import type { ForecastSortKey, StatedForecast } from './forecast-repository.ts';
import { FILTERED_TABLES, recordFilters, recordPage, toForecast } from './forecast-repository.ts';
import {
  Forecast,
  ForecastAnswer,
  ForecastEvidence,
  ForecastItemQuery,
  ForecastList,
  ForecastListQuery,
} from './forecast-schemas.ts';
import { registerHistory } from './history-routes.ts';
import { convertIfAsked, evidenceOf, pageOfRecords, requireRecord } from './pages.ts';
import type { LedgerRecord } from './record.ts';
import { EXAMPLE_FORECAST, RevisedForecast, SubmittedForecast } from './submissions.ts';
import { registerRecordWrites } from './write-routes.ts';

const EXAMPLE_ID = 'haitong-2020-new-infrastructure-2020';

export function registerForecastRoutes(app: FastifyInstance, context: RouteContext): void {
  const { read } = context.storage;

  registerList<ReadContext, ForecastListQuery>(app, context, {
    path: '/v1/forecasts',
    name: 'forecasts',
    operation: {
      operationId: 'listForecasts',
      tag: 'Forecasts',
      summary: 'Forecasts, filtered and sorted',
      description: 'A list in a filter means any of its values; several filters must all hold.',
      querystring: ForecastListQuery,
      response: ForecastList,
      responseDescription: 'A page of forecasts.',
      example: { collection: 'seed-documents' },
      problems: ['tooManyRecords'],
    },
    record: Forecast,
    check: async ({ read: state }, query) => {
      await requireKnownIds(state, FILTERED_TABLES, query);
      await requireCurrency('convertTo', query.convertTo);
    },
    present: ({ convertTo }) => (convertTo === undefined ? [] : ['converted', 'notConverted']),
    pageOf: forecastPage,
  });

  app.get(
    '/v1/forecasts/:id',
    {
      schema: operation({
        operationId: 'getForecast',
        tag: 'Forecasts',
        summary: 'One forecast',
        params: IdParams,
        querystring: ForecastItemQuery,
        response: ForecastAnswer,
        responseDescription: 'The current revision.',
        example: { id: EXAMPLE_ID },
        etag: true,
        problems: ['recordNotFound', 'recordDeleted', 'rateNotHeld'],
      }),
    },
    async (request, reply) => {
      const query = request.query as ForecastItemQuery;
      await requireCurrency('convertTo', query.convertTo);
      const record = await requireForecast(request.params, query);
      const data = toForecast(await convertIfAsked(context, record, query));
      reply.header('etag', revisionTag(record));
      return {
        data: selectFields(data, query.fields),
        meta: { datasetVersion: await readDatasetVersion(read), revisionTag: revisionTag(record) },
      };
    },
  );

  app.get(
    '/v1/forecasts/:id/evidence',
    {
      schema: operation({
        operationId: 'getForecastEvidence',
        tag: 'Forecasts',
        summary: "The words behind a forecast's figures, read again",
        description:
          'Each phrase with its place in the document, and what the phrase parser reads from it now beside what is stored. To check a place: take the SHA-256 of the text, then the code points from `start` up to `end`.',
        params: IdParams,
        querystring: z.strictObject({ knownAsOf }),
        response: ForecastEvidence,
        responseDescription: 'The evidence of the current revision.',
        example: { id: EXAMPLE_ID },
        problems: ['recordNotFound', 'recordDeleted'],
      }),
    },
    async (request) => {
      const forecast = await requireForecast(request.params, request.query as AsOf);
      return {
        forecast: forecast.id,
        revision: forecast.revision,
        source: forecast.source,
        placeUnit: 'unicodeCodePoint',
        data: evidenceOf(forecast),
        meta: { datasetVersion: await readDatasetVersion(read) },
      };
    },
  );

  const kind = { kind: 'forecast', path: '/v1/forecasts', tag: 'Forecasts', name: 'Forecast' } as const;
  registerHistory(app, context, { ...kind, exampleId: EXAMPLE_ID });
  registerRecordWrites<SubmittedForecast>(app, context, {
    ...kind,
    submitted: SubmittedForecast,
    revised: RevisedForecast,
    toRecord: forecastDraft,
    example: {
      added: { id: 'example-forecast', ...EXAMPLE_FORECAST },
      id: EXAMPLE_ID,
      revised: { ...EXAMPLE_FORECAST, notes: 'Read again on the page.' },
    },
  });

  async function requireCurrency(parameter: string, code: string | undefined): Promise<void> {
    if (code !== undefined) await requireKnownIds(read, { [parameter]: currencies }, { [parameter]: [code] });
  }

  async function requireForecast(params: unknown, query: AsOf): Promise<LedgerRecord> {
    const { id } = params as z.output<typeof IdParams>;
    return requireRecord(context, 'forecast', id, query);
  }
}

type AsOf = { readonly knownAsOf?: string | undefined };

/** A page of forecasts, converted where the query asks for it. */
async function forecastPage(
  context: ReadContext,
  query: ForecastListQuery,
  page: PageRequest<ForecastSortKey>,
): Promise<PageOf<StatedForecast>> {
  const { sort: _, ...asked } = query;
  const found = await pageOfRecords(context, 'forecast', recordFilters(asked), recordPage(page));
  return { ...found, records: found.records.map(toForecast) };
}
