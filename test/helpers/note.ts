import { findRecord } from '../../src/ledger/records/repository.ts';
import { newestRevision, writeRevision } from '../../src/ledger/records/sync-writes.ts';
import { advanceDatasetVersionNow } from '../../src/store/ledger-state.ts';
import type { Storage } from '../../src/store/sqlite/storage.ts';

/** A forecast of the seeds. */
export const HAITONG = 'haitong-2020-new-infrastructure-2020';

/** Revises that forecast: its note is the text from then on. */
export async function note(storage: Storage, text: string): Promise<void> {
  const record = await findRecord(storage.read, 'forecast', HAITONG);
  if (record === undefined) throw new Error('not seeded');
  storage.write.transaction(
    (write) => {
      writeRevision(
        storage,
        newestRevision(storage, HAITONG),
        { ...record, relations: [], notes: text },
        { author: 'ann', reason: 'test', recordedAt: new Date().toISOString() },
      );
      advanceDatasetVersionNow(write, text);
    },
    { behavior: 'immediate' },
  );
}
