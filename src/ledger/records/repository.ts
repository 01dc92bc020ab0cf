import { mapped } from '../../domain/steps.ts';
import { Problem, recordDeleted, recordNotFound } from '../../http/message/problem.ts';
import { inTurns, pause } from '../../http/turns.ts';
import type { FoundRevision } from '../../store/full-text.ts';
import type { PageOf, PageRequest } from '../../store/keyset.ts';
import { and, asc, eq, exists, gt, isNull, sql } from '../../store/query.ts';
import type { AppliedFilters } from '../../store/revisions.ts';
import { heldAt, ofKind } from '../../store/revisions.ts';
import { amountSortKey } from '../../store/sort-key.ts';
import type { Reader } from '../../store/store.ts';
import type { RecordKind } from '../../store/tables/schema.ts';
import { currencies, records } from '../../store/tables/schema.ts';
import { nearestId } from '../catalogue/known-ids.ts';
import type { ImpliedRate } from '../rates/rows.ts';
import type { RecordFilters } from './filters.ts';
import { appliedFilters, matching } from './filters.ts';
import type { LedgerRecord, RecordSortKey } from './record.ts';
import type { RecordRow } from './rows.ts';
import { recordOfRow, valuesOfRow } from './rows.ts';
import type { Highlight } from './schemas.ts';
import { countFound, highlightsOf, searchRecords } from './search.ts';
import type { Shown, ShownRecord } from './written.ts';
import { shownOf, shownRecords } from './written.ts';

/** What a list's place is made of, for each sort key. */
export function sortValue(record: LedgerRecord & Shown, key: RecordSortKey): string | number | null {
  switch (key) {
    case 'periodStart':
      return record.period.start;
    case 'periodEnd':
      return record.period.end;
    case 'amount':
      return amountSortKey(record.amount);
    case 'relevance':
      return shownOf(record).found.relevance;
    default:
      return record[key];
  }
}

export async function listRecords(
  read: Reader,
  kind: RecordKind,
  filters: RecordFilters,
  page: PageRequest<RecordSortKey>,
  narrowed?: AppliedFilters,
): Promise<PageOf<ShownRecord>> {
  const found = await findRevisions(read, kind, filters, { ...page, limit: page.limit + 1 }, narrowed);
  const records = await recordsOf(read, kind, found.slice(0, page.limit), filters);
  const last = found.length > page.limit ? records.at(-1)?.record : undefined;
  return {
    records,
    next: last === undefined ? null : page.sort.map(({ key }) => sortValue(last, key)),
    count: page.count ? await countRecords(read, kind, filters) : undefined,
  };
}

export async function countRecords(read: Reader, kind: RecordKind, filters: RecordFilters): Promise<number> {
  if (filters.q !== undefined) return countFound(read, kind, filters);
  return read.$count(records, await matching(read, kind, filters));
}

async function findRevisions(
  read: Reader,
  kind: RecordKind,
  filters: RecordFilters,
  page: Omit<PageRequest<RecordSortKey>, 'count'>,
  narrowed: AppliedFilters = new Map(),
): Promise<readonly FoundRevision[]> {
  if (filters.q !== undefined) return searchRecords(read, kind, filters, page);
  // Without a search nothing is more relevant than anything else.
  const sort = page.sort.flatMap(({ key, direction }) => (key === 'relevance' ? [] : [{ key, direction }]));
  const sequences = await read.pageSequences({
    ...page,
    kind,
    filters: new Map([...(await appliedFilters(read, filters)), ...narrowed]),
    asOf: filters.knownAsOf ?? null,
    sort,
  });
  return sequences.map((sequence) => ({ sequence, relevance: null }));
}

/** So many records are read in a few milliseconds, which is how long others may be kept waiting. */
const READ_AT_ONCE = 100;

/** The records of some revisions, in their order; in turns with other requests. */
async function recordsOf(
  read: Reader,
  kind: RecordKind,
  found: readonly FoundRevision[],
  { knownAsOf }: RecordFilters,
): Promise<readonly ShownRecord[]> {
  const records: ShownRecord[] = [];
  for (let at = 0; at < found.length; at += READ_AT_ONCE) {
    records.push(...(await shownRecords(read, kind, found.slice(at, at + READ_AT_ONCE), knownAsOf)));
    await pause();
  }
  return records;
}

/** Where the words of a search stand in the texts of each of the records that it found; in turns with other requests. */
export async function highlightsIn(
  read: Reader,
  records: readonly ShownRecord[],
  q: string,
): Promise<readonly Highlight[][]> {
  const sequences = records.map(({ found }) => found.sequence);
  const highlights = await highlightsOf(read, sequences, q);
  return sequences.map((sequence) => highlights.get(sequence) ?? []);
}

/** The current revision of a record, or the one that counted at a time. */
async function findRecord(
  read: Reader,
  kind: RecordKind,
  id: string,
  asOf?: string | null,
): Promise<(LedgerRecord & Shown) | undefined> {
  const rows = await read.rows(
    `record ${kind} ${asOf != null}`,
    () =>
      read
        .select({ sequence: records.sequence })
        .from(records)
        .where(
          and(
            eq(records.id, sql.placeholder('id')),
            ofKind(kind),
            heldAt(asOf == null ? null : sql.placeholder('asOf')),
          ),
        ),
    { id, asOf },
  );
  const found = rows.map(([sequence]) => ({ sequence: sequence as number, relevance: null }));
  return (await shownRecords(read, kind, found, asOf))[0]?.record;
}

/** Every revision of a record, its tombstone among them, oldest first. */
export async function revisionsOf(read: Reader, kind: RecordKind, id: string): Promise<readonly RecordRow[]> {
  return read
    .select()
    .from(records)
    .where(and(eq(records.id, id), ofKind(kind)))
    .orderBy(asc(records.revision));
}

export function nearestRecordId(read: Reader, kind: RecordKind, id: string): Promise<string | undefined> {
  return nearestId(read, records.id, id, and(ofKind(kind), heldAt(null)));
}

/** In turns with other requests: each record may imply some. */
export async function listImpliedRates(read: Reader, asOf?: string | null): Promise<readonly ImpliedRate[]> {
  const implied: ImpliedRate[] = [];
  for (let after = 0; ; ) {
    const rows = await read
      .select()
      .from(records)
      // Literals, as in the index of these records.
      .where(
        and(
          ofKind('forecast'),
          gt(records.sequence, after),
          heldAt(asOf),
          sql`${records.statedConversions} <> '[]'`,
        ),
      )
      .orderBy(asc(records.sequence))
      .limit(READ_AT_ONCE);
    for (const row of rows)
      for (const { impliedRate } of recordOfRow(valuesOfRow(row), []).statedConversions) {
        if (impliedRate === null) continue;
        const { base, quote, rate } = impliedRate;
        const { publishedOn: date, recordedAt, id: forecast } = row;
        implied.push({ base, quote, rate, date, recordedAt, forecast });
      }
    if (rows.length < READ_AT_ONCE) return implied;
    after = rows.at(-1)?.sequence ?? after;
    await pause();
  }
}

/** So many records are computed with, or counted as left out. */
const MOST_COMPUTED = 5000;
const NEWEST_FIRST = [
  { key: 'publishedOn', direction: 'descending' },
  { key: 'id', direction: 'ascending' },
] as const;

/** Every record of some filters, newest publication first, for computing with all of them. @throws Problem `tooManyRecords` */
export async function recordsToCompute(
  { read }: { readonly read: Reader },
  kind: RecordKind,
  filters: RecordFilters,
): Promise<readonly (LedgerRecord & Shown)[]> {
  const page = { sort: NEWEST_FIRST, after: null, limit: MOST_COMPUTED + 1 };
  const found = await findRevisions(read, kind, filters, page);
  if (found.length <= MOST_COMPUTED) {
    const shown = await recordsOf(read, kind, found, filters);
    return inTurns(mapped(shown, ({ record }) => record));
  }
  const message = `More than ${MOST_COMPUTED} records would have to be computed with. Narrow the filters.`;
  throw new Problem('tooManyRecords', message);
}

/** From where pages of all records are read, and in which order. */
export interface PagesOfRecords {
  readonly sort: PageRequest<RecordSortKey>['sort'];
  readonly after: PageRequest<RecordSortKey>['after'];
  /** How many records the first page has. */
  readonly limit: number;
  /** What is asked of rows beside the filters, to leave out some that are not wanted; a search leaves them in. */
  readonly narrowed: AppliedFilters;
}

const PAGED_AT_ONCE = 500;

/** All records of some filters, a page at a time, newest publication first unless asked otherwise. */
export async function* pagesOfRecords(
  read: Reader,
  kind: RecordKind,
  filters: RecordFilters,
  { sort = NEWEST_FIRST, after = null, limit = PAGED_AT_ONCE, narrowed }: Partial<PagesOfRecords> = {},
): AsyncGenerator<readonly LedgerRecord[]> {
  const request = { sort, after, limit: Math.min(limit, PAGED_AT_ONCE), count: false };
  for (;;) {
    const page: PageOf<ShownRecord> = await listRecords(read, kind, filters, request, narrowed);
    yield await inTurns(mapped(page.records, ({ record }) => record));
    if (page.next === null) return;
    Object.assign(request, { after: page.next, limit: PAGED_AT_ONCE });
  }
}

/** The currencies in which records of a kind are stated; all there are where a past moment is asked for. */
export async function currenciesOf(
  read: Reader,
  kind: RecordKind,
  asOf: string | undefined,
): Promise<readonly string[]> {
  const stated = read
    .select({ id: records.id })
    .from(records)
    .where(and(ofKind(kind), heldAt(null), eq(records.amountCurrency, currencies.id)));
  const rows = await read
    .select({ id: currencies.id })
    .from(currencies)
    .where(asOf === undefined ? exists(stated) : undefined);
  return rows.map(({ id }) => id);
}

/** How many records of some filters are stated in another currency: no more are counted than are computed with. */
export async function countInOtherCurrencies(
  read: Reader,
  kind: RecordKind,
  filters: RecordFilters,
  currency: string,
): Promise<number> {
  const ids = await currenciesOf(read, kind, filters.knownAsOf);
  const others = ids.filter((id) => id !== currency);
  return others.length === 0 ? 0 : countStatedIn(read, kind, filters, others);
}

/** How many records of some filters are stated in some currencies; no more are counted than are computed with. */
export async function countStatedIn(
  read: Reader,
  kind: RecordKind,
  filters: RecordFilters,
  currency: string[],
): Promise<number> {
  const page = { sort: NEWEST_FIRST, after: null, limit: MOST_COMPUTED };
  return (await findRevisions(read, kind, { ...filters, currency }, page)).length;
}

/** How many records of some filters name no number at all. */
export async function countIndefinite(
  read: Reader,
  kind: RecordKind,
  filters: RecordFilters,
): Promise<number> {
  return read.$count(records, and(await matching(read, kind, filters), isNull(records.amountSortKey)));
}

/**
 * The revision of a record that counts, or that counted at a time, of a document that had been published by a day.
 * @throws Problem 404 `recordNotFound`, `recordNotYetPublished`, 410 `recordDeleted`
 */
export async function requireRecord(
  { read }: { readonly read: Reader },
  kind: RecordKind,
  id: string,
  {
    knownAsOf,
    publishedAsOf,
  }: {
    readonly knownAsOf?: string | undefined;
    readonly publishedAsOf?: string | undefined;
  } = {},
): Promise<LedgerRecord & Shown> {
  const record =
    (await findRecord(read, kind, id, knownAsOf)) ??
    (await findRecord(read, kind, id.toLowerCase(), knownAsOf));
  if (record === undefined) throw await whyThereIsNone(read, kind, id, knownAsOf);
  const { publishedOn } = record;
  if (publishedAsOf !== undefined && (publishedOn === null || publishedOn > publishedAsOf)) {
    const when =
      publishedOn === null ? 'its document has no known date' : `it was published on ${publishedOn}`;
    throw new Problem(
      'recordNotYetPublished',
      `The ${kind} ${JSON.stringify(id)} is not known to have been published by ${publishedAsOf}: ${when}.`,
    );
  }
  return record;
}

async function whyThereIsNone(
  read: Reader,
  kind: RecordKind,
  id: string,
  asOf: string | undefined,
): Promise<Problem> {
  const revisions = await revisionsOf(read, kind, id);
  const tombstone = revisions.find(
    ({ deleted, recordedAt }) => deleted !== 0 && (asOf === undefined || recordedAt <= asOf),
  );
  if (tombstone !== undefined) return recordDeleted(kind, tombstone);
  const [first] = revisions;
  // The code is what it was before there was such a record: an address with a past time answers alike for ever.
  if (asOf !== undefined && first !== undefined) {
    return new Problem(
      'recordNotFound',
      `At ${asOf} this ledger did not hold the ${kind} ${JSON.stringify(id)}: it was first recorded at ${first.recordedAt}.`,
    );
  }
  return recordNotFound(kind, id, await nearestRecordId(read, kind, id));
}
