import type { FastifyReply, FastifyRequest } from 'fastify';
import { test } from 'tap';
import { build } from '../helpers/build.ts';
import { until } from '../helpers/process.ts';

test('two large answers are made at once, of each client in its turn, and others are answered meanwhile', async (t) => {
  const made: string[] = [];
  const releases: (() => void)[] = [];
  const { app, request } = await build(
    t,
    {},
    {
      furtherRoutes: (routes, { makeLarge }) => {
        const large = (asked: FastifyRequest, reply: FastifyReply) =>
          makeLarge(asked, reply, async () => {
            made.push(asked.ip);
            await new Promise<void>((resolve) => releases.push(resolve));
            return { ip: asked.ip };
          });
        routes.get('/v1/large', { config: { cacheable: false } }, large);
      },
    },
  );
  const ask = (remoteAddress: string) => app.inject({ url: '/v1/large', remoteAddress });
  const first = Array.from({ length: 4 }, () => ask('10.0.0.1'));
  await until(() => made.length === 2, 'two are being made');
  const other = ask('10.0.0.2');
  const analyses = [
    '/v1/assessments?limit=1&sort=status',
    '/v1/comparisons?sector=5g&measure=directInvestment&region=CN&periodFrom=2020-01-01&periodTo=2025-12-31',
    '/v1/forecasts?convertTo=USD&sort=amount&limit=1',
    '/v1/forecasters/caict/track-record',
  ].map((url) => request({ url, remoteAddress: '10.0.0.3' }));
  let answered = 0;
  for (const analysis of analyses) void analysis.then(() => (answered += 1));
  t.equal((await request('/v1/forecasts?limit=1')).statusCode, 200);
  t.strictSame([made.length, answered], [2, 0], 'what is large waits');
  const remaining = setInterval(() => releases.shift()?.(), 1);
  for (const one of [...analyses, ...first, other]) t.equal((await one).statusCode, 200);
  clearInterval(remaining);
  t.strictSame(made, ['10.0.0.1', '10.0.0.1', '10.0.0.1', '10.0.0.2', '10.0.0.1']);
});

test('a client that leaves while it waits is not computed for', async (t) => {
  let made = 0;
  const { app } = await build(
    t,
    {},
    {
      furtherRoutes: (routes, { makeLarge }) => {
        routes.get('/v1/large', { config: { cacheable: false } }, (asked, reply) =>
          makeLarge(asked, reply, async () => {
            made += 1;
            await held.promise;
            return {};
          }),
        );
      },
    },
  );
  const held = Promise.withResolvers<void>();
  const origin = await app.listen({ host: '127.0.0.1', port: 0 });
  const large = () => fetch(`${origin}/v1/large`);
  const begun = [large(), large()];
  await until(() => made === 2, 'two are being made');
  const leaving = new AbortController();
  const left = fetch(`${origin}/v1/large`, { signal: leaving.signal });
  // Those behind it are begun after it has come.
  const behind = large();
  await fetch(`${origin}/v1/regions/CN`);
  leaving.abort();
  await t.rejects(left);
  await until(
    async () =>
      (await new Promise<number>((resolve) => app.server.getConnections((_, count) => resolve(count)))) <= 4,
    'it has left',
  );
  held.resolve();
  for (const one of [...begun, behind]) t.equal((await one).status, 200);
  t.equal(made, 3);
});
