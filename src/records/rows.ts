import type { SQL } from 'drizzle-orm';
import { eq, getTableColumns, sql } from '../db/drizzle.ts';
import { isListed, preparedRows } from '../db/prepared.ts';
import { measures, organisations, records, regions, sectors, sources } from '../db/schema.ts';
import type { Reader } from '../db/storage.ts';
import type { Amount } from '../domain/amount.ts';
import { impliedRatio } from '../domain/ratio.ts';
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

/** A revision's row, with the names of what it refers to. */
export interface NamedRow {
  readonly row: RecordRow;
  readonly names: LedgerRecord['names'];
}

/** A row of `selectRows` from its values, in the order in which they are selected. */
export function namedRow(values: readonly unknown[]): NamedRow {
  const row: Record<string, unknown> = {};
  for (const [place, name] of COLUMNS.entries()) row[name] = values[place];
  const [organisation, source, sector, region, measure] = values.slice(COLUMNS.length) as string[];
  return {
    row: row as RecordRow,
    names: {
      organisation: organisation ?? null,
      source: source ?? '',
      sector: sector ?? '',
      region: region ?? '',
      measure: measure ?? '',
    },
  };
}

/** The rows of some revisions, in the order in which their sequences are given. */
export async function rowsOfSequences(
  read: Reader,
  sequences: readonly number[],
): Promise<readonly NamedRow[]> {
  if (sequences.length === 0) return [];
  const rows = await preparedRows(
    read,
    'rows of sequences',
    () => selectRows(read, isListed(records.sequence, sql.placeholder('sequences'))),
    { sequences: JSON.stringify(sequences) },
  );
  const found = new Map(rows.map(namedRow).map((named) => [named.row.sequence, named]));
  return sequences.flatMap((sequence) => found.get(sequence) ?? []);
}

export const NO_NAMES: LedgerRecord['names'] = {
  organisation: null,
  source: '',
  sector: '',
  region: '',
  measure: '',
};

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
