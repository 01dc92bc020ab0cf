import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { AddressLimit } from '../../http/address-limit.ts';
import { checkText } from '../../http/message/body-faults.ts';
import type { RequestFault } from '../../http/message/problem.ts';
import { InvalidRecord, Problem } from '../../http/message/problem.ts';
import { operation } from '../../http/openapi/openapi.ts';
import { nearestId } from '../../ledger/catalogue/known-ids.ts';
import type { ReadContext, RouteContext } from '../../ledger/context.ts';
import { eq } from '../../store/query.ts';
import { sources, sourceTexts } from '../../store/tables/schema.ts';
import { createNames } from './names.ts';
import type { ReadingOrder } from './reading.ts';
import { readingOf } from './reading.ts';
import { MAX_READ_BYTES, Reading, ReadingBody } from './schemas.ts';

/** What an address may have read in a minute: a text counts once, and once more for each part of so many characters. */
const READINGS = { name: 'readings', most: 120, windowSeconds: 60 };
const COUNTED_CHARACTERS = 16_384;

const EXAMPLE = {
  text: 'A report from Haitong Securities forecasts that investment in new infrastructure will total 3 trillion yuan in 2020 (approx. USD$420 billion).',
  language: 'en',
  publishedOn: '2020-05-25',
};

/** Texts to figures, and drafts of forecasts. */
export function registerReadingRoutes(app: FastifyInstance, context: RouteContext): void {
  const limit = new AddressLimit(READINGS);
  const namesOf = createNames();
  const schema = operation({
    operationId: 'readText',
    tag: 'Analysis',
    summary: 'The figures of a text, as drafts of forecasts',
    description:
      'Finds every sum of money in a text: what it says or why it is not read, the period that stands with it, and which forecaster, sector, measure and region are named near it. A conversion in brackets belongs to its figure; years, percentages and counts are no figures. Each `draft` is what `POST /v1/forecasts` takes, as far as the text says it. `matches` and `conflicts` are what is on record. Nothing is stored, and no key is needed; an address has some 120 texts a minute, fewer long ones.',
    body: ReadingBody,
    bodyExample: EXAMPLE,
    response: Reading,
    responseDescription: 'The figures, in their order.',
    problems: ['invalidRecord', 'tooManyReadings'],
  });
  app.post(
    '/v1/readings',
    // Room for the text as JSON escapes it (Chinese as `\uXXXX` takes twice its UTF-8), and for the rest.
    { schema, bodyLimit: 2 * MAX_READ_BYTES + 65_536 },
    async (request, reply): Promise<Reading> => {
      const body = request.body as ReadingBody;
      const faults: RequestFault[] = [];
      checkText({ text: body.text }, (name, code, message) =>
        faults.push({ in: 'body', name, code, message }),
      );
      if (faults.length > 0) throw new InvalidRecord(faults);
      reply.header('cache-control', 'no-store');
      return context.reading(request, async (view) => {
        const order = body.text === undefined ? await heldOrder(view, body) : { ...body, text: body.text };
        await countReading(limit, request, reply, order.text);
        const hrefOf = (id: string): string => `${context.originOf(request)}/v1/forecasts/${id}`;
        const left = new AbortController();
        reply.raw.once('close', () => left.abort());
        const names = await namesOf(view.read, order.language);
        return readingOf(view, order, { names, hrefOf, signal: left.signal });
      });
    },
  );
}

/** @throws Problem 429 `tooManyReadings` */
async function countReading(
  limit: AddressLimit,
  request: FastifyRequest,
  reply: FastifyReply,
  text: string,
): Promise<void> {
  const weight = 1 + Math.floor(text.length / COUNTED_CHARACTERS);
  const { exceeded, retryAfterSeconds, headers } = await limit.count(request.ip, weight);
  reply.headers(headers);
  if (!exceeded) return;
  const detail = `This address has had as much text read as one may in a minute; the next is read in ${retryAfterSeconds} s.`;
  throw new Problem('tooManyReadings', detail, {
    headers: { ...headers, 'retry-after': String(retryAfterSeconds) },
  });
}

/**
 * What is read of a source, whose language and day hold unless the body says otherwise.
 * @throws InvalidRecord for a source that is not there, whose text is not held, or is too long
 */
async function heldOrder({ read }: ReadContext, body: ReadingBody): Promise<ReadingOrder> {
  const { source = '' } = body;
  const refuse = (code: string, message: string, suggestion?: string): never => {
    throw new InvalidRecord([{ in: 'body', name: 'source', code, message, suggestion }]);
  };
  const [held] = await read
    .select({ language: sources.language, publishedOn: sources.publishedOn, text: sourceTexts.text })
    .from(sources)
    .leftJoin(sourceTexts, eq(sourceTexts.sourceId, sources.id))
    .where(eq(sources.id, source));
  if (held === undefined)
    return refuse(
      'unknownId',
      `names ${JSON.stringify(source)}, which does not exist`,
      await nearestId(read, sources.id, source),
    );
  const { text } = held;
  if (text === null)
    return refuse(
      'textNotHeld',
      'names a source whose text is not held here; send the text itself as `text`',
    );
  if (Buffer.byteLength(text) > MAX_READ_BYTES)
    return refuse(
      'textTooLong',
      `has a text longer than the ${MAX_READ_BYTES} bytes that are read; send a part as \`text\``,
    );
  return {
    ...body,
    text,
    language: body.language ?? held.language,
    publishedOn: body.publishedOn ?? held.publishedOn ?? undefined,
  };
}
