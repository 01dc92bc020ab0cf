import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { isIsoDate } from '../../domain/period/calendar.ts';
import { writeWhenFree } from '../../store/sqlite/patience.ts';
import type { Storage } from '../../store/sqlite/storage.ts';
import { InvalidRequest } from '../message/problem.ts';
import { isoDate } from './shared-schemas.ts';

const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(?:Z|[+-]\d{2}:\d{2})$/;

/** A moment: an ISO 8601 time with its offset, or a day, which means its end in UTC. Read as a time in UTC. */
export const moment = z
  .string()
  .refine(
    (text) =>
      isIsoDate(text) || (TIME.test(text) && isIsoDate(text.slice(0, 10)) && !Number.isNaN(Date.parse(text))),
    'a time such as 2026-11-25T12:00:00Z, or a day such as 2026-11-24, which means its end in UTC',
  )
  .transform((text) => (isIsoDate(text) ? `${text}T23:59:59.999Z` : new Date(text).toISOString()));

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

/** From when a request looks at the ledger. */
export interface Vantage {
  /** The clock: the time looked from. */
  readonly now: Date;
  /** ISO 8601 time in UTC with milliseconds; null for the present. */
  readonly asOf: string | null;
}

export function vantageOf(
  context: { readonly now: () => Date },
  query: { readonly knownAsOf?: string | undefined },
): Vantage {
  return query.knownAsOf === undefined
    ? { now: context.now(), asOf: null }
    : { now: new Date(query.knownAsOf), asOf: query.knownAsOf };
}

/** Refuses to say what will be known: a later write would change the answer. */
export function registerVintageCheck(
  app: FastifyInstance,
  {
    storage,
    now,
    writeWaitMs,
  }: { readonly storage: Storage; readonly now: () => Date; readonly writeWaitMs: number },
): void {
  // Before this moment every write was either done or not begun.
  let settledUntil = '';
  /**
   * A write takes its time inside its transaction, and may end seconds later: what is asked of a time since which nobody
   * has been seen to have let go of the ledger waits until somebody has.
   */
  const settled = async (asked: string): Promise<void> => {
    if (asked < settledUntil) return;
    // While this holds the ledger nobody else writes, and whoever does so later takes a later time.
    settledUntil = await writeWhenFree(storage, () => now().toISOString(), writeWaitMs);
  };

  app.addHook('preHandler', async (request) => {
    const asked = (request.query as { knownAsOf?: unknown } | undefined)?.knownAsOf;
    if (typeof asked !== 'string') return;
    // Something may still be recorded in this very millisecond: it is let pass before anybody looks back at it.
    if (asked === now().toISOString()) await sleep(2);
    if (asked <= now().toISOString()) return settled(asked);
    throw new InvalidRequest([
      {
        in: 'query',
        name: 'knownAsOf',
        code: 'timeInFuture',
        message: `lies in the future: ${asked}, and it is ${now().toISOString()}`,
      },
    ]);
  });
}
