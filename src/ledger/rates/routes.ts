import type { FastifyInstance } from 'fastify';
import { DomainError } from '../../domain/errors.ts';
import type { Route } from '../../domain/money/conversion.ts';
import {
  averageRoute,
  convertAmount,
  factorOf,
  latestRoute,
  quotesNeeded,
  referenceRoute,
} from '../../domain/money/conversion.ts';
import { formatDecimal } from '../../domain/money/decimal.ts';
import type { RateObservation } from '../../domain/money/rates.ts';
import { REFERENCE_BASE } from '../../domain/money/rates.ts';
import { SHOWN_SIGNIFICANT_DIGITS } from '../../domain/money/ratio.ts';
import { registerList } from '../../http/formats/lists.ts';
import { operation } from '../../http/openapi/openapi.ts';
import { vantageOf } from '../../http/query/vintage.ts';
import type { PageOf, PageRequest } from '../../store/keyset.ts';
import { pageOfRows } from '../../store/keyset.ts';
import { readDatasetVersion } from '../../store/ledger-state.ts';
import { currencies } from '../../store/tables/schema.ts';
import { requireKnownIds } from '../catalogue/known-ids.ts';
import { registerCatalogueResource } from '../catalogue/resource.ts';
import type { ReadContext, RouteContext } from '../context.ts';
import { listImpliedRates } from '../records/repository.ts';
import type { RateBook } from './book.ts';
import { reasonOf } from './conversions.ts';
import {
  earlierRevisions,
  findCurrency,
  listCurrencies,
  listPublishedRates,
  quotedOn,
  rateFreshness,
} from './repository.ts';
import type { RateSortKey } from './schemas.ts';
import {
  ConvertAnswer,
  ConvertQuery,
  CURRENCY_SORT_KEYS,
  Currency,
  currencyFilters,
  Rate,
  RateList,
  RateListQuery,
} from './schemas.ts';

/** Money: currencies, rates, and converting any amount. */
export function registerRateRoutes(app: FastifyInstance, context: RouteContext): void {
  const { read } = context.storage;

  registerCatalogueResource(app, context, {
    path: 'currencies',
    noun: 'currency',
    name: 'Currency',
    plural: 'Currencies',
    tag: 'Money',
    summary: 'Currencies of ISO 4217, with the series of their rates',
    record: Currency,
    filters: currencyFilters,
    sortKeys: CURRENCY_SORT_KEYS,
    exampleId: 'CNY',
    table: currencies,
    list: listCurrencies,
    find: findCurrency,
  });

  registerList<ReadContext, RateListQuery>(app, context, {
    path: '/v1/rates',
    name: 'rates',
    operation: {
      operationId: 'listRates',
      tag: 'Money',
      summary: 'Exchange rates, on one day or over a range',
      description:
        'Reference rates as published, for one euro, or crosses for another base. A range lists the days that have a rate. One day lists every currency asked for: where there is no rate, the row says why; where only one was asked for, that is a 422.',
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
    meta: async ({ read: state }, query) => ({
      rates: await rateFreshness(state, vantageOf(context, query)),
    }),
    pageOf: ratePage,
  });

  app.get(
    '/v1/convert',
    {
      schema: operation({
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
      }),
    },
    async (request) => {
      const query = request.query as ConvertQuery;
      await requireKnownIds(
        read,
        { from: currencies, to: currencies },
        { from: [query.from], to: [query.to] },
      );
      const book = await context.rates.open(quotesNeeded(query.from, query.to), vantageOf(context, query));
      const { amount } = query;
      const stated = { value: amount, low: null, high: null, currency: query.from };
      const converted = convertAmount(
        stated,
        convertRoute(query, book),
        book.currencyOf(query.to)?.minorUnits ?? null,
      );
      return {
        data: { amount, from: query.from, converted },
        meta: { datasetVersion: await readDatasetVersion(read) },
      };
    },
  );
}

function convertRoute({ from, to, date, periodFrom, periodTo }: ConvertQuery, book: RateBook): Route {
  if (periodFrom !== undefined && periodTo !== undefined) {
    const period = { start: periodFrom, end: periodTo };
    return averageRoute(from, to, period, (quote) => book.average(quote, period), book.currencyOf);
  }
  if (date !== undefined) return referenceRoute('date', from, to, date, book);
  return latestRoute(from, to, book.newestDay(quotesNeeded(from, to)), book);
}

async function ratePage(
  context: ReadContext,
  query: RateListQuery,
  page: PageRequest<RateSortKey>,
): Promise<PageOf<Rate>> {
  const { read } = context.storage;
  if (query.provider === 'source') {
    const rows = (await listImpliedRates(read, query.knownAsOf)).filter(
      ({ base, quote, date }) =>
        (query.base === undefined || base === query.base) &&
        (query.quotes === undefined || query.quotes.includes(quote)) &&
        (query.date === undefined || date === query.date) &&
        (query.from === undefined || (date !== null && date >= query.from)) &&
        (query.to === undefined || (date !== null && date <= query.to)),
    );
    return pageOfRows(rows.map(impliedRow), page, (row, key) => row[key]);
  }
  return query.date === undefined
    ? rangePage(context, query, page)
    : dayPage(context, query, query.date, page);
}

/** The published rates of a range, or crosses of those that stand on the same day as the base's. */
async function rangePage(
  context: ReadContext,
  query: RateListQuery,
  page: PageRequest<RateSortKey>,
): Promise<PageOf<Rate>> {
  const { read } = context.storage;
  const base = query.base ?? REFERENCE_BASE;
  const isCross = base !== REFERENCE_BASE;
  const book = await context.rates.open(isCross ? [base] : [], vantageOf(context, query));
  // With another base, the row of the base's own rate is the one of the euro: the same pair the other way round.
  const quotes = query.quotes
    ?.filter((quote) => quote !== base)
    .map((quote) => (quote === REFERENCE_BASE ? base : quote));
  const filters = {
    quotes,
    from: query.from,
    to: query.to,
    alsoHeld: isCross ? base : undefined,
    asOf: query.knownAsOf ?? null,
  };
  const published = await listPublishedRates(read, filters, page);
  const earlier = await earlierRevisions(read, published.records);
  return {
    ...published,
    records: published.records.map((observation) => {
      if (!isCross)
        return publishedRow(observation, earlier.get(`${observation.quote} ${observation.date}`) ?? []);
      const quote = observation.quote === base ? REFERENCE_BASE : observation.quote;
      const ofBase = book.rateOn(base, observation.date);
      const legs = [ofBase, ...(quote === REFERENCE_BASE ? [] : [observation])].filter(
        (leg) => leg !== undefined,
      );
      return computedRow(base, quote, legs, { rateOn: (code) => legs.find((leg) => leg.quote === code) });
    }),
  };
}

/** One row for each currency on one day; where there is no rate, with the reason, or thrown if it is the only one. */
async function dayPage(
  context: ReadContext,
  query: RateListQuery,
  date: string,
  page: PageRequest<RateSortKey>,
): Promise<PageOf<Rate>> {
  const { read } = context.storage;
  const base = query.base ?? REFERENCE_BASE;
  const quotes = query.quotes ?? [
    ...(await quotedOn(read, date)),
    ...(base === REFERENCE_BASE ? [] : [REFERENCE_BASE]),
  ];
  const book = await context.rates.open(
    new Set([base, ...quotes].filter((code) => code !== REFERENCE_BASE)),
    vantageOf(context, query),
  );
  const rows: Rate[] = [];
  for (const quote of new Set(quotes.filter((code) => code !== base))) {
    try {
      rows.push(dayRow(base, quote, date, book));
    } catch (error) {
      if (!(error instanceof DomainError) || quotes.length === 1) throw error;
      rows.push({ ...emptyRow(base, quote), date: null, requestedDate: date, reason: reasonOf(error) });
    }
  }
  const paged = pageOfRows(rows, page, (row, key) => row[key]);
  const earlier = await earlierRevisions(
    read,
    paged.records.flatMap((row) =>
      row.date === null || row.computed
        ? []
        : [{ quote: row.quote, date: row.date, revision: row.revision ?? 1 }],
    ),
  );
  return {
    ...paged,
    records: paged.records.map((row) =>
      row.computed ? row : { ...row, earlier: [...(earlier.get(`${row.quote} ${row.date}`) ?? [])] },
    ),
  };
}

function dayRow(base: string, quote: string, date: string, book: RateBook): Rate {
  const { receipt } = referenceRoute('date', base, quote, date, book);
  const { effectiveDate, carriedDays } = receipt;
  const observations = quotesNeeded(base, quote).flatMap((code) =>
    effectiveDate === null ? [] : (book.rateOn(code, effectiveDate) ?? []),
  );
  const [only] = observations;
  const row =
    base === REFERENCE_BASE && only !== undefined
      ? publishedRow(only, [])
      : computedRow(base, quote, observations, {
          rateOn: (code) => observations.find((leg) => leg.quote === code),
        });
  return { ...row, requestedDate: date, carriedDays };
}

function emptyRow(base: string, quote: string): Rate {
  return {
    provider: 'ecb',
    base,
    quote,
    date: null,
    rate: null,
    computed: false,
    revision: null,
    observedAt: null,
    requestedDate: null,
    carriedDays: null,
    from: [],
    earlier: [],
    forecast: null,
    reason: null,
  };
}

function publishedRow(
  { provider, base, quote, date, rate, revision, observedAt }: RateObservation,
  earlier: readonly RateObservation[],
): Rate {
  return { ...emptyRow(base, quote), provider, date, rate, revision, observedAt, earlier: [...earlier] };
}

/** An inverse or a cross: units of `quote` for one `base`, from published rates of one day. */
function computedRow(
  base: string,
  quote: string,
  observations: readonly RateObservation[],
  { rateOn }: { readonly rateOn: (quote: string) => RateObservation | undefined },
): Rate {
  const legs = quotesNeeded(base, quote).flatMap((code) => {
    const observation = rateOn(code);
    if (observation === undefined) return [];
    return [
      {
        kind: 'reference' as const,
        operation: code === base ? ('divide' as const) : ('multiply' as const),
        ...observation,
      },
    ];
  });
  const { numerator, denominator } = factorOf(legs);
  const observedAt =
    observations
      .map((observation) => observation.observedAt)
      .sort()
      .at(-1) ?? null;
  return {
    ...emptyRow(base, quote),
    date: observations[0]?.date ?? null,
    rate: formatDecimal(numerator.dividedBy(denominator).toSignificantDigits(SHOWN_SIGNIFICANT_DIGITS)),
    computed: true,
    observedAt,
    from: [...observations],
  };
}

type ImpliedRate = Awaited<ReturnType<typeof listImpliedRates>>[number];

function impliedRow({
  base,
  quote,
  date,
  rate,
  recordedAt,
  forecast,
}: ImpliedRate): Rate & { readonly forecast: string } {
  return {
    ...emptyRow(base, quote),
    provider: 'source',
    date,
    rate,
    computed: true,
    observedAt: recordedAt,
    forecast,
  };
}
