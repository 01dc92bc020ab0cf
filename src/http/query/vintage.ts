import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { z } from 'zod';
import { momentOf } from '../../domain/vintage.ts';
import type { RouteContext } from '../context.ts';
import { invalidParameter } from '../message/problem.ts';
import { isoDate } from './shared-schemas.ts';

/** A moment, read as a time in UTC. */
export const moment = z
  .string()
  .refine(
    (text) => momentOf(text) !== null,
    'a time such as 2026-11-25T12:00:00Z, or a day such as 2026-11-24, which means its end in UTC',
  )
  .transform((text) => momentOf(text) ?? text);

/** What every list and every analysis can be asked as of. */
export const vintageParameters = {
  publishedAsOf: isoDate.optional().meta({
    description:
      'Only what had been published by the end of this day; what has no publication date is not known to have been.',
  }),
  knownAsOf: moment.optional().meta({
    description:
      'As this ledger stood at that time: its records and rates of then, with the clock of then. A time such as `2026-11-25T12:00:00Z`, or a day, which means its end in UTC. Not in the future, so that the same address always gives the same figures.',
    format: 'date-time',
  }),
};
export const { knownAsOf } = vintageParameters;

/**
 * Refuses to say what will be known: a later write would change the answer.
 * @param onWaiting is told of each answer that waits for a write
 */
export function registerVintageCheck(
  app: FastifyInstance,
  { store, now, writeWaitMs }: Pick<RouteContext, 'store' | 'now' | 'writeWaitMs'>,
  onWaiting: (reply: FastifyReply) => void,
): void {
  // Before this moment every write was either done or not begun.
  let settledUntil = '';
  /**
   * A write takes its time inside its transaction, and may end seconds later: what is asked of a time since which nobody
   * has been seen to have let go of the ledger waits until somebody has.
   */
  const settled = async (asked: string, reply: FastifyReply): Promise<void> => {
    if (asked < settledUntil) return;
    onWaiting(reply);
    // While this holds the ledger nobody else writes, and whoever does so later takes a later time.
    settledUntil = await store.write(async () => now().toISOString(), { timeoutMs: writeWaitMs });
  };

  app.addHook('preHandler', async (request, reply) => {
    const asked = (request.query as { knownAsOf?: unknown } | undefined)?.knownAsOf;
    if (typeof asked !== 'string') return;
    // Something may still be recorded in this very millisecond: it is let pass before anybody looks back at it.
    if (asked === now().toISOString()) await sleep(2);
    if (asked <= now().toISOString()) return settled(asked, reply);
    const message = `lies in the future: ${asked}, and it is ${now().toISOString()}`;
    throw invalidParameter('knownAsOf', 'timeInFuture', message);
  });
}
