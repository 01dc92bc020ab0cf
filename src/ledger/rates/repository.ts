import type { SQL } from 'drizzle-orm';
import { LRUCache } from 'lru-cache';
import type { RateProvider } from '../../domain/money/rate-provider.ts';
import {
  currentRateDate,
  effectiveDay,
  publishingDayBefore,
  publishingDaysBetween,
} from '../../domain/money/rate-provider.ts';
import type { RateObservation } from '../../domain/money/rates.ts';
import { addDays, daysBetween } from '../../domain/period/calendar.ts';
import type { Vintage } from '../../domain/vintage.ts';
import type { PageOf, PageRequest } from '../../store/keyset.ts';
import { keysetPage } from '../../store/keyset.ts';
import {
  alias,
  and,
  asc,
  eq,
  exists,
  getTableColumns,
  gte,
  inArray,
  isNotNull,
  isNull,
  lte,
  not,
  or,
  sql,
} from '../../store/query.ts';
import type { Reader, Snapshot } from '../../store/store.ts';
import { currencies, rateQuarantine, rateSeries, rateSyncs, rates } from '../../store/tables/schema.ts';
import type { CatalogueTable } from '../catalogue/repository.ts';
import { OBSERVATION, providerAt, rateHeldAt, readIrrevocable, requireProvider } from './book.ts';
import type { NamedProvider } from './fetching.ts';
import type { Currency, CurrencyFilters, RateFreshness, RateListQuery, RateSortKey } from './schemas.ts';

/** Published rates are of no forecast. Not a bare constant: no list is sorted by one. */
const NO_FORECAST = sql`cast('' as text)`;

/** Holds for the rates in service of a series. */
function currentOf(series: typeof rateSeries) {
  return and(eq(rates.provider, series.provider), eq(rates.quote, series.quote), isNull(rates.supersededAt));
}

/** The currencies, each with the series that providers set for it, and what is held of each. */
export const CURRENCIES: CatalogueTable<Currency> = {
  table: currencies,
  columns: getTableColumns(currencies),
  where: async (read, { provider, ended }: CurrencyFilters) => {
    if (provider !== undefined) await requireProvider(read, provider, null, 'provider');
    const series = read.select({ quote: rateSeries.quote }).from(rateSeries);
    return and(
      provider === undefined
        ? undefined
        : exists(series.where(and(eq(rateSeries.quote, currencies.id), eq(rateSeries.provider, provider)))),
      ended === undefined ? undefined : (ended ? isNotNull : isNull)(currencies.endedOn),
    );
  },
  complete: async (read, rows: readonly (typeof currencies.$inferSelect)[]) => {
    const ids = rows.map(({ id }) => id);
    const held = (what: SQL) => sql`(select ${what} from ${rates} where ${currentOf(rateSeries)})`;
    const { date } = rates;
    const series = await read
      .select({
        ...getTableColumns(rateSeries),
        heldFrom: held(sql`min(${date})`) as SQL<string | null>,
        heldTo: held(sql`max(${date})`) as SQL<string | null>,
        heldDays: held(sql`count(*)`) as SQL<number>,
      })
      .from(rateSeries)
      .where(inArray(rateSeries.quote, ids))
      .orderBy(asc(rateSeries.provider));
    const byQuote = Map.groupBy(series, ({ quote }) => quote);
    return rows.map((row) => ({
      ...row,
      irrevocable: readIrrevocable(row.irrevocable),
      series: (byQuote.get(row.id) ?? []).map(({ quote: _, gaps, heldFrom, heldTo, heldDays, ...own }) => ({
        ...own,
        gaps: JSON.parse(gaps) as Currency['series'][number]['gaps'],
        held:
          heldFrom === null || heldTo === null
            ? null
            : { from: heldFrom, to: heldTo, days: Number(heldDays) },
      })),
    }));
  },
};

/** Which published rates are asked for. */
export interface PublishedFilters extends Pick<RateListQuery, 'provider' | 'quotes' | 'from' | 'to'> {
  /** Only days on which this currency has a rate as well: the base of crosses. */
  readonly alsoHeld: string | undefined;
  readonly asOf: string | null;
}

function publishedIn(read: Reader, { provider, quotes, from, to, alsoHeld, asOf }: PublishedFilters) {
  const other = alias(rates, 'other');
  const ofBase = and(eq(other.provider, rates.provider), eq(other.date, rates.date), rateHeldAt(asOf, other));
  const rateOf = (code: string) =>
    read
      .select({ quote: other.quote })
      .from(other)
      .where(and(ofBase, eq(other.quote, code)));
  return and(
    eq(rates.provider, provider),
    rateHeldAt(asOf),
    quotes && inArray(rates.quote, quotes),
    from === undefined ? undefined : gte(rates.date, from),
    to === undefined ? undefined : lte(rates.date, to),
    alsoHeld === undefined ? undefined : exists(rateOf(alsoHeld)),
  );
}

export function listPublishedRates(
  read: Reader,
  filters: PublishedFilters,
  page: PageRequest<RateSortKey>,
): Promise<PageOf<RateObservation>> {
  const { alsoHeld } = filters;
  // A cross is sorted by the quote that is shown: the row of its base's own rate is that of the provider's base.
  const shownQuote =
    alsoHeld === undefined
      ? rates.quote
      : sql`case when ${rates.quote} = ${alsoHeld} then ${rates.base} else ${rates.quote} end`;
  return keysetPage<RateObservation, RateSortKey>(
    read,
    {
      table: rates,
      select: OBSERVATION,
      where: publishedIn(read, filters),
      // A published rate has no forecast: the key is there for the rates that documents imply.
      columns: { date: rates.date, quote: shownQuote, forecast: NO_FORECAST },
      valueOf: (row, key) =>
        key === 'forecast' ? '' : key === 'quote' && row.quote === alsoHeld ? row.base : row[key],
      complete: async (rows) => rows as readonly RateObservation[],
    },
    page,
  );
}

/** The earlier revisions of published rates that were corrected, oldest first, under "quote date". */
export async function earlierRevisions(
  read: Reader,
  provider: string,
  observations: readonly Pick<RateObservation, 'quote' | 'date' | 'revision'>[],
): Promise<ReadonlyMap<string, readonly RateObservation[]>> {
  if (observations.length === 0) return new Map();
  const dates = observations.map(({ date }) => date).sort();
  const rows = await read
    .select(OBSERVATION)
    .from(rates)
    .where(
      and(
        eq(rates.provider, provider),
        isNotNull(rates.supersededAt),
        inArray(rates.quote, [...new Set(observations.map(({ quote }) => quote))]),
        gte(rates.date, dates.at(0) ?? ''),
        lte(rates.date, dates.at(-1) ?? ''),
      ),
    )
    .orderBy(asc(rates.revision));
  const keyOf = ({ quote, date }: (typeof observations)[number]): string => `${quote} ${date}`;
  const shown = new Map(observations.map((observation) => [keyOf(observation), observation.revision]));
  const earlier = rows.filter((row) => row.revision < (shown.get(keyOf(row)) ?? 0));
  return Map.groupBy(earlier, keyOf);
}

/** On how many days at least one rate of a list was published. */
export async function heldDays(read: Reader, filters: PublishedFilters): Promise<number> {
  const [row] = await read
    .select({ days: sql<number>`count(distinct ${rates.date})` })
    .from(rates)
    .where(publishedIn(read, filters));
  return Number(row?.days);
}

/** The days on which a rate of a list was published. */
export async function daysHeld(read: Reader, filters: PublishedFilters): Promise<ReadonlySet<string>> {
  const rows = await read
    .selectDistinct({ date: sql<string>`${rates.date}` })
    .from(rates)
    .where(publishedIn(read, filters));
  return new Set(rows.map(({ date }) => date));
}

/** The currencies for which a provider sets rates on a day, or on some of several, by its series. */
export async function quotedOn(
  read: Reader,
  provider: string,
  from: string,
  to = from,
): Promise<readonly string[]> {
  const rows = await read
    .select({ quote: rateSeries.quote })
    .from(rateSeries)
    .where(
      and(
        eq(rateSeries.provider, provider),
        lte(rateSeries.firstDay, to),
        or(isNull(rateSeries.lastDay), gte(rateSeries.lastDay, from)),
      ),
    )
    .orderBy(asc(rateSeries.quote));
  return rows.map(({ quote }) => quote);
}

/** The newest day on which a provider's rates are held, or null. */
async function newestRateDay(read: Reader, provider: string, asOf: string | null): Promise<string | null> {
  const [row] = await read
    .select({ newest: sql<string | null>`max(${rates.date})` })
    .from(rates)
    .where(and(eq(rates.provider, provider), rateHeldAt(asOf)));
  return row?.newest ?? null;
}

/** When a provider's rates were last fetched; null where they never were. */
export async function lastSuccess(read: Reader, { id }: RateProvider): Promise<string | null> {
  const [sync] = await read.select().from(rateSyncs).where(eq(rateSyncs.provider, id));
  return sync?.succeededAt ?? null;
}

export async function rateFreshness(
  read: Snapshot,
  named: NamedProvider,
  { now, asOf }: Vintage,
): Promise<RateFreshness> {
  const provider = await providerAt(read, named, asOf);
  const [newestDate, [sync], quarantined] = await Promise.all([
    newestRateDay(read, provider.id, asOf),
    read.select().from(rateSyncs).where(eq(rateSyncs.provider, provider.id)),
    read.$count(rateQuarantine, and(eq(rateQuarantine.provider, provider.id), stillKeptOut(read))),
  ]);
  const current = currentRateDate(provider, now);
  const missingDays = (newest: string): number | null => {
    if (provider.calendar.hasUnknownClosings) return null;
    const { effectiveDate: lastPublished } = effectiveDay(current.today, provider, current);
    return newest >= lastPublished
      ? 0
      : publishingDaysBetween(provider.calendar, addDays(newest, 1), lastPublished);
  };
  const age =
    newestDate === null
      ? { ageDays: null, heldFrom: null, missingDays: null }
      : {
          ageDays: daysBetween(newestDate, current.today),
          heldFrom: await heldFrom(read, provider, newestDate, asOf),
          missingDays: missingDays(newestDate),
        };
  return {
    newestDate,
    ...age,
    attemptedAt: sync?.attemptedAt ?? null,
    succeededAt: sync?.succeededAt ?? null,
    failure: sync?.failure == null ? null : (JSON.parse(sync.failure) as { code: string }).code,
    quarantined,
    attribution: provider.attribution,
  };
}

const heldFromByState = new LRUCache<string, string>({ max: 16 });

/**
 * The oldest day from which to the newest one no publishing day is known to be without rates: a walk over some 7,000 days.
 */
async function heldFrom(
  read: Snapshot,
  { id, calendar }: RateProvider,
  newest: string,
  asOf: string | null,
): Promise<string> {
  const key = `${read.version} ${id} ${asOf}`;
  const known = heldFromByState.get(key);
  if (known !== undefined) return known;
  const held = new Set((await heldDates(read, id, asOf)).map(({ date }) => date));
  let day = calendar.hasUnknownClosings ? ([...held].sort()[0] ?? newest) : newest;
  for (;;) {
    const before = publishingDayBefore(calendar, day);
    if (before === null || !held.has(before)) break;
    day = before;
  }
  heldFromByState.set(key, day);
  return day;
}

/**
 * The days on which a rate is held. For the present one step down the index from each day to the next, which takes half
 * as long as reading 200,000 rates. A past state has no such index.
 */
export function heldDates(read: Reader, provider: string, asOf: string | null) {
  if (asOf !== null)
    return read
      .selectDistinct({ date: sql<string>`${rates.date}` })
      .from(rates)
      .where(and(eq(rates.provider, provider), rateHeldAt(asOf)));
  const newest = sql`select max(${rates.date}) from ${rates} where ${rates.provider} = ${provider} and ${rates.supersededAt} is null`;
  const days = sql`(with recursive days(day) as (
    select (${newest}) union all
    select (${newest} and ${rates.date} < days.day) from days where days.day is not null
  ) select day from days where day is not null) as held`;
  return read.select({ date: sql<string>`day` }).from(days);
}

/** Reports of days that have no rate in service: the provider has not repaired them since. */
function stillKeptOut(read: Reader) {
  return not(
    exists(
      read
        .select({ quote: rates.quote })
        .from(rates)
        .where(
          and(
            eq(rates.provider, rateQuarantine.provider),
            eq(rates.quote, rateQuarantine.quote),
            eq(rates.date, rateQuarantine.date),
            isNull(rates.supersededAt),
          ),
        ),
    ),
  );
}

export function listQuarantined(read: Reader): PromiseLike<(typeof rateQuarantine.$inferSelect)[]> {
  return read
    .select()
    .from(rateQuarantine)
    .orderBy(sql`${rateQuarantine.reportedAt} desc`, asc(rateQuarantine.quote));
}
