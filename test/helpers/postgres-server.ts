import { spawn, spawnSync } from 'node:child_process';
import { chownSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/*
 * A program of its own for tests: a PostgreSQL server in a directory, for as long as another process lives. It listens on
 * a socket in the directory alone, and what it keeps need not outlast a power cut.
 */

const [directory = '', programs = '', watched = ''] = process.argv.slice(2);
const NOBODY = 65_534;
/** PostgreSQL does not run as root. */
const own = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};

const SETTINGS = {
  listen_addresses: '',
  unix_socket_directories: directory,
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  max_connections: '200',
  autovacuum: 'off',
};

mkdirSync(directory, { recursive: true, mode: 0o700 });
if (own.uid !== undefined) chownSync(directory, own.uid, own.gid);
const data = join(directory, 'data');
const made = spawnSync(
  join(programs, 'initdb'),
  ['-D', data, '-U', 'ledger', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'],
  { ...own, cwd: directory, encoding: 'utf8' },
);
if (made.status !== 0) throw new Error(`initdb: ${made.stderr}`);
const settings = Object.entries(SETTINGS).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
const server = spawn(join(programs, 'postgres'), ['-D', data, ...settings], {
  ...own,
  cwd: directory,
  stdio: 'ignore',
});
server.once('exit', () => {
  rmSync(directory, { recursive: true, force: true });
  process.exit();
});
const ready = (): boolean =>
  spawnSync(join(programs, 'pg_isready'), ['-q', '-h', directory, '-U', 'ledger'], own).status === 0;
while (!ready()) await sleep(20);
writeFileSync(join(directory, 'ready'), '');

for (;;) {
  await sleep(500);
  try {
    process.kill(Number(watched), 0);
  } catch {
    server.kill('SIGQUIT');
    break;
  }
}
