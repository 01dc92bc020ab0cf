import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { Evidence } from '../../domain/phrase/evidence.ts';
import { authorOf, requireKey } from '../../http/auth.ts';
import type { WriteAnswer } from '../../http/idempotency.ts';
import { answerOnce } from '../../http/idempotency.ts';
import { requireMatch, revisionTag } from '../../http/message/preconditions.ts';
import { InvalidRecord, idTaken, recordDeleted, recordNotFound } from '../../http/message/problem.ts';
import { didYouMean } from '../../http/message/suggestion.ts';
import type { Operation } from '../../http/openapi/openapi.ts';
import { operation } from '../../http/openapi/openapi.ts';
import { advanceDatasetVersionNow } from '../../store/ledger-state.ts';
import type { Transaction } from '../../store/store.ts';
import type { RecordKind } from '../../store/tables/schema.ts';
import { IdParams } from '../catalogue/resource.ts';
import type { RouteContext } from '../context.ts';
import type { RecordContent } from './record.ts';
import { idsLike } from './repository.ts';
import { createSubmissionChecker } from './submission-check.ts';
import type { SubmittedRecord } from './submissions.ts';
import { AddQuery, ChangeQuery, RecordReceipt } from './write-schemas.ts';
import type { NewestRevision, NewRevision } from './writes.ts';
import { appendRevisions, newestRevisions, saysTheSame } from './writes.ts';

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
      answerOnce(context, request, reply, async (transaction) => {
        const record = toRecord(request.body as Submitted);
        const { reason } = request.query as z.output<typeof AddQuery>;
        const taken = (await newestRevisions(transaction, [record.id])).get(record.id);
        if (taken !== undefined)
          throw idTaken(`${article(taken.kind)} ${taken.kind}`, record.id, taken.deleted);
        const content = await checked(transaction, record);
        const revision = { newest: undefined, content, author: authorOf(request).name, reason };
        return {
          ...(await written(transaction, revision, { reason, content })),
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
      answerOnce(context, request, reply, async (transaction) => {
        const newest = await requireCurrent(transaction, request);
        const { reason } = request.query as z.output<typeof ChangeQuery>;
        const body = request.body as Omit<Submitted, 'id'> & { readonly id?: string };
        if (body.id !== undefined && body.id !== newest.id) throw idDisagrees(newest.id);
        const record = toRecord({ ...body, id: newest.id } as unknown as Submitted);
        const content = await checked(transaction, record, newest);
        if (saysTheSame(newest, content)) {
          return {
            status: 200,
            headers: tagHeader(newest.id, newest.revision),
            body: receipt(newest, false, transaction.version),
          };
        }
        const revision = { newest, content, author: authorOf(request).name, reason };
        return {
          ...(await written(transaction, revision, { reason, content })),
          headers: tagHeader(newest.id, newest.revision + 1),
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
      answerOnce(context, request, reply, async (transaction) => {
        const newest = await requireCurrent(transaction, request);
        const { reason } = request.query as z.output<typeof ChangeQuery>;
        const { content, revision: deleted } = newest;
        const tombstone = { newest, content, deleted: true, author: authorOf(request).name, reason };
        return written(transaction, tombstone, { reason, deleted });
      }),
  );

  /** The revision that a request may change. @throws Problem 404, 410, 412, 428 */
  async function requireCurrent(transaction: Transaction, request: FastifyRequest): Promise<NewestRevision> {
    const { id } = request.params as z.output<typeof IdParams>;
    const newest = (await newestRevisions(transaction, [id])).get(id);
    if (newest === undefined || newest.kind !== kind)
      throw recordNotFound(kind, id, didYouMean(id, await idsLike(transaction, kind, id)));
    if (newest.deleted) throw recordDeleted(kind, newest);
    requireMatch(request, revisionTag(newest));
    return newest;
  }

  async function checked(
    transaction: Transaction,
    record: SubmittedRecord,
    newest?: NewestRevision,
  ): Promise<RecordContent> {
    const checker = createSubmissionChecker(transaction);
    await checker.load([record]);
    return checker.check(record, newest);
  }

  /** Writes a revision; gives the answer to it. */
  async function written(
    transaction: Transaction,
    { newest, ...revision }: NewRevision,
    what: object,
  ): Promise<WriteAnswer> {
    await appendRevisions(transaction, [{ newest, ...revision }]);
    const { id, kind: writtenKind } = revision.content;
    const now: NewestRevision = {
      ...revision,
      id,
      kind: writtenKind,
      revision: (newest?.revision ?? 0) + 1,
      deleted: revision.deleted === true,
      recordedAt: transaction.recordedAt,
    };
    const datasetVersion = advanceDatasetVersionNow(
      storage.write,
      JSON.stringify({ id, revision: now.revision, ...what }),
    );
    return { status: 200, body: receipt(now, true, datasetVersion) };
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
  const { kind, id, revision, deleted, recordedAt, author, reason, content } = newest;
  const found = ({ start, end, status }: Evidence) => ({ start, end, status });
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
        { supports: 'amount', ...found(content.evidence) },
        ...content.statedConversions.map(({ evidence }) => ({
          supports: 'statedConversion' as const,
          ...found(evidence),
        })),
      ],
    },
    meta: { datasetVersion, revisionTag: deleted ? null : revisionTag(newest) },
  };
}
