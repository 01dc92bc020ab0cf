import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ArrivalOptions } from './arrivals.ts';
import { answerArrivals, isCacheable } from './arrivals.ts';
import type { Answer, Coding, KeptAnswersOptions, Question } from './kept-answers.ts';
import { BODY_HEADERS, createKeptAnswers, namesTag, sendKept, writeCheckedHead } from './kept-answers.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** `false`: the answer depends on more than the ledger's dataset version, the clock's day and the request. */
    readonly cacheable?: boolean;
  }
}

export type CachingOptions = KeptAnswersOptions & Omit<ArrivalOptions, 'answers'>;

/** Shorter answers are not worth a coding. */
const LEAST_COMPRESSED_BYTES = 1024;

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
 * An answer that is kept is sent before the framework sees the request, wherever nothing about the request could make
 * it another one. Register before all other `onRequest` hooks that need not run for an answer that is kept.
 */
export function registerCaching(app: FastifyInstance, options: CachingOptions): void {
  const { originOf, trustsProxies, budgetBytes } = options;
  const answers = createKeptAnswers(options);
  const underway = new Map<string, Promise<void>>();
  const questions = new WeakMap<FastifyRequest, Question & { readonly settle: () => void }>();
  if (budgetBytes > 0) answerArrivals(app, { answers, originOf, trustsProxies });

  app.addHook('onRequest', async (request, reply) => {
    if (!isCacheable(request.raw) || request.routeOptions.config.cacheable === false) return undefined;
    const question = answers.questionOf(request.raw, originOf(request), answers.state());
    const send = (answer: Answer): FastifyReply => {
      reply.hijack();
      sendKept(request.raw, reply.raw, answer, request.id, writeCheckedHead);
      return reply;
    };
    const answer = answers.get(question);
    if (answer !== undefined) return send(answer);
    const first = underway.get(question.key);
    if (first !== undefined) {
      await first;
      const given = answers.get(question);
      if (given !== undefined) return send(given);
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
    const etag = etagOf(reply, createHash('sha1').update(question.key).digest('base64url'));
    if (typeof payload !== 'string' && !Buffer.isBuffer(payload)) {
      // A stream is not kept: who asks for the same need not wait for its end.
      question.settle();
      return payload;
    }
    const whole = typeof payload === 'string' ? Buffer.from(payload) : payload;
    let body = whole;
    if (question.coding !== 'identity' && whole.length >= LEAST_COMPRESSED_BYTES) {
      body = await compressors[question.coding](whole);
      reply.header('content-encoding', question.coding);
    }
    reply.header('etag', etag);
    reply.header('content-length', body.length);
    const headers = Object.entries(reply.getHeaders())
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, String(value)] as const);
    answers.keep(question, headers, body);
    question.settle();
    if (!namesTag(request.headers['if-none-match'], etag)) return body;
    return notModified(reply);
  });

  const settled = async (request: FastifyRequest): Promise<void> => {
    questions.get(request)?.settle();
  };
  app.addHook('onResponse', settled);
  app.addHook('onRequestAbort', settled);
}

function notModified(reply: FastifyReply): null {
  reply.code(304);
  for (const name of BODY_HEADERS) reply.removeHeader(name);
  return null;
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
