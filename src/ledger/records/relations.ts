import { impliedRatio } from '../../domain/money/decimal.ts';
import { and, asc, eq, or, sql } from '../../store/query.ts';
import { heldAt } from '../../store/revisions.ts';
import type { Reader } from '../../store/store.ts';
import { recordRelations, records } from '../../store/tables/schema.ts';
import type { RecordContent, RecordRelation } from './record.ts';

const SEEN_FROM_THE_OTHER_SIDE = {
  drives: 'drivenBy',
  revises: 'revisedBy',
  alsoStatedIn: 'alsoStatedIn',
  conflictsWith: 'conflictsWith',
} as const;

/** The relation of a forecast to the earlier one that it takes the place of. */
export const REVISES = 'revises';

/** Relations that are shown on both records, though one of them states it. */
export const SYMMETRIC: ReadonlySet<string> = new Set(['alsoStatedIn', 'conflictsWith']);

/** A relation as the record states it that has it. */
type Statement = readonly [kind: keyof typeof SEEN_FROM_THE_OTHER_SIDE, record: string, target: string];

/** What current revisions state of some records, and these of others; or what they stated at a time. */
export async function statementsOf(
  read: Reader,
  ids: readonly string[],
  asOf?: string | null,
): Promise<readonly Statement[]> {
  if (ids.length === 0) return [];
  const rows = await read.rows(
    `relations ${asOf != null}`,
    () => {
      const { isListed } = read.dialect;
      const listed = sql.placeholder('ids');
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
        .where(or(isListed(recordRelations.recordId, listed), isListed(recordRelations.targetId, listed)))
        .orderBy(asc(recordRelations.kind), asc(recordRelations.recordId), asc(recordRelations.targetId));
    },
    { ids: JSON.stringify(ids), asOf },
  );
  return rows as unknown as readonly Statement[];
}

/**
 * The relations of each of the given records, whichever side states them. Looked up by place: the runtime keeps every
 * text for good that it has looked up in a map, which of a million ids is 24 MB.
 */
export async function relationsOf(
  read: Reader,
  ids: readonly string[],
  asOf: string | null | undefined,
): Promise<readonly RecordRelation[][]> {
  const found: RecordRelation[][] = ids.map(() => []);
  const statements = await statementsOf(read, ids, asOf);
  if (statements.length === 0) return found;
  const named = new Set(statements.flatMap(([, record, target]) => [record, target]));
  const values = await statedValues(read, [...named], asOf);
  const add = (id: string, relation: RecordRelation): void => {
    found[ids.indexOf(id)]?.push(relation);
  };
  for (const [kind, record, target] of statements) {
    const impliedMultiplier = kind === 'drives' ? multiplier(values.get(record), values.get(target)) : null;
    add(record, { kind, record: target, impliedMultiplier });
    add(target, { kind: SEEN_FROM_THE_OTHER_SIDE[kind], record, impliedMultiplier });
  }
  return found;
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
  const rows = (await read.rows(
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
            read.dialect.isListed(records.id, sql.placeholder('ids')),
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

/** Whether the current revision of a record states a relation to another one. */
export type States = (id: string, kind: string, target: string) => boolean;

export async function relationsStatedBy(read: Reader, ids: readonly string[]): Promise<States> {
  const stated = new Set((await statementsOf(read, ids)).map((statement) => statement.join(' ')));
  return (id, kind, target) => stated.has(`${kind} ${id} ${target}`);
}

/**
 * The relations that a record is to state itself, of those that are shown of it: what the other record already says is
 * not said twice.
 */
export function ownRelations(
  { id, relations }: Pick<RecordContent, 'id' | 'relations'>,
  states: States,
): RecordContent['relations'] {
  return relations.filter(({ kind, record }) => {
    if (kind === 'drivenBy' || kind === 'revisedBy') return false;
    return !SYMMETRIC.has(kind) || states(id, kind, record) || !states(record, kind, id);
  });
}
