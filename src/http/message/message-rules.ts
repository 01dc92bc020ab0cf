import type { IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';
import type { ProblemCode } from './problem.ts';
import { Problem } from './problem.ts';

/**
 * Refuses, as problem documents, what Node would otherwise refuse with an empty answer before the service sees it: an
 * HTTP/1.1 request without `Host`, or with several (RFC 9112, 3.2), and an expectation other than `100-continue`
 * (RFC 9110, 10.1.1); and a target that is at another address than `Host` names. The server must have been made with
 * `requireHostHeader: false`, and hand each request to `takePath` first. Register it before all other hooks.
 */
export function registerMessageRules(app: FastifyInstance): void {
  app.server.on('checkExpectation', (request, response) => app.server.emit('request', request, response));
  app.addHook('onRequest', async ({ raw }) => {
    const fault = messageFault(raw);
    if (fault !== null) throw new Problem(fault.code, fault.detail, CLOSE);
  });
}

/** Refuses a malformed query string, which the framework would read leniently, as a malformed path is refused. */
export function registerQueryRule(app: FastifyInstance): void {
  app.addHook('onRequest', async ({ url }) => {
    try {
      decodeURIComponent(url.slice(url.indexOf('?') + 1));
    } catch {
      throw new Problem('malformedUrl', 'The query string is not valid percent-encoded UTF-8.');
    }
  });
}

/** An address before the path of a target: RFC 9112, 3.2.2. */
const ABSOLUTE = /^([a-z][a-z\d+.-]*):\/\/([^/?#]*)/i;
const DEFAULT_PORTS: Readonly<Record<string, RegExp>> = { http: /:(?:80)?$/, https: /:(?:443)?$/ };
/** The address of each target that is not the one that `Host` names. */
const ELSEWHERE = new WeakMap<IncomingMessage, string>();

/**
 * Makes a request's `url` begin with the path, by which everything goes: a client may send the address of the service
 * before it, as it does to a proxy.
 */
export function takePath(request: IncomingMessage): void {
  const { url = '', headers } = request;
  if (url.startsWith('/')) return;
  const [address, scheme = '', authority = ''] = ABSOLUTE.exec(url) ?? [];
  if (address === undefined) return;
  const path = url.slice(address.length);
  request.url = path.startsWith('/') ? path : `/${path}`;
  headers.host ??= authority;
  const port = DEFAULT_PORTS[scheme.toLowerCase()];
  const hosts = [authority, headers.host].map((host) => host.toLowerCase().replace(port ?? '', ''));
  if (port === undefined || hosts[0] !== hosts[1]) ELSEWHERE.set(request, address);
}

/** What is wrong with a request as a message of HTTP; null where nothing is. */
export function messageFault(request: IncomingMessage): { code: ProblemCode; detail: string } | null {
  const elsewhere = ELSEWHERE.get(request);
  if (elsewhere !== undefined) {
    return {
      code: 'malformedRequest',
      detail: `The request is for ${elsewhere.slice(0, 200)}, and its header Host names ${JSON.stringify(request.headers.host?.slice(0, 200))}; send the path alone, such as GET /v1/forecasts, or the same host in both.`,
    };
  }
  if (request.httpVersion !== '1.1') return null;
  const hosts = hostHeadersOf(request);
  if (hosts !== 1) {
    const found = hosts === 0 ? 'no header Host' : `${hosts} headers Host`;
    return {
      code: 'malformedRequest',
      detail: `The request has ${found}; HTTP/1.1 wants exactly one, such as Host: ledger.example.org.`,
    };
  }
  const { expect } = request.headers;
  if (expect === undefined || expect.trim().toLowerCase() === '100-continue') return null;
  return {
    code: 'expectationFailed',
    detail: `The header Expect is ${JSON.stringify(expect.slice(0, 80))}; the only expectation that is met is 100-continue.`,
  };
}

/** How many headers `Host` a request has: Node keeps the first of them. */
function hostHeadersOf({ rawHeaders }: IncomingMessage): number {
  let hosts = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at];
    if (name?.length === 4 && name.toLowerCase() === 'host') hosts += 1;
  }
  return hosts;
}

/** Whether a body follows cannot be told: nothing more is read from the connection. */
const CLOSE = { headers: { connection: 'close' } };
