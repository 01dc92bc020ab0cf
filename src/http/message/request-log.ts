import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyBaseLogger, FastifyReply, FastifyRequest } from 'fastify';
import { LogController } from 'fastify';

const COMPLETED = 'request completed';
const ABORTED = 'request aborted';

/** Logs each request in one line, when its answer is out or its client has gone. */
export class RequestLog extends LogController {
  override incomingRequest(request: FastifyRequest, reply: FastifyReply): void {
    reply.raw.once('close', () => {
      if (!reply.raw.writableFinished)
        reply.log.info({ req: request, res: reply, responseTime: reply.elapsedTime }, ABORTED);
    });
  }

  override requestCompleted(error: Error | null, request: FastifyRequest, reply: FastifyReply): void {
    const line = { req: request, res: reply, responseTime: reply.elapsedTime };
    if (error) reply.log.error({ ...line, err: error }, 'request errored');
    else reply.log.info(line, COMPLETED);
  }
}

/**
 * Logs, in the same line, a request that the framework does not see.
 * @param arrivedAt when it arrived, in the milliseconds of `performance.now()`
 */
export function logAnswered(
  log: FastifyBaseLogger,
  reqId: string,
  request: IncomingMessage,
  res: ServerResponse,
  arrivedAt: number,
): void {
  // Read now: a connection that has ended has no address any more.
  const { method, url, headers, socket } = request;
  const { remoteAddress: ip, remotePort } = socket;
  res.once('close', () => {
    const req = { method, url, headers, host: headers.host ?? '', ip, socket: { remotePort } };
    const message = res.writableFinished ? COMPLETED : ABORTED;
    log.info({ reqId, req, res, responseTime: performance.now() - arrivedAt }, message);
  });
}
