import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'tap';
import { listEntryRevisions } from '../../src/ledger/catalogue/entry-history.ts';
import { ENTRY_TABLES } from '../../src/ledger/catalogue/entry-tables.ts';
import { catalogueAsOf } from '../../src/ledger/catalogue/past.ts';
import { sectorParents, withRegionsIn } from '../../src/ledger/catalogue/repository.ts';
import { check } from '../../src/store/engine.ts';
import { eq } from '../../src/store/query.ts';
import {
  catalogueNames,
  entryRevisions,
  factRevisions,
  ledgerState,
  measures,
  records,
  regions,
  sectors,
  sources,
} from '../../src/store/tables/schema.ts';
import { openLedger, SEEDS_FOLDER } from '../../src/transfer/open-ledger.ts';
import { temporaryDirectory } from '../helpers/process.ts';

const FIRST = new Date('2026-01-01T00:00:00.000Z');
const LATER = new Date('2026-02-01T00:00:00.000Z');

test('opening a ledger twice migrates and seeds once', async (t) => {
  const directory = temporaryDirectory(t);
  const first = await openLedger(directory);
  t.ok(first.migrated > 0 && first.seeded.length > 0);
  await first.store.close();
  const second = await openLedger(directory);
  t.equal(second.migrated, 0);
  t.strictSame(second.seeded, []);
  await second.store.close();
  const faults: string[] = [];
  check(directory, null, (fault) => faults.push(fault));
  t.strictSame(faults, []);
});

test('a changed seed makes a new revision, keeps the old one, and spares what others have revised', async (t) => {
  const folder = join(temporaryDirectory(t), 'seeds');
  cpSync(SEEDS_FOLDER, folder, { recursive: true });
  const directory = temporaryDirectory(t);
  const first = await openLedger(directory, { now: () => FIRST, seedsFolder: folder });
  await first.store.write(async (transaction) => {
    await transaction
      .update(records)
      .set({ author: 'ann' })
      .where(eq(records.id, 'caict-2020-5g-economic-output'));
    await transaction
      .update(sources)
      .set({ author: 'ann', title: 'As Ann has it' })
      .where(eq(sources.id, 'china-banking-news-2020-05-25'));
  });
  await first.store.close();
  const file = join(folder, 'seed-documents.json');
  writeFileSync(file, readFileSync(file, 'utf8').replaceAll('"confidence": "medium"', '"confidence": "low"'));
  const { store, seeded } = await openLedger(directory, { now: () => LATER, seedsFolder: folder });
  t.strictSame(seeded, ['seed-documents.json']);
  await store.snapshot(async (read) => {
    const [source] = await read.select().from(sources).where(eq(sources.id, 'china-banking-news-2020-05-25'));
    t.equal(source?.title, 'As Ann has it', 'what others have added stays theirs');
    const { id, revision, recordedAt, supersededAt, confidence } = records;
    const rows = await read
      .select({ id, revision, recordedAt, supersededAt, confidence })
      .from(records)
      .where(eq(records.collectionId, 'seed-documents'))
      .orderBy(id, revision);
    t.strictSame(rows.slice(0, 3).map(Object.values), [
      ['caict-2020-5g-economic-output', 1, FIRST.toISOString(), null, 'medium'],
      ['caict-2020-5g-network-to-2025', 1, FIRST.toISOString(), LATER.toISOString(), 'medium'],
      ['caict-2020-5g-network-to-2025', 2, LATER.toISOString(), null, 'low'],
    ]);
    t.match(read.version, /^2-/);
  });
  await store.close();
});

test('a seed says why it was corrected, and its revision says so', async (t) => {
  const folder = join(temporaryDirectory(t), 'seeds');
  cpSync(SEEDS_FOLDER, folder, { recursive: true });
  rmSync(join(folder, 'global-capital.json'));
  const file = join(folder, 'china-new-infrastructure.json');
  const corrected = readFileSync(file, 'utf8');
  writeFileSync(file, corrected.replaceAll(/^ *"(?:stance|reason)": .*\n/gm, ''));
  const directory = temporaryDirectory(t);
  await (await openLedger(directory, { now: () => FIRST, seedsFolder: folder })).store.close();
  writeFileSync(file, corrected);
  const { store } = await openLedger(directory, { now: () => LATER, seedsFolder: folder });
  await store.snapshot(async (read) => {
    const { id, revision, reason, stance } = records;
    const rows = await read.select({ id, revision, reason, stance }).from(records).orderBy(id, revision);
    const later = rows.filter((row) => row.revision > 1);
    t.strictSame(
      rows.filter((row) => row.stance !== 'projection'),
      later,
    );
    t.equal(later.length, 13);
    for (const row of later) t.match(row, { reason: /: a (?:plan|target)\.$/ }, row.id);
    t.ok(rows.every((row) => row.revision > 1 || row.reason === 'seed file'));
  });
  await store.close();
});

test('a ledger of before there were groups of regions and further measures gets them, and keeps its history', async (t) => {
  const folder = join(temporaryDirectory(t), 'seeds');
  cpSync(SEEDS_FOLDER, folder, { recursive: true });
  rmSync(join(folder, 'global-capital.json'));
  const edit = (name: string, change: (seeds: Seeds) => object) => {
    const file = join(folder, name);
    const seeds = JSON.parse(readFileSync(file, 'utf8')) as Seeds;
    writeFileSync(file, JSON.stringify({ ...seeds, ...change(seeds) }));
  };
  const countries = ({ regions }: Seeds) =>
    regions.filter(({ alpha3 }) => alpha3 !== undefined).map(({ members: _, ...country }) => country);
  edit('regions.json', (seeds) => ({ regions: countries(seeds) }));
  edit('vocabulary.json', (seeds) => ({
    regions: countries(seeds),
    measures: seeds.measures.filter(({ id }) => id !== 'capitalExpenditure'),
  }));
  const directory = temporaryDirectory(t);
  const { store: old } = await openLedger(directory, { now: () => FIRST, seedsFolder: folder });
  await old.close();
  const { store } = await openLedger(directory, { now: () => LATER });
  await store.snapshot(async (read) => {
    const held = async (table: typeof regions | typeof measures, id: string) =>
      (await read.select().from(table).where(eq(table.id, id)))[0];
    t.match(await held(regions, 'EU'), { alpha3: null, name: 'European Union', revision: 1 });
    t.ok(await held(measures, 'capitalExpenditure'));
    t.match(await held(regions, 'CN'), { revision: 2, members: /CN-GD/ });
    t.match(
      await held(regions, 'FR'),
      { revision: 1, members: '[]' },
      'what says nothing new is not written',
    );
    t.match(await listEntryRevisions(read, 'region', 'CN'), [
      { revision: 1, recordedAt: FIRST.toISOString() },
      { revision: 2, recordedAt: LATER.toISOString(), changes: [{ field: 'members' }] },
    ]);
    t.strictSame(await withRegionsIn(read, ['FR'], '2020-01-01'), ['FR']);
    t.ok((await withRegionsIn(read, ['EU'], '2020-01-01')).includes('GB'));
    const before = await catalogueAsOf(read, FIRST.toISOString());
    t.strictSame(await withRegionsIn(before, ['CN', 'EU'], '2020-01-01'), ['CN', 'EU']);
  });
  await store.close();
});

interface Seeds {
  readonly regions: readonly { readonly alpha3?: string; readonly members?: unknown }[];
  readonly measures: readonly { readonly id: string }[];
}

test('what entries are called is indexed in a ledger of before there were aliases', async (t) => {
  const directory = temporaryDirectory(t);
  const { store: old } = await openLedger(directory);
  const indexed = (store: typeof old) =>
    store.snapshot((read) =>
      read.select().from(catalogueNames).orderBy(catalogueNames.name, catalogueNames.entryId),
    );
  const before = await indexed(old);
  await old.write(async (transaction) => {
    await transaction.delete(catalogueNames);
    await transaction.delete(ledgerState).where(eq(ledgerState.key, 'catalogueNamesVersion'));
  });
  await old.close();
  const { store } = await openLedger(directory);
  t.ok(before.length > 0);
  t.same(await indexed(store), before);
  await store.close();
});

test('a ledger of before the catalogue had revisions is given them, with what was kept of the past', async (t) => {
  const directory = temporaryDirectory(t);
  const { store: old } = await openLedger(directory, { now: () => FIRST });
  const [first, later] = [FIRST.toISOString(), LATER.toISOString()];
  await old.write(async (transaction) => {
    await transaction.delete(entryRevisions);
    await transaction
      .update(ledgerState)
      .set({ value: '1' })
      .where(eq(ledgerState.key, 'catalogueNamesVersion'));
    await transaction.insert(factRevisions).values([
      {
        subject: 'sectorParent',
        id: '5g',
        revision: 1,
        value: 'null',
        recordedAt: first,
        supersededAt: later,
      },
      { subject: 'sectorParent', id: '5g', revision: 2, value: '"new-infrastructure"', recordedAt: later },
    ]);
  });
  await old.close();
  const { store } = await openLedger(directory, { now: () => LATER });
  await store.snapshot(async (read) => {
    const rows = await read.select().from(entryRevisions);
    for (const [type, table] of Object.entries(ENTRY_TABLES)) {
      const ids = (await read.select({ id: table.id }).from(table)).map(({ id }) => id);
      const current = rows.filter((row) => row.type === type && row.supersededAt === null);
      t.strictSame(current.map(({ id }) => id).sort(), ids.sort(), type);
    }
    const parents = [];
    for (const time of [first, later])
      parents.push((await sectorParents(await catalogueAsOf(read, time))).get('5g'));
    t.strictSame(parents, [null, 'new-infrastructure']);
    const [sector] = await read.select().from(sectors).where(eq(sectors.id, '5g'));
    t.equal(sector?.revision, 2);
    const [source] = await listEntryRevisions(read, 'source', 'china-banking-news-2020-05-25');
    t.match(source, { revision: 1, recordedAt: first, author: 'seed', supersededAt: null });
    t.equal((await read.select().from(factRevisions)).length, 0);
  });
  await store.close();
  const again = await openLedger(directory, { now: () => LATER });
  t.strictSame(again.seeded, []);
  await again.store.close();
});

test('the same seeds give the same dataset version', async (t) => {
  const [one, other] = [
    await openLedger(null, { now: () => FIRST }),
    await openLedger(null, { now: () => LATER }),
  ];
  t.equal(await one.store.version(), await other.store.version());
  await one.store.close();
  await other.store.close();
});
