import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'tap';
import { openLedger } from '../src/transfer/open-ledger.ts';
import { ROOT, temporaryDirectory } from './helpers/process.ts';

const CLI = join(ROOT, 'src/cli.ts');

function run(dataDirectory: string, ...args: readonly string[]) {
  const env = { PATH: process.env.PATH, DATA_DIR: dataDirectory };
  return spawnSync(process.execPath, [CLI, ...args], { cwd: ROOT, env, encoding: 'utf8' });
}

test('the command line says which ledger it opens, and makes one only where that is meant', {
  timeout: 300_000,
}, async (t) => {
  const directory = temporaryDirectory(t);
  const [there, misspelt, restored] = ['ledger', 'leger', 'restored'].map((name) => join(directory, name));
  const text = join(directory, 'article.txt');
  writeFileSync(text, 'Investment of 700 billion yuan.');
  const { store, place, isNew } = await openLedger(there ?? '');
  await store.close();
  t.same([place, isNew], [join(there ?? '', 'ledger.sqlite'), true]);

  const exported = join(directory, 'out.ndjson');
  t.match(run(there ?? '', 'export', exported), { status: 0, stdout: '', stderr: `Ledger: ${place}\n` });
  for (const args of [
    ['migrate'],
    ['rates', 'status'],
    ['keys', 'list'],
    ['export'],
    ['read', text],
    ['import', text],
    ['clock', 'accept', '--reason', 'none'],
  ]) {
    const refused = run(misspelt ?? '', ...args);
    t.match(refused, { status: 1, stdout: '' }, args.join(' '));
    t.match(refused.stderr, /There is no ledger: .*leger\/ledger\.sqlite does not exist\. Set DATA_DIR/);
    t.notMatch(refused.stderr, /\n\s+at /);
  }
  t.notOk(existsSync(misspelt ?? ''), 'and nothing is made');
  const made = run(restored ?? '', 'import', exported, '--restore', '--commit');
  t.match(made, { status: 0 }, made.stderr);
  t.match(made.stderr, `New ledger: ${join(restored ?? '', 'ledger.sqlite')}\n`);
  t.equal(
    run(restored ?? '', 'rates', 'status').stderr,
    `Ledger: ${join(restored ?? '', 'ledger.sqlite')}\n`,
  );
});

test('in a working directory that has been deleted, a command ends at once', {
  skip: process.platform === 'win32' && 'a directory in use cannot be deleted there',
}, async (t) => {
  const gone = join(temporaryDirectory(t), 'gone');
  for (const args of [['rates', 'status'], ['serve'], ['import', 'x', '--restore']]) {
    mkdirSync(gone);
    const script = `unset NODE_OPTIONS; cd "${gone}" && rmdir "${gone}" && exec "${process.execPath}" "${CLI}" ${args.join(' ')}`;
    const env = { PATH: process.env.PATH, DATA_DIR: './data', PORT: '0', RATES_SYNC: 'off' };
    const ended = spawnSync('sh', ['-c', script], { env, encoding: 'utf8', timeout: 60_000 });
    t.equal(ended.status, 1, `${args.join(' ')}: ${ended.stderr}`);
    t.match(ended.stderr, /working directory has been deleted/);
  }
});
