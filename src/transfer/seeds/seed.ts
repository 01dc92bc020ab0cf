import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SQLiteColumn, SQLiteTable } from 'drizzle-orm/sqlite-core';
import { recordFactNow } from '../../ledger/catalogue/facts.ts';
import type { CurrencySeedFile, RateSeedFile } from '../../ledger/rates/seed-file.ts';
import { writeCurrencies, writeRateSeeds } from '../../ledger/rates/writes.ts';
import { writeSeedRecord } from '../../ledger/records/sync-writes.ts';
import { SEED_AUTHOR } from '../../ledger/seed-file.ts';
import { advanceDatasetVersionNow } from '../../store/ledger-state.ts';
import { eq, sql } from '../../store/query.ts';
import { indexAllRecords, markIndexed } from '../../store/sqlite/full-text.ts';
import type { Storage, Writer } from '../../store/sqlite/storage.ts';
import {
  collections,
  measures,
  organisations,
  regions,
  scopes,
  sectorDefinitions,
  sectors,
  seedFiles,
  sources,
} from '../../store/tables/schema.ts';
import type { Seeds } from './seed-file.ts';

interface SeedText {
  readonly name: string;
  readonly text: string;
  readonly sha256: string;
}

/**
 * Brings the seed files' records into the ledger, in one transaction, where any file is new or has changed. A record
 * that changed becomes a new revision; one that somebody else has revised since is left as it is; one that is no longer
 * in the files stays. Returns the names of the files that were new or had changed. The caller holds the ledger's lock.
 * @throws StorageError `invalidSeed` naming file, record, field and reason; the ledger is left as it was
 */
export async function seedStorage(storage: Storage, folder: string): Promise<readonly string[]> {
  const texts = readSeedTexts(folder);
  const applied = new Map(
    storage.write
      .select()
      .from(seedFiles)
      .all()
      .map((row) => [row.name, row.sha256]),
  );
  const changed = texts.filter(({ name, sha256 }) => applied.get(name) !== sha256);
  if (changed.length === 0) return [];
  // Only a start that has something to seed needs the schemas.
  const { combineSeeds, parseSeedFile } = await import('./seed-file.ts');
  const { parseCurrencySeedFile, parseRateSeedFile } = await import('../../ledger/rates/seed-file.ts');
  const parse = <File>(kind: SeedKind, parseText: (name: string, text: string) => File): readonly File[] =>
    texts.filter(({ name }) => kindOf(name) === kind).map(({ name, text }) => parseText(name, text));
  const collections = texts.filter(({ name }) => kindOf(name) === 'records');
  await applySeeds(storage, texts, {
    records: combineSeeds(new Map(collections.map(({ name, text }) => [name, parseSeedFile(name, text)]))),
    currencies: parse('currencies', parseCurrencySeedFile),
    rates: parse('rates', parseRateSeedFile),
  });
  return changed.map(({ name }) => name);
}

type SeedKind = 'currencies' | 'rates' | 'records';

/** What a seed file holds, by its name: `currencies.json`, `rates-*.json`; all others hold records and vocabulary. */
function kindOf(name: string): SeedKind {
  if (name === 'currencies.json') return 'currencies';
  return name.startsWith('rates-') ? 'rates' : 'records';
}

function readSeedTexts(folder: string): readonly SeedText[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => {
      const text = readFileSync(join(folder, name), 'utf8');
      return { name, text, sha256: createHash('sha256').update(text).digest('hex') };
    });
}

interface ParsedSeeds {
  readonly records: Seeds;
  readonly currencies: readonly CurrencySeedFile[];
  readonly rates: readonly RateSeedFile[];
}

async function applySeeds(storage: Storage, texts: readonly SeedText[], seeds: ParsedSeeds): Promise<void> {
  const { store, write } = storage;
  await store.write(async (transaction) => {
    const { recordedAt } = transaction;
    for (const file of seeds.currencies) await writeCurrencies(transaction, file);
    for (const file of seeds.rates) await writeRateSeeds(transaction, file);
    writeVocabulary(write, seeds.records, recordedAt);
    indexAllRecords(storage);
    for (const record of seeds.records.records) {
      writeSeedRecord(storage, record, { author: SEED_AUTHOR, reason: 'seed file', recordedAt });
    }
    for (const { name, sha256 } of texts)
      upsert(write, seedFiles, seedFiles.name, { name, sha256, appliedAt: recordedAt });
    advanceDatasetVersionNow(write, texts.map(({ name, sha256 }) => `${name} ${sha256}`).join('\n'));
    markIndexed(write);
  });
}

/** Facts that records refer to. They have no revisions: of those that no one else has added, the seed files' present wording counts. */
function writeVocabulary(write: Writer, seeds: Seeds, recordedAt: string): void {
  for (const region of seeds.regions) upsert(write, regions, regions.id, region);
  const first = { recordedAt, author: SEED_AUTHOR };
  for (const organisation of seeds.organisations) upsertOwn(write, organisations, organisation, first);
  for (const measure of seeds.measures) upsert(write, measures, measures.id, measure);
  for (const scope of seeds.scopes) upsert(write, scopes, scopes.id, scope);
  for (const source of seeds.sources) {
    recordFactNow(write, 'sourceSchemes', source.id, source.schemes, recordedAt);
    const row = {
      ...source,
      supplied: JSON.stringify(source.supplied),
      schemes: JSON.stringify(source.schemes),
    };
    upsertOwn(write, sources, row, first);
  }
  for (const collection of seeds.collections) upsertOwn(write, collections, collection, first);
  // First all sectors, then who is whose parent: a file may name a child before its parent.
  for (const { id, name, nameChinese } of seeds.sectors)
    upsert(write, sectors, sectors.id, { id, name, nameChinese });
  for (const { id, parent, definitions } of seeds.sectors) {
    recordFactNow(write, 'sectorParent', id, parent, recordedAt);
    write.update(sectors).set({ parentId: parent }).where(eq(sectors.id, id)).run();
    write.delete(sectorDefinitions).where(eq(sectorDefinitions.sectorId, id)).run();
    for (const [position, { text, definedBy, source }] of definitions.entries()) {
      write
        .insert(sectorDefinitions)
        .values({ sectorId: id, position, text, definedBy, sourceId: source })
        .run();
    }
  }
}

/** Writes a row of the catalogue, new or in the present wording. */
function upsert<Table extends SQLiteTable>(
  write: Writer,
  table: Table,
  key: SQLiteColumn,
  row: Table['$inferInsert'],
): void {
  write.insert(table).values(row).onConflictDoUpdate({ target: key, set: row }).run();
}

/**
 * Writes a row that others may have added too: theirs stays as they wrote it.
 * @param first what the row has beside, if it is new
 */
function upsertOwn<Table extends SQLiteTable & { readonly id: SQLiteColumn; readonly author: SQLiteColumn }>(
  write: Writer,
  table: Table,
  row: Partial<Table['$inferInsert']>,
  first: Partial<Table['$inferInsert']>,
): void {
  write
    .insert(table)
    .values({ ...row, ...first } as Table['$inferInsert'])
    .onConflictDoUpdate({
      target: table.id,
      set: row as Table['$inferInsert'],
      setWhere: sql`${table.author} is null or ${table.author} = ${SEED_AUTHOR}`,
    })
    .run();
}
