import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'tap';
import { build } from '../helpers/build.ts';
import { ROOT } from '../helpers/process.ts';

const read = (name: string): string => readFileSync(join(ROOT, name), 'utf8');
const { description, version } = JSON.parse(read('package.json')) as {
  description: string;
  version: string;
};
const README = read('README.md');

test('README, API document and landing page begin with the same sentence and name one version', async (t) => {
  const { app } = await build(t);
  const [, introduction = ''] = /^# .*\n\n([\s\S]*?)\n\n/.exec(README) ?? [];
  t.equal(introduction.replaceAll('\n', ' '), description);
  const { info } = app.swagger() as { info: { description: string; version: string } };
  t.ok(info.description.startsWith(`${description}\n`));
  t.equal(info.version, version);
  const page = await app.inject({ url: '/', headers: { accept: 'text/html' } });
  t.match(page.body, description);
  t.match((await app.inject('/')).json(), { about: description, version });
  t.match(
    read('CHANGELOG.md'),
    new RegExp(`^## ${version.replaceAll('.', '\\.')} \\(\\d{4}-\\d{2}-\\d{2}\\)$`, 'm'),
  );
});

test('the README can be read in three minutes', async (t) => {
  const prose = README.replaceAll(/^```[\s\S]*?^```$/gm, '');
  t.ok(prose.split(/\s+/).length <= 650, `${prose.split(/\s+/).length} words`);
});
