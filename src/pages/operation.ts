import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { PROBLEMS, Problem } from '../http/message/problem.ts';
import { operation } from '../http/openapi/openapi.ts';
import type { RouteContext } from '../ledger/context.ts';
import { REFERENCE } from '../ledger/rates/provider.ts';
import { rateFreshness } from '../ledger/rates/repository.ts';
import { RateFreshness } from '../ledger/rates/schemas.ts';

const Live = z.object({ status: z.literal('live') }).meta({ id: 'Live' });
const Server = z
  .object({
    role: z.enum(['primary', 'replica']),
    name: z.string().meta({ examples: ['replica-1'] }),
    state: z.enum(['ready', 'lagging', 'failing']),
    lagSeconds: z
      .int()
      .nullable()
      .meta({ description: 'For how long it has lacked what the primary is known to have.' }),
    connections: z.object({ open: z.int(), idle: z.int(), waiting: z.int() }),
  })
  .meta({ id: 'Server', description: 'A server of the database, as this process sees it.' });
const Ready = z
  .object({
    status: z.literal('ready'),
    datasetVersion: z.string(),
    rates: RateFreshness,
    servers: z.array(Server).optional().meta({ description: 'Those of PostgreSQL, the primary first.' }),
  })
  .meta({ id: 'Ready', description: 'The database answers.' });
const ProblemKindDocument = z
  .object({
    code: z.string().meta({ examples: ['invalidRequest'] }),
    status: z.int().meta({ examples: [400] }),
    title: z.string(),
    description: z.string(),
  })
  .meta({
    id: 'ProblemKind',
    description: 'A kind of problem, as `type` and `code` of a problem document name it.',
  });
const ProblemKindList = z.object({ data: z.array(ProblemKindDocument) }).meta({ id: 'ProblemKindList' });
const ProblemParams = z.strictObject({ code: z.string().min(1).max(64) });

/** Liveness, readiness, and what the problem codes mean. */
export function registerOperationRoutes(app: FastifyInstance, context: RouteContext): void {
  app.get(
    '/health/live',
    {
      logLevel: 'warn',
      schema: operation({
        operationId: 'getLiveness',
        tag: 'Operation',
        summary: 'Whether the process answers',
        response: Live,
        responseDescription: 'It does.',
      }),
    },
    async (_request, reply) => reply.header('cache-control', 'no-store').send({ status: 'live' }),
  );

  app.get(
    '/health/ready',
    {
      logLevel: 'warn',
      schema: operation({
        operationId: 'getReadiness',
        tag: 'Operation',
        summary: 'Whether the service can answer from its database',
        response: Ready,
        responseDescription: 'It can.',
      }),
    },
    async (request, reply) => {
      try {
        const vintage = { now: context.now(), asOf: null };
        const answer = await context.reading(request, async ({ read }) => ({
          status: 'ready',
          datasetVersion: read.version,
          rates: await rateFreshness(read, REFERENCE, vintage),
          servers: context.store.servers?.(),
        }));
        return reply.header('cache-control', 'no-store').send(answer);
      } catch (error) {
        request.log.error({ err: error }, 'the database does not answer');
        throw new Problem('serviceUnavailable', 'The database does not answer.');
      }
    },
  );

  app.get(
    '/problems',
    {
      schema: operation({
        operationId: 'listProblems',
        tag: 'Operation',
        summary: 'Every kind of problem that the service answers with',
        response: ProblemKindList,
        responseDescription: 'The kinds, by code.',
      }),
    },
    async () => ({ data: Object.entries(PROBLEMS).map(([code, kind]) => ({ code, ...kind })) }),
  );

  app.get(
    '/problems/:code',
    {
      schema: operation({
        operationId: 'getProblem',
        tag: 'Operation',
        summary: 'What a problem code means',
        params: ProblemParams,
        response: ProblemKindDocument,
        responseDescription: 'The kind of problem.',
        example: { code: 'invalidRequest' },
        problems: ['recordNotFound'],
      }),
    },
    async (request) => {
      const { code } = request.params as z.output<typeof ProblemParams>;
      const kind = Object.entries(PROBLEMS).find(([name]) => name === code)?.[1];
      if (kind === undefined)
        throw new Problem(
          'recordNotFound',
          `There is no problem code ${JSON.stringify(code)}; /problems lists them.`,
        );
      return { code, ...kind };
    },
  );
}
