import { createHash } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { authorOf, requireKey } from '../../http/auth.ts';
import type { ListQuery } from '../../http/formats/lists.ts';
import { listParameters, registerList } from '../../http/formats/lists.ts';
import { answerChecked } from '../../http/idempotency.ts';
import { recordNotFound } from '../../http/message/problem.ts';
import type { Operation } from '../../http/openapi/openapi.ts';
import { operation } from '../../http/openapi/openapi.ts';
import { listOf, sortParameter, sparse } from '../../http/query/paging.ts';
import { identifier } from '../../http/query/shared-schemas.ts';
import type { PageOf, PageRequest } from '../../store/keyset.ts';
import { advanceDatasetVersion } from '../../store/ledger-state.ts';
import type { Reader } from '../../store/store.ts';
import type { ReadContext, RouteContext } from '../context.ts';
import type { CatalogueAddition } from './additions.ts';
import { addEntry, checkAddition } from './additions.ts';
import type { IdTable } from './known-ids.ts';
import { nearestId } from './known-ids.ts';

export const IdParams = z.strictObject({ id: identifier });

/** `/v1/{path}` and `/v1/{path}/{id}` for a part of the catalogue: one table of what forecasts refer to. */
export interface CatalogueResource<Row, Key extends string, Filters extends z.core.$ZodShape> {
  readonly path: string;
  /** One entry in words: "sector". */
  readonly noun: string;
  /** Component name of an entry. */
  readonly name: string;
  /** For operation names, where it is not the name and an s. */
  readonly plural?: string;
  readonly tag?: Operation['tag'];
  readonly summary: string;
  readonly record: z.ZodObject;
  readonly filters: Filters;
  readonly sortKeys: readonly Key[];
  readonly exampleId: string;
  /** Where its ids are. */
  readonly table: IdTable;
  readonly list: (
    read: Reader,
    query: z.output<z.ZodObject<Filters>>,
    page: PageRequest<Key>,
  ) => Promise<PageOf<Row>>;
  readonly find: (read: Reader, id: string) => Promise<Row | undefined>;
  /** How further ones are added; without it, they are not added over HTTP. */
  readonly addition?: CatalogueAddition;
}

export function registerCatalogueResource<Row, Key extends string, Filters extends z.core.$ZodShape>(
  app: FastifyInstance,
  context: RouteContext,
  resource: CatalogueResource<Row, Key, Filters>,
): void {
  const { path, noun, name, tag = 'Catalogue', addition } = resource;
  const Query = z.strictObject({
    ...resource.filters,
    sort: sortParameter(resource.sortKeys, 'id'),
    ...listParameters(resource.record),
  });
  const List = listOf(sparse(resource.record)).meta({ id: `${name}List`, description: `A page of ${path}.` });
  const Item = z
    .object({ data: resource.record, meta: z.object({ datasetVersion: z.string() }) })
    .meta({ id: `${name}Answer`, description: `One ${noun}.` });

  registerList<ReadContext, z.output<typeof Query> & ListQuery>(app, context, {
    path: `/v1/${path}`,
    name: path,
    operation: {
      tag,
      operationId: `list${resource.plural ?? `${name}s`}`,
      summary: resource.summary,
      querystring: Query,
      response: List,
      responseDescription: `A page of ${path}.`,
    },
    record: resource.record,
    pageOf: ({ read }, query, page) =>
      resource.list(read, query as z.output<z.ZodObject<Filters>>, page as PageRequest<Key>),
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
        const data = await resource.find(read, id);
        if (data === undefined) throw recordNotFound(noun, id, await nearestId(read, resource.table.id, id));
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
        body: addition.submitted,
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
    (request, reply) => answerAddition(context, request, reply, resource, addition),
  );
}

function answerAddition(
  context: RouteContext,
  request: FastifyRequest,
  reply: FastifyReply,
  { path, noun }: { readonly path: string; readonly noun: string },
  addition: CatalogueAddition,
): Promise<FastifyReply> {
  const check = (read: Reader) => checkAddition(read, noun, addition, request.body);
  return answerChecked(context, request, reply, check, async (transaction, entry) => {
    const { id, ...data } = await addEntry(transaction, entry, authorOf(request).name);
    const what = createHash('sha256').update(JSON.stringify(request.body)).digest('hex');
    const datasetVersion = await advanceDatasetVersion(transaction, `${path} ${id} ${what}`);
    return {
      status: 201,
      headers: { location: `${context.originOf(request)}/v1/${path}/${id}` },
      body: { data: { id, ...data }, meta: { datasetVersion } },
    };
  });
}
