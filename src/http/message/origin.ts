import type { FastifyRequest } from 'fastify';
import type { Config } from '../../config.ts';

/** What a request says of the address that it was sent to. */
export type Addressed = Pick<FastifyRequest, 'protocol' | 'host'>;

const HOST = /^(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$/;

/**
 * The address under which a client reaches the service: the configured public URL, else what the request says (and, from
 * a trusted proxy, its `X-Forwarded-*` headers). Empty where the request's host is missing or not a host: links are then
 * relative.
 */
export function originOf(config: Config, request: Addressed): string {
  if (config.PUBLIC_URL !== undefined) return config.PUBLIC_URL;
  return HOST.test(request.host) ? `${request.protocol}://${request.host}` : '';
}

/** The path under which a proxy serves the service, such as `/ledger`: that of the public URL, without a trailing slash. */
export function publicPathOf(config: Config): string {
  return config.PUBLIC_URL === undefined ? '' : new URL(config.PUBLIC_URL).pathname.replace(/\/+$/, '');
}
