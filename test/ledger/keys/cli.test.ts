import { spawnSync } from 'node:child_process';
import type { Test } from 'tap';
import { test } from 'tap';
import { sha256Of } from '../../../src/ledger/keys/key.ts';
import type { KeyErrorCode, KeyOrder } from '../../../src/ledger/keys/keys.ts';
import { createKey, listKeys, readOrder, revokeKey } from '../../../src/ledger/keys/keys.ts';
import { openLedger } from '../../../src/transfer/open-ledger.ts';
import { ROOT, startServer, temporaryDirectory } from '../../helpers/process.ts';

const NOW = new Date('2026-03-01T12:00:00.000Z');

test('keys are made, used, listed and revoked on the command line', { timeout: 120_000 }, async (t) => {
  const directory = temporaryDirectory(t);
  const keys = (...args: string[]) =>
    spawnSync(process.execPath, ['src/cli.ts', 'keys', ...args], {
      cwd: ROOT,
      env: { PATH: process.env.PATH, DATA_DIR: directory },
      encoding: 'utf8',
    });
  await (await openLedger(directory)).store.close();
  const empty = keys('list');
  t.equal(empty.status, 0);
  t.match(empty.stderr, 'There are no keys');

  const made = keys(
    'create',
    '--name',
    'Beijing desk',
    '--scope',
    'write',
    '--expires',
    '2099-12-31',
    '--collection',
    'desk',
  );
  t.equal(made.status, 0, made.stderr);
  t.match(made.stdout, /^fl_[0-9a-f]{12}_[0-9a-f]{64}\n$/, 'the key alone, to be taken up by a script');
  t.match(
    made.stderr,
    /named "Beijing desk", scope write, collection desk, expires at 2099-12-31T23:59:59\.999Z/,
  );
  const key = made.stdout.trim();

  const { url } = await startServer(t, { DATA_DIR: directory });
  const status = async () =>
    (await fetch(`${url}/v1/forecasts`, { headers: { authorization: `Bearer ${key}` } })).status;
  t.equal(await status(), 200);
  const listed = keys('list').stdout;
  t.match(
    listed,
    /Beijing desk +write +desk +valid .* 2099-12-31T23:59:59\.999Z +20\d\d-\d\d-\d\dT/,
    'used just now',
  );
  t.notMatch(listed, key.slice(16), 'no secret');
  t.notMatch(listed, sha256Of(key));

  const revoked = keys('revoke', 'Beijing desk');
  t.equal(revoked.stdout, `Key ${key.slice(3, 15)}, named "Beijing desk", is revoked.\n`);
  t.equal(await status(), 401, 'at once, while the server runs');
  t.match(keys('revoke', key.slice(3, 15)).stdout, 'was revoked already');
  t.match(keys('list').stdout, /Beijing desk +write +desk +revoked/);

  for (const [args, message] of [
    [
      ['create', '--name', 'Beijing desk', '--scope', 'read'],
      /There is a key "Beijing desk" already .*revoked/,
    ],
    [['create', '--name', 'x', '--scope', 'root'], /Allowed choices are read, write, admin/],
    [['create', '--scope', 'read'], /--name/],
    [['create', '--name', 'x'], /--scope/],
    [['create', '--name', 'x', '--scope', 'read', '--expires', '2020-01-01'], /past/],
    [['create', '--name', 'x', '--scope', 'read', '--collection', 'a b'], /no collection of the id "a b"/],
    [['revoke', 'nobody'], /There is no key of the name or id "nobody"/],
  ] as const) {
    const refused = keys(...args);
    t.equal(refused.status, 1, args.join(' '));
    t.match(refused.stderr, message);
    t.notMatch(refused.stderr, /\n +at /, 'no stack');
    t.equal(refused.stdout, '');
  }
});

function refused(t: Test, code: KeyErrorCode, call: () => unknown): void {
  t.throws(call, { name: 'KeyError', code });
}

test('names and expiry are checked', async (t) => {
  const read = (name: string, expires?: string) => readOrder({ name, scope: 'write', expires }, NOW);
  t.strictSame(read(' Büro 1 '), { name: 'Büro 1', scope: 'write', expiresAt: null, collection: null });
  t.equal(read('a', '2026-03-01').expiresAt, '2026-03-01T23:59:59.999Z', 'today is not past yet');
  t.equal(read('a', '2026-03-02T01:00+08:00').expiresAt, '2026-03-01T17:00:00.000Z');
  t.equal(read('新基建').name, '新基建');
  for (const name of [
    '',
    ' ',
    '-x',
    'a\nb',
    'a\u0000',
    'x'.repeat(101),
    'seed',
    'Seed',
    '0123456789ab',
    '<b>',
  ])
    refused(t, 'invalidName', () => read(name));
  for (const expires of [
    '2026-02-28',
    '2026-03-01T12:00:00Z',
    'soon',
    '2027-02-30',
    '2027-01-01T00:00:00',
    '',
  ])
    refused(t, 'invalidExpiry', () => read('a', expires));
});

test('a key is kept as a digest, and a name is given once', async (t) => {
  let clock = NOW;
  const { store } = await openLedger(null, { now: () => clock });
  t.after(() => store.close());
  const order = { name: 'a', scope: 'admin', expiresAt: null } as const;
  const create = (more: Partial<KeyOrder> = {}) =>
    store.write((transaction) => createKey(transaction, { ...order, ...more }));
  const revoke = (nameOrId: string) => store.write((transaction) => revokeKey(transaction, nameOrId, clock));
  const { id, text } = await create();
  const [held] = await store.snapshot(listKeys);
  t.strictSame(held, {
    ...order,
    id,
    collection: null,
    sha256: sha256Of(text),
    createdAt: NOW.toISOString(),
    revokedAt: null,
    lastUsedAt: null,
  });
  t.notMatch(JSON.stringify(held), text.slice(16));
  await t.rejects(create(), { name: 'KeyError', code: 'nameTaken' });
  await t.rejects(create({ name: 'seed' }), { name: 'KeyError', code: 'nameTaken' });
  await t.rejects(revoke('b'), { name: 'KeyError', code: 'unknownKey' });
  t.equal((await revoke(id)).wasInForce, true);
  clock = new Date('2026-03-02T12:00:00.000Z');
  t.equal((await revoke('a')).wasInForce, false);
  const [revoked] = await store.snapshot(listKeys);
  t.equal(revoked?.revokedAt, NOW.toISOString(), 'the first revocation stands');
});
