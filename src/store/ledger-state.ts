import { createHash, randomUUID } from 'node:crypto';
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core';
import { desc, eq, lte, sql } from './query.ts';
import type { DatasetVersion, Reader, Transaction } from './store.ts';
import { datasetVersions, entryRevisions, ledgerState, records } from './tables/schema.ts';

const DATASET_VERSION = 'datasetVersion';
export const EMPTY_DATASET_VERSION = '0-empty';

const RECORDS_HISTORY = 'recordsHistory';

/** Names the history of records that the ledger holds; null until one is put back from an export. */
export function readRecordsHistory(read: Reader): Promise<string | null> {
  return readLedgerState(read, RECORDS_HISTORY);
}

/** What the ledger notes of itself under a key; null where there is nothing. */
export async function readLedgerState(read: Reader, key: string): Promise<string | null> {
  const [row] = await read.rows(
    'ledger state',
    () =>
      read
        .select({ value: ledgerState.value })
        .from(ledgerState)
        .where(eq(ledgerState.key, sql.placeholder('key'))),
    { key },
  );
  return (row?.[0] as string | undefined) ?? null;
}

/**
 * Moves the dataset version on; call once in every transaction that changes what clients see.
 * @param written what was written, or its digest: the same writes on the same content give the same version
 * @param recordedAt from when it counts; null where nothing is recorded, so that what was known at any time stays the same
 * @returns the version from then on
 */
export async function advanceDatasetVersion(
  transaction: Transaction,
  written: string,
  recordedAt: string | null = transaction.recordedAt,
): Promise<string> {
  const version = versionAfter(transaction.version, written);
  await setLedgerState(transaction, DATASET_VERSION, version);
  if (recordedAt !== null)
    await transaction
      .insert(datasetVersions)
      .values({ recordedAt, version })
      .onConflictDoUpdate({ target: datasetVersions.recordedAt, set: { version } });
  return version;
}

/**
 * The version that counted at a time. Of a time before the ledger kept its versions, or before it was put back from an
 * export, one that names the time.
 * @param asOf ISO 8601 time in UTC with milliseconds
 */
export async function datasetVersionAt(read: Reader, asOf: string): Promise<DatasetVersion> {
  const [row] = await read
    .select({ version: datasetVersions.version })
    .from(datasetVersions)
    .where(lte(datasetVersions.recordedAt, asOf))
    .orderBy(desc(datasetVersions.recordedAt))
    .limit(1);
  return row?.version ?? `0-${asOf.replaceAll(/\W/g, '')}`;
}

/** Notes that the records begin anew, so that one read before is not taken for another under the same sequence. */
export async function beginRecordsHistory(transaction: Transaction): Promise<void> {
  await setLedgerState(transaction, RECORDS_HISTORY, randomUUID());
  await transaction.delete(datasetVersions);
}

/** The sequence of the revision written last, of a record or of the catalogue; 0 in an empty ledger. */
export async function newestSequence(read: Reader): Promise<number> {
  const newest = ({ sequence }: { readonly sequence: SQLiteColumn }) =>
    sql<number>`coalesce((select max(${sequence}) from ${sequence.table}), 0)`;
  const [row] = await read.rows(
    'newest sequence',
    () =>
      read
        .select({ ofRecords: newest(records), ofEntries: newest(entryRevisions) })
        .from(sql`(select 1) as one`),
    {},
  );
  return Math.max(...(row ?? []).map(Number), 0);
}

/** Sets a value by which the ledger describes itself. */
export async function setLedgerState(
  transaction: Pick<Transaction, 'insert'>,
  key: string,
  value: string,
): Promise<void> {
  await transaction
    .insert(ledgerState)
    .values({ key, value })
    .onConflictDoUpdate({ target: ledgerState.key, set: { value } });
}

/** The counter of a version, which every write moves on by one. */
export function versionNumber(version: DatasetVersion): number {
  return Number.parseInt(version, 10);
}

function versionAfter(version: string, written: string): string {
  const counter = versionNumber(version) + 1;
  const digest = createHash('sha256').update(`${version}\n${written}`).digest('hex').slice(0, 12);
  return `${counter}-${digest}`;
}
