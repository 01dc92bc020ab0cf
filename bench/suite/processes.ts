import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { openSync, readFileSync } from 'node:fs';
import { Agent, get } from 'node:http';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** The flags under which `npm start` runs the server. */
export const START_FLAGS = ['--max-semi-space-size=6'];

/** A server that is measured. */
export interface Measured {
  readonly url: string;
  readonly pid: number;
  /** Milliseconds from its start to its first answer. */
  readonly startMs: number;
  /** Ends it in order. */
  readonly stop: () => Promise<void>;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}

/** Starts a program of Node that listens on `PORT`, and waits until it answers a path with 200. */
export async function startProgram(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  readyPath: string,
  errors: 'inherit' | 'ignore' = 'inherit',
): Promise<Measured> {
  const port = await freePort();
  const begun = performance.now();
  const child = spawn(process.execPath, args, {
    env: { ...process.env, HOST: '127.0.0.1', PORT: String(port), ...environment },
    // A log that is written goes where it costs what a file costs.
    stdio: ['ignore', openSync('/dev/null', 'w'), errors],
  });
  // Where a measure fails, nothing that it started stays.
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  child.once('close', () => process.off('exit', kill));
  const url = `http://127.0.0.1:${port}`;
  await untilReady(child, `${url}${readyPath}`);
  return {
    url,
    pid: child.pid ?? 0,
    startMs: performance.now() - begun,
    stop: async () => {
      const ended = new Promise((resolve) => child.once('close', resolve));
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** Starts the service as `npm start` does, on the ledger in a directory or in the PostgreSQL database of a URL. */
export function startService(
  location: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<Measured> {
  return startProgram(
    [...START_FLAGS, 'scripts/start.js'],
    { [location.includes('://') ? 'DATABASE_URL' : 'DATA_DIR']: location, RATES_SYNC: 'off', ...environment },
    '/health/ready',
  );
}

async function untilReady(child: ChildProcess, address: string): Promise<void> {
  for (;;) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`ended before ${address}`);
    try {
      if ((await fetch(address)).status === 200) return;
    } catch {
      // Not listening yet.
    }
    await sleep(2);
  }
}

const agent = new Agent({ keepAlive: true, maxSockets: 1 });

/** Asks once, over a connection that is kept, and gives the milliseconds to the last byte. @throws Error unless 200 */
export function timeOf(address: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const begun = performance.now();
    const asked = get(address, { agent }, (answer) => {
      answer.on('end', () => {
        if (answer.statusCode === 200) resolve(performance.now() - begun);
        else reject(new Error(`${address} answered ${answer.statusCode}`));
      });
      answer.on('error', reject);
      answer.resume();
    });
    asked.on('error', (error: NodeJS.ErrnoException) => {
      // The server ended a connection that was idle while the one beside it was asked.
      if (asked.reusedSocket && error.code === 'ECONNRESET') resolve(timeOf(address));
      else reject(error);
    });
  });
}

/** Bytes of memory that a process has resident now (`VmRSS`) or ever had (`VmHWM`). Linux only. */
export function residentBytes(pid: number, field: 'VmRSS' | 'VmHWM'): number {
  const found = new RegExp(`${field}:\\s+(\\d+) kB`).exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(found) * 1024;
}

/** Seconds of processor time that a process and its children, also those that have ended, have taken so far. Linux only. */
export function processorSeconds(pid: number): number {
  const own = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    .trim()
    .split(' ')
    .filter(Boolean);
  return (
    own.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / 100 +
    children.reduce((sum, child) => sum + ofChild(Number(child)), 0)
  );
}

/** Of a child that ends meanwhile, none: what it took is its parent's then. */
function ofChild(pid: number): number {
  try {
    return processorSeconds(pid);
  } catch {
    return 0;
  }
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** The value below which a share of the values lies. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
