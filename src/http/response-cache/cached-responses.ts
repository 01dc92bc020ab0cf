import type { IncomingMessage, ServerResponse } from 'node:http';
import { LRUCache } from 'lru-cache';
import Negotiator from 'negotiator';
import { namesTag } from '../message/preconditions.ts';
import { BODY_HEADERS } from '../message/problem.ts';

/** A content coding of an answer, the shortest first. */
const CODINGS = ['br', 'gzip', 'identity'] as const;
export type Coding = (typeof CODINGS)[number];

type Header = readonly [name: string, value: string];

/** How often answers of a route were there, and how often they had to be made. */
export interface CacheUse {
  hits: number;
  misses: number;
}

/** An answer as it is sent again. */
export interface CachedResponse {
  /** What it depends on beside the request. */
  readonly state: string;
  readonly headers: SharedHeaders;
  /** The headers of a 304 in its place. */
  readonly headersUnchanged: SharedHeaders;
  readonly etag: string;
  /** Of its route. */
  readonly use: CacheUse;
  /** The bytes; of a short answer as Latin-1 characters of the same numbers, which go out in one piece with the headers. */
  readonly body: Buffer | string;
}

/**
 * Names and values in turn, as `writeHead` takes them; the second is the id of the request that is being answered, so
 * that no list of some forty texts is made for each.
 */
type SharedHeaders = string[];

/** Responses by what requests ask for; of each the one of the state for which it was asked last. */
export interface CachedResponses {
  readonly get: (key: string, state: string) => CachedResponse | undefined;
  /** @param headers of the 200, with its `etag` */
  readonly keep: (
    key: string,
    content: Pick<CachedResponse, 'state' | 'use'>,
    headers: readonly Header[],
    body: Buffer,
  ) => void;
}

/** A response of more than this part of the budget is not cached: it would drive out the others. */
const LARGEST_PART = 8;
const ENTRY_OVERHEAD_BYTES = 1024;
/** Up to here one piece of text was measured to go out with less work than headers and bytes in two. */
const LONGEST_TEXT_BYTES = 12_288;
/** Headers of the single request or connection. */
const NOT_SHARED: ReadonlySet<string> = new Set(['x-request-id', 'date', 'connection', 'keep-alive']);

/** Responses by key, those that were asked for last. @param budgetBytes 0 caches none */
export function createCachedResponses(budgetBytes: number): CachedResponses {
  if (budgetBytes === 0) return { get: () => undefined, keep: () => undefined };
  const responses = new LRUCache<string, CachedResponse>({
    maxSize: budgetBytes,
    maxEntrySize: Math.max(1, Math.floor(budgetBytes / LARGEST_PART)),
    sizeCalculation: ({ body, headers }, key) =>
      body.length + headers.join().length + key.length + ENTRY_OVERHEAD_BYTES,
  });
  return {
    get: (key, state) => {
      const response = responses.get(key);
      return response?.state === state ? response : undefined;
    },
    keep: (key, { state, use }, headers, body) => {
      const shared = headers.filter(([name]) => !NOT_SHARED.has(name));
      responses.set(key, {
        state,
        use,
        headers: withRequestId(shared),
        headersUnchanged: withRequestId(shared.filter(([name]) => !BODY_HEADERS.includes(name))),
        etag: shared.find(([name]) => name === 'etag')?.[1] ?? '',
        body: body.length <= LONGEST_TEXT_BYTES ? body.toString('latin1') : body,
      });
    },
  };
}

function withRequestId(headers: readonly Header[]): SharedHeaders {
  return ['x-request-id', '', ...headers.flat()];
}

/** Sends a cached response, or a 304 in its place. */
export function sendCached(
  request: IncomingMessage,
  response: ServerResponse,
  { headers, headersUnchanged, etag, body }: CachedResponse,
  requestId: string,
): void {
  if (namesTag(request.headers['if-none-match'], etag)) {
    headersUnchanged[1] = requestId;
    response.writeHead(304, headersUnchanged).end();
    return;
  }
  headers[1] = requestId;
  response.writeHead(200, headers);
  if (request.method === 'HEAD') response.end();
  else if (typeof body === 'string') response.end(body, 'latin1');
  else response.end(body);
}

const MOST_HEADERS_READ = 100;
const CODINGS_READ = new Map<string, Coding>();

/** The coding that an `Accept-Encoding` prefers; of those that it prefers alike the shortest. */
export function preferredCoding(header: string | undefined): Coding {
  if (header === undefined) return 'identity';
  const known = CODINGS_READ.get(header);
  if (known !== undefined) return known;
  const negotiator = new Negotiator({ headers: { 'accept-encoding': header } });
  // Its types lack the second parameter: the order of those that are preferred alike.
  const encodings: (available: readonly string[], options: { preferred: readonly string[] }) => string[] =
    negotiator.encodings.bind(negotiator);
  const [coding = 'identity'] = encodings(CODINGS, { preferred: CODINGS }) as Coding[];
  if (CODINGS_READ.size < MOST_HEADERS_READ) CODINGS_READ.set(header, coding);
  return coding;
}
