import type BetterSqlite3 from 'better-sqlite3';
import type { Period } from '../../src/domain/period/period.ts';
import { calendarYear } from '../../src/domain/period/period.ts';
import { readPhrase } from '../../src/domain/phrase/evidence.ts';
import { PLAIN_STATEMENT } from '../../src/domain/statement.ts';
import type { RecordContent } from '../../src/ledger/records/record.ts';
import { rowOfContent } from '../../src/ledger/records/rows.ts';
import { writeMadeOf } from '../../src/ledger/records/written.ts';
import { advanceDatasetVersion, newestSequence } from '../../src/store/ledger-state.ts';
import { asc } from '../../src/store/query.ts';
import type { Transaction } from '../../src/store/store.ts';
import {
  collections,
  measures,
  organisations,
  records,
  regions,
  scopes,
  sectors,
  sources,
} from '../../src/store/tables/schema.ts';
import { openLedger } from '../../src/transfer/open-ledger.ts';
import { onPostgres } from '../../test/helpers/postgres.ts';
import { randomFrom } from '../../test/helpers/random.ts';
import { sqliteOf } from '../../test/helpers/statements.ts';

/*
 * Ledgers to measure with: what the seeds hold, and beside it as many forecasts as asked for, always the same ones. Drawn
 * so that what matters for speed is as it is with real ones: a few forecasters, sectors and measures have most of the
 * records and many have few; documents have a handful of figures each, one in five of them a total with its parts; one
 * record in eight was revised, one in 300 deleted; the words of the notes are as frequent as those of a language.
 */

/** A word in the notes of every tenth record, and one in those of one in 2,000. */
export const FREQUENT_WORD = 'retrofit';
export const RARE_WORD = 'desalination';
const FREQUENT_EVERY = 10;
const RARE_EVERY = 2000;

/** The collection that the records are in. */
export const BENCH_COLLECTION = 'bench';
/** The sector that the documents with a breakdown divide, and their parts. */
export const DIVIDED_SECTOR = 'new-infrastructure';
const PARTS = ['5g', 'uhv', 'big-data-centres', 'artificial-intelligence', 'industrial-internet'];

const RECORDS_A_TRANSACTION = 20_000;
const ROWS_AT_ONCE = 500;
const WORDS = 20_000;
const LAST_DAY = Date.UTC(2026, 8, 30);
const FIRST_DAY = Date.UTC(2014, 0, 1);
const DAY_MS = 86_400_000;

type Random = () => number;
type IdTable = typeof sectors | typeof measures | typeof regions | typeof scopes | typeof organisations;

interface Vocabulary {
  readonly sectors: readonly string[];
  readonly measures: readonly string[];
  readonly regions: readonly string[];
  readonly scopes: readonly string[];
  readonly forecasters: readonly string[];
}

/** The id of a generated document. */
export function sourceId(number: number): string {
  return `bench-document-${number}`;
}

/** Makes a ledger of so many forecasts in a directory or an empty database of PostgreSQL, which must not hold one yet. */
export async function makeLedger(location: string, forecasts: number): Promise<void> {
  const { store } = await openLedger(location);
  const settle = store.engine === 'sqlite' ? hurrySqlite(sqliteOf(store)) : await hurryPostgres(location);
  const random = randomFrom(forecasts);
  const words = wordsOf(random);
  const vocabulary = await store.write((transaction) =>
    writeVocabulary(transaction, forecasts, random, words),
  );
  let written = 0;
  for (let document = 0; written < forecasts; ) {
    const until = Math.min(forecasts, written + RECORDS_A_TRANSACTION);
    await store.write(async (transaction) => {
      let sequence = await newestSequence(transaction);
      while (written < until) {
        const rows: (typeof records.$inferInsert)[] = [];
        while (written < until && rows.length < ROWS_AT_ONCE) {
          const contents = documentOf(document, written, until - written, vocabulary, random, words);
          document += 1;
          written += contents.length;
          for (const content of contents) rows.push(...historyOf(content, random));
        }
        for (const row of rows) row.sequence = ++sequence;
        await transaction.insertRows(records, rows);
        const found = rows.flatMap(({ deleted, sequence: own = 0 }) => (deleted === 0 ? [own] : []));
        await writeMadeOf(transaction, found);
      }
      await advanceDatasetVersion(transaction, `${written} of a benchmark`);
    });
  }
  await settle();
  await store.close();
}

/** Has no indexes while many rows are written: they are built at the end, in order. */
function hurrySqlite(sqlite: BetterSqlite3.Database): () => void {
  // A half-made ledger is made anew: nothing of it must outlast a crash.
  sqlite.pragma('synchronous = off');
  sqlite.pragma('cache_size = -500000');
  const indexes = sqlite
    .prepare<[], { name: string; sql: string }>(
      "select name, sql from sqlite_schema where type = 'index' and tbl_name = 'records' and sql like 'create index%'",
    )
    .all();
  for (const { name } of indexes) sqlite.exec(`drop index ${name}`);
  return () => {
    for (const { sql } of indexes) sqlite.exec(sql);
    sqlite.exec("insert into record_texts_index (record_texts_index) values ('optimize')");
    sqlite.pragma('wal_checkpoint(truncate)');
  };
}

/** The same there. */
async function hurryPostgres(url: string): Promise<() => Promise<void>> {
  const indexes = await onPostgres(url, async (client) => {
    const { rows } = await client.query<{ indexname: string; indexdef: string }>(
      "select indexname, indexdef from pg_indexes where tablename in ('records', 'record_texts') and indexdef not like '%UNIQUE%'",
    );
    for (const { indexname } of rows) await client.query(`drop index "${indexname}"`);
    return rows;
  });
  return () =>
    onPostgres(url, async (client) => {
      for (const { indexdef } of indexes) await client.query(indexdef);
      await client.query('vacuum analyze');
    });
}

async function writeVocabulary(
  transaction: Transaction,
  forecasts: number,
  random: Random,
  words: readonly string[],
): Promise<Vocabulary> {
  const ids = async (table: IdTable): Promise<string[]> =>
    (await transaction.select({ id: table.id }).from(table).orderBy(asc(table.id))).map(
      ({ id }) => id as string,
    );
  await transaction
    .insert(collections)
    .values({ id: BENCH_COLLECTION, name: 'Benchmark', description: 'Generated records' });
  const recordedAt = new Date(FIRST_DAY).toISOString();
  const forecasters = await ids(organisations);
  for (let number = forecasters.length; number < Math.max(60, Math.sqrt(forecasts)); number += 1) {
    const id = `bench-forecaster-${number}`;
    const name = sentence(words, random, 2);
    await transaction.insert(organisations).values({ id, name, kind: 'researchInstitute', country: 'CN' });
    forecasters.push(id);
  }
  for (let number = 0; number < forecasts / 3; number += 1) {
    await transaction.insertRows(sources, [
      {
        id: sourceId(number),
        title: sentence(words, random, 8),
        publisher: sentence(words, random, 2),
        publishedOn: dayOf(random),
        url: `https://example.org/documents/${number}`,
        language: 'en',
        attribution: `Generated document ${number}`,
        supplied: '[]',
        recordedAt,
        author: 'bench',
      },
    ]);
  }
  return {
    sectors: await ids(sectors),
    measures: await ids(measures),
    regions: ['CN', ...(await ids(regions))],
    scopes: ['national', ...(await ids(scopes))],
    forecasters,
  };
}

/** The figures of one document: a handful that have little to do with each other, or a total with its parts. */
function documentOf(
  number: number,
  written: number,
  most: number,
  vocabulary: Vocabulary,
  random: Random,
  words: readonly string[],
): readonly RecordContent[] {
  const source = sourceId(number);
  const publishedOn = dayOf(random);
  const organisation = drawn(vocabulary.forecasters, random);
  const of = (index: number, sector: string, shared: Partial<RecordContent>): RecordContent => ({
    kind: 'forecast',
    ...PLAIN_STATEMENT,
    id: `bench-${String(written + index).padStart(7, '0')}`,
    collection: BENCH_COLLECTION,
    organisation,
    via: null,
    source,
    sector,
    beneficiarySectors: [],
    region: random() < 0.8 ? 'CN' : drawn(vocabulary.regions, random),
    measure: drawn(vocabulary.measures, random),
    scope: drawn(vocabulary.scopes, random),
    ...figureOf(random, 1 + Math.floor(random() * 9000)),
    statedConversions: [],
    period: periodOf(random, Number(publishedOn.slice(0, 4))),
    publishedOn: random() < 0.03 ? null : publishedOn,
    relations:
      random() < 0.02 && index > 0
        ? [{ kind: 'alsoStatedIn', record: `bench-${String(written + index - 1).padStart(7, '0')}` }]
        : [],
    confidence: (['high', 'medium', 'medium', 'low'] as const)[Math.floor(random() * 4)] ?? 'medium',
    corroboration: [],
    notes: notesOf(written + index, words, random),
    ...shared,
  });
  if (number % 5 === 0 && most > PARTS.length) {
    const total = 1000 + Math.floor(random() * 9000);
    const shared = {
      region: 'CN',
      measure: 'directInvestment',
      scope: 'national',
      period: calendarPeriod(Number(publishedOn.slice(0, 4)), 1),
      publishedOn,
    };
    return [
      of(0, DIVIDED_SECTOR, { ...shared, ...figureOf(() => 0.9, total) }),
      ...PARTS.map((sector, part) =>
        of(part + 1, sector, {
          ...shared,
          ...figureOf(() => 0.9, Math.max(1, Math.floor((total * (part + 1)) / 20))),
        }),
      ),
    ];
  }
  const length = Math.min(most, 1 + Math.floor(random() * 6));
  return Array.from({ length }, (_, index) => of(index, drawn(vocabulary.sectors, random), {}));
}

/** The revisions of a record, and sometimes its tombstone; without their sequences. */
function historyOf(content: RecordContent, random: Random): (typeof records.$inferInsert)[] {
  const first = FIRST_DAY + Math.floor(random() * 1000) * DAY_MS;
  const timeOf = (revision: number): string => new Date(first + revision * DAY_MS).toISOString();
  const draw = random();
  const revisions = draw < 0.025 ? 3 : draw < 0.125 ? 2 : 1;
  const isDeleted = random() <= 1 / 300;
  const rowOf = (revision: number, deleted: 0 | 1): typeof records.$inferInsert => {
    const isLast = revision === revisions - 1;
    const isCurrent = isLast && !isDeleted;
    return {
      ...rowOfContent(revision < revisions - 1 ? { ...content, confidence: 'low' } : content),
      sequence: 0,
      revision: revision + 1,
      deleted,
      recordedAt: timeOf(revision),
      supersededAt: isCurrent ? null : timeOf(deleted === 1 ? revision : revision + 1),
      author: 'bench',
      reason: revision === 0 ? 'generated' : 'read again',
    };
  };
  const rows = Array.from({ length: revisions }, (_, revision) => rowOf(revision, 0));
  return isDeleted ? [...rows, rowOf(revisions, 1)] : rows;
}

/** An amount with the phrase that states it: in English or Chinese, as one figure, a bound or a range. */
function figureOf(random: Random, tenths: number): Pick<RecordContent, 'amount' | 'evidence'> {
  const figure = (tenths / 10).toFixed(1).replace('.0', '');
  const kind = Math.floor(random() * 12);
  const [currency, asStated] =
    kind < 4
      ? ['CNY', `${figure}亿元`]
      : kind === 4
        ? ['CNY', `超${figure}亿元`]
        : kind === 5
          ? ['CNY', `more than ${figure} billion yuan`]
          : kind === 6
            ? ['CNY', `${figure}-${Number(figure) + 50} billion yuan`]
            : kind === 7
              ? ['USD', `US$${figure} billion`]
              : kind === 8
                ? ['EUR', `about EUR ${figure} billion`]
                : ['CNY', `${figure} billion yuan`];
  const phrase = kind < 5 ? `投资额将达到${asStated}左右` : `investment will reach ${asStated} in all`;
  const amount = readPhrase(asStated, {
    value: null,
    low: null,
    high: null,
    qualifier: 'exact',
    currency,
    asStated,
    interpretation: null,
  });
  return {
    amount,
    evidence: { phrase, start: null, end: null, documentSha256: null, url: null, status: 'unverified' },
  };
}

function periodOf(random: Random, published: number): Period {
  const draw = random();
  if (draw < 0.5) return calendarPeriod(published + Math.floor(random() * 5), 1);
  if (draw < 0.8) return calendarPeriod(published + Math.floor(random() * 2), 2 + Math.floor(random() * 9));
  const year = published + 1 + Math.floor(random() * 10);
  if (draw < 0.97) {
    return {
      start: null,
      end: `${year}-12-31`,
      kind: 'cumulativeTo',
      years: null,
      asStated: `by ${year}`,
      inferred: [],
    };
  }
  return { start: null, end: null, kind: 'unstated', years: null, asStated: null, inferred: [] };
}

function calendarPeriod(year: number, years: number): Period {
  const { start } = calendarYear(year);
  const { end } = calendarYear(year + years - 1);
  return {
    start,
    end,
    kind: years === 1 ? 'year' : 'window',
    years,
    asStated: years === 1 ? `in ${year}` : `${year}-${year + years - 1}`,
    inferred: [],
  };
}

function notesOf(number: number, words: readonly string[], random: Random): string {
  const marks = [
    ...(number % FREQUENT_EVERY === 3 ? [FREQUENT_WORD] : []),
    ...(number % RARE_EVERY === 7 ? [RARE_WORD] : []),
  ];
  return [sentence(words, random, 6 + Math.floor(random() * 10)), ...marks].join(' ');
}

function dayOf(random: Random): string {
  return new Date(FIRST_DAY + random() * (LAST_DAY - FIRST_DAY)).toISOString().slice(0, 10);
}

/** One of some values, the first ones far more often than the last. */
function drawn<Value>(values: readonly Value[], random: Random): Value {
  return values[Math.floor(values.length * random() ** 3)] as Value;
}

function sentence(words: readonly string[], random: Random, length: number): string {
  return Array.from({ length }, () => drawn(words, random)).join(' ');
}

function wordsOf(random: Random): readonly string[] {
  const syllables = 'ba ce di fo gu ha je ki lo mu na pe ri so tu va we xi yo zu'.split(' ');
  const words = new Set<string>();
  while (words.size < WORDS) {
    const length = 2 + Math.floor(random() * 3);
    words.add(Array.from({ length }, () => syllables[Math.floor(random() * syllables.length)]).join(''));
  }
  return [...words];
}
