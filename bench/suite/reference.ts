import { readFileSync } from 'node:fs';
import BetterSqlite3 from 'better-sqlite3';
import Fastify from 'fastify';
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
  const sqlite = new BetterSqlite3(plan.ledger, { readonly: true });
  const statements = plan.statements.map(({ sql, parameters }) => ({
    prepared: sqlite.prepare(sql),
    parameters,
  }));
  app.get('/sql', (request, reply) => {
    const values = Object.values(request.query as Record<string, string>);
    let sequences = '[]';
    let ids = '[]';
    const answer: unknown[] = [];
    for (const { prepared, parameters } of statements) {
      const bound = parameters.map((parameter) => {
        if ('value' in parameter) return values[parameter.value];
        if ('list' in parameter) return parameter.list === 'ids' ? ids : sequences;
        return parameter.constant;
      });
      const rows = prepared.all(...bound) as Record<string, unknown>[];
      if (sequences === '[]' && rows[0]?.sequence !== undefined)
        sequences = JSON.stringify(rows.slice(0, 100).map(({ sequence }) => sequence));
      else if (ids === '[]' && rows[0]?.source_id !== undefined)
        ids = JSON.stringify(rows.map(({ id }) => id));
      answer.push(rows);
    }
    reply.type('application/json; charset=utf-8').send(JSON.stringify(answer));
  });
}
await app.listen({ host: '127.0.0.1', port: Number(process.env.PORT) });
process.once('SIGTERM', () => process.exit());
