import { test } from 'tap';
import { DomainError, unlessRefused } from '../../../src/domain/errors.ts';
import type { Period } from '../../../src/domain/period/period.ts';
import { checkPeriod } from '../../../src/domain/period/period.ts';
import type { FoundPeriod } from '../../../src/domain/phrase/period-phrase.ts';
import { findPeriods, parsePeriodPhrase } from '../../../src/domain/phrase/period-phrase.ts';

/** A period in a line: kind, first and last day, years, which dates are inferred; or the code of a refusal. */
function said(reading: Period | DomainError): string {
  if (reading instanceof DomainError) return reading.code;
  const { kind, start, end, years, inferred } = checkPeriod(reading);
  const parts = [kind, start ?? '-', end ?? '-', years === null ? '' : `${years}y`, inferred.join('+')];
  return parts.filter((part) => part !== '').join(' ');
}

/** What a phrase says; a language and a date of the document may stand before it: "de 2020-05-25| in 2020". */
function read(phrase: string): string {
  const [, tag, date, text = ''] = /^(?:(\w\w)? ?(\d{4}-\d\d-\d\d)?\| )?(.*)$/s.exec(phrase) ?? [];
  const options = { ...(tag !== undefined && { language: tag }), publishedOn: date ?? null };
  return said(unlessRefused(() => parsePeriodPhrase(text, options)));
}

const YEAR_2020 = 'year 2020-01-01 2020-12-31 1y';
const NEXT_FIVE = 'window 2020-01-01 2024-12-31 5y start+end';
const SIX = 'window 2020-01-01 2025-12-31 6y';
const BY_2025 = 'cumulativeTo - 2025-12-31';

const KINDS: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  'a year': {
    [YEAR_2020]: [
      'in 2020',
      '2020',
      'during 2020',
      'for the year 2020',
      'throughout the whole of 2020',
      '(2020)',
      '2020年',
      '二〇二〇年',
      '在2020年内',
      '2020 年全年',
      '2020年に',
      '2020년에',
    ],
    [`${YEAR_2020} start+end`]: [
      'zh 2020-05-25| 今年',
      'en 2020-05-25| this year',
      'en 2021-01-01| last year',
      'en 2019-12-31| next year',
      '2020-05-25| 올해',
      '2021-05-25| 昨年',
      '2019-05-25| 내년',
      '2021-05-25| 去年',
    ],
    ambiguousPeriod: ['this year', '今年', '올해', '来年', 'next year'],
  },
  'until a year': {
    [BY_2025]: [
      'by 2025',
      'by the end of 2025',
      'through 2025',
      'until 2025',
      'by 31 December 2025',
      '到2025年',
      '截至2025年底',
      '至2025年末',
      '2025年底前',
      '2025年までに',
      '2025年末までに',
      '2025년까지',
      '2025년 말까지',
    ],
    'cumulativeTo - 2025-06-30': [
      'by June 2025',
      '到2025年6月',
      '2025年6月までに',
      '2025년 6월까지',
      'by the end of June 2025',
    ],
    ambiguousPeriod: ['before 2025', '2025年前', '2025年以前', '2025년 이전', 'the end of 2025', '2025年底'],
  },
  'a window': {
    [SIX]: [
      '2020-2025',
      '2020–2025',
      '2020~2025年',
      'between 2020 and 2025',
      'from 2020 to 2025',
      'during the 2020-2025 period',
      'in 2020-25',
      'from Jan. 1, 2020, through Dec. 31, 2025',
      '2020-01-01 to 2025-12-31',
      '2020年1月1日至2025年12月31日',
      'de| vom 1.1.2020 bis zum 31.12.2025',
      '2020~25년',
      '2020-25年',
      '2020年至2025年',
      '2020到2025年',
      '2020—2025年',
      '2020年から2025年まで',
      '2020年から2025年にかけて',
      '2020년부터 2025년까지',
      '2020~2025년',
    ],
    'window 2022-04-01 2025-03-31 3y start': ['in the three years to March 2025'],
    'window 2020-05-01 2021-06-30': [
      'from May 2020 to June 2021',
      '2020年5月至2021年6月',
      '2020년 5월부터 2021년 6월까지',
    ],
    reversedRange: [
      '2025-2020',
      'from 2025 to 2020',
      '2025年至2020年',
      '2025年から2020年まで',
      '2025~2020년',
    ],
    ambiguousPeriod: [
      '2020-21',
      '2020/21',
      '2009-12',
      'since 2015',
      '2015年以来',
      '2015년 이후',
      '2015年以降',
    ],
  },
  'the next years': {
    [NEXT_FIVE]: [
      'en 2020-05-25| over the next five years',
      'en 2020-05-25| in the coming 5 years',
      'zh 2020-05-25| 未来五年',
      'zh 2020-12-31| 今后5年内',
      'ja 2020-01-01| 今後5年間',
      'ja 2020-05-25| 向こう五年間で',
      'ko 2020-05-25| 향후 5년간',
      'ko 2020-05-25| 앞으로 다섯 년 동안',
      'de 2020-05-25| in den nächsten fünf Jahren',
      'fr 2020-05-25| au cours des cinq prochaines années',
      'es 2020-05-25| en los próximos cinco años',
      'it 2020-05-25| nei prossimi cinque anni',
      'pt 2020-05-25| nos próximos cinco anos',
      'nl 2020-05-25| in de komende vijf jaar',
      'da 2020-05-25| over de næste fem år',
      'no 2020-05-25| i løpet av de neste fem årene',
      'sv 2020-05-25| under de närmaste fem åren',
      'pl 2020-05-25| w ciągu najbliższych pięciu lat',
      'cs 2020-05-25| v příštích pěti letech',
      'ru 2020-05-25| в течение следующих пяти лет',
      'tr 2020-05-25| önümüzdeki beş yılda',
      'hi 2020-05-25| अगले पाँच वर्षों में',
    ],
    'window 2020-01-01 2044-12-31 25y start+end': [
      'en 2020-05-25| over the next twenty-five years',
      'zh 2020-05-25| 未来二十五年',
      'ja 2020-05-25| 今後25年間',
    ],
    ambiguousPeriod: [
      'over the next five years',
      '未来五年',
      '今後5年間',
      '향후 5년간',
      '2020-05-25| over the next few years',
      '2020-05-25| over the next three to five years',
      '2020-05-25| 未来3-5年',
      '2020-05-25| 未来三五年',
      '2020-05-25| 今後数年間',
      '2020-05-25| 향후 3~5년간',
      '2020-05-25| over the past five years',
      '2020-05-25| 过去五年',
    ],
  },
  'a number of years': {
    'window - - 5y': [
      'over five years',
      'within 5 years',
      '五年内',
      '5年間',
      '5년간',
      'over a five-year period',
    ],
    [`${SIX} start`]: [
      'over six years to 2025',
      'the six years through 2025',
      '2025年までの6年間',
      '2025년까지 6년간',
    ],
    [`${SIX} end`]: [
      'the six years from 2020',
      '2020年から6年間',
      '2020년부터 6년간',
      '自2020年起六年',
      '2020年開始的6年',
    ],
  },
  'each year': {
    'perYear - -': [
      'USD 180bn a year',
      'p.a.',
      'per year',
      'annually',
      '每年',
      '年均',
      '年間5兆円',
      '연간',
      '매년',
      'EUR 5bn/year',
    ],
    'perYear 2020-01-01 2025-12-31 6y': [
      'a year from 2020 to 2025',
      'p.a. in 2020-2025',
      '2020年至2025年每年',
      '2020~2025년 연간',
      '2020年から2025年まで毎年',
    ],
    'perYear - 2030-12-31': [
      'annually until 2030',
      '$5bn a year to 2030',
      'de| bis 2030 jährlich',
      '到2030年每年',
      '2030년까지 매년',
    ],
    severalPeriods: ['$2 trillion a year by 2030'],
    [YEAR_2020]: ['2020年の年間', '2020년 연간'],
    noPeriod: ['a year ago', 'more than a year', 'a year earlier', '青年間', 'once a year-end'],
  },
  'a part of a year': {
    'window 2024-01-01 2024-06-30': [
      'H1 2024',
      '2024年上半年',
      'the first half of 2024',
      '2024 H1',
      '2024년 상반기',
      '2024年上半期',
    ],
    'window 2023-07-01 2023-09-30': [
      'Q3 2023',
      '2023Q3',
      'the third quarter of 2023',
      '2023年第三季度',
      '2023年第3四半期',
      '2023년 3분기',
    ],
    'window 2022-01-01 2022-09-30': [
      '2022 年 1-9 月',
      '2022年前三季度',
      '2022年1月至9月',
      'January to September 2022',
      'Q1-Q3 2022',
      'between January and September 2022',
      '2022년 1~9월',
    ],
    'window 2020-01-01 2020-03-31 start+end': [
      '2020-05-25| 第一季度',
      '2020-05-25| 1-3月',
      '2020-02-01| the first quarter',
      '2020-05-25| 今年一季度',
      '2020-05-25| 올해 1분기',
    ],
    'window 2020-10-01 2020-12-31 start+end': ['2021-01-20| 第四季度', '2021-01-20| the fourth quarter'],
    'window 2023-10-01 2023-12-31': ['4Q23', 'in 4Q2023', 'Q4 2023', '2023年四季度', '2023년 4사분기'],
    ambiguousPeriod: [
      '第一季度',
      '1-3月',
      '2021-05-25| Q1 and Q2 2020',
      '2020-05-25| 2019年建成，第一季度',
      '2020年第一、二季度',
      '2020-05-25| 1-8月',
      '2020-05-25| 前三季度',
      '2020年秋天',
      '2020-02-25| 全年',
      '2020-05-25| 下半年',
      '2020-11-25| the first quarter',
      'mid-2024',
      '2024年初',
      'the early 2020s',
    ],
  },
  'a decade': {
    'window 2020-01-01 2029-12-31 10y': [
      '2020年代',
      'the 2020s',
      'in the 2020s',
      '2020년대',
      'during the 2020s',
    ],
    ambiguousPeriod: ['the 2000s', '1900年代', 'the 2025s', 'the late 2020s', '2020年代中期', '2020年代後半'],
  },
  'a five-year plan': {
    'window 2021-01-01 2025-12-31 5y start+end': [
      'the 14th Five-Year Plan',
      'during the 14th Five-Year Plan period',
      '“十四五”期间',
      '「十四五」期間',
      '十四五规划',
      '第十四个五年规划',
      '第14次5カ年計画',
      '제14차 5개년 계획 기간',
    ],
    'window 2016-01-01 2020-12-31 5y start+end': [
      '“十三五”时期',
      'the thirteenth five-year plan',
      '十三五期间',
    ],
    'window 1966-01-01 1970-12-31 5y start+end': ['第三个五年计划'],
    'cumulativeTo - 2025-12-31 end': ['到“十四五”末', '到十四五末期'],
    ambiguousPeriod: ['“十四五”前三年', 'the 12th Five-Year Plan', "India's 12th Five-Year Plan"],
  },
  'a fiscal year': {
    ambiguousPeriod: [
      'FY2025/26',
      'FY2024',
      'fiscal year 2025',
      'Q3 FY2023',
      '2025年度',
      '2025财年',
      '2024年度上期',
      '2025 회계연도',
    ],
  },
  'no year': {
    noPeriod: [
      'US$2020',
      'US$ 2020 million',
      '5G',
      '2,020',
      '2020.5',
      'in 2,020',
      'in 2020 dollars',
      'in 2020 million yuan',
      'by 2025%',
      '12020-2025',
      '2020-20255',
      '2020-05-25',
      '25 May 2020',
      '2020年5月25日',
      '2020-2021-2022',
      'in 2011 prices',
      'compared with 2019',
      '较2024年增长',
      '高於2019年',
      '2013年比',
      '2019년 대비',
      'de| gegenüber 2019',
      'the last six months of 2020',
      'in Q2 20211',
      'in the six months to June 2020',
      '去年同期',
      '2020-05-25| 9月16日',
      '2020-05-25| 增速比一季度回落',
      '相较于2025年的10.0%',
      'over five years old',
      'the next one and a half years',
      '2020-05-25| over the next 5 years 6 months',
      'from last Monday to 2020',
      'soon',
    ],
  },
};

for (const [kind, readings] of Object.entries(KINDS)) {
  test(`reads ${kind}`, async (t) => {
    for (const [expected, phrases] of Object.entries(readings))
      for (const phrase of phrases) t.equal(read(phrase), expected, JSON.stringify(phrase));
  });
}

test('a year before a word that begins like a part of it is that year', async (t) => {
  for (const text of [
    '2023年中国5G投资',
    '2023年中央财政投资',
    '2023年中部地区投资',
    '2023年初步估计',
    '2023年底特律的投资',
  ]) {
    const found = findPeriods(text, { language: 'zh' }).map((one) => [one.text, one.reading]);
    t.match(found, [['2023年', { start: '2023-01-01', end: '2023-12-31', kind: 'year' }]], text);
  }
  for (const text of ['2023年中完成投资', '2023年年中', '2023年中期', '2023年初投资'])
    t.match(
      findPeriods(text, { language: 'zh' }).map(({ reading }) => reading),
      [{ code: 'ambiguousPeriod' }],
      text,
    );
});

test('a text names its periods with their places', async (t) => {
  const text =
    'Haitong expects 3 trillion yuan in 2020 and 10 trillion over the next five years; 到2025年, 5G 投资1.2万亿元.';
  const found = findPeriods(text, { publishedOn: '2020-05-25' });
  const shown = found.map(({ start, end, reading }: FoundPeriod) => [text.slice(start, end), said(reading)]);
  t.strictSame(shown, [
    ['in 2020', YEAR_2020],
    ['over the next five years', NEXT_FIVE],
    ['到2025年', BY_2025],
  ]);
  t.ok(found.every(({ start, end, text: words }) => text.slice(start, end) === words));
});

test('a refusal says what is open and what would say it', async (t) => {
  const refusal = unlessRefused(() => parsePeriodPhrase('by FY2025/26'));
  t.match(refusal, {
    code: 'ambiguousPeriod',
    data: { open: /fiscal year begins/, expected: /first and the last day/ },
  });
  t.match(
    unlessRefused(() => parsePeriodPhrase('in 2019, by 2025')),
    {
      code: 'severalPeriods',
      data: { found: ['in 2019', 'by 2025'] },
    },
  );
  t.throws(() => findPeriods('in 2020', { publishedOn: '2020-02-30' }), { code: 'malformedDate' });
});
