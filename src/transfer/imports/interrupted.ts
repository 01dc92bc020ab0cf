import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Store } from '../../store/store.ts';
import { failJob, importLock, unsettledJobs } from './job.ts';
import { importsDirectory } from './service.ts';
import { deleteStagedRows } from './stage.ts';

/**
 * Settles what a process that was killed left behind: its jobs are marked as failed, and what they had staged or
 * received is deleted. The jobs of processes that live are left alone.
 */
export async function settleInterruptedImports(store: Store, now: Date): Promise<void> {
  for (const { id, isUnfinished } of await store.snapshot(unsettledJobs)) {
    if (await store.isUnderWay(importLock(id))) continue;
    const message = 'The process ended before the import did; nothing was published. Send the file again.';
    if (isUnfinished) await failJob(store, id, { code: 'interrupted', message }, now);
    await deleteStagedRows(store, id);
  }
  const directory = importsDirectory(store);
  if (!existsSync(directory)) return;
  for (const name of readdirSync(directory)) {
    if (await store.isUnderWay(importLock(name.replace(/\..*$/, '')))) continue;
    rmSync(join(directory, name), { force: true });
  }
}
