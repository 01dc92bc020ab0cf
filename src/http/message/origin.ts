import type { FastifyRequest } from 'fastify';

/** How the service is reached from outside. */
export interface Address {
  /** The address under which clients reach it; where there is none, that of each request. */
  readonly PUBLIC_URL?: string | undefined;
}

/** What a request says of the address that it was sent to. */
export type Addressed = Pick<FastifyRequest, 'protocol' | 'host'>;

const HOST = /^(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$/;

/**
 * The address under which a client reaches the service: the configured public URL, else what the request says (and, from
 * a trusted proxy, its `X-Forwarded-*` headers). Empty where the request's host is missing or not a host: links are then
 * relative.
 */
export function originOf(config: Address, request: Addressed): string {
  if (config.PUBLIC_URL !== undefined) return config.PUBLIC_URL;
  // What a proxy names may be anything: another scheme would make links that run.
  const scheme = request.protocol.toLowerCase() === 'https' ? 'https' : 'http';
  return HOST.test(request.host) ? `${scheme}://${request.host}` : '';
}

/** The path under which a proxy serves the service, such as `/ledger`: that of the public URL, without a trailing slash. */
export function publicPathOf(config: Address): string {
  return config.PUBLIC_URL === undefined ? '' : new URL(config.PUBLIC_URL).pathname.replace(/\/+$/, '');
}
