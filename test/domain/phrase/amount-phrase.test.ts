import { test } from 'tap';
import type { DomainErrorCode } from '../../../src/domain/errors.ts';
import type { Amount, Qualifier } from '../../../src/domain/money/amount.ts';
import { checkAmount, sameAmount } from '../../../src/domain/money/amount.ts';
import type { AmountPhraseOptions } from '../../../src/domain/phrase/amount-phrase.ts';
import { parseAmountPhrase } from '../../../src/domain/phrase/amount-phrase.ts';
import { formatAmountPhrase, PHRASE_LANGUAGES } from '../../helpers/phrase-wordings.ts';
import { refusal } from '../../helpers/refusal.ts';

/** "3e12" and "1.42e9" in the tables below stand for the plain decimal string. */
function plain(short: string): string {
  const [digits = '', exponent = '0'] = short.split('e');
  const [whole = '', fraction = ''] = digits.split('.');
  return `${whole === '0' ? '' : whole}${fraction}${'0'.repeat(Number(exponent) - fraction.length)}` || '0';
}

/** An expected reading: the number (or "low..high"), the qualifier, the currency and the figure as printed. */
type Reading = readonly [
  phrase: string,
  number: string,
  qualifier: Qualifier | 'atLeastOpen',
  currency: string,
  asStated: string,
  options?: AmountPhraseOptions,
];

function expectedNumbers(
  number: string,
  qualifier: Reading[2],
): Pick<Amount, 'value' | 'low' | 'high' | 'qualifier'> {
  const [low = '', high = ''] = number.split('..').map((part) => (part === '' ? '' : plain(part)));
  switch (qualifier) {
    case 'exact':
      return { value: low, low, high: low, qualifier };
    case 'approximately':
      return { value: low, low: null, high: null, qualifier };
    case 'atLeast':
      return { value: low, low, high: null, qualifier };
    case 'atLeastOpen':
      return { value: null, low, high: null, qualifier: 'atLeast' };
    case 'atMost':
      return { value: low, low: null, high: low, qualifier };
    case 'range':
      return { value: null, low, high, qualifier };
    case 'indefinite':
      return { value: null, low, high: null, qualifier };
  }
}

function testReadings(name: string, readings: readonly Reading[]): void {
  test(name, async (t) => {
    for (const [phrase, number, qualifier, currency, asStated, options] of readings) {
      const amount = parseAmountPhrase(phrase, options);
      t.match(amount, { ...expectedNumbers(number, qualifier), currency, asStated }, phrase);
      t.ok(phrase.includes(amount.asStated), `${phrase}: as stated`);
      t.equal(checkAmount(amount), amount, `${phrase}: consistent`);
      if (qualifier === 'indefinite' || qualifier === 'atLeastOpen') {
        t.type(amount.interpretation, 'string', `${phrase}: interpretation`);
      }
    }
  });
}

const CNY = { currency: 'CNY' };
const USD = { currency: 'USD' };

testReadings('the first document', [
  ['will total 3 trillion yuan in 2020', '3e12', 'exact', 'CNY', '3 trillion yuan'],
  ['(approx. USD$420 billion)', '420e9', 'approximately', 'USD', 'USD$420 billion'],
  [
    'with investment of 10 trillion yuan over the next five years',
    '10e12',
    'exact',
    'CNY',
    '10 trillion yuan',
  ],
  ['driving further investment of 17.1 trillion yuan', '17.1e12', 'exact', 'CNY', '17.1 trillion yuan'],
  ['will reach 1.2 trillion yuan in total by 2025', '1.2e12', 'exact', 'CNY', '1.2 trillion yuan'],
  [
    'drive several dozen trillion yuan in economic output',
    '24e12',
    'indefinite',
    'CNY',
    'several dozen trillion yuan',
  ],
  [
    '3 trillion yuan in 2020 (approx. USD$420 billion)',
    '420e9',
    'approximately',
    'USD',
    'USD$420 billion',
    { figure: 'USD$420 billion' },
  ],
  [
    '3 trillion yuan in 2020 (approx. USD$420 billion)',
    '3e12',
    'exact',
    'CNY',
    '3 trillion yuan',
    { figure: '3 trillion yuan' },
  ],
]);

testReadings('English figures', [
  ['one trillion yuan', '1e12', 'exact', 'CNY', 'one trillion yuan'],
  ['two billion yuan', '2e9', 'exact', 'CNY', 'two billion yuan'],
  ['spends half a trillion yuan', '0.5e12', 'exact', 'CNY', 'half a trillion yuan'],
  ['a trillion yuan', '1e12', 'exact', 'CNY', 'a trillion yuan'],
  ['a trillion and a half yuan', '1.5e12', 'exact', 'CNY', 'a trillion and a half yuan'],
  ['twenty-five billion yuan', '25e9', 'exact', 'CNY', 'twenty-five billion yuan'],
  ['one and a half trillion yuan', '1.5e12', 'exact', 'CNY', 'one and a half trillion yuan'],
  ['one point two five trillion yuan', '1.25e12', 'exact', 'CNY', 'one point two five trillion yuan'],
  ['one hundred and twenty billion yuan', '120e9', 'exact', 'CNY', 'one hundred and twenty billion yuan'],
  [
    'one trillion two hundred billion yuan',
    '1.2e12',
    'exact',
    'CNY',
    'one trillion two hundred billion yuan',
  ],
  ['two thousand five hundred yuan', '2500', 'exact', 'CNY', 'two thousand five hundred yuan'],
  ['1 trillion 200 billion yuan', '1.2e12', 'exact', 'CNY', '1 trillion 200 billion yuan'],
  ['1,234 billion yuan', '1234e9', 'exact', 'CNY', '1,234 billion yuan'],
  ['1,234,567.89 million yuan', '1234567.89e6', 'exact', 'CNY', '1,234,567.89 million yuan'],
  ['$1,42-billion', '1.42e9', 'exact', 'USD', '$1,42-billion', USD],
  ['1.234,5 billion yuan', '1234.5e9', 'exact', 'CNY', '1.234,5 billion yuan'],
  ['1.234.567 yuan', '1234567', 'exact', 'CNY', '1.234.567 yuan'],
  ['3 578 million yuan', '3578e6', 'exact', 'CNY', '3 578 million yuan'],
  ['3\u00a0578 million yuan', '3578e6', 'exact', 'CNY', '3\u00a0578 million yuan'],
  ['10\u00a0trillion\u202fyuan', '10e12', 'exact', 'CNY', '10\u00a0trillion\u202fyuan'],
  ['third spot with $457-million', '457e6', 'exact', 'USD', '$457-million', USD],
  ['180bn', '180e9', 'exact', 'USD', '180bn', USD],
  ['reach US$180bn p.a. in 2020-30', '180e9', 'exact', 'USD', 'US$180bn'],
  ['US$180bn a year', '180e9', 'exact', 'USD', 'US$180bn'],
  ['invested ¥401.6 bln', '401.6e9', 'exact', 'CNY', '¥401.6 bln', CNY],
  ['US$62.9b', '62.9e9', 'exact', 'USD', 'US$62.9b'],
  ['€5m', '5e6', 'exact', 'EUR', '€5m'],
  ['5m yuan', '5e6', 'exact', 'CNY', '5m yuan'],
  ['$3.8tr', '3.8e12', 'exact', 'USD', '$3.8tr', USD],
  ['3.8 trn yuan', '3.8e12', 'exact', 'CNY', '3.8 trn yuan'],
  ['5 thousand yuan', '5000', 'exact', 'CNY', '5 thousand yuan'],
  ['5k yuan', '5000', 'exact', 'CNY', '5k yuan'],
  ['RMB 1 trillion', '1e12', 'exact', 'CNY', 'RMB 1 trillion'],
  ['CNY 2 trillion', '2e12', 'exact', 'CNY', 'CNY 2 trillion'],
  ['500 billion Yuan', '500e9', 'exact', 'CNY', '500 billion Yuan'],
  ['5 trillion-yuan', '5e12', 'exact', 'CNY', '5 trillion-yuan'],
  ['a 10-trillion-yuan plan', '10e12', 'exact', 'CNY', '10-trillion-yuan'],
  ['build a 1 trillion yuan industry', '1e12', 'exact', 'CNY', '1 trillion yuan'],
  ['in 2020 3 trillion yuan', '3e12', 'exact', 'CNY', '3 trillion yuan'],
  ['1.5 million square metres for 3 trillion yuan', '3e12', 'exact', 'CNY', '3 trillion yuan'],
  ['5 million base stations for 3 trillion yuan', '3e12', 'exact', 'CNY', '3 trillion yuan'],
  ['0 yuan', '0', 'exact', 'CNY', '0 yuan'],
  ['Rs 5 lakh crore', '5e12', 'exact', 'INR', 'Rs 5 lakh crore', { currency: 'INR' }],
]);

/** Readings of one figure within several wordings, `#` marking its place. */
function around(
  figure: string,
  number: string,
  currency: string,
  qualifier: Qualifier,
  wordings: string,
): Reading[] {
  return wordings
    .split('|')
    .map((wording) => [wording.replace('#', figure), number, qualifier, currency, figure] as const);
}

const english = (qualifier: Qualifier, wordings: string): Reading[] =>
  around('5 trillion yuan', '5e12', 'CNY', qualifier, wordings);

testReadings('English qualifiers', [
  ...english(
    'approximately',
    'about #|around #|approx. #|approximately #|some #|roughly #|nearly #|almost #|close to #|circa #|~#|an estimated #|' +
      'an estimated total of #|may reach #|is likely to reach #|likely #|could hit #|might well total #|# or so|#, more or less',
  ),
  ...english(
    'atLeast',
    'more than #|over #|above #|exceeds #|has exceeded #|exceeding #|expected to surpass #|at least #|no less than #|' +
      'not less than #|upwards of #|in excess of #|well over #|more than a total of #|is not below #|over-#|>#|# or more|' +
      '# and above|#+|about # or more|may exceed #|at least about #|# at least.',
  ),
  ...english(
    'atMost',
    'up to #|at most #|no more than #|not more than #|less than #|below #|under #|as high as #|a maximum of #|' +
      "will not exceed #|doesn't exceed #|capped at #|≤ #|# or less|up to about #|could rise as high as #|# at most",
  ),
  ...english(
    'exact',
    '#|will reach #|is expected to reach #|would reach #|adds up to #|has brought about #|increased to #|' +
      'about which we know: #|up to the year 2025: #|# or more than half of it|over the next years #|more money, #',
  ),
  ['5+ trillion yuan', '5e12', 'atLeast', 'CNY', '5+ trillion yuan'],
  ['5 trillion-plus yuan', '5e12', 'atLeast', 'CNY', '5 trillion-plus yuan'],
  ['5 trillion-odd yuan', '5e12', 'atLeast', 'CNY', '5 trillion-odd yuan'],
  ['over $180 billion is estimated to be invested', '180e9', 'atLeast', 'USD', '$180 billion', USD],
]);

testReadings('ranges', [
  ['2-3 trillion yuan', '2e12..3e12', 'range', 'CNY', '2-3 trillion yuan'],
  ['2–3 trillion', '2e12..3e12', 'range', 'CNY', '2–3 trillion', CNY],
  ['2 to 3 trillion', '2e12..3e12', 'range', 'CNY', '2 to 3 trillion', CNY],
  ['2 or 3 trillion yuan', '2e12..3e12', 'range', 'CNY', '2 or 3 trillion yuan'],
  ['between 2 and 3 trillion yuan', '2e12..3e12', 'range', 'CNY', 'between 2 and 3 trillion yuan'],
  ['from 2 trillion to 3 trillion yuan', '2e12..3e12', 'range', 'CNY', '2 trillion to 3 trillion yuan'],
  ['two to three hundred billion yuan', '200e9..300e9', 'range', 'CNY', 'two to three hundred billion yuan'],
  ['fifty to one hundred billion yuan', '50e9..100e9', 'range', 'CNY', 'fifty to one hundred billion yuan'],
  ['US$800 million to US$1.2 billion', '800e6..1.2e9', 'range', 'USD', 'US$800 million to US$1.2 billion'],
  ['US$2-3', '2..3', 'range', 'USD', 'US$2-3'],
  ['US$2 to US$3 trillion', '2e12..3e12', 'range', 'USD', 'US$2 to US$3 trillion'],
  ['500 yuan to 1.2 billion yuan', '500..1.2e9', 'range', 'CNY', '500 yuan to 1.2 billion yuan'],
  ['about 2-3 trillion yuan', '2e12..3e12', 'range', 'CNY', '2-3 trillion yuan'],
  ['2-3 trillion yuan or more', '2e12', 'atLeastOpen', 'CNY', '2-3 trillion yuan'],
  ['more than 2-3 trillion yuan', '2e12', 'atLeastOpen', 'CNY', '2-3 trillion yuan'],
  ['from 5 trillion yuan upwards', '5e12', 'atLeastOpen', 'CNY', '5 trillion yuan'],
  ['from 2019 to 400 billion yuan', '400e9', 'exact', 'CNY', '400 billion yuan'],
  ['2020年新基建的规模大概是2到3万亿', '2e12..3e12', 'range', 'CNY', '2到3万亿', CNY],
  ['2至3万亿元', '2e12..3e12', 'range', 'CNY', '2至3万亿元'],
  ['2~3万亿元', '2e12..3e12', 'range', 'CNY', '2~3万亿元'],
  ['2～3万亿元', '2e12..3e12', 'range', 'CNY', '2～3万亿元'],
  ['2—3万亿元', '2e12..3e12', 'range', 'CNY', '2—3万亿元'],
  ['2万亿元至3万亿元', '2e12..3e12', 'range', 'CNY', '2万亿元至3万亿元'],
  ['介于2万亿和3万亿元之间', '2e12..3e12', 'range', 'CNY', '介于2万亿和3万亿元'],
  ['2到3千亿元', '2e11..3e11', 'range', 'CNY', '2到3千亿元'],
  ['五到一百亿元', '5e8..100e8', 'range', 'CNY', '五到一百亿元'],
  ['十到十五万亿元', '10e12..15e12', 'range', 'CNY', '十到十五万亿元'],
  ['两三万亿元', '2e12..3e12', 'range', 'CNY', '两三万亿元'],
  ['三五千亿元', '3e11..5e11', 'range', 'CNY', '三五千亿元'],
  ['投资規模將達到5-7萬億以上', '5e12', 'atLeastOpen', 'CNY', '5-7萬億', CNY],
  ['2兆から3兆円', '2e12..3e12', 'range', 'JPY', '2兆から3兆円'],
  ['2～3兆円', '2e12..3e12', 'range', 'JPY', '2～3兆円'],
  ['2~3조 위안', '2e12..3e12', 'range', 'CNY', '2~3조 위안'],
  ['2조에서 3조 위안', '2e12..3e12', 'range', 'CNY', '2조에서 3조 위안'],
]);

testReadings('indefinite figures', [
  ['dozens of trillions of yuan', '24e12', 'indefinite', 'CNY', 'dozens of trillions of yuan'],
  ['several trillion yuan', '2e12', 'indefinite', 'CNY', 'several trillion yuan'],
  ['a few trillion yuan', '2e12', 'indefinite', 'CNY', 'a few trillion yuan'],
  ['several hundred billion yuan', '200e9', 'indefinite', 'CNY', 'several hundred billion yuan'],
  ['tens of trillions of yuan', '20e12', 'indefinite', 'CNY', 'tens of trillions of yuan'],
  [
    'hundreds of billions of U.S. dollars',
    '200e9',
    'indefinite',
    'USD',
    'hundreds of billions of U.S. dollars',
  ],
  [
    'tens of thousands of billions of yuan',
    '20000e9',
    'indefinite',
    'CNY',
    'tens of thousands of billions of yuan',
  ],
  ['trillions of yuan', '2e12', 'indefinite', 'CNY', 'trillions of yuan'],
  ['more than several trillion yuan', '2e12', 'indefinite', 'CNY', 'several trillion yuan'],
  ['an unspecified sum of at least 5 trillion yuan', '5e12', 'indefinite', 'CNY', '5 trillion yuan'],
  ['数万亿元', '2e12', 'indefinite', 'CNY', '数万亿元'],
  ['數十萬億元', '20e12', 'indefinite', 'CNY', '數十萬億元'],
  ['几十万亿元', '20e12', 'indefinite', 'CNY', '几十万亿元'],
  ['数千亿元', '2e11', 'indefinite', 'CNY', '数千亿元'],
  ['数兆円', '2e12', 'indefinite', 'JPY', '数兆円'],
  ['数十兆円', '20e12', 'indefinite', 'JPY', '数十兆円'],
  ['수조 위안', '2e12', 'indefinite', 'CNY', '수조 위안'],
  ['수십조 위안', '20e12', 'indefinite', 'CNY', '수십조 위안'],
  ['몇 조 위안', '2e12', 'indefinite', 'CNY', '몇 조 위안'],
]);

testReadings('Chinese figures', [
  ['5G基站直接投资将达2.5万亿元', '2.5e12', 'exact', 'CNY', '2.5万亿元'],
  ['三万亿元', '3e12', 'exact', 'CNY', '三万亿元'],
  ['十万亿', '10e12', 'exact', 'CNY', '十万亿', CNY],
  ['二十五亿元', '25e8', 'exact', 'CNY', '二十五亿元'],
  ['三百零五亿元', '305e8', 'exact', 'CNY', '三百零五亿元'],
  ['一五〇亿元', '150e8', 'exact', 'CNY', '一五〇亿元'],
  ['一点五万亿元', '1.5e12', 'exact', 'CNY', '一点五万亿元'],
  ['两万亿元', '2e12', 'exact', 'CNY', '两万亿元'],
  ['壹仟贰佰億元', '1200e8', 'exact', 'CNY', '壹仟贰佰億元'],
  ['3万5千亿元', '3.5e12', 'exact', 'CNY', '3万5千亿元'],
  ['1万亿零500亿元', '1.05e12', 'exact', 'CNY', '1万亿零500亿元'],
  ['1万亿500亿元', '1.05e12', 'exact', 'CNY', '1万亿500亿元'],
  ['1万5000元', '15000', 'exact', 'CNY', '1万5000元'],
  ['4,200亿元', '4200e8', 'exact', 'CNY', '4,200亿元'],
  ['4，200亿元', '4200e8', 'exact', 'CNY', '4，200亿元'],
  ['列第3，5亿元', '5e8', 'exact', 'CNY', '5亿元'],
  ['１０兆元', '10e12', 'exact', 'CNY', '１０兆元'],
  ['10萬億元', '10e12', 'exact', 'CNY', '10萬億元'],
  ['5G 投资规模达到 1390.9 亿元', '1390.9e8', 'exact', 'CNY', '1390.9 亿元'],
  ['5G投资额达1849亿元,占全部投资的45.6%', '1849e8', 'exact', 'CNY', '1849亿元'],
  ['2018-2020年共投入2130亿元', '2130e8', 'exact', 'CNY', '2130亿元'],
  ['建设60万个5G基站,投资3万亿元', '3e12', 'exact', 'CNY', '3万亿元'],
  ['总投资3万亿元,装机1000万千瓦', '3e12', 'exact', 'CNY', '3万亿元'],
  ['“十四五”期间投资十万亿元', '10e12', 'exact', 'CNY', '十万亿元'],
  ['人民币10万亿', '10e12', 'exact', 'CNY', '人民币10万亿'],
  ['超4,200亿元人民币', '4200e8', 'atLeast', 'CNY', '4,200亿元人民币'],
]);

const chinese = (qualifier: Qualifier, wordings: string): Reading[] =>
  around('5万亿元', '5e12', 'CNY', qualifier, wordings);

testReadings('Chinese qualifiers', [
  ...chinese(
    'approximately',
    '约#|規模約#|大约#|约为#|预计约#|大概#|大概是#|近#|接近#|将近#|#左右|#上下|可能达到#|或将达到#',
  ),
  ...chinese(
    'atLeast',
    '超#|超过#|超過了#|逾#|将首次突破#|不低于#|不少于#|至少#|至少投资#|#以上|约#以上|超 #',
  ),
  ...chinese('atMost', '不超过#|不超過#|至多#|最多#|最高#|#以内|#以內|#以下|低于#|不足#'),
  ...chinese(
    'exact',
    '#|达#|将达到#|预计#|预计将达到#|高达#|节约#|最近#|合约#|达#超预期|超额完成了任务,投资#',
  ),
  ['可带动社会投资9000多亿元', '9000e8', 'atLeast', 'CNY', '9000多亿元'],
  ['100余亿元', '100e8', 'atLeast', 'CNY', '100余亿元'],
  ['5万亿多元', '5e12', 'atLeast', 'CNY', '5万亿多元'],
  ['1万多亿元', '1e12', 'atLeast', 'CNY', '1万多亿元'],
  ['十几万亿元', '10e12', 'atLeast', 'CNY', '十几万亿元'],
  ['上万亿元', '1e12', 'atLeast', 'CNY', '上万亿元'],
  ['过万亿', '1e12', 'atLeast', 'CNY', '过万亿', CNY],
  ['超万亿元', '1e12', 'atLeast', 'CNY', '万亿元'],
  ['近千亿元', '1e11', 'approximately', 'CNY', '千亿元'],
]);

const japanese = (qualifier: Qualifier, wordings: string): Reading[] =>
  around('10兆円', '10e12', 'JPY', qualifier, wordings);

testReadings('Japanese', [
  ...japanese('exact', '#|関連投資額は#|#の投資'),
  ...japanese('approximately', '約#|およそ#|#ほど|#程度|#前後'),
  ...japanese('atLeast', '#以上|#超|#を超える|#を上回る|少なくとも#|約#以上'),
  ...japanese('atMost', '#以下|#未満|最大#|#を超えない|#を下回る'),
  ['1兆2000億円', '1.2e12', 'exact', 'JPY', '1兆2000億円'],
  ['「十四五」期間の関連投資額は10兆元', '10e12', 'exact', 'CNY', '10兆元'],
  ['17.1兆人民元', '17.1e12', 'exact', 'CNY', '17.1兆人民元'],
  ['5億ドル', '5e8', 'exact', 'USD', '5億ドル'],
]);

const korean = (qualifier: Qualifier, wordings: string): Reading[] =>
  around('10조 위안', '10e12', 'CNY', qualifier, wordings);

testReadings('Korean', [
  ...korean('exact', '#|계약 #|투자가 #'),
  ...korean('approximately', '올해 신 인프라 투자가 약 #|# 정도|# 가량|대략 #'),
  ...korean('atLeast', '# 이상|#이 넘는|#을 초과|최소 #|# 초과'),
  ...korean('atMost', '# 이하|최대 #|# 미만|#을 넘지 않는'),
  ['33조 8300억 위안', '33.83e12', 'exact', 'CNY', '33조 8300억 위안'],
  ['1조2천억 원', '1.2e12', 'exact', 'KRW', '1조2천억 원'],
  ['3만 5천 원', '35000', 'exact', 'KRW', '3만 5천 원'],
  ['10여 조 원', '10e12', 'atLeast', 'KRW', '10여 조 원'],
  ['10조여 원', '10e12', 'atLeast', 'KRW', '10조여 원'],
  ['5억 달러', '5e8', 'exact', 'USD', '5억 달러'],
]);

testReadings('currencies', [
  ['5亿元', '5e8', 'exact', 'CNY', '5亿元'],
  ['5亿元', '5e8', 'exact', 'TWD', '5亿元', { currency: 'TWD' }],
  ['5億元', '5e8', 'exact', 'HKD', '5億元', { currency: 'HKD' }],
  ['5亿元', '5e8', 'exact', 'CNY', '5亿元', USD],
  ['5亿元 美元汇率', '5e8', 'exact', 'CNY', '5亿元'],
  ['5 trillion yuan', '5e12', 'exact', 'CNY', '5 trillion yuan', USD],
  ['5 trillion', '5e12', 'exact', 'EUR', '5 trillion', { currency: 'EUR' }],
  ['$5 billion', '5e9', 'exact', 'HKD', '$5 billion', { currency: 'HKD' }],
  ['5 billion dollars', '5e9', 'exact', 'AUD', '5 billion dollars', { currency: 'AUD' }],
  ['US$5 billion', '5e9', 'exact', 'USD', 'US$5 billion', { currency: 'AUD' }],
  ['¥5万亿', '5e12', 'exact', 'JPY', '¥5万亿', { currency: 'JPY' }],
  ['￥5万亿元', '5e12', 'exact', 'CNY', '￥5万亿元'],
  ...(
    [
      ['5 billion U.S. dollars', 'USD'],
      ['5 billion USD', 'USD'],
      ['USD 5 billion', 'USD'],
      ['RMB5 billion', 'CNY'],
      ['RMB 5 billion yuan', 'CNY'],
      ['CNY5 billion', 'CNY'],
      ['5 billion CNY', 'CNY'],
      ['5 billion renminbi', 'CNY'],
      ['5 billion yen', 'JPY'],
      ['5 billion euros', 'EUR'],
      ['€5 billion', 'EUR'],
      ['£5 billion', 'GBP'],
      ['5 billion pounds sterling', 'GBP'],
      ['₩5 billion', 'KRW'],
      ['HK$5 billion', 'HKD'],
      ['NT$5 billion', 'TWD'],
      ['A$5 billion', 'AUD'],
      ['₹5 billion', 'INR'],
      ['CHF 5 billion', 'CHF'],
      ['TOP 5 billion', 'TOP'],
      ['TOP 5 billion yuan', 'CNY'],
    ] as const
  ).map(([phrase, currency]): Reading => [phrase, '5e9', 'exact', currency, phrase]),
  ...(
    [
      ['5亿美元', 'USD'],
      ['5亿日元', 'JPY'],
      ['5億日圓', 'JPY'],
      ['5亿港元', 'HKD'],
      ['5亿元港币', 'HKD'],
      ['5亿韩元', 'KRW'],
      ['5亿欧元', 'EUR'],
      ['5亿英镑', 'GBP'],
      ['5億新臺幣', 'TWD'],
      ['新台币5亿元', 'TWD'],
      ['5亿卢布', 'RUB'],
      ['5亿印度卢比', 'INR'],
      ['5억 원', 'KRW'],
      ['5억 엔', 'JPY'],
      ['5억 유로', 'EUR'],
      ['5億ウォン', 'KRW'],
    ] as const
  ).map(([phrase, currency]): Reading => [phrase, '5e8', 'exact', currency, phrase]),
]);

testReadings('the figure that is meant', [
  ['of CNY17.1 trillion ($2.38 trillion)', '17.1e12', 'exact', 'CNY', 'CNY17.1 trillion'],
  [
    'of CNY17.1 trillion ($2.38 trillion)',
    '17.1e12',
    'exact',
    'CNY',
    'CNY17.1 trillion',
    { figure: 'CNY17.1 trillion' },
  ],
  [
    'of CNY17.1 trillion ($2.38 trillion)',
    '17.1e12',
    'exact',
    'CNY',
    'CNY17.1 trillion',
    { figure: 'CNY17.1 trillion ($2.38 trillion)' },
  ],
  [
    'of CNY17.1 trillion ($2.38 trillion)',
    '2.38e12',
    'exact',
    'USD',
    '$2.38 trillion',
    { ...USD, figure: '$2.38 trillion' },
  ],
  ['over 43.5 billion yuan (£4.8 billion)', '43.5e9', 'atLeast', 'CNY', '43.5 billion yuan'],
  ['exceeding 1 trillion yuan (about 142 billion U.S. dollars)', '1e12', 'atLeast', 'CNY', '1 trillion yuan'],
  ['10 trillion yuan (US$1.4 trillion; €1.2 trillion)', '10e12', 'exact', 'CNY', '10 trillion yuan'],
  ['10万亿元（约合1.4万亿美元）', '10e12', 'exact', 'CNY', '10万亿元'],
  ['3万亿 US$420 billion', '3e12', 'exact', 'CNY', '3万亿', { ...CNY, figure: '3万亿' }],
  ['将分别增长到3.3万亿、6.3万亿 元', '3.3e12', 'exact', 'CNY', '3.3万亿', { ...CNY, figure: '3.3万亿' }],
  ['将分别增长到3.3万亿、6.3万亿 元', '6.3e12', 'exact', 'CNY', '6.3万亿', { figure: '6.3万亿' }],
  [
    '由2020年的2.5万亿元增长至2025年的3.7万亿元',
    '3.7e12',
    'exact',
    'CNY',
    '3.7万亿元',
    { figure: '3.7万亿元' },
  ],
  [
    'about 1 trillion yuan, over 2 trillion yuan',
    '2e12',
    'atLeast',
    'CNY',
    '2 trillion yuan',
    { figure: '2 trillion yuan' },
  ],
  [
    '5 trillion yuan of 21.5 trillion yuan',
    '5e12',
    'exact',
    'CNY',
    '5 trillion yuan',
    { figure: '5 trillion yuan' },
  ],
  [
    '3 trillion yuan here, 3 trillion yuan there',
    '3e12',
    'exact',
    'CNY',
    '3 trillion yuan',
    { figure: '3 trillion yuan' },
  ],
]);

testReadings('words that turn or bound a figure', [
  ['〇.五万亿元', '0.5e12', 'exact', 'CNY', '〇.五万亿元'],
  ['零．五万亿元', '0.5e12', 'exact', 'CNY', '零．五万亿元'],
  ...around(
    '3 trillion yuan',
    '3e12',
    'CNY',
    'atMost',
    'unlikely to exceed #|fails to exceed #|failed to exceed #',
  ),
  ...around('3 trillion yuan', '3e12', 'CNY', 'atLeast', '# minimum|a minimum of #'),
  ...around('3万亿元', '3e12', 'CNY', 'atMost', '#都不到|不到#|#不到|未达#'),
  ...around('3万亿元', '3e12', 'CNY', 'atLeast', '#起'),
  ...around('10兆円', '10e12', 'JPY', 'atMost', '#足らず'),
  ...around('10兆円', '10e12', 'JPY', 'approximately', '#近く|#近くの投資'),
  ['3조 여원', '3e12', 'atLeast', 'KRW', '3조 여원'],
  ...around(
    '3 trillion yuan',
    '3e12',
    'CNY',
    'exact',
    'in 2020, #|up 30%, #|in the first half, #|# won the vote|it will not fail; #|the larger half costs #',
  ),
]);

test('a reading says how an unusual wording was read', async (t) => {
  const interpretations: readonly (readonly [string, AmountPhraseOptions | undefined, RegExp | null])[] = [
    ['3 trillion yuan', undefined, null],
    ['2-3 trillion yuan', undefined, null],
    ['several dozen trillion yuan', undefined, /"several dozen trillion" .* at least 24000000000000/],
    ['5-7 trillion yuan or more', undefined, /5000000000000 .* without an upper end/],
    ['$1,42-billion', USD, /decimal comma/],
    ['超万亿元', undefined, /"万亿" without a number is one/],
  ];
  for (const [phrase, options, expected] of interpretations) {
    t.match(parseAmountPhrase(phrase, options).interpretation, expected, phrase);
  }
});

test('what has no single reading is refused with its code and data', async (t) => {
  const refused: readonly (readonly [string, DomainErrorCode, AmountPhraseOptions?])[] = [
    ...[
      '',
      '2020',
      '5G',
      '2025年',
      '14th',
      '45.6%',
      '5m',
      'G20',
      'yuan',
      'billion',
      '三百',
      '第5万亿',
      'up to 2025',
    ].map((text) => [text, 'noFigure'] as const),
    ['1e12 yuan', 'malformedFigure'],
    ['an increase of 2 to 3 trillion yuan', 'changeOfSum'],
    ['3 trillion yuan', 'noFigure', { figure: '4 trillion yuan' }],
    ['3 trillion yuan', 'noFigure', { figure: '' }],
    ['21.5 trillion yuan', 'noFigure', { figure: '1.5 trillion yuan' }],
    ['2到3万亿元', 'noFigure', { figure: '3万亿元' }],
    ['分别为 1473 和 1849 亿元', 'noFigure', { figure: '1473亿元' }],
    ['3 trillion yuan and 5 trillion yuan', 'severalFigures'],
    ['3 trillion yuan (including US$420 billion of foreign capital)', 'severalFigures'],
    ['rose from 2 trillion to 3 trillion yuan', 'severalFigures'],
    ['3.3万亿、6.3万亿元', 'severalFigures'],
    ['3 trillion\n500 billion yuan', 'severalFigures'],
    ['3 trillion and 500 billion yuan', 'severalFigures'],
    ['33조\n8300억 위안', 'severalFigures'],
    ['about 3 trillion yuan, over 3 trillion yuan', 'severalFigures', { figure: '3 trillion yuan' }],
    ['3 trillion yuan, minus 3 trillion yuan', 'severalFigures', { figure: '3 trillion yuan' }],
    ...[
      '1,23,456 yuan',
      '1.2.3 trillion yuan',
      '1,2345 billion yuan',
      '007 billion yuan',
      '1/3 trillion yuan',
    ].map((text) => [text, 'malformedFigure'] as const),
    ...['12 34 million yuan', '1_234 billion yuan', '10^12 yuan', 'two thirds of a trillion yuan'].map(
      (text) => [text, 'malformedFigure'] as const,
    ),
    ...['三百五亿元', '二五亿元', '1.5万3千亿元', '3万亿亿亿亿元', `${'9'.repeat(41)} yuan`].map(
      (text) => [text, 'malformedFigure'] as const,
    ),
    ['...5 trillion yuan', 'malformedFigure'],
    ['一万五百亿元', 'malformedFigure'],
    ['5.000 yuan', 'ambiguousNumber'],
    ['1万-2万亿元', 'malformedFigure'],
    ['2020-5 billion yuan', 'reversedRange'],
    ['US$5 млрд', 'malformedFigure'],
    ...['-5 billion yuan', '−5 billion yuan', 'minus 5 billion yuan', 'CNY-5 billion', '负5亿元'].map(
      (text) => [text, 'negativeFigure'] as const,
    ),
    ...['(-US$5 billion)', 'マイナス5億円', '마이너스 5억 원', '▲5億円'].map(
      (text) => [text, 'negativeFigure'] as const,
    ),
    ['5-3 trillion yuan', 'reversedRange'],
    ['3万亿至2万亿元', 'reversedRange'],
    ['at least 5 trillion yuan at most', 'conflictingQualifiers'],
    ['不超过5万亿元以上', 'conflictingQualifiers'],
    ['up to 2-3 trillion yuan', 'conflictingQualifiers'],
    ['up to several trillion yuan', 'conflictingQualifiers'],
    ['最多9000多亿元', 'conflictingQualifiers'],
    ['5 trillion', 'currencyOpen'],
    ['5 trillion thousand yuan', 'noFigure'],
    ['$5 billion', 'currencyOpen'],
    ['5 billion dollars', 'currencyOpen'],
    ['¥5 billion', 'currencyOpen'],
    ['5 billion rupees', 'currencyOpen'],
    ['5 trillion', 'currencyOpen', { currency: 'yuan' }],
    ['$5 billion', 'currencyConflict', { currency: 'GBP' }],
    ['¥5 billion', 'currencyConflict', USD],
    ['US$5 billion yuan', 'currencyConflict'],
    ['3 trillion yuan yen', 'currencyConflict'],
    ['an increase of 3 trillion yuan to 10 trillion yuan', 'severalFigures'],
    ...(
      '3. 5 trillion yuan|3 . 5 trillion yuan|3, 500 billion yuan|3、500亿元|2、3兆円|三、五亿元|三.5万亿元|half of 3 trillion yuan|' +
      'two-thirds of 3 trillion yuan|30 percent of 10 trillion yuan|30% of 10 trillion yuan|three times 10 trillion yuan|' +
      '10万亿元的30%|10万亿元的一半|3倍于10万亿元|百分之三十的10万亿元|10兆円の3割|10兆円の2倍|3조원의 절반|' +
      '30% more than 10 trillion yuan|30% of about 10 trillion yuan|twice the 10 trillion yuan'
    )
      .split('|')
      .map((text) => [text, 'malformedFigure', CNY] as const),
    ...(
      'failed to reach 3 trillion yuan|did not reach 3 trillion yuan|not even 3 trillion yuan|rather than 3 trillion yuan|' +
      "未达到3万亿元|并非3万亿元|unlikely to reach 3 trillion yuan|isn't 3 trillion yuan|10兆円ではなく"
    )
      .split('|')
      .map((text) => [text, 'conflictingQualifiers', CNY] as const),
  ];
  for (const [text, code, options] of refused) {
    t.throws(
      () => parseAmountPhrase(text, options),
      { name: 'DomainError', code, data: { text, expected: String } },
      `${text} ${JSON.stringify(options ?? {})}`,
    );
  }
});

test('refusals carry what was found', async (t) => {
  const found: readonly (readonly [
    string,
    AmountPhraseOptions,
    DomainErrorCode,
    Readonly<Record<string, unknown>>,
  ])[] = [
    ['¥5 billion', {}, 'currencyOpen', { figure: '¥5 billion', candidates: ['CNY', 'JPY'] }],
    ['¥5 billion', USD, 'currencyConflict', { currency: 'USD', candidates: ['CNY', 'JPY'] }],
    ['1 trillion yuan, 2 yuan', {}, 'severalFigures', { found: ['1 trillion yuan', '2 yuan'] }],
    ['3-2 trillion yuan', {}, 'reversedRange', { low: '3000000000000', high: '2000000000000' }],
    [
      'at least 5 trillion yuan or less',
      {},
      'conflictingQualifiers',
      {
        found: [
          { qualifier: 'atLeast', words: 'at least' },
          { qualifier: 'atMost', words: 'or less' },
        ],
      },
    ],
  ];
  for (const [text, options, code, data] of found) {
    t.throws(() => parseAmountPhrase(text, options), { code, data }, text);
  }
});

test('a long text is read in time, and errors quote little of it', async (t) => {
  const pieces = [
    '1',
    ' ',
    '$ ',
    '1 111 ',
    '1,111,',
    '1-',
    '万',
    '1万',
    '3조 ',
    '三千',
    '5亿元',
    '约',
    'about ',
    'one hundred ',
  ];
  const more = [
    'a ',
    'tens of ',
    'CNY ',
    '2-3 ',
    '—',
    'trillion ',
    '5 trillion ',
    'and a half ',
    '元',
    '수',
    '1 yuan (US$1 ',
  ];
  const texts = [...pieces, ...more].map(
    (piece) => `${piece.repeat(Math.ceil(100_000 / piece.length))} 5 trillion yuan`,
  );
  for (const text of [...texts, `5 yuan${' '.repeat(100_000)}x`]) {
    const piece = text.slice(0, 20);
    try {
      parseAmountPhrase(text, CNY);
    } catch (error) {
      const { name, data } = error as { name: string; data: unknown };
      t.equal(name, 'DomainError', JSON.stringify(piece));
      t.ok(JSON.stringify(data).length < 2000, JSON.stringify(piece));
    }
  }
});

test('an amount is worded in each language', async (t) => {
  const amount = (phrase: string): Amount => parseAmountPhrase(phrase);
  const wordings: readonly (readonly [string, ...(readonly string[])])[] = [
    ['3 trillion yuan', '3 trillion yuan', '3万亿元', '3萬億元', '3兆人民元', '3조 위안'],
    [
      'about US$420 billion',
      'about 420 billion U.S. dollars',
      '约4200亿美元',
      '約4200億美元',
      '約4200億米ドル',
      '약 4200억 달러',
    ],
    [
      'over 10 trillion yen',
      'at least 10 trillion yen',
      '至少10万亿日元',
      '至少10萬億日圓',
      '少なくとも10兆円',
      '최소 10조 엔',
    ],
    [
      'up to 17.5 trillion yuan',
      'at most 17.5 trillion yuan',
      '至多17.5万亿元',
      '至多17.5萬億元',
      '最大17.5兆人民元',
      '최대 17.5조 위안',
    ],
    ['2-3 trillion yuan', '2-3 trillion yuan', '2-3万亿元', '2-3萬億元', '2～3兆人民元', '2~3조 위안'],
    [
      '0.8-1.2 billion yuan',
      '800 million yuan to 1.2 billion yuan',
      '8-12亿元',
      '8-12億元',
      '8～12億人民元',
      '8~12억 위안',
    ],
    [
      'several dozen trillion yuan',
      'several dozen trillion yuan',
      '金额不详，至少24万亿元',
      '金額不詳，至少24萬億元',
      '金額不詳、少なくとも24兆人民元',
      '금액 미상, 최소 24조 위안',
    ],
    ['数十万亿元', 'tens of trillions of yuan', '数十万亿元', '數十萬億元', '数十兆人民元', '수십조 위안'],
    [
      '5-7 trillion yuan or more',
      'from 5 trillion yuan upwards',
      '下限5万亿元',
      '下限5萬億元',
      '下限5兆人民元',
      '하한 5조 위안',
    ],
    ['CHF 3 billion', '3 billion CHF', '30亿CHF', '30億CHF', '30億CHF', '30억 CHF'],
  ];
  for (const [phrase, ...expected] of wordings) {
    t.strictSame(
      PHRASE_LANGUAGES.map((language) => formatAmountPhrase(amount(phrase), language)),
      expected,
      phrase,
    );
  }
  t.equal(formatAmountPhrase(amount('3万亿元')), '3 trillion yuan', 'English unless told otherwise');
  t.ok(sameAmount(amount(formatAmountPhrase(amount('5-7萬億元以上'), 'ko')), amount('5-7萬億元以上')));
});

test('an amount without any bound has words, but no figure', async (t) => {
  const unbounded: Amount = {
    value: null,
    low: null,
    high: null,
    qualifier: 'indefinite',
    currency: 'CNY',
    asStated: 'a lot of money',
    interpretation: 'no bound is stated',
  };
  for (const language of PHRASE_LANGUAGES) {
    t.throws(
      () => parseAmountPhrase(formatAmountPhrase(unbounded, language)),
      { code: 'noFigure' },
      language,
    );
  }
  t.throws(() => formatAmountPhrase({ ...unbounded, qualifier: 'exact' }), { code: 'inconsistentAmount' });
});

test('what would be right is said in the names of the fields that a client sends', (t) => {
  const cases = [
    ['severalFigures', '3 trillion yuan in 2020, 4 trillion in 2021', {}, '`asStated` with the words of one'],
    ['noFigure', '3 trillion yuan', { figure: '5 trillion' }, '`asStated` as an exact piece'],
    ['currencyOpen', '3 trillion', {}, '`currency` to say which'],
  ] as const;
  for (const [code, phrase, options, expected] of cases) {
    const data = refusal(t, code, () => parseAmountPhrase(phrase, options));
    t.match(data.expected, expected);
    t.notMatch(data.expected, /option/);
  }
  t.end();
});
