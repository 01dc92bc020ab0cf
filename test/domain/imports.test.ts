import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'tap';
import { temporaryDirectory } from '../helpers/process.ts';

const DOMAIN = fileURLToPath(new URL('../../src/domain/', import.meta.url));

const STATEMENT = /^\s*(?:import|export)\b(?:[^'"();]*?\bfrom)?\s*['"]([^'"]+)['"]/gm;
const CALL = /\b(?:import|require)\s*\(\s*['"]([^'"]+)['"]/g;

/** Imports that leave a folder for anything but decimal.js, as "file: specifier". */
function foreignImports(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .flatMap((name) => {
      const file = join(folder, name);
      const text = readFileSync(file, 'utf8');
      const specifiers = [...text.matchAll(STATEMENT), ...text.matchAll(CALL)].map(
        ([, specifier]) => specifier ?? '',
      );
      return specifiers
        .filter((specifier) => {
          if (specifier === 'decimal.js') return false;
          return (
            !specifier.startsWith('.') || relative(folder, join(dirname(file), specifier)).startsWith('..')
          );
        })
        .map((specifier) => `${name}: ${specifier}`);
    });
}

test('the domain imports nothing but itself and decimal.js', async (t) => {
  t.strictSame(foreignImports(DOMAIN), []);
});

test('a planted import is found', async (t) => {
  const folder = temporaryDirectory(t);
  mkdirSync(join(folder, 'deep'));
  writeFileSync(join(folder, 'a.ts'), "import { b } from './b.ts';\nimport fs from 'node:fs';\n");
  writeFileSync(
    join(folder, 'deep', 'c.ts'),
    "import { a } from '../a.ts';\nimport { db } from '../../db/schema.ts';\nawait import('zod');\n",
  );
  t.strictSame([...foreignImports(folder)].sort(), [
    'a.ts: node:fs',
    'deep/c.ts: ../../db/schema.ts',
    'deep/c.ts: zod',
  ]);
});
