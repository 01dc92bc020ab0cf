import fc from 'fast-check';
import { test } from 'tap';
import {
  ancestorsOf,
  childrenOf,
  descendantsOf,
  findCycle,
  lineOf,
  overlappingSectors,
  rootOf,
  rootsOf,
  sectorsBetween,
} from '../../../src/domain/analysis/taxonomy.ts';

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

test('a sector of several parents stands once in each of their trees', async (t) => {
  const parentOf = new Map<string, string | null | readonly string[]>([
    ['grid', null],
    ['infrastructure', null],
    ['energy', 'infrastructure'],
    ['digital', 'infrastructure'],
    ['uhv', ['energy', 'digital', 'grid']],
    ['converters', 'uhv'],
  ]);
  t.strictSame(lineOf(parentOf, 'uhv'), ['infrastructure', 'energy']);
  t.strictSame(ancestorsOf(parentOf, 'uhv'), ['infrastructure', 'energy', 'digital', 'grid']);
  t.strictSame(rootsOf(parentOf, 'converters'), ['infrastructure', 'grid']);
  t.equal(rootOf(parentOf, 'converters'), 'infrastructure');
  t.strictSame(sectorsBetween(parentOf, 'converters', 'infrastructure'), ['energy', 'digital', 'uhv']);
  t.strictSame(sectorsBetween(parentOf, 'converters', 'grid'), ['uhv']);
  t.equal(sectorsBetween(parentOf, 'grid', 'uhv'), null);
  t.strictSame([...descendantsOf(parentOf, 'grid')].sort(), ['converters', 'uhv']);
  t.strictSame(childrenOf(parentOf, 'grid'), ['uhv']);
  const overlapping = (sectors: readonly string[], said: readonly (readonly [string, string[]])[] = []) =>
    [...overlappingSectors(sectors, parentOf, new Map(said))].sort();
  t.strictSame(overlapping(['energy', 'digital']), ['digital', 'energy'], 'one sector stands below both');
  t.strictSame(overlapping(['energy', 'converters']), []);
  t.strictSame(overlapping(['energy', 'x'], [['x', ['energy']]]), ['energy', 'x']);
  t.strictSame(overlapping(['energy'], [['x', ['energy']]]), []);
  const circle = new Map<string, string | null | readonly string[]>([
    ['a', ['c', 'b']],
    ['b', 'a'],
    ['c', null],
  ]);
  t.strictSame(findCycle(circle), ['a', 'b', 'a'], 'a circle by a further parent');
  t.strictSame([...ancestorsOf(circle, 'a')].sort(), ['a', 'b', 'c']);
  t.equal(findCycle(parentOf), undefined);
});

test('a walk up a taxonomy of many diamonds ends', async (t) => {
  const parentOf = new Map<string, string | null | readonly string[]>([['0', null]]);
  for (let level = 1; level <= 60; level += 1) {
    for (const side of ['a', 'b']) parentOf.set(`${level}${side}`, `${level - 1}`);
    parentOf.set(`${level}`, [`${level}a`, `${level}b`]);
  }
  t.equal(ancestorsOf(parentOf, '60').length, 180);
  t.equal(findCycle(parentOf), undefined);
});
