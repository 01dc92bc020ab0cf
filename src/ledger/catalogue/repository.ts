import type { SQL } from 'drizzle-orm';
import type { SQLiteColumn, SQLiteTable } from 'drizzle-orm/sqlite-core';
import type { z } from 'zod';
import type { Scheme } from '../../domain/analysis/breakdown.ts';
import type { OverlapsOf, ParentOf } from '../../domain/analysis/taxonomy.ts';
import { childrenOf, descendantsOf, findCycle, lineOf } from '../../domain/analysis/taxonomy.ts';
import { Problem, recordDeleted, recordNotFound } from '../../http/message/problem.ts';
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
  like,
  lte,
  not,
  or,
  sql,
} from '../../store/query.ts';
import { heldAt, ofKind } from '../../store/revisions.ts';
import type { Reader } from '../../store/store.ts';
import {
  entryRevisions,
  organisations,
  records,
  regions,
  scopes,
  sectorDefinitions,
  sectors,
  sources,
  sourceTexts,
} from '../../store/tables/schema.ts';
import type { Entry } from './entries.ts';
import type { EntryContent } from './entry-history.ts';
import { entryKey, newestEntries } from './entry-history.ts';
import type { EntryType } from './entry-tables.ts';
import { notDeleted, requireId } from './known-ids.ts';
import type { IdTable } from './names.ts';
import { wereCalled } from './names.ts';
import { momentOfReader } from './past.ts';
import type {
  CatalogueFilters,
  ForecasterFilters,
  Region,
  RegionFilters,
  Sector,
  SectorFilters,
  SectorTree,
  SourceFilters,
} from './schemas.ts';
import { Forecaster, Region as RegionSchema, Sector as SectorSchema, Source } from './schemas.ts';

/** A part of the catalogue: the table that it is kept in, and what of it is shown. */
/** An entry as it is shown. */
export type ShownEntry = Readonly<Record<string, unknown>> & {
  readonly id: string;
  readonly revision: number;
};

export interface CatalogueTable<Row extends { readonly id: string } = { readonly id: string }> {
  readonly table: IdTable;
  readonly columns: Readonly<Record<string, SQLiteColumn | SQL>>;
  where?(read: Reader, filters: object): SQL | undefined | Promise<SQL | undefined>;
  /**
   * Adds what is computed, to the rows that are shown only.
   * @param asOf the moment that the list is of, where that is not now
   */
  complete(read: Reader, rows: readonly object[], asOf?: string): Promise<readonly Row[]>;
}

/** A page of a part of the catalogue. Its sort keys are names of columns. */
export async function listEntries<Row extends { readonly id: string }>(
  read: Reader,
  part: CatalogueTable<Row>,
  filters: object,
  page: PageRequest<string>,
): Promise<PageOf<Row>> {
  return keysetPage<Row, string>(
    read,
    {
      table: part.table,
      select: part.columns,
      where: and(notDeleted(part.table), await part.where?.(read, filters)),
      columns: getTableColumns<SQLiteTable>(part.table),
      valueOf: (row, key) => row[key as keyof Row] as string | null,
      complete: (rows) => part.complete(read, rows, momentOfReader(read)),
    },
    page,
  );
}

/** The text of a document as it is held; null where it is not. */
export async function readSourceText(read: Reader, id: string): Promise<string | null> {
  const [row] = await read.select().from(sourceTexts).where(eq(sourceTexts.sourceId, id));
  return row !== undefined && wasHeld(row.recordedAt, momentOfReader(read)) ? row.text : null;
}

/** @param recordedAt when the ledger was given a text; null where that was before it kept this */
function wasHeld(recordedAt: string | null, asOf: string | undefined): boolean {
  return recordedAt === null || asOf === undefined || recordedAt <= asOf;
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
    .where(and(eq(table.id, id), notDeleted(table)));
  return (await part.complete(read, rows, momentOfReader(read)))[0];
}

/**
 * An entry by the id that an address names, in whatever case its letters are.
 * @param asOf the moment that `read` is of, where that is not now
 * @throws Problem 404 `recordNotFound`, 410 `recordDeleted`
 */
export async function requireEntry(
  read: Reader,
  part: CatalogueTable,
  { type, noun, id: given }: { readonly type: EntryType; readonly noun: string; readonly id: string },
  asOf?: string,
): Promise<ShownEntry> {
  const id = await requireId(read, part.table, noun, given, true);
  const entry = await findEntry(read, part, id);
  if (entry !== undefined) return entry as ShownEntry;
  const newest = (await newestEntries(read, [{ type, row: { id } }])).get(entryKey({ type, row: { id } }));
  if (newest?.deleted && (asOf === undefined || newest.recordedAt <= asOf)) throw recordDeleted(noun, newest);
  if (asOf === undefined) throw recordNotFound(noun, given, undefined);
  throw new Problem(
    'recordNotFound',
    `At ${asOf} this ledger did not hold the ${noun} ${JSON.stringify(id)}.`,
  );
}

/** How many entries of the catalogue refer to one of it. */
export async function entriesReferringTo(
  read: Reader,
  type: EntryType,
  id: string,
): Promise<readonly Referring[]> {
  const named = `%${JSON.stringify(id)}%`;
  const counted = async (table: SQLiteTable, where: SQL | undefined, what: string, path: string) => ({
    count: await read.$count(table, where),
    what,
    path,
  });
  const defining = (column: SQLiteColumn) => {
    const { sectorId } = sectorDefinitions;
    const ids = read.select({ id: sectorId }).from(sectorDefinitions).where(eq(column, id));
    return counted(sectors, and(eq(sectors.deleted, 0), inArray(sectors.id, ids)), 'sectors', '/v1/sectors');
  };
  switch (type) {
    case 'sector':
      return [
        await counted(
          sectors,
          and(
            eq(sectors.deleted, 0),
            or(eq(sectors.parent, id), like(sectors.otherParents, named), like(sectors.overlapsWith, named)),
          ),
          'sectors',
          `/v1/sectors/${id}`,
        ),
        await counted(
          sources,
          and(eq(sources.deleted, 0), like(sources.schemes, named)),
          'sources',
          '/v1/sources',
        ),
      ];
    case 'organisation':
      return [await defining(sectorDefinitions.definedBy)];
    case 'source':
      return [await defining(sectorDefinitions.source)];
    case 'region':
      return [
        await counted(
          regions,
          and(eq(regions.deleted, 0), like(regions.members, `%"region":${JSON.stringify(id)}%`)),
          'regions',
          `/v1/regions/${id}`,
        ),
        await counted(
          organisations,
          and(eq(organisations.deleted, 0), eq(organisations.country, id)),
          'forecasters',
          `/v1/forecasters?country=${id}`,
        ),
      ];
    default:
      return [];
  }
}

/** Sectors that would stand above themselves if these entries were written; undefined where the taxonomy stays a forest. */
export async function taxonomyCircle(
  read: Reader,
  entries: readonly Entry[],
): Promise<readonly string[] | undefined> {
  const sectorsWritten = entries.flatMap((entry) => (entry.type === 'sector' ? [entry.row] : []));
  if (sectorsWritten.length === 0) return undefined;
  const parentOf = new Map(await sectorParents(read));
  for (const { id, parent, otherParents } of sectorsWritten)
    parentOf.set(id, [...(parent === null ? [] : [parent]), ...otherParents]);
  return findCycle(parentOf);
}

function columnsShown(table: SQLiteTable, { shape }: z.ZodObject): Record<string, SQLiteColumn> {
  const columns: Readonly<Record<string, SQLiteColumn>> = getTableColumns(table);
  return Object.fromEntries(Object.entries(columns).filter(([name]) => Object.hasOwn(shape, name)));
}

/** What refers to an entry: so many of a kind, which a list shows. */
export interface Referring {
  readonly count: number;
  /** In words: `forecasts`. */
  readonly what: string;
  readonly path: string;
}

interface NamedRow {
  readonly id: string;
  readonly aliases: string;
}

function withAliases<Row extends NamedRow>(row: Row): Omit<Row, 'aliases'> & { aliases: string[] } {
  return { ...row, aliases: JSON.parse(row.aliases) as string[] };
}

function searched(read: Reader, table: IdTable, q: string | undefined): Promise<SQL | undefined> | undefined {
  return q === undefined ? undefined : wereCalled(read, table, q);
}

type RegionRow = Pick<Region, 'id' | 'alpha3' | 'name' | 'nameChinese' | 'revision'> &
  NamedRow & { readonly members: string | null };

function kindOfRegion({ id, alpha3 }: Pick<Region, 'id' | 'alpha3'>): Region['kind'] {
  if (alpha3 !== null) return 'country';
  return id.includes('-') ? 'subdivision' : 'group';
}

/** Whose spending is meant where nobody says it: that of all in the region, which is not national where it is several countries. */
export function wholeScope(region: Pick<Region, 'id' | 'alpha3'>): string {
  return kindOfRegion(region) === 'group' ? 'all-countries' : 'national';
}

/** The same of each of some regions. */
export async function wholeScopes(read: Reader, ids: readonly string[]): Promise<(id: string) => string> {
  const rows = await read
    .select({ id: regions.id, alpha3: regions.alpha3 })
    .from(regions)
    .where(inArray(regions.id, [...new Set(ids)]));
  const scopes = new Map(rows.map((row) => [row.id, wholeScope(row)]));
  return (id) => scopes.get(id) ?? 'national';
}

/** Which regions are of a kind, as `kindOfRegion` says it. */
const REGIONS_OF_KIND: Readonly<Record<Region['kind'], SQL>> = {
  country: sql`${regions.alpha3} is not null`,
  subdivision: sql`(${regions.alpha3} is null and ${regions.id} like '%-%')`,
  group: sql`(${regions.alpha3} is null and ${regions.id} not like '%-%')`,
};

/** The regions right in each region that has some. */
async function regionMembers(read: Reader): Promise<ReadonlyMap<string, Region['members']>> {
  const rows = await read.rows(
    'regions with members',
    () =>
      read
        .select({ id: regions.id, members: regions.members })
        .from(regions)
        .where(and(eq(regions.deleted, 0), sql`${regions.members} <> '[]'`))
        .orderBy(asc(regions.id)),
    {},
  );
  return new Map((rows as [string, string][]).map(([id, members]) => [id, JSON.parse(members)]));
}

/**
 * Regions with all that were in them on a day, whatever lies between.
 * @param day ISO date
 */
export async function withRegionsIn(
  read: Reader,
  ids: readonly string[],
  day: string,
): Promise<readonly string[]> {
  const membersOf = await regionMembers(read);
  const found = new Set(ids);
  // A set goes on with what is added while it is gone through.
  for (const id of found)
    for (const { region, from, to } of membersOf.get(id) ?? [])
      if ((from ?? day) <= day && day <= (to ?? day)) found.add(region);
  return [...found];
}

export const REGIONS: CatalogueTable<Region> = {
  table: regions,
  columns: columnsShown(regions, RegionSchema),
  where: async (read, { q, kind }: RegionFilters) =>
    and(await searched(read, regions, q), kind && or(...kind.map((one) => REGIONS_OF_KIND[one]))),
  complete: async (read, rows: readonly RegionRow[]) => {
    const all = await regionMembers(read);
    return rows.map(({ id, alpha3, name, nameChinese, revision, ...row }) => ({
      id,
      kind: kindOfRegion({ id, alpha3 }),
      alpha3,
      name,
      nameChinese,
      aliases: JSON.parse(row.aliases) as string[],
      members: JSON.parse(row.members ?? '[]') as Region['members'],
      groups: [...all].flatMap(([region, members]) =>
        members.filter((member) => member.region === id).map(({ from, to }) => ({ region, from, to })),
      ),
      revision,
    }));
  },
};

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
  where: async (read, { q, kind, country, hasForecasts, knownAsOf: asOf }: ForecasterFilters) => {
    const made = exists(
      read
        .select({ id: records.id })
        .from(records)
        .where(and(eq(records.organisationId, organisations.id), ofKind('forecast'), heldAt(asOf))),
    );
    return and(
      await searched(read, organisations, q),
      kind && inArray(organisations.kind, kind),
      country && inArray(organisations.country, country),
      hasForecasts === undefined ? undefined : hasForecasts ? made : not(made),
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

type SourceRow = Omit<typeof sources.$inferSelect, 'recordedAt' | 'author' | 'deleted'> & {
  readonly textHeld: string | null;
};

export const SOURCES: CatalogueTable<Source> = {
  table: sources,
  columns: {
    ...columnsShown(sources, Source),
    // When the ledger was given it, where it keeps this; empty where it did not yet.
    textHeld: sql<
      string | null
    >`(select coalesce(${sourceTexts.recordedAt}, '') from ${sourceTexts} where ${sourceTexts.sourceId} = ${sources.id})`,
  },
  where: async (read, { q, publishedFrom, publishedTo, publishedAsOf }: SourceFilters) =>
    and(
      await searched(read, sources, q),
      publishedFrom ? gte(sources.publishedOn, publishedFrom) : undefined,
      publishedTo ? lte(sources.publishedOn, publishedTo) : undefined,
      publishedAsOf ? lte(sources.publishedOn, publishedAsOf) : undefined,
    ),
  complete: async (read, rows: readonly SourceRow[], asOf) => {
    const counts = await forecastCounts(read, records.sourceId, rows, asOf);
    return rows.map((row) => ({
      ...withAliases(row),
      supplied: JSON.parse(row.supplied) as Source['supplied'],
      schemes: JSON.parse(row.schemes) as Source['schemes'],
      textHeld: row.textHeld !== null && wasHeld(row.textHeld, asOf),
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

/** How the given documents divide sectors. */
export async function schemesOf(read: Reader, ids: readonly string[]): Promise<readonly Scheme[]> {
  if (ids.length === 0) return [];
  const rows = await read
    .select({ id: sources.id, schemes: sources.schemes })
    .from(sources)
    .where(inArray(sources.id, [...ids]));
  const schemes = new Map(rows.map((row) => [row.id, JSON.parse(row.schemes) as Source['schemes']]));
  return ids.flatMap((id) =>
    (schemes.get(id) ?? []).map(({ sector, parts }) => ({ source: id, sector, parts })),
  );
}

/** How all sectors stand to each other. */
export async function sectorRelations(read: Reader): Promise<{
  readonly parentOf: ParentOf;
  readonly overlapsOf: OverlapsOf;
}> {
  const rows = (await read.rows(
    'sector relations',
    () =>
      read
        .select({
          id: sectors.id,
          parent: sectors.parent,
          otherParents: sectors.otherParents,
          overlapsWith: sectors.overlapsWith,
        })
        .from(sectors)
        .where(eq(sectors.deleted, 0))
        .orderBy(asc(sectors.id)),
    {},
  )) as [string, string | null, string, string][];
  const idsIn = (json: string): readonly string[] => (json === '[]' ? [] : (JSON.parse(json) as string[]));
  return {
    parentOf: new Map(
      rows.map(([id, parent, others]) => {
        const further = idsIn(others);
        return [id, parent === null || further.length === 0 ? parent : [parent, ...further]];
      }),
    ),
    overlapsOf: new Map(
      rows.flatMap(([id, , , overlaps]) => (overlaps === '[]' ? [] : [[id, idsIn(overlaps)]])),
    ),
  };
}

/** Child to parent, or parents, for every sector. */
export async function sectorParents(read: Reader): Promise<ParentOf> {
  return (await sectorRelations(read)).parentOf;
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

/**
 * Names by id, in a language: sectors and regions with a Chinese name have that one in Chinese; and those of the scopes of
 * some records.
 */
export async function namesIn(
  lang: 'en' | 'zh',
  read: Reader,
  names: Readonly<Record<string, string>>,
  records: readonly { readonly scope: string }[],
): Promise<Readonly<Record<string, string>>> {
  const ofScopes = await read
    .select({ id: scopes.id, name: scopes.name })
    .from(scopes)
    .where(inArray(scopes.id, [...new Set(records.map(({ scope }) => scope))]));
  const inEnglish = { ...Object.fromEntries(ofScopes.map(({ id, name }) => [id, name])), ...names };
  if (lang === 'en') return inEnglish;
  const ids = Object.keys(names);
  const found = [];
  for (const table of [sectors, regions])
    found.push(
      ...(await read
        .select({ id: table.id, name: table.nameChinese })
        .from(table)
        .where(inArray(table.id, ids))),
    );
  const inChinese = found.flatMap(({ id, name }) => (name === null ? [] : [[id, name] as const]));
  return { ...inEnglish, ...Object.fromEntries(inChinese) };
}

export async function definitionsOf(
  read: Reader,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Sector['definitions']>> {
  const asOf = momentOfReader(read);
  if (asOf !== undefined) return definitionsAt(read, ids, asOf);
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

type SectorRow = Omit<typeof sectors.$inferSelect, 'deleted'>;

/** Those of a past moment stand in the revisions that counted then. */
async function definitionsAt(
  read: Reader,
  ids: readonly string[],
  asOf: string,
): Promise<ReadonlyMap<string, Sector['definitions']>> {
  const rows = await read
    .select({ id: entryRevisions.id, content: entryRevisions.content })
    .from(entryRevisions)
    .where(
      and(
        eq(entryRevisions.type, 'sector'),
        read.dialect.isListed(entryRevisions.id, JSON.stringify(ids)),
        heldAt(asOf, entryRevisions),
      ),
    );
  return new Map(
    rows.map(({ id, content }) => [
      id,
      (JSON.parse(content) as EntryContent).definitions as Sector['definitions'],
    ]),
  );
}

export const SECTORS: CatalogueTable<Sector> = {
  table: sectors,
  columns: columnsShown(sectors, SectorSchema),
  where: async (read, { q, roots }: SectorFilters) =>
    and(await searched(read, sectors, q), roots === true ? isNull(sectors.parent) : undefined),
  complete: async (read, rows: readonly SectorRow[]) => {
    const parentOf = await sectorParents(read);
    const definitions = await definitionsOf(
      read,
      rows.map(({ id }) => id),
    );
    return rows.map((row) => ({
      ...withAliases(row),
      otherParents: JSON.parse(row.otherParents) as string[],
      overlapsWith: JSON.parse(row.overlapsWith) as string[],
      definitions: definitions.get(row.id) ?? [],
      ancestors: [...lineOf(parentOf, row.id)],
      children: [...childrenOf(parentOf, row.id)],
    }));
  },
};

export async function sectorForest(read: Reader): Promise<readonly SectorTree[]> {
  const all = await SECTORS.complete(
    read,
    await read
      .select(SECTORS.columns as typeof sectors._.columns)
      .from(sectors)
      .where(eq(sectors.deleted, 0))
      .orderBy(asc(sectors.id)),
  );
  const below = (parent: string | null): SectorTree[] =>
    all
      .filter((sector) => sector.parent === parent)
      .map(({ ancestors: _ancestors, children: _children, ...sector }) => ({
        ...sector,
        children: below(sector.id),
      }));
  return below(null);
}

export async function withDescendants(read: Reader, ids: readonly string[]): Promise<readonly string[]> {
  const parentOf = await sectorParents(read);
  return [...new Set(ids.flatMap((id) => [id, ...descendantsOf(parentOf, id)]))];
}
