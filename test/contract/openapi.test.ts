import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { test } from 'tap';
import { xlsx } from '../../src/http/formats/xlsx.ts';
import { build } from '../helpers/build.ts';
import {
  committedDocument,
  exampleAddress,
  IN_FORMAT,
  OPENAPI_FILE,
  pathTemplate,
} from '../helpers/contract.ts';
import { importer } from '../helpers/imports.ts';

const operations = Object.entries(committedDocument.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
);

test('the committed document is what the code says', async (t) => {
  const { app } = await build(t);
  t.equal(
    `${JSON.stringify(app.swagger(), null, 2)}\n`,
    readFileSync(OPENAPI_FILE, 'utf8'),
    'run `npm run openapi` and commit the result',
  );
  t.strictSame(
    JSON.parse((await app.inject('/openapi.json')).body),
    JSON.parse(readFileSync(OPENAPI_FILE, 'utf8')),
  );
  t.match(committedDocument.openapi, /^3\.1/);
});

test('what is read may have been read before: If-None-Match is described wherever it is heeded', async (t) => {
  const ledger = await build(t);
  const { bring } = await importer(ledger);
  const { id } = await bring('ndjson', '');
  const answer = await ledger.app.inject({ url: `/v1/imports/${id}`, headers: { 'if-none-match': '*' } });
  t.equal(answer.statusCode, 304);
  for (const { path, method, operation } of operations)
    if (method === 'get' && path.startsWith('/v1/')) t.ok('304' in operation.responses, path);
});

/** The paths that the router knows, from the tree that it prints. */
function routedPaths(tree: string): readonly string[] {
  const stack: string[] = [];
  return [...tree.matchAll(/^([│ ]*)[├└]── (\S+)/gm)].map(([, indent = '', part = '']) => {
    stack.length = indent.length / 4;
    stack.push(part);
    return stack.join('');
  });
}

test('every route under /v1 is described', async (t) => {
  const { app } = await build(t);
  const paths = routedPaths(app.printRoutes({ commonPrefix: false })).filter((path) =>
    path.startsWith('/v1/'),
  );
  t.ok(paths.includes('/v1/forecasts/:id/evidence'));
  for (const path of paths) {
    const described = committedDocument.paths[pathTemplate(path.replaceAll(/:(\w+)/g, '{$1}')) ?? ''];
    t.ok(described?.get ?? described?.post, path);
  }
});

test('every operation has a summary, unique id, errors, and an example that answers', async (t) => {
  const { request, store } = await build(t);
  // Jobs are not seeded: the example of one, and of the list of one's own, is one that this test makes.
  const { headers, bring } = await importer({ request, store });
  const { id: job } = await bring('json', '[]');
  const ids = operations.map(({ operation }) => operation.operationId);
  t.equal(new Set(ids).size, ids.length);
  // First what reads; then what adds, what changes, and what deletes.
  const order = ['get', 'post', 'put', 'delete'];
  const ordered = [...operations].sort(
    (one, other) => order.indexOf(one.method) - order.indexOf(other.method),
  );
  for (const { path, method, operation } of ordered) {
    const label = `${method} ${path}`;
    t.ok((operation as { summary?: string }).summary, label);
    for (const status of ['400', '431', '500', '503'])
      t.ok(operation.responses[status], `${label} ${status}`);
    for (const { in: place, name, example } of operation.parameters ?? [])
      if (place === 'path') t.ok(example, `${label}: an example of ${name}`);
    const url =
      operation.operationId === 'getImport'
        ? `/v1/imports/${job}`
        : exampleAddress(path, operation.parameters);
    const [pathname = ''] = url.split('?');
    if (method === 'get') {
      const response = await request({ url, headers });
      t.equal(response.statusCode, 200, label);
      const isJson = /\bjson\b/.test(String(response.headers['content-type']));
      const data = isJson ? response.json<{ data?: unknown }>().data : undefined;
      if (Array.isArray(data)) t.ok(data.length > 0, `${label}: the example shows something`);
      continue;
    }
    const body = operation.requestBody?.content['application/json']?.example;
    if (operation.requestBody !== undefined) t.ok(body, `${label}: an example of the body`);
    const needsMatch = operation.parameters?.some(({ name }) => name === 'If-Match') === true;
    const tag = needsMatch ? (await request(pathname)).headers.etag : undefined;
    const response = await request({
      method: method.toUpperCase() as 'POST',
      url,
      headers: { ...headers, ...(tag === undefined ? {} : { 'if-match': String(tag) }) },
      ...(body === undefined ? {} : { payload: body }),
    });
    // Of some parts of the catalogue, everything that is seeded is in use.
    const inUse = ['deleteSource', 'deleteMeasure', 'deleteScope'].includes(operation.operationId);
    const success = Object.keys(operation.responses).find((status) => status.startsWith(inUse ? '409' : '2'));
    t.equal(String(response.statusCode), success, `${label}: ${response.body}`);
    if (method !== 'put') continue;
    // A record's receipt says so; an entry of the catalogue shows its revision.
    const { changed, revision } = response.json<{ data: { changed?: boolean; revision: number } }>().data;
    t.ok(changed ?? revision > 1, `${label}: the example changes something`);
  }
});

test('the examples of POST add no claim that is held, and can be sent again and again', async (t) => {
  const app = await build(t);
  const { headers, settled } = await importer(app);
  for (const { path, operation } of operations.filter(({ method }) => method === 'post')) {
    const body = operation.requestBody?.content['application/json']?.example;
    const url = exampleAddress(path, operation.parameters);
    t.notMatch(url, 'allowDuplicate');
    if (path !== '/v1/readings') t.match(url, 'dryRun=true', path);
    for (const time of ['once', 'twice']) {
      const response = await app.request({
        method: 'POST',
        url,
        headers,
        ...(body === undefined ? {} : { payload: body }),
      });
      t.ok(response.statusCode >= 200 && response.statusCode < 300, `${path} ${time}: ${response.body}`);
      if (path !== '/v1/imports') continue;
      const job = await settled(String(response.headers.location));
      t.match(job, { status: 'checked', result: { added: 1 } }, JSON.stringify(job.errors));
    }
  }
  // Recorded for good, it is a record of its own in a collection of its own.
  for (const path of ['/v1/forecasts', '/v1/outcomes']) {
    const body = committedDocument.paths[path]?.post?.requestBody?.content['application/json']?.example;
    t.equal((body as { collection?: string }).collection, 'examples');
    const added = await app.request({ method: 'POST', url: path, headers, payload: body ?? {} });
    t.equal(added.statusCode, 201, added.body);
    t.equal(added.json<{ data: { evidence: { status: string }[] } }>().data.evidence[0]?.status, 'parsed');
  }
});

/** What the parameters of queries stand for, by name; all others are texts. */
const TYPES: Readonly<Record<string, readonly string[]>> = {
  boolean: [
    'allowDuplicate',
    'compact',
    'dryRun',
    'ended',
    'excel',
    'hasForecasts',
    'restore',
    'roots',
    'sectorOnly',
    'texts',
  ],
  integer: ['limit', 'width', 'year'],
  date: [
    ...['assumeStart', 'date', 'from', 'to', 'rateDate', 'publishedAsOf'],
    ...['periodFrom', 'periodTo', 'publishedFrom', 'publishedTo'],
  ],
  array: [
    ...[
      'sector',
      'forecaster',
      'reportedBy',
      'source',
      'measure',
      'region',
      'currency',
      'collection',
      'having',
      'scope',
    ],
    ...[
      'evidenceStatus',
      'relation',
      'forecasterKind',
      'reportedByKind',
      'qualifier',
      'confidence',
      'stance',
      'scenario',
      'prices',
      'status',
      'kind',
      'country',
      'rateBasis',
      'rateProvider',
      'quotes',
      'beside',
      'fields',
      'sort',
    ],
  ],
};
/** What has the filters of records. */
const FILTERED = [
  ...['forecasts', 'outcomes', 'assessments', 'facets'],
  ...['changes', 'changes.atom', 'changes.feed.json'],
];
/** Those that name one thing in some operations: an id or a code, not a list or a day. */
const SINGLE = [
  ...['/v1/breakdowns forecaster', '/v1/breakdowns measure'],
  ...['measure', 'region', 'scope'].map((name) => `/v1/comparisons ${name}`),
  // A day, a month or a year.
  ...FILTERED.flatMap((list) => [`/v1/${list} periodFrom`, `/v1/${list} periodTo`]),
  ...[...FILTERED, 'sectors/{id}/breakdown', 'breakdowns', 'comparisons', 'series'].flatMap((list) => [
    `/v1/${list} publishedFrom`,
    `/v1/${list} publishedTo`,
  ]),
  ...['/v1/convert from', '/v1/convert to', '/v1/rates from', '/v1/rates to'],
  ...['comparisons', 'convert', 'series'].flatMap((path) => [
    `/v1/${path} periodFrom`,
    `/v1/${path} periodTo`,
  ]),
  ...['forecasts', 'outcomes'].flatMap((kind) =>
    ['', '.svg', '.png'].map((ending) => `/v1/${kind}/{id}/conversions${ending} to`),
  ),
];

test('a parameter has the type of what it stands for, so that clients need no cast', async (t) => {
  const { app } = await build(t);
  for (const { path, operation } of operations) {
    for (const { in: place, name, schema, example, style, explode } of operation.parameters ?? []) {
      if (place !== 'query') continue;
      const about = `${path.replace(IN_FORMAT, '')} ${name}`;
      const [type = 'string'] = SINGLE.includes(about)
        ? []
        : (Object.entries(TYPES).find(([, names]) => names.includes(name)) ?? []);
      t.equal(schema?.format === 'date' ? 'date' : schema?.type, type, about);
      if (type === 'array') t.strictSame([style, explode], ['form', false], about);
      if (example !== undefined)
        t.type(example, type === 'integer' ? 'number' : type === 'date' ? 'string' : type);
      if (type === 'integer') t.match(schema, { minimum: Number, maximum: Number }, about);
    }
  }
  const { parameters = [] } = committedDocument.paths['/v1/forecasts']?.get ?? {};
  const of = (name: string) => parameters.find((parameter) => parameter.name === name);
  t.match(of('confidence')?.schema?.items?.enum, ['high', 'medium', 'low']);
  t.match(of('sort')?.schema?.items?.enum, ['id', '-id']);
  t.match(of('limit')?.schema, { minimum: 1, maximum: 1000 });
  t.equal(of('sort')?.required, false);
  t.match(of('amountMin')?.schema, { type: 'string', pattern: String });
  for (const [query, status] of [
    ['limit=1000&sectorOnly=false&confidence=high,medium&sort=sector,-id', 200],
    ['limit=1001', 400],
    ['sectorOnly=1', 400],
    ['confidence=high,none', 400],
  ] as const)
    t.equal((await app.inject(`/v1/forecasts?${query}`)).statusCode, status, query);
});

test('what several operations have in common stands once, and a list holds whole records', (t) => {
  const { paths, components } = JSON.parse(readFileSync(OPENAPI_FILE, 'utf8')) as typeof committedDocument;
  const seen = new Set<string>();
  const once = (part: object, about: string): void => {
    if ('$ref' in part) return;
    t.notOk(seen.has(JSON.stringify(part)), about);
    seen.add(JSON.stringify(part));
  };
  for (const [path, methods] of Object.entries(paths))
    for (const [method, { parameters = [], responses }] of Object.entries(methods)) {
      for (const part of parameters) once(part, `${method} ${path} ${part.name}`);
      for (const [status, part] of Object.entries(responses))
        if (status >= '300') once(part, `${method} ${path} ${status}`);
        else
          for (const [name, header] of Object.entries((part as { headers?: object }).headers ?? {}))
            once(header, `${method} ${path} ${name}`);
    }
  t.match(components.schemas.ForecastList, {
    properties: { data: { items: { $ref: '#/components/schemas/Forecast' } } },
  });
  t.match(components.schemas.ForecastAnswer, {
    properties: { data: { $ref: '#/components/schemas/Forecast' } },
  });
  t.notOk('SparseRecord' in components.schemas);
  for (const path of ['/v1/forecasts', '/v1/comparisons'])
    t.strictSame(Object.keys(paths[path]?.get?.responses['200']?.content ?? {}), ['application/json']);
  t.strictSame(Object.keys(paths['/v1/comparisons.{format}']?.get?.responses['200']?.content ?? {}), [
    ...['application/json', 'text/csv', 'application/x-ndjson', xlsx.mediaType],
    ...['application/vnd.json-stat+json', 'image/svg+xml', 'image/png'],
  ]);
  t.end();
});

test('no component stands twice or unused, and the examples of fields fit their schemas', async (t) => {
  const { schemas } = committedDocument.components;
  const text = JSON.stringify(committedDocument);
  const bodies = new Map<string, string>();
  for (const [name, schema] of Object.entries(schemas)) {
    t.ok(text.includes(`"#/components/schemas/${name}"`), `${name} is used`);
    t.notMatch(name, /Input$/);
    const body = JSON.stringify(schema);
    t.equal(bodies.get(body), undefined, `${name} is not the same as another`);
    bodies.set(body, name);
  }
  const ajv = new Ajv2020({ strict: false });
  formats.default(ajv);
  ajv.addSchema(committedDocument, 'document');
  let checked = 0;
  const visit = (node: unknown, pointer: string): void => {
    if (node === null || typeof node !== 'object') return;
    const { examples } = node as { examples?: unknown };
    if (Array.isArray(examples)) {
      const validate = ajv.compile({ $ref: `document#${pointer}` });
      for (const example of examples) {
        t.ok(validate(example), `${pointer}: ${JSON.stringify(example)}`);
        checked += 1;
      }
    }
    for (const [key, child] of Object.entries(node))
      visit(child, `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`);
  };
  visit(schemas, '/components/schemas');
  t.ok(checked > 20);
});
