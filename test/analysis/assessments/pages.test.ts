import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Test } from 'tap';
import { test } from 'tap';
import { makeLedger } from '../../../bench/suite/ledger.ts';
import type { Assessment } from '../../../src/analysis/assessments/schemas.ts';
import { buildApp } from '../../../src/app.ts';
import { parseConfig } from '../../../src/config.ts';
import type { Forecast } from '../../../src/ledger/records/schemas.ts';
import { openLedger } from '../../../src/transfer/open-ledger.ts';
import type { WritingApp } from '../../helpers/ledger.ts';
import { buildForWriting } from '../../helpers/ledger.ts';
import { randomFrom } from '../../helpers/random.ts';

/*
 * Pages of assessments, whatever they are narrowed and sorted by, against what each forecast's own assessment says: that
 * is computed from all outcomes of its sector and measure, and pages of it are cut here from all rows together.
 */

interface List<Row> {
  readonly data: readonly Row[];
  readonly page: { readonly nextUrl: string | null };
  readonly meta: { readonly count?: number };
}

const COLLECTION = 'seed-documents';
const PERIODS = [
  { start: '2019-01-01', end: '2019-12-31', asStated: 'in 2019' },
  { start: '2020-01-01', end: '2020-12-31', asStated: 'in 2020' },
  { start: '2020-01-01', end: '2021-12-31', asStated: '2020-2021' },
  { start: '2021-01-01', end: '2021-12-31', asStated: 'in 2021' },
  { start: '2026-01-01', end: '2026-12-31', asStated: 'in 2026' },
  { start: null, end: '2021-12-31', kind: 'cumulativeTo', asStated: 'by 2021' },
  { start: null, end: null, kind: 'unstated', asStated: null },
];
const SOURCES = ['china-banking-news-2020-05-25', 'daily-gulf-news-2023-07-26-cloud'];

type Random = () => number;
const one = <Value>(values: readonly Value[], random: Random): Value =>
  values[Math.floor(random() * values.length)] as Value;

/** A figure of one of few subjects and periods, in words of its own. */
function figureOf(id: string, random: Random) {
  const words = id.replaceAll(/\d/g, (digit) => 'abcdefghij'.charAt(Number(digit)));
  const figure = `${100 + Math.floor(random() * 5)} billion yuan`;
  return {
    id,
    collection: COLLECTION,
    source: one(SOURCES, random),
    sector: one(['5g', '5g', 'telecom'], random),
    region: 'CN',
    measure: one(['directInvestment', 'directInvestment', 'revenue'], random),
    scope: 'national',
    period: one(PERIODS, random),
    evidence: { phrase: `${one(['will total', 'at least', 'up to'], random)} ${figure} (${words})` },
  };
}

/** Ids of which one begins with another: text order alone would put what is said of them between each other. */
const FORECASTS = Array.from({ length: 24 }, (_, at) => `judged-${at % 12}${at < 12 ? '' : '-b'}`);
const OUTCOMES = Array.from({ length: 24 }, (_, at) => `reported-${at}`);

const forecastOf = (id: string, random: Random) => ({
  ...figureOf(id, random),
  forecaster: one(['caict', 'haitong-securities', 'goldman-sachs'], random),
  stance: one(['projection', 'projection', 'target', 'need', 'estimate'], random),
});
/** Of a period that was over when its document was published. */
const outcomeOf = (id: string, random: Random) => {
  const period = one(
    PERIODS.filter(({ end }) => end !== null && end < '2026'),
    random,
  );
  return {
    ...figureOf(id, random),
    period,
    source: period.end === '2019-12-31' ? one(SOURCES, random) : SOURCES[1],
    reportedBy: one(['miit', 'caict', 'state-grid', null], random),
  };
};

async function allRows(app: WritingApp, url: string): Promise<readonly Assessment[]> {
  const rows: Assessment[] = [];
  for (let next: string | null = url; next !== null; ) {
    const page: List<Assessment> = await app.get(next.replace(/^https?:\/\/[^/]+/, ''));
    rows.push(...page.data);
    next = page.page.nextUrl;
  }
  return rows;
}

/** What is said of each forecast by itself, as rows. */
async function judgedAlone(app: WritingApp, vintage: string): Promise<readonly Assessment[]> {
  const list = `/v1/forecasts?collection=${COLLECTION}&limit=1000${vintage.replace(/&outcomeVintage=\w+/, '')}`;
  const { data } = await app.get<List<Forecast>>(list);
  const rows: Assessment[] = [];
  for (const { id, forecaster, sector, measure, publishedOn, period } of data) {
    const alone = await app.get<{ readonly data: readonly Assessment[] }>(
      `/v1/forecasts/${id}/assessment?${vintage.slice(1)}`,
    );
    for (const judged of alone.data)
      rows.push({ ...judged, forecast: id, forecaster, sector, measure, publishedOn, period });
  }
  return rows;
}

type Key = string | number | null;
const KEYS: Readonly<Record<string, (row: Assessment) => Key>> = {
  id: ({ forecast, reportedBy, outcomes }) => `${forecast} ${reportedBy ?? outcomes.join('+')}`,
  forecast: ({ forecast }) => forecast,
  forecaster: ({ forecaster }) => forecaster,
  sector: ({ sector }) => sector,
  publishedOn: ({ publishedOn }) => publishedOn,
  periodEnd: ({ period }) => period.end,
  status: ({ status }) => status,
  reportedBy: ({ reportedBy }) => reportedBy,
  outcomeVsForecastPercent: (row) =>
    row.outcomeVsForecastPercent === null ? null : Number(row.outcomeVsForecastPercent),
};

function inOrder(rows: readonly Assessment[], sort: string): readonly Assessment[] {
  const terms = [...sort.split(','), 'id'].map((term) => ({
    of: KEYS[term.replace('-', '')] ?? (() => null),
    sign: term.startsWith('-') ? -1 : 1,
  }));
  return rows.toSorted((left, right) => {
    for (const { of, sign } of terms) {
      const [a, b] = [of(left), of(right)];
      if (a === b) continue;
      if (a === null || b === null) return a === null ? 1 : -1;
      return a < b ? -sign : sign;
    }
    return 0;
  });
}

const shown = (rows: readonly Assessment[]) =>
  rows.map((row) => [
    row.forecast,
    row.status,
    row.reason,
    row.reportedBy,
    row.outcomes.join('+'),
    row.outcomeVsForecastPercent,
    row.naiveOutcome,
    row.judgedAsOf,
  ]);

async function compare(t: Test, app: WritingApp, vintage: string, random: Random): Promise<void> {
  const all = await judgedAlone(app, vintage);
  const statuses = [...new Set(all.map(({ status }) => status))];
  const questions = [
    ...['id', '-id', 'forecast,-id', '-publishedOn', 'forecaster,-periodEnd', 'sector'].map((sort) => ({
      sort,
      status: [],
    })),
    ...['status', '-outcomeVsForecastPercent', 'reportedBy,-publishedOn'].map((sort) => ({
      sort,
      status: [],
    })),
    ...statuses.map((status) => ({ sort: 'id', status: [status] })),
    { sort: '-publishedOn,status', status: ['realised', 'preliminary', 'partial'] },
  ];
  for (const { sort, status } of questions) {
    const limit = 1 + Math.floor(random() * 9);
    const url = `/v1/assessments?collection=${COLLECTION}&limit=${limit}&sort=${sort}${status.length === 0 ? '' : `&status=${status.join(',')}`}${vintage}`;
    const wanted = all.filter((row) => status.length === 0 || status.includes(row.status));
    t.strictSame(shown(await allRows(app, url)), shown(inOrder(wanted, sort)), url);
    if (vintage === '') {
      const { meta } = await app.get<List<Assessment>>(`${url}&count=exact`);
      t.equal(meta.count, wanted.length, `${url}: counted`);
    }
  }
  const named = all.filter(({ reportedBy, combinedBodies }) =>
    [reportedBy, ...combinedBodies].includes('miit'),
  );
  t.strictSame(
    shown(await allRows(app, `/v1/assessments?collection=${COLLECTION}&limit=2&reportedBy=miit${vintage}`)),
    shown(inOrder(named, 'id')),
    'of a body',
  );
}

test('pages of assessments say what each forecast says alone, through writes, and of any vintage', async (t) => {
  const random = randomFrom(17);
  const app = await buildForWriting(t);
  const { write, later } = app;
  for (const id of FORECASTS) await write('POST', '/v1/forecasts', forecastOf(id, random));
  for (const id of OUTCOMES.slice(0, 16)) await write('POST', '/v1/outcomes', outcomeOf(id, random));
  await compare(t, app, '', random);
  const before = later();
  const then = shown(await allRows(app, `/v1/assessments?collection=${COLLECTION}&limit=1000`));

  for (const id of OUTCOMES.slice(16)) await write('POST', '/v1/outcomes', outcomeOf(id, random));
  for (const id of OUTCOMES.slice(0, 6)) {
    const { headers } = await app.request(`/v1/outcomes/${id}`);
    const match = { 'if-match': String(headers.etag) };
    await write('PUT', `/v1/outcomes/${id}?reason=Read+again`, outcomeOf(id, random), match);
  }
  await write('DELETE', `/v1/outcomes/${OUTCOMES[7]}?reason=Recorded+twice`, undefined, {
    'if-match': String((await app.request(`/v1/outcomes/${OUTCOMES[7]}`)).headers.etag),
  });
  await compare(t, app, '', random);
  await compare(t, app, '&outcomeVintage=first', random);
  await compare(t, app, '&publishedAsOf=2021-06-30', random);
  await compare(t, app, `&knownAsOf=${before}`, random);
  t.strictSame(
    shown(await allRows(app, `/v1/assessments?collection=${COLLECTION}&limit=1000&knownAsOf=${before}`)),
    then,
    'what was said then is said of then',
  );
});

test('assessments of more forecasts than are computed with at once', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'assessments-'));
  await makeLedger(directory, 5200);
  const { store } = await openLedger(directory);
  const app = await buildApp({ config: parseConfig({ CACHE_BYTES: '0' }), store });
  t.after(async () => {
    await app.close();
    await store.close();
    rmSync(directory, { recursive: true });
  });
  for (const query of [
    'limit=10',
    'limit=10&status=noOutcome',
    'limit=10&sort=-status',
    'limit=10&status=realised',
  ]) {
    const response = await app.inject({ url: `/v1/assessments?${query}` });
    t.equal(response.statusCode, 200, `${query}: ${response.body.slice(0, 200)}`);
  }
});
