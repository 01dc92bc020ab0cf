import fc from 'fast-check';
import { test } from 'tap';
import type { RecordContent } from '../../../src/ledger/records/record.ts';
import { sortKey } from '../../../src/store/sort-key.ts';
import { collections } from '../../../src/store/tables/schema.ts';
import { build } from '../../helpers/build.ts';
import { writeLargeLedger } from '../../helpers/large-ledger.ts';
import { recordContent } from '../../helpers/record-content.ts';
import { writeRecords } from '../../helpers/records.ts';

/** The figures by which records are compared. */
interface Figures {
  readonly value: string | null;
  readonly low: string | null;
  readonly high: string | null;
}
interface Row {
  readonly id: string;
  readonly publishedOn: string;
  readonly amount: Figures & { readonly currency: string };
  readonly converted: Figures | null;
  readonly notConverted: { readonly code: string } | null;
}
interface List {
  readonly data: readonly Row[];
  readonly page: { readonly nextCursor: string | null };
  readonly meta: {
    readonly count?: number;
    readonly notCompared?: { readonly count: number; readonly reasons: Readonly<Record<string, number>> };
  };
}

const COLLECTION = 'converted-pages';
/** One of them without a reference rate. */
const CURRENCIES = ['CNY', 'USD', 'EUR', 'JPY', 'IDR', 'VND'];
/** Few, so that many are alike; of the smallest many are alike when they are converted and rounded. */
const VALUES = ['0', '1', '2', '3', '4', '7', '40', '41', '0.5', '1000', '1000.25', '3000000000000', null];
const DAYS = ['2020-05-25', '2021-01-04', '2022-03-01'];

function contentAt(
  number: number,
  [currency, value, day]: readonly [string, string | null, string],
): RecordContent {
  const content = recordContent(`converted-page-${number}`);
  return {
    ...content,
    collection: COLLECTION,
    publishedOn: day,
    amount: {
      ...content.amount,
      ...(value === null
        ? { value: null, low: null, high: null, qualifier: 'indefinite', interpretation: 'no number' }
        : { value, low: null, high: null, qualifier: 'approximately' }),
      currency,
    },
  };
}

const content = fc.tuple(
  fc.constantFrom(...CURRENCIES),
  fc.constantFrom(...VALUES),
  fc.constantFrom(...DAYS),
);

const question = fc
  .record({
    convertTo: fc.constantFrom('EUR', 'USD', 'JPY', 'CNY'),
    basis: fc.constantFrom(
      'rateBasis=latest',
      'rateBasis=date&rateDate=2021-06-01',
      'rateBasis=latest,date&rateDate=2020-06-01',
    ),
    amountMin: fc.option(fc.constantFrom('0', '0.01', '0.02', '1', '6.5', '500000000000')),
    amountMax: fc.option(fc.constantFrom('0', '0.01', '5', '1000', '999999999999')),
    currency: fc.option(fc.constantFrom('CNY,IDR', 'VND', 'USD')),
    sort: fc.constantFrom(
      'amount',
      '-amount',
      'amount,-publishedOn',
      '-amount,publishedOn',
      '-publishedOn',
      'id',
    ),
    limit: fc.integer({ min: 1, max: 30 }),
  })
  .filter(
    ({ amountMin, amountMax }) =>
      amountMin === null || amountMax === null || Number(amountMin) <= Number(amountMax),
  );

function keyOf(figures: Figures | null): string | null {
  return sortKey(figures === null ? null : (figures.value ?? figures.low ?? figures.high));
}

function compareBy(sort: string) {
  const terms = [...sort.split(','), 'id'].map((term) => ({
    key: term.replace('-', ''),
    falls: term.startsWith('-'),
  }));
  const figureOf = (row: Row, key: string): string | null =>
    key === 'amount' ? keyOf(row.converted) : (row[key as 'id' | 'publishedOn'] ?? null);
  return (one: Row, other: Row): number => {
    for (const { key, falls } of terms) {
      const [a, b] = [figureOf(one, key), figureOf(other, key)];
      if (a === b) continue;
      if (a === null || b === null) return a === null ? 1 : -1;
      return a < b !== falls ? -1 : 1;
    }
    return 0;
  };
}

test('pages by converted amounts are those of all records converted, sorted and filtered', async (t) => {
  const { get, store } = await build(t);
  const drawn = fc.sample(content, { numRuns: 260, seed: 17 });
  await store.write((transaction) =>
    transaction.insertRows(collections, [{ id: COLLECTION, name: 'Drawn', description: 'Drawn' }]),
  );
  await writeRecords(store, ...drawn.map((one, number) => contentAt(number, one)));
  let pages = 0;
  await fc.assert(
    fc.asyncProperty(question, async ({ convertTo, basis, amountMin, amountMax, currency, sort, limit }) => {
      const named = currency === null ? '' : `&currency=${currency}`;
      const conversion = `collection=${COLLECTION}&convertTo=${convertTo}&${basis}${named}`;
      const { data: all } = await get<List>(`/v1/forecasts?${conversion}&limit=1000`);
      const [least, most] = [sortKey(amountMin), sortKey(amountMax)];
      const expected = all
        .filter(({ converted }) => {
          const key = keyOf(converted);
          return (
            (least === null || (key !== null && key >= least)) &&
            (most === null || (key !== null && key <= most))
          );
        })
        .toSorted(compareBy(sort));
      const bounds = `${amountMin === null ? '' : `&amountMin=${amountMin}`}${amountMax === null ? '' : `&amountMax=${amountMax}`}`;
      const found: Row[] = [];
      let cursor: string | null = null;
      do {
        const place: string = cursor === null ? '&count=exact' : `&cursor=${cursor}`;
        const page: List = await get<List>(
          `/v1/forecasts?${conversion}${bounds}&sort=${sort}&limit=${limit}${place}`,
        );
        if (cursor === null) t.equal(page.meta.count, expected.length);
        if (bounds !== '' || sort.includes('amount')) {
          const none = all.filter(({ converted }) => keyOf(converted) === null);
          t.equal(page.meta.notCompared?.count ?? 0, none.length);
          const refused = none.filter(({ notConverted }) => notConverted !== null);
          const { indefinite = 0 } = page.meta.notCompared?.reasons ?? {};
          t.equal(indefinite, none.length - refused.length);
        }
        found.push(...page.data);
        pages += 1;
        cursor = page.page.nextCursor;
      } while (cursor !== null);
      t.strictSame(found, expected);
    }),
    { numRuns: 60, seed: 4 },
  );
  t.ok(pages > 200, `${pages} pages`);
});

test('a list by converted amounts goes on where it was while records are added', async (t) => {
  const { get, store } = await build(t);
  const drawn = fc.sample(content, { numRuns: 80, seed: 18 });
  await store.write((transaction) =>
    transaction.insertRows(collections, [{ id: COLLECTION, name: 'Drawn', description: 'Drawn' }]),
  );
  await writeRecords(store, ...drawn.map((one, number) => contentAt(number, one)));
  const asked = `/v1/forecasts?collection=${COLLECTION}&convertTo=EUR&rateBasis=latest&sort=-amount&limit=7`;
  const before = (await get<List>(asked.replace('limit=7', 'limit=1000'))).data.map(({ id }) => id);
  const found: string[] = [];
  let cursor: string | null = null;
  for (let added = 1000; ; added += 1) {
    const page: List = await get<List>(cursor === null ? asked : `${asked}&cursor=${cursor}`);
    found.push(...page.data.map(({ id }) => id));
    cursor = page.page.nextCursor;
    if (cursor === null) break;
    await writeRecords(
      store,
      contentAt(added, ['USD', '9000000000000', '2020-05-25']),
      contentAt(added + 500, ['JPY', '3', '2020-05-25']),
    );
  }
  t.equal(new Set(found).size, found.length, 'none twice');
  t.strictSame(
    found.filter((id) => before.includes(id)),
    before,
  );
});

test('more records than are computed with at once are listed by converted amounts, in every format', async (t) => {
  const { get, store, request } = await build(t);
  await writeLargeLedger(store, 5100, 0);
  for (const parameters of ['amountMin=1000', 'sort=-amount', 'amountMax=999999999999999&sort=amount']) {
    const { data, meta } = await get<List>(
      `/v1/forecasts?convertTo=USD&rateBasis=latest&${parameters}&count=exact&limit=3`,
    );
    t.equal(data.length, 3);
    t.ok((meta.count ?? 0) >= 5100, parameters);
  }
  const csv = await request(`/v1/forecasts.ndjson?convertTo=USD&rateBasis=latest&sort=-amount&fields=id`);
  t.equal(csv.statusCode, 200);
  const ids = csv.body.trim().split('\n');
  t.equal(new Set(ids).size, ids.length);
  t.ok(ids.length >= 5100);
});
