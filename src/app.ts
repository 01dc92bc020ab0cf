import { randomUUID } from 'node:crypto';
import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import Fastify from 'fastify';
import { registerAssessmentRoutes } from './analysis/assessments/routes.ts';
import { registerTrackRecordRoutes } from './analysis/assessments/track-record-routes.ts';
import { registerBreakdownRoutes } from './analysis/breakdowns/routes.ts';
import { registerComparisonRoutes } from './analysis/comparisons/routes.ts';
import { registerFacetRoutes } from './analysis/facets/routes.ts';
import type { Config } from './config.ts';
import { createAuthentication, registerAuthentication } from './http/auth.ts';
import type { StreamLimits } from './http/formats/streams.ts';
import { createStreams, STREAM_LIMITS } from './http/formats/streams.ts';
import { answerClientError, registerFallbacks } from './http/message/fallbacks.ts';
import { registerMessageRules } from './http/message/message-rules.ts';
import { originOf, publicPathOf } from './http/message/origin.ts';
import { Problem, sendProblem } from './http/message/problem.ts';
import { requestIdOf } from './http/message/request-id.ts';
import { RequestLog } from './http/message/request-log.ts';
import { registerSecurity } from './http/message/security.ts';
import { serializerCompiler } from './http/message/serialiser.ts';
import { registerShutdown } from './http/message/shutdown.ts';
import { validatorCompiler } from './http/message/validation.ts';
import { registerOpenApi } from './http/openapi/openapi.ts';
import { registerSwaggerUi } from './http/openapi/swagger-ui.ts';
import { registerVintageCheck } from './http/query/vintage.ts';
import { registerCaching } from './http/response-cache/caching.ts';
import { registerCatalogueRoutes } from './ledger/catalogue/routes.ts';
import { registerChangeRoutes } from './ledger/changes/routes.ts';
import type { ReadContext, RouteContext } from './ledger/context.ts';
import { createRateBooks } from './ledger/rates/book.ts';
import { registerRateRoutes } from './ledger/rates/routes.ts';
import { listImpliedRates } from './ledger/records/repository.ts';
import { registerRecordRoutes } from './ledger/records/routes.ts';
import { LANDING_STYLE, registerLanding } from './pages/landing.ts';
import { registerOperationRoutes } from './pages/operation.ts';
import { readDatasetVersion } from './store/ledger-state.ts';
import type { Storage } from './store/sqlite/storage.ts';
import { connectionOf, snapshotOn } from './store/sqlite/storage.ts';
import { registerExportRoutes } from './transfer/exports/routes.ts';
import { registerImportRoutes } from './transfer/imports/routes.ts';

export interface AppOptions {
  readonly config: Config;
  readonly storage: Storage;
  /** The clock; for tests. */
  readonly now?: () => Date;
  /** Names this start of the service, in the tags of its answers; by default no other start has it. */
  readonly generation?: string | undefined;
  /** Where requests are logged; without one, nowhere. */
  readonly logger?: FastifyBaseLogger;
  /** How many long answers are sent at once, and how slowly; for tests. */
  readonly streamLimits?: Partial<StreamLimits>;
  /** Further routes; for tests. */
  readonly furtherRoutes?: (app: FastifyInstance, context: RouteContext) => void;
}

const MAX_PATH_PART_LENGTH = 256;

/** The whole service, not listening yet. Whoever builds it closes it; the storage stays the caller's. */
export async function buildApp({
  config,
  storage,
  logger,
  furtherRoutes,
  streamLimits = {},
  generation = randomUUID(),
  now = () => new Date(),
}: AppOptions): Promise<FastifyInstance> {
  const publicPath = publicPathOf(config);
  const app: FastifyInstance = Fastify({
    ...(logger === undefined ? { logger: false } : { loggerInstance: logger }),
    bodyLimit: config.BODY_LIMIT_BYTES,
    requestTimeout: config.REQUEST_TIMEOUT_MS,
    connectionTimeout: config.REQUEST_TIMEOUT_MS * 2,
    http: {
      // Checked in message-rules.ts, which says what is missing.
      requireHostHeader: false,
      maxHeaderSize: config.HEADER_LIMIT_BYTES,
      headersTimeout: config.REQUEST_TIMEOUT_MS,
      // How often Node looks for requests past their time; its own 30 s would let a short limit pass unnoticed.
      connectionsCheckingInterval: Math.min(5000, Math.ceil(config.REQUEST_TIMEOUT_MS / 4)),
    },
    trustProxy: trustProxy(config.TRUST_PROXY),
    forceCloseConnections: 'idle',
    // What has arrived before the end is answered, not sent away.
    return503OnClosing: false,
    routerOptions: { maxParamLength: MAX_PATH_PART_LENGTH, ignoreTrailingSlash: true },
    genReqId: requestIdOf,
    logController: new RequestLog(),
    clientErrorHandler: (error, socket) => answerClientError(error, socket, publicPath),
    frameworkErrors: (error, request, reply) => {
      sendProblem(error, request, reply, publicPath);
    },
  });
  const { store } = storage;
  const rateBooks = createRateBooks();
  const reading: RouteContext['reading'] = (use) =>
    store.snapshot((read) =>
      use({
        read,
        storage: { read, sqlite: connectionOf(read) ?? storage.sqlite },
        rates: rateBooks(read),
        now,
      }),
    );
  const context: RouteContext = {
    storage,
    store,
    // Not of one state: for what is not read through `reading` yet.
    read: snapshotOn(storage.read, ''),
    rates: {
      open: async (...asked) =>
        rateBooks(snapshotOn(storage.read, await readDatasetVersion(storage.read))).open(...asked),
    },
    reading,
    now,
    streams: createStreams<ReadContext>(reading, { ...STREAM_LIMITS, ...streamLimits }),
    authentication: createAuthentication(storage, now),
    writeWaitMs: config.WRITE_WAIT_MS,
    originOf: (request) => originOf(config, request),
  };

  // Bodies are JSON: what else the framework reads of itself would be a text where a document is meant.
  app.removeContentTypeParser('text/plain');
  const parseJson = app.getDefaultJsonParser('error', 'error');
  const utf8 = new TextDecoder('utf-8', { fatal: true });
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, bytes: Buffer, done) => {
    let body: string;
    try {
      body = utf8.decode(bytes);
    } catch {
      done(
        new Problem('malformedRequest', 'The body is not UTF-8: bytes that are no characters would be lost.'),
      );
      return;
    }
    // Clients name the type of a body that they do not send: a `DELETE` has none, and of others it is told that it is missing.
    if (body === '') done(null, undefined);
    else parseJson(request, body, done);
  });
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id);
  });
  registerMessageRules(app);
  registerShutdown(app, publicPath);
  registerCaching(app, {
    storage,
    now,
    originOf: context.originOf,
    trustsProxies: config.TRUST_PROXY !== 'off',
    budgetBytes: config.CACHE_BYTES,
    generation,
  });
  registerVintageCheck(app, { storage, now, writeWaitMs: config.WRITE_WAIT_MS });
  await registerSecurity(app, { ...config, inlineStyles: [LANDING_STYLE] });
  app.addHook('onRequest', async (request) => refuseMalformedQuery(request.url));
  registerAuthentication(app, context.authentication);
  await registerOpenApi(app, config.PUBLIC_URL ?? '/');
  const fallbacks = registerFallbacks(app, publicPath);

  registerLanding(app, context);
  registerOperationRoutes(app, context);
  registerRecordRoutes(app, context);
  registerAssessmentRoutes(app, context);
  registerTrackRecordRoutes(app, context);
  registerFacetRoutes(app, context);
  registerBreakdownRoutes(app, context);
  registerComparisonRoutes(app, context);
  registerRateRoutes(app, context, listImpliedRates);
  registerCatalogueRoutes(app, context);
  await registerImportRoutes(app, context, config);
  registerExportRoutes(app, context);
  registerChangeRoutes(app, context);
  furtherRoutes?.(app, context);
  registerOpenApiDocument(app);
  fallbacks.finish();
  await registerSwaggerUi(app, publicPath);

  await app.ready();
  return app;
}

/** `/openapi.json`, put together when it is first asked for. */
function registerOpenApiDocument(app: FastifyInstance): void {
  let document: string | undefined;
  app.get('/openapi.json', async (_request, reply) => {
    document ??= JSON.stringify(app.swagger());
    return reply.type('application/json').send(document);
  });
}

/** The framework reads a malformed query string leniently; here it is an error like a malformed path. */
function refuseMalformedQuery(url: string): void {
  const query = url.indexOf('?');
  if (query < 0) return;
  try {
    decodeURIComponent(url.slice(query + 1));
  } catch {
    throw new Problem('malformedUrl', 'The query string is not valid percent-encoded UTF-8.');
  }
}

function trustProxy(setting: string): boolean | string[] {
  if (setting === 'on') return true;
  return setting === 'off' ? false : setting.split(',');
}
