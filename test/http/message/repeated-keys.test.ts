import fc from 'fast-check';
import { test } from 'tap';
import { repeatedKey } from '../../../src/http/message/repeated-keys.ts';
import { buildForWriting, forecastBody } from '../../helpers/ledger.ts';

test('the path of a key that an object has twice', (t) => {
  for (const [source, path] of [
    ['{"a":1,"a":2}', 'a'],
    ['{"a":{"b":1,"c":[],"b":2}}', 'a.b'],
    ['{"a":[{"b":1},{"b":1,"b":1}]}', 'a.1.b'],
    ['[[1,{"a":[1,2]},{"a":1,"\\u0061":2}]]', '0.2.a'],
    ['{"a:{\\"":1,"a:{\\"":1}', 'a:{"'],
    ['{"\\\\":1,"\\\\":1}', '\\'],
    ['{"":1,"":1}', ''],
    ['{ "a" : 1 , "a" : 2 }', 'a'],
    ['{"__proto__":1,"__proto__":2}', '__proto__'],
    ['{"a":{"a":{"a":1}},"b":{"a":1}}', null],
    ['[{"a":1},{"a":1}]', null],
    ['{"a":"a","b":"\\"a\\":1","c":":,{["}', null],
    ['"a"', null],
    ['1', null],
    ['[]', null],
  ] as const)
    t.equal(repeatedKey(source), path, source);
  t.end();
});

test('what JSON.stringify writes has no key twice; one that is put in is found', (t) => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.string(), (value, key) => {
      const text = JSON.stringify({ first: value, [key]: 1 }, null, 1);
      t.equal(repeatedKey(text), null);
      const last = text.lastIndexOf('}');
      t.equal(repeatedKey(`${text.slice(0, last)},${JSON.stringify(key)}:2}`), key);
    }),
    { numRuns: 200 },
  );
  t.end();
});

test('deep and wide JSON is gone through once', (t) => {
  const deep = `${'{"a":['.repeat(100_000)}${']}'.repeat(100_000)}`;
  t.equal(repeatedKey(deep), null);
  const wide = Array.from({ length: 100_000 }, (_, at) => `"key ${at}":"${'\\\\'.repeat(5)}"`).join(',');
  t.equal(repeatedKey(`{${wide}}`), null);
  t.equal(repeatedKey(`{${wide},"key 0":1}`), 'key 0');
  t.end();
});

test('a body with a key twice is refused with its path', async (t) => {
  const { send, app } = await buildForWriting(t);
  const text = JSON.stringify(forecastBody('twice')).replace('"amount":{', '"amount":{"value":"1",');
  const response = await send('POST', '/v1/forecasts', text as never, { 'content-type': 'application/json' });
  t.equal(response.statusCode, 400);
  t.match(response.json(), {
    code: 'invalidRequest',
    errors: [{ in: 'body', name: 'amount.value', code: 'repeatedKey' }],
  });
  t.equal((await app.inject('/v1/forecasts/twice')).statusCode, 404);
});
