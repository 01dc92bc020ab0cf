import { test } from 'tap';
import type { DocumentFigure } from '../../../src/domain/phrase/document.ts';
import { readDocument } from '../../../src/domain/phrase/document.ts';
import type { SaidStatement } from '../../../src/domain/phrase/statements.ts';
import { finished } from '../../../src/domain/steps.ts';
import { NameMatcher } from '../../../src/domain/text/name-matcher.ts';

function read(text: string, language: string): readonly DocumentFigure[] {
  const options = { language, ...(/\$|dollars/.test(text) && { currency: 'USD' }) };
  return finished(readDocument(text, new NameMatcher([]), options, 100)).figures;
}

const constant = (year: number) => ({ prices: { kind: 'constant', year } }) as const;
const scenario = (kind: 'base' | 'low' | 'high' | 'other', name: string) => ({ scenario: { name, kind } });

/** Sentences of one figure, with what they say of it. */
const CASES: readonly (readonly [language: string, text: string, said: SaidStatement])[] = [
  ['en', 'State Grid plans to invest 450 billion yuan in 2020.', { stance: 'plan' }],
  ['en', 'The target of 3 trillion yuan stands.', { stance: 'target' }],
  ['en', 'India needs $10 trillion by 2030.', { stance: 'need' }],
  ['en', 'The budget is $11 billion.', { stance: 'budget' }],
  ['en', 'The bank pledges $3 billion for grids.', { stance: 'commitment' }],
  ['en', 'The fund commits $3 billion to grids.', { stance: 'commitment' }],
  ['en', 'Spending is estimated to have reached $3 billion in 2023.', { stance: 'estimate' }],
  ['en', 'Spending is expected to reach $3 billion in 2023.', { stance: 'projection' }],
  ['en', 'Investment was $3.3 trillion in 2025 in constant 2024 dollars.', constant(2024)],
  ['en', 'Investment was $3.3 trillion (in 2024 US dollars).', constant(2024)],
  ['en', 'Investment was $3.3 trillion at 2015 prices.', constant(2015)],
  ['en', 'In real terms, at 2015 prices, investment was $3.3 trillion.', constant(2015)],
  ['en', 'Investment was $3.3 trillion in real terms.', {}],
  ['en', 'Investment was $3.3 trillion in nominal terms.', { prices: { kind: 'nominal', year: null } }],
  ['en', 'In the base case, investment reaches $15.8 trillion.', scenario('base', 'base case')],
  ['en', 'The high case has $20 trillion by 2030.', scenario('high', 'high case')],
  [
    'en',
    'The Stated Policies Scenario has $3 trillion a year.',
    scenario('other', 'Stated Policies Scenario'),
  ],
  ['zh', '国家电网计划投资4500亿元', { stance: 'plan' }],
  ['zh', '目标投资3万亿元', { stance: 'target' }],
  ['zh', '需要3万亿元', { stance: 'need' }],
  ['zh', '目標投資3萬億元人民幣', { stance: 'target' }],
  ['zh', '预算为3万亿元', { stance: 'budget' }],
  ['zh', '按2020年价格计算，总额为3万亿元', constant(2020)],
  ['zh', '基准情景下总额为3万亿元', scenario('base', '基准情景')],
  ['zh', '乐观情景下总额为3万亿元', scenario('high', '乐观情景')],
  ['ja', '目標は5兆円', { stance: 'target' }],
  ['ja', '5兆円が必要となる', { stance: 'need' }],
  ['ja', '2015年価格で5兆円になる', constant(2015)],
  ['ja', '標準シナリオでは5兆円になる', scenario('base', '標準シナリオ')],
  ['ko', '목표는 5조원이다', { stance: 'target' }],
  ['ko', '5조원이 필요하다', { stance: 'need' }],
  ['ko', '기본 시나리오에서 5조원에 이른다', scenario('base', '기본 시나리오')],
  ['de', 'Die Bahn plant 5 Milliarden Euro.', { stance: 'plan' }],
  ['de', 'Es werden 5 Milliarden Euro benötigt.', { stance: 'need' }],
  ['de', 'Es sind 300 Milliarden Euro in Preisen von 2015.', constant(2015)],
  ['de', 'Im Basisszenario sind es 5 Milliarden Euro.', scenario('base', 'Basisszenario')],
  ['fr', "Le groupe prévoit d'investir 5 milliards d'euros.", { stance: 'plan' }],
  ['fr', "L'objectif est de 5 milliards d'euros.", { stance: 'target' }],
  ['fr', "Il faudra 100 milliards d'euros constants de 2020.", { stance: 'need', ...constant(2020) }],
  ['fr', "Dans le scénario central, ce sont 5 milliards d'euros.", scenario('base', 'scénario central')],
  ['es', 'La empresa planea invertir 5.000 millones de euros.', { stance: 'plan' }],
  ['es', 'Se requieren 5.000 millones de euros a precios de 2015.', { stance: 'need', ...constant(2015) }],
  ['es', 'En el escenario base son 5.000 millones de euros.', scenario('base', 'escenario base')],
  ['it', 'Servono 5 miliardi di euro.', { stance: 'need' }],
  ['pt', 'O objetivo é de 5 bilhões de euros.', { stance: 'target' }],
  ['nl', 'Er is 5 miljard euro nodig.', { stance: 'need' }],
  ['ru', 'Компания планирует 5 млрд евро.', { stance: 'plan' }],
  ['sv', 'Bolaget planerar 5 miljarder euro.', { stance: 'plan' }],
];

test('what kind of statement a figure is, of which scenario, and in which prices', (t) => {
  for (const [language, text, said] of CASES) {
    const figures = read(text, language);
    t.equal(figures.length, 1, `${language} one figure`);
    t.strictSame(figures[0]?.said, said, `${language} ${JSON.stringify(said).replace(/[^ -~]/g, '?')}`);
  }
  t.end();
});

test('words that disagree, or may be of another figure, say nothing', (t) => {
  for (const [language, text, ...said] of [
    ['en', 'The firm plans to invest $5 billion in a market that is expected to reach $20 billion.', {}, {}],
    ['en', 'Sales were $10 billion and the firm plans to invest $5 billion.', {}, {}],
    ['en', 'Sales were $10 billion, and the firm plans to invest $5 billion.', {}, { stance: 'plan' }],
    [
      'en',
      'The firm plans to put $5 billion into rail and $3 billion into grids.',
      { stance: 'plan' },
      { stance: 'plan' },
    ],
    ['en', 'Investment is $15.8 trillion in the base case and $20 trillion in the high case.', {}, {}],
    ['en', 'The firm plans to grow. Investment was $5 billion.', {}],
    ['en', 'In 2024 prices for chips fell to $5 billion.', {}],
    ['en', 'The target price rose and the project was $3 billion over budget.', {}],
    ['en', 'At 2015 prices it was $5 billion, and $6 billion at 2020 prices.', {}, {}],
    ['zh', '2020年价格上涨，总额为3万亿元', {}],
    ['zh', '国家电网计划投资4500亿元，目标带动9000亿元', {}, {}],
  ] as const)
    t.strictSame(
      read(text, language).map((figure) => figure.said),
      said,
      text.replace(/[^ -~]/g, '?'),
    );
  t.end();
});

test('the year of prices is neither a sum nor a period, and an earlier forecast is told of', (t) => {
  const [figure, ...others] = read('It is 3.3 trillion dollars in constant 2024 dollars by 2030.', 'en');
  t.match(figure, {
    reading: { value: '3300000000000' },
    period: { text: 'by 2030' },
    ...{ isRevised: false },
  });
  t.strictSame(others, []);
  t.match(figure?.candidates.prices, [{ id: 'constant 2024', reason: 'cueWord', nearness: 'sentence' }]);
  for (const [language, text] of [
    ['en', 'Amazon now sees $5 billion, raised from its guidance.'],
    ['zh', '公司将投资上调至5万亿元'],
    ['ja', '投資を5兆円に上方修正した'],
    ['ko', '투자를 5조원으로 상향 조정했다'],
    ['de', 'Die Prognose wurde auf 5 Milliarden Euro nach oben korrigiert.'],
  ] as const)
    t.equal(read(text, language)[0]?.isRevised, true, language);
  t.end();
});
