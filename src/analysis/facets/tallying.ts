import type { CodedColumn, Codes } from './coded-column.ts';
import { NO_RECORD } from './coded-column.ts';
import type { ForecastColumns } from './columns.ts';
import type { FacetName } from './schemas.ts';

/*
 * The loops over all records of a ledger: plain ones over typed arrays, which the runtime turns into machine code that takes a
 * few nanoseconds a record.
 */

/** A filter as it is asked of codes. */
export interface CodedTest {
  readonly codes: Codes;
  /** The bit that records fail with. */
  readonly failure: number;
  /** Of each code that bit, or 0. */
  readonly failures: Uint16Array;
  /** How many records pass. */
  readonly passing: number;
}

/** A facet, with what it counts by. */
export interface CountedFacet {
  readonly name: FacetName;
  readonly column: CodedColumn;
  /** The bit of its own filters, where the query has some, else 0. */
  readonly own: number;
  /** How many records with each code were tallied, in lanes; null where the facet counts all records. */
  readonly tallied: Uint32Array | null;
}

/** Slots that are looked at together: which of them are picked stays in the processor's nearest cache. */
const SLOTS_AT_ONCE = 4096;

/**
 * Tallies in each facet the records that pass all filters but its own or, with `failing`, those that do not. Gives how many
 * pass all filters.
 */
export function tallyAll(
  { slots, live }: ForecastColumns,
  tests: readonly CodedTest[],
  facets: readonly CountedFacet[],
  found: Uint32Array | null,
  failing: boolean,
): number {
  // What is no record is not to be picked.
  for (const { failures, failure } of tests) failures[NO_RECORD] = failing ? 0 : failure;
  const counting = facets.filter(({ tallied }) => tallied !== null);
  const sharing = counting.filter(({ own }) => own === 0);
  const others = counting.filter(({ own }) => own !== 0);
  const failures = new Uint16Array(SLOTS_AT_ONCE);
  const picked = new Uint32Array(SLOTS_AT_ONCE);
  const total = found?.length ?? slots;
  let pickedByAll = 0;
  for (let from = 0; from < total; from += SLOTS_AT_ONCE) {
    const length = Math.min(SLOTS_AT_ONCE, total - from);
    failures.fill(0);
    for (const test of tests)
      if (found === null) note(failures, test, from, length);
      else noteFound(failures, test, found, from, length);
    const pickFor = (own: number): number => {
      const number = pick(picked, failures, ~own, failing ? 1 : 0, from, length);
      if (found !== null) resolve(picked, found, number);
      return number;
    };
    const number = pickFor(0);
    pickedByAll += number;
    for (const { tallied, column } of sharing) tally(tallied as Uint32Array, column.codes, picked, number);
    for (const { tallied, column, own } of others)
      tally(tallied as Uint32Array, column.codes, picked, pickFor(own));
  }
  return failing ? live - pickedByAll : pickedByAll;
}

/** Notes what some slots, from one on, fail at. */
function note(noted: Uint16Array, { codes, failures }: CodedTest, from: number, length: number): void {
  for (let index = 0; index < length; index += 1)
    noted[index] = (noted[index] as number) | (failures[codes[from + index] as number] as number);
}

/** As `note`, for some slots of a list. */
function noteFound(
  noted: Uint16Array,
  { codes, failures }: CodedTest,
  found: Uint32Array,
  from: number,
  length: number,
): void {
  for (let index = 0; index < length; index += 1) {
    const code = codes[found[from + index] as number] as number;
    noted[index] = (noted[index] as number) | (failures[code] as number);
  }
}

/** Puts slots in place of their places in a list. */
function resolve(picked: Uint32Array, found: Uint32Array, number: number): void {
  for (let index = 0; index < number; index += 1) picked[index] = found[picked[index] as number] as number;
}

/** 1 for 0, 0 for a greater number: without a branch, as the processor could not foresee where it goes. */
function isZero(number: number): number {
  return (number - 1) >>> 31;
}

/** Picks the slots that pass some filters, or with `failing` 1 those that do not. Gives their number. */
function pick(
  picked: Uint32Array,
  failures: Uint16Array,
  filters: number,
  failing: number,
  from: number,
  length: number,
): number {
  let number = 0;
  for (let index = 0; index < length; index += 1) {
    // One that is not picked is written over by the next.
    picked[number] = from + index;
    number += isZero((failures[index] as number) & filters) ^ failing;
  }
  return number;
}

/**
 * Neighbours are tallied apart from each other: most have the same value, and a counter that was just written can be read
 * again only after some time.
 */
export const LANES = 4;

function tally(tallied: Uint32Array, codes: Codes, slots: Uint32Array, length: number): void {
  const lane = tallied.length / LANES;
  const rest = length % LANES;
  for (let index = 0; index < rest; index += 1) {
    const code = codes[slots[index] as number] as number;
    tallied[code] = (tallied[code] as number) + 1;
  }
  for (let index = rest; index < length; index += LANES) {
    const first = codes[slots[index] as number] as number;
    const second = (codes[slots[index + 1] as number] as number) + lane;
    const third = (codes[slots[index + 2] as number] as number) + 2 * lane;
    const fourth = (codes[slots[index + 3] as number] as number) + 3 * lane;
    tallied[first] = (tallied[first] as number) + 1;
    tallied[second] = (tallied[second] as number) + 1;
    tallied[third] = (tallied[third] as number) + 1;
    tallied[fourth] = (tallied[fourth] as number) + 1;
  }
}

/** How many of a facet's records have each code. */
export function talliedCounts(
  { totals }: CodedColumn,
  tallied: Uint32Array,
  failing: boolean,
): readonly number[] {
  return totals.map((total, code) => {
    let sum = 0;
    for (let index = code; index < tallied.length; index += totals.length) sum += tallied[index] as number;
    return failing ? total - sum : sum;
  });
}
