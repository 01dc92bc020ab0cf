import { spawnSync } from 'node:child_process';
import { chmodSync } from 'node:fs';
import type { Test } from 'tap';
import { test } from 'tap';
import { hasGenerator } from '../../bench/suite/load.ts';
import { NO_POSTGRES } from '../helpers/postgres.ts';
import { ROOT, temporaryDirectory } from '../helpers/process.ts';

const MEASURES = 'kept,pages,scaling,search,export,start,workers,pictures';

const RATE = String.raw`\d+/s`;
const TIME = String.raw`\d+\.\d+ ms`;

/** Every row of the table: its name, what service and reference have, and how the target is put. */
const ROWS: readonly (readonly [name: string, service: string, reference: string, target: string])[] = [
  ...['list of 100 records', 'single record'].map(
    (what) =>
      [`kept ${what}, against the same bytes from a bare Fastify`, RATE, RATE, 'at least 0.85'] as const,
  ),
  ...[200, 400].map(
    (size) =>
      [
        `distinct computed pages of 100 records of ${size}, against the same rows in a bare Fastify`,
        RATE,
        RATE,
        'at least 1.2',
      ] as const,
  ),
  ...(
    [
      ['page', 1.5],
      ['page of a sector and all below it', 1.5],
      ['breakdown', 2],
      ['facets', 5],
      ['facets of a measure', 5],
    ] as const
  ).map(
    ([what, most]) =>
      [`${what}, computed, in 400 forecasts against 200`, TIME, TIME, `at most ${most}`] as const,
  ),
  ...(
    [
      ['a word in one of 2,000 records', 25],
      ['a word in every tenth record', 250],
    ] as const
  ).map(
    ([what, most]) =>
      [
        `first page of a search for ${what} of 400 (ms)`,
        TIME,
        String.raw`${TIME} \(FTS5 alone\)`,
        `at most ${most}`,
      ] as const,
  ),
  [
    'rows of 400 as NDJSON, against a bare better-sqlite3 iterate and JSON.stringify',
    RATE,
    RATE,
    'at least 1.2',
  ],
  ['growth of memory while that is sent (MiB)', String.raw`\d+ MiB`, String.raw`of \d+ MiB`, 'at most 64'],
  ['p99 of short reads beside it, against without', TIME, TIME, 'at most 3'],
  ['start to ready on 400 forecasts (ms)', TIME, `${TIME} on 200`, 'at most 1500'],
  ...['kept single record', 'distinct computed pages'].flatMap((what) =>
    ['by the clock', 'twice the requests a second of processor time'].map(
      (clock) => [`two workers against one, ${what}, ${clock}`, RATE, RATE, 'at least 1.6'] as const,
    ),
  ),
  ...(
    [
      ['', 'at most 30', 'SVG'],
      ['', 'at most 200', 'PNG'],
      [', the first of a process', '', 'SVG'],
      [', the first of a process', '', 'PNG'],
    ] as const
  ).map(
    ([which, target, format]) =>
      [`picture of 12 rows as ${format}${which} (ms)`, TIME, `${TIME} as JSON`, target] as const,
  ),
  ...[10, 30].map(
    (count) =>
      [
        `growth of memory after ${count} pictures as PNG (MiB)`,
        String.raw`-?\d+ MiB`,
        String.raw`of \d+ MiB`,
        'at most 150',
      ] as const,
  ),
  ...(
    [
      ['SVG', 'at most 3'],
      ['PNG', 'at most 3'],
      ['JSON', ''],
    ] as const
  ).map(
    ([format, target]) =>
      [
        `p99 of short reads beside 20 of them at once as ${format}, against without`,
        TIME,
        TIME,
        target,
      ] as const,
  ),
  ...['SVG', 'PNG'].map(
    (format) =>
      [
        `cached picture as ${format}, against the same bytes from a bare Fastify`,
        RATE,
        RATE,
        'at least 0.85',
      ] as const,
  ),
];

const MILLISECONDS_ON_SQLITE = `${TIME} on SQLite`;
const POSTGRES_ROWS: typeof ROWS = [
  ...(
    [
      ['cached list of 100 records, against SQLite', 0.75],
      ['cached single record, against SQLite', 0.75],
      ['uncached pages of 100 records of 200, against the same rows in a bare pg', 0.67],
      ['uncached pages of 100 records of 200, against SQLite', 0.33],
    ] as const
  ).flatMap(([what, least]) =>
    ['by the clock', 'by processor time'].map(
      (clock) => [`${what}, ${clock}`, RATE, RATE, `at least ${least}`] as const,
    ),
  ),
  ...(
    [
      ['breakdown', 15],
      ['facets', 30],
      ['first page of a search for a word in one of 2,000 records', 30],
      ['first page of a search for a word in every tenth record', 400],
    ] as const
  ).map(
    ([what, most]) =>
      [`${what}, uncached, of 200 (ms)`, TIME, MILLISECONDS_ON_SQLITE, `at most ${most}`] as const,
  ),
  ['import of 200 rows (s)', String.raw`\d+\.\d+ s`, String.raw`\d+\.\d+ s on SQLite`, 'at most 60'],
  ['processor time of it (s)', String.raw`\d+\.\d+ s`, String.raw`\d+\.\d+ s on SQLite`, ''],
  ['most memory of its process (MB)', String.raw`\d+ MB`, String.raw`\d+ MB on SQLite`, 'at most 300'],
  ['first page of 100 right after it (ms)', TIME, MILLISECONDS_ON_SQLITE, ''],
  [
    'two nodes and a replica against one node, uncached pages of 200, twice the requests a second of processor time',
    RATE,
    RATE,
    'at least 1.7',
  ],
];

const NO_GENERATOR = hasGenerator() ? false : 'wrk, which makes the load, is not here';

test(
  'the benchmark sets each measure beside its reference of the same run, and judges it by its target',
  {
    skip: NO_GENERATOR,
  },
  (t) => checkTable(t, ROWS, ['--sizes', '200,400', '--only', MEASURES]),
);

test(
  'on PostgreSQL as well, beside SQLite and a bare pg',
  {
    skip: NO_GENERATOR || NO_POSTGRES,
  },
  (t) => checkTable(t, POSTGRES_ROWS, ['--engine', 'postgres', '--sizes', '200']),
);

async function checkTable(t: Test, expectedRows: typeof ROWS, args: readonly string[]): Promise<void> {
  const ledgers = temporaryDirectory(t);
  // PostgreSQL runs as another user where this one may do everything.
  chmodSync(ledgers, 0o755);
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [
      'bench/suite.ts',
      ...[...args, '--rounds', '1', '--seconds', '1', '--requests', '10'],
      ...['--ledgers', ledgers],
    ],
    { cwd: ROOT, encoding: 'utf8' },
  );
  t.equal(status, 0, stderr);
  const rows = stdout
    .split('\n')
    .filter((line) => line.startsWith('| ') && !line.startsWith('| measure'))
    .map((line) => line.split('|').map((cell) => cell.trim()));
  t.strictSame(
    rows.map(([, name]) => name),
    expectedRows.map(([name]) => name),
  );
  for (const [at, [name, servicePattern, referencePattern, target]] of expectedRows.entries()) {
    const [, , service = '', reference = '', figure = '', verdict = ''] = rows[at] ?? [];
    t.match(service, new RegExp(`^${servicePattern}$`), name);
    t.match(reference, new RegExp(`^${referencePattern}$`), name);
    const [own, other, value] = [service, reference.replace(/^of /, ''), figure].map(Number.parseFloat);
    if (own === undefined || other === undefined || value === undefined) throw new Error(name);
    t.ok(own > 0 || name.startsWith('growth'), `${name}: ${service}`);
    t.ok(other > 0, `${name}: ${reference}`);
    if (target === '') {
      t.equal(verdict, '', name);
      continue;
    }
    // Each cell of the table is rounded by itself: mebibytes to whole ones, rates to whole ones a second.
    const expected = /\((?:ms|s|MB|MiB)\)$/.test(name) ? own : own / other;
    const rounding = /\((?:MB|MiB)\)$/.test(name) ? 0.51 : 0.02 + 0.06 * expected;
    t.ok(Math.abs(value - expected) <= rounding, `${name}: ${figure} is ${expected}`);
    const [, bound, limit] = /^at (least|most) ([\d.]+)$/.exec(target) ?? [];
    const isMet = bound === 'least' ? value >= Number(limit) : value <= Number(limit);
    // A figure that is rounded to its limit may stand on either side of it.
    if (Math.abs(value - Number(limit)) > 0.01)
      t.equal(verdict, `${isMet ? 'met' : 'MISSED'} (${target})`, name);
  }
}
