import type { IncomingMessage, ServerResponse } from 'node:http';
import { validateHeaderName, validateHeaderValue } from 'node:http';
import { LRUCache } from 'lru-cache';
import Negotiator from 'negotiator';
import { currentRateDate } from '../../domain/money/rate-provider.ts';
import { REFERENCE } from '../../ledger/rates/provider.ts';
import type { Storage } from '../../store/sqlite/storage.ts';

/** A content coding of an answer. */
export type Coding = 'br' | 'gzip' | 'identity';
const CODINGS: readonly Coding[] = ['br', 'gzip', 'identity'];

/** Headers that all copies of an answer have; `content-length`, which Node wants to see, stands apart. */
interface SharedHeaders {
  /** Names and values in turn. */
  readonly list: readonly string[];
  /** The same as they go over the network, each with its line end. */
  readonly text: string;
  readonly contentLength: readonly ['content-length', string] | readonly [];
}

/** An answer as it was sent. */
export interface Answer {
  readonly whole: SharedHeaders;
  /** The headers of a 304 in its place. */
  readonly unchanged: SharedHeaders;
  readonly etag: string;
  /** The bytes; of a short answer as the Latin-1 characters of the same numbers, which go out in one piece with the headers. */
  readonly body: Buffer | string;
}

/** What a request asks for, as far as an answer can depend on it. */
export interface Question {
  readonly key: string;
  readonly coding: Coding;
}

export interface KeptAnswersOptions {
  readonly storage: Storage;
  readonly now: () => Date;
  /** How many bytes of answers are kept; 0 keeps none. */
  readonly budgetBytes: number;
  /** Names this start of the service: a new release may answer the same question otherwise. */
  readonly generation: string;
}

export interface KeptAnswers {
  /** All that answers depend on beside the request, as it is now: read from the ledger. Throws the errors of SQLite. */
  readonly state: () => string;
  /** @param origin the address under which the client reaches the service */
  readonly questionOf: (request: IncomingMessage, origin: string, state: string) => Question;
  readonly get: (question: Question) => Answer | undefined;
  readonly keep: (question: Question, headers: readonly (readonly [string, string])[], body: Buffer) => void;
}

/** An answer of more than this part of the budget is not kept: it would drive out the others. */
const LARGEST_PART = 8;
const ENTRY_OVERHEAD_BYTES = 512;
const MOST_CODINGS = 100;
const LINE_END = '\r\n';
/** Up to here one piece of text was measured to go out with less work than headers and bytes in two. */
const LONGEST_TEXT_BYTES = 12_288;
/** Headers of the single request or connection, and the one that stands apart. */
const NOT_SHARED: ReadonlySet<string> = new Set([
  'x-request-id',
  'date',
  'connection',
  'keep-alive',
  'content-length',
]);
/** A 304 has the headers that a 200 would have had, but these. */
export const BODY_HEADERS: readonly string[] = [
  'content-type',
  'content-length',
  'content-encoding',
  'content-disposition',
];

/** Answers by what they depend on, those that were asked for last. */
export function createKeptAnswers(options: KeptAnswersOptions): KeptAnswers {
  const { storage, budgetBytes, generation } = options;
  const answers =
    budgetBytes === 0
      ? null
      : new LRUCache<string, Answer>({
          maxSize: budgetBytes,
          maxEntrySize: Math.max(1, Math.floor(budgetBytes / LARGEST_PART)),
          sizeCalculation: ({ body, whole }, key) =>
            body.length + 2 * whole.text.length + key.length + ENTRY_OVERHEAD_BYTES,
        });
  const version = storage.sqlite
    .prepare<[], string>("select value from ledger_state where key = 'datasetVersion'")
    .pluck();
  const clock = createClock(options.now);
  const codings = new Map<string, Coding>();

  const codingOf = (request: IncomingMessage): Coding => {
    const header = request.headers['accept-encoding'];
    if (header === undefined) return 'identity';
    const known = codings.get(header);
    if (known !== undefined) return known;
    const accepted = new Negotiator(request).encodings([...CODINGS]) as Coding[];
    const coding = CODINGS.find((candidate) => accepted.includes(candidate)) ?? 'identity';
    if (codings.size < MOST_CODINGS) codings.set(header, coding);
    return coding;
  };

  return {
    state: () => `${generation}\n${version.get() ?? ''}\n${clock()}`,
    questionOf: (request, origin, state) => {
      const { accept } = request.headers;
      const coding = codingOf(request);
      const format = accept === undefined || accept === '*/*' ? '' : accept;
      return { key: `${state}\n${origin}\n${normalised(request.url ?? '')}\n${format}\n${coding}`, coding };
    },
    get: ({ key }) => answers?.get(key),
    keep: ({ key }, headers, body) => {
      answers?.set(key, {
        whole: sharedHeaders(headers),
        unchanged: sharedHeaders(headers.filter(([name]) => !BODY_HEADERS.includes(name))),
        etag: headers.find(([name]) => name === 'etag')?.[1] ?? '',
        body: body.length <= LONGEST_TEXT_BYTES ? body.toString('latin1') : body,
      });
    },
  };
}

/** Sends an answer that is kept: the one place where this is done. @param writeHead how its head is written */
export function sendKept(
  request: IncomingMessage,
  response: ServerResponse,
  { whole, unchanged, etag, body }: Answer,
  requestId: string,
  writeHead: typeof writeCheckedHead,
): void {
  if (namesTag(request.headers['if-none-match'], etag)) {
    writeHead(response, 304, unchanged, requestId);
    response.end();
    return;
  }
  writeHead(response, 200, whole, requestId);
  if (request.method === 'HEAD') response.end();
  else if (typeof body === 'string') response.end(body, 'latin1');
  else response.end(body);
}

/** Writes the head of an answer to any response, such as one that goes over no network. */
export function writeCheckedHead(
  response: ServerResponse,
  status: number,
  { list, contentLength }: SharedHeaders,
  requestId: string,
): void {
  response.writeHead(status, [...contentLength, 'x-request-id', requestId, ...list]);
}

/**
 * The same with less work: Node would check and put together some twenty headers that it has sent before, which takes a
 * fifth of the time that a short answer takes. It writes what it has to decide on (status, length, date, and what
 * becomes of the connection), and the others, which were checked when the answer was kept, are added as text. `_header`
 * is Node's own; where it is not as known, all is written as usual.
 */
export function writeKnownHead(
  response: ServerResponse & { _header?: string | null },
  status: number,
  headers: SharedHeaders,
  requestId: string,
): void {
  if (response._header !== null) {
    writeCheckedHead(response, status, headers, requestId);
    return;
  }
  response.writeHead(status, [...headers.contentLength, 'x-request-id', requestId]);
  const written = response._header as string | null;
  if (written !== null) response._header = `${written.slice(0, -LINE_END.length)}${headers.text}${LINE_END}`;
}

/** Whether `If-None-Match` names an answer; a weak tag of it names it too. */
export function namesTag(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  if (header.trim() === '*') return true;
  return header.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag);
}

/** @throws TypeError where Node would not send one of them */
function sharedHeaders(headers: readonly (readonly [string, string])[]): SharedHeaders {
  const shared = headers.filter(([name]) => !NOT_SHARED.has(name));
  for (const [name, value] of shared) {
    validateHeaderName(name);
    validateHeaderValue(name, value);
  }
  const contentLength = headers.find(([name]) => name === 'content-length')?.[1];
  return {
    list: shared.flat(),
    text: shared.map(([name, value]) => `${name}: ${value}${LINE_END}`).join(''),
    contentLength: contentLength === undefined ? [] : ['content-length', contentLength],
  };
}

/** What of the clock an answer may depend on; looked up once a second. */
function createClock(now: () => Date): () => string {
  let second = Number.NaN;
  let reading = '';
  return () => {
    const time = now();
    const current = Math.floor(time.getTime() / 1000);
    if (current !== second) {
      const { today, todaysRatesDue } = currentRateDate(REFERENCE, time);
      second = current;
      reading = `${time.toISOString().slice(0, 10)} ${today} ${todaysRatesDue}`;
    }
    return reading;
  };
}

/** The address with its parameters in one order. */
function normalised(url: string): string {
  const query = url.indexOf('?');
  if (query < 0 || !url.includes('&', query)) return url;
  const parameters = url.slice(query + 1).split('&');
  return `${url.slice(0, query)}?${parameters.sort().join('&')}`;
}
