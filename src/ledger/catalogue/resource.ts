import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { listParameters, registerList } from '../../http/formats/lists.ts';
import { revisionTag } from '../../http/message/preconditions.ts';
import type { Operation } from '../../http/openapi/openapi.ts';
import { operation } from '../../http/openapi/openapi.ts';
import { listOf, sortParameter } from '../../http/query/paging.ts';
import { entryName, ItemMeta, identifier } from '../../http/query/shared-schemas.ts';
import { knownAsOf } from '../../http/query/vintage.ts';
import { inTurns } from '../../http/turns.ts';
import { pageOfRows } from '../../store/keyset.ts';
import type { ReadContext, RouteContext } from '../context.ts';
import { Revision, RevisionList, RevisionListQuery } from '../revision-lists.ts';
import { listEntryRevisions } from './entry-history.ts';
import type { EntryType } from './entry-tables.ts';
import { requireId, requireKnownIds } from './known-ids.ts';
import type { IdTable } from './names.ts';
import type { CatalogueTable } from './repository.ts';
import { findEntry, listEntries, requireEntry } from './repository.ts';
import { catalogueFilters } from './schemas.ts';
import type { EntryFollowers } from './writes.ts';

const EntryQuery = z.strictObject({ knownAsOf });
type AsOf = { readonly knownAsOf?: string };

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
  /** How its entries are written; without it they are not over HTTP, and have no revisions. */
  readonly entries?: WritableEntries;
}

export interface WritableEntries {
  readonly type: EntryType;
  /** A body that corrects one on the seeded data. */
  readonly revised: object;
  /** How further ones are added; without it, they are not. */
  readonly addition?: CatalogueAddition;
  /** One that `DELETE` shows: of the seeded data, one that nothing refers to where there is one. */
  readonly deletedId: string;
  readonly followers: EntryFollowers;
}

export function registerCatalogueResource(
  app: FastifyInstance,
  context: RouteContext,
  resource: CatalogueResource,
): z.ZodObject {
  const { path, noun, part, tag = 'Catalogue', sortKeys = ['id', 'name'], entries } = resource;
  const name = capitalised(noun);
  const Query = z.strictObject({
    ...(resource.filters ?? catalogueFilters),
    sort: sortParameter(sortKeys, 'id'),
    ...listParameters(resource.record),
  });
  const List = listOf(resource.record).meta({ id: `${name}List`, description: `A page of ${path}.` });
  const Item = z
    .object({
      data: resource.record,
      meta: entries === undefined ? ItemMeta.omit({ revisionTag: true }) : ItemMeta,
    })
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
    pageOf: ({ read }, query, page) => listEntries(read, part, query as AsOf, page),
  });

  const one = operation({
    tag,
    operationId: `get${name}`,
    summary: `One ${noun}`,
    params: IdParams,
    ...(entries === undefined ? {} : { querystring: EntryQuery, etag: true }),
    response: Item,
    responseDescription: `The ${noun}.`,
    example: { id: resource.exampleId },
    problems:
      entries === undefined ? ['recordNotFound'] : ['recordNotFound', 'recordDeleted', 'preconditionFailed'],
  });
  app.get(`/v1/${path}/:id`, { schema: one }, (request, reply) =>
    context.reading(request, async ({ read }) => {
      const { id } = request.params as z.output<typeof IdParams>;
      if (entries === undefined) {
        const data = await findEntry(read, part, await requireId(read, part.table, noun, id));
        return { data, meta: { datasetVersion: read.version } };
      }
      const data = await requireEntry(
        read,
        part,
        { type: entries.type, noun, id },
        (request.query as AsOf).knownAsOf,
      );
      const tag = revisionTag(data);
      reply.header('etag', tag);
      return { data, meta: { datasetVersion: read.version, revisionTag: tag } };
    }),
  );

  if (entries === undefined) return Item;
  const { type } = entries;
  registerList<ReadContext, RevisionListQuery>(app, context, {
    path: `/v1/${path}/:id/revisions`,
    name: 'revisions',
    operation: {
      tag,
      operationId: `list${name}Revisions`,
      summary: `Every revision of a ${noun}, with what each changed`,
      description:
        'Oldest first; of a deleted one as well, whose tombstone is the last. What it said at a time is to be had with `knownAsOf`.',
      params: IdParams,
      querystring: RevisionListQuery,
      response: RevisionList,
      responseDescription: 'A page of revisions.',
      example: { id: resource.exampleId },
      problems: ['recordNotFound'],
    },
    record: Revision,
    pageOf: async ({ read }, { knownAsOf: asOf }, page, request) => {
      const { id } = request.params as z.output<typeof IdParams>;
      const revisions = await listEntryRevisions(read, type, id, asOf);
      // Says that there is no such entry, and what may have been meant.
      if (revisions.length === 0) await requireEntry(read, part, { type, noun, id }, asOf);
      return inTurns(pageOfRows(revisions, page, ({ revision }) => revision));
    },
  });

  return Item;
}

export function capitalised(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

export interface CatalogueAddition {
  readonly description?: string;
  /** A body that is accepted on the seeded data. */
  readonly example: object;
  /** Longest body in bytes, where the usual limit is too low. */
  readonly bodyLimit?: number;
}
