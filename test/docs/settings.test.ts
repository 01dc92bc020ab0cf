import { readFileSync } from 'node:fs';
import { test } from 'tap';
import { ConfigSchema, parseConfig } from '../../src/config.ts';

test('docs/operating.md documents every setting with its default and meaning, and no other', async (t) => {
  const page = readFileSync(new URL('../../docs/operating.md', import.meta.url), 'utf8');
  const rows = [...page.matchAll(/^\| `([A-Z_]+)`\s+\| (.+?)\s+\| (.+?)\s+\|$/gm)].map(
    ([, name, standard, meaning]) => [name, standard, meaning],
  );
  const defaults = parseConfig({}) as unknown as Record<string, unknown>;
  const expected = Object.entries(ConfigSchema.shape).map(([name, schema]) => [
    name,
    defaults[name] === undefined ? 'none' : `\`${defaults[name]}\``,
    schema.description,
  ]);
  t.strictSame(rows, expected);
});
