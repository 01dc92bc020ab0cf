import { test } from 'tap';
import { Places } from '../../src/http/places.ts';

const entries = (client: string, number: number) =>
  Array.from({ length: number }, (_, at) => ({ client, name: `${client}${at}` }));

test('each client has its turn, in the order of its own, and only its share', async (t) => {
  const places = new Places<{ client: string; name: string }>(5, 2);
  const [a, b, c] = [entries('a', 4), entries('b', 1), entries('c', 3)];
  for (const entry of [...a, ...b, ...c]) places.wait(entry);
  const names = () => {
    const given: string[] = [];
    for (let entry = places.next(); entry !== undefined; entry = places.next()) given.push(entry.name);
    return given;
  };
  t.strictSame(names(), ['a0', 'b0', 'c0', 'a1', 'c1']);
  t.equal(places.taken, 5);
  for (const entry of b) places.free(entry);
  t.strictSame(names(), [], 'the others have their share');
  t.ok(a[2] !== undefined && places.leave(a[2]));
  t.notOk(a[0] === undefined || places.leave(a[0]), 'it has its place');
  t.notOk(places.leave({ client: 'd', name: 'd0' }), 'it never waited');
  for (const entry of [...a.slice(0, 2), ...c.slice(0, 2)]) places.free(entry);
  t.strictSame(names(), ['a3', 'c2']);
  for (const entry of [...a.slice(3), ...c.slice(2)]) places.free(entry);
  t.equal(places.taken, 0);
});
