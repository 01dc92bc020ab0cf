import { isIsoDate } from './period/calendar.ts';

/** The state of the ledger that is asked for. */
export interface Vintage {
  /** The present, or the time of a past state. */
  readonly now: Date;
  /** ISO 8601 time in UTC with milliseconds; null for the present state. */
  readonly asOf: string | null;
}

/** @param asked.knownAsOf the time of a past state, as `momentOf` gives it */
export function vintageOf(
  { now }: { readonly now: () => Date },
  { knownAsOf }: { readonly knownAsOf?: string | undefined },
): Vintage {
  return knownAsOf === undefined ? { now: now(), asOf: null } : { now: new Date(knownAsOf), asOf: knownAsOf };
}

const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(?:Z|[+-]\d{2}:\d{2})$/;

/**
 * The moment that a text names, as an ISO 8601 time in UTC with milliseconds: a time with its offset, or a day, which
 * means its end in UTC. Null for anything else.
 */
export function momentOf(text: string): string | null {
  if (isIsoDate(text)) return `${text}T23:59:59.999Z`;
  const isTime = TIME.test(text) && isIsoDate(text.slice(0, 10)) && !Number.isNaN(Date.parse(text));
  return isTime ? new Date(text).toISOString() : null;
}
