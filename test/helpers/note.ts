import { newestRevisions } from '../../src/ledger/records/writes.ts';
import type { Store } from '../../src/store/store.ts';
import { writeRecords } from './records.ts';

/** A forecast of the seeds. */
export const HAITONG = 'haitong-2020-new-infrastructure-2020';

/** Revises that forecast: its note is the text from then on. */
export async function note({ store }: { readonly store: Store }, text: string): Promise<void> {
  const held = await store.snapshot(async (read) => (await newestRevisions(read, [HAITONG])).get(HAITONG));
  if (held === undefined) throw new Error('not seeded');
  await writeRecords(store, { ...held.content, relations: [], notes: text });
}
