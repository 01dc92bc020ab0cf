import { randomUUID } from 'node:crypto';
import type { FastifyBaseLogger, FastifyInstance, FastifyReply } from 'fastify';
import { registerAgentRoutes } from './agents/routes.ts';
import { KeptOutcomes } from './analysis/assessments/kept-outcomes.ts';
import { registerAssessmentRoutes } from './analysis/assessments/routes.ts';
import { registerTrackRecordRoutes } from './analysis/assessments/track-record-routes.ts';
import { registerBreakdownRoutes } from './analysis/breakdowns/routes.ts';
import { registerComparisonRoutes } from './analysis/comparisons/routes.ts';
import { registerFacetRoutes } from './analysis/facets/routes.ts';
import { registerReadingRoutes } from './analysis/readings/routes.ts';
import { registerSeriesRoutes } from './analysis/series/routes.ts';
import type { Config } from './config.ts';
import { currentRateDate } from './domain/money/rate-provider.ts';
import { createAuthentication, registerAuthentication } from './http/auth.ts';
import { registerAcceptRule } from './http/formats/formats.ts';
import type { StreamTimes } from './http/formats/streams.ts';
import { createStreams } from './http/formats/streams.ts';
import { createLargeAnswers } from './http/large-answers.ts';
import { registerBodyParser } from './http/message/body-parser.ts';
import { registerFallbacks } from './http/message/fallbacks.ts';
import { registerMessageRules, registerQueryRule } from './http/message/message-rules.ts';
import { originOf, publicPathOf } from './http/message/origin.ts';
import { registerPreconditions } from './http/message/preconditions.ts';
import { registerSecurity } from './http/message/security.ts';
import { registerSerialiser } from './http/message/serialiser.ts';
import { registerShutdown } from './http/message/shutdown.ts';
import { registerOpenApi, registerOpenApiDocument } from './http/openapi/openapi.ts';
import { registerSwaggerUi } from './http/openapi/swagger-ui.ts';
import { registerVintageCheck } from './http/query/vintage.ts';
import { createReadings } from './http/readings.ts';
import { createResponseCache } from './http/response-cache/response-cache.ts';
import { createHttpApp } from './http/server.ts';
import { catalogueAsOf } from './ledger/catalogue/past.ts';
import { registerCatalogueRoutes } from './ledger/catalogue/routes.ts';
import { registerChangeRoutes } from './ledger/changes/routes.ts';
import type { ReadContext, RouteContext } from './ledger/context.ts';
import { createKeyLookup } from './ledger/keys/keys.ts';
import { createRateBooks } from './ledger/rates/book.ts';
import { REFERENCE } from './ledger/rates/provider.ts';
import { registerRateRoutes } from './ledger/rates/routes.ts';
import { ENTRY_FOLLOWERS } from './ledger/records/followers.ts';
import { listImpliedRates } from './ledger/records/repository.ts';
import { registerRecordRoutes } from './ledger/records/routes.ts';
import { registerLanding } from './pages/landing.ts';
import type { GatherMetrics } from './pages/metrics.ts';
import { registerMetrics } from './pages/metrics.ts';
import { registerOperationRoutes } from './pages/operation.ts';
import {
  drawAssessment,
  drawBreakdown,
  drawComparison,
  drawConversions,
  drawMatrix,
  drawRecord,
  drawSeries,
  drawTrackRecord,
} from './pages/pictures/pictures.ts';
import { createSite, registerBrowserDoor, registerPages } from './pages/site/routes.ts';
import type { Store } from './store/store.ts';
import { registerExportRoutes } from './transfer/exports/routes.ts';
import { registerImportRoutes } from './transfer/imports/routes.ts';

export interface AppOptions {
  readonly config: Config;
  readonly store: Store;
  /** The clock; for tests. */
  readonly now?: () => Date;
  /** Names this start of the service, in the tags of its answers; by default no other start has it. */
  readonly generation?: string | undefined;
  /** Where requests are logged; without one, nowhere. */
  readonly logger?: FastifyBaseLogger;
  /** Gathers the metrics of all processes that serve; by default there is this one. */
  readonly gatherMetrics?: GatherMetrics | undefined;
  /** How long downloads may keep others waiting; for tests. */
  readonly streamTimes?: Partial<StreamTimes> | undefined;
  /** Further routes; for tests. */
  readonly furtherRoutes?: (app: FastifyInstance, context: RouteContext) => void;
}

/** The whole service, not listening yet. Whoever builds it closes it; the store stays the caller's. */
export async function buildApp({
  config,
  store,
  logger,
  furtherRoutes,
  streamTimes,
  generation = randomUUID(),
  gatherMetrics,
  now = () => new Date(),
}: AppOptions): Promise<FastifyInstance> {
  const publicPath = publicPathOf(config);
  const readings = createReadings(store, (reply) => onWaiting(reply));
  const cache = createResponseCache({
    readings,
    now,
    timeKey: (time) => JSON.stringify(currentRateDate(REFERENCE, time)),
    budgetBytes: config.CACHE_BYTES,
    generation,
    originOf: (request) => originOf(config, request),
    trustsProxies: config.TRUST_PROXY !== 'off',
  });
  const { app, connections, admission, dispatch } = createHttpApp(config, { logger, cache, publicPath });
  const ratesOf = createRateBooks();
  const reading: RouteContext['reading'] = (request, use, options) =>
    readings.read(
      request,
      async (read) => {
        const { knownAsOf } = (request?.query ?? {}) as { readonly knownAsOf?: string };
        const view = knownAsOf === undefined ? read : await catalogueAsOf(read, knownAsOf);
        return use({ read: view, rates: ratesOf(read), now });
      },
      options,
    );
  const onWaiting = ({ raw }: FastifyReply): void => admission.release(raw);
  const context: RouteContext = {
    store,
    reading,
    ratesOf,
    now,
    streams: createStreams<ReadContext>(reading, config, streamTimes, onWaiting),
    makeLarge: createLargeAnswers(onWaiting),
    authentication: createAuthentication(createKeyLookup(store, now), store),
    writeWaitMs: config.WRITE_WAIT_MS,
    originOf: (request) => originOf(config, request),
  };

  registerSerialiser(app);
  registerMessageRules(app);
  registerBodyParser(app);
  registerShutdown(app, connections);
  admission.countUnsent(app);
  cache.register(app);
  admission.countUnsent(app);
  registerPreconditions(app);
  registerAcceptRule(app);
  registerVintageCheck(app, context, readings, onWaiting);
  await registerSecurity(app, config);
  registerBrowserDoor(app, publicPath);
  registerQueryRule(app);
  registerAuthentication(app, context.authentication);
  await registerOpenApi(app, config.PUBLIC_URL ?? '/');
  const fallbacks = registerFallbacks(app, publicPath);

  const site = createSite(context, { dispatch, publicPath });
  registerLanding(app, context, site);
  registerPages(app, site, { dispatch, publicPath });
  registerOperationRoutes(app, context);
  if (config.METRICS === 'on') registerMetrics(app, context, cache, gatherMetrics);
  registerRecordRoutes(app, context, { record: drawRecord, conversions: drawConversions });
  const outcomes = new KeptOutcomes();
  registerAssessmentRoutes(app, context, outcomes, drawAssessment);
  registerTrackRecordRoutes(app, context, outcomes, drawTrackRecord);
  registerFacetRoutes(app, context);
  registerBreakdownRoutes(app, context, { breakdown: drawBreakdown, matrix: drawMatrix });
  registerComparisonRoutes(app, context, drawComparison);
  registerSeriesRoutes(app, context, drawSeries);
  registerReadingRoutes(app, context);
  registerRateRoutes(app, context, listImpliedRates);
  registerCatalogueRoutes(app, context, ENTRY_FOLLOWERS);
  await registerImportRoutes(app, context, config);
  registerExportRoutes(app, context);
  registerChangeRoutes(app, context);
  registerAgentRoutes(app, context, dispatch);
  furtherRoutes?.(app, context);
  registerOpenApiDocument(app);
  fallbacks.finish();
  await registerSwaggerUi(app, publicPath);

  await app.ready();
  return app;
}
