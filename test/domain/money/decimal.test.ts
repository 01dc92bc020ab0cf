import fc from 'fast-check';
import { test } from 'tap';
import { DomainError } from '../../../src/domain/errors.ts';
import { Decimal, formatDecimal, parseDecimal } from '../../../src/domain/money/decimal.ts';

/** Plain decimal strings of at most 40 significant digits, some of them with trailing zeros. */
const plainDecimal = fc
  .tuple(fc.boolean(), fc.bigInt({ min: 0n, max: 10n ** 22n }), fc.stringMatching(/^\d{0,15}$/))
  .map(
    ([isNegative, whole, fraction]) =>
      `${isNegative ? '-' : ''}${whole}${fraction === '' ? '' : `.${fraction}`}`,
  );

test('plain decimals are read and written back exactly', async (t) => {
  const written: readonly (readonly [string, string])[] = [
    ['3000000000000', '3000000000000'],
    ['0.5', '0.5'],
    ['1.500', '1.5'],
    ['100', '100'],
    ['-0', '0'],
    ['-0.00', '0'],
    ['-2.50', '-2.5'],
    [`1${'0'.repeat(30)}`, `1${'0'.repeat(30)}`],
    [`0.${'0'.repeat(30)}1`, `0.${'0'.repeat(30)}1`],
  ];
  for (const [text, expected] of written) t.equal(formatDecimal(parseDecimal(text)), expected, text);
});

test('what is not a plain decimal is refused, saying what one looks like', async (t) => {
  const refused = [
    '',
    ' 1',
    '1e3',
    '.5',
    '5.',
    '1,000',
    '01',
    '--1',
    '+1',
    '0x10',
    'NaN',
    'Infinity',
    '１',
    '1\n',
  ];
  for (const text of refused) {
    t.throws(
      () => parseDecimal(text),
      { code: 'malformedDecimal', data: { text, expected: String } },
      JSON.stringify(text),
    );
  }
});

test('a number that 40 digits cannot hold is refused rather than rounded', async (t) => {
  t.doesNotThrow(() => parseDecimal('9'.repeat(40)));
  t.throws(() => parseDecimal('9'.repeat(41)), { code: 'malformedDecimal' });
  t.throws(() => parseDecimal(`0.${'123456789'.repeat(5)}`), { code: 'malformedDecimal' });
});

test('an error quotes a long text only in part', async (t) => {
  try {
    parseDecimal('x'.repeat(10_000));
    t.fail('not refused');
  } catch (error) {
    t.ok(error instanceof DomainError && JSON.stringify(error.data).length < 300);
  }
});

test('laws of decimals', async (t) => {
  await t.test('reading what was written is the identity', async () => {
    fc.assert(
      fc.property(plainDecimal, (text) => {
        const value = parseDecimal(text);
        return parseDecimal(formatDecimal(value)).equals(value);
      }),
    );
  });
  await t.test('writing is canonical: once written, always the same', async () => {
    fc.assert(
      fc.property(plainDecimal, (text) => {
        const written = formatDecimal(parseDecimal(text));
        return (
          written === formatDecimal(parseDecimal(written)) &&
          /^-?(?:0|[1-9]\d*)(?:\.\d*[1-9])?$/.test(written)
        );
      }),
    );
  });
  await t.test('sums of whole numbers agree with integers', async () => {
    const whole = fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n });
    fc.assert(
      fc.property(whole, whole, (one, other) => {
        const sum = parseDecimal(one.toString()).plus(parseDecimal(other.toString()));
        return formatDecimal(sum) === (one + other).toString();
      }),
    );
  });
  await t.test('any string is read or refused with the one code', async () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.stringMatching(/^[-+.,\de ]*$/)), (text) => {
        try {
          parseDecimal(text);
        } catch (error) {
          if (!(error instanceof DomainError) || error.code !== 'malformedDecimal') throw error;
        }
      }),
    );
  });
});

test('the arithmetic is a private one', async (t) => {
  t.equal(formatDecimal(new Decimal('0.1').plus('0.2')), '0.3');
  t.equal(formatDecimal(new Decimal(1).div(3)), `0.${'3'.repeat(40)}`);
  t.equal(formatDecimal(new Decimal('2.5').toDecimalPlaces(0)), '2', 'half-even');
  t.equal(formatDecimal(new Decimal('3.5').toDecimalPlaces(0)), '4', 'half-even');
});
