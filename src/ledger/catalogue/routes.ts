import type { FastifyInstance } from 'fastify';
import type { z } from 'zod';
import { collections, measures, regions, scopes } from '../../store/tables/schema.ts';
import type { RouteContext } from '../context.ts';
import { collectionAddition } from './additions.ts';
import type { NamedTable } from './repository.ts';
import { allIds, findNamed, listNamed } from './repository.ts';
import type { CatalogueAddition } from './resource.ts';
import { registerCatalogueResource } from './resource.ts';
import { Collection, Measure, Region, Scope } from './schemas.ts';

interface PlainResource {
  readonly path: string;
  readonly noun: string;
  readonly name: string;
  readonly summary: string;
  readonly record: z.ZodObject;
  readonly table: NamedTable;
  readonly exampleId: string;
  readonly addition?: CatalogueAddition<{ readonly id: string; readonly name: string }>;
}

const PLAIN_RESOURCES: readonly PlainResource[] = [
  {
    path: 'measures',
    noun: 'measure',
    name: 'Measure',
    summary: 'What figures measure, each with its definition',
    record: Measure,
    table: measures,
    exampleId: 'directInvestment',
  },
  {
    path: 'scopes',
    noun: 'scope',
    name: 'Scope',
    summary: 'Whose spending figures mean, each with its definition',
    record: Scope,
    table: scopes,
    exampleId: 'national',
  },
  {
    path: 'regions',
    noun: 'region',
    name: 'Region',
    summary: 'Countries and areas that forecasts speak of',
    record: Region,
    table: regions,
    exampleId: 'CN',
  },
  {
    path: 'collections',
    noun: 'collection',
    name: 'Collection',
    summary: 'Sets of records that were gathered together',
    record: Collection,
    table: collections,
    exampleId: 'seed-documents',
    addition: collectionAddition(),
  },
];

/** The parts of the catalogue that are plain lists of named facts. */
export function registerCatalogueRoutes(app: FastifyInstance, context: RouteContext): void {
  const { read } = context.storage;
  for (const { table, ...resource } of PLAIN_RESOURCES) {
    registerCatalogueResource(app, context, {
      ...resource,
      filters: {},
      sortKeys: ['id', 'name'],
      defaultSort: 'id',
      list: (state, _query, page) => listNamed(state, table, Object.keys(resource.record.shape), page),
      find: (id) => findNamed(read, table, Object.keys(resource.record.shape), id),
      ids: () => allIds(read, table),
    });
  }
}
