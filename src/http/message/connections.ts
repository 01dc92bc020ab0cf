import { randomUUID } from 'node:crypto';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { ProblemCode } from './problem.ts';
import { PROBLEM_MEDIA_TYPE, PROBLEMS, problemDocument } from './problem.ts';

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

interface Connection {
  /** Requests whose headers have arrived and whose answers have not ended. */
  readonly exchanges: Set<Exchange>;
  /** Whether the last request was answered before its body had arrived: a second answer must not follow. */
  isAnsweredEarly: boolean;
}

/** The code of the error with which a request that has not arrived whole is answered when the service stops. */
export const STOPPING = 'LEDGER_STOPPING';

/** What Node's HTTP parser reports before there is a request, and what ends one that has not arrived whole. */
const PARSER_ERRORS: Readonly<Record<string, { code: ProblemCode; detail: string }>> = {
  HPE_HEADER_OVERFLOW: {
    code: 'headersTooLarge',
    detail: 'The request line and headers are longer than the service takes.',
  },
  HPE_CHUNK_EXTENSIONS_OVERFLOW: {
    code: 'contentTooLarge',
    detail: 'The extensions of a chunk are too long.',
  },
  [STOPPING]: {
    code: 'serviceUnavailable',
    detail: 'The service is stopping, and the request had not arrived whole. Send it again.',
  },
  ERR_HTTP_REQUEST_TIMEOUT: { code: 'requestTimeout', detail: 'The request did not arrive in time.' },
};

/** The connections of the server, with what is being answered on each. */
export class Connections {
  readonly #open = new Map<Socket, Connection>();
  readonly #refused = new WeakSet<Socket>();
  readonly #publicPath: string;

  /** @param publicPath what a proxy takes off the path, such as `/ledger` */
  constructor(publicPath: string) {
    this.#publicPath = publicPath;
  }

  watch(server: Server): void {
    server.on('connection', (socket: Socket) => {
      this.#open.set(socket, { exchanges: new Set(), isAnsweredEarly: false });
      socket.once('close', () => this.#open.delete(socket));
    });
    server.on('request', (request, response) => {
      const connection = this.#open.get(request.socket);
      if (connection === undefined) return;
      const exchange = { request, response };
      connection.exchanges.add(exchange);
      connection.isAnsweredEarly = false;
      response.once('close', () => {
        connection.exchanges.delete(exchange);
        connection.isAnsweredEarly = !request.complete;
      });
    });
  }

  /** Whether an answer is handed over whole and not yet sent: Node would take its connection for idle. */
  isFlushing(): boolean {
    return [...this.#open.values()].some(({ exchanges }) =>
      [...exchanges].some(({ response }) => response.writableEnded && !response.writableFinished),
    );
  }

  /** Ends those that have sent nothing, and refuses requests that have not arrived whole. */
  endHalfSent(): void {
    for (const [socket, { exchanges }] of this.#open) {
      const isAnswering = [...exchanges].some(
        ({ request, response }) => request.complete || response.headersSent,
      );
      if (isAnswering || socket.destroyed) continue;
      if (socket.bytesRead === 0) socket.destroy();
      else this.refuse(Object.assign(new Error('stopping'), { code: STOPPING }), socket);
    }
  }

  /**
   * Answers what is not HTTP, or has not arrived whole, with a problem document, and ends the connection. Requests
   * before it keep their answers; within an answer that has begun nothing can be said, so there the connection is ended.
   */
  refuse(error: Error & { code?: string }, socket: Socket): void {
    if (this.#refused.has(socket)) return;
    this.#refused.add(socket);
    const { exchanges = new Set<Exchange>(), isAnsweredEarly = false } = this.#open.get(socket) ?? {};
    const isBegun = [...exchanges].some(({ response }) => response.headersSent && !response.writableEnded);
    if (error.code === 'ECONNRESET' || isAnsweredEarly || isBegun || !socket.writable) {
      socket.destroy();
      return;
    }
    const earlier = [...exchanges].filter(({ request }) => request.complete);
    const [last] = earlier.slice(-1);
    if (last === undefined) this.#answer(error.code ?? '', socket);
    else last.response.once('close', () => this.#answer(error.code ?? '', socket));
  }

  /** Writes the answer by hand: there is no reply object for it. */
  #answer(parserCode: string, socket: Socket): void {
    if (!socket.writable) return;
    const { code, detail } = PARSER_ERRORS[parserCode] ?? {
      code: 'malformedRequest',
      detail: 'What was sent is not a valid HTTP request.',
    };
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
      'Cache-Control: no-store',
      'Access-Control-Allow-Origin: *',
      'X-Content-Type-Options: nosniff',
      'Connection: close',
    ];
    socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
  }
}
