import { test } from 'tap';
import type { Forecast } from '../../../src/ledger/records/schemas.ts';
import { describeImport } from '../../../src/transfer/imports/command.ts';
import { build } from '../../helpers/build.ts';
import type { Job } from '../../helpers/imports.ts';
import { forecastRow, importer, ndjson } from '../../helpers/imports.ts';
import { makeKey } from '../../helpers/keys.ts';

interface Listed {
  readonly data: readonly Forecast[];
}

const SOURCE = 'china-banking-news-2020-05-25';

/** A CSV with the fewest columns: one row for each phrase. */
function smallest(
  rows: readonly (readonly [phrase: string, end: string, more?: Readonly<Record<string, string>>])[],
) {
  const names = [
    'collection',
    'source',
    'forecaster',
    'sector',
    'measure',
    'region',
    'periodEnd',
    'evidencePhrase',
  ];
  const extra = Object.keys(Object.assign({}, ...rows.map(([, , more]) => more)) as object);
  const lines = rows.map(([phrase, end, more = {}]) =>
    [
      'seed-documents',
      SOURCE,
      'caict',
      '5g',
      'directInvestment',
      'CN',
      end,
      `"${phrase}"`,
      ...extra.map((name) => more[name] ?? ''),
    ].join(','),
  );
  return [[...names, ...extra].join(','), ...lines, ''].join('\r\n');
}

test('a CSV of eight columns is enough', async (t) => {
  const app = await build(t);
  const { bring } = await importer(app);
  const job = await bring(
    'csv',
    smallest([
      ['more than 3 trillion yuan', '2025-12-31'],
      ['约1.2万亿元人民币', '2026-12-31'],
      ['120조 위안', '2027-12-31'],
    ]),
  );
  t.match(job, { status: 'published', result: { added: 3, unverified: 0 } }, JSON.stringify(job.errors));
  const { data } = await app.get<Listed>(
    '/v1/forecasts?sort=id&forecaster=caict&sector=5g&periodFrom=2025-06-01',
  );
  const made = data.filter(({ id }) => id.startsWith('caict-5g-by-'));
  t.match(made, [
    {
      id: 'caict-5g-by-2025',
      scope: 'national',
      confidence: 'medium',
      publishedOn: '2020-05-25',
      amount: {
        qualifier: 'atLeast',
        value: '3000000000000',
        low: '3000000000000',
        high: null,
        currency: 'CNY',
      },
      period: { kind: 'cumulativeTo', start: null, end: '2025-12-31', years: null },
      evidence: { status: 'parsed' },
    },
    { id: 'caict-5g-by-2026', amount: { qualifier: 'approximately', value: '1200000000000' } },
    { id: 'caict-5g-by-2027', amount: { value: '120000000000000', currency: 'CNY' } },
  ]);
});

test('an import says what it filled in, of the first hundred records', async (t) => {
  const app = await build(t);
  const { bring } = await importer(app);
  const rows = Array.from({ length: 103 }, (_, at) => [`${at + 1} billion yuan in 2021`, ''] as const);
  const file = smallest(rows);
  const tried = await bring('csv', file, '?dryRun=true');
  t.match(
    tried,
    { status: 'checked', result: { added: 103, filledIn: 103 } },
    JSON.stringify(tried.errors[0]),
  );
  t.equal(tried.filledIn.length, 100);
  t.match(tried.filledIn[1], {
    row: 2,
    id: 'caict-5g-2021-direct-investment',
    amount: { value: '2000000000', qualifier: 'exact', currency: 'CNY', asStated: '2 billion yuan' },
    period: { start: '2021-01-01', end: '2021-12-31', kind: 'year', asStated: 'in 2021' },
    defaults: [
      { field: 'id', value: 'caict-5g-2021-direct-investment' },
      { field: 'scope', value: 'national' },
      { field: 'confidence', value: 'medium' },
    ],
  });
  t.match(
    describeImport({ ...tried, ...tried.progress }),
    /row 2, caict-5g-2021-direct-investment: exact CNY 2000000000; year 2021-01-01 to 2021-12-31; scope national/,
  );
  const done = await bring('csv', file);
  t.strictSame(done.filledIn, tried.filledIn, 'the same when it is written');
  t.match((await bring('csv', file)).result, { unchanged: 103, filledIn: 0 });
  const whole = await bring('ndjson', ndjson([forecastRow('whole', 5)]));
  t.match(whole, { status: 'published', filledIn: [], result: { filledIn: 0 } });
});

test("records of an import belong to its key's collection: six columns are enough", async (t) => {
  const app = await build(t);
  const { send, settled } = await importer(app);
  const { headers } = await makeKey(app, 'write', { name: 'desk', collection: 'seed-documents' });
  const file = [
    'source,forecaster,sector,measure,region,evidencePhrase',
    `${SOURCE},caict,5g,directInvestment,CN,2021年将达到6万亿元人民币`,
    `${SOURCE},caict,5g,directInvestment,CN,今後5年間で約10兆円`,
    `${SOURCE},caict,5g,directInvestment,CN,"by 2030, over 7 trillion yuan"`,
  ].join('\n');
  const answer = await send('csv', file, '', headers);
  const job = await settled(String(answer.headers.location));
  t.match(job, { status: 'published', result: { added: 3, unverified: 0 } }, JSON.stringify(job.errors));
  t.match(
    job.filledIn.map(({ id, amount }) => [id, amount?.value, amount?.currency]),
    [
      ['caict-5g-2021', '6000000000000', 'CNY'],
      ['caict-5g-2020-2024', '10000000000000', 'JPY'],
      ['caict-5g-by-2030', '7000000000000', 'CNY'],
    ],
  );
  t.equal(
    (await app.get<{ data: Forecast }>('/v1/forecasts/caict-5g-by-2030')).data.collection,
    'seed-documents',
  );
});

test('made ids are the same when the file is imported again, wherever its rows are cut', async (t) => {
  const app = await build(t);
  const { bring } = await importer(app);
  // More than are checked at once.
  const rows = Array.from({ length: 120 }, (_, at) => [`3 trillion yuan (${at})`, '2025-12-31'] as const);
  const file = smallest(rows);
  const first = await bring('csv', file);
  t.match(first, { status: 'published', result: { added: 120 } }, JSON.stringify(first.errors[0]));
  const before = (await app.get<Listed>('/v1/forecasts?q=yuan&limit=500&sort=id&sector=5g')).data;
  const again = await bring('csv', file);
  t.match(again.result, { added: 0, revised: 0, unchanged: 120 });
  const reversed = await bring('csv', smallest(rows.toReversed()));
  t.match(reversed.result, { added: 0, revised: 0, unchanged: 120 }, 'in whatever order');
  const after = (await app.get<Listed>('/v1/forecasts?q=yuan&limit=500&sort=id&sector=5g')).data;
  t.strictSame(after, before);
  const ids = before.map(({ id }) => id).filter((id) => id.startsWith('caict-5g-by-2025'));
  t.equal(ids.filter((id) => /^caict-5g-by-2025-direct-investment-[0-9a-f]{8}$/.test(id)).length, 118);
  t.ok(ids.includes('caict-5g-by-2025') && ids.includes('caict-5g-by-2025-direct-investment'));
});

test('a row without an id finds its record again, and revises it', async (t) => {
  const app = await build(t);
  const { bring } = await importer(app);
  await bring(
    'csv',
    smallest([['3 trillion yuan', '2025-12-31', { scope: 'three-operators', notes: 'One' }]]),
  );
  const job = await bring('csv', smallest([['3 trillion yuan', '2025-12-31', { notes: 'Two' }]]));
  t.match(job.result, { added: 0, revised: 1 });
  const { data } = await app.get<{ data: Forecast }>('/v1/forecasts/caict-5g-by-2025');
  t.match(data, { revision: 2, scope: 'three-operators', notes: 'Two' }, 'what it leaves out stays');
  const twice = smallest([
    ['3 trillion yuan', '2025-12-31'],
    ['3 trillion yuan', '2025-12-31'],
  ]);
  t.match((await bring('csv', twice)).errors, [
    { row: 2, column: 'id', code: 'repeatedId', message: /row 1 already/ },
  ]);
});

test('JSON needs no more, and outcomes neither', async (t) => {
  const app = await build(t);
  const { bring } = await importer(app);
  const row = {
    collection: 'seed-documents',
    source: SOURCE,
    sector: '5g',
    measure: 'directInvestment',
    region: 'CN',
  };
  const period = { end: '2019-12-31' };
  const job = await bring(
    'ndjson',
    ndjson([
      { ...row, forecaster: 'caict', period, evidence: { phrase: '1.2 trillion yuan' } },
      { ...row, reportedBy: 'caict', period, evidence: { phrase: '1.1 trillion yuan' } },
    ]),
  );
  t.match(job, { status: 'published', result: { added: 2 } }, JSON.stringify(job.errors));
  t.equal((await app.request('/v1/forecasts/caict-5g-by-2019')).statusCode, 200);
  t.equal((await app.request('/v1/outcomes/caict-5g-by-2019-direct-investment')).statusCode, 200);
});

test('what cannot be filled in is an error at its column', async (t) => {
  const app = await build(t);
  const { bring } = await importer(app);
  const errors = async (...file: Parameters<typeof bring>): Promise<Job['errors']> =>
    (await bring(...file)).errors;
  const phrases: readonly (readonly [string, object])[] = [
    ['3 trillion yuan, then 10 trillion yuan', { column: 'amountAsStated', code: 'severalFigures' }],
    ['a great deal', { column: 'amountValue', code: 'noFigure' }],
    ['3 trillion', { column: 'amountCurrency', code: 'currencyOpen' }],
  ];
  for (const [phrase, error] of phrases)
    t.match(await errors('csv', smallest([[phrase, '2025-12-31']])), [{ row: 1, line: 2, ...error }], phrase);
  t.match(await errors('csv', smallest([['3 trillion yuan', '']])), [
    { column: 'periodAsStated', code: 'noPeriod' },
  ]);
  const withoutCollection = smallest([['3 trillion yuan', '2025-12-31']]).replaceAll('seed-documents', '');
  t.match(await errors('csv', withoutCollection), [{ column: 'collection', code: 'missingParameter' }]);
  const row = {
    collection: 'seed-documents',
    source: SOURCE,
    sector: '5g',
    measure: 'directInvestment',
    region: 'CN',
  };
  t.match(await errors('ndjson', ndjson([{ ...row, forecaster: 'caict', evidence: { phrase: 'much' } }])), [
    { column: 'amount', code: 'noFigure' },
    { column: 'period', code: 'noPeriod' },
  ]);
});
