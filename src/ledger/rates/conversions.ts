import type { z } from 'zod';
import { DomainError, unlessRefused } from '../../domain/errors.ts';
import type { Amount } from '../../domain/money/amount.ts';
import type { Conversion, ConvertibleAmount, RateBasis, Route } from '../../domain/money/conversion.ts';
import { convertAmount, deviationPercent, RATE_BASES } from '../../domain/money/conversion.ts';
import type { RatePath } from '../../domain/money/conversion-routes.ts';
import {
  averageRoute,
  firstConvertible,
  firstPassable,
  latestRoute,
  pathsBetween,
  referenceRoute,
  statedRoute,
} from '../../domain/money/conversion-routes.ts';
import { irrevocableOn } from '../../domain/money/rates.ts';
import type { Period } from '../../domain/period/period.ts';
import { calendarYear } from '../../domain/period/period.ts';
import type { Interval, Prices } from '../../domain/statement.ts';
import type { Vintage } from '../../domain/vintage.ts';
import { PROBLEMS, problemOf } from '../../http/message/problem.ts';
import type { RateBook, RateBooks } from './book.ts';
import { openBooks } from './book.ts';
import { REFERENCE } from './provider.ts';
import type { ConversionQuery, NotConverted } from './schemas.ts';

export interface ConvertibleRecord {
  readonly amount: Amount;
  readonly interval?: Interval | null;
  readonly prices?: Prices;
  readonly statedConversions: readonly { readonly amount: Amount }[];
  readonly period: Pick<Period, 'start' | 'end'>;
  readonly publishedOn: string | null;
}

export type ReasonNotConverted = z.output<typeof NotConverted>;

interface ConversionResult {
  readonly converted: Conversion | null;
  readonly notConverted: ReasonNotConverted | null;
}

/** A query's conversion, or null where it asks for none. */
export function conversionRequest({ convertTo, rateBasis, rateDate, rateProvider }: ConversionQuery) {
  if (convertTo === undefined) return null;
  return {
    convertTo,
    rateBasis: rateBasis ?? (['publication'] as const),
    rateDate: rateDate ?? null,
    rateProvider: rateProvider ?? [REFERENCE.id],
  };
}
export type ConversionRequest = NonNullable<ReturnType<typeof conversionRequest>>;

/** What of a record is converted. */
function convertibleOf({ amount, interval }: ConvertibleRecord): ConvertibleAmount {
  return interval == null ? amount : { ...amount, interval };
}

/**
 * A converter for records in the given currencies: each route between two of them at a day or over a period is found once.
 * @throws InvalidRequest where a provider is not known
 */
export async function openConverter(
  books: RateBooks,
  currencies: Iterable<string>,
  request: ConversionRequest,
  vintage: Vintage,
) {
  const opened = await openBooks(books, [...currencies, request.convertTo], vintage, request.rateProvider);
  const routes = new Map<string, Route | DomainError>();
  const minorUnits = opened[0]?.currencyOf(request.convertTo)?.minorUnits ?? null;

  /** The route under a key, found once; a refusal is remembered as well. */
  const once = (key: string, find: () => Route): Route => {
    const route = routes.get(key) ?? unlessRefused(find);
    routes.set(key, route);
    if (route instanceof DomainError) throw route;
    return route;
  };
  /** @throws DomainError */
  const convert = (record: ConvertibleRecord): Conversion =>
    firstConvertible(request.rateBasis, (basis) =>
      convertAmount(convertibleOf(record), routeFor(basis, record, request, opened, once), minorUnits),
    );
  return {
    convert,
    /** The conversion, or the reason why there is none. */
    tryConvert: (record: ConvertibleRecord): ConversionResult => {
      const converted = unlessRefused(() => convert(record));
      return converted instanceof DomainError
        ? { converted: null, notConverted: reasonOf(converted) }
        : { converted, notConverted: null };
    },
  };
}

/** The year in whose prices a figure is reckoned that is in constant ones. */
function priceYearOf({ prices }: ConvertibleRecord): number | null {
  return prices?.kind === 'constant' ? prices.year : null;
}

function routeFor(
  basis: RateBasis,
  record: ConvertibleRecord,
  { convertTo: to, rateDate }: ConversionRequest,
  books: readonly RateBook[],
  once: (key: string, find: () => Route) => Route,
): Route {
  const { amount, publishedOn, period } = record;
  const from = amount.currency;
  const onceBy = (key: string, find: (path: RatePath<RateBook>) => Route): Route =>
    once(key, () => firstPassable(pathsBetween(books, from, to), find));
  switch (basis) {
    case 'publication':
      return onceBy(`publication ${from} ${publishedOn}`, (path) =>
        referenceRoute('publication', path, publishedOn),
      );
    case 'date':
      return onceBy(`date ${from}`, (path) => referenceRoute('date', path, rateDate));
    case 'latest':
      return onceBy(`latest ${from}`, latestBy);
    case 'periodAverage':
      return onceBy(`periodAverage ${from} ${period.start} ${period.end}`, (path) => averageBy(path, period));
    case 'priceYear': {
      const year = priceYearOf(record);
      if (year === null) throw new DomainError('priceYearUnknown', { from, to, prices: record.prices?.kind });
      return onceBy(`priceYear ${from} ${year}`, (path) => averageBy(path, calendarYear(year), 'priceYear'));
    }
    case 'stated': {
      const [book] = books;
      if (book === undefined) throw new Error('a conversion has no provider');
      const stated = record.statedConversions.map((conversion) => conversion.amount);
      return statedRoute(amount, to, stated, publishedOn, book);
    }
  }
}

/** The route at the newest rates that are held of all currencies on a way. */
export function latestBy(path: RatePath<RateBook>): Route {
  const today = path.steps[0]?.context.current.today ?? '';
  return latestRoute(path, newestDayOf(path, today), today);
}

/** The newest day on which every step has a rate, but for those that the law has fixed; null where one has none. */
export function newestDayOf({ steps }: RatePath<RateBook>, today: string): string | null {
  const days = steps
    .filter((step) => irrevocableOn(step, today) === null)
    .map(({ context, quote }) => context.newestDay(quote));
  return days.every((day) => day !== null) ? (days.sort()[0] ?? null) : null;
}

/** The route at the means over a period. */
export function averageBy(
  path: RatePath<RateBook>,
  period: Pick<Period, 'start' | 'end'>,
  basis?: 'periodAverage' | 'priceYear',
): Route {
  return averageRoute(path, period, ({ context, quote }) => context.average(quote, period), basis);
}

/**
 * A record at every basis, in the order of the bases, each with its deviation from the document's own conversion.
 * @param wanted `rateDate` adds the basis `date`
 * @throws InvalidRequest where a provider is not known
 */
export async function convertAtEveryBasis(
  books: RateBooks,
  record: ConvertibleRecord,
  wanted: Pick<ConversionQuery, 'rateDate' | 'rateProvider'> & { readonly to: string },
  vintage: Vintage,
) {
  const { to, rateDate = null, rateProvider = [REFERENCE.id] } = wanted;
  const rows: (ConversionResult & { readonly basis: RateBasis })[] = [];
  for (const basis of RATE_BASES) {
    if (basis === 'date' && rateDate === null) continue;
    if (basis === 'priceYear' && priceYearOf(record) === null) continue;
    const request = { convertTo: to, rateBasis: [basis], rateDate, rateProvider };
    const converter = await openConverter(books, [record.amount.currency], request, vintage);
    rows.push({ basis, ...converter.tryConvert(record) });
  }
  const stated = rows.find(({ basis }) => basis === 'stated')?.converted ?? null;
  return rows.map((row) => ({
    ...row,
    deviationFromStatedPercent: deviationPercent(figureOf(row.converted), figureOf(stated)),
  }));
}

/** The figure by which conversions are compared: the value, else a bound. */
function figureOf(conversion: Conversion | null): string | null {
  return conversion === null ? null : (conversion.value ?? conversion.low ?? conversion.high);
}

/** Why there is no conversion, as a problem document would say it. */
export function reasonOf(error: DomainError): ReasonNotConverted {
  const { code, message: detail } = problemOf(error);
  return { code, title: PROBLEMS[code].title, detail };
}
