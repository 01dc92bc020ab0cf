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
    'It raised A$5 million. Later it spent $3 million.',
    'en',
    { 'A$5 million': '5000000 exact AUD', '$3 million': '3000000 exact AUD' },
  ],
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
