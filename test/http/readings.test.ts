import { test } from 'tap';
import { advanceDatasetVersion, versionNumber } from '../../src/store/ledger-state.ts';
import { build } from '../helpers/build.ts';

test('Ledger-Min-Version: the answer is of that version or a later one, or says that it cannot be', async (t) => {
  const { request, store } = await build(t);
  const ask = (version: string, url = '/v1/forecasts?limit=1') =>
    request({ url, headers: { 'ledger-min-version': version } });
  const version = await store.version();
  for (const reached of ['0', '1', String(versionNumber(version)), version, ` ${version} `])
    t.equal((await ask(reached)).statusCode, 200, reached);
  for (const bad of ['x', '-1', '1.5', '1-', `1-${'a'.repeat(65)}`, '1,2', '9999999999999999']) {
    const refused = await ask(bad);
    t.equal(refused.statusCode, 400, bad);
    t.match(refused.json(), {
      code: 'invalidRequest',
      errors: [{ in: 'header', name: 'Ledger-Min-Version', code: 'invalidValue' }],
    });
  }
  const missing = await ask('1000');
  t.equal(missing.statusCode, 412);
  t.match(missing.json(), {
    code: 'versionNotReached',
    detail: `asks for 1000, and the newest version there is is ${version}`,
  });
  t.equal((await ask('1000', '/v1/rates?limit=1')).statusCode, 412, 'where nothing is cached, too');

  const waiting = ask(String(versionNumber(version) + 1));
  const next = await store.write((transaction) => advanceDatasetVersion(transaction, 'soon'));
  t.equal((await waiting).json<{ meta: { datasetVersion: string } }>().meta.datasetVersion, next);
});
