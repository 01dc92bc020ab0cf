import { execFile } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import BetterSqlite3 from 'better-sqlite3';
import { LEDGER_FILE } from '../../src/store/sqlite/files.ts';
import { DIVIDED_SECTOR, FREQUENT_WORD, RARE_WORD, sourceId } from './ledger.ts';
import type { Load, LoadPlan } from './load.ts';
import { loadOf, loadOfDistinct } from './load.ts';
import type { Peer } from './peers.ts';
import type { Measured } from './processes.ts';
import {
  median,
  processorSeconds,
  quantile,
  residentBytes,
  startProgram,
  startService,
  timeOf,
} from './processes.ts';
import type { ReferencePlan } from './reference.ts';
import { RECORDS_WITH_NAMES } from './statements.ts';

/** One line of the table: what was measured, and what it is measured by. */
export interface Row {
  readonly measure: string;
  /** What the service did, and what the reference did in the same run, with the unit. */
  readonly service: string;
  readonly reference: string;
  /** The service's figure by the reference's, or the figure itself where the target is one. */
  readonly figure: number;
  readonly target?: { readonly atLeast: number } | { readonly atMost: number };
}

export interface Plan {
  /** Directories of ledgers by their number of forecasts. */
  readonly ledgers: ReadonlyMap<number, string>;
  readonly rounds: number;
  readonly load: LoadPlan;
  readonly requests: number;
}

export const PAGE = '/v1/forecasts?limit=100';
export const SINGLE = '/v1/forecasts/haitong-2020-new-infrastructure-2020';
const UNCACHED = { CACHE_BYTES: '0', LOG_LEVEL: 'warn' };

export function smallest({ ledgers }: Plan): [number, string] {
  const [first] = [...ledgers].sort(([one], [other]) => one - other);
  if (first === undefined) throw new Error('no ledger to measure with');
  return first;
}

export function largest({ ledgers }: Plan): [number, string] {
  const last = [...ledgers].sort(([one], [other]) => one - other).at(-1);
  if (last === undefined) throw new Error('no ledger to measure with');
  return last;
}

export function startReference(plan: ReferencePlan): Promise<Measured> {
  return startProgram(['bench/suite/reference.ts'], { REFERENCE: JSON.stringify(plan) }, '/ready');
}

/** The bytes of an answer, in a file. */
async function keptBytes(address: string, headers: Readonly<Record<string, string>> = {}): Promise<string> {
  const answer = await fetch(address, { headers });
  const file = join(mkdtempSync(join(tmpdir(), 'forecast-ledger-bytes-')), 'body');
  writeFileSync(file, Buffer.from(await answer.arrayBuffer()));
  return file;
}

/** @throws Error where the reference does not send the bytes that the service sends: they would not be comparable */
async function checkSameBytes(service: string, reference: string): Promise<void> {
  const [own, other] = await Promise.all([service, reference].map(async (url) => (await fetch(url)).text()));
  if (own !== other || own === '') throw new Error(`${reference} does not send what ${service} sends`);
}

/** @throws Error where the reference does not read the records that the service shows */
export async function checkSameRecords(service: string, reference: string): Promise<void> {
  const { data } = (await (await fetch(service)).json()) as { data: readonly { id: string }[] };
  const read = (await (await fetch(reference)).json()) as readonly { id: string }[];
  const ids = new Set(read.map(({ id }) => id));
  if (data.length === 0 || !data.every(({ id }) => ids.has(id)))
    throw new Error(`${reference} does not read the records of ${service}`);
}

/** Two loads in turn, so that what else the machine does meets both: the medians of the rounds. */
export async function inTurn(
  rounds: number,
  one: (round: number) => Promise<number>,
  other: (round: number) => Promise<number>,
): Promise<[number, number]> {
  const [first, second]: [number[], number[]] = [[], []];
  for (let round = 0; round < rounds; round += 1) {
    first.push(await one(round));
    second.push(await other(round));
  }
  return [median(first), median(second)];
}

export function perSecond(value: number): string {
  return `${Math.round(value)}/s`;
}

export function milliseconds(value: number): string {
  return `${value.toFixed(value < 10 ? 2 : 1)} ms`;
}

/** Answers that are kept, against a bare Fastify that sends the same bytes. */
export async function keptAnswers(plan: Plan): Promise<readonly Row[]> {
  const service = await startService(smallest(plan)[1], {});
  const rows = await keptAgainstBytes(plan, service, [
    ['kept list of 100 records', PAGE],
    ['kept single record', SINGLE],
  ]);
  await service.stop();
  return rows;
}

/** The same for some answers of a service, each with what it is. */
export async function keptAgainstBytes(
  plan: Plan,
  service: Measured,
  answers: readonly (readonly [measure: string, path: string])[],
): Promise<readonly Row[]> {
  const files = await Promise.all(answers.map(([, path]) => keptBytes(service.url + path)));
  const reference = await startReference({ files });
  const rows: Row[] = [];
  for (const [number, [measure, path]] of answers.entries()) {
    await checkSameBytes(service.url + path, `${reference.url}/bytes/${number}`);
    const [own, bare] = await inTurn(
      plan.rounds,
      async () => (await loadOf(service.url + path, plan.load)).requestsPerSecond,
      async () => (await loadOf(`${reference.url}/bytes/${number}`, plan.load)).requestsPerSecond,
    );
    rows.push({
      measure: `${measure}, against the same bytes from a bare Fastify`,
      service: perSecond(own),
      reference: perSecond(bare),
      figure: own / bare,
      target: { atLeast: 0.85 },
    });
  }
  await reference.stop();
  return rows;
}

/** Pages no two of which are the same: from one day of publication to another. */
function distinctPages(): readonly (readonly [string, string])[] {
  const day = (from: number, days: number): string =>
    new Date(from + days * 86_400_000).toISOString().slice(0, 10);
  const pages: (readonly [string, string])[] = [];
  for (let first = 0; first < 400; first += 1)
    for (let last = 0; last < 250; last += 1)
      pages.push([
        day(Date.UTC(2014, 0, 1), first),
        day(Date.UTC(2020, 0, 1), (first * 7 + last * 10) % 2400),
      ]);
  return pages;
}

export const DISTINCT = distinctPages();
export const DISTINCT_PAGES = DISTINCT.map(
  ([from, to]) => `/v1/forecasts?limit=100&publishedFrom=${from}&publishedTo=${to}`,
);
/** How many of them at most are asked for in a round. */
export const A_ROUND = 20_000;

/** Pages that are computed, against a bare Fastify that reads the same rows and `JSON.stringify`s them. */
export async function computedPages(plan: Plan): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const [size, directory] of plan.ledgers) {
    // As it is started, with what it keeps: no question comes twice.
    const service = await startService(directory, {});
    const reference = await startReference({ files: [], ledger: join(directory, LEDGER_FILE) });
    const bare = DISTINCT.map(([from, to]) => `/sql?from=${from}&to=${to}`);
    await checkSameRecords(service.url + DISTINCT_PAGES[0], reference.url + bare[0]);
    const [own, other] = await inTurn(
      plan.rounds,
      async (round) =>
        (await loadOfDistinct(service.url, DISTINCT_PAGES, round * A_ROUND, plan.load)).requestsPerSecond,
      async (round) =>
        (await loadOfDistinct(reference.url, bare, round * A_ROUND, plan.load)).requestsPerSecond,
    );
    rows.push({
      measure: `distinct computed pages of 100 records of ${size}, against the same rows in a bare Fastify`,
      service: perSecond(own),
      reference: perSecond(other),
      figure: own / other,
      target: { atLeast: 1.2 },
    });
    await Promise.all([service.stop(), reference.stop()]);
  }
  return rows;
}

interface Scaled {
  readonly measure: string;
  readonly path: (number: number, size: number) => string;
  readonly atMost: number;
}

export const SCALED: readonly Scaled[] = [
  {
    measure: 'page',
    path: (number) => DISTINCT_PAGES[(number * 97) % DISTINCT_PAGES.length] ?? PAGE,
    atMost: 1.5,
  },
  {
    measure: 'page of a sector and all below it',
    path: (number) => `${DISTINCT_PAGES[(number * 97) % DISTINCT_PAGES.length]}&sector=${DIVIDED_SECTOR}`,
    atMost: 1.5,
  },
  {
    measure: 'breakdown',
    path: (number, size) =>
      `/v1/sectors/${DIVIDED_SECTOR}/breakdown?source=${sourceId(5 * ((number * 7919) % Math.floor(size / 25)))}`,
    atMost: 2,
  },
  { measure: 'facets', path: () => '/v1/facets', atMost: 5 },
  { measure: 'facets of a measure', path: () => '/v1/facets?measure=directInvestment', atMost: 5 },
];

/** A service that computes every answer, once it has read what it counts facets in: that takes seconds of a large ledger. */
export async function startWarm(directory: string): Promise<Measured> {
  const service = await startService(directory, UNCACHED);
  await timeOf(`${service.url}/v1/facets`);
  return service;
}

/** What a question costs in the larger ledgers, against the smallest: each computed, one after another. */
export async function scaling(plan: Plan): Promise<readonly Row[]> {
  const [least, directory] = smallest(plan);
  const rows: Row[] = [];
  const small = await startWarm(directory);
  for (const [size, other] of plan.ledgers) {
    if (size === least) continue;
    const large = await startWarm(other);
    for (const { measure, path, atMost } of SCALED) {
      const times: [number[], number[]] = [[], []];
      for (let number = 0; number < plan.requests; number += 1) {
        const measured = [
          await timeOf(large.url + path(number, size)),
          await timeOf(small.url + path(number, least)),
        ] as const;
        // The first ones build and compile their queries, and read what the file system has not at hand.
        if (number < plan.requests / 5) continue;
        times[0].push(measured[0]);
        times[1].push(measured[1]);
      }
      const [own, reference] = [median(times[0]), median(times[1])];
      rows.push({
        measure: `${measure}, computed, in ${size} forecasts against ${least}`,
        service: milliseconds(own),
        reference: milliseconds(reference),
        figure: own / reference,
        target: { atMost },
      });
    }
    await large.stop();
  }
  await small.stop();
  return rows;
}

/** The first page of what a search finds in the largest ledger; what SQLite's index alone takes to name the best is the reference. */
export async function fullText(plan: Plan): Promise<readonly Row[]> {
  const [size, directory] = largest(plan);
  const service = await startWarm(directory);
  const sqlite = new BetterSqlite3(join(directory, LEDGER_FILE), { readonly: true });
  const best = sqlite.prepare<[string], unknown>(
    'select rowid from record_texts_index where record_texts_index match ? order by rank limit 100',
  );
  const rows: Row[] = [];
  for (const [word, measure, atMost] of [
    [RARE_WORD, 'a word in one of 2,000 records', 25],
    [FREQUENT_WORD, 'a word in every tenth record', 250],
  ] as const) {
    const [own, index] = await inTurn(
      Math.max(5, Math.floor(plan.requests / 10)),
      () => timeOf(`${service.url}/v1/forecasts?q=${word}`),
      async () => {
        const begun = performance.now();
        best.all(word);
        return performance.now() - begun;
      },
    );
    rows.push({
      measure: `first page of a search for ${measure} of ${size} (ms)`,
      service: milliseconds(own),
      reference: `${milliseconds(index)} (FTS5 alone)`,
      figure: own,
      target: { atMost },
    });
  }
  sqlite.close();
  await service.stop();
  return rows;
}

export const MEBIBYTE = 1024 * 1024;
/** Reads after which a server has what it keeps in any case. */
const WARMING_READS = 500;

/** Short reads, each of another page, one after the other. @returns the milliseconds that each took */
export async function shortReads(url: string, until: (number: number) => boolean): Promise<number[]> {
  const times: number[] = [];
  do {
    const day = DISTINCT[times.length % DISTINCT.length]?.[1];
    times.push(await timeOf(`${url}/v1/forecasts?limit=10&publishedTo=${day}`));
  } while (!until(times.length));
  return times;
}

/** Every record of the largest ledger as NDJSON, and short reads beside it. */
export async function wholeExport(plan: Plan): Promise<readonly Row[]> {
  const [size, directory] = largest(plan);
  const service = await startWarm(directory);
  const rates: number[] = [];
  const alone: number[] = [];
  const beside: number[] = [];
  await shortReads(service.url, (number) => number >= WARMING_READS);
  const before = residentBytes(service.pid, 'VmRSS');
  for (let round = 0; round < plan.rounds; round += 1) {
    const { lines, seconds } = await drained(`${service.url}/v1/forecasts.ndjson?sort=id`);
    rates.push(lines / seconds);
  }
  const growth = (residentBytes(service.pid, 'VmHWM') - before) / MEBIBYTE;
  for (let round = 0; round < plan.rounds; round += 1) {
    const end = performance.now() + plan.load.seconds * 1000;
    alone.push(...(await shortReads(service.url, () => performance.now() > end)));
    let running = true;
    const stream = drained(`${service.url}/v1/forecasts.ndjson?sort=id`).finally(() => {
      running = false;
    });
    beside.push(...(await shortReads(service.url, () => !running)));
    await stream;
  }
  await service.stop();
  const bare = bareRows(join(directory, LEDGER_FILE), plan.rounds);
  const [p99, p99Alone] = [quantile(beside, 0.99), quantile(alone, 0.99)];
  return [
    {
      measure: `rows of ${size} as NDJSON, against a bare better-sqlite3 iterate and JSON.stringify`,
      service: perSecond(median(rates)),
      reference: perSecond(bare),
      figure: median(rates) / bare,
      target: { atLeast: 1.2 },
    },
    {
      measure: 'growth of memory while that is sent (MiB)',
      service: `${growth.toFixed(0)} MiB`,
      reference: `of ${(before / MEBIBYTE).toFixed(0)} MiB`,
      figure: growth,
      target: { atMost: 64 },
    },
    {
      measure: 'p99 of short reads beside it, against without',
      service: milliseconds(p99),
      reference: milliseconds(p99Alone),
      figure: p99 / p99Alone,
      target: { atMost: 3 },
    },
  ];
}

/** Takes an answer in another process: how many lines it had, and how long they took. */
async function drained(address: string): Promise<{ readonly lines: number; readonly seconds: number }> {
  const { stdout } = await promisify(execFile)(process.execPath, ['bench/suite/drain.ts', address]);
  return JSON.parse(stdout) as { lines: number; seconds: number };
}

/** Rows a second of the same records with the same names, read and written as JSON by nothing else. */
function bareRows(file: string, rounds: number): number {
  const sqlite = new BetterSqlite3(file, { readonly: true });
  const select = sqlite.prepare(`${RECORDS_WITH_NAMES} order by records.id`);
  const rates: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const begun = performance.now();
    let rows = 0;
    let bytes = 0;
    for (const row of select.iterate()) {
      bytes += JSON.stringify(row).length;
      rows += 1;
    }
    if (bytes === 0) throw new Error('no rows');
    rates.push(rows / ((performance.now() - begun) / 1000));
  }
  sqlite.close();
  return median(rates);
}

/** From the start of the server's process to its first answer that it is ready, on the largest ledger and on the smallest. */
export async function startUp(plan: Plan): Promise<readonly Row[]> {
  const [size, large] = largest(plan);
  const [least, small] = smallest(plan);
  const started = async (directory: string): Promise<number> => {
    const service = await startService(directory, { LOG_LEVEL: 'warn' });
    await service.stop();
    return service.startMs;
  };
  const [own, reference] = await inTurn(
    Math.max(5, plan.rounds),
    () => started(large),
    () => started(small),
  );
  return [
    {
      measure: `start to ready on ${size} forecasts (ms)`,
      service: milliseconds(own),
      reference: `${milliseconds(reference)} on ${least}`,
      figure: own,
      target: { atMost: 1500 },
    },
  ];
}

/** What bears a load, and the seconds of processor time that it has taken so far. */
export interface Loaded {
  readonly load: (round: number) => Promise<Load>;
  readonly spent: () => number;
}

/** Requests a second by the clock, and a second of processor time. */
export interface Rates {
  readonly clock: number;
  readonly processor: number;
}

/** Loads in turn, so that what else the machine does meets all of them: the medians of the rounds. */
export async function loadsInTurn(
  { rounds, load: { seconds } }: Plan,
  all: readonly Loaded[],
): Promise<readonly Rates[]> {
  const measured = all.map(() => ({ clock: [] as number[], processor: [] as number[] }));
  for (let round = 0; round < rounds; round += 1) {
    for (const [index, { load, spent }] of all.entries()) {
      const before = spent();
      const { requestsPerSecond } = await load(round);
      measured[index]?.processor.push((requestsPerSecond * seconds) / (spent() - before));
      measured[index]?.clock.push(requestsPerSecond);
    }
  }
  return measured.map(({ clock, processor }) => ({ clock: median(clock), processor: median(processor) }));
}

/**
 * Two workers against one: requests by the clock, and by the processor time that the server's processes took. On two cores
 * the load generator takes a part of what the workers could have had; requests by processor time leave it out: two workers
 * on two free cores answer twice what one core's time is good for.
 */
export async function workers(plan: Plan): Promise<readonly Row[]> {
  const [, directory] = smallest(plan);
  const rows: Row[] = [];
  const services = [await startService(directory), await startService(directory, { WEB_CONCURRENCY: '2' })];
  const cases = [
    ['kept single record', (url: string) => loadOf(url + SINGLE, { ...plan.load, connections: 32 })],
    [
      'distinct computed pages',
      (url: string, round: number) =>
        loadOfDistinct(url, DISTINCT_PAGES, round * A_ROUND, { ...plan.load, connections: 32 }),
    ],
  ] as const;
  for (const [number, [measure, load]] of cases.entries()) {
    const [one, two] = await loadsInTurn(
      plan,
      services.map((service) => ({
        load: (round) => load(service.url, number * plan.rounds + round),
        spent: () => processorSeconds(service.pid),
      })),
    );
    if (one === undefined || two === undefined) throw new Error('two services are measured');
    const [clock, processor] = [two.clock / one.clock, two.processor / one.processor];
    rows.push(
      {
        measure: `two workers against one, ${measure}, by the clock`,
        service: perSecond(two.clock),
        reference: perSecond(one.clock),
        figure: clock,
        target: { atLeast: 1.6 },
      },
      {
        measure: `two workers against one, ${measure}, twice the requests a second of processor time`,
        service: perSecond(2 * two.processor),
        reference: perSecond(one.processor),
        figure: 2 * processor,
        target: { atLeast: 1.6 },
      },
    );
  }
  await Promise.all(services.map((service) => service.stop()));
  return rows;
}

/** A page of 100 records by others that serve the same records; those that do not start are said to. */
export async function peers(
  plan: Plan,
  start: (directory: string) => Promise<readonly Peer[]>,
): Promise<readonly Row[]> {
  const [size, directory] = smallest(plan);
  const copy = mkdtempSync(join(tmpdir(), 'forecast-ledger-peers-'));
  copyFileSync(join(directory, LEDGER_FILE), join(copy, LEDGER_FILE));
  const service = await startService(directory, UNCACHED);
  const kept = await startService(directory, {});
  const rows: Row[] = [];
  for (const peer of await start(copy)) {
    if (peer.failure !== undefined) {
      rows.push({
        measure: `against ${peer.name}`,
        service: '-',
        reference: `not measured: ${peer.failure}`,
        figure: Number.NaN,
      });
      continue;
    }
    for (const [name, { url }] of [
      ['computed', service],
      ['kept', kept],
    ] as const) {
      const [own, other] = await inTurn(
        plan.rounds,
        async () => (await loadOf(url + PAGE, plan.load)).requestsPerSecond,
        async () => (await loadOf(peer.page, plan.load)).requestsPerSecond,
      );
      rows.push({
        measure: `page of 100 records of ${size}, ${name}, against ${peer.name}`,
        service: perSecond(own),
        reference: perSecond(other),
        figure: own / other,
      });
    }
    await peer.stop();
  }
  await Promise.all([service.stop(), kept.stop()]);
  rmSync(copy, { recursive: true });
  return rows;
}
