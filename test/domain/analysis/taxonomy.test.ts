import fc from 'fast-check';
import { test } from 'tap';
import { ancestorsOf, descendantsOf, findCycle, rootOf } from '../../../src/domain/analysis/taxonomy.ts';

/** A random forest: each node's parent comes before it, or there is none. */
const forest = fc
  .array(fc.nat({ max: 20 }), { maxLength: 20 })
  .map(
    (parents) =>
      new Map(
        parents.map((parent, position) => [`s${position}`, parent < position ? `s${parent}` : null] as const),
      ),
  );

test('a sector is among the descendants of exactly its ancestors', async () => {
  fc.assert(
    fc.property(forest, (parentOf) => {
      for (const id of parentOf.keys()) {
        const above = [...parentOf.keys()].filter((other) => descendantsOf(parentOf, other).includes(id));
        if (above.sort().join() !== [...ancestorsOf(parentOf, id)].sort().join()) return false;
      }
      return findCycle(parentOf) === undefined;
    }),
  );
});

test('a cycle is found, and does not hang the walk', async (t) => {
  const circle = new Map([
    ['a', 'b'],
    ['b', 'c'],
    ['c', 'a'],
    ['d', 'a'],
    ['e', null],
  ]);
  t.strictSame(findCycle(circle), ['a', 'b', 'c', 'a']);
  t.ok(ancestorsOf(circle, 'd').length <= 3);
  t.strictSame(
    [...circle.keys()].map((id) => rootOf(circle, id)),
    ['a', 'a', 'a', 'a', 'e'],
    'a circle is one tree',
  );
});
