import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { authorOf, requireKey } from '../../http/auth.ts';
import type { WriteAnswer } from '../../http/idempotency.ts';
import { answerOnce } from '../../http/idempotency.ts';
import { requireMatch, revisionTag } from '../../http/message/preconditions.ts';
import { InvalidRecord, idTaken, recordDeleted, recordNotFound } from '../../http/message/problem.ts';
import { didYouMean } from '../../http/message/suggestion.ts';
import type { Operation } from '../../http/openapi/openapi.ts';
import { operation } from '../../http/openapi/openapi.ts';
import { advanceDatasetVersion, datasetVersionNow } from '../../store/ledger-state.ts';
import { recordingTime } from '../../store/recording-time.ts';
import type { Writer } from '../../store/sqlite/storage.ts';
import type { RecordKind } from '../../store/tables/schema.ts';
import { IdParams } from '../catalogue/resource.ts';
import type { RouteContext } from '../context.ts';
import type { StoredConversion } from './record.ts';
import { createSubmissionChecker, idsBeginningAlike } from './recording.ts';
import type { SubmittedRecord } from './submissions.ts';
import { AddQuery, ChangeQuery, RecordReceipt } from './write-schemas.ts';
import type { NewestRevision, Recording } from './writes.ts';
import { newestRevision, saysTheSame, writeRevision, writeTombstone } from './writes.ts';

/** How records of a kind are handed in. */
export interface WrittenKind<Submitted extends { readonly id: string }> {
  readonly kind: RecordKind;
  /** `/v1/forecasts`. */
  readonly path: string;
  readonly tag: Operation['tag'];
  /** For operation names: `Forecast`. */
  readonly name: string;
  readonly submitted: z.ZodType<Submitted>;
  readonly revised: z.ZodType<Omit<Submitted, 'id'> & { readonly id?: string | undefined }>;
  /** Under the names that all records share. */
  readonly toRecord: (submitted: Submitted) => SubmittedRecord;
  /** A submission that is accepted on the seeded data, and an id with a revision of it that is. */
  readonly example: { readonly added: object; readonly id: string; readonly revised: object };
}

/** `POST` of a record, and `PUT` and `DELETE` of one: each checks and writes in one immediate transaction. */
export function registerRecordWrites<Submitted extends { readonly id: string }>(
  app: FastifyInstance,
  context: RouteContext,
  { kind, path, tag, name, submitted, revised, toRecord, example }: WrittenKind<Submitted>,
): void {
  const { storage } = context;
  const shared = { tag, key: 'write', idempotent: true, response: RecordReceipt, etag: true } as const;
  const onRequest = requireKey(context, 'write');

  app.post(
    path,
    {
      onRequest,
      schema: operation({
        ...shared,
        operationId: `add${name}`,
        summary: `Add ${article(kind)} ${kind}`,
        description:
          'Ids that do not exist are refused with a suggestion, each field by its path. The evidence’s `status` is the ledger’s to say: where the source’s text is held, the phrase must stand in it, at the place given or, without one, exactly once, and must state the amount (`located`); where it is not, `parsed` if the phrase states the amount, else `unverified`.',
        querystring: AddQuery,
        body: submitted,
        bodyExample: example.added,
        status: 201,
        location: true,
        responseDescription: 'Added, as revision 1.',
        problems: ['idTaken', 'invalidRecord'],
      }),
    },
    (request, reply) =>
      answerOnce(context, request, reply, (write) => {
        const record = toRecord(request.body as Submitted);
        const { reason } = request.query as z.output<typeof AddQuery>;
        const taken = newestRevision(storage, record.id);
        if (taken !== undefined)
          throw idTaken(`${article(taken.kind)} ${taken.kind}`, record.id, taken.deleted !== 0);
        const content = createSubmissionChecker(storage).check(record);
        const recording = recordingOf(request, reason);
        writeRevision(storage, undefined, content, recording);
        return {
          ...written(write, record.id, { reason, content }),
          status: 201,
          headers: {
            ...tagHeader(record.id, 1),
            location: `${context.originOf(request)}${path}/${record.id}`,
          },
        };
      }),
  );

  app.put(
    `${path}/:id`,
    {
      onRequest,
      schema: operation({
        ...shared,
        operationId: `revise${name}`,
        summary: `Correct ${article(kind)} ${kind}`,
        description:
          'Writes a new revision; the earlier ones stay. The body is the whole record, as for `POST`. `If-Match` names the revision that is corrected: of two clients that correct the same one, one gets 412. A body that says what the record says already writes nothing. Where the text is not held, words that an earlier revision has `located` stay so.',
        params: IdParams,
        querystring: ChangeQuery,
        body: revised,
        bodyExample: example.revised,
        example: { id: example.id, reason: 'The page was read again' },
        ifMatch: true,
        responseDescription: 'Corrected, or as it was (`changed` is false).',
        problems: CHANGE_PROBLEMS,
      }),
    },
    (request, reply) =>
      answerOnce(context, request, reply, (write) => {
        const newest = requireCurrent(request);
        const { reason } = request.query as z.output<typeof ChangeQuery>;
        const body = request.body as Omit<Submitted, 'id'> & { readonly id?: string };
        if (body.id !== undefined && body.id !== newest.id) throw idDisagrees(newest.id);
        const record = toRecord({ ...body, id: newest.id } as unknown as Submitted);
        const content = createSubmissionChecker(storage).check(record, newest);
        if (saysTheSame(storage, newest, content)) {
          return {
            status: 200,
            headers: tagHeader(newest.id, newest.revision),
            body: receipt(newest, false, datasetVersionNow(write)),
          };
        }
        const revision = writeRevision(storage, newest, content, recordingOf(request, reason));
        return {
          ...written(write, newest.id, { reason, content }),
          headers: tagHeader(newest.id, revision),
        };
      }),
  );

  app.delete(
    `${path}/:id`,
    {
      onRequest,
      schema: operation({
        ...shared,
        etag: false,
        operationId: `delete${name}`,
        summary: `Delete ${article(kind)} ${kind}`,
        description:
          'Writes a tombstone with its reason: the record answers 410 from now on, its history stays, and its id is not given again. `If-Match` names the revision that is deleted.',
        params: IdParams,
        querystring: ChangeQuery,
        example: { id: example.id, reason: 'Recorded twice' },
        ifMatch: true,
        responseDescription: 'Deleted.',
        problems: CHANGE_PROBLEMS.filter((code) => code !== 'invalidRecord'),
      }),
    },
    (request, reply) =>
      answerOnce(context, request, reply, (write) => {
        const newest = requireCurrent(request);
        const { reason } = request.query as z.output<typeof ChangeQuery>;
        writeTombstone(storage, newest, recordingOf(request, reason));
        return written(write, newest.id, { reason, deleted: newest.revision });
      }),
  );

  /** The revision that a request may change. @throws Problem 404, 410, 412, 428 */
  function requireCurrent(request: FastifyRequest): NewestRevision {
    const { id } = request.params as z.output<typeof IdParams>;
    const newest = newestRevision(storage, id);
    if (newest === undefined || newest.kind !== kind)
      throw recordNotFound(kind, id, didYouMean(id, idsBeginningAlike(storage.sqlite, kind, id)));
    if (newest.deleted !== 0) throw recordDeleted(kind, newest);
    requireMatch(request, revisionTag(newest));
    return newest;
  }

  function recordingOf(request: FastifyRequest, reason: string): Recording {
    return {
      author: authorOf(request).name,
      reason,
      recordedAt: recordingTime(storage, context.now()),
    };
  }

  /** The answer to what has just been written. */
  function written(write: Writer, id: string, what: object): WriteAnswer {
    const newest = newestRevision(storage, id);
    if (newest === undefined) throw new Error(`${id} was not written`);
    const { revision } = newest;
    const datasetVersion = advanceDatasetVersion(write, JSON.stringify({ id, revision, ...what }));
    return { status: 200, body: receipt(newest, true, datasetVersion) };
  }
}

const CHANGE_PROBLEMS = [
  'recordNotFound',
  'recordDeleted',
  'preconditionRequired',
  'preconditionFailed',
  'invalidRecord',
] as const;

function article(kind: RecordKind): string {
  return kind === 'outcome' ? 'an' : 'a';
}

function tagHeader(id: string, revision: number): { readonly etag: string } {
  return { etag: revisionTag({ id, revision }) };
}

function idDisagrees(id: string): InvalidRecord {
  return new InvalidRecord([
    {
      in: 'body',
      name: 'id',
      code: 'idDisagrees',
      message: 'is not the id of the path: a record keeps its id',
      allowed: [id],
    },
  ]);
}

function receipt(newest: NewestRevision, changed: boolean, datasetVersion: string): RecordReceipt {
  const { kind, id, revision, recordedAt, author, reason } = newest;
  const conversions = JSON.parse(newest.statedConversions) as readonly StoredConversion[];
  const deleted = newest.deleted !== 0;
  return {
    data: {
      kind,
      id,
      revision,
      changed,
      deleted,
      recordedAt,
      author,
      reason,
      evidence: [
        {
          supports: 'amount',
          start: newest.evidenceStart,
          end: newest.evidenceEnd,
          status: newest.evidenceStatus as StoredConversion['evidence']['status'],
        },
        ...conversions.map(({ evidence: { start, end, status } }) => ({
          supports: 'statedConversion' as const,
          start,
          end,
          status,
        })),
      ],
    },
    meta: { datasetVersion, revisionTag: deleted ? null : revisionTag(newest) },
  };
}
