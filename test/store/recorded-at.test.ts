import type { Test } from 'tap';
import { test } from 'tap';
import { openLedger } from '../../src/transfer/open-ledger.ts';
import { RECORDED_AT } from '../helpers/seeded.ts';
import { sqliteOf } from '../helpers/statements.ts';

/** A seeded ledger, with a clock to be set. */
async function ledger(t: Test) {
  let clock = RECORDED_AT;
  const { store } = await openLedger(null, { now: () => clock });
  t.after(() => store.close());
  const at = (time: string): Promise<string> => {
    clock = new Date(time);
    return store.write(async ({ recordedAt }) => recordedAt);
  };
  return { store, sqlite: sqliteOf(store), at };
}

test('what is recorded is recorded no earlier than anything before it', async (t) => {
  const { at } = await ledger(t);
  t.equal(await at('2026-01-02T03:00:00.000Z'), RECORDED_AT.toISOString(), 'the seeds are later');
  await t.rejects(at('2025-01-01T00:00:00.000Z'), { code: 'clockBehindLedger' });
  t.equal(await at('2026-03-01T00:00:00.000Z'), '2026-03-01T00:00:00.000Z');
  t.equal(await at('2026-02-28T23:55:00.000Z'), '2026-03-01T00:00:00.000Z', 'the clock went back');
  await t.rejects(at('2026-02-28T23:54:59.999Z'), { code: 'clockBehindLedger' });
});

test('a ledger from before times were noted goes on from the newest it has', async (t) => {
  const newest = '2027-01-01T00:00:00.000Z';
  for (const [table, column] of [
    ['rates', 'observed_at'],
    ['sources', 'recorded_at'],
    ['rate_averages', 'recorded_at'],
    ['records', 'recorded_at'],
  ] as const) {
    const { sqlite, at } = await ledger(t);
    sqlite.exec(
      `update ${table} set ${column} = '${newest}' where rowid = (select max(rowid) from ${table})`,
    );
    sqlite.exec("delete from ledger_state where key = 'newestRecordedAt'");
    t.equal(await at('2026-12-31T23:59:00.000Z'), newest, table);
  }
});

test('what was brought in with its own times counts too', async (t) => {
  const { sqlite, at } = await ledger(t);
  const newest = '2027-05-01T00:00:00.000Z';
  sqlite.exec(
    `update records set recorded_at = '${newest}' where sequence = (select max(sequence) from records)`,
  );
  t.equal(await at('2027-04-30T23:59:00.000Z'), newest);
});
