import { createRequire } from 'node:module';
import type BetterSqlite3 from 'better-sqlite3';
import type * as Driver from 'drizzle-orm/better-sqlite3';
import type { SQLiteTable } from 'drizzle-orm/sqlite-core';
import { LRUCache } from 'lru-cache';
import { EMPTY_DATASET_VERSION } from '../ledger-state.ts';
import type { Bound, Preparable } from '../query.ts';
import { fillPlaceholders, getTableName, sql } from '../query.ts';
import { connectionOf } from '../snapshot.ts';
import type { DatasetVersion, Reader, Writer } from '../store.ts';
import { DIALECT } from './dialect.ts';
import { FULL_TEXT } from './full-text.ts';

/** The query builder on a connection; loaded as `store/query.ts` loads the rest. */
const { drizzle } = createRequire(import.meta.url)('drizzle-orm/better-sqlite3') as typeof Driver;

type Prepared = {
  readonly statement: BetterSqlite3.Statement<unknown[], unknown[]>;
  readonly params: unknown[];
};
type PreparedInsert = { run(row: Record<string, unknown>): unknown };

/** Queries of users have many shapes; those not asked for lately are compiled again. */
const MOST_SHAPES = 500;

/** SQLite would store it; other engines do not, nor does any tool read past it. */
function refuseNul(query: string, parameters: readonly unknown[]): void {
  if (
    /^(?:insert|update)/.test(query) &&
    parameters.some((value) => typeof value === 'string' && value.includes('\0'))
  )
    throw new Error('a text with U+0000 is not stored');
}

/** A connection to a ledger's file, with the statements that were compiled on it. */
export class Connection {
  readonly sqlite: BetterSqlite3.Database;
  readonly database: Driver.BetterSQLite3Database;
  /** Queries that read. SQLite answers at once what the port awaits: the builder is the same under both types. */
  readonly reader: Reader;
  readonly writer: Writer;
  readonly #rows = new LRUCache<string, Prepared>({ max: MOST_SHAPES });
  readonly #inserts = new Map<string, PreparedInsert>();
  readonly #statements = new Map<string, BetterSqlite3.Statement>();
  #version: BetterSqlite3.Statement<[], string> | undefined;

  constructor(sqlite: BetterSqlite3.Database) {
    this.sqlite = sqlite;
    this.database = drizzle(sqlite, { logger: { logQuery: refuseNul } });
    ({ reader: this.reader, writer: this.writer } = connectionOf(this.database, {
      rows: async (shape, build, bound) => this.rows(shape, build, bound),
      insertRows: async (table, rows) => this.insertRows(table, rows),
      dialect: DIALECT,
      search: FULL_TEXT,
    }));
  }

  /** `begin`, `commit` and the like, compiled once. */
  run(statement: 'begin' | 'begin immediate' | 'commit' | 'rollback'): void {
    let prepared = this.#statements.get(statement);
    if (prepared === undefined) {
      prepared = this.sqlite.prepare(statement);
      this.#statements.set(statement, prepared);
    }
    prepared.run();
  }

  datasetVersion(): DatasetVersion {
    this.#version ??= this.sqlite
      .prepare<[], string>("select value from ledger_state where key = 'datasetVersion'")
      .pluck();
    return this.#version.get() ?? EMPTY_DATASET_VERSION;
  }

  rows(shape: string | null, build: () => Preparable, bound: Bound): unknown[][] {
    let prepared = shape === null ? undefined : this.#rows.get(shape);
    if (prepared === undefined) {
      const { sql, params } = build().toSQL();
      prepared = { statement: this.sqlite.prepare<unknown[], unknown[]>(sql).raw(), params };
      if (shape !== null) this.#rows.set(shape, prepared);
    }
    return prepared.statement.all(...fillPlaceholders(prepared.params, bound));
  }

  /** Measured with a record's 39 columns: 37 µs a row, and 90 where a statement of 100 rows is built each time. */
  insertRows(table: SQLiteTable, rows: readonly Readonly<Record<string, unknown>>[]): void {
    const names = Object.keys(rows[0] ?? {});
    const shape = [getTableName(table), ...names].join(' ');
    let statement = this.#inserts.get(shape);
    if (statement === undefined) {
      statement = this.database
        .insert(table)
        .values(Object.fromEntries(names.map((name) => [name, sql.placeholder(name)])))
        .prepare();
      this.#inserts.set(shape, statement);
    }
    for (const row of rows) statement.run(row);
  }

  close(): void {
    this.sqlite.close();
  }
}
