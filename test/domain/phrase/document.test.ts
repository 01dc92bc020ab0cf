import { test } from 'tap';
import { DomainError } from '../../../src/domain/errors.ts';
import type { DocumentFigure, DocumentOptions } from '../../../src/domain/phrase/document.ts';
import { readDocument } from '../../../src/domain/phrase/document.ts';
import { finished } from '../../../src/domain/steps.ts';
import { NameMatcher } from '../../../src/domain/text/name-matcher.ts';

function names(kind: string, id: string, isProper: boolean, ...called: string[]) {
  return called.map((one) => ({ kind, id, called: one, nameKind: 'name', isProper }));
}

const NAMES = new NameMatcher([
  ...names('forecaster', 'grid-institute', true, 'Grid Institute', '电网研究院', '전력연구원'),
  ...names('forecaster', 'east-bank', true, 'East Bank', '东方银行'),
  ...names('sector', 'power-grid', false, 'Power grid', '电网', '전력망', 'Stromnetz'),
  ...names('sector', 'railway', false, 'Railways', '铁路'),
  ...names('region', 'CN', true, 'China', '中国', '중국'),
]);

function read(text: string, options: DocumentOptions = {}): readonly DocumentFigure[] {
  return finished(readDocument(text, NAMES, options, 100)).figures;
}

/** The likeliest of each kind, and where the figure stands. */
function told(figure: DocumentFigure | undefined) {
  if (figure === undefined) return undefined;
  const { reading, converts, drives, candidates } = figure;
  return {
    value: reading instanceof DomainError ? reading.code : (reading.value ?? reading.low),
    converts,
    drives,
    ...Object.fromEntries(Object.entries(candidates).map(([kind, [first]]) => [kind, first?.id])),
  };
}

test('what kind of spending, financing, need or gap a figure is', (t) => {
  for (const [language, text, measure] of [
    ['en', 'The firm raised its capex to $80 billion in 2025.', 'capitalExpenditure'],
    ['en', 'Capital expenditures will reach $80 billion.', 'capitalExpenditure'],
    ['en', 'Public expenditure of €40 billion is planned.', 'publicExpenditure'],
    ['en', 'The programme provides funding of $3 billion.', 'financing'],
    ['en', 'Investment needs amount to $94 trillion by 2040.', 'investmentNeed'],
    ['en', 'The infrastructure gap is $15 trillion to 2040.', 'investmentGap'],
    ['en', 'Investment in railways reached $3 billion.', 'directInvestment'],
    ['zh', '公司资本开支达800亿元', 'capitalExpenditure'],
    ['zh', '资金缺口达3万亿元', 'investmentGap'],
    ['zh', '财政支出28万亿元', 'publicExpenditure'],
    ['zh', '融资规模达3000亿元', 'financing'],
    ['zh', '投资需求约为2万亿元', 'investmentNeed'],
    ['fr', "Les dépenses d'investissement atteindront 3 milliards d'euros.", 'capitalExpenditure'],
    ['fr', "Les besoins d'investissement sont de 3 milliards d'euros.", 'investmentNeed'],
    ['de', 'Der Investitionsbedarf beträgt 3 Milliarden Euro.', 'investmentNeed'],
    ['es', 'La brecha de inversión es de 3.000 millones de euros.', 'investmentGap'],
    ['ja', '歳出は100兆円', 'publicExpenditure'],
    ['ko', '투자 수요는 3조원', 'investmentNeed'],
    ['pt', 'O financiamento será de R$ 3 bilhões.', 'financing'],
    ['ru', 'Капитальные затраты составят 3 млрд рублей.', 'capitalExpenditure'],
    ['it', 'Il finanziamento sarà di 3 miliardi di euro.', 'financing'],
    ['nl', 'De investeringsbehoefte bedraagt 3 miljard euro.', 'investmentNeed'],
    ['hi', 'पूंजीगत व्यय ₹3 लाख करोड़ होगा', 'capitalExpenditure'],
  ] as const)
    t.match(told(read(text, { language })[0]), { measure }, `${language} ${measure}`);
  t.end();
});

test('an English paragraph: a conversion behind its period, and a figure that drives another', (t) => {
  const text =
    'Background.\n\nThe Grid Institute expects that investment in the power grid of China will reach 2 trillion yuan in 2021 (about US$310 billion), driving further investment of 3.5 trillion yuan. The Fourteenth of May brought 5G to 40 million users, up 12.5 %.';
  const figures = read(text, { language: 'en' });
  t.equal(figures.length, 3, 'what is a day, a generation, a count or a percentage is none');
  const subject = { forecaster: 'grid-institute', sector: 'power-grid', region: 'CN' };
  t.match(told(figures[0]), { value: '2000000000000', drives: [2], measure: 'directInvestment', ...subject });
  t.match(told(figures[1]), { value: '310000000000', converts: 0, ...subject });
  t.match(told(figures[2]), {
    value: '3500000000000',
    converts: null,
    measure: 'inducedInvestment',
    ...subject,
  });
  t.equal(figures[0]?.phrase?.text, 'of China will reach 2 trillion yuan in 2021');
  t.equal(figures[1]?.phrase?.text, 'about US$310 billion');
  for (const { start, end, text: printed, sentence, phrase } of figures) {
    for (const passage of [sentence, phrase])
      t.equal([...text].slice(passage?.start, passage?.end).join(''), passage?.text);
    t.equal([...text].slice(start, end).join(''), printed);
  }
  t.end();
});

test('a Chinese paragraph, with characters of two code units before it', (t) => {
  const text =
    '𠮷𠮷：电网研究院预计，2021年中国电网投资将达2万亿元（约3100亿美元），带动产值3.5万亿元。铁路投资为8000亿元，东方银行表示。';
  const figures = read(text, { language: 'zh' });
  t.equal(figures.length, 4);
  t.match(told(figures[0]), {
    value: '2000000000000',
    drives: [2],
    forecaster: 'grid-institute',
    sector: 'power-grid',
  });
  t.match(told(figures[1]), { value: '310000000000', converts: 0 });
  t.match(told(figures[2]), {
    value: '3500000000000',
    measure: 'economicOutput',
    forecaster: 'grid-institute',
  });
  t.match(told(figures[3]), { value: '800000000000', sector: 'railway', forecaster: 'east-bank' });
  for (const { start, end, text: printed } of figures) t.equal([...text].slice(start, end).join(''), printed);
  t.end();
});

test('a Korean paragraph, and a German one whose numbers depend on the language', (t) => {
  const korean = '전력연구원은 중국 전력망 투자가 3조 위안(약 518조 원)에 이를 것으로 전망했다.';
  const [main, conversion] = read(korean, { language: 'ko' });
  t.match(told(main), {
    value: '3000000000000',
    forecaster: 'grid-institute',
    sector: 'power-grid',
    region: 'CN',
  });
  t.match(told(conversion), { value: '518000000000000', converts: 0 });
  const german = 'Das Stromnetz braucht Investitionen von 1 Billion Euro.';
  t.match(told(read(german, { language: 'de' })[0]), {
    value: '1000000000000',
    sector: 'power-grid',
    measure: 'directInvestment',
  });
  t.match(told(read(german)[0]), { value: 'ambiguousNumber' }, 'without its language it is refused');
  t.end();
});

test('who forecasts is taken from the sentence before, if its own names nobody', (t) => {
  const figures = read(
    'East Bank has a view. Railways will need 300 billion yuan.\n\nThe Grid Institute disagrees.',
    { language: 'en' },
  );
  t.match(figures[0]?.candidates.forecaster, [
    { id: 'east-bank', nearness: 'paragraph' },
    { id: 'grid-institute', nearness: 'document' },
  ]);
  t.end();
});

test('what drives and what is driven may stand the other way round', (t) => {
  const [first, second] = read('Output of 9 trillion yuan is driven by investment of 2 trillion yuan.', {
    language: 'en',
  });
  t.strictSame([first?.drives, second?.drives], [[], [0]]);
  t.end();
});

test('nothing is driven by what stands in another clause about something else', (t) => {
  for (const text of [
    'Railways take 1 trillion yuan, and the power grid will drive output of 2 trillion yuan.',
    'Railways take 1 trillion yuan; this will drive output of 2 trillion yuan.',
  ])
    t.strictSame(
      read(text, { language: 'en' }).map(({ drives }) => drives),
      [[], []],
      text,
    );
  const within = 'Investment of 1 trillion yuan in the power grid, driving output of 2 trillion yuan.';
  t.strictSame(read(within, { language: 'en' })[0]?.drives, [1]);
  t.end();
});

test('each figure of a list is of what stands before it on its line', (t) => {
  const figures = read(
    'Investment in 2021:\n- Power grid: 300 billion yuan\n- Railways: 100 billion yuan\n',
    { language: 'en' },
  );
  t.strictSame(
    figures.map(({ candidates, phrase, period }) => [candidates.sector?.[0]?.id, phrase?.text, period?.text]),
    [
      ['power-grid', 'Investment in 2021:\n- Power grid: 300 billion yuan', 'in 2021'],
      ['railway', 'Railways: 100 billion yuan', 'in 2021'],
    ],
  );
  t.end();
});

test('a figure is quoted with its period and whole words of its clause', (t) => {
  for (const [text, language, phrase] of [
    [
      '据电网研究院预测，2021-2025年中国电网投资约2.5万亿元，铁路投资8000亿元。',
      'zh',
      '2021-2025年中国电网投资约2.5万亿元',
    ],
    [
      '중국은 철도를 짓는다. 전력연구원은 2030년까지 1800억 달러를 투자할 것으로 전망했다.',
      'ko',
      '전력연구원은 2030년까지 1800억 달러를 투자할 것으로 전망했다',
    ],
    [
      'Railways cost much, and at least 3 billion yuan (or more) is needed, he said.',
      'en',
      'and at least 3 billion yuan',
    ],
    [
      'Das Stromnetz braucht bis 2030 rund 1,5 Mrd. Euro, sagt die Bank.',
      'de',
      'Das Stromnetz braucht bis 2030 rund 1,5 Mrd. Euro',
    ],
  ] as const)
    t.equal(read(text, { language }).at(0)?.phrase?.text, phrase);
  t.end();
});

test('what a sign means may be said in another paragraph', (t) => {
  const figures = read(
    'All dollar figures are Canadian. Railways cost US$3 billion.\n\nThe power grid costs $5 billion.',
    { language: 'en' },
  );
  t.match(figures.map(told), [
    { value: '3000000000', sector: 'railway' },
    { value: '5000000000', sector: 'power-grid' },
  ]);
  t.end();
});

test('a long sentence is shown around its figure, and more figures than are wanted are counted', (t) => {
  const text = `${'and so on, '.repeat(200)}at last 3 billion yuan${', and so on'.repeat(200)}`;
  const [figure] = read(text, { language: 'en' });
  t.ok((figure?.sentence.text.length ?? 0) <= 300);
  t.match(figure?.sentence.text, '3 billion yuan');
  const many = finished(readDocument('It is 3 billion yuan. '.repeat(150), NAMES, { language: 'en' }, 100));
  t.match(many, { found: 150, figures: { length: 100 } });
  t.end();
});

test('fiscal years are those of the region where they are the same for everybody, else refused', (t) => {
  const text = 'Capital expenditure of ₹11.2 lakh crore in FY2025/26 is planned.';
  const [indian] = read(text, { language: 'en', region: 'IN' });
  t.match(indian?.period?.reading, {
    ...{ start: '2025-04-01', end: '2026-03-31', kind: 'window', years: 1 },
    ...{ asStated: 'in FY2025/26', inferred: ['start', 'end'] },
  });
  for (const region of [undefined, 'US', 'JP', 'BR'])
    t.match(
      read(text, { language: 'en', region })[0]?.period?.reading,
      { code: 'ambiguousPeriod' },
      `${region}`,
    );
  t.end();
});
