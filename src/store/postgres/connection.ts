import { createRequire } from 'node:module';
import type * as PgProxy from 'drizzle-orm/pg-proxy';
import type { SQLiteTable } from 'drizzle-orm/sqlite-core';
import { LRUCache } from 'lru-cache';
import type Pg from 'pg';
import type { Bound, Preparable } from '../query.ts';
import { fillPlaceholders, getTableColumns, getTableName } from '../query.ts';
import { connectionOf } from '../snapshot.ts';
import type { Reader, Writer } from '../store.ts';
import { telling } from './client.ts';
import { DIALECT } from './dialect.ts';
import { FULL_TEXT } from './full-text.ts';

const require = createRequire(import.meta.url);
const { drizzle } = require('drizzle-orm/pg-proxy') as typeof PgProxy;

/** Queries of users have many shapes; those not asked for lately are compiled again. */
const MOST_SHAPES = 500;
/** A query that has been asked so often is prepared on the server, which keeps its plan on each connection. */
const PREPARED_AFTER = 3;

interface Compiled {
  readonly text: string;
  readonly params: unknown[];
  /** Among all statements of this process: a name stands for one text. */
  readonly name: string;
  asked: number;
}

/** What was compiled on any connection of a store. */
export class CompiledQueries {
  readonly #shapes = new LRUCache<string, Compiled>({ max: MOST_SHAPES });
  #named = 0;

  of(shape: string, build: () => Preparable): Compiled {
    let compiled = this.#shapes.get(shape);
    if (compiled === undefined) {
      const { sql, params } = build().toSQL();
      this.#named += 1;
      compiled = { text: sql, params, name: `q${this.#named}`, asked: 0 };
      this.#shapes.set(shape, compiled);
    }
    compiled.asked += 1;
    return compiled;
  }
}

/** A connection to the database; what is asked of it is asked one after the other. */
export class Connection {
  readonly client: Pg.ClientBase;
  readonly reader: Reader;
  readonly writer: Writer;
  #last: Promise<unknown> = Promise.resolve();

  constructor(client: Pg.ClientBase, compiled: CompiledQueries) {
    this.client = client;
    // The tables are SQLite's objects; the builder asks of them no more than names and values, and the SQL is PostgreSQL's.
    const database = drizzle(async (text, values, method) =>
      method === 'all'
        ? { rows: await this.rows(text, values) }
        : { rows: await this.#objects(text, values) },
    );
    ({ reader: this.reader, writer: this.writer } = connectionOf(database, {
      rows: (shape, build, bound) => this.#built(compiled, shape, build, bound),
      insertRows: (table, rows) => this.#insertRows(table, rows),
      dialect: DIALECT,
      search: FULL_TEXT,
    }));
  }

  /**
   * Runs statements that take no values; the rows of the last, by column.
   * @param timeoutMs how long to wait for the server; without it, for as long as the connection holds
   */
  async run(statements: string, timeoutMs = 0): Promise<readonly Readonly<Record<string, unknown>>[]> {
    const query = { text: statements, query_timeout: timeoutMs };
    const results = (await this.#inTurn(() => this.client.query(query))) as unknown as
      | Pg.QueryResult
      | Pg.QueryResult[];
    return (Array.isArray(results) ? results.at(-1) : results)?.rows ?? [];
  }

  /** @param name of a statement that stays prepared */
  async rows(text: string, values: unknown[], name?: string): Promise<unknown[][]> {
    const query = { text, values, rowMode: 'array', ...(name === undefined ? {} : { name }) } as const;
    return (await this.#inTurn(() => this.client.query<unknown[]>(query))).rows;
  }

  async #objects(text: string, values: unknown[]): Promise<unknown[]> {
    return (await this.#inTurn(() => this.client.query({ text, values }))).rows;
  }

  #built(
    compiled: CompiledQueries,
    shape: string | null,
    build: () => Preparable,
    bound: Bound,
  ): Promise<unknown[][]> {
    if (shape === null) {
      const { sql, params } = build().toSQL();
      return this.rows(sql, fillPlaceholders(params, bound));
    }
    const { text, params, name, asked } = compiled.of(shape, build);
    return this.rows(text, fillPlaceholders(params, bound), asked > PREPARED_AFTER ? name : undefined);
  }

  /** The rows are one value: measured with a record's 39 columns, a fifth of the time of as many parameters. */
  async #insertRows(table: SQLiteTable, rows: readonly Readonly<Record<string, unknown>>[]): Promise<void> {
    const [first] = rows;
    if (first === undefined) return;
    const columns = Object.entries(getTableColumns(table)).filter(([key]) => key in first);
    const names = columns.map(([, { name }]) => `"${name}"`).join(', ');
    const into = `"${getTableName(table)}"`;
    const text = `insert into ${into} (${names}) select ${names} from json_populate_recordset(null::${into}, $1)`;
    const values = rows.map((row) => Object.fromEntries(columns.map(([key, { name }]) => [name, row[key]])));
    await this.#objects(text, [JSON.stringify(values)]);
  }

  /** Of a connection that is in no pool. */
  async close(): Promise<void> {
    await (this.client as Pg.Client).end();
  }

  /** Of a connection whose server may not answer. */
  destroy(): void {
    (
      this.client as unknown as { connection: { stream: { destroy: () => void } } }
    ).connection.stream.destroy();
  }

  #inTurn<Result>(ask: () => Promise<Result>): Promise<Result> {
    const asked = this.#last.then(ask);
    this.#last = asked.catch(() => undefined);
    return telling(asked);
  }
}
