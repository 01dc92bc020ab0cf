import type { ChildProcess } from 'node:child_process';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, chownSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'tap';
import { onPostgres, programs } from './postgres.ts';
import { freePort, temporaryDirectory, until } from './process.ts';

/** PostgreSQL does not run as root. */
const NOBODY = 65_534;
const OWN = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
const USER = 'ledger';
export const DATABASE = 'ledger';
/** Longer than a server takes to start, however busy the machine is. */
const LONG_MS = 60_000;

/** A PostgreSQL server of its own, on a port of this machine; killed when the test ends. */
export interface ClusterServer {
  readonly url: string;
  /** The file of its certificate, where it has one. */
  readonly certificate: string;
  /** Begins to serve, and waits until it does. */
  readonly start: () => Promise<void>;
  /** Ends its first process without a word, and the others find out; or as another signal says. */
  readonly kill: (signal?: 'SIGKILL' | 'SIGINT') => Promise<void>;
  /** Of its first process, while it serves. */
  readonly pid: () => number;
  /** The rows of a query, by column. */
  readonly query: (text: string) => Promise<readonly Readonly<Record<string, unknown>>[]>;
  /** A replica of it that streams from it; not started. */
  readonly replica: () => Promise<ClusterServer>;
}

function run(program: string, ...args: readonly string[]): void {
  const path = program === 'openssl' ? program : join(programs() ?? '', program);
  const { status, stderr } = spawnSync(path, args, {
    ...OWN,
    cwd: '/',
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`${program}: ${stderr}`);
}

/** What a test need not keep safe from a power cut. */
const OF_TESTS = ['fsync = off', 'autovacuum = off'];

/**
 * Makes a server with an empty database, and starts it; it listens on TCP and asks nobody for a password.
 * @param certifiedAs name in the certificate that it makes for itself; without one it has no TLS
 * @param settings lines of `postgresql.conf`
 * @param kept a directory that outlasts the test; where it holds a server, that is started
 */
export async function makeServer(
  t: Pick<Test, 'after'>,
  {
    certifiedAs,
    settings = OF_TESTS,
    kept,
  }: { readonly certifiedAs?: string; readonly settings?: readonly string[]; readonly kept?: string } = {},
): Promise<ClusterServer> {
  const data = kept ?? ownDirectory(t);
  if (existsSync(join(data, 'PG_VERSION'))) {
    const server = await serverIn(t, data);
    await server.start();
    return server;
  }
  if (kept !== undefined) {
    mkdirSync(kept, { recursive: true });
    if (OWN.uid !== undefined) chownSync(kept, OWN.uid, OWN.gid);
  }
  run('initdb', '-D', data, '-U', USER, '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync');
  const own = [...settings, 'wal_level = replica', 'max_connections = 100'];
  if (certifiedAs !== undefined) {
    const files = ['-keyout', join(data, 'server.key'), '-out', join(data, 'server.crt')];
    const name = ['-subj', `/CN=${certifiedAs}`, '-addext', `subjectAltName=DNS:${certifiedAs}`];
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-noenc'];
    run('openssl', 'req', '-x509', '-days', '2', ...key, ...files, ...name);
    own.push('ssl = on');
  }
  appendFileSync(join(data, 'postgresql.conf'), [...own, ''].join('\n'));
  const server = await serverIn(t, data);
  await server.start();
  await onPostgres(server.url.replace(/[^/]*$/, 'postgres'), (client) =>
    client.query(`create database ${DATABASE}`),
  );
  return server;
}

/** An empty directory of the user that the server runs as. */
function ownDirectory(t: Pick<Test, 'after'>): string {
  const root = temporaryDirectory(t);
  if (OWN.uid !== undefined) chownSync(root, OWN.uid, OWN.gid);
  return join(root, 'data');
}

async function serverIn(t: Pick<Test, 'after'>, data: string): Promise<ClusterServer> {
  const port = await freePort();
  const url = `postgres://${USER}@127.0.0.1:${port}/${DATABASE}`;
  let running: ChildProcess | undefined;
  const isReady = (): boolean =>
    spawnSync(join(programs() ?? '', 'pg_isready'), ['-q', '-h', '127.0.0.1', '-p', String(port)], OWN)
      .status === 0;
  const kill = async (signal: NodeJS.Signals = 'SIGKILL'): Promise<void> => {
    const child = running;
    running = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  };
  t.after(() => kill());
  return {
    url,
    certificate: join(data, 'server.crt'),
    start: () =>
      until(
        () => {
          // After a kill it ends at once for as long as others of its processes have not found out.
          if (running === undefined || running.exitCode !== null) {
            const args = ['-D', data, '-p', String(port), '-c', 'listen_addresses=127.0.0.1', '-k', data];
            running = spawn(join(programs() ?? '', 'postgres'), args, { ...OWN, cwd: '/', stdio: 'ignore' });
          }
          return isReady();
        },
        'PostgreSQL has started',
        LONG_MS,
      ),
    kill,
    pid: () => running?.pid ?? Number.NaN,
    query: (text) => onPostgres(url, async (client) => (await client.query(text)).rows),
    replica: async () => {
      const copy = ownDirectory(t);
      const from = ['-h', '127.0.0.1', '-p', String(port), '-U', USER];
      run('pg_basebackup', ...from, '-D', copy, '-R', '-X', 'stream', '-c', 'fast', '--no-sync');
      return serverIn(t, copy);
    },
  };
}
