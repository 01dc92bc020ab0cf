import { finished, Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { SnapshotOptions } from '../../store/store.ts';
import { clientOf } from '../address-limit.ts';
import { keyIdOf } from '../auth.ts';
import { Problem } from '../message/problem.ts';
import type { Placed } from '../places.ts';
import { Places } from '../places.ts';
import { nextTurn } from '../turns.ts';

/**
 * Reads from one state of the ledger, held for as long as `use` runs; it has all that had been written when the request came.
 * @param request undefined where nobody waits for it
 */
export type Reading<View> = <Result>(
  request: FastifyRequest | undefined,
  use: (view: View) => Promise<Result>,
  options?: SnapshotOptions,
) => Promise<Result>;

export interface DownloadLimits {
  /** How many streams are sent at once; further ones wait. */
  readonly DOWNLOAD_LIMIT: number;
  /** Of one address, or of one key. */
  readonly DOWNLOAD_LIMIT_PER_ADDRESS: number;
  /** The least rate at which a client has to take them. */
  readonly DOWNLOAD_BYTES_PER_SECOND: number;
}

/** For how long a stream may keep others waiting, in milliseconds. */
export interface StreamTimes {
  /** How long a further one waits before it is refused. */
  readonly waitMs: number;
  /** By how much a client may be later than the least rate lets it be. */
  readonly lateMs: number;
}

const STREAM_TIMES: StreamTimes = { waitMs: 5000, lateMs: 60_000 };
const RETRY_AFTER_SECONDS = 10;
/** Of the places, those that only requests with a key get: one in so many. */
const ONE_KEPT_IN = 4;
/** Whether a client takes a piece can be told of so many bytes at a time. */
const BYTES_AT_ONCE = 262_144;

/** Answers that are longer than a page, each read from one state of the ledger. */
export interface Streams<View> {
  /**
   * Answers with a stream of pieces of UTF-8. Each is computed in a turn of the event loop of its own, when the client
   * has taken those before, so it should take no longer than others may be kept waiting: a few milliseconds. Where
   * computing one fails, or the client takes them too slowly, the connection is cut off.
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

/** What a stream is ended with whose client is too slow. */
class ClientTooSlow extends Error {
  override readonly name = 'ClientTooSlow';
}

interface Download extends Placed {
  readonly begin: () => void;
}

/**
 * Lets streams be sent. Those that were asked for with a key go first, and have some places to themselves; an address, or
 * a key, has only its share of the places.
 * @param reading gives the state of the ledger that a stream holds until it ends
 * @param onWaiting is told of each answer that waits to be a stream
 */
export function createStreams<View>(
  reading: Reading<View>,
  limits: DownloadLimits,
  times: Partial<StreamTimes> = {},
  onWaiting: (reply: FastifyReply) => void = () => undefined,
): Streams<View> {
  const { DOWNLOAD_LIMIT: most, DOWNLOAD_LIMIT_PER_ADDRESS: mostOfClient } = limits;
  const { waitMs, lateMs } = { ...STREAM_TIMES, ...times };
  const withKey = new Places<Download>(most, mostOfClient);
  const withoutKey = new Places<Download>(most - Math.floor(most / ONE_KEPT_IN), mostOfClient);
  const proceed = (): void => {
    while (withKey.taken + withoutKey.taken < most) {
      const next = withKey.next() ?? withoutKey.next();
      if (next === undefined) return;
      next.begin();
    }
  };

  return {
    send: (request, reply, begin) => {
      onWaiting(reply);
      const sent = Promise.withResolvers<FastifyReply>();
      const stream = async (view: View): Promise<void> => {
        const pieces = await begin(view);
        const closed = Promise.withResolvers<void>();
        const onLate = (): void => {
          body.destroy(new ClientTooSlow('the client took less than DOWNLOAD_BYTES_PER_SECOND'));
        };
        // The framework would read the whole stream for a HEAD request, and send nothing of it.
        const taken =
          request.method === 'HEAD' ? [] : paced(pieces, limits.DOWNLOAD_BYTES_PER_SECOND, lateMs, onLate);
        const body = Readable.from(taken);
        body.once('close', closed.resolve);
        // A hook may send something else in its place (a 304, a 412): what nobody reads ends with the answer.
        finished(reply.raw, () => void body.destroy());
        sent.resolve(reply.send(body));
        await closed.promise;
      };
      const keyId = keyIdOf(request);
      const places = keyId === undefined ? withoutKey : withKey;
      const download: Download = {
        client: keyId ?? clientOf(request.ip),
        begin: () => {
          clearTimeout(timer);
          reading(request, stream)
            .catch(sent.reject)
            .finally(() => {
              places.free(download);
              proceed();
            });
        },
      };
      const refuse = (): void => {
        clearTimeout(timer);
        if (places.leave(download)) sent.reject(tooManyStreams(limits));
      };
      const timer = setTimeout(refuse, waitMs);
      // Its client may leave before it has a place.
      finished(reply.raw, refuse);
      places.wait(download);
      proceed();
      return sent.promise;
    },
  };
}

/**
 * Pieces one by one, each in a turn of its own.
 * @param onLate called where the client has taken longer for them than the rate allows, by `lateMs`; the time in which
 *   they are computed is not counted, nor does it help a client that it was fast before
 */
async function* paced(
  pieces: AsyncIterable<Buffer>,
  bytesPerSecond: number,
  lateMs: number,
  onLate: () => void,
): AsyncGenerator<Buffer> {
  let late = 0;
  for await (const piece of pieces) {
    for (let at = 0; at < piece.length; at += BYTES_AT_ONCE) {
      const part = piece.subarray(at, at + BYTES_AT_ONCE);
      const allowedMs = (part.length / bytesPerSecond) * 1000;
      const began = performance.now();
      const timer = setTimeout(onLate, lateMs - late + allowedMs);
      try {
        yield part;
      } finally {
        clearTimeout(timer);
      }
      late = Math.max(0, late + performance.now() - began - allowedMs);
    }
    await nextTurn();
  }
}

function tooManyStreams({
  DOWNLOAD_LIMIT: most,
  DOWNLOAD_LIMIT_PER_ADDRESS: ofClient,
}: DownloadLimits): Problem {
  return new Problem(
    'tooManyStreams',
    `As many long answers are being sent as are sent at once: ${most} in all, ${ofClient} of them to one address or for one key, and some only for requests with a key.`,
    { headers: { 'retry-after': String(RETRY_AFTER_SECONDS) } },
  );
}
