import { readFileSync } from 'node:fs';
import { test } from 'tap';
import type { Conversion } from '../../../src/domain/money/conversion.ts';
import type { ProblemDocument } from '../../../src/http/message/problem.ts';
import { ecb } from '../../../src/ledger/rates/providers/ecb.ts';
import type { Rate } from '../../../src/ledger/rates/schemas.ts';
import { syncRates } from '../../../src/ledger/rates/sync.ts';
import type { Forecast } from '../../../src/ledger/records/schemas.ts';
import { build } from '../../helpers/build.ts';
import type { OpenApiDocument } from '../../helpers/contract.ts';
import { resolvedDocument } from '../../helpers/contract.ts';
import { historyZip, serve } from '../../helpers/rate-source.ts';
import { recompute } from '../../helpers/receipts.ts';
import { collectedRates, minorUnitsOf } from '../../helpers/reference-rates.ts';

interface Item<Data> {
  readonly data: Data;
}
type Converted = Forecast & {
  readonly converted: Conversion | null;
  readonly notConverted: { code: string } | null;
};

const HAITONG = 'haitong-2020-new-infrastructure-2020';
const AUGUST = { now: () => new Date('2026-08-24T08:00:00Z') };

test('3 trillion yuan at the publication date, as stated, and how far they differ', async (t) => {
  const { get } = await build(t, {}, AUGUST);
  const { data } = await get<Item<Converted>>(`/v1/forecasts/${HAITONG}?convertTo=USD`);
  t.equal(data.converted?.value, '420391491985.2');
  t.match(data.converted?.receipt, {
    basis: 'publication',
    requestedDate: '2020-05-25',
    effectiveDate: '2020-05-25',
    carriedDays: 0,
    method: 'cross',
    legs: [
      { quote: 'CNY', rate: '7.7856' },
      { quote: 'USD', rate: '1.091' },
    ],
    rate: { value: '7.13620531622', direction: 'CNY per USD' },
  });
  const stated = await get<Item<Converted>>(`/v1/forecasts/${HAITONG}?convertTo=USD&rateBasis=stated`);
  t.equal(stated.data.converted?.value, '420000000000');
  t.match(stated.data.converted?.receipt.rate.value, /^7\.142857/);
  const sideBySide = await get<Item<readonly { basis: string; deviationFromStatedPercent: string }[]>>(
    `/v1/forecasts/${HAITONG}/conversions?to=USD&rateDate=2020-05-24`,
  );
  t.same(
    sideBySide.data.map(({ basis, deviationFromStatedPercent }) => [basis, deviationFromStatedPercent]),
    [
      ['publication', '0.093'],
      ['stated', '0'],
      ['periodAverage', '3.605'],
      ['latest', '6.283'],
      ['date', '0.114'],
    ],
  );
});

test('every receipt gives the converted figure again, from its legs', async (t) => {
  const { get } = await build(t, {}, AUGUST);
  let checked = 0;
  for (const to of ['USD', 'EUR', 'JPY', 'CNY']) {
    for (const basis of ['publication', 'stated', 'periodAverage', 'latest', 'date&rateDate=2020-05-23']) {
      const { data } = await get<Item<readonly Converted[]>>(
        `/v1/forecasts?convertTo=${to}&rateBasis=${basis}`,
      );
      for (const { amount, converted, notConverted } of data) {
        t.equal(converted === null, notConverted !== null);
        if (converted === null) continue;
        for (const field of ['value', 'low', 'high'] as const) {
          const figure = amount[field];
          t.equal(
            converted[field],
            figure === null ? null : recompute(converted.receipt, figure, minorUnitsOf(to)),
          );
          checked += 1;
        }
      }
    }
  }
  t.ok(checked > 100);
});

test('a list leaves null with a reason where there is no conversion, a record is a 422', async (t) => {
  const { get, request } = await build(t, {}, AUGUST);
  const { data } = await get<Item<readonly Converted[]>>(
    '/v1/forecasts?collection=seed-documents&convertTo=USD&rateBasis=stated&sort=id',
  );
  t.same(
    data.map(({ converted, notConverted }) => converted?.value ?? notConverted?.code),
    ['noStatedConversion', 'noStatedConversion', '420000000000', 'noStatedConversion', 'noStatedConversion'],
  );
  const single = await request('/v1/forecasts/caict-2020-5g-network-to-2025?convertTo=USD&rateBasis=stated');
  t.equal(single.statusCode, 422);
  t.equal(single.json<ProblemDocument>().code, 'noStatedConversion');
  const several = await request(
    '/v1/forecasts/caict-2020-5g-network-to-2025?convertTo=USD&rateBasis=stated,periodAverage',
  );
  t.match(several.json<ProblemDocument>(), {
    code: 'conversionNotPossible',
    detail: /noStatedConversion.*periodOpen/,
  });
  const fallBack = await get<Item<Converted>>(
    '/v1/forecasts/caict-2020-5g-network-to-2025?convertTo=USD&rateBasis=stated,publication',
  );
  t.equal(fallBack.data.converted?.receipt.basis, 'publication');
});

test('days without a rate: carried, not held, and four codes for those that never had one', async (t) => {
  const { get, request } = await build(t, {}, AUGUST);
  const convert = (from: string, date: string) => `/v1/convert?amount=1000&from=${from}&to=USD&date=${date}`;
  for (const [date, carriedDays] of [
    ['2020-05-23', 1],
    ['2020-05-24', 2],
  ] as const) {
    const { data } = await get<Item<{ converted: Conversion }>>(convert('CNY', date));
    t.match(data.converted.receipt, { requestedDate: date, effectiveDate: '2020-05-22', carriedDays });
  }
  const cases: readonly (readonly [string, string, string])[] = [
    ['CNY', '2020-05-28', 'rateNotHeld'],
    ['RUB', '2023-05-25', 'rateAfterSeriesEnd'],
    ['ISK', '2012-05-25', 'rateInSeriesGap'],
    ['CNY', '2004-05-25', 'rateBeforeSeries'],
    ['CNY', '2026-09-24', 'rateInFuture'],
  ];
  for (const [from, date, code] of cases) {
    const response = await request(convert(from, date));
    t.equal(response.statusCode, 422, code);
    t.equal(response.json<ProblemDocument>().code, code);
    if (code === 'rateNotHeld') t.match(response.json<ProblemDocument>().detail, 'rates sync');
  }
});

test('/v1/convert: a day, a period, the newest rate, the same currency', async (t) => {
  const { get } = await build(t, {}, AUGUST);
  const convert = async (query: string) =>
    (await get<Item<{ converted: Conversion }>>(`/v1/convert?amount=100&${query}`)).data.converted;
  t.equal((await convert('from=EUR&to=USD&date=2020-05-25')).value, '109.1');
  t.equal((await convert('from=EUR&to=JPY&date=2020-05-25')).value, '11747');
  t.match(await convert('from=CNY&to=USD&periodFrom=2020-01-01&periodTo=2020-12-31'), {
    receipt: { basis: 'periodAverage', legs: [{ observations: 257, targetDays: 257 }, {}] },
  });
  t.match(await convert('from=CNY&to=USD'), { receipt: { basis: 'latest', effectiveDate: '2026-08-21' } });
  t.match(await convert('from=CNY&to=CNY'), { value: '100', receipt: { method: 'identity', legs: [] } });
});

test('amounts are filtered and sorted in the currency of `convertTo`', async (t) => {
  const { get } = await build(t, {}, AUGUST);
  const query =
    '/v1/forecasts?collection=seed-documents&convertTo=USD&sort=-amount&amountMin=400000000000&count=exact';
  const whole = await get<Item<readonly Converted[]> & { meta: { count: number } }>(query);
  const figures = whole.data.map(({ converted }) => converted?.value ?? converted?.low);
  t.same(figures, ['3363131935881.63', '2396231504315.66', '1401304973284.01', '420391491985.2']);
  t.equal(whole.meta.count, 4);
  const paged: unknown[] = [];
  let url: string | null = `${query}&limit=3`;
  while (url !== null) {
    const page: Item<readonly Converted[]> & { page: { nextUrl: string | null } } = await get(
      url.replace(/^http:\/\/[^/]+/, ''),
    );
    paged.push(...page.data);
    url = page.page.nextUrl;
  }
  t.same(paged, whole.data);
});

test('/v1/rates: a day with its carry, a range, crosses, implied rates, and how old they are', async (t) => {
  const { get, request } = await build(t, {}, AUGUST);
  const rates = async (query: string) => (await get<Item<readonly Rate[]>>(`/v1/rates?${query}`)).data;
  t.match(await rates('quotes=CNY,USD&date=2020-05-23'), [
    { quote: 'CNY', date: '2020-05-22', rate: '7.7797', computed: false, revision: 1, carriedDays: 1 },
    { quote: 'USD', date: '2020-05-22', rate: '1.0904', computed: false, revision: 1, carriedDays: 1 },
  ]);
  t.match(await rates('base=USD&quotes=CNY,EUR,RUB&date=2020-05-25'), [
    { quote: 'CNY', rate: '7.13620531622', computed: true, from: [{ quote: 'USD' }, { quote: 'CNY' }] },
    { quote: 'EUR', rate: '0.916590284143', computed: true, from: [{ quote: 'USD', rate: '1.091' }] },
    { quote: 'RUB', rate: null, reason: { code: 'rateNotHeld' } },
  ]);
  t.equal((await request('/v1/rates?base=USD&quotes=RUB&date=2020-05-25')).statusCode, 422);
  t.same(
    (await rates('quotes=CNY&from=2020-05-22&to=2020-05-26&sort=date')).map(({ date, rate }) => [date, rate]),
    [
      ['2020-05-22', '7.7797'],
      ['2020-05-25', '7.7856'],
      ['2020-05-26', '7.8269'],
    ],
  );
  t.match(await rates('base=USD&quotes=EUR,CNY&from=2020-05-25&to=2020-05-25&sort=quote'), [
    { quote: 'CNY', rate: '7.13620531622' },
    { quote: 'EUR', rate: '0.916590284143' },
  ]);
  t.match(await rates('provider=source&date=2020-05-25'), [
    { provider: 'source', base: 'USD', quote: 'CNY', rate: '7.14285714286', forecast: HAITONG },
  ]);
  t.same(await rates('quotes=CNY&from=2020-05-23&to=2020-05-24'), []);
  const { meta } = await get<{ meta: { rates: Record<string, unknown> } }>('/v1/rates?limit=1');
  t.match(meta.rates, {
    newestDate: '2026-08-21',
    ageDays: 3,
    missingDays: 0,
    succeededAt: null,
    attribution: 'Source: ECB statistics',
  });
  t.match(await get('/health/ready'), { rates: { newestDate: '2026-08-21', ageDays: 3 } });
});

test('every page of rates together holds every row once, whatever the order', async (t) => {
  const { get } = await build(t, {}, AUGUST);
  interface Page {
    readonly data: readonly Rate[];
    readonly page: { readonly nextUrl: string | null };
    readonly meta: { readonly count: number };
  }
  const lists = [
    'from=2020-05-01&to=2020-05-31',
    'date=2020-05-25',
    'base=USD&from=2020-05-20&to=2020-05-25',
    'provider=source',
  ];
  for (const list of lists) {
    for (const sort of ['date', '-date', 'quote', '-quote,date']) {
      const seen: string[] = [];
      let count = -1;
      let url: string | null = `/v1/rates?${list}&sort=${sort}&limit=3&count=exact`;
      while (url !== null) {
        const page: Page = await get<Page>(url.replace(/^http:\/\/[^/]+/, ''));
        seen.push(
          ...page.data.map(({ quote, date, base, forecast }) => `${date} ${base} ${quote} ${forecast}`),
        );
        count = page.meta.count;
        url = page.page.nextUrl;
      }
      t.equal(seen.length, count, `${list} ${sort}`);
      t.equal(new Set(seen).size, count, `${list} ${sort}`);
    }
  }
});

test('currencies: minor units, series, successors', async (t) => {
  const { get } = await build(t, {}, AUGUST);
  const currency = async (id: string) =>
    (await get<Item<Record<string, unknown>>>(`/v1/currencies/${id}`)).data;
  t.match(await currency('HUF'), { minorUnits: 2 });
  t.match(await currency('JPY'), { minorUnits: 0 });
  t.match(await currency('HRK'), {
    endedOn: '2022-12-31',
    successor: 'EUR',
    series: [{ provider: 'ecb', lastDay: '2022-12-30' }],
  });
  t.match(await currency('RUB'), { endedOn: null, series: [{ lastDay: '2022-03-01' }] });
  t.match(await currency('ISK'), { series: [{ gaps: [{ from: '2008-12-10', to: '2018-01-31' }] }] });
});

test('what conversion parameters need each other is told', async (t) => {
  const { request } = await build(t, {}, AUGUST);
  const cases: readonly (readonly [string, string])[] = [
    ['/v1/forecasts?rateBasis=stated', 'rateBasis'],
    ['/v1/forecasts?rateDate=2020-05-25', 'rateDate'],
    ['/v1/forecasts?convertTo=USD&rateBasis=date', 'rateBasis'],
    ['/v1/forecasts?convertTo=USD&rateDate=2020-05-25', 'rateDate'],
    ['/v1/forecasts?convertTo=USD&rateBasis=stated,stated', 'rateBasis'],
    ['/v1/forecasts?convertTo=USD&rateBasis=statd', 'rateBasis'],
    ['/v1/forecasts?convertTo=USDD', 'convertTo'],
    ['/v1/forecasts?convertTo=QQQ', 'convertTo'],
    ['/v1/forecasts?currency=QQQ', 'currency'],
    ['/v1/convert?from=CNY&to=USD', 'amount'],
    ['/v1/convert?amount=1,000&from=CNY&to=USD', 'amount'],
    ['/v1/convert?amount=1&from=CNY&to=QQQ', 'to'],
    ['/v1/convert?amount=1&from=CNY&to=USD&periodFrom=2020-01-01', 'periodTo'],
    ['/v1/convert?amount=1&from=CNY&to=USD&periodFrom=2021-01-01&periodTo=2020-01-01', 'periodTo'],
    [
      '/v1/convert?amount=1&from=CNY&to=USD&date=2020-01-01&periodFrom=2020-01-01&periodTo=2020-02-01',
      'date',
    ],
    ['/v1/rates?date=2020-05-25&from=2020-05-01', 'date'],
    ['/v1/rates?base=QQQ', 'base'],
    ['/v1/rates?quotes=QQQ', 'quotes'],
    [`/v1/forecasts/${HAITONG}/conversions`, 'to'],
  ];
  for (const [url, name] of cases) {
    const response = await request(url);
    t.equal(response.statusCode, 400, url);
    t.equal(response.json<ProblemDocument>().errors[0]?.name, name, url);
  }
});

test('a sync is seen by the next request: a day that was not held, and a corrected one with its earlier revision', async (t) => {
  const { get, request, store } = await build(t, {}, AUGUST);
  const missing = '/v1/convert?amount=1000&from=CNY&to=USD&date=2020-05-28';
  t.equal((await request(missing)).statusCode, 422);
  const asFirstPublished = 'Date,CNY,USD,NOK,\n2020-05-28,7.8922,1.1016,N/A,\n2025-10-23,N/A,N/A,11.8529,\n';
  const path = collectedRates('ecb-eurofxref-hist.csv');
  const corrected = path === null ? 'Date,NOK,\n2025-10-23,11.5829,\n' : readFileSync(path, 'utf8');
  const zip = (csv: string) => (response: import('node:http').ServerResponse) => {
    response.writeHead(200, { 'content-type': 'application/zip' }).end(historyZip(csv));
  };
  const { url } = await serve(t, zip(asFirstPublished), zip(corrected));
  const addresses = { RATES_HISTORY_URL: url, RATES_SERIES_URL: url };
  const options = { addresses, now: AUGUST.now, full: true };
  await syncRates(store, ecb, options);
  await get(missing);
  const nok = '/v1/rates?quotes=NOK&date=2025-10-23';
  t.match((await get<Item<readonly Rate[]>>(nok)).data, [{ rate: '11.8529', revision: 1, earlier: [] }]);
  await syncRates(store, ecb, options);
  const [row] = (await get<Item<readonly Rate[]>>(nok)).data;
  t.match(row, { rate: '11.5829', revision: 2, earlier: [{ rate: '11.8529', revision: 1 }] });
});

test('the base asked for as a quote is 1', async (t) => {
  const { get } = await build(t);
  for (const [base, quotes] of [
    ['EUR', 'EUR'],
    ['USD', 'CNY,USD'],
  ]) {
    const { data } = await get<{ data: { quote: string; rate: string; date: string }[] }>(
      `/v1/rates?base=${base}&quotes=${quotes}&date=2020-05-25`,
    );
    t.equal(data.length, quotes?.split(',').length);
    t.match(
      data.find(({ quote }) => quote === base),
      { rate: '1', date: '2020-05-25', computed: true, from: [] },
    );
  }
});

interface RangeMeta {
  readonly range: {
    readonly from: string;
    readonly to: string;
    readonly publicationDays: number;
    readonly heldDays: number;
    readonly missing: readonly {
      readonly currency: string;
      readonly from: string;
      readonly to: string;
      readonly publicationDays: number;
      readonly firstMissing?: string;
      readonly lastMissing?: string;
      readonly reason: { readonly code: string; readonly detail: string };
    }[];
  } | null;
}

test('a range says how many days were published and held, and why a currency has none', async (t) => {
  const { get } = await build(t, {}, AUGUST);
  const rangeOf = async (query: string) => (await get<{ meta: RangeMeta }>(`/v1/rates?${query}`)).meta.range;
  t.equal(await rangeOf('date=2020-05-25'), null, 'a day says it in its rows');
  t.equal(await rangeOf('provider=source'), null);

  const held = await rangeOf('quotes=CNY&from=2020-05-22&to=2020-05-26');
  t.same(held, { from: '2020-05-22', to: '2020-05-26', publicationDays: 3, heldDays: 3, missing: [] });
  const weekend = await rangeOf('quotes=CNY&from=2020-05-23&to=2020-05-24');
  t.match(weekend, { publicationDays: 0, heldDays: 0, missing: [] });

  const some = await rangeOf('quotes=CNY,RUB,AFN&from=2020-05-25&to=2020-05-28');
  t.match(some, { publicationDays: 4, heldDays: 3 });
  t.same(
    some?.missing.map(({ currency, publicationDays, reason }) => [currency, publicationDays, reason.code]),
    [
      ['CNY', 1, 'rateNotHeld'],
      ['RUB', 4, 'rateNotHeld'],
      ['AFN', 4, 'currencyWithoutRates'],
    ],
  );
  t.match(some?.missing[0]?.reason.detail, /rates sync/);
  const unasked = await rangeOf('from=2020-05-25&to=2020-05-25');
  t.match(unasked?.missing.find(({ currency }) => currency === 'RUB')?.reason, { code: 'rateNotHeld' });
  t.notOk(unasked?.missing.some(({ currency }) => currency === 'TRL' || currency === 'CNY'));

  const codes = async (query: string) =>
    (await rangeOf(query))?.missing.map(({ currency, from, to, reason }) => [
      currency,
      from,
      to,
      reason.code,
    ]);
  t.same(
    await codes('base=HRK&quotes=CNY&from=2023-01-01&to=2023-12-31'),
    [
      ['HRK', '2023-01-01', '2023-12-31', 'rateAfterSeriesEnd'],
      ['CNY', '2023-01-01', '2023-12-31', 'rateNotHeld'],
    ],
    'a base that ended',
  );
  t.same(await codes('quotes=USD&from=1998-01-01&to=1998-12-31'), [
    ['USD', '1998-01-01', '1998-12-31', 'rateBeforeSeries'],
  ]);
  t.same(await codes('quotes=USD&from=2030-01-01&to=2199-12-31'), [
    ['USD', '2030-01-01', '2199-12-31', 'rateInFuture'],
  ]);
  t.same(await codes('quotes=USD&from=2026-08-21&to=2026-09-30'), [
    ['USD', '2026-08-25', '2026-09-30', 'rateInFuture'],
  ]);
  t.same(await codes('quotes=ISK&from=2008-12-01&to=2018-02-05'), [
    ['ISK', '2008-12-10', '2018-01-31', 'rateInSeriesGap'],
    ['ISK', '2008-12-01', '2018-02-05', 'rateNotHeld'],
  ]);
  t.same(await codes('quotes=EUR&base=AFN'), [['AFN', '1999-01-04', '2026-08-24', 'currencyWithoutRates']]);
});

test('of the days of a range that are not held the first and last are told, whatever was asked for', async (t) => {
  const { get } = await build(t, {}, AUGUST);
  const rangeOf = async (query: string) => (await get<{ meta: RangeMeta }>(`/v1/rates?${query}`)).meta.range;
  const whole = await rangeOf('limit=1');
  t.ok((whole?.publicationDays ?? 0) > 7000 && (whole?.heldDays ?? 0) < 100);
  const usd = whole?.missing.find(({ currency }) => currency === 'USD');
  t.match(usd, { firstMissing: '1999-01-04', lastMissing: '2026-08-20', reason: { code: 'rateNotHeld' } });
  const own = await rangeOf('quotes=USD');
  t.same(own?.missing, [usd]);
  t.equal((usd?.publicationDays ?? 0) + (own?.heldDays ?? 0), own?.publicationDays);
  const some = await rangeOf('quotes=CNY&from=2020-05-22&to=2020-05-29');
  t.match(some?.missing, [{ publicationDays: 2, firstMissing: '2020-05-28', lastMissing: '2020-05-29' }]);
  const gap = await rangeOf('quotes=ISK&from=2008-12-01&to=2018-02-05');
  t.match(gap?.missing[1], { firstMissing: '2008-12-01', lastMissing: '2018-02-05' });
  const past = await rangeOf('quotes=RUB&from=2022-02-28&to=2022-03-10');
  t.match(
    past?.missing.find(({ reason }) => reason.code === 'rateNotHeld'),
    { firstMissing: '2022-02-28', lastMissing: '2022-03-01' },
    'not beyond the end of a series',
  );
});

test('the base as a quote of itself says which days are not held, as any other currency does', async (t) => {
  const { get } = await build(t, {}, AUGUST);
  const rangeOf = async (query: string) => (await get<{ meta: RangeMeta }>(`/v1/rates?${query}`)).meta.range;
  const euro = await rangeOf('quotes=EUR&from=2020-05-22&to=2020-05-29');
  t.match(euro, { publicationDays: 6, heldDays: 4 });
  t.match(euro?.missing, [
    { currency: 'EUR', publicationDays: 2, firstMissing: '2020-05-28', lastMissing: '2020-05-29' },
  ]);
  t.match(euro?.missing[0]?.reason, { code: 'rateNotHeld' });
  t.match(await rangeOf('quotes=EUR&from=2020-05-22&to=2020-05-26'), { heldDays: 3, missing: [] });
  t.same((await rangeOf('quotes=EUR&from=2030-01-01&to=2030-01-31'))?.missing, []);
});

test('a currency that became the euro is known, and the rate at which it did answers from then on', async (t) => {
  const { get, request } = await build(t, {}, AUGUST);
  const law = 'Council Regulation (EC) No 2866/98';
  const fixed = { base: 'EUR', rate: '1.95583', since: '1999-01-01', law };
  t.match(await get('/v1/currencies/DEM'), {
    data: { endedOn: '2001-12-31', successor: 'EUR', irrevocable: fixed },
  });
  t.match(await get('/v1/rates?quotes=DEM&date=2020-05-24'), {
    data: [{ date: '2020-05-24', rate: '1.95583', computed: true, from: [], irrevocable: [fixed] }],
  });
  t.match(await get('/v1/rates?base=USD&quotes=DEM&date=2020-05-25'), {
    data: [{ rate: '1.7926947754', from: [{ quote: 'USD' }], irrevocable: [{ quote: 'DEM' }] }],
  });
  const converted = await get<{ data: { converted: unknown } }>(
    '/v1/convert?amount=1000&from=USD&to=DEM&date=2020-05-25',
  );
  t.match(converted.data.converted, {
    value: '1792.69',
    receipt: { method: 'cross', legs: [{ kind: 'reference' }, { kind: 'irrevocable', law }] },
  });
  for (const url of [
    '/v1/rates?quotes=DEM&date=1998-12-31',
    '/v1/convert?amount=1&from=EUR&to=DEM&date=1998-12-31',
    '/v1/convert?amount=1&from=EUR&to=DEM&publishedAsOf=1998-12-31',
  ]) {
    const answer = await request(url);
    t.match([answer.statusCode, answer.json().code], [422, 'rateBeforeSeries'], url);
    t.match(answer.json().detail, /only since Council Regulation .* from 1999-01-01 on/, url);
  }
  t.match(await get('/v1/convert?amount=195583&from=DEM&to=EUR'), {
    data: { converted: { value: '100000', receipt: { basis: 'latest', ageDays: 0 } } },
  });
  const { range } = (await get<{ meta: RangeMeta }>('/v1/rates?base=USD&quotes=DEM&from=2020-01-01')).meta;
  t.match(range?.missing.find(({ currency }) => currency === 'DEM')?.reason.detail, /EUR took its place/);
});

test('over a range too the base asked for as a quote is 1, on each day listed, and pages hold every row once', async (t) => {
  const { get } = await build(t, {}, AUGUST);
  interface Page extends Item<readonly Rate[]> {
    readonly page: { readonly nextUrl: string | null };
    readonly meta: { readonly count: number };
  }
  const range = 'from=2020-05-22&to=2020-05-26';
  const own = await get<Page>(`/v1/rates?base=EUR&quotes=EUR&${range}`);
  t.same(
    own.data.map(({ date, rate, quote, computed }) => [date, rate, quote, computed]),
    ['2020-05-26', '2020-05-25', '2020-05-22'].map((date) => [date, '1', 'EUR', true]),
  );
  for (const sort of ['-date,quote', 'quote,-date', 'date']) {
    const rows: string[] = [];
    let url: string | null =
      `/v1/rates?base=USD&quotes=USD,CNY,EUR&${range}&sort=${sort}&limit=2&count=exact`;
    while (url !== null) {
      const page: Page = await get<Page>(url.replace(/^http:\/\/[^/]+/, ''));
      t.equal(page.meta.count, 9);
      rows.push(
        ...page.data.map(({ date, quote, rate }) => `${date} ${quote}${quote === 'USD' ? ` ${rate}` : ''}`),
      );
      url = page.page.nextUrl;
    }
    const whole = await get<Page>(`/v1/rates?base=USD&quotes=USD,CNY,EUR&${range}&sort=${sort}`);
    t.same(
      rows,
      whole.data.map(({ date, quote, rate }) => `${date} ${quote}${quote === 'USD' ? ` ${rate}` : ''}`),
    );
    t.same(new Set(rows).size, 9, sort);
    t.equal(rows.filter((row) => row.endsWith(' USD 1')).length, 3, sort);
    if (sort.startsWith('quote'))
      t.same(
        rows.map((row) => row.slice(11, 14)),
        ['CNY', 'CNY', 'CNY', 'EUR', 'EUR', 'EUR', 'USD', 'USD', 'USD'],
        'sorted by the quote that is shown',
      );
  }
});

test('a rate called latest says its age, and warns above seven days', async (t) => {
  const receiptOn = async (day: string, query = 'from=CNY&to=USD') => {
    const { get } = await build(t, {}, { now: () => new Date(`${day}T08:00:00Z`) });
    return (await get<Item<{ converted: Conversion }>>(`/v1/convert?amount=100&${query}`)).data.converted
      .receipt;
  };
  t.match(await receiptOn('2026-08-24'), { effectiveDate: '2026-08-21', ageDays: 3, warnings: [] });
  t.match(await receiptOn('2026-08-28'), { ageDays: 7, warnings: [] });
  t.match(await receiptOn('2026-08-29'), { ageDays: 8, warnings: ['oldRate'] });
  t.match(await receiptOn('2026-08-29', 'from=CNY&to=CNY'), { ageDays: null, warnings: [] });
  const dated = 'from=CNY&to=USD&date=2020-05-25';
  t.match(await receiptOn('2026-08-29', dated), { basis: 'date', ageDays: null, warnings: [] });
});

test('the day of rates is `date` and `rateDate` on every path that takes one of them', async (t) => {
  const { app, get, request } = await build(t, {}, AUGUST);
  const taking = Object.entries(resolvedDocument(app.swagger() as unknown as OpenApiDocument).paths).flatMap(
    ([path, { get: operation }]) => {
      const names = operation?.parameters?.map(({ name }) => name) ?? [];
      return names.includes('date') || names.includes('rateDate') ? [{ path, names }] : [];
    },
  );
  t.ok(taking.length > 20);
  for (const { path, names } of taking) t.ok(names.includes('date') && names.includes('rateDate'), path);

  const asked = [
    '/v1/convert?amount=1000&from=USD&to=EUR',
    '/v1/rates?quotes=USD',
    `/v1/forecasts/${HAITONG}/conversions?to=USD`,
    ...[
      `/v1/forecasts/${HAITONG}?`,
      '/v1/forecasts?sector=5g&',
      '/v1/forecasts.csv?sector=5g&',
      '/v1/series?sector=5g&forecaster=caict&',
      '/v1/sectors/new-infrastructure/breakdown?',
      '/v1/facets?amountMin=1&',
      '/v1/comparisons?sector=new-infrastructure&measure=directInvestment&region=CN&',
    ].map((url) => `${url}convertTo=USD&rateBasis=date`),
  ];
  for (const url of asked) {
    const bodyOf = async (days: string) =>
      (await request(`${url}&${days}`)).body.replaceAll(/&(rateDate|date)=2020-05-25/g, '');
    const body = await bodyOf('date=2020-05-25');
    t.ok((await bodyOf('rateDate=2020-05-25')) === body, url);
    t.ok((await bodyOf('date=2020-05-25&rateDate=2020-05-25')) === body, url);
    t.equal((await request(`${url}&date=2020-05-25`)).statusCode, 200, url);
    const { statusCode, body: problem } = await request(`${url}&date=2020-05-25&rateDate=2020-05-26`);
    t.equal(statusCode, 400, url);
    t.match(problem, /"code":"conflictingParameters"/, url);
    t.match(problem, /"name":"(rateDate|date)".*`(rateDate|date)`/, url);
  }
  t.match((await request(`/v1/forecasts/${HAITONG}?date=2020-05-25`)).json(), {
    ...{ status: 400, errors: [{ name: 'date', code: 'parameterRequired' }] },
  });
  const { data } = await get<{ data: readonly Rate[] }>('/v1/rates?quotes=USD&rateDate=2020-05-25');
  t.match(data, [{ date: '2020-05-25', rate: '1.091' }]);
});
