import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { DomainError, unlessRefused } from '../src/domain/errors.ts';
import { parseAmountPhrase, readAmounts } from '../src/domain/phrase/amount-phrase.ts';
import { findPeriods } from '../src/domain/phrase/period-phrase.ts';
import { HOSTILE_PIECES, hostileText } from '../test/helpers/hostile-texts.ts';
import type { PhraseCase } from '../test/helpers/phrase-cases.ts';
import { judge } from '../test/helpers/phrase-cases.ts';
import { reportCases } from './phrases/periods.ts';

// How many amount phrases are read right, refused and read wrong, and how many a second; beside Recognizers-Text, where
// that is installed (43 MB, so it is no dependency: `npm install --prefix DIR @microsoft/recognizers-text-suite`).
// `--hostile` times whole texts of 100 kB that are made to be slow, beside one of ordinary sentences.
// `--microsoft DIR` adds that project's own cases: DIR has English.json and so on, its `CurrencyModel.json` of each language.
// `--duckling DIR` adds those of facebook/duckling: DIR has EN.hs, ZH.hs and KO.hs, `AmountOfMoney/EN/Corpus.hs` and so on.
// `--periods DIR` reads Recognizers-Text's cases of periods: DIR is its `Specs/DateTime`.
// `--wrong` and `--refused` print the phrases.

const { values: options } = parseArgs({
  options: {
    recognizers: { type: 'string' },
    microsoft: { type: 'string' },
    duckling: { type: 'string' },
    periods: { type: 'string' },
    wrong: { type: 'boolean' },
    refused: { type: 'boolean' },
    hostile: { type: 'boolean' },
  },
});

/** A phrase with one number in it, as both readers can be asked for. */
interface NumberCase {
  readonly set: string;
  readonly language: string;
  readonly text: string;
  readonly figure: string | undefined;
  readonly currency: string | undefined;
  readonly values: readonly string[];
}

const CULTURES: Readonly<Record<string, string>> = { en: 'en-us', zh: 'zh-cn', ja: 'ja-jp', ko: 'ko-kr' };
const SETS = ['probes', 'collected'] as const;

function casesOf(name: string): readonly PhraseCase[] {
  return JSON.parse(readFileSync(new URL(`../test/domain/phrase/${name}.json`, import.meta.url), 'utf8'));
}

/** Only phrases that state one number: Recognizers-Text knows neither ranges nor bounds. */
function numberCases(set: string): NumberCase[] {
  return casesOf(set).flatMap(({ language, phrase, figure, currency, expect }) => {
    const [primary = ''] = language.split('-');
    const values = expect.flatMap((one) =>
      /^\d[\d.]* (?:exact|at|appr)/.test(one) ? [one.split(' ')[0] ?? ''] : [],
    );
    if (values.length === 0 || CULTURES[primary] === undefined) return [];
    return [{ set, language: primary, text: phrase, figure, currency, values }];
  });
}

interface MicrosoftCase {
  readonly Input: string;
  readonly IgnoreResolution?: boolean;
  readonly Results?: readonly {
    readonly Text: string;
    readonly Resolution?: { readonly value?: string; readonly unit: string; readonly isoCurrency?: string };
  }[];
}

const UNITS: Readonly<Record<string, string>> = {
  Pound: 'GBP',
  Won: 'KRW',
  Rupee: 'INR',
  Franc: 'CHF',
  Krona: 'SEK',
  Krone: 'DKK',
};

function microsoftCases(directory: string): NumberCase[] {
  const languages = { English: 'en', Chinese: 'zh', Japanese: 'ja', Korean: 'ko' };
  return Object.entries(languages).flatMap(([name, language]) => {
    const text = readFileSync(join(directory, `${name}.json`), 'utf8').replace(/^\ufeff/, '');
    return (JSON.parse(text) as readonly MicrosoftCase[]).flatMap(
      ({ Input, IgnoreResolution, Results = [] }) =>
        Results.flatMap(({ Text, Resolution }) => {
          const value = Resolution?.value;
          if (value === undefined || value === null || IgnoreResolution || !Input.includes(Text)) return [];
          const currency = Resolution?.isoCurrency ?? UNITS[Resolution?.unit ?? ''] ?? 'USD';
          const set = Number(value) >= 1e6 ? 'microsoft, a million up' : 'microsoft, below';
          return [{ set, language, text: Input, figure: Text, currency, values: [value] }];
        }),
    );
  });
}

/** Its names that are no ISO 4217 codes; cents are no currency of their own here. */
const DUCKLING_UNITS: Readonly<Record<string, string>> = {
  Dollar: 'USD',
  Pound: 'GBP',
  Rupee: 'INR',
  Dinar: 'KWD',
  Riyal: 'SAR',
  Rial: 'IRR',
};
const DUCKLING_EXAMPLES =
  /\((simple|between|under|above) (\w+) (?:\(([\d.e]+), ([\d.e]+)\)|([\d.e]+))\)\s*\[([^\]]*)\]/g;

/** A Haskell string: a decimal or hexadecimal code after a backslash, and `\&`, which is nothing. */
function haskellText(printed: string): string {
  return printed
    .replace(/\\x([\da-f]+)/gi, (_, code: string) => String.fromCodePoint(Number.parseInt(code, 16)))
    .replace(/\\(\d+)/g, (_, code: string) => String.fromCodePoint(Number(code)))
    .replaceAll('\\&', '');
}

function ducklingCases(directory: string): NumberCase[] {
  return Object.entries({ EN: 'en', ZH: 'zh', KO: 'ko' }).flatMap(([name, language]) => {
    const text = readFileSync(join(directory, `${name}.hs`), 'utf8');
    return [...text.matchAll(DUCKLING_EXAMPLES)].flatMap(([, , unit = '', low, , only, list = '']) => {
      if (unit === 'Cent' || unit === 'Unnamed') return [];
      const value = low ?? only ?? '';
      const isYuan = language === 'zh' && unit === 'Dollar';
      const currency = isYuan ? 'CNY' : (DUCKLING_UNITS[unit] ?? unit);
      const set = Number(value) >= 1e6 ? 'duckling, a million up' : 'duckling, below';
      const values = [value];
      return [...list.matchAll(/"([^"]*)"/g)].map(([, phrase = '']) => ({
        set,
        language,
        text: haskellText(phrase),
        figure: undefined,
        currency,
        values,
      }));
    });
  });
}

type Verdict = 'right' | 'refused' | 'wrong';
type Reader = (one: NumberCase) => readonly (string | null)[];

function readByUs({ text, language, figure, currency }: NumberCase): readonly (string | null)[] {
  const reading = unlessRefused(() =>
    parseAmountPhrase(text, {
      language,
      ...(figure !== undefined && { figure }),
      ...(currency !== undefined && { currency }),
    }),
  );
  return reading instanceof DomainError ? [] : [reading.value ?? reading.low];
}

interface Recognizers {
  readonly recognizeCurrency: (
    text: string,
    culture: string,
  ) => readonly { readonly text: string; readonly resolution: { readonly value?: string | null } | null }[];
}

function readerOf({ recognizeCurrency }: Recognizers): Reader {
  return ({ text, language, figure }) =>
    recognizeCurrency(text, CULTURES[language] ?? 'en-us')
      .filter(
        (found) =>
          figure === undefined ||
          figure.toLowerCase().includes(found.text) ||
          found.text.includes(figure.toLowerCase()),
      )
      .map(({ resolution }) => resolution?.value ?? null);
}

function verdictOf(read: Reader, one: NumberCase): Verdict {
  const said = read(one).filter((value) => value !== null);
  if (said.length === 0) return 'refused';
  // Theirs are printed with the digits of a binary float.
  const isRight = (value: string): boolean =>
    Math.abs(Number(value) - Number(said[0])) <= Number(value) * 1e-14;
  return said.length === 1 && one.values.some(isRight) ? 'right' : 'wrong';
}

const PASSES = 20;

/** The least CPU time of some passes, in seconds: other work of the machine counts less than in one of wall time. */
function bestOf(passes: number, run: () => unknown): number {
  const times = Array.from({ length: passes }, () => {
    const begun = process.cpuUsage();
    run();
    const { user, system } = process.cpuUsage(begun);
    return (user + system) / 1e6;
  });
  return Math.min(...times);
}

function tally(name: string, cases: readonly NumberCase[], read: Reader): void {
  for (const [set, ofSet] of Map.groupBy(cases, (one) => one.set)) {
    const counts: Record<Verdict, number> = { right: 0, refused: 0, wrong: 0 };
    for (const one of ofSet) {
      const verdict = verdictOf(read, one);
      counts[verdict] += 1;
      if ((verdict === 'wrong' && options.wrong) || (verdict === 'refused' && options.refused))
        console.log(`  ${name}, ${verdict}, ${one.language}: ${one.text}`, read(one), one.values);
    }
    const perSecond = ofSet.length / bestOf(PASSES, () => ofSet.map((one) => verdictOf(read, one)));
    console.log(
      `${name.padEnd(18)} ${set.padEnd(24)} ${String(ofSet.length).padStart(4)}`,
      counts,
      `${perSecond.toFixed(0)} a second of CPU time`,
    );
  }
}

for (const set of SETS) {
  const cases = casesOf(set);
  const counts: Record<Verdict, number> = { right: 0, refused: 0, wrong: 0 };
  for (const one of cases) counts[judge(one).verdict] += 1;
  console.log(`all of ${set}, with qualifiers and currencies: ${cases.length}`, counts);
}
const cases = [
  ...SETS.flatMap(numberCases),
  ...(options.microsoft === undefined ? [] : microsoftCases(options.microsoft)),
  ...(options.duckling === undefined ? [] : ducklingCases(options.duckling)),
];
console.log('one number, English, Chinese, Japanese and Korean:');
tally('forecast-ledger', cases, readByUs);
if (options.recognizers !== undefined) {
  const require = createRequire(join(resolve(options.recognizers), 'package.json'));
  tally('recognizers-text', cases, readerOf(require('@microsoft/recognizers-text-suite') as Recognizers));
}

if (options.periods !== undefined)
  reportCases(options.periods, [
    ...(options.wrong ? ['wrong'] : []),
    ...(options.refused ? ['refused', 'notFound'] : []),
  ]);

/** The best of three, in milliseconds. */
function timeOf(action: () => unknown): number {
  const times = [0, 1, 2].map(() => {
    const begun = performance.now();
    action();
    return performance.now() - begun;
  });
  return Math.min(...times);
}

const ORDINARY =
  'The ministry said on Tuesday that about 3 trillion yuan (US$420 billion) would be invested in 2020 in data centres, ' +
  'more than a year before, when 5.2 million base stations were planned. 预计到2025年，投资规模将达到2.5万亿元左右。 ';

if (options.hostile === true) {
  const millisecondsOf = (piece: string, language?: string): string =>
    timeOf(() => readAmounts(hostileText(piece, 100_000), language === undefined ? {} : { language }))
      .toFixed(0)
      .padStart(5);
  const periodsOf = (piece: string, language: string): string =>
    timeOf(() => findPeriods(hostileText(piece, 100_000), { language }))
      .toFixed(0)
      .padStart(5);
  console.log(
    'a text of 100 kB, in milliseconds: sums without a language, in English, in German; periods in the two',
  );
  for (const piece of [ORDINARY, ...HOSTILE_PIECES])
    console.log(
      ...[undefined, 'en', 'de'].map((language) => millisecondsOf(piece, language)),
      ...['en', 'de'].map((language) => periodsOf(piece, language)),
      piece === ORDINARY ? 'ordinary sentences' : JSON.stringify(piece),
    );
}
