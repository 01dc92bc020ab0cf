import { readFileSync } from 'node:fs';
import BetterSqlite3 from 'better-sqlite3';
import Fastify from 'fastify';
import pg from 'pg';
import type { Statement } from './statements.ts';

/*
 * What the service is measured against, as a program: a bare Fastify with no hooks, no log and no checks.
 *
 * - `/bytes/:n` sends the bytes of a file, as they are.
 * - `/sql?…` asks a ledger what the service asks it, with the query's values in their order, and sends the rows as JSON.
 */

/** What the program is given, as JSON in `REFERENCE`. */
export interface ReferencePlan {
  /** Files whose bytes are sent. */
  readonly files: readonly string[];
  /** A file of SQLite, or the URL of a database. */
  readonly ledger?: string;
  readonly statements?: readonly Statement[];
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
if (plan.ledger !== undefined && plan.statements !== undefined) {
  const statements = plan.statements;
  const begin = plan.ledger.includes('://') ? onPostgres(plan.ledger) : onSqlite(plan.ledger, statements);
  app.get('/sql', async (request, reply) => {
    const { rowsOf, end } = await begin();
    const values = Object.values(request.query as Record<string, string>);
    let sequences = '[]';
    let ids = '[]';
    const answer: unknown[] = [];
    for (const [place, { sql, parameters }] of statements.entries()) {
      const bound = parameters.map((parameter) => {
        if ('value' in parameter) return values[parameter.value];
        if ('list' in parameter) return parameter.list === 'ids' ? ids : sequences;
        return parameter.constant;
      });
      const rows = await rowsOf(place, sql, bound);
      if (sequences === '[]' && rows[0]?.sequence !== undefined)
        sequences = JSON.stringify(rows.slice(0, 100).map(({ sequence }) => sequence));
      else if (ids === '[]' && rows[0]?.source_id !== undefined)
        ids = JSON.stringify(rows.map(({ id }) => id));
      answer.push(rows);
    }
    end();
    reply.type('application/json; charset=utf-8').send(JSON.stringify(answer));
  });
}
await app.listen({ host: '127.0.0.1', port: Number(process.env.PORT) });
process.once('SIGTERM', () => process.exit());

type Rows = readonly Readonly<Record<string, unknown>>[];
/** Statements that one answer asks, by their place among all of an answer. */
interface Asking {
  readonly rowsOf: (place: number, sql: string, bound: readonly unknown[]) => Rows | Promise<Rows>;
  readonly end: () => void;
}

function onSqlite(file: string, statements: readonly Statement[]): () => Asking {
  const sqlite = new BetterSqlite3(file, { readonly: true });
  const prepared = statements.map(({ sql }) => sqlite.prepare<unknown[], Rows[number]>(sql));
  const rowsOf: Asking['rowsOf'] = (place, _, bound) => prepared[place]?.all(...bound) ?? [];
  return () => ({ rowsOf, end: () => undefined });
}

/** A pool of `pg` as it comes. What has values is prepared under a name; what has none may be several statements. */
function onPostgres(url: string): () => Promise<Asking> {
  const pool = new pg.Pool({ connectionString: url });
  return async () => {
    const client = await pool.connect();
    const rowsOf: Asking['rowsOf'] = async (place, text, values) => {
      if (values.length === 0) return (await client.query<Rows[number]>(text)).rows ?? [];
      return (await client.query<Rows[number]>({ name: `s${place}`, text, values: [...values] })).rows;
    };
    return { rowsOf, end: () => client.release() };
  };
}
