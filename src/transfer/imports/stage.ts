import { and, asc, count, eq, gt, inArray, isNotNull, lte, sql } from '../../store/query.ts';
import type { Reader, Snapshot, Store, Transaction } from '../../store/store.ts';
import { importRows } from '../../store/tables/schema.ts';
import type { StagedClaims, StagedContents, StagedRow } from '../row-handling.ts';

/** So many rows are taken out at once. */
const ROWS_AT_ONCE = 500;
/** Of long rows, fewer are published at once: a document's text has megabytes. */
const BYTES_AT_ONCE = 4_194_304;
/** So many are deleted at once, so that other writers get their turn. */
const ROWS_DELETED_AT_ONCE = 5000;

/** @returns those whose key another row has, with the number of that row; they are not staged */
export async function stageRows(
  transaction: Transaction,
  importId: string,
  rows: readonly (StagedRow & { readonly row: number })[],
): Promise<ReadonlyMap<number, number>> {
  if (rows.length === 0) return new Map();
  const first = new Map<string, number>();
  for (const [key, { row }] of await stagedUnder(
    transaction,
    importId,
    rows.map(({ key }) => key),
  ))
    first.set(key, row);
  const repeated = new Map<number, number>();
  const fresh = rows.filter(({ row, key }) => {
    const earlier = first.get(key);
    if (earlier !== undefined) repeated.set(row, earlier);
    else first.set(key, row);
    return earlier === undefined;
  });
  await transaction.insertRows(
    importRows,
    fresh.map(({ row, key, content, claim = null }) => ({
      importId,
      row,
      recordId: key,
      content: JSON.stringify(content),
      claim,
    })),
  );
  return repeated;
}

export function stagedContents(importId: string): StagedContents {
  return (read, keys) => stagedUnder(read, importId, keys);
}

/** Found when all rows are staged: looked for row by row, it would take an index. */
export function stagedClaims(importId: string): StagedClaims {
  return async function* repeated(read) {
    const ofImport = and(eq(importRows.importId, importId), isNotNull(importRows.claim));
    const several = read
      .select({ claim: importRows.claim })
      .from(importRows)
      .where(ofImport)
      .groupBy(importRows.claim)
      .having(gt(count(), 1));
    const found = await read
      .select({ row: importRows.row, claim: importRows.claim })
      .from(importRows)
      .where(and(ofImport, inArray(importRows.claim, several)))
      .orderBy(asc(importRows.claim), asc(importRows.row));
    for (let from = 0; from < found.length; from += ROWS_AT_ONCE) {
      const some = found.slice(from, from + ROWS_AT_ONCE);
      const contents = await contentsOf(
        read,
        importId,
        some.map(({ row }) => row),
      );
      for (const { row, claim } of some)
        yield { row, claim: claim ?? '', content: JSON.parse(contents.get(row) ?? 'null') as unknown };
    }
  };
}

async function contentsOf(
  read: Reader,
  importId: string,
  rows: readonly number[],
): Promise<ReadonlyMap<number, string>> {
  const found = await read
    .select({ row: importRows.row, content: importRows.content })
    .from(importRows)
    .where(and(eq(importRows.importId, importId), inArray(importRows.row, [...rows])));
  return new Map(found.map(({ row, content }) => [row, content]));
}

async function stagedUnder(
  read: Reader,
  importId: string,
  keys: readonly string[],
): ReturnType<StagedContents> {
  // Not prepared: a plan for the few rows of the beginning would read all of them later.
  const rows = await read.rows(
    null,
    () =>
      read
        .select({ key: importRows.recordId, row: importRows.row, content: importRows.content })
        .from(importRows)
        .where(
          and(
            eq(importRows.importId, sql.placeholder('importId')),
            read.dialect.isListed(importRows.recordId, sql.placeholder('keys')),
          ),
        ),
    { importId, keys: JSON.stringify(keys) },
  );
  return new Map(
    (rows as [string, number, string][]).map(([key, row, content]) => [
      key,
      { row, content: JSON.parse(content) as unknown },
    ]),
  );
}

export async function unstageRows(
  transaction: Transaction,
  importId: string,
  rows: readonly number[],
): Promise<void> {
  for (let from = 0; from < rows.length; from += ROWS_AT_ONCE) {
    const some = rows.slice(from, from + ROWS_AT_ONCE);
    await transaction
      .delete(importRows)
      .where(and(eq(importRows.importId, importId), inArray(importRows.row, some)));
  }
}

/** The staged rows of an import in their order, some at a time. */
export async function* stagedBatches(
  read: Snapshot,
  importId: string,
  rowsAtOnce: number,
): AsyncGenerator<readonly { readonly row: number; readonly content: unknown }[]> {
  for (let after = 0; ; ) {
    const rest = and(eq(importRows.importId, importId), gt(importRows.row, after));
    const sizes = await read
      .select({ row: importRows.row, bytes: sql<number>`octet_length(${importRows.content})` })
      .from(importRows)
      .where(rest)
      .orderBy(asc(importRows.row))
      .limit(rowsAtOnce);
    let bytes = 0;
    const tooMany = sizes.findIndex((size) => {
      bytes += size.bytes;
      return bytes > BYTES_AT_ONCE;
    });
    const last = sizes[tooMany < 0 ? sizes.length - 1 : Math.max(0, tooMany - 1)];
    if (last === undefined) return;
    const rows = await read
      .select({ row: importRows.row, content: importRows.content })
      .from(importRows)
      .where(and(rest, lte(importRows.row, last.row)))
      .orderBy(asc(importRows.row));
    yield rows.map(({ row, content }) => ({ row, content: JSON.parse(content) as unknown }));
    after = last.row;
  }
}

export async function deleteStagedRows(store: Store, importId: string): Promise<void> {
  for (let isMore = true; isMore; ) {
    isMore = await store.write(
      async (transaction) => {
        const [last] = await transaction
          .select({ row: importRows.row })
          .from(importRows)
          .where(eq(importRows.importId, importId))
          .orderBy(asc(importRows.row))
          .limit(1)
          .offset(ROWS_DELETED_AT_ONCE);
        await transaction
          .delete(importRows)
          .where(
            and(
              eq(importRows.importId, importId),
              last === undefined ? undefined : lte(importRows.row, last.row),
            ),
          );
        return last !== undefined;
      },
      { timeoutMs: 60_000 },
    );
  }
}
