import { and, eq, inArray, isNull } from '../../store/query.ts';
import { heldAt } from '../../store/revisions.ts';
import type { Reader, Transaction } from '../../store/store.ts';
import { factRevisions } from '../../store/tables/schema.ts';

/** Values of catalogue entries on which figures depend: their history is kept, so that a past moment is computed with them. */
export const HISTORY_SUBJECTS = ['sectorParent', 'sourceSchemes'] as const;
type HistorySubject = (typeof HISTORY_SUBJECTS)[number];

/** Adds the values of entries, by id, to their history, where they differ from what was recorded last. */
export async function recordHistory(
  transaction: Transaction,
  subject: HistorySubject,
  values: ReadonlyMap<string, unknown>,
): Promise<void> {
  const { recordedAt } = transaction;
  const present = (ids: readonly string[]) =>
    and(
      eq(factRevisions.subject, subject),
      inArray(factRevisions.id, ids),
      isNull(factRevisions.supersededAt),
    );
  const held = await transaction
    .select()
    .from(factRevisions)
    .where(present([...values.keys()]));
  const newest = new Map(held.map((row) => [row.id, row]));
  const changed = [...values].flatMap(([id, current]) => {
    const value = JSON.stringify(current);
    const before = newest.get(id);
    if (before?.value === value) return [];
    return [{ subject, id, revision: (before?.revision ?? 0) + 1, value, recordedAt }];
  });
  if (changed.length === 0) return;
  await transaction
    .update(factRevisions)
    .set({ supersededAt: recordedAt })
    .where(present(changed.map(({ id }) => id)));
  await transaction.insert(factRevisions).values(changed);
}

/** The values that counted at a time, by the entry's id. */
export async function historyAt<Value>(
  read: Reader,
  subject: HistorySubject,
  asOf: string,
): Promise<ReadonlyMap<string, Value>> {
  const rows = await read
    .select({ id: factRevisions.id, value: factRevisions.value })
    .from(factRevisions)
    .where(and(eq(factRevisions.subject, subject), heldAt(asOf, factRevisions)));
  return new Map(rows.map(({ id, value }) => [id, JSON.parse(value) as Value]));
}
