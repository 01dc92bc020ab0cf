import { existsSync, readFileSync } from 'node:fs';
import { test } from 'tap';
import type { ReadFigure, Reading } from '../../../src/analysis/readings/schemas.ts';
import type { ProblemDocument } from '../../../src/http/message/problem.ts';
import type { TestApp } from '../../helpers/build.ts';
import { build } from '../../helpers/build.ts';
import { makeKey } from '../../helpers/keys.ts';

const ARTICLE = new URL('../../../../shared/documents/000_59336e36fe569c7a.txt', import.meta.url);
const skip = existsSync(ARTICLE) ? false : 'the document is not on this machine';

type Reads = (body: object) => Promise<Reading>;

function reader({ request }: Pick<TestApp, 'request'>): Reads {
  return async (body) => {
    const response = await request({ method: 'POST', url: '/v1/readings', payload: body });
    if (response.statusCode !== 200) throw new Error(response.body);
    return response.json<Reading>();
  };
}

/** Of a figure, what it is read as. */
function told({ text, amount, converts, drives, period, draft, matches }: ReadFigure) {
  const { forecaster, sector, measure, region } = draft ?? {};
  return {
    text,
    value: amount?.value ?? amount?.low,
    currency: amount?.currency,
    converts,
    drives,
    period: period?.stated ?? null,
    subject: draft === null ? null : [forecaster, sector, measure, region],
    matches: matches.map(({ forecast, by }) => `${forecast} ${by}`).filter((id) => !id.startsWith('fc-')),
  };
}

test('the article of the seeds: each of its figures, and what is on record of them', { skip }, async (t) => {
  const read = reader(await build(t));
  const text = readFileSync(ARTICLE, 'utf8');
  const { data, meta } = await read({ text, language: 'en', publishedOn: '2020-05-25' });
  t.match(meta, { figures: 6, language: 'en', compared: true });
  const haitong = (measure: string) => ['haitong-securities', 'new-infrastructure', measure, 'CN'];
  t.match(data.map(told), [
    {
      text: '3 trillion yuan',
      value: '3000000000000',
      period: { kind: 'year', start: '2020-01-01', end: '2020-12-31' },
      subject: haitong('directInvestment'),
      matches: ['haitong-2020-new-infrastructure-2020 amount'],
    },
    {
      value: '420000000000',
      currency: 'USD',
      converts: 0,
      subject: null,
      matches: ['haitong-2020-new-infrastructure-2020 statedConversion'],
    },
    {
      value: '10000000000000',
      drives: [3],
      period: { kind: 'window', start: '2020-01-01', end: '2024-12-31', inferred: ['start', 'end'] },
      subject: haitong('directInvestment'),
      matches: ['haitong-2020-new-infrastructure-five-years amount'],
    },
    {
      value: '17100000000000',
      converts: null,
      period: null,
      subject: haitong('inducedInvestment'),
      matches: ['haitong-2020-new-infrastructure-induced amount'],
    },
    {
      value: '1200000000000',
      drives: [5],
      period: { kind: 'cumulativeTo', end: '2025-12-31' },
      subject: ['caict', '5g', 'directInvestment', 'CN'],
      matches: ['caict-2020-5g-network-to-2025 amount'],
    },
    {
      value: '24000000000000',
      subject: ['caict', '5g', 'economicOutput', 'CN'],
      matches: ['caict-2020-5g-economic-output amount'],
    },
  ]);
  t.match(data[0]?.draft?.statedConversions, [{ amount: { value: '420000000000', currency: 'USD' } }]);
  const points = [...text];
  for (const { span, text: printed, sentence } of data) {
    t.equal(points.slice(span.start, span.end).join(''), printed);
    t.equal(points.slice(sentence.span.start, sentence.span.end).join(''), sentence.text);
  }
});

const PARAGRAPH =
  'Haitong Securities now expects that investment in new infrastructure in China will reach 2.5 trillion yuan in 2020. The market for cloud computing was $4 billion.';

test('another sum for what is on record is a conflict, and an open currency is refused in words', async (t) => {
  const { data } = await reader(await build(t))({ text: PARAGRAPH, language: 'en' });
  t.equal(data.length, 2);
  t.strictSame(data[0]?.matches, []);
  t.ok(data[0]?.conflicts.some(({ forecast }) => forecast === 'haitong-2020-new-infrastructure-2020'));
  t.match(data[0]?.conflicts[0]?.href, /\/v1\/forecasts\//);
  t.match(data[1], {
    amount: null,
    refusal: { code: 'currencyOpen', message: /left open/ },
    draft: null,
    matches: [],
    candidates: {
      sector: [{ id: 'cloud-computing', name: 'Cloud computing', reason: 'name', nearness: 'sentence' }],
    },
  });
  const read = reader(await build(t));
  const told = await read({ text: PARAGRAPH, language: 'en', currency: 'USD' });
  t.match(told.data[1]?.amount, { value: '4000000000', currency: 'USD' });
});

test('the same claim is found in another currency, at the rate of its publication', async (t) => {
  const read = reader(await build(t));
  const { data } = await read({
    text: 'Haitong expects investment of about 386 billion euros in new infrastructure in China in 2020.',
    language: 'en',
  });
  t.match(
    data[0]?.matches.find(({ forecast }) => forecast === 'haitong-2020-new-infrastructure-2020'),
    { by: 'rate', amount: { currency: 'CNY', value: '3000000000000' } },
  );
});

test('a draft names no sector that stands far behind its figure', async (t) => {
  const { data } = await reader(await build(t))({
    text: 'China will spend 10 trillion yuan through 2025 on everything that has a plug, from wireless networks to AI.',
    language: 'en',
  });
  t.match(data, [{ candidates: { sector: [{ id: 'artificial-intelligence' }] } }]);
  t.strictSame(data[0]?.missing.toSorted(), ['collection', 'forecaster', 'sector', 'source']);
});

test('a draft is taken by POST with what it says is missing', async (t) => {
  const app = await build(t);
  const { headers } = await makeKey(app, 'write');
  const send = async (url: string, payload: object) => {
    const response = await app.request({ method: 'POST', url, headers, payload });
    t.equal(response.statusCode, 201, response.body);
    return response.json<{ data: object }>();
  };
  const text = '海通证券预计，2021年新基建投资将达4万亿元（约6200亿美元），带动产值9万亿元。';
  await send('/v1/sources', {
    ...{ id: 'paste-2021', title: 'Pasted', publisher: 'Desk', attribution: 'Desk, 1 May 2021' },
    ...{ publishedOn: '2021-05-01', language: 'zh', text },
  });
  await send('/v1/collections', { id: 'desk', name: 'Desk', description: 'Ours.' });
  const read = reader(app);
  const { data, meta } = await read({ source: 'paste-2021' });
  t.match(meta, { language: 'zh', publishedOn: '2021-05-01' });
  t.equal(data.length, 3);
  const [first, , third] = data;
  t.strictSame(first?.missing, ['region', 'collection']);
  t.match(first?.draft, {
    source: 'paste-2021',
    forecaster: 'haitong-securities',
    sector: 'new-infrastructure',
  });
  const added = { id: 'pasted', collection: 'desk', region: 'CN', ...first?.draft };
  t.match(await send('/v1/forecasts', added), {
    data: { evidence: [{ status: 'located' }, { supports: 'statedConversion', status: 'located' }] },
  });
  t.match(third, { converts: null, draft: { measure: 'economicOutput' }, matches: [] });
  const again = await read({ source: 'paste-2021' });
  t.match(again.data[0]?.matches, [{ forecast: 'pasted', by: 'amount' }]);
  t.match(again.data[1]?.matches, [{ forecast: 'pasted', by: 'statedConversion' }]);
});

test('a conversion far from the rate of its day is told, and one that is near, or has no rate or day, is not', async (t) => {
  const read = reader(await build(t));
  const warned = async (text: string, more: object = { publishedOn: '2020-05-25' }) =>
    (await read({ text, language: 'en', ...more })).data.map(({ warnings }) => warnings);
  const wrong = 'It will invest 283 billion yuan (US$42 million) in 5G.';
  t.strictSame(await warned(wrong), [
    [
      {
        code: 'conversionFarFromRate',
        field: 'statedConversions.0.amount',
        message:
          'implies 6738 CNY per USD, and the reference rate of 2020-05-25 is 7.136: look whether both sums are as printed',
      },
    ],
    [],
  ]);
  for (const [text, more] of [
    ['It will invest 283 billion yuan (US$42 billion) in 5G.', { publishedOn: '2020-05-25' }],
    [wrong, {}],
    [wrong, { publishedOn: '1998-05-25' }],
    ['It will invest 2-4 trillion yuan (up to US$600 billion) in 5G.', { publishedOn: '2020-05-25' }],
    ['It will invest 283 billion yuan (1 million Vietnamese dong) in 5G.', { publishedOn: '2020-05-25' }],
  ] as const)
    t.strictSame(await warned(text, more), [[], []], JSON.stringify([text, more]));
  for (const [dollars, isFar] of [
    ['26.1', true],
    ['26.5', false],
    ['59.2', false],
    ['59.8', true],
  ] as const)
    t.equal(
      (await warned(`It will invest 283 billion yuan (US$${dollars} billion).`))[0]?.length,
      isFar ? 1 : 0,
      dollars,
    );
});

test('what cannot be read is refused by its field', async (t) => {
  const { request } = await build(t);
  const refused = async (payload: object): Promise<ProblemDocument> => {
    const response = await request({ method: 'POST', url: '/v1/readings', payload });
    return response.json<ProblemDocument>();
  };
  t.match(await refused({}), { status: 400, errors: [{ in: 'body', name: 'text' }] });
  t.match(await refused({ text: 'x', source: 'y' }), { status: 400, errors: [{ name: 'text' }] });
  t.match(await refused({ text: 'x', langauge: 'en' }), {
    status: 400,
    errors: [{ suggestion: 'language' }],
  });
  t.match(await refused({ text: 'x', language: 'english!' }), {
    status: 400,
    errors: [{ name: 'language' }],
  });
  t.match(await refused({ text: 'a\0b' }), {
    status: 422,
    errors: [{ name: 'text', code: 'nullCharacter' }],
  });
  t.match(await refused({ source: 'china-banking-news-2020-05-52' }), {
    status: 422,
    errors: [{ name: 'source', code: 'unknownId', suggestion: 'china-banking-news-2020-05-25' }],
  });
  t.match(await refused({ source: 'china-banking-news-2020-05-25' }), {
    status: 422,
    errors: [{ name: 'source', code: 'textNotHeld' }],
  });
  t.match(await refused({ text: 'é'.repeat(524_289) }), { status: 400, errors: [{ name: 'text' }] });
});

test('an address has so much text read in a minute, and is told so', async (t) => {
  const { request } = await build(t);
  const send = (text: string, remoteAddress: string) =>
    request({ method: 'POST', url: '/v1/readings', payload: { text }, remoteAddress });
  const first = await send('Nothing.', '192.0.2.7');
  t.match(first.headers, {
    ratelimit: '"readings";r=119;t=60',
    'ratelimit-policy': '"readings";q=120;w=60',
    'cache-control': 'no-store',
  });
  const long = 'Nothing here.\n\n'.repeat(6000);
  let last = first;
  for (let sent = 0; sent < 30 && last.statusCode === 200; sent += 1) last = await send(long, '192.0.2.7');
  t.match(last, { statusCode: 429, headers: { 'retry-after': /^\d+$/ } });
  t.match(last.json<ProblemDocument>(), { code: 'tooManyReadings' });
  t.equal((await send('Nothing.', '192.0.2.8')).statusCode, 200, 'another address');
});

test('a long text is read on another thread, as it would be here', async (t) => {
  const app = await build(t);
  const paragraph = `${PARAGRAPH}\n\n`;
  const short = await reader(app)({ text: paragraph, language: 'en' });
  const long = await reader(app)({ text: paragraph.repeat(1000), language: 'en' });
  t.equal(long.meta.figures, 2000);
  t.equal(long.data.length, 1000);
  for (const at of [0, 1])
    t.strictSame({ ...long.data[at], candidates: null }, { ...short.data[at], candidates: null });
});
