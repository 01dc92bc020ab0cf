import { test } from 'tap';
import type { Assessment, TrackRecord } from '../../../src/analysis/assessments/schemas.ts';
import type { ProblemDocument } from '../../../src/http/message/problem.ts';
import type { Forecast, Outcome } from '../../../src/ledger/records/schemas.ts';
import { build } from '../../helpers/build.ts';
import { buildForWriting, forecastBody } from '../../helpers/ledger.ts';
import { RECORDED_AT } from '../../helpers/seeded.ts';

interface List<Row> {
  readonly data: readonly Row[];
  readonly page: { readonly nextUrl: string | null };
  readonly meta: { readonly count?: number };
}
interface Single {
  readonly data: readonly Assessment[];
  readonly setAside: readonly { readonly outcome: string; readonly reason: string }[];
  readonly outcomes: readonly Outcome[];
}

const NOW = new Date('2026-11-25T12:00:00Z');
const now = (): Date => NOW;

test('at least eight forecasts are assessed or partly, none against another scope', async (t) => {
  const { get } = await build(t, {}, { now });
  const { data } = await get<List<Assessment>>(
    '/v1/assessments?status=realised,preliminary,partial&limit=1000',
  );
  t.ok(new Set(data.map(({ forecast }) => forecast)).size >= 8, String(data.length));
  const outcomes = new Map(
    (await get<List<Outcome>>('/v1/outcomes?limit=1000')).data.map((outcome) => [outcome.id, outcome]),
  );
  for (const row of data) {
    t.ok(row.outcomes.length > 0, row.id);
    for (const id of row.outcomes) {
      const { sector, measure, scope, region, reportedBy = null, amount } = outcomes.get(id) ?? {};
      if (row.combinedBodies.length > 0) t.ok(row.combinedBodies.includes(reportedBy ?? ''), row.id);
      else t.equal(reportedBy, row.reportedBy, row.id);
      t.strictSame(
        { sector, measure, scope, region, currency: amount?.currency },
        {
          sector: row.sector,
          measure: row.measure,
          scope: row.scope,
          region: row.region,
          currency: row.forecastAmount.currency,
        },
        `${row.id} ${id}`,
      );
    }
  }
});

test('bounds on both sides: inside, and no precise error', async (t) => {
  const { get } = await build(t, {}, { now });
  const { data } = await get<Single>('/v1/forecasts/fc-sc-ai-core-2025/assessment');
  t.equal(data.length, 1);
  t.match(data[0], {
    status: 'preliminary',
    insideBounds: true,
    outcomeVsForecastPercent: null,
    percentReason: 'insideBounds',
    outcomes: ['oc-ai-core-2025'],
  });
});

test('a point value against a point value: 455 / 173.1 - 1', async (t) => {
  const { get } = await build(t, {}, { now });
  const { data, outcomes } = await get<Single>('/v1/forecasts/fc-caict-cloud-2022/assessment');
  t.match(data, [
    {
      status: 'realised',
      outcomeVsForecastPercent: '162.85384171',
      percentAgainst: 'value',
      insideBounds: null,
      judgedAsOf: '2026-11-25',
    },
  ]);
  const used = outcomes.find(({ id }) => id === 'oc-cloud-2022');
  t.match(used, { amount: { value: '455000000000' }, reportedBy: 'caict', names: { source: String } });
});

test('two years of six, and what begins before is set aside', async (t) => {
  const { get } = await build(t, {}, { now });
  const { data, setAside } = await get<Single>(
    '/v1/forecasts/fc-caict-5g-direct-output-2020-2025/assessment',
  );
  t.match(data, [
    {
      status: 'partial',
      reportedBy: 'caict',
      outcomes: ['oc-5g-output-direct-2020', 'oc-5g-output-direct-2021'],
      outcomeAmount: { value: '2110900000000' },
      outcomeVsForecastPercent: null,
      // 731 of 2,192 days, and 2.1109 of 10.6 trillion.
      elapsedShare: '0.33348540146',
      reachedPercent: '19.9141509434',
      coveredFrom: '2020-01-01',
      coveredTo: '2021-12-31',
    },
  ]);
  t.strictSame(setAside, [{ outcome: 'oc-5g-output-direct-5y', reason: 'beginsBefore' }]);
});

test("what two bodies report of a forecast's first years is combined, and said so", async (t) => {
  const { get } = await build(t, {}, { now });
  const { data } = await get<Single>('/v1/forecasts/fc-caict-5g-network-2020-2030/assessment');
  t.match(data, [
    {
      status: 'partial',
      reportedBy: null,
      combinedBodies: ['caict', 'miit'],
      outcomes: ['oc-5g-investment-2020', 'oc-5g-investment-2021', 'oc-5g-investment-2022'],
      outcomeAmount: { value: '512500000000' },
      reachedPercent: '18.3035714286',
      elapsedShare: '0.272772523644',
    },
  ]);
  const rows = await get<List<Assessment>>('/v1/assessments?reportedBy=caict&status=partial&sector=5g');
  t.ok(rows.data.some(({ forecast }) => forecast === 'fc-caict-5g-network-2020-2030'));
});

test('a period that is over without an outcome names those that come near', async (t) => {
  const { get } = await build(t, {}, { now });
  const { data } = await get<List<Assessment>>('/v1/assessments?status=noOutcome&limit=1000');
  const near = data.filter(({ reason }) => reason === 'outcomesSetAside');
  t.ok(near.length > 0 && near.length < data.length, `${near.length} of ${data.length}`);
  for (const row of data) t.equal(row.setAside.length > 0, row.reason === 'outcomesSetAside', row.id);
  for (const { id, setAside } of near) for (const { reason } of setAside) t.not(reason, 'outsidePeriod', id);
});

test('a forecast without outcomes says so; an unknown one is not there', async (t) => {
  const { get, request } = await build(t, {}, { now });
  const pending = await get<Single>('/v1/forecasts/haitong-2020-new-infrastructure-2020/assessment');
  t.match(pending.data, [{ status: 'noOutcome', reportedBy: null }]);
  const ahead = await get<Single>('/v1/forecasts/fc-stategrid-15fyp/assessment');
  t.match(ahead.data, [{ status: 'pending', reason: 'periodNotOver' }]);
  const unstated = await get<Single>('/v1/forecasts/caict-2020-5g-economic-output/assessment');
  t.match(unstated.data, [{ status: 'notComparable', reason: 'periodUnknown' }]);
  const unknown = await request('/v1/forecasts/fc-caict-cloud-2021/assessment');
  t.equal(unknown.statusCode, 404);
  t.match(unknown.json<ProblemDocument>().detail, 'fc-caict-cloud-2022');
});

test('judged as of a day: what was published or recorded later does not count', async (t) => {
  const { get, request } = await build(t, {}, { now });
  const url = '/v1/forecasts/fc-sc-ai-core-2025/assessment';
  t.match(await get(`${url}?publishedAsOf=2025-12-26`), {
    data: [{ status: 'pending', reason: 'periodNotOver', judgedAsOf: '2025-12-26' }],
  });
  t.match(await get(`${url}?publishedAsOf=2025-12-31`), { data: [{ status: 'preliminary' }] });
  t.match(await get(`${url}?knownAsOf=${RECORDED_AT.toISOString()}`), {
    data: [{ status: 'preliminary', judgedAsOf: '2026-01-02' }],
  });
  t.equal((await request(`${url}?knownAsOf=2026-01-01`)).statusCode, 404, 'not recorded yet');
  const future = await request(`${url}?knownAsOf=2027-01-01`);
  t.equal(future.statusCode, 400);
  t.match(future.json(), { errors: [{ name: 'knownAsOf', code: 'timeInFuture' }] });
});

test('the list: a row for every forecast, filtered, sorted and paged', async (t) => {
  const { get, request } = await build(t, {}, { now });
  const all = await get<List<Assessment>>('/v1/assessments?limit=1000&count=exact');
  const forecasts = await get<List<Forecast>>('/v1/forecasts?limit=1&count=exact');
  t.equal(new Set(all.data.map(({ forecast }) => forecast)).size, forecasts.meta.count);
  t.equal(new Set(all.data.map(({ id }) => id)).size, all.data.length, 'ids are unique');
  t.equal(all.meta.count, all.data.length);

  const paged: Assessment[] = [];
  let next: string | null = '/v1/assessments?limit=7&sort=-outcomeVsForecastPercent,status';
  while (next !== null) {
    const page: List<Assessment> = await get(next.replace(/^https?:\/\/[^/]+/, ''));
    paged.push(...page.data);
    next = page.page.nextUrl;
  }
  t.equal(paged[0]?.forecast, 'fc-caict-cloud-2022');
  t.strictSame(paged.map(({ id }) => id).sort(), all.data.map(({ id }) => id).sort());

  const grid = await get<List<Assessment>>('/v1/assessments?reportedBy=state-grid&fields=forecast,status');
  t.strictSame(grid.data, [
    { forecast: 'fc-stategrid-2025', status: 'partial' },
    { forecast: 'fc-stategrid-grid-2020', status: 'partial' },
  ]);
  t.match((await request('/v1/assessments?reportedBy=state-gird')).json(), {
    errors: [{ name: 'reportedBy', suggestion: 'state-grid' }],
  });
  t.equal((await request('/v1/assessments?status=realized')).statusCode, 400);
});

test('a track record counts what its assessments say, and links them', async (t) => {
  const { get, request } = await build(t, {}, { now });
  const { data } = await get<{ data: TrackRecord }>('/v1/forecasters/caict/track-record');
  const rows = (await get<List<Assessment>>('/v1/assessments?forecaster=caict&limit=1000')).data;
  t.equal(
    data.assessed,
    new Set(rows.filter(({ status }) => status === 'realised').map((r) => r.forecast)).size,
  );
  const { assessed, preliminary, partial, pending, noOutcome, notComparable, afterTheFact } = data;
  t.equal(
    data.forecasts,
    assessed + preliminary + partial + pending + noOutcome + notComparable + afterTheFact,
  );
  t.match(data, {
    meanPercentageError: null,
    meanAbsolutePercentageError: '162.85384171',
    errorCases: 1,
    biasDirection: null,
    biasReason: 'fewerThanFiveCases',
    shareInsideBounds: null,
    shareInsideBoundsReason: 'noBounds',
    names: { forecaster: 'China Academy of Information and Communications Technology' },
  });
  const sum = (groups: readonly { readonly forecasts: number }[]): number =>
    groups.reduce((total, { forecasts }) => total + forecasts, 0);
  t.equal(sum(data.byMeasure), data.forecasts);
  t.equal(sum(data.byHorizon), data.forecasts);
  const [row] = data.percentageErrorRows;
  t.match(await get(new URL(row?.url ?? '').pathname), {
    data: [{ outcomeVsForecastPercent: data.meanAbsolutePercentageError }],
  });

  const none = await get<{ data: TrackRecord }>('/v1/forecasters/goldman-sachs/track-record');
  t.match(none.data, { assessed: 0, meanPercentageError: null, percentageErrorReason: 'noneAssessed' });
  const reporter = await get<{ data: TrackRecord }>(
    '/v1/forecasters/china-association-of-metros/track-record',
  );
  t.match(reporter.data, { forecasts: 0, percentageErrorReason: 'noneAssessed', byMeasure: [] });
  t.equal((await request('/v1/forecasters/goldman-sacks/track-record')).statusCode, 404);
});

test('the table over all is the records of each', async (t) => {
  const { get } = await build(t, {}, { now });
  const { data } = await get<List<TrackRecord>>('/v1/track-records?limit=1000');
  t.ok(data.length > 20);
  t.strictSame(
    data.map(({ assessed }) => assessed),
    data.map(({ assessed }) => assessed).toSorted((one, other) => other - one),
  );
  for (const row of data.slice(0, 5)) {
    const one = (await get<{ data: TrackRecord }>(`/v1/forecasters/${row.forecaster}/track-record`)).data;
    const { byMeasure: _, byHorizon: __, fulfilment, ...figures } = one;
    t.strictSame(
      row,
      {
        ...figures,
        fulfilments: fulfilment.forecasts,
        fulfilmentsAssessed: fulfilment.assessed,
      },
      row.forecaster,
    );
  }
  const narrowed = await get<List<TrackRecord>>('/v1/track-records?sector=cloud-computing');
  t.strictSame(
    narrowed.data.map(({ forecaster }) => forecaster),
    ['caict'],
  );
});

test('a target is fulfilled, not right; the first figure of a body counts where it is asked for', async (t) => {
  const { write, get } = await buildForWriting(t);
  const { collection, source, sector, region, measure, scope } = forecastBody('x');
  const period = { start: '2021-01-01', end: '2021-12-31', asStated: 'in 2021' };
  const figure = (id: string, words: string) => ({
    id,
    collection,
    source,
    sector,
    region,
    measure,
    scope,
    period,
    evidence: { phrase: `${words} yuan in 2021` },
  });
  const forecaster = 'caict';
  const target = figure('a-target', 'a target of 100 billion');
  await write('POST', '/v1/forecasts', { ...target, forecaster, stance: 'target' });
  await write('POST', '/v1/forecasts', { ...figure('a-projection', 'will total 110 billion'), forecaster });
  const reported = (id: string, words: string, from: string) =>
    write('POST', '/v1/outcomes', { ...figure(id, words), source: from, reportedBy: 'miit' });
  await reported('first', 'totalled 121 billion', 'peoples-daily-2022-06-22-central-soes');
  await reported('revised', 'totalled 132 billion', 'daily-gulf-news-2023-07-26-cloud');
  const percents = async (query: string) => {
    const { data } = await get<List<Assessment>>(`/v1/assessments?forecaster=caict&limit=1000${query}`);
    return ['a-target', 'a-projection'].map((id) => {
      const row = data.find(({ forecast }) => forecast === id);
      return [row?.judgedAs, row?.outcomes, row?.outcomeVsForecastPercent];
    });
  };
  t.strictSame(await percents(''), [
    ['fulfilment', ['revised'], '32'],
    ['accuracy', ['revised'], '20'],
  ]);
  t.strictSame(await percents('&outcomeVintage=first'), [
    ['fulfilment', ['first'], '21'],
    ['accuracy', ['first'], '10'],
  ]);
  const { data } = await get<{ data: TrackRecord }>(
    `/v1/forecasters/caict/track-record?sector=${sector}&outcomeVintage=first`,
  );
  t.match(data.fulfilment, { assessed: 1, meanAbsolutePercentageError: '21' });
  t.strictSame(
    data.percentageErrorRows.map(({ forecast }) => forecast).filter((id) => id.startsWith('a-')),
    ['a-projection'],
  );
});
