import { setImmediate as nextTurn } from 'node:timers/promises';
import fc from 'fast-check';
import type { Test } from 'tap';
import { test } from 'tap';
import { facetCounts, readVocabulary } from '../../../src/analysis/facets/buckets.ts';
import type { Cells, FollowedColumns } from '../../../src/analysis/facets/columns.ts';
import { CodedColumn, FACET_COLUMNS, followColumns } from '../../../src/analysis/facets/columns.ts';
import type { Counted } from '../../../src/analysis/facets/counting.ts';
import { countForecasts } from '../../../src/analysis/facets/repository.ts';
import type { FacetQuery } from '../../../src/analysis/facets/schemas.ts';
import { FACET_NAMES, filtersBeside, ofFacets } from '../../../src/analysis/facets/schemas.ts';
import type { ReadContext, RouteContext } from '../../../src/ledger/context.ts';
import { matching } from '../../../src/ledger/records/filters.ts';
import { recordFilters } from '../../../src/ledger/records/kinds.ts';
import type { RecordContent } from '../../../src/ledger/records/record.ts';
import { appendRevisions, newestRevisions } from '../../../src/ledger/records/writes.ts';
import { advanceDatasetVersion, beginRecordsHistory } from '../../../src/store/ledger-state.ts';
import { asc, eq } from '../../../src/store/query.ts';
import type { Snapshot, Store, Transaction } from '../../../src/store/store.ts';
import {
  collections,
  currencies,
  measures,
  organisations,
  recordJson,
  recordRelations,
  records,
  recordTexts,
  regions,
  scopes,
  sectors,
  sources,
} from '../../../src/store/tables/schema.ts';
import { openLedger } from '../../../src/transfer/open-ledger.ts';
import { build } from '../../helpers/build.ts';
import { temporaryDirectory } from '../../helpers/process.ts';
import { recordContent } from '../../helpers/record-content.ts';
import { execute } from '../../helpers/statements.ts';

/*
 * What is counted in columns is what the records of a list come to, one by one.
 */

const DAYS = ['2019-12-31', '2020-05-25', '2020-12-31', '2021-06-30', '2022-01-01', '2031-12-31'];
const VALUES = {
  collection: ['seed-documents', 'seed-further-documents'],
  sector: ['new-infrastructure', '5g', 'uhv', 'artificial-intelligence', 'telecom'],
  organisation: ['haitong-securities', 'caict', 'ccid'],
  source: ['china-banking-news-2020-05-25'],
  region: ['CN', 'US', 'DE'],
  measure: ['directInvestment', 'inducedInvestment', 'economicOutput'],
  scope: ['national', 'central-soes', 'three-operators'],
  qualifier: ['exact', 'approximately', 'atLeast', 'atMost', 'range', 'indefinite'],
  currency: ['CNY', 'USD', 'EUR'],
  confidence: ['high', 'medium', 'low'] as const,
  words: ['retrofit', 'grid', '充电桩', 'retro'],
};
type Vocabulary = { -readonly [Name in keyof typeof VALUES]: readonly string[] };

/** The values of `VALUES` that the seeds have, and others in place of those that they have not. */
async function vocabularyOf({ read }: Pick<ReadContext, 'read'>): Promise<Vocabulary> {
  const tables = { collections, sectors, organisations, sources, scopes, measures, regions, currencies };
  const held = new Map<string, readonly string[]>();
  for (const [name, table] of Object.entries(tables)) {
    const rows = await read.select({ id: table.id }).from(table).orderBy(asc(table.id));
    held.set(
      name,
      rows.map(({ id }) => id),
    );
  }
  const ids = (table: keyof typeof tables, wanted: readonly string[]): readonly string[] => {
    const own = held.get(table) ?? [];
    return [...new Set([...wanted.filter((id) => own.includes(id)), ...own])].slice(0, 5);
  };
  return {
    ...VALUES,
    collection: ids('collections', VALUES.collection),
    sector: ids('sectors', VALUES.sector),
    organisation: ids('organisations', VALUES.organisation),
    source: ids('sources', VALUES.source),
    scope: ids('scopes', VALUES.scope),
    measure: ids('measures', VALUES.measure),
    region: ids('regions', VALUES.region),
    currency: ids('currencies', VALUES.currency),
  };
}

const days = fc.option(fc.constantFrom(...DAYS));

function contents(words: Vocabulary): fc.Arbitrary<Omit<RecordContent, 'id'>> {
  const oneOf = (name: keyof Vocabulary) => fc.constantFrom(...words[name]);
  return fc
    .record({
      isOutcome: fc.integer({ min: 0, max: 9 }).map((number) => number === 0),
      collection: oneOf('collection'),
      organisation: fc.option(oneOf('organisation')),
      source: oneOf('source'),
      sector: oneOf('sector'),
      region: oneOf('region'),
      measure: oneOf('measure'),
      scope: oneOf('scope'),
      qualifier: oneOf('qualifier'),
      currency: oneOf('currency'),
      confidence: fc.constantFrom(...VALUES.confidence),
      value: fc.option(fc.integer({ min: 1, max: 9 })),
      start: days,
      end: days,
      publishedOn: days,
      notes: fc.option(oneOf('words')),
    })
    .map(({ isOutcome, qualifier, currency, value, start, end, ...fields }) => {
      const plain = recordContent('');
      const figure = value === null ? null : String(value * 1000);
      const amount = { ...plain.amount, qualifier, currency, value: figure, low: figure, high: figure };
      return {
        ...plain,
        ...fields,
        kind: isOutcome ? 'outcome' : 'forecast',
        amount: amount as RecordContent['amount'],
        period: { ...plain.period, start, end },
      };
    });
}

/** What is done to one of a few records: written anew or again, or deleted. */
interface Step {
  readonly record: number;
  readonly content: Omit<RecordContent, 'id'> | null;
}

function batches(words: Vocabulary): fc.Arbitrary<readonly Step[]> {
  return fc.array(
    fc.record({
      record: fc.nat(30),
      content: fc.option(contents(words), { freq: 4 }),
    }),
    { maxLength: 30 },
  );
}

/** Writes in one transaction, and gives its time. */
function write(store: Store, steps: readonly Step[]): Promise<string> {
  return store.write(async (transaction) => {
    await take(transaction, steps);
    await advanceDatasetVersion(transaction, 'test');
    return transaction.recordedAt;
  });
}

async function take(transaction: Transaction, steps: readonly Step[]): Promise<void> {
  // One revision of each record at a time.
  const rounds: Map<number, Step>[] = [];
  for (const step of steps) {
    const round = rounds.find((taken) => !taken.has(step.record)) ?? new Map<number, Step>();
    if (round.size === 0) rounds.push(round);
    round.set(step.record, step);
  }
  for (const round of rounds) {
    const taken = [...round.values()].map(({ record, content }) => ({ id: `random-${record}`, content }));
    const held = await newestRevisions(
      transaction,
      taken.map(({ id }) => id),
    );
    await appendRevisions(
      transaction,
      taken.flatMap(({ id, content }) => {
        const newest = held.get(id);
        const by = { newest, author: 'test', reason: 'test' };
        // A record stays of its kind.
        if (content !== null)
          return [{ ...by, content: { ...content, id, kind: newest?.kind ?? content.kind } }];
        return newest === undefined || newest.deleted
          ? []
          : [{ ...by, content: newest.content, deleted: true }];
      }),
    );
  }
}

/** @param times moments between writes */
function queries(words: Vocabulary, times: readonly string[]): fc.Arbitrary<FacetQuery> {
  const some = (name: keyof Vocabulary) =>
    fc.uniqueArray(fc.constantFrom(...words[name]), { minLength: 1, maxLength: 3 });
  const filters = fc.record(
    {
      q: fc.constantFrom(...VALUES.words, 'retrofit grid', '"'),
      sector: some('sector'),
      sectorOnly: fc.boolean(),
      forecaster: some('organisation'),
      source: some('source'),
      measure: some('measure'),
      region: some('region'),
      currency: some('currency'),
      collection: some('collection'),
      scope: some('scope'),
      qualifier: some('qualifier'),
      confidence: some('confidence'),
      publishedFrom: fc.constantFrom(...DAYS),
      publishedTo: fc.constantFrom(...DAYS),
      publishedAsOf: fc.constantFrom(...DAYS),
      periodFrom: fc.constantFrom(...DAYS),
      periodTo: fc.constantFrom(...DAYS),
      knownAsOf: fc.nat().map((number) => times[number % times.length] ?? ''),
      amountMin: fc.constantFrom('1000', '3000', '3000.5'),
      amountMax: fc.constantFrom('5000', '9000', '900000000000000'),
    },
    { requiredKeys: [] },
  );
  // Many filters at once leave nothing to compare: mostly there are few.
  return fc.tuple(filters, fc.integer({ min: 0, max: 4 }), fc.nat()).map(([all, most, from]) => {
    const entries = Object.entries(all);
    const turned = [...entries.slice(from % (entries.length + 1)), ...entries];
    return Object.fromEntries(turned.slice(0, most)) as FacetQuery;
  });
}

interface Subject {
  readonly store: Store;
  readonly reading: RouteContext['reading'];
  readonly columns: FollowedColumns;
}

async function subject(t: Test): Promise<Subject & Awaited<ReturnType<typeof build>>> {
  let context: RouteContext | undefined;
  const built = await build(t, {}, { furtherRoutes: (_, given) => (context = given) });
  if (context === undefined) throw new Error('the service gave no context');
  const { reading } = context;
  return { ...built, reading, columns: followColumns(reading) };
}

/** What a query counts when each record is looked at. */
async function countOneByOne(read: Snapshot, query: FacetQuery): Promise<Counted> {
  const columns = FACET_NAMES.map((facet) => FACET_COLUMNS[facet]);
  const selected = Object.fromEntries(columns.flat().map((column) => [column.name, column]));
  const known = new Map<string, Promise<unknown[][]>>();
  const rowsOf = (filters: FacetQuery): Promise<unknown[][]> => {
    const key = JSON.stringify(filters);
    const rows = known.get(key) ?? rowsWith(filters);
    known.set(key, rows);
    return rows;
  };
  const rowsWith = async (filters: FacetQuery): Promise<unknown[][]> => {
    const where = await matching(read, 'forecast', recordFilters('forecast', filters));
    return read.rows(null, () => read.select(selected).from(records).where(where), {});
  };
  const groups = new Map<string, [Cells, number][]>();
  for (const [place, facet] of FACET_NAMES.entries()) {
    const first = columns.slice(0, place).flat().length;
    const width = columns[place]?.length ?? 0;
    const own = new Map<string, [Cells, number]>();
    for (const row of await rowsOf(filtersBeside(facet, query))) {
      const cells = row.slice(first, first + width) as unknown as Cells;
      const group = own.get(JSON.stringify(cells)) ?? [cells, 0];
      group[1] += 1;
      own.set(JSON.stringify(cells), group);
    }
    groups.set(facet, [...own.values()]);
  }
  return { groups: ofFacets((facet) => groups.get(facet) ?? []), count: (await rowsOf(query)).length };
}

/** Both answers of a query as they are shown. */
function bothAnswers({ columns }: Pick<Subject, 'columns'>, query: FacetQuery) {
  return columns.use(undefined, async (view, forecasts) => {
    const vocabulary = await readVocabulary(view.read);
    const shown = ({ groups, count }: Counted) => ({
      count,
      facets: FACET_NAMES.map((facet) => [facet, facetCounts(facet, groups[facet], vocabulary)]),
    });
    return {
      counted: shown(await countForecasts(view, forecasts, query)),
      expected: shown(await countOneByOne(view.read, query)),
    };
  });
}

test('columns count what lists give, whatever is written and asked for', async (t) => {
  const given = await subject(t);
  const { store, reading } = given;
  const words = await reading(undefined, vocabularyOf);
  // More revisions than are looked at together, most of them superseded.
  const [first] = fc.sample(fc.array(contents(words), { minLength: 4500, maxLength: 4500 }), {
    numRuns: 1,
    seed: 7,
  });
  const times = [
    await write(store, first?.map((content, index) => ({ record: index % 3000, content })) ?? []),
  ];
  let found = 0;
  await fc.assert(
    fc.asyncProperty(
      batches(words),
      fc.array(queries(words, times), { minLength: 1, maxLength: 6 }),
      async (steps, asked) => {
        times.push(await write(store, steps));
        for (const query of asked) {
          const { counted, expected } = await bothAnswers(given, query);
          t.strictSame(counted, expected, JSON.stringify(query));
          if (counted.count > 0 && Object.keys(query).length > 1) found += 1;
        }
      },
    ),
    { numRuns: 80 },
  );
  t.ok(found > 20, `queries with several filters found something ${found} times`);
});

test('every filter and every pair of filters counts alike', async (t) => {
  const given = await subject(t);
  const { store, reading } = given;
  const words = await reading(undefined, vocabularyOf);
  const [contentsOfRecords] = fc.sample(fc.array(contents(words), { minLength: 300, maxLength: 300 }), {
    numRuns: 1,
    seed: 11,
  });
  const steps = contentsOfRecords?.map((content, record) => ({ record, content })) ?? [];
  const knownAsOf = await write(store, steps);
  await write(
    store,
    [...steps.slice(100, 150)].reverse().map(({ content }, record) => ({ record, content })),
  );
  const filters = Object.entries({
    q: 'retrofit',
    sector: words.sector.slice(0, 2),
    forecaster: words.organisation.slice(0, 1),
    source: words.source.slice(0, 1),
    measure: words.measure.slice(0, 1),
    region: ['CN'],
    currency: ['CNY', 'USD'],
    collection: words.collection.slice(0, 1),
    scope: words.scope.slice(0, 1),
    qualifier: ['exact', 'range'],
    confidence: ['high'],
    publishedFrom: '2020-05-25',
    publishedTo: '2021-06-30',
    publishedAsOf: '2020-12-31',
    periodFrom: '2020-12-31',
    periodTo: '2021-06-30',
    knownAsOf,
    amountMin: '3000',
    amountMax: '6000',
  });
  for (const one of filters) {
    for (const other of filters) {
      const query = Object.fromEntries([one, other]) as FacetQuery;
      const { counted, expected } = await bothAnswers(given, query);
      t.strictSame(counted, expected, JSON.stringify(query));
    }
  }
});

test('a write of another process is seen by the next request', async (t) => {
  const directory = temporaryDirectory(t);
  const { store } = await openLedger(directory);
  const { store: other } = await openLedger(directory);
  t.after(() => Promise.all([store.close(), other.close()]));
  const reading: RouteContext['reading'] = (_, use) => store.snapshot((read) => use({ read } as ReadContext));
  const columns = followColumns(reading);
  const content = recordContent('');
  const counts: number[] = [];
  for (const steps of [
    [],
    [{ record: 1, content }],
    [{ record: 1, content: { ...content, region: 'US' } }],
    [{ record: 1, content: null }],
    [{ record: 1, content }],
  ]) {
    await write(other, steps);
    const { counted, expected } = await bothAnswers({ columns }, {});
    t.strictSame(counted, expected);
    counts.push(counted.count);
  }
  const [before = Number.NaN] = counts;
  t.strictSame(counts, [before, before + 1, before + 1, before, before + 1]);
});

test('a history put in the place of another is read from its beginning', async (t) => {
  const given = await subject(t);
  const { counted: seeded } = await bothAnswers(given, {});
  const content = recordContent('');
  const replace = (steps: readonly Step[]): Promise<void> =>
    given.store.write(async (transaction) => {
      for (const table of [recordRelations, recordTexts, recordJson, records])
        await transaction.delete(table);
      await beginRecordsHistory(transaction);
      await take(transaction, steps);
      await advanceDatasetVersion(transaction, 'test');
    });
  // As many as before and more: by their number alone they could be taken for what was added.
  const others = Array.from({ length: seeded.count + 500 }, (_, record) => ({ record, content }));
  await replace(others);
  const { counted, expected } = await bothAnswers(given, {});
  t.strictSame(counted, expected);
  t.equal(counted.count, others.length);

  await replace(others.slice(0, 3));
  t.equal((await bothAnswers(given, { q: 'yuan' })).counted.count, 3, 'nor what a shorter one lacks');
});

test('a ledger is read in turns, during which others read and write', async (t) => {
  const given = await subject(t);
  const { store, reading } = given;
  const columns = followColumns(reading, 3);
  const { counted: before } = await bothAnswers(given, {});
  let turns = 0;
  const first = columns.use(undefined, async (_, { current }) => ({ turns, current }));
  const second = columns.use(undefined, async (_, { current }) => ({ turns, current }));
  const content = recordContent('');
  for (; turns < 8; turns += 1) {
    await nextTurn();
    await write(store, [
      { record: turns, content },
      { record: 0, content: turns % 2 === 0 ? content : null },
    ]);
  }
  const { counted, expected } = await bothAnswers({ columns }, {});
  t.strictSame(counted, expected);
  t.not(counted.count, before.count);
  for (const use of await Promise.all([first, second])) {
    t.ok(use.turns > 0, 'a long reading lets others have their turn');
    t.ok(use.current >= before.count);
  }
});

test('counts are of the state that the answer names, whatever is written meanwhile', async (t) => {
  const { store, columns } = await subject(t);
  const content = recordContent('');
  const counts = new Map<string, number>();
  const uses = Array.from({ length: 12 }, async (_, record) => {
    await write(store, [{ record, content }]);
    const seen = await columns.use(undefined, async (view, forecasts) => {
      const { count } = await countForecasts(view, forecasts, {});
      await nextTurn();
      const { count: again } = await countForecasts(view, forecasts, { q: 'yuan' });
      return { version: view.read.version, count, again: again <= count };
    });
    t.ok(seen.again);
    t.equal(counts.get(seen.version) ?? seen.count, seen.count);
    counts.set(seen.version, seen.count);
  });
  await Promise.all(uses);
  const known = [...counts].map(([version, count]) => [Number.parseInt(version, 10), count] as const);
  for (const [[version, count], [otherVersion, otherCount]] of known.flatMap((one) =>
    known.map((other) => [one, other] as const),
  ))
    t.equal(count - otherCount, version - otherVersion, 'each write added one');
});

test('reading ahead ends when it is told to, and a request goes on where it ended', async (t) => {
  const { reading, columns } = await subject(t);
  const slow = followColumns(reading, 3);
  const stop = new AbortController();
  const ahead = slow.readAhead(stop.signal);
  const used = slow.use(undefined, async (_, { current }) => current);
  await nextTurn();
  stop.abort();
  await ahead;
  t.equal(await used, (await bothAnswers({ columns }, {})).expected.count);
});

test('the service reads ahead when it listens, and a ledger that it cannot read does not end it', async (t) => {
  const { app, get } = await build(t);
  await app.listen({ port: 0, host: '127.0.0.1' });
  const { meta } = await get<{ meta: { count: number } }>('/v1/facets');
  t.ok(meta.count > 0);

  const broken = await build(t);
  await execute(broken.store, 'alter table records rename to lost_records');
  await broken.app.listen({ port: 0, host: '127.0.0.1' });
  await nextTurn();
  await nextTurn();
  t.equal((await broken.app.inject('/v1/facets')).statusCode, 500);
  t.equal((await broken.app.inject('/health/live')).statusCode, 200);
});

test('sequences with wide gaps, which only a hand-made export brings, are counted as well', async (t) => {
  const given = await subject(t);
  const { counted: before } = await bothAnswers(given, {});
  await given.store.write(async (transaction) => {
    const [row] = await transaction
      .select()
      .from(records)
      .where(eq(records.id, 'haitong-2020-new-infrastructure-2020'));
    if (row === undefined) throw new Error('the seeds have another first record');
    await transaction.insertRows(records, [{ ...row, id: 'far-away', sequence: 9_007_199_254_740_991 }]);
    await advanceDatasetVersion(transaction, 'test');
  });
  const source = ['china-banking-news-2020-05-25'];
  for (const query of [{}, { source }, { source, measure: ['directInvestment'] }] as FacetQuery[]) {
    const { counted, expected } = await bothAnswers(given, query);
    t.strictSame(counted, expected, JSON.stringify(query));
  }
  t.equal((await bothAnswers(given, {})).counted.count, before.count + 1);
});

test('a column takes any number of values', (t) => {
  const column = new CodedColumn('forecaster');
  for (let slot = 0; slot < 70_000; slot += 1) {
    column.put(slot, [String(slot % 66_000)]);
    column.total(slot, 1);
  }
  for (const slot of [0, 255, 256, 65_535, 65_536, 65_999, 66_001])
    t.strictSame(column.values[column.codes[slot] as number], [String(slot % 66_000)]);
  t.equal(column.totals[column.codes[1] as number], 2);
  column.total(66_001, -1);
  t.equal(column.totals[column.codes[1] as number], 1);
  t.end();
});
