import type { LedgerClock } from '../clock.ts';
import { CLOCK_STATE, ledgerClock } from '../clock.ts';
import { EMPTY_DATASET_VERSION } from '../ledger-state.ts';
import type { DatasetVersion } from '../store.ts';
import type { Connection } from './connection.ts';

const KEYS = Object.values(CLOCK_STATE).map((key) => `'${key}'`);

/** The state of the ledger, the newest record's time and the time of the server: every node is given the same clock. */
const STATE = `select key, value from ledger_state where key in ('datasetVersion', ${KEYS.join(', ')})
  union all (select 'held', recorded_at from records order by sequence desc limit 1)
  union all select 'now', to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

export interface State {
  readonly version: DatasetVersion;
  readonly clock: LedgerClock;
}

/**
 * Reads the dataset version and how the clock stands to what is recorded.
 * @param before statements that are run first
 * @param now a clock in place of the server's; for tests
 */
export async function readState(
  connection: Connection,
  { before = '', now, toleranceMs }: { before?: string; now: (() => Date) | undefined; toleranceMs: number },
): Promise<State> {
  const rows = await connection.run(`${before}${STATE}`);
  const values = new Map(rows.map(({ key, value }) => [key as string, value as string]));
  return {
    version: values.get('datasetVersion') ?? EMPTY_DATASET_VERSION,
    clock: ledgerClock(
      values,
      values.get('held') ?? '',
      now?.() ?? new Date(values.get('now') ?? ''),
      toleranceMs,
    ),
  };
}
