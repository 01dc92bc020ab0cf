import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'tap';
import { keyOnCommandLine } from '../helpers/keys.ts';
import { startServer, temporaryDirectory } from '../helpers/process.ts';

const README = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
const SECTION = README.slice(README.indexOf('## Keep your own ledger')).split(/^## /m)[1] ?? '';
const hasTools = ['jq', 'curl'].every((tool) => spawnSync(tool, ['--version']).status === 0);

test('what the README says of writing runs as it stands', {
  skip: hasTools ? false : 'jq or curl is not on this machine',
}, async (t) => {
  const DATA_DIR = temporaryDirectory(t);
  const { url } = await startServer(t, { DATA_DIR });
  const script = [...SECTION.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, block = '']) => block).join('\n');
  const { stdout, stderr, status } = spawnSync('sh', ['-eu'], {
    input: script.replaceAll('localhost:3000', url.slice('http://'.length)),
    env: { PATH: process.env.PATH, LEDGER_KEY: keyOnCommandLine(DATA_DIR) },
    encoding: 'utf8',
  });
  t.equal(status, 0, `${stdout}${stderr}`);
  t.match(stdout, /"status":"located"/, 'the evidence was found in the text');
  t.match(stdout, /"field": "notes"/, 'the history says what changed');
  t.match(stdout, /"deleted": true/, 'the deletion stands in the feed');
});
