import { createHash } from 'node:crypto';
import {
  chmodSync,
  constants,
  copyFileSync,
  createReadStream,
  existsSync,
  linkSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type BetterSqlite3 from 'better-sqlite3';
import { CLOCK_TOLERANCE_MS, describeClock } from '../clock.ts';
import { StorageError } from '../errors.ts';
import { EMPTY_DATASET_VERSION } from '../ledger-state.ts';
import { checkHeader, damaged, isSqliteError, ledgerFaults } from './check.ts';
import { openSqlite } from './database.ts';
import {
  ledgerFileOf,
  makeDirectory,
  makeFile,
  moveInto,
  removeDatabase,
  SIDE_FILES,
  sizeOf,
  sync,
  takeOverOwner,
} from './files.ts';
import { holdLedger, whileAlone, whilePreparing } from './locks.ts';
import { checkMigrations, MIGRATIONS_FOLDER } from './migrate.ts';
import { readClock } from './recorded-at.ts';

/** What a checked copy of a ledger holds. */
export interface LedgerSummary {
  readonly bytes: number;
  /** Of the file, hexadecimal. */
  readonly sha256: string;
  /** Records that are not deleted. */
  readonly records: number;
  /** Revisions of all records, tombstones among them. */
  readonly revisions: number;
  readonly datasetVersion: string;
}

export interface CheckedLedger extends Omit<LedgerSummary, 'bytes' | 'sha256'> {
  readonly file: string;
  /** How many migrations it lacks. */
  readonly pending: number;
  /** What should be known of the clock; nothing of a ledger that lacks migrations. */
  readonly clock: readonly string[];
}

/** 16 MiB: a turn of the event loop for each costs nothing, and a bar moves. */
const PAGES_AT_ONCE = 4096;
const BUSY_TIMEOUT_MS = 5000;

/**
 * Copies the ledger of a directory into one file, as it is at one moment, while others read and write it; then checks
 * the copy and gives it its name. Until then the name is not taken, and a copy that fails leaves nothing.
 * @param force whether a file of that name is replaced
 * @param onProgress how many of how many pages have been copied, after each `pagesAtOnce`
 * @throws StorageError `backupRefused`, `damagedDatabase`, `backupFailed`, `ledgerBusy`
 */
export async function backUpLedger(
  directory: string,
  target: string,
  {
    force,
    onProgress,
    pagesAtOnce = PAGES_AT_ONCE,
  }: {
    force: boolean;
    onProgress?: (copied: number, total: number) => void;
    pagesAtOnce?: number;
  },
): Promise<LedgerSummary> {
  const file = ledgerFileOf(directory);
  requireLedger(directory);
  refuseTarget(directory, target, force);
  const begun = join(dirname(target), `.${basename(target)}.${process.pid}.part`);
  const release = await holdLedger(directory);
  try {
    makeFile(begun);
    const source = openSqlite(file, { readonly: true, timeout: BUSY_TIMEOUT_MS });
    try {
      // A read transaction keeps the copy at one state: without it every write of others would start it anew.
      source.exec('begin');
      source.prepare('select count(*) from sqlite_schema').get();
      await source.backup(begun, {
        progress: ({ totalPages, remainingPages }) => {
          onProgress?.(totalPages - remainingPages, totalPages);
          return pagesAtOnce;
        },
      });
    } finally {
      source.close();
    }
    const summary = await finishCopy(begun, file);
    refuseTarget(directory, target, force);
    moveInto(begun, target);
    return summary;
  } catch (error) {
    if (!isSqliteError(error)) throw error;
    if (/^SQLITE_(?:CORRUPT|NOTADB)/.test(error.code)) throw damaged(file, [error.message]);
    throw new StorageError('backupFailed', `${target} cannot be written: ${error.message}.`, {
      cause: error,
    });
  } finally {
    release();
    removeDatabase(begun);
  }
}

function requireLedger(directory: string): void {
  if (sizeOf(ledgerFileOf(directory)) === null)
    throw refused(`There is no ledger in ${directory} (DATA_DIR).`);
}

function refuseTarget(directory: string, target: string, force: boolean): void {
  const folder = dirname(resolve(target));
  if (!existsSync(folder)) throw refused(`There is no directory ${folder}.`);
  const own = ['', ...SIDE_FILES].map((side) =>
    join(realpathSync(directory), basename(ledgerFileOf('')) + side),
  );
  if (
    own.includes(join(realpathSync(folder), basename(target))) ||
    isSameFile(target, ledgerFileOf(directory))
  )
    throw refused(`${target} is the ledger itself. Name another file.`);
  const present = statSync(target, { throwIfNoEntry: false });
  if (present?.isDirectory()) throw refused(`${target} is a directory. Name a file in it.`);
  if (present !== undefined && !force)
    throw refused(`${target} exists. Name another file, or replace it with --force.`);
}

function refused(message: string): StorageError {
  return new StorageError('backupRefused', message);
}

function isSameFile(one: string, other: string): boolean {
  const [a, b] = [one, other].map((path) => statSync(path, { throwIfNoEntry: false }));
  return a !== undefined && b !== undefined && a.dev === b.dev && a.ino === b.ino;
}

/**
 * Makes a copy stand alone, without a log beside it, and checks all of it.
 * @param origin what is named in an error
 */
async function finishCopy(copy: string, origin: string): Promise<LedgerSummary> {
  checkHeader(copy);
  const sqlite = openSqlite(copy);
  let summary: Omit<LedgerSummary, 'bytes' | 'sha256'>;
  try {
    sqlite.pragma('journal_mode = delete');
    const faults = ledgerFaults(sqlite, checkMigrations(sqlite, MIGRATIONS_FOLDER));
    if (faults.length > 0) throw damaged(origin, faults);
    summary = summarise(sqlite);
  } catch (error) {
    if (isSqliteError(error) && /^SQLITE_(?:CORRUPT|NOTADB|ERROR)/.test(error.code))
      throw damaged(origin, [error.message]);
    throw error;
  } finally {
    sqlite.close();
  }
  const digest = createHash('sha256');
  await pipeline(createReadStream(copy), digest);
  return { bytes: statSync(copy).size, sha256: digest.digest('hex'), ...summary };
}

/**
 * Reads all of a ledger, or of a backup, as it is at one moment. Writes nothing.
 * @param given a backup; null for the ledger of the directory
 * @param onFault told everything that is wrong
 * @throws StorageError `cannotOpen`, `foreignDatabase`, `damagedDatabase`, `newerDatabase`, `changedMigration`
 */
export function checkLedger(
  directory: string,
  given: string | null,
  onFault: (fault: string) => void,
  {
    now = new Date(),
    toleranceMs = CLOCK_TOLERANCE_MS,
  }: { readonly now?: Date; readonly toleranceMs?: number } = {},
): CheckedLedger {
  const file = given ?? ledgerFileOf(directory);
  if (sizeOf(file) === null) throw new StorageError('cannotOpen', `There is no file ${file}.`);
  checkHeader(file);
  const sqlite = openSqlite(file, { readonly: true });
  try {
    sqlite.exec('begin');
    const pending = checkMigrations(sqlite, MIGRATIONS_FOLDER);
    const faults = ledgerFaults(sqlite, pending);
    for (const fault of faults) onFault(fault);
    if (faults.length > 0) throw damaged(file, faults);
    const clock = pending > 0 ? [] : describeClock(readClock(sqlite, now, toleranceMs));
    return { file, pending, clock, ...summarise(sqlite) };
  } finally {
    sqlite.close();
  }
}

/** What a ledger holds, counted. */
function summarise(sqlite: BetterSqlite3.Database): Omit<LedgerSummary, 'bytes' | 'sha256'> {
  const one = <Value>(sql: string): Value | undefined => sqlite.prepare<[], Value>(sql).pluck().get();
  return {
    records: one<number>('select count(*) from records where superseded_at is null') ?? 0,
    revisions: one<number>('select count(*) from records') ?? 0,
    datasetVersion:
      one<string>("select value from ledger_state where key = 'datasetVersion'") ?? EMPTY_DATASET_VERSION,
  };
}

/**
 * Puts a backup in the place of a directory's ledger, or into an empty directory (made if absent). The backup is
 * copied and the copy checked before anything is touched; the replaced ledger keeps a dated name. Dying half-way leaves
 * the old ledger or the new one, never neither.
 * @returns what the ledger now holds, its file name, and that of the one it replaced, null where there was none
 * @throws StorageError `backupRefused`, `foreignDatabase`, `damagedDatabase`, `newerDatabase`, `ledgerBusy`
 */
export async function restoreLedger(
  directory: string,
  backup: string,
  now: Date,
): Promise<LedgerSummary & { readonly ledger: string; readonly replaced: string | null }> {
  if (sizeOf(backup) === null) throw refused(`There is no file ${backup}.`);
  makeDirectory(directory);
  const file = ledgerFileOf(directory);
  if (isSameFile(backup, file)) throw refused(`${backup} is the ledger itself. Name a backup.`);
  checkHeader(backup);
  return whilePreparing(directory, () =>
    whileAlone(directory, async () => {
      const begun = `${file}.restoring`;
      removeDatabase(begun);
      try {
        copyFileSync(backup, begun, constants.COPYFILE_FICLONE);
        chmodSync(begun, 0o600);
        // What was copied from under a running server has the last writes in its log.
        if ((sizeOf(`${backup}-wal`) ?? 0) > 0) {
          copyFileSync(`${backup}-wal`, `${begun}-wal`);
          chmodSync(`${begun}-wal`, 0o600);
        }
        const summary = await finishCopy(begun, backup);
        const replaced = sizeOf(file) === null ? null : setAside(file, now);
        takeOverOwner(begun, replaced === null ? directory : file);
        for (const side of SIDE_FILES) rmSync(file + side, { force: true });
        moveInto(begun, file);
        return { ...summary, ledger: file, replaced };
      } finally {
        removeDatabase(begun);
      }
    }),
  );
}

/**
 * Gives a ledger's file a second, dated name, under which it stays when its own is taken, and moves its log there.
 * @throws StorageError `ledgerBusy` where a program other than Forecast Ledger has it open
 */
function setAside(file: string, now: Date): string {
  foldLog(file);
  const stamp = now.toISOString().replaceAll(':', '-').replace(/\.\d+/, '');
  const name = (attempt: number): string =>
    join(dirname(file), `ledger.replaced-${stamp}${attempt === 0 ? '' : `-${attempt}`}.sqlite`);
  let attempt = 0;
  while (existsSync(name(attempt))) attempt++;
  const aside = name(attempt);
  try {
    linkSync(file, aside);
  } catch (error) {
    // Some file systems have no second names.
    if (!/^(?:EPERM|ENOTSUP|EOPNOTSUPP|ENOSYS|EMLINK)$/.test((error as NodeJS.ErrnoException).code ?? ''))
      throw error;
    copyFileSync(file, aside, constants.COPYFILE_EXCL);
    sync(aside);
  }
  if ((sizeOf(`${file}-wal`) ?? 0) > 0) renameSync(`${file}-wal`, `${aside}-wal`);
  sync(dirname(file));
  return aside;
}

/** Brings what is in a ledger's log into its file. A file that is damaged stays as it is, with its log. */
function foldLog(file: string): void {
  try {
    checkHeader(file);
    const sqlite = openSqlite(file, { timeout: 0 });
    try {
      // Leaving the log takes the whole file, so it fails while any other program has it open.
      if (sqlite.pragma('quick_check(1)', { simple: true }) === 'ok') sqlite.pragma('journal_mode = delete');
    } finally {
      sqlite.close();
    }
  } catch (error) {
    if (isSqliteError(error) && /^SQLITE_(?:BUSY|LOCKED)/.test(error.code))
      throw new StorageError('ledgerBusy', `Another program has ${file} open. Stop it first.`, {
        cause: error,
      });
    if (!(error instanceof StorageError || isSqliteError(error))) throw error;
  }
}
