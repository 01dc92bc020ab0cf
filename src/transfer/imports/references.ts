import type BetterSqlite3 from 'better-sqlite3';
import { didYouMean } from '../../http/message/suggestion.ts';
import type { DraftSource } from '../../ledger/records/drafts.ts';
import type { Storage } from '../../store/sqlite/storage.ts';

/** What rows of a file refer to, and the table of each. */
export const REFERENCED = {
  collection: 'collections',
  organisation: 'organisations',
  source: 'sources',
  sector: 'sectors',
  region: 'regions',
  measure: 'measures',
  scope: 'scopes',
} as const;
export type Referenced = keyof typeof REFERENCED;

/** What rows may refer to: what the ledger has, and what earlier rows of the same file bring. */
export interface References {
  readonly has: (group: Referenced, id: string) => boolean;
  readonly nearest: (group: Referenced, id: string) => string | undefined;
  readonly add: (group: Referenced, id: string) => void;
  /** Documents that the file brings. */
  readonly addedSources: Map<string, DraftSource>;
  /** Whether a table has the id only by this file. */
  readonly isAdded: (table: string, id: string) => boolean;
}

/** Suggestions look through so many ids: a ledger may have a hundred thousand sources, and a file as many mistakes. */
const MOST_IDS_COMPARED = 2000;

/** Looks up ids as they are asked for. Nothing of the catalogue is ever deleted, so what was found stays true. */
export function openReferences({ sqlite }: Storage): References {
  const groups = Object.fromEntries(
    Object.entries(REFERENCED).map(([group, table]) => [
      group,
      {
        exists: sqlite.prepare<[string], number>(`select 1 from ${table} where id = ?`).pluck(),
        some: sqlite
          .prepare<[], string>(`select id from ${table} order by id limit ${MOST_IDS_COMPARED}`)
          .pluck(),
        held: new Set<string>(),
        added: new Set<string>(),
      },
    ]),
  ) as Record<Referenced, Group>;
  const addedTo = new Map<string, ReadonlySet<string>>(
    Object.entries(REFERENCED).map(([group, table]) => [table, groups[group as Referenced].added]),
  );
  return {
    has: (group, id) => {
      const { exists, held, added } = groups[group];
      if (held.has(id) || added.has(id)) return true;
      if (exists.get(id) === undefined) return false;
      held.add(id);
      return true;
    },
    nearest: (group, id) => didYouMean(id, [...groups[group].some.all(), ...groups[group].added]),
    add: (group, id) => void groups[group].added.add(id),
    addedSources: new Map(),
    isAdded: (table, id) => addedTo.get(table)?.has(id) === true,
  };
}

interface Group {
  readonly exists: BetterSqlite3.Statement<[string], number>;
  readonly some: BetterSqlite3.Statement<[], string>;
  readonly held: Set<string>;
  readonly added: Set<string>;
}
