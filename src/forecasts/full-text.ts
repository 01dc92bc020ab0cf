import type { SQL } from 'drizzle-orm';
import { and, eq, inArray, isNull, sql } from '../db/drizzle.ts';
import {
  forecasts,
  forecastTexts,
  ledgerState,
  measures,
  organisations,
  sectors,
  sources,
} from '../db/schema.ts';
import type { Reader, Storage, Writer } from '../db/storage.ts';
import type { SearchTerm } from '../domain/search-text.ts';
import {
  matchExpression,
  matchingRanges,
  SEARCH_TEXT_VERSION,
  searchTerms,
  searchTokens,
} from '../domain/search-text.ts';
import type { Highlight } from './schemas.ts';

const INDEX_VERSION = 'fullTextVersion';

/** The texts by which a forecast is found, as they are shown. */
const SEARCHED = {
  'evidence.phrase': forecasts.evidencePhrase,
  'amount.asStated': forecasts.amountAsStated,
  'forecaster.name': sql<string | null>`${organisations.name}`,
  'forecaster.originalName': sql<string | null>`${organisations.originalName}`,
  'sector.name': sectors.name,
  'sector.nameChinese': sectors.nameChinese,
  'measure.name': measures.name,
  'source.title': sources.title,
  'source.publisher': sources.publisher,
  notes: forecasts.notes,
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

/**
 * A select from the texts in which an expression is found; from nothing where there is none. Cross joins here and
 * below, because SQLite keeps the order of their tables: the other way round it would ask the index once a forecast.
 */
function found(columns: SQL, expression: string | null): SQL {
  if (expression === null) return sql`(select null as "id", 0 as "relevance" where 0)`;
  return sql`(select ${columns} from "forecast_texts_index" cross join "forecast_texts" on "forecast_texts"."row" = "forecast_texts_index"."rowid" where "forecast_texts_index" match ${expression})`;
}

/** Holds for forecasts in which every word of a query is found; for none where the query has no word. */
export function foundBy(query: string): SQL {
  const expression = matchExpression(searchTerms(query));
  return expression === null ? sql`0` : sql`${forecasts.id} in ${found(sql`"forecast_id"`, expression)}`;
}

/** What a query finds, with its relevance, as a table to be cross-joined before the forecasts. */
export function foundBySearch(query: string): SQL {
  const relevance = sql`"forecast_id" as "id", cast(round(bm25("forecast_texts_index", ${WEIGHTS}) * 1e9) as integer) as "relevance"`;
  return sql`${found(relevance, matchExpression(searchTerms(query)))} as "found"`;
}
export const FOUND_ID = sql`"found"."id"`;
/** Less fits better. A whole number, so that a place in a list can name it exactly. */
export const FOUND_RELEVANCE = sql<number>`"found"."relevance"`;

/** Where the words of a query stand in the texts of forecasts, by forecast. */
export async function highlightsOf(
  read: Reader,
  ids: readonly string[],
  query: string,
): Promise<ReadonlyMap<string, Highlight[]>> {
  const terms = searchTerms(query);
  if (ids.length === 0 || terms.length === 0) return new Map();
  // The same query builder under both types: awaited here, run at once in a transaction.
  const rows = await searchedTexts(read as unknown as Writer).where(
    and(inArray(forecasts.id, [...ids]), isNull(forecasts.supersededAt)),
  );
  return new Map(rows.map(({ id, ...texts }) => [id, highlightsIn(texts, terms)]));
}

function highlightsIn(texts: Texts, terms: readonly SearchTerm[]): Highlight[] {
  return Object.values(COLUMNS)
    .flat()
    .flatMap((field) => {
      const text = texts[field];
      if (text === null) return [];
      const ranges = [...matchingRanges(text, terms)];
      return ranges.length === 0 ? [] : [{ field, text, ranges }];
    });
}

type Texts = Readonly<Record<SearchedField, string | null>>;

function searchedTexts(storage: Writer) {
  return storage
    .select({ id: forecasts.id, ...SEARCHED })
    .from(forecasts)
    .innerJoin(sources, eq(sources.id, forecasts.sourceId))
    .innerJoin(sectors, eq(sectors.id, forecasts.sectorId))
    .innerJoin(measures, eq(measures.id, forecasts.measureId))
    .leftJoin(organisations, eq(organisations.id, forecasts.forecasterId));
}

/** Makes the current revision of a forecast the one that is found. Inside the transaction that writes it. */
export function indexForecast(write: Writer, id: string): void {
  const row = searchedTexts(write)
    .where(and(eq(forecasts.id, id), isNull(forecasts.supersededAt)))
    .get();
  if (row !== undefined) writeTokens(write, row);
}

/** Indexes every current forecast anew: names may have changed. Inside a transaction. */
export function indexAllForecasts(write: Writer): void {
  for (const row of searchedTexts(write).where(isNull(forecasts.supersededAt)).all()) writeTokens(write, row);
}

function writeTokens(write: Writer, { id, ...texts }: Texts & { readonly id: string }): void {
  const tokens = Object.fromEntries(
    Object.entries(COLUMNS).map(([column, fields]) => [
      column,
      fields.map((field) => searchTokens(texts[field] ?? '')).join(' '),
    ]),
  ) as Record<keyof typeof COLUMNS, string>;
  const changed = sql`(${forecastTexts.statement}, ${forecastTexts.names}, ${forecastTexts.document}, ${forecastTexts.notes}) is not (${tokens.statement}, ${tokens.names}, ${tokens.document}, ${tokens.notes})`;
  write
    .insert(forecastTexts)
    .values({ forecastId: id, ...tokens })
    .onConflictDoUpdate({ target: forecastTexts.forecastId, set: tokens, setWhere: changed })
    .run();
}

/** Notes that every forecast is indexed by this code's rules. Inside a transaction. */
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
      indexAllForecasts(write);
      markIndexed(write);
    },
    { behavior: 'immediate' },
  );
}
