import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { PageOf, PageRequest } from '../../store/keyset.ts';
import type { ReadContext, RouteContext } from '../context.ts';
import type { Operation } from '../openapi/openapi.ts';
import { operation } from '../openapi/openapi.ts';
import { DEFAULT_LIMIT, listAnswer, MAX_LIMIT, nextPage, readCursor, selectFields } from '../query/paging.ts';
import type { Column, FormatQuery, ListFormat } from './formats.ts';
import {
  checkLabels,
  chosenFormat,
  columnsOf,
  csvHeader,
  csvLines,
  flatRow,
  LIST_FORMATS,
  MEDIA_TYPES,
} from './formats.ts';

/** What every list query has, whatever its filters. */
export interface ListQuery extends FormatQuery {
  readonly sort: PageRequest<string>['sort'];
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
  readonly count?: 'exact' | undefined;
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
    page: PageRequest<Query['sort'][number]['key']>,
    request: FastifyRequest,
  ) => Promise<PageOf<unknown>>;
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
  const schema = operation({ ...list.operation, list: true });
  const handler = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const query = request.query as Query;
    const format = chosenFormat(request, query.format, MEDIA_TYPES);
    checkLabels(query, format);
    reply.header('vary', 'Accept');
    return format === 'json'
      ? sendPage(context, list, query, request, reply)
      : sendRows(context, list, query, format, request, reply);
  };
  const { cacheable = true } = list;
  app.get(list.path, { schema, config: { cacheable } }, handler);
  const { querystring, params } = list.operation;
  for (const format of LIST_FORMATS) {
    // The same schema for validation; the document describes the path once, without its suffixes.
    app.get(
      `${list.path}.${format}`,
      {
        schema: params === undefined ? { querystring } : { querystring, params },
        config: { listFormat: format, cacheable },
      },
      handler,
    );
  }
}

/** The page that a request asks for. @throws InvalidRequest for a cursor of another list */
function pageRequest<Query extends ListQuery>(
  request: FastifyRequest,
  query: Query,
): PageRequest<Query['sort'][number]['key']> {
  return {
    sort: query.sort,
    after: readCursor(request, query.cursor, query.sort.length),
    limit: query.limit ?? DEFAULT_LIMIT,
    count: query.count === 'exact',
  };
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
    const columns =
      query.shape === 'flat' ? columnsOf(list.record, query, list.present?.(query) ?? []) : null;
    const envelope = listAnswer(next, {
      data: page.records.map((record) =>
        columns === null ? selectFields(record, query.fields) : flatRow(record, columns),
      ),
      limit: query.limit ?? DEFAULT_LIMIT,
      count: page.count,
      meta: {
        datasetVersion: view.read.version,
        ...(await list.meta?.(view, query, page, request)),
      },
    });
    return { answer: envelope, nextUrl: next.url };
  });
  if (nextUrl !== null) reply.header('link', `<${nextUrl}>; rel="next"`);
  return reply.type(MEDIA_TYPES.json).send(answer);
}

/** All rows as a stream, or one page where the query has a limit. */
async function sendRows<View extends ReadContext, Query extends ListQuery>(
  context: RouteContext<View>,
  list: List<View, Query>,
  query: Query,
  format: Exclude<ListFormat, 'json'>,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const asked = { ...pageRequest(request, query), count: false };
  const columns = columnsOf(list.record, query, list.present?.(query) ?? []);
  const header = format === 'csv' ? csvHeader(columns) : '';
  const write = rowWriter(format, query, columns);
  const describe = (): void => {
    reply.header('content-disposition', `attachment; filename="${list.name}.${format}"`);
    reply.type(`${MEDIA_TYPES[format]}; charset=utf-8`);
  };
  if (query.limit !== undefined) {
    const page = await context.reading(async (view) => {
      await list.check?.(view, query);
      return list.pageOf(view, query, asked, request);
    });
    const next = nextPage(request, context.originOf(request), page);
    if (next.url !== null) reply.header('link', `<${next.url}>; rel="next"`);
    describe();
    return reply.send(Readable.from([write(page.records, header)]));
  }
  return context.streams.send(request, reply, async (view) => {
    await list.check?.(view, query);
    const pages = allPages((page) => list.pageOf(view, query, page, request), asked);
    // The first page comes before any header is sent: what fails there is a problem document, not a broken stream.
    const first = await pages.next();
    describe();
    return (async function* pieces(): AsyncGenerator<Buffer> {
      yield write(first.done === true ? [] : first.value, header);
      for await (const records of pages) yield write(records);
    })();
  });
}

/** So many rows are read and written in a few milliseconds, which is how long others may be kept waiting. */
const ROWS_AT_ONCE = 100;

/** The records of every page from one on. */
async function* allPages<Key extends string>(
  pageOf: (page: PageRequest<Key>) => Promise<PageOf<unknown>>,
  first: PageRequest<Key>,
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

/**
 * Whether a page took longer than its rows do: where its place is found only by computing or sorting the whole list,
 * short pages would do so the more often.
 */
function isSlow(rows: number, elapsedMs: number): boolean {
  return elapsedMs > SLOW_PAGE_MS + rows * SLOW_ROW_MS;
}
const SLOW_PAGE_MS = 50;
const SLOW_ROW_MS = 0.04;

/** Makes lines of records, in UTF-8; those of a CSV after its header, where they are its first. */
function rowWriter(
  format: Exclude<ListFormat, 'json'>,
  query: FormatQuery,
  columns: readonly Column[],
): (records: readonly unknown[], header?: string) => Buffer {
  if (format === 'csv') return (records, header = '') => Buffer.from(header + csvLines(records, columns));
  const shaped =
    query.shape === 'flat'
      ? (record: unknown) => flatRow(record, columns)
      : (record: unknown) => selectFields(record, query.fields);
  return (records) => Buffer.from(records.map((record) => `${JSON.stringify(shaped(record))}\n`).join(''));
}
