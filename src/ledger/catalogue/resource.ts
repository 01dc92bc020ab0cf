import { createHash } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { authorOf, requireKey } from '../../http/auth.ts';
import { listParameters, registerList } from '../../http/formats/lists.ts';
import { answerChecked } from '../../http/idempotency.ts';
import { recordNotFound } from '../../http/message/problem.ts';
import type { Operation } from '../../http/openapi/openapi.ts';
import { operation } from '../../http/openapi/openapi.ts';
import { listOf, sortParameter, sparse } from '../../http/query/paging.ts';
import { identifier } from '../../http/query/shared-schemas.ts';
import { advanceDatasetVersion } from '../../store/ledger-state.ts';
import type { Reader } from '../../store/store.ts';
import type { ReadContext, RouteContext } from '../context.ts';
import type { CatalogueAddition } from './additions.ts';
import { checkAddition } from './additions.ts';
import { SUBMITTED_ENTRIES } from './entries.ts';
import type { IdTable } from './known-ids.ts';
import { nearestId, requireKnownIds } from './known-ids.ts';
import type { CatalogueTable } from './repository.ts';
import { findEntry, listEntries } from './repository.ts';
import { writeEntries } from './writes.ts';

export const IdParams = z.strictObject({ id: identifier });

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
    ...resource.filters,
    sort: sortParameter(sortKeys, 'id'),
    ...listParameters(resource.record),
  });
  const List = listOf(sparse(resource.record)).meta({ id: `${name}List`, description: `A page of ${path}.` });
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
    pageOf: async ({ read }, query, page) => {
      await requireKnownIds(read, resource.filterIds ?? {}, query);
      return listEntries(read, part, query as { readonly knownAsOf?: string }, page);
    },
  });

  app.get(
    `/v1/${path}/:id`,
    {
      schema: operation({
        tag,
        operationId: `get${name}`,
        summary: `One ${noun}`,
        params: IdParams,
        querystring: z.strictObject({}),
        response: Item,
        responseDescription: `The ${noun}.`,
        example: { id: resource.exampleId },
        problems: ['recordNotFound'],
      }),
    },
    (request) =>
      context.reading(async ({ read }) => {
        const { id } = request.params as z.output<typeof IdParams>;
        const data = await findEntry(read, part, id);
        if (data === undefined) throw recordNotFound(noun, id, await nearestId(read, part.table.id, id));
        return { data, meta: { datasetVersion: read.version } };
      }),
  );

  if (addition === undefined) return;
  app.post(
    `/v1/${path}`,
    {
      ...(addition.bodyLimit === undefined
        ? {}
        : { bodyLimit: Math.max(addition.bodyLimit, app.initialConfig.bodyLimit ?? 0) }),
      onRequest: requireKey(context, 'write'),
      schema: operation({
        tag,
        operationId: `add${name}`,
        summary: `Add a ${noun}`,
        ...(addition.description === undefined ? {} : { description: addition.description }),
        querystring: z.strictObject({}),
        body: SUBMITTED_ENTRIES[addition.type],
        bodyExample: addition.example,
        response: Item,
        status: 201,
        responseDescription: 'Added.',
        key: 'write',
        idempotent: true,
        location: true,
        problems: ['idTaken', 'invalidRecord'],
      }),
    },
    (request, reply) => {
      const check = (read: Reader) => checkAddition(read, noun, addition.type, request.body);
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
    },
  );
}

function capitalised(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
