import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { mapped } from '../../domain/steps.ts';
import type { PageOf, PageRequest } from '../../store/keyset.ts';
import type { ReadContext, RouteContext } from '../context.ts';
import type { Operation } from '../openapi/openapi.ts';
import { operation } from '../openapi/openapi.ts';
import {
  DEFAULT_LIMIT,
  listAnswer,
  MAX_LIMIT,
  nextPage,
  pageParameters,
  readCursor,
  selectFields,
} from '../query/paging.ts';
import { inTurns } from '../turns.ts';
import { columnsOf, flatRow } from './columns.ts';
import type { FormatQuery } from './formats.ts';
import {
  checkLabels,
  chosenFormat,
  describeFile,
  formatParameters,
  inBatches,
  MEDIA_TYPES,
  ROW_FORMATS,
  ROWS_AT_ONCE,
  registerFormats,
  rowFormat,
  sendFile,
  sendJson,
} from './formats.ts';
import type { RowFormat, RowShape } from './row-format.ts';

/** The parameters that every list takes beside its own filters. */
export function listParameters(record: z.ZodType) {
  const { count, ...page } = pageParameters(record);
  return { ...page, ...formatParameters, count };
}

/** What every list query has, whatever its filters. */
export interface ListQuery extends FormatQuery {
  readonly sort: PageRequest<string>['sort'];
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
  readonly count?: 'exact' | undefined;
}

/** A page as a list's query asks for it. */
export interface ListPageRequest<Key extends string> extends PageRequest<Key> {
  /** Whether its records are shown as flat rows, which have no lists of objects. */
  readonly isFlat: boolean;
}

/** A list of the service: one path, its query, and where its pages come from. */
export interface List<View extends ReadContext, Query extends ListQuery> {
  readonly path: string;
  /** For the name of a downloaded file: "forecasts". */
  readonly name: string;
  readonly operation: Omit<Operation, 'list'>;
  /** One record; its columns are those of CSV. */
  readonly record: z.ZodObject;
  /** One page; called again and again for a stream of all rows, with the state of the ledger that it is read from. */
  readonly pageOf: (
    view: View,
    query: Query,
    page: ListPageRequest<Query['sort'][number]['key']>,
    request: FastifyRequest,
  ) => Promise<PageOf<unknown>>;
  /** Whether all rows are computed for any page, so that a stream of all rows asks for one page of them all. */
  readonly isComputed?: (query: Query) => boolean;
  /** Refuses a query before anything is sent. */
  readonly check?: (view: View, query: Query) => Promise<void>;
  /** Optional fields that the records of this query have. */
  readonly present?: (query: Query) => readonly string[];
  /** `false`: what the list says changes without a write. */
  readonly cacheable?: boolean;
  /** What the list says beside `datasetVersion`. */
  readonly meta?: (
    view: View,
    query: Query,
    page: PageOf<unknown>,
    request: FastifyRequest,
  ) => Promise<object>;
}

/** Registers a list under its path, and under the path with each format's suffix: one mechanism for every list. */
export function registerList<View extends ReadContext, Query extends ListQuery>(
  app: FastifyInstance,
  context: RouteContext<View>,
  list: List<View, Query>,
): void {
  const { cacheable = true } = list;
  const schema = operation({
    ...list.operation,
    list: true,
    otherForms: ROW_FORMATS,
  });
  registerFormats(app, list.path, schema, { cacheable }, async (request, reply) => {
    const query = request.query as Query;
    const name = chosenFormat(request, query.format, MEDIA_TYPES);
    checkLabels(query, name);
    reply.header('vary', 'Accept');
    const format = rowFormat(name);
    if (format === undefined) return sendPage(context, list, query, request, reply);
    const send = query.limit === undefined ? streamRows : sendRows;
    return send(context, list, query, format, request, reply);
  });
}

/** The page that a request asks for. @throws InvalidRequest for a cursor of another list */
function pageRequest<Query extends ListQuery>(
  request: FastifyRequest,
  query: Query,
  format?: RowFormat,
): ListPageRequest<Query['sort'][number]['key']> {
  return {
    isFlat: query.shape === 'flat' || format?.isFlat === true,
    sort: query.sort,
    after: readCursor(request, query.cursor, query.sort.length),
    limit: query.limit ?? DEFAULT_LIMIT,
    count: query.count === 'exact',
  };
}

function shapeOf<View extends ReadContext, Query extends ListQuery>(
  list: List<View, Query>,
  query: Query,
): RowShape {
  const columns = columnsOf(list.record, query, list.present?.(query) ?? []);
  const shaped =
    query.shape === 'flat'
      ? (record: unknown) => flatRow(record, columns)
      : (record: unknown) => selectFields(record, query.fields);
  return { columns, shaped };
}

async function sendPage<View extends ReadContext, Query extends ListQuery>(
  context: RouteContext<View>,
  list: List<View, Query>,
  query: Query,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { answer, nextUrl } = await context.reading(async (view) => {
    await list.check?.(view, query);
    const page = await list.pageOf(view, query, pageRequest(request, query), request);
    const next = nextPage(request, context.originOf(request), page);
    const shaped =
      query.shape === 'flat'
        ? shapeOf(list, query).shaped
        : (record: unknown) => selectFields(record, query.fields);
    const envelope = listAnswer(next, {
      data: await inTurns(mapped(page.records, shaped)),
      limit: query.limit ?? DEFAULT_LIMIT,
      count: page.count,
      meta: { datasetVersion: view.read.version, ...(await list.meta?.(view, query, page, request)) },
    });
    return { answer: envelope, nextUrl: next.url };
  });
  if (nextUrl !== null) reply.header('link', `<${nextUrl}>; rel="next"`);
  return sendJson(reply, answer);
}

/** One page of rows. */
async function sendRows<View extends ReadContext, Query extends ListQuery>(
  context: RouteContext<View>,
  list: List<View, Query>,
  query: Query,
  format: RowFormat,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const asked = { ...pageRequest(request, query, format), count: false };
  const page = await context.reading(async (view) => {
    await list.check?.(view, query);
    return list.pageOf(view, query, asked, request);
  });
  const next = nextPage(request, context.originOf(request), page);
  if (next.url !== null) reply.header('link', `<${next.url}>; rel="next"`);
  return sendFile(reply, list.name, format, page.records, shapeOf(list, query));
}

/** All rows, as a stream. */
function streamRows<View extends ReadContext, Query extends ListQuery>(
  context: RouteContext<View>,
  list: List<View, Query>,
  query: Query,
  format: RowFormat,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const first = { ...pageRequest(request, query, format), count: false };
  const shape = shapeOf(list, query);
  return context.streams.send(request, reply, async (view) => {
    await list.check?.(view, query);
    const pages = list.isComputed?.(query) === true ? wholeList : allPages;
    const batches = inBatches(pages((page) => list.pageOf(view, query, page, request), first));
    // The first page comes before any header is sent: what fails there is a problem document, not a broken stream.
    const begun = await batches.next();
    describeFile(reply, list.name, format);
    return format.write(resumed(begun.done === true ? [] : begun.value, batches), shape);
  });
}

async function* resumed<Piece>(first: Piece, rest: AsyncIterable<Piece>): AsyncGenerator<Piece> {
  yield first;
  yield* rest;
}

type PageSource<Key extends string> = (page: ListPageRequest<Key>) => Promise<PageOf<unknown>>;

/** The records of every page from one on. */
async function* allPages<Key extends string>(
  pageOf: PageSource<Key>,
  first: ListPageRequest<Key>,
): AsyncGenerator<readonly unknown[]> {
  let { after } = first;
  let limit = ROWS_AT_ONCE;
  do {
    const began = performance.now();
    const page = await pageOf({ ...first, after, limit });
    limit = isSlow(limit, performance.now() - began) ? MAX_LIMIT : ROWS_AT_ONCE;
    yield page.records;
    after = page.next;
  } while (after !== null);
}

/** The records of a list from a page on, as one page. */
async function* wholeList<Key extends string>(
  pageOf: PageSource<Key>,
  first: ListPageRequest<Key>,
): AsyncGenerator<readonly unknown[]> {
  const { records } = await pageOf({ ...first, limit: Number.MAX_SAFE_INTEGER });
  yield records;
}

/**
 * Whether a page took longer than its rows do: where its place is found only by computing or sorting the whole list,
 * short pages would do so the more often.
 */
function isSlow(rows: number, elapsedMs: number): boolean {
  return elapsedMs > SLOW_PAGE_MS + rows * SLOW_ROW_MS;
}
const SLOW_PAGE_MS = 50;
const SLOW_ROW_MS = 0.04;
