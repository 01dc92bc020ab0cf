import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import fc from 'fast-check';
import type { Test } from 'tap';
import { test } from 'tap';
import { makeLedger } from '../../bench/suite/ledger.ts';
import { FILTERS as RECORD_FILTERS } from '../../src/ledger/records/filters.ts';
import type { Keyset } from '../../src/store/keyset.ts';
import { and } from '../../src/store/query.ts';
import type { ColumnSortKey, RecordQuery } from '../../src/store/record-query.ts';
import { SORT_COLUMNS } from '../../src/store/record-query.ts';
import type { AppliedFilters } from '../../src/store/revisions.ts';
import { heldAt, ofKind } from '../../src/store/revisions.ts';
import type { SqliteStore } from '../../src/store/sqlite/store.ts';
import { records } from '../../src/store/tables/schema.ts';
import { openLedger } from '../../src/transfer/open-ledger.ts';
import { emptyDatabase, NO_POSTGRES } from '../helpers/postgres.ts';
import { ROOT, temporaryDirectory } from '../helpers/process.ts';
import { planOf, watchStatements } from '../helpers/statements.ts';

type Row = typeof records.$inferSelect;
type Named = {
  [Name in keyof typeof RECORD_FILTERS]: (typeof RECORD_FILTERS)[Name] extends { condition: object }
    ? Name
    : never;
};
type ConditionName = Named[keyof Named];

function applied(values: ReadonlyMap<ConditionName, readonly string[]>): AppliedFilters {
  return new Map(
    [...values].map(([name, own]) => [name, { ...RECORD_FILTERS[name].condition, values: own }] as const),
  );
}

const FIELDS: Readonly<Record<ColumnSortKey, keyof Row>> = {
  id: 'id',
  publishedOn: 'publishedOn',
  recordedAt: 'recordedAt',
  organisation: 'organisationId',
  sector: 'sectorId',
  measure: 'measureId',
  periodStart: 'periodStart',
  periodEnd: 'periodEnd',
  amount: 'amountSortKey',
};

const day = fc
  .date({ min: new Date('2013-01-01'), max: new Date('2037-01-01'), noInvalidDate: true })
  .map((date) => date.toISOString().slice(0, 10));

function someOf(...values: readonly string[]) {
  return fc.uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength: 3 });
}

const FILTERS: Partial<Record<ConditionName, fc.Arbitrary<string[]>>> = {
  sector: someOf('5g', 'uhv', 'artificial-intelligence', 'telecom', 'blockchain'),
  measure: someOf('directInvestment', 'consumption', 'valueAdded'),
  region: someOf('CN', 'US', 'DE'),
  scope: someOf('national', 'central-soes'),
  qualifier: someOf('exact', 'atLeast'),
  confidence: someOf('high', 'medium', 'low'),
  currency: someOf('CNY', 'USD'),
  source: someOf('bench-document-0', 'bench-document-5', 'bench-document-6'),
  publishedFrom: fc.tuple(day) as fc.Arbitrary<string[]>,
  publishedTo: fc.tuple(day) as fc.Arbitrary<string[]>,
  periodFrom: fc.tuple(day) as fc.Arbitrary<string[]>,
  periodTo: fc.tuple(day) as fc.Arbitrary<string[]>,
};

const query = fc.record({
  filters: fc
    .uniqueArray(fc.constantFrom(...(Object.keys(FILTERS) as ConditionName[])), { maxLength: 3 })
    .chain((names) =>
      fc.tuple(
        ...names.map((name) => fc.tuple(fc.constant(name), FILTERS[name] ?? fc.constant<string[]>([]))),
      ),
    ),
  sort: fc
    .uniqueArray(
      fc.record({
        key: fc.constantFrom(...(Object.keys(FIELDS) as ColumnSortKey[]).filter((key) => key !== 'id')),
        direction: fc.constantFrom('ascending' as const, 'descending' as const),
      }),
      { maxLength: 2, selector: ({ key }) => key },
    )
    .map((terms) => [...terms, { key: 'id', direction: 'ascending' } as const]),
  asOf: fc.option(
    day.map((date) => `${date}T12:00:00.000Z`),
    { freq: 3 },
  ),
  limit: fc.integer({ min: 1, max: 40 }),
  few: fc.constantFrom(0, 20, 5000),
});

test('whatever index leads, pages hold every record once, in the order of the list', async (t) => {
  const directory = temporaryDirectory(t);
  await makeLedger(directory, 400);
  await checkPages(t, directory);
});

test('and on PostgreSQL', { skip: NO_POSTGRES }, async (t) => {
  const directory = temporaryDirectory(t);
  await makeLedger(directory, 400);
  const [file, DATABASE_URL] = [join(directory, 'ledger.ndjson'), await emptyDatabase(t)];
  const commands = [
    [{ DATA_DIR: directory }, 'export', file],
    [{ DATABASE_URL }, 'import', '--restore', '--commit', file],
  ] as const;
  for (const [env, ...args] of commands)
    t.equal(spawnSync(process.execPath, ['src/cli.ts', ...args], { cwd: ROOT, env }).status, 0);
  await checkPages(t, DATABASE_URL);
});

async function checkPages(t: Test, location: string): Promise<void> {
  const { store } = await openLedger(location);
  t.after(() => store.close());
  const all = await store.snapshot((read) => read.select().from(records));
  const bySequence = new Map(all.map((row) => [row.sequence, row]));
  const compare = (sort: RecordQuery['sort']) => (one: Row, other: Row) => {
    for (const { key, direction } of sort) {
      const [a, b] = [one[FIELDS[key]], other[FIELDS[key]]];
      if (a === b) continue;
      if (a === null || b === null) return a === null ? 1 : -1;
      return a < b === (direction === 'ascending') ? -1 : 1;
    }
    return 0;
  };
  let pages = 0;
  await fc.assert(
    fc.asyncProperty(query, async ({ filters, sort, asOf, limit, few }) => {
      const values = new Map<ConditionName, readonly string[]>(filters);
      if (asOf !== null) values.set('knownAsOf', [asOf]);
      // Condition by condition, read and sorted here.
      const where = and(
        ofKind('forecast'),
        heldAt(asOf),
        ...[...applied(values).values()].map(({ column, holds, values: bound }) => holds(column, ...bound)),
      );
      const matching = await store.snapshot((read) => read.select().from(records).where(where));
      const expected = matching.sort(compare(sort)).map(({ sequence }) => sequence);
      const found: number[] = [];
      let after: Keyset | null = null;
      for (;;) {
        const page: readonly number[] = await store.snapshot((read) =>
          read.pageSequences({ kind: 'forecast', filters: applied(values), asOf, sort, after, limit, few }),
        );
        found.push(...page);
        pages += 1;
        const last = bySequence.get(page.at(-1) ?? 0);
        if (page.length < limit || last === undefined) break;
        after = sort.map(({ key }) => last[FIELDS[key]] as string | null);
      }
      t.strictSame(found, expected);
    }),
    { numRuns: 300 },
  );
  t.ok(pages > 1000, `${pages} pages`);
}

test('in a large ledger every order, under every filter, is that of an index', async (t) => {
  const { store } = await openLedger(null);
  t.after(() => store.close());
  const { sqlite } = (store as SqliteStore).writing;
  const { ran } = watchStatements(t);
  const filters: readonly (readonly [ConditionName, readonly string[]])[] = [
    ['sector', ['5g']],
    ['sector', ['5g', 'uhv']],
    ['organisation', ['caict']],
    ['periodFrom', ['2020-01-01']],
    ['periodTo', ['2020-01-01']],
    ['publishedTo', ['2020-01-01']],
    ['amountMin', ['1']],
  ];
  for (const [key, column] of Object.entries(SORT_COLUMNS) as [
    ColumnSortKey,
    (typeof SORT_COLUMNS)[ColumnSortKey],
  ][]) {
    const isOfMany = ['organisation', 'sector', 'measure'].includes(key);
    const sort: RecordQuery['sort'] = [
      { key, direction: key === 'publishedOn' ? 'descending' : 'ascending' },
      ...(isOfMany ? ([{ key: 'publishedOn', direction: 'descending' }] as const) : []),
      ...(key === 'id' ? [] : ([{ key: 'id', direction: 'ascending' }] as const)),
    ];
    const places: readonly (Keyset | null)[] = [null, sort.map(() => '2')];
    for (const filter of [null, ...filters]) {
      for (const after of places) {
        const values = new Map(filter === null ? [] : [filter]);
        if (key === 'amount') values.set('currency', ['CNY']);
        ran.clear();
        const page: RecordQuery = {
          kind: 'forecast',
          filters: applied(values),
          asOf: null,
          sort,
          after,
          limit: 3,
          few: 0,
        };
        await store.snapshot((read) => read.pageSequences(page));
        const statements = [...ran.keys()].filter((source) => source.startsWith('select "sequence"'));
        for (const source of statements) {
          const bound = [...source.matchAll(/\?/g)].map(() => '2');
          const plan = planOf(sqlite, source, bound);
          const called = `${column.name} ${filter?.join(' ')} ${after}: ${plan.join('; ')}`;
          t.notOk(
            plan.some((step) => step.includes('TEMP B-TREE')),
            called,
          );
          t.notOk(
            plan.some((step) => step.startsWith('SCAN records')),
            called,
          );
        }
      }
    }
  }
});
