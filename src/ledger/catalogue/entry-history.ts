import { isDeepStrictEqual } from 'node:util';
import { newestSequence } from '../../store/ledger-state.ts';
import { and, asc, eq, isNull } from '../../store/query.ts';
import type { Reader, Transaction } from '../../store/store.ts';
import { entryRevisions } from '../../store/tables/schema.ts';
import type { Revision } from '../revision-lists.ts';
import { differences } from '../revision-lists.ts';
import type { Entry } from './entries.ts';
import type { EntryType } from './entry-tables.ts';

/*
 * Every revision of every entry of the catalogue, as records have them.
 */

/** What a revision of an entry says: all but a document's text, which its fingerprint stands for. */
export type EntryContent = Readonly<Record<string, unknown>> & {
  readonly id: string;
  readonly aliases: readonly string[];
};

/** The newest revision of an entry: of a deleted one, its tombstone, with what was deleted. */
export interface NewestEntry {
  readonly type: EntryType;
  readonly id: string;
  readonly revision: number;
  readonly deleted: boolean;
  /** ISO 8601 time in UTC with milliseconds. */
  readonly recordedAt: string;
  readonly author: string;
  readonly reason: string;
  readonly content: EntryContent;
}

/** Who writes, and why. */
export interface Publisher {
  readonly author: string;
  readonly reason: string;
}

/** Names an entry among all others. */
export function entryKey({
  type,
  row,
}: Pick<Entry, 'type'> & { readonly row: { readonly id: string } }): string {
  return `${type} ${row.id}`;
}

/**
 * What is recorded of an entry. Where it does not say what it is called besides, or what is in a region, what the ledger has of
 * that stays.
 */
export function contentOf({ type, row }: Entry, newest: NewestEntry | undefined): EntryContent {
  const { text: _, aliases = newest?.content.aliases ?? [], ...rest } = { text: null, ...row };
  const content = { ...rest, aliases };
  return type === 'region' ? { ...content, members: row.members ?? newest?.content.members ?? [] } : content;
}

/** The fields in which an entry says something else than its newest revision. */
export function fieldsChanged(newest: NewestEntry, entry: Entry): readonly string[] {
  const content = contentOf(entry, newest);
  return Object.keys(content).filter(
    (key) => !isDeepStrictEqual(said(newest.content[key]), said(content[key])),
  );
}

/** An empty list says no more than a field that is not there, as in revisions of before there was that field. */
function said(value: unknown): unknown {
  return Array.isArray(value) && value.length === 0 ? null : (value ?? null);
}

/** The newest revisions of some entries, by their keys; of one that never was, nothing. */
export async function newestEntries(
  read: Reader,
  entries: readonly (Pick<Entry, 'type'> & { readonly row: { readonly id: string } })[],
): Promise<ReadonlyMap<string, NewestEntry>> {
  const newest = new Map<string, NewestEntry>();
  for (const [type, group] of Map.groupBy(entries, (entry) => entry.type)) {
    const ids = JSON.stringify(group.map(({ row }) => row.id));
    const rows = await read
      .select()
      .from(entryRevisions)
      .where(and(eq(entryRevisions.type, type), read.dialect.isListed(entryRevisions.id, ids)))
      .orderBy(asc(entryRevisions.id), asc(entryRevisions.revision));
    // The last of each is the newest.
    for (const { content, deleted, sequence: _, supersededAt: __, ...row } of rows)
      newest.set(`${type} ${row.id}`, {
        ...row,
        type,
        deleted: deleted !== 0,
        content: JSON.parse(content) as EntryContent,
      });
  }
  return newest;
}

/** A revision that is to follow the newest one of its entry. */
export interface NewEntryRevision {
  readonly type: EntryType;
  readonly content: EntryContent;
  readonly newest: NewestEntry | undefined;
  readonly deleted?: boolean;
}

/** Writes revisions, each of another entry; the entries themselves are written by whoever calls. */
export async function appendEntryRevisions(
  transaction: Transaction,
  revisions: readonly NewEntryRevision[],
  { author, reason }: Publisher,
): Promise<void> {
  if (revisions.length === 0) return;
  const { recordedAt } = transaction;
  for (const [type, group] of Map.groupBy(revisions, (revision) => revision.type)) {
    const ids = JSON.stringify(group.flatMap(({ newest }) => newest?.id ?? []));
    await transaction
      .update(entryRevisions)
      .set({ supersededAt: recordedAt })
      .where(
        and(
          eq(entryRevisions.type, type),
          transaction.dialect.isListed(entryRevisions.id, ids),
          isNull(entryRevisions.supersededAt),
        ),
      );
  }
  const first = (await newestSequence(transaction)) + 1;
  await transaction.insertRows(
    entryRevisions,
    revisions.map(({ type, content, newest, deleted = false }, place) => ({
      sequence: first + place,
      type,
      id: content.id,
      revision: (newest?.revision ?? 0) + 1,
      deleted: deleted ? 1 : 0,
      content: JSON.stringify(content),
      recordedAt,
      supersededAt: deleted ? recordedAt : null,
      author,
      reason,
    })),
  );
}

/**
 * Every revision of an entry, oldest first, each with what it changed.
 * @param asOf only those recorded by then, as they stood then
 */
export async function listEntryRevisions(
  read: Reader,
  type: EntryType,
  id: string,
  asOf?: string,
): Promise<readonly Revision[]> {
  const rows = await read
    .select()
    .from(entryRevisions)
    .where(and(eq(entryRevisions.type, type), eq(entryRevisions.id, id)))
    .orderBy(asc(entryRevisions.revision));
  let before: EntryContent | undefined;
  return rows
    .filter(({ recordedAt }) => asOf === undefined || recordedAt <= asOf)
    .map(({ revision, recordedAt, supersededAt, author, reason, deleted, content: json }) => {
      const content = JSON.parse(json) as EntryContent;
      const changes = before === undefined ? [] : differences(before, content);
      before = content;
      const isLater = supersededAt !== null && asOf !== undefined && supersededAt > asOf;
      return {
        revision,
        recordedAt,
        supersededAt: isLater ? null : supersededAt,
        author,
        reason,
        deleted: deleted !== 0,
        changes,
      };
    });
}
