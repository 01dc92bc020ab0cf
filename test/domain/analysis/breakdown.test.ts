import { test } from 'tap';
import type { Breakdown, SectorRelations } from '../../../src/domain/analysis/breakdown.ts';
import { breakdownsOf as breakdownsInSteps } from '../../../src/domain/analysis/breakdown.ts';
import type { Figure } from '../../../src/domain/analysis/figure.ts';
import { breakdownMatrix as matrixInSteps } from '../../../src/domain/analysis/matrix.ts';
import type { FigureAmount, Qualifier } from '../../../src/domain/money/amount.ts';
import type { Period } from '../../../src/domain/period/period.ts';
import { finished } from '../../../src/domain/steps.ts';

const breakdownsOf = (
  sector: string,
  figures: readonly Figure[],
  parentOf: SectorRelations['parentOf'],
  schemes: SectorRelations['schemes'],
  overlapsOf: ReadonlyMap<string, readonly string[]> = new Map(),
) =>
  finished(breakdownsInSteps(sector, figures, { parentOf, schemes, overlapsOf }, Number.POSITIVE_INFINITY));
const breakdownMatrix = (...given: Parameters<typeof matrixInSteps>) => finished(matrixInSteps(...given));

/*
 * Breakdowns by example: the acceptance cases of the catalogue, and each rule once.
 */

const PARENTS: ReadonlyMap<string, string | null> = new Map([
  ['new-infrastructure', null],
  ['5g', 'new-infrastructure'],
  ['5g-base-stations', '5g'],
  ['data-centres', 'new-infrastructure'],
  ['artificial-intelligence', 'new-infrastructure'],
  ['ai-chips', 'artificial-intelligence'],
  ['industrial-internet', 'new-infrastructure'],
  ['telecom-and-internet', 'new-infrastructure'],
  ['new-technology', 'new-infrastructure'],
  ['computing-power', 'new-infrastructure'],
  ['smart-transport', 'new-infrastructure'],
  ['smart-energy', 'new-infrastructure'],
  ['power-grid', null],
]);

const common = { asStated: null, inferred: [] } as const;
const year = (of: string): Period => ({
  start: `${of}-01-01`,
  end: `${of}-12-31`,
  kind: 'year',
  years: 1,
  ...common,
});
const by = (of: string): Period => ({
  start: null,
  end: `${of}-12-31`,
  kind: 'cumulativeTo',
  years: null,
  ...common,
});
const span = (from: string, to: string, years: number): Period => ({
  start: `${from}-01-01`,
  end: `${to}-12-31`,
  kind: 'window',
  years,
  ...common,
});
const perYear = (from: string, to: string, years: number): Period => ({
  ...span(from, to, years),
  kind: 'perYear',
});
const unstated: Period = { start: null, end: null, kind: 'unstated', years: null, ...common };

/** Billions to whole units: "651.7" is 651700000000. */
function billions(text: string): string {
  const [whole = '', fraction = ''] = text.split('.');
  return `${whole}${fraction.padEnd(9, '0')}`.replace(/^0+(?=\d)/, '');
}

function amount(text: string, qualifier: Qualifier = 'exact', currency = 'CNY'): FigureAmount {
  const [one = '', other = one] = text.split('-').map(billions);
  switch (qualifier) {
    case 'exact':
      return { value: one, low: one, high: one, qualifier, currency };
    case 'approximately':
      return { value: one, low: null, high: null, qualifier, currency };
    case 'atLeast':
      return { value: one, low: one, high: null, qualifier, currency };
    case 'atMost':
      return { value: one, low: null, high: one, qualifier, currency };
    case 'range':
      return { value: null, low: one, high: other, qualifier, currency };
    case 'indefinite':
      return { value: null, low: one, high: null, qualifier, currency };
  }
}

function figure(sector: string, of: FigureAmount | null, over: Partial<Figure> = {}): Figure {
  const period = over.period ?? by('2025');
  return {
    id: over.id ?? `${sector}-${period.end ?? 'open'}`,
    source: 'page',
    forecaster: 'ccid',
    sector,
    measure: 'directInvestment',
    region: 'CN',
    scope: 'national',
    period,
    amount: of,
    publishedOn: null,
    ...over,
  };
}

function only(figures: readonly Figure[], sector = 'new-infrastructure', parts: readonly string[] = []) {
  const found = breakdownsOf(sector, figures, PARENTS, [{ source: 'page', sector, parts }]);
  if (found.length !== 1 || found[0] === undefined) throw new Error(`${found.length} breakdowns`);
  return found[0];
}

function warned(breakdown: Breakdown, code: string): readonly (readonly string[])[] {
  return breakdown.warnings.filter((warning) => warning.code === code).map(({ sectors }) => sectors);
}

test('Industrial Securities 2022: five parts make up the total', async (t) => {
  const of = (sector: string, text: string): Figure =>
    figure(sector, amount(text, 'approximately'), { period: year('2022'), forecaster: 'industrial' });
  const breakdown = only(
    [
      of('new-infrastructure', '1740'),
      of('telecom-and-internet', '651.7'),
      of('new-technology', '30.6'),
      of('computing-power', '455'),
      of('smart-transport', '459.5'),
      of('smart-energy', '143.3'),
    ],
    'new-infrastructure',
    ['telecom-and-internet', 'new-technology', 'computing-power', 'smart-transport', 'smart-energy'],
  );
  t.equal(breakdown.status, 'complete');
  t.strictSame(breakdown.sum, {
    value: '1740100000000',
    low: null,
    high: null,
    qualifier: 'approximately',
    approximate: true,
  });
  t.strictSame(breakdown.residual, {
    value: '-100000000',
    low: null,
    high: null,
    qualifier: 'approximately',
    approximate: true,
    share: '-0.000057471264',
  });
  t.strictSame(Object.fromEntries(breakdown.parts.map(({ sector, share }) => [sector, share])), {
    'computing-power': '0.261494252874',
    'new-technology': '0.017586206896',
    'smart-energy': '0.082356321839',
    'smart-transport': '0.26408045977',
    'telecom-and-internet': '0.374540229885',
  });
  t.strictSame(breakdown.uncoveredSectors, []);
  t.strictSame(
    breakdown.warnings.map(({ code }) => code),
    ['approximateFigures'],
  );
});

const CCID = [
  figure('new-infrastructure', amount('10000', 'atLeast'), { id: 'total' }),
  figure('new-infrastructure', amount('17000', 'atLeast'), { id: 'induced', measure: 'inducedInvestment' }),
  figure('5g', amount('2500')),
  figure('data-centres', amount('1500'), { period: by('2022') }),
  figure('artificial-intelligence', amount('220', 'approximately')),
];

test('CCID: the residual is at least 5.78 trillion, and about', async (t) => {
  const scheme = {
    source: 'page',
    sector: 'new-infrastructure',
    parts: ['5g', 'data-centres', 'artificial-intelligence', 'industrial-internet', 'smart-energy'],
  };
  const breakdowns = breakdownsOf('new-infrastructure', CCID, PARENTS, [scheme]);
  t.strictSame(
    breakdowns.map(({ measure, total }) => [measure, total?.forecast]),
    [
      ['directInvestment', 'total'],
      ['inducedInvestment', 'induced'],
    ],
  );
  const [direct, induced] = breakdowns;
  if (direct === undefined || induced === undefined) return t.fail();
  t.equal(direct.status, 'partial');
  t.match(direct.sum, { value: '4220000000000', qualifier: 'approximately', approximate: true });
  t.strictSame(direct.residual, {
    value: null,
    low: '5780000000000',
    high: null,
    qualifier: 'atLeast',
    approximate: true,
    share: null,
  });
  t.strictSame(
    direct.parts.map(({ sector, share }) => [sector, share]),
    [
      ['5g', '0.25'],
      ['artificial-intelligence', '0.022'],
      ['data-centres', '0.15'],
    ],
  );
  t.strictSame(direct.uncoveredSectors, ['industrial-internet', 'smart-energy']);
  t.strictSame(
    direct.warnings.map(({ code, sectors }) => [code, ...sectors]),
    [
      ['differentHorizons', 'data-centres'],
      ['boundsOnly', 'new-infrastructure'],
      ['mixedQualifiers', '5g', 'artificial-intelligence', 'data-centres', 'new-infrastructure'],
      ['approximateFigures', 'artificial-intelligence'],
      ['sharesOfBound', 'new-infrastructure'],
    ],
  );
  t.strictSame(induced.parts, []);
  t.equal(induced.sum, null, 'nothing to add is not an exact zero');
  t.match(induced.residual, { value: null, low: '17000000000000', qualifier: 'atLeast', share: null });
  t.equal(induced.status, 'noParts', 'a total alone');
});

test('a total without a period takes the last horizon of its parts', async (t) => {
  const figures = CCID.map((one) => (one.id === 'total' ? { ...one, period: unstated } : one));
  const [direct] = breakdownsOf('new-infrastructure', figures, PARENTS, []);
  t.equal(direct?.parts.length, 3);
  t.strictSame(direct && warned(direct, 'differentHorizons'), [['data-centres']]);
});

test('no data, an unknown sector and a leaf', async (t) => {
  t.strictSame(breakdownsOf('power-grid', CCID, PARENTS, []), []);
  t.strictSame(breakdownsOf('no-such-sector', CCID, PARENTS, []), []);
  const leaf = only(CCID, '5g');
  t.match(leaf, { status: 'noParts', parts: [], residual: { value: '2500000000000', share: '1' } });
});

test('bounds of parts reach the sum and the residual', async (t) => {
  const of = (...parts: readonly FigureAmount[]): Breakdown =>
    only([
      figure('new-infrastructure', amount('10')),
      ...parts.map((part, at) => figure(['5g', 'data-centres', 'smart-energy'][at] ?? '', part)),
    ]);
  const atLeast = of(amount('5', 'atLeast'), amount('3'));
  t.match(atLeast.sum, { value: billions('8'), low: billions('8'), high: null, qualifier: 'atLeast' });
  t.match(atLeast.residual, {
    value: null,
    low: null,
    high: billions('2'),
    qualifier: 'atMost',
    share: null,
  });
  t.strictSame(warned(atLeast, 'sharesOfBound'), [['5g']]);
  const range = of(amount('2-4', 'range'), amount('3'));
  t.strictSame(range.sum, {
    value: null,
    low: billions('5'),
    high: billions('7'),
    qualifier: 'range',
    approximate: false,
  });
  t.match(range.residual, { value: null, low: billions('3'), high: billions('5'), share: null });
  t.strictSame(
    range.parts.map(({ share }) => share),
    [null, '0.3'],
  );
  t.equal(range.status, 'partial');
  t.equal(of(amount('6-8', 'range'), amount('3')).status, 'undetermined', 'may be over or under');
  t.equal(of(amount('8-9', 'range'), amount('3')).status, 'overallocated');
  t.equal(of(amount('6.95-7.05', 'range'), amount('3')).status, 'complete', 'within 1 % either way');
  t.equal(of(amount('9', 'atLeast'), amount('3')).status, 'overallocated', 'at least 12 of 10');
  t.equal(of(amount('9', 'atMost'), amount('3')).status, 'undetermined', 'up to 12 of 10 may be 10');
  const both = of(amount('5', 'atLeast'), amount('3', 'atMost'));
  t.match(both.sum, { value: billions('8'), low: null, high: null, qualifier: 'indefinite' });
  t.match(both.residual, { value: null, low: null, high: null, qualifier: 'indefinite', share: null });
  t.strictSame(
    both.parts.map(({ share }) => share),
    ['0.5', '0.3'],
    'shares of a total that is known, at face value',
  );
  t.match(of(amount('5', 'indefinite')).sum, { value: null, low: billions('5'), high: null });
});

test('status: 1 % or the stated precision, which a conversion does not change', async (t) => {
  const status = (total: FigureAmount, part: string, statedValue?: string): string =>
    only([
      figure('new-infrastructure', total, statedValue === undefined ? {} : { statedValue }),
      figure('5g', { ...amount(part), currency: total.currency }),
    ]).status;
  t.equal(status(amount('1740'), '1722.6'), 'complete', 'exactly 1 %');
  t.equal(status(amount('1740'), '1722.5'), 'partial');
  t.equal(status(amount('1740'), '1757.5'), 'overallocated');
  t.equal(status(amount('174'), '172.2'), 'partial');
  t.equal(status(amount('17'), '16.5'), 'complete', 'half of the last digit of 17 billion');
  t.equal(status(amount('17'), '16.4'), 'partial');
  t.equal(status(amount('10000'), '9500'), 'complete', '10 trillion is precise to a trillion');
  t.equal(status(amount('10000'), '9400'), 'partial', 'and not to ten');
  t.equal(status(amount('1000'), '600'), 'partial', '1 trillion is not made up by 0.6');
  t.equal(status(amount('1000'), '950'), 'complete', 'within 5 % of it');
  t.equal(status(amount('1000'), '949'), 'partial');
  t.equal(status(amount('1000'), '1051'), 'overallocated');
  t.equal(status(amount('140', 'exact', 'USD'), '84', billions('1000')), 'partial', 'converted neither');
  t.equal(status(amount('2.37', 'exact', 'USD'), '2.301'), 'partial');
  t.equal(status(amount('2.37', 'exact', 'USD'), '2.301', billions('17')), 'complete');
  t.equal(status(amount('10', 'atLeast'), '14'), 'undetermined', 'more than 10 may be 14, or 20');
  t.equal(status(amount('10', 'atLeast'), '4'), 'partial', 'of more than 10 surely more than 4 is left');
  t.equal(status(amount('90-110', 'range'), '90'), 'undetermined', 'all, or a fifth less');
  t.equal(status(amount('90-110', 'range'), '80'), 'partial');
  t.equal(status(amount('99.5-100.5', 'range'), '100'), 'complete', 'whatever it is, within 1 %');
  t.equal(status(amount('2-3', 'range'), '2.5'), 'undetermined');
  t.equal(status(amount('2-3', 'range'), '4'), 'overallocated');
  t.equal(status(amount('24', 'indefinite'), '30'), 'undetermined');
  t.equal(status(amount('17.5', 'atMost'), '12'), 'undetermined', 'up to 17.5 may be 12');
  t.equal(status(amount('17.5', 'atMost'), '20'), 'overallocated');
  t.equal(status({ ...amount('0'), value: '0', low: '0', high: '0' }, '1'), 'overallocated');
});

test('the nearest sectors with a figure, never one below another', async (t) => {
  const breakdown = only([
    figure('new-infrastructure', amount('10')),
    figure('5g', amount('4')),
    figure('5g-base-stations', amount('3')),
    figure('ai-chips', amount('2')),
  ]);
  t.strictSame(
    breakdown.parts.map(({ sector }) => sector),
    ['5g', 'ai-chips'],
  );
  t.strictSame(warned(breakdown, 'finerFiguresLeftOut'), [['5g-base-stations']]);
  t.strictSame(breakdown.leftOut, [
    { forecast: '5g-base-stations-2025-12-31', sector: '5g-base-stations', reason: 'finerFigure' },
  ]);
});

test('a scheme part is covered from below and from above', async (t) => {
  const scheme = ['5g-base-stations', 'artificial-intelligence', 'smart-energy', 'smart-energy'];
  const figures = [figure('5g', amount('4')), figure('ai-chips', amount('2'))];
  const breakdown = only(figures, 'new-infrastructure', scheme);
  t.strictSame(breakdown.uncoveredSectors, ['smart-energy']);
  t.match(breakdown, { status: 'noTotal', total: null, residual: null, sum: { value: billions('6') } });
  t.ok(breakdown.parts.every(({ share }) => share === null));
});

test('several figures for a sector', async (t) => {
  const total = figure('new-infrastructure', amount('10'));
  const contradiction = only([
    total,
    figure('5g', amount('4'), { id: 'a' }),
    figure('5g', amount('5'), { id: 'b' }),
    figure('5g-base-stations', amount('1')),
    figure('smart-energy', amount('1')),
  ]);
  t.strictSame(
    contradiction.parts.map(({ sector }) => sector),
    ['smart-energy'],
  );
  t.match(contradiction, { residual: null, status: 'undetermined' });
  t.strictSame(
    contradiction.leftOut.map(({ forecast, reason }) => `${forecast} ${reason}`),
    ['5g-base-stations-2025-12-31 finerFigure', 'a severalFigures', 'b severalFigures'],
  );
  t.strictSame(
    contradiction.warnings.filter(({ code }) => code === 'severalFigures'),
    [{ code: 'severalFigures', sectors: ['5g'], forecasts: ['a', 'b'] }],
  );
  const sameTwice = only([
    total,
    figure('5g', amount('4'), { id: 'b' }),
    figure('5g', amount('4'), { id: 'a' }),
  ]);
  t.strictSame(
    sameTwice.parts.map(({ forecast }) => forecast),
    ['a'],
  );
  const ownPeriod = only([
    total,
    figure('5g', amount('3'), { period: by('2022') }),
    figure('5g', amount('4')),
  ]);
  t.strictSame(
    ownPeriod.parts.map(({ forecast }) => forecast),
    ['5g-2025-12-31'],
  );
  t.strictSame(warned(ownPeriod, 'severalFigures'), [['5g']]);
  const otherPeriods = only([
    total,
    figure('5g', amount('3'), { period: by('2022') }),
    figure('5g', amount('3'), { period: by('2023') }),
  ]);
  t.strictSame(otherPeriods.parts, []);
  const totals = only([
    figure('new-infrastructure', amount('10'), { id: 'b' }),
    figure('new-infrastructure', amount('11'), { id: 'a' }),
    figure('5g', amount('4')),
  ]);
  t.match(totals, { status: 'noTotal', total: null, parts: [{ sector: '5g' }] });
  t.strictSame(warned(totals, 'severalFigures'), [['new-infrastructure']]);
});

test('natures of periods do not mix, and a figure goes with the total of its own period', async (t) => {
  const breakdowns = breakdownsOf(
    'new-infrastructure',
    [
      figure('new-infrastructure', amount('50'), { period: span('2021', '2025', 5) }),
      figure('new-infrastructure', amount('8'), { period: year('2021') }),
      figure('new-infrastructure', amount('70'), { period: span('2026', '2030', 5) }),
      figure('new-infrastructure', amount('9'), { id: 'rate', period: perYear('2021', '2030', 10) }),
      figure('5g', amount('20'), { id: '5g-window', period: span('2021', '2025', 5) }),
      figure('5g', amount('3'), { period: year('2021') }),
      figure('5g', amount('4'), { period: year('2022') }),
      figure('5g', amount('30'), { period: span('2026', '2030', 5) }),
      figure('5g', amount('2'), { id: '5g-rate', period: perYear('2021', '2025', 5) }),
      figure('smart-energy', amount('5'), { id: 'longer', period: span('2024', '2027', 4) }),
    ],
    PARENTS,
    [],
  );
  t.strictSame(
    breakdowns.map(({ total, parts }) => [
      total?.amount.value ?? null,
      parts.map(({ forecast }) => forecast).join(),
    ]),
    [
      [billions('8'), '5g-2021-12-31'],
      [billions('50'), '5g-window'],
      [billions('9'), '5g-rate'],
      [billions('70'), '5g-2030-12-31'],
      [null, '5g-2022-12-31'],
      [null, 'longer'],
    ],
  );
  t.strictSame(
    breakdowns.map((breakdown) => warned(breakdown, 'differentHorizons')),
    [[], [], [['5g']], [], [], []],
  );
  t.strictSame(
    breakdowns.map((breakdown) => warned(breakdown, 'beyondPeriod')),
    [[], [['smart-energy']], [], [['smart-energy']], [], []],
  );
});

test('what shares a day with the total and is no part of it is named, with the reason', async (t) => {
  const window = figure('new-infrastructure', amount('50'), { id: 'total', period: span('2030', '2034', 5) });
  const leftOut = (total: Figure, ...others: readonly Figure[]) =>
    breakdownsOf('new-infrastructure', [total, ...others], PARENTS, [])
      .find((breakdown) => breakdown.total?.forecast === 'total')
      ?.leftOut.map(({ forecast, reason }) => [forecast, reason]);
  const ofYear = figure('5g', amount('3'), { id: 'year', period: year('2030') });
  t.strictSame(leftOut(window, ofYear), [['year', 'otherPeriod']], 'a year of a window');
  const rate = { ...window, period: perYear('2030', '2034', 5) };
  const ofWindow = figure('5g', amount('9'), { id: 'window', period: span('2030', '2034', 5) });
  t.strictSame(leftOut(rate, ofWindow), [['window', 'otherPeriod']], 'a window under so much a year');
  const soes = figure('5g', amount('9'), {
    id: 'soes',
    period: span('2030', '2034', 5),
    scope: 'central-soes',
  });
  t.strictSame(leftOut(window, soes), [['soes', 'otherScope']]);
  const before = figure('5g', amount('3'), { id: 'before', period: year('2029') });
  t.strictSame(leftOut(window, before), [], 'it shares no day');
  const own = figure('new-infrastructure', amount('8'), { id: 'of-2030', period: year('2030') });
  t.strictSame(leftOut(window, own, ofYear), [], 'another total has it for its own');
});

test('of a bound in a bound there is no share', async (t) => {
  const shares = (total: FigureAmount, part: FigureAmount) =>
    only([figure('new-infrastructure', total), figure('5g', part)]).parts[0]?.share;
  t.equal(shares(amount('10', 'atLeast'), amount('5', 'atLeast')), null);
  t.equal(shares(amount('10', 'atMost'), amount('5', 'atLeast')), null);
  t.equal(shares(amount('10', 'atLeast'), amount('5')), '0.5');
  t.equal(shares(amount('10'), amount('5', 'atLeast')), '0.5', 'at face value, as `sharesOfBound` says');
});

test('a part that begins on another day than the total has another horizon', async (t) => {
  const total = figure('new-infrastructure', amount('10'), { period: span('2020', '2025', 6) });
  const parts = [
    figure('5g', amount('1'), { period: span('2021', '2025', 5) }),
    figure('smart-energy', amount('1'), { period: by('2025') }),
    figure('data-centres', amount('1'), { period: { ...unstated, kind: 'window', years: 5 } }),
  ];
  const [breakdown, open] = breakdownsOf('new-infrastructure', [total, ...parts], PARENTS, []);
  if (breakdown === undefined) return t.fail();
  t.match(open, { total: null, parts: [{ sector: 'data-centres' }] }, 'not known to end in time');
  t.strictSame(warned(breakdown, 'differentHorizons'), [['5g']]);
  t.strictSame(warned(breakdown, 'beyondPeriod'), [['data-centres']]);
});

test('only what lies within the period of the total is a part of it', async (t) => {
  const total = figure('new-infrastructure', amount('15000'), {
    id: 'total',
    period: span('2020', '2025', 6),
  });
  const of = (period: Period, whole = total) => {
    const figures = [whole, figure('5g', amount('14000'), { id: 'part', period })];
    return breakdownsOf('new-infrastructure', figures, PARENTS, []).find(
      (breakdown) => breakdown.total?.forecast === 'total',
    );
  };
  const undated: Period = { ...unstated, kind: 'window', years: 5 };
  for (const period of [span('2020', '2035', 16), span('2010', '2020', 11), by('2035'), undated, unstated]) {
    const left = of(period);
    t.match(
      left,
      {
        sum: null,
        residual: null,
        status: 'undetermined',
        warnings: [{ code: 'beyondPeriod', sectors: ['5g'], forecasts: ['part'] }],
      },
      JSON.stringify(period),
    );
    t.equal(left?.parts.length, 0);
  }
  for (const period of [span('2020', '2023', 4), span('2021', '2025', 5), by('2025'), by('2022')])
    t.match(of(period), { parts: [{ forecast: 'part' }], residual: { value: billions('1000') } });
  t.match(of(by('2022'), { ...total, period: span('2023', '2027', 5) }), {
    parts: { length: 0 },
    residual: { value: billions('15000') },
    warnings: [],
  });
  const open = { ...total, period: undated };
  t.equal(of(span('2020', '2023', 4), open)?.parts.length, 1);
  t.equal(of(span('2020', '2025', 6), open)?.parts.length, 0, 'six years are not in five');
  const oneYear = { ...total, period: year('2021') };
  const months: Period = { ...year('2021'), start: '2021-04-01', kind: 'window', years: null };
  t.equal(of(months, oneYear)?.parts.length, 1, 'months of the year');
  t.match(of({ ...months, end: '2022-03-31', years: 1 }, oneYear), {
    parts: { length: 0 },
    residual: null,
    warnings: [{ code: 'beyondPeriod' }],
  });
  t.match(
    of(span('2020', '2035', 16), { ...total, amount: amount('15000', 'atLeast') }),
    { status: 'undetermined' },
    'of what is at least 15 trillion no more is known',
  );
});

test('a span of a year or less is a year of its own', async (t) => {
  const fiscal: Period = { ...span('2021', '2022', 2), start: '2021-04-01', end: '2022-03-31', years: 1 };
  const months: Period = { ...fiscal, end: '2021-12-31', years: null };
  const breakdowns = breakdownsOf(
    'new-infrastructure',
    [
      figure('new-infrastructure', amount('10'), { period: span('2021', '2025', 5) }),
      figure('5g', amount('1'), { period: fiscal }),
      figure('5g', amount('1'), { period: months }),
      figure('5g', amount('1'), { period: year('2021'), id: '5g-year' }),
    ],
    PARENTS,
    [],
  );
  t.strictSame(
    breakdowns.map(({ total, parts }) => [total !== null, parts.length]),
    [
      [false, 1],
      [false, 1],
      [false, 1],
      [true, 0],
    ],
  );
});

test('a part that another total has for its own is not borrowed, and years that only overlap are not parts', async (t) => {
  const fiscal: Period = { ...span('2021', '2022', 2), start: '2021-04-01', end: '2022-03-31', years: 1 };
  const parts = (figures: readonly Figure[]) =>
    breakdownsOf('new-infrastructure', figures, PARENTS, []).map(({ total, parts }) => [
      total?.forecast ?? null,
      ...parts.map(({ forecast }) => forecast),
    ]);
  t.strictSame(
    parts([
      figure('new-infrastructure', amount('10'), { id: 'by-2022', period: by('2022') }),
      figure('new-infrastructure', amount('20'), { id: 'by-2025', period: by('2025') }),
      figure('5g', amount('3'), { id: '5g', period: by('2022') }),
    ]),
    [['by-2022', '5g'], ['by-2025']],
  );
  t.strictSame(
    parts([
      figure('new-infrastructure', amount('10'), { id: 'year', period: year('2021') }),
      figure('5g', amount('3'), { id: '5g', period: fiscal }),
    ]),
    [[null, '5g'], ['year']],
  );
});

test('shares by largest remainder, a negative residual among them', async (t) => {
  const { parts, residual } = only([
    figure('new-infrastructure', amount('7')),
    figure('5g', amount('6')),
    figure('smart-energy', amount('5')),
  ]);
  t.strictSame(
    [...parts.map(({ share }) => share), residual?.share],
    ['0.857142857143', '0.714285714286', '-0.571428571429'],
  );
});

test('other documents, forecasters, regions, scopes and currencies are breakdowns of their own', async (t) => {
  const breakdowns = breakdownsOf(
    'new-infrastructure',
    [
      figure('new-infrastructure', amount('10')),
      figure('5g', amount('1'), { source: 'other-page' }),
      figure('5g', amount('1'), { forecaster: null }),
      figure('5g', amount('1'), { region: 'DE' }),
      figure('5g', amount('1'), { scope: 'central-soes' }),
      figure('5g', amount('1', 'exact', 'USD')),
    ],
    PARENTS,
    [],
  );
  t.equal(breakdowns.length, 6);
  t.ok(breakdowns.every(({ parts, total }) => parts.length + (total === null ? 0 : 1) === 1));
  t.strictSame(
    breakdowns.map((breakdown) => breakdown.residual),
    Array(6).fill(null),
    'what the dollars are of it is not known',
  );
});

test('what could not be converted is said', async (t) => {
  const breakdown = only([figure('new-infrastructure', amount('10')), figure('5g', null)]);
  t.strictSame(breakdown.warnings, [{ code: 'notConverted', sectors: ['5g'], forecasts: ['5g-2025-12-31'] }]);
  t.match(breakdown, { residual: null, status: 'undetermined' });
  t.strictSame(breakdownsOf('new-infrastructure', [figure('5g', null)], PARENTS, []), []);
});

test('a part that could not be converted leaves no residual, unless its money is in another part', async (t) => {
  const total = figure('new-infrastructure', amount('10'));
  const lost = figure('5g-base-stations', null, { id: 'lost' });
  t.match(only([total, lost, figure('5g', amount('4'))]), {
    residual: { value: billions('6'), share: '0.6' },
    status: 'partial',
  });
  const twice = figure('5g-base-stations', amount('4'), { id: 'converted' });
  t.match(only([total, lost, twice]), { residual: { value: billions('6') }, status: 'partial' });
  const above = only([total, figure('5g', null, { id: 'lost' }), figure('5g-base-stations', amount('4'))]);
  t.match(above, { residual: null, status: 'undetermined', sum: { value: billions('4') } });
  t.equal(above.parts[0]?.share, '0.4', 'of the total, which is known');
  t.equal(only([total, lost, figure('smart-energy', amount('10'))]).status, 'undetermined', 'not complete');
  t.equal(
    only([total, lost, figure('smart-energy', amount('12'))]).status,
    'overallocated',
    'whatever is lost',
  );
  const bound = figure('new-infrastructure', amount('10', 'atLeast'));
  t.equal(only([bound, lost, figure('smart-energy', amount('12'))]).status, 'undetermined');
  t.equal(only([bound, lost, figure('smart-energy', amount('12', 'atMost'))]).status, 'undetermined');
  const otherPeriod = only([total, figure('5g', null, { period: year('2022') }), figure('5g', amount('4'))]);
  t.match(otherPeriod, { residual: { value: billions('6') } }, 'a year is no part of what accumulates');
  t.strictSame(warned(otherPeriod, 'notConverted'), [['5g']]);
});

/** A figure in dollars that was stated in yuan. */
function inDollars(sector: string, stated: string, dollars: string, rateKey: string): Figure {
  return figure(sector, amount(dollars, 'exact', 'USD'), { rateKey, stated: amount(stated) });
}

test('figures that were converted at different rates are neither subtracted nor divided', async (t) => {
  const total = inDollars('new-infrastructure', '1010', '141.4', 'CNY 0.14');
  const alike = inDollars('5g', '600', '84', 'CNY 0.14');
  const other = inDollars('smart-energy', '400', '60', 'CNY 0.15');
  const mixed = only([total, alike, other]);
  t.match(mixed, { residual: null, sum: null, status: 'undetermined' });
  t.ok(mixed.parts.length === 2 && mixed.parts.every(({ share }) => share === null));
  t.strictSame(
    mixed.warnings.filter(({ code }) => code === 'mixedRates'),
    [
      {
        code: 'mixedRates',
        sectors: ['5g', 'new-infrastructure', 'smart-energy'],
        forecasts: ['5g-2025-12-31', 'new-infrastructure-2025-12-31', 'smart-energy-2025-12-31'],
      },
    ],
  );
  t.match(
    only([total, other]),
    { residual: null, sum: { value: billions('60') }, status: 'undetermined' },
    'parts at one rate add, whatever that of the total',
  );
  const over = inDollars('5g', '1100', '154', 'CNY 0.14');
  t.equal(only([total, over, other]).status, 'overallocated', 'at its own rate, whatever the others');
  t.equal(only([total, { ...over, rateKey: 'CNY 0.15' }, other]).status, 'undetermined');
  t.match(only([total, { ...alike, rateKey: 'HKD 0.14' }]), { residual: null }, 'of another stated currency');
  const twoRates = only([alike, other]);
  t.match(twoRates, { status: 'noTotal', sum: null });
  t.equal(warned(twoRates, 'mixedRates').length, 1);

  const { series } = breakdownMatrix([total, alike, other], PARENTS, { by: { forecaster: 'ccid' } });
  t.match(series, [{ warnings: [{ code: 'mixedRates', forecasts: { length: 3 } }] }]);
  const sound = breakdownMatrix([total, alike], PARENTS, { by: { forecaster: 'ccid' } });
  t.strictSame(sound.series[0]?.warnings, []);
});

test('a share and a status do not depend on the currency', async (t) => {
  const cents = (dollars: string) => ({ value: dollars, low: dollars, high: dollars }) as const;
  const [total, part] = [
    { ...figure('new-infrastructure', { ...amount('0', 'exact', 'USD'), ...cents('0.21') }) },
    { ...figure('5g', { ...amount('0', 'exact', 'USD'), ...cents('0.07') }) },
  ];
  const yuan = (text: string): FigureAmount => ({ ...amount('0'), ...cents(text) });
  const { parts, residual, status } = only([
    { ...total, rateKey: 'CNY 0.07', stated: yuan('3.04') },
    { ...part, rateKey: 'CNY 0.07', stated: yuan('1') },
  ]);
  t.strictSame([parts[0]?.share, residual?.share], ['0.328947368421', '0.671052631579']);
  t.match(residual, { value: '0.14' });
  t.equal(status, 'partial');
  const whole = only([
    { ...total, rateKey: 'CNY 0.07', stated: yuan('3.04') },
    { ...part, amount: total.amount, rateKey: 'CNY 0.07', stated: yuan('2.97') },
  ]);
  t.match(whole, { status: 'partial', residual: { value: '0', share: '0.023026315789' } });
});

test('a part in another currency is not taken for what is left', async (t) => {
  const total = figure('new-infrastructure', amount('10'));
  const dollars = figure('5g', amount('1', 'exact', 'USD'), { id: 'dollars' });
  const of = (...figures: readonly Figure[]) =>
    breakdownsOf('new-infrastructure', figures, PARENTS, []).find((breakdown) => breakdown.total !== null);
  t.match(of(total, figure('smart-energy', amount('4')), dollars), {
    currency: 'CNY',
    parts: [{ sector: 'smart-energy', share: '0.4' }],
    residual: null,
    status: 'undetermined',
    warnings: [{ code: 'otherCurrency', sectors: ['5g'], forecasts: ['dollars'] }],
  });
  t.match(
    of(total, figure('5g', amount('4')), dollars),
    { residual: { value: billions('6') }, warnings: [{ code: 'otherCurrency' }] },
    'its money is in another part',
  );
  t.match(of(total, { ...dollars, period: year('2022') }), { residual: { value: billions('10') } });
  t.match(of(total, { ...dollars, scope: 'central-soes' }), { residual: {}, warnings: [] });
  const parts = (figures: readonly Figure[]) =>
    breakdownsOf('new-infrastructure', figures, PARENTS, []).map((breakdown) => [
      breakdown.total?.forecast ?? null,
      breakdown.parts.map(({ forecast }) => forecast).join(),
      breakdown.residual?.value ?? null,
    ]);
  t.strictSame(
    parts([
      total,
      figure('new-infrastructure', amount('1', 'exact', 'USD'), { id: 'by-2022', period: by('2022') }),
      figure('5g', amount('3'), { id: '5g', period: by('2022') }),
    ]),
    [
      [null, '5g', null],
      ['new-infrastructure-2025-12-31', '', billions('10')],
      ['by-2022', '', null],
    ],
    'a total has its parts whatever its currency',
  );
});

test('a total that could not be converted lends its parts to no other', async (t) => {
  const found = breakdownsOf(
    'new-infrastructure',
    [
      figure('new-infrastructure', null, { id: 'by-2022', period: by('2022') }),
      figure('new-infrastructure', amount('20'), { id: 'by-2025' }),
      figure('5g', amount('3'), { id: '5g', period: by('2022') }),
    ],
    PARENTS,
    [],
  );
  t.match(found, [
    { total: null, status: 'noTotal', parts: [{ forecast: '5g' }] },
    { total: { forecast: 'by-2025' }, parts: [] },
  ]);
});

test('a circle of sectors neither hangs nor adds', async (t) => {
  const circle = new Map([
    ['a', 'b'],
    ['b', 'c'],
    ['c', 'a'],
  ]);
  const figures = ['a', 'b', 'c'].map((sector) => figure(sector, amount('1')));
  const [breakdown] = breakdownsOf('a', figures, circle, []);
  t.strictSame(
    breakdown?.parts.map(({ sector }) => sector),
    ['c'],
  );
  const { series, leftOut } = breakdownMatrix(figures, circle, { by: { forecaster: 'ccid' } });
  t.equal(series.flatMap(({ cells }) => cells).length, 0);
  t.equal(leftOut.length, 3);
});

test('the matrix of one forecaster: parts stacked, the total beside them', async (t) => {
  const { series, leftOut } = breakdownMatrix(
    [...CCID, figure('5g-base-stations', amount('1')), figure('ai-chips', null, { id: 'lost' })],
    PARENTS,
    { by: { forecaster: 'ccid' } },
  );
  const [direct, induced] = series;
  t.equal(series.length, 2);
  t.strictSame(
    direct?.cells.map(({ sector, period }) => [sector, period.end]),
    [
      ['5g', '2025-12-31'],
      ['artificial-intelligence', '2025-12-31'],
      ['data-centres', '2022-12-31'],
    ],
  );
  t.strictSame(
    direct?.totals.map(({ forecast }) => forecast),
    ['total'],
  );
  t.strictSame(direct?.sectors, ['5g', 'artificial-intelligence', 'data-centres']);
  t.strictSame(
    direct?.periods.map(({ end }) => end),
    ['2022-12-31', '2025-12-31'],
  );
  t.strictSame(direct?.leftOut, [
    { forecast: '5g-base-stations-2025-12-31', reason: 'finerFigure' },
    { forecast: 'lost', reason: 'notConverted' },
  ]);
  t.strictSame(
    induced?.cells.map(({ forecast }) => forecast),
    ['induced'],
    'a total alone is a bar of its own',
  );
  t.strictSame(leftOut, []);
  const [other] = breakdownMatrix([figure('5g', null, { id: 'lost' })], PARENTS, {
    by: { forecaster: 'ccid' },
  }).leftOut;
  t.strictSame(other, { forecast: 'lost', reason: 'notConverted' }, 'where none of its key can be shown');
});

test('sectors of different trees never share a bar', async (t) => {
  const figures = [
    figure('power-grid', amount('450')),
    figure('smart-energy', amount('181.1')),
    figure('5g', amount('10')),
    figure('power-grid', null, { id: 'lost', period: year('2022') }),
  ];
  const { series, leftOut } = breakdownMatrix(figures, PARENTS, { by: { forecaster: 'ccid' } });
  t.strictSame(
    series.map(({ root, sectors, leftOut: lost }) => [root, sectors.join(), lost.length]),
    [
      ['new-infrastructure', '5g,smart-energy', 0],
      ['power-grid', 'power-grid', 1],
    ],
  );
  t.strictSame(leftOut, []);
});

test('the matrix of a year takes that year alone', async (t) => {
  const { series, leftOut } = breakdownMatrix(
    [
      figure('5g', amount('1'), { period: year('2022') }),
      figure('smart-energy', amount('2'), { id: 'a', period: year('2022') }),
      figure('smart-energy', amount('3'), { id: 'b', period: year('2022') }),
      figure('data-centres', amount('9'), { period: span('2020', '2025', 6) }),
      figure('data-centres', amount('9'), { id: 'before', period: year('2021') }),
      figure('data-centres', amount('9'), { id: 'each', period: { ...year('2022'), kind: 'perYear' } }),
      figure('5g', amount('9'), { id: 'alone', forecaster: 'other', period: by('2025') }),
    ],
    PARENTS,
    { by: { year: 2022 } },
  );
  t.equal(series.length, 1);
  t.strictSame(
    series[0]?.cells.map(({ sector }) => sector),
    ['5g'],
  );
  t.strictSame(series[0]?.leftOut, [
    { forecast: 'a', reason: 'severalFigures' },
    { forecast: 'b', reason: 'severalFigures' },
    { forecast: 'data-centres-2025-12-31', reason: 'differentPeriod' },
    { forecast: 'each', reason: 'differentPeriod' },
  ]);
  t.strictSame(leftOut, [{ forecast: 'alone', reason: 'differentPeriod' }]);
});

test('the matrix of a measure has a series for each document and forecaster', async (t) => {
  const { series } = breakdownMatrix(
    [...CCID, figure('5g', amount('1'), { id: 'x', source: 'other' })],
    PARENTS,
    { by: { measure: 'directInvestment' } },
  );
  t.strictSame(
    series.map(({ source, measure, cells }) => [source, measure, cells.length]),
    [
      ['other', 'directInvestment', 1],
      ['page', 'directInvestment', 3],
    ],
  );
});

test('a breakdown that would name too much is refused', async (t) => {
  const [breakdown] = breakdownsOf('new-infrastructure', CCID, PARENTS, []);
  const parts = breakdown?.parts.length ?? 0;
  t.ok(parts > 1);
  t.throws(
    () =>
      finished(breakdownsInSteps('new-infrastructure', CCID, { parentOf: PARENTS, schemes: [] }, parts - 1)),
    {
      code: 'tooManyRecords',
      data: { most: parts - 1 },
    },
  );
});

test('a sector of several parents counts once in each tree, and parts that share it are warned of', async (t) => {
  const parents = new Map<string, string | null | readonly string[]>([
    ['grid', null],
    ['infrastructure', null],
    ['energy', 'infrastructure'],
    ['digital', 'infrastructure'],
    ['uhv', ['energy', 'digital', 'grid']],
  ]);
  const uhv = figure('uhv', amount('2'), { id: 'uhv' });
  const figures = [
    figure('infrastructure', amount('10'), { id: 'infrastructure' }),
    figure('grid', amount('8'), { id: 'grid' }),
    uhv,
  ];
  for (const [sector, share] of [
    ['infrastructure', '0.2'],
    ['grid', '0.25'],
  ] as const) {
    const [breakdown] = breakdownsOf(sector, figures, parents, []);
    t.match(breakdown, { total: { forecast: sector }, parts: [{ forecast: 'uhv', share }] });
    t.equal(breakdown?.parts.length, 1);
    t.strictSame(breakdown && warned(breakdown, 'overlappingParts'), []);
  }
  const energy = figure('energy', amount('3'), { id: 'energy' });
  const within = breakdownsOf('infrastructure', [...figures, energy], parents, [])[0];
  t.strictSame(
    within?.parts.map(({ forecast }) => forecast),
    ['energy'],
    'it lies within one of its parents',
  );
  t.match(within?.leftOut, [{ forecast: 'uhv', reason: 'finerFigure' }]);
  const both = breakdownsOf('infrastructure', [energy, figure('digital', amount('4'))], parents, [])[0];
  t.strictSame(both && warned(both, 'overlappingParts'), [['digital', 'energy']]);
  const said = breakdownsOf(
    'infrastructure',
    [energy, figure('digital', amount('4'))],
    new Map([...parents].filter(([id]) => id !== 'uhv')),
    [],
    new Map([['digital', ['energy']]]),
  )[0];
  t.strictSame(said && warned(said, 'overlappingParts'), [['digital', 'energy']]);

  const { series } = breakdownMatrix(figures, parents, { by: { measure: uhv.measure } });
  t.strictSame(
    series.map(({ root, cells, totals }) => [root, cells.length, totals.length]),
    [
      ['grid', 1, 1],
      ['infrastructure', 1, 1],
    ],
  );
});

test('a fiscal year and a calendar year are totals of their own; a half is part of its year and says so', async (t) => {
  const window = (start: string, end: string, years: number | null): Period => ({
    ...year('2025'),
    kind: 'window',
    start,
    end,
    years,
  });
  const fiscal = window('2025-04-01', '2026-03-31', 1);
  const of = (id: string, sector: string, text: string, period: Period): Figure =>
    figure(sector, amount(text), { id, period });
  const found = breakdownsOf(
    'new-infrastructure',
    [
      of('calendar', 'new-infrastructure', '100', year('2025')),
      of('fiscal', 'new-infrastructure', '110', fiscal),
      of('fiscal-5g', '5g', '60', fiscal),
      of('calendar-ai', 'artificial-intelligence', '40', year('2025')),
      of('half', 'data-centres', '20', window('2025-04-01', '2025-09-30', null)),
    ],
    PARENTS,
    [],
  );
  const told = Object.fromEntries(
    found.map((breakdown) => [
      breakdown.total?.forecast,
      {
        parts: breakdown.parts.map(({ forecast }) => forecast),
        horizons: warned(breakdown, 'differentHorizons'),
      },
    ]),
  );
  t.strictSame(told, {
    calendar: { parts: ['calendar-ai', 'half'], horizons: [['data-centres']] },
    fiscal: { parts: ['fiscal-5g', 'half'], horizons: [['data-centres']] },
  });
});

const BASE = { name: 'base case', kind: 'base' } as const;
const HIGH = { name: 'high case', kind: 'high' } as const;

test('scenarios of a document are alternatives: the base case is broken down, the others are named', async (t) => {
  const figures = [
    figure('new-infrastructure', amount('15.8'), { scenario: BASE }),
    figure('new-infrastructure', amount('20'), { id: 'high', scenario: HIGH }),
    figure('5g', amount('10'), { scenario: BASE }),
    figure('5g', amount('13'), { id: '5g-high', scenario: HIGH }),
    figure('data-centres', amount('5.8'), { id: 'plain' }),
  ];
  const breakdown = only(figures);
  t.match(breakdown, { status: 'complete', total: { amount: { value: '15800000000' } } });
  t.strictSame(breakdown.leftOut, [
    { forecast: '5g-high', sector: '5g', reason: 'otherScenario' },
    { forecast: 'high', sector: 'new-infrastructure', reason: 'otherScenario' },
  ]);
  t.strictSame(breakdown.statements.scenarios, [BASE]);
  t.strictSame(warned(breakdown, 'mixedScenarios'), []);
  // Narrowed to one scenario it is that one's.
  t.match(only(figures.filter(({ scenario }) => scenario === HIGH)), {
    total: { forecast: 'high' },
    parts: [{ forecast: '5g-high' }],
    status: 'partial',
  });
  // Without a base case each is a breakdown of its own; what stands beside no base case is in one of its own as well.
  const low = figure('5g', amount('7'), { id: 'low', scenario: { name: 'low case', kind: 'low' } });
  const alone = breakdownsOf('new-infrastructure', [low, ...figures.slice(3, 4)], PARENTS, []);
  t.strictSame(alone.map(({ parts }) => parts.map(({ forecast }) => forecast)).sort(), [
    ['5g-high'],
    ['low'],
  ]);
  const elsewhere = figure('5g', amount('9'), { id: 'elsewhere', scenario: HIGH, period: year('2031') });
  const all = breakdownsOf('new-infrastructure', [...figures, elsewhere], PARENTS, []);
  t.ok(all.some(({ parts }) => parts.some(({ forecast }) => forecast === 'elsewhere')));
});

test('what is in other prices is never added, and stances that are mixed are named', async (t) => {
  const real = { prices: { kind: 'constant', year: 2024 } } as const;
  const figures = [
    figure('new-infrastructure', amount('15')),
    figure('5g', amount('10'), { stance: 'target', prices: { kind: 'nominal', year: null } }),
    figure('data-centres', amount('5'), real),
    figure('artificial-intelligence', amount('2'), {
      id: 'ai-2020',
      prices: { kind: 'constant', year: 2020 },
    }),
  ];
  const found = breakdownsOf('new-infrastructure', figures, PARENTS, []);
  t.strictSame(
    found.map(({ statements, parts }) => [statements.prices, parts.map(({ sector }) => sector)]),
    [
      [
        [
          { kind: 'nominal', year: null },
          { kind: 'unstated', year: null },
        ],
        ['5g'],
      ],
      [[{ kind: 'constant', year: 2020 }], ['artificial-intelligence']],
      [[{ kind: 'constant', year: 2024 }], ['data-centres']],
    ],
  );
  const [whole] = found;
  t.match(whole, { residual: null, status: 'undetermined' });
  t.strictSame(
    whole?.leftOut.map(({ forecast, reason }) => [forecast, reason]),
    [
      ['ai-2020', 'otherPrices'],
      ['data-centres-2025-12-31', 'otherPrices'],
    ],
  );
  t.match(whole?.warnings, [{ code: 'otherPrices' }, { code: 'mixedStances', forecasts: ['5g-2025-12-31'] }]);
  const { series } = breakdownMatrix(figures, PARENTS, { by: { forecaster: 'ccid' } });
  t.equal(series.length, 3, 'each in bars of its own');
});

test('a bar has figures of one scenario', async (t) => {
  const figures = [
    figure('5g', amount('10'), { scenario: BASE }),
    figure('5g', amount('13'), { id: 'high', scenario: HIGH }),
    figure('data-centres', amount('9'), { id: 'dc-high', scenario: HIGH }),
  ];
  const { series } = breakdownMatrix(figures, PARENTS, { by: { forecaster: 'ccid' } });
  t.match(series, [
    {
      cells: [{ forecast: '5g-2025-12-31' }],
      leftOut: [
        { forecast: 'dc-high', reason: 'otherScenario' },
        { forecast: 'high', reason: 'otherScenario' },
      ],
    },
  ]);
});
