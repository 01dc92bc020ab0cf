import { finished } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { clientOf } from './address-limit.ts';
import type { Placed } from './places.ts';
import { Places } from './places.ts';

/**
 * Answers that are computed with thousands of records, each of which may hold a hundred megabytes meanwhile: few are made
 * at once. Measured with 100 connections that ask for 1,000 assessments each: 660 MB at most, and 830 with four.
 */
const MOST_AT_ONCE = 2;

/** Makes an answer when it is its turn. The answer of a client that has left is not made. */
export type MakeLarge = <Answer>(
  request: FastifyRequest,
  reply: FastifyReply,
  make: () => Promise<Answer>,
) => Promise<Answer>;

interface Turn extends Placed {
  readonly begin: () => void;
}

/** Lets clients have their turns. @param onWaiting is told of each answer that waits for its turn */
export function createLargeAnswers(onWaiting: (reply: FastifyReply) => void): MakeLarge {
  const places = new Places<Turn>(MOST_AT_ONCE, MOST_AT_ONCE);
  const proceed = (): void => {
    for (let turn = places.next(); turn !== undefined; turn = places.next()) turn.begin();
  };
  return async (request, reply, make) => {
    onWaiting(reply);
    const begun = Promise.withResolvers<void>();
    const turn: Turn = { client: clientOf(request.ip), begin: begun.resolve };
    finished(reply.raw, () => void places.leave(turn));
    places.wait(turn);
    proceed();
    await begun.promise;
    try {
      return await make();
    } finally {
      places.free(turn);
      proceed();
    }
  };
}
