import type { Column, SQL } from 'drizzle-orm';
import { LRUCache } from 'lru-cache';
import type { PeriodAverage } from '../../domain/money/rate-averages.ts';
import { averageOver } from '../../domain/money/rate-averages.ts';
import type { RateProvider } from '../../domain/money/rate-provider.ts';
import { currentRateDate } from '../../domain/money/rate-provider.ts';
import type {
  Currency,
  IrrevocableRate,
  RateContext,
  RateObservation,
  Series,
} from '../../domain/money/rates.ts';
import type { Vintage } from '../../domain/vintage.ts';
import { InvalidRequest } from '../../http/message/problem.ts';
import { didYouMean } from '../../http/message/suggestion.ts';
import { and, asc, eq, lte } from '../../store/query.ts';
import { heldAt } from '../../store/revisions.ts';
import type { Reader, Snapshot } from '../../store/store.ts';
import { currencies, rateAverages, rateSeries, rates, unpublishedDays } from '../../store/tables/schema.ts';
import type { NamedProvider } from './fetching.ts';
import { importedProvider, PROVIDER_IDS, PROVIDERS, REFERENCE } from './provider.ts';

/** Everything that conversions between some currencies read, in memory and of one state of the ledger. */
export interface RateBook extends RateContext {
  readonly provider: NamedProvider;
  /** The newest day on which a currency has a rate, or null. */
  readonly newestDay: (quote: string) => string | null;
  /** The mean over a period, from what is held; null where nothing is. */
  readonly average: (
    quote: string,
    period: { readonly start: string | null; readonly end: string | null },
  ) => PeriodAverage | null;
}

export interface RateBooks {
  /**
   * @param quotes the currencies whose rates are needed; unknown ones are not in it
   * @param provider its id; by default the one whose rates conversions use
   * @throws InvalidRequest where there is no such provider
   */
  readonly open: (quotes: Iterable<string>, vintage: Vintage, provider?: string) => Promise<RateBook>;
}

/**
 * The books of several providers in their order, each with the bases of the others, at which they are joined.
 * @throws InvalidRequest
 */
export async function openBooks(
  books: RateBooks,
  currencies: Iterable<string>,
  vintage: Vintage,
  providers: readonly string[] = [REFERENCE.id],
): Promise<readonly RateBook[]> {
  const quotes = new Set(currencies);
  if (providers.length > 1)
    for (const id of providers) quotes.add((await books.open([], vintage, id)).provider.base);
  return Promise.all(providers.map((id) => books.open(quotes, vintage, id)));
}

interface QuoteRates {
  readonly byDate: ReadonlyMap<string, RateObservation>;
  readonly newest: string | null;
  readonly years: readonly PeriodAverage[];
  /** Means already computed, by period: a list asks for the same few again and again. */
  readonly averages: Map<string, PeriodAverage | null>;
}

/** How many histories of a currency, or lists of all currencies, are held at most: each some 7,000 rates. */
const MOST_HELD = 160;

/**
 * Gives the rate books of a snapshot. What has been read is held by the dataset version that it is of: a list needs the
 * rates of many days, and a long download reads an older version than others.
 */
export function createRateBooks(): (read: Snapshot) => RateBooks {
  const held = new LRUCache<string, Promise<unknown>>({ max: MOST_HELD });
  const once = <Part>(key: string, load: () => Promise<Part>): Promise<Part> => {
    let part = held.get(key) as Promise<Part> | undefined;
    if (part === undefined) {
      part = load();
      held.set(key, part);
      part.catch(() => held.delete(key));
    }
    return part;
  };
  return (read) => ({
    open: async (quotes, { now, asOf }, id = REFERENCE.id) => {
      const state = `${read.version} ${id}`;
      const provider = await once(`${state} ${asOf}`, () => requireProvider(read, id, asOf));
      const byCode = await once(state, () => readCurrencies(read, provider));
      const opened = new Map<string, QuoteRates>();
      for (const quote of quotes) {
        const load = () => readQuote(read, provider, quote, asOf);
        opened.set(quote, await once(`${state} ${quote} ${asOf}`, load));
      }
      return {
        provider,
        current: currentRateDate(provider, now),
        currencyOf: (code) => byCode.get(code),
        rateOn: (quote, date) => opened.get(quote)?.byDate.get(date),
        newestDay: (quote) => opened.get(quote)?.newest ?? null,
        average: (quote, { start, end }) =>
          start === null || end === null ? null : averageOf(opened.get(quote), start, end),
      };
    },
  });
}

/**
 * The provider of an id, with the days of which it was known at a time that it had published nothing.
 * @param field the parameter that names it
 * @throws InvalidRequest `unknownId` with those there are
 */
export async function requireProvider(
  read: Reader,
  id: string,
  asOf: string | null,
  field = 'rateProvider',
): Promise<NamedProvider> {
  const adapter = PROVIDERS.find((one) => one.id === id);
  if (adapter !== undefined) return providerAt(read, adapter, asOf);
  const providers = await importedProviders(read);
  const imported = providers.find((one) => one.id === id);
  if (imported !== undefined) return imported;
  const allowed = [...PROVIDERS, ...providers].map((one) => one.id);
  const message = `names no provider of rates that there is: ${JSON.stringify(id)}`;
  const suggestion = didYouMean(id, allowed);
  throw new InvalidRequest([{ in: 'query', name: field, code: 'unknownId', message, allowed, suggestion }]);
}

/** The providers whose rates were imported from files. */
export async function importedProviders(read: Reader): Promise<readonly NamedProvider[]> {
  const { provider: id, base } = rateSeries;
  const rows = await read.selectDistinct({ id, base }).from(rateSeries).orderBy(asc(id));
  return rows.filter((row) => !PROVIDER_IDS.includes(row.id)).map(importedProvider);
}

/** A provider with the days of which it was known at a time that it had published nothing. */
export async function providerAt<Provider extends RateProvider>(
  read: Reader,
  provider: Provider,
  asOf: string | null,
): Promise<Provider> {
  const days = await read
    .select({ date: unpublishedDays.date })
    .from(unpublishedDays)
    .where(and(eq(unpublishedDays.provider, provider.id), heldAt(asOf, unpublishedDays)));
  const daysWithoutRates = new Set(days.map(({ date }) => date));
  return { ...provider, calendar: { ...provider.calendar, daysWithoutRates } };
}

function averageOf(quote: QuoteRates | undefined, start: string, end: string): PeriodAverage | null {
  if (quote === undefined) return null;
  const key = `${start}/${end}`;
  const known = quote.averages.get(key);
  if (known !== undefined) return known;
  const average = averageOver(start, end, [...quote.byDate.values()], quote.years);
  quote.averages.set(key, average);
  return average;
}

async function readCurrencies(
  read: Reader,
  { id: provider }: RateProvider,
): Promise<ReadonlyMap<string, Currency>> {
  const [rows, series] = await Promise.all([
    read.select().from(currencies),
    read.select().from(rateSeries).where(eq(rateSeries.provider, provider)),
  ]);
  const seriesOf = new Map(
    series.map(({ gaps, ...row }): [string, Series] => [
      row.quote,
      { ...row, gaps: JSON.parse(gaps) as Series['gaps'] },
    ]),
  );
  return new Map(
    rows.map(({ id, minorUnits, endedOn, successor, irrevocable }) => [
      id,
      {
        ...{ code: id, minorUnits, endedOn, successor, series: seriesOf.get(id) ?? null },
        irrevocable: readIrrevocable(irrevocable),
      },
    ]),
  );
}

/** A fixed rate as a row of a currency holds it. */
export function readIrrevocable(json: string | null): IrrevocableRate | null {
  return json === null ? null : (JSON.parse(json) as IrrevocableRate);
}

/** Holds for the revisions of rates that counted at a time, or that count now. */
export function rateHeldAt(
  asOf: string | null,
  { observedAt, supersededAt }: Record<'observedAt' | 'supersededAt', Column> = rates,
): SQL | undefined {
  return heldAt(asOf, { recordedAt: observedAt, supersededAt });
}

export const OBSERVATION = {
  provider: rates.provider,
  base: rates.base,
  quote: rates.quote,
  date: rates.date,
  rate: rates.rate,
  revision: rates.revision,
  observedAt: rates.observedAt,
};

async function readQuote(
  read: Reader,
  { id: provider }: RateProvider,
  quote: string,
  asOf: string | null,
): Promise<QuoteRates> {
  const [observations, years] = await Promise.all([
    read
      .select(OBSERVATION)
      .from(rates)
      .where(and(eq(rates.provider, provider), eq(rates.quote, quote), rateHeldAt(asOf))),
    read
      .select()
      .from(rateAverages)
      .where(
        and(
          eq(rateAverages.provider, provider),
          eq(rateAverages.quote, quote),
          asOf === null ? undefined : lte(rateAverages.recordedAt, asOf),
        ),
      ),
  ]);
  const byDate = new Map<string, RateObservation>();
  let newest: string | null = null;
  for (const observation of observations) {
    byDate.set(observation.date, observation);
    if (newest === null || observation.date > newest) newest = observation.date;
  }
  return { byDate, newest, years, averages: new Map() };
}
