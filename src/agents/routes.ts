import type { RequestListener } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { InvalidRequest } from '../http/message/problem.ts';
import type { RouteContext } from '../ledger/context.ts';

/** A message is short: the name of a tool and its arguments. */
const LONGEST_MESSAGE_BYTES = 65_536;

/**
 * `/mcp`: the Model Context Protocol over streamable HTTP, without sessions and without keys. What it answers it asks of
 * the API, as its clients do, so that all bounds of the API are its own.
 * @param dispatch handles requests of the server
 */
export function registerAgentRoutes(
  app: FastifyInstance,
  context: RouteContext,
  dispatch: RequestListener,
): void {
  app.post('/mcp', { bodyLimit: LONGEST_MESSAGE_BYTES }, async (request, reply) => {
    if (typeof request.body !== 'object' || request.body === null || Array.isArray(request.body))
      throw new InvalidRequest([
        { in: 'body', name: '', code: 'invalidValue', message: 'must be one JSON-RPC message: an object' },
      ]);
    // Not before somebody asks: the start and the memory of those who do not stay as they are.
    const { answerMessage } = await import('./server.ts');
    const left = new AbortController();
    reply.raw.once('close', () => left.abort());
    const { headers, host, url, ip: address } = request;
    const origin = context.originOf(request);
    const message = new Request(new URL(url, `http://${host || 'localhost'}`), {
      method: 'POST',
      headers: Object.entries(headers).flatMap(([name, value]): [string, string][] =>
        value === undefined ? [] : [[name, String(value)]],
      ),
      signal: left.signal,
      body: JSON.stringify(request.body),
    });
    const { store, now } = context;
    const caller = { dispatch, store, now, signal: left.signal, address, host, origin, log: request.log };
    const answer = await answerMessage(message, request.body, caller);
    return reply
      .code(answer.status)
      .headers(Object.fromEntries(answer.headers))
      .header('cache-control', 'no-store')
      .serializer(String)
      .send(await answer.text());
  });
}
