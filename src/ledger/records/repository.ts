import type { FoundRevision } from '../../store/full-text.ts';
import type { PageOf, PageRequest, SortTerm } from '../../store/keyset.ts';
import { and, asc, count, eq, gte, inArray, isNull, lt, lte, sql } from '../../store/query.ts';
import type { ColumnSortKey } from '../../store/record-query.ts';
import { heldAt, ofKind } from '../../store/revisions.ts';
import { amountSortKey } from '../../store/sort-key.ts';
import { highlightsOf } from '../../store/sqlite/full-text.ts';
import { preparedRows } from '../../store/sqlite/prepared.ts';
import type { Reader } from '../../store/sqlite/storage.ts';
import type { RecordKind } from '../../store/tables/schema.ts';
import { records } from '../../store/tables/schema.ts';
import type { RecordFilters } from './filters.ts';
import { appliedFilters, matching } from './filters.ts';
import type { LedgerRecord, RecordSortKey } from './record.ts';
import { relationsOf } from './related.ts';
import type { RecordRow, RowValues } from './rows.ts';
import { recordOfRow, rowsOfSequences, selectRows, valueIn, valuesOfRow } from './rows.ts';
import { countFound, searchRecords } from './search.ts';

/** How well a record fits the search that found it, for the list's order only: JSON leaves symbols out. */
const RELEVANCE = Symbol('relevance');
type Found = { readonly [RELEVANCE]?: number };

/** What a list's place is made of, for each sort key. */
export function sortValue(record: LedgerRecord, key: RecordSortKey): string | number | null {
  switch (key) {
    case 'periodStart':
      return record.period.start;
    case 'periodEnd':
      return record.period.end;
    case 'amount':
      return amountSortKey(record.amount);
    case 'relevance':
      return (record as Found)[RELEVANCE] ?? null;
    default:
      return record[key];
  }
}

/** A page of the records of a kind. */
export async function listRecords(
  read: Reader,
  kind: RecordKind,
  filters: RecordFilters,
  page: PageRequest<RecordSortKey>,
): Promise<PageOf<LedgerRecord>> {
  const found = await findRevisions(read, kind, filters, { ...page, limit: page.limit + 1 });
  const records = await recordsOf(read, found.slice(0, page.limit), filters);
  const last = found.length > page.limit ? records.at(-1) : undefined;
  return {
    records,
    next: last === undefined ? null : page.sort.map(({ key }) => sortValue(last, key)),
    count: page.count ? await countRecords(read, kind, filters) : undefined,
  };
}

/** The records of a query, newest publication first; null where there are more than a number of them. */
export async function recordsUpTo(
  read: Reader,
  kind: RecordKind,
  filters: RecordFilters,
  most: number,
): Promise<readonly LedgerRecord[] | null> {
  const sort = [
    { key: 'publishedOn', direction: 'descending' },
    { key: 'id', direction: 'ascending' },
  ] as const;
  const found = await findRevisions(read, kind, filters, { sort, after: null, limit: most + 1 });
  return found.length > most ? null : recordsOf(read, found, filters);
}

/** How many records of a kind a query has. */
export async function countRecords(read: Reader, kind: RecordKind, filters: RecordFilters): Promise<number> {
  if (filters.q !== undefined) return countFound(read, kind, filters);
  return read.$count(records, await matching(read, kind, filters));
}

/** Which revisions stand on a page, in its order. */
async function findRevisions(
  read: Reader,
  kind: RecordKind,
  filters: RecordFilters,
  page: Omit<PageRequest<RecordSortKey>, 'count'>,
): Promise<readonly FoundRevision[]> {
  if (filters.q !== undefined) return searchRecords(read, kind, filters, page);
  const sort = columnTerms(page.sort);
  const sequences = await read.pageSequences({
    ...page,
    kind,
    filters: await appliedFilters(read, filters),
    asOf: filters.knownAsOf ?? null,
    sort,
  });
  return sequences.map((sequence) => ({ sequence, relevance: null }));
}

/** The terms of a list without a search: nothing is more relevant than anything else. */
function columnTerms(sort: PageRequest<RecordSortKey>['sort']): readonly SortTerm<ColumnSortKey>[] {
  return sort.flatMap(({ key, direction }) => (key === 'relevance' ? [] : [{ key, direction }]));
}

/** The records of some revisions, in their order, with what a search found of them. */
async function recordsOf(
  read: Reader,
  found: readonly FoundRevision[],
  { q, knownAsOf }: RecordFilters,
): Promise<readonly LedgerRecord[]> {
  const rows = await rowsOfSequences(
    read,
    found.map(({ sequence }) => sequence),
  );
  const records = await withRelations(read, rows, knownAsOf);
  if (q === undefined) return records;
  const highlights = await highlightsOf(read, records, q);
  return records.map((record, index) => ({
    ...record,
    highlights: highlights.get(record.id) ?? [],
    [RELEVANCE]: found[index]?.relevance ?? 0,
  }));
}

async function withRelations(
  read: Reader,
  rows: readonly RowValues[],
  asOf: string | null | undefined,
): Promise<LedgerRecord[]> {
  const relations = await relationsOf(
    read,
    rows.map((values) => valueIn(values, 'id')),
    asOf,
  );
  return rows.map((values, place) => recordOfRow(values, [...(relations[place] ?? [])]));
}

/** The revision of a record that counts, or that counted at a time. */
export async function findRecord(
  read: Reader,
  kind: RecordKind,
  id: string,
  asOf?: string | null,
): Promise<LedgerRecord | undefined> {
  const rows = await preparedRows(
    read,
    `record ${kind} ${asOf != null}`,
    () =>
      selectRows(
        read,
        and(
          eq(records.id, sql.placeholder('id')),
          ofKind(kind),
          heldAt(asOf == null ? null : sql.placeholder('asOf')),
        ),
      ),
    { id, asOf },
  );
  return (await withRelations(read, rows, asOf))[0];
}

/** When the first revision of a record was recorded; undefined where there never was one. */
export async function firstRecordedAt(
  read: Reader,
  kind: RecordKind,
  id: string,
): Promise<string | undefined> {
  const [row] = await read
    .select({ recordedAt: records.recordedAt })
    .from(records)
    .where(and(eq(records.id, id), eq(records.kind, kind)))
    .orderBy(asc(records.revision))
    .limit(1);
  return row?.recordedAt;
}

/** The tombstone of a record that was deleted, or that had been by a time. */
export async function findTombstone(
  read: Reader,
  kind: RecordKind,
  id: string,
  asOf?: string | null,
): Promise<Pick<RecordRow, 'id' | 'recordedAt' | 'author' | 'reason'> | undefined> {
  const [tombstone] = await read
    .select({
      id: records.id,
      recordedAt: records.recordedAt,
      author: records.author,
      reason: records.reason,
    })
    .from(records)
    .where(
      and(
        eq(records.id, id),
        eq(records.kind, kind),
        eq(records.deleted, 1),
        asOf == null ? undefined : lte(records.recordedAt, asOf),
      ),
    );
  return tombstone;
}

/** The ids of a kind's current records that begin or end alike: where a misspelt one may have been meant. */
export async function idsLike(read: Reader, kind: RecordKind, id: string): Promise<readonly string[]> {
  const rows = await read
    .select({ id: records.id })
    .from(records)
    .where(and(eq(records.kind, kind), isNull(records.supersededAt)))
    .orderBy(asc(records.id))
    .limit(MOST_IDS_COMPARED);
  const near = await read
    .select({ id: records.id })
    .from(records)
    .where(
      and(
        eq(records.kind, kind),
        isNull(records.supersededAt),
        gte(records.id, id.slice(0, SHARED_PREFIX)),
        lt(records.id, `${id.slice(0, SHARED_PREFIX)}\uffff`),
      ),
    )
    .orderBy(asc(records.id))
    .limit(MOST_IDS_COMPARED);
  return [...new Set([...near, ...rows].map((row) => row.id))];
}
const MOST_IDS_COMPARED = 1000;
const SHARED_PREFIX = 4;

/** How many forecasts each of some documents or forecasters has; those without any are left out. */
export async function forecastCounts(
  read: Reader,
  column: typeof records.sourceId | typeof records.organisationId,
  ids: readonly string[],
  asOf?: string | null,
): Promise<ReadonlyMap<string, number>> {
  const rows = await read
    .select({ id: sql<string>`${column}`, count: count() })
    .from(records)
    .where(and(ofKind('forecast'), inArray(column, [...ids]), heldAt(asOf)))
    .groupBy(column);
  return new Map(rows.map(({ id, count: forecasts }) => [id, forecasts]));
}

/** A rate that a document implies by its own conversion of a forecast. */
export interface ImpliedRate {
  readonly base: string;
  readonly quote: string;
  readonly rate: string;
  /** The document's date. */
  readonly date: string | null;
  readonly recordedAt: string;
  readonly forecast: string;
}

/** The rates that the documents of records imply. */
export async function listImpliedRates(read: Reader, asOf?: string | null): Promise<readonly ImpliedRate[]> {
  const rows = await read
    .select()
    .from(records)
    // Literals, as in the index of these records.
    .where(and(ofKind('forecast'), heldAt(asOf), sql`${records.statedConversions} <> '[]'`));
  return rows.flatMap((row) =>
    recordOfRow(valuesOfRow(row), []).statedConversions.flatMap(({ impliedRate }) => {
      if (impliedRate === null) return [];
      const { base, quote, rate } = impliedRate;
      return [{ base, quote, rate, date: row.publishedOn, recordedAt: row.recordedAt, forecast: row.id }];
    }),
  );
}
