import { test } from 'tap';
import type { ComparisonPicture } from '../../../src/analysis/comparisons/picture.ts';
import { paint } from '../../../src/http/formats/png-painter.ts';
import { drawComparison } from '../../../src/pages/pictures/comparison.ts';
import {
  comparisonContent as content,
  periodOf,
  comparisonRow as row,
} from '../../helpers/picture-contents.ts';
import { billions, numberOf, readPicture } from '../../helpers/pictures.ts';

const URL = 'https://ledger.example/v1/comparisons?sector=5g';
const LOOK = { width: 800, theme: 'light', lang: 'en' } as const;

const draw = (given: ComparisonPicture, look: Partial<typeof LOOK> | object = {}) =>
  drawComparison(given, { ...LOOK, ...look }, URL);

const KINDS = content([
  row('dot', billions('exact', 500)),
  row('hollow', billions('approximately', 400)),
  row('range', billions('range', 200, 700)),
  row('least', billions('atLeast', 600)),
  row('most', billions('atMost', 300)),
  row('vague', billions('indefinite', 240)),
]);

test('each kind of figure looks as exact as it is, at its place on the scale', async (t) => {
  const { all, at } = readPicture(draw(KINDS));
  const mark = (id: string) => all(`[data-row="fc-${id}"] [data-mark]`)[0];
  const near = (found: number, expected: number, about: string) =>
    t.ok(Math.abs(found - expected) < 0.05, `${about}: ${found}, not ${expected}`);

  near(numberOf(mark('dot'), 'cx'), at(500e9), 'exact');
  t.match(mark('dot')?.getAttribute('fill'), /^#(?!ffffff)/);
  near(numberOf(mark('hollow'), 'cx'), at(400e9), 'approximate');
  t.equal(mark('hollow')?.getAttribute('fill'), '#ffffff');
  t.match(mark('hollow')?.getAttribute('stroke'), /^#/);
  near(numberOf(mark('range'), 'x'), at(200e9), 'from');
  near(numberOf(mark('range'), 'width'), at(700e9) - at(200e9), 'to');
  near(numberOf(mark('vague'), 'x'), at(240e9), 'indefinite');
  t.match(mark('vague')?.getAttribute('fill'), /^url\(#fl-fading-/);
  const stops = all('linearGradient stop').map((stop) => stop.getAttribute('stop-opacity'));
  t.strictSame(stops, [null, '0.08'], 'it goes out');
});

test('a bound is an arrow that leaves the frame', async (t) => {
  const { all, at } = readPicture(draw(KINDS));
  const guide = all('[data-row="fc-least"] line')[0];
  const path = (id: string) => all(`[data-row="fc-${id}"] path`)[0]?.getAttribute('d') ?? '';
  const numbers = (id: string) => (path(id).match(/[\d.]+/g) ?? []).map(Number);
  const [least = 0] = numbers('least');
  t.ok(Math.abs(least - at(600e9)) < 0.05, path('least'));
  t.ok(Math.max(...numbers('least')) > numberOf(guide, 'x2'), 'beyond its right edge');
  const [most = 0] = numbers('most');
  t.ok(Math.abs(most - at(300e9)) < 0.05, path('most'));
  const reached = path('most').match(/H([\d.]+)/)?.[1];
  t.ok(Number(reached) < numberOf(guide, 'x1'), 'beyond its left edge');
});

test('every mark says in words what it is, and the picture what it shows', async (t) => {
  const svg = draw(KINDS);
  const { all, title, description, lines } = readPicture(svg);
  for (const id of ['dot', 'hollow', 'range', 'least', 'most', 'vague']) {
    const [mark] = all(`[data-row="fc-${id}"]`);
    t.match(mark?.getAttribute('role'), 'graphics-symbol');
    const label = mark?.getAttribute('aria-label') ?? '';
    t.match(label, `${id}: `);
    t.match(label, `that fc-${id} will`, 'the quote');
    t.equal(mark?.querySelector('title')?.textContent, label);
  }
  t.match(all('[data-row="fc-least"]')[0]?.getAttribute('aria-label'), 'at least CNY 600 billion');
  t.equal(title, 'Who forecast how much: 5G, Direct investment, China, 2020');
  t.match(
    description,
    '6 comparable figures, from CNY 500 billion to an indefinite sum, at least CNY 240 billion.',
  );
  const seen = lines.map(({ words }) => words).join('\n');
  for (const words of ['CNY, in all', 'Source: A report', 'dataset version 7-abc', URL, 'not converted'])
    t.match(seen, words);
  t.equal(draw(KINDS), svg, 'the same rows give the same bytes');
});

test('what was reported is a line; what is left out is a footnote with the reason', async (t) => {
  const given = content([
    row('inside', billions('exact', 500)),
    row('other', billions('exact', 900), {
      ...{ comparable: false, reason: 'differentPeriod' },
      period: periodOf('2020-01-01', '2024-12-31'),
    }),
    row('unknown', billions('exact', 1), {
      ...{ comparable: false, reason: 'notConverted', total: null, perYear: null },
      conversionReason: 'publicationDateUnknown',
    }),
  ]);
  const [group] = given.groups;
  const amount = { ...billions('exact', 650), currency: 'CNY' };
  const outcomes = [{ id: 'oc-1', reportedBy: 'MIIT', amount }];
  const picture = readPicture(draw({ ...given, groups: [{ ...group, outcomes } as typeof group & {}] }));
  const line = picture.all('line[data-mark="outcome"]')[0];
  t.ok(Math.abs(numberOf(line, 'x1') - picture.at(650e9)) < 0.05);
  t.match(picture.description, 'Reported by MIIT: CNY 650 billion.');
  const seen = picture.lines.map(({ words }) => words);
  t.ok(seen.includes('other, CNY 900 billion, 2020 to 2024: is for another period'), seen.join('\n'));
  t.ok(
    seen.includes('unknown, as fc-unknown says, 2020: could not be converted (the document has no date)'),
    seen.join('\n'),
  );
  t.equal(picture.all('[data-row]').length, 1);
});

test('one, two and forty rows, one huge beside small ones, and none at all', async (t) => {
  for (const count of [1, 2, 40]) {
    const rows = Array.from({ length: count }, (_, at) =>
      row(`f${at}`, billions('exact', at === 0 ? 90_000 : at)),
    );
    const picture = readPicture(draw(content(rows)));
    t.equal(picture.all('[data-row]').length, count);
    const dots = picture.all('[data-row] circle').map((dot) => numberOf(dot, 'cy'));
    t.ok(
      dots.every((y, at) => y < picture.height && (at === 0 || y - (dots[at - 1] ?? 0) >= 30)),
      'one under the other',
    );
  }
  const many = readPicture(
    draw(content(Array.from({ length: 70 }, (_, at) => row(`f${at}`, billions('exact', 1))))),
  );
  t.equal(many.all('[data-row]').length, 60);
  t.match(many.description, '10 more are not drawn: see the data.');
  const nothing = readPicture(draw({ ...content([]), groups: [] }));
  t.match(nothing.lines.map(({ words }) => words).join(), 'There is nothing to show');
  t.match(nothing.description, 'There is nothing to show');
  t.match(readPicture(draw({ ...content([]), groups: [], links: 80 })).description, '80 comparisons');
});

/** What a name may be, and no picture may break by. */
const HOSTILE = [
  '<script>alert(1)</script>',
  '"><image href="https://elsewhere.example/x.png"/>',
  '&amp;&lt; ]]> <!-- -->',
  '\u202Emirror\u202C \u05E9\u05DC\u05D5\u05DD \u0645\u0631\u062D\u0628\u0627',
  `tab\tline\nbell\u0007 lone \uD800 null\u0000`,
  'W'.repeat(300),
  '国'.repeat(300),
  'a long name of words '.repeat(15),
];

test('hostile names are text, wrapped and never cut, and stay inside', async (t) => {
  const names = Object.fromEntries(HOSTILE.map((name, at) => [`h${at}`, name]));
  const rows = HOSTILE.map((_, at) => row(`h${at}`, billions('exact', at + 1)));
  const given = content(rows, { names: { ...names, '5g': HOSTILE[0] ?? '', 'a-report': HOSTILE[5] ?? '' } });
  for (const width of [320, 800]) {
    const svg = draw(given, { width });
    t.notMatch(svg, /<(?:script|image|foreignObject|!)|\son\w+=|\u202E/);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: XML has no place for them
    t.notMatch(svg, /[\u0000-\u001F\uD800-\uDFFF\uFFFE\uFFFF]/u);
    const { lines, all } = readPicture(svg);
    for (const { words, left, right } of lines)
      t.ok(left >= 0 && right <= width + 0.5, `${width}: ${left} to ${right}: ${words.slice(0, 40)}`);
    const [wide] = all('[data-row="fc-h5"]');
    const shown = [...(wide?.querySelectorAll('text') ?? [])].map(({ textContent }) => textContent).join('');
    t.equal(shown.match(/W/g)?.length, 300, 'nothing is cut');
    // Its parser takes well-formed XML only.
    t.ok(paint({ drawing: svg, width }).length > 1000);
  }
});

test('several bases of conversion are one sentence, and notes stand apart', async (t) => {
  const receipt = (basis: string, effectiveDate: string | null) => ({
    basis,
    effectiveDate,
    method: 'direct',
  });
  const receipts = {
    a: receipt('publication', '2020-05-25'),
    b: receipt('periodAverage', null),
  } as unknown as NonNullable<ComparisonPicture['receipts']>;
  const left = ['one', 'two'].map((name) =>
    row(name, billions('exact', 1), { comparable: false, reason: 'differentPeriod' }),
  );
  const given = content([row('house', billions('exact', 1)), ...left], { receipts });
  const { lines } = readPicture(draw(given));
  const seen = lines.map(({ words }) => words);
  t.ok(
    seen.includes(
      'Converted at the rate of the publication date (2020-05-25), the average rate of the period',
    ),
    seen.join('\n'),
  );
  const [first, second] = lines.filter(({ words }) => /^(?:one|two), /.test(words));
  t.ok((second?.top ?? 0) - (first?.bottom ?? 0) > 6, 'more than between lines of one');
});

test('in Chinese everything that is not a name is Chinese', async (t) => {
  const rows = KINDS.groups[0]?.rows ?? [];
  const out = row('left', billions('exact', 9), { comparable: false, reason: 'sameForecaster' });
  const svg = draw(content([...rows, out], { names: { '5g': '第五代移动通信', CN: '中国' }, ungrouped: 3 }), {
    lang: 'zh',
  });
  const { lines, title } = readPicture(svg);
  t.equal(title, '谁预测了多少：第五代移动通信，直接投资，中国，2020');
  t.match(svg, 'lang="zh-Hans"');
  const english = lines
    .map(({ words }) => words)
    .filter((words) => !/\p{Script=Han}/u.test(words) && /[a-z]{3}/i.test(words))
    .filter((words) => !/^(?:dot|hollow|range|least|most|vague)$/.test(words) && !words.includes('sector='));
  t.strictSame(english, []);
});
