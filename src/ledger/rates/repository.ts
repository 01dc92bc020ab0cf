import type { RateObservation } from '../../domain/money/rates.ts';
import { effectiveDay, rateAgeDays, rateClock } from '../../domain/money/rates.ts';
import { addDays, lastTargetDayOnOrBefore, targetDaysBetween } from '../../domain/period/calendar.ts';
import type { Vantage } from '../../http/query/vintage.ts';
import type { PageOf, PageRequest } from '../../store/keyset.ts';
import { keysetPage } from '../../store/keyset.ts';
import { readDatasetVersion } from '../../store/ledger-state.ts';
import {
  alias,
  and,
  asc,
  eq,
  exists,
  gte,
  inArray,
  isNotNull,
  isNull,
  lte,
  not,
  sql,
} from '../../store/query.ts';
import type { Reader } from '../../store/sqlite/storage.ts';
import { currencies, rateQuarantine, rateSeries, rateSyncs, rates } from '../../store/tables/schema.ts';
import { newestRateDay, OBSERVATION, rateHeldAt } from './book.ts';
import { ECB } from './providers/ecb-addresses.ts';
import type { Currency, CurrencyFilters, CurrencySortKey, RateFreshness, RateSortKey } from './schemas.ts';

type CurrencyRow = typeof currencies.$inferSelect;

async function withSeries(read: Reader, rows: readonly CurrencyRow[]): Promise<Currency[]> {
  const ids = rows.map(({ id }) => id);
  const series =
    ids.length === 0 ? [] : await read.select().from(rateSeries).where(inArray(rateSeries.quote, ids));
  return rows.map((row) => ({
    ...row,
    series: series
      .filter(({ quote }) => quote === row.id)
      .map(({ quote: _, gaps, ...facts }) => ({
        ...facts,
        gaps: JSON.parse(gaps) as Currency['series'][number]['gaps'],
      })),
  }));
}

export function listCurrencies(
  read: Reader,
  filters: CurrencyFilters,
  page: PageRequest<CurrencySortKey>,
): Promise<PageOf<Currency>> {
  const { provider, ended } = filters;
  const hasSeries = (name: string) =>
    exists(
      read
        .select({ quote: rateSeries.quote })
        .from(rateSeries)
        .where(and(eq(rateSeries.quote, currencies.id), eq(rateSeries.provider, name))),
    );
  return keysetPage<Currency, CurrencySortKey>(
    {
      where: and(
        provider && hasSeries(provider),
        ended && (ended === 'true' ? isNotNull(currencies.endedOn) : isNull(currencies.endedOn)),
      ),
      columns: { id: currencies.id, name: currencies.name },
      valueOf: (row, key) => row[key],
      rows: async (where, order, limit) =>
        withSeries(
          read,
          await read
            .select()
            .from(currencies)
            .where(where)
            .orderBy(...order)
            .limit(limit),
        ),
      total: (where) => read.$count(currencies, where),
    },
    page,
  );
}

export async function findCurrency(read: Reader, id: string): Promise<Currency | undefined> {
  return (await withSeries(read, await read.select().from(currencies).where(eq(currencies.id, id))))[0];
}

export interface PublishedRateFilters {
  readonly quotes: readonly string[] | undefined;
  readonly from: string | undefined;
  readonly to: string | undefined;
  /** Only days on which this currency has a rate as well. */
  readonly alsoHeld: string | undefined;
  readonly asOf: string | null;
}

/** A page of the current revisions of published rates. */
export function listPublishedRates(
  read: Reader,
  filters: PublishedRateFilters,
  page: PageRequest<RateSortKey>,
): Promise<PageOf<RateObservation>> {
  const { quotes, from, to, alsoHeld, asOf } = filters;
  const other = alias(rates, 'other');
  const heldToo =
    alsoHeld === undefined
      ? undefined
      : exists(
          read
            .select({ quote: other.quote })
            .from(other)
            .where(
              and(
                eq(other.provider, rates.provider),
                eq(other.quote, alsoHeld),
                eq(other.date, rates.date),
                rateHeldAt(asOf, other),
              ),
            ),
        );
  return keysetPage<RateObservation, RateSortKey>(
    {
      where: and(
        eq(rates.provider, ECB),
        rateHeldAt(asOf),
        quotes && inArray(rates.quote, [...quotes]),
        from === undefined ? undefined : gte(rates.date, from),
        to === undefined ? undefined : lte(rates.date, to),
        heldToo,
      ),
      // A published rate has no forecast: the key is there for the rates that documents imply.
      columns: { date: rates.date, quote: rates.quote, forecast: sql`''` },
      valueOf: (row, key) => (key === 'forecast' ? '' : row[key]),
      rows: (where, order, limit) =>
        read
          .select(OBSERVATION)
          .from(rates)
          .where(where)
          .orderBy(...order)
          .limit(limit),
      total: (where) => read.$count(rates, where),
    },
    page,
  );
}

/** The earlier revisions of published rates that were corrected, oldest first, under "quote date". */
export async function earlierRevisions(
  read: Reader,
  observations: readonly Pick<RateObservation, 'quote' | 'date' | 'revision'>[],
): Promise<ReadonlyMap<string, readonly RateObservation[]>> {
  const found = new Map<string, RateObservation[]>();
  if (observations.length === 0) return found;
  const dates = observations.map(({ date }) => date).sort();
  const rows = await read
    .select(OBSERVATION)
    .from(rates)
    .where(
      and(
        eq(rates.provider, ECB),
        isNotNull(rates.supersededAt),
        inArray(rates.quote, [...new Set(observations.map(({ quote }) => quote))]),
        gte(rates.date, dates.at(0) ?? ''),
        lte(rates.date, dates.at(-1) ?? ''),
      ),
    )
    .orderBy(asc(rates.revision));
  const shown = new Map(observations.map(({ quote, date, revision }) => [`${quote} ${date}`, revision]));
  for (const row of rows) {
    const key = `${row.quote} ${row.date}`;
    if (row.revision >= (shown.get(key) ?? 0)) continue;
    found.set(key, [...(found.get(key) ?? []), row]);
  }
  return found;
}

/** The currencies for which the provider sets rates on a day, by its series. */
export async function quotedOn(read: Reader, date: string): Promise<readonly string[]> {
  const rows = await read
    .select({ quote: rateSeries.quote })
    .from(rateSeries)
    .where(
      and(
        eq(rateSeries.provider, ECB),
        lte(rateSeries.firstDay, date),
        not(and(isNotNull(rateSeries.lastDay), sql`${rateSeries.lastDay} < ${date}`) ?? sql`false`),
      ),
    )
    .orderBy(asc(rateSeries.quote));
  return rows.map(({ quote }) => quote);
}

/** How old the reference rates are, and how fetching them went. */
export async function rateFreshness(read: Reader, { now, asOf }: Vantage): Promise<RateFreshness> {
  const [newestDate, [sync], quarantined] = await Promise.all([
    newestRateDay(read, asOf),
    read.select().from(rateSyncs).where(eq(rateSyncs.provider, ECB)),
    read.$count(rateQuarantine, stillKeptOut(read)),
  ]);
  const clock = rateClock(now);
  const lastPublished = effectiveDay(clock.today, clock).effectiveDate;
  return {
    newestDate,
    ageDays: newestDate === null ? null : rateAgeDays(newestDate, clock),
    heldFrom: newestDate === null ? null : await heldFrom(read, newestDate, asOf),
    missingDays:
      newestDate === null
        ? null
        : newestDate >= lastPublished
          ? 0
          : targetDaysBetween(addDays(newestDate, 1), lastPublished),
    attemptedAt: sync?.attemptedAt ?? null,
    succeededAt: sync?.succeededAt ?? null,
    failure: sync?.failure == null ? null : (JSON.parse(sync.failure) as { code: string }).code,
    quarantined,
    attribution: 'Source: ECB statistics',
  };
}

const heldFromKept = new WeakMap<Reader, { readonly key: string; readonly day: string }>();

/**
 * The oldest day from which to the newest one no publishing day is without rates. What was found is kept until the ledger
 * changes: it takes a walk over some 7,000 days.
 */
async function heldFrom(read: Reader, newest: string, asOf: string | null): Promise<string> {
  const key = `${await readDatasetVersion(read)} ${asOf}`;
  const kept = heldFromKept.get(read);
  if (kept?.key === key) return kept.day;
  const rows = await heldDates(read, asOf);
  const held = new Set(rows.map(({ date }) => date));
  let day = newest;
  for (;;) {
    const before = lastTargetDayOnOrBefore(addDays(day, -1));
    if (before === null || !held.has(before)) break;
    day = before;
  }
  heldFromKept.set(read, { key, day });
  return day;
}

/**
 * The days on which a rate is held. For the present from each day one step down the index to the next: reading over
 * 200,000 rates for their 7,000 days takes twice as long. A past state has no such index and is read whole.
 */
export function heldDates(read: Reader, asOf: string | null) {
  if (asOf !== null)
    return read
      .selectDistinct({ date: sql<string>`${rates.date}` })
      .from(rates)
      .where(and(eq(rates.provider, ECB), rateHeldAt(asOf)));
  const newest = sql`select max(${rates.date}) from ${rates} where ${rates.provider} = ${ECB} and ${rates.supersededAt} is null`;
  const days = sql`(with recursive days(day) as (
    select (${newest}) union all
    select (${newest} and ${rates.date} < days.day) from days where days.day is not null
  ) select day from days where day is not null)`;
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

/** The rates kept out of service, newest report first. */
export function listQuarantined(read: Reader): PromiseLike<(typeof rateQuarantine.$inferSelect)[]> {
  return read
    .select()
    .from(rateQuarantine)
    .orderBy(sql`${rateQuarantine.reportedAt} desc`, asc(rateQuarantine.quote));
}
