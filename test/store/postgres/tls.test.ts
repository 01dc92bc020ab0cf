import { spawnSync } from 'node:child_process';
import { test } from 'tap';
import { attachStore } from '../../../src/store/engine.ts';
import { openLedger } from '../../../src/transfer/open-ledger.ts';
import { NO_POSTGRES } from '../../helpers/postgres.ts';
import { makeServer } from '../../helpers/postgres-cluster.ts';

const NO_OPENSSL =
  spawnSync('openssl', ['version']).status === 0 ? false : 'needs openssl, which makes the certificate';

test('TLS is as sslmode and sslrootcert of the URL say, for the primary and for replicas', {
  skip: NO_POSTGRES || NO_OPENSSL,
}, async (t) => {
  const primary = await makeServer(t, { certifiedAs: 'localhost' });
  const { url: plain, certificate } = primary;
  const named = plain.replace('127.0.0.1', 'localhost');
  await (await openLedger(plain)).store.close();
  const replica = await primary.replica();
  await replica.start();
  const root = `sslrootcert=${encodeURIComponent(certificate)}`;
  const cases = [
    [`${plain}?sslmode=disable`, false],
    [`${plain}?sslmode=require`, true],
    [`${plain}?sslmode=verify-ca&${root}`, true],
    [`${named}?sslmode=verify-full&${root}`, true],
    [`${plain}?sslmode=verify-full&${root}`, 'databaseUnreachable'],
    [`${named}?sslmode=verify-full`, 'databaseUnreachable'],
  ] as const;
  /** Whether its connection is encrypted, or how it failed. */
  const found = (location: string, readUrl?: string): Promise<unknown> => {
    const store = attachStore(location, readUrl === undefined ? {} : { readUrls: [readUrl] });
    t.after(() => store.close());
    const query = () => ({
      toSQL: () => ({ sql: 'select ssl from pg_stat_ssl where pid = pg_backend_pid()', params: [] }),
    });
    return store
      .snapshot(
        async (read) => (await read.rows(null, query, {}))[0]?.[0],
        readUrl === undefined ? {} : { atLeast: '0-empty' },
      )
      .catch((error: unknown) => store.failureOf(error) ?? String(error));
  };
  for (const [url, expected] of cases) {
    const shown = url.replace(certificate, 'FILE');
    t.equal(await found(url), expected, shown);
    // A replica that cannot be reached is left out, and the primary is read: without TLS here.
    const readUrl = url.replace(new URL(plain).port, new URL(replica.url).port);
    t.equal(await found(`${plain}?sslmode=disable`, readUrl), expected === true, `replica: ${shown}`);
  }
  await t.rejects(openLedger(`${named.replace('ledger@', 'ledger:secret-word@')}?sslmode=verify-full`), {
    code: 'cannotOpen',
    message:
      /^The ledger in postgres:\/\/ledger@localhost:\d+\/ledger cannot be opened: self.signed certificate/,
  });
});
