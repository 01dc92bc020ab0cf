import { randomUUID } from 'node:crypto';
import { createWriteStream, renameSync, rmSync } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { SQLiteColumn, SQLiteTable } from 'drizzle-orm/sqlite-core';
import { ENTRY_TABLES } from '../../ledger/catalogue/entry-tables.ts';
import { definitionsOf } from '../../ledger/catalogue/repository.ts';
import { listsOf } from '../../ledger/catalogue/writes.ts';
import { asc, eq, getTableColumns, getTableName, gt, sql } from '../../store/query.ts';
import type { Snapshot, Store } from '../../store/store.ts';
import { entryRevisions, recordRelations, records, sectors, sourceTexts } from '../../store/tables/schema.ts';
import { EXPORT_VERSION, JSON_COLUMNS } from '../restore/restoring.ts';

export interface ExportOptions {
  readonly now: Date;
  readonly texts: boolean;
}

/** So few rows are garbage again before the garbage collector has seen them twice, when it would take them for long-lived. */
const ROWS_AT_ONCE = 20;
/** Lines are given when there are so many characters of them, which others wait for no longer than a few milliseconds. */
const CHARACTERS_AT_ONCE = 65_536;

type Row = Readonly<Record<string, unknown>>;

/**
 * The whole ledger as lines of NDJSON in UTF-8: a first line that says what it is, the catalogue in an order in which
 * nothing refers to what comes later, every revision in the order in which it was written, and a last line with the
 * number of all lines, without which it is cut off. Some dozens of lines at a time.
 */
export async function* exportLines(read: Snapshot, options: ExportOptions): AsyncGenerator<Buffer> {
  let lines = 0;
  let text = '';
  for await (const row of exportedRows(read, options)) {
    lines += 1;
    text += `${JSON.stringify(row)}\n`;
    if (text.length < CHARACTERS_AT_ONCE) continue;
    const bytes = Buffer.from(text);
    text = '';
    yield bytes;
  }
  yield Buffer.from(`${text}${JSON.stringify({ type: 'end', lines: lines + 1 })}\n`);
}

async function* exportedRows(read: Snapshot, { now, texts }: ExportOptions): AsyncGenerator<Row> {
  yield {
    type: 'export',
    version: EXPORT_VERSION,
    exportedAt: now.toISOString(),
    datasetVersion: read.version,
    texts,
  };
  for (const [type, table] of Object.entries(ENTRY_TABLES)) {
    if (type === 'sector') yield* await sectorRows(read);
    else
      for await (const rows of pagesOf(read, table, table.id, ''))
        for (const row of rows)
          yield {
            type,
            ...row,
            ...listsOf(row),
            ...(type === 'source' && texts ? await textOf(read, row) : {}),
          };
  }
  yield* entryRevisionRows(read);
  yield* revisionRows(read);
}

/** The rows of a table, some at a time, in the order of a column that has each value once. */
async function* pagesOf(
  read: Snapshot,
  table: SQLiteTable,
  key: SQLiteColumn,
  before: string | number,
): AsyncGenerator<readonly Row[]> {
  const columns = Object.entries(getTableColumns(table));
  const place = columns.findIndex(([, column]) => column === key);
  let after: unknown = before;
  for (;;) {
    const rows = await read.rows(
      `export of ${getTableName(table)}`,
      () =>
        read
          .select()
          .from(table)
          .where(gt(key, sql.placeholder('after')))
          .orderBy(asc(key))
          .limit(ROWS_AT_ONCE),
      { after },
    );
    if (rows.length === 0) return;
    yield rows.map((values) => Object.fromEntries(columns.map(([name], index) => [name, values[index]])));
    after = rows.at(-1)?.[place];
  }
}

/** The text of a document. One at a time: it may have megabytes. */
async function textOf(read: Snapshot, { id }: Row): Promise<Row> {
  const [held] = await read
    .select({ text: sourceTexts.text, textRecordedAt: sourceTexts.recordedAt })
    .from(sourceTexts)
    .where(eq(sourceTexts.sourceId, String(id)));
  return { text: held?.text ?? null, textRecordedAt: held?.textRecordedAt ?? null };
}

/** The taxonomy, parents before their children. */
async function sectorRows(read: Snapshot): Promise<readonly Row[]> {
  const rows = await read.select().from(sectors).orderBy(asc(sectors.id));
  const definitions = await definitionsOf(
    read,
    rows.map(({ id }) => id),
  );
  const childrenOf = Map.groupBy(rows, (row) => row.parent);
  const below = (parent: string | null): readonly Row[] =>
    (childrenOf.get(parent) ?? []).flatMap((row) => [
      {
        type: 'sector',
        ...row,
        ...listsOf(row),
        definitions: definitions.get(row.id) ?? [],
      },
      ...below(row.id),
    ]);
  return below(null);
}

/** What was said of the catalogue, and when. */
async function* entryRevisionRows(read: Snapshot): AsyncGenerator<Row> {
  for await (const rows of pagesOf(read, entryRevisions, entryRevisions.sequence, 0))
    for (const { type: entryType, content, ...row } of rows)
      yield { type: 'entryRevision', entryType, ...row, content: JSON.parse(String(content)) as unknown };
}

async function* revisionRows(read: Snapshot): AsyncGenerator<Row> {
  for await (const rows of pagesOf(read, records, records.sequence, 0)) {
    const relations = await relationsOf(
      read,
      rows.map(({ id }) => String(id)),
    );
    for (const { amountSortKey: _, ...row } of rows) {
      yield {
        type: 'revision',
        ...row,
        ...Object.fromEntries(JSON_COLUMNS.map((name) => [name, JSON.parse(String(row[name]))])),
        relations: relations.get(`${row.id} ${row.revision}`) ?? [],
      };
    }
  }
}

/** What the revisions of some records state of others, by record and number of the revision. */
async function relationsOf(
  read: Snapshot,
  ids: readonly string[],
): Promise<ReadonlyMap<string, readonly Row[]>> {
  const { recordId, revision, kind, targetId } = recordRelations;
  const rows = await read.rows(
    'export of relations',
    () =>
      read
        .select({ recordId, revision, kind, targetId })
        .from(recordRelations)
        .where(read.dialect.isListed(recordId, sql.placeholder('ids')))
        .orderBy(asc(kind), asc(targetId)),
    { ids: JSON.stringify(ids) },
  );
  const byRevision = new Map<string, Row[]>();
  for (const [id, number, relation, record] of rows) {
    const key = `${id} ${number}`;
    byRevision.set(key, [...(byRevision.get(key) ?? []), { kind: relation, record }]);
  }
  return byRevision;
}

/** Writes an export of the ledger as it is now to a file, which is there only when it is whole, or to a stream. */
export async function exportFile(
  store: Store,
  target: string | NodeJS.WritableStream,
  options: ExportOptions,
): Promise<void> {
  await store.snapshot((read) => writeLines(Readable.from(exportLines(read, options)), target));
}

async function writeLines(lines: Readable, target: string | NodeJS.WritableStream): Promise<void> {
  if (typeof target !== 'string') {
    await pipeline(lines, target, { end: false });
    return;
  }
  const unfinished = `${target}.${randomUUID()}.part`;
  try {
    await pipeline(lines, createWriteStream(unfinished, { flags: 'wx', mode: 0o600 }));
    renameSync(unfinished, target);
  } finally {
    rmSync(unfinished, { force: true });
  }
}
