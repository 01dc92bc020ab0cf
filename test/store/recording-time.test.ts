import { test } from 'tap';
import { recordingTime } from '../../src/store/recording-time.ts';
import { build, RECORDED_AT } from '../helpers/build.ts';

test('what is recorded is recorded no earlier than anything before it', async (t) => {
  const { storage } = await build(t);
  const at = (time: string): string => recordingTime(storage, new Date(time));
  t.equal(at('2025-01-01T00:00:00.000Z'), RECORDED_AT.toISOString(), 'the seeds are later');
  t.equal(at('2026-03-01T00:00:00.000Z'), '2026-03-01T00:00:00.000Z');
  t.equal(at('2026-02-01T00:00:00.000Z'), '2026-03-01T00:00:00.000Z', 'the clock went back');
});

test('a ledger from before times were noted goes on from the newest it has', async (t) => {
  const { storage } = await build(t);
  const forget = () => storage.sqlite.exec("delete from ledger_state where key = 'newestRecordedAt'");
  for (const [table, column] of [
    ['rates', 'observed_at'],
    ['sources', 'recorded_at'],
    ['rate_averages', 'recorded_at'],
    ['records', 'recorded_at'],
  ] as const) {
    const newest = '2027-01-01T00:00:00.000Z';
    storage.sqlite.exec('savepoint one');
    storage.sqlite.exec(
      `update ${table} set ${column} = '${newest}' where rowid = (select max(rowid) from ${table})`,
    );
    forget();
    t.equal(recordingTime(storage, new Date('2026-06-01T00:00:00.000Z')), newest, table);
    storage.sqlite.exec('rollback to one; release one');
  }
});

test('what was brought in with its own times counts too', async (t) => {
  const { storage } = await build(t);
  const newest = '2027-05-01T00:00:00.000Z';
  storage.sqlite.exec(
    `update records set recorded_at = '${newest}' where sequence = (select max(sequence) from records)`,
  );
  t.equal(recordingTime(storage, new Date('2026-06-01T00:00:00.000Z')), newest);
});
