import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Test } from 'tap';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** A directory that is removed when the test ends. */
export function temporaryDirectory(t: Pick<Test, 'after'>, within = tmpdir()): string {
  const directory = mkdtempSync(join(within, 'forecast-ledger-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

export interface RunningServer {
  readonly url: string;
  readonly child: ChildProcess;
  /** All that the process wrote so far. */
  readonly output: () => string;
  /** Resolves with exit code or signal when the process has ended. */
  readonly ended: Promise<number | NodeJS.Signals | null>;
}

/** Starts a command that serves, without waiting for it; killed when the test ends. */
export async function startProcess(
  t: Pick<Test, 'after'>,
  command: readonly [string, ...string[]],
  environment: Readonly<Record<string, string>>,
  cwd = ROOT,
): Promise<RunningServer> {
  const port = environment.PORT ?? String(await freePort());
  const [program, ...args] = command;
  const child = spawn(program, args, {
    cwd,
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      HOST: '127.0.0.1',
      PORT: port,
      RATES_SYNC: 'off',
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let output = '';
  child.stdout?.on('data', (chunk) => {
    output += chunk;
  });
  child.stderr?.on('data', (chunk) => {
    output += chunk;
  });
  const ended = new Promise<number | NodeJS.Signals | null>((resolve) =>
    child.once('close', (code, signal) => resolve(code ?? signal)),
  );
  t.after(() => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    } catch {
      // It has ended already.
    }
  });
  return { url: `http://127.0.0.1:${port}`, child, output: () => output, ended };
}

/** Starts the server and waits until it is ready. */
export async function startServer(
  t: Pick<Test, 'after'>,
  environment: Readonly<Record<string, string>>,
  command: readonly [string, ...string[]] = [process.execPath, 'src/server.ts'],
): Promise<RunningServer> {
  const server = await startProcess(t, command, environment);
  await untilReady(server);
  return server;
}

/** Waits until something holds. What a process writes arrives here a while after what it answers. */
export async function until(
  holds: () => boolean | Promise<boolean>,
  what: string,
  timeoutMs = 20_000,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await holds())) {
    if (Date.now() >= deadline) throw new Error(`waited in vain until ${what}`);
    await sleep(20);
  }
}

export async function untilReady(server: RunningServer, timeoutMs = 30_000): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (Date.now() < deadline) {
    try {
      const { status } = await fetch(`${server.url}/health/ready`);
      if (status === 200) return;
    } catch {
      // Not listening yet.
    }
    if (server.child.exitCode !== null) throw new Error(`the server ended: ${server.output()}`);
    await sleep(20);
  }
  throw new Error(`the server did not become ready: ${server.output()}`);
}
