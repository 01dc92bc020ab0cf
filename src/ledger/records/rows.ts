import type { SQL } from 'drizzle-orm';
import type { Amount } from '../../domain/money/amount.ts';
import { impliedRatio } from '../../domain/money/decimal.ts';
import type { Statement } from '../../domain/statement.ts';
import { eq, getTableColumns, sql } from '../../store/query.ts';
import { amountSortKey } from '../../store/sort-key.ts';
import type { Reader } from '../../store/store.ts';
import {
  measures,
  organisations,
  records,
  regions,
  scopes,
  sectors,
  sources,
} from '../../store/tables/schema.ts';
import type { LedgerRecord, RecordContent, RecordRelation, StatedFigure, StatedRelation } from './record.ts';

export type RecordRow = typeof records.$inferSelect;

const COLUMNS = Object.keys(getTableColumns(records)) as (keyof RecordRow)[];

/** What is selected of a record: its row, and the names of what it refers to. */
const SELECTED = {
  ...getTableColumns(records),
  organisationName: sql<string | null>`${organisations.name}`.as('organisation_name'),
  sourceTitle: sql<string>`${sources.title}`.as('source_title'),
  sectorName: sql<string>`${sectors.name}`.as('sector_name'),
  regionName: sql<string>`${regions.name}`.as('region_name'),
  measureName: sql<string>`${measures.name}`.as('measure_name'),
  scopeName: sql<string>`${scopes.name}`.as('scope_name'),
};

/** Revisions with the names of what they refer to, for `namedRow`. */
function selectRows(read: Reader, where: SQL | undefined) {
  return read
    .select(SELECTED)
    .from(records)
    .innerJoin(sources, eq(sources.id, records.sourceId))
    .innerJoin(sectors, eq(sectors.id, records.sectorId))
    .innerJoin(regions, eq(regions.id, records.regionId))
    .innerJoin(measures, eq(measures.id, records.measureId))
    .innerJoin(scopes, eq(scopes.id, records.scopeId))
    .leftJoin(organisations, eq(organisations.id, records.organisationId))
    .where(where);
}

/** The values of a row of `selectRows`, in the order in which they are selected. */
export type RowValues = readonly unknown[];

/** Where the value of a column stands among them; those of the names follow in their order. */
const PLACE = Object.fromEntries(COLUMNS.map((name, place) => [name, place])) as Record<
  keyof RecordRow,
  number
>;
const NAMES = COLUMNS.length;

/** The values of a row that was read by itself: without names. */
export function valuesOfRow(row: RecordRow): RowValues {
  return [...COLUMNS.map((name) => row[name]), null, '', '', '', '', ''];
}

/** The rows of some revisions, in the order in which their sequences are given. */
export async function rowsOfSequences(
  read: Reader,
  sequences: readonly number[],
): Promise<readonly RowValues[]> {
  if (sequences.length === 0) return [];
  const rows = await read.rows(
    'rows of sequences',
    () => selectRows(read, read.dialect.isListed(records.sequence, sql.placeholder('sequences'))),
    { sequences: JSON.stringify(sequences) },
  );
  const found = new Map(rows.map((values) => [values[PLACE.sequence], values]));
  return sequences.flatMap((sequence) => {
    const values = found.get(sequence);
    return values === undefined ? [] : [values];
  });
}

export function valueIn<Name extends keyof RecordRow>(values: RowValues, name: Name): RecordRow[Name] {
  return values[PLACE[name]] as RecordRow[Name];
}

/** The columns that hold what a revision says; the others are of the revision itself. */
type ContentRow = Omit<
  RecordRow,
  'revision' | 'sequence' | 'deleted' | 'recordedAt' | 'supersededAt' | 'author' | 'reason'
>;

/** What a revision says, as it is kept; its relations stand in a table of their own. */
export function rowOfContent(content: RecordContent) {
  const { amount, period, evidence } = content;
  return {
    id: content.id,
    kind: content.kind,
    collectionId: content.collection,
    organisationId: content.organisation,
    via: content.via,
    sourceId: content.source,
    sectorId: content.sector,
    regionId: content.region,
    measureId: content.measure,
    scopeId: content.scope,
    beneficiarySectors: JSON.stringify(content.beneficiarySectors),
    amountValue: amount.value,
    amountLow: amount.low,
    amountHigh: amount.high,
    amountQualifier: amount.qualifier,
    amountCurrency: amount.currency,
    amountAsStated: amount.asStated,
    amountInterpretation: amount.interpretation,
    amountApproximate: amount.approximate ? 1 : 0,
    amountSortKey: amountSortKey(amount),
    statedConversions: JSON.stringify(
      content.statedConversions.map((stated) => ({ amount: stated.amount, evidence: stated.evidence })),
    ),
    periodStart: period.start,
    periodEnd: period.end,
    periodKind: period.kind,
    periodYears: period.years,
    periodAsStated: period.asStated,
    periodInferred: JSON.stringify(period.inferred),
    publishedOn: content.publishedOn,
    stance: content.stance,
    scenarioName: content.scenario?.name ?? null,
    scenarioKind: content.scenario?.kind ?? null,
    intervalLow: content.interval?.low ?? null,
    intervalHigh: content.interval?.high ?? null,
    intervalPercent: content.interval?.percent ?? null,
    pricesKind: content.prices.kind,
    pricesYear: content.prices.year,
    evidencePhrase: evidence.phrase,
    evidenceStart: evidence.start,
    evidenceEnd: evidence.end,
    evidenceDocumentSha256: evidence.documentSha256,
    evidenceUrl: evidence.url,
    evidenceStatus: evidence.status,
    confidence: content.confidence,
    corroboration: JSON.stringify(content.corroboration),
    notes: content.notes,
  } satisfies ContentRow;
}

/** What a revision says. Read by place: a row as an object would be made for nothing else than this. */
export function contentOfRow<Relations extends readonly StatedRelation[]>(
  values: RowValues,
  relations: Relations,
) {
  return {
    kind: valueIn(values, 'kind'),
    id: valueIn(values, 'id'),
    collection: valueIn(values, 'collectionId'),
    organisation: valueIn(values, 'organisationId'),
    via: valueIn(values, 'via'),
    source: valueIn(values, 'sourceId'),
    sector: valueIn(values, 'sectorId'),
    beneficiarySectors: listOf<string>(valueIn(values, 'beneficiarySectors')),
    region: valueIn(values, 'regionId'),
    measure: valueIn(values, 'measureId'),
    scope: valueIn(values, 'scopeId'),
    amount: {
      value: valueIn(values, 'amountValue'),
      low: valueIn(values, 'amountLow'),
      high: valueIn(values, 'amountHigh'),
      qualifier: valueIn(values, 'amountQualifier') as Amount['qualifier'],
      currency: valueIn(values, 'amountCurrency'),
      asStated: valueIn(values, 'amountAsStated'),
      interpretation: valueIn(values, 'amountInterpretation'),
      ...(valueIn(values, 'amountApproximate') === 0 ? {} : { approximate: true as const }),
    },
    statedConversions: listOf<StatedFigure>(valueIn(values, 'statedConversions')),
    period: {
      start: valueIn(values, 'periodStart'),
      end: valueIn(values, 'periodEnd'),
      kind: valueIn(values, 'periodKind') as RecordContent['period']['kind'],
      years: valueIn(values, 'periodYears'),
      asStated: valueIn(values, 'periodAsStated'),
      inferred: listOf<RecordContent['period']['inferred'][number]>(valueIn(values, 'periodInferred')),
    },
    publishedOn: valueIn(values, 'publishedOn'),
    stance: valueIn(values, 'stance') as Statement['stance'],
    scenario: scenarioIn(values),
    interval: intervalIn(values),
    prices: {
      kind: valueIn(values, 'pricesKind') as Statement['prices']['kind'],
      year: valueIn(values, 'pricesYear'),
    },
    evidence: {
      phrase: valueIn(values, 'evidencePhrase'),
      start: valueIn(values, 'evidenceStart'),
      end: valueIn(values, 'evidenceEnd'),
      documentSha256: valueIn(values, 'evidenceDocumentSha256'),
      url: valueIn(values, 'evidenceUrl'),
      status: valueIn(values, 'evidenceStatus') as RecordContent['evidence']['status'],
    },
    relations,
    confidence: valueIn(values, 'confidence') as RecordContent['confidence'],
    corroboration: listOf<string>(valueIn(values, 'corroboration')),
    notes: valueIn(values, 'notes'),
  } satisfies RecordContent;
}

function scenarioIn(values: RowValues): Statement['scenario'] {
  const [name, kind] = [valueIn(values, 'scenarioName'), valueIn(values, 'scenarioKind')];
  return name === null ? null : { name, kind: kind as NonNullable<Statement['scenario']>['kind'] };
}

function intervalIn(values: RowValues): Statement['interval'] {
  const low = valueIn(values, 'intervalLow');
  const high = valueIn(values, 'intervalHigh');
  const percent = valueIn(values, 'intervalPercent');
  return low === null || high === null ? null : { low, high, percent };
}

export function recordOfRow(values: RowValues, relations: RecordRelation[]): LedgerRecord {
  const content = contentOfRow(values, relations);
  return {
    ...content,
    revision: valueIn(values, 'revision'),
    recordedAt: valueIn(values, 'recordedAt'),
    statedConversions: content.statedConversions.map(({ amount, evidence }) => ({
      amount,
      impliedRate: impliedRate(content.amount, amount),
      evidence,
    })),
    names: {
      organisation: values[NAMES] as string | null,
      source: values[NAMES + 1] as string,
      sector: values[NAMES + 2] as string,
      region: values[NAMES + 3] as string,
      measure: values[NAMES + 4] as string,
      scope: values[NAMES + 5] as string,
    },
  };
}

/** A list that a column keeps as JSON; most are empty. */
function listOf<Element>(json: string): Element[] {
  return json === '[]' ? [] : (JSON.parse(json) as Element[]);
}

/** The rate which a figure and the document's own conversion of it imply: stated units for one unit of the other currency. */
export function impliedRate(
  amount: Amount,
  stated: Amount,
): LedgerRecord['statedConversions'][number]['impliedRate'] {
  const rate = impliedRatio(amount.value, stated.value);
  if (rate === null) return null;
  const approximate = [amount, stated].some(({ qualifier }) => qualifier !== 'exact');
  return { base: stated.currency, quote: amount.currency, rate, approximate };
}
