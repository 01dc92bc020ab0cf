import { and, count, eq, exists, inArray, isNull, lte, not, or, sql } from '../db/drizzle.ts';
import type { PageOf, PageRequest } from '../db/keyset.ts';
import { keysetPage } from '../db/keyset.ts';
import { organisations, records } from '../db/schema.ts';
import type { Reader } from '../db/storage.ts';
import { heldAt } from '../records/filters.ts';
import type { Forecaster, ForecasterFilters, ForecasterSortKey } from './schemas.ts';

function selection(read: Reader, asOf?: string) {
  const counts = read
    .select({ id: records.organisationId, forecasts: count().as('forecasts') })
    .from(records)
    .where(and(eq(records.kind, 'forecast'), heldAt(asOf)))
    .groupBy(records.organisationId)
    .as('counts');
  return read
    .select({
      id: organisations.id,
      name: organisations.name,
      originalName: organisations.originalName,
      kind: sql<Forecaster['kind']>`${organisations.kind}`,
      country: organisations.country,
      description: organisations.description,
      forecastCount: sql<number>`coalesce(${counts.forecasts}, 0)`,
    })
    .from(organisations)
    .leftJoin(counts, eq(counts.id, organisations.id));
}

function matching(read: Reader, filters: ForecasterFilters) {
  const { kind, country, hasForecasts, knownAsOf: asOf } = filters;
  const made = exists(
    read
      .select({ id: records.id })
      .from(records)
      .where(and(eq(records.organisationId, organisations.id), eq(records.kind, 'forecast'), heldAt(asOf))),
  );
  return and(
    kind && inArray(organisations.kind, kind),
    country && inArray(organisations.country, country),
    hasForecasts && (hasForecasts === 'true' ? made : not(made)),
    asOf === undefined
      ? undefined
      : or(isNull(organisations.recordedAt), lte(organisations.recordedAt, asOf)),
  );
}

export function listForecasters(
  read: Reader,
  filters: ForecasterFilters,
  page: PageRequest<ForecasterSortKey>,
): Promise<PageOf<Forecaster>> {
  return keysetPage<Forecaster, ForecasterSortKey>(
    {
      where: matching(read, filters),
      columns: { id: organisations.id, name: organisations.name },
      valueOf: (row, key) => row[key],
      rows: (where, order, limit) =>
        selection(read, filters.knownAsOf)
          .where(where)
          .orderBy(...order)
          .limit(limit),
      total: (where) => read.$count(organisations, where),
    },
    page,
  );
}

export async function findForecaster(read: Reader, id: string): Promise<Forecaster | undefined> {
  const [row] = await selection(read).where(eq(organisations.id, id));
  return row;
}
