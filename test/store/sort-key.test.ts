import fc from 'fast-check';
import { test } from 'tap';
import { formatDecimal, parseDecimal } from '../../src/domain/money/decimal.ts';
import { sortKey } from '../../src/store/sort-key.ts';

const decimal = fc
  .tuple(fc.bigInt({ min: 0n, max: 10n ** 30n }), fc.integer({ min: 0, max: 9 }))
  .map(([digits, places]) =>
    formatDecimal(parseDecimal(digits.toString()).dividedBy(parseDecimal('10').toPower(places))),
  );

test('the text order of sort keys is the numeric order of decimals', async (t) => {
  fc.assert(
    fc.property(decimal, decimal, (one, other) => {
      const [left, right] = [sortKey(one) ?? '', sortKey(other) ?? ''];
      const expected = parseDecimal(one).comparedTo(parseDecimal(other));
      return (left < right ? -1 : left > right ? 1 : 0) === expected;
    }),
    { numRuns: 1000 },
  );
  t.equal(sortKey(null), null);
  t.equal(sortKey('10.500'), sortKey('10.5'));
  t.equal(sortKey('10.00'), sortKey('10'));
  t.throws(() => sortKey('1'.repeat(41)), { code: 'malformedDecimal' });
});
