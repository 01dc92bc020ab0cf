import { test } from 'tap';
import type { PhraseCase } from '../../helpers/phrase-cases.ts';
import { judge } from '../../helpers/phrase-cases.ts';

/** A phrase, the tag of its language ("other": not told), what it says or "refused", and the caller's currency or figure. */
type Case = readonly [
  phrase: string,
  language: string,
  expect: string,
  given?: Pick<PhraseCase, 'currency' | 'figure'>,
];

function testKind(name: string, cases: readonly Case[]): void {
  test(name, async (t) => {
    for (const [phrase, language, expect, given] of cases) {
      const { said, verdict } = judge({ source: name, phrase, language, expect: [expect], ...given });
      const isRight = verdict === 'right' || (expect === 'refused' && verdict === 'refused');
      t.ok(isRight, `${phrase} (${language}): ${said}, not ${expect}`.replace(/[^ -~]/g, '?'));
    }
  });
}

const exactly = (plain: string, currency: string): string => `${plain} exact ${currency}`;
const CNY = { currency: 'CNY' };
const USD = { currency: 'USD' };
const EUR = { currency: 'EUR' };

testKind('a number is never cut in two', [
  ['三○八億元', 'zh-TW', exactly('30800000000', 'TWD')],
  ['二Ｏ六億元', 'zh-TW', exactly('20600000000', 'TWD')],
  ['一二〇億円', 'ja', exactly('12000000000', 'JPY')],
  ['二百三十兆円', 'ja', exactly('230000000000000', 'JPY')],
  ['百八十兆円', 'ja', exactly('180000000000000', 'JPY')],
  ['千四百億ドル', 'ja', exactly('140000000000', 'USD')],
  ['三千百六十九億円', 'ja', exactly('316900000000', 'JPY')],
  ['약 3경 1200조 원', 'ko', '31200000000000000 approximately KRW'],
  ['2京5000兆円', 'ja', exactly('25000000000000000', 'JPY')],
  ['천 4백만 달러', 'ko', exactly('14000000', 'USD')],
  ['8천 2백만 달러', 'ko', exactly('82000000', 'USD')],
  ['4조 1천 3백억 원', 'ko', exactly('4130000000000', 'KRW')],
  ['1억 2천 5백만 원', 'ko', exactly('125000000', 'KRW')],
  ['3兆 4500億円', 'ja', exactly('3450000000000', 'JPY')],
  ['千億円', 'ja', exactly('100000000000', 'JPY')],
  ['百億美元', 'zh', exactly('10000000000', 'USD')],
  ['천억원', 'ko', exactly('100000000000', 'KRW')],
  ['三十几万元', 'zh', '300000 atLeast CNY'],
  ['20，300亿元', 'zh', exactly('2030000000000', 'CNY')],
  ['分别为20，300亿元', 'zh', 'refused'],
  ['수조억 원', 'ko', 'refused'],
  ['三、五億円', 'ja', 'refused'],
  ['3 500 25 million yuan', 'en', 'refused'],
  ['3 लाख 45 हजार 100 करोड़ रुपये', 'hi', exactly('3451000000000', 'INR')],
  ['4 mil 300 millones de euros', 'es', exactly('4300000000', 'EUR')],
  ['vinte e cinco bilhões de reais', 'pt', exactly('25000000000', 'BRL')],
  ['treinta y dos millones de euros', 'es', exactly('32000000', 'EUR')],
]);

testKind('what stands behind a sum tells money from things', [
  ['30 milliards d’investissements prévus', 'fr', exactly('30000000000', 'EUR'), EUR],
  ['2 millions de véhicules', 'fr', 'refused', EUR],
  ['6 Mds devraient suivre', 'fr', exactly('6000000000', 'EUR'), EUR],
  ['100 millones del nuevo fondo', 'es', exactly('100000000', 'EUR'), EUR],
  ['1,3 millones de empleos', 'es', 'refused', EUR],
  ['400 milhões de investimentos', 'pt', exactly('400000000', 'BRL'), { currency: 'BRL' }],
  ['3 miliardi di investimenti', 'it', exactly('3000000000', 'EUR'), EUR],
  ['3万亿专项债', 'zh', exactly('3000000000000', 'CNY'), CNY],
  ['5亿基站', 'zh', 'refused', CNY],
  ['uno de cada ocho euros', 'es', 'refused'],
  ['one out of every eight euros', 'en', 'refused'],
  ['9000억원 수준', 'ko', '900000000000 approximately KRW'],
  ['2만3천명을 고용', 'ko', 'refused', { currency: 'KRW' }],
]);

testKind('the region tells which rupees are meant', [
  ['Rs 1.2 lakh crore', 'en-IN', exactly('1200000000000', 'INR')],
  ['Rs 7,088 crore', 'en-IN', exactly('70880000000', 'INR')],
  ['3 trillion rupees', 'en-IN', exactly('3000000000000', 'INR')],
  ['Rs 50 crore', 'en', 'refused'],
  ['Rs 50 crore', 'en-IN', exactly('500000000', 'PKR'), { currency: 'PKR' }],
]);

testKind('parts of a magnitude and points in words are read whole', [
  ['a quarter of a trillion dollars', 'en', exactly('250000000000', 'USD'), USD],
  ['three quarters billion us dollars', 'en', exactly('750000000', 'USD')],
  ['three-quarters of a trillion yuan', 'en', exactly('750000000000', 'CNY')],
  ['some half million usd', 'en', '500000 approximately USD'],
  ['from 1 point 1 to one point three million dollars', 'en', '1100000..1300000 range USD', USD],
  ['from 4 point 2 and six point three dollars', 'en', '4.2..6.3 range USD', USD],
  ['last quarter billion-dollar deals', 'en', 'refused', USD],
  ['invest €1½bn in networks', 'en', exactly('1500000000', 'EUR')],
  ['3¾ trillion yuan', 'en', exactly('3750000000000', 'CNY')],
  ['rund 1½ Mrd. Euro', 'de', '1500000000 approximately EUR'],
  ['US$2½-3 billion', 'en', '2500000000..3000000000 range USD'],
  ['3½亿元', 'zh', exactly('350000000', 'CNY')],
  ['€1⅓bn', 'en', 'refused'],
  ['€1.5½bn', 'en', 'refused'],
]);

testKind('a magnitude word that is not known is refused, never dropped', [
  ['R$ 1,9 trilhão', 'pt', exactly('1900000000000', 'BRL')],
  ['R$ 3,4 bi', 'pt', exactly('3400000000', 'BRL')],
  ['€ 12 Mds', 'fr', exactly('12000000000', 'EUR')],
  ['US$ 7 mil millones', 'es', exactly('7000000000', 'USD')],
  ['DKK 12 mia', 'da', exactly('12000000000', 'DKK')],
  ['$8 milyar', 'tr', exactly('8000000000', 'USD'), USD],
  ['Rs 20 lac', 'en', exactly('2000000', 'INR'), { currency: 'INR' }],
  ['PKR 30 arab', 'en', exactly('30000000000', 'PKR')],
  ['$40 MM of capex', 'en', exactly('40000000', 'USD'), USD],
  ['250 USD million', 'en', exactly('250000000', 'USD')],
  ['12.5 CNY tn', 'en', exactly('12500000000000', 'CNY')],
  ['45 MUSD', 'en', exactly('45000000', 'USD')],
  ['MAUD 60', 'en', 'refused'],
  ['€5 biljon', 'de', 'refused'],
  ['€7 milijuna', 'en', 'refused'],
  ['Rp 5 juta', 'en', 'refused'],
  ['$3 nghìn', 'en', 'refused', USD],
  ['₹7 लाख करोड़', 'other', 'refused'],
  ['$9 млрд', 'other', 'refused', USD],
]);

testKind('the language decides', [
  ['1 Billion Euro', 'de', exactly('1000000000000', 'EUR')],
  ['1 billion euros', 'en', exactly('1000000000', 'EUR')],
  ['1 Billion Euro', 'other', 'refused'],
  ['5 billion euros', 'de', 'refused'],
  ['1.500 Mio. Euro', 'de', exactly('1500000000', 'EUR')],
  ['1,2 Bio. Euro', 'de', exactly('1200000000000', 'EUR')],
  ['anderthalb', 'de', 'refused', EUR],
  ['12 000 milliards d’euros', 'fr', exactly('12000000000000', 'EUR')],
  ['1,5 billón de pesos', 'es-CO', exactly('1500000000000', 'COP'), { currency: 'COP' }],
  ['1.500 millones de euros', 'es', exactly('1500000000', 'EUR')],
  ['1,500 millones de dólares', 'es-MX', exactly('1500000000', 'USD'), USD],
  ['1,500 millones de dólares', 'es', 'refused', USD],
  ['2,4 miliardi di euro', 'it', exactly('2400000000', 'EUR')],
  ['due miliardi e mezzo di euro', 'it', exactly('2500000000', 'EUR')],
  ['2,5 biljoen euro', 'nl', exactly('2500000000000', 'EUR')],
  ['3,5 mia. kr.', 'da', exactly('3500000000', 'DKK')],
  ['3,5 milliarder kroner', 'nb', exactly('3500000000', 'NOK')],
  ['3,5 miljarder kronor', 'sv', exactly('3500000000', 'SEK')],
  ['4 bln zł', 'pl', exactly('4000000000000', 'PLN')],
  ['4 mld zł', 'pl', exactly('4000000000', 'PLN')],
  ['5,5 miliardy korun', 'cs', exactly('5500000000', 'CZK')],
  ['1,5 trilyon lira', 'tr', exactly('1500000000000', 'TRY')],
  ['3,2 трлн рублей', 'ru', exactly('3200000000000', 'RUB')],
  ['полтора миллиарда рублей', 'ru', 'refused'],
  ['5 लाख करोड़ रुपये', 'hi', exactly('5000000000000', 'INR')],
  ['₹2,45,000 crore', 'en', exactly('2450000000000', 'INR')],
  ['2,45,000 euros', 'en', 'refused'],
  ['5.000 yuan', 'other', 'refused'],
  ['5.000 yuan', 'de', exactly('5000', 'CNY')],
  ['more than 5 million euros', 'de', '5000000 atLeast EUR'],
  ['超过5万亿元', 'de', '5000000000000 atLeast CNY'],
]);

testKind('qualifiers and ranges of each language', [
  ['koszt przekroczył 90 mld zł', 'pl', '90000000000 atLeast PLN'],
  ['výdaje překročily 90 miliard korun', 'cs', '90000000000 atLeast CZK'],
  ['mindestens 3 Milliarden Euro', 'de', '3000000000 atLeast EUR'],
  ['von 2 bis 3 Milliarden Euro', 'de', '2000000000..3000000000 range EUR'],
  ['moins de 3 milliards d’euros', 'fr', '3000000000 atMost EUR'],
  ['entre 2 y 3 millones de euros', 'es', '2000000..3000000 range EUR'],
  ['de 2 millones de euros a 3 millones de euros', 'es', 'refused'],
  ['oltre 3 miliardi di euro', 'it', '3000000000 atLeast EUR'],
  ['até R$ 3 bilhões', 'pt', '3000000000 atMost BRL'],
  ['minstens 3 miljard euro', 'nl', '3000000000 atLeast EUR'],
  ['mellem 2 og 3 mia. kr.', 'da', '2000000000..3000000000 range DKK'],
  ['opptil 3 milliarder kroner', 'no', '3000000000 atMost NOK'],
  ['cirka 3 miljarder kronor', 'sv', '3000000000 approximately SEK'],
  ['od 2 do 3 mld zł', 'pl', '2000000000..3000000000 range PLN'],
  ['nejméně 3 miliardy korun', 'cs', '3000000000 atLeast CZK'],
  ['en az 3 milyar lira', 'tr', '3000000000 atLeast TRY'],
  ['от 2 до 3 млрд рублей', 'ru', '2000000000..3000000000 range RUB'],
  ['कम से कम 3 करोड़ रुपये', 'hi', '30000000 atLeast INR'],
]);

testKind('the currency stands in the neighbourhood', [
  ['新台幣約294萬元', 'zh-TW', '2940000 approximately TWD'],
  ['港幣逾80億元', 'zh', '8000000000 atLeast HKD'],
  ['美元約7億元', 'zh', '700000000 approximately USD'],
  ['人民币超过3万亿元', 'zh-HK', '3000000000000 atLeast CNY'],
  ['新台币至少50亿元', 'zh', '5000000000 atLeast TWD'],
  ['50億元', 'zh-TW', exactly('5000000000', 'TWD')],
  ['50億元', 'zh-HK', exactly('5000000000', 'HKD')],
  ['50億元', 'zh-Hant', 'refused'],
  ['50亿元', 'zh-Hans', exactly('5000000000', 'CNY')],
  ['50億元', 'zh-Hant', exactly('5000000000', 'TWD'), { currency: 'TWD' }],
]);

testKind('a qualifier behind a conversion, and a conversion in the middle', [
  ['2조 위안(약 345조 원) 안팎', 'ko', '2000000000000 approximately CNY'],
  ['2万亿元（约2800亿美元）以上', 'zh', '2000000000000 atLeast CNY'],
  ['$280 billion (2 trillion yuan) or more', 'en', '280000000000 atLeast USD', USD],
  ['800億ドル（約8兆円）超', 'ja', '80000000000 atLeast USD'],
  [
    'between CNY800 billion (USD119 billion) and CNY1.1 trillion',
    'en',
    '800000000000..1100000000000 range CNY',
  ],
  [
    '2 trillion yuan (about $280 billion) to 3 trillion yuan',
    'en',
    '2000000000000..3000000000000 range CNY',
    CNY,
  ],
  ['2万亿元，约折合2800亿美元', 'zh', exactly('2000000000000', 'CNY')],
  ['2 trillion yuan, equivalent to US$280 billion', 'en', exactly('2000000000000', 'CNY')],
  ['just shy of 8 trillion yuan', 'en', '8000000000000 approximately CNY'],
  ['a good 8 trillion yuan', 'en', '8000000000000 atLeast CNY'],
  ['8 trillion yuan ± 5 %', 'en', '8000000000000 approximately CNY'],
]);

testKind('counts are no money', [
  ['3亿用户', 'zh', 'refused', CNY],
  ['10 million electric vehicles', 'en', 'refused', USD],
  ['9萬4,050個', 'zh-TW', 'refused', { currency: 'TWD' }],
  ['2천만 제곱미터', 'ko', 'refused', { currency: 'KRW' }],
  ['1.2 billion mobile subscribers', 'en', 'refused', USD],
  ['5 Millionen Haushalte', 'de', 'refused', EUR],
  ['3,5 millions de logements', 'fr', 'refused', EUR],
  ['4 milhões de pessoas', 'pt', 'refused', { currency: 'BRL' }],
  ['12億人', 'ja', 'refused', { currency: 'JPY' }],
  ['10 million electric vehicles worth 3 billion dollars', 'en', exactly('3000000000', 'USD'), USD],
]);

testKind('lists that share a unit', [
  ['分别为54.6、59.4、64.4万亿元', 'zh', exactly('54600000000000', 'CNY'), { figure: '54.6' }],
  ['分别为54.6、59.4、64.4万亿元', 'zh', exactly('59400000000000', 'CNY'), { figure: '59.4' }],
  ['分别为54.6、59.4、64.4万亿元', 'zh', exactly('64400000000000', 'CNY'), { figure: '64.4万亿元' }],
  ['分别达到120和350亿元', 'zh', exactly('12000000000', 'CNY'), { figure: '120' }],
  ['それぞれ2.5、3.1兆円', 'ja', exactly('2500000000000', 'JPY'), { figure: '2.5' }],
  [
    '54.6, 59.4 and 64.4 trillion yuan, respectively',
    'en',
    exactly('59400000000000', 'CNY'),
    { figure: '59.4' },
  ],
  ['2、3兆円', 'ja', 'refused'],
]);

testKind('cents are read with their units or refused', [
  ['3 dollars 50 cents', 'en', exactly('3.5', 'USD'), USD],
  ['$20 and 43c', 'en', exactly('20.43', 'USD'), USD],
  ['2222円13銭', 'ja', exactly('2222.13', 'JPY')],
  ['3元5角', 'zh', exactly('3.5', 'CNY')],
  ['七元二角五分', 'zh', exactly('7.25', 'CNY')],
  ['20 dollars 43', 'en', 'refused', USD],
  ['545ドルと5セント', 'ja', exactly('545.05', 'USD')],
  ['64달러 45센트입니다', 'ko', exactly('64.45', 'USD')],
  ['两美元又三美分', 'zh', exactly('2.03', 'USD')],
  ['thirteen dollars forty five', 'en', 'refused', USD],
  ['1 dollar and forty-two cents', 'en', exactly('1.42', 'USD'), USD],
  ['more than £12 and 5p', 'en', '12.05 atLeast GBP'],
  ['3 rubles 20 kopecks', 'en', exactly('3.2', 'RUB')],
  ['7 rupees 50 paise', 'en', exactly('7.5', 'INR'), { currency: 'INR' }],
  ['3 Euro 50 Cent', 'de', exactly('3.5', 'EUR')],
  ['12 CHF 5 Rappen', 'de', exactly('12.05', 'CHF')],
  ['4 рубля 20 копеек', 'ru', exactly('4.2', 'RUB')],
  ['3 dollars 50 pence', 'en', 'refused', USD],
  ['3 dollars 150 cents', 'en', 'refused', USD],
  ['2 million dollars 50 cents', 'en', 'refused', USD],
  ['5元七毛八', 'zh', 'refused'],
  ['이달러이십삼센트', 'ko', 'refused'],
  ['港幣三個一毫四', 'zh', 'refused'],
  ['3.50 dollars', 'en', exactly('3.5', 'USD'), USD],
]);
