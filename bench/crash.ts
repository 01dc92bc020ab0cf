import { parseArgs } from 'node:util';
import type { ClusterReport } from '../test/crash/cluster.ts';
import { runClusterCrashes, TARGETS } from '../test/crash/cluster.ts';
import type { KillReport } from '../test/crash/harness.ts';
import { runCrashes } from '../test/crash/harness.ts';

/*
 * `npm run crash [-- --kills 50 --seed 1 --rows 100000 --clients 8 --life 4000]`: kills the server at random moments
 * while it is written to, and says what was found after each start. Ends with 1 where anything was not as it should be.
 * With `--engine postgres` two servers stand on a primary and its replica; these four are killed in turn.
 */
const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '50' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    rows: { type: 'string', default: '100000' },
    clients: { type: 'string', default: '8' },
    life: { type: 'string', default: '4000' },
    engine: { type: 'string', default: 'sqlite' },
  },
});

const COLUMNS = [
  ['kill', 4],
  ['after ms', 8],
  ['answered', 8],
  ['under way: in', 13],
  ['out', 5],
  ['imports: answered', 17],
  ['whole', 5],
  ['absent', 6],
  ['at', 11],
  ['start killed', 12],
  ['restart ms', 10],
  ['records', 9],
  ['faults', 6],
] as const;

function line(cells: readonly (string | number | null)[]): string {
  return cells.map((cell, place) => String(cell ?? '-').padStart(COLUMNS[place]?.[1] ?? 0)).join('  ');
}

function show(kill: KillReport): void {
  const { underWay, imports } = kill;
  console.log(
    line([
      kill.number,
      kill.momentMs,
      kill.answered,
      underWay.written,
      underWay.unwritten,
      imports.answered,
      imports.whole,
      imports.absent,
      kill.importStatus,
      kill.startKilledMs,
      kill.restartMs,
      kill.records,
      kill.faults.length,
    ]),
  );
  for (const fault of kill.faults) console.log(`      ${fault}`);
}

function showCluster(kill: ClusterReport): void {
  const { number, target, deadMs, answered, underWay, imports, importStatus, reads, unconfirmed } = kill;
  console.log(
    `${number}  ${target} dead for ${deadMs} ms, import ${importStatus ?? '-'}: ${answered} writes answered, ` +
      `${underWay.written} lost answers written, ${underWay.unwritten} not; imports ${imports.answered} answered, ` +
      `${imports.whole} whole, ${imports.absent} absent; ${reads} reads, ${unconfirmed} unconfirmed; ` +
      `${kill.records} records; ${kill.faults.length} faults`,
  );
  for (const fault of kill.faults) console.log(`      ${fault}`);
}

function summed<Report>(reports: readonly Report[]): (of: (report: Report) => number) => number {
  return (of) => reports.reduce((total, report) => total + of(report), 0);
}

const plan = {
  kills: Number(values.kills),
  seed: Number(values.seed),
  clients: Number(values.clients),
  importRows: Number(values.rows),
  longestLifeMs: Number(values.life),
};

/** @returns how many faults were found */
async function crashCluster(): Promise<number> {
  const reports = await runClusterCrashes({ ...plan, onKill: showCluster });
  const sum = summed(reports);
  console.log(
    `${reports.length} kills of ${TARGETS.join(', ')} in turn: ${sum(({ answered }) => answered)} writes answered; ` +
      `imports: ${sum(({ imports }) => imports.answered)} answered, ${sum(({ imports }) => imports.whole)} under way and whole, ${sum(({ imports }) => imports.absent)} under way and absent; ` +
      `${sum(({ reads }) => reads)} reads, ${sum(({ unconfirmed }) => unconfirmed)} of them unconfirmed.`,
  );
  return sum(({ faults }) => faults.length);
}

/** @returns how many faults were found */
async function crashServer(): Promise<number> {
  console.log(line(COLUMNS.map(([name]) => name)));
  const reports = await runCrashes({ ...plan, onKill: show });
  const sum = summed(reports);
  const restarts = reports.map(({ restartMs }) => restartMs).sort((a, b) => a - b);
  console.log(
    `${reports.length} kills: ${sum((report) => report.answered)} writes answered with success; ` +
      `${sum((report) => report.underWay.written)} of the writes under way were done whole, ${sum((report) => report.underWay.unwritten)} not at all; ` +
      `imports: ${sum((report) => report.imports.answered)} answered, ${sum((report) => report.imports.whole)} under way and whole, ${sum((report) => report.imports.absent)} under way and absent; ${reports.filter(({ startKilledMs }) => startKilledMs !== null).length} starts killed too; ` +
      `restart median ${restarts[restarts.length >> 1]} ms, longest ${restarts.at(-1)} ms.`,
  );
  return sum(({ faults }) => faults.length);
}

const began = performance.now();
console.log(`seed ${values.seed}, ${values.clients} clients, imports of ${values.rows} rows`);
const faults = values.engine === 'postgres' ? await crashCluster() : await crashServer();
console.log(`${Math.round((performance.now() - began) / 1000)} s (seed ${values.seed}); ${faults} faults.`);
if (faults > 0) process.exitCode = 1;
