import type { Column, SQL } from 'drizzle-orm';
import { LRUCache } from 'lru-cache';
import type {
  Currency,
  PeriodAverage,
  RateContext,
  RateObservation,
  Series,
} from '../../domain/money/rates.ts';
import { averageOver, rateClock } from '../../domain/money/rates.ts';
import type { Vantage } from '../../http/query/vintage.ts';
import { and, eq, gt, isNull, lte, or, sql } from '../../store/query.ts';
import type { Reader, Snapshot } from '../../store/store.ts';
import { currencies, rateAverages, rateSeries, rates } from '../../store/tables/schema.ts';
import { ECB } from './providers/ecb-addresses.ts';

/** Everything that conversions between some currencies read, in memory and of one state of the ledger. */
export interface RateBook extends RateContext {
  /** The newest day on which all of the currencies have a rate, or null. */
  readonly newestDay: (quotes: readonly string[]) => string | null;
  /** The mean over a period, from what is held; null where nothing is. */
  readonly average: (
    quote: string,
    period: { readonly start: string | null; readonly end: string | null },
  ) => PeriodAverage | null;
}

/** Hands out rate books. */
export interface RateBooks {
  /** @param quotes the currencies whose euro rates are needed; unknown ones are simply not in it */
  readonly open: (quotes: Iterable<string>, vantage: Vantage) => Promise<RateBook>;
}

/** How many currencies' histories are kept at most: those of now, and of the times lately asked for. */
const MOST_KEPT = 128;

interface QuoteRates {
  readonly byDate: ReadonlyMap<string, RateObservation>;
  readonly newest: string | null;
  readonly years: readonly PeriodAverage[];
  /** Means already computed, by period: a list asks for the same few again and again. */
  readonly averages: Map<string, PeriodAverage | null>;
}

/** What has been read of the rates of one dataset version. */
interface Held {
  readonly currencies: Promise<ReadonlyMap<string, Currency>>;
  readonly byQuote: Map<string, Promise<QuoteRates>>;
}

/** Of how many dataset versions rates are held: that of now, and those that long streams still read. */
const MOST_VERSIONS = 4;

/**
 * Gives the rate books of a snapshot. What has been read of a dataset version is held: a currency's whole history is
 * some 7,000 rates, and a list needs those of many days.
 */
export function createRateBooks(): (read: Snapshot) => RateBooks {
  const versions = new LRUCache<string, Held>({ max: MOST_VERSIONS });
  return (read) => ({
    open: async (quotes, { now, asOf }) => {
      const held = versions.get(read.version) ?? { currencies: readCurrencies(read), byQuote: new Map() };
      versions.set(read.version, held);
      const byCode = await held.currencies;
      const { byQuote } = held;
      const opened = new Map<string, QuoteRates>();
      for (const quote of quotes) {
        const key = asOf === null ? quote : `${quote} ${asOf}`;
        let loading = byQuote.get(key);
        if (loading === undefined) {
          if (byQuote.size >= MOST_KEPT) byQuote.clear();
          loading = readQuote(read, quote, asOf);
          byQuote.set(key, loading);
        }
        opened.set(quote, await loading);
      }
      return {
        clock: rateClock(now),
        currencyOf: (code) => byCode.get(code),
        rateOn: (quote, date) => opened.get(quote)?.byDate.get(date),
        newestDay: (needed) => newestCommonDay(needed.map((quote) => opened.get(quote))),
        average: (quote, { start, end }) =>
          start === null || end === null ? null : averageOf(opened.get(quote), start, end),
      };
    },
  });
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

function newestCommonDay(quotes: readonly (QuoteRates | undefined)[]): string | null {
  let day: string | null = null;
  for (const quote of quotes) {
    if (quote === undefined || quote.newest === null) return null;
    if (day === null || quote.newest < day) day = quote.newest;
  }
  return day;
}

async function readCurrencies(read: Reader): Promise<ReadonlyMap<string, Currency>> {
  const [facts, series] = await Promise.all([
    read.select().from(currencies),
    read.select().from(rateSeries).where(eq(rateSeries.provider, ECB)),
  ]);
  const seriesOf = new Map(
    series.map(({ gaps, ...row }): [string, Series] => [
      row.quote,
      { ...row, gaps: JSON.parse(gaps) as Series['gaps'] },
    ]),
  );
  return new Map(
    facts.map(({ id, minorUnits, endedOn, successor }) => [
      id,
      { code: id, minorUnits, endedOn, successor, series: seriesOf.get(id) ?? null },
    ]),
  );
}

/** Holds for the revisions of rates that counted at a time, or that count now. */
export function rateHeldAt(
  asOf: string | null,
  table: { readonly observedAt: Column; readonly supersededAt: Column } = rates,
): SQL | undefined {
  if (asOf === null) return isNull(table.supersededAt);
  return and(lte(table.observedAt, asOf), or(isNull(table.supersededAt), gt(table.supersededAt, asOf)));
}

/** The columns of a rate as the domain reads it. */
export const OBSERVATION = {
  provider: rates.provider,
  base: rates.base,
  quote: rates.quote,
  date: rates.date,
  rate: rates.rate,
  revision: rates.revision,
  observedAt: rates.observedAt,
};

async function readQuote(read: Reader, quote: string, asOf: string | null): Promise<QuoteRates> {
  const [observations, years] = await Promise.all([
    read
      .select(OBSERVATION)
      .from(rates)
      .where(and(eq(rates.provider, ECB), eq(rates.quote, quote), rateHeldAt(asOf))),
    read
      .select()
      .from(rateAverages)
      .where(
        and(
          eq(rateAverages.provider, ECB),
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

/** The newest day on which a provider's rates are held, or null. */
export async function newestRateDay(read: Reader, asOf: string | null = null): Promise<string | null> {
  const [row] = await read
    .select({ newest: sql<string | null>`max(${rates.date})` })
    .from(rates)
    .where(and(eq(rates.provider, ECB), rateHeldAt(asOf)));
  return row?.newest ?? null;
}
