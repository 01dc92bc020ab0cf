import pg from 'pg';
import type { Test } from 'tap';
import { test } from 'tap';
import { buildApp } from '../../src/app.ts';
import { parseConfig } from '../../src/config.ts';
import { attachStore } from '../../src/store/engine.ts';
import { makeKey } from '../helpers/keys.ts';
import { NO_POSTGRES, onPostgres, seededDatabase } from '../helpers/postgres.ts';
import { until } from '../helpers/process.ts';

/*
 * Wrong keys that are sent to several servers of one PostgreSQL ledger.
 */

type Send = (key: string, remoteAddress?: string) => Promise<string>;

/** A server; what it answers to a key: the status, and for a wrong key how many are left. */
async function serverOf(t: Test, url: string): Promise<Send> {
  const store = attachStore(url);
  const app = await buildApp({ config: parseConfig({}), store });
  t.after(async () => {
    await app.close();
    await store.close();
  });
  return async (key, remoteAddress = '192.0.2.1') => {
    const { statusCode, headers } = await app.inject({
      url: '/v1/sectors?limit=1',
      headers: { authorization: `Bearer ${key}` },
      remoteAddress,
    });
    const left = /r=(\d+)/.exec(String(headers.ratelimit))?.[1];
    return left === undefined ? String(statusCode) : `${statusCode}, ${left} left`;
  };
}

/** Begins to count the questions to the table; gives the count. */
function countQueries(t: Pick<Test, 'intercept'>): () => number {
  let count = 0;
  const { query } = pg.Client.prototype as unknown as { query: (...args: unknown[]) => unknown };
  t.intercept(pg.Client.prototype, 'query', {
    value(this: pg.Client, ...args: unknown[]) {
      if ((args[0] as { text?: string }).text?.includes('insert into rate_limits') === true) count += 1;
      return query.apply(this, args);
    },
  });
  return () => count;
}

test('wrong keys are counted over all servers, and right ones pay nothing for it', {
  skip: NO_POSTGRES,
}, async (t) => {
  const url = await seededDatabase(t);
  const store = attachStore(url);
  t.after(() => store.close());
  const { text } = await makeKey({ store });
  const queries = countQueries(t);
  const [one, other] = [await serverOf(t, url), await serverOf(t, url)];
  for (let left = 9; left >= 0; left -= 1)
    t.equal(await (left % 3 === 0 ? one : other)('wrong'), `401, ${left} left`);
  t.equal(queries(), 10);
  for (const send of [one, other, one, other]) t.equal(await send('wrong'), '429, 0 left');
  t.equal(queries(), 11, 'whoever is known to be past the limit is not asked about');
  for (const send of [one, other]) t.equal(await send(text), '200');
  t.equal(await other('wrong', '192.0.2.2'), '401, 9 left', 'another address');
  t.equal(queries(), 12);
});

test('of many wrong keys at once, over all servers, ten are answered as such', {
  skip: NO_POSTGRES,
}, async (t) => {
  const url = await seededDatabase(t);
  const servers = [await serverOf(t, url), await serverOf(t, url)];
  const answers = await Promise.all(
    Array.from({ length: 15 }, () => servers.map((send) => send('wrong'))).flat(),
  );
  t.equal(answers.filter((answer) => answer.startsWith('401')).length, 10);
  t.equal(answers.filter((answer) => answer.startsWith('429')).length, 20);
});

test('a count begins anew under the clock of the database, and what has ended goes', {
  skip: NO_POSTGRES,
}, async (t) => {
  const url = await seededDatabase(t);
  const store = attachStore(url);
  t.after(() => store.close());
  await onPostgres(url, (client) =>
    client.query("insert into rate_limits values ('ended', 7, 1), ('long-ago', 7, 1), ('later', 7, 9e15)"),
  );
  const first = await store.count?.('ended', 60_000);
  t.match(first, { count: 1, endsInMs: 60_000 });
  const second = await store.count?.('ended', 60_000);
  t.equal(second?.count, 2);
  t.ok((second?.endsInMs ?? 0) <= 60_000);
  t.match(await store.count?.('later', 60_000), { count: 8 });
  await until(
    () =>
      onPostgres(url, async (client) => {
        const { rows } = await client.query("select from rate_limits where key = 'long-ago'");
        return rows.length === 0;
      }),
    'it has gone',
  );
});

test('a database that is slow or fails locks nobody out, and each server limits by itself', {
  skip: NO_POSTGRES,
}, async (t) => {
  const url = await seededDatabase(t);
  const store = attachStore(url);
  t.after(() => store.close());
  const { text } = await makeKey({ store });
  const [one, other] = [await serverOf(t, url), await serverOf(t, url)];
  t.equal(await other('wrong'), '401, 9 left');
  await onPostgres(url, async (client) => {
    await client.query('begin; lock table rate_limits');
    t.equal(await one('wrong'), '401, 9 left', 'nobody is waited for without end');
    t.equal(await one(text), '200');
    await client.query('rollback; drop table rate_limits');
  });
  for (let left = 8; left >= 0; left -= 1) t.equal(await one('wrong'), `401, ${left} left`);
  t.equal(await one('wrong'), '429, 0 left');
  t.equal(await one(text), '200');
  t.equal(await other('wrong'), '401, 8 left');
});
