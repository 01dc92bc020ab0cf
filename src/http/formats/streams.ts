import { Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Reading } from '../context.ts';
import { Problem } from '../message/problem.ts';

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

/** Lets streams be sent. @param reading gives the state of the ledger that a stream holds until it ends */
export function createStreams<View>(
  reading: Reading<View>,
  { mostAtOnce, waitMs, stalledMs }: StreamLimits,
): Streams<View> {
  const places = createPlaces(mostAtOnce, waitMs);
  // Streams take turns with each other as well, so that many of them keep others waiting no longer than one.
  let lastTurn = Promise.resolve();
  const turn = (): Promise<void> => {
    lastTurn = lastTurn.then(() => nextTurn());
    return lastTurn;
  };

  return {
    send: async (request, reply, begin) => {
      const leave = await places.take();
      const sent = Promise.withResolvers<FastifyReply>();
      void reading(async (view) => {
        const pieces = await begin(view);
        const closed = Promise.withResolvers<void>();
        const stalled = (): void => {
          body.destroy(new ClientStalled(`the client took nothing for ${stalledMs} ms`));
        };
        // The framework would read the whole stream for a HEAD request, and send nothing of it.
        const body = Readable.from(request.method === 'HEAD' ? [] : paced(pieces, turn, stalledMs, stalled));
        body.once('close', closed.resolve);
        sent.resolve(reply.send(body));
        await closed.promise;
      })
        .catch(sent.reject)
        .finally(leave);
      return sent.promise;
    },
  };
}

/** Pieces one by one, each in a turn of its own; says when one is not taken in time. */
async function* paced(
  pieces: AsyncIterable<Buffer>,
  turn: () => Promise<void>,
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
    await turn();
  }
}

/** A number of places; who finds none free waits for one, in the order of coming, for some time. */
function createPlaces(number: number, waitMs: number): { readonly take: () => Promise<() => void> } {
  let free = number;
  const waiting = new Set<() => void>();
  const leave = (): void => {
    const [next] = waiting;
    if (next === undefined) free += 1;
    else next();
  };
  const waitForPlace = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const enter = (): void => {
        clearTimeout(timer);
        waiting.delete(enter);
        resolve();
      };
      const timer = setTimeout(() => {
        waiting.delete(enter);
        reject(
          new Problem('tooManyStreams', `${number} long answers are being sent already.`, {
            headers: { 'retry-after': String(RETRY_AFTER_SECONDS) },
          }),
        );
      }, waitMs);
      waiting.add(enter);
    });
  return {
    take: async () => {
      if (free > 0) free -= 1;
      else await waitForPlace();
      return leave;
    },
  };
}
