import type { FastifyInstance } from 'fastify';
import { DESCRIPTION, VERSION } from '../http/openapi/manifest.ts';
import type { RouteContext } from '../ledger/context.ts';
import type { Site } from './site/routes.ts';
import { prefersHtml } from './site/routes.ts';

/** Where a program finds what. */
const LINKS = {
  documentation: '/docs/',
  openapi: '/openapi.json',
  forecasts: '/v1/forecasts',
  facets: '/v1/facets',
  breakdown: '/v1/sectors/new-infrastructure/breakdown',
  comparison:
    '/v1/comparisons?sector=new-infrastructure&measure=directInvestment&region=CN&periodFrom=2020-01-01&periodTo=2020-12-31',
  sectors: '/v1/sectors',
  sectorTree: '/v1/sectors/tree',
  forecasters: '/v1/forecasters',
  sources: '/v1/sources',
  measures: '/v1/measures',
  scopes: '/v1/scopes',
  regions: '/v1/regions',
  collections: '/v1/collections',
  rates: '/v1/rates?date=2020-05-25',
  currencies: '/v1/currencies',
  convert: '/v1/convert?amount=100&from=CNY&to=USD',
  breakdownMatrix: '/v1/breakdowns?year=2020',
  changes: '/v1/changes',
  feed: '/v1/changes.atom',
  problems: '/problems',
  health: '/health/ready',
} as const;

/** `/`: a page for a browser, an index of links for anything else. */
export function registerLanding(app: FastifyInstance, context: RouteContext, site: Site): void {
  app.get('/', async (request, reply) => {
    if (prefersHtml(request)) return site.show(request, reply, (await import('./site/home.ts')).home);
    reply.header('vary', 'Accept');
    const origin = context.originOf(request);
    const links = Object.fromEntries(Object.entries(LINKS).map(([name, path]) => [name, origin + path]));
    return reply
      .type('application/json')
      .send({ name: 'Forecast Ledger', version: VERSION, about: DESCRIPTION, links });
  });
}
