import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { Test } from 'tap';
import { LEDGER_FILE } from '../src/store/sqlite/files.ts';
import type { ClusterServer } from '../test/helpers/postgres-cluster.ts';
import { makeServer } from '../test/helpers/postgres-cluster.ts';
import { makeLedger } from './suite/ledger.ts';
import { hasGenerator } from './suite/load.ts';
import type { Plan, Row } from './suite/measures.ts';
import {
  computedPages,
  fullText,
  keptAnswers,
  peers,
  scaling,
  startUp,
  wholeExport,
  workers,
} from './suite/measures.ts';
import { startPeers } from './suite/peers.ts';
import { pictures } from './suite/pictures.ts';
import type { PostgresPlan } from './suite/postgres.ts';
import { cached, imports, nodes, questions, uncached } from './suite/postgres.ts';

/*
 * `npm run bench [-- --engine postgres --sizes 1000,100000,1000000 --rounds 3 --seconds 5 --requests 100 --only kept,pages]`: makes ledgers
 * of these sizes, runs the service and what it is measured against in turn, and prints one table in which every figure
 * stands beside its reference of the same run. The ledgers are kept for the next run. On PostgreSQL it starts a server of
 * its own.
 */

const MEASURES: Readonly<Record<string, (plan: Plan) => Promise<readonly Row[]>>> = {
  kept: keptAnswers,
  pages: computedPages,
  scaling,
  search: fullText,
  export: wholeExport,
  start: startUp,
  workers,
  pictures,
  peers: (plan) => peers(plan, startPeers),
};

const POSTGRES_MEASURES: Readonly<Record<string, (plan: PostgresPlan) => Promise<readonly Row[]>>> = {
  cached,
  uncached,
  questions,
  imports,
  nodes,
};

const { values } = parseArgs({
  options: {
    engine: { type: 'string', default: 'sqlite' },
    sizes: { type: 'string', default: '1000,100000,1000000' },
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '5' },
    requests: { type: 'string', default: '100' },
    only: { type: 'string' },
    ledgers: { type: 'string', default: 'node_modules/.cache/forecast-ledger-bench' },
  },
});

if (!hasGenerator()) {
  console.error(
    'The load is made by wrk, which is not here: install it (apt-get install wrk, brew install wrk).',
  );
  process.exit(1);
}

/** What a ledger's content depends on: one that was made by other rules is made anew. */
function fingerprint(engine: 'sqlite' | 'postgres'): string {
  const folder = join('migrations', engine);
  const files = [
    'bench/suite/ledger.ts',
    ...readdirSync(folder)
      .sort()
      .filter((name) => name.endsWith('.sql'))
      .map((name) => join(folder, name)),
  ];
  const hash = createHash('sha256');
  for (const file of files) hash.update(readFileSync(file));
  return hash.digest('hex').slice(0, 12);
}

async function make(location: string, forecasts: number): Promise<void> {
  const begun = performance.now();
  await makeLedger(location, forecasts);
  const seconds = ((performance.now() - begun) / 1000).toFixed(0);
  console.error(`made a ledger of ${forecasts} forecasts in ${seconds} s`);
}

async function directoryOf(forecasts: number): Promise<string> {
  const directory = join(values.ledgers, `${forecasts}-${fingerprint('sqlite')}`);
  const made = join(directory, 'made');
  if (!existsSync(made)) {
    rmSync(directory, { recursive: true, force: true });
    mkdirSync(directory, { recursive: true });
    await make(directory, forecasts);
    writeFileSync(made, '');
  }
  if (!existsSync(join(directory, LEDGER_FILE))) throw new Error(`${directory} holds no ledger`);
  return directory;
}

function urlOf(server: ClusterServer, database: string): string {
  return server.url.replace(/[^/]*$/, database);
}

async function emptyDatabase(server: ClusterServer, name: string): Promise<string> {
  await server.query(`drop database if exists ${name}`);
  await server.query(`create database ${name} template template0`);
  return urlOf(server, name);
}

/** The ledger's database has its name only when it is whole. */
async function databaseOf(server: ClusterServer, forecasts: number): Promise<string> {
  const name = `bench_${forecasts}_${fingerprint('postgres')}`;
  if ((await server.query(`select 1 from pg_database where datname = '${name}'`)).length === 0) {
    await make(await emptyDatabase(server, 'making'), forecasts);
    await server.query(`alter database making rename to ${name}`);
  }
  return urlOf(server, name);
}

/** As PostgreSQL comes, but for what a cluster needs; ends with the benchmark. */
async function onServer(use: (server: ClusterServer) => Promise<void>): Promise<void> {
  const ends: (() => unknown)[] = [];
  const t = { after: (end: () => unknown) => ends.unshift(end) } as unknown as Pick<Test, 'after'>;
  try {
    const server = await makeServer(t, { settings: [], kept: resolve(values.ledgers, 'postgres') });
    const stop = (): Promise<void> => server.kill('SIGINT');
    ends.unshift(stop);
    // Where a measure ends the process, no server stays.
    process.once('exit', () => void stop());
    await use(server);
  } finally {
    for (const end of ends) await end();
  }
}

function verdict({ figure, target }: Row): string {
  if (target === undefined || Number.isNaN(figure)) return '';
  if ('atLeast' in target)
    return `${figure >= target.atLeast ? 'met' : 'MISSED'} (at least ${target.atLeast})`;
  return `${figure <= target.atMost ? 'met' : 'MISSED'} (at most ${target.atMost})`;
}

function printed(figure: number): string {
  if (Number.isNaN(figure)) return '-';
  return figure >= 100 ? figure.toFixed(0) : figure.toFixed(2);
}

async function print<Given extends Plan>(
  measures: Readonly<Record<string, (plan: Given) => Promise<readonly Row[]>>>,
  plan: Given,
): Promise<void> {
  const names = values.only?.split(',') ?? Object.keys(measures);
  console.log('| measure | service | reference | figure | target |\n|---|---|---|---|---|');
  for (const name of names) {
    const measure = measures[name];
    if (measure === undefined)
      throw new Error(`there is no measure ${name}: there are ${Object.keys(measures).join(', ')}`);
    for (const row of await measure(plan)) {
      console.log(
        `| ${row.measure} | ${row.service} | ${row.reference} | ${printed(row.figure)} | ${verdict(row)} |`,
      );
    }
  }
}

const directories = new Map<number, string>();
for (const size of values.sizes.split(',').map(Number)) directories.set(size, await directoryOf(size));
const settings: Omit<Plan, 'ledgers'> = {
  rounds: Number(values.rounds),
  load: { seconds: Number(values.seconds), connections: 10 },
  requests: Number(values.requests),
};
if (values.engine === 'sqlite') {
  await print(MEASURES, { ...settings, ledgers: directories });
} else if (values.engine === 'postgres') {
  await onServer(async (server) => {
    const ledgers = new Map<number, string>();
    for (const size of directories.keys()) ledgers.set(size, await databaseOf(server, size));
    await print(POSTGRES_MEASURES, {
      ...settings,
      ledgers,
      server,
      directories,
      emptyDatabase: () => emptyDatabase(server, 'imported'),
    });
  });
} else throw new Error(`there is no engine ${values.engine}: there are sqlite, postgres`);
process.exit();
