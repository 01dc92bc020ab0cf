import { test } from 'tap';
import { DomainError } from '../../../src/domain/errors.ts';
import { readAmounts } from '../../../src/domain/phrase/amount-phrase.ts';
import { readDocument } from '../../../src/domain/phrase/document.ts';
import { finished } from '../../../src/domain/steps.ts';
import { NameMatcher } from '../../../src/domain/text/name-matcher.ts';
import { described } from '../../helpers/phrase-cases.ts';

/** A text, the tag of its language, and what its figures say, each as printed. */
type Case = readonly [
  text: string,
  language: string,
  says: Readonly<Record<string, string>>,
  currency?: string,
];

function testTexts(name: string, cases: readonly Case[]): void {
  test(name, async (t) => {
    for (const [text, language, says, currency] of cases) {
      const figures = readAmounts(text, { language, ...(currency !== undefined && { currency }) });
      const found = figures.map(({ start, end, reading }) => [
        text.slice(start, end),
        reading instanceof DomainError ? reading.code : described(reading),
      ]);
      t.strictSame(Object.fromEntries(found), says, text.replace(/[^ -~]/g, '?').slice(0, 60));
      t.equal(found.length, Object.keys(says).length);
    }
  });
}

const yi = (plain: number, currency = 'CNY') => `${plain * 1e8} exact ${currency}`;

testTexts('numbers below a heading that names their unit are in it, until the next heading', [
  [
    '表2 重点领域\n| 领域 | 投资额（亿元） | 增速（%） |\n|---|---|---|\n| 5G | 2,500 | 12 |\n| 特高压 | 约1,811 | 8 |\n\n到2025年有5个项目。',
    'zh',
    { '2,500': yi(2500), '1,811': '181100000000 approximately CNY' },
  ],
  [
    '单位：亿元\n年份\t2019\t2020\n5G\t330\t2500\n数据中心\t1200\t1500-1700\n',
    'zh',
    { 330: yi(330), 2500: yi(2500), 1200: yi(1200), '1500-1700': '150000000000..170000000000 range CNY' },
  ],
  ['総投資額（億円）：3,400\n', 'ja', { '3,400': yi(3400, 'JPY') }],
  ['設備投資（単位：百万円）\n通信: 3,200\n件数: 12\n', 'ja', { '3,200': '3200000000 exact JPY' }],
  ['투자 계획 (단위: 억원)\n5G: 2,500\n비중: 12\n', 'ko', { '2,500': yi(2500, 'KRW') }],
  [
    'Capital plan (US$ in millions)\nRevenue   $ 1,234   $ 1,300\nCapex     560     610\nGrowth    12     14\n\nThe firm employs\n300\n',
    'en',
    {
      '$ 1,234': '1234000000 exact USD',
      '$ 1,300': '1300000000 exact USD',
      560: '560000000 exact USD',
      610: '610000000 exact USD',
    },
  ],
  [
    'Planned spending (EUR billion)\n- 5G networks: 180\n- Data centres: about 95\n# Staff\n- Engineers: 500\n',
    'en',
    { 180: '180000000000 exact EUR', 95: '95000000000 approximately EUR' },
  ],
  [
    'Investitionen, in Mio. EUR\n- Netze: 1.500\n- Bahn: 2.300,5\n- Anteil: 12\n',
    'de',
    { '1.500': '1500000000 exact EUR', '2.300,5': '2300500000 exact EUR' },
  ],
  ['Dépenses (en millions d’euros)\nRéseaux : 1 500\nPart : 12\n', 'fr', { '1 500': '1500000000 exact EUR' }],
]);

testTexts('what a heading leaves in doubt is refused, and a unit is no sum', [
  ['Plan (USD billion)\n- Rail: 2025\n- Completed by 2025\n', 'en', { 2025: 'malformedFigure' }],
  ['Plan (USD million)\nCapex   560   (45)\n', 'en', { 560: '560000000 exact USD', 45: 'negativeFigure' }],
  ['单位：亿元、%\n特高压\t1811\t12\n', 'zh', { 1811: 'malformedFigure', 12: 'malformedFigure' }],
  ['Totals (in millions, except per share data)\nCapex   560\n', 'en', {}, 'USD'],
  ['Investment (US$1 billion)\n- Staff: 500\n', 'en', { 'US$1 billion': '1000000000 exact USD' }],
  ['Budget ($ in millions)\n- Grid: 300\n', 'en', { 300: 'currencyOpen' }],
  ['투자 계획 (단위: 억원)\n전력망: 1조 200\n', 'ko', { '1조': 'currencyOpen' }],
  ['Plan (EUR million)\nNetz 500 600 700\n', 'en', { '500 600 700': 'malformedFigure' }],
]);

testTexts('a text says which currency it means', [
  [
    'All dollar figures are Canadian. It spends $5 billion (US$3.6 billion), then 20 million dollars.',
    'en',
    {
      '$5 billion': '5000000000 exact CAD',
      'US$3.6 billion': '3600000000 exact USD',
      '20 million dollars': '20000000 exact CAD',
    },
  ],
  [
    'In U.S. dollars unless otherwise stated. It spends $5 billion and C$3 billion.',
    'en',
    { '$5 billion': '5000000000 exact USD', 'C$3 billion': '3000000000 exact CAD' },
  ],
  [
    'References to “$” are to Australian dollars. It spends $7 million.',
    'en',
    { '$7 million': '7000000 exact AUD' },
  ],
  [
    '以下均为美元。预计约50亿，另投30亿。',
    'zh',
    { '50亿': '5000000000 approximately USD', '30亿': '3000000000 exact USD' },
  ],
  ['文中金额单位均为港元。投资约50亿元。', 'zh', { '50亿元': '5000000000 approximately HKD' }],
  ['Alle Angaben in US-Dollar. Es kostet 5 Mrd. Dollar.', 'de', { '5 Mrd. Dollar': '5000000000 exact USD' }],
  [
    'Mexican pesos: MXN 5 billion was planned, 3 billion pesos came.',
    'en',
    { 'MXN 5 billion': '5000000000 exact MXN', '3 billion pesos': '3000000000 exact MXN' },
  ],
  [
    'SEK 5 billion was planned; 3 billion kronor came.',
    'en',
    { 'SEK 5 billion': '5000000000 exact SEK', '3 billion kronor': '3000000000 exact SEK' },
  ],
]);

testTexts('where a text says two things of its currency, or another than the words can mean, it stays open', [
  [
    'It raised A$5 million. Later it spent $3 million.',
    'en',
    { 'A$5 million': '5000000 exact AUD', '$3 million': 'currencyOpen' },
  ],
  [
    'The fund put C$5bn into rail. Apple will invest $500bn in the United States.',
    'en',
    { C$5bn: '5000000000 exact CAD', $500bn: 'currencyOpen' },
  ],
  [
    'HK$5bn went to rail, and 3 billion dollars to roads.',
    'en',
    { HK$5bn: '5000000000 exact HKD', '3 billion dollars': 'currencyOpen' },
  ],
  [
    'US$5 Mrd. gehen an die Bahn, 3 Mrd. Dollar an Straßen.',
    'de',
    { 'US$5 Mrd.': '5000000000 exact USD', '3 Mrd. Dollar': 'currencyOpen' },
  ],
  ['NZ$50億を投じ、$30億は道路へ。', 'ja', { NZ$50億: '5000000000 exact NZD', $30億: 'currencyOpen' }],
  [
    'It raised A$5 million, US$2 million and $3 million.',
    'en',
    { 'A$5 million': '5000000 exact AUD', 'US$2 million': '2000000 exact USD', '$3 million': 'currencyOpen' },
  ],
  [
    'It raised $5 million (US$3.6 million), then $3 million.',
    'en',
    { '$5 million': 'currencyOpen', 'US$3.6 million': '3600000 exact USD', '$3 million': 'currencyOpen' },
  ],
  [
    'References to "$" are to Canadian dollars. All amounts are in US dollars. It spent $5 million.',
    'en',
    { '$5 million': 'currencyOpen' },
  ],
  ['以下均为美元。投资约50亿元。', 'zh', { '50亿元': 'currencyOpen' }],
  [
    'It raised A$5 million. Later it spent $3 million.',
    'en',
    { 'A$5 million': '5000000 exact AUD', '$3 million': '3000000 exact USD' },
    'USD',
  ],
]);

const change = 'changeOfSum';

testTexts('a sum behind another with up, down, plus, minus, a sign or an arrow is a change', [
  [
    'Spending reached US$400bn, up US$22.5bn on the year.',
    'en',
    { US$400bn: '400000000000 exact USD', 'US$22.5bn': change },
  ],
  [
    'It hit 5 billion yuan, down 1.2 billion yuan from a year earlier.',
    'en',
    { '5 billion yuan': yi(50), '1.2 billion yuan': change },
  ],
  [
    'It is 30 billion yuan (+2 billion yuan).',
    'en',
    { '30 billion yuan': yi(300), '2 billion yuan': change },
  ],
  ['It is 30 billion yuan ↑ 2 billion yuan', 'en', { '30 billion yuan': yi(300), '2 billion yuan': change }],
  [
    'It rose 2 billion yuan to 30 billion yuan.',
    'en',
    { '2 billion yuan': change, '30 billion yuan': yi(300) },
  ],
  ['It rose US$2bn to US$30bn.', 'en', { US$2bn: change, US$30bn: '30000000000 exact USD' }],
  ['Profit fell 2 billion yuan.', 'en', { '2 billion yuan': change }],
  ['投资400亿元（+22.5亿元）。', 'zh', { '400亿元': yi(400), '22.5亿元': change }],
  ['投资400亿元，↓22.5亿元。', 'zh', { '400亿元': yi(400), '22.5亿元': change }],
  ['投資增加高達百億美元，减少多达10亿元。', 'zh', { 百億美元: change, '10亿元': change }],
  ['投資額は400億円（前年比＋22億円）。', 'ja', { '400億円': yi(400, 'JPY'), '22億円': change }],
  ['発行額は6兆円余減り、30兆円となる。', 'ja', { '6兆円': change, '30兆円': yi(300_000, 'JPY') }],
  [
    'Es sind 30 Mrd. Euro (plus 2 Mrd. Euro).',
    'de',
    { '30 Mrd. Euro': yi(300, 'EUR'), '2 Mrd. Euro': change },
  ],
  [
    "Il atteint 30 milliards d'euros (+ 2 milliards d'euros).",
    'fr',
    { "30 milliards d'euros": yi(300, 'EUR'), "2 milliards d'euros": change },
  ],
  ['영업이익은 57조7273억 원이나 감소했다.', 'ko', { '57조7273억 원': change }],
  ['투자 11조 감소', 'ko', { '11조': change }, 'KRW'],
  ["Une hausse annuelle de 3 à 4 milliards d'euros.", 'fr', { "3 à 4 milliards d'euros": change }],
  ['Un aumento de 3.000 a 4.000 millones de euros.', 'es', { '3.000 a 4.000 millones de euros': change }],
  ["Ce sont 2,3 milliards d'euros d'augmentation.", 'fr', { "2,3 milliards d'euros": change }],
  ['Son 2.300 millones de euros de aumento.', 'es', { '2.300 millones de euros': change }],
  ['Sono 2,3 miliardi di euro di aumento.', 'it', { '2,3 miliardi di euro': change }],
]);

testTexts('what only looks like a change is a level', [
  ['It is US$30bn + US$2bn in all.', 'en', { US$30bn: yi(300, 'USD'), US$2bn: yi(20, 'USD') }],
  [
    'The fund was set up with US$5bn. A follow-up US$2bn is due.',
    'en',
    { US$5bn: yi(50, 'USD'), US$2bn: yi(20, 'USD') },
  ],
  [
    'It costs up to US$5bn, in a growing US$30bn market.',
    'en',
    {
      US$5bn: '5000000000 atMost USD',
      US$30bn: yi(300, 'USD'),
    },
  ],
  ['国内設備投資が20%増20兆円に', 'ja', { '20兆円': yi(200_000, 'JPY') }],
  [
    '10億円＋5億円の計15億円',
    'ja',
    { '10億円': yi(10, 'JPY'), '5億円': yi(5, 'JPY'), '15億円': yi(15, 'JPY') },
  ],
  [
    'Es kostet 30 Mrd. Euro plus 2 Mrd. Euro Steuern.',
    'de',
    {
      '30 Mrd. Euro': yi(300, 'EUR'),
      '2 Mrd. Euro': yi(20, 'EUR'),
    },
  ],
]);

testTexts('in Korean a sum from which another comes is no end of a range', [
  [
    '투자도 90조5173억 원에서 79조5439억 원으로 12.1%, 10조9734억 원 줄었다.',
    'ko',
    { '90조5173억 원': yi(905_173, 'KRW'), '79조5439억 원': yi(795_439, 'KRW'), '10조9734억 원': change },
  ],
  ['2조 원에서 3조 원으로 5% 늘었다.', 'ko', { '2조 원': yi(20_000, 'KRW'), '3조 원': yi(30_000, 'KRW') }],
  [
    '2조 원에서 3조 원 사이로 전망된다.',
    'ko',
    { '2조 원에서 3조 원': '2000000000000..3000000000000 range KRW' },
  ],
  ['2조에서 3조 원으로 추산된다.', 'ko', { '2조에서 3조 원': '2000000000000..3000000000000 range KRW' }],
  ['2조~3조 원으로 본다.', 'ko', { '2조~3조 원': '2000000000000..3000000000000 range KRW' }],
]);

testTexts('all of a list of changes are changes', [
  ['Capex rose by US$2bn and US$3bn.', 'en', { US$2bn: change, US$3bn: change }],
  ['投资分别增加5亿元、6亿元和7亿元。', 'zh', { '5亿元': change, '6亿元': change, '7亿元': change }],
  ['同比增加22.5亿元，总投资400亿元。', 'zh', { '22.5亿元': change, '400亿元': yi(400) }],
  ['それぞれ5兆円、6兆円増えた。', 'ja', { '5兆円': change, '6兆円': change }],
  ['A는 4조 원, B는 3조 원이 각각 줄어든 것으로 나타났다.', 'ko', { '4조 원': change, '3조 원': change }],
  [
    'A가 5조 원 줄였고, ▲B 3조 원 ▲C 2조 원 등이다.',
    'ko',
    { '5조 원': change, '3조 원': change, '2조 원': change },
  ],
  ['A는 4조 원, B는 3조 원 늘었다.', 'ko', { '4조 원': yi(40_000, 'KRW'), '3조 원': change }],
  ['Es stieg um 2 Mrd. Euro und 3 Mrd. Euro.', 'de', { '2 Mrd. Euro': change, '3 Mrd. Euro': change }],
]);

testTexts(
  'numbers that share a magnitude in a row have it where a word for each says so; a sign without it is refused',
  [
    [
      'It costs $4.2 and $5.5 billion respectively.',
      'en',
      { '$4.2': yi(42, 'USD'), '$5.5 billion': yi(55, 'USD') },
      'USD',
    ],
    ['A and B paid €4 and €5 million.', 'en', { '€4': 'malformedFigure', '€5 million': '5000000 exact EUR' }],
    ['It rose to €8.5 (10.2) million.', 'en', { '€8.5': 'malformedFigure' }],
    [
      'It costs €4 and takes €5 million to build.',
      'en',
      { '€4': '4 exact EUR', '€5 million': '5000000 exact EUR' },
    ],
    ['Es kostet 4,2 bzw. 5,5 Mrd. Euro.', 'de', { '4,2': yi(42, 'EUR'), '5,5 Mrd. Euro': yi(55, 'EUR') }],
    [
      'Recibirán 28,91 y 45,25 millones de euros, respectivamente.',
      'es',
      { '28,91': '28910000 exact EUR', '45,25 millones de euros': '45250000 exact EUR' },
    ],
    [
      "Ce sont 4,2 et 5,5 milliards d'euros respectivement.",
      'fr',
      { '4,2': yi(42, 'EUR'), "5,5 milliards d'euros": yi(55, 'EUR') },
    ],
    ['分别投资4.2和5.5亿元。', 'zh', { '4.2': '420000000 exact CNY', '5.5亿元': '550000000 exact CNY' }],
  ],
);

testTexts('a record is no bound, and what happens for the first time stands between a bound and its figure', [
  ['過去最大114兆円超の予算案', 'ja', { '114兆円': '114000000000000 atLeast JPY' }],
  ['역대 최대 15조 원을 투자한다.', 'ko', { '15조 원': yi(150_000, 'KRW') }],
  ['최대 15조 원을 투자한다.', 'ko', { '15조 원': '15000000000000 atMost KRW' }],
  ['最大15兆円を投じる。', 'ja', { '15兆円': '15000000000000 atMost JPY' }],
  [
    'La inversión superará por primera vez los 10.000 millones de euros.',
    'es',
    { '10.000 millones de euros': '10000000000 atLeast EUR' },
  ],
  [
    'Spending will exceed for the first time US$10 billion.',
    'en',
    { 'US$10 billion': '10000000000 atLeast USD' },
  ],
  ['Die Ausgaben übersteigen erstmals 10 Mrd. Euro.', 'de', { '10 Mrd. Euro': '10000000000 atLeast EUR' }],
]);

testTexts('a sum of a budget or of a year is no count', [
  [
    'Es mayor que los 8.919 millones de los PGE.',
    'es',
    { '8.919 millones': '8919000000 atLeast EUR' },
    'EUR',
  ],
  ['Son 8.919 millones del ejercicio pasado.', 'es', { '8.919 millones': '8919000000 exact EUR' }, 'EUR'],
  ['Son 8.919 millones de los presupuestos.', 'es', { '8.919 millones': '8919000000 exact EUR' }, 'EUR'],
  ['Son 8 millones de usuarios.', 'es', {}, 'EUR'],
  ['Son 8 millones de los hogares.', 'es', {}, 'EUR'],
  [
    'Invertirá en Madrid 1.305,35 millones el año que viene.',
    'es',
    { '1.305,35 millones': '1305350000 exact EUR' },
    'EUR',
  ],
]);

testTexts('in Korean names in brackets, and a percentage, may stand between a change and its verb', [
  [
    '포스코(4401억 원)와 GS(2718억 원), 한진(2615억 원) 등도 1000억 원 이상 투자를 늘렸다.',
    'ko',
    { '4401억 원': change, '2718억 원': change, '2615억 원': change, '1000억 원': change },
  ],
  ['이익은 57조7천273억 원, 46.5%나 급감한 수치입니다.', 'ko', { '57조7천273억 원': change }],
  ['10조9천7백억여 원, 12.1% 줄었습니다.', 'ko', { '10조9천7백억여 원': change }],
  [
    '포스코(4401억 원)와 GS(2718억 원)가 투자했다.',
    'ko',
    {
      '4401억 원': '440100000000 exact KRW',
      '2718억 원': '271800000000 exact KRW',
    },
  ],
  ['매출은 300조 원으로 5% 늘었다.', 'ko', { '300조 원': yi(3_000_000, 'KRW') }],
]);

test('a whole document is read with what it says of its parts', async (t) => {
  const read = (text: string, language: string) =>
    finished(readDocument(text, new NameMatcher([]), { language }, 100)).figures.map(
      ({ text: words, reading }) => [
        words,
        reading instanceof DomainError ? reading.code : described(reading),
      ],
    );
  t.strictSame(read('All dollar figures are Canadian.\n\nIt spends $5 billion.', 'en'), [
    ['$5 billion', '5000000000 exact CAD'],
  ]);
  t.strictSame(read('\u{1f600} 投资额（亿元）\n\n| 领域 | 2020 |\n| 5G | 2,500 |\n\n其他3亿美元。', 'zh'), [
    ['2,500', yi(2500)],
    ['3亿美元', '300000000 exact USD'],
  ]);
});
