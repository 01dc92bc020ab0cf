import { impliedRatio } from '../../domain/money/ratio.ts';
import { and, asc, eq, or, sql } from '../../store/query.ts';
import { heldAt } from '../../store/revisions.ts';
import { isListed, preparedRows } from '../../store/sqlite/prepared.ts';
import type { Reader } from '../../store/sqlite/storage.ts';
import { recordRelations, records } from '../../store/tables/schema.ts';
import type { RecordRelation } from './record.ts';

const SEEN_FROM_THE_OTHER_SIDE = {
  drives: 'drivenBy',
  alsoStatedIn: 'alsoStatedIn',
  conflictsWith: 'conflictsWith',
} as const;

/**
 * The relations of each of the given records, stated by it or, from the other side, by revisions of others. Looked up by
 * place: the runtime keeps every text for good that it has looked up in a map, which of a million ids is 24 MB.
 */
export async function relationsOf(
  read: Reader,
  ids: readonly string[],
  asOf: string | null | undefined,
): Promise<readonly (readonly RecordRelation[])[]> {
  const found: RecordRelation[][] = ids.map(() => []);
  if (ids.length === 0) return found;
  const rows = (await preparedRows(read, `relations ${asOf != null}`, () => relationsQuery(read, asOf), {
    ids: JSON.stringify(ids),
    asOf,
  })) as [keyof typeof SEEN_FROM_THE_OTHER_SIDE, string, string][];
  if (rows.length === 0) return found;
  const values = await statedValues(
    read,
    [...new Set(rows.flatMap(([, record, target]) => [record, target]))],
    asOf,
  );
  const add = (id: string, relation: RecordRelation): void => {
    found[ids.indexOf(id)]?.push(relation);
  };
  for (const [kind, record, target] of rows) {
    const impliedMultiplier = kind === 'drives' ? multiplier(values.get(record), values.get(target)) : null;
    add(record, { kind, record: target, impliedMultiplier });
    add(target, { kind: SEEN_FROM_THE_OTHER_SIDE[kind], record, impliedMultiplier });
  }
  return found;
}

function relationsQuery(read: Reader, asOf: string | null | undefined) {
  const ids = sql.placeholder('ids');
  return read
    .select({
      kind: recordRelations.kind,
      recordId: recordRelations.recordId,
      targetId: recordRelations.targetId,
    })
    .from(recordRelations)
    .innerJoin(
      records,
      and(
        eq(records.id, recordRelations.recordId),
        eq(records.revision, recordRelations.revision),
        heldAt(asOf == null ? null : sql.placeholder('asOf')),
      ),
    )
    .where(or(isListed(recordRelations.recordId, ids), isListed(recordRelations.targetId, ids)))
    .orderBy(asc(recordRelations.kind), asc(recordRelations.recordId), asc(recordRelations.targetId));
}

interface StatedValue {
  readonly value: string | null;
  readonly qualifier: string;
  readonly currency: string;
}

async function statedValues(
  read: Reader,
  ids: readonly string[],
  asOf: string | null | undefined,
): Promise<ReadonlyMap<string, StatedValue>> {
  if (ids.length === 0) return new Map();
  const rows = (await preparedRows(
    read,
    `stated values ${asOf != null}`,
    () =>
      read
        .select({
          id: records.id,
          value: records.amountValue,
          qualifier: records.amountQualifier,
          currency: records.amountCurrency,
        })
        .from(records)
        .where(
          and(
            isListed(records.id, sql.placeholder('ids')),
            heldAt(asOf == null ? null : sql.placeholder('asOf')),
          ),
        ),
    { ids: JSON.stringify(ids), asOf },
  )) as [string, string | null, string, string][];
  return new Map(rows.map(([id, value, qualifier, currency]) => [id, { value, qualifier, currency }]));
}

/** Qualifiers whose value is the figure itself, not a bound of it. */
const POINT_QUALIFIERS: readonly string[] = ['exact', 'approximately'];

function multiplier(driving: StatedValue | undefined, driven: StatedValue | undefined): string | null {
  if (driving === undefined || driven === undefined || driving.currency !== driven.currency) return null;
  // The ratio of two bounds is neither a bound nor a figure.
  if (![driving, driven].every(({ qualifier }) => POINT_QUALIFIERS.includes(qualifier))) return null;
  return impliedRatio(driven.value, driving.value);
}
