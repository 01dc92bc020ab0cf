import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'tap';
import { test } from 'tap';
import { StorageError } from '../../../src/store/errors.ts';
import type { Store } from '../../../src/store/store.ts';
import { openLedger, SEEDS_FOLDER } from '../../../src/transfer/open-ledger.ts';
import { importSeeds, parseSeedFile } from '../../../src/transfer/seeds/seed-import.ts';
import { temporaryDirectory } from '../../helpers/process.ts';

type Json = Readonly<Record<string, unknown>>;

const VOCABULARY = readFileSync(join(SEEDS_FOLDER, 'vocabulary.json'), 'utf8');
const REGIONS = readFileSync(join(SEEDS_FOLDER, 'regions.json'), 'utf8');
const DOCUMENTS = readFileSync(join(SEEDS_FOLDER, 'seed-documents.json'), 'utf8');

/** What is thrown to undo what was accepted. */
class Accepted extends Error {}

/** The message with which seeds are refused after a change to a file, or null where they are accepted. */
async function refusal(
  store: Store,
  change: (vocabulary: Json, documents: Json) => void,
): Promise<string | null> {
  const [vocabulary, documents] = [JSON.parse(VOCABULARY) as Json, JSON.parse(DOCUMENTS) as Json];
  change(vocabulary, documents);
  const texts = new Map([
    ['regions.json', REGIONS],
    ['seed-documents.json', JSON.stringify(documents)],
    ['vocabulary.json', JSON.stringify(vocabulary)],
  ]);
  try {
    await store.write(async (transaction) => {
      await importSeeds(transaction, texts);
      throw new Accepted();
    });
  } catch (error) {
    if (error instanceof Accepted) return null;
    if (error instanceof StorageError && error.code === 'invalidSeed') return error.message;
    throw error;
  }
  return null;
}

/** A ledger that has the currencies, and nothing else. */
async function emptyLedger(t: Test): Promise<Store> {
  const seedsFolder = temporaryDirectory(t);
  cpSync(join(SEEDS_FOLDER, 'currencies.json'), join(seedsFolder, 'currencies.json'));
  const { store } = await openLedger(null, { seedsFolder });
  t.after(() => store.close());
  return store;
}

/** The part of a file at a path. */
function at(file: Json, ...path: readonly (string | number)[]): Json {
  return path.reduce<unknown>((part, step) => (part as Record<string | number, unknown>)[step], file) as Json;
}
const first = (documents: Json): Json => at(documents, 'forecasts', 0);
const set = (target: Json, field: string, value: unknown): void => {
  (target as Record<string, unknown>)[field] = value;
};

/** What is done to the seed files, and what the refusal must name. */
const CASES: readonly (readonly [
  string,
  (vocabulary: Json, documents: Json) => void,
  readonly (string | RegExp)[],
])[] = [
  [
    'a missing field',
    (_, d) => delete (first(d) as Record<string, unknown>).measure,
    ['seed-documents.json', 'haitong-2020-new-infrastructure-2020', 'field measure'],
  ],
  ['an unknown field', (_, d) => set(first(d), 'sectr', '5g'), ['sectr']],
  ['a number for an amount', (_, d) => set(at(first(d), 'amount'), 'value', 3e12), ['field amount.value']],
  [
    'an amount with grouping',
    (_, d) => set(at(first(d), 'amount'), 'value', '3,000'),
    ['field amount.value', 'groupedNumber', 'with at most one decimal point', '"3,000"'],
  ],
  [
    'a value without its bounds',
    (_, d) => set(at(first(d), 'amount'), 'low', null),
    ['field amount.low', 'inconsistentAmount'],
  ],
  [
    'an amount that the phrase does not state',
    (_, d) => {
      for (const field of ['value', 'low', 'high']) set(at(first(d), 'amount'), field, '4000000000000');
    },
    ['field evidence', 'inconsistentEvidence', '3000000000000'],
  ],
  [
    'a place of the wrong length',
    (_, d) => set(at(first(d), 'evidence'), 'end', 2174),
    ['field evidence', '2175'],
  ],
  [
    'a phrase of another figure',
    (_, d) => set(at(first(d), 'evidence'), 'phrase', 'will total 5 trillion yuan in 2020'),
    ['field evidence'],
  ],
  [
    'a wrong conversion',
    (_, d) => set(at(first(d), 'statedConversions', 0, 'amount'), 'value', '430000000000'),
    ['statedConversions.0.evidence'],
  ],
  [
    'a period that contradicts its kind',
    (_, d) => set(at(first(d), 'period'), 'end', '2021-12-31'),
    ['field period', 'inconsistentPeriod'],
  ],
  [
    'an unknown sector',
    (_, d) => set(first(d), 'sector', 'new-infrastructur'),
    ['field sector', 'did you mean "new-infrastructure"'],
  ],
  [
    'an unknown forecaster',
    (_, d) => set(first(d), 'forecaster', 'nobody'),
    ['field forecaster', '"nobody"'],
  ],
  [
    'a relation to nothing',
    (_, d) => set(at(d, 'forecasts', 1, 'relations', 0), 'forecast', 'gone'),
    ['relations.0.forecast'],
  ],
  [
    'an id given twice',
    (_, d) => set(at(d, 'forecasts', 1), 'id', 'haitong-2020-new-infrastructure-2020'),
    ['stands in seed-documents.json already'],
  ],
  [
    'an unknown country',
    (v) => set(at(v, 'organisations', 0), 'country', 'XX'),
    ['vocabulary.json', 'field country'],
  ],
  [
    'a sector that is its own grandparent',
    (v) => {
      const sectors = v.sectors as unknown as { id: string; parent: string | null }[];
      for (const sector of sectors) if (sector.id === 'new-infrastructure') sector.parent = '5g';
    },
    ['vocabulary.json', 'field parent', /runs in a circle: (?:5g|new-infrastructure) > /],
  ],
  [
    'a definition by nobody known',
    (v) => set(at(v, 'sectors', 0, 'definitions', 0), 'definedBy', 'ndcr'),
    ['definitions.0.definedBy', 'did you mean "ndrc"'],
  ],
  ['forecasts without a collection', (_, d) => set(d, 'collection', null), ['collection']],
];

test('a bad seed is refused with file, record, field and reason', async (t) => {
  const store = await emptyLedger(t);
  t.equal(await refusal(store, () => undefined), null, 'the seeds themselves are accepted');
  for (const [what, change, named] of CASES) {
    const message = await refusal(store, change);
    t.ok(message, what);
    for (const part of named) t.match(message, part, what);
  }
});

test('what is not JSON is refused by name', async (t) => {
  t.throws(() => parseSeedFile('broken.json', '{'), {
    code: 'invalidSeed',
    message: /^Seed file broken\.json is not JSON/,
  });
  t.throws(() => parseSeedFile('list.json', '[]'), { code: 'invalidSeed', message: /list\.json/ });
});
