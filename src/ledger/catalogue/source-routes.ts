import type { FastifyInstance } from 'fastify';
import { sources } from '../../store/tables/schema.ts';
import type { RouteContext } from '../context.ts';
import { sourceAddition } from './additions.ts';
import { allIds } from './repository.ts';
import { registerCatalogueResource } from './resource.ts';
import { SOURCE_SORT_KEYS, Source, sourceFilters } from './schemas.ts';
import { findSource, listSources } from './source-repository.ts';

export function registerSourceRoutes(app: FastifyInstance, context: RouteContext): void {
  const { read } = context.storage;
  registerCatalogueResource(app, context, {
    path: 'sources',
    noun: 'source',
    name: 'Source',
    summary: 'Documents that print forecasts',
    record: Source,
    filters: sourceFilters,
    sortKeys: SOURCE_SORT_KEYS,
    defaultSort: 'id',
    exampleId: 'china-banking-news-2020-05-25',
    list: listSources,
    find: (id) => findSource(read, id),
    ids: () => allIds(read, sources),
    addition: sourceAddition(context.storage),
  });
}
