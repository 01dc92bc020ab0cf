import { appendFileSync, cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'tap';
import type { Finding, NumberUse } from '../helpers/number-scan.ts';
import { scanFolder, scanText } from '../helpers/number-scan.ts';

const DOMAIN = fileURLToPath(new URL('../../src/domain', import.meta.url));

/**
 * Where the domain may use numbers, and for what. None of it is arithmetic with money: an entry for a file that computes
 * with amounts or rates is a mistake.
 */
const ALLOWED: readonly {
  readonly file: string;
  readonly uses: readonly NumberUse[];
  readonly reason: string;
}[] = [
  { file: 'period/calendar.ts', uses: ['arithmetic', 'Math', 'Number'], reason: 'counts days and years' },
  {
    file: 'phrase/worded-numbers.ts',
    uses: ['arithmetic', 'Number'],
    reason:
      'adds up number words below a thousand, keys of a table of words, and writes powers of ten: exact whole numbers',
  },
  {
    file: 'phrase/period-phrase.ts',
    uses: ['arithmetic', 'Number', 'toNumber'],
    reason: 'counts years, quarters and months that are read',
  },
  { file: 'phrase/period-words.ts', uses: ['Number'], reason: 'keys of a table of words' },
  {
    file: 'phrase/document.ts',
    uses: ['arithmetic', 'Math'],
    reason: 'cuts a long sentence around a figure: places in a text',
  },
  {
    file: 'phrase/figure-periods.ts',
    uses: ['arithmetic'],
    reason: 'looks at so many figures beside a row of years: places in a list',
  },
  { file: 'phrase/statements.ts', uses: ['Number'], reason: 'the year of constant prices' },
  { file: 'phrase/words.ts', uses: ['arithmetic'], reason: 'counts the characters of a text' },
  {
    file: 'phrase/neighbours.ts',
    uses: ['arithmetic'],
    reason: 'counts the characters before a figure',
  },
  { file: 'steps.ts', uses: ['arithmetic'], reason: 'counts the items that are sorted at once' },
  { file: 'money/decimal.ts', uses: ['float literal'], reason: 'the settings of decimal.js are exponents' },
];

function violations(folder: string): readonly string[] {
  const allowed = ({ file, use }: Finding): boolean =>
    ALLOWED.some((entry) => entry.file === file && entry.uses.includes(use));
  return scanFolder(folder)
    .filter((finding) => !allowed(finding))
    .map(({ file, line, use }) => `${file}:${line} ${use}`);
}

test('no float holds money anywhere in the domain', async (t) => {
  t.ok(scanFolder(DOMAIN).length > 0, 'the scan reads something');
  t.same(violations(DOMAIN), []);
  const used = scanFolder(DOMAIN).map(({ file, use }) => `${file} ${use}`);
  for (const { file, uses } of ALLOWED) {
    for (const use of uses) t.ok(used.includes(`${file} ${use}`), `${file} still needs ${use}`);
  }
});

test('each way to make a float of money is found where it is planted', async (t) => {
  const planted: Readonly<Record<string, NumberUse>> = {
    'const value = Number(amount.value);': 'Number',
    'const values = texts.map(Number);': 'Number',
    "const value = Number.parseInt('1', 10);": 'Number',
    'const value = parseInt(amount.value);': 'Number',
    'const value = parseFloat(amount.value);': 'parseFloat',
    'const value = Number.parseFloat(amount.value);': 'parseFloat',
    'const value = globalThis.parseFloat(amount.value);': 'parseFloat',
    'const value = parseDecimal(amount.value).toNumber();': 'toNumber',
    'const value = +amount.value;': 'unary plus',
    'return +text;': 'unary plus',
    'const converted = value * rate;': 'arithmetic',
    'const converted = value / rate;': 'arithmetic',
    'const converted = (value) / rate / 2;': 'arithmetic',
    'const rest = value % 100;': 'arithmetic',
    'value *= rate;': 'arithmetic',
    'value /= rate;': 'arithmetic',
    'const scale = 10 ** 2;': 'arithmetic',
    'const text = `${value * rate} dollars`;': 'arithmetic',
    'const cents = Math.round(value);': 'Math',
    'const share = 0.9;': 'float literal',
    'const trillion = 1e12;': 'float literal',
    'const value = text as unknown as number;': 'as number',
  };
  const folder = t.testdir({});
  for (const [at, [line, use]] of Object.entries(planted).entries()) {
    const domain = join(folder, `${at}`);
    cpSync(DOMAIN, domain, { recursive: true });
    mkdirSync(join(domain, 'deeper'));
    writeFileSync(join(domain, 'deeper', 'planted.ts'), `// one\n\n${line}\n`);
    const found = violations(domain);
    t.ok(found.includes(`deeper/planted.ts:3 ${use}`), `${line} ${found.join(', ')}`);
  }
});

test('what one file may do no other may', async (t) => {
  const domain = join(t.testdir({}), 'domain');
  cpSync(DOMAIN, domain, { recursive: true });
  appendFileSync(
    join(domain, 'money', 'conversion.ts'),
    '\nexport const wrong = (value: number) => value * 2;\n',
  );
  appendFileSync(
    join(domain, 'period', 'calendar.ts'),
    '\nexport const alsoWrong = (value: string) => parseFloat(value);\n',
  );
  t.same(
    violations(domain).map((found) => found.replace(/:\d+/, '')),
    ['money/conversion.ts arithmetic', 'period/calendar.ts parseFloat'],
  );
});

test('what only looks like a number is left alone', async (t) => {
  const innocent = [
    '// value * rate, Number(text), 0.5, parseFloat',
    '/* value / rate */ /** 1e12 * 2 */',
    "const words = 'Number(1) * 0.5';",
    'const more = "parseFloat(1)";',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a template is what is read
    'const template = `0.5 * ${name} / 2 ${`inner * ${deep}`} Math`;',
    'const expression = /^\\d+(?:\\.\\d+)?[/*]* 0.5$/u;',
    "const parts = text.split(/[*/]/).map((part) => part.replace(/'/g, ''));",
    'const whole = Number.isInteger(count) && count < Number.POSITIVE_INFINITY;',
    'const place = Math.max(start, Math.min(end, 3));',
    "import * as everything from './everything.ts';",
    'export function* numbers(): Generator<number> { yield* others(); }',
    'let count = 0; count += 1; count -= 1; count++;',
    "const joined = 'a' + text + (more + 'b');",
    'const big = 10n ** 2n === 100n ? 0xff : 1_000;',
    'const decimal = one.times(other).dividedBy(rate).plus(1);',
    'const generic: ReadonlyMap<string, number> = new Map();',
    'type Amounts = readonly number[]; const last = list[list.length - 1]?.value ?? null;',
  ].join('\n');
  t.same(
    scanText(innocent, 'innocent.ts').map(({ line, use }) => `${line} ${use}`),
    // Powers of whole numbers are arithmetic to this scan: it cannot tell bigint from number.
    ['14 arithmetic'],
  );
});
