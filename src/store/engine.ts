/*
 * Which engine keeps a ledger. There is one: files in a directory, by SQLite.
 */

export type { LedgerSummary } from './sqlite/backup.ts';
export {
  backUpLedger as backUp,
  checkLedger as check,
  restoreLedger as restore,
} from './sqlite/backup.ts';
export { sqliteFailureOf as storageFailureOf } from './sqlite/failures.ts';
export { attachSqliteStore as attachStore, openSqliteStore as openStore } from './sqlite/open.ts';
