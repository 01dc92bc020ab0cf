import fc from 'fast-check';
import { test } from 'tap';
import { DomainError } from '../../../src/domain/errors.ts';
import type { Amount, Qualifier } from '../../../src/domain/money/amount.ts';
import { checkAmount, completeAmount, QUALIFIERS, sameAmount } from '../../../src/domain/money/amount.ts';

const V = '3000000000000';
const W = '5000000000000';

function amount(fields: Partial<Amount>): Amount {
  return {
    value: null,
    low: null,
    high: null,
    qualifier: 'exact',
    currency: 'CNY',
    asStated: '3 trillion yuan',
    interpretation: null,
    ...fields,
  };
}

test('each qualifier allows its own numbers', async (t) => {
  const allowed: readonly Partial<Amount>[] = [
    { qualifier: 'exact', value: V, low: V, high: V },
    { qualifier: 'exact', value: '0', low: '0', high: '0' },
    { qualifier: 'approximately', value: V },
    { qualifier: 'atLeast', value: V, low: V },
    { qualifier: 'atLeast', value: null, low: V },
    { qualifier: 'atMost', value: V, high: V },
    { qualifier: 'range', low: V, high: W },
    { qualifier: 'range', low: V, high: V },
    { qualifier: 'range', low: V, high: W, approximate: true },
    { qualifier: 'indefinite', low: V, interpretation: 'several dozen is at least two dozen' },
    { qualifier: 'indefinite', interpretation: 'no bound is stated' },
  ];
  for (const fields of allowed) {
    const given = amount(fields);
    t.equal(checkAmount(given), given, JSON.stringify(fields));
  }
});

test('numbers that a qualifier does not allow are refused by field', async (t) => {
  const refused: readonly (readonly [Partial<Amount>, string])[] = [
    [{ qualifier: 'exact' }, 'value'],
    [{ qualifier: 'exact', value: V, high: V }, 'low'],
    [{ qualifier: 'exact', value: V, low: V }, 'high'],
    [{ qualifier: 'exact', value: V, low: V, high: W }, 'high'],
    [{ qualifier: 'approximately' }, 'value'],
    [{ qualifier: 'approximately', value: V, low: V }, 'low'],
    [{ qualifier: 'approximately', value: V, high: V }, 'high'],
    [{ qualifier: 'atLeast' }, 'low'],
    [{ qualifier: 'atLeast', value: V }, 'low'],
    [{ qualifier: 'atLeast', value: W, low: V }, 'value'],
    [{ qualifier: 'atLeast', value: V, low: V, high: W }, 'high'],
    [{ qualifier: 'atMost', high: V }, 'value'],
    [{ qualifier: 'atMost', value: V }, 'high'],
    [{ qualifier: 'atMost', value: V, low: '0', high: V }, 'low'],
    [{ qualifier: 'range', value: V, low: V, high: W }, 'value'],
    [{ qualifier: 'exact', value: V, low: V, high: V, approximate: true }, 'approximate'],
    [{ qualifier: 'approximately', value: V, approximate: true }, 'approximate'],
    [{ qualifier: 'atLeast', value: V, low: V, approximate: true }, 'approximate'],
    [{ qualifier: 'atMost', value: V, high: V, approximate: true }, 'approximate'],
    [{ qualifier: 'indefinite', low: V, interpretation: 'open', approximate: true }, 'approximate'],
    [{ qualifier: 'range', high: W }, 'low'],
    [{ qualifier: 'range', low: V }, 'high'],
    [{ qualifier: 'indefinite', value: V, interpretation: 'x' }, 'value'],
    [{ qualifier: 'indefinite', high: V, interpretation: 'x' }, 'high'],
    [{ qualifier: 'indefinite', low: V }, 'interpretation'],
    [{ qualifier: 'approximately', value: V, currency: 'yuan' }, 'currency'],
    [{ qualifier: 'approximately', value: V, currency: '' }, 'currency'],
  ];
  for (const [fields, field] of refused) {
    t.throws(
      () => checkAmount(amount(fields)),
      { code: 'inconsistentAmount', data: { field, expected: String } },
      JSON.stringify(fields),
    );
  }
});

test('numbers that no qualifier allows are refused', async (t) => {
  const refused: readonly (readonly [Partial<Amount>, string])[] = [
    [{ qualifier: 'approximately', value: '-1' }, 'negativeFigure'],
    [{ qualifier: 'range', low: '-2', high: '1' }, 'negativeFigure'],
    [{ qualifier: 'range', low: W, high: V }, 'reversedRange'],
    [{ qualifier: 'approximately', value: '1e12' }, 'malformedDecimal'],
    [{ qualifier: 'approximately', value: '1.0' }, 'malformedDecimal'],
    [{ qualifier: 'approximately', value: '3,000' }, 'malformedDecimal'],
  ];
  for (const [fields, code] of refused)
    t.throws(() => checkAmount(amount(fields)), { code }, JSON.stringify(fields));
});

test('amounts are the same when their numbers, qualifier and currency are', async (t) => {
  const one = amount({ qualifier: 'atLeast', value: V, low: V });
  t.ok(sameAmount(one, { ...one, asStated: '3万亿元', interpretation: 'other words' }));
  t.notOk(sameAmount(one, { ...one, value: null }));
  t.notOk(sameAmount(one, { ...one, low: W }));
  t.notOk(sameAmount(one, { ...one, high: W }));
  t.notOk(sameAmount(one, { ...one, qualifier: 'exact' }));
  t.notOk(sameAmount(one, { ...one, currency: 'USD' }));
});

test('laws of amounts', async (t) => {
  const number = fc.option(fc.constantFrom('0', '0.5', V, W), { nil: null });
  const anyAmount = fc.record({
    value: number,
    low: number,
    high: number,
    qualifier: fc.constantFrom<Qualifier>(...QUALIFIERS),
    currency: fc.constantFrom('CNY', 'USD'),
    asStated: fc.constant('3 trillion yuan'),
    interpretation: fc.constantFrom(null, 'read so'),
  });
  await t.test('what is accepted holds its value within its bounds', async () => {
    fc.assert(
      fc.property(anyAmount, (given) => {
        try {
          checkAmount(given);
        } catch (error) {
          if (error instanceof DomainError) return true;
          throw error;
        }
        const { value, low, high } = given;
        const atLeastLow = value === null || low === null || Number(value) >= Number(low);
        const atMostHigh = value === null || high === null || Number(value) <= Number(high);
        return atLeastLow && atMostHigh && (low === null || high === null || Number(low) <= Number(high));
      }),
    );
  });
  await t.test('sameness is reflexive and symmetric', async () => {
    fc.assert(
      fc.property(
        anyAmount,
        anyAmount,
        (one, other) => sameAmount(one, one) && sameAmount(one, other) === sameAmount(other, one),
      ),
    );
  });
});

test('what follows from the rest of an amount is filled in, and nothing else', async (t) => {
  const words = { currency: 'CNY', asStated: '3 trillion yuan' };
  const filled: readonly (readonly [object, Partial<Amount>])[] = [
    [
      { ...words, qualifier: 'exact', value: V },
      { qualifier: 'exact', value: V, low: V, high: V },
    ],
    [
      { ...words, qualifier: 'exact', low: V },
      { qualifier: 'exact', value: V, low: V, high: V },
    ],
    [
      { ...words, low: V, high: V },
      { qualifier: 'exact', value: V, low: V, high: V },
    ],
    [
      { ...words, low: V, high: W },
      { qualifier: 'range', low: V, high: W },
    ],
    [
      { ...words, qualifier: 'approximately', value: V },
      { qualifier: 'approximately', value: V },
    ],
    [
      { ...words, qualifier: 'atLeast', value: V },
      { qualifier: 'atLeast', value: V, low: V },
    ],
    [
      { ...words, qualifier: 'atMost', value: V },
      { qualifier: 'atMost', value: V, high: V },
    ],
    [
      { ...words, qualifier: 'atMost', high: V },
      { qualifier: 'atMost', value: V, high: V },
    ],
  ];
  for (const [given, expected] of filled)
    t.strictSame(completeAmount(given), amount(expected), JSON.stringify(given));
  const open: readonly object[] = [
    {},
    words,
    { ...words, value: V },
    { ...words, qualifier: 'exact' },
    { ...words, qualifier: 'range', low: V },
    { ...words, qualifier: 'indefinite' },
    { qualifier: 'exact', value: V, currency: 'CNY' },
    { qualifier: 'exact', value: V, asStated: '3 trillion yuan' },
  ];
  for (const given of open) t.equal(completeAmount(given), null, JSON.stringify(given));
  const wrong = completeAmount({ ...words, qualifier: 'exact', value: V, low: null });
  t.equal(wrong?.low, null, 'what is given stays, for the check to refuse');
});

test('an amount without its nulls is the same amount', async (t) => {
  const stated = fc.constantFrom<Partial<Amount>>(
    { qualifier: 'exact', value: V, low: V, high: V },
    { qualifier: 'approximately', value: V },
    { qualifier: 'atLeast', value: V, low: V },
    { qualifier: 'atLeast', value: null, low: V, interpretation: 'an open range' },
    { qualifier: 'atMost', value: V, high: V },
    { qualifier: 'range', low: V, high: W },
    { qualifier: 'range', low: V, high: V },
    { qualifier: 'indefinite', low: V, interpretation: 'at least two dozen' },
    { qualifier: 'indefinite', interpretation: 'no bound is stated' },
  );
  fc.assert(
    fc.property(stated, (fields) => {
      const whole = amount(fields);
      const given = Object.fromEntries(Object.entries(whole).filter(([, part]) => part !== null));
      t.strictSame(completeAmount(given), whole);
    }),
  );
});
