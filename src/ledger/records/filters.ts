import type { SQL } from 'drizzle-orm';
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core';
import { z } from 'zod';
import { QUALIFIERS } from '../../domain/money/amount.ts';
import { searchTerms } from '../../domain/text/search-text.ts';
import {
  amountParameter,
  commaSeparated,
  currencyCode,
  flag,
  identifier,
  isoDate,
} from '../../http/query/shared-schemas.ts';
import { vintageParameters } from '../../http/query/vintage.ts';
import { and, sql } from '../../store/query.ts';
import type { AppliedFilters, Condition } from '../../store/revisions.ts';
import { heldAt, ofKind } from '../../store/revisions.ts';
import { sortKey } from '../../store/sort-key.ts';
import type { Reader } from '../../store/store.ts';
import type { RecordKind } from '../../store/tables/schema.ts';
import {
  collections,
  currencies,
  measures,
  organisations,
  records,
  regions,
  scopes,
  sectors,
  sources,
} from '../../store/tables/schema.ts';
import type { IdTable } from '../catalogue/known-ids.ts';
import { withDescendants } from '../catalogue/repository.ts';

interface Filter {
  readonly parameter: z.ZodType;
  readonly ids?: IdTable;
  /** What it asks of a row; without one, it is not asked of rows one by one. */
  readonly condition?: Condition;
  readonly key?: (value: string) => string;
}

function oneOf(column: SQLiteColumn): Condition {
  return {
    column,
    indexUse: 'values',
    holds: (of, ...ids) => (ids.length === 1 ? sql`${of} = ${ids[0]}` : sql`${of} in ${ids}`),
  };
}

function atLeast(column: SQLiteColumn): Condition {
  return { column, indexUse: 'range', holds: (of, value) => sql`${of} >= ${value}` };
}

function atMost(column: SQLiteColumn): Condition {
  return { column, indexUse: 'range', holds: (of, value) => sql`${of} <= ${value}` };
}

function byIds(ids: IdTable, column: SQLiteColumn, description: string, id = identifier) {
  return { parameter: commaSeparated(id).optional().meta({ description }), ids, condition: oneOf(column) };
}

function byValues<const Value extends string>(
  values: readonly Value[],
  column: SQLiteColumn,
  description: string,
) {
  return {
    parameter: commaSeparated(z.enum(values)).optional().meta({ description }),
    condition: oneOf(column),
  };
}

function byDay(condition: Condition, description: string) {
  return { parameter: isoDate.optional().meta({ description }), condition };
}

const MAX_SEARCH_LENGTH = 200;

export const CONFIDENCES = ['high', 'medium', 'low'] as const;

/**
 * What lists of records, and all that is computed from them, can be narrowed by. The one declaration of each filter: its
 * parameter, the ids that it takes, and what it asks of a row. In the order of the OpenAPI document.
 */
export const FILTERS = {
  q: {
    parameter: z
      .string()
      .refine((text) => [...text].length <= MAX_SEARCH_LENGTH, `at most ${MAX_SEARCH_LENGTH} characters long`)
      .refine(
        (text) => searchTerms(text).length > 0,
        'at least one word to look for; leave the parameter out for all records',
      )
      .optional()
      .meta({
        maxLength: MAX_SEARCH_LENGTH,
        description:
          "Full text: every word must be found in the figure's phrase, the forecaster's, sector's or measure's name, the source's title or publisher, or the notes; the last word may be incomplete. Chinese, Japanese and Korean text is found by any part of it; of a run of more than eight characters the first eight are looked for. A text without letters or digits is refused.",
      }),
  },
  sector: byIds(sectors, records.sectorId, 'Sector ids, with their descendants, e.g. `new-infrastructure`.'),
  sectorOnly: {
    parameter: flag.optional().meta({ description: '`true`: the named sectors without their descendants.' }),
  },
  source: byIds(sources, records.sourceId, 'Source ids.'),
  measure: byIds(measures, records.measureId, 'Measure ids, e.g. `directInvestment`.'),
  region: byIds(
    regions,
    records.regionId,
    'ISO 3166-1 alpha-2 codes, e.g. `CN`; one without records gives an empty list.',
  ),
  currency: byIds(
    currencies,
    records.amountCurrency,
    'ISO 4217 codes of the stated amount, e.g. `CNY`.',
    currencyCode,
  ),
  collection: byIds(collections, records.collectionId, 'Collection ids, e.g. `seed-documents`.'),
  scope: byIds(scopes, records.scopeId, 'Scope ids, e.g. `national`.'),
  qualifier: byValues(
    QUALIFIERS,
    records.amountQualifier,
    'How the amount is qualified, e.g. `atLeast,range`.',
  ),
  confidence: byValues(CONFIDENCES, records.confidence, '`high`, `medium`, `low`.'),
  publishedFrom: byDay(atLeast(records.publishedOn), 'Published on this day or later.'),
  publishedTo: byDay(atMost(records.publishedOn), 'Published on this day or earlier.'),
  periodFrom: byDay(atLeast(records.periodEnd), 'The period reaches this day or beyond (overlap).'),
  periodTo: {
    parameter: isoDate.optional().meta({ description: 'The period begins on this day or before (overlap).' }),
    // A cumulative-to period begins at an unknown day, so a missing start excludes nothing; without any date there is no overlap to speak of.
    condition: {
      column: records.periodStart,
      indexUse: 'none',
      holds: (start, day) =>
        sql`(${start} is null or ${start} <= ${day}) and ${records.periodEnd} is not null`,
    },
  },
  amountMin: {
    parameter: amountParameter.optional().meta({
      description:
        'Amount at least this, in whole units of `convertTo`, else of `currency`, which must then name one currency. A record without a single value counts by its bound.',
    }),
    // An index of amounts has those of one currency in order, which another filter names.
    condition: { ...atLeast(records.amountSortKey), indexUse: 'none' },
    key: amountKey,
  },
  amountMax: {
    parameter: amountParameter.optional().meta({ description: 'Amount at most this; as `amountMin`.' }),
    condition: { ...atMost(records.amountSortKey), indexUse: 'none' },
    key: amountKey,
  },
  publishedAsOf: {
    parameter: vintageParameters.publishedAsOf,
    condition: atMost(records.publishedOn),
  },
  knownAsOf: { parameter: vintageParameters.knownAsOf, condition: atMost(records.recordedAt) },
  /** Under the name that a kind has for it. */
  organisation: byIds(organisations, records.organisationId, 'Organisation ids.'),
} as const satisfies Readonly<Record<string, Filter>>;
export type FilterName = keyof typeof FILTERS;

/** What every record refers to by one id: under these names its filters have the tables. */
export const REFERENCES = [
  'collection',
  'organisation',
  'source',
  'sector',
  'region',
  'measure',
  'scope',
] as const satisfies readonly FilterName[];

function amountKey(amount: string): string {
  return sortKey(amount) ?? '';
}

export type RecordFilters = {
  readonly [Name in FilterName]?: z.output<(typeof FILTERS)[Name]['parameter']>;
};

type Parameters = { readonly [Name in FilterName]: (typeof FILTERS)[Name]['parameter'] };

/** The filters that have the same name in all kinds of record. */
export type SharedParameters = Omit<Parameters, 'organisation'>;

/** The filters as query parameters of a kind of record. @param organisation the name that it has for who forecasts or reports */
export function filterParameters<const Organisation extends string>(organisation: Organisation) {
  const { organisation: named, ...shared } = Object.fromEntries(
    Object.entries(FILTERS).map(([name, { parameter }]) => [name, parameter]),
  ) as unknown as Parameters;
  return { ...shared, [organisation]: named } as SharedParameters &
    Readonly<Record<Organisation, typeof named>>;
}

/** Where the ids come from that queries of a kind of record take: of the filters, and the currency to convert into. */
export function tablesOfIds(organisation: string): Readonly<Record<string, IdTable>> {
  const tables = Object.entries<Filter>(FILTERS).flatMap(([name, { ids: table }]) =>
    table === undefined ? [] : [[name === 'organisation' ? organisation : name, table] as const],
  );
  return Object.fromEntries([...tables, ['convertTo', currencies]]);
}

/** Those that come first where several filters could lead a page's query: they leave few records as a rule. */
const SELECTIVE_FIRST: readonly FilterName[] = ['source', 'organisation', 'sector', 'collection'];
const CONDITION_NAMES = [...new Set([...SELECTIVE_FIRST, ...(Object.keys(FILTERS) as FilterName[])])];

/** What a query's filters ask of rows, with the values that they are given. A sector stands for all below it. */
export async function appliedFilters(read: Reader, filters: RecordFilters): Promise<AppliedFilters> {
  const applied = new Map<FilterName, Condition & { readonly values: readonly string[] }>();
  for (const name of CONDITION_NAMES) {
    const { condition, key = (value) => value }: Filter = FILTERS[name];
    const given = filters[name];
    if (condition === undefined || given === undefined) continue;
    // Each value is a range of its own: one that is named twice must not be read twice.
    const own = [...new Set([given].flat().map((value) => key(String(value))))];
    const isWhole = name === 'sector' && filters.sectorOnly !== true;
    const values = isWhole ? await withDescendants(read, own, filters.knownAsOf) : own;
    applied.set(name, { ...condition, values });
  }
  return applied;
}

/** The condition of a list: revisions of a kind that counted at the time asked for and that every given filter holds for. */
export async function matching(
  read: Reader,
  kind: RecordKind,
  filters: RecordFilters,
): Promise<SQL | undefined> {
  const applied = await appliedFilters(read, filters);
  return and(
    ofKind(kind),
    heldAt(filters.knownAsOf),
    ...[...applied.values()].map(({ column, holds, values }) => holds(column, ...values)),
    filters.q === undefined ? undefined : read.search.holds(filters.q),
  );
}
