import { createHash } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { authorOf, requireKey } from '../../http/auth.ts';
import { listParameters, registerList } from '../../http/formats/lists.ts';
import { answerChecked, dryRun, TRIED } from '../../http/idempotency.ts';
import type { AddFault } from '../../http/message/body-faults.ts';
import { checkText } from '../../http/message/body-faults.ts';
import type { RequestFault } from '../../http/message/problem.ts';
import { InvalidRecord, idTaken, Problem } from '../../http/message/problem.ts';
import type { Operation } from '../../http/openapi/openapi.ts';
import { operation } from '../../http/openapi/openapi.ts';
import { listOf, sortParameter } from '../../http/query/paging.ts';
import { entryName, identifier } from '../../http/query/shared-schemas.ts';
import { advanceDatasetVersion } from '../../store/ledger-state.ts';
import { eq } from '../../store/query.ts';
import type { Reader } from '../../store/store.ts';
import type { ReadContext, RouteContext } from '../context.ts';
import type { Entry } from './entries.ts';
import {
  ENTRY_TABLES,
  FILE_ENTRIES,
  MAX_TEXT_BYTES,
  referencesOf,
  SUBMITTED_ENTRIES,
  withFingerprint,
} from './entries.ts';
import { createReferenceChecker, requireId, requireKnownIds } from './known-ids.ts';
import type { IdTable } from './names.ts';
import type { CatalogueTable } from './repository.ts';
import { findEntry, listEntries } from './repository.ts';
import { catalogueFilters } from './schemas.ts';
import { writeEntries } from './writes.ts';

const AdditionQuery = z.strictObject({ dryRun });

export const IdParams = z.strictObject({ id: identifier });
/** An entry in an address by its id or name: see `requireNamed`. */
export const NameParams = z.strictObject({ id: entryName });

/** `/v1/{path}` and `/v1/{path}/{id}` for a part of the catalogue: one table of what forecasts refer to. */
export interface CatalogueResource {
  readonly path: string;
  /** One entry in words: "sector". */
  readonly noun: string;
  readonly tag?: Operation['tag'];
  readonly summary: string;
  readonly part: CatalogueTable;
  readonly record: z.ZodObject;
  /** The parameters of its list; those with ids, and the tables from which these come, in `filterIds` too. */
  readonly filters?: z.core.$ZodShape;
  readonly filterIds?: Readonly<Record<string, IdTable>>;
  /** `id` and `name` where not given. */
  readonly sortKeys?: readonly string[];
  readonly exampleId: string;
  /** How further ones are added; without it, they are not added over HTTP. */
  readonly addition?: CatalogueAddition;
}

export function registerCatalogueResource(
  app: FastifyInstance,
  context: RouteContext,
  resource: CatalogueResource,
): void {
  const { path, noun, part, tag = 'Catalogue', sortKeys = ['id', 'name'], addition } = resource;
  const name = capitalised(noun);
  const Query = z.strictObject({
    ...(resource.filters ?? catalogueFilters),
    sort: sortParameter(sortKeys, 'id'),
    ...listParameters(resource.record),
  });
  const List = listOf(resource.record).meta({ id: `${name}List`, description: `A page of ${path}.` });
  const Item = z
    .object({ data: resource.record, meta: z.object({ datasetVersion: z.string() }) })
    .meta({ id: `${name}Answer`, description: `One ${noun}.` });

  registerList<ReadContext, z.output<typeof Query>>(app, context, {
    path: `/v1/${path}`,
    name: path,
    operation: {
      tag,
      operationId: `list${capitalised(path)}`,
      summary: resource.summary,
      querystring: Query,
      response: List,
      responseDescription: `A page of ${path}.`,
    },
    record: resource.record,
    check: ({ read }, query) => requireKnownIds(read, resource.filterIds ?? {}, query),
    pageOf: ({ read }, query, page) =>
      listEntries(read, part, query as { readonly knownAsOf?: string }, page),
  });

  const one = operation({
    tag,
    operationId: `get${name}`,
    summary: `One ${noun}`,
    params: IdParams,
    response: Item,
    responseDescription: `The ${noun}.`,
    example: { id: resource.exampleId },
    problems: ['recordNotFound'],
  });
  app.get(`/v1/${path}/:id`, { schema: one }, (request) =>
    context.reading(request, async ({ read }) => {
      const { id: given } = request.params as z.output<typeof IdParams>;
      const data = await findEntry(read, part, await requireId(read, part.table, noun, given));
      return { data, meta: { datasetVersion: read.version } };
    }),
  );

  if (addition === undefined) return;
  const { type, example, bodyLimit = 0, ...texts } = addition;
  const schema = operation({
    tag,
    operationId: `add${name}`,
    summary: `Add a ${noun}`,
    ...texts,
    querystring: AdditionQuery,
    body: SUBMITTED_ENTRIES[type],
    example: TRIED,
    bodyExample: example,
    response: Item,
    status: 201,
    responseDescription: 'Added.',
    key: 'write',
    idempotent: true,
    location: true,
    problems: ['idTaken', 'invalidRecord'],
  });
  const options = {
    bodyLimit: Math.max(bodyLimit, app.initialConfig.bodyLimit ?? 0),
    onRequest: requireKey(context, 'write'),
    schema,
  };
  app.post(`/v1/${path}`, options, (request, reply) => {
    const check = (read: Reader) => checkAddition(read, noun, type, request.body);
    return answerChecked(context, request, reply, check, async (transaction, entry) => {
      const { id } = entry.row;
      const first = { author: authorOf(request).name, recordedAt: transaction.recordedAt };
      await writeEntries(transaction, [{ ...entry, first }], 'stay');
      const what = createHash('sha256').update(JSON.stringify(request.body)).digest('hex');
      const datasetVersion = await advanceDatasetVersion(transaction, `${path} ${id} ${what}`);
      return {
        status: 201,
        headers: { location: `${context.originOf(request)}/v1/${path}/${id}` },
        body: { data: await findEntry(transaction, part, id), meta: { datasetVersion } },
      };
    });
  });
}

function capitalised(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

export interface CatalogueAddition {
  readonly type: keyof typeof SUBMITTED_ENTRIES;
  readonly description?: string;
  /** A body that is accepted on the seeded data. */
  readonly example: object;
  /** Longest body in bytes, where the usual limit is too low. */
  readonly bodyLimit?: number;
}

/**
 * Checks an entry of the catalogue.
 * @param noun what it is in words: "source"
 * @param submitted a body that the addition's schema has read
 * @throws Problem 409 `idTaken`, 413 `contentTooLarge`; InvalidRecord
 */
export async function checkAddition(
  read: Reader,
  noun: string,
  type: CatalogueAddition['type'],
  submitted: unknown,
): Promise<Entry> {
  refuseLongText(submitted as { readonly text?: string });
  const entry = { type, row: FILE_ENTRIES[type].parse(submitted) } as Entry;
  const references = createReferenceChecker(read);
  await references.load(referencesOf(entry));
  const faults: RequestFault[] = [];
  const add: AddFault = (name, code, message, hints = {}) => {
    faults.push({ in: 'body', name, code, message, ...hints });
  };
  checkText(submitted, add);
  references.check(referencesOf(entry), add);
  const { entry: complete, contradicted: sha256 } = withFingerprint(entry);
  if (sha256 !== null) {
    const message = `is not the SHA-256 of the text's UTF-8 bytes, which is ${sha256}`;
    add('documentSha256', 'fingerprintDisagrees', message, { suggestion: sha256 });
  }
  if (faults.length > 0) throw new InvalidRecord(faults);
  const { id } = entry.row;
  const table = ENTRY_TABLES[type];
  const taken = await read.select({ id: table.id }).from(table).where(eq(table.id, id));
  if (taken.length > 0) throw idTaken(`a ${noun}`, id);
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
