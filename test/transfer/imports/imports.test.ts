import { PassThrough, Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { test } from 'tap';
import { importRows, recordRelations, records } from '../../../src/store/tables/schema.ts';
import { createJob, findJob, importLock, updateJob } from '../../../src/transfer/imports/job.ts';
import { readRows, UnreadableFile } from '../../../src/transfer/imports/read.ts';
import { stagedBatches, stageRows } from '../../../src/transfer/imports/stage.ts';
import { build } from '../../helpers/build.ts';
import { csv, forecastRow, importer, ndjson } from '../../helpers/imports.ts';
import { makeKey } from '../../helpers/keys.ts';
import { buildForWriting, forecastBody } from '../../helpers/ledger.ts';
import { ONLY_SQLITE } from '../../helpers/postgres.ts';
import { until } from '../../helpers/process.ts';
import { watchStatements } from '../../helpers/statements.ts';
import { rowsOf } from '../../helpers/tables.ts';

/** An import as it is recorded. */
const ORDER = {
  format: 'ndjson',
  dryRun: false,
  onError: 'refuse',
  allowDuplicate: false,
  restore: false,
  author: 'a',
  reason: 'r',
  bytesTotal: null,
} as const;

/** What a document converts a figure to. */
const DOLLARS = {
  value: '420',
  low: null,
  high: null,
  qualifier: 'approximately',
  currency: 'USD',
  asStated: 'USD 420',
  interpretation: null,
};

interface Listed {
  readonly data: readonly { readonly id: string; readonly revision: number; readonly notes: string | null }[];
}

test('a file of NDJSON is published, as a job that can be followed', async (t) => {
  const app = await build(t);
  const { bring, send, settled } = await importer(app);
  const answer = await send(
    'ndjson',
    ndjson([forecastRow('one', 1), forecastRow('two', 2)]),
    '?reason=First',
  );
  t.equal(answer.statusCode, 202);
  const accepted = answer.json<{ data: { id: string; status: string } }>().data;
  t.equal(accepted.status, 'queued');
  t.equal(new URL(String(answer.headers.location), 'http://test').pathname, `/v1/imports/${accepted.id}`);
  const job = await settled(String(answer.headers.location));
  t.match(job, {
    id: accepted.id,
    status: 'published',
    author: 'importer',
    reason: 'First',
    errorCount: 0,
    errors: [],
    failure: null,
    progress: { rowsRead: 2, rowsInvalid: 0, rowsPublished: 2 },
    result: { added: 2, revised: 0, unchanged: 0 },
  });
  t.equal(job.progress.bytesRead, job.progress.bytesTotal);
  const shown = await app.get<{ data: Record<string, unknown> }>('/v1/forecasts/two');
  t.match(shown.data, { id: 'two', revision: 1, amount: { value: '2000000' }, publishedOn: '2020-05-25' });
  const rows = await rowsOf(app.store, records);
  t.match(
    rows.find(({ id }) => id === 'two'),
    { author: 'importer', reason: 'First' },
  );
  t.strictSame(await rowsOf(app.store, importRows), [], 'what was staged is gone');
  const found = await app.get<Listed>('/v1/forecasts?q=2+million+yuan');
  t.ok(
    found.data.some(({ id }) => id === 'two'),
    'and it is found by its words',
  );

  const again = await bring(
    'ndjson',
    ndjson([forecastRow('one', 1), forecastRow('two', 2, { notes: 'New' })]),
  );
  t.match(again.result, { added: 0, revised: 1, unchanged: 1 });
  t.match((await app.get<{ data: object }>('/v1/forecasts/two')).data, { revision: 2, notes: 'New' });
});

test('the same file twice adds nothing, and the dataset stays the same', async (t) => {
  const app = await build(t);
  const { bring } = await importer(app);
  const file = ndjson([forecastRow('one', 1), forecastRow('two', 2)]);
  await bring('ndjson', file);
  const before = await app.get<{ meta: { datasetVersion: string } }>('/v1/forecasts?limit=1');
  const job = await bring('ndjson', file);
  t.match(job, { status: 'published', result: { added: 0, revised: 0, unchanged: 2 } });
  const after = await app.get<{ meta: { datasetVersion: string } }>('/v1/forecasts?limit=1');
  t.equal(after.meta.datasetVersion, before.meta.datasetVersion);
});

test('one wrong row, and nothing is published; with onError=skip the others are', async (t) => {
  const app = await build(t);
  const { bring } = await importer(app);
  const file = ndjson([
    forecastRow('good', 1),
    forecastRow('bad', 2, { sector: 'new-infrastructur' }),
    forecastRow('wrong', 3, { evidence: { phrase: 'will total 4 million yuan', status: 'parsed' } }),
  ]);
  const refused = await bring('ndjson', file);
  t.match(refused, {
    status: 'refused',
    result: null,
    errorCount: 2,
    progress: { rowsRead: 3, rowsInvalid: 2, rowsPublished: 0 },
  });
  t.match(refused.errors, [
    {
      row: 2,
      line: 2,
      column: 'sector',
      code: 'unknownId',
      value: 'new-infrastructur',
      suggestion: 'new-infrastructure',
    },
    { row: 3, line: 3, column: 'evidence.status', code: 'statusDisagrees', value: 'parsed' },
  ]);
  t.equal((await app.request('/v1/forecasts/good')).statusCode, 404);
  t.strictSame(await rowsOf(app.store, importRows), []);

  const skipped = await bring('ndjson', file, '?onError=skip');
  t.match(skipped, { status: 'published', errorCount: 2, result: { added: 1 } });
  t.equal((await app.request('/v1/forecasts/good')).statusCode, 200);
  t.equal((await app.request('/v1/forecasts/bad')).statusCode, 404);
});

test('a dry run writes nothing and says what would be', async (t) => {
  const app = await build(t);
  const { bring } = await importer(app);
  const row = forecastRow('one', 1);
  t.match(await bring('ndjson', ndjson([row]), '?dryRun=true'), {
    status: 'checked',
    dryRun: true,
    result: { added: 1, revised: 0, unchanged: 0 },
  });
  t.equal((await app.request('/v1/forecasts/one')).statusCode, 404);
  t.match(await bring('ndjson', ndjson([row, row]), '?dryRun=true'), { status: 'refused', result: null });
});

test('an id that stands in the file twice, and one that was deleted, are errors of their rows', async (t) => {
  const app = await build(t);
  const { bring, headers } = await importer(app);
  await bring('ndjson', ndjson([forecastRow('gone', 1)]));
  const tag = (await app.request('/v1/forecasts/gone')).headers.etag;
  const deleted = await app.request({
    method: 'DELETE',
    url: '/v1/forecasts/gone?reason=Mistaken',
    headers: { ...headers, 'if-match': String(tag) },
  });
  t.equal(deleted.statusCode, 200, deleted.body);
  const job = await bring(
    'ndjson',
    ndjson([forecastRow('one', 1), forecastRow('gone', 1), forecastRow('one', 2)]),
  );
  t.match(job.errors, [
    { row: 2, column: 'id', code: 'recordDeleted', value: 'gone', message: /Mistaken/ },
    { row: 3, column: 'id', code: 'repeatedId', value: 'one', message: /row 1/ },
  ]);
});

test('errors are counted whole and kept up to a thousand', async (t) => {
  const app = await build(t);
  const { bring } = await importer(app);
  const rows = Array.from({ length: 1203 }, (_, index) => forecastRow(`r-${index}`, 1, { region: 'XX' }));
  const job = await bring('ndjson', ndjson(rows));
  t.equal(job.errorCount, 1203);
  t.equal(job.errors.length, 1000);
  t.equal(job.errors.at(-1)?.row, 1000);
});

test('spreadsheets: byte order mark, line ends, separators, line breaks in cells, blank lines', async (t) => {
  const app = await build(t);
  const { bring } = await importer(app);
  const files: readonly (readonly [string, string])[] = [
    ['plain', csv([{ id: 'plain' }], { lineEnd: '\n' })],
    ['old-mac', csv([{ id: 'old-mac' }], { lineEnd: '\r' })],
    ['bom', `\ufeff${csv([{ id: 'bom' }])}`],
    ['semicolon', csv([{ id: 'semicolon', notes: 'one, two; three' }], { delimiter: ';' })],
    ['tab', csv([{ id: 'tab', notes: 'one\ttwo' }], { delimiter: '\t' })],
    ['sep', `sep=;\r\n${csv([{ id: 'sep' }], { delimiter: ';' })}`],
    ['blank', `${csv([{ id: 'blank' }])}\r\n,,,\r\n`],
  ];
  for (const [id, file] of files) {
    const job = await bring('csv', file, '?allowDuplicate=true');
    t.match(job, { status: 'published', result: { added: 1 } }, `${id}: ${JSON.stringify(job.errors)}`);
    t.equal((await app.request(`/v1/forecasts/${id}`)).statusCode, 200, id);
  }
  const notes = 'First line,\r\n"second" line\nthird; all of it';
  const job = await bring(
    'csv',
    csv([
      { id: 'lines', notes },
      { id: 'after', region: 'XX' },
    ]),
    '?allowDuplicate=true',
  );
  t.match(
    job.errors,
    [{ row: 2, line: 5, column: 'region', code: 'unknownId' }],
    'rows and lines are both counted',
  );
  await bring('csv', csv([{ id: 'lines', notes }]), '?allowDuplicate=true');
  t.equal((await app.get<{ data: { notes: string } }>('/v1/forecasts/lines')).data.notes, notes);
});

test('a header that cannot be is refused as a whole', async (t) => {
  const app = await build(t);
  const { bring } = await importer(app);
  const [header = '', row = ''] = csv([{}]).split('\r\n');
  const cases: readonly (readonly [string, object])[] = [
    [`${header},sectr\r\n${row},x`, { column: 'sectr', code: 'unknownColumn', suggestion: 'sector' }],
    [`${header},id\r\n${row},x`, { column: 'id', code: 'repeatedColumn' }],
    [`${header},\r\n${row},x`, { column: '', code: 'unnamedColumn' }],
    [header.replace('region,', ''), { column: 'region', code: 'missingColumn' }],
    ['', { column: null, code: 'emptyFile' }],
  ];
  for (const [file, error] of cases) {
    const job = await bring('csv', file, '?onError=skip');
    t.match(job, { status: 'refused', result: null, errors: [error] }, JSON.stringify(job.errors));
  }
});

test('what cannot be read with certainty is refused, never guessed', async (t) => {
  const app = await build(t);
  const { bring } = await importer(app);
  const wrong: readonly (readonly [Record<string, string>, object])[] = [
    [{ amountValue: '3,000,000' }, { column: 'amountValue', code: 'groupedNumber', value: '3,000,000' }],
    [{ amountValue: '3.000.000' }, { column: 'amountValue', code: 'groupedNumber' }],
    [{ amountValue: '3 000 000' }, { column: 'amountValue', code: 'groupedNumber' }],
    [{ amountValue: '3,5' }, { column: 'amountValue', code: 'groupedNumber' }],
    [{ amountValue: '3E+12' }, { column: 'amountValue', code: 'exponentNumber' }],
    [{ amountLow: 'about 5' }, { column: 'amountLow', code: 'malformedDecimal' }],
    [{ periodStart: '01/02/2020' }, { column: 'periodStart', code: 'invalidValue', value: '01/02/2020' }],
    [{ periodYears: 'one' }, { column: 'periodYears', code: 'malformedInteger' }],
    [{ amountQualifier: 'exakt' }, { column: 'amountQualifier', code: 'invalidValue', suggestion: 'exact' }],
    [{ relations: '{' }, { column: 'relations', code: 'malformedJson' }],
    [{ relations: '[{"kind":"drives","kind":"drivenBy"}]' }, { column: 'relations', code: 'repeatedKey' }],
    [
      { relations: 'kind=drives, forecst=x' },
      { column: 'relations', code: 'unknownField', message: /did you mean "forecast"/ },
    ],
    [
      { relations: 'kind=drives, kind=drivenBy, forecast=x' },
      { column: 'relations', code: 'repeatedKey', message: /"kind" twice/ },
    ],
    [{ relations: 'drives: x' }, { column: 'relations', code: 'malformedList', message: /key=value/ }],
    [{ relations: 'kind=drive, forecast=x' }, { column: 'relations', code: 'invalidValue' }],
    [{ relations: '__proto__.kind=drives' }, { column: 'relations', code: 'unknownField' }],
    [
      { statedConversions: 'amount.value=4e8, amount.qualifier=exact' },
      { column: 'statedConversions', code: 'exponentNumber' },
    ],
    [{ kind: 'forcast' }, { column: 'kind', code: 'invalidValue' }],
    [{ via: 'somebody' }, { column: 'via', code: 'notOfThisKind' }],
    [{ sector: '' }, { column: 'sector', code: 'valueRequired' }],
    [{ publishedOn: '2020-05-26' }, { column: 'publishedOn', code: 'contradictsSource' }],
    [{ amountHigh: '6000000' }, { column: 'amountHigh', code: 'inconsistentAmount' }],
  ];
  for (const [change, error] of wrong) {
    const { errors } = await bring('csv', csv([change]), '?dryRun=true');
    t.match(errors[0], { row: 1, line: 2, ...error }, JSON.stringify(errors));
  }
  const bytes: readonly (readonly [Buffer, object])[] = [
    [Buffer.from(`\ufeff${csv([{}])}`, 'utf16le'), { code: 'utf16NotRead' }],
    [Buffer.from(csv([{ notes: 'é' }]), 'latin1'), { code: 'notUtf8' }],
    [Buffer.from(csv([{}]).replace('medium', '"medium')), { code: 'malformedCsv', line: 2 }],
    [
      Buffer.from(`${csv([{ notes: 'two\nlines' }, { id: 'open' }]).replace('open', '"open')}\n,,,\n`),
      { code: 'malformedCsv', line: 4, message: /In the row that begins at line 4 .*never closed/ },
    ],
    [
      Buffer.from(
        csv([{ notes: 'two\r\nlines' }, { id: 'open' }, { notes: 'a "word"' }]).replace('open', '"open'),
      ),
      { code: 'malformedCsv', line: 4, message: /In the row that begins at line 4 / },
    ],
    [Buffer.from(csv([{}]).replace('medium', 'me"di"um')), { code: 'malformedCsv' }],
    [Buffer.from(csv([{}]).replace('medium', 'medium,more')), { code: 'wrongCellCount', row: 1 }],
  ];
  for (const [file, error] of bytes) {
    const job = await bring('csv', file);
    t.match(job, { status: 'refused', errors: [error] }, JSON.stringify(job.errors));
  }
});

test('a number that a spreadsheet showed with an exponent is taken where the phrase says its digits', async (t) => {
  const app = await build(t);
  const { bring } = await importer(app);
  const amount = (value: string, low: string, high: string, asStated: string, more = {}) => ({
    ...{ id: 'excel', amountValue: value, amountLow: low, amountHigh: high, amountAsStated: asStated },
    evidencePhrase: `will total ${asStated} in 2020`,
    ...more,
  });
  const same = (value: string, asStated: string) => amount(value, value, value, asStated);
  const taken: readonly (readonly [Record<string, string>, object])[] = [
    [same('2.4E+13', '24 trillion yuan'), { value: '24000000000000', high: '24000000000000' }],
    [same('2,4E+13', '24 trillion yuan'), { value: '24000000000000', low: '24000000000000' }],
    [same('2.43457E+13', '24,345,678,901,234 yuan'), { value: '24345678901234' }],
    [same('2E+12', '2.4万亿元'), { value: '2400000000000' }],
    [
      amount('', '1E+12', '2.4E+12', '1 trillion to 2.4 trillion yuan', { amountQualifier: 'range' }),
      { value: null, low: '1000000000000', high: '2400000000000' },
    ],
    [
      amount('2.4E+12', '2.4E+12', '', 'at least 2.4 trillion yuan', { amountQualifier: 'atLeast' }),
      { value: '2400000000000', low: '2400000000000', high: null },
    ],
  ];
  for (const [at, [row, stated]] of taken.entries()) {
    const id = `excel-${at}`;
    const { status, errors } = await bring(
      'csv',
      csv([{ ...row, id }], { delimiter: '\t' }),
      '?allowDuplicate=true',
    );
    t.equal(status, 'published', `${id}: ${JSON.stringify(errors)}`);
    const { data } = await app.get<{ data: { relations: readonly object[] } }>(`/v1/forecasts/${id}`);
    t.match({ ...data, relations: data.relations.slice(-1) }, { amount: stated }, id);
  }
  const doubtful = [
    // Other digits than the phrase has, within the places shown or beyond.
    same('2.5E+13', '24 trillion yuan'),
    same('2.40E+13', '24.1 trillion yuan'),
    same('2.4E+12', '24 trillion yuan'),
    same('2.43457E+13', '24 trillion yuan'),
    // What cannot be read, or has no single figure.
    same('2.4E+13', 'a great deal'),
    amount('2E+12', '1E+12', '2.4E+12', '1 trillion to 2.4 trillion yuan', { amountQualifier: 'range' }),
    same('-2.4E+13', '24 trillion yuan'),
    same('2.4E-13', '24 trillion yuan'),
    same('2.4E+99999999999', '24 trillion yuan'),
    same('0E+13', '0.000001 yuan'),
  ];
  for (const row of doubtful) {
    const { errors } = await bring('csv', csv([row]), '?dryRun=true');
    t.match(errors[0], { column: 'amountValue', code: 'exponentNumber' }, JSON.stringify(errors));
  }
});

test('JSON: an array is read, element by element, and what is wrong with its form is told', async (t) => {
  const app = await build(t);
  const { bring } = await importer(app);
  const rows = [
    forecastRow('j-1', 1, { notes: 'a ], "b" \\ {' }),
    forecastRow('j-2', 2),
    forecastRow('j-3', 3),
  ];
  const job = await bring('json', JSON.stringify(rows, null, 2));
  t.match(job, { status: 'published', result: { added: 3 } }, JSON.stringify(job.errors));
  t.match(await bring('json', ' [ ] '), { status: 'published', result: { added: 0 } });
  for (const [text, error] of [
    ['{"data": []}', { code: 'malformedJson', message: /take `data`/ }],
    ['[{"id": 1},]', { code: 'malformedJson' }],
    ['[{"id": 1} {"id": 2}]', { code: 'malformedJson' }],
    ['[{"id": 1}', { code: 'malformedJson', message: /cut off/ }],
    ['[] []', { code: 'malformedJson' }],
    ['', { code: 'emptyFile' }],
    ['[1]', { row: 1, code: 'noObject', value: '1' }],
  ] as const) {
    const { status, errors } = await bring('json', text);
    t.match({ status, error: errors.at(-1) }, { status: 'refused', error }, text);
  }
  const lines = await bring(
    'ndjson',
    `${JSON.stringify(forecastRow('l-1', 4))}\n\n{"id":\n`,
    '?onError=skip',
  );
  t.match(lines, {
    status: 'published',
    result: { added: 1 },
    errors: [{ row: 2, line: 3, code: 'malformedJson' }],
  });
  const twice = JSON.stringify(forecastRow('l-2', 1)).replace('"amount":{', '"amount":{"value":"1",');
  for (const [format, text] of [
    ['ndjson', twice],
    ['json', `[${twice}]`],
  ] as const)
    t.match(await bring(format, text), {
      status: 'refused',
      errors: [{ row: 1, column: 'amount.value', code: 'repeatedKey' }],
    });
  const number = forecastRow('n', 1);
  const { errors } = await bring(
    'ndjson',
    ndjson([{ ...number, amount: { ...(number.amount as object), value: 1e6 } }]),
  );
  t.match(errors[0], { column: 'amount.value', message: /must be a string/ });
});

test('what no import can read is refused with its reason, before it fills the memory', async (t) => {
  const app = await build(t);
  const { bring } = await importer(app);
  const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
  const wide = (values: number): string => JSON.stringify(Array(values).fill(0));
  const [header = '', cells = ''] = csv([{}]).split('\r\n');
  const named = (columns: number): string => Array.from({ length: columns }, (_, at) => `c${at}`).join();
  const cases: readonly (readonly ['csv' | 'ndjson' | 'json', string, object])[] = [
    ['ndjson', `{"id": ${nested(100_000)}}`, { row: 1, code: 'tooDeep', message: /20 deep/ }],
    ['ndjson', `{"notes": ${wide(100_001)}}`, { row: 1, code: 'tooManyValues', message: /100000/ }],
    ['ndjson', `{"notes": "\\"${'x'.repeat(12_000_000)}`, { row: 1, line: 1, code: 'rowTooLong' }],
    ['json', `[${nested(100_000)}]`, { row: 1, code: 'tooDeep' }],
    ['json', `[${' '.repeat(99)}"${'x'.repeat(12_000_000)}`, { row: 1, code: 'rowTooLong' }],
    ['csv', csv([{ relations: nested(100_000) }]), { row: 1, column: 'relations', code: 'tooDeep' }],
    ['csv', csv([{ relations: 'kind=x;'.repeat(10_001) }]), { column: 'relations', code: 'tooManyValues' }],
    ['csv', `"${'x'.repeat(65_536)}`, { line: 1, code: 'headerTooLong' }],
    ['csv', `${header},${'x'.repeat(65_536)}\n${cells}`, { line: 1, code: 'headerTooLong' }],
    ['csv', `${'\n'.repeat(1001)}${header}\n${cells}`, { code: 'emptyFile', message: /1,000 empty lines/ }],
    ['csv', named(1001), { line: 1, code: 'tooManyColumns', message: /1001 columns/ }],
    ['csv', `${header}\n"${'x\n'.repeat(600_000)}`, { code: 'rowTooLong', message: /quotation mark/ }],
    ['csv', `${header}\n${','.repeat(1_200_000)}`, { code: 'rowTooLong', message: /line 2/ }],
    ['csv', `${header}\n${`${','.repeat(400_000)}"\n"`.repeat(3)}`, { code: 'rowTooLong' }],
  ];
  for (const [format, file, error] of cases) {
    const job = await bring(format, file, '?onError=skip');
    t.match(job.errors, [error], `${file.slice(0, 20)} ${JSON.stringify(job.errors)}`);
    t.match(job, { errorCount: 1, failure: null, status: /refused|published/ });
  }
  t.match(
    await bring('csv', `${'\n'.repeat(900)}${csv([{}])}`),
    { status: 'published' },
    'a few empty lines are none',
  );
  const row = JSON.stringify({ ...forecastRow('braced', 1), notes: `"\\${'[{'.repeat(100)}` });
  t.match(await bring('ndjson', row), { status: 'published' }, 'braces in a text are text');
});

test('however a file ends, it is closed', async (t) => {
  const [header = ''] = csv([{}]).split('\r\n');
  const piece = Buffer.from('x'.repeat(65_536));
  for (const [format, begin, isTaken] of [
    ['csv', `${header}\n`, false],
    ['csv', '', true],
    ['csv', `${header}\n"`, true],
    ['ndjson', '', true],
    ['json', '', true],
  ] as const) {
    let isClosed = false;
    async function* bytes(): AsyncGenerator<Uint8Array> {
      try {
        yield Buffer.from(begin);
        for (;;) yield piece;
      } finally {
        isClosed = true;
      }
    }
    try {
      for await (const _ of readRows(format, bytes(), () => isTaken));
    } catch (error) {
      t.ok(error instanceof UnreadableFile);
    }
    t.ok(isClosed, `${format} ${begin.slice(0, 10)}`);
  }
});

test('of a row with many faults the first are told, and a file with too many is not read on', async (t) => {
  const app = await build(t);
  const { bring } = await importer(app);
  const unknown = Object.fromEntries(Array.from({ length: 300 }, (_, at) => [`unknown${at}`, at]));
  const sectors = Array.from({ length: 1000 }, (_, at) => `unknown-${at}`);
  const { errors } = await bring(
    'ndjson',
    ndjson([
      { ...forecastRow('a', 1), ...unknown },
      forecastRow('b', 1, { beneficiarySectors: sectors }),
      forecastRow('c', 1, { beneficiarySectors: [...sectors, 'one-more'] }),
    ]),
  );
  t.equal(errors.length, 101 + 101 + 1);
  t.match(errors[100], { row: 1, column: null, code: 'moreErrors', message: 'has 200 more errors' });
  t.match(errors[201], { row: 2, code: 'moreErrors', message: 'has 900 more errors' });
  t.match(errors[202], { row: 3, column: 'beneficiarySectors', message: /at most 1000 items/ });
  t.ok(errors.filter(({ row, suggestion }) => row === 2 && suggestion !== undefined).length <= 20);

  const job = await bring('ndjson', 'x\n'.repeat(101_000));
  t.match(job, { status: 'refused', progress: { rowsRead: 100_000 }, errorCount: 100_001 });
});

test('long rows are checked and published a few at a time', async (t) => {
  const app = await build(t);
  const text = (characters: number) => 'x'.repeat(characters);
  const staged = [1, 3_000_000, 1_000_000, 300_000, 9_000_000, 1];
  const places = await app.store.write(async (transaction) => {
    await createJob(transaction, { ...ORDER, id: 'long' }, new Date());
    await stageRows(
      transaction,
      'long',
      staged.map((length, at) => ({ row: at + 1, key: `key-${at}`, content: text(length) })),
    );
    const batches: number[][] = [];
    for await (const rows of stagedBatches(transaction, 'long', 500))
      batches.push(rows.map(({ row }) => row));
    return batches;
  });
  t.strictSame(places, [[1, 2, 3], [4], [5], [6]]);
});

test('what may have been meant is looked for as long as errors are told', {
  skip: ONLY_SQLITE,
}, async (t) => {
  const app = await build(t);
  const { bring } = await importer(app);
  const { ran, runs } = watchStatements(t);
  const unknown = Array.from({ length: 20 }, (_, at) => `secotr-${at}`);
  const rows = Array.from({ length: 250 }, (_, at) =>
    forecastRow(`unknown-${at}`, 1, { beneficiarySectors: unknown.map((id) => `${id}-${at}`) }),
  );
  const job = await bring('ndjson', ndjson(rows));
  t.equal(job.errorCount, 250 * 20);
  t.equal(job.errors.length, 1000);
  const compared = [...ran.keys()].filter((source) =>
    /^select "id" from "sectors" where .* order by/.test(source),
  );
  t.equal(compared.length, 1);
  // A thousand errors are those of fifty rows, which are the first that are checked at once.
  t.equal(runs(compared[0] ?? ''), 1);
});

test('what other processes have left is done, given up or removed', async (t) => {
  const app = await build(t);
  const { store } = app;
  const left = async (id: string, millions: number | null, attempts: number | null): Promise<void> => {
    await store.exclusive(importLock(id), async () => {
      if (millions !== null)
        await store.scratch.write(
          id,
          Readable.from([Buffer.from(ndjson([forecastRow(`of-${id}`, millions)]))]),
        );
      if (attempts === null) return;
      await store.write(async (transaction) => {
        await createJob(transaction, { ...ORDER, id }, new Date());
        await updateJob(transaction, id, { status: 'reading', attempts, rowsRead: 1 });
        await stageRows(transaction, id, [{ row: 1, key: 'half', content: {} }]);
      });
    });
  };
  const ids = ['begun', 'given-up', 'without-file', 'without-job'] as const;
  const [begun, givenUp, withoutFile, withoutJob] = ids;
  await left(begun, 1, 2);
  await left(givenUp, 2, 3);
  await left(withoutFile, null, 1);
  await left(withoutJob, 4, null);
  const jobOf = (id: string) => store.snapshot((read) => findJob(read, id));
  await until(
    async () => (await Promise.all(ids.map(jobOf))).every((job) => job?.finishedAt !== null),
    'all have ended',
  );
  t.match(await jobOf(begun), { status: 'published', result: { added: 1 } });
  t.match(await jobOf(givenUp), {
    status: 'failed',
    failure: { code: 'interrupted', message: /begun 3 times/ },
  });
  t.match(await jobOf(withoutFile), {
    status: 'failed',
    failure: { code: 'interrupted', message: /Send the file again/ },
  });
  await until(async () => (await store.scratch.names()).length === 0, 'no file is left');
  t.strictSame(await rowsOf(store, importRows), []);
  const statuses = await Promise.all(
    ids.map(async (id) => (await app.request(`/v1/forecasts/of-${id}`)).statusCode),
  );
  t.strictSame(statuses, [200, 404, 404, 404]);
});

test('uploads under way count among the imports that there may be', async (t) => {
  const app = await build(t);
  const { headers } = await makeKey(app, 'write');
  const uploads = Array.from({ length: 25 }, (_, at) => {
    const payload = new PassThrough();
    const answer = app.app.inject({
      method: 'POST',
      url: '/v1/imports',
      headers: { ...headers, 'content-type': 'application/x-ndjson', 'idempotency-key': `key-${at}` },
      payload,
    });
    return { payload, answer };
  });
  const refused: number[] = [];
  for (const [at, { answer }] of uploads.entries())
    void answer.then(({ statusCode }) => void (statusCode === 503 && refused.push(at)));
  await until(() => refused.length > 0, 'an upload is refused');
  for (const { payload } of uploads) payload.end('');
  const statuses = await Promise.all(uploads.map(async ({ answer }) => (await answer).statusCode));
  t.equal(statuses.filter((status) => status === 202).length, 20);
  t.equal(statuses.filter((status) => status === 503).length, 5);
  const { send } = await importer(app);
  await until(async () => (await send('ndjson', '')).statusCode === 202, 'there is room again');
});

test('a list that was downloaded imports again as it is, and says nothing new', async (t) => {
  const app = await build(t);
  const { bring } = await importer(app);
  const conversion = (phrase: string, interpretation: string | null) => ({
    amount: { ...DOLLARS, interpretation },
    evidence: { phrase },
  });
  await bring(
    'ndjson',
    ndjson([
      forecastRow('tricky', 7, { notes: "'=SUM(A1)" }),
      forecastRow('formula', 8, { notes: '=1+1', relations: [{ kind: 'drives', forecast: 'tricky' }] }),
      forecastRow('separators', 9, {
        statedConversions: [
          conversion('approx. USD 420, 421; or \\; so = a|b\\', ' =1, ;"\n'),
          conversion('[{"a": 420}]', null),
        ],
        corroboration: ['https://example.org/a;b,c?d=e;f', 'https://example.org/2'],
      }),
    ]),
  );
  const before = await rowsOf(app.store, records);
  const relations = await rowsOf(app.store, recordRelations);
  for (const list of ['forecasts', 'outcomes']) {
    for (const path of [`${list}.csv`, `${list}.csv?convertTo=USD&rateBasis=latest`, `${list}.ndjson`]) {
      const { body } = await app.app.inject(`/v1/${path}`);
      const job = await bring(path.includes('csv') ? 'csv' : 'ndjson', body);
      t.match(
        job,
        { status: 'published', result: { added: 0, revised: 0 } },
        `${path} ${JSON.stringify(job.errors.slice(0, 3))}`,
      );
      t.ok((job.result?.unchanged ?? 0) > 1, path);
      if (path.includes('csv'))
        t.ok(job.ignoredColumns.includes('sectorName'), 'and says what it did not read');
    }
  }
  t.strictSame(await rowsOf(app.store, records), before);
  t.strictSame(await rowsOf(app.store, recordRelations), relations);
});

test('lists of objects come in as their cells in a CSV say, and as JSON, as they once did', async (t) => {
  const app = await build(t);
  const { bring } = await importer(app);
  const drives = { kind: 'drives', forecast: 'haitong-2020-new-infrastructure-2020' };
  const stated = { amount: DOLLARS, evidence: { phrase: 'approx. USD 420, and more' } };
  const cells = [
    {
      relations: 'kind=drives, forecast=haitong-2020-new-infrastructure-2020',
      statedConversions:
        'amount.value=420,amount.qualifier=approximately,amount.currency=USD,amount.asStated=USD 420,evidence.phrase=approx. USD 420\\, and more;',
    },
    { relations: JSON.stringify([drives]), statedConversions: JSON.stringify([stated]) },
  ];
  for (const [position, row] of cells.entries()) {
    const id = `listed-${position}`;
    const job = await bring('csv', csv([{ ...row, id }]), '?allowDuplicate=true');
    t.match(job, { status: 'published', result: { added: 1 } }, JSON.stringify(job.errors));
    const { data } = await app.get<{ data: { relations: readonly object[] } }>(`/v1/forecasts/${id}`);
    t.match(
      { ...data, relations: data.relations.slice(-1) },
      {
        statedConversions: [{ ...stated, evidence: { ...stated.evidence, start: null, status: 'parsed' } }],
        relations: [drives],
      },
    );
  }
});

test('a row taken from a revision that was corrected since does not undo the correction', async (t) => {
  const app = await build(t);
  const { bring } = await importer(app);
  await bring('ndjson', ndjson([forecastRow('stale', 1)]));
  const listed = (await app.request('/v1/forecasts.csv?collection=seed-documents&sort=id')).body;
  await bring('ndjson', ndjson([forecastRow('stale', 1, { notes: 'corrected' })]));
  const refused = await bring('csv', listed);
  t.match(refused, {
    status: 'refused',
    errors: [{ column: 'revision', code: 'revisionDoesNotCount', value: '1' }],
  });
  const without = await bring('ndjson', ndjson([forecastRow('stale', 1, { notes: 'on purpose' })]));
  t.match(without, { status: 'published', result: { revised: 1 } }, 'a row that names none is written');
});

test('a file brings what its records refer to, and both kinds', async (t) => {
  const app = await build(t);
  const { bring } = await importer(app);
  const text = '𝒳: in the new field, investment will total 9 million yuan in 2020, they say.';
  const rows = [
    {
      type: 'organisation',
      id: 'new-body',
      name: 'New Body',
      originalName: null,
      kind: 'bank',
      country: 'CN',
      description: null,
    },
    { type: 'collection', id: 'ours', name: 'Ours', description: 'Our own.' },
    {
      type: 'sector',
      id: 'new-field',
      name: 'New field',
      nameChinese: null,
      parent: 'new-infrastructure',
      definitions: [],
    },
    {
      type: 'source',
      id: 'new-paper',
      title: 'A paper',
      publisher: 'New Body',
      publishedOn: '2021-03-04',
      url: null,
      language: 'en',
      documentSha256: null,
      licence: null,
      attribution: 'New Body',
      supplied: [],
      schemes: [{ sector: 'new-infrastructure', parts: ['new-field'] }],
      notes: null,
      text,
    },
    forecastRow('from-paper', 9, {
      collection: 'ours',
      forecaster: 'new-body',
      source: 'new-paper',
      sector: 'new-field',
      relations: [{ kind: 'alsoStatedIn', forecast: 'later' }],
    }),
    forecastRow('later', 9, { relations: [{ kind: 'alsoStatedIn', forecast: 'from-paper' }] }),
  ];
  const { forecaster, ...rest } = forecastRow('an-outcome', 3);
  const outcome = { ...rest, kind: 'outcome', reportedBy: forecaster };
  const job = await bring('ndjson', ndjson([...rows, outcome]));
  t.match(job, { status: 'published', result: { added: 3, catalogueAdded: 4 } }, JSON.stringify(job.errors));
  const { data } = await app.get<{ data: { evidence: object; relations: object[]; publishedOn: string } }>(
    '/v1/forecasts/from-paper',
  );
  t.match(data.evidence, { status: 'located', start: 32, end: 65 });
  t.equal(data.publishedOn, '2021-03-04');
  t.equal(data.relations.length, 1, 'said by both, it is said once');
  t.match((await app.get<{ data: object }>('/v1/outcomes/an-outcome')).data, {
    reportedBy: 'haitong-securities',
  });

  const again = await bring('ndjson', ndjson([...rows, outcome]));
  t.match(again.result, { added: 0, revised: 0, unchanged: 3, catalogueAdded: 0, catalogueUnchanged: 4 });
  const changed = await bring(
    'ndjson',
    ndjson([
      { ...rows[1], name: 'Theirs' },
      { type: 'sektor', id: 'x' },
    ]),
  );
  t.match(changed.errors, [
    { row: 1, column: 'name', code: 'existsDifferently', value: 'Theirs' },
    { row: 2, column: 'type', code: 'invalidValue' },
  ]);
  const unknown = await bring(
    'ndjson',
    ndjson([
      forecastRow('to-nothing', 1, { relations: [{ kind: 'drives', forecast: 'nothing' }] }),
      forecastRow('to-that', 2, { relations: [{ kind: 'drives', forecast: 'to-nothing' }] }),
      forecastRow('alone', 5),
    ]),
    '?onError=skip',
  );
  t.match(unknown.errors, [
    { row: 1, column: 'relations.0.forecast', code: 'unknownId', value: 'nothing' },
    { row: 2, column: 'relations.0.forecast', code: 'unknownId', value: 'to-nothing' },
  ]);
  t.match(unknown.result, { added: 1 });
});

test('the template imports, and the columns are those of the template', async (t) => {
  const app = await build(t);
  const { bring } = await importer(app);
  const template = (await app.request('/v1/imports/template.csv')).body;
  const { data } = await app.get<{
    data: readonly { name: string; required: boolean; description: string }[];
  }>('/v1/imports/columns');
  t.equal(template.split('\r\n', 1)[0], data.map(({ name }) => name).join());
  t.ok(data.every(({ description }) => description.length > 10));
  const job = await bring('csv', template);
  t.match(job, { status: 'published', result: { added: 1 } }, JSON.stringify(job.errors));
  const list = (await app.app.inject('/v1/forecasts.csv?limit=1')).body.split('\r\n', 1)[0]?.split(',') ?? [];
  const known = new Set(data.map(({ name }) => name));
  const notRead = list.filter((name) => !known.has(name) && !name.endsWith('Name'));
  t.strictSame(notRead, [
    'revision',
    'recordedAt',
    'publishedOn',
    'evidenceDocumentSha256',
    'evidenceUrl',
    'revisedBy',
    'time',
  ]);
});

test('who may import what, and how much of it', async (t) => {
  const app = await build(t, { IMPORT_LIMIT_BYTES: '4096' });
  const { send } = await importer(app);
  const file = ndjson([forecastRow('one', 1)]);
  const post = (headers: Record<string, string>, url = '/v1/imports') =>
    app.request({
      method: 'POST',
      url,
      payload: file,
      headers: { 'content-type': 'application/x-ndjson', ...headers },
    });
  t.match((await post({})).json(), { status: 401, code: 'keyRequired' });
  t.match((await post((await makeKey(app, 'read')).headers)).json(), {
    status: 403,
    code: 'keyScopeTooNarrow',
  });
  const write = (await makeKey(app, 'write')).headers;
  t.match((await post(write, '/v1/imports?restore=true')).json(), { status: 403, code: 'keyScopeTooNarrow' });
  t.match((await post(write, '/v1/imports?dryrun=true')).json(), {
    status: 400,
    errors: [{ name: 'dryrun', suggestion: 'dryRun' }],
  });
  t.match((await send('ndjson', 'x'.repeat(5000))).json(), { status: 413, code: 'contentTooLarge' });
  t.match((await post({ ...write, 'content-type': 'application/xml' })).json(), {
    status: 415,
    code: 'unsupportedMediaType',
    detail: /text\/csv/,
  });
  const zipped = await send('ndjson', gzipSync(file), '', { 'content-encoding': 'gzip' });
  t.match(zipped.json(), { status: 415, detail: /gzip/ });
  const missing = await app.request('/v1/imports/7b6f0b0e-4a52-4a6c-9d5e-0c8f2f1f0a11');
  t.match(missing.json(), { status: 404, code: 'recordNotFound' });
});

test('an Idempotency-Key makes one import of a request that is sent twice', async (t) => {
  const app = await build(t);
  const { send } = await importer(app);
  const file = ndjson([forecastRow('one', 1)]);
  const key = { 'idempotency-key': 'once' };
  const first = await send('ndjson', file, '', key);
  const second = await send('ndjson', file, '', key);
  t.equal(second.statusCode, 202);
  t.equal(second.headers['idempotency-replayed'], 'true');
  t.equal(second.headers.location, first.headers.location);
  const other = await send('ndjson', `${file}\n${file}`, '', key);
  t.match(other.json(), { status: 422, code: 'idempotencyKeyReused' });
});

test('a key lists the imports that were sent with it, the newest first, in pages', async (t) => {
  const service = await build(t);
  const { bring, headers: own } = await importer(service);
  for (const [id, number] of [
    ['one', 1],
    ['two', 2],
    ['three', 3],
  ] as const)
    await bring('ndjson', ndjson([forecastRow(id, number)]), `?reason=${id}`);
  await bring('ndjson', ndjson([{ ...forecastRow('four', 4), measure: 'nothing' }]), '?reason=four');
  const { headers: others } = await makeKey(service, 'admin');
  const listed = async (url: string, headers = {}) => {
    const answer = await service.app.inject({ url, headers });
    return { status: answer.statusCode, control: answer.headers['cache-control'], ...answer.json() };
  };
  const first = await listed('/v1/imports?limit=3&count=exact', own);
  t.match(first, { status: 200, control: 'no-store', meta: { count: 4 } });
  t.strictSame(
    first.data.map(({ reason, status }: { reason: string; status: string }) => [reason, status]),
    [
      ['four', 'refused'],
      ['three', 'published'],
      ['two', 'published'],
    ],
  );
  t.match(first.data[0], { errorCount: 1, progress: { rowsRead: 1, rowsInvalid: 1 } });
  t.notOk('errors' in first.data[0], 'errors are said by the import itself');
  const { pathname, search } = new URL(first.page.nextUrl);
  const second = await listed(`${pathname}${search}`, own);
  t.match(second, { data: [{ reason: 'one' }], page: { nextCursor: null } });
  t.strictSame((await listed('/v1/imports', others)).data, [], 'nobody sees those of others');
  t.match(await listed('/v1/imports'), { status: 401, code: 'keyRequired' });
  t.match(await listed('/v1/imports?limit=0', own), { status: 400, code: 'invalidRequest' });
});

test('an import says how many records its words do not verify, and how many they did before', async (t) => {
  const { bring } = await importer(await build(t));
  const loose = { evidence: { phrase: 'a great deal of money' } };
  await bring(
    'ndjson',
    ndjson([forecastRow('one', 1), forecastRow('two', 2), forecastRow('three', 3, loose)]),
  );
  const rows = [
    forecastRow('one', 1, loose),
    forecastRow('two', 2),
    forecastRow('three', 3, { ...loose, notes: 'Read again.' }),
    forecastRow('four', 4, loose),
    forecastRow('five', 5),
  ];
  const { result, unverified } = await bring('ndjson', ndjson(rows), '?dryRun=true');
  t.match(result, { added: 2, revised: 2, unchanged: 1, unverified: 3, noLongerVerified: 1 });
  const code = 'figureNotInPhrase';
  const other = /does not hold the figure as stated|cannot be read/;
  t.match(unverified, [
    { row: 1, id: 'one', before: 'parsed', message: other },
    { row: 3, id: 'three', before: 'unverified' },
    { row: 4, id: 'four', before: null },
  ]);
  const five = { evidence: { phrase: 'will total 5 trillion yuan in 2020' } };
  const stated = await bring('ndjson', ndjson([forecastRow('six', 6, five)]));
  t.match(stated.unverified, [{ row: 1, id: 'six', code, message: /5000000000000/ }]);
});

test('a copy with places in a text that is not held here comes without them, and forges nothing', async (t) => {
  const ledger = await buildForWriting(t);
  const { bring } = await importer(ledger);
  const located = {
    start: 2141,
    end: 2141 + 'will total 3 trillion yuan in 2020 (copy)'.length,
    status: 'located',
  };
  const evidenceOf = (phrase: string) => ({ ...located, phrase, documentSha256: null });
  const rows = [
    { ...forecastBody('copied'), evidence: evidenceOf('will total 3 trillion yuan in 2020 (copy)') },
    { ...forecastBody('unread'), evidence: evidenceOf('as a table of the document has it') },
  ].map((row) => ({ kind: 'forecast', ...row }));
  for (const dryRun of ['?dryRun=true', '']) {
    const job = await bring('ndjson', ndjson(rows), dryRun);
    t.match(job, { status: dryRun === '' ? 'published' : 'checked', errors: [] });
    t.match(job.unverified, [{ row: 2, id: 'unread', before: null, code: 'noFigure' }]);
  }
  const shown = async (id: string) =>
    (await ledger.get<{ data: { evidence: object } }>(`/v1/forecasts/${id}`)).data.evidence;
  const without = { start: null, end: null, documentSha256: null };
  t.match(await shown('copied'), { ...without, status: 'parsed' });
  t.match(await shown('unread'), { ...without, status: 'unverified' });
});
