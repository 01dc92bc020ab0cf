import { test } from 'tap';
import type { Statement } from '../../../src/domain/statement.ts';
import { PLAIN_STATEMENT, STANCES } from '../../../src/domain/statement.ts';
import type { Look } from '../../../src/http/formats/pictures.ts';
import { drawAssessment } from '../../../src/pages/pictures/assessment.ts';
import { drawComparison } from '../../../src/pages/pictures/comparison.ts';
import { drawRecord } from '../../../src/pages/pictures/record.ts';
import { build } from '../../helpers/build.ts';
import { makeKey } from '../../helpers/keys.ts';
import { forecastBody, phraseOf } from '../../helpers/ledger.ts';
import {
  assessmentContent,
  comparisonContent,
  comparisonRow,
  recordContent,
  recordOf,
} from '../../helpers/picture-contents.ts';
import type { Picture } from '../../helpers/pictures.ts';
import { billions, misplaced, numberOf, readPicture } from '../../helpers/pictures.ts';

/* What a figure says beside its number is seen: what kind of statement it is, of which scenario, in which prices, how sure. */

const LOOK: Look = { width: 700, theme: 'light', lang: 'en' };
const ZH: Look = { ...LOOK, lang: 'zh' };
const URL = 'https://ledger.example/v1';

const PLANNED: Statement = {
  stance: 'plan',
  scenario: { name: 'accelerated demand', kind: 'high' },
  prices: { kind: 'constant', year: 2018 },
  interval: { low: '300000000000', high: '800000000000', percent: '90' },
};

const seen = ({ lines }: Picture): readonly string[] => lines.map(({ words }) => words);
const near = (found: number, expected: number) => Math.abs(found - expected) < 0.05;

/** The numbers of a path. */
function pathOf(picture: Picture, mark: string): readonly number[] {
  const path = picture.all(`path[data-mark="${mark}"]`)[0]?.getAttribute('d') ?? '';
  return (path.match(/-?[\d.]+/g) ?? []).map(Number);
}

test('in a comparison what is no projection has its kind behind its name, and its case beside it', async (t) => {
  const content = comparisonContent(
    [
      comparisonRow('planner', billions('exact', 500), PLANNED),
      comparisonRow('seer', billions('exact', 400)),
    ],
    {},
    { 'fc-planner': PLANNED.interval as NonNullable<Statement['interval']> },
  );
  const picture = readPicture(drawComparison(content, LOOK, URL));
  const words = seen(picture);
  t.ok(words.includes('planner (plan)') && words.includes('seer'), words.join('\n'));
  const together = words.join(' ');
  t.match(together, 'scenario “accelerated demand” (high case)');
  t.match(together, 'constant prices of 2018');
  t.match(together, '90% interval: 300 billion to 800 billion');
  t.match(
    picture.all('[data-row="fc-planner"]')[0]?.getAttribute('aria-label'),
    /planner \(plan\): CNY 500 billion; 90% interval: .*accelerated demand.*constant prices of 2018/,
  );
  const chinese = seen(readPicture(drawComparison(content, ZH, URL))).join(' ');
  for (const said of [
    'planner（计划）',
    '情景“accelerated demand”（高）',
    '2018年不变价',
    '90%区间：3000亿至8000亿',
  ])
    t.match(chinese, said);
});

test('in a comparison an interval is a thin bar from bound to bound, with its percent', async (t) => {
  const rows = [comparisonRow('planner', billions('exact', 500), PLANNED)];
  const intervals = { 'fc-planner': PLANNED.interval as NonNullable<Statement['interval']> };
  for (const width of [320, 700]) {
    const picture = readPicture(
      drawComparison(comparisonContent(rows, {}, intervals), { ...LOOK, width }, URL),
    );
    const [from = 0, , , , , to = 0] = pathOf(picture, 'interval');
    t.ok(near(from, picture.at(300e9)), `begins at ${from}`);
    t.ok(near(to, picture.at(800e9)), `ends at ${to}`);
    t.ok(seen(picture).includes('90%') && seen(picture).includes('stated interval'));
    t.strictSame(misplaced(picture), []);
  }
  const yearly = comparisonContent(
    [
      comparisonRow('planner', billions('exact', 500), {
        perYear: { ...billions('exact', 100), currency: 'CNY' },
      }),
    ],
    { over: 'perYear' },
    intervals,
  );
  const picture = readPicture(drawComparison(yearly, LOOK, URL));
  const [from = 0, , , , , to = 0] = pathOf(picture, 'interval');
  t.ok(near(from, picture.at(60e9)) && near(to, picture.at(160e9)), 'so much of it as falls on a year');
});

test('a card says it all, in both languages', async (t) => {
  const record = recordOf('fc', billions('exact', 500), PLANNED);
  const words = seen(readPicture(drawRecord(recordContent(record), LOOK, URL))).join(' ');
  for (const said of [
    ...['body of fc (plan)', 'scenario “accelerated demand” (high case)', 'constant prices of 2018'],
    'Read as CNY 500 billion; 90% interval: 300 billion to 800 billion',
  ])
    t.match(words, said);
  const chinese = seen(readPicture(drawRecord(recordContent(record), ZH, URL))).join(' ');
  for (const said of ['body of fc（计划）', '90%区间：3000亿至8000亿']) t.match(chinese, said);
  const plain = seen(
    readPicture(drawRecord(recordContent(recordOf('fc', billions('exact', 5))), LOOK, URL)),
  ).join(' ');
  t.notMatch(plain, /projection|scenario|prices|interval/, 'of a plain projection nothing is said');
});

test('every kind of statement has a word in both languages', async (t) => {
  for (const look of [LOOK, ZH]) {
    const names = STANCES.map((stance) => {
      const record = recordOf('fc', billions('exact', 5), { ...PLAIN_STATEMENT, stance });
      return seen(readPicture(drawRecord(recordContent(record), look, URL)))[0] ?? '';
    });
    t.equal(new Set(names).size, STANCES.length, names.join(', '));
    t.notMatch(names.join(), /undefined/);
    if (look.lang === 'zh') t.notMatch(names.join(), /plan|target|budget|commitment|need|estimate/);
  }
});

test('an assessment draws the interval beside the forecast, and says whether the outcome lies in it', async (t) => {
  const forecast = recordOf('fc', billions('exact', 500), PLANNED);
  const outcomes = [[recordOf('oc', billions('exact', 900), { kind: 'outcome' })]];
  const content = assessmentContent(forecast, outcomes);
  const [assessment] = content.assessments;
  const judged = {
    ...content,
    assessments: [{ ...assessment, insideInterval: false } as NonNullable<typeof assessment>],
  };
  const picture = readPicture(drawAssessment(judged, LOOK, URL));
  const [zero, top] = [picture.all('[data-level]')[0], picture.all('[data-level]').at(-1)];
  const level = (amount: number) =>
    numberOf(zero, 'y1') +
    (amount / numberOf(top, 'data-level')) * (numberOf(top, 'y1') - numberOf(zero, 'y1'));
  const [, low = 0, , , , high = 0] = pathOf(picture, 'interval');
  t.ok(near(low, level(300e9)) && near(high, level(800e9)), `${low} ${high}`);
  t.ok(seen(picture).includes('90%'));
  t.match(picture.description, 'Forecast: CNY 500 billion; 90% interval: 300 billion to 800 billion.');
  t.match(seen(picture).join(' '), 'outside its 90% interval');
  t.match(seen(picture).join(' '), 'body of fc (plan)');
  t.strictSame(misplaced(picture), []);
});

test('the interval of a record is converted with it', async (t) => {
  const service = await build(t);
  const { headers } = await makeKey(service, 'write');
  const interval = { low: '2000000000000', high: '4000000000000', percent: '80' };
  const region = 'JP';
  for (const id of ['interval-one', 'interval-two']) {
    const forecaster = id === 'interval-one' ? 'haitong-securities' : 'goldman-sachs';
    const payload = forecastBody(id, { ...{ region, forecaster, interval, stance: 'target' } });
    const { statusCode, body } = await service.request({
      method: 'POST',
      url: '/v1/forecasts',
      headers,
      payload,
    });
    t.equal(statusCode, 201, `${phraseOf(id)} ${body}`);
  }
  const asked = `sector=new-infrastructure&measure=directInvestment&region=${region}&convertTo=USD`;
  const url = `/v1/comparisons.svg?${asked}&periodFrom=2020-01-01&periodTo=2020-12-31&width=700`;
  const picture = readPicture((await service.request(url)).body);
  const [from = 0, , , , , to = 0] = pathOf(picture, 'interval');
  const rate = 7.13620531622;
  t.ok(near(from, picture.at(2e12 / rate)) && near(to, picture.at(4e12 / rate)), seen(picture).join('\n'));
  t.ok(seen(picture).includes('Goldman Sachs (target)'));
  const conversions = readPicture(
    (await service.request('/v1/forecasts/interval-one/conversions.svg?to=USD')).body,
  );
  t.match(seen(conversions).join(' '), '80% interval: 280.3 billion to 560.5 billion');
  t.ok(conversions.all('path[data-mark="interval"]').length > 1);
});
