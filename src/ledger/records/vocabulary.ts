import type BetterSqlite3 from 'better-sqlite3';
import type { RequestFault } from '../../http/message/problem.ts';
import { didYouMean } from '../../http/message/suggestion.ts';

const VOCABULARY = [
  'collections',
  'currencies',
  'measures',
  'organisations',
  'regions',
  'scopes',
  'sectors',
  'sources',
] as const;
export type Vocabulary = (typeof VOCABULARY)[number];

const MOST_ALLOWED_LISTED = 50;

/** What records refer to by id: whether it is there, and what else may have been meant. */
export interface KnownVocabulary {
  readonly has: (table: Vocabulary, id: string) => boolean;
  readonly hints: (table: Vocabulary, id: string) => Pick<RequestFault, 'allowed' | 'suggestion'>;
}

/** Remembers what it has looked up: nothing that a record refers to is ever removed. */
export function createVocabulary(
  sqlite: BetterSqlite3.Database,
  isAdded: (table: Vocabulary, id: string) => boolean = () => false,
): KnownVocabulary {
  const perTable = Object.fromEntries(
    VOCABULARY.map((table) => [
      table,
      {
        exists: sqlite.prepare<[string], number>(`select 1 from ${table} where id = ?`).pluck(),
        known: new Set<string>(),
        hints: new Map<string, Pick<RequestFault, 'allowed' | 'suggestion'>>(),
      },
    ]),
  ) as Record<
    Vocabulary,
    {
      exists: BetterSqlite3.Statement<[string], number>;
      known: Set<string>;
      hints: Map<string, Pick<RequestFault, 'allowed' | 'suggestion'>>;
    }
  >;
  return {
    has: (table, id) => {
      const { known, exists } = perTable[table];
      if (known.has(id) || isAdded(table, id)) return true;
      if (exists.get(id) === undefined) return false;
      known.add(id);
      return true;
    },
    hints: (table, id) => {
      const { hints } = perTable[table];
      const given = hints.get(id);
      if (given !== undefined) return given;
      const ids = sqlite.prepare<[], string>(`select id from ${table} order by id`).pluck().all();
      const suggestion = didYouMean(id, ids);
      const made = {
        ...(ids.length <= MOST_ALLOWED_LISTED ? { allowed: ids } : {}),
        ...(suggestion === undefined ? {} : { suggestion }),
      };
      hints.set(id, made);
      return made;
    },
  };
}

/** Notes that a field of a body cannot be what it is. */
export type AddFault = (name: string, code: string, message: string, hints?: Partial<RequestFault>) => void;

/** Text that is not Unicode would be stored as something else. */
export function checkText(value: unknown, add: AddFault, path = ''): void {
  if (typeof value === 'string') {
    if (!value.isWellFormed())
      add(path, 'notUnicode', 'holds half of a surrogate pair, which is no Unicode character');
  } else if (value !== null && typeof value === 'object') {
    for (const [key, child] of Object.entries(value))
      checkText(child, add, path === '' ? key : `${path}.${key}`);
  }
}
