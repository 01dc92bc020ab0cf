import { DomainError, unlessRefused } from '../../domain/errors.ts';
import { checkRealisedPeriod } from '../../domain/period/period.ts';
import type { AddFault } from '../../http/message/body-faults.ts';
import { and, eq, gt, inArray, isNull, like, ne, or, sql } from '../../store/query.ts';
import { ofKind } from '../../store/revisions.ts';
import type { Reader, Transaction } from '../../store/store.ts';
import { records, recordTexts } from '../../store/tables/schema.ts';
import type { EntryContent, NewestEntry, Publisher } from '../catalogue/entry-history.ts';
import type { EntryType } from '../catalogue/entry-tables.ts';
import type { Referring } from '../catalogue/repository.ts';
import type { EntryFollowers, WrittenEntry } from '../catalogue/writes.ts';
import type { FilterName } from './filters.ts';
import { FILTERS } from './filters.ts';
import { KINDS } from './kinds.ts';
import { contentOfRow, valuesOfRow } from './rows.ts';
import { SEARCHED_ENTRIES } from './search.ts';
import { appendRevisions, newestRevisions } from './writes.ts';
import { writeMadeOf } from './written.ts';

/*
 * What records do when the entries that they refer to are corrected. A document's date is what its records say as well:
 * where it changes, each gets a further revision, so that the record as it was known before keeps its own. Names change
 * without one: what is made of revisions with them, for answers and for the search, is made anew.
 */

const AT_ONCE = 500;

/** By which column records refer to entries whose names are shown or found with them, and the fields that these are in. */
const NAMED = {
  ...SEARCHED_ENTRIES,
  scope: [records.scopeId, ['name']],
} as const satisfies Partial<Record<EntryType, unknown>>;

/** Lets records follow corrections of the catalogue that were just written. */
async function followEntries(
  transaction: Transaction,
  written: readonly WrittenEntry[],
  publisher: Publisher,
): Promise<void> {
  for (const { type, content, newest } of written) {
    if (newest === undefined) continue;
    const isChanged = (field: string): boolean => content[field] !== newest.content[field];
    if (type === 'source' && isChanged('publishedOn')) await followDate(transaction, content, publisher);
    const [column, fields] = type in NAMED ? NAMED[type as keyof typeof NAMED] : [null, []];
    if (column !== null && fields.some(isChanged)) await remakeRecordsOf(transaction, column, content.id);
  }
}

async function followDate(
  transaction: Transaction,
  { id, publishedOn }: EntryContent,
  { author, reason }: Publisher,
): Promise<void> {
  const date = (publishedOn ?? null) as string | null;
  for (;;) {
    const others = date === null ? sql`is not null` : sql`<> ${date}`;
    const rows = await transaction
      .select({ id: records.id })
      .from(records)
      .where(
        and(
          eq(records.sourceId, id),
          isNull(records.supersededAt),
          or(sql`${records.publishedOn} ${others}`, date === null ? undefined : isNull(records.publishedOn)),
        ),
      )
      .orderBy(records.id)
      .limit(AT_ONCE);
    if (rows.length === 0) return;
    const newestOf = await newestRevisions(
      transaction,
      rows.map((row) => row.id),
    );
    await appendRevisions(
      transaction,
      [...newestOf.values()].map((newest) => ({
        newest,
        content: { ...newest.content, publishedOn: date },
        author,
        reason,
      })),
    );
  }
}

async function remakeRecordsOf(
  transaction: Transaction,
  column: (typeof NAMED)[keyof typeof NAMED][0],
  id: string,
): Promise<void> {
  for (let after = 0; ; ) {
    const rows = await transaction
      .select({ sequence: records.sequence })
      .from(records)
      .where(and(eq(column, id), gt(records.sequence, after), eq(records.deleted, 0)))
      .orderBy(records.sequence)
      .limit(AT_ONCE);
    const sequences = rows.map(({ sequence }) => sequence);
    if (sequences.length === 0) return;
    await transaction.delete(recordTexts).where(inArray(recordTexts.sequence, sequences));
    await writeMadeOf(transaction, sequences);
    after = sequences.at(-1) ?? after;
  }
}

/** An outcome is what had come by the day on which its document was published: a date before that is refused. */
async function checkDate(
  read: Reader,
  newest: NewestEntry,
  content: EntryContent,
  add: AddFault,
): Promise<void> {
  const { publishedOn } = content as { readonly publishedOn?: string | null };
  if (newest.type !== 'source' || publishedOn == null || publishedOn === newest.content.publishedOn) return;
  const rows = await read
    .select()
    .from(records)
    .where(
      and(
        eq(records.sourceId, newest.id),
        isNull(records.supersededAt),
        ofKind('outcome'),
        gt(records.periodEnd, publishedOn),
      ),
    )
    .orderBy(records.id)
    .limit(AT_ONCE);
  for (const row of rows) {
    const { id, period } = contentOfRow(valuesOfRow(row), []);
    if (!(unlessRefused(() => checkRealisedPeriod(period, publishedOn)) instanceof DomainError)) continue;
    const message = `lies before the end of what its outcome ${JSON.stringify(id)} reports, ${period.end}: correct that first`;
    add('publishedOn', 'inconsistentPeriod', message);
    return;
  }
}

/** Under which parameter the lists of each kind take an entry's id, and by which column records refer to it. */
const REFERRING = {
  organisation: 'organisation',
  source: 'source',
  sector: 'sector',
  region: 'region',
  measure: 'measure',
  scope: 'scope',
  collection: 'collection',
} as const satisfies Record<EntryType, FilterName>;

async function recordsReferringTo(read: Reader, type: EntryType, id: string): Promise<readonly Referring[]> {
  const name = REFERRING[type];
  const { column } = FILTERS[name].condition;
  const also = type === 'sector' ? like(records.beneficiarySectors, `%${JSON.stringify(id)}%`) : undefined;
  const referring: Referring[] = [];
  for (const { kind, path, organisation } of Object.values(KINDS)) {
    const parameter = name === 'organisation' ? organisation : name;
    for (const [where, list] of [
      [eq(column, id), `${path}?${parameter}=${id}${type === 'sector' ? '&sectorOnly=true' : ''}`],
      ...(also === undefined ? [] : [[and(also, ne(column, id)), path] as const]),
    ] as const)
      referring.push({
        count: await read.$count(records, and(ofKind(kind), isNull(records.supersededAt), where)),
        what: `${kind}s`,
        path: list,
      });
  }
  return referring;
}

export const ENTRY_FOLLOWERS: EntryFollowers = {
  check: checkDate,
  follow: followEntries,
  referring: recordsReferringTo,
};
