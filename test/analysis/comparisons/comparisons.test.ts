import { parse } from 'csv-parse/sync';
// @ts-expect-error It has no types.
import JSONstat from 'jsonstat-toolkit';
import { test } from 'tap';
import type { Comparison } from '../../../src/domain/analysis/comparison.ts';
import { build } from '../../helpers/build.ts';
import { buildForWriting, forecastBody, trillions } from '../../helpers/ledger.ts';
import { recordContent } from '../../helpers/record-content.ts';
import { writeRecords } from '../../helpers/records.ts';

interface Group {
  readonly sector: string;
  readonly measure: string;
  readonly region: string;
  readonly scope: string;
  readonly window: { readonly start: string | null; readonly end: string };
  readonly forecasters: number;
  readonly href: string;
  readonly currency: string | null;
  readonly data: Comparison['rows'];
  readonly spread: Comparison['spread'];
  readonly hints: readonly Hint[];
}
interface Hint {
  readonly parameters: Readonly<Record<string, string>>;
  readonly message: string;
  readonly href: string;
}
interface Answer {
  readonly groups: readonly Group[];
  readonly links: readonly Group[];
  readonly ungrouped: number;
  readonly ungroupedForecasts: readonly {
    readonly forecast: string;
    readonly sector: string;
    readonly reason: string;
  }[];
  readonly hints: readonly Hint[];
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
    'citic-securities',
    'goldman-sachs',
    'haitong-securities',
    'lanshi-asset-management',
    'sinolink-securities',
    'wu-ya',
  ]);
  const of = (forecaster: string) =>
    data.filter((row) => row.forecaster === forecaster && row.period.end === '2020-12-31');
  t.match(of('citic-securities'), [{ comparable: true, pointValue: null, total: { qualifier: 'atLeast' } }]);
  t.match(of('lanshi-asset-management'), [
    { comparable: true, pointValue: null, total: { qualifier: 'range' } },
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
  t.match(spread, { count: 6, bounded: 2, max: null, ranges: { max: { high: null } } });
  const max = Number(spread?.ranges.max.low);
  t.ok(
    comparable.some(({ total }) => Number(total?.low ?? total?.value) === max),
    `${max}`,
  );
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

test('in the stated currency the spread is 1 to 3 trillion or more, its middle between 2 and 2.5', async (t) => {
  const { get } = await build(t);
  const { spread } = await get<Answer>(IN_2020);
  t.same(spread, {
    count: 6,
    bounded: 2,
    min: '1000000000000',
    median: null,
    max: null,
    ratio: null,
    ranges: {
      min: { low: '1000000000000', high: '1000000000000' },
      median: { low: '2000000000000', high: '2500000000000' },
      max: { low: '3000000000000', high: null },
      ratio: { low: '3', high: null },
    },
    over: 'total',
  });
});

test("the median is rounded to the currency's minor unit, as the amounts are", async (t) => {
  const { get } = await build(t);
  const spread = async (currency: string) =>
    (await get<Answer>(`${IN_2020}&convertTo=${currency}&rateBasis=publication,periodAverage`)).spread?.ranges
      .median.high;
  t.match(await spread('JPY'), /^\d+$/, 'no sen');
  t.match(await spread('USD'), /^\d+(?:\.\d{1,2})?$/);
});

test('a house that said more than one figure counts once, unless all are asked for', async (t) => {
  const { get } = await build(t);
  const yearly = `/v1/comparisons?${WHAT}&periodFrom=2020-01-01&periodTo=2025-12-31&over=perYear`;
  const once = await get<Answer>(yearly);
  const all = await get<Answer>(`${yearly}&perForecaster=all`);
  const counting = ({ data }: Answer) =>
    data.flatMap(({ comparable, forecaster }) => (comparable ? forecaster : [])).sort();
  t.same(counting(once), [...new Set(counting(all))]);
  t.ok(counting(all).length > counting(once).length, 'some said several');
  for (const { forecaster, reason, countsInstead } of once.data) {
    t.equal(countsInstead !== null, reason === 'sameForecaster' || reason === 'supersededByLater');
    if (countsInstead === null) continue;
    t.match(
      once.data.find(({ forecast }) => forecast === countsInstead),
      { forecaster, comparable: true },
    );
  }
});

test('rates of several days are warned of, and the ratio is that of the stated figures', async (t) => {
  const { get } = await build(t);
  const mixed = await get<Answer & Pick<Comparison, 'warnings'>>(
    `${IN_2020}&convertTo=USD&rateBasis=publication,periodAverage`,
  );
  t.match(mixed.warnings, [{ code: 'mixedRates' }]);
  t.ok((mixed.warnings[0]?.forecasts.length ?? 0) > 1);
  t.equal(mixed.spread?.ranges.ratio.low, '3', '3 trillion over 1 trillion, whatever the rates');
  const oneDay = await get<Answer & Pick<Comparison, 'warnings'>>(
    `${IN_2020}&convertTo=USD&rateBasis=date&rateDate=2020-06-01`,
  );
  t.same(oneDay.warnings, []);
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
  const table = JSONstat(stat);
  const labels = table
    .Dimension('forecast')
    .id.map((id: string) => table.Dimension('forecast').Category(id).label);
  t.equal(new Set(labels).size, data.length, labels.join('; '));
  const [first] = data;
  t.equal(
    table.Data({ forecast: first?.forecast, figure: 'totalValue' }).value,
    first?.total?.value == null ? null : Number(first.total.value),
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

test('a sector alone is compared by each measure, region, scope and period of which two forecasters speak', async (t) => {
  const { get, request } = await build(t);
  const answer = await get<Answer & Record<string, unknown>>('/v1/comparisons?sector=new-infrastructure');
  t.match(answer, {
    sector: 'new-infrastructure',
    measure: null,
    region: null,
    window: null,
    data: [],
    links: [],
  });
  t.ok(answer.groups.length > 1);
  const claims = answer.groups.flatMap(({ data }) => data.map(({ forecast }) => forecast));
  t.equal(new Set(claims).size, claims.length, 'each figure is in one group at most');
  for (const { forecasters, measure, scope, window, href, spread, data } of answer.groups) {
    t.ok(forecasters >= 2, measure);
    t.ok(data.every((row) => row.scope === scope && row.period.end === window.end));
    const whole = await get<Answer>(new URL(href).pathname + new URL(href).search);
    t.same(whole.spread, spread, `${href}: the same spread where all is named`);
  }
  const [first] = answer.groups;
  t.match(first, { measure: 'directInvestment', region: 'CN', scope: 'national' });
  t.same(
    answer.groups.find(({ window }) => window.start === '2020-01-01' && window.end === '2020-12-31')?.spread,
    (await get<Answer>(IN_2020)).spread,
  );
  const csv = (await request('/v1/comparisons.csv?sector=new-infrastructure')).body;
  const rows = parse(csv, { columns: true }) as Record<string, string>[];
  t.same(
    rows.map((row) => [row.forecast, row.measure, row.windowEnd]),
    answer.groups.flatMap((group) =>
      group.data.map((row) => [row.forecast, group.measure, group.window.end]),
    ),
  );
  const flat = (await get<Answer>('/v1/comparisons?sector=new-infrastructure&shape=flat')).data;
  t.equal(flat.length, rows.length);
  const stat = (await request('/v1/comparisons.json-stat?sector=new-infrastructure')).json();
  t.equal(stat.link.item.length, answer.groups.length);
});

test('what is named is compared as if all else were named too', async (t) => {
  const { get } = await build(t);
  const { groups } = await get<Answer>(
    '/v1/comparisons?sector=new-infrastructure&region=CN&periodFrom=2020-01-01&periodTo=2020-12-31&scope=national',
  );
  const { data, spread } = await get<Answer>(IN_2020);
  const group = groups.find(({ measure }) => measure === 'directInvestment');
  t.same([group?.data, group?.spread], [data, spread], 'rows of other periods and scopes with their reasons');
  const perYear = await get<Answer>('/v1/comparisons?sector=new-infrastructure&over=perYear');
  t.match(perYear.groups[0], { measure: 'directInvestment', spread: { over: 'perYear' } });
  t.ok(new Set(perYear.groups[0]?.data.map(({ period }) => period.end)).size > 1, 'of all periods');
});

test('one end of a window is not enough, and a sector must be named', async (t) => {
  const { request } = await build(t);
  for (const [query, name] of [
    ['sector=5g&periodFrom=2020-01-01', 'periodFrom'],
    ['measure=directInvestment', 'sector'],
    ['sector=5g&measure=directInvestmnt', 'measure'],
  ] as const) {
    const response = await request(`/v1/comparisons?${query}`);
    t.equal(response.statusCode, 400, query);
    t.match(response.json().errors, [{ name }], query);
  }
});

test('sectors stand side by side, each a group of its own, also one that nobody speaks of', async (t) => {
  const { get } = await build(t);
  const named = 'measure=directInvestment&region=CN&periodFrom=2020-01-01&periodTo=2025-12-31';
  const { groups, sector } = await get<Answer & { sector: string | null }>(
    `/v1/comparisons?sector=5g,artificial-intelligence,blockchain&${named}&assumeStart=2020-01-01`,
  );
  t.equal(sector, null);
  t.same(
    groups.map((group) => [group.sector, group.spread?.count ?? 0, group.window.end]),
    [
      ['5g', 2, '2025-12-31'],
      ['artificial-intelligence', 1, '2025-12-31'],
      ['blockchain', 0, '2025-12-31'],
    ],
  );
  const alone = await get<Answer>(`/v1/comparisons?sector=5g&${named}&assumeStart=2020-01-01`);
  t.same(groups[0]?.data, alone.data);
});

test('a year narrows a comparison to what covers any of it', async (t) => {
  const { get } = await build(t);
  const ends = async (query: string) =>
    (await get<Answer>(`/v1/comparisons?sector=new-infrastructure${query}`)).groups.map(
      ({ window }) => window.end,
    );
  t.ok((await ends('')).includes('2020-12-31') && (await ends('')).includes('2025-12-31'));
  const in2023 = await ends('&year=2023');
  t.ok(in2023.length > 0 && in2023.every((end) => end >= '2023-01-01'));
});

test('where no row is comparable, the answer says what would make some so', async (t) => {
  const { get } = await build(t);
  const fiveG = '/v1/comparisons?sector=5g&measure=directInvestment&region=CN';
  const whole = await get<Answer>(`${fiveG}&periodFrom=2020-01-01&periodTo=2025-12-31`);
  t.equal(whole.spread, null);
  t.match(whole.hints[0], {
    parameters: { assumeStart: '2020-01-01' },
    message: /`assumeStart=2020-01-01` 2 of 9 rows are comparable/,
  });
  for (const { href, message } of whole.hints) {
    const { pathname, search } = new URL(href);
    const count = (await get<Answer>(pathname + search)).spread?.count;
    t.equal(String(count), / (\d+) of /.exec(message)?.[1], message);
  }
  const { groups } = await get<Answer>('/v1/comparisons?sector=5g');
  const by2025 = groups.find(({ measure }) => measure === 'directInvestment');
  t.match(by2025, { window: { start: null, end: '2025-12-31' }, forecasters: 2, spread: null });
  t.match(by2025?.hints, [{ parameters: { assumeStart: '2020-01-01' } }]);
  const { pathname, search } = new URL(by2025?.hints[0]?.href ?? '');
  t.ok((await get<Answer>(pathname + search)).spread);
  t.same((await get<Answer>(IN_2020)).hints, [], 'none where there is a spread');
  const undated = await get<Answer>(
    `${fiveG}&periodFrom=2020-01-01&periodTo=2025-12-31&assumeStart=2020-01-01&convertTo=USD&rateBasis=stated`,
  );
  t.match(undated.hints[0]?.parameters, { rateBasis: 'publication,periodAverage,latest' });
});

test('the link of a group finds the rows of that group and no others', async (t) => {
  const { get } = await build(t);
  const path = (href: string): string => new URL(href).pathname + new URL(href).search;
  let openStarts = 0;
  for (const query of [
    'sector=new-infrastructure',
    'sector=5g',
    'sector=5g&convertTo=USD',
    'sector=5g,new-infrastructure&over=perYear',
    'sector=5g&assumeStart=2020-01-01',
    'sector=new-infrastructure&periodFrom=2020-01-01&periodTo=2025-12-31',
    'sector=new-infrastructure&scope=national',
    'sector=5g&periodTo=2025-12-31',
  ]) {
    const { groups } = await get<Answer>(`/v1/comparisons?${query}`);
    t.ok(groups.length > 0, query);
    for (const { href, data, window, spread, currency } of groups) {
      const whole = await get<Answer & { window: object }>(path(href));
      t.same(whole.data, data, `${query}: ${href}`);
      t.same([whole.window, whole.spread, whole.currency], [window, spread, currency], href);
      if (window.start === null) openStarts += 1;
    }
  }
  t.ok(openStarts > 0);
});

test('what is in no group is named, with the reason', async (t) => {
  const { get } = await build(t);
  for (const query of ['sector=new-infrastructure', 'sector=5g,big-data-centres', 'sector=5g&over=perYear']) {
    const { groups, ungrouped, ungroupedForecasts } = await get<Answer>(`/v1/comparisons?${query}`);
    t.equal(ungroupedForecasts.length, ungrouped, query);
    const grouped = groups.flatMap(({ data }) =>
      data.flatMap(({ forecast, alsoStatedIn }) => [forecast, ...alsoStatedIn.map((one) => one.forecast)]),
    );
    const named = ungroupedForecasts.map(({ forecast }) => forecast);
    const { data } = await get<{ data: readonly { id: string }[] }>(
      `/v1/forecasts?${query.replace('&over=perYear', '')}&sectorOnly=true&limit=1000&fields=id`,
    );
    t.same([...grouped, ...named].sort(), data.map(({ id }) => id).sort(), query);
  }
  const { ungroupedForecasts } = await get<Answer>('/v1/comparisons?sector=new-infrastructure');
  const reasons = new Set(ungroupedForecasts.map(({ reason }) => reason));
  t.ok(reasons.has('oneForecaster'));
});

test('sectors side by side without a window are all there', async (t) => {
  const { get } = await build(t);
  const query = 'sector=5g,big-data-centres&measure=directInvestment&region=CN&scope=national';
  const { groups } = await get<Answer>(`/v1/comparisons?${query}`);
  t.same(new Set(groups.map(({ sector }) => sector)), new Set(['5g', 'big-data-centres']));
  for (const { window, forecasters, sector } of groups) {
    const same = groups.filter((other) => JSON.stringify(other.window) === JSON.stringify(window));
    const own = groups.filter(({ sector: of }) => of === sector);
    const isAlone = own.every((group) => group.forecasters < 2);
    t.ok(forecasters > 1 || same.length > 1 || isAlone, 'alone only beside another, or for want of others');
  }
});

test('groups that are too many are links, each to a comparison of its own', async (t) => {
  const { get, write } = await buildForWriting(t);
  for (let year = 2030; year < 2082; year += 1)
    for (const forecaster of ['haitong-securities', 'goldman-sachs']) {
      const phrase = { phrase: `will total 3 trillion yuan in ${year}` };
      const period = {
        start: `${year}-01-01`,
        end: `${year}-12-31`,
        kind: 'year' as const,
        years: 1,
        asStated: `in ${year}`,
        inferred: [],
      };
      const body = forecastBody(`${forecaster}-${year}`, {
        ...trillions('3'),
        evidence: phrase,
        forecaster,
        sector: 'blockchain',
        period,
      });
      await write('POST', '/v1/forecasts', body);
    }
  const { groups, links } = await get<Answer>('/v1/comparisons?sector=blockchain');
  t.same(groups, []);
  t.ok(links.length >= 52, `${links.length}`);
  const { pathname, search } = new URL(links[0]?.href ?? '');
  t.equal((await get<Answer>(pathname + search)).spread?.count, 2);
  const csv = await get<Answer>('/v1/comparisons?sector=blockchain&shape=flat');
  t.ok(csv.data.length >= 104, 'rows are given all the same');
});

test('more forecasts than are computed with at once are groups as links, each of which answers', async (t) => {
  const { get, store, request } = await build(t);
  const contents = Array.from({ length: 5040 }, (_, at) => {
    const year = 2030 + (Math.floor(at / 4) % 30);
    const period = { start: `${year}-01-01`, end: `${year}-12-31`, kind: 'year' as const };
    return {
      ...recordContent(`many-${at}`, `${1_000_000_000 + at * 7}`),
      sector: 'blockchain',
      measure: at % 2 === 0 ? 'directInvestment' : 'economicOutput',
      organisation: at % 4 < 2 ? 'caict' : 'ccid',
      period: { ...period, years: 1, asStated: `in ${year}`, inferred: [] },
    };
  });
  for (let at = 0; at < contents.length; at += 300)
    await writeRecords(store, ...contents.slice(at, at + 300));
  const day = 'publishedFrom=2020-05-25&publishedTo=2020-05-25';
  const answer = await get<Answer>(`/v1/comparisons?sector=blockchain&${day}`);
  t.same(answer.groups, []);
  t.equal(answer.links.length, 60, 'two measures in thirty years');
  t.ok(answer.links.every(({ forecasters, sector }) => forecasters === 2 && sector === 'blockchain'));
  t.equal(answer.ungrouped, 0);
  for (const { href, window } of answer.links.slice(0, 2)) {
    const { pathname, search } = new URL(href);
    const whole = await get<Answer & { window: object }>(pathname + search);
    t.same(whole.window, window);
    t.equal(whole.data.length, 5040 / 60);
    t.ok(whole.spread);
  }
  const beside = await get<Answer>(`/v1/comparisons?sector=blockchain,5g&over=perYear&${day}`);
  t.same(
    beside.links.slice(0, 2).map(({ measure, window }) => [measure, window]),
    ['directInvestment', 'economicOutput'].map((measure) => [
      measure,
      { start: '2030-01-01', end: '2059-12-31' },
    ]),
  );
  for (const form of ['.csv?', '.json-stat?', '?shape=flat&']) {
    const rows = await request(`/v1/comparisons${form}sector=blockchain&${day}`);
    t.match([rows.statusCode, rows.json().code], [422, 'tooManyRecords'], form);
  }
});

test('as JSON-stat each currency is apart where several are stated, and what is shown are names', async (t) => {
  const { get, store, request } = await build(t);
  const dollars = recordContent('in-dollars', '420000000000');
  const amount = { ...dollars.amount, currency: 'USD', asStated: '420000000000 dollars' };
  await writeRecords(store, { ...dollars, organisation: 'ccid', amount });
  const { data } = await get<Answer>(IN_2020);
  t.ok(new Set(data.flatMap(({ total }) => total?.currency ?? [])).size > 1);
  const url = IN_2020.replace('/comparisons?', '/comparisons.json-stat?');
  const table = JSONstat((await request(url)).json()) as JSONstat;
  t.same(table.id, ['forecast', 'currency', 'figure']);
  for (const { forecast, total } of data)
    for (const currency of ['CNY', 'USD']) {
      const cell = table.Data({ forecast, currency, figure: 'totalValue' }) as { value: number | null };
      t.equal(cell.value, total?.currency === currency && total.value !== null ? Number(total.value) : null);
    }
  const converted = JSONstat((await request(`${url}&convertTo=USD`)).json()) as JSONstat;
  t.same(converted.id, ['forecast', 'figure']);
  t.equal(table.label, 'New infrastructure, Direct investment, 2020-01-01 to 2020-12-31');
  t.equal(table.Dimension('figure').Category('totalValue').label, 'Total');
  const breakdowns = (await request('/v1/breakdowns.json-stat?forecaster=industrial-securities')).json();
  t.match(breakdowns.link.item[0].label, /^New infrastructure: Direct investment, /);
});

test('a window may be named by its years', async (t) => {
  const { get } = await build(t);
  const { data, window } = await get<Answer & { window: object }>(
    `/v1/comparisons?${WHAT}&periodFrom=2020&periodTo=2020-12`,
  );
  t.same(window, { start: '2020-01-01', end: '2020-12-31' });
  t.same(data, (await get<Answer>(IN_2020)).data);
});
