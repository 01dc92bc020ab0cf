import type { RequestListener } from 'node:http';
import { createServer } from 'node:http';
import { BlockList, isIPv6 } from 'node:net';
import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import Fastify from 'fastify';
import type { AdmissionLimits } from './message/admission.ts';
import { Admission } from './message/admission.ts';
import type { ConnectionLimits } from './message/connections.ts';
import { Connections } from './message/connections.ts';
import { takePath } from './message/message-rules.ts';
import { sendProblem } from './message/problem.ts';
import { requestIdOf } from './message/request-id.ts';
import { RequestLog } from './message/request-log.ts';
import { serializerCompiler } from './message/serialiser.ts';
import { validatorCompiler } from './message/validation.ts';
import type { ResponseCache } from './response-cache/response-cache.ts';

export interface ServerSettings extends ConnectionLimits, AdmissionLimits {
  readonly BODY_LIMIT_BYTES: number;
  readonly HEADER_LIMIT_BYTES: number;
  /** Time in which a request must have arrived whole. */
  readonly REQUEST_TIMEOUT_MS: number;
  /** Whose `X-Forwarded-*` headers count: `on` (anyone's), `off`, or addresses and networks, separated by commas. */
  readonly TRUST_PROXY: string;
}

const MAX_PATH_PART_LENGTH = 256;

export interface HttpApp {
  readonly app: FastifyInstance;
  readonly connections: Connections;
  readonly admission: Admission;
  /** Handles a request as one that has come over a connection. */
  readonly dispatch: RequestListener;
}

/** The framework on an HTTP server whose requests the response cache sees first; no route is registered yet. */
export function createHttpApp(
  settings: ServerSettings,
  parts: {
    readonly logger: FastifyBaseLogger | undefined;
    readonly cache: ResponseCache;
    readonly publicPath: string;
  },
): HttpApp {
  const { logger, cache, publicPath } = parts;
  const { REQUEST_TIMEOUT_MS: timeoutMs } = settings;
  const isProxy = trustedProxies(settings.TRUST_PROXY);
  const connections = new Connections(settings, isProxy, publicPath);
  const admission = new Admission(settings, isProxy);
  let dispatch: RequestListener = () => undefined;
  const app: FastifyInstance = Fastify({
    ...(logger === undefined ? { logger: false } : { loggerInstance: logger }),
    bodyLimit: settings.BODY_LIMIT_BYTES,
    serverFactory: (listener) => {
      const server = createServer({
        // Checked in message-rules.ts, which says what is missing.
        requireHostHeader: false,
        maxHeaderSize: settings.HEADER_LIMIT_BYTES,
        headersTimeout: timeoutMs,
        requestTimeout: timeoutMs,
        // How often Node looks for requests past their time; its own 30 s would let a short limit pass unnoticed.
        connectionsCheckingInterval: Math.min(5000, Math.ceil(timeoutMs / 4)),
        keepAliveTimeout: KEEP_ALIVE_MS,
      });
      dispatch = cache.before(admission.before(listener), () => server.listening);
      connections.watch(server, (request, response) => {
        takePath(request);
        dispatch(request, response);
      });
      return server.setTimeout(timeoutMs * 2);
    },
    // Where anybody is trusted, only what the nearest one says is known not to come from a client.
    trustProxy:
      settings.TRUST_PROXY === 'off'
        ? false
        : (address, hop) => isProxy(address) && (settings.TRUST_PROXY !== 'on' || hop === 0),
    forceCloseConnections: 'idle',
    // What has arrived before the end is answered, not sent away.
    return503OnClosing: false,
    routerOptions: { maxParamLength: MAX_PATH_PART_LENGTH, ignoreTrailingSlash: true },
    genReqId: requestIdOf,
    logController: new RequestLog(),
    clientErrorHandler: (error, socket) => connections.refuse(error, socket),
    frameworkErrors: (error, request, reply) => {
      sendProblem(error, request, reply, publicPath);
    },
  });
  // Before any route: those that are older than it would have the framework's own.
  app.setErrorHandler((error, request, reply) => sendProblem(error, request, reply, publicPath));
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id);
    // Read now, for the log too: behind a proxy it is asked of the socket, which a request that has ended has no more.
    if (settings.TRUST_PROXY !== 'off') Object.defineProperty(request, 'ip', { value: request.ip });
  });
  admission.register(app);
  return { app, connections, admission, dispatch };
}

/** The framework's own default, which it does not set on a server that it is given. */
const KEEP_ALIVE_MS = 72_000;

/** Tells whether an address is one of the proxies that a setting names. */
function trustedProxies(setting: string): (address: string) => boolean {
  if (setting === 'on') return () => true;
  const proxies = new BlockList();
  for (const entry of setting === 'off' ? [] : setting.split(',')) {
    const [address = '', bits] = entry.split('/');
    const family = isIPv6(address) ? 'ipv6' : 'ipv4';
    if (bits === undefined) proxies.addAddress(address, family);
    else proxies.addSubnet(address, Number(bits), family);
  }
  return (address) => proxies.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}
