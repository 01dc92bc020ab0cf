import type { Amount } from '../../domain/money/amount.ts';
import { Decimal, formatDecimal, MONEY_PLACES, MOST_MONEY_DIGITS } from '../../domain/money/decimal.ts';
import { mapped } from '../../domain/steps.ts';
import { vintageOf } from '../../domain/vintage.ts';
import { inTurns } from '../../http/turns.ts';
import type { Keyset, PageOf, PageRequest } from '../../store/keyset.ts';
import { comparePlaces } from '../../store/keyset.ts';
import { amountSortKey, sortKey } from '../../store/sort-key.ts';
import type { RecordKind } from '../../store/tables/schema.ts';
import type { ReadContext } from '../context.ts';
import type { ConversionRequest, ConvertibleRecord } from '../rates/conversions.ts';
import { openConverter } from '../rates/conversions.ts';
import type { ConversionQuery } from '../rates/schemas.ts';
import type { RecordFilters } from './filters.ts';
import { amountRange } from './filters.ts';
import type { LedgerRecord, RecordSortKey } from './record.ts';
import {
  countIndefinite,
  countRecords,
  countStatedIn,
  currenciesOf,
  listRecords,
  sortValue,
} from './repository.ts';
import type { Shown } from './written.ts';

/*
 * Lists by converted amounts where each currency has one rate (`latest`, `date`), in a ledger of any size. A conversion
 * keeps the order of amounts, so a bound in the target currency is a bound of stated amounts in each currency, and the
 * list's order is that of each currency's amounts, merged. Both are ranges of the index of amounts.
 */

export type Conversions = ConversionQuery & { readonly knownAsOf?: string | undefined };

/**
 * Records that have no amount to compare: one of them, the code of why it is not converted, null for one without a
 * number, and how many they are.
 */
export interface NotComparedGroup {
  readonly record: ConvertibleRecord;
  readonly code: string | null;
  readonly count: number;
}

type Query = RecordFilters & Conversions;
/** A record that can be computed with, and is shown as it was written. */
type Listed = LedgerRecord & Shown;
type Sort = PageRequest<RecordSortKey>['sort'];

/** A currency at its one rate. */
interface Scale {
  readonly currency: string;
  /** The sort key of a stated amount, converted. It never falls where the stated amount rises. */
  readonly keyOf: (stated: string) => string;
}

interface Scales {
  readonly scales: readonly Scale[];
  /** A record of each currency that has no rate, with the reason. */
  readonly refused: readonly { readonly currency: string; readonly code: string }[];
}

/** Whether a conversion has one rate a currency, whatever the record. */
export function hasOneRateEach({ rateBasis }: ConversionRequest): boolean {
  return rateBasis.every((basis) => basis === 'latest' || basis === 'date');
}

/** One page of records whose converted amounts are within the query's bounds, or that is sorted by them first. */
export async function pageAtOneRate(
  view: ReadContext,
  kind: RecordKind,
  query: Query,
  conversion: ConversionRequest,
  page: PageRequest<RecordSortKey>,
): Promise<PageOf<Listed>> {
  const { amountMin, amountMax, ...unbounded } = query;
  const { scales, refused } = await scalesOf(view, kind, query, conversion);
  const isBounded = amountMin !== undefined || amountMax !== undefined;
  const amountRanges = scales.flatMap((scale) => rangeOf(scale, amountMin, amountMax) ?? []);
  if (isBounded && amountRanges.length === 0)
    return { records: [], next: null, count: page.count ? 0 : undefined };
  const filters = isBounded ? { ...unbounded, amountRanges } : unbounded;
  if (page.sort[0]?.key !== 'amount') return pageOf(view.read, kind, filters, page);
  const merging = { view, kind, filters: unbounded, page, amountMin, amountMax };
  const found: Placed[] = [];
  const parts = [valued(merging, scales), ...(isBounded ? [] : [unvalued(merging, scales, refused)])];
  for (const part of parts)
    for await (const placed of part) {
      found.push(placed);
      if (found.length > page.limit) break;
    }
  const records = found.slice(0, page.limit);
  return {
    records: records.map(({ record }) => record),
    next: found.length > page.limit ? (records.at(-1)?.place ?? null) : null,
    count: page.count ? await countRecords(view.read, kind, filters) : undefined,
  };
}

/** The records of a query that have no amount to compare, as one of each currency and reason, with how many these are. */
export async function notComparedAtOneRate(
  view: ReadContext,
  kind: RecordKind,
  query: Query,
  conversion: ConversionRequest,
): Promise<readonly NotComparedGroup[]> {
  const { amountMin: _, amountMax: __, ...filters } = query;
  const { scales, refused } = await scalesOf(view, kind, query, conversion);
  const groups: NotComparedGroup[] = [];
  for (const { currency, code } of refused) {
    const count = await countStatedIn(view.read, kind, filters, [currency]);
    groups.push({ record: stating(currency), code, count });
  }
  for (const { currency } of scales) {
    const count = await countIndefinite(view.read, kind, { ...filters, currency: [currency] });
    groups.push({ record: stating(currency), code: null, count });
  }
  return groups.filter(({ count }) => count > 0);
}

async function scalesOf(
  view: ReadContext,
  kind: RecordKind,
  query: Query,
  conversion: ConversionRequest,
): Promise<Scales> {
  const currencies = query.currency ?? (await currenciesOf(view.read, kind, query.knownAsOf));
  const converter = await openConverter(view.rates, currencies, conversion, vintageOf(view, query));
  const scales: Scale[] = [];
  const refused: Scales['refused'][number][] = [];
  for (const currency of new Set(currencies)) {
    const { notConverted } = converter.tryConvert(stating(currency));
    if (notConverted !== null) refused.push({ currency, code: notConverted.code });
    else
      scales.push({
        currency,
        keyOf: (stated) => amountSortKey(converter.convert(stating(currency, stated))) ?? '',
      });
  }
  return { scales, refused };
}

/** What a conversion at one rate reads of a record. */
function stating(currency: string, value = '1'): ConvertibleRecord {
  const amount: Amount = {
    ...{ value, low: null, high: null, qualifier: 'approximately' },
    ...{ currency, asStated: value, interpretation: null },
  };
  return { amount, statedConversions: [], period: { start: null, end: null }, publishedOn: null };
}

/** A place in the order of stated amounts: a whole number of the smallest part that a sum of money may state. */
type Units = bigint;
const UNITS_IN_ONE = 10n ** BigInt(MONEY_PLACES);
const MOST_UNITS: Units = 10n ** BigInt(MOST_MONEY_DIGITS) * UNITS_IN_ONE - 1n;

function decimalOf(units: Units): string {
  return formatDecimal(new Decimal(String(units)).dividedBy(String(UNITS_IN_ONE)));
}

function decimalOfKey(key: string): string {
  return key.replace(/^0+(?=\d)/, '');
}

/** The least stated amount whose converted amount is a key or more; more than any where there is none. */
function leastReaching({ keyOf }: Scale, key: string): Units {
  const reaches = (units: Units): boolean => keyOf(decimalOf(units)) >= key;
  let [low, high] = [0n, MOST_UNITS + 1n];
  // The rate shows about where, within what makes one whole unit of the target currency.
  const most = new Decimal(decimalOf(MOST_UNITS));
  const unit = most.dividedBy(decimalOfKey(keyOf(formatDecimal(most))));
  if (unit.isFinite())
    for (const units of [-1, 1].map((side) => unit.times(new Decimal(decimalOfKey(key)).plus(side)))) {
      const near = BigInt(units.times(String(UNITS_IN_ONE)).toFixed(0));
      if (near < low || near >= high) continue;
      if (reaches(near)) high = near;
      else low = near + 1n;
    }
  while (low < high) {
    const middle = (low + high) / 2n;
    if (reaches(middle)) high = middle;
    else low = middle + 1n;
  }
  return low;
}

/** The least that is more than a key. A key with a digit more is the next of all. */
function leastBeyond(scale: Scale, key: string): Units {
  return leastReaching(scale, key.includes('.') ? `${key}0` : `${key}.`);
}

/** The stated amounts from one to another; null where there are none. */
function between({ currency }: Scale, least: Units, most: Units): string | null {
  if (least > most) return null;
  return amountRange(currency, sortKey(decimalOf(least)) ?? '', sortKey(decimalOf(most)) ?? '');
}

function rangeOf(scale: Scale, amountMin: string | undefined, amountMax: string | undefined): string | null {
  const least = amountMin === undefined ? 0n : leastReaching(scale, sortKey(amountMin) ?? '');
  const most = amountMax === undefined ? MOST_UNITS : leastBeyond(scale, sortKey(amountMax) ?? '') - 1n;
  return between(scale, least, most);
}

/** What is merged: the query without its bounds, and these. */
interface Merging {
  readonly view: ReadContext;
  readonly kind: RecordKind;
  readonly filters: RecordFilters;
  readonly page: PageRequest<RecordSortKey>;
  readonly amountMin: string | undefined;
  readonly amountMax: string | undefined;
}

interface Placed {
  readonly record: Listed;
  readonly place: Keyset;
}
type Stream = AsyncGenerator<Placed>;

/** A stream reads so many records at once at least. */
const LEAST_READ = 4;

/** The records with an amount. */
async function* valued(merging: Merging, scales: readonly Scale[]): Stream {
  const { page, amountMin, amountMax } = merging;
  const after = page.after?.[0];
  if (page.after !== null && after === null) return;
  const atOnce = readAtOnce(page.limit, scales.length);
  yield* merged(
    scales.map((scale) => inOrder(merging, scale, amountMin, amountMax, atOnce)),
    page.sort,
  );
}

/** Those without one, or in a currency without a rate, in the order of the further terms. */
async function* unvalued(
  { view, kind, filters, page }: Merging,
  scales: readonly Scale[],
  refused: Scales['refused'],
): Stream {
  const sort = page.sort.slice(1);
  const after = page.after?.[0] === null ? page.after.slice(1) : null;
  const atOnce = readAtOnce(page.limit, scales.length + 1);
  const placed = (record: Listed): Placed => placeOf(record, null, page.sort);
  const list = (currency: readonly string[], ofSort: Sort, from: Keyset | null) =>
    allOf(view, kind, { ...filters, currency: [...currency] }, { sort: ofSort, after: from }, atOnce, placed);
  const [, ...none] = page.sort.map(() => null);
  const streams = scales.map(({ currency }) =>
    list(
      [currency],
      [{ key: 'amount', direction: 'ascending' }, ...sort],
      after === null ? [BEYOND_ALL, ...none] : [null, ...after],
    ),
  );
  const currencies = refused.map(({ currency }) => currency);
  if (currencies.length > 0) streams.push(list(currencies, sort, after));
  yield* merged(streams, page.sort);
}

/** More than any sort key: only missing ones follow. */
const BEYOND_ALL = '~';

function readAtOnce(limit: number, streams: number): number {
  return Math.max(LEAST_READ, Math.ceil((limit + 1) / Math.max(1, streams)));
}

function placeOf(record: Listed, key: string | null, [, ...sort]: Sort): Placed {
  return { record, place: [key, ...sort.map((term) => sortValue(record, term.key))] };
}

/** Streams that are each in order, as one. */
async function* merged(streams: readonly Stream[], sort: Sort): Stream {
  const heads: { readonly stream: Stream; placed: Placed }[] = [];
  for (const stream of streams) {
    const { value, done } = await stream.next();
    if (done !== true) heads.push({ stream, placed: value });
  }
  for (;;) {
    let first = heads[0];
    if (first === undefined) return;
    for (const head of heads)
      if (comparePlaces(sort, head.placed.place, first.placed.place) < 0) first = head;
    yield first.placed;
    const { value, done } = await first.stream.next();
    if (done === true) heads.splice(heads.indexOf(first), 1);
    else first.placed = value;
  }
}

/**
 * The records of a currency with an amount. Amounts that differ may be alike when converted and rounded: these are then
 * in the order of the further terms.
 */
async function* inOrder(
  merging: Merging,
  scale: Scale,
  amountMin: string | undefined,
  amountMax: string | undefined,
  atOnce: number,
): Stream {
  const { view, kind, filters, page } = merging;
  const [amount, ...further] = page.sort;
  const rises = amount?.direction === 'ascending';
  let least = amountMin === undefined ? 0n : leastReaching(scale, sortKey(amountMin) ?? '');
  let most = amountMax === undefined ? MOST_UNITS : leastBeyond(scale, sortKey(amountMax) ?? '') - 1n;
  const list = (from: Units, to: Units, sort: Sort, after: Keyset | null, limit = atOnce) => {
    const range = between(scale, from, to);
    if (range === null) return EMPTY;
    const within = { ...filters, currency: [scale.currency], amountRanges: [range] };
    return pageOf(view.read, kind, within, { sort, after, limit, count: false });
  };
  /** Those of one converted amount after a place of the further terms; what comes after them is left to be listed. */
  async function* alike(key: string, place: Keyset | null): Stream {
    const [from, beyond] = [leastReaching(scale, key), leastBeyond(scale, key)];
    const [low, high] = [max(from, least), min(beyond - 1n, most)];
    const ends = await Promise.all(
      (['ascending', 'descending'] as const).map((direction) =>
        list(low, high, [{ key: 'amount', direction }, ...further], null, 1),
      ),
    );
    const [first, last] = ends.map(({ records: [record] }) => record && amountSortKey(record.amount));
    // As a rule all state the same amount, and the index of amounts has them in order.
    const isOne = first !== undefined && first === last;
    let after = isOne && place !== null ? [first ?? null, ...place] : place;
    do {
      const found = await list(low, high, isOne ? page.sort : further, after);
      for (const record of found.records) yield placeOf(record, key, page.sort);
      after = found.next === null ? null : [...found.next];
    } while (after !== null);
    if (rises) least = max(least, beyond);
    else most = min(most, from - 1n);
  }
  const [start, ...rest] = page.after ?? [];
  if (typeof start === 'string') {
    if (rises) least = max(least, leastReaching(scale, start));
    else most = min(most, leastBeyond(scale, start) - 1n);
    yield* alike(start, rest);
  }
  let read = Math.max(atOnce, LEAST_READ);
  for (let after: Keyset | null = null; ; ) {
    const { records, next } = await list(least, most, page.sort, after, read);
    const placed = records.map((record) =>
      placeOf(record, scale.keyOf(decimalOfKey(amountSortKey(record.amount) ?? '')), page.sort),
    );
    after = next;
    for (const [key, run] of Map.groupBy(placed, ({ place: [own] }) => own as string)) {
      const stated = new Set(run.map(({ record }) => amountSortKey(record.amount)));
      const before = placed[placed.length - run.length - 1];
      // More of them may follow: they are read again, unless they are all that was read.
      const isOpen = next !== null && run.at(-1) === placed.at(-1);
      if (isOpen && stated.size === 1 && before !== undefined) {
        after = [amountSortKey(before.record.amount), ...before.place.slice(1)];
        continue;
      }
      if (!isOpen && stated.size === 1) {
        yield* run;
        continue;
      }
      yield* alike(key, null);
      if (isOpen) after = null;
    }
    read = Math.min(2 * read, page.limit + 1);
    if (next === null) return;
  }
}

const EMPTY: PageOf<Listed> = { records: [], next: null };

function max(one: Units, other: Units): Units {
  return one > other ? one : other;
}

function min(one: Units, other: Units): Units {
  return one < other ? one : other;
}

async function* allOf(
  { read }: ReadContext,
  kind: RecordKind,
  filters: RecordFilters,
  { sort, after: first }: Pick<PageRequest<RecordSortKey>, 'sort' | 'after'>,
  limit: number,
  placed: (record: Listed) => Placed,
): Stream {
  let after = first;
  do {
    const page = await pageOf(read, kind, filters, { sort, after, limit, count: false });
    for (const record of page.records) yield placed(record);
    after = page.next;
  } while (after !== null);
}

async function pageOf(...asked: Parameters<typeof listRecords>): Promise<PageOf<Listed>> {
  const page = await listRecords(...asked);
  return { ...page, records: await inTurns(mapped(page.records, ({ record }) => record)) };
}
