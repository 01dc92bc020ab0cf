import { z } from 'zod';
import { PLAIN_STATEMENT } from '../../domain/statement.ts';
import { listParameters } from '../../http/formats/lists.ts';
import { pictureParameters } from '../../http/formats/pictures.ts';
import type { Operation } from '../../http/openapi/openapi.ts';
import { pageParameters, sortParameter } from '../../http/query/paging.ts';
import { vintageParameters } from '../../http/query/vintage.ts';
import type { PageRequest } from '../../store/keyset.ts';
import { SORT_COLUMNS } from '../../store/record-query.ts';
import type { RecordKind } from '../../store/tables/schema.ts';
import { conversionParameters } from '../rates/schemas.ts';
import type { RecordFilters, SharedParameters } from './filters.ts';
import { filterParameters, tablesOfIds } from './filters.ts';
import { checkConversions, checkListQuery, DEFAULT_SORT, withoutIdleRelevance } from './query-checks.ts';
import type { DraftRecord, LedgerRecord, RecordRelation, RecordSortKey } from './record.ts';
import { answersOf, Forecast, Outcome, optionalId, SubmittedForecast, SubmittedOutcome } from './schemas.ts';

/*
 * The two kinds of record. Forecasts and outcomes are kept, found and written as one; here stands what differs: the
 * names that a client sees, and what belongs to one of them only.
 */

export const forecastFilters = filterParameters('forecaster');
export type ForecastFilters = z.output<z.ZodObject<typeof forecastFilters>>;

/** The queries of a kind. @param organisation its name for who forecasts or reports */
function queriesOf(organisation: string, record: z.ZodObject) {
  const shared: SharedParameters = filterParameters(organisation);
  const sortKeys = [...Object.keys(SORT_COLUMNS).filter((key) => key !== 'organisation'), organisation];
  const sort = sortParameter(
    [...sortKeys, 'relevance'],
    DEFAULT_SORT,
    ['id'],
    [organisation, 'sector', 'measure'],
  );
  const { fields } = pageParameters(record);
  return {
    sortKeys,
    listQuery: z
      .strictObject({ ...shared, ...conversionParameters, sort, ...listParameters(record) })
      .superRefine(checkListQuery)
      .overwrite(withoutIdleRelevance),
    itemQuery: z
      .strictObject({ ...conversionParameters, ...vintageParameters, fields, ...pictureParameters })
      .superRefine(checkConversions),
  };
}

function exactly(value: string, asStated: string) {
  return { value, low: value, high: value, qualifier: 'exact', currency: 'CNY', asStated };
}

function inYear(year: number, asStated: string) {
  return { start: `${year}-01-01`, end: `${year}-12-31`, kind: 'year', years: 1, asStated, inferred: [] };
}

const SEEDED_FORECAST = {
  forecaster: 'haitong-securities',
  collection: 'seed-documents',
  source: 'china-banking-news-2020-05-25',
  sector: 'new-infrastructure',
  region: 'CN',
  measure: 'directInvestment',
  scope: 'national',
  amount: exactly('3000000000000', '3 trillion yuan'),
  period: inYear(2020, 'in 2020'),
  evidence: { phrase: 'will total 3 trillion yuan in 2020' },
  confidence: 'medium',
};

/** What a document of the seeded ledger states and no seed file holds, in a collection of its own. */
export const FORECAST_EXAMPLE = {
  forecaster: 'caict',
  collection: 'examples',
  source: 'cnr-2017-06-13-caict-5g-white-paper',
  sector: '5g',
  region: 'CN',
  measure: 'directEconomicOutput',
  scope: 'national',
  amount: {
    value: '484000000000',
    low: null,
    high: null,
    qualifier: 'approximately',
    currency: 'CNY',
    asStated: '4840亿元',
  },
  period: inYear(2020, '2020年'),
  evidence: { phrase: '预计当年将带动约4840亿元的直接产出' },
  confidence: 'medium',
};

const SEEDED_OUTCOME = {
  reportedBy: 'caict',
  collection: 'china-new-infrastructure',
  source: 'daily-gulf-news-2023-07-26-cloud',
  sector: 'cloud-computing',
  region: 'CN',
  measure: 'marketSize',
  scope: 'national',
  amount: exactly('455000000000', '455 billion yuan'),
  period: inYear(2022, '2022'),
  evidence: { phrase: 'reached 455 billion yuan' },
  confidence: 'medium',
};

const OUTCOME_EXAMPLE = {
  reportedBy: 'miit',
  collection: 'examples',
  source: 'caixin-2021-11-16-ict-five-year-plan',
  sector: 'information-communications',
  region: 'CN',
  measure: 'directInvestment',
  scope: 'national',
  amount: exactly('2500000000000', '2.5万亿元'),
  period: {
    start: '2016-01-01',
    end: '2020-12-31',
    kind: 'window',
    years: 5,
    asStated: '2020年',
    inferred: ['start'],
  },
  evidence: { phrase: '由2020年的2.5万亿元增长' },
  confidence: 'medium',
};

/** What a kind of record has of its own. */
interface OwnOfKind {
  readonly kind: RecordKind;
  /** The field and the parameter for who forecasts or reports, and what that is in words. */
  readonly organisation: string;
  readonly organisationIs: string;
  readonly record: z.ZodObject;
  readonly submitted: z.ZodObject;
  /** As it is shown, before anything that a query adds. */
  readonly toWire: (record: LedgerRecord) => object;
  /** The members of it that depend on other records. */
  readonly relationsShown: (relations: readonly RecordRelation[]) => object;
  /** The record of what `toWire` gave, with its relations. */
  readonly ofShown: (shown: never, relations: RecordRelation[]) => LedgerRecord;
  /** A submission that the schema has passed, under the names that all records share. */
  readonly fromWire: (submitted: never) => DraftRecord;
  /** What the OpenAPI document says of a kind in words of its own. */
  readonly texts: {
    readonly list: Pick<Operation, 'summary' | 'description'>;
    readonly item: string;
    readonly evidence: Pick<Operation, 'description' | 'responseDescription'>;
  };
  /** What runs on the seeded data. */
  readonly examples: {
    readonly list: Readonly<Record<string, string>>;
    readonly id: string;
    readonly convertedId: string;
    readonly added: object;
    readonly revised: object;
  };
}

function kindOf(own: OwnOfKind) {
  const { kind, organisation, record, submitted } = own;
  const name = kind === 'forecast' ? 'Forecast' : 'Outcome';
  return {
    ...own,
    /** For the names of operations. */
    name,
    path: `/v1/${kind}s`,
    tag: `${name}s`,
    /** Where the ids come from that its queries take. */
    tables: tablesOfIds(organisation),
    ...queriesOf(organisation, record),
    answers: answersOf(kind, name, record),
    /** As `submitted`; the path names the record. */
    revised: z.strictObject({ ...submitted.shape, ...optionalId }).meta({ id: `Revised${name}` }),
  } as const;
}
export type KindOfRecord = ReturnType<typeof kindOf>;

export const KINDS: Readonly<Record<RecordKind, KindOfRecord>> = {
  forecast: kindOf({
    kind: 'forecast',
    organisation: 'forecaster',
    organisationIs: 'forecaster',
    record: Forecast,
    submitted: SubmittedForecast,
    toWire: toForecast,
    relationsShown: relationsOfForecast,
    ofShown: ofForecast,
    fromWire: fromForecast,
    texts: {
      list: {
        summary: 'Forecasts, filtered and sorted',
        description: 'A list in a filter means any of its values; several filters must all hold.',
      },
      item: 'The current revision.',
      evidence: {
        description:
          'Each phrase with its place in the document, and what the phrase parser reads from it now beside what is stored. To check a place: take the SHA-256 of the text, then the code points from `start` up to `end`.',
        responseDescription: 'The evidence of the current revision.',
      },
    },
    examples: {
      list: { limit: '10', count: 'exact' },
      id: 'haitong-2020-new-infrastructure-2020',
      convertedId: 'haitong-2020-new-infrastructure-2020',
      added: { id: 'example-forecast', ...FORECAST_EXAMPLE },
      revised: { ...SEEDED_FORECAST, notes: 'Read again on the page.' },
    },
  }),
  outcome: kindOf({
    kind: 'outcome',
    organisation: 'reportedBy',
    organisationIs: 'reporting body',
    record: Outcome,
    submitted: SubmittedOutcome,
    toWire: toOutcome,
    relationsShown: relationsOfOutcome,
    ofShown: ofOutcome,
    fromWire: fromOutcome,
    texts: {
      list: {
        summary: 'Amounts reported as realised, filtered and sorted',
        description:
          'As `/v1/forecasts`, with the reporting body (`reportedBy`) in the place of the forecaster. An outcome is as sourced as a forecast, and never mixed with one.',
      },
      item: 'The current revision, or that of `knownAsOf`.',
      evidence: {
        responseDescription: 'The evidence of the current revision, or of that of `knownAsOf`.',
      },
    },
    examples: {
      list: { sector: '5g', measure: 'directEconomicOutput' },
      id: 'oc-cloud-2022',
      convertedId: 'oc-ai-core-2025',
      added: { id: 'example-outcome', ...OUTCOME_EXAMPLE },
      revised: { ...SEEDED_OUTCOME, notes: 'In the words of the English edition.' },
    },
  }),
};

/** What a query may add to a record. */
type Added = 'converted' | 'notConverted' | 'highlights';

/** A forecast before any conversion. */
export type StatedForecast = Omit<Forecast, Added>;
type StatedOutcome = Omit<Outcome, Added>;

/** A record as a forecast is shown. Field by field: with spread groups a page of 82 takes five times as long, 110 µs. */
export function toForecast(record: LedgerRecord): StatedForecast {
  const { names } = record;
  return {
    id: record.id,
    revision: record.revision,
    recordedAt: record.recordedAt,
    collection: record.collection,
    forecaster: record.organisation,
    source: record.source,
    sector: record.sector,
    beneficiarySectors: record.beneficiarySectors,
    region: record.region,
    measure: record.measure,
    scope: record.scope,
    amount: record.amount,
    statedConversions: record.statedConversions,
    period: record.period,
    publishedOn: record.publishedOn,
    evidence: record.evidence,
    stance: record.stance,
    scenario: record.scenario,
    interval: record.interval,
    prices: record.prices,
    ...relationsOfForecast(record.relations),
    confidence: record.confidence,
    corroboration: record.corroboration,
    notes: record.notes,
    names: {
      forecaster: names.organisation,
      source: names.source,
      sector: names.sector,
      region: names.region,
      measure: names.measure,
      scope: names.scope,
    },
  };
}

function ofForecast(
  {
    forecaster,
    names: { forecaster: organisation, ...names },
    revises: _,
    revisedBy: __,
    ...said
  }: StatedForecast,
  relations: RecordRelation[],
): LedgerRecord {
  return {
    ...said,
    kind: 'forecast',
    organisation: forecaster,
    via: null,
    relations,
    names: { organisation, ...names },
  };
}

type ForecastRelations = Pick<Forecast, 'relations' | 'revises' | 'revisedBy'>;

/** A forecast's relations, with those that have fields of their own in these. */
function relationsOfForecast(relations: readonly RecordRelation[]): ForecastRelations {
  const said: ForecastRelations = { relations: [], revises: null, revisedBy: [] };
  for (const { kind, record: forecast, impliedMultiplier } of relations)
    if (kind === 'revises') said.revises = forecast;
    else if (kind === 'revisedBy') said.revisedBy.push(forecast);
    else said.relations.push({ kind, forecast, impliedMultiplier });
  return said;
}

export function toOutcome(record: LedgerRecord): StatedOutcome {
  const { organisation: reportedBy, ...names } = record.names;
  return {
    id: record.id,
    revision: record.revision,
    recordedAt: record.recordedAt,
    collection: record.collection,
    reportedBy: record.organisation,
    via: record.via,
    source: record.source,
    sector: record.sector,
    region: record.region,
    measure: record.measure,
    scope: record.scope,
    amount: record.amount,
    statedConversions: record.statedConversions,
    period: record.period,
    publishedOn: record.publishedOn,
    evidence: record.evidence,
    prices: record.prices,
    confidence: record.confidence,
    corroboration: record.corroboration,
    notes: record.notes,
    ...relationsOfOutcome(record.relations),
    names: { ...names, reportedBy },
  };
}

function ofOutcome(
  { reportedBy, names: { reportedBy: organisation, ...names }, ...said }: StatedOutcome,
  relations: RecordRelation[],
): LedgerRecord {
  return {
    ...PLAIN_STATEMENT,
    ...said,
    kind: 'outcome',
    organisation: reportedBy,
    beneficiarySectors: [],
    relations,
    names: { organisation, ...names },
  };
}

function relationsOfOutcome(relations: readonly RecordRelation[]): Pick<Outcome, 'relations'> {
  return {
    relations: relations.map(({ kind, record: outcome }) => ({
      kind: kind as Outcome['relations'][number]['kind'],
      outcome,
    })),
  };
}

/** A submission without what the ledger says itself, and what it answered to a question; what it says of figures is put in their place. */
function withoutComputedFields<
  Submitted extends Partial<Record<'revision' | 'recordedAt' | 'publishedOn' | 'names' | Added, unknown>>,
>({
  revision: _revision,
  recordedAt: _recordedAt,
  publishedOn: _publishedOn,
  names: _names,
  converted: _converted,
  notConverted: _notConverted,
  highlights: _highlights,
  ...submitted
}: Submitted) {
  return submitted;
}

function fromForecast({ forecaster, relations, revisedBy: _, ...submitted }: SubmittedForecast): DraftRecord {
  return {
    ...withoutComputedFields(submitted),
    kind: 'forecast',
    organisation: forecaster,
    via: null,
    relations: relations.map(({ kind, forecast }) => ({ kind, record: forecast })),
  };
}

function fromOutcome({ reportedBy, relations, ...submitted }: SubmittedOutcome): DraftRecord {
  return {
    ...withoutComputedFields(submitted),
    kind: 'outcome',
    organisation: reportedBy,
    beneficiarySectors: [],
    relations: relations.map(({ kind, outcome }) => ({ kind, record: outcome })),
  };
}

/** The filters of a query of a kind under the names that all records share. */
export function recordFilters<Query extends object>(kind: RecordKind, query: Query): Query & RecordFilters {
  const named = query as Readonly<Record<string, readonly string[] | undefined>>;
  const { organisation } = KINDS[kind];
  return {
    ...query,
    organisation: named[organisation],
    organisationKind: named[`${organisation}Kind`],
  } as Query & RecordFilters;
}

/** The page of a list of a kind under the names that all records share. */
export function recordPage(kind: RecordKind, page: PageRequest<string>): PageRequest<RecordSortKey> {
  const sort = page.sort.map(({ key, direction }) => ({
    key: (key === KINDS[kind].organisation ? 'organisation' : key) as RecordSortKey,
    direction,
  }));
  return { ...page, sort };
}
