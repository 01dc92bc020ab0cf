import { ancestorsOf, descendantsOf } from '../../domain/analysis/taxonomy.ts';
import { factsAt } from '../../store/facts.ts';
import type { PageOf, PageRequest } from '../../store/keyset.ts';
import { keysetPage } from '../../store/keyset.ts';
import { asc, inArray, isNull } from '../../store/query.ts';
import { preparedRows } from '../../store/sqlite/prepared.ts';
import type { Reader } from '../../store/sqlite/storage.ts';
import { sectorDefinitions, sectors } from '../../store/tables/schema.ts';
import type { Sector, SectorFilters, SectorSortKey, SectorTree } from './schemas.ts';

type SectorRow = typeof sectors.$inferSelect;

/** Child to parent, for every sector, or as the ledger had it at a time. */
export async function sectorParents(
  read: Reader,
  asOf?: string | null,
): Promise<ReadonlyMap<string, string | null>> {
  if (asOf != null) return factsAt<string | null>(read, 'sectorParent', asOf);
  const rows = await preparedRows(
    read,
    'sector parents',
    () => read.select({ id: sectors.id, parentId: sectors.parentId }).from(sectors).orderBy(asc(sectors.id)),
    {},
  );
  return new Map(rows as [string, string | null][]);
}

/** The English names of some sectors, by id. */
export async function sectorNames(
  read: Reader,
  ids: readonly string[],
): Promise<Readonly<Record<string, string>>> {
  const rows = await read
    .select({ id: sectors.id, name: sectors.name })
    .from(sectors)
    .where(inArray(sectors.id, [...ids]));
  return Object.fromEntries(rows.map(({ id, name }) => [id, name]));
}

async function definitions(read: Reader): Promise<ReadonlyMap<string, Sector['definitions']>> {
  const rows = await read
    .select()
    .from(sectorDefinitions)
    .orderBy(asc(sectorDefinitions.sectorId), asc(sectorDefinitions.position));
  const bySector = new Map<string, Sector['definitions']>();
  for (const row of rows) {
    const definition = { text: row.text, definedBy: row.definedBy, source: row.sourceId };
    bySector.set(row.sectorId, [...(bySector.get(row.sectorId) ?? []), definition]);
  }
  return bySector;
}

async function complete(read: Reader, rows: readonly SectorRow[]): Promise<Sector[]> {
  const [parentOf, definitionsOf] = await Promise.all([sectorParents(read), definitions(read)]);
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    nameChinese: row.nameChinese,
    parent: row.parentId,
    definitions: definitionsOf.get(row.id) ?? [],
    ancestors: [...ancestorsOf(parentOf, row.id)],
    children: [...parentOf].filter(([, parent]) => parent === row.id).map(([child]) => child),
  }));
}

export function listSectors(
  read: Reader,
  filters: SectorFilters,
  page: PageRequest<SectorSortKey>,
): Promise<PageOf<Sector>> {
  return keysetPage<Sector, SectorSortKey>(
    {
      where: filters.roots === 'true' ? isNull(sectors.parentId) : undefined,
      columns: { id: sectors.id, name: sectors.name },
      valueOf: (row, key) => row[key],
      rows: async (where, order, limit) =>
        complete(
          read,
          await read
            .select()
            .from(sectors)
            .where(where)
            .orderBy(...order)
            .limit(limit),
        ),
      total: (where) => read.$count(sectors, where),
    },
    page,
  );
}

/** Every sector, by id. */
export async function allSectors(read: Reader): Promise<readonly Sector[]> {
  return complete(read, await read.select().from(sectors).orderBy(asc(sectors.id)));
}

export async function findSector(read: Reader, id: string): Promise<Sector | undefined> {
  return (await allSectors(read)).find((sector) => sector.id === id);
}

/** The taxonomy, nested from the roots down. */
export async function sectorForest(read: Reader): Promise<readonly SectorTree[]> {
  const all = await allSectors(read);
  const below = (parent: string | null): SectorTree[] =>
    all
      .filter((sector) => sector.parent === parent)
      .map(({ ancestors: _, children: __, ...sector }) => ({ ...sector, children: below(sector.id) }));
  return below(null);
}

/** The given sectors and all sectors below them. */
export async function withDescendants(
  read: Reader,
  ids: readonly string[],
  asOf?: string | null,
): Promise<readonly string[]> {
  const parentOf = await sectorParents(read, asOf);
  return [...new Set(ids.flatMap((id) => [id, ...descendantsOf(parentOf, id)]))];
}
