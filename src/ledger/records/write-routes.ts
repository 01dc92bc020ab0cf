import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { Evidence } from '../../domain/phrase/evidence.ts';
import { vintageOf } from '../../domain/vintage.ts';
import { authorOf, requireKey } from '../../http/auth.ts';
import type { WriteAnswer } from '../../http/idempotency.ts';
import { answerChecked, answerOnce, isDryRun, TRIED } from '../../http/idempotency.ts';
import { requireMatch, revisionTag } from '../../http/message/preconditions.ts';
import type { RequestFault } from '../../http/message/problem.ts';
import { InvalidRecord, idTaken, recordDeleted, recordNotFound } from '../../http/message/problem.ts';
import { operation } from '../../http/openapi/openapi.ts';
import { advanceDatasetVersion } from '../../store/ledger-state.ts';
import type { Reader, Snapshot, Transaction } from '../../store/store.ts';
import { IdParams } from '../catalogue/resource.ts';
import type { RouteContext } from '../context.ts';
import { ChangeQuery } from '../revision-lists.ts';
import { checkComputedFields } from './computed-fields.ts';
import { claimTaken, firstOfClaims, isNewClaim, withSameClaim } from './duplicates.ts';
import type { KindOfRecord } from './kinds.ts';
import type { DraftRecord, RecordContent } from './record.ts';
import { nearestRecordId, requireRecord } from './repository.ts';
import type { FilledIn, Suggestion } from './schemas.ts';
import { AddQuery, RecordReceipt, ReviseQuery, withArticle } from './schemas.ts';
import type { Prepared, SubmissionChecker } from './submission-check.ts';
import { createSubmissionChecker } from './submission-check.ts';
import { suggestionsFor } from './suggestions.ts';
import type { Warning } from './warnings.ts';
import { warningsOf } from './warnings.ts';
import type { NewestRevision, NewRevision } from './writes.ts';
import { appendRevisions, newestRevisions, recordsOfSource, saysTheSame } from './writes.ts';

const CHANGE_PROBLEMS = [
  'recordNotFound',
  'recordDeleted',
  'preconditionRequired',
  'preconditionFailed',
] as const;

/** `POST` of a record, and `PUT` and `DELETE` of one: each is checked and written as of one state of the ledger. */
export function registerRecordWrites(app: FastifyInstance, context: RouteContext, kind: KindOfRecord): void {
  const { name, tag, path, examples } = kind;
  const shared = { tag, key: 'write', idempotent: true, response: RecordReceipt, etag: true } as const;
  const change = { ...shared, params: IdParams, ifMatch: true } as const;
  const onRequest = requireKey(context, 'write');

  const addition = operation({
    ...shared,
    operationId: `add${name}`,
    summary: `Add ${withArticle(kind.kind)}`,
    description:
      'Ids that do not exist are refused with a suggestion, each field by its path. The evidence’s `status` is the ledger’s to say: where the source’s text is held, the phrase must stand in it, at the place given or, without one, exactly once, and must state the amount (`located`); where it is not, `parsed` if the phrase states the amount, else `unverified`.',
    querystring: AddQuery,
    body: kind.submitted,
    bodyExample: examples.added,
    example: TRIED,
    status: 201,
    location: true,
    responseDescription: 'Added, as revision 1.',
    problems: ['idTaken', 'duplicateClaim', 'invalidRecord'],
  });
  app.post(path, { onRequest, schema: addition }, (request, reply) =>
    answerChecked(
      context,
      request,
      reply,
      (read) => withWarnings(context, read, checkAddition(read, kind, request)),
      async (transaction, { content, ...said }) => {
        const answer = await write(transaction, request, { newest: undefined, content }, said);
        const location = `${context.originOf(request)}${path}/${content.id}`;
        return { ...answer, status: 201, headers: { ...answer.headers, location } };
      },
    ),
  );

  const revision = operation({
    ...change,
    querystring: ReviseQuery,
    operationId: `revise${name}`,
    summary: `Correct ${withArticle(kind.kind)}`,
    description:
      'Writes a new revision; the earlier ones stay. The body is the whole record, as for `POST` or as `GET` shows it: what the ledger computes may stay in it unchanged. `If-Match` names the revision that is corrected: of two clients that correct the same one, one gets 412. A body that says what the record says already writes nothing. Where the text is not held, words that an earlier revision has `located` stay so.',
    body: kind.revised,
    bodyExample: examples.revised,
    example: { ...TRIED, id: examples.id, reason: 'The page was read again' },
    responseDescription: 'Corrected, or as it was (`changed` is false).',
    problems: [...CHANGE_PROBLEMS, 'duplicateClaim', 'invalidRecord'],
  });
  app.put(`${path}/:id`, { onRequest, schema: revision }, (request, reply) =>
    answerChecked(
      context,
      request,
      reply,
      (read) => withWarnings(context, read, checkRevision(read, kind, request)),
      async (transaction, { newest, content, ...said }) =>
        saysTheSame(newest, content)
          ? receipt(newest, false, transaction.version, said)
          : write(transaction, request, { newest, content }, said),
    ),
  );

  const deletion = operation({
    ...change,
    querystring: ChangeQuery,
    etag: false,
    operationId: `delete${name}`,
    summary: `Delete ${withArticle(kind.kind)}`,
    description:
      'Writes a tombstone with its reason: the record answers 410 from now on, its history stays, and its id is not given again. `If-Match` names the revision that is deleted.',
    example: { ...TRIED, id: examples.id, reason: 'Recorded twice' },
    responseDescription: 'Deleted.',
    problems: CHANGE_PROBLEMS,
  });
  app.delete(`${path}/:id`, { onRequest, schema: deletion }, (request, reply) =>
    answerOnce(
      context,
      request,
      reply,
      async (transaction) => {
        const newest = await requireCurrent(transaction, kind, request);
        return write(transaction, request, { newest, content: newest.content, deleted: true });
      },
      { dryRun: isDryRun(request) },
    ),
  );
}

interface Checked {
  readonly content: RecordContent;
  readonly filledIn: FilledIn | undefined;
}

/** What was checked, with its warnings. */
async function withWarnings<Found extends Checked>(
  { ratesOf, now }: RouteContext,
  read: Snapshot,
  found: Promise<Found>,
): Promise<Found & Pick<Said, 'warnings'>> {
  const checked = await found;
  return { ...checked, warnings: await warningsOf(ratesOf(read), checked.content, vintageOf({ now }, {})) };
}

async function checkAddition(read: Reader, kind: KindOfRecord, request: FastifyRequest): Promise<Checked> {
  const draft = kind.fromWire(request.body as never);
  const { allowDuplicate: isAnother } = request.query as z.output<typeof AddQuery>;
  const checker = createSubmissionChecker(read);
  const { collection } = authorOf(request);
  const prepared = await prepareOne(checker, draft, { collection, isAnother });
  const { newest: taken } = prepared;
  const isRepeated = taken !== undefined && draft.id === undefined && !taken.deleted;
  if (taken !== undefined && !isRepeated) throw idTaken(withArticle(taken.kind), taken.id, taken.deleted);
  const result = await checked(read, kind, request, checker, prepared);
  if (isRepeated) throw claimTaken(taken.id);
  return result;
}

async function checkRevision(
  read: Reader,
  kind: KindOfRecord,
  request: FastifyRequest,
): Promise<Checked & { readonly newest: NewestRevision }> {
  const newest = await requireCurrent(read, kind, request);
  const body = request.body as { readonly id?: string };
  if (body.id !== undefined && body.id !== newest.id) {
    const message = 'is not the id of the path: a record keeps its id';
    throw new InvalidRecord([{ in: 'body', name: 'id', code: 'idDisagrees', message, allowed: [newest.id] }]);
  }
  const draft = kind.fromWire({ ...body, id: newest.id } as never);
  const checker = createSubmissionChecker(read);
  const prepared = await prepareOne(checker, draft, { collection: newest.content.collection });
  return { newest, ...(await checked(read, kind, request, checker, prepared)) };
}

async function prepareOne(
  { prepare }: SubmissionChecker,
  draft: DraftRecord,
  completing: Parameters<SubmissionChecker['prepare']>[1],
): Promise<Prepared> {
  const [prepared] = await prepare([draft], completing);
  if (prepared === undefined) throw new Error('nothing was prepared');
  return prepared;
}

/** The revision that a request may change. @throws Problem 404, 410, 412, 428 */
async function requireCurrent(
  read: Reader,
  { kind }: KindOfRecord,
  request: FastifyRequest,
): Promise<NewestRevision> {
  const { id } = request.params as z.output<typeof IdParams>;
  const newest = (await newestRevisions(read, [id])).get(id);
  if (newest === undefined || newest.kind !== kind)
    throw recordNotFound(kind, id, await nearestRecordId(read, kind, id));
  if (newest.deleted) throw recordDeleted(kind, newest);
  requireMatch(request, revisionTag(newest));
  return newest;
}

/** @throws InvalidRecord; Problem 409 `duplicateClaim` */
async function checked(
  read: Reader,
  kind: KindOfRecord,
  request: FastifyRequest,
  checker: SubmissionChecker,
  prepared: Prepared,
): Promise<Checked> {
  const body = request.body as object;
  const { draft, newest, filledIn } = prepared;
  // As another record is shown: where its words stand, in a text that need not be held here.
  const isCopy = typeof draft.evidence.documentSha256 === 'string';
  const alike = !isCopy ? [] : await recordsOfSource(read, draft.source);
  const content = checker.check(prepared, alike);
  const shown = newest && (await requireRecord({ read }, kind.kind, newest.id));
  const faults: RequestFault[] = [];
  await checkComputedFields(read, kind, { body, content, shown }, (name, code, message) => {
    faults.push({ in: 'body', name, code, message });
  });
  if (faults.length > 0) throw new InvalidRecord(faults);
  const { allowDuplicate } = request.query as z.output<typeof AddQuery>;
  if (!allowDuplicate && !isNewClaim(content, newest)) return { content, filledIn };
  const first = (await firstOfClaims(read, [content])).get(content.id);
  if (first !== undefined && !allowDuplicate) throw claimTaken(first);
  return { content: withSameClaim(content, first), filledIn };
}

async function write(
  transaction: Transaction,
  request: FastifyRequest,
  { newest, content, deleted = false }: Pick<NewRevision, 'newest' | 'content' | 'deleted'>,
  said: Said = {},
): Promise<WriteAnswer> {
  const { reason } = request.query as z.output<typeof ChangeQuery>;
  const { id, kind } = content;
  const by = { author: authorOf(request).name, reason };
  await appendRevisions(transaction, [{ newest, content, deleted, ...by }]);
  const revision = (newest?.revision ?? 0) + 1;
  const what = deleted ? { deleted: newest?.revision } : { content };
  const version = await advanceDatasetVersion(transaction, JSON.stringify({ id, revision, reason, ...what }));
  const { recordedAt } = transaction;
  const suggestions = deleted ? [] : await suggestionsFor(transaction, content);
  return receipt({ id, kind, revision, deleted, recordedAt, ...by, content }, true, version, {
    ...said,
    suggestions,
  });
}

/** What a receipt says beside what was written. */
interface Said {
  readonly filledIn?: FilledIn | undefined;
  readonly suggestions?: readonly Suggestion[];
  readonly warnings?: readonly Warning[];
}

/** The answer to a write. @param newest what counts now */
function receipt(
  newest: NewestRevision,
  changed: boolean,
  datasetVersion: string,
  { filledIn, suggestions = [], warnings = [] }: Said,
): WriteAnswer {
  const { content, ...revision } = newest;
  const tag = newest.deleted ? null : revisionTag(newest);
  const found = ({ start, end, status }: Evidence) => ({ start, end, status });
  const body: RecordReceipt = {
    data: {
      ...revision,
      changed,
      evidence: [
        { supports: 'amount', ...found(content.evidence) },
        ...content.statedConversions.map(({ evidence }) => ({
          supports: 'statedConversion' as const,
          ...found(evidence),
        })),
      ],
      ...(suggestions.length === 0 ? {} : { suggestions: [...suggestions] }),
      ...(warnings.length === 0 ? {} : { warnings: [...warnings] }),
      ...(filledIn === undefined ? {} : { filledIn }),
    },
    meta: { datasetVersion, revisionTag: tag },
  };
  return { status: 200, headers: tag === null ? {} : { etag: tag }, body };
}
