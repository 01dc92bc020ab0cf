import type { FastifyInstance } from 'fastify';
import { organisations, regions } from '../../store/tables/schema.ts';
import type { RouteContext } from '../context.ts';
import { forecasterAddition } from './additions.ts';
import { findForecaster, listForecasters } from './forecaster-repository.ts';
import { requireKnownIds } from './known-ids.ts';
import { allIds } from './repository.ts';
import { registerCatalogueResource } from './resource.ts';
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
