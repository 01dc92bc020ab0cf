import { StorageError } from '../errors.ts';
import { LEDGER_RULES } from '../ledger-rules.ts';
import { EMPTY_DATASET_VERSION } from '../ledger-state.ts';
import { connect, shownAddress } from './client.ts';

const NO_TIMEOUT = 0;
const NO_TABLE = '42P01';

/**
 * Checks revisions and search of a whole ledger as it is at one moment: the database counts, so that memory is bounded.
 * References it keeps itself; its files are for `pg_amcheck`. Writes nothing.
 * @param onFault told everything that is wrong
 * @throws StorageError `damagedDatabase`
 */
export async function checkDatabase(
  url: string,
  onFault: (fault: string) => void,
): Promise<{ address: string; records: number; revisions: number; datasetVersion: string }> {
  const address = shownAddress(url);
  const client = await connect(url, NO_TIMEOUT);
  try {
    await client.query('begin isolation level repeatable read read only');
    const one = async <Value>(sql: string): Promise<Value | undefined> =>
      (await client.query<Value[]>({ text: sql, rowMode: 'array' })).rows[0]?.[0];
    const faults: string[] = [];
    for (const { sql, fault } of LEDGER_RULES) {
      const count = await one<number>(`select count(*) from (${sql}) as found`);
      if (count !== 0) faults.push(`${count} ${fault}`);
    }
    for (const fault of faults) onFault(fault);
    if (faults.length > 0)
      throw new StorageError('damagedDatabase', `${address} is damaged: ${faults[0]}. Restore a backup.`);
    return {
      address,
      records: (await one<number>('select count(*) from records where superseded_at is null')) ?? 0,
      revisions: (await one<number>('select count(*) from records')) ?? 0,
      datasetVersion:
        (await one<string>("select value from ledger_state where key = 'datasetVersion'")) ??
        EMPTY_DATASET_VERSION,
    };
  } catch (error) {
    if ((error as { code?: unknown }).code !== NO_TABLE) throw error;
    throw new StorageError('cannotOpen', `${address} has no ledger: its tables are missing.`, {
      cause: error,
    });
  } finally {
    await client.end();
  }
}
