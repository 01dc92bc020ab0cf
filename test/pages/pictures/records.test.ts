import { test } from 'tap';
import { build } from '../../helpers/build.ts';
import { numberOf, readPicture } from '../../helpers/pictures.ts';

const HAITONG = '/v1/forecasts/haitong-2020-new-infrastructure-2020';

interface Converted {
  readonly basis: string;
  readonly converted: { readonly value: string } | null;
}

test('a card shows the figure as printed, its words, its document, and its conversion with the rate', async (t) => {
  const { request } = await build(t);
  const { lines, title, description, all } = readPicture(
    (await request(`${HAITONG}.svg?convertTo=USD&rateBasis=publication`)).body,
  );
  t.equal(title, 'Haitong Securities: 3 trillion yuan');
  const seen = lines.map(({ words }) => words);
  for (const words of [
    ...['Haitong Securities', '3 trillion yuan', 'New infrastructure, Direct investment, China, 2020'],
    ...['Read as CNY 3 trillion', 'Converted: USD 420.4 billion', '“will total 3 trillion yuan in 2020”'],
    'Converted at the rate of the publication date (2020-05-25); 7.13620531622 CNY per USD',
  ])
    t.ok(seen.includes(words), `${words}\n${seen.join('\n')}`);
  t.match(description, '“will total 3 trillion yuan in 2020”');
  t.match(seen.join(' '), 'China Banking News, published 2020-05-25');
  const [largest = 0] = all('text')
    .map((text) => numberOf(text, 'font-size'))
    .sort((one, other) => other - one);
  t.equal(
    all(`text[font-size="${largest}"]`)[0]?.textContent,
    '3 trillion yuan',
    'the figure is the largest',
  );
  t.notMatch((await request(`${HAITONG}.svg`)).body, 'Converted:');
  const outcome = (await request('/v1/outcomes?limit=1')).json<{ data: { id: string }[] }>().data[0]?.id;
  t.equal((await request(`/v1/outcomes/${outcome}.svg`)).statusCode, 200, 'an outcome has one too');
});

test('a record whose id ends as a picture does is found, as JSON and as a picture', async (t) => {
  const { request } = await build(t);
  const missing = await request('/v1/forecasts/nobody-said-this.svg');
  t.equal(missing.statusCode, 404);
  const parts = await request(`${HAITONG}.json?fields=id`);
  t.equal(parts.statusCode, 200);
  for (const refused of [`${HAITONG}.svg?fields=id`, `${HAITONG}?width=800`, `${HAITONG}.json?lang=zh`])
    t.equal((await request(refused)).statusCode, 400, refused);
  t.equal((await request({ url: HAITONG, headers: { accept: 'image/svg+xml' } })).statusCode, 200);
  const unacceptable = await request({ url: HAITONG, headers: { accept: 'text/csv' } });
  t.equal(unacceptable.statusCode, 406);
});

test('conversions stand at their amounts, with the document\u2019s own as a line', async (t) => {
  const { request } = await build(t);
  const url = `${HAITONG}/conversions`;
  const { data } = (await request(`${url}?to=USD`)).json<{ data: readonly Converted[] }>();
  const { all, at, description } = readPicture((await request(`${url}.svg?to=USD`)).body);
  let drawn = 0;
  for (const { basis, converted } of data) {
    const dot = all(`[data-row="${basis}"] circle`)[0];
    t.equal(dot === undefined, converted === null, basis);
    if (converted === null) continue;
    drawn += 1;
    t.ok(Math.abs(numberOf(dot, 'cx') - at(Number(converted.value))) < 0.05, basis);
  }
  t.ok(drawn >= 3);
  const stated = Number(data.find(({ basis }) => basis === 'stated')?.converted?.value);
  t.ok(Math.abs(numberOf(all('line[data-mark="stated"]')[0], 'x1') - at(stated)) < 0.05);
  t.match(description, "from the document's own");
  const list = await request('/v1/forecasts?limit=1000');
  const undated = list
    .json<{ data: readonly { readonly id: string; readonly publishedOn: string | null }[] }>()
    .data.find(({ publishedOn }) => publishedOn === null)?.id;
  const without = readPicture((await request(`/v1/forecasts/${undated}/conversions.svg?to=USD`)).body);
  t.match(
    without.description,
    'the rate of the publication date: the document has no date',
    'a footnote says why',
  );
});

/** Where an amount stands on an axis upwards. */
function levelOf(picture: ReturnType<typeof readPicture>): (amount: number) => number {
  const levels = picture.all('[data-level]');
  const [zero, top] = [levels[0], levels.at(-1)];
  const [from, to] = [numberOf(zero, 'y1'), numberOf(top, 'y1')];
  return (amount) => from + (amount / numberOf(top, 'data-level')) * (to - from);
}

test('an assessment shows what is reported adding up beside what was forecast', async (t) => {
  const { request } = await build(t);
  const url = '/v1/forecasts/fc-caict-5g-network-2020-2030/assessment';
  const { data } = (await request(url)).json<{
    data: readonly {
      readonly outcomes: readonly string[];
      readonly outcomeAmount: { readonly value: string };
    }[];
  }>();
  const picture = readPicture((await request(`${url}.svg`)).body);
  const level = levelOf(picture);
  const [first] = data;
  const dots = (first?.outcomes ?? []).map((id) => picture.all(`[data-outcome="${id}"] circle`)[0]);
  t.ok(dots.length > 1 && dots.every((dot) => dot !== undefined));
  const places = dots.map((dot) => [numberOf(dot, 'cx'), numberOf(dot, 'cy')] as const);
  t.strictSame(
    places,
    places.toSorted(([one], [other]) => one - other),
    'along the time',
  );
  const sum = Number(first?.outcomeAmount.value);
  t.ok(Math.abs((places.at(-1)?.[1] ?? 0) - level(sum)) < 0.05, 'the last is as high as the sum');
  const forecast = picture.all('[data-row] path')[0]?.getAttribute('d') ?? '';
  const y = Number(/^M[\d.]+ ([\d.]+)H/.exec(forecast)?.[1]);
  t.ok(Math.abs(y - level(2.8e12)) < 0.05, forecast);
  t.match(picture.description, 'Forecast: CNY 2.8 trillion.');
  t.match(picture.description, 'counts the spending of other bodies', 'what is set aside has its reason');
  const pending = readPicture((await request(`${HAITONG}/assessment.svg`)).body);
  t.match(pending.description, 'No outcome that counts: nothing is reported.');
});

test('a track record has a row for each error, as far from the forecast as it is', async (t) => {
  const { request } = await build(t);
  const { all, at, lines, description } = readPicture(
    (await request('/v1/forecasters/caict/track-record.svg')).body,
  );
  const row = all('[data-row="fc-caict-cloud-2022"] circle')[0];
  t.ok(Math.abs(numberOf(row, 'cx') - at(162.85384171)) < 0.05);
  t.ok(Math.abs(numberOf(all('line[data-mark="total"]')[0], 'x1') - at(0)) < 0.05);
  t.match(description, '162.9% more than forecast');
  t.match(lines.map(({ words }) => words).join(' '), /\d+ forecasts, 1 of them realised/);
  const none = readPicture((await request('/v1/forecasters/haitong-securities/track-record.svg')).body);
  t.match(none.description, 'No forecast with a point value has been realised yet.');
});

test('these pictures fit in 320 pixels, in both languages and themes', async (t) => {
  const { request } = await build(t);
  for (const url of [
    ...[`${HAITONG}.svg?convertTo=USD`, `${HAITONG}/conversions.svg?to=USD`, `${HAITONG}/assessment.svg?`],
    ...['/v1/forecasts/fc-caict-cloud-2022/assessment.svg?', '/v1/forecasters/caict/track-record.svg?'],
  ])
    for (const look of ['lang=en&theme=light', 'lang=zh&theme=dark']) {
      const { body, statusCode } = await request(`${url}&width=320&${look}`.replace('?&', '?'));
      t.equal(statusCode, 200, url);
      for (const { words, left, right } of readPicture(body).lines)
        t.ok(left >= 0 && right <= 320.5, `${url} ${look}: ${left} to ${right}: ${words}`);
    }
});
