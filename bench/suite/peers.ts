import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import BetterSqlite3 from 'better-sqlite3';
import { LEDGER_FILE } from '../../src/store/sqlite/files.ts';
import { startProgram } from './processes.ts';

/*
 * Others from npm that serve the same records: json-server from a JSON file, Platformatic DB from a table of SQLite.
 * They are installed beside the project, not into it, when the suite is asked to measure them.
 */

export interface Peer {
  readonly name: string;
  /** Why it is not measured. */
  readonly failure?: string;
  /** The address of its page of 100 records. */
  readonly page: string;
  readonly stop: () => Promise<void>;
}

const INSTALLED = resolve('node_modules/.cache/forecast-ledger-peers');
const PACKAGES = { 'json-server': '0.17.4', '@platformatic/db': '3.67.0' };

/** The one that the project itself uses: ready-made, where the peer's own would have to be compiled. */
const OVERRIDES = { 'better-sqlite3': '13.2.0' };

/** Installs and starts the peers on the forecasts of a ledger's copy. */
export async function startPeers(directory: string): Promise<readonly Peer[]> {
  const rows = new BetterSqlite3(join(directory, LEDGER_FILE))
    .prepare<[], Record<string, unknown>>(
      "select * from records where kind = 'forecast' and superseded_at is null",
    )
    .all();
  return [
    await attempt('json-server', () => startJsonServer(directory, rows)),
    await attempt('Platformatic DB', () => startPlatformatic(directory, rows)),
  ];
}

async function attempt(name: string, start: () => Promise<Omit<Peer, 'name'>>): Promise<Peer> {
  try {
    return { name, ...(await start()) };
  } catch (error) {
    const [failure = ''] = (error as Error).message.split('\n');
    return { name, failure, page: '', stop: async () => undefined };
  }
}

/** Installs a peer in a directory of its own, and gives its package's. */
async function install(name: keyof typeof PACKAGES): Promise<string> {
  const directory = join(INSTALLED, name.replaceAll(/\W/g, ''));
  const installed = join(directory, 'node_modules', name);
  if (existsSync(installed)) return installed;
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'package.json'), JSON.stringify({ private: true, overrides: OVERRIDES }));
  await promisify(execFile)('npm', ['install', '--no-audit', '--no-fund', `${name}@${PACKAGES[name]}`], {
    cwd: directory,
  });
  return installed;
}

async function startJsonServer(directory: string, rows: readonly unknown[]): Promise<Omit<Peer, 'name'>> {
  const installed = await install('json-server');
  const file = join(directory, 'records.json');
  writeFileSync(file, JSON.stringify({ forecasts: rows }));
  const program = join(directory, 'json-server.cjs');
  writeFileSync(
    program,
    `const jsonServer = require(${JSON.stringify(installed)});
     const app = jsonServer.create();
     app.use(jsonServer.router(${JSON.stringify(file)}));
     app.listen(Number(process.env.PORT), '127.0.0.1');
     process.once('SIGTERM', () => process.exit());`,
  );
  const measured = await startProgram([program], { NODE_ENV: 'production' }, '/forecasts?_limit=1', 'ignore');
  return { page: `${measured.url}/forecasts?_limit=100`, stop: measured.stop };
}

async function startPlatformatic(
  directory: string,
  rows: readonly Record<string, unknown>[],
): Promise<Omit<Peer, 'name'>> {
  const installed = await install('@platformatic/db');
  const database = join(directory, 'platformatic.sqlite');
  const sqlite = new BetterSqlite3(database);
  const columns = Object.keys(rows[0] ?? {});
  sqlite.exec(
    `create table forecasts (${columns.map((name) => (name === 'id' ? 'id text primary key' : `"${name}" ${name === 'sequence' || name === 'revision' ? 'integer' : 'text'}`)).join(', ')})`,
  );
  const insert = sqlite.prepare(`insert into forecasts values (${columns.map(() => '?').join(', ')})`);
  sqlite.transaction(() => {
    for (const row of rows) insert.run(...columns.map((name) => row[name]));
  })();
  sqlite.close();
  const program = join(directory, 'platformatic.mjs');
  writeFileSync(
    program,
    `import { create } from ${JSON.stringify(join(installed, 'index.js'))};
     const service = await create(${JSON.stringify(directory)}, {
       server: { hostname: '127.0.0.1', port: Number(process.env.PORT), logger: { level: 'error' } },
       db: { connectionString: ${JSON.stringify(`sqlite://${database}`)}, openapi: true, graphql: false, limit: { default: 100, max: 1000 } },
     });
     await service.init?.();
     await service.start({ listen: true });
     process.once('SIGTERM', () => process.exit());`,
  );
  const measured = await startProgram([program], { NODE_ENV: 'production' }, '/forecasts?limit=1', 'ignore');
  return { page: `${measured.url}/forecasts?limit=100`, stop: measured.stop };
}
