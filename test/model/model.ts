import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { forecastBody } from '../helpers/ledger.ts';

/*
 * Random writes, corrections, deletions and reads of one service, each compared with what a few lines of plain code say.
 * Each request takes a connection of its own, so that the workers of a service answer in turn.
 */

/** The figure of each revision in trillions of yuan, oldest first; null for a tombstone. */
type Revisions = readonly (number | null)[];

/** What the service should say: its records, and what they were after each write. */
interface Model {
  records: ReadonlyMap<string, Revisions>;
  readonly moments: { readonly recordedAt: string; readonly records: ReadonlyMap<string, Revisions> }[];
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

export type Ask = (
  method: string,
  path: string,
  headers?: Readonly<Record<string, string>>,
  body?: object,
) => Promise<Answer>;

/** One run's records have a forecaster and a collection of their own. */
interface Service {
  readonly ask: Ask;
  readonly run: string;
  steps: number;
}

/** Asks a service at a URL over a new connection. @param key may write */
export function asking(url: string, key: string): Ask {
  return async (method, path, headers = {}, body) => {
    const answer = await fetch(`${url}${path}`, {
      method,
      headers: {
        connection: 'close',
        ...(method === 'GET' ? {} : { authorization: `Bearer ${key}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(30_000),
    });
    return { status: answer.status, headers: answer.headers, text: await answer.text() };
  };
}

const NAMES = ['a', 'b', 'c', 'd', 'e'];
const ids = fc.constantFrom(...NAMES);
const figures = fc.integer({ min: 1, max: 60 });

function expectSame(what: string, found: unknown, expected: unknown): void {
  if (!isDeepStrictEqual(found, expected))
    throw new Error(`${what}: ${JSON.stringify(found)} instead of ${JSON.stringify(expected)}`);
}

const figureOf = (revisions: Revisions | undefined): number | null => revisions?.at(-1) ?? null;
const yuan = (figure: number): string => `${figure}000000000000`;

function byId([one = '']: readonly string[], [other = '']: readonly string[]): number {
  return one < other ? -1 : 1;
}

/** The records that are there, by id. */
function present(records: Model['records']): readonly (readonly [id: string, value: string])[] {
  return [...records]
    .flatMap(([id, revisions]) => {
      const figure = figureOf(revisions);
      return figure === null ? [] : [[id, yuan(figure)] as const];
    })
    .sort(byId);
}

/** What a request for one record answers. */
function statusOf(revisions: Revisions | undefined): 200 | 404 | 410 {
  if (revisions === undefined) return 404;
  return figureOf(revisions) === null ? 410 : 200;
}

function bodyOf({ run }: Service, id: string, figure: number): object {
  const asStated = `${figure} trillion yuan`;
  const value = yuan(figure);
  return forecastBody(id, {
    forecaster: run,
    collection: run,
    amount: { value, low: value, high: value, qualifier: 'exact', currency: 'CNY', asStated },
    evidence: { phrase: `${id} will total ${asStated} in 2020` },
  });
}

interface Listed {
  readonly id: string;
  readonly amount: { readonly value: string };
}
const shortly = (records: readonly Listed[]) => records.map(({ id, amount }) => [id, amount.value]);

type Command = fc.AsyncCommand<Model, Service>;

function command(words: string, run: (model: Model, service: Service) => Promise<void>): Command {
  return {
    check: () => true,
    run: async (model, service) => {
      service.steps += 1;
      await run(model, service);
    },
    toString: () => words,
  };
}

/** Notes what a write has changed. */
function written(model: Model, id: string, figure: number | null, { text }: Answer): void {
  model.records = new Map(model.records).set(id, [...(model.records.get(id) ?? []), figure]);
  const { recordedAt } = (JSON.parse(text) as { data: { recordedAt: string } }).data;
  // Two writes of one millisecond are of one moment.
  if (model.moments.at(-1)?.recordedAt === recordedAt) model.moments.pop();
  model.moments.push({ recordedAt, records: model.records });
}

async function listed(service: Service, query: string): Promise<readonly Listed[]> {
  const all: Listed[] = [];
  for (let path: string | null = `/v1/forecasts?collection=${service.run}&${query}`; path !== null; ) {
    const { status, text } = await service.ask('GET', path);
    expectSame(path, status, 200);
    const { data, page } = JSON.parse(text) as { data: Listed[]; page: { nextUrl: string | null } };
    all.push(...data);
    path = page.nextUrl === null ? null : page.nextUrl.replace(/^https?:\/\/[^/]+/, '');
  }
  return all;
}

/** A change of a record's newest revision, or of one that is no more the newest. */
function change(
  words: string,
  name: string,
  { isStale, figure }: { readonly isStale: boolean; readonly figure: number | null },
): Command {
  return command(`${words}${isStale ? ' of another revision' : ''}`, async (model, service) => {
    const id = `${service.run}-${name}`;
    const revisions = model.records.get(id);
    const tag = `"${id}.${(revisions?.length ?? 1) + (isStale ? 1 : 0)}"`;
    const [method, body] = figure === null ? ['DELETE'] : (['PUT', bodyOf(service, id, figure)] as const);
    const current = await service.ask('GET', `/v1/forecasts/${id}`);
    const { meta } = JSON.parse(current.text) as { meta?: { revisionTag?: string } };
    const match = isStale ? tag : (meta?.revisionTag ?? tag);
    const answer = await service.ask(method, `/v1/forecasts/${id}?reason=model`, { 'if-match': match }, body);
    const known = statusOf(revisions);
    expectSame(`${method} ${id}: ${answer.text}`, answer.status, known === 200 && isStale ? 412 : known);
    // What says the same writes nothing.
    if (answer.status === 200 && figure !== figureOf(revisions)) written(model, id, figure, answer);
  });
}

const COMMANDS: readonly fc.Arbitrary<Command>[] = [
  fc.tuple(ids, figures, fc.boolean()).map(([name, figure, isRepeated]) =>
    command(`add ${name} ${figure}${isRepeated ? ' twice' : ''}`, async (model, service) => {
      const id = `${service.run}-${name}`;
      const headers = { 'idempotency-key': `${service.run}-${service.steps}` };
      const add = () => service.ask('POST', '/v1/forecasts', headers, bodyOf(service, id, figure));
      const answer = await add();
      expectSame(`POST ${id}: ${answer.text}`, answer.status, model.records.has(id) ? 409 : 201);
      if (answer.status === 201) written(model, id, figure, answer);
      if (!isRepeated || answer.status !== 201) return;
      const again = await add();
      expectSame(`POST ${id} again`, [again.status, again.text], [answer.status, answer.text]);
    }),
  ),
  fc
    .tuple(ids, figures, fc.boolean())
    .map(([name, figure, isStale]) => change(`correct ${name} to ${figure}`, name, { isStale, figure })),
  fc
    .tuple(ids, fc.boolean())
    .map(([name, isStale]) => change(`delete ${name}`, name, { isStale, figure: null })),
  ids.map((name) =>
    command(`read ${name}`, async ({ records }, { ask, run }) => {
      const revisions = records.get(`${run}-${name}`);
      const { status, text } = await ask('GET', `/v1/forecasts/${run}-${name}`);
      expectSame(`GET ${name}`, status, statusOf(revisions));
      if (status !== 200) return;
      const { data } = JSON.parse(text) as { data: Listed & { revision: number } };
      const expected = [yuan(figureOf(revisions) ?? 0), revisions?.length];
      expectSame(`GET ${name}`, [data.amount.value, data.revision], expected);
    }),
  ),
  ids.map((name) =>
    command(`revisions of ${name}`, async ({ records }, { ask, run }) => {
      const revisions = records.get(`${run}-${name}`);
      const { status, text } = await ask('GET', `/v1/forecasts/${run}-${name}/revisions`);
      expectSame(`revisions of ${name}`, status, revisions === undefined ? 404 : 200);
      if (revisions === undefined) return;
      const { data } = JSON.parse(text) as { data: { revision: number; deleted: boolean }[] };
      const found = data
        .map(({ revision, deleted }) => [revision, deleted])
        .sort(([a], [b]) => Number(a) - Number(b));
      expectSame(
        `revisions of ${name}`,
        found,
        revisions.map((figure, at) => [at + 1, figure === null]),
      );
    }),
  ),
  fc.integer({ min: 1, max: 6 }).map((limit) =>
    command(`list by ${limit}`, async ({ records }, service) => {
      expectSame('list', shortly(await listed(service, `sort=id&limit=${limit}`)), present(records));
    }),
  ),
  fc.tuple(figures, fc.integer({ min: 1, max: 6 })).map(([least, limit]) =>
    command(`list from ${least} by ${limit}`, async ({ records }, service) => {
      const found = await listed(
        service,
        `currency=CNY&amountMin=${yuan(least)}&sort=-amount,id&limit=${limit}`,
      );
      const expected = present(records)
        .filter(([, value]) => BigInt(value) >= BigInt(yuan(least)))
        .sort(([, one], [, other]) => Number(BigInt(other) - BigInt(one)));
      expectSame('list from', shortly(found), expected);
    }),
  ),
  fc.nat().map((at) =>
    command(`as known after write ${at}`, async ({ moments }, service) => {
      const moment = moments[at % Math.max(1, moments.length)];
      if (moment === undefined) return;
      const found = await listed(service, `knownAsOf=${moment.recordedAt}&sort=id&limit=2`);
      expectSame(`as of ${moment.recordedAt}`, shortly(found), present(moment.records));
    }),
  ),
  fc.constant(
    command('download and count', async ({ records }, { ask, run }) => {
      const expected = present(records);
      const { text: lines } = await ask('GET', `/v1/forecasts.ndjson?collection=${run}&sort=id`);
      const rows = lines.split('\n').filter((line) => line !== '');
      expectSame('NDJSON', shortly(rows.map((line) => JSON.parse(line) as Listed)), expected);
      const { text } = await ask('GET', `/v1/facets?collection=${run}`);
      const { data } = JSON.parse(text) as { data: { currency: { buckets: { count: number }[] } } };
      const counted = data.currency.buckets.map(({ count }) => count);
      expectSame('facets', counted, expected.length === 0 ? [] : [expected.length]);
    }),
  ),
  fc.constant(
    command('compare', async ({ records }, { ask, run }) => {
      const window = 'periodFrom=2020-01-01&periodTo=2020-12-31';
      const subject = `sector=new-infrastructure&measure=directInvestment&region=CN&${window}`;
      const { text } = await ask('GET', `/v1/comparisons?${subject}&collection=${run}&perForecaster=all`);
      const { data, spread } = JSON.parse(text) as {
        data: { forecast: string; pointValue: string }[];
        spread: { min: string; max: string } | null;
      };
      const expected = present(records);
      const found = data.map(({ forecast, pointValue }) => [forecast, pointValue]).sort(byId);
      expectSame('comparison', found, expected);
      const values = expected
        .map(([, value]) => value)
        .sort((one, other) => one.length - other.length || (one < other ? -1 : 1));
      expectSame('spread', [spread?.min, spread?.max], [values[0], values.at(-1)]);
    }),
  ),
  fc.constant(
    command('read unchanged', async (_, { ask, run }) => {
      const path = `/v1/forecasts?collection=${run}&sort=id`;
      const etag = (await ask('GET', path)).headers.get('etag') ?? '';
      const { status } = await ask('GET', path, { 'if-none-match': etag });
      expectSame('If-None-Match of what has not changed', status, 304);
    }),
  ),
];

export interface ModelPlan {
  readonly ask: Ask;
  readonly seed: number;
  /** How many steps are taken at least. */
  readonly steps: number;
}

/** Of each run so many steps at most. */
const STEPS_A_RUN = 60;

/**
 * Takes random steps until there are enough, in runs on records of their own.
 * @throws Error with the shortest steps found that show a difference
 * @returns how many were taken
 */
export async function runModel({ ask, seed, steps }: ModelPlan): Promise<number> {
  let taken = 0;
  let runs = 0;
  const property = fc.asyncProperty(
    fc.commands([...COMMANDS], { maxCommands: STEPS_A_RUN, size: 'max' }),
    async (commands) => {
      if (taken >= steps) return;
      runs += 1;
      const service: Service = { ask, run: `model-${seed}-${runs}`, steps: 0 };
      for (const [path, more] of [
        ['/v1/forecasters', { kind: 'company' }],
        ['/v1/collections', {}],
      ] as const) {
        const { status, text } = await ask('POST', path, {}, { id: service.run, name: service.run, ...more });
        expectSame(`POST ${path}: ${text}`, status, 201);
      }
      try {
        await fc.asyncModelRun(
          () => ({ model: { records: new Map(), moments: [] }, real: service }),
          commands,
        );
      } finally {
        taken += service.steps;
      }
    },
  );
  // More runs than it takes: those after the last step do nothing.
  await fc.assert(property, { seed, numRuns: steps, includeErrorInReport: true });
  return taken;
}
