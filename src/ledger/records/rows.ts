import type { SQL } from 'drizzle-orm';
import type { Amount } from '../../domain/money/amount.ts';
import { impliedRatio } from '../../domain/money/ratio.ts';
import { eq, getTableColumns, sql } from '../../store/sqlite/drizzle.ts';
import { isListed, preparedRows } from '../../store/sqlite/prepared.ts';
import type { Reader } from '../../store/sqlite/storage.ts';
import { measures, organisations, records, regions, sectors, sources } from '../../store/tables/schema.ts';
import type { LedgerRecord, RecordRelation, StoredConversion } from './record.ts';

/*
 * The rows of records, and the records that are made of them.
 */

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
};

/** Revisions with the names of what they refer to, for `namedRow`. */
export function selectRows(read: Reader, where: SQL | undefined) {
  return read
    .select(SELECTED)
    .from(records)
    .innerJoin(sources, eq(sources.id, records.sourceId))
    .innerJoin(sectors, eq(sectors.id, records.sectorId))
    .innerJoin(regions, eq(regions.id, records.regionId))
    .innerJoin(measures, eq(measures.id, records.measureId))
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
  return [...COLUMNS.map((name) => row[name]), null, '', '', '', ''];
}

/** The rows of some revisions, in the order in which their sequences are given. */
export async function rowsOfSequences(
  read: Reader,
  sequences: readonly number[],
): Promise<readonly RowValues[]> {
  if (sequences.length === 0) return [];
  const rows = await preparedRows(
    read,
    'rows of sequences',
    () => selectRows(read, isListed(records.sequence, sql.placeholder('sequences'))),
    { sequences: JSON.stringify(sequences) },
  );
  const found = new Map(rows.map((values) => [values[PLACE.sequence], values]));
  return sequences.flatMap((sequence) => {
    const values = found.get(sequence);
    return values === undefined ? [] : [values];
  });
}

/** The id of a row's record. */
export function idOf(values: RowValues): string {
  return values[PLACE.id] as string;
}

/** The record of a row. Read by place: a row as an object would be made for nothing else than this. */
export function toRecord(values: RowValues, relations: readonly RecordRelation[]): LedgerRecord {
  const text = (name: keyof RecordRow): string => values[PLACE[name]] as string;
  const textOrNull = (name: keyof RecordRow): string | null => values[PLACE[name]] as string | null;
  const numberOrNull = (name: keyof RecordRow): number | null => values[PLACE[name]] as number | null;
  const amount: LedgerRecord['amount'] = {
    value: textOrNull('amountValue'),
    low: textOrNull('amountLow'),
    high: textOrNull('amountHigh'),
    qualifier: text('amountQualifier') as Amount['qualifier'],
    currency: text('amountCurrency'),
    asStated: text('amountAsStated'),
    interpretation: textOrNull('amountInterpretation'),
  };
  return {
    kind: text('kind') as LedgerRecord['kind'],
    id: text('id'),
    revision: values[PLACE.revision] as number,
    recordedAt: text('recordedAt'),
    collection: text('collectionId'),
    organisation: textOrNull('organisationId'),
    via: textOrNull('via'),
    source: text('sourceId'),
    sector: text('sectorId'),
    beneficiarySectors: listOf(text('beneficiarySectors')),
    region: text('regionId'),
    measure: text('measureId'),
    scope: text('scopeId'),
    amount,
    statedConversions: listOf<StoredConversion>(text('statedConversions')).map((stated) => ({
      amount: stated.amount,
      impliedRate: impliedRate(amount, stated.amount),
      evidence: stated.evidence,
    })),
    period: {
      start: textOrNull('periodStart'),
      end: textOrNull('periodEnd'),
      kind: text('periodKind') as LedgerRecord['period']['kind'],
      years: numberOrNull('periodYears'),
      asStated: textOrNull('periodAsStated'),
      inferred: listOf(text('periodInferred')),
    },
    publishedOn: textOrNull('publishedOn'),
    evidence: {
      phrase: text('evidencePhrase'),
      start: numberOrNull('evidenceStart'),
      end: numberOrNull('evidenceEnd'),
      documentSha256: textOrNull('evidenceDocumentSha256'),
      url: textOrNull('evidenceUrl'),
      status: text('evidenceStatus') as LedgerRecord['evidence']['status'],
    },
    relations: [...relations],
    confidence: text('confidence') as LedgerRecord['confidence'],
    corroboration: listOf(text('corroboration')),
    notes: textOrNull('notes'),
    names: {
      organisation: values[NAMES] as string | null,
      source: values[NAMES + 1] as string,
      sector: values[NAMES + 2] as string,
      region: values[NAMES + 3] as string,
      measure: values[NAMES + 4] as string,
    },
  };
}

/** A list that a column keeps as JSON; most are empty. */
function listOf<Element>(json: string): Element[] {
  return json === '[]' ? [] : (JSON.parse(json) as Element[]);
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
