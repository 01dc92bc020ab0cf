import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { test } from 'tap';
import { build } from '../helpers/build.ts';
import { makeKey } from '../helpers/keys.ts';
import { blocksOf } from '../helpers/pages.ts';
import { ROOT, temporaryDirectory } from '../helpers/process.ts';

/*
 * The programs of docs/clients.md: each client is generated from a running service as the page says, compiled with the
 * program under `strict`, and the program run.
 */

const run = promisify(execFile);
const require = createRequire(import.meta.url);
const TYPESCRIPT_5 = join(ROOT, 'test/helpers/typescript-5.mjs');

/** The commands that the page gives to npx, and the packages that have them. */
const PACKAGES: Readonly<Record<string, string>> = {
  'openapi-typescript': 'openapi-typescript',
  'openapi-ts': '@hey-api/openapi-ts',
  orval: 'orval',
  'swagger-typescript-api': 'swagger-typescript-api',
};

const CONFIG = {
  compilerOptions: {
    ...{ strict: true, target: 'es2023', lib: ['es2023', 'dom', 'dom.iterable'], types: ['node'] },
    ...{ module: 'nodenext', outDir: 'dist', rootDir: '.' },
  },
  include: ['*.ts', 'ledger/**/*.ts'],
};

interface Client {
  readonly name: string;
  /** The command that generates it, its arguments. */
  readonly command: readonly string[];
  readonly program: string;
  readonly config: string | undefined;
}

/** The sections of the page: a command, a file of settings where there is one, and a program. */
function clientsOf(page: string): readonly Client[] {
  return page
    .split(/^## /m)
    .slice(1)
    .map((section) => {
      const blocks = blocksOf('docs/clients.md', section);
      const of = (language: string) => blocks.find((block) => block.language === language)?.text;
      const [, command = ''] = /^npx (.*)$/m.exec(of('sh') ?? '') ?? [];
      return {
        name: section.split('\n', 1)[0] ?? '',
        command: command.split(' '),
        program: of('ts') ?? '',
        config: of('js'),
      };
    });
}

function executableOf(name: string): string {
  const manifest = require.resolve(`${PACKAGES[name]}/package.json`);
  const { bin } = require(manifest) as { bin: string | Readonly<Record<string, string>> };
  return join(dirname(manifest), typeof bin === 'string' ? bin : (bin[name] ?? ''));
}

const page = readFileSync(join(ROOT, 'docs/clients.md'), 'utf8');
const clients = clientsOf(page);
const printed = blocksOf('docs/clients.md', page).find(({ language }) => language === 'text')?.text;

test('each client of the page compiles under strict, without a cast, and does what the page says', async (t) => {
  t.equal(clients.length, 4);
  const { app, store } = await build(t);
  await app.listen({ host: '127.0.0.1', port: 0 });
  const url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
  const { text: key } = await makeKey({ store }, 'write');
  const env = { PATH: process.env.PATH, HOME: process.env.HOME, LEDGER_URL: url, LEDGER_KEY: key };
  const directory = temporaryDirectory(t);
  symlinkSync(join(ROOT, 'node_modules'), join(directory, 'node_modules'));
  for (const { name, command, program, config } of clients) {
    const code = program.replaceAll(/^(?:import| *\/\/(?! @)).*$/gm, '');
    t.notMatch(code, /\b(?:as|any|unknown as|satisfies)\b|@ts-/, `${name}: no cast`);
    const [tool = '', ...given] = command.map((word) => word.replace('$LEDGER_URL', url));
    const cwd = join(directory, tool);
    mkdirSync(cwd);
    writeFileSync(join(cwd, 'package.json'), JSON.stringify({ type: 'module' }));
    writeFileSync(join(cwd, 'tsconfig.json'), JSON.stringify(CONFIG));
    writeFileSync(join(cwd, 'program.ts'), program);
    if (config !== undefined) writeFileSync(join(cwd, 'orval.config.mjs'), config);
    const node = async (options: string, ...words: readonly string[]): Promise<string> => {
      // By way of `env`, so that tap does not have them load what its own processes do.
      const plain = [`NODE_OPTIONS=${options}`, process.execPath, ...words];
      const { stdout } = await run('env', plain, { cwd, env }).catch((error) => {
        throw new Error(`${name}: ${words.join(' ')}\n${error.stdout}${error.stderr}`);
      });
      return stdout;
    };
    await node(`--import=${TYPESCRIPT_5}`, executableOf(tool), ...given);
    await node('', join(ROOT, 'node_modules/typescript/bin/tsc'), '--project', '.');
    t.equal(await node('', 'dist/program.js'), printed, name);
  }
});
