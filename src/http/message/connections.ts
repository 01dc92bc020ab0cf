import { randomUUID } from 'node:crypto';
import type { RequestListener, Server, ServerResponse } from 'node:http';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { clientOf } from '../address-limit.ts';
import { noteConnection } from '../turns.ts';
import type { ProblemCode } from './problem.ts';
import { PROBLEM_MEDIA_TYPE, PROBLEMS, problemDocument } from './problem.ts';

export interface ConnectionLimits {
  readonly CONNECTION_LIMIT: number;
  /** Of one address; a proxy that is trusted may have more. */
  readonly CONNECTION_LIMIT_PER_ADDRESS: number;
  /** Requests that wait for the one before on their connection, in all. */
  readonly PIPELINE_LIMIT: number;
}

interface Connection {
  readonly socket: Socket;
  readonly address: string;
  /** The answer to the request that is being handled. */
  current: ServerResponse | undefined;
  /** The answers to requests that have arrived behind it. */
  readonly waiting: ServerResponse[];
  /** Grows from one connection's request to the next of any. */
  lastUsed: number;
  /** Whether the last request was answered before its body had arrived: a second answer must not follow. */
  isAnsweredEarly: boolean;
  readonly onAnswered: () => void;
}

/** Codes of the service's own errors, with which a connection is refused. */
export const STOPPING = 'LEDGER_STOPPING';
const OVERLOADED = 'LEDGER_OVERLOADED';
/** Node warns of a leak where there are more; without it, of eleven. */
const MOST_LISTENERS = 20;

/** What Node's HTTP parser reports before there is a request, and what ends one that has not arrived whole. */
const REFUSALS: Readonly<Record<string, readonly [ProblemCode, detail: string]>> = {
  HPE_HEADER_OVERFLOW: ['headersTooLarge', 'The request line and headers are longer than the service takes.'],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: ['contentTooLarge', 'The extensions of a chunk are too long.'],
  [STOPPING]: [
    'serviceUnavailable',
    'The service is stopping, and the request had not arrived whole. Send it again.',
  ],
  [OVERLOADED]: [
    'serviceOverloaded',
    'As many connections are open as the service takes. Try again in a second.',
  ],
  ERR_HTTP_REQUEST_TIMEOUT: ['requestTimeout', 'The request did not arrive in time.'],
};
const NO_HTTP = ['malformedRequest', 'What was sent is not a valid HTTP request.'] as const;

/**
 * The connections of the server. There are only so many, and each has one request handled at a time: what it sends
 * meanwhile is not read, so that answers nobody reads are not made either.
 */
export class Connections {
  readonly #open = new Map<Socket, Connection>();
  readonly #byAddress = new Map<string, Set<Connection>>();
  readonly #refused = new WeakSet<Socket>();
  readonly #limits: ConnectionLimits;
  readonly #isProxy: (address: string) => boolean;
  readonly #publicPath: string;
  #handle: RequestListener = () => undefined;
  #waiting = 0;
  #uses = 0;

  /**
   * @param isProxy whether an address is a trusted proxy's
   * @param publicPath what a proxy takes off the path, such as `/ledger`
   */
  constructor(limits: ConnectionLimits, isProxy: (address: string) => boolean, publicPath: string) {
    this.#limits = limits;
    this.#isProxy = isProxy;
    this.#publicPath = publicPath;
  }

  /** @param handle is given the requests of each connection one after the other */
  watch(server: Server, handle: RequestListener): void {
    this.#handle = handle;
    server.on('connection', (socket: Socket) => this.#opened(socket));
    server.on('request', ({ socket }, response) => {
      const connection = this.#open.get(socket);
      if (connection === undefined) return;
      if (connection.current === undefined) this.#begin(connection, response);
      else this.#wait(connection, response);
    });
  }

  #opened(socket: Socket): void {
    noteConnection();
    const address = clientOf(socket.remoteAddress ?? '');
    if (!this.#makeRoom(socket, address)) {
      this.refuse(Object.assign(new Error('overloaded'), { code: OVERLOADED }), socket);
      socket.destroySoon();
      return;
    }
    const connection: Connection = {
      socket,
      address,
      current: undefined,
      waiting: [],
      lastUsed: ++this.#uses,
      isAnsweredEarly: false,
      onAnswered: () => this.#answered(connection),
    };
    this.#open.set(socket, connection);
    const ofAddress = this.#byAddress.get(address);
    if (ofAddress === undefined) this.#byAddress.set(address, new Set([connection]));
    else ofAddress.add(connection);
    socket.once('close', () => this.#forget(connection));
    // Node reads on after each request.
    socket.on('resume', () => {
      if (connection.waiting.length > 0) socket.pause();
    });
  }

  /** Ends the connection that has been unused the longest where there are too many. @returns whether there is room */
  #makeRoom({ remoteAddress = '' }: Socket, address: string): boolean {
    const { CONNECTION_LIMIT, CONNECTION_LIMIT_PER_ADDRESS } = this.#limits;
    const ofAddress = this.#byAddress.get(address) ?? new Set();
    if (ofAddress.size >= CONNECTION_LIMIT_PER_ADDRESS && !this.#isProxy(remoteAddress))
      return this.#endUnused(ofAddress);
    return this.#open.size < CONNECTION_LIMIT || this.#endUnused(this.#open.values());
  }

  /** Of connections on which nothing is being answered; an answer that is only sent, and not taken, does not count. */
  #endUnused(connections: Iterable<Connection>): boolean {
    let unused: Connection | undefined;
    for (const connection of connections) {
      if (connection.current?.writableEnded === false) continue;
      if (unused === undefined || connection.lastUsed < unused.lastUsed) unused = connection;
    }
    if (unused === undefined) return false;
    this.#end(unused);
    return true;
  }

  #end(connection: Connection): void {
    this.#forget(connection);
    connection.socket.destroy();
  }

  #forget(connection: Connection): void {
    const { socket, address, waiting } = connection;
    if (!this.#open.delete(socket)) return;
    this.#waiting -= waiting.length;
    waiting.length = 0;
    const ofAddress = this.#byAddress.get(address);
    ofAddress?.delete(connection);
    if (ofAddress?.size === 0) this.#byAddress.delete(address);
  }

  #begin(connection: Connection, response: ServerResponse): void {
    connection.current = response;
    connection.lastUsed = ++this.#uses;
    connection.isAnsweredEarly = false;
    // With a stream, the service and the framework wait for its end in eleven places.
    response.setMaxListeners(MOST_LISTENERS).on('close', connection.onAnswered);
    this.#handle(response.req, response);
  }

  #answered(connection: Connection): void {
    const { current, waiting, socket } = connection;
    connection.isAnsweredEarly = current?.req.complete === false;
    connection.current = undefined;
    const next = waiting.shift();
    if (next === undefined) return;
    this.#waiting -= 1;
    if (waiting.length === 0) socket.resume();
    this.#begin(connection, next);
  }

  #wait(connection: Connection, response: ServerResponse): void {
    connection.waiting.push(response);
    connection.socket.pause();
    this.#waiting += 1;
    if (this.#waiting <= this.#limits.PIPELINE_LIMIT) return;
    let longest = connection;
    for (const other of this.#open.values())
      if (other.waiting.length > longest.waiting.length) longest = other;
    this.#end(longest);
  }

  /** Whether an answer is handed over whole and not yet sent: Node would take its connection for idle. */
  isFlushing(): boolean {
    return [...this.#open.values()].some(
      ({ current }) => current?.writableEnded === true && !current.writableFinished,
    );
  }

  /** Ends those that have sent nothing, and refuses requests that have not arrived whole. */
  endHalfSent(): void {
    for (const [socket, { current }] of this.#open) {
      const isAnswering = current !== undefined && (current.req.complete || current.headersSent);
      if (isAnswering || socket.destroyed) continue;
      if (socket.bytesRead === 0) socket.destroy();
      else this.refuse(Object.assign(new Error('stopping'), { code: STOPPING }), socket);
    }
  }

  /**
   * Answers what is not HTTP, or has not arrived whole, with a problem document, and ends the connection. Requests
   * before it keep their answers; within an answer that has begun nothing can be said, so there the connection is ended.
   */
  refuse(error: Error & { code?: string; rawPacket?: unknown }, socket: Socket): void {
    if (this.#refused.has(socket)) return;
    this.#refused.add(socket);
    const { current, waiting = [], isAnsweredEarly = false } = this.#open.get(socket) ?? {};
    const isBegun = current?.headersSent === true && !current.writableEnded;
    if (error.code === 'ECONNRESET' || isAnsweredEarly || isBegun || !socket.writable) {
      socket.destroy();
      return;
    }
    const last = [current, ...waiting].filter((response) => response?.req.complete).at(-1);
    const { rawPacket } = error;
    const isHead = Buffer.isBuffer(rawPacket) && rawPacket.toString('latin1', 0, 5) === 'HEAD ';
    if (last === undefined) this.#answer(error.code ?? '', socket, isHead);
    else last.once('close', () => this.#answer(error.code ?? '', socket));
  }

  /** Writes the answer by hand: there is no reply object for it. @param isHead whether it has no body */
  #answer(errorCode: string, socket: Socket, isHead = false): void {
    if (!socket.writable) return;
    const [code, detail] = REFUSALS[errorCode] ?? NO_HTTP;
    const { status } = PROBLEMS[code];
    const id = randomUUID();
    const body = JSON.stringify(
      problemDocument(code, detail, { path: '', id, publicPath: this.#publicPath }),
    );
    const head = [
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
      `Content-Type: ${PROBLEM_MEDIA_TYPE}`,
      `Content-Length: ${Buffer.byteLength(body)}`,
      `X-Request-Id: ${id}`,
      ...(status === 503 ? ['Retry-After: 1'] : []),
      'Cache-Control: no-store',
      'Access-Control-Allow-Origin: *',
      'X-Content-Type-Options: nosniff',
      'Connection: close',
    ];
    socket.end(`${head.join('\r\n')}\r\n\r\n${isHead ? '' : body}`);
  }
}
