import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { mapped } from '../../domain/steps.ts';
import type { PageOf, PageRequest } from '../../store/keyset.ts';
import type { ReadContext, RouteContext } from '../context.ts';
import { plainValue } from '../message/json-text.ts';
import { Problem } from '../message/problem.ts';
import type { Operation } from '../openapi/openapi.ts';
import {
  DEFAULT_LIMIT,
  MAX_LIMIT,
  nextPage,
  pageParameters,
  readCursor,
  selectFields,
  withoutNulls,
} from '../query/paging.ts';
import { inTurns } from '../turns.ts';
import { columnsOf, flatRow, hasTime, rowSchema, TIME } from './columns.ts';
import type { FormatQuery } from './formats.ts';
import {
  checkForm,
  chosenFormat,
  describeFile,
  dialectOf,
  formatParameters,
  inBatches,
  MEDIA_TYPES,
  ROWS_AT_ONCE,
  registerFormats,
  rowFormat,
  sendFile,
  sendJson,
} from './formats.ts';
import type { RowFormat, RowShape } from './row-format.ts';

/** The parameters that every list takes beside its own filters. */
export function listParameters(record: z.ZodObject) {
  const { count, ...page } = pageParameters(record, hasTime(record) ? [TIME] : []);
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
  readonly operation: Omit<Operation, 'list'> & { readonly response: z.ZodObject };
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
  /** Refuses a query before anything is sent. What it gives back is said beside `datasetVersion`. */
  readonly check?: (view: View, query: Query) => Promise<object>;
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
  const answer = list.operation.response;
  const row = rowSchema(list.record, `Flat${list.record.meta()?.id}`);
  const forms = {
    path: list.path,
    operation: { ...list.operation, list: true },
    rows: answer.extend({ data: z.array(row) }).meta({ id: `Flat${answer.meta()?.id}` }),
    mediaTypes: MEDIA_TYPES,
    config: { cacheable },
  };
  registerFormats(app, forms, async (request, reply) => {
    const query = request.query as Query;
    const name = chosenFormat(request, query.format, MEDIA_TYPES);
    checkForm(query, name);
    reply.header('vary', 'Accept');
    const format = rowFormat(name);
    const page = {
      isFlat: query.shape === 'flat' || format?.isFlat === true,
      sort: query.sort,
      after: readCursor(request, query.cursor, query.sort.length),
      limit: query.limit ?? DEFAULT_LIMIT,
      count: query.count === 'exact' && format === undefined,
    };
    const asked = { context, list, query, request, reply, page };
    if (format !== undefined && query.limit === undefined) return streamRows(asked, format);
    const send = () => (format === undefined ? sendPage(asked) : sendRows(asked, format));
    return list.isComputed?.(query) === true ? context.makeLarge(request, reply, send) : send();
  });
}

/** A request for a list. */
interface Asked<View extends ReadContext, Query extends ListQuery> {
  readonly context: RouteContext<View>;
  readonly list: List<View, Query>;
  readonly query: Query;
  readonly page: ListPageRequest<Query['sort'][number]['key']>;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

/**
 * @param hasColumns false for records that are shown as they are
 * @throws InvalidRequest where there are columns and none of the fields has one
 */
function shapeOf<View extends ReadContext, Query extends ListQuery>(
  { list, query }: Asked<View, Query>,
  hasColumns = true,
): RowShape {
  const columns = hasColumns ? columnsOf(list.record, query, list.present?.(query) ?? []) : [];
  const shaped = (record: unknown): unknown =>
    query.shape === 'flat' ? flatRow(plainValue(record), columns) : selectFields(record, query.fields);
  return {
    columns,
    shaped: query.compact === true ? (record) => withoutNulls(plainValue(shaped(record))) : shaped,
    dialect: dialectOf(query),
  };
}

async function sendPage<View extends ReadContext, Query extends ListQuery>(
  asked: Asked<View, Query>,
): Promise<FastifyReply> {
  const { context, list, query, page, request, reply } = asked;
  const answer = await context.reading(request, async (view) => {
    const checked = await list.check?.(view, query);
    const found = await list.pageOf(view, query, page, request);
    const { cursor: nextCursor, url: nextUrl } = nextPage(request, context.originOf(request), found);
    return {
      data: await inTurns(mapped(found.records, shapeOf(asked, page.isFlat).shaped)),
      page: { limit: page.limit, nextCursor, nextUrl },
      meta: {
        datasetVersion: view.read.version,
        ...checked,
        ...(await list.meta?.(view, query, found, request)),
        count: found.count,
      },
    };
  });
  linkNext(reply, answer.page.nextUrl);
  return sendJson(reply, answer);
}

/** One page of rows. */
async function sendRows<View extends ReadContext, Query extends ListQuery>(
  asked: Asked<View, Query>,
  format: RowFormat,
): Promise<FastifyReply> {
  const { context, list, query, page, request, reply } = asked;
  const found = await context.reading(request, async (view) => {
    await list.check?.(view, query);
    return list.pageOf(view, query, page, request);
  });
  linkNext(reply, nextPage(request, context.originOf(request), found).url);
  return sendFile(reply, list.name, format, found.records, shapeOf(asked));
}

function linkNext(reply: FastifyReply, url: string | null): void {
  if (url !== null) reply.header('link', `<${url}>; rel="next"`);
}

/** All rows, as a stream. */
function streamRows<View extends ReadContext, Query extends ListQuery>(
  asked: Asked<View, Query>,
  format: RowFormat,
): Promise<FastifyReply> {
  const { context, list, query, page: first, request, reply } = asked;
  const shape = shapeOf(asked);
  return context.streams.send(request, reply, async (view) => {
    await list.check?.(view, query);
    const pages = list.isComputed?.(query) === true ? wholeList : allPages;
    const pageOf = async (page: typeof first) => {
      const found = await list.pageOf(view, query, page, request);
      if (found.count !== undefined) checkRoom(found.count, format);
      return found;
    };
    const batches = inBatches(pages(pageOf, { ...first, count: format.mostRows !== undefined }));
    // The first page comes before any header is sent: what fails there is a problem document, not a broken stream.
    const begun = await batches.next();
    describeFile(reply, list.name, format);
    return format.write(resumed(begun.done === true ? [] : begun.value, batches), shape);
  });
}

/** @throws Problem `tooManyRows` */
function checkRoom(count: number, { name, mostRows = Number.POSITIVE_INFINITY }: RowFormat): void {
  if (count <= mostRows) return;
  throw new Problem(
    'tooManyRows',
    `There are ${count} rows, and a file of ${name.toUpperCase()} has room for ${mostRows}. Narrow the filters, or take them as CSV (\`.csv\`), which has room for all.`,
  );
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
  let { after, count } = first;
  let limit = ROWS_AT_ONCE;
  do {
    const began = performance.now();
    const page = await pageOf({ ...first, after, limit, count });
    count = false;
    const isSlow = performance.now() - began > SLOW_PAGE_MS + limit * SLOW_ROW_MS;
    limit = isSlow ? MAX_LIMIT : ROWS_AT_ONCE;
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
 * A page takes longer than this where its place is found only by computing or sorting the whole list: short pages would
 * do so the more often.
 */
const SLOW_PAGE_MS = 50;
const SLOW_ROW_MS = 0.04;
