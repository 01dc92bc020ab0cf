import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { PageOf, PageRequest } from '../db/keyset.ts';
import { pageOfRows } from '../db/keyset.ts';
import { readDatasetVersion } from '../db/ledger-state.ts';
import { currencies } from '../db/schema.ts';
import type { Amount } from '../domain/amount.ts';
import { sameAmount } from '../domain/amount.ts';
import { DomainError } from '../domain/errors.ts';
import { readPhrase } from '../domain/evidence.ts';
import type { RouteContext } from '../http/context.ts';
import { requireKnownIds } from '../http/known-ids.ts';
import { registerList } from '../http/lists.ts';
import { operation } from '../http/openapi.ts';
import { selectFields } from '../http/paging.ts';
import { recordNotFound } from '../http/problem.ts';
import { IdParams } from '../http/resource.ts';
import { didYouMean } from '../http/suggestion.ts';
import type { ConversionRequest } from '../rates/conversions.ts';
import { conversionRequest, convertAtEveryBasis, openConverter } from '../rates/conversions.ts';
import { ForecastConversions, ForecastConversionsQuery } from '../rates/schemas.ts';
import type { ConvertedForecast } from './converted.ts';
import { convertAll, convertedSortKey, forecastsConverted } from './converted.ts';
import type { ForecastSortKey } from './repository.ts';
import { allForecastIds, FILTERED_TABLES, findForecast, listForecasts, sortValue } from './repository.ts';
import type { EvidenceItem } from './schemas.ts';
import {
  Forecast,
  ForecastAnswer,
  ForecastEvidence,
  ForecastItemQuery,
  ForecastList,
  ForecastListQuery,
} from './schemas.ts';

const EXAMPLE_ID = 'haitong-2020-new-infrastructure-2020';

export function registerForecastRoutes(app: FastifyInstance, context: RouteContext): void {
  const { read } = context.storage;

  registerList<ForecastListQuery>(app, context, {
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
    check: async (query) => {
      await requireKnownIds(read, FILTERED_TABLES, query);
      await requireCurrency('convertTo', query.convertTo);
    },
    present: ({ convertTo }) => (convertTo === undefined ? [] : ['converted', 'notConverted']),
    pageOf: (query, page) => forecastPage(context, query, page),
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
        problems: ['recordNotFound', 'rateNotHeld'],
      }),
    },
    async (request) => {
      const query = request.query as ForecastItemQuery;
      await requireCurrency('convertTo', query.convertTo);
      const forecast = await requireForecast(request.params);
      const conversion = conversionRequest(query);
      const data = conversion === null ? forecast : await convertOne(context, forecast, conversion);
      return {
        data: selectFields(data, query.fields),
        meta: { datasetVersion: await readDatasetVersion(read) },
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
        querystring: z.strictObject({}),
        response: ForecastEvidence,
        responseDescription: 'The evidence of the current revision.',
        example: { id: EXAMPLE_ID },
        problems: ['recordNotFound'],
      }),
    },
    async (request) => {
      const forecast = await requireForecast(request.params);
      return {
        forecast: forecast.id,
        revision: forecast.revision,
        source: forecast.source,
        placeUnit: 'unicodeCodePoint',
        data: [
          evidenceItem('amount', forecast),
          ...forecast.statedConversions.map((stated) => evidenceItem('statedConversion', stated)),
        ],
        meta: { datasetVersion: await readDatasetVersion(read) },
      };
    },
  );

  app.get(
    '/v1/forecasts/:id/conversions',
    {
      schema: operation({
        operationId: 'getForecastConversions',
        tag: 'Forecasts',
        summary: 'One forecast converted at every basis, side by side',
        description:
          "Each basis with its receipt, or with the reason why it gives nothing, and how far it lies from the document's own conversion.",
        params: IdParams,
        querystring: ForecastConversionsQuery,
        response: ForecastConversions,
        responseDescription: 'A row for each basis.',
        example: { id: EXAMPLE_ID, to: 'USD' },
        problems: ['recordNotFound'],
      }),
    },
    async (request) => {
      const query = request.query as z.output<typeof ForecastConversionsQuery>;
      await requireCurrency('to', query.to);
      const forecast = await requireForecast(request.params);
      const { value, low, high, currency } = forecast.amount;
      return {
        forecast: forecast.id,
        revision: forecast.revision,
        to: query.to,
        stated: { value, low, high, currency },
        data: await convertAtEveryBasis(context.rates, forecast, query, context.now()),
        meta: { datasetVersion: await readDatasetVersion(read) },
      };
    },
  );

  async function requireCurrency(parameter: string, code: string | undefined): Promise<void> {
    if (code !== undefined) await requireKnownIds(read, { [parameter]: currencies }, { [parameter]: [code] });
  }

  async function requireForecast(params: unknown): Promise<Forecast> {
    const { id } = params as z.output<typeof IdParams>;
    const forecast = await findForecast(read, id);
    if (forecast === undefined)
      throw recordNotFound('forecast', id, didYouMean(id, await allForecastIds(read)));
    return forecast;
  }
}

/** A page of forecasts, converted where the query asks for it. */
async function forecastPage(
  context: RouteContext,
  query: ForecastListQuery,
  page: PageRequest<ForecastSortKey>,
): Promise<PageOf<Forecast | ConvertedForecast>> {
  const { read } = context.storage;
  const conversion = conversionRequest(query);
  if (conversion === null) return listForecasts(read, query, page);
  const comparesAmounts =
    query.amountMin !== undefined ||
    query.amountMax !== undefined ||
    page.sort.some(({ key }) => key === 'amount');
  if (!comparesAmounts) {
    const stated = await listForecasts(read, query, page);
    return { ...stated, records: await convertAll(context, stated.records, conversion) };
  }
  return pageOfRows(await forecastsConverted(context, query, conversion), page, (forecast, key) =>
    key === 'amount' ? convertedSortKey(forecast) : sortValue(forecast, key),
  );
}

/** @throws DomainError where it cannot be converted */
async function convertOne(
  context: RouteContext,
  forecast: Forecast,
  conversion: ConversionRequest,
): Promise<ConvertedForecast> {
  const converter = await openConverter(context.rates, [forecast.amount.currency], conversion, context.now());
  return { ...forecast, converted: converter.convert(forecast), notConverted: null };
}

function evidenceItem(
  supports: EvidenceItem['supports'],
  { amount, evidence }: Pick<Forecast, 'amount' | 'evidence'>,
): EvidenceItem {
  const reading = tryReading(evidence.phrase, amount);
  return {
    supports,
    stated: amount,
    evidence,
    reading,
    agrees: reading !== null && sameAmount(reading, amount),
  };
}

function tryReading(phrase: string, amount: Amount): Amount | null {
  try {
    return readPhrase(phrase, amount);
  } catch (error) {
    if (error instanceof DomainError) return null;
    throw error;
  }
}
