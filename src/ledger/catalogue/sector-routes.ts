import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { operation } from '../../http/openapi/openapi.ts';
import { readDatasetVersion } from '../../store/ledger-state.ts';
import { sectors } from '../../store/tables/schema.ts';
import type { RouteContext } from '../context.ts';
import { allIds } from './repository.ts';
import { registerCatalogueResource } from './resource.ts';
import { SECTOR_SORT_KEYS, Sector, SectorTreeAnswer, sectorFilters } from './schemas.ts';
import { findSector, listSectors, sectorForest } from './sector-repository.ts';

export function registerSectorRoutes(app: FastifyInstance, context: RouteContext): void {
  const { read } = context.storage;
  registerCatalogueResource(app, context, {
    path: 'sectors',
    noun: 'sector',
    name: 'Sector',
    summary: 'The taxonomy as a flat list',
    record: Sector,
    filters: sectorFilters,
    sortKeys: SECTOR_SORT_KEYS,
    defaultSort: 'id',
    exampleId: 'new-infrastructure',
    list: listSectors,
    find: (id) => findSector(read, id),
    ids: () => allIds(read, sectors),
  });

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
    async () => ({
      data: await sectorForest(read),
      meta: { datasetVersion: await readDatasetVersion(read) },
    }),
  );
}
