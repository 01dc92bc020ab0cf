import type { SQL } from 'drizzle-orm';
import { and, asc, eq, gte, inArray, isNull, lte, ne, or, sql } from '../db/drizzle.ts';
import type { PageOf, PageRequest } from '../db/keyset.ts';
import { keysetPage } from '../db/keyset.ts';
import {
  collections,
  currencies,
  forecastRelations,
  forecasts,
  measures,
  organisations,
  regions,
  scopes,
  sectors,
  sources,
} from '../db/schema.ts';
import { amountSortKey, sortKey } from '../db/sort-key.ts';
import type { Reader } from '../db/storage.ts';
import type { Amount } from '../domain/amount.ts';
import type { Evidence } from '../domain/evidence.ts';
import { impliedRatio } from '../domain/ratio.ts';
import { withDescendants } from '../sectors/repository.ts';
import { FOUND_ID, FOUND_RELEVANCE, foundBy, foundBySearch, highlightsOf } from './full-text.ts';
import type { Forecast, ForecastFilters, ForecastListQuery } from './schemas.ts';

type ForecastRow = typeof forecasts.$inferSelect;
export type ForecastSortKey = ForecastListQuery['sort'][number]['key'];

/** A stated conversion as a row keeps it: the rest is computed from it. */
export interface StoredConversion {
  readonly amount: Amount;
  readonly evidence: Evidence;
}

/** Where the ids that the filters take come from. */
export const FILTERED_TABLES = {
  sector: sectors,
  forecaster: organisations,
  source: sources,
  measure: measures,
  region: regions,
  collection: collections,
  scope: scopes,
  currency: currencies,
} as const;

/** One condition for each filter: what its value asks of a row. */
const CONDITIONS: {
  readonly [Name in keyof ForecastFilters]-?: (value: NonNullable<ForecastFilters[Name]>) => SQL | undefined;
} = {
  q: foundBy,
  sector: (ids) => inArray(forecasts.sectorId, ids),
  sectorOnly: () => undefined,
  forecaster: (ids) => inArray(forecasts.forecasterId, ids),
  source: (ids) => inArray(forecasts.sourceId, ids),
  measure: (ids) => inArray(forecasts.measureId, ids),
  region: (ids) => inArray(forecasts.regionId, ids),
  currency: (codes) => inArray(forecasts.amountCurrency, codes),
  collection: (ids) => inArray(forecasts.collectionId, ids),
  scope: (ids) => inArray(forecasts.scopeId, ids),
  qualifier: (values) => inArray(forecasts.amountQualifier, values),
  confidence: (values) => inArray(forecasts.confidence, values),
  publishedFrom: (day) => gte(forecasts.publishedOn, day),
  publishedTo: (day) => lte(forecasts.publishedOn, day),
  // A cumulative-to period begins at an unknown day, so a missing start excludes nothing; without any date there is no overlap to speak of.
  periodFrom: (day) => gte(forecasts.periodEnd, day),
  periodTo: (day) =>
    and(
      or(isNull(forecasts.periodStart), lte(forecasts.periodStart, day)),
      sql`${forecasts.periodEnd} is not null`,
    ),
  amountMin: (amount) => gte(forecasts.amountSortKey, sortKey(amount) ?? ''),
  amountMax: (amount) => lte(forecasts.amountSortKey, sortKey(amount) ?? ''),
};

/** The condition of a list: current revisions that every given filter holds for. */
export async function matching(read: Reader, filters: ForecastFilters): Promise<SQL | undefined> {
  const { sector, sectorOnly } = filters;
  const resolved =
    sector !== undefined && sectorOnly !== true
      ? { ...filters, sector: [...(await withDescendants(read, sector))] }
      : filters;
  const conditions = Object.entries(CONDITIONS).map(([name, condition]) => {
    const value = resolved[name as keyof ForecastFilters];
    return value === undefined ? undefined : (condition as (value: unknown) => SQL | undefined)(value);
  });
  return and(isNull(forecasts.supersededAt), ...conditions);
}

const SORT_COLUMNS = {
  id: forecasts.id,
  publishedOn: forecasts.publishedOn,
  recordedAt: forecasts.recordedAt,
  forecaster: forecasts.forecasterId,
  sector: forecasts.sectorId,
  measure: forecasts.measureId,
  periodStart: forecasts.periodStart,
  periodEnd: forecasts.periodEnd,
  amount: forecasts.amountSortKey,
  relevance: FOUND_RELEVANCE,
} as const satisfies Record<ForecastSortKey, unknown>;

/** How well a record fits the search that found it, for the list's order only: JSON leaves symbols out. */
const RELEVANCE = Symbol('relevance');
type Found = { readonly [RELEVANCE]?: number };

/** What a list's place is made of, for each sort key. */
export function sortValue(
  forecast: Omit<Forecast, 'converted' | 'notConverted'>,
  key: ForecastSortKey,
): string | number | null {
  switch (key) {
    case 'periodStart':
      return forecast.period.start;
    case 'periodEnd':
      return forecast.period.end;
    case 'amount':
      return amountSortKey(forecast.amount);
    case 'relevance':
      return (forecast as Found)[RELEVANCE] ?? null;
    default:
      return forecast[key];
  }
}

const NAMES = {
  forecaster: organisations.name,
  source: sources.title,
  sector: sectors.name,
  region: regions.name,
  measure: measures.name,
};

/** Current or other revisions, with their names; where there is a search, only what it finds. */
function selection(read: Reader, where: SQL | undefined, search?: string) {
  const fields = read.select({
    row: forecasts,
    names: { ...NAMES, forecaster: sql<string | null>`${organisations.name}` },
    relevance: search === undefined ? sql<number | null>`null` : FOUND_RELEVANCE,
  });
  const plain = () => fields.from(forecasts);
  const rows =
    search === undefined
      ? plain()
      : // The same rows with one more table before them; its only column is selected above.
        (fields.from(foundBySearch(search)).crossJoin(forecasts) as unknown as ReturnType<typeof plain>);
  return rows
    .innerJoin(sources, eq(sources.id, forecasts.sourceId))
    .innerJoin(sectors, eq(sectors.id, forecasts.sectorId))
    .innerJoin(regions, eq(regions.id, forecasts.regionId))
    .innerJoin(measures, eq(measures.id, forecasts.measureId))
    .leftJoin(organisations, eq(organisations.id, forecasts.forecasterId))
    .where(search === undefined ? where : and(sql`${forecasts.id} = ${FOUND_ID}`, where));
}

/** A page of current forecasts. */
export async function listForecasts(
  read: Reader,
  filters: ForecastFilters,
  page: PageRequest<ForecastSortKey>,
): Promise<PageOf<Forecast>> {
  // What is searched for is joined, with its relevance; the same as a condition beside the join would be asked for twice.
  const { q, ...others } = filters;
  return keysetPage<Forecast, ForecastSortKey>(
    {
      where: await matching(read, others),
      columns: SORT_COLUMNS,
      valueOf: sortValue,
      rows: async (where, order, limit) => {
        const rows = await selection(read, where, q)
          .orderBy(...order)
          .limit(limit);
        return complete(read, rows, q);
      },
      total: (where) => read.$count(forecasts, q === undefined ? where : and(where, foundBy(q))),
    },
    page,
  );
}

/** All current forecasts of a query, in no particular order, but not more than a number of them. */
export async function someForecasts(
  read: Reader,
  filters: ForecastFilters,
  most: number,
): Promise<readonly Forecast[]> {
  const { q, ...others } = filters;
  const rows = await selection(read, await matching(read, others), q).limit(most);
  return complete(read, rows, q);
}

/** The current revision of a forecast. */
export async function findForecast(read: Reader, id: string): Promise<Forecast | undefined> {
  const rows = await selection(read, and(eq(forecasts.id, id), isNull(forecasts.supersededAt)));
  return (await complete(read, rows))[0];
}

/** The ids of all current forecasts. */
export async function allForecastIds(read: Reader): Promise<readonly string[]> {
  const rows = await read
    .select({ id: forecasts.id })
    .from(forecasts)
    .where(isNull(forecasts.supersededAt))
    .orderBy(asc(forecasts.id));
  return rows.map((row) => row.id);
}

/** A rate that a document implies by its own conversion of a forecast. */
export interface ImpliedRate {
  readonly base: string;
  readonly quote: string;
  readonly rate: string;
  /** The document's date. */
  readonly date: string | null;
  readonly recordedAt: string;
  readonly forecast: string;
}

/** The rates that the documents of current forecasts imply. */
export async function listImpliedRates(read: Reader): Promise<readonly ImpliedRate[]> {
  const rows = await read
    .select()
    .from(forecasts)
    .where(and(isNull(forecasts.supersededAt), ne(forecasts.statedConversions, '[]')));
  return rows.flatMap((row) =>
    toForecast(row, NO_NAMES, []).statedConversions.flatMap(({ impliedRate }) => {
      if (impliedRate === null) return [];
      const { base, quote, rate } = impliedRate;
      return [{ base, quote, rate, date: row.publishedOn, recordedAt: row.recordedAt, forecast: row.id }];
    }),
  );
}
const NO_NAMES: Forecast['names'] = { forecaster: null, source: '', sector: '', region: '', measure: '' };

async function complete(
  read: Reader,
  rows: readonly { row: ForecastRow; names: Forecast['names']; relevance: number | null }[],
  search?: string,
): Promise<Forecast[]> {
  const ids = rows.map(({ row }) => row.id);
  const relations = await relationsOf(read, ids);
  const whole = rows.map(({ row, names }) => toForecast(row, names, relations.get(row.id) ?? []));
  if (search === undefined) return whole;
  const highlights = await highlightsOf(read, ids, search);
  return whole.map((forecast, index) => ({
    ...forecast,
    highlights: highlights.get(forecast.id) ?? [],
    [RELEVANCE]: rows[index]?.relevance ?? 0,
  }));
}

const SEEN_FROM_THE_OTHER_SIDE = {
  drives: 'drivenBy',
  alsoStatedIn: 'alsoStatedIn',
  conflictsWith: 'conflictsWith',
} as const;

/** The relations of the given forecasts, stated by them or, from the other side, by current revisions of others. */
async function relationsOf(
  read: Reader,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Forecast['relations']>> {
  const found = new Map<string, Forecast['relations']>();
  if (ids.length === 0) return found;
  const rows = await read
    .select({
      kind: forecastRelations.kind,
      forecastId: forecastRelations.forecastId,
      targetId: forecastRelations.targetId,
    })
    .from(forecastRelations)
    .innerJoin(
      forecasts,
      and(
        eq(forecasts.id, forecastRelations.forecastId),
        eq(forecasts.revision, forecastRelations.revision),
        isNull(forecasts.supersededAt),
      ),
    )
    .where(or(inArray(forecastRelations.forecastId, [...ids]), inArray(forecastRelations.targetId, [...ids])))
    .orderBy(asc(forecastRelations.kind), asc(forecastRelations.forecastId), asc(forecastRelations.targetId));
  const values = await statedValues(read, [
    ...new Set(rows.flatMap((row) => [row.forecastId, row.targetId])),
  ]);
  const add = (id: string, relation: Forecast['relations'][number]): void => {
    if (ids.includes(id)) found.set(id, [...(found.get(id) ?? []), relation]);
  };
  for (const row of rows) {
    const kind = row.kind as keyof typeof SEEN_FROM_THE_OTHER_SIDE;
    const impliedMultiplier =
      kind === 'drives' ? multiplier(values.get(row.forecastId), values.get(row.targetId)) : null;
    add(row.forecastId, { kind, forecast: row.targetId, impliedMultiplier });
    add(row.targetId, { kind: SEEN_FROM_THE_OTHER_SIDE[kind], forecast: row.forecastId, impliedMultiplier });
  }
  return found;
}

interface StatedValue {
  readonly value: string | null;
  readonly currency: string;
}

async function statedValues(read: Reader, ids: readonly string[]): Promise<ReadonlyMap<string, StatedValue>> {
  if (ids.length === 0) return new Map();
  const rows = await read
    .select({ id: forecasts.id, value: forecasts.amountValue, currency: forecasts.amountCurrency })
    .from(forecasts)
    .where(and(inArray(forecasts.id, [...ids]), isNull(forecasts.supersededAt)));
  return new Map(rows.map((row) => [row.id, row]));
}

function multiplier(driving: StatedValue | undefined, driven: StatedValue | undefined): string | null {
  if (driving === undefined || driven === undefined || driving.currency !== driven.currency) return null;
  return impliedRatio(driven.value, driving.value);
}

function toForecast(row: ForecastRow, names: Forecast['names'], relations: Forecast['relations']): Forecast {
  const amount = amountOf(row);
  return {
    id: row.id,
    revision: row.revision,
    recordedAt: row.recordedAt,
    collection: row.collectionId,
    forecaster: row.forecasterId,
    source: row.sourceId,
    sector: row.sectorId,
    beneficiarySectors: JSON.parse(row.beneficiarySectors) as string[],
    region: row.regionId,
    measure: row.measureId,
    scope: row.scopeId,
    amount,
    statedConversions: (JSON.parse(row.statedConversions) as StoredConversion[]).map((stated) => ({
      amount: stated.amount,
      impliedRate: impliedRate(amount, stated.amount),
      evidence: stated.evidence,
    })),
    period: {
      start: row.periodStart,
      end: row.periodEnd,
      kind: row.periodKind as Forecast['period']['kind'],
      years: row.periodYears,
      asStated: row.periodAsStated,
      inferred: JSON.parse(row.periodInferred) as Forecast['period']['inferred'],
    },
    publishedOn: row.publishedOn,
    evidence: {
      phrase: row.evidencePhrase,
      start: row.evidenceStart,
      end: row.evidenceEnd,
      documentSha256: row.evidenceDocumentSha256,
      url: row.evidenceUrl,
      status: row.evidenceStatus as Forecast['evidence']['status'],
    },
    relations,
    confidence: row.confidence as Forecast['confidence'],
    corroboration: JSON.parse(row.corroboration) as string[],
    notes: row.notes,
    names,
  } satisfies Forecast;
}

function amountOf(row: ForecastRow): Forecast['amount'] {
  return {
    value: row.amountValue,
    low: row.amountLow,
    high: row.amountHigh,
    qualifier: row.amountQualifier as Amount['qualifier'],
    currency: row.amountCurrency,
    asStated: row.amountAsStated,
    interpretation: row.amountInterpretation,
  };
}

/** The rate which a figure and the document's own conversion of it imply: stated units for one unit of the other currency. */
function impliedRate(amount: Amount, stated: Amount): Forecast['statedConversions'][number]['impliedRate'] {
  const rate = impliedRatio(amount.value, stated.value);
  if (rate === null) return null;
  const approximate = [amount, stated].some(({ qualifier }) => qualifier !== 'exact');
  return { base: stated.currency, quote: amount.currency, rate, approximate };
}
