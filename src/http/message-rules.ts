import type { FastifyInstance } from 'fastify';
import { Problem } from './problem.ts';

/**
 * Refuses, as problem documents, what Node would otherwise refuse with an empty answer before the service sees it: an
 * HTTP/1.1 request without `Host`, or with several (RFC 9112, 3.2), and an expectation other than `100-continue`
 * (RFC 9110, 10.1.1). The server must have been made with `requireHostHeader: false`. Register it first.
 */
export function registerMessageRules(app: FastifyInstance): void {
  app.server.on('checkExpectation', (request, response) => app.server.emit('request', request, response));
  app.addHook('onRequest', async ({ raw }) => {
    if (raw.httpVersion !== '1.1') return;
    const hosts = raw.rawHeaders.filter((name, at) => at % 2 === 0 && name.toLowerCase() === 'host').length;
    if (hosts !== 1) {
      const found = hosts === 0 ? 'no header Host' : `${hosts} headers Host`;
      throw new Problem(
        'malformedRequest',
        `The request has ${found}; HTTP/1.1 wants exactly one, such as Host: ledger.example.org.`,
        CLOSE,
      );
    }
    const { expect } = raw.headers;
    if (expect !== undefined && expect.trim().toLowerCase() !== '100-continue') {
      throw new Problem(
        'expectationFailed',
        `The header Expect is ${JSON.stringify(expect.slice(0, 80))}; the only expectation that is met is 100-continue.`,
        CLOSE,
      );
    }
  });
}

/** Whether a body follows cannot be told: nothing more is read from the connection. */
const CLOSE = { headers: { connection: 'close' } };
