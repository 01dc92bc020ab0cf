import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ClusterServer } from '../../test/helpers/postgres-cluster.ts';
import { measureImport, writeRows } from './importing.ts';
import { FREQUENT_WORD, RARE_WORD } from './ledger.ts';
import { loadOf, loadOfDistinct } from './load.ts';
import type { Loaded, Plan, Row } from './measures.ts';
import {
  A_ROUND,
  checkSameRecords,
  DISTINCT,
  DISTINCT_PAGES,
  inTurn,
  largest,
  loadsInTurn,
  milliseconds,
  PAGE,
  perSecond,
  SCALED,
  SINGLE,
  smallest,
  startReference,
  startWarm,
} from './measures.ts';
import type { Measured } from './processes.ts';
import { processorSeconds, startService, timeOf } from './processes.ts';

/*
 * The service on PostgreSQL, against itself on SQLite with the same records and against a bare `pg`. Each rate stands there
 * by the clock and by the processor time of the service and of PostgreSQL together: other work on the machine falsifies
 * only the first.
 */

/** A server of PostgreSQL with the ledgers, and the same ledgers in directories. */
export interface PostgresPlan extends Plan {
  readonly server: ClusterServer;
  /** Directories with the same records, by their number of forecasts. */
  readonly directories: ReadonlyMap<number, string>;
  /** The URL of a new, empty database. */
  readonly emptyDatabase: () => Promise<string>;
}

/** @throws Error where there is none of that size */
function directoryOf({ directories }: PostgresPlan, size: number): string {
  const directory = directories.get(size);
  if (directory === undefined) throw new Error(`no ledger of ${size} in SQLite`);
  return directory;
}

function spentBy(...pids: readonly number[]): () => number {
  return () => pids.reduce((sum, pid) => sum + processorSeconds(pid), 0);
}

/** Where the next round of distinct pages begins: a page comes again only after all others, so that none is cached. */
function unasked(): () => number {
  let round = 0;
  return () => {
    round += 1;
    return round * A_ROUND;
  };
}

async function ratesAgainst(
  plan: PostgresPlan,
  measure: string,
  own: Loaded,
  reference: Loaded,
  atLeast: number,
): Promise<readonly Row[]> {
  const [one, other] = await loadsInTurn(plan, [own, reference]);
  if (one === undefined || other === undefined) throw new Error('two are measured');
  return (['clock', 'processor'] as const).map((by) => ({
    measure: `${measure}, ${by === 'clock' ? 'by the clock' : 'by processor time'}`,
    service: perSecond(one[by]),
    reference: perSecond(other[by]),
    figure: one[by] / other[by],
    target: { atLeast },
  }));
}

/** Cached responses, against those on SQLite. */
export async function cached(plan: PostgresPlan): Promise<readonly Row[]> {
  const [size, url] = smallest(plan);
  const services = await Promise.all([startService(url), startService(directoryOf(plan, size))]);
  const loaded = ({ url: address, pid }: Measured, path: string, ...pids: number[]): Loaded => ({
    load: () => loadOf(address + path, plan.load),
    spent: spentBy(pid, ...pids),
  });
  const rows: Row[] = [];
  for (const [what, path] of [
    ['cached list of 100 records', PAGE],
    ['cached single record', SINGLE],
  ] as const) {
    rows.push(
      ...(await ratesAgainst(
        plan,
        `${what}, against SQLite`,
        loaded(services[0], path, plan.server.pid()),
        loaded(services[1], path),
        0.75,
      )),
    );
  }
  await Promise.all(services.map((service) => service.stop()));
  return rows;
}

/** Uncached pages, against a bare Fastify that reads the same rows with `pg`, and against those on SQLite. */
export async function uncached(plan: PostgresPlan): Promise<readonly Row[]> {
  const rows: Row[] = [];
  const bare = DISTINCT.map(([from, to]) => `/sql?from=${from}&to=${to}`);
  for (const [size, url] of plan.ledgers) {
    const [service, onSqlite, reference] = await Promise.all([
      startService(url),
      startService(directoryOf(plan, size)),
      startReference({ files: [], ledger: url }),
    ]);
    await checkSameRecords(service.url + DISTINCT_PAGES[0], reference.url + bare[0]);
    const loaded = (address: string, paths: readonly string[], ...pids: number[]): Loaded => {
      const first = unasked();
      return {
        load: () => loadOfDistinct(address, paths, first(), plan.load),
        spent: spentBy(...pids),
      };
    };
    const own = loaded(service.url, DISTINCT_PAGES, service.pid, plan.server.pid());
    rows.push(
      ...(await ratesAgainst(
        plan,
        `uncached pages of 100 records of ${size}, against the same rows in a bare pg`,
        own,
        loaded(reference.url, bare, reference.pid, plan.server.pid()),
        0.67,
      )),
      ...(await ratesAgainst(
        plan,
        `uncached pages of 100 records of ${size}, against SQLite`,
        own,
        loaded(onSqlite.url, DISTINCT_PAGES, onSqlite.pid),
        0.33,
      )),
    );
    await Promise.all([service, onSqlite, reference].map((server) => server.stop()));
  }
  return rows;
}

/** What one question costs, one after another, against SQLite. */
export async function questions(plan: PostgresPlan): Promise<readonly Row[]> {
  const [size, url] = largest(plan);
  const services = await Promise.all([startWarm(url), startWarm(directoryOf(plan, size))]);
  const pathOf = (name: string): ((number: number) => string) => {
    const scaled = SCALED.find(({ measure }) => measure === name);
    if (scaled === undefined) throw new Error(`there is no measure ${name}`);
    return (number) => scaled.path(number, size);
  };
  const asked: readonly (readonly [string, (number: number) => string, number])[] = [
    ['breakdown', pathOf('breakdown'), 15],
    ['facets', pathOf('facets'), 30],
    ['first page of a search for a word in one of 2,000 records', () => `/v1/forecasts?q=${RARE_WORD}`, 30],
    [
      'first page of a search for a word in every tenth record',
      () => `/v1/forecasts?q=${FREQUENT_WORD}`,
      400,
    ],
  ];
  const rows: Row[] = [];
  for (const [measure, path, atMost] of asked) {
    const time = ({ url: address }: Measured) => {
      return (number: number) => timeOf(address + path(number));
    };
    const count = Math.max(5, Math.floor(plan.requests / 5));
    // The first ones build and compile their queries.
    await inTurn(5, time(services[0]), time(services[1]));
    const [own, onSqlite] = await inTurn(count, time(services[0]), time(services[1]));
    rows.push({
      measure: `${measure}, uncached, of ${size} (ms)`,
      service: milliseconds(own),
      reference: `${milliseconds(onSqlite)} on SQLite`,
      figure: own,
      target: { atMost },
    });
  }
  await Promise.all(services.map((service) => service.stop()));
  return rows;
}

const IMPORTED_ROWS = 100_000;

/** An import into a new ledger, against one on SQLite. */
export async function imports(plan: PostgresPlan): Promise<readonly Row[]> {
  const rows = Math.min(IMPORTED_ROWS, largest(plan)[0]);
  const directory = mkdtempSync(join(tmpdir(), 'forecast-ledger-import-'));
  const file = join(directory, 'rows.ndjson');
  await writeRows(file, rows);
  const database = await plan.emptyDatabase();
  const spent = spentBy(plan.server.pid());
  const before = spent();
  const own = await measureImport(database, file);
  const ownProcessor = own.processor + spent() - before;
  const onSqlite = await measureImport(join(directory, 'ledger'), file);
  rmSync(directory, { recursive: true });
  for (const { status } of [own, onSqlite]) if (status !== 'published') throw new Error(`import ${status}`);
  const megabytes = (bytes: number): string => `${Math.round(bytes / 1_000_000)} MB`;
  return [
    {
      measure: `import of ${rows} rows (s)`,
      service: `${own.finished.toFixed(1)} s`,
      reference: `${onSqlite.finished.toFixed(1)} s on SQLite`,
      figure: own.finished,
      target: { atMost: 60 },
    },
    {
      measure: 'processor time of it (s)',
      service: `${ownProcessor.toFixed(1)} s`,
      reference: `${onSqlite.processor.toFixed(1)} s on SQLite`,
      figure: ownProcessor,
    },
    {
      measure: 'most memory of its process (MB)',
      service: megabytes(own.residentMost),
      reference: `${megabytes(onSqlite.residentMost)} on SQLite`,
      figure: own.residentMost / 1_000_000,
      target: { atMost: 300 },
    },
    {
      measure: 'first page of 100 right after it (ms)',
      service: milliseconds(own.pageAfter),
      reference: `${milliseconds(onSqlite.pageAfter)} on SQLite`,
      figure: own.pageAfter,
    },
  ];
}

/**
 * Two nodes and a replica against one node: uncached pages by the processor time of all nodes and servers of PostgreSQL.
 * Two machines do twice what a second of it is good for; what they ask each other beside takes its part.
 */
export async function nodes(plan: PostgresPlan): Promise<readonly Row[]> {
  const [size, url] = largest(plan);
  const replica = await plan.server.replica();
  await replica.start();
  const readUrl = new URL(replica.url);
  readUrl.pathname = new URL(url).pathname;
  const one = await startService(url);
  const two = await Promise.all([1, 2].map(() => startService(url, { DATABASE_READ_URLS: readUrl.href })));
  const first = unasked();
  const load = (service: Measured) =>
    loadOfDistinct(service.url, DISTINCT_PAGES, first(), {
      ...plan.load,
      connections: plan.load.connections / 2,
    });
  const [single, double] = await loadsInTurn(plan, [
    { load: () => load(one), spent: spentBy(one.pid, plan.server.pid()) },
    {
      load: async () => ({
        requestsPerSecond: (await Promise.all(two.map(load))).reduce(
          (sum, { requestsPerSecond }) => sum + requestsPerSecond,
          0,
        ),
      }),
      spent: spentBy(...two.map(({ pid }) => pid), plan.server.pid(), replica.pid()),
    },
  ]);
  await Promise.all([one, ...two].map((service) => service.stop()));
  await replica.kill('SIGINT');
  if (single === undefined || double === undefined) throw new Error('two are measured');
  return [
    {
      measure: `two nodes and a replica against one node, uncached pages of ${size}, twice the requests a second of processor time`,
      service: perSecond(2 * double.processor),
      reference: perSecond(single.processor),
      figure: (2 * double.processor) / single.processor,
      target: { atLeast: 1.7 },
    },
  ];
}
