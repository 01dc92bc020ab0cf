import type { AddressInfo } from 'node:net';
import { Worker } from 'node:worker_threads';
import type { FastifyInstance } from 'fastify';
import type { Test } from 'tap';
import { test } from 'tap';
import { buildApp } from '../../src/app.ts';
import { parseConfig } from '../../src/config.ts';
import { listImpliedRates } from '../../src/ledger/records/repository.ts';
import type { Store } from '../../src/store/store.ts';
import { openLedger } from '../../src/transfer/open-ledger.ts';
import type { OpenApiDocument } from '../helpers/contract.ts';
import { committedDocument, IN_FORMAT } from '../helpers/contract.ts';
import { forecastRow, importer, ndjson } from '../helpers/imports.ts';
import { makeKey } from '../helpers/keys.ts';
import { writeLargeLedger } from '../helpers/large-ledger.ts';
import { watchStatements } from '../helpers/statements.ts';

/*
 * How long requests hold up others. What others wait for is the longest stretch between two looks at what has arrived;
 * measured as processor time of this thread, since on a busy machine the clock shows what other processes do.
 */

/** With what the seeds hold as many as are computed with at once, or nearly. */
const RECORDS = 4800;

/** Takes about as long as a request may hold up others, 50 ms, on a machine on which the others were measured. */
function referenceBlock(): number {
  let length = 0;
  for (let number = 0; number < REFERENCE_ROUNDS; number += 1)
    length += JSON.stringify({ number, text: `number ${number}`, list: [number, null, true] }).length;
  return length;
}
const REFERENCE_ROUNDS = 300_000;

/** Says how long the longest stretch has been, in microseconds of processor time, until it is asked. */
function watchLoop(): () => number {
  let longest = 0;
  let before = process.threadCpuUsage();
  let isWatching = true;
  const measure = (): void => {
    const { user, system } = process.threadCpuUsage(before);
    longest = Math.max(longest, user + system);
    before = process.threadCpuUsage();
  };
  const look = (): void => {
    if (!isWatching) return;
    measure();
    setImmediate(look);
  };
  setImmediate(look);
  return () => {
    isWatching = false;
    // The answer may have come back in the same round of the event loop.
    measure();
    return longest;
  };
}

/** Fetches from another thread, so that reading an answer takes none of this one's time. */
const CLIENT = `
  const { parentPort, workerData: { port, authorization } } = require('node:worker_threads');
  const { request } = require('node:http');
  const ofBody = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };
  parentPort.on('message', ([path, body]) => {
    const method = body === undefined ? 'GET' : 'POST';
    const headers = { authorization, ...(body === undefined ? {} : ofBody) };
    request({ host: '127.0.0.1', port, path, method, headers }, (response) => {
      let [length, beginning] = [0, ''];
      response.on('data', (piece) => {
        length += piece.length;
        if (beginning === '') beginning = piece.toString('utf8', 0, 300);
      });
      response.on('end', () => parentPort.postMessage({ status: response.statusCode, length, beginning }));
    }).on('error', (error) => parentPort.postMessage({ status: 0, length: 0, beginning: String(error) })).end(body);
  });`;

interface Answered {
  readonly status: number;
  readonly length: number;
  readonly beginning: string;
}

interface Served {
  readonly app: FastifyInstance;
  readonly store: Store;
  readonly fetch: (path: string, body?: string) => Promise<Answered>;
  /** The longest stretch while a path is answered. */
  readonly longestStretch: (path: string, body?: string) => Promise<number>;
}

async function serveLargeLedger(t: Test, records = RECORDS): Promise<Served> {
  const { store } = await openLedger(null);
  await writeLargeLedger(store, records);
  const app = await buildApp({
    config: parseConfig({ CACHE_BYTES: '0' }),
    store,
    furtherRoutes: (routes) => {
      routes.get('/reference', async () => ({ length: referenceBlock() }));
    },
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  const { headers } = await makeKey({ store }, 'read');
  const client = new Worker(CLIENT, { eval: true, workerData: { port, ...headers } });
  t.after(async () => {
    await client.terminate();
    await app.close();
    await store.close();
  });
  const fetch = (path: string, body?: string): Promise<Answered> =>
    new Promise((resolve) => {
      client.once('message', resolve);
      client.postMessage([path, body]);
    });
  const longestStretch = async (path: string, body?: string): Promise<number> => {
    const stop = watchLoop();
    const { status, beginning } = await fetch(path, body);
    t.ok([200, 422].includes(status), `${path}: ${status} ${beginning}`);
    return stop();
  };
  return { app, store, fetch, longestStretch };
}

type Parameter = NonNullable<OpenApiDocument['paths'][string][string]['parameters']>[number];
type Query = Readonly<Record<string, string>>;

/** What makes an answer large, where it is not all that there is. */
const LARGE: Readonly<Record<string, Query>> = {
  '/v1/forecasts/{id}/assessment': { id: `large-forecast-${RECORDS - 1}` },
  '/v1/forecasters/{id}/track-record': { id: 'haitong-securities' },
  '/v1/breakdowns': { forecaster: 'haitong-securities' },
  '/v1/series': { forecaster: 'haitong-securities' },
  '/v1/comparisons': { periodFrom: '2010-01-01', periodTo: '2040-12-31' },
};
/** Asked for by another test, or not there. */
const NOT_ASKED = ['/v1/imports/{id}', '/v1/sources/{id}/text'];

/** Further parameters that make an answer take longer, where a path has all of them. */
const VARIANTS: readonly Query[] = [
  {},
  { limit: '1000' },
  { format: 'csv' },
  { format: 'xlsx' },
  { format: 'json-stat' },
  { format: 'ndjson', shape: 'flat' },
  { q: '一'.repeat(200), limit: '1000' },
  { q: 'yuan', limit: '1000' },
  { convertTo: 'USD', rateBasis: 'periodAverage,latest' },
  { convertTo: 'USD', amountMin: '1' },
  { convertTo: 'USD', sort: 'amount', format: 'csv' },
  { convertTo: 'USD', rateBasis: 'latest', format: 'csv' },
];

/** What no rule of these gives. */
const FURTHER: readonly string[] = [
  '/v1/forecasts?q=yuan&sort=relevance&limit=1000',
  '/v1/rates?provider=source&limit=1000',
];

/** The requests of a path of the document: with what it needs, and with each of the variants that it takes. */
/** A value, or the greatest that a parameter takes. */
function atMost(parameter: Parameter | undefined, value: string): string {
  const maximum = parameter?.schema?.maximum;
  return maximum !== undefined && Number(value) > maximum ? String(maximum) : value;
}

function requestsOf(path: string, parameters: readonly Parameter[]): readonly string[] {
  const large = LARGE[path.replace(IN_FORMAT, '')] ?? {};
  const needed = Object.fromEntries(
    parameters.flatMap(({ name, required, example }) => {
      const value = large[name] ?? (required === true ? example : undefined);
      return value === undefined ? [] : [[name, String(value)]];
    }),
  );
  const takes = (name: string, value: string): boolean => {
    const parameter = parameters.find((candidate) => candidate.name === name);
    return parameter !== undefined && (parameter.schema?.enum?.includes(value) ?? true);
  };
  return VARIANTS.filter((variant) => Object.entries(variant).every((entry) => takes(...entry))).map(
    (variant) => {
      const query = new URLSearchParams();
      let filled = path;
      for (const [name, value] of Object.entries({ ...needed, ...variant })) {
        if (filled.includes(`{${name}}`)) filled = filled.replace(`{${name}}`, value);
        else
          query.set(
            name,
            atMost(
              parameters.find((parameter) => parameter.name === name),
              value,
            ),
          );
      }
      return query.size === 0 ? filled : `${filled}?${query}`;
    },
  );
}

const RUNS = 3;

/** The longest stretch that a request may take. */
async function allowedStretch({ fetch, longestStretch }: Served): Promise<number> {
  await fetch('/reference');
  const references: number[] = [];
  for (let run = 0; run < RUNS; run += 1) references.push(await longestStretch('/reference'));
  return references.sort((one, other) => one - other)[1] ?? 0;
}

test('no request holds up others for long on a ledger of thousands, whatever it asks for', async (t) => {
  const served = await serveLargeLedger(t);
  const { store, fetch, longestStretch } = served;
  const allowed = await allowedStretch(served);
  await fetch('/openapi.json');
  const worst: (readonly [number, string])[] = [];
  const requests = Object.entries(committedDocument.paths).flatMap(([path, { get }]) =>
    get === undefined || NOT_ASKED.includes(path) ? [] : requestsOf(path, get.parameters ?? []),
  );
  for (const url of [...requests, ...FURTHER]) {
    // What holds up others does so each time.
    let longest = Number.POSITIVE_INFINITY;
    for (let run = 0; run < RUNS && longest >= allowed; run += 1)
      longest = Math.min(longest, await longestStretch(url));
    t.ok(longest < allowed, `${url}: ${longest} µs, of ${allowed}`);
    worst.push([longest, url]);
  }
  t.ok(worst.length > 80, `${worst.length} requests`);
  const [first] = worst.sort(([one], [other]) => other - one);
  const implied = await store.snapshot((read) => listImpliedRates(read));
  t.equal(
    new Set(implied.map(({ forecast }) => forecast).filter((id) => id.startsWith('large-'))).size,
    RECORDS,
  );
  t.comment(`the longest of ${worst.length}: ${first?.join(' µs, ')}; the reference takes ${allowed} µs`);
});

/** Calls of agents for which the service reads or computes the most. */
const CALLS: Readonly<Record<string, object>> = {
  search_forecasts: { convertTo: 'EUR', rateBasis: 'latest', sort: '-amount' },
  break_down_sector: { sector: 'new-infrastructure', convertTo: 'EUR', rateBasis: 'latest', skip: 4000 },
  judge_forecasts: { sort: '-outcomeVsForecastPercent' },
  compare_forecasts: {
    ...{ sector: '5g', measure: 'directInvestment', region: 'CN', over: 'perYear', convertTo: 'EUR' },
    ...{ periodFrom: '1990-01-01', periodTo: '2100-12-31', rateBasis: 'latest' },
  },
};

test('no call of an agent holds up others for long', async (t) => {
  const served = await serveLargeLedger(t);
  const { fetch, longestStretch } = served;
  const allowed = await allowedStretch(served);
  const bodies = Object.entries(CALLS).map(([name, parameters]) =>
    JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name, arguments: parameters } }),
  );
  // What is loaded for the first call is loaded once.
  await fetch('/mcp', bodies[0]);
  for (const body of bodies) {
    let longest = Number.POSITIVE_INFINITY;
    for (let run = 0; run < RUNS && longest >= allowed; run += 1)
      longest = Math.min(longest, await longestStretch('/mcp', body));
    t.ok(longest < allowed, `${body}: ${longest} microseconds, of ${allowed}`);
  }
});

/** Texts that take long to read: many figures, long paragraphs, and what looks like figures and is none. */
const TEXTS: Readonly<Record<string, string>> = {
  'of many paragraphs': 'Haitong expects investment in 5G of 3 billion yuan in 2020.\n\n'.repeat(900),
  'of one paragraph': 'Haitong expects investment in 5G of 3 billion yuan in 2020. '.repeat(900),
  'of long paragraphs': `${'1-'.repeat(1499)}\n\n${'1 billion yuan '.repeat(190)}\n\n`.repeat(4),
  'of many names': 'Haitong Securities and CAICT on 5G, AI and new infrastructure. '.repeat(6000),
};

test('no reading of a text holds up others for long', async (t) => {
  const served = await serveLargeLedger(t);
  const { fetch, longestStretch } = served;
  const allowed = await allowedStretch(served);
  const bodies = Object.values(TEXTS).map((text) => JSON.stringify({ text, language: 'en' }));
  // What is loaded for the first is loaded once.
  await fetch('/v1/readings', bodies[0]);
  for (const [at, name] of Object.keys(TEXTS).entries()) {
    let longest = Number.POSITIVE_INFINITY;
    for (let run = 0; run < RUNS && longest >= allowed; run += 1)
      longest = Math.min(longest, await longestStretch('/v1/readings', bodies[at]));
    t.ok(longest < allowed, `a text ${name}: ${longest} microseconds, of ${allowed}`);
  }
});

/** What a file of records may be wrong in, each in another way. */
const FILES: Readonly<Record<string, (at: number) => object>> = {
  sound: (at) => forecastRow(`import-${at}`, at + 1),
  'of unknown ids': (at) => forecastRow(`import-${at}`, at + 1, { sector: `sector-${at}`, source: `${at}` }),
  'of unknown fields': (at) => forecastRow(`import-${at}`, at + 1, { forecastr: '', regoin: '', notse: '' }),
};

test('an import of a small file holds up others for less than a request may', async (t) => {
  const served = await serveLargeLedger(t, 0);
  const { bring } = await importer({
    store: served.store,
    request: (options) => served.app.inject(options),
  });
  // It comes beside requests, which take their time too.
  const allowed = (await allowedStretch(served)) / 2;
  for (const [name, rowAt] of Object.entries(FILES)) {
    // As many rows as are imported without a thread.
    const rows = Array.from({ length: 400 }, (_, at) => rowAt(at));
    let longest = Number.POSITIVE_INFINITY;
    for (let run = 0; run < RUNS && longest >= allowed; run += 1) {
      const stop = watchLoop();
      const job = await bring('ndjson', ndjson(rows), run === 0 ? '' : '?dryRun=true');
      longest = Math.min(longest, stop());
      t.equal(job.progress.rowsRead, rows.length, name);
    }
    t.ok(longest < allowed, `a file ${name}: ${longest} of ${allowed} microseconds`);
  }
});

test('a download computes its rows once', async (t) => {
  const { fetch } = await serveLargeLedger(t);
  const statements = watchStatements(t);
  const queriesOf = async (path: string): Promise<number> => {
    const before = statements.queries();
    t.equal((await fetch(path)).status, 200, path);
    return statements.queries() - before;
  };
  for (const [path, query] of [
    ['/v1/track-records', ''],
    ['/v1/forecasts', 'convertTo=USD&sort=amount'],
    ['/v1/outcomes', 'convertTo=USD&amountMin=1'],
  ]) {
    const ofPage = await queriesOf(`${path}?${query}&limit=1`);
    const ofAll = await queriesOf(`${path}.csv?${query}`);
    t.ok(ofAll < ofPage * 1.5, `${path}: ${ofAll} queries, and ${ofPage} for a page`);
  }
  // Read page by page: so many queries for each hundred forecasts.
  const ofAssessments = await queriesOf('/v1/assessments.csv');
  t.ok(ofAssessments < (8 * RECORDS) / 100, `/v1/assessments: ${ofAssessments} queries`);
});
