import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { test } from 'tap';
import { ROOT, startProcess, temporaryDirectory, untilReady } from '../helpers/process.ts';

const run = promisify(execFile);
// The Node.js of this process, whatever else is on the path.
const PATH = [dirname(process.execPath), process.env.PATH].join(delimiter);

/** What npm says where neither the registry nor its cache has a package. */
const OFFLINE = /\b(?:ENOTCACHED|ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ERR_SOCKET_TIMEOUT)\b/;

/** What a package is made of. */
const SOURCES = [
  ...['package.json', 'tsconfig.json', 'tsconfig.build.json', 'src', 'migrations', 'seeds'],
  ...['assets', 'citation-styles', 'fonts', 'docs/NOTICE', 'LICENSE', 'README.md', 'CHANGELOG.md'],
];

test('the package, installed into an empty folder, serves by one command', {
  timeout: 300_000,
}, async (t) => {
  const directory = temporaryDirectory(t);
  const source = join(directory, 'source');
  const empty = join(directory, 'empty');
  mkdirSync(empty);
  // By way of `env`, so that tap does not have it load what its own processes do.
  const npm = (cwd: string, ...words: readonly string[]) =>
    run('env', ['NODE_OPTIONS=', 'npm', ...words], { cwd, env: { PATH, HOME: process.env.HOME } });
  for (const name of SOURCES) cpSync(join(ROOT, name), join(source, name), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(source, 'node_modules'));
  await npm(source, 'run', 'build');
  await npm(source, 'pack', '--pack-destination', directory);
  const packed = readdirSync(directory).find((name) => name.endsWith('.tgz')) ?? '';
  t.match(packed, /^forecast-ledger-[\d.]+\.tgz$/);
  try {
    const options = ['--prefer-offline', '--omit=optional', '--no-audit', '--no-fund'];
    await npm(empty, 'install', ...options, join(directory, packed));
  } catch (error) {
    if (!OFFLINE.test(String((error as { stderr?: string }).stderr))) throw error;
    t.comment('Not tried: the registry cannot be reached, and the cache of npm lacks a package.');
    return;
  }
  const command = ['env', 'NODE_OPTIONS=', 'npx', '--no-install', 'forecast-ledger', 'serve'] as const;
  const server = await startProcess(t, command, { PATH }, empty);
  await untilReady(server);
  const list = await fetch(`${server.url}/v1/forecasts?limit=1&count=exact`);
  t.match(await list.json(), { meta: { count: 156 } });
  const example = `${server.url}/v1/forecasts/haitong-2020-new-infrastructure-2020`;
  t.match(await (await fetch(`${example}/citation.apa`)).text(), /^China Banking News\. \(2020, May 25\)\./);
  const png = Buffer.from(await (await fetch(`${server.url}/v1/breakdowns.png?year=2020`)).arrayBuffer());
  t.equal(png.toString('latin1', 1, 4), 'PNG', 'it has its fonts');
  const page = await fetch(server.url, { headers: { accept: 'text/html' } });
  t.match(await page.text(), /assets\/site-[0-9a-f]+\.css/, 'it has its pages');
  t.ok(readdirSync(empty).includes('data'), 'the ledger is where it was started');
});
