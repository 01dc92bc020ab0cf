import { parse } from 'csv-parse/sync';
import { test } from 'tap';
import type { Comparison } from '../../../src/domain/analysis/comparison.ts';
import { build } from '../../helpers/build.ts';

interface Answer {
  readonly data: Comparison['rows'];
  readonly spread: Comparison['spread'];
  readonly currency: string;
  readonly receipts: Readonly<Record<string, { readonly basis: string }>> | null;
}

const WHAT = 'sector=new-infrastructure&measure=directInvestment&region=CN';
const IN_2020 = `/v1/comparisons?${WHAT}&periodFrom=2020-01-01&periodTo=2020-12-31`;

test('for 2020: six houses side by side in dollars, the five-year totals not among them', async (t) => {
  const { get } = await build(t);
  const { data, spread, currency, receipts } = await get<Answer>(
    `${IN_2020}&convertTo=USD&rateBasis=publication,periodAverage`,
  );
  t.equal(currency, 'USD');
  const comparable = data.filter(({ comparable: counts }) => counts);
  t.same(comparable.map(({ forecaster }) => forecaster).sort(), [
    'goldman-sachs',
    'haitong-securities',
    'sinolink-securities',
    'wu-ya',
  ]);
  const of = (forecaster: string) =>
    data.filter((row) => row.forecaster === forecaster && row.period.end === '2020-12-31');
  t.match(of('citic-securities'), [
    { comparable: false, reason: 'boundOnly', total: { qualifier: 'atLeast' } },
  ]);
  t.match(of('lanshi-asset-management'), [
    { comparable: false, reason: 'rangeOnly', total: { qualifier: 'range' } },
  ]);
  t.equal(of('haitong-securities').length, 1, 'once');
  t.same(
    of('haitong-securities')[0]?.alsoStatedIn.map(({ forecast }) => forecast),
    ['fc-haitong-total-2020'],
    'with both places',
  );
  for (const { period, comparable: counts } of data) {
    if (counts) t.same([period.start, period.end], ['2020-01-01', '2020-12-31']);
  }
  t.match(spread, { count: 4, max: '420391491985.2' });
  for (const { forecast } of comparable)
    t.match(receipts?.[forecast]?.basis, /^(?:publication|periodAverage)$/);
});

test('the same rows stand for the claims at every rate', async (t) => {
  const { get } = await build(t);
  for (const window of [
    'periodFrom=2020-01-01&periodTo=2020-12-31',
    'periodFrom=2020-01-01&periodTo=2025-12-31',
  ]) {
    const claims = async (conversion: string) =>
      (await get<Answer>(`/v1/comparisons?${WHAT}&${window}${conversion}`)).data
        .map(({ forecast, alsoStatedIn }) =>
          [forecast, ...alsoStatedIn.map((place) => place.forecast)].join(),
        )
        .sort();
    const stated = await claims('');
    t.ok(stated.includes('haitong-2020-new-infrastructure-2020,fc-haitong-total-2020'));
    t.ok(stated.includes('fc-ccid-total-direct-2025') && stated.includes('fc-press-10t-six-years'));
    for (const basis of [
      'publication',
      'stated',
      'periodAverage',
      'latest',
      'date&rateDate=2020-06-01',
      'publication,periodAverage',
    ])
      t.same(await claims(`&convertTo=USD&rateBasis=${basis}`), stated, `${window} at ${basis}`);
  }
});

test('in the stated currency the spread is 1 to 3 trillion', async (t) => {
  const { get } = await build(t);
  const { spread } = await get<Answer>(IN_2020);
  t.same(spread, {
    count: 4,
    min: '1000000000000',
    median: '1500000000000',
    max: '3000000000000',
    ratio: '3',
    over: 'total',
  });
});

test("the median is rounded to the currency's minor unit, as the amounts are", async (t) => {
  const { get } = await build(t);
  const spread = async (currency: string) =>
    (await get<Answer>(`${IN_2020}&convertTo=${currency}&rateBasis=publication,periodAverage`)).spread;
  t.match((await spread('JPY'))?.median, /^\d+$/, 'no sen');
  t.match((await spread('USD'))?.median, /^\d+(?:\.\d{1,2})?$/);
});

test('"by 2025" counts only from a start that the caller supplies', async (t) => {
  const { get } = await build(t);
  const window = `/v1/comparisons?${WHAT}&periodFrom=2020-01-01&periodTo=2025-12-31`;
  const row = async (query: string) =>
    (await get<Answer>(window + query)).data.find(({ forecast }) => forecast === 'fc-caict-total-2025-10.6t');
  t.match(await row(''), { comparable: false, reason: 'startUnknown' });
  t.match(await row('&assumeStart=2020-01-01'), {
    comparable: true,
    years: 6,
    assumptions: [{ code: 'startAssumed', start: '2020-01-01' }],
  });
});

test('figures a year make different periods comparable', async (t) => {
  const { get } = await build(t);
  const { data, spread } = await get<Answer>(
    `/v1/comparisons?${WHAT}&periodFrom=2020-01-01&periodTo=2025-12-31&over=perYear`,
  );
  t.ok(data.some(({ comparable, period }) => comparable && period.years === 6));
  t.equal(spread?.over, 'perYear');
});

test('as CSV and JSON-stat; and what is wrong is told', async (t) => {
  const { request, get } = await build(t);
  const { data } = await get<Answer>(IN_2020);
  const rows = parse((await request(IN_2020.replace('comparisons?', 'comparisons.csv?'))).body, {
    columns: true,
  }) as Record<string, string>[];
  t.same(
    rows.map(({ forecast }) => forecast),
    data.map(({ forecast }) => forecast),
  );
  const stat = (await request(`${IN_2020}&format=json-stat`)).json();
  t.match(stat, { class: 'dataset', size: [data.length, 7] });
  t.same(
    stat.extension.leftOut,
    data.flatMap(({ forecast, reason }) => (reason === null ? [] : [{ forecast, reason }])),
  );
  const dollars = `${IN_2020}&convertTo=USD`;
  const inDollars = parse((await request(dollars.replace('comparisons?', 'comparisons.csv?'))).body, {
    columns: true,
  }) as Record<string, string>[];
  const lost = inDollars.filter(({ reason }) => reason === 'notConverted');
  t.ok(lost.length > 0 && lost.every((row) => row.conversionReason !== '' && row.approximate === ''));
  t.same(
    (await request(`${dollars}&format=json-stat`)).json().extension.notConverted,
    lost.map(({ forecast, conversionReason }) => ({ forecast, reason: conversionReason })),
  );
  t.same(
    rows.map(({ approximate }) => approximate),
    data.map(({ total, perYear }) => String((total ?? perYear)?.qualifier === 'approximately')),
  );
  const wrong: readonly string[] = [
    '/v1/comparisons',
    `/v1/comparisons?${WHAT}&periodFrom=2020-12-31&periodTo=2020-01-01`,
    IN_2020.replace('CN', 'ZZ'),
    IN_2020.replace('directInvestment', 'directInvestmnt'),
    `${IN_2020}&scope=nation`,
    `${IN_2020}&over=all`,
  ];
  for (const url of wrong) t.equal((await request(url)).statusCode, 400, url);
});
