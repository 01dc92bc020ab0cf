import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { listParameters, registerList } from '../../http/formats/lists.ts';
import type { Operation } from '../../http/openapi/openapi.ts';
import { listOf, sortParameter, sparse } from '../../http/query/paging.ts';
import { knownAsOf } from '../../http/query/vintage.ts';
import { pageOfRows } from '../../store/keyset.ts';
import type { RecordKind } from '../../store/tables/schema.ts';
import { IdParams } from '../catalogue/resource.ts';
import type { ReadContext, RouteContext } from '../context.ts';
import { listRevisions } from './history.ts';
import { requireRecord } from './pages.ts';

const anyValue = z.unknown().meta({ description: 'As the field has it: a text, a number, a list, null.' });

export const Revision = z
  .object({
    revision: z
      .int()
      .positive()
      .meta({ examples: [2] }),
    recordedAt: z.iso.datetime().meta({ description: 'From when it counted.' }),
    supersededAt: z.iso.datetime().nullable().meta({
      description:
        'Until when, exclusive; null where it counts now. A tombstone never counts: it is superseded as it is recorded.',
    }),
    author: z.string().meta({ description: 'Name of the key that wrote it, or `seed`.', examples: ['seed'] }),
    reason: z.string().meta({ examples: ['seed file'] }),
    deleted: z.boolean().meta({ description: 'Whether it is a tombstone.' }),
    changes: z
      .array(
        z.object({
          field: z.string().meta({ examples: ['amount.value'] }),
          from: anyValue,
          to: anyValue,
        }),
      )
      .meta({
        description:
          'What it says otherwise than the revision before it, field by field; lists are compared whole.',
      }),
  })
  .meta({ id: 'Revision', description: 'One revision in the history of a record.' });

const RevisionList = listOf(sparse(Revision)).meta({
  id: 'RevisionList',
  description: 'A page of revisions.',
});

const RevisionListQuery = z.strictObject({
  knownAsOf,
  sort: sortParameter(['revision'], 'revision'),
  ...listParameters(Revision),
});
type RevisionListQuery = z.output<typeof RevisionListQuery>;

/** `/v1/forecasts/{id}/revisions`, and the same of outcomes. */
export function registerHistory(
  app: FastifyInstance,
  context: RouteContext,
  record: {
    readonly kind: RecordKind;
    readonly path: string;
    readonly tag: Operation['tag'];
    readonly name: string;
    readonly exampleId: string;
  },
): void {
  registerList<ReadContext, RevisionListQuery>(app, context, {
    path: `${record.path}/:id/revisions`,
    name: 'revisions',
    operation: {
      operationId: `list${record.name}Revisions`,
      tag: record.tag,
      summary: `Every revision of ${record.kind === 'outcome' ? 'an outcome' : 'a forecast'}, with what each changed`,
      description:
        'Oldest first; of a deleted record as well, whose tombstone is the last. A revision counts from `recordedAt` up to, not including, `supersededAt`: what the record said at a time is to be had with `knownAsOf`.',
      params: IdParams,
      querystring: RevisionListQuery,
      response: RevisionList,
      responseDescription: 'A page of revisions.',
      example: { id: record.exampleId },
      problems: ['recordNotFound'],
    },
    record: Revision,
    pageOf: async (state, { knownAsOf: asOf }, page, request) => {
      const { id } = request.params as z.output<typeof IdParams>;
      const revisions = await listRevisions(state.storage.read, record.kind, id, asOf);
      // Says that there is no such record, and what may have been meant.
      if (revisions.length === 0) await requireRecord(state, record.kind, id, { knownAsOf: asOf });
      return pageOfRows(revisions, page, ({ revision }) => revision);
    },
  });
}
