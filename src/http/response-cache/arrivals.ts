import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { messageFault } from '../message/message-rules.ts';
import type { Addressed } from '../message/origin.ts';
import { requestIdOf } from '../message/request-id.ts';
import { arrivalLogOf } from '../message/request-log.ts';
import type { KeptAnswers } from './kept-answers.ts';
import { sendKept, writeKnownHead } from './kept-answers.ts';

export interface ArrivalOptions {
  readonly answers: KeptAnswers;
  readonly originOf: (request: Addressed) => string;
  /** Whether `X-Forwarded-*` headers of some peers count. */
  readonly trustsProxies: boolean;
}

interface Arrival {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly arrivedAt: number;
}

const FORWARDED_HEADERS = ['x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto'];

/**
 * Sends kept answers to requests that come over the network before the framework sees them; it gets all others, and
 * those of which anything but address, method and the headers that questions are made of could change the answer.
 *
 * The requests that a turn of the event loop has read from its connections are answered together when it has read
 * them all (`setImmediate` runs after the polling of its turn), so that the ledger's state is read once for all of them.
 * It is read after each of them was here whole: a write that was answered before one of them was sent is in it.
 */
export function answerArrivals(app: FastifyInstance, options: ArrivalOptions): void {
  const { answers, originOf, trustsProxies } = options;
  const { server } = app;
  const [route] = server.listeners('request') as RequestListener[];
  if (route === undefined) throw new Error('the framework does not listen for requests yet');
  const logArrival = arrivalLogOf(app.log);
  let arrivals: Arrival[] = [];

  const answer = ({ request, response, arrivedAt }: Arrival, state: string): boolean => {
    const origin = originOf({ protocol: 'http', host: request.headers.host ?? '' });
    const kept = answers.get(answers.questionOf(request, origin, state));
    if (kept === undefined) return false;
    const id = requestIdOf(request);
    logArrival(id, request, response, arrivedAt);
    sendKept(request, response, kept, id, writeKnownHead);
    return true;
  };
  const answerAll = (): void => {
    const arrived = arrivals;
    arrivals = [];
    // Once the service is stopping, the framework ends the connection with the answer.
    const state = server.listening ? stateOrNull(answers) : null;
    for (const arrival of arrived)
      if (state === null || !answer(arrival, state)) route(arrival.request, arrival.response);
  };
  server.off('request', route).prependListener('request', (request, response) => {
    if (!isPlain(request, trustsProxies)) {
      route(request, response);
      return;
    }
    if (arrivals.push({ request, response, arrivedAt: performance.now() }) === 1) setImmediate(answerAll);
  });
}

/** A key that is sent is checked, so that a wrong one is refused: such a request goes the long way. */
export function isCacheable({ method, url, headers }: IncomingMessage): boolean {
  return (
    (method === 'GET' || method === 'HEAD') &&
    url?.startsWith('/v1/') === true &&
    headers.authorization === undefined
  );
}

/** Whether nothing about a request needs the framework: no fault, no body, no proxy that speaks for another. */
function isPlain(request: IncomingMessage, trustsProxies: boolean): boolean {
  if (!isCacheable(request) || messageFault(request) !== null) return false;
  const { headers } = request;
  if (headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined) return false;
  return !trustsProxies || FORWARDED_HEADERS.every((name) => headers[name] === undefined);
}

/** Null where the ledger does not answer: the framework's way meets the same and says so. */
function stateOrNull(answers: KeptAnswers): string | null {
  try {
    return answers.state();
  } catch {
    return null;
  }
}
