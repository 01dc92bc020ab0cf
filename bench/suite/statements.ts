import BetterSqlite3 from 'better-sqlite3';
import pg from 'pg';
import { buildApp } from '../../src/app.ts';
import { parseConfig } from '../../src/config.ts';
import { openLedger } from '../../src/transfer/open-ledger.ts';

/*
 * What the service asks its database for an answer: taken down as it asks, so that a reference can ask the same.
 */

/** A statement, and what stands for each of its parameters. */
export interface Statement {
  readonly sql: string;
  readonly parameters: readonly Parameter[];
}

/**
 * A parameter: one of the query's own values, by its place; the sequences or the ids of the records found before, as a JSON
 * list; or the value that it always has.
 */
export type Parameter =
  | { readonly value: number }
  | { readonly list: 'sequences' | 'ids' }
  | { readonly constant: unknown };

/**
 * The statements of one request, in their order.
 * @param location the ledger's
 * @param path the request
 * @param values the values in the request which differ between requests
 */
export async function statementsOf(
  location: string,
  path: string,
  values: readonly string[],
): Promise<readonly Statement[]> {
  const statements: Statement[] = [];
  const parameterOf = (constant: unknown): Parameter => {
    const value = values.indexOf(String(constant));
    if (value >= 0) return { value };
    if (typeof constant === 'string' && constant.startsWith('[')) {
      return { list: typeof (JSON.parse(constant) as unknown[])[0] === 'number' ? 'sequences' : 'ids' };
    }
    return { constant };
  };
  if (location.includes('://')) {
    const { query } = pg.Client.prototype as unknown as { query: (...given: unknown[]) => unknown };
    Object.assign(pg.Client.prototype, {
      query(this: pg.Client, ...given: unknown[]) {
        const { text, values, name } = given[0] as { text?: string; values?: unknown[]; name?: string };
        // The version is asked for beside the answer, for all answers at once.
        if (text !== undefined && name !== 'version')
          statements.push({ sql: text, parameters: (values ?? []).map(parameterOf) });
        return query.apply(this, given);
      },
    });
    try {
      return await taken(location, path, statements);
    } finally {
      Object.assign(pg.Client.prototype, { query });
    }
  }
  // An answer reads from a connection of its own, which is opened for it: so every connection is listened to.
  const { prepare } = BetterSqlite3.prototype;
  BetterSqlite3.prototype.prepare = function (this: BetterSqlite3.Database, sql: string) {
    const statement = prepare.call(this, sql);
    for (const method of ['all', 'get'] as const) {
      const own = statement[method].bind(statement) as (...parameters: unknown[]) => unknown;
      statement[method] = ((...parameters: unknown[]) => {
        statements.push({ sql, parameters: parameters.map(parameterOf) });
        return own(...parameters);
      }) as typeof statement.all;
    }
    return statement;
  } as typeof prepare;
  try {
    return await taken(location, path, statements);
  } finally {
    BetterSqlite3.prototype.prepare = prepare;
  }
}

/** The statements that one request adds to those that are noted. */
async function taken(location: string, path: string, noted: Statement[]): Promise<readonly Statement[]> {
  const { store } = await openLedger(location);
  const app = await buildApp({ config: parseConfig({ CACHE_BYTES: '0' }), store });
  noted.length = 0;
  const { statusCode } = await app.inject({ url: path });
  const own = [...noted];
  await app.close();
  await store.close();
  if (statusCode !== 200) throw new Error(`${path} answered ${statusCode}`);
  return own;
}
