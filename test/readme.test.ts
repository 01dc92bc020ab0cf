import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'tap';
import { build } from './helpers/build.ts';

const README = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
const EXAMPLE = /```sh\ncurl -s 'localhost:3000([^']*)' \| jq (\.[\w.]*)\n```\n\n```json\n([\s\S]*?)```/g;
const RECIPE = /```sh\ncurl -s 'localhost:3000([^']*)' \|\n([\s\S]*?)```/;

/** What a jq path such as `.data.evidence` takes from a document. */
function jq(document: unknown, path: string): unknown {
  const names = path.split('.').filter((name) => name !== '');
  return names.reduce<unknown>((part, name) => (part as Record<string, unknown>)[name], document);
}

test("the README's answers are the real ones", async (t) => {
  const { app } = await build(t);
  const examples = [...README.matchAll(EXAMPLE)];
  t.ok(examples.length >= 5);
  t.equal(
    examples.length,
    [...README.matchAll(/^curl -s '.*' \| jq/gm)].length,
    'every request has its answer beside it',
  );
  for (const [, url = '', path = '', answer = ''] of examples) {
    const response = await app.inject({ url, headers: { host: 'localhost:3000' } });
    t.strictSame(jq(response.json(), path), JSON.parse(answer), url);
  }
});

const hasTools = ['jq', 'bc'].every((tool) => spawnSync(tool, ['--version']).status === 0);

test('the recipe for receipts gives the converted figure', {
  skip: hasTools ? false : 'jq or bc is not on this machine',
}, async (t) => {
  const { app } = await build(t);
  const [, url = '', script = ''] = RECIPE.exec(README) ?? [];
  for (const basis of ['publication', 'stated', 'periodAverage']) {
    const { body } = await app.inject({ url: `${url}&rateBasis=${basis}` });
    const { stdout } = spawnSync('sh', ['-c', script], { input: body, encoding: 'utf8' });
    const { converted } = (JSON.parse(body) as { data: { converted: { value: string } } }).data;
    t.match(stdout, /^\d+\.\d{20,}/, basis);
    t.equal(Math.round(Number(stdout) * 100), Math.round(Number(converted.value) * 100), basis);
  }
});
