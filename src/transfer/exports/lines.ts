import type { SQLiteColumn, SQLiteTable } from 'drizzle-orm/sqlite-core';
import { readDatasetVersion } from '../../store/ledger-state.ts';
import { getTableColumns } from '../../store/query.ts';
import type { ReadStorage } from '../../store/sqlite/storage.ts';
import {
  collections,
  factRevisions,
  measures,
  organisations,
  recordRelations,
  records,
  regions,
  scopes,
  sectors,
  sources,
} from '../../store/tables/schema.ts';
import { EXPORT_VERSION } from '../imports/run.ts';
import { JSON_COLUMNS } from '../restore/restoring.ts';

export interface ExportOptions {
  readonly now: Date;
  /** Whether the texts of documents are part of it. */
  readonly texts: boolean;
}

/** So few rows are garbage again before the garbage collector has seen them twice, when it would take them for long-lived. */
const ROWS_AT_ONCE = 20;
/** Lines are given when there are so many characters of them, which others wait for no longer than a few milliseconds. */
const CHARACTERS_AT_ONCE = 65_536;

type Row = Readonly<Record<string, unknown>>;
type Source = Pick<ReadStorage, 'read' | 'sqlite'>;

/**
 * The whole ledger as lines of NDJSON in UTF-8: a first line that says what it is, the catalogue in an order in which nothing
 * refers to what comes later, every revision in the order in which it was written, and a last line with the number of
 * all lines, without which it is cut off. Some dozens of lines at a time.
 * @param storage one state of the ledger: a write between two reads would tear it
 */
export async function* exportLines(storage: Source, options: ExportOptions): AsyncGenerator<Buffer> {
  const datasetVersion = await readDatasetVersion(storage.read);
  let lines = 0;
  let text = '';
  for (const row of exportedRows(storage, { ...options, datasetVersion })) {
    lines += 1;
    text += `${JSON.stringify(row)}\n`;
    if (text.length < CHARACTERS_AT_ONCE) continue;
    const bytes = Buffer.from(text);
    text = '';
    yield bytes;
  }
  yield Buffer.from(`${text}${JSON.stringify({ type: 'end', lines: lines + 1 })}\n`);
}

function* exportedRows(
  storage: Source,
  { now, texts, datasetVersion }: ExportOptions & { readonly datasetVersion: string },
): Generator<Row> {
  yield {
    type: 'export',
    version: EXPORT_VERSION,
    exportedAt: now.toISOString(),
    datasetVersion,
    texts,
  };
  for (const [type, table] of PLAIN_TABLES) for (const row of rowsOf(storage, table)) yield { type, ...row };
  yield* sourceRows(storage, texts);
  yield* sectorRows(storage);
  yield* factRows(storage);
  yield* revisionRows(storage);
}

const PLAIN_TABLES = [
  ['region', regions],
  ['organisation', organisations],
  ['measure', measures],
  ['scope', scopes],
  ['collection', collections],
] as const;

function selected(table: SQLiteTable): string {
  return Object.entries(getTableColumns(table))
    .map(([key, { name }]) => `"${name}" as "${key}"`)
    .join(', ');
}

/** The rows of a table with ids. */
function* rowsOf({ sqlite }: Source, table: SQLiteTable & { readonly id: SQLiteColumn }): Generator<Row> {
  const page = sqlite.prepare<[string], Row>(
    `select ${selected(table)} from ${TABLE_NAMES.get(table)} where id > ? order by id limit ${ROWS_AT_ONCE}`,
  );
  for (let rows = page.all(''); rows.length > 0; rows = page.all(String(rows.at(-1)?.id))) yield* rows;
}

function* sourceRows(storage: Source, texts: boolean): Generator<Row> {
  // One at a time: a text may have megabytes.
  const text = storage.sqlite
    .prepare<[string], string>('select text from source_texts where source_id = ?')
    .pluck();
  for (const row of rowsOf(storage, sources)) {
    yield {
      type: 'source',
      ...row,
      supplied: JSON.parse(String(row.supplied)),
      schemes: JSON.parse(String(row.schemes)),
      ...(texts ? { text: text.get(String(row.id)) ?? null } : {}),
    };
  }
}

const TABLE_NAMES = new Map<SQLiteTable, string>([
  [regions, 'regions'],
  [organisations, 'organisations'],
  [measures, 'measures'],
  [scopes, 'scopes'],
  [collections, 'collections'],
  [sources, 'sources'],
]);

/** The taxonomy, parents before their children. */
function sectorRows({ sqlite }: Source): readonly Row[] {
  const rows = sqlite
    .prepare<[], { id: string; parent: string | null }>(
      `select ${selected(sectors)}, parent_id as parent from sectors order by id`,
    )
    .all();
  const definitions = sqlite.prepare<[string], Row>(
    'select text, defined_by as definedBy, source_id as source from sector_definitions where sector_id = ? order by position',
  );
  const childrenOf = Map.groupBy(rows, ({ parent }) => parent);
  const ordered: Row[] = [];
  const visit = (parent: string | null): void => {
    for (const row of childrenOf.get(parent) ?? []) {
      const { parentId: _, ...own } = row as typeof row & { parentId: unknown };
      ordered.push({ type: 'sector', ...own, definitions: definitions.all(row.id) });
      visit(row.id);
    }
  };
  visit(null);
  return ordered;
}

/** What was known of the taxonomy and of documents' schemes, and when. */
function factRows({ sqlite }: Source): readonly Row[] {
  return sqlite
    .prepare<[], Row>(`select ${selected(factRevisions)} from fact_revisions order by subject, id, revision`)
    .all()
    .map(({ value, ...row }) => ({ type: 'fact', ...row, value: JSON.parse(String(value)) }));
}

function* revisionRows({ sqlite }: Source): Generator<Row> {
  const page = sqlite.prepare<[number], Row>(
    `select ${selected(records)} from records where sequence > ? order by sequence limit ${ROWS_AT_ONCE}`,
  );
  const columns = getTableColumns(recordRelations);
  const relations = sqlite.prepare<[string, number], Row>(
    `select ${columns.kind.name} as kind, ${columns.targetId.name} as record from record_relations where record_id = ? and revision = ? order by kind, target_id`,
  );
  for (let rows = page.all(0); rows.length > 0; rows = page.all(Number(rows.at(-1)?.sequence))) {
    for (const { amountSortKey: _, ...row } of rows) {
      yield {
        type: 'revision',
        ...row,
        ...Object.fromEntries(JSON_COLUMNS.map((name) => [name, JSON.parse(String(row[name]))])),
        relations: relations.all(String(row.id), Number(row.revision)),
      };
    }
  }
}
