import type { SQLiteColumn, SQLiteTable } from 'drizzle-orm/sqlite-core';
import { getTableColumns } from '../db/drizzle.ts';
import { readDatasetVersion } from '../db/ledger-state.ts';
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
} from '../db/schema.ts';
import type { Storage } from '../db/storage.ts';
import { JSON_COLUMNS } from '../imports/restoring.ts';
import { EXPORT_VERSION } from '../imports/run.ts';

export interface ExportOptions {
  readonly now: Date;
  /** Whether the texts of documents are part of it. */
  readonly texts: boolean;
}

const ROWS_AT_ONCE = 500;

type Row = Readonly<Record<string, unknown>>;

/**
 * The whole ledger as lines of NDJSON: a first line that says what it is, the catalogue in an order in which nothing
 * refers to what comes later, every revision in the order in which it was written, and a last line with the number of
 * all lines, without which it is cut off. Some hundred lines at a time; between two of them the ledger may be written
 * to, so what was written after the beginning is left out.
 */
export async function* exportLines(storage: Storage, { now, texts }: ExportOptions): AsyncGenerator<string> {
  const { sqlite } = storage;
  let lines = 0;
  const written = (rows: readonly Row[]): string => {
    lines += rows.length;
    return rows.map((row) => `${JSON.stringify(row)}\n`).join('');
  };
  const last = sqlite.prepare<[], number | null>('select max(sequence) from records').pluck().get() ?? 0;
  const datasetVersion = await readDatasetVersion(storage.read);
  const first = {
    type: 'export',
    version: EXPORT_VERSION,
    exportedAt: now.toISOString(),
    datasetVersion,
    texts,
  };
  yield written([first]);

  for (const [type, table] of PLAIN_TABLES) {
    for (const rows of pages(storage, table)) yield written(rows.map((row) => ({ type, ...row })));
  }
  const text = sqlite.prepare<[string], string>('select text from source_texts where source_id = ?').pluck();
  for (const rows of pages(storage, sources)) {
    // One at a time: a text may have megabytes.
    for (const row of rows) {
      yield written([
        {
          type: 'source',
          ...row,
          supplied: JSON.parse(String(row.supplied)),
          schemes: JSON.parse(String(row.schemes)),
          ...(texts ? { text: text.get(String(row.id)) ?? null } : {}),
        },
      ]);
    }
  }
  yield written(sectorRows(storage));
  yield written(factRows(storage));
  for (const rows of revisionPages(storage, last)) yield written(rows);
  yield written([{ type: 'end', lines: lines + 1 }]);
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

/** The rows of a table with ids, some at a time. */
function* pages(
  { sqlite }: Storage,
  table: SQLiteTable & { readonly id: SQLiteColumn },
): Generator<readonly Row[]> {
  const name = TABLE_NAMES.get(table);
  const page = sqlite.prepare<[string], Row>(
    `select ${selected(table)} from ${name} where id > ? order by id limit ${ROWS_AT_ONCE}`,
  );
  for (let rows = page.all(''); rows.length > 0; rows = page.all(String(rows.at(-1)?.id))) yield rows;
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
function sectorRows({ sqlite }: Storage): readonly Row[] {
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
function factRows({ sqlite }: Storage): readonly Row[] {
  return sqlite
    .prepare<[], Row>(`select ${selected(factRevisions)} from fact_revisions order by subject, id, revision`)
    .all()
    .map(({ value, ...row }) => ({ type: 'fact', ...row, value: JSON.parse(String(value)) }));
}

function* revisionPages({ sqlite }: Storage, last: number): Generator<readonly Row[]> {
  // What a later revision has superseded since this export began was the current revision then.
  const page = sqlite.prepare<[{ after: number; last: number }], Row & { isCurrent: number }>(
    `select ${selected(records)}, exists (
       select 1 from records later where later.id = records.id and later.revision = records.revision + 1 and later.sequence > @last
     ) as isCurrent from records where sequence > @after and sequence <= @last order by sequence limit ${ROWS_AT_ONCE}`,
  );
  const columns = getTableColumns(recordRelations);
  const relations = sqlite.prepare<[string, number], Row>(
    `select ${columns.kind.name} as kind, ${columns.targetId.name} as record from record_relations where record_id = ? and revision = ? order by kind, target_id`,
  );
  let after = 0;
  for (;;) {
    const rows = page.all({ after, last });
    if (rows.length === 0) return;
    after = Number(rows.at(-1)?.sequence);
    yield rows.map(({ amountSortKey: _, isCurrent, ...row }) => ({
      type: 'revision',
      ...row,
      ...(isCurrent === 1 ? { supersededAt: null } : {}),
      ...Object.fromEntries(JSON_COLUMNS.map((name) => [name, JSON.parse(String(row[name]))])),
      relations: relations.all(String(row.id), Number(row.revision)),
    }));
  }
}
