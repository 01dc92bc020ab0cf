import fc from 'fast-check';
import { test } from 'tap';
import { DomainError } from '../../../src/domain/errors.ts';
import type { Amount } from '../../../src/domain/money/amount.ts';
import { checkAmount, sameAmount } from '../../../src/domain/money/amount.ts';
import { formatDecimal, parseDecimal } from '../../../src/domain/money/decimal.ts';
import type { AmountPhraseOptions } from '../../../src/domain/phrase/amount-phrase.ts';
import { parseAmountPhrase } from '../../../src/domain/phrase/amount-phrase.ts';
import { CURRENCY_CODES } from '../../../src/domain/phrase/currency-words.ts';
import { formatAmountPhrase, PHRASE_LANGUAGES } from '../../helpers/phrase-wordings.ts';

const RUNS = { numRuns: 1000 };

/** Sums of zero or more with at most 40 significant digits: round ones, fractions, and far beyond a quadrillion. */
const sum = fc
  .oneof(
    fc
      .tuple(fc.bigInt({ min: 0n, max: 9999n }), fc.integer({ min: 0, max: 20 }))
      .map(([n, zeros]) => `${n}${'0'.repeat(n === 0n ? 0 : zeros)}`),
    fc
      .tuple(fc.bigInt({ min: 0n, max: 10n ** 24n }), fc.stringMatching(/^\d{0,15}$/))
      .map(([n, fraction]) => (fraction === '' ? `${n}` : `${n}.${fraction}`)),
    fc.bigInt({ min: 0n, max: 10n ** 40n - 1n }).map(String),
  )
  .map((text) => formatDecimal(parseDecimal(text)));

const orderedPair = fc
  .tuple(sum, sum)
  .map(
    ([one, other]) =>
      (parseDecimal(one).lessThan(parseDecimal(other)) ? [one, other] : [other, one]) as [string, string],
  );

type Numbers = Pick<Amount, 'value' | 'low' | 'high' | 'qualifier'>;

const openNumber = fc
  .tuple(fc.constantFrom('2', '20', '24', '200', '2000'), fc.constantFrom(4, 6, 8, 9, 12))
  .map(([digits, zeros]) => `${digits}${'0'.repeat(zeros)}`);

const numbers: fc.Arbitrary<Numbers> = fc.oneof(
  sum.map((v): Numbers => ({ value: v, low: v, high: v, qualifier: 'exact' })),
  sum.map((v): Numbers => ({ value: v, low: null, high: null, qualifier: 'approximately' })),
  sum.map((v): Numbers => ({ value: v, low: v, high: null, qualifier: 'atLeast' })),
  sum.map((v): Numbers => ({ value: null, low: v, high: null, qualifier: 'atLeast' })),
  sum.map((v): Numbers => ({ value: v, low: null, high: v, qualifier: 'atMost' })),
  orderedPair.map(([low, high]): Numbers => ({ value: null, low, high, qualifier: 'range' })),
  fc
    .oneof(sum, openNumber)
    .map((low): Numbers => ({ value: null, low, high: null, qualifier: 'indefinite' })),
);

const amount: fc.Arbitrary<Amount> = fc
  .tuple(numbers, fc.constantFrom(...CURRENCY_CODES))
  .map(([given, currency]) => ({ ...given, currency, asStated: 'given', interpretation: 'given' }));

const language = fc.constantFrom(...PHRASE_LANGUAGES);

test('a worded amount is read back as it was, in every language and currency', async () => {
  fc.assert(
    fc.property(amount, language, (given, spoken) => {
      const phrase = formatAmountPhrase(given, spoken);
      const read = parseAmountPhrase(phrase);
      if (!sameAmount(read, given)) throw new Error(`${phrase}: ${JSON.stringify(read)}`);
    }),
    { numRuns: 5000 },
  );
});

test('the caller cannot change a currency that the words state', async () => {
  fc.assert(
    fc.property(amount, language, fc.constantFrom('USD', 'GBP', 'THB'), (given, spoken, currency) =>
      sameAmount(parseAmountPhrase(formatAmountPhrase(given, spoken), { currency }), given),
    ),
    RUNS,
  );
});

/** Everything a reading owes its caller; undefined where the phrase is refused. */
function readOrRefused(text: string, options: AmountPhraseOptions): Amount | undefined {
  try {
    const read = parseAmountPhrase(text, options);
    checkAmount(read);
    if (read.asStated === '' || !text.includes(read.asStated))
      throw new Error(`not a piece of the text: ${read.asStated}`);
    return read;
  } catch (error) {
    if (error instanceof DomainError && typeof error.data.expected === 'string') return undefined;
    throw error;
  }
}

const options: fc.Arbitrary<AmountPhraseOptions> = fc.oneof(
  fc.constantFrom({}, { currency: 'CNY' }, { currency: 'USD' }, { currency: 'TWD' }, { currency: '' }),
  fc.string().map((figure) => ({ figure })),
);

test('any text is read or refused with a domain error', async () => {
  const anyText = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc.string({ unit: 'grapheme' }),
    fc.string({ unit: 'binary-ascii' }),
  );
  fc.assert(
    fc.property(anyText, options, (text, given) => {
      readOrRefused(text, given);
    }),
    { numRuns: 3000 },
  );
});

const VOCABULARY = (
  '0|1|2|3|5|17.1|1,42|1.234|2020|9000|12345|,|.|-|–|—|~|+|%|$|¥|US$|€|(|)|/|:|1/2|.5|A|m|bn|k|tr|trillion|billion|million|' +
  'thousand|hundred|trillions|dozen|several|a few|tens of|hundreds of|one|two|twenty|five|half|half a|a|and|and a half|point|' +
  'yuan|CNY|RMB|USD|TOP|dollars|won|about|more than|over|up to|at least|at most|no|not|may reach|exceed|or more|or less|' +
  'or|to|from|between|of|in|up|upwards|the|万|亿|兆|億|萬|千|百|十|零|一|两|三|五|点|数|几|多|余|上|过|超|约|近|不|超过|至少|最多|' +
  '以上|以下|左右|到|至|和|元|美元|人民币|年|第|个|負|조|억|만|천|수|여|약|최대|이상|이하|위안|원|から|円|約|を超える|未満|最大|下限|５|　'
).split('|');

const babble = fc
  .array(fc.tuple(fc.constantFrom(...VOCABULARY), fc.constantFrom('', '', ' ', '-', '\n')), { maxLength: 14 })
  .map((words) => words.map(([word, gap]) => `${word}${gap}`).join(''));

test('any string of its own words is read or refused with a domain error', async () => {
  fc.assert(
    fc.property(babble, options, (text, given) => {
      readOrRefused(text, given);
    }),
    { numRuns: 20_000 },
  );
});

test('any piece of a text may be named as its figure', async () => {
  fc.assert(
    fc.property(babble, fc.nat(40), fc.nat(40), (text, start, length) => {
      readOrRefused(text, { currency: 'CNY', figure: text.slice(start, start + length) });
    }),
    { numRuns: 5000 },
  );
});

test('prose around a figure does not change its reading', async () => {
  const before = [
    '',
    'Investment was announced on Monday. ',
    'The plan, in the 14th period, says: ',
    '在2020年召开的会议上，',
    '投资',
    '報告書によると、',
    '보고서에 따르면 ',
  ];
  const after = [
    '',
    ' in 2020',
    ', officials said.',
    '。',
    '，占全部投资的45.6%',
    ' by 2025 (see page 5)',
    ' という。',
  ];
  fc.assert(
    fc.property(
      amount,
      language,
      fc.constantFrom(...before),
      fc.constantFrom(...after),
      (given, spoken, lead, tail) => {
        const phrase = formatAmountPhrase(given, spoken);
        const read = parseAmountPhrase(`${lead}${phrase}${tail}`);
        if (!sameAmount(read, given)) throw new Error(`${lead}${phrase}${tail}: ${JSON.stringify(read)}`);
      },
    ),
    RUNS,
  );
});

test('naming the figure of a phrase, or of one beside another, gives the same reading', async () => {
  fc.assert(
    fc.property(amount, amount, language, (given, other, spoken) => {
      const phrase = formatAmountPhrase(given, spoken);
      const { asStated } = parseAmountPhrase(phrase);
      const rest = formatAmountPhrase(other, spoken);
      fc.pre(!rest.includes(asStated));
      return sameAmount(parseAmountPhrase(`${phrase}; ${rest}`, { figure: asStated }), given);
    }),
    RUNS,
  );
});

const coefficient = fc
  .tuple(fc.nat(99_999), fc.nat(99))
  .map(([whole, fraction]) => formatDecimal(parseDecimal(`${whole}.${fraction}`)));

function readValue(phrase: string): string | null {
  return parseAmountPhrase(phrase).value;
}

test('magnitude words scale', async (t) => {
  const scales: readonly (readonly [string, string, number])[] = [
    ['trillion yuan', 'billion yuan', 1000],
    ['billion yuan', 'million yuan', 1000],
    ['million yuan', 'thousand yuan', 1000],
    ['万亿元', '亿元', 10_000],
    ['亿元', '万元', 10_000],
    ['千亿元', '亿元', 1000],
    ['兆円', '億円', 10_000],
    ['조 위안', '억 위안', 10_000],
  ];
  for (const [greater, smaller, factor] of scales) {
    await t.test(`${greater} is ${factor} ${smaller}`, async () => {
      fc.assert(
        fc.property(
          coefficient,
          (n) =>
            readValue(`${n} ${greater}`) ===
            formatDecimal(parseDecimal(readValue(`${n} ${smaller}`) ?? '').times(factor)),
        ),
      );
    });
  }
  await t.test('万亿 and 萬億 are 兆 and trillion', async () => {
    fc.assert(
      fc.property(
        coefficient,
        (n) =>
          new Set([`${n}万亿元`, `${n}萬億元`, `${n}兆元`, `${n} trillion yuan`].map(readValue)).size === 1,
      ),
    );
  });
});

/** Writes 1 to 9999 in characters: 3050 is 三千零五十. */
function fourDigitsInCharacters(n: number): string {
  const digits = [...String(n).padStart(4, '0')].map((digit) => '零一二三四五六七八九'.charAt(Number(digit)));
  const written = digits
    .map((digit, place) => (digit === '零' ? '零' : digit + '千百十'.charAt(place)))
    .join('');
  return written.replace(/零+/g, '零').replace(/^零|零$/g, '');
}

/** Writes a whole number below 10^16 in groups of four digits, each with its unit; `write` words one group. */
function inGroupsOfFour(
  n: bigint,
  units: readonly string[],
  write: (group: number, isFirst: boolean) => string,
): string {
  const groups = units.map((_, index) => Number((n / 10_000n ** BigInt(index)) % 10_000n));
  const greatest = groups.findLastIndex((group) => group > 0);
  return groups
    .map((group, index) => (group === 0 ? '' : write(group, index === greatest) + units[index]))
    .reverse()
    .join('');
}

const ONES = (
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen ' +
  'eighteen nineteen'
).split(' ');
const TENS = '- - twenty thirty forty fifty sixty seventy eighty ninety'.split(' ');

function hundredsInWords(n: number): string {
  if (n < 20) return ONES[n] ?? '';
  if (n < 100) return `${TENS[Math.floor(n / 10)]}${n % 10 === 0 ? '' : `-${ONES[n % 10]}`}`;
  return `${ONES[Math.floor(n / 100)]} hundred${n % 100 === 0 ? '' : ` and ${hundredsInWords(n % 100)}`}`;
}

function inEnglishWords(n: bigint): string {
  const scales = ['', ' thousand', ' million', ' billion', ' trillion'];
  const groups = scales.map((scale, index) => ({
    scale,
    group: Number((n / 1000n ** BigInt(index)) % 1000n),
  }));
  return groups
    .filter(({ group }) => group > 0)
    .map(({ scale, group }) => hundredsInWords(group) + scale)
    .reverse()
    .join(' ');
}

test('a whole number is the same in digits, characters, mixed units and words', async () => {
  const whole = fc.oneof(
    fc.bigInt({ min: 1n, max: 10n ** 15n - 1n }),
    fc
      .tuple(fc.bigInt({ min: 1n, max: 9999n }), fc.integer({ min: 0, max: 11 }))
      .map(([n, zeros]) => n * 10n ** BigInt(zeros)),
  );
  fc.assert(
    fc.property(whole, (n) => {
      const inCharacters = inGroupsOfFour(n, ['', '万', '亿', '兆'], (group, isFirst) =>
        isFirst || group >= 1000 ? fourDigitsInCharacters(group) : `零${fourDigitsInCharacters(group)}`,
      );
      const phrases = [
        `${inCharacters}元`,
        `${inGroupsOfFour(n, ['', '万', '億', '兆'], String)}円`,
        `${inGroupsOfFour(n, ['', '만 ', '억 ', '조 '], String)}원`,
        `${inEnglishWords(n)} yuan`,
      ];
      for (const phrase of phrases) {
        if (readValue(phrase) !== n.toString()) throw new Error(`${phrase} is not ${n}`);
      }
    }),
    RUNS,
  );
});

test('grouping digits does not change a figure', async () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: 0n, max: 10n ** 18n }),
      fc.constantFrom(' yuan', ' million yuan', '亿元', '조 위안'),
      (n, unit) => {
        const plain = readValue(`${n}${unit}`);
        const grouped = (mark: string): string => n.toString().replace(/\B(?=(?:\d{3})+$)/g, mark);
        const wide = n
          .toString()
          .replace(/\d/g, (digit) => String.fromCharCode(digit.charCodeAt(0) + 0xfee0));
        return [`${grouped(',')}${unit}`, `${grouped('\u00a0')}${unit}`, `${wide}${unit}`].every(
          (phrase) => readValue(phrase) === plain,
        );
      },
    ),
  );
});
