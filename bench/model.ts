import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { keyOnCommandLine } from '../test/helpers/keys.ts';
import { makeServer } from '../test/helpers/postgres-cluster.ts';
import { asking, runModel } from '../test/model/model.ts';
import { startService } from './suite/processes.ts';

/*
 * `npm run model [-- --steps 10000 --seed 1 --engine postgres]`: sends random writes, corrections, deletions and reads to two
 * workers on a ledger of their own, and compares each answer with what a plain model says. Ends with 1, and the shortest steps
 * that show it, where one differs.
 */
const { values } = parseArgs({
  options: {
    steps: { type: 'string', default: '10000' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    engine: { type: 'string', default: 'sqlite' },
  },
});

const endings: (() => unknown)[] = [];
const t = { after: (ending: () => unknown) => void endings.push(ending) };

async function makeLocation(): Promise<string> {
  if (values.engine === 'postgres') return (await makeServer(t)).url;
  const directory = mkdtempSync(join(tmpdir(), 'forecast-ledger-model-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

try {
  const location = await makeLocation();
  const service = await startService(location, { WEB_CONCURRENCY: '2', LOG_LEVEL: 'warn' });
  t.after(() => service.stop());
  const ask = asking(service.url, keyOnCommandLine(location));
  const seed = Number(values.seed);
  const begun = performance.now();
  const taken = await runModel({ ask, seed, steps: Number(values.steps) });
  const seconds = Math.round((performance.now() - begun) / 1000);
  console.log(`${taken} steps on ${values.engine} without a difference (seed ${seed}, ${seconds} s).`);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  for (const end of endings.reverse()) await end();
}
