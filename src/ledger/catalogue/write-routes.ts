import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { authorOf, requireKey } from '../../http/auth.ts';
import type { WriteAnswer } from '../../http/idempotency.ts';
import { answerChecked, answerOnce, dryRun, isDryRun, TRIED } from '../../http/idempotency.ts';
import type { AddFault } from '../../http/message/body-faults.ts';
import { checkText } from '../../http/message/body-faults.ts';
import { requireMatch, revisionTag } from '../../http/message/preconditions.ts';
import type { RequestFault } from '../../http/message/problem.ts';
import { InvalidRecord, idTaken, Problem } from '../../http/message/problem.ts';
import { operation } from '../../http/openapi/openapi.ts';
import { identifier, positiveInteger } from '../../http/query/shared-schemas.ts';
import { advanceDatasetVersion } from '../../store/ledger-state.ts';
import type { Reader, Transaction } from '../../store/store.ts';
import type { RouteContext } from '../context.ts';
import { addedReason, ChangeQuery } from '../revision-lists.ts';
import type { Entry } from './entries.ts';
import {
  FILE_ENTRIES,
  MAX_TEXT_BYTES,
  parentIn,
  referencesOf,
  SUBMITTED_ENTRIES,
  sectorFaults,
  withFingerprint,
} from './entries.ts';
import { contentOf, entryKey, newestEntries } from './entry-history.ts';
import type { EntryType } from './entry-tables.ts';
import { createReferenceChecker } from './known-ids.ts';
import type { ShownEntry } from './repository.ts';
import { entriesReferringTo, findEntry, requireEntry, taxonomyCircle } from './repository.ts';
import type { CatalogueResource, WritableEntries } from './resource.ts';
import { capitalised, IdParams } from './resource.ts';
import { deleteEntry, writeEntries } from './writes.ts';

interface Writable extends Omit<CatalogueResource, 'entries'>, WritableEntries {
  /** The schema of an answer with one entry. */
  readonly item: z.ZodObject;
}

const AdditionQuery = z.strictObject({ dryRun, reason: addedReason });

/** So many items of a computed list may be sent back. */
const MOST_SENT_BACK = 10_000;

/** What the ledger computes, as it may come back: a list of a body has a greatest length. */
function sentBack(computed: z.ZodType): z.ZodType {
  return computed instanceof z.ZodArray ? computed.max(MOST_SENT_BACK) : computed;
}

/** `POST` of an entry where further ones are taken, and `PUT` of one: each is checked and written as of one state of the ledger. */
export function registerCatalogueWrites(
  app: FastifyInstance,
  context: RouteContext,
  resource: Writable,
): void {
  const { path, noun, type, addition, exampleId, item } = resource;
  const name = capitalised(noun);
  const { example, bodyLimit = 0, ...texts } = addition ?? {};
  const options = {
    bodyLimit: Math.max(bodyLimit, app.initialConfig.bodyLimit ?? 0),
    onRequest: requireKey(context, 'write'),
  };
  const shared = { tag: 'Catalogue', key: 'write', idempotent: true, response: item } as const;
  if (example !== undefined) {
    const schema = operation({
      ...shared,
      operationId: `add${name}`,
      summary: `Add a ${noun}`,
      ...texts,
      querystring: AdditionQuery,
      body: SUBMITTED_ENTRIES[type],
      example: TRIED,
      bodyExample: example,
      status: 201,
      responseDescription: 'Added.',
      location: true,
      etag: true,
      problems: ['idTaken', 'invalidRecord'],
    });
    app.post(`/v1/${path}`, { ...options, schema }, (request, reply) => {
      const check = (read: Reader) => checkAddition(read, noun, type, request.body);
      return answerChecked(context, request, reply, check, async (transaction, entry) => {
        const answer = await write(transaction, request, resource, entry);
        const location = `${context.originOf(request)}/v1/${path}/${entry.row.id}`;
        return { ...answer, status: 201, headers: { ...answer.headers, location } };
      });
    });
  }

  const computed = Object.keys(resource.record.shape).filter((key) => !(key in FILE_ENTRIES[type].shape));
  const correction = operation({
    ...shared,
    operationId: `revise${name}`,
    summary: `Correct a ${noun}`,
    description: `Writes a new revision; the earlier ones stay, and an address with a past \`knownAsOf\` shows what was said then. The body is the whole ${noun}, as \`GET\` shows it: what the ledger computes may stay in it unchanged, and without \`aliases\` those that it has stay.${type === 'region' ? ' So do `members`.' : ''}${type === 'source' ? ' Where `publishedOn` changes, each record of the document gets a revision with it, so that a date found later makes its forecasts convertible. A text that is held is not replaced.' : ''} \`If-Match\` names the revision that is corrected. A body that says what the ledger says already writes nothing.`,
    params: IdParams,
    querystring: ChangeQuery,
    body: z.strictObject({
      ...SUBMITTED_ENTRIES[type].shape,
      id: SUBMITTED_ENTRIES[type].shape.id.optional().meta({
        description: 'May be left out; what is sent must be the id of the path.',
      }),
      ...Object.fromEntries(
        computed.map((key) => [key, sentBack(resource.record.shape[key] as z.ZodType).optional()]),
      ),
    }),
    bodyExample: resource.revised,
    example: { ...TRIED, id: exampleId, reason: 'The document was read again' },
    ifMatch: true,
    etag: true,
    responseDescription: 'Corrected, or as it was: `meta.revisionTag` names the revision that counts.',
    problems: [
      'recordNotFound',
      'recordDeleted',
      'preconditionRequired',
      'preconditionFailed',
      'invalidRecord',
    ],
  });
  app.put(`/v1/${path}/:id`, { ...options, schema: correction }, (request, reply) =>
    answerChecked(
      context,
      request,
      reply,
      (read) => checkCorrection(read, resource, computed, request),
      (transaction, entry) => write(transaction, request, resource, entry),
    ),
  );

  const deletion = operation({
    ...shared,
    response: EntryReceipt,
    operationId: `delete${name}`,
    summary: `Delete a ${noun}`,
    description: `Writes a tombstone with its reason, where nothing that counts refers to the ${noun}: it answers 410 from now on, its history stays, an address with a past \`knownAsOf\` shows it, and its id is not given again. \`If-Match\` names the revision that is deleted.`,
    params: IdParams,
    querystring: ChangeQuery,
    example: { ...TRIED, id: resource.deletedId, reason: 'Nothing speaks of it' },
    ifMatch: true,
    responseDescription: 'Deleted.',
    problems: ['recordNotFound', 'recordDeleted', 'entryInUse', 'preconditionRequired', 'preconditionFailed'],
  });
  app.delete(`/v1/${path}/:id`, { ...options, schema: deletion }, (request, reply) =>
    answerOnce(
      context,
      request,
      reply,
      (transaction) => remove(transaction, request, resource, context.originOf(request)),
      { dryRun: isDryRun(request) },
    ),
  );
}

const EntryReceipt = z
  .object({
    data: z.object({
      id: identifier,
      revision: positiveInteger.meta({ description: 'That of the tombstone.', examples: [2] }),
      deleted: z.literal(true),
      recordedAt: z.iso.datetime(),
      author: z.string().meta({ description: 'Name of the key that wrote it.' }),
      reason: z.string(),
    }),
    meta: z.object({ datasetVersion: z.string() }),
  })
  .meta({ id: 'EntryReceipt', description: 'An entry of the catalogue that was deleted.' });

/** @throws Problem 404, 409 `entryInUse`, 410, 412, 428 */
async function remove(
  transaction: Transaction,
  request: FastifyRequest,
  { path, part, type, noun, followers }: Writable,
  origin: string,
): Promise<WriteAnswer> {
  const { id: named } = request.params as z.output<typeof IdParams>;
  const shown = await requireEntry(transaction, part, { type, noun, id: named });
  requireMatch(request, revisionTag(shown));
  const { id, revision } = shown;
  const referring = [
    ...(await followers.referring(transaction, type, id)),
    ...(await entriesReferringTo(transaction, type, id)),
  ].filter(({ count }) => count > 0);
  if (referring.length > 0) {
    const list = referring.map((by) => `${by.count} ${by.what} (${origin}${by.path})`).join(', ');
    const message = `is referred to by ${list}`;
    throw new Problem('entryInUse', `The ${noun} ${JSON.stringify(id)} ${message}.`, {
      faults: [{ in: 'path', name: 'id', code: 'entryInUse', message }],
    });
  }
  const newest = (await newestEntries(transaction, [{ type, row: shown }])).get(
    entryKey({ type, row: shown }),
  );
  if (newest === undefined) throw new Error(`the ${noun} ${id} has no revision`);
  const { reason } = request.query as z.output<typeof ChangeQuery>;
  const publisher = { author: authorOf(request).name, reason };
  await deleteEntry(transaction, newest, publisher);
  const datasetVersion = await advanceDatasetVersion(
    transaction,
    `${path} ${id} ${revision} deleted ${reason}`,
  );
  const { recordedAt } = transaction;
  return {
    status: 200,
    body: {
      data: { id, revision: revision + 1, deleted: true, recordedAt, ...publisher },
      meta: { datasetVersion },
    },
  };
}

/**
 * Checks an entry that is to be added.
 * @param noun what it is in words: "source"
 * @param submitted a body that the addition's schema has read
 * @throws Problem 409 `idTaken`, 413 `contentTooLarge`; InvalidRecord
 */
export async function checkAddition(
  read: Reader,
  noun: string,
  type: EntryType,
  submitted: unknown,
): Promise<Entry> {
  const { faults, add } = faultList();
  const entry = await checkedEntry(read, type, submitted, add);
  if (faults.length > 0) throw new InvalidRecord(faults);
  const taken = (await newestEntries(read, [entry])).get(entryKey(entry));
  if (taken !== undefined) throw idTaken(`a ${noun}`, entry.row.id, taken.deleted);
  return entry;
}

/** @throws Problem 404, 410, 412, 413, 428; InvalidRecord */
async function checkCorrection(
  read: Reader,
  { part, type, noun, followers }: Writable,
  computed: readonly string[],
  request: FastifyRequest,
): Promise<Entry> {
  const { id: named } = request.params as z.output<typeof IdParams>;
  const shown = await requireEntry(read, part, { type, noun, id: named });
  const { id } = shown;
  requireMatch(request, revisionTag(shown));
  const newest = (await newestEntries(read, [{ type, row: shown }])).get(entryKey({ type, row: shown }));
  const { faults, add } = faultList();
  const body = request.body as Readonly<Record<string, unknown>>;
  if (body.id !== undefined && body.id !== id)
    add('id', 'idDisagrees', `is not the id of the path: a ${noun} keeps its id`, { allowed: [id] });
  for (const key of computed) {
    if (body[key] === undefined || isDeepStrictEqual(body[key], shown[key])) continue;
    const says = JSON.stringify(shown[key]);
    add(
      key,
      'computedDisagrees',
      `is computed by the ledger, which says ${says}; send that, or leave it out`,
    );
  }
  const own = Object.fromEntries(Object.entries(body).filter(([key]) => !computed.includes(key)));
  if (shown.textHeld === true && own.text === undefined) own.documentSha256 ??= shown.documentSha256;
  const entry = await checkedEntry(read, type, { ...own, id }, add);
  if (
    entry.type === 'source' &&
    shown.textHeld === true &&
    entry.row.documentSha256 !== shown.documentSha256
  ) {
    const message = `is that of another text than the ledger holds of this document, which is ${shown.documentSha256}: add another text as a source of its own`;
    add(entry.row.text === null ? 'documentSha256' : 'text', 'fingerprintDisagrees', message);
  }
  const circle = await taxonomyCircle(read, [entry]);
  if (circle !== undefined)
    add(parentIn(entry, circle), 'circularTaxonomy', `would run in a circle: ${circle.join(' > ')}`);
  if (newest !== undefined) await followers.check(read, newest, contentOf(entry, newest), add);
  if (faults.length > 0) throw new InvalidRecord(faults);
  return entry;
}

function faultList() {
  const faults: RequestFault[] = [];
  const add: AddFault = (name, code, message, hints = {}) => {
    faults.push({ in: 'body', name, code, message, ...hints });
  };
  return { faults, add };
}

/** An entry as it is to be stored. @throws Problem 413 `contentTooLarge` */
async function checkedEntry(
  read: Reader,
  type: EntryType,
  submitted: unknown,
  add: AddFault,
): Promise<Entry> {
  refuseLongText(submitted as { readonly text?: string });
  const entry = { type, row: FILE_ENTRIES[type].parse(submitted) } as Entry;
  const references = createReferenceChecker(read);
  await references.load(referencesOf(entry));
  checkText(submitted, add);
  for (const { field, code, message } of sectorFaults(entry)) add(field, code, message);
  references.check(referencesOf(entry), add);
  const { entry: complete, contradicted: sha256 } = withFingerprint(entry);
  if (sha256 !== null) {
    const message = `is not the SHA-256 of the text's UTF-8 bytes, which is ${sha256}`;
    add('documentSha256', 'fingerprintDisagrees', message, { suggestion: sha256 });
  }
  return complete;
}

function refuseLongText({ text }: { readonly text?: string }): void {
  const bytes = text === undefined ? 0 : Buffer.byteLength(text);
  if (bytes <= MAX_TEXT_BYTES) return;
  throw new Problem(
    'contentTooLarge',
    `The text has ${bytes} bytes in UTF-8; at most ${MAX_TEXT_BYTES} are taken.`,
  );
}

async function write(
  transaction: Transaction,
  request: FastifyRequest,
  { path, part, followers }: Writable,
  entry: Entry,
): Promise<WriteAnswer> {
  const { reason } = request.query as z.output<typeof AdditionQuery>;
  const publisher = { author: authorOf(request).name, reason };
  const written = await writeEntries(transaction, [entry], 'corrected', publisher);
  await followers.follow(transaction, written, publisher);
  const data = (await findEntry(transaction, part, entry.row.id)) as ShownEntry;
  const tag = revisionTag(data);
  const what = createHash('sha256').update(JSON.stringify(request.body)).digest('hex');
  const datasetVersion =
    written.length === 0
      ? transaction.version
      : await advanceDatasetVersion(transaction, `${path} ${tag} ${reason} ${what}`);
  return { status: 200, headers: { etag: tag }, body: { data, meta: { datasetVersion, revisionTag: tag } } };
}
