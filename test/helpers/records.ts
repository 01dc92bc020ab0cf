import type { RecordContent } from '../../src/ledger/records/record.ts';
import { appendRevisions, newestRevisions } from '../../src/ledger/records/writes.ts';
import { advanceDatasetVersion } from '../../src/store/ledger-state.ts';
import type { Store, Transaction } from '../../src/store/store.ts';

/** Writes a revision of each record, its first or a further one, in one transaction. */
export async function writeRecords(store: Store, ...contents: readonly RecordContent[]): Promise<void> {
  await store.write(async (transaction) => {
    await appendRecords(transaction, contents);
    await advanceDatasetVersion(transaction, contents.map(({ id }) => id).join());
  });
}

/** Writes a revision of each record, its first or a further one; or, of the deleted ones, a tombstone. */
export async function appendRecords(
  transaction: Transaction,
  contents: readonly RecordContent[],
  deletedIds: readonly string[] = [],
): Promise<void> {
  const by = { author: 'writer', reason: 'test' };
  const newest = await newestRevisions(transaction, [...contents.map(({ id }) => id), ...deletedIds]);
  const deleted = deletedIds.map((id) => {
    const held = newest.get(id);
    if (held === undefined) throw new Error(`there is no ${id}`);
    return { newest: held, content: held.content, deleted: true, ...by };
  });
  const written = contents.map((content) => ({ newest: newest.get(content.id), content, ...by }));
  await appendRevisions(transaction, [...written, ...deleted]);
}
