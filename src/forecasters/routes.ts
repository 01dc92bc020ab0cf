import type { FastifyInstance } from 'fastify';
import { forecasterAddition } from '../catalogue/additions.ts';
import { allIds } from '../catalogue/repository.ts';
import { organisations, regions } from '../db/schema.ts';
import type { RouteContext } from '../http/context.ts';
import { requireKnownIds } from '../http/known-ids.ts';
import { registerCatalogueResource } from '../http/resource.ts';
import { findForecaster, listForecasters } from './repository.ts';
import { FORECASTER_SORT_KEYS, Forecaster, forecasterFilters } from './schemas.ts';

export function registerForecasterRoutes(app: FastifyInstance, context: RouteContext): void {
  const { read } = context.storage;
  registerCatalogueResource(app, context, {
    path: 'forecasters',
    noun: 'forecaster',
    name: 'Forecaster',
    summary: 'Organisations: who forecasts, and who is named',
    record: Forecaster,
    filters: forecasterFilters,
    sortKeys: FORECASTER_SORT_KEYS,
    defaultSort: 'id',
    exampleId: 'haitong-securities',
    list: async (state, query, page) => {
      await requireKnownIds(state, { country: regions }, query);
      return listForecasters(state, query, page);
    },
    find: (id) => findForecaster(read, id),
    ids: () => allIds(read, organisations),
    addition: forecasterAddition(context.storage),
  });
}
