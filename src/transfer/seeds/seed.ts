import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { advanceDatasetVersion } from '../../store/ledger-state.ts';
import { excluded, getTableColumns } from '../../store/query.ts';
import type { Store, Transaction } from '../../store/store.ts';
import { seedFiles } from '../../store/tables/schema.ts';

interface SeedText {
  readonly name: string;
  readonly text: string;
  readonly sha256: string;
}

/**
 * Brings what the seed files say into the ledger, in one transaction, where any file is new or has changed. A record
 * that changed becomes a new revision; one that somebody else has revised since is left as it is; one that is no longer
 * in the files stays. The caller holds the ledger's lock.
 * @returns the names of the files that were new or had changed
 * @throws StorageError `invalidSeed` naming file, record, field and reason; the ledger is left as it was
 */
export async function seedLedger(store: Store, folder: string): Promise<readonly string[]> {
  const texts = readSeedTexts(folder);
  const rows = await store.snapshot((read) => read.select().from(seedFiles));
  const applied = new Map(rows.map(({ name, sha256 }) => [name, sha256]));
  const changed = texts.filter(({ name, sha256 }) => applied.get(name) !== sha256);
  if (changed.length > 0) await store.write((transaction) => applySeeds(transaction, texts));
  return changed.map(({ name }) => name);
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

async function applySeeds(transaction: Transaction, texts: readonly SeedText[]): Promise<void> {
  // Only a start that has something to seed needs the schemas.
  const { CurrencySeedFile, RateSeedFile } = await import('../../ledger/rates/seed-file.ts');
  const { parseSeedText } = await import('../../ledger/seed-file.ts');
  const { writeCurrencies, writeRateSeeds } = await import('../../ledger/rates/writes.ts');
  const { importSeeds } = await import('./seed-import.ts');
  const { currencies = [], rates = [], records = [] } = Object.groupBy(texts, kindOf);
  for (const { name, text } of currencies)
    await writeCurrencies(transaction, parseSeedText(CurrencySeedFile, name, text));
  for (const { name, text } of rates)
    await writeRateSeeds(transaction, parseSeedText(RateSeedFile, name, text));
  await importSeeds(transaction, new Map(records.map(({ name, text }) => [name, text])));
  const rows = texts.map(({ name, sha256 }) => ({ name, sha256, appliedAt: transaction.recordedAt }));
  await transaction
    .insert(seedFiles)
    .values(rows)
    .onConflictDoUpdate({ target: seedFiles.name, set: excluded(getTableColumns(seedFiles)) });
  await advanceDatasetVersion(transaction, texts.map(({ name, sha256 }) => `${name} ${sha256}`).join('\n'));
}

/** What a seed file holds, by its name; all but those of currencies and rates hold records and the catalogue. */
function kindOf({ name }: SeedText): 'currencies' | 'rates' | 'records' {
  if (name === 'currencies.json') return 'currencies';
  return name.startsWith('rates-') ? 'rates' : 'records';
}
