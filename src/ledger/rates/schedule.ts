import { setTimeout as wait } from 'node:timers/promises';
import type { RateProvider } from '../../domain/money/rate-provider.ts';
import { nextPublication } from '../../domain/money/rate-provider.ts';

export interface RateScheduleOptions {
  readonly provider: RateProvider;
  /** Fetches and records what is missing, null where another process has; rejects where it could not. */
  readonly sync: (signal: AbortSignal) => Promise<unknown>;
  /** How many published days are missing; null where no rate is held. */
  readonly missingDays: () => Promise<number | null>;
  readonly log: {
    info: (data: object, message: string) => void;
    warn: (data: object, message: string) => void;
  };
  readonly now: () => Date;
  /** From 0 up to, not including, 1. */
  readonly random?: () => number;
  readonly sleep?: (milliseconds: number, signal: AbortSignal) => Promise<void>;
}

export interface RateSchedule {
  readonly stop: () => Promise<void>;
}

/** So that not every installation asks in the same second. */
const MAX_JITTER_MS = 10 * 60 * 1000;
const RETRY_AFTER_FAILURE_MS = 60 * 60 * 1000;

/**
 * Keeps a provider's rates fresh while the server runs: at the start where days are missing, then after each
 * publication, and an hour after a failure. A failure is logged and changes nothing else.
 */
export function startRateSchedule({
  provider,
  sync,
  missingDays,
  log,
  now,
  random = Math.random,
  sleep = (milliseconds, signal) => wait(milliseconds, undefined, { signal, ref: false }),
}: RateScheduleOptions): RateSchedule {
  const stopping = new AbortController();
  const { signal } = stopping;

  const attempt = async (): Promise<boolean> => {
    try {
      const report = await sync(signal);
      if (report !== null) log.info({ report }, 'rates synced');
      return true;
    } catch (error) {
      if (!signal.aborted) log.warn({ err: error }, 'rates could not be synced; serving those held');
      return false;
    }
  };
  const run = async (): Promise<void> => {
    let succeeded = (await missingDays()) === 0 || (await attempt());
    while (!signal.aborted) {
      const regular =
        nextPublication(provider, now()).getTime() - now().getTime() + Math.floor(random() * MAX_JITTER_MS);
      await sleep(succeeded ? regular : Math.min(regular, RETRY_AFTER_FAILURE_MS), signal);
      succeeded = await attempt();
    }
  };
  const running = run().catch((error: unknown) => {
    if (!signal.aborted) log.warn({ err: error }, 'the schedule of rates ended');
  });
  return {
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
}
