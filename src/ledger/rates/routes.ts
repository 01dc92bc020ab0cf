import type { FastifyInstance } from 'fastify';
import type { Route } from '../../domain/money/conversion.ts';
import { convertAmount } from '../../domain/money/conversion.ts';
import type { RatePath } from '../../domain/money/conversion-routes.ts';
import { firstPassable, pathsBetween, referenceRoute } from '../../domain/money/conversion-routes.ts';
import { LAST_DAY } from '../../domain/money/rates.ts';
import { vintageOf } from '../../domain/vintage.ts';
import { registerList } from '../../http/formats/lists.ts';
import { operation } from '../../http/openapi/openapi.ts';
import type { Reader } from '../../store/store.ts';
import { currencies } from '../../store/tables/schema.ts';
import { requireKnownIds } from '../catalogue/known-ids.ts';
import { registerCatalogueResource } from '../catalogue/resource.ts';
import type { ReadContext, RouteContext } from '../context.ts';
import type { RateBook } from './book.ts';
import { openBooks, requireProvider } from './book.ts';
import { averageBy, latestBy, newestDayOf } from './conversions.ts';
import type { NamedProvider } from './fetching.ts';
import { REFERENCE } from './provider.ts';
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
      rates: await rateFreshness(view.read, await providerAsked(view.read, query), vintageOf(context, query)),
      range: await rateRange(view, query),
    }),
    isComputed: ({ provider, date }) => provider === 'source' || date !== undefined,
    pageOf: (view, query, page) => ratePage(view, query, page, impliedRates),
  });

  app.get('/v1/convert', { schema: CONVERT }, (request) =>
    context.reading(request, (view) => convert(view, request.query as ConvertQuery)),
  );
}

/** Whose rates a list is of; of those that documents imply, whose age is told beside them. */
function providerAsked(read: Reader, { provider, knownAsOf }: RateListQuery): Promise<NamedProvider> {
  return requireProvider(
    read,
    provider === 'source' ? REFERENCE.id : provider,
    knownAsOf ?? null,
    'provider',
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
  const books = await openBooks(view.rates, [from, to], vintageOf(view, query), query.rateProvider);
  const stated = { value: amount, low: null, high: null, currency: from };
  const minorUnits = books[0]?.currencyOf(to)?.minorUnits ?? null;
  const route = firstPassable(pathsBetween(books, from, to), (path) => convertRoute(query, path));
  return {
    data: { amount, from, converted: convertAmount(stated, route, minorUnits) },
    meta: { datasetVersion: view.read.version },
  };
}

function convertRoute(query: ConvertQuery, path: RatePath<RateBook>): Route {
  const { date, periodFrom, periodTo, publishedAsOf } = query;
  if (periodFrom !== undefined && periodTo !== undefined)
    return averageBy(path, { start: periodFrom, end: periodTo });
  if (date !== undefined) return referenceRoute('date', path, date);
  // A rate that the law has fixed since has no newest day, and may not have been in force.
  const newest = publishedAsOf === undefined ? null : (newestDayOf(path, publishedAsOf) ?? LAST_DAY);
  if (publishedAsOf !== undefined && newest !== null && newest > publishedAsOf && path.steps.length > 0)
    return referenceRoute('date', path, publishedAsOf);
  return latestBy(path);
}
