import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { momentOf } from '../../domain/vintage.ts';
import type { DatasetVersion } from '../../store/store.ts';
import type { RouteContext } from '../context.ts';
import { invalidParameter } from '../message/problem.ts';
import type { Readings } from '../readings.ts';
import { isoDate } from './shared-schemas.ts';

/** A moment, read as a time in UTC. */
export const moment = z
  .string()
  .refine((text) => momentOf(text) !== null, {
    error: ({ input }) =>
      momentOf(String(input).replace(' ', '+')) === null
        ? 'a time such as 2026-11-25T12:00:00Z, or a day such as 2026-11-24, which means its end in UTC'
        : `written with %2B: the + before the offset became a space; ${String(input).replace(' ', '%2B')}`,
  })
  .transform((text) => momentOf(text) ?? text);

/** What every list and every analysis can be asked as of. */
export const vintageParameters = {
  publishedAsOf: isoDate.optional().meta({
    description:
      'Only what had been published by the end of this day; what has no publication date is not known to have been.',
  }),
  knownAsOf: moment.optional().meta({
    description:
      'As this ledger stood at that time: its records and rates of then, with the clock of then. A time such as `2026-11-25T12:00:00Z`, or a day, which means its end in UTC; today means now. Not in the future, so that the same address always gives the same figures.',
    anyOf: [{ format: 'date-time' }, { format: 'date' }],
  }),
};
export const { knownAsOf } = vintageParameters;

const SETTLED = new WeakSet<FastifyRequest>();

/** Whether a request asks for a past state that no later write can change. */
export function isOfSettledState(request: FastifyRequest): boolean {
  return SETTLED.has(request);
}

/**
 * Refuses to say what will be known: a later write would change the answer. Times are by the clock of the ledger, which
 * need not be this server's.
 * @param onWaiting is told of each answer that waits for a write
 */
export function registerVintageCheck(
  app: FastifyInstance,
  { store, now, writeWaitMs }: Pick<RouteContext, 'store' | 'now' | 'writeWaitMs'>,
  readings: Pick<Readings, 'require'>,
  onWaiting: (reply: FastifyReply) => void,
): void {
  // Before this moment every write was either done, and is in this version, or not begun.
  let settledUntil = '';
  let settledVersion: DatasetVersion | undefined;
  const timeOfLedger = async (): Promise<string> => (await store.clock()).now;
  const today = async (): Promise<string> => {
    const time = await timeOfLedger().catch((error: unknown) => {
      if (store.failureOf(error) !== 'databaseUnreachable') throw error;
      return now().toISOString();
    });
    return time.slice(0, 10);
  };

  app.addHook('preHandler', async (request, reply) => {
    const query = request.query as { knownAsOf?: unknown } | undefined;
    const asked = query?.knownAsOf;
    if (typeof asked !== 'string') return;
    const day = asked.slice(0, 10);
    if (asked > settledUntil && asked === momentOf(day) && day === (await today())) {
      delete query?.knownAsOf;
      return;
    }
    if (asked >= settledUntil)
      try {
        await settle(asked, reply);
      } catch (error) {
        // Nobody writes without the primary; the answer says that it may lack what was written last.
        if (store.failureOf(error) !== 'databaseUnreachable' || asked > now().toISOString()) throw error;
      }
    if (settledVersion !== undefined) readings.require(request, settledVersion);
    // A clock that goes back by no more than the tolerance lets writes be recorded before this moment.
    if (Date.parse(asked) < Date.parse(settledUntil) - store.clockToleranceMs) SETTLED.add(request);
  });

  const settle = async (asked: string, reply: FastifyReply): Promise<void> => {
    const time = await timeOfLedger();
    if (asked > time)
      throw invalidParameter('knownAsOf', 'timeInFuture', `lies in the future: ${asked}, and it is ${time}`);
    // Something may still be recorded in this very millisecond: it is let pass before anybody looks back at it.
    if (asked === time) await sleep(2);
    onWaiting(reply);
    // A write takes its time inside its transaction, and may end seconds later. While this holds the ledger nobody else
    // writes, and whoever does so later takes a later time.
    await store.write(
      async ({ version }) => {
        settledUntil = await timeOfLedger();
        settledVersion = version;
      },
      { timeoutMs: writeWaitMs },
    );
  };
}
