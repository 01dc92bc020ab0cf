import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Test } from 'tap';
import { test } from 'tap';
import { attachStore } from '../../../src/store/engine.ts';
import { eq, sql } from '../../../src/store/query.ts';
import type { Transaction } from '../../../src/store/store.ts';
import { collections } from '../../../src/store/tables/schema.ts';
import { NO_POSTGRES, onPostgres, seededDatabase } from '../../helpers/postgres.ts';

/*
 * What nodes on one database may rely on, whatever happens to one of them.
 */

const OTHER_PROCESS = fileURLToPath(new URL('../../conformance/other-process.ts', import.meta.url));

const put = (id: string) => async (transaction: Transaction) => {
  await transaction.insert(collections).values({ id, name: id, description: '' });
};

/** Ends the connections that hold named locks, as an operator would. */
function endLockHolders(url: string): Promise<unknown> {
  return onPostgres(url, (client) =>
    client.query(
      "select pg_terminate_backend(pid, 10000) from pg_locks where locktype = 'advisory' and objsubid = 2",
    ),
  );
}

test('who has lost a lock writes no more, and who has taken it since does', {
  skip: NO_POSTGRES,
}, async (t) => {
  const url = await seededDatabase(t);
  const [one, other] = [attachStore(url), attachStore(url)];
  t.after(() => Promise.all([one.close(), other.close()]));
  const refused = Promise.withResolvers<unknown>();
  const taken = Promise.withResolvers<void>();
  const lost = one.exclusive('job', async () => {
    await one.write(put('under-the-lock'));
    await endLockHolders(url);
    await taken.promise;
    await one
      .exclusive('another', () => one.write(put('after-the-loss')))
      .then(refused.resolve, refused.resolve);
  });
  t.equal(one.failureOf(await lost.catch((error: unknown) => error)), 'databaseUnreachable');
  await other.exclusive('job', async () => {
    taken.resolve();
    const error = await refused.promise;
    t.match(error, { message: /held "job" was lost/ });
    t.equal(one.failureOf(error), 'databaseUnreachable');
    await other.write(put('by-the-next'));
  });
  await one.write(put('without-a-lock'));
  const has = (id: string) => other.snapshot((read) => read.$count(collections, eq(collections.id, id)));
  t.equal(await has('under-the-lock'), 1);
  t.equal(await has('after-the-loss'), 0);
  t.equal(await has('by-the-next'), 1);
  t.equal(await has('without-a-lock'), 1);
});

test('what goes on after the end of a locked action is not under its lock', {
  skip: NO_POSTGRES,
}, async (t) => {
  const url = await seededDatabase(t);
  const store = attachStore(url);
  t.after(() => store.close());
  const ended = Promise.withResolvers<void>();
  const later = await store.exclusive('job', async () => ({
    done: ended.promise.then(() => store.write(put('later'))),
  }));
  ended.resolve();
  await later.done;
  t.equal(await store.snapshot((read) => read.$count(collections, eq(collections.id, 'later'))), 1);
});

/** The clock of a process, moved by an hour. */
const shiftedBy = (ms: number): string =>
  `data:text/javascript,${encodeURIComponent(`
  const Right = Date;
  globalThis.Date = class extends Right {
    constructor(...of) { if (of.length > 0) super(...of); else super(Right.now() + ${ms}); }
    static now() { return Right.now() + ${ms}; }
  };`)}`;

/** The times under which a process whose clock is wrong has recorded its writes. */
async function timesOf(t: Test, url: string, ms: number): Promise<readonly string[]> {
  const child = spawn(process.execPath, ['--import', shiftedBy(ms), OTHER_PROCESS, url, 'times'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.teardown(() => child.kill('SIGKILL'));
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  await once(child, 'close');
  return output.trim().split('\n');
}

test('times never go back though the clocks of nodes differ by hours', { skip: NO_POSTGRES }, async (t) => {
  const url = await seededDatabase(t);
  const began = Date.now();
  const hour = 3_600_000;
  const told = (await Promise.all([-hour, 0, hour].map((ms) => timesOf(t, url, ms)))).map((lines) =>
    lines.map((line) => JSON.parse(line) as { place: number; at: string; clock: string }),
  );
  const [behind, right, ahead] = told;
  for (const [node, ms] of [
    [behind, -hour],
    [right, 0],
    [ahead, hour],
  ] as const) {
    const wrong = Date.parse(node?.[0]?.clock ?? '') - began - ms;
    t.ok(Math.abs(wrong) < hour / 2, 'its clock is wrong');
  }
  const writes = told.flat().sort((one, next) => one.place - next.place);
  t.equal(writes.length, 60, 'all have written');
  const times = writes.map(({ at }) => at);
  t.strictSame(times, times.toSorted(), 'in the order of the writes');
  for (const at of times) t.ok(Math.abs(Date.parse(at) - began) < hour / 2, 'by the clock of the database');
});

test('a plan for a small table is not kept while a write makes it large', {
  skip: NO_POSTGRES,
}, async (t) => {
  const store = attachStore(await seededDatabase(t));
  t.after(() => store.close());
  const plans = await store.write(async (transaction) => {
    for (let number = 0; number < 20; number += 1) {
      await put(`collection-${number}`)(transaction);
      await transaction.rows(
        'of a name',
        () =>
          transaction
            .select({ id: collections.id })
            .from(collections)
            .where(eq(collections.name, sql.placeholder('name'))),
        { name: `collection-${number}` },
      );
    }
    return transaction
      .select({ prepared: sql<number>`count(*)`, generic: sql<number>`sum(generic_plans)::bigint` })
      .from(sql`pg_prepared_statements`);
  });
  t.strictSame(plans, [{ prepared: 1, generic: 0 }]);
});
