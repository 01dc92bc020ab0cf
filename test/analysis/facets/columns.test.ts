import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import fc from 'fast-check';
import { test } from 'tap';
import { CodedColumn } from '../../../src/analysis/facets/coded-column.ts';
import type { ColumnStore } from '../../../src/analysis/facets/columns.ts';
import { createColumnStore } from '../../../src/analysis/facets/columns.ts';
import { countInColumns } from '../../../src/analysis/facets/in-columns.ts';
import { countInSql } from '../../../src/analysis/facets/in-sql.ts';
import type { Counted } from '../../../src/analysis/facets/repository.ts';
import { FACET_NAMES, facetCounts, readVocabulary } from '../../../src/analysis/facets/repository.ts';
import type { FacetQuery } from '../../../src/analysis/facets/schemas.ts';
import type { RouteContext } from '../../../src/ledger/context.ts';
import type { RecordContent } from '../../../src/ledger/records/record.ts';
import { newestRevision, writeRevision, writeTombstone } from '../../../src/ledger/records/sync-writes.ts';
import { advanceDatasetVersionNow } from '../../../src/store/ledger-state.ts';
import type { Storage } from '../../../src/store/sqlite/storage.ts';
import { openStorage } from '../../../src/store/sqlite/storage.ts';
import { openLedger } from '../../../src/transfer/open-ledger.ts';
import { clearRecords } from '../../../src/transfer/restore/restoring.ts';
import { build } from '../../helpers/build.ts';
import { temporaryDirectory } from '../../helpers/process.ts';
import { recordContent } from '../../helpers/record-content.ts';

/*
 * What is counted in columns is what SQL counts, which is taken to be right here and is tested by the lists that each
 * count links to.
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
function vocabularyOf({ sqlite }: Storage): Vocabulary {
  const ids = (table: string, wanted: readonly string[]): readonly string[] => {
    const held = sqlite.prepare<[], string>(`select id from ${table} order by id`).pluck().all();
    return [...new Set([...wanted.filter((id) => held.includes(id)), ...held])].slice(0, 5);
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

function write(storage: Storage, steps: readonly Step[]): void {
  storage.write.transaction((transaction) => {
    for (const { record, content } of steps) {
      const id = `random-${record}`;
      const recording = { author: 'test', reason: 'test', recordedAt: '2026-01-03T00:00:00.000Z' };
      const newest = newestRevision(storage, id);
      if (content !== null) {
        // A record stays of its kind.
        const kind = newest?.kind ?? content.kind;
        writeRevision(storage, newest, { ...content, id, kind }, recording);
      } else if (newest !== undefined && newest.deleted === 0) writeTombstone(storage, newest, recording);
    }
    advanceDatasetVersionNow(transaction, 'test');
  });
}

function queries(words: Vocabulary): fc.Arbitrary<FacetQuery> {
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
  readonly storage: Storage;
  readonly store: ColumnStore;
}

/** Both answers of a query as they are shown. */
async function bothAnswers({ storage, store }: Subject, query: FacetQuery) {
  const vocabulary = await readVocabulary(storage.read);
  const shown = (counted: Counted | null) =>
    counted && {
      ...counted,
      groups: FACET_NAMES.map((facet) => [facet, facetCounts(facet, counted.groups[facet], vocabulary)]),
    };
  return {
    columns: shown(await countInColumns(storage, store, query)),
    // Without converted amounts nothing else of the context is read.
    sql: shown(await countInSql({ storage } as RouteContext, query)),
  };
}

test('columns count what SQL counts, whatever is written and asked for', async (t) => {
  const { storage } = await build(t);
  const words = vocabularyOf(storage);
  const store = createColumnStore(storage);
  const subject = { storage, store };
  // More revisions than are looked at together, most of them superseded.
  const [first] = fc.sample(fc.array(contents(words), { minLength: 4500, maxLength: 4500 }), {
    numRuns: 1,
    seed: 7,
  });
  write(storage, first?.map((content, index) => ({ record: index % 3000, content })) ?? []);
  let found = 0;
  await fc.assert(
    fc.asyncProperty(
      batches(words),
      fc.array(queries(words), { minLength: 1, maxLength: 6 }),
      async (steps, asked) => {
        write(storage, steps);
        for (const query of asked) {
          const { columns, sql } = await bothAnswers(subject, query);
          t.strictSame(columns, sql, JSON.stringify(query));
          if (columns !== null && columns.count > 0 && Object.keys(query).length > 1) found += 1;
        }
      },
    ),
    { numRuns: 80 },
  );
  t.ok(found > 20, `queries with several filters found something ${found} times`);
});

test('every filter and every pair of filters counts alike', async (t) => {
  const { storage } = await build(t);
  const words = vocabularyOf(storage);
  const subject = { storage, store: createColumnStore(storage) };
  const [records] = fc.sample(fc.array(contents(words), { minLength: 300, maxLength: 300 }), {
    numRuns: 1,
    seed: 11,
  });
  write(storage, records?.map((content, record) => ({ record, content })) ?? []);
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
    amountMin: '3000',
    amountMax: '6000',
  });
  for (const one of filters) {
    for (const other of filters) {
      const query = Object.fromEntries([one, other]) as FacetQuery;
      const { columns, sql } = await bothAnswers(subject, query);
      t.strictSame(columns, sql, JSON.stringify(query));
    }
  }
});

test('a write through another connection is seen by the next request', async (t) => {
  const directory = temporaryDirectory(t);
  const { storage } = await openLedger(directory);
  const other = openStorage(join(directory, 'ledger.sqlite'));
  t.after(() => {
    other.close();
    storage.close();
  });
  const subject = { storage, store: createColumnStore(storage) };
  const content = recordContent('');
  const counts: number[] = [];
  for (const steps of [
    [],
    [{ record: 1, content }],
    [{ record: 1, content: { ...content, region: 'US' } }],
    [{ record: 1, content: null }],
    [{ record: 1, content }],
  ]) {
    write(other, steps);
    const { columns, sql } = await bothAnswers(subject, {});
    t.strictSame(columns, sql);
    counts.push(columns?.count ?? Number.NaN);
  }
  const [before = Number.NaN] = counts;
  t.strictSame(counts, [before, before + 1, before + 1, before, before + 1]);
});

test('a history put in the place of another is read from its beginning', async (t) => {
  const { storage } = await build(t);
  const subject = { storage, store: createColumnStore(storage) };
  const { columns: seeded } = await bothAnswers(subject, {});
  const content = recordContent('');
  // As many as before and more: by their number alone they could be taken for what was added.
  const others = Array.from({ length: (seeded?.count ?? 0) + 500 }, (_, record) => ({ record, content }));
  await storage.store.write(clearRecords);
  storage.write.transaction(() => write(storage, others));
  const { columns, sql } = await bothAnswers(subject, {});
  t.strictSame(columns, sql);
  t.equal(columns?.count, others.length);

  await storage.store.write(clearRecords);
  storage.write.transaction(() => write(storage, others.slice(0, 3)));
  t.equal((await bothAnswers(subject, { q: 'yuan' })).columns?.count, 3, 'nor what a shorter one lacks');
});

test('a ledger is read in turns, during which others read and write', async (t) => {
  const { storage } = await build(t);
  const store = createColumnStore(storage, 3);
  const { columns: expected } = await bothAnswers({ storage, store: createColumnStore(storage) }, {});
  let turns = 0;
  const first = store.use((forecasts) => ({ turns, live: forecasts?.live }));
  const second = store.use((forecasts) => ({ turns, live: forecasts?.live }));
  const content = recordContent('');
  for (; turns < 8; turns += 1) {
    await nextTurn();
    write(storage, [
      { record: turns, content },
      { record: 0, content: turns % 2 === 0 ? content : null },
    ]);
  }
  const { columns, sql } = await bothAnswers({ storage, store }, {});
  t.strictSame(columns, sql);
  t.not(columns?.count, expected?.count);
  for (const use of await Promise.all([first, second])) {
    t.ok(use.turns > 0, 'a long reading lets others have their turn');
    t.ok((use.live ?? 0) >= (expected?.count ?? Number.NaN));
  }
});

test('reading ahead ends when it is told to, and a request goes on where it ended', async (t) => {
  const { storage } = await build(t);
  const store = createColumnStore(storage, 3);
  const stop = new AbortController();
  const reading = store.warmUp(stop.signal);
  const used = store.use((forecasts) => forecasts?.live);
  await nextTurn();
  stop.abort();
  await reading;
  t.equal(await used, (await countInSql({ storage } as RouteContext, {})).count);
});

test('the service reads ahead when it listens, and a ledger that it cannot read does not end it', async (t) => {
  const { app, get } = await build(t);
  await app.listen({ port: 0, host: '127.0.0.1' });
  const { meta } = await get<{ meta: { count: number } }>('/v1/facets');
  t.ok(meta.count > 0);

  const broken = await build(t);
  broken.storage.sqlite.exec('alter table records rename to lost_records');
  await broken.app.listen({ port: 0, host: '127.0.0.1' });
  await nextTurn();
  await nextTurn();
  t.equal((await broken.app.inject('/v1/facets')).statusCode, 500);
  t.equal((await broken.app.inject('/health/live')).statusCode, 200);
});

test('sequences with wide gaps, which only a hand-made export brings, are counted in SQL', async (t) => {
  const { storage, get } = await build(t);
  const { meta } = await get<{ meta: { count: number } }>('/v1/facets');
  write(storage, [{ record: 1, content: recordContent('') }]);
  storage.sqlite.pragma('foreign_keys = off');
  storage.sqlite.exec("update records set sequence = 9007199254740991 where id = 'random-1'");
  const answer = await get<{ meta: { count: number } }>('/v1/facets');
  t.equal(answer.meta.count, meta.count + 1);
  const { columns } = await bothAnswers({ storage, store: createColumnStore(storage) }, {});
  t.equal(columns, null);
});

test('a column takes any number of values', (t) => {
  const column = new CodedColumn();
  const slots = 70_000;
  column.reserve(slots);
  for (let slot = 1; slot < slots; slot += 1) column.put(slot, String(slot % 66_000));
  for (const slot of [1, 255, 256, 65_535, 65_536, 65_999, 66_001])
    t.equal(column.values[column.codes[slot] as number], String(slot % 66_000));
  t.equal(column.totals[column.codes[1] as number], 2);
  column.remove(66_001);
  t.equal(column.totals[column.codes[1] as number], 1);
  t.end();
});
