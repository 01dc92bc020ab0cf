import { test } from 'tap';
import type { ProblemDocument } from '../../../src/http/message/problem.ts';
import { build } from '../../helpers/build.ts';
import { readPicture } from '../../helpers/pictures.ts';

const YEAR_2020 = 'measure=directInvestment&region=CN&periodFrom=2020-01-01&periodTo=2020-12-31';
const COMPARISON = `/v1/comparisons.svg?sector=new-infrastructure&${YEAR_2020}`;

/** The address of each picture, in the seeded ledger. */
const PICTURES = [
  ...[COMPARISON, '/v1/sectors/new-infrastructure/breakdown.svg', '/v1/breakdowns.svg?year=2020'],
  '/v1/forecasts/haitong-2020-new-infrastructure-2020.svg?convertTo=USD',
  '/v1/forecasts/haitong-2020-new-infrastructure-2020/conversions.svg?to=USD',
  '/v1/forecasts/fc-caict-cloud-2022/assessment.svg',
  ...['/v1/forecasters/caict/track-record.svg', '/v1/series.svg?sector=new-infrastructure'],
];

test('each picture is SVG that runs and loads nothing, of the width and theme asked for', async (t) => {
  const { request } = await build(t);
  for (const url of PICTURES) {
    const more = url.includes('?') ? '&' : '?';
    const answer = await request(`${url}${more}width=640&theme=dark`);
    t.equal(answer.statusCode, 200, `${url} ${answer.body.slice(0, 300)}`);
    t.equal(answer.headers['content-type'], 'image/svg+xml; charset=utf-8');
    t.match(answer.headers['content-security-policy'], /default-src 'none'.*sandbox/);
    t.equal(answer.headers['x-content-type-options'], 'nosniff');
    t.match(answer.headers['content-disposition'], /^inline; filename="[\w.-]+\.svg"$/);
    t.equal(answer.headers['cross-origin-resource-policy'], 'cross-origin');
    const { width, title, description, lines, all } = readPicture(answer.body);
    t.equal(width, 640);
    t.equal(all('svg > rect')[0]?.getAttribute('fill'), '#12161c');
    t.ok(title.length > 10 && description.startsWith(title), url);
    const { meta } = (await request(url.replace('.svg', ''))).json<{ meta: { datasetVersion: string } }>();
    const seen = lines.map(({ words }) => words).join(' ');
    t.match(seen, meta.datasetVersion, url);
    t.match(lines.map(({ words }) => words).join(''), url.replace('.svg', ''), 'the address of the data');
    t.equal((await request(`${url}${more}width=640&theme=dark`)).body, answer.body);
  }
});

test('a picture is cached and known again as other answers are, and answers HEAD', async (t) => {
  const { app } = await build(t);
  for (const url of [COMPARISON, COMPARISON.replace('.svg', '.png'), `${PICTURES[3]}`]) {
    const { headers, rawPayload } = await app.inject(url);
    const { etag } = headers;
    t.match(etag, /^"/);
    t.equal(headers['cache-control'], 'public, no-cache');
    t.match(headers.vary, /Accept\b/);
    const known = await app.inject({ url, headers: { 'if-none-match': String(etag) } });
    t.equal(known.statusCode, 304);
    const head = await app.inject({ method: 'HEAD', url });
    t.equal(head.statusCode, 200);
    t.equal(head.headers['content-length'], String(rawPayload.length));
    t.equal(head.headers['content-type'], headers['content-type']);
    t.not((await app.inject(`${url}&theme=dark`)).headers.etag, etag);
  }
});

test('a PNG is as wide as asked for, and as high as its SVG', async (t) => {
  const { app } = await build(t);
  for (const width of [320, 800, 2000]) {
    const { headers, rawPayload } = await app.inject(`${COMPARISON.replace('.svg', '.png')}&width=${width}`);
    t.equal(headers['content-type'], 'image/png');
    t.equal(rawPayload.toString('latin1', 1, 4), 'PNG');
    t.equal(rawPayload.readUInt32BE(16), width);
    const { height } = readPicture((await app.inject(`${COMPARISON}&width=${width}`)).body);
    t.equal(rawPayload.readUInt32BE(20), height);
  }
});

test('a picture is to be had by its ending, by format, and by Accept', async (t) => {
  const { app } = await build(t);
  const plain = COMPARISON.replace('.svg', '');
  for (const [url, accept, expected] of [
    [`${plain}&format=svg`, undefined, 'image/svg+xml; charset=utf-8'],
    [`${plain}&format=png`, undefined, 'image/png'],
    [plain, 'image/svg+xml', 'image/svg+xml; charset=utf-8'],
    [
      plain,
      'image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8',
      'image/svg+xml; charset=utf-8',
    ],
    [plain, 'image/png', 'image/png'],
    [plain, '*/*', 'application/json; charset=utf-8'],
  ] as const) {
    const answer = await app.inject({ url, headers: accept === undefined ? {} : { accept } });
    t.equal(answer.headers['content-type'], expected, `${url} ${accept}`);
  }
});

test('what a picture does not know is refused, and what only a picture knows elsewhere', async (t) => {
  const { request } = await build(t);
  const plain = COMPARISON.replace('.svg', '');
  for (const [url, name] of [
    [`${COMPARISON}&colour=red`, 'colour'],
    [`${COMPARISON}&width=319`, 'width'],
    [`${COMPARISON}&width=2001`, 'width'],
    [`${COMPARISON}&width=`, 'width'],
    [`${COMPARISON}&width=8e2`, 'width'],
    [`${COMPARISON}&theme=blue`, 'theme'],
    [`${COMPARISON}&lang=de`, 'lang'],
    [`${COMPARISON}&shape=flat`, 'shape'],
    [`${COMPARISON}&labels=id`, 'labels'],
    [`${COMPARISON}&excel=true`, 'excel'],
    [`${plain}&width=800`, 'width'],
    [`${plain}&theme=dark`, 'theme'],
    [`${plain.replace('?', '.csv?')}&lang=zh`, 'lang'],
  ] as const) {
    const answer = await request(url);
    t.equal(answer.statusCode, 400, url);
    t.match(answer.headers['content-type'], /^application\/problem\+json/);
    t.equal(answer.json<ProblemDocument>().errors?.[0]?.name, name, url);
  }
  t.equal((await request(COMPARISON.replace('new-infrastructure', 'nonesuch'))).statusCode, 400);
  t.equal((await request('/v1/sectors/nonesuch/breakdown.svg')).statusCode, 404);
});

test('in Chinese the sector and the region have their Chinese names', async (t) => {
  const { app } = await build(t);
  t.match(
    readPicture((await app.inject(`${COMPARISON}&lang=zh`)).body).title,
    '新型基础设施，直接投资，中国，2020',
  );
});

test('a picture of nothing says so', async (t) => {
  const { app } = await build(t);
  const { body, statusCode } = await app.inject(COMPARISON.replace('new-infrastructure', 'blockchain'));
  t.equal(statusCode, 200);
  t.match(readPicture(body).description, 'No comparable figure');
});
