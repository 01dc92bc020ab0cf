import { finished, Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import PQueue from 'p-queue';
import { Problem } from '../message/problem.ts';
import { nextTurn } from '../turns.ts';

/** Reads from one state of the ledger, held for as long as `use` runs. */
export type Reading<View> = <Result>(use: (view: View) => Promise<Result>) => Promise<Result>;

/** How many streams there may be, and for how long each may keep others waiting. */
export interface StreamLimits {
  /** How many are sent at once; further ones wait. */
  readonly mostAtOnce: number;
  /** How long a further one waits before it is refused, in milliseconds. */
  readonly waitMs: number;
  /** How long a client may take for one piece of a stream, in milliseconds. */
  readonly stalledMs: number;
}

export const STREAM_LIMITS: StreamLimits = { mostAtOnce: 8, waitMs: 5000, stalledMs: 60_000 };
const RETRY_AFTER_SECONDS = 10;

/** Answers that are longer than a page, each read from one state of the ledger. */
export interface Streams<View> {
  /**
   * Answers with a stream of pieces of UTF-8. Each is computed in a turn of the event loop of its own, when the client
   * has taken those before, so it should take no longer than others may be kept waiting: a few milliseconds. Where
   * computing one fails, or the client takes none for too long, the connection is cut off.
   *
   * The pieces are bytes, not texts: a text of so many characters that waits for a slow client would count as long-lived
   * for the garbage collector, and the memory of all of them would be kept until it looks at everything.
   * @param begin reads what decides whether there can be an answer, sets its headers, and gives its pieces; what it
   *   throws is answered as a problem
   * @throws Problem 503 `tooManyStreams`
   */
  readonly send: (
    request: FastifyRequest,
    reply: FastifyReply,
    begin: (view: View) => Promise<AsyncIterable<Buffer>>,
  ) => Promise<FastifyReply>;
}

/** What a stream is ended with whose client does not take it. */
class ClientStalled extends Error {
  override readonly name = 'ClientStalled';
}

/**
 * Lets streams be sent.
 * @param reading gives the state of the ledger that a stream holds until it ends
 * @param onWaiting is told of each answer that waits to be a stream
 */
export function createStreams<View>(
  reading: Reading<View>,
  { mostAtOnce, waitMs, stalledMs }: StreamLimits,
  onWaiting: (reply: FastifyReply) => void = () => undefined,
): Streams<View> {
  const queue = new PQueue({ concurrency: mostAtOnce });

  return {
    send: (request, reply, begin) => {
      onWaiting(reply);
      const sent = Promise.withResolvers<FastifyReply>();
      const waiting = new AbortController();
      const refusal = setTimeout(() => waiting.abort(tooManyStreams(mostAtOnce)), waitMs);
      const stream = async (view: View): Promise<void> => {
        const pieces = await begin(view);
        const closed = Promise.withResolvers<void>();
        const stalled = (): void => {
          body.destroy(new ClientStalled(`the client took nothing for ${stalledMs} ms`));
        };
        // The framework would read the whole stream for a HEAD request, and send nothing of it.
        const body = Readable.from(request.method === 'HEAD' ? [] : paced(pieces, stalledMs, stalled));
        body.once('close', closed.resolve);
        // A hook may send something else in its place (a 304, a 412): what nobody reads ends with the answer.
        finished(reply.raw, () => void body.destroy());
        sent.resolve(reply.send(body));
        await closed.promise;
      };
      const begun = (): Promise<void> => {
        clearTimeout(refusal);
        return reading(stream);
      };
      queue.add(begun, { signal: waiting.signal }).catch(sent.reject);
      return sent.promise;
    },
  };
}

/** Pieces one by one, each in a turn of its own; says when one is not taken in time. */
async function* paced(
  pieces: AsyncIterable<Buffer>,
  stalledMs: number,
  onStalled: () => void,
): AsyncGenerator<Buffer> {
  for await (const piece of pieces) {
    const timer = setTimeout(onStalled, stalledMs);
    try {
      yield piece;
    } finally {
      clearTimeout(timer);
    }
    await nextTurn();
  }
}

function tooManyStreams(mostAtOnce: number): Problem {
  return new Problem('tooManyStreams', `${mostAtOnce} long answers are being sent already.`, {
    headers: { 'retry-after': String(RETRY_AFTER_SECONDS) },
  });
}
