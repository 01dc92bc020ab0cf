import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import Fastify from 'fastify';
import type { Test } from 'tap';
import { test } from 'tap';
import { z } from 'zod';
import { parseConfig } from '../../../src/config.ts';
import { createAuthentication } from '../../../src/http/auth.ts';
import type { ReadContext, RouteContext } from '../../../src/http/context.ts';
import type { Column } from '../../../src/http/formats/columns.ts';
import { columnsOf, flatRow } from '../../../src/http/formats/columns.ts';
import { csvHeader, csvLines } from '../../../src/http/formats/csv.ts';
import type { ListQuery } from '../../../src/http/formats/lists.ts';
import { listParameters, registerList } from '../../../src/http/formats/lists.ts';
import type { Reading } from '../../../src/http/formats/streams.ts';
import { createStreams } from '../../../src/http/formats/streams.ts';
import type { ProblemDocument } from '../../../src/http/message/problem.ts';
import { sendProblem } from '../../../src/http/message/problem.ts';
import { serializerCompiler } from '../../../src/http/message/serialiser.ts';
import { validatorCompiler } from '../../../src/http/message/validation.ts';
import { sortParameter, withoutNulls as withoutNullsOf } from '../../../src/http/query/paging.ts';
import { decimalString } from '../../../src/http/query/shared-schemas.ts';
import { createKeyLookup } from '../../../src/ledger/keys/keys.ts';
import type { PageOf } from '../../../src/store/keyset.ts';
import { readRows } from '../../../src/transfer/imports/read.ts';
import { openLedger } from '../../../src/transfer/open-ledger.ts';
import { build } from '../../helpers/build.ts';

const PLAIN = { byteOrderMark: false, delimiter: ',' };

interface List {
  readonly data: readonly Record<string, unknown>[];
}

const LISTS = [
  'forecasts',
  'sectors',
  'forecasters',
  'sources',
  'measures',
  'scopes',
  'regions',
  'collections',
  'currencies',
  'rates',
  'outcomes',
  'assessments',
];

test('every list has every format, by suffix, parameter and Accept, with the same records', async (t) => {
  const { get, request } = await build(t);
  for (const name of LISTS) {
    const { data } = await get<List>(`/v1/${name}?limit=1000`);
    for (const query of [`/v1/${name}.csv`, `/v1/${name}?format=csv`]) {
      const { body, headers } = await request(query);
      t.match(headers['content-type'], /^text\/csv; charset=utf-8/, query);
      t.equal(headers['content-disposition'], `attachment; filename="${name}.csv"`);
      const rows = parse(body, { columns: true }) as Record<string, string>[];
      if (name !== 'rates') t.equal(rows.length, data.length, query);
      if (name !== 'rates')
        t.same(
          rows.map(({ id }) => id),
          data.map(({ id }) => id),
          query,
        );
    }
    const accepted = await request({ url: `/v1/${name}`, headers: { accept: 'text/csv;q=0.9, text/html' } });
    t.match(accepted.headers['content-type'], /^text\/csv/, name);
    t.match(accepted.headers.vary, /^Accept(?:, Accept-Encoding)?$/);
    const lines = (await request(`/v1/${name}.ndjson?limit=1000`)).body.trimEnd().split('\n');
    t.same(
      lines.map((line) => JSON.parse(line)),
      data,
      name,
    );
    t.same((await get<List>(`/v1/${name}.json?limit=1000`)).data, data, name);
  }
});

test('the suffix comes before the parameter, and that before Accept', async (t) => {
  const { request } = await build(t);
  const type = async (url: string, accept: string) =>
    String((await request({ url, headers: { accept } })).headers['content-type']);
  t.match(await type('/v1/measures.csv?format=ndjson', 'application/json'), /^text\/csv/);
  t.match(await type('/v1/measures?format=ndjson', 'text/csv'), /^application\/x-ndjson/);
  t.match(await type('/v1/measures', 'text/html,application/xhtml+xml,*/*;q=0.8'), /^application\/json/);
  const refused = await request({ url: '/v1/measures', headers: { accept: 'image/png' } });
  t.equal(refused.statusCode, 406);
  t.match(refused.json<ProblemDocument>().detail, 'text/csv');
  t.equal((await request('/v1/measures?format=xml')).statusCode, 400);
  t.equal((await request('/v1/measures.xml')).statusCode, 404);
});

test('parameters of the media types in Accept do not matter, their weights do', async (t) => {
  const { request } = await build(t);
  for (const [accept, type] of [
    ['application/json;profile="x"', /^application\/json/],
    ['text/csv;header=present', /^text\/csv/],
    ['text/csv; charset=utf-8; header=present; q=0.9', /^text\/csv/],
    ['application/json;profile="a,b;q=0";Q=0.2, text/csv;header=present;q=0.9', /^text\/csv/],
    ['text/csv;header=present;q=0.1, application/json;odata.metadata=none', /^application\/json/],
    ['image/gif, */*;level=1;q=0.1', /^application\/json/],
  ] as const) {
    for (const url of ['/v1/measures', '/v1/sectors/5g/breakdown']) {
      const response = await request({ url, headers: { accept } });
      t.equal(response.statusCode, 200, accept);
      t.match(response.headers['content-type'], type, accept);
    }
  }
  for (const accept of ['application/json;profile="x";q=0', 'image/png;a="text/csv"', '"', ';', ','])
    t.equal((await request({ url: '/v1/measures', headers: { accept } })).statusCode, 406, accept);
});

test('CSV gives all rows unless there is a limit, and a header row where there are none', async (t) => {
  const { request } = await build(t);
  const count = async (url: string) => (await request(url)).body.trimEnd().split('\r\n').length - 1;
  t.equal(await count('/v1/rates.csv?fields=date,quote,rate'), 1274, 'more than a page of 1,000');
  t.equal(await count('/v1/rates.csv?fields=date,quote,rate&limit=7'), 7);
  const first = await request('/v1/rates.csv?fields=date,quote,rate&limit=7');
  t.match(first.headers.link, /^<.*\/v1\/rates\.csv\?.*cursor=.*>; rel="next"$/);
  const none = await request('/v1/forecasts.csv?sector=blockchain&forecaster=caict&fields=id,amount.value');
  t.equal(none.statusCode, 200);
  t.equal(none.body, 'id,amountValue\r\n');
  t.equal((await request('/v1/forecasts.ndjson?sector=blockchain&forecaster=caict')).body, '');
});

test('rows of which no field has a column are refused, pages are not', async (t) => {
  const { request } = await build(t);
  for (const query of ['.csv?', '.csv?limit=2&', '.ndjson?', '.ndjson?limit=2&', '?shape=flat&']) {
    const { statusCode, json } = await request(`/v1/forecasts${query}fields=highlights`);
    t.equal(statusCode, 400, query);
    t.match(json<ProblemDocument>().errors, [{ name: 'fields', code: 'noColumn' }]);
  }
  t.equal((await request('/v1/forecasts?limit=2&fields=highlights')).statusCode, 200);
});

test('flat rows have plain numbers, CSV every digit', async (t) => {
  const { get, request } = await build(t);
  const query =
    'collection=seed-documents&measure=directInvestment&convertTo=USD&sort=-periodStart,id&limit=1';
  const { data } = await get<List>(`/v1/forecasts?${query}&shape=flat`);
  t.match(data[0], {
    id: 'haitong-2020-new-infrastructure-2020',
    sector: 'new-infrastructure',
    sectorName: 'New infrastructure',
    amountValue: 3e12,
    periodYears: 1,
    convertedValue: 420391491985.2,
    convertedReceiptRateValue: 7.13620531622,
    notConvertedCode: null,
  });
  const [row] = parse((await request(`/v1/forecasts.csv?${query}`)).body, { columns: true }) as Record<
    string,
    string
  >[];
  t.same(Object.keys(row ?? {}), Object.keys(data[0] ?? {}), 'the same columns');
  t.match(row, { amountValue: '3000000000000', convertedValue: '420391491985.2', notConvertedCode: '' });
  const labels = async (choice: string) =>
    (await get<List>(`/v1/forecasts?${query}&shape=flat&labels=${choice}`)).data[0];
  t.match(await labels('name'), { sector: 'New infrastructure', sectorName: undefined });
  t.match(await labels('id'), { sector: 'new-infrastructure', sectorName: undefined });
  const named = await request(
    '/v1/forecasts.csv?collection=seed-documents&labels=name&fields=sector&limit=1',
  );
  t.equal(named.body.split('\r\n')[0], 'sector');
  t.equal(
    (await request('/v1/forecasts.csv?labels=id&fields=names')).statusCode,
    400,
    'no column at all is no answer',
  );
  for (const url of [
    '/v1/forecasts?labels=name',
    '/v1/forecasts?labels=name&shape=nested',
    '/v1/forecasts.ndjson?labels=id',
    '/v1/sectors?labels=both',
  ]) {
    const refused = await request(url);
    t.equal(refused.statusCode, 400, url);
    t.match(refused.json(), {
      errors: [{ in: 'query', name: 'labels', code: 'parameterRequired', message: /shape=flat.*csv/ }],
    });
  }
  for (const url of ['/v1/forecasts.ndjson?labels=id&shape=flat', '/v1/forecasts?labels=id&format=csv'])
    t.equal((await request(url)).statusCode, 200, url);
  const accepted = await request({ url: '/v1/forecasts?labels=id', headers: { accept: 'text/csv' } });
  t.equal(accepted.statusCode, 200);
});

const Record_ = z.object({
  text: z.string().nullable(),
  number: z.int(),
  money: decimalString.nullable(),
  list: z.array(z.string()),
});

test('flat rows hold no JSON: lists are parted by semicolons, and what stands in their objects is named', async (t) => {
  const { get, request } = await build(t);
  const paths = [
    ...LISTS,
    'forecasts/haitong-2020-new-infrastructure-2020/revisions',
    'changes',
    'track-records',
    'sectors/new-infrastructure/breakdown',
    'comparisons',
    'breakdowns',
  ];
  const queries: Readonly<Record<string, string>> = {
    forecasts: 'convertTo=USD&rateBasis=publication,periodAverage,latest',
    rates: 'date=2020-05-25&base=USD&quotes=CNY',
    comparisons: 'sector=5g',
    breakdowns: 'measure=directInvestment',
  };
  let objects = 0;
  for (const path of paths) {
    const query = queries[path] ?? '';
    const { statusCode, body } = await request(`/v1/${path}.csv?${query}`);
    t.equal(statusCode, 200, `${path} ${body.slice(0, 200)}`);
    const { data } = await get<List>(`/v1/${path}?shape=flat&${query}`);
    for (const row of [...(parse(body, { columns: true }) as Record<string, unknown>[]), ...data]) {
      for (const [name, cell] of Object.entries(row)) {
        const text = String(cell ?? '');
        if (/^[a-z]+(?:[.][a-z0-9]+)*=/i.test(text)) objects += 1;
        if (/^[[{]/.test(text)) t.fail(`${path} ${name}: ${text}`);
      }
    }
  }
  t.ok(objects > 20, 'and there are lists of objects among them');
});

test('flat rows of what has a period have one column of time: its start, else its end, else the publication', async (t) => {
  const { get, request } = await build(t);
  const seen = new Set<string>();
  for (const path of [
    'forecasts?limit=1000&',
    'outcomes?limit=1000&',
    'assessments?limit=1000&',
    'comparisons?sector=5g&',
    'breakdowns?measure=directInvestment&',
    'sectors/new-infrastructure/breakdown?',
  ]) {
    const { data } = await get<List>(`/v1/${path}shape=flat`);
    t.ok(data.length > 0, path);
    for (const { time, periodStart, periodEnd, publishedOn } of data) {
      t.equal(time, periodStart ?? periodEnd ?? publishedOn ?? null, path);
      seen.add(periodStart !== null ? 'start' : periodEnd !== null ? 'end' : 'publication');
    }
    const csv = await request(`/v1/${path.replace('?', '.csv?')}`);
    const rows = parse(csv.body, { columns: true }) as Record<string, string>[];
    t.strictSame(
      rows.map(({ time }) => time || null),
      data.map(({ time }) => time),
      path,
    );
    t.equal(Object.keys(rows[0] ?? {}).at(-1), 'time', 'the last column: the others stay where they were');
  }
  t.strictSame([...seen].sort(), ['end', 'publication', 'start']);
  const chosen = await request('/v1/forecasts.csv?fields=time,id&limit=1');
  t.equal(chosen.body.split('\r\n')[0], 'id,time');
  for (const path of ['sources', 'rates', 'track-records'])
    t.notMatch((await request(`/v1/${path}.csv`)).body.split('\r\n')[0], /\btime\b/);
  for (const [url, message] of [
    ['/v1/forecasts?fields=id,time', /"time".*shape=flat/],
    ['/v1/forecasts.ndjson?fields=time', /"time".*shape=flat/],
    ['/v1/forecasts/haitong-2020-new-infrastructure-2020?fields=time', /"time", which is no field/],
    ['/v1/sources.csv?fields=time', /"time", which is no field/],
  ] as const) {
    const refused = await request(url);
    t.equal(refused.statusCode, 400, url);
    t.match(refused.json<ProblemDocument>().errors, [{ name: 'fields', message }]);
  }
});

/** Signs that a spreadsheet takes for the beginning of a formula. */
const SIGNS = [...'=+-@＝＋－＠﹦﹢﹣﹫'];
/** What it may take off a cell before it looks at it, and what nobody sees. */
const BLANKS = [
  ...' \t\r\n\v\f\u0085\u00a0\u00ad\u115f\u180e\u2003\u200b\u200e\u2028\u2029\u202f\u2060\u3000\u3164\ufe0f\ufeff\u0001',
];

/** The cells of a CSV as a spreadsheet has them, and as an import reads them. */
async function readBack(
  records: readonly unknown[],
  columns: readonly Column[],
): Promise<readonly { readonly seen: Record<string, string>; readonly read: Record<string, string> }[]> {
  const text = csvHeader(columns, PLAIN) + csvLines(records, columns, PLAIN);
  const seen = parse(text, { columns: true, record_delimiter: '\r\n' }) as Record<string, string>[];
  const rows = await Array.fromAsync(readRows('csv', Readable.from([Buffer.from(text)]), () => true));
  return rows.map((row, position) => ({
    seen: seen[position] ?? {},
    read: ('value' in row ? row.value : {}) as Record<string, string>,
  }));
}

function beginsLikeFormula(cell: string): boolean {
  const [first] = [...cell].filter((sign) => !BLANKS.includes(sign));
  return SIGNS.includes(first ?? '') || /^[\t\r\n]/.test(cell);
}

test('whatever a text holds, an import reads it from the CSV as it was, and no cell begins like a formula', async (t) => {
  const columns = columnsOf(Record_, {}, []);
  const text = fc.oneof(
    // U+0000 is refused everywhere.
    fc.string({ unit: 'binary' }).map((some) => some.replaceAll('\0', '')),
    fc.string({ unit: fc.constantFrom('"', ',', ';', "'", 'a', '元', ...SIGNS, ...BLANKS) }),
    fc
      .tuple(fc.string({ unit: fc.constantFrom("'", ...BLANKS), maxLength: 4 }), fc.constantFrom(...SIGNS))
      .map(([before, sign]) => `${before}${sign}1+1`),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.record({
          text: fc.option(text),
          number: fc.integer(),
          money: fc.constantFrom('12.5', '-12.5'),
          list: fc.array(text),
        }),
        { minLength: 1 },
      ),
      async (records) => {
        const rows = await readBack(records, columns);
        for (const [position, { text: original, number, money, list }] of records.entries()) {
          const { seen = {}, read = {} } = rows[position] ?? {};
          assert.deepEqual(
            { ...read },
            { text: original ?? '', number: String(number), money, list: list.join('; ') },
          );
          assert.ok(![seen.text ?? '', seen.list ?? ''].some(beginsLikeFormula));
          if (!/^'/.test(original ?? '') && !beginsLikeFormula(original ?? ''))
            assert.equal(seen.text, original ?? '', 'what is no formula stays as it is');
        }
      },
    ),
  );
  t.same(flatRow({ text: null, number: 1, money: '0.1', list: ['a', 'b'] }, columns), {
    text: null,
    number: 1,
    money: 0.1,
    list: 'a; b',
  });
});

test('every sign that begins a formula is guarded, behind every blank', async (t) => {
  const columns = columnsOf(Record_, {}, []);
  const texts = SIGNS.flatMap((sign) => ['', ...BLANKS].map((blank) => `${blank}${sign}1+1`));
  const rows = await readBack(
    texts.map((text) => ({ text, number: 1, money: null, list: [] })),
    columns,
  );
  t.strictSame(
    rows.map(({ seen }) => seen.text),
    texts.map((text) => `'${text}`),
  );
  t.strictSame(
    rows.map(({ read }) => read.text),
    texts,
  );
});

/** A service of one list, whose pages a test makes. */
async function serve(t: Test, pageOf: (page: number, asked: { readonly count: boolean }) => PageOf<unknown>) {
  const { store } = await openLedger(null);
  const app = Fastify();
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.setErrorHandler((error, request, reply) => sendProblem(error, request, reply));
  t.after(() => app.close().then(() => store.close()));
  const now = () => new Date();
  const reading: Reading<ReadContext> = (_, use) => store.snapshot((read) => use({ read, now }));
  const context: RouteContext = {
    store,
    reading,
    now,
    streams: createStreams(reading, parseConfig({})),
    makeLarge: (_request, _reply, make) => make(),
    writeWaitMs: 0,
    authentication: createAuthentication(createKeyLookup(store, now), {}),
    originOf: () => '',
  };
  let pages = 0;
  registerList<ReadContext, ListQuery>(app, context, {
    path: '/list',
    name: 'list',
    operation: {
      operationId: 'list',
      tag: 'Operation',
      summary: '',
      querystring: z.strictObject({ sort: sortParameter(['id'], 'id'), ...listParameters(Record_) }),
      response: z.object({}),
      responseDescription: '',
    },
    record: Record_,
    pageOf: async (_view, _query, asked) => {
      pages += 1;
      return pageOf(pages, asked);
    },
  });
  return app.listen({ host: '127.0.0.1', port: 0 });
}

const ROW = { text: 'x', number: 1, money: null, list: [] };

test('a stream that breaks aborts the connection', async (t) => {
  for (const format of ['csv', 'ndjson', 'xlsx']) {
    const url = await serve(t, (page) => {
      // What is packed leaves only when there is enough of it.
      if (page === 100) throw new Error('a later page fails');
      const records = Array.from({ length: 100 }, () => ({ ...ROW, text: randomBytes(100).toString('hex') }));
      return { records, next: ['1'], count: undefined };
    });
    const response = await fetch(`${url}/list.${format}`);
    t.equal(response.status, 200, format);
    await t.rejects(response.arrayBuffer(), 'it does not end as if it were whole');
  }
});

test('more rows than a sheet has room for are refused before anything is sent, and not cut', async (t) => {
  const most = 1_048_575;
  for (const count of [most, most + 1]) {
    const asked: boolean[] = [];
    const url = await serve(t, (page, { count: isCounted }) => {
      asked.push(isCounted);
      return { records: [ROW], next: page === 3 ? null : ['1'], count: isCounted ? count : undefined };
    });
    const response = await fetch(`${url}/list.xlsx`);
    t.equal(response.status, count === most ? 200 : 422);
    if (count === most) t.ok((await response.arrayBuffer()).byteLength > 0);
    else
      t.match(await response.json(), {
        code: 'tooManyRows',
        detail: /1048576 rows.*room for 1048575.*\.csv/,
      });
    t.strictSame(asked, count === most ? [true, false, false] : [true], 'counted once');
  }
});

test('a line break of any kind is quoted, and read back as it was', (t) => {
  const columns = columnsOf(z.object({ a: z.string(), b: z.string() }), {}, []);
  for (const text of ['one\ntwo', 'one\rtwo', 'one\r\ntwo', '\n', '\r=1', 'a\n"b",c']) {
    const csv = csvHeader(columns, PLAIN) + csvLines([{ a: text, b: 'end' }], columns, PLAIN);
    const rows = parse(csv, { columns: true, record_delimiter: ['\r\n', '\n', '\r'] }) as Record<
      string,
      string
    >[];
    t.equal(rows.length, 1, JSON.stringify(text));
    t.equal(rows[0]?.a, /^[\t\r\n=+@-]/.test(text) ? `'${text}` : text);
    t.equal(rows[0]?.b, 'end');
  }
  t.end();
});

test('a CSV for Excel begins with a byte order mark, takes another delimiter, and comes back by an import', async (t) => {
  const { get, request } = await build(t);
  const plain = (await request('/v1/sectors.csv')).body;
  t.notOk(plain.startsWith('\uFEFF'));
  t.equal((await request('/v1/sectors.csv?excel=true')).body, `\uFEFF${plain}`);
  t.equal((await request('/v1/sectors.csv?excel=false')).body, plain);
  const rowsOf = async (query: string, delimiter: string) =>
    parse((await request(`/v1/${query}`)).body, { columns: true, bom: true, delimiter });
  for (const table of ['forecasts.csv?limit=20', 'sectors/new-infrastructure/breakdown.csv?labels=both']) {
    const expected = await rowsOf(table, ',');
    t.ok(expected.length > 1, table);
    t.strictSame(await rowsOf(`${table}&delimiter=%3B&excel=true`, ';'), expected, table);
    t.strictSame(await rowsOf(`${table}&delimiter=tab`, '\t'), expected, table);
  }
  const { body: download } = await request('/v1/forecasts.csv?excel=true&delimiter=%3B');
  const file = Readable.from([Buffer.from(download)]);
  const rows = await Array.fromAsync(readRows('csv', file, () => true));
  const ids = rows.map((row) => ('value' in row ? (row.value as { id: string }).id : undefined));
  const { data } = await get<List>('/v1/forecasts?limit=1000');
  t.strictSame(
    ids,
    data.map(({ id }) => id),
  );
  for (const path of [
    '/v1/forecasts?excel=true',
    '/v1/forecasts.ndjson?delimiter=tab',
    '/v1/sectors/new-infrastructure/breakdown?format=json-stat&excel=true',
    '/v1/forecasts.csv?compact=true',
    '/v1/forecasts.csv?delimiter=%7C',
  ]) {
    const { statusCode, body } = await request(path);
    t.equal(statusCode, 400, path);
    t.match((JSON.parse(body) as ProblemDocument).errors[0]?.message, /CSV|"tab"|;/, path);
  }
  t.equal(
    (await request('/v1/forecasts.csv?excel=yes')).statusCode,
    400,
    'a boolean has two words, here too',
  );
});

test('compact records leave out what is null, and nothing else', async (t) => {
  const { get, request } = await build(t);
  const { data } = await get<List>('/v1/forecasts?limit=50');
  const withoutNulls = (text: string): unknown =>
    JSON.parse(text, (_key, value: unknown) =>
      typeof value !== 'object' || value === null || Array.isArray(value)
        ? value
        : Object.fromEntries(Object.entries(value).filter(([, member]) => member !== null)),
    );
  const expected = withoutNulls(JSON.stringify(data));
  t.strictSame(
    withoutNullsOf({ a: { b: null, c: { d: null } }, e: {}, f: [{ g: null }], h: 0 }),
    { e: {}, f: [{}], h: 0 },
    'nor an object of which nothing is left',
  );
  t.notSame(data, expected);
  t.strictSame((await get<List>('/v1/forecasts?limit=50&compact=true')).data, expected);
  const lines = (await request('/v1/forecasts.ndjson?limit=50&compact=true')).body.trim().split('\n');
  t.strictSame(
    lines.map((line) => JSON.parse(line)),
    expected,
  );
  const [flat] = (await get<List>('/v1/forecasts?limit=1&shape=flat&compact=true')).data;
  t.notOk(Object.values(flat ?? {}).includes(null));
});
