import { test } from 'tap';
import { ConfigError, parseConfig } from '../src/config.ts';

test('defaults, empty values and a frozen result', async (t) => {
  const config = parseConfig({ PORT: '', UNRELATED: 'x' });
  t.match(config, {
    HOST: '127.0.0.1',
    PORT: 3000,
    DATA_DIR: './data',
    LOG_LEVEL: 'info',
    TRUST_PROXY: 'off',
  });
  t.ok(Object.isFrozen(config));
  t.equal(parseConfig({ PUBLIC_URL: 'https://a.example/x/' }).PUBLIC_URL, 'https://a.example/x');
});

test('replicas are a list of URLs beside the primary, and no password is told', async (t) => {
  const DATABASE_URL = 'postgres://u:secret@a/l';
  t.strictSame(
    parseConfig({ DATABASE_URL, DATABASE_READ_URLS: 'postgres://b/l, postgres://c/l' }).DATABASE_READ_URLS,
    ['postgres://b/l', 'postgres://c/l'],
  );
  const told = (environment: Record<string, string>): string => {
    try {
      parseConfig(environment);
      return 'accepted';
    } catch (error) {
      return (error as Error).message;
    }
  };
  t.match(
    told({ DATABASE_URL, DATABASE_READ_URLS: 'postgres://u:secret@b/l,mysql://c' }),
    /^DATABASE_READ_URLS: must be URLs/,
  );
  t.notMatch(told({ DATABASE_URL, DATABASE_READ_URLS: 'postgres://u:secret@b/l,mysql://c' }), 'secret');
  t.match(told({ DATABASE_READ_URLS: DATABASE_URL }), /^DATABASE_READ_URLS: must have DATABASE_URL/);
});

test('the history of rates may be a file of this machine, the data service not', async (t) => {
  const RATES_HISTORY_URL = 'file:///srv/rates/eurofxref-hist.csv';
  t.match(parseConfig({ RATES_HISTORY_URL }), { RATES_HISTORY_URL });
  for (const url of [
    'file://eurofxref-hist.csv',
    'file:eurofxref-hist.csv',
    'eurofxref-hist.csv',
    'ftp://a/b',
  ])
    t.throws(() => parseConfig({ RATES_HISTORY_URL: url }), /RATES_HISTORY_URL: must be .*file:\/\/\//, url);
  t.throws(() => parseConfig({ RATES_SERIES_URL: RATES_HISTORY_URL }), /RATES_SERIES_URL: must be an http/);
});

test('every bad value is named, with what would be right and what it is', async (t) => {
  const bad = {
    PORT: '70000',
    LOG_LEVEL: 'loud',
    BODY_LIMIT_BYTES: '1e6',
    PUBLIC_URL: 'ftp://x',
    TRUST_PROXY: '1.2.3.4/99',
  };
  try {
    parseConfig(bad);
    t.fail('accepted');
  } catch (error) {
    t.ok(error instanceof ConfigError);
    for (const [name, value] of Object.entries(bad)) {
      t.match((error as Error).message, new RegExp(`^${name}: must .*it is ${JSON.stringify(value)}$`, 'm'));
    }
  }
});
