import type { Decimal } from './decimal.ts';
import { parseDecimal } from './decimal.ts';
import type { RateObservation, RateQuotation } from './rates.ts';

/** Whether two published rates are the same number: 1.0910 and 1.091 are. */
export function sameRate(one: string, other: string): boolean {
  return one === other || parseDecimal(one).equals(parseDecimal(other));
}

/**
 * The revision to record for a quotation: the first of a day not held, the next of a corrected one, null where the
 * number is the one held.
 * @param held the current revision for the same provider, base, quote and date
 * @param observedAt ISO 8601 in UTC
 */
export function revise(
  held: Pick<RateObservation, 'rate' | 'revision'> | undefined,
  quotation: RateQuotation,
  observedAt: string,
): RateObservation | null {
  if (held !== undefined && sameRate(held.rate, quotation.rate)) return null;
  return { ...quotation, observedAt, revision: held === undefined ? 1 : held.revision + 1 };
}

/**
 * Why a quotation is kept out of service. `jump`: more than ten times, or less than a tenth of, the rate before it;
 * `contradictory`: the same delivery states another rate for the same currency and day.
 */
export type QuarantineReason = 'notADecimal' | 'notPositive' | 'jump' | 'contradictory' | 'unknownCurrency';

/** A quotation kept out of service, and the rate it was compared with, where it was. */
export interface Quarantined {
  readonly quotation: RateQuotation;
  readonly reason: QuarantineReason;
  readonly comparedWith: string | null;
}

/** The largest factor between two successive rates of a currency that is believed. */
export const MAX_JUMP_FACTOR = '10';

const POSITIVE_DECIMAL = /^(?:0|[1-9]\d*)(?:\.\d+)?$/;

/** A rate's number, or why it cannot be served. */
function readRate(rate: string): Decimal | 'notADecimal' | 'notPositive' {
  if (!POSITIVE_DECIMAL.test(rate) || rate.length > 40)
    return /^-\d/.test(rate) ? 'notPositive' : 'notADecimal';
  const value = parseDecimal(rate);
  return value.isZero() ? 'notPositive' : value;
}

/**
 * Separates the quotations of one delivery, in any order, into those that can be served and those that cannot. Each is
 * compared with the last one before it of its currency that was believed. A redenomination is no jump: it comes with a
 * code of its own (TRL and TRY, ROL and RON). Exact repetitions are dropped.
 * @param previousRateOf the rate held for the last day before `date`, or null; asked for the first of each currency
 * @param isKnown whether the ledger has the currency
 */
export function screen(
  quotations: readonly RateQuotation[],
  previousRateOf: (quote: string, date: string) => string | null,
  isKnown: (quote: string) => boolean = () => true,
): { readonly accepted: readonly RateQuotation[]; readonly quarantined: readonly Quarantined[] } {
  const accepted: RateQuotation[] = [];
  const quarantined: Quarantined[] = [];
  const believed = new Map<string, { date: string; rate: string; value: Decimal }>();
  const byDay = [...quotations].sort((one, other) =>
    one.date < other.date ? -1 : one.date > other.date ? 1 : 0,
  );
  for (const quotation of byDay) {
    const { quote, date, rate } = quotation;
    const keepOut = (reason: QuarantineReason, comparedWith: string | null = null): void => {
      quarantined.push({ quotation, reason, comparedWith });
    };
    if (!isKnown(quote)) {
      keepOut('unknownCurrency');
      continue;
    }
    const value = readRate(rate);
    if (typeof value === 'string') {
      keepOut(value);
      continue;
    }
    let before = believed.get(quote);
    if (before === undefined) {
      const held = previousRateOf(quote, date) ?? agreedByThoseAfter(byDay, quotation);
      if (held !== null) before = { date: '', rate: held, value: parseDecimal(held) };
    }
    if (before?.date === date) {
      if (!before.value.equals(value)) keepOut('contradictory', before.rate);
      continue;
    }
    if (before !== undefined && isJump(value, before.value)) {
      keepOut('jump', before.rate);
      continue;
    }
    believed.set(quote, { date, rate, value });
    accepted.push(quotation);
  }
  return { accepted, quarantined };
}

/**
 * The rate that the two quotations after a currency's first one agree on, where they agree: a first rate that is wrong
 * must not make all that follow look wrong. Null where there are no two, or they are far apart themselves.
 */
function agreedByThoseAfter(byDay: readonly RateQuotation[], first: RateQuotation): string | null {
  let next: { readonly rate: string; readonly value: Decimal } | null = null;
  for (const { quote, date, rate } of byDay) {
    if (quote !== first.quote || date <= first.date) continue;
    const value = readRate(rate);
    if (typeof value === 'string') continue;
    if (next !== null) return isJump(next.value, value) ? null : next.rate;
    next = { rate, value };
  }
  return null;
}

/** Whether one of two rates is more than ten times the other. */
function isJump(one: Decimal, other: Decimal): boolean {
  return one.greaterThan(other.times(MAX_JUMP_FACTOR)) || other.greaterThan(one.times(MAX_JUMP_FACTOR));
}
