import type { SQL } from 'drizzle-orm';
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core';
import { z } from 'zod';
import { QUALIFIERS } from '../../domain/money/amount.ts';
import { EVIDENCE_STATUSES } from '../../domain/phrase/evidence.ts';
import { PRICE_KINDS, STANCES } from '../../domain/statement.ts';
import { MAX_SEARCH_LENGTH, searchText } from '../../http/query/search-parameter.ts';
import {
  amountParameter,
  commaSeparated,
  currencyParameter,
  DAY_FORMS,
  dayOf,
  entryName,
  flag,
} from '../../http/query/shared-schemas.ts';
import { vintageParameters } from '../../http/query/vintage.ts';
import { alias, and, inArray, or, sql } from '../../store/query.ts';
import type { AppliedFilters, Bound, Condition } from '../../store/revisions.ts';
import { heldAt, ofKind } from '../../store/revisions.ts';
import { sortKey } from '../../store/sort-key.ts';
import type { Reader } from '../../store/store.ts';
import type { RecordKind } from '../../store/tables/schema.ts';
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
} from '../../store/tables/schema.ts';
import type { IdTable } from '../catalogue/names.ts';
import { withDescendants, withRegionsIn } from '../catalogue/repository.ts';
import { ORGANISATION_KINDS } from '../catalogue/schemas.ts';

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

function byIds(ids: IdTable, column: SQLiteColumn, description: string, id: z.ZodString = entryName) {
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

function byDay(side: 'first' | 'last', condition: Condition, description: string) {
  return {
    parameter: dayOf(side)
      .optional()
      .meta({ description, ...DAY_FORMS }),
    condition,
  };
}

/** A cumulative-to period begins at an unknown day, so a missing start excludes nothing. */
function beginsBy(day: SQL): SQL {
  return sql`(${records.periodStart} is null or ${records.periodStart} <= ${day})`;
}

const stating = alias(records, 'stating');

/** @param kindsAndTime the kinds of relation, and after them the time at which they were stated; now is an empty text */
function isRelated(id: SQLiteColumn | SQL, ...kindsAndTime: Bound[]): SQL {
  const kinds = kindsAndTime.slice(0, -1);
  const time = kindsAndTime.at(-1);
  const { recordId, targetId, revision, kind } = recordRelations;
  const held = sql`${stating.id} = ${recordId} and ${stating.revision} = ${revision} and case ${time} when '' then ${stating.supersededAt} is null else ${stating.recordedAt} <= ${time} and (${stating.supersededAt} is null or ${stating.supersededAt} > ${time}) end`;
  const from = sql`from ${recordRelations} inner join ${records} ${sql.identifier('stating')} on ${held}`;
  return sql`${id} in (select ${recordId} ${from} where ${kind} in ${kinds} union select ${targetId} ${from} where case ${kind} when 'drives' then 'drivenBy' when 'revises' then 'revisedBy' else ${kind} end in ${kinds})`;
}

/** Longest name of a scenario. */
export const MAX_SCENARIO_NAME = 200;

export const CONFIDENCES = ['high', 'medium', 'low'] as const;
export const RELATION_KINDS = ['drives', 'drivenBy', 'alsoStatedIn', 'conflictsWith'] as const;
/** With those that a record has fields of its own for. */
const ALL_RELATION_KINDS = [...RELATION_KINDS, 'revises', 'revisedBy'] as const;

/**
 * What lists of records, and all that is computed from them, can be narrowed by. The one declaration of each filter: its
 * parameter, the ids that it takes, and what it asks of a row. In the order of the OpenAPI document.
 */
export const FILTERS = {
  q: {
    parameter: searchText.optional().meta({
      maxLength: MAX_SEARCH_LENGTH,
      description:
        "Full text: every word must be found in the figure's phrase, the name of its scenario, the forecaster's, sector's, measure's or region's name, the source's title or publisher, or the notes; the last word may be incomplete. Chinese, Japanese and Korean text is found by any part of it; of a run of more than eight characters the first eight are looked for. Spelling variants and the names of sectors in English and Chinese find the same: `data center`, `data centre`, `数据中心`; traditional characters find simplified ones, and the other way round. A text without letters or digits is refused.",
    }),
  },
  sector: byIds(sectors, records.sectorId, 'Sector ids, with their descendants, e.g. `new-infrastructure`.'),
  sectorOnly: {
    parameter: flag.optional().meta({ description: '`true`: the named sectors without their descendants.' }),
  },
  source: byIds(sources, records.sourceId, 'Source ids.'),
  measure: byIds(measures, records.measureId, 'Measure ids, e.g. `directInvestment`.'),
  region: byIds(regions, records.regionId, 'Region codes, e.g. `CN` or `EU`, without what lies in them.'),
  regionMembersOn: {
    parameter: dayOf('last')
      .optional()
      .meta({
        description:
          'The named regions with all that were in them on this day: `region=EU&regionMembersOn=2020-01-31` has the United Kingdom, a day later not. Figures stay those of their own regions, and none is added to another. A month or year is its last day.',
        ...DAY_FORMS,
      }),
  },
  currency: byIds(
    currencies,
    records.amountCurrency,
    'ISO 4217 codes of the stated amount, e.g. `CNY`.',
    currencyParameter,
  ),
  collection: byIds(collections, records.collectionId, 'Collection ids, e.g. `seed-documents`.'),
  scope: byIds(scopes, records.scopeId, 'Scope ids, e.g. `national`.'),
  qualifier: byValues(
    QUALIFIERS,
    records.amountQualifier,
    'How the amount is qualified, e.g. `atLeast,range`.',
  ),
  confidence: byValues(CONFIDENCES, records.confidence, '`high`, `medium`, `low`.'),
  stance: byValues(STANCES, records.stance, 'What kind of statement, e.g. `plan,target`.'),
  scenario: {
    parameter: commaSeparated(z.string().min(1).max(MAX_SCENARIO_NAME)).optional().meta({
      description: 'Kinds of scenario (`base`, `low`, `high`, `other`) or names as documents have them.',
    }),
    condition: {
      column: records.scenarioKind,
      indexUse: 'none',
      holds: (kind, ...named) =>
        sql`${kind} is not null and (${kind} in ${named} or ${records.scenarioName} in ${named})`,
    },
  },
  prices: byValues(PRICE_KINDS, records.pricesKind, 'Prices in which it is reckoned, e.g. `constant`.'),
  evidenceStatus: {
    ...byValues(
      EVIDENCE_STATUSES,
      records.evidenceStatus,
      'Whether the words behind the amount were found: `located`, `parsed` or `unverified`.',
    ),
    condition: { ...oneOf(records.evidenceStatus), indexUse: 'none' },
  },
  relation: {
    parameter: commaSeparated(z.enum(ALL_RELATION_KINDS)).optional().meta({
      description: 'Has such a relation to another record, whichever states it, e.g. `conflictsWith`.',
    }),
    condition: { column: records.id, indexUse: 'none', holds: isRelated },
  },
  publishedFrom: byDay(
    'first',
    atLeast(records.publishedOn),
    'Published on this day or later; a month or year counts from its first day.',
  ),
  publishedTo: byDay(
    'last',
    atMost(records.publishedOn),
    'Published on this day or earlier; a month or year counts to its last day.',
  ),
  year: {
    parameter: z
      .string()
      .regex(/^(?:19|2[01])\d{2}$/, 'a year such as 2020, from 1900 to 2199')
      .transform(Number)
      .pipe(z.int().min(1900).max(2199))
      .transform(String)
      .optional()
      .meta({
        description:
          'The period touches this calendar year, as `/v1/facets` counts it, e.g. `2020`. One without a start ("by 2025") is of the year of its end alone; `periodFrom` and `periodTo` take it for any time before that too.',
      }),
    condition: {
      column: records.periodEnd,
      indexUse: 'none',
      holds: (end, year) =>
        sql`${end} >= ${year} and coalesce(${records.periodStart}, ${end}) <= ${year} || '-12-31'`,
    },
  },
  periodFrom: byDay('first', atLeast(records.periodEnd), 'The period reaches this day or beyond (overlap).'),
  periodTo: {
    parameter: dayOf('last')
      .optional()
      .meta({ description: 'The period begins on this day or before (overlap), e.g. `2025`.', ...DAY_FORMS }),
    condition: {
      column: records.periodStart,
      indexUse: 'none',
      holds: (_start, day) => sql`${beginsBy(sql`${day}`)} and ${records.periodEnd} is not null`,
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
  organisationKind: {
    parameter: commaSeparated(z.enum(ORGANISATION_KINDS))
      .optional()
      .meta({ description: 'Kinds of organisation, e.g. `bank,securitiesFirm`.' }),
    condition: {
      column: records.organisationId,
      indexUse: 'none',
      holds: (of, ...kinds) =>
        sql`${of} in (select ${organisations.id} from ${organisations} where ${organisations.kind} in ${kinds})`,
    },
  },
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
} & {
  /** What bounds in another currency come to in the stated ones, each as `amountRange` writes it; at least one. */
  readonly amountRanges?: readonly string[];
};

const CURRENCY_LENGTH = 3;
const LONGEST_KEY = 60;

/** The stated amounts of a currency between two sort keys, as one value of a filter. */
export function amountRange(currency: string, least: string, most: string): string {
  return `${currency}${least.padEnd(LONGEST_KEY)}${most}`;
}

const IN_AMOUNT_RANGES: Condition = {
  column: records.amountSortKey,
  indexUse: 'ranges',
  holds: (amount, ...ranges) =>
    or(
      ...ranges.map((range) => {
        const part = (from: number, length: number) =>
          sql`rtrim(substr(cast(${range} as text), ${sql.raw(String(from))}, ${sql.raw(String(length))}))`;
        const least = part(CURRENCY_LENGTH + 1, LONGEST_KEY);
        const most = part(CURRENCY_LENGTH + LONGEST_KEY + 1, LONGEST_KEY);
        return sql`(${records.amountCurrency} = ${part(1, CURRENCY_LENGTH)} and ${amount} >= ${least} and ${amount} <= ${most})`;
      }),
    ),
};

type Parameters = { readonly [Name in FilterName]: (typeof FILTERS)[Name]['parameter'] };

/** The filters that have the same name in all kinds of record. */
export type SharedParameters = Omit<Parameters, OfOrganisation>;
type OfOrganisation = 'organisation' | 'organisationKind';

/** What an outcome has not. */
const OF_FORECASTS: ReadonlySet<string> = new Set<FilterName>(['stance', 'scenario']);

/** The filters as query parameters of a kind of record. @param organisation the name that it has for who forecasts or reports */
export function filterParameters<const Organisation extends string>(organisation: Organisation) {
  const {
    organisation: named,
    organisationKind: kind,
    ...shared
  } = Object.fromEntries(
    Object.entries(FILTERS)
      .filter(([name]) => organisation === 'forecaster' || !OF_FORECASTS.has(name))
      .map(([name, { parameter }]) => [name, parameter]),
  ) as unknown as Parameters;
  return { ...shared, [organisation]: named, [`${organisation}Kind`]: kind } as SharedParameters &
    Readonly<Record<Organisation, typeof named> & Record<`${Organisation}Kind`, typeof kind>>;
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
  const applied = new Map<string, Condition & { readonly values: readonly string[] }>();
  for (const name of CONDITION_NAMES) {
    const { condition, key = (value) => value }: Filter = FILTERS[name];
    const given = filters[name];
    if (condition === undefined || given === undefined) continue;
    // Each value is a range of its own: one that is named twice must not be read twice.
    const own = [...new Set([given].flat().map((value) => key(String(value))))];
    const isWhole = name === 'sector' && filters.sectorOnly !== true;
    const { regionMembersOn: day } = filters;
    const whole = isWhole
      ? await withDescendants(read, own)
      : name === 'region' && day !== undefined
        ? await withRegionsIn(read, own, day)
        : own;
    if (name === 'organisationKind' && filters.knownAsOf !== undefined) {
      // What a filter asks of a row reads the catalogue of now.
      const ids = await organisationsOfKinds(read, own);
      applied.set(name, {
        ...condition,
        holds: (of, list) => read.dialect.isListed(of, list),
        values: [ids],
      });
      continue;
    }
    const values = name === 'relation' ? [...whole, filters.knownAsOf ?? ''] : whole;
    applied.set(name, { ...condition, values });
  }
  const { amountRanges } = filters;
  if (amountRanges !== undefined) applied.set('amountRanges', { ...IN_AMOUNT_RANGES, values: amountRanges });
  return applied;
}

/** What filters ask of a row, but for a search. */
export async function conditionsOf(read: Reader, filters: RecordFilters): Promise<SQL | undefined> {
  const applied = await appliedFilters(read, filters);
  return and(...[...applied.values()].map(({ column, holds, values }) => holds(column, ...values)));
}

/** The ids of the organisations of some kinds, as the JSON text of an array. */
async function organisationsOfKinds(read: Reader, kinds: readonly string[]): Promise<string> {
  const rows = await read
    .select({ id: organisations.id })
    .from(organisations)
    .where(inArray(organisations.kind, [...kinds]));
  return JSON.stringify(rows.map(({ id }) => id));
}

/** The condition of a list: revisions of a kind that counted at the time asked for and that every given filter holds for. */
export async function matching(
  read: Reader,
  kind: RecordKind,
  filters: RecordFilters,
): Promise<SQL | undefined> {
  return and(
    ofKind(kind),
    heldAt(filters.knownAsOf),
    await conditionsOf(read, filters),
    filters.q === undefined ? undefined : read.search.holds(filters.q),
  );
}
