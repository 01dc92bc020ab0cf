import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { operation } from '../../http/openapi/openapi.ts';
import { collections, measures, regions, scopes } from '../../store/tables/schema.ts';
import type { RouteContext } from '../context.ts';
import { ADD_COLLECTION, ADD_FORECASTER, ADD_SOURCE } from './additions.ts';
import type { IdTable } from './known-ids.ts';
import { requireKnownIds } from './known-ids.ts';
import type { CatalogueTable } from './repository.ts';
import { FORECASTERS, findEntry, listEntries, plainTable, SOURCES } from './repository.ts';
import type { CatalogueResource } from './resource.ts';
import { registerCatalogueResource } from './resource.ts';
import {
  Collection,
  FORECASTER_SORT_KEYS,
  Forecaster,
  forecasterFilters,
  Measure,
  Region,
  Scope,
  SECTOR_SORT_KEYS,
  Sector,
  SectorTreeAnswer,
  SOURCE_SORT_KEYS,
  Source,
  sectorFilters,
  sourceFilters,
} from './schemas.ts';
import { SECTORS, sectorForest } from './sector-repository.ts';

/** What is said of a resource beside its table. */
type Described<Key extends string, Filters extends z.core.$ZodShape> = Omit<
  CatalogueResource<never, Key, Filters>,
  'table' | 'list' | 'find'
>;

/**
 * A resource whose rows come from a table of the catalogue.
 * @param filterIds which table the ids of a filter come from
 */
function fromTable<
  Row extends { readonly id: string },
  Key extends keyof Row & string,
  Filters extends z.core.$ZodShape,
>(
  part: CatalogueTable<Row, z.output<z.ZodObject<Filters>>>,
  described: Described<Key, Filters>,
  filterIds: Readonly<Record<string, IdTable>> = {},
): CatalogueResource<Row, Key, Filters> {
  return {
    ...described,
    table: part.table,
    list: async (read, query, page) => {
      await requireKnownIds(read, filterIds, query);
      return listEntries(read, part, query, page);
    },
    find: (read, id) => findEntry(read, part, id),
  };
}

type NoFilters = Record<never, never>;

function plain(
  table: IdTable,
  described: Omit<Described<'id' | 'name', NoFilters>, 'filters' | 'sortKeys'>,
): CatalogueResource<{ readonly id: string; readonly name: string }, 'id' | 'name', NoFilters> {
  return fromTable(plainTable(table, described.record), {
    ...described,
    filters: {},
    sortKeys: ['id', 'name'],
  });
}

const SECTOR_RESOURCE = fromTable(SECTORS, {
  path: 'sectors',
  noun: 'sector',
  name: 'Sector',
  summary: 'The taxonomy as a flat list',
  record: Sector,
  filters: sectorFilters,
  sortKeys: SECTOR_SORT_KEYS,
  exampleId: 'new-infrastructure',
});

const FORECASTER_RESOURCE = fromTable(
  FORECASTERS,
  {
    path: 'forecasters',
    noun: 'forecaster',
    name: 'Forecaster',
    summary: 'Organisations: who forecasts, and who is named',
    record: Forecaster,
    filters: forecasterFilters,
    sortKeys: FORECASTER_SORT_KEYS,
    exampleId: 'haitong-securities',
    addition: ADD_FORECASTER,
  },
  { country: regions },
);

const SOURCE_RESOURCE = fromTable(SOURCES, {
  path: 'sources',
  noun: 'source',
  name: 'Source',
  summary: 'Documents that print forecasts',
  record: Source,
  filters: sourceFilters,
  sortKeys: SOURCE_SORT_KEYS,
  exampleId: 'china-banking-news-2020-05-25',
  addition: ADD_SOURCE,
});

const PLAIN_RESOURCES = [
  plain(measures, {
    path: 'measures',
    noun: 'measure',
    name: 'Measure',
    summary: 'What figures measure, each with its definition',
    record: Measure,
    exampleId: 'directInvestment',
  }),
  plain(scopes, {
    path: 'scopes',
    noun: 'scope',
    name: 'Scope',
    summary: 'Whose spending figures mean, each with its definition',
    record: Scope,
    exampleId: 'national',
  }),
  plain(regions, {
    path: 'regions',
    noun: 'region',
    name: 'Region',
    summary: 'Countries and areas that forecasts speak of',
    record: Region,
    exampleId: 'CN',
  }),
  plain(collections, {
    path: 'collections',
    noun: 'collection',
    name: 'Collection',
    summary: 'Sets of records that were gathered together',
    record: Collection,
    exampleId: 'seed-documents',
    addition: ADD_COLLECTION,
  }),
];

/** What records refer to: sectors, forecasters, sources, and the plain lists of what has an id and a name. */
export function registerCatalogueRoutes(app: FastifyInstance, context: RouteContext): void {
  registerCatalogueResource(app, context, SECTOR_RESOURCE);
  registerSectorTree(app, context);
  registerCatalogueResource(app, context, FORECASTER_RESOURCE);
  registerCatalogueResource(app, context, SOURCE_RESOURCE);
  for (const resource of PLAIN_RESOURCES) registerCatalogueResource(app, context, resource);
}

function registerSectorTree(app: FastifyInstance, { reading }: RouteContext): void {
  app.get(
    '/v1/sectors/tree',
    {
      schema: operation({
        operationId: 'getSectorTree',
        tag: 'Catalogue',
        summary: 'The taxonomy as a forest',
        description: 'Every sector under its parent, from the roots down. No sector has the id `tree`.',
        querystring: z.strictObject({}),
        response: SectorTreeAnswer,
        responseDescription: 'The whole taxonomy, nested.',
      }),
    },
    () =>
      reading(async ({ read }) => ({
        data: await sectorForest(read),
        meta: { datasetVersion: read.version },
      })),
  );
}
