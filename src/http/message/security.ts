import type { FastifyInstance } from 'fastify';
import type { Address } from './origin.ts';

/** Any page may read the answers: what is public needs no key, and a key is never sent by a browser on its own. */
const EXPOSED_HEADERS = [
  'Link',
  'X-Request-Id',
  'ETag',
  'Location',
  'Content-Disposition',
  'Idempotency-Replayed',
  'Ledger-Freshness',
  'WWW-Authenticate',
  'Retry-After',
  'RateLimit',
  'RateLimit-Policy',
];

/** Security headers on every answer, and CORS. Pages have a policy of their own. */
export async function registerSecurity(app: FastifyInstance, config: Address): Promise<void> {
  const [{ default: helmet }, { default: cors }] = await Promise.all([
    import('@fastify/helmet'),
    import('@fastify/cors'),
  ]);
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        'default-src': ["'none'"],
        'base-uri': ["'none'"],
        'form-action': ["'none'"],
        'frame-ancestors': ["'none'"],
      },
    },
    // The data is meant to be embedded elsewhere; pages of the service itself are not.
    crossOriginResourcePolicy: { policy: 'cross-origin' },
    strictTransportSecurity:
      config.PUBLIC_URL?.startsWith('https:') === true
        ? { maxAge: 31_536_000, includeSubDomains: false }
        : false,
  });
  await app.register(cors, {
    origin: '*',
    // Request headers are allowed as they are asked for: `Authorization`, `Idempotency-Key`, `If-Match`, and whatever a
    // dashboard adds of its own. No cookie counts here, so nothing is given away by it.
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'DELETE'],
    exposedHeaders: EXPOSED_HEADERS,
    strictPreflight: false,
    // The answer to OPTIONS names what the path takes as well: see fallbacks.ts.
    preflightContinue: true,
    maxAge: 86_400,
  });
}
