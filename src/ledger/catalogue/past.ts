import type { SQL } from 'drizzle-orm';
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core';
import { datasetVersionAt } from '../../store/ledger-state.ts';
import { and, count, eq, getTableColumns, getTableName, sql } from '../../store/query.ts';
import { heldAt } from '../../store/revisions.ts';
import type { Reader, Snapshot } from '../../store/store.ts';
import { entryRevisions } from '../../store/tables/schema.ts';
import type { EntryType } from './entry-tables.ts';
import { ENTRY_TABLES } from './entry-tables.ts';

/*
 * The catalogue as it stood at a time. A query with a common table expression of a table's name reads that in the place of
 * the table: whoever reads names, taxonomy or lists of the catalogue asks the same for the past as for now.
 */

/** Readers of a past moment, with the moment and with what reads the ledger as it stands. */
const PAST = new WeakMap<Reader, { readonly asOf: string; readonly present: Snapshot }>();

/** The moment whose catalogue is read, ISO 8601 in UTC with milliseconds; undefined for that of now. */
export function momentOfReader(read: Reader): string | undefined {
  return PAST.get(read)?.asOf;
}

/** What reads the catalogue as it stands, deleted entries among it. */
export function presentOf<View extends Reader>(read: View): View | Snapshot {
  return PAST.get(read)?.present ?? read;
}

/** Where a value of a query is put that is built once and run with others. */
const PLACE = 'catalogueAsOf';

/**
 * A snapshot whose tables of the catalogue, and whose version, are as they stood at a time.
 * @param asOf ISO 8601 time in UTC with milliseconds
 */
export async function catalogueAsOf(read: Snapshot, asOf: string): Promise<Snapshot> {
  const version = await datasetVersionAt(read, asOf);
  const types = Object.keys(ENTRY_TABLES) as readonly EntryType[];
  const tablesAt = (time: Parameters<typeof heldAt>[0]) => types.map((type) => tableAt(read, type, time));
  const ofThen = tablesAt(asOf);
  const ofAnyTime = tablesAt(sql.placeholder(PLACE));
  let isPrepared = false;
  const selecting = () => read.with(...(isPrepared ? ofAnyTime : ofThen));
  const past = Object.assign(Object.create(read) as Snapshot, {
    version,
    select: ((...fields: []) => selecting().select(...fields)) as Snapshot['select'],
    selectDistinct: ((...fields: []) => selecting().selectDistinct(...fields)) as Snapshot['selectDistinct'],
    $count: (async (table: SQLiteTableLike, where?: SQL) => {
      const [row] = await selecting().select({ count: count() }).from(table).where(where);
      return row?.count ?? 0;
    }) as unknown as Snapshot['$count'],
    rows: ((shape, build, bound) => {
      const building: typeof build = () => {
        isPrepared = true;
        try {
          return build();
        } finally {
          isPrepared = false;
        }
      };
      const named = shape === null ? null : `${shape}, with the catalogue of then`;
      return read.rows(named, building, { ...bound, [PLACE]: asOf });
    }) satisfies Snapshot['rows'],
  });
  PAST.set(past, { asOf, present: read });
  return past;
}

type SQLiteTableLike = (typeof ENTRY_TABLES)[EntryType];

/** The rows that a table of the catalogue had at a time, under its name. */
function tableAt(read: Reader, type: EntryType, time: Parameters<typeof heldAt>[0]) {
  const table = ENTRY_TABLES[type];
  const columns: Readonly<Record<string, SQLiteColumn>> = getTableColumns(table);
  const own = entryRevisions as unknown as Readonly<Record<string, SQLiteColumn>>;
  const selected = Object.entries(columns).map(([key, { name }]) => {
    const value = own[key] ?? read.dialect.jsonText(entryRevisions.content, key);
    // A revision of before there was such a field says what the field's default is.
    const standing = columns[key]?.default;
    return [
      key,
      typeof standing === 'string' ? sql`coalesce(${value}, ${standing})`.as(name) : sql`${value}`.as(name),
    ] as const;
  });
  return read.$with(getTableName(table)).as(
    read
      .select(Object.fromEntries(selected))
      .from(entryRevisions)
      .where(and(eq(entryRevisions.type, type), heldAt(time, entryRevisions))),
  );
}
