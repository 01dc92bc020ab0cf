import assert from 'node:assert/strict';
import { buffer } from 'node:stream/consumers';
import * as sheetjs from '@e965/xlsx';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { strFromU8, unzipSync } from 'fflate';
import { test } from 'tap';
import { z } from 'zod';
import { columnsOf } from '../../../src/http/formats/columns.ts';
import { xlsx } from '../../../src/http/formats/xlsx.ts';
import type { ProblemDocument } from '../../../src/http/message/problem.ts';
import { decimalString, isoDate } from '../../../src/http/query/shared-schemas.ts';
import { build } from '../../helpers/build.ts';

const MEDIA_TYPE = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';

interface Cell {
  readonly t: string;
  readonly v: unknown;
  /** A formula. */
  readonly f?: string;
  /** As a spreadsheet shows it. */
  readonly w?: string;
}

/** The cells of a workbook's one sheet, as another library reads them: a row a record, by the names of the header. */
function readSheet(bytes: Uint8Array): {
  readonly header: readonly string[];
  readonly rows: readonly Readonly<Record<string, Cell | undefined>>[];
} {
  const { Sheets, SheetNames } = sheetjs.read(bytes, {
    cellDates: true,
    cellNF: true,
    dense: true,
    UTC: true,
  });
  assert.deepEqual(SheetNames, ['data']);
  const [first = [], ...rest] = (Sheets.data as unknown as { '!data': Cell[][] })['!data'];
  const header = first.map(({ v }) => String(v));
  return {
    header,
    rows: rest.map((cells) => Object.fromEntries(header.map((name, at) => [name, cells?.[at]]))),
  };
}

/** What a cell says, as CSV has it. */
function textOf({ t, v }: Cell | undefined = { t: 'z', v: '' }): string {
  if (!(v instanceof Date)) return t === 'z' ? '' : String(v);
  const time = v.toISOString();
  return time.endsWith('T00:00:00.000Z') ? time.slice(0, 10) : time;
}

const TABLES = [
  ...['forecasts?convertTo=USD&rateBasis=publication,latest', 'outcomes?', 'assessments?', 'track-records?'],
  ...['forecasts/haitong-2020-new-infrastructure-2020/revisions?', 'changes?limit=50', 'currencies?'],
  ...['rates?fields=date,quote,rate,observedAt', 'sectors?', 'sources?', 'regions?limit=3'],
  ...[
    'comparisons?sector=5g',
    'breakdowns?measure=directInvestment',
    'sectors/new-infrastructure/breakdown?',
  ],
];

test('a workbook of each list and table has the cells of its CSV, numbers, days and times as such', async (t) => {
  const { request } = await build(t);
  const kinds = new Map<string, number>();
  for (const table of TABLES) {
    const { statusCode, headers, rawPayload } = await request(`/v1/${table.replace('?', '.xlsx?')}`);
    t.equal(statusCode, 200, table);
    t.equal(headers['content-type'], MEDIA_TYPE);
    t.match(headers['content-disposition'], /^attachment; filename="[^"]+\.xlsx"$/);
    const { header, rows } = readSheet(rawPayload);
    const csv = (await request(`/v1/${table.replace('?', '.csv?')}`)).body;
    const [names, ...lines] = parse(csv) as string[][];
    t.strictSame(header, names, table);
    t.equal(rows.length, lines.length, table);
    for (const [at, cells] of rows.entries())
      for (const [column, name] of header.entries()) {
        const cell = cells[name];
        // What a CSV guards with an apostrophe is no formula here.
        const expected = (lines[at]?.[column] ?? '').replace(/^'(?=[=+\-@])/, '');
        // A number has no zeros behind it: a rate that is law as 340.750 is 340.75.
        const shown = cell?.t === 'n' ? expected.replace(/(\.\d*?)0+$/, '$1') : expected;
        if (textOf(cell) !== shown) t.equal(textOf(cell), shown, `${table} ${at} ${name}`);
        if (cell?.f !== undefined) t.fail(`${table} ${name}: the formula ${cell.f}`);
        if (cell !== undefined) kinds.set(cell.t, (kinds.get(cell.t) ?? 0) + 1);
      }
  }
  t.ok(
    ['n', 'd', 's', 'b'].every((kind) => (kinds.get(kind) ?? 0) > 50),
    JSON.stringify([...kinds]),
  );
});

test('a workbook is asked for as the other forms are, with its header frozen', async (t) => {
  const { request } = await build(t);
  let same: Buffer | undefined;
  for (const url of [
    '/v1/forecasts.xlsx?sector=5g&limit=2',
    '/v1/forecasts?format=xlsx&sector=5g&limit=2',
    { url: '/v1/forecasts?sector=5g&limit=2', headers: { accept: MEDIA_TYPE } },
  ]) {
    const { rawPayload, headers } = await request(url);
    t.equal(headers['content-type'], MEDIA_TYPE);
    t.match(headers.link, /rel="next"/);
    t.equal(readSheet(rawPayload).rows.length, 2);
    same ??= rawPayload;
    t.ok(same.equals(rawPayload), 'the same rows are the same bytes');
    const sheet = strFromU8(unzipSync(rawPayload)['xl/worksheets/sheet1.xml'] ?? new Uint8Array());
    t.match(sheet, /<pane ySplit="1" topLeftCell="A2" state="frozen"/);
  }
  const named = readSheet(
    (await request('/v1/forecasts.xlsx?labels=name&fields=sector,time&limit=1')).rawPayload,
  );
  t.strictSame(named.header, ['sector', 'time']);
  const none = await request('/v1/forecasts.xlsx?sector=blockchain&forecaster=caict&fields=id,amount.value');
  t.strictSame(readSheet(none.rawPayload), { header: ['id', 'amountValue'], rows: [] });
  for (const [query, name] of [
    ['excel=true', 'excel'],
    ['delimiter=%3B', 'delimiter'],
    ['compact=true', 'compact'],
  ] as const) {
    const refused = await request(`/v1/forecasts.xlsx?${query}`);
    t.equal(refused.statusCode, 400, query);
    t.match(refused.json<ProblemDocument>().errors, [{ name }]);
  }
});

const Record_ = z.object({
  text: z.string().nullable(),
  money: decimalString.nullable(),
  day: isoDate.nullable(),
  list: z.array(z.string()),
});

/** The row of a record, written and read. */
async function readBack(record: object) {
  async function* batches() {
    yield [record];
  }
  const shape = {
    columns: columnsOf(Record_, {}, []),
    shaped: (shown: unknown) => shown,
    dialect: { byteOrderMark: false, delimiter: ',' },
  };
  const bytes = await buffer(xlsx.write(batches(), shape));
  return readSheet(bytes).rows[0] ?? {};
}

test('whatever a text holds, its cell says just that, and is no formula', async (t) => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }).map((some) => some.replaceAll('\0', '')),
    fc.string({
      unit: fc.constantFrom('=', '+', '@', '_', 'x', '0', '4', '1', '_x0041_', '<', '&', '"', '\n', ' '),
    }),
    fc.constantFrom(
      '=1+1',
      'a\rb\r\nc',
      '=HYPERLINK("http://example.org")',
      '_x0041_',
      '\uFFFE\uFFFF',
      '\u0001\u001f',
      '新基建 📈',
    ),
  );
  await fc.assert(
    fc.asyncProperty(text, async (original) => {
      const { text: cell } = await readBack({ text: original, money: null, day: null, list: [] });
      assert.equal(cell?.f, undefined);
      // This reader takes the two signs of a line break for one.
      assert.equal(String(cell?.v ?? ''), original.replaceAll('\r\n', '\n'));
    }),
  );
  const long = await readBack({
    text: 'x'.repeat(32_768),
    money: null,
    day: null,
    list: ['y'.repeat(32_767)],
  });
  t.match(long.text?.v, /^\(left out: 32768 characters/);
  t.equal(long.list?.v, 'y'.repeat(32_767));
});

test('a decimal is a number as long as Excel keeps all its digits, else its text', async (t) => {
  for (const [money, type] of [
    ['3000000000000', 'n'],
    ['420391491985.2', 'n'],
    ['0.000000000123456789012345', 'n'],
    ['100000000000000000000000', 'n'],
    ['0', 'n'],
    ['1234567890.12345', 'n'],
    ['1234567890.123456', 's'],
    ['9007199254740993', 's'],
  ] as const) {
    const { money: cell } = await readBack({ text: null, money, day: null, list: [] });
    t.equal(cell?.t, type, money);
    t.equal(type === 'n' ? cell?.v : undefined, type === 'n' ? Number(money) : undefined);
    if (type === 's') t.equal(cell?.v, money);
  }
  const shown = async (money: string) =>
    (await readBack({ text: null, money, day: null, list: [] })).money?.w;
  t.equal(await shown('3000000000000'), '3,000,000,000,000');
  t.equal(await shown('7.13620531622'), '7.136205316');
});

test('days are those of the calendar, from the first that Excel knows to the last', async (t) => {
  for (const day of ['1900-01-01', '1900-02-28', '1900-03-01', '2020-02-29', '2199-12-31']) {
    const { day: cell } = await readBack({ text: null, money: null, day, list: [] });
    t.equal(cell?.w, day);
  }
});
