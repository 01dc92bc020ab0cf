import { createHash } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import type { Config } from '../../config.ts';

/** Style of the landing page. It stands here because the Content-Security-Policy names it by its hash. */
export const LANDING_STYLE =
  'body{font:1rem/1.5 system-ui,sans-serif;max-width:44rem;margin:3rem auto;padding:0 1rem;color:#1d2733}code{background:#eef1f5;padding:.1em .3em}a{color:#0b5cad}';
const LANDING_STYLE_HASH = `'sha256-${createHash('sha256').update(LANDING_STYLE).digest('base64')}'`;

/** Any page may read the answers: what is public needs no key, and a key is never sent by a browser on its own. */
const EXPOSED_HEADERS = [
  'Link',
  'X-Request-Id',
  'ETag',
  'Location',
  'Content-Disposition',
  'Idempotency-Replayed',
  'WWW-Authenticate',
  'Retry-After',
  'RateLimit',
  'RateLimit-Policy',
];

/** Security headers on every answer, and CORS. */
export async function registerSecurity(app: FastifyInstance, config: Config): Promise<void> {
  const [{ default: helmet }, { default: cors }] = await Promise.all([
    import('@fastify/helmet'),
    import('@fastify/cors'),
  ]);
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        'default-src': ["'none'"],
        'style-src': [LANDING_STYLE_HASH],
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
