import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { getEncoding } from 'js-tiktoken';
import type { Test } from 'tap';
import { test } from 'tap';
import type { TestApp } from '../helpers/build.ts';
import { build } from '../helpers/build.ts';
import { writeLargeLedger } from '../helpers/large-ledger.ts';
import { buildForWriting } from '../helpers/ledger.ts';
import { ROOT } from '../helpers/process.ts';

const loaded: string[] = [];
registerHooks({
  resolve: (specifier, context, next) => {
    const found = next(specifier, context);
    loaded.push(found.url);
    return found;
  },
});

interface Reply {
  readonly isError: boolean;
  readonly text: string;
}

interface Agent {
  readonly client: Client;
  readonly call: (name: string, parameters?: object) => Promise<Reply>;
  /** The reply to a call that must have one. */
  readonly ask: <Answer = Row>(name: string, parameters?: object) => Promise<Answer>;
}

type Row = Readonly<Record<string, unknown>>;
type Next = Readonly<Record<string, object>>;

/** The official client, connected to a service over HTTP. */
async function agentOf(t: Test, { app }: Pick<TestApp, 'app'>): Promise<Agent> {
  if (!app.server.listening) await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  const client = new Client({ name: 'test', version: '1.0.0' });
  await client.connect(new StreamableHTTPClientTransport(new URL(`http://127.0.0.1:${port}/mcp`)));
  t.after(() => client.close());
  const call = async (name: string, parameters: object = {}): Promise<Reply> => {
    const { content, isError = false } = await client.callTool({
      name,
      arguments: parameters as Record<string, unknown>,
    });
    const [first] = content;
    return { isError, text: first?.type === 'text' ? first.text : '' };
  };
  return {
    client,
    call,
    ask: async <Answer>(name: string, parameters?: object) => {
      const { isError, text } = await call(name, parameters);
      t.notOk(isError, text);
      return JSON.parse(text) as Answer;
    },
  };
}

const encodings = [getEncoding('o200k_base'), getEncoding('cl100k_base')];
function tokensOf(text: string): number {
  return Math.max(...encodings.map((encoding) => encoding.encode(text).length));
}

const TOOLS = [
  'search_forecasts',
  'get_forecast',
  'compare_forecasts',
  'break_down_sector',
  'convert_amount',
  'judge_forecasts',
];

const YEAR_2020 = {
  ...{ sector: 'new-infrastructure', measure: 'directInvestment', region: 'CN' },
  ...{ periodFrom: '2020-01-01', periodTo: '2020-12-31' },
};

test('six tools that read, whose schemas have no alternatives and take both vintages', async (t) => {
  const { client } = await agentOf(t, await build(t));
  const { tools } = await client.listTools();
  t.strictSame(
    tools.map(({ name }) => name),
    TOOLS,
  );
  for (const { name, inputSchema, annotations, description = '' } of tools) {
    t.notMatch(JSON.stringify(inputSchema), /"(?:anyOf|oneOf|allOf|\$ref)"/, name);
    for (const vintage of ['publishedAsOf', 'knownAsOf'])
      t.ok(vintage in (inputSchema.properties ?? {}), name);
    t.equal(annotations?.readOnlyHint, true, name);
    t.ok(description.length > 50, name);
    const properties = Object.values(inputSchema.properties ?? {}) as { description?: string }[];
    t.ok(properties.filter((property) => property.description === undefined).length === 0, name);
  }
  t.ok(tokensOf(JSON.stringify(tools)) < 4000, `${tokensOf(JSON.stringify(tools))} tokens`);
});

const questions = JSON.parse(readFileSync(join(ROOT, 'test/agents/questions.json'), 'utf8')) as readonly {
  readonly question: string;
  readonly calls: readonly Next[];
  readonly says: readonly string[];
}[];

test('ten questions are answered by the calls expected of them', async (t) => {
  const agent = await agentOf(t, await build(t));
  t.equal(questions.length, 10);
  const used = new Set<string>();
  for (const { question, calls, says } of questions) {
    let said = '';
    for (const [name, parameters] of calls.flatMap((one) => Object.entries(one))) {
      used.add(name);
      const { isError, text } = await agent.call(name, parameters);
      t.notOk(isError, `${question} ${text}`);
      said += text;
    }
    for (const words of says) t.ok(said.includes(words), `${question} ${words} in ${said}`);
  }
  t.strictSame([...used].sort(), [...TOOLS].sort(), 'every tool is asked');
});

/** Every figure in a reply, wherever it stands. */
function figuresIn(value: unknown): readonly Row[] {
  if (Array.isArray(value)) return value.flatMap(figuresIn);
  if (typeof value !== 'object' || value === null) return [];
  const own = 'amount' in value && 'sourceTitle' in value ? [value as Row] : [];
  return [...own, ...Object.values(value).flatMap(figuresIn)];
}

const pathOf = (address: unknown): string => {
  const { pathname, search } = new URL(String(address));
  return pathname + search;
};

test('every figure carries its quote, place, receipt and an address that gives it for ever', async (t) => {
  const service = await buildForWriting(t);
  const agent = await agentOf(t, service);
  const inDollars = { convertTo: 'USD', rateBasis: ['publication', 'date'], rateDate: '2020-12-31' };
  const replies = [
    await agent.ask('search_forecasts', { q: '5g', ...inDollars }),
    await agent.ask('get_forecast', { forecast: 'haitong-2020-new-infrastructure-2020', ...inDollars }),
    await agent.ask('compare_forecasts', { ...YEAR_2020, ...inDollars }),
    await agent.ask('break_down_sector', { sector: 'new-infrastructure', ...inDollars }),
    await agent.ask('convert_amount', { forecast: 'haitong-2020-new-infrastructure-2020', to: 'USD' }),
    await agent.ask('judge_forecasts', { status: ['realised', 'partial'] }),
    await agent.ask('judge_forecasts', { forecast: 'fc-caict-cloud-2022' }),
  ];
  const shown = new Map<string, Row>();
  for (const [at, reply] of replies.entries()) {
    const figures = figuresIn(reply);
    t.ok(figures.length > 0, `reply ${at}`);
    for (const figure of figures) shown.set(pathOf(figure.address), figure);
    if (at < 4)
      for (const figure of figures)
        t.ok(
          figure.converted ?? figure.receipt ?? figure.notConverted ?? figure.reason,
          JSON.stringify(figure),
        );
    const whole = pathOf(reply.address ?? reply.conversions);
    await service.get(whole);
  }
  t.ok(shown.size > 20, `${shown.size} figures`);
  const check = async () => {
    for (const [address, figure] of shown) {
      t.match(address, /knownAsOf=/);
      const { data } = await service.get<{ data: Record<string, Record<string, unknown>> }>(address);
      t.equal(data.evidence?.phrase, figure.quote, address);
      t.equal(data.amount?.asStated, (figure.amount as Row).asStated, address);
      t.equal(data.evidence?.start ?? undefined, (figure.place as Row).start, address);
      const converted = figure.converted as { value?: string } | undefined;
      if (converted !== undefined) t.equal(data.converted?.value ?? undefined, converted.value, address);
    }
  };
  await check();

  service.later();
  const id = 'haitong-2020-new-infrastructure-2020';
  const { data } = await service.get<{ data: object }>(`/v1/forecasts/${id}`);
  const corrected = { ...data, notes: 'Read again.', confidence: 'low' };
  await service.write('PUT', `/v1/forecasts/${id}?reason=again`, corrected, { 'if-match': '*' });
  await check();
  const past = await agent.ask('get_forecast', { forecast: id, knownAsOf: '2026-05-31' });
  t.equal(past.confidence, 'medium', 'as it was then');
  t.equal((await agent.ask('get_forecast', { forecast: id })).confidence, 'low');
});

test('what had not been published, or cannot be, is refused in words', async (t) => {
  const agent = await agentOf(t, await build(t));
  const forecast = 'haitong-2020-new-infrastructure-2020';
  const refused: readonly (readonly [string, object, RegExp])[] = [
    [
      'get_forecast',
      { forecast, publishedAsOf: '2019-12-31' },
      /not known to have been published by 2019-12-31/,
    ],
    ['convert_amount', { forecast, to: 'USD', publishedAsOf: '2019-12-31' }, /published by 2019-12-31/],
    ['judge_forecasts', { forecast, publishedAsOf: '2019-12-31' }, /published by 2019-12-31/],
    [
      'convert_amount',
      { amount: '1', from: 'CNY', to: 'USD', date: '2020-05-25', publishedAsOf: '2019-12-31' },
      /is after `publishedAsOf`/,
    ],
    ['search_forecasts', { secotr: '5g' }, /no parameter "secotr"\. Did you mean "sector"\?/],
    ['search_forecasts', { sector: ['5gg'] }, /"5gg", which does not exist/],
    ['search_forecasts', { sector: { of: ['5g'] } }, /"sector" must be a text/],
    ['search_forecasts', { sector: [] }, /"sector" must be a text/],
    ['search_forecasts', { knownAsOf: '2999-01-01' }, /in the future/],
    ['search_forecasts', { q: 'x'.repeat(300) }, /200 characters/],
    ['get_forecast', {}, /"forecast" is required/],
    ['get_forecast', { forecast: '../sectors' }, /letters and digits/],
    ['compare_forecasts', { measure: 'directInvestment' }, /"sector" is required/],
    ['convert_amount', { amount: '1', to: 'USD' }, /"from" is required/],
    ['judge_forecasts', { forecast, sector: ['5g'] }, /"sector" has no meaning with "forecast"/],
    ['search', {}, /no tool "search"/],
  ];
  for (const [name, parameters, words] of refused) {
    const { isError, text } = await agent.call(name, parameters);
    t.ok(isError, `${name} ${JSON.stringify(parameters)} ${text}`);
    t.match(text, words);
  }
  const asOf = { amount: '1000', from: 'EUR', to: 'USD', publishedAsOf: '2020-05-25' };
  t.match((await agent.call('convert_amount', asOf)).text, /"value":"1091"/);
});

test('a reply on a large ledger stays below 4,000 tokens, says how many there are, and leads to all of them', async (t) => {
  const service = await build(t);
  await writeLargeLedger(service.store, 60);
  const agent = await agentOf(t, service);
  const total = (
    await service.get<{ meta: { count: number } }>('/v1/forecasts?sector=5g&count=exact&limit=1')
  ).meta.count;
  const calls: readonly (readonly [string, object])[] = [
    ['search_forecasts', { sector: ['5g'], convertTo: 'USD', rateBasis: ['latest'] }],
    ['compare_forecasts', { ...YEAR_2020, convertTo: 'USD', rateBasis: ['latest'] }],
    ['compare_forecasts', { sector: ['new-infrastructure', '5g'] }],
    ['break_down_sector', { sector: '5g' }],
    ['judge_forecasts', { sector: ['5g'] }],
  ];
  for (const [name, parameters] of calls) {
    const ids = new Set<unknown>();
    let [asked, pages, rows]: [object | undefined, number, number] = [parameters, 0, 0];
    let found = 0;
    while (asked !== undefined && pages < 40) {
      const { text, isError } = await agent.call(name, asked);
      t.notOk(isError, text);
      t.ok(tokensOf(text) < 4000, `${name}: ${tokensOf(text)} tokens`);
      const reply = JSON.parse(text) as {
        readonly rows: readonly Row[];
        readonly next?: Next;
        readonly count: { found: number; shown: number };
      };
      t.equal(reply.count.shown, reply.rows.length);
      found = reply.count.found;
      rows += reply.rows.length;
      for (const row of reply.rows) ids.add(JSON.stringify(row));
      asked = reply.next?.[name];
      pages += 1;
    }
    t.ok(pages > 1, `${name}: ${pages} replies`);
    t.equal(ids.size, rows, `${name}: no row twice`);
    if (asked === undefined) t.equal(rows, found, `${name}: all of them`);
  }
  t.ok(total > 40, `${total}`);
});

test('a reply with long Chinese texts stays below 4,000 tokens', async (t) => {
  const service = await buildForWriting(t);
  const { data } = await service.get<{ data: object }>('/v1/forecasts/haitong-2020-new-infrastructure-2020');
  const notes = '数据中心与工业互联网、特高压、城际高速铁路和城际轨道交通的投资规模预测，'.repeat(100);
  const corroboration = Array.from(
    { length: 100 },
    (_, at) => `https://example.org/${'饜靁'.repeat(20)}/${at}`,
  );
  await service.write('POST', '/v1/forecasts?allowDuplicate=true', {
    ...data,
    id: 'long-texts',
    revision: undefined,
    recordedAt: undefined,
    relations: [],
    notes,
    corroboration: corroboration.map((url) => encodeURI(url)),
  });
  const agent = await agentOf(t, service);
  const { text } = await agent.call('get_forecast', { forecast: 'long-texts' });
  t.ok(tokensOf(text) < 4000, `${tokensOf(text)} tokens`);
  const { count, next } = JSON.parse(text) as { count: { parts: number; shown: number }; next: string };
  t.ok(count.shown < count.parts);
  t.match(next, /The others are at http/);
});

test('a reply says what the API says beside its rows: names that were taken, what was not compared, better questions', async (t) => {
  const { app, get } = await build(t);
  const { ask } = await agentOf(t, { app });
  interface Said {
    readonly resolvedIds?: readonly object[];
    readonly notCompared?: object;
    readonly hints?: readonly { readonly parameters: Record<string, string>; readonly message: string }[];
  }
  const given = { sector: '大数据中心', amountMin: '1', convertTo: 'USD' };
  const reply = await ask<Said>('search_forecasts', given);
  const { meta } = await get<{ meta: Said }>(`/v1/forecasts?${new URLSearchParams(given)}`);
  t.same(reply.resolvedIds, [{ parameter: 'sector', given: '大数据中心', id: 'big-data-centres' }]);
  t.same(reply.notCompared, meta.notCompared);
  t.match(reply.hints, [{ parameters: { rateBasis: 'publication,latest' }, message: String }]);
  const followed = await ask<Said>('search_forecasts', { ...given, ...reply.hints?.[0]?.parameters });
  t.notSame(followed.notCompared, reply.notCompared);
  const parts = ['parameter', 'given', 'id'];
  for (const [tool, parameters, parameter] of [
    ['compare_forecasts', { sector: 'Data centre' }, 'sector'],
    ['break_down_sector', { sector: '新基建' }, 'id'],
    ['break_down_sector', { sector: 'new-infrastructure', forecaster: 'Goldman Sachs' }, 'forecaster'],
    ['judge_forecasts', { forecaster: 'Goldman Sachs' }, 'forecaster'],
  ] as const) {
    const { resolvedIds = [] } = await ask<Said>(tool, parameters);
    t.match(resolvedIds, [{ parameter }], tool);
    t.same(Object.keys(resolvedIds[0] ?? {}), parts, tool);
  }
});

test('the vocabulary is a resource, and its ids are those that the tools take', async (t) => {
  const agent = await agentOf(t, await build(t));
  const { resources } = await agent.client.listResources();
  t.equal(resources.length, 1);
  const { contents } = await agent.client.readResource({ uri: resources[0]?.uri ?? '' });
  const [first] = contents;
  const text = first !== undefined && 'text' in first ? first.text : '';
  t.ok(tokensOf(text) < 4000, `${tokensOf(text)} tokens`);
  const vocabulary = JSON.parse(text) as Record<
    string,
    { count: number; shown: number; entries: { id: string }[] }
  >;
  for (const list of ['measures', 'sectors', 'scopes', 'collections', 'forecasters'])
    t.ok((vocabulary[list]?.shown ?? 0) > 0, list);
  const sectors = vocabulary.sectors?.entries.map(({ id }) => id) ?? [];
  t.ok(sectors.includes('new-infrastructure'));
  await agent.ask('search_forecasts', { sector: sectors.slice(0, 10) });
  await t.rejects(agent.client.readResource({ uri: 'ledger://other' }));
});

const MESSAGE = { jsonrpc: '2.0', id: 1, method: 'tools/list' };
const HEADERS = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };

test('hostile messages are refused clearly', async (t) => {
  const { app } = await build(t);
  const post = (payload: string, headers: object = {}) =>
    app.inject({ method: 'POST', url: '/mcp', headers: { ...HEADERS, ...headers }, payload });
  const call = (parameters: unknown) => ({
    ...MESSAGE,
    method: 'tools/call',
    params: { name: 'search_forecasts', arguments: parameters },
  });
  const cases: readonly (readonly [string, Promise<{ statusCode: number; body: string }>, number, RegExp])[] =
    [
      ['many messages in one', post(JSON.stringify(Array(1000).fill(MESSAGE))), 400, /one JSON-RPC message/],
      ['no JSON', post('{'), 400, /not valid JSON/],
      ['no body', post(''), 400, /one JSON-RPC message/],
      ['no object', post('null'), 400, /one JSON-RPC message/],
      ['a long body', post(JSON.stringify(call({ q: 'x'.repeat(70_000) }))), 413, /larger/],
      [
        'another type',
        post('a=1', { 'content-type': 'application/x-www-form-urlencoded' }),
        415,
        /media type/,
      ],
      [
        'a key twice',
        post('{"jsonrpc":"2.0","id":1,"id":2,"method":"ping"}'),
        400,
        /twice|repeated|more than once/,
      ],
      ['a wrong key', post(JSON.stringify(MESSAGE), { authorization: 'Bearer fl_x' }), 401, /key/i],
      ['no message of the protocol', post('{"a":1}'), 400, /error/],
      ['a prototype', post('{"__proto__":{"a":1}}'), 400, /JSON/],
      [
        'nested deeply',
        post(JSON.stringify(call(JSON.parse(`${'['.repeat(3000)}${']'.repeat(3000)}`)))),
        200,
        /no parameter|-32/,
      ],
      [
        'a stream of news',
        post(JSON.stringify({ ...MESSAGE, method: 'subscriptions/listen' })),
        200,
        /error/,
      ],
    ];
  for (const [what, answered, status, words] of cases) {
    const { statusCode, body } = await answered;
    t.ok(
      [status, status === 200 ? 400 : status].includes(statusCode),
      `${what}: ${statusCode} ${body.slice(0, 200)}`,
    );
    t.match(body, words, what);
  }
  for (const method of ['GET', 'DELETE'] as const) {
    const { statusCode, headers } = await app.inject({ method, url: '/mcp' });
    t.equal(statusCode, 405);
    t.match(headers.allow, /POST/);
  }
});

test('calls are bounded as requests of the API are', async (t) => {
  const service = await build(t, { REQUEST_LIMIT: '1', CACHE_BYTES: '0' });
  const agent = await agentOf(t, service);
  const replies = await Promise.all(
    Array.from({ length: 8 }, () => agent.call('search_forecasts', { q: '5g' })),
  );
  t.ok(
    replies.some(({ isError, text }) => isError && /serviceOverloaded/.test(text)),
    'those that are too many are told so',
  );
  t.ok(
    replies.some(({ isError }) => !isError),
    'others are answered',
  );
  const { isError } = await agent.call('search_forecasts', { q: '5g' });
  t.notOk(isError, 'and later again');
});

test('replies are of one state of the ledger while it is written to', async (t) => {
  const service = await buildForWriting(t);
  const agent = await agentOf(t, service);
  const id = 'haitong-2020-new-infrastructure-2020';
  const { data } = await service.get<{ data: object }>(`/v1/forecasts/${id}`);
  let isWriting = true;
  let written = 0;
  const writes = (async () => {
    while (isWriting) {
      service.later();
      const confidence = ['high', 'medium'][written % 2];
      const again = { ...data, revision: undefined, recordedAt: undefined, confidence };
      await service.write('PUT', `/v1/forecasts/${id}?reason=again`, again, { 'if-match': '*' });
      written += 1;
    }
  })();
  let shown = 0;
  for (let at = 0; at < 20; at += 1) {
    const reply = await agent.ask('get_forecast', { forecast: id });
    const then = await service.get<{ data: Row }>(pathOf(reply.address));
    t.equal(then.data.revision, reply.revision, `${reply.address}`);
    shown = Number(reply.revision);
  }
  isWriting = false;
  await writes;
  t.ok(written > 2 && shown > 1, `${written} written, ${shown} shown`);
});

test('nothing of the protocol is loaded before somebody asks', async (t) => {
  const before = loaded.length;
  const { app } = await build(t);
  await app.inject('/v1/forecasts?limit=1');
  // The test's own client is loaded before; this looks at what is resolved from the service.
  const server = /@modelcontextprotocol\/server|agents\/(?:server|tools)/;
  t.strictSame(
    loaded.slice(before).filter((url) => server.test(url)),
    [],
  );
});
