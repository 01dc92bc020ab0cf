import { test } from 'tap';
import { drawSeries } from '../../../src/pages/pictures/series.ts';
import { build } from '../../helpers/build.ts';
import { seriesContent, seriesItem } from '../../helpers/picture-contents.ts';
import { billions, numberOf, readPicture } from '../../helpers/pictures.ts';

const URL = 'https://ledger.example/v1/series?sector=5g';
const LOOK = { width: 700, theme: 'light', lang: 'en' } as const;

const MOVED = [
  seriesItem('one', billions('exact', 400), { publishedOn: '2019-05-01' }),
  seriesItem('two', billions('approximately', 500), { publishedOn: '2020-05-01', stance: 'plan' }, '25'),
  seriesItem('three', billions('range', 300, 600), { publishedOn: null }),
  seriesItem('four', billions('exact', 1), { amount: { ...billions('exact', 70), currency: 'USD' } }),
];

test('a series has a row for each document, in their order, with the change from the one before', async (t) => {
  const { all, at, lines, title, description } = readPicture(
    drawSeries(seriesContent([MOVED], [billions('exact', 450)]), LOOK, URL),
  );
  t.equal(title, 'How the forecast moved: A house, 5G, Direct investment, China, 2020');
  t.strictSame(
    all('[data-row]').map((row) => row.getAttribute('data-row')),
    ['one', 'two', 'three', 'four'],
  );
  const near = (found: number, expected: number) =>
    t.ok(Math.abs(found - expected) < 0.05, `${found} ${expected}`);
  near(numberOf(all('[data-row="one"] circle')[0], 'cx'), at(400e9));
  near(numberOf(all('[data-row="two"] circle')[0], 'cx'), at(500e9));
  near(numberOf(all('[data-row="three"] rect')[0], 'x'), at(300e9));
  near(numberOf(all('line[data-mark="outcome"]')[0], 'x1'), at(450e9));
  t.equal(all('[data-row="four"] [data-mark]').length, 0, 'of another currency there is no mark');
  const seen = lines.map(({ words }) => words);
  for (const words of [
    ...['2019-05-01', '2020-05-01 (plan)', 'undated', '25% more than before', 'USD 70 billion'],
    ...['Reported by A ministry: CNY 450 billion', 'CNY, in all', '\u201cas one says\u201d'],
  ])
    t.ok(seen.includes(words), `${words}\n${seen.join('\n')}`);
  t.match(all('[data-row="two"]')[0]?.getAttribute('aria-label'), 'that two will');
  t.match(description, '25% more than before');
  const chinese = readPicture(drawSeries(seriesContent([MOVED]), { ...LOOK, lang: 'zh' }, URL));
  t.match(chinese.title, '\u9884\u6d4b\u5982\u4f55\u53d8\u5316');
  t.match(chinese.description, '\u6bd4\u524d\u6b21\u591a25%');
});

test('what is said once is named, not drawn', async (t) => {
  const once = [seriesItem('once', billions('exact', 5))];
  const both = readPicture(drawSeries(seriesContent([MOVED, once]), LOOK, URL));
  t.equal(both.all('[data-row="once"]').length, 0);
  t.match(both.description, 'f1, 5G, Direct investment, China, 2020: CNY 5 billion');
  const alone = readPicture(drawSeries(seriesContent([once]), LOOK, URL));
  t.match(alone.description, 'Nothing is said twice of one subject.');
  t.match(readPicture(drawSeries(seriesContent([]), LOOK, URL)).description, 'There is nothing to show');
});

test('/v1/series is to be had as a picture', async (t) => {
  const { request } = await build(t);
  const url =
    '/v1/series.svg?forecaster=meta-platforms&sector=ai-infrastructure&convertTo=EUR&rateBasis=latest';
  const answer = await request(`${url}&width=320&theme=dark`);
  t.equal(answer.statusCode, 200, answer.body);
  const picture = readPicture(answer.body);
  t.equal(picture.width, 320);
  t.match(picture.lines.map(({ words }) => words).join(' '), /Converted at the latest rate .*EUR, in all/);
  t.ok(picture.all('[data-row]').length > 1);
  t.equal((await request(url.replace('.svg', '.png'))).headers['content-type'], 'image/png');
  t.equal((await request('/v1/series?sector=5g&width=400')).statusCode, 400, 'of JSON there is no width');
});
