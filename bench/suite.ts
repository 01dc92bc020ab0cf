import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { LEDGER_FILE } from '../src/store/sqlite/files.ts';
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

/*
 * `npm run bench [-- --sizes 1000,100000,1000000 --rounds 3 --seconds 5 --requests 100 --only kept,pages]`: makes ledgers
 * of these sizes, runs the service and what it is measured against in turn, and prints one table in which every figure
 * stands beside its reference of the same run. The ledgers are kept for the next run.
 */

const MEASURES: Readonly<Record<string, (plan: Plan) => Promise<readonly Row[]>>> = {
  kept: keptAnswers,
  pages: computedPages,
  scaling,
  search: fullText,
  export: wholeExport,
  start: startUp,
  workers,
  peers: (plan) => peers(plan, startPeers),
};

const { values } = parseArgs({
  options: {
    sizes: { type: 'string', default: '1000,100000,1000000' },
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '5' },
    requests: { type: 'string', default: '100' },
    only: { type: 'string', default: Object.keys(MEASURES).join() },
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
function fingerprint(): string {
  const files = [
    'bench/suite/ledger.ts',
    ...readdirSync('migrations')
      .sort()
      .filter((name) => name.endsWith('.sql'))
      .map((name) => join('migrations', name)),
  ];
  const hash = createHash('sha256');
  for (const file of files) hash.update(readFileSync(file));
  return hash.digest('hex').slice(0, 12);
}

async function ledgerOf(forecasts: number): Promise<string> {
  const directory = join(values.ledgers, `${forecasts}-${fingerprint()}`);
  const made = join(directory, 'made');
  if (!existsSync(made)) {
    rmSync(directory, { recursive: true, force: true });
    mkdirSync(directory, { recursive: true });
    const begun = performance.now();
    await makeLedger(directory, forecasts);
    writeFileSync(made, '');
    console.error(
      `made a ledger of ${forecasts} forecasts in ${((performance.now() - begun) / 1000).toFixed(0)} s`,
    );
  }
  if (!existsSync(join(directory, LEDGER_FILE))) throw new Error(`${directory} holds no ledger`);
  return directory;
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

const ledgers = new Map<number, string>();
for (const size of values.sizes.split(',').map(Number)) ledgers.set(size, await ledgerOf(size));
const plan: Plan = {
  ledgers,
  rounds: Number(values.rounds),
  load: { seconds: Number(values.seconds), connections: 10 },
  requests: Number(values.requests),
};
console.log('| measure | service | reference | figure | target |\n|---|---|---|---|---|');
for (const name of values.only.split(',')) {
  const measure = MEASURES[name];
  if (measure === undefined)
    throw new Error(`there is no measure ${name}: there are ${Object.keys(MEASURES).join(', ')}`);
  for (const row of await measure(plan)) {
    console.log(
      `| ${row.measure} | ${row.service} | ${row.reference} | ${printed(row.figure)} | ${verdict(row)} |`,
    );
  }
}
process.exit();
