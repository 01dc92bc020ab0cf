import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** What a load generator saw of a server. */
export interface Load {
  readonly requestsPerSecond: number;
}

const directory = mkdtempSync(join(tmpdir(), 'forecast-ledger-load-'));
const SCRIPT = join(directory, 'distinct.lua');
// Every request takes the next path, from a place of its own on: a path comes again only when all have been asked for.
writeFileSync(
  SCRIPT,
  `local paths, at = {}, tonumber(os.getenv('FIRST_PATH'))
for line in io.lines(os.getenv('PATHS')) do paths[#paths + 1] = line end
request = function()
  at = at + 1
  return wrk.format('GET', paths[at % #paths + 1])
end
`,
);

/** Whether wrk is there, which makes the load: a generator in Node would take as much of the machine as what it measures. */
export function hasGenerator(): boolean {
  try {
    execFileSync('sh', ['-c', 'command -v wrk'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

export interface LoadPlan {
  readonly seconds: number;
  readonly connections: number;
  readonly headers?: readonly string[];
}

/** As many requests as a server answers, of one path. @throws Error where any answer is not a 2xx or 3xx */
export async function loadOf(
  address: string,
  { seconds, connections, headers = [] }: LoadPlan,
): Promise<Load> {
  const extra = headers.flatMap((header) => ['-H', header]);
  return run([...common(seconds, connections), ...extra, address], {});
}

let files = 0;

/** As many requests as a server answers, each of another path. @throws Error where any answer is not a 2xx or 3xx */
export async function loadOfDistinct(
  url: string,
  paths: readonly string[],
  first: number,
  { seconds, connections }: LoadPlan,
): Promise<Load> {
  // Two loads may begin at once: each reads a file of its own.
  files += 1;
  const file = join(directory, `paths-${files}.txt`);
  writeFileSync(file, `${paths.join('\n')}\n`);
  return run([...common(seconds, connections), '-s', SCRIPT, url], {
    PATHS: file,
    FIRST_PATH: String(first),
  });
}

function common(seconds: number, connections: number): readonly string[] {
  return ['-t1', `-c${connections}`, `-d${seconds}s`, '--timeout', '30s'];
}

async function run(args: readonly string[], environment: Readonly<Record<string, string>>): Promise<Load> {
  const { stdout } = await promisify(execFile)('wrk', args, { env: { ...process.env, ...environment } });
  if (/Non-2xx|Socket errors/.test(stdout)) throw new Error(`not all was answered:\n${stdout}`);
  return { requestsPerSecond: Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1]) };
}
