import en from './words/en.json' with { type: 'json' };
import ja from './words/ja.json' with { type: 'json' };
import ko from './words/ko.json' with { type: 'json' };
import signs from './words/signs.json' with { type: 'json' };
import zh from './words/zh.json' with { type: 'json' };

/**
 * What words around a figure say of it. `openRange` says that the figure is the lower end of a range without an upper
 * one, `unspecified` that the sum itself is not stated but is at least the figure.
 */
export const HINTS = ['approximately', 'atLeast', 'atMost', 'openRange', 'unspecified'] as const;
export type Hint = (typeof HINTS)[number];

/** Where a currency word may stand. */
export type CurrencyPlace = 'beforeFigure' | 'afterFigure' | 'besideFigure';

/** How alternatives of a script are kept apart from the letters around them: regular expressions. */
interface Script {
  readonly before: (alternatives: string) => string;
  readonly after: (alternatives: string) => string;
}

const LATIN: Script = {
  before: (alternatives) => `(?<![a-z])(?:${alternatives})[ -]*`,
  after: (alternatives) => `(?:${alternatives})(?![a-z])`,
};
/** Words of Han characters carry their own guards. */
const HAN: Script = {
  before: (alternatives) => `(?:${alternatives}) *`,
  after: (alternatives) => ` ?(?:${alternatives})`,
};
const HANGUL: Script = { ...HAN, before: (alternatives) => `(?<![가-힣])(?:${alternatives}) *` };

/**
 * What words say of a figure that is not the sum meant: a part or a multiple of that ("half of", "10万亿元的30%"), what it
 * is not ("failed to reach"), or what is no money ("5 million base stations").
 */
export type NotTheSum = 'partBefore' | 'partAfter' | 'deniedBefore' | 'deniedAfter' | 'counted';

/** The words of a language beside figures, in the form of `PhraseText.lower`. */
export interface LanguageWords {
  readonly script: Script;
  /** By an ISO 4217 code, or a name of several currencies in `READINGS`. `|` stands between words. */
  readonly currencies: Readonly<Partial<Record<CurrencyPlace, Readonly<Record<string, string>>>>>;
  /** What may not follow a currency word: 元宇宙 is the metaverse, not a currency. */
  readonly noCurrencyBefore?: Readonly<Record<string, string>>;
  /** Expressions that others name, of any language: `{exceed}` is any word of that group. */
  readonly groups?: Readonly<Record<string, string>>;
  /** Words before a figure. A `filler` between a qualifier and its figure says nothing: "more than a total of". */
  readonly before: Readonly<Partial<Record<Hint | 'filler', readonly string[]>>>;
  /** Words after a figure and its currency. A lookahead keeps out words that begin another phrase. */
  readonly after: Readonly<Partial<Record<Hint, readonly string[]>>>;
  readonly notTheSum: Readonly<Partial<Record<NotTheSum, readonly string[]>>>;
}

/** A word that several languages write alike stands in one of them only. */
export const LANGUAGES: readonly LanguageWords[] = [
  { script: HAN, ...signs },
  { script: LATIN, ...en },
  { script: HAN, ...zh },
  { script: HAN, ...ja },
  { script: HANGUL, ...ko },
];

/** Puts words in the places of a template: "about {sum}". */
export function fillIn(template: string, wordsOf: (place: string) => string): string {
  return template.replace(/\{(\w+)\}/g, (_, place: string) => wordsOf(place));
}

const GROUPS: Readonly<Record<string, string>> = Object.assign({}, ...LANGUAGES.map(({ groups }) => groups));

/** Fills in the groups of an expression, which may name others, and lets any number of spaces stand for one. */
export function expand(source: string): string {
  const filled = fillIn(source, (name) => expand(GROUPS[name] ?? ''));
  return filled.replace(/(?<!\[) (?![*?+])/g, ' +');
}
