import type { CurrencyReading } from './currency-words.ts';
import {
  codesOf,
  currencyMentions,
  isStated,
  readCurrencyAfter,
  readCurrencyBefore,
} from './currency-words.ts';
import type { PhraseText } from './phrase-text.ts';
import { foldPhrase } from './phrase-text.ts';
import { expand, perVocabulary } from './words.ts';

/** Which currencies a text says it means where its words leave that open: "all dollar figures are Canadian". */
export interface MeantCurrencies {
  /** ISO 4217 codes that statements name. */
  readonly stated: ReadonlySet<string>;
  /** For open words, the only currency of theirs that the text names, and names before it uses them alone. */
  readonly mentioned: ReadonlySet<string>;
}

/** Expressions that stand before the currency of such a statement, and behind it. */
const statementsOf = perVocabulary(({ spoken }) => {
  const sources = (side: 'before' | 'after') =>
    spoken.flatMap(({ currencyStatements }) => currencyStatements?.[side] ?? []).map(expand);
  return {
    before: new RegExp(sources('before').join('|') || '(?!)', 'g'),
    after: new RegExp(sources('after').join('|') || '(?!)', 'g'),
  };
});

/** "Canadian" alone says which dollars. */
const ADJECTIVE = /[a-z.]+(?: [a-z]+)?/y;

/** The one currency named at a place. */
function namedAt(phrase: PhraseText, at: number): { readonly code: string; readonly end: number } | null {
  const run = readCurrencyAfter(phrase, at) ?? readCurrencyBefore(phrase, at);
  const [code] = run !== null && isStated(run.reading) ? run.reading.codes : [];
  if (run !== null && code !== undefined) return { code, end: run.end };
  ADJECTIVE.lastIndex = at;
  const words = ADJECTIVE.exec(phrase.lower)?.[0] ?? '';
  const [first = ''] = words.split(' ');
  for (const adjective of [words, first, first.replace(/\.$/, '')]) {
    const name = foldPhrase(`${adjective} dollars`, phrase.vocabulary);
    const read = readCurrencyAfter(name, 0);
    const [only] = read !== null && isStated(read.reading) ? read.reading.codes : [];
    if (only !== undefined && read?.end === name.text.length)
      return { code: only, end: at + adjective.length };
  }
  return null;
}

const MOST_WORDS_OF_NAME = 4;

/** The currency whose name ends at a place. */
function namedBefore(phrase: PhraseText, end: number): string | null {
  let start = end;
  for (let count = 0; count < MOST_WORDS_OF_NAME && start > 0; count += 1) {
    start = phrase.lower.lastIndexOf(' ', start - 2) + 1;
    if (end - start > 40) return null;
    const named = namedAt(phrase, start);
    if (named?.end === end) return named.code;
    if (start === 0) return null;
  }
  return null;
}

function statedIn(phrase: PhraseText): Set<string> {
  const { before, after } = statementsOf(phrase.vocabulary);
  const stated = new Set<string>();
  for (const { index, 0: words } of phrase.lower.matchAll(before)) {
    const named = namedAt(phrase, index + words.length);
    if (named !== null) stated.add(named.code);
  }
  for (const { index } of phrase.lower.matchAll(after)) {
    const code = namedBefore(phrase, index);
    if (code !== null) stated.add(code);
  }
  return stated;
}

/**
 * Names of several currencies of which a text may name one and then say no more than "kronor". None is the dollar: who
 * writes "A$" once may mean another dollar by "$".
 */
const FAMILIES = ['rupee', 'peso', 'franc', 'crown', 'dinar', 'rial'].map((name) => codesOf(name));

/** A sum in brackets, or behind "or", converts another: "$5 million (US$3.6 million)" says that the first is none of them. */
const CONVERTS = /[([（]\s*$|\bor $|equivalent to $/;

function mentionedIn(phrase: PhraseText): Set<string> {
  const firsts = new Map<ReadonlySet<string>, string | null>();
  for (const { start, reading } of currencyMentions(phrase)) {
    for (const family of FAMILIES) {
      if (!reading.codes.every((code) => family.has(code)) || firsts.get(family) === null) continue;
      const code = isStated(reading) ? (reading.codes[0] ?? null) : null;
      const first = firsts.get(family);
      const converts = code !== null && CONVERTS.test(phrase.lower.slice(Math.max(0, start - 16), start));
      if (first === undefined) firsts.set(family, converts ? null : code);
      else if (code !== null && code !== first) firsts.set(family, null);
    }
  }
  return new Set([...firsts.values()].filter((code) => code !== null));
}

export function meantCurrencies(phrase: PhraseText): MeantCurrencies {
  return { stated: statedIn(phrase), mentioned: mentionedIn(phrase) };
}

const NO_CODES: readonly string[] = [];

/**
 * What a figure's currency is in a text that says which it means; where statements disagree, or say nothing of these
 * words, it stays as it is. What the caller names outweighs a mere mention.
 */
export function meant(
  reading: CurrencyReading | null,
  { stated, mentioned }: MeantCurrencies,
  caller: string | undefined,
): CurrencyReading | null {
  if (isStated(reading) || reading?.codes.length === 0) return reading;
  const among = (codes: ReadonlySet<string>): readonly string[] =>
    reading === null ? NO_CODES : reading.codes.filter((code) => codes.has(code));
  const said = reading === null ? [...stated] : among(stated);
  // A text that means another currency than any called 元 may mean that one by it.
  if (reading?.isUsual && stated.size > 0 && said.length === 0)
    return { codes: [...reading.codes, ...stated], isUsual: false };
  const [only, ...others] = said.length > 0 || reading === null || reading.isUsual ? said : among(mentioned);
  if (only === undefined || others.length > 0) return reading;
  const isMereMention = said.length === 0;
  if (isMereMention && caller !== undefined && reading?.codes.includes(caller)) return reading;
  return { codes: [only], isUsual: false };
}
