import { test } from 'tap';
import { covers, SCOPES } from '../../../src/http/auth.ts';
import { hasDigest, idOf, newKey, sha256Of } from '../../../src/ledger/keys/key.ts';

test('a key is an id and 256 random bits, known again by its digest alone', async (t) => {
  const keys = Array.from({ length: 50 }, newKey);
  t.equal(new Set(keys.map(({ text }) => text)).size, 50);
  for (const { id, text, sha256 } of keys) {
    t.match(text, /^fl_[0-9a-f]{12}_[0-9a-f]{64}$/);
    t.equal(idOf(text), id);
    t.equal(sha256, sha256Of(text));
    t.ok(hasDigest(text, sha256));
  }
  const [first, second] = keys;
  if (first === undefined || second === undefined) throw new Error('no keys');
  t.notOk(hasDigest(first.text, second.sha256));
  t.notOk(hasDigest(first.text, undefined), 'an id that nobody has');
  t.notOk(hasDigest(`${first.text} `, first.sha256));
});

test('what is not a key has no id', async (t) => {
  const { text } = newKey();
  for (const wrong of [
    '',
    'fl_',
    text.slice(1),
    text.slice(0, -1),
    `${text}0`,
    text.toUpperCase(),
    `${text}\n`,
  ])
    t.equal(idOf(wrong), null, JSON.stringify(wrong));
});

test('each scope includes those before it', async (t) => {
  const table = SCOPES.map((held) => SCOPES.map((needed) => covers(held, needed)));
  t.strictSame(table, [
    [true, false, false],
    [true, true, false],
    [true, true, true],
  ]);
});
