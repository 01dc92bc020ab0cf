import { createHash } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { authorOf, requireKey } from '../../http/auth.ts';
import type { ListQuery } from '../../http/formats/lists.ts';
import { registerList } from '../../http/formats/lists.ts';
import { answerOnce } from '../../http/idempotency.ts';
import { recordNotFound } from '../../http/message/problem.ts';
import { didYouMean } from '../../http/message/suggestion.ts';
import type { Operation } from '../../http/openapi/openapi.ts';
import { operation } from '../../http/openapi/openapi.ts';
import { listOf, listParameters, sortParameter, sparse } from '../../http/query/paging.ts';
import { identifier } from '../../http/query/shared-schemas.ts';
import type { PageOf, PageRequest } from '../../store/keyset.ts';
import { advanceDatasetVersionNow, readDatasetVersion } from '../../store/ledger-state.ts';
import type { Reader, Writer } from '../../store/sqlite/storage.ts';
import type { ReadContext, RouteContext } from '../context.ts';

export const IdParams = z.strictObject({ id: identifier });

/** `/v1/{path}` and `/v1/{path}/{id}` for a part of the catalogue: one table of facts that the forecasts refer to. */
export interface CatalogueResource<Row, Key extends string, Filters extends z.core.$ZodShape> {
  readonly path: string;
  /** One record in words: "sector". */
  readonly noun: string;
  /** Component name of a record. */
  readonly name: string;
  /** For operation names, where it is not the name and an s. */
  readonly plural?: string;
  readonly tag?: Operation['tag'];
  readonly summary: string;
  readonly record: z.ZodObject;
  readonly filters: Filters;
  readonly sortKeys: readonly Key[];
  readonly defaultSort: string;
  readonly exampleId: string;
  readonly list: (
    read: Reader,
    query: z.output<z.ZodObject<Filters>>,
    page: PageRequest<Key>,
  ) => Promise<PageOf<Row>>;
  readonly find: (id: string) => Promise<Row | undefined>;
  readonly ids: () => Promise<readonly string[]>;
  /** How further ones are added; without it, they are not added over HTTP. */
  readonly addition?: CatalogueAddition<Row>;
}

/** `POST /v1/{path}`. */
export interface CatalogueAddition<Row> {
  readonly submitted: z.ZodType;
  readonly description?: string;
  /** A body that is accepted on the seeded data. */
  readonly example: object;
  /** Longest body in bytes, where the usual limit is too low. */
  readonly bodyLimit?: number;
  /**
   * Checks and writes a body of the `submitted` schema, inside the transaction; gives it as it is shown.
   * @throws Problem 409 `idTaken`, 422 `invalidRecord`
   */
  readonly add: (
    write: Writer,
    submitted: unknown,
    by: { readonly author: string; readonly recordedAt: string },
  ) => Row;
}

export function registerCatalogueResource<Row, Key extends string, Filters extends z.core.$ZodShape>(
  app: FastifyInstance,
  context: RouteContext,
  resource: CatalogueResource<Row, Key, Filters>,
): void {
  const Query = z.strictObject({
    ...resource.filters,
    sort: sortParameter(resource.sortKeys, resource.defaultSort),
    ...listParameters(resource.record),
  });
  const List = listOf(sparse(resource.record)).meta({
    id: `${resource.name}List`,
    description: `A page of ${resource.path}.`,
  });
  const Item = z
    .object({ data: resource.record, meta: z.object({ datasetVersion: z.string() }) })
    .meta({ id: `${resource.name}Answer`, description: `One ${resource.noun}.` });
  const shared: Pick<Operation, 'tag'> = { tag: resource.tag ?? 'Catalogue' };

  registerList<ReadContext, z.output<typeof Query> & ListQuery>(app, context, {
    path: `/v1/${resource.path}`,
    name: resource.path,
    operation: {
      ...shared,
      operationId: `list${resource.plural ?? `${resource.name}s`}`,
      summary: resource.summary,
      querystring: Query,
      response: List,
      responseDescription: `A page of ${resource.path}.`,
    },
    record: resource.record,
    pageOf: ({ storage }, query, page) =>
      resource.list(storage.read, query as z.output<z.ZodObject<Filters>>, page as PageRequest<Key>),
  });

  app.get(
    `/v1/${resource.path}/:id`,
    {
      schema: operation({
        ...shared,
        operationId: `get${resource.name}`,
        summary: `One ${resource.noun}`,
        params: IdParams,
        querystring: z.strictObject({}),
        response: Item,
        responseDescription: `The ${resource.noun}.`,
        example: { id: resource.exampleId },
        problems: ['recordNotFound'],
      }),
    },
    async (request) => {
      const { id } = request.params as z.output<typeof IdParams>;
      const data = await resource.find(id);
      if (data === undefined) throw recordNotFound(resource.noun, id, didYouMean(id, await resource.ids()));
      return { data, meta: { datasetVersion: await readDatasetVersion(context.storage.read) } };
    },
  );

  const { addition } = resource;
  if (addition === undefined) return;
  app.post(
    `/v1/${resource.path}`,
    {
      ...(addition.bodyLimit === undefined
        ? {}
        : { bodyLimit: Math.max(addition.bodyLimit, app.initialConfig.bodyLimit ?? 0) }),
      onRequest: requireKey(context, 'write'),
      schema: operation({
        ...shared,
        operationId: `add${resource.name}`,
        summary: `Add a ${resource.noun}`,
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
    (request, reply) =>
      answerOnce(context, request, reply, async ({ recordedAt }) => {
        const { write } = context.storage;
        const data = addition.add(write, request.body, { author: authorOf(request).name, recordedAt });
        const { id } = data as { id: string };
        const what = createHash('sha256').update(JSON.stringify(request.body)).digest('hex');
        const datasetVersion = advanceDatasetVersionNow(write, `${resource.path} ${id} ${what}`);
        return {
          status: 201,
          headers: { location: `${context.originOf(request)}/v1/${resource.path}/${id}` },
          body: { data, meta: { datasetVersion } },
        };
      }),
  );
}
