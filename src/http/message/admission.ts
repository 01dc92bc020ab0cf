import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import { clientOf } from '../address-limit.ts';
import type { Placed } from '../places.ts';
import { Places } from '../places.ts';
import { beginTurn } from '../turns.ts';
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

interface Held extends Placed {
  readonly response: ServerResponse;
}

/** Answers being made, each of which may hold some megabytes: of all addresses, and of one. */
const MOST_RUNNING = 8;
const MOST_RUNNING_OF_ADDRESS = 4;
/** So many are begun in one round of the event loop. */
const BEGUN_A_ROUND = 4;
/** How long a client may leave an answer unread while there are too many of those. */
const UNREAD_MS = 1000;
const RELIEF_MS = 100;
/** Shorter answers are not worth counting. */
const LEAST_COUNTED = 16_384;
const OVERLOADED = 'As many requests are being answered as the service takes at once.';
const RETRY = { headers: { 'retry-after': '1' } };

/**
 * When the framework gets requests under `/v1/`. Those that are too many get a 503. Those that read wait for a place, of
 * which each address has a share; and none is begun while too many bytes of answers wait unread. What is elsewhere is
 * small, and tells whether the service lives.
 *
 * `@fastify/under-pressure` does not serve here: it refuses everybody alike once the process as a whole is too large or
 * too slow, and neither slows nor ends what makes it so.
 */
export class Admission {
  readonly #limits: AdmissionLimits;
  readonly #isProxy: (address: string) => boolean;
  readonly #places = new Places<Held>(MOST_RUNNING, MOST_RUNNING_OF_ADDRESS);
  /** Those that have a place, by their answers. */
  readonly #running = new Map<ServerResponse, Held>();
  readonly #refused = new WeakSet<IncomingMessage>();
  /** The oldest first. */
  readonly #unsent = new Map<ServerResponse, Unsent>();
  #listener: RequestListener = () => undefined;
  #log: FastifyBaseLogger | undefined;
  #requests = 0;
  #begun = 0;
  #isBeginning = false;
  #unsentBytes = 0;
  #round: NodeJS.Immediate | undefined;
  #relief: NodeJS.Timeout | undefined;

  /** @param isProxy whether an address is a trusted proxy's, which says whose requests it passes on */
  constructor(limits: AdmissionLimits, isProxy: (address: string) => boolean) {
    this.#limits = limits;
    this.#isProxy = isProxy;
  }

  before(listener: RequestListener): RequestListener {
    this.#listener = listener;
    return (request, response) => {
      const isLimited = request.url?.startsWith('/v1/') === true;
      const isTooMany = isLimited && this.#requests >= this.#limits.REQUEST_LIMIT;
      if (isTooMany) this.#refused.add(request);
      if (!isLimited || isTooMany) {
        listener(request, response);
        return;
      }
      this.#requests += 1;
      const onAnswered = (): void => {
        response.off('prefinish', onAnswered).off('close', onAnswered);
        this.#requests -= 1;
        this.release(response);
      };
      response.on('prefinish', onAnswered).on('close', onAnswered);
      if (request.method === 'GET' || request.method === 'HEAD') this.#admit(request, response);
      else listener(request, response);
    };
  }

  #admit(request: IncomingMessage, response: ServerResponse): void {
    this.#places.wait({ client: this.#addressOf(request), response });
    this.#beginSoon();
  }

  #addressOf({ socket, headers }: IncomingMessage): string {
    const { remoteAddress = '' } = socket;
    const forwarded = headers['x-forwarded-for'];
    const isForwarded = forwarded !== undefined && this.#isProxy(remoteAddress);
    return clientOf(isForwarded ? (String(forwarded).split(',').at(-1) ?? '').trim() : remoteAddress);
  }

  /** Begins the first request of the address whose turn it is. @returns whether there is one */
  #beginNext(): boolean {
    const held = this.#isFull() ? undefined : this.#places.next();
    if (held === undefined) return false;
    const { response } = held;
    this.#running.set(response, held);
    this.#begun += 1;
    // Its client may have left.
    if (response.destroyed) this.release(response);
    else this.#listener(response.req, response);
    return true;
  }

  /**
   * Begins one once the one before is answered or waits for something: of those that are made side by side, each finds
   * less of what it needs in the processor's caches. Measured with pages of 100 for 10 connections: 1.8 ms to 1.6.
   */
  #beginSoon(): void {
    if (this.#isBeginning) return;
    this.#isBeginning = true;
    process.nextTick(this.#begin);
  }

  readonly #begin = (): void => {
    this.#isBeginning = false;
    if (this.#begun >= BEGUN_A_ROUND) return;
    if (this.#begun === 0) beginTurn();
    if (!this.#beginNext()) return;
    this.#round ??= setImmediate(this.#proceed);
    this.#beginSoon();
  };

  readonly #proceed = (): void => {
    this.#round = undefined;
    this.#begun = 0;
    this.#begin();
  };

  /** Gives the place of an answer to another one: it is made, or waits for something else. */
  release(response: ServerResponse): void {
    const held = this.#running.get(response);
    if (held === undefined) return;
    this.#running.delete(response);
    this.#places.free(held);
    this.#beginSoon();
  }

  /** Refuses those that are too many. Before any other hook. */
  register(app: FastifyInstance): void {
    this.#log = app.log;
    app.addHook('onRequest', (request, _reply, done) => {
      done(this.#refused.has(request.raw) ? new Problem('serviceOverloaded', OVERLOADED, RETRY) : undefined);
    });
  }

  /** Counts what is sent from here on: once where an answer is made, once more where its bytes have become others. */
  countUnsent(app: FastifyInstance): void {
    app.addHook('onSend', (_request, reply, payload: unknown, done) => {
      this.release(reply.raw);
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
