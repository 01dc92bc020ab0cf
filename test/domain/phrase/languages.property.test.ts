import fc from 'fast-check';
import { test } from 'tap';
import { DomainError, unlessRefused } from '../../../src/domain/errors.ts';
import { formatDecimal, parseDecimal } from '../../../src/domain/money/decimal.ts';
import { parseAmountPhrase } from '../../../src/domain/phrase/amount-phrase.ts';
import { ANY_MAGNITUDES } from '../../../src/domain/phrase/words.ts';
import { described } from '../../helpers/phrase-cases.ts';

/** How a language writes sums: its decimal and grouping marks, magnitudes with their powers of ten, and words around them. */
interface Written {
  readonly language: string;
  readonly marks: readonly [decimal: string, grouping: string];
  readonly magnitudes: readonly (readonly [word: string, power: number])[];
  readonly currencies: readonly (readonly [words: string, code: string])[];
  readonly wordings: Readonly<Record<string, string>>;
}

const euro = ['euro', 'EUR'] as const;

const LANGUAGES: readonly Written[] = [
  {
    language: 'de',
    marks: [',', '.'],
    magnitudes: [
      ['Mio.', 6],
      ['Millionen', 6],
      ['Mrd.', 9],
      ['Milliarden', 9],
      ['Billionen', 12],
    ],
    currencies: [
      ['Euro', 'EUR'],
      ['Franken', 'CHF'],
      ['US-Dollar', 'USD'],
    ],
    wordings: { exact: '#', approximately: 'rund #', atLeast: 'mehr als #', atMost: 'bis zu #' },
  },
  {
    language: 'fr',
    marks: [',', '\u202f'],
    magnitudes: [
      ['millions', 6],
      ['milliards', 9],
      ['mille milliards', 12],
    ],
    currencies: [
      ["d'euros", 'EUR'],
      ['de francs suisses', 'CHF'],
      ['de yuans', 'CNY'],
    ],
    wordings: { exact: '#', approximately: 'environ #', atLeast: 'plus de #', atMost: "jusqu'à #" },
  },
  {
    language: 'es',
    marks: [',', '.'],
    magnitudes: [
      ['millones', 6],
      ['mil millones', 9],
      ['billones', 12],
    ],
    currencies: [
      ['de euros', 'EUR'],
      ['de pesos mexicanos', 'MXN'],
      ['de yuanes', 'CNY'],
    ],
    wordings: { exact: '#', approximately: 'unos #', atLeast: 'más de #', atMost: 'hasta #' },
  },
  {
    language: 'it',
    marks: [',', '.'],
    magnitudes: [
      ['milioni', 6],
      ['miliardi', 9],
      ['mila miliardi', 12],
    ],
    currencies: [
      ['di euro', 'EUR'],
      ['di sterline', 'GBP'],
    ],
    wordings: { exact: '#', approximately: 'circa #', atLeast: 'oltre #', atMost: 'fino a #' },
  },
  {
    language: 'pt',
    marks: [',', '.'],
    magnitudes: [
      ['milhões', 6],
      ['bilhões', 9],
      ['trilhões', 12],
    ],
    currencies: [
      ['de reais', 'BRL'],
      ['de euros', 'EUR'],
    ],
    wordings: { exact: '#', approximately: 'cerca de #', atLeast: 'mais de #', atMost: 'até #' },
  },
  {
    language: 'nl',
    marks: [',', '.'],
    magnitudes: [
      ['miljoen', 6],
      ['miljard', 9],
      ['biljoen', 12],
    ],
    currencies: [euro, ['Amerikaanse dollar', 'USD']],
    wordings: { exact: '#', approximately: 'ongeveer #', atLeast: 'meer dan #', atMost: 'maximaal #' },
  },
  {
    language: 'da',
    marks: [',', '.'],
    magnitudes: [
      ['mio.', 6],
      ['millioner', 6],
      ['mia.', 9],
      ['milliarder', 9],
      ['billioner', 12],
    ],
    currencies: [['kroner', 'DKK'], euro],
    wordings: { exact: '#', approximately: 'cirka #', atLeast: 'mere end #', atMost: 'højst #' },
  },
  {
    language: 'no',
    marks: [',', '\u00a0'],
    magnitudes: [
      ['millioner', 6],
      ['milliarder', 9],
      ['billioner', 12],
    ],
    currencies: [['kroner', 'NOK'], euro],
    wordings: { exact: '#', approximately: 'om lag #', atLeast: 'mer enn #', atMost: 'inntil #' },
  },
  {
    language: 'sv',
    marks: [',', '\u00a0'],
    magnitudes: [
      ['miljoner', 6],
      ['miljarder', 9],
      ['biljoner', 12],
    ],
    currencies: [['kronor', 'SEK'], euro],
    wordings: { exact: '#', approximately: 'ungefär #', atLeast: 'mer än #', atMost: 'högst #' },
  },
  {
    language: 'pl',
    marks: [',', '\u00a0'],
    magnitudes: [
      ['mln', 6],
      ['milionów', 6],
      ['mld', 9],
      ['miliardów', 9],
      ['bln', 12],
    ],
    currencies: [['zł', 'PLN'], euro],
    wordings: { exact: '#', approximately: 'około #', atLeast: 'ponad #', atMost: 'co najwyżej #' },
  },
  {
    language: 'cs',
    marks: [',', '\u00a0'],
    magnitudes: [
      ['milionů', 6],
      ['miliard', 9],
      ['bilionů', 12],
    ],
    currencies: [
      ['korun', 'CZK'],
      ['eur', 'EUR'],
    ],
    wordings: { exact: '#', approximately: 'zhruba #', atLeast: 'více než #', atMost: 'nejvýše #' },
  },
  {
    language: 'tr',
    marks: [',', '.'],
    magnitudes: [
      ['milyon', 6],
      ['milyar', 9],
      ['trilyon', 12],
    ],
    currencies: [
      ['lira', 'TRY'],
      ['avro', 'EUR'],
    ],
    wordings: { exact: '#', approximately: 'yaklaşık #', atLeast: 'en az #', atMost: 'en fazla #' },
  },
  {
    language: 'ru',
    marks: [',', '\u00a0'],
    magnitudes: [
      ['млн', 6],
      ['миллионов', 6],
      ['млрд', 9],
      ['трлн', 12],
    ],
    currencies: [
      ['рублей', 'RUB'],
      ['долларов США', 'USD'],
    ],
    wordings: { exact: '#', approximately: 'около #', atLeast: 'более #', atMost: 'не более #' },
  },
  {
    language: 'hi',
    marks: ['.', ','],
    magnitudes: [
      ['लाख', 5],
      ['करोड़', 7],
      ['लाख करोड़', 12],
    ],
    currencies: [['रुपये', 'INR']],
    wordings: { exact: '#', approximately: 'लगभग #', atLeast: 'कम से कम #', atMost: 'अधिकतम #' },
  },
  {
    language: 'en',
    marks: ['.', ','],
    magnitudes: [
      ['million', 6],
      ['billion', 9],
      ['trillion', 12],
    ],
    currencies: [
      ['euros', 'EUR'],
      ['yuan', 'CNY'],
    ],
    wordings: { exact: '#', approximately: 'about #', atLeast: 'more than #', atMost: 'up to #' },
  },
];

/** A sum in digits as a language writes it, with the plain number; none ends in a zero behind three decimals. */
const digits = fc
  .tuple(fc.bigInt({ min: 2n, max: 9_999_999n }), fc.stringMatching(/^(?:|[1-9]|\d[1-9])$/), fc.boolean())
  .map(([whole, fraction, isGrouped]) => ({ whole: `${whole}`, fraction, isGrouped }));

const sum = fc.constantFrom(...LANGUAGES).chain((written) =>
  fc.record({
    written: fc.constant(written),
    number: digits,
    magnitude: fc.constantFrom(...written.magnitudes),
    currency: fc.constantFrom(...written.currencies),
    qualifier: fc.constantFrom(...Object.keys(written.wordings)),
  }),
);

type Sum = typeof sum extends fc.Arbitrary<infer One> ? One : never;

function inDigits({ written: { marks }, number: { whole, fraction, isGrouped } }: Sum): string {
  const [decimal, grouping] = marks;
  const shown = isGrouped ? whole.replace(/\B(?=(?:\d{3})+$)/g, grouping) : whole;
  return fraction === '' ? shown : `${shown}${decimal}${fraction}`;
}

function figureOf(one: Sum): string {
  return `${inDigits(one)} ${one.magnitude[0]} ${one.currency[0]}`;
}

function plainValue({ number: { whole, fraction }, magnitude: [, power] }: Sum): string {
  return formatDecimal(
    parseDecimal(`${whole}.${fraction || '0'}`).times(parseDecimal(`1${'0'.repeat(power)}`)),
  );
}

test('what is written in any language is read back', async () => {
  fc.assert(
    fc.property(sum, (one) => {
      const { written, currency, qualifier } = one;
      const phrase = (written.wordings[qualifier] ?? '#').replace('#', () => figureOf(one));
      const said = described(parseAmountPhrase(phrase, { language: written.language }));
      const expected = `${plainValue(one)} ${qualifier} ${currency[1]}`;
      if (said !== expected) throw new Error(`${phrase} (${written.language}): ${said}, not ${expected}`);
    }),
    { numRuns: 4000 },
  );
});

test('prose of its own language around a figure does not change what it says', async () => {
  const prose: readonly (readonly [string, string, string])[] = [
    ['de', 'Der Bund plant im Jahr 2030 Ausgaben: ', ', teilte das Ministerium mit.'],
    ['fr', 'Selon le rapport de 2024 : ', ', a indiqué le ministre.'],
    ['es', 'Según el informe de 2024: ', ', dijo el ministro.'],
    ['pt', 'Segundo o relatório de 2024: ', ', disse o ministro.'],
    ['pl', 'W raporcie z 2024 r. podano: ', ', poinformował minister.'],
    ['tr', '2024 raporuna göre: ', ', dedi bakan.'],
    ['ru', 'В докладе 2024 года: ', ', сообщил министр.'],
  ];
  fc.assert(
    fc.property(sum, (one) => {
      const [, lead, tail] = prose.find(([language]) => language === one.written.language) ?? ['', '', ''];
      const said = described(
        parseAmountPhrase(`${lead}${figureOf(one)}${tail}`, { language: one.written.language }),
      );
      if (said !== `${plainValue(one)} exact ${one.currency[1]}`)
        throw new Error(`${figureOf(one)}: ${said}`);
    }),
    { numRuns: 2000 },
  );
});

test('no piece of a figure is read as another number', async () => {
  fc.assert(
    fc.property(sum, fc.nat(60), fc.boolean(), (one, cut, fromStart) => {
      const text = figureOf(one);
      const at = cut % text.length;
      const figure = fromStart ? text.slice(0, at) : text.slice(at);
      const [, currency] = one.currency;
      const reading = unlessRefused(() =>
        parseAmountPhrase(text, { language: one.written.language, currency, figure }),
      );
      if (reading instanceof DomainError || reading.value === plainValue(one)) return;
      throw new Error(`"${figure}" of ${text}: ${described(reading)}`);
    }),
    { numRuns: 4000 },
  );
});

test('a figure without its end is the same number or refused', async () => {
  fc.assert(
    fc.property(sum, fc.nat(60), (one, cut) => {
      const text = figureOf(one);
      const start = inDigits(one).length;
      const shorter = text.slice(0, start + 1 + (cut % (text.length - start)));
      // What is left may be a word of its own: "milhões" begins with "mil".
      const [, left = ''] = shorter.slice(start).split(' ');
      fc.pre(left === one.magnitude[0] || !ANY_MAGNITUDES.has(left.toLowerCase().replace('.', '')));
      const [, currency] = one.currency;
      const reading = unlessRefused(() =>
        parseAmountPhrase(`${currency} ${shorter}`, { language: one.written.language }),
      );
      if (reading instanceof DomainError || shorter.trimEnd() === inDigits(one)) return;
      if (reading.value !== plainValue(one)) throw new Error(`${currency} ${shorter}: ${described(reading)}`);
    }),
    { numRuns: 4000 },
  );
});

test('without its language a number is read as in its own, or refused', async () => {
  fc.assert(
    fc.property(sum, (one) => {
      const reading = unlessRefused(() => parseAmountPhrase(figureOf(one)));
      if (reading instanceof DomainError || reading.value === plainValue(one)) return;
      throw new Error(`${figureOf(one)} (${one.written.language}): ${described(reading)}`);
    }),
    { numRuns: 4000 },
  );
});
