import { test } from 'tap';
import { RateFileError } from '../../../src/ledger/rates/errors.ts';
import { importRates } from '../../../src/ledger/rates/file-import.ts';
import type { Store } from '../../../src/store/store.ts';
import { build } from '../../helpers/build.ts';

/** Monday 24 August 2026, before the day's rates. */
const NOW = new Date('2026-08-24T08:00:00Z');
const AUGUST = { now: () => NOW };

function importText(store: Store, provider: string, text: string) {
  return importRates(store, { provider, bytes: [Buffer.from(text)], now: NOW });
}

const TAIPEI = `date,base,quote,rate
2020-05-25,USD,TWD,29.90
2020-05-22,USD,TWD,30.0
2020-05-25,USD,AED,3.6725
`;

/** What is wrong with a file, a line each. */
async function faultsOf(store: Store, text: string, provider = 'taipei'): Promise<readonly string[]> {
  try {
    await importText(store, provider, text);
  } catch (error) {
    if (error instanceof RateFileError) return error.message.split('\n').slice(1);
    throw error;
  }
  return [];
}

interface Answer {
  readonly data: { readonly converted: { readonly value: string; readonly receipt: Receipt } };
}
interface Receipt {
  readonly effectiveDate: string;
  readonly legs: readonly { readonly provider: string; readonly rate: string; readonly revision: number }[];
}

test('rates of a file answer where their provider is named, exactly, once, and corrected as revisions', async (t) => {
  const { get, request, store } = await build(t, {}, AUGUST);
  const unknown = await request('/v1/convert?amount=1&from=TWD&to=USD&rateProvider=taipei');
  t.match([unknown.statusCode, unknown.json().errors[0]], [400, { name: 'rateProvider', allowed: ['ecb'] }]);

  t.match(await importText(store, 'taipei', TAIPEI), { rows: 3, added: 3, corrected: 0 });
  const version = await store.version();
  const again = `\uFEFF${TAIPEI}`.replaceAll('\n', '\r\n').replace('29.90', '29.9');
  t.match(await importText(store, 'taipei', again), { added: 0, corrected: 0 });
  t.equal(await store.version(), version, 'the same numbers change nothing');

  const convert = async (query: string) =>
    (await get<Answer>(`/v1/convert?amount=299&date=2020-05-25&${query}`)).data.converted;
  t.match(await convert('from=TWD&to=USD&rateProvider=taipei'), {
    value: '10',
    receipt: { legs: [{ provider: 'taipei', base: 'USD', quote: 'TWD', rate: '29.90', revision: 1 }] },
  });
  const yuan = await convert('from=TWD&to=CNY&rateProvider=ecb,taipei');
  t.same(
    yuan.receipt.legs.map(({ provider }) => provider),
    ['taipei', 'ecb', 'ecb'],
  );
  t.equal(yuan.value, '71.36');
  t.equal((await request('/v1/convert?amount=1&from=TWD&to=USD&date=2020-05-25')).statusCode, 422);
  const misspelt = await request('/v1/convert?amount=1&from=TWD&to=USD&rateProvider=taipai');
  t.match(misspelt.json().errors, [{ name: 'rateProvider', code: 'unknownId', suggestion: 'taipei' }]);

  t.match(await importText(store, 'taipei', 'date,base,quote,rate\n2020-05-25,USD,TWD,29.8\n'), {
    ...{ rows: 1, added: 0, corrected: 1 },
  });
  t.match(await convert('from=TWD&to=USD&rateProvider=taipei'), {
    value: '10.03',
    receipt: { legs: [{ rate: '29.8', revision: 2 }] },
  });
});

test('lists, records, comparisons and breakdowns take the provider, and rates and currencies show what is held', async (t) => {
  const { get, request, store } = await build(t, {}, AUGUST);
  const rows = ['date,base,quote,rate'];
  for (let day = 1; day <= 31; day += 1) rows.push(`2020-05-${String(day).padStart(2, '0')},CNY,TWD,4.2`);
  await importText(store, 'taipei', rows.join('\n'));
  const converted = 'convertTo=TWD&rateProvider=taipei';
  const id = 'haitong-2020-new-infrastructure-2020';
  const record = await get<Answer>(`/v1/forecasts/${id}?${converted}`);
  t.match(record.data.converted, { value: '12600000000000', receipt: { legs: [{ provider: 'taipei' }] } });
  const list = await get<{ data: readonly Answer['data'][] }>(
    `/v1/forecasts?forecaster=haitong-securities&${converted}`,
  );
  t.ok(list.data.some((one) => one.converted?.receipt.legs[0]?.provider === 'taipei'));
  const every = await get<{ data: readonly { basis: string; converted: unknown }[] }>(
    `/v1/forecasts/${id}/conversions?to=TWD&rateProvider=taipei`,
  );
  t.match(every.data.find(({ basis }) => basis === 'publication')?.converted, { value: '12600000000000' });
  for (const path of [
    '/v1/comparisons?sector=new-infrastructure&measure=directInvestment&region=CN&periodFrom=2020-01-01&periodTo=2020-12-31',
    '/v1/sectors/new-infrastructure/breakdown?',
    '/v1/breakdowns?forecaster=haitong-securities',
  ]) {
    const answer = await request(`${path}&${converted}`.replace('?&', '?'));
    t.equal(answer.statusCode, 200, answer.body.slice(0, 300));
    t.match(answer.body, /"provider":"taipei"/, path);
    const wrong = await request(`${path}&convertTo=TWD&rateProvider=nobody`.replace('?&', '?'));
    t.match([wrong.statusCode, wrong.json().errors?.[0]?.name], [400, 'rateProvider'], path);
  }
  const csv = await request(`/v1/forecasts.csv?forecaster=haitong-securities&${converted}`);
  t.match(csv.body, /taipei/, 'the CSV has the receipt');
  t.equal((await request('/v1/forecasts?rateProvider=taipei')).statusCode, 400, 'only with convertTo');
  t.equal((await request(`/v1/forecasts?convertTo=TWD&rateProvider=taipei,taipei`)).statusCode, 400);

  const held = { provider: 'taipei', base: 'CNY', held: { from: '2020-05-01', to: '2020-05-31', days: 31 } };
  t.match(await get('/v1/currencies/TWD'), { data: { series: [held] } });
  t.match(await get('/v1/currencies/CNY'), { data: { series: [{ provider: 'ecb', held: { days: 44 } }] } });
  const ofTaipei = await get<{ data: readonly { id: string }[] }>('/v1/currencies?provider=taipei');
  t.same(
    ofTaipei.data.map((currency) => currency.id),
    ['TWD'],
  );
  t.match((await request('/v1/currencies?provider=taipai')).json().errors, [
    { name: 'provider', suggestion: 'taipei' },
  ]);
  const range = await get<{ data: readonly object[]; meta: { range: object; rates: object } }>(
    '/v1/rates?provider=taipei&count=exact&limit=2',
  );
  t.match(range.data, [{ provider: 'taipei', base: 'CNY', quote: 'TWD', date: '2020-05-31', rate: '4.2' }]);
  t.match(range.meta, {
    range: { from: '2020-05-01', publicationDays: 31, heldDays: 31, missing: [] },
    rates: { newestDate: '2020-05-31', heldFrom: '2020-05-01', missingDays: null },
  });
  t.match(await get('/v1/rates?provider=taipei&quotes=TWD&date=2020-06-02'), {
    data: [{ date: '2020-05-31', carriedDays: 2 }],
  });
  const before = await get<{ meta: { range: { missing: readonly object[] } } }>(
    '/v1/rates?provider=taipei&quotes=TWD&from=2020-04-01&to=2020-05-02',
  );
  t.match(before.meta.range.missing, [
    { from: '2020-04-01', to: '2020-04-30', reason: { code: 'rateBeforeSeries' } },
  ]);
  t.equal((await request('/v1/rates?provider=nobody')).statusCode, 400);
  // May alone is no average of the year.
  const mean = await request(
    '/v1/convert?amount=1&from=CNY&to=TWD&periodFrom=2020&periodTo=2020&rateProvider=taipei',
  );
  t.match(mean.json(), { status: 422, code: 'averageCoverageTooLow' });
  const may = await get<Answer>(
    '/v1/convert?amount=10&from=CNY&to=TWD&periodFrom=2020-05&periodTo=2020-05&rateProvider=taipei',
  );
  t.match(may.data.converted, { value: '42', receipt: { legs: [{ kind: 'average', provider: 'taipei' }] } });
});

test('what was imported later is not known as of before', async (t) => {
  const { get, request, store } = await build(t, {}, AUGUST);
  await importText(store, 'taipei', TAIPEI);
  const [{ observedAt } = { observedAt: '' }] = (
    await get<{ data: readonly { observedAt: string }[] }>(
      '/v1/rates?provider=taipei&quotes=TWD&date=2020-05-25',
    )
  ).data;
  const url = '/v1/convert?amount=299&from=TWD&to=USD&date=2020-05-25&rateProvider=taipei&knownAsOf=';
  t.equal((await get<Answer>(`${url}${observedAt}`)).data.converted.value, '10');
  t.equal((await request(`${url}2026-01-01T00:00:00.000Z`)).statusCode, 422);
});

test('what is wrong with a file is told by line, and nothing of it is kept', async (t) => {
  const { store } = await build(t, {}, AUGUST);
  await importText(store, 'taipei', TAIPEI);
  const version = await store.version();
  const cases: readonly (readonly [text: string, ...faults: readonly (string | RegExp)[]])[] = [
    ['', /has no rates/],
    [
      'date,base,quote\n2020-05-25,USD,TWD\n',
      /line 1: names the columns "date,base,quote"; right would be date,base,quote,rate/,
    ],
    [
      'date,base,quote,rate\n25.05.2020,USD,TWD,29.9\n2030-01-01,USD,TWD,29.9\n2020-05-26,USD,TWX,29.9\n2020-05-26,USD,USD,1\n2020-05-26,EUR,TWD,33\n',
      'line 2: the date "25.05.2020" is no day such as 2020-05-25',
      'line 3: the date 2030-01-01 is in the future',
      /line 4: "TWX" is no currency: did you mean TWD\?/,
      'line 5: base and quote are both USD',
      /line 6: the base is EUR, and that of taipei is USD/,
    ],
    [
      'date,base,quote,rate\n2020-05-26,USD,TWD,"29,9"\n2020-05-26,USD,TWD,-29.9\n2020-05-26,USD,TWD,0\n2020-05-26,USD,TWD,1e3\n2020-05-26,USD,TWD,29.9,x\n',
      /line 6: has 5 fields, and the first line 4/,
    ],
    [
      'date,base,quote,rate\n2020-05-26,USD,TWD,"29,9"\n2020-05-26,USD,TWD,-29.9\n2020-05-26,USD,TWD,0\n2020-05-26,USD,TWD,1e3\n',
      /line 2: the rate "29,9" is not a plain decimal/,
      /line 3: the rate -29.9 is not above zero/,
      /line 4: the rate 0 is not above zero/,
      /line 5: the rate "1e3" is not a plain decimal/,
    ],
    [
      'date,base,quote,rate\n2020-05-26,USD,TWD,29.9\n2020-05-26,USD,TWD,29.90\n2020-05-26,USD,TWD,29.8\n',
      'line 4: the rate 29.8 is another than that of line 2, 29.9',
    ],
    ['date,base,quote,rate\n2020-05-26,USD,TWD,300\n', /line 2: the rate 300 is more than ten times/],
    ['date,base,quote,rate\n2020-05-26,USD,"TWD,29.9\n', /line \d: is no CSV/],
  ];
  for (const [text, ...expected] of cases) {
    const faults = await faultsOf(store, text);
    t.equal(faults.length, expected.length, JSON.stringify(faults));
    for (const [at, fault] of expected.entries()) t.match(faults[at], fault);
  }
  for (const provider of ['ecb', 'source', 'eu-council', 'Taipei', 'a b', ''])
    t.match(await faultsOf(store, TAIPEI, provider), [/--provider/], provider);
  const many = `date,base,quote,rate\n${'x,USD,TWD,1\n'.repeat(30)}`;
  t.match((await faultsOf(store, many)).at(-1), 'and 10 more');
  t.equal(await store.version(), version);
});
