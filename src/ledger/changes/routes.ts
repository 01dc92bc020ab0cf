import type { FastifyInstance } from 'fastify';
import { registerList } from '../../http/formats/lists.ts';
import { invalidParameter } from '../../http/message/problem.ts';
import { newestSequence } from '../../store/ledger-state.ts';
import { collections } from '../../store/tables/schema.ts';
import { requireKnownIds } from '../catalogue/known-ids.ts';
import type { ReadContext, RouteContext } from '../context.ts';
import type { ChangePage } from './repository.ts';
import { listChanges } from './repository.ts';
import { Change, ChangeList, ChangesQuery } from './schemas.ts';

const IN_ORDER = [{ key: 'position', direction: 'ascending' }] as const;

/** The changes feed: what was written, in order, for those who keep a copy. */
export function registerChangeRoutes(app: FastifyInstance, context: RouteContext): void {
  registerList<ReadContext, ChangesQuery & { readonly sort: typeof IN_ORDER }>(app, context, {
    path: '/v1/changes',
    name: 'changes',
    operation: {
      operationId: 'listChanges',
      tag: 'Operation',
      summary: 'What was written, in order: revisions and deletions',
      description:
        'Begin with `since=0`, then follow `meta.nextUrl`, which is always given: when there is nothing new, ask it again later. No change is missed or given twice.',
      querystring: ChangesQuery.overwrite((query) => ({ ...query, sort: IN_ORDER })),
      response: ChangeList,
      responseDescription: 'A page of changes.',
      example: { since: '0', limit: '10' },
    },
    record: Change,
    check: async ({ read }, query) => {
      const { since } = query;
      const resolved = await requireKnownIds(read, { collection: collections }, query);
      const newest = await newestSequence(read);
      if (typeof since === 'string' || since <= newest) return resolved;
      const message = `lies beyond the newest position, ${newest}: it comes from another ledger, or this one was restored from a backup; begin anew with 0`;
      throw invalidParameter('since', 'positionNotReached', message);
    },
    pageOf: ({ read }, query, page) => listChanges(read, query, page),
    meta: async (_view, _query, page, request) => {
      const { position } = page as ChangePage;
      const url = new URL(request.url, 'http://list');
      url.searchParams.delete('cursor');
      url.searchParams.set('since', String(position));
      return { next: position, nextUrl: `${context.originOf(request)}${url.pathname}?${url.searchParams}` };
    },
  });
}
