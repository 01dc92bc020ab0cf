import { createHash, randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { authorOf, covers, requireKey } from '../../http/auth.ts';
import type { WriteAnswer } from '../../http/idempotency.ts';
import { decideOnce, TRIED, whileClaimed } from '../../http/idempotency.ts';
import { Problem, recordNotFound } from '../../http/message/problem.ts';
import { operation } from '../../http/openapi/openapi.ts';
import { DEFAULT_LIMIT, nextPage, readCursor } from '../../http/query/paging.ts';
import type { RouteContext } from '../../ledger/context.ts';
import { FORECAST_EXAMPLE } from '../../ledger/records/kinds.ts';
import type { Transaction } from '../../store/store.ts';
import { IMPORT_COLUMNS, importTemplate } from './columns.ts';
import type { ImportJob, ImportOrder } from './job.ts';
import { createJob, findJob, JOB_ORDER, listJobs } from './job.ts';
import type { ImportFormat } from './read.ts';
import { ImportColumnList, ImportJobAnswer, ImportList, ImportQuery, ImportsQuery } from './schemas.ts';
import type { ImportService } from './service.ts';
import { createImportService } from './service.ts';

const FORMAT_OF: Readonly<Record<string, ImportFormat>> = {
  'text/csv': 'csv',
  'text/tab-separated-values': 'csv',
  'application/x-ndjson': 'ndjson',
  'application/ndjson': 'ndjson',
  'application/jsonl': 'ndjson',
  'application/json': 'json',
};

const JobParams = z.strictObject({
  id: z
    .uuid('the id of an import, such as 00000000-0000-4000-8000-000000000000')
    .meta({ description: 'Of the import: the end of its `Location`.' }),
});

const TAG = 'Imports and exports';

const ADD_IMPORT = operation({
  operationId: 'addImport',
  tag: TAG,
  summary: 'Bring many records at once',
  description:
    'A file of forecasts and outcomes: CSV with the columns of `/v1/imports/columns`, which are those of a downloaded list; NDJSON or a JSON array of records as `POST /v1/forecasts` takes them, or as a list shows them (`kind` says which; forecast where it is left out). In NDJSON and JSON, a row with a `type` (`source`, `organisation`, `collection`, `sector`, `measure`, `scope`, `region`) adds to the catalogue, before the rows that refer to it. The file is received, then read and checked row by row beside everything else the service does, and published in one transaction: all rows or none, unless `onError=skip`. A record that exists gets a new revision where the row differs from it; the same file twice adds nothing. Follow `Location` to its end.',
  querystring: ImportQuery,
  body: z.unknown().meta({ description: 'The file, as it is.' }),
  example: TRIED,
  // A record that is accepted on the seeded data.
  bodyExample: [{ kind: 'forecast', id: 'example-imported-forecast', ...FORECAST_EXAMPLE }],
  consumes: ['text/csv', 'application/x-ndjson', 'application/json'],
  response: ImportJobAnswer,
  status: 202,
  location: true,
  responseDescription: 'Received; it is under way.',
  key: 'write',
  idempotent: true,
  problems: ['tooManyImports'],
});

const GET_IMPORT = operation({
  operationId: 'getImport',
  tag: TAG,
  summary: 'How an import is getting on, or how it ended',
  params: JobParams,
  response: ImportJobAnswer,
  responseDescription: 'The import, with its errors.',
  example: { id: '00000000-0000-4000-8000-000000000000' },
  problems: ['recordNotFound'],
});

const LIST_IMPORTS = operation({
  operationId: 'listImports',
  tag: TAG,
  summary: 'The imports that were sent with this key',
  description:
    'Those of other keys of the same name are among them, as a key that has ended is followed by one.',
  querystring: ImportsQuery,
  response: ImportList,
  responseDescription: 'A page of imports, the newest first.',
  example: { limit: '10' },
  key: 'read',
});

const LIST_COLUMNS = operation({
  operationId: 'listImportColumns',
  tag: TAG,
  summary: 'The columns of a file of records',
  description:
    'The columns of a CSV that an import reads: those of a downloaded list. What the ledger computes (names of ids, `revision`, `recordedAt`, conversions) may stand in the file and is not read; what follows from the source (`publishedOn`, `evidenceUrl`, `evidenceDocumentSha256`) may be empty, and must agree with it otherwise.',
  response: ImportColumnList,
  responseDescription: 'The columns, in the order of the template.',
});

const GET_TEMPLATE = operation({
  operationId: 'getImportTemplate',
  tag: TAG,
  summary: 'A CSV to begin with',
  description: 'Every column, and one row that shows them.',
  response: z.string(),
  mediaType: 'text/csv',
  responseDescription: 'The template.',
});

/** @param limits `IMPORT_LIMIT_BYTES`: longest file in bytes */
export async function registerImportRoutes(
  app: FastifyInstance,
  context: RouteContext,
  { IMPORT_LIMIT_BYTES: limitBytes }: { readonly IMPORT_LIMIT_BYTES: number },
): Promise<void> {
  const service = createImportService(context.store, { now: context.now, log: app.log });
  app.addHook('preClose', () => service.close());
  await app.register(async (scope) => {
    // The body is taken as it comes, whatever it is: it goes to a file, never whole into memory.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
    scope.post(
      '/v1/imports',
      { onRequest: requireKey(context, 'write'), schema: ADD_IMPORT },
      (request, reply) => addImport({ context, service, limitBytes }, request, reply),
    );
  });
  // A job goes on without a change of the ledger.
  app.get('/v1/imports/:id', { config: { cacheable: false }, schema: GET_IMPORT }, async (request, reply) => {
    const { id } = request.params as z.output<typeof JobParams>;
    const job = await context.store.snapshot((read) => findJob(read, id));
    if (job === undefined) throw recordNotFound('import', id, undefined);
    return reply
      .header('cache-control', 'no-store')
      .send({ data: shownJob(job, service.rowsPublishedOf(id)) });
  });
  app.get(
    '/v1/imports',
    { config: { cacheable: false }, onRequest: requireKey(context, 'read'), schema: LIST_IMPORTS },
    async (request, reply) => {
      const { limit = DEFAULT_LIMIT, cursor, count } = request.query as ImportsQuery;
      const page = {
        sort: JOB_ORDER,
        after: readCursor(request, cursor, JOB_ORDER.length),
        limit,
        count: count === 'exact',
      };
      const { name } = authorOf(request);
      const { found, version } = await context.store.snapshot(async (read) => ({
        found: await listJobs(read, name, page),
        version: read.version,
      }));
      const next = nextPage(request, context.originOf(request), found);
      return reply.header('cache-control', 'no-store').send({
        data: found.records.map((job) => {
          const {
            errors: _,
            filledIn: __,
            unverified: ___,
            ...summary
          } = shownJob(job, service.rowsPublishedOf(job.id));
          return summary;
        }),
        page: { limit, nextCursor: next.cursor, nextUrl: next.url },
        meta: { datasetVersion: version, count: found.count },
      });
    },
  );
  app.get('/v1/imports/columns', { schema: LIST_COLUMNS }, async () => ({
    data: IMPORT_COLUMNS.map(({ path, ...column }) => ({ ...column, field: path.join('.') })),
  }));
  app.get('/v1/imports/template.csv', { schema: GET_TEMPLATE }, async (_request, reply) =>
    reply
      .type('text/csv; charset=utf-8')
      .header('content-disposition', 'attachment; filename="import.csv"')
      .serializer(String)
      .send(importTemplate()),
  );
}

/** Receives a file, records its job, and answers; the import itself goes on. */
async function addImport(
  {
    context,
    service,
    limitBytes,
  }: { readonly context: RouteContext; readonly service: ImportService; readonly limitBytes: number },
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const order = { id: randomUUID(), ...orderOf(request) };
  if (Number(request.headers['content-length'] ?? 0) > limitBytes) throw tooLarge(limitBytes);
  const answer = await whileClaimed(context, request, () =>
    service.accept(order.id, async () => {
      const { bytes, sha256 } = await receive(request.body as Readable, limitBytes, (file) =>
        context.store.scratch.write(order.id, file),
      );
      const received: ImportOrder = { ...order, bytesTotal: bytes };
      // The request may have been answered before.
      let isNew = false;
      const record = async (transaction: Transaction): Promise<WriteAnswer> => {
        const job = await createJob(transaction, received, context.now());
        isNew = true;
        const location = `${context.originOf(request)}/v1/imports/${order.id}`;
        return { status: 202, headers: { location }, body: { data: shownJob(job) } };
      };
      const decided = await decideOnce(context, request, record, { bodySha256: sha256 });
      return { isNew, decided };
    }),
  );
  return answer(reply);
}

/** What a request asks for. @throws Problem `keyScopeTooNarrow`, `unsupportedMediaType` */
function orderOf(request: FastifyRequest): Omit<ImportOrder, 'id' | 'bytesTotal'> {
  const query = request.query as ImportQuery;
  const { dryRun, onError, allowDuplicate, reason, restore } = query;
  const format = formatOf(request, query);
  const { scope, name: author } = authorOf(request);
  if (restore && !covers(scope, 'admin')) {
    throw new Problem(
      'keyScopeTooNarrow',
      `The key ${JSON.stringify(author)} has the scope ${scope}; putting a history back needs admin.`,
    );
  }
  return { format, dryRun, onError, allowDuplicate, restore, author, reason };
}

function formatOf(request: FastifyRequest, { format }: ImportQuery): ImportFormat {
  const encoding = request.headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity')
    throw new Problem('unsupportedMediaType', `A file is taken as it is, not as ${encoding}.`);
  if (format !== undefined) return format;
  const mediaType = (request.headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
  const known = FORMAT_OF[mediaType];
  if (known !== undefined) return known;
  throw new Problem(
    'unsupportedMediaType',
    `Content-Type is ${mediaType === '' ? 'missing' : mediaType}; it must be ${Object.keys(FORMAT_OF).join(', ')}, or the query must have \`format\`.`,
  );
}

function tooLarge(limit: number): Problem {
  const message = `The file is larger than the ${limit} bytes that the service takes.`;
  // The rest of it is not read.
  return new Problem('contentTooLarge', message, { headers: { connection: 'close' } });
}

/** Takes a file in, and says how long it is. @throws Problem `malformedRequest`, `contentTooLarge`; what `write` throws */
async function receive(
  body: Readable | undefined,
  limit: number,
  write: (file: AsyncIterable<Uint8Array>) => Promise<void>,
): Promise<{ readonly bytes: number; readonly sha256: string }> {
  if (body === undefined)
    throw new Problem('malformedRequest', 'The request has no body: the file is missing.');
  const digest = createHash('sha256');
  let bytes = 0;
  async function* counted(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      bytes += chunk.byteLength;
      if (bytes > limit) throw tooLarge(limit);
      digest.update(chunk);
      yield chunk;
    }
  }
  await write(counted(body));
  return { bytes, sha256: digest.digest('hex') };
}

/** An import as it is shown. @param rowsPublished while it is published, where that is known */
function shownJob(
  job: ImportJob,
  rowsPublished = job.status === 'published' ? job.rowsRead - job.rowsInvalid : 0,
): ImportJobAnswer['data'] {
  const { bytesTotal, bytesRead, rowsRead, rowsInvalid, ...shown } = job;
  return { ...shown, progress: { bytesTotal, bytesRead, rowsRead, rowsInvalid, rowsPublished } };
}
