import type { PageOf, PageRequest } from '../../store/keyset.ts';
import { keysetPage } from '../../store/keyset.ts';
import { and, eq, exists, inArray, isNull, lte, not, or, sql } from '../../store/query.ts';
import { heldAt } from '../../store/revisions.ts';
import type { Reader } from '../../store/sqlite/storage.ts';
import { organisations, records } from '../../store/tables/schema.ts';
import { forecastCounts } from '../records/repository.ts';
import type { Forecaster, ForecasterFilters, ForecasterSortKey } from './schemas.ts';

function selection(read: Reader) {
  return read
    .select({
      id: organisations.id,
      name: organisations.name,
      originalName: organisations.originalName,
      kind: sql<Forecaster['kind']>`${organisations.kind}`,
      country: organisations.country,
      description: organisations.description,
    })
    .from(organisations);
}

/** Forecasters with how many forecasts they have: counted for those that are shown only. */
async function complete(
  read: Reader,
  rows: Awaited<ReturnType<typeof selection>>,
  asOf?: string,
): Promise<readonly Forecaster[]> {
  const ids = rows.map(({ id }) => id);
  const counts = await forecastCounts(read, records.organisationId, ids, asOf);
  return rows.map((row) => ({ ...row, forecastCount: counts.get(row.id) ?? 0 }));
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
      rows: async (where, order, limit) => {
        const rows = await selection(read)
          .where(where)
          .orderBy(...order)
          .limit(limit);
        return complete(read, rows, filters.knownAsOf);
      },
      total: (where) => read.$count(organisations, where),
    },
    page,
  );
}

export async function findForecaster(read: Reader, id: string): Promise<Forecaster | undefined> {
  const rows = await selection(read).where(eq(organisations.id, id));
  return (await complete(read, rows))[0];
}
