import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { FeedContent } from '../../http/formats/feeds.ts';
import { FEEDS } from '../../http/formats/feeds.ts';
import { registerList } from '../../http/formats/lists.ts';
import { invalidParameter } from '../../http/message/problem.ts';
import { operation } from '../../http/openapi/openapi.ts';
import { newestSequence } from '../../store/ledger-state.ts';
import { requireKnownIds } from '../catalogue/known-ids.ts';
import type { ReadContext, RouteContext } from '../context.ts';
import { KINDS } from '../records/kinds.ts';
import { feedEntries } from './feed.ts';
import type { ChangePage } from './repository.ts';
import { listChanges, newestChanges } from './repository.ts';
import type { ChangeFilters } from './schemas.ts';
import { Change, ChangeList, ChangesQuery, FeedQuery, JsonFeed, USUAL_ENTRIES } from './schemas.ts';

const TABLES = Object.assign({}, ...Object.values(KINDS).map(({ tables }) => tables));
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
        'Begin with `since=0`, then follow `meta.nextUrl`, which is always given: when there is nothing new, ask it again later. No change of a record is missed or given twice; those of the catalogue are given where `kind` names them.',
      querystring: ChangesQuery.overwrite((query) => ({ ...query, sort: IN_ORDER })),
      response: ChangeList,
      responseDescription: 'A page of changes.',
      example: { since: '0', limit: '10' },
    },
    record: Change,
    check: (view, query) => checkQuery(view, query),
    pageOf: ({ read }, query, page) => listChanges(read, query, page),
    meta: async (_view, _query, page, request) => {
      const { position } = page as ChangePage;
      const url = new URL(request.url, 'http://list');
      url.searchParams.delete('cursor');
      url.searchParams.set('since', String(position));
      return { next: position, nextUrl: `${context.originOf(request)}${url.pathname}?${url.searchParams}` };
    },
  });
  for (const [ending, { mediaType, write }] of Object.entries(FEEDS)) {
    const isJson = mediaType === FEEDS['feed.json'].mediaType;
    const name = isJson ? 'JSON Feed' : 'Atom';
    const schema = operation({
      operationId: isJson ? 'getChangesJsonFeed' : 'getChangesAtomFeed',
      tag: 'Operation',
      summary: `What was written, for feed readers: ${name}`,
      description:
        'The newest first: each new, corrected or deleted record is an entry, with its figure and quote, that leads to the record as it stood then. With the filters of forecasts, by what a revision itself says: who follows `sector=new-infrastructure` is told of new forecasts of 5G.',
      querystring: FeedQuery,
      response: isJson ? JsonFeed : z.string(),
      mediaType,
      responseDescription: `The newest changes, as ${name}.`,
      example: { sector: 'new-infrastructure', limit: '10' },
    });
    app.get(`/v1/changes.${ending}`, { schema }, async (request, reply) => {
      const content = await context.reading(request, (view) => feedOf(view, request, context));
      reply.type(isJson ? mediaType : `${mediaType}; charset=utf-8`);
      return reply.send(Buffer.from(await write(content)));
    });
  }
}

async function feedOf(
  view: ReadContext,
  request: FastifyRequest,
  context: RouteContext,
): Promise<FeedContent> {
  const query = request.query as FeedQuery;
  const self = new URL(request.url, 'http://feed');
  const { read } = view;
  await checkQuery(view, query);
  const changes = await newestChanges(read, query, query.limit ?? USUAL_ENTRIES);
  const [newest = (await newestChanges(read, { since: 0 }, 1))[0]] = changes;
  // A feed names whole addresses, also to who sends no host.
  const origin = context.originOf(request) || 'http://localhost';
  const own = `${origin}${self.pathname}${self.search}`;
  self.searchParams.delete('limit');
  const filters = [...self.searchParams].map(([key, value]) => `${key} ${value}`);
  return {
    title: filters.length === 0 ? 'Forecast Ledger' : `Forecast Ledger: ${filters.join(', ')}`,
    self: own,
    link: `${origin}/v1/changes${self.search}`,
    updated: newest?.recordedAt ?? new Date(0).toISOString(),
    entries: await feedEntries(read, changes, origin),
  };
}

/** Puts ids in the place of names. @throws InvalidRequest `unknownId`, `positionNotReached`, `timeInFuture` */
async function checkQuery(
  { read, now }: Pick<ReadContext, 'read' | 'now'>,
  query: ChangeFilters,
): Promise<object> {
  const resolved = await requireKnownIds(read, TABLES, query);
  const { since } = query;
  if (typeof since === 'string' && since.slice(0, 10) > now().toISOString().slice(0, 10)) {
    const message = `lies in the future: ${since}, and it is ${now().toISOString()}; nothing is written there yet`;
    throw invalidParameter('since', 'timeInFuture', message);
  }
  const newest = await newestSequence(read);
  if (typeof since === 'string' || since <= newest) return resolved;
  const message = `lies beyond the newest position, ${newest}: it comes from another ledger, or this one was restored from a backup; begin anew with 0`;
  throw invalidParameter('since', 'positionNotReached', message);
}
