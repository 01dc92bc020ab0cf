import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LightMyRequestResponse } from 'fastify';
import type { Test } from 'tap';
import { test } from 'tap';
import { z } from 'zod';
import type { ProblemDocument } from '../../../src/http/message/problem.ts';
import { lengthFirst } from '../../../src/http/query/shared-schemas.ts';
import type { Forecast, RecordReceipt } from '../../../src/ledger/records/schemas.ts';
import { records } from '../../../src/store/tables/schema.ts';
import { committedDocument } from '../../helpers/contract.ts';
import { makeKey } from '../../helpers/keys.ts';
import { buildForWriting, forecastBody, trillions } from '../../helpers/ledger.ts';
import { rowsOf } from '../../helpers/tables.ts';

/** Checks the status and code of a problem, and gives its faults. */
function refused(
  t: Test,
  response: LightMyRequestResponse,
  status: number,
  code: string,
): ProblemDocument['errors'] {
  t.equal(response.statusCode, status, response.body);
  const problem = response.json<ProblemDocument>();
  t.equal(problem.code, code);
  return problem.errors;
}

interface ForecastAnswer {
  readonly data: {
    readonly revision: number;
    readonly amount: { readonly value: string };
    readonly evidence: { readonly status: string; readonly start: number | null };
    readonly publishedOn: string | null;
    readonly relations?: readonly { readonly kind: string; readonly forecast: string }[];
  };
  readonly meta: { readonly datasetVersion: string; readonly revisionTag: string };
}

test('a dry run names the version of the ledger that is there', async (t) => {
  const { send, get } = await buildForWriting(t);
  const id = 'haitong-2020-new-infrastructure-2020';
  const { meta } = await get<ForecastAnswer>(`/v1/forecasts/${id}`);
  const match = { 'if-match': meta.revisionTag };
  for (const [method, url, body] of [
    ['POST', '/v1/forecasts?dryRun=true', forecastBody('ours-1')],
    ['POST', '/v1/collections?dryRun=true', { id: 'ours', name: 'Ours' }],
    ['PUT', `/v1/forecasts/${id}?dryRun=true&reason=none`, forecastBody(id)],
    ['DELETE', `/v1/forecasts/${id}?dryRun=true&reason=none`, undefined],
  ] as const) {
    const tried = await send(method, url, body, match);
    t.equal(tried.statusCode, 200, tried.body);
    t.equal(tried.json<ForecastAnswer>().meta.datasetVersion, meta.datasetVersion, `${method} ${url}`);
  }
});

test('a forecast is added, and is what was handed in', async (t) => {
  const { send, get, app } = await buildForWriting(t);
  const before = await get<ForecastAnswer>('/v1/forecasts/haitong-2020-new-infrastructure-2020');
  const body = forecastBody('ours-1');
  const host = { host: 'ledger.example' };
  const response = await send('POST', '/v1/forecasts?reason=Seen%20on%20the%20page', body, host);
  t.equal(response.statusCode, 201, response.body);
  t.equal(response.headers.location, 'http://ledger.example/v1/forecasts/ours-1');
  t.equal(response.headers.etag, '"ours-1-r1"');
  const { data, meta } = response.json<RecordReceipt>();
  t.match(data, {
    kind: 'forecast',
    id: 'ours-1',
    revision: 1,
    changed: true,
    deleted: false,
    recordedAt: '2026-06-01T00:00:00.000Z',
    author: 'write key',
    reason: 'Seen on the page',
    evidence: [{ supports: 'amount', start: null, end: null, status: 'parsed' }],
  });
  const added = await get<ForecastAnswer>('/v1/forecasts/ours-1');
  t.equal(added.data.amount.value, '3000000000000');
  t.equal(added.data.publishedOn, '2020-05-25', "the document's date");
  t.strictSame(added.meta, meta);
  t.not(added.meta.datasetVersion, before.meta.datasetVersion);
  t.match((await app.inject('/v1/forecasts/ours-1')).headers.etag, /^"ours-1-r1\.[\w-]+"$/);
  const found = await get<{ data: { id: string }[] }>('/v1/forecasts?q=3%20trillion%20haitong&fields=id');
  t.ok(
    found.data.some(({ id }) => id === 'ours-1'),
    'found by its words',
  );
});

test('an id may end as a path may', async (t) => {
  const { send, get, app } = await buildForWriting(t);
  t.equal((await send('POST', '/v1/forecasts', forecastBody('ours.json'))).statusCode, 201);
  const { data, meta } = await get<ForecastAnswer & { data: { id: string } }>('/v1/forecasts/ours.json');
  t.equal(data.id, 'ours.json');
  t.strictSame(await get('/v1/forecasts/ours.json.json'), { data, meta });
  const match = { 'if-match': meta.revisionTag };
  const removed = await send('DELETE', '/v1/forecasts/ours.json?reason=none', undefined, match);
  t.equal(removed.statusCode, 200, removed.body);
  // Of no other record either.
  t.equal((await app.inject('/v1/forecasts/ours.json')).statusCode, 410);
});

test('a record goes back as it was shown; what the ledger computes and was changed is refused', async (t) => {
  const { send, get } = await buildForWriting(t);
  for (const [id, kind] of [
    // Its document's text is not held; it has a conversion of its own, and relations.
    ['haitong-2020-new-infrastructure-2020', 'forecasts'],
    ['haitong-2020-new-infrastructure-induced', 'forecasts'],
    ['oc-cloud-2022', 'outcomes'],
  ] as const) {
    const path = `/v1/${kind}/${id}`;
    const { data, meta } = await get<{ data: Record<string, unknown>; meta: { revisionTag: string } }>(path);
    const match = { 'if-match': meta.revisionTag };
    const same = await send('PUT', `${path}?reason=none`, data, match);
    t.match(same.json(), { data: { changed: false, revision: data.revision } }, id);
    const copy = await send('POST', `/v1/${kind}?allowDuplicate=true`, {
      ...data,
      id: `copy-of-${id}`,
      relations: [],
    });
    t.equal(copy.statusCode, 201, copy.body);
    const shown = (await get<{ data: Record<string, unknown> }>(`/v1/${kind}/copy-of-${id}`)).data;
    t.strictSame(
      { ...shown, id, recordedAt: data.recordedAt, relations: data.relations },
      data,
      'the copy says what the first one says',
    );
    const changed = {
      ...data,
      names: { ...(data.names as object), sector: 'Sector' },
      publishedOn: '2020-01-01',
    };
    for (const [method, address, headers] of [
      ['PUT', `${path}?reason=none`, match],
      ['POST', `/v1/${kind}`, {}],
    ] as const) {
      const body = method === 'POST' ? { ...changed, id: `other-${id}`, relations: [] } : changed;
      t.match(refused(t, await send(method, address, body, headers), 422, 'invalidRecord'), [
        { name: 'publishedOn', code: 'computedDisagrees', message: /computed by the ledger, which says "20/ },
        { name: 'names.sector', code: 'computedDisagrees' },
      ]);
    }
  }
  const path = '/v1/forecasts/haitong-2020-new-infrastructure-2020';
  const { data, meta } = await get<{ data: Forecast; meta: { revisionTag: string } }>(path);
  const [conversion, relation] = [data.statedConversions[0], data.relations[0]];
  if (conversion?.impliedRate == null || relation === undefined) throw new Error('no longer so in the seeds');
  const errors = refused(
    t,
    await send(
      'PUT',
      `${path}?reason=none`,
      {
        ...data,
        revision: 7,
        recordedAt: '2020-01-01T00:00:00.000Z',
        statedConversions: [{ ...conversion, impliedRate: { ...conversion.impliedRate, rate: '7' } }],
        relations: [{ ...relation, impliedMultiplier: '2' }],
        evidence: { ...data.evidence, documentSha256: '0'.repeat(64), url: 'https://example.org' },
      },
      { 'if-match': meta.revisionTag },
    ),
    422,
    'invalidRecord',
  );
  t.strictSame(
    errors.map(({ name }) => name),
    [
      'evidence.documentSha256',
      'evidence.url',
      'statedConversions.0.impliedRate',
      'revision',
      'recordedAt',
      'relations.0.impliedMultiplier',
    ],
  );
  t.ok(errors.every(({ code }) => code === 'computedDisagrees'));
});

test('a record goes back as a search or a conversion shows it, whose answers are no part of it', async (t) => {
  const { send, get } = await buildForWriting(t);
  for (const [kind, id, word, currency] of [
    ['forecasts', 'haitong-2020-new-infrastructure-2020', 'haitong', 'USD'],
    // What could not be converted says why.
    ['forecasts', 'haitong-2020-new-infrastructure-2020', 'haitong', 'AED'],
    ['outcomes', 'oc-cloud-2022', 'cloud', 'USD'],
  ] as const) {
    const path = `/v1/${kind}/${id}`;
    const plain = await get<{ data: object; meta: { revisionTag: string } }>(path);
    const found = await get<{ data: Record<string, unknown>[] }>(
      `/v1/${kind}?q=${word}&convertTo=${currency}&limit=200`,
    );
    const shown = found.data.find((record) => record.id === id);
    if (shown === undefined) throw new Error('no longer so in the seeds');
    t.hasProps(shown, ['converted', 'notConverted', 'highlights']);
    const match = { 'if-match': plain.meta.revisionTag };
    const same = await send('PUT', `${path}?reason=none`, shown, match);
    t.match(same.json(), { data: { changed: false } }, `${id} in ${currency}`);
    const copy = { ...shown, id: `copy-${id}-${currency.toLowerCase()}`, relations: [] };
    const added = await send('POST', `/v1/${kind}?allowDuplicate=true`, copy);
    t.equal(added.statusCode, 201, added.body);
    const { data } = await get<{ data: object }>(`/v1/${kind}/${copy.id}`);
    t.notOk('converted' in data || 'notConverted' in data || 'highlights' in data, 'none of it is kept');
  }
});

test('a dry run checks and answers, and writes nothing, however often', async (t) => {
  const { send, get, app } = await buildForWriting(t);
  const path = '/v1/forecasts/haitong-2020-new-infrastructure-2020';
  const before = await get<ForecastAnswer>(path);
  const match = { 'if-match': before.meta.revisionTag };
  const collection = { id: 'tried', name: 'Tried' };
  for (let time = 0; time < 2; time += 1) {
    const key = { 'idempotency-key': 'tried' };
    const added = await send('POST', '/v1/forecasts?dryRun=true', forecastBody('tried'), key);
    t.equal(added.statusCode, 200);
    t.match(added.json(), { data: { id: 'tried', revision: 1, changed: true } });
    t.notOk(
      'location' in added.headers || 'etag' in added.headers || 'idempotency-replayed' in added.headers,
    );
    const revised = { ...before.data, notes: 'Tried' };
    const change = await send('PUT', `${path}?reason=tried&dryRun=true`, revised, match);
    t.match(change.json(), { data: { revision: before.data.revision + 1, changed: true } });
    const removal = await send('DELETE', `${path}?reason=tried&dryRun=true`, undefined, match);
    t.match(removal.json(), { data: { deleted: true } });
    t.match((await send('POST', '/v1/collections?dryRun=true', collection)).json(), { data: collection });
  }
  refused(
    t,
    await send('POST', '/v1/forecasts?dryRun=true', forecastBody('tried', { sector: 'none' })),
    422,
    'invalidRecord',
  );
  t.equal((await app.inject('/v1/forecasts/tried')).statusCode, 404);
  t.equal((await app.inject('/v1/collections/tried')).statusCode, 404);
  t.strictSame(await get<ForecastAnswer>(path), before, 'not even the version of the dataset');
  const key = { 'idempotency-key': 'tried' };
  t.equal(
    (await send('POST', '/v1/forecasts', forecastBody('tried'), key)).statusCode,
    201,
    'the key is unused',
  );
});

test('ids that do not exist are all named, with what may have been meant', async (t) => {
  const { send, store } = await buildForWriting(t);
  const count = async () => (await rowsOf(store, records)).length;
  const before = await count();
  const body = forecastBody('ours-1', {
    collection: 'seed-document',
    forecaster: 'haitong-security',
    source: 'china-banking-news-2020-05-26',
    sector: 'new-infrastructur',
    beneficiarySectors: ['5g', 'cloud-computin'],
    region: 'CM-X',
    measure: 'directInvestmentt',
    scope: 'nationl',
    relations: [
      { kind: 'drives', forecast: 'haitong-2020-new-infrastructure-induce' },
      { kind: 'alsoStatedIn', forecast: 'oc-cloud-2022' },
      { kind: 'conflictsWith', forecast: 'ours-1' },
    ],
  });
  const response = await send('POST', '/v1/forecasts', {
    ...body,
    amount: { ...body.amount, currency: 'CNX' },
    statedConversions: [
      { amount: { ...body.amount, currency: 'QQQ' }, evidence: { phrase: 'QQQ 3 trillion' } },
    ],
  });
  const errors = refused(t, response, 422, 'invalidRecord');
  t.strictSame(
    errors.map(({ in: part, name, code }) => `${part} ${name} ${code}`),
    [
      'body collection unknownId',
      'body forecaster unknownId',
      'body source unknownId',
      'body sector unknownId',
      'body beneficiarySectors.1 unknownId',
      'body region unknownId',
      'body measure unknownId',
      'body scope unknownId',
      'body amount.currency unknownId',
      'body statedConversions.0.amount.currency unknownId',
      'body relations.0.forecast unknownId',
      'body relations.1.forecast unknownId',
      'body relations.2.forecast relationToItself',
    ],
  );
  const suggestions = new Map(errors.map(({ name, suggestion }) => [name, suggestion]));
  t.equal(suggestions.get('collection'), 'seed-documents');
  t.equal(suggestions.get('forecaster'), 'haitong-securities');
  t.equal(suggestions.get('source'), 'china-banking-news-2020-05-25');
  t.equal(suggestions.get('sector'), 'new-infrastructure');
  t.equal(suggestions.get('beneficiarySectors.1'), 'cloud-computing');
  t.equal(suggestions.get('measure'), 'directInvestment');
  t.equal(suggestions.get('scope'), 'national');
  t.equal(suggestions.get('relations.0.forecast'), 'haitong-2020-new-infrastructure-induced');
  t.equal(await count(), before, 'nothing was written');
});

test('lists have a greatest length, and of many faults the first are told', async (t) => {
  const { send } = await buildForWriting(t);
  const post = (more: object) => send('POST', '/v1/forecasts', { ...forecastBody('ours-1'), ...more });
  const ids = (count: number) => Array.from({ length: count }, (_, index) => `unknown-${index}`);
  const relations = (count: number) =>
    ids(count).map((forecast) => ({ kind: 'conflictsWith', forecast }) as const);

  for (const [more, name, most] of [
    [{ beneficiarySectors: ids(1001) }, 'beneficiarySectors', 1000],
    [{ beneficiarySectors: Array(100_000).fill(1) }, 'beneficiarySectors', 1000],
    [{ corroboration: Array(101).fill('nowhere') }, 'corroboration', 100],
    [{ relations: relations(10_001) }, 'relations', 10_000],
    [{ statedConversions: Array(101).fill(null) }, 'statedConversions', 100],
    [{ period: { ...forecastBody('x').period, inferred: ['a', 'b', 'c'] } }, 'period.inferred', 2],
  ] as const) {
    const faults = refused(t, await post(more), 400, 'invalidRequest');
    t.strictSame(faults, [
      { in: 'body', name, code: 'invalidValue', message: `must be at most ${most} items long` },
    ]);
  }

  for (const [more, count] of [
    [{ beneficiarySectors: ids(1000) }, 1000],
    [{ relations: relations(10_000) }, 10_000],
  ] as const) {
    const response = await post(more);
    const faults = refused(t, response, 422, 'invalidRecord');
    t.equal(faults.length, 100);
    t.match(response.json<ProblemDocument>().detail, `(and ${count - 1} more)`);
    t.ok(faults.filter(({ suggestion, allowed }) => suggestion ?? allowed).length <= 20);
  }
});

test('every list of a body has a greatest length', (t) => {
  const lists: string[] = [];
  const visit = (schema: unknown, path: string): void => {
    if (schema === null || typeof schema !== 'object') return;
    const [, component = ''] =
      /^#\/components\/schemas\/(Submitted\w+|Revised\w+)$/.exec(
        String((schema as { $ref?: unknown }).$ref),
      ) ?? [];
    if (component !== '') visit(committedDocument.components.schemas[component], `${path}.${component}`);
    if ((schema as { type?: unknown }).type === 'array') {
      lists.push(path);
      t.ok('maxItems' in schema, path);
    }
    for (const [key, child] of Object.entries(schema)) visit(child, `${path}.${key}`);
  };
  // A file of rows has a greatest length in bytes.
  for (const [path, operations] of Object.entries(committedDocument.paths))
    for (const [method, { requestBody }] of Object.entries(operations))
      for (const media of path === '/v1/imports' ? [] : Object.values(requestBody?.content ?? {}))
        visit((media as { schema?: unknown }).schema, `${method} ${path}`);
  t.ok(lists.some((path) => path.endsWith('beneficiarySectors')));
  t.end();
});

test('a list that is too long is refused before its items are looked at', (t) => {
  let looked = 0;
  const item = z.string().refine(() => {
    looked += 1;
    return false;
  });
  const schema = z.strictObject({ list: lengthFirst(z.array(item).max(2)).default([]) });
  t.match(schema.safeParse({ list: ['a', 'b', 'c'] }).error?.issues, [{ code: 'too_big', path: ['list'] }]);
  t.equal(looked, 0);
  t.equal(schema.safeParse({ list: ['a', 'b'] }).error?.issues.length, 2);
  t.equal(looked, 2);
  t.end();
});

test('a body is refused while others write: it is checked before its write begins', async (t) => {
  const { send, store, write } = await buildForWriting(t, { WRITE_WAIT_MS: '0' });
  const collection = { id: 'ours', name: 'Ours' };
  const added = await write('POST', '/v1/forecasts', forecastBody('ours-1'));
  const ifMatch = { 'if-match': String(added.meta.revisionTag) };
  const revised = '/v1/forecasts/ours-1?reason=Corrected';
  await store.write(async () => {
    const body = { ...forecastBody('ours-2'), sector: 'nowhere' };
    refused(t, await send('POST', '/v1/forecasts', body), 422, 'invalidRecord');
    refused(t, await send('PUT', revised, { ...body, id: 'ours-1' }, ifMatch), 422, 'invalidRecord');
    refused(
      t,
      await send('POST', '/v1/collections', { ...collection, id: 'seed-documents' }),
      409,
      'idTaken',
    );
    refused(t, await send('POST', '/v1/collections', collection), 503, 'ledgerBusy');
  });
  t.equal((await send('POST', '/v1/collections', collection)).statusCode, 201);
});

test('what was written between the check of a body and its write is seen', async (t) => {
  const { send, store } = await buildForWriting(t);
  let second: Promise<LightMyRequestResponse> | undefined;
  let first: Promise<LightMyRequestResponse> | undefined;
  await store.write(async () => {
    first = send('POST', '/v1/forecasts', forecastBody('ours-1'));
    second = send('POST', '/v1/forecasts', forecastBody('ours-1'));
    // Both have been checked by then, and wait.
    await sleep(200);
  });
  const statuses = [(await first)?.statusCode, (await second)?.statusCode];
  t.strictSame(statuses.sort(), [201, 409]);
});

test('what contradicts itself is refused by field', async (t) => {
  const { send } = await buildForWriting(t);
  const body = forecastBody('ours-1');
  const post = (more: object) => send('POST', '/v1/forecasts', { ...body, ...more });
  const low = await post({ amount: { ...body.amount, low: '1' } });
  t.match(refused(t, low, 422, 'invalidRecord'), [
    { name: 'amount.low', code: 'inconsistentAmount', message: /must be the value/ },
  ]);
  const both = await post({
    amount: { ...body.amount, value: '3.50', low: '3.50' },
    period: { ...body.period, years: 2 },
  });
  t.match(refused(t, both, 422, 'invalidRecord'), [
    { name: 'amount', code: 'malformedDecimal', message: /3\.5/ },
    { name: 'period.years', code: 'inconsistentPeriod', message: /must be 1/ },
  ]);
  const amount = { ...body.amount, valeu: '1', qualifier: 'exactly' };
  const shape = await post({ amount, sector: undefined, evidence: {} });
  t.strictSame(
    refused(t, shape, 400, 'invalidRequest')
      .map(({ name, code, suggestion = '' }) => `${name} ${code} ${suggestion}`)
      .sort(),
    [
      'amount.qualifier invalidValue exact',
      'amount.valeu unknownParameter value',
      'evidence.phrase missingParameter ',
      'sector missingParameter ',
    ],
  );
  t.match(refused(t, await post({ notes: 'half \ud83d' }), 422, 'invalidRecord'), [
    { name: 'notes', code: 'notUnicode' },
  ]);
  t.match(refused(t, await post({ notes: 'a\0' }), 422, 'invalidRecord'), [
    { name: 'notes', code: 'nullCharacter' },
  ]);
  for (const [path, sent] of [
    ['/v1/forecasts', body],
    ['/v1/imports', []],
  ] as const)
    t.match(refused(t, await send('POST', `${path}?reason=a%00`, sent), 400, 'invalidRequest'), [
      { name: 'reason', message: 'must be a text without the character U+0000' },
    ]);
  t.match(refused(t, await send('POST', '/v1/forecasts'), 400, 'invalidRequest'), [{ code: 'missingBody' }]);
});

const TEXT =
  '😀 Press release. Investment will total 3 trillion yuan in 2020, or USD 420 billion. It 𠮷 will total 5 trillion yuan later. Twice: about 7 billion yuan, about 7 billion yuan.';
const SOURCE = {
  id: 'our-document',
  title: 'Our document',
  publisher: 'Us',
  publishedOn: '2020-06-01',
  language: 'en',
  attribution: 'Us, 2020',
};
const placeOf = (phrase: string): number => [...TEXT.slice(0, TEXT.indexOf(phrase))].length;
const PHRASE = 'will total 3 trillion yuan in 2020';
const START = placeOf(PHRASE);
const END = START + PHRASE.length;
const SEVEN = {
  value: '7000000000',
  low: null,
  high: null,
  qualifier: 'approximately',
  currency: 'CNY',
  asStated: '7 billion yuan',
};
const DOLLARS = {
  value: '420000000000',
  low: '420000000000',
  high: '420000000000',
  qualifier: 'exact',
  currency: 'USD',
  asStated: 'USD 420 billion',
};

test('where the text is held, the words are looked up in it', async (t) => {
  const { send, get } = await buildForWriting(t);
  const added = await send('POST', '/v1/sources', { ...SOURCE, text: TEXT });
  t.equal(added.statusCode, 201, added.body);
  const sha256 = createHash('sha256').update(TEXT).digest('hex');
  t.match(added.json(), { data: { documentSha256: sha256, textHeld: true, forecastCount: 0 } });
  t.notMatch(added.body, /Press release/, 'the text is not shown');
  const { data } = await get<{ data: object }>('/v1/sources/our-document');
  t.strictSame(data, added.json<{ data: object }>().data);

  const post = (id: string, more: object) =>
    send('POST', '/v1/forecasts?allowDuplicate=true', {
      ...forecastBody(id, { source: SOURCE.id, evidence: { phrase: PHRASE } }),
      ...more,
    });
  const accepted = async (id: string, more: object, evidence: readonly object[]) => {
    const response = await post(id, more);
    t.equal(response.statusCode, 201, response.body);
    t.match(response.json<RecordReceipt>().data.evidence, evidence, id);
  };
  const wrong = async (more: object, ...faults: readonly object[]) => {
    const errors = refused(t, await post('x', more), 422, 'invalidRecord');
    t.match(errors, faults);
    t.equal(errors.length, faults.length);
    return errors[0]?.message ?? '';
  };
  await accepted('located', {}, [{ start: START, end: END, status: 'located' }]);
  const { evidence } = (await get<ForecastAnswer>('/v1/forecasts/located')).data;
  t.match(evidence, { documentSha256: sha256, start: START, status: 'located' });
  await accepted('given', { evidence: { phrase: PHRASE, start: START, end: END, status: 'located' } }, [
    { start: START, end: END, status: 'located' },
  ]);
  const beyondAstral = '5 trillion yuan';
  await accepted('astral', { ...trillions('5'), evidence: { phrase: beyondAstral } }, [
    { start: placeOf(beyondAstral), status: 'located' },
  ]);
  await accepted(
    'converted',
    { statedConversions: [{ amount: DOLLARS, evidence: { phrase: 'USD 420 billion' } }] },
    [
      { supports: 'amount', start: START },
      { supports: 'statedConversion', start: placeOf('USD 420'), status: 'located' },
    ],
  );

  const there = [...TEXT].slice(2, 2 + PHRASE.length).join('');
  const elsewhere = await wrong(
    { evidence: { phrase: PHRASE, start: 2, end: 2 + PHRASE.length } },
    { name: 'evidence.start', code: 'phraseNotAtPlace', suggestion: String(START) },
  );
  t.ok(elsewhere.includes(JSON.stringify(there)), 'what stands there');
  const beyond = { phrase: PHRASE, start: 9000, end: 9000 + PHRASE.length };
  t.ok(
    (await wrong({ evidence: beyond }, { code: 'phraseNotAtPlace' })).includes(
      `has ${[...TEXT].length} code`,
    ),
  );
  await wrong({ evidence: { phrase: PHRASE, start: START, end: END - 1 } }, { code: 'phraseNotAtPlace' });
  await wrong(
    { evidence: { phrase: PHRASE, start: START } },
    { name: 'evidence.end', code: 'missingParameter' },
  );
  await wrong(
    { evidence: { phrase: 'will total 3 trillion  yuan in 2020' } },
    { name: 'evidence.phrase', code: 'phraseNotFound' },
  );
  const four = trillions('4').amount;
  const reading = await wrong(
    { amount: { ...four, asStated: '3 trillion yuan' }, evidence: { phrase: PHRASE } },
    { name: 'evidence.phrase', code: 'phraseStatesAnotherAmount' },
  );
  t.match(reading, /reads as exact CNY \(value 3000000000000.*the amount is exact CNY \(value 4000000000000/);
  const figure = await wrong(
    { amount: four, evidence: { phrase: PHRASE } },
    { name: 'evidence.phrase', code: 'figureNotInPhrase' },
  );
  t.match(figure, /"4 trillion yuan"; what it holds reads as exact CNY \(value 3000000000000/);
  await wrong({ evidence: { phrase: 'Press release' } }, { name: 'evidence.phrase', code: 'noFigure' });
  await wrong(
    { evidence: { phrase: PHRASE, status: 'parsed' } },
    { name: 'evidence.status', code: 'statusDisagrees', allowed: ['located'] },
  );
  await wrong(
    { statedConversions: [{ amount: DOLLARS, evidence: { phrase: 'USD 421 billion' } }] },
    { name: 'statedConversions.0.evidence.phrase', code: 'phraseNotFound' },
  );
  const twice = 'about 7 billion yuan';
  const second = [...TEXT.slice(0, TEXT.lastIndexOf(twice))].length;
  await wrong(
    { amount: SEVEN, evidence: { phrase: twice } },
    {
      name: 'evidence.start',
      code: 'phraseAtSeveralPlaces',
      allowed: [String(placeOf(twice)), String(second)],
    },
  );
  const chosen = { phrase: twice, start: second, end: second + twice.length };
  await accepted('chosen', { amount: SEVEN, evidence: chosen }, [{ start: second, status: 'located' }]);
});

test('evidence goes out as selectors of the W3C Web Annotation Data Model', async (t) => {
  const { send, get } = await buildForWriting(t);
  const targetOf = async (id: string) =>
    (await get<{ data: { target: { selector: object[] } }[] }>(`/v1/forecasts/${id}/evidence`)).data[0]
      ?.target;
  t.equal((await send('POST', '/v1/sources', { ...SOURCE, text: TEXT })).statusCode, 201);
  const body = forecastBody('located', { source: SOURCE.id, evidence: { phrase: PHRASE } });
  t.equal((await send('POST', '/v1/forecasts?allowDuplicate=true', body)).statusCode, 201);
  t.strictSame(await targetOf('located'), {
    source: null,
    documentSha256: createHash('sha256').update(TEXT).digest('hex'),
    selector: [
      {
        type: 'TextQuoteSelector',
        exact: PHRASE,
        prefix: '😀 Press release. Investment ',
        suffix: ', or USD 420 billion. It 𠮷 will ',
      },
      { type: 'TextPositionSelector', start: START, end: END },
    ],
  });
  const seeded = await targetOf('haitong-2020-new-infrastructure-2020');
  t.match(seeded, { documentSha256: /^4c7a9795/ });
  t.strictSame(
    seeded?.selector,
    [
      { type: 'TextQuoteSelector', exact: PHRASE },
      { type: 'TextPositionSelector', start: 2141, end: 2175 },
    ],
    'a text that is not held is not quoted',
  );
});

test('the language of the source decides how its numbers read', async (t) => {
  const { send, get } = await buildForWriting(t);
  const confirmed = async (language: string, phrase: string, asStated: string, value: string) => {
    const id = `in-${language}-${value}`;
    const source = { ...SOURCE, id, language };
    t.equal((await send('POST', '/v1/sources', source)).statusCode, 201);
    const amount = { value, low: value, high: value, qualifier: 'exact', currency: 'EUR', asStated };
    const body = { ...forecastBody(id, { source: id }), amount, evidence: { phrase } };
    const response = await send('POST', '/v1/forecasts', body);
    t.equal(response.statusCode, 201, response.body);
    const { data } = await get<{ data: readonly { agrees: boolean }[] }>(`/v1/forecasts/${id}/evidence`);
    const [own] = response.json<RecordReceipt>().data.evidence;
    t.equal(data[0]?.agrees, own?.status === 'parsed', `${language}: shown as it was found`);
    return own?.status;
  };
  const german = 'Ausgaben von 1 Billion Euro';
  t.equal(await confirmed('de', german, '1 Billion Euro', '1000000000000'), 'parsed');
  t.equal(await confirmed('de', german, '1 Billion Euro', '1000000000'), 'unverified');
  t.equal(await confirmed('en', 'spends 1 billion euros', '1 billion euros', '1000000000'), 'parsed');
  t.equal(
    await confirmed('es', '1.500 millones de euros', '1.500 millones de euros', '1500000000'),
    'parsed',
  );
  t.equal(await confirmed('en', '1.500 million euros', '1.500 million euros', '1500000'), 'parsed');
});

test('where the text is not held, the words are read, and what was established stays', async (t) => {
  const { send, write, get } = await buildForWriting(t);
  const post = (id: string, evidence: object) =>
    send('POST', '/v1/forecasts', { ...forecastBody(id), evidence });
  const unread = await post('unread', { phrase: 'no figure at all' });
  t.match(unread.json(), { data: { evidence: [{ status: 'unverified' }] } });
  t.match(refused(t, await post('x', { phrase: PHRASE, start: 2141, end: 2175 }), 422, 'invalidRecord'), [
    { name: 'evidence.start', code: 'textNotHeld' },
  ]);
  t.match(refused(t, await post('x', { phrase: 'no figure', status: 'parsed' }), 422, 'invalidRecord'), [
    { name: 'evidence.status', code: 'statusDisagrees', allowed: ['unverified'] },
  ]);
  const id = 'haitong-2020-new-infrastructure-2020';
  const { meta, data } = await get<ForecastAnswer>(`/v1/forecasts/${id}`);
  t.equal(data.evidence.status, 'located');
  const noted = await write(
    'PUT',
    `/v1/forecasts/${id}?reason=note`,
    { ...forecastBody(id), evidence: { phrase: PHRASE }, notes: 'Read again.' },
    { 'if-match': meta.revisionTag },
  );
  t.match(noted.data, { revision: 2, evidence: [{ start: 2141, end: 2175, status: 'located' }] });
  const otherWords = await write(
    'PUT',
    `/v1/forecasts/${id}?reason=other`,
    { ...forecastBody(id), evidence: { phrase: '3 trillion yuan' } },
    { 'if-match': String(noted.meta.revisionTag) },
  );
  t.match(otherWords.data, { revision: 3, evidence: [{ start: null, status: 'parsed' }] });
});

test('a correction names what it corrects', async (t) => {
  const { send, write, get, later, app } = await buildForWriting(t);
  const { meta } = await write('POST', '/v1/forecasts', forecastBody('ours'));
  const four = forecastBody('ours', trillions('4'));
  const put = (ifMatch: string | null, body: object = four, id = 'ours') =>
    send('PUT', `/v1/forecasts/${id}?reason=misread`, body, ifMatch === null ? {} : { 'if-match': ifMatch });
  refused(t, await put(null), 428, 'preconditionRequired');
  t.match(refused(t, await put('"ours-r2"'), 412, 'preconditionFailed'), [
    { in: 'header', name: 'If-Match', allowed: ['"ours-r1"'] },
  ]);
  refused(t, await put('W/"ours-r1"'), 412, 'preconditionFailed');
  refused(t, await put('ours-r1'), 412, 'preconditionFailed');
  for (const ifNoneMatch of ['*', '"ours-r1"', '"other", W/"ours-r1"']) {
    const headers = { 'if-match': '*', 'if-none-match': ifNoneMatch };
    const excluded = await send('PUT', '/v1/forecasts/ours?reason=misread', four, headers);
    t.match(refused(t, excluded, 412, 'preconditionFailed'), [{ in: 'header', name: 'If-None-Match' }]);
  }
  const without = await send('PUT', '/v1/forecasts/ours', four, { 'if-match': '"ours-r1"' });
  t.match(refused(t, without, 400, 'invalidRequest'), [{ in: 'query', name: 'reason' }]);
  refused(t, await put('*', forecastBody('our'), 'our'), 404, 'recordNotFound');
  refused(t, await put('*', forecastBody('oc-cloud-2022'), 'oc-cloud-2022'), 404, 'recordNotFound');
  t.match(refused(t, await put('*', forecastBody('theirs')), 422, 'invalidRecord'), [
    { name: 'id', code: 'idDisagrees', allowed: ['ours'] },
  ]);
  later();
  const same = await write('PUT', '/v1/forecasts/ours?reason=again', forecastBody('ours'), {
    'if-match': `"other", ${meta.revisionTag}`,
  });
  t.match(same.data, { revision: 1, changed: false, reason: 'added' });
  t.strictSame(same.meta, meta, 'nothing was written');
  const { id: _, ...withoutId } = four;
  const response = await put(String(meta.revisionTag), withoutId);
  t.equal(response.statusCode, 200, response.body);
  t.match(response.headers.etag, /^"ours-r2[."]/);
  t.match(response.json(), { data: { revision: 2, changed: true, reason: 'misread' } });
  t.equal((await get<ForecastAnswer>('/v1/forecasts/ours')).data.amount.value, '4000000000000');
  refused(t, await put('"ours-r1"'), 412, 'preconditionFailed');
  const shown = String((await app.inject('/v1/forecasts/ours?convertTo=USD&rateBasis=latest')).headers.etag);
  t.match(shown, /^"ours-r2\./, 'the tag of an answer begins with that of its revision');
  const asShown = await put(shown, withoutId);
  t.equal(asShown.statusCode, 200, asShown.body);
  t.match((await put('*', forecastBody('ours', trillions('5')))).json(), { data: { revision: 3 } });
});

test('who asks for a revision that does not count any more gets no other one', async (t) => {
  const { write, request, later } = await buildForWriting(t);
  await write('POST', '/v1/forecasts', forecastBody('ours'));
  const read = (ifMatch: string, url = '/v1/forecasts/ours') =>
    request({ url, headers: { 'if-match': ifMatch } });
  // The second time each is asked for, it may come from the response cache.
  for (const _ of ['first', 'again']) {
    for (const tag of ['"ours-r1"', '"other", "ours-r1"', '*'])
      t.equal((await read(tag)).statusCode, 200, tag);
    refused(t, await read('"ours-r2"'), 412, 'preconditionFailed');
  }
  const shown = await request('/v1/forecasts/ours');
  t.equal((await read(String(shown.headers.etag))).statusCode, 200, 'the tag of the answer');
  later();
  await write('PUT', '/v1/forecasts/ours?reason=note', forecastBody('ours', { notes: 'new' }), {
    'if-match': '"ours-r1"',
  });
  const response = await read('"ours-r1"');
  refused(t, response, 412, 'preconditionFailed');
  t.match(response.headers.etag, /^"ours-r2[."]/);
  refused(t, await read('"x"', '/v1/outcomes/oc-cloud-2022'), 412, 'preconditionFailed');
});

test('what is deleted is gone, says so, and stays in the history', async (t) => {
  const { send, write, get, request, later } = await buildForWriting(t);
  const relations = [{ kind: 'alsoStatedIn' as const, forecast: 'ours' }];
  await write('POST', '/v1/forecasts', forecastBody('ours'));
  await write('POST', '/v1/forecasts', forecastBody('related', { relations }));
  const before = later();
  const remove = (reason: string, headers: Record<string, string> = { 'if-match': '"ours-r1"' }) =>
    send('DELETE', `/v1/forecasts/ours${reason}`, undefined, headers);
  refused(t, await remove(''), 400, 'invalidRequest');
  refused(t, await remove('?reason=%20'), 400, 'invalidRequest');
  refused(t, await remove('?reason=twice', {}), 428, 'preconditionRequired');
  refused(t, await remove('?reason=twice', { 'if-match': '"ours-r9"' }), 412, 'preconditionFailed');
  const typed = { 'if-match': '"ours-r1"', 'content-type': 'application/json' };
  const removed = await remove('?reason=Recorded%20twice', typed);
  t.equal(removed.statusCode, 200, removed.body);
  t.match(removed.json(), { data: { revision: 2, deleted: true }, meta: { revisionTag: null } });
  for (const url of ['', '/evidence', '/conversions?to=USD', '/citation']) {
    const gone = await request(`/v1/forecasts/ours${url}`);
    refused(t, gone, 410, 'recordDeleted');
    const { detail } = gone.json<ProblemDocument>();
    t.match(detail, /deleted at 2026-06-01T00:01:00.000Z by "write key": Recorded twice/, url);
  }
  refused(t, await remove('?reason=twice'), 410, 'recordDeleted');
  const revive = await send('PUT', '/v1/forecasts/ours?reason=x', forecastBody('ours'), { 'if-match': '*' });
  refused(t, revive, 410, 'recordDeleted');
  refused(t, await send('POST', '/v1/forecasts', forecastBody('ours')), 409, 'idTaken');
  t.match(refused(t, await send('POST', '/v1/forecasts', forecastBody('oc-cloud-2022')), 409, 'idTaken'), [
    { message: 'is taken by an outcome' },
  ]);
  t.equal((await get<ForecastAnswer>(`/v1/forecasts/ours?knownAsOf=${before}`)).data.revision, 1);
  later();
  refused(t, await request('/v1/forecasts/ours?knownAsOf=2026-06-01T00:01:30Z'), 410, 'recordDeleted');
  refused(t, await request('/v1/forecasts/ours?knownAsOf=2026-05-01T00:00:00Z'), 404, 'recordNotFound');
  const noted = forecastBody('related', { relations, notes: 'Read again.' });
  const kept = await send('PUT', '/v1/forecasts/related?reason=note', noted, { 'if-match': '*' });
  t.equal(kept.statusCode, 200, 'a relation that was there may stay');
  t.match(
    refused(
      t,
      await send('POST', '/v1/forecasts', forecastBody('anew', { relations })),
      422,
      'invalidRecord',
    ),
    [{ name: 'relations.0.forecast', code: 'deletedId', message: /Recorded twice/ }],
  );
});

test('outcomes are written as forecasts are', async (t) => {
  const { write, send, get } = await buildForWriting(t);
  const { forecaster, beneficiarySectors: _, ...shared } = forecastBody('our-outcome');
  const body = { ...shared, reportedBy: forecaster, via: 'A newspaper' };
  const { data, meta } = await write('POST', '/v1/outcomes', body);
  t.match(data, { kind: 'outcome', revision: 1 });
  t.match(await get('/v1/outcomes/our-outcome'), {
    data: { reportedBy: 'haitong-securities', via: 'A newspaper' },
  });
  const url = '/v1/outcomes/our-outcome';
  await write(
    'PUT',
    `${url}?reason=direct`,
    { ...body, via: null },
    { 'if-match': String(meta.revisionTag) },
  );
  t.match(await get(url), { data: { via: null, revision: 2 } });
  t.match(
    refused(
      t,
      await send('POST', '/v1/outcomes', { ...body, id: 'x', reportedBy: 'nobody' }),
      422,
      'invalidRecord',
    ),
    [{ name: 'reportedBy', code: 'unknownId' }],
  );
  // The document is of May 2020.
  const soFar = {
    ...body.period,
    start: null,
    end: '2020-12-31',
    kind: 'cumulativeTo' as const,
    years: null,
  };
  t.match(
    refused(t, await send('POST', '/v1/outcomes', { ...body, id: 'x', period: soFar }), 422, 'invalidRecord'),
    [{ name: 'period.end', code: 'inconsistentPeriod', message: /not after 2020-05-25/ }],
  );
  await write('DELETE', `${url}?reason=wrong`, undefined, { 'if-match': '*' });
  refused(t, await send('PUT', `${url}?reason=x`, body, { 'if-match': '*' }), 410, 'recordDeleted');
});

test('a team keeps its own: collection, forecaster, source', async (t) => {
  const { send, write, get, app } = await buildForWriting(t);
  const ours = { id: 'ours', name: 'Ours' };
  t.equal((await send('POST', '/v1/collections', ours)).statusCode, 201);
  t.strictSame((await get<{ data: object }>('/v1/collections/ours')).data, {
    ...ours,
    aliases: [],
    revision: 1,
    description: '',
  });
  t.match(refused(t, await send('POST', '/v1/collections', ours), 409, 'idTaken'), [{ name: 'id' }]);
  const keyless = await app.inject({ method: 'POST', url: '/v1/collections', payload: ours });
  t.equal(keyless.statusCode, 401);

  const institute = { id: 'our-institute', name: 'Our institute', kind: 'researchInstitute', country: 'CN' };
  const made = await send('POST', '/v1/forecasters', institute, { host: 'ledger.example' });
  t.equal(made.headers.location, 'http://ledger.example/v1/forecasters/our-institute');
  const { data } = await get<{ data: object }>('/v1/forecasters/our-institute');
  t.strictSame(data, made.json<{ data: object }>().data);
  const unended = { ...institute, id: 'unended', name: 'A name\0' };
  t.match(refused(t, await send('POST', '/v1/forecasters', unended), 422, 'invalidRecord'), [
    { name: 'name', code: 'nullCharacter' },
  ]);
  refused(t, await send('POST', '/v1/forecasters', institute), 409, 'idTaken');
  const nowhere = { ...institute, id: 'x', country: 'XX' };
  t.match(refused(t, await send('POST', '/v1/forecasters', nowhere), 422, 'invalidRecord'), [
    { name: 'country', code: 'unknownId' },
  ]);

  t.equal((await send('POST', '/v1/sources', SOURCE)).statusCode, 201);
  refused(t, await send('POST', '/v1/sources', SOURCE), 409, 'idTaken');
  const schemes = [{ sector: 'new-infrastructure', parts: ['5g', 'nothing-there'] }];
  const wrong = { ...SOURCE, id: 'x', text: 'Text.', documentSha256: '0'.repeat(64), schemes };
  t.match(refused(t, await send('POST', '/v1/sources', wrong), 422, 'invalidRecord'), [
    { name: 'schemes.0.parts.1', code: 'unknownId' },
    {
      name: 'documentSha256',
      code: 'fingerprintDisagrees',
      suggestion: createHash('sha256').update('Text.').digest('hex'),
    },
  ]);
  for (const [field, value] of Object.entries({
    language: 'not a language',
    url: 'javascript:alert(1)',
    title: ' ',
  })) {
    const response = await send('POST', '/v1/sources', { ...SOURCE, id: 'x', [field]: value });
    t.match(refused(t, response, 400, 'invalidRequest'), [{ name: field }]);
  }
  const body = { collection: 'ours', forecaster: 'our-institute', source: SOURCE.id };
  await write('POST', '/v1/forecasts', forecastBody('ours-1', body));
  const list = await get<{ data: object[] }>('/v1/forecasts?collection=ours&fields=id,publishedOn');
  t.strictSame(list.data, [{ id: 'ours-1', publishedOn: '2020-06-01' }]);
});

test('bodies are JSON, and of a size', async (t) => {
  const { app, send, store } = await buildForWriting(t);
  const { headers } = await makeKey({ store }, 'write', { name: 'second' });
  const raw = (type: string, payload: string) =>
    app.inject({
      method: 'POST',
      url: '/v1/forecasts',
      headers: { ...headers, 'content-type': type },
      payload,
    });
  for (const type of ['text/plain', 'application/xml', 'application/x-www-form-urlencoded', 'text/csv'])
    refused(t, await raw(type, JSON.stringify(forecastBody('x'))), 415, 'unsupportedMediaType');
  refused(t, await raw('application/json', '{"id":'), 400, 'malformedRequest');
  refused(t, await raw('application/json', ''), 400, 'invalidRequest');
  refused(t, await raw('application/json', '{"__proto__":{}}'), 400, 'malformedRequest');
  const long = await send('POST', '/v1/forecasts', { ...forecastBody('x'), notes: 'x'.repeat(1_100_000) });
  refused(t, long, 413, 'contentTooLarge');
  const limit = 5 * 1024 * 1024;
  const source = (id: string, text: string) => send('POST', '/v1/sources', { ...SOURCE, id, text });
  t.equal((await source('longest', `${'投'.repeat(1000)}${'x'.repeat(limit - 3000)}`)).statusCode, 201);
  refused(t, await source('over', `${'投'.repeat(1000)}${'x'.repeat(limit - 2999)}`), 413, 'contentTooLarge');
  refused(t, await source('far-over', 'x'.repeat(12_000_000)), 413, 'contentTooLarge');
});

test('what is written under one Idempotency-Key is done once', async (t) => {
  const { send } = await buildForWriting(t);
  const once = { 'idempotency-key': 'a-uuid' };
  const first = await send('POST', '/v1/forecasts', forecastBody('ours'), once);
  const second = await send('POST', '/v1/forecasts', forecastBody('ours'), once);
  t.equal(second.statusCode, 201);
  t.equal(second.body, first.body);
  t.equal(second.headers.etag, first.headers.etag);
  t.equal(second.headers.location, first.headers.location);
  refused(t, await send('POST', '/v1/forecasts', forecastBody('other'), once), 422, 'idempotencyKeyReused');
});

test('what is shown of a record can be sent back: its relations stay said once', async (t) => {
  const { write, get, send } = await buildForWriting(t);
  await write('POST', '/v1/forecasts', forecastBody('one'));
  const conflict = [{ kind: 'conflictsWith' as const, forecast: 'one' }];
  await write('POST', '/v1/forecasts', forecastBody('two', { relations: conflict }));
  const drives = [{ kind: 'drives' as const, forecast: 'one' }];
  await write('POST', '/v1/forecasts', forecastBody('three', { relations: drives }));
  const { data, meta } = await get<ForecastAnswer>('/v1/forecasts/one');
  t.strictSame(data.relations?.map(({ kind, forecast }) => `${kind} ${forecast}`).sort(), [
    'conflictsWith two',
    'drivenBy three',
  ]);
  const noted = await write(
    'PUT',
    '/v1/forecasts/one?reason=note',
    { ...forecastBody('one'), relations: data.relations, notes: 'Read again.' },
    { 'if-match': String(meta.revisionTag) },
  );
  t.equal(noted.data.revision, 2);
  for (const id of ['one', 'two', 'three']) {
    const shown = (await get<ForecastAnswer>(`/v1/forecasts/${id}`)).data.relations ?? [];
    const kinds = shown.map(({ kind, forecast }) => `${kind} ${forecast}`);
    t.equal(new Set(kinds).size, kinds.length, `${id}: ${kinds.join()}`);
  }
  t.equal((await get<ForecastAnswer>('/v1/forecasts/one')).data.relations?.length, 2, 'nothing was lost');
  const invented = forecastBody('four', { relations: [{ kind: 'drivenBy', forecast: 'one' }] as never });
  t.match(refused(t, await send('POST', '/v1/forecasts', invented), 422, 'invalidRecord'), [
    { name: 'relations.0.forecast', code: 'statedByTheOther' },
  ]);
});

test('an id that looks like the tag of an answer is changed with its own tag', async (t) => {
  const { write, send } = await buildForWriting(t);
  const id = 'foo-r1.abcdefghijklmnopqrstuvwxyza';
  const { meta } = await write('POST', '/v1/forecasts', forecastBody(id));
  const removed = await send('DELETE', `/v1/forecasts/${id}?reason=x`, undefined, {
    'if-match': String(meta.revisionTag),
  });
  t.equal(removed.statusCode, 200, removed.body);
});

test('a body that is not UTF-8 is refused: its characters would be lost', async (t) => {
  const { app, store } = await buildForWriting(t);
  const { headers } = await makeKey({ store }, 'write', { name: 'another' });
  const payload = Buffer.from(
    JSON.stringify({ id: 'desk-2', name: 'caf\u00e9', description: 'x' }),
    'latin1',
  );
  const response = await app.inject({
    method: 'POST',
    url: '/v1/collections',
    payload,
    headers: { ...headers, 'content-type': 'application/json' },
  });
  t.equal(response.statusCode, 400);
  t.match(response.json(), { code: 'malformedRequest', detail: /UTF-8/ });
});
