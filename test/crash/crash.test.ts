import { test } from 'tap';
import { openSqlite } from '../../src/store/sqlite/database.ts';
import { NO_POSTGRES } from '../helpers/postgres.ts';
import { randomFrom } from '../helpers/random.ts';
import { runClusterCrashes, TARGETS } from './cluster.ts';
import { runCrashes } from './harness.ts';

test('killed while it is written to, the server loses no write that it answered', async (t) => {
  const reports = await runCrashes({
    kills: 3,
    seed: 20_200_525,
    clients: 4,
    importRows: 2000,
    longestLifeMs: 1500,
  });
  t.equal(reports.length, 3);
  for (const { number, faults, answered } of reports) {
    t.strictSame(faults, [], `after kill ${number}, with ${answered} writes answered`);
  }
  t.ok(
    reports.some(({ answered }) => answered > 20),
    'the clients did write',
  );
});

test('while servers, replica and primary are killed in turn, nothing answered is lost and reads go on', {
  skip: NO_POSTGRES,
}, async (t) => {
  const reports = await runClusterCrashes({
    kills: TARGETS.length,
    seed: 20_200_525,
    clients: 3,
    importRows: 300,
    longestLifeMs: 800,
  });
  for (const { target, faults, answered, reads } of reports) {
    t.strictSame(
      faults,
      [],
      `after ${target} was killed, with ${answered} writes and ${reads} reads answered`,
    );
    t.ok(reads > 0, `reads beside the death of ${target}`);
  }
  t.equal(reports.length, TARGETS.length);
});

test('a write that was answered and is gone is found', async (t) => {
  const [report] = await runCrashes({
    kills: 1,
    seed: 3,
    clients: 2,
    importRows: 0,
    longestLifeMs: 3000,
    leastAnswered: 3,
    whileDead: (file) => {
      const sqlite = openSqlite(file);
      sqlite.pragma('foreign_keys = off');
      sqlite.exec(`delete from record_json where record_id = 'crash-1';
        delete from record_texts where sequence in (select sequence from records where id = 'crash-1');
        delete from records where id = 'crash-1';
        update ledger_state set value = '1-gone' where key = 'datasetVersion'`);
      sqlite.close();
    },
  });
  t.ok((report?.answered ?? 0) > 2);
  const faults = report?.faults ?? [];
  t.ok(faults.some((fault) => /^crash-1 was answered as revision \d.* and is absent$/.test(fault)));
  t.ok(faults.some((fault) => /^datasetVersion went back from \d+ to 1$/.test(fault)));
  // A further revision of that record may have been under way: it is missed as well, and nothing else is.
  t.strictSame(
    faults.filter((fault) => !/^(?:crash-1|datasetVersion) /.test(fault)),
    [],
  );
});

test('a seed decides the moments', async (t) => {
  const [one, same, other] = [randomFrom(7), randomFrom(7), randomFrom(8)];
  const first = [one(), one(), one()];
  t.strictSame([same(), same(), same()], first);
  t.notSame([other(), other(), other()], first);
  t.ok(first.every((value) => value >= 0 && value < 1));
});
