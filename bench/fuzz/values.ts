import type { OpenApiDocument } from '../../test/helpers/contract.ts';

/*
 * Values of parameters and headers, sound and hostile, and JSON that is changed in one place or another.
 */

export type Parameter = NonNullable<OpenApiDocument['paths'][string][string]['parameters']>[number];
export type Pick = <Item>(items: readonly Item[]) => Item;
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** What a parameter takes that no schema of the document lists. */
// biome-ignore format: a list of words, many on a line; one on each it would be hundreds of lines
export const WORDS: Readonly<Record<string, readonly string[]>> = {
  q: [
    'yuan', '5g', '投资', 'nothing-of-the-kind', '一'.repeat(200), '3万亿元 2020', '"new infrastructure"',
    'a b c d e f',
  ],
  limit: ['1', '2', '10', '100', '1000'],
  since: ['0', '1', '300', '999999999999999'],
  year: ['2020', '2025', '1999'],
  amount: ['3000000000000', '0', '0.000000000001', '999999999999999999999999.999999999999'],
  amountMin: ['0', '1', '3000000000000'],
  amountMax: ['0.5', '3000000000000', '999999999999999999999999'],
  reason: ['A reason', '投资'],
  code: ['invalidRequest', 'internalError'],
};

/** Of which list the ids are that a parameter takes. */
export const LISTS: Readonly<Record<string, string>> = {
  sector: '/v1/sectors',
  forecaster: '/v1/forecasters',
  reportedBy: '/v1/forecasters',
  source: '/v1/sources',
  measure: '/v1/measures',
  region: '/v1/regions',
  country: '/v1/regions',
  scope: '/v1/scopes',
  collection: '/v1/collections',
  currency: '/v1/currencies',
  convertTo: '/v1/currencies',
  to: '/v1/currencies',
  from: '/v1/currencies',
  base: '/v1/currencies',
  quotes: '/v1/currencies',
};

// biome-ignore format: a list of words, many on a line; one on each it would be hundreds of lines
export const DAYS = [
  '2020-05-25', '2020-01-01', '2025-12-31', '2010-01-01', '2040-12-31', '2023-12-24', '1999-01-04',
];
export const TIMES = ['2026-01-01T00:00:00Z', '2099-01-01T00:00:00.000Z', '2020-05-25T12:00:00+08:00'];

/** What no parameter, header or field is meant to take. */
// biome-ignore format: a list of words, many on a line; one on each it would be hundreds of lines
export const HOSTILE: readonly string[] = [
  ...['', ' ', '\0', '-1', '0', '00', '1e9', '1.', '.5', 'NaN', 'Infinity', 'null', 'undefined', '[]', '{}'],
  ...[
    '__proto__', 'constructor', 'toString', '../../etc/passwd', '*', '"', '""', "'", "' OR 1=1 --", '(',
    '\\',
  ],
  ...[
    'NEAR(a b, 1)', 'a AND', 'a* OR b', '-', '+1', '=1+1', '\u202e', '😀'.repeat(100), 'é', 'ＡＢＣ', '\ufeff',
    '\ufffd',
  ],
  ...['9'.repeat(60), '9'.repeat(400), 'a'.repeat(3000), 'id,'.repeat(500), '-'.repeat(300), ','.repeat(300)],
  ...['2020-02-30', '2020-13-01', '0000-01-01', '9999-12-31', '10000-01-01', '-271821-04-20', '2020-1-1'],
  ...[
    '2020-05-25T24:00:00Z', '9999-12-31T23:59:59.999Z', '2020-05-25T00:00:00+99:99', '0', ',,', 'a,a',
    'id,-id',
  ],
  ...[
    // XXX is what ISO 4217 says of no currency.
    'amount.value', 'a.b.c.d.e.f', 'CNY', 'cny', 'XXX', 'XAU', 'true', 'TRUE', '1001', '9999', '10000',
    '1\n2', '\t',
  ],
];

/** Pieces of a query that no value makes. */
// biome-ignore format: a list of words, many on a line; one on each it would be hundreds of lines
export const QUERY_PIECES: readonly string[] = [
  ...[
    'unknown=1', '__proto__=1', 'constructor', '%', '%ff=1', 'q=%ed%a0%80', '&&', '=', 'a[b]=c', 'limit',
    ';', '?',
  ],
  ...[
    'sector=5g&sector=uhv', 'limit=1&limit=2', 'format=csv&format=json', 'Limit=1', 'q=+', 'fields=',
    'limit=10%00',
  ],
  Array.from({ length: 900 }, (_, at) => `u${at}=${at}`).join('&'),
];

/** What is asked of any request now and then. */
// biome-ignore format: a list of words, many on a line; one on each it would be hundreds of lines
export const HEADERS: Readonly<Record<string, readonly string[]>> = {
  accept: [
    ...[
      '*/*', 'text/csv', 'application/x-ndjson', 'application/json', 'application/vnd.json-stat+json',
      'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
      'image/png', '',
    ],
    ...[
      'text/*;q=0.5, application/json;q=0.1', 'application/json;q=0', ';;;', 'a/b,'.repeat(400),
      'text/csv;header="a,b"',
    ],
  ],
  'accept-encoding': [
    ...['gzip', 'br', 'gzip, br', 'identity', 'identity;q=0', '*', '*;q=0', 'gzip;q=0', 'deflate', ''],
    ...['gzip;q=0.1, identity', 'br;q=2', 'GZIP', 'gzip;q=', `${'x, '.repeat(500)}gzip`],
  ],
  'if-none-match': ['*', '"another"', 'W/"another"', 'no tag', '"a", '.repeat(300), '""'],
  'if-match': ['*', '"another"', 'W/"another"', 'no tag', '""'],
  'if-modified-since': ['Mon, 25 May 2020 00:00:00 GMT', 'never'],
  range: ['bytes=0-10', 'bytes=-1', 'rows=1-2'],
  origin: ['https://example.org', 'null'],
  'ledger-min-version': ['1', '0', '999999999', 'x', '1-abc'],
  'x-request-id': ['mine', 'a'.repeat(1000), ''],
  'idempotency-key': ['fuzz', '', 'k'.repeat(300)],
  'content-type': [
    'application/json', 'text/plain', 'multipart/form-data', 'application/json; charset=latin1', ';', '',
  ],
  'content-encoding': ['gzip', 'identity'],
  'cache-control': ['no-cache', 'only-if-cached'],
  expect: ['100-continue', 'a miracle'],
  'x-forwarded-for': ['10.0.0.1', 'x, y'],
  'x-forwarded-proto': ['javascript', 'https'],
  authorization: ['Bearer fl_none_none', 'Basic YTpi', 'Bearer', ''],
};

// biome-ignore format: a list of words, many on a line; one on each it would be hundreds of lines
const FIELD_VALUES: readonly Json[] = [
  ...[null, true, 0, -1, 1.5, 1e300, 123456789, '', ' ', '\0', [], {}, [[]], [null], { a: 1 }],
  ...[
    '3000000000000', '3e12', '-0', '2020-02-30', 'CNY', 'exact', '一'.repeat(5000),
    'x'.repeat(20_000),
    '😀', '\ud800',
  ],
  Array.from({ length: 1500 }, (_, at) => `item-${at}`),
  Array.from({ length: 200 }, () => ({ kind: 'drives', forecast: 'none', outcome: 'none' })),
];

/** JSON with one place of it changed: another value, none, one more, or a name that is not known. */
export function mutated(value: Json, random: () => number, pick: Pick): Json {
  if (typeof value !== 'object' || value === null || random() < 0.15) return pick(FIELD_VALUES);
  if (Array.isArray(value)) {
    const at = Math.floor(random() * (value.length + 1));
    return value.toSpliced(at, 1, mutated(value[at] ?? null, random, pick));
  }
  const entries = Object.entries(value);
  if (random() < 0.1) return Object.fromEntries([...entries, [pick(HOSTILE), pick(FIELD_VALUES)]]);
  const at = Math.floor(random() * entries.length);
  const [name = 'none', old = null] = entries[at] ?? [];
  if (random() < 0.2) return Object.fromEntries(entries.toSpliced(at, 1));
  return Object.fromEntries(entries.toSpliced(at, 1, [name, mutated(old, random, pick)]));
}
