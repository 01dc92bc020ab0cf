import { yearOf } from '../period/calendar.ts';
import { formatDecimal, parseDecimal } from './decimal.ts';
import type { RateQuotation } from './rates.ts';

/** The mean of a currency's reference rates over a time, kept as an exact sum and a count. */
export interface PeriodAverage extends Pick<RateQuotation, 'provider' | 'base' | 'quote'> {
  /** First and last day with an observation. */
  readonly firstDay: string;
  readonly lastDay: string;
  readonly observations: number;
  /** Sum of the rates, exact. The mean is `sum` / `observations`. */
  readonly sum: string;
}

/** Averages of one currency over times that do not overlap, as one; null for none. */
export function combineAverages(parts: readonly PeriodAverage[]): PeriodAverage | null {
  const [first, ...others] = parts;
  if (first === undefined) return null;
  let { firstDay, lastDay, observations } = first;
  let sum = parseDecimal(first.sum);
  for (const part of others) {
    if (part.firstDay < firstDay) firstDay = part.firstDay;
    if (part.lastDay > lastDay) lastDay = part.lastDay;
    observations += part.observations;
    sum = sum.plus(parseDecimal(part.sum));
  }
  return { ...first, firstDay, lastDay, observations, sum: formatDecimal(sum) };
}

/** The average of one currency's observations of different days, in any order; null for none. */
export function averageOf(observations: readonly RateQuotation[]): PeriodAverage | null {
  const single = ({ provider, base, quote, date, rate }: RateQuotation): PeriodAverage => {
    return { provider, base, quote, firstDay: date, lastDay: date, observations: 1, sum: rate };
  };
  return combineAverages(observations.map(single));
}

/**
 * The average of one currency from a first to a last day, both included; null where nothing is held. Year by year the days
 * or the year's sum count, whichever has more observations; at a tie the days, which may have been corrected since.
 * @param days current revisions of one currency; those outside the time are left out
 * @param years those not wholly within the time are left out
 */
export function averageOver(
  from: string,
  to: string,
  days: readonly RateQuotation[],
  years: readonly PeriodAverage[],
): PeriodAverage | null {
  const within = days.filter(({ date }) => from <= date && date <= to);
  const parts = new Map<number, PeriodAverage>();
  for (const sum of years) {
    const year = yearOf(sum.firstDay);
    if (from <= `${year}-01-01` && `${year}-12-31` <= to) parts.set(year, sum);
  }
  for (const [year, ofYear] of Map.groupBy(within, ({ date }) => yearOf(date))) {
    const average = averageOf(ofYear);
    if (average !== null && average.observations >= (parts.get(year)?.observations ?? 0))
      parts.set(year, average);
  }
  return combineAverages([...parts.values()]);
}
