import { spawn, spawnSync } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'tap';
import { ROOT, temporaryDirectory } from './helpers/process.ts';

const LINES = 500;
const WRITES_LINES = `
  const { createLog } = await import('./src/log.ts');
  const log = createLog('info');
  for (let n = 0; n < ${LINES}; n += 1) log.info({ n, text: 'x'.repeat(n) }, 'line');
`;

/** What a script writes until it ends. */
function run(script: string): { readonly lines: readonly string[]; readonly end: number | string | null } {
  const { stdout, status, signal } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    cwd: ROOT,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return { lines: stdout.split('\n').slice(0, -1), end: signal ?? status };
}

test('no line is lost when the process ends by itself, at once or by an error', async (t) => {
  for (const [ending, expected] of [
    ['', 0],
    ['process.exit(3);', 3],
    ["throw new Error('unexpected');", 1],
    ["log.fatal('the last'); process.kill(process.pid, 'SIGKILL');", 'SIGKILL'],
  ] as const) {
    const { lines, end } = run(WRITES_LINES + ending);
    t.equal(end, expected, ending);
    const numbers = lines.map((line) => (JSON.parse(line) as { n?: number }).n);
    t.strictSame(
      numbers.filter((n) => n !== undefined),
      Array.from({ length: LINES }, (_value, n) => n),
      `${ending}: all of them, in their order`,
    );
  }
});

test('a line is written soon, although nothing follows it', async (t) => {
  const script = `
    const { createLog } = await import('./src/log.ts');
    createLog('info').info('alone');
    setTimeout(() => process.kill(process.pid, 'SIGKILL'), 2000);
  `;
  t.match(run(script), { lines: [/"msg":"alone"/], end: 'SIGKILL' });
});

test('lines of several processes on one output stay whole', async (t) => {
  const directory = temporaryDirectory(t);
  const file = join(directory, 'log');
  const descriptor = openSync(file, 'a');
  const script = WRITES_LINES.replace("'x'", "'€'");
  const processes = Array.from({ length: 3 }, () =>
    spawn(process.execPath, ['--input-type=module', '-e', script], {
      cwd: ROOT,
      stdio: ['ignore', descriptor, 'ignore'],
    }),
  );
  await Promise.all(processes.map((child) => new Promise((resolve) => child.once('close', resolve))));
  closeSync(descriptor);
  const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);
  t.equal(lines.length, 3 * LINES);
  t.doesNotThrow(() => lines.map((line) => JSON.parse(line)));
});
