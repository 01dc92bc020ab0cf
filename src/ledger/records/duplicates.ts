import { isSameClaim } from '../../domain/analysis/same-claim.ts';
import type { RequestFault } from '../../http/message/problem.ts';
import { Problem } from '../../http/message/problem.ts';
import { and, asc, isNull, sql } from '../../store/query.ts';
import type { Reader } from '../../store/store.ts';
import { claimLookup, records } from '../../store/tables/schema.ts';
import type { RecordContent } from './record.ts';
import { relationsStatedBy } from './relations.ts';
import { contentOfRow } from './rows.ts';
import type { NewestRevision } from './writes.ts';

/*
 * The same claim twice: what a document says at one place, recorded under two ids.
 */

/** The relation between two records of one claim. */
const SAME = 'alsoStatedIn';

/** As `claimLookup` has it of a row. */
function claimLookupOf({ source, sector, amount }: RecordContent): string {
  return `${source} ${sector} ${amount.value ?? amount.low ?? amount.high ?? ''}`;
}

/** Whether a record would state another claim than it does, or is new. */
export function isNewClaim(content: RecordContent, newest: NewestRevision | undefined): boolean {
  return newest === undefined || newest.deleted || !isSameClaim(newest.content, content);
}

/** Whether a record states that another one has the same claim. */
export function statesSameClaim({ relations }: Pick<RecordContent, 'relations'>, id: string): boolean {
  return relations.some(({ kind, record }) => kind === SAME && record === id);
}

/**
 * The record that was the first to state the claim of each of some records, by their ids: the ledger's, then those
 * before it in the list. Nothing of a record that nobody else states, nor of one that is related to that already.
 */
export async function firstOfClaims(
  read: Reader,
  contents: readonly RecordContent[],
): Promise<ReadonlyMap<string, string>> {
  const first = new Map<string, string>();
  if (contents.length === 0) return first;
  const rows = await read.rows(
    'records of claims',
    () =>
      read
        .select()
        .from(records)
        .where(
          and(
            read.dialect.isListed(claimLookup(records), sql.placeholder('claims')),
            isNull(records.supersededAt),
          ),
        )
        .orderBy(asc(records.sequence)),
    { claims: JSON.stringify([...new Set(contents.map(claimLookupOf))]) },
  );
  const known = Map.groupBy(
    rows.map((values) => contentOfRow(values, [])),
    claimLookupOf,
  );
  const repeated: { readonly content: RecordContent; readonly others: readonly RecordContent[] }[] = [];
  const coming = new Map<string, RecordContent[]>();
  for (const content of contents) {
    const key = claimLookupOf(content);
    const before = coming.get(key) ?? [];
    const others = [...(known.get(key) ?? []), ...before].filter(
      (other) => other.id !== content.id && isSameClaim(other, content),
    );
    if (others.length > 0) repeated.push({ content, others });
    coming.set(key, [...before, content]);
  }
  if (repeated.length === 0) return first;
  const states = await relationsStatedBy(read, [
    ...new Set(repeated.flatMap(({ others }) => others.map(({ id }) => id))),
  ]);
  for (const { content, others } of repeated) {
    const { id } = content;
    const isRelated = others.some(
      (other) =>
        statesSameClaim(content, other.id) || statesSameClaim(other, id) || states(other.id, SAME, id),
    );
    if (!isRelated && others[0] !== undefined) first.set(id, others[0].id);
  }
  return first;
}

/** A record that states its claim as another one does, with the relation to that. */
export function withSameClaim(content: RecordContent, first: string | undefined): RecordContent {
  if (first === undefined) return content;
  return { ...content, relations: [...content.relations, { kind: SAME, record: first }] };
}

export const DUPLICATE_CLAIM = 'duplicateClaim';

/** What is wrong with a record whose claim another one states. */
export function duplicateMessage(first: string): string {
  return `is another id for the claim of ${JSON.stringify(first)}, which has the same figure of the same subject at the same place of the same document; correct that one, or say allowDuplicate=true to record it again with the relation \`${SAME}\``;
}

/** 409 for a claim that another record states already. */
export function claimTaken(first: string): Problem {
  const fault: RequestFault = {
    in: 'body',
    name: 'id',
    code: DUPLICATE_CLAIM,
    message: duplicateMessage(first),
    suggestion: first,
  };
  return new Problem(DUPLICATE_CLAIM, `The record ${JSON.stringify(first)} states this claim already.`, {
    faults: [fault],
  });
}
