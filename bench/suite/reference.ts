import { readFileSync } from 'node:fs';
import BetterSqlite3 from 'better-sqlite3';
import Fastify from 'fastify';
import pg from 'pg';
import { pageStatement } from './statements.ts';

/*
 * What the service is measured against, as a program: a bare Fastify with no hooks, no log and no checks.
 *
 * - `/bytes/:n` sends the bytes of a file, as they are.
 * - `/sql?…` asks a ledger for a page of its rows, between the two days of the query, and sends them as JSON.
 */

/** What the program is given, as JSON in `REFERENCE`. */
export interface ReferencePlan {
  /** Files whose bytes are sent. */
  readonly files: readonly string[];
  /** A file of SQLite, or the URL of a database. */
  readonly ledger?: string;
}

const plan = JSON.parse(process.env.REFERENCE ?? '{}') as ReferencePlan;
const app = Fastify();
app.get('/ready', () => 'ready');
for (const [number, file] of plan.files.entries()) {
  const bytes = readFileSync(file);
  app.get(`/bytes/${number}`, (_request, reply) => {
    reply.type('application/json; charset=utf-8').send(bytes);
  });
}
if (plan.ledger !== undefined) {
  const rowsOf = plan.ledger.includes('://') ? onPostgres(plan.ledger) : onSqlite(plan.ledger);
  app.get('/sql', async (request, reply) => {
    const rows = await rowsOf(Object.values(request.query as Record<string, string>));
    reply.type('application/json; charset=utf-8').send(JSON.stringify(rows));
  });
}
await app.listen({ host: '127.0.0.1', port: Number(process.env.PORT) });
process.once('SIGTERM', () => process.exit());

type RowsOf = (days: readonly string[]) => readonly unknown[] | Promise<readonly unknown[]>;

function onSqlite(file: string): RowsOf {
  const page = new BetterSqlite3(file, { readonly: true }).prepare(pageStatement(() => '?'));
  return (days) => page.all(...days);
}

/** A pool of `pg` as it comes, with a prepared statement. */
function onPostgres(url: string): RowsOf {
  const pool = new pg.Pool({ connectionString: url });
  const text = pageStatement((number) => `$${number}`);
  return async (days) => (await pool.query({ name: 'page', text, values: [...days] })).rows;
}
