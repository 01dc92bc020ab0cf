import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { LRUCache } from 'lru-cache';
import Negotiator from 'negotiator';
import type { Storage } from '../db/storage.ts';
import { rateClock } from '../domain/rates.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** `false`: the answer depends on more than the ledger's dataset version, the clock's day and the request. */
    readonly cacheable?: boolean;
  }
}

/** A content coding of an answer. */
type Coding = 'br' | 'gzip' | 'identity';
const CODINGS: readonly Coding[] = ['br', 'gzip', 'identity'];

/** An answer as it was sent: its headers but those of the single request, and its bytes. */
interface Answer {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly etag: string;
}

export interface CachingOptions {
  readonly storage: Storage;
  readonly now: () => Date;
  readonly originOf: (request: FastifyRequest) => string;
  /** How many bytes of answers are kept; 0 keeps none. */
  readonly budgetBytes: number;
  /** Names this start of the service: a new release may answer the same question otherwise. */
  readonly generation: string;
}

/** What a request asks for, as far as an answer can depend on it. */
interface Question {
  readonly key: string;
  readonly etag: string;
  readonly coding: Coding;
}

/** Shorter answers are not worth a coding. */
const LEAST_COMPRESSED_BYTES = 1024;
/** An answer of more than this part of the budget is not kept: it would drive out the others. */
const LARGEST_PART = 8;
const ENTRY_OVERHEAD_BYTES = 512;
const OWN_HEADERS = new Set(['x-request-id', 'date', 'connection', 'keep-alive', 'content-length']);

const compressors: Readonly<Record<Exclude<Coding, 'identity'>, (body: Buffer) => Promise<Buffer>>> = {
  br: (body) =>
    promisify(brotliCompress)(body, {
      params: {
        [constants.BROTLI_PARAM_QUALITY]: 4,
        [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
        [constants.BROTLI_PARAM_SIZE_HINT]: body.length,
      },
    }),
  gzip: (body) => promisify(gzip)(body, { level: 6 }),
};

/**
 * Keeps answers to GET and HEAD under `/v1/` and sends them again until anything is written: an answer is kept under
 * the ledger's dataset version, which every write moves on in its own transaction and every request reads, so that the
 * next read after a write, by whichever process, is computed anew. Adds `ETag` (strong: of the dataset version, the clock
 * as far as rates read it, the start of the service, the normalised query, the format and the content coding), answers `If-None-Match` with 304,
 * compresses an answer once, and lets identical questions that come while one is being answered wait for that answer.
 * Register before all other `onRequest` hooks that need not run for an answer that is kept.
 */
export function registerCaching(app: FastifyInstance, options: CachingOptions): void {
  const { storage, now, originOf, budgetBytes, generation } = options;
  const kept =
    budgetBytes === 0
      ? null
      : new LRUCache<string, Answer>({
          maxSize: budgetBytes,
          maxEntrySize: Math.max(1, Math.floor(budgetBytes / LARGEST_PART)),
          sizeCalculation: ({ body }, key) => body.length + key.length + ENTRY_OVERHEAD_BYTES,
        });
  const underway = new Map<string, Promise<void>>();
  const questions = new WeakMap<FastifyRequest, Question & { readonly settle: () => void }>();
  const version = storage.sqlite
    .prepare<[], string>("select value from ledger_state where key = 'datasetVersion'")
    .pluck();
  const codings = new Map<string, Coding>();
  let clockAt = Number.NaN;
  let clock = '';

  /** What of the clock an answer may depend on; looked up once a second. */
  const clockKey = (): string => {
    const time = now();
    const second = Math.floor(time.getTime() / 1000);
    if (second !== clockAt) {
      const { today, todaysRatesDue } = rateClock(time);
      clockAt = second;
      clock = `${time.toISOString().slice(0, 10)} ${today} ${todaysRatesDue}`;
    }
    return clock;
  };

  const codingOf = (header: string | undefined, request: FastifyRequest): Coding => {
    if (header === undefined) return 'identity';
    const known = codings.get(header);
    if (known !== undefined) return known;
    const accepted = new Negotiator(request.raw).encodings([...CODINGS]) as Coding[];
    const coding = CODINGS.find((candidate) => accepted.includes(candidate)) ?? 'identity';
    if (codings.size < 100) codings.set(header, coding);
    return coding;
  };

  const questionOf = (request: FastifyRequest): Question => {
    const { accept, 'accept-encoding': acceptEncoding } = request.headers;
    const coding = codingOf(acceptEncoding, request);
    const parts = [
      generation,
      version.get() ?? '',
      clockKey(),
      originOf(request),
      normalised(request.url),
      accept === undefined || accept === '*/*' ? '' : accept,
      coding,
    ];
    const key = parts.join('\n');
    const digest = createHash('sha1').update(key).digest('base64url');
    return { key, etag: digest, coding };
  };

  app.addHook('onRequest', async (request, reply) => {
    if (!isCacheable(request)) return undefined;
    const question = questionOf(request);
    const answer = kept?.get(question.key);
    if (answer !== undefined) return sendKept(request, reply, answer);
    const first = underway.get(question.key);
    if (first !== undefined) {
      await first;
      const given = kept?.get(question.key);
      if (given !== undefined) return sendKept(request, reply, given);
    }
    let settle = (): void => undefined;
    if (!underway.has(question.key)) {
      const { promise, resolve } = Promise.withResolvers<void>();
      underway.set(question.key, promise);
      settle = () => {
        underway.delete(question.key);
        resolve();
      };
    }
    questions.set(request, { ...question, settle });
    return undefined;
  });

  app.addHook('onSend', async (request, reply, payload: unknown) => {
    const question = questions.get(request);
    if (question === undefined || reply.statusCode !== 200) return payload;
    addVary(reply);
    reply.header('cache-control', 'public, no-cache');
    const etag = etagOf(reply, question.etag);
    if (typeof payload !== 'string' && !Buffer.isBuffer(payload)) return payload;
    const whole = typeof payload === 'string' ? Buffer.from(payload) : payload;
    let body = whole;
    if (question.coding !== 'identity' && whole.length >= LEAST_COMPRESSED_BYTES) {
      body = await compressors[question.coding](whole);
      reply.header('content-encoding', question.coding);
    }
    reply.header('etag', etag);
    reply.header('content-length', body.length);
    const headers: Record<string, string> = {};
    for (const [name, value] of Object.entries(reply.getHeaders()))
      if (!OWN_HEADERS.has(name) && value !== undefined) headers[name] = String(value);
    kept?.set(question.key, { headers, body, etag });
    question.settle();
    if (!matches(request.headers['if-none-match'], etag)) return body;
    return notModified(reply);
  });

  const settled = async (request: FastifyRequest): Promise<void> => {
    questions.get(request)?.settle();
  };
  app.addHook('onResponse', settled);
  app.addHook('onRequestAbort', settled);
}

/** A key that is sent is checked, so that a wrong one is refused: such a request goes the long way. */
function isCacheable(request: FastifyRequest): boolean {
  const { method, url, headers, routeOptions } = request;
  return (
    (method === 'GET' || method === 'HEAD') &&
    url.startsWith('/v1/') &&
    headers.authorization === undefined &&
    routeOptions.config.cacheable !== false
  );
}

/** The address with its parameters in one order. */
function normalised(url: string): string {
  const query = url.indexOf('?');
  if (query < 0) return url;
  return `${url.slice(0, query)}?${url
    .slice(query + 1)
    .split('&')
    .sort()
    .join('&')}`;
}

function sendKept(request: FastifyRequest, reply: FastifyReply, answer: Answer): FastifyReply {
  reply.headers(answer.headers);
  reply.header('x-request-id', request.id);
  if (matches(request.headers['if-none-match'], answer.etag)) {
    notModified(reply);
    return reply.send();
  }
  return reply.send(answer.body);
}

/** A 304 has the headers that a 200 would have had, but those of the body. */
function notModified(reply: FastifyReply): null {
  reply.code(304);
  for (const name of ['content-type', 'content-length', 'content-encoding', 'content-disposition'])
    reply.removeHeader(name);
  return null;
}

/** Whether `If-None-Match` names an answer; a weak tag of it names it too. */
function matches(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  if (header.trim() === '*') return true;
  return header.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag);
}

/** A route's own tag names the revision shown: it stays readable in front of the answer's. */
function etagOf(reply: FastifyReply, digest: string): string {
  const own = reply.getHeader('etag');
  return typeof own === 'string' ? `"${own.replaceAll('"', '')}.${digest}"` : `"${digest}"`;
}

function addVary(reply: FastifyReply): void {
  const names = String(reply.getHeader('vary') ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  for (const name of ['Accept', 'Accept-Encoding']) if (!names.includes(name)) names.push(name);
  reply.header('vary', names.join(', '));
}
