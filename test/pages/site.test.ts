import { parseHTML } from 'linkedom';
import type { Test } from 'tap';
import { test } from 'tap';
import type { Scope } from '../../src/http/auth.ts';
import { WORDS } from '../../src/pages/pictures/words.ts';
import type { TestApp } from '../helpers/build.ts';
import { build } from '../helpers/build.ts';
import { makeKey } from '../helpers/keys.ts';
import { buildForWriting, forecastBody } from '../helpers/ledger.ts';
import { HAITONG } from '../helpers/note.ts';

const BROWSER = { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' };

const PAGES = [
  '/',
  '/explore',
  '/explore?sector=5g&convertTo=USD&sort=-amount',
  '/explore?q=zzzz',
  `/forecasts/${HAITONG}?convertTo=USD`,
  '/sectors',
  '/sectors/new-infrastructure',
  '/sectors/new-infrastructure?measure=directInvestment&region=CN&convertTo=USD',
  '/forecasters',
  '/forecasters/caict',
  '/sources',
  '/sources/china-banking-news-2020-05-25',
  '/compare',
  '/compare?sector=new-infrastructure&measure=directInvestment&region=CN&year=2020',
  '/convert',
  '/convert?amount=3000000000000&from=CNY&to=USD&date=2020-05-25',
  '/read',
  '/imports',
  '/errors',
];

/** Path and query of an address. */
function pathOf(address: string): string {
  const { pathname, search } = new URL(address);
  return pathname + search;
}

async function page({ app }: Pick<TestApp, 'app'>, url: string, headers: Record<string, string> = {}) {
  const response = await app.inject({ url, headers: { ...BROWSER, ...headers } });
  const { document } = parseHTML(response.body);
  const text = (selector: string) => document.querySelector(selector)?.textContent?.trim() ?? '';
  return { response, document, text };
}

test('each page is whole without script, small, and asks nobody else for anything', async (t) => {
  const service = await build(t);
  for (const url of PAGES) {
    const { response, document, text } = await page(service, url);
    t.equal(response.statusCode, 200, url);
    t.ok(response.body.length < 50_000, `${url}: ${response.body.length}`);
    t.not(text('h1'), '', url);
    t.match(response.headers['content-security-policy'], "script-src 'self'");
    t.notMatch(response.headers['content-security-policy'], 'unsafe');
    t.equal(document.querySelectorAll('script:not([src]), style, [style], [onclick]').length, 0, url);
    const asked = [...document.querySelectorAll('[src], link[href]:not([rel=alternate]), form[action]')].map(
      (element) =>
        element.getAttribute('src') ?? element.getAttribute('href') ?? element.getAttribute('action'),
    );
    for (const address of asked) t.match(address, /^\//, `${url} asks for ${address}`);
  }
});

test('the files of the pages are where the pages say, for ever', async (t) => {
  const service = await build(t);
  const { document } = await page(service, '/read');
  const files = [...document.querySelectorAll('link[rel=stylesheet], link[rel=icon], script')].map(
    (element) => element.getAttribute('href') ?? element.getAttribute('src') ?? '',
  );
  t.equal(files.length, 3);
  for (const file of files) {
    const { statusCode, headers } = await service.app.inject(file);
    t.equal(statusCode, 200, file);
    t.match(headers['cache-control'], 'immutable');
  }
  t.equal((await service.app.inject('/assets/ledger-0000000000.js')).statusCode, 404);
});

test('a page has its tag, and is not sent again', async (t) => {
  const { app } = await build(t);
  const first = await app.inject({ url: '/explore', headers: BROWSER });
  const headers = { ...BROWSER, 'if-none-match': String(first.headers.etag) };
  t.equal((await app.inject({ url: '/explore', headers })).statusCode, 304);
  const head = await app.inject({ url: '/explore', method: 'HEAD', headers: BROWSER });
  t.strictSame([head.statusCode, head.body, head.headers.etag], [200, '', first.headers.etag]);
  t.equal(first.headers['cache-control'], (await app.inject('/v1/forecasts')).headers['cache-control']);
});

test('every page has a picture where it is linked, and says where it is embedded from', async (t) => {
  const service = await build(t);
  for (const url of PAGES) {
    const { document } = await page(service, url);
    const image = document.querySelector('meta[property="og:image"]')?.getAttribute('content') ?? '';
    const drawn = await service.app.inject(pathOf(image));
    t.strictSame([drawn.statusCode, drawn.headers['content-type']], [200, 'image/png'], `${url}: ${image}`);
    const discovered = document.querySelector('link[type="application/json+oembed"]')?.getAttribute('href');
    const embedded = await service.app.inject(pathOf(String(discovered)));
    t.match(embedded.json(), { version: '1.0', type: 'photo', url: image, width: 1200 }, url);
  }
});

test('a page is embedded as its picture, no larger than asked', async (t) => {
  const { app, request } = await build(t);
  const of = (path: string, more = '') =>
    app.inject(`/oembed?url=${encodeURIComponent(`http://localhost${path}`)}${more}`);
  const { data } = (await request(`/v1/forecasts/${HAITONG}`)).json();
  const whole = (await of(`/forecasts/${HAITONG}?convertTo=USD#words`, '&maxwidth=640&dnt=1')).json();
  t.match(whole, { type: 'photo', width: 640, title: new RegExp(data.amount.asStated) });
  t.match(whole.url, `/v1/forecasts/${HAITONG}.png?convertTo=USD&width=640`);
  const png = await app.inject(pathOf(whole.url));
  t.strictSame(
    [png.rawPayload.readUInt32BE(16), png.rawPayload.readUInt32BE(20)],
    [whole.width, whole.height],
    'as large as the picture is',
  );
  const small = (await of('/sectors/5g', '&maxwidth=200&maxheight=90')).json();
  t.ok(small.width <= 200 && small.height <= 90, JSON.stringify(small));
  const told = async (path: string, more?: string) => {
    const { statusCode, json } = await of(path, more);
    return [statusCode, json().code];
  };
  t.strictSame(await told('/'), [200, undefined]);
  t.strictSame(await told('/sectors/5g', '&format=xml'), [501, 'formatNotImplemented']);
  t.strictSame(await told('/forecasts/nobody'), [404, 'routeNotFound']);
  t.strictSame(await told('/v1/forecasts'), [404, 'routeNotFound']);
  t.strictSame(await told('/explore?sectr=5g'), [404, 'routeNotFound']);
  t.strictSame(await told('/', '&maxwidth=wide'), [400, 'invalidRequest']);
  t.equal((await app.inject('/oembed?url=https%3A%2F%2Felsewhere.example%2F')).statusCode, 404);
  t.equal((await app.inject('/oembed')).statusCode, 400);
});

test('behind a proxy, what others load is named with what the proxy takes off', async (t) => {
  const service = await build(t, { PUBLIC_URL: 'https://data.example/ledger' });
  const { document, text } = await page(service, `/forecasts/${HAITONG}`);
  const image = document.querySelector('meta[property="og:image"]')?.getAttribute('content');
  t.match(image, /^https:\/\/data\.example\/ledger\/v1\/forecasts\//);
  t.match(text('nav.forms code'), "curl 'https://data.example/ledger/v1/forecasts/");
  const embedded = await service.app.inject(
    `/oembed?url=${encodeURIComponent(`https://data.example/ledger/forecasts/${HAITONG}`)}`,
  );
  t.equal(embedded.statusCode, 200);
});

test('what a reader finds: filters with counts, other forms of the same question, next pages', async (t) => {
  const service = await build(t);
  const { document, text } = await page(service, '/explore?sector=new-infrastructure&convertTo=USD');
  const count = (
    await service.get<{ meta: { count: number } }>(
      '/v1/forecasts?sector=new-infrastructure&count=exact&limit=1',
    )
  ).meta;
  t.equal(text('section strong'), `${count.count} forecasts`);
  const hrefs = [...document.querySelectorAll('.forms a')].map((a) => a.getAttribute('href') ?? '');
  for (const href of hrefs.filter((one) => one.startsWith('/v1')))
    t.equal((await service.app.inject({ url: href, headers: BROWSER })).statusCode, 200, href);
  const next = document.querySelector('.pages a')?.getAttribute('href') ?? '/explore';
  t.match(next, 'cursor=');
  t.equal((await page(service, next)).response.statusCode, 200);
  for (const link of [...document.querySelectorAll('aside li a')].slice(0, 5)) {
    const href = link.getAttribute('href') ?? '';
    const expected = link.parentElement?.querySelector('span')?.textContent;
    t.match((await page(service, href)).text('section strong'), new RegExp(`^${expected} forecast`), href);
  }
});

test('a record shows its figure, its words marked, and a receipt that gives the converted value', async (t) => {
  const service = await build(t);
  const { document, text } = await page(service, `/forecasts/${HAITONG}?convertTo=USD`);
  const { data } = await service.get<{
    data: { evidence: { phrase: string }; amount: { asStated: string }; converted: { value: string } };
  }>(`/v1/forecasts/${HAITONG}?convertTo=USD`);
  t.match(text('blockquote'), data.evidence.phrase);
  t.equal(text('blockquote mark'), data.amount.asStated);
  t.equal(document.querySelector('.lead data')?.getAttribute('value'), data.converted.value);
  t.equal(document.querySelectorAll('details ol li').length, 2, 'two legs');
});

test('a record that cannot be converted is shown as it was said, with the reason', async (t) => {
  const service = await build(t);
  const url = '/forecasts/fc-citic-total-2020?convertTo=USD';
  const { response, document, text } = await page(service, url);
  t.equal(response.statusCode, 200);
  t.match(text('[role=alert]'), JSON.parse((await service.request(`/v1${url}`)).body).detail);
  const image = document.querySelector('meta[property="og:image"]')?.getAttribute('content') ?? '';
  t.equal((await service.app.inject(pathOf(image))).statusCode, 200);
  const unknown = await page(service, '/forecasts/fc-citic-total-2020?convertTo=XXY');
  t.equal(unknown.response.statusCode, 400);
});

test('errors are pages with the words of the problem, and suggest', async (t) => {
  const service = await build(t);
  const unknown = await page(service, '/explore?sectr=5g');
  t.equal(unknown.response.statusCode, 400);
  const { body } = await service.request('/v1/forecasts?sectr=5g');
  t.match(unknown.text('main'), JSON.parse(body).detail);
  t.match(unknown.text('main'), 'sector');
  const missing = await page(service, '/forecasts/haitong-2020-new-infrastructure-202');
  t.equal(missing.response.statusCode, 404);
  t.match(missing.response.headers, { 'cache-control': 'no-store' });
  t.not(missing.document.querySelector('main a[href^="/forecasts/"]'), null, 'leads to what may be meant');
  for (const url of ['/v1/rates?daet=2020-05-25', '/nowhere', '/v1/outcomes/nobody']) {
    const { response, text } = await page(service, url);
    const problem = (await service.app.inject(url)).json();
    t.strictSame([response.statusCode, text('h1')], [problem.status, problem.title], url);
    t.match(text('main'), problem.detail, url);
  }
});

test('forms leave out what is empty, and amounts that cannot be converted are explained in place', async (t) => {
  const { app } = await build(t);
  const sent = await app.inject({ url: '/explore?q=&sector=5g&year=', headers: BROWSER });
  t.strictSame([sent.statusCode, sent.headers.location], [302, '/explore?sector=5g']);
  const { response, text } = await page({ app }, '/convert?amount=ten&from=CNY&to=USD');
  t.equal(response.statusCode, 200);
  t.match(text('[role=alert]'), 'amount');
});

test('English or Chinese: as the browser prefers, and as it is switched', async (t) => {
  const service = await build(t);
  t.equal((await page(service, '/explore', { 'accept-language': 'zh-TW,zh;q=0.9' })).text('h1'), '浏览');
  t.equal((await page(service, '/explore', { 'accept-language': 'fr' })).text('h1'), 'Explore');
  const switched = await service.app.inject('/language?to=zh&back=%2Fexplore%3Fq%3D5G');
  t.strictSame([switched.statusCode, switched.headers.location], [303, '/explore?q=5G']);
  const cookie = String(switched.headers['set-cookie']).split(';', 1)[0] ?? '';
  t.equal((await page(service, '/explore', { cookie, 'accept-language': 'en' })).text('h1'), '浏览');
  for (const back of ['//elsewhere.example', 'https://elsewhere.example', '/\\elsewhere.example'])
    t.equal(
      (await service.app.inject(`/language?to=zh&back=${encodeURIComponent(back)}`)).headers.location,
      '/',
    );
});

test('in Chinese, sectors, measures, regions, scopes and codes have Chinese names', async (t) => {
  const service = await build(t);
  const chinese = { 'accept-language': 'zh-CN' };
  const { text } = await page(service, `/forecasts/${HAITONG}?convertTo=USD`, chinese);
  for (const words of ['新型基础设施', '直接投资', '中国', '全国', '预测']) t.match(text('main'), words);
  t.match((await page(service, '/explore', chinese)).text('aside'), /新型基础设施.*直接投资/s);
  const { data } = await service.get<{ data: readonly { id: string }[] }>('/v1/scopes');
  const list = await page(service, '/explore?limit=1', chinese);
  const scopes = [...list.document.querySelectorAll('aside details')].find(
    (one) => one.querySelector('summary')?.textContent === '范围',
  );
  t.match(scopes?.textContent ?? '', /全国/);
  const { names } = WORDS.zh;
  for (const { id } of data) t.ok(names[id], `the seeds' scope ${id}`);
});

test('a browser at an address of the API is led to its page, a program gets what it got', async (t) => {
  const { app } = await build(t);
  const led = async (url: string) => (await app.inject({ url, headers: BROWSER })).headers.location ?? null;
  t.equal(await led('/v1/forecasts?sector=5g'), '/explore?sector=5g');
  t.equal(await led(`/v1/forecasts/${HAITONG}`), `/forecasts/${HAITONG}`);
  t.equal(await led('/v1/sectors/5g/breakdown'), '/sectors/5g');
  t.equal(await led(`/v1/forecasts/${HAITONG}/assessment`), `/forecasts/${HAITONG}`);
  t.equal(await led('/v1/facets?sector=5g'), '/explore?sector=5g');
  for (const kind of ['sectors', 'forecasters', 'sources', 'imports'])
    t.equal(await led(`/v1/${kind}`), `/${kind}`);
  t.equal(await led('/v1/convert?amount=1&from=CNY&to=USD'), '/convert?amount=1&from=CNY&to=USD');
  t.equal(await led('/v1/comparisons?sector=5g'), '/compare?sector=5g');
  t.equal(await led('/problems/rateNotHeld'), '/errors#rateNotHeld');
  for (const url of ['/v1/forecasts.json', '/v1/forecasts?format=csv', '/v1/rates?date=2020-05-25', '/docs/'])
    t.equal(await led(url), null, url);
  const { statusCode, headers } = await app.inject('/v1/forecasts');
  t.strictSame([statusCode, headers['content-type']], [200, 'application/json; charset=utf-8']);
});

test('history shows what a revision changed, word by word; relations and citations are there', async (t) => {
  const service = await buildForWriting(t);
  await service.write('POST', '/v1/forecasts', {
    ...forecastBody('changed'),
    notes: 'Read on the first page.',
  });
  service.later();
  await service.write(
    'PUT',
    '/v1/forecasts/changed?reason=misread',
    { ...forecastBody('changed'), notes: 'Read on the second page.' },
    { 'if-match': '"changed-r1"' },
  );
  const { document, text } = await page(service, '/forecasts/changed');
  t.equal(text('ol[reversed] del'), 'first');
  t.equal(text('ol[reversed] ins'), 'second');
  const styles = [...document.querySelectorAll('h3')].map((one) => one.textContent);
  t.strictSame(styles.slice(-4), ['APA', 'Chicago', 'GB/T 7714', 'BibTeX']);
  t.equal(document.querySelectorAll('pre.copy').length, 5, 'four citations and what embeds it');
  const related = await page(service, '/forecasts/haitong-2020-new-infrastructure-five-years');
  t.match(related.text('main'), /contradicts.*drives/s);
});

test('the text of a document is for keys that write', async (t) => {
  const { app, store, write, request } = await buildForWriting(t);
  const text = 'In 2021 the grid takes 60 billion yuan, and later 70 billion yuan.';
  await write('POST', '/v1/sources', {
    id: 'held',
    title: 'Held',
    publisher: 'Grid Institute',
    publishedOn: '2021-03-01',
    language: 'en',
    attribution: 'Grid Institute',
    text,
  });
  const path = '/v1/sources/held/text';
  t.match((await request(path)).json(), { status: 401, code: 'keyRequired' });
  const withKey = async (scope: Scope) =>
    request({ url: path, headers: (await makeKey({ store }, scope, { name: `${scope} reader` })).headers });
  t.match((await withKey('read')).json(), { status: 403, code: 'keyScopeTooNarrow' });
  const read = await withKey('write');
  t.strictSame([read.statusCode, read.json().data.text], [200, text]);
  t.equal(read.headers['cache-control'], 'no-store');
  const { document, text: words } = await page({ app }, '/sources/held');
  t.not(document.querySelector(`form.source-text[data-address="${path}"]`), null);
  t.notMatch(words('body'), '60 billion');
});

test('what records say is text, whatever it is', async (t) => {
  const { app, write } = await buildForWriting(t);
  const hostile = `<script>alert(1)</script>"'&<img src=x onerror=alert(2)>\u202e${'x'.repeat(200)}`;
  await write('POST', '/v1/forecasts', {
    ...forecastBody('hostile'),
    notes: hostile,
    corroboration: ['https://example.org/"><script>alert(3)</script>'],
  });
  for (const url of [
    '/forecasts/hostile',
    '/explore?q=hostile',
    `/explore?q=${encodeURIComponent(hostile.slice(0, 60))}`,
  ]) {
    const { document } = await page({ app }, url);
    t.equal(document.querySelectorAll('script:not([src^="/assets/"]), img[src=x], [onerror]').length, 0, url);
  }
});

async function read(t: Test, text: string) {
  const service = await build(t);
  const response = await service.app.inject({
    method: 'POST',
    url: '/read',
    headers: { ...BROWSER, 'content-type': 'application/x-www-form-urlencoded' },
    payload: new URLSearchParams({ text, language: 'en', publishedOn: '', currency: '' }).toString(),
  });
  return { response, document: parseHTML(response.body).document };
}

test('a pasted text comes back with its figures marked and their drafts', async (t) => {
  const text = 'Haitong said <b>5G</b> 😀 would take 1.2 trillion yuan by 2025, and 10 trillion yuan later.';
  const { response, document } = await read(t, text);
  t.equal(response.statusCode, 200);
  t.strictSame(
    [...document.querySelectorAll('mark')].map((mark) => mark.textContent),
    ['1.2 trillion yuan', '10 trillion yuan'],
  );
  t.equal(document.querySelector('.text')?.textContent, text);
  t.equal(document.querySelectorAll('form.draft').length, 2);
  t.match((await read(t, 'x'.repeat(1024 * 1024 + 1))).response.body, 'role="alert"');
});

test('pages show names and words where answers have ids and parameters', async (t) => {
  const service = await build(t);
  const compared = await page(service, '/compare?sector=new-infrastructure');
  const leftOut = compared.text('main details:not(nav details) ul');
  t.match(leftOut, /Haitong Securities: .*yuan.*, New infrastructure, .*nobody else speaks of the same/s);
  t.notMatch(leftOut, /haitong-2020|one forecaster/);

  const rates = '/explore?q=5G&convertTo=USD&sort=-amount&rateBasis=publication%2Clatest';
  const chosen = (await page(service, rates)).text('.chips') + (await page(service, rates)).text('form.ask');
  t.match(chosen, /Search: 5G.*Rate of: the day of publication, else today/s);
  t.notMatch(chosen, /q: 5G|rateBasis|publication,latest/);
  const stated = '/explore?convertTo=USD&sort=-amount&rateBasis=stated';
  const chinese = { 'accept-language': 'zh-CN' };
  t.match((await page(service, stated)).text('.note a'), 'Rate of: the document itself, else today');
  t.match((await page(service, stated, chinese)).text('.note a'), '汇率取自: 文件本身，否则最新');

  const yearly = await page(service, '/compare?sector=new-infrastructure&over=perYear');
  const instead = [...yearly.document.querySelectorAll('td[data-head="Compared"] a')];
  t.match(instead.map((one) => one.textContent).join(), '10 trillion CNY', 'the figure that counts instead');
  const hinted = await page(service, '/compare?sector=5g');
  t.equal(hinted.text('.note a'), 'First day assumed: 2020-01-01');

  const imports = await page(service, '/imports');
  t.equal(imports.document.querySelectorAll('pre.shell').length, 3, 'commands scroll');
});

test('a forecast says who contradicts it and in what, and what was reported by whom', async (t) => {
  const service = await build(t);
  const { document, text } = await page(service, '/forecasts/haitong-2020-new-infrastructure-five-years');
  t.match(text('main'), /contradicts .*: .*trillion.*differs in: forecaster, kind of figure, period/s);
  t.notMatch(text('main'), 'not stated: ');
  const others = document.querySelector('main a[href^="/compare?"]')?.getAttribute('href') ?? '';
  t.match(others, /sector=new-infrastructure&measure=directInvestment&region=CN/);
  t.equal((await page(service, others)).document.querySelector('[role=alert]'), null);

  const { data } = await service.get<{
    data: readonly { forecast: string; names: { reportedBy: string }; reportedBy: string; status: string }[];
  }>('/v1/assessments?status=partial,realised&limit=50');
  for (const status of ['partial', 'realised']) {
    const one = data.find((judged) => judged.status === status);
    if (one === undefined) return t.fail(`the seeds have none that is ${status}`);
    const judged = await page(service, `/forecasts/${one.forecast}`);
    const cell = (head: string) => judged.text(`td[data-head="${head}"]`);
    t.match(cell('against the forecast'), /\d %/, one.forecast);
    t.equal(cell('Reported by'), one.names.reportedBy);
    t.notMatch(judged.text('main'), / oc-|Set aside: oc-/);
  }
  const nobodyKnows = await page(service, '/forecasters/haitong-securities');
  t.equal(nobodyKnows.document.querySelector('main picture'), null, 'no picture of nothing');
});

test('in Chinese, forecasters have their own names first', async (t) => {
  const service = await build(t);
  const { text } = await page(service, '/forecasts/haitong-2020-new-infrastructure-five-years', {
    'accept-language': 'zh-CN',
  });
  t.match(text('main'), '海通证券 (Haitong Securities)');
  t.match(text('main'), '初始数据文件');
  t.match(text('footer'), '预测账本');
  t.notMatch(text('footer'), 'Forecast Ledger');
});

test('a reading says in words what is missing, what to do, and what is on record', async (t) => {
  const { document } = await read(
    t,
    'Haitong Securities said investment in new infrastructure would reach 10 trillion yuan in 2020-2025. It took ¥3 billion.',
  );
  const text = document.querySelector('main')?.textContent ?? '';
  t.match(text, '2 figures found');
  t.match(text, 'Fill in “Currency” below and read again.');
  t.notMatch(text, /Right would be|haitong-2020/);
  t.match(text, /Missing: .*document/);
  t.match([...document.querySelectorAll('option')].map((one) => one.textContent).join(), 'Danish');
  t.not(document.querySelector('main noscript'), null);
  t.match(
    (await read(t, 'It takes 10 trillion yuan.')).document.querySelector('main')?.textContent,
    '1 figure found',
  );
});
