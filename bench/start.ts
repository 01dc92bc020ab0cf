import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

// How long from a command to the first answered request, on an installed tree with a seeded ledger: the median of
// several runs of `npm start` and of the server's own process, beside a Node process that only serves one route.

const RUNS = 9;
const PORT = 38_713;
const BARE = `require('node:http').createServer((q, r) => r.end('{}')).listen(${PORT}, '127.0.0.1')`;
const COMMANDS: readonly (readonly [string, readonly [string, ...string[]]])[] = [
  ['bare node:http server (reference)', [process.execPath, '-e', BARE]],
  ['server process', [process.execPath, 'src/server.ts']],
  ['npm start', ['npm', 'start']],
];

async function answered(): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(PORT, '127.0.0.1', () => socket.write('GET /health/ready HTTP/1.0\r\n\r\n'));
    socket.once('data', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

async function millisecondsToAnswer(
  [program, ...args]: readonly [string, ...string[]],
  dataDirectory: string,
): Promise<number> {
  const begun = performance.now();
  const child = spawn(program, args, {
    env: {
      ...process.env,
      PORT: String(PORT),
      DATA_DIR: dataDirectory,
      LOG_LEVEL: 'silent',
      RATES_SYNC: 'off',
    },
    stdio: 'ignore',
  });
  const ended = new Promise((resolve) => child.once('close', resolve));
  while (!(await answered())) await sleep(2);
  const elapsed = performance.now() - begun;
  child.kill('SIGTERM');
  await ended;
  // npm may end a little before the server does.
  while (await answered()) await sleep(20);
  return elapsed;
}

const directory = mkdtempSync(join(tmpdir(), 'forecast-ledger-start-'));
for (const [name, command] of COMMANDS) {
  await millisecondsToAnswer(command, directory);
  const times: number[] = [];
  for (let run = 0; run < RUNS; run += 1) times.push(await millisecondsToAnswer(command, directory));
  times.sort((a, b) => a - b);
  const [least = 0, median = 0, most = 0] = [times[0], times[Math.floor(RUNS / 2)], times.at(-1)];
  console.log(
    `${name}: median ${median.toFixed(0)} ms (${least.toFixed(0)} to ${most.toFixed(0)}) of ${RUNS} runs`,
  );
}
rmSync(directory, { recursive: true });
