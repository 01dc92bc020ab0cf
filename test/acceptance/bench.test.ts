import { spawnSync } from 'node:child_process';
import { test } from 'tap';
import { hasGenerator } from '../../bench/suite/load.ts';
import { ROOT, temporaryDirectory } from '../helpers/process.ts';

const MEASURES = 'kept,pages,scaling,search,export,start,workers';

test('the benchmark measures everything that it names, on small ledgers too', {
  skip: hasGenerator() ? false : 'wrk, which makes the load, is not here',
}, async (t) => {
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [
      'bench/suite.ts',
      ...['--sizes', '200,400', '--rounds', '1', '--seconds', '1', '--requests', '10'],
      ...['--only', MEASURES, '--ledgers', temporaryDirectory(t)],
    ],
    { cwd: ROOT, encoding: 'utf8' },
  );
  t.equal(status, 0, stderr);
  const rows = stdout
    .split('\n')
    .filter((line) => line.startsWith('| ') && !line.startsWith('| measure'))
    .map((line) => line.split('|').map((cell) => cell.trim()));
  // Two kept answers, pages in each ledger, five questions against the smallest, two searches, three of the export, the
  // start, and two workloads of workers by two clocks.
  t.equal(rows.length, 2 + 2 + 5 + 2 + 3 + 1 + 4);
  for (const [, measure, , , figure] of rows) t.ok(Number.isFinite(Number(figure)), `${measure}: ${figure}`);
});
