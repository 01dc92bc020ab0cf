import type { SearchTerm } from '../../domain/text/search-text.ts';
import { matchingRanges, searchTerms, searchTokens } from '../../domain/text/search-text.ts';
import { eq, sql } from '../../store/query.ts';
import { isListed } from '../../store/sqlite/prepared.ts';
import type { Snapshot, Transaction } from '../../store/store.ts';
import {
  measures,
  organisations,
  records,
  recordTexts,
  sectors,
  sources,
} from '../../store/tables/schema.ts';
import type { LedgerRecord } from './record.ts';
import type { Highlight } from './schemas.ts';

/** The texts by which a revision is found, as they are shown. */
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
type Texts = Readonly<Record<SearchedField, string | null>>;

/** Which of them stand in which column of the index. */
const COLUMNS = {
  statement: ['evidence.phrase', 'amount.asStated'],
  names: ['forecaster.name', 'forecaster.originalName', 'sector.name', 'sector.nameChinese', 'measure.name'],
  document: ['source.title', 'source.publisher'],
  notes: ['notes'],
} as const satisfies Readonly<Record<string, readonly SearchedField[]>>;

/** The texts of revisions. */
async function searchedTexts(
  read: Snapshot,
  sequences: readonly number[],
): Promise<readonly (Texts & { readonly sequence: number })[]> {
  const fields = Object.keys(SEARCHED) as SearchedField[];
  const rows = await read.rows(
    'searched texts',
    () =>
      read
        .select({ sequence: records.sequence, ...SEARCHED })
        .from(records)
        .innerJoin(sources, eq(sources.id, records.sourceId))
        .innerJoin(sectors, eq(sectors.id, records.sectorId))
        .innerJoin(measures, eq(measures.id, records.measureId))
        .leftJoin(organisations, eq(organisations.id, records.organisationId))
        .where(isListed(records.sequence, sql.placeholder('sequences'))),
    { sequences: JSON.stringify(sequences) },
  );
  return rows.map(([sequence, ...texts]) => ({
    ...(Object.fromEntries(fields.map((field, place) => [field, texts[place]])) as Texts),
    sequence: sequence as number,
  }));
}

/** Makes revisions that have just been written ones that a search finds. */
export async function indexRevisions(transaction: Transaction, sequences: readonly number[]): Promise<void> {
  const tokens = new Map<string, string>();
  const tokensOf = (text: string): string => {
    const known = tokens.get(text) ?? searchTokens(text);
    tokens.set(text, known);
    return known;
  };
  const texts = await searchedTexts(transaction, sequences);
  await transaction.insertRows(
    recordTexts,
    texts.map(({ sequence, ...text }) => {
      const column = (name: keyof typeof COLUMNS): string =>
        COLUMNS[name].map((field) => tokensOf(text[field] ?? '')).join(' ');
      return {
        sequence,
        statement: column('statement'),
        names: column('names'),
        document: column('document'),
        notes: column('notes'),
      };
    }),
  );
}

/** Where the words of a query stand in the texts of records, by id. */
export async function highlightsOf(
  read: Snapshot,
  found: ReadonlyMap<number, Pick<LedgerRecord, 'id'>>,
  query: string,
): Promise<ReadonlyMap<string, Highlight[]>> {
  const terms = searchTerms(query);
  if (found.size === 0 || terms.length === 0) return new Map();
  const texts = await searchedTexts(read, [...found.keys()]);
  return new Map(
    texts.map((text) => [found.get(text.sequence)?.id ?? '', highlightsIn(text, terms)] as const),
  );
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
