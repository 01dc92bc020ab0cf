import { closeSync, openSync, readSync, rmSync, statSync } from 'node:fs';
import type BetterSqlite3 from 'better-sqlite3';
import { StorageError } from '../errors.ts';
import { LEDGER_RULES } from '../ledger-rules.ts';
import { APPLICATION_ID, openSqlite } from './database.ts';
import { SIDE_FILES, sizeOf } from './files.ts';
import { checkMigrations } from './migrate.ts';

const HEADER_BYTES = 100;
const MAGIC = 'SQLite format 3\0';
/** A larger file is not read whole at every start: at 1.5 GB that would take seconds. `check` reads any. */
export const LARGEST_CHECKED_AT_START = 268_435_456;
const MOST_FAULTS = 10;

/**
 * Checks a ledger's file before anything is written to it; does nothing where there is none. What is refused is left
 * as it is, byte for byte. To be called by one process at a time, which has not got the file open.
 * @throws StorageError `cannotOpen` (not a file), `foreignDatabase`, `damagedDatabase`, `newerDatabase`,
 *   `changedMigration`
 */
export function checkBeforeOpening(file: string, migrationsFolder: string): void {
  const logBytes = sizeOf(`${file}-wal`);
  if (sizeOf(file) === null) {
    if (logBytes !== null && logBytes > 0) {
      throw new StorageError(
        'damagedDatabase',
        `${file} is missing, and its write-ahead log ${file}-wal is there. Put the file back, restore a backup, or move the log away.`,
      );
    }
    return;
  }
  checkHeader(file);
  const before = SIDE_FILES.filter((side) => sizeOf(file + side) !== null);
  try {
    const sqlite = openSqlite(file, { readonly: true });
    try {
      reading(file, () => checkMigrations(sqlite, migrationsFolder));
      if ((sizeOf(file) ?? 0) <= LARGEST_CHECKED_AT_START) {
        const faults = reading(file, () => structuralFaults(sqlite, 'quick_check'));
        if (faults.length > 0) throw damaged(file, faults);
      }
    } finally {
      sqlite.close();
    }
  } catch (error) {
    // To read a database with a write-ahead log, SQLite makes an empty one where there is none.
    if (sizeOf(`${file}-wal`) === 0)
      for (const side of SIDE_FILES) if (!before.includes(side)) rmSync(file + side, { force: true });
    throw error;
  }
}

/**
 * Checks that a file says of itself that it is a Forecast Ledger, of the length that it has.
 * @throws StorageError `cannotOpen`, `foreignDatabase`, `damagedDatabase`
 */
export function checkHeader(file: string): void {
  const { size } = statSync(file);
  if (!statSync(file).isFile())
    throw new StorageError('cannotOpen', `${file} is not a file; a ledger's database is one.`);
  if (size === 0)
    throw new StorageError(
      'damagedDatabase',
      `${file} is empty (0 bytes), which no ledger is. Restore a backup, or move the file away to start a new ledger.`,
    );
  const header = Buffer.alloc(HEADER_BYTES);
  const descriptor = openSync(file, 'r');
  try {
    readSync(descriptor, header, 0, HEADER_BYTES, 0);
  } finally {
    closeSync(descriptor);
  }
  if (header.toString('latin1', 0, MAGIC.length) !== MAGIC)
    throw new StorageError(
      'foreignDatabase',
      `${file} is not an SQLite database, or its first bytes are damaged; it was left untouched.`,
    );
  const applicationId = header.readUInt32BE(68);
  if (applicationId !== APPLICATION_ID)
    throw new StorageError(
      'foreignDatabase',
      `${file} is a database of something else (application id ${applicationId}, a ledger's is ${APPLICATION_ID}); it was left untouched.`,
    );
  // The count of pages holds where the two change counters agree. With a log, the rest may still be in there.
  const stated = header.readUInt16BE(16);
  const pageBytes = stated === 1 ? 65_536 : stated;
  const counted = header.readUInt32BE(24) === header.readUInt32BE(92);
  const expected = header.readUInt32BE(28) * pageBytes;
  if (counted && (sizeOf(`${file}-wal`) ?? 0) === 0 && size < expected)
    throw damaged(file, [`it has ${size} bytes, its header says ${expected}: it is cut off`]);
}

/** What SQLite finds wrong with the structure of a database, the first few. `quick_check` leaves out the indexes. */
export function structuralFaults(
  sqlite: BetterSqlite3.Database,
  pragma: 'quick_check' | 'integrity_check',
): readonly string[] {
  const rows = sqlite.prepare<[], string>(`pragma ${pragma}(${MOST_FAULTS})`).pluck().all();
  return rows.length === 1 && rows[0] === 'ok' ? [] : rows.flatMap((row) => row.split('\n'));
}

const RULES: typeof LEDGER_RULES = [
  ...LEDGER_RULES,
  {
    sql: `select sequence from record_texts where sequence not in (select id from record_texts_index_docsize)
      union all select id from record_texts_index_docsize where id not in (select sequence from record_texts)`,
    fault: 'texts differ from the full-text index',
  },
];

/**
 * Everything that is wrong with a ledger: structure, references, revisions, search. Reads all of it. Empty where it is
 * sound. The connection may be read-only; where it is not, the full-text index is compared word by word as well.
 * @param pending migrations that it lacks; with any, what only this version's schema has is left out
 */
export function ledgerFaults(sqlite: BetterSqlite3.Database, pending: number): readonly string[] {
  try {
    const structural = structuralFaults(sqlite, 'integrity_check');
    if (structural.length > 0) return structural;
    const references = sqlite
      .prepare<[], { table: string; count: number }>(
        'select "table", count(*) as count from pragma_foreign_key_check group by "table"',
      )
      .all()
      .map(({ table, count }) => `${count} rows of ${table} refer to what does not exist`);
    if (pending > 0) return references;
    const rules = RULES.flatMap(({ sql, fault }) => {
      const count = sqlite.prepare<[], number>(`select count(*) from (${sql})`).pluck().get() ?? 0;
      return count === 0 ? [] : [`${count} ${fault}`];
    });
    if (!sqlite.readonly)
      sqlite.exec("insert into record_texts_index (record_texts_index, rank) values ('integrity-check', 1)");
    return [...references, ...rules];
  } catch (error) {
    if (!isSqliteError(error)) throw error;
    return [error.message];
  }
}

export function damaged(file: string, faults: readonly string[]): StorageError {
  const [first] = faults;
  const more = faults.length > 1 ? ` (and ${faults.length - 1} more)` : '';
  return new StorageError(
    'damagedDatabase',
    `${file} is damaged: ${first}${more}. It was left untouched; restore a backup.`,
  );
}

/** An error of SQLite's, whose code says which. */
export function isSqliteError(error: unknown): error is Error & { code: string } {
  return error instanceof Error && String((error as { code?: unknown }).code).startsWith('SQLITE_');
}

function reading<Result>(file: string, read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    if (!isSqliteError(error)) throw error;
    if (/^SQLITE_(?:CORRUPT|NOTADB|ERROR)/.test(error.code)) throw damaged(file, [error.message]);
    throw new StorageError('cannotOpen', `${file} cannot be read: ${error.message}.`, { cause: error });
  }
}
