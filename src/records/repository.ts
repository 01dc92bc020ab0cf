import type { SQL } from 'drizzle-orm';
import { and, asc, count, eq, gt, gte, inArray, isNull, lt, lte, or, sql } from '../db/drizzle.ts';
import type { PageOf, PageRequest } from '../db/keyset.ts';
import { keysetPage } from '../db/keyset.ts';
import type { RecordKind } from '../db/schema.ts';
import {
  collections,
  currencies,
  measures,
  organisations,
  recordRelations,
  records,
  regions,
  scopes,
  sectors,
  sources,
} from '../db/schema.ts';
import { amountSortKey, sortKey } from '../db/sort-key.ts';
import type { Reader } from '../db/storage.ts';
import type { Amount } from '../domain/amount.ts';
import { impliedRatio } from '../domain/ratio.ts';
import { withDescendants } from '../sectors/repository.ts';
import { FOUND_RELEVANCE, foundBy, highlightsOf } from './full-text.ts';
import type {
  LedgerRecord,
  RecordFilters,
  RecordRelation,
  RecordSortKey,
  StoredConversion,
} from './record.ts';
import type { Search } from './search.ts';
import { countFound, searchRecords } from './search.ts';

type RecordRow = typeof records.$inferSelect;

/** Where the ids that the filters take come from. */
export const FILTERED_TABLES = {
  sector: sectors,
  source: sources,
  measure: measures,
  region: regions,
  collection: collections,
  scope: scopes,
  currency: currencies,
} as const;

/**
 * Holds for the revisions that counted at a time: recorded by then, and not superseded by then.
 * @param asOf ISO 8601 time in UTC with milliseconds; null for now
 */
export function heldAt(asOf: string | null | undefined, table = records): SQL | undefined {
  if (asOf == null) return isNull(table.supersededAt);
  return and(lte(table.recordedAt, asOf), or(isNull(table.supersededAt), gt(table.supersededAt, asOf)));
}

/** One condition for each filter: what its value asks of a row. */
const CONDITIONS: {
  readonly [Name in keyof RecordFilters]-?: (value: NonNullable<RecordFilters[Name]>) => SQL | undefined;
} = {
  q: foundBy,
  sector: (ids) => inArray(records.sectorId, ids),
  sectorOnly: () => undefined,
  organisation: (ids) => inArray(records.organisationId, ids),
  source: (ids) => inArray(records.sourceId, ids),
  measure: (ids) => inArray(records.measureId, ids),
  region: (ids) => inArray(records.regionId, ids),
  currency: (codes) => inArray(records.amountCurrency, codes),
  collection: (ids) => inArray(records.collectionId, ids),
  scope: (ids) => inArray(records.scopeId, ids),
  qualifier: (values) => inArray(records.amountQualifier, values),
  confidence: (values) => inArray(records.confidence, values),
  publishedFrom: (day) => gte(records.publishedOn, day),
  publishedTo: (day) => lte(records.publishedOn, day),
  publishedAsOf: (day) => lte(records.publishedOn, day),
  // A cumulative-to period begins at an unknown day, so a missing start excludes nothing; without any date there is no overlap to speak of.
  periodFrom: (day) => gte(records.periodEnd, day),
  periodTo: (day) =>
    and(
      or(isNull(records.periodStart), lte(records.periodStart, day)),
      sql`${records.periodEnd} is not null`,
    ),
  amountMin: (amount) => gte(records.amountSortKey, sortKey(amount) ?? ''),
  amountMax: (amount) => lte(records.amountSortKey, sortKey(amount) ?? ''),
  knownAsOf: () => undefined,
};

/** The condition of a list: revisions of a kind that counted at the time asked for and that every given filter holds for. */
export async function matching(
  read: Reader,
  kind: RecordKind,
  filters: RecordFilters,
): Promise<SQL | undefined> {
  const { sector, sectorOnly, knownAsOf } = filters;
  const resolved =
    sector !== undefined && sectorOnly !== true
      ? { ...filters, sector: [...(await withDescendants(read, sector, knownAsOf))] }
      : filters;
  const conditions = Object.entries(CONDITIONS).map(([name, condition]) => {
    const value = resolved[name as keyof RecordFilters];
    return value === undefined ? undefined : (condition as (value: unknown) => SQL | undefined)(value);
  });
  return and(ofKind(kind), heldAt(knownAsOf), ...conditions);
}

/** A literal, not a parameter: it is the first column of every index. */
function ofKind(kind: RecordKind): SQL {
  return sql`${records.kind} = ${sql.raw(`'${kind}'`)}`;
}

const SORT_COLUMNS = {
  id: records.id,
  publishedOn: records.publishedOn,
  recordedAt: records.recordedAt,
  organisation: records.organisationId,
  sector: records.sectorId,
  measure: records.measureId,
  periodStart: records.periodStart,
  periodEnd: records.periodEnd,
  amount: records.amountSortKey,
  relevance: FOUND_RELEVANCE,
} as const satisfies Record<RecordSortKey, unknown>;

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

const NAMES = {
  organisation: organisations.name,
  source: sources.title,
  sector: sectors.name,
  region: regions.name,
  measure: measures.name,
};

/** Current or other revisions, with their names. */
function selection(read: Reader, where: SQL | undefined) {
  return read
    .select({
      row: records,
      names: { ...NAMES, organisation: sql<string | null>`${organisations.name}` },
    })
    .from(records)
    .innerJoin(sources, eq(sources.id, records.sourceId))
    .innerJoin(sectors, eq(sectors.id, records.sectorId))
    .innerJoin(regions, eq(regions.id, records.regionId))
    .innerJoin(measures, eq(measures.id, records.measureId))
    .leftJoin(organisations, eq(organisations.id, records.organisationId))
    .where(where);
}

/** A page of the records of a kind. */
export async function listRecords(
  read: Reader,
  kind: RecordKind,
  filters: RecordFilters,
  page: PageRequest<RecordSortKey>,
): Promise<PageOf<LedgerRecord>> {
  const { q, ...others } = filters;
  const search: Search | null =
    q === undefined ? null : { query: q, sort: page.sort, ...narrowingOf(kind, others) };
  return keysetPage<LedgerRecord, RecordSortKey>(
    {
      where: await matching(read, kind, others),
      columns: SORT_COLUMNS,
      valueOf: sortValue,
      rows: async (where, order, limit) => {
        if (search !== null) return foundRecords(read, search, where, order, limit, filters.knownAsOf);
        const rows = await selection(read, where)
          .orderBy(...order)
          .limit(limit);
        return complete(read, rows, filters.knownAsOf);
      },
      total: (where) => (search === null ? read.$count(records, where) : countFound(read, search, where)),
    },
    page,
  );
}

/** All records of a query, in no particular order, but not more than a number of them. */
export async function someRecords(
  read: Reader,
  kind: RecordKind,
  filters: RecordFilters,
  most: number,
): Promise<readonly LedgerRecord[]> {
  const { q, ...others } = filters;
  const where = await matching(read, kind, others);
  if (q !== undefined) {
    const search = { query: q, sort: [], ...narrowingOf(kind, others) };
    return foundRecords(read, search, where, [], most, filters.knownAsOf);
  }
  return complete(read, await selection(read, where).limit(most), filters.knownAsOf);
}

/** Filters that have an index and may leave few records. */
const SELECTIVE = ['source', 'organisation', 'collection', 'scope', 'region'] as const;

/** What filters ask of a revision more than that it is a current one. */
function narrowingOf(kind: RecordKind, filters: RecordFilters): Pick<Search, 'isNarrowed' | 'indexed'> {
  const isNarrowed = Object.keys(CONDITIONS).some(
    (name) => filters[name as keyof RecordFilters] !== undefined,
  );
  const given = filters.knownAsOf === undefined ? SELECTIVE : [];
  const indexed = given.flatMap((name) => {
    const value = filters[name];
    if (value === undefined) return [];
    const condition = CONDITIONS[name] as (ids: readonly string[]) => SQL | undefined;
    return and(ofKind(kind), heldAt(null), condition(value)) ?? [];
  });
  return { isNarrowed, indexed };
}

/** What a search finds, in its order: first which revisions, then all of those that the page shows. */
async function foundRecords(
  read: Reader,
  search: Search,
  where: SQL | undefined,
  order: readonly SQL[],
  limit: number,
  asOf: string | null | undefined,
): Promise<readonly LedgerRecord[]> {
  const found = await searchRecords(read, search, where, order, limit);
  const sequences = JSON.stringify(found.map(({ sequence }) => sequence));
  const rows = await selection(
    read,
    sql`${records.sequence} in (select "value" from json_each(${sequences}))`,
  );
  const bySequence = new Map(rows.map((row) => [row.row.sequence, row]));
  const ordered = found.flatMap(({ sequence, relevance }) => {
    const row = bySequence.get(sequence);
    return row === undefined ? [] : [{ ...row, relevance }];
  });
  return complete(read, ordered, asOf, search.query);
}

/** The revision of a record that counts, or that counted at a time. */
export async function findRecord(
  read: Reader,
  kind: RecordKind,
  id: string,
  asOf?: string | null,
): Promise<LedgerRecord | undefined> {
  const rows = await selection(read, and(eq(records.id, id), eq(records.kind, kind), heldAt(asOf)));
  return (await complete(read, rows, asOf))[0];
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
    toRecord(row, NO_NAMES, []).statedConversions.flatMap(({ impliedRate }) => {
      if (impliedRate === null) return [];
      const { base, quote, rate } = impliedRate;
      return [{ base, quote, rate, date: row.publishedOn, recordedAt: row.recordedAt, forecast: row.id }];
    }),
  );
}
export const NO_NAMES: LedgerRecord['names'] = {
  organisation: null,
  source: '',
  sector: '',
  region: '',
  measure: '',
};

async function complete(
  read: Reader,
  rows: readonly { row: RecordRow; names: LedgerRecord['names']; relevance?: number | null }[],
  asOf: string | null | undefined,
  search?: string,
): Promise<LedgerRecord[]> {
  const relations = await relationsOf(
    read,
    rows.map(({ row }) => row.id),
    asOf,
  );
  const whole = rows.map(({ row, names }) => toRecord(row, names, relations.get(row.id) ?? []));
  if (search === undefined) return whole;
  const highlights = await highlightsOf(read, whole, search);
  return whole.map((record, index) => ({
    ...record,
    highlights: highlights.get(record.id) ?? [],
    [RELEVANCE]: rows[index]?.relevance ?? 0,
  }));
}

const SEEN_FROM_THE_OTHER_SIDE = {
  drives: 'drivenBy',
  alsoStatedIn: 'alsoStatedIn',
  conflictsWith: 'conflictsWith',
} as const;

/** The relations of the given records, stated by them or, from the other side, by revisions of others. */
async function relationsOf(
  read: Reader,
  ids: readonly string[],
  asOf: string | null | undefined,
): Promise<ReadonlyMap<string, RecordRelation[]>> {
  const found = new Map<string, RecordRelation[]>();
  const asked = new Set(ids);
  if (ids.length === 0) return found;
  const rows = await read
    .select({
      kind: recordRelations.kind,
      recordId: recordRelations.recordId,
      targetId: recordRelations.targetId,
    })
    .from(recordRelations)
    .innerJoin(
      records,
      and(
        eq(records.id, recordRelations.recordId),
        eq(records.revision, recordRelations.revision),
        heldAt(asOf),
      ),
    )
    .where(or(inArray(recordRelations.recordId, [...ids]), inArray(recordRelations.targetId, [...ids])))
    .orderBy(asc(recordRelations.kind), asc(recordRelations.recordId), asc(recordRelations.targetId));
  const values = await statedValues(
    read,
    [...new Set(rows.flatMap((row) => [row.recordId, row.targetId]))],
    asOf,
  );
  const add = (id: string, relation: RecordRelation): void => {
    if (asked.has(id)) found.set(id, [...(found.get(id) ?? []), relation]);
  };
  for (const row of rows) {
    const kind = row.kind as keyof typeof SEEN_FROM_THE_OTHER_SIDE;
    const impliedMultiplier =
      kind === 'drives' ? multiplier(values.get(row.recordId), values.get(row.targetId)) : null;
    add(row.recordId, { kind, record: row.targetId, impliedMultiplier });
    add(row.targetId, { kind: SEEN_FROM_THE_OTHER_SIDE[kind], record: row.recordId, impliedMultiplier });
  }
  return found;
}

interface StatedValue {
  readonly value: string | null;
  readonly qualifier: string;
  readonly currency: string;
}

async function statedValues(
  read: Reader,
  ids: readonly string[],
  asOf: string | null | undefined,
): Promise<ReadonlyMap<string, StatedValue>> {
  if (ids.length === 0) return new Map();
  const rows = await read
    .select({
      id: records.id,
      value: records.amountValue,
      qualifier: records.amountQualifier,
      currency: records.amountCurrency,
    })
    .from(records)
    .where(and(inArray(records.id, [...ids]), heldAt(asOf)));
  return new Map(rows.map((row) => [row.id, row]));
}

/** Qualifiers whose value is the figure itself, not a bound of it. */
const POINT_QUALIFIERS: readonly string[] = ['exact', 'approximately'];

function multiplier(driving: StatedValue | undefined, driven: StatedValue | undefined): string | null {
  if (driving === undefined || driven === undefined || driving.currency !== driven.currency) return null;
  // The ratio of two bounds is neither a bound nor a figure.
  if (![driving, driven].every(({ qualifier }) => POINT_QUALIFIERS.includes(qualifier))) return null;
  return impliedRatio(driven.value, driving.value);
}

export function toRecord(
  row: RecordRow,
  names: LedgerRecord['names'],
  relations: readonly RecordRelation[],
): LedgerRecord {
  const amount = amountOf(row);
  return {
    kind: row.kind,
    id: row.id,
    revision: row.revision,
    recordedAt: row.recordedAt,
    collection: row.collectionId,
    organisation: row.organisationId,
    via: row.via,
    source: row.sourceId,
    sector: row.sectorId,
    beneficiarySectors: JSON.parse(row.beneficiarySectors) as string[],
    region: row.regionId,
    measure: row.measureId,
    scope: row.scopeId,
    amount,
    statedConversions: (JSON.parse(row.statedConversions) as StoredConversion[]).map((stated) => ({
      amount: stated.amount,
      impliedRate: impliedRate(amount, stated.amount),
      evidence: stated.evidence,
    })),
    period: {
      start: row.periodStart,
      end: row.periodEnd,
      kind: row.periodKind as LedgerRecord['period']['kind'],
      years: row.periodYears,
      asStated: row.periodAsStated,
      inferred: JSON.parse(row.periodInferred) as LedgerRecord['period']['inferred'],
    },
    publishedOn: row.publishedOn,
    evidence: {
      phrase: row.evidencePhrase,
      start: row.evidenceStart,
      end: row.evidenceEnd,
      documentSha256: row.evidenceDocumentSha256,
      url: row.evidenceUrl,
      status: row.evidenceStatus as LedgerRecord['evidence']['status'],
    },
    relations: [...relations],
    confidence: row.confidence as LedgerRecord['confidence'],
    corroboration: JSON.parse(row.corroboration) as string[],
    notes: row.notes,
    names,
  } satisfies LedgerRecord;
}

function amountOf(row: RecordRow): LedgerRecord['amount'] {
  return {
    value: row.amountValue,
    low: row.amountLow,
    high: row.amountHigh,
    qualifier: row.amountQualifier as Amount['qualifier'],
    currency: row.amountCurrency,
    asStated: row.amountAsStated,
    interpretation: row.amountInterpretation,
  };
}

/** The rate which a figure and the document's own conversion of it imply: stated units for one unit of the other currency. */
function impliedRate(
  amount: Amount,
  stated: Amount,
): LedgerRecord['statedConversions'][number]['impliedRate'] {
  const rate = impliedRatio(amount.value, stated.value);
  if (rate === null) return null;
  const approximate = [amount, stated].some(({ qualifier }) => qualifier !== 'exact');
  return { base: stated.currency, quote: amount.currency, rate, approximate };
}
