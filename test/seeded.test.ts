import { test } from 'tap';
import type { Store } from '../src/store/store.ts';
import { openLedger } from '../src/transfer/open-ledger.ts';
import { openSeeded, RECORDED_AT } from './helpers/seeded.ts';
import { sqliteOf } from './helpers/statements.ts';

/** Every row of every table, SQLite's own and those of the full-text index among them. */
function contentOf(store: Store): Readonly<Record<string, readonly unknown[]>> {
  const sqlite = sqliteOf(store);
  const tables = sqlite
    .prepare<[], string>("select name from sqlite_schema where type = 'table' order by name")
    .pluck()
    .all();
  return Object.fromEntries(
    ['sqlite_schema', ...tables].map((table) => [
      table,
      sqlite.prepare(`select * from "${table}"`).raw().all(),
    ]),
  );
}

test('the copied ledgers of tests are as one that is seeded anew, and nobody sees what others write', async (t) => {
  const now = (): Date => RECORDED_AT;
  const [{ store: anew }, one, other] = await Promise.all([
    openLedger(null, { now }),
    openSeeded(now),
    openSeeded(now),
  ]);
  t.after(() => Promise.all([anew, one, other].map((store) => store.close())));
  const expected = contentOf(anew);
  t.ok((expected.records?.length ?? 0) > 100);
  t.strictSame(contentOf(one), expected);
  sqliteOf(one).exec('drop table idempotency_keys');
  t.strictSame(contentOf(other), expected);
});
