import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'tap';
import { temporaryDirectory } from './helpers/process.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const SOURCES = join(ROOT, 'src');

/** The storeys of `src`, from the bottom; those of one line do not import each other. */
const STOREYS = [
  ['domain'],
  ['store'],
  ['http'],
  ['ledger'],
  ['analysis', 'transfer'],
  ['pages', 'agents'],
] as const;
const ENTRY_FILES = ['app.ts', 'cli.ts', 'config.ts', 'log.ts', 'serve.ts', 'server.ts', 'workers.ts'];

/** What `npm run lint` says of these files, by their paths; empty where it finds nothing. */
function lint(t: Parameters<typeof temporaryDirectory>[0], files: Readonly<Record<string, string>>): string {
  const directory = temporaryDirectory(t);
  cpSync(join(ROOT, '.gitignore'), join(directory, '.gitignore'));
  cpSync(join(ROOT, 'biome.json'), join(directory, 'biome.json'));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
  }
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(ROOT, 'scripts/lint.ts'), '--max-diagnostics=none', '--colors=off'],
    { cwd: directory, encoding: 'utf8' },
  );
  return status === 0 ? '' : `${stdout}${stderr}`;
}

const exported = (name: string): string => `export const ${name} = 1;\n`;
const importing = (specifier: string): string => `import { x } from '${specifier}';\n\nexport const y = x;\n`;

test('the lint refuses an import that points up, from any storey and any depth', (t) => {
  const files: Record<string, string> = {};
  const expected: string[] = [];
  const plant = (folder: string, target: string): void => {
    for (const depth of ['', 'some/', 'some/deeper/']) {
      const path = `src/${folder}/${depth}to-${target.replaceAll('/', '-')}`;
      files[path] = importing(`${'../'.repeat(depth.split('/').length)}${target}`);
      expected.push(path);
    }
  };
  for (const [level, folders] of STOREYS.entries()) {
    for (const folder of folders) {
      const others = STOREYS.slice(level).flat() as readonly string[];
      for (const other of others) if (other !== folder) plant(folder, `${other}/some/x.ts`);
      for (const file of ENTRY_FILES) plant(folder, file);
    }
  }
  const said = lint(t, files);
  t.strictSame(
    expected.filter((path) => !said.includes(`${path}:1:`)),
    [],
    'all are refused',
  );
  t.end();
});

test('the lint takes imports that point down or aside', (t) => {
  const files: Record<string, string> = {
    'src/app.ts': importing('./pages/some/x.ts'),
    'src/domain/money/x.ts': importing('../analysis/x.ts'),
  };
  for (const [level, folders] of STOREYS.entries()) {
    for (const folder of folders) {
      files[`src/${folder}/some/x.ts`] = exported('x');
      files[`src/${folder}/analysis/x.ts`] = exported('x');
      files[`src/${folder}/other/x.ts`] = importing('../some/x.ts');
      for (const other of STOREYS.slice(0, level).flat())
        files[`src/${folder}/some/to-${other}.ts`] = importing(`../../${other}/analysis/x.ts`);
    }
  }
  t.equal(lint(t, files), '');
  t.end();
});

test('the lint refuses a cycle of imports, of types too', (t) => {
  const said = lint(t, {
    'src/http/a.ts': "import { b } from './b.ts';\n\nexport const a = b;\n",
    'src/http/b.ts':
      "import type { a } from './a.ts';\n\nexport const b = (value: typeof a): unknown => value;\n",
  });
  t.match(said, /a\.ts:1:.*noImportCycles/);
  t.match(said, /b\.ts:1:.*noImportCycles/);
  t.end();
});

/** Every import between files of `src`, as paths from there. */
function importsOf(): readonly { readonly from: string; readonly to: string }[] {
  return readdirSync(SOURCES, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .flatMap((from) =>
      [...readFileSync(join(SOURCES, from), 'utf8').matchAll(/(?:from|import\() ?'(\.[^']+)'/g)].map(
        ([, specifier = '']) => ({ from, to: relative(SOURCES, join(SOURCES, dirname(from), specifier)) }),
      ),
    );
}

test('folders of one storey import each other in one direction only', (t) => {
  const folderOf = (path: string): string => path.split('/').slice(0, 2).join('/');
  const imports = new Map<string, Set<string>>();
  for (const { from, to } of importsOf()) {
    const [folder, target] = [folderOf(from), folderOf(to)];
    // Files that stand in no folder of their storey are looked at one by one, by the lint.
    if (folder.endsWith('.ts') || target.endsWith('.ts')) continue;
    if (folder === target || folder.split('/')[0] !== target.split('/')[0]) continue;
    imports.set(folder, (imports.get(folder) ?? new Set()).add(target));
  }
  const cycles: string[] = [];
  const follow = (path: readonly string[]): void => {
    for (const next of imports.get(path.at(-1) ?? '') ?? []) {
      if (next === path[0]) cycles.push([...path, next].join(' > '));
      else if (!path.includes(next) && next > (path[0] ?? '')) follow([...path, next]);
    }
  };
  for (const folder of imports.keys()) follow([folder]);
  t.strictSame(cycles, []);
  t.end();
});

test('only src/store/sqlite names the driver and what SQLite alone understands', (t) => {
  const elsewhere = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.startsWith(join('store', 'sqlite')))
    .filter((name) =>
      /better-sqlite3|pragma|fts5|\.sqlite\b/.test(readFileSync(join(SOURCES, name), 'utf8')),
    );
  t.strictSame(elsewhere, []);
  t.end();
});
