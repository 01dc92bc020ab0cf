import { is } from 'drizzle-orm';
import { getTableConfig, SQLiteTable } from 'drizzle-orm/sqlite-core';
import { test } from 'tap';
import { searchTokens } from '../../../src/domain/text/search-text.ts';
import { attachStore, storageFailureOf } from '../../../src/store/engine.ts';
import { StorageError } from '../../../src/store/errors.ts';
import { advanceDatasetVersion } from '../../../src/store/ledger-state.ts';
import { eq } from '../../../src/store/query.ts';
import * as schema from '../../../src/store/tables/schema.ts';
import { openLedger } from '../../../src/transfer/open-ledger.ts';
import { emptyDatabase, NO_POSTGRES, onPostgres, seededDatabase } from '../../helpers/postgres.ts';
import { until } from '../../helpers/process.ts';
import { recordContent } from '../../helpers/record-content.ts';
import { writeRecords } from '../../helpers/records.ts';

const { recordTexts } = schema;

test('an empty database is migrated and seeded, once, however many start at once', {
  skip: NO_POSTGRES,
}, async (t) => {
  const url = await emptyDatabase(t);
  const opened = await Promise.all([1, 2, 3].map(() => openLedger(url)));
  t.after(() => Promise.all(opened.map(({ store }) => store.close())));
  const [first, ...others] = opened.sort((one, other) => other.migrated - one.migrated);
  t.ok((first?.migrated ?? 0) > 0);
  t.ok((first?.seeded.length ?? 0) > 0);
  for (const { migrated, seeded } of others) t.strictSame([migrated, seeded], [0, []]);
  const versions = await Promise.all(opened.map(({ store }) => store.version()));
  t.equal(new Set(versions).size, 1);
  t.match(versions[0], /^1-/, 'one write');
});

test('the tables, keys, indexes and conditions are those that are declared', {
  skip: NO_POSTGRES,
}, async (t) => {
  const url = await seededDatabase(t);
  await onPostgres(url, async (client) => {
    const rowsOf = async (query: string): Promise<string[]> =>
      (await client.query({ text: query, rowMode: 'array' })).rows
        .map((row: unknown[]) => row.join(' '))
        .sort();
    const configs = Object.values(schema)
      .filter((value) => is(value, SQLiteTable))
      .map((table) => getTableConfig(table));
    const columns = configs.flatMap(({ name, columns }) =>
      columns.map((column) => {
        const type = column.dataType === 'number' ? 'bigint' : 'text C';
        return `${name} ${column.name} ${type} ${column.notNull ? 'NO' : 'YES'}`.replace('bigint', 'bigint ');
      }),
    );
    t.strictSame(
      await rowsOf(
        `select table_name, column_name, data_type, collation_name, is_nullable from information_schema.columns
        where table_schema = 'public' and data_type <> 'tsvector'
          and table_name not in ('__drizzle_migrations', 'scratch', 'rate_limits')`,
      ),
      columns.sort(),
    );
    const references = configs.flatMap(({ name, foreignKeys }) =>
      foreignKeys.map((key) => {
        const { columns: from, foreignTable } = key.reference();
        return `${name} ${getTableConfig(foreignTable).name} ${from.length} r`;
      }),
    );
    t.strictSame(
      await rowsOf(
        "select conrelid::regclass, confrelid::regclass, cardinality(conkey), confdeltype from pg_constraint where contype = 'f'",
      ),
      references.sort(),
    );
    const checks = configs.flatMap(({ checks }) => checks.map(({ name }) => name));
    t.strictSame(
      await rowsOf("select conname from pg_constraint where contype = 'c' and conrelid > 16383"),
      checks,
    );
    const indexes = configs.flatMap(({ indexes }) => indexes.map(({ config }) => config.name));
    const made = await rowsOf("select indexname from pg_indexes where schemaname = 'public'");
    t.strictSame(
      indexes.filter((name) => !made.includes(name)),
      [],
    );
  });
});

test('what is not a ledger, or a newer one, is refused and left as it is', {
  skip: NO_POSTGRES,
}, async (t) => {
  const foreign = await emptyDatabase(t);
  await onPostgres(foreign, (client) => client.query('create table customers (id int)'));
  await t.rejects(openLedger(foreign), { code: 'foreignDatabase' });
  t.equal(
    await onPostgres(foreign, async (client) => {
      return (
        await client.query(
          "select count(*)::int as count from pg_class where relnamespace = 'public'::regnamespace",
        )
      ).rows[0].count as number;
    }),
    1,
  );
  const newer = await seededDatabase(t);
  await onPostgres(newer, (client) =>
    client.query("insert into __drizzle_migrations (hash, created_at) values ('x', 99999999999999)"),
  );
  await t.rejects(openLedger(newer), { code: 'newerDatabase' });
  const changed = await seededDatabase(t);
  await onPostgres(changed, (client) =>
    client.query("update __drizzle_migrations set hash = 'x' where id = 1"),
  );
  await t.rejects(openLedger(changed), { code: 'changedMigration' });
});

test('a server that does not answer is named without the password', async (t) => {
  const error = await openLedger('postgres://reader:secret-word@127.0.0.1:1/ledger?sslmode=disable').catch(
    (thrown: unknown) => thrown,
  );
  t.ok(error instanceof StorageError);
  t.match(error, { code: 'cannotOpen', message: 'postgres://reader@127.0.0.1:1/ledger cannot be opened' });
  t.notMatch((error as Error).message, /secret-word/);
});

test('what PostgreSQL refuses is told by its cause', async (t) => {
  const failures = {
    53100: 'storageFull',
    25006: 'storageReadOnly',
    '55P03': 'ledgerBusy',
    '40P01': 'ledgerBusy',
    53300: 'ledgerBusy',
    '08006': 'databaseUnreachable',
    '28P01': 'databaseUnreachable',
    '57P01': 'databaseUnreachable',
    DEPTH_ZERO_SELF_SIGNED_CERT: 'databaseUnreachable',
    58030: 'storageFailing',
    XX001: 'storageFailing',
    ECONNREFUSED: 'databaseUnreachable',
    23505: null,
    '42P01': null,
  };
  for (const [code, failure] of Object.entries(failures)) {
    const cause = Object.assign(new Error('refused'), { code });
    t.equal(storageFailureOf(new Error('in a query', { cause })), failure, code);
  }
});

test('connections that are lost fail what is under way, and others take their place', {
  skip: NO_POSTGRES,
}, async (t) => {
  const url = await seededDatabase(t);
  const store = attachStore(url);
  t.after(() => store.close());
  const terminate = (): Promise<unknown> =>
    onPostgres(url, (client) =>
      client.query(
        'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
      ),
    );
  const failureOf = (failed: Promise<unknown>) =>
    failed.then(
      () => 'none',
      (error: unknown) => store.failureOf(error),
    );
  await store.version();
  t.equal(
    await failureOf(
      store.write(async (transaction) => {
        await advanceDatasetVersion(transaction, 'lost');
        await terminate();
      }),
    ),
    'databaseUnreachable',
  );
  t.equal(
    await failureOf(
      store.snapshot(async (read) => {
        await terminate();
        await read.select().from(schema.collections);
      }),
    ),
    'databaseUnreachable',
  );
  t.equal(
    await failureOf(
      store.exclusive('held', async () => {
        await terminate();
        await until(async () => !(await store.isUnderWay('held')), 'nobody holds it any more');
        await new Promise(() => undefined);
      }),
    ),
    'databaseUnreachable',
  );
  const before = await store.version();
  const after = await store.write((transaction) => advanceDatasetVersion(transaction, 'found again'));
  t.not(after, before);
  t.equal(await store.snapshot(async ({ version }) => version), after);
});

test('words longer than the index takes are found as they stand', { skip: NO_POSTGRES }, async (t) => {
  const store = attachStore(await seededDatabase(t));
  t.after(() => store.close());
  const long = 'w'.repeat(600);
  await writeRecords(store, recordContent('long-a'), recordContent('long-b'));
  await store.write(async (transaction) => {
    const rows = await transaction.select().from(recordTexts);
    const [a, b] = rows.sort((one, next) => one.sequence - next.sequence).slice(-2);
    for (const [row, notes] of [
      [a, `${long}x 17.1`],
      [b, `${long}y`],
    ] as const) {
      const sequence = row?.sequence ?? 0;
      await transaction
        .update(recordTexts)
        .set({ notes: searchTokens(notes) })
        .where(eq(recordTexts.sequence, sequence));
    }
    const find = (query: string) => transaction.search.sequences(transaction, query);
    t.strictSame(await find(`${long}x 17.1`), [a?.sequence]);
    t.strictSame(await find(`${long}y`), [b?.sequence]);
    t.equal((await find(long)).length, 2, 'the last word may be incomplete');
    t.strictSame(await find(`${long} 17`), []);
  });
});
