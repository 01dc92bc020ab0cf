import type BetterSqlite3 from 'better-sqlite3';
import type { SQL } from 'drizzle-orm';
import {
  matchExpression,
  SEARCH_TEXT_VERSION,
  searchTerms,
  searchTokens,
} from '../../domain/text/search-text.ts';
import type { FullText, Search } from '../full-text.ts';
import { advanceDatasetVersionNow } from '../ledger-state.ts';
import { and, count, eq, sql } from '../query.ts';
import { ledgerState, measures, organisations, records, sectors, sources } from '../tables/schema.ts';
import type { Storage, Writer } from './storage.ts';

const INDEX_VERSION = 'fullTextVersion';

/** The texts by which a record is found, as they are shown. */
const SEARCHED = {
  'evidence.phrase': records.evidencePhrase,
  'amount.asStated': records.amountAsStated,
  'forecaster.name': sql<string | null>`${organisations.name}`,
  'forecaster.originalName': sql<string | null>`${organisations.originalName}`,
  'sector.name': sectors.name,
  'sector.nameChinese': sectors.nameChinese,
  'measure.name': measures.name,
  'source.title': sources.title,
  'source.publisher': sources.publisher,
  notes: records.notes,
} as const;
type SearchedField = keyof typeof SEARCHED;

/** Which of them stand in which column of the index. */
const COLUMNS: Readonly<Record<'statement' | 'names' | 'document' | 'notes', readonly SearchedField[]>> = {
  statement: ['evidence.phrase', 'amount.asStated'],
  names: ['forecaster.name', 'forecaster.originalName', 'sector.name', 'sector.nameChinese', 'measure.name'],
  document: ['source.title', 'source.publisher'],
  notes: ['notes'],
};

/** How much more a word counts in the figure's own phrase and in a name than in a title, and there than in a note. */
const WEIGHTS = sql`4, 4, 2, 1`;

export const FULL_TEXT: FullText = {
  relevance: sql<number>`"found"."relevance"`,
  holds: foundBy,
  find: async (read, search, { isRanked, order, limit }) => {
    const found = foundBySearch(search.query, isRanked);
    if (found === null) return [];
    return read
      .select({
        sequence: sql<number>`"found"."sequence"`,
        relevance: isRanked ? FULL_TEXT.relevance : sql<null>`null`,
      })
      .from(found)
      .crossJoin(search.isBrief ? RECORDS_IN_INDEX : records)
      .where(conditionOf(search))
      .orderBy(...order)
      .limit(limit);
  },
  count: async (read, search) => {
    const found = foundBySearch(search.query, false);
    if (found === null) return 0;
    const [row] = await read
      .select({ count: count() })
      .from(found)
      .crossJoin(search.isBrief ? RECORDS_IN_INDEX : records)
      .where(conditionOf(search));
    return row?.count ?? 0;
  },
  // Asks only the full-text index: to look up the records of a frequent word takes a hundred times as long.
  sequences: async (read, query) => {
    const found = foundBySearch(query, false);
    if (found === null) return [];
    const rows = await read.select({ sequence: sql`"found"."sequence"` }).from(found).values();
    return rows.map(([sequence]) => sequence as number);
  },
};

/** The records as the index holds them. SQLite by itself would always read a record whose number it knows. */
const RECORDS_IN_INDEX = sql`${records} indexed by "records_found"`;

function conditionOf({ where, few }: Search): SQL | undefined {
  return and(
    sql`${records.sequence} = "found"."sequence"`,
    // The plus keeps SQLite from asking the full-text index anew for each of them.
    few && sql`+"found"."sequence" in (select ${records.sequence} from ${records} where ${few})`,
    where,
  );
}

/** Holds for revisions in which every word of a query is found; for none where the query has no word. */
export function foundBy(query: string): SQL {
  const expression = matchExpression(searchTerms(query));
  return expression === null ? sql`0` : sql`${records.sequence} in (select "rowid" ${fromIndex(expression)})`;
}

/**
 * What a query finds, as a table `found`, to be cross-joined before the records: SQLite keeps the order of such tables,
 * and the other way round it would ask the index once a record. Null where the query has no word.
 * @param ranked whether it has `FOUND_RELEVANCE`, which takes longer than finding
 */
export function foundBySearch(query: string, ranked: boolean): SQL | null {
  const expression = matchExpression(searchTerms(query));
  if (expression === null) return null;
  const relevance = ranked
    ? sql`, cast(round(bm25("record_texts_index", ${WEIGHTS}) * 1e9) as integer) as "relevance"`
    : sql``;
  return sql`(select "rowid" as "sequence"${relevance} ${fromIndex(expression)}) as "found"`;
}
/** Joins the records to what was found. */
export function isFound(): SQL {
  return sql`${records.sequence} = "found"."sequence"`;
}
/** Less fits better. A whole number, so that a place in a list can name it exactly. */
export const FOUND_RELEVANCE = sql<number>`"found"."relevance"`;

function fromIndex(expression: string): SQL {
  return sql`from "record_texts_index" where "record_texts_index" match ${expression}`;
}

type Texts = Readonly<Record<SearchedField, string | null>>;

function searchedTexts(storage: Writer) {
  return storage
    .select({
      id: records.id,
      revision: records.revision,
      sequence: records.sequence,
      ...SEARCHED,
    })
    .from(records)
    .innerJoin(sources, eq(sources.id, records.sourceId))
    .innerJoin(sectors, eq(sectors.id, records.sectorId))
    .innerJoin(measures, eq(measures.id, records.measureId))
    .leftJoin(organisations, eq(organisations.id, records.organisationId));
}

/** What a revision refers to, and what it says, for finding it. */
export interface FoundRevision {
  readonly organisation: string | null;
  readonly source: string;
  readonly sector: string;
  readonly measure: string;
  readonly asStated: string;
  readonly phrase: string;
  readonly notes: string | null;
}

type Names<Key extends string> = BetterSqlite3.Statement<[string | null], Record<Key, string | null>>;

interface IndexStatements {
  readonly organisation: Names<'name' | 'originalName'>;
  readonly sector: Names<'name' | 'nameChinese'>;
  readonly measure: Names<'name'>;
  readonly source: Names<'title' | 'publisher'>;
  readonly index: BetterSqlite3.Statement<[Record<string, unknown>]>;
}

/** Prepared once for each connection: an import writes a hundred thousand rows. */
const STATEMENTS = new WeakMap<BetterSqlite3.Database, IndexStatements>();

function statementsOf({ sqlite }: Storage): IndexStatements {
  const known = STATEMENTS.get(sqlite);
  if (known !== undefined) return known;
  const statements: IndexStatements = {
    organisation: sqlite.prepare(
      'select name, original_name as originalName from organisations where id = ?',
    ),
    sector: sqlite.prepare('select name, name_chinese as nameChinese from sectors where id = ?'),
    measure: sqlite.prepare('select name from measures where id = ?'),
    source: sqlite.prepare('select title, publisher from sources where id = ?'),
    index: sqlite.prepare(
      `insert into record_texts (sequence, statement, names, document, notes) values (@sequence, @statement, @names, @document, @notes)
      on conflict (sequence) do update set statement = excluded.statement, names = excluded.names, document = excluded.document, notes = excluded.notes
      where (statement, names, document, notes) is not (excluded.statement, excluded.names, excluded.document, excluded.notes)`,
    ),
  };
  STATEMENTS.set(sqlite, statements);
  return statements;
}

/**
 * Makes a revision one that is found. Inside the transaction that writes it. Its names are looked up one by one: the
 * join that reads them for all revisions takes longer for one than writing it does.
 * @param sequence the revision's
 */
export function indexRevision(storage: Storage, sequence: number, found: FoundRevision): void {
  const { organisation, sector, measure, source } = statementsOf(storage);
  const forecaster = organisation.get(found.organisation);
  const sectorNames = sector.get(found.sector);
  const document = source.get(found.source);
  writeTokens(storage, sequence, {
    'evidence.phrase': found.phrase,
    'amount.asStated': found.asStated,
    'forecaster.name': forecaster?.name ?? null,
    'forecaster.originalName': forecaster?.originalName ?? null,
    'sector.name': sectorNames?.name ?? null,
    'sector.nameChinese': sectorNames?.nameChinese ?? null,
    'measure.name': measure.get(found.measure)?.name ?? null,
    'source.title': document?.title ?? null,
    'source.publisher': document?.publisher ?? null,
    notes: found.notes,
  });
}

/** Indexes every revision anew: names may have changed. Inside a transaction. */
export function indexAllRecords(storage: Storage): void {
  const revisions = searchedTexts(storage.write).where(eq(records.deleted, 0)).all();
  for (const { id: _, revision: __, sequence, ...texts } of revisions) writeTokens(storage, sequence, texts);
}

function writeTokens(storage: Storage, sequence: number, texts: Texts): void {
  const tokens = Object.fromEntries(
    Object.entries(COLUMNS).map(([column, fields]) => [
      column,
      fields.map((field) => tokensOf(column, texts[field] ?? '')).join(' '),
    ]),
  ) as Record<keyof typeof COLUMNS, string>;
  statementsOf(storage).index.run({ sequence, ...tokens });
}

/** Names and titles are those of a few hundred rows of the catalogue, and are cut into words again and again. */
const TOKENS = new Map<string, string>();
const MOST_TOKENS_KEPT = 2000;

function tokensOf(column: string, text: string): string {
  if (column !== 'names' && column !== 'document') return searchTokens(text);
  const known = TOKENS.get(text);
  if (known !== undefined) return known;
  if (TOKENS.size >= MOST_TOKENS_KEPT) TOKENS.clear();
  const tokens = searchTokens(text);
  TOKENS.set(text, tokens);
  return tokens;
}

/** Notes that every record is indexed by this code's rules. Inside a transaction. */
export function markIndexed(write: Writer): void {
  write
    .insert(ledgerState)
    .values({ key: INDEX_VERSION, value: SEARCH_TEXT_VERSION })
    .onConflictDoUpdate({ target: ledgerState.key, set: { value: SEARCH_TEXT_VERSION } })
    .run();
}

/** Indexes a ledger that was written before there was an index, or under other rules. The caller holds the ledger's lock. */
export function bringIndexUpToDate(storage: Storage): void {
  const held = storage.write
    .select({ version: ledgerState.value })
    .from(ledgerState)
    .where(eq(ledgerState.key, INDEX_VERSION))
    .get();
  if (held?.version === SEARCH_TEXT_VERSION) return;
  storage.write.transaction(
    (write) => {
      indexAllRecords(storage);
      markIndexed(write);
      // Searches answer otherwise now.
      advanceDatasetVersionNow(write, `index ${SEARCH_TEXT_VERSION}`);
    },
    { behavior: 'immediate' },
  );
}
