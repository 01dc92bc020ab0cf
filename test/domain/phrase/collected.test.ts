import { readFileSync } from 'node:fs';
import { test } from 'tap';
import type { PhraseCase } from '../../helpers/phrase-cases.ts';
import { judge } from '../../helpers/phrase-cases.ts';

function casesOf(name: string): readonly PhraseCase[] {
  return JSON.parse(readFileSync(new URL(name, import.meta.url), 'utf8'));
}

/** The most that may be refused though it could be read; no case may be read wrong. */
const SETS = [
  { name: 'made-up phrases', file: 'probes.json', mostRefused: 10 },
  { name: 'phrases of public pages', file: 'collected.json', mostRefused: 15 },
  { name: 'phrases of changes, prices, bounds and halves', file: 'fresh.json', mostRefused: 1 },
] as const;

for (const { name, file, mostRefused } of SETS) {
  test(`${name} are read as they say, or refused`, async (t) => {
    const refused: string[] = [];
    for (const one of casesOf(file)) {
      const { verdict, said } = judge(one);
      t.not(verdict, 'wrong', `${one.phrase.replace(/[^ -~]/g, '?')}: ${said.replace(/[^ -~]/g, '?')}`);
      if (verdict === 'refused') refused.push(one.phrase);
    }
    t.ok(refused.length <= mostRefused, `${refused.length} refused that should be read`);
  });
}
