import type { IncomingMessage, ServerResponse } from 'node:http';
import { hostname } from 'node:os';
import type { FastifyBaseLogger, FastifyReply, FastifyRequest } from 'fastify';
import { LogController } from 'fastify';
import type { DestinationStream, Logger } from 'pino';
import { pino } from 'pino';

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

/** Logs a request that the framework does not see. @param arrivedAt when, in the milliseconds of `performance.now()` */
export type LogArrival = (
  reqId: string,
  request: IncomingMessage,
  response: ServerResponse,
  arrivedAt: number,
) => void;

/**
 * Logs the same line as `RequestLog`, put together at once: pino, which goes through it field by field, takes two to
 * three times as long, which is noticeable beside a short answer that is kept.
 */
export function arrivalLogOf(log: FastifyBaseLogger): LogArrival {
  if (!isPino(log)) return () => undefined;
  const level = pino.levels.values.info;
  const own = { pid: process.pid, hostname: hostname() };
  return (reqId, request, response, arrivedAt) => {
    if (!log.isLevelEnabled('info')) return;
    // Read now: a connection that has ended has no address any more.
    const { method, url, headers, socket } = request;
    const { remoteAddress, remotePort } = socket;
    response.once('close', () => {
      const line = {
        level,
        time: Date.now(),
        ...own,
        reqId,
        req: { method, url, host: headers.host ?? '', remoteAddress, remotePort },
        res: { statusCode: response.statusCode },
        responseTime: performance.now() - arrivedAt,
        msg: response.writableFinished ? COMPLETED : ABORTED,
      };
      log[pino.symbols.streamSym].write(`${JSON.stringify(line)}\n`);
    });
  };
}

type StreamLogger = Logger & Readonly<Record<typeof pino.symbols.streamSym, DestinationStream>>;

/** Not so is the one that stands in where nothing is logged. */
function isPino(log: FastifyBaseLogger): log is StreamLogger {
  return pino.symbols.streamSym in log;
}
