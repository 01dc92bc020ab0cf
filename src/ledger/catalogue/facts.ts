import { and, eq, gt, inArray, isNull, lte, or } from '../../store/query.ts';
import type { Reader, Transaction } from '../../store/store.ts';
import { factRevisions } from '../../store/tables/schema.ts';

/** Parts of the catalogue on which figures depend: kept with their history, so that a past moment is computed with them. */
export const FACT_SUBJECTS = ['sectorParent', 'sourceSchemes'] as const;
export type FactSubject = (typeof FACT_SUBJECTS)[number];

/** Records facts of a subject, by id, where they differ from what was recorded last. */
export async function recordFacts(
  transaction: Transaction,
  subject: FactSubject,
  facts: ReadonlyMap<string, unknown>,
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
    .where(present([...facts.keys()]));
  const current = new Map(held.map((row) => [row.id, row]));
  const changed = [...facts].flatMap(([id, fact]) => {
    const value = JSON.stringify(fact);
    const before = current.get(id);
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

/** The facts of a subject that counted at a time, by id. */
export async function factsAt<Value>(
  read: Reader,
  subject: FactSubject,
  asOf: string,
): Promise<ReadonlyMap<string, Value>> {
  const rows = await read
    .select({ id: factRevisions.id, value: factRevisions.value })
    .from(factRevisions)
    .where(
      and(
        eq(factRevisions.subject, subject),
        lte(factRevisions.recordedAt, asOf),
        or(isNull(factRevisions.supersededAt), gt(factRevisions.supersededAt, asOf)),
      ),
    );
  return new Map(rows.map(({ id, value }) => [id, JSON.parse(value) as Value]));
}
