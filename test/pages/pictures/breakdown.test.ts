import { test } from 'tap';
import { drawBreakdown } from '../../../src/pages/pictures/breakdown.ts';
import type { GivenBreakdown } from '../../helpers/picture-contents.ts';
import { breakdownContent } from '../../helpers/picture-contents.ts';
import { billions, numberOf, readPicture } from '../../helpers/pictures.ts';

const draw = (...given: readonly GivenBreakdown[]) =>
  readPicture(
    drawBreakdown(
      breakdownContent(...given),
      { width: 800, theme: 'light', lang: 'en' },
      'https://l.example/v1',
    ),
  );

test('parts stand in the order of their shares, each as long as its amount', async (t) => {
  const picture = draw({
    total: billions('exact', 1000),
    parts: { a: billions('exact', 100), b: billions('exact', 400), c: billions('approximately', 200) },
    residual: { ...billions('exact', 300), share: '0.3' },
  });
  const { all, at } = picture;
  const boxes = all('[data-part]').map((part) => {
    const rect = part.querySelector('rect');
    return { id: part.getAttribute('data-part'), x: numberOf(rect, 'x'), width: numberOf(rect, 'width') };
  });
  t.strictSame(
    boxes.map(({ id }) => id),
    ['b', 'c', 'a', 'residual'],
  );
  const expected = { b: [0, 400e9], c: [400e9, 600e9], a: [600e9, 700e9], residual: [700e9, 1000e9] };
  for (const { id, x, width } of boxes) {
    const [from = 0, to = 0] = expected[id as 'a'];
    t.ok(Math.abs(x - at(from)) < 0.05, `${id} begins at ${x}`);
    // A gap tells neighbours apart.
    const gap = at(to) - at(from) - width;
    t.ok(gap > -0.05 && gap < 1.6, `${id} is ${width} long`);
  }
  const residual = all('[data-part="residual"] rect')[0];
  t.match(residual?.getAttribute('fill'), /^url\(#fl-hatched-/);
  t.ok(all('pattern').length > 0);
  t.ok(Math.abs(numberOf(all('line[data-mark="total"]')[0], 'x1') - at(1000e9)) < 0.05);
  t.equal(all('[data-part="c"] rect')[0]?.getAttribute('fill-opacity'), '0.18', 'hollow');
  t.match(
    all('[data-part="b"]')[0]?.getAttribute('aria-label'),
    'b: CNY 400 billion; 25% of the total; 2020; “400 billion for b”',
  );
  t.match(picture.description, 'not divided: CNY 300 billion; 30% of the total.');
  t.match(picture.lines.map(({ words }) => words).join('\n'), 'Without a figure: The lost one');
});

test('a bound fades, a range is full as far as it is sure', async (t) => {
  const { all, at } = draw({
    total: null,
    parts: {
      least: billions('atLeast', 500),
      range: billions('range', 100, 300),
      none: { ...billions('indefinite'), low: null },
    },
    status: 'noTotal',
  });
  t.match(all('[data-part="least"] rect')[0]?.getAttribute('fill'), /^url\(#fl-fading-/);
  const [wide, sure] = all('[data-part="range"] rect');
  t.ok(Math.abs(numberOf(wide, 'width') - (at(300e9) - at(0) - 1.5)) < 0.05);
  t.ok(Math.abs(numberOf(sure, 'width') - (at(100e9) - at(0))) < 0.05);
  t.equal(all('[data-part="none"]').length, 0, 'without a number there is no bar');
});

test('parts that are more than the total reach beyond it, hatched', async (t) => {
  const { all, at, lines, description } = draw({
    total: billions('exact', 500),
    parts: { a: billions('exact', 400), b: billions('exact', 300) },
    residual: { ...billions('exact', -200), share: '-0.4' },
    status: 'overallocated',
  });
  const rect = all('[data-part="residual"] [data-mark="over"]')[0];
  t.ok(Math.abs(numberOf(rect, 'x') - at(500e9)) < 0.05);
  t.ok(Math.abs(numberOf(rect, 'width') - (at(700e9) - at(500e9))) < 0.05);
  t.match(description, 'more than the total: CNY 200 billion; 40% of the total.');
  const words = lines.map((line) => line.words);
  t.ok(words.includes('200 billion') && words.includes('more than the total'));
  t.notMatch(words.join('\n'), /-\d+ ?b/);
});

test('a document of one figure is named, not drawn; none at all is said', async (t) => {
  const { all, lines } = draw({ total: null, parts: { a: billions('exact', 400) }, status: 'noTotal' });
  t.equal(all('[data-part]').length, 0);
  t.ok(lines.some(({ words }) => words === 'A house, spending, CN, 2020, a: CNY 400 billion'));
  t.match(draw().description, 'There is nothing to show');
});

test('forty parts have a line each, and one huge part leaves the others their place', async (t) => {
  const parts = Object.fromEntries(
    Array.from({ length: 40 }, (_, at) => [`p${at}`, billions('exact', at === 0 ? 50_000 : 1)]),
  );
  const { all, lines, height } = draw({ total: null, parts, status: 'noTotal' });
  t.equal(all('[data-part]').length, 40);
  t.ok(all('[data-part] rect').every((rect) => numberOf(rect, 'width') >= 1));
  t.ok(lines.filter(({ words }) => /^p\d+$/.test(words)).length === 40 && height > 800);
});
