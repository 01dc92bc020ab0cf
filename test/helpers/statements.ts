import type BetterSqlite3 from 'better-sqlite3';
import type { Test } from 'tap';
import { openSqlite } from '../../src/store/sqlite/database.ts';
import type { SqliteStore } from '../../src/store/sqlite/store.ts';
import type { Store } from '../../src/store/store.ts';
import { onPostgres } from './postgres.ts';

export interface Statements {
  /** Each statement that was run, with the parameters of its first run. */
  readonly ran: Map<string, readonly unknown[]>;
  /** How many queries were run; the look at the version, which has one value, is none. */
  readonly queries: () => number;
  /** How often a statement was run. */
  readonly runs: (source: string) => number;
}

const METHODS = ['all', 'get', 'iterate', 'run'] as const;
type Method = (this: BetterSqlite3.Statement, ...parameters: unknown[]) => unknown;

/** Notes what all connections of this process run, until the test ends. */
export function watchStatements(t: Pick<Test, 'after'>): Statements {
  const ran = new Map<string, readonly unknown[]>();
  const runs = new Map<string, number>();
  let queries = 0;
  const sqlite = openSqlite(':memory:');
  const prototype = Object.getPrototypeOf(sqlite.prepare('select 1')) as Record<string, Method>;
  sqlite.close();
  for (const name of METHODS) {
    const method = prototype[name] as Method;
    prototype[name] = function noted(...parameters) {
      if (name === 'all') queries += 1;
      runs.set(this.source, (runs.get(this.source) ?? 0) + 1);
      if (!ran.has(this.source)) ran.set(this.source, parameters);
      return method.apply(this, parameters);
    };
    t.after(() => {
      prototype[name] = method;
    });
  }
  return { ran, queries: () => queries, runs: (source) => runs.get(source) ?? 0 };
}

/** SQLite's plan for a statement, a step each. */
export function planOf(
  sqlite: BetterSqlite3.Database,
  source: string,
  parameters: readonly unknown[],
): readonly string[] {
  return sqlite
    .prepare<unknown[], { detail: string }>(`explain query plan ${source}`)
    .all(...parameters)
    .map(({ detail }) => detail);
}

/** Runs a statement behind a store's back, on either engine. */
export async function execute(store: Store, statement: string): Promise<void> {
  if (store.engine === 'sqlite') sqliteOf(store).exec(statement);
  else await onPostgres(store.location, (client) => client.query(statement));
}

/** The connection that a store writes on, for what no user of the port can do: to damage it, or to look behind it. */
export function sqliteOf(store: Store): BetterSqlite3.Database {
  return (store as SqliteStore).writing.sqlite;
}
