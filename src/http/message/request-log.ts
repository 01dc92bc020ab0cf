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

/**
 * Logs a request that the framework does not see.
 * @param arrivedAt when it arrived, in the milliseconds of `performance.now()`
 */
export type LogAnswered = (
  reqId: string,
  request: IncomingMessage,
  response: ServerResponse,
  arrivedAt: number,
) => void;

/**
 * Writes the line that `RequestLog` writes. It is put together here, once for all that requests have in common: pino takes
 * longer for a line than a cached response takes to be sent. Only what clients send is quoted.
 */
export function answeredLogOf(log: FastifyBaseLogger): LogAnswered {
  if (!isPino(log)) return () => undefined;
  const start = `{"level":${pino.levels.values.info},"time":`;
  const own = `,"pid":${process.pid},"hostname":${JSON.stringify(hostname())},"reqId":"`;
  return (reqId, request, response, arrivedAt) => {
    if (!log.isLevelEnabled('info')) return;
    // Read now: a connection that has ended has no address any more.
    const { remoteAddress, remotePort } = request.socket;
    response.on('close', () => {
      const { method, url, headers } = request;
      const peer =
        remoteAddress === undefined ? '' : `,"remoteAddress":"${remoteAddress}","remotePort":${remotePort}`;
      const req = `{"method":"${method}","url":${JSON.stringify(url)},"host":${JSON.stringify(headers.host ?? '')}${peer}}`;
      const message = response.writableFinished ? COMPLETED : ABORTED;
      log[pino.symbols.streamSym].write(
        `${start}${Date.now()}${own}${reqId}","req":${req},"res":{"statusCode":${response.statusCode}},"responseTime":${performance.now() - arrivedAt},"msg":"${message}"}\n`,
      );
    });
  };
}

type StreamLogger = Logger & Readonly<Record<typeof pino.symbols.streamSym, DestinationStream>>;

/** Not so is the one that stands in where nothing is logged. */
function isPino(log: FastifyBaseLogger): log is StreamLogger {
  return pino.symbols.streamSym in log;
}
