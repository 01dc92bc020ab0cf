import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { covers } from '../../http/auth.ts';
import { Problem } from '../../http/message/problem.ts';
import { operation } from '../../http/openapi/openapi.ts';
import { flag } from '../../http/query/shared-schemas.ts';
import type { RouteContext } from '../../ledger/context.ts';
import { exportLines } from './lines.ts';

const ExportQuery = z.strictObject({
  texts: flag.default(false).meta({
    description: '`true`: with the texts of the documents, which are not public. Needs the scope `admin`.',
  }),
});

const EXPORT = operation({
  operationId: 'exportLedger',
  tag: 'Imports and exports',
  summary: 'The whole ledger, with its history',
  description:
    'NDJSON: a first line, the catalogue (`type` is `region`, `organisation`, `measure`, `scope`, `collection`, `source` or `sector`), every revision of every record in the order in which they were written (`revision`, with time, author and reason; tombstones have `deleted` 1), and a last line (`end`) with the number of all lines, without which it is cut off. `POST /v1/imports?restore=true` puts it back into a ledger in which nobody has written yet. Exchange rates, keys and jobs are not part of it.',
  querystring: ExportQuery,
  response: z.string(),
  mediaType: 'application/x-ndjson',
  responseDescription: 'The lines.',
  problems: ['keyRequired', 'keyScopeTooNarrow', 'tooManyStreams'],
});

export function registerExportRoutes(app: FastifyInstance, context: RouteContext): void {
  app.get('/v1/export', { config: { cacheable: false }, schema: EXPORT }, async (request, reply) => {
    const texts = (request.query as z.output<typeof ExportQuery>).texts;
    if (texts) await requireAdmin(context, request);
    return context.streams.send(request, reply, async ({ read, now }) => {
      reply
        .header('content-disposition', 'attachment; filename="ledger.ndjson"')
        .header('cache-control', 'no-store')
        .type('application/x-ndjson; charset=utf-8');
      return exportLines(read, { now: now(), texts });
    });
  });
}

async function requireAdmin(
  { authentication }: RouteContext,
  request: Parameters<RouteContext['authentication']['authorOf']>[0],
): Promise<void> {
  const author = await authentication.authorOf(request);
  if (author === null) {
    throw new Problem('keyRequired', 'The texts of documents need a key with the scope admin.', {
      headers: { 'www-authenticate': 'Bearer realm="Forecast Ledger", scope="admin"' },
    });
  }
  if (!covers(author.scope, 'admin'))
    throw new Problem(
      'keyScopeTooNarrow',
      `The key has the scope ${author.scope}; the texts of documents need admin.`,
    );
}
