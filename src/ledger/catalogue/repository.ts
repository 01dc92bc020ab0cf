import type { SQL } from 'drizzle-orm';
import type { SQLiteColumn, SQLiteTable } from 'drizzle-orm/sqlite-core';
import type { z } from 'zod';
import type { Scheme } from '../../domain/analysis/breakdown.ts';
import { ancestorsOf, descendantsOf } from '../../domain/analysis/taxonomy.ts';
import type { PageOf, PageRequest } from '../../store/keyset.ts';
import { keysetPage } from '../../store/keyset.ts';
import {
  and,
  asc,
  count,
  eq,
  exists,
  getTableColumns,
  gte,
  inArray,
  isNull,
  lte,
  not,
  or,
  sql,
} from '../../store/query.ts';
import { heldAt, ofKind } from '../../store/revisions.ts';
import type { Reader } from '../../store/store.ts';
import {
  organisations,
  records,
  sectorDefinitions,
  sectors,
  sources,
  sourceTexts,
} from '../../store/tables/schema.ts';
import { historyAt } from './entry-history.ts';
import type { IdTable } from './names.ts';
import { areCalled } from './names.ts';
import type {
  CatalogueFilters,
  ForecasterFilters,
  Sector,
  SectorFilters,
  SectorTree,
  SourceFilters,
} from './schemas.ts';
import { Forecaster, Source } from './schemas.ts';

/** A part of the catalogue: the table that it is kept in, and what of it is shown. */
export interface CatalogueTable<Row extends { readonly id: string } = { readonly id: string }> {
  readonly table: IdTable;
  readonly columns: Readonly<Record<string, SQLiteColumn | SQL>>;
  where?(read: Reader, filters: object): SQL | undefined;
  /**
   * Adds what is computed, to the rows that are shown only.
   * @param asOf the moment that the list is of, where that is not now
   */
  complete(read: Reader, rows: readonly object[], asOf?: string): Promise<readonly Row[]>;
}

/** A page of a part of the catalogue. Its sort keys are names of columns. */
export function listEntries<Row extends { readonly id: string }>(
  read: Reader,
  part: CatalogueTable<Row>,
  filters: { readonly knownAsOf?: string | undefined },
  page: PageRequest<string>,
): Promise<PageOf<Row>> {
  return keysetPage<Row, string>(
    read,
    {
      table: part.table,
      select: part.columns,
      where: part.where?.(read, filters),
      columns: getTableColumns<SQLiteTable>(part.table),
      valueOf: (row, key) => row[key as keyof Row] as string | null,
      complete: (rows) => part.complete(read, rows, filters.knownAsOf),
    },
    page,
  );
}

/** The text of a document as it is held; null where it is not. */
export async function readSourceText(read: Reader, id: string): Promise<string | null> {
  const [row] = await read.select().from(sourceTexts).where(eq(sourceTexts.sourceId, id));
  return row?.text ?? null;
}

export async function findEntry<Row extends { readonly id: string }>(
  read: Reader,
  part: CatalogueTable<Row>,
  id: string,
): Promise<Row | undefined> {
  const { table, columns } = part;
  const rows = await read
    .select({ ...columns })
    .from(table)
    .where(eq(table.id, id));
  return (await part.complete(read, rows))[0];
}

function columnsShown(table: SQLiteTable, { shape }: z.ZodObject): Record<string, SQLiteColumn> {
  const columns: Readonly<Record<string, SQLiteColumn>> = getTableColumns(table);
  return Object.fromEntries(Object.entries(columns).filter(([name]) => Object.hasOwn(shape, name)));
}

interface NamedRow {
  readonly id: string;
  readonly aliases: string;
}

function withAliases<Row extends NamedRow>(row: Row): Omit<Row, 'aliases'> & { aliases: string[] } {
  return { ...row, aliases: JSON.parse(row.aliases) as string[] };
}

function searched(read: Reader, table: IdTable, q: string | undefined): SQL | undefined {
  return q === undefined ? undefined : areCalled(read, table, q);
}

/** A table whose rows are shown as they stand. */
export function plainTable(table: IdTable, schema: z.ZodObject): CatalogueTable {
  return {
    table,
    columns: columnsShown(table, schema),
    where: (read, { q }: CatalogueFilters) => searched(read, table, q),
    complete: async (_read, rows: readonly NamedRow[]) => rows.map(withAliases),
  };
}

export const FORECASTERS: CatalogueTable<Forecaster> = {
  table: organisations,
  columns: columnsShown(organisations, Forecaster),
  where: (read, { q, kind, country, hasForecasts, knownAsOf: asOf }: ForecasterFilters) => {
    const made = exists(
      read
        .select({ id: records.id })
        .from(records)
        .where(and(eq(records.organisationId, organisations.id), ofKind('forecast'), heldAt(asOf))),
    );
    return and(
      searched(read, organisations, q),
      kind && inArray(organisations.kind, kind),
      country && inArray(organisations.country, country),
      hasForecasts === undefined ? undefined : hasForecasts ? made : not(made),
      asOf === undefined
        ? undefined
        : or(isNull(organisations.recordedAt), lte(organisations.recordedAt, asOf)),
    );
  },
  complete: async (
    read,
    rows: readonly (Omit<Forecaster, 'forecastCount' | 'aliases'> & NamedRow)[],
    asOf,
  ) => {
    const counts = await forecastCounts(read, records.organisationId, rows, asOf);
    return rows.map((row) => ({ ...withAliases(row), forecastCount: counts.get(row.id) ?? 0 }));
  },
};

type SourceRow = Omit<typeof sources.$inferSelect, 'recordedAt' | 'author'> & { readonly textHeld: number };

export const SOURCES: CatalogueTable<Source> = {
  table: sources,
  columns: {
    ...columnsShown(sources, Source),
    textHeld: sql<number>`exists (select 1 from ${sourceTexts} where ${sourceTexts.sourceId} = ${sources.id})`,
  },
  where: (read, { q, publishedFrom, publishedTo, publishedAsOf, knownAsOf }: SourceFilters) =>
    and(
      searched(read, sources, q),
      publishedFrom ? gte(sources.publishedOn, publishedFrom) : undefined,
      publishedTo ? lte(sources.publishedOn, publishedTo) : undefined,
      publishedAsOf ? lte(sources.publishedOn, publishedAsOf) : undefined,
      knownAsOf ? lte(sources.recordedAt, knownAsOf) : undefined,
    ),
  complete: async (read, rows: readonly SourceRow[], asOf) => {
    const counts = await forecastCounts(read, records.sourceId, rows, asOf);
    return rows.map((row) => ({
      ...withAliases(row),
      supplied: JSON.parse(row.supplied) as Source['supplied'],
      schemes: JSON.parse(row.schemes) as Source['schemes'],
      textHeld: Boolean(row.textHeld),
      forecastCount: counts.get(row.id) ?? 0,
    }));
  },
};

/** How many forecasts each of some documents or forecasters has; those without any are left out. */
async function forecastCounts(
  read: Reader,
  column: typeof records.sourceId | typeof records.organisationId,
  rows: readonly { readonly id: string }[],
  asOf: string | undefined,
): Promise<ReadonlyMap<string, number>> {
  if (rows.length === 0) return new Map();
  const ids = rows.map(({ id }) => id);
  const counts = await read
    .select({ id: sql<string>`${column}`, count: count() })
    .from(records)
    .where(and(ofKind('forecast'), inArray(column, ids), heldAt(asOf)))
    .groupBy(column);
  return new Map(counts.map((row) => [row.id, row.count]));
}

/** How the given documents divide sectors, or as the ledger had it at a time. */
export async function schemesOf(
  read: Reader,
  ids: readonly string[],
  asOf?: string | null,
): Promise<readonly Scheme[]> {
  if (ids.length === 0) return [];
  let schemes: ReadonlyMap<string, Source['schemes']>;
  if (asOf == null) {
    const rows = await read
      .select({ id: sources.id, schemes: sources.schemes })
      .from(sources)
      .where(inArray(sources.id, [...ids]));
    schemes = new Map(rows.map((row) => [row.id, JSON.parse(row.schemes) as Source['schemes']]));
  } else schemes = await historyAt<Source['schemes']>(read, 'sourceSchemes', asOf);
  return ids.flatMap((id) =>
    (schemes.get(id) ?? []).map(({ sector, parts }) => ({ source: id, sector, parts })),
  );
}

/** Child to parent, for every sector, or as the ledger had it at a time. */
export async function sectorParents(
  read: Reader,
  asOf?: string | null,
): Promise<ReadonlyMap<string, string | null>> {
  if (asOf != null) return historyAt<string | null>(read, 'sectorParent', asOf);
  const rows = await read.rows(
    'sector parents',
    () => read.select({ id: sectors.id, parent: sectors.parent }).from(sectors).orderBy(asc(sectors.id)),
    {},
  );
  return new Map(rows as [string, string | null][]);
}

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

export async function definitionsOf(
  read: Reader,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Sector['definitions']>> {
  const { sectorId, position, text, definedBy, source } = sectorDefinitions;
  const rows = await read
    .select({ sectorId, text, definedBy, source })
    .from(sectorDefinitions)
    .where(inArray(sectorId, [...ids]))
    .orderBy(asc(sectorId), asc(position));
  const bySector = new Map<string, Sector['definitions']>();
  for (const { sectorId: id, ...definition } of rows)
    bySector.set(id, [...(bySector.get(id) ?? []), definition]);
  return bySector;
}

export const SECTORS: CatalogueTable<Sector> = {
  table: sectors,
  columns: getTableColumns(sectors),
  where: (read, { q, roots }: SectorFilters) =>
    and(searched(read, sectors, q), roots === true ? isNull(sectors.parent) : undefined),
  complete: async (read, rows: readonly (typeof sectors.$inferSelect)[]) => {
    const parentOf = await sectorParents(read);
    const definitions = await definitionsOf(
      read,
      rows.map(({ id }) => id),
    );
    return rows.map((row) => ({
      ...withAliases(row),
      definitions: definitions.get(row.id) ?? [],
      ancestors: [...ancestorsOf(parentOf, row.id)],
      children: [...parentOf].filter(([, parent]) => parent === row.id).map(([child]) => child),
    }));
  },
};

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

export async function withDescendants(
  read: Reader,
  ids: readonly string[],
  asOf?: string | null,
): Promise<readonly string[]> {
  const parentOf = await sectorParents(read, asOf);
  return [...new Set(ids.flatMap((id) => [id, ...descendantsOf(parentOf, id)]))];
}
