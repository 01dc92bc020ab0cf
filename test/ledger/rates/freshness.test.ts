import { test } from 'tap';
import { addDays } from '../../../src/domain/period/calendar.ts';
import { ecb } from '../../../src/ledger/rates/providers/ecb.ts';
import { heldDates, rateFreshness } from '../../../src/ledger/rates/repository.ts';
import { advanceDatasetVersion } from '../../../src/store/ledger-state.ts';
import { eq } from '../../../src/store/query.ts';
import { rateSeries, rates, unpublishedDays } from '../../../src/store/tables/schema.ts';
import { build } from '../../helpers/build.ts';
import { ONLY_SQLITE } from '../../helpers/postgres.ts';
import { planOf, sqliteOf } from '../../helpers/statements.ts';
import { rowsOf } from '../../helpers/tables.ts';

const NOW = new Date('2026-08-24T10:00:00Z');
const NEWEST = '2026-08-21';

test('since when no day is missing is told wherever the age of the rates is', async (t) => {
  const { get, store } = await build(t, {}, { now: () => NOW });
  const freshness = (asOf: string | null = null) =>
    store.snapshot((read) => rateFreshness(read, ecb, { now: NOW, asOf }));
  const held = {
    provider: 'ecb',
    base: 'EUR',
    revision: 1,
    rate: '1.1',
    observedAt: '2026-08-24T00:00:00.000Z',
  };
  /** Holds every publishing day from one to another, as a fetch would, and answers with `heldFrom`. */
  const hold = async (from: string, to: string, quotes: readonly string[]): Promise<string | null> => {
    await store.write(async (transaction) => {
      for (let day = from; day <= to; day = addDays(day, 1))
        if (ecb.calendar.isOpen(day))
          await transaction
            .insert(rates)
            .values(quotes.map((quote) => ({ ...held, quote, date: day })))
            .onConflictDoNothing();
      await advanceDatasetVersion(transaction, `${from} ${to}`);
    });
    return (await freshness()).heldFrom;
  };
  t.equal((await freshness()).heldFrom, NEWEST, 'the seeded days');
  t.equal(await hold('2026-08-13', '2026-08-18', ['USD']), NEWEST, 'two days are missing before the newest');
  t.equal(await hold('2026-08-20', '2026-08-20', ['USD']), '2026-08-20');
  t.equal(await hold('2026-08-19', '2026-08-19', ['CNY']), '2026-08-13', 'across a weekend');
  const answers = [
    (await get<{ rates: { heldFrom: string } }>('/health/ready')).rates,
    (await get<{ meta: { rates: { heldFrom: string } } }>('/v1/rates?limit=1')).meta.rates,
  ];
  for (const { heldFrom } of answers) t.equal(heldFrom, '2026-08-13');
  const past = await freshness('2026-08-01T00:00:00.000Z');
  t.equal(past.heldFrom, NEWEST, 'as of a day before those were fetched');

  const quotes = (await rowsOf(store, rateSeries)).map(({ quote }) => quote).slice(0, 31);
  t.equal(await hold('2026-08-04', '2026-08-12', quotes), '2026-08-04');
  t.equal(await hold('1999-01-04', '2026-08-03', quotes), '1999-01-04', 'the whole history, Easter included');
  const drop = (date: string): Promise<string> =>
    store.write(async (transaction) => {
      await transaction.delete(rates).where(eq(rates.date, date));
      return advanceDatasetVersion(transaction, `without ${date}`);
    });
  await drop('2026-08-03');
  t.equal((await freshness()).heldFrom, '2026-08-04');
  await store.write(async (transaction) => {
    const { recordedAt } = transaction;
    await transaction.insert(unpublishedDays).values({ provider: 'ecb', date: '2026-08-03', recordedAt });
    await advanceDatasetVersion(transaction, 'nothing on 2026-08-03');
  });
  t.equal((await freshness()).heldFrom, '1999-01-04', 'a day known to be without rates is not missing');
  await drop('2010-06-15');
  t.equal((await freshness()).heldFrom, '2010-06-16');
});

test('the days held are found one by one in the index', { skip: ONLY_SQLITE }, async (t) => {
  const { store } = await build(t);
  const { sql, params } = await store.snapshot(async (read) =>
    (heldDates(read, ecb.id, null) as unknown as { toSQL: () => { sql: string; params: unknown[] } }).toSQL(),
  );
  const plan = planOf(sqliteOf(store), sql, params);
  const searches = plan.filter((detail) => /\brates\b/.test(detail));
  t.match(searches, [
    /^SEARCH rates USING (?:COVERING )?INDEX rates_by_date \(provider=\?\)$/,
    /^SEARCH rates USING (?:COVERING )?INDEX rates_by_date \(provider=\? AND date<\?\)$/,
  ]);
  t.equal(searches.length, 2, plan.join('; '));
});
