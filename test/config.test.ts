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
