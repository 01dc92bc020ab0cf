import type { LightMyRequestResponse } from 'fastify';
import type { Test } from 'tap';
import { test } from 'tap';
import type { ProblemDocument } from '../../../src/http/message/problem.ts';
import type { Forecast, RecordReceipt } from '../../../src/ledger/records/schemas.ts';
import { makeKey } from '../../helpers/keys.ts';
import type { WritingApp } from '../../helpers/ledger.ts';
import { buildForWriting } from '../../helpers/ledger.ts';

const IN_2020 = { start: '2020-01-01', end: '2020-12-31', asStated: 'in 2020' };

/** As little as a forecast of the seeded ledger needs whose phrase states its amount. */
const SMALL = {
  collection: 'seed-documents',
  source: 'china-banking-news-2020-05-25',
  forecaster: 'caict',
  sector: '5g',
  measure: 'directInvestment',
  region: 'CN',
  period: IN_2020,
};

function small(phrase: string, more: object = {}): object {
  return { ...SMALL, evidence: { phrase }, ...more };
}

async function added(
  t: Test,
  { send }: Pick<WritingApp, 'send'>,
  body: object,
  path = '/v1/forecasts',
): Promise<RecordReceipt> {
  const response = await send('POST', path, body);
  t.equal(response.statusCode, 201, response.body);
  return response.json();
}

function faultsOf(t: Test, response: LightMyRequestResponse): ProblemDocument['errors'] {
  t.equal(response.statusCode, 422, response.body);
  return response.json<ProblemDocument>().errors;
}

test('an amount is read from the phrase, in the language of the source', async (t) => {
  const app = await buildForWriting(t);
  const cases = [
    ['en', 'would total more than 3 trillion yuan', 'atLeast', '3000000000000', 'CNY', '3 trillion yuan'],
    ['zh-CN', '投资约1.2万亿元', 'approximately', '1200000000000', 'CNY', '1.2万亿元'],
    ['zh-TW', '投資約1.2兆元', 'approximately', '1200000000000', 'TWD', '1.2兆元'],
    ['de', 'bis zu 1,5 Billionen Euro', 'atMost', '1500000000000', 'EUR', '1,5 Billionen Euro'],
  ] as const;
  for (const [language, phrase, qualifier, value, currency, asStated] of cases) {
    const source = `in-${language.toLowerCase()}`;
    const document = {
      id: source,
      title: source,
      publisher: 'x',
      publishedOn: null,
      language,
      attribution: 'x',
    };
    await app.write('POST', '/v1/sources', { ...document, text: `“${phrase}”` });
    const { data } = await added(t, app, small(phrase, { source, id: source }));
    t.match(data.evidence, [{ start: 1, status: 'located' }]);
    const low = qualifier === 'atLeast' ? value : null;
    const high = qualifier === 'atMost' ? value : null;
    const amount = { value, low, high, qualifier, currency, asStated, interpretation: null };
    t.strictSame(data.filledIn?.amount, amount, language);
    const shown = await app.get<{ data: Forecast }>(`/v1/forecasts/${source}`);
    t.strictSame(shown.data.amount, amount, 'what was read is what is recorded');
  }
});

test('parts of an amount are enough where the rest follows, or is in the words', async (t) => {
  const app = await buildForWriting(t);
  const phrase = 'as much as $3 trillion, after 2 trillion yuan';
  const amount = { value: '3000000000000', currency: 'USD', asStated: '$3 trillion' };
  const whole = { ...amount, low: null, high: '3000000000000', qualifier: 'atMost' };
  const parts = [
    { ...amount, qualifier: 'atMost' },
    { currency: 'USD', asStated: '$3 trillion' },
    { high: '3000000000000', currency: 'USD', asStated: '$3 trillion' },
    { qualifier: 'atMost', currency: 'USD', asStated: '$3 trillion' },
  ];
  for (const [at, given] of parts.entries()) {
    const { data } = await added(
      t,
      app,
      small(phrase, {
        id: `parts-${at}`,
        amount: given,
        notes: `${at}`,
        region: ['CN', 'US', 'DE', 'FR'][at],
      }),
    );
    t.match(data.filledIn?.amount, whole, JSON.stringify(given));
  }
  const indefinite = await added(t, app, small('several dozen trillion yuan'));
  t.match(indefinite.data.filledIn?.amount, { qualifier: 'indefinite', value: null, low: '24000000000000' });
  const contradicting = await app.send(
    'POST',
    '/v1/forecasts',
    small(phrase, { amount: { value: '4000000000000', asStated: '$3 trillion', currency: 'USD' } }),
  );
  t.match(faultsOf(t, contradicting), [
    {
      name: 'amount.value',
      code: 'phraseStatesAnotherAmount',
      message: /which is 3000000000000: leave it out/,
    },
  ]);
});

test('a phrase that does not say the amount is refused, at the field that would say it', async (t) => {
  const app = await buildForWriting(t);
  const refused = async (phrase: string, fault: object, more: object = {}): Promise<string> => {
    const [first] = faultsOf(t, await app.send('POST', '/v1/forecasts', small(phrase, more)));
    t.match(first, fault, phrase);
    return first?.message ?? '';
  };
  const several = await refused('3 trillion yuan, then 10 trillion yuan', {
    name: 'amount.asStated',
    code: 'severalFigures',
    allowed: ['3 trillion yuan', '10 trillion yuan'],
  });
  t.match(several, /is needed.* More than one amount can be read .*"3 trillion yuan", "10 trillion yuan"/);
  t.match(
    await refused('a great deal of money', { name: 'amount', code: 'noFigure' }),
    /No amount can be read/,
  );
  await refused(
    'a total of $3 billion',
    { name: 'amount.asStated', code: 'noFigure' },
    { amount: { asStated: '4 billion' } },
  );
  await refused('a total of 3 billion', { name: 'amount.currency', code: 'currencyOpen' });
  await refused('minus 3 billion yuan', { name: 'amount', code: 'negativeFigure' });
  const conversion = { statedConversions: [{ evidence: { phrase: 'some dollars' } }] };
  await refused('3 trillion yuan', { name: 'statedConversions.0.amount', code: 'noFigure' }, conversion);
  const faults = faultsOf(
    t,
    await app.send('POST', '/v1/forecasts', small('no sum', { sector: '5-g', measure: 'none' })),
  );
  t.match(
    faults.map(({ name }) => name),
    ['amount', 'sector', 'measure'],
    'with all else that is wrong',
  );
  const unknown = await app.send('POST', '/v1/forecasts', small('3 trillion yuan', { source: 'nobody' }));
  t.match(faultsOf(t, unknown), [{ name: 'source', code: 'unknownId' }], 'its language is not known');
});

test('the receipt warns of a conversion far from the rate of its day, by its field', async (t) => {
  const app = await buildForWriting(t);
  const phrase = '283 billion yuan (US$42 million, or 37 billion euros)';
  const statedConversions = ['US$42 million', '37 billion euros'].map((words) => ({
    evidence: { phrase: words },
  }));
  const warned = async (body: object, id: string) => {
    const { data } = await added(t, app, {
      ...body,
      id,
      notes: id,
      amount: { asStated: '283 billion yuan', currency: 'CNY' },
    });
    return data.warnings;
  };
  const body = small(phrase, { statedConversions });
  t.match(await warned(body, 'wrong'), [
    {
      code: 'conversionFarFromRate',
      field: 'statedConversions.0.amount',
      message: /^implies 6738 CNY per USD,/,
    },
  ]);
  const { data, meta } = await app.get<{ data: Forecast; meta: { revisionTag: string } }>(
    '/v1/forecasts/wrong',
  );
  const again = await app.send('PUT', '/v1/forecasts/wrong?reason=same&dryRun=true', data, {
    'if-match': meta.revisionTag,
  });
  t.match(again.json(), { data: { changed: false, warnings: [{ field: 'statedConversions.0.amount' }] } });
  const right = { statedConversions: statedConversions.slice(1), region: 'US' };
  t.equal(await warned({ ...body, ...right }, 'right'), undefined);
  const source = {
    id: 'undated',
    title: 'x',
    publisher: 'x',
    publishedOn: null,
    language: 'en',
    attribution: 'x',
  };
  await app.write('POST', '/v1/sources', source);
  t.equal(await warned({ ...body, source: 'undated', region: 'DE' }, 'undated'), undefined);
});

test("the document's own conversions are read as well", async (t) => {
  const app = await buildForWriting(t);
  const phrase = '3 trillion yuan (approx. USD$420 billion)';
  const body = small(phrase, { statedConversions: [{ evidence: { phrase: 'approx. USD$420 billion' } }] });
  const { data } = await added(t, app, body);
  t.match(data.filledIn?.statedConversions, [
    { value: '420000000000', currency: 'USD', qualifier: 'approximately' },
  ]);
  const shown = await app.get<{ data: Forecast }>(`/v1/forecasts/${data.id}`);
  t.match(shown.data.statedConversions, [{ impliedRate: { rate: '7.14285714286' } }]);
});

test('what follows from the dates of a period may be left out', async (t) => {
  const app = await buildForWriting(t);
  const cases = [
    [
      { start: '2020-01-01', end: '2020-12-31' },
      { kind: 'year', years: 1, inferred: [], asStated: null },
    ],
    [
      { start: '2020-01-01', end: '2025-12-31' },
      { kind: 'window', years: 6 },
    ],
    [{ end: '2025-12-31' }, { kind: 'cumulativeTo', start: null, years: null }],
  ] as const;
  for (const [period, expected] of cases) {
    const { data } = await added(t, app, small('3 trillion yuan', { period }));
    t.match(data.filledIn?.period, { ...period, ...expected }, JSON.stringify(period));
  }
  for (const period of [{ start: '2020-01-01' }, {}, undefined]) {
    const response = await app.send('POST', '/v1/forecasts', small('3 trillion yuan', { period }));
    t.match(faultsOf(t, response), [{ name: 'period', code: 'noPeriod' }], JSON.stringify(period));
  }
  const wrong = await app.send(
    'POST',
    '/v1/forecasts',
    small('3 trillion yuan', { period: { ...IN_2020, years: 2 } }),
  );
  t.match(faultsOf(t, wrong), [{ name: 'period.years' }], 'what is given is not put right');
});

test('a period is read from the words that state it, or from the phrase', async (t) => {
  const app = await buildForWriting(t);
  const inYear = { start: '2020-01-01', end: '2020-12-31', kind: 'year', years: 1, inferred: [] };
  const nextFive = {
    start: '2020-01-01',
    end: '2024-12-31',
    kind: 'window',
    years: 5,
    inferred: ['start', 'end'],
  };
  const cases = [
    ['will total 3 trillion yuan in 2020', undefined, { ...inYear, asStated: 'in 2020' }],
    ['3 trillion yuan', { asStated: 'in 2020' }, { ...inYear, asStated: 'in 2020' }],
    [
      '4 trillion yuan by 2025, not in 2020',
      { asStated: '2020', kind: 'year' },
      { ...inYear, asStated: '2020' },
    ],
    ['10 trillion yuan over the next five years', {}, nextFive],
    ['2025年将达到10万亿元人民币', undefined, { start: '2025-01-01', kind: 'year' }],
    ['2 trillion yuan a year', undefined, { kind: 'perYear', start: null, end: null, years: null }],
  ] as const;
  for (const [phrase, period, expected] of cases) {
    const language = phrase.startsWith('2025') ? { source: 'cnr-2017-06-13-caict-5g-white-paper' } : {};
    const { data } = await added(t, app, small(phrase, { period, ...language }));
    t.match(data.filledIn?.period, expected, phrase);
    const { data: shown } = await app.get<{ data: Forecast }>(`/v1/forecasts/${data.id}`);
    t.strictSame(shown.period, data.filledIn?.period, 'what was read is what is recorded');
  }
  const refused = async (phrase: string, period: object | undefined, fault: object) =>
    t.match(faultsOf(t, await app.send('POST', '/v1/forecasts', small(phrase, { period }))), [fault], phrase);
  await refused('3 trillion yuan', undefined, {
    name: 'period',
    code: 'noPeriod',
    message: /is needed.* No period can be read/,
  });
  await refused('3 trillion yuan', { asStated: 'soon' }, { name: 'period.asStated', code: 'noPeriod' });
  await refused('3 trillion yuan in 2020 and in 2022', undefined, {
    name: 'period.asStated',
    code: 'severalPeriods',
    allowed: ['in 2020', 'in 2022'],
  });
  await refused('3 trillion yuan in FY2021', undefined, {
    name: 'period',
    code: 'ambiguousPeriod',
    message: /fiscal year/,
  });
  await refused(
    '3 trillion yuan in 2020',
    { start: '2021-01-01' },
    {
      name: 'period.start',
      code: 'wordsStateAnotherPeriod',
      message: /"in 2020" states, which is 2020-01-01/,
    },
  );
});

test('an id is made of who, what and when; a measure and a digest tell what would collide', async (t) => {
  const app = await buildForWriting(t);
  const made = async (body: object, path?: string): Promise<string> => {
    const { data } = await added(t, app, body, path);
    t.match(data.filledIn?.defaults[0], { field: 'id', value: data.id });
    return data.id;
  };
  const response = await app.send('POST', '/v1/forecasts', small('3 trillion yuan'), {
    host: 'ledger.example',
  });
  t.equal(response.headers.location, 'http://ledger.example/v1/forecasts/caict-5g-2020');
  t.equal(response.headers.etag, '"caict-5g-2020-r1"');
  t.match(response.json(), { data: { id: 'caict-5g-2020' } });
  t.equal(
    await made(small('4 trillion yuan', { measure: 'inducedInvestment' })),
    'caict-5g-2020-induced-investment',
  );
  const third = await made(small('5 trillion yuan', { measure: 'inducedInvestment' }));
  t.match(third, /^caict-5g-2020-induced-investment-[0-9a-f]{8}$/);
  const period = (more: object) => small('3 trillion yuan', { period: more });
  t.equal(await made(period({ start: '2020-01-01', end: '2025-12-31' })), 'caict-5g-2020-2025');
  t.equal(await made(period({ end: '2025-12-31' })), 'caict-5g-by-2025');
  t.equal(await made(period({ end: '2025-06-30' })), 'caict-5g-by-2025-06-30');
  t.equal(await made(period({ start: '2022-01-01', end: '2022-09-30' })), 'caict-5g-2022-2022-09-30');
  t.equal(await made(period({ years: 5 })), 'caict-5g-5-years');
  t.equal(await made(period({ kind: 'perYear' })), 'caict-5g-a-year');
  t.equal(await made(period({ kind: 'unstated' })), 'caict-5g-undated');
  t.equal(
    await made(small('6 trillion yuan', { forecaster: null })),
    'china-banking-news-2020-05-25-5g-2020',
    'where nobody is named, of the document',
  );
  const { forecaster: reportedBy, ...outcome } = small('7 trillion yuan') as typeof SMALL;
  t.equal(
    await made({ ...outcome, reportedBy }, '/v1/outcomes'),
    'caict-5g-2020-direct-investment',
    'no other kind of record has it either',
  );
});

test('the same record without an id is not added twice', async (t) => {
  const app = await buildForWriting(t);
  const body = small('3 trillion yuan');
  const { data, meta } = await added(t, app, body);
  const again = await app.send('POST', '/v1/forecasts', body);
  t.equal(again.statusCode, 409, again.body);
  t.match(again.json(), { code: 'duplicateClaim', errors: [{ suggestion: data.id }] });
  const another = await app.send('POST', '/v1/forecasts?allowDuplicate=true', body);
  t.match(another.json(), { data: { id: 'caict-5g-2020-direct-investment' } });
  const match = { 'if-match': String(meta.revisionTag) };
  await app.write('DELETE', `/v1/forecasts/${data.id}?reason=wrong`, undefined, match);
  const deleted = await app.send('POST', '/v1/forecasts', body);
  t.match(deleted.json(), { code: 'idTaken' }, 'what was deleted does not come back by itself');
  t.equal(
    (await app.send('POST', '/v1/forecasts', { ...body, id: 'anew' })).statusCode,
    409,
    'the duplicate is there',
  );
});

test('with an Idempotency-Key the same request without an id gets the same answer', async (t) => {
  const app = await buildForWriting(t);
  const send = () =>
    app.send('POST', '/v1/forecasts', small('3 trillion yuan'), { 'idempotency-key': 'once' });
  const [first, second] = [await send(), await send()];
  t.equal(first.statusCode, 201, first.body);
  t.equal(second.headers['idempotency-replayed'], 'true');
  t.equal(second.body, first.body);
  t.equal(second.headers.location, first.headers.location);
});

test('scope and confidence have defaults, which a correction does not bring back', async (t) => {
  const app = await buildForWriting(t);
  const { data } = await added(t, app, small('3 trillion yuan'));
  t.strictSame(data.filledIn?.defaults, [
    { field: 'id', value: 'caict-5g-2020' },
    { field: 'scope', value: 'national' },
    { field: 'confidence', value: 'medium' },
  ]);
  const given = { scope: 'three-operators', confidence: 'low', notes: 'x' };
  const second = await added(t, app, small('also 3 trillion yuan', { id: 'all', ...given }));
  t.strictSame(second.data.filledIn?.defaults, []);
  const { meta } = await app.get<{ meta: { revisionTag: string } }>('/v1/forecasts/all');
  const { collection: _, ...body } = small('4 trillion yuan') as typeof SMALL;
  const revised = await app.write('PUT', '/v1/forecasts/all?reason=read', body, {
    'if-match': meta.revisionTag,
  });
  t.strictSame(revised.data.filledIn?.defaults, [
    { field: 'collection', value: 'seed-documents' },
    { field: 'scope', value: 'three-operators' },
    { field: 'confidence', value: 'low' },
  ]);
  t.match(revised.data.filledIn?.amount, { value: '4000000000000' });
});

test('what was handed in whole has no receipt of what was filled in', async (t) => {
  const app = await buildForWriting(t);
  const { data } = await app.get<{ data: Forecast }>('/v1/forecasts/haitong-2020-new-infrastructure-2020');
  const receipt = await added(
    t,
    app,
    { ...data, id: 'copy', relations: [] },
    '/v1/forecasts?allowDuplicate=true',
  );
  t.equal(receipt.data.filledIn, undefined);
});

test('six fields are enough, in each language of documents', async (t) => {
  const app = await buildForWriting(t);
  const { headers } = await makeKey(app, 'write', { name: 'desk', collection: 'seed-documents' });
  const cases = [
    ['en', 'In 2026, investment will reach 60 billion yuan.', '60000000000', 'CNY', 'In 2026'],
    ['zh-CN', '预计2026年投资将达到600亿元。', '60000000000', 'CNY', '2026年'],
    ['ja', '2026年の投資額は600億円に達する。', '60000000000', 'JPY', '2026年'],
    ['ko', '2026년에 투자는 600억 원에 이를 것이다.', '60000000000', 'KRW', '2026년'],
  ] as const;
  for (const [language, text, value, currency, inYear] of cases) {
    const source = `note-${language.toLowerCase()}`;
    const document = { title: source, publisher: 'x', publishedOn: '2025-11-28', language, attribution: 'x' };
    await app.write('POST', '/v1/sources', { id: source, ...document, text });
    const phrase = text.slice(0, -1);
    const smallest = {
      source,
      forecaster: 'caict',
      sector: 'uhv',
      measure: 'directInvestment',
      region: 'CN',
      evidence: { phrase },
    };
    const response = await app.send('POST', '/v1/forecasts?allowDuplicate=true', smallest, headers);
    t.equal(response.statusCode, 201, response.body);
    const { data } = response.json<RecordReceipt>();
    t.match(data.evidence, [{ start: 0, status: 'located' }]);
    t.match(
      data.filledIn?.amount,
      { value, low: value, high: value, qualifier: 'exact', currency },
      language,
    );
    t.match(data.filledIn?.period, {
      start: '2026-01-01',
      end: '2026-12-31',
      kind: 'year',
      years: 1,
      asStated: inYear,
    });
    t.strictSame(
      data.filledIn?.defaults.map(({ field, value: filled }) => `${field} ${filled}`),
      [`id ${data.id}`, 'collection seed-documents', 'scope national', 'confidence medium'],
    );
    const shown = await app.get<{ data: Forecast }>(`/v1/forecasts/${data.id}`);
    t.match(shown.data, {
      publishedOn: '2025-11-28',
      notes: null,
      corroboration: [],
      statedConversions: [],
      relations: [],
    });
  }
  const missing = await app.send('POST', '/v1/forecasts', { evidence: {} }, headers);
  t.strictSame(
    missing
      .json<ProblemDocument>()
      .errors.map(({ name }) => name)
      .sort(),
    ['evidence.phrase', 'forecaster', 'measure', 'region', 'sector', 'source'],
  );
});

test("a record belongs to its key's collection, unless it says another, and stays where it is", async (t) => {
  const app = await buildForWriting(t);
  const desk = await makeKey(app, 'write', { name: 'desk', collection: 'desk' });
  const { collection: _, ...body } = small('3 trillion yuan') as typeof SMALL;
  const nowhere = await app.send('POST', '/v1/forecasts', body, desk.headers);
  t.match(faultsOf(t, nowhere), [{ name: 'collection', code: 'unknownId' }], 'not made yet');
  await app.write('POST', '/v1/collections', { id: 'desk', name: 'Desk' });
  const first = await app.write('POST', '/v1/forecasts', body, desk.headers);
  t.match(first.data.filledIn?.defaults[1], { field: 'collection', value: 'desk' });
  const said = await app.write(
    'POST',
    '/v1/forecasts?allowDuplicate=true',
    small('3 trillion yuan'),
    desk.headers,
  );
  const { data } = await app.get<{ data: Forecast; meta: { revisionTag: string } }>(
    `/v1/forecasts/${said.data.id}`,
  );
  t.equal(data.collection, 'seed-documents');
  const match = { ...desk.headers, 'if-match': String(said.meta.revisionTag) };
  const revised = await app.write(
    'PUT',
    `/v1/forecasts/${said.data.id}?reason=x`,
    { ...body, notes: 'x' },
    match,
  );
  t.match(revised.data.filledIn?.defaults[0], { field: 'collection', value: 'seed-documents' });
});

test('a record needs a collection, where its key has none', async (t) => {
  const app = await buildForWriting(t);
  const { collection: _, ...body } = small('3 trillion yuan') as typeof SMALL;
  t.match(faultsOf(t, await app.send('POST', '/v1/forecasts', body)), [
    { name: 'collection', code: 'missingParameter', message: /the key has no collection/ },
  ]);
});

test('a fiscal year is read by the calendar of the region, where it holds for whoever speaks', async (t) => {
  const app = await buildForWriting(t);
  for (const [id, kind] of [
    ['union-budget', 'government'],
    ['chipmaker', 'company'],
    ['other-ministry', 'government'],
  ])
    await app.send('POST', '/v1/forecasters', { id, name: id, kind, country: 'IN' });
  const body = (forecaster: string, region: string, phrase: string, more: object = {}) =>
    small(phrase, { forecaster, region, period: undefined, ...more });
  const outlay = '₹11.2 lakh crore in FY2025/26';
  const days = { start: '2025-04-01', end: '2026-03-31', kind: 'window', years: 1, asStated: 'in FY2025/26' };
  const { data } = await added(t, app, body('union-budget', 'IN', outlay));
  t.match(data.filledIn, {
    amount: { value: '11200000000000', currency: 'INR' },
    period: { ...days, inferred: ['start', 'end'] },
  });
  await added(t, app, body('other-ministry', 'IN', '₹10 lakh crore in 2025-26'));
  const open = { name: 'period', code: 'ambiguousPeriod', message: /fiscal year begins/ };
  for (const [forecaster, region, phrase] of [
    ['chipmaker', 'US', 'US$80 billion in FY2025'],
    ['chipmaker', 'JP', 'US$80 billion in FY2025'],
    ['union-budget', 'DE', 'US$80 billion in FY2025'],
  ] as const)
    t.match(faultsOf(t, await app.send('POST', '/v1/forecasts', body(forecaster, region, phrase))), [open]);
  for (const [region, phrase, start] of [
    ['US', 'US$80 billion in FY2025', '2024-10-01'],
    ['JP', '3 trillion yen in the first half of FY2025', '2025-04-01'],
  ])
    t.match((await added(t, app, body('union-budget', region ?? '', phrase ?? ''))).data.filledIn, {
      period: { start },
    });

  const inIndia = async (filter: string) =>
    (
      await app.get<{ data: readonly Forecast[] }>(
        `/v1/forecasts?region=IN&source=china-banking-news-2020-05-25&${filter}`,
      )
    ).data.length;
  t.strictSame(
    await Promise.all(['year=2024', 'year=2025', 'year=2026', 'periodFrom=2026&periodTo=2026'].map(inIndia)),
    [0, 2, 2, 2],
  );
  t.match(await app.get('/v1/facets?region=IN&source=china-banking-news-2020-05-25'), {
    data: {
      year: {
        buckets: [
          { value: '2025', count: 2 },
          { value: '2026', count: 2 },
        ],
      },
    },
  });
  const compared = '/v1/comparisons?sector=5g&measure=directInvestment&region=IN&scope=national';
  t.match(await app.get(`${compared}&periodFrom=2025-04&periodTo=2026-03`), { spread: { count: 2 } });
  t.match(await app.get(`${compared}&year=2025&periodFrom=2025&periodTo=2025`), { spread: null });
});
