import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { StorageError } from './errors.ts';

interface Journal {
  readonly entries: readonly { readonly tag: string; readonly when: number }[];
}

/** A migration, as drizzle notes it in `__drizzle_migrations`. */
export interface Migration {
  /** SHA-256 of its script, hexadecimal. */
  readonly hash: string;
  readonly createdAt: number;
}

/** The folder of an engine's reviewed SQL and its journal. */
export function migrationsFolder(engine: 'sqlite' | 'postgres'): string {
  return fileURLToPath(new URL(`../../migrations/${engine}`, import.meta.url));
}

/**
 * The migrations that a database still lacks, in order, with their scripts.
 * @param applied the hashes of those that it has, in order
 * @throws StorageError `newerDatabase`, `changedMigration`
 */
export function pendingMigrations(
  folder: string,
  applied: readonly string[],
): readonly (Migration & { readonly script: string })[] {
  const journal = JSON.parse(readFileSync(join(folder, 'meta', '_journal.json'), 'utf8')) as Journal;
  const migrations = journal.entries.map(({ tag, when }) => {
    const script = readFileSync(join(folder, `${tag}.sql`), 'utf8');
    return { tag, script, hash: createHash('sha256').update(script).digest('hex'), createdAt: when };
  });
  for (const [position, hash] of applied.entries()) {
    const known = migrations[position];
    if (known === undefined)
      throw new StorageError(
        'newerDatabase',
        'The database was written by a newer version of Forecast Ledger.',
      );
    if (known.hash !== hash)
      throw new StorageError(
        'changedMigration',
        `Migration ${known.tag} differs from the one that was applied.`,
      );
  }
  return migrations.slice(applied.length);
}
