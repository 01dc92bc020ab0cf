import { Problem, recordDeleted, recordNotFound } from '../../http/message/problem.ts';
import type { Reader } from '../../store/store.ts';
import type { RecordKind } from '../../store/tables/schema.ts';
import type { RecordFilters } from './filters.ts';
import type { LedgerRecord } from './record.ts';
import { findRecord, nearestRecordId, recordsUpTo, revisionsOf } from './repository.ts';

/*
 * Records that an answer cannot do without, or the problem that takes its place.
 */

export const MOST_COMPUTED = 5000;

/**
 * Every record of some filters, for computing with all of them.
 * @throws Problem `tooManyRecords`
 */
export async function recordsToCompute(
  { read }: { readonly read: Reader },
  kind: RecordKind,
  filters: RecordFilters,
): Promise<readonly LedgerRecord[]> {
  const found = await recordsUpTo(read, kind, filters, MOST_COMPUTED);
  if (found !== null) return found;
  throw new Problem(
    'tooManyRecords',
    `More than ${MOST_COMPUTED} records would have to be computed with. Narrow the filters.`,
  );
}

/**
 * The revision of a record that counts, or that counted at a time, of a document that had been published by a day.
 * @throws Problem 404 `recordNotFound`, `recordNotYetPublished`, 410 `recordDeleted`
 */
export async function requireRecord(
  { read }: { readonly read: Reader },
  kind: RecordKind,
  id: string,
  {
    knownAsOf,
    publishedAsOf,
  }: {
    readonly knownAsOf?: string | undefined;
    readonly publishedAsOf?: string | undefined;
  } = {},
): Promise<LedgerRecord> {
  const record = await findRecord(read, kind, id, knownAsOf);
  if (record === undefined) throw await whyThereIsNone(read, kind, id, knownAsOf);
  const { publishedOn } = record;
  if (publishedAsOf !== undefined && (publishedOn === null || publishedOn > publishedAsOf)) {
    const when =
      publishedOn === null ? 'its document has no known date' : `it was published on ${publishedOn}`;
    throw new Problem(
      'recordNotYetPublished',
      `The ${kind} ${JSON.stringify(id)} is not known to have been published by ${publishedAsOf}: ${when}.`,
    );
  }
  return record;
}

async function whyThereIsNone(
  read: Reader,
  kind: RecordKind,
  id: string,
  asOf: string | undefined,
): Promise<Problem> {
  const revisions = await revisionsOf(read, kind, id);
  const tombstone = revisions.find(
    ({ deleted, recordedAt }) => deleted !== 0 && (asOf === undefined || recordedAt <= asOf),
  );
  if (tombstone !== undefined) return recordDeleted(kind, tombstone);
  const [first] = revisions;
  // The code is what it was before there was such a record: an address with a past time answers alike for ever.
  if (asOf !== undefined && first !== undefined) {
    return new Problem(
      'recordNotFound',
      `At ${asOf} this ledger did not hold the ${kind} ${JSON.stringify(id)}: it was first recorded at ${first.recordedAt}.`,
    );
  }
  return recordNotFound(kind, id, await nearestRecordId(read, kind, id));
}
