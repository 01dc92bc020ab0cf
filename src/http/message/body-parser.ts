import type { FastifyInstance } from 'fastify';
import { InvalidRequest, Problem } from './problem.ts';
import { REPEATED_KEY, repeatedKey } from './repeated-keys.ts';

/** Reads bodies as JSON in UTF-8. What else the framework reads of itself would be a text where a document is meant. */
export function registerBodyParser(app: FastifyInstance): void {
  app.removeContentTypeParser('text/plain');
  const parseJson = app.getDefaultJsonParser('error', 'error');
  const utf8 = new TextDecoder('utf-8', { fatal: true });
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, bytes: Buffer, done) => {
    let body: string;
    try {
      body = utf8.decode(bytes);
    } catch {
      done(
        new Problem('malformedRequest', 'The body is not UTF-8: bytes that are no characters would be lost.'),
      );
      return;
    }
    // Clients name the type of a body that they do not send: a `DELETE` has none, and of others it is told that it is missing.
    if (body === '') done(null, undefined);
    else
      parseJson(request, body, (error, value) => {
        const name = error === null ? repeatedKey(body) : null;
        if (name === null) done(error, value);
        else done(new InvalidRequest([{ in: 'body', name: name.slice(0, 200), ...REPEATED_KEY }]));
      });
  });
}
