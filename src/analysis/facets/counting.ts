import type { Cells, Codes, ForecastColumns, Rows } from './columns.ts';
import { SUPERSEDED } from './columns.ts';
import type { FacetName } from './schemas.ts';
import { FACET_NAMES, ofFacets } from './schemas.ts';

/*
 * Counting. What a record fails at is a bit each: one for the own filters of each facet, one for all other filters.
 * Without any bit a record counts everywhere, with the bit of one facet alone it counts in that facet, else nowhere.
 */

/** The bit for filters that are no facet's own. */
export const OTHER_FILTERS = 1 << FACET_NAMES.length;

export function bitOf(facet: FacetName | undefined): number {
  return facet === undefined ? OTHER_FILTERS : 1 << FACET_NAMES.indexOf(facet);
}

/** What one filter asks of the values of one facet. */
export interface CodedFilter {
  readonly column: FacetName;
  /** What records fail with. */
  readonly bit: number;
  /** The codes that pass. */
  readonly passing: readonly number[];
}

export interface Counted {
  /** Of each facet what it shows for the values that records have, days as their years, with how many these are. */
  readonly groups: Readonly<Record<FacetName, readonly [Cells, number][]>>;
  /** How many forecasts all filters hold for. */
  readonly count: number;
}

/** So many records are looked at together that what is noted of them stays in the processor's nearest cache. */
const AT_ONCE = 4096;

/** @param found those for which the filters hold that are not among `filters`; null where there are no such filters */
export function countIn(
  forecasts: ForecastColumns,
  filters: readonly CodedFilter[],
  found: Rows | null,
): Counted {
  const rows = found ?? forecasts.all();
  const asked = filters.reduce((bits, { bit }) => bits | bit, 0);
  let share = 1;
  const tests = filters.map(({ column, bit, passing }) => {
    const { values, totals } = forecasts.columns[column];
    const failures = new Uint16Array(values.length).fill(bit);
    for (const code of passing) failures[code] = 0;
    share *= passing.reduce((sum, code) => sum + (totals[code] ?? 0), 0) / forecasts.current;
    return { codes: rows.codes[column], failures };
  });
  // Where most records pass, those that do not are fewer to count; a guess, upon which only the time depends.
  const countsFailing = found === null && share > 0.5;
  // Without filters but its own a facet counts all records, whose totals are kept.
  const tallied = FACET_NAMES.flatMap((name) => {
    const own = asked & bitOf(name);
    if (found === null && own === asked) return [];
    const tallies = new Uint32Array(forecasts.columns[name].values.length * LANES);
    return [{ name, own, codes: rows.codes[name], tallies }];
  });
  const failed = new Uint16Array(AT_ONCE);
  const picked = new Uint32Array(AT_ONCE);
  const end = found === null && asked === 0 ? 0 : rows.length;
  let number = 0;
  for (let from = 0; from < end; from += AT_ONCE) {
    const length = Math.min(AT_ONCE, end - from);
    failed.set(rows.superseded.subarray(from, from + length));
    for (const { codes, failures } of tests) note(failed, codes, failures, from, length);
    const passing = pick(picked, failed, 0xffff, countsFailing, from, length);
    number += passing;
    for (const { own, tallies, codes } of tallied) if (own === 0) tally(tallies, codes, picked, passing);
    for (const { own, tallies, codes } of tallied)
      if (own !== 0)
        tally(tallies, codes, picked, pick(picked, failed, 0xffff & ~own, countsFailing, from, length));
  }
  const sums = new Map(tallied.map(({ name, tallies }) => [name, summed(tallies)]));
  const groups = ofFacets((name) => {
    const column = forecasts.columns[name];
    const own = sums.get(name);
    return column.shown((code) => {
      const [total, counted] = [column.totals[code] as number, own?.[code] as number];
      return own === undefined ? total : countsFailing ? total - counted : counted;
    });
  });
  return { groups, count: countsFailing ? forecasts.current - number : number };
}

/** Notes what some records, from one on, fail at. */
function note(failed: Uint16Array, codes: Codes, failures: Uint16Array, from: number, length: number): void {
  for (let index = 0; index < length; index += 1)
    failed[index] = (failed[index] as number) | (failures[codes[from + index] as number] as number);
}

/**
 * Picks the current records that pass some filters, or with `failing` those that do not. Gives their number. Without a
 * branch, as the processor could not foresee where it goes: those wanted have a number between 0 and `span`.
 */
function pick(
  picked: Uint32Array,
  failed: Uint16Array,
  filters: number,
  failing: boolean,
  from: number,
  length: number,
): number {
  const [least, span] = failing ? [1, SUPERSEDED - 2] : [0, 0];
  let number = 0;
  for (let index = 0; index < length; index += 1) {
    // One that is not picked is written over by the next.
    picked[number] = from + index;
    const over = ((failed[index] as number) & filters) - least;
    number += ((over | (span - over)) >>> 31) ^ 1;
  }
  return number;
}

/**
 * Counters of each value, used in turn: most neighbours have the same value, and a counter that was just written can be
 * read again only after some time. Measured with a million forecasts: four and no loop between them take 11 ms, four 17,
 * one 23.
 */
const LANES = 4;

/** Counts the values of the records that were picked. */
function tally(tallies: Uint32Array, codes: Codes, picked: Uint32Array, length: number): void {
  const codeOf = (index: number): number => codes[picked[index] as number] as number;
  const rest = length % LANES;
  for (let index = 0; index < rest; index += 1) increment(tallies, codeOf(index) << 2);
  for (let index = rest; index < length; index += LANES) {
    const [first, second] = [codeOf(index) << 2, (codeOf(index + 1) << 2) | 1];
    const [third, fourth] = [(codeOf(index + 2) << 2) | 2, (codeOf(index + 3) << 2) | 3];
    increment(tallies, first);
    increment(tallies, second);
    increment(tallies, third);
    increment(tallies, fourth);
  }
}

function increment(tallies: Uint32Array, at: number): void {
  tallies[at] = (tallies[at] as number) + 1;
}

/** The tallies of each code, of all lanes together. */
function summed(tallies: Uint32Array): Uint32Array {
  const sums = new Uint32Array(tallies.length / LANES);
  for (let at = 0; at < tallies.length; at += 1)
    sums[at >> 2] = (sums[at >> 2] as number) + (tallies[at] as number);
  return sums;
}
