import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'tap';
import type { Block } from '../helpers/pages.ts';
import { blocksOf, isShown, runBlocks } from '../helpers/pages.ts';
import { ROOT } from '../helpers/process.ts';

const PAGES = ['README.md', ...readdirSync(join(ROOT, 'docs')).map((name) => `docs/${name}`)];

/** How many blocks of each page no test runs, because they need what is not here. The page says so in each. */
const UNTESTED: Readonly<Record<string, number>> = {
  'docs/operating.md': 10,
  'docs/contributing.md': 1,
  'docs/clients.md': 4,
};

/** Languages of blocks that test/contract/clients.test.ts compiles and runs. */
const COMPILED = ['ts', 'js'];

const TOOLS = ['curl', 'jq', 'bc', 'bash'];
const missing = TOOLS.filter((tool) => spawnSync(tool, ['--version']).status !== 0);

const read = (page: string): string => readFileSync(join(ROOT, page), 'utf8');

/** The answer that a page shows to a block: the block after it. */
function shownAfter(blocks: readonly Block[], block: Block): Block | undefined {
  const next = blocks[blocks.indexOf(block) + 1];
  return next?.isAnswer === true ? next : undefined;
}

for (const page of PAGES) {
  const blocks = blocksOf(page, read(page));

  test(`${page}: every block is one that is run, an answer, or says why it is not tested`, async (t) => {
    for (const { place, language, untested, isAnswer } of blocks)
      t.ok(['sh', 'http', ...COMPILED].includes(language) || isAnswer || untested !== null, place);
    t.equal(blocks.filter(({ untested }) => untested !== null).length, UNTESTED[page] ?? 0);
  });

  test(`${page}: every block runs in its order, and answers what is shown`, {
    skip: missing.length === 0 ? false : `${missing.join(', ')} not on this machine`,
  }, async (t) => {
    // An `http` block stands for its request. It may come before the block that starts the service.
    const requests = blocks
      .filter(({ language }) => language === 'http')
      .map((block) => ({ block, text: block.text.replace(/^GET (\S+)\n$/, "curl -s 'localhost:3000$1'\n") }));
    const commands = blocks.filter(({ language, untested }) => language === 'sh' && untested === null);
    const run = [...commands.map((block) => ({ block, text: block.text })), ...requests];
    if (run.length === 0) return;
    const runs = await runBlocks(
      t,
      run.map(({ block, text }) => ({ ...block, text })),
    );
    for (const [at, { stdout, stderr, exitCode, statuses, place }] of runs.entries()) {
      const block = run[at]?.block;
      if (block === undefined) continue;
      const answer = shownAfter(blocks, block);
      t.equal(exitCode, 0, `${place}: ${stdout}${stderr}`);
      if (exitCode !== 0) break;
      for (const status of statuses) {
        const announced = new RegExp(`\\b${status}\\b`).test(`${block.text}${answer?.text ?? ''}`);
        t.ok(status < 400 || announced, `${place}: an unannounced ${status}: ${stdout}`);
      }
      if (answer !== undefined) t.ok(isShown(answer, stdout), `${place} answers ${stdout}`);
    }
  });

  test(`${page}: every link to a file leads to one`, async (t) => {
    for (const [, target = ''] of read(page).matchAll(/\]\((?!https?:|#)([^)#]+)/g))
      t.ok(existsSync(join(ROOT, dirname(page), target)), target);
  });
}
