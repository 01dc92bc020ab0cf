import { ancestorsOf, descendantsOf } from '../../domain/analysis/taxonomy.ts';
import { asc, getTableColumns, inArray, isNull } from '../../store/query.ts';
import type { Reader } from '../../store/store.ts';
import { sectorDefinitions, sectors } from '../../store/tables/schema.ts';
import { historyAt } from './entry-history.ts';
import type { CatalogueTable } from './repository.ts';
import type { Sector, SectorFilters, SectorTree } from './schemas.ts';

type SectorRow = typeof sectors.$inferSelect;

/** Child to parent, for every sector, or as the ledger had it at a time. */
export async function sectorParents(
  read: Reader,
  asOf?: string | null,
): Promise<ReadonlyMap<string, string | null>> {
  if (asOf != null) return historyAt<string | null>(read, 'sectorParent', asOf);
  const rows = await read.rows(
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

/** How some sectors are defined, by id. */
export async function definitionsOf(
  read: Reader,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Sector['definitions']>> {
  const rows = await read
    .select()
    .from(sectorDefinitions)
    .where(inArray(sectorDefinitions.sectorId, [...ids]))
    .orderBy(asc(sectorDefinitions.sectorId), asc(sectorDefinitions.position));
  const bySector = new Map<string, Sector['definitions']>();
  for (const row of rows) {
    const definition = { text: row.text, definedBy: row.definedBy, source: row.sourceId };
    bySector.set(row.sectorId, [...(bySector.get(row.sectorId) ?? []), definition]);
  }
  return bySector;
}

export const SECTORS: CatalogueTable<Sector, SectorFilters> = {
  table: sectors,
  columns: getTableColumns(sectors),
  where: (_read, { roots }) => (roots === 'true' ? isNull(sectors.parentId) : undefined),
  complete: async (read, rows: readonly SectorRow[]) => {
    const parentOf = await sectorParents(read);
    const definitions = await definitionsOf(
      read,
      rows.map(({ id }) => id),
    );
    return rows.map(({ parentId, ...row }) => ({
      ...row,
      parent: parentId,
      definitions: definitions.get(row.id) ?? [],
      ancestors: [...ancestorsOf(parentOf, row.id)],
      children: [...parentOf].filter(([, parent]) => parent === row.id).map(([child]) => child),
    }));
  },
};

/** The taxonomy, nested from the roots down. */
export async function sectorForest(read: Reader): Promise<readonly SectorTree[]> {
  const all = await SECTORS.complete(read, await read.select().from(sectors).orderBy(asc(sectors.id)));
  const below = (parent: string | null): SectorTree[] =>
    all
      .filter((sector) => sector.parent === parent)
      .map(({ ancestors: _ancestors, children: _children, ...sector }) => ({
        ...sector,
        children: below(sector.id),
      }));
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
