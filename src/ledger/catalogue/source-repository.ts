import type { Scheme } from '../../domain/analysis/breakdown.ts';
import { factsAt } from '../../store/facts.ts';
import type { PageOf, PageRequest } from '../../store/keyset.ts';
import { keysetPage } from '../../store/keyset.ts';
import { and, eq, gte, inArray, lte, sql } from '../../store/query.ts';
import type { Reader } from '../../store/sqlite/storage.ts';
import { records, sources, sourceTexts } from '../../store/tables/schema.ts';
import { forecastCounts } from '../records/repository.ts';
import type { Source, SourceFilters, SourceSortKey } from './schemas.ts';

function selection(read: Reader) {
  return read
    .select({
      id: sources.id,
      title: sources.title,
      publisher: sources.publisher,
      publishedOn: sources.publishedOn,
      url: sources.url,
      language: sources.language,
      documentSha256: sources.documentSha256,
      licence: sources.licence,
      attribution: sources.attribution,
      supplied: sources.supplied,
      schemes: sources.schemes,
      notes: sources.notes,
      textHeld: sql<number>`exists (select 1 from ${sourceTexts} where ${sourceTexts.sourceId} = ${sources.id})`,
    })
    .from(sources);
}

type SourceRow = Awaited<ReturnType<typeof selection>>[number];

/** Documents with how many forecasts they have: counted for those that are shown only. */
async function complete(read: Reader, rows: readonly SourceRow[], asOf?: string): Promise<readonly Source[]> {
  const ids = rows.map(({ id }) => id);
  const counts = await forecastCounts(read, records.sourceId, ids, asOf);
  return rows.map((row) => toSource(row, counts.get(row.id) ?? 0));
}

function toSource(row: SourceRow, forecastCount: number): Source {
  return {
    ...row,
    forecastCount,
    textHeld: row.textHeld !== 0,
    supplied: JSON.parse(row.supplied) as Source['supplied'],
    schemes: JSON.parse(row.schemes) as Source['schemes'],
  };
}

export function listSources(
  read: Reader,
  filters: SourceFilters,
  page: PageRequest<SourceSortKey>,
): Promise<PageOf<Source>> {
  return keysetPage<Source, SourceSortKey>(
    {
      where: and(
        filters.publishedFrom ? gte(sources.publishedOn, filters.publishedFrom) : undefined,
        filters.publishedTo ? lte(sources.publishedOn, filters.publishedTo) : undefined,
        filters.publishedAsOf ? lte(sources.publishedOn, filters.publishedAsOf) : undefined,
        filters.knownAsOf ? lte(sources.recordedAt, filters.knownAsOf) : undefined,
      ),
      columns: {
        id: sources.id,
        title: sources.title,
        publisher: sources.publisher,
        publishedOn: sources.publishedOn,
      },
      valueOf: (row, key) => row[key],
      rows: async (where, order, limit) => {
        const rows = await selection(read)
          .where(where)
          .orderBy(...order)
          .limit(limit);
        return complete(read, rows, filters.knownAsOf);
      },
      total: (where) => read.$count(sources, where),
    },
    page,
  );
}

export async function findSource(read: Reader, id: string): Promise<Source | undefined> {
  const rows = await selection(read).where(eq(sources.id, id));
  return (await complete(read, rows))[0];
}

/** How the given documents divide sectors, or as the ledger had it at a time. */
export async function schemesOf(
  read: Reader,
  ids: readonly string[],
  asOf?: string | null,
): Promise<readonly Scheme[]> {
  if (ids.length === 0) return [];
  if (asOf != null) {
    const schemes = await factsAt<Source['schemes']>(read, 'sourceSchemes', asOf);
    return ids.flatMap((id) => (schemes.get(id) ?? []).map((scheme) => ({ source: id, ...scheme })));
  }
  const rows = await read
    .select({ id: sources.id, schemes: sources.schemes })
    .from(sources)
    .where(inArray(sources.id, [...ids]));
  return rows.flatMap(({ id, schemes }) =>
    (JSON.parse(schemes) as Source['schemes']).map(({ sector, parts }) => ({ source: id, sector, parts })),
  );
}
