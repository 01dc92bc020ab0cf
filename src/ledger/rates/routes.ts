import type { FastifyInstance } from 'fastify';
import type { Route } from '../../domain/money/conversion.ts';
import { convertAmount } from '../../domain/money/conversion.ts';
import {
  averageRoute,
  latestRoute,
  quotesNeeded,
  referenceRoute,
} from '../../domain/money/conversion-routes.ts';
import { vintageOf } from '../../domain/vintage.ts';
import { registerList } from '../../http/formats/lists.ts';
import { operation } from '../../http/openapi/openapi.ts';
import { currencies } from '../../store/tables/schema.ts';
import { requireKnownIds } from '../catalogue/known-ids.ts';
import { registerCatalogueResource } from '../catalogue/resource.ts';
import type { ReadContext, RouteContext } from '../context.ts';
import type { RateBook } from './book.ts';
import { PROVIDERS, REFERENCE } from './provider.ts';
import { CURRENCIES, rateFreshness } from './repository.ts';
import type { ImpliedRates } from './rows.ts';
import { ratePage, rateRange } from './rows.ts';
import {
  ConvertAnswer,
  ConvertQuery,
  Currency,
  currencyFilters,
  Rate,
  RateList,
  RateListQuery,
} from './schemas.ts';

export function registerRateRoutes(
  app: FastifyInstance,
  context: RouteContext,
  impliedRates: ImpliedRates,
): void {
  registerCatalogueResource(app, context, {
    path: 'currencies',
    noun: 'currency',
    tag: 'Money',
    summary: 'Currencies of ISO 4217, with the series of their rates',
    part: CURRENCIES,
    record: Currency,
    filters: currencyFilters,
    exampleId: 'CNY',
  });

  registerList<ReadContext, RateListQuery>(app, context, {
    path: '/v1/rates',
    name: 'rates',
    operation: {
      operationId: 'listRates',
      tag: 'Money',
      summary: 'Exchange rates, on one day or over a range',
      description:
        'Reference rates as published, for one euro, or crosses for another base. A range lists the days that have a rate, and `meta.range` says how many were published, and why a currency has none. One day lists every currency asked for: where there is no rate, the row says why; where only one was asked for, that is a 422.',
      querystring: RateListQuery,
      response: RateList,
      responseDescription: 'A page of rates; `meta.rates` says how old they are.',
      example: { quotes: 'CNY,USD', date: '2020-05-23' },
      problems: ['rateNotHeld'],
    },
    record: Rate,
    check: ({ read: state }, { base, quotes }) =>
      requireKnownIds(
        state,
        { base: currencies, quotes: currencies },
        { quotes, base: base === undefined ? base : [base] },
      ),
    // How fetching goes is told without a write of rates.
    cacheable: false,
    meta: async (view, query) => ({
      rates: await rateFreshness(
        view.read,
        PROVIDERS.find(({ id }) => id === query.provider) ?? REFERENCE,
        vintageOf(context, query),
      ),
      range: await rateRange(view, query),
    }),
    isComputed: ({ provider, date }) => provider === 'source' || date !== undefined,
    pageOf: (view, query, page) => ratePage(view, query, page, impliedRates),
  });

  app.get('/v1/convert', { schema: CONVERT }, (request) =>
    context.reading(request, (view) => convert(view, request.query as ConvertQuery)),
  );
}

const CONVERT = operation({
  operationId: 'convertAmount',
  tag: 'Money',
  summary: 'Any amount in another currency, with its receipt',
  description:
    'At the newest rate held, at the rate of `date`, or at the mean over `periodFrom` to `periodTo`.',
  querystring: ConvertQuery,
  response: ConvertAnswer,
  responseDescription: 'The converted amount.',
  example: { amount: '3000000000000', from: 'CNY', to: 'USD', date: '2020-05-25' },
  problems: ['rateNotHeld'],
});

async function convert(view: ReadContext, query: ConvertQuery) {
  const { amount, from, to } = query;
  await requireKnownIds(view.read, { from: currencies, to: currencies }, { from: [from], to: [to] });
  const book = await view.rates.open(quotesNeeded(from, to, REFERENCE.base), vintageOf(view, query));
  const stated = { value: amount, low: null, high: null, currency: from };
  const minorUnits = book.currencyOf(to)?.minorUnits ?? null;
  return {
    data: { amount, from, converted: convertAmount(stated, convertRoute(query, book), minorUnits) },
    meta: { datasetVersion: view.read.version },
  };
}

function convertRoute(query: ConvertQuery, book: RateBook): Route {
  const { from, to, date, periodFrom, periodTo, publishedAsOf } = query;
  if (periodFrom !== undefined && periodTo !== undefined) {
    const period = { start: periodFrom, end: periodTo };
    return averageRoute(from, to, period, (quote) => book.average(quote, period), book);
  }
  if (date !== undefined) return referenceRoute('date', from, to, date, book);
  const newest = book.newestDay(quotesNeeded(from, to, book.provider.base));
  if (publishedAsOf !== undefined && newest !== null && newest > publishedAsOf)
    return referenceRoute('date', from, to, publishedAsOf, book);
  return latestRoute(from, to, newest, book);
}
