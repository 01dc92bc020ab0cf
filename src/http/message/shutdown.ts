import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Server as NetServer } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { answerClientError, STOPPING } from './fallbacks.ts';

/** How long requests under way have to arrive whole once the service is stopping. */
export const ARRIVAL_GRACE_MS = 1000;
const SWEEP_MS = 100;

interface Connection {
  /** Requests whose headers have arrived and whose answers have not ended. */
  readonly exchanges: Set<{ readonly request: IncomingMessage; readonly response: ServerResponse }>;
  /** Whether the last request was answered before its body had arrived: a second answer must not follow. */
  isAnsweredEarly: boolean;
}

/**
 * Lets no connection hold up the end of the service but those on which a request is being answered: from
 * `ARRIVAL_GRACE_MS` after the end was asked for, one that has sent nothing is closed, and a request that has not
 * arrived whole is answered with `serviceUnavailable`. How long answers may take is the caller's to limit.
 */
export function registerShutdown(app: FastifyInstance, publicPath: string): void {
  const { server } = app;
  const connections = new Map<Socket, Connection>();
  server.on('connection', (socket: Socket) => {
    connections.set(socket, { exchanges: new Set(), isAnsweredEarly: false });
    socket.once('close', () => connections.delete(socket));
  });
  server.on('request', (request, response) => {
    const connection = connections.get(request.socket);
    if (connection === undefined) return;
    const exchange = { request, response };
    connection.exchanges.add(exchange);
    connection.isAnsweredEarly = false;
    response.once('close', () => {
      connection.exchanges.delete(exchange);
      connection.isAnsweredEarly = !request.complete;
    });
  });
  /** Whether an answer is handed over whole and not yet sent: Node would take its connection for idle. */
  const isFlushing = (): boolean =>
    [...connections.values()].some(({ exchanges }) =>
      [...exchanges].some(({ response }) => response.writableEnded && !response.writableFinished),
    );
  const endHalfSent = (): void => {
    for (const [socket, { exchanges, isAnsweredEarly }] of connections) {
      const isAnswering = [...exchanges].some(
        ({ request, response }) => request.complete || response.headersSent,
      );
      if (isAnswering || socket.destroyed) continue;
      if (socket.bytesRead === 0 || isAnsweredEarly) socket.destroy();
      else answerClientError(Object.assign(new Error('stopping'), { code: STOPPING }), socket, publicPath);
    }
  };
  app.addHook('preClose', async () => {
    if (!server.listening) return;
    const since = Date.now();
    // Not the HTTP server's own `close`, which would cut off the answers that are being flushed.
    const ended = new Promise<void>((resolve) => NetServer.prototype.close.call(server, () => resolve()));
    const sweep = (): void => {
      if (isFlushing()) return;
      server.closeIdleConnections();
      if (Date.now() - since >= ARRIVAL_GRACE_MS) endHalfSent();
    };
    sweep();
    const sweeping = setInterval(sweep, SWEEP_MS);
    await ended;
    clearInterval(sweeping);
  });
}
