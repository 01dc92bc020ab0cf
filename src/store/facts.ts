import { and, eq, gt, isNull, lte, or } from './query.ts';
import type { Writer } from './sqlite/storage.ts';
import type { Reader, Transaction } from './store.ts';
import { factRevisions } from './tables/schema.ts';

/** Facts of the vocabulary on which figures depend, so that a past moment is reckoned with those of then. */
export const FACT_SUBJECTS = ['sectorParent', 'sourceSchemes'] as const;
export type FactSubject = (typeof FACT_SUBJECTS)[number];

/** Records a fact where it differs from what was recorded last. */
export async function recordFact(
  transaction: Transaction,
  subject: FactSubject,
  id: string,
  value: unknown,
): Promise<void> {
  const { recordedAt } = transaction;
  const text = JSON.stringify(value);
  const present = and(
    eq(factRevisions.subject, subject),
    eq(factRevisions.id, id),
    isNull(factRevisions.supersededAt),
  );
  const [current] = await transaction.select().from(factRevisions).where(present);
  if (current?.value === text) return;
  if (current !== undefined)
    await transaction.update(factRevisions).set({ supersededAt: recordedAt }).where(present);
  const revision = (current?.revision ?? 0) + 1;
  await transaction.insert(factRevisions).values({ subject, id, revision, value: text, recordedAt });
}

/** As `recordFact`, inside a synchronous transaction; being replaced by it. */
export function recordFactNow(
  write: Writer,
  subject: FactSubject,
  id: string,
  value: unknown,
  recordedAt: string,
): void {
  const text = JSON.stringify(value);
  const [current] = write
    .select()
    .from(factRevisions)
    .where(
      and(eq(factRevisions.subject, subject), eq(factRevisions.id, id), isNull(factRevisions.supersededAt)),
    )
    .all();
  if (current?.value === text) return;
  if (current !== undefined) {
    write
      .update(factRevisions)
      .set({ supersededAt: recordedAt })
      .where(
        and(
          eq(factRevisions.subject, subject),
          eq(factRevisions.id, id),
          eq(factRevisions.revision, current.revision),
        ),
      )
      .run();
  }
  write
    .insert(factRevisions)
    .values({ subject, id, revision: (current?.revision ?? 0) + 1, value: text, recordedAt })
    .run();
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
