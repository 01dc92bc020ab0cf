import { createHash } from 'node:crypto';
import {
  constants,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
} from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { LOG_LIMITS } from '../../src/store/sqlite/checkpoints.ts';
import { ledgerFileOf } from '../../src/store/sqlite/files.ts';
import { SqliteStore } from '../../src/store/sqlite/store.ts';
import type { Store } from '../../src/store/store.ts';
import { openLedger } from '../../src/transfer/open-ledger.ts';
import { ROOT } from './process.ts';

/*
 * Migrating and seeding a ledger takes longer than most tests do. So it is done once for all test files that are run with
 * the same code, and each gets a copy.
 */

/** When the seeds of a copied ledger were recorded. */
export const RECORDED_AT = new Date('2026-01-02T03:04:05.678Z');

/** All that decides what is in a seeded ledger. */
const ORIGINS = ['src', 'migrations', 'seeds', 'package.json', 'package-lock.json', 'test/helpers/seeded.ts'];
const KEPT_UNUSED_MS = 3_600_000;

function digestOfOrigins(): string {
  const digest = createHash('sha256').update(process.version);
  const add = (path: string): void => {
    if (statSync(join(ROOT, path)).isDirectory())
      for (const name of readdirSync(join(ROOT, path)).sort()) add(join(path, name));
    else {
      const content = readFileSync(join(ROOT, path));
      digest.update(`${path} ${content.length}\n`).update(content);
    }
  };
  for (const path of ORIGINS) add(path);
  return digest.digest('hex');
}

let seededFile: string | undefined;

/** Where the ledger that this code seeds is copied from. Other code has another one. */
function seededFileOf(): string {
  const folder = join(tmpdir(), `forecast-ledger-seeded-${userInfo().uid}`);
  seededFile ??= join(folder, digestOfOrigins());
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return seededFile;
}

/** Seeds the ledger that others are copied from. Processes that do so at once each make a whole one. */
async function makeSeeded(file: string): Promise<void> {
  const directory = mkdtempSync(`${file}-`);
  try {
    const { store } = await openLedger(directory, { now: () => RECORDED_AT });
    await store.close();
    renameSync(ledgerFileOf(directory), file);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
  removeUnused(dirname(file));
}

function removeUnused(folder: string): void {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    const usedAt = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Number.POSITIVE_INFINITY;
    if (Date.now() - usedAt > KEPT_UNUSED_MS) rmSync(path, { recursive: true, force: true });
  }
}

/** @returns false where there is nothing to copy */
function copySeeded(from: string, to: string): boolean {
  try {
    copyFileSync(from, to, constants.COPYFILE_FICLONE);
    utimesSync(from, new Date(), new Date());
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

/** Opens a migrated, seeded ledger that nobody else has; it is removed when it is closed. */
export async function openSeeded(now: () => Date): Promise<Store> {
  const from = seededFileOf();
  const directory = mkdtempSync(join(tmpdir(), 'forecast-ledger-'));
  const onClosed = (): void => rmSync(directory, { recursive: true, force: true });
  const file = ledgerFileOf(directory);
  while (!copySeeded(from, file)) await makeSeeded(from);
  return new SqliteStore(file, { now, onClosed, durable: false, logLimits: LOG_LIMITS });
}
