import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import { Problem } from './problem.ts';

export interface AdmissionLimits {
  /** Requests that are being answered at once. */
  readonly REQUEST_LIMIT: number;
  /** Bytes of answers that are made and not taken by their clients. */
  readonly UNSENT_LIMIT_BYTES: number;
}

interface Unsent {
  readonly bytes: number;
  /** When it was made, in the milliseconds of `performance.now()`. */
  readonly since: number;
}

/** So many requests are begun in one turn of the event loop: those that come together would be in memory together. */
const BEGUN_A_TURN = 4;
/** How long a client may leave an answer unread while there are too many of those. */
const UNREAD_MS = 1000;
const RELIEF_MS = 100;
/** Shorter answers are not worth counting. */
const LEAST_COUNTED = 16_384;
const RETRY_AFTER_SECONDS = 1;

/**
 * Which requests under `/v1/` the framework gets, and when: a few in each turn of the event loop, one of each address in
 * turn; none while more unsent bytes wait than may; and 503 for those that are too many. What else there is is small, and
 * tells whether the service lives.
 *
 * `@fastify/under-pressure` does not serve here: it refuses everybody alike once the process as a whole is too large or
 * too slow, and neither slows nor ends what makes it so.
 */
export class Admission {
  readonly #limits: AdmissionLimits;
  readonly #held = new Map<string, ServerResponse[]>();
  readonly #refused = new WeakSet<IncomingMessage>();
  /** The oldest first. */
  readonly #unsent = new Map<ServerResponse, Unsent>();
  #listener: RequestListener = () => undefined;
  #log: FastifyBaseLogger | undefined;
  #requests = 0;
  #begun = 0;
  #unsentBytes = 0;
  #turn: NodeJS.Immediate | undefined;
  #relief: NodeJS.Timeout | undefined;

  constructor(limits: AdmissionLimits) {
    this.#limits = limits;
  }

  before(listener: RequestListener): RequestListener {
    this.#listener = listener;
    return (request, response) => {
      if (request.url?.startsWith('/v1/') !== true) {
        listener(request, response);
        return;
      }
      if (this.#requests >= this.#limits.REQUEST_LIMIT) {
        this.#refused.add(request);
        listener(request, response);
        return;
      }
      this.#requests += 1;
      const onAnswered = (): void => {
        response.off('prefinish', onAnswered).off('close', onAnswered);
        this.#requests -= 1;
      };
      response.on('prefinish', onAnswered).on('close', onAnswered);
      if (this.#held.size === 0 && this.#begun < BEGUN_A_TURN && !this.#isFull()) this.#begin(response);
      else this.#hold(request.socket.remoteAddress ?? '', response);
      this.#turn ??= setImmediate(this.#proceed);
    };
  }

  #begin(response: ServerResponse): void {
    this.#begun += 1;
    this.#listener(response.req, response);
  }

  #hold(address: string, response: ServerResponse): void {
    const ofAddress = this.#held.get(address);
    if (ofAddress === undefined) this.#held.set(address, [response]);
    else ofAddress.push(response);
  }

  readonly #proceed = (): void => {
    this.#turn = undefined;
    this.#begun = 0;
    // While it is full, relief goes on with it.
    while (this.#held.size > 0 && this.#begun < BEGUN_A_TURN && !this.#isFull()) {
      const response = this.#nextHeld();
      if (response !== undefined && !response.destroyed) this.#begin(response);
    }
    if (this.#begun > 0) this.#turn ??= setImmediate(this.#proceed);
  };

  /** The first of the address whose turn it is. */
  #nextHeld(): ServerResponse | undefined {
    const [[address, responses] = ['', []]] = this.#held;
    const next = responses.shift();
    this.#held.delete(address);
    if (responses.length > 0) this.#held.set(address, responses);
    return next;
  }

  /** Refuses those that are too many. Before any other hook. */
  register(app: FastifyInstance): void {
    this.#log = app.log;
    app.addHook('onRequest', (request, _reply, done) => {
      done(this.#refused.has(request.raw) ? overloaded() : undefined);
    });
  }

  /** Counts what is sent from here on: once where an answer is made, once more where its bytes have become others. */
  countUnsent(app: FastifyInstance): void {
    app.addHook('onSend', (_request, reply, payload: unknown, done) => {
      if (typeof payload === 'string' || Buffer.isBuffer(payload)) this.#count(reply.raw, payload.length);
      done(null, payload);
    });
  }

  #count(response: ServerResponse, bytes: number): void {
    const isCounted = this.#sent(response);
    if (bytes < LEAST_COUNTED) return;
    this.#unsent.set(response, { bytes, since: performance.now() });
    this.#unsentBytes += bytes;
    if (!isCounted) response.on('finish', () => this.#sent(response)).on('close', () => this.#sent(response));
    if (this.#isFull()) this.#relief ??= setTimeout(this.#relieve, RELIEF_MS).unref();
  }

  /** @returns whether it was counted */
  #sent(response: ServerResponse): boolean {
    const unsent = this.#unsent.get(response);
    if (unsent === undefined) return false;
    this.#unsent.delete(response);
    this.#unsentBytes -= unsent.bytes;
    return true;
  }

  #isFull(): boolean {
    return this.#unsentBytes > this.#limits.UNSENT_LIMIT_BYTES;
  }

  /** Ends connections whose answers are not taken, those that wait the longest first, until there is room. */
  readonly #relieve = (): void => {
    this.#relief = undefined;
    const latest = performance.now() - UNREAD_MS;
    let ended = 0;
    for (const [response, { since }] of this.#unsent) {
      if (!this.#isFull() || since > latest) break;
      if (!response.writableEnded) continue;
      this.#sent(response);
      response.destroy();
      ended += 1;
    }
    if (ended > 0)
      this.#log?.warn({ ended }, 'ended connections that take no answers: UNSENT_LIMIT_BYTES was reached');
    if (this.#isFull()) this.#relief = setTimeout(this.#relieve, RELIEF_MS).unref();
    else this.#proceed();
  };
}

function overloaded(): Problem {
  return new Problem(
    'serviceOverloaded',
    'As many requests are being answered as the service takes at once.',
    {
      headers: { 'retry-after': String(RETRY_AFTER_SECONDS) },
    },
  );
}
