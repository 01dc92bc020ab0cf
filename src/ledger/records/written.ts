import { JsonText } from '../../http/message/json-text.ts';
import { nextTurn } from '../../http/turns.ts';
import type { FoundRevision } from '../../store/full-text.ts';
import { readLedgerState, setLedgerState } from '../../store/ledger-state.ts';
import { and, asc, eq, gt, sql } from '../../store/query.ts';
import type { Reader, Store, Transaction } from '../../store/store.ts';
import type { RecordKind } from '../../store/tables/schema.ts';
import { recordJson, records } from '../../store/tables/schema.ts';
import { momentOfReader } from '../catalogue/past.ts';
import { KINDS } from './kinds.ts';
import type { LedgerRecord, RecordRelation } from './record.ts';
import { relationsOf } from './relations.ts';
import type { RowValues } from './rows.ts';
import { recordOfRow, rowsOfSequences, valueIn } from './rows.ts';
import { indexRevisions } from './search.ts';

/*
 * A revision's JSON is written once, with the revision: what `toWire` of its kind gives, without relations, which depend on
 * other records. Answers join these texts; relations, where there are some, and what a query asks for (`converted`,
 * `highlights`) are put in. The names of what it refers to are in it: where one changes, the texts that have it are
 * written anew, as what a search finds is.
 */

/** The version of the form. To be counted up with any change of what `toWire` gives: texts of before are then written anew. */
export const JSON_FORM = 1;

/** A revision as answers show it. */
export class ShownRecord extends JsonText {
  readonly kind: RecordKind;
  readonly found: FoundRevision;
  readonly #written: string;
  readonly #relations: RecordRelation[];

  /** @param written without its relations */
  constructor(kind: RecordKind, found: FoundRevision, written: string, relations: RecordRelation[]) {
    super(withRelations(kind, written, relations));
    this.kind = kind;
    this.found = found;
    this.#written = written;
    this.#relations = relations;
  }

  /** What it says, to compute with. It is shown as this, whatever is computed of it. */
  get record(): LedgerRecord & Shown {
    const record = KINDS[this.kind].ofShown(JSON.parse(this.#written) as never, this.#relations);
    return Object.assign(record, { [SHOWN]: this });
  }
}

/** JSON and comparisons leave symbols out, copies keep them. */
const SHOWN = Symbol('shown');
export type Shown = { readonly [SHOWN]: ShownRecord };

/** As what a record is shown that was computed with. */
export function shownOf(record: ShownRecord | Shown): ShownRecord {
  return record instanceof ShownRecord ? record : record[SHOWN];
}

/** No text in a record can be taken for this: there a backslash stands before each quotation mark. */
function relationsText(kind: RecordKind, relations: readonly RecordRelation[]): string {
  return JSON.stringify(KINDS[kind].relationsShown(relations)).slice(1, -1);
}

function withRelations(kind: RecordKind, written: string, relations: readonly RecordRelation[]): string {
  if (relations.length === 0) return written;
  const none = relationsText(kind, []);
  const at = written.indexOf(none);
  return `${written.slice(0, at)}${relationsText(kind, relations)}${written.slice(at + none.length)}`;
}

/** What of a revision is written, and the id of its record. */
type Written = readonly [sequence: number, id: string, json: string];

function writtenOf(values: RowValues): Written {
  const record = recordOfRow(values, []);
  const json = JSON.stringify(KINDS[record.kind].toWire(record));
  return [valueIn(values, 'sequence'), record.id, json];
}

/**
 * The records of some revisions of a kind, none of them a tombstone, in their order, with the relations that count now or
 * counted at a time.
 */
export async function shownRecords(
  read: Reader,
  kind: RecordKind,
  found: readonly FoundRevision[],
  asOf: string | null | undefined,
): Promise<readonly ShownRecord[]> {
  const { sequence, recordId, json, form } = recordJson;
  // The texts have the names of now.
  const isPast = momentOfReader(read) !== undefined;
  const rows = (await read.rows(
    'json of revisions',
    () =>
      read
        .select({ sequence, recordId, json })
        .from(recordJson)
        .where(and(read.dialect.isListed(sequence, sql.placeholder('sequences')), eq(form, JSON_FORM))),
    { sequences: JSON.stringify(isPast ? [] : found.map((revision) => revision.sequence)) },
  )) as unknown as readonly Written[];
  const written = new Map(rows.map((row) => [row[0], row]));
  const missing = found.flatMap((revision) => (written.has(revision.sequence) ? [] : [revision.sequence]));
  for (const values of await rowsOfSequences(read, missing)) {
    const row = writtenOf(values);
    written.set(row[0], row);
  }
  const inOrder = found.flatMap((revision) => {
    const row = written.get(revision.sequence);
    return row === undefined ? [] : [{ revision, id: row[1], text: row[2] }];
  });
  const relations = await relationsOf(
    read,
    inOrder.map(({ id }) => id),
    asOf,
  );
  return inOrder.map(
    ({ revision, text }, place) => new ShownRecord(kind, revision, text, relations[place] ?? []),
  );
}

/**
 * Writes what is made of revisions, anew where it was there: their JSON, and the words that a search finds. To be called
 * where they are appended, and where a name that they show has changed. None is a tombstone.
 */
export async function writeMadeOf(transaction: Transaction, sequences: readonly number[]): Promise<void> {
  await writeJson(transaction, sequences);
  await indexRevisions(transaction, sequences);
}

async function writeJson(transaction: Transaction, sequences: readonly number[]): Promise<void> {
  const listed = transaction.dialect.isListed(recordJson.sequence, JSON.stringify(sequences));
  await transaction.delete(recordJson).where(listed);
  const rows = (await rowsOfSequences(transaction, sequences)).map(writtenOf);
  await transaction.insertRows(
    recordJson,
    rows.map(([sequence, recordId, json]) => ({ sequence, recordId, form: JSON_FORM, json })),
  );
}

/** So many are written in a few milliseconds, which is how long other writes may be kept waiting. */
const WRITTEN_AT_ONCE = 100;
const STATE = 'jsonForm';

/**
 * Writes the JSON of each revision that has none in this version's form, some at a time, with the ledger in service: answers
 * are the same before and after. One process does it; what another one has begun, or what is cut short, the next start ends.
 */
export async function writeMissingJson(store: Store, signal: AbortSignal): Promise<void> {
  const form = String(JSON_FORM);
  if ((await store.snapshot((read) => readLedgerState(read, STATE))) === form) return;
  await store.exclusive(STATE, async () => {
    for (let after: number | undefined = 0; after !== undefined && !signal.aborted; await nextTurn()) {
      const next = await store.snapshot((read) => revisionsAfter(read, after ?? 0));
      const missing = next.filter((row) => row.form !== JSON_FORM).map(({ sequence }) => sequence);
      const isLast = next.length < WRITTEN_AT_ONCE;
      if (missing.length > 0 || isLast)
        await store.write(
          async (transaction) => {
            await writeJson(transaction, missing);
            if (isLast) await setLedgerState(transaction, STATE, form);
          },
          { durable: false },
        );
      after = isLast ? undefined : next.at(-1)?.sequence;
    }
  });
}

function revisionsAfter(read: Reader, after: number) {
  return read
    .select({ sequence: records.sequence, form: recordJson.form })
    .from(records)
    .leftJoin(recordJson, eq(recordJson.sequence, records.sequence))
    .where(and(gt(records.sequence, after), eq(records.deleted, 0)))
    .orderBy(asc(records.sequence))
    .limit(WRITTEN_AT_ONCE);
}
