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
 * Logs the same line as `RequestLog`. pino itself would take longer to put it together than a short answer that is
 * kept takes to be sent, and `JSON.stringify` half as long: only what clients send is quoted here, the rest is of known
 * characters.
 */
export function arrivalLogOf(log: FastifyBaseLogger): LogArrival {
  if (!isPino(log)) return () => undefined;
  const start = `{"level":${pino.levels.values.info},"time":`;
  const own = `,"pid":${process.pid},"hostname":${JSON.stringify(hostname())},"reqId":`;
  return (reqId, request, response, arrivedAt) => {
    if (!log.isLevelEnabled('info')) return;
    // Read now: a connection that has ended has no address any more.
    const { method, url, headers, socket } = request;
    const { remoteAddress, remotePort } = socket;
    response.once('close', () => {
      const peer =
        remoteAddress === undefined ? '' : `,"remoteAddress":"${remoteAddress}","remotePort":${remotePort}`;
      const req = `{"method":"${method}","url":${JSON.stringify(url)},"host":${JSON.stringify(headers.host ?? '')}${peer}}`;
      const message = response.writableFinished ? COMPLETED : ABORTED;
      log[pino.symbols.streamSym].write(
        `${start}${Date.now()}${own}"${reqId}","req":${req},"res":{"statusCode":${response.statusCode}},"responseTime":${performance.now() - arrivedAt},"msg":"${message}"}\n`,
      );
    });
  };
}

type StreamLogger = Logger & Readonly<Record<typeof pino.symbols.streamSym, DestinationStream>>;

/** Not so is the one that stands in where nothing is logged. */
function isPino(log: FastifyBaseLogger): log is StreamLogger {
  return pino.symbols.streamSym in log;
}
