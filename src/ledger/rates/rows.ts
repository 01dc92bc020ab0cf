import { DomainError, unlessRefused } from '../../domain/errors.ts';
import { factorOf } from '../../domain/money/conversion.ts';
import { quotesNeeded, referenceLegs, referenceRoute } from '../../domain/money/conversion-routes.ts';
import { formatRatio } from '../../domain/money/decimal.ts';
import type { RateProvider } from '../../domain/money/rate-provider.ts';
import type { RateObservation } from '../../domain/money/rates.ts';
import { vintageOf } from '../../domain/vintage.ts';
import { inTurns } from '../../http/turns.ts';
import type { PageOf, PageRequest } from '../../store/keyset.ts';
import { pageOfRows } from '../../store/keyset.ts';
import type { Reader } from '../../store/store.ts';
import type { ReadContext } from '../context.ts';
import type { RateBook } from './book.ts';
import { reasonOf } from './conversions.ts';
import { providerOf } from './provider.ts';
import { earlierRevisions, listPublishedRates, quotedOn } from './repository.ts';
import type { Rate, RateListQuery, RateSortKey } from './schemas.ts';

type Page = PageRequest<RateSortKey>;

/** A rate that a document implies by stating one figure in two currencies. */
export interface ImpliedRate {
  readonly base: string;
  readonly quote: string;
  readonly rate: string;
  /** The document's; null where it prints none. */
  readonly date: string | null;
  readonly recordedAt: string;
  readonly forecast: string;
}

/** Reads the rates that documents imply. @param asOf the time whose state is asked for; null or absent for the present */
export type ImpliedRates = (read: Reader, asOf?: string | null) => Promise<readonly ImpliedRate[]>;

export async function ratePage(
  view: ReadContext,
  query: RateListQuery,
  page: Page,
  impliedRates: ImpliedRates,
): Promise<PageOf<Rate>> {
  if (query.provider === 'source')
    return impliedPage(await impliedRates(view.read, query.knownAsOf), query, page);
  const provider = providerOf(query.provider);
  return query.date === undefined
    ? rangePage(view, provider, query, page)
    : dayPage(view, provider, query, query.date, page);
}

function impliedPage(
  implied: readonly ImpliedRate[],
  query: RateListQuery,
  page: Page,
): Promise<PageOf<Rate>> {
  const rows = implied
    .filter(
      ({ base, quote, date }) =>
        (query.base === undefined || base === query.base) &&
        (query.quotes === undefined || query.quotes.includes(quote)) &&
        (query.date === undefined || date === query.date) &&
        (query.from === undefined || (date !== null && date >= query.from)) &&
        (query.to === undefined || (date !== null && date <= query.to)),
    )
    .map(({ base, quote, date, rate, recordedAt: observedAt, forecast }) => ({
      ...emptyRow('source', base, quote),
      date,
      rate,
      computed: true,
      observedAt,
      forecast,
    }));
  return inTurns(pageOfRows(rows, page, (row, key) => row[key]));
}

/** The published rates of a range, or crosses of those that stand on the same day as the asked base's. */
async function rangePage(
  view: ReadContext,
  provider: RateProvider,
  query: RateListQuery,
  page: Page,
): Promise<PageOf<Rate>> {
  const { base = provider.base, from, to } = query;
  const isCross = base !== provider.base;
  const book = await view.rates.open(isCross ? [base] : [], vintageOf(view, query), provider);
  // With another base, the row of the base's own rate is the one of the provider's: the same pair the other way round.
  const quotes = query.quotes
    ?.filter((quote) => quote !== base)
    .map((quote) => (quote === provider.base ? base : quote));
  const alsoHeld = isCross ? base : undefined;
  const filters = { provider: provider.id, quotes, from, to, alsoHeld, asOf: query.knownAsOf ?? null };
  const published = await listPublishedRates(view.read, filters, page);
  const earlier = await earlierRevisions(view.read, provider.id, published.records);
  return {
    ...published,
    records: published.records.map((observation) => {
      const { quote, date } = observation;
      if (!isCross) return publishedRow(observation, earlier.get(`${quote} ${date}`));
      const ofBase = book.rateOn(base, date);
      const legs = ofBase === undefined ? [] : [ofBase];
      return quote === base
        ? computedRow(provider, base, provider.base, legs)
        : computedRow(provider, base, quote, [...legs, observation]);
    }),
  };
}

/** One row for each currency on one day; where there is no rate, with the reason, or thrown if it is the only one. */
async function dayPage(
  { read, rates, now }: ReadContext,
  provider: RateProvider,
  query: RateListQuery,
  date: string,
  page: Page,
): Promise<PageOf<Rate>> {
  const { base = provider.base } = query;
  const quotes = query.quotes ?? [
    ...(await quotedOn(read, provider.id, date)),
    ...(base === provider.base ? [] : [provider.base]),
  ];
  const needed = new Set([base, ...quotes].filter((code) => code !== provider.base));
  const book = await rates.open(needed, vintageOf({ now }, query), provider);
  const rows: Rate[] = [];
  if (query.quotes?.includes(base) === true) {
    const itself = { ...emptyRow(provider.id, base, base), date, rate: '1', computed: true };
    rows.push({ ...itself, requestedDate: date, carriedDays: 0 });
  }
  for (const quote of new Set(quotes.filter((code) => code !== base))) {
    const row = unlessRefused(() => dayRow(provider, base, quote, date, book));
    if (!(row instanceof DomainError)) rows.push(row);
    else if (quotes.length === 1) throw row;
    else rows.push({ ...emptyRow(provider.id, base, quote), requestedDate: date, reason: reasonOf(row) });
  }
  const paged = await inTurns(pageOfRows(rows, page, (row, key) => row[key]));
  const published = paged.records.flatMap((row) =>
    row.date === null || row.revision === null ? [] : [{ ...row, date: row.date, revision: row.revision }],
  );
  const earlier = await earlierRevisions(read, provider.id, published);
  const withEarlier = (row: Rate): Rate =>
    row.computed ? row : { ...row, earlier: [...(earlier.get(`${row.quote} ${row.date}`) ?? [])] };
  return { ...paged, records: paged.records.map(withEarlier) };
}

function dayRow(provider: RateProvider, base: string, quote: string, date: string, book: RateBook): Rate {
  const { effectiveDate, carriedDays } = referenceRoute('date', base, quote, date, book).receipt;
  const observations = quotesNeeded(base, quote, provider.base).flatMap((code) =>
    effectiveDate === null ? [] : (book.rateOn(code, effectiveDate) ?? []),
  );
  const [only] = observations;
  const row =
    base === provider.base && only !== undefined
      ? publishedRow(only)
      : computedRow(provider, base, quote, observations);
  return { ...row, requestedDate: date, carriedDays };
}

function emptyRow(provider: string, base: string, quote: string): Rate {
  return {
    provider,
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
  earlier: readonly RateObservation[] = [],
): Rate {
  return { ...emptyRow(provider, base, quote), date, rate, revision, observedAt, earlier: [...earlier] };
}

/** An inverse or a cross: units of `quote` for one `base`, from published rates of one day. */
function computedRow(
  { id }: RateProvider,
  base: string,
  quote: string,
  observations: readonly RateObservation[],
): Rate {
  const { numerator, denominator } = factorOf(referenceLegs(base, observations));
  return {
    ...emptyRow(id, base, quote),
    date: observations[0]?.date ?? null,
    rate: formatRatio(numerator.dividedBy(denominator)),
    computed: true,
    observedAt:
      observations
        .map((observation) => observation.observedAt)
        .sort()
        .at(-1) ?? null,
    from: [...observations],
  };
}
