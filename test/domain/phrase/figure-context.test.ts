import { test } from 'tap';
import { DomainError } from '../../../src/domain/errors.ts';
import type { DocumentFigure } from '../../../src/domain/phrase/document.ts';
import { readDocument } from '../../../src/domain/phrase/document.ts';
import { finished } from '../../../src/domain/steps.ts';
import { NameMatcher } from '../../../src/domain/text/name-matcher.ts';

function names(kind: string, id: string, isProper: boolean, ...called: string[]) {
  return called.map((one) => ({ kind, id, called: one, nameKind: 'name', isProper }));
}

const NAMES = new NameMatcher([
  ...names('forecaster', 'east-bank', true, 'East Bank', '东方银行', 'Ostbank', '東方銀行'),
  ...names('forecaster', 'west-bank', true, 'West Bank', '西方银行'),
  ...names('sector', '5g', false, '5G'),
  ...names('sector', 'railway', false, 'Railways', '铁路', '鉄道', 'Bahn', '철도'),
  ...names('sector', 'new-infrastructure', false, 'New infrastructure', '新基建'),
  ...names('region', 'CN', true, 'China', '中国'),
  ...names('region', 'DE', true, 'Germany', 'Deutschland', '德国'),
]);

const PUBLISHED_ON = '2026-03-01';

function read(text: string, language: string): readonly DocumentFigure[] {
  return finished(readDocument(text, NAMES, { language, publishedOn: PUBLISHED_ON }, 100)).figures;
}

/** A period in short: its year, its days, the code of its refusal, or `-`. */
function periodOf({ period }: DocumentFigure): string {
  if (period === null) return '-';
  const { reading } = period;
  if (reading instanceof DomainError) return reading.code;
  if (reading.kind === 'year') return reading.start?.slice(0, 4) ?? '';
  return `${reading.start ?? ''}..${reading.end ?? ''}`;
}

type Case = readonly [language: string, text: string, said: readonly (string | null | undefined)[]];

function check(
  name: string,
  cases: readonly Case[],
  tell: (figure: DocumentFigure) => string | null | undefined,
) {
  test(name, (t) => {
    for (const [language, text, said] of cases)
      t.strictSame(
        read(text, language).map(tell),
        said,
        `${language}: ${text.replace(/[^ -~]/g, '?').slice(0, 70)}`,
      );
    t.end();
  });
}

check(
  'a figure in brackets has the period of its brackets, and gives the one before none',
  [
    ['zh', '2023年铁路投资预计为2800亿元（2022年为2500亿元）。', ['2023', '2022']],
    ['zh', '铁路投资2800亿元（2023年），高于2500亿元（2022年）。', ['2023', '2022']],
    ['en', 'Investment of EUR 283 billion in 2026 (2025: EUR 251 billion).', ['2026', '2025']],
    ['en', 'Investment rose to US$283bn in 2026 (US$251bn in 2025).', ['2026', '2025']],
    ['en', 'Investment will be US$283bn in 2026 (US$251bn).', ['2026', '-']],
    ['fr', "3 milliards d'euros en 2026 (2,5 milliards d'euros en 2025).", ['2026', '2025']],
    ['de', 'Im Jahr 2026 sind es 3 Mrd. Euro (2025: 2,5 Mrd. Euro).', ['2026', '2025']],
    ['ja', '2026年の投資は3兆円（2025年は2兆円）。', ['2026', '2025']],
    [
      'es',
      'La inversión será de 3.000 millones de euros en 2026 (2.500 millones de euros en 2025).',
      ['2026', '2025'],
    ],
    ['ko', '2026년 투자는 3조원(2025년 2조원)이다.', ['2026', '2025']],
    ['en', 'The IEA (2021) sees investment of US$3 billion.', ['-']],
  ],
  periodOf,
);

check(
  'each clause has its own period, one before all of a sentence holds for those without, an end of a change for none',
  [
    ['en', 'It was US$3 billion in 2020, and by 2030, it will be US$5 billion.', ['2020', '..2030-12-31']],
    ['en', 'In 2026 investment will rise from US$110 billion to US$120 billion.', ['-', '2026']],
    ['zh', '2026年投资从1100亿元增至1200亿元。', ['-', '2026']],
    ['zh', '投资从2020年的3万亿元增至2030年的5万亿元。', ['2020', '2030']],
    ['zh', '2026年铁路投资3000亿元，公路投资2000亿元。', ['2026', '2026']],
    ['en', 'Rail takes US$3 billion and roads US$2 billion by 2030.', ['-', '..2030-12-31']],
    ['en', 'In 2024 the government announced US$5 billion for rail.', ['-']],
    ['zh', '2024年5月，政府宣布投资500亿元。', ['-']],
    ['en', 'The bank lent US$3 billion, which grew from a low in 2020.', ['-']],
    ['en', 'In 2025 rail got US$3 billion; roads got US$2 billion.', ['2025', '-']],
    ['de', 'Die Investitionen steigen 2026 von 3 Mrd. Euro auf 4 Mrd. Euro.', ['-', '2026']],
  ],
  periodOf,
);

check(
  'what is of the year before has the period of the year before',
  [
    ['zh', '2023年，5G投资将达2800亿元，较上年的1100亿元大幅增长。', ['2023', '2022']],
    [
      'en',
      'It will be US$120 billion this year, compared with US$110 billion a year earlier.',
      ['2026', '2025'],
    ],
    ['en', 'It was US$3 billion in 2020, up from US$2 billion the previous year.', ['2020', '2019']],
    ['de', '2026 werden es 120 Milliarden Euro gegenüber 110 Milliarden Euro im Vorjahr.', ['2026', '2025']],
    ['ja', '2026年の投資は3兆円（前年は2兆円）。', ['2026', '2025']],
    ['ko', '2026년 투자액은 3조원으로, 전년의 2조원보다 늘어난다.', ['2026', '2025']],
    ['fr', "3 milliards d'euros en 2026, contre 2 milliards d'euros l'année précédente.", ['2026', '2025']],
    [
      'es',
      '3.000 millones de euros en 2026, frente a 2.000 millones de euros el año anterior.',
      ['2026', '2025'],
    ],
    ['en', 'It is US$120 billion, compared with US$110 billion a year earlier.', ['-', 'ambiguousPeriod']],
    ['zh', '2026年投资较上年增长10%至3000亿元。', ['2026']],
    ['ko', '투자액은 4,202억 원으로 2016년의 4,679억 원에 비해 10.2% 감소했다.', ['-', '2016']],
    ['ja', '投資は4000億円で、2016年の4600億円に比べ減少した。', ['-', '2016']],
    [
      'en',
      'In Q1 2024 it was US$3 billion, against US$2 billion a year earlier.',
      ['2024-01-01..2024-03-31', '2023-01-01..2023-03-31'],
    ],
  ],
  periodOf,
);

check(
  'a bare year is a period where a verb or a colon makes it one',
  [
    ['de', '2025 sollen 3 Mrd. Euro fließen.', ['2025']],
    ['de', 'Die Bahn investierte 2024 rund 17 Mrd. Euro.', ['2024']],
    ['de', 'Die Kosten stiegen 2024 auf 17 Mrd. Euro.', ['2024']],
    ['de', '2025 Busse kosten 3 Mrd. Euro.', ['-']],
    ['de', 'Es wurden 2000 Wohnungen für 3 Mrd. Euro gebaut.', ['-']],
    ['fr', "2025 devrait voir 3 milliards d'euros.", ['2025']],
    ['es', '2025 será el año de los 3.000 millones de euros.', ['2025']],
    ['en', '2025: US$3 billion', ['2025']],
    ['en', 'Buses: 2025 of them cost US$3 billion.', ['-']],
  ],
  periodOf,
);

check(
  'what follows a word such as "or about" converts the figure before, in brackets or not',
  [
    ['en', 'China will spend 300 billion yuan in 2026, or about US$42 billion.', [null, '0']],
    ['en', 'China will spend 300 billion yuan, i.e. US$42 billion, on 5G.', [null, '0']],
    ['en', 'It costs 3 billion euros, equivalent to US$3.3 billion.', [null, '0']],
    ['zh', '5G投资3000亿元，即约420亿美元。', [null, '0']],
    ['zh', '投资3万亿元，约合4200亿美元，同比增长5%。', [null, '0']],
    ['de', 'China investiert 300 Milliarden Yuan, umgerechnet rund 42 Milliarden US-Dollar.', [null, '0']],
    ['fr', 'Il coûte 300 milliards de yuans, soit environ 42 milliards de dollars américains.', [null, '0']],
    ['ja', '中国は3000億元、日本円で約6兆円を投じる。', [null, '0']],
    ['ko', '3000억 위안, 우리 돈 약 57조 원을 투자한다.', [null, '0']],
    ['en', 'It costs 3 billion euros or 4 billion euros.', [null, null]],
    ['en', 'It costs 3 billion euros, and US$4 billion go to rail.', [null, null]],
  ],
  ({ converts }) => (converts === null ? null : `${converts}`),
);

check(
  'a part is marked, and takes neither the sector nor the measure of the whole',
  [
    [
      'en',
      'China will invest US$20 billion in 5G in 2026 (of which US$5 billion from abroad).',
      ['- 5g 2026', '0 ? 2026'],
    ],
    ['zh', '2026年新基建投资3万亿元，其中5G投资3000亿元。', ['- new-infrastructure 2026', '0 5g 2026']],
    [
      'de',
      '2026 werden 3 Mrd. Euro in die Bahn investiert, davon 1 Mrd. Euro vom Bund.',
      ['- railway 2026', '0 ? 2026'],
    ],
    [
      'fr',
      "3 milliards d'euros pour la 5G en 2026, dont 1 milliard d'euros de fonds publics.",
      ['- 5g 2026', '0 ? 2026'],
    ],
    [
      'zh',
      '2026年铁路投资2.4万亿元，较2025年的2.1万亿元增长14%，其中高铁投资3800亿元。',
      ['- railway 2026', '- railway 2025', '0 ? 2026'],
    ],
    ['ja', '2026年に5Gへ3兆円、うち1兆円は民間。', ['- 5g 2026', '0 ? 2026']],
    [
      'en',
      'China will invest US$2 billion in 5G (of which 5 billion euros from abroad).',
      ['- 5g -', '- ? -'],
    ],
  ],
  (figure) => `${figure.partOf ?? '-'} ${figure.subject.sector ?? '?'} ${periodOf(figure)}`,
);

check(
  'a sector is that of the words of the figure, of a heading, or of words that go on about it',
  [
    ['en', 'China leads in 5G. Hospitals will cost 30 billion yuan.', ['?']],
    ['zh', '中国大力发展5G。医院建设投资300亿元。', ['?']],
    ['en', '5G will cost 300 billion yuan, hospitals 30 billion yuan.', ['5g', '?']],
    ['en', 'It will spend 300 billion yuan on 5G and 200 billion yuan on railways.', ['5g', 'railway']],
    ['zh', '5G投资3000亿元，医院500亿元，铁路2000亿元。', ['5g', '?', 'railway']],
    ['en', 'Investment in 5G will be 300 billion yuan in 2026 and 400 billion yuan in 2027.', ['5g', '5g']],
    ['zh', '5G投资从3000亿元增至4000亿元。', ['5g', '5g']],
    ['en', 'New infrastructure such as 5G will take 3 trillion yuan.', ['?']],
    ['de', 'Für 5G sind 3 Mrd. Euro vorgesehen, für Kliniken 2 Mrd. Euro.', ['5g', '?']],
    ['ja', '5Gへの投資は3兆円に達し、病院への投資は2兆円となる。', ['5g', '?']],
    ['en', '5G networks\n\nInvestment will reach 300 billion yuan.', ['5g']],
    ['en', '5G networks\n\nThey grow.\n\nInvestment will reach 300 billion yuan.', ['?']],
    ['zh', '5G投资1.2万亿元，带动产值3.5万亿元。', ['5g', '5g']],
  ],
  ({ subject }) => subject.sector ?? '?',
);

check(
  'who forecasts is named in the sentence of the figure, or before where the report refers to it',
  [
    ['en', 'East Bank has a view. Railways will need 300 billion yuan.', ['? ?']],
    [
      'en',
      'East Bank wrote a report. The report also expects investment of 3 billion yuan.',
      ['east-bank ?'],
    ],
    [
      'en',
      'East Bank expects 3 trillion yuan, while another broker sees 2 trillion yuan.',
      ['east-bank ?', '? ?'],
    ],
    [
      'en',
      'East Bank expects 3 trillion yuan, while West Bank expects 2 trillion yuan.',
      ['east-bank ?', 'west-bank ?'],
    ],
    ['zh', '东方银行预计投资3万亿元，而西方银行预计投资2万亿元。', ['east-bank ?', 'west-bank ?']],
    ['en', 'Germany plans 3 billion euros and Hungary 2 billion euros.', ['? DE', '? ?']],
    ['zh', '中国经济增长。德国投资300亿欧元。', ['? DE']],
    ['en', 'Rail in China\n\nEast Bank expects 3 trillion yuan.', ['east-bank CN']],
  ],
  ({ subject }) => `${subject.forecaster ?? '?'} ${subject.region ?? '?'}`,
);

check(
  'years in a row are those of figures in a row, in their order; where the two do not match, none is guessed',
  [
    ['zh', '2023、2024、2025年，投资分别为54.6、59.4、64.4万亿元。', ['2023', '2024', '2025']],
    ['zh', '2023年和2024年投资分别达到5亿元、6亿元。', ['2023', '2024']],
    ['zh', '2023年和2024年分别投资5亿元、6亿元和7亿元。', Array(3).fill('ambiguousPeriod')],
    ['zh', '2023年和2024年共投资5亿元。', ['ambiguousPeriod']],
    ['zh', '2023年、2024年，铁路、公路分别投资5亿元、6亿元。', Array(2).fill('ambiguousPeriod')],
    ['en', 'Investment was US$4bn and US$5.5bn in 2024 and 2025 respectively.', ['2024', '2025']],
    [
      'en',
      'In 2024, 2025 and 2026, it will be 4 billion yuan, 5 billion yuan and 6 billion yuan.',
      ['2024', '2025', '2026'],
    ],
    [
      'en',
      'In 2024 and 2025, rail and roads took US$4bn and US$5bn respectively.',
      Array(2).fill('ambiguousPeriod'),
    ],
    ['en', 'In 2024 and 2025 it spent US$4bn, and in 2026 US$5bn.', ['ambiguousPeriod', '2026']],
    ['en', 'Between 2024 and 2025 it spent US$4bn.', ['2024-01-01..2025-12-31']],
    ['de', '2024 und 2025 werden 4 Mrd. Euro bzw. 5,5 Mrd. Euro investiert.', ['2024', '2025']],
    [
      'de',
      'Es sind 4 Mrd. Euro beziehungsweise 5,5 Mrd. Euro in den Jahren 2024 und 2025.',
      ['2024', '2025'],
    ],
    [
      'fr',
      "En 2024 et 2025, il y aura respectivement 4 milliards d'euros et 5,5 milliards d'euros.",
      ['2024', '2025'],
    ],
    [
      'es',
      'En 2024 y 2025 se invertirán 4.000 millones de euros y 5.500 millones de euros, respectivamente.',
      ['2024', '2025'],
    ],
    ['ja', '2024年と2025年の投資額はそれぞれ4兆円、5兆円となる。', ['2024', '2025']],
    ['ko', '2024년과 2025년 투자액은 각각 4조 원, 5조 원이다.', ['2024', '2025']],
  ],
  periodOf,
);

check(
  'a year beside another number in brackets is that of the number, not of the figure before',
  [
    ['de', 'Der Konzern investierte knapp 5 Mrd. Euro (2024: 4,2).', ['-']],
    ['de', 'Der Umsatz lag bei 5 Mrd. Euro (4,2 im Jahr 2024).', ['-']],
    ['en', 'Capital spending was US$5bn (2023: 4.2).', ['-']],
    ['fr', "L'investissement atteint 5 milliards d'euros (2023 : 4,2).", ['-']],
    ['zh', '投资50亿元（2023年为42）。', ['-']],
    ['ja', '投資は5兆円（2023年：4.2）。', ['-']],
    ['en', 'Capital spending was US$5bn (2023).', ['2023']],
    ['en', 'Capital spending was US$5bn (up 5.2% in 2023).', ['2023']],
  ],
  periodOf,
);

check(
  'what goes on a list of parts is a part too, while all of them fit into the whole',
  [
    [
      'en',
      'It is worth 10 billion euros, of which 3 billion euros for rail and 2 billion euros for roads.',
      [null, '0', '0'],
    ],
    [
      'en',
      'It is worth 9 billion euros, including 3 billion euros for rail, 2 billion euros (US$2.2 billion) for roads and 1 billion euros for ports.',
      [null, '0', '0', null, '0'],
    ],
    ['zh', '总投资10亿元，其中铁路3亿元、公路2亿元。', [null, '0', '0']],
    ['zh', '总投资10亿元，其中：铁路投资3亿元，公路投资2亿元；水运另投1亿元。', [null, '0', '0', null]],
    ['zh', '总投资10亿元，其中铁路3亿元，公路8亿元。', [null, '0', null]],
    [
      'de',
      'Das Paket umfasst 10 Mrd. Euro, davon 3 Mrd. Euro für die Bahn und 2 Mrd. Euro für Straßen.',
      [null, '0', '0'],
    ],
    [
      'fr',
      "Il compte 10 milliards d'euros, dont 3 milliards d'euros pour le rail et 2 milliards d'euros pour la route.",
      [null, '0', '0'],
    ],
    ['ja', '総額10兆円、うち鉄道に3兆円、道路に2兆円。', [null, '0', '0']],
    ['ko', '총 10조 원, 이 가운데 철도에 3조 원, 도로에 2조 원을 쓴다.', [null, '0', '0']],
    [
      'en',
      'It is worth 10 billion euros, of which 3 billion euros for rail, while Spain plans 2 billion euros.',
      [null, '0', null],
    ],
    [
      'en',
      'It is worth 10 billion euros, of which 3 billion euros for rail. Spain plans 2 billion euros.',
      [null, '0', null],
    ],
  ],
  ({ partOf }) => (partOf === null ? null : `${partOf}`),
);

test('a phrase that is quoted has no period of another figure in it', (t) => {
  const [first] = read('2026年投资从1100亿元增至1200亿元。', 'zh');
  t.notMatch(first?.phrase?.text, '2026');
  t.end();
});
