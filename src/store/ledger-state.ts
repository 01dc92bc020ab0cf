import { createHash, randomUUID } from 'node:crypto';
import { eq, sql } from './sqlite/drizzle.ts';
import { preparedRows } from './sqlite/prepared.ts';
import type { Reader, Writer } from './sqlite/storage.ts';
import { ledgerState } from './tables/schema.ts';

const DATASET_VERSION = 'datasetVersion';
export const EMPTY_DATASET_VERSION = '0-empty';

/** Names the history of records that the ledger holds; there is no such row until one is put back from an export. */
export const RECORDS_HISTORY = 'recordsHistory';

/** Names the ledger's present content: a counter and a digest of all that was written so far. */
export async function readDatasetVersion(read: Reader): Promise<string> {
  const [row] = await preparedRows(
    read,
    'ledger state',
    () =>
      read
        .select({ value: ledgerState.value })
        .from(ledgerState)
        .where(eq(ledgerState.key, sql.placeholder('key'))),
    { key: DATASET_VERSION },
  );
  return (row?.[0] as string | undefined) ?? EMPTY_DATASET_VERSION;
}

/** As `readDatasetVersion`, inside a transaction. */
export function datasetVersionNow(write: Writer): string {
  return (
    write.select().from(ledgerState).where(eq(ledgerState.key, DATASET_VERSION)).get()?.value ??
    EMPTY_DATASET_VERSION
  );
}

/**
 * Moves the dataset version on; call once in every transaction that writes.
 * @param written what was written, or its digest: the same writes on the same content give the same version
 */
export function advanceDatasetVersion(write: Writer, written: string): string {
  const current = datasetVersionNow(write);
  const counter = Number(current.split('-', 1)[0]) + 1;
  const digest = createHash('sha256').update(`${current}\n${written}`).digest('hex').slice(0, 12);
  const value = `${counter}-${digest}`;
  write
    .insert(ledgerState)
    .values({ key: DATASET_VERSION, value })
    .onConflictDoUpdate({ target: ledgerState.key, set: { value } })
    .run();
  return value;
}

/** Notes that the records begin anew, so that one read before is not taken for another under the same sequence. */
export function beginRecordsHistory(write: Writer): void {
  const value = randomUUID();
  write
    .insert(ledgerState)
    .values({ key: RECORDS_HISTORY, value })
    .onConflictDoUpdate({ target: ledgerState.key, set: { value } })
    .run();
}
